/* shape_query.c - a query string becomes the object that it stands for, and that is read like any other: so there is
 * one set of rules. A value that does not look like its field's kind stays a string, which the reader then calls a
 * wrong type. */
#include "base/shape_parts.h"

#include <assert.h>
#include <stdlib.h>

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Of application/x-www-form-urlencoded; false for a broken escape, U+0000 and what is no UTF-8. */
static bool decode(struct arena *arena, struct text coded, struct text *ret)
{
	char *out = arena_alloc(arena, coded.length + 1);
	size_t length = 0;

	for (size_t i = 0; i < coded.length; i++) {
		char c = coded.at[i] == '+' ? ' ' : coded.at[i];

		if (c == '%') {
			int high = i + 2 < coded.length ? hex_value(coded.at[i + 1]) : -1;
			int low = high < 0 ? -1 : hex_value(coded.at[i + 2]);

			if (low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (!c)
			return false;
		out[length++] = c;
	}
	*ret = (struct text){ out, length };
	return text_is_utf8(*ret);
}

static json_t *whole_value(struct text t)
{
	int64_t n;

	return text_to_int(t, &n) ? json_integer(n) : NULL;
}

static json_t *bool_value(struct text t)
{
	if (text_is(t, "1") || text_is(t, "true"))
		return json_true();
	return text_is(t, "0") || text_is(t, "false") ? json_false() : NULL;
}

static json_t *real_value(struct text t)
{
	json_t *value = json_loadb(t.at, t.length, JSON_DECODE_ANY, NULL);

	if (json_is_number(value))
		return value;
	json_decref(value);
	return NULL;
}

static json_t *typed_value(const struct field *field, struct text t)
{
	switch (field->kind) {
	case SHAPE_BOOL:
		return bool_value(t);
	case SHAPE_INT:
	case SHAPE_ID:
	case SHAPE_MONEY:
	case SHAPE_TIME:
		return whole_value(t);
	case SHAPE_REAL:
		return real_value(t);
	case SHAPE_TEXT:
	case SHAPE_WORD:
	case SHAPE_ENUM:
		return NULL; /* a string is right */
	case SHAPE_JSON:
	case SHAPE_HTML:
	case SHAPE_OBJECT:
	case SHAPE_LIST:
		break;
	}
	abort(); /* a query string has plain kinds only: a bug in the shape */
}

static void add_pair(struct shape_reading *r, const struct shape *shape, json_t *object, struct text name,
		     struct text value)
{
	const struct field *field = shape__find(shape, name);
	json_t *typed = field && value.length ? typed_value(field, value) : NULL;

	if (field && !value.length)
		return; /* an empty input of a form is an input left alone */
	if (!typed)
		typed = json_stringn(value.at, value.length);
	if (!json_object_get(object, name.at)) {
		json_object_set_new(object, name.at, typed);
		return;
	}
	json_decref(typed);
	if (field || !r->unknown_pass)
		shape__wrong(r, &(struct shape_place){ .name = name.at }, "duplicate");
}

static bool add_pairs(struct shape_reading *r, const struct shape *shape, struct text query, json_t *object)
{
	while (query.at) {
		struct text coded_value = text_cut(&query, '&'), coded_name = text_cut(&coded_value, '=');
		struct text name, value;

		if (!decode(r->arena, coded_name, &name) || !decode(r->arena, coded_value, &value))
			return false;
		if (name.length || value.length)
			add_pair(r, shape, object, name, value);
	}
	return true;
}

static void drop(json_t **object)
{
	json_decref(*object);
}

static problem read_query(struct shape_reading *r, const struct shape *shape, struct text query, void *ret)
{
	CLEANUP(drop) json_t *object = json_object();

	assert(!shape->tag);
	*r->errors = (struct field_errors){ 0 };
	if (add_pairs(r, shape, query, object))
		return shape__read(r, shape, object, ret);
	r->errors->count = 0;
	return &problem_malformed;
}

problem shape_read_query(const struct shape *shape, struct arena *arena, struct text query, void *ret,
			 struct field_errors *errors)
{
	return read_query(&(struct shape_reading){ .arena = arena, .errors = errors }, shape, query, ret);
}

problem shape_read_page_query(const struct shape *shape, struct arena *arena, struct text query, void *ret,
			      struct field_errors *errors)
{
	struct shape_reading r = { .arena = arena, .errors = errors, .unknown_pass = true };

	return read_query(&r, shape, query, ret);
}
