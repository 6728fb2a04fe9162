/* prior.h - factors of items out of what is known of them, for items that nobody or hardly anybody had: V = F W + 1 w0', with F (items, features)
 * and the factors V (items, k) of those that were had, by ridge regression (Hoerl and Kennard, Technometrics 12, 1970):
 *
 *   sum over items trust_i |v_i - W'f_i - w0|^2 + lambda |W|^2   is least.
 *
 * So a new item stands among the others at once, in the same space (as the map from attributes to factors of Gantner, Drumond, Freudenthaler, Rendle and
 * Schmidt-Thieme, ICDM 2010); once people have had it, fitting anew says more. The same bits for any number of threads. */
#ifndef REC_PRIOR_H
#define REC_PRIOR_H

#include "rec/als.h"

enum { PRIOR_FEATURES_MAX = 20000 };

extern const struct problem prior_unfit; /* 422: lambda or a number that is none, out of its bounds (1e6), or too large for a solution */
extern const struct problem prior_none;  /* 422: no item has factors to learn from */
extern const struct problem prior_large; /* 413: more features, or a matrix for which there is no memory */

struct prior_options {
	double lambda;      /* above 0; the more, the nearer to the mean of all */
	const float *trust; /* (items) 0 or more; NULL: 1 for each whose factors are not all 0 */
};

struct prior {
	struct dense weights; /* (features + 1, k) W, below it w0 */
};

void prior_free(struct prior *p); /* for CLEANUP too */
size_t prior_bytes(uint32_t features, uint32_t factors); /* that fitting wants, about */

/* features (items, features): each pair once, features upwards, as sparse_of has them; items (items, k) */
MUST problem prior_fit(struct threads *threads, const struct sparse *features, const struct dense *items, const struct prior_options *options,
                       struct prior *ret);

/* The factors (k) of one item by its features; weights NULL: each 1 */
struct prior_item {
	size_t count;
	const uint32_t *features;
	const float *weights;
};
void prior_factors(const struct prior *p, const struct prior_item *item, float *ret);

/* Items of a model whose factors are all 0, and those beyond its own up to the rows of `features`, get theirs from the prior; *filled: how many.
 * From then on they count among what people did not have. Factors beyond 1e6 are refused, and the model is as it was. */
MUST problem prior_fill(const struct prior *p, struct threads *threads, const struct sparse *features, struct als *m, size_t *filled);

#endif
