/* distribution.c - the eight families. Density and tails of each stand side by side, in the words of its formula. */
#include "stats/quick.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

const struct problem distribution_unfit = { 422, "distribution-unfit", "These parameters make no distribution." };
const struct problem probability_unfit = { 422, "probability-unfit", "A probability lies between 0 and 1." };

#define LOG_SQRT_2PI 0.91893853320467274178032973640561764L

/* Work grows with the root of a parameter; beyond this it is no question anybody asks, and it would not end. */
static const double PARAMETER_MAX = 1e12;
/* Below this shape the upper tail loses digits (see num/README.md). */
static const double SHAPE_MIN = 1e-3;

static bool is_positive(double x) { return x > 0 && x <= PARAMETER_MAX; }
static bool is_shape(double x) { return x >= SHAPE_MIN && x <= PARAMETER_MAX; }
static bool is_probability(double p) { return p >= 0 && p <= 1; }

static problem make(bool fit, struct distribution d, struct distribution *ret)
{
	if (fit)
		*ret = d;
	return fit ? NULL : &distribution_unfit;
}

/* ---- constructors ---- */

problem bernoulli_of(double p, struct distribution *ret) { return binomial_of(1, p, ret); }

problem binomial_of(double n, double p, struct distribution *ret)
{
	return make(n >= 0 && n <= PARAMETER_MAX && floor(n) == n && is_probability(p), (struct distribution){ BINOMIAL, n, p }, ret);
}

problem normal_of_sd(double mean, double sd, struct distribution *ret)
{
	return make(isfinite(mean) && isfinite(sd) && sd > 0, (struct distribution){ NORMAL, mean, sd }, ret);
}

problem normal_of_variance(double mean, double variance, struct distribution *ret)
{
	return make(isfinite(mean) && isfinite(variance) && variance > 0, (struct distribution){ NORMAL, mean, sqrtl(variance) }, ret);
}

problem poisson_of(double mean, struct distribution *ret) { return make(is_positive(mean), (struct distribution){ POISSON, mean, 0 }, ret); }

problem negative_binomial_of(double size, double p, struct distribution *ret)
{
	return make(is_shape(size) && p > 0 && p <= 1 && size / p <= PARAMETER_MAX, (struct distribution){ NEGATIVE_BINOMIAL, size, p }, ret);
}

problem student_of(double freedom, struct distribution *ret)
{
	return make(is_shape(freedom), (struct distribution){ STUDENT, freedom, 0 }, ret);
}

problem chi_square_of(double freedom, struct distribution *ret)
{
	return make(is_shape(freedom), (struct distribution){ CHI_SQUARE, freedom, 0 }, ret);
}

problem fisher_of(double freedom_above, double freedom_below, struct distribution *ret)
{
	return make(is_shape(freedom_above) && is_shape(freedom_below),
	            (struct distribution){ FISHER, freedom_above, freedom_below }, ret);
}

/* ---- counts: k is a whole number within the support ---- */

static real log_certain(bool certain) { return certain ? 0 : -INFINITY; }

static real binomial_log_mass(real n, real p, real k)
{
	if (p == 0 || p == 1)
		return log_certain(k == n * p);
	return n == 0 ? 0 : num_log_binomial(k, n, p, 1 - p);
}

/* P(X > k) = I_p(k + 1, n - k) */
static struct tails binomial_tails(real n, real p, real k)
{
	return k >= n ? tails_of_log(0) : tails_swapped(num_beta(k + 1, n - k, p, 1 - p));
}

/* P(X > k) = P(k + 1, mean) */
static struct tails poisson_tails(real mean, real k) { return tails_swapped(num_gamma(k + 1, mean)); }

/* size / (size + k) of the binomial mass of size in size + k */
static real negative_binomial_log_mass(real size, real p, real k)
{
	if (p == 1)
		return log_certain(k == 0);
	return num_log_binomial(size, size + k, p, 1 - p) - log1pl(k / size);
}

/* P(X <= k) = I_p(size, k + 1) */
static struct tails negative_binomial_tails(real size, real p, real k) { return num_beta(size, k + 1, p, 1 - p); }

/* ---- measures ---- */

static real normal_log_density(real z) { return -z * z / 2 - LOG_SQRT_2PI; }

/* gamma((f + 1) / 2) / (sqrt(f pi) gamma(f / 2)) (1 + t^2 / f)^(-(f + 1) / 2), the gammas by Loader's two errors */
static real student_log_density(real f, real t)
{
	real log_ratio = log1pl(t * t / f);

	return num_stirling_error((f + 1) / 2) - num_stirling_error(f / 2) - num_deviance(f / 2, (f + 1) / 2) - LOG_SQRT_2PI -
	       (f + 1) / 2 * log_ratio;
}

