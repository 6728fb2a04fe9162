/* tree.c - rows walk through trees in blocks: a block's rows lie together, and each tree is asked about all of them before the next. */
#include "mine/tree.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "mine/score.h"
#include "num/random.h"

const struct problem tree_value = { 422, "tree-value", "A value is infinite." };
const struct problem tree_memory = { 413, "tree-memory", "The trees have more memory than there is: fewer trees (--trees), more rows on a side (--leaf) or a bound (--depth) make them smaller." };
const struct problem tree_options_unfit = { 422, "tree-options", "There are no trees or too many, or a number of the options is out of its bounds." };
const struct problem tree_columns = { 422, "tree-columns", "The rows have other columns than those the trees were grown from." };

enum { BLOCK = 256 };

/* ---- asking ---- */

static inline uint32_t step(const struct tree_node *n, const double *row)
{
	double x = row[n->feature];
	bool left = isnan(x) ? n->holes_left : x <= n->threshold;

	return n->left + !left;
}

static inline uint32_t leaf_of(const struct tree_node *tree, const double *row)
{
	uint32_t at = 0;

	while (tree[at].left)
		at = step(&tree[at], row);
	return at;
}

static double chance_of(const struct trees *t, double sum)
{
	return t->sum == TREES_SHARE ? fmin(1, sum / (double)t->count) : 1 / (1 + exp(-(t->base + sum)));
}

struct asking {
	const struct trees *t;
	const struct frame *f;
	double *ret;
};

static void ask_block(void *self, size_t part, size_t thread)
{
	const struct asking *a = self;
	const struct frame *f = a->f;
	size_t from = part * BLOCK, rows = f->rows - from < BLOCK ? f->rows - from : BLOCK, d = f->columns;
	double *row = malloc(rows * d * sizeof *row), *sum = a->ret + from;

	(void)thread;
	if (!row)
		abort();
	for (size_t j = 0; j < d; j++) {
		for (size_t i = 0; i < rows; i++)
			row[i * d + j] = f->ord[j * f->rows + from + i];
	}
	for (size_t i = 0; i < rows; i++)
		sum[i] = 0;
	for (size_t k = 0; k < a->t->count; k++) {
		const struct tree_node *tree = a->t->node + a->t->first[k];
		const float *value = a->t->value + a->t->first[k];

		for (size_t i = 0; i < rows; i++)
			sum[i] += (double)value[leaf_of(tree, row + i * d)];
	}
	for (size_t i = 0; i < rows; i++)
		sum[i] = chance_of(a->t, sum[i]);
	free(row);
}

problem trees_chances(const struct trees *t, const struct frame *f, struct threads *threads, double *ret)
{
	struct asking a = { t, f, ret };

	if (f->columns != t->columns)
		return &tree_columns;
	threads_each(threads, (f->rows + BLOCK - 1) / BLOCK, ask_block, &a);
	return NULL;
}

double trees_chance(const struct trees *t, const double *row)
{
	double sum = 0;

	for (size_t k = 0; k < t->count; k++)
		sum += (double)t->value[t->first[k] + leaf_of(t->node + t->first[k], row)];
	return chance_of(t, sum);
}

double trees_reasons(const struct trees *t, const double *row, double *ret)
{
	double start = 0, each = t->sum == TREES_SHARE ? 1 / (double)t->count : 1;

	for (size_t j = 0; j < t->columns; j++)
		ret[j] = 0;
	for (size_t k = 0; k < t->count; k++) {
		const struct tree_node *tree = t->node + t->first[k];
		const float *value = t->value + t->first[k];

		start += (double)value[0] * each;
		for (uint32_t at = 0, next; tree[at].left; at = next) {
			next = step(&tree[at], row);
			ret[tree[at].feature] += ((double)value[next] - (double)value[at]) * each;
		}
	}
	return t->sum == TREES_SHARE ? start : start + t->base;
}

/* ---- which columns ---- */

void trees_gains(const struct trees *t, double *ret)
{
	double all = 0;

	for (size_t j = 0; j < t->columns; j++)
		ret[j] = 0;
	for (size_t i = 0; i < t->nodes; i++) {
		ret[t->node[i].feature] += (double)t->gain[i];
		all += (double)t->gain[i];
	}
	for (size_t j = 0; j < t->columns && all > 0; j++)
		ret[j] /= all;
}

