/* logistic.c - logistic regression: ln(p / (1 - p)) = X b, by Newton's method, which is iterated weighted least squares.
 * McCullagh and Nelder, Generalized Linear Models (2nd ed. 1989), chapter 4. Separation: Albert and Anderson, Biometrika 71 (1984). */
#include "stats/regression_parts.h"

#include <assert.h>
#include <math.h>

const struct problem regression_outcome = { 422, "regression-outcome", "The outcome is neither 0 nor 1." };
const struct problem regression_separated = { 422, "regression-separated",
	"The columns tell the outcome without error (separation): there is no largest likelihood, so no coefficient." };
const struct problem regression_endless = { 422, "regression-endless", "The coefficients came to no end." };

/* Newton doubles the digits with each round: who is to end has ended long before the second number. */
enum { ROUNDS_BEFORE_DOUBT = 20, ROUNDS_MAX = 60 };

/* Steps are taken in coefficients g of Q, the columns of which are at right angles: those of X = Q R may be so near to each other that the
 * product of two loses all digits. */
struct newton {
	const struct design *d;
	const struct qr *q;          /* expanded */
	real *g, *step;              /* (columns) */
	real *odds, *trial;          /* (rows) Q g, and for a step that is tried */
	real *gradient, *hessian;    /* (columns), (columns, columns) */
	real *weight, *weighted;     /* (rows) p (1 - p), and a column times it */
	real log_likelihood;
};

/* ---- one row ---- */

static real probability(real log_odds) { return 1 / (1 + expl(-log_odds)); }

/* ln p or ln(1 - p), without 1 - p */
static real log_chance(real log_odds, bool happened)
{
	real z = happened ? -log_odds : log_odds; /* -ln(1 + e^z) */

	return z > 0 ? -z - log1pl(expl(-z)) : -log1pl(expl(z));
}

static real log_likelihood(const struct design *d, const real *log_odds)
{
	real sum = 0;

	for (size_t i = 0; i < d->x.rows; i++)
		sum += log_chance(log_odds[i], d->y[i] == 1);
	return sum;
}

static void times(const struct matrix *x, const real *b, real *ret)
{
	for (size_t i = 0; i < x->rows; i++)
		ret[i] = 0;
	for (size_t j = 0; j < x->columns; j++) {
		const real *column = matrix_column(x, j);

		for (size_t i = 0; i < x->rows; i++)
			ret[i] += column[i] * b[j];
	}
}

/* ---- a step of Newton's: (Q' W Q) step = Q' (y - p) ---- */

