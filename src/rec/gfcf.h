/* gfcf.h - GF-CF (Shen et al., "How Powerful is Graph Convolution for Recommendation?", CIKM 2021): who had what as a signal on the graph of items,
 * smoothed. With x (users, items), degrees d of users and items, R = D_u^-1/2 x D_i^-1/2, and V the right vectors of the `factors` largest singular
 * values of R,
 *
 *   score(user) = x_user (R'R + alpha D_i^-1/2 V V' D_i^1/2),
 *
 * a short step to neighbours, and all but the slowest waves away. Nothing is learned, and no matrix of items by items is made: for catalogues that
 * are too large for EASE. Items that somebody had are scored too, by what else he had and by themselves. */
#ifndef REC_GFCF_H
#define REC_GFCF_H

#include "num/saved.h"
#include "num/threads.h"
#include "rec/interactions.h"
#include "rec/svd.h"

extern const struct problem gfcf_unfit; /* 422: options out of bounds, or weights that are not above 0 and at most a million */

struct gfcf_options {
	uint32_t factors; /* 1 to 1024 */
	double alpha;     /* of the second filter, 0 to 1000 */
	uint32_t rounds;  /* of the search for V (svd.h), 1 to 100 */
	uint64_t seed;
};

static const struct gfcf_options gfcf_usual = { .factors = 256, .alpha = .3, .rounds = 16, .seed = 1 };

struct gfcf {
	struct sparse users, items; /* R, and turned */
	struct svd waves;           /* V (items, factors) */
	double *degree;             /* (items) its square root; 0: nobody had it */
	double alpha;
};

void gfcf_free(struct gfcf *m); /* for CLEANUP too */
size_t gfcf_bytes(const struct gfcf_options *options, const struct interactions *m); /* that fitting wants, about */

/* x (users, items). The same bits for any number of threads. */
MUST problem gfcf_fit(struct threads *threads, const struct sparse *x, const struct gfcf_options *options, struct progress *progress, struct gfcf *ret);

/* What somebody had, who need not be among the users; weights finite; NULL: each 1 */
struct gfcf_had {
	size_t count;
	const uint32_t *items;
	const float *weights;
};
void gfcf_score_one(const struct gfcf *m, const struct gfcf_had *had, float *scores); /* (items) */
/* shares (count) of the score of an item, which they sum up to: taking one away takes just its share */
void gfcf_reasons(const struct gfcf *m, const struct gfcf_had *had, uint32_t item, float *shares);

void gfcf_save(const struct gfcf *m, struct buffer *b);            /* between saved_begin and saved_end */
MUST problem gfcf_load(const struct saved *s, struct gfcf *ret); /* a copy, checked */

/* What to hand to evaluate.h: users by what each is known to have had. */
struct gfcf_scorer {
	const struct gfcf *model;
	const struct sparse *known; /* (users, items) */
};
void gfcf_score(void *gfcf_scorer, const uint32_t *users, size_t count, float *scores, size_t thread);

#endif
