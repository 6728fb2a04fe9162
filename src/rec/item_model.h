/* item_model.h - models in which one item speaks for another: score(user, j) = sum over the items i that the user had of weight_i * link_ij.
 * EASE, item kNN and RP3beta differ in where the links come from (ease.h, neighbours.h); scoring, reasons and the file are the same. The
 * reasons are the score: its parts add up to it. */
#ifndef REC_ITEM_MODEL_H
#define REC_ITEM_MODEL_H

#include "num/saved.h"
#include "rec/interactions.h"

struct item_model {
	uint32_t items;
	struct sparse links; /* (items, items) row i: for what i speaks, and how much; items upwards */
	float *whole;        /* (items, items) instead of links, where all are kept; else NULL */
};

void item_model_free(struct item_model *m); /* for CLEANUP too */

/* What to hand to evaluate.h: scores of users by what each is known to have had. Weights of known count. */
struct item_scorer {
	const struct item_model *model;
	const struct sparse *known; /* (users, items) */
};
void item_model_score(void *item_scorer, const uint32_t *users, size_t count, float *scores, size_t thread);

/* One user who may be in no matrix: scores (items) of what they had; weights NULL: each 1. */
void item_model_score_one(const struct item_model *m, const uint32_t *items, const float *weights, size_t count, float *scores);

/* Why is `item` proposed? shares (count) of its score, which they sum up to; taking the event away takes just its share. */
void item_model_reasons(const struct item_model *m, uint32_t item, const uint32_t *items, const float *weights, size_t count, float *shares);

float item_model_link(const struct item_model *m, uint32_t from, uint32_t to);

/* Keeps for each item j the `keep` links i -> j that are largest in size. row(self, j, found, thread) writes those that are not 0, each i once
 * and none of j itself, in any order, and returns how many; found has room for `items`. It is called by several threads at once. */
struct item_link {
	uint32_t from;
	float value;
};
struct link_source {
	size_t (*row)(void *self, uint32_t to, struct item_link *found, size_t thread);
	void *self;
};
struct threads;
void item_model_keep(struct threads *threads, uint32_t items, const struct link_source *source, uint32_t keep, struct item_model *ret);

/* As a file, under a kind of the caller's; only models of links. */
enum { ITEM_MODEL_VERSION = 1 };
void item_model_save(const struct item_model *m, struct buffer *b);   /* between saved_begin and saved_end */
MUST problem item_model_load(const struct saved *s, struct item_model *ret); /* a copy */

#endif
