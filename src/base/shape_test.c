/* The five cases that a shape must carry: a union by kind, a tree, a quoted order, field errors, facets; and the rules.
 */
#include "base/testing.h"

#include "base/shape.h"

static struct arena *arena;
static struct buffer out = { .max = 1 << 20 };
static struct field_errors errors;

static int begin(void **state)
{
	(void)state;
	arena = arena_new(16 << 20);
	buffer_clear(&out);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	buffer_free(&out);
	return 0;
}

/* "path why, path why": what was wrong, in order */
static struct text wrong(void)
{
	CLEANUP(buffer_free) struct buffer all = BUFFER(1 << 16);

	for (size_t i = 0; i < errors.count; i++)
		buffer_format(&all, "%s%.*s %s", i ? ", " : "", TEXT_ARG(errors.items[i].path), errors.items[i].why);
	return arena_text(arena, buffer_text(&all));
}

/* Reads into zeroes: the errors, "" when there were none, "malformed" when it was no JSON. */
static struct text read_wrong(const struct shape *shape, const char *json, void *ret)
{
	problem why;

	memset(ret, 0, shape->size);
	why = shape_read(shape, arena, text_of(json), ret, &errors);
	if (why == &problem_malformed)
		return TEXT("malformed");
	assert_true(why == (errors.count ? &problem_invalid : NULL));
	return wrong();
}

static struct text written(const struct shape *shape, const void *in)
{
	buffer_clear(&out);
	shape_write(shape, &out, in);
	assert_done(out.why);
	return buffer_text(&out);
}

static void assert_round_trip(const struct shape *shape, const char *json, void *ret)
{
	assert_text(read_wrong(shape, json, ret), "");
	assert_text(written(shape, ret), json);
}

/* ---- 1. a quiz item: a union by kind ---- */

enum quiz_kind { QUIZ_NONE, QUIZ_CHOICE, QUIZ_NUMBER, QUIZ_ESSAY };
static const char *const quiz_kinds[] = { NULL, "choice", "number", "essay", NULL };

struct option {
	struct text text;
	bool right;
};

struct quiz_item {
	enum quiz_kind kind;
	struct text question;
	union {
		struct {
			struct option *options;
			size_t option_count;
		};
		struct {
			double number, tolerance;
		};
	};
};

static const struct shape option_shape = SHAPE(option, FIELD(option, text, SHAPE_TEXT, .min = 1, .max = 200),
					       FIELD(option, right, SHAPE_BOOL, .optional = true));

static const struct shape *const quiz_variants[] = {
	[QUIZ_NONE] = NULL,
	[QUIZ_CHOICE] = &(const struct shape)SHAPE_AS(
		"choice", quiz_item, LIST(quiz_item, options, option_count, &option_shape, .min = 2, .max = 8)),
	[QUIZ_NUMBER] = &(const struct shape)SHAPE_AS("number", quiz_item, FIELD(quiz_item, number, SHAPE_REAL),
						      FIELD(quiz_item, tolerance, SHAPE_REAL, .min = 0, .max = 100)),
	[QUIZ_ESSAY] = NULL,
};

static const struct shape quiz_item_shape =
	SHAPE_UNION(quiz_item, "kind", quiz_variants, FIELD(quiz_item, kind, SHAPE_ENUM, .names = quiz_kinds),
		    FIELD(quiz_item, question, SHAPE_TEXT, .min = 1, .max = 500));

static void test_union(void **state)
{
	struct quiz_item item;

	(void)state;
	assert_round_trip(&quiz_item_shape,
			  "{\"kind\":\"choice\",\"question\":\"1+1?\",\"options\":[{\"text\":\"2\",\"right\":true},"
			  "{\"text\":\"3\",\"right\":false}]}",
			  &item);
	assert_int_equal(item.kind, QUIZ_CHOICE);
	assert_int_equal(item.option_count, 2);
	assert_true(item.options[0].right && !item.options[1].right);
	assert_ptr_equal(shape_variant(&quiz_item_shape, &item), quiz_variants[QUIZ_CHOICE]);
	assert_round_trip(&quiz_item_shape,
			  "{\"kind\":\"number\",\"question\":\"π?\",\"number\":3.14,\"tolerance\":0.01}", &item);
	assert_round_trip(&quiz_item_shape, "{\"kind\":\"essay\",\"question\":\"Why?\"}", &item);
	/* the tag may stand anywhere */
	assert_text(read_wrong(&quiz_item_shape,
			       "{\"number\":3,\"tolerance\":0,\"question\":\"π?\",\"kind\":\"number\"}", &item),
		    "");
}

