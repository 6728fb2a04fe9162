/* product_trial.h - what an A/B trial says: shares of two groups, their difference and its interval, whether that could be chance, how large a
 * difference the trial could have seen at all, and whether people were parted as planned. Sources: Wilson, JASA 22 (1927); Newcombe,
 * Statistics in Medicine 17 (1998), method 10; Fabijan et al., KDD (2019) for parted as planned; Kohavi, Tang and Xu (2020). Means by Welch,
 * with what was known before the trial taken off: CUPED, Deng, Xu, Kohavi and Walker, WSDM (2013). */
#ifndef MINE_PRODUCT_TRIAL_H
#define MINE_PRODUCT_TRIAL_H

#include "stats/inference.h"

extern const struct problem trial_unfit;  /* 422: counts that are none, a group of nobody (of means: of one), a planned share outside (0, 1) */
extern const struct problem trial_before; /* 422: nothing is known from before, or nothing follows from it: all are equal */

struct trial {
	double shown[2], did[2]; /* people of A and B, and how many of them did it */
	double planned;          /* the share of people that A should have; 0: 1/2 */
	double level;            /* of the intervals; 0: .95. The test's significance is 1 less it */
};

struct trial_verdict {
	double share[2];
	struct interval within[2];     /* Wilson's */
	double difference;             /* B - A */
	struct interval difference_within; /* Newcombe's, from Wilson's: right for small shares too */
	double lift;                   /* B / A - 1; NaN where nobody of A did it */
	struct interval lift_within;   /* of the log of the ratio; NaN without one in each group */
	double p;                      /* two proportions, without Yates' correction; Fisher's where fewer than 5 are expected in a cell */
	bool exact;                    /* p is Fisher's */
	double power;                  /* the chance to see a difference as large as the one that was seen */
	double least_seen;             /* the difference that would be seen in 4 of 5 trials of this size, from A's share; NaN: none */
	double mismatch_p;             /* how likely groups of such sizes are, as planned */
	bool mismatch;                 /* below .001: do not believe the rest, find out why */
};

problem trial_evaluate(const struct trial *t, struct trial_verdict *ret) MUST;

/* ---- means ---- */

/* A value of each person of A and B, and one from before the trial: NaN where it is not known, which counts as the mean of those that are */
struct trial_values {
	size_t shown[2];
	const double *value[2];
	const double *before[2]; /* both NULL: none is known */
	double planned, level;   /* as in struct trial */
};

struct trial_difference {
	double mean[2];
	struct interval within[2]; /* NaN where all of a group are equal */
	double difference;         /* B - A */
	struct interval difference_within; /* Welch's */
	double p, freedom;
	double lift;               /* B / A - 1; NaN unless A is above 0 */
	struct interval lift_within; /* of the ratio, by its derivatives (delta method); for large groups */
	double least_seen;         /* the difference that would be seen in 4 of 5 trials of this size; a normal limit */
};

struct trial_means {
	double sd[2];
	struct trial_difference plain;
	double mismatch_p;
	bool mismatch;                     /* as in struct trial_verdict */
	struct trial_difference adjusted;  /* of value - slope (before - its mean); where before is given */
	double slope, variance_off;        /* of the value on what was before, within groups; the share of the variance that it takes off */
	size_t unknown;                    /* people without a value before */
	double before_p;                   /* did groups differ before the trial? they should not; NaN: all were equal */
};

problem trial_means(struct arena *arena, const struct trial_values *t, struct trial_means *ret) MUST;

/* Looking again and again makes chance look like effect. Each of `looks` looks at the level of significance that keeps the whole at
 * `significance`, equal at each (Bonferroni: safe, whenever and however often one looks up to that number). */
double trial_significance(double significance, size_t looks);

#endif
