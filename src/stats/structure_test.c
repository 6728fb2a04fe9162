/* structure_test.c - structures learned: at least as good as bnlearn's tabu search on four published networks, the best of all where that is
 * known; every network of four nodes against the exact way, the exact way against the search; counting against counting row by row. */
#include "stats/structure.h"

#include "num/random.h"
#include "num/testing.h"
#include "stats/network_testing.h"
#include "stats/structure_parts.h"

/* ---- published networks ---- */

/* A line of bn_scores.csv: network,n,item,score type,score,arcs; false where the item is none of ours */
static bool wanted_of(struct text row, struct text *name, size_t *rows, struct structure_options *how, double *score, bool *exact)
{
	struct text count, item, type;

	*name = text_cut(&row, ',');
	count = text_cut(&row, ',');
	item = text_cut(&row, ',');
	type = text_cut(&row, ',');
	*rows = strtoul(count.at, NULL, 10);
	*score = strtod(row.at, NULL);
	*exact = text_starts(item, TEXT("global_optimum"));
	how->by = text_is(type, "bic") ? BY_BIC : BY_BDEU;
	how->strength = text_is(type, "bde_iss10") ? 10 : 1;
	return *exact || text_is(item, "tabu50");
}

/* The file's scores have ten digits. */
static void check_case(const char *name, size_t rows, struct structure_options *how, double wanted, bool exact)
{
	struct network n;
	const unsigned **columns;
	double found, best;

	arena_reset(arena);
	assert_true(mining_network(arena, name, &n));
	columns = mining_rows(arena, name, &n, rows);
	for (how->seed = 1; how->seed <= (getenv("ZHIFANG_TEST_FULL") ? 5 : 1); how->seed++) {
		assert_done(structure_learn(arena, &n, columns, rows, how, NULL, &found));
		if (!(found >= wanted - 1e-9 * fabs(wanted)))
			fail_msg("%s, %zu rows, %s %g, seed %d: %.10g is below %.10g", name, rows, how->by == BY_BIC ? "BIC" : "BDeu", how->strength,
			         (int)how->seed, found, wanted);
	}
	if (!exact)
		return;
	how->parents_max = n.count - 1;
	assert_done(structure_exact(arena, &n, columns, rows, how, NULL, &best));
	assert_within(best, wanted, 1e-11);
	assert_within(found, best, 1e-12);
}

static void scores_are_bnlearn_s_or_better(void **state)
{
	gzFile truth = mining_open("truth/bn_scores.csv");
	size_t checked = 0, rows;
	char line[1024], network[32];

	(void)state;
	if (!truth)
		skip();
	while (gzgets(truth, line, sizeof line)) {
		struct structure_options how = structure_options();
		struct text name;
		double wanted;
		bool exact;

		how.parents_max = 6;
		if (!wanted_of(text_trim(text_of(line)), &name, &rows, &how, &wanted, &exact))
			continue;
		snprintf(network, sizeof network, "%.*s", TEXT_ARG(name));
		check_case(network, rows, &how, wanted, exact);
		checked++;
	}
	gzclose(truth);
	assert_int_equal(checked, 22);
}

/* Of as many rows as there are, the network they were drawn from scores no higher. */
static void alarm_is_no_worse_than_the_truth(void **state)
{
	struct structure_options how = structure_options();
	const unsigned **columns;
	struct scores truth;
	struct network n;
	double found;

	(void)state;
	arena_reset(arena);
	if (!mining_network(arena, "alarm", &n))
		skip();
	columns = mining_rows(arena, "alarm", &n, 20000);
	assert_done(network_score(arena, &n, columns, 20000, 1, &truth));
	how.by = BY_BIC;
	assert_done(structure_learn(arena, &n, columns, 20000, &how, NULL, &found));
	assert_true(found >= truth.bic);
	how.by = BY_BDEU;
	assert_done(structure_learn(arena, &n, columns, 20000, &how, NULL, &found));
	assert_true(found >= truth.bdeu);
}

/* ---- rows of chance ---- */

