/* linear.c - linear regression: y = X b + e, e independent and normal with one variance.
 * Formulas: Draper and Smith, Applied Regression Analysis (3rd ed. 1998); those of single rows: Belsley, Kuh and Welsch, Regression
 * Diagnostics (1980). Least squares by num/qr.h, of many rows by num/tall.h. */
#include "stats/regression_parts.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/tall.h"

const struct problem regression_short = { 422, "regression-short", "There are not more rows than columns." };
const struct problem regression_value = { 422, "regression-value", "A value is no finite number, or smaller than any." };
const struct problem regression_range = { 422, "regression-range", "A coefficient or its error is larger or smaller than any number: take another unit." };
const struct problem regression_constant = { 422, "regression-constant", "All values of a column are equal." };
const struct problem regression_collinear = { 422, "regression-collinear", "A column is a sum of those before it." };

/* One fit on its way: tall: q is of num/tall.h */
struct fitting {
	const struct design *d;
	struct qr q;
	bool tall;
};

struct design design_new(struct arena *arena, size_t rows, size_t columns, bool intercept)
{
	struct design d = { matrix_new(arena, rows, columns), ARENA_ARRAY(arena, real, rows), intercept };

	for (size_t i = 0; intercept && i < rows; i++)
		d.x.at[i] = 1;
	return d;
}

/* ---- what makes no model ---- */

static bool find_broken(const struct design *d, struct place *where)
{
	for (size_t j = 0; j <= d->x.columns; j++) {
		for (size_t i = 0; i < d->x.rows; i++) {
			real value = j < d->x.columns ? matrix_column(&d->x, j)[i] : d->y[i];

			*where = (struct place){ i, j };
			if (is_beyond(value))
				return true;
		}
	}
	return false;
}

static bool is_constant(const real *x, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (x[i] != x[0])
			return false;
	}
	return true;
}

/* Beside an intercept; without one a constant column is as good as any, if it is not 0. */
static bool find_constant(const struct design *d, struct place *where)
{
	for (size_t j = d->intercept; j < d->x.columns; j++) {
		const real *x = matrix_column(&d->x, j);

		*where = (struct place){ 0, j };
		if ((d->intercept || x[0] == 0) && is_constant(x, d->x.rows))
			return true;
	}
	return false;
}

problem design__check(const struct design *d, struct place *where)
{
	if (find_broken(d, where))
		return &regression_value;
	if (!d->x.columns || d->x.rows <= d->x.columns)
		return &regression_short;
	return find_constant(d, where) ? &regression_constant : NULL;
}

problem design__decompose(struct arena *arena, const struct design *d, struct qr *ret, struct place *where)
{
	qr_of(arena, &d->x, ret);
	if (ret->rank == d->x.columns)
		return NULL;
	where->column = qr_dependent(arena, ret);
	return &regression_collinear;
}

static bool is_constant_outcome(const struct design *d, struct place *where)
{
	*where = (struct place){ 0, d->x.columns };
	for (size_t i = 1; i < d->x.rows; i++) {
		if (d->y[i] != d->y[0])
			return false;
	}
	return d->intercept || d->y[0] == 0;
}

/* ---- sums ---- */

static real sum_of_squares(const real *x, size_t n, real from)
{
	real sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (x[i] - from) * (x[i] - from);
	return sum;
}

static real mean_of(const real *x, size_t n)
{
	real sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum / (real)n;
}

/* Squares of y around its mean, or around 0 where the model has no mean of its own */
static real total_of(const struct design *d)
{
	real mean = 0, sum = 0;

	for (size_t i = 0; d->intercept && i < d->x.rows; i++)
		mean += d->y[i];
	mean /= (real)d->x.rows;
	for (size_t i = 0; i < d->x.rows; i++)
		sum += (d->y[i] - mean) * (d->y[i] - mean);
	return sum;
}

/* ---- a statistic's p ---- */

static struct verdict none(void) { return (struct verdict){ NAN, NAN, NAN, NAN }; }

/* P(|T| > |t|) */
static void set_p(struct coefficient *c, const struct distribution *t)
{
	struct tails p = distribution_tails(t, fabs(c->statistic));

	c->p = (double)(2 * p.upper);
	c->log_p = (double)(p.log_upper + logl(2));
}

static double critical(double freedom, double level)
{
	struct distribution t;
	double x = NAN;

	if (student_of(freedom, &t) || distribution_quantile(&t, UPPER, (1 - level) / 2, &x))
		return NAN;
	return x;
}

/* ---- the model ---- */

