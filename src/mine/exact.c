/* exact.c - a tree for which each value is a threshold: rows are sorted once by each column, and each node keeps its rows in all those
 * orders (CART's presorting). Work: rows * columns * depth. */
#include "mine/grow.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

struct exact {
	size_t rows, columns;
	double *x;       /* column by column */
	uint8_t *label;
	uint32_t *order; /* column by column: the rows upwards by x, holes last */
	uint8_t *goes_left;
	uint32_t *spare;
	struct grow_limits limits;
	struct grown tree;
};

struct valued {
	double x;
	uint32_t row;
};

static int upwards(const void *a, const void *b)
{
	const struct valued *v = a, *w = b;

	if (v->x < w->x || (!isnan(v->x) && isnan(w->x)))
		return -1;
	if (v->x > w->x || (isnan(v->x) && !isnan(w->x)))
		return 1;
	return v->row < w->row ? -1 : 1;
}

static void *must(void *at)
{
	if (!at)
		abort();
	return at;
}

static void take_rows(struct exact *e, const struct frame *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->rows; i++)
		n += !(f->test && f->test[i]);
	e->rows = n;
	e->columns = f->columns;
	e->x = must(malloc(n * f->columns * sizeof *e->x));
	e->order = must(malloc(n * f->columns * sizeof *e->order));
	e->label = must(malloc(n));
	e->goes_left = must(malloc(n));
	e->spare = must(malloc(n * sizeof *e->spare));
	for (size_t i = n = 0; i < f->rows; i++) {
		if (f->test && f->test[i])
			continue;
		e->label[n] = f->label[i];
		for (size_t j = 0; j < f->columns; j++)
			e->x[j * e->rows + n] = f->ord[j * f->rows + i];
		n++;
	}
}

static void sort_columns(struct exact *e)
{
	struct valued *v = must(malloc(e->rows * sizeof *v));

	for (size_t j = 0; j < e->columns; j++) {
		for (size_t i = 0; i < e->rows; i++)
			v[i] = (struct valued){ e->x[j * e->rows + i], (uint32_t)i };
		qsort(v, e->rows, sizeof *v, upwards);
		for (size_t i = 0; i < e->rows; i++)
			e->order[j * e->rows + i] = v[i].row;
	}
	free(v);
}

static void exact_free(struct exact *e)
{
	free(e->x);
	free(e->order);
	free(e->label);
	free(e->goes_left);
	free(e->spare);
}

static void ask_column(const struct exact *e, uint32_t column, const struct piece *p, struct question *best)
{
	const uint32_t *order = e->order + column * e->rows;
	const double *x = e->x + column * e->rows;
	struct side before = { 0 }, holes = { 0 };
	size_t to = p->to;

	for (; to > p->from && isnan(x[order[to - 1]]); to--)
		holes = side_plus(holes, (struct side){ 1, e->label[order[to - 1]], 1 });
	if (to == p->from || (x[order[p->from]] == x[order[to - 1]] && !holes.weight))
		return;
	for (size_t i = p->from; i < to; i++) {
		if (i > p->from && x[order[i - 1]] < x[order[i]])
			consider(best, &p->all, before, holes, (struct place){ column, (uint32_t)i - 1, (uint32_t)i });
		before = side_plus(before, (struct side){ 1, e->label[order[i]], 1 });
	}
	if (holes.weight)
		consider_holes(best, &p->all, before, (struct place){ column, (uint32_t)to - 1, (uint32_t)to });
}

static double threshold_of(const struct exact *e, const struct place *at)
{
	const uint32_t *order = e->order + at->column * e->rows;
	const double *x = e->x + at->column * e->rows;
	double next = at->next < e->rows ? x[order[at->next]] : NAN;

	return isnan(next) ? INFINITY : bins_between(x[order[at->last]], next);
}

/* Keeps the orders on both sides, in all columns; where the right side begins. */
static size_t part(struct exact *e, const struct piece *p, const struct question *q, double threshold)
{
	const double *x = e->x + q->at.column * e->rows;
	size_t middle = p->from;

	for (size_t i = p->from; i < p->to; i++) {
		uint32_t row = e->order[i];

		e->goes_left[row] = isnan(x[row]) ? q->holes_left : x[row] <= threshold;
		middle += e->goes_left[row];
	}
	for (size_t j = 0; j < e->columns; j++) {
		uint32_t *order = e->order + j * e->rows;
		size_t left = p->from, right = 0;

		for (size_t i = p->from; i < p->to; i++) {
			uint32_t row = order[i];
			size_t to_left = e->goes_left[row];

			order[left] = row;
			e->spare[right] = row;
			left += to_left;
			right += 1 - to_left;
		}
		memcpy(order + left, e->spare, right * sizeof *order);
	}
	return middle;
}

struct grown grow_exact(const struct frame *f, struct grow_limits limits)
{
	struct exact e = { .limits = limits };
	struct side all = { 0 };
	struct piece p;

	take_rows(&e, f);
	sort_columns(&e);
	for (size_t i = 0; i < e.rows; i++)
		all = side_plus(all, (struct side){ 1, e.label[i], 1 });
	grown_root(&e.tree, all, e.rows);
	while (grown_next(&e.tree, &limits, &p)) {
		struct question best = question_none(limits.leaf);
		double threshold;

		for (uint32_t j = 0; j < e.columns; j++)
			ask_column(&e, j, &p, &best);
		if (!question_found(&best))
			continue;
		threshold = threshold_of(&e, &best.at);
		grown_split(&e.tree, &p, &best, threshold, part(&e, &p, &best, threshold));
	}
	exact_free(&e);
	return e.tree;
}
