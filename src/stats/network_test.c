/* network_test.c - Bayesian networks: 930 posteriors of 20 published networks, computed elsewhere (15 digits; pgmpy and brute force agree),
 * the scores of published ones by bnlearn, every question of a small one against the sum over all cases, and files that are none. */
#include "stats/network.h"

#include "base/buffer.h"
#include "num/testing.h"
#include "stats/network_testing.h"

/* ---- published networks ---- */

static size_t state_of(const struct node *node, struct text name)
{
	for (size_t k = 0; k < node->state_count; k++) {
		if (text_eq(node->states[k], name))
			return k;
	}
	fail_msg("%.*s has no state %.*s", TEXT_ARG(node->name), TEXT_ARG(name));
	return 0;
}

/* xray=yes;dysp=no */
static unsigned *known_of(const struct network *n, struct text evidence)
{
	unsigned *known = ARENA_ARRAY(arena, unsigned, n->count);

	for (size_t i = 0; i < n->count; i++)
		known[i] = NOT_KNOWN;
	while (evidence.at && evidence.length) {
		struct text one = text_cut(&evidence, ';'), name = text_cut(&one, '=');
		size_t i = network_find(n, name);

		assert_true(i < n->count);
		known[i] = (unsigned)state_of(&n->nodes[i], one);
	}
	return known;
}

static void posteriors_are_those_computed_elsewhere(void **state)
{
	gzFile truth = mining_open("truth/bn_posteriors.csv");
	char line[4096], last[64] = "", asked[4096] = "";
	double posterior[NETWORK_STATES_MAX], evidence = 0;
	struct network n = { 0 };
	size_t target = 0, rows = 0;

	(void)state;
	if (!truth)
		skip();
	assert_non_null(gzgets(truth, line, sizeof line));
	while (gzgets(truth, line, sizeof line)) {
		struct text rest = text_trim(text_of(line)), name = text_cut(&rest, ','), given = text_cut(&rest, ','), query = text_cut(&rest, ',');
		struct text of = text_cut(&rest, ','), value = text_cut(&rest, ',');
		struct text question = { line, (size_t)(of.at - line) };

		if (!text_is(name, last)) {
			arena_reset(arena);
			snprintf(last, sizeof last, "%.*s", TEXT_ARG(name));
			assert_true(mining_network(arena, last, &n));
		}
		if (!text_is(question, asked)) {
			snprintf(asked, sizeof asked, "%.*s", TEXT_ARG(question));
			target = network_find(&n, query);
			assert_true(target < n.count);
			assert_done(network_ask(arena, &n, known_of(&n, given), target, posterior, &evidence));
		}
		if (!(fabs(posterior[state_of(&n.nodes[target], of)] - strtod(value.at, NULL)) <= 1e-12))
			fail_msg("%.*s: %.17g, wanted %s", TEXT_ARG(question), posterior[state_of(&n.nodes[target], of)], value.at);
		assert_within(evidence, strtod(rest.at, NULL), 1e-10);
		rows++;
	}
	gzclose(truth);
	assert_int_equal(rows, 930);
}

/* ---- the obvious way: the sum over all cases ---- */

static double slow_chance(const struct network *n, const unsigned *known)
{
	unsigned *at = ARENA_ARRAY(arena, unsigned, n->count);
	double sum = 0;

	for (;;) {
		double product = 1;
		size_t k = n->count;

		for (size_t i = 0; i < n->count; i++) {
			size_t row = 0;

			for (size_t p = 0; p < n->nodes[i].parent_count; p++)
				row = row * n->nodes[n->nodes[i].parents[p]].state_count + at[n->nodes[i].parents[p]];
			product *= known[i] == NOT_KNOWN || known[i] == at[i] ? n->nodes[i].chances[row * n->nodes[i].state_count + at[i]] : 0;
		}
		sum += product;
		while (k-- > 0 && ++at[k] == n->nodes[k].state_count)
			at[k] = 0;
		if (k == SIZE_MAX)
			return sum;
	}
}

static const char sprinkler[] =
	"network x { property author me; }\n// four nodes\n"
	"variable rain { type discrete [ 2 ] { yes, no }; }\nvariable sprinkler { type discrete [ 3 ] { off, low, high }; }\n"
	"variable wet { type discrete [ 2 ] { yes, no }; property p = 3; }\nvariable slip { type discrete [ 2 ] { yes, no }; }\n"
	"probability ( rain ) { table 0.2, 0.8; }\n"
	"probability ( sprinkler | rain ) { (yes) 0.9, 0.07, 0.03; (no) 0.5, 0.3, 0.2; }\n"
	"probability ( wet | sprinkler, rain ) { (off, yes) 0.8, 0.2; (off, no) 0.0, 1.0; (low, yes) .9, .1; (low, no) .6, .4;\n"
	"  (high, yes) 0.99, 0.01; (high, no) 0.9, 0.1; }\nprobability ( slip | wet ) { (no) 0, 1; (yes) 0.3, 0.7; }\n";