enum { NODES = 5, ROWS = 300 };
static const size_t sizes[NODES] = { 2, 3, 2, 4, 1 }; /* the last is constant */

static struct text state_names[4] = { { "a", 1 }, { "b", 1 }, { "c", 1 }, { "d", 1 } };

static struct network blank(size_t count)
{
	struct network n = { ARENA_ARRAY(arena, struct node, count), count };

	for (size_t i = 0; i < count; i++)
		n.nodes[i] = (struct node){ .name = arena_format(arena, "n%zu", i), .states = state_names, .state_count = sizes[i], .rows = 1 };
	return n;
}

/* Each node is mostly the sum of those before it. */
static const unsigned **rows_of(uint64_t seed)
{
	const unsigned **ret = ARENA_ARRAY(arena, const unsigned *, NODES);
	unsigned **columns = ARENA_ARRAY(arena, unsigned *, NODES);

	for (size_t i = 0; i < NODES; i++)
		ret[i] = columns[i] = ARENA_ARRAY(arena, unsigned, ROWS);
	for (size_t row = 0; row < ROWS; row++) {
		struct random r = random_of(seed, row);
		unsigned sum = 0;

		for (size_t i = 0; i < NODES; i++) {
			uint32_t any = random_below(&r, (uint32_t)sizes[i]);

			columns[i][row] = random_unit(&r) < .4 ? any : sum % (unsigned)sizes[i];
			sum += columns[i][row];
		}
	}
	return ret;
}

/* ---- the best of all: each network of four nodes ---- */

enum { FOUR = 4, ARCS = 12 };

static bool is_cyclic(const bool arc[FOUR][FOUR])
{
	bool reach[FOUR][FOUR];

	memcpy(reach, arc, sizeof reach);
	for (size_t k = 0; k < FOUR; k++)
		for (size_t i = 0; i < FOUR; i++)
			for (size_t j = 0; j < FOUR; j++)
				reach[i][j] |= reach[i][k] && reach[k][j];
	return reach[0][0] || reach[1][1] || reach[2][2] || reach[3][3];
}

static void draw(struct network *n, unsigned code, bool arc[FOUR][FOUR])
{
	for (size_t from = 0, k = 0; from < FOUR; from++) {
		for (size_t to = 0; to < FOUR; to++)
			arc[from][to] = from != to && code >> k++ & 1;
	}
	for (size_t to = 0; to < FOUR; to++) {
		struct node *node = &n->nodes[to];

		node->parent_count = 0;
		node->rows = 1;
		for (size_t from = 0; from < FOUR; from++) {
			if (!arc[from][to])
				continue;
			node->parents[node->parent_count++] = from;
			node->rows *= n->nodes[from].state_count;
		}
	}
}

static double best_of_all(const unsigned *const *columns, const struct structure_options *how, size_t *networks)
{
	struct network n = blank(FOUR);
	double best = -INFINITY;

	for (size_t i = 0; i < FOUR; i++)
		n.nodes[i].parents = ARENA_ARRAY(arena, size_t, FOUR);
	*networks = 0;
	for (unsigned code = 0; code < 1u << ARCS; code++) {
		bool arc[FOUR][FOUR];
		struct scores s;

		draw(&n, code, arc);
		if (is_cyclic(arc))
			continue;
		assert_done(network_score(arena, &n, columns, ROWS, how->strength, &s));
		best = fmax(best, how->by == BY_BIC ? s.bic : s.bdeu);
		++*networks;
	}
	return best;
}

static void exact_is_the_best_of_all(void **state)
{
	struct structure_options how = structure_options();

	(void)state;
	for (unsigned code = 0; code < 4; code++) {
		const unsigned **columns;
		struct network n;
		size_t networks;
		double found, best;

		arena_reset(arena);
		columns = rows_of(code);
		n = blank(FOUR);
		how.by = code % 2 ? BY_BIC : BY_BDEU;
		how.strength = code + 1;
		best = best_of_all(columns, &how, &networks);
		assert_int_equal(networks, 543); /* OEIS A003024 */
		assert_done(structure_exact(arena, &n, columns, ROWS, &how, NULL, &found));
		assert_within(found, best, 1e-13);
	}
}

