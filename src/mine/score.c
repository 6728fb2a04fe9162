/* score.c - one sort by value serves AUC, average precision and lift: all three walk over runs of equal values, from the top. */
#include "mine/score.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "num/random.h"

const struct problem score_unfit = { 422, "score-unfit", "There are no rows, or a value that cannot be judged." };

struct ranked {
	double value;
	unsigned char label;
};

static int falling(const void *a, const void *b)
{
	double x = ((const struct ranked *)a)->value, y = ((const struct ranked *)b)->value;

	return x < y ? 1 : x > y ? -1 : 0;
}

static struct ranked *rank(const double *value, const unsigned char *label, size_t rows)
{
	struct ranked *r = malloc(rows * sizeof *r);

	if (!r)
		abort();
	for (size_t i = 0; i < rows; i++)
		r[i] = (struct ranked){ value[i], label[i] };
	qsort(r, rows, sizeof *r, falling);
	return r;
}

/* Positives among the run of equal values that begins at `from`; *end: behind it. */
static size_t run(const struct ranked *r, size_t rows, size_t from, size_t *end)
{
	size_t ones = 0, i;

	for (i = from; i < rows && r[i].value == r[from].value; i++)
		ones += r[i].label;
	*end = i;
	return ones;
}

static void by_order(const struct ranked *r, struct score *s)
{
	double n = (double)s->rows, positives = (double)s->positives, negatives = n - positives;
	double top = fmax(1, n / 10), pairs = 0, precision = 0, caught = 0, above = 0, ones_above = 0;

	for (size_t i = 0, end; i < s->rows; i = end) {
		double ones = (double)run(r, s->rows, i, &end), size = (double)(end - i);

		pairs += ones * (negatives - (above - ones_above) - (size - ones) / 2);
		if (above < top)
			caught += ones * fmin(1, (top - above) / size);
		above += size;
		ones_above += ones;
		precision += ones * (ones_above / above);
	}
	s->auc = pairs / (positives * negatives);
	s->average_precision = negatives > 0 ? precision / positives : NAN;
	s->lift = negatives > 0 ? caught / top / (positives / n) : NAN;
}

problem score_ranking(const double *value, const unsigned char *label, size_t rows, struct score *ret)
{
	struct score s = { .rows = rows, .log_loss = NAN, .brier = NAN, .accuracy = NAN, .f1 = NAN, .ece = NAN };
	struct ranked *r;

	for (size_t i = 0; i < rows; i++) {
		assert(label[i] <= 1);
		if (isnan(value[i]))
			return &score_unfit;
		s.positives += label[i];
	}
	if (!rows)
		return &score_unfit;
	r = rank(value, label, rows);
	by_order(r, &s);
	free(r);
	*ret = s;
	return NULL;
}

/* Beside the order: what the sizes of the chances tell. */
static void by_size(const double *p, const unsigned char *label, struct score *s)
{
	double loss = 0, square = 0, n = (double)s->rows;
	size_t right = 0, both = 0, said = 0;

	for (size_t i = 0; i < s->rows; i++) {
		double sure = fmin(fmax(p[i], 0x1p-52), 1 - 0x1p-52);
		bool one = p[i] > .5;
		struct score_bin *bin = &s->bin[p[i] < 1 ? (size_t)(p[i] * SCORE_BINS) : SCORE_BINS - 1];

		loss -= label[i] ? log(sure) : log1p(-sure);
		square += (p[i] - label[i]) * (p[i] - label[i]);
		right += one == label[i];
		both += one && label[i];
		said += one;
		bin->rows++;
		bin->said += p[i];
		bin->seen += label[i];
	}
	s->log_loss = loss / n;
	s->brier = square / n;
	s->accuracy = (double)right / n;
	s->f1 = both ? 2 * (double)both / (double)(said + s->positives) : 0;
	s->ece = 0;
	for (struct score_bin *bin = s->bin; bin < s->bin + SCORE_BINS; bin++) {
		if (!bin->rows)
			continue;
		s->ece += fabs(bin->said - bin->seen) / n;
		bin->said /= (double)bin->rows;
		bin->seen /= (double)bin->rows;
	}
}

problem score_chances(const double *p, const unsigned char *label, size_t rows, struct score *ret)
{
	struct score s;
	problem why;

	for (size_t i = 0; i < rows; i++) {
		if (!(p[i] >= 0 && p[i] <= 1))
			return &score_unfit;
	}
	why = score_ranking(p, label, rows, &s);
	if (why)
		return why;
	by_size(p, label, &s);
	*ret = s;
	return NULL;
}

/* ---- folds ---- */

struct sized {
	size_t rows;
	uint64_t lot;
	unsigned group;
};

static int largest_first(const void *a, const void *b)
{
	const struct sized *x = a, *y = b;

	if (x->rows != y->rows)
		return x->rows < y->rows ? 1 : -1;
	return x->lot < y->lot ? -1 : x->lot > y->lot;
}

void score_folds(const unsigned *group, size_t rows, size_t groups, unsigned folds, uint64_t seed, unsigned *ret)
{
	struct sized *sized = calloc(groups ? groups : 1, sizeof *sized);
	size_t *held = calloc(folds, sizeof *held);
	unsigned *fold = calloc(groups ? groups : 1, sizeof *fold);

	if (!sized || !held || !fold)
		abort();
	assert(folds > 0);
	for (size_t g = 0; g < groups; g++)
		sized[g] = (struct sized){ 0, random_bits(random_bits(seed) + g), (unsigned)g };
	for (size_t i = 0; i < rows; i++) {
		assert(group[i] < groups);
		sized[group[i]].rows++;
	}
	qsort(sized, groups, sizeof *sized, largest_first);
	for (size_t g = 0; g < groups; g++) {
		unsigned least = 0;

		for (unsigned k = 1; k < folds; k++)
			least = held[k] < held[least] ? k : least;
		held[least] += sized[g].rows;
		fold[sized[g].group] = least;
	}
	for (size_t i = 0; i < rows; i++)
		ret[i] = fold[group[i]];
	free(sized);
	free(held);
	free(fold);
}
