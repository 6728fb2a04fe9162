/* What the API publishes about a shape and what the reader takes must be the same. So the schema is read here by a
 * small validator, written from the specification and not from the shapes, and both judge the same thousands of inputs.
 */
#include "base/testing.h"

#include <regex.h>

#include "base/shape_parts.h"

/* ---- a validator of the part of JSON Schema 2020-12 that shapes use; it refuses to meet any other keyword ---- */

static json_t *components; /* "Name" -> schema */

static bool is_valid(const json_t *schema, const json_t *value);

static bool has_type(const json_t *value, struct text name)
{
	return (text_is(name, "object") && json_is_object(value)) || (text_is(name, "array") && json_is_array(value)) ||
	       (text_is(name, "string") && json_is_string(value)) ||
	       (text_is(name, "boolean") && json_is_boolean(value)) || (text_is(name, "null") && json_is_null(value)) ||
	       (text_is(name, "number") && json_is_number(value)) ||
	       (text_is(name, "integer") && json_is_integer(value));
}

static bool has_some_type(const json_t *value, const json_t *types)
{
	if (json_is_string(types))
		return has_type(value, json_text(types));
	for (size_t i = 0; i < json_array_size(types); i++)
		if (has_type(value, json_text(json_array_get(types, i))))
			return true;
	return false;
}

/* Compiling an expression costs a thousand times its use. */
static const regex_t *compiled(const char *pattern)
{
	static struct {
		char *pattern;
		regex_t regex;
	} known[8];
	size_t i = 0;

	while (known[i].pattern && strcmp(known[i].pattern, pattern))
		i++;
	if (!known[i].pattern) {
		assert_int_equal(regcomp(&known[i].regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
		known[i].pattern = strdup(pattern);
	}
	return &known[i].regex;
}

static bool matches(const json_t *value, const char *pattern)
{
	return !regexec(compiled(pattern), json_string_value(value), 0, NULL, 0);
}

static size_t count_valid(const json_t *schemas, const json_t *value)
{
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(schemas); i++)
		count += is_valid(json_array_get(schemas, i), value);
	return count;
}

static bool contains(const json_t *array, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(array); i++)
		if (json_equal(json_array_get(array, i), value))
			return true;
	return false;
}

static bool all_items_valid(const json_t *schema, const json_t *array)
{
	for (size_t i = 0; i < json_array_size(array); i++)
		if (!is_valid(schema, json_array_get(array, i)))
			return false;
	return true;
}

static bool all_required_there(const json_t *names, const json_t *object)
{
	for (size_t i = 0; i < json_array_size(names); i++)
		if (!json_object_get(object, json_string_value(json_array_get(names, i))))
			return false;
	return true;
}

static bool all_members_valid(const json_t *properties, const json_t *object)
{
	const char *key;
	json_t *member;

	json_object_foreach((json_t *)object, key, member)
	{
		const json_t *schema = json_object_get(properties, key);

		if (!schema || !is_valid(schema, member)) /* additionalProperties is always false */
			return false;
	}
	return true;
}

static double number_of(const json_t *value)
{
	return json_number_value(value);
}
static size_t characters_of(const json_t *value)
{
	return text_characters(json_text(value));
}

