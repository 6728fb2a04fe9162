/* quick.c - densities, tails and quantiles in doubles. The formulas are those of num.c and distribution.c; what is different is that no
 * logarithm is taken of what was just raised, fractions are walked without a division a step, and quantiles begin at a normal one that
 * is right to the last digits.
 *
 * What keeps the digits: a count's or measure's distance from its mean is taken in `real` (the only place where digits cancel), and what
 * lies below LEAST is refused.
 * Sources: Loader and Algorithm 708 as in num.c; M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution",
 * Applied Statistics 37 (1988). */
#include "stats/quick.h"

#include <assert.h>
#include <float.h>
#include <math.h>

static const double LEAST = 2e-22;         /* e^-50: an exponent of size L costs L units of the last place */
static const double PARAMETER_MOST = 1e5;  /* steps of sums and fractions grow with its root, and errors with the steps */
static const double FREEDOM_LEAST = .5;    /* below it a tail is what is left of 1 */

#define SQRT_HALF     0.70710678118654752440084436210484904L
#define TWO_PI        6.28318530717958647692528676655900577
#define SQRT_TWO_PI   2.50662827463100050241576528481104525
#define FOUR_BY_PI    1.27323954473516268615107010698

/* ---- masses: Loader's saddle point ---- */

/* ln gamma(x + 1) - ln(sqrt(2 pi x) (x / e)^x): a table for halves up to 15.5, DLMF 5.11.1 from 15 on */
static double stirling_error(double x)
{
	static const double halves[] = {
		0.15342640972002736, 0.08106146679532726, 0.05481412105191765, 0.0413406959554093, 0.03316287351993629, 0.02767792568499834,
		0.023746163656297496, 0.020790672103765093, 0.018488450532673187, 0.016644691189821193, 0.015134973221917378, 0.013876128823070748,
		0.012810465242920227, 0.01189670994589177, 0.011104559758206917, 0.010411265261972096, 0.009799416126158804, 0.009255462182712733,
		0.008768700134139386, 0.00833056343336287, 0.00793411456431402, 0.007573675487951841, 0.007244554301320383, 0.00694284010720953,
		0.006665247032707682, 0.006408994188004207, 0.006171712263039458, 0.0059513701127588475, 0.0057462165130101155, 0.005554733551962801,
		0.005375599032926835,
	};
	double twice = 2 * x, w;

	if (twice <= 31 && floor(twice) == twice)
		return halves[(int)twice - 1];
	if (x < 15)
		return (double)num_stirling_error(x);
	w = 1 / (x * x);
	return (1 / 12. + w * (-1 / 360. + w * (1 / 1260. + w * (-1 / 1680. + w * (1 / 1188. - w * 691 / 360360.))))) / x;
}

/* x ln(x / mean) + mean - x. With v = (x - mean) / (x + mean): ln(x / mean) = 2 (v + v^3 / 3 + ...), and 2 x v + mean - x = (x - mean) v */
static double deviance(double x, real mean)
{
	double off = (double)(x - mean), sum = (double)(x + mean), v = off / sum, w = v * v;

	if (fabs(v) >= .1 && x > 100) /* what cancels is large */
		return (double)(x * logl(x / mean) - (x - mean));
	if (fabs(v) >= .1)
		return x * log(x / (double)mean) - off;
	return off * v + 2 * x * v * w * (1 / 3. + w * (1 / 5. + w * (1 / 7. + w * (1 / 9. + w * (1 / 11. + w * (1 / 13. + w / 15.))))));
}

/* mean^k e^-mean / gamma(k + 1), k > 0 */
static double poisson_mass(double k, real mean)
{
	return exp(-stirling_error(k) - deviance(k, mean)) / sqrt(TWO_PI * k);
}

/* gamma(k + r + 1) / (gamma(k + 1) gamma(r + 1)) p^k q^r, k and r > 0 */
static double binomial_mass(double k, double r, real p, real q)
{
	real n = (real)k + r;
	double all = (double)n;

	return exp(stirling_error(all) - stirling_error(k) - stirling_error(r) - deviance(k, n * p) - deviance(r, n * q)) *
	       sqrt(all / (TWO_PI * k * r));
}

