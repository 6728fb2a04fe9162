/* rec_bench.c - what recommenders are held to: a pass over the interactions, lists for everybody, one list among many items, somebody
 * folded in. One JSON object a line; target 0 means that there is none. `rec_bench [all|quick]`: quick leaves out what is generated
 * in large. Two threads, as the peers were given; the median of five. */
#include <time.h>

#include "rec/als.h"
#include "rec/testing.h"
#include "rec/topk.h"

enum { ROUNDS = 5 };

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int compare_double(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median(double *values)
{
	qsort(values, ROUNDS, sizeof *values, compare_double);
	return values[ROUNDS / 2];
}

static void report(const char *what, const char *set, double value, const char *unit, double target, bool at_least)
{
	bool met = !(target > 0) || (at_least ? value >= target : value <= target);

	printf("{\"what\":\"%s\",\"set\":\"%s\",\"value\":%.5g,\"unit\":\"%s\",\"target\":%.4g,\"at_least\":%s,\"met\":%s}\n", what, set, value, unit,
	       target, at_least ? "true" : "false", met ? "true" : "false");
	fflush(stdout);
}

/* ---- fitting, and lists for everybody ---- */

struct held {
	const char *name;
	uint32_t factors;
	double epoch, users; /* targets: seconds, users a second */
};

static void lists(struct threads *threads, const struct als *m, const struct sparse *seen, const struct held *held)
{
	struct topk_found *found = malloc(m->users.rows * 20 * sizeof *found);
	CLEANUP(topk_free) struct topk *t = NULL;
	double each[ROUNDS];

	assert_done(topk_open(&m->items, TOPK_BEST, &t));
	for (int round = 0; round < ROUNDS; round++) {
		double start = seconds_now();

		topk_all(t, threads, &m->users, seen, 20, found);
		each[round] = (double)m->users.rows / (seconds_now() - start);
	}
	report("top 20 for all users", held->name, median(each), "users/s", held->users, true);
	free(found);
}

static void fitting(struct threads *threads, const struct sparse *seen, const struct held *held)
{
	CLEANUP(sparse_free) struct sparse by_item = { 0 };
	CLEANUP(als_free) struct als m = { 0 };
	struct als_settings settings = als_usual;
	double each[ROUNDS];

	settings.factors = held->factors;
	sparse_transpose(seen, &by_item);
	assert_done(als_begin(threads, seen, &settings, &m));
	for (int round = 0; round < ROUNDS; round++) {
		double start = seconds_now();

		als_epoch(&m, threads, seen, &by_item);
		each[round] = seconds_now() - start;
	}
	report("epoch", held->name, median(each), "s", held->epoch, false);
	lists(threads, &m, seen, held);
}

static void published(struct threads *threads, const char *folder, const struct held *held)
{
	CLEANUP(recs_close) struct recs_set set = { 0 };
	char train[128], test[128];

	snprintf(train, sizeof train, "%s/train.txt.gz", folder);
	snprintf(test, sizeof test, "%s/test.txt.gz", folder);
	if (!recs_open(train, test, &set))
		return;
	fitting(threads, &set.train, &held[0]);
	fitting(threads, &set.train, &held[1]);
}

/* As MovieLens 20M: 138,493 users, 26,744 items, 10 million interactions; popular items by a power of their place. */
static void generated(struct threads *threads)
{
	static const struct held held[] = { { "generated, 10 M, k=64", 64, .572, 0 }, { "generated, 10 M, k=128", 128, 1, 0 } };
	CLEANUP(interactions_free) struct interactions m = { .users = 138493, .items = 26744, .count = 10600000 };
	CLEANUP(sparse_free) struct sparse seen = { 0 };
	struct random r = random_of(1, 1);

	m.user = malloc(m.count * sizeof *m.user);
	m.item = malloc(m.count * sizeof *m.item);
	for (size_t i = 0; i < m.count; i++) {
		m.user[i] = (uint32_t)(pow(random_unit(&r), 1.6) * m.users);
		m.item[i] = (uint32_t)(pow(random_unit(&r), 3) * m.items);
	}
	sparse_of(&m, NULL, PART_ANY, &seen);
	report("interactions", "generated", (double)sparse_count(&seen), "", 0, true);
	fitting(threads, &seen, &held[0]);
	fitting(threads, &seen, &held[1]);
}

/* ---- one list, one person ---- */

static struct dense made_factors(size_t rows, size_t k)
{
	struct dense m = dense_of(malloc(rows * k * sizeof(float)), rows, k);
	struct random r = random_of(2, rows);

	for (size_t i = 0; i < rows * k; i++) /* the sum of four is near enough to normal, and quick */
		m.at[i] = (float)(random_unit(&r) + random_unit(&r) + random_unit(&r) + random_unit(&r) - 2);
	return m;
}

static void one_list(struct threads *threads, size_t items, size_t k, double target)
{
	enum { QUERIES = 20 };
	struct dense y = made_factors(items, k), x = made_factors(QUERIES, k);
	CLEANUP(topk_free) struct topk *t = NULL;
	struct topk_found found[20];
	double each[ROUNDS];
	char set[64];

	assert_done(topk_open(&y, TOPK_BEST, &t));
	for (int round = 0; round < ROUNDS; round++) {
		double start = seconds_now();

		for (size_t q = 0; q < QUERIES; q++)
			topk_find(t, threads, dense_row(&x, q), NULL, 20, found);
		each[round] = (seconds_now() - start) / QUERIES * 1e3;
	}
	snprintf(set, sizeof set, "%zu items, k=%zu", items, k);
	report("top 20 of one", set, median(each), "ms", target, false);
	free(y.at);
	free(x.at);
}

static void one_person(size_t k, size_t events, double target)
{
	enum { PEOPLE = 200, ITEMS = 5000 };
	struct als m = { .settings = als_usual, .items = made_factors(ITEMS, k), .gram = made_factors(k, k) };
	struct arena *arena = arena_new(1 << 24);
	uint32_t had[500];
	double each[ROUNDS];
	char set[64];

	m.settings.factors = (uint32_t)k;
	memset(m.gram.at, 0, k * k * sizeof(float));
	dense_gram(&m.gram, &m.items, NULL);
	for (int round = 0; round < ROUNDS; round++) {
		double start = seconds_now();

		for (uint32_t person = 0; person < PEOPLE; person++) {
			struct als_person p;

			for (uint32_t e = 0; e < events; e++)
				had[e] = (person * 7 + e * 9) % ITEMS;
			als_fold_in(&m, arena, &(struct als_events){ events, had, NULL }, &p);
			arena_reset(arena);
		}
		each[round] = (seconds_now() - start) / PEOPLE * 1e6;
	}
	snprintf(set, sizeof set, "%zu events, k=%zu", events, k);
	report("fold-in", set, median(each), "us", target, false);
	arena_free(arena);
	free(m.items.at);
	free(m.gram.at);
}

int main(int argc, char **argv)
{
	static const struct held movielens[] = { { "ML-1M, k=64", 64, .0352, 160500 }, { "ML-1M, k=128", 128, .0625, 210000 } };
	static const struct held courses[] = { { "MOOCCubeX, k=64", 64, .162, 205500 }, { "MOOCCubeX, k=128", 128, .3685, 160500 } };
	static const struct { size_t k, events; double us; } people[] = { { 64, 5, 6.5 }, { 64, 50, 8.8 }, { 64, 500, 32 }, { 128, 5, 27 }, { 128, 50, 34 }, { 128, 500, 104 } };
	static const struct { size_t items, k; double ms; } scans[] = { { 10000, 64, .04 }, { 100000, 64, .183 }, { 100000, 128, .57 }, { 1000000, 64, 2.4 }, { 1000000, 128, 4.6 } };
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	bool quick = argc > 1 && !strcmp(argv[1], "quick");

	published(threads, "ml-1m-ultragcn", movielens);
	published(threads, "mooccubex-kg", courses);
	for (size_t i = 0; i < sizeof people / sizeof *people; i++)
		one_person(people[i].k, people[i].events, people[i].us);
	for (size_t i = 0; i < sizeof scans / sizeof *scans; i++)
		if (!quick || scans[i].items <= 100000)
			one_list(threads, scans[i].items, scans[i].k, scans[i].ms);
	if (!quick)
		generated(threads);
	return 0;
}
