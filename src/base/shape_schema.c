/* shape_schema.c - a shape as JSON Schema 2020-12, which is what OpenAPI 3.1 speaks. It tells what the reader enforces:
 * limits that a field names, no unknown keys. The reader's general ceilings are not in it, since they bind input only.
 */
#include "base/shape_parts.h"

#include <assert.h>
#include <stdlib.h>

/* `"key":` with the comma that a later member of an object needs. */
static void member(struct buffer *out, const char *key)
{
	if (out->length && out->at[out->length - 1] != '{')
		buffer_add_char(out, ',');
	json_write_key(out, key);
}

static void word(struct buffer *out, const char *key, const char *value)
{
	member(out, key);
	json_write_text(out, text_of(value));
}

static void number(struct buffer *out, const char *key, int64_t n)
{
	member(out, key);
	json_write_int(out, n);
}

static void type(struct buffer *out, const struct field *field, const char *name)
{
	if (!field->nullable) {
		word(out, "type", name);
		return;
	}
	member(out, "type");
	buffer_add_char(out, '[');
	json_write_text(out, text_of(name));
	buffer_add(out, TEXT(",\"null\"]"));
}

static void describe_whole(struct buffer *out, const struct field *field, const char *unit)
{
	bool id_by_default = field->kind == SHAPE_ID && !shape__is_limited(field);

	type(out, field, "integer");
	word(out, "format", "int64");
	if (id_by_default || shape__is_limited(field)) {
		number(out, "minimum", id_by_default ? 1 : field->min);
		number(out, "maximum", id_by_default ? SHAPE_ID_MAX : field->max);
	}
	if (unit)
		word(out, "x-unit", unit);
}

static void describe_real(struct buffer *out, const struct field *field)
{
	type(out, field, "number");
	if (!shape__is_limited(field))
		return;
	number(out, "minimum", field->min);
	number(out, "maximum", field->max);
}

static void describe_text(struct buffer *out, const struct field *field)
{
	const struct shape_pattern *pattern = field->pattern ? shape__pattern(field->pattern) : NULL;

	type(out, field, "string");
	if (field->min)
		number(out, "minLength", field->min);
	if (field->max)
		number(out, "maxLength", field->max);
	if (pattern)
		word(out, "pattern", pattern->regex);
	if (pattern && pattern->format)
		word(out, "format", pattern->format);
}

static void describe_html(struct buffer *out, const struct field *field)
{
	type(out, field, "string");
	word(out, "contentMediaType", "text/html");
	member(out, "readOnly");
	json_write_bool(out, true);
}

static void describe_enum(struct buffer *out, const struct field *field)
{
	const char *const *names = field->names[0] ? field->names : field->names + 1;

	type(out, field, "string");
	member(out, "enum");
	buffer_add_char(out, '[');
	for (size_t i = 0; names[i]; i++) {
		if (i)
			buffer_add_char(out, ',');
		json_write_text(out, text_of(names[i]));
	}
	buffer_add(out, field->nullable ? TEXT(",null]") : TEXT("]"));
}

static void refer(struct buffer *out, const struct shape *shape)
{
	member(out, "$ref");
	buffer_format(out, "\"#/components/schemas/%s\"", shape->name);
}

static void describe_object(struct buffer *out, const struct field *field)
{
	if (!field->nullable) {
		refer(out, field->of);
		return;
	}
	member(out, "anyOf");
	buffer_add(out, TEXT("[{"));
	refer(out, field->of);
	buffer_add(out, TEXT("},{\"type\":\"null\"}]"));
}

static void describe_list(struct buffer *out, const struct field *field)
{
	struct field item = shape__item(field);

	type(out, field, "array");
	member(out, "items");
	if (field->of) {
		buffer_add_char(out, '{');
		refer(out, field->of);
		buffer_add_char(out, '}');
	} else {
		shape_field_schema(&item, out);
	}
	if (field->min)
		number(out, "minItems", field->min);
	if (field->max)
		number(out, "maxItems", field->max);
}

static void describe(struct buffer *out, const struct field *field)
{
	switch (field->kind) {
	case SHAPE_BOOL:
		type(out, field, "boolean");
		return;
	case SHAPE_INT:
	case SHAPE_ID:
		describe_whole(out, field, NULL);
		return;
	case SHAPE_MONEY:
		describe_whole(out, field, "fen");
		return;
	case SHAPE_TIME:
		describe_whole(out, field, "ms");
		return;
	case SHAPE_REAL:
		describe_real(out, field);
		return;
	case SHAPE_TEXT:
	case SHAPE_WORD:
		describe_text(out, field);
		return;
	case SHAPE_ENUM:
		describe_enum(out, field);
		return;
	case SHAPE_JSON:
		return; /* any value */
	case SHAPE_HTML:
		describe_html(out, field);
		return;
	case SHAPE_OBJECT:
		describe_object(out, field);
		return;
	case SHAPE_LIST:
		describe_list(out, field);
		return;
	}
	abort();
}

void shape_field_schema(const struct field *field, struct buffer *out)
{
	buffer_add_char(out, '{');
	describe(out, field);
	if (field->says)
		word(out, "description", field->says);
	buffer_add_char(out, '}');
}

static void add_properties(struct buffer *out, const struct shape *shape, const char *tag, const char *tag_is)
{
	for (size_t i = 0; shape && i < shape->count; i++) {
		const struct field *field = &shape->fields[i];

		member(out, field->name);
		if (tag_is && !strcmp(field->name, tag)) {
			buffer_add_char(out, '{');
			word(out, "const", tag_is);
			buffer_add_char(out, '}');
		} else {
			shape_field_schema(field, out);
		}
	}
}

static void add_required(struct buffer *out, const struct shape *shape)
{
	for (size_t i = 0; shape && i < shape->count; i++) {
		if (shape->fields[i].optional)
			continue;
		if (out->length && out->at[out->length - 1] != '[')
			buffer_add_char(out, ',');
		json_write_text(out, text_of(shape->fields[i].name));
	}
}

/* The members of an object schema: of a shape, and for a union of one variant, whose tag then is a constant. */
static void add_object(struct buffer *out, const struct shape *shape, const struct shape *variant, const char *tag_is)
{
	word(out, "type", "object");
	member(out, "properties");
	buffer_add_char(out, '{');
	add_properties(out, shape, shape->tag, tag_is);
	add_properties(out, variant, NULL, NULL);
	buffer_add_char(out, '}');
	member(out, "required");
	buffer_add_char(out, '[');
	add_required(out, shape);
	add_required(out, variant);
	buffer_add_char(out, ']');
	member(out, "additionalProperties");
	json_write_bool(out, false);
}

static void add_union(struct buffer *out, const struct shape *shape)
{
	const struct field *tag = shape__find(shape, text_of(shape->tag));
	int first = tag->names[0] ? 0 : 1;

	member(out, "oneOf");
	buffer_add_char(out, '[');
	for (int i = first; tag->names[i]; i++) {
		buffer_add(out, i > first ? TEXT(",{") : TEXT("{"));
		add_object(out, shape, shape__variant_of(shape, i), tag->names[i]);
		buffer_add_char(out, '}');
	}
	buffer_add_char(out, ']');
}

void shape_schema(const struct shape *shape, struct buffer *out)
{
	buffer_add_char(out, '{');
	if (shape->tag)
		add_union(out, shape);
	else
		add_object(out, shape, NULL, NULL);
	buffer_add_char(out, '}');
}
