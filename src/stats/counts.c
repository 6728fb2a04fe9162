/* counts.c - tests of counts. Agresti, Categorical Data Analysis (3rd ed. 2013); exact tests take two sides as R does: all outcomes not
 * more likely than the one that was seen. */
#include "stats/inference_parts.h"

#include <math.h>

static const double COUNT_MAX = 1e9; /* in a cell; exact tests walk over all of one */

static bool is_count(double x) { return x >= 0 && x <= COUNT_MAX && floor(x) == x; }

static bool all_counts(const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_count(x[i]))
			return false;
	}
	return true;
}

/* ---- chi-square ---- */

static real sum_of(const double *x, size_t n, size_t step)
{
	real sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i * step];
	return sum;
}

/* Pearson 1900: sum of (seen - expected)^2 / expected, expected = row sum column sum / n. Yates 1934 takes 1/2 from each difference. */
problem test_independence(const double *table, size_t rows, size_t columns, bool yates, struct finding *ret, double *least)
{
	real n, sum = 0, smallest = INFINITY;
	size_t smaller = rows < columns ? rows : columns;
	problem why;

	if (!all_counts(table, rows * columns))
		return &count_unfit;
	if (rows < 2 || columns < 2)
		return &sample_constant;
	n = sum_of(table, rows * columns, 1);
	for (size_t i = 0; i < rows; i++) {
		for (size_t j = 0; j < columns; j++) {
			real expected = sum_of(table + i * columns, columns, 1) / n * sum_of(table + j, rows, columns);
			real off = fabsl(table[i * columns + j] - expected);

			smallest = fminl(smallest, expected);
			off -= yates ? fminl(.5L, off) : 0;
			sum += off * off / expected;
		}
	}
	if (!(smallest > 0))
		return &count_margin;
	why = finding__by_chi_square(sum, (double)((rows - 1) * (columns - 1)), ret);
	if (why)
		return why;
	ret->estimate = (double)sqrtl(sum / n / (real)(smaller - 1));
	*least = (double)smallest;
	return NULL;
}

problem test_proportions_given(const double *observed, const double *chances, size_t k, struct finding *ret, double *least)
{
	real n, total = 0, sum = 0, smallest = INFINITY;
	problem why;

	if (k < 2 || !all_counts(observed, k))
		return &sample_unfit;
	n = sum_of(observed, k, 1);
	for (size_t i = 0; i < k; i++) {
		real expected = n * chances[i];

		if (!(expected > 0))
			return &sample_unfit;
		total += chances[i];
		smallest = fminl(smallest, expected);
		sum += (observed[i] - expected) * (observed[i] - expected) / expected;
	}
	if (!(fabsl(total - 1) < 1e-9L))
		return &probability_unfit;
	why = finding__by_chi_square(sum, (double)k - 1, ret);
	if (!why)
		*least = (double)smallest;
	return why;
}

/* ---- Fisher's exact test ---- */

/* x of the first row's m fall among the k of the first column, n in the second row: the hypergeometric distribution, weighted by
 * ratio^x (Fisher 1935). All x from low to high. */
struct four {
	real x, m, n, k, low, high;
};

static real log_mass(const struct four *f, real x)
{
	real p = f->k / (f->m + f->n), q = (f->m + f->n - f->k) / (f->m + f->n);

	return num_log_binomial(x, f->m, p, q) + num_log_binomial(f->k - x, f->n, p, q) - num_log_binomial(f->k, f->m + f->n, p, q);
}

/* Sums over x with weights mass ratio^x, by steps from x to its neighbours. */
struct weighed {
	real below, at, above, mean; /* P(X < x), P(X = x), P(X > x), E X */
};

/* mass(x + 1) / mass(x) */
static real up(const struct four *f, real x) { return (f->m - x) / (x + 1) * ((f->k - x) / (f->n - f->k + x + 1)); }

static const real MASS_MAX = 1e4000L; /* beyond it all lies on that side */

static struct weighed weigh(const struct four *f, real ratio)
{
	struct weighed w = { 0, 1, 0, f->x };
	real mass = 1, sum, moment = 0;

	for (real x = f->x; x < f->high && mass > 1e-40L * (w.above + 1); x++) {
		mass *= up(f, x) * ratio;
		if (mass > MASS_MAX)
			return (struct weighed){ 0, 0, 1, f->high };
		w.above += mass;
		moment += mass * (x + 1 - f->x);
	}
	mass = 1;
	for (real x = f->x - 1; x >= f->low && mass > 1e-40L * (w.below + 1); x--) {
		mass /= up(f, x) * ratio;
		if (mass > MASS_MAX)
			return (struct weighed){ 1, 0, 0, f->low };
		w.below += mass;
		moment += mass * (x - f->x);
	}
	sum = w.below + 1 + w.above;
	return (struct weighed){ w.below / sum, 1 / sum, w.above / sum, f->x + moment / sum };
}

