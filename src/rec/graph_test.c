/* graph_test.c - triples as features, orders against all that is wanted, circles; and, in the long run, a published set on which the
 * graph must help. */
#include "rec/graph.h"

#include "rec/ease.h"
#include "rec/evaluate.h"
#include "rec/testing.h"

static void triples_are_read(void **state)
{
	static const struct { const char *text; const struct problem *why; size_t line; } broken[] = {
		{ "", &interactions_none, 0 }, { "0 1\n", &interactions_malformed, 1 }, { "0 1 2\n0 1 2 3\n", &interactions_malformed, 2 },
		{ "0 1 x\n", &interactions_malformed, 1 }, { "0 -1 2\n", &interactions_malformed, 1 }, { "0 65536 2\n", &interactions_large, 1 },
		{ "67108864 1 2\n", &interactions_large, 1 },
	};
	CLEANUP(triples_free) struct triples t = { 0 };
	struct interactions_place where;

	(void)state;
	assert_done(triples_read(TEXT("\xef\xbb\xbf" "0 1 9\r\n\n 3\t0 2"), &t, &where));
	assert_true(t.count == 2 && t.things == 10 && t.relations == 2);
	assert_true(t.head[1] == 3 && t.relation[1] == 0 && t.tail[1] == 2);
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		struct triples none;

		assert_problem(triples_read(text_of(broken[i].text), &none, &where), *broken[i].why);
		assert_int_equal(where.line, broken[i].line);
	}
}

static void triples_of_words_are_read(void **state)
{
	static const struct { const char *text; const struct problem *why; size_t line; const char *column; } broken[] = {
		{ "", &interactions_none, 0, "" }, { "item,relation,thing\n", &interactions_none, 1, "" }, { "item,thing\nC,x\n", &interactions_columns, 1, "relation" },
		{ "item,relation,thing,item\nC,is,x,C\n", &interactions_twice, 1, "item" }, { "item,relation,thing\nC,is,x\nC,,x\n", &interactions_empty, 3, "relation" },
		{ "item,relation,thing\nC,is\n", &interactions_quotes, 2, "" },
	};
	static const struct text names[] = { TEXT_INIT("C"), TEXT_INIT("指针"), TEXT_INIT("SQL") };
	struct arena *arena = arena_new(1 << 24);
	CLEANUP(triples_free) struct triples t = { 0 };
	const uint32_t head[] = { 1, 2, 4, 0 }, relation[] = { 0, 1, 0, 1 }, tail[] = { 3, 0, 3, 1 };
	struct interactions_place where;

	(void)state;
	assert_done(triples_read_table(arena, TEXT("relation;thing;item\nis;hard;指针\nwants;C;SQL\nis;hard;Go\nwants;指针;C\n"), names, 3, &t, &where));
	assert_true(t.count == 4 && t.relations == 2 && t.things == 5);
	assert_memory_equal(t.head, head, sizeof head);
	assert_memory_equal(t.relation, relation, sizeof relation);
	assert_memory_equal(t.tail, tail, sizeof tail);
	assert_text(t.relation_names[1], "wants");
	assert_text(t.thing_names[1], "指针");
	assert_text(t.thing_names[3], "hard");
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		struct triples none;

		assert_problem(triples_read_table(arena, text_of(broken[i].text), names, 3, &none, &where), *broken[i].why);
		assert_int_equal(where.line, broken[i].line);
		assert_text(where.column, broken[i].column);
	}
	arena_free(arena);
}

/* Items 0..3. (0, 9) is shared by 0 and 1; (0, 8) is of 2 alone; (1, 3) is wanted by 1 and 2, and 3 is an item. */
static void features_are_what_is_shared(void **state)
{
	CLEANUP(triples_free) struct triples t = { 0 };
	CLEANUP(sparse_free) struct sparse f = { 0 }, less = { 0 };
	const uint32_t columns[] = { 0, 1, 1, 2, 3 };
	const double weight[] = { 4, 9 }, none[] = { 0, 9 };
	struct interactions_place where;

	(void)state;
	assert_done(triples_read(TEXT("1 0 9\n0 0 9\n0 0 9\n2 0 8\n2 1 3\n1 1 3\n7 1 3\n"), &t, &where));
	graph_features(&t, 4, weight, 1, &f);
	assert_true(f.rows == 2 && f.columns == 4 && f.start[1] == 2 && f.start[2] == 5);
	assert_memory_equal(f.column, columns, sizeof columns);
	assert_true(fabs(f.weight[0] - sqrt(4 / 2.)) < 1e-6 && fabs(f.weight[4] - sqrt(9 / 3.)) < 1e-6);
	graph_features(&t, 4, none, 0, &less);
	assert_true(less.rows == 1 && sparse_count(&less) == 3 && less.weight[0] == 3);
}

