/* tree_test.c - trees against a slow, obvious one that tries every question and counts anew for each; forests against scikit-learn's on
 * published tables; and what trees promise: the same for any number of threads, reasons that add up, files that are checked. */
#include "mine/tree.h"

#include "mine/score.h"
#include "mine/testing.h"
#include "num/testing.h"

/* ---- the slow tree ---- */

struct slow {
	const struct frame *f;
	const unsigned char *in; /* (rows) those of the node */
	unsigned leaf;
	int64_t above, below; /* the score of the best as a fraction; below 0: none yet */
	double threshold;
	size_t column;
	bool holes_left;
};

static void try_question(struct slow *s, size_t column, double threshold, bool holes_left)
{
	int64_t rows[2] = { 0 }, ones[2] = { 0 }, above, below;

	for (size_t i = 0; i < s->f->rows; i++) {
		bool left = goes_left(s->f->ord[column * s->f->rows + i], threshold, holes_left);

		if (!s->in[i])
			continue;
		rows[left]++;
		ones[left] += s->f->label[i];
	}
	if (rows[0] < s->leaf || rows[1] < s->leaf)
		return;
	above = ones[1] * ones[1] * rows[0] + ones[0] * ones[0] * rows[1];
	below = rows[0] * rows[1];
	if (s->below < 0 || above * s->below > s->above * below) {
		s->above = above;
		s->below = below;
		s->threshold = threshold;
		s->column = column;
		s->holes_left = holes_left;
	}
}

/* Each value of the node as what goes left at most; the threshold lies midway to the next larger. */
static void try_column(struct slow *s, size_t column)
{
	const double *x = s->f->ord + column * s->f->rows;
	double at = -INFINITY;
	size_t holes = 0;

	for (size_t i = 0; i < s->f->rows; i++)
		holes += s->in[i] && isnan(x[i]);
	for (;;) {
		double value = INFINITY, next = INFINITY;
		size_t upto = 0, all = 0;

		for (size_t i = 0; i < s->f->rows; i++)
			value = s->in[i] && x[i] > at && x[i] < value ? x[i] : value;
		if (isinf(value))
			return;
		for (size_t i = 0; i < s->f->rows; i++) {
			next = s->in[i] && x[i] > value && x[i] < next ? x[i] : next;
			upto += s->in[i] && x[i] <= value;
			all += s->in[i];
		}
		if (isinf(next)) {
			if (holes)
				try_question(s, column, next, false);
			return;
		}
		try_question(s, column, value / 2 + next / 2, holes ? false : 2 * upto >= all);
		if (holes)
			try_question(s, column, value / 2 + next / 2, true);
		at = value;
	}
}

/* Is the tree from this node on the one that trying everything makes? */
static void assert_same_as_slow(const struct trees *t, uint32_t node, const struct frame *f, const unsigned char *in, unsigned leaf)
{
	struct slow s = { .f = f, .in = in, .leaf = leaf, .below = -1 };
	unsigned char *left = malloc(2 * f->rows), *right = left + f->rows;
	size_t rows = 0, ones = 0;

	for (size_t i = 0; i < f->rows; i++) {
		rows += in[i];
		ones += in[i] && f->label[i];
	}
	assert_true(t->value[node] == (float)((double)ones / (double)rows) && t->cover[node] == (float)rows);
	for (size_t j = 0; j < f->columns && ones && ones < rows; j++)
		try_column(&s, j);
	assert_int_equal(s.below >= 0, t->node[node].left != 0);
	if (s.below >= 0) {
		assert_int_equal(t->node[node].feature, s.column);
		assert_true(t->node[node].threshold == s.threshold);
		assert_int_equal(t->node[node].holes_left, s.holes_left);
		for (size_t i = 0; i < f->rows; i++) {
			bool goes = goes_left(f->ord[s.column * f->rows + i], s.threshold, s.holes_left);

			left[i] = in[i] && goes;
			right[i] = in[i] && !goes;
		}
		assert_same_as_slow(t, t->node[node].left, f, left, leaf);
		assert_same_as_slow(t, t->node[node].left + 1, f, right, leaf);
	}
	free(left);
}

/* Few different values with ties, holes in every third column, one column that is constant; then of few rows, whose questions are often
 * equally good by fractions that doubles tell apart. */
