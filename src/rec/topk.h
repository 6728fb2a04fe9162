/* topk.h - which items have the largest x'y? Exactly those, without an index of neighbours that may miss some: items are scanned as
 * bytes, each with a bound of what the bytes may be off by, and what can be among the best by its bound is scored in floats.
 *
 * Why it is exact: with y = y^ + e and x = x^ + f, where ^ are the bytes times their scale, |x'y - x^'y^| <= |x| |e| + |f| |y^|. An item
 * whose score by bytes plus this bound is below the k-th largest score less bound is not among the best k. The bound has room for
 * the rounding of floats too, so what comes back is the ranking by dense_dot, bit for bit, on every processor. */
#ifndef REC_TOPK_H
#define REC_TOPK_H

#include "num/dense.h"
#include "num/threads.h"
#include "rec/interactions.h"

enum { TOPK_MOST = 1 << 16 };

/* Instructions for sums of bytes (AVX-512 VNNI) where there are some, else floats. The others are for tests. */
enum topk_way { TOPK_BEST, TOPK_FLOATS, TOPK_BYTES, TOPK_BYTES_PLAIN };

struct topk;

extern const struct problem topk_no_numbers; /* 422: a factor is not finite, or beyond 1e15 */

/* items (items, k): stay where they are while this is used. k at most 1,024. */
MUST problem topk_open(const struct dense *items, enum topk_way way, struct topk **ret);
void topk_close(struct topk *t); /* NULL: nothing */
void topk_free(struct topk **t); /* for CLEANUP */

/* What is not to be found: bit i % 64 of bits[i / 64] is set, or i is in the list (upwards). Each may be NULL. */
struct topk_without {
	const uint64_t *bits;
	const uint32_t *list;
	size_t count;
};

struct topk_found {
	uint32_t item;
	float score; /* dense_dot of its row and x */
};

/* The best `most` of x (k) into ret, best first, of equal ones the smaller number first; returns how many there are. A query that is not
 * finite or beyond 1e15 finds nothing. threads may be NULL: the caller's alone; the answer is the same. */
size_t topk_find(const struct topk *t, struct threads *threads, const float *x, const struct topk_without *without, size_t most, struct topk_found *ret);

/* For each row of x, without the items of its row in `had` (NULL: none): ret (rows of x, most), rows that find fewer end with TOPK_NONE. */
static const uint32_t TOPK_NONE = ~0u;
void topk_all(const struct topk *t, struct threads *threads, const struct dense *x, const struct sparse *had, size_t most, struct topk_found *ret);

#endif
