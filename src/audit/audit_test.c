/* audit_test.c - a chain of rows, in which each column is changed, a row removed, two swapped, the end cut off: each is
 * found, at its place. */
#include "base/testing.h"

#include "audit/audit.h"
#include "db/embedded.h"
#include "db/testing.h"

static struct world *world;
static struct db *db;

static int set_up(void **state)
{
	(void)state;
	world = world_test(1767225600000, 3);
	db = db_testing_open(world, migrations_all, migrations_all_count);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	db_testing_close(db);
	world_close(world);
	return 0;
}

static problem add_some(struct tx *tx, void *arg)
{
	int n = *(int *)arg;

	for (int i = 0; i < n; i++)
		audit_add(tx, (struct user_id){ 7 }, "refund-approve", "order", 100 + i, TEXT("{\"fen\":9900}"));
	return NULL;
}

static void add(int n)
{
	assert_done(db_write(db, add_some, &n));
	world_move(world, 5);
}

static void change(const char *sql) { db_testing_run(db, sql); }

static int64_t seal(void)
{
	int64_t n;

	assert_done(audit_seal(db, &n));
	return n;
}

static struct audit_report verify(void)
{
	struct audit_report report;

	assert_done(audit_verify(db, NULL, &report));
	return report;
}

static void check_whole(int64_t sealed, int64_t unsealed)
{
	struct audit_report report = verify();

	assert_null(report.why);
	assert_int_equal(report.wrong, 0);
	assert_int_equal(report.sealed, sealed);
	assert_int_equal(report.unsealed, unsealed);
}

static void check_wrong(int64_t at, const char *why)
{
	struct audit_report report = verify();

	assert_non_null(report.why);
	assert_string_equal(report.why, why);
	assert_int_equal(report.wrong, at);
	assert_int_equal(report.sealed, at - 1);
}

static void test_sealing(void **state)
{
	(void)state;
	check_whole(0, 0);
	assert_int_equal(seal(), 0);
	add(3);
	check_whole(0, 3);
	assert_int_equal(seal(), 3);
	check_whole(3, 0);
	add(2);
	check_whole(3, 2);
	assert_int_equal(seal(), 2);
	assert_int_equal(seal(), 0);
	check_whole(5, 0);
	add(1203);
	assert_int_equal(seal(), 1203);
	check_whole(1208, 0);
}

/* A row whose id is smaller, but which was committed after its neighbours were sealed. */
static void test_late_row(void **state)
{
	(void)state;
	add(2);
	assert_int_equal(seal(), 2);
	change("insert into audit_entry (id, at_ms, actor, verb, kind, subject, detail) values (1, 1, 0, 'late', "
	       "'job', 0, '{}')");
	check_whole(2, 1);
	assert_int_equal(seal(), 1);
	check_whole(3, 0);
}

static problem add_and_fail(struct tx *tx, void *arg)
{
	(void)arg;
	audit_add(tx, (struct user_id){ 0 }, "give", "role", 1, (struct text){ 0 });
	return &problem_conflict;
}

/* The row stands and falls with the fact. */
static void test_with_the_fact(void **state)
{
	(void)state;
	assert_problem(db_write(db, add_and_fail, NULL), problem_conflict);
	check_whole(0, 0);
}

/* Each change and its undoing: found, and whole again. The third of four rows. */
static const struct {
	const char *change, *undo, *why;
} changes[] = {
	{ "update audit_entry set id = id + 1000000 where sequence = 3",
	  "update audit_entry set id = id - 1000000 where sequence = 3", "changed" },
	{ "update audit_entry set at_ms = at_ms + 1 where sequence = 3",
	  "update audit_entry set at_ms = at_ms - 1 where sequence = 3", "changed" },
	{ "update audit_entry set actor = 8 where sequence = 3", "update audit_entry set actor = 7 where sequence = 3",
	  "changed" },
	{ "update audit_entry set verb = 'refund-refuse' where sequence = 3",
	  "update audit_entry set verb = 'refund-approve' where sequence = 3", "changed" },
	{ "update audit_entry set kind = 'orders' where sequence = 3",
	  "update audit_entry set kind = 'order' where sequence = 3", "changed" },
	{ "update audit_entry set verb = 'refund-approveo', kind = 'rder' where sequence = 3",
	  "update audit_entry set verb = 'refund-approve', kind = 'order' where sequence = 3", "changed" },
	{ "update audit_entry set subject = subject + 1 where sequence = 3",
	  "update audit_entry set subject = subject - 1 where sequence = 3", "changed" },
	{ "update audit_entry set detail = '{}' where sequence = 3",
	  "update audit_entry set detail = '{\"fen\":9900}' where sequence = 3", "changed" },
	{ "update audit_entry set sequence = 9 where sequence = 3",
	  "update audit_entry set sequence = 3 where sequence = 9", "missing" },
	{ "update audit_entry set hash = upper(hash) where sequence = 3",
	  "update audit_entry set hash = lower(hash) where sequence = 3", "changed" },
	{ "update audit_entry set hash = substr(hash, 1, 63) || 'x' where sequence = 3", NULL, "changed" },
};

