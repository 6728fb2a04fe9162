/* dbscan.c - a tree of boxes (k-d tree: Bentley, CACM 18, 1975): rows are halved along the widest side until few are left; a box that is
 * farther than the radius is not entered. Core rows are counted in parallel; those of one cluster then find each other from the first
 * row on. */
#include "mine/dbscan.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "num/threads.h"

const struct problem dbscan_unfit = { 422, "dbscan-unfit", "The radius is a finite number above 0, and from 1 row to all are wanted within it." };

enum { LEAF = 12, PART_ROWS = 512 };

/* Progress is told after each round of parts, and of core rows that were spread from. To spread takes about so often the time of the rest. */
enum { ROUNDS = 100, TOLD = 256, SPREADING = 4 };

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
	size_t first; /* part of the round */
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
static double square_to(const struct tree *t, const struct box *b, const double *x)
{
	double sum = 0;

	for (size_t j = 0; j < t->p->columns; j++) {
		double off = x[j] < b->low[j] ? b->low[j] - x[j] : x[j] > b->high[j] ? x[j] - b->high[j] : 0;

		sum += off * off;
	}
	return sum;
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

	if (square_to(s->t, b, s->x) > s->t->square)
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

/* ---- rows in parts ---- */

struct round {
	struct threads *crew;
	struct progress *progress;
	size_t rows, of; /* of: what all the work is counted as */
};

static void each_part(const struct round *r, size_t *first, void (*part)(void *self, size_t part, size_t thread), void *self)
{
	size_t parts = (r->rows + PART_ROWS - 1) / PART_ROWS, at_once = parts / ROUNDS + threads_count(r->crew);

	for (*first = 0; *first < parts; *first += at_once) {
		progress_at(r->progress, *first * PART_ROWS, r->of);
		threads_each(r->crew, parts - *first < at_once ? parts - *first : at_once, part, self);
	}
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
	size_t from = (t->first + part) * PART_ROWS, end = from + PART_ROWS < t->p->rows ? from + PART_ROWS : t->p->rows;

	(void)thread;
	for (size_t row = from; row < end; row++) {
		struct counting c = { 0, t->least };

		t->is_core[row] = !search(&(struct search){ t, row_of(t, (uint32_t)row), count_one, &c }, 0);
	}
}

/* ---- clusters ---- */

struct spreading {
	const struct tree *t;
	uint32_t *of, cluster;
	uint32_t *waiting;
	size_t count, core, done; /* waiting; core rows in all; spread from */
	struct progress *progress;
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

		if (s->done++ % TOLD == 0)
			progress_at(s->progress, s->core + SPREADING * (s->done - 1), (1 + SPREADING) * s->core);
		search(&(struct search){ s->t, x, take, s }, 0);
	}
}

/* Of all rows */
static struct tree tree_of(struct arena *arena, const struct points *p)
{
	struct tree t = { .p = p, .box = ARENA_ARRAY(arena, struct box, 2 * p->rows), .order = ARENA_ARRAY(arena, uint32_t, p->rows) };

	for (uint32_t i = 0; i < p->rows; i++)
		t.order[i] = i;
	split(&t, arena, 0, (uint32_t)p->rows);
	return t;
}

static void spread_all(struct arena *arena, const struct tree *t, struct progress *progress, struct density *d)
{
	struct spreading s = { .t = t, .of = d->of, .waiting = ARENA_ARRAY(arena, uint32_t, t->p->rows), .progress = progress, .core = d->core };

	for (uint32_t i = 0; i < t->p->rows; i++) {
		if (!t->is_core[i] || d->of[i] != NOISE)
			continue;
		s.cluster = (uint32_t)d->clusters++;
		spread(&s, i);
	}
}

