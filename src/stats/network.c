#include "stats/network.h"

#include <assert.h>
#include <math.h>

const struct problem network_cyclic = { 422, "network-cyclic", "A node is its own ancestor." };
const struct problem network_impossible = { 422, "network-impossible", "What is known cannot be: its chance is 0." };
const struct problem network_wide = { 422, "network-wide", "The answer wants tables of more than 16 million cells, or 128 million in all." };

size_t network_find(const struct network *n, struct text name)
{
	size_t i = 0;

	while (i < n->count && !text_eq(n->nodes[i].name, name))
		i++;
	return i;
}

/* ---- tables on the way: a factor is a table over some nodes, the last of which changes first ---- */

struct factor {
	size_t *nodes, count;
	double *values;
	size_t cells;
};

/* Sets of nodes as bits */
typedef uint64_t bits;
static bool has(const bits *set, size_t i) { return set[i / 64] >> i % 64 & 1; }
static void add(bits *set, size_t i) { set[i / 64] |= (bits)1 << i % 64; }
static void take_away(bits *set, size_t i) { set[i / 64] &= ~((bits)1 << i % 64); }

struct asking {
	struct arena *arena;
	const struct network *n;
	const unsigned *known;
	size_t words;           /* of a set */
	bits *relevant, *left;  /* nodes that matter; those to be summed out */
	bits *near;             /* (nodes, words) who stands in one table with whom */
	struct factor *factors; /* (2 nodes) */
	size_t factor_count;
	double constant;
	size_t cells;           /* of all tables so far */
};

/* 1 GB of tables for one question */
static const size_t CELLS_IN_ALL = 1 << 27;

static bits *near_of(const struct asking *a, size_t i) { return a->near + i * a->words; }

/* Who is neither asked for, nor known, nor an ancestor of such a one says nothing (barren nodes: Shachter 1986). */
static void mark(struct asking *a, size_t i)
{
	const struct node *node = &a->n->nodes[i];

	if (has(a->relevant, i))
		return;
	add(a->relevant, i);
	for (size_t p = 0; p < node->parent_count; p++)
		mark(a, node->parents[p]);
}

/* An odometer over nodes: each factor's place follows by its own steps. */
struct walk {
	size_t count, at[NETWORK_PARENTS_MAX + 1], size[NETWORK_PARENTS_MAX + 1], step[NETWORK_PARENTS_MAX + 1];
	size_t place;
};

static void walk_on(struct walk *w)
{
	for (size_t k = w->count; k-- > 0;) {
		w->place += w->step[k];
		if (++w->at[k] < w->size[k])
			return;
		w->place -= w->at[k] * w->step[k];
		w->at[k] = 0;
	}
}

/* The node's table, with what is known of the family cut out of it */
static struct factor family(struct asking *a, size_t i)
{
	const struct node *node = &a->n->nodes[i];
	struct factor f = { ARENA_ARRAY(a->arena, size_t, node->parent_count + 1), 0, NULL, 1 };
	struct walk w = { 0 };
	size_t step = node->rows * node->state_count;

	for (size_t k = 0; k <= node->parent_count; k++) {
		size_t member = k < node->parent_count ? node->parents[k] : i, size = a->n->nodes[member].state_count;

		step /= size;
		if (a->known[member] != NOT_KNOWN) {
			w.place += a->known[member] * step;
			continue;
		}
		f.nodes[f.count++] = member;
		w.size[w.count] = size;
		w.step[w.count++] = step;
		f.cells *= size;
	}
	f.values = ARENA_ARRAY(a->arena, double, f.cells);
	for (size_t c = 0; c < f.cells; c++, walk_on(&w))
		f.values[c] = node->chances[w.place];
	return f;
}

static void add_factor(struct asking *a, struct factor f)
{
	if (!f.count) {
		a->constant *= f.values[0];
		return;
	}
	a->factors[a->factor_count++] = f;
	for (size_t i = 0; i < f.count; i++) {
		for (size_t j = 0; j < f.count; j++)
			add(near_of(a, f.nodes[i]), f.nodes[j]);
	}
}

/* ---- elimination ---- */

/* An order is found on the sets alone, before any table is made. */
struct plan {
	const struct network *n;
	size_t words;
	bits *left, *near;
	double *scores;
	size_t *order, count;
	double widest; /* ln of the cells of the largest table */
};

