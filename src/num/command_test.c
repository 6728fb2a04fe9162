/* command_test.c - a toy command, run with words as they are typed: what it is given, what it refuses, what it says. */
#include "base/testing.h"

#include "num/command.h"

#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct problem no_share = { 422, "no-share", "A share lies between 0 and 1." };

static const struct command_option options[] = {
	{ "--of", OPTION_TEXT, "X", "a column", .needed = true },
	{ "--trees", OPTION_COUNT, "N", "how many", .least = 1, .most = 100, .otherwise = 7 },
	{ "--share", OPTION_NUMBER, "P", "of rows", 0, 1, .5, &no_share },
	{ "--at", OPTION_NUMBER, "X", "where", -10, 10, .many = true },
	{ "--rows", OPTION_FLAG, NULL, "each" }, COMMAND_SEED, COMMAND_THREADS, COMMAND_MODEL, { NULL }
};

static int say_options(struct command *c)
{
	fprintf(c->out, "%d words, of %s, trees %zu, share %g, rows %d, seed %zu, threads %zu, at", c->count, command_text(c, "--of"),
	        command_count(c, "--trees"), command_number(c, "--share"), command_has(c, "--rows"), command_count(c, "--seed"), command_count(c, "--threads"));
	for (int i = 0; i < c->given_count; i++) {
		if (!strcmp(c->given[i].option->name, "--at"))
			fprintf(c->out, " %g", c->given[i].number);
	}
	return 0;
}

/* A row for each row of the file */
static int say_rows(struct command *c)
{
	struct command_rows rows = { "each", "line", .width = 6 };
	struct source s;
	int status = command_load(c, c->words[0], &s);
	const struct table_column *x = status ? NULL : command_column(c, &s, command_text(c, "--of"), &status);

	if (status || command_is_numbers(c, &s, x))
		return status ? status : 1;
	fputs(c->json ? "{" : "", c->out);
	command_say_rows(c, &s, &x, 1, s.table.rows - x->holes);
	command_rows_begin(c, &rows, (struct named[]){ { "x", "value", 0 } }, 1);
	for (size_t i = 0; i < s.table.rows; i++)
		command_row(c, &rows, TEXT("a\"b"), (struct named[]){ { "x", "value", (double)x->numbers[i] } }, 1);
	command_rows_end(c);
	command_lines(c, (struct named[]){ { "third", "a third", 1. / 3 } }, 1);
	fputs(c->json ? "}\n" : "", c->out);
	return 0;
}

/* Writes a model where there is a word "write", else reads it. */
static int keep_model(struct command *c)
{
	CLEANUP(buffer_free) struct buffer b = BUFFER(4096);
	struct saved s;
	const void *at;
	const char *file = command_text(c, "--model");

	if (!strcmp(c->words[0], "write")) {
		saved_begin(&b, "toy", 1);
		saved_add(&b, "x", SAVED_F64, (const double[]){ 1.5 }, 1);
		saved_end(&b);
		return command_save(c, file, &b);
	}
	if (command_model(c, file, c->words[0], 1, &s) || saved_array_of(&s, "x", SAVED_F64, 1, &at))
		return 1;
	fprintf(c->out, "%g", *(const double *)at);
	return 0;
}

/* So many MB */
static int want_memory(struct command *c)
{
	size_t most = (size_t)strtoul(c->words[0], NULL, 10) << 20;
	int status = command_has(c, "--rows") ? command_memory_between(c, "the toys", 1, most) : command_memory(c, "the toys", most);

	if (!status)
		fputs("done", c->out);
	return status;
}

static const struct command_kind options_kind = { "options", "toy options --of X", "says them", "About it.\n", options, 0, 2, "zhifang toy options", say_options };
static const struct command_kind rows_kind = { "rows", "toy rows FILE --of X", "says rows", "", options, 1, 1, "zhifang toy rows", say_rows };
static const struct command_kind model_kind = { "model", "toy model write|read", "keeps it", "", options, 1, 1, "zhifang toy model", keep_model };
static const struct command_kind memory_kind = { "memory", "toy memory MB", "needs it", "", options, 1, 1, "zhifang toy memory", want_memory };
static const struct command_kind *const kinds[] = { &options_kind, &rows_kind, &model_kind, &memory_kind, NULL };
static const struct command_group toy = { "toy", "The end.\n", kinds };

static char said[8192], complained[8192];

/* line: words with a space between */
static int run(const char *line)
{
	FILE *out = fmemopen(said, sizeof said, "w"), *err = fmemopen(complained, sizeof complained, "w");
	char held[400];
	const char *words[100];
	char *rest = held;
	int count = 0, status;

	snprintf(held, sizeof held, "%s", line);
	while (*held && rest)
		words[count++] = strsep(&rest, " ");
	memset(said, 0, sizeof said);
	memset(complained, 0, sizeof complained);
	status = command_group_run(&toy, count, words, out, err);
	fclose(out);
	fclose(err);
	return status;
}