static void test_union_refuses(void **state)
{
	struct quiz_item item;

	(void)state;
	/* what belongs to another variant is unknown in this one */
	assert_text(read_wrong(&quiz_item_shape, "{\"kind\":\"essay\",\"question\":\"?\",\"number\":1}", &item),
		    "number unknown");
	assert_text(read_wrong(&quiz_item_shape, "{\"kind\":\"choice\",\"question\":\"?\"}", &item), "options missing");
	assert_text(read_wrong(&quiz_item_shape, "{\"question\":\"?\",\"number\":1}", &item), "kind missing");
	assert_text(read_wrong(&quiz_item_shape, "{\"kind\":\"poem\",\"question\":\"\"}", &item),
		    "kind not-one-of, question too-short");
	assert_text(read_wrong(&quiz_item_shape, "{\"kind\":3,\"question\":\"?\"}", &item), "kind type");
	assert_text(read_wrong(&quiz_item_shape,
			       "{\"kind\":\"choice\",\"question\":\"?\",\"options\":[{\"text\":\"\"},7,{\"text\":\"a\","
			       "\"right\":1}]}",
			       &item),
		    "options[0].text too-short, options[1] type, options[2].right type");
	assert_text(read_wrong(&quiz_item_shape,
			       "{\"kind\":\"number\",\"question\":\"?\",\"number\":1,\"tolerance\":-0.1}", &item),
		    "tolerance too-small");
}

/* ---- 2. the tree of a work: nesting and a shape that contains itself ---- */

struct node {
	struct text key, title;
	struct node *children;
	size_t child_count;
};

static const struct shape node_shape;
static const struct shape node_shape =
	SHAPE(node, FIELD(node, key, SHAPE_TEXT), FIELD(node, title, SHAPE_TEXT, .optional = true),
	      LIST(node, children, child_count, &node_shape, .optional = true, .max = 3));

static void test_tree(void **state)
{
	struct node node;

	(void)state;
	assert_round_trip(&node_shape,
			  "{\"key\":\"w\",\"title\":\"工\",\"children\":[{\"key\":\"a\",\"children\":[]},{\"key\":"
			  "\"b\",\"children\":"
			  "[{\"key\":\"c\"},{\"key\":\"d\",\"title\":\"\"}]}]}",
			  &node);
	assert_text(node.children[1].children[0].key, "c");
	assert_null(node.children[1].children[0].title.at);
	assert_null(node.children[1].children[0].children);
	assert_non_null(node.children[0].children);
	assert_text(
		read_wrong(
			&node_shape,
			"{\"key\":\"w\",\"children\":[{\"key\":\"a\"},{\"key\":\"b\",\"children\":[{\"title\":2}]}]}",
			&node),
		"children[1].children[0].title type, children[1].children[0].key missing");
	assert_text(read_wrong(&node_shape, "{\"key\":\"w\",\"children\":[{},{},{},{}]}", &node), "children too-long");
}

static void test_tree_as_deep_as_json_may_be(void **state)
{
	CLEANUP(buffer_free) struct buffer json = BUFFER(1 << 16);
	struct node node;

	(void)state;
	for (int i = 0; i < 31; i++)
		buffer_add(&json, TEXT("{\"key\":\"k\",\"children\":["));
	buffer_add(&json, TEXT("{\"key\":7}"));
	for (int i = 0; i < 31; i++)
		buffer_add(&json, TEXT("]}"));
	buffer_add_char(&json, 0);
	assert_true(text_ends(read_wrong(&node_shape, json.at, &node), TEXT("children[0].key type")));
}

/* ---- 3. a quoted order: embedded structs, money, ids, times, enums, lists of plain kinds ---- */

enum order_state { ORDER_OPEN, ORDER_PAID };
static const char *const order_states[] = { "OPEN", "PAID", NULL };

struct buyer {
	struct user_id id;
	struct text name;
};

struct line {
	struct work_id work;
	struct text title;
	struct money price, off;
};