/* P(T > t) = I_x(f / 2, 1 / 2) / 2 with x = f / (f + t^2), t > 0 */
static struct tails student_tails(real f, real t)
{
	real sum = f + t * t;
	struct tails outer = isinf(sum) ? tails_of_log(-INFINITY) : tails_halved(num_beta(f / 2, .5L, f / sum, t * t / sum));

	return t < 0 ? outer : tails_swapped(outer);
}

/* a gamma density of shape f / 2 and scale 2: the Poisson mass of f / 2 at x / 2, times f / 2 / x */
static real chi_square_log_density(real f, real x)
{
	if (x == 0)
		return f < 2 ? INFINITY : f == 2 ? -logl(2) : -INFINITY;
	return num_log_poisson(f / 2, x / 2) + logl(f / 2 / x);
}

/* The binomial mass of m / 2 in (m + n) / 2 with p = m x / (m x + n), times m n / (2 x (m + n)) */
static real fisher_log_density(real m, real n, real x)
{
	real sum = m * x + n;

	if (x == 0)
		return m < 2 ? INFINITY : m == 2 ? 0 : -INFINITY;
	return num_log_binomial(m / 2, (m + n) / 2, m * x / sum, n / sum) + logl(m / 2 / x * (n / (m + n)));
}

/* P(X <= x) = I_p(m / 2, n / 2) */
static struct tails fisher_tails(real m, real n, real x)
{
	real sum = m * x + n;

	return isinf(sum) ? tails_of_log(0) : num_beta(m / 2, n / 2, m * x / sum, n / sum);
}

/* ---- any of them ---- */

bool distribution_is_discrete(const struct distribution *d)
{
	return d->family == BINOMIAL || d->family == POISSON || d->family == NEGATIVE_BINOMIAL;
}

static bool is_signed(const struct distribution *d) { return d->family == NORMAL || d->family == STUDENT; }

static real mean_of(const struct distribution *d)
{
	switch (d->family) {
	case BINOMIAL: return d->a * d->b;
	case NEGATIVE_BINOMIAL: return d->a * (1 - d->b) / d->b;
	case STUDENT: return d->a > 1 ? 0 : NAN;
	case FISHER: return d->b > 2 ? d->b / (d->b - 2) : INFINITY;
	case NORMAL:
	case POISSON:
	case CHI_SQUARE: break;
	}
	return d->a;
}

static real variance_of(const struct distribution *d)
{
	real m = d->a, n = d->b;

	switch (d->family) {
	case BINOMIAL: return m * n * (1 - n);
	case NORMAL: return n * n;
	case NEGATIVE_BINOMIAL: return m * (1 - n) / (n * n);
	case STUDENT: return m > 2 ? m / (m - 2) : m > 1 ? INFINITY : NAN;
	case CHI_SQUARE: return 2 * m;
	case FISHER: return n > 4 ? 2 * n * n * (m + n - 2) / (m * (n - 2) * (n - 2) * (n - 4)) : n > 2 ? INFINITY : NAN;
	case POISSON: break;
	}
	return m;
}

double distribution_mean(const struct distribution *d) { return (double)mean_of(d); }
double distribution_variance(const struct distribution *d) { return (double)variance_of(d); }

static bool is_outside(const struct distribution *d, double x)
{
	return isinf(x) || (x < 0 && !is_signed(d)) || (distribution_is_discrete(d) && floor(x) != x) || (d->family == BINOMIAL && x > d->a);
}

static real log_density(const struct distribution *d, double x)
{
	if (is_outside(d, x))
		return -INFINITY;
	switch (d->family) {
	case BINOMIAL: return binomial_log_mass(d->a, d->b, x);
	case NORMAL: return normal_log_density((x - d->a) / d->b) - logl(d->b);
	case POISSON: return num_log_poisson(x, d->a);
	case NEGATIVE_BINOMIAL: return negative_binomial_log_mass(d->a, d->b, x);
	case STUDENT: return student_log_density(d->a, x);
	case CHI_SQUARE: return chi_square_log_density(d->a, x);
	case FISHER: break;
	}
	return fisher_log_density(d->a, d->b, x);
}

double distribution_exact_density(const struct distribution *d, double x) { return isnan(x) ? NAN : (double)expl(log_density(d, x)); }

