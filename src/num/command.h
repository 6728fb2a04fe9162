/* command.h - what every command over files shares (`zhifang stats fit`, `zhifang rec evaluate`): its words and options, files in, answers out.
 * A command is a constant that says its name, its options and what runs; --help, the refusals of wrong words and --json follow from it:
 *
 *	static int forest(struct command *c);
 *	static const struct command_option options[] = {
 *		{ "--of", OPTION_TEXT, "Y", "the column that is foretold", .needed = true },
 *		{ "--trees", OPTION_COUNT, "N", "how many trees", .least = 1, .most = 10000, .otherwise = 100 },
 *		{ "--share", OPTION_NUMBER, "P", "of the columns at each split", .least = .01, .most = 1, .otherwise = .5 },
 *		{ "--exact", OPTION_FLAG, NULL, "every value may split" }, COMMAND_SEED, COMMAND_THREADS, COMMAND_MODEL, { NULL }
 *	};
 *	const struct command_kind forest_kind = {
 *		"forest", "mine forest FILE --of Y [--trees N] [--json]", "many trees that vote", "What the command says, in sentences.\n", options,
 *		.words_least = 1, .words_most = 1, "printf 'a,b\n1,2\n' | zhifang mine forest - --of b", forest };
 *
 * and it asks `command_text(c, "--of")`. Nothing is printed before all is known: a complaint is no half of an answer. A command ends with 0, with 1
 * (`command_problem`: the file or what is asked of it makes no answer) or 2 (`command_refuse`: the words are wrong).
 * Complaints are one line on err: the file, the line, the column. */
#ifndef NUM_COMMAND_H
#define NUM_COMMAND_H

#include <stdio.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "num/progress.h"
#include "num/saved.h"
#include "num/table.h"
#include "num/threads.h"

enum { COMMAND_WORDS_MAX = 64, COMMAND_GIVEN_MAX = 64 };

/* ---- what there is ---- */

enum option_kind {
	OPTION_FLAG,
	OPTION_TEXT,   /* any word */
	OPTION_NUMBER, /* finite, from least to most */
	OPTION_COUNT,  /* the same, and whole; at most 2^53 */
};

struct command_option {
	const char *name;      /* "--level"; every command has --json and --help besides */
	enum option_kind kind;
	const char *word;      /* in the help: what stands behind it; of a flag NULL */
	const char *says;      /* in the help: one line */
	double least, most;    /* both allowed */
	double otherwise;      /* its value where it is not given */
	problem unfit;         /* said of a number out of bounds; NULL: the bounds are said */
	bool needed, many;     /* many: may be given more than once */
};

/* The same result for any number of threads; 0: one for each processor. */
#define COMMAND_SEED    { "--seed", OPTION_COUNT, "N", "where random numbers begin: the same again", .most = 0x1p53, .otherwise = 1 }
#define COMMAND_THREADS { "--threads", OPTION_COUNT, "N", "at most so many at once; the result is the same", .most = THREADS_MAX }
#define COMMAND_MODEL   { "--model", OPTION_TEXT, "FILE", "the model, as a file" }

struct command;

struct command_kind {
	const char *name, *usage; /* usage: without "zhifang "; further lines as they stand */
	const char *says;         /* one line, for the list of commands */
	const char *about;        /* sentences of the help, each line with its end */
	const struct command_option *options; /* the last has no name */
	int words_least, words_most;          /* how many words that are no option; other numbers get the help */
	const char *example;      /* a line that runs as it stands; tests/numbers.py runs it */
	int (*run)(struct command *c);
	void (*more)(FILE *to);   /* help that follows from tables; NULL: none */
};

/* `zhifang NAME`: which of its commands. kinds ends with NULL; about stands below their list. Returns the status to exit with. */
struct command_group {
	const char *name, *about;
	const struct command_kind *const *kinds;
};
int command_group_run(const struct command_group *g, int count, const char **words, FILE *out, FILE *err);

/* ---- a run ---- */

struct command {
	FILE *out, *err;
	struct arena *arena;
	const struct command_kind *kind;
	const char *words[COMMAND_WORDS_MAX]; /* those that are no option */
	int count;
	bool json;
	struct command_given { /* options, in order */
		const struct command_option *option;
		const char *word;
		double number; /* of a number or a count */
	} given[COMMAND_GIVEN_MAX];
	int given_count;
};

