/* command_parts.h - the commands of `zhifang stats`, and what several of them say. */
#ifndef STATS_COMMAND_PARTS_H
#define STATS_COMMAND_PARTS_H

#include <float.h>

#include "num/command.h"
#include "stats/inference.h"

#define STATS_FILE  "FILE is CSV or TSV, its first line has the names; - is what is piped in.\n"
#define STATS_LEVEL { "--level", OPTION_NUMBER, "P", "how sure an interval is", DBL_MIN, 1 - DBL_EPSILON / 2, .95, &level_unfit }

extern const struct command_kind chance_kind, fit_kind, network_kind, regress_kind, test_kind;

#endif
