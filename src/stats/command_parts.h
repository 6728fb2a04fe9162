/* command_parts.h - what `zhifang stats chance`, `fit`, `regress` and `test` share: words, files, numbers out. */
#ifndef STATS_COMMAND_PARTS_H
#define STATS_COMMAND_PARTS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "num/table.h"
#include "stats/inference.h"

enum { COMMAND_WORDS_MAX = 64 };

/* One run: what was asked, its memory, where answers and complaints go. */
struct command {
	FILE *out, *err;
	struct arena *arena;
	const char *words[COMMAND_WORDS_MAX]; /* those that are no option */
	int count;
	const char *of, *by, *with, *against, *fresh, *as, *at, *given, *rows_in_each, *power;
	/* --of, --by, --with, --against, --new, --as, --at, --given, --n, --power */
	double level;                         /* --level, .95 without */
	bool json, logistic, no_intercept, rows, equal;
	const char *file;
	struct table table;
};

int command_read(struct command *c, int count, const char **words); /* 0, or the status to end with; then all was said */
int command_bytes(struct command *c, const char *file, struct text *ret); /* "-" is what is piped in */
int command_load(struct command *c, const char *file); /* into table */
int command_refuse(const struct command *c, const char *word, const char *why); /* 2 */
int command_problem(const struct command *c, const char *what, problem why); /* 1 */
bool command_number(const char *word, double *ret); /* a finite decimal, whole word */

struct table_column *command_column(const struct command *c, const char *name, int *status); /* NULL: was said */
/* 0, and a column of numbers with holes as NaN; or the line of its first word was said */
int command_is_numbers(const struct command *c, const struct table_column *column);
int command_is_words(const struct command *c, const struct table_column *column);

/* "rows 4400 of 4424 (24 left out: a hole in age)" and what kind each column is, as text or as members of the JSON object */
void command_say_rows(const struct command *c, const struct table_column *const *columns, size_t count, size_t used);

const char *command_shortest(double x, char out[32]); /* reads back as the same double */
const char *command_six(double x, char out[32]);      /* six digits; - for NaN */
void command_json_text(FILE *out, struct text t);
void command_json_number(FILE *out, const char *name, double x); /* "name":1.5, or null */

/* Numbers under their names: a line each, but for NaN, or members of the JSON object with a comma before each. */
struct named {
	const char *name, *says;
	double value;
};
void command_lines(const struct command *c, const struct named *lines, size_t count);

int chance_command(struct command *c);
int fit_command(struct command *c);
int network_command(struct command *c);
int regress_command(struct command *c);
int test_command(struct command *c);
extern const char chance_help[], fit_help[], network_help[], regress_help[];
void test_help(FILE *to);

#endif
