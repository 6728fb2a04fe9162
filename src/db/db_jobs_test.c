/* db_jobs_test.c - jobs are done at least once, by one runner at a time, with back-off; news come in order and none is lost. */
#include "base/log.h"
#include "base/testing.h"
#include "db/internal.h"
#include "db/testing.h"

#include <semaphore.h>
#include <unistd.h>

#define NOON INT64_C(1735732800000)

static struct world *world;
static struct db *db;

static int setup(void **state)
{
	(void)state;
	world = world_test(NOON, 1);
	db = db_testing_open_with(world, "create table mark (id {I64} primary key, n {I64} not null) {STRICT};\n");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_testing_close(db);
	world_close(world);
	return 0;
}

static const struct problem flaky = { 503, "flaky", "" };

/* ---- a scripted job ---- */

static struct {
	_Atomic int runs, failures_left;
	int tries;
	char payload[256];
} scripted;

static problem run_scripted(struct job *job)
{
	scripted.runs++;
	scripted.tries = job->tries;
	snprintf(scripted.payload, sizeof scripted.payload, "%.*s", TEXT_ARG(job->payload));
	assert_true(job->home == &scripted);
	return scripted.failures_left > 0 && scripted.failures_left-- ? &flaky : NULL;
}

static int64_t wait_table(int tries)
{
	static const int64_t waits[] = { 10, 20, 500 };

	return tries <= 3 ? waits[tries - 1] : -1;
}

static const struct job_kind kinds[] = {
	{ .kind = "scripted", .run = run_scripted, .tries_max = 5 },
	{ .kind = "table", .run = run_scripted, .wait_ms = wait_table },
	{ .kind = "long", .run = run_scripted, .first_wait_ms = 3600 * 1000, .tries_max = 100 },
	{ 0 }
};
static const struct job_kind *const tables[] = { kinds };

static struct db_jobs *start(int threads)
{
	struct db_jobs *jobs;

	scripted.runs = scripted.failures_left = 0;
	assert_done(db_jobs_start(db, tables, 1, &scripted, threads, &jobs));
	return jobs;
}

struct add {
	const char *kind, *key;
	int64_t at;
};

static problem add_job(struct tx *tx, void *arg)
{
	const struct add *add = arg;

	job_add(tx, add->kind, text_of(add->key), TEXT("{\"a\":1}"), add->at);
	return NULL;
}

static void add(const char *kind, const char *key, int64_t at)
{
	assert_done(db_write(db, add_job, &(struct add){ kind, key, at }));
}

static void test_a_job_runs_once_and_is_gone(void **state)
{
	struct db_jobs *jobs = start(0);

	(void)state;
	assert_int_equal(db_jobs_run(jobs), 0);
	add("scripted", NULL, 0);
	add("scripted", NULL, NOON + 5000);
	add("unheard-of", NULL, 0);
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_text(text_of(scripted.payload), "{\"a\":1}");
	assert_int_equal(scripted.tries, 1);
	world_move(world, 5000);
	assert_int_equal(db_jobs_run(jobs), 1);
	world_move(world, 100000000);
	assert_int_equal(db_jobs_run(jobs), 0);
	assert_int_equal(db_jobs_count(db, "waiting"), 1); /* somebody else's kind */
	db_jobs_stop(jobs);
}

static problem add_and_fail(struct tx *tx, void *arg)
{
	job_add(tx, "scripted", (struct text){ 0 }, TEXT("{}"), 0);
	(void)arg;
	return &flaky;
}

static void test_a_job_comes_with_the_fact_or_not_at_all(void **state)
{
	struct db_jobs *jobs = start(0);

	(void)state;
	assert_problem(db_write(db, add_and_fail, NULL), flaky);
	assert_int_equal(db_jobs_run(jobs), 0);
	db_jobs_stop(jobs);
}

