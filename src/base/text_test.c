#include "base/testing.h"

static void test_compare(void **state)
{
	(void)state;
	assert_true(text_eq(TEXT("知坊"), TEXT("知坊")));
	assert_true(text_eq((struct text){ 0 }, TEXT("")));
	assert_false(text_eq(TEXT("a"), TEXT("ab")));
	assert_true(text_compare(TEXT("a"), TEXT("b")) < 0);
	assert_true(text_compare(TEXT("ab"), TEXT("a")) > 0);
	assert_true(text_compare(TEXT("\xff"), TEXT("a")) > 0); /* bytes, not signed characters */
	assert_int_equal(text_compare(TEXT(""), (struct text){ 0 }), 0);
	assert_true(text_eq_nocase(TEXT("Content-TYPE"), TEXT("content-type")));
	assert_false(text_eq_nocase(TEXT("@"), TEXT("`")));
	assert_false(text_eq_nocase(TEXT("É"), TEXT("é")));
}

static void test_parts(void **state)
{
	struct text rest = TEXT("a,,b");

	(void)state;
	assert_true(text_starts(TEXT("abc"), TEXT("ab")));
	assert_false(text_starts(TEXT("ab"), TEXT("abc")));
	assert_true(text_starts(TEXT(""), TEXT("")));
	assert_text(text_without_mark(TEXT("\xef\xbb\xbf" "ab")), "ab");
	assert_text(text_without_mark(TEXT("\xef\xbb\xbf\xef\xbb\xbf")), "\xef\xbb\xbf");
	assert_text(text_without_mark(TEXT("\xef\xbb")), "\xef\xbb");
	assert_null(text_without_mark((struct text){ 0 }).at);
	assert_true(text_ends(TEXT("a.sql"), TEXT(".sql")));
	assert_false(text_ends(TEXT("sql"), TEXT(".sql")));
	assert_int_equal(text_find(TEXT("hello"), TEXT("lo")), 3);
	assert_true(text_find(TEXT("hello"), TEXT("x")) == SIZE_MAX);
	assert_true(text_find((struct text){ 0 }, TEXT("x")) == SIZE_MAX);
	assert_int_equal(text_find(TEXT("hello"), TEXT("")), 0);
	assert_int_equal(text_find_char(TEXT("hello"), 'o'), 4);
	assert_text(text_trim(TEXT(" \t知 坊\r\n")), "知 坊");
	assert_text(text_trim(TEXT(" \t ")), "");
	assert_text(text_cut(&rest, ','), "a");
	assert_text(text_cut(&rest, ','), "");
	assert_non_null(rest.at);
	assert_text(text_cut(&rest, ','), "b");
	assert_null(rest.at);
}

static void test_to_int(void **state)
{
	static const char *const wrong[] = { "",
					     "-",
					     "+1",
					     " 1",
					     "1 ",
					     "1.0",
					     "1e2",
					     "0x1",
					     "９",
					     "--1",
					     "9223372036854775808",
					     "-9223372036854775809",
					     "99999999999999999999" };
	int64_t n = 7;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(text_to_int(text_of(wrong[i]), &n));
	assert_int_equal(n, 7);
	assert_true(text_to_int(TEXT("9223372036854775807"), &n) && n == INT64_MAX);
	assert_true(text_to_int(TEXT("-9223372036854775808"), &n) && n == INT64_MIN);
	assert_true(text_to_int(TEXT("-0"), &n) && n == 0);
	assert_true(text_to_int(TEXT("007"), &n) && n == 7);
}

/* The borders of table 3-7 of the Unicode standard. */
static void test_utf8(void **state)
{
	static const char *const right[] = { "",
					     "a",
					     "\x7f",
					     "\xc2\x80",
					     "\xdf\xbf",
					     "\xe0\xa0\x80",
					     "\xed\x9f\xbf",
					     "\xee\x80\x80",
					     "\xef\xbf\xbf",
					     "\xf0\x90\x80\x80",
					     "\xf4\x8f\xbf\xbf",
					     "12345678知坊12345678" };
	static const char *const wrong[] = { "\x80",
					     "\xbf",
					     "\xc0\x80",
					     "\xc1\xbf",
					     "\xc2",
					     "\xc2z",
					     "\xe0\x9f\xbf",
					     "\xed\xa0\x80",
					     "\xed\xbf\xbf",
					     "\xe7\x9f",
					     "\xf0\x8f\xbf\xbf",
					     "\xf4\x90\x80\x80",
					     "\xf5\x80\x80\x80",
					     "\xff",
					     "12345678\x80",
					     "1234567\xe7\x9f" };

	(void)state;
	for (size_t i = 0; i < sizeof right / sizeof *right; i++)
		assert_true(text_is_utf8(text_of(right[i])));
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(text_is_utf8(text_of(wrong[i])));
	assert_int_equal(text_characters(TEXT("知a𝄞é")), 4);
}

