/* table.h - a file of CSV or TSV as columns, for the rooms of numbers. The first line has the names. A column all of whose cells are
 * decimal numbers is one of numbers, any other is one of words; empty cells and NA, N/A, NaN, null, ? are holes in either. A whole number
 * with more digits than `real` keeps (twenty or more) is a word: it is the name of something, and two of them must not become one. An
 * infinity among numbers alone makes words of them all, and is marked. What is broken is a problem with its line and column. */
#ifndef NUM_TABLE_H
#define NUM_TABLE_H

#include "base/arena.h"
#include "base/csv.h"
#include "num/num.h"

enum { TABLE_BYTES_MAX = 512 << 20, TABLE_CELLS_MAX = 1 << 26, TABLE_LEVELS_MAX = 4096 };

extern const struct problem table_empty;  /* 422: no line below the names */
extern const struct problem table_names;  /* place: a name that is missing, a number or there twice */
extern const struct problem table_quotes; /* place: a quote where none may stand, or one that does not end */
extern const struct problem table_ragged; /* place.line: more or fewer cells than names */
extern const struct problem table_large;  /* too many bytes, columns or cells */

/* As an editor counts, from 1; column 0: the whole line. */
struct table_place {
	size_t line, column;
};

enum column_kind { NUMBERS, WORDS, TOO_MANY_WORDS /* different ones: names or remarks; not kept, but for keys and names */ };
static const unsigned NO_WORD = ~0u;

struct table_column {
	struct text name;
	enum column_kind kind;
	real *numbers;         /* (rows) NaN: a hole */
	unsigned *words;       /* (rows) place among the levels; NO_WORD: a hole */
	struct text *levels;   /* different words by their bytes, upwards */
	size_t level_count;
	size_t holes;
	bool is_key;           /* all its words are kept, however many */
	bool is_name;          /* a key whose cells are words also where they look like numbers */
	bool is_infinite;      /* words only for an infinity, or what no double holds, among numbers: word is the first; nobody means that */
	size_t word_line;      /* where the first cell stands that is no number, or of a name the first cell; 0: there is none */
	struct text word;
};

struct table {
	size_t rows, columns;
	struct table_column *column;
	size_t *line; /* (rows) where each begins */
};

/* bytes: in any encoding of csv_decode. The table points into them and the arena, which holds at most 64 bytes for each of them. */
problem table_read(struct arena *arena, struct text bytes, struct table *ret, struct table_place *where) MUST;
/* The same, but all words of the columns of these names are kept: who, when, which basket. keys: ended by NULL; names of no column are
 * passed over. */
problem table_read_keys(struct arena *arena, struct text bytes, const char *const *keys, struct table *ret, struct table_place *where) MUST;
/* The same for names, of customers or groups: words, whatever they look like, so that 007, 7 and 7.0 are three. Levels go upwards by number
 * first, then those that are none; equal ones by their bytes. */
problem table_read_names(struct arena *arena, struct text bytes, const char *const *names, struct table *ret, struct table_place *where) MUST;
struct table_column *table_find(const struct table *t, struct text name); /* NULL: there is none */

bool table_number(struct text cell, real *ret); /* is it one, by the rules above? */

/* The different numbers of a column of numbers, upwards, holes left out; beside the arena's ceiling. */
real *table_numbers(struct arena *arena, const struct table_column *c, size_t rows, size_t *count);
int table_by_number(const void *a, const void *b); /* for qsort and bsearch of them */

/* A number where it is the name of something: whole ones in full, others as the shortest decimal that reads back as the same. */
enum { TABLE_WORD_MAX = 48 };
struct text table_word(real x, char out[TABLE_WORD_MAX]);

#endif