struct quote {
	struct order_id id;
	enum order_state state;
	struct buyer buyer, giver;
	struct line *lines;
	size_t line_count;
	struct text *coupons;
	size_t coupon_count;
	struct money total;
	int64_t expires_ms;
	bool free;
	struct text note, terms;
};

static const struct shape buyer_shape =
	SHAPE(buyer, FIELD(buyer, id, SHAPE_ID), FIELD(buyer, name, SHAPE_TEXT, .optional = true));
static const struct shape line_shape = SHAPE(line, FIELD(line, work, SHAPE_ID), FIELD(line, title, SHAPE_TEXT),
					     FIELD(line, price, SHAPE_MONEY, .min = 0, .max = 100000000),
					     FIELD(line, off, SHAPE_MONEY, .nullable = true));
static const struct shape quote_shape = SHAPE(
	quote, FIELD(quote, id, SHAPE_ID), FIELD(quote, state, SHAPE_ENUM, .names = order_states),
	FIELD(quote, buyer, SHAPE_OBJECT, .of = &buyer_shape, .says = "Who pays"),
	FIELD(quote, giver, SHAPE_OBJECT, .of = &buyer_shape, .optional = true),
	LIST(quote, lines, line_count, &line_shape, .min = 1, .max = 50),
	LIST_OF(quote, coupons, coupon_count, SHAPE_TEXT, .optional = true), FIELD(quote, total, SHAPE_MONEY),
	NAMED(quote, "expires", expires_ms, SHAPE_TIME), FIELD(quote, free, SHAPE_BOOL),
	FIELD(quote, note, SHAPE_TEXT, .nullable = true, .max = 10), FIELD(quote, terms, SHAPE_HTML, .optional = true));

static const char quote_json[] = "{\"id\":7700000000000001,\"state\":\"PAID\",\"buyer\":{\"id\":3,\"name\":"
				 "\"小\\\"明\"},\"lines\":[{\"work\":1,\"title\":\"C\","
				 "\"price\":9900,\"off\":100},{\"work\":2,\"title\":\"\",\"price\":0,\"off\":0}],"
				 "\"coupons\":[\"A\",\"B\"],\"total\":9800,"
				 "\"expires\":1735732800000,\"free\":false,\"note\":null}";

static void test_quote(void **state)
{
	struct quote quote;

	(void)state;
	assert_round_trip(&quote_shape, quote_json, &quote);
	assert_int_equal(quote.lines[0].price.fen, 9900);
	assert_text(quote.coupons[1], "B");
	assert_null(quote.note.at);
	assert_int_equal(quote.id.v, 7700000000000001);
	quote.terms = TEXT("<b>");
	quote.giver.name = TEXT("爷爷");
	quote.coupons = NULL;
	quote.note = TEXT("x");
	assert_true(text_find(written(&quote_shape, &quote),
			      TEXT("\"giver\":{\"id\":0,\"name\":\"爷爷\"},\"lines\"")) != SIZE_MAX);
	assert_true(text_ends(buffer_text(&out), TEXT("\"note\":\"x\",\"terms\":\"<b>\"}")));
	assert_true(text_find(buffer_text(&out), TEXT("coupons")) == SIZE_MAX);
}

static void test_quote_refuses(void **state)
{
	struct quote quote;

	(void)state;
	assert_text(
		read_wrong(&quote_shape, "{\"terms\":\"<b>\",\"admin\":true}", &quote),
		"terms unknown, admin unknown, id missing, state missing, buyer missing, lines missing, total missing, "
		"expires missing, free missing, note missing");
	assert_text(read_wrong(&quote_shape,
			       "{\"id\":1,\"state\":\"paid\",\"buyer\":{\"id\":null,\"name\":null},\"lines\":[],"
			       "\"coupons\":[1,\"x\"],"
			       "\"total\":\"1\",\"expires\":1.5,\"free\":\"no\",\"note\":\"一二三四五六七八九十零\"}",
			       &quote),
		    "state not-one-of, buyer.id null, buyer.name null, lines too-short, coupons[0] type, total type, "
		    "expires type, "
		    "free type, note too-long");
	assert_text(read_wrong(&quote_shape, "[]", &quote), " type");
	assert_text(read_wrong(&quote_shape, "{\"id\":1,\"id\":1}", &quote), "malformed");
	assert_text(read_wrong(&quote_shape, "{\"note\":\"\\u0000\"}", &quote), "malformed");
	assert_text(read_wrong(&quote_shape, "{} x", &quote), "malformed");
}