static void test_each_column(void **state)
{
	(void)state;
	add(4);
	assert_int_equal(seal(), 4);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		change(changes[i].change);
		check_wrong(3, changes[i].why);
		if (!changes[i].undo)
			continue;
		change(changes[i].undo);
		check_whole(4, 0);
	}
}

static void test_removed(void **state)
{
	(void)state;
	add(4);
	assert_int_equal(seal(), 4);
	change("delete from audit_entry where sequence = 2");
	check_wrong(2, "missing");
}

static void test_removed_first(void **state)
{
	(void)state;
	add(4);
	assert_int_equal(seal(), 4);
	change("delete from audit_entry where sequence = 1");
	check_wrong(1, "missing");
}

/* Closing the gap does not help. */
static void test_removed_and_moved_up(void **state)
{
	(void)state;
	add(3);
	assert_int_equal(seal(), 3);
	change("delete from audit_entry where sequence = 2");
	change("update audit_entry set sequence = 2 where sequence = 3");
	check_wrong(2, "changed");
}

static void test_swapped(void **state)
{
	(void)state;
	add(4);
	assert_int_equal(seal(), 4);
	change("update audit_entry set sequence = 99 where sequence = 2");
	change("update audit_entry set sequence = 2 where sequence = 3");
	change("update audit_entry set sequence = 3 where sequence = 99");
	check_wrong(2, "changed");
}

static void check_kept(const struct audit_head *kept, int64_t at, const char *why)
{
	struct audit_report report;

	assert_done(audit_verify(db, kept, &report));
	assert_int_equal(report.wrong, at);
	if (why)
		assert_string_equal(report.why, why);
	else
		assert_null(report.why);
}

/* What the chain alone cannot tell shows against a head that was kept elsewhere. */
static void test_kept_head(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct audit_head kept, none;

	(void)state;
	assert_done(audit_head(db, arena, &none));
	assert_int_equal(none.sequence, 0);
	add(4);
	assert_int_equal(seal(), 4);
	assert_done(audit_head(db, arena, &kept));
	assert_int_equal(kept.sequence, 4);
	assert_int_equal(kept.hash.length, 64);
	add(2);
	assert_int_equal(seal(), 2);
	check_kept(&kept, 0, NULL);
	check_kept(&none, 0, NULL);
	change("delete from audit_entry where sequence >= 4");
	check_whole(3, 0);
	check_kept(&kept, 4, "cut");
	/* somebody seals other rows into the gap */
	add(2);
	assert_int_equal(seal(), 2);
	check_whole(5, 0);
	check_kept(&kept, 4, "changed");
	arena_free(arena);
}

static void test_job(void **state)
{
	const struct job_kind *const tables[] = { audit_jobs };
	struct db_jobs *jobs;

	(void)state;
	assert_done(db_jobs_start(db, tables, 1, NULL, 0, &jobs));
	assert_done(audit_start(db));
	assert_done(audit_start(db));
	add(3);
	assert_int_equal(db_jobs_run(jobs), 0);
	world_move(world, 10000);
	assert_int_equal(db_jobs_run(jobs), 1);
	check_whole(3, 0);
	add(1);
	world_move(world, 10000);
	assert_int_equal(db_jobs_run(jobs), 1);
	check_whole(4, 0);
	db_jobs_stop(jobs);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sealing),   TEST(test_late_row),      TEST(test_with_the_fact),        TEST(test_each_column),
		TEST(test_removed),   TEST(test_removed_first), TEST(test_removed_and_moved_up), TEST(test_swapped),
		TEST(test_kept_head), TEST(test_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