/* By the specification a keyword says nothing about values of a type that it is not made for. */
static bool keyword_holds(const char *key, const json_t *keyword, const json_t *schema, const json_t *value)
{
	struct text name = text_of(key);
	size_t n = (size_t)json_integer_value(keyword);

	if (text_is(name, "type"))
		return has_some_type(value, keyword);
	if (text_is(name, "enum"))
		return contains(keyword, value);
	if (text_is(name, "const"))
		return json_equal(keyword, value);
	if (text_is(name, "anyOf"))
		return count_valid(keyword, value) > 0;
	if (text_is(name, "oneOf"))
		return count_valid(keyword, value) == 1;
	if (text_is(name, "minimum"))
		return !json_is_number(value) || number_of(value) >= number_of(keyword);
	if (text_is(name, "maximum"))
		return !json_is_number(value) || number_of(value) <= number_of(keyword);
	if (text_is(name, "minLength"))
		return !json_is_string(value) || characters_of(value) >= n;
	if (text_is(name, "maxLength"))
		return !json_is_string(value) || characters_of(value) <= n;
	if (text_is(name, "pattern"))
		return !json_is_string(value) || matches(value, json_string_value(keyword));
	if (text_is(name, "minItems"))
		return !json_is_array(value) || json_array_size(value) >= n;
	if (text_is(name, "maxItems"))
		return !json_is_array(value) || json_array_size(value) <= n;
	if (text_is(name, "items"))
		return !json_is_array(value) || all_items_valid(keyword, value);
	if (text_is(name, "required"))
		return !json_is_object(value) || all_required_there(keyword, value);
	if (text_is(name, "properties"))
		return !json_is_object(value) || all_members_valid(keyword, value);
	if (text_is(name, "additionalProperties"))
		return json_is_false(keyword) && json_object_get(schema, "properties");
	if (text_is(name, "$ref")) {
		struct text to = json_text(keyword), before = TEXT("#/components/schemas/");

		assert_true(text_starts(to, before));
		return is_valid(json_object_get(components, to.at + before.length), value);
	}
	/* notes, which hold for any value */
	return text_is(name, "format") || text_is(name, "description") || text_is(name, "x-unit") ||
	       text_is(name, "readOnly") || text_is(name, "contentMediaType");
}

static bool is_valid(const json_t *schema, const json_t *value)
{
	const char *key;
	json_t *keyword;

	assert_true(json_is_object(schema));
	json_object_foreach((json_t *)schema, key,
			    keyword) if (!keyword_holds(key, keyword, schema, value)) return false;
	return true;
}

/* ---- shapes of every kind ---- */

enum mood { MOOD_NONE, MOOD_GOOD, MOOD_BAD };
static const char *const moods[] = { NULL, "good", "bad", NULL };

struct small {
	struct text name;
	int64_t n;
};

struct thing {
	enum mood mood, maybe_mood;
	bool yes;
	struct work_id id;
	struct money price;
	int64_t at_ms, any;
	double real, part;
	struct text title, note, mail, slug, language;
	const char *word;
	struct small small, maybe_small;
	struct small *smalls;
	size_t small_count;
	int64_t *numbers;
	size_t number_count;
	struct thing *things;
	size_t thing_count;
};

/* clang-format off */
static const struct shape small_shape = SHAPE(small,
	FIELD(small, name, SHAPE_TEXT, .min = 1, .max = 3),
	FIELD(small, n, SHAPE_INT, .optional = true, .min = -1, .max = 1));

static const struct shape thing_shape;
static const struct shape *const thing_variants[] = {
	[MOOD_NONE] = NULL,
	[MOOD_GOOD] = &(const struct shape)SHAPE_AS("good", thing,
		FIELD(thing, part, SHAPE_REAL, .min = 0, .max = 1),
		LIST(thing, things, thing_count, &thing_shape, .optional = true, .max = 2)),
	[MOOD_BAD] = NULL,
};

static const struct shape thing_shape = SHAPE_UNION(thing, "mood", thing_variants,
	FIELD(thing, mood, SHAPE_ENUM, .names = moods, .says = "How it goes"),
	NAMED(thing, "maybe", maybe_mood, SHAPE_ENUM, .names = moods, .optional = true, .nullable = true),
	FIELD(thing, yes, SHAPE_BOOL),
	FIELD(thing, id, SHAPE_ID),
	FIELD(thing, price, SHAPE_MONEY, .min = 0, .max = 100, .says = "With tax"),
	NAMED(thing, "at", at_ms, SHAPE_TIME, .nullable = true),
	FIELD(thing, any, SHAPE_INT, .optional = true),
	FIELD(thing, real, SHAPE_REAL, .optional = true),
	FIELD(thing, title, SHAPE_TEXT, .min = 1, .max = 5),
	FIELD(thing, note, SHAPE_TEXT, .optional = true, .nullable = true),
	FIELD(thing, mail, SHAPE_TEXT, .optional = true, .pattern = "mail"),
	FIELD(thing, slug, SHAPE_TEXT, .optional = true, .pattern = "slug"),
	FIELD(thing, language, SHAPE_TEXT, .optional = true, .pattern = "language"),
	FIELD(thing, word, SHAPE_WORD, .optional = true, .max = 3),
	FIELD(thing, small, SHAPE_OBJECT, .of = &small_shape),
	NAMED(thing, "maybe_small", maybe_small, SHAPE_OBJECT, .of = &small_shape, .optional = true, .nullable = true),
	LIST(thing, smalls, small_count, &small_shape, .optional = true, .nullable = true, .min = 1, .max = 2),
	LIST_OF(thing, numbers, number_count, SHAPE_INT, .max = 3));
