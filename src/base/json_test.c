#include "base/testing.h"

#include <dirent.h>
#include <math.h>

#include "base/json.h"

static bool is_read(struct text bytes)
{
	struct arena *arena = arena_new(1 << 20);
	json_t *tree = NULL;
	problem why = json_read(arena, bytes, &tree);

	assert_true(why ? why == &problem_malformed && !tree : tree != NULL);
	arena_free(arena);
	return !why;
}

/* ---- the suite of the article "Parsing JSON is a minefield", by the very function that requests use ---- */

struct verdict {
	const char *file;
	bool is_read;
	const char *why;
};

/* Where we differ from the grammar on purpose. */
static const struct verdict exceptions[] = {
	{ "y_object_duplicated_key.json", false, "duplicate keys are refused" },
	{ "y_object_duplicated_key_and_value.json", false, "duplicate keys are refused" },
	{ "y_object_escaped_null_in_key.json", false, "U+0000 is refused" },
	{ "y_string_null_escape.json", false, "U+0000 is refused" },
};

/* Where the grammar leaves it to us. src/base/README.md has the same table in words. */
static const struct verdict choices[] = {
	{ "i_number_double_huge_neg_exp.json", true, "too small for a double: 0" },
	{ "i_number_huge_exp.json", false, "too large for a double" },
	{ "i_number_neg_int_huge_exp.json", false, "too large for a double" },
	{ "i_number_pos_double_huge_exp.json", false, "too large for a double" },
	{ "i_number_real_neg_overflow.json", false, "too large for a double" },
	{ "i_number_real_pos_overflow.json", false, "too large for a double" },
	{ "i_number_real_underflow.json", true, "too small for a double: 0" },
	{ "i_number_too_big_neg_int.json", false, "too large for 64 bits" },
	{ "i_number_too_big_pos_int.json", false, "too large for 64 bits" },
	{ "i_number_very_big_negative_int.json", false, "too large for 64 bits" },
	{ "i_object_key_lone_2nd_surrogate.json", false, "half a surrogate pair" },
	{ "i_string_1st_surrogate_but_2nd_missing.json", false, "half a surrogate pair" },
	{ "i_string_1st_valid_surrogate_2nd_invalid.json", false, "half a surrogate pair" },
	{ "i_string_incomplete_surrogate_and_escape_valid.json", false, "half a surrogate pair" },
	{ "i_string_incomplete_surrogate_pair.json", false, "half a surrogate pair" },
	{ "i_string_incomplete_surrogates_escape_valid.json", false, "half a surrogate pair" },
	{ "i_string_invalid_lonely_surrogate.json", false, "half a surrogate pair" },
	{ "i_string_invalid_surrogate.json", false, "half a surrogate pair" },
	{ "i_string_inverted_surrogates_U+1D11E.json", false, "half a surrogate pair" },
	{ "i_string_lone_second_surrogate.json", false, "half a surrogate pair" },
	{ "i_string_UTF-8_invalid_sequence.json", false, "not UTF-8" },
	{ "i_string_UTF8_surrogate_U+D800.json", false, "not UTF-8" },
	{ "i_string_invalid_utf-8.json", false, "not UTF-8" },
	{ "i_string_iso_latin_1.json", false, "not UTF-8" },
	{ "i_string_lone_utf8_continuation_byte.json", false, "not UTF-8" },
	{ "i_string_not_in_unicode_range.json", false, "not UTF-8" },
	{ "i_string_overlong_sequence_2_bytes.json", false, "not UTF-8" },
	{ "i_string_overlong_sequence_6_bytes.json", false, "not UTF-8" },
	{ "i_string_overlong_sequence_6_bytes_null.json", false, "not UTF-8" },
	{ "i_string_truncated-utf-8.json", false, "not UTF-8" },
	{ "i_string_UTF-16LE_with_BOM.json", false, "UTF-16" },
	{ "i_string_utf16BE_no_BOM.json", false, "UTF-16" },
	{ "i_string_utf16LE_no_BOM.json", false, "UTF-16" },
	{ "i_structure_500_nested_arrays.json", false, "deeper than JSON_DEPTH_MAX" },
	{ "i_structure_UTF-8_BOM_empty_object.json", false, "a byte order mark, which RFC 8259 forbids to senders" },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct verdict *find_verdict(const struct verdict *all, size_t count, const char *file)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(all[i].file, file))
			return &all[i];
	return NULL;
}

