#include "rec/prior.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/blocks.h"
#include "num/memory.h"

const struct problem prior_unfit = { 422, "prior-unfit", "Lambda, a feature, a factor or a trust is no number within its bounds." };
const struct problem prior_none = { 422, "prior-none", "No item has factors to learn from." };
const struct problem prior_large = { 413, "prior-large", "Too many features: 20,000, or what fits into memory." };

static const double value_max = 1e6;

void prior_free(struct prior *p)
{
	free(p->weights.at);
	*p = (struct prior){ 0 };
}

size_t prior_bytes(uint32_t features, uint32_t factors)
{
	return blocks_bytes((size_t)features + 1) + ((size_t)features + 1) * factors * (sizeof(double) + sizeof(float));
}

/* ---- what goes in ---- */

static bool is_zero(const struct dense *m, size_t row)
{
	for (size_t f = 0; f < m->columns; f++) {
		if (dense_row(m, row)[f] != 0)
			return false;
	}
	return true;
}

static bool are_numbers(const float *v, size_t k)
{
	for (size_t f = 0; f < k; f++) {
		if (!(fabs(v[f]) <= value_max))
			return false;
	}
	return true;
}

static bool is_fit(const struct sparse *features, const struct dense *items, const struct prior_options *o)
{
	if (!(o->lambda > 0) || !isfinite(o->lambda))
		return false;
	for (size_t k = 0; features->weight && k < sparse_count(features); k++) {
		if (!(fabs(features->weight[k]) <= value_max))
			return false;
	}
	for (size_t i = 0; i < items->rows; i++) {
		if (o->trust && !(o->trust[i] >= 0 && o->trust[i] <= value_max))
			return false;
		if (!are_numbers(dense_row(items, i), items->columns))
			return false;
	}
	return true;
}

/* Features of those that are learned from, and behind each row's the one that all have; the trust of each row. */
static void take_rows(const struct sparse *features, const float *trust, struct sparse *ret)
{
	size_t count = 0, at = 0;

	*ret = (struct sparse){ .rows = features->rows, .columns = features->columns + 1, .start = array_of((size_t)features->rows + 1, sizeof *ret->start) };
	for (uint32_t i = 0; i < features->rows; i++) {
		count += trust[i] > 0 ? sparse_length(features, i) + 1 : 0;
		ret->start[i + 1] = count;
	}
	ret->column = array_of(count, sizeof *ret->column);
	ret->weight = array_of(count, sizeof *ret->weight);
	for (uint32_t i = 0; i < features->rows; i++) {
		if (!(trust[i] > 0))
			continue;
		for (size_t k = features->start[i]; k < features->start[i + 1]; k++) {
			ret->column[at] = features->column[k];
			ret->weight[at++] = sparse_weight(features, k);
		}
		ret->column[at] = features->columns;
		ret->weight[at++] = 1;
	}
}

/* ---- (F'TF + lambda) W = F'TV, feature by feature ---- */

struct equations {
	const struct sparse *by_item, *by_feature;
	const float *trust;
	const struct dense *items;
	double lambda;
	struct blocks left;   /* (features + 1, features + 1); then its inverse */
	double *right;        /* (features + 1, k) */
	struct dense weights; /* (features + 1, k) */
};

static void add_item(const struct equations *e, uint32_t item, uint32_t feature, double by)
{
	const struct sparse *x = e->by_item;
	double *left = e->left.at + (size_t)feature * e->left.stride, *right = e->right + (size_t)feature * e->items->columns;
	const float *v = dense_row(e->items, item);

	for (size_t k = x->start[item]; k < x->start[item + 1] && x->column[k] <= feature; k++)
		left[x->column[k]] += by * x->weight[k];
	for (size_t f = 0; f < e->items->columns; f++)
		right[f] += by * v[f];
}

static void equation(void *self, size_t part, size_t thread)
{
	const struct equations *e = self;
	const struct sparse *x = e->by_feature;
	uint32_t feature = (uint32_t)part;

	(void)thread;
	for (size_t k = x->start[feature]; k < x->start[feature + 1]; k++)
		add_item(e, x->column[k], feature, (double)e->trust[x->column[k]] * x->weight[k]);
	if (feature + 1 < x->rows) /* the mean of all is not held down */
		e->left.at[feature * (e->left.stride + 1)] += e->lambda;
}

