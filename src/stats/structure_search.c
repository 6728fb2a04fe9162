/* structure_search.c - tabu search over networks. `gain[to][from]` is what the score of `to` gains when the arrow from `from` is added, or
 * deleted where it is: an arrow changed makes one row of it new. Turning is deleting and adding. What rounding makes is no gain (EVEN). */
#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "num/random.h"
#include "num/threads.h"
#include "stats/structure_parts.h"

static const double EVEN = 1e-7;
enum { WORDS = STRUCTURE_NODES_MAX / 64, PATIENCE = 15, TENURE = 8, MOVES_MAX = 10000 };

enum move_kind { NO_MOVE, ADD, DELETE, TURN };
struct move {
	enum move_kind kind;
	size_t from, to;
	double gain;
};

/* One search, with all that it needs. */
struct chain {
	const struct structure_data *d;
	struct counter counter;
	struct random random;
	struct family_set *families;   /* (nodes) where it stands */
	double *own;                   /* (nodes) the score of each */
	double *gain;                  /* (nodes, nodes)[to * nodes + from] */
	bool *stale;                   /* (nodes) own and gain are not of the family */
	uint64_t (*above)[WORDS];      /* (nodes) its ancestors */
	size_t *freed;                 /* (nodes, nodes) the step from which the pair may be changed again */
	bool *wanted;                  /* (nodes) */
	struct family_set *best;       /* (nodes) */
	double best_score;
	size_t step;
};

static void *allot(size_t each, size_t count)
{
	void *at = calloc(count, each);

	if (!at)
		abort();
	return at;
}

static void chain_begin(struct chain *c, const struct structure_data *d, size_t number)
{
	size_t n = d->nodes;

	*c = (struct chain){ .d = d, .counter = counter_new(d), .random = random_of(d->how->seed, number), .best_score = -INFINITY };
	c->families = allot(sizeof *c->families, n);
	c->best = allot(sizeof *c->best, n);
	c->own = allot(sizeof *c->own, n);
	c->gain = allot(sizeof *c->gain, n * n);
	c->stale = allot(sizeof *c->stale, n);
	c->wanted = allot(sizeof *c->wanted, n);
	c->above = allot(sizeof *c->above, n);
	c->freed = allot(sizeof *c->freed, n * n);
	for (size_t to = 0; to < n; to++) {
		c->families[to].node = (uint16_t)to;
		c->stale[to] = true;
		for (size_t from = 0; from < n; from++) {
			if (d->must[structure__pair(d, from, to)])
				family_add(&c->families[to], from);
		}
	}
}

static void chain_end(struct chain *c)
{
	counter_free(&c->counter);
	free(c->families);
	free(c->own);
	free(c->gain);
	free(c->stale);
	free(c->wanted);
	free(c->above);
	free(c->freed);
}

/* ---- where it stands ---- */

static bool is_above(const struct chain *c, size_t a, size_t b) { return c->above[b][a / 64] >> a % 64 & 1; }

static void find_above(struct chain *c, size_t i, bool *known)
{
	if (known[i])
		return;
	known[i] = true;
	memset(c->above[i], 0, sizeof c->above[i]);
	for (size_t k = 0; k < c->families[i].count; k++) {
		size_t p = c->families[i].parents[k];

		find_above(c, p, known);
		c->above[i][p / 64] |= (uint64_t)1 << p % 64;
		for (size_t w = 0; w < WORDS; w++)
			c->above[i][w] |= c->above[p][w];
	}
}

static void find_all_above(struct chain *c)
{
	bool known[STRUCTURE_NODES_MAX] = { false };

	for (size_t i = 0; i < c->d->nodes; i++)
		find_above(c, i, known);
}

/* The node's own score, and what each arrow to it gains */
static void refresh(struct chain *c, size_t to)
{
	const struct structure_data *d = c->d;
	struct family_set *f = &c->families[to];
	double *gain = c->gain + to * d->nodes;

	c->own[to] = counter_score(&c->counter, f);
	for (size_t from = 0; from < d->nodes; from++) {
		struct family_set less = *f;

		gain[from] = -INFINITY;
		c->wanted[from] = f->count < d->how->parents_max && d->may[structure__pair(d, from, to)] && !family_has(f, from);
		if (!family_has(f, from))
			continue;
		family_drop(&less, from);
		gain[from] = counter_score(&c->counter, &less) - c->own[to];
	}
	if (f->count < d->how->parents_max)
		counter_scores_with(&c->counter, f, c->wanted, gain);
	for (size_t from = 0; from < d->nodes; from++)
		gain[from] -= c->wanted[from] ? c->own[to] : 0;
	c->stale[to] = false;
}

static void refresh_all(struct chain *c)
{
	for (size_t i = 0; i < c->d->nodes; i++) {
		if (c->stale[i])
			refresh(c, i);
	}
	find_all_above(c);
}

static double score_of(const struct chain *c)
{
	double sum = 0;

	for (size_t i = 0; i < c->d->nodes; i++)
		sum += c->own[i];
	return sum;
}

/* ---- moves ---- */

