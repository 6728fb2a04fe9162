/* snapshot_inside.h - what the two databases do for a snapshot, each in its own way. */
#ifndef DB_SNAPSHOT_INSIDE_H
#define DB_SNAPSHOT_INSIDE_H

#include "db/internal.h"
#include "db/snapshot.h"

struct db_snapshot {
	struct db *db;
	struct connection *c;
};

problem snapshot__pin_sqlite(struct connection *c);
problem snapshot__pin_postgresql(struct connection *c);
problem snapshot__verify_sqlite(struct connection *c, struct arena *arena, struct db_soundness *ret);
problem snapshot__verify_postgresql(struct connection *c, struct arena *arena, struct db_soundness *ret);

/* migrate.c */
problem migrate__known(const struct migration *all, size_t n, struct text room, int64_t number, int64_t hash);
bool migrate__is_for(const struct migration *m, const struct db *db);
void migrate__expand(struct buffer *out, struct text sql, bool postgresql);

#endif
