/* blend.h - several recommenders as one: for each user the scores of each are brought to mean 0 and deviation 1 over all items, and added
 * with weights that are fitted on data which none of them was fitted on. */
#ifndef REC_BLEND_H
#define REC_BLEND_H

#include "rec/evaluate.h"

enum { BLEND_MOST = 16 };

struct blend {
	size_t count, items;
	struct scorer scorers[BLEND_MOST];
	double weights[BLEND_MOST];       /* >= 0, together 1 */
	bool standardised;                /* the scorers' scores are that already */
};

/* Of a struct scorer; self: a struct blend. A score that is no number says nothing (0); an item of which one scorer of a weight above 0
 * says -infinity is never shown. Scores that are all the same count as 0. */
void blend_score(void *blend, const uint32_t *users, size_t count, float *scores, size_t thread);

/* scores (items) of one recommender for one user: to mean 0 and deviation 1; -infinity stays, NaN becomes 0. */
void blend_standardise(float *scores, size_t items);
struct blend_scale {
	double mean, deviation; /* 0: all are the same, and count as 0 */
};
struct blend_scale blend_scale_of(const float *scores, size_t items); /* by which they are brought there */

/* Sets weights to those of the best NDCG at the trial's first cutoff that a search along each of them finds: from the best single scorer
 * on, each weight in turn by steps of a tenth, then of a twentieth. Returns that NDCG, which is at least that of each scorer alone.
 * Where what all scorers say of all who are asked fits into `room` bytes each is asked once; that changes no more than the rounding of scores. */
enum { BLEND_ROOM = 1 << 30 };
double blend_fit(struct threads *threads, const struct trial *validation, size_t room, struct blend *b);

#endif
