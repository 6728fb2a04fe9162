/* recommender.h - one of the recommenders, whichever: fitted from a log by its name, asked by what somebody had, saved and loaded with the
 * names of its items. */
#ifndef REC_RECOMMENDER_H
#define REC_RECOMMENDER_H

#include "num/progress.h"
#include "rec/als.h"
#include "rec/evaluate.h"
#include "rec/gfcf.h"
#include "rec/item_model.h"
#include "rec/neighbours.h"
#include "rec/popularity.h"
#include "rec/ratings.h"
#include "rec/topk.h"

enum recommender_kind {
	REC_POPULARITY = 1, REC_EASE, REC_ITEM_KNN, REC_RP3BETA, REC_USER_KNN, REC_ALS, REC_GFCF, REC_RATINGS, REC_KINDS,
	REC_BLEND = 64 /* of several of those above (recommender_blend.h); it stands in files, and more kinds do not change it */
};
extern const char *const recommender_names[REC_KINDS]; /* as the command has them; [0] is NULL */

extern const struct problem recommender_no_reasons; /* 422: popularity is the same for everybody, and all there is for who had nothing */

struct recommender_options {
	enum recommender_kind kind;
	double half_life;      /* of popularity; 0: nothing is forgotten */
	double lambda;         /* EASE */
	const struct sparse *features; /* EASE: see ease_options; NULL: none */
	uint32_t keep;         /* EASE, item kNN, RP3beta */
	double shrink;         /* item kNN, user kNN */
	double alpha, beta;    /* RP3beta */
	uint32_t neighbours;   /* user kNN */
	struct als_settings als;
	const struct sparse *terms; /* als: (items, terms) of what items are about; out of them come factors for those that nobody had (prior.h); NULL: none */
	double prior;          /* als: lambda of these */
	struct gfcf_options gfcf;
	struct ratings_settings ratings; /* weights are stars: the latest of a pair counts (sparse_latest) */
};

struct recommender {
	enum recommender_kind kind;
	uint32_t items;
	struct text *item_names; /* NULL: they are numbers; not owned */
	float *popularity;       /* (items) */
	struct item_model links;
	struct sparse users, turned; /* user kNN: of whom it is made */
	struct user_neighbours near; /* its pointers are set by who asks */
	struct als als;
	size_t from_terms;           /* als, as it was fitted: items whose factors come from terms */
	struct gfcf gfcf;
	struct ratings ratings;
	struct recommender *members; /* (member_count) of a blend: none a blend, all of the same items, without names */
	double *weights;             /* (member_count) above 0, together 1 */
	size_t member_count;
};

void recommender_free(struct recommender *r); /* for CLEANUP too */
size_t recommender_bytes(const struct recommender_options *o, const struct interactions *m, size_t threads); /* that fitting wants, about */

/* Of the wanted parts of a log, whose names it keeps pointing at. Whichever it is, it knows what is popular too, with the half-life that the options
 * say: that is for people of whom nothing is known. */
MUST problem recommender_fit(struct threads *threads, const struct interactions *m, const uint8_t *parts, unsigned wanted,
                             const struct recommender_options *o, struct progress *progress, struct recommender *ret);

/* What somebody had; weights NULL: each 1. */
struct history {
	const uint32_t *items;
	const float *weights;
	size_t count;
	const float *stars; /* the latest of each item, where weights are sums: for ratings in a blend; NULL: weights are */
};
void recommender_score(const struct recommender *r, const struct history *h, float *scores); /* (items) of nothing: popularity */
/* shares (count) of the item's score, which they sum up to with what it has of everybody; of nothing there is no reason */
MUST problem recommender_reasons(const struct recommender *r, const struct history *h, uint32_t item, float *shares);
/* ratings: their mean and the item's own; a blend: these and popularity on its scale, less the mean of each scale; else 0. h has something. */
float recommender_of_everybody(const struct recommender *r, const struct history *h, uint32_t item);
bool recommender_is_of_stars(const struct recommender *r); /* ratings, alone or in a blend */

/* The best of what somebody has not had, best first, of equal ones the smaller number: as recommender_score has them, found by topk.h where scores
 * are products of factors. */
struct top {
	size_t most, count;       /* wanted, at most CUTOFF_MAX; found */
	struct topk_found *found; /* (most) the caller's */
};
void recommender_top(const struct recommender *r, const struct history *h, struct top *ret);

/* What to hand to evaluate.h: users by what they are known to have had. same: those from whom it was fitted have the same numbers. */
struct recommender_scorer {
	const struct recommender *recommender;
	const struct sparse *known;
	bool same;
};
void recommender_scorer_score(void *recommender_scorer, const uint32_t *users, size_t count, float *scores, size_t thread);

/* The lists that evaluate.h judges: ret (users of known, slots), rows that are shorter end with TOPK_NONE. The same for any number of threads. */
struct listed {
	struct scorer scorer;
	const struct sparse *known; /* (users, items) */
	size_t slots;               /* 1 to CUTOFF_MAX */
	const float *served;        /* (users) as evaluate gives it: who is NaN gets no list; NULL: everybody does */
	struct progress *progress;  /* of the users; NULL: nobody wants to know */
};
void scorer_lists(struct threads *threads, const struct listed *l, struct topk_found *ret);
/* The same of a recommender, by topk.h where scores are products of factors; scorer and known are those of s. */
void recommender_lists(struct threads *threads, const struct recommender_scorer *s, const struct listed *l, struct topk_found *ret);

enum { RECOMMENDER_VERSION = 2 };
#define RECOMMENDER_SAVED "recommender"
void recommender_save(const struct recommender *r, struct buffer *b); /* a whole file */
/* names lie in the arena; the rest is a copy. */
MUST problem recommender_load(struct arena *arena, struct threads *threads, const struct saved *s, struct recommender *ret);

#endif