/* clang-format on */

static const char good_thing[] =
	"{\"mood\":\"good\",\"part\":0.5,\"maybe\":null,\"yes\":true,\"id\":1,\"price\":7,\"at\":null,\"any\":3,"
	"\"real\":1.5,"
	"\"title\":\"知坊\",\"note\":null,\"mail\":\"a@b.cn\",\"slug\":\"a-1\",\"language\":\"en\",\"word\":\"abc\","
	"\"small\":{\"name\":\"x\",\"n\":1},\"maybe_small\":null,\"smalls\":[{\"name\":\"y\"}],\"numbers\":[1,2],"
	"\"things\":[{\"mood\":\"bad\",\"yes\":false,\"id\":2,\"price\":0,\"at\":1,\"title\":\"b\",\"small\":{\"name\":"
	"\"z\"},\"numbers\":[]}]}";

static struct arena *arena;
static struct buffer out = { .max = 1 << 20 };

static json_t *schema_of(const struct shape *shape)
{
	json_t *schema;

	buffer_clear(&out);
	shape_schema(shape, &out);
	assert_done(out.why);
	assert_done(json_read(arena, buffer_text(&out), &schema));
	return schema;
}

static int begin(void **state)
{
	(void)state;
	arena = arena_new(64 << 20);
	components = json_object();
	json_object_set(components, "thing", schema_of(&thing_shape));
	json_object_set(components, "small", schema_of(&small_shape));
	return 0;
}

static int end(void **state)
{
	(void)state;
	json_decref(components);
	arena_free(arena);
	buffer_free(&out);
	return 0;
}

/* ---- mutation ---- */

static uint64_t seed = 7;
static size_t below(size_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(seed >> 33) % n;
}

static json_t *random_value(void)
{
	/* no 1.0, which JSON Schema calls an integer and the reader does not */
	static const char *const values[] = {
		"null",
		"true",
		"0",
		"1",
		"-1",
		"-2",
		"2",
		"100",
		"101",
		"0.5",
		"1.5",
		"-0.5",
		"9007199254740991",
		"9007199254740992",
		"9223372036854775807",
		"\"\"",
		"\"a\"",
		"\"知知知\"",
		"\"abcde\"",
		"\"abcdef\"",
		"\"𝄞𝄞𝄞𝄞𝄞\"",
		"\"good\"",
		"\"bad\"",
		"\"en\"",
		"\"zh-CN\"",
		"\"a@b.cn\"",
		"\"a@b\"",
		"\"A-1\"",
		"[]",
		"[1,2,3]",
		"[1,2,3,4]",
		"[1,\"2\"]",
		"{}",
		"{\"name\":\"q\"}",
		"[{\"name\":\"q\"},{\"name\":\"\"}]",
		"[{\"name\":\"q\"},{\"name\":\"r\",\"n\":1}]",
	};

	return json_loads(values[below(sizeof values / sizeof *values)], JSON_DECODE_ANY, NULL);
}

static void mutate(json_t *value);

static void mutate_object(json_t *object)
{
	static const char *const keys[] = { "n", "name", "mood", "maybe", "things", "part", "what" };
	size_t nth = json_object_size(object) ? below(json_object_size(object)) : 0;
	void *at = json_object_iter(object);

	while (at && nth--)
		at = json_object_iter_next(object, at);
	switch (below(6)) {
	case 0:
		json_object_set_new(object, keys[below(sizeof keys / sizeof *keys)], random_value());
		return;
	case 1:
		if (at)
			json_object_del(object, json_object_iter_key(at));
		return;
	case 2:
	case 3:
		if (at)
			json_object_iter_set_new(object, at, random_value());
		return;
	case 4:
	case 5:
		if (at)
			mutate(json_object_iter_value(at));
	}
}

