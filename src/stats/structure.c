/* structure.c - what is wanted is checked, rows are merged, and what was found becomes the network's. */
#include "stats/structure_parts.h"

#include <assert.h>
#include <math.h>

const struct problem structure_large = { 422, "structure-large", "A structure is learned of at most 256 nodes (all ways tried: 16) and two thousand million rows." };
const struct problem structure_holes = { 422, "structure-holes", "A row has a state that is not known, or that is none of its node's." };
const struct problem structure_cyclic = { 422, "structure-cyclic", "The order that is asked for goes in a circle." };
const struct problem structure_arrows = { 422, "structure-arrows", "An arrow must be and must not be, or a node must have more parents than it may." };

struct structure_options structure_options(void)
{
	return (struct structure_options){ .by = BY_BDEU, .strength = 1, .parents_max = 4, .starts = 2, .rounds = 100, .seed = 1 };
}

/* ---- arrows ---- */

/* Arrows that must be have an order: who has no parent left is taken away, until nobody is there. */
static bool has_order(const struct structure_data *d)
{
	bool gone[STRUCTURE_NODES_MAX] = { false };
	size_t left = d->nodes, before;

	do {
		before = left;
		for (size_t to = 0; to < d->nodes; to++) {
			bool waits = gone[to];

			for (size_t from = 0; from < d->nodes && !waits; from++)
				waits = d->must[structure__pair(d, from, to)] && !gone[from];
			gone[to] |= !waits;
			left -= !waits;
		}
	} while (left && left < before);
	return !left;
}

static void mark_arrows(struct arena *arena, struct structure_data *d)
{
	const struct structure_options *how = d->how;

	d->may = ARENA_ARRAY(arena, bool, d->nodes * d->nodes);
	d->must = ARENA_ARRAY(arena, bool, d->nodes * d->nodes);
	for (size_t from = 0; from < d->nodes; from++) {
		for (size_t to = 0; to < d->nodes; to++)
			d->may[structure__pair(d, from, to)] = from != to && (!how->tier || how->tier[from] <= how->tier[to]);
	}
	for (size_t k = 0; k < how->never_count; k++)
		d->may[structure__pair(d, how->never[k].from, how->never[k].to)] = false;
	for (size_t k = 0; k < how->must_count; k++)
		d->must[structure__pair(d, how->must[k].from, how->must[k].to)] = true;
}

/* Those of one node that must be: few enough, allowed, and a table that is not too large */
static problem check_parents(const struct structure_data *d, size_t to)
{
	struct family_set f = { .node = (uint16_t)to };

	for (size_t from = 0; from < d->nodes; from++) {
		if (!d->must[structure__pair(d, from, to)])
			continue;
		if (!d->may[structure__pair(d, from, to)] || f.count == d->how->parents_max)
			return &structure_arrows;
		family_add(&f, from);
	}
	return family_cells(d, &f) > STRUCTURE_CELLS_MAX ? &network_large : NULL;
}

static problem check_arrows(const struct structure_data *d)
{
	problem why = has_order(d) ? NULL : &structure_cyclic;

	for (size_t to = 0; to < d->nodes && !why; to++)
		why = check_parents(d, to);
	return why;
}

/* ---- rows ---- */

static bool are_states(const struct network *n, const unsigned *const *columns, size_t rows)
{
	for (size_t i = 0; i < n->count; i++) {
		for (size_t row = 0; row < rows; row++) {
			if (columns[i][row] >= n->nodes[i].state_count)
				return false;
		}
	}
	return true;
}

static bool are_equal(const struct structure_data *d, const unsigned *const *columns, size_t a, size_t b)
{
	for (size_t i = 0; i < d->nodes; i++) {
		if (columns[i][a] != columns[i][b])
			return false;
	}
	return true;
}

