/* forest.c - one tree or many from bins. A tree is a task. Its rows stand in one array, each with how often it was drawn; a node is a piece of
 * it. The tally of a column is made over the piece (one number for each bin: how many, how many of them 1); where the piece has no more
 * rows than bins would be looked through, its bins are sorted instead. */
#include "mine/grow.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "num/random.h"

enum { FEW = 48 }; /* rows of a node whose bins are sorted */

/* row: the low half; above it how often it was drawn (16 bits), and the same where its label is 1, else 0 */
typedef uint64_t entry;

static uint32_t row_of(entry e) { return (uint32_t)e; }
/* how often below, ones above: sums of up to 2^32 rows */
static uint64_t tally_of(entry e) { return (e >> 32 & 0xffff) | e >> 48 << 32; }

struct grower {
	const struct bins *bins;
	struct grow_limits limits;
	size_t asked;         /* columns at each node */
	struct random random;
	entry *at, *spare;
	uint32_t *columns;    /* in the order they were last drawn */
	uint64_t tally[BINS_MAX + 1];
	uint32_t rows[BINS_MAX + 1];
	struct grown tree;
};

static struct grower *grower_new(const struct bins *bins, struct grow_limits limits, size_t asked)
{
	struct grower *g = calloc(1, sizeof *g);

	if (!g)
		abort();
	g->bins = bins;
	g->limits = limits;
	g->asked = asked;
	g->at = malloc(bins->rows * sizeof *g->at);
	g->spare = malloc(bins->rows * sizeof *g->spare);
	g->columns = malloc(bins->columns * sizeof *g->columns);
	if (!g->at || !g->spare || !g->columns)
		abort();
	return g;
}

static void grower_free(struct grower *g)
{
	free(g->at);
	free(g->spare);
	free(g->columns);
	free(g);
}

/* ---- the best question of a node ---- */

static struct side side_of(uint64_t tally, uint32_t rows) { return (struct side){ (uint32_t)tally, tally >> 32, rows }; }

/* The tally of the piece, and whether more than one bin is in it. */
static bool ask_tally(struct grower *g, uint32_t column, const struct piece *p, struct question *best)
{
	const uint8_t *code = g->bins->code + column * g->bins->rows;
	struct side before = { 0 }, holes;
	unsigned last = BIN_HOLE, seen = 0;

	memset(g->tally, 0, sizeof g->tally);
	for (size_t i = p->from; i < p->to; i++)
		g->tally[code[row_of(g->at[i])]] += tally_of(g->at[i]);
	if (g->limits.leaf > 1) {
		memset(g->rows, 0, sizeof g->rows);
		for (size_t i = p->from; i < p->to; i++)
			g->rows[code[row_of(g->at[i])]]++;
	}
	holes = side_of(g->tally[BIN_HOLE], g->rows[BIN_HOLE]);
	for (unsigned k = 0; k < g->bins->column[column].count; k++) {
		if (!g->tally[k])
			continue;
		if (last != BIN_HOLE)
			consider(best, &p->all, before, holes, (struct place){ column, last, k });
		before = side_plus(before, side_of(g->tally[k], g->rows[k]));
		last = k;
		seen++;
	}
	if (holes.weight && last != BIN_HOLE)
		consider_holes(best, &p->all, before, (struct place){ column, last, BIN_HOLE });
	return seen + (holes.weight > 0) > 1;
}

/* A sorted bin: code above, how often, ones. Rows drawn more than 4,095 times do not come up. */
static uint32_t sortable(unsigned code, entry e) { return (uint32_t)code << 24 | (uint32_t)(e >> 32 & 0xfff) << 12 | (uint32_t)(e >> 48); }

