/* mustache_test.c - the renderer by the specification's own tests, through a context of JSON; and what is ours: shapes,
 * messages, checks. */
#include "serve/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- a context of JSON ---- */

static const struct view_kind json_kind;

static struct view json_view(const json_t *value)
{
	return (struct view){ .kind = &json_kind, .at = value };
}

static bool json_member(struct view of, struct text name, struct view *ret)
{
	const json_t *value = json_object_getn(of.at, name.at, name.length);

	*ret = json_view(value);
	return value;
}

static bool json_is_list(struct view v, size_t *ret_count)
{
	*ret_count = json_array_size(v.at);
	return json_is_array((const json_t *)v.at);
}

static struct view json_item(struct view list, size_t i)
{
	return json_view(json_array_get(list.at, i));
}

static bool json_holds(struct view v)
{
	const json_t *value = v.at;

	if (json_is_array(value))
		return json_array_size(value);
	return !json_is_false(value) && !json_is_null(value);
}

static void json_print(struct view v, const struct style *style, struct buffer *out)
{
	const json_t *value = v.at;

	(void)style;
	if (json_is_string(value))
		buffer_add(out, json_text(value));
	else if (json_is_real(value))
		json_write_real(out, json_real_value(value));
	else if (!json_is_null(value))
		json_write_tree(out, value);
}

static bool json_number(struct view v, int64_t *ret)
{
	*ret = json_integer_value(v.at);
	return json_is_integer((const json_t *)v.at);
}

static enum raw json_raw(struct view v)
{
	(void)v;
	return RAW_HTML;
}

static const struct view_kind json_kind = { json_member, json_is_list, json_item, json_holds, json_number, json_print, json_raw };

/* ---- the specification ---- */

static size_t add_partials(const json_t *test, struct template_source *sources)
{
	const char *name;
	json_t *text;
	size_t n = 1;

	json_object_foreach(json_object_get(test, "partials"), name, text)
		sources[n++] = (struct template_source){ name, json_text(text) };
	return n;
}

static void run_spec(const char *file, const json_t *test)
{
	struct arena *arena = arena_new(1 << 20);
	struct template_source sources[8] = { { "main", json_get_text(test, "template") } };
	struct templates_options options = { .sources = sources, .lenient = true };
	struct view context = json_view(json_object_get(test, "data"));
	struct buffer out = BUFFER(1 << 20);
	struct text expected = json_get_text(test, "expected");
	struct templates *set;

	options.count = add_partials(test, sources);
	assert_null(templates_open(arena, &options, &set));
	assert_null(template_render(templates_find(set, TEXT("main")), TEXT("en"), &context, 1, &out));
	if (!text_eq(buffer_text(&out), expected))
		fail_msg("%s, %s:\n[%.*s]\ninstead of\n[%.*s]", file, json_string_value(json_object_get(test, "name")),
		         TEXT_ARG(buffer_text(&out)), TEXT_ARG(expected));
	buffer_free(&out);
	arena_free(arena);
}

static json_t *read_spec(const char *file)
{
	const char *root = getenv("ZHIFANG_SOURCE");
	char path[1024];

	snprintf(path, sizeof(path), "%s/../shared/data/mustache/specs/%s.json", root ? root : ".", file);
	return json_load_file(path, 0, NULL);
}

/* Left out by name: lambdas, inheritance and dynamic names are extensions ("~") that would let a template run code or
 * choose templates by data; pages are checked against their shapes before they are rendered, which both would forbid. */