/* first[k]: where the k-th different row stands first. weight: how many are like it. */
static void merge(struct arena *arena, struct structure_data *d, const unsigned *const *columns, size_t *first)
{
	size_t room = 1, *table;
	uint64_t *hash = ARENA_ARRAY(arena, uint64_t, d->all);

	while (room < 2 * d->all)
		room *= 2;
	table = ARENA_ARRAY(arena, size_t, room); /* 1 + place among the different rows */
	for (size_t i = 0; i < d->nodes; i++) {
		for (size_t row = 0; row < d->all; row++)
			hash[row] = (hash[row] ^ columns[i][row]) * 0x9E3779B97F4A7C15u;
	}
	for (size_t row = 0; row < d->all; row++) {
		size_t at = (hash[row] ^ hash[row] >> 32) & (room - 1);

		while (table[at] && !are_equal(d, columns, first[table[at] - 1], row))
			at = (at + 1) & (room - 1);
		if (!table[at]) {
			first[d->rows] = row;
			table[at] = ++d->rows;
		}
		d->weight[table[at] - 1]++;
	}
}

problem structure__data(struct arena *arena, const struct network *n, const unsigned *const *columns, size_t rows,
                        const struct structure_options *how, struct structure_data *ret)
{
	struct structure_data d = { .how = how, .nodes = n->count, .all = rows, .penalty = log((double)rows) / 2 };
	size_t *first;
	problem why;

	assert(how->parents_max <= STRUCTURE_PARENTS_MAX && how->starts > 0);
	if (n->count > STRUCTURE_NODES_MAX || rows > INT32_MAX)
		return &structure_large;
	if (!n->count || !rows || !(how->strength > 0) || !isfinite(how->strength))
		return &sample_unfit;
	if (!are_states(n, columns, rows))
		return &structure_holes;
	d.states = ARENA_ARRAY(arena, size_t, d.nodes);
	for (size_t i = 0; i < d.nodes; i++)
		d.states[i] = n->nodes[i].state_count;
	mark_arrows(arena, &d);
	why = check_arrows(&d);
	if (why)
		return why;
	first = ARENA_ARRAY(arena, size_t, rows);
	d.weight = ARENA_ARRAY(arena, uint32_t, rows);
	merge(arena, &d, columns, first);
	d.columns = ARENA_ARRAY(arena, uint16_t, d.nodes * d.rows);
	for (size_t i = 0; i < d.nodes; i++) {
		for (size_t row = 0; row < d.rows; row++)
			d.columns[i * d.rows + row] = (uint16_t)columns[i][first[row]];
	}
	d.count_log = ARENA_ARRAY(arena, double, rows + 1);
	for (size_t k = 1; k <= rows; k++)
		d.count_log[k] = (double)k * log((double)k);
	*ret = d;
	return NULL;
}

/* ---- the result ---- */

problem structure__finish(struct arena *arena, struct network *n, const unsigned *const *columns, const struct structure_data *d,
                          const struct family_set *families, double *score)
{
	struct scores scores;
	problem why;

	for (size_t i = 0; i < n->count; i++) {
		struct node *node = &n->nodes[i];

		node->parent_count = families[i].count;
		node->parents = ARENA_ARRAY(arena, size_t, families[i].count + 1);
		node->rows = 1;
		for (size_t k = 0; k < families[i].count; k++) {
			node->parents[k] = families[i].parents[k];
			node->rows *= n->nodes[node->parents[k]].state_count;
		}
	}
	why = network_score(arena, n, columns, d->all, d->how->strength, &scores);
	if (!why)
		*score = d->how->by == BY_BIC ? scores.bic : scores.bdeu;
	return why;
}

problem structure_losses(struct arena *arena, const struct network *n, const unsigned *const *columns, size_t rows, const struct structure_options *how,
                         double *ret)
{
	struct structure_data d;
	struct counter c;
	problem why = structure__data(arena, n, columns, rows, how, &d);

	if (why)
		return why;
	c = counter_new(&d);
	for (size_t i = 0; i < n->count; i++) {
		struct family_set f = { .node = (uint16_t)i };

		assert(n->nodes[i].parent_count <= STRUCTURE_PARENTS_MAX);
		for (size_t k = 0; k < n->nodes[i].parent_count; k++)
			family_add(&f, n->nodes[i].parents[k]);
		for (size_t k = 0; k < n->nodes[i].parent_count; k++) {
			struct family_set less = f;

			family_drop(&less, n->nodes[i].parents[k]);
			*ret++ = counter_score(&c, &f) - counter_score(&c, &less);
		}
	}
	counter_free(&c);
	return NULL;
}
