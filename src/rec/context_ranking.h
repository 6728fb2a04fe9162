/* context_ranking.h - candidates in the order in which they are wanted now: a table of them, the fields of a context model (fields.h) and its fm.h. For
 * `zhifang rec rerank` and `recommend --context`. */
#ifndef REC_CONTEXT_RANKING_H
#define REC_CONTEXT_RANKING_H

#include "rec/command_parts.h"
#include "rec/fields.h"
#include "rec/fm.h"

enum { RANKING_HOUR = 3600, RANKING_DERIVED_MAX = COMMAND_GIVEN_MAX + 8 };

struct ranking {
	struct command *c;
	struct threads *threads;
	struct source s;  /* a row for each candidate */
	size_t own;       /* columns that tell candidates apart; those behind are the same for every row */
	const struct table_column *label;
	struct fields fields;
	struct fm m;
	int64_t zone;     /* seconds ahead of UTC */
	struct sparse x;
	uint32_t *field;  /* of each entry of x */
	size_t unknown;   /* words that the model does not know */
	double *score;    /* (rows) s of fm.h */
	uint32_t *order;  /* (rows) the best first, of equals the row that stands first */
};

int ranking_open(struct ranking *r, const char *model); /* of zeros, c and threads; what is wrong is said, as by all here */
void ranking_close(struct ranking *r); /* for CLEANUP too */

/* What to read a table with: item's column and those that are words, and NULL */
const char **ranking_keys(const struct ranking *r, const char *item);
const struct field *ranking_field(const struct ranking *r, struct text name); /* NULL: there is none */

/* ---- a table with columns more, for which it is widened first ---- */

void ranking_widen(struct arena *arena, struct table *t); /* by RANKING_DERIVED_MAX */
struct table_column *ranking_add_numbers(struct arena *arena, struct table *t, const char *name); /* zeros */
struct levels {
	struct text *at;
	size_t count;
};
struct table_column *ranking_add_words(struct arena *arena, struct table *t, const char *name, struct levels levels); /* all the first of them */

/* Columns `hour` and `weekday`, where there are none */
struct ranking_moments {
	const real *seconds; /* (rows) NaN: a hole */
	int64_t zone;
	const char *named;
};
int ranking_add_moments(struct command *c, struct table *t, const struct ranking_moments *m);
int ranking_moment(struct ranking *r, const char *time); /* all that --given says, and the moment, if the option `time` has one */

/* ---- the order ---- */

int ranking_score(struct ranking *r); /* fills x, field, unknown, score and order */
/* The largest part of a row's score that is above 0 and tells candidates apart; false: there is none. Its a and b are places in the row. */
bool ranking_part(const struct ranking *r, uint32_t row, struct fm_part *ret);
struct text ranking_feature(const struct ranking *r, uint32_t row, size_t at); /* at: an entry of x, of this row; field=value as it was told, in the arena */
void ranking_say_missing(const struct ranking *r); /* fields of the model of which nothing is told: "; not told: ...", or texts of a JSON array */

#endif
