/* stats.h - distributions: a family with checked parameters, and what can be asked of it.
 * Pure: no allocation, no state, no clock. A distribution is made by a constructor, which refuses parameters that make none;
 * whatever is asked of a made one has an answer. Every probability has its complement and its logarithm, computed and not
 * subtracted. Standard deviation and variance are two constructors, since one taken for the other is the commonest error. */
#ifndef STATS_STATS_H
#define STATS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/problem.h"
#include "base/text.h"
#include "num/num.h"

extern const struct problem distribution_unfit; /* parameters that make no distribution, beyond 1e12, or a shape below 0.001 */
extern const struct problem probability_unfit;  /* not within [0, 1], or a logarithm above 0, or no number */

enum family { BINOMIAL, NORMAL, POISSON, NEGATIVE_BINOMIAL, STUDENT, CHI_SQUARE, FISHER };

struct distribution {
	enum family family;
	real a, b; /* of the constructor, in its order; normal: mean and standard deviation */
};

problem bernoulli_of(double p, struct distribution *ret) MUST;
problem binomial_of(double n, double p, struct distribution *ret) MUST;
problem normal_of_sd(double mean, double sd, struct distribution *ret) MUST;
problem normal_of_variance(double mean, double variance, struct distribution *ret) MUST;
problem poisson_of(double mean, struct distribution *ret) MUST;
/* failures before the size-th success, each trial a success with p; size any number above 0 */
problem negative_binomial_of(double size, double p, struct distribution *ret) MUST;
problem student_of(double freedom, struct distribution *ret) MUST;
problem chi_square_of(double freedom, struct distribution *ret) MUST;
problem fisher_of(double freedom_above, double freedom_below, struct distribution *ret) MUST;

bool distribution_is_discrete(const struct distribution *d);
double distribution_mean(const struct distribution *d);     /* NaN or infinity where there is none */
double distribution_variance(const struct distribution *d);
double distribution_density(const struct distribution *d, double x); /* of a count: its probability */
double distribution_exact_density(const struct distribution *d, double x); /* right to the last digit, in several times the time */
double distribution_log_density(const struct distribution *d, double x);
struct tails distribution_tails(const struct distribution *d, double x); /* lower: P(X <= x), upper: P(X > x) */

/* One of them alone, several times as quick */
enum tail { LOWER, UPPER };
double distribution_tail(const struct distribution *d, enum tail tail, double x);

/* The smallest x with P(X <= x) >= p; upper: the smallest with P(X > x) <= p. The log form takes ln p. */
problem distribution_quantile(const struct distribution *d, enum tail tail, double p, double *ret) MUST;
problem distribution_exact_quantile(const struct distribution *d, enum tail tail, double p, double *ret) MUST; /* of a normal one right to the last digit, in more time */
problem distribution_log_quantile(const struct distribution *d, enum tail tail, double log_p, double *ret) MUST;

/* ---- fit and goodness of fit (fit.c): n values in, no state ---- */

extern const struct problem level_unfit;  /* a level of confidence lies between 0 and 1 */
extern const struct problem sample_unfit; /* too few values, or one that is no finite number or no count */

/* Central moments by n, as maximum likelihood takes them: variance unbiased is variance * n / (n - 1). */
struct moments {
	double mean, variance, skewness, kurtosis; /* the last two NaN where all values are equal */
};

/* Of sorted values, between neighbours in proportion (Hyndman and Fan's type 7, as R and spreadsheets do); p within [0, 1], n > 0 */
double sample_quantile(const double *sorted, size_t n, double p);
problem moments_of(const double *x, size_t n, struct moments *ret) MUST;

/* Maximum likelihood, but for the negative binomial, which is by moments and wants a variance above the mean. */
problem normal_fit(const double *x, size_t n, struct distribution *ret) MUST;
problem bernoulli_fit(const double *x, size_t n, struct distribution *ret) MUST;
bool bernoulli_word(struct text word, bool *ret); /* 1, yes, true; 0, no, false; with a capital first, or all of them. false: none of these */
problem poisson_fit(const double *x, size_t n, struct distribution *ret) MUST;
problem negative_binomial_fit(const double *x, size_t n, struct distribution *ret) MUST;
double distribution_log_likelihood(const struct distribution *d, const double *x, size_t n);

/* What a test says: its statistic, and how likely one at least as large is if the distribution is right. */
struct verdict {
	double statistic, freedom, p, log_p;
};

struct interval {
	double low, high;
};

/* Sorted upwards. p is the limit for large n, and for a distribution that was not fitted to the same values: a fitted one makes it
 * too large. */
problem fit_kolmogorov(const struct distribution *d, const double *sorted, size_t n, struct verdict *ret) MUST;
problem fit_anderson_darling(const struct distribution *d, const double *sorted, size_t n, double *ret) MUST;
problem fit_jarque_bera(const double *x, size_t n, struct verdict *ret) MUST; /* are they normal? chi-square with 2 */
/* observed[k] times the count k; the last is that count and all above it. Neighbours are put together until 5 are expected of them.
 * fitted parameters cost as many degrees of freedom. */
problem fit_chi_square(const struct distribution *d, const double *observed, size_t bins, int fitted, struct verdict *ret) MUST;

/* zhifang stats ...: words after `stats`; the status the program ends with. */
int stats_command(int count, const char **words, FILE *out, FILE *err);

#endif