static bits *near_in(const struct plan *p, size_t i) { return p->near + i * p->words; }

/* ln of the cells of the table that summing out i makes on its way */
static double weight(const struct plan *p, size_t i)
{
	double sum = 0;

	for (size_t w = 0; w < p->words; w++) {
		for (bits rest = near_in(p, i)[w]; rest; rest &= rest - 1)
			sum += log((double)p->n->nodes[w * 64 + (size_t)__builtin_ctzll(rest)].state_count);
	}
	return sum;
}

/* How many who stand beside i do not yet stand beside each other; of equals the lighter */
static double fill_in(const struct plan *p, size_t i)
{
	double missing = 0;

	for (size_t w = 0; w < p->words; w++) {
		for (bits rest = near_in(p, i)[w]; rest; rest &= rest - 1) {
			const bits *beside = near_in(p, w * 64 + (size_t)__builtin_ctzll(rest));

			for (size_t v = 0; v < p->words; v++)
				missing += __builtin_popcountll(near_in(p, i)[v] & ~beside[v]);
		}
	}
	return missing + weight(p, i) / 1024;
}

static size_t lowest(const struct plan *p)
{
	size_t best = p->n->count;

	for (size_t i = 0; i < p->n->count; i++) {
		if (has(p->left, i) && (best == p->n->count || p->scores[i] < p->scores[best]))
			best = i;
	}
	return best;
}

/* Who stood beside it stands beside each other now. */
static void sum_out(struct plan *p, size_t out)
{
	const bits *beside = near_in(p, out);

	take_away(p->left, out);
	for (size_t i = 0; i < p->n->count; i++) {
		if (i == out || !has(beside, i))
			continue;
		for (size_t w = 0; w < p->words; w++)
			near_in(p, i)[w] |= beside[w];
		take_away(near_in(p, i), out);
	}
}

/* Greedily: who scores lowest goes next. */
static struct plan plan_by(const struct asking *a, double (*score)(const struct plan *p, size_t i))
{
	size_t nodes = a->n->count;
	struct plan p = { a->n, a->words, ARENA_ARRAY(a->arena, bits, a->words), ARENA_ARRAY(a->arena, bits, nodes * a->words),
		          ARENA_ARRAY(a->arena, double, nodes), ARENA_ARRAY(a->arena, size_t, nodes), 0, 0 };

	memcpy(p.left, a->left, a->words * sizeof *p.left);
	memcpy(p.near, a->near, nodes * a->words * sizeof *p.near);
	for (size_t i = 0; i < nodes; i++)
		p.scores[i] = has(p.left, i) ? score(&p, i) : 0;
	for (size_t out; (out = lowest(&p)) < nodes;) {
		p.widest = fmax(p.widest, weight(&p, out));
		p.order[p.count++] = out;
		sum_out(&p, out);
		for (size_t i = 0; i < nodes; i++) {
			if (has(p.left, i) && has(near_in(&p, out), i))
				p.scores[i] = score(&p, i);
		}
	}
	return p;
}

/* Lightest first is good and quick; where its tables grow large, fewest new neighbours first may be better. */
static struct plan plan_of(const struct asking *a)
{
	struct plan light = plan_by(a, weight), filling;

	if (light.widest < log(1 << 16))
		return light;
	filling = plan_by(a, fill_in);
	return filling.widest < light.widest ? filling : light;
}

static bool contains(const struct factor *f, size_t i)
{
	for (size_t k = 0; k < f->count; k++) {
		if (f->nodes[k] == i)
			return true;
	}
	return false;
}

/* One factor followed through the cells of another's nodes */
struct follower {
	const double *values;
	size_t place, inner;  /* inner: its step along the node that is summed out */
	size_t *step;         /* along each node of the result */
};

static struct follower follow(struct arena *arena, const struct network *n, const struct factor *f, const struct factor *result, size_t out)
{
	struct follower follower = { f->values, 0, 0, ARENA_ARRAY(arena, size_t, result->count + 1) };
	size_t step = 1;

	for (size_t k = f->count; k-- > 0; ) {
		for (size_t r = 0; r < result->count; r++) {
			if (result->nodes[r] == f->nodes[k])
				follower.step[r] = step;
		}
		if (f->nodes[k] == out)
			follower.inner = step;
		step *= n->nodes[f->nodes[k]].state_count;
	}
	return follower;
}

