/* sqlite.c - a connection to SQLite: settings for money (WAL, synchronous=FULL, foreign keys, strict quoting), statements,
 * errors. Which thread uses it when is decided in writer.c. */
#include "db/internal.h"
#include "db/sqlite.h"

#include <assert.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char settings[] = "pragma busy_timeout = 5000;" /* before the first lock; set again from the options */
			       "pragma journal_mode = wal;"
			       "pragma synchronous = full;"
			       "pragma foreign_keys = on;"
			       "pragma case_sensitive_like = on;"
			       "pragma temp_store = memory;"
			       "pragma wal_autocheckpoint = 0;"
			       "pragma mmap_size = 1073741824;"
			       "pragma cache_size = -16384;";

problem sqlite__problem(sqlite3 *handle, int code, const char *sql)
{
	switch (code) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		return &db_unique;
	case SQLITE_CONSTRAINT_FOREIGNKEY:
		return &db_reference;
	case SQLITE_CONSTRAINT_TRIGGER: /* `on delete restrict` is a trigger inside SQLite; only its text tells */
		if (!strcmp(sqlite3_errmsg(handle), "FOREIGN KEY constraint failed"))
			return &db_reference;
		break;
	case SQLITE_FULL:
	case SQLITE_IOERR_SHMSIZE: /* no room to let the index of the WAL grow */
		return &db_full;
	case SQLITE_NOMEM:
		abort();
	default:
		break;
	}
	if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED)
		return &db_busy;

	char number[16];

	snprintf(number, sizeof number, "%d", code);
	db__log_failure("sqlite", number, sqlite3_errmsg(handle), sql);
	return (code & 0xff) == SQLITE_CONSTRAINT ? &db_check : &db_failed;
}

static void drop_statement(struct statement *statement)
{
	sqlite3_finalize(statement->handle);
}

