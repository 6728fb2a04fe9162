/* popularity.h - what many had lately: the same list for everybody. What a recommender must beat, what a stranger is shown, and all that
 * may be shown to who wants no personal list. */
#ifndef REC_POPULARITY_H
#define REC_POPULARITY_H

#include "num/saved.h"
#include "rec/interactions.h"

extern const struct problem popularity_unfit; /* 422: the half-life is not above 0, or the log has no times */

/* ret (items): the sum of the weights of who had the item, each halved for every half_life that lies between it and `now` (later ones
 * count whole). half_life: in the unit of the log's times; 0: nothing is forgotten. */
MUST problem popularity_of(const struct interactions *m, const uint8_t *parts, unsigned wanted, double half_life, int64_t now, float *ret);

/* What to hand to evaluate.h */
struct popularity_scorer {
	const float *popularity;
	uint32_t items;
};
void popularity_score(void *popularity_scorer, const uint32_t *users, size_t count, float *scores, size_t thread);

#endif
