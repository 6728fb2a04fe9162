/* bins.c - a column is a task: its values are sorted once, cut where enough rows are together, and each row's bin is found by halving. */
#include "mine/bins.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "mine/tree.h"

problem bins_check(const struct frame *f, size_t *rows)
{
	size_t ones = 0;

	assert(f->label);
	*rows = 0;
	for (size_t i = 0; i < f->rows; i++) {
		if (f->test && f->test[i])
			continue;
		++*rows;
		ones += f->label[i];
	}
	for (size_t i = 0; i < f->rows * f->columns; i++) {
		if (isinf(f->ord[i]))
			return &tree_value;
	}
	if (!*rows || !f->columns)
		return &frame_few;
	return ones == 0 || ones == *rows ? &frame_one_class : NULL;
}

/* ---- sorting ---- */

/* Bits that order as the doubles do, and back. */
static uint64_t key_of(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof bits);
	return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static double of_key(uint64_t key)
{
	uint64_t bits = key >> 63 ? key ^ (uint64_t)1 << 63 : ~key;
	double x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

static void one_pass(const uint64_t *from, uint64_t *to, size_t count, size_t *start, int shift)
{
	for (size_t i = 0; i < count; i++)
		to[start[from[i] >> shift & 255]++] = from[i];
}

/* Returns where they lie in the end. */
static const uint64_t *sort_keys(uint64_t *from, uint64_t *to, size_t count)
{
	size_t held[8][256] = { 0 };

	for (size_t i = 0; i < count; i++) {
		for (int b = 0; b < 8; b++)
			held[b][from[i] >> 8 * b & 255]++;
	}
	for (int b = 0; b < 8; b++) {
		size_t start = 0;
		uint64_t *other = from;

		if (held[b][from[0] >> 8 * b & 255] == count)
			continue;
		for (int k = 0; k < 256; k++) {
			size_t here = held[b][k];

			held[b][k] = start;
			start += here;
		}
		one_pass(from, to, count, held[b], 8 * b);
		from = to;
		to = other;
	}
	return from;
}

void bins_sort(double *at, size_t count)
{
	uint64_t *keys = malloc((count ? count : 1) * 2 * sizeof *keys);
	const uint64_t *sorted;

	if (!keys)
		abort();
	for (size_t i = 0; i < count; i++)
		keys[i] = key_of(at[i] + 0); /* -0 is 0 */
	sorted = count ? sort_keys(keys, keys + count, count) : keys;
	for (size_t i = 0; i < count; i++)
		at[i] = of_key(sorted[i]);
	free(keys);
}

/* ---- cutting ---- */

/* Sorted values as different ones with their counts; how many. */
static size_t runs_of(const double *sorted, size_t n, double *value, size_t *held)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (!count || value[count - 1] < sorted[i]) {
			value[count] = sorted[i];
			held[count++] = 0;
		}
		held[count - 1]++;
	}
	return count;
}

/* A bin ends where it has its share of what was left when it began, or where a value comes that fills one alone. */
static void cut(struct bin_column *c, const double *value, const size_t *held, size_t count)
{
	size_t left = 0, here = 0;

	for (size_t i = 0; i < count; i++)
		left += held[i];
	for (size_t i = 0; i < count; i++) {
		size_t bins = BINS_MAX - c->count, share = left / bins;
		bool ends;

		here += held[i];
		ends = i + 1 == count || count - i <= bins || (bins > 1 && (here >= share || held[i + 1] >= share));
		if (!ends)
			continue;
		c->edge[c->count++] = i + 1 < count ? bins_between(value[i], value[i + 1]) : INFINITY;
		left -= here;
		here = 0;
	}
}

/* Of each row its bin: the first whose edge is not below. */
static unsigned bin_of(const struct bin_column *c, double x)
{
	const double *at = c->edge;

	for (unsigned left = c->count; left > 1; left -= left / 2)
		at += at[left / 2 - 1] < x ? left / 2 : 0;
	return (unsigned)(at - c->edge);
}

static void code_column(struct bin_column *c, const double *value, size_t n, uint8_t *code)
{
	for (unsigned k = 0; k < c->count; k++) {
		c->least[k] = INFINITY;
		c->most[k] = -INFINITY;
	}
	for (size_t i = 0; i < n; i++) {
		unsigned k;

		if (isnan(value[i])) {
			code[i] = BIN_HOLE;
			c->holes = true;
			continue;
		}
		k = bin_of(c, value[i]);
		code[i] = (uint8_t)k;
		c->least[k] = fmin(c->least[k], value[i]);
		c->most[k] = fmax(c->most[k], value[i]);
	}
}

struct task {
	const struct frame *f;
	struct bins *bins;
};

static void bin_column(void *self, size_t j, size_t thread)
{
	struct task *t = self;
	const struct frame *f = t->f;
	size_t n = t->bins->rows, step = (n + BINS_SAMPLE - 1) / BINS_SAMPLE, kept = 0, whole = 0;
	double *value = malloc(3 * n * sizeof *value), *sorted = value + n, *different = sorted + n;
	size_t *held = malloc(n * sizeof *held);

	(void)thread;
	if (!value || !held)
		abort();
	for (size_t i = 0; i < f->rows; i++) {
		if (!f->test || !f->test[i])
			value[whole++] = f->ord[j * f->rows + i];
	}
	for (size_t i = 0; i < n; i += step) {
		if (!isnan(value[i]))
			sorted[kept++] = value[i];
	}
	bins_sort(sorted, kept);
	cut(&t->bins->column[j], different, held, runs_of(sorted, kept, different, held));
	if (!kept && step > 1) { /* the sample had holes only: one bin for what else there may be */
		t->bins->column[j].count = 1;
		t->bins->column[j].edge[0] = INFINITY;
	}
	code_column(&t->bins->column[j], value, n, t->bins->code + j * n);
	free(value);
	free(held);
}

problem bins_make(struct arena *arena, const struct frame *f, struct threads *threads, struct bins *ret)
{
	struct bins b = { .columns = f->columns };
	struct task task = { f, &b };
	problem why = bins_check(f, &b.rows);
	size_t n = 0;

	if (why)
		return why;
	b.code = FRAME_ARRAY(arena, uint8_t, b.rows * b.columns);
	b.label = FRAME_ARRAY(arena, uint8_t, b.rows);
	b.column = FRAME_ARRAY(arena, struct bin_column, b.columns);
	for (size_t i = 0; i < f->rows; i++) {
		if (!f->test || !f->test[i])
			b.label[n++] = f->label[i];
	}
	threads_each(threads, b.columns, bin_column, &task);
	*ret = b;
	return NULL;
}
