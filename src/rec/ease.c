#include "rec/ease.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/blocks.h"

const struct problem ease_large = { 413, "ease-large", "Too many items for EASE: 30,000, or what fits into memory." };
const struct problem ease_unfit = { 422, "ease-unfit", "Lambda must be a number above 0." };
const struct problem ease_broken = { 422, "ease-broken", "Lambda is too small beside the weights: EASE cannot tell items apart that were had together." };

/* Of so many items the numbers are floats, in half the memory and time, unless X'X + lambda I may be worse conditioned than this. At about twice
 * that, MovieLens 1M with lambda 5, links are off by 4e-5 of the largest. */
enum { EASE_SINGLE_ITEMS = 5000, EASE_SINGLE_CONDITION = 50000 };

/* So much of an item may follow from the others, A_ii P_ii: of what is left of its pivot rounding then takes up to some 1e-5. */
static const double inflation_max = 1e12;

static void *room_of(size_t count, size_t each)
{
	void *p = calloc(count, each);

	if (!p)
		abort();
	return p;
}

/* ---- X'X + lambda I, and its inverse ---- */

struct pairs {
	struct threads *threads;
	uint32_t n;
	bool is_single;
	struct blocks exact;
	struct blocks_single single; /* times `scale`: a power of two, so that lambda is near to 1 */
	double scale;
	double **row;                /* (threads) (n) of zeros: for a row of floats */
};

static bool pairs_new(struct threads *threads, uint32_t n, bool is_single, struct pairs *ret)
{
	*ret = (struct pairs){ .threads = threads, .n = n, .is_single = is_single, .row = room_of(threads_count(threads), sizeof *ret->row) };
	for (size_t t = 0; t < threads_count(threads); t++)
		ret->row[t] = room_of(n, sizeof **ret->row);
	return is_single ? blocks_single_new(n, &ret->single) : blocks_new(n, &ret->exact);
}

static void pairs_free(struct pairs *p)
{
	for (size_t t = 0; p->row && t < threads_count(p->threads); t++)
		free(p->row[t]);
	free(p->row);
	blocks_free(&p->exact);
	blocks_single_free(&p->single);
}

static void add_lambda(struct pairs *p, double lambda)
{
	for (uint32_t i = 0; i < p->n; i++) {
		if (p->is_single)
			p->single.at[i * (p->single.stride + 1)] += (float)(lambda * p->scale);
		else
			p->exact.at[i * (p->exact.stride + 1)] += lambda;
	}
}

static bool invert(struct pairs *p, struct progress *progress)
{
	if (p->is_single ? !blocks_single_invert(p->threads, &p->single, progress) : !blocks_invert(p->threads, &p->exact, progress))
		return false;
	if (p->is_single)
		blocks_single_mirror(p->threads, &p->single);
	else
		blocks_mirror(p->threads, &p->exact);
	return true;
}

static double *diagonal_of(const struct pairs *p)
{
	double *ret = room_of(p->n, sizeof *ret);

	for (uint32_t i = 0; i < p->n; i++)
		ret[i] = p->is_single ? (double)p->single.at[i * (p->single.stride + 1)] : p->exact.at[i * (p->exact.stride + 1)];
	return ret;
}

/* Inverts, if what was found is no mere rounding: two items that always were had together differ by lambda alone. */
static bool solve(struct pairs *p, struct progress *progress)
{
	double *before = diagonal_of(p), *after = NULL;
	bool is_solved = invert(p, progress);

	if (is_solved)
		after = diagonal_of(p);
	for (uint32_t i = 0; is_solved && i < p->n; i++)
		is_solved = after[i] > 0 && before[i] * after[i] <= inflation_max;
	free(before);
	free(after);
	return is_solved;
}

/* Row i of the inverse, but for `scale` */
static const double *inverse_row(const struct pairs *p, uint32_t i, size_t thread)
{
	double *row = p->row[thread];

	if (!p->is_single)
		return p->exact.at + i * p->exact.stride;
	for (uint32_t j = 0; j < p->n; j++)
		row[j] = p->single.at[i * p->single.stride + j];
	return row;
}

