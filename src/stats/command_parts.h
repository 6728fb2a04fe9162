/* command_parts.h - the commands of `zhifang stats`, and what several of them say. */
#ifndef STATS_COMMAND_PARTS_H
#define STATS_COMMAND_PARTS_H

#include <float.h>
#include <math.h>

#include "num/command.h"
#include "stats/inference.h"

#define STATS_FILE  "FILE is CSV or TSV, its first line has the names; - is what is piped in.\n"
#define STATS_LEVEL { "--level", OPTION_NUMBER, "P", "how sure an interval is", DBL_MIN, 1 - DBL_EPSILON / 2, .95, &level_unfit }

enum { STATS_LEVELS_MAX = 50 };

static inline bool stats_is_hole(const struct table_column *column, size_t row)
{
	return column->kind == NUMBERS ? isnan(column->numbers[row]) : column->words[row] == NO_WORD;
}

/* A column of few different numbers becomes one of words (weekend 0 or 1), in the order of the numbers; one of words is left. */
int stats_as_words(const struct command *c, const struct source *s, const struct table_column **column);

extern const struct command_kind chance_kind, fit_kind, network_kind, regress_kind, structure_kind, test_kind;

#endif