static void test_back_off_and_parking(void **state)
{
	struct db_jobs *jobs = start(0);

	(void)state;
	add("scripted", NULL, 0);
	scripted.failures_left = 100;
	assert_int_equal(db_jobs_run(jobs), 1);
	for (int64_t wait = 1000; wait <= 8000; wait *= 2) {
		world_move(world, wait - 1);
		assert_int_equal(db_jobs_run(jobs), 0);
		world_move(world, 1);
		assert_int_equal(db_jobs_run(jobs), 1);
	}
	assert_int_equal(scripted.tries, 5);
	assert_int_equal(db_jobs_count(db, "parked"), 1);
	world_move(world, 1000000000);
	assert_int_equal(db_jobs_run(jobs), 0);
	db_jobs_stop(jobs);
}

static void test_back_off_ends_at_an_hour(void **state)
{
	struct db_jobs *jobs = start(0);

	(void)state;
	add("long", NULL, 0);
	scripted.failures_left = 100;
	assert_int_equal(db_jobs_run(jobs), 1);
	for (int i = 0; i < 5; i++) {
		world_move(world, 3600 * 1000 - 1);
		assert_int_equal(db_jobs_run(jobs), 0);
		world_move(world, 1);
		assert_int_equal(db_jobs_run(jobs), 1);
	}
	db_jobs_stop(jobs);
}

static void test_a_kind_with_waits_of_its_own(void **state)
{
	struct db_jobs *jobs = start(0);
	static const int64_t waits[] = { 10, 20, 500 };

	(void)state;
	add("table", NULL, 0);
	scripted.failures_left = 100;
	assert_int_equal(db_jobs_run(jobs), 1);
	for (int i = 0; i < 3; i++) {
		world_move(world, waits[i] - 1);
		assert_int_equal(db_jobs_run(jobs), 0);
		world_move(world, 1);
		assert_int_equal(db_jobs_run(jobs), 1);
	}
	assert_int_equal(db_jobs_count(db, "parked"), 1);
	db_jobs_stop(jobs);
}

static void test_one_waiting_job_a_key(void **state)
{
	struct db_jobs *jobs = start(0);

	(void)state;
	add("scripted", "a", NOON + 10);
	add("scripted", "a", 0);
	add("table", "a", NOON + 10);
	add("scripted", "b", NOON + 10);
	assert_int_equal(db_jobs_count(db, "waiting"), 3);
	assert_int_equal(db_jobs_run(jobs), 0); /* the first stays as it was */
	world_move(world, 10);
	assert_int_equal(db_jobs_run(jobs), 3);
	add("scripted", "a", 0);
	assert_int_equal(db_jobs_run(jobs), 1);
	db_jobs_stop(jobs);
}

/* A job of the same key is added while the first runs, which then fails. */
static problem run_and_add(struct job *job)
{
	scripted.runs++;
	if (job->tries > 1 || scripted.runs > 1)
		return NULL;
	add("again", "k", 0);
	return &flaky;
}

static void test_a_key_while_its_job_runs(void **state)
{
	static const struct job_kind again[] = { { .kind = "again", .run = run_and_add }, { 0 } };
	static const struct job_kind *const table[] = { again };
	struct db_jobs *jobs;

	(void)state;
	scripted.runs = 0;
	assert_done(db_jobs_start(db, table, 1, NULL, 0, &jobs));
	add("again", "k", 0);
	assert_int_equal(db_jobs_run(jobs), 2);
	assert_int_equal(db_jobs_count(db, "waiting") + db_jobs_count(db, "running"), 0);
	db_jobs_stop(jobs);
}

/* ---- again, without a failure ---- */

static struct {
	int runs, polls_left, failures_left, tries[16];
	int64_t wait_ms;
	bool add_another;
} polling;

static problem run_poll(struct job *job)
{
	polling.tries[polling.runs++] = job->tries;
	if (polling.failures_left && polling.failures_left--)
		return &flaky;
	if (polling.polls_left && polling.polls_left--)
		job_again(job, world_now_ms(world) + polling.wait_ms);
	if (polling.add_another) {
		polling.add_another = false;
		add("poll", "k", NOON + 100);
	}
	return NULL;
}

static problem run_poll_and_fail(struct job *job)
{
	polling.runs++;
	job_again(job, world_now_ms(world) + 1);
	return &flaky;
}

