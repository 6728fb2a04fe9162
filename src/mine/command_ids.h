/* command_ids.h - a column of names (customers, baskets, items), be they words or numbers, as places among the different ones. It is to be
 * loaded as a key (command_load_keys): there are often more of them than a column of words keeps. */
#ifndef MINE_COMMAND_IDS_H
#define MINE_COMMAND_IDS_H

#include "num/command.h"

struct ids {
	const struct table_column *column;
	uint32_t *of;       /* (rows); UINT32_MAX: a hole */
	size_t count;       /* different ones, upwards */
	struct text *name;  /* (count) */
};

int command_ids(struct command *c, const struct source *s, const char *column, struct ids *ret); /* 0, or the status to end with; then all was said */

#endif