/* ---- incomplete gamma and beta: the smaller side, from the mass beside it ---- */

/* b0 + a1 / (b1 + a2 / (b2 + ...)) as above / below, by the recurrence of convergents (DLMF 1.12.5), made smaller before they overflow */
struct convergents {
	double above, below, above_was, below_was;
};

static struct convergents convergents_from(double b0) { return (struct convergents){ b0, 1, 1, 0 }; }

/* Does it still change? */
static bool convergents_step(struct convergents *c, double a, double b)
{
	double above = b * c->above + a * c->above_was, below = b * c->below + a * c->below_was;
	double now = above * c->below, was = c->above * below, less = fabs(below) > 1e100 ? 1e-100 : 1;

	*c = (struct convergents){ above * less, below * less, c->above * less, c->below * less };
	return fabs(now - was) > 2 * DBL_EPSILON * fabs(now);
}

/* P(a, x), DLMF 8.11.4: the mass of a, times the sum of x^k / ((a + 1) ... (a + k)) */
static double gamma_lower(double a, real x)
{
	double at = (double)x, term = 1, sum = 1;

	for (double k = 1; term > sum * (DBL_EPSILON / 8); k++) {
		term *= at / (a + k);
		sum += term;
	}
	return poisson_mass(a, x) * sum;
}

/* Q(a, x), DLMF 8.9.2, even part */
static double gamma_upper(double a, real x)
{
	double at = (double)x;
	struct convergents c = convergents_from(at + 1 - a);

	for (double k = 1; convergents_step(&c, k * (a - k), at + 2 * k + 1 - a); k++)
		;
	return poisson_mass(a, x) * a * c.below / c.above;
}

/* lower or upper: P(a, x) or Q(a, x) */
static double gamma_tail(double a, real x, enum tail tail)
{
	bool is_lower = x < a + 1;
	double side = is_lower ? gamma_lower(a, x) : gamma_upper(a, x);

	return is_lower == (tail == LOWER) ? side : 1 - side;
}

/* I_x(a, b) for x below about a / (a + b): num.c's fraction (Algorithm 708, BFRAC). x^a y^b / B(a, b) is the mass of a in a + b,
 * times a b / (a + b). */
static double beta_lower(double a, double b, real x, real y)
{
	double at = (double)x, from_mean = (double)(a * y - b * x) + 1, y1 = 1 + (double)y, by_odd = 1 / (a + 1);
	struct convergents c = convergents_from(a * from_mean * by_odd);
	bool goes_on = true;

	for (double m = 1; goes_on; m++) {
		double by_next = 1 / (a + 2 * m + 1), part = m * (b - m) * at * by_odd;

		goes_on = convergents_step(&c, (a + m - 1) * (a + b + m - 1) * at * by_odd * part,
		                           m + part + (a + m) * (from_mean + m * y1) * by_next);
		by_odd = by_next;
	}
	return binomial_mass(a, b, x, y) * a * b / (a + b) * c.below / c.above;
}

static double beta_tail(double a, double b, real x, real y, enum tail tail)
{
	bool is_lower = x < (a + 1) / (a + b + 2);
	double side = is_lower ? beta_lower(a, b, x, y) : beta_lower(b, a, y, x);

	return is_lower == (tail == LOWER) ? side : 1 - side;
}

/* ---- normal ---- */

/* erfc(z / sqrt(2)) / 2. An argument off by `rest` tells where erfc is steep: its slope there is -(x + sqrt(x^2 + 4 / pi)) times itself,
 * within some percent (DLMF 7.8.2). */
static double normal_upper(real z)
{
	real exact = z * SQRT_HALF;
	double x = (double)exact, rest = (double)(exact - x), tail = erfc(x) / 2;

	return x > 1 ? tail - tail * rest * (x + sqrt(x * x + FOUR_BY_PI)) : tail;
}

/* e^(-z^2 / 2) / sqrt(2 pi), what rounding takes from the exponent given back */
static double normal_density(real z)
{
	real exact = z * z / 2;
	double x = (double)exact;

	return exp(-x) * (1 - (double)(exact - x)) / SQRT_TWO_PI;
}

