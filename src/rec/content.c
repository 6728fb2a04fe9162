#include "rec/content.h"

#include "num/memory.h"
#include "num/order.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct problem content_unfit = { 422, "content-unfit", "An option is out of its bounds, or a count is not above 0 and at most a billion." };

static const double count_max = 1e9, k1_max = 1000;

void content_free(struct content *m)
{
	sparse_free(&m->items);
	sparse_free(&m->terms);
	*m = (struct content){ 0 };
}

/* ---- weights ---- */

/* What is known of all items together. */
struct catalogue {
	double items;        /* that have a term */
	double mean_length;
	double *with_term;   /* (terms) items */
};

static double length_of(const struct sparse *counts, uint32_t item)
{
	double sum = 0;

	for (size_t k = counts->start[item]; k < counts->start[item + 1]; k++)
		sum += sparse_weight(counts, k);
	return sum;
}

static struct catalogue catalogue_of(const struct sparse *counts)
{
	struct catalogue c = { .with_term = array_of(counts->columns, sizeof *c.with_term) };
	double length = 0;

	for (uint32_t i = 0; i < counts->rows; i++) {
		c.items += sparse_length(counts, i) > 0;
		length += length_of(counts, i);
	}
	for (size_t k = 0; k < sparse_count(counts); k++)
		c.with_term[counts->column[k]]++;
	c.mean_length = c.items > 0 ? length / c.items : 0;
	return c;
}

static double bm25(const struct content_options *o, const struct catalogue *c, double count, double length)
{
	return count * (o->k1 + 1) / (count + o->k1 * (1 - o->b + o->b * length / c->mean_length));
}

static double rarity(enum content_weighting weighting, double items, double with_term)
{
	switch (weighting) {
	case CONTENT_BM25:
		return log1p((items - with_term + .5) / (with_term + .5));
	case CONTENT_TFIDF:
		return log(items / with_term);
	}
	abort();
}

/* v_i of a row of counts */
static void weigh(const struct sparse *counts, uint32_t item, const struct content_options *o, const struct catalogue *c, float *to)
{
	double length = length_of(counts, item), squares = 0, *weights = array_of(sparse_length(counts, item), sizeof *weights);
	size_t from = counts->start[item], count = sparse_length(counts, item);

	for (size_t k = 0; k < count; k++) {
		double times = sparse_weight(counts, from + k);

		weights[k] = (o->weighting == CONTENT_BM25 ? bm25(o, c, times, length) : times) *
		             rarity(o->weighting, c->items, c->with_term[counts->column[from + k]]);
		squares += weights[k] * weights[k];
	}
	for (size_t k = 0; k < count; k++)
		to[k] = squares > 0 ? (float)(weights[k] / sqrt(squares)) : 0;
	free(weights);
}

static bool is_fit(const struct sparse *counts, const struct content_options *o)
{
	if (o->weighting == CONTENT_BM25 && !(o->k1 >= 0 && o->k1 <= k1_max && o->b >= 0 && o->b <= 1))
		return false;
	for (size_t k = 0; counts->weight && k < sparse_count(counts); k++) {
		if (!(counts->weight[k] > 0 && counts->weight[k] <= count_max))
			return false;
	}
	return true;
}

problem content_fit(const struct sparse *counts, const struct content_options *options, struct content *ret)
{
	size_t count = sparse_count(counts);
	struct content m = { .items = { .rows = counts->rows, .columns = counts->columns } };
	struct catalogue c;

	if (!is_fit(counts, options))
		return &content_unfit;
	c = catalogue_of(counts);
	m.items.start = array_of((size_t)counts->rows + 1, sizeof *m.items.start);
	m.items.column = array_of(count, sizeof *m.items.column);
	m.items.weight = array_of(count, sizeof *m.items.weight);
	memcpy(m.items.start, counts->start, ((size_t)counts->rows + 1) * sizeof *m.items.start);
	if (count)
		memcpy(m.items.column, counts->column, count * sizeof *m.items.column);
	for (uint32_t i = 0; i < counts->rows; i++)
		weigh(counts, i, options, &c, m.items.weight + m.items.start[i]);
	sparse_transpose(&m.items, &m.terms);
	free(c.with_term);
	*ret = m;
	return NULL;
}

/* ---- somebody ---- */

/* to (terms) += by v_item */
static void add_item(const struct content *m, uint32_t item, double by, double *to)
{
	assert(item < m->items.rows);
	for (size_t k = m->items.start[item]; k < m->items.start[item + 1]; k++)
		to[m->items.column[k]] += by * m->items.weight[k];
}

static double had_weight(const struct content_had *had, size_t i) { return had->weights ? had->weights[i] : 1; }

/* What is below this share of all that was put in is what rounding left of things that take each other away. */
static const double least_length = 1e-6;

