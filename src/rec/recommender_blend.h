/* recommender_blend.h - several recommenders kept as one: what blend.h says of them, asked by what somebody had. A part of recommender.h. */
#ifndef REC_RECOMMENDER_BLEND_H
#define REC_RECOMMENDER_BLEND_H

#include "rec/blend.h"
#include "rec/recommender.h"

/* Moves members (count, 1 to BLEND_MOST, fitted on the same items) of a weight above 0 into a blend; the others stay where they are. */
void recommender_blend_of(struct recommender *members, const double *weights, size_t count, struct recommender *ret);

/* What a member has in an item's score: its weight times what it says, on its scale. These sum up to the score. h has something. */
double recommender_blend_part(const struct recommender *blend, size_t member, const struct history *h, uint32_t item);

/* ---- for recommender.c alone ---- */

/* himself: his number among those it was fitted from, or UINT32_MAX */
void recommender__score_as(const struct recommender *r, uint32_t himself, const struct history *h, float *scores);
void recommender__blend_score(const struct recommender *r, uint32_t himself, const struct history *h, float *scores);
void recommender__blend_reasons(const struct recommender *r, const struct history *h, uint32_t item, float *shares);
float recommender__blend_of_everybody(const struct recommender *r, const struct history *h, uint32_t item);
void recommender__blend_save(const struct recommender *r, struct buffer *b);
MUST problem recommender__blend_load(struct threads *threads, const struct saved *s, struct recommender *r);
/* All but the names; with a blend only where one may be. */
MUST problem recommender__load(struct threads *threads, const struct saved *s, bool may_blend, struct recommender *ret);
/* A file in the file */
void recommender__save_whole(struct buffer *b, const char *name, struct buffer *whole);

#endif
