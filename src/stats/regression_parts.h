/* regression_parts.h - what linear.c and logistic.c share. */
#ifndef STATS_REGRESSION_PARTS_H
#define STATS_REGRESSION_PARTS_H

#include <math.h>

#include "stats/regression.h"

/* Infinite, none, or nothing as a double */
static inline bool is_beyond(real x) { return !isfinite((double)x) || (x != 0 && (double)x == 0); }

problem design__check(const struct design *d, struct place *where) MUST; /* finite, more rows than columns, no constant */
problem design__decompose(struct arena *arena, const struct design *d, struct qr *ret, struct place *where) MUST;

#endif
