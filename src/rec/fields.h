/* fields.h - a table's columns as the sparse rows of a factorisation machine (fm.h): words as one feature each, numbers as one feature of the
 * column, by how many standard deviations they are above the mean of what was learned from (held within 10). A hole, and a word that was not
 * learned, has no feature. */
#ifndef REC_FIELDS_H
#define REC_FIELDS_H

#include "num/saved.h"
#include "num/table.h"
#include "rec/interactions.h"

enum field_kind { FIELD_WORDS = 1, FIELD_NUMBERS };
enum { FIELDS_MAX = 256 };

struct field {
	struct text name;
	enum field_kind kind;
	uint32_t first, count; /* its features; 1 of numbers */
	struct text *words;    /* (count) by their bytes, upwards */
	double mean, deviation;
};

struct fields {
	uint32_t count, features;
	struct field field[FIELDS_MAX];
};

enum field_left { FIELD_KEPT, FIELD_CONSTANT, FIELD_MANY }; /* the same everywhere; too many words, or ones that the table did not keep */

/* Learned from the rows `row` (count) of the table. as_words (columns): numbers that are names; wanted (columns): which are fields; left (columns) is
 * set. Texts lie in the arena. ret is zeros. */
struct field_choice {
	const uint32_t *row;
	size_t count;
	const bool *wanted, *as_words;
};
void fields_learn(struct arena *arena, const struct table *t, const struct field_choice *choice, struct fields *ret, enum field_left *left);

/* Rows `row` (count) of a table in which fields are found by their names; what is not there has no feature. field (may be NULL): malloc'd, of each
 * entry of ret its field. unknown: cells with a word that was not learned. Problem fields_kind: a field of numbers is a column of words here, *which. */
extern const struct problem fields_kind; /* 422 */
MUST problem fields_rows(const struct fields *f, const struct table *t, const uint32_t *row, size_t count, struct sparse *ret, uint32_t **field,
                         size_t *unknown, uint32_t *which);

/* An hour 0..23 and a day 0 (Sunday) .. 6 of a moment in seconds since 1970, `zone` seconds ahead of UTC */
struct moment {
	int hour, weekday;
};
struct moment moment_of(int64_t seconds, int64_t zone);

/* A file of fields and the fm.h that was learned over them */
#define FIELDS_SAVED "context"
enum { FIELDS_VERSION = 1 };
void fields_save(const struct fields *f, struct buffer *b); /* arrays of a file that the caller began and ends */
MUST problem fields_load(struct arena *arena, const struct saved *s, struct fields *ret); /* checked; texts are copies */

#endif
