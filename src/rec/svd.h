/* svd.h - the largest singular values of a large sparse matrix A and their right vectors, by random blocks: subspace iteration (Halko, Martinsson
 * and Tropp, SIAM Review 53, 2011, algorithm 4.4) on A'A, in doubles, orthonormal after each round. What stands near the last of them converges
 * slowest, so more are carried along than asked for; values below a thousandth of the largest may not be found. The same bits for any number of threads. */
#ifndef REC_SVD_H
#define REC_SVD_H

#include "num/dense.h"
#include "num/progress.h"
#include "num/threads.h"
#include "rec/interactions.h"

enum { SVD_MOST = 1024 };

struct svd_options {
	uint32_t count;  /* 1..SVD_MOST */
	uint32_t extra;  /* that are carried along; at most SVD_MOST */
	uint32_t rounds; /* of A'A, 1 or more */
	uint64_t seed;
	struct progress *progress; /* of the rounds; NULL: nobody wants to know */
};

struct svd {
	uint32_t count;     /* as many as were asked for, or the rank, if that is less */
	double *values;     /* (count) downwards, all above 0 */
	struct dense right; /* (columns, count) */
};

/* Weights are finite. It wants (rows + columns) (count + extra) doubles, and 64 of (count + extra)^2 at most. */
void svd_of(struct threads *threads, const struct sparse *a, const struct svd_options *options, struct svd *ret);
void svd_free(struct svd *s); /* for CLEANUP too */

#endif