double distribution_density(const struct distribution *d, double x)
{
	double quick;

	return quick_density(d, x, &quick) ? quick : distribution_exact_density(d, x);
}

double distribution_log_density(const struct distribution *d, double x) { return isnan(x) ? NAN : (double)log_density(d, x); }

struct tails distribution_tails(const struct distribution *d, double x)
{
	real k = distribution_is_discrete(d) ? floorl(x) : x;

	assert(!isnan(x));
	if (x < 0 && !is_signed(d))
		return tails_of_log(-INFINITY);
	if (isinf(x))
		return tails_of_log(x < 0 ? -INFINITY : 0);
	switch (d->family) {
	case BINOMIAL: return binomial_tails(d->a, d->b, k);
	case NORMAL: return num_normal((k - d->a) / d->b);
	case POISSON: return poisson_tails(d->a, k);
	case NEGATIVE_BINOMIAL: return negative_binomial_tails(d->a, d->b, k);
	case STUDENT: return student_tails(d->a, k);
	case CHI_SQUARE: return num_gamma(d->a / 2, k / 2);
	case FISHER: break;
	}
	return fisher_tails(d->a, d->b, k);
}

double distribution_tail(const struct distribution *d, enum tail tail, double x)
{
	double quick;
	struct tails t;

	assert(!isnan(x));
	if (quick_tail(d, tail, x, &quick))
		return quick;
	t = distribution_tails(d, x);
	return (double)(tail == LOWER ? t.lower : t.upper);
}

/* ---- quantiles ---- */

/* A probability asked for, as ln of the smaller tail: only there do the digits of both sides meet. */
struct asked {
	const struct distribution *d;
	enum tail tail; /* the one that log_p is of */
	real log_p;
};

/* A count often has exactly what was asked (half of a symmetric binomial): it has reached it although rounding says just not.
 * The slack lies far below the last digit of a double. */
static struct asked ask(const struct distribution *d, enum tail tail, struct tails p)
{
	bool small = p.lower <= .5L;
	struct asked a = { d, small ? tail : tail == LOWER ? UPPER : LOWER, small ? p.log_lower : p.log_upper };
	real slack = distribution_is_discrete(d) ? 8 * LDBL_EPSILON * (1 + fabsl(a.log_p)) : 0;

	if (isfinite(a.log_p))
		a.log_p += a.tail == LOWER ? -slack : slack;
	return a;
}

static double least(const struct distribution *d) { return is_signed(d) ? -INFINITY : 0; }
static double most(const struct distribution *d) { return d->family == BINOMIAL ? (double)d->a : INFINITY; }

/* ln of the tail that was asked for, at x */
static real log_tail(const struct asked *a, double x)
{
	struct tails t = distribution_tails(a->d, x);

	return a->tail == LOWER ? t.log_lower : t.log_upper;
}

/* P(X <= x) has reached what was asked, by ln of the tail there */
static bool is_enough(const struct asked *a, real log_p) { return a->tail == LOWER ? log_p >= a->log_p : log_p <= a->log_p; }

/* The standard normal quantile within 4.5e-4 (Hastings 1955; Abramowitz and Stegun 26.2.23): where to begin */
static double rough_normal(const struct asked *a)
{
	double t = sqrt(-2 * (double)a->log_p);
	double z = t - (2.515517 + t * (.802853 + t * .010328)) / (1 + t * (1.432788 + t * (.189269 + t * .001308)));

	return a->tail == LOWER ? -z : z;
}

/* Doubles in their order as whole numbers, so that halving the interval between two of them ends after 64 steps. */
static int64_t rank_of(double x)
{
	int64_t bits;

	memcpy(&bits, &x, sizeof bits);
	return bits < 0 ? INT64_MIN - bits : bits;
}

