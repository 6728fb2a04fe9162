/* command_ids.h - columns of names (customers, baskets, items) as places among the different ones; and single cells: holes, days, yes and no.
 * Columns of names are to be loaded as such (command_load_names): 007 is not 7, and there are more of them than a column of words keeps. */
#ifndef MINE_COMMAND_IDS_H
#define MINE_COMMAND_IDS_H

#include <math.h>

#include "num/command.h"

struct ids {
	const struct table_column *column;
	const uint32_t *of;       /* (rows); UINT32_MAX: a hole */
	size_t count;             /* different ones, numbers upwards first */
	struct text *name;        /* (count) */
};

int command_ids(struct command *c, const struct source *s, const char *column, struct ids *ret); /* 0, or the status to end with; then all was said */

/* ---- cells ---- */

int command_refuse_cell(const struct command *c, const struct source *s, const struct table_column *column, size_t row, const char *why); /* 1 */

static inline bool cell_is_hole(const struct table_column *column, size_t row)
{
	return column->kind == WORDS ? column->words[row] == NO_WORD : isnan(column->numbers[row]);
}

/* Of a cell that is no hole, in a column of numbers or words: as it stands, or the number in full */
struct text cell_text(const struct table_column *column, size_t row, char held[TABLE_WORD_MAX]);
bool cell_day(const struct table_column *column, size_t row, int32_t *ret); /* product_day */
bool cell_yes(const struct table_column *column, size_t row, bool *ret);    /* bernoulli_word */

/* A cell of a table that is written, as it stands; in quotes where it must be. For these commands to read again: csv_write_text is for people. */
void command_csv_cell(struct buffer *out, struct text cell);

#endif
