/* num.c - special functions, each after the formula named above it.
 * Loader: C. Loader, "Fast and accurate computation of binomial probabilities" (2000).
 * DLMF: NIST Digital Library of Mathematical Functions, dlmf.nist.gov, by equation. */
#include "num/num.h"

#include <assert.h>
#include <float.h>
#include <math.h>

#define PI          3.14159265358979323846264338327950288L
#define LOG_2PI     1.83787706640934548356065947281123527L
#define SQRT_HALF   0.70710678118654752440084436210484904L

/* ---- a probability and its complement ---- */

struct tails tails_of_log(real log_lower)
{
	struct tails t = { .log_lower = fminl(log_lower, 0) };

	t.lower = expl(t.log_lower);
	t.upper = 0 - expm1l(t.log_lower); /* never -0 */
	t.log_upper = t.lower < .5L ? log1pl(-t.lower) : logl(t.upper);
	return t;
}

struct tails tails_swapped(struct tails t)
{
	return (struct tails){ t.upper, t.lower, t.log_upper, t.log_lower };
}

struct tails tails_halved(struct tails t)
{
	real upper = .5L + t.upper / 2;

	return (struct tails){ t.lower / 2, upper, t.log_lower - logl(2), log1pl(-t.lower / 2) };
}

/* ---- gamma and the masses made of it ---- */

real num_log_gamma(real x)
{
	int sign;

	return lgammal_r(x, &sign); /* lgammal writes a global */
}

real num_erf(real x) { return erfl(x); }

/* DLMF 5.11.1: sum of B(2k) / (2k (2k-1) x^(2k-1)); ten terms give 1e-22 from 15 on. */
real num_stirling_error(real x)
{
	static const real terms[] = {
		1 / 12.L, -1 / 360.L, 1 / 1260.L, -1 / 1680.L, 1 / 1188.L, -691 / 360360.L, 1 / 156.L, -3617 / 122400.L,
		43867 / 244188.L, -174611 / 125400.L,
	};
	real sum = 0;

	assert(x > 0);
	if (x < 15)
		return num_log_gamma(x + 1) - (x + .5L) * logl(x) + x - LOG_2PI / 2;
	for (int k = sizeof terms / sizeof *terms; k-- > 0;)
		sum = sum / (x * x) + terms[k];
	return sum / x;
}

/* With r = x / (2 + x): ln(1 + x) = 2 atanh(r), and 2 r - x = -r x (DLMF 4.6.4). */
real num_log1p_less(real x)
{
	real r = x / (2 + x), power = r * r, sum = 0, term = 1;

	if (fabsl(x) > .5L)
		return log1pl(x) - x;
	for (int k = 3; fabsl(term) > LDBL_EPSILON * fabsl(sum) / 8 && k < 200; k += 2, power *= r * r) {
		term = power / (real)k;
		sum += term;
	}
	return 2 * r * sum - r * x;
}

/* Loader's bd0: half the deviance of one observation. */
real num_deviance(real x, real mean)
{
	real d = (x - mean) / mean;

	if (fabsl(d) > .5L)
		return x * (logl(x) - logl(mean)) + mean - x;
	return x * num_log1p_less(d) + d * (x - mean);
}

real num_log_poisson(real k, real mean)
{
	assert(k >= 0 && mean > 0);
	if (k == 0)
		return -mean;
	return -num_stirling_error(k) - num_deviance(k, mean) - (LOG_2PI + logl(k)) / 2;
}

real num_log_binomial(real k, real n, real p, real q)
{
	real rest = n - k;

	assert(k >= 0 && rest >= 0 && p > 0 && q > 0);
	if (k == 0)
		return n * (p < .5L ? log1pl(-p) : logl(q));
	if (rest == 0)
		return n * (q < .5L ? log1pl(-q) : logl(p));
	return num_stirling_error(n) - num_stirling_error(k) - num_stirling_error(rest) - num_deviance(k, n * p) -
	       num_deviance(rest, n * q) - (LOG_2PI + logl(k) + logl(rest / n)) / 2;
}

/* ---- incomplete gamma and beta ---- */

/* Lentz's method for b0 + a1 / (b1 + a2 / (b2 + ...)), one step at a time. */
struct fraction {
	real value, c, d;
};

static struct fraction fraction_from(real b0) { return (struct fraction){ b0, b0, 0 }; }

static bool fraction_step(struct fraction *f, real a, real b)
{
	static const real tiny = LDBL_MIN * 1e20L;
	real factor;

	f->d = b + a * f->d;
	f->c = b + a / f->c;
	f->d = 1 / (f->d == 0 ? tiny : f->d);
	f->c = f->c == 0 ? tiny : f->c;
	factor = f->c * f->d;
	f->value *= factor;
	return fabsl(factor - 1) > LDBL_EPSILON;
}