/* ---- 4. field errors ---- */

static void test_field_errors(void **state)
{
	struct field_errors back;
	struct quote quote;

	(void)state;
	(void)read_wrong(&quote_shape, "{\"id\":1,\"state\":\"PAID\",\"total\":{},\"free\":1}", &quote);
	errors.count = 2;
	assert_text(written(&field_errors_shape, &errors),
		    "{\"errors\":[{\"path\":\"total\",\"why\":\"type\"},{\"path\":\"free\",\"why\":\"type\"}]}");
	assert_done(shape_read(&field_errors_shape, arena, arena_text(arena, buffer_text(&out)), &back, &errors));
	assert_int_equal(back.count, 2);
	assert_string_equal(back.items[1].why, "type");
}

static void test_errors_are_bounded(void **state)
{
	CLEANUP(buffer_free) struct buffer json = BUFFER(1 << 20);
	struct quote quote;

	(void)state;
	buffer_add(&json, TEXT("{\"coupons\":[0"));
	for (int i = 1; i < 900; i++)
		buffer_format(&json, ",%d", i);
	buffer_add(&json, TEXT("],\"知知知知知知知知知知知知知知知知知知知知知知知知知知知知\":1}"));
	buffer_add_char(&json, 0);
	(void)read_wrong(&quote_shape, json.at, &quote);
	assert_int_equal(errors.count, FIELD_ERRORS_MAX);
	assert_text(errors.items[19].path, "coupons[19]");
	/* a foreign key is shown in part, cut between characters */
	(void)read_wrong(&quote_shape, "{\"x知知知知知知知知知知知知知知知知知知知知知知知知知知知知\":1}", &quote);
	assert_text(errors.items[0].path, "x知知知知知知知知知知知知知知知知知知知知知…");
}

/* ---- 5. facets of a search: lists of small structs, an embedded one, counts ---- */

struct facet {
	struct text value;
	int64_t count;
};

struct facets {
	struct facet *kinds, *categories;
	size_t kind_count, category_count;
	int64_t free;
};

struct found {
	int64_t *marks;
	size_t mark_count;
	struct facets facets;
	int64_t total;
	struct text next;
	struct text document;
};

static const struct shape facet_shape =
	SHAPE(facet, FIELD(facet, value, SHAPE_TEXT), FIELD(facet, count, SHAPE_INT, .min = 0, .max = 1000000));
static const struct shape facets_shape = SHAPE(facets,
					       { .name = "kind",
						 .at = offsetof(struct facets, kinds),
						 .kind = SHAPE_LIST,
						 .count_at = offsetof(struct facets, kind_count),
						 .of = &facet_shape },
					       { .name = "category",
						 .at = offsetof(struct facets, categories),
						 .kind = SHAPE_LIST,
						 .count_at = offsetof(struct facets, category_count),
						 .of = &facet_shape },
					       FIELD(facets, free, SHAPE_INT));
static const struct shape found_shape = SHAPE(
	found, LIST_OF(found, marks, mark_count, SHAPE_INT), FIELD(found, facets, SHAPE_OBJECT, .of = &facets_shape),
	FIELD(found, total, SHAPE_INT), FIELD(found, next, SHAPE_TEXT, .optional = true),
	FIELD(found, document, SHAPE_JSON, .optional = true, .max = 40));

static void test_facets(void **state)
{
	struct found found;

	(void)state;
	assert_round_trip(&found_shape,
			  "{\"marks\":[0,2,-5],\"facets\":{\"kind\":[{\"value\":\"course\",\"count\":3}],\"category\":["
			  "],\"free\":1},"
			  "\"total\":3,\"next\":\"MTIz\",\"document\":{\"type\":\"doc\",\"content\":[1.5,null]}}",
			  &found);
	assert_int_equal(found.marks[2], -5);
	assert_text(found.document, "{\"type\":\"doc\",\"content\":[1.5,null]}");
	assert_text(read_wrong(&found_shape,
			       "{\"marks\":[1e2],\"facets\":{\"kind\":[{\"value\":\"a\",\"count\":-1}],\"category\":{},"
			       "\"free\":null},"
			       "\"total\":0,\"document\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]}",
			       &found),
		    "marks[0] type, facets.kind[0].count too-small, facets.category type, facets.free null, document "
		    "too-long");
}

