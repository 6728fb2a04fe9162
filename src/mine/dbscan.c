/* dbscan.c - a tree of boxes (k-d tree: Bentley, CACM 18, 1975): rows are halved along the widest side until few are left; a box that is
 * farther than the radius is not entered. Core rows are counted in parallel; those of one cluster then find each other from the first
 * row on. */
#include "mine/dbscan.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "num/threads.h"

const struct problem dbscan_unfit = { 422, "dbscan-unfit", "The radius is a finite number above 0, and at least 1 row is wanted within it." };

enum { LEAF = 12, PART_ROWS = 512 };

/* Rows order[from .. to) within [low, high] of each column; children follow: left is the next box, right is told; 0: none. */
struct box {
	uint32_t from, to, right;
	double *low, *high;
};

struct tree {
	const struct points *p;
	struct box *box;
	size_t boxes;
	uint32_t *order;
	double square; /* of the radius */
	size_t least;
	bool *is_core;
};

static const double *row_of(const struct tree *t, uint32_t row) { return t->p->at + row * t->p->columns; }

/* ---- the tree ---- */

static void measure(struct tree *t, struct box *b)
{
	size_t columns = t->p->columns;

	memcpy(b->low, row_of(t, t->order[b->from]), columns * sizeof *b->low);
	memcpy(b->high, b->low, columns * sizeof *b->high);
	for (uint32_t i = b->from + 1; i < b->to; i++) {
		const double *x = row_of(t, t->order[i]);

		for (size_t j = 0; j < columns; j++) {
			b->low[j] = x[j] < b->low[j] ? x[j] : b->low[j];
			b->high[j] = x[j] > b->high[j] ? x[j] : b->high[j];
		}
	}
}

static size_t widest(const struct box *b, size_t columns)
{
	size_t best = 0;

	for (size_t j = 1; j < columns; j++) {
		if (b->high[j] - b->low[j] > b->high[best] - b->low[best])
			best = j;
	}
	return best;
}

/* Afterwards order[middle] is where it would be if [from, to) were sorted by the column (Hoare's selection). */
static void halve(struct tree *t, uint32_t from, uint32_t to, size_t column)
{
	uint32_t middle = from + (to - from) / 2;

	while (to - from > 1) {
		double pivot = row_of(t, t->order[from + (to - from) / 2])[column];
		uint32_t low = from, high = to - 1;

		while (low <= high) {
			while (row_of(t, t->order[low])[column] < pivot)
				low++;
			while (row_of(t, t->order[high])[column] > pivot)
				high--;
			if (low > high)
				break;
			uint32_t held = t->order[low];

			t->order[low++] = t->order[high];
			t->order[high] = held;
			if (!high)
				break;
			high--;
		}
		if (middle <= high && high < to)
			to = high + 1;
		else if (middle >= low)
			from = low;
		else
			return;
	}
}

static void split(struct tree *t, struct arena *arena, uint32_t from, uint32_t to)
{
	size_t at = t->boxes++, column;
	struct box *b = &t->box[at];

	*b = (struct box){ from, to, 0, ARENA_ARRAY(arena, double, t->p->columns), ARENA_ARRAY(arena, double, t->p->columns) };
	measure(t, b);
	column = widest(b, t->p->columns);
	if (to - from <= LEAF || b->high[column] <= b->low[column])
		return;
	halve(t, from, to, column);
	split(t, arena, from, from + (to - from) / 2);
	b->right = (uint32_t)t->boxes;
	split(t, arena, from + (to - from) / 2, to);
}

/* ---- who is near ---- */

static double square_of(const double *a, const double *b, size_t columns)
{
	double sum = 0;

	for (size_t j = 0; j < columns; j++)
		sum += (a[j] - b[j]) * (a[j] - b[j]);
	return sum;
}

/* The squared distance of the row to the box; never above that to a row in it, since each difference is rounded alike */
static bool is_far(const struct tree *t, const struct box *b, const double *x)
{
	double sum = 0;

	for (size_t j = 0; j < t->p->columns; j++) {
		double off = x[j] < b->low[j] ? b->low[j] - x[j] : x[j] > b->high[j] ? x[j] - b->high[j] : 0;

		sum += off * off;
	}
	return sum > t->square;
}

