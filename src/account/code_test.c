/* code_test.c - codes: who gets one, how often, what it opens, and that nobody learns from them who has an account. */
#include "account/testing.h"

/* ---- asking ---- */

static void test_codes_are_off_until_somebody_sends(void **state)
{
	(void)state;
	account_know_sender(house.serve, NULL);
	assert_int_equal(visit(&v, GET, "/api/auth/ways", NULL), 200);
	assert_true(json_is_false(answer_at(&v, "mail")) && json_is_false(answer_at(&v, "phone")) && json_is_true(answer_at(&v, "password")));
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 503);
	assert_true(answer_is_problem(&v, "codes-off"));
	account_know_sender(house.serve, &sender);
	reached = "phone";
	assert_int_equal(visit(&v, GET, "/api/auth/ways", NULL), 200);
	assert_true(json_is_false(answer_at(&v, "mail")) && json_is_true(answer_at(&v, "phone")));
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 503);
	assert_int_equal(ask_for(&v, "13800138000", "sign_in"), 202);
	assert_int_equal(count("select count(*) from code"), 1);
}

static void test_a_letter(void **state)
{
	struct reading r;

	(void)state;
	assert_int_equal(ask_for(&v, "+86 138-0013-8000", "sign_in"), 202);
	assert_int_equal(json_integer_value(answer_at(&v, "again_s")), 60);
	r = newest_letter();
	assert_done(r.why);
	assert_text(r.letter.login, "13800138000");
	assert_text(r.letter.kind, "phone");
	assert_text(r.letter.language, "zh-CN");
	assert_int_equal(r.letter.purpose, CODE_SIGN_IN);
	assert_int_equal(r.letter.digits.length, 6);
	assert_int_equal(r.letter.expires_ms, world_now_ms(house.world) + 10 * MINUTE);
	assert_int_equal(count("select count(*) from news where topic = 'account.code'"), 1);
	assert_int_equal(count("select count(*) from news n join code c on c.id = n.subject"), 1);
	code_received();
	assert_problem(newest_letter().why, code_gone);
	assert_int_equal(count("select count(*) from code where digits is null and is_open = 1"), 1);
}

/* What a copy of the database gives away: neither whom nor what. */
static problem count_told(struct tx *tx, void *arg)
{
	const struct reading *r = arg;

	return read_int(tx, -1, "select count(*) from code where login like '%138%' or digits = $1 or hash = $1 or blind like '%138%'",
	                V(r->letter.digits)) ? &problem_conflict : NULL;
}

static void test_the_table_does_not_tell(void **state)
{
	struct reading r;

	(void)state;
	assert_int_equal(ask_for(&v, "13800138000", "sign_in"), 202);
	r = newest_letter();
	assert_done(db_read(house.db, count_told, &r));
}

static void test_a_letter_too_late_is_not_sent(void **state)
{
	(void)state;
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 202);
	world_move(house.world, 10 * MINUTE - 1);
	assert_done(newest_letter().why);
	world_move(house.world, 1);
	assert_problem(newest_letter().why, code_gone);
}

static void test_one_a_minute_ten_a_day(void **state)
{
	(void)state;
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 202);
	assert_int_equal(ask_for(&v, " ANN@example.cn", "sign_in"), 429);
	assert_true(answer_is_problem(&v, "code-too-soon"));
	assert_int_equal(ask_for(&v, "ann@example.cn", "reset"), 429);
	assert_true(answer_is_problem(&v, "code-wait"));
	assert_text(answer_header(&v, "Retry-After"), "60");
	assert_int_equal(ask_for(&v, "bob@example.cn", "sign_in"), 202);
	for (int i = 1; i < 10; i++) {
		world_move(house.world, MINUTE);
		assert_int_equal(ask_for(&v, "ann@example.cn", i % 2 ? "reset" : "sign_in"), 202);
	}
	world_move(house.world, MINUTE);
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 429);
	assert_true(answer_is_problem(&v, "codes-too-many"));
	assert_int_equal(count("select count(*) from code where is_open = 1"), 3);
	world_move(house.world, 24 * 60 * MINUTE - 10 * MINUTE);
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 202);
}

