/* schedule.c - backups by the clock and by hand, the drill, and the owner's list.
 *
 * A job looks at the clock every ten minutes; what is due becomes a job of its own, so a backup that the machine slept through is made
 * when it wakes, and one that failed is tried again within the hour. Each run is a row from its beginning; one that a process left is
 * told as interrupted. What was made is read again, every byte, before it counts, and only then an older one is removed. Once a week the
 * newest is restored into a scratch folder, looked through, and thrown away: a backup that was never restored is a hope. Neither may fill
 * the disk that the site lives on. */
#include "backup/schedule.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "account/account.h"
#include "audit/audit.h"
#include "backup/backup_room.h"
#include "base/log.h"
#include "db/embedded.h"

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS, BEIJING_MS = 8 * HOUR_MS, LOOK_MS = 10 * 60 * 1000, NICE = 10 };

const struct shape backup_setting_shape = SHAPE(backup_setting,
	FIELD(backup_setting, folder, SHAPE_TEXT, .max = 1000, .says = "absolute, on another disk if there is one; empty: none is made by the clock"),
	FIELD(backup_setting, hour,   SHAPE_INT, .max = 23, .says = "of the day in Beijing"),
	FIELD(backup_setting, keep,   SHAPE_INT, .min = 1, .max = 366, .says = "so many stay; older ones that this site made are removed"));
static const struct backup_setting defaults = { .folder = TEXT_INIT(""), .hour = 4, .keep = 7 };
const struct setting_group backup_group = { .name = "backup.schedule", .shape = &backup_setting_shape, .defaults = &defaults };

struct text backup__mode(const struct serve *serve) { return serve_sandbox(serve) ? TEXT("sandbox") : TEXT("production"); }

int64_t backup__due_ms(int64_t now_ms, int64_t hour)
{
	int64_t day = (now_ms + BEIJING_MS) / DAY_MS, due = day * DAY_MS + hour * HOUR_MS - BEIJING_MS;

	return due <= now_ms ? due : due - DAY_MS;
}

/* ---- a run ---- */

struct running {
	struct job *job;
	struct backup_run run;
	struct backup_setting setting;
	struct text passphrase;
	const struct backup_run *old; /* that makes room */
	int64_t last_size;            /* of the newest backup; 0: there is none */
};

static problem begin(struct tx *tx, void *arg)
{
	struct running *r = arg;
	struct backup_run last;
	problem why;

	tx_use_arena(tx, r->job->arena);
	run__interrupt(tx, r->run.kind);
	r->last_size = run__newest(tx, RUN_BACKUP, RUN_DONE, &last) ? 0 : last.size;
	why = setting_read(tx, &backup_group, &r->setting, NULL);
	if (!why)
		why = secret_get(tx, account_keyring(r->job->home), BACKUP_PASSPHRASE, &r->passphrase);
	if (why == &secret_missing) {
		r->passphrase = (struct text){ 0 };
		why = NULL;
	}
	r->run.id = tx_id(tx);
	r->run.began_ms = tx_now_ms(tx);
	run__add(tx, &r->run);
	return why ? why : tx_problem(tx);
}

static problem end(struct tx *tx, void *arg)
{
	struct running *r = arg;

	run__end(tx, &r->run);
	return tx_problem(tx);
}

static problem finish(struct running *r, problem why)
{
	r->run.state = why ? RUN_FAILED : RUN_DONE;
	if (why && !r->run.why.at)
		r->run.why = text_of(why->type);
	if (why)
		log_line(LOG_ERROR, r->run.kind == RUN_DRILL ? "drill-failed" : "backup-failed", "why", r->run.why, NULL);
	return db_write(r->job->db, end, r);
}

static struct running running_of(struct job *job, int kind)
{
	json_t *payload;
	struct running r = { .job = job, .run = { .kind = kind } };

	if (!json_read(job->arena, job->payload, &payload))
		r.run.asked_by = json_get_int(payload, "by", 0);
	return r;
}

/* The site goes first. Of this thread alone, as Linux has it. */
static void step_back(int niceness) { (void)setpriority(PRIO_PROCESS, (id_t)gettid(), niceness); }