static void exact_trees_are_those_of_trying_everything(void **state)
{
	static unsigned char all[300];

	(void)state;
	memset(all, 1, sizeof all);
	for (uint64_t seed = 0; seed < 200; seed++) {
		struct tree_options options = { .leaf = seed % 3 == 0 ? 1 : seed % 3 == 1 || seed > 12 ? 5 : 20 };
		struct frame f = small_frame(arena, seed, seed < 12 ? 300 - seed * 20 : 40, 2 + seed % 5);
		struct trees t;

		assert_done(tree_fit(arena, &f, &options, two, &t));
		assert_same_as_slow(&t, 0, &f, all, options.leaf);
		options.binned = true; /* fewer than 255 values: bins are the values */
		assert_done(tree_fit(arena, &f, &options, two, &t));
		assert_same_as_slow(&t, 0, &f, all, options.leaf);
	}
}

static void assert_trees_equal(const struct trees *a, const struct trees *b)
{
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->nodes, b->nodes);
	assert_true(a->sum == b->sum && a->base == b->base);
	assert_memory_equal(a->first, b->first, (a->count + 1) * sizeof *a->first);
	assert_memory_equal(a->node, b->node, a->nodes * sizeof *a->node);
	assert_memory_equal(a->value, b->value, a->nodes * sizeof *a->value);
	assert_memory_equal(a->cover, b->cover, a->nodes * sizeof *a->cover);
	assert_memory_equal(a->gain, b->gain, a->nodes * sizeof *a->gain);
}

static void a_forest_is_the_same_for_any_number_of_threads(void **state)
{
	struct forest_options options = { .trees = 13, .seed = 5 };
	struct threads *one = threads_start(1), *five = threads_start(5);
	struct frame f = small_frame(arena, 1, 2000, 9);
	struct trees a, b;

	(void)state;
	assert_done(forest_fit(arena, &f, &options, one, &a));
	assert_done(forest_fit(arena, &f, &options, five, &b));
	assert_trees_equal(&a, &b);
	options.seed = 6;
	assert_done(forest_fit(arena, &f, &options, five, &b));
	assert_true(a.nodes != b.nodes || memcmp(a.node, b.node, a.nodes * sizeof *a.node) != 0);
	threads_stop(one);
	threads_stop(five);
}

static void reasons_add_up_to_the_chance(void **state)
{
	struct forest_options options = { .trees = 20, .leaf = 3 };
	struct frame f = small_frame(arena, 2, 500, 6);
	double reasons[6], chance[500], gains[6], sum = 0;
	struct trees t;

	(void)state;
	assert_done(forest_fit(arena, &f, &options, two, &t));
	assert_done(trees_chances(&t, &f, two, chance));
	for (size_t i = 0; i < f.rows; i++) {
		double row[6], all;

		for (size_t j = 0; j < 6; j++)
			row[j] = f.ord[j * f.rows + i];
		all = trees_reasons(&t, row, reasons);
		for (size_t j = 0; j < 6; j++)
			all += reasons[j];
		assert_true(fabs(all - chance[i]) < 1e-12);
		assert_true(trees_chance(&t, row) == chance[i]);
		assert_true(reasons[1] == 0);
	}
	trees_gains(&t, gains);
	for (size_t j = 0; j < 6; j++)
		sum += gains[j];
	assert_near(sum, 1);
	assert_true(gains[1] == 0);
}

/* Only column 0 tells the label: nothing else matters, by gain and by changing places. */
static void what_tells_the_label_is_what_matters(void **state)
{
	struct frame f = small_frame(arena, 3, 1000, 4);
	double gains[4], losses[4];
	struct trees t;

	(void)state;
	for (size_t i = 0; i < f.rows; i++)
		f.label[i] = f.ord[i] > 3;
	assert_done(tree_fit(arena, &f, &(struct tree_options){ 0 }, two, &t));
	assert_true(t.nodes == 3 && t.node[0].feature == 0);
	trees_gains(&t, gains);
	assert_true(gains[0] == 1);
	assert_done(trees_permuted(&t, &f, 3, 1, two, losses));
	assert_true(losses[0] > .4 && losses[1] == 0 && losses[2] == 0 && losses[3] == 0);
}

/* ---- what cannot be learned from ---- */

