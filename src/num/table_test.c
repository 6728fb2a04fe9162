#include "num/table.h"

#include <math.h>
#include <stdlib.h>

#include "num/testing.h"

static void kinds_are_guessed(void **state)
{
	const char *csv = "\xef\xbb\xbfminutes;\"group\";note\n1.5;b;x\n\n-2e3;a;NA\nNaN;;inf\n0;b;7\n";
	struct table_place where;
	struct table_column *c;
	struct table t;

	(void)state;
	assert_done(table_read(arena, text_of(csv), &t, &where));
	assert_int_equal(t.rows, 4);
	assert_int_equal(t.columns, 3);
	assert_int_equal(t.line[1], 4);
	c = table_find(&t, TEXT("minutes"));
	assert_true(c && c->kind == NUMBERS && c->holes == 1);
	assert_true(c->numbers[0] == 1.5L && c->numbers[1] == -2000 && isnan(c->numbers[2]));
	c = table_find(&t, TEXT("group"));
	assert_true(c && c->kind == WORDS && c->level_count == 2 && c->holes == 1);
	assert_text(c->levels[0], "a");
	assert_true(c->words[0] == 1 && c->words[1] == 0 && c->words[2] == NO_WORD && c->words[3] == 1);
	c = table_find(&t, TEXT("note"));
	assert_true(c && c->kind == WORDS && c->word_line == 2);
	assert_text(c->word, "x");
	assert_null(table_find(&t, TEXT("nothing")));
}

/* A number has the digits of the file, not those of a double. */
static void digits_are_kept(void **state)
{
	struct table_place where;
	struct table t;

	(void)state;
	assert_done(table_read(arena, TEXT("a\n0.1\n"), &t, &where));
	assert_true(t.column[0].numbers[0] == .1L);
}

static void what_is_broken_is_told_with_its_place(void **state)
{
	static const struct { const char *csv; const struct problem *why; size_t line, column; } cases[] = {
		{ "", &table_empty, 0, 0 }, { "a,b\n", &table_empty, 0, 0 }, { "a,\n1,2\n", &table_names, 1, 2 }, { "a,a\n1,2\n", &table_names, 1, 2 },
		{ "1,2\n3,4\n", &table_names, 1, 1 }, { "a,b\n1,2\n3\n", &table_ragged, 3, 0 }, { "a,b\n1,2,3\n", &table_ragged, 2, 0 },
		{ "a,b\n1,2\n3,x\"y\n", &table_quotes, 3, 2 }, { "a,b\n1,\"2\n", &table_quotes, 2, 2 },
	};
	struct table_place where;
	struct table t = { .rows = 77 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_problem_at(table_read(arena, text_of(cases[i].csv), &t, &where), cases[i].why, cases[i].csv, (int)i);
		if (cases[i].why != &table_empty) {
			assert_int_equal(where.line, cases[i].line);
			assert_int_equal(where.column, cases[i].column);
		}
	}
	assert_int_equal(t.rows, 77);
}

/* Beside words it is a word, and a name is one whatever it looks like. */
static void an_infinity_among_numbers_is_marked(void **state)
{
	const char *names[] = { "e", NULL };
	struct table_place where;
	struct table t;

	(void)state;
	assert_done(table_read_names(arena, TEXT("a,b,c,d,e\n1,inf,-1e4000,1,1e999\n,-Infinity,,2,7\ninf,x,3,,\n7,2,3,,\n"), names, &t, &where));
	assert_true(t.column[0].is_infinite && t.column[0].kind == WORDS && t.column[0].word_line == 4);
	assert_true(!t.column[1].is_infinite && t.column[1].kind == WORDS && !t.column[3].is_infinite && !t.column[4].is_infinite);
	assert_true(t.column[2].is_infinite && t.column[2].word_line == 2);
	assert_text(t.column[2].word, "-1e4000");
}

static void names_and_remarks_are_not_kept(void **state)
{
	CLEANUP(buffer_free) struct buffer csv = BUFFER(1 << 20);
	struct table_place where;
	struct table t;

	(void)state;
	buffer_add(&csv, TEXT("remark,n\n"));
	for (int i = 0; i < TABLE_LEVELS_MAX + 1; i++)
		buffer_format(&csv, "r%d,%d\n", i, i);
	assert_done(table_read(arena, buffer_text(&csv), &t, &where));
	assert_true(t.column[0].kind == TOO_MANY_WORDS && t.column[1].kind == NUMBERS);
	assert_true(t.column[1].numbers[TABLE_LEVELS_MAX] == TABLE_LEVELS_MAX);
}

