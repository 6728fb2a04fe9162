/* structure_counts.c - how well a node is told by its parents: a family is counted in one pass over the rows, or all families with one
 * further parent each in a pass for each of them, from the places that the family itself gives the rows. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/structure_parts.h"

/* Scores that are remembered: 40 MB a thread. When all places are taken it begins anew. */
enum { REMEMBERED = 1 << 20 };

static void *allot(size_t each, size_t count)
{
	void *at = calloc(count ? count : 1, each);

	if (!at)
		abort();
	return at;
}

static void forget(struct counter *c)
{
	for (size_t i = 0; i < c->room; i++)
		c->remembered[i].family.node = UINT16_MAX;
	c->used = 0;
}

struct counter counter_new(const struct structure_data *data)
{
	struct counter c = { .data = data, .room = 1 << 12 };

	c.place = allot(sizeof *c.place, data->rows);
	c.counts = allot(sizeof *c.counts, STRUCTURE_CELLS_MAX);
	c.remembered = allot(sizeof *c.remembered, c.room);
	forget(&c);
	return c;
}

void counter_free(struct counter *c)
{
	free(c->place);
	free(c->counts);
	free(c->remembered);
}

/* ---- scores remembered ---- */

static struct remembered *find(struct remembered *table, size_t room, const struct family_set *f)
{
	uint64_t hash = 0xCBF29CE484222325u; /* FNV-1a by words of two bytes */
	size_t i;

	hash = (hash ^ f->node) * 0x100000001B3u;
	for (size_t k = 0; k < f->count; k++)
		hash = (hash ^ f->parents[k]) * 0x100000001B3u;
	for (i = (hash ^ hash >> 29) & (room - 1); table[i].family.node != UINT16_MAX; i = (i + 1) & (room - 1)) {
		if (!memcmp(&table[i].family, f, sizeof *f))
			break;
	}
	return &table[i];
}

static void grow(struct counter *c)
{
	struct remembered *old = c->remembered;
	size_t room = c->room;

	if (room == REMEMBERED) {
		forget(c);
		return;
	}
	c->room = 4 * room;
	c->remembered = allot(sizeof *c->remembered, c->room);
	forget(c);
	for (size_t i = 0; i < room; i++) {
		if (old[i].family.node == UINT16_MAX)
			continue;
		*find(c->remembered, c->room, &old[i].family) = old[i];
		c->used++;
	}
	free(old);
}

static void remember(struct counter *c, const struct family_set *f, double score)
{
	if (2 * c->used >= c->room)
		grow(c);
	*find(c->remembered, c->room, f) = (struct remembered){ *f, score };
	c->used++;
}

static bool recall(const struct counter *c, const struct family_set *f, double *ret)
{
	const struct remembered *r = find(c->remembered, c->room, f);

	if (r->family.node == UINT16_MAX)
		return false;
	*ret = r->score;
	return true;
}

/* ---- counting ---- */

/* Each row's combination of the parents' states and, changing first, the node's own */
static void place_rows(struct counter *c, const struct family_set *f)
{
	const struct structure_data *d = c->data;
	const uint16_t *own = d->columns + f->node * d->rows;

	memset(c->place, 0, d->rows * sizeof *c->place);
	for (size_t k = 0; k < f->count; k++) {
		const uint16_t *of = d->columns + f->parents[k] * d->rows;
		uint32_t states = (uint32_t)d->states[f->parents[k]];

		for (size_t i = 0; i < d->rows; i++)
			c->place[i] = c->place[i] * states + of[i];
	}
	for (size_t i = 0; i < d->rows; i++)
		c->place[i] = c->place[i] * (uint32_t)d->states[f->node] + own[i];
}

/* N_ijk by (combination, own state, state of the further parent); further: NULL for none, and then of one state */
static void count(struct counter *c, const uint16_t *further, size_t states, size_t cells)
{
	const struct structure_data *d = c->data;

	memset(c->counts, 0, cells * sizeof *c->counts);
	if (!further) {
		for (size_t i = 0; i < d->rows; i++)
			c->counts[c->place[i]] += d->weight[i];
		return;
	}
	for (size_t i = 0; i < d->rows; i++)
		c->counts[c->place[i] * states + further[i]] += d->weight[i];
}

static double log_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign);
}

/* What BDeu adds to each count of a family, and the logarithms of gamma where nothing was counted */
struct prior {
	double of_row, of_cell, log_row, log_cell;
};

static struct prior prior_of(const struct structure_data *d, size_t r, double all)
{
	double of_row = d->how->strength / all, of_cell = of_row / (double)r;

	if (d->how->by == BY_BIC)
		return (struct prior){ 0 };
	return (struct prior){ of_row, of_cell, log_gamma(of_row), log_gamma(of_cell) };
}

/* Of one combination: its r counts lie `step` apart. */
static double score_combination(const struct structure_data *d, const uint32_t *counts, size_t r, size_t step, const struct prior *p)
{
	bool by_bic = d->how->by == BY_BIC;
	double score = 0;
	uint32_t n = 0;

	for (size_t k = 0; k < r; k++) {
		uint32_t cell = counts[k * step];

		n += cell;
		if (cell)
			score += by_bic ? d->count_log[cell] : log_gamma(cell + p->of_cell) - p->log_cell;
	}
	if (!n)
		return 0;
	return score + (by_bic ? -d->count_log[n] : p->log_row - log_gamma(n + p->of_row));
}

/* q combinations of parents, each with those of a further one of `states` states */
static double score_counts(const struct counter *c, size_t node, size_t q, size_t states)
{
	const struct structure_data *d = c->data;
	size_t r = d->states[node];
	double all = (double)(q * states), score = 0;
	struct prior p = prior_of(d, r, all);

	for (size_t j = 0; j < q; j++) {
		for (size_t s = 0; s < states; s++)
			score += score_combination(d, c->counts + j * r * states + s, r, states, &p);
	}
	return d->how->by == BY_BIC ? score - d->penalty * all * (double)(r - 1) : score;
}

double counter_score(struct counter *c, const struct family_set *f)
{
	size_t cells = family_cells(c->data, f);
	double score;

	if (cells > STRUCTURE_CELLS_MAX)
		return -INFINITY;
	if (recall(c, f, &score))
		return score;
	place_rows(c, f);
	count(c, NULL, 1, cells);
	score = score_counts(c, f->node, cells / c->data->states[f->node], 1);
	remember(c, f, score);
	return score;
}

void counter_scores_with(struct counter *c, const struct family_set *f, const bool *wanted, double *ret)
{
	const struct structure_data *d = c->data;
	size_t cells = family_cells(d, f);
	bool placed = false;

	assert(f->count < STRUCTURE_PARENTS_MAX);
	for (size_t i = 0; i < d->nodes; i++) {
		struct family_set larger = *f;

		if (!wanted[i])
			continue;
		ret[i] = -INFINITY;
		if (cells * d->states[i] > STRUCTURE_CELLS_MAX)
			continue;
		family_add(&larger, i);
		if (recall(c, &larger, &ret[i]))
			continue;
		if (!placed)
			place_rows(c, f);
		placed = true;
		count(c, d->columns + i * d->rows, d->states[i], cells * d->states[i]);
		ret[i] = score_counts(c, f->node, cells / d->states[f->node], d->states[i]);
		remember(c, &larger, ret[i]);
	}
}
