/* health_test.c - the owner's page over HTTP: verdicts that turn with what happens, failed jobs that really run again, messages of
 * the channel that are done once. */
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

#include "account/account.h"
#include "base/testing.h"
#include "health/health_room.h"
#include "serve/testing.h"

enum { OWNER = 7, CLERK = 8 };

static const struct module *const modules[] = { &account_module, &site_module, &media_module, &search_module, &payment_module, &backup_module,
	                                        &health_module, NULL };

static struct house house;
static struct visitor owner;
static struct db_jobs *jobs;
static struct arena *arena;
static _Atomic int runs;
static _Atomic bool fails;

static const struct problem broken = { 503, "mail-refused", "" };

static problem run_letter(struct job *job)
{
	(void)job;
	runs++;
	return fails ? &broken : NULL;
}

static const struct job_kind letters[] = { { .kind = "letter", .run = run_letter, .tries_max = 1 }, { 0 } };
static const struct job_kind *const tables[] = { letters };

static int setup(void **state)
{
	(void)state;
	runs = 0;
	fails = true;
	arena = arena_new(64 << 20);
	house_open(&house, NULL, 0);
	house_start(&house, modules, &testing_sessions);
	owner = visitor_of(&house, OWNER, LEARNER | ADMIN);
	assert_done(db_jobs_start(house.db, tables, 1, house.serve, 0, &jobs));
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

static problem add_letter(struct tx *tx, void *arg)
{
	(void)arg;
	job_add(tx, "letter", (struct text){ 0 }, TEXT("{\"to\":\"secret@example.com\"}"), 0);
	return NULL;
}

static int64_t failed_letter(void)
{
	assert_done(db_write(house.db, add_letter, NULL));
	assert_int_equal(db_jobs_run(jobs), 1);
	return db_testing_int(house.db, "select max(id) from job where kind = 'letter'");
}

static void get(const char *path) { assert_int_equal(visit(&owner, GET, path, NULL), 200); }
static int64_t number_at(const char *path) { return json_integer_value(answer_at(&owner, path)); }
static const char *word_at(const char *path) { return json_string_value(answer_at(&owner, path)); }

static int post(const char *what, int64_t id, const char *verb)
{
	return visit(&owner, POST, arena_cstr(arena, arena_format(arena, "/api/health/%s/%lld/%s", what, (long long)id, verb)), NULL);
}

static bool body_has(const char *what) { return text_find(owner.answer.body, text_of(what)) != SIZE_MAX; }

/* "" : there is no such line */
static const char *verdict_of(const char *key)
{
	const json_t *lines;

	get("/api/health");
	lines = answer_at(&owner, "lines");
	for (size_t i = 0; i < json_array_size(lines); i++) {
		const json_t *line = json_array_get(lines, i);

		if (!strcmp(json_string_value(json_object_get(line, "key")), key))
			return json_string_value(json_object_get(line, "verdict"));
	}
	return "";
}

/* ---- pure ---- */

static void test_verdicts_of_a_disk(void **state)
{
	const int64_t gib = INT64_C(1) << 30;
	const struct {
		int64_t free, all;
		enum health_verdict is;
	} cases[] = {
		{ 0, 10 * gib, HEALTH_ACT },           { gib - 1, 2 * gib, HEALTH_ACT },          { gib, 8 * gib, HEALTH_LOOK },
		{ 5 * gib - 1, 20 * gib, HEALTH_LOOK }, { 5 * gib, 20 * gib, HEALTH_FINE },        { 5 * gib, 50 * gib, HEALTH_FINE },
		{ 5 * gib, 51 * gib, HEALTH_LOOK },     { 3 * gib - 1, 100 * gib, HEALTH_ACT },    { 3 * gib, 100 * gib, HEALTH_LOOK },
		{ 6 * gib, 1000 * gib, HEALTH_LOOK },   { 99 * gib, 1000 * gib, HEALTH_LOOK },     { 100 * gib, 1000 * gib, HEALTH_FINE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (health_of_disk(cases[i].free, cases[i].all) != cases[i].is)
			print_error("case %zu\n", i);
		assert_int_equal(health_of_disk(cases[i].free, cases[i].all), cases[i].is);
	}
}

static int verdict_in(const struct health_list *list, const char *key)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->lines[i].key, key))
			return list->lines[i].verdict;
	return HEALTH_VERDICT_NONE;
}

