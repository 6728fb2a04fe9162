/* postgresql.h - inside the room: what postgresql.c needs of pool.c. */
#ifndef DB_POSTGRESQL_H
#define DB_POSTGRESQL_H

#include "db/internal.h"

problem pool__start(struct db *db);
void pool__stop(struct db *db);
problem pool__run(struct db *db, enum mode mode, tx_fn fn, void *arg);
void pool__later(struct db *db, enum mode mode, struct db_call *call);
problem pool__alone(struct db *db, problem (*fn)(struct connection *c, void *arg), void *arg);

#endif