static void each_question_is_the_sum_over_all_cases(void **state)
{
	double posterior[3], evidence;
	struct network n;
	size_t line;

	(void)state;
	assert_done(network_read_bif(arena, text_of(sprinkler), &n, &line));
	assert_int_equal(n.count, 4);
	for (unsigned code = 0; code < 3 * 4 * 3 * 3; code++) {
		unsigned known[] = { code % 3 - 1, code / 3 % 4 - 1, code / 12 % 3 - 1, code / 36 - 1 };
		double all = slow_chance(&n, known);

		for (size_t target = 0; target < 4; target++) {
			problem why = network_ask(arena, &n, known, target, posterior, &evidence);
			unsigned was = known[target];

			assert_problem_at(why, all > 0 ? NULL : &network_impossible, __FILE__, (int)code);
			for (unsigned k = 0; k < n.nodes[target].state_count && !why; k++) {
				known[target] = k;
				assert_true(fabs(posterior[k] - (was == NOT_KNOWN || was == k ? slow_chance(&n, known) / all : 0)) < 1e-15);
			}
			known[target] = was;
			if (!why)
				assert_within(evidence, all, 1e-14);
		}
	}
}

static void what_is_written_is_read_again(void **state)
{
	struct buffer first = BUFFER(1 << 16), second = BUFFER(1 << 16);
	struct network n, again;
	size_t line;

	(void)state;
	assert_done(network_read_bif(arena, text_of(sprinkler), &n, &line));
	network_write_bif(&n, &first);
	assert_done(network_read_bif(arena, buffer_text(&first), &again, &line));
	network_write_bif(&again, &second);
	assert_true(text_eq(buffer_text(&first), buffer_text(&second)));
	assert_true(again.nodes[2].chances[4] == .9 && again.nodes[2].parents[0] == 1);
	buffer_free(&first);
	buffer_free(&second);
}

/* What no other program writes: names with marks, blanks and quotes */
static void names_of_any_kind_are_kept(void **state)
{
	static const char odd[] = "variable \"a, b\" { type discrete [ 3 ] { \"}\", \"say \"\"yes\"\"\", \"//\" }; }\n"
	                          "variable b { type discrete [ 1 ] { \"two\nlines\" }; }\n"
	                          "probability ( \"a, b\" ) { table .2, .3, .5; }\n"
	                          "probability ( b | \"a, b\" ) { (\"}\") 1; (\"say \"\"yes\"\"\") 1; (\"//\") 1; }";
	static const char *const broken[] = { "variable \"a", "variable \"\" { type discrete [ 1 ] { x }; }", "variable a \"{\" type discrete [ 1 ] { x }; }" };
	struct buffer out = BUFFER(1 << 16);
	struct network n;
	size_t line;

	(void)state;
	assert_done(network_read_bif(arena, text_of(odd), &n, &line));
	for (int round = 0; round < 2; round++) {
		assert_text(n.nodes[0].name, "a, b");
		assert_text(n.nodes[0].states[0], "}");
		assert_text(n.nodes[0].states[1], "say \"yes\"");
		assert_text(n.nodes[0].states[2], "//");
		assert_text(n.nodes[1].states[0], "two\nlines");
		buffer_clear(&out);
		network_write_bif(&n, &out);
		assert_done(network_read_bif(arena, arena_text(arena, buffer_text(&out)), &n, &line));
	}
	buffer_free(&out);
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		assert_problem(network_read_bif(arena, text_of(broken[i]), &n, &line), network_malformed);
}

/* ---- tables and scores from rows ---- */

/* Of four rows with rain three are wet, of one without none; strength 1, q = 2, r = 2: (3 + 1/4) / (4 + 1/2), (0 + 1/4) / (1 + 1/2) */
static void tables_by_hand(void **state)
{
	const unsigned rain[] = { 0, 0, 0, 0, 1, NOT_KNOWN }, wet[] = { 0, 0, 0, 1, 1, 1 }, broken[] = { 0, 0, 0, 2, 1, 1 };
	const unsigned *columns[] = { rain, wet };
	struct text states[] = { TEXT("yes"), TEXT("no") };
	struct node nodes[] = { { TEXT("rain"), states, 2, NULL, 0, 1 }, { TEXT("wet"), states, 2, (size_t[]){ 0 }, 1, 2 } };
	struct network n = { nodes, 2 };

	(void)state;
	assert_done(network_fit(arena, &n, columns, 6, 1));
	assert_within(nodes[0].chances[0], 4.5 / 6, 1e-15);
	assert_within(nodes[1].chances[0], 3.25 / 4.5, 1e-15);
	assert_within(nodes[1].chances[2], .25 / 1.5, 1e-15);
	assert_true(nodes[1].seen[0] == 4 && nodes[1].seen[1] == 1);
	columns[1] = broken;
	assert_problem(network_fit(arena, &n, columns, 6, 1), sample_unfit);
	assert_problem(network_fit(arena, &n, columns, 0, 1), sample_unfit);
}