/* One cell of the result: the sum over the node's states of the product */
static double cell(const struct follower *followers, size_t count, size_t states)
{
	double sum = 0;

	for (size_t s = 0; s < states; s++) {
		double product = 1;

		for (size_t f = 0; f < count; f++)
			product *= followers[f].values[followers[f].place + s * followers[f].inner];
		sum += product;
	}
	return sum;
}

static void fill(struct asking *a, struct follower *followers, size_t count, struct factor *result, size_t out)
{
	size_t *at = ARENA_ARRAY(a->arena, size_t, result->count + 1), states = a->n->nodes[out].state_count;

	for (size_t c = 0; c < result->cells; c++) {
		result->values[c] = cell(followers, count, states);
		for (size_t k = result->count; k-- > 0;) {
			bool carried = ++at[k] == a->n->nodes[result->nodes[k]].state_count;

			for (size_t f = 0; f < count; f++)
				followers[f].place += carried ? followers[f].step[k] - at[k] * followers[f].step[k] : followers[f].step[k];
			if (!carried)
				break;
			at[k] = 0;
		}
	}
}

/* Multiplies all tables with the node and sums it out. */
static problem eliminate(struct asking *a, size_t out)
{
	struct factor result = { ARENA_ARRAY(a->arena, size_t, a->n->count), 0, NULL, 1 };
	struct follower *followers = ARENA_ARRAY(a->arena, struct follower, a->factor_count);
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < a->n->count; i++) {
		if (i == out || !has(near_of(a, out), i))
			continue;
		result.nodes[result.count++] = i;
		result.cells *= a->n->nodes[i].state_count;
		if (result.cells > NETWORK_CELLS_MAX)
			return &network_wide;
	}
	a->cells += result.cells;
	if (a->cells > CELLS_IN_ALL)
		return &network_wide;
	result.values = ARENA_ARRAY(a->arena, double, result.cells);
	for (size_t f = 0; f < a->factor_count; f++) {
		if (contains(&a->factors[f], out))
			followers[count++] = follow(a->arena, a->n, &a->factors[f], &result, out);
		else
			a->factors[kept++] = a->factors[f];
	}
	a->factor_count = kept;
	fill(a, followers, count, &result, out);
	for (size_t k = 0; k < result.count; k++)
		take_away(near_of(a, result.nodes[k]), out);
	add_factor(a, result);
	return NULL;
}

static problem eliminate_all(struct asking *a)
{
	struct plan p = plan_of(a);
	problem why = NULL;

	for (size_t k = 0; k < p.count && !why; k++)
		why = eliminate(a, p.order[k]);
	return why;
}

static struct asking asking_new(struct arena *arena, const struct network *n, const unsigned *known)
{
	struct asking a = { .arena = arena, .n = n, .known = known, .words = n->count / 64 + 1, .constant = 1 };

	a.relevant = ARENA_ARRAY(arena, bits, a.words);
	a.left = ARENA_ARRAY(arena, bits, a.words);
	a.near = ARENA_ARRAY(arena, bits, n->count * a.words);
	a.factors = ARENA_ARRAY(arena, struct factor, 2 * n->count);
	return a;
}

/* What is left are tables of the target alone. */
static problem finish(const struct asking *a, size_t target, double *posterior, double *evidence)
{
	size_t states = a->n->nodes[target].state_count;
	double sum = 0;

	for (size_t s = 0; s < states; s++) {
		double product = a->known[target] == NOT_KNOWN || a->known[target] == s ? a->constant : 0;

		for (size_t f = 0; f < a->factor_count; f++)
			product *= a->factors[f].values[s];
		posterior[s] = product;
		sum += product;
	}
	if (!(sum > 0))
		return &network_impossible;
	for (size_t s = 0; s < states; s++)
		posterior[s] /= sum;
	*evidence = sum;
	return NULL;
}

problem network_ask(struct arena *arena, const struct network *n, const unsigned *known, size_t target, double *posterior, double *evidence)
{
	struct asking a = asking_new(arena, n, known);
	problem why;

	assert(target < n->count);
	mark(&a, target);
	for (size_t i = 0; i < n->count; i++) {
		assert(known[i] == NOT_KNOWN || known[i] < n->nodes[i].state_count);
		if (known[i] != NOT_KNOWN)
			mark(&a, i);
	}
	for (size_t i = 0; i < n->count; i++) {
		if (!has(a.relevant, i))
			continue;
		add_factor(&a, family(&a, i));
		if (i != target && known[i] == NOT_KNOWN)
			add(a.left, i);
	}
	why = eliminate_all(&a);
	return why ? why : finish(&a, target, posterior, evidence);
}