/* Would an arrow to -> from, in the place of from -> to, close a circle? It does where there is another way from `from` to `to`. */
static bool may_turn(const struct chain *c, size_t from, size_t to)
{
	const struct family_set *f = &c->families[to];

	if (!c->d->may[structure__pair(c->d, to, from)] || c->d->must[structure__pair(c->d, from, to)] ||
	    c->families[from].count >= c->d->how->parents_max)
		return false;
	for (size_t k = 0; k < f->count; k++) {
		if (f->parents[k] != from && is_above(c, from, f->parents[k]))
			return false;
	}
	return true;
}

/* The better of what may be done to the arrow from -> to, which is or is not there */
static struct move move_of(const struct chain *c, size_t from, size_t to)
{
	const struct structure_data *d = c->d;
	double gain = c->gain[to * d->nodes + from], turned;
	struct move none = { NO_MOVE, from, to, -INFINITY };

	if (!family_has(&c->families[to], from)) {
		bool can = c->families[to].count < d->how->parents_max && d->may[structure__pair(d, from, to)] && !is_above(c, to, from);

		return can ? (struct move){ ADD, from, to, gain } : none;
	}
	turned = may_turn(c, from, to) ? gain + c->gain[from * d->nodes + to] : -INFINITY;
	if (d->must[structure__pair(d, from, to)])
		return none;
	return turned > gain ? (struct move){ TURN, from, to, turned } : (struct move){ DELETE, from, to, gain };
}

static void apply(struct chain *c, const struct move *m)
{
	size_t n = c->d->nodes;

	if (m->kind == ADD)
		family_add(&c->families[m->to], m->from);
	else
		family_drop(&c->families[m->to], m->from);
	if (m->kind == TURN)
		family_add(&c->families[m->from], m->to);
	c->stale[m->to] = true;
	c->stale[m->from] |= m->kind == TURN;
	c->step++;
	c->freed[m->from * n + m->to] = c->freed[m->to * n + m->from] = c->step + TENURE;
}

/* A pair that was just changed is left alone, unless all would be better than ever. */
static struct move best_move(const struct chain *c, double score, double ever)
{
	size_t n = c->d->nodes;
	struct move best = { NO_MOVE, 0, 0, -INFINITY };

	for (size_t to = 0; to < n; to++) {
		for (size_t from = 0; from < n; from++) {
			struct move m = from == to ? best : move_of(c, from, to);

			if (m.gain <= best.gain + EVEN)
				continue;
			if (c->freed[to * n + from] <= c->step || score + m.gain > ever + EVEN)
				best = m;
		}
	}
	return best;
}

static double keep(struct chain *c, struct family_set *at)
{
	memcpy(at, c->families, c->d->nodes * sizeof *at);
	return score_of(c);
}

static void stand_at(struct chain *c, const struct family_set *at)
{
	for (size_t i = 0; i < c->d->nodes; i++) {
		c->stale[i] |= memcmp(&c->families[i], &at[i], sizeof at[i]) != 0;
		c->families[i] = at[i];
	}
}

/* Up, and for some steps down where there is no up; it ends where it was best, `at`. */
static double climb(struct chain *c, size_t patience, struct family_set *at)
{
	double ever;
	size_t since = 0;

	refresh_all(c);
	ever = keep(c, at);
	for (size_t moves = 0; since <= patience && moves < MOVES_MAX; moves++) {
		double score = score_of(c);
		struct move m = best_move(c, score, ever);

		if (m.kind == NO_MOVE || (!patience && m.gain <= EVEN))
			break;
		apply(c, &m);
		refresh_all(c);
		score = score_of(c);
		if (score > ever + EVEN) {
			ever = keep(c, at);
			since = 0;
		} else {
			since++;
		}
	}
	stand_at(c, at);
	return ever;
}

/* ---- going on from the best ---- */

/* from -> to is covered when the other parents of `to` are those of `from`: turned, the network says the same. */
static bool is_covered(const struct chain *c, size_t from, size_t to)
{
	struct family_set rest = c->families[to];

	family_drop(&rest, from);
	return rest.count == c->families[from].count && !memcmp(rest.parents, c->families[from].parents, sizeof rest.parents);
}

static void turn_covered(struct chain *c, size_t times)
{
	const struct structure_data *d = c->d;

	for (size_t t = 0; t < times; t++) {
		struct move chosen = { .kind = NO_MOVE };
		uint32_t seen = 0;

		for (size_t to = 0; to < d->nodes; to++) {
			for (size_t k = 0; k < c->families[to].count; k++) {
				size_t from = c->families[to].parents[k];

				if (!d->may[structure__pair(d, to, from)] || d->must[structure__pair(d, from, to)] || !is_covered(c, from, to))
					continue;
				if (random_below(&c->random, ++seen) == 0)
					chosen = (struct move){ TURN, from, to, 0 };
			}
		}
		if (chosen.kind == TURN)
			apply(c, &chosen);
	}
}

/* Would the family be small enough? */
static bool may_add(const struct chain *c, size_t from, size_t to)
{
	struct family_set larger = c->families[to];

	family_add(&larger, from);
	return family_cells(c->d, &larger) <= STRUCTURE_CELLS_MAX;
}