static bool is_same(const struct network *a, const struct network *b)
{
	for (size_t i = 0; i < a->count; i++) {
		if (a->nodes[i].parent_count != b->nodes[i].parent_count ||
		    memcmp(a->nodes[i].parents, b->nodes[i].parents, a->nodes[i].parent_count * sizeof *a->nodes[i].parents) != 0)
			return false;
	}
	return true;
}

static void the_search_finds_what_is_best(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct structure_options how = structure_options();
		const unsigned **columns;
		struct network searched, exact, again;
		double found, best, more;

		arena_reset(arena);
		columns = rows_of(seed);
		searched = blank(NODES);
		exact = blank(NODES);
		again = blank(NODES);
		how.by = seed % 2 ? BY_BIC : BY_BDEU;
		how.threads = 1;
		assert_done(structure_learn(arena, &searched, columns, ROWS, &how, NULL, &found));
		assert_done(structure_exact(arena, &exact, columns, ROWS, &how, NULL, &best));
		assert_within(found, best, 1e-12);
		how.threads = 3;
		assert_done(structure_learn(arena, &again, columns, ROWS, &how, NULL, &more));
		assert_true(more == found && is_same(&again, &searched));
	}
}

/* ---- counting ---- */

static void scores_are_those_of_families(void **state)
{
	struct structure_options how = structure_options();
	const unsigned **columns;
	struct structure_data d;
	struct counter c;
	struct network n;

	(void)state;
	arena_reset(arena);
	columns = rows_of(5);
	n = blank(NODES);
	how.by = BY_BDEU;
	assert_done(structure__data(arena, &n, columns, ROWS, &how, &d));
	assert_true(d.rows < ROWS);
	c = counter_new(&d);
	for (unsigned code = 0; code < 1u << (NODES - 1); code++) {
		struct network one = blank(NODES);
		struct family_set f = { .node = 3 };
		struct scores with, without;
		bool wanted[NODES] = { false };
		double scores[NODES];

		for (size_t i = 0, k = 0; i < NODES; i++) {
			if (i != 3 && code >> k++ & 1)
				family_add(&f, i);
		}
		assert_done(network_score(arena, &one, columns, ROWS, 1, &without));
		one.nodes[3].parents = ARENA_ARRAY(arena, size_t, NODES);
		for (size_t k = 0; k < f.count; k++)
			one.nodes[3].rows *= sizes[one.nodes[3].parents[k] = f.parents[k]];
		one.nodes[3].parent_count = f.count;
		assert_done(network_score(arena, &one, columns, ROWS, 1, &with));
		assert_true(fabs(counter_score(&c, &f) - counter_score(&c, &(struct family_set){ .node = 3 }) - (with.bdeu - without.bdeu)) < 1e-9);
		if (f.count == 0)
			continue;
		/* the same as one more parent of a smaller family, by a counter that does not remember */
		wanted[f.parents[0]] = true;
		counter_free(&c);
		c = counter_new(&d);
		family_drop(&f, f.parents[0]);
		counter_scores_with(&c, &f, wanted, scores);
		for (size_t i = 0; i < NODES; i++) {
			if (wanted[i])
				assert_true(fabs(scores[i] - counter_score(&c, &(struct family_set){ .node = 3 }) - (with.bdeu - without.bdeu)) < 1e-9);
		}
	}
	counter_free(&c);
}

/* ---- what must and must not be ---- */

static bool has_arc(const struct network *n, size_t from, size_t to)
{
	for (size_t k = 0; k < n->nodes[to].parent_count; k++) {
		if (n->nodes[to].parents[k] == from)
			return true;
	}
	return false;
}

typedef problem (*way)(struct arena *, struct network *, const unsigned *const *, size_t, const struct structure_options *, struct progress *, double *);

