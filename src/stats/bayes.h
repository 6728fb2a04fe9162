/* bayes.h - what is known after something was seen: Bayes' rule, and a share from counts with what it may be.
 * Gelman, Carlin, Stern and Rubin, Bayesian Data Analysis (2nd ed. 2004), chapters 1 and 2. */
#ifndef STATS_BAYES_H
#define STATS_BAYES_H

#include "stats/stats.h"

/* k causes of which one holds: how likely each was, and how likely what was seen is under each. posterior (k) sums to 1; evidence: how
 * likely it was to be seen at all. Refused: a prior that does not sum to 1, and what none of them could bring about. */
problem bayes_rule(const double *prior, const double *likelihood, size_t k, double *posterior, double *evidence) MUST;

/* A share before anything is seen, as so many cases with and without it: Beta(yes, no). Jeffreys: half a case of each. */
struct prior {
	double yes, no;
};
static const struct prior PRIOR_JEFFREYS = { .5, .5 };

struct belief {
	double mean;            /* (x + yes) / (n + yes + no) */
	struct interval within; /* with equal tails */
};

problem bayes_share(double x, double n, struct prior prior, double level, struct belief *ret) MUST;

/* One value of a column, or a band of counts */
struct cell {
	double from, to; /* inclusive */
	double n, happened;
};

/* Counts of the rows whose value lies in each cell; values outside all are in none. happened (rows): 0 or 1 */
void bayes_count(const double *value, const double *happened, size_t rows, struct cell *cells, size_t count);

#endif
