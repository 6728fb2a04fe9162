/* tall.h - least squares of many rows and few columns, where qr.h takes long: R in double, by blocks of rows (Demmel, Grigori, Hoemmen and
 * Langou, "Communication-optimal parallel and sequential QR", SIAM J. Sci. Comput. 34, 2012: the flat tree), then coefficients refined
 * from R alone by residuals in `real` (corrected seminormal equations: Bjorck, Linear Algebra and its Applications 88, 1987). Where
 * columns are too near to each other for that, it says so, and qr.h is to be taken. */
#ifndef NUM_TALL_H
#define NUM_TALL_H

#include "num/qr.h"

/* Each step's error is at most the square of this, times 2^-53, of that before it. */
#define TALL_CONDITION 1e4L

/* Fills scale, order, r and rank, and of a its rows and columns: qr_inverse and qr_condition take it; there are no reflections.
 * false: a column is zero, or the condition is above TALL_CONDITION. x is finite and has at least as many rows as columns. */
bool tall_of(struct arena *arena, const struct matrix *x, struct qr *ret);

/* b (columns) of least squares of y, and the residual y - X b (rows) */
void tall_solve(struct arena *arena, const struct qr *q, const struct matrix *x, const real *y, real *b, real *residual);

/* Of the rows of Q = X R^-1: length (rows), their squared lengths; part (columns) = Q' w for w (rows) */
void tall_rows(struct arena *arena, const struct qr *q, const struct matrix *x, const real *w, real *length, real *part);

#endif
