/* db_write_test.c - what was acknowledged is stored; what is stored was acknowledged, or failed with db_unknown: under
 * faults at every statement and commit, a dropped transaction, a full disk, a lock, a lost connection, and two writers. */
#include "base/testing.h"
#include "db/internal.h"
#include "db/testing.h"

#include <semaphore.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CALLS = 64, ROWS_EACH = 2 };

static const char tables[] =
	"create table counter (id {I64} primary key, n {I64} not null) {STRICT};\n"
	"insert into counter (id, n) values (1, 0);\n"
	"create table entry (\n"
	"	id {I64} primary key,\n"
	"	call {I64} not null,\n"
	"	follows {I64} references entry (id) deferrable initially deferred,\n"
	"	filler {TEXT}\n"
	") {STRICT};\n"
	"create index entry_call on entry (call);\n";

static struct world *world;
static struct db *db;

static int setup(void **state)
{
	(void)state;
	world = world_test(INT64_C(1735732800000), 1);
	db = db_testing_open_with(world, tables);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_testing_close(db);
	world_close(world);
	return 0;
}

/* ---- a crowd of calls ---- */

struct crowd;
struct member {
	struct crowd *crowd;
	struct db_call call;
	int64_t number;
	int runs, emptied;
	bool dirty;                      /* an effect in arg that .again takes back */
	bool visible;                    /* the row could be read when .done was called */
	problem why;
};

struct crowd {
	struct member members[CALLS];
	problem (*body)(struct tx *tx, struct member *member);
	int n;
	bool blind;                      /* no reads in between: they would meet the faults */
	sem_t done;
};

static problem run_member(struct tx *tx, void *arg)
{
	struct member *member = arg;

	assert_false(member->dirty);
	member->dirty = true;
	member->runs++;
	return member->crowd->body(tx, member);
}

static void empty_member(void *arg)
{
	struct member *member = arg;

	member->dirty = false;
	member->emptied++;
}

static problem look_for_member(struct tx *tx, void *arg)
{
	struct member *member = arg;

	member->visible = read_int(tx, 0, "select count(*) from entry where call = $1", V(member->number)) == ROWS_EACH;
	return tx_problem(tx);
}

static void member_done(void *arg, problem why)
{
	struct member *member = arg;

	member->why = why;
	if (!why && !member->crowd->blind)
		assert_done(db_read(db, look_for_member, member));
	sem_post(&member->crowd->done);
}

static problem add_rows(struct tx *tx, struct member *member)
{
	for (int64_t i = 0; i < ROWS_EACH; i++)
		run(tx, "insert into entry (id, call) values ($1, $2)", V(member->number * ROWS_EACH + i, member->number));
	return NULL;
}

/* Holds the writer until everybody waits, and longer than a batch lasts, so that they share the next one. */
static sem_t gate;
static problem hold(struct tx *tx, void *arg)
{
	(void)tx, (void)arg;
	sem_wait(&gate);
	usleep(DB_BATCH_US * 5 / 4);
	return NULL;
}

static void hold_done(void *arg, problem why)
{
	assert_done(why);
	sem_post(arg);
}

static void run_crowd(struct crowd *crowd, problem (*body)(struct tx *tx, struct member *member), int64_t first)
{
	struct db_call holding = { .fn = hold, .done = hold_done, .arg = &crowd->done };

	crowd->body = body;
	crowd->n = db_is_postgresql(db) ? CALLS / 8 : CALLS; /* there they share nothing but the time */
	sem_init(&crowd->done, 0, 0);
	sem_init(&gate, 0, 0);
	db_write_later(db, &holding);
	for (int i = 0; i < crowd->n; i++) {
		struct member *member = &crowd->members[i];

		*member = (struct member){ .crowd = crowd, .number = first + i };
		member->call = (struct db_call){ .fn = run_member, .again = empty_member, .done = member_done, .arg = member };
		db_write_later(db, &member->call);
	}
	sem_post(&gate);
	for (int i = 0; i < crowd->n + 1; i++)
		sem_wait(&crowd->done);
	sem_destroy(&crowd->done);
}