/* c[0] + c[1] x + ... + c[7] x^7, pairs first, so that the processor need not wait */
static double polynomial(const double c[8], double x)
{
	double x2 = x * x;

	return c[0] + c[1] * x + x2 * (c[2] + c[3] * x) + x2 * x2 * (c[4] + c[5] * x + x2 * (c[6] + c[7] * x));
}

/* AS 241, PPND16: the z with P(Z <= z) = p, of a p within (0, 1) */
static double normal_quantile(double p)
{
	static const double a[] = { 3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
		                    4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3 };
	static const double b[] = { 1, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
		                    2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3 };
	static const double c[] = { 1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
		                    1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4 };
	static const double d[] = { 1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
		                    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9 };
	static const double e[] = { 6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
		                    2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7 };
	static const double f[] = { 1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
		                    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15 };
	double from_half = p - .5, r, z;

	if (fabs(from_half) <= .425) {
		r = .180625 - from_half * from_half;
		return from_half * polynomial(a, r) / polynomial(b, r);
	}
	r = sqrt(-log(from_half < 0 ? p : 1 - p));
	z = r <= 5 ? polynomial(c, r - 1.6) / polynomial(d, r - 1.6) : polynomial(e, r - 5) / polynomial(f, r - 5);
	return from_half < 0 ? -z : z;
}

/* ---- the families ---- */

/* Is it said, being no less than LEAST? NaN is not. */
static bool say(double value, double *ret)
{
	if (!(value >= LEAST))
		return false;
	*ret = value;
	return true;
}

static bool is_proper(real p) { return p > 0 && p < 1; }

/* P(T > t) = I_x(f / 2, 1 / 2) / 2 with x = f / (f + t^2), t > 0 */
static double student_tail(double f, double t, enum tail tail)
{
	real square = (real)t * t, sum = f + square;
	double outer = beta_tail(f / 2, .5, f / sum, square / sum, LOWER) / 2;

	return (t < 0) == (tail == LOWER) ? outer : 1 - outer;
}

static double fisher_tail(double m, double n, double x, enum tail tail)
{
	real sum = (real)m * x + n;

	return beta_tail(m / 2, n / 2, (real)m * x / sum, n / sum, tail);
}

/* gamma((f + 1) / 2) / (sqrt(f pi) gamma(f / 2)) (1 + t^2 / f)^(-(f + 1) / 2) */
static double student_density(double f, double t)
{
	double constant = stirling_error((f + 1) / 2) - stirling_error(f / 2) - deviance(f / 2, (f + 1) / 2);

	return exp(constant - (f + 1) / 2 * log1p(t * t / f)) / SQRT_TWO_PI;
}

static double fisher_density(double m, double n, double x)
{
	real sum = (real)m * x + n;

	return binomial_mass(m / 2, n / 2, (real)m * x / sum, n / sum) * m / (2 * x) * (n / (m + n));
}

static bool is_size(real x) { return x >= 1e-100L && x <= PARAMETER_MOST; }
static bool is_freedom(real f) { return f >= FREEDOM_LEAST && f <= PARAMETER_MOST; }

/* Neither an edge of the support nor beyond it, and parameters that doubles bear */
static bool is_inner(const struct distribution *d, double x)
{
	switch (d->family) {
	case BINOMIAL: return x > 0 && x < d->a && is_proper(d->b);
	case NORMAL: return isfinite(x);
	case POISSON: return is_size(x) && d->a <= PARAMETER_MOST;
	case STUDENT: return is_size(fabs(x)) && is_freedom(d->a);
	case CHI_SQUARE: return is_size(x) && is_freedom(d->a);
	case FISHER: return is_size(x) && is_freedom(d->a) && is_freedom(d->b);
	case NEGATIVE_BINOMIAL: break;
	}
	return false;
}

bool quick_density(const struct distribution *d, double x, double *ret)
{
	double a = (double)d->a, b = (double)d->b;

	if (!is_inner(d, x) || (distribution_is_discrete(d) && floor(x) != x))
		return false;
	switch (d->family) {
	case BINOMIAL: return say(binomial_mass(x, a - x, d->b, 1 - d->b), ret);
	case NORMAL: return say(normal_density((x - d->a) / d->b) / b, ret);
	case POISSON: return say(poisson_mass(x, d->a), ret);
	case STUDENT: return say(student_density(a, x), ret);
	case CHI_SQUARE: return say(poisson_mass(a / 2, (real)x / 2) * a / (2 * x), ret);
	case FISHER: return say(fisher_density(a, b, x), ret);
	case NEGATIVE_BINOMIAL: break;
	}
	return false;
}

