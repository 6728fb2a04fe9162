/* quick.h - distributions in doubles, for where doubles do: within 5e-14 of what distribution.c says, in the middle within some
 * 1e-15, at a quarter of the cost. false, and nothing said: the question lies at an edge, in a far tail, or its parameters are large, and is for
 * distribution.c. Inner to this room. */
#ifndef STATS_QUICK_H
#define STATS_QUICK_H

#include "stats/stats.h"

bool quick_density(const struct distribution *d, double x, double *ret) MUST;
bool quick_tail(const struct distribution *d, enum tail tail, double x, double *ret) MUST;

/* Of the normal distribution and of counts. A count is the right one or none: where a probability lies so near to a step that rounding
 * could tell wrong, nothing is said. */
bool quick_quantile(const struct distribution *d, enum tail tail, double p, double *ret) MUST;

#endif
