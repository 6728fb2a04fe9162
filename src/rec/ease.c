#include "rec/ease.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

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

static size_t link_row(void *self, uint32_t to, struct item_link *found, size_t thread)
{
	const struct blocks *p = self;
	const double *row = p->at + (size_t)to * p->stride; /* P is symmetric */
	size_t count = 0;

	(void)thread;
	for (uint32_t i = 0; i < p->n; i++) {
		float value = (float)(-row[i] / row[to]);

		if (i != to && value != 0)
			found[count++] = (struct item_link){ i, value };
	}
	return count;
}

struct whole {
	const struct blocks *p;
	float *to;
};

static void whole_row(void *self, size_t part, size_t thread)
{
	struct whole *w = self;
	const double *row = w->p->at + part * w->p->stride;
	float *to = w->to + part * w->p->n;

	(void)thread;
	for (size_t j = 0; j < w->p->n; j++)
		to[j] = (float)(-row[j] / w->p->at[j * (w->p->stride + 1)]);
	to[part] = 0;
}

static void take_links(struct threads *threads, struct blocks *p, uint32_t keep, struct item_model *ret)
{
	struct link_source source = { link_row, p };
	struct whole whole = { p, NULL };

	if (keep) {
		item_model_keep(threads, (uint32_t)p->n, &source, keep, ret);
		return;
	}
	whole.to = malloc(p->n * p->n * sizeof *whole.to);
	if (!whole.to)
		abort();
	threads_each(threads, p->n, whole_row, &whole);
	*ret = (struct item_model){ .items = (uint32_t)p->n, .whole = whole.to };
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
	take_links(threads, &m, options->keep, ret);
	return NULL;
}
