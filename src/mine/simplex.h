/* simplex.h - the smallest value of a function of a few numbers, without derivatives: Nelder and Mead, Computer Journal 7 (1965), begun anew at
 * its end until that no longer helps. */
#ifndef MINE_SIMPLEX_H
#define MINE_SIMPLEX_H

#include <stdbool.h>
#include <stddef.h>

#include "num/num.h"

enum { SIMPLEX_MAX = 8 };

struct simplex_task {
	real (*of)(void *self, const double *x); /* NaN counts as infinity */
	void *self;
	size_t n;
};

/* x: where to begin, then where it is smallest. false: the evaluations (20,000) were not enough. */
bool simplex_minimise(const struct simplex_task *t, double *x, real *ret);

#endif