bool quick_tail(const struct distribution *d, enum tail tail, double x, double *ret)
{
	enum tail other = tail == LOWER ? UPPER : LOWER;
	double a = (double)d->a, k = distribution_is_discrete(d) ? floor(x) : x;
	real z;

	if (!is_inner(d, k))
		return false;
	switch (d->family) {
	case BINOMIAL: return a <= PARAMETER_MOST && say(beta_tail(k + 1, a - k, d->b, 1 - d->b, other), ret);
	case NORMAL:
		z = (x - d->a) / d->b;
		return say(normal_upper(tail == LOWER ? -z : z), ret);
	case POISSON: return say(gamma_tail(k + 1, d->a, other), ret);
	case STUDENT: return say(student_tail(a, x, tail), ret);
	case CHI_SQUARE: return say(gamma_tail(a / 2, (real)x / 2, tail), ret);
	case FISHER: return say(fisher_tail(a, (double)d->b, x, tail), ret);
	case NEGATIVE_BINOMIAL: break;
	}
	return false;
}

/* ---- quantiles ---- */

/* A sum near 0 of mean and deviation has lost digits that there were. */
static bool normal_at(const struct distribution *d, double z, double *ret)
{
	real x = d->a + d->b * z;

	if (fabsl(x) < fabsl(d->a) / 16)
		return false;
	*ret = (double)x;
	return true;
}

/* Where the normal distribution, bent by the skewness, has it (Cornish and Fisher 1937); odds 0: Poisson */
static double count_near(const struct distribution *d, double odds, double z)
{
	double mean = (double)(odds > 0 ? d->a * d->b : d->a), q = odds > 0 ? (double)(1 - d->b) : 1, sd = sqrt(mean * q);

	return floor(mean + sd * z + (2 * q - 1) * (z * z - 1) / 6);
}

/* The mass of k + 1 by that of k */
static double growth(const struct distribution *d, double odds, double k)
{
	return odds > 0 ? ((double)d->a - k) / (k + 1) * odds : (double)d->a / (k + 1);
}

/* From a count near it to the first whose tail has reached p, one by one. Which it is is not known where one comes as near to p as what
 * all the steps may be off. */
static bool count_quantile(const struct distribution *d, enum tail tail, double p, double *ret)
{
	enum { STEPS = 50 };
	double odds = d->family == BINOMIAL ? (double)(d->b / (1 - d->b)) : 0, z = normal_quantile(p), at, mass, over, doubt;
	double k = count_near(d, odds, tail == LOWER ? z : -z);

	if (!quick_tail(d, tail, k, &at) || !quick_density(d, k, &mass))
		return false;
	over = tail == LOWER ? at - p : p - at; /* how far p is passed at k: it grows with k */
	doubt = 1e-12 * (p + at);
	for (int i = 0; i < STEPS && fabs(over) > doubt && fabs(over - mass) > doubt; i++) {
		if (over > 0 && over < mass) {
			*ret = k;
			return true;
		}
		if (over > 0) {
			over -= mass;
			mass /= growth(d, odds, --k);
		} else {
			mass *= growth(d, odds, k++);
			over += mass;
		}
	}
	return false;
}

bool quick_quantile(const struct distribution *d, enum tail tail, double p, double *ret)
{
	if (!(p >= LEAST && p <= 1 - DBL_EPSILON))
		return false;
	if (p > .5) /* 1 - p is exact */
		return quick_quantile(d, tail == LOWER ? UPPER : LOWER, 1 - p, ret);
	switch (d->family) {
	case BINOMIAL: return is_proper(d->b) && count_quantile(d, tail, p, ret);
	case POISSON: return count_quantile(d, tail, p, ret);
	case NORMAL: return normal_at(d, tail == LOWER ? normal_quantile(p) : -normal_quantile(p), ret);
	case NEGATIVE_BINOMIAL: case STUDENT: case CHI_SQUARE: case FISHER: break;
	}
	return false;
}
