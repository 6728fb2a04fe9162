/* blocks.h - large symmetric matrices of doubles, or of floats, and their inverse, over several threads. In place and in symmetric halves:
 * n = 10,000 wants 800 MB, or 400, and 10^12 operations, as many as a Cholesky factor and its inverse; of floats a processor does twice as
 * many a second. */
#ifndef NUM_BLOCKS_H
#define NUM_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

#include "num/progress.h"
#include "num/threads.h"

/* Row by row, at[i * stride + j]; what is written and read is i >= j, until blocks_mirror. stride is n or somewhat more: what lies beyond
 * n is the identity, so that no tile has an edge. */
struct blocks {
	size_t n, stride; /* stride rows too */
	double *at;
	void *room;        /* that `at` lies in */
};

struct blocks_single {
	size_t n, stride;
	float *at;
	void *room;
};

enum { BLOCKS_MAX = 1 << 16 };

/* Of zeros; n at most BLOCKS_MAX. false: no memory for it. */
bool blocks_new(size_t n, struct blocks *ret) __attribute__((warn_unused_result));
void blocks_free(struct blocks *m); /* for CLEANUP too */
size_t blocks_bytes(size_t n); /* that a matrix and its inversion want */

/* The lower half of A becomes that of its inverse. false: A is not positive definite (or holds NaN), and is partly overwritten. The
 * same bits for any number of threads. */
bool blocks_invert(struct threads *threads, struct blocks *m, struct progress *progress) __attribute__((warn_unused_result));

void blocks_mirror(struct threads *threads, struct blocks *m); /* the lower half onto the upper one */

/* The same in floats. Of a condition (the largest eigenvalue by the smallest) of c the inverse is off by up to about c * 6e-8 of its largest value,
 * as a rule far less. */
bool blocks_single_new(size_t n, struct blocks_single *ret) __attribute__((warn_unused_result));
void blocks_single_free(struct blocks_single *m);
size_t blocks_single_bytes(size_t n);
bool blocks_single_invert(struct threads *threads, struct blocks_single *m, struct progress *progress) __attribute__((warn_unused_result));
void blocks_single_mirror(struct threads *threads, struct blocks_single *m);

#endif
