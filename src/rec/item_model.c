#include "rec/item_model.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "num/dense.h"
#include "num/memory.h"
#include "num/order.h"
#include "num/threads.h"
#include "rec/sparse_saved.h"

void item_model_free(struct item_model *m)
{
	sparse_free(&m->links);
	free(m->whole);
	*m = (struct item_model){ 0 };
}

/* ---- scores ---- */

static void add_links(const struct item_model *m, uint32_t item, float weight, float *scores)
{
	if (m->whole) {
		dense_axpy(scores, weight, m->whole + (size_t)item * m->items, m->items);
		return;
	}
	for (size_t k = m->links.start[item]; k < m->links.start[item + 1]; k++)
		scores[m->links.column[k]] += weight * m->links.weight[k];
}

void item_model_score_one(const struct item_model *m, const uint32_t *items, const float *weights, size_t count, float *scores)
{
	memset(scores, 0, m->items * sizeof *scores);
	for (size_t i = 0; i < count; i++) {
		assert(items[i] < m->items);
		add_links(m, items[i], weights ? weights[i] : 1, scores);
	}
}

void item_model_score(void *item_scorer, const uint32_t *users, size_t count, float *scores, size_t thread)
{
	const struct item_scorer *s = item_scorer;
	const struct sparse *known = s->known;

	(void)thread;
	for (size_t i = 0; i < count; i++)
		item_model_score_one(s->model, sparse_row(known, users[i]), known->weight ? known->weight + known->start[users[i]] : NULL,
		                     sparse_length(known, users[i]), scores + i * s->model->items);
}

/* ---- reasons ---- */

float item_model_link(const struct item_model *m, uint32_t from, uint32_t to)
{
	return m->whole ? m->whole[(size_t)from * m->items + to] : sparse_value(&m->links, from, to);
}

void item_model_reasons(const struct item_model *m, uint32_t item, const uint32_t *items, const float *weights, size_t count, float *shares)
{
	assert(item < m->items);
	for (size_t i = 0; i < count; i++)
		shares[i] = (weights ? weights[i] : 1) * item_model_link(m, items[i], item);
}

/* ---- keeping the largest ---- */

struct keeping {
	const struct link_source *source;
	uint32_t items, keep;
	struct item_link **links; /* (items) (count); NULL where there is none: each item has room for its own alone */
	uint32_t *count;          /* (items) */
	struct item_link **found; /* (threads) (items) */
};

static int largest_size_first(const void *a, const void *b)
{
	const struct item_link *x = a, *y = b;

	return FALLING(fabsf(x->value), fabsf(y->value)) ?: RISING(x->from, y->from);
}

/* The `keep` largest to the front, in any order (Hoare's selection; no two are equal, so that the set is one) */
static void select_largest(struct item_link *links, int64_t count, int64_t keep)
{
	int64_t low = 0, high = count - 1;

	while (low < high) {
		struct item_link pivot = links[low + (high - low) / 2];
		int64_t i = low, j = high;

		while (i <= j) {
			struct item_link held;

			while (largest_size_first(&links[i], &pivot) < 0)
				i++;
			while (largest_size_first(&pivot, &links[j]) < 0)
				j--;
			if (i > j)
				break;
			held = links[i];
			links[i++] = links[j];
			links[j--] = held;
		}
		if (keep <= j)
			high = j;
		else if (keep >= i)
			low = i;
		else
			return;
	}
}

static void keep_item(void *self, size_t part, size_t thread)
{
	struct keeping *k = self;
	uint32_t to = (uint32_t)part;
	struct item_link *found = k->found[thread];
	size_t count = k->source->row(k->source->self, to, found, thread);

	if (count > k->keep) {
		select_largest(found, (int64_t)count, k->keep);
		count = k->keep;
	}
	k->count[to] = (uint32_t)count;
	if (!count)
		return;
	k->links[to] = array_of(count, sizeof *found);
	memcpy(k->links[to], found, count * sizeof *found);
}

/* By the item that speaks: filled in order of j, each row is upwards. */
static void turn(const struct keeping *k, struct sparse *ret)
{
	size_t sum = 0;

	*ret = (struct sparse){ .rows = k->items, .columns = k->items, .start = array_of((size_t)k->items + 2, sizeof *ret->start) };
	for (uint32_t j = 0; j < k->items; j++) {
		sum += k->count[j];
		for (uint32_t c = 0; c < k->count[j]; c++)
			ret->start[k->links[j][c].from + 2]++;
	}
	for (size_t i = 2; i < (size_t)k->items + 2; i++)
		ret->start[i] += ret->start[i - 1];
	ret->column = array_of(sum, sizeof *ret->column);
	ret->weight = array_of(sum, sizeof *ret->weight);
	for (uint32_t j = 0; j < k->items; j++) {
		for (uint32_t c = 0; c < k->count[j]; c++) {
			const struct item_link *l = &k->links[j][c];
			size_t at = ret->start[l->from + 1]++;

			ret->column[at] = j;
			ret->weight[at] = l->value;
		}
	}
}

void item_model_keep(struct threads *threads, uint32_t items, const struct link_source *source, uint32_t keep, struct item_model *ret)
{
	size_t count = threads_count(threads);
	struct keeping k = { source, items, keep < items ? keep : items, array_of(items, sizeof *k.links), array_of(items, sizeof *k.count),
		             array_of(count, sizeof *k.found) };

	assert(keep > 0);
	for (size_t t = 0; t < count; t++)
		k.found[t] = array_of(items, sizeof **k.found);
	threads_each(threads, items, keep_item, &k);
	*ret = (struct item_model){ .items = items };
	turn(&k, &ret->links);
	for (size_t t = 0; t < count; t++)
		free(k.found[t]);
	for (uint32_t j = 0; j < items; j++)
		free(k.links[j]);
	free(k.found);
	free(k.links);
	free(k.count);
}

/* ---- the file ---- */

void item_model_save(const struct item_model *m, struct buffer *b)
{
	assert(!m->whole);
	sparse_save(b, "links", &m->links);
}

problem item_model_load(const struct saved *s, struct item_model *ret)
{
	struct sparse links;
	problem why = sparse_load(s, "links", &links);

	if (why)
		return why;
	if (links.rows != links.columns || !links.weight) {
		sparse_free(&links);
		return &saved_damaged;
	}
	*ret = (struct item_model){ .items = links.rows, .links = links };
	return NULL;
}
