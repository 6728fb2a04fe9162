/* shape_write.c - struct to JSON, straight into the buffer. Names of fields and enums are ours: nothing in them to
 * escape. */
#include "base/shape_parts.h"

#include <assert.h>
#include <stdlib.h>

static bool says_something(const struct shape *shape, const char *base);

/* Whether a member holds more than zero; for numbers that are always there, see is_there. */
static bool is_set(const struct field *field, const char *base)
{
	const char *at = base + field->at;

	switch (field->kind) {
	case SHAPE_BOOL:
		return *(const bool *)at;
	case SHAPE_INT:
	case SHAPE_ID:
	case SHAPE_MONEY:
	case SHAPE_TIME:
		return *(const int64_t *)at;
	case SHAPE_REAL:
		return *(const double *)at != 0;
	case SHAPE_TEXT:
	case SHAPE_JSON:
	case SHAPE_HTML:
		return ((const struct text *)at)->at;
	case SHAPE_WORD:
	case SHAPE_LIST:
		return *(const void *const *)at;
	case SHAPE_ENUM:
		return field->names[0] || *(const int *)at;
	case SHAPE_OBJECT:
		return says_something(field->of, at);
	}
	abort();
}

/* An embedded struct has no pointer that could be NULL: it is there when any of its members is set. */
static bool says_something(const struct shape *shape, const char *base)
{
	for (size_t i = 0; i < shape->count; i++)
		if (is_set(&shape->fields[i], base))
			return true;
	return false;
}

static bool is_number(enum shape_kind kind)
{
	return kind == SHAPE_BOOL || kind == SHAPE_INT || kind == SHAPE_MONEY || kind == SHAPE_TIME ||
	       kind == SHAPE_REAL;
}

/* Left out (GIVEN_NOT), null or a value. */
static enum given written_as(const struct field *field, const char *base)
{
	if (!field->optional && !field->nullable)
		return GIVEN_VALUE;
	if (field->given_at) {
		enum given given = *(const enum given *)(base + field->given_at);

		return given == GIVEN_NOT && !field->optional ? GIVEN_NULL : given;
	}
	if (is_number(field->kind) || is_set(field, base))
		return GIVEN_VALUE;
	return field->optional ? GIVEN_NOT : GIVEN_NULL;
}

static void write_quoted(struct buffer *out, const char *plain)
{
	size_t length = strlen(plain);
	char *to = buffer_extend(out, length + 2);

	if (!to)
		return;
	to[0] = to[length + 1] = '"';
	memcpy(to + 1, plain, length);
}

static void write_name(struct buffer *out, const char *name, bool comma)
{
	size_t length = strlen(name);
	char *to = buffer_extend(out, length + 3 + comma);

	if (!to)
		return;
	*to = ',';
	to += comma;
	to[0] = to[length + 1] = '"';
	to[length + 2] = ':';
	memcpy(to + 1, name, length);
}

static void write_enum(struct buffer *out, const struct field *field, int value)
{
	assert(value >= 0 && field->names[value]); /* a required enum that is nobody is a bug of the room */
	write_quoted(out, field->names[value]);
}

/* A required text that was never set goes out empty: the reader was promised a string. */
static struct text or_empty(struct text t)
{
	return t.at ? t : TEXT("");
}

static void write_object(const struct shape *shape, struct buffer *out, const char *base);
static void write_value(const struct field *field, struct buffer *out, const char *base);

/* Out of line: within write_value its item would lie on the stack of every number. */
__attribute__((noinline)) static void write_list(const struct field *field, struct buffer *out, const char *base)
{
	const char *items = *(const char *const *)(base + field->at);
	size_t count = *(const size_t *)(base + field->count_at);
	size_t step = field->of ? field->of->size : shape__plain_size(field->each);
	struct field item = shape__item(field);

	buffer_add_char(out, '[');
	for (size_t i = 0; i < count; i++) {
		if (i)
			buffer_add_char(out, ',');
		if (field->of)
			write_object(field->of, out, items + i * step);
		else
			write_value(&item, out, items + i * step);
	}
	buffer_add_char(out, ']');
}

static void write_value(const struct field *field, struct buffer *out, const char *base)
{
	const char *at = base + field->at;

	switch (field->kind) {
	case SHAPE_BOOL:
		json_write_bool(out, *(const bool *)at);
		return;
	case SHAPE_INT:
	case SHAPE_ID:
	case SHAPE_MONEY:
	case SHAPE_TIME:
		json_write_int(out, *(const int64_t *)at);
		return;
	case SHAPE_REAL:
		json_write_real(out, *(const double *)at);
		return;
	case SHAPE_TEXT:
	case SHAPE_HTML:
		json_write_text(out, or_empty(*(const struct text *)at));
		return;
	case SHAPE_WORD:
		json_write_text(out, or_empty(text_of(*(const char *const *)at)));
		return;
	case SHAPE_ENUM:
		write_enum(out, field, *(const int *)at);
		return;
	case SHAPE_JSON:
		buffer_add(out, ((const struct text *)at)->at ? *(const struct text *)at : TEXT("null"));
		return;
	case SHAPE_OBJECT:
		write_object(field->of, out, at);
		return;
	case SHAPE_LIST:
		write_list(field, out, base);
		return;
	}
	abort();
}

/* Returns whether a field was written, so that the next one knows about its comma. */
static bool write_fields(const struct shape *shape, struct buffer *out, const char *base, bool comma)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		enum given as = written_as(field, base);

		if (as == GIVEN_NOT)
			continue;
		write_name(out, field->name, comma);
		comma = true;
		if (as == GIVEN_NULL)
			buffer_add(out, TEXT("null"));
		else
			write_value(field, out, base);
	}
	return comma;
}

static void write_object(const struct shape *shape, struct buffer *out, const char *base)
{
	const struct shape *variant = shape_variant(shape, base);
	bool comma;

	buffer_add_char(out, '{');
	comma = write_fields(shape, out, base, false);
	if (variant)
		write_fields(variant, out, base, comma);
	buffer_add_char(out, '}');
}

void shape_write(const struct shape *shape, struct buffer *out, const void *in)
{
	write_object(shape, out, in);
}
