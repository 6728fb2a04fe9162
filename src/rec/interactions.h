/* interactions.h - who did what. `struct interactions` is the log as it came: one row an event, in the order of the file, an item as
 * often as it was done. `struct sparse` is one direction of it, users by items (or items by users) as compressed rows: either a
 * matrix, each pair once, or sequences, in order of time. Users and items are numbers from 0; a file's words are kept as names.
 *
 * Memory is malloc'd and belongs to the struct; the *_free functions are for CLEANUP too and leave zeros. */
#ifndef REC_INTERACTIONS_H
#define REC_INTERACTIONS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/problem.h"

enum { USERS_MAX = 1 << 26, ITEMS_MAX = 1 << 24, INTERACTION_BYTES_MAX = 2000 << 20 };

extern const struct problem interactions_malformed; /* 422, line: no number where one must stand */
extern const struct problem interactions_large;     /* 413, line: an id beyond the limits, or too many bytes */
extern const struct problem interactions_columns;   /* 422, column: there is none of this name */
extern const struct problem interactions_twice;     /* 422, line, column: it is wanted, and there twice */
extern const struct problem interactions_empty;     /* 422, line, column: a user or item without a word */
extern const struct problem interactions_weight;    /* 422, line, column: no number, or one beyond a billion */
extern const struct problem interactions_time;      /* 422, line, column: no number that a time can be */
extern const struct problem interactions_none;      /* 422: nobody did anything */
extern const struct problem interactions_quotes;    /* 422, line: a quotation mark where none may stand, or cells that do not fit the names */

/* What a problem is about */
struct interactions_place {
	size_t line;        /* from 1; 0: the whole file */
	struct text column; /* its name, as it was asked for; absent: the whole line */
};

struct interactions {
	uint32_t users, items;
	size_t count;
	uint32_t *user, *item;                /* (count) */
	float *weight;                        /* (count) finite, may be below 0; NULL: each is 1 */
	int64_t *time;                        /* (count) in the unit of who made it, later is larger; NULL: not known, the order is all */
	struct text *user_names, *item_names; /* (users), (items) in the arena of the reader; NULL: they are numbers */
};

void interactions_free(struct interactions *m);

/* "user item item ...": one line a user, ids from 0, blanks or tabs between. A user may have no item, or several lines. `users` and
 * `items` are one more than the largest id; who reads parts of one set sets both to the larger. */
MUST problem interactions_read_adjacency(struct text bytes, struct interactions *ret, struct interactions_place *where);

/* Columns of a CSV or TSV (base/csv.h); weight and time may be absent texts: not wanted. Users and items get numbers in the order in
 * which they come, and keep their words as names. */
struct interaction_columns {
	struct text user, item, weight, time;
};
MUST problem interactions_read_table(struct arena *arena, struct text bytes, const struct interaction_columns *columns,
                                     struct interactions *ret, struct interactions_place *where);

/* Rows of the log user by user, within one in order of time, equal times (or all, without times) as they came: those of user u are
 * row[start[u]] .. row[start[u + 1] - 1]. start (users + 1), row (count) are the caller's. */
void interactions_order(const struct interactions *m, size_t *start, size_t *row);

/* ---- parts: which rows of the log are for what; a split (evaluate.h) makes them ---- */

enum part { PART_LEFT_OUT = 0, PART_TRAIN = 1, PART_KNOWN = 2, PART_VALIDATION = 4, PART_TEST = 8 };
enum { PART_ANY = 15 };

/* ---- compressed rows ---- */

/* Row r has the columns column[start[r]] .. column[start[r + 1] - 1]. */
struct sparse {
	uint32_t rows, columns;
	size_t *start;    /* (rows + 1) */
	uint32_t *column;
	float *weight;    /* NULL: each is 1 */
	int64_t *time;    /* NULL: not known */
};

static inline size_t sparse_count(const struct sparse *m) { return m->start[m->rows]; }
static inline size_t sparse_length(const struct sparse *m, uint32_t row) { return m->start[row + 1] - m->start[row]; }
static inline float sparse_weight(const struct sparse *m, size_t k) { return m->weight ? m->weight[k] : 1; }
static inline const uint32_t *sparse_row(const struct sparse *m, uint32_t row) { return m->column + m->start[row]; }

void sparse_free(struct sparse *m);

/* Users by items, each pair once, items upwards: weights of a pair are summed, its latest time is kept. parts (count) may be NULL: all;
 * else only rows that are in one of the wanted. */
void sparse_of(const struct interactions *m, const uint8_t *parts, unsigned wanted, struct sparse *ret);

/* The same, but of a pair's rows the latest says the weight, of equal times the last: what is said anew, as stars are, takes the place of what was. */
void sparse_latest(const struct interactions *m, const uint8_t *parts, unsigned wanted, struct sparse *ret);

/* Users by items in the order of interactions_order; nothing is merged. */
void sparse_sequences(const struct interactions *m, const uint8_t *parts, unsigned wanted, struct sparse *ret);

/* Columns by rows; within a row upwards, equals in their order. */
void sparse_transpose(const struct sparse *m, struct sparse *ret);

/* Of a matrix of sparse_of, columns upwards: whether there is this pair, and what it weighs, else 0 */
bool sparse_has(const struct sparse *m, uint32_t row, uint32_t column);
float sparse_value(const struct sparse *m, uint32_t row, uint32_t column);

#endif