static void shuffle(double *at, size_t count, struct random random)
{
	for (size_t i = count; i > 1; i--) {
		uint32_t other = random_below(&random, (uint32_t)i);
		double held = at[i - 1];

		at[i - 1] = at[other];
		at[other] = held;
	}
}

problem trees_permuted(const struct trees *t, const struct frame *f, unsigned rounds, uint64_t seed, struct threads *threads, double *ret)
{
	size_t cells = f->rows * f->columns;
	double *ord = malloc((cells + f->rows + 1) * sizeof *ord), *chance = ord + cells, whole = 0;
	struct frame changed = *f;
	struct score score;
	problem why;

	assert(f->label && rounds > 0);
	if (!ord)
		abort();
	memcpy(ord, f->ord, cells * sizeof *ord);
	changed.ord = ord;
	why = trees_chances(t, f, threads, chance);
	if (!why)
		why = score_chances(chance, f->label, f->rows, &score);
	if (!why)
		whole = score.auc;
	for (size_t j = 0; j < f->columns && !why; j++) {
		double *column = ord + j * f->rows;

		ret[j] = 0;
		for (unsigned r = 0; r < rounds && !why; r++) {
			shuffle(column, f->rows, random_of(seed, j * rounds + r));
			why = trees_chances(t, &changed, threads, chance);
			if (!why)
				why = score_chances(chance, f->label, f->rows, &score);
			ret[j] += (whole - score.auc) / rounds;
		}
		memcpy(column, f->ord + j * f->rows, f->rows * sizeof *column);
	}
	free(ord);
	return why;
}

/* ---- files ---- */

void trees_save(const struct trees *t, struct buffer *b)
{
	double *threshold = malloc(t->nodes * sizeof *threshold);
	uint32_t *left = malloc(2 * t->nodes * sizeof *left), *feature = left + t->nodes, sum = t->sum;
	uint8_t *holes = malloc(t->nodes);

	if (!threshold || !left || !holes)
		abort();
	for (size_t i = 0; i < t->nodes; i++) {
		threshold[i] = t->node[i].threshold;
		left[i] = t->node[i].left;
		feature[i] = t->node[i].feature;
		holes[i] = t->node[i].holes_left;
	}
	saved_add(b, "trees.sum", SAVED_U32, &sum, 1);
	saved_add(b, "trees.base", SAVED_F64, &t->base, 1);
	saved_add(b, "trees.first", SAVED_U32, t->first, t->count + 1);
	saved_add(b, "trees.threshold", SAVED_F64, threshold, t->nodes);
	saved_add(b, "trees.left", SAVED_U32, left, t->nodes);
	saved_add(b, "trees.feature", SAVED_U32, feature, t->nodes);
	saved_add(b, "trees.holes", SAVED_U8, holes, t->nodes);
	saved_add(b, "trees.value", SAVED_F32, t->value, t->nodes);
	saved_add(b, "trees.cover", SAVED_F32, t->cover, t->nodes);
	saved_add(b, "trees.gain", SAVED_F32, t->gain, t->nodes);
	free(threshold);
	free(left);
	free(holes);
}

struct stored {
	const uint32_t *sum, *first, *left, *feature;
	const double *base, *threshold;
	const uint8_t *holes;
	const float *value, *cover, *gain;
	size_t firsts, nodes;
};

static problem find_arrays(const struct saved *s, struct stored *r)
{
	const struct { const char *name; enum saved_type type; const void **to; } of_nodes[] = {
		{ "trees.left", SAVED_U32, (const void **)&r->left }, { "trees.feature", SAVED_U32, (const void **)&r->feature },
		{ "trees.holes", SAVED_U8, (const void **)&r->holes }, { "trees.value", SAVED_F32, (const void **)&r->value },
		{ "trees.cover", SAVED_F32, (const void **)&r->cover }, { "trees.gain", SAVED_F32, (const void **)&r->gain },
	};
	problem why = saved_array_of(s, "trees.sum", SAVED_U32, 1, (const void **)&r->sum);

	if (!why)
		why = saved_array_of(s, "trees.base", SAVED_F64, 1, (const void **)&r->base);
	if (!why)
		why = saved_array(s, "trees.first", SAVED_U32, &r->firsts, (const void **)&r->first);
	if (!why)
		why = saved_array(s, "trees.threshold", SAVED_F64, &r->nodes, (const void **)&r->threshold);
	for (size_t k = 0; k < sizeof of_nodes / sizeof *of_nodes && !why; k++)
		why = saved_array_of(s, of_nodes[k].name, of_nodes[k].type, r->nodes, of_nodes[k].to);
	return why;
}