static void test_what_is_made_of_facts(void **state)
{
	struct check checks[] = { { .key = TEXT("mail"), .state = CHECK_WRONG, .detail = TEXT("no route") }, { .key = TEXT("sms"), .state = CHECK_MISSING },
		                  { .key = TEXT("backup"), .state = CHECK_MISSING }, { .key = TEXT("logo"), .state = CHECK_MISSING },
		                  { .key = TEXT("tls"), .state = CHECK_WRONG } };
	struct job_count failing = { .kind = TEXT("letter"), .waiting = 10, .failing = 9 };
	struct slow_statement slow = { .sql = TEXT("select"), .count = 100, .p99_us = 600000 };
	struct health_facts f = { .now_ms = INT64_C(1790000000000), .room = { .data = { .free = INT64_C(90) << 30, .all = INT64_C(100) << 30 }, .backup.all = -1 },
		                  .serve = house.serve, .checks = { checks, sizeof checks / sizeof *checks }, .slow = &slow, .slow_count = 1 };
	struct health_list list;

	(void)state;
	health__judge(&f, &list);
	assert_int_equal(verdict_in(&list, "disk"), HEALTH_FINE);
	assert_int_equal(verdict_in(&list, "backup-folder"), HEALTH_VERDICT_NONE);
	assert_int_equal(verdict_in(&list, "check-mail"), HEALTH_LOOK);
	assert_int_equal(verdict_in(&list, "check-tls"), HEALTH_ACT);
	assert_int_equal(verdict_in(&list, "check-sms"), HEALTH_VERDICT_NONE);
	assert_int_equal(verdict_in(&list, "check-backup"), HEALTH_LOOK);
	assert_int_equal(verdict_in(&list, "queries"), HEALTH_LOOK);
	assert_int_equal(list.lines[0].verdict, HEALTH_ACT);
	for (size_t i = 1; i < list.count; i++)
		assert_true(list.lines[i - 1].verdict >= list.lines[i].verdict);

	f.backup_folder = TEXT("/gone");
	f.search_lag_ms = 11 * MINUTE_MS;
	f.traffic = (struct traffic){ .hour = 400, .hour_failed = 20, .p99_us = 100 };
	f.inbox = (struct inbox_sums){ .paid = 3 };
	health__judge(&f, &list);
	assert_int_equal(verdict_in(&list, "backup-folder"), HEALTH_ACT);
	assert_int_equal(verdict_in(&list, "search"), HEALTH_ACT);
	assert_int_equal(verdict_in(&list, "errors"), HEALTH_ACT);
	assert_int_equal(verdict_in(&list, "told"), HEALTH_LOOK);
	f.room.backup = (struct disk_answer){ .free = 1, .all = 1, .at_ms = 1, .silent = true };
	health__judge(&f, &list);
	assert_int_equal(verdict_in(&list, "backup-silent"), HEALTH_ACT);
	assert_int_equal(verdict_in(&list, "backup-disk"), HEALTH_VERDICT_NONE);
	assert_int_equal(verdict_in(&list, "backup-folder"), HEALTH_VERDICT_NONE);
	f.jobs = &failing;
	f.job_count = 1;
	health__judge(&f, &list);
	assert_int_equal(verdict_in(&list, "jobs-failing"), HEALTH_LOOK);
	failing.failing = 10;
	health__judge(&f, &list);
	assert_int_equal(verdict_in(&list, "jobs-failing"), HEALTH_ACT);
	f.traffic.hour = 401;
	f.traffic.p99_us = 2000000; /* the bound of all from half a second on */
	f.inbox.told = 1;
	health__judge(&f, &list);
	assert_int_equal(verdict_in(&list, "answers"), HEALTH_FINE);
	assert_int_equal(verdict_in(&list, "errors"), HEALTH_LOOK);
	assert_int_equal(verdict_in(&list, "told"), HEALTH_FINE);
	f.traffic.p99_us = 10000000;
	health__judge(&f, &list);
	assert_int_equal(verdict_in(&list, "answers"), HEALTH_LOOK);
	f.traffic = (struct traffic){ .hour = 99, .p50_us = 25000, .p99_us = 10000000 }; /* one backup that somebody fetched */
	health__judge(&f, &list);
	assert_int_equal(verdict_in(&list, "answers"), HEALTH_FINE);
	f.traffic.p50_us = 10000000;
	health__judge(&f, &list);
	assert_int_equal(verdict_in(&list, "answers"), HEALTH_LOOK);
}