static problem count_rows(struct tx *tx, void *arg)
{
	int64_t *call = arg;

	*call = read_int(tx, -1, "select count(*) from entry where call = $1", V(*call));
	return tx_problem(tx);
}

static int64_t rows_of(int64_t call)
{
	assert_done(db_read(db, count_rows, &call));
	return call;
}

/* Returns how many are stored: each whole or not at all, and as it was told. */
static int check_crowd(struct crowd *crowd, problem allowed)
{
	int stored = 0;

	for (int i = 0; i < crowd->n; i++) {
		struct member *member = &crowd->members[i];
		int64_t rows = rows_of(member->number);

		assert_int_equal(member->runs, member->emptied + 1);
		if (member->why)
			assert_problem_at(member->why, allowed, __FILE__, __LINE__);
		else
			assert_true(member->visible || crowd->blind);
		if (member->why != &db_unknown)
			assert_int_equal(rows, member->why ? 0 : ROWS_EACH);
		assert_true(rows == 0 || rows == ROWS_EACH);
		stored += rows != 0;
	}
	return stored;
}

static void test_a_crowd_is_stored_once(void **state)
{
	static struct crowd crowd;

	(void)state;
	run_crowd(&crowd, add_rows, 0);
	assert_int_equal(check_crowd(&crowd, NULL), crowd.n);
	for (int i = 0; i < CALLS && !db_is_postgresql(db); i++)
		assert_int_equal(crowd.members[i].runs, 1);
}

/* Until one is not hit any more: then every step has failed once. */
static void try_faults(enum fault what, bool each_statement, problem says)
{
	static struct crowd crowd = { .blind = true };
	static int64_t first;
	int64_t n;

	for (n = 1;; n++) {
		bool hit;

		db_fault(db, what, n);
		run_crowd(&crowd, add_rows, first += CALLS);
		hit = db_fault_hit(db);
		db_fault(db, what, 0);
		check_crowd(&crowd, says);
		if (!hit)
			break;
	}
	assert_true(n > (each_statement ? crowd.n * ROWS_EACH : 1));
}

static void test_faults_at_every_statement(void **state)
{
	(void)state;
	try_faults(FAULT_STATEMENT, true, &db_failed);
}

static void test_faults_at_every_commit(void **state)
{
	(void)state;
	try_faults(FAULT_COMMIT_BEFORE, false, &db_failed);
	try_faults(FAULT_COMMIT_AFTER, false, &db_unknown);
}

static problem add_one(struct tx *tx, void *arg)
{
	run(tx, "insert into entry (id, call) values ($1, $1)", V(*(int64_t *)arg));
	return NULL;
}

static void test_a_lone_write_and_its_commit(void **state)
{
	int64_t id = 1;

	(void)state;
	db_fault(db, FAULT_COMMIT_BEFORE, 1);
	assert_problem(db_write(db, add_one, &id), db_failed);
	assert_int_equal(rows_of(1), 0);
	db_fault(db, FAULT_COMMIT_AFTER, 1);
	assert_problem(db_write(db, add_one, &id), db_unknown);
	assert_int_equal(rows_of(1), 1);
	assert_true(db_fault_hit(db));
	db_fault(db, FAULT_COMMIT_AFTER, 0);
}

/* ---- neighbours of a bad call ---- */

static problem add_rows_or_break(struct tx *tx, struct member *member)
{
	(void)add_rows(tx, member);
	if (member->number % 10 == 3) /* refused only by the commit */
		run(tx, "update entry set follows = $1 where id = $2", V(INT64_C(1) << 40, member->number * ROWS_EACH));
	if (member->number % 10 == 7)
		run(tx, "insert into entry (id, call) values ($1, $2)", V(member->number * ROWS_EACH, member->number));
	return NULL;
}

static void test_a_bad_call_spoils_no_other(void **state)
{
	static struct crowd crowd;

	(void)state;
	run_crowd(&crowd, add_rows_or_break, 0);
	for (int i = 0; i < crowd.n; i++) {
		problem expected = i % 10 == 3 ? &db_reference : i % 10 == 7 ? &db_unique : NULL;

		assert_ptr_equal(crowd.members[i].why, expected);
		assert_int_equal(rows_of(i), expected ? 0 : ROWS_EACH);
	}
}

