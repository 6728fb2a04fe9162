/* db_watch_test.c - failed jobs that somebody decides about, and the table of statements. */
#include "base/log.h"
#include "base/testing.h"
#include "db/internal.h"
#include "db/testing.h"
#include "db/watch.h"

#include <semaphore.h>

#define NOON INT64_C(1735732800000)

enum { HOUR_MS = 3600 * 1000 };

static struct world *world;
static struct db *db;
static struct arena *arena;
static struct db_jobs *jobs;

static const struct problem broken = { 503, "broken", "" };
static _Atomic int runs;
static _Atomic bool fails;
static sem_t entered, leave;

static problem run_once(struct job *job)
{
	(void)job;
	runs++;
	return fails ? &broken : NULL;
}

static problem run_and_wait(struct job *job)
{
	(void)job;
	runs++;
	sem_post(&entered);
	sem_wait(&leave);
	return NULL;
}

static const struct job_kind kinds[] = {
	{ .kind = "once", .run = run_once, .tries_max = 1 },
	{ .kind = "often", .run = run_once, .tries_max = 9 },
	{ .kind = "long", .run = run_and_wait },
	{ 0 }
};
static const struct job_kind *const tables[] = { kinds };

static void start(int threads)
{
	runs = 0;
	fails = true;
	assert_done(db_jobs_start(db, tables, 1, NULL, threads, &jobs));
}