static void mutate(json_t *value)
{
	size_t count = json_array_size(value);

	if (json_is_object(value))
		mutate_object(value);
	else if (json_is_array(value) && (!count || !below(4)))
		json_array_append_new(value, random_value());
	else if (json_is_array(value))
		mutate(json_array_get(value, below(count)));
}

static void test_schema_and_reader_agree(void **state)
{
	json_t *schema = json_object_get(components, "thing"), *good;
	size_t taken = 0, rounds = 30000;

	(void)state;
	assert_done(json_read(arena, text_of(good_thing), &good));
	for (size_t i = 0; i < rounds; i++) {
		struct arena *each = arena_new(1 << 20);
		json_t *tree = json_deep_copy(good);
		struct thing thing = { 0 };
		struct field_errors errors;
		bool read, valid;

		for (size_t k = below(4); k > 0; k--)
			mutate(tree);
		read = !shape_read_tree(&thing_shape, each, tree, &thing, &errors);
		valid = is_valid(schema, tree);
		taken += read;
		if (read != valid)
			fail_msg("the reader %s, the schema %s %s", read ? "takes" : "refuses",
				 valid ? "takes" : "refuses", json_dumps(tree, 0));
		json_decref(tree);
		arena_free(each);
	}
	assert_in_range(taken, rounds / 5, rounds / 5 * 4); /* both verdicts must have been tried enough */
}

static void test_schema_by_hand(void **state)
{
	(void)state;
	(void)schema_of(&small_shape);
	assert_text(
		buffer_text(&out),
		"{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":3},"
		"\"n\":{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":-1,\"maximum\":1}},\"required\":["
		"\"name\"],"
		"\"additionalProperties\":false}");
	buffer_clear(&out);
	shape_field_schema(shape_field(&thing_shape, TEXT("price")), &out);
	assert_text(buffer_text(&out),
		    "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":0,\"maximum\":100,\"x-unit\":\"fen\","
		    "\"description\":\"With tax\"}");
	buffer_clear(&out);
	shape_field_schema(shape_field(&thing_shape, TEXT("maybe_small")), &out);
	assert_text(buffer_text(&out), "{\"anyOf\":[{\"$ref\":\"#/components/schemas/small\"},{\"type\":\"null\"}]}");
	buffer_clear(&out);
	shape_field_schema(&(struct field){ .name = "x", .kind = SHAPE_HTML }, &out);
	assert_text(buffer_text(&out), "{\"type\":\"string\",\"contentMediaType\":\"text/html\",\"readOnly\":true}");
	buffer_clear(&out);
	shape_field_schema(&(struct field){ .name = "x", .kind = SHAPE_JSON, .says = "A document" }, &out);
	assert_text(buffer_text(&out), "{\"description\":\"A document\"}");
}

/* ---- patterns: the published expression and the code are one rule ---- */

struct sample {
	const char *pattern, *text;
	bool fits;
};