static bool are_roots(const struct stored *s)
{
	if (s->firsts < 2 || s->firsts > TREES_MAX + 1 || s->first[0] != 0 || s->first[s->firsts - 1] != s->nodes)
		return false;
	for (size_t k = 1; k < s->firsts; k++) {
		if (s->first[k] <= s->first[k - 1])
			return false;
	}
	return true;
}

static bool is_sound(const struct stored *s, size_t i, size_t columns)
{
	double value = (double)s->value[i];

	return s->feature[i] < columns && s->holes[i] <= 1 && !isnan(s->threshold[i]) && isfinite(value) && s->cover[i] >= 0 && s->gain[i] >= 0 &&
	       isfinite(s->cover[i]) && isfinite(s->gain[i]) && (s->sum[0] != TREES_SHARE || (value >= 0 && value <= 1));
}

/* Children come behind their parent, and each node but the root is the child of just one. */
static bool is_tree(const uint32_t *left, size_t nodes, uint8_t *has_parent)
{
	memset(has_parent, 0, nodes);
	for (size_t i = 0; i < nodes; i++) {
		if (!left[i])
			continue;
		if (left[i] <= i || left[i] + (size_t)1 >= nodes || has_parent[left[i]] || has_parent[left[i] + 1])
			return false;
		has_parent[left[i]] = has_parent[left[i] + 1] = 1;
	}
	for (size_t i = 1; i < nodes; i++) {
		if (!has_parent[i])
			return false;
	}
	return true;
}

static bool all_sound(const struct stored *s, size_t columns)
{
	uint8_t *has_parent = malloc(s->nodes ? s->nodes : 1);
	bool sound = are_roots(s) && (s->sum[0] == TREES_SHARE || s->sum[0] == TREES_LOG_ODDS) && isfinite(*s->base);

	if (!has_parent)
		abort();
	for (size_t k = 0; sound && k + 1 < s->firsts; k++)
		sound = is_tree(s->left + s->first[k], s->first[k + 1] - s->first[k], has_parent);
	for (size_t i = 0; sound && i < s->nodes; i++)
		sound = is_sound(s, i, columns);
	free(has_parent);
	return sound;
}

problem trees_load(struct arena *arena, const struct saved *saved, size_t columns, struct trees *ret)
{
	struct trees t = { .columns = columns };
	struct stored s = { 0 };
	problem why = find_arrays(saved, &s);

	if (!why && !all_sound(&s, columns))
		why = &saved_damaged;
	if (why)
		return why;
	t.sum = *s.sum == TREES_SHARE ? TREES_SHARE : TREES_LOG_ODDS;
	t.base = *s.base;
	t.count = s.firsts - 1;
	t.nodes = s.nodes;
	t.first = FRAME_ARRAY(arena, uint32_t, s.firsts);
	t.node = FRAME_ARRAY(arena, struct tree_node, t.nodes);
	t.value = FRAME_ARRAY(arena, float, t.nodes);
	t.cover = FRAME_ARRAY(arena, float, t.nodes);
	t.gain = FRAME_ARRAY(arena, float, t.nodes);
	memcpy(t.first, s.first, s.firsts * sizeof *t.first);
	memcpy(t.value, s.value, t.nodes * sizeof *t.value);
	memcpy(t.cover, s.cover, t.nodes * sizeof *t.cover);
	memcpy(t.gain, s.gain, t.nodes * sizeof *t.gain);
	for (size_t i = 0; i < t.nodes; i++)
		t.node[i] = (struct tree_node){ s.threshold[i], s.left[i], (uint16_t)s.feature[i], s.holes[i], 0 };
	*ret = t;
	return NULL;
}