#define assert_says(where, what) \
	do { \
		if (!strstr(where, what)) { \
			print_error("said \"%s\", wanted \"%s\"\n", where, what); \
			fail(); \
		} \
	} while (0)

static void refuses(const char *line, const char *why)
{
	assert_int_equal(run(line), 2);
	assert_says(complained, why);
	assert_string_equal(said, "");
}

static void test_whole_numbers_are_told_in_full(void **state)
{
	static const struct { double x; const char *word; } six[] = {
		{ 0, "0" }, { -3, "-3" }, { 1234567, "1234567" }, { 999999999999, "999999999999" }, { 1e12, "1e+12" }, { -1234567.5, "-1.23457e+06" },
		{ 1. / 3, "0.333333" }, { NAN, "-" }, { INFINITY, "inf" },
	};
	char word[32];

	(void)state;
	for (size_t i = 0; i < sizeof six / sizeof *six; i++)
		assert_string_equal(command_six(six[i].x, word), six[i].word);
}

static void test_options_are_taken(void **state)
{
	(void)state;
	assert_int_equal(run("options --of x"), 0);
	assert_string_equal(said, "0 words, of x, trees 7, share 0.5, rows 0, seed 1, threads 0, at");
	assert_int_equal(run("options a --trees 100 --of --rows --at 3 --share 0 b --rows --at -2e0 --seed 9007199254740992"), 0);
	assert_string_equal(said, "2 words, of --rows, trees 100, share 0, rows 1, seed 9007199254740992, threads 0, at 3 -2");
}

static void test_words_are_refused(void **state)
{
	(void)state;
	refuses("options", "--of X is wanted");
	refuses("options --of", "needs a word");
	refuses("options --of x --trees", "needs a number");
	refuses("options --of x --trees 1.5", "--trees 1.5: is no whole number from 1 to 100");
	refuses("options --of x --trees 101", "no whole number from 1 to 100");
	refuses("options --of x --trees 7x", "7x: not a number");
	refuses("options --of x --trees nan", "nan: not a number");
	refuses("options --of x --share 1.0001", "A share lies");
	refuses("options --of x --at 11", "no number from -10 to 10");
	refuses("options --of x --of y", "is there twice");
	refuses("options --of x --frob y", "there is no such option");
	refuses("options a b c --of x", "usage: zhifang toy options");
	refuses("options a b c --of x", "\nzhifang: c: is one word more");
	refuses("rows --of x", "\nzhifang: rows: wants a word");
	refuses("frob", "usage: zhifang toy COMMAND");
	refuses("frob", "\nzhifang: toy frob: there is no such command\n");
	refuses("", "usage: zhifang toy COMMAND");
}

static void test_help(void **state)
{
	(void)state;
	assert_int_equal(run("options --frob --help"), 0);
	assert_says(said, "--trees N        how many (7 without)");
	assert_says(said, "\nAbout it.\nExample:\n  zhifang toy options\n");
	assert_int_equal(run("--help"), 0);
	assert_says(said, "  rows       says rows\n");
}

static const char *file_of(const char *text)
{
	static char path[] = "/tmp/command_test.XXXXXX";
	static bool made;
	FILE *to;

	if (!made)
		assert_true(close(mkstemp(path)) == 0);
	made = true;
	to = fopen(path, "w");
	fputs(text, to);
	fclose(to);
	return path;
}

static int run_on(const char *before, const char *file, const char *behind)
{
	char line[300];

	snprintf(line, sizeof line, "%s %s%s", before, file, behind);
	return run(line);
}

static void test_files(void **state)
{
	const char *file = file_of("x,y\n1,a\n,b\n3,c\n");

	(void)state;
	assert_int_equal(run_on("rows", file, " --of x"), 0);
	assert_string_equal(said, "rows: 2 of 3; left out for holes: 1 in x\ncolumns: x (numbers)\nline          value\na\"b               1\n"
	                          "a\"b               -\na\"b               3\na third: 0.333333\n");
	assert_int_equal(run_on("rows", file, " --of x --json"), 0);
	assert_string_equal(said, "{\"rows\":3,\"rows_used\":2,\"rows_left_out\":1,\"columns\":[{\"name\":\"x\",\"kind\":\"numbers\",\"holes\":1}],"
	                          "\"each\":[{\"line\":\"a\\\"b\",\"x\":1},{\"line\":\"a\\\"b\",\"x\":null},{\"line\":\"a\\\"b\",\"x\":3}],"
	                          "\"third\":0.3333333333333333}\n");
	assert_int_equal(run_on("rows", file, " --of z"), 2);
	assert_says(complained, "there is no column z; there are x, y");
	assert_int_equal(run_on("rows", file_of("x,a name that is far longer than anybody would want to read it\n1,2\n"), " --of z"), 2);
	assert_null(strstr(complained, "read it"));
	file_of("x,y\n1,a\n,b\n3,c\n");
	assert_int_equal(run_on("rows", file, " --of y"), 1);
	assert_says(complained, "line 2, column y: \"a\" is no finite number");
	assert_int_equal(run_on("rows", file_of("x,y\n1\n"), " --of x"), 1);
	assert_says(complained, "line 2: A line has more or fewer cells");
	assert_int_equal(run_on("rows", file_of("x,y\n1,a\ninf,b\n3,c\n"), " --of x"), 1);
	assert_string_equal(strchr(complained, ','), ", line 3, column x: \"inf\" is no finite number\n");
	assert_int_equal(run_on("rows", file_of("x,y\n,a\n,b\n"), " --of x"), 1);
	assert_string_equal(strchr(complained, ','), ", column x: is empty\n");
	assert_int_equal(run("rows /nowhere/at/all --of x"), 2);
	assert_says(complained, "cannot be opened");
	unlink(file);
}

