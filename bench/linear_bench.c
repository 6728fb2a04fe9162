/* linear_bench.c - linear models on the public sets beside LIBLINEAR's primal solvers, one thread, by CPU time, in turn. LIBLINEAR ends early by
 * its own default (eps .01); ours where the objective can lose no more than 1e-9 of itself. One JSON object a line; target 0 means that there is
 * none. `linear_bench [ROUNDS]`; bench/run.sh makes results of it. */
#include "mine/linear_testing.h"

#include <time.h>

#include "linear_peer.h"

enum { ROUNDS_MAX = 101 };

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *at, size_t n)
{
	qsort(at, n, sizeof *at, by_size);
	return at[n / 2];
}

static void report(const char *what, const char *set, double value, const char *unit, double target)
{
	printf("{\"what\":\"%s\",\"set\":\"%s\",\"value\":%.5g,\"unit\":\"%s\",\"target\":%.4g,\"at_least\":false}\n", what, set, value, unit, target);
	fflush(stdout);
}

/* ---- the peer's rows ---- */

static struct peer *peer_of(struct arena *arena, const struct linear_rows *x, const uint8_t *y)
{
	size_t most = x->rows * (x->numbers + x->words + 1), n = 0;
	size_t *start = FRAME_ARRAY(arena, size_t, x->rows + 1);
	int *column = FRAME_ARRAY(arena, int, most);
	double *value = FRAME_ARRAY(arena, double, most), *sign = FRAME_ARRAY(arena, double, x->rows);

	for (size_t i = 0; i < x->rows; i++) {
		start[i] = n;
		sign[i] = y[i] ? 1 : -1;
		for (size_t j = 0; j < x->numbers; j++) {
			column[n] = (int)j + 1;
			value[n] = linear_row(x, i)[j];
			n += value[n] != 0;
		}
		for (size_t a = 0; a < x->words; a++) {
			column[n] = (int)(x->numbers + linear_words(x, i)[a]) + 1;
			value[n++] = 1;
		}
		column[n] = (int)(x->numbers + x->levels) + 1;
		value[n++] = 1;
	}
	start[x->rows] = n;
	return peer_new(x->rows, x->numbers + x->levels + 1, start, column, value, sign);
}

/* What both make smallest, of the peer's weights. */
static double objective(const struct linear_rows *x, const uint8_t *y, enum linear_loss loss, double *w)
{
	struct linear_model m = { .loss = loss, .numbers = x->numbers, .levels = x->levels, .weight = w, .bias = w[x->numbers + x->levels] };
	double *score = malloc(x->rows * sizeof *score), sum = 0;

	linear_scores(&m, x, score);
	for (size_t j = 0; j <= x->numbers + x->levels; j++)
		sum += w[j] * w[j] / 2;
	for (size_t i = 0; i < x->rows; i++) {
		double z = y[i] ? score[i] : -score[i];

		sum += loss == LINEAR_SVM ? fmax(0, 1 - z) * fmax(0, 1 - z) : log1p(exp(-z));
	}
	free(score);
	return sum;
}

/* ---- one set ---- */

static void compare(struct arena *arena, const struct anchor_set *set, const char *name, enum linear_loss loss, size_t rounds)
{
	const struct linear_rows *x = &set->rows[0];
	const char *what = loss == LINEAR_SVM ? "linear SVM" : "logistic regression";
	struct threads *one = threads_start(1);
	struct peer *peer = peer_of(arena, x, set->frame[0].label);
	double ours[ROUNDS_MAX], theirs[ROUNDS_MAX], ratio[ROUNDS_MAX], *w = FRAME_ARRAY(arena, double, set->columns + 1);
	struct linear_model m;
	char line[96];

	for (size_t round = 0; round < rounds; round++) {
		double start = cpu_ms(), middle;

		if (linear_train(arena, x, set->frame[0].label, &(struct linear_options){ .loss = loss }, one, &m, NULL))
			abort();
		middle = cpu_ms();
		peer_train(peer, loss == LINEAR_SVM ? 2 : 0, .01, w);
		ours[round] = middle - start;
		theirs[round] = cpu_ms() - middle;
		ratio[round] = ours[round] / theirs[round];
	}
	snprintf(line, sizeof line, "CPU by LIBLINEAR's, %s", what);
	report(line, name, median(ratio, rounds), "times", 1.2);
	snprintf(line, sizeof line, "CPU, %s, ours", what);
	report(line, name, median(ours, rounds), "ms", 0);
	snprintf(line, sizeof line, "CPU, %s, LIBLINEAR", what);
	report(line, name, median(theirs, rounds), "ms", 0);
	snprintf(line, sizeof line, "objective above ours, %s, LIBLINEAR", what);
	report(line, name, (objective(x, set->frame[0].label, loss, w) / m.objective - 1) * 1e6, "millionths", 0);
	peer_free(peer);
	threads_stop(one);
}

int main(int argc, char **argv)
{
	int64_t rounds = 7;

	if (argc > 2 || (argc == 2 && (!text_to_int(text_of(argv[1]), &rounds) || rounds < 1 || rounds > ROUNDS_MAX))) {
		fprintf(stderr, "usage: linear_bench [ROUNDS]\n");
		return 2;
	}
	for (int k = 0; k < MINING_SETS; k++) {
		struct arena *arena = arena_new((size_t)1 << 30);
		struct anchor_set set;
		bool there = anchor_read(arena, k, &set);

		for (int loss = LINEAR_SVM; there && loss <= LINEAR_LOGISTIC; loss++)
			compare(arena, &set, mining_sets[k].name, (enum linear_loss)loss, (size_t)rounds);
		if (there)
			anchor_free(&set);
		arena_free(arena);
		if (!there)
			return 1;
	}
	return 0;
}
