/* dense.h - small dense matrices of floats: products, Gram matrices, Cholesky, in code for the processor at hand (AVX-512, AVX2, or
 * plain C). Sizes are any; nothing needs to be aligned.
 *
 * Each result is a fixed sequence of roundings: the same bits for the same arguments on the same path, wherever a row stands in
 * its matrix, so rows may be shared out over threads as one likes. Paths differ from each other by rounding only. Not
 * checked for NaN: what goes in comes out. */
#ifndef NUM_DENSE_H
#define NUM_DENSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Row by row: the value of row i in column j is at[i * stride + j]; stride >= columns. */
struct dense {
	size_t rows, columns, stride;
	float *at;
};

static inline struct dense dense_of(float *at, size_t rows, size_t columns) { return (struct dense){ rows, columns, columns, at }; }
static inline float *dense_row(const struct dense *m, size_t i) { return m->at + i * m->stride; }
/* Rows from..from + count - 1 of m, where they lie. */
static inline struct dense dense_rows(const struct dense *m, size_t from, size_t count)
{
	return (struct dense){ count, m->columns, m->stride, m->at + from * m->stride };
}

float dense_dot(const float *a, const float *b, size_t n);
void dense_axpy(float *y, float a, const float *x, size_t n); /* y += a x */

/* ---- matrix by vector; y overlaps with nothing ---- */

void dense_gemv(float *y, const struct dense *a, const float *x);   /* y (rows) = A x */
void dense_gemv_t(float *y, const struct dense *a, const float *x); /* y (columns) += A' x */
/* Rows of a matrix by their numbers, in any order. A product over them may be interrupted after each DENSE_AT_ONCE. */
enum { DENSE_AT_ONCE = 8 };
struct dense_some {
	const struct dense *of;
	const uint32_t *rows; /* (count + soon) */
	size_t count, soon;   /* soon: how many more are wanted right after these, and lie anywhere; 0 where all of them are near */
};
/* y (columns) += A' (plus + diag(by) A x), A read once: what a step of conjugate gradients on a weighted Gram matrix is, and, with what is
 * aimed at, its first residual. Of a weight w: by |w|, and plus 0, or w where that is aimed at and above 0. weight (count), NULL: 1 each. */
struct dense_weights {
	const float *weight;
	bool aimed;
};
void dense_gram_times(float *y, const struct dense_some *a, const struct dense_weights *w, const float *x);

/* ---- matrix by matrix; c overlaps with nothing ---- */

enum dense_into { DENSE_SET, DENSE_ADD }; /* c = ..., c += ... */

void dense_ab(const struct dense *c, const struct dense *a, const struct dense *b, enum dense_into into);   /* A B */
void dense_abt(const struct dense *c, const struct dense *a, const struct dense *b, enum dense_into into);  /* A B' */
void dense_atb(const struct dense *c, const struct dense *a, const struct dense *b, enum dense_into into);  /* A' B */
/* The upper triangle of c (columns, columns) += A' diag(w) A; what is below may be changed too. w (rows); NULL: 1. */
void dense_gram(const struct dense *c, const struct dense *a, const float *w);
void dense_mirror(const struct dense *c); /* the upper triangle onto the lower one */

/* ---- solving ---- */

/* Upper triangle of a, symmetric: A = U'U, in place, what is below may be changed. false: it is not positive definite (or holds
 * NaN), and is partly overwritten. */
bool dense_cholesky(const struct dense *a) __attribute__((warn_unused_result));
void dense_solve(const struct dense *u, float *x); /* x: b, becomes A^-1 b */
/* The same of many right sides at once, x (n, columns): of as many columns as whole DENSE_COLUMNS have. What a column becomes does not
 * hang on those beside it. */
enum { DENSE_COLUMNS = 32 };
void dense_solve_columns(const struct dense *u, const struct dense *x);

/* ---- which code runs ---- */

enum dense_path { DENSE_PLAIN, DENSE_V3 /* AVX2, FMA */, DENSE_V4 /* AVX-512 F, BW, CD, DQ, VL */, DENSE_PATHS };

bool dense_has(enum dense_path path); /* this processor has it */
enum dense_path dense_path(void); /* the widest that this processor has, unless dense_use said otherwise */
bool dense_use(enum dense_path path); /* for tests, while no other thread computes; false: this processor has it not */

#endif
