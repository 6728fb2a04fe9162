/* boost.c - sums of gradients over bins. Each row's two numbers, chance - label and chance * (1 - chance), are rounded to whole numbers once a
 * tree and lie in one of 64 bits, the first in its upper half: one addition for each row and column, exact, in any order; and
 * the sums of a node less those of one child are those of the other, also exact. Rounding is to at least 2^-11 for a million rows. The
 * values of leaves are from the numbers that were not rounded. */
#include "mine/boost.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "mine/grow.h"

enum { SLOTS = BINS_MAX + 1 };

struct cut {
	double gain;
	struct place at;
	bool holes_left;
};

struct leaf {
	size_t from, to; /* its rows */
	uint32_t node;
	int64_t all;     /* sum over its rows */
	int64_t *sums;   /* (columns, SLOTS); NULL: it stays a leaf */
	struct cut best;
};

struct boost {
	const struct bins *bins;
	struct boost_options options;
	struct threads *threads;
	double of_first, of_second; /* what a whole number stands for */
	double base, *odds;   /* (rows) log-odds so far */
	double *first, *second; /* (rows) chance - label, chance * (1 - chance) */
	int64_t *pair;        /* (rows) both as whole numbers */
	int64_t *ordered;     /* (rows) those of the rows of a node, in their order */
	uint32_t *row, *spare;
	struct leaf *leaf;
	size_t leaves;
	struct cut *cut;      /* (2, columns) of the two nodes that are looked at */
	int64_t **spare_sums; /* room for the sums of nodes, lent to those that may be split: no more is made than are at once */
	size_t spare_count;
	struct grown tree;
};

static void *must(void *at)
{
	if (!at)
		abort();
	return at;
}

/* ---- the gradients of all rows ---- */

static void base_of(struct boost *b)
{
	size_t n = b->bins->rows, ones = 0;

	for (size_t i = 0; i < n; i++)
		ones += b->bins->label[i];
	b->base = log((double)ones / (double)(n - ones));
	for (size_t i = 0; i < n; i++)
		b->odds[i] = b->base;
}

static void gradients_of(struct boost *b)
{
	double one_first = 1 / b->of_first, one_second = 1 / b->of_second;

	for (size_t i = 0; i < b->bins->rows; i++) {
		double chance = 1 / (1 + exp(-b->odds[i]));
		int64_t first, second;

		b->first[i] = chance - b->bins->label[i];
		b->second[i] = chance * (1 - chance);
		first = (int64_t)rint(b->first[i] * one_first);
		second = (int64_t)rint(b->second[i] * one_second);
		b->pair[i] = first * ((int64_t)1 << 32) + (second ? second : 1); /* so that what is not empty does not look so */
	}
}

/* ---- the best question of a node ---- */

#if defined __x86_64__
#define WIDE __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define WIDE
#endif

struct totals {
	double first, second, shrink, weight, of_first, of_second;
};

/* score[k] for the question "bins up to k": what it leaves of G^2 / (H + shrink) on both sides; -1 where a side has too little. */
WIDE static void scores_of(const int32_t *restrict first, const int32_t *restrict second, size_t count, const struct totals *t, double *restrict score)
{
	double all_first = t->first, all_second = t->second, shrink = t->shrink, weight = t->weight, of_first = t->of_first, of_second = t->of_second;

	for (size_t k = 0; k < count; k++) {
		double g = first[k] * of_first, h = second[k] * of_second, g_right = all_first - g, h_right = all_second - h;
		double both = g * g / (h + shrink) + g_right * g_right / (h_right + shrink);

		score[k] = (h >= weight) & (h_right >= weight) ? both : -1;
	}
}

static int32_t first_of(int64_t pair) { return (int32_t)(pair >> 32); }
static int32_t second_of(int64_t pair) { return (int32_t)(pair & 0xffffffff); }

/* Questions of one column with the holes on one side. */
static void best_of(const int64_t *sums, size_t count, int64_t holes, const struct totals *t, struct cut *best)
{
	int32_t first[BINS_MAX], second[BINS_MAX];
	int64_t before = holes;
	double score[BINS_MAX];

	if (!count)
		return;
	first[0] = second[0] = 0;
	for (size_t k = 0; k < count; k++) {
		before += sums[k];
		first[k] = first_of(before);
		second[k] = second_of(before);
	}
	scores_of(first, second, count, t, score);
	for (size_t k = 0; k < count; k++) {
		if (score[k] > best->gain) {
			best->gain = score[k];
			best->at.last = (uint32_t)k;
			best->holes_left = holes != 0;
		}
	}
}

