/* inference.h - the tests: could what was seen be chance? Each is two-sided, says how large the effect is and within which interval, and
 * refuses samples it is not made for (sample_unfit). Those with a direction answer the one-sided questions too; the end of an interval of
 * one side, with some level, is that of the two-sided interval with 2 level - 1. Scratch is the caller's arena. */
#ifndef STATS_INFERENCE_H
#define STATS_INFERENCE_H

#include "base/arena.h"
#include "stats/stats.h"

/* Why a sample is refused, where it is neither too small for the test nor has a value of another kind (sample_unfit); all 422 */
extern const struct problem sample_constant;        /* all values are equal */
extern const struct problem sample_groups_constant; /* all of each group are */
extern const struct problem sample_group_constant;  /* all of one group are, where each needs a spread */
extern const struct problem sample_short;           /* fewer than two values, or than two of a group */
extern const struct problem sample_rows;            /* of Shapiro and Wilk: not 3 to 5000 */
extern const struct problem count_many;             /* of Fisher: more cases than 10^7 */
extern const struct problem count_unfit;            /* no whole number from 0 to 10^9 */
extern const struct problem count_margin;           /* a row or a column of a table without a count */
extern const struct problem share_beyond, share_empty; /* x of n with x > n; with n = 0 */
extern const struct problem power_unfit;            /* of power: what cannot be seen, or not so surely */
extern const struct problem shares_none, shares_all;   /* two shares are both 0; both 1 */

struct sample {
	const double *x;
	size_t n;
};

/* One-sided */
struct side {
	double p, log_p;
};

/* What is NaN does not belong to the test. */
struct finding {
	struct verdict verdict; /* statistic, degrees of freedom, p */
	double freedom_below;   /* of an F */
	double estimate;        /* the effect; which one stands beside each test */
	struct interval within; /* of the effect */
	struct side less, greater; /* could it be chance that the effect is so small, or so large? */
	bool exact;             /* p counts all cases; otherwise it is the limit for many rows */
};

/* ret (n): x - y of each row, of whole numbers exact, else to the fifteenth digit of the larger. What doubles of decimals have beyond is
 * rounding, and would part differences that are equal: 10.1 - 10.0 from 0.3 - 0.2. */
void sample_differences(struct sample x, const double *y, double *ret);

/* ---- means (means.c); estimate: mean, mean difference, or difference of means ---- */

problem test_mean(struct sample x, double mean, double level, struct finding *ret) MUST;
problem test_pairs(struct arena *arena, struct sample x, const double *y, double level, struct finding *ret) MUST;
enum variances { UNEQUAL /* Welch */, EQUAL /* Student */ };
problem test_means(struct sample a, struct sample b, enum variances variances, double level, struct finding *ret) MUST;
/* Are k means equal? EQUAL: the analysis of variance, estimate: eta^2, the groups' share of all squares. UNEQUAL: Welch 1951. */
problem test_groups(const struct sample *groups, size_t k, enum variances variances, struct finding *ret) MUST;

/* ---- ranks (ranks.c): exact up to 49 values without ties, else with the corrections for ties and continuity ---- */

/* statistic: U of a. estimate: the chance that a value of a is above one of b, ties half */
problem test_mann_whitney(struct arena *arena, struct sample a, struct sample b, struct finding *ret) MUST;
/* of differences; zeros are left out. statistic: V. estimate: V's share of all ranks */
problem test_signed_ranks(struct arena *arena, struct sample difference, struct finding *ret) MUST;
problem test_kruskal_wallis(struct arena *arena, const struct sample *groups, size_t k, struct finding *ret) MUST;
/* Is it normal? 3 to 5000 values. statistic: W */
problem test_shapiro_wilk(struct arena *arena, struct sample x, struct finding *ret) MUST;
/* Ranks from 1, ties by their mean; ret: the sum of t^3 - t over ties of t */
real ranks_of(struct arena *arena, struct sample x, double *ranks);

/* ---- counts (counts.c) ---- */

/* rows x columns, row by row. estimate: Cramer's V. least: the smallest count expected; below 5 p is not to be trusted. yates: the
 * correction for tables of four */
problem test_independence(const double *table, size_t rows, size_t columns, bool yates, struct finding *ret, double *least) MUST;
/* against chances that sum to 1 */
problem test_proportions_given(const double *observed, const double *chances, size_t k, struct finding *ret, double *least) MUST;
/* {a, b; c, d}. estimate: odds ratio of largest conditional likelihood, with its exact interval; NaN where a column is empty, which no
 * ratio changes: p is 1 then */
problem test_fisher(const double table[4], double level, struct finding *ret) MUST;
/* One-sided: ln of the chance that the first cell is as large or larger; quick, for many tables */
problem test_fisher_more(const double table[4], double *log_p) MUST;
problem share_check(double x, double n) MUST; /* is x of n a share of counts? */
/* x of n, against p. estimate x / n within Clopper and Pearson's interval; wilson: the shorter one that holds the level on average */
problem test_proportion(double x, double n, double p, double level, struct finding *ret, struct interval *wilson) MUST;
/* statistic: chi-square. estimate: the difference, within Wald's interval */
problem test_two_proportions(const double x[2], const double n[2], bool yates, double level, struct finding *ret) MUST;
/* The mean of a count that was seen x times in n units: exact interval (Garwood 1936) */
problem interval_of_rate(double x, double n, double level, struct interval *ret) MUST;

/* ---- correlation (correlation.c); estimate: r, rho, tau b. Without ties rho's p is exact up to 12 rows, and by a series up to 1290 ---- */

problem test_pearson(struct sample x, const double *y, double level, struct finding *ret) MUST;
problem test_spearman(struct arena *arena, struct sample x, const double *y, double level, struct finding *ret) MUST;
problem test_kendall(struct arena *arena, struct sample x, const double *y, double level, struct finding *ret) MUST;

/* ---- many tests at once, and how many rows (power.c) ---- */

enum correction { BONFERRONI, HOLM, BENJAMINI_HOCHBERG, BENJAMINI_YEKUTIELI };
problem correct_p(struct arena *arena, struct sample p, enum correction how, double *ret) MUST;
/* The chance to see a difference at this level of significance (.05), n in each of two groups; and n for a chance of that size */
problem power_of_proportions(double n, const double p[2], double significance, double *ret) MUST;
problem power_of_means(double n, double difference, double sd, double significance, double *ret) MUST;
problem rows_for_proportions(double power, const double p[2], double significance, double *ret) MUST;
problem rows_for_means(double power, double difference, double sd, double significance, double *ret) MUST;

#endif
