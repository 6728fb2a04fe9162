/* events.h - from what people did to rows to learn from: features of what was before a cut-off, the label of what came from then on. A
 * later event never reaches a feature, which is the commonest way to a model that foretells the past.
 *
 * Each row is a person at a cut-off before which he did something. With several cut-offs the rows of the last are those to judge by;
 * then the horizons of the earlier ones must end by the last cut-off, or what is to be foretold would be known from their labels. */
#ifndef MINE_EVENTS_H
#define MINE_EVENTS_H

#include "base/arena.h"
#include "num/table.h"

enum { EVENTS_WINDOWS_MAX = 16, EVENTS_CUTS_MAX = 1000 };

extern const struct problem events_unfit;    /* 422: no events, kinds, cut-offs or windows, too many, or an amount that is no number */
extern const struct problem events_order;    /* 422: cut-offs, or windows, that do not go upwards from above 0 */
extern const struct problem events_overlap;  /* 422: the label of an earlier cut-off reaches behind the last one */
extern const struct problem events_unknown;  /* 422: the horizon of the last cut-off ends after what is known */

struct event {
	uint32_t who, kind; /* kind: below kinds */
	int64_t at;         /* in any unit that windows and horizon have too */
	double amount;      /* a price, minutes; 0 where there is none */
};

struct event_wish {
	const struct text *kinds; /* their names; columns are called by them */
	size_t kind_count;
	const int64_t *cuts;      /* upwards */
	size_t cut_count;
	const int64_t *windows;   /* upwards: how far back is counted, cut - window <= at < cut */
	size_t window_count;
	uint32_t label;           /* kind; 1: one of these came within cut <= at < cut + horizon. kind_count: no label */
	int64_t horizon;
	int64_t until;            /* all events before this time are known */
};

/* Columns: who, cut, for each kind the time since its last event (a hole: none) and its number in each window, with its amounts where
 * any is not 0; time since the first event of all; test (1 at the last of several cut-offs); label. Rows by cut, then by who. For
 * frame_make: label "label", group "who", split SPLIT_COLUMN by "test", without "cut". Events may come in any order. */
problem events_table(struct arena *arena, const struct event *events, size_t count, const struct event_wish *wish, struct table *ret) MUST;

#endif
