/* json.c - JSON in by jansson, behind a check of the depth that it leaves to its caller's stack; JSON out by appending.
 * The writer looks at sixteen bytes at once for what must be escaped and copies what lies between in bulk. */
#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Levels outside of strings; good enough before the parser, which alone judges the grammar. */
static bool too_deep(struct text bytes)
{
	bool in_string = false;
	size_t depth = 0;

	for (size_t i = 0; i < bytes.length; i++) {
		char c = bytes.at[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '[' || c == '{') && ++depth > JSON_DEPTH_MAX)
			return true;
		else if (!in_string && (c == ']' || c == '}') && depth)
			depth--;
	}
	return false;
}

static void tree_drop(void *tree)
{
	json_decref(tree);
}

problem json_read(struct arena *arena, struct text bytes, json_t **ret)
{
	json_t *tree;

	/* jansson takes a NUL behind a number for the end of the input; no JSON has one anywhere */
	if (!bytes.length || text_find_char(bytes, 0) != SIZE_MAX || too_deep(bytes))
		return &problem_malformed;
	tree = json_loadb(bytes.at, bytes.length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	if (!tree)
		return &problem_malformed;
	arena_defer(arena, tree_drop, tree);
	*ret = tree;
	return NULL;
}

/* What stands behind the backslash for a byte; 'u': \u00XX; 0: the byte stands for itself. */
static const char escapes[256] = {
	[0 ... 0x1F] = 'u', ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n',
	['\f'] = 'f',       ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\',
};

/* As the compiler has them: one register, or two. */
typedef unsigned char sixteen __attribute__((vector_size(16)));

/* Whether any of the bytes is below 0x20, a quote or a backslash. */
static bool any_special(sixteen x)
{
	sixteen special = (sixteen)((x < 0x20) | (x == '"') | (x == '\\'));
	uint64_t halves[2];

	memcpy(halves, &special, sizeof halves);
	return halves[0] | halves[1];
}

/* Copies the part at the start that needs no escape, and tells its length. */
static size_t copy_plain(char *to, struct text t)
{
	size_t i = 0;

	for (; i + sizeof(sixteen) <= t.length; i += sizeof(sixteen)) {
		sixteen bytes;

		memcpy(&bytes, t.at + i, sizeof bytes);
		if (any_special(bytes))
			break;
		memcpy(to + i, &bytes, sizeof bytes);
	}
	for (; i < t.length && !escapes[(unsigned char)t.at[i]]; i++)
		to[i] = t.at[i];
	return i;
}

static void write_escape(struct buffer *out, unsigned char byte)
{
	static const char hex[] = "0123456789abcdef";
	char escape = escapes[byte];

	if (escape == 'u')
		buffer_add(out, (struct text){ (char[]){ '\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15] }, 6 });
	else
		buffer_add(out, (struct text){ (char[]){ '\\', escape }, 2 });
}

/* What is left of a text from its first byte that needs an escape. */
static void write_rest(struct buffer *out, struct text t)
{
	while (t.length) {
		char *to;
		size_t plain;

		write_escape(out, (unsigned char)*t.at);
		t = text_from(t, 1);
		to = buffer_extend(out, t.length);
		if (!to)
			return;
		plain = copy_plain(to, t);
		out->length -= t.length - plain;
		t = text_from(t, plain);
	}
	buffer_add_char(out, '"');
}

void json_write_text(struct buffer *out, struct text t)
{
	char *to = t.at ? buffer_extend(out, t.length + 2) : NULL;
	size_t plain;

	if (!t.at)
		buffer_add(out, TEXT("null"));
	if (!to)
		return;
	to[0] = '"';
	plain = copy_plain(to + 1, t);
	to[plain + 1] = '"';
	if (plain == t.length)
		return;
	out->length -= t.length - plain + 1;
	write_rest(out, text_from(t, plain));
}

void json_write_key(struct buffer *out, const char *key)
{
	json_write_text(out, text_of(key));
	buffer_add_char(out, ':');
}

void json_write_int(struct buffer *out, int64_t n)
{
	buffer_add_int(out, n);
}

void json_write_real(struct buffer *out, double x)
{
	char digits[32];

	if (!isfinite(x) || (x == 0 && signbit(x))) {
		/* "-0" would be read back as the whole number 0 */
		buffer_add(out, isfinite(x) ? TEXT("-0.0") : TEXT("null"));
		return;
	}
	for (int precision = 15; precision <= 17; precision++) {
		snprintf(digits, sizeof digits, "%.*g", precision, x);
		if (precision == 17 || strtod(digits, NULL) == x)
			break;
	}
	buffer_add(out, text_of(digits));
}

void json_write_bool(struct buffer *out, bool yes)
{
	buffer_add(out, yes ? TEXT("true") : TEXT("false"));
}

static void write_array(struct buffer *out, const json_t *array)
{
	buffer_add_char(out, '[');
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (i)
			buffer_add_char(out, ',');
		json_write_tree(out, json_array_get(array, i));
	}
	buffer_add_char(out, ']');
}

static void write_object(struct buffer *out, const json_t *object)
{
	const char *comma = "", *key;
	json_t *value;

	buffer_add_char(out, '{');
	json_object_foreach((json_t *)object, key, value)
	{
		buffer_add(out, text_of(comma));
		json_write_key(out, key);
		json_write_tree(out, value);
		comma = ",";
	}
	buffer_add_char(out, '}');
}

void json_write_tree(struct buffer *out, const json_t *tree)
{
	switch (json_typeof(tree)) {
	case JSON_OBJECT:
		write_object(out, tree);
		return;
	case JSON_ARRAY:
		write_array(out, tree);
		return;
	case JSON_STRING:
		json_write_text(out, json_text(tree));
		return;
	case JSON_INTEGER:
		json_write_int(out, json_integer_value(tree));
		return;
	case JSON_REAL:
		json_write_real(out, json_real_value(tree));
		return;
	case JSON_TRUE:
	case JSON_FALSE:
		json_write_bool(out, json_is_true(tree));
		return;
	case JSON_NULL:
		buffer_add(out, TEXT("null"));
		return;
	}
	abort();
}

/* The escape of what must not stand in a script at the start of t; "" when it may stand there. */
static struct text script_escape(struct text t, size_t *bytes)
{
	*bytes = 1;
	if (*t.at == '<')
		return TEXT("\\u003c");
	if (*t.at == '>')
		return TEXT("\\u003e");
	if (*t.at == '&')
		return TEXT("\\u0026");
	*bytes = 3;
	if (text_starts(t, TEXT("\xE2\x80\xA8")))
		return TEXT("\\u2028");
	if (text_starts(t, TEXT("\xE2\x80\xA9")))
		return TEXT("\\u2029");
	return TEXT("");
}

/* In JSON these characters stand within strings only, so an escape never changes the structure. */
void json_write_script(struct buffer *out, struct text json)
{
	size_t from = 0, bytes;

	for (size_t i = 0; i < json.length; i++) {
		struct text escape = script_escape(text_from(json, i), &bytes);

		if (!escape.length)
			continue;
		buffer_add(out, (struct text){ json.at + from, i - from });
		buffer_add(out, escape);
		from = i + bytes;
		i = from - 1;
	}
	buffer_add(out, text_from(json, from));
}

struct text json_text(const json_t *value)
{
	return (struct text){ json_string_value(value), json_string_length(value) };
}

struct text json_get_text(const json_t *object, const char *key)
{
	return json_text(json_object_get(object, key));
}

int64_t json_get_int(const json_t *object, const char *key, int64_t otherwise)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}
