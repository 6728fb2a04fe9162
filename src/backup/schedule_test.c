/* schedule_test.c - backups by the clock and by hand, kept few, tried by a drill; what the owner is told when they fail. */
#include "base/testing.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/account.h"
#include "backup/schedule.h"
#include "base/log.h"
#include "media/media.h"
#include "serve/testing.h"

enum { HOUR = 3600 * 1000, DAY = 24 * HOUR, OWNER = 7 };

static const struct module *const modules[] = { &account_module, &site_module, &media_module, &backup_module, NULL };
static const struct job_kind *tables[1];
static struct house house;
static struct visitor owner;
static struct db_jobs *jobs;
static struct arena *arena;
static char folder[300];

static int setup(void **state)
{
	(void)state;
	arena = arena_new(64 << 20);
	house_open(&house, NULL, 0);
	house_start(&house, modules, &testing_sessions);
	owner = visitor_of(&house, OWNER, LEARNER | ADMIN);
	tables[0] = backup_module.jobs;
	assert_done(db_jobs_start(house.db, tables, 1, house.serve, 0, &jobs));
	snprintf(folder, sizeof folder, "%s/backups", house.folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_jobs_stop(jobs);
	visitor_close(&owner);
	house_close(&house);
	arena_free(arena);
	return 0;
}

/* ---- steps ---- */

static int set(const char *to, int hour, int keep, const char *passphrase)
{
	int64_t version;

	assert_int_equal(visit(&owner, GET, "/api/settings/backup", NULL), 200);
	version = json_integer_value(answer_at(&owner, "version"));
	return visit(&owner, PUT, "/api/settings/backup",
	             arena_format(arena, "{\"version\":%lld,\"value\":{\"folder\":\"%s\",\"hour\":%d,\"keep\":%d}%s}", (long long)version, to, hour, keep, passphrase).at);
}

static void pass(int64_t ms)
{
	world_move(house.world, ms);
	(void)db_jobs_run(jobs);
}

/* The clock looks every ten minutes. */
static void pass_days(int n)
{
	for (int i = 0; i < n * 24; i++)
		pass(HOUR);
}

static int files(void)
{
	DIR *all = opendir(folder);
	int n = 0;

	for (struct dirent *entry; (entry = readdir(all));)
		n += entry->d_name[0] != '.';
	closedir(all);
	return n;
}

static int64_t runs(const char *which) { return db_testing_int(house.db, arena_format(arena, "select count(*) from backup_run where %s", which).at); }

/* "good", "missing", … of the line. */
static const char *told(const char *key)
{
	assert_int_equal(visit(&owner, GET, "/api/site/checks", NULL), 200);
	for (int i = 0; i < 30; i++) {
		const char *is = json_string_value(answer_at(&owner, arena_format(arena, "items.%d.key", i).at));

		if (is && !strcmp(is, key))
			return json_string_value(answer_at(&owner, arena_format(arena, "items.%d.state", i).at));
	}
	return "no such line";
}

static const char *last(const char *field)
{
	const json_t *value;

	assert_int_equal(visit(&owner, GET, "/api/backups", NULL), 200);
	value = answer_at(&owner, arena_format(arena, "items.0.%s", field).at);
	return json_is_string(value) ? json_string_value(value) : json_is_true(value) ? "true" : json_is_integer(value) ? "number" : "false";
}

/* ---- tests ---- */

static void test_due(void **state)
{
	int64_t midnight = INT64_C(20000) * DAY - 8 * HOUR; /* a midnight in Beijing */

	(void)state;
	
	assert_int_equal(backup__due_ms(midnight, 0), midnight);
	assert_int_equal(backup__due_ms(midnight - 1, 0), midnight - DAY);
	assert_int_equal(backup__due_ms(midnight + 4 * HOUR - 1, 4), midnight - 20 * HOUR);
	assert_int_equal(backup__due_ms(midnight + 4 * HOUR, 4), midnight + 4 * HOUR);
	assert_int_equal(backup__due_ms(midnight + 23 * HOUR, 4), midnight + 4 * HOUR);
}

static void test_nothing_is_made_before_a_folder_is_set(void **state)
{
	(void)state;
	pass_days(2);
	assert_int_equal(runs("1 = 1"), 0);
	assert_string_equal(told("backup"), "missing");
	assert_string_equal(told("backup-drill"), "later");
	assert_int_equal(visit(&owner, POST, "/api/backups", NULL), 409);
	assert_true(answer_is_problem(&owner, "backup-off"));
}

static void test_every_day_and_few_are_kept(void **state)
{
	(void)state;
	assert_int_equal(set(folder, 4, 3, ""), 200);
	pass_days(1);
	assert_int_equal(runs("kind = 'backup' and state = 'done'"), files());
	assert_in_range(files(), 1, 2);
	assert_string_equal(told("backup"), "good");
	pass_days(6);
	assert_in_range(runs("kind = 'backup' and state = 'done'"), 7, 8);
	assert_int_equal(files(), 3);
	assert_int_equal(runs("kind = 'backup' and removed = 0"), 3);
	assert_string_equal(last("there"), "true");
	assert_int_equal(runs("kind = 'drill' and state = 'done'"), 1);
	assert_int_equal(runs(db_is_postgresql(house.db) ? "kind = 'drill' and why = 'verified'" : "kind = 'drill' and why = 'restored'"), 1);
	assert_string_equal(told("backup-drill"), "good");
	pass_days(7);
	assert_int_equal(runs("kind = 'drill' and state = 'done'"), 2);
	assert_int_equal(access(arena_format(arena, "%s/drill", house.folder).at, F_OK), -1);
}

static void test_a_folder_that_goes_is_told(void **state)
{
	(void)state;
	assert_int_equal(set(folder, 4, 3, ""), 200);
	pass_days(1);
	assert_int_equal(system(arena_format(arena, "rm -rf %s", folder).at), 0);
	pass_days(1);
	assert_true(runs("state = 'failed' and why = 'backup-no-folder'") > 5); /* tried again within the hour, not all the time */
	assert_true(runs("state = 'failed'") < 30);
	assert_string_equal(told("backup"), "good"); /* one of yesterday is there */
	pass_days(2);
	assert_string_equal(told("backup"), "wrong");
	assert_string_equal(last("why"), "backup-no-folder");
	assert_int_equal(mkdir(folder, 0700), 0);
	pass_days(1);
	assert_string_equal(told("backup"), "good");
}

/* ---- a small disk ---- */

static struct backup_space disk;

static bool small_disk(const char *path, struct backup_space *ret)
{
	(void)path;
	*ret = disk;
	return true;
}

static void test_a_full_disk_is_left_alone(void **state)
{
	bool (*real)(const char *path, struct backup_space *ret) = backup__space;
	const int64_t mib = 1 << 20;

	(void)state;
	assert_int_equal(set(folder, 4, 3, ""), 200);
	backup__space = small_disk;
	disk = (struct backup_space){ 50 * mib, 1000 * mib }; /* less than a tenth */
	pass(0);
	assert_int_equal(files(), 0);
	assert_true(runs("kind = 'backup' and state = 'failed' and why = 'backup-tight'") > 0);
	disk.free = 900 * mib;
	pass_days(1);
	assert_in_range(files(), 1, 2);
	assert_int_equal(runs(db_is_postgresql(house.db) ? "kind = 'drill' and why = 'verified'" : "kind = 'drill' and why = 'restored'"), 1);
	disk.free = 100 * mib + 1; /* a byte more than a tenth is not enough for a copy */
	assert_int_equal(visit(&owner, POST, "/api/backups/drill", NULL), 202);
	pass(1000);
	assert_int_equal(runs(db_is_postgresql(house.db) ? "kind = 'drill' and why = 'verified'" : "kind = 'drill' and state = 'done' and why = 'verified-no-room'"),
	                 db_is_postgresql(house.db) ? 2 : 1);
	backup__space = real;
}

static void test_now_and_sealed(void **state)
{
	(void)state;
	assert_int_equal(set(folder, 4, 3, ",\"passphrase\":\"correct horse battery\""), 200);
	assert_int_equal(text_find(owner.answer.body, TEXT("correct")), SIZE_MAX);
	assert_true(json_integer_value(answer_at(&owner, "passphrase.changed_ms")) > 0);
	pass(0);
	assert_string_equal(last("state"), "done");
	assert_string_equal(last("sealed"), "true");
	pass(10 * 60 * 1000);
	assert_int_equal(files(), 1);
	assert_int_equal(visit(&owner, POST, "/api/backups", NULL), 202);
	assert_int_equal(visit(&owner, POST, "/api/backups", NULL), 202); /* twice asked, once made */
	pass(1000);
	assert_int_equal(files(), 2);
	assert_int_equal(db_testing_int(house.db, "select count(*) from audit_entry where verb = 'backup-ask'"), 2);
	assert_int_equal(visit(&owner, POST, "/api/backups/drill", NULL), 202);
	pass(1000);
	assert_int_equal(runs("kind = 'drill' and state = 'done' and asked_by = 7"), 1);
	/* the phrase goes, and new ones are not sealed */
	assert_int_equal(set(folder, 4, 3, ",\"passphrase\":\"\""), 200);
	assert_int_equal(visit(&owner, POST, "/api/backups", NULL), 202);
	pass(1000);
	assert_string_equal(last("sealed"), "false");
}

static void test_a_drill_that_fails_is_told(void **state)
{
	const char *path;
	int fd;

	(void)state;
	assert_int_equal(set(folder, 4, 3, ""), 200);
	pass(0);
	path = last("path");
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "x", 1, 5000), 1);
	close(fd);
	assert_int_equal(visit(&owner, POST, "/api/backups/drill", NULL), 202);
	pass(1000);
	assert_string_equal(told("backup-drill"), "wrong");
	assert_int_equal(runs("kind = 'drill' and state = 'failed' and why = 'backup-damaged'"), 1);
}

