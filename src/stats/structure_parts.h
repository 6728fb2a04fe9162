/* structure_parts.h - rows merged, families counted, and which arrows may be: what the search and the exact way share. */
#ifndef STATS_STRUCTURE_PARTS_H
#define STATS_STRUCTURE_PARTS_H

#include "stats/structure.h"

/* What is read by all threads. Equal rows are one, with how many they are. */
struct structure_data {
	const struct structure_options *how;
	size_t nodes, rows, all; /* rows: different ones; all: those given */
	uint16_t *columns;       /* (nodes, rows) */
	uint32_t *weight;        /* (rows) */
	size_t *states;          /* (nodes) */
	double *count_log;       /* (all + 1) c ln c */
	double penalty;          /* of BIC, for a number that is free: ln(all) / 2 */
	bool *may, *must;        /* (nodes, nodes)[from * nodes + to] */
};

static inline size_t structure__pair(const struct structure_data *d, size_t from, size_t to) { return from * d->nodes + to; }

struct family_set {
	uint16_t node, count, parents[STRUCTURE_PARENTS_MAX]; /* upwards; those beyond count are 0 */
};

/* Combinations of states; more than STRUCTURE_CELLS_MAX are not counted on. */
static inline size_t family_cells(const struct structure_data *d, const struct family_set *f)
{
	size_t cells = d->states[f->node];

	for (size_t k = 0; k < f->count && cells <= STRUCTURE_CELLS_MAX; k++)
		cells *= d->states[f->parents[k]];
	return cells;
}

/* A thread's own: it counts, and remembers the scores of families. */
struct counter {
	const struct structure_data *data;
	uint32_t *place;   /* (rows) of a family: its combination of states */
	uint32_t *counts;  /* (STRUCTURE_CELLS_MAX) */
	struct remembered {
		struct family_set family;
		double score;
	} *remembered;     /* a table with open places, of which node == UINT16_MAX */
	size_t room, used;
};

struct counter counter_new(const struct structure_data *data);
void counter_free(struct counter *c);

/* A family too large scores -infinity. */
double counter_score(struct counter *c, const struct family_set *f);
/* (nodes) the score with each further parent that is wanted; the others are left as they are */
void counter_scores_with(struct counter *c, const struct family_set *f, const bool *wanted, double *ret);

/* families (nodes) into the network, and its score */
problem structure__finish(struct arena *arena, struct network *n, const unsigned *const *columns, const struct structure_data *d,
                          const struct family_set *families, double *score) MUST;
problem structure__data(struct arena *arena, const struct network *n, const unsigned *const *columns, size_t rows,
                        const struct structure_options *how, struct structure_data *ret) MUST;

static inline void family_add(struct family_set *f, size_t parent)
{
	size_t k = f->count++;

	for (; k > 0 && f->parents[k - 1] > parent; k--)
		f->parents[k] = f->parents[k - 1];
	f->parents[k] = (uint16_t)parent;
}

static inline void family_drop(struct family_set *f, size_t parent)
{
	size_t k = 0;

	while (f->parents[k] != parent)
		k++;
	for (f->count--; k < f->count; k++)
		f->parents[k] = f->parents[k + 1];
	f->parents[f->count] = 0;
}

static inline bool family_has(const struct family_set *f, size_t parent)
{
	for (size_t k = 0; k < f->count; k++) {
		if (f->parents[k] == parent)
			return true;
	}
	return false;
}

#endif