/* A line of bn_scores.csv: network,n,true_dag,score type,score */
static void check_score(struct text row, struct network *n, const unsigned *const *columns, size_t rows)
{
	double strength = text_find(row, TEXT("bde_iss10,")) != SIZE_MAX ? 10 : 1, wanted;
	struct scores s;
	struct text type;

	for (int i = 0; i < 3; i++)
		text_cut(&row, ',');
	type = text_cut(&row, ',');
	wanted = strtod(row.at, NULL);
	assert_done(network_score(arena, n, columns, rows, strength, &s));
	if (text_is(type, "loglik"))
		assert_within(s.log_likelihood, wanted, 1e-9);
	else if (text_is(type, "bic"))
		assert_within(s.bic, wanted, 1e-9);
	else if (text_starts(type, TEXT("bde")))
		assert_within(s.bdeu, wanted, 1e-9);
}

static void scores_are_bnlearn_s(void **state)
{
	gzFile truth = mining_open("truth/bn_scores.csv");
	const unsigned **columns = NULL;
	char line[1024], last[64] = "";
	size_t rows, checked = 0;
	struct network n;

	(void)state;
	if (!truth)
		skip();
	while (gzgets(truth, line, sizeof line)) {
		struct text rest = text_trim(text_of(line)), row = rest, name = text_cut(&rest, ','), count = text_cut(&rest, ',');

		if (!text_is(text_cut(&rest, ','), "true_dag"))
			continue;
		rows = strtoul(count.at, NULL, 10);
		if (!text_is(name, last)) {
			snprintf(last, sizeof last, "%.*s", TEXT_ARG(name));
			arena_reset(arena);
			assert_true(mining_network(arena, last, &n));
			columns = mining_rows(arena, last, &n, 20000);
		}
		check_score(row, &n, columns, rows);
		checked++;
	}
	gzclose(truth);
	assert_true(checked >= 20);
}

/* ---- files that are none ---- */

#define TWO "variable a { type discrete [ 2 ] { x, y }; } variable b { type discrete [ 2 ] { x, y }; }\n"

static void broken_files_are_refused(void **state)
{
	static const struct { const char *bif; const struct problem *why; } cases[] = {
		{ "", &network_malformed }, { "variable \xff { type discrete [ 1 ] { x }; }", &network_malformed }, { "frob", &network_malformed }, { TWO, &network_malformed },
		{ TWO "probability ( a ) { table .5, .5; } probability ( b | a ) { (x) .5, .5; }", &network_malformed },
		{ TWO "probability ( a ) { table .5, .5; } probability ( b | a ) { (x) .5, .5; (x) .5, .5; }", &network_malformed },
		{ TWO "probability ( a ) { table .5, .5; } probability ( b | a ) { (x) .5, .5; (z) .5, .5; }", &network_malformed },
		{ TWO "probability ( a ) { table .5, .5; } probability ( b | c ) { (x) .5, .5; (y) .5, .5; }", &network_malformed },
		{ TWO "probability ( a ) { table .5, .5; } probability ( a ) { table .5, .5; }", &network_malformed },
		{ TWO "probability ( a ) { table .5, .6; }", &network_chances }, { TWO "probability ( a ) { table 1.5, -.5; }", &network_chances },
		{ TWO "probability ( a ) { table nan, 1; }", &network_chances }, { TWO "probability ( a ) { table .5 .5; }", &network_malformed },
		{ TWO "probability ( a ) { table .5, .5, .5; }", &network_malformed },
		{ TWO "probability ( a | b ) { (x) .5, .5; (y) .5, .5; } probability ( b | a ) { (x) .5, .5; (y) .5, .5; }", &network_cyclic },
		{ "variable a { type discrete [ 2 ] { x, x }; }", &network_malformed }, { "variable a { type discrete [ 3 ] { x, y }; }", &network_malformed },
		{ "variable a { type discrete [ 9999 ] { x, y }; }", &network_large }, { "variable a { type discrete [ 0 ] { }; }", &network_malformed },
	};
	struct network n = { .count = 77 };
	size_t line;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_problem_at(network_read_bif(arena, text_of(cases[i].bif), &n, &line), cases[i].why, cases[i].bif, (int)i);
	assert_int_equal(n.count, 77);
	assert_problem(network_read_bif(arena, TEXT("network x {\n}\nvariable\n{"), &n, &line), network_malformed);
	assert_int_equal(line, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(posteriors_are_those_computed_elsewhere),
		cmocka_unit_test(each_question_is_the_sum_over_all_cases),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(names_of_any_kind_are_kept),
		cmocka_unit_test(tables_by_hand),
		cmocka_unit_test(scores_are_bnlearn_s),
		cmocka_unit_test(broken_files_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