static void test_a_dead_mailbox_does_not_turn_the_shop_red(void **state)
{
	struct job_count kinds[] = { { .kind = TEXT("notify-message"), .waiting = 50, .failing = 50, .parked = 900 }, { .kind = TEXT("payment-refund") } };
	struct health_facts f = { .now_ms = INT64_C(1790000000000), .room = { .data.all = -1 }, .jobs = kinds, .job_count = 2 };
	struct health_list list;

	(void)state;
	health__judge(&f, &list);
	assert_int_equal(verdict_in(&list, "jobs-failed"), HEALTH_LOOK);
	assert_int_equal(verdict_in(&list, "jobs-failing"), HEALTH_LOOK);
	kinds[1].parked = 1;
	kinds[1].failing = 10;
	health__judge(&f, &list);
	assert_int_equal(verdict_in(&list, "jobs-failed"), HEALTH_ACT);
	assert_int_equal(verdict_in(&list, "jobs-failing"), HEALTH_ACT);
	assert_text(list.lines[0].detail, "payment-refund"); /* what is lost is named, not the letters */
	kinds[0].kind = TEXT("notify-code"); /* nobody can sign in */
	kinds[1] = (struct job_count){ .kind = TEXT("payment-refund") };
	health__judge(&f, &list);
	assert_int_equal(verdict_in(&list, "jobs-failing"), HEALTH_ACT);
}

/* ---- disks ---- */

static _Atomic int asked;
static _Atomic bool hangs;
static sem_t hangs_in, goes_on;

/* A server that is dead, until it is not. */
static int ask_disk(const char *path, struct statvfs *ret)
{
	asked++;
	*ret = (struct statvfs){ .f_frsize = 1, .f_bavail = (fsblkcnt_t)asked, .f_blocks = 100 };
	if (!strcmp(path, "/gone"))
		return -1;
	if (strcmp(path, "/far") != 0 || !hangs)
		return 0;
	sem_post(&hangs_in);
	sem_wait(&goes_on);
	return 0;
}

static void assert_answer(struct disk_answer is, int64_t free, int64_t at_ms, bool silent)
{
	assert_int_equal(is.free, free);
	assert_int_equal(is.at_ms, at_ms);
	assert_int_equal(is.silent, silent);
}

/* However long its thread takes to have a turn. */
static struct disk_answer answer_of(struct disks *disks, enum disk_of which, const char *folder, int64_t now_ms)
{
	struct disk_answer answer;

	do
		answer = disks_ask(disks, which, text_of(folder), now_ms);
	while (answer.silent);
	return answer;
}

static void test_a_disk_that_hangs_is_asked_once(void **state)
{
	struct disks *disks = disks_new(ask_disk);
	const struct text far = TEXT("/far");
	const int64_t start = 1000;

	(void)state;
	asked = 0;
	hangs = false;
	sem_init(&hangs_in, 0, 0);
	sem_init(&goes_on, 0, 0);
	assert_answer(disks_ask(disks, DISK_BACKUP, (struct text){ 0 }, start), -1, 0, false);
	assert_answer(answer_of(disks, DISK_BACKUP, "/gone", start), -1, start, false);
	assert_answer(answer_of(disks, DISK_BACKUP, "/far", start), 2, start, false);
	hangs = true;
	for (int i = 0; i < 100; i++)
		assert_answer(disks_ask(disks, DISK_BACKUP, far, start + MINUTE_MS), 2, start, false);
	sem_wait(&hangs_in);
	assert_int_equal(asked, 3); /* one question, however many look */
	assert_answer(disks_ask(disks, DISK_BACKUP, far, start + MINUTE_MS + 1), 2, start, true);
	assert_answer(answer_of(disks, DISK_DATA, "/near", start), 4, start, false); /* the other one is not held up */
	hangs = false;
	sem_post(&goes_on);
	(void)answer_of(disks, DISK_BACKUP, "/far", start + 9 * MINUTE_MS); /* what it said at last, to the old question */
	assert_int_equal(answer_of(disks, DISK_BACKUP, "/far", start + 9 * MINUTE_MS).at_ms, start + 9 * MINUTE_MS);
	disks_free(disks);
}

static void test_a_disk_that_never_answered_is_silent(void **state)
{
	struct disks *disks = disks_new(ask_disk);

	(void)state;
	hangs = true;
	asked = 0;
	assert_answer(disks_ask(disks, DISK_BACKUP, TEXT("/far"), 1000), -1, 0, true);
	sem_wait(&hangs_in);
	assert_answer(answer_of(disks, DISK_BACKUP, "/elsewhere", 1000), 2, 1000, false); /* its owner has put it elsewhere */
	disks_free(disks); /* while the thread hangs still */
	sem_post(&goes_on);
}