static void test_every_code_point(void **state)
{
	char bytes[4];

	(void)state;
	for (uint32_t c = 1; c <= 0x10FFFF; c++) {
		struct text t = { bytes, text_encode(c, bytes) };
		bool surrogate = c >= 0xD800 && c <= 0xDFFF;

		assert_int_equal(text_is_utf8(t), !surrogate);
		assert_int_equal(text_next(&t), surrogate ? 0xFFFD : c);
		assert_int_equal(t.length, surrogate ? 2 : 0);
	}
}

static void test_next_skips_broken_bytes(void **state)
{
	struct text t = TEXT("a\xe7\x9f知");

	(void)state;
	assert_int_equal(text_next(&t), 'a');
	assert_int_equal(text_next(&t), 0xFFFD);
	assert_int_equal(text_next(&t), 0xFFFD);
	assert_int_equal(text_next(&t), 0x77E5);
	assert_int_equal(text_next(&t), 0);
}

/* Vectors of the FNV draft. */
static void test_clip(void **state)
{
	struct text t = TEXT("a中文");

	(void)state;
	assert_text(text_clip(t, 0), "");
	assert_text(text_clip(t, 1), "a");
	assert_text(text_clip(t, 2), "a");
	assert_text(text_clip(t, 3), "a");
	assert_text(text_clip(t, 4), "a中");
	assert_text(text_clip(t, 6), "a中");
	assert_text(text_clip(t, 7), "a中文");
	assert_text(text_clip(t, 100), "a中文");
	assert_null(text_clip((struct text){ 0 }, 3).at);
}

static void test_hash(void **state)
{
	(void)state;
	assert_true(text_hash(TEXT("")) == 0xcbf29ce484222325u);
	assert_true(text_hash(TEXT("a")) == 0xaf63dc4c8601ec8cu);
	assert_true(text_hash(TEXT("foobar")) == 0x85944171f73967e8u);
}

static void test_of_int(void **state)
{
	static const int64_t numbers[] = { 0, 1, 9, 10, 99, 100, 101, 1234567, -1, -10, -999, INT64_MAX, INT64_MIN, INT64_MIN + 1 };
	char digits[TEXT_INT_MAX], expected[32];

	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		snprintf(expected, sizeof expected, "%lld", (long long)numbers[i]);
		assert_text(text_of_int(numbers[i], digits), expected);
	}
}

static int by_value(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* Every length and every single bit of a text makes another digest, and nothing outside of the text does. */
static void test_digest(void **state)
{
	enum { LENGTHS = 100, MOST = LENGTHS * (LENGTHS * 8 + 1) };
	static uint64_t seen[MOST];
	char bytes[LENGTHS + 1] = { 0 };
	size_t count = 0;

	(void)state;
	for (size_t length = 0; length < LENGTHS; length++) {
		struct text t = { bytes, length };

		bytes[length] = 1;
		seen[count++] = text_digest(t);
		bytes[length] = 0;
		assert_true(text_digest(t) == seen[count - 1]);
		for (size_t bit = 0; bit < length * 8; bit++) {
			bytes[bit / 8] = (char)(1u << bit % 8);
			seen[count++] = text_digest(t);
			bytes[bit / 8] = 0;
		}
	}
	qsort(seen, count, sizeof *seen, by_value);
	for (size_t i = 1; i < count; i++)
		assert_true(seen[i - 1] != seen[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_to_int),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_every_code_point),
		cmocka_unit_test(test_next_skips_broken_bytes),
		cmocka_unit_test(test_clip),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_of_int),
		cmocka_unit_test(test_digest),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