/* se_j = s sqrt((X'X)^-1_jj); inflation = (X'X)^-1_jj times the squares of column j around its mean */
static void set_coefficients(const struct design *d, double level, struct linear *m)
{
	size_t n = m->columns, rows = m->rows;
	double t = critical(m->freedom, level);
	struct distribution student;

	if (student_of(m->freedom, &student))
		abort(); /* from 1 to the rows of a file */
	for (size_t j = 0; j < n; j++) {
		const real *x = matrix_column(&d->x, j);
		real spread = sum_of_squares(x, rows, d->intercept ? mean_of(x, rows) : 0);
		real error = (real)m->sigma * sqrtl(m->inverse[j * n + j]);
		struct coefficient *c = &m->of[j];

		*c = (struct coefficient){ (double)m->b[j], (double)error, NAN, NAN, NAN, { (double)(m->b[j] - t * error), (double)(m->b[j] + t * error) },
			                   d->intercept && !j ? NAN : (double)(spread * m->inverse[j * n + j]) };
		if (m->exact)
			continue;
		c->statistic = (double)(m->b[j] / error);
		set_p(c, &student);
	}
}

/* F = (explained / their number) / (left / freedom) */
static void set_f(struct linear *m, real left, real total)
{
	double number = (double)m->columns - m->intercept;
	struct distribution f;
	struct tails p;

	m->f = none();
	m->f.freedom = number;
	if (m->exact || fisher_of(number, m->freedom, &f))
		return;
	m->f.statistic = (double)((total - left) / number / (left / m->freedom));
	p = distribution_tails(&f, fmax(m->f.statistic, 0));
	m->f.p = (double)p.upper;
	m->f.log_p = (double)p.log_upper;
}

/* ln L at its largest = -n/2 (ln 2 pi + ln(left / n) + 1); the variance is a parameter too */
static void set_likelihood(struct linear *m, real left)
{
	real n = (real)m->rows, parameters = (real)m->columns + 1;
	real log_likelihood = -n / 2 * (logl(2 * acosl(-1)) + logl(left / n) + 1);

	m->log_likelihood = m->exact ? NAN : (double)log_likelihood;
	m->aic = m->exact ? NAN : (double)(2 * parameters - 2 * log_likelihood);
	m->bic = m->exact ? NAN : (double)(logl(n) * parameters - 2 * log_likelihood);
}

/* A residual of rounding only is none. */
static bool is_exact(real left, real total) { return left <= 1e-26L * total; }

static void set_whole(const struct design *d, const real *residual, struct linear *m)
{
	real left = sum_of_squares(residual, m->rows, 0), total = total_of(d);

	m->exact = is_exact(left, total);
	if (m->exact)
		left = 0;
	m->sigma = (double)sqrtl(left / m->freedom);
	m->r2 = (double)(1 - left / total);
	m->adjusted = (double)(1 - left / m->freedom / (total / (real)(m->rows - m->intercept)));
	set_f(m, left, total);
	set_likelihood(m, left);
}

/* Without residuals no standard error tells what a coefficient is worth: one whose part of y is within what rounding leaves, of columns so
 * near to each other, is 0. */
static void drop_rounding(const struct design *d, real *residual, struct linear *m)
{
	real least = 16 * LDBL_EPSILON * (real)m->condition * sqrtl(sum_of_squares(d->y, m->rows, 0));

	if (!m->exact)
		return;
	memset(residual, 0, m->rows * sizeof *residual);
	for (size_t j = 0; j < m->columns; j++) {
		if (fabsl(m->b[j]) * sqrtl(sum_of_squares(matrix_column(&d->x, j), m->rows, 0)) <= least)
			m->b[j] = 0;
	}
}

/* ---- rows ---- */

/* Sum of (e_i - e_(i-1))^2 / sum of e_i^2 (Durbin and Watson 1950), in the order of the rows */
static double durbin_watson(const real *e, size_t n)
{
	real sum = 0;

	for (size_t i = 1; i < n; i++)
		sum += (e[i] - e[i - 1]) * (e[i] - e[i - 1]);
	return (double)(sum / sum_of_squares(e, n, 0));
}

/* n R^2 of e^2 by the same columns (Koenker 1981): R^2 = |Q' w|^2 / |w|^2 with w = e^2 - its mean; part: Q' w */
static struct verdict breusch_pagan(const real *square, const real *w, size_t n, const real *part, size_t columns)
{
	real mean = mean_of(square, n), explained = 0, spread = sum_of_squares(w, n, 0);
	struct distribution chi_square;
	struct verdict v = none();
	struct tails p;

	if (real_is_rounding(spread, (real)n * mean * mean)) /* all of one size */
		return v;
	for (size_t j = 0; j < columns; j++)
		explained += part[j] * part[j];
	v.freedom = (double)columns - 1;
	if (chi_square_of(v.freedom, &chi_square))
		return none();
	v.statistic = (double)((real)n * explained / spread);
	p = distribution_tails(&chi_square, v.statistic);
	v.p = (double)p.upper;
	v.log_p = (double)p.log_upper;
	return v;
}

/* Of Q's rows: h (rows) their squared lengths, and part (columns) = Q' w */
static void project(struct arena *arena, struct fitting *f, const real *w, real *h, real *part)
{
	size_t rows = f->d->x.rows, columns = f->d->x.columns;

	if (f->tall) {
		tall_rows(arena, &f->q, &f->d->x, w, h, part);
		return;
	}
	qr_expand(arena, &f->q);
	for (size_t j = 0; j < columns; j++) {
		const real *q = matrix_column(&f->q.a, j);

		for (size_t i = 0; i < rows; i++) {
			h[i] += q[i] * q[i];
			part[j] += q[i] * w[i];
		}
	}
}

