/* jobs.c - work after a commit, done at least once and by one process at a time.
 *
 * A runner claims a job by a lease: state running, run_at_ms = the lease's end, which a keeper moves on while the job runs.
 * Whoever finds a lease that ended takes the job over; only the holder of the lease may finish it. A lease whose process is
 * known to be dead (same machine, same pid namespace) ends at the next start.
 *
 * A runner that finds nothing sleeps until a commit of this process adds a job, until the next one is due, or for POLL_MS,
 * in which it sees those of other processes. */
#include "db/internal.h"

#include "base/log.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LEASE_MS = 15000, KEEP_MS = 5000, POLL_MS = 500, HOUR_MS = 3600 * 1000, TRIES_MAX = 20, FIRST_WAIT_MS = 1000,
       JOB_ARENA_MAX = 512 << 20, THREADS_MAX = 64, OWNER_MAX = 160, NEWS_KEPT_MS = 7 * 24 * HOUR_MS, FINISH_TRIES = 5 };

struct claim {
	int64_t id, lease, tries;
	struct text kind, payload;
};

static const struct shape claim_shape = SHAPE(claim,
	FIELD(claim, id, SHAPE_INT),
	FIELD(claim, lease, SHAPE_INT),
	FIELD(claim, tries, SHAPE_INT),
	FIELD(claim, kind, SHAPE_TEXT),
	FIELD(claim, payload, SHAPE_TEXT));

struct runner {
	struct db_jobs *jobs;
	pthread_t thread;
	struct arena *arena;
	struct claim claim;              /* under jobs->lock; id 0: none */
};

struct db_jobs {
	struct db *db;
	void *home;
	const struct job_kind *const *tables;
	size_t n;
	const char *claim_sql, *due_sql; /* with the kinds of these tables */
	char owner[OWNER_MAX];
	struct runner *runners;
	int threads;
	pthread_t keeper;
	pthread_mutex_t lock;
	pthread_cond_t stopped;
	_Atomic bool stop;
};

void job_add(struct tx *tx, const char *kind, struct text key, struct text payload, int64_t run_at_ms)
{
	int64_t now = tx_now_ms(tx);

	/* On a conflict the row is written all the same: nobody can claim it before this transaction's facts are there to see. */
	run(tx, "insert into job (id, kind, job_key, payload, state, run_at_ms, tries, lease, added_ms)"
		" values ($1, $2, $3, $4, 'waiting', $5, 0, 0, $6)"
		" on conflict (kind, job_key) where state = 'waiting' do update set added_ms = job.added_ms",
	    V(tx_id(tx), kind, key, payload.at ? payload : TEXT("null"), run_at_ms ? run_at_ms : now, now));
	tx->jobs = true;
}

bool job_waits(struct tx *tx, const char *kind, struct text part)
{
	return read_int(tx, 0, "select count(*) from job where kind = $1 and state <> 'parked' and replace(payload, $2, '') <> payload", V(kind, part)) > 0;
}

static const struct job_kind *kind_find(const struct db_jobs *jobs, struct text name)
{
	for (size_t i = 0; i < jobs->n; i++)
		for (const struct job_kind *kind = jobs->tables[i]; kind && kind->kind; kind++)
			if (text_is(name, kind->kind))
				return kind;
	return NULL;
}

/* ---- the end of a run, and the next claim ---- */

struct turn {
	struct runner *runner;
	struct claim ended;              /* id 0: none */
	const struct job_kind *kind;
	problem why;
	int64_t again_ms;                /* 0: it is done, unless there is a problem */
	struct claim next;               /* id 0: nothing is due */
};

/* Before the try after this one; < 0: never */
static int64_t wait_after(const struct job_kind *kind, int64_t tries)
{
	int64_t wait = kind->first_wait_ms ? kind->first_wait_ms : FIRST_WAIT_MS;
	int tries_max = kind->tries_max ? kind->tries_max : kind->wait_ms ? INT32_MAX : TRIES_MAX;

	if (tries >= tries_max)
		return -1;
	if (kind->wait_ms)
		return kind->wait_ms((int)tries);
	for (int64_t i = 1; i < tries && wait < HOUR_MS; i++)
		wait *= 2;
	return wait < HOUR_MS ? wait : HOUR_MS;
}

/* True when one of the same key was added meanwhile: it does the work, and this one is gone. */
static bool give_way(struct tx *tx, const struct claim *ended)
{
	return run_count(tx, "delete from job where id = $1 and lease = $2 and exists (select 1 from job other"
			     " where other.kind = job.kind and other.job_key = job.job_key and other.state = 'waiting')",
			 V(ended->id, ended->lease)) > 0;
}