static const struct sample samples[] = {
	{ "mail", "a@b.cn", true },
	{ "mail", "li.ming+zhifang@mail.example.com", true },
	{ "mail", "o'brien_{x}|~^`!#$%&*/=?-@x-y.co", true },
	{ "mail", "a@1.2", true },
	{ "mail", "", false },
	{ "mail", "@", false },
	{ "mail", "a@", false },
	{ "mail", "@b.cn", false },
	{ "mail", "a@b", false },
	{ "mail", "a@b.", false },
	{ "mail", "a@.cn", false },
	{ "mail", "a@b..cn", false },
	{ "mail", ".a@b.cn", false },
	{ "mail", "a.@b.cn", false },
	{ "mail", "a..b@b.cn", false },
	{ "mail", "a b@b.cn", false },
	{ "mail", "a@b@c.cn", false },
	{ "mail", "a@-b.cn", false },
	{ "mail", "a@b-.cn", false },
	{ "mail", "a@b_c.cn", false },
	{ "mail", "\"a b\"@b.cn", false },
	{ "mail", "a@[127.0.0.1]", false },
	{ "mail", "知@b.cn", false },
	{ "mail", "a@知.cn", false },
	{ "mail", "a@b.cn\n", false },
	{ "mail", "<a@b.cn>", false },
	{ "mail", "a@xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.cn", true },
	{ "mail", "a@xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.cn", false },
	{ "phone", "13800138000", true },
	{ "phone", "+8619912345678", true },
	{ "phone", "12800138000", false },
	{ "phone", "10800138000", false },
	{ "phone", "23800138000", false },
	{ "phone", "1380013800", false },
	{ "phone", "138001380000", false },
	{ "phone", "8613800138000", false },
	{ "phone", "+8513800138000", false },
	{ "phone", "+86 13800138000", false },
	{ "phone", "138-0013-8000", false },
	{ "phone", "1380013800０", false },
	{ "phone", "1:800138000", false },
	{ "phone", "+86+8613800138000", false },
	{ "phone", "", false },
	{ "login", "13800138000", true },
	{ "login", "+8613800138000", true },
	{ "login", "a@b.cn", true },
	{ "login", "13800138000@139.com", true },
	{ "login", "liming", false },
	{ "login", "1380013800", false },
	{ "slug", "c-by-example-2", true },
	{ "slug", "7", true },
	{ "slug", "", false },
	{ "slug", "C", false },
	{ "slug", "a_b", false },
	{ "slug", "a/b", false },
	{ "slug", "知", false },
	{ "slug", "a b", false },
	{ "language", "zh-CN", true },
	{ "language", "en", true },
	{ "language", "zh", false },
	{ "language", "zh-cn", false },
	{ "language", "", false },
};

static void test_patterns(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		const struct sample *sample = &samples[i];
		const struct shape_pattern *pattern = shape__pattern(sample->pattern);
		json_t *text = json_string(sample->text);

		if (pattern->fits(text_of(sample->text)) != sample->fits)
			fail_msg("%s: \"%s\" should%s fit", sample->pattern, sample->text, sample->fits ? "" : " not");
		if (matches(text, pattern->regex) != sample->fits)
			fail_msg("%s: the expression disagrees about \"%s\"", sample->pattern, sample->text);
		json_decref(text);
	}
	assert_false(shape__pattern("slug")->fits((struct text){ "a\0", 2 }));
	assert_false(shape__pattern("mail")->fits((struct text){ "a\0@b.cn", 7 }));
}

/* Each sample with a character changed, added or taken away. */
static void test_patterns_near_the_samples(void **state)
{
	static const char letters[] = "a1Z@.-+ _8'";

	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples * 200; i++) {
		const struct sample *sample = &samples[i % (sizeof samples / sizeof *samples)];
		const struct shape_pattern *pattern = shape__pattern(sample->pattern);
		struct text t = text_of(sample->text);
		size_t at = below(t.length + 1), skip_bytes = t.length > at ? below(2) : 0;
		struct text near = arena_format(arena, "%.*s%.*s%s", (int)at, t.at, (int)below(2),
						&letters[below(sizeof letters - 1)], t.at + at + skip_bytes);
		json_t *text = json_stringn_nocheck(near.at, near.length);

		if (pattern->fits(near) != matches(text, pattern->regex))
			fail_msg("%s: expression and code disagree about \"%s\"", sample->pattern, near.at);
		json_decref(text);
	}
}

/* Lengths that no regular expression both dialects know can say. */
static void test_mail_lengths(void **state)
{
	const struct shape_pattern *mail = shape__pattern("mail");
	char x[300];

	(void)state;
	memset(x, 'x', sizeof x);
	assert_true(mail->fits(arena_format(arena, "%.64s@b.cn", x)));
	assert_false(mail->fits(arena_format(arena, "%.65s@b.cn", x)));
	assert_true(mail->fits(arena_format(arena, "a@%.63s.%.63s.%.63s.%.57s.cn", x, x, x, x)));
	assert_false(mail->fits(arena_format(arena, "a@%.63s.%.63s.%.63s.%.58s.cn", x, x, x, x)));
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(test_schema_by_hand), CASE(test_schema_and_reader_agree),
		CASE(test_patterns),       CASE(test_patterns_near_the_samples),
		CASE(test_mail_lengths),
	};

	return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