enum sought { MEAN_IS_SEEN, AS_MANY_OR_MORE, AS_MANY_OR_LESS };

/* The ratio at which what was seen is the mean, or has a tail of that chance; each grows or falls with the ratio. By halving ln ratio. */
static double ratio_where(const struct four *f, enum sought sought, double chance)
{
	real low = -50, high = 50;

	for (int i = 0; i < 100; i++) {
		real middle = (low + high) / 2;
		struct weighed w = weigh(f, expl(middle));
		bool too_large = sought == MEAN_IS_SEEN ? w.mean > f->x : sought == AS_MANY_OR_MORE ? w.at + w.above > chance : w.at + w.below < chance;

		if (too_large)
			high = middle;
		else
			low = middle;
	}
	return (double)expl(low / 2 + high / 2);
}

/* ln P of outcomes not more likely than the one seen; a relative 1e-7 is taken for equal, as in R. */
static real two_sided(const struct four *f)
{
	real seen, sum = 0;

	if (f->low == f->high)
		return 0;
	seen = log_mass(f, f->x);
	for (real x = f->low; x <= f->high; x++) {
		real more = log_mass(f, x) - seen;

		sum += more <= 1e-7L ? expl(more) : 0;
	}
	return fminl(0, seen + logl(sum));
}

/* P of x and what lies beyond on one side, of which the share is known; where that is 0, masses fall there from the one of x. */
static struct side side_of(const struct four *f, real share, bool upward)
{
	real mass = 1, sum = 1;

	if (share > 0)
		return (struct side){ (double)share, (double)logl(share) };
	for (real x = f->x; (upward ? x < f->high : x > f->low) && mass > 1e-40L * sum; x += upward ? 1 : -1) {
		mass *= upward ? up(f, x) : 1 / up(f, x - 1);
		sum += mass;
	}
	return (struct side){ 0, (double)(log_mass(f, f->x) + logl(sum)) };
}

static const double FISHER_MAX = 1e7; /* outcomes */

static problem four_of(const double table[4], struct four *ret)
{
	struct four f = { table[0], (real)table[0] + table[1], (real)table[2] + table[3], (real)table[0] + table[2], 0, 0 };

	if (!all_counts(table, 4))
		return &count_unfit;
	if (f.m == 0 || f.n == 0)
		return &share_empty;
	f.low = fmaxl(0, f.k - f.n);
	f.high = fminl(f.k, f.m);
	*ret = f;
	return NULL;
}

/* Above the mean masses fall: from what was seen upwards. Below it, 1 less what lies below, which is the smaller. */
problem test_fisher_more(const double table[4], double *log_p)
{
	struct four f;
	problem why = four_of(table, &f);
	struct weighed w;
	real sum = 1, mass = 1;

	if (why)
		return why;
	if (f.x <= f.m * f.k / (f.m + f.n)) {
		w = weigh(&f, 1);
		*log_p = (double)log1pl(-w.below);
		return NULL;
	}
	for (real x = f.x; x < f.high && mass > 1e-25L * sum; x++) {
		mass *= up(&f, x);
		sum += mass;
	}
	*log_p = (double)fminl(0, log_mass(&f, f.x) + logl(sum));
	return NULL;
}

problem test_fisher(const double table[4], double level, struct finding *ret)
{
	struct four f;
	problem why = four_of(table, &f);
	struct weighed w;
	real log_p;

	if (why)
		return why;
	if (!(level > 0 && level < 1))
		return &level_unfit;
	if (f.high - f.low > FISHER_MAX)
		return &count_many;
	log_p = two_sided(&f);
	w = weigh(&f, 1);
	*ret = finding__none();
	ret->exact = true;
	ret->less = side_of(&f, w.below + w.at, false);
	ret->greater = side_of(&f, w.at + w.above, true);
	ret->verdict.p = (double)expl(log_p);
	ret->verdict.log_p = (double)log_p;
	ret->estimate = f.low == f.high ? NAN : f.x == f.low ? 0 : f.x == f.high ? INFINITY : ratio_where(&f, MEAN_IS_SEEN, 0);
	ret->within.low = f.x == f.low ? 0 : ratio_where(&f, AS_MANY_OR_MORE, (1 - level) / 2);
	ret->within.high = f.x == f.high ? INFINITY : ratio_where(&f, AS_MANY_OR_LESS, (1 - level) / 2);
	return NULL;
}

/* ---- proportions ---- */

/* Where each tail at the end of the interval has what the level leaves (Clopper and Pearson 1934) */
static struct interval clopper_pearson(double x, double n, double level)
{
	double rest = (1 - level) / 2;

	return (struct interval){ x == 0 ? 0 : finding__beta_quantile(LOWER, rest, x, n - x + 1), x == n ? 1 : finding__beta_quantile(UPPER, rest, x + 1, n - x) };
}