static problem add_bomb(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "create temp trigger bomb before insert on main.entry when new.call % 20 = 19 begin select raise(rollback, 'bomb'); end", V0);
	return NULL;
}

/* SQLite drops the whole transaction */
static void test_neighbours_of_a_dropped_transaction_run_again(void **state)
{
	static struct crowd crowd;
	int again = 0;

	(void)state;
	if (db_is_postgresql(db))
		return;
	assert_done(db_write(db, add_bomb, NULL));
	run_crowd(&crowd, add_rows, 0);
	for (int i = 0; i < CALLS; i++) {
		bool bomb = i % 20 == 19;

		again += !bomb && crowd.members[i].runs == 2;

		assert_ptr_equal(crowd.members[i].why, bomb ? &db_check : NULL);
		assert_int_equal(rows_of(i), bomb ? 0 : ROWS_EACH);
		assert_true(crowd.members[i].runs <= 2);
		assert_int_equal(crowd.members[i].emptied, crowd.members[i].runs - 1);
	}
	assert_true(again > 0);
}

/* ---- serializable ---- */

static problem increment(struct tx *tx, void *arg)
{
	int64_t n = read_int(tx, -1, "select n from counter where id = 1", V0);

	(void)arg;
	return run_one(tx, &db_failed, "update counter set n = $1 where id = 1", V(n + 1));
}

static void *increment_often(void *arg)
{
	for (int i = 0; i < 1000; i++)
		assert_done(db_write(db, increment, NULL));
	return arg;
}

static problem read_counter(struct tx *tx, void *arg)
{
	*(int64_t *)arg = read_int(tx, -1, "select n from counter where id = 1", V0);
	return NULL;
}

static void test_two_threads_count_to_2000(void **state)
{
	pthread_t threads[2];
	int64_t n = 0;

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, increment_often, NULL), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_done(db_read(db, read_counter, &n));
	assert_int_equal(n, 2000);
}

/* Each may leave while the other stays: a snapshot alone would let both go. */
static pthread_barrier_t both;
struct doctor {
	int64_t me;
	int runs;
	problem why;
};

static const struct problem alone = { 409, "alone", "" };

static problem leave(struct tx *tx, void *arg)
{
	struct doctor *doctor = arg;

	if (read_int(tx, 0, "select count(*) from entry where call = 1", V0) < 2)
		return &alone;
	if (!doctor->runs++ && db_is_postgresql(db))
		pthread_barrier_wait(&both);
	return run_one(tx, &db_failed, "update entry set call = 0 where id = $1", V(doctor->me));
}

static void *leave_on_thread(void *arg)
{
	struct doctor *doctor = arg;

	doctor->why = db_write(db, leave, doctor);
	return NULL;
}

static problem two_on_call(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "insert into entry (id, call) values (1, 1), (2, 1)", V0);
	return NULL;
}

static void test_no_write_skew(void **state)
{
	struct doctor doctors[2] = { { .me = 1 }, { .me = 2 } };
	pthread_t threads[2];

	(void)state;
	assert_done(db_write(db, two_on_call, NULL));
	pthread_barrier_init(&both, NULL, 2);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, leave_on_thread, &doctors[i]), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&both);
	assert_true((doctors[0].why == NULL) != (doctors[1].why == NULL));
	assert_ptr_equal(doctors[0].why ? doctors[0].why : doctors[1].why, &alone);
	assert_int_equal(rows_of(1), 1);
}

/* ---- limits and locks ---- */

static void count_answer(void *arg, problem why)
{
	if (why == &db_busy)
		++*(_Atomic int *)arg;
	else
		assert_null(why);
}

static problem pass(struct tx *tx, void *arg)
{
	(void)tx, (void)arg;
	return NULL;
}

