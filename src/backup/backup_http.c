/* backup_http.c - the owner's page: settings, the backups there are, one now, a drill now. A folder is a place on the machine and a pass
 * phrase opens all there is, so setting them asks for a sign-in of the last minutes. */
#include "backup/schedule.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include "account/account.h"
#include "audit/audit.h"
#include "backup/backup_room.h"

/* ---- settings ---- */

struct backup_shown {
	int64_t version;
	struct backup_setting value;
	struct secret passphrase;
};
static const struct shape backup_shown_shape = SHAPE(backup_shown,
	FIELD(backup_shown, version,    SHAPE_INT),
	FIELD(backup_shown, value,      SHAPE_OBJECT, .of = &backup_setting_shape),
	FIELD(backup_shown, passphrase, SHAPE_OBJECT, .of = &secret_shape));

struct backup_draft {
	int64_t version;
	struct backup_setting value;
	struct text passphrase;
};
static const struct shape backup_draft_shape = SHAPE(backup_draft,
	FIELD(backup_draft, version,    SHAPE_INT, .says = "as it was read"),
	FIELD(backup_draft, value,      SHAPE_OBJECT, .of = &backup_setting_shape),
	FIELD(backup_draft, passphrase, SHAPE_TEXT, .optional = true, .max = 500, .says = "absent: what is there stays; empty: not sealed any more"));

struct taking {
	struct request *rq;
	struct backup_shown shown;
};

static problem load(struct tx *tx, struct backup_shown *ret)
{
	problem why = setting_read(tx, &backup_group, &ret->value, &ret->version);

	return why ? why : secret_about(tx, BACKUP_PASSPHRASE, &ret->passphrase);
}

static problem show_setting(struct request *rq)
{
	struct backup_shown shown = { 0 };
	problem why = load(rq->tx, &shown);

	return why ? why : reply(rq, 200, &backup_shown_shape, &shown);
}

static problem keep(struct tx *tx, void *arg)
{
	struct taking *t = arg;
	const struct backup_draft *draft = t->rq->body;
	const struct secret secret = { .name = TEXT(BACKUP_PASSPHRASE), .hint = TEXT("") };
	problem why = setting_write(tx, &backup_group, &draft->value, draft->version, t->rq->who.id);

	if (why || !draft->passphrase.at)
		return why;
	return secret_set(tx, account_keyring(t->rq->serve), &secret, draft->passphrase.length ? draft->passphrase : (struct text){ 0 }, t->rq->who.id);
}

static problem look_again(struct tx *tx, void *arg)
{
	struct taking *t = arg;

	tx_use_arena(tx, t->rq->arena);
	return load(tx, &t->shown);
}

static problem look_at_folder(struct request *rq, struct text folder)
{
	if (!folder.length)
		return NULL;
	if (folder.at[0] != '/' || memchr(folder.at, 0, folder.length))
		return field_wrong(rq, TEXT("value.folder"), "pattern");
	return access(arena_cstr(rq->arena, folder), W_OK | X_OK) ? field_wrong(rq, TEXT("value.folder"), "no-folder") : NULL;
}

static problem take_setting(struct request *rq)
{
	struct taking t = { .rq = rq };
	problem why = rq->who.fresh ? NULL : &session_not_fresh;

	if (!why)
		why = look_at_folder(rq, ((const struct backup_draft *)rq->body)->value.folder);
	if (!why)
		why = request_write(rq, keep, &t);
	if (why)
		return why;
	setting_refresh(rq->serve);
	why = request_read(rq, look_again, &t);
	return why ? why : reply(rq, 200, &backup_shown_shape, &t.shown);
}

/* ---- the backups there are ---- */

const struct shape backup_run_shape = SHAPE(backup_run,
	FIELD(backup_run, id,       SHAPE_INT),
	FIELD(backup_run, kind,     SHAPE_ENUM, .names = run_kind_names),
	FIELD(backup_run, state,    SHAPE_ENUM, .names = run_state_names),
	FIELD(backup_run, began_ms, SHAPE_TIME),
	FIELD(backup_run, ended_ms, SHAPE_TIME, .says = "0: not yet"),
	FIELD(backup_run, path,     SHAPE_TEXT),
	FIELD(backup_run, size,     SHAPE_INT),
	FIELD(backup_run, files,    SHAPE_INT, .says = "besides the database"),
	FIELD(backup_run, missing,  SHAPE_INT, .says = "files that were not there any more when it was made"),
	FIELD(backup_run, sealed,   SHAPE_BOOL),
	FIELD(backup_run, removed,  SHAPE_BOOL, .says = "to make room for newer ones"),
	FIELD(backup_run, there,    SHAPE_BOOL, .says = "its file is where it was put"),
	FIELD(backup_run, why,      SHAPE_TEXT, .optional = true));

