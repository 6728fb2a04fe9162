/* watch.c - jobs as people see them, and the size of it all; see watch.h. A decision about a job is one statement that names the
 * state it was read in, so that of two people, or of a person and a runner, one is first and the other is told. */
#include "db/watch.h"

#include "db/internal.h"

#include <assert.h>
#include <sys/stat.h>

const struct problem job_missing = { 404, "job-missing", "There is no such job any more." };
const struct problem job_runs = { 409, "job-runs", "This job runs at this moment." };
const struct problem job_well = { 409, "job-well", "Nothing is wrong with this job." };

static const struct shape count_row = SHAPE(job_count,
	FIELD(job_count, kind,    SHAPE_TEXT),
	FIELD(job_count, waiting, SHAPE_INT),
	FIELD(job_count, running, SHAPE_INT),
	FIELD(job_count, parked,  SHAPE_INT),
	FIELD(job_count, failing, SHAPE_INT),
	FIELD(job_count, due_ms,  SHAPE_TIME));

problem db_job_counts(struct tx *tx, struct job_count **ret, size_t *ret_count)
{
	return read_all(tx, &count_row, JOB_KINDS_MAX, (void **)ret, ret_count,
			"select kind, count(*) filter (where state = 'waiting'), count(*) filter (where state = 'running'),"
			" count(*) filter (where state = 'parked'), count(*) filter (where state = 'waiting' and why is not null),"
			" coalesce(min(run_at_ms) filter (where state = 'waiting' and run_at_ms <= $1), 0) from job group by kind order by kind limit $2",
			V(tx_now_ms(tx), JOB_KINDS_MAX));
}

/* ---- one job ---- */

struct found_job {
	struct failed_job job;
	struct text state, key;
};

static const struct shape job_row = SHAPE(found_job,
	NAMED(found_job, "id",        job.id,        SHAPE_INT),
	NAMED(found_job, "kind",      job.kind,      SHAPE_TEXT),
	NAMED(found_job, "parked",    job.parked,    SHAPE_BOOL),
	NAMED(found_job, "tries",     job.tries,     SHAPE_INT),
	NAMED(found_job, "added_ms",  job.added_ms,  SHAPE_TIME),
	NAMED(found_job, "failed_ms", job.failed_ms, SHAPE_TIME),
	NAMED(found_job, "next_ms",   job.next_ms,   SHAPE_TIME),
	NAMED(found_job, "why",       job.why,       SHAPE_TEXT, .nullable = true),
	FIELD(found_job, state,       SHAPE_TEXT),
	FIELD(found_job, key,         SHAPE_TEXT, .nullable = true));

/* One that was parked before failures had a time: near the end of its last lease. */
#define JOB_COLUMNS                                                                                                      \
	"select id, kind, case when state = 'parked' then 1 else 0 end, tries, added_ms, coalesce(failed_ms, run_at_ms)," \
	" case when state = 'parked' then 0 else run_at_ms end, why, state, job_key from job"

#define PARKED_OR_FAILING "(state = 'parked' or (state = 'waiting' and why is not null))"

problem db_failed_jobs(struct tx *tx, int64_t before, size_t most, struct failed_job **ret, size_t *ret_count)
{
	struct found_job *rows;
	problem why = read_all(tx, &job_row, most, (void **)&rows, ret_count,
			       JOB_COLUMNS " where " PARKED_OR_FAILING " and ($1 = 0 or id < $1)"
					   " order by id desc limit $2",
			       V(before, most));

	if (why)
		return why;
	*ret = arena_array_of(tx_arena(tx), sizeof **ret, *ret_count + 1);
	for (size_t i = 0; i < *ret_count; i++)
		(*ret)[i] = rows[i].job;
	return NULL;
}

