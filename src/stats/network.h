/* network.h - Bayesian networks: nodes with states, each with a table of chances given its parents' states. Tables from rows (BDeu), what
 * becomes likely once something is known (exact, by variable elimination), and the files others write (BIF).
 * Koller and Friedman, Probabilistic Graphical Models (2009). An arrow says what is taken into account, not what makes what. */
#ifndef STATS_NETWORK_H
#define STATS_NETWORK_H

#include "base/arena.h"
#include "base/buffer.h"
#include "stats/stats.h"

enum { NETWORK_NODES_MAX = 4096, NETWORK_STATES_MAX = 1024, NETWORK_PARENTS_MAX = 24 };
/* of one table in a file, and of one table on the way to an answer */
static const size_t NETWORK_CELLS_MAX = 1 << 24;

extern const struct problem network_malformed; /* line: no BIF, or one that is not whole */
extern const struct problem network_chances;   /* line: chances that are none, or do not sum to 1 */
extern const struct problem network_large;     /* more nodes, states, parents or cells than allowed */
extern const struct problem network_cyclic;    /* a node is its own ancestor */
extern const struct problem network_impossible; /* what is known cannot be */
extern const struct problem network_wide;      /* the answer wants larger tables than are allowed */

struct node {
	struct text name;
	struct text *states;
	size_t state_count;
	size_t *parents;     /* by their place in the network */
	size_t parent_count;
	size_t rows;         /* combinations of the parents' states; the last parent's change first */
	double *chances;     /* (rows, state_count), each row sums to 1 */
	double *seen;        /* (rows) how many rows of the data had it; NULL where the table is from a file */
};

struct network {
	struct node *nodes;
	size_t count;
};

/* Rows are divided by their sum, since files round it. */
problem network_read_bif(struct arena *arena, struct text bif, struct network *ret, size_t *line) MUST;
void network_write_bif(const struct network *n, struct buffer *out); /* chances with all their digits */
size_t network_find(const struct network *n, struct text name); /* count: there is none */

static const unsigned NOT_KNOWN = ~0u;
/* What is known: a state for each node, or NOT_KNOWN. posterior: of the target's states. evidence: how likely what is known was. */
problem network_ask(struct arena *arena, const struct network *n, const unsigned *known, size_t target, double *posterior, double *evidence) MUST;

/* The tables of nodes with parents and states, from columns of states (rows; NOT_KNOWN: that row is not counted for the node):
 * (N_ijk + strength / (q r)) / (N_ij + strength / q), q combinations, r states. */
problem network_fit(struct arena *arena, struct network *n, const unsigned *const *columns, size_t rows, double strength) MUST;

struct scores {
	double log_likelihood, bic, bdeu; /* natural logarithms; each the larger the better */
};
problem network_score(struct arena *arena, const struct network *n, const unsigned *const *columns, size_t rows, double strength,
                      struct scores *ret) MUST;

#endif