static struct db_jobs *start_polling(void)
{
	static const struct job_kind poll[] = {
		{ .kind = "poll", .run = run_poll, .tries_max = 3 }, { .kind = "poll-and-fail", .run = run_poll_and_fail, .tries_max = 2 }, { 0 }
	};
	static const struct job_kind *const table[] = { poll };
	struct db_jobs *jobs;

	memset(&polling, 0, sizeof polling);
	polling.wait_ms = 1000;
	assert_done(db_jobs_start(db, table, 1, NULL, 0, &jobs));
	return jobs;
}

/* What the log says while `fn` runs. */
static struct text log_of(struct arena *arena, void (*fn)(struct db_jobs *jobs), struct db_jobs *jobs)
{
	FILE *file = tmpfile();
	char *bytes = arena_alloc(arena, 4096);

	assert_non_null(file);
	log_set(fileno(file), LOG_WARN);
	fn(jobs);
	log_set(STDERR_FILENO, LOG_INFO);
	rewind(file);
	struct text said = { bytes, fread(bytes, 1, 4096, file) };
	fclose(file);
	return said;
}

static void poll_ten_times(struct db_jobs *jobs)
{
	assert_int_equal(db_jobs_run(jobs), 1);
	for (int i = 1; i < 10; i++) {
		world_move(world, polling.wait_ms - 1);
		assert_int_equal(db_jobs_run(jobs), 0);
		world_move(world, 1);
		assert_int_equal(db_jobs_run(jobs), 1);
	}
}

/* Far more runs than tries_max, and not one is called a failure. */
static void test_again_is_no_failure(void **state)
{
	struct db_jobs *jobs = start_polling();
	struct arena *arena = arena_new(1 << 16);

	(void)state;
	add("poll", "k", 0);
	polling.polls_left = 9;
	assert_text(log_of(arena, poll_ten_times, jobs), "");
	for (int i = 0; i < 10; i++)
		assert_int_equal(polling.tries[i], 1);
	assert_int_equal(polling.runs, 10);
	assert_int_equal(db_jobs_count(db, "waiting") + db_jobs_count(db, "parked"), 0);
	arena_free(arena);
	db_jobs_stop(jobs);
}

static void test_again_forgets_the_failures_before_it(void **state)
{
	struct db_jobs *jobs = start_polling();

	(void)state;
	add("poll", NULL, 0);
	polling.failures_left = 2;
	polling.polls_left = 1;
	db_jobs_run(jobs);
	world_move(world, 1000);
	db_jobs_run(jobs);
	world_move(world, 2000);
	db_jobs_run(jobs);
	assert_int_equal(polling.tries[2], 3);
	polling.failures_left = 2;
	for (int i = 0; i < 3; i++) {
		world_move(world, 4000);
		assert_int_equal(db_jobs_run(jobs), 1);
		assert_int_equal(polling.tries[3 + i], 1 + i);
	}
	assert_int_equal(db_jobs_count(db, "waiting") + db_jobs_count(db, "parked"), 0);
	db_jobs_stop(jobs);
}

static void test_a_failure_counts_whatever_was_asked_for(void **state)
{
	struct db_jobs *jobs = start_polling();

	(void)state;
	add("poll-and-fail", NULL, 0);
	assert_int_equal(db_jobs_run(jobs), 1);
	world_move(world, 1000);
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(db_jobs_count(db, "parked"), 1);
	db_jobs_stop(jobs);
}

static void test_again_gives_way_to_one_of_the_same_key(void **state)
{
	struct db_jobs *jobs = start_polling();

	(void)state;
	add("poll", "k", 0);
	polling.polls_left = 1;
	polling.add_another = true;
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(db_jobs_count(db, "waiting"), 1);
	world_move(world, 100); /* when the other one is due */
	assert_int_equal(db_jobs_run(jobs), 1);
	world_move(world, 100000);
	assert_int_equal(db_jobs_run(jobs), 0);
	db_jobs_stop(jobs);
}

/* ---- leases ---- */