/* Calls near for each row within the radius, until it answers false. */
struct search {
	const struct tree *t;
	const double *x;
	bool (*near)(void *self, uint32_t row);
	void *self;
};

static bool search(const struct search *s, size_t at)
{
	const struct box *b = &s->t->box[at];

	if (is_far(s->t, b, s->x))
		return true;
	if (b->right)
		return search(s, at + 1) && search(s, b->right);
	for (uint32_t i = b->from; i < b->to; i++) {
		uint32_t row = s->t->order[i];

		if (square_of(s->x, row_of(s->t, row), s->t->p->columns) <= s->t->square && !s->near(s->self, row))
			return false;
	}
	return true;
}

/* ---- core rows ---- */

struct counting {
	size_t count, least;
};

static bool count_one(void *self, uint32_t row)
{
	struct counting *c = self;

	(void)row;
	return ++c->count < c->least;
}

static void find_core(void *self, size_t part, size_t thread)
{
	struct tree *t = self;
	size_t end = (part + 1) * PART_ROWS < t->p->rows ? (part + 1) * PART_ROWS : t->p->rows;

	(void)thread;
	for (size_t row = part * PART_ROWS; row < end; row++) {
		struct counting c = { 0, t->least };

		t->is_core[row] = !search(&(struct search){ t, row_of(t, (uint32_t)row), count_one, &c }, 0);
	}
}

/* ---- clusters ---- */

struct spreading {
	const struct tree *t;
	uint32_t *of, cluster;
	uint32_t *waiting;
	size_t count;
};

/* Clusters are made in the order of their numbers: who is taken already is of a smaller one. */
static bool take(void *self, uint32_t row)
{
	struct spreading *s = self;

	if (s->of[row] != NOISE)
		return true;
	s->of[row] = s->cluster;
	if (s->t->is_core[row])
		s->waiting[s->count++] = row;
	return true;
}

static void spread(struct spreading *s, uint32_t from)
{
	take(s, from);
	while (s->count) {
		const double *x = row_of(s->t, s->waiting[--s->count]);

		search(&(struct search){ s->t, x, take, s }, 0);
	}
}

problem dbscan(struct arena *arena, const struct points *p, double radius, size_t least, size_t threads, struct density *ret)
{
	CLEANUP(threads_free) struct threads *crew = NULL;
	struct tree t = { .p = p, .square = radius * radius, .least = least };
	struct density d = { 0 };
	struct spreading s;
	problem why = points_check(p);

	if (why)
		return why;
	if (!(radius > 0) || !isfinite(radius) || !least)
		return &dbscan_unfit;
	t.box = ARENA_ARRAY(arena, struct box, 2 * p->rows);
	t.order = ARENA_ARRAY(arena, uint32_t, p->rows);
	t.is_core = d.is_core = ARENA_ARRAY(arena, bool, p->rows);
	d.of = ARENA_ARRAY(arena, uint32_t, p->rows);
	for (uint32_t i = 0; i < p->rows; i++) {
		t.order[i] = i;
		d.of[i] = NOISE;
	}
	split(&t, arena, 0, (uint32_t)p->rows);
	crew = threads_start(threads);
	threads_each(crew, (p->rows + PART_ROWS - 1) / PART_ROWS, find_core, &t);
	s = (struct spreading){ .t = &t, .of = d.of, .waiting = ARENA_ARRAY(arena, uint32_t, p->rows) };
	for (uint32_t i = 0; i < p->rows; i++) {
		d.core += t.is_core[i];
		if (!t.is_core[i] || d.of[i] != NOISE)
			continue;
		s.cluster = (uint32_t)d.clusters++;
		spread(&s, i);
	}
	for (size_t i = 0; i < p->rows; i++)
		d.noise += d.of[i] == NOISE;
	*ret = d;
	return NULL;
}