static void test_what_a_process_left_is_told(void **state)
{
	(void)state;
	assert_int_equal(set(folder, 4, 3, ""), 200);
	db_testing_run(house.db, "insert into backup_run (id, kind, state, asked_by, began_ms, ended_ms, path, size, files, missing, sealed, removed)"
	                         " values (5, 'backup', 'running', 0, 1, 0, '', 0, 0, 0, 0, 0)");
	pass(0);
	assert_int_equal(runs("id = 5 and state = 'failed' and why = 'interrupted'"), 1);
	assert_int_equal(runs("state = 'running'"), 0);
}

static void test_bad_settings(void **state)
{
	struct visitor stale = visitor_of(&house, OWNER, LEARNER | ADMIN);

	(void)state;
	assert_int_equal(set("backups", 4, 3, ""), 422);
	assert_int_equal(set("/none/none", 4, 3, ""), 422);
	assert_int_equal(set(folder, 24, 3, ""), 422);
	assert_int_equal(set(folder, 4, 0, ""), 422);
	assert_int_equal(set(folder, -1, 1, ""), 422);
	snprintf(stale.session, sizeof stale.session, "%d-%d-stale", OWNER, LEARNER | ADMIN);
	assert_int_equal(visit(&stale, PUT, "/api/settings/backup", "{\"version\":0,\"value\":{\"folder\":\"\",\"hour\":4,\"keep\":3}}"), 403);
	assert_true(answer_is_problem(&stale, "session-not-fresh"));
	visitor_close(&stale);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_due),
		cmocka_unit_test_setup_teardown(test_nothing_is_made_before_a_folder_is_set, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_day_and_few_are_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_folder_that_goes_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_full_disk_is_left_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_now_and_sealed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_drill_that_fails_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_a_process_left_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_settings, setup, teardown),
	};

	log_set(open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