static void what_makes_no_trees_is_refused(void **state)
{
	struct frame f = small_frame(arena, 4, 50, 3), none = { .columns = 3, .label = f.label, .ord = f.ord };
	unsigned char ones[50], test[50];
	struct trees t = { .nodes = 77 };
	double x = f.ord[3];

	(void)state;
	memset(ones, 1, sizeof ones);
	memset(test, 1, sizeof test);
	f.ord[3] = INFINITY;
	assert_problem(forest_fit(arena, &f, &(struct forest_options){ 0 }, two, &t), tree_value);
	f.ord[3] = x;
	assert_problem(forest_fit(arena, &f, &(struct forest_options){ .trees = TREES_MAX + 1 }, two, &t), tree_options_unfit);
	assert_problem(forest_fit(arena, &none, &(struct forest_options){ 0 }, two, &t), frame_few);
	f.test = test;
	assert_problem(tree_fit(arena, &f, &(struct tree_options){ 0 }, two, &t), frame_few);
	f.test = NULL;
	f.label = ones;
	assert_problem(tree_fit(arena, &f, &(struct tree_options){ .binned = true }, two, &t), frame_one_class);
	assert_int_equal(t.nodes, 77);
}

/* As soon as its trees have more than they may, and not before */
static void a_forest_too_large_ends_early(void **state)
{
	struct frame f = small_frame(arena, 9, 400, 3);
	struct forest_options o = { .trees = 50, .seed = 1 };
	struct trees t, same;

	(void)state;
	assert_done(forest_fit(arena, &f, &o, two, &t));
	o.memory = t.nodes * TREE_NODE_BYTES;
	assert_done(forest_fit(arena, &f, &o, two, &same));
	assert_true(same.nodes == t.nodes && sizeof *t.node + sizeof *t.value + sizeof *t.cover + sizeof *t.gain == TREE_NODE_BYTES);
	o.memory -= TREE_NODE_BYTES;
	same.nodes = 77;
	assert_problem(forest_fit(arena, &f, &o, two, &same), tree_memory);
	o.memory = 1;
	assert_problem(forest_fit(arena, &f, &o, two, &same), tree_memory);
	assert_int_equal(same.nodes, 77);
}

static void odd_columns_make_trees(void **state)
{
	enum { N = 60 };
	double ord[3 * N];
	unsigned char label[N];
	struct frame f = { .rows = N, .columns = 3, .ord = ord, .label = label };
	struct trees t;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		ord[i] = NAN;                                    /* holes only */
		ord[N + i] = i % 2 ? 0x1.fffffffffffffp1023 : -0x1.fffffffffffffp1023; /* no middle that overflows */
		ord[2 * N + i] = i % 3 ? nextafter(1, 2) : 1;    /* neighbours: the middle is the lower one */
		label[i] = i % 2 && i % 3;
	}
	for (int binned = 0; binned < 2; binned++) {
		assert_done(tree_fit(arena, &f, &(struct tree_options){ .leaf = 1, .binned = binned }, two, &t));
		for (size_t i = 0; i < N; i++)
			assert_true(trees_chance(&t, (double[]){ NAN, ord[N + i], ord[2 * N + i] }) == label[i]);
	}
	assert_done(forest_fit(arena, &f, &(struct forest_options){ .trees = 3 }, two, &t));
	f.columns = 1; /* nothing to ask: all are the same */
	assert_done(forest_fit(arena, &f, &(struct forest_options){ .trees = 3 }, two, &t));
	assert_int_equal(t.nodes, 3);
	assert_problem(trees_chances(&t, &(struct frame){ .rows = N, .columns = 3, .ord = ord }, two, ord), tree_columns);
}

/* ---- files ---- */

static struct saved saved_of(const struct trees *t)
{
	struct buffer b = BUFFER(64 << 20);
	struct saved s;

	saved_begin(&b, "test", 1);
	trees_save(t, &b);
	saved_end(&b);
	assert_done(saved_open(arena_text(arena, buffer_text(&b)), "test", 1, &s));
	buffer_free(&b);
	return s;
}

