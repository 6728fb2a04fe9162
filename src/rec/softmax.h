/* softmax.h - cross-entropy over items: what is the chance of the items that came, among all items or among sampled ones.
 *
 * A row h scores item j by s_j = h . e_j + bias_j. Its loss is the mean over its targets t of ln(sum_j e^s_j) - s_t. All items: the sum goes over all.
 * Sampled: over the target itself and S items drawn with the chances Q (the same for all rows), each as e^s_j / (S Q_j), those that are
 * a target of the row left out: the sum's expectation is the one over all items but the row's other targets (Bengio and Senecal,
 * IEEE TNN 19, 2008; the target, which is there for certain, is not corrected).
 *
 * Items are taken in parts, each on its own: scores, then softmax_join over all parts in their order, then gradients. */
#ifndef REC_SOFTMAX_H
#define REC_SOFTMAX_H

#include "rec/layers.h"

struct softmax_rows {
	struct dense h;          /* (rows, d) */
	const uint32_t *target;  /* (rows, ahead) NO_ITEM: fewer; a row without any counts nothing */
	size_t ahead;
	const float *own;        /* (rows, ahead) scores of the targets, by softmax_own */
	float *pull;             /* (rows, ahead) gradient by the score of a target, beside that which a part holds for it; by softmax_join */
	double weight;           /* of a row's loss in the sum: 1 / rows for the mean */
	bool sampled;
};

struct softmax_part {
	struct dense table;      /* (count, d) */
	const float *bias;       /* (count) sampled: less ln(S Q) */
	const uint32_t *item;    /* (count) sampled: which each is */
	uint32_t first;          /* else they are first, first + 1 ... */
	struct dense e;          /* (rows, count) what is kept between forward and backward */
	float *most, *sum;       /* (rows) */
};

void softmax_own(const struct softmax_rows *r, const float *table, const float *bias, float *own);
void softmax_forward(const struct softmax_rows *r, const struct softmax_part *p);
/* The loss, weighted; each part's `sum` becomes what its e are multiplied by. */
double softmax_join(const struct softmax_rows *r, const struct softmax_part *parts, size_t count);
/* dtable (count, d) and dbias (count) are set, dh (rows, d) is set to the part's share; the part's e become gradients by scores. */
void softmax_backward(const struct softmax_rows *r, const struct softmax_part *p, struct dense dtable, float *dbias, struct dense dh);

/* Alias tables (Walker 1977; Vose 1991): draws j with a chance in proportion to (count_j + 1)^power; an item never seen can be drawn too. */
struct sampler {
	uint32_t items;
	float *keep;
	uint32_t *other;
	float *log_chance; /* ln Q_j */
};

struct sampler sampler_new(const uint32_t *counts, uint32_t items, double power);
void sampler_free(struct sampler *s);
uint32_t sampler_draw(const struct sampler *s, uint64_t bits);

#endif