static void repeat_job(struct tx *tx, const struct turn *turn)
{
	const struct claim *ended = &turn->ended;

	if (!give_way(tx, ended))
		run(tx, "update job set state = 'waiting', lease = 0, tries = 0, run_at_ms = $3, why = null, failed_ms = null"
			" where id = $1 and lease = $2",
		    V(ended->id, ended->lease, turn->again_ms));
}

static void fail_job(struct tx *tx, const struct turn *turn)
{
	const struct claim *ended = &turn->ended;
	int64_t wait = wait_after(turn->kind, ended->tries);

	if (wait < 0) {
		run(tx, "update job set state = 'parked', lease = 0, why = $3, failed_ms = $4 where id = $1 and lease = $2",
		    V(ended->id, ended->lease, turn->why->type, tx_now_ms(tx)));
		return;
	}
	if (!give_way(tx, ended))
		run(tx, "update job set state = 'waiting', lease = 0, run_at_ms = $3, why = $4, failed_ms = $5 where id = $1 and lease = $2",
		    V(ended->id, ended->lease, tx_now_ms(tx) + wait, turn->why->type, tx_now_ms(tx)));
}

void job_again(struct job *job, int64_t at_ms)
{
	assert(at_ms > 0);
	job->again_ms = at_ms;
}

static void end_job(struct tx *tx, const struct turn *turn)
{
	if (turn->why)
		fail_job(tx, turn);
	else if (turn->again_ms)
		repeat_job(tx, turn);
	else
		run(tx, "delete from job where id = $1 and lease = $2", V(turn->ended.id, turn->ended.lease));
}

static const struct problem nothing_due = { 404, "nothing-due", "No job is due." };

static problem take_turn(struct tx *tx, void *arg)
{
	struct turn *turn = arg;
	struct db_jobs *jobs = turn->runner->jobs;
	int64_t now = tx_now_ms(tx);
	problem why;

	turn->next = (struct claim){ 0 };
	tx_use_arena(tx, turn->runner->arena);
	if (turn->ended.id)
		end_job(tx, turn);
	if (jobs->stop)
		return tx->why;
	why = read_one(tx, &nothing_due, &claim_shape, &turn->next, jobs->claim_sql,
		       V(now, now + LEASE_MS, tx_id(tx), jobs->owner));
	return why == &nothing_due ? NULL : why;
}

