/* command_parts.h - the commands of `zhifang mine`, and what those that learn a label from the columns of a file share: which columns and
 * rows, what was left out, how good it is on rows that were not learned from. */
#ifndef MINE_COMMAND_PARTS_H
#define MINE_COMMAND_PARTS_H

#include "mine/frame.h"
#include "num/command.h"

extern const struct command_kind bayes_kind, boost_kind, cluster_kind, features_kind, forest_kind, logit_kind, predict_kind, rfm_kind, rules_kind, sales_kind, survival_kind, svm_kind,
	tree_kind, trial_kind;

/* ---- learning a label ---- */

#define LEARN_FILE "FILE is CSV or TSV, its first line has the names; - is what is piped in.\n"

/* For the table of options of a command that learns; learn_load asks for all of them. */
#define LEARN_OPTIONS \
	{ "--label", OPTION_TEXT, "COLUMN", "what is foretold, of two classes" }, \
	{ "--positive", OPTION_TEXT, "CLASS", "the class that chances are of; else the later of two" }, \
	{ "--names", OPTION_TEXT, "A[,B...]", "columns of numbers that are names, such as a region's" }, \
	{ "--without", OPTION_TEXT, "A[,B...]", "columns that are not used" }, \
	{ "--time", OPTION_TEXT, "COLUMN", "judge by the last fifth by time, or all of the last time; else by every fifth row" }, \
	{ "--test", OPTION_TEXT, "COLUMN", "judge by the rows where it is 1, yes or true" }, \
	{ "--group", OPTION_TEXT, "COLUMN", "judge by a fifth of the groups: rows of one person stay together, also with --all or --test" }, \
	{ "--all", OPTION_FLAG, NULL, "learn from all rows; none is left to judge by" }, \
	{ "--drop-holes", OPTION_FLAG, NULL, "leave rows with holes out" }, \
	{ "--drop-twice", OPTION_FLAG, NULL, "leave rows out that are equal to an earlier one" }, \
	{ "--clip", OPTION_NUMBER, "P", "numbers beyond that quantile, .999, or below 1 - P, count as it", .5 + 1e-9, 1 - 1e-9, 0 }

struct learning {
	struct command *c;
	bool whole;                /* set before learn_load: no rows are left to judge by, whatever the options say */
	struct source source;
	struct encoder encoder;
	struct frame all, part[2]; /* to learn from, to judge by */
	struct frame_report report;
};

/* Reads the command's first word by LEARN_OPTIONS and --seed. 0, or the status to end with, and then all was said. */
int learn_load(struct command *c, struct learning *ret);
/* Of the rows to learn from, what --time orders them by; NULL without it. */
const double *learn_times(const struct learning *l);
int learn_fault(const struct command *c, const char *file, problem why, const struct frame_fault *fault); /* 1 */

/* What is foretold, and the rows; in JSON the object is begun: {"model":... */
void learn_say_head(const struct learning *l, const char *model);
/* How good the chances of l->part[1] are, under a line of its own; nothing where no row is left to judge by. score: what ranks them, where
 * chances have ties that it has not; NULL: the chances. */
int learn_say_score(const struct learning *l, const double *chance, const double *score);

/* ---- asking a kept model about the rows of a file ---- */

#define ASK_OPTIONS \
	{ "--use", OPTION_TEXT, "MODEL", "ask this model about the rows of FILE; without --label" }, \
	{ "--reasons", OPTION_COUNT, "N", "with --use: so many columns that speak most for or against, a row", 0, 100, 0 }

struct asking {
	struct command *c;
	struct source source;
	const struct encoder *encoder;
	struct frame f;
	struct frame_report report;
	double *chance; /* (f.rows), to be filled */
	double *reason; /* (columns), of one row */
	void (*reasons)(const struct asking *a, size_t row); /* fills reason: what each column adds */
	const void *model;
	const char *name; /* of the model: whichever command is asked, the file may hold one of another kind */
};

/* Reads the command's first word as the encoder wants it. 0, or the status to end with, and then all was said. */
int ask_load(struct command *c, const struct encoder *encoder, struct asking *ret);
void ask_say(const struct asking *a);

/* "a,b" as two texts in the arena, or as one where a column has that name. */
size_t command_list(const struct command *c, const struct table *t, const char *words, struct text **ret);

#endif