/* ---- the page ---- */

static void test_how_the_shop_is(void **state)
{
	(void)state;
	get("/api/health");
	assert_true(number_at("memory") > 1000000);
	assert_true(number_at("room.data_all") > 0 && number_at("room.data_free") > 0);
	assert_true(number_at("room.database") > 10000);
	assert_int_equal(number_at("room.data_ms"), world_now_ms(house.world));
	assert_int_equal(number_at("room.backup_all"), -1);
	assert_int_equal(number_at("migrations"), db_testing_int(house.db, "select count(*) from migration"));
	assert_int_equal(number_at("started_ms"), world_now_ms(house.world));
	assert_string_equal(verdict_of("told"), "fine");
	assert_string_equal(verdict_of("jobs-failed"), "fine");
	assert_string_equal(verdict_of("check-backup"), "look");
	assert_string_equal(verdict_of("check-payment-keys"), ""); /* its room's settings are not in this house */
	db_testing_run(house.db, "insert into blob (hash, ext, size, width, height, created_ms) values ('a', 'png', 123, 1, 1, 1)");
	get("/api/health");
	assert_int_equal(number_at("room.picture_bytes"), 123);
}

static void test_a_failed_job_is_retried_and_dropped(void **state)
{
	int64_t id = failed_letter();

	(void)state;
	assert_string_equal(verdict_of("jobs-failed"), "act");
	assert_string_equal(word_at("verdict"), "act");
	get("/api/health/jobs");
	assert_int_equal(number_at("items.0.id"), id);
	assert_string_equal(word_at("items.0.kind"), "letter");
	assert_string_equal(word_at("items.0.why"), "mail-refused");
	assert_true(json_is_true(answer_at(&owner, "items.0.parked")));
	assert_false(body_has("secret@example.com"));

	fails = false;
	assert_int_equal(post("jobs", id, "retry"), 204);
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(runs, 2);
	assert_int_equal(db_testing_int(house.db, "select count(*) from job where kind = 'letter'"), 0);
	assert_string_equal(verdict_of("jobs-failed"), "fine");
	assert_int_equal(post("jobs", id, "retry"), 404);

	fails = true;
	id = failed_letter();
	assert_int_equal(post("jobs", id, "drop"), 204);
	assert_int_equal(post("jobs", id, "drop"), 404);
	assert_int_equal(db_testing_int(house.db, "select count(*) from job where kind = 'letter'"), 0);
	assert_int_equal(db_testing_int(house.db, "select count(*) from audit_entry where verb = 'job-retry'"), 1);
	assert_int_equal(db_testing_int(house.db, "select count(*) from audit_entry where verb = 'job-drop' and actor = 7"), 1);
}

static void test_all_of_a_kind_are_decided_about(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		(void)failed_letter();
	assert_int_equal(visit(&owner, POST, "/api/health/kinds/letter/retry", NULL), 200);
	assert_int_equal(number_at("count"), 3);
	assert_true(json_is_false(answer_at(&owner, "more")));
	assert_int_equal(db_jobs_run(jobs), 3);
	assert_int_equal(visit(&owner, POST, "/api/health/kinds/letter/drop", NULL), 200);
	assert_int_equal(number_at("count"), 3);
	assert_int_equal(visit(&owner, POST, "/api/health/kinds/letter/drop", NULL), 200);
	assert_int_equal(number_at("count"), 0);
	assert_int_equal(db_testing_int(house.db, "select count(*) from job where kind = 'letter'"), 0);
	assert_int_equal(db_testing_int(house.db, "select count(*) from audit_entry where verb = 'job-retry-all' and actor = 7"), 1);
	assert_int_equal(db_testing_int(house.db, "select count(*) from audit_entry where verb = 'job-drop-all' and detail like '%\"count\":3%'"), 1);
	assert_int_equal(db_testing_int(house.db, "select count(*) from audit_entry where verb = 'job-drop-all'"), 1);
}

static void test_a_job_that_runs_is_not_touched(void **state)
{
	(void)state;
	db_testing_run(house.db, "insert into job (id, kind, payload, state, run_at_ms, tries, lease, added_ms) values (5, 'other', '{}', 'running', 1, 1, 9, 1)");
	assert_int_equal(post("jobs", 5, "retry"), 409);
	assert_int_equal(post("jobs", 5, "drop"), 409);
	assert_int_equal(db_testing_int(house.db, "select lease from job where id = 5"), 9);
}