static void check_rules(way learn, uint64_t seed)
{
	const unsigned tier[NODES] = { 1, 0, 1, 0, 2 };
	const struct arc must[] = { { 1, 4 }, { 3, 0 } }, never[] = { { 1, 2 }, { 3, 1 } };
	struct structure_options how = structure_options();
	struct network n;
	double score;

	arena_reset(arena);
	how.tier = tier;
	how.must = must;
	how.must_count = 2;
	how.never = never;
	how.never_count = 2;
	how.parents_max = 2;
	n = blank(NODES);
	assert_done(learn(arena, &n, rows_of(seed), ROWS, &how, NULL, &score));
	assert_true(has_arc(&n, 1, 4) && has_arc(&n, 3, 0) && !has_arc(&n, 1, 2) && !has_arc(&n, 3, 1));
	for (size_t to = 0; to < NODES; to++) {
		assert_true(n.nodes[to].parent_count <= 2);
		for (size_t from = 0; from < NODES; from++)
			assert_false(has_arc(&n, from, to) && tier[from] > tier[to]);
	}
}

static void arrows_keep_to_the_rules(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 10; seed++) {
		check_rules(structure_learn, seed);
		check_rules(structure_exact, seed);
	}
}

static void what_cannot_be_is_refused(void **state)
{
	struct structure_options how = structure_options();
	const struct arc circle[] = { { 0, 1 }, { 1, 2 }, { 2, 0 } }, self[] = { { 1, 1 } };
	const unsigned tier[NODES] = { 1, 0, 1, 0, 2 };
	const unsigned **columns, *broken[NODES];
	unsigned holes[ROWS] = { [7] = NOT_KNOWN };
	struct network n, many = { .count = 300 };
	double score = 77;

	(void)state;
	arena_reset(arena);
	columns = rows_of(1);
	n = blank(NODES);
	how.must = circle;
	how.must_count = 3;
	assert_problem(structure_learn(arena, &n, columns, ROWS, &how, NULL, &score), structure_cyclic);
	assert_problem(structure_exact(arena, &n, columns, ROWS, &how, NULL, &score), structure_cyclic);
	how.must = self;
	how.must_count = 1;
	assert_problem(structure_learn(arena, &n, columns, ROWS, &how, NULL, &score), structure_cyclic);
	how.must = circle;
	how.tier = tier;
	assert_problem(structure_learn(arena, &n, columns, ROWS, &how, NULL, &score), structure_arrows);
	how.tier = NULL;
	how.parents_max = 0;
	assert_problem(structure_learn(arena, &n, columns, ROWS, &how, NULL, &score), structure_arrows);
	how = structure_options();
	memcpy(broken, columns, sizeof broken);
	broken[0] = holes;
	assert_problem(structure_learn(arena, &n, broken, ROWS, &how, NULL, &score), structure_holes);
	assert_problem(structure_learn(arena, &n, columns, 0, &how, NULL, &score), sample_unfit);
	how.strength = NAN;
	assert_problem(structure_learn(arena, &n, columns, ROWS, &how, NULL, &score), sample_unfit);
	assert_problem(structure_learn(arena, &many, NULL, ROWS, &how, NULL, &score), structure_large);
	many.count = STRUCTURE_EXACT_MAX + 1;
	assert_problem(structure_exact(arena, &many, NULL, ROWS, &how, NULL, &score), structure_large);
	assert_true(score == 77);
	how = structure_options();
	assert_done(structure_learn(arena, &n, columns, 1, &how, NULL, &score)); /* one row: nothing tells anything */
	for (size_t i = 0; i < NODES; i++)
		assert_int_equal(n.nodes[i].parent_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores_are_bnlearn_s_or_better),
		cmocka_unit_test(alarm_is_no_worse_than_the_truth),
		cmocka_unit_test(exact_is_the_best_of_all),
		cmocka_unit_test(the_search_finds_what_is_best),
		cmocka_unit_test(scores_are_those_of_families),
		cmocka_unit_test(arrows_keep_to_the_rules),
		cmocka_unit_test(what_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
