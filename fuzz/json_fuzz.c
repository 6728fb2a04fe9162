/* json_fuzz.c - foreign bytes as the body and as the query string of a request, through a shape that has every kind in
 * it. What was read must come out as JSON that reads the same again. */
#include <assert.h>
#include <stdlib.h>

#include "base/shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

enum kind { KIND_NONE, KIND_LEAF, KIND_NUMBER, KIND_BRANCH };
static const char *const kinds[] = { NULL, "leaf", "number", "branch", NULL };

struct all {
	int64_t unused; /* given_at is never 0 */
	enum given note_given, count_given;
	enum kind kind;
	bool yes;
	struct work_id id;
	int64_t count, at_ms;
	struct money price;
	double real;
	struct text title, note, mail, phone, login, slug, language, document;
	const char *word;
	struct text *tags;
	size_t tag_count;
	int *kind_list;
	size_t kind_list_count;
	double *reals;
	size_t real_count;
	struct all *children;
	size_t child_count;
};

static const struct shape all_shape;

static const struct shape *const variants[] = {
	[KIND_NONE] = NULL,
	[KIND_LEAF] = NULL,
	[KIND_NUMBER] =
		&(const struct shape)SHAPE_AS("number", all, FIELD(all, real, SHAPE_REAL),
					      LIST_OF(all, reals, real_count, SHAPE_REAL, .optional = true, .max = 5)),
	[KIND_BRANCH] = &(const struct shape)SHAPE_AS(
		"branch", all, LIST(all, children, child_count, &all_shape, .nullable = true, .max = 8)),
};

/* clang-format off */
static const struct shape all_shape = SHAPE_UNION(all, "kind", variants,
	FIELD(all, kind, SHAPE_ENUM, .names = kinds),
	FIELD(all, yes, SHAPE_BOOL, .optional = true),
	FIELD(all, id, SHAPE_ID, .optional = true),
	FIELD(all, count, SHAPE_INT, .optional = true, .nullable = true, .given_at = offsetof(struct all, count_given)),
	FIELD(all, at_ms, SHAPE_TIME, .optional = true, .min = 0, .max = 99),
	FIELD(all, price, SHAPE_MONEY, .optional = true),
	FIELD(all, title, SHAPE_TEXT, .optional = true, .min = 1, .max = 20),
	FIELD(all, note, SHAPE_TEXT, .optional = true, .nullable = true, .given_at = offsetof(struct all, note_given)),
	FIELD(all, mail, SHAPE_TEXT, .optional = true, .pattern = "mail"),
	FIELD(all, phone, SHAPE_TEXT, .optional = true, .pattern = "phone"),
	FIELD(all, login, SHAPE_TEXT, .optional = true, .pattern = "login"),
	FIELD(all, slug, SHAPE_TEXT, .optional = true, .pattern = "slug"),
	FIELD(all, language, SHAPE_TEXT, .optional = true, .pattern = "language"),
	FIELD(all, document, SHAPE_JSON, .optional = true, .max = 200),
	FIELD(all, word, SHAPE_WORD, .optional = true),
	LIST_OF(all, tags, tag_count, SHAPE_TEXT, .optional = true),
	LIST_OF(all, kind_list, kind_list_count, SHAPE_ENUM, .optional = true, .names = kinds));

static const struct shape query_shape = SHAPE(all,
	FIELD(all, kind, SHAPE_ENUM, .optional = true, .names = kinds),
	FIELD(all, yes, SHAPE_BOOL, .optional = true),
	FIELD(all, id, SHAPE_ID, .optional = true),
	FIELD(all, price, SHAPE_MONEY, .optional = true),
	FIELD(all, real, SHAPE_REAL, .optional = true),
	FIELD(all, title, SHAPE_TEXT, .optional = true, .min = 1, .max = 20),
	FIELD(all, mail, SHAPE_TEXT, .optional = true, .pattern = "mail"));
/* clang-format on */

enum { MUCH = 1 << 24 };

static void check_errors(problem why, const struct field_errors *errors)
{
	assert(!why || why == &problem_malformed || why == &problem_invalid);
	assert((why == &problem_invalid) == (errors->count > 0) && errors->count <= FIELD_ERRORS_MAX);
	for (size_t i = 0; i < errors->count; i++)
		assert(text_is_utf8(errors->items[i].path) && errors->items[i].why);
}

static void check_round_trip(const struct shape *shape, struct arena *arena, const struct all *first)
{
	CLEANUP(buffer_free) struct buffer once = BUFFER(MUCH), twice = BUFFER(MUCH);
	struct field_errors errors;
	struct all again = { 0 };
	problem why;

	shape_write(shape, &once, first);
	assert(!once.why);
	why = shape_read(shape, arena, buffer_text(&once), &again, &errors);
	assert(!why);
	shape_write(shape, &twice, &again);
	assert(text_eq(buffer_text(&once), buffer_text(&twice)));
}

static void try_shape(const struct shape *shape, struct arena *arena, struct text bytes,
		      problem (*read)(const struct shape *, struct arena *, struct text, void *, struct field_errors *))
{
	struct field_errors errors;
	struct all all = { 0 };
	problem why = read(shape, arena, bytes, &all, &errors);

	check_errors(why, &errors);
	if (!why)
		check_round_trip(shape, arena, &all);
}

static void try_tree(struct arena *arena, struct text bytes)
{
	CLEANUP(buffer_free) struct buffer once = BUFFER(MUCH), script = BUFFER(MUCH);
	json_t *tree, *again;
	problem why;

	if (json_read(arena, bytes, &tree))
		return;
	assert(text_is_utf8(bytes));
	json_write_tree(&once, tree);
	json_write_script(&script, buffer_text(&once));
	assert(!once.why && !script.why && text_find_char(buffer_text(&script), '<') == SIZE_MAX);
	why = json_read(arena, buffer_text(&script), &again);
	assert(!why);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	struct text input = { (const char *)bytes, count };
	struct arena *arena = arena_new(1 << 28);

	try_tree(arena, input);
	try_shape(&all_shape, arena, input, shape_read);
	try_shape(&query_shape, arena, input, shape_read_query);
	try_shape(&query_shape, arena, input, shape_read_page_query);
	arena_free(arena);
	return 0;
}
