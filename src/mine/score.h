/* score.h - how good chances of two classes are, on rows that were not learned from. Labels are 0 or 1. */
#ifndef MINE_SCORE_H
#define MINE_SCORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/problem.h"

extern const struct problem score_unfit; /* 422: no rows, a value that is no number, or a chance outside 0 and 1 */

enum { SCORE_BINS = 10 };

struct score_bin { /* the rows with chances in [k / 10, (k + 1) / 10); 1 belongs to the last */
	size_t rows;
	double said, seen; /* mean chance; share of label 1; 0 without rows */
};

struct score {
	size_t rows, positives;
	double auc;               /* chance that a row of label 1 has more than one of label 0, half for ties (Hanley and McNeil 1982) */
	double average_precision; /* sum over falling thresholds of (recall - recall before) x precision; ties are one threshold */
	double lift;              /* share of label 1 in the tenth of the rows with most, by that of all; who ties at its edge shares it */
	double log_loss;          /* mean -ln of the chance of what was; chances count as at least 2^-52 and at most 1 - 2^-52 */
	double brier;             /* mean square of chance - label (Brier 1950) */
	double accuracy, f1;      /* of "1 where the chance is above a half"; f1 = 2 both / (said 1 + are 1), 0 where both are 0 */
	double ece;               /* sum over bins of rows / all rows x |said - seen| (Guo and others, ICML 2017) */
	struct score_bin bin[SCORE_BINS];
};

/* auc, average_precision and lift are NaN where all labels are one. */
problem score_chances(const double *p, const unsigned char *label, size_t rows, struct score *ret) MUST;
/* Values of any scale, such as distances from a plane: only what order tells; the rest is NaN, bins are empty. */
problem score_ranking(const double *value, const unsigned char *label, size_t rows, struct score *ret) MUST;

/* A fold, 0 to folds - 1, for each row, all rows of a group in one: groups with most rows first, each into the fold with fewest; equal ones
 * in an order of the seed. Every fold has rows where groups >= folds >= 1. group: below `groups`. */
void score_folds(const unsigned *group, size_t rows, size_t groups, unsigned folds, uint64_t seed, unsigned *ret);

#endif