/* ---- X'X, item by item: each adds up the rows of those who had it ---- */

struct gram {
	const struct sparse *by_user, *by_item;
	const struct pairs *to;
};

enum { ITEMS_AT_ONCE = 16 };

static void add_user(const struct sparse *by_user, uint32_t user, uint32_t until, double weight, double *row)
{
	for (size_t k = by_user->start[user]; k < by_user->start[user + 1] && by_user->column[k] <= until; k++)
		row[by_user->column[k]] += by_user->weight ? weight * by_user->weight[k] : weight;
}

static void gram_row(const struct gram *g, uint32_t i, double *row)
{
	const struct sparse *by_item = g->by_item;

	for (size_t k = by_item->start[i]; k < by_item->start[i + 1]; k++)
		add_user(g->by_user, by_item->column[k], i, by_item->weight ? by_item->weight[k] : 1, row);
}

/* The row's sums as floats; zeros stay behind. */
static void put_single(const struct pairs *p, uint32_t i, double *row)
{
	float *to = p->single.at + i * p->single.stride;

	for (uint32_t j = 0; j <= i; j++)
		to[j] += (float)(row[j] * p->scale);
	memset(row, 0, ((size_t)i + 1) * sizeof *row);
}

static void gram_rows(void *self, size_t part, size_t thread)
{
	struct gram *g = self;
	uint32_t last = g->by_item->rows - (uint32_t)part * ITEMS_AT_ONCE, first = last > ITEMS_AT_ONCE ? last - ITEMS_AT_ONCE : 0;

	for (uint32_t i = first; i < last; i++) {
		if (!g->to->is_single) {
			gram_row(g, i, g->to->exact.at + i * g->to->exact.stride);
			continue;
		}
		gram_row(g, i, g->to->row[thread]);
		put_single(g->to, i, g->to->row[thread]);
	}
}

static void add_gram(const struct sparse *x, const struct pairs *to)
{
	CLEANUP(sparse_free) struct sparse by_item = { 0 };
	struct gram g = { x, &by_item, to };

	sparse_transpose(x, &by_item);
	threads_each(to->threads, (x->columns + ITEMS_AT_ONCE - 1) / ITEMS_AT_ONCE, gram_rows, &g);
}

/* ---- how well it is conditioned ---- */

static double size_at(const struct sparse *x, size_t k) { return x->weight ? fabs((double)x->weight[k]) : 1; }

/* sums (columns) += those of the rows of |X|'|X| */
static void add_row_sums(const struct sparse *x, double *sums)
{
	for (uint32_t u = 0; u < x->rows; u++) {
		double sum = 0;

		for (size_t k = x->start[u]; k < x->start[u + 1]; k++)
			sum += size_at(x, k);
		for (size_t k = x->start[u]; k < x->start[u + 1]; k++)
			sums[x->column[k]] += size_at(x, k) * sum;
	}
}

/* The same of a log: no less than of any part of it, of pairs that are there more than once too */
static void add_log_sums(const struct interactions *m, double *sums)
{
	double *of_user = room_of((size_t)m->users + 1, sizeof *of_user);

	for (size_t k = 0; k < m->count; k++)
		of_user[m->user[k]] += m->weight ? fabs((double)m->weight[k]) : 1;
	for (size_t k = 0; k < m->count; k++)
		sums[m->item[k]] += of_user[m->user[k]] * (m->weight ? fabs((double)m->weight[k]) : 1);
	free(of_user);
}

/* No eigenvalue of X'X is above its largest row sum, and none of X'X + lambda I below lambda. The features' sums are added. */
static bool is_well_conditioned(double *sums, uint32_t items, const struct ease_options *options)
{
	bool is_well = true;

	if (options->features)
		add_row_sums(options->features, sums);
	for (uint32_t i = 0; i < items; i++)
		is_well = is_well && sums[i] <= (EASE_SINGLE_CONDITION - 1) * options->lambda; /* false for NaN */
	return is_well;
}

