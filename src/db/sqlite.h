/* sqlite.h - inside the room: what sqlite.c and writer.c know of each other. */
#ifndef DB_SQLITE_H
#define DB_SQLITE_H

#include <sqlite3.h>

#include "db/internal.h"

problem sqlite__problem(sqlite3 *handle, int code, const char *sql);
problem sqlite__script(struct connection *c, const char *sql);
problem sqlite__do(struct connection *c, const char *sql); /* a literal without values; kept prepared */

problem writer__start(struct db *db);
void writer__stop(struct db *db);
problem writer__run(struct db *db, enum mode mode, tx_fn fn, void *arg);
void writer__later(struct db *db, enum mode mode, struct db_call *call);
problem writer__alone(struct db *db, problem (*fn)(struct connection *c, void *arg), void *arg);

#endif
