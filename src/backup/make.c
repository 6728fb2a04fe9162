/* make.c - a backup while the site serves. In this order, and for these reasons:
 *
 *   1. a hold on the files, so that none is removed until the end,
 *   2. the database at one moment: what its rows name is durable, since a file is before its row,
 *   3. the files that those rows name. What came after the moment is more than they name.
 *
 * It is written beside its name, synced, and put in place whole; what a process that died has left is swept by the next one. */
#include "backup/backup_room.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "backup/version.h"
#include "media/media.h"

#define DRAFT ".zhifang-backup-"

enum { FILES_ARENA_MAX = 1 << 30, PIECE = 256 * 1024, TABLE_PIECES_MAX = 999999 };

struct listed {
	struct text path;
	int64_t size;
	bool needed;
	struct listed *next;
};

struct making {
	const struct backup_order *order;
	struct arena *arena;
	struct backup_report *report;
	struct text folder, name;      /* where it is to stand */
	char *draft, *copy;            /* paths; of the database's copy: SQLite alone */
	int fd;
	struct archive_out *out;
	struct db_snapshot *snapshot;
	struct backup_about about;
	struct listed *first, **last;
	const struct db_table *table;  /* that is being written */
	int piece;
	char bytes[PIECE];
	ino_t inode;                   /* of the last file with more than one name */
	char inode_name[TAR_NAME_MAX + 1];
};

/* ---- where to ---- */

static bool is_folder(struct arena *arena, struct text path)
{
	struct stat status;

	return !stat(arena_cstr(arena, path), &status) && S_ISDIR(status.st_mode);
}

static struct text name_by_time(struct making *m)
{
	time_t now = (time_t)(world_now_ms(m->order->world) / 1000);
	struct tm tm;
	char when[32];

	gmtime_r(&now, &tm);
	strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", &tm);
	return arena_format(m->arena, "zhifang-%s.%s", when, m->order->passphrase.at ? "sealed" : "tar");
}

static problem find_place(struct making *m)
{
	struct text to = m->order->to;
	size_t slash = to.length;

	if (is_folder(m->arena, to)) {
		m->folder = to.length > 1 && text_ends(to, TEXT("/")) ? text_head(to, to.length - 1) : to;
		m->name = name_by_time(m);
	} else {
		while (slash && to.at[slash - 1] != '/')
			slash--;
		m->folder = slash > 1 ? text_head(to, slash - 1) : slash ? TEXT("/") : TEXT(".");
		m->name = text_from(to, slash);
	}
	m->report->path = arena_format(m->arena, "%.*s/%.*s", TEXT_ARG(m->folder), TEXT_ARG(m->name));
	if (!m->name.length || !is_folder(m->arena, m->folder))
		return &backup_no_folder;
	return access(m->report->path.at, F_OK) ? NULL : &backup_exists;
}

/* Who lives has a lock on his draft; the copy of a database goes with the draft that it was made for. */
static bool is_left_behind(int folder, struct text name)
{
	char draft[NAME_MAX + 1];
	int fd;
	bool dead;

	snprintf(draft, sizeof draft, "%.*s", (int)(text_ends(name, TEXT(".db")) ? name.length - 3 : name.length), name.at);
	fd = openat(folder, draft, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	dead = fd < 0 ? errno == ENOENT : !flock(fd, LOCK_EX | LOCK_NB);
	backup__close(&fd);
	return dead;
}

static void sweep(struct making *m)
{
	DIR *folder = opendir(arena_cstr(m->arena, m->folder));
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		struct text name = text_of(entry->d_name);

		if (text_starts(name, TEXT(DRAFT)) && is_left_behind(dirfd(folder), name))
			(void)unlinkat(dirfd(folder), entry->d_name, 0);
	}
	if (folder)
		closedir(folder);
}

/* A folder that may not be written to fails here, before anything was read. */
static problem open_draft(struct making *m)
{
	struct text draft = arena_format(m->arena, "%.*s/" DRAFT "XXXXXX", TEXT_ARG(m->folder));

	m->draft = (char *)draft.at;
	m->fd = mkostemp(m->draft, O_CLOEXEC); /* mode 0600 */
	if (m->fd < 0) {
		m->draft = NULL;
		return errno == ENOSPC || errno == EDQUOT ? &backup_full : &backup_no_folder;
	}
	if (flock(m->fd, LOCK_EX | LOCK_NB))
		return &backup_failed;
	m->copy = (char *)arena_format(m->arena, "%s.db", m->draft).at;
	return NULL;
}