static bool should_read(const char *file)
{
	const struct verdict *verdict = find_verdict(exceptions, COUNT(exceptions), file);

	if (!verdict && *file == 'i') {
		verdict = find_verdict(choices, COUNT(choices), file);
		if (!verdict)
			fail_msg("%s has no verdict", file);
	}
	return verdict ? verdict->is_read : *file == 'y';
}

static struct text slurp(const char *folder, const char *file, char *bytes, size_t room)
{
	char path[4096];
	FILE *from;
	size_t length;

	snprintf(path, sizeof path, "%s/%s", folder, file);
	from = fopen(path, "rb");
	assert_non_null(from);
	length = fread(bytes, 1, room, from);
	fclose(from);
	assert_true(length < room);
	return (struct text){ bytes, length };
}

static void test_suite(void **state)
{
	static char bytes[1 << 20];
	const char *source = getenv("ZHIFANG_SOURCE");
	char folder[2048];
	size_t seen[128] = { 0 };
	struct dirent *entry;
	DIR *dir;

	(void)state;
	snprintf(folder, sizeof folder, "%s/../shared/data/json/test_parsing", source ? source : ".");
	dir = opendir(folder);
	if (!dir) {
		print_message("the suite of %s is not on this machine\n", folder);
		skip();
	}
	while ((entry = readdir(dir))) {
		const char *file = entry->d_name;

		if (!text_ends(text_of(file), TEXT(".json")))
			continue;
		seen[file[0] & 127]++;
		if (is_read(slurp(folder, file, bytes, sizeof bytes)) != should_read(file))
			fail_msg("%s should%s be read", file, should_read(file) ? "" : " not");
	}
	closedir(dir);
	assert_int_equal(seen['y'], 95);
	assert_int_equal(seen['n'], 188);
	assert_int_equal(seen['i'], COUNT(choices));
}

/* ---- reading ---- */

static struct text nested(char *bytes, size_t levels, char open, char close)
{
	memset(bytes, open, levels);
	memset(bytes + levels, close, levels);
	return (struct text){ bytes, levels * 2 };
}