static double double_of(int64_t rank)
{
	int64_t bits = rank < 0 ? INT64_MIN - rank : rank;
	double x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

/* Between two doubles, neither of them */
static int64_t middle_of(int64_t below, int64_t above)
{
	int64_t middle = below / 2 + above / 2 + (below % 2 + above % 2) / 2;

	return middle == below ? middle + 1 : middle; /* division rounds to 0 */
}

/* A rough place from the normal quantile; Wilson and Hilferty's (1931) for chi-square. F has none. */
static double rough_measure(const struct asked *a)
{
	real z = rough_normal(a), part;

	switch (a->d->family) {
	case NORMAL: return (double)(a->d->a + a->d->b * z);
	case STUDENT: return (double)(z + z * (z * z + 1) / (4 * a->d->a));
	case CHI_SQUARE:
		part = 1 + z * sqrtl(2 / (9 * a->d->a)) - 2 / (9 * a->d->a);
		return (double)(a->d->a * part * part * part);
	case BINOMIAL: case POISSON: case NEGATIVE_BINOMIAL: case FISHER: break;
	}
	return 1;
}

enum { GUESSES = 12 };

/* The smallest double that has reached it. Guesses are where the line through the last two places (the first with the density as its
 * slope) meets what was asked; where they lie outside the interval, or have come to no end, it is halved. */
static double measure_quantile(const struct asked *a)
{
	int64_t below = is_signed(a->d) ? rank_of(-DBL_MAX) : -1, above = rank_of(INFINITY);
	double guess = rough_measure(a), was = NAN;
	real log_was = NAN;

	for (int i = 0; above - 1 > below; i++) {
		int64_t at = i < GUESSES ? rank_of(guess) : below;
		double x;
		real log_p, slope;

		if (at <= below || at >= above)
			at = middle_of(below, above);
		x = double_of(at);
		log_p = log_tail(a, x);
		if (is_enough(a, log_p))
			above = at;
		else
			below = at;
		if (i >= GUESSES)
			continue;
		slope = i ? (log_p - log_was) / ((real)x - was) : (a->tail == LOWER ? 1 : -1) * expl(log_density(a->d, x) - log_p);
		guess = (double)(x + (a->log_p - log_p) / slope);
		was = x;
		log_was = log_p;
		if (rank_of(guess) == at) /* it is here: the neighbour tells */
			guess = double_of(at == above ? above - 1 : below + 1);
	}
	return double_of(above);
}

/* Where the normal distribution, bent by the skewness, has it (Cornish and Fisher 1937) */
static double rough_count(const struct asked *a)
{
	const struct distribution *d = a->d;
	double z = rough_normal(a), sd = sqrt(distribution_variance(d)), skewness = 0;

	if (d->family == BINOMIAL)
		skewness = (double)(1 - 2 * d->b) / sd;
	if (d->family == POISSON)
		skewness = 1 / sd;
	if (d->family == NEGATIVE_BINOMIAL)
		skewness = (double)((2 - d->b) / sqrtl(d->a * (1 - d->b)));
	z = floor(distribution_mean(d) + sd * (z + skewness * (z * z - 1) / 6));
	return isfinite(z) ? fmin(fmax(z, 0), most(d)) : 0;
}

/* From a rough place outwards by doubled steps, then halving. Nothing is reached at -1. */
static double count_quantile(const struct asked *a)
{
	double at = rough_count(a), below = at, above = at, step = 1;
	bool down = is_enough(a, log_tail(a, at));

	for (bool reached = down; reached == down; step *= 2) {
		at = down ? fmax(below - step, -1) : above + step;
		reached = at >= 0 && is_enough(a, log_tail(a, at));
		if (down) {
			above = below;
			below = at;
		} else {
			below = above;
			above = at;
		}
	}
	for (;;) {
		double middle = floor(below + (above - below) / 2);

		if (middle <= below || middle >= above) /* no number between them; from 2^53 on they are not neighbours */
			return above;
		if (is_enough(a, log_tail(a, middle)))
			above = middle;
		else
			below = middle;
	}
}

static real centre(const struct distribution *d) { return d->family == NORMAL ? d->a : 0; }

static double quantile(const struct distribution *d, enum tail tail, struct tails p)
{
	struct asked asked = ask(d, tail, p);

	if (is_signed(d) && p.lower == .5L)
		return (double)centre(d);
	if (isinf(asked.log_p))
		return asked.tail == LOWER ? least(d) : most(d);
	return distribution_is_discrete(d) ? count_quantile(&asked) : measure_quantile(&asked);
}

problem distribution_quantile(const struct distribution *d, enum tail tail, double p, double *ret)
{
	if (!is_probability(p))
		return &probability_unfit;
	return quick_quantile(d, tail, p, ret) ? NULL : distribution_exact_quantile(d, tail, p, ret);
}

problem distribution_exact_quantile(const struct distribution *d, enum tail tail, double p, double *ret)
{
	if (!is_probability(p))
		return &probability_unfit;
	*ret = quantile(d, tail, (struct tails){ p, 1 - (real)p, logl(p), log1pl(-(real)p) });
	return NULL;
}

problem distribution_log_quantile(const struct distribution *d, enum tail tail, double log_p, double *ret)
{
	if (!(log_p <= 0))
		return &probability_unfit;
	*ret = quantile(d, tail, tails_of_log(log_p));
	return NULL;
}