static bool ask_sorted(struct grower *g, uint32_t column, const struct piece *p, struct question *best)
{
	const uint8_t *code = g->bins->code + column * g->bins->rows;
	uint32_t sorted[FEW], n = 0;
	struct side before = { 0 }, holes = { 0 };

	for (size_t i = p->from; i < p->to; i++) {
		uint32_t one = sortable(code[row_of(g->at[i])], g->at[i]), k;

		for (k = n++; k > 0 && sorted[k - 1] > one; k--)
			sorted[k] = sorted[k - 1];
		sorted[k] = one;
	}
	if (sorted[0] >> 24 == sorted[n - 1] >> 24)
		return false;
	while (sorted[n - 1] >> 24 == BIN_HOLE) {
		uint32_t one = sorted[--n];

		holes = side_plus(holes, (struct side){ one >> 12 & 0xfff, one & 0xfff, 1 });
	}
	for (uint32_t i = 0; i < n; i++) {
		unsigned k = sorted[i] >> 24, last = i ? sorted[i - 1] >> 24 : k;

		if (k != last)
			consider(best, &p->all, before, holes, (struct place){ column, last, k });
		before = side_plus(before, (struct side){ sorted[i] >> 12 & 0xfff, sorted[i] & 0xfff, 1 });
	}
	if (holes.weight)
		consider_holes(best, &p->all, before, (struct place){ column, sorted[n - 1] >> 24, BIN_HOLE });
	return true;
}

/* As many columns as are to be asked, and on until one varied. */
static struct question ask(struct grower *g, const struct piece *p)
{
	struct question best = question_none(g->limits.leaf);
	size_t d = g->bins->columns, varied = 0;

	for (size_t k = 0; k < d && (k < g->asked || !varied); k++) {
		if (g->asked < d) {
			size_t drawn = k + random_below(&g->random, (uint32_t)(d - k));
			uint32_t column = g->columns[drawn];

			g->columns[drawn] = g->columns[k];
			g->columns[k] = column;
		}
		varied += p->to - p->from <= FEW ? ask_sorted(g, g->columns[k], p, &best) : ask_tally(g, g->columns[k], p, &best);
	}
	return best;
}

/* ---- one tree ---- */

static double threshold_of(const struct bin_column *c, const struct place *at)
{
	return at->next == BIN_HOLE ? INFINITY : bins_between(c->most[at->last], c->least[at->next]);
}

/* The rows that go left to the front, each side in its order; where the right side begins. */
static size_t part(struct grower *g, const struct piece *p, const struct question *q)
{
	const uint8_t *code = g->bins->code + q->at.column * g->bins->rows;
	size_t left = p->from, right = 0;
	uint8_t goes[BINS_MAX + 1];

	for (unsigned k = 0; k < BIN_HOLE; k++)
		goes[k] = k <= q->at.last;
	goes[BIN_HOLE] = q->holes_left;
	for (size_t i = p->from; i < p->to; i++) {
		entry e = g->at[i];
		size_t to_left = goes[code[row_of(e)]];

		g->at[left] = e;
		g->spare[right] = e;
		left += to_left;
		right += 1 - to_left;
	}
	memcpy(g->at + left, g->spare, right * sizeof *g->at);
	return left;
}

static void grow(struct grower *g, struct side all, size_t rows)
{
	struct piece p;

	for (uint32_t j = 0; j < g->bins->columns; j++)
		g->columns[j] = j;
	grown_root(&g->tree, all, rows);
	while (grown_next(&g->tree, &g->limits, &p)) {
		struct question q = ask(g, &p);

		if (question_found(&q))
			grown_split(&g->tree, &p, &q, threshold_of(&g->bins->column[q.at.column], &q.at), part(g, &p, &q));
	}
}

static void one_tree(struct grower *g)
{
	size_t n = g->bins->rows;
	struct side all = { 0 };

	for (size_t i = 0; i < n; i++) {
		g->at[i] = i | (uint64_t)1 << 32 | (uint64_t)g->bins->label[i] << 48;
		all = side_plus(all, (struct side){ 1, g->bins->label[i], 1 });
	}
	grow(g, all, n);
}

