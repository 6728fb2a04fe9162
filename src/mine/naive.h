/* naive.h - naive Bayes: as if the columns had nothing to do with each other within a class. The plainest of classifiers, to see what
 * others gain: one pass, no choices. Its order is often good; its chances are too near to 0 and 1, calibrate them.
 *
 * Score: ln P(1) / P(0) by counts, and for each column ln P(value | 1) / P(value | 0). A number is normal in each class, with one more row
 * of mean and variance of all rows, so that no variance is 0; a word's share is (rows + 1) / (all rows + levels) (Laplace). A hole says
 * nothing. Hand and Yu, International Statistical Review 69 (2001). */
#ifndef MINE_NAIVE_H
#define MINE_NAIVE_H

#include "mine/frame.h"

struct naive_column {
	size_t levels;      /* 0: numbers */
	double mean[2], variance[2]; /* of numbers in each class; variance 0 in both: the column says nothing */
	double *weight;     /* (levels) ln of the shares' ratio */
};

struct naive_model {
	double prior;       /* ln of the classes' ratio */
	size_t columns;
	struct naive_column *column;
};

/* Both classes are among the rows of the frame, which is asserted; its ord columns are numbers or places among levels. */
void naive_train(struct arena *arena, const struct encoder *encoder, const struct frame *f, struct naive_model *ret);

void naive_scores(const struct naive_model *m, const struct frame *f, double *ret); /* (rows): above 0 is class 1 */
void naive_reasons(const struct naive_model *m, const struct frame *f, size_t row, double *ret); /* (columns): with the prior they make the score */

void naive_save(const struct naive_model *m, struct buffer *b);
/* Of the encoder's columns; numbers are finite. */
problem naive_load(struct arena *arena, const struct saved *s, const struct encoder *encoder, struct naive_model *ret) MUST;

#endif