/* ---- tables from rows ---- */

/* N_ijk: (rows of the table, states); rows with something unknown in the family are not counted */
static double *count_family(struct arena *arena, const struct network *n, size_t i, const unsigned *const *columns, size_t rows)
{
	const struct node *node = &n->nodes[i];
	double *counts = ARENA_ARRAY(arena, double, node->rows * node->state_count);

	for (size_t row = 0; row < rows; row++) {
		bool whole = columns[i][row] != NOT_KNOWN;
		size_t at = 0;

		for (size_t p = 0; p < node->parent_count; p++) {
			whole &= columns[node->parents[p]][row] != NOT_KNOWN;
			at = at * n->nodes[node->parents[p]].state_count + columns[node->parents[p]][row];
		}
		if (whole)
			counts[at * node->state_count + columns[i][row]]++;
	}
	return counts;
}

static problem check_columns(const struct network *n, const unsigned *const *columns, size_t rows, double strength)
{
	if (!(strength > 0) || !isfinite(strength) || !rows)
		return &sample_unfit;
	for (size_t i = 0; i < n->count; i++) {
		for (size_t row = 0; row < rows; row++) {
			if (columns[i][row] != NOT_KNOWN && columns[i][row] >= n->nodes[i].state_count)
				return &sample_unfit;
		}
	}
	return NULL;
}

problem network_fit(struct arena *arena, struct network *n, const unsigned *const *columns, size_t rows, double strength)
{
	problem why = check_columns(n, columns, rows, strength);

	for (size_t i = 0; i < n->count && !why; i++) {
		struct node *node = &n->nodes[i];
		size_t r = node->state_count;
		double *counts = count_family(arena, n, i, columns, rows), of_row = strength / (double)node->rows;

		node->chances = ARENA_ARRAY(arena, double, node->rows * r);
		node->seen = ARENA_ARRAY(arena, double, node->rows);
		for (size_t j = 0; j < node->rows; j++) {
			for (size_t k = 0; k < r; k++)
				node->seen[j] += counts[j * r + k];
			for (size_t k = 0; k < r; k++)
				node->chances[j * r + k] = (counts[j * r + k] + of_row / (double)r) / (node->seen[j] + of_row);
		}
	}
	return why;
}

/* BDeu: sum of ln G(s/q) - ln G(N_ij + s/q) + sum of ln G(N_ijk + s/(q r)) - ln G(s/(q r)) (Heckerman, Geiger and Chickering 1995) */
static void score_row(const double *counts, size_t r, real of_row, real *log_likelihood, real *bdeu)
{
	real n = 0, of_cell = of_row / (real)r;

	for (size_t k = 0; k < r; k++)
		n += counts[k];
	if (n == 0)
		return;
	*bdeu += num_log_gamma(of_row) - num_log_gamma(n + of_row);
	for (size_t k = 0; k < r; k++) {
		if (counts[k] == 0)
			continue;
		*log_likelihood += counts[k] * logl(counts[k] / n);
		*bdeu += num_log_gamma(counts[k] + of_cell) - num_log_gamma(of_cell);
	}
}

problem network_score(struct arena *arena, const struct network *n, const unsigned *const *columns, size_t rows, double strength, struct scores *ret)
{
	problem why = check_columns(n, columns, rows, strength);
	real log_likelihood = 0, bdeu = 0, parameters = 0;

	if (why)
		return why;
	for (size_t i = 0; i < n->count; i++) {
		const struct node *node = &n->nodes[i];
		const double *counts = count_family(arena, n, i, columns, rows);

		parameters += (real)node->rows * (real)(node->state_count - 1);
		for (size_t j = 0; j < node->rows; j++)
			score_row(counts + j * node->state_count, node->state_count, (real)strength / (real)node->rows, &log_likelihood, &bdeu);
	}
	*ret = (struct scores){ (double)log_likelihood, (double)(log_likelihood - logl((real)rows) / 2 * parameters), (double)bdeu };
	return NULL;
}