/* ---- room ---- */

static bool space_of(const char *path, struct backup_space *ret)
{
	struct statvfs disk;

	if (statvfs(path, &disk))
		return false;
	*ret = (struct backup_space){ (int64_t)disk.f_bavail * (int64_t)disk.f_frsize, (int64_t)disk.f_blocks * (int64_t)disk.f_frsize };
	return true;
}

bool (*backup__space)(const char *path, struct backup_space *ret) = space_of;

/* The site lives on this disk: so many bytes more leave it a tenth, or 1 GiB where that is less. */
static bool is_room(const char *path, int64_t bytes)
{
	static const int64_t left = INT64_C(1) << 30;
	struct backup_space space;
	int64_t keep;

	if (!backup__space(path, &space))
		return true;
	keep = space.all / 10 < left ? space.all / 10 : left;
	return space.free >= keep && space.free - keep >= bytes;
}

static int64_t file_size(const char *path)
{
	struct stat status;

	return stat(path, &status) ? 0 : (int64_t)status.st_size;
}

static bool same_disk(const char *one, const char *other)
{
	struct stat a, b;

	return !stat(one, &a) && !stat(other, &b) && a.st_dev == b.st_dev;
}

/* ---- backup ---- */

static const struct problem backup_off = { 409, "backup-off", "No folder for backups was set." };
static const struct problem backup_tight = { 507, "backup-tight", "A backup would leave too little room on the disk that the site lives on. None was begun." };

/* As long as the last one, and beside it the copy of the database while it is made. */
static problem look_for_room(const struct running *r)
{
	const char *data = arena_cstr(r->job->arena, serve_data_folder(r->job->home));
	const char *folder = arena_cstr(r->job->arena, r->setting.folder);
	int64_t database = file_size(arena_format(r->job->arena, "%s/zhifang.db", data).at);

	return same_disk(data, folder) && !is_room(data, r->last_size + database) ? &backup_tight : NULL;
}

static problem make(struct running *r)
{
	struct serve *serve = r->job->home;
	struct text folder = arena_format(r->job->arena, "%.*s/", TEXT_ARG(r->setting.folder)); /* never a file of this name */
	struct backup_order order = { .db = r->job->db, .world = serve_world(serve), .data_folder = serve_data_folder(serve), .to = folder,
		                      .passphrase = r->passphrase, .mode = backup__mode(serve).at };
	struct backup_report report;
	struct backup_about about;
	problem why = r->setting.folder.length ? look_for_room(r) : &backup_off;

	if (!why)
		why = backup_make(&order, r->job->arena, &report);
	if (why)
		return why;
	r->run.path = report.path;
	r->run.size = report.size;
	r->run.files = report.files;
	r->run.missing = report.missing;
	r->run.sealed = r->passphrase.at != NULL;
	why = backup_verify(report.path, r->passphrase, r->job->arena, &about, NULL);
	if (why)
		unlink(report.path.at);
	return why;
}

static problem note_removed(struct tx *tx, void *arg)
{
	run__removed(tx, ((const struct running *)arg)->old->id);
	return tx_problem(tx);
}

struct keeping_few {
	struct arena *arena;
	struct backup_run *all;
	size_t count;
};

static problem list_kept(struct tx *tx, void *arg)
{
	struct keeping_few *k = arg;

	tx_use_arena(tx, k->arena);
	return run__kept(tx, &k->all, &k->count);
}

/* Only files that this site has made, by its own rows. */
static problem remove_old(struct running *r)
{
	struct keeping_few k = { .arena = r->job->arena };
	problem why = db_read(r->job->db, list_kept, &k);
	int64_t kept = 0;

	for (size_t i = 0; !why && i < k.count; i++) {
		bool there = !access(k.all[i].path.at, F_OK);

		if (there && ++kept <= r->setting.keep)
			continue;
		if (there && unlink(k.all[i].path.at))
			continue;
		r->old = &k.all[i];
		why = db_write(r->job->db, note_removed, r);
	}
	return why;
}

