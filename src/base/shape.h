/* shape.h - a struct described once. JSON both ways, validation, query strings, rows of the database, pages, OpenAPI and
 * the front end's types follow from it.
 *
 * Kinds and the C type of the member:
 *   SHAPE_BOOL bool · SHAPE_INT int64_t · SHAPE_ID one-field struct over int64_t · SHAPE_MONEY struct money ·
 *   SHAPE_TIME int64_t (UTC ms) · SHAPE_REAL double · SHAPE_TEXT struct text · SHAPE_ENUM int (enum) with .names ·
 *   SHAPE_JSON struct text holding a JSON value (a document) · SHAPE_HTML struct text that is safe HTML made by us: out only ·
 *   SHAPE_WORD const char * (a problem's type, a why), else like TEXT ·
 *   SHAPE_OBJECT an embedded struct (.of) · SHAPE_LIST a pointer, with the size_t at .count_at (.of, or .each for a plain kind)
 * A shape with .variants is a union: the ENUM field named by .tag says which of the variants' fields stand beside it.
 *
 * Absent and null. A field is required unless .optional. Absent: text stays {NULL,0}, numbers stay as they were in *ret
 * (so a default is written there before decoding). .nullable lets null through. PATCH: .given_at names a member
 * `enum given` that tells GIVEN_NOT, GIVEN_NULL and GIVEN_VALUE apart. On output an absent text of an .optional field is
 * left out; of a .nullable one it is null. The same goes for a list that is NULL, an id or enum that is nobody, and an object
 * none of whose members is set; a bool or a number is always there unless .given_at says otherwise. A required text that is
 * absent goes out empty. Unknown keys are refused in input (mass assignment fails loudly); HTML fields count as unknown there. */
#ifndef BASE_SHAPE_H
#define BASE_SHAPE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/id.h"
#include "base/json.h"
#include "base/money.h"
#include "base/problem.h"

enum shape_kind {
	SHAPE_BOOL = 1, SHAPE_INT, SHAPE_ID, SHAPE_MONEY, SHAPE_TIME, SHAPE_REAL, SHAPE_TEXT, SHAPE_ENUM, SHAPE_JSON,
	SHAPE_HTML, SHAPE_OBJECT, SHAPE_LIST, SHAPE_WORD,
};

enum given { GIVEN_NOT, GIVEN_NULL, GIVEN_VALUE };

struct shape;

struct field {
	const char *name;           /* in JSON */
	size_t at;                  /* offsetof the member */
	enum shape_kind kind;
	const struct shape *of;     /* OBJECT, LIST of objects */
	enum shape_kind each;       /* LIST of a plain kind */
	size_t count_at;            /* LIST: offsetof its size_t count */
	int64_t min, max;           /* INT, MONEY, TIME, REAL: value (both 0: no limit); ID: value (both 0: 1 to 2^53 - 1);
	                             * TEXT, WORD: characters; JSON: bytes; LIST: items; in input a TEXT or WORD without .max
	                             * gets 10000 characters, a LIST 1000 items */
	const char *const *names;   /* ENUM: indexed by value, NULL at its end; a NULL name at index 0 means "0 is nobody" */
	const char *pattern;        /* TEXT, one of: "mail", "phone", "login", "slug", "language"; NULL: any */
	bool optional, nullable;
	size_t given_at;            /* 0: none, so never the first member */
	const char *says;           /* for OpenAPI, may be NULL */
};

struct shape {
	const char *name;           /* OpenAPI component */
	size_t size;
	const struct field *fields;
	size_t count;
	const char *tag;                       /* union: name of the ENUM field */
	const struct shape *const *variants;   /* union: indexed by the tag's value; NULL: a variant without fields */
};

#define FIELD(type, member, kind_, ...) { .name = #member, .at = offsetof(struct type, member), .kind = (kind_), __VA_ARGS__ }
#define NAMED(type, name_, member, kind_, ...) { .name = (name_), .at = offsetof(struct type, member), .kind = (kind_), __VA_ARGS__ }
#define LIST(type, member, count_, of_, ...) \
	{ .name = #member, .at = offsetof(struct type, member), .kind = SHAPE_LIST, .count_at = offsetof(struct type, count_), .of = (of_), __VA_ARGS__ }
#define LIST_OF(type, member, count_, each_, ...) \
	{ .name = #member, .at = offsetof(struct type, member), .kind = SHAPE_LIST, .count_at = offsetof(struct type, count_), .each = (each_), __VA_ARGS__ }
#define SHAPE(type, ...) \
	{ .name = #type, .size = sizeof(struct type), .fields = (const struct field[]){ __VA_ARGS__ }, \
	  .count = sizeof((const struct field[]){ __VA_ARGS__ }) / sizeof(struct field) }
#define SHAPE_AS(name_, type, ...) \
	{ .name = (name_), .size = sizeof(struct type), .fields = (const struct field[]){ __VA_ARGS__ }, \
	  .count = sizeof((const struct field[]){ __VA_ARGS__ }) / sizeof(struct field) }
#define SHAPE_UNION(type, tag_, variants_, ...) \
	{ .name = #type, .size = sizeof(struct type), .fields = (const struct field[]){ __VA_ARGS__ }, \
	  .count = sizeof((const struct field[]){ __VA_ARGS__ }) / sizeof(struct field), .tag = (tag_), .variants = (variants_) }

/* The wrong fields of one input, each with its JSON path ("items[2].options[0]") and a stable reason. */
enum { FIELD_ERRORS_MAX = 20 };
struct field_error {
	struct text path;
	const char *why; /* missing, unknown, type, null, too-small, too-large, too-short, too-long, not-one-of, pattern, duplicate */
};
struct field_errors {
	struct field_error *items;
	size_t count;
};
extern const struct shape field_errors_shape;

/* Bytes or tree to *ret (zeroed or holding defaults beforehand, .size bytes). problem_malformed, or problem_invalid with
 * at most FIELD_ERRORS_MAX errors, in document order. Memory comes from the arena; texts are copies. */
MUST problem shape_read(const struct shape *shape, struct arena *arena, struct text json, void *ret, struct field_errors *errors);
MUST problem shape_read_tree(const struct shape *shape, struct arena *arena, const json_t *tree, void *ret, struct field_errors *errors);
/* "a=1&b=%E7%9F%A5" by the same rules; only plain kinds; an empty value counts as absent. */
MUST problem shape_read_query(const struct shape *shape, struct arena *arena, struct text query, void *ret, struct field_errors *errors);
/* The same for addresses of pages, which get decorated on their way (utm_source=, from=singlemessage): unknown keys are passed over. */
MUST problem shape_read_page_query(const struct shape *shape, struct arena *arena, struct text query, void *ret, struct field_errors *errors);

void shape_write(const struct shape *shape, struct buffer *out, const void *in);

/* JSON Schema (OpenAPI 3.1) of a shape, as an object without a name; shapes within it become {"$ref": "#/components/schemas/NAME"}. */
void shape_schema(const struct shape *shape, struct buffer *out);
void shape_field_schema(const struct field *field, struct buffer *out); /* the same of one field, as for a parameter */

/* A member by its JSON name, for pages and rows; NULL when there is none. Not those of a union's variants: they are found in
 * the variant that holds for `in`, NULL when it has no fields. */
const struct field *shape_field(const struct shape *shape, struct text name);
const struct shape *shape_variant(const struct shape *shape, const void *in);

#endif
