#include "rec/ease.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/blocks.h"

const struct problem ease_large = { 413, "ease-large", "Too many items for EASE: 30,000, or what fits into memory." };
const struct problem ease_unfit = { 422, "ease-unfit", "Lambda must be a number above 0." };
const struct problem ease_broken = { 422, "ease-broken", "The weights are too large for these numbers: EASE finds no solution." };

size_t ease_bytes(uint32_t items) { return blocks_bytes(items) + (size_t)items * EASE_KEEP * 16; }

/* ---- X'X, item by item: each adds up the rows of those who had it ---- */

struct gram {
	const struct sparse *by_user, *by_item;
	struct blocks *m;
};

enum { ITEMS_AT_ONCE = 16 };

static void add_user(const struct sparse *by_user, uint32_t user, uint32_t until, double weight, double *row)
{
	for (size_t k = by_user->start[user]; k < by_user->start[user + 1] && by_user->column[k] <= until; k++)
		row[by_user->column[k]] += by_user->weight ? weight * by_user->weight[k] : weight;
}

static void gram_rows(void *self, size_t part, size_t thread)
{
	struct gram *g = self;
	const struct sparse *by_item = g->by_item;
	uint32_t last = by_item->rows - (uint32_t)part * ITEMS_AT_ONCE, first = last > ITEMS_AT_ONCE ? last - ITEMS_AT_ONCE : 0;

	(void)thread;
	for (uint32_t i = first; i < last; i++) {
		double *row = g->m->at + (size_t)i * g->m->stride;

		for (size_t k = by_item->start[i]; k < by_item->start[i + 1]; k++)
			add_user(g->by_user, by_item->column[k], i, by_item->weight ? by_item->weight[k] : 1, row);
	}
}

static void add_gram(struct threads *threads, const struct sparse *x, struct blocks *m)
{
	CLEANUP(sparse_free) struct sparse by_item = { 0 };
	struct gram g = { x, &by_item, m };

	sparse_transpose(x, &by_item);
	threads_each(threads, (x->columns + ITEMS_AT_ONCE - 1) / ITEMS_AT_ONCE, gram_rows, &g);
}

/* ---- links out of the inverse ---- */

enum { SIZES = 1 << 14 };

struct linking {
	const struct blocks *p;
	uint32_t keep;
	uint32_t (*counts)[SIZES]; /* (threads) of zeros */
};

/* Its power of two, in eight steps: the larger the value, the larger or the same */
static size_t size_of(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof bits);
	return bits << 1 >> 50;
}

/* At least `keep` values of the row but its own are of this size or above, or all are; hardly more than these. */
static size_t least_size(const struct linking *l, const double *row, uint32_t to, uint32_t *counts)
{
	size_t size = SIZES, found = 0;

	for (size_t i = 0; i < l->p->n; i++)
		counts[size_of(row[i])]++;
	counts[size_of(row[to])]--;
	while (size > 0 && found < l->keep)
		found += counts[--size];
	memset(counts, 0, SIZES * sizeof *counts);
	return size;
}

/* Only what may be among the largest: a division, and a place in what is sorted, for each other one would take most of the time. */
static size_t link_row(void *self, uint32_t to, struct item_link *found, size_t thread)
{
	const struct linking *l = self;
	const double *row = l->p->at + (size_t)to * l->p->stride; /* P is symmetric */
	size_t count = 0, least = least_size(l, row, to, l->counts[thread]);

	for (uint32_t i = 0; i < l->p->n; i++) {
		float value;

		if (i == to || size_of(row[i]) < least)
			continue;
		value = (float)(-row[i] / row[to]);
		if (value != 0)
			found[count++] = (struct item_link){ i, value };
	}
	return count;
}

struct whole {
	const struct blocks *p;
	const double *diagonal;
	float *to;
};

static void whole_row(void *self, size_t part, size_t thread)
{
	struct whole *w = self;
	const double *row = w->p->at + part * w->p->stride;
	float *to = w->to + part * w->p->n;

	(void)thread;
	for (size_t j = 0; j < w->p->n; j++)
		to[j] = (float)(-row[j] / w->diagonal[j]);
	to[part] = 0;
}

static void *room_of(size_t count, size_t each)
{
	void *p = calloc(count, each);

	if (!p)
		abort();
	return p;
}

static void take_whole(struct threads *threads, struct blocks *p, struct item_model *ret)
{
	double *diagonal = room_of(p->n, sizeof *diagonal);
	struct whole whole = { p, diagonal, room_of(p->n * p->n, sizeof *whole.to) };

	for (size_t i = 0; i < p->n; i++)
		diagonal[i] = p->at[i * (p->stride + 1)];
	threads_each(threads, p->n, whole_row, &whole);
	*ret = (struct item_model){ .items = (uint32_t)p->n, .whole = whole.to };
	free(diagonal);
}

static void take_largest(struct threads *threads, struct blocks *p, uint32_t keep, struct item_model *ret)
{
	struct linking linking = { p, keep, room_of(threads_count(threads), sizeof *linking.counts) };

	item_model_keep(threads, (uint32_t)p->n, &(struct link_source){ link_row, &linking }, keep, ret);
	free(linking.counts);
}

problem ease_fit(struct threads *threads, const struct sparse *x, const struct ease_options *options, struct progress *progress,
                 struct item_model *ret)
{
	CLEANUP(blocks_free) struct blocks m = { 0 };

	assert(!options->features || options->features->columns == x->columns);
	if (!(options->lambda > 0) || !isfinite(options->lambda))
		return &ease_unfit;
	if (x->columns == 0)
		return &interactions_none;
	if (x->columns > EASE_ITEMS_MAX || !blocks_new(x->columns, &m))
		return &ease_large;
	add_gram(threads, x, &m);
	if (options->features)
		add_gram(threads, options->features, &m);
	for (size_t i = 0; i < m.n; i++)
		m.at[i * (m.stride + 1)] += options->lambda;
	if (!blocks_invert(threads, &m, progress))
		return &ease_broken;
	blocks_mirror(threads, &m);
	if (options->keep)
		take_largest(threads, &m, options->keep, ret);
	else
		take_whole(threads, &m, ret);
	return NULL;
}