struct lease {
	const char *by;
	int64_t until;
};

static problem take_lease(struct tx *tx, void *arg)
{
	const struct lease *lease = arg;

	run(tx, "update job set state = 'running', tries = tries + 1, lease = 1, lease_by = $1, run_at_ms = $2",
	    V(lease->by, lease->until));
	return NULL;
}

static void test_a_lease_ends(void **state)
{
	struct db_jobs *jobs = start(0);

	(void)state;
	add("scripted", NULL, 0);
	assert_done(db_write(db, take_lease, &(struct lease){ "another-boot/another-space/1/1", NOON + 15000 }));
	db_jobs_stop(jobs);
	jobs = start(0); /* nothing is known of that process */
	assert_int_equal(db_jobs_run(jobs), 0);
	world_move(world, 15000);
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(scripted.tries, 2);
	db_jobs_stop(jobs);
}

static void test_a_job_that_kills_its_process_is_parked(void **state)
{
	struct db_jobs *jobs = start(0);

	(void)state;
	add("scripted", NULL, 0);
	for (int i = 0; i < 5; i++)
		assert_done(db_write(db, take_lease, &(struct lease){ "another-boot/another-space/1/1", NOON }));
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(scripted.runs, 0);
	assert_int_equal(db_jobs_count(db, "parked"), 1);
	db_jobs_stop(jobs);
}

static void test_a_dead_process_loses_its_leases_at_the_next_start(void **state)
{
	char alive[160], dead[200];
	struct db_jobs *jobs = start(0);
	char *pid;

	(void)state;
	owner__name(alive, sizeof alive);
	assert_false(owner__is_dead(text_of(alive)));
	snprintf(dead, sizeof dead, "%s0", alive); /* our pid, but started at another time */
	assert_true(owner__is_dead(text_of(dead)));
	pid = strrchr(alive, '/');
	snprintf(dead, sizeof dead, "%.*s", (int)(pid - alive), alive);
	snprintf(strrchr(dead, '/') + 1, 40, "4194305%s", pid); /* more than any pid can be */
	assert_true(owner__is_dead(text_of(dead)));

	add("scripted", NULL, 0);
	assert_done(db_write(db, take_lease, &(struct lease){ alive, NOON + 15000 }));
	db_jobs_stop(jobs);
	jobs = start(0);
	assert_int_equal(db_jobs_run(jobs), 0);
	assert_done(db_write(db, take_lease, &(struct lease){ dead, NOON + 15000 }));
	db_jobs_stop(jobs);
	jobs = start(0);
	assert_int_equal(db_jobs_run(jobs), 1);
	db_jobs_stop(jobs);
}

/* ---- several runners ---- */

enum { MANY = 200 };
static _Atomic int running[MANY], ran[MANY];
static _Atomic int together, most_together;

static problem run_exclusive(struct job *job)
{
	int64_t i;
	int now;

	assert_true(text_to_int(job->payload, &i) && i >= 0 && i < MANY);
	assert_int_equal(running[i]++, 0);
	now = ++together;
	if (now > most_together)
		most_together = now;
	usleep(200);
	together--;
	running[i]--;
	return ran[i]++ || i % 7 ? NULL : &flaky;
}

static const struct job_kind exclusive[] = { { .kind = "exclusive", .run = run_exclusive, .first_wait_ms = 1 }, { 0 } };
static const struct job_kind *const exclusive_tables[] = { exclusive };

static problem add_many(struct tx *tx, void *arg)
{
	char number[16];

	(void)arg;
	for (int i = 0; i < MANY; i++) {
		snprintf(number, sizeof number, "%d", i);
		job_add(tx, "exclusive", (struct text){ 0 }, text_of(number), 0);
	}
	return NULL;
}

static void wait_until_all_ran(void)
{
	for (int i = 0; i < 600; i++) {
		int left = 0;

		for (int k = 0; k < MANY; k++)
			left += ran[k] < (k % 7 ? 1 : 2);
		if (!left)
			return;
		usleep(50000);
	}
	fail_msg("jobs are left");
}

