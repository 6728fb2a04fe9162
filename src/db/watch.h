/* watch.h - what whoever looks after the house sees of its database: jobs that wait or failed, statements that take long,
 * its size. No payload of a job and no value of a statement is in it. */
#ifndef DB_WATCH_H
#define DB_WATCH_H

#include "db/db.h"

/* ---- jobs ---- */

struct job_count {
	struct text kind;
	int64_t waiting, running, parked;
	int64_t failing;           /* of those that wait: their last try failed, another comes by itself */
	int64_t due_ms;            /* since when the oldest of those that wait could have run; 0: none could */
};
enum { JOB_KINDS_MAX = 500 };
MUST problem db_job_counts(struct tx *tx, struct job_count **ret, size_t *ret_count); /* by kind */

/* A job whose last try failed: parked, given up until somebody asks for it; or waiting for its next try. */
struct failed_job {
	int64_t id;
	struct text kind;
	bool parked;
	int64_t tries, added_ms, failed_ms;
	int64_t next_ms;           /* parked: 0 */
	struct text why;           /* the type of the problem; absent where a process died */
};
/* Newest first; `before` is the id of the last one of the page before, 0: the first page. */
MUST problem db_failed_jobs(struct tx *tx, int64_t before, size_t most, struct failed_job **ret, size_t *ret_count);

extern const struct problem job_missing; /* 404: it is not there, or was done meanwhile */
extern const struct problem job_runs;    /* 409: it runs at this moment, and is left alone */
extern const struct problem job_well;    /* 409: nothing failed, so there is nothing to decide */

/* Now, and a parked one with its tries counted anew. Where another of the same kind and key waits, that one does the work and
 * this one is gone. *ret: what it was before. */
MUST problem db_job_retry(struct tx *tx, int64_t id, struct failed_job *ret);
MUST problem db_job_drop(struct tx *tx, int64_t id, struct failed_job *ret); /* away with it, undone */

/* The same for all of a kind that failed, the oldest first, JOBS_AT_ONCE at most: *ret_count of them, which is fewer when no more are left. */
enum { JOBS_AT_ONCE = 1000 };
MUST problem db_jobs_retry(struct tx *tx, struct text kind, int64_t *ret_count);
MUST problem db_jobs_drop(struct tx *tx, struct text kind, int64_t *ret_count);

/* ---- statements ---- */

/* By its text, since the database was opened, in microseconds; a read by pieces counts with what is done with them. */
struct slow_statement {
	struct text sql;
	int64_t count, total_us, worst_us;
	int64_t p99_us;            /* not more than this, to a factor of two, in 99 of 100 times */
};
/* Those that took most in all, first. What was used least is forgotten once there are SLOW_MAX of them. */
enum { SLOW_MAX = 512 };
size_t db_slow(struct db *db, struct arena *arena, size_t most, struct slow_statement **ret);

/* ---- the whole ---- */

/* Bytes on the disk: of SQLite with its journal, of PostgreSQL as the server says. */
MUST problem db_size(struct tx *tx, int64_t *ret);
int64_t db_migrations(struct tx *tx); /* how many were applied */

#endif
