/* stats.h - distributions: a family with checked parameters, and what can be asked of it.
 * Pure: no allocation, no state, no clock. A distribution is made by a constructor, which refuses parameters that make none;
 * whatever is asked of a made one has an answer. Every probability has its complement and its logarithm, computed and not
 * subtracted. Standard deviation and variance are two constructors, since one taken for the other is the commonest error. */
#ifndef STATS_STATS_H
#define STATS_STATS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/problem.h"
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
double distribution_log_density(const struct distribution *d, double x);
struct tails distribution_tails(const struct distribution *d, double x); /* lower: P(X <= x), upper: P(X > x) */

/* The smallest x with P(X <= x) >= p; upper: the smallest with P(X > x) <= p. The log form takes ln p. */
enum tail { LOWER, UPPER };
problem distribution_quantile(const struct distribution *d, enum tail tail, double p, double *ret) MUST;
problem distribution_log_quantile(const struct distribution *d, enum tail tail, double log_p, double *ret) MUST;

/* zhifang stats ...: words after `stats`; the status the program ends with. */
int stats_command(int count, const char **words, FILE *out, FILE *err);

#endif
