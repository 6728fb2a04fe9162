/* frame.h - from the columns of a file to the numbers that learners take: a label of two classes, features, rows to learn from and rows
 * to judge by. What is learned about the columns (levels, means, bounds) is an encoder; it is saved with the model and applied to
 * tables that come later.
 *
 * Two matrices. "ord", for trees: a number as it is, a word as its place among the column's words by their bytes. "wide", for linear
 * models: a number less the mean and divided by the standard deviation (by n) of the train rows, a word as one column for each level,
 * 1 in its own. Levels are those of all rows of the file, since a name tells nothing; means, deviations and bounds are of train rows only.
 *
 * Holes. In a column of words a hole is the word "?" where the table to learn from has holes there. Every other hole, and a word never
 * seen, is NaN in ord; in wide a number's hole is the mean, 0, and a word's hole or a new word is 0 in all columns of its feature. */
#ifndef MINE_FRAME_H
#define MINE_FRAME_H

#include "base/arena.h"
#include "num/saved.h"
#include "num/table.h"

enum { FRAME_ROWS_MAX = 1 << 25, FRAME_CELLS_MAX = 1 << 28 /* of ord and of wide */, FRAME_LEVELS_MAX = TABLE_LEVELS_MAX + 1 };

extern const struct problem frame_column;    /* 422: there is no such column; fault.column */
extern const struct problem frame_words;     /* 422: words where the model has numbers; fault.column, line, word */
extern const struct problem frame_infinite; /* 422: an infinity among numbers; fault.column, line, word */
extern const struct problem frame_label;     /* 422: the label has not two classes, and none was said to be meant */
extern const struct problem frame_class;     /* 422: the class that is meant is in no row */
extern const struct problem frame_one_class; /* 422: all rows to learn from have one class */
extern const struct problem frame_few;       /* 422: no rows, or no columns, are left to learn from */
extern const struct problem frame_keys;      /* 422: times or groups: a hole, fault.line, or words that are not kept (table_read_keys keeps them) */
extern const struct problem frame_mark;      /* 422: SPLIT_COLUMN: a word that says neither yes nor no; fault.column, line, word */
extern const struct problem frame_no_test;   /* 422: no row is left to judge by, though some were wished */
extern const struct problem frame_one_time;  /* 422: SPLIT_TIME: all rows have the same */
extern const struct problem frame_one_group; /* 422: SPLIT_GROUPS: all rows are of one */
extern const struct problem frame_large;     /* 413: rows times columns */

struct frame_fault {
	struct text column, word;
	size_t line;
};

/* ---- columns ---- */

struct feature {
	struct text name;
	bool is_words;
	struct text *levels;    /* upwards by their bytes */
	size_t level_count;     /* 0: numbers */
	double mean, deviation; /* deviation 1 where all are equal */
	double low, high;       /* what is outside counts as the bound; infinite: none */
};

struct encoder {
	struct feature *feature;
	size_t count;        /* columns of ord */
	size_t wide;         /* columns of wide */
	struct text label;   /* its column */
	struct text classes[2]; /* [1] is the one that chances are of; [0] empty: any other */
};

/* ---- rows ---- */

struct frame {
	size_t rows, columns;
	size_t *row;          /* (rows) place in the table, upwards */
	double *ord;          /* column by column: row i of column j is at j * rows + i */
	unsigned char *label; /* (rows) 0 or 1; NULL: the table has none */
	unsigned char *test;  /* (rows) 1: not to be learned from; NULL: none is */
	unsigned *group;      /* (rows) from 0; NULL: none */
	size_t groups;
};

enum frame_split {
	SPLIT_FIFTHS,  /* rows 0, 5, 10, ... of the file are test rows */
	SPLIT_COLUMN,  /* those where column `by` is a number but 0, or one of the words yes, true, test; no, false, train or a hole: to learn from */
	SPLIT_TIME,    /* the last fifth by column `by`, numbers or words such as 2026-11-29; equal times stay together, so those of the last are all
	                * test rows where they are more than a fifth */
	SPLIT_GROUPS,  /* a fifth of the groups, one at least */
	SPLIT_NONE,
};

struct frame_wish {
	struct text label;
	struct text positive;           /* empty: the later of two classes by their bytes, the larger of two numbers */
	const struct text *categories;  /* columns of numbers that are names of something */
	size_t category_count;
	const struct text *without;     /* columns that are no features */
	size_t without_count;
	enum frame_split split;
	struct text by;                 /* of SPLIT_COLUMN and SPLIT_TIME; never a feature, whatever the split */
	struct text group;              /* rows of one person; never a feature; empty: none */
	uint64_t seed;                  /* of SPLIT_GROUPS */
	bool drop_holes, drop_twice;    /* rows with a hole; rows equal to an earlier one in all features and the label */
	double clip;                    /* .999: numbers above that quantile of the train rows, or below 1 - it, count as it; 0: none */
};

/* Of `read` rows of the table, how many were left out and why (frame_make); rows = read - the three of them. */
struct frame_report {
	size_t read, rows, without_label, with_holes, twice;
	size_t train, test, train_positive, test_positive;
	size_t clipped, unknown;      /* cells beyond a bound; words the encoder does not know */
	size_t hole_cells;            /* among the features of the rows that were kept */
	struct text *too_many_words;  /* columns left out: more than 4,096 different words */
	size_t too_many_words_count;
	struct text *empty;           /* columns left out: holes only */
	size_t empty_count;
};

/* The encoder's texts point into the table. Results live in the arena, large arrays beside its ceiling. */
problem frame_make(struct arena *arena, const struct table *t, const struct frame_wish *wish, struct encoder *encoder, struct frame *ret,
                   struct frame_report *report, struct frame_fault *fault) MUST;

/* A later table: its columns by name, in any order; others are not looked at. Read with the columns of words as names (table_read_names), so that
 * 01 is the word it was also where the table has no others, and words are kept however many are new. All rows stay. Labels are taken where every row has one; else
 * label is NULL and report.without_label says of how many. */
problem frame_apply(struct arena *arena, const struct table *t, const struct encoder *encoder, struct frame *ret, struct frame_report *report,
                    struct frame_fault *fault) MUST;

/* A copy of the train rows, or of the test rows, in their order. */
void frame_part(struct arena *arena, const struct frame *f, bool test, struct frame *ret);

/* One row: to (encoder.wide), from the row's ord values; all: row by row, row i at i * wide. */
void frame_wide_row(const struct encoder *encoder, const double *ord, double *to);
problem frame_wide(struct arena *arena, const struct encoder *encoder, const struct frame *f, double **ret) MUST;
struct text encoder_wide_name(struct arena *arena, const struct encoder *encoder, size_t column); /* "Month=Feb" or "age" */

/* Arrays of a model file; loaded texts point into it. What is foreign is checked: saved_lacks or saved_damaged. */
void encoder_save(const struct encoder *encoder, struct buffer *b);
problem encoder_load(struct arena *arena, const struct saved *s, struct encoder *ret) MUST;

/* Zeroed memory that goes with the arena and is not counted to its ceiling. */
void *frame_array(struct arena *arena, size_t each, size_t count);
#define FRAME_ARRAY(arena, type, count) ((type *)frame_array((arena), sizeof(type), (count)))

#endif