/* ---- the database ---- */

static problem read_applied(struct tx *tx, void *arg)
{
	struct making *m = arg;

	tx_use_arena(tx, m->arena);
	return db_applied(tx, &m->about.applied, &m->about.applied_count);
}

static problem list_file(void *arg, const struct media_file *file)
{
	struct making *m = arg;
	struct listed *one = ARENA_NEW(m->arena, struct listed);

	*one = (struct listed){ .path = arena_text(m->arena, file->path), .size = file->size, .needed = file->needed };
	*m->last = one;
	m->last = &one->next;
	return NULL;
}

static problem list_files(struct tx *tx, void *arg)
{
	struct making *m = arg;

	return media_files(tx, m->order->data_folder, list_file, m);
}

static problem put_about(struct making *m)
{
	CLEANUP(buffer_free) struct buffer json = BUFFER(4 << 20);

	m->about.format = BACKUP_FORMAT;
	m->about.program = TEXT(PROGRAM_VERSION);
	m->about.kind = db_is_postgresql(m->order->db) ? TEXT("postgresql") : TEXT("sqlite");
	m->about.mode = text_of(m->order->mode);
	m->about.taken_ms = m->report->taken_ms;
	shape_write(&backup_about_shape, &json, &m->about);
	return json.why ? json.why : archive_whole(m->out, TEXT(ARCHIVE_ABOUT), buffer_text(&json));
}

static problem put_rows(void *arg, struct text rows)
{
	struct making *m = arg;

	if (++m->piece > TABLE_PIECES_MAX)
		return &backup_failed;
	return archive_whole(m->out, arena_format(m->arena, "database/%.*s/%06d", TEXT_ARG(m->table->name), m->piece), rows);
}

static problem put_tables(struct making *m)
{
	problem why = put_about(m);

	for (size_t i = 0; !why && i < m->about.table_count; i++) {
		m->table = &m->about.tables[i];
		m->piece = 0;
		why = db_snapshot_rows(m->snapshot, m->table, put_rows, m);
	}
	return why;
}

static problem put_opened(struct making *m, int fd, struct text name)
{
	struct stat status;
	problem why = fstat(fd, &status) ? &backup_failed : archive_file(m->out, name, status.st_size);

	for (int64_t left = status.st_size; !why && left;) {
		ssize_t n = read(fd, m->bytes, left < PIECE ? (size_t)left : PIECE);

		if (n <= 0)
			return &backup_failed;
		left -= n;
		why = archive_bytes(m->out, (struct text){ m->bytes, (size_t)n });
	}
	return why ? why : archive_file_end(m->out);
}

/* The transaction that pins the moment ends as soon as the copy is there. */
static problem put_copy(struct making *m)
{
	CLEANUP(backup__close) int fd = -1;
	problem why = db_snapshot_file(m->snapshot, m->copy);

	db_snapshot_close(m->snapshot);
	m->snapshot = NULL;
	fd = open(m->copy, O_RDONLY | O_CLOEXEC);
	unlink(m->copy);
	if (why)
		return why == &db_full ? &backup_full : why;
	why = fd < 0 ? &backup_failed : put_about(m);
	return why ? why : put_opened(m, fd, TEXT(ARCHIVE_DATABASE));
}

static problem put_database(struct making *m)
{
	problem why = db_snapshot_open(m->order->db, &m->snapshot);

	m->report->taken_ms = world_now_ms(m->order->world);
	if (!why)
		why = db_snapshot_read(m->snapshot, read_applied, m);
	if (!why)
		why = db_snapshot_read(m->snapshot, list_files, m);
	if (!why && db_is_postgresql(m->order->db))
		why = db_snapshot_tables(m->snapshot, m->arena, &m->about.tables, &m->about.table_count);
	if (!why)
		why = db_is_postgresql(m->order->db) ? put_tables(m) : put_copy(m);
	db_snapshot_close(m->snapshot);
	m->snapshot = NULL;
	return why;
}