static void kick(struct chain *c, size_t times)
{
	uint32_t n = (uint32_t)c->d->nodes;

	for (size_t t = 0; t < times && n > 1; t++) {
		uint32_t from = random_below(&c->random, n), to = random_below(&c->random, n);
		struct move m;

		find_all_above(c);
		m = from == to ? (struct move){ .kind = NO_MOVE } : move_of(c, from, to);
		if (m.kind == DELETE && may_turn(c, from, to) && random_below(&c->random, 2))
			m.kind = TURN;
		if ((m.kind == ADD && !may_add(c, from, to)) || (m.kind == TURN && !may_add(c, to, from)))
			m.kind = NO_MOVE;
		if (m.kind != NO_MOVE)
			apply(c, &m);
	}
}

/* All arrows of a few nodes but those that must be */
static void sever(struct chain *c, size_t times)
{
	const struct structure_data *d = c->d;

	for (size_t t = 0; t < times; t++) {
		size_t i = random_below(&c->random, (uint32_t)d->nodes);

		for (size_t j = 0; j < d->nodes; j++) {
			struct move in = { DELETE, j, i, 0 }, out = { DELETE, i, j, 0 };

			if (family_has(&c->families[i], j) && !d->must[structure__pair(d, j, i)])
				apply(c, &in);
			if (family_has(&c->families[j], i) && !d->must[structure__pair(d, i, j)])
				apply(c, &out);
		}
	}
}

static void go_on(struct chain *c, size_t round)
{
	uint32_t n = (uint32_t)c->d->nodes;

	if (round % 3 == 0)
		turn_covered(c, 1 + random_below(&c->random, n));
	else if (round % 3 == 1)
		sever(c, 1 + random_below(&c->random, 1 + n / 8));
	else
		kick(c, 2 + random_below(&c->random, 1 + n / 2));
}

struct search {
	const struct structure_data *d;
	struct chain *chains;
	struct progress *progress;
	atomic_size_t done; /* rounds, of all chains */
};

/* The caller's thread says how far all are. */
static void say(struct search *s, size_t thread)
{
	size_t done = atomic_fetch_add(&s->done, 1) + 1;

	if (thread == 0)
		progress_at(s->progress, done, s->d->how->starts * s->d->how->rounds);
}

/* What says nothing is not there. */
static void prune(struct chain *c)
{
	struct move m;

	do {
		refresh_all(c);
		m = (struct move){ .kind = NO_MOVE };
		for (size_t to = 0; to < c->d->nodes; to++) {
			for (size_t k = 0; k < c->families[to].count; k++) {
				size_t from = c->families[to].parents[k];

				if (!c->d->must[structure__pair(c->d, from, to)] && c->gain[to * c->d->nodes + from] >= -EVEN)
					m = (struct move){ DELETE, from, to, 0 };
			}
		}
		if (m.kind == DELETE)
			apply(c, &m);
	} while (m.kind == DELETE);
	c->best_score = keep(c, c->best);
}

static void chain_run(struct search *s, size_t number, size_t thread)
{
	struct chain *c = &s->chains[number];
	const struct structure_options *how = c->d->how;
	struct family_set *at = allot(sizeof *at, c->d->nodes);

	if (number > 0)
		kick(c, 3 * c->d->nodes);
	c->best_score = climb(c, PATIENCE, c->best);
	for (size_t round = 0; round < how->rounds; round++) {
		double score;

		go_on(c, round);
		score = climb(c, 0, at);
		if (score > c->best_score + EVEN)
			score = climb(c, PATIENCE, at);
		if (score >= c->best_score - EVEN) {
			c->best_score = score > c->best_score ? score : c->best_score;
			memcpy(c->best, at, c->d->nodes * sizeof *at);
		}
		stand_at(c, c->best);
		say(s, thread);
	}
	prune(c);
	free(at);
}

static void run_part(void *self, size_t part, size_t thread)
{
	struct search *s = self;

	chain_begin(&s->chains[part], s->d, part);
	chain_run(s, part, thread);
	chain_end(&s->chains[part]);
}

problem structure_learn(struct arena *arena, struct network *n, const unsigned *const *columns, size_t rows, const struct structure_options *how,
                        struct progress *progress, double *score)
{
	CLEANUP(threads_free) struct threads *threads = NULL;
	struct structure_data d;
	struct search s = { .d = &d, .progress = progress };
	size_t best = 0;
	problem why = structure__data(arena, n, columns, rows, how, &d);

	if (why)
		return why;
	s.chains = ARENA_ARRAY(arena, struct chain, how->starts);
	threads = threads_start(how->threads);
	threads_each(threads, how->starts, run_part, &s);
	for (size_t k = 1; k < how->starts; k++)
		best = s.chains[k].best_score > s.chains[best].best_score + EVEN ? k : best;
	why = structure__finish(arena, n, columns, &d, s.chains[best].best, score);
	for (size_t k = 0; k < how->starts; k++)
		free(s.chains[k].best);
	return why;
}
