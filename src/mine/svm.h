/* svm.h - support vector machine with the radial kernel e^(-gamma |x - z|^2), trained by LIBSVM (Chang and Lin, ACM TIST 2, 2011): a
 * border of any shape. Work grows with rows^2 to rows^3, so at most RBF_ROWS_MAX; boosted trees are quicker and mostly better.
 *
 * Names begin with rbf_, since svm_ is LIBSVM's. What is trained is kept and asked without it. */
#ifndef MINE_SVM_H
#define MINE_SVM_H

#include "mine/linear.h"

enum { RBF_ROWS_MAX = 10000 };

extern const struct problem rbf_rows; /* 422: more than RBF_ROWS_MAX rows: take a sample */

struct rbf_options {
	double cost;      /* C; 0: 1; at most 1e6 */
	double gamma;     /* 0: 1 / columns */
	double weight[2]; /* of the rows of class 0 and 1; 0: 1 */
};

struct rbf_model {
	double gamma, rho;
	struct linear_rows vectors; /* the rows that bear the border */
	double *coefficient;        /* (vectors.rows) their weight, class 1 above 0 */
};

/* x as linear.h has it: the same column of words stands at the same place of each row. y (rows): 0 or 1, asserted. Problems are those of
 * linear.h and rbf_rows; row may be NULL. Memory besides the model: some 200 MB at most. Free with rbf_free. */
problem rbf_train(const struct linear_rows *x, const uint8_t *y, const struct rbf_options *options, struct rbf_model *ret, size_t *row) MUST;
void rbf_free(struct rbf_model *m); /* for CLEANUP too */

/* Of each row (rows): above 0 is class 1. x has the model's numbers and words, which is asserted. */
void rbf_scores(const struct rbf_model *m, const struct linear_rows *x, struct threads *threads, double *ret);

void rbf_save(const struct rbf_model *m, struct buffer *b);
problem rbf_load(const struct saved *s, struct rbf_model *ret) MUST; /* numbers are finite, words among the levels */

#endif