/* ---- PATCH: not given, null and a value are three things ---- */

struct patch {
	int64_t first;
	struct text name;
	int64_t age;
	struct quote *lines;
	size_t line_count;
	enum given name_given, age_given, lines_given;
};

static const struct shape patch_shape = SHAPE(
	patch,
	FIELD(patch, name, SHAPE_TEXT, .optional = true, .nullable = true,
	      .given_at = offsetof(struct patch, name_given)),
	FIELD(patch, age, SHAPE_INT, .optional = true, .nullable = true, .given_at = offsetof(struct patch, age_given)),
	LIST(patch, lines, line_count, &quote_shape, .optional = true,
	     .given_at = offsetof(struct patch, lines_given)));

static void test_patch(void **state)
{
	struct patch patch = { .age = 18, .name = TEXT("old") };

	(void)state;
	assert_done(shape_read(&patch_shape, arena, TEXT("{}"), &patch, &errors));
	assert_true(patch.name_given == GIVEN_NOT && patch.age_given == GIVEN_NOT);
	assert_int_equal(patch.age, 18); /* a default stays */
	assert_text(patch.name, "old");
	assert_done(shape_read(&patch_shape, arena, TEXT("{\"name\":null,\"age\":null}"), &patch, &errors));
	assert_true(patch.name_given == GIVEN_NULL && patch.age_given == GIVEN_NULL);
	assert_null(patch.name.at);
	assert_text(written(&patch_shape, &patch), "{\"name\":null,\"age\":null}");
	assert_round_trip(&patch_shape, "{\"name\":\"\",\"lines\":[]}", &patch);
	assert_true(patch.name_given == GIVEN_VALUE && patch.age_given == GIVEN_NOT &&
		    patch.lines_given == GIVEN_VALUE);
	assert_text(read_wrong(&patch_shape, "{\"lines\":null}", &patch), "lines null");
}

/* ---- limits ---- */

struct plain {
	bool yes;
	int64_t any, few;
	struct work_id id;
	double real, part;
	struct text text, short_text;
	const char *word;
};

static const struct shape plain_shape =
	SHAPE(plain, FIELD(plain, yes, SHAPE_BOOL, .optional = true), FIELD(plain, any, SHAPE_INT, .optional = true),
	      FIELD(plain, few, SHAPE_INT, .optional = true, .min = -2, .max = 2),
	      FIELD(plain, id, SHAPE_ID, .optional = true), FIELD(plain, real, SHAPE_REAL, .optional = true),
	      FIELD(plain, part, SHAPE_REAL, .optional = true, .min = 0, .max = 1),
	      FIELD(plain, text, SHAPE_TEXT, .optional = true),
	      NAMED(plain, "short", short_text, SHAPE_TEXT, .optional = true, .min = 2, .max = 3),
	      FIELD(plain, word, SHAPE_WORD, .optional = true, .max = 3));