static void test_a_full_queue_is_busy(void **state)
{
	enum { N = 20 };
	_Atomic int busy = 0;
	struct db_call calls[N];
	struct db *small;

	(void)state;
	assert_done(db_open(db_testing_url(), &(struct db_options){ .world = world, .queue = 4, .readers = 1 }, &small));
	sem_init(&gate, 0, 0);
	for (int i = 0; i < N; i++) {
		calls[i] = (struct db_call){ .fn = i ? pass : hold, .done = count_answer, .arg = &busy };
		db_write_later(small, &calls[i]);
	}
	assert_true(busy >= N - 5 && busy <= N - 4); /* the first may have left the queue already */
	sem_post(&gate);
	db_close(small);
	assert_true(busy >= N - 5 && busy <= N - 4);
}

static problem lock_counter(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "update counter set n = 5 where id = 1", V0);
	if (!tx_problem(tx)) /* PostgreSQL may ask for another run */
		sem_wait(&gate);
	return tx_problem(tx);
}

static void *lock_on_thread(void *arg)
{
	assert_done(db_write(arg, lock_counter, NULL));
	return NULL;
}

static problem wait_for_lock(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "update counter set n = 6 where id = 1", V0);
	return tx_problem(tx);
}

/* by another process; here by another struct db, which shares nothing with the first but the files */
static void test_a_locked_database_is_busy_and_recovers(void **state)
{
	struct db *other;
	pthread_t thread;
	int64_t n;

	(void)state;
	sem_init(&gate, 0, 0);
	assert_done(db_open(db_testing_url(), &(struct db_options){ .world = world, .busy_ms = 100 }, &other));
	assert_int_equal(pthread_create(&thread, NULL, lock_on_thread, db), 0);
	while (!db_write(other, wait_for_lock, NULL)) /* until the lock is there */
		usleep(1000);
	assert_problem(db_write(other, wait_for_lock, NULL), db_busy);
	assert_done(db_read(other, read_counter, &n));
	sem_post(&gate);
	pthread_join(thread, NULL);
	assert_done(db_read(other, read_counter, &n));
	assert_int_equal(n, 5);
	assert_done(db_write(other, wait_for_lock, NULL));
	db_close(other);
}

/* ---- a full disk ---- */

static char filler[4001];

static problem add_filler(struct tx *tx, struct member *member)
{
	(void)add_rows(tx, member);
	run(tx, "update entry set filler = $1 where call = $2", V((const char *)filler, member->number));
	return NULL;
}

static problem limit_pages(struct tx *tx, void *arg)
{
	(void)arg;
	(void)read_int(tx, 0, "pragma max_page_count = 150", V0);
	return tx_problem(tx);
}

static problem unlimit_pages(struct tx *tx, void *arg)
{
	(void)arg;
	(void)read_int(tx, 0, "pragma max_page_count = 100000", V0);
	return tx_problem(tx);
}

/* Crowds until somebody is refused; then again with room. */
static void fill_up(problem (*more_room)(void))
{
	static struct crowd crowd;
	int64_t first = 0;
	int stored;

	memset(filler, 'x', sizeof filler - 1);
	do {
		run_crowd(&crowd, add_filler, first);
		stored = check_crowd(&crowd, &db_full);
		first += CALLS;
		assert_true(first < 100 * CALLS);
	} while (stored == CALLS);
	run_crowd(&crowd, add_filler, first);
	check_crowd(&crowd, &db_full);
	first += CALLS;
	assert_done(more_room());
	run_crowd(&crowd, add_filler, first);
	assert_int_equal(check_crowd(&crowd, NULL), CALLS);
}

static problem more_pages(void)
{
	return db_write(db, unlimit_pages, NULL);
}

static void test_no_more_pages(void **state)
{
	(void)state;
	if (db_is_postgresql(db))
		return;
	assert_done(db_write(db, limit_pages, NULL));
	fill_up(more_pages);
}

static char disk[64];

static problem grow_disk(void)
{
	return mount("tmpfs", disk, "tmpfs", MS_REMOUNT, "size=64m") ? &db_failed : NULL;
}