struct backup_list {
	int64_t now_ms, free;
	bool postgresql;
	struct text data_folder;
	struct backup_run *items;
	size_t item_count;
	struct backup_run *drills;
	size_t drill_count;
};
static const struct shape backup_list_shape = SHAPE(backup_list,
	FIELD(backup_list, now_ms,      SHAPE_TIME),
	FIELD(backup_list, free,        SHAPE_INT, .says = "bytes where backups go; -1: nobody knows"),
	FIELD(backup_list, postgresql,  SHAPE_BOOL),
	FIELD(backup_list, data_folder, SHAPE_TEXT),
	LIST(backup_list, items, item_count, &backup_run_shape, .says = "newest first"),
	LIST(backup_list, drills, drill_count, &backup_run_shape, .says = "the last one"));

enum { SHOWN_MAX = 30 };

static int64_t free_at(struct request *rq, struct text folder)
{
	struct statvfs disk;

	if (!folder.length || statvfs(arena_cstr(rq->arena, folder), &disk))
		return -1;
	return (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
}

static problem show_list(struct request *rq)
{
	struct backup_list list = { .now_ms = tx_now_ms(rq->tx), .postgresql = db_is_postgresql(serve_db(rq->serve)), .data_folder = serve_data_folder(rq->serve) };
	struct backup_setting setting;
	problem why = setting_read(rq->tx, &backup_group, &setting, NULL);

	if (!why)
		why = run__list(rq->tx, RUN_BACKUP, SHOWN_MAX, &list.items, &list.item_count);
	if (!why)
		why = run__list(rq->tx, RUN_DRILL, 1, &list.drills, &list.drill_count);
	if (why)
		return why;
	list.free = free_at(rq, setting.folder);
	for (size_t i = 0; i < list.item_count; i++)
		list.items[i].there = list.items[i].path.length && !access(list.items[i].path.at, F_OK);
	return reply(rq, 200, &backup_list_shape, &list);
}

/* ---- now ---- */

static const struct problem backup_off = { 409, "backup-off", "No folder for backups was set." };

static problem ask_now(struct request *rq, int kind, const char *verb)
{
	struct backup_setting setting;
	problem why = setting_read(rq->tx, &backup_group, &setting, NULL);

	if (why)
		return why;
	if (!setting.folder.length)
		return &backup_off;
	backup__ask(rq->tx, kind, rq->who.id);
	audit_add(rq->tx, rq->who.id, verb, "backup", 0, (struct text){ 0 });
	return reply_none(rq, 202);
}

static problem make_now(struct request *rq) { return ask_now(rq, RUN_BACKUP, "backup-ask"); }
static problem drill_now(struct request *rq) { return ask_now(rq, RUN_DRILL, "drill-ask"); }

const struct route backup_routes[] = {
	{ GET, "/api/settings/backup", show_setting, READS, .who = ADMIN, .gives = &backup_shown_shape, .says = "When and whereto backups are made; of the pass phrase only whether there is one" },
	{ PUT, "/api/settings/backup", take_setting, WORKS, .who = ADMIN, .takes = &backup_draft_shape, .gives = &backup_shown_shape, .says = "Set it" },
	{ GET, "/api/backups", show_list, READS, .who = ADMIN, .gives = &backup_list_shape, .says = "The last backups and the last drill" },
	{ POST, "/api/backups", make_now, WRITES, .who = ADMIN, .says = "Make one now" },
	{ POST, "/api/backups/drill", drill_now, WRITES, .who = ADMIN, .says = "Restore the newest one into a scratch folder and look through it, now" },
	{ 0 }
};

/* ---- module ---- */

static problem start(struct serve *serve, void **ret_state)
{
	*ret_state = NULL;
	site_know_check(serve, backup__checks);
	return backup__plan(serve_db(serve));
}

const struct module backup_module = { .name = "backup", .routes = backup_routes, .jobs = backup_jobs, .start = start };
