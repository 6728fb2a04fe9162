/* privacy.h - what a person may ask for about himself: all that is kept about him, and to be forgotten. Each room tells of its own
 * part; app/ knows the rooms.
 *
 * An export is a ZIP of one JSON and one CSV file a table, made by a job, given to the sessions of this person alone, gone after a
 * day. A deletion waits for seven days, in which any sign-in calls it off; then a name, logins and whatever no law wants kept go,
 * and what must stay (orders, the book, the audit chain) stays under a number that is nobody's any more. */
#ifndef ACCOUNT_PRIVACY_H
#define ACCOUNT_PRIVACY_H

#include "crypto/crypto.h"
#include "serve/serve.h"

struct privacy_writer;
/* Begins a table of the export, NAME.json and NAME.csv, of rows by a flat shape; they come by privacy_row, until the next begins. */
void privacy_table(struct privacy_writer *writer, const char *name, const struct shape *row);
MUST problem privacy_row(void *writer, const void *row); /* fits read_each */
struct arena *privacy_arena(struct privacy_writer *writer);
struct keyring *privacy_keyring(struct privacy_writer *writer);

struct privacy_part {
	const char *name;
	MUST problem (*gather)(struct tx *tx, struct user_id user, struct privacy_writer *writer);
	/* Why this person cannot be forgotten as things stand; NULL: nothing is in the way. The member may be NULL. */
	problem (*refuses)(struct tx *tx, struct user_id user);
	/* Takes away what no law wants kept; *ret_kept: something stays. The member may be NULL. */
	MUST problem (*erase)(struct tx *tx, struct user_id user, bool *ret_kept);
};
/* `parts` ends with NULL. Before or while serving; account's own part is always there. */
void account_know_privacy(struct serve *serve, const struct privacy_part *const *parts);

extern const struct module privacy_module;

#endif