static problem find(struct tx *tx, int64_t id, struct found_job *ret)
{
	problem why = read_one(tx, &job_missing, &job_row, ret, JOB_COLUMNS " where id = $1", V(id));

	if (why)
		return why;
	if (text_is(ret->state, "running"))
		return &job_runs;
	return ret->job.parked || ret->job.why.at ? NULL : &job_well;
}

static bool another_waits(struct tx *tx, const struct found_job *job)
{
	return job->key.at && read_int(tx, 0, "select 1 from job where kind = $1 and job_key = $2 and state = 'waiting' and id <> $3",
				       V(job->job.kind, job->key, job->job.id));
}

problem db_job_retry(struct tx *tx, int64_t id, struct failed_job *ret)
{
	struct found_job found;
	problem why = find(tx, id, &found);

	if (why)
		return why;
	*ret = found.job;
	tx->jobs = true;
	if (another_waits(tx, &found))
		return run_one(tx, &job_missing, "delete from job where id = $1 and state = $2", V(id, found.state));
	return run_one(tx, &job_missing,
		       "update job set tries = case when state = 'parked' then 0 else tries end, state = 'waiting', run_at_ms = $3"
		       " where id = $1 and state = $2",
		       V(id, found.state, tx_now_ms(tx)));
}

problem db_job_drop(struct tx *tx, int64_t id, struct failed_job *ret)
{
	struct found_job found;
	problem why = find(tx, id, &found);

	if (why)
		return why;
	*ret = found.job;
	return run_one(tx, &job_missing, "delete from job where id = $1 and state = $2", V(id, found.state));
}

/* ---- all of a kind ---- */

/* A runner may claim one meanwhile, so a statement says the state again of what it changes. */

/* Parked ones of a key for which another waits, or a newer one is parked: that one does the work. */
static int64_t drop_replaced(struct tx *tx, struct text kind)
{
	return run_count(tx, "delete from job where state = 'parked' and id in (select id from job j where j.kind = $1 and j.state = 'parked'"
			     " and exists (select 1 from job other where other.kind = j.kind and other.job_key = j.job_key"
			     " and (other.state = 'waiting' or (other.state = 'parked' and other.id > j.id))) order by id limit $2)",
			 V(kind, JOBS_AT_ONCE));
}

problem db_jobs_retry(struct tx *tx, struct text kind, int64_t *ret_count)
{
	int64_t now = tx_now_ms(tx), most = JOBS_AT_ONCE;

	*ret_count = drop_replaced(tx, kind);
	most -= *ret_count;
	if (most)
		*ret_count += run_count(tx, "update job set tries = case when state = 'parked' then 0 else tries end, state = 'waiting', run_at_ms = $2"
					    " where " PARKED_OR_FAILING " and id in (select id from job where kind = $1 and " PARKED_OR_FAILING
					    " and (state = 'parked' or run_at_ms > $2) order by id limit $3)",
					V(kind, now, most));
	tx->jobs = true;
	return tx_problem(tx);
}

problem db_jobs_drop(struct tx *tx, struct text kind, int64_t *ret_count)
{
	*ret_count = run_count(tx, "delete from job where " PARKED_OR_FAILING " and id in (select id from job where kind = $1 and " PARKED_OR_FAILING
				   " order by id limit $2)",
			       V(kind, JOBS_AT_ONCE));
	return tx_problem(tx);
}

/* ---- the whole ---- */

static int64_t size_of_file(struct tx *tx, const char *end)
{
	struct stat about;

	return stat(arena_cstr(tx_arena(tx), arena_format(tx_arena(tx), "%s%s", tx->db->url, end)), &about) ? 0 : about.st_size;
}

problem db_size(struct tx *tx, int64_t *ret)
{
	if (db_is_postgresql(tx->db))
		*ret = read_int(tx, 0, "select pg_database_size(current_database())", V0);
	else
		*ret = size_of_file(tx, "") + size_of_file(tx, "-wal");
	return tx_problem(tx);
}

int64_t db_migrations(struct tx *tx)
{
	return read_int(tx, 0, "select count(*) from migration", V0);
}