static void a_file_is_loaded_only_if_it_holds_trees(void **state)
{
	struct frame f = small_frame(arena, 5, 400, 6);
	struct trees t, again;
	struct tree_node held;
	struct saved s;

	(void)state;
	assert_done(forest_fit(arena, &f, &(struct forest_options){ .trees = 4 }, two, &t));
	s = saved_of(&t);
	assert_done(trees_load(arena, &s, 6, &again));
	assert_trees_equal(&t, &again);
	assert_problem(trees_load(arena, &s, 3, &again), saved_damaged);
	held = t.node[0];
	for (int i = 0; i < 6; i++) {
		const struct tree_node bad[] = {
			{ held.threshold, 2, held.feature, 0, 0 }, { held.threshold, t.first[1], held.feature, 0, 0 }, { NAN, held.left, held.feature, 0, 0 },
			{ held.threshold, held.left, held.feature, 2, 0 }, { held.threshold, 0, held.feature, 0, 0 }, { held.threshold, ~0u, held.feature, 0, 0 },
		};

		t.node[0] = bad[i];
		s = saved_of(&t);
		assert_problem(trees_load(arena, &s, 6, &again), saved_damaged);
	}
	t.node[0] = held;
	t.value[2] = 1.5f;
	s = saved_of(&t);
	assert_problem(trees_load(arena, &s, 6, &again), saved_damaged);
}

/* ---- anchors ---- */

static double anchor(const char *set, const char *model)
{
	gzFile file = mining_open("truth/anchor_classifiers_sklearn.csv");
	char line[4096], start[128];
	double auc = NAN;

	snprintf(start, sizeof start, "%s,%s,", set, model);
	while (file && gzgets(file, line, sizeof line)) {
		if (!strncmp(line, start, strlen(start)))
			assert_int_equal(sscanf(line + strlen(start), "%*f,%*f,%*f,%lf", &auc), 1);
	}
	if (file)
		gzclose(file);
	assert_true(!isnan(auc));
	return auc;
}

static void judge_set(const char *name, const struct frame *f, unsigned seeds, bool exact)
{
	double auc = 0, wanted = anchor(name, "RF100_sqrt"), of_tree = anchor(name, "DT_gini_leaf20");
	struct score tree;
	struct trees t;

	for (unsigned seed = 0; seed < seeds; seed++) {
		assert_done(forest_fit(arena, f, &(struct forest_options){ .seed = seed }, two, &t));
		auc += trees_judged(arena, two, &t, f).auc / seeds;
	}
	assert_done(tree_fit(arena, f, &(struct tree_options){ 0 }, two, &t));
	tree = trees_judged(arena, two, &t, f);
	print_message("%s: forest %.4f (%.4f), tree %.4f (%.4f)\n", name, auc, wanted, tree.auc, of_tree);
	assert_true(auc >= wanted - .003);
	assert_true(!exact || tree.auc >= of_tree - .003);
}

static void aucs_are_those_of_scikit_learn(void **state)
{
	bool full = getenv("ZHIFANG_TEST_FULL");
	struct encoder e;
	struct frame f;

	(void)state;
	for (size_t s = 0; s < MINING_SETS; s++) {
		bool quick = !strcmp(mining_sets[s].name, "osi") || !strcmp(mining_sets[s].name, "students");

		if (!strcmp(mining_sets[s].name, "oulad60") || (!full && !quick))
			continue;
		if (!mining_frame(arena, &mining_sets[s], &e, &f))
			skip();
		judge_set(mining_sets[s].name, &f, full ? 5 : 1, true);
	}
	if (!full) {
		print_message("[ SKIPPED ] adult, bank, 200,000 rows, five seeds: only with ZHIFANG_TEST_FULL\n");
		return;
	}
	mining_synthetic(arena, 200000, &f);
	judge_set("synth200k", &f, 5, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_trees_are_those_of_trying_everything),
		cmocka_unit_test(a_forest_is_the_same_for_any_number_of_threads),
		cmocka_unit_test(reasons_add_up_to_the_chance),
		cmocka_unit_test(what_tells_the_label_is_what_matters),
		cmocka_unit_test(what_makes_no_trees_is_refused),
		cmocka_unit_test(a_forest_too_large_ends_early),
		cmocka_unit_test(odd_columns_make_trees),
		cmocka_unit_test(a_file_is_loaded_only_if_it_holds_trees),
		cmocka_unit_test(aucs_are_those_of_scikit_learn),
	};

	return cmocka_run_group_tests(tests, setup_threads, teardown_threads);
}