/* Two programs on one database, three threads each. */
static void test_no_job_runs_twice_at_a_time(void **state)
{
	struct world *real = world_real(1);
	struct db *dbs[2];
	struct db_jobs *jobs[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_done(db_open(db_testing_url(), &(struct db_options){ .world = real }, &dbs[i]));
		assert_done(db_jobs_start(dbs[i], exclusive_tables, 1, NULL, 3, &jobs[i]));
	}
	assert_done(db_write(dbs[0], add_many, NULL));
	wait_until_all_ran();
	for (int i = 0; i < 2; i++) {
		db_jobs_stop(jobs[i]);
		db_close(dbs[i]);
	}
	for (int k = 0; k < MANY; k++)
		assert_int_equal(ran[k], k % 7 ? 1 : 2);
	assert_true(most_together > 1);
	world_close(real);
}

static sem_t woken;
static problem run_wake(struct job *job)
{
	(void)job;
	sem_post(&woken);
	return NULL;
}

static const struct job_kind wake[] = { { .kind = "wake", .run = run_wake }, { 0 } };
static const struct job_kind *const wake_tables[] = { wake };

/* By polling, the fastest of twenty takes the half second that lies between two looks; on a busy machine most take long anyway. */
static void test_a_commit_wakes_a_runner(void **state)
{
	struct db_jobs *jobs;
	int64_t fastest_us = INT64_MAX;

	(void)state;
	sem_init(&woken, 0, 0);
	assert_done(db_jobs_start(db, wake_tables, 1, NULL, 2, &jobs));
	for (int i = 0; i < 20; i++) {
		int64_t start_us = db__monotonic_us(), took_us;

		add("wake", NULL, 0);
		sem_wait(&woken);
		took_us = db__monotonic_us() - start_us;
		fastest_us = took_us < fastest_us ? took_us : fastest_us;
	}
	assert_in_range(fastest_us, 0, 300000);
	db_jobs_stop(jobs);
}

/* ---- news ---- */

static problem tell(struct tx *tx, void *arg)
{
	news_add(tx, "work-changed", *(int64_t *)arg, TEXT("{\"b\":2}"));
	return NULL;
}

static problem tell_and_fail(struct tx *tx, void *arg)
{
	(void)tell(tx, arg);
	return &flaky;
}

struct tail {
	int64_t cursor, last;
	size_t n, most;
	int64_t subjects[64];
};

static problem follow(struct tx *tx, void *arg)
{
	struct tail *tail = arg;
	struct news *news;
	problem why = news_after(tx, tail->cursor, tail->most ? tail->most : 32, &news, &tail->n);

	for (size_t i = 0; !why && i < tail->n; i++) {
		assert_true(!i || news[i].id > news[i - 1].id);
		assert_text(news[i].topic, "work-changed");
		assert_text(news[i].payload, "{\"b\":2}");
		tail->subjects[i] = news[i].subject;
		tail->last = news[i].id > tail->cursor ? news[i].id : tail->cursor;
	}
	return why;
}

static void test_news_come_in_order(void **state)
{
	struct tail tail = { .most = 3 };

	(void)state;
	for (int64_t i = 1; i <= 5; i++)
		assert_done(db_write(db, tell, &i));
	assert_problem(db_write(db, tell_and_fail, &(int64_t){ 9 }), flaky);
	world_move(world, 20000); /* past the overlap */
	assert_done(db_read(db, follow, &tail));
	assert_int_equal(tail.n, 3);
	assert_int_equal(tail.subjects[0], 1);
	tail.cursor = tail.last;
	assert_done(db_read(db, follow, &tail));
	assert_int_equal(tail.n, 2);
	assert_int_equal(tail.subjects[1], 5);
	tail.cursor = tail.last;
	assert_done(db_read(db, follow, &tail));
	assert_int_equal(tail.n, 0);
}