static void test_depth(void **state)
{
	char bytes[1000];

	(void)state;
	assert_true(is_read(nested(bytes, JSON_DEPTH_MAX, '[', ']')));
	assert_false(is_read(nested(bytes, JSON_DEPTH_MAX + 1, '[', ']')));
	/* brackets in strings are no levels, and an escaped quote does not end a string */
	assert_true(
		is_read(TEXT("[\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"]")));
	/* neither does a closing bracket in a string take one back */
	snprintf(bytes, sizeof bytes, "[\"]]]]]]]]]]]]]]]]]\",%.*s]", TEXT_ARG(nested((char[200]){ 0 }, 64, '[', ']')));
	assert_false(is_read(text_of(bytes)));
	assert_false(is_read((struct text){ 0 }));
}

static void test_the_tree_lives_as_long_as_the_arena(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	json_t *tree;

	(void)state;
	assert_done(json_read(arena, TEXT("{\"a\":\"知\",\"n\":9007199254740993}"), &tree));
	json_incref(tree);
	arena_free(arena);
	assert_int_equal(tree->refcount, 1);
	assert_text(json_get_text(tree, "a"), "知");
	assert_null(json_get_text(tree, "n").at);
	assert_null(json_get_text(tree, "none").at);
	assert_true(json_get_int(tree, "n", 0) == 9007199254740993);
	assert_int_equal(json_get_int(tree, "a", -3), -3);
	json_decref(tree);
}

/* ---- writing ---- */

static struct buffer out = { .max = 1 << 20 };

#define assert_written(write, expected)                                                                                \
	do {                                                                                                           \
		buffer_clear(&out);                                                                                    \
		write;                                                                                                 \
		assert_done(out.why);                                                                                  \
		assert_text(buffer_text(&out), (expected));                                                            \
	} while (0)

static void test_texts(void **state)
{
	(void)state;
	assert_written(json_write_text(&out, TEXT("")), "\"\"");
	assert_written(json_write_text(&out, (struct text){ 0 }), "null");
	assert_written(json_write_text(&out, TEXT("知坊 \"a\\b\"/\x7f")), "\"知坊 \\\"a\\\\b\\\"/\x7f\"");
	assert_written(json_write_text(&out, TEXT("\b\t\n\f\r\x01\x1f")), "\"\\b\\t\\n\\f\\r\\u0001\\u001f\"");
	assert_written(json_write_text(&out, TEXT("a\0b")), "\"a\\u0000b\"");
	assert_written(json_write_key(&out, "k\"y"), "\"k\\\"y\":");
}

/* Every byte at every place of a word of eight, against the plain rule. */
static void test_every_byte_at_every_place(void **state)
{
	char input[24], expected[64];

	(void)state;
	for (size_t place = 0; place < 20; place++) {
		for (int byte = 1; byte < 256; byte++) {
			const char *short_form = byte < 0x80 ? strchr("\"\"\\\\\bb\tt\nn\ff\rr", byte) : NULL;

			memset(input, 'x', 20);
			input[place] = (char)byte;
			if (short_form && byte < 'b')
				snprintf(expected, sizeof expected, "\"%.*s\\%c%.*s\"", (int)place, input,
					 short_form[1], (int)(19 - place), input + place + 1);
			else if (byte < 0x20)
				snprintf(expected, sizeof expected, "\"%.*s\\u%04x%.*s\"", (int)place, input,
					 (unsigned)byte, (int)(19 - place), input + place + 1);
			else
				snprintf(expected, sizeof expected, "\"%.*s\"", 20, input);
			assert_written(json_write_text(&out, (struct text){ input, 20 }), expected);
		}
	}
}

static void test_numbers(void **state)
{
	(void)state;
	assert_written(json_write_int(&out, INT64_MIN), "-9223372036854775808");
	assert_written(json_write_bool(&out, true), "true");
	assert_written(json_write_bool(&out, false), "false");
	assert_written(json_write_real(&out, 0.1), "0.1");
	assert_written(json_write_real(&out, 0.1 + 0.2), "0.30000000000000004");
	assert_written(json_write_real(&out, 3), "3");
	assert_written(json_write_real(&out, -0.0), "-0.0");
	assert_written(json_write_real(&out, 1e300), "1e+300");
	assert_written(json_write_real(&out, NAN), "null");
	assert_written(json_write_real(&out, -INFINITY), "null");
}

static void test_reals_read_back(void **state)
{
	uint64_t bits = 1;
	struct arena *arena = arena_new(64 << 20);

	(void)state;
	for (int i = 0; i < 20000; i++) {
		double x;
		json_t *tree;

		bits = bits * 6364136223846793005u + 1442695040888963407u;
		memcpy(&x, &bits, sizeof x);
		if (!isfinite(x))
			continue;
		buffer_clear(&out);
		json_write_real(&out, x);
		assert_done(json_read(arena, buffer_text(&out), &tree));
		assert_true(json_number_value(tree) == x);
		arena_reset(arena);
	}
	arena_free(arena);
}

static void test_tree(void **state)
{
	static const char *const json = "{\"z\":[1,-2.5,\"知\\n\",true,false,null,[],{}],\"a\":{\"b\":\"\"}}";
	struct arena *arena = arena_new(1 << 20);
	json_t *tree;

	(void)state;
	assert_done(json_read(arena, text_of(json), &tree));
	assert_written(json_write_tree(&out, tree), json);
	arena_free(arena);
}

static void test_script(void **state)
{
	(void)state;
	assert_written(
		json_write_script(&out, TEXT("{\"a\":\"</script><!-- & \xE2\x80\xA8\xE2\x80\xA9 \xE2\x80\xAA 知\"}")),
		"{\"a\":\"\\u003c/script\\u003e\\u003c!-- \\u0026 \\u2028\\u2029 \xE2\x80\xAA 知\"}");
	assert_written(json_write_script(&out, TEXT("\xE2\x80")), "\xE2\x80");
	assert_written(json_write_script(&out, TEXT("")), "");
}

static void test_ceiling(void **state)
{
	CLEANUP(buffer_free) struct buffer small = BUFFER(7);

	(void)state;
	json_write_text(&small, TEXT("12345"));
	assert_done(small.why);
	json_write_bool(&small, true);
	assert_problem(small.why, problem_too_large);
	assert_text(buffer_text(&small), "\"12345\"");
}

static int drop_buffer(void **state)
{
	(void)state;
	buffer_free(&out);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suite),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_the_tree_lives_as_long_as_the_arena),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_every_byte_at_every_place),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_reals_read_back),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_script),
		cmocka_unit_test(test_ceiling),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, drop_buffer);
}