/* Whole numbers beyond the mantissa are names: two of them must not become one. */
static void long_numbers_stay_apart(void **state)
{
	const char *csv = "id,long,round,share\n18446744073709551615,18446744073709551617,100000000000000000000,0.12345678901234567890123\n"
	                  "-18446744073709551614,018446744073709551618,0000000000000000000000000000001,1\n";
	struct table_place where;
	struct table t;

	(void)state;
	assert_done(table_read(arena, text_of(csv), &t, &where));
	assert_true(t.column[0].kind == NUMBERS && t.column[0].numbers[0] == 0x1p64L - 1 && t.column[0].numbers[1] == 2 - 0x1p64L);
	assert_true(t.column[1].kind == WORDS && t.column[1].level_count == 2);
	assert_text(t.column[1].levels[1], "18446744073709551617");
	assert_true(t.column[2].kind == NUMBERS && t.column[2].numbers[0] == 1e20L && t.column[3].kind == NUMBERS);
	assert_problem(table_read(arena, TEXT("18446744073709551617\n1\n"), &t, &where), table_names);
}

static void numbers_are_named_one_way(void **state)
{
	static const struct { real x; const char *word; } cases[] = {
		{ 171, "171" }, { .1L, "0.1" }, { -.7L, "-0.7" }, { 0, "0" }, { -0.L, "0" }, { 7300000000000000001.L, "7300000000000000001" },
		{ 0x1p64L - 1, "18446744073709551615" }, { 1e20L, "1e+20" }, { 1.5e-300L, "1.5e-300" }, { .1, "0.10000000000000000555" },
	};
	char word[TABLE_WORD_MAX];
	struct table_place where;
	struct table t;
	size_t count;
	const real *numbers;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_text(table_word(cases[i].x, word), cases[i].word);
		assert_true(strtold(word, NULL) == cases[i].x);
	}
	assert_done(table_read(arena, TEXT("n\n3\n0\n?\n-0\n7300000000000000001\n7300000000000000000\n3\n"), &t, &where));
	numbers = table_numbers(arena, &t.column[0], t.rows, &count);
	assert_true(count == 4 && numbers[0] == 0 && numbers[1] == 3 && numbers[2] < numbers[3]);
}

static void keys_keep_all_their_words(void **state)
{
	CLEANUP(buffer_free) struct buffer csv = BUFFER(1 << 20);
	const char *keys[] = { "who", "nobody", "n", NULL };
	const struct table_column *c;
	struct table_place where;
	struct table t;

	(void)state;
	buffer_add(&csv, TEXT("remark,who,n\n,,1\n"));
	for (int i = 0; i < 2 * TABLE_LEVELS_MAX; i++)
		buffer_format(&csv, "r%d,\"a\"\"%05d\",%d\n", i, (i * 7 + 3) % (TABLE_LEVELS_MAX + 1), i);
	assert_done(table_read_keys(arena, buffer_text(&csv), keys, &t, &where));
	assert_true(t.column[0].kind == TOO_MANY_WORDS && t.column[2].kind == NUMBERS);
	c = &t.column[1];
	assert_true(c->kind == WORDS && c->level_count == TABLE_LEVELS_MAX + 1 && c->words[0] == NO_WORD && c->holes == 1);
	assert_text(c->levels[TABLE_LEVELS_MAX], "a\"04096");
	for (unsigned i = 0; i < 2 * TABLE_LEVELS_MAX; i++)
		assert_int_equal(c->words[i + 1], (i * 7 + 3) % (TABLE_LEVELS_MAX + 1));
}

/* 007 and 7 are two customers, 1e3 is none of the thousand. */
static void names_are_words_whatever_they_look_like(void **state)
{
	static const char *const wanted[] = { "007", "7", "7.0", "1000", "1e3", "12345678901234567890123", "x", "y" };
	const char *names[] = { "who", "where", NULL };
	const struct table_column *c;
	struct table_place where;
	struct table t;

	(void)state;
	assert_done(table_read_names(arena, TEXT("who,n\ny,1\n1000,1\n7,1\n007,1\n?,1\n12345678901234567890123,1\nx,1\n1e3,1\n7.0,1\n7,1\n"), names, &t, &where));
	c = table_find(&t, TEXT("who"));
	assert_true(c->kind == WORDS && c->holes == 1 && c->words[4] == NO_WORD && c->word_line == 2 && c->level_count == 8);
	assert_true(t.column[1].kind == NUMBERS && c->words[2] == c->words[9] && c->words[2] == 1 && c->words[3] == 0);
	for (size_t k = 0; k < 8; k++)
		assert_text(c->levels[k], wanted[k]);
	assert_done(table_read_names(arena, TEXT("who,n\n,1\n?,1\n"), names, &t, &where));
	assert_true(t.column[0].kind == NUMBERS && t.column[0].holes == 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_are_guessed),
		cmocka_unit_test(digits_are_kept),
		cmocka_unit_test(what_is_broken_is_told_with_its_place),
		cmocka_unit_test(an_infinity_among_numbers_is_marked),
		cmocka_unit_test(names_and_remarks_are_not_kept),
		cmocka_unit_test(long_numbers_stay_apart),
		cmocka_unit_test(numbers_are_named_one_way),
		cmocka_unit_test(keys_keep_all_their_words),
		cmocka_unit_test(names_are_words_whatever_they_look_like),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
