/* points.h - rows of numbers as points: what clusters are made of. */
#ifndef MINE_POINTS_H
#define MINE_POINTS_H

#include "base/arena.h"
#include "base/problem.h"

enum { POINTS_CELLS_MAX = 1 << 28 };

extern const struct problem points_unfit; /* 422: no rows, more than POINTS_CELLS_MAX cells, or one that is no finite number below 1e100 */

/* Row by row: column j of row i is at[i * columns + j]. */
struct points {
	const double *at;
	size_t rows, columns;
};

problem points_check(const struct points *p) MUST;

/* Mean 0 and population standard deviation 1 in each column, so that units do not decide who is near. A constant column becomes 0, its
 * sd is told as 0. mean, sd: (columns); at: (rows, columns), may be p's own. */
void points_standardise(const struct points *p, double *mean, double *sd, double *at);

#endif
