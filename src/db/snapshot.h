/* snapshot.h - the whole of a database at one moment, for backups: taken while others write, put into an empty one, looked through. */
#ifndef DB_SNAPSHOT_H
#define DB_SNAPSHOT_H

#include "db/db.h"

extern const struct problem db_not_empty;  /* 409: it has tables already */
extern const struct problem db_wrong_kind; /* 422: rows of PostgreSQL for SQLite, or the other way */

/* ---- taking one: on a connection of its own; nobody waits for it ---- */

struct db_snapshot;
MUST problem db_snapshot_open(struct db *db, struct db_snapshot **ret);
void db_snapshot_close(struct db_snapshot *snapshot); /* NULL is fine */
MUST problem db_snapshot_read(struct db_snapshot *snapshot, tx_fn fn, void *arg);
/* SQLite: the database into a new file at this path, which is not synced. */
MUST problem db_snapshot_file(struct db_snapshot *snapshot, const char *path);

/* PostgreSQL: rows in the text format of COPY, in pieces of whole rows. */
struct db_table {
	struct text name, columns; /* "purchase"; "id, buyer, state" */
};
extern const struct shape db_table_shape;
MUST problem db_snapshot_tables(struct db_snapshot *snapshot, struct arena *arena, struct db_table **ret, size_t *ret_count);
MUST problem db_snapshot_rows(struct db_snapshot *snapshot, const struct db_table *table, problem (*each)(void *arg, struct text rows), void *arg);

/* Which migrations a database has seen. */
struct db_applied {
	struct text room;
	int64_t number, hash;
};
extern const struct shape db_applied_shape;
MUST problem db_applied(struct tx *tx, struct db_applied **ret, size_t *ret_count);
/* May this program open a database that has seen these? db_newer, db_changed. */
MUST problem db_applied_known(const struct migration *all, size_t n, const struct db_applied *applied, size_t count);

/* ---- putting one back: PostgreSQL ---- */

struct db_load {
	const struct migration *all;
	size_t n;
	const struct db_applied *applied; /* the tables are made by these; what is newer is for db_migrate */
	size_t applied_count;
	const struct db_table *tables;
	size_t table_count;
	/* The next rows of the table; absent: no more. */
	problem (*rows)(void *arg, size_t table, struct text *ret);
	void *arg;
};
/* In one transaction: all of it or nothing. db_not_empty: nothing was touched. */
MUST problem db_load(struct db *db, const struct db_load *load);

/* ---- looking through one ---- */

struct db_soundness {
	bool sound;
	struct text wrong; /* the first that is; absent */
};
/* SQLite: all pages, indexes, references. PostgreSQL: indexes and references that do not hold, and a reading of every row. */
MUST problem db_verify(struct db *db, struct arena *arena, struct db_soundness *ret);

#endif
