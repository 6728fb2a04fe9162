/* snapshot_sqlite.c - a read transaction that is held open pins one moment; SQLite's backup then copies its pages and never begins
 * anew, whatever is written meanwhile. The WAL cannot begin anew as long as it is held, so it is held for the copy alone. */
#include "db/snapshot_inside.h"
#include "db/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { PAGES_AT_ONCE = 1024 };

problem snapshot__pin_sqlite(struct connection *c)
{
	problem why = sqlite__do(c, "begin");

	return why ? why : sqlite__do(c, "select count(*) from sqlite_schema");
}

/* Made by us, so that nobody else may read it. */
static problem make_target(const char *path, sqlite3 **ret)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int code;

	if (fd < 0) {
		db__log_failure("sqlite", "copy", "the file of the copy cannot be made", path);
		return &db_failed;
	}
	close(fd);
	code = sqlite3_open_v2(path, ret, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(*ret, "pragma journal_mode = off; pragma synchronous = off;", NULL, NULL, NULL);
	return code == SQLITE_OK ? NULL : sqlite__problem(*ret, code, "copy");
}

static problem copy_pages(sqlite3 *from, sqlite3 *to)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
	int code;

	if (!backup)
		return sqlite__problem(to, sqlite3_extended_errcode(to), "backup");
	do
		code = sqlite3_backup_step(backup, PAGES_AT_ONCE);
	while (code == SQLITE_OK);
	sqlite3_backup_finish(backup);
	if ((code & 0xff) == SQLITE_IOERR && (sqlite3_system_errno(to) == EFBIG || sqlite3_system_errno(to) == EDQUOT))
		return &db_full;
	return code == SQLITE_DONE ? NULL : sqlite__problem(to, code, "backup");
}

problem db_snapshot_file(struct db_snapshot *s, const char *path)
{
	sqlite3 *to = NULL;
	problem why;

	if (s->db->driver->postgresql)
		return &db_wrong_kind;
	why = make_target(path, &to);
	if (!why)
		why = copy_pages(s->c->handle, to);
	sqlite3_close(to);
	return why;
}

/* ---- looking through ---- */

static problem first_row(struct connection *c, const char *sql, struct arena *arena, struct text *ret)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(c->handle, sql, -1, &statement, NULL);
	problem why = NULL;

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		*ret = arena_text(arena, text_of((const char *)sqlite3_column_text(statement, 0)));
	else if (code != SQLITE_DONE && (code & 0xff) != SQLITE_CORRUPT)
		why = sqlite__problem(c->handle, code, sql);
	else if (code != SQLITE_DONE)
		*ret = arena_text(arena, text_of(sqlite3_errmsg(c->handle)));
	sqlite3_finalize(statement);
	return why;
}

problem snapshot__verify_sqlite(struct connection *c, struct arena *arena, struct db_soundness *ret)
{
	struct text says = { 0 }, orphan = { 0 };
	problem why = first_row(c, "pragma integrity_check(1)", arena, &says);

	if (!why && !text_is(says, "ok")) {
		*ret = (struct db_soundness){ .wrong = says };
		return NULL;
	}
	if (!why)
		why = first_row(c, "pragma foreign_key_check", arena, &orphan);
	if (!why && orphan.at)
		*ret = (struct db_soundness){ .wrong = arena_format(arena, "a row of %.*s refers to one that is not there", TEXT_ARG(orphan)) };
	return why;
}