/* A disk of 3 MB. The database is opened there by hand. */
static void test_a_full_disk(void **state)
{
	char url[128];

	(void)state;
	if (db_is_postgresql(db))
		return;
	snprintf(disk, sizeof disk, "/tmp/zhifang-disk-%d", getpid());
	if (mkdir(disk, 0700) || mount("tmpfs", disk, "tmpfs", 0, "size=3m")) {
		rmdir(disk);
		print_message("no right to mount a small disk here\n");
		skip();
	}
	db_close(db);
	snprintf(url, sizeof url, "sqlite:%s/test.db", disk);
	assert_done(db_open(text_of(url), &(struct db_options){ .world = world }, &db));
	assert_done(db_migrate(db, (struct migration[]){ { "db", 1, "test", "create table migration (room {TEXT}, number {I64}, name {TEXT},"
		" hash {I64}, applied_ms {I64}) {STRICT};" }, { "test", 1, "test", tables } }, 2));
	fill_up(grow_disk);
	db_close(db);
	assert_int_equal(umount(disk), 0);
	rmdir(disk);
	assert_done(db_open(db_testing_url(), &(struct db_options){ .world = world }, &db));
}

/* ---- PostgreSQL: connections ---- */

static problem die_once(struct tx *tx, void *arg)
{
	int *runs = arg;

	if (!++*runs)
		return NULL;
	run(tx, "update counter set n = n + 1 where id = 1", V0);
	if (*runs == 1)
		(void)read_int(tx, 0, "select case when pg_terminate_backend(pg_backend_pid()) then 1 else 0 end", V0);
	return NULL;
}

static problem always_again(struct tx *tx, void *arg)
{
	++*(int *)arg;
	run(tx, "do $do$ begin raise exception using errcode = '40001'; end $do$", V0);
	return NULL;
}

static problem disk_full(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "do $do$ begin raise exception using errcode = '53100'; end $do$", V0);
	return NULL;
}

static problem make_trap(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "create function die() returns trigger language plpgsql as $do$ begin"
		" perform pg_terminate_backend(pg_backend_pid()); return new; end $do$", V0);
	run(tx, "create constraint trigger die after insert on entry deferrable initially deferred"
		" for each row when (new.call = 666) execute function die()", V0);
	return NULL;
}

static problem fall_into_trap(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "insert into entry (id, call) values (1, 666)", V0);
	return NULL;
}

static void test_lost_connections(void **state)
{
	int runs = 0;
	int64_t n = 0;

	(void)state;
	if (!db_is_postgresql(db))
		return;
	assert_done(db_write(db, die_once, &runs));
	assert_int_equal(runs, 2);
	assert_done(db_read(db, read_counter, &n));
	assert_int_equal(n, 1);
	runs = 0;
	assert_problem(db_write(db, always_again, &runs), db_busy);
	assert_int_equal(runs, DB_RETRIES_MAX);
	assert_problem(db_write(db, disk_full, NULL), db_full);
	assert_done(db_write(db, make_trap, NULL));
	assert_problem(db_write(db, fall_into_trap, NULL), db_unknown);
	assert_done(db_read(db, read_counter, &n));
}

static problem add_column(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "alter table counter add column more integer", V0);
	return NULL;
}

static problem read_star(struct tx *tx, void *arg)
{
	*(int64_t *)arg = read_int(tx, -1, "select * from counter where id = 1", V0);
	return NULL;
}

/* another program may migrate while this one runs */
static void test_a_table_changes_under_prepared_statements(void **state)
{
	int64_t n = 0;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_done(db_read(db, read_star, &n));
	assert_done(db_write(db, add_column, NULL));
	for (int i = 0; i < 3; i++)
		assert_done(db_read(db, read_star, &n));
	assert_int_equal(n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_a_crowd_is_stored_once),
		T(test_faults_at_every_statement),
		T(test_faults_at_every_commit),
		T(test_a_lone_write_and_its_commit),
		T(test_a_bad_call_spoils_no_other),
		T(test_neighbours_of_a_dropped_transaction_run_again),
		T(test_two_threads_count_to_2000),
		T(test_no_write_skew),
		T(test_a_full_queue_is_busy),
		T(test_a_locked_database_is_busy_and_recovers),
		T(test_no_more_pages),
		T(test_a_full_disk),
		T(test_lost_connections),
		T(test_a_table_changes_under_prepared_statements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