static void test_failed_jobs_come_in_pages(void **state)
{
	(void)state;
	for (int i = 0; i < 25; i++)
		(void)failed_letter();
	get("/api/health/jobs");
	assert_int_equal(json_array_size(answer_at(&owner, "items")), 20);
	assert_true(json_is_true(answer_at(&owner, "more")));
	get(arena_cstr(arena, arena_format(arena, "/api/health/jobs?before=%lld", (long long)number_at("items.19.id"))));
	assert_int_equal(json_array_size(answer_at(&owner, "items")), 5);
	assert_true(json_is_false(answer_at(&owner, "more")));
}

static void test_jobs_that_nobody_runs_are_late(void **state)
{
	(void)state;
	assert_done(db_write(house.db, add_letter, NULL));
	assert_string_equal(verdict_of("jobs-late"), "fine");
	world_move(house.world, 11 * MINUTE_MS);
	assert_string_equal(verdict_of("jobs-late"), "look");
	world_move(house.world, HOUR_MS);
	assert_string_equal(verdict_of("jobs-late"), "act");
}

static void test_what_the_channel_told(void **state)
{
	struct visitor clerk = visitor_of(&house, CLERK, LEARNER | FINANCE);

	(void)state;
	db_testing_run(house.db, "insert into channel_event (id, channel, message, sha256, raw, state, at_ms, number, is_refund, why)"
	                         " values (3, 'wechat', 'EV-1', 'x', 'secret-bytes', 'REJECTED', 1735732800000, 'ZF1', 0, 'amount')");
	get("/api/health/notifications");
	assert_string_equal(word_at("items.0.state"), "REJECTED");
	assert_string_equal(word_at("items.0.why"), "amount");
	assert_string_equal(word_at("items.0.number"), "ZF1");
	assert_false(body_has("secret-bytes"));
	assert_int_equal(post("notifications", 3, "replay"), 409); /* no payment of ours has that number */
	assert_int_equal(post("notifications", 4, "replay"), 404);
	assert_int_equal(visit(&clerk, GET, "/api/health/notifications", NULL), 200);
	assert_int_equal(visit(&clerk, POST, "/api/health/notifications/3/replay", NULL), 403);
	assert_int_equal(visit(&clerk, GET, "/api/health", NULL), 403);
	visitor_close(&clerk);
}

static void test_statements_are_listed_and_in_the_figures(void **state)
{
	(void)state;
	get("/api/health");
	get("/api/health/queries");
	assert_true(json_array_size(answer_at(&owner, "items")) > 5);
	assert_true(number_at("items.0.total_us") >= number_at("items.1.total_us"));
	assert_true(number_at("items.0.count") > 0);
	get("/metrics");
	assert_true(body_has("zhifang_statement_seconds_count{sql=\""));
	assert_true(body_has("zhifang_statement_seconds{quantile=\"0.99\",sql=\""));
}

static void test_from_outside_the_same_is_said(void **state)
{
	struct health_list list;

	(void)state;
	(void)failed_letter();
	assert_done(health_look(house.db, arena, text_of(house.folder), &list));
	assert_int_equal(verdict_in(&list, "jobs-failed"), HEALTH_ACT);
	assert_int_equal(health_worst(&list), HEALTH_ACT);
	assert_int_equal(verdict_in(&list, "search"), HEALTH_VERDICT_NONE);
}

int main(void)
{
#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts_of_a_disk),
		IN_HOUSE(test_what_is_made_of_facts),
		cmocka_unit_test(test_a_dead_mailbox_does_not_turn_the_shop_red),
		cmocka_unit_test(test_a_disk_that_hangs_is_asked_once),
		cmocka_unit_test(test_a_disk_that_never_answered_is_silent),
		IN_HOUSE(test_how_the_shop_is),
		IN_HOUSE(test_a_failed_job_is_retried_and_dropped),
		IN_HOUSE(test_all_of_a_kind_are_decided_about),
		IN_HOUSE(test_a_job_that_runs_is_not_touched),
		IN_HOUSE(test_failed_jobs_come_in_pages),
		IN_HOUSE(test_jobs_that_nobody_runs_are_late),
		IN_HOUSE(test_what_the_channel_told),
		IN_HOUSE(test_statements_are_listed_and_in_the_figures),
		IN_HOUSE(test_from_outside_the_same_is_said),
	};

	log_set(STDERR_FILENO, 0);
	return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
