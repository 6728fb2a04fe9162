/* structure.h - the arrows of a Bayesian network, from rows: of all networks without a cycle, one that scores as high as can be found.
 * The score is a sum over families (a node and its parents), so that one changed arrow wants one or two families counted anew.
 *
 * structure_learn: from no arrow, and from random ones, always the best of adding, deleting and turning an arrow that was not just changed
 * (tabu search: Glover 1989; Bouckaert 1995), then again after turning covered arrows, which changes no chance but what is near
 * (Castelo and Kocka, JMLR 4, 2003), or after a few random changes. structure_exact: the best of all, by parents for each set of
 * possible ones, then by who is last in each set (Silander and Myllymaki, UAI 2006).
 *
 * An arrow says what is taken into account. Networks with other arrows may have the same chances and the same score; tiers and the arrows
 * that must or must not be say which is meant. */
#ifndef STATS_STRUCTURE_H
#define STATS_STRUCTURE_H

#include "num/progress.h"
#include "stats/network.h"

enum { STRUCTURE_NODES_MAX = 256, STRUCTURE_PARENTS_MAX = 10, STRUCTURE_EXACT_MAX = 16, STRUCTURE_STARTS_MAX = 1000, STRUCTURE_ROUNDS_MAX = 100000 };
/* A family with more combinations of states is not considered. */
enum { STRUCTURE_CELLS_MAX = 1 << 18 };

extern const struct problem structure_large;  /* too many nodes, or rows beyond 2^31 */
extern const struct problem structure_holes;  /* a row in which a state is not known, or is none of the node's */
extern const struct problem structure_cyclic; /* tiers and arrows that must be have no order */
extern const struct problem structure_arrows; /* an arrow must be and must not, or a node must have too many parents */

enum structure_score { BY_BDEU, BY_BIC };

struct arc {
	size_t from, to;
};

struct structure_options {
	enum structure_score by;
	double strength;         /* of BDeu: as many rows' worth of not knowing; above 0 */
	size_t parents_max;      /* of one node, up to STRUCTURE_PARENTS_MAX */
	const unsigned *tier;    /* (nodes) no arrow from a later tier to an earlier; NULL: all are of one */
	const struct arc *must, *never;
	size_t must_count, never_count;
	size_t starts, rounds;   /* searches, the first from no arrow; and how often each goes on from its best */
	uint64_t seed;
	size_t threads;          /* 0: one for each processor; the result is the same */
};

/* BDeu with strength 1, 4 parents, 2 starts, 100 rounds, seed 1 */
struct structure_options structure_options(void);

/* n: nodes with names and states; their parents are set, with `rows`, and what they had is forgotten: network_fit makes the tables.
 * columns (nodes)(rows): states. score: of what was found, as network_score says it. */
problem structure_learn(struct arena *arena, struct network *n, const unsigned *const *columns, size_t rows, const struct structure_options *how,
                        struct progress *progress, double *score) MUST;
problem structure_exact(struct arena *arena, struct network *n, const unsigned *const *columns, size_t rows, const struct structure_options *how,
                        struct progress *progress, double *score) MUST;

/* What the score loses without each arrow of a network: ret (arrows), node by node in the order of their parents */
problem structure_losses(struct arena *arena, const struct network *n, const unsigned *const *columns, size_t rows, const struct structure_options *how,
                         double *ret) MUST;

#endif
