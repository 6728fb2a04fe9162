/* shape_read.c - JSON to struct. The keys are taken in the document's order, so the errors are in it too; what is
 * missing follows at the end of its object. Reading stops at FIELD_ERRORS_MAX errors, whatever the size of the input.
 */
#include "base/shape_parts.h"

#include <assert.h>
#include <stdlib.h>

enum { PATH_MAX_BYTES = 4096, KEY_SHOWN = 64 };

/* A key that is not ours may be as long as the body: its start will do. */
static void spell_name(struct buffer *path, struct text name)
{
	struct text shown = text_clip(name, KEY_SHOWN);

	if (path->length)
		buffer_add_char(path, '.');
	buffer_add(path, shown);
	if (shown.length < name.length)
		buffer_add(path, TEXT("…"));
}

static void spell(struct buffer *path, const struct shape_place *place)
{
	if (!place)
		return;
	spell(path, place->up);
	if (place->name)
		spell_name(path, text_of(place->name));
	else
		buffer_format(path, "[%zu]", place->index);
}

static bool is_full(const struct shape_reading *r)
{
	return r->errors->count == FIELD_ERRORS_MAX;
}

void shape__wrong(struct shape_reading *r, const struct shape_place *place, const char *why)
{
	CLEANUP(buffer_free) struct buffer path = BUFFER(PATH_MAX_BYTES);
	struct field_errors *errors = r->errors;

	if (is_full(r))
		return;
	if (!errors->items)
		errors->items = ARENA_ARRAY(r->arena, struct field_error, FIELD_ERRORS_MAX);
	spell(&path, place);
	errors->items[errors->count++] = (struct field_error){ arena_text(r->arena, buffer_text(&path)), why };
}

static void read_bool(struct shape_reading *r, const json_t *value, bool *ret, const struct shape_place *place)
{
	if (json_is_boolean(value))
		*ret = json_is_true(value);
	else
		shape__wrong(r, place, "type");
}

/* INT, ID, MONEY and TIME, which are all one int64_t. 1.0 is no whole number: it would be the only one with two
 * spellings. */
static void read_whole(struct shape_reading *r, const struct field *field, const json_t *value, int64_t *ret,
		       const struct shape_place *place)
{
	bool id_by_default = field->kind == SHAPE_ID && !shape__is_limited(field);
	int64_t n = json_integer_value(value);

	if (!json_is_integer(value))
		shape__wrong(r, place, "type");
	else if (id_by_default ? n < 1 : shape__is_limited(field) && n < field->min)
		shape__wrong(r, place, "too-small");
	else if (id_by_default ? n > SHAPE_ID_MAX : shape__is_limited(field) && n > field->max)
		shape__wrong(r, place, "too-large");
	else
		*ret = n;
}

static void read_real(struct shape_reading *r, const struct field *field, const json_t *value, double *ret,
		      const struct shape_place *place)
{
	double x = json_number_value(value);

	if (!json_is_number(value))
		shape__wrong(r, place, "type");
	else if (shape__is_limited(field) && x < (double)field->min)
		shape__wrong(r, place, "too-small");
	else if (shape__is_limited(field) && x > (double)field->max)
		shape__wrong(r, place, "too-large");
	else
		*ret = x;
}

/* TEXT and WORD; absent when it is wrong. */
static struct text read_text(struct shape_reading *r, const struct field *field, const json_t *value,
			     const struct shape_place *place)
{
	size_t most = field->max ? (size_t)field->max : SHAPE_CHARACTERS_MAX;
	struct text t = json_text(value);
	size_t characters = text_characters(t);

	if (!json_is_string(value))
		shape__wrong(r, place, "type");
	else if (characters < (size_t)field->min)
		shape__wrong(r, place, "too-short");
	else if (characters > most)
		shape__wrong(r, place, "too-long");
	else if (field->pattern && !shape__pattern(field->pattern)->fits(t))
		shape__wrong(r, place, "pattern");
	else
		return arena_text(r->arena, t);
	return (struct text){ 0 };
}

static void read_enum(struct shape_reading *r, const struct field *field, const json_t *value, int *ret,
		      const struct shape_place *place)
{
	if (!json_is_string(value))
		shape__wrong(r, place, "type");
	else if (!shape__enum_value(field->names, json_text(value), ret))
		shape__wrong(r, place, "not-one-of");
}

static void read_json(struct shape_reading *r, const struct field *field, const json_t *value, struct text *ret,
		      const struct shape_place *place)
{
	CLEANUP(buffer_free) struct buffer bytes = BUFFER(field->max ? (size_t)field->max : SIZE_MAX / 2);

	json_write_tree(&bytes, value);
	if (bytes.why)
		shape__wrong(r, place, "too-long");
	else
		*ret = arena_text(r->arena, buffer_text(&bytes));
}

static void read_value(struct shape_reading *r, const struct field *field, const json_t *value, char *base,
		       const struct shape_place *place);
static void read_object(struct shape_reading *r, const struct shape *shape, const json_t *tree, char *base,
			const struct shape_place *place);

static void read_items(struct shape_reading *r, const struct field *field, const json_t *array, char *items,
		       const struct shape_place *place)
{
	struct field item = shape__item(field);
	size_t step = field->of ? field->of->size : shape__plain_size(field->each);

	for (size_t i = 0; i < json_array_size(array) && !is_full(r); i++) {
		const struct shape_place here = { .up = place, .index = i };
		const json_t *value = json_array_get(array, i);

		if (field->of)
			read_object(r, field->of, value, items + i * step, &here);
		else
			read_value(r, &item, value, items + i * step, &here);
	}
}

