/* tree.h - trees that ask one question of one column at each node, one tree or many: what they say of a row, which columns they
 * lean on, why a row got what it got; and growing them. forest_fit: random forests (Breiman, Machine Learning 45, 2001); tree_fit: one
 * tree (CART, Breiman and others 1984). boost.h grows the same structure by gradient boosting.
 *
 * A row goes left where its value is at most the threshold. Holes (NaN) go to the side that was better for the train rows, or, where the
 * node had none, to the side with more of them. The same trees, bit for bit, for any number of threads. */
#ifndef MINE_TREE_H
#define MINE_TREE_H

#include "mine/frame.h"
#include "num/progress.h"
#include "num/threads.h"

enum { TREES_MAX = 10000, TREE_ROWS_EXACT = 50000 };

extern const struct problem tree_value;   /* 422: an infinite value */
extern const struct problem tree_options_unfit; /* 422: no trees or too many, or a step that is none */
extern const struct problem tree_memory;  /* 413: a forest that has grown larger than was allowed */
extern const struct problem tree_columns; /* 422: a frame of other columns than the trees were grown from */

struct tree_node {
	double threshold;
	uint32_t left;    /* place in its tree of the left child, the right one stands behind it; 0: a leaf */
	uint16_t feature;
	uint8_t holes_left, nothing;
};

enum tree_sum { TREES_SHARE = 1, TREES_LOG_ODDS };

struct trees {
	enum tree_sum sum;
	size_t columns, count, nodes;
	uint32_t *first;        /* (count + 1) the root of each among all nodes; children come behind their parent */
	struct tree_node *node; /* (nodes) */
	float *value;           /* (nodes) TREES_SHARE: share of label 1; TREES_LOG_ODDS: a step. Also of nodes that are no leaves */
	float *cover;           /* (nodes) train rows that came by, by weight */
	float *gain;            /* (nodes) what the question gained; 0 for leaves */
	double base;            /* TREES_LOG_ODDS: where the steps start */
};

/* ---- growing: from the rows of f that are no test rows, which have both classes ---- */

struct tree_options {
	unsigned leaf;  /* fewest rows on a side, 0: 20 */
	unsigned depth; /* most questions in a row, 0: no bound */
	bool binned;    /* as with more than TREE_ROWS_EXACT rows: at most 255 bins for each column, not each value */
};
problem tree_fit(struct arena *arena, const struct frame *f, const struct tree_options *options, struct threads *threads, struct trees *ret) MUST;

struct forest_options {
	unsigned trees;   /* 0: 100 */
	unsigned columns; /* asked at each node, at least one of which varies; 0: the root of all, rounded down */
	unsigned leaf;    /* fewest different rows of the sample on a side, 0: 1 */
	unsigned depth;   /* 0: no bound */
	uint64_t seed;
	struct progress *progress; /* NULL: nobody looks */
	size_t memory;    /* so many bytes its trees may have, or they end with tree_memory before they have them; 0: no bound */
};
enum { TREE_NODE_BYTES = 28 }; /* in memory, once; twice while trees are joined */

/* Each tree from as many rows as there are, drawn with replacement. */
problem forest_fit(struct arena *arena, const struct frame *f, const struct forest_options *options, struct threads *threads, struct trees *ret) MUST;

/* ---- asking ---- */

/* Chances of class 1 of all rows (rows). */
problem trees_chances(const struct trees *t, const struct frame *f, struct threads *threads, double *ret) MUST;
double trees_chance(const struct trees *t, const double *row); /* of one, from its ord values */

/* Share of each column (columns) in what all questions gained; all 0 where no tree has one. Favours columns of many values. */
void trees_gains(const struct trees *t, double *ret);

/* By how much AUC falls (columns) when one column's values change places among the rows, mean of `rounds`. For rows not learned from. */
problem trees_permuted(const struct trees *t, const struct frame *f, unsigned rounds, uint64_t seed, struct threads *threads, double *ret) MUST;

/* Why: what each column moved (columns) on the way of the row through the trees (Saabas 2014; Palczewska and others 2013). Start and all of
 * them make the share, or the log-odds, of the row. */
double trees_reasons(const struct trees *t, const double *row, double *ret);

/* Arrays of a model file. What is loaded is checked: each node but a root is the child of one node before it, columns are there. */
enum { TREES_VERSION = 1 };
#define TREES_KIND "mine.trees"
void trees_save(const struct trees *t, struct buffer *b);
problem trees_load(struct arena *arena, const struct saved *s, size_t columns, struct trees *ret) MUST;

#endif
