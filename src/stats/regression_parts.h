/* regression_parts.h - what linear.c and logistic.c share. */
#ifndef STATS_REGRESSION_PARTS_H
#define STATS_REGRESSION_PARTS_H

#include "stats/regression.h"

problem design__check(const struct design *d, struct place *where) MUST; /* finite, more rows than columns, no constant */
problem design__decompose(struct arena *arena, const struct design *d, struct qr *ret, struct place *where) MUST;

#endif