static void read_list(struct shape_reading *r, const struct field *field, const json_t *value, char *base,
		      const struct shape_place *place)
{
	size_t most = field->max ? (size_t)field->max : SHAPE_ITEMS_MAX, count = json_array_size(value);
	size_t step = field->of ? field->of->size : shape__plain_size(field->each);
	char *items;

	if (!json_is_array(value))
		shape__wrong(r, place, "type");
	else if (count < (size_t)field->min)
		shape__wrong(r, place, "too-short");
	else if (count > most)
		shape__wrong(r, place, "too-long");
	else {
		items = arena_array_of(r->arena, step, count);
		*(void **)(base + field->at) = items;
		*(size_t *)(base + field->count_at) = count;
		read_items(r, field, value, items, place);
	}
}

static void read_value(struct shape_reading *r, const struct field *field, const json_t *value, char *base,
		       const struct shape_place *place)
{
	void *at = base + field->at;

	switch (field->kind) {
	case SHAPE_BOOL:
		read_bool(r, value, at, place);
		return;
	case SHAPE_INT:
	case SHAPE_ID:
	case SHAPE_MONEY:
	case SHAPE_TIME:
		read_whole(r, field, value, at, place);
		return;
	case SHAPE_REAL:
		read_real(r, field, value, at, place);
		return;
	case SHAPE_TEXT:
		*(struct text *)at = read_text(r, field, value, place);
		return;
	case SHAPE_WORD:
		*(const char **)at = read_text(r, field, value, place).at;
		return;
	case SHAPE_ENUM:
		read_enum(r, field, value, at, place);
		return;
	case SHAPE_JSON:
		read_json(r, field, value, at, place);
		return;
	case SHAPE_OBJECT:
		read_object(r, field->of, value, at, place);
		return;
	case SHAPE_LIST:
		read_list(r, field, value, base, place);
		return;
	case SHAPE_HTML:
		break;
	}
	abort(); /* no kind at all, or a list of HTML, which is no input */
}

static void read_null(struct shape_reading *r, const struct field *field, char *base, const struct shape_place *place)
{
	if (!field->nullable)
		shape__wrong(r, place, "null");
	else if (field->kind == SHAPE_TEXT || field->kind == SHAPE_JSON)
		*(struct text *)(base + field->at) = (struct text){ 0 };
	else if (field->kind == SHAPE_WORD)
		*(const char **)(base + field->at) = NULL;
	else if (field->kind == SHAPE_LIST) {
		*(void **)(base + field->at) = NULL;
		*(size_t *)(base + field->count_at) = 0;
	}
}

static void read_field(struct shape_reading *r, const struct field *field, const json_t *value, char *base,
		       const struct shape_place *place)
{
	if (field->given_at)
		*(enum given *)(base + field->given_at) = json_is_null(value) ? GIVEN_NULL : GIVEN_VALUE;
	if (json_is_null(value))
		read_null(r, field, base, place);
	else
		read_value(r, field, value, base, place);
}

static void check_missing(struct shape_reading *r, const struct shape *shape, const json_t *tree,
			  const struct shape_place *place)
{
	for (size_t i = 0; shape && i < shape->count; i++) {
		const struct field *field = &shape->fields[i];

		if (!field->optional && field->kind != SHAPE_HTML && !json_object_get(tree, field->name))
			shape__wrong(r, &(struct shape_place){ .up = place, .name = field->name }, "missing");
	}
}

/* Which variant a union's tag asks for; false when the tag itself is no good, which is reported where it stands. */
static bool find_variant(const struct shape *shape, const json_t *tree, const struct shape **ret)
{
	const struct field *tag = shape__find(shape, text_of(shape->tag));
	int value;

	assert(tag && tag->kind == SHAPE_ENUM);
	if (!shape__enum_value(tag->names, json_get_text(tree, shape->tag), &value))
		return false;
	*ret = shape__variant_of(shape, value);
	return true;
}

static void read_object(struct shape_reading *r, const struct shape *shape, const json_t *tree, char *base,
			const struct shape_place *place)
{
	const struct shape *variant = NULL;
	bool unknown_pass = r->unknown_pass;
	const char *key;
	json_t *value;

	if (!json_is_object(tree)) {
		shape__wrong(r, place, "type");
		return;
	}
	/* without a good tag nobody can say which keys belong here */
	if (shape->tag && !find_variant(shape, tree, &variant))
		unknown_pass = true;
	json_object_foreach((json_t *)tree, key, value)
	{
		const struct shape_place here = { .up = place, .name = key };
		const struct field *field = shape__find(shape, text_of(key));

		if (!field)
			field = shape__find(variant, text_of(key));
		if (field && field->kind != SHAPE_HTML)
			read_field(r, field, value, base, &here);
		else if (!unknown_pass)
			shape__wrong(r, &here, "unknown");
		if (is_full(r))
			return;
	}
	check_missing(r, shape, tree, place);
	check_missing(r, variant, tree, place);
}

problem shape__read(struct shape_reading *r, const struct shape *shape, const json_t *tree, void *ret)
{
	read_object(r, shape, tree, ret, NULL);
	return r->errors->count ? &problem_invalid : NULL;
}

problem shape_read_tree(const struct shape *shape, struct arena *arena, const json_t *tree, void *ret,
			struct field_errors *errors)
{
	struct shape_reading r = { .arena = arena, .errors = errors };

	*errors = (struct field_errors){ 0 };
	return shape__read(&r, shape, tree, ret);
}

problem shape_read(const struct shape *shape, struct arena *arena, struct text json, void *ret,
		   struct field_errors *errors)
{
	json_t *tree;
	problem why = json_read(arena, json, &tree);

	*errors = (struct field_errors){ 0 };
	return why ? why : shape_read_tree(shape, arena, tree, ret, errors);
}
