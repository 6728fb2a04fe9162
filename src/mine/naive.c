/* naive.c - each column alone: two means and variances, or the shares of words. */
#include "mine/naive.h"

#include <assert.h>
#include <math.h>

static const double *column_of(const struct frame *f, size_t j) { return f->ord + j * f->rows; }

/* ---- numbers ---- */

struct spread {
	double n, mean, squares; /* squares about the mean (Welford, Technometrics 4, 1962) */
};

static void spread_add(struct spread *s, double x)
{
	double from = x - s->mean;

	s->mean += from / ++s->n;
	s->squares += from * (x - s->mean);
}

static void learn_numbers(const double *at, const struct frame *f, struct naive_column *ret)
{
	struct spread of[2] = { { 0 } }, all = { 0 };

	for (size_t i = 0; i < f->rows; i++) {
		if (isnan(at[i]))
			continue;
		spread_add(&of[f->label[i]], at[i]);
		spread_add(&all, at[i]);
	}
	if (!(all.squares > 0) || !isfinite(all.squares))
		return;
	for (int class = 0; class < 2; class++) {
		struct spread *s = &of[class];
		double from = all.mean - s->mean, n = s->n + 1;

		ret->mean[class] = s->mean + from / n;
		ret->variance[class] = (s->squares + from * from * s->n / n + all.squares / all.n) / n;
	}
}

/* ln of the ratio of two normal densities */
static double of_number(const struct naive_column *c, double x)
{
	double ln[2];

	if (!(c->variance[0] > 0 && c->variance[1] > 0))
		return 0;
	for (int class = 0; class < 2; class++)
		ln[class] = -.5 * (log(c->variance[class]) + (x - c->mean[class]) / c->variance[class] * (x - c->mean[class]));
	return ln[1] - ln[0];
}

/* ---- words ---- */

static void learn_words(struct arena *arena, const double *at, const struct frame *f, struct naive_column *ret)
{
	double *count[2], all[2] = { 0 };

	for (int class = 0; class < 2; class++)
		count[class] = ARENA_ARRAY(arena, double, ret->levels);
	for (size_t i = 0; i < f->rows; i++) {
		if (isnan(at[i]))
			continue;
		assert(at[i] >= 0 && at[i] < (double)ret->levels);
		count[f->label[i]][(size_t)at[i]]++;
		all[f->label[i]]++;
	}
	ret->weight = ARENA_ARRAY(arena, double, ret->levels);
	for (size_t k = 0; k < ret->levels; k++)
		ret->weight[k] = log((count[1][k] + 1) / (all[1] + (double)ret->levels)) - log((count[0][k] + 1) / (all[0] + (double)ret->levels));
}

/* ---- all columns ---- */

void naive_train(struct arena *arena, const struct encoder *encoder, const struct frame *f, struct naive_model *ret)
{
	struct naive_model m = { .columns = encoder->count, .column = ARENA_ARRAY(arena, struct naive_column, encoder->count) };
	double ones = 0;

	assert(f->columns == encoder->count && f->label);
	for (size_t i = 0; i < f->rows; i++)
		ones += f->label[i];
	assert(ones > 0 && ones < (double)f->rows);
	m.prior = log(ones) - log((double)f->rows - ones);
	for (size_t j = 0; j < m.columns; j++) {
		m.column[j].levels = encoder->feature[j].level_count;
		if (m.column[j].levels)
			learn_words(arena, column_of(f, j), f, &m.column[j]);
		else
			learn_numbers(column_of(f, j), f, &m.column[j]);
	}
	*ret = m;
}

static double of_value(const struct naive_column *c, double x)
{
	if (isnan(x))
		return 0;
	assert(!c->levels || (x >= 0 && x < (double)c->levels));
	return c->levels ? c->weight[(size_t)x] : of_number(c, x);
}

/* Far from both means the squares may pass what a double holds, and their difference says nothing. */
static double within(double score) { return isnan(score) ? 0 : fmin(fmax(score, -1e300), 1e300); }

void naive_reasons(const struct naive_model *m, const struct frame *f, size_t row, double *ret)
{
	assert(m->columns == f->columns && row < f->rows);
	for (size_t j = 0; j < m->columns; j++)
		ret[j] = within(of_value(&m->column[j], column_of(f, j)[row]));
}

void naive_scores(const struct naive_model *m, const struct frame *f, double *ret)
{
	assert(m->columns == f->columns);
	for (size_t i = 0; i < f->rows; i++)
		ret[i] = m->prior;
	for (size_t j = 0; j < m->columns; j++) {
		for (size_t i = 0; i < f->rows; i++)
			ret[i] = within(ret[i] + within(of_value(&m->column[j], column_of(f, j)[i])));
	}
}

/* ---- as a file: of each column four numbers (means, variances), then the weights of all its levels ---- */

enum { PER_COLUMN = 4 };

void naive_save(const struct naive_model *m, struct buffer *b)
{
	CLEANUP(buffer_free) struct buffer numbers = BUFFER(b->max), weights = BUFFER(b->max);

	for (size_t j = 0; j < m->columns; j++) {
		const struct naive_column *c = &m->column[j];
		const double of[PER_COLUMN] = { c->mean[0], c->mean[1], c->variance[0], c->variance[1] };

		buffer_add(&numbers, (struct text){ (const char *)of, sizeof of });
		if (c->levels)
			buffer_add(&weights, (struct text){ (const char *)c->weight, c->levels * sizeof *c->weight });
	}
	if (numbers.why || weights.why)
		b->why = &problem_too_large;
	saved_add(b, "naive.prior", SAVED_F64, &m->prior, 1);
	saved_add(b, "naive.numbers", SAVED_F64, buffer_text(&numbers).at, numbers.length / sizeof(double));
	saved_add(b, "naive.weights", SAVED_F64, buffer_text(&weights).at, weights.length / sizeof(double));
}

static bool all_finite(const double *at, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!isfinite(at[i]))
			return false;
	return true;
}

problem naive_load(struct arena *arena, const struct saved *s, const struct encoder *encoder, struct naive_model *ret)
{
	const void *prior, *at, *weights;
	const double *numbers, *weight;
	struct naive_model m = { .columns = encoder->count };
	size_t levels = 0;
	problem why = saved_array_of(s, "naive.prior", SAVED_F64, 1, &prior);

	for (size_t j = 0; j < encoder->count; j++)
		levels += encoder->feature[j].level_count;
	if (!why)
		why = saved_array_of(s, "naive.numbers", SAVED_F64, encoder->count * PER_COLUMN, &at);
	if (!why)
		why = saved_array_of(s, "naive.weights", SAVED_F64, levels, &weights);
	if (why)
		return why;
	numbers = at;
	weight = weights;
	m.prior = *(const double *)prior;
	if (!isfinite(m.prior) || !all_finite(numbers, m.columns * PER_COLUMN) || !all_finite(weight, levels))
		return &saved_damaged;
	m.column = ARENA_ARRAY(arena, struct naive_column, m.columns);
	for (size_t j = 0; j < m.columns; j++, numbers += PER_COLUMN) {
		struct naive_column *c = &m.column[j];

		*c = (struct naive_column){ encoder->feature[j].level_count, { numbers[0], numbers[1] }, { numbers[2], numbers[3] }, NULL };
		if (c->variance[0] < 0 || c->variance[1] < 0)
			return &saved_damaged;
		c->weight = ARENA_ARRAY(arena, double, c->levels);
		memcpy(c->weight, weight, c->levels * sizeof *weight);
		weight += c->levels;
	}
	*ret = m;
	return NULL;
}