/* h_i: squared length of row i of Q; Cook's distance e^2 h / (p s^2 (1 - h)^2) (Cook 1977) */
static void set_leverage(const real *h, const real *square, struct linear *m)
{
	for (size_t i = 0; i < m->rows; i++) {
		real s = m->sigma;

		m->leverage[i] = (double)fminl(h[i], 1);
		m->cook[i] = m->exact || h[i] >= 1 ? NAN : (double)(square[i] * h[i] / ((real)m->columns * s * s * (1 - h[i]) * (1 - h[i])));
	}
}

static void set_rows(struct arena *arena, struct fitting *f, const real *residual, struct linear *m)
{
	size_t rows = m->rows;
	real *square = ARENA_ARRAY(arena, real, rows), *w = ARENA_ARRAY(arena, real, rows), *h = ARENA_ARRAY(arena, real, rows), mean;
	real *part = ARENA_ARRAY(arena, real, m->columns);

	m->fitted = ARENA_ARRAY(arena, double, rows);
	m->residual = ARENA_ARRAY(arena, double, rows);
	m->leverage = ARENA_ARRAY(arena, double, rows);
	m->cook = ARENA_ARRAY(arena, double, rows);
	for (size_t i = 0; i < rows; i++) {
		square[i] = residual[i] * residual[i];
		m->residual[i] = (double)residual[i];
		m->fitted[i] = (double)(f->d->y[i] - residual[i]);
	}
	mean = mean_of(square, rows);
	for (size_t i = 0; i < rows; i++)
		w[i] = square[i] - mean;
	project(arena, f, w, h, part);
	set_leverage(h, square, m);
	m->durbin_watson = m->exact ? NAN : durbin_watson(residual, rows);
	m->breusch_pagan = m->exact || !m->intercept ? none() : breusch_pagan(square, w, rows, part, m->columns);
}

/* Many rows by R in double, which is made right afterwards; the others, and what is too near to singular for that, in `real` throughout. */
static problem decompose(struct arena *arena, struct fitting *f, struct place *where)
{
	f->tall = f->d->x.rows >= LINEAR_TALL && tall_of(arena, &f->d->x, &f->q);
	return f->tall ? NULL : design__decompose(arena, f->d, &f->q, where);
}

problem linear_fit(struct arena *arena, const struct design *d, double level, struct linear *ret, struct place *where)
{
	size_t rows = d->x.rows, columns = d->x.columns;
	struct linear m = { rows, columns, d->intercept };
	struct fitting f = { .d = d };
	real *residual;
	problem why = level > 0 && level < 1 ? design__check(d, where) : &level_unfit;

	if (!why && is_constant_outcome(d, where))
		why = &regression_constant;
	if (!why)
		why = decompose(arena, &f, where);
	if (why)
		return why;
	m.freedom = (double)(rows - columns);
	m.b = ARENA_ARRAY(arena, real, columns);
	m.inverse = ARENA_ARRAY(arena, real, columns * columns);
	m.of = ARENA_ARRAY(arena, struct coefficient, columns);
	residual = ARENA_ARRAY(arena, real, rows);
	(f.tall ? tall_solve : qr_solve)(arena, &f.q, &d->x, d->y, m.b, residual);
	qr_inverse(arena, &f.q, m.inverse);
	m.condition = (double)qr_condition(arena, &f.q);
	set_whole(d, residual, &m);
	drop_rounding(d, residual, &m);
	set_coefficients(d, level, &m);
	for (size_t j = 0; j < columns; j++) {
		where->column = j;
		if (is_beyond(m.b[j]) || is_beyond((real)m.sigma * sqrtl(m.inverse[j * columns + j])))
			return &regression_range;
	}
	set_rows(arena, &f, residual, &m);
	*ret = m;
	return NULL;
}

/* value +- t s sqrt(x' (X'X)^-1 x), and for one row 1 more below the root */
problem linear_predict(const struct linear *m, const double *row, double level, struct prediction *ret)
{
	size_t n = m->columns;
	real value = 0, spread = 0, mean, one;
	double t;

	if (!(level > 0 && level < 1))
		return &level_unfit;
	for (size_t j = 0; j < n; j++) {
		if (!isfinite(row[j]))
			return &regression_value;
		value += m->b[j] * row[j];
		for (size_t k = 0; k < n; k++)
			spread += row[j] * m->inverse[j * n + k] * row[k];
	}
	t = critical(m->freedom, level);
	mean = t * (real)m->sigma * sqrtl(fmaxl(spread, 0));
	one = t * (real)m->sigma * sqrtl(1 + fmaxl(spread, 0));
	*ret = (struct prediction){ (double)value, { (double)(value - mean), (double)(value + mean) }, { (double)(value - one), (double)(value + one) } };
	return NULL;
}