static void pause_ms(int64_t ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

/* What cannot be finished is tried a few times; then its lease ends, and it runs again. */
static void turn_over(struct turn *turn)
{
	struct db *db = turn->runner->jobs->db;
	problem why = db->driver->run(db, MODE_CLAIM, take_turn, turn);

	for (int i = 1; why && turn->ended.id && i < FINISH_TRIES; i++) {
		pause_ms(100 * i);
		why = db->driver->run(db, MODE_CLAIM, take_turn, turn);
	}
	if (why)
		turn->next = (struct claim){ 0 };
}

/* ---- running ---- */

static const struct problem job_lost = { 500, "job-lost", "The process ended, or lost its lease, at every try." };

static void set_claim(struct runner *runner, struct claim claim)
{
	pthread_mutex_lock(&runner->jobs->lock);
	runner->claim = claim;
	pthread_mutex_unlock(&runner->jobs->lock);
}

static void say_failed(const struct job_kind *kind, const struct claim *claim, problem why)
{
	char tries[24];
	bool parked = wait_after(kind, claim->tries) < 0;

	snprintf(tries, sizeof tries, "%lld", (long long)claim->tries);
	log_line(parked ? LOG_ERROR : LOG_WARN, parked ? "job-parked" : "job-failed", "kind", text_of(kind->kind), "why",
		 text_of(why->type), "tries", text_of(tries), NULL);
}

static problem run_claim(struct runner *runner, const struct job_kind *kind, const struct claim *claim, int64_t *ret_again_ms)
{
	struct db_jobs *jobs = runner->jobs;
	struct job job = { .id = claim->id, .tries = (int)claim->tries, .kind = claim->kind, .payload = claim->payload,
			   .db = jobs->db, .home = jobs->home, .arena = runner->arena };
	problem why;

	if (kind->tries_max && claim->tries > kind->tries_max)
		return &job_lost;
	set_claim(runner, *claim);
	why = kind->run(&job);
	set_claim(runner, (struct claim){ 0 });
	*ret_again_ms = job.again_ms;
	if (why)
		say_failed(kind, claim, why);
	return why;
}

/* All that is due, one after the other; the end of one and the claim of the next share a commit. */
static size_t run_due(struct runner *runner)
{
	struct turn turn = { .runner = runner };
	size_t ran = 0;

	for (turn_over(&turn); turn.next.id; ran++) {
		struct claim claim = turn.next;

		turn.kind = kind_find(runner->jobs, claim.kind);
		turn.again_ms = 0;
		turn.why = run_claim(runner, turn.kind, &claim, &turn.again_ms);
		turn.ended = claim;
		arena_reset(runner->arena);
		turn_over(&turn);
	}
	arena_reset(runner->arena);
	return ran;
}

size_t db_jobs_run(struct db_jobs *jobs)
{
	return run_due(&jobs->runners[jobs->threads]);
}

struct due {
	struct db_jobs *jobs;
	int64_t wait_ms;
};

static problem look_for_due(struct tx *tx, void *arg)
{
	struct due *due = arg;
	int64_t at = read_int(tx, INT64_MAX, due->jobs->due_sql, V0), now = tx_now_ms(tx);

	due->wait_ms = at <= now ? 0 : at - now < POLL_MS ? at - now : POLL_MS;
	return tx->why;
}

/* `seen`: the commits with jobs that were counted before we looked. */
static void wait_for_job(struct db_jobs *jobs, uint64_t seen, int64_t ms)
{
	struct db *db = jobs->db;
	struct timespec end = db__monotonic_after(ms);

	pthread_mutex_lock(&db->lock);
	while (!jobs->stop && db->jobs_count == seen)
		if (pthread_cond_timedwait(&db->jobs_changed, &db->lock, &end))
			break;
	pthread_mutex_unlock(&db->lock);
}

static uint64_t count_commits(struct db *db)
{
	uint64_t count;

	pthread_mutex_lock(&db->lock);
	count = db->jobs_count;
	pthread_mutex_unlock(&db->lock);
	return count;
}

static void *run_all(void *arg)
{
	struct runner *runner = arg;
	struct db_jobs *jobs = runner->jobs;

	while (!jobs->stop) {
		uint64_t seen = count_commits(jobs->db);
		struct due due = { .jobs = jobs, .wait_ms = POLL_MS };

		if (db_read(jobs->db, look_for_due, &due))
			due.wait_ms = POLL_MS;
		if (due.wait_ms || !run_due(runner))
			wait_for_job(jobs, seen, due.wait_ms ? due.wait_ms : POLL_MS);
	}
	return NULL;
}

/* ---- the keeper ---- */

static problem move_leases(struct tx *tx, void *arg)
{
	struct db_jobs *jobs = arg;

	for (int i = 0; i < jobs->threads; i++) {
		struct claim claim;

		pthread_mutex_lock(&jobs->lock);
		claim = jobs->runners[i].claim;
		pthread_mutex_unlock(&jobs->lock);
		if (claim.id)
			run(tx, "update job set run_at_ms = $3 where id = $1 and lease = $2",
			    V(claim.id, claim.lease, tx_now_ms(tx) + LEASE_MS));
	}
	return NULL;
}

static bool any_runs(struct db_jobs *jobs)
{
	bool any = false;

	pthread_mutex_lock(&jobs->lock);
	for (int i = 0; i < jobs->threads; i++)
		any |= jobs->runners[i].claim.id != 0;
	pthread_mutex_unlock(&jobs->lock);
	return any;
}

static problem prune_news(struct tx *tx, void *arg)
{
	(void)arg;
	news__prune(tx, tx_now_ms(tx) - NEWS_KEPT_MS);
	return NULL;
}

static void keep_once(struct db_jobs *jobs, int64_t round)
{
	problem why = NULL;

	if (any_runs(jobs))
		why = jobs->db->driver->run(jobs->db, MODE_CLAIM, move_leases, jobs);
	if (!why && round % (HOUR_MS / KEEP_MS) == 0)
		why = db_write(jobs->db, prune_news, NULL);
	if (why)
		log_line(LOG_WARN, "jobs-keeper", "why", text_of(why->type), NULL);
}

static void *keep(void *arg)
{
	struct db_jobs *jobs = arg;
	struct timespec next;

	for (int64_t round = 1;; round++) {
		next = db__monotonic_after(KEEP_MS);
		pthread_mutex_lock(&jobs->lock);
		while (!jobs->stop && !pthread_cond_timedwait(&jobs->stopped, &jobs->lock, &next))
			;
		pthread_mutex_unlock(&jobs->lock);
		if (jobs->stop)
			return NULL;
		keep_once(jobs, round);
	}
}

/* ---- start and stop ---- */

static void add_kinds(struct buffer *sql, const struct db_jobs *jobs)
{
	const char *before = "";

	buffer_add(sql, TEXT(" kind in ("));
	for (size_t i = 0; i < jobs->n; i++)
		for (const struct job_kind *kind = jobs->tables[i]; kind && kind->kind; kind++, before = ", ") {
			assert(strspn(kind->kind, "abcdefghijklmnopqrstuvwxyz0123456789._-") == strlen(kind->kind));
			buffer_format(sql, "%s'%s'", before, kind->kind);
		}
	buffer_add(sql, *before ? TEXT(")") : TEXT("'')"));
}

static void make_sql(struct db_jobs *jobs)
{
	CLEANUP(buffer_free) struct buffer sql = BUFFER(1 << 16);

	buffer_add(&sql, TEXT("select run_at_ms from job where state <> 'parked' and"));
	add_kinds(&sql, jobs);
	buffer_add(&sql, TEXT(" order by run_at_ms limit 1"));
	jobs->due_sql = db__intern(jobs->db, buffer_text(&sql));
	buffer_clear(&sql);
	buffer_add(&sql, TEXT("update job set state = 'running', tries = tries + 1, run_at_ms = $2, lease = $3, lease_by = $4"
			      " where id = (select id from job where state <> 'parked' and run_at_ms <= $1 and"));
	add_kinds(&sql, jobs);
	buffer_add(&sql, TEXT(" order by run_at_ms, id limit 1"));
	if (jobs->db->driver->postgresql)
		buffer_add(&sql, TEXT(" for update skip locked"));
	buffer_add(&sql, TEXT(") returning id, lease, tries, kind, payload"));
	jobs->claim_sql = db__intern(jobs->db, buffer_text(&sql));
	assert(!sql.why);
}

struct owner {
	struct text name;
};
static const struct shape owner_shape = SHAPE(owner, FIELD(owner, name, SHAPE_TEXT));

static problem free_dead(struct tx *tx, void *arg)
{
	struct owner *owners;
	size_t n;
	problem why = read_all(tx, &owner_shape, 1000, (void **)&owners, &n,
			       "select distinct lease_by from job where state = 'running' limit 1000", V0);

	(void)arg;
	for (size_t i = 0; !why && i < n; i++)
		if (owner__is_dead(owners[i].name))
			run(tx, "update job set run_at_ms = 0, lease = 0 where state = 'running' and lease_by = $1",
			    V(owners[i].name));
	return why;
}

static void start_threads(struct db_jobs *jobs)
{
	for (int i = 0; i <= jobs->threads; i++)
		jobs->runners[i] = (struct runner){ .jobs = jobs, .arena = arena_new(JOB_ARENA_MAX) };
	for (int i = 0; i < jobs->threads; i++)
		if (pthread_create(&jobs->runners[i].thread, NULL, run_all, &jobs->runners[i]))
			abort();
	if (jobs->threads && pthread_create(&jobs->keeper, NULL, keep, jobs))
		abort();
}

problem db_jobs_start(struct db *db, const struct job_kind *const *tables, size_t n, void *home, int threads, struct db_jobs **ret)
{
	struct db_jobs *jobs;
	problem why = db_write(db, free_dead, NULL);

	assert(threads >= 0 && threads <= THREADS_MAX);
	if (why)
		return why;
	jobs = calloc(1, sizeof *jobs);
	if (!jobs)
		abort();
	*jobs = (struct db_jobs){ .db = db, .home = home, .tables = tables, .n = n, .threads = threads };
	jobs->runners = calloc((size_t)threads + 1, sizeof *jobs->runners);
	if (!jobs->runners)
		abort();
	owner__name(jobs->owner, sizeof jobs->owner);
	pthread_mutex_init(&jobs->lock, NULL);
	db__cond_init(&jobs->stopped);
	make_sql(jobs);
	start_threads(jobs);
	*ret = jobs;
	return NULL;
}

static void tell_to_stop(struct db_jobs *jobs)
{
	jobs->stop = true;
	pthread_mutex_lock(&jobs->lock);
	pthread_cond_broadcast(&jobs->stopped);
	pthread_mutex_unlock(&jobs->lock);
	pthread_mutex_lock(&jobs->db->lock);
	pthread_cond_broadcast(&jobs->db->jobs_changed);
	pthread_mutex_unlock(&jobs->db->lock);
}

void db_jobs_stop(struct db_jobs *jobs)
{
	if (!jobs)
		return;
	tell_to_stop(jobs);
	for (int i = 0; i < jobs->threads; i++)
		pthread_join(jobs->runners[i].thread, NULL);
	if (jobs->threads)
		pthread_join(jobs->keeper, NULL);
	for (int i = 0; i <= jobs->threads; i++)
		arena_free(jobs->runners[i].arena);
	pthread_cond_destroy(&jobs->stopped);
	pthread_mutex_destroy(&jobs->lock);
	free(jobs->runners);
	free(jobs);
}

struct count {
	const char *state;
	int64_t n;
};

static problem count_jobs(struct tx *tx, void *arg)
{
	struct count *count = arg;

	count->n = read_int(tx, -1, "select count(*) from job where state = $1", V(count->state));
	return NULL;
}

int64_t db_jobs_count(struct db *db, const char *state)
{
	struct count count = { .state = state };

	return db_read(db, count_jobs, &count) ? -1 : count.n;
}