static problem run_backup(struct job *job)
{
	struct running r = running_of(job, RUN_BACKUP);
	problem why = db_write(job->db, begin, &r), made;

	if (why)
		return why;
	step_back(NICE);
	made = make(&r);
	step_back(0);
	why = finish(&r, made);
	return why || made ? why : remove_old(&r);
}

/* ---- drill ---- */

static const struct problem drill_nothing = { 409, "drill-nothing", "There is no backup to try." };
static const struct problem drill_disagrees = { 500, "drill-disagrees", "What was restored does not agree with itself." };

static problem check_restored(struct running *r, const char *scratch)
{
	struct check_line lines[CHECK_LINES];
	struct db *db;
	problem why = db_open(arena_format(r->job->arena, "sqlite:%s/zhifang.db", scratch), &(struct db_options){ .world = db_world(r->job->db) }, &db);

	if (why)
		return why;
	why = db_migrate(db, migrations_all, migrations_all_count);
	if (!why)
		why = backup_check(db, text_of(scratch), r->job->arena, lines);
	for (int i = 0; !why && i < CHECK_LINES; i++) {
		if (!lines[i].wrong.at)
			continue;
		r->run.why = arena_format(r->job->arena, "%s: %.*s", lines[i].what, TEXT_ARG(lines[i].wrong));
		why = &drill_disagrees;
	}
	db_close(db);
	return why;
}

static problem restore_and_check(struct running *r)
{
	const char *scratch = arena_format(r->job->arena, "%.*s/drill", TEXT_ARG(serve_data_folder(r->job->home))).at;
	struct restore_order order = { .world = db_world(r->job->db), .path = r->run.path, .passphrase = r->passphrase, .data_folder = text_of(scratch) };
	struct backup_about about;
	problem why;

	backup__remove_tree(scratch);
	why = backup_restore(&order, r->job->arena, &about, NULL);
	if (!why)
		why = check_restored(r, scratch);
	backup__remove_tree(scratch);
	if (!why)
		r->run.why = TEXT("restored");
	return why;
}

/* There is no second server to restore into: each byte is read and compared, and the page says that it was that. */
static problem verify_only(struct running *r)
{
	struct backup_about about;
	problem why = backup_verify(r->run.path, r->passphrase, r->job->arena, &about, NULL);

	if (!why)
		r->run.why = TEXT("verified");
	return why;
}

/* The copy is unpacked beside the live data, and shall not take its room. */
static problem restore_or_verify(struct running *r)
{
	problem why;

	if (db_is_postgresql(r->job->db))
		return verify_only(r);
	if (is_room(arena_cstr(r->job->arena, serve_data_folder(r->job->home)), r->run.size))
		return restore_and_check(r);
	why = verify_only(r);
	if (!why)
		r->run.why = TEXT("verified-no-room");
	return why;
}

static problem find_last(struct tx *tx, void *arg)
{
	struct running *r = arg;
	struct backup_run last;
	problem why;

	tx_use_arena(tx, r->job->arena);
	why = run__newest(tx, RUN_BACKUP, RUN_DONE, &last);
	if (!why && !last.removed) {
		r->run.path = last.path;
		r->run.size = last.size;
	}
	return why == &problem_not_found ? tx_problem(tx) : why;
}

static problem run_drill(struct job *job)
{
	struct running r = running_of(job, RUN_DRILL);
	problem why = db_read(job->db, find_last, &r), tried;

	if (!why)
		why = db_write(job->db, begin, &r);
	if (why)
		return why;
	step_back(NICE);
	tried = !r.run.path.length ? &drill_nothing : restore_or_verify(&r);
	step_back(0);
	return finish(&r, tried);
}

/* ---- the clock ---- */

static const char *const job_kinds[] = { [RUN_BACKUP] = "backup-make", [RUN_DRILL] = "backup-drill" };

void backup__ask(struct tx *tx, int kind, struct user_id by)
{
	job_add(tx, job_kinds[kind], TEXT("one"), arena_format(tx_arena(tx), "{\"by\":%lld}", (long long)by.v), 0);
}

