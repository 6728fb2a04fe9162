/* embedding_command_test.c - `zhifang rec fit-graph` and `related` as they are typed. */
#include "rec/command_testing.h"

/* First, second and third parts of courses: `next` and, but for the one of SQL, `later`; as words, or as numbers */
static void write_graph(bool numbers)
{
	static const char *const names[] = { "C", "Go", "SQL", "Rust", "Lua", "Java" };
	FILE *to = fopen("graph.csv", "w");

	assert_non_null(to);
	fputs(numbers ? "" : "item,relation,thing\n", to);
	for (int i = 0; i < 6; i++) {
		if (numbers)
			fprintf(to, "%d 0 %d\n%d 0 %d\n", 3 * i, 3 * i + 1, 3 * i + 1, 3 * i + 2);
		else
			fprintf(to, "%s1,next,%s2\n%s2,next,%s3\n", names[i], names[i], names[i], names[i]);
		if (numbers && i != 2)
			fprintf(to, "%d 1 %d\n", 3 * i, 3 * i + 2);
		else if (i != 2)
			fprintf(to, "%s1,later,%s3\n", names[i], names[i]);
	}
	assert_int_equal(fclose(to), 0);
}

static void what_is_not_said_is_found(void **state)
{
	(void)state;
	write_graph(false);
	run(0, "fit-graph graph.csv --by transe --all --width 2 --epochs 300 --model model --json");
	assert_says("{\"triples\":17,\"things\":18,\"relations\":2,\"repeated\":0,\"nowhere\":0,\"train\":17,\"validation\":0,\"test\":0,\"by\":\"transe\",");
	run(0, "related graph.csv --model model --thing SQL1 --relation later --at 1 --json");
	assert_says("{\"by\":\"transe\",\"left_out\":1,\"things\":[{\"thing\":\"SQL3\",\"score\":");
	run(0, "related --model model --thing SQL3 --relation later --back --at 1");
	assert_says("transe, of 18 things; left out: 1\nthing                           score\nSQL1 ");
	run(0, "related graph.csv --model model --thing C2 --relation next --at 18 --json"); /* C3 is said already */
	assert_says("\"left_out\":2,");
	assert_null(strstr(said, "\"C3\""));
	run(0, "related --model model --thing C2 --at 2");
	assert_says("cosine\n");
	write_graph(true);
	run(0, "fit-graph graph.csv --numbers --by transe --all --width 2 --epochs 300 --model model");
	run(0, "related graph.csv --numbers --model model --thing 6 --relation 1 --at 1 --json");
	assert_says("\"things\":[{\"thing\":\"8\",");
	run(2, "related graph.csv --model model --thing 6 --relation 1");
	run(2, "related --model model --thing 18 --relation 1");
	assert_says("18: is no thing of the graph");
	run(2, "related --model model --thing 6 --relation 2");
	assert_says("2: is no relation of the graph");
}

static void what_was_held_back_is_asked(void **state)
{
	FILE *to = fopen("graph.csv", "w");

	(void)state;
	assert_non_null(to);
	fputs("item,relation,thing\nonly,is,once\n", to);
	for (int i = 0; i < 150; i++)
		fprintf(to, "c%d,by,t%d\nc%d,on,s%d\nc%d,on,s%d\n", i, i % 10, i, i % 6, i, i % 6);
	assert_int_equal(fclose(to), 0);
	run(0, "fit-graph graph.csv --by distmult --test .3 --epochs 5 --model model");
	assert_says("graph: 451 triples, 168 things, 3 relations; left out: 150 that were there before\n");
	assert_says(" asked, by chance; left out: ");
	assert_says("\nmodel                   MRR       hits@1       hits@3      hits@10    mean rank\nfrequency ");
	write_graph(false);
	run(1, "fit-graph graph.csv --by distmult --model model");
	assert_says("--all learns from every one");
}

static void what_is_no_question_is_refused(void **state)
{
	FILE *to;

	(void)state;
	write_graph(false);
	run(2, "fit-graph graph.csv --by guess --model model");
	assert_says("guess: is no way to learn a graph");
	run(1, "fit-graph graph.csv --numbers --by transe --all --model model");
	run(0, "fit-graph graph.csv --by distmult --all --epochs 2 --model model");
	run(2, "related --model model --thing nothing");
	run(2, "related --model model --thing C1 --relation before");
	run(2, "related --model model --thing C1 --back");
	run(2, "related graph.csv --model model --thing C1");
	run(1, "related --model graph.csv --thing C1");
	to = fopen("graph.csv", "w");
	fputs("item,is,thing\nx,is,short\n", to);
	fclose(to);
	run(1, "fit-graph graph.csv --by transe --all --model model");
	assert_says("Those of a graph are item, relation and thing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_said_is_found),
		cmocka_unit_test(what_was_held_back_is_asked),
		cmocka_unit_test(what_is_no_question_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
