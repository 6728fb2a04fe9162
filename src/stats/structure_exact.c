/* structure_exact.c - the best network of all. A network without a cycle has a last node: the best over a set of nodes is the best over it
 * without its last, and the best parents of the last within what is left. 2^n sets, n of them each. */
#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "num/threads.h"
#include "stats/structure_parts.h"

static const double EVEN = 1e-9;

struct exact {
	const struct structure_data *d;
	struct progress *progress;
	double *best;      /* (nodes, 2^nodes): of a node, with parents within a set */
	uint16_t *parents; /* which those are */
	atomic_size_t done;
};

static struct family_set family_of(size_t node, size_t set)
{
	struct family_set f = { .node = (uint16_t)node };

	for (size_t i = 0; set >> i && f.count < STRUCTURE_PARENTS_MAX; i++) {
		if (set >> i & 1)
			f.parents[f.count++] = (uint16_t)i;
	}
	return f;
}

static bool is_allowed(const struct structure_data *d, size_t node, size_t set)
{
	for (size_t i = 0; i < d->nodes; i++) {
		bool in = set >> i & 1;

		if ((in && !d->may[structure__pair(d, i, node)]) || (!in && d->must[structure__pair(d, i, node)]))
			return false;
	}
	return (size_t)__builtin_popcountll(set) <= d->how->parents_max;
}

/* The best of the sets with one less */
static size_t best_less(const double *best, size_t set)
{
	size_t ret = set & (set - 1);

	for (size_t rest = set; rest; rest &= rest - 1) {
		size_t less = set & ~(rest & -rest);

		ret = best[less] > best[ret] ? less : ret;
	}
	return ret;
}

/* Sets upwards: those with one less are there already. More parents that say no more are not taken. */
static void best_parents(void *self, size_t node, size_t thread)
{
	struct exact *e = self;
	size_t sets = (size_t)1 << e->d->nodes;
	double *best = e->best + node * sets;
	uint16_t *parents = e->parents + node * sets;
	struct counter counter = counter_new(e->d);

	for (size_t set = 0; set < sets; set++) {
		struct family_set f = family_of(node, set);
		size_t less = best_less(best, set);
		double own = -INFINITY;

		best[set] = -INFINITY;
		if (set >> node & 1)
			continue;
		if (is_allowed(e->d, node, set))
			own = counter_score(&counter, &f);
		if (set == 0 || own > best[less] + EVEN) {
			best[set] = own;
			parents[set] = (uint16_t)set;
		} else {
			best[set] = best[less];
			parents[set] = parents[less];
		}
	}
	counter_free(&counter);
	atomic_fetch_add(&e->done, 1);
	if (thread == 0)
		progress_at(e->progress, atomic_load(&e->done), e->d->nodes);
}

/* all[set]: the best over the set; last[set]: who is last in it */
static void best_last(const struct exact *e, double *all, uint8_t *last)
{
	size_t sets = (size_t)1 << e->d->nodes;

	for (size_t set = 1; set < sets; set++) {
		all[set] = -INFINITY;
		for (size_t i = 0; i < e->d->nodes; i++) {
			size_t less = set & ~((size_t)1 << i);
			double score;

			if (less == set)
				continue;
			score = all[less] + e->best[i * sets + less];
			if (score > all[set]) {
				all[set] = score;
				last[set] = (uint8_t)i;
			}
		}
	}
}

problem structure_exact(struct arena *arena, struct network *n, const unsigned *const *columns, size_t rows, const struct structure_options *how,
                        struct progress *progress, double *score)
{
	CLEANUP(threads_free) struct threads *threads = NULL;
	struct structure_data d;
	struct exact e = { .d = &d, .progress = progress };
	struct family_set families[STRUCTURE_EXACT_MAX];
	size_t sets = (size_t)1 << n->count;
	uint8_t *last;
	problem why = n->count > STRUCTURE_EXACT_MAX ? &structure_large : structure__data(arena, n, columns, rows, how, &d);

	if (why)
		return why;
	e.best = ARENA_ARRAY(arena, double, n->count * sets);
	e.parents = ARENA_ARRAY(arena, uint16_t, n->count * sets);
	last = ARENA_ARRAY(arena, uint8_t, sets);
	threads = threads_start(how->threads);
	threads_each(threads, n->count, best_parents, &e);
	best_last(&e, ARENA_ARRAY(arena, double, sets), last);
	for (size_t set = sets - 1; set; set &= ~((size_t)1 << last[set])) {
		size_t i = last[set];

		families[i] = family_of(i, e.parents[i * sets + (set & ~((size_t)1 << i))]);
	}
	return structure__finish(arena, n, columns, &d, families, score);
}