/* The next bin with rows behind the best one's; all of whose rows the holes may be. */
static void end_of_gap(const int64_t *sums, size_t count, struct cut *best)
{
	size_t next = best->at.last + (size_t)1;

	while (next < count && !sums[next])
		next++;
	best->at.next = next < count ? (uint32_t)next : BIN_HOLE;
}

static struct cut best_of_column(const struct boost *b, const struct leaf *leaf, size_t column)
{
	const int64_t *sums = leaf->sums + column * SLOTS;
	struct totals t = { first_of(leaf->all) * b->of_first, second_of(leaf->all) * b->of_second, b->options.shrink, b->options.weight,
		            b->of_first, b->of_second };
	size_t count = b->bins->column[column].count;
	double whole = t.first * t.first / (t.second + t.shrink);
	struct cut best = { .gain = whole, .at = { .column = (uint32_t)column } };

	best_of(sums, count, 0, &t, &best);
	if (sums[BIN_HOLE])
		best_of(sums, count, sums[BIN_HOLE], &t, &best);
	best.gain = (best.gain - whole) / 2;
	if (best.gain > 0)
		end_of_gap(sums, count, &best);
	return best;
}

/* ---- sums of a node ---- */

static int64_t *lend(struct boost *b)
{
	if (b->spare_count)
		return b->spare_sums[--b->spare_count];
	return must(malloc(b->bins->columns * SLOTS * sizeof(int64_t)));
}

static void take_back(struct boost *b, struct leaf *leaf)
{
	if (leaf->sums)
		b->spare_sums[b->spare_count++] = leaf->sums;
	leaf->sums = NULL;
}

static void add_up(const uint8_t *code, const uint32_t *row, const int64_t *ordered, size_t count, int64_t *sums)
{
	for (size_t i = 0; i < count; i++)
		sums[code[row[i]]] += ordered[i];
}

struct looking {
	struct boost *b;
	struct leaf *small, *large; /* large has still the sums of both; NULL: small is the root */
};

/* One column: the sums of the small node from its rows, those of the large one by subtraction, and the best question of both. */
static void look_at_column(void *self, size_t column, size_t thread)
{
	struct looking *l = self;
	struct boost *b = l->b;
	int64_t *sums = l->small->sums + column * SLOTS, *others;
	size_t d = b->bins->columns;

	(void)thread;
	memset(sums, 0, SLOTS * sizeof *sums);
	add_up(b->bins->code + column * b->bins->rows, b->row + l->small->from, b->ordered, l->small->to - l->small->from, sums);
	b->cut[column] = best_of_column(b, l->small, column);
	if (!l->large)
		return;
	others = l->large->sums + column * SLOTS;
	for (size_t k = 0; k < SLOTS; k++)
		others[k] -= sums[k];
	b->cut[d + column] = best_of_column(b, l->large, column);
}

static struct cut best_of_all(const struct cut *cut, size_t columns)
{
	struct cut best = cut[0];

	for (size_t j = 1; j < columns; j++)
		best = cut[j].gain > best.gain ? cut[j] : best;
	return best;
}

static void look(struct boost *b, struct leaf *small, struct leaf *large)
{
	struct looking l = { b, small, large };
	size_t d = b->bins->columns, rows = small->to - small->from;

	for (size_t i = 0; i < rows; i++)
		b->ordered[i] = b->pair[b->row[small->from + i]];
	if (rows * d > (size_t)1 << 15)
		threads_each(b->threads, d, look_at_column, &l);
	else
		for (size_t j = 0; j < d; j++)
			look_at_column(&l, j, 0);
	small->best = best_of_all(b->cut, d);
	if (small->best.gain <= 0)
		take_back(b, small);
	if (!large)
		return;
	large->best = best_of_all(b->cut + d, d);
	if (large->best.gain <= 0)
		take_back(b, large);
}

/* ---- one tree ---- */