problem sqlite__script(struct connection *c, const char *sql)
{
	int code = sqlite3_exec(c->handle, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? NULL : sqlite__problem(c->handle, code, sql);
}

static problem is_wal(struct connection *c)
{
	sqlite3_stmt *statement = NULL;
	bool wal = sqlite3_prepare_v2(c->handle, "pragma journal_mode", -1, &statement, NULL) == SQLITE_OK &&
		   sqlite3_step(statement) == SQLITE_ROW &&
		   !strcmp((const char *)sqlite3_column_text(statement, 0), "wal");

	sqlite3_finalize(statement);
	if (!wal)
		db__log_failure("sqlite", "wal", "this file system cannot hold a database in WAL mode", "pragma journal_mode");
	return wal ? NULL : &db_failed;
}

static problem set_up(struct connection *c)
{
	problem why = sqlite__script(c, settings);

	if (why)
		return why;
	sqlite3_db_config(c->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(c->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(c->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_db_config(c->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_busy_timeout(c->handle, c->db->options.busy_ms);
	return is_wal(c);
}

/* Made by us before SQLite would, since people's data are nobody else's; the WAL inherits the mode. Only made: a file that is
 * there is never opened here, for closing it would drop the locks that this process's connections hold on it (POSIX), and the
 * next process to leave would take itself for the last one and remove the WAL from under us. */
static void make_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
}

static problem sqlite_connect(struct db *db, struct connection **ret)
{
	struct connection *c = calloc(1, sizeof *c);
	sqlite3 *handle = NULL;
	int code;

	if (!c)
		abort();
	make_file(db->url);
	code = sqlite3_open_v2(db->url, &handle,
			       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	*c = (struct connection){ .db = db, .handle = handle, .statements = statements_new(drop_statement) };

	problem why = code == SQLITE_OK ? set_up(c) : sqlite__problem(handle, code, db->url);

	if (why) {
		db__sqlite.disconnect(c);
		return why;
	}
	*ret = c;
	return NULL;
}

static void sqlite_disconnect(struct connection *c)
{
	statements_free(c->statements);
	if (sqlite3_close(c->handle) != SQLITE_OK)
		abort(); /* a statement was left open */
	free(c);
}

/* ---- statements ---- */

static sqlite3_stmt *prepare(struct connection *c, const char *sql, unsigned flags, problem *why)
{
	sqlite3_stmt *handle = NULL;
	const char *rest = "";
	int code = sqlite3_prepare_v3(c->handle, sql, -1, flags, &handle, &rest);

	if (code != SQLITE_OK) {
		*why = sqlite__problem(c->handle, code, sql);
		return NULL;
	}
	assert(handle && !*rest); /* one statement each */
	return handle;
}

/* `$2` is a name to SQLite, numbered by first appearance: so value n finds its place by name. */
static uint8_t *find_places(sqlite3_stmt *handle)
{
	int n = sqlite3_bind_parameter_count(handle);
	uint8_t *places = calloc((size_t)n + 1, 1);

	if (!places)
		abort();
	for (int i = 1; i <= n; i++) {
		char name[16];
		int at;

		snprintf(name, sizeof name, "$%d", i);
		at = sqlite3_bind_parameter_index(handle, name);
		assert(at > 0 && at <= DB_VALUES_MAX); /* $1..$n without a gap */
		places[i] = (uint8_t)at;
	}
	return places;
}

static struct statement *prepared(struct connection *c, const char *sql, problem *why)
{
	struct statement *statement = statements_find(c->statements, sql, "");
	sqlite3_stmt *handle;

	if (statement)
		return statement;
	handle = prepare(c, sql, SQLITE_PREPARE_PERSISTENT, why);
	if (!handle)
		return NULL;
	statement = statements_add(c->statements, sql, "");
	statement->handle = handle;
	statement->reads = sqlite3_stmt_readonly(handle);
	statement->places = find_places(handle);
	return statement;
}

problem sqlite__do(struct connection *c, const char *sql)
{
	problem why = NULL;
	struct statement *statement = prepared(c, sql, &why);
	int code;

	if (!statement)
		return why;
	code = sqlite3_step(statement->handle);
	if (code != SQLITE_DONE && code != SQLITE_ROW)
		why = sqlite__problem(c->handle, code, sql);
	sqlite3_reset(statement->handle);
	return why;
}

static int bind(sqlite3_stmt *handle, int at, const struct value *v)
{
	switch (v->kind) {
	case VALUE_NULL:
		return sqlite3_bind_null(handle, at);
	case VALUE_INT:
		return sqlite3_bind_int64(handle, at, v->i);
	case VALUE_REAL:
		return sqlite3_bind_double(handle, at, v->x);
	case VALUE_TEXT:
		return sqlite3_bind_text64(handle, at, v->t.at, v->t.length, SQLITE_STATIC, SQLITE_UTF8);
	case VALUE_BLOB:
		return sqlite3_bind_blob64(handle, at, v->t.at, v->t.length, SQLITE_STATIC);
	}
	abort();
}

static problem bind_all(struct rows *rows, const char *sql, const struct value *values, size_t n)
{
	assert((size_t)sqlite3_bind_parameter_count(rows->result) == n);
	for (size_t i = 0; i < n; i++) {
		int code = bind(rows->result, rows->statement->places[i + 1], &values[i]);

		if (code != SQLITE_OK)
			return sqlite__problem(rows->c->handle, code, sql);
	}
	return NULL;
}

static problem sqlite_query(struct connection *c, const char *sql, const struct value *values, size_t n, struct rows *ret)
{
	problem why = NULL;
	struct statement *statement = prepared(c, sql, &why);

	if (!statement)
		return why;
	*ret = (struct rows){ .c = c, .statement = statement, .result = statement->handle, .alone = statement->in_use };
	if (ret->alone) /* the same statement runs already, around this one */
		ret->result = prepare(c, sql, 0, &why);
	if (why)
		return why;
	statement->in_use = true;
	ret->columns = sqlite3_column_count(ret->result);
	why = bind_all(ret, sql, values, n);
	if (why)
		(void)db__sqlite.finish(ret);
	return why;
}

static problem sqlite_next(struct rows *rows, bool *ret)
{
	int code;

	*ret = false;
	if (rows->done)
		return NULL;
	code = sqlite3_step(rows->result);
	*ret = code == SQLITE_ROW;
	rows->done = code != SQLITE_ROW;
	if (code == SQLITE_ROW || code == SQLITE_DONE)
		return NULL;
	return sqlite__problem(rows->c->handle, code, rows->statement->sql);
}

/* What writes is run to its end even if nobody wants its rows: foreign keys are checked there. */
static problem sqlite_finish(struct rows *rows)
{
	problem why = NULL;
	bool more = true;

	if (!rows->statement->reads) {
		while (!why && !rows->done)
			why = sqlite_next(rows, &more);
		rows->wrote = true;
		rows->changes = why ? 0 : sqlite3_changes64(rows->c->handle);
	}
	if (rows->alone) {
		sqlite3_finalize(rows->result);
		return why;
	}
	sqlite3_reset(rows->result);
	rows->statement->in_use = false;
	return why;
}

/* Of a text too: the bytes of a database in UTF-8 as they are, where sqlite3_value_text would see to a NUL behind them. */
static struct text text_of_value(sqlite3_value *value)
{
	const void *at = sqlite3_value_blob(value);

	return (struct text){ at ? at : "", (size_t)sqlite3_value_bytes(value) };
}

/* The column is looked up once, where each sqlite3_column_* would do it anew. Its value is "unprotected", that is, safe
 * within one thread, and a connection belongs to one. */
static bool sqlite_column(struct rows *rows, int k, int kind, struct arena *arena, struct value *ret)
{
	sqlite3_value *value = sqlite3_column_value(rows->result, k);
	int type = sqlite3_value_type(value);

	(void)arena;
	if (type == SQLITE_NULL) {
		*ret = value_null();
		return true;
	}
	switch (kind) {
	case VALUE_INT:
		*ret = value_int(sqlite3_value_int64(value));
		return type == SQLITE_INTEGER;
	case VALUE_REAL:
		*ret = value_real(sqlite3_value_double(value));
		return type == SQLITE_FLOAT || type == SQLITE_INTEGER;
	case VALUE_TEXT:
		*ret = value_text(text_of_value(value));
		return type == SQLITE_TEXT || type == SQLITE_BLOB;
	default:
		abort();
	}
}

/* ---- transactions ---- */

static problem sqlite_begin(struct connection *c, enum mode mode)
{
	return sqlite__do(c, mode == MODE_READ ? "begin" : "begin immediate");
}

static void sqlite_rollback(struct connection *c)
{
	if (!sqlite3_get_autocommit(c->handle))
		(void)sqlite__do(c, "rollback");
	assert(sqlite3_get_autocommit(c->handle));
}

/* After an error on writing the WAL, its last frame may or may not have reached the disk: recovery would find it or
 * not. Only of some errors is it certain that it did not. */
static problem sqlite_commit(struct connection *c)
{
	problem why = sqlite__do(c, "commit");

	if (!why)
		return NULL;
	sqlite_rollback(c);
	return why == &db_failed ? &db_unknown : why;
}

static problem sqlite_setting(struct connection *c, struct arena *arena, const char *name, struct text *ret)
{
	sqlite3_stmt *handle;
	char sql[64];
	problem why = NULL;

	if (!strcmp(name, "isolation")) { /* one writer; a reader sees one snapshot */
		*ret = TEXT("serializable");
		return NULL;
	}
	assert(snprintf(sql, sizeof sql, "pragma %s", name) < (int)sizeof sql);
	handle = prepare(c, sql, 0, &why);
	if (!handle)
		return why;
	if (sqlite3_step(handle) == SQLITE_ROW)
		*ret = arena_text(arena, text_of_value(sqlite3_column_value(handle, 0)));
	sqlite3_finalize(handle);
	return NULL;
}

const struct db_driver db__sqlite = {
	.name = "sqlite",
	.connect = sqlite_connect,
	.disconnect = sqlite_disconnect,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.script = sqlite__script,
	.setting = sqlite_setting,
	.query = sqlite_query,
	.next = sqlite_next,
	.column = sqlite_column,
	.finish = sqlite_finish,
	.start = writer__start,
	.stop = writer__stop,
	.run = writer__run,
	.later = writer__later,
	.alone = writer__alone,
};
