/* evaluating.h - what `zhifang rec evaluate` judges by: a log, split, and what comes of judging one recommender. */
#ifndef REC_EVALUATING_H
#define REC_EVALUATING_H

#include "rec/blend.h"
#include "rec/command_parts.h"
#include "rec/fairness.h"

/* Items or users in groups, out of a file */
struct rec_groups {
	const char *file;         /* NULL: all are one group */
	size_t count;
	const struct text *names; /* (count) */
	uint32_t *of;             /* (items or users) */
	size_t unknown;           /* rows of what the log does not know */
};

struct rec_fairness {
	bool wanted;
	struct rec_groups items, users;
	size_t *taken_up;         /* (items) users who had it in the training, or are known to */
};

struct evaluating {
	struct command *c;
	struct threads *threads;
	struct interactions m;
	struct rec_graph graph;
	struct rec_content content;
	/* of these the rest: */
	const char *how;
	uint8_t *parts;
	struct split split;
	struct sparse known, test; /* users by items */
	struct sparse latest;      /* known, of stars */
	size_t unwanted;           /* left out of the test */
	struct trial trial;
	struct rec_fairness fairness;
	size_t from_terms;         /* items whose factors came of terms, as als was last fitted */
};

int evaluating_open(struct evaluating *e); /* as the options say; or the status to end with, and then it was said */
void evaluating_close(struct evaluating *e); /* all but the log; for CLEANUP too */

/* What evaluating_open looks at */
#define REC_HELD_BACK \
	{ "--split", OPTION_TEXT, "HOW", "time: one moment for all; last: each user's last; users: whole users (time without, where there are times)" }, \
	{ "--test", OPTION_NUMBER, "P", "share of rows, or of users, that are asked", .001, .9, .2 }, \
	{ "--at", OPTION_COUNT, "K", "how many are shown", 1, CUTOFF_MAX, 20 }, \
	{ "--liked", OPTION_NUMBER, "W", "rows of a weight below it are no hit; without, those of 0 or below", DBL_MIN, 1e9 }, \
	{ "--least-known", OPTION_COUNT, "N", "users who had less before are not judged", 0, 1000 }

/* A recommender that was fitted on the training, and how to ask it: stays where it is. */
struct member {
	struct recommender recommender;
	struct recommender_scorer self;
};
int evaluating_fit(struct evaluating *e, const char *name, struct member *ret);
void member_free(struct member *m); /* for CLEANUP too */

/* Who is shown, and whom the lists serve (fairness.h) */
struct fair {
	struct exposure shown;
	struct group_shares *shares; /* (groups of items) */
	double *served;              /* (groups of users) mean NDCG; NaN: nobody is judged */
	size_t *users;               /* (groups of users) who are judged */
	double gap;
};
#define REC_FAIRNESS \
	{ "--fairness", OPTION_FLAG, NULL, "also say how shares of what is shown are spread" }, \
	{ "--item-groups", OPTION_TEXT, "FILE", "columns item, group: whose items are shown" }, \
	{ "--user-groups", OPTION_TEXT, "FILE", "columns user, group: whom the lists serve" }
int rec_fairness_open(struct evaluating *e); /* after evaluating_open */
/* per_user (users): NDCG as evaluate says; lists (users, slots) of who is judged */
void rec_fairness_judge(const struct evaluating *e, const float *per_user, const struct topk_found *lists, struct fair *ret);
void rec_say_fairness(const struct evaluating *e, const char *const *names, const struct fair *const *judged, size_t count);

/* Several as one, "als+ease": weights are fitted on a part of the training that is held back, then all learn from the whole of it. */
struct blended {
	size_t count;          /* 0: it is one alone */
	const char *names[BLEND_MOST];
	double weights[BLEND_MOST];
	size_t users;          /* by whom weights were fitted */
	double ndcg;           /* of these */
	struct member members[BLEND_MOST];
	struct blend blend;
};
bool rec_is_blend(const char *name);
int rec_blend_names(const struct command *c, const char *name, struct blended *ret); /* or what is wrong with them is said */
int rec_blend_fit(struct evaluating *e, struct blended *b); /* of the names */
void rec_say_blend(const struct command *c, const char *name, const struct blended *b); /* in JSON an object */
/* Weights are fitted on a part of the whole log, as the options of REC_HELD_BACK say, and then the members of all of it. */
int rec_blend_keep(struct evaluating *e, struct blended *b, struct recommender *ret); /* only e's log, graph and content are looked at */
void rec_blend_release(struct blended *b); /* its members; what it says of itself stays */

#endif