/* profile (terms), of zeros before: p / |p|; returns 1 / |p|, or 0 where nothing is left of it */
static double profile_of(const struct content *m, const struct content_had *had, double *profile)
{
	double squares = 0, put_in = 0, by;

	for (size_t i = 0; i < had->count; i++) {
		add_item(m, had->items[i], had_weight(had, i), profile);
		put_in += fabs(had_weight(had, i));
	}
	for (uint32_t t = 0; t < m->items.columns; t++)
		squares += profile[t] * profile[t];
	by = sqrt(squares) > least_length * put_in ? 1 / sqrt(squares) : 0;
	for (uint32_t t = 0; t < m->items.columns; t++)
		profile[t] *= by;
	return by;
}

static void score_by(const struct content *m, const double *profile, float *scores)
{
	memset(scores, 0, m->items.rows * sizeof *scores);
	for (uint32_t t = 0; t < m->terms.rows; t++) {
		float by = (float)profile[t];

		for (size_t k = m->terms.start[t]; by != 0 && k < m->terms.start[t + 1]; k++)
			scores[m->terms.column[k]] += by * m->terms.weight[k];
	}
}

void content_score_one(const struct content *m, const struct content_had *had, float *scores)
{
	double *profile = array_of(m->items.columns, sizeof *profile);

	profile_of(m, had, profile);
	score_by(m, profile, scores);
	free(profile);
}

void content_score(void *content_scorer, const uint32_t *users, size_t count, float *scores, size_t thread)
{
	const struct content_scorer *s = content_scorer;
	const struct sparse *known = s->known;

	(void)thread;
	for (size_t i = 0; i < count; i++) {
		struct content_had had = { sparse_length(known, users[i]), sparse_row(known, users[i]),
			                   known->weight ? known->weight + known->start[users[i]] : NULL };

		content_score_one(s->model, &had, scores + i * s->model->items.rows);
	}
}

/* ---- reasons ---- */

static int largest_first(const void *a, const void *b)
{
	const struct content_term *x = a, *y = b;

	return FALLING(x->share, y->share) ?: RISING(x->term, y->term);
}

size_t content_reasons(const struct content *m, const struct content_had *had, uint32_t item, float *shares, struct content_term *terms)
{
	double *profile = array_of(m->items.columns, sizeof *profile), *asked = array_of(m->items.columns, sizeof *asked);
	double by = profile_of(m, had, profile);
	size_t from = m->items.start[item], count = sparse_length(&m->items, item);

	add_item(m, item, 1, asked);
	for (size_t i = 0; i < had->count; i++) {
		double cosine = 0;

		for (size_t k = m->items.start[had->items[i]]; k < m->items.start[had->items[i] + 1]; k++)
			cosine += m->items.weight[k] * asked[m->items.column[k]];
		shares[i] = (float)(had_weight(had, i) * cosine * by);
	}
	for (size_t k = 0; k < count; k++) {
		uint32_t term = m->items.column[from + k];

		terms[k] = (struct content_term){ term, (float)(profile[term] * m->items.weight[from + k]) };
	}
	qsort(terms, count, sizeof *terms, largest_first);
	free(profile);
	free(asked);
	return count;
}

/* ---- items like an item ---- */

struct linking {
	const struct content *m;
	float **scores; /* (threads) (items), 0 between items */
};

/* Items that share a term are looked at, not all. */
static size_t link_row(void *self, uint32_t to, struct item_link *found, size_t thread)
{
	const struct linking *l = self;
	const struct sparse *items = &l->m->items, *terms = &l->m->terms;
	float *scores = l->scores[thread];
	size_t count = 0;

	for (size_t k = items->start[to]; k < items->start[to + 1]; k++) {
		uint32_t term = items->column[k];

		for (size_t at = terms->start[term]; at < terms->start[term + 1]; at++)
			scores[terms->column[at]] += items->weight[k] * terms->weight[at];
	}
	scores[to] = 0;
	for (size_t k = items->start[to]; k < items->start[to + 1]; k++) {
		uint32_t term = items->column[k];

		for (size_t at = terms->start[term]; at < terms->start[term + 1]; at++) {
			uint32_t from = terms->column[at];

			if (scores[from] != 0)
				found[count++] = (struct item_link){ from, scores[from] };
			scores[from] = 0;
		}
	}
	return count;
}

void content_links(struct threads *threads, const struct content *m, uint32_t keep, struct item_model *ret)
{
	size_t count = threads_count(threads);
	struct linking l = { m, array_of(count, sizeof *l.scores) };

	for (size_t t = 0; t < count; t++)
		l.scores[t] = array_of(m->items.rows, sizeof **l.scores);
	item_model_keep(threads, m->items.rows, &(struct link_source){ link_row, &l }, keep, ret);
	for (size_t t = 0; t < count; t++)
		free(l.scores[t]);
	free(l.scores);
}