/* Of an option that the kind has, by its whole name; another name or kind of option is a bug. */
bool command_has(const struct command *c, const char *option);
const char *command_text(const struct command *c, const char *option);     /* NULL: not given */
double command_number(const struct command *c, const char *option);        /* not given: otherwise */
size_t command_count(const struct command *c, const char *option);

int command_refuse(const struct command *c, const char *word, const char *why);  /* 2 */
int command_problem(const struct command *c, const char *what, problem why);     /* 1 */
int command_usage(const struct command *c); /* the help on err, 2: what the table cannot refuse */
bool command_read_number(const char *word, double *ret); /* a finite decimal, whole word */

/* ---- files in; "-" is what is piped in. 0, or the status to end with, and then all was said ---- */

/* A file as a table. Several at once are several sources. */
struct source {
	const char *file;
	struct table table;
};

int command_load(struct command *c, const char *file, struct source *ret);
int command_load_keys(struct command *c, const char *file, const char *const *keys, struct source *ret); /* all words of these, table_read_keys */
int command_load_names(struct command *c, const char *file, const char *const *names, struct source *ret); /* as they stand, table_read_names */
int command_bytes(struct command *c, const char *file, size_t most, struct text *ret); /* the whole file, at a multiple of 16 */

struct table_column *command_column(const struct command *c, const struct source *s, const char *name, int *status); /* NULL: was said, an infinity too */
int command_is_finite(const struct command *c, const struct source *s, const struct table_column *column);             /* or the infinity among its numbers is said */
int command_is_numbers(const struct command *c, const struct source *s, const struct table_column *column); /* or the first other word is said, or that it is empty */
int command_is_filled(const struct command *c, const struct source *s, const struct table_column *column);  /* or that it is empty */
int command_is_words(const struct command *c, const struct source *s, const struct table_column *column);

/* ---- models: opened in place, or written whole or not at all ---- */

enum { COMMAND_MODEL_MAX = 2147483647 };
int command_model(struct command *c, const char *file, const char *kind, uint32_t version, struct saved *ret);
int command_save(const struct command *c, const char *file, const struct buffer *model); /* after saved_end */

/* ---- long work ---- */

extern const struct problem command_memory_short; /* 413 */
/* How much memory the work may need is said from 256 MB on. What is needed at least, and is more than the machine or its container has, is
 * refused; what may be needed at most, and is more, is said. 0, or the status to end with. */
int command_memory_between(const struct command *c, const char *what, size_t least, size_t most) MUST;
int command_memory(const struct command *c, const char *what, size_t bytes) MUST; /* just so many */

/* What is done and how many seconds are left, on err, where that is a terminal. Begin; hand &p->hook to who works; end clears the line. */
struct command_progress {
	struct progress hook;
	FILE *to; /* NULL: nobody looks */
	const char *what;
	double begun, said; /* seconds */
};
void command_progress_begin(struct command_progress *p, const struct command *c, const char *what);
void command_progress_end(struct command_progress *p);

/* ---- answers ---- */

/* "rows: 4400 of 4424; left out for holes: 24 in age" and what kind each column is; or members of the JSON object, a comma between them */
void command_say_rows(const struct command *c, const struct source *s, const struct table_column *const *columns, size_t count, size_t used);

const char *command_shortest(double x, char out[32]); /* reads back as the same double */
const char *command_six(double x, char out[32]);      /* six digits, of whole numbers all; - for NaN */
static inline const char *command_s(size_t count) { return count == 1 ? "" : "s"; } /* 1 row, 2 rows */
void command_json_text(FILE *out, struct text t);     /* in quotes */
void command_json_number(FILE *out, const char *name, double x); /* "name":1.5, or null */

/* Numbers under their names: a line each, but for NaN, or members of the JSON object with a comma before each. */
struct named {
	const char *name, *says; /* in JSON; in text */
	double value;
};
void command_lines(const struct command *c, const struct named *lines, size_t count);

/* Rows of as many numbers, under heads. In text a row is its label, padded to width (longer ones move their own line), and cells of 12;
 * in JSON an array of objects, {"label":..., "name":...}. */
struct command_rows {
	const char *name;  /* of the array in JSON */
	const char *label; /* what a row's label is called */
	size_t width;
	size_t count;      /* of rows so far */
};
void command_rows_begin(const struct command *c, struct command_rows *r, const struct named *cells, size_t count); /* heads from cells' says */
void command_row(const struct command *c, struct command_rows *r, struct text label, const struct named *cells, size_t count);
void command_rows_end(const struct command *c);

#endif