static void test_limits(void **state)
{
	static const char *const cases[][2] = {
		{ "{\"any\":9223372036854775807}", "" },
		{ "{\"any\":-9223372036854775808}", "" },
		{ "{\"any\":9223372036854775808}", "malformed" },
		{ "{\"any\":-9223372036854775809}", "malformed" },
		{ "{\"any\":1.0}", "any type" },
		{ "{\"any\":1e2}", "any type" },
		{ "{\"any\":\"1\"}", "any type" },
		{ "{\"any\":true}", "any type" },
		{ "{\"few\":-2}", "" },
		{ "{\"few\":-3}", "few too-small" },
		{ "{\"few\":3}", "few too-large" },
		{ "{\"id\":9007199254740991}", "" },
		{ "{\"id\":9007199254740992}", "id too-large" },
		{ "{\"id\":0}", "id too-small" },
		{ "{\"id\":-1}", "id too-small" },
		{ "{\"real\":1}", "" },
		{ "{\"real\":-1.5e300}", "" },
		{ "{\"real\":1e400}", "malformed" },
		{ "{\"part\":1}", "" },
		{ "{\"part\":1.0000001}", "part too-large" },
		{ "{\"part\":-0.1}", "part too-small" },
		{ "{\"short\":\"知\"}", "short too-short" },
		{ "{\"short\":\"知坊\"}", "" },
		{ "{\"short\":\"𝄞𝄞𝄞\"}", "" },
		{ "{\"short\":\"\\uD834\\uDD1E\\uD834\\uDD1E\\uD834\\uDD1E\"}", "" },
		{ "{\"short\":\"e\xCC\x81知x\"}", "short too-long" }, /* code points, not what looks like one letter */
		{ "{\"short\":null}", "short null" },
		{ "{\"word\":\"abcd\"}", "word too-long" },
		{ "{\"text\":\"\xff\"}", "malformed" },
		{ "{\"text\":\"\\ud800\"}", "malformed" },
		{ "", "malformed" },
		{ "null", " type" },
	};
	struct plain plain;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct text got = read_wrong(&plain_shape, cases[i][0], &plain);

		if (!text_is(got, cases[i][1]))
			fail_msg("%s: got \"%.*s\", wanted \"%s\"", cases[i][0], TEXT_ARG(got), cases[i][1]);
	}
}

static void test_general_ceilings(void **state)
{
	CLEANUP(buffer_free) struct buffer json = BUFFER(1 << 20);
	struct plain plain;
	struct found found;

	(void)state;
	buffer_add(&json, TEXT("{\"text\":\""));
	for (int i = 0; i < 10000; i++)
		buffer_add(&json, TEXT("知"));
	buffer_add(&json, TEXT("\"}\0"));
	assert_text(read_wrong(&plain_shape, json.at, &plain), "");
	json.length -= 3;
	buffer_add(&json, TEXT("x\"}\0"));
	assert_text(read_wrong(&plain_shape, json.at, &plain), "text too-long");
	buffer_clear(&json);
	buffer_add(&json, TEXT("{\"marks\":[0"));
	for (int i = 0; i < 1000; i++)
		buffer_add(&json, TEXT(",0"));
	buffer_add(&json, TEXT("]}\0"));
	assert_true(text_starts(read_wrong(&found_shape, json.at, &found), TEXT("marks too-long, ")));
}

static void test_texts_are_copies(void **state)
{
	char json[] = "{\"text\":\"abc\",\"word\":\"abc\"}";
	struct plain plain = { 0 };

	(void)state;
	assert_done(shape_read(&plain_shape, arena, text_of(json), &plain, &errors));
	memset(json, 'x', sizeof json);
	assert_text(plain.text, "abc");
	assert_string_equal(plain.word, "abc");
}

static void test_required_text_goes_out_empty(void **state)
{
	struct line line = { .work = { 1 } };

	(void)state;
	assert_text(written(&line_shape, &line), "{\"work\":1,\"title\":\"\",\"price\":0,\"off\":0}");
}

static void test_field_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(shape_field(&plain_shape, TEXT("short")), &plain_shape.fields[7]);
	assert_null(shape_field(&plain_shape, TEXT("short_text")));
	assert_null(shape_variant(&plain_shape, NULL));
}

/* ---- query strings ---- */

enum sort { SORT_NONE, SORT_NEW, SORT_PRICE };
static const char *const sorts[] = { NULL, "new", "price", NULL };

struct question {
	struct text keyword, category;
	enum sort sort;
	bool free;
	int64_t limit;
	struct money price_min;
	double position;
};

static const struct shape question_shape =
	SHAPE(question, FIELD(question, keyword, SHAPE_TEXT, .max = 10),
	      FIELD(question, category, SHAPE_TEXT, .optional = true, .pattern = "slug"),
	      FIELD(question, sort, SHAPE_ENUM, .optional = true, .names = sorts),
	      FIELD(question, free, SHAPE_BOOL, .optional = true),
	      FIELD(question, limit, SHAPE_INT, .optional = true, .min = 1, .max = 50),
	      FIELD(question, price_min, SHAPE_MONEY, .optional = true, .min = 0, .max = 100000000),
	      FIELD(question, position, SHAPE_REAL, .optional = true));

static struct text ask(struct text query, struct question *ret, bool page)
{
	problem why;