/* More than any argument that stats lets in needs (they grow with the root of the largest); after it the digits are lost anyway. */
static const long STEPS_MAX = 100000000;

/* DLMF 8.11.4: P(a, x) = x^a e^-x / gamma(a + 1) * sum of x^k / ((a + 1) ... (a + k)) */
static real log_gamma_series(real a, real x)
{
	real term = 1, sum = 1;

	for (long k = 1; term > sum * LDBL_EPSILON / 4 && k < STEPS_MAX; k++) {
		term *= x / (a + (real)k);
		sum += term;
	}
	return num_log_poisson(a, x) + logl(sum);
}

/* DLMF 8.9.2, even part: Q(a, x) = x^a e^-x / gamma(a) / (x + 1 - a - 1 (1 - a) / (x + 3 - a - ...)) */
static real log_gamma_fraction(real a, real x)
{
	struct fraction f = fraction_from(x + 1 - a);

	for (long k = 1; k < STEPS_MAX; k++) {
		if (!fraction_step(&f, (real)k * (a - (real)k), x + (real)(2 * k + 1) - a))
			break;
	}
	return num_log_poisson(a, x) + logl(a) - logl(f.value);
}

struct tails num_gamma(real a, real x)
{
	assert(a > 0 && x >= 0);
	if (x == 0)
		return tails_of_log(-INFINITY);
	if (isinf(x))
		return tails_of_log(0);
	if (x < a + 1)
		return tails_of_log(log_gamma_series(a, x));
	return tails_swapped(tails_of_log(log_gamma_fraction(a, x)));
}

/* The even part of DLMF 8.17.22, written so that all its terms keep one sign where it is used (x < a / (a + b), b > 1): Didonato and
 * Morris, "Algorithm 708" (ACM TOMS 18, 1992), equation for BFRAC. I_x(a, b) = x^a y^b / B(a, b) / (b0 + a1 / (b1 + ...)), and
 * x^a y^b / B(a, b) is the binomial mass of a in a + b, times a b / (a + b). */
static real log_beta_fraction(real a, real b, real x, real y)
{
	real from_mean = a * y - b * x + 1;
	struct fraction f = fraction_from(a * from_mean / (a + 1));

	for (long k = 1; k < STEPS_MAX; k++) {
		real m = (real)k, odd = a + 2 * m - 1;
		real above = (a + m - 1) / odd * ((a + b + m - 1) / odd) * m * (b - m) * x * x;
		real below = m + m * (b - m) * x / odd + (a + m) * (from_mean + m * (1 + y)) / (a + 2 * m + 1);

		if (!fraction_step(&f, above, below))
			break;
	}
	return num_log_binomial(a, a + b, x, y) + logl(a * (b / (a + b))) - logl(f.value);
}

struct tails num_beta(real a, real b, real x, real y)
{
	assert(a > 0 && b > 0 && x >= 0 && y >= 0);
	if (x == 0)
		return tails_of_log(-INFINITY);
	if (y == 0)
		return tails_of_log(0);
	if (x < (a + 1) / (a + b + 2))
		return tails_of_log(log_beta_fraction(a, b, x, y));
	return tails_swapped(tails_of_log(log_beta_fraction(b, a, y, x)));
}

/* ---- normal, Kolmogorov ---- */

/* DLMF 7.9.1: Q(z) = density(z) / (z + 1 / (z + 2 / (z + ...))), for z where erfc is near its end */
static real log_normal_far(real z)
{
	struct fraction f = fraction_from(z);

	for (long k = 1; fraction_step(&f, (real)k, z) && k < 1000; k++)
		;
	return -z * z / 2 - LOG_2PI / 2 - logl(f.value);
}

struct tails num_normal(real z)
{
	real far = fabsl(z);
	struct tails small;

	if (far > 20) {
		small = tails_of_log(isinf(far) ? -INFINITY : log_normal_far(far));
	} else {
		small = (struct tails){ .lower = erfcl(far * SQRT_HALF) / 2 };
		small.upper = 1 - small.lower;
		small.log_lower = logl(small.lower);
		small.log_upper = log1pl(-small.lower);
	}
	return z < 0 ? small : tails_swapped(small);
}

/* Two forms of one theta function; each converges in a few terms on its side of 1 (Kolmogorov 1933; Feller 1948). */
struct tails num_kolmogorov(real x)
{
	real sum = 0;

	assert(x > 0);
	if (x < 1) {
		for (int k = 1; k < 20; k += 2)
			sum += expl(-(real)(k * k - 1) * PI * PI / (8 * x * x));
		return tails_of_log(LOG_2PI / 2 - logl(x) - PI * PI / (8 * x * x) + logl(sum));
	}
	for (int k = 1; k < 20; k++)
		sum += (k % 2 ? 2 : -2) * expl(-2 * (real)(k * k - 1) * x * x);
	return tails_swapped(tails_of_log(logl(sum) - 2 * x * x));
}