/* Left rows to the front, each side in its order. */
static size_t part(struct boost *b, const struct leaf *leaf)
{
	const uint8_t *code = b->bins->code + leaf->best.at.column * b->bins->rows;
	size_t left = leaf->from, right = 0;
	uint8_t goes[SLOTS];

	for (unsigned k = 0; k < BIN_HOLE; k++)
		goes[k] = k <= leaf->best.at.last;
	goes[BIN_HOLE] = leaf->best.holes_left;
	for (size_t i = leaf->from; i < leaf->to; i++) {
		uint32_t row = b->row[i];
		size_t to_left = goes[code[row]];

		b->row[left] = row;
		b->spare[right] = row;
		left += to_left;
		right += 1 - to_left;
	}
	memcpy(b->row + left, b->spare, right * sizeof *b->row);
	return left;
}

/* Where the node had no holes, they go to the side with more rows. */
static bool holes_go_left(const struct leaf *leaf, size_t middle)
{
	bool has = leaf->sums[leaf->best.at.column * SLOTS + BIN_HOLE] != 0;

	return has ? leaf->best.holes_left : 2 * (middle - leaf->from) >= leaf->to - leaf->from;
}

static int64_t sum_of(const struct boost *b, size_t from, size_t to)
{
	int64_t sum = 0;

	for (size_t i = from; i < to; i++)
		sum += b->pair[b->row[i]];
	return sum;
}

/* The leaf becomes two; their sums and best questions are found unless they are the last. */
static void split(struct boost *b, struct leaf *leaf)
{
	const struct bin_column *c = &b->bins->column[leaf->best.at.column];
	struct leaf left = *leaf, right = *leaf, *small, *large;
	size_t middle = part(b, leaf);
	const struct place *at = &leaf->best.at;

	assert(middle > leaf->from && middle < leaf->to);
	left.to = right.from = middle;
	left.node = grown_pair(&b->tree);
	right.node = left.node + 1;
	left.all = sum_of(b, left.from, left.to);
	right.all = leaf->all - left.all;
	b->tree.node[leaf->node] = (struct tree_node){ at->next == BIN_HOLE ? INFINITY : bins_between(c->most[at->last], c->least[at->next]), left.node,
		                                       (uint16_t)at->column, holes_go_left(leaf, middle), 0 };
	b->tree.gain[leaf->node] = (float)leaf->best.gain;
	*leaf = left;
	b->leaf[b->leaves] = right;
	small = middle - left.from <= right.to - middle ? leaf : &b->leaf[b->leaves];
	large = small == leaf ? &b->leaf[b->leaves] : leaf;
	small->sums = NULL;
	b->leaves++;
	if (b->leaves == b->options.leaves)
		return;
	small->sums = lend(b);
	look(b, small, large);
}

static struct leaf *most_gain(struct boost *b)
{
	struct leaf *best = &b->leaf[0];

	for (size_t k = 1; k < b->leaves; k++)
		best = b->leaf[k].best.gain > best->best.gain ? &b->leaf[k] : best;
	return best->best.gain > 0 ? best : NULL;
}

/* Values of the leaves from their rows, which step; of the others from their children, which stand behind them. */
static void step_rows(struct boost *b)
{
	double *first = must(calloc(2 * b->tree.nodes, sizeof *first)), *second = first + b->tree.nodes;

	for (size_t k = 0; k < b->leaves; k++) {
		const struct leaf *leaf = &b->leaf[k];
		double g = 0, h = 0, step;

		for (size_t i = leaf->from; i < leaf->to; i++) {
			g += b->first[b->row[i]];
			h += b->second[b->row[i]];
		}
		first[leaf->node] = g;
		second[leaf->node] = h;
		b->tree.cover[leaf->node] = (float)(leaf->to - leaf->from);
		step = (double)(float)(-b->options.rate * g / (h + b->options.shrink));
		for (size_t i = leaf->from; i < leaf->to; i++)
			b->odds[b->row[i]] += step;
	}
	for (uint32_t node = b->tree.nodes; node-- > 0;) {
		uint32_t left = b->tree.node[node].left;

		if (left) {
			first[node] = first[left] + first[left + 1];
			second[node] = second[left] + second[left + 1];
			b->tree.cover[node] = b->tree.cover[left] + b->tree.cover[left + 1];
		}
		b->tree.value[node] = (float)(-b->options.rate * first[node] / (second[node] + b->options.shrink));
	}
	free(first);
}

static struct grown one_tree(struct boost *b)
{
	size_t n = b->bins->rows;
	struct leaf *leaf;

