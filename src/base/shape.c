/* shape.c - what reading, writing and describing have in common. */
#include "base/shape_parts.h"

#include <assert.h>
#include <stdlib.h>

static const struct shape field_error_shape = SHAPE_AS(
	"FieldError", field_error, FIELD(field_error, path, SHAPE_TEXT, .says = "Where it is, as in items[2].title"),
	FIELD(field_error, why, SHAPE_WORD, .says = "What is wrong with it: a stable word"));

const struct shape field_errors_shape = SHAPE_AS("FieldErrors", field_errors,
						 { .name = "errors",
						   .at = offsetof(struct field_errors, items),
						   .kind = SHAPE_LIST,
						   .count_at = offsetof(struct field_errors, count),
						   .of = &field_error_shape,
						   .max = FIELD_ERRORS_MAX });

const struct field *shape__find(const struct shape *shape, struct text name)
{
	for (size_t i = 0; shape && i < shape->count; i++)
		if (text_is(name, shape->fields[i].name))
			return &shape->fields[i];
	return NULL;
}

const struct field *shape_field(const struct shape *shape, struct text name)
{
	return shape__find(shape, name);
}

const struct shape *shape__variant_of(const struct shape *shape, int tag)
{
	assert(shape->variants && tag >= 0);
	assert(!shape->variants[tag] ||
	       !shape->variants[tag]->tag); /* a union within a union is an OBJECT of its own */
	return shape->variants[tag];
}

const struct shape *shape_variant(const struct shape *shape, const void *in)
{
	const struct field *tag = shape->tag ? shape__find(shape, text_of(shape->tag)) : NULL;

	if (!shape->tag)
		return NULL;
	assert(tag && tag->kind == SHAPE_ENUM);
	return shape__variant_of(shape, *(const int *)((const char *)in + tag->at));
}

bool shape__enum_value(const char *const *names, struct text name, int *ret)
{
	for (int i = names[0] ? 0 : 1; names[i]; i++) {
		if (!text_is(name, names[i]))
			continue;
		*ret = i;
		return true;
	}
	return false;
}

size_t shape__plain_size(enum shape_kind kind)
{
	switch (kind) {
	case SHAPE_BOOL:
		return sizeof(bool);
	case SHAPE_INT:
	case SHAPE_ID:
	case SHAPE_MONEY:
	case SHAPE_TIME:
		return sizeof(int64_t);
	case SHAPE_REAL:
		return sizeof(double);
	case SHAPE_TEXT:
	case SHAPE_JSON:
	case SHAPE_HTML:
		return sizeof(struct text);
	case SHAPE_WORD:
		return sizeof(const char *);
	case SHAPE_ENUM:
		return sizeof(int);
	case SHAPE_OBJECT:
	case SHAPE_LIST:
		break;
	}
	abort(); /* not plain: a bug in the shape */
}

struct field shape__item(const struct field *list)
{
	return (struct field){ .name = list->name, .kind = list->each, .names = list->names, .pattern = list->pattern };
}
