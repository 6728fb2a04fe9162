/* restore.c - a backup back into an empty place. All of it is read and compared before any of it stands where a site would look for it:
 * it is unpacked into a folder of its own within the data folder, and moved out of it when the last byte was right, the database last.
 * Whatever fails leaves an empty folder; what a process that died has left is swept by the next one. */
#include "backup/backup_room.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/embedded.h"

#define DRAFT ".restore"

const struct shape backup_about_shape = SHAPE(backup_about,
	FIELD(backup_about, format,   SHAPE_INT),
	FIELD(backup_about, program,  SHAPE_TEXT),
	FIELD(backup_about, kind,     SHAPE_TEXT),
	FIELD(backup_about, mode,     SHAPE_TEXT),
	FIELD(backup_about, taken_ms, SHAPE_TIME),
	LIST(backup_about, applied, applied_count, &db_applied_shape, .max = 100000),
	LIST(backup_about, tables, table_count, &db_table_shape, .max = 100000));

/* ---- what it says of itself ---- */

struct restoring {
	const struct restore_order *order; /* NULL: only looking */
	struct arena *arena, *paths;       /* paths: of one file */
	struct backup_about *about;
	const char *data, *draft;
	int folder, fd;                    /* the draft; the file that is written */
	const char *target;                /* SQLite: where the database goes */
	size_t table;
	int next;
};

static bool is_newer(struct restoring *r, struct text json)
{
	json_t *tree;

	return !json_read(r->arena, json, &tree) && json_get_int(tree, "format", 0) > BACKUP_FORMAT;
}

static problem wrong_kind(const struct restoring *r)
{
	struct text url = r->order->database;
	bool postgresql = text_starts(url, TEXT("postgresql://")) || text_starts(url, TEXT("postgres://"));

	return text_is(r->about->kind, postgresql ? "postgresql" : "sqlite") ? NULL : &db_wrong_kind;
}

static problem read_about(void *arg, struct text json)
{
	struct restoring *r = arg;
	struct field_errors errors = { 0 };
	problem why;

	if (is_newer(r, json))
		return &backup_newer;
	if (shape_read(&backup_about_shape, r->arena, json, r->about, &errors) || r->about->format != BACKUP_FORMAT)
		return &backup_damaged;
	if (!r->order)
		return NULL;
	why = wrong_kind(r);
	return why ? why : db_applied_known(migrations_all, migrations_all_count, r->about->applied, r->about->applied_count);
}

problem backup_verify(struct text path, struct text passphrase, struct arena *arena, struct backup_about *ret, struct text *where)
{
	struct backup_about about = { 0 };
	struct restoring r = { .arena = arena, .about = &about };
	struct archive_taker taker = { .about = read_about, .arg = &r };
	problem why = archive_read(arena_cstr(arena, path), passphrase, &taker);

	if (!why)
		*ret = about;
	if (where)
		*where = arena_text(arena, text_of(taker.where));
	return why;
}

/* ---- unpacking ---- */

/* "assets", "assets/07", "assets/07/1234": each once in a row. */
static problem make_folders(struct restoring *r, struct text name)
{
	for (size_t i = 0; i < name.length; i++) {
		if (name.at[i] != '/')
			continue;
		if (mkdirat(r->folder, arena_cstr(r->paths, text_head(name, i)), 0750) && errno != EEXIST)
			return backup__failure();
	}
	return NULL;
}