/* The p for which |x / n - p| = z sqrt(p q / n) (Wilson 1927) */
static struct interval wilson_of(real x, real n, real z)
{
	real centre = (x + z * z / 2) / (n + z * z), half = z / (n + z * z) * sqrtl(x * (n - x) / n + z * z / 4);

	return (struct interval){ (double)(centre - half), (double)(centre + half) };
}

static real log_sum(real a, real b)
{
	real larger = fmaxl(a, b);

	return isinf(larger) ? larger : larger + log1pl(expl(-fabsl(a - b)));
}

/* ln P of all outcomes not more likely than x: x's own tail, and that part of the other where masses are no larger. The masses fall from
 * the mean on, so its end is found by halving. */
static real binomial_two_sided(const struct distribution *d, double x)
{
	double n = (double)d->a, mean = n * (double)d->b, near, far;
	real seen = distribution_log_density(d, x) + 1e-7L;

	if (x == mean)
		return 0;
	near = x < mean ? ceil(mean) : floor(mean);
	far = x < mean ? n + 1 : -1; /* what lies there would count */
	for (double step; step = floor(fabs(far - near) / 2), step > 0 || (fabs(far - near) == 1 && distribution_log_density(d, near) <= seen);) {
		double middle = near + (far > near ? step : -step);

		if (distribution_log_density(d, middle) <= seen)
			far = middle;
		else
			near = middle;
		if (step == 0)
			break;
	}
	if (x < mean)
		return fminl(0, log_sum(distribution_tails(d, x).log_lower, distribution_tails(d, far - 1).log_upper));
	return fminl(0, log_sum(distribution_tails(d, x - 1).log_upper, far < 0 ? -INFINITY : distribution_tails(d, far).log_lower));
}

problem share_check(double x, double n)
{
	if (!is_count(x) || !is_count(n))
		return &count_unfit;
	return n == 0 ? &share_empty : x > n ? &share_beyond : NULL;
}

problem test_proportion(double x, double n, double p, double level, struct finding *ret, struct interval *wilson)
{
	double z = finding__normal(level);
	struct distribution d;
	real log_chance;
	problem why = share_check(x, n);

	if (why)
		return why;
	if (binomial_of(n, p, &d))
		return &probability_unfit;
	if (isnan(z))
		return &level_unfit;
	log_chance = binomial_two_sided(&d, x);
	*ret = finding__none();
	ret->less = finding__lower(distribution_tails(&d, x));
	ret->greater = x == 0 ? (struct side){ 1, 0 } : finding__upper(distribution_tails(&d, x - 1));
	ret->exact = true;
	ret->verdict = (struct verdict){ x, NAN, (double)expl(log_chance), (double)log_chance };
	ret->estimate = x / n;
	ret->within = clopper_pearson(x, n, level);
	*wilson = wilson_of(x, n, z);
	return NULL;
}

problem test_two_proportions(const double x[2], const double n[2], bool yates, double level, struct finding *ret)
{
	const double table[] = { x[0], n[0] - x[0], x[1], n[1] - x[1] };
	double z = finding__normal(level), least;
	real p = (real)x[0] / n[0], q = (real)x[1] / n[1], error, correction;
	problem why = share_check(x[0], n[0]);

	if (!why)
		why = share_check(x[1], n[1]);
	if (!why && isnan(z))
		why = &level_unfit;
	if (!why && p == q && (p == 0 || p == 1))
		why = p == 0 ? &shares_none : &shares_all;
	if (!why)
		why = test_independence(table, 2, 2, yates, ret, &least);
	if (why)
		return why;
	error = sqrtl(p * (1 - p) / n[0] + q * (1 - q) / n[1]);
	correction = yates ? fminl(fabsl(p - q), (1 / (real)n[0] + 1 / (real)n[1]) / 2) : 0;
	ret->less = finding__lower(num_normal(copysignl(sqrtl(ret->verdict.statistic), p - q)));
	ret->greater = finding__upper(num_normal(copysignl(sqrtl(ret->verdict.statistic), p - q)));
	ret->estimate = (double)(p - q);
	ret->within.low = (double)fmaxl(-1, p - q - z * error - correction);
	ret->within.high = (double)fminl(1, p - q + z * error + correction);
	return NULL;
}

/* ---- a rate ---- */

problem interval_of_rate(double x, double n, double level, struct interval *ret)
{
	struct distribution low, high;
	double rest = (1 - level) / 2, from = 0, to = NAN;

	if (!(level > 0 && level < 1))
		return &level_unfit;
	if (!is_count(x) || !(n > 0) || !isfinite(n) || chi_square_of(2 * x + 2, &high) || distribution_quantile(&high, UPPER, rest, &to))
		return &sample_unfit;
	if (x > 0 && (chi_square_of(2 * x, &low) || distribution_quantile(&low, LOWER, rest, &from)))
		return &sample_unfit;
	*ret = (struct interval){ from / 2 / n, to / 2 / n };
	return NULL;
}
