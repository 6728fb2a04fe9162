/* content.h - what somebody may want by what things are about: the terms of items (words, tags, concepts, as the caller cuts them) with counts,
 * weighted and made vectors of length 1, v_i; somebody is the sum of what they had, p = sum weight_h v_h; score_j = the cosine of p and v_j. What
 * nobody has had yet is scored like everything else: that is what this is for. Where there are many who had things, what they had says more.
 *
 * BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009, 3.4): with count c of a term in an item of `length` counts,
 *   c (k1 + 1) / (c + k1 (1 - b + b length / mean length)) * ln(1 + (N - n + .5) / (n + .5)), which is never below 0, for a term of n of N items;
 * TF-IDF (Salton and Buckley, Information Processing and Management 24, 1988: tfc): c ln(N / n). Items without terms are none of the N. */
#ifndef REC_CONTENT_H
#define REC_CONTENT_H

#include "num/threads.h"
#include "rec/item_model.h"

extern const struct problem content_unfit; /* 422: an option out of its bounds, or a count that is not above 0 and at most a billion */

enum content_weighting { CONTENT_BM25 = 1, CONTENT_TFIDF };

struct content_options {
	enum content_weighting weighting;
	double k1; /* BM25: how much a second time counts, 0 (nothing) to 1000 */
	double b;  /* BM25: how much long items are held to be long for nothing, 0 to 1 */
};

static const struct content_options content_usual = { CONTENT_BM25, 1.2, .75 };

struct content {
	struct sparse items; /* (items, terms) v_i; all 0 where no term tells anything */
	struct sparse terms; /* turned */
};

void content_free(struct content *m); /* for CLEANUP too */

/* counts (items, terms): each pair once, terms upwards, as sparse_of has them; weight NULL: each 1 */
MUST problem content_fit(const struct sparse *counts, const struct content_options *options, struct content *ret);

/* What somebody had; weights finite, below 0 for what he did not like; NULL: each 1. One item is that item: its scores are cosines to it. */
struct content_had {
	size_t count;
	const uint32_t *items;
	const float *weights;
};

/* scores (items), from -1 to 1; of nothing, and of what has no terms, 0 */
void content_score_one(const struct content *m, const struct content_had *had, float *scores);

/* What to hand to evaluate.h: users by what each is known to have had. */
struct content_scorer {
	const struct content *model;
	const struct sparse *known; /* (users, items) */
};
void content_score(void *content_scorer, const uint32_t *users, size_t count, float *scores, size_t thread);

/* Why this item? The same score in two ways: shares (had->count) by what they had, terms (as many as the item has) by what they have in
 * common, the largest first, and of equals the smaller number. Each sums up to the score. Returns how many terms there are. */
struct content_term {
	uint32_t term;
	float share;
};
size_t content_reasons(const struct content *m, const struct content_had *had, uint32_t item, float *shares, struct content_term *terms);

/* Items like an item: the `keep` largest cosines to each, as an item model; the same bits for any number of threads. */
void content_links(struct threads *threads, const struct content *m, uint32_t keep, struct item_model *ret);

#endif
