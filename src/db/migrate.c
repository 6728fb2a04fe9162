/* migrate.c - brings a database to the tables of this program: each migration once, in one transaction with the row that
 * says so. Nothing is done to a database that knows a migration which this program does not, or one of another text.
 * On SQLite foreign keys are off meanwhile, since a table is rebuilt under its references, and checked before each commit.
 * Two processes may start at once: one of them waits. */
#include "db/snapshot_inside.h"

#include "base/log.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

enum { SCRIPT_MAX = 4 << 20 };

static const struct placeholder {
	const char *name, *sqlite, *postgresql;
} placeholders[] = {
	{ "{I64}", "integer", "bigint" },
	{ "{TEXT}", "text", "text collate \"C\"" }, /* sorted by byte, as SQLite does, whatever the cluster's locale */
	{ "{REAL}", "real", "double precision" },
	{ "{BLOB}", "blob", "bytea" },
	{ "{STRICT}", "strict", "" },
};

struct list {
	const struct migration *all;
	size_t n;
};

static const struct placeholder *placeholder_at(struct text sql)
{
	for (size_t i = 0; i < sizeof placeholders / sizeof *placeholders; i++)
		if (text_starts(sql, text_of(placeholders[i].name)))
			return &placeholders[i];
	return NULL;
}

void migrate__expand(struct buffer *out, struct text sql, bool postgresql)
{
	while (sql.length) {
		const struct placeholder *p = *sql.at == '{' ? placeholder_at(sql) : NULL;

		if (p)
			buffer_add(out, text_of(postgresql ? p->postgresql : p->sqlite));
		else
			buffer_add_char(out, *sql.at);
		sql = text_from(sql, p ? strlen(p->name) : 1);
	}
	buffer_add_char(out, 0);
	assert(!out->why);
}

bool migrate__is_for(const struct migration *m, const struct db *db)
{
	struct text rest = text_of(m->sql), first = text_trim(text_cut(&rest, '\n'));

	if (!text_starts(first, TEXT("-- only:")))
		return true;
	return text_is(text_trim(text_from(first, strlen("-- only:"))), db->driver->name);
}

static int64_t hash_of(const struct migration *m)
{
	return (int64_t)(text_hash(text_of(m->sql)) & INT64_MAX);
}

static bool has_table(struct tx *tx)
{
	if (tx->db->driver->postgresql)
		return read_int(tx, 0, "select count(*) from pg_catalog.pg_tables where schemaname = current_schema()"
				       " and tablename = 'migration'", V0);
	return read_int(tx, 0, "select count(*) from sqlite_schema where type = 'table' and name = 'migration'", V0);
}

/* ---- what the database knows ---- */

problem migrate__known(const struct migration *all, size_t n, struct text room, int64_t number, int64_t hash)
{
	for (size_t i = 0; i < n; i++)
		if (text_is(room, all[i].room) && number == all[i].number)
			return hash_of(&all[i]) == hash ? NULL : &db_changed;
	return &db_newer;
}

static problem is_known(void *arg, const void *row)
{
	const struct list *list = arg;
	const struct db_applied *applied = row;

	return migrate__known(list->all, list->n, applied->room, applied->number, applied->hash);
}

static problem compare(struct tx *tx, void *arg)
{
	if (!has_table(tx))
		return tx->why;
	return read_each(tx, &db_applied_shape, is_known, arg, "select room, number, hash from migration", V0);
}

/* ---- one migration ---- */

static problem check_references(struct tx *tx)
{
	if (tx->db->driver->postgresql || !read_int(tx, 0, "select count(*) from pragma_foreign_key_check", V0))
		return tx->why;
	return tx_fail(tx, &db_reference);
}

static problem apply(struct tx *tx, const struct migration *m)
{
	CLEANUP(buffer_free) struct buffer script = BUFFER(SCRIPT_MAX);
	problem why;

	migrate__expand(&script, text_of(m->sql), tx->db->driver->postgresql);
	why = tx->db->driver->script(tx->c, script.at);
	if (why)
		return tx_fail(tx, why);
	tx->wrote = true;
	run(tx, "insert into migration (room, number, name, hash, applied_ms) values ($1, $2, $3, $4, $5)",
	    V(m->room, m->number, m->name, hash_of(m), tx_now_ms(tx)));
	return check_references(tx);
}

static problem apply_once(struct tx *tx, void *arg)
{
	const struct migration *m = arg;

	if (has_table(tx) && read_int(tx, 0, "select count(*) from migration where room = $1 and number = $2", V(m->room, m->number)))
		return tx->why;
	return tx->why ? tx->why : apply(tx, m);
}

static void say_failed(const struct migration *m, problem why)
{
	char name[128];

	snprintf(name, sizeof name, "%s/%04d_%s", m->room, m->number, m->name);
	log_line(LOG_ERROR, "migration-failed", "migration", text_of(name), "why", text_of(why->type), NULL);
}

/* ---- all ---- */

static problem in_transaction(struct connection *c, tx_fn fn, void *arg)
{
	struct tx tx = { .db = c->db, .c = c, .mode = MODE_WRITE };
	problem why = tx__run(&tx, fn, arg);

	if (tx.begun && why)
		c->db->driver->rollback(c);
	else if (tx.begun)
		why = db__commit(c, tx.wrote);
	tx__done(&tx);
	return why;
}

static problem migrate_all(struct connection *c, const struct list *list)
{
	problem why = in_transaction(c, compare, (void *)list);

	for (size_t i = 0; !why && i < list->n; i++) {
		if (!migrate__is_for(&list->all[i], c->db))
			continue;
		why = in_transaction(c, apply_once, (void *)&list->all[i]);
		if (why)
			say_failed(&list->all[i], why);
	}
	return why;
}

static problem migrate(struct connection *c, void *arg)
{
	const struct db_driver *driver = c->db->driver;
	problem why = driver->script(c, driver->postgresql ? "select pg_advisory_lock(7303014)" : "pragma foreign_keys = off");
	problem undone;

	if (why)
		return why;
	why = migrate_all(c, arg);
	undone = driver->script(c, driver->postgresql ? "select pg_advisory_unlock(7303014)" : "pragma foreign_keys = on");
	return why ? why : undone;
}

problem db_migrate(struct db *db, const struct migration *all, size_t n)
{
	struct list list = { all, n };

	assert(n && !strcmp(all[0].room, "db"));
	for (size_t i = 1; i < n; i++)
		assert(strcmp(all[i].room, all[i - 1].room) || all[i].number > all[i - 1].number);
	return db->driver->alone(db, migrate, &list);
}
