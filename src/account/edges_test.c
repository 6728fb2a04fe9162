/* edges_test.c - logins as people write them, words that are no passwords, what a guess costs, and rows that were moved. */
#include "account/account_room.h"

#include <time.h>

#include "base/testing.h"
#include "serve/testing.h"

#define SECRET "correct horse battery"

static struct house house;
static struct arena *arena;

static const struct module *const modules[] = { &account_module, NULL };

static int setup(void **state)
{
	(void)state;
	arena = arena_new(64 << 20);
	house_open(&house, NULL, 0);
	house_start(&house, modules, &account_sessions);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	house_close(&house);
	arena_free(arena);
	return 0;
}

static struct keyring *keyring(void) { return ((struct account_home *)module_state(house.serve, &account_module))->keyring; }

static int enter(struct visitor *v, const char *path, const char *login, const char *password)
{
	return visit(v, POST, path, arena_cstr(arena, arena_format(arena, "{\"login\":\"%s\",\"password\":\"%s\"}", login, password)));
}

static int join(struct visitor *v, const char *login) { return enter(v, "/api/users", login, SECRET); }
static int sign_in(struct visitor *v, const char *login, const char *password) { return enter(v, "/api/sessions", login, password); }

static int64_t me_of(struct visitor *v)
{
	assert_int_equal(visit(v, GET, "/api/me", NULL), 200);
	return json_integer_value(answer_at(v, "id"));
}

static int64_t count(const char *sql) { return db_testing_int(house.db, sql); }

static void test_a_phone_number_is_one_however_it_is_written(void **state)
{
	struct visitor v;

	(void)state;
	visitor_open(&v, &house);
	assert_int_equal(join(&v, "+86 138-0013-8000"), 201);
	assert_text(json_text(answer_at(&v, "login")), "138****8000");
	assert_int_equal(join(&v, "13800138000"), 409);
	assert_true(answer_is_problem(&v, "login-taken"));
	assert_int_equal(sign_in(&v, " 138 0013 8000", SECRET), 201);
	visitor_close(&v);
}

static void test_what_is_no_login(void **state)
{
	static const char *const wrong[] = { "ann", "@x.cn", "a@b@c.cn", "a@cn", "a b@x.cn", "12800138000", "1380013800", "138001380001", "+1 13800138000", "１３８００１３８０００" };
	struct visitor v;

	(void)state;
	visitor_open(&v, &house);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_int_equal(join(&v, wrong[i]), 422);
		assert_text(json_text(answer_at(&v, "errors.0.path")), "login");
		assert_int_equal(sign_in(&v, wrong[i], SECRET), 401);
	}
	assert_int_equal(count("select count(*) from user_account"), 0);
	visitor_close(&v);
}

static void test_a_login_is_masked_by_whole_characters(void **state)
{
	struct visitor v;

	(void)state;
	visitor_open(&v, &house);
	assert_int_equal(join(&v, "张三@example.cn"), 201);
	assert_text(json_text(answer_at(&v, "login")), "张***@example.cn");
	visitor_close(&v);
}

static void test_a_long_agent_is_cut_between_characters(void **state)
{
	char agent[221];
	struct visitor v;

	(void)state;
	memset(agent, 'a', 199);
	strcpy(agent + 199, "知坊知坊知坊");
	visitor_open(&v, &house);
	v.more[v.more_count++] = (struct header){ TEXT("User-Agent"), text_of(agent) };
	assert_int_equal(join(&v, "ann@example.cn"), 201);
	assert_int_equal(visit(&v, GET, "/api/me/sessions", NULL), 200);
	assert_int_equal(json_text(answer_at(&v, "items.0.agent")).length, 199);
	visitor_close(&v);
}

/* ---- passwords ---- */

static int64_t cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t least_cost(struct visitor *v, const char *login)
{
	int64_t least = INT64_MAX;

	for (int i = 0; i < 3; i++) {
		int64_t before = cpu_us(), cost;

		assert_int_equal(sign_in(v, login, "wrong horse battery"), 401);
		cost = cpu_us() - before;
		least = cost < least ? cost : least;
	}
	return least;
}

/* Time of the processor, not of the clock: another process does not change it much. */
static void test_who_is_not_there_costs_a_hash_too(void **state)
{
	struct visitor v;
	int64_t known, unknown, unreadable;

	(void)state;
	visitor_open(&v, &house);
	assert_int_equal(join(&v, "ann@example.cn"), 201);
	known = least_cost(&v, "ann@example.cn");
	unknown = least_cost(&v, "bob@example.cn");
	unreadable = least_cost(&v, "nobody");
	assert_true(unknown > known / 2 && unknown < known * 2);
	assert_true(unreadable > known / 2 && unreadable < known * 2);
	visitor_close(&v);
}

static void test_weak_passwords(void **state)
{
	static const char *const weak[] = { "1234567", "12345678", "Password", "QWERTYUIOP", "woaini1314", "ann@example.cn", "ANN@EXAMPLE.CN", "知识知识知识知" };
	struct visitor v;

	(void)state;
	visitor_open(&v, &house);
	for (size_t i = 0; i < sizeof weak / sizeof *weak; i++) {
		assert_int_equal(enter(&v, "/api/users", "ann@example.cn", weak[i]), 422);
		assert_true(answer_is_problem(&v, "password-weak"));
	}
	assert_int_equal(count("select count(*) from user_account"), 0);
	assert_int_equal(enter(&v, "/api/users", "ann@example.cn", "知识知识知识知坊"), 201);
	visitor_close(&v);
}