static void solution(void *self, size_t part, size_t thread)
{
	const struct equations *e = self;
	size_t k = e->items->columns;
	double *sums = array_of(k, sizeof *sums);

	(void)thread;
	for (size_t j = 0; j < e->left.n; j++) {
		double by = e->left.at[part * e->left.stride + j];

		for (size_t f = 0; f < k; f++)
			sums[f] += by * e->right[j * k + f];
	}
	for (size_t f = 0; f < k; f++)
		dense_row(&e->weights, part)[f] = (float)sums[f];
	free(sums);
}

/* Numbers that floats can not hold come of weights that are too large for each other. */
static bool solve(struct equations *e, struct threads *threads)
{
	size_t k = e->items->columns;

	threads_each(threads, e->left.n, equation, e);
	if (!blocks_invert(threads, &e->left, NULL))
		return false;
	blocks_mirror(threads, &e->left);
	threads_each(threads, e->left.n, solution, e);
	for (size_t i = 0; i < e->left.n * k; i++) {
		if (!isfinite(e->weights.at[i]))
			return false;
	}
	return true;
}

static problem fit(struct threads *threads, const struct sparse *features, const float *trust, struct equations *e, struct prior *ret)
{
	CLEANUP(sparse_free) struct sparse by_item = { 0 }, by_feature = { 0 };
	size_t cells = ((size_t)features->columns + 1) * e->items->columns;
	bool solved;

	if (!blocks_new((size_t)features->columns + 1, &e->left))
		return &prior_large;
	take_rows(features, trust, &by_item);
	sparse_transpose(&by_item, &by_feature);
	e->by_item = &by_item;
	e->by_feature = &by_feature;
	e->trust = trust;
	e->right = array_of(cells, sizeof *e->right);
	e->weights = dense_of(array_of(cells, sizeof(float)), e->left.n, e->items->columns);
	solved = solve(e, threads);
	free(e->right);
	blocks_free(&e->left);
	if (solved)
		*ret = (struct prior){ e->weights };
	else
		free(e->weights.at);
	return solved ? NULL : &prior_unfit;
}

problem prior_fit(struct threads *threads, const struct sparse *features, const struct dense *items, const struct prior_options *options,
                  struct prior *ret)
{
	struct equations e = { .items = items, .lambda = options->lambda };
	float *trust;
	bool any = false;
	problem why = &prior_none;

	assert(features->rows == items->rows);
	if (!is_fit(features, items, options))
		return &prior_unfit;
	if (features->columns > PRIOR_FEATURES_MAX)
		return &prior_large;
	trust = array_of(items->rows, sizeof *trust);
	for (size_t i = 0; i < items->rows; i++) {
		trust[i] = options->trust ? options->trust[i] : !is_zero(items, i);
		any = any || trust[i] > 0;
	}
	if (any)
		why = fit(threads, features, trust, &e, ret);
	free(trust);
	return why;
}

/* ---- what comes out ---- */

void prior_factors(const struct prior *p, const struct prior_item *item, float *ret)
{
	size_t k = p->weights.columns, mean = p->weights.rows - 1;

	memcpy(ret, dense_row(&p->weights, mean), k * sizeof *ret);
	for (size_t i = 0; i < item->count; i++) {
		assert(item->features[i] < mean);
		dense_axpy(ret, item->weights ? item->weights[i] : 1, dense_row(&p->weights, item->features[i]), k);
	}
}

problem prior_fill(const struct prior *p, struct threads *threads, const struct sparse *features, struct als *m, size_t *filled)
{
	size_t k = m->items.columns, count = 0;
	struct dense items = dense_of(array_of((size_t)features->rows * k, sizeof(float)), features->rows, k);
	bool fits = true;

	assert(features->rows >= m->items.rows && features->columns + 1 == p->weights.rows && k == p->weights.columns);
	for (uint32_t i = 0; fits && i < features->rows; i++) {
		struct prior_item item = { sparse_length(features, i), sparse_row(features, i), features->weight ? features->weight + features->start[i] : NULL };

		if (i < m->items.rows && !is_zero(&m->items, i)) {
			memcpy(dense_row(&items, i), dense_row(&m->items, i), k * sizeof(float));
			continue;
		}
		prior_factors(p, &item, dense_row(&items, i));
		fits = are_numbers(dense_row(&items, i), k);
		count++;
	}
	if (fits) {
		als_set_items(m, threads, &items);
		*filled = count;
	}
	free(items.at);
	return fits ? NULL : &prior_unfit;
}
