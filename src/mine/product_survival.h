/* product_survival.h - how many are still there after a time, where some have left and some were only watched so long: Kaplan and Meier,
 * JASA 53 (1958), with Greenwood's error; are groups different: the log-rank test (Mantel, Cancer Chemotherapy Reports 50, 1966). */
#ifndef MINE_PRODUCT_SURVIVAL_H
#define MINE_PRODUCT_SURVIVAL_H

#include "base/arena.h"
#include "stats/stats.h"

extern const struct problem survival_unfit; /* 422: nobody, a time that is no finite number of 0 or above, no event, or one group alone */

/* left[i]: at[i] is when; otherwise up to when the person was watched and was there */
struct watched {
	size_t count;
	const double *at;
	const bool *left;
};

struct survival_step { /* at each time at which somebody left */
	double at;
	size_t there, left; /* just before, and then */
	double survival, error; /* share still there afterwards, and its standard error */
	struct interval within; /* of the log of its log, so that it stays within [0, 1]; NaN where nobody is left */
};

struct survival {
	const struct survival_step *steps;
	size_t count, events;
	double median; /* the first time at which half or fewer are there; NaN: not so far */
};

problem survival_of(struct arena *arena, const struct watched *w, double level, struct survival *ret) MUST;
/* At a time: the step that holds there; before the first everybody is there */
struct survival_step survival_at(const struct survival *s, double at);
/* group[i] < groups; statistic: chi-square with groups - 1 degrees of freedom, of the groups of which somebody was still watched when first
 * somebody left: two or more. */
problem survival_compare(struct arena *arena, const struct watched *w, const uint32_t *group, size_t groups, struct verdict *ret) MUST;

#endif