static problem begin_file(void *arg, const struct tar_head *head)
{
	struct restoring *r = arg;
	problem why;

	arena_reset(r->paths);
	why = make_folders(r, head->name);
	if (why)
		return why;
	if (head->same.at)
		return linkat(r->folder, arena_cstr(r->paths, head->same), r->folder, arena_cstr(r->paths, head->name), 0) ? &backup_damaged : NULL;
	r->fd = openat(r->folder, arena_cstr(r->paths, head->name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (r->fd < 0)
		return errno == EEXIST ? &backup_damaged : backup__failure();
	return NULL;
}

static problem take_bytes(void *arg, struct text bytes)
{
	struct restoring *r = arg;

	return backup__write(r->fd, bytes);
}

static problem end_file(void *arg)
{
	struct restoring *r = arg;
	int fd = r->fd;

	r->fd = -1;
	return fd >= 0 && close(fd) ? backup__failure() : NULL;
}

/* ---- the place ---- */

static bool is_empty(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	bool empty = folder != NULL;

	while (empty && (entry = readdir(folder)))
		empty = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") || !strcmp(entry->d_name, DRAFT) || !strcmp(entry->d_name, "lost+found");
	if (folder)
		closedir(folder);
	return empty;
}

static problem find_target(struct restoring *r)
{
	struct text url = r->order->database;

	if (text_starts(url, TEXT("postgres")) && text_find(url, TEXT("://")) != SIZE_MAX)
		return NULL;
	if (text_starts(url, TEXT("sqlite:")))
		url = text_from(url, strlen("sqlite:"));
	r->target = url.length ? arena_cstr(r->arena, url) : arena_format(r->arena, "%s/zhifang.db", r->data).at;
	return access(r->target, F_OK) ? NULL : &restore_not_empty;
}

static problem open_draft(struct restoring *r)
{
	if (mkdir(r->draft, 0700) && errno != EEXIST)
		return backup__failure();
	r->folder = open(r->draft, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (r->folder < 0)
		return backup__failure();
	if (flock(r->folder, LOCK_EX | LOCK_NB))
		return &restore_not_empty; /* another one is at work */
	backup__remove_tree(r->draft);
	backup__close(&r->folder);
	if (mkdir(r->draft, 0700))
		return backup__failure();
	r->folder = open(r->draft, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return r->folder < 0 || flock(r->folder, LOCK_EX | LOCK_NB) ? backup__failure() : NULL;
}

static problem find_place(struct restoring *r)
{
	if (mkdir(r->data, 0700) && errno != EEXIST)
		return &backup_no_folder;
	if (!is_empty(r->data))
		return &restore_not_empty;
	return find_target(r);
}

/* ---- rows of PostgreSQL ---- */

static problem read_piece(struct restoring *r, int fd, struct text *ret)
{
	struct stat status;
	char *bytes;

	if (fstat(fd, &status))
		return &backup_failed;
	arena_reset(r->paths);
	bytes = arena_alloc(r->paths, (size_t)status.st_size + 1);
	for (size_t have = 0; have < (size_t)status.st_size;) {
		ssize_t n = read(fd, bytes + have, (size_t)status.st_size - have);

		if (n <= 0)
			return &backup_failed;
		have += (size_t)n;
	}
	*ret = (struct text){ bytes, (size_t)status.st_size };
	return NULL;
}

static problem next_rows(void *arg, size_t table, struct text *ret)
{
	struct restoring *r = arg;
	CLEANUP(backup__close) int fd = -1;

	r->next = table == r->table ? r->next + 1 : 1;
	r->table = table;
	arena_reset(r->paths);
	fd = openat(r->folder, arena_format(r->paths, "database/%.*s/%06d", TEXT_ARG(r->about->tables[table].name), r->next).at, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	*ret = (struct text){ 0 };
	return fd < 0 ? NULL : read_piece(r, fd, ret);
}

static problem load(struct restoring *r)
{
	struct db_load load = { .all = migrations_all, .n = migrations_all_count, .applied = r->about->applied, .applied_count = r->about->applied_count,
		                .tables = r->about->tables, .table_count = r->about->table_count, .rows = next_rows, .arg = r };
	struct db *db;
	problem why = db_open(r->order->database, &(struct db_options){ .world = r->order->world }, &db);

	r->table = SIZE_MAX;
	if (why)
		return why;
	why = db_load(db, &load);
	db_close(db);
	return why;
}

/* ---- in place ---- */

static const char *const parts[] = { "blobs", "assets", ARCHIVE_KEYRING };
enum { PARTS = sizeof parts / sizeof *parts };

static bool move_part(struct restoring *r, const char *part, bool back)
{
	const char *inside = arena_format(r->arena, "%s/%s", r->draft, part).at, *outside = arena_format(r->arena, "%s/%s", r->data, part).at;

	return !(back ? rename(outside, inside) : rename(inside, outside)) || errno == ENOENT; /* a shop without pictures has no such folder */
}

static problem move_database(struct restoring *r)
{
	if (!r->target)
		return load(r);
	return rename(arena_format(r->arena, "%s/" ARCHIVE_DATABASE, r->draft).at, r->target) ? backup__failure() : NULL;
}

static problem put_in_place(struct restoring *r)
{
	size_t moved = 0;
	problem why = syncfs(r->folder) ? backup__failure() : NULL;

	db_step("restore-before-moving");
	while (!why && moved < PARTS && move_part(r, parts[moved], false))
		moved++;
	if (!why && moved < PARTS)
		why = backup__failure();
	if (!why)
		why = move_database(r);
	if (!why)
		return backup__sync_folder(r->data);
	while (moved)
		(void)move_part(r, parts[--moved], true);
	return why;
}

static problem unpack(struct restoring *r, struct text *where)
{
	struct archive_taker taker = { .about = read_about, .file = begin_file, .bytes = take_bytes, .file_end = end_file, .arg = r };
	problem why = open_draft(r);

	if (why == &restore_not_empty) {
		backup__close(&r->folder);
		return why;
	}
	if (!why)
		why = archive_read(arena_cstr(r->arena, r->order->path), r->order->passphrase, &taker);
	if (where)
		*where = arena_text(r->arena, text_of(taker.where));
	backup__close(&r->fd);
	if (!why)
		why = put_in_place(r);
	backup__remove_tree(r->draft);
	backup__close(&r->folder);
	return why;
}

problem backup_restore(const struct restore_order *order, struct arena *arena, struct backup_about *ret, struct text *where)
{
	struct backup_about about = { 0 };
	struct restoring r = { .order = order, .arena = arena, .about = &about, .folder = -1, .fd = -1, .paths = arena_new((size_t)2 << 30) };
	struct stat status;
	bool was_there;
	problem why;

	if (where)
		*where = (struct text){ 0 };
	r.data = arena_cstr(arena, order->data_folder);
	r.draft = arena_format(arena, "%s/" DRAFT, r.data).at;
	was_there = !stat(r.data, &status);
	why = find_place(&r);
	if (!why)
		why = unpack(&r, where);
	if (why && !was_there)
		(void)rmdir(r.data); /* it is empty, or it stays */
	if (!why)
		*ret = about;
	arena_free(r.paths);
	return why;
}