	gradients_of(b);
	for (size_t i = 0; i < n; i++)
		b->row[i] = (uint32_t)i;
	b->tree = (struct grown){ 0 };
	b->leaf[0] = (struct leaf){ .to = n, .node = grown_leaf(&b->tree), .all = sum_of(b, 0, n), .sums = lend(b) };
	b->leaves = 1;
	look(b, &b->leaf[0], NULL);
	while (b->leaves < b->options.leaves && (leaf = most_gain(b)))
		split(b, leaf);
	for (size_t k = 0; k < b->leaves; k++)
		take_back(b, &b->leaf[k]);
	step_rows(b);
	return b->tree;
}

/* ---- all trees ---- */

static void boost_free(struct boost *b)
{
	free(b->odds);
	free(b->pair);
	free(b->row);
	free(b->leaf);
	free(b->cut);
	while (b->spare_count)
		free(b->spare_sums[--b->spare_count]);
	free(b->spare_sums);
}

static void boost_new(struct boost *b)
{
	size_t n = b->bins->rows, d = b->bins->columns;
	int bits = 30;

	while ((size_t)1 << (30 - bits) < n)
		bits--;
	b->of_first = ldexp(1, -bits);
	b->of_second = ldexp(1, -bits - 2);
	b->odds = must(malloc(3 * n * sizeof *b->odds));
	b->first = b->odds + n;
	b->second = b->first + n;
	b->pair = must(malloc(2 * n * sizeof *b->pair));
	b->ordered = b->pair + n;
	b->row = must(malloc(2 * n * sizeof *b->row));
	b->spare = b->row + n;
	b->leaf = must(malloc(b->options.leaves * sizeof *b->leaf));
	b->cut = must(malloc(2 * d * sizeof *b->cut));
	b->spare_sums = must(malloc(b->options.leaves * sizeof *b->spare_sums));
}

static problem with_defaults(struct boost_options *o)
{
	o->trees = o->trees ? o->trees : 100;
	o->leaves = o->leaves ? o->leaves : 31;
	o->rate = o->rate == 0 ? .1 : o->rate;
	o->shrink = o->shrink == 0 ? 1 : o->shrink;
	o->weight = o->weight == 0 ? 1 : o->weight;
	return o->trees <= TREES_MAX && o->leaves >= 2 && o->leaves <= BOOST_LEAVES_MAX && o->rate > 0 && o->rate <= 1 && o->shrink > 0 &&
	               isfinite(o->shrink) && o->weight > 0 && isfinite(o->weight)
	           ? NULL
	           : &tree_options_unfit;
}

/* A row has an H of at most a quarter, and a leaf has a row: more leaves than that cannot be found. */
static unsigned most_leaves(const struct boost_options *o, size_t rows)
{
	double most = fmin((double)rows, (double)rows / 4 / o->weight);

	return (unsigned)fmax(2, fmin(o->leaves, most));
}

size_t boost_memory(const struct frame *f, const struct boost_options *options)
{
	struct boost_options o = *options;
	const size_t row = 3 * sizeof(double) + 2 * sizeof(int64_t) + 2 * sizeof(uint32_t) + f->columns;

	return with_defaults(&o) ? 0 : f->rows * row + most_leaves(&o, f->rows) * f->columns * SLOTS * sizeof(int64_t);
}

problem boost_fit(struct arena *arena, const struct frame *f, const struct boost_options *options, struct threads *threads, struct trees *ret)
{
	struct boost b = { .options = *options, .threads = threads };
	struct grown *tree;
	struct bins bins;
	problem why = with_defaults(&b.options);

	if (!why)
		why = bins_make(arena, f, threads, &bins);
	if (why)
		return why;
	b.bins = &bins;
	b.options.leaves = most_leaves(&b.options, bins.rows);
	boost_new(&b);
	base_of(&b);
	tree = FRAME_ARRAY(arena, struct grown, b.options.trees);
	for (unsigned k = 0; k < b.options.trees; k++) {
		tree[k] = one_tree(&b);
		progress_at(b.options.progress, k + (size_t)1, b.options.trees);
	}
	boost_free(&b);
	why = grown_join(arena, tree, b.options.trees, bins.columns, ret);
	if (why)
		return why;
	ret->sum = TREES_LOG_ODDS;
	ret->base = b.base;
	return NULL;
}
