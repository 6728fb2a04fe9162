/* fm.h - is this wanted now? A factorisation machine over sparse rows: who, what, when, on which device, how high another recommender had it.
 *
 *   s(x) = bias + sum_i w_i x_i + sum_{i<j} (v_i . v_j) x_i x_j,   chance = 1 / (1 + e^-s)
 *
 * (Rendle, ICDM 2010, eq. 1). Each pair of features has a weight, though hardly any pair was ever seen: it is the product of two short vectors, which are
 * learned from all the pairs that each stands in. In the form of lemma 3.1, half the sum over f of (sum_i v_if x_i)^2 - sum_i (v_if x_i)^2,
 * a row costs its features times k and not their square.
 *
 * Made small: the mean of ln(1 + e^s) - y s + lambda / 2 sum over the row's features of (w_i^2 + |v_i|^2), by Adagrad over batches of rows in an order drawn
 * by the seed. The same bit for bit for any number of threads.
 *
 * A row is one of `struct sparse`, its weights the x (NULL: each 1), no feature twice in a row. */
#ifndef REC_FM_H
#define REC_FM_H

#include "num/dense.h"
#include "num/progress.h"
#include "num/saved.h"
#include "num/threads.h"
#include "rec/interactions.h"

enum { FM_FACTORS_MAX = 256, FM_FEATURES_MAX = 1 << 24 };

struct fm_settings {
	uint32_t factors;  /* k, 0: linear */
	uint32_t epochs, batch, patience; /* patience: epochs without a smaller loss of the validation, after which it ends */
	double rate;       /* of Adagrad */
	double lambda;
	double deviation;  /* of the first v, normal */
	uint64_t seed;
};
static const struct fm_settings fm_usual = { .factors = 16, .epochs = 40, .batch = 256, .patience = 4, .rate = .05, .lambda = 1e-4, .deviation = .05, .seed = 1 };

struct fm {
	struct fm_settings settings;
	double bias;
	struct dense theta; /* (features, 1 + k): w, then v */
};

struct fm_data {
	const struct sparse *x; /* rows by features */
	const float *y;         /* (rows) 0 or 1 */
};

extern const struct problem fm_settings_wrong; /* 422: out of their bounds */
extern const struct problem fm_no_numbers;     /* 422: an x that is not finite or beyond 1e6, a y that is neither 0 nor 1, or a model that holds no numbers */
extern const struct problem fm_one_kind;       /* 422: all rows are wanted, or none */
extern const struct problem fm_diverged;       /* 422: the loss grew beyond all numbers */

void fm_free(struct fm *m); /* for CLEANUP too; leaves zeros */
size_t fm_bytes(const struct fm_settings *s, uint32_t features); /* that fitting wants, about, beside the rows */

struct fm_report {
	uint32_t epochs, best; /* learned, and the one that is kept: the last, or that of the smallest loss of the validation */
	double loss;           /* mean log loss of the validation, then; NaN without one */
};
/* validation may be NULL. report may be NULL. */
MUST problem fm_fit(struct threads *threads, const struct fm_data *train, const struct fm_data *validation, const struct fm_settings *settings,
                    struct progress *progress, struct fm_report *report, struct fm *ret);

/* s of each row, ret (rows); features at or beyond the model's count nothing. */
void fm_score(struct threads *threads, const struct fm *m, const struct sparse *x, double *ret);

/* What a row's s is made of: `a` and `b` are places in the row; a == b: w of it alone. Together with the bias they sum up to s. */
struct fm_part {
	uint32_t a, b;
	double part;
};
/* ret (n (n + 1) / 2) of a row of n features, the largest first; of equals the smaller places. Returns how many. */
size_t fm_parts(const struct fm *m, const struct sparse *x, uint32_t row, struct fm_part *ret);

/* How good are scores: mean log loss, and the chance that one that is wanted stands above one that is not, ties half (NaN where there is one kind). */
struct fm_judged {
	double log_loss, auc;
};
struct fm_judged fm_judge(const double *score, const float *y, size_t count);

/* ---- a step, as fitting takes it ---- */

/* The gradient by what the rows `row` (count), each once, touch: by[i] (touched, 1 + k) of feature touched[i], as the rows have them. */
struct fm_gradient {
	double loss, bias;
	uint32_t count, *touched;
	float *by;
};
void fm_gradient_free(struct fm_gradient *g); /* for CLEANUP too */
void fm_gradient_of(struct threads *threads, const struct fm *m, const struct fm_data *data, const uint32_t *row, uint32_t count, struct fm_gradient *ret);

/* ---- as a file ---- */

void fm_save(const struct fm *m, struct buffer *b); /* arrays of a file that the caller began and ends */
MUST problem fm_load(const struct saved *s, struct fm *ret); /* a copy, checked */

#endif
