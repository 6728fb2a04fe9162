/* linear.h - two linear classifiers, L2-regularised: the support vector machine with squared hinge loss, and logistic regression. Both
 * make smallest
 *     1/2 |w|^2 + cost * sum over rows i of weight[class of i] * loss(y_i w'x_i),  y = -1 or 1,
 *     loss(z) = max(0, 1 - z)^2 (LINEAR_SVM) or ln(1 + e^-z) (LINEAR_LOGISTIC),
 * where x ends with a 1 whose weight, the bias, is regularised like the others (as LIBLINEAR does). The function is strictly convex: there is
 * one answer, also where classes can be separated or a column is constant.
 *
 * Newton's method with the exact second derivatives and a search along each step: 4 to 12 passes over the rows (Keerthi and DeCoste, JMLR 6, 2005;
 * Lin, Weng and Keerthi, JMLR 9, 2008). Up to 2,048 columns by Cholesky's decomposition: work grows with rows * (columns that are not 0 in a row)^2 +
 * columns^3. Beyond, by conjugate gradients. The same bit for bit for any number of threads. */
#ifndef MINE_LINEAR_H
#define MINE_LINEAR_H

#include "base/arena.h"
#include "base/buffer.h"
#include "num/saved.h"
#include "num/threads.h"

enum { LINEAR_COLUMNS_MAX = 1 << 20, LINEAR_PASSES_MAX = 200 };

extern const struct problem linear_value;     /* 422: a number that is not finite; *row says where */
extern const struct problem linear_one_class; /* 422: all rows are of one class, or there are none */
extern const struct problem linear_cost;      /* 422: cost or a weight is not above 0 and finite */
extern const struct problem linear_wide;      /* 422: more than LINEAR_COLUMNS_MAX columns */
extern const struct problem linear_scale;     /* 422: numbers so large that nothing can be computed: standardise them */

/* Rows as a linear model reads them: numbers, and columns of words of which each level is a column of 0 and 1, written down as its place
 * alone. Lies in malloc's memory. Fill linear_row and linear_words of each row. */
struct linear_rows {
	size_t rows, numbers, words; /* words: how many columns of words */
	size_t levels;               /* of all columns of words together */
	size_t stride;               /* of a row of numbers: numbers, then a 1, then zeros */
	double *number;
	uint32_t *word; /* (rows, words) 0 .. levels - 1, each column has its own; LINEAR_NO_WORD: none */
};
static const uint32_t LINEAR_NO_WORD = ~(uint32_t)0;

size_t linear_stride(size_t numbers);
struct linear_rows linear_rows_new(size_t rows, size_t numbers, size_t words, size_t levels);
void linear_rows_free(struct linear_rows *rows); /* for CLEANUP too */
static inline double *linear_row(const struct linear_rows *r, size_t i) { return r->number + i * r->stride; }
static inline uint32_t *linear_words(const struct linear_rows *r, size_t i) { return r->word + i * r->words; }

enum linear_loss { LINEAR_SVM = 1, LINEAR_LOGISTIC };

struct linear_options {
	enum linear_loss loss;
	double cost;      /* C; 0: 1 */
	double weight[2]; /* of the rows of class 0 and 1; 0: 1. Weights put probabilities out: calibrate afterwards */
	double tolerance; /* how far the objective may still be from the smallest, as a share of it; 0: 1e-9 */
};

struct linear_model {
	enum linear_loss loss;
	size_t numbers, levels;
	double *weight; /* (numbers + levels) of the numbers, then of the levels */
	double bias;
	double objective; /* what was made smallest */
	int passes;       /* over the rows, each with second derivatives */
};

/* y (rows): 0 or 1, asserted. row may be NULL. */
problem linear_train(struct arena *arena, const struct linear_rows *x, const uint8_t *y, const struct linear_options *options,
                     struct threads *threads, struct linear_model *ret, size_t *row) MUST;

/* w'x of each row (rows): above 0 is class 1. x has the model's numbers and levels, which is asserted. */
void linear_scores(const struct linear_model *m, const struct linear_rows *x, double *ret);
double linear_probability(double score); /* of class 1, of a logistic model */

/* Why: what each column adds to the score, against the mean row: weight * (value - mean). mean and ret (numbers + levels). The sum
 * and the score of the mean row make the score. */
void linear_means(const struct linear_rows *x, double *ret);
void linear_reasons(const struct linear_model *m, const struct linear_rows *x, size_t row, const double *mean, double *ret);

/* Numbers standardised with mean and sd (numbers): the weight for one unit of the column, and the bias that goes with these. An sd of 0
 * stands for a constant column, whose weight becomes 0. */
void linear_in_units(const struct linear_model *m, const double *mean, const double *sd, double *weight, double *bias);

/* As arrays of a model file with a prefix of their own, so that others may stand beside them. */
void linear_save(const struct linear_model *m, struct buffer *b);
problem linear_load(struct arena *arena, const struct saved *s, struct linear_model *ret) MUST; /* weights are finite, and so are scores of rows within 1e100 */

#endif
