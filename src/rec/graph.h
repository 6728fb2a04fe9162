/* graph.h - what is known of items beside who had them: triples of things (item, relation, other), as features that EASE learns from; and
 * which of them want which others first. */
#ifndef REC_GRAPH_H
#define REC_GRAPH_H

#include "rec/interactions.h"

enum { GRAPH_THINGS_MAX = 1 << 26, GRAPH_RELATIONS_MAX = 1 << 16 };

struct triples {
	uint32_t things, relations; /* one more than the largest */
	size_t count;
	uint32_t *head, *relation, *tail; /* (count); things below the number of items are items */
	struct text *relation_names;      /* (relations) in the arena of the reader; NULL: they are numbers */
	struct text *thing_names;         /* (things) the same */
};

void triples_free(struct triples *t); /* for CLEANUP too */

/* "head relation tail" a line, numbers from 0, blanks or tabs between. Problems as of interactions_read_adjacency. */
MUST problem triples_read(struct text bytes, struct triples *ret, struct interactions_place *where);

/* A CSV or TSV with columns `item`, `relation` and `thing`, any words: what has the name of one of the items is that item, other things get
 * numbers behind them all. Names are all different, none is empty. Problems as of interactions_read_table. */
MUST problem triples_read_table(struct arena *arena, struct text bytes, const struct text *item_names, uint32_t items, struct triples *ret,
                                struct interactions_place *where);

/* For ease_options.features: a row for each (relation, tail) that at least two items share, the tail being one of them where it is an item
 * itself. In each such pair's entry of the Gram it counts weight[relation] / (items that share it)^power users: what many share says less. weight (relations),
 * 0 or more. */
void graph_features(const struct triples *t, uint32_t items, const double *weight, double power, struct sparse *ret);

/* ---- order ---- */

/* before[i] is to come before after[i]. */
struct prerequisites {
	size_t count;
	const uint32_t *before, *after;
};

extern const struct problem prerequisites_cyclic; /* 422: a circle: *cycle_length of the things in `order`, each before the next, the last before the first */

/* order (things): each after all that it wants; of those that may come next, the smallest number first. */
MUST problem prerequisites_order(const struct prerequisites *p, uint32_t things, uint32_t *order, uint32_t *cycle_length);

/* Puts a list of proposals into an order in which nothing comes before what it wants of the list, and else as it was. Things in a circle stay. */
void prerequisites_arrange(const struct prerequisites *p, uint32_t *list, size_t count);

#endif