problem dbscan(struct arena *arena, const struct points *p, const struct dbscan_options *o, struct density *ret)
{
	CLEANUP(threads_free) struct threads *crew = NULL;
	struct density d = { 0 };
	struct round round;
	struct tree t;
	problem why = points_check(p);

	if (why)
		return why;
	if (!(o->radius > 0) || !isfinite(o->radius) || !o->least)
		return &dbscan_unfit;
	t = tree_of(arena, p);
	t.square = o->radius * o->radius;
	t.least = o->least;
	t.is_core = d.is_core = ARENA_ARRAY(arena, bool, p->rows);
	d.of = ARENA_ARRAY(arena, uint32_t, p->rows);
	for (uint32_t i = 0; i < p->rows; i++)
		d.of[i] = NOISE;
	crew = threads_start(o->threads);
	round = (struct round){ crew, o->progress, p->rows, (1 + SPREADING) * p->rows };
	each_part(&round, &t.first, find_core, &t);
	for (uint32_t i = 0; i < p->rows; i++)
		d.core += t.is_core[i];
	spread_all(arena, &t, o->progress, &d);
	for (size_t i = 0; i < p->rows; i++)
		d.noise += d.of[i] == NOISE;
	*ret = d;
	return NULL;
}

/* ---- which radius ---- */

/* The squared distances of the least nearest rows so far, upwards */
struct nearest {
	const struct tree *t;
	const double *x;
	double *square;
	size_t count, least;
};

static bool is_of_use(const struct nearest *n, double square) { return n->count < n->least || square < n->square[n->count - 1]; }

static void insert(struct nearest *n, double square)
{
	size_t at;

	if (!is_of_use(n, square))
		return;
	at = n->count < n->least ? n->count++ : n->count - 1;
	for (; at && n->square[at - 1] > square; at--)
		n->square[at] = n->square[at - 1];
	n->square[at] = square;
}

/* The nearer half first: mostly the other one need not be entered then. */
static void look_into(struct nearest *n, size_t at)
{
	const struct box *b = &n->t->box[at];
	size_t half[2] = { at + 1, b->right };
	double square[2];

	if (!b->right) {
		for (uint32_t i = b->from; i < b->to; i++)
			insert(n, square_of(n->x, row_of(n->t, n->t->order[i]), n->t->p->columns));
		return;
	}
	for (int k = 0; k < 2; k++)
		square[k] = square_to(n->t, &n->t->box[half[k]], n->x);
	for (int k = 0; k < 2; k++) {
		int side = square[1] < square[0] ? 1 - k : k;

		if (is_of_use(n, square[side]))
			look_into(n, half[side]);
	}
}

struct measuring {
	struct tree t;
	size_t count;
	double *held, *ret; /* (parts, least), (count) */
};

static void measure_part(void *self, size_t part, size_t thread)
{
	struct measuring *m = self;
	size_t from = (m->t.first + part) * PART_ROWS, end = from + PART_ROWS < m->count ? from + PART_ROWS : m->count;

	for (size_t i = from; i < end; i++) {
		struct nearest n = { &m->t, row_of(&m->t, (uint32_t)(i * m->t.p->rows / m->count)), m->held + thread * m->t.least, 0, m->t.least };
		double radius;

		look_into(&n, 0);
		radius = sqrt(n.square[n.count - 1]);
		while (radius * radius < n.square[n.count - 1])
			radius = nextafter(radius, INFINITY);
		m->ret[i] = radius;
	}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

problem dbscan_distances(struct arena *arena, const struct points *p, const struct dbscan_options *o, size_t count, double *ret)
{
	CLEANUP(threads_free) struct threads *crew = NULL;
	struct measuring m = { .count = count, .ret = ret };
	problem why = points_check(p);

	if (why)
		return why;
	if (!o->least || o->least > p->rows || !count || count > p->rows)
		return &dbscan_unfit;
	m.t = tree_of(arena, p);
	m.t.least = o->least;
	crew = threads_start(o->threads);
	m.held = ARENA_ARRAY(arena, double, threads_count(crew) * o->least);
	each_part(&(struct round){ crew, o->progress, count, count }, &m.t.first, measure_part, &m);
	qsort(ret, count, sizeof *ret, by_size);
	return NULL;
}

double dbscan_bend(const double *distances, size_t count)
{
	double most = -INFINITY, found = 0, rise = distances[count - 1] - distances[0];

	for (size_t i = 0; i < count; i++) {
		double below = (double)i / (double)count * rise - (distances[i] - distances[0]);

		if (distances[i] > 0 && below > most) {
			most = below;
			found = distances[i];
		}
	}
	return found;
}