/* ---- order ---- */

static void orders_keep_what_is_wanted(void **state)
{
	enum { THINGS = 60, PAIRS = 150 };
	uint32_t before[PAIRS], after[PAIRS], order[THINGS], place[THINGS], cycle = 77;
	struct prerequisites p = { PAIRS, before, after };
	struct random r = random_of(5, 5);

	(void)state;
	for (size_t i = 0; i < PAIRS; i++) {
		before[i] = random_below(&r, THINGS - 1);
		after[i] = before[i] + 1 + random_below(&r, THINGS - before[i] - 1);
		before[i] = before[i] * 37 % THINGS; /* the order is another than that of numbers */
		after[i] = after[i] * 37 % THINGS;
	}
	assert_done(prerequisites_order(&p, THINGS, order, &cycle));
	assert_int_equal(cycle, 0);
	for (uint32_t i = 0; i < THINGS; i++)
		place[order[i]] = i;
	for (size_t i = 0; i < PAIRS; i++)
		assert_true(place[before[i]] < place[after[i]]);
}

static void circles_are_told(void **state)
{
	const uint32_t before[] = { 0, 1, 2, 3, 4, 5 }, after[] = { 1, 2, 3, 1, 5, 6 };
	struct prerequisites p = { 6, before, after };
	uint32_t order[8], cycle, own = 3;

	(void)state;
	assert_problem(prerequisites_order(&p, 8, order, &cycle), prerequisites_cyclic);
	assert_int_equal(cycle, 3);
	for (uint32_t i = 0; i < cycle; i++) {
		bool found = false;

		for (size_t k = 0; k < 6; k++)
			found |= before[k] == order[i] && after[k] == order[(i + 1) % cycle];
		assert_true(found);
	}
	assert_problem(prerequisites_order(&(struct prerequisites){ 1, &own, &own }, 8, order, &cycle), prerequisites_cyclic);
	assert_true(cycle == 1 && order[0] == 3);
}

static void proposals_wait_for_what_they_want(void **state)
{
	const uint32_t before[] = { 7, 2, 4, 5 }, after[] = { 9, 7, 5, 4 }, arranged[] = { 3, 2, 7, 9, 5, 4 };
	uint32_t list[] = { 9, 3, 7, 5, 2, 4 };

	(void)state;
	prerequisites_arrange(&(struct prerequisites){ 4, before, after }, list, 6);
	assert_memory_equal(list, arranged, sizeof arranged);
}

/* ---- published sets ---- */

struct ease_try {
	double lambda;
	const struct sparse *features; /* NULL: no graph */
};

static struct evaluation judge(struct threads *threads, const struct recs_set *set, const struct ease_try *how)
{
	CLEANUP(item_model_free) struct item_model m = { 0 };
	struct item_scorer self = { &m, &set->train };
	struct evaluation e;

	assert_done(ease_fit(threads, &set->train, &(struct ease_options){ how->lambda, 0, how->features }, NULL, &m));
	evaluate(threads, &(struct trial){ &set->train, &set->test, { 10, 20 }, 0 }, &(struct scorer){ item_model_score, &self }, NULL, &e);
	print_message("EASE, COCO, lambda %g%s: recall@20 %.5f, NDCG@10 %.5f\n", how->lambda, how->features ? ", with the graph" : "", e.at[1].recall, e.at[0].ndcg);
	return e;
}

/* The graph's things 0..8195 are courses, by their ids; here they get the numbers of the log, those that nobody had numbers behind all. */
static void as_the_log_has_them(struct arena *arena, const struct interactions *m, struct triples *t)
{
	CLEANUP(buffer_free) struct buffer map = BUFFER(16 << 20);
	struct text rest;
	uint32_t *number = ARENA_ARRAY(arena, uint32_t, t->things);

	assert_true(recs_read("coco-udemy-kg/i2kg_map.txt.gz", &map));
	for (uint32_t i = 0; i < t->things; i++)
		number[i] = m->items + i;
	rest = buffer_text(&map);
	text_cut(&rest, '\n');
	while (rest.at && rest.length) {
		struct text line = text_cut(&rest, '\n'), thing = text_cut(&line, '\t'), id = text_cut(&line, '\t');
		int64_t n;

		for (uint32_t i = 0; text_to_int(thing, &n) && i < m->items; i++) {
			if (text_eq(id, m->item_names[i]))
				number[n] = i;
		}
	}
	for (size_t i = 0; i < t->count; i++) {
		t->head[i] = number[t->head[i]];
		t->tail[i] = number[t->tail[i]];
	}
	t->things += m->items;
}

