/* ratings.h - how many stars would somebody give? Matrix factorisation of ratings with biases (Koren, Bell and Volinsky, IEEE Computer 42,
 * 2009), by alternating least squares with regularisation by how many ratings a row has (Zhou et al., AAIM 2008):
 *
 *   rating ~ mean + b_u + b_i + x_u'y_i,   made small: sum of squared errors + sum_u lambda (n_u + extra) (b_u^2 + |x_u|^2) + the same of items
 *
 * Whom or what nobody rated gets 0s: the prediction falls back on the item's, the user's or the overall mean. This says how good a work
 * is found by those who rate; who takes it up is another question (als.h). The same bit for bit for any number of threads. */
#ifndef REC_RATINGS_H
#define REC_RATINGS_H

#include "num/dense.h"
#include "num/progress.h"
#include "num/saved.h"
#include "num/threads.h"
#include "rec/interactions.h"

enum { RATINGS_FACTORS_MAX = 512 };

struct ratings_settings {
	uint32_t factors;  /* k, 0 (biases only) .. RATINGS_FACTORS_MAX */
	uint32_t epochs;
	double lambda;     /* > 0 */
	double extra;      /* >= 0: ratings that everybody is taken to have given at the mean */
	uint64_t seed;
};

static const struct ratings_settings ratings_usual = { .factors = 32, .epochs = 12, .lambda = .09, .extra = 8, .seed = 1 };

struct ratings {
	struct ratings_settings settings;
	double mean, low, high;    /* of all ratings; predictions stay within low..high */
	struct dense users, items; /* (users, k + 1), (items, k + 1): factors, then the bias */
};

extern const struct problem ratings_settings_wrong; /* 422: settings out of their bounds */
extern const struct problem ratings_no_numbers;     /* 422: a rating that is not finite or beyond 1e6, or a model that holds no numbers */
extern const struct problem ratings_none;           /* 422: nobody rated anything */

void ratings_free(struct ratings *m); /* for CLEANUP too; leaves zeros */
size_t ratings_bytes(const struct ratings_settings *settings, const struct interactions *m); /* that fitting wants, about */

/* rated: users by items, the weight is the rating (NULL: none) */
MUST problem ratings_fit(struct threads *threads, const struct sparse *rated, const struct ratings_settings *settings, struct progress *progress,
                         struct ratings *ret);

/* user or item at or beyond the model's: as if nobody had rated it. */
double ratings_predict(const struct ratings *m, uint32_t user, uint32_t item);
double ratings_rmse(const struct ratings *m, const struct sparse *rated); /* root of the mean squared error; NaN without ratings */

/* How far off, of ratings that were not learned from: each user as of the fit, or (known not NULL) folded in from what is known of them; and by
 * how much, were each rating held to be the mean. */
struct stars {
	size_t rows;
	double rmse, mae, flat_rmse, flat_mae; /* NaN without rows */
};
void ratings_judge(const struct ratings *m, const struct sparse *known, const struct sparse *rated, struct stars *ret);

/* ---- somebody as of now: from the stars that they gave, which need not have been there when the model was fitted ---- */

struct ratings_given {
	size_t count;
	const uint32_t *items; /* below the model's, each once */
	const float *stars;    /* finite; NULL: each 1 */
};

/* user (k + 1): the row of `users` that solves their system while items stay as they are; of nothing 0s. */
void ratings_fold_in(const struct ratings *m, const struct ratings_given *given, float *user);
/* What such a user is expected to give, not cut to low..high */
float ratings_expect(const struct ratings *m, const float *user, uint32_t item);
/* Of that: what everybody is expected to give. shares (count) of what is above it, which they sum up to */
float ratings_expect_anybody(const struct ratings *m, uint32_t item);
void ratings_reasons(const struct ratings *m, const struct ratings_given *given, uint32_t item, float *shares);

void ratings_save(const struct ratings *m, struct buffer *b);
MUST problem ratings_load(struct text bytes, struct ratings *ret); /* a copy, checked */

#endif