static int setup(void **state)
{
	(void)state;
	world = world_test(NOON, 1);
	db = db_testing_open_with(world, "create table mark (id {I64} primary key, n {I64} not null) {STRICT};\n");
	arena = arena_new(16 << 20);
	sem_init(&entered, 0, 0);
	sem_init(&leave, 0, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	db_testing_close(db);
	world_close(world);
	return 0;
}

/* ---- steps ---- */

struct adding {
	const char *kind, *key;
};

static problem add_job(struct tx *tx, void *arg)
{
	const struct adding *a = arg;

	job_add(tx, a->kind, text_of(a->key), TEXT("{}"), 0);
	return NULL;
}

static void add(const char *kind, const char *key) { assert_done(db_write(db, add_job, &(struct adding){ kind, key })); }

struct deciding {
	int64_t id;
	problem (*verb)(struct tx *tx, int64_t id, struct failed_job *ret);
	struct failed_job was;
};

static problem decide(struct tx *tx, void *arg)
{
	struct deciding *d = arg;

	tx_use_arena(tx, arena);
	return d->verb(tx, d->id, &d->was);
}

static problem retry(int64_t id) { return db_write(db, decide, &(struct deciding){ id, db_job_retry, { 0 } }); }
static problem drop(int64_t id) { return db_write(db, decide, &(struct deciding){ id, db_job_drop, { 0 } }); }

struct deciding_all {
	const char *kind;
	problem (*verb)(struct tx *tx, struct text kind, int64_t *ret_count);
	int64_t count;
};

static problem decide_all(struct tx *tx, void *arg)
{
	struct deciding_all *d = arg;

	return d->verb(tx, text_of(d->kind), &d->count);
}

static int64_t all(const char *kind, problem (*verb)(struct tx *tx, struct text kind, int64_t *ret_count))
{
	struct deciding_all d = { kind, verb, -1 };

	assert_done(db_write(db, decide_all, &d));
	return d.count;
}

struct list {
	int64_t before;
	size_t most;
	struct failed_job *items;
	size_t count;
};

static problem read_failed(struct tx *tx, void *arg)
{
	struct list *list = arg;

	tx_use_arena(tx, arena);
	return db_failed_jobs(tx, list->before, list->most, &list->items, &list->count);
}

static struct list failed(int64_t before, size_t most)
{
	struct list list = { .before = before, .most = most };

	assert_done(db_read(db, read_failed, &list));
	return list;
}

struct counts {
	struct job_count *items;
	size_t count;
};

static problem read_counts(struct tx *tx, void *arg)
{
	struct counts *counts = arg;

	tx_use_arena(tx, arena);
	return db_job_counts(tx, &counts->items, &counts->count);
}

/* ---- jobs ---- */

static void test_a_parked_job_runs_again(void **state)
{
	struct list list;

	(void)state;
	start(0);
	add("once", NULL);
	world_move(world, 1000);
	assert_int_equal(db_jobs_run(jobs), 1);
	list = failed(0, 10);
	assert_int_equal(list.count, 1);
	assert_true(list.items[0].parked);
	assert_text(list.items[0].kind, "once");
	assert_text(list.items[0].why, "broken");
	assert_int_equal(list.items[0].tries, 1);
	assert_int_equal(list.items[0].added_ms, NOON);
	assert_int_equal(list.items[0].failed_ms, NOON + 1000);
	assert_int_equal(list.items[0].next_ms, 0);
	assert_int_equal(db_jobs_run(jobs), 0); /* given up: it does not come back by itself */

	assert_done(retry(list.items[0].id));
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_true(failed(0, 10).items[0].parked); /* its tries were counted anew, and the one was used up */
	fails = false;
	assert_done(retry(list.items[0].id));
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(runs, 3);
	assert_int_equal(failed(0, 10).count, 0);
	assert_problem(retry(list.items[0].id), job_missing);
	assert_problem(drop(list.items[0].id), job_missing);
	db_jobs_stop(jobs);
}

static void test_one_that_waits_for_its_next_try_is_only_hurried(void **state)
{
	struct list list;

	(void)state;
	start(0);
	add("often", NULL);
	assert_int_equal(db_jobs_run(jobs), 1);
	list = failed(0, 10);
	assert_int_equal(list.count, 1);
	assert_false(list.items[0].parked);
	assert_int_equal(list.items[0].next_ms, NOON + 1000);
	assert_done(retry(list.items[0].id));
	assert_done(retry(list.items[0].id)); /* a second person is no harm */
	assert_int_equal(db_jobs_run(jobs), 1);
	list = failed(0, 10);
	assert_int_equal(list.items[0].tries, 2);
	assert_done(drop(list.items[0].id));
	world_move(world, HOUR_MS);
	assert_int_equal(db_jobs_run(jobs), 0);
	db_jobs_stop(jobs);
}

static void test_what_is_dropped_never_runs(void **state)
{
	int64_t id;

	(void)state;
	start(0);
	add("once", NULL);
	assert_int_equal(db_jobs_run(jobs), 1);
	id = failed(0, 10).items[0].id;
	assert_done(drop(id));
	assert_problem(drop(id), job_missing);
	assert_problem(retry(id), job_missing);
	assert_int_equal(db_jobs_run(jobs), 0);
	assert_int_equal(db_testing_int(db, "select count(*) from job"), 0);
	db_jobs_stop(jobs);
}

static void test_a_job_that_another_has_replaced(void **state)
{
	(void)state;
	start(0);
	add("once", "same");
	assert_int_equal(db_jobs_run(jobs), 1);
	add("once", "same");
	assert_done(retry(failed(0, 10).items[0].id));
	assert_int_equal(db_testing_int(db, "select count(*) from job"), 1);
	assert_int_equal(db_jobs_run(jobs), 1);
	db_jobs_stop(jobs);
}

static void test_a_well_job_and_one_that_runs_are_left_alone(void **state)
{
	int64_t id;

	(void)state;
	start(1);
	db_testing_run(db, "insert into job (id, kind, payload, state, run_at_ms, tries, lease, added_ms) values (7, 'elsewhere', '{}', 'waiting', 0, 0, 0, 0)");
	assert_problem(retry(7), job_well);
	assert_problem(drop(7), job_well);
	add("long", NULL);
	sem_wait(&entered);
	id = db_testing_int(db, "select id from job where kind = 'long'");
	assert_problem(retry(id), job_runs);
	assert_problem(drop(id), job_runs);
	sem_post(&leave);
	db_jobs_stop(jobs);
	assert_int_equal(runs, 1);
}

static void add_parked(int n)
{
	for (int i = 0; i < n; i++)
		add("once", NULL);
	assert_int_equal(db_jobs_run(jobs), n);
}

static void test_all_of_a_kind_are_tried_again(void **state)
{
	(void)state;
	start(0);
	add("often", "one");
	add("often", "two");
	assert_int_equal(db_jobs_run(jobs), 2);
	add_parked(3);
	assert_int_equal(all("once", db_jobs_retry), 3);
	assert_int_equal(all("once", db_jobs_retry), 0); /* they are due already */
	assert_int_equal(all("often", db_jobs_retry), 2);
	fails = false;
	assert_int_equal(db_jobs_run(jobs), 5);
	assert_int_equal(failed(0, 10).count, 0);
	assert_int_equal(all("nobody's", db_jobs_retry), 0);
	db_jobs_stop(jobs);
}

static void test_of_one_key_one_is_tried_again(void **state)
{
	(void)state;
	start(0);
	for (int i = 0; i < 3; i++) { /* each is parked before the next comes */
		add("once", "same");
		assert_int_equal(db_jobs_run(jobs), 1);
	}
	add("once", "other");
	assert_int_equal(db_jobs_run(jobs), 1);
	add("once", "other");
	assert_int_equal(all("once", db_jobs_retry), 4);
	assert_int_equal(db_testing_int(db, "select count(*) from job"), 2);
	assert_int_equal(db_jobs_run(jobs), 2);
	db_jobs_stop(jobs);
}

static void test_all_of_a_kind_are_given_up_in_pieces(void **state)
{
	(void)state;
	start(0);
	db_testing_run(db, "insert into job (id, kind, payload, state, run_at_ms, tries, lease, added_ms, why) values"
			   " (-1, 'once', '{}', 'running', 0, 1, 9, 0, 'broken'), (-2, 'often', '{}', 'parked', 0, 1, 0, 0, 'broken'),"
			   " (-3, 'once', '{}', 'waiting', 0, 0, 0, 0, null), (-4, 'once', '{}', 'waiting', 99, 1, 0, 0, 'broken')");
	db_testing_run(db, "insert into job (id, kind, payload, state, run_at_ms, tries, lease, added_ms, why)"
			   " with recursive n(i) as (select 1 union all select i + 1 from n where i < 1005) select i, 'once', '{}', 'parked', 0, 1, 0, 0, 'broken' from n");
	assert_int_equal(all("once", db_jobs_drop), JOBS_AT_ONCE);
	assert_int_equal(all("once", db_jobs_drop), 6);
	assert_int_equal(all("once", db_jobs_drop), 0);
	assert_int_equal(db_testing_int(db, "select count(*) from job where id in (-1, -2, -3)"), 3);
	db_jobs_stop(jobs);
}

static void test_failed_jobs_come_in_pages_and_are_counted_by_kind(void **state)
{
	struct counts counts;
	struct list first, second;

	(void)state;
	start(0);
	for (int i = 0; i < 5; i++)
		add("once", NULL);
	add("often", NULL);
	assert_int_equal(db_jobs_run(jobs), 6);
	add("long", NULL);
	world_move(world, 500);
	first = failed(0, 4);
	second = failed(first.items[3].id, 4);
	assert_int_equal(first.count, 4);
	assert_int_equal(second.count, 2);
	for (size_t i = 1; i < 4; i++)
		assert_true(first.items[i - 1].id > first.items[i].id);
	assert_true(first.items[3].id > second.items[0].id);

	assert_done(db_read(db, read_counts, &counts));
	assert_int_equal(counts.count, 3);
	assert_text(counts.items[0].kind, "long");
	assert_int_equal(counts.items[0].waiting, 1);
	assert_int_equal(counts.items[0].due_ms, NOON);
	assert_text(counts.items[1].kind, "often");
	assert_int_equal(counts.items[1].failing, 1);
	assert_int_equal(counts.items[1].due_ms, 0); /* it waits for its time */
	assert_int_equal(counts.items[2].parked, 5);
	db_jobs_stop(jobs);
}

/* ---- statements ---- */

static void test_a_statement_is_counted_by_its_text(void **state)
{
	struct slow_statement *found;
	size_t n;
	int64_t count = 0;

	(void)state;
	for (int i = 0; i < 30; i++)
		db_testing_run(db, "insert into mark (id, n) select coalesce(max(id), 0) + 1, 4711 from mark");
	n = db_slow(db, arena, SLOW_MAX, &found);
	for (size_t i = 0; i < n; i++) {
		assert_true(i == 0 || found[i - 1].total_us >= found[i].total_us);
		assert_true(found[i].p99_us <= found[i].worst_us && found[i].total_us <= found[i].worst_us * found[i].count);
		if (text_starts(found[i].sql, TEXT("insert into mark")))
			count = found[i].count;
	}
	assert_int_equal(count, 30);
	assert_int_equal(db_slow(db, arena, 1, &found), 1);
}

static void test_the_table_of_statements_is_bounded_and_keeps_what_matters(void **state)
{
	static const char texts[8 * SLOW_MAX + 2];
	struct slow_statement *found;
	size_t n;

	(void)state;
	for (int i = 0; i < 100; i++)
		slow__add(db->slow, texts, i < 98 ? 900000 : INT64_C(2000000000));
	for (size_t i = 1; i <= 8 * SLOW_MAX; i++)
		slow__add(db->slow, texts + i, 1000);
	n = db_slow(db, arena, SLOW_MAX, &found);
	assert_in_range(n, SLOW_MAX / 2, SLOW_MAX);
	assert_true(found[0].sql.at == texts);
	assert_int_equal(found[0].count, 100);
	assert_int_equal(found[0].total_us, 98 * 900 + 2 * 2000000);
	assert_int_equal(found[0].worst_us, 2000000);
	assert_int_equal(found[0].p99_us, 2000000);
}

static void test_p99_is_not_the_worst(void **state)
{
	struct slow_statement *found;

	(void)state;
	for (int i = 0; i < 1000; i++)
		slow__add(db->slow, "p99", i < 995 ? 700000 : INT64_C(9000000000));
	assert_true(db_slow(db, arena, 1, &found) == 1);
	assert_text(found[0].sql, "p99");
	assert_int_equal(found[0].p99_us, 1024);
	assert_int_equal(found[0].worst_us, 9000000);
}

struct sizes {
	int64_t size, migrations;
};

static problem read_sizes(struct tx *tx, void *arg)
{
	struct sizes *sizes = arg;

	sizes->migrations = db_migrations(tx);
	return db_size(tx, &sizes->size);
}

static void test_the_size_of_it_all(void **state)
{
	struct sizes sizes;

	(void)state;
	assert_done(db_read(db, read_sizes, &sizes));
	assert_true(sizes.size > 10000);
	assert_int_equal(sizes.migrations, db_testing_int(db, "select count(*) from migration"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_parked_job_runs_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_that_waits_for_its_next_try_is_only_hurried, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_dropped_never_runs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_job_that_another_has_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_well_job_and_one_that_runs_are_left_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_of_a_kind_are_tried_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_of_one_key_one_is_tried_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_of_a_kind_are_given_up_in_pieces, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failed_jobs_come_in_pages_and_are_counted_by_kind, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_statement_is_counted_by_its_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_table_of_statements_is_bounded_and_keeps_what_matters, setup, teardown),
		cmocka_unit_test_setup_teardown(test_p99_is_not_the_worst, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_size_of_it_all, setup, teardown),
	};

	log_set(-1, LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