/* What is held back is each one's later part, as the test file is each one's later part of all: 2 in 5 of their rows, of two the second. */
static void hold_back(const struct interactions *m, size_t second, uint8_t *parts)
{
	uint32_t *rows = calloc(m->users, sizeof *rows), *seen = calloc(m->users, sizeof *seen);

	for (size_t i = 0; i < second; i++)
		rows[m->user[i]]++;
	for (size_t i = 0; i < m->count; i++) {
		uint32_t n = rows[m->user[i]], kept = n - (2 * n + 2) / 5;

		parts[i] = i >= second ? PART_TEST : seen[m->user[i]]++ < kept ? PART_TRAIN : PART_VALIDATION;
		assert_true(i >= second || i == 0 || m->user[i] != m->user[i - 1] || m->time[i] >= m->time[i - 1]);
	}
	free(rows);
	free(seen);
}

static void read_coco(struct arena *arena, struct recs_set *tuning, struct recs_set *set, struct triples *t)
{
	CLEANUP(interactions_free) struct interactions m = { 0 };
	CLEANUP(buffer_free) struct buffer graph = BUFFER(64 << 20);
	struct text triples;
	uint8_t *parts;
	struct interactions_place where;
	size_t second = 0;

	assert_true(recs_coco(arena, &m, &second) && recs_read("coco-udemy-kg/kg_final.txt.gz", &graph));
	triples = buffer_text(&graph);
	text_cut(&triples, '\n'); /* the names of the columns */
	assert_done(triples_read(triples, t, &where));
	as_the_log_has_them(arena, &m, t);
	parts = ARENA_ARRAY(arena, uint8_t, m.count);
	hold_back(&m, second, parts);
	sparse_of(&m, parts, PART_TRAIN, &tuning->train);
	sparse_of(&m, parts, PART_VALIDATION, &tuning->test);
	sparse_of(&m, parts, PART_TRAIN | PART_VALIDATION, &set->train);
	sparse_of(&m, parts, PART_TEST, &set->test);
}

/* Lambda without the graph, and then with it what category and concept count (level, language and audience nothing), by NDCG@10 of what is held back */
static const double lambdas[] = { 100, 200, 400 };
static const double counts[][5] = { { 1, 1 }, { 2, 1 }, { 3, 2 }, { 5, 3 }, { 8, 4 } };

static double best_lambda(struct threads *threads, const struct recs_set *tuning)
{
	double most = 0, ret = 0;

	for (size_t i = 0; i < sizeof lambdas / sizeof *lambdas; i++) {
		double ndcg = judge(threads, tuning, &(struct ease_try){ lambdas[i], NULL }).at[0].ndcg;

		ret = ndcg > most ? lambdas[i] : ret;
		most = fmax(most, ndcg);
	}
	return ret;
}

static const double *best_counts(struct threads *threads, const struct recs_set *tuning, const struct triples *t, double lambda)
{
	const double *ret = NULL;
	double most = 0;

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		CLEANUP(sparse_free) struct sparse features = { 0 };
		double ndcg;

		graph_features(t, tuning->train.columns, counts[i], .5, &features);
		print_message("category %g, concept %g: ", counts[i][0], counts[i][1]);
		ndcg = judge(threads, tuning, &(struct ease_try){ lambda, &features }).at[0].ndcg;
		ret = ndcg > most ? counts[i] : ret;
		most = fmax(most, ndcg);
	}
	return ret;
}

/* All is chosen on what is held back of the training; the test is read once with the graph and once without. */
static void the_graph_helps_on_coco(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(0);
	CLEANUP(recs_close) struct recs_set tuning = { 0 }, set = { 0 };
	CLEANUP(triples_free) struct triples t = { 0 };
	CLEANUP(buffer_free) struct buffer there = BUFFER(64 << 20);
	CLEANUP(sparse_free) struct sparse features = { 0 };
	struct evaluation without, with;
	struct arena *arena;
	double lambda;

	(void)state;
	if (!recs_full() || !recs_read("coco-udemy-kg/test.txt.gz", &there))
		skip();
	arena = arena_new((size_t)1 << 30);
	read_coco(arena, &tuning, &set, &t);
	lambda = best_lambda(threads, &tuning);
	graph_features(&t, set.train.columns, best_counts(threads, &tuning, &t, lambda), .5, &features);
	print_message("chosen; on the test:\n");
	without = judge(threads, &set, &(struct ease_try){ lambda, NULL });
	with = judge(threads, &set, &(struct ease_try){ lambda, &features });
	assert_true(with.at[1].recall >= 1.05 * without.at[1].recall && with.at[0].ndcg >= .0822);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(triples_are_read),
		cmocka_unit_test(triples_of_words_are_read),
		cmocka_unit_test(features_are_what_is_shared),
		cmocka_unit_test(orders_keep_what_is_wanted),
		cmocka_unit_test(circles_are_told),
		cmocka_unit_test(proposals_wait_for_what_they_want),
		cmocka_unit_test(the_graph_helps_on_coco),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
