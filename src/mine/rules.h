/* rules.h - who has these has that too: association rules from frequent itemsets, with how often, how much more often than by chance, and
 * whether that could be chance. Sources: Agrawal and Srikant, VLDB (1994); Brin et al., SIGMOD (1997) for conviction; Bayardo, Agrawal
 * and Gunopulos, Data Mining and Knowledge Discovery 4 (2000) for improvement; Webb, Machine Learning 68 (2007) for what to correct by. */
#ifndef MINE_RULES_H
#define MINE_RULES_H

#include "mine/sets.h"
#include "num/progress.h"

extern const struct problem rules_unfit; /* 422: confidence, improvement or significance outside [0, 1], a lift below 0 */
extern const struct problem rules_many;  /* 422: more than allowed, of those that are significant */
enum { RULES_MOST = 1 << 20, RULE_ITEMS_MAX = 16 /* of a rule that may be explained by a smaller one */ };

struct rules_options {
	uint32_t support;      /* baskets that have all of it, at least 1 */
	double confidence;     /* at least; equal within 1e-12 */
	double lift;           /* at least */
	size_t head_longest;   /* items in the head, at most; 0: 1 */
	size_t longest;        /* items in body and head; 0: any, or RULE_ITEMS_MAX where explained ones are dropped */
	bool drop_explained;   /* unless confidence is above that of the same head with each part of the body, the empty one too, ... */
	double improvement;    /* ... by more than this */
	double significance;   /* corrected p at most; 0: any */
	size_t most;           /* rules; 0: RULES_MOST */
	size_t memory;         /* as sets_options */
	struct progress *progress; /* by frequent sets and rules looked at; NULL: nobody looks */
};

struct rule {
	const uint32_t *body, *head; /* upwards; neither is empty */
	size_t body_size, head_size;
	uint32_t support, body_support, head_support;
	double share;      /* of baskets that have all of it */
	double confidence; /* of baskets with the body, the share with the head */
	double lift;       /* confidence / share of baskets with the head */
	double leverage;   /* share, less what it would be by chance */
	double conviction; /* how much more often the rule would be wrong by chance; infinity where it never is */
	double log_p;      /* ln of Fisher's p: by chance so many or more */
	double p_corrected; /* times the rules looked at, at most 1 */
};

struct rules {
	const struct rule *at; /* by lift, downwards */
	size_t count;
	uint64_t looked_at;    /* ways to part a frequent set into body and head: what p is corrected by */
	uint64_t explained;    /* dropped for that */
};

/* The arena holds the rules, for a frequent set some 20 bytes and 4 for each of its items, and where explained ones are dropped 16 for each rule
 * of the most that sets of one size have with heads of one size. All but the rules count as memory. */
problem rules_mine(struct arena *arena, const struct baskets *baskets, const struct rules_options *options, struct rules *ret) MUST;
/* How many have support, confidence and lift; no other option counts but the limits. */
problem rules_count(struct arena *arena, const struct baskets *baskets, const struct rules_options *options, uint64_t *ret) MUST;

#endif