static void test_a_clock_that_was_set_locks_nobody_out(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 202);
		world_move(house.world, MINUTE);
	}
	world_move(house.world, -365 * 24 * 60 * MINUTE);
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 202);
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 429);
	world_move(house.world, -10 * MINUTE);
	assert_problem(newest_letter().why, code_gone);
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 202);
}

static void test_what_is_refused(void **state)
{
	static const char *const bodies[] = { "{}", "{\"login\":\"ann@example.cn\"}", "{\"login\":\"ann@example.cn\",\"purpose\":\"verify\"}",
	                                      "{\"login\":\"ann\",\"purpose\":\"sign_in\"}", "{\"login\":\"12800138000\",\"purpose\":\"sign_in\"}" };

	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
		assert_int_equal(visit(&v, POST, "/api/auth/codes", bodies[i]), 422);
	assert_int_equal(ask_for(&v, "ann@example.cn", "change"), 401);
	assert_int_equal(count("select count(*) from code"), 0);
}

/* ---- limits that are nobody's own ---- */

static struct text normal_factor(void *self, const char *key)
{
	(void)self;
	return !strcmp(key, "limits.factor") ? TEXT("1") : (struct text){ 0 };
}

static int setup_limited(void **state)
{
	(void)state;
	reached = NULL;
	arena = arena_new(64 << 20);
	house_open(&house, NULL, 0);
	house.options.setting = normal_factor;
	house_start(&house, modules, &account_sessions);
	account_know_sender(house.serve, &sender);
	visitor_open(&v, &house);
	return 0;
}

/* One machine that has codes sent to everybody, and tries codes of everybody. */
static void test_an_address_is_limited(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(ask_for(&v, arena_cstr(arena, arena_format(arena, "ann%d@example.cn", i)), "sign_in"), 202);
		assert_int_equal(bring(&v, arena_cstr(arena, arena_format(arena, "bob%d@example.cn", i)), "000000"), 422);
	}
	assert_int_equal(ask_for(&v, "zoe@example.cn", "sign_in"), 429);
	assert_true(answer_is_problem(&v, "too-many-requests"));
	assert_int_equal(bring(&v, "zoe@example.cn", "000000"), 429);
	assert_int_equal(count("select count(*) from code"), 10);
}

static void test_far_too_many_are_paused_until_the_hour_is_over(void **state)
{
	struct account_home *home = module_state(house.serve, &account_module);

	(void)state;
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 202);
	assert_int_equal(atomic_load(&home->codes_in_hour), 1);
	atomic_store(&home->codes_in_hour, 5000);
	assert_int_equal(ask_for(&v, "bob@example.cn", "sign_in"), 503);
	assert_true(answer_is_problem(&v, "codes-paused"));
	world_move(house.world, 60 * MINUTE);
	assert_int_equal(ask_for(&v, "bob@example.cn", "sign_in"), 202);
	assert_int_equal(count("select count(*) from code"), 2);
}

static void test_codes_are_forgotten_after_a_day(void **state)
{
	static const struct job_kind *const tables[] = { code_jobs };
	struct db_jobs *jobs;

	(void)state;
	assert_done(db_jobs_start(house.db, tables, 1, house.serve, 0, &jobs));
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 202);
	world_move(house.world, 12 * 60 * MINUTE);
	assert_int_equal(ask_for(&v, "bob@example.cn", "sign_in"), 202);
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from code"), 2);
	world_move(house.world, 12 * 60 * MINUTE + 2);
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from code"), 1);
	world_move(house.world, 24 * 60 * MINUTE);
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from code"), 0);
	db_jobs_stop(jobs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_codes_are_off_until_somebody_sends),
		TEST(test_a_letter),
		TEST(test_the_table_does_not_tell),
		TEST(test_a_letter_too_late_is_not_sent),
		TEST(test_one_a_minute_ten_a_day),
		TEST(test_a_clock_that_was_set_locks_nobody_out),
		TEST(test_what_is_refused),
		cmocka_unit_test_setup_teardown(test_an_address_is_limited, setup_limited, teardown),
		TEST(test_far_too_many_are_paused_until_the_hour_is_over),
		TEST(test_codes_are_forgotten_after_a_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