static void test_specification(void **state)
{
	static const struct { const char *file; size_t tests; } files[] = {
		{ "comments", 12 }, { "delimiters", 14 }, { "interpolation", 42 }, { "inverted", 22 }, { "partials", 12 }, { "sections", 34 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		json_t *spec = read_spec(files[i].file), *tests = json_object_get(spec, "tests"), *test;
		size_t n;

		if (!spec)
			skip(); /* ../shared is not here */
		json_array_foreach(tests, n, test)
			run_spec(files[i].file, test);
		assert_int_equal(json_array_size(tests), files[i].tests);
		json_decref(spec);
	}
}

/* ---- shapes ---- */

enum mood { MOOD_NONE, GLAD, SAD };
static const char *const moods[] = { NULL, "glad", "sad", NULL };

struct lesson {
	struct text title;
};
struct book {
	struct text title, safe, state;
	struct money price, gift;
	int64_t at_ms, lesson_count, one;
	enum mood mood;
	bool open;
	struct lesson *lessons;
	size_t lessons_count;
	struct text *tags;
	size_t tags_count;
	struct lesson first, last;
	enum given first_given, last_given;
};
static const struct shape lesson_shape = SHAPE(lesson, FIELD(lesson, title, SHAPE_TEXT));
static const struct shape book_shape = SHAPE(book,
	FIELD(book, title, SHAPE_TEXT), FIELD(book, safe, SHAPE_HTML), FIELD(book, state, SHAPE_JSON),
	FIELD(book, price, SHAPE_MONEY), FIELD(book, gift, SHAPE_MONEY), FIELD(book, at_ms, SHAPE_TIME),
	FIELD(book, lesson_count, SHAPE_INT), FIELD(book, one, SHAPE_INT), FIELD(book, mood, SHAPE_ENUM, .names = moods),
	FIELD(book, open, SHAPE_BOOL), LIST(book, lessons, lessons_count, &lesson_shape),
	LIST_OF(book, tags, tags_count, SHAPE_TEXT),
	FIELD(book, first, SHAPE_OBJECT, .of = &lesson_shape, .optional = true, .given_at = offsetof(struct book, first_given)),
	FIELD(book, last, SHAPE_OBJECT, .of = &lesson_shape, .optional = true, .given_at = offsetof(struct book, last_given)));

struct bench {
	struct arena *arena;
	struct messages *messages;
	char folder[64];
};

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int open_bench(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	bench->arena = arena_new(16 << 20);
	strcpy(bench->folder, "/tmp/zhifang-messages-XXXXXX");
	assert_non_null(mkdtemp(bench->folder));
	write_file(bench->folder, "en.json",
	           "{\"card\":{\"free\":\"Free\"},\"book\":{\"lessons\":\"{lesson_count} lesson | {lesson_count} lessons\",\"one\":\"{one} a | {one} b\","
	           "\"of\":\"<{title}>\",\"sign\":\"a {'|'} b\",\"length\":\"{count} part of {name} | {count} parts of {name}\"},\"mood\":{\"glad\":\"Glad\"}}");
	write_file(bench->folder, "zh-CN.json",
	           "{\"card\":{\"free\":\"免费\"},\"book\":{\"lessons\":\"{lesson_count} 讲\",\"one\":\"{one}\",\"of\":\"《{title}》\",\"sign\":\"|\","
	           "\"length\":\"《{name}》共 {count} 讲\"}}");
	assert_null(messages_open(bench->arena, text_of(bench->folder), &bench->messages));
	*state = bench;
	return 0;
}

static int close_bench(void **state)
{
	struct bench *bench = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/en.json", bench->folder);
	remove(path);
	snprintf(path, sizeof(path), "%s/zh-CN.json", bench->folder);
	remove(path);
	remove(bench->folder);
	arena_free(bench->arena);
	free(bench);
	return 0;
}

static const struct book sample = {
	.title = TEXT_INIT("A & <b>"), .safe = TEXT_INIT("<i>x</i>"), .state = TEXT_INIT("{\"a\":\"</script>\"}"),
	.price = { 19900 }, .at_ms = 1795363200000, .lesson_count = 7, .one = 1, .mood = GLAD, .open = true,
	.lessons = (struct lesson[]){ { TEXT_INIT("L1") }, { TEXT_INIT("L2") } }, .lessons_count = 2,
	.tags = (struct text[]){ TEXT_INIT("x"), TEXT_INIT("y\"") }, .tags_count = 2,
	.first = { TEXT_INIT("F") }, .first_given = GIVEN_VALUE,
};

static problem open_one(struct bench *bench, const char *source, const struct template **ret)
{
	struct template_source one = { "x/y", text_of(source) };
	struct templates *set;
	problem why = templates_open(bench->arena, &(struct templates_options){ &one, 1, bench->messages, false }, &set);

	if (!why)
		*ret = templates_find(set, TEXT("x/y"));
	return why;
}

static void shows(struct bench *bench, const char *language, const char *source, const char *expected)
{
	const struct shape *const shapes[] = { &book_shape };
	struct view view = view_of(&book_shape, &sample);
	struct buffer out = BUFFER(1 << 20);
	const struct template *t;

	assert_null(open_one(bench, source, &t));
	assert_null(template_check(t, shapes, 1));
	assert_null(template_render(t, text_of(language), &view, 1, &out));
	if (!text_is(buffer_text(&out), expected))
		fail_msg("%s: [%.*s] instead of [%s]", source, TEXT_ARG(buffer_text(&out)), expected);
	buffer_free(&out);
}

static void test_values(void **state)
{
	struct bench *bench = *state;

	shows(bench, "en", "{{title}}", "A &amp; &lt;b&gt;");
	shows(bench, "en", "{{{safe}}}|{{safe}}", "<i>x</i>|&lt;i&gt;x&lt;/i&gt;");
	shows(bench, "en", "{{{state}}}", "{\"a\":\"\\u003c/script\\u003e\"}");
	shows(bench, "en", "{{price}} {{price.yuan}} {{price.fen}} {{gift}}", "¥199 199.00 19900 Free");
	shows(bench, "zh-CN", "{{gift}} {{at_ms}} {{at_ms.iso}}", "免费 2026年11月23日 2026-11-22T16:00:00Z");
	shows(bench, "en", "{{at_ms}} {{at_ms.clock}}", "Nov 23, 2026 00:00");
	shows(bench, "en", "{{mood}} {{mood.name}} {{#mood.glad}}y{{/mood.glad}}{{#mood.sad}}n{{/mood.sad}}", "Glad glad y");
	shows(bench, "zh-CN", "{{mood}}", "glad");
	shows(bench, "en", "{{#lessons}}[{{title}}]{{/lessons}}{{lessons.count}}{{#tags}}<{{.}}>{{/tags}}", "[L1][L2]2<x><y&quot;>");
	shows(bench, "en", "{{#open}}o{{/open}}{{^gift}}g{{/gift}}", "og");
	shows(bench, "en", "{{#first}}[{{title}}]{{/first}}{{first.title}}{{#last}}[{{title}}]{{/last}}{{^last}}no{{/last}}{{last.title}}", "[F]Fno");
}

static void test_messages(void **state)
{
	struct bench *bench = *state;

	shows(bench, "en", "{{t.book.lessons}} {{t.book.one}}", "7 lessons 1 a");
	shows(bench, "zh-CN", "{{t.book.lessons}}", "7 讲");
	shows(bench, "en", "{{t.book.of}} {{t.book.sign}}", "&lt;A &amp; &lt;b&gt;&gt; a | b");
	shows(bench, "en", "{{t.book.length count=lesson_count name=mood}} {{t.book.length count=one name=mood}}", "7 parts of Glad 1 part of Glad");
	shows(bench, "zh-CN", "{{t.book.length name=title count=lesson_count}}", "《A &amp; &lt;b&gt;》共 7 讲");
}

static void test_misfits(void **state)
{
	static const char *const wrong[] = { "{{{title}}}", "{{&price}}", "{{nobody}}", "{{#nobody}}x{{/nobody}}", "{{title.x}}", "{{lessons}}",
	                                     "{{#lessons}}{{nobody}}{{/lessons}}", "{{mood.t}}", "{{at_ms.yuan}}", "{{t.no.such}}", "{{t.book.length count=one}}",
	                                     "{{t.book.length count=nobody name=title}}" };
	static const char *const broken[] = { "{{title", "{{#title}}", "{{/title}}", "{{#a}}{{/b}}", "{{> no/such}}", "{{}}", "{{=x=}}" };
	const struct shape *const shapes[] = { &book_shape };
	const struct template *t;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_null(open_one(*state, wrong[i], &t));
		if (template_check(t, shapes, 1) != &template_broken)
			fail_msg("%s fits", wrong[i]);
	}
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		if (open_one(*state, broken[i], &t) != &template_broken)
			fail_msg("%s parses", broken[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_specification),
		cmocka_unit_test_setup_teardown(test_values, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(test_messages, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(test_misfits, open_bench, close_bench),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
