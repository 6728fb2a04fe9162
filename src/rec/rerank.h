/* rerank.h - from the best candidates to the list that is shown: not ten of the same kind, not all of one creator, and some of what is
 * new. Slot by slot that candidate is taken which is best by Carbonell and Goldstein's maximal marginal relevance (SIGIR 1998),
 *
 *   relevance less diversity times its largest likeness to what stands above,
 *
 * among those that the limits allow. Who takes a slot looks only upwards, so a shorter list is the beginning of a longer one as far as the
 * limits are the same. */
#ifndef REC_RERANK_H
#define REC_RERANK_H

#include "num/dense.h"

enum { RERANK_MOST = 1000, NO_CREATOR = -1 };

struct candidate {
	float relevance; /* finite; standardise it (blend.h) if diversity shall mean the same for everybody */
	int creator;     /* whose it is; NO_CREATOR: nobody's, no limit */
	bool newcomer;
};

struct rerank {
	size_t slots;
	double diversity;       /* >= 0; 0: by relevance alone */
	size_t most_a_creator;  /* of the slots; 0: no limit */
	size_t least_newcomers; /* of the slots, as far as there are so many */
};

struct reranked {
	size_t count;    /* slots that are filled: fewer than wanted only if there are fewer candidates */
	size_t relaxed;  /* filled against a limit, as else they would stay empty */
};

/* Of equal worth the earlier goes first. */
struct candidates {
	size_t count;                /* at most RERANK_MOST */
	const struct candidate *at;
	const struct dense *vectors; /* (count, any): likeness is the cosine of two rows; NULL: nothing is like anything */
};

/* shown (slots) gets places of candidates. */
void rerank(const struct candidates *c, const struct rerank *how, size_t *shown, struct reranked *ret);

#endif