static bool may_be_single(const struct ease_options *options, uint32_t items)
{
	return options->numbers == EASE_FLOATS || (options->numbers == EASE_BY_SIZE && items >= EASE_SINGLE_ITEMS);
}

static bool is_single(const struct sparse *x, const struct ease_options *options)
{
	double *sums;
	bool is;

	if (!may_be_single(options, x->columns))
		return false;
	sums = room_of(x->columns, sizeof *sums);
	add_row_sums(x, sums);
	is = is_well_conditioned(sums, x->columns, options);
	free(sums);
	return is;
}

size_t ease_bytes(const struct interactions *m, const struct ease_options *options)
{
	size_t items = m->items, keep = options->keep < items ? options->keep : items, links = keep ? items * keep * 16 : items * items * sizeof(float);
	double *sums;
	bool is;

	if (!may_be_single(options, m->items))
		return links + blocks_bytes(items);
	sums = room_of(items + 1, sizeof *sums);
	add_log_sums(m, sums);
	is = is_well_conditioned(sums, m->items, options);
	free(sums);
	return links + (is ? blocks_single_bytes(items) : blocks_bytes(items));
}

/* ---- links out of the inverse ---- */

enum { SIZES = 1 << 14 };

struct linking {
	const struct pairs *p;
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
	const double *row = inverse_row(l->p, to, thread); /* P is symmetric */
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
	const struct pairs *p;
	double *diagonal;
	float *to;
};

static void whole_row(void *self, size_t part, size_t thread)
{
	struct whole *w = self;
	const double *row = inverse_row(w->p, (uint32_t)part, thread);
	float *to = w->to + part * w->p->n;

	for (size_t j = 0; j < w->p->n; j++)
		to[j] = (float)(-row[j] / w->diagonal[j]);
	to[part] = 0;
}

static void take_whole(const struct pairs *p, struct item_model *ret)
{
	struct whole whole = { p, diagonal_of(p), room_of((size_t)p->n * p->n, sizeof *whole.to) };

	threads_each(p->threads, p->n, whole_row, &whole);
	*ret = (struct item_model){ .items = p->n, .whole = whole.to };
	free(whole.diagonal);
}

static void take_largest(const struct pairs *p, uint32_t keep, struct item_model *ret)
{
	struct linking linking = { p, keep, room_of(threads_count(p->threads), sizeof *linking.counts) };

	item_model_keep(p->threads, p->n, &(struct link_source){ link_row, &linking }, keep, ret);
	free(linking.counts);
}

struct asked {
	const struct sparse *x;
	const struct ease_options *options;
	struct progress *progress;
};

static problem fit(struct threads *threads, const struct asked *a, bool is_single, struct item_model *ret)
{
	CLEANUP(pairs_free) struct pairs p = { 0 };

	if (!pairs_new(threads, a->x->columns, is_single, &p))
		return &ease_large;
	p.scale = ldexp(1, -ilogb(a->options->lambda));
	add_gram(a->x, &p);
	if (a->options->features)
		add_gram(a->options->features, &p);
	add_lambda(&p, a->options->lambda);
	if (!solve(&p, a->progress))
		return &ease_broken;
	if (a->options->keep)
		take_largest(&p, a->options->keep, ret);
	else
		take_whole(&p, ret);
	return NULL;
}

problem ease_fit(struct threads *threads, const struct sparse *x, const struct ease_options *options, struct progress *progress,
                 struct item_model *ret)
{
	struct asked a = { x, options, progress };
	problem why = &ease_broken;

	assert(!options->features || options->features->columns == x->columns);
	if (!(options->lambda > 0) || !isfinite(options->lambda))
		return &ease_unfit;
	if (x->columns == 0)
		return &interactions_none;
	if (x->columns > EASE_ITEMS_MAX)
		return &ease_large;
	if (is_single(x, options))
		why = fit(threads, &a, true, ret);
	return why == &ease_broken ? fit(threads, &a, false, ret) : why;
}
