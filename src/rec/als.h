/* als.h - matrix factorisation of what was done, not of what was said: implicit feedback by alternating least squares (Hu, Koren and
 * Volinsky, ICDM 2008) with the loss and the regularisation of Rendle, Krichene, Zhang and Koren (RecSys 2022). With x_u, y_i of k
 * factors each it makes small
 *
 *   sum over interactions c_ui (t_ui - x_u'y_i)^2 + w0 sum over all pairs (x_u'y_i)^2
 *     + lambda (sum_u (n_u + w0 items)^nu |x_u|^2 + sum_i (n_i + w0 users)^nu |y_i|^2)
 *
 * An interaction of weight w > 0 says "wanted": c = w, t = 1; one of weight w < 0 "not wanted": c = -w, t = 0. n counts interactions.
 * One side is solved while the other stays; rows on their own, so the result is the same bit for bit for any number of threads. */
#ifndef REC_ALS_H
#define REC_ALS_H

#include "num/dense.h"
#include "num/progress.h"
#include "num/saved.h"
#include "num/threads.h"
#include "rec/evaluate.h"
#include "rec/interactions.h"

enum { ALS_FACTORS_MAX = 1024, ALS_STEPS_MAX = 64 };

struct als_settings {
	uint32_t factors;       /* k, 1..ALS_FACTORS_MAX */
	uint32_t epochs;        /* each solves users, then items; 8..16 */
	uint32_t steps;         /* of conjugate gradients a row and epoch, from where the last epoch ended; 0: solved exactly (Cholesky) */
	double w0, lambda, nu;  /* > 0, > 0, 0..2 */
	uint64_t seed;          /* of the start: each factor of N(0, 0.1 / sqrt(k)) */
};

static const struct als_settings als_usual = { .factors = 128, .epochs = 10, .steps = 3, .w0 = .1, .lambda = .01, .nu = 1, .seed = 1 };

struct als {
	struct als_settings settings;
	struct dense users, items; /* (users, k), (items, k) */
	struct dense gram;         /* (k, k) w0 Y'Y: of the last items */
};

extern const struct problem als_settings_wrong; /* 422: settings out of their bounds */
extern const struct problem als_no_numbers;     /* 422: a weight that is not finite or beyond 1e6, or a model that holds no numbers */

void als_free(struct als *m); /* for CLEANUP too; leaves zeros */
size_t als_bytes(const struct als_settings *settings, uint32_t users, uint32_t items); /* that fitting wants beside what was seen */

/* seen: users by items, each pair once (sparse_of). A row without interactions gets zeros. */
MUST problem als_fit(struct threads *threads, const struct sparse *seen, const struct als_settings *settings, struct progress *progress, struct als *ret);

/* The same in parts, for who watches it or goes on with a model after more has happened. by_item: sparse_transpose of seen; of the
 * sizes that the model began with. */
MUST problem als_begin(struct threads *threads, const struct sparse *seen, const struct als_settings *settings, struct als *ret);
void als_epoch(struct als *m, struct threads *threads, const struct sparse *seen, const struct sparse *by_item);
double als_loss(const struct als *m, struct threads *threads, const struct sparse *seen, const struct sparse *by_item);

/* Takes other factors for its items, which may have become more (prior.h), copies them, and has its Gram matrix anew. */
void als_set_items(struct als *m, struct threads *threads, const struct dense *items);

void als_score(void *model, const uint32_t *users, size_t count, float *scores, size_t thread); /* of a struct scorer; self: the model */

/* ---- somebody as of now: from events, which need not have been there when the model was fitted ---- */

struct als_events {
	size_t count;
	const uint32_t *items; /* below the model's */
	const float *weights;  /* as of the fit, finite; NULL: each is 1 */
};

struct als_person {
	float *factors;    /* (k) */
	struct dense root; /* (k, k) of A = w0 Y'Y + lambda_u + sum c y y': U'U, see dense_cholesky */
	size_t count;      /* of events */
	uint32_t *items;   /* (events) */
	float *wanted;     /* (events) c t */
};

/* x = A^-1 sum c t y, exactly. All lies in the arena. Without events, and where floats do not tell A from a singular one, factors and
 * reasons are 0. */
void als_fold_in(const struct als *m, struct arena *arena, const struct als_events *events, struct als_person *ret);

static inline float als_person_score(const struct als *m, const struct als_person *p, uint32_t item)
{
	return dense_dot(dense_row(&m->items, item), p->factors, m->items.columns);
}

/* Why these items? shares (count, events), of each item's score, which they sum up to: c t y_i'A^-1 y_j. What is more, taking the event
 * out of the sum and leaving A as it is takes just its share from the score. Of the items' factors that the person was folded in by. What is
 * said of an item does not hang on which others are asked for. */
void als_reasons(const struct als *m, struct arena *arena, const struct als_person *p, const uint32_t *items, size_t count, float *shares);

/* ---- as a file ---- */

void als_save(const struct als *m, struct buffer *b); /* an empty buffer; b->why is for saved_write to look at */
/* Copies what it keeps. What is foreign is checked: sizes, settings, that numbers are numbers. */
MUST problem als_load(struct threads *threads, struct text bytes, struct als *ret);

#endif