/* n rows drawn with replacement; how often each came is counted where the entries will stand. */
static void one_sample(struct grower *g)
{
	size_t n = g->bins->rows, kept = 0;
	struct side all = { 0 };

	memset(g->spare, 0, n * sizeof *g->spare);
	for (size_t i = 0; i < n; i++)
		g->spare[random_below(&g->random, (uint32_t)n)]++;
	for (size_t i = 0; i < n; i++) {
		uint64_t times = g->spare[i], ones = g->bins->label[i] ? times : 0;

		if (!times)
			continue;
		g->at[kept++] = i | times << 32 | ones << 48;
		all = side_plus(all, (struct side){ times, ones, 1 });
	}
	grow(g, all, kept);
}

/* ---- many ---- */

struct forest {
	const struct bins *bins;
	struct grow_limits limits;
	size_t asked, first;
	uint64_t seed;
	struct grower *of_thread[THREADS_MAX];
	struct grown *tree;
};

static void tree_task(void *self, size_t part, size_t thread)
{
	struct forest *f = self;
	struct grower *g = f->of_thread[thread];

	if (!g)
		g = f->of_thread[thread] = grower_new(f->bins, f->limits, f->asked);
	g->random = random_of(f->seed, f->first + part);
	g->tree = (struct grown){ 0 };
	one_sample(g);
	f->tree[f->first + part] = g->tree;
}

static size_t root_of(size_t n)
{
	size_t root = 1;

	while ((root + 1) * (root + 1) <= n)
		root++;
	return root;
}

/* Some trees at a time, so that how far it is can be told, and that it ends where there is no room for more. The trees there are: at `first` */
static problem grow_all(struct forest *f, size_t trees, struct threads *threads, const struct forest_options *o)
{
	size_t most = 4 * threads_count(threads), nodes = 0;
	problem why = NULL;

	for (size_t some; f->first < trees && !why; f->first += some) {
		some = trees - f->first < most ? trees - f->first : most;
		threads_each(threads, some, tree_task, f);
		progress_at(o->progress, f->first + some, trees);
		for (size_t k = 0; k < some; k++)
			nodes += f->tree[f->first + k].nodes;
		why = o->memory && nodes > o->memory / TREE_NODE_BYTES ? &tree_memory : NULL;
	}
	for (size_t t = 0; t < THREADS_MAX; t++) {
		if (f->of_thread[t])
			grower_free(f->of_thread[t]);
	}
	for (size_t k = 0; k < f->first && why; k++)
		grown_free(&f->tree[k]);
	return why;
}

problem forest_fit(struct arena *arena, const struct frame *f, const struct forest_options *options, struct threads *threads, struct trees *ret)
{
	struct forest forest = { .seed = options->seed };
	size_t trees = options->trees ? options->trees : 100;
	struct bins bins;
	problem why = trees > TREES_MAX ? &tree_options_unfit : bins_make(arena, f, threads, &bins);

	if (why)
		return why;
	forest.bins = &bins;
	forest.limits = (struct grow_limits){ .leaf = options->leaf ? options->leaf : 1, .depth = options->depth };
	forest.asked = options->columns ? options->columns : root_of(bins.columns);
	forest.tree = FRAME_ARRAY(arena, struct grown, trees);
	why = grow_all(&forest, trees, threads, options);
	return why ? why : grown_join(arena, forest.tree, trees, bins.columns, ret);
}

problem tree_fit(struct arena *arena, const struct frame *f, const struct tree_options *options, struct threads *threads, struct trees *ret)
{
	struct grow_limits limits = { .leaf = options->leaf ? options->leaf : 20, .depth = options->depth };
	struct grown tree;
	struct grower *g;
	struct bins bins;
	size_t rows;
	problem why = bins_check(f, &rows);

	if (why)
		return why;
	if (!options->binned && rows <= TREE_ROWS_EXACT) {
		tree = grow_exact(f, limits);
		return grown_join(arena, &tree, 1, f->columns, ret);
	}
	why = bins_make(arena, f, threads, &bins);
	if (why)
		return why;
	g = grower_new(&bins, limits, bins.columns);
	one_tree(g);
	tree = g->tree;
	grower_free(g);
	return grown_join(arena, &tree, 1, bins.columns, ret);
}
