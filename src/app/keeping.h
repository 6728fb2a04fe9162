/* keeping.h - the commands that keep a site alive: backup, restore, check, health. Each answers with the status of the program. */
#ifndef APP_KEEPING_H
#define APP_KEEPING_H

#include "app/config.h"
#include "base/world.h"

struct keeping {
	const struct config *config;
	struct world *world;
	struct arena *arena;
	const char *to, *passphrase_file, *file; /* NULL: not said */
};
int keeping_backup(const struct keeping *k);
int keeping_restore(const struct keeping *k);
int keeping_check(const struct keeping *k);
int keeping_health(const struct keeping *k); /* 1: something must be done */

#endif
