/* grow.h - what growing a tree of shares is, however its rows are kept: which of two questions is better, when a node stays a leaf, in which
 * order nodes are made. For this room only.
 *
 * The better question leaves less of Gini's impurity, sum over sides of weight * 2 q (1 - q), q the share of label 1: that is the one with the
 * larger sum of ones^2 / weight. Of equal ones the first counts: columns in the order they are asked, thresholds upwards, holes right
 * before left. Which are equal is not left to rounding: sums that are near to each other are compared as fractions. A node that is not
 * pure is split as long as a question leaves enough rows on both sides, also where it gains nothing: two questions may tell what one
 * does not. */
#ifndef MINE_GROW_H
#define MINE_GROW_H

#include <assert.h>

#include "mine/bins.h"
#include "mine/tree.h"

struct grow_limits {
	unsigned leaf, depth;
};

struct side {
	uint64_t weight, ones;
	uint64_t rows; /* different ones; may be left uncounted with a leaf of 1 */
};

static inline struct side side_plus(struct side a, struct side b)
{
	return (struct side){ a.weight + b.weight, a.ones + b.ones, a.rows + b.rows };
}

static inline struct side side_less(struct side a, struct side b)
{
	return (struct side){ a.weight - b.weight, a.ones - b.ones, a.rows - b.rows };
}

static inline double side_score(struct side s) { return (double)s.ones * (double)s.ones / (double)s.weight; }

struct place { /* of a threshold: bins, or rows in their order, between which it lies */
	uint32_t column, last, next; /* next BIN_HOLE of bins: above all, only holes go right */
};

struct question {
	double score;
	unsigned leaf;
	bool holes_left;
	struct side left;
	struct place at;
};

static inline struct question question_none(unsigned leaf) { return (struct question){ .score = -1, .leaf = leaf }; }
static inline bool question_found(const struct question *q) { return q->score >= 0; }

/* a^2/b + c^2/d = (a^2 d + c^2 b) / (b d): exact, since a table has at most 2^25 rows to draw. */
static_assert(FRAME_ROWS_MAX <= 1 << 25, "numerators are below 2^76, denominators below 2^48, and a product of both below 2^128");

static inline unsigned __int128 side_numerator(struct side s, struct side t)
{
	return (unsigned __int128)(s.ones * s.ones) * t.weight + (unsigned __int128)(t.ones * t.ones) * s.weight;
}

static inline bool is_better(const struct side *all, struct side left, double score, const struct question *best)
{
	static const double near = 1e-15; /* more than two scores are off by rounding */
	struct side right = side_less(*all, left), best_right;

	if (score < best->score * (1 - near))
		return false;
	if (score > best->score * (1 + near) || best->score < 0)
		return true;
	best_right = side_less(*all, best->left);
	return side_numerator(left, right) * (best->left.weight * best_right.weight) > side_numerator(best->left, best_right) * (left.weight * right.weight);
}

static inline void consider_side(struct question *best, const struct side *all, struct side left, bool holes_left, struct place at)
{
	struct side right = side_less(*all, left);
	double score = side_score(left) + side_score(right);

	if (is_better(all, left, score, best) && (best->leaf <= 1 || (left.rows >= best->leaf && right.rows >= best->leaf)))
		*best = (struct question){ score, best->leaf, holes_left, left, at };
}

/* left: the rows before the threshold without the holes */
static inline void consider(struct question *best, const struct side *all, struct side left, struct side holes, struct place at)
{
	if (!holes.weight) {
		consider_side(best, all, left, 2 * left.weight >= all->weight, at);
		return;
	}
	consider_side(best, all, left, false, at);
	consider_side(best, all, side_plus(left, holes), true, at);
}

/* All that are no holes against the holes */
static inline void consider_holes(struct question *best, const struct side *all, struct side left, struct place at)
{
	consider_side(best, all, left, false, at);
}

struct piece { /* the rows of a node stand together */
	size_t from, to;
	uint32_t node;
	unsigned depth;
	struct side all;
};

struct grown { /* in malloc's memory, until grown_join */
	struct tree_node *node;
	float *value, *cover, *gain;
	uint32_t nodes, room;
	struct piece *waiting;
	size_t waits, waiting_room;
};

uint32_t grown_leaf(struct grown *g); /* one more node, all of it 0; its place */
uint32_t grown_pair(struct grown *g); /* two */
void grown_root(struct grown *g, struct side all, size_t rows);
/* The next node that is to be split, its left child before its right one; false: there is none. */
bool grown_next(struct grown *g, const struct grow_limits *limits, struct piece *ret);
void grown_split(struct grown *g, const struct piece *p, const struct question *q, double threshold, size_t middle);
void grown_free(struct grown *g);
/* Trees one behind the other; frees them. frame_large: more nodes than can be counted. */
problem grown_join(struct arena *arena, struct grown *tree, size_t count, size_t columns, struct trees *ret) MUST;

/* Every value of every column a threshold; f was checked. */
struct grown grow_exact(const struct frame *f, struct grow_limits limits);

#endif