static int change_password(struct visitor *v, const char *old, const char *new)
{
	return visit(v, POST, "/api/me/password", arena_cstr(arena, arena_format(arena, "{\"old\":\"%s\",\"new\":\"%s\"}", old, new)));
}

static void test_a_new_password_ends_the_other_sessions(void **state)
{
	struct visitor here, there;

	(void)state;
	visitor_open(&here, &house);
	visitor_open(&there, &house);
	assert_int_equal(join(&here, "ann@example.cn"), 201);
	assert_int_equal(sign_in(&there, "ann@example.cn", SECRET), 201);
	me_of(&there);
	assert_int_equal(change_password(&here, "wrong horse battery", "another horse battery"), 401);
	assert_int_equal(change_password(&here, SECRET, "12345678"), 422);
	assert_int_equal(change_password(&here, SECRET, "ann@example.cn"), 422);
	me_of(&there);
	assert_int_equal(change_password(&here, SECRET, "another horse battery"), 204);
	me_of(&here);
	assert_int_equal(visit(&there, GET, "/api/me", NULL), 401);
	assert_int_equal(sign_in(&there, "ann@example.cn", SECRET), 401);
	assert_int_equal(sign_in(&there, "ann@example.cn", "another horse battery"), 201);
	visitor_close(&here);
	visitor_close(&there);
}

static problem swap_seals(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "update identity set sealed = (select max(sealed) from identity)", V0);
	return tx_problem(tx);
}

static void test_a_sealed_login_cannot_be_moved_to_another_row(void **state)
{
	struct visitor ann, bob;

	(void)state;
	visitor_open(&ann, &house);
	visitor_open(&bob, &house);
	assert_int_equal(join(&ann, "ann@example.cn"), 201);
	assert_int_equal(join(&bob, "bob@example.cn"), 201);
	assert_done(db_write(house.db, swap_seals, NULL));
	assert_int_equal((visit(&ann, GET, "/api/me", NULL) == 200) + (visit(&bob, GET, "/api/me", NULL) == 200), 1);
	visitor_close(&ann);
	visitor_close(&bob);
}

static void test_a_session_that_ended_by_itself_is_no_device(void **state)
{
	struct visitor idle, busy;

	(void)state;
	visitor_open(&idle, &house);
	visitor_open(&busy, &house);
	assert_int_equal(join(&idle, "ann@example.cn"), 201);
	world_move(house.world, SESSION_IDLE_MS);
	assert_int_equal(sign_in(&busy, "ann@example.cn", SECRET), 201);
	assert_int_equal(visit(&busy, GET, "/api/me/sessions", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&busy, "items")), 1);
	visitor_close(&idle);
	visitor_close(&busy);
}

/* ---- roles ---- */

static void test_nobody_gives_himself_a_role(void **state)
{
	struct visitor v;

	(void)state;
	visitor_open(&v, &house);
	assert_int_not_equal(visit(&v, POST, "/api/users", "{\"login\":\"ann@example.cn\",\"password\":\"" SECRET "\",\"roles\":[\"admin\"]}"), 201);
	assert_int_equal(join(&v, "ann@example.cn"), 201);
	assert_int_not_equal(visit(&v, PATCH, "/api/me", "{\"roles\":[\"admin\"]}"), 200);
	assert_int_equal(count("select count(*) from role_grant"), 0);
	visitor_close(&v);
}

/* ---- the command line's way ---- */

static problem find_by_login(struct tx *tx, void *arg) { return account_by_login(tx, keyring(), TEXT(" ANN@example.cn"), arg); }

static void test_made_from_the_command_line(void **state)
{
	const struct account_draft draft = { .login = TEXT("ann@example.cn"), .password = TEXT(SECRET), .name = TEXT("Ann"), .language = TEXT("en") };
	struct account made, found;
	struct visitor v;

	(void)state;
	visitor_open(&v, &house);
	assert_done(account_create(house.db, keyring(), arena, &draft, &made));
	assert_problem(account_create(house.db, keyring(), arena, &draft, &found), login_taken);
	assert_done(db_read(house.db, find_by_login, &found));
	assert_int_equal(found.id.v, made.id.v);
	assert_int_equal(sign_in(&v, "ann@example.cn", SECRET), 201);
	assert_text(json_text(answer_at(&v, "language")), "en");
	assert_done(account_set_password(house.db, arena, made.id, TEXT("another horse battery")));
	serve_forget(house.serve, 0, made.id);
	assert_int_equal(visit(&v, GET, "/api/me", NULL), 401);
	assert_int_equal(sign_in(&v, "ann@example.cn", "another horse battery"), 201);
	visitor_close(&v);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_phone_number_is_one_however_it_is_written),
		TEST(test_what_is_no_login),
		TEST(test_a_login_is_masked_by_whole_characters),
		TEST(test_a_long_agent_is_cut_between_characters),
		TEST(test_who_is_not_there_costs_a_hash_too),
		TEST(test_weak_passwords),
		TEST(test_a_new_password_ends_the_other_sessions),
		TEST(test_a_sealed_login_cannot_be_moved_to_another_row),
		TEST(test_a_session_that_ended_by_itself_is_no_device),
		TEST(test_nobody_gives_himself_a_role),
		TEST(test_made_from_the_command_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
