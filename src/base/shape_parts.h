/* shape_parts.h - what the files of shape share among themselves; nobody else includes it. */
#ifndef BASE_SHAPE_PARTS_H
#define BASE_SHAPE_PARTS_H

#include "base/shape.h"

enum { SHAPE_CHARACTERS_MAX = 10000, SHAPE_ITEMS_MAX = 1000 };
#define SHAPE_ID_MAX INT64_C(9007199254740991) /* 2^53 - 1: what every reader of JSON keeps exactly */

struct shape_pattern {
	const char *name;
	bool (*fits)(struct text t);
	const char *regex;  /* the same rule in words that JSON Schema and POSIX both read */
	const char *format; /* of JSON Schema; NULL when there is none */
};
const struct shape_pattern *shape__pattern(const char *name);

bool shape__enum_value(const char *const *names, struct text name, int *ret);
size_t shape__plain_size(enum shape_kind kind);     /* of the C type of an item of a plain list */
struct field shape__item(const struct field *list); /* an item of a plain list, as a field that starts its own struct */
const struct shape *shape__variant_of(const struct shape *shape, int tag);
const struct field *shape__find(const struct shape *shape, struct text name); /* shape may be NULL */

static inline bool shape__is_limited(const struct field *field)
{
	return field->min || field->max;
}

/* Where a value stands in the document: steps on the stack, spelt only when something is wrong there. */
struct shape_place {
	const struct shape_place *up; /* NULL: the whole */
	const char *name;             /* NULL: an item of a list */
	size_t index;
};

struct shape_reading {
	struct arena *arena;
	struct field_errors *errors;
	bool unknown_pass; /* keys that the shape does not know are no error */
};

void shape__wrong(struct shape_reading *r, const struct shape_place *place, const char *why);
problem shape__read(struct shape_reading *r, const struct shape *shape, const json_t *tree, void *ret);

#endif