static real dot(const real *a, const real *b, size_t n)
{
	real sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

static void set_derivatives(struct newton *n)
{
	const struct matrix *x = &n->q->a;

	for (size_t i = 0; i < x->rows; i++) {
		real p = probability(n->odds[i]);

		n->weight[i] = p * probability(-n->odds[i]);
		n->trial[i] = n->d->y[i] == 1 ? probability(-n->odds[i]) : -p; /* y - p */
	}
	for (size_t j = 0; j < x->columns; j++) {
		const real *column = matrix_column(x, j);

		n->gradient[j] = dot(column, n->trial, x->rows);
		for (size_t i = 0; i < x->rows; i++)
			n->weighted[i] = column[i] * n->weight[i];
		for (size_t k = 0; k <= j; k++)
			n->hessian[j * x->columns + k] = dot(n->weighted, matrix_column(x, k), x->rows);
	}
}

/* L L' = H, in place below the diagonal (Cholesky); false where H has no positive pivot left */
static bool cholesky(real *h, size_t n)
{
	for (size_t j = 0; j < n; j++) {
		for (size_t k = 0; k < j; k++)
			h[j * n + k] = (h[j * n + k] - dot(h + j * n, h + k * n, k)) / h[k * n + k];
		h[j * n + j] -= dot(h + j * n, h + j * n, j);
		if (!(h[j * n + j] > 0))
			return false;
		h[j * n + j] = sqrtl(h[j * n + j]);
	}
	return true;
}

/* step = H^-1 gradient; ret: gradient' H^-1 gradient, twice what the log-likelihood may still gain. Negative where H has no inverse. */
static real set_step(struct newton *n)
{
	size_t columns = n->d->x.columns;
	real gain = 0, *s = n->step, *l = n->hessian;

	set_derivatives(n);
	if (!cholesky(l, columns))
		return -1;
	for (size_t j = 0; j < columns; j++) {
		s[j] = (n->gradient[j] - dot(l + j * columns, s, j)) / l[j * columns + j];
		gain += s[j] * s[j];
	}
	for (size_t j = columns; j-- > 0;) {
		for (size_t k = j + 1; k < columns; k++)
			s[j] -= l[k * columns + j] * s[k];
		s[j] /= l[j * columns + j];
	}
	return gain;
}

/* The step, halved until the log-likelihood does not fall. */
static void take_step(struct newton *n)
{
	size_t columns = n->d->x.columns;
	real share = 1;

	for (int halved = 0; halved < 60; halved++, share /= 2) {
		real now;

		for (size_t j = 0; j < columns; j++)
			n->gradient[j] = n->g[j] + share * n->step[j];
		times(&n->q->a, n->gradient, n->trial);
		now = log_likelihood(n->d, n->trial);
		if (now >= n->log_likelihood - 1e-16L * fabsl(n->log_likelihood)) {
			real *was = n->odds;

			n->log_likelihood = now;
			n->odds = n->trial;
			n->trial = was;
			for (size_t j = 0; j < columns; j++)
				n->g[j] = n->gradient[j];
			return;
		}
	}
}

/* Is there a direction in which no row's outcome becomes less likely, and some row's more? Then the coefficients go that way for ever
 * (Albert and Anderson, theorem 1), and so do Newton's steps, by 1 a round: the last one is looked at. */
static bool is_separated(struct newton *n, struct place *where)
{
	const struct matrix *x = &n->q->a;
	real most = 0, least = 0, largest = 0;

	times(x, n->step, n->trial);
	for (size_t i = 0; i < x->rows; i++) {
		real toward = n->d->y[i] == 1 ? n->trial[i] : -n->trial[i];

		most = fmaxl(most, toward);
		least = fminl(least, toward);
	}
	if (!(most > 0) || -least > 1e-6L * most)
		return false;
	qr_coefficients(n->q, n->step, n->gradient);
	for (size_t j = n->d->intercept; j < x->columns; j++) {
		real size = fabsl(n->gradient[j]) * n->q->scale[j];

		if (size > largest) {
			largest = size;
			where->column = j;
		}
	}
	return true;
}

static problem iterate(struct newton *n, int *rounds, struct place *where)
{
	for (int round = 1; round <= ROUNDS_MAX; round++) {
		real gain = set_step(n);

		*rounds = round;
		if (gain >= 0 && gain < 1e-26L)
			return NULL;
		if (gain < 0)
			break; /* the step is that of the round before */
		if (round > ROUNDS_BEFORE_DOUBT && is_separated(n, where))
			return &regression_separated;
		take_step(n);
	}
	return is_separated(n, where) ? &regression_separated : &regression_endless;
}

/* ---- what makes no model ---- */

static problem check_outcome(const struct design *d, struct place *where)
{
	size_t ones = 0;

	for (size_t i = 0; i < d->x.rows; i++) {
		*where = (struct place){ i, d->x.columns };
		if (d->y[i] != 0 && d->y[i] != 1)
			return &regression_outcome;
		ones += d->y[i] == 1;
	}
	return ones && ones < d->x.rows ? NULL : &regression_constant;
}

/* ---- the model ---- */

static double normal_critical(double level)
{
	struct distribution z;
	double x = NAN;

	if (normal_of_sd(0, 1, &z) || distribution_quantile(&z, UPPER, (1 - level) / 2, &x))
		return NAN;
	return x;
}

/* inflation: of column j in the weighted columns, as in linear.c, about the weighted mean */
static double inflation(const struct newton *n, size_t j, real inverse)
{
	const real *x = matrix_column(&n->d->x, j);
	real weight = 0, sum = 0, squares = 0;

	if (n->d->intercept && !j)
		return NAN;
	for (size_t i = 0; i < n->d->x.rows; i++) {
		weight += n->weight[i];
		sum += n->weight[i] * x[i];
	}
	sum = n->d->intercept ? sum / weight : 0;
	for (size_t i = 0; i < n->d->x.rows; i++)
		squares += n->weight[i] * (x[i] - sum) * (x[i] - sum);
	return (double)(squares * inverse);
}

/* Covariance: the inverse of X' W X, by least squares of sqrt(W) X. */
static problem set_coefficients(struct arena *arena, const struct newton *n, double level, struct logistic *m, struct place *where)
{
	const struct matrix *x = &n->d->x;
	struct matrix weighted = matrix_new(arena, x->rows, x->columns);
	double z = normal_critical(level);
	struct qr q;

	for (size_t j = 0; j < x->columns; j++) {
		for (size_t i = 0; i < x->rows; i++)
			matrix_column(&weighted, j)[i] = sqrtl(n->weight[i]) * matrix_column(x, j)[i];
	}
	qr_of(arena, &weighted, &q);
	if (q.rank < x->columns) /* chances so near to 0 and 1 that no digit of an error is left */
		return &regression_endless;
	qr_inverse(arena, &q, m->inverse);
	for (size_t j = 0; j < x->columns; j++) {
		real error = sqrtl(m->inverse[j * x->columns + j]), b = m->b[j];
		struct tails p = num_normal(fabsl(b / error));

		where->column = j;
		if (is_beyond(b) || is_beyond(error))
			return &regression_range;
		m->of[j] = (struct coefficient){ (double)b, (double)error, (double)(b / error), (double)(2 * p.upper), (double)(p.log_upper + logl(2)),
			                         { (double)(b - z * error), (double)(b + z * error) },
			                         inflation(n, j, m->inverse[j * x->columns + j]) };
	}
	return NULL;
}

static real null_log_likelihood(const struct design *d)
{
	real n = (real)d->x.rows, ones = 0;

	if (!d->intercept)
		return -n * logl(2);
	for (size_t i = 0; i < d->x.rows; i++)
		ones += d->y[i];
	return ones * logl(ones / n) + (n - ones) * logl((n - ones) / n);
}

static void set_whole(const struct newton *n, struct logistic *m)
{
	real null = null_log_likelihood(n->d), own = n->log_likelihood, rows = (real)m->rows, parameters = (real)m->columns;
	struct distribution chi_square;

	m->log_likelihood = (double)own;
	m->deviance = (double)(-2 * own);
	m->null_deviance = (double)(-2 * null);
	m->mcfadden = (double)(1 - own / null);
	m->nagelkerke = (double)(expm1l(2 * (null - own) / rows) / expm1l(2 * null / rows));
	m->aic = (double)(2 * parameters - 2 * own);
	m->bic = (double)(logl(rows) * parameters - 2 * own);
	m->whole = (struct verdict){ fmax(0, (double)(2 * (own - null))), (double)m->columns - n->d->intercept, NAN, NAN };
	if (!chi_square_of(m->whole.freedom, &chi_square)) {
		struct tails p = distribution_tails(&chi_square, m->whole.statistic);

		m->whole.p = (double)p.upper;
		m->whole.log_p = (double)p.log_upper;
	}
}

static struct newton newton_new(struct arena *arena, const struct design *d, const struct qr *q)
{
	size_t rows = d->x.rows, columns = d->x.columns;
	struct newton n = { .d = d, .q = q };

	n.g = ARENA_ARRAY(arena, real, columns);
	n.step = ARENA_ARRAY(arena, real, columns);
	n.odds = ARENA_ARRAY(arena, real, rows);
	n.trial = ARENA_ARRAY(arena, real, rows);
	n.gradient = ARENA_ARRAY(arena, real, columns);
	n.hessian = ARENA_ARRAY(arena, real, columns * columns);
	n.weight = ARENA_ARRAY(arena, real, rows);
	n.weighted = ARENA_ARRAY(arena, real, rows);
	n.log_likelihood = log_likelihood(d, n.odds);
	return n;
}

problem logistic_fit(struct arena *arena, const struct design *d, double level, struct logistic *ret, struct place *where)
{
	struct logistic m = { d->x.rows, d->x.columns, .intercept = d->intercept };
	struct newton n;
	struct qr q;
	problem why = level > 0 && level < 1 ? design__check(d, where) : &level_unfit;

	if (!why)
		why = check_outcome(d, where);
	if (!why)
		why = design__decompose(arena, d, &q, where);
	if (why)
		return why;
	qr_expand(arena, &q);
	n = newton_new(arena, d, &q);
	why = iterate(&n, &m.rounds, where);
	if (why)
		return why;
	m.b = ARENA_ARRAY(arena, real, m.columns);
	qr_coefficients(&q, n.g, m.b);
	m.inverse = ARENA_ARRAY(arena, real, m.columns * m.columns);
	m.of = ARENA_ARRAY(arena, struct coefficient, m.columns);
	m.probability = ARENA_ARRAY(arena, double, m.rows);
	for (size_t i = 0; i < m.rows; i++)
		m.probability[i] = (double)probability(n.odds[i]);
	why = set_coefficients(arena, &n, level, &m, where);
	if (why)
		return why;
	set_whole(&n, &m);
	*ret = m;
	return NULL;
}

/* p at x' b +- z sqrt(x' covariance x) */
problem logistic_predict(const struct logistic *m, const double *row, double level, struct chance *ret)
{
	real odds = 0, spread = 0, around;

	if (!(level > 0 && level < 1))
		return &level_unfit;
	for (size_t j = 0; j < m->columns; j++) {
		if (!isfinite(row[j]))
			return &regression_value;
		odds += m->b[j] * row[j];
		for (size_t k = 0; k < m->columns; k++)
			spread += row[j] * m->inverse[j * m->columns + k] * row[k];
	}
	around = normal_critical(level) * sqrtl(fmaxl(spread, 0));
	*ret = (struct chance){ (double)probability(odds), { (double)probability(odds - around), (double)probability(odds + around) } };
	return NULL;
}