/* What runs into a full disk ends with a word and not with 0. */
static void test_a_full_disk(void **state)
{
	const char *words[] = { "options", "--of", "x" };
	FILE *out = fopen("/dev/full", "w"), *err = fmemopen(complained, sizeof complained, "w");

	(void)state;
	if (!out)
		skip();
	assert_int_equal(command_group_run(&toy, 3, words, out, err), 1);
	fclose(out);
	fclose(err);
	assert_says(complained, "zhifang: options: the answer cannot be written: No space left");
}

/* A model for /dev/null goes there: nothing takes its place. */
static void test_a_device_stays_one(void **state)
{
	char folder[] = "/tmp/command_test.XXXXXX", path[sizeof folder + 8];
	struct stat at;
	int reader;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/pipe", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	reader = open(path, O_RDONLY | O_NONBLOCK);
	assert_int_equal(run_on("model write --of x --model", path, ""), 0);
	assert_int_equal(stat(path, &at), 0);
	assert_true(S_ISFIFO(at.st_mode));
	close(reader);
	unlink(path);
	rmdir(folder);
}

/* Numbers take eight times as much as the file, and that is said before they are read. */
static void test_the_memory_of_a_large_table_is_said(void **state)
{
	enum { BYTES = 40000000 };
	char *text = malloc(BYTES + 1);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < BYTES; i += 4)
		memcpy(text + i, "1,1\n", 4);
	memcpy(text, "x,y\n1,\n\n", 8);
	text[8] = '"'; /* and so nothing is read */
	text[BYTES] = 0;
	assert_int_equal(run_on("rows", file_of(text), " --of x"), 1);
	free(text);
	assert_says(complained, ": 305 MB of memory may be needed\n");
	unlink(file_of(""));
}

static void test_models(void **state)
{
	const char *file = file_of("none");

	(void)state;
	assert_int_equal(run_on("model toy --of x --model", file, ""), 1);
	assert_says(complained, saved_not.title);
	assert_int_equal(run_on("model write --of x --model", file, ""), 0);
	assert_int_equal(run_on("model toy --of x --model", file, ""), 0);
	assert_string_equal(said, "1.5");
	assert_int_equal(run_on("model other --of x --model", file, ""), 1);
	assert_says(complained, saved_kind.title);
	assert_int_equal(run("model write --of x --model /nowhere/at/all"), 1);
	assert_says(complained, "cannot be written: No such file");
	unlink(file);
}

static void test_memory(void **state)
{
	(void)state;
	assert_int_equal(run("memory 255 --of x"), 0);
	assert_string_equal(said, "done");
	assert_string_equal(complained, "");
	assert_int_equal(run("memory 256 --of x"), 0);
	assert_string_equal(said, "done");
	assert_string_equal(complained, "zhifang: the toys: 256 MB of memory may be needed\n");
	assert_int_equal(run("memory 17592186044415 --of x --rows"), 0);
	assert_string_equal(said, "done");
	assert_says(complained, "zhifang: the toys: up to 17592186044415 MB of memory may be needed, and there are ");
	assert_int_equal(run("memory 17592186044415 --of x"), 1); /* all that has an address */
	assert_string_equal(said, "");
	assert_says(complained, "zhifang: the toys: More memory is needed than the machine or its container has. (17592186044415 MB; it has ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_numbers_are_told_in_full),
		cmocka_unit_test(test_options_are_taken), cmocka_unit_test(test_words_are_refused), cmocka_unit_test(test_help), cmocka_unit_test(test_files),
		cmocka_unit_test(test_a_full_disk), cmocka_unit_test(test_the_memory_of_a_large_table_is_said), cmocka_unit_test(test_a_device_stays_one),
		cmocka_unit_test(test_models), cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
