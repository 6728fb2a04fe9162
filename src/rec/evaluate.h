/* evaluate.h - is a recommender any good? Splits of a log, and full ranking: every item that the user has not had is ranked, none is
 * sampled, since samples reorder models (Krichene and Rendle, KDD 2020).
 *
 * Measures, each a mean over the users who are judged (those with at least one item in the test that they have not had before):
 *   recall          hits in the first k / test items
 *   recall_capped   hits in the first k / min(test items, k)
 *   precision       hits in the first k / k
 *   ndcg            sum over hits of 1 / log2(rank + 1), ranks from 1, by that of the best order, cut at min(test items, k)
 *   hit_rate        is there a hit in the first k?
 *   mrr             1 / rank of the first hit within the first k, else 0
 * and of the lists as a whole:
 *   coverage        share of the items that stand in the first k of anybody
 *   novelty         mean of -log2(users who had the item / users who had anything) over what is shown; what nobody had counts as had by one
 *   gini            of how often each item is shown, over all items: 0 each alike, towards 1 always the same
 * With one test item a user, recall = hit_rate. Of equal scores the item of the smaller number goes first; NaN and -infinity are never
 * shown. */
#ifndef REC_EVALUATE_H
#define REC_EVALUATE_H

#include "num/progress.h"
#include "num/threads.h"
#include "rec/interactions.h"

/* ---- splits: parts (count of the log) gets one of enum part for each row ---- */

struct split {
	size_t train, known, validation, test, left_out; /* rows */
	size_t users;     /* who have rows in the test */
	double tied;      /* share of these for whom a row of the same time stands on the other side of the cut, so that the order of the log
	                   * decided; 1 without times */
	int64_t since;    /* by time: the first time of the test */
};

extern const struct problem split_no_times; /* 422: the log has no times */
extern const struct problem split_nothing;  /* 422: no row is left for one side */

/* By one moment for everybody, so that nothing of the future is learned: the last `test` share of rows is the test, the `validation`
 * share before it. Rows of the same time stay on one side (the later one). 0 < test, 0 <= validation, together < 1. */
MUST problem split_by_time(const struct interactions *m, double validation, double test, uint8_t *parts, struct split *ret);

/* Each user's last row is the test, the last but one the validation where wanted. Users with fewer than two (three) rows are all
 * training. */
MUST problem split_leave_last(const struct interactions *m, bool validation, uint8_t *parts, struct split *ret);

/* Strong generalisation (Liang et al., WWW 2018): a share of the users is held out whole, by the seed; of their rows the first 80 %
 * (in order of time; by the seed where there are no times) are PART_KNOWN, told when they are asked, the rest is the test. */
MUST problem split_users(const struct interactions *m, double share, uint64_t seed, uint8_t *parts, struct split *ret);

/* ---- judging ---- */

/* Scores for some users at once: (count, items) row by row. Called by several threads at once, thread < threads_count: what it writes
 * of its own is one for each thread. Scores must not depend on which users are asked together. */
struct scorer {
	void (*score)(void *self, const uint32_t *users, size_t count, float *scores, size_t thread);
	void *self;
};

enum { CUTOFFS_MAX = 4, CUTOFF_MAX = 1000, SCORED_AT_ONCE = 32 };

struct trial {
	const struct sparse *known;      /* (users, items) what each had: not ranked, and the ground of novelty */
	const struct sparse *test;       /* (users, items) */
	size_t cutoffs[CUTOFFS_MAX];     /* upwards, 0 ends them early */
	size_t least_known;              /* users who had less are not judged (0: everybody is) */
	struct progress *progress;       /* of those who are judged; NULL: nobody wants to know */
};

struct measures {
	size_t cutoff;
	double recall, recall_capped, precision, ndcg, hit_rate, mrr, coverage, novelty, gini;
};

struct evaluation {
	size_t users;          /* judged */
	size_t nothing_known;  /* of these: had nothing before */
	size_t few_known;      /* not judged: had too little */
	size_t nothing_new;    /* not judged: no test item, or all had before */
	size_t repeated;       /* test items that were had before, which count for nothing */
	size_t no_numbers;     /* scores that were NaN */
	size_t cutoff_count;
	struct measures at[CUTOFFS_MAX];
};

/* per_user (users of the test; may be NULL): NDCG at the last cutoff, NaN for who is not judged. Measures of nobody, and novelty and Gini of
 * empty lists, are NaN. The same to the last bit for any number of threads. */
void evaluate(struct threads *threads, const struct trial *trial, const struct scorer *scorer, float *per_user, struct evaluation *ret);

/* The first `most` of scores (items), best first, without what the user had; returns how many there are. */
struct had {
	const uint32_t *items; /* upwards */
	size_t count;
};
size_t evaluate_top(const float *scores, uint32_t items, struct had without, uint32_t *best, size_t most);

#endif
