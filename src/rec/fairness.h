/* fairness.h - who is shown, and whom do the lists serve? Of lists that were shown, for groups of items (by creator, category, price band,
 * age): their shares of slots (visibility) and of attention, 1 / log2(rank + 1) a slot (exposure; Singh and Joachims, KDD 2018),
 * beside their shares of the catalogue and of what is taken up. Of users in groups: how well each is served. */
#ifndef REC_FAIRNESS_H
#define REC_FAIRNESS_H

#include "rec/topk.h"

struct lists {
	size_t users, slots;
	const struct topk_found *at; /* (users, slots) as topk_all gives; TOPK_NONE ends a list early */
};

struct items_grouped {
	uint32_t items;
	const uint32_t *group;      /* (items) below `groups` */
	const size_t *taken_up;     /* (items) interactions */
	size_t groups;
};

struct group_shares {
	double catalogue, taken_up, visibility, exposure; /* each sums to 1 over groups; 0 where there is nothing of it */
	double over;                                      /* exposure less the share taken up: above 0 is shown more than asked for */
};

struct exposure {
	double gini;     /* of exposure over all items: 0 all alike, towards 1 always the same */
	double coverage; /* share of items that are in any list */
	double tail;     /* share of exposure of items that are not among the most taken up 20 % */
	double largest;  /* largest |over| of a group */
	size_t slots;    /* that were filled */
};

/* groups (groups of the items) */
void fairness_items(const struct lists *lists, const struct items_grouped *items, struct group_shares *groups, struct exposure *ret);

struct users_grouped {
	size_t users, groups;
	const uint32_t *group;  /* (users) below `groups` */
	const float *served;    /* (users) NDCG as evaluate gives it; NaN: not judged */
};

/* mean (groups): NaN where nobody is judged. Returns the largest less the smallest mean; 0 with fewer than two of them. */
double fairness_users(const struct users_grouped *u, double *mean);

#endif
