/* qr.h - least squares: X = Q R by Householder's reflections with column pivoting (Businger and Golub, Numerische Mathematik 7, 1965),
 * in `real`. Columns are scaled to length 1 first, so that units do not decide the rank. A solution can be refined together with
 * its residual (Bjorck, BIT 7, 1967), the residuals of which are summed in twice the precision. */
#ifndef NUM_QR_H
#define NUM_QR_H

#include "base/arena.h"
#include "num/num.h"

/* Column by column: the value of row i in column j is at[j * rows + i]. */
struct matrix {
	size_t rows, columns;
	real *at;
};

static inline real *matrix_column(const struct matrix *m, size_t j) { return m->at + j * m->rows; }
struct matrix matrix_new(struct arena *arena, size_t rows, size_t columns);

/* A column that is a sum of others up to the thirteenth digit of its length is taken for one: data are doubles. */
#define QR_TOLERANCE 1e-13L

struct qr {
	struct matrix a;   /* below the diagonal the reflections, on it and above R; after qr_expand the columns of Q */
	real *r;           /* (columns, columns) row by row: R, upper triangle */
	real *head;        /* of each reflection, its first element */
	real *scale;       /* of each column of X, its length */
	size_t *order;     /* order[k]: the column of X that stands k-th */
	size_t rank;       /* below columns: X's columns order[rank..] are sums of the others, or zero */
};

/* x has at least as many rows as columns, all finite. */
void qr_of(struct arena *arena, const struct matrix *x, struct qr *ret);

/* With a rank below columns: the last column of X, as they were given, that is a sum of others. */
size_t qr_dependent(struct arena *arena, const struct qr *q);

/* The rest wants full rank. */
void qr_turn(const struct qr *q, real *y);        /* y (rows) = Q' y */
void qr_turn_back(const struct qr *q, real *y);   /* y (rows) = Q y */
/* b (columns) of least squares of y, and the residual y - X b (rows), refined until it no longer changes */
void qr_solve(struct arena *arena, const struct qr *q, const struct matrix *x, const real *y, real *b, real *residual);
void qr_inverse(struct arena *arena, const struct qr *q, real *ret); /* (columns, columns) (X'X)^-1 */
void qr_coefficients(const struct qr *q, real *g, real *b); /* b (columns) of X b = Q g; g is used up */
void qr_expand(struct arena *arena, struct qr *q); /* reflections into Q's columns; afterwards neither turn nor solve */
/* Largest by smallest singular value of X with columns of length 1 (Belsley, Kuh and Welsch 1980), by Jacobi's rotations of R. */
real qr_condition(struct arena *arena, const struct qr *q);

#endif