/* A clock that is behind, of another process: SQLite gives a later id all the same. */
static void test_a_late_clock_loses_no_news(void **state)
{
	struct world *behind = world_test(NOON - 5000, 2);
	struct tail tail = { 0 };
	struct db *other;

	(void)state;
	assert_done(db_open(db_testing_url(), &(struct db_options){ .world = behind }, &other));
	assert_done(db_write(db, tell, &(int64_t){ 1 }));
	assert_done(db_read(db, follow, &tail));
	tail.cursor = tail.last;
	assert_done(db_write(other, tell, &(int64_t){ 2 }));
	assert_done(db_read(db, follow, &tail));
	assert_true(tail.n >= 1);
	assert_true(tail.subjects[0] == 2 || tail.subjects[1] == 2);
	db_close(other);
	world_close(behind);
}

static pthread_barrier_t barrier;
static problem tell_slowly(struct tx *tx, void *arg)
{
	(void)tell(tx, arg);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return NULL;
}

static void *tell_on_thread(void *arg)
{
	assert_done(db_write(db, tell_slowly, arg));
	return NULL;
}

/* Its id is older than the cursor when it commits. */
static void test_a_slow_transaction_loses_no_news(void **state)
{
	struct tail tail = { 0 };
	pthread_t thread;

	(void)state;
	if (!db_is_postgresql(db))
		return; /* there is one writer */
	pthread_barrier_init(&barrier, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, tell_on_thread, &(int64_t){ 1 }), 0);
	pthread_barrier_wait(&barrier);
	assert_done(db_write(db, tell, &(int64_t){ 2 }));
	assert_done(db_read(db, follow, &tail));
	assert_int_equal(tail.n, 1);
	tail.cursor = tail.last;
	world_move(world, 9000);
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
	assert_done(db_read(db, follow, &tail));
	assert_int_equal(tail.n, 2);
	assert_int_equal(tail.subjects[0], 1);
	pthread_barrier_destroy(&barrier);
}

static void count_hint(void *arg)
{
	++*(_Atomic int *)arg;
}

static void test_news_become_jobs_and_hints(void **state)
{
	static const struct news_job table[] = { { "work-changed", "scripted" }, { "other", "table" }, { 0 } };
	struct db_jobs *jobs = start(0);
	_Atomic int hints = 0;
	char expected[200];

	(void)state;
	db_news_jobs(db, table);
	db_on_news(db, count_hint, &hints);
	assert_problem(db_write(db, tell_and_fail, &(int64_t){ 7 }), flaky);
	assert_int_equal(hints, 0);
	assert_done(db_write(db, tell, &(int64_t){ 7 }));
	for (int i = 0; i < 100 && !hints; i++)
		usleep(10000);
	assert_int_equal(hints, 1);
	assert_int_equal(db_jobs_run(jobs), 1);
	snprintf(expected, sizeof expected, ",\"subject\":7,\"at_ms\":%lld,\"topic\":\"work-changed\",\"payload\":{\"b\":2}}", (long long)NOON);
	assert_true(text_ends(text_of(scripted.payload), text_of(expected)));
	db_on_news(db, NULL, NULL);
	assert_done(db_write(db, tell, &(int64_t){ 8 }));
	assert_int_equal(hints, 1);
	db_jobs_stop(jobs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_a_job_runs_once_and_is_gone),
		T(test_a_job_comes_with_the_fact_or_not_at_all),
		T(test_back_off_and_parking),
		T(test_back_off_ends_at_an_hour),
		T(test_a_kind_with_waits_of_its_own),
		T(test_one_waiting_job_a_key),
		T(test_a_key_while_its_job_runs),
		T(test_again_is_no_failure),
		T(test_again_forgets_the_failures_before_it),
		T(test_a_failure_counts_whatever_was_asked_for),
		T(test_again_gives_way_to_one_of_the_same_key),
		T(test_a_lease_ends),
		T(test_a_job_that_kills_its_process_is_parked),
		T(test_a_dead_process_loses_its_leases_at_the_next_start),
		T(test_no_job_runs_twice_at_a_time),
		T(test_a_commit_wakes_a_runner),
		T(test_news_come_in_order),
		T(test_a_late_clock_loses_no_news),
		T(test_a_slow_transaction_loses_no_news),
		T(test_news_become_jobs_and_hints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