	*ret = (struct question){ .limit = 10 };
	why = (page ? shape_read_page_query : shape_read_query)(&question_shape, arena, query, ret, &errors);
	return why == &problem_malformed ? TEXT("malformed") : wrong();
}

static void test_query(void **state)
{
	struct question q;

	(void)state;
	assert_text(
		ask(TEXT("keyword=%E7%9F%A5+a%2Bb%26&sort=price&free=1&price_min=0&position=-1.5e0&category=web-dev"),
		    &q, false),
		"");
	assert_text(q.keyword, "知 a+b&");
	assert_text(q.category, "web-dev");
	assert_true(q.sort == SORT_PRICE && q.free && q.price_min.fen == 0 && q.position == -1.5);
	assert_int_equal(q.limit, 10);
	assert_text(ask(TEXT("&&keyword=x&limit=&sort=&"), &q, false), "");
	assert_int_equal(q.limit, 10);
	assert_text(ask(TEXT("keyword=a=b&free=false&limit=50"), &q, false), "");
	assert_text(q.keyword, "a=b");
	assert_true(!q.free && q.limit == 50);
	assert_text(ask(TEXT("keyword=123&k%65yword="), &q, false), ""); /* digits are a text where one is wanted */
	assert_text(q.keyword, "123");
}

static void test_query_refuses(void **state)
{
	struct question q;

	(void)state;
	assert_text(ask((struct text){ 0 }, &q, false), "keyword missing");
	assert_text(ask(TEXT(""), &q, false), "keyword missing");
	assert_text(ask(TEXT("keyword"), &q, false), "keyword missing");
	assert_text(ask(TEXT("keyword=a&keyword=b&limit=0&free=yes&sort=old&position=x&category=A&utm_source=z"), &q,
			false),
		    "keyword duplicate, limit too-small, free type, sort not-one-of, position type, category pattern, "
		    "utm_source unknown");
	assert_text(ask(TEXT("keyword=a&limit=1.0&price_min=1e2"), &q, false), "limit type, price_min type");
	assert_text(ask(TEXT("keyword=a&limit=99999999999999999999"), &q, false), "limit type");
	assert_text(ask(TEXT("keyword=%E7%9F%A5%E7%9F%A5%E7%9F%A5%E7%9F%A5%E7%9F%A5%E7%9F%A5%E7%9F%A5%E7%9F%A5%E7%9F%"
			     "A5%E7%9F%A5x"),
			&q, false),
		    "keyword too-long");
	assert_text(ask(TEXT("keyword=%"), &q, false), "malformed");
	assert_text(ask(TEXT("keyword=%4"), &q, false), "malformed");
	assert_text(ask(TEXT("keyword=%4g"), &q, false), "malformed");
	assert_text(ask(TEXT("keyword=%00"), &q, false), "malformed");
	assert_text(ask(TEXT("keyword=%ff"), &q, false), "malformed");
	assert_text(ask(TEXT("%ed%a0%80=1"), &q, false), "malformed");
	assert_text(ask(TEXT("keyword=a&keyword=b&x=%"), &q, false), "malformed");
	assert_int_equal(errors.count, 0);
	assert_text(ask(TEXT("position=[[[[1]]]]&keyword=a"), &q, false), "position type");
}

static void test_decorated_address(void **state)
{
	struct question q;

	(void)state;
	assert_text(ask(TEXT("keyword=a&from=singlemessage&from=timeline&isappinstalled=0"), &q, true), "");
	assert_text(ask(TEXT("keyword=a&limit=0&from=x"), &q, true), "limit too-small");
	assert_text(ask(TEXT("keyword=a&keyword=b"), &q, true), "keyword duplicate");
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(test_union),
		CASE(test_union_refuses),
		CASE(test_tree),
		CASE(test_tree_as_deep_as_json_may_be),
		CASE(test_quote),
		CASE(test_quote_refuses),
		CASE(test_field_errors),
		CASE(test_errors_are_bounded),
		CASE(test_facets),
		CASE(test_patch),
		CASE(test_limits),
		CASE(test_general_ceilings),
		CASE(test_texts_are_copies),
		CASE(test_required_text_goes_out_empty),
		CASE(test_field_by_name),
		CASE(test_query),
		CASE(test_query_refuses),
		CASE(test_decorated_address),
	};

	return cmocka_run_group_tests_name("shape", tests, NULL, NULL);
}
