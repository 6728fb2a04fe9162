/* check.c - one look through all that must agree: the database, the book and the orders, the reviews, the chain of audit rows, the keyring, and each
 * file that a row names. */
#include "backup/backup_room.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/account.h"
#include "audit/audit.h"
#include "ledger/ledger.h"
#include "media/media.h"
#include "order/order.h"
#include "talk/talk.h"

enum { PIECE = 256 * 1024, DATABASE = 0, LEDGER, ORDERS, REVIEWS, AUDIT, KEYRING, BLOBS, ASSETS };

struct checking {
	struct db *db;
	struct text data_folder;
	struct arena *arena;
	struct check_line *lines;
	struct arena *paths;
	char *piece;
};

static problem check_database(struct checking *c)
{
	struct db_soundness sound;
	problem why = db_verify(c->db, c->arena, &sound);

	if (!why)
		c->lines[DATABASE].wrong = sound.wrong;
	return why;
}

static problem check_ledger(struct checking *c)
{
	struct ledger_report ledger;
	struct order_report orders;
	problem why = ledger_verify(c->db, c->arena, &ledger);

	if (!why)
		why = order_verify(c->db, c->arena, &orders);
	if (why)
		return why;
	c->lines[LEDGER].count = ledger.journals;
	c->lines[ORDERS].count = orders.orders;
	if (!ledger.sound)
		c->lines[LEDGER].wrong = ledger.first_wrong;
	if (!orders.sound)
		c->lines[ORDERS].wrong = orders.first_wrong;
	return NULL;
}

static problem check_reviews(struct checking *c)
{
	struct talk_report report;
	problem why = talk_verify(c->db, c->arena, &report);

	if (why)
		return why;
	c->lines[REVIEWS].count = report.reviews;
	if (!report.sound)
		c->lines[REVIEWS].wrong = report.first_wrong;
	return NULL;
}

static problem check_audit(struct checking *c)
{
	struct audit_report report;
	problem why = audit_verify(c->db, NULL, &report);

	if (why)
		return why;
	c->lines[AUDIT].count = report.sealed + report.unsealed;
	if (report.wrong)
		c->lines[AUDIT].wrong = arena_format(c->arena, "row %lld at place %lld: %s", (long long)report.wrong_id, (long long)report.wrong, report.why);
	return NULL;
}

/* Opening it would make one where none is. */
static void check_keyring(struct checking *c)
{
	struct keyring *keyring = NULL;

	c->lines[KEYRING].count = 1;
	if (access(arena_format(c->arena, "%.*s/keyring", TEXT_ARG(c->data_folder)).at, F_OK))
		c->lines[KEYRING].wrong = TEXT("there is none: what was sealed with it cannot be opened");
	else if (account_keyring_open(c->data_folder, db_world(c->db), &keyring))
		c->lines[KEYRING].wrong = TEXT("it cannot be read");
	keyring_close(keyring);
}

/* ---- files ---- */

static bool hash_agrees(struct checking *c, int fd, struct text sha256)
{
	struct sha256_stream hash = sha256_begin();
	struct sha256 is;
	ssize_t n;

	while ((n = read(fd, c->piece, PIECE)) > 0)
		sha256_add(&hash, (struct text){ c->piece, (size_t)n });
	is = sha256_end(&hash);
	return !n && text_eq(hex_encode(c->paths, (struct text){ (const char *)is.at, sizeof is.at }), sha256);
}

static const char *wrong_about(struct checking *c, const struct media_file *file)
{
	CLEANUP(backup__close) int fd = -1;
	struct stat status;

	arena_reset(c->paths);
	fd = open(arena_format(c->paths, "%.*s/%.*s", TEXT_ARG(c->data_folder), TEXT_ARG(file->path)).at, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &status) || !S_ISREG(status.st_mode))
		return file->needed ? "is not there" : NULL;
	if (file->size >= 0 && status.st_size != file->size)
		return "has another size";
	return file->sha256.length && !hash_agrees(c, fd, file->sha256) ? "has other bytes" : NULL;
}

static problem check_file(void *arg, const struct media_file *file)
{
	struct checking *c = arg;
	struct check_line *line = &c->lines[file->blob ? BLOBS : ASSETS];
	const char *wrong = line->wrong.at ? NULL : wrong_about(c, file);

	line->count++;
	if (wrong)
		line->wrong = arena_format(c->arena, "%.*s %s", TEXT_ARG(file->path), wrong);
	return NULL;
}

static problem check_files(struct tx *tx, void *arg)
{
	struct checking *c = arg;

	return media_files(tx, c->data_folder, check_file, c);
}

/* In a snapshot of its own: a pool's connection, or a reader of this thread, is not held for minutes. */
static problem check_all_files(struct checking *c)
{
	struct db_snapshot *snapshot;
	problem why = db_snapshot_open(c->db, &snapshot);

	if (why)
		return why;
	why = db_snapshot_read(snapshot, check_files, c);
	db_snapshot_close(snapshot);
	return why;
}

problem backup_check(struct db *db, struct text data_folder, struct arena *arena, struct check_line ret[CHECK_LINES])
{
	static const char *const names[CHECK_LINES] = { "database", "ledger", "orders", "reviews", "audit", "keyring", "blobs", "assets" };
	struct checking c = { .db = db, .data_folder = data_folder, .arena = arena, .lines = ret, .paths = arena_new(1 << 20), .piece = arena_alloc(arena, PIECE) };
	problem why;

	for (int i = 0; i < CHECK_LINES; i++)
		ret[i] = (struct check_line){ .what = names[i] };
	why = check_database(&c);
	if (!why && !ret[DATABASE].wrong.at)
		why = check_ledger(&c);
	if (!why && !ret[DATABASE].wrong.at)
		why = check_reviews(&c);
	if (!why && !ret[DATABASE].wrong.at)
		why = check_audit(&c);
	check_keyring(&c);
	if (!why && !ret[DATABASE].wrong.at)
		why = check_all_files(&c);
	arena_free(c.paths);
	return why;
}