/* Began since then, and not a failure that is to be tried again by now. */
static bool is_covered(struct tx *tx, int kind, int64_t since_ms)
{
	struct backup_run newest;

	if (run__newest(tx, kind, 0, &newest) || newest.began_ms < since_ms)
		return false;
	return newest.state != RUN_FAILED || newest.began_ms > tx_now_ms(tx) - HOUR_MS;
}

static problem look_at_clock(struct tx *tx, void *arg)
{
	struct backup_setting setting;
	struct backup_run last;
	problem why = setting_read(tx, &backup_group, &setting, NULL);

	(void)arg;
	if (why || !setting.folder.length)
		return why;
	if (!is_covered(tx, RUN_BACKUP, backup__due_ms(tx_now_ms(tx), setting.hour)))
		backup__ask(tx, RUN_BACKUP, (struct user_id){ 0 });
	if (!run__newest(tx, RUN_BACKUP, RUN_DONE, &last) && !is_covered(tx, RUN_DRILL, tx_now_ms(tx) - DRILL_EVERY_MS))
		backup__ask(tx, RUN_DRILL, (struct user_id){ 0 });
	return tx_problem(tx);
}

static problem run_clock(struct job *job)
{
	problem why = db_write(job->db, look_at_clock, NULL);

	job_again(job, world_now_ms(db_world(job->db)) + LOOK_MS);
	return why;
}

static problem plan(struct tx *tx, void *arg)
{
	(void)arg;
	job_add(tx, "backup-clock", TEXT("one"), TEXT("{}"), 0);
	return tx_problem(tx);
}

problem backup__plan(struct db *db) { return db_write(db, plan, NULL); }

const struct job_kind backup_jobs[] = {
	{ .kind = "backup-clock", .run = run_clock, .tries_max = 1000000 },
	{ .kind = "backup-make", .run = run_backup, .tries_max = 3 },
	{ .kind = "backup-drill", .run = run_drill, .tries_max = 3 },
	{ 0 }
};

/* ---- the owner's list ---- */

problem backup_folder(struct tx *tx, struct text *ret)
{
	struct backup_setting set;
	problem why = setting_read(tx, &backup_group, &set, NULL);

	if (!why)
		*ret = set.folder;
	return why;
}

static struct text age_of(struct tx *tx, int64_t then_ms)
{
	int64_t hours = (tx_now_ms(tx) - then_ms) / HOUR_MS;

	return arena_format(tx_arena(tx), "%lld h", (long long)hours);
}

static problem check_backup(struct tx *tx, struct check *check)
{
	struct backup_run good = { 0 }, last = { 0 };
	problem why = run__newest(tx, RUN_BACKUP, RUN_DONE, &good);

	if (why && why != &problem_not_found)
		return why;
	if (!why && good.began_ms > tx_now_ms(tx) - BACKUP_OLD_MS) {
		check->state = CHECK_GOOD;
		return NULL;
	}
	check->state = why ? CHECK_MISSING : CHECK_WRONG;
	if (!why)
		check->detail = age_of(tx, good.began_ms);
	why = run__newest(tx, RUN_BACKUP, RUN_FAILED, &last);
	if (!why && last.began_ms > good.began_ms) {
		check->state = CHECK_WRONG;
		check->detail = last.why;
	}
	return tx_problem(tx);
}

static problem check_drill(struct tx *tx, struct check *check)
{
	struct backup_run last;
	problem why = run__newest(tx, RUN_DRILL, 0, &last);

	check->state = why ? CHECK_LATER : last.state == RUN_FAILED ? CHECK_WRONG : CHECK_GOOD;
	if (!why && last.state == RUN_FAILED)
		check->detail = last.why;
	return tx_problem(tx);
}

problem backup__checks(struct tx *tx, const struct serve *serve, struct checks *to)
{
	struct check backup = { .key = TEXT("backup") }, drill = { .key = TEXT("backup-drill") };
	problem why = check_backup(tx, &backup);

	(void)serve;
	if (!why)
		why = check_drill(tx, &drill);
	if (why)
		return why;
	check_add(to, &backup);
	check_add(to, &drill);
	return NULL;
}
