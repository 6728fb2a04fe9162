#include "base/csv.h"
#include "base/testing.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(16 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct csv_row next(struct csv_reader *reader)
{
	struct csv_row row;

	assert_true(csv_next(reader, arena, &row));
	return row;
}

static void test_quotes_commas_and_line_ends(void **state)
{
	struct csv_reader r = csv_open(TEXT("a, b ,\"c, \"\"d\"\"\"\r\n\r\n,,\n\"one\ntwo\",2\nlast"));
	struct csv_row row = next(&r);

	(void)state;
	assert_int_equal(row.count, 3);
	assert_text(row.cells[1], "b");
	assert_text(row.cells[2], "c, \"d\"");
	row = next(&r); /* empty ones do not count, their lines do */
	assert_int_equal(r.line, 4);
	assert_text(row.cells[0], "one\ntwo");
	row = next(&r);
	assert_int_equal(r.line, 6);
	assert_text(row.cells[0], "last");
	assert_false(csv_next(&r, arena, &row));
}

static void test_a_stray_quote_is_told_and_the_next_line_goes_on(void **state)
{
	struct csv_reader r = csv_open(TEXT("a,b\n1,x\"y,3\n2,\"x\"y\n3,\"open\n4,ok\n"));
	struct csv_row row = next(&r);

	(void)state;
	assert_int_equal(row.fault, CSV_SOUND);
	row = next(&r);
	assert_int_equal(row.fault, CSV_STRAY_QUOTE);
	assert_int_equal(row.column, 2);
	assert_int_equal(r.line, 2);
	row = next(&r);
	assert_int_equal(row.fault, CSV_STRAY_QUOTE);
	row = next(&r);
	assert_int_equal(row.fault, CSV_OPEN_QUOTE);
	assert_int_equal(r.line, 4);
	row = next(&r);
	assert_int_equal(row.fault, CSV_SOUND);
	assert_int_equal(r.line, 5);
	assert_text(row.cells[1], "ok");
}

static void test_other_marks_between_cells(void **state)
{
	struct csv_reader r = csv_open(TEXT("a\tb\n1\t2,5\n"));
	struct csv_row row;

	(void)state;
	next(&r);
	assert_text(next(&r).cells[1], "2,5");
	r = csv_open(TEXT("a\tb\nframe 7\" small\t\"2\t\"\"5\"\n\"x\"y\t1\n"));
	next(&r);
	row = next(&r);
	assert_true(row.fault == CSV_SOUND && row.count == 2);
	assert_text(row.cells[0], "frame 7\" small");
	assert_text(row.cells[1], "2\t\"5");
	assert_int_equal(next(&r).fault, CSV_STRAY_QUOTE);
	r = csv_open(TEXT("a;b\n1;2\n"));
	assert_int_equal(next(&r).count, 2);
}

static void test_too_many_columns(void **state)
{
	char wide[400] = { 0 };
	struct csv_reader r;

	(void)state;
	memset(wide, ',', 300);
	r = csv_open(text_of(wide));
	assert_int_equal(next(&r).fault, CSV_TOO_WIDE);
}

static void test_encodings(void **state)
{
	struct text t;

	(void)state;
	assert_done(csv_decode(arena, TEXT("\xef\xbb\xbf手机"), &t));
	assert_text(t, "手机");
	assert_done(csv_decode(arena, TEXT("\xca\xd6\xbb\xfa\xba\xc5"), &t)); /* iconv -t GBK */
	assert_text(t, "手机号");
	assert_done(csv_decode(arena, TEXT("\x82\x35\xf4\x37"), &t)); /* four bytes, GB18030 alone */
	assert_true(text_is_utf8(t) && text_characters(t) == 1);
	assert_done(csv_decode(arena, (struct text){ "\xff\xfe\x4b\x62\x3a\x67", 6 }, &t));
	assert_text(t, "手机");
	assert_problem(csv_decode(arena, TEXT("a\xff\xff"), &t), csv_encoding);
	assert_problem(csv_decode(arena, TEXT("\xca"), &t), csv_encoding);
}

static void expect_cell(const char *in, const char *out)
{
	CLEANUP(buffer_free) struct buffer b = BUFFER(1024);

	csv_write_text(&b, text_of(in));
	assert_text(buffer_text(&b), out);
}

static void test_what_would_run_does_not(void **state)
{
	(void)state;
	expect_cell("安安", "\"安安\"");
	expect_cell("a\"b", "\"a\"\"b\"");
	expect_cell("=1+1", "\"'=1+1\"");
	expect_cell("+86", "\"'+86\"");
	expect_cell("-1", "\"'-1\"");
	expect_cell("@SUM(A1)", "\"'@SUM(A1)\"");
	expect_cell("\t=1", "\"'\t=1\"");
	expect_cell("\n=1", "\"'\n=1\"");
	expect_cell("\uff1d1", "\"'\uff1d1\"");
	expect_cell("", "\"\"");
}

static void test_numbers_and_times(void **state)
{
	CLEANUP(buffer_free) struct buffer b = BUFFER(1024);

	(void)state;
	csv_write_money(&b, MONEY(1230));
	csv_write_money(&b, MONEY(-5));
	csv_write_id(&b, 123456789012345678);
	csv_write_beijing(&b, 1795313472000);
	csv_write_beijing(&b, 0);
	assert_text(buffer_text(&b), "12.30-0.05\"'123456789012345678\"2026-11-22 10:11:12");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quotes_commas_and_line_ends), cmocka_unit_test(test_a_stray_quote_is_told_and_the_next_line_goes_on),
		cmocka_unit_test(test_other_marks_between_cells),   cmocka_unit_test(test_too_many_columns),
		cmocka_unit_test(test_encodings),                   cmocka_unit_test(test_what_would_run_does_not),
		cmocka_unit_test(test_numbers_and_times),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
