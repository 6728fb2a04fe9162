/* asking.h - who asks `zhifang rec recommend` and `explain`, by which model, and what is proposed to them. */
#ifndef REC_ASKING_H
#define REC_ASKING_H

#include "rec/command_parts.h"
#include "rec/names.h"

/* What stands between the best and what is shown */
struct rearranged {
	bool wanted;
	size_t candidates, relaxed; /* relaxed: places filled against a limit, as else they would stay empty */
	size_t unknown;             /* items of --items that the model does not know */
	const uint8_t *is_new;      /* (items of the model); NULL: nobody asked */
};

struct asking {
	struct command *c;
	struct threads *threads;
	struct recommender r;
	struct names names;   /* of the model's items */
	struct event *events; /* what they had, as it came */
	uint32_t *items; /* the same upwards, each once */
	float *weights;  /* of items, summed as sparse_of does, or the latest of stars: who is asked about is who was judged; NULL: each 1 */
	float *stars;    /* of items, the latest, where weights are sums and ratings are in a blend; else NULL */
	size_t count;
	size_t unknown;  /* rows of items that the model does not know */
	struct top top;  /* what is proposed */
	struct rearranged rearranged;
	float *shares;
	/* with --context; else NULL and 0: scores of top are the context's */
	struct ranking *context;
	const struct topk_found *by_model; /* (candidates) as the model had them */
	size_t candidates;
};

uint32_t asking_item(const struct asking *a, struct text name); /* r.items: there is none */
static inline struct history asking_history(const struct asking *a) { return (struct history){ a->items, a->weights, a->count, a->stars }; }

/* Fills top, as the options say: by the model alone, or not all alike, not all of one creator, some of what is new (rerank.h). */
int asking_propose(struct asking *a);

/* With --context: brings the best into the order in which they are wanted now; and what is said of it. */
int asking_check_context(const struct command *c);
int asking_by_context(struct asking *a, struct top *best);
uint32_t asking_place(const struct asking *a, uint32_t item); /* from 0, in by_model: it is there */
void asking_say_context(const struct asking *a);
void asking_say_now(const struct asking *a, uint32_t item); /* where the model had it, and why it is here */

#define ASK_CONTEXT \
	{ "--context", OPTION_TEXT, "FILE", "a model of rec fit-context: its order of the best" }, \
	{ "--candidates", OPTION_COUNT, "N", "with --context: so many of the best", 1, 900, 100 }, \
	{ "--given", OPTION_TEXT, "NAME=VALUE", "with --context: a field that is the same for all of them: device=phone", .many = true }, \
	{ "--now", OPTION_COUNT, "T", "with --context: the moment, seconds since 1970: fields hour and weekday", .most = 95617584000.0 }, \
	{ "--about", OPTION_TEXT, "FILE", "with --context: columns item and what the context learned of items" }

#define ASK_REARRANGED \
	{ "--diverse", OPTION_NUMBER, "L", "how much it counts against an item that it is like one above it", 1e-9, 1e6 }, \
	{ "--content", OPTION_TEXT, "TERMS", "columns item, term: by what items are alike; without, by their factors" }, \
	{ "--most-of-a-creator", OPTION_COUNT, "N", "at most so many of each", 1, CUTOFF_MAX }, \
	{ "--new", OPTION_COUNT, "N", "at least so many that are new", 1, CUTOFF_MAX / 2 }, \
	{ "--new-since", OPTION_NUMBER, "T", "what was created then or later is new", -DBL_MAX, DBL_MAX }, \
	{ "--items", OPTION_TEXT, "FILE", "columns item, creator, and created, a number: for the three above" }

#endif
