/* schedule.h - backups by the clock and by hand, the drill, and what the owner is told; between the files of this room only. */
#ifndef BACKUP_SCHEDULE_H
#define BACKUP_SCHEDULE_H

#include "backup/backup.h"
#include "site/site.h"

struct backup_setting {
	struct text folder;       /* absolute; empty: none is made by the clock */
	int64_t hour;             /* of the day in Beijing */
	int64_t keep;             /* so many stay */
};
extern const struct shape backup_setting_shape;
extern const struct setting_group backup_group;
#define BACKUP_PASSPHRASE "backup.passphrase"

#define RUN_KINDS(X) X(BACKUP, "backup") X(DRILL, "drill")
#define X_RUN_KIND(id, name) RUN_##id,
enum run_kind { RUN_KIND_NONE, RUN_KINDS(X_RUN_KIND) RUN_KIND_COUNT };
#undef X_RUN_KIND
extern const char *const run_kind_names[];

#define RUN_STATES(X) X(RUNNING, "running") X(DONE, "done") X(FAILED, "failed")
#define X_RUN_STATE(id, name) RUN_##id,
enum run_state { RUN_STATE_NONE, RUN_STATES(X_RUN_STATE) RUN_STATE_COUNT };
#undef X_RUN_STATE
extern const char *const run_state_names[];

struct backup_run {
	int64_t id;
	int kind, state;
	int64_t asked_by, began_ms, ended_ms;
	struct text path;
	int64_t size, files, missing;
	bool sealed, removed;
	struct text why;
	bool there;               /* no column: the file is where it was put */
};
extern const struct shape backup_run_shape;

enum { BACKUP_OLD_MS = 2 * 86400 * 1000, DRILL_EVERY_MS = 7 * 86400 * 1000 };

/* ---- backup_store.c ---- */

void run__add(struct tx *tx, const struct backup_run *run);
void run__end(struct tx *tx, const struct backup_run *run);
void run__interrupt(struct tx *tx, int kind); /* what a process that died has left running */
MUST problem run__list(struct tx *tx, int kind, size_t most, struct backup_run **ret, size_t *ret_count); /* newest first */
/* The newest of the kind and state; state 0: any. problem_not_found */
MUST problem run__newest(struct tx *tx, int kind, int state, struct backup_run *ret);
MUST problem run__kept(struct tx *tx, struct backup_run **ret, size_t *ret_count); /* backups whose files we have not removed, newest first */
void run__removed(struct tx *tx, int64_t id);

/* ---- schedule.c ---- */

/* Of the disk that this path is on; false: nobody knows. A variable so that a test can have a small disk. */
struct backup_space {
	int64_t free, all;        /* bytes */
};
extern bool (*backup__space)(const char *path, struct backup_space *ret);

/* The moment of the last day's hour that has come. */
int64_t backup__due_ms(int64_t now_ms, int64_t hour);
void backup__ask(struct tx *tx, int kind, struct user_id by);
extern const struct job_kind backup_jobs[];
MUST problem backup__plan(struct db *db);
problem backup__checks(struct tx *tx, const struct serve *serve, struct checks *to);
struct text backup__mode(const struct serve *serve);

/* ---- backup_http.c ---- */

extern const struct route backup_routes[];

#endif
