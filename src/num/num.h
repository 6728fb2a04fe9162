/* num.h - functions of one or two numbers that the C library lacks, and those of its own in one word length.
 * Pure: no state, no allocation. Everything is `real` (x87: 64 bits of mantissa, range to 1e-4932), so that what is handed on as
 * a double is rounded once, also in the far tails. Never build this with -ffast-math. */
#ifndef NUM_NUM_H
#define NUM_NUM_H

#include <stdbool.h>

typedef long double real;

/* Are squares about a mean, beside those about 0, no more than the rounding of doubles? Equal values give such, not 0. */
static inline bool real_is_rounding(real about_mean, real about_zero) { return about_mean <= 1e-27L * about_zero; }

/* A probability and its complement, each computed so that neither loses digits when it is the small one. */
struct tails {
	real lower, upper;
	real log_lower, log_upper;
};

struct tails tails_of_log(real log_lower); /* from ln of the lower tail, at most 0 */
struct tails tails_swapped(struct tails t);
struct tails tails_halved(struct tails t); /* lower = its lower / 2 */

real num_log_gamma(real x);      /* ln |gamma(x)| */
real num_erf(real x);
real num_stirling_error(real x); /* ln gamma(x + 1) - ln(sqrt(2 pi x) (x / e)^x), x > 0 */
real num_log1p_less(real x);     /* ln(1 + x) - x, x > -1 */
real num_deviance(real x, real mean); /* x ln(x / mean) + mean - x, both > 0 */

/* ln of the Poisson mass x^k e^-x / gamma(k + 1) and of the binomial mass of k in n, k and n any real numbers, 0 <= k <= n.
 * q = 1 - p is given, since it may be known better than 1 - p can say. */
real num_log_poisson(real k, real mean);
real num_log_binomial(real k, real n, real p, real q);

struct tails num_gamma(real a, real x);        /* regularised incomplete gamma: lower P(a, x), upper Q(a, x); a > 0, x >= 0 */
struct tails num_beta(real a, real b, real x, real y); /* regularised incomplete beta I_x(a, b); y = 1 - x; a, b > 0 */
struct tails num_normal(real z);               /* standard normal */
struct tails num_kolmogorov(real x);           /* limit of sqrt(n) times Kolmogorov's distance; x > 0 */

#endif
