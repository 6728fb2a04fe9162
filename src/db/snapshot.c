/* snapshot.c - what is the same for both databases: the pinned transaction, and which migrations it has seen. */
#include "db/snapshot_inside.h"

#include <stdlib.h>

const struct problem db_not_empty = { 409, "database-not-empty", "This database has tables already. Restore into an empty one." };
const struct problem db_wrong_kind = { 422, "database-wrong-kind", "This is of the other kind of database: SQLite and PostgreSQL cannot be exchanged." };

const struct shape db_table_shape = SHAPE(db_table,
	FIELD(db_table, name,    SHAPE_TEXT, .max = 63),
	FIELD(db_table, columns, SHAPE_TEXT, .max = 10000));

const struct shape db_applied_shape = SHAPE(db_applied,
	FIELD(db_applied, room,   SHAPE_TEXT, .max = 40),
	FIELD(db_applied, number, SHAPE_INT),
	FIELD(db_applied, hash,   SHAPE_INT));

problem db_snapshot_open(struct db *db, struct db_snapshot **ret)
{
	struct db_snapshot *s = calloc(1, sizeof *s);
	problem why;

	if (!s)
		abort();
	s->db = db;
	why = db->driver->connect(db, &s->c);
	if (why) {
		free(s);
		return why;
	}
	atomic_fetch_add(&db->snapshots, 1);
	why = db->driver->postgresql ? snapshot__pin_postgresql(s->c) : snapshot__pin_sqlite(s->c);
	if (why)
		db_snapshot_close(s);
	else
		*ret = s;
	return why;
}

void db_snapshot_close(struct db_snapshot *s)
{
	if (!s)
		return;
	s->db->driver->rollback(s->c);
	s->db->driver->disconnect(s->c);
	atomic_fetch_sub(&s->db->snapshots, 1);
	free(s);
}

static problem begun_already(struct tx *tx)
{
	(void)tx;
	return NULL;
}

problem db_snapshot_read(struct db_snapshot *s, tx_fn fn, void *arg)
{
	struct tx tx = { .db = s->db, .c = s->c, .mode = MODE_READ, .begin = begun_already };
	problem why = tx__run(&tx, fn, arg);

	tx__done(&tx);
	return why == &db__again ? &db_failed : why;
}

enum { APPLIED_MAX = 10000 };

problem db_applied(struct tx *tx, struct db_applied **ret, size_t *ret_count)
{
	void *rows;
	problem why = read_all(tx, &db_applied_shape, APPLIED_MAX, &rows, ret_count, "select room, number, hash from migration order by room, number", V0);

	*ret = rows;
	return why;
}

problem db_applied_known(const struct migration *all, size_t n, const struct db_applied *applied, size_t count)
{
	problem why = NULL;

	for (size_t i = 0; !why && i < count; i++)
		why = migrate__known(all, n, applied[i].room, applied[i].number, applied[i].hash);
	return why;
}

problem db_verify(struct db *db, struct arena *arena, struct db_soundness *ret)
{
	struct db_snapshot *s;
	problem why = db_snapshot_open(db, &s);

	if (why)
		return why;
	*ret = (struct db_soundness){ .sound = true };
	why = db->driver->postgresql ? snapshot__verify_postgresql(s->c, arena, ret) : snapshot__verify_sqlite(s->c, arena, ret);
	db_snapshot_close(s);
	return why;
}