/* ---- the files ---- */

static int open_file(struct making *m, struct text name)
{
	char path[4096];

	if (snprintf(path, sizeof path, "%.*s/%.*s", TEXT_ARG(m->order->data_folder), TEXT_ARG(name)) >= (int)sizeof path)
		return -1;
	return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

/* A recording that plays as it came has two names and is one file. */
static bool is_known(struct making *m, const struct stat *status, struct text name)
{
	bool known = status->st_nlink > 1 && status->st_ino == m->inode;

	if (!known && status->st_nlink > 1) {
		m->inode = status->st_ino;
		snprintf(m->inode_name, sizeof m->inode_name, "%.*s", TEXT_ARG(name));
	}
	return known;
}

static void note_missing(struct making *m, const struct listed *file)
{
	if (!file->needed)
		return;
	if (!m->report->missing++)
		m->report->first_missing = file->path;
}

static problem put_file(struct making *m, const struct listed *file)
{
	CLEANUP(backup__close) int fd = open_file(m, file->path);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) || !S_ISREG(status.st_mode)) {
		note_missing(m, file);
		return NULL;
	}
	m->report->files++;
	m->report->bytes += status.st_size;
	if (is_known(m, &status, file->path))
		return archive_same(m->out, file->path, text_of(m->inode_name));
	return put_opened(m, fd, file->path);
}

static problem put_keyring(struct making *m)
{
	CLEANUP(backup__close) int fd = open_file(m, TEXT(ARCHIVE_KEYRING));

	return fd < 0 ? &backup_no_site : put_opened(m, fd, TEXT(ARCHIVE_KEYRING));
}

static problem put_all(struct making *m)
{
	problem why = put_database(m);

	if (!why)
		why = put_keyring(m);
	for (struct listed *file = m->first; !why && file; file = file->next)
		why = put_file(m, file);
	return why ? why : archive_end(m->out);
}

/* ---- in place ---- */

/* Never over another one, also where the file system knows no such renaming. */
static problem put_in_place(struct making *m)
{
	const char *path = m->report->path.at;
	struct stat status;
	problem why = fstat(m->fd, &status) ? &backup_failed : NULL;

	if (why)
		return why;
	m->report->size = status.st_size;
	db_step("backup-before-rename");
	if (!renameat2(AT_FDCWD, m->draft, AT_FDCWD, path, RENAME_NOREPLACE)) {
		m->draft = NULL;
	} else if (errno == EEXIST) {
		return &backup_exists;
	} else if (!access(path, F_OK)) {
		return &backup_exists;
	} else if (rename(m->draft, path)) {
		return backup__failure();
	}
	m->draft = NULL;
	return backup__sync_folder(arena_cstr(m->arena, m->folder));
}

static problem make(struct making *m)
{
	problem why = archive_begin(m->fd, m->order->passphrase, m->order->world, &m->out);

	if (!why)
		why = put_all(m);
	archive_drop(m->out);
	return why ? why : put_in_place(m);
}

static problem make_held(struct making *m)
{
	int hold;
	problem why = open_draft(m);

	if (why)
		return why;
	hold = media_hold(m->order->data_folder);
	why = hold < 0 ? &backup_failed : make(m);
	media_hold_end(hold);
	return why;
}

problem backup_make(const struct backup_order *order, struct arena *arena, struct backup_report *ret)
{
	struct arena *own = arena_new(FILES_ARENA_MAX);
	struct making *m = ARENA_NEW(own, struct making);
	struct backup_report report = { 0 };
	problem why;

	*m = (struct making){ .order = order, .arena = own, .report = &report, .fd = -1 };
	m->last = &m->first;
	why = find_place(m);
	if (!why) {
		sweep(m);
		why = make_held(m);
	}
	if (m->draft)
		unlink(m->draft);
	backup__close(&m->fd);
	if (!why) {
		*ret = report;
		ret->path = arena_text(arena, report.path);
		ret->first_missing = report.first_missing.at ? arena_text(arena, report.first_missing) : (struct text){ 0 };
	}
	arena_free(own);
	return why;
}
