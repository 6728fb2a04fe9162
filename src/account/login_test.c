/* login_test.c - coming in by code, new passwords, whose a login is, and what is told of it. */
#include "account/testing.h"

/* ---- in and up ---- */

static void test_a_code_makes_an_account_and_opens_it(void **state)
{
	int64_t id;

	(void)state;
	id = enter_by_code(&v, "13800138000");
	assert_text(json_text(answer_at(&v, "login")), "138****8000");
	assert_true(json_is_true(answer_at(&v, "verified")));
	assert_int_equal(strlen(v.session), 43);
	assert_int_equal(me_of(&v), id);
	assert_int_equal(count("select count(*) from user_account where password_hash = ''"), 1);
	assert_int_equal(count("select count(*) from consent"), 2);
	/* by password: there is none, and nobody is told so */
	assert_int_equal(sign_in(&v, "13800138000", SECRET), 401);
	assert_int_equal(sign_in(&v, "13800138000", " "), 401);
	v.session[0] = 0;
	world_move(house.world, MINUTE);
	assert_int_equal(enter_by_code(&v, "13800138000"), id);
	assert_int_equal(count("select count(*) from user_account"), 1);
}

static void test_a_code_is_used_once(void **state)
{
	const char *code;

	(void)state;
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 202);
	code = code_received();
	assert_int_equal(bring(&v, "ann@example.cn", code), 201);
	assert_int_equal(bring(&v, "ann@example.cn", code), 422);
	assert_true(answer_is_problem(&v, "code-wrong"));
	assert_int_equal(count("select count(*) from code where used_ms is not null and digits is null"), 1);
}

static void test_a_code_is_good_for_its_login_and_purpose_alone(void **state)
{
	const char *code;

	(void)state;
	assert_int_equal(join(&v, "ann@example.cn"), 201);
	assert_int_equal(ask_for(&v, "ann@example.cn", "reset"), 202);
	code = code_received();
	assert_int_equal(bring(&v, "ann@example.cn", code), 422);
	assert_int_equal(bring(&v, "bob@example.cn", code), 422);
	assert_int_equal(reset(&v, "ann@example.cn", code, "another horse battery"), 204);
}

static void test_a_new_code_replaces_the_old(void **state)
{
	const char *first, *second;

	(void)state;
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 202);
	first = code_received();
	world_move(house.world, MINUTE);
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 202);
	second = code_received();
	assert_int_equal(bring(&v, "ann@example.cn", first), strcmp(first, second) ? 422 : 201);
	assert_int_equal(bring(&v, "ann@example.cn", second), 201);
}

static void test_five_tries(void **state)
{
	const char *code;

	(void)state;
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 202);
	code = code_received();
	for (int i = 0; i < 4; i++)
		assert_int_equal(bring(&v, "ann@example.cn", wrong(code)), 422);
	assert_int_equal(bring(&v, "ann@example.cn", code), 201);
	world_move(house.world, MINUTE);
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 202);
	code = code_received();
	for (int i = 0; i < 5; i++)
		assert_int_equal(bring(&v, "ann@example.cn", wrong(code)), 422);
	assert_int_equal(bring(&v, "ann@example.cn", code), 422);
	assert_true(answer_is_problem(&v, "code-wrong"));
}

static void test_ten_minutes(void **state)
{
	const char *code;

	(void)state;
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 202);
	code = code_received();
	world_move(house.world, 10 * MINUTE - 1);
	assert_int_equal(bring(&v, "ann@example.cn", wrong(code)), 422);
	world_move(house.world, 1);
	assert_int_equal(bring(&v, "ann@example.cn", code), 422);
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 202);
	code = code_received();
	world_move(house.world, -2 * MINUTE);
	assert_int_equal(bring(&v, "ann@example.cn", code), 422);
	assert_int_equal(count("select count(*) from user_account"), 0);
}

/* A name that somebody has costs no code. */
static void test_what_else_is_wrong_leaves_the_code(void **state)
{
	const char *code;

	(void)state;
	assert_int_equal(post(&v, "/api/users", "{\"login\":\"bob@example.cn\",\"password\":\"" SECRET "\",\"name\":\"Bob\"}"), 201);
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 202);
	code = code_received();
	for (int i = 0; i < 6; i++)
		assert_int_equal(post(&v, "/api/auth/code-session", "{\"login\":\"ann@example.cn\",\"code\":\"%s\",\"name\":\"BOB\"}", code), 409);
	assert_int_equal(post(&v, "/api/auth/code-session", "{\"login\":\"ann@example.cn\",\"code\":\"%s\",\"name\":\"A\"}", code), 422);
	assert_text(json_text(answer_at(&v, "errors.0.path")), "name");
	assert_int_equal(post(&v, "/api/auth/code-session", "{\"login\":\"ann@example.cn\",\"code\":\"%s\",\"name\":\"Ann Li\"}", code), 201);
	assert_text(json_text(answer_at(&v, "name")), "Ann Li");
}

struct bringing {
	pthread_t thread;
	const char *code;
	int status;
};

static void *bring_it(void *arg)
{
	struct bringing *b = arg;
	struct visitor visitor;

	visitor_open(&visitor, &house);
	b->status = bring(&visitor, "ann@example.cn", b->code);
	visitor_close(&visitor);
	return NULL;
}

static void test_of_many_at_once_one_comes_in(void **state)
{
	struct bringing all[12] = { 0 };
	int in = 0, refused = 0;
	const char *code;

	(void)state;
	assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 202);
	code = code_received();
	for (size_t i = 0; i < 12; i++) {
		all[i].code = code;
		pthread_create(&all[i].thread, NULL, bring_it, &all[i]);
	}
	for (size_t i = 0; i < 12; i++) {
		pthread_join(all[i].thread, NULL);
		in += all[i].status == 201;
		refused += all[i].status == 422;
	}
	assert_int_equal(in, 1);
	assert_int_equal(refused, 11);
	assert_int_equal(count("select count(*) from user_account"), 1);
	assert_int_equal(count("select count(*) from session"), 1);
}

/* ---- nobody learns who has an account ---- */

static void assert_same_answer(struct visitor *a, struct visitor *b)
{
	assert_int_equal(a->answer.status, b->answer.status);
	assert_text(a->answer.body, arena_cstr(arena, b->answer.body));
}

static void test_all_logins_answer_alike(void **state)
{
	static const char *const purposes[] = { "sign_in", "reset" };
	struct visitor other;

	(void)state;
	visitor_open(&other, &house);
	assert_int_equal(join(&v, "ann@example.cn"), 201);
	v.session[0] = 0;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(ask_for(&v, "ann@example.cn", purposes[i]), 202);
		assert_int_equal(ask_for(&other, "bob@example.cn", purposes[i]), 202);
		assert_same_answer(&v, &other);
		world_move(house.world, MINUTE);
	}
	/* the same rows are written; only the letter of a reset is not sent to who has nothing to reset */
	assert_int_equal(count("select count(*) from code"), 4);
	assert_int_equal(count("select count(*) from news where topic = 'account.code'"), 4);
	assert_problem(newest_letter().why, code_gone);
	for (int try = 0; try < 7; try++) {
		assert_int_equal(bring(&v, "ann@example.cn", "000000"), 422);
		assert_int_equal(bring(&other, "bob@example.cn", "000000"), 422);
		assert_int_equal(answer_is_problem(&v, "code-wrong") + answer_is_problem(&other, "code-wrong"), 2);
		assert_int_equal(bring(&v, "nobody-asked@example.cn", "000000"), 422);
		assert_true(answer_is_problem(&v, "code-wrong"));
	}
	assert_int_equal(reset(&v, "ann@example.cn", "000000", "another horse battery"), 422);
	assert_int_equal(reset(&other, "bob@example.cn", "000000", "another horse battery"), 422);
	assert_int_equal(answer_is_problem(&v, "code-wrong") + answer_is_problem(&other, "code-wrong"), 2);
	visitor_close(&other);
}

/* ---- a new password ---- */

static void test_a_reset_ends_all_sessions(void **state)
{
	struct visitor other;
	const char *code;

	(void)state;
	visitor_open(&other, &house);
	enter_by_code(&v, "ann@example.cn");
	set_password(&v, SECRET);
	assert_int_equal(sign_in(&other, "ann@example.cn", SECRET), 201);
	world_move(house.world, MINUTE);
	assert_int_equal(ask_for(&other, "ann@example.cn", "reset"), 202);
	code = code_received();
	assert_int_equal(reset(&other, "ann@example.cn", code, "password"), 422);
	assert_int_equal(reset(&other, "ann@example.cn", code, "ann@example.cn"), 422);
	assert_int_equal(visit(&v, GET, "/api/me", NULL), 200);
	assert_int_equal(reset(&other, "ann@example.cn", code, "another horse battery"), 204);
	assert_text(newest_notice().what, "password-changed");
	assert_text(newest_notice().login, "ann@example.cn");
	assert_int_equal(visit(&v, GET, "/api/me", NULL), 401);
	assert_int_equal(visit(&other, GET, "/api/me", NULL), 401);
	assert_int_equal(sign_in(&v, "ann@example.cn", SECRET), 401);
	assert_int_equal(sign_in(&v, "ann@example.cn", "another horse battery"), 201);
	assert_int_equal(reset(&v, "ann@example.cn", code, "a third horse battery"), 422);
	assert_int_equal(count("select count(*) from audit_entry where verb = 'password-reset'"), 1);
	visitor_close(&other);
}

static void test_a_reset_ends_the_waiting_of_who_forgot(void **state)
{
	(void)state;
	enter_by_code(&v, "ann@example.cn");
	set_password(&v, SECRET);
	for (int i = 0; i < 5; i++)
		assert_int_equal(sign_in(&v, "ann@example.cn", "wrong horse battery"), 401);
	assert_int_equal(sign_in(&v, "ann@example.cn", "wrong horse battery"), 429);
	world_move(house.world, MINUTE);
	assert_int_equal(ask_for(&v, "ann@example.cn", "reset"), 202);
	assert_int_equal(reset(&v, "ann@example.cn", code_received(), "another horse battery"), 204);
	assert_int_equal(sign_in(&v, "ann@example.cn", "another horse battery"), 201);
}

/* ---- logins that nobody has proven ---- */

static void test_an_account_that_was_nobodys_goes_on_with_who_proves_it(void **state)
{
	struct visitor squatter;
	int64_t id;

	(void)state;
	visitor_open(&squatter, &house);
	assert_int_equal(join(&squatter, "13800138000"), 201);
	assert_true(json_is_false(answer_at(&squatter, "verified")));
	id = me_of(&squatter);
	assert_int_equal(enter_by_code(&v, "13800138000"), id);
	assert_int_equal(visit(&squatter, GET, "/api/me", NULL), 401);
	assert_int_equal(sign_in(&squatter, "13800138000", SECRET), 401);
	assert_int_equal(count("select count(*) from audit_entry where verb = 'account-claimed'"), 1);
	visitor_close(&squatter);
}

static void test_in_the_same_browser_nothing_is_lost(void **state)
{
	int64_t id;

	(void)state;
	assert_int_equal(join(&v, "13800138000"), 201);
	id = me_of(&v);
	assert_int_equal(enter_by_code(&v, "13800138000"), id);
	assert_int_equal(sign_in(&v, "13800138000", SECRET), 201);
	assert_true(json_is_true(answer_at(&v, "verified")));
}

static void test_an_account_with_a_proven_login_loses_only_the_other(void **state)
{
	struct visitor other;
	int64_t ann;

	(void)state;
	visitor_open(&other, &house);
	assert_int_equal(join(&v, "13800138000"), 201);
	ann = me_of(&v);
	assert_int_equal(add_login(&v, "ann@example.cn", 0), 204);
	assert_int_not_equal(enter_by_code(&other, "13800138000"), ann);
	assert_int_equal(me_of(&v), ann);
	assert_text(json_text(answer_at(&v, "login")), "a***@example.cn");
	assert_text(newest_notice().what, "login-removed");
	assert_text(newest_notice().login, "ann@example.cn");
	assert_text(newest_notice().about, "138****8000");
	assert_int_equal(sign_in(&other, "ann@example.cn", SECRET), 201);
	assert_int_equal(me_of(&other), ann);
	visitor_close(&other);
}

#define BIND "insert into vouched (id, user_id, provider, app, sealed, blind, bound_ms) select 1, id, 'wechat', 'a', 'x', 'x', 1 from user_account"

static void test_an_account_that_another_service_vouches_for_is_somebodys(void **state)
{
	struct visitor other;
	int64_t ann;

	(void)state;
	visitor_open(&other, &house);
	assert_int_equal(join(&v, "13800138000"), 201);
	ann = me_of(&v);
	db_testing_run(house.db, BIND);
	assert_int_equal(visit(&v, GET, "/api/me", NULL), 200);
	assert_true(json_is_true(answer_at(&v, "verified")));
	assert_int_equal(ask_for(&other, "13800138000", "reset"), 202);
	assert_int_equal(reset(&other, "13800138000", code_received(), "another horse battery"), 409);
	world_move(house.world, MINUTE);
	assert_int_not_equal(enter_by_code(&other, "13800138000"), ann);
	assert_int_equal(me_of(&v), ann);
	assert_int_equal(login_count(&v), 0);
	/* it is come into by WeChat, so its last login may go, and a sign-in of a moment ago is asked for */
	assert_int_equal(add_login(&v, "ann@example.cn", 0), 204);
	assert_int_equal(visit(&v, DELETE, login_path(&v, 0, ""), NULL), 204);
	world_move(house.world, 16 * MINUTE);
	serve_forget(house.serve, 0, (struct user_id){ ann });
	assert_int_equal(ask_for(&v, "ann@example.cn", "change"), 403);
	visitor_close(&other);
}

static void add_second_factor(void)
{
	db_testing_run(house.db, "insert into totp (user_id, sealed, created_ms, confirmed_ms, last_step, fails, fails_from_ms) select id, 'x', 1, 1, 0, 0, 0 from user_account");
}

/* Whoever made an account with somebody else's number and a second factor keeps the account, not the number. */
static void test_a_second_factor_keeps_no_number_from_its_owner(void **state)
{
	struct visitor other;
	int64_t first;

	(void)state;
	visitor_open(&other, &house);
	assert_int_equal(join(&v, "13800138000"), 201);
	first = me_of(&v);
	add_second_factor();
	assert_int_not_equal(enter_by_code(&other, "13800138000"), first);
	assert_int_equal(login_count(&other), 1);
	assert_int_equal(me_of(&v), first);
	assert_int_equal(login_count(&v), 0);
	visitor_close(&other);
}

static void test_a_second_factor_stays_with_who_set_it_up(void **state)
{
	struct visitor other;

	(void)state;
	visitor_open(&other, &house);
	assert_int_equal(join(&v, "13800138000"), 201);
	add_second_factor();
	/* a new password is not set by a login that nobody proved */
	assert_int_equal(ask_for(&other, "13800138000", "reset"), 202);
	assert_int_equal(reset(&other, "13800138000", code_received(), "another horse battery"), 409);
	assert_true(answer_is_problem(&other, "password-first"));
	/* proven, a code is half of a sign-in */
	db_testing_run(house.db, "update identity set verified_ms = 1");
	world_move(house.world, MINUTE);
	assert_int_equal(ask_for(&other, "13800138000", "sign_in"), 202);
	assert_int_equal(bring(&other, "13800138000", code_received()), 202);
	assert_true(json_is_true(answer_at(&other, "second_factor")));
	assert_string_equal(other.session, "");
	/* and a new password opens no session at all */
	world_move(house.world, MINUTE);
	assert_int_equal(ask_for(&other, "13800138000", "reset"), 202);
	assert_int_equal(reset(&other, "13800138000", code_received(), "another horse battery"), 204);
	assert_string_equal(other.session, "");
	assert_int_equal(sign_in(&other, "13800138000", "another horse battery"), 202);
	visitor_close(&other);
}

static void test_who_may_do_more_is_asked_for_the_password(void **state)
{
	struct visitor other;

	(void)state;
	visitor_open(&other, &house);
	assert_int_equal(join(&v, "13800138000"), 201);
	db_testing_run(house.db, "insert into role_grant (user_id, role, granted_by, at_ms) select id, 'creator', 0, 0 from user_account");
	assert_int_equal(ask_for(&other, "13800138000", "sign_in"), 202);
	assert_int_equal(bring(&other, "13800138000", code_received()), 409);
	assert_true(answer_is_problem(&other, "password-first"));
	add_second_factor(); /* as before */
	world_move(house.world, MINUTE);
	assert_int_equal(ask_for(&other, "13800138000", "sign_in"), 202);
	assert_int_equal(bring(&other, "13800138000", code_received()), 409);
	db_testing_run(house.db, "delete from totp");
	assert_int_equal(me_of(&v), count("select max(id) from user_account"));
	world_move(house.world, MINUTE);
	assert_int_equal(ask_for(&other, "13800138000", "reset"), 202);
	assert_int_equal(reset(&other, "13800138000", code_received(), "another horse battery"), 409);
	assert_int_equal(sign_in(&other, "13800138000", SECRET), 201);
	visitor_close(&other);
}

static void test_made_by_the_owner_is_proven(void **state)
{
	const struct account_draft draft = { .login = TEXT("ann@example.cn"), .password = TEXT(SECRET), .verified = true };
	struct account made;

	(void)state;
	assert_done(account_create(house.db, keyring(), arena, &draft, &made));
	assert_int_equal(enter_by_code(&v, "ann@example.cn"), made.id.v);
	assert_int_equal(sign_in(&v, "ann@example.cn", SECRET), 201);
}

static problem vouch(struct tx *tx, void *arg) { return account_vouch_login(tx, keyring(), *(const struct text *)arg); }

static void test_the_owner_vouches_for_a_login(void **state)
{
	struct text other = TEXT("13900139000"), his = TEXT("+86 138 0013 8000");

	(void)state;
	assert_int_equal(join(&v, "13800138000"), 201);
	assert_problem(db_write(house.db, vouch, &other), user_missing);
	assert_done(db_write(house.db, vouch, &his));
	assert_done(db_write(house.db, vouch, &his));
	assert_int_equal(count("select count(*) from audit_entry where verb = 'login-verified'"), 1);
	enter_by_code(&v, "13800138000");
	assert_int_equal(sign_in(&v, "13800138000", SECRET), 201);
}

/* ---- one's own logins ---- */

static void test_logins_are_shown_masked(void **state)
{
	(void)state;
	assert_int_equal(join(&v, "13800138000"), 201);
	assert_int_equal(visit(&v, GET, "/api/me/logins", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&v, "items")), 1);
	assert_text(json_text(answer_at(&v, "items.0.login")), "138****8000");
	assert_text(json_text(answer_at(&v, "items.0.kind")), "phone");
	assert_true(json_is_false(answer_at(&v, "items.0.verified")) && json_is_true(answer_at(&v, "password")) && json_is_true(answer_at(&v, "fresh")));
	world_move(house.world, 16 * MINUTE);
	serve_forget(house.serve, 0, (struct user_id){ me_of(&v) });
	assert_int_equal(visit(&v, GET, "/api/me/logins", NULL), 200);
	assert_true(json_is_false(answer_at(&v, "fresh")));
}

static void test_proves_its_own_login(void **state)
{
	struct visitor other;
	const char *path, *code;

	(void)state;
	visitor_open(&other, &house);
	assert_int_equal(join(&v, "13800138000"), 201);
	assert_int_equal(join(&other, "13900139000"), 201);
	path = login_path(&v, 0, "");
	assert_int_equal(visit(&other, POST, arena_cstr(arena, arena_format(arena, "%s/codes", path)), NULL), 404);
	assert_int_equal(visit(&v, POST, arena_cstr(arena, arena_format(arena, "%s/codes", path)), NULL), 202);
	code = code_received();
	assert_int_equal(post(&other, arena_cstr(arena, arena_format(arena, "%s/proof", path)), "{\"code\":\"%s\"}", code), 404);
	assert_int_equal(post(&v, arena_cstr(arena, arena_format(arena, "%s/proof", path)), "{\"code\":\"%s\"}", wrong(code)), 422);
	assert_int_equal(post(&v, arena_cstr(arena, arena_format(arena, "%s/proof", path)), "{\"code\":\"%s\"}", code), 204);
	assert_int_equal(visit(&v, GET, "/api/me", NULL), 200);
	assert_true(json_is_true(answer_at(&v, "verified")));
	assert_int_equal(visit(&other, GET, "/api/me", NULL), 200);
	assert_true(json_is_false(answer_at(&other, "verified")));
	visitor_close(&other);
}

static void test_adds_and_changes(void **state)
{
	int64_t phone;

	(void)state;
	enter_by_code(&v, "13800138000");
	phone = login_id(&v, 0);
	assert_int_equal(add_login(&v, "ann@example.cn", 0), 204);
	assert_int_equal(login_count(&v), 2);
	assert_text(newest_notice().what, "login-added");
	assert_text(newest_notice().login, "13800138000");
	assert_text(newest_notice().about, "a***@example.cn");
	world_move(house.world, MINUTE);
	assert_int_equal(add_login(&v, "13900139000", phone), 204);
	assert_int_equal(login_count(&v), 2);
	assert_int_equal(count("select count(*) from news where topic = 'account.login_changed'"), 4); /* added: 1; gone: 2; added: 1 */
	assert_int_equal(count("select count(*) from identity where verified_ms is null"), 0);
}

static void test_what_is_somebody_elses_stays_so(void **state)
{
	struct visitor other;

	(void)state;
	visitor_open(&other, &house);
	enter_by_code(&other, "13800138000");
	enter_by_code(&v, "ann@example.cn");
	world_move(house.world, MINUTE);
	assert_int_equal(add_login(&v, "13800138000", 0), 409);
	assert_true(answer_is_problem(&v, "login-taken"));
	assert_int_equal(add_login(&v, "13700137000", login_id(&other, 0)), 404);
	assert_int_equal(visit(&v, DELETE, login_path(&other, 0, ""), NULL), 404);
	assert_int_equal(login_count(&other), 1);
	visitor_close(&other);
}

static void test_takes_a_login_that_was_not_proven(void **state)
{
	struct visitor other;

	(void)state;
	visitor_open(&other, &house);
	assert_int_equal(join(&other, "13800138000"), 201);
	enter_by_code(&v, "ann@example.cn");
	assert_int_equal(add_login(&v, "13800138000", 0), 204);
	assert_int_equal(login_count(&v), 2);
	/* whoever held it is signed in as long as the session lives, owns nothing, and may name a login that is his */
	assert_int_equal(visit(&other, GET, "/api/me", NULL), 200);
	assert_null(answer_at(&other, "login"));
	assert_true(json_is_false(answer_at(&other, "verified")));
	world_move(house.world, 16 * MINUTE);
	serve_forget(house.serve, 0, (struct user_id){ me_of(&other) });
	assert_int_equal(add_login(&other, "13900139000", 0), 204);
	assert_int_equal(visit(&other, GET, "/api/me", NULL), 200);
	assert_true(json_is_true(answer_at(&other, "verified")));
	visitor_close(&other);
}

static void test_the_last_login_stays(void **state)
{
	(void)state;
	assert_int_equal(join(&v, "13800138000"), 201);
	assert_int_equal(visit(&v, DELETE, login_path(&v, 0, ""), NULL), 409);
	assert_true(answer_is_problem(&v, "login-last"));
	assert_int_equal(add_login(&v, "ann@example.cn", 0), 204);
	/* proven ones come first; the other one cannot be relied on */
	assert_int_equal(visit(&v, DELETE, login_path(&v, 0, ""), NULL), 409);
	assert_int_equal(visit(&v, DELETE, login_path(&v, 1, ""), NULL), 204);
	assert_int_equal(visit(&v, DELETE, login_path(&v, 0, ""), NULL), 409);
	assert_int_equal(login_count(&v), 1);
}

static void test_five_logins_are_enough(void **state)
{
	(void)state;
	enter_by_code(&v, "13800138000");
	for (int i = 1; i < 5; i++)
		assert_int_equal(add_login(&v, arena_cstr(arena, arena_format(arena, "1380013800%d", i)), 0), 204);
	assert_int_equal(add_login(&v, "13800138005", 0), 409);
	assert_true(answer_is_problem(&v, "logins-too-many"));
	assert_int_equal(add_login(&v, "13800138006", login_id(&v, 0)), 204);
}

static void test_a_stale_session_changes_nothing(void **state)
{
	char first[256];
	const char *code;

	(void)state;
	enter_by_code(&v, "13800138000");
	set_password(&v, SECRET);
	assert_int_equal(ask_for(&v, "ann@example.cn", "change"), 202);
	code = code_received();
	world_move(house.world, 9 * MINUTE);
	assert_int_equal(ask_for(&v, "ann@example.cn", "change"), 202);
	code = code_received();
	world_move(house.world, 7 * MINUTE);
	serve_forget(house.serve, 0, (struct user_id){ me_of(&v) });
	assert_int_equal(post(&v, "/api/me/logins", "{\"login\":\"ann@example.cn\",\"code\":\"%s\"}", code), 403);
	assert_true(answer_is_problem(&v, "session-not-fresh"));
	assert_int_equal(ask_for(&v, "ann@example.cn", "change"), 403);
	assert_int_equal(visit(&v, DELETE, login_path(&v, 0, ""), NULL), 403);
	/* once more, in place of the session there was */
	snprintf(first, sizeof first, "%s", v.session);
	assert_int_equal(post(&v, "/api/me/session", "{\"password\":\"wrong horse battery\"}"), 401);
	assert_int_equal(post(&v, "/api/me/session", "{}"), 422);
	assert_int_equal(post(&v, "/api/me/session", "{\"password\":\"" SECRET "\"}"), 201);
	assert_string_not_equal(v.session, first);
	assert_int_equal(count("select count(*) from session"), 1);
	assert_int_equal(post(&v, "/api/me/logins", "{\"login\":\"ann@example.cn\",\"code\":\"%s\"}", code), 204);
}

static void test_a_stolen_session_guesses_slowly(void **state)
{
	(void)state;
	assert_int_equal(join(&v, "13800138000"), 201);
	for (int i = 0; i < 4; i++)
		assert_int_equal(post(&v, "/api/me/session", "{\"password\":\"wrong horse\"}"), 401);
	assert_int_equal(post(&v, "/api/me/password", "{\"old\":\"wrong horse\",\"new\":\"another horse\"}"), 401);
	assert_int_equal(post(&v, "/api/me/session", "{\"password\":\"" SECRET "\"}"), 429);
	assert_true(answer_is_problem(&v, "sign-in-delayed"));
	world_move(house.world, 1000);
	assert_int_equal(post(&v, "/api/me/session", "{\"password\":\"" SECRET "\"}"), 201);
}

static void test_signs_in_once_more_by_code(void **state)
{
	long long id;
	const char *code;

	(void)state;
	enter_by_code(&v, "13800138000");
	world_move(house.world, 16 * MINUTE);
	id = login_id(&v, 0);
	assert_int_equal(visit(&v, POST, login_path(&v, 0, "/codes"), NULL), 202);
	code = code_received();
	assert_int_equal(post(&v, "/api/me/session", "{\"login\":%lld,\"code\":\"%s\"}", id, wrong(code)), 422);
	assert_int_equal(post(&v, "/api/me/session", "{\"login\":%lld,\"code\":\"%s\"}", id + 1, code), 404);
	assert_int_equal(post(&v, "/api/me/session", "{\"login\":%lld,\"code\":\"%s\"}", id, code), 201);
	assert_int_equal(add_login(&v, "ann@example.cn", 0), 204);
}

/* Asked for by one, brought by another. */
static void test_a_code_of_a_change_is_good_for_who_asked(void **state)
{
	struct visitor other;
	const char *code;

	(void)state;
	visitor_open(&other, &house);
	enter_by_code(&v, "13800138000");
	enter_by_code(&other, "13900139000");
	assert_int_equal(ask_for(&v, "ann@example.cn", "change"), 202);
	code = code_received();
	assert_int_equal(post(&other, "/api/me/logins", "{\"login\":\"ann@example.cn\",\"code\":\"%s\"}", code), 422);
	assert_int_equal(post(&v, "/api/me/logins", "{\"login\":\"ann@example.cn\",\"code\":\"%s\"}", code), 204);
	visitor_close(&other);
}

/* ---- who may own ---- */

struct owning {
	struct user_id user;
	bool may;
};

static problem ask_owning(struct tx *tx, void *arg)
{
	struct owning *o = arg;

	o->may = account_may_own(house.serve, tx, o->user);
	return NULL;
}

static bool may_own(struct visitor *who)
{
	struct owning o = { .user = { me_of(who) } };

	assert_done(db_read(house.db, ask_owning, &o));
	return o.may;
}

static void test_what_is_not_proven_owns_nothing_where_it_could_be_proven(void **state)
{
	(void)state;
	assert_int_equal(join(&v, "13800138000"), 201);
	assert_false(may_own(&v));
	reached = "mail";
	assert_true(may_own(&v));
	account_know_sender(house.serve, NULL);
	assert_true(may_own(&v));
	account_know_sender(house.serve, &sender);
	reached = NULL;
	assert_int_equal(add_login(&v, "ann@example.cn", 0), 204);
	assert_true(may_own(&v));
}

static void test_a_first_password_needs_a_fresh_session(void **state)
{
	(void)state;
	enter_by_code(&v, "13800138000");
	world_move(house.world, 16 * MINUTE);
	assert_int_equal(post(&v, "/api/me/password", "{\"new\":\"" SECRET "\"}"), 403);
	v.session[0] = 0;
	enter_by_code(&v, "13800138000");
	assert_int_equal(post(&v, "/api/me/password", "{\"new\":\"" SECRET "\"}"), 204);
	assert_int_equal(post(&v, "/api/me/password", "{\"new\":\"another horse battery\"}"), 401);
	assert_int_equal(sign_in(&v, "13800138000", SECRET), 201);
}

/* The process may die at any statement: all of it is there, or nothing. */
static void test_any_failure_leaves_all_or_nothing(void **state)
{
	(void)state;
	for (int n = 1;; n++) {
		const char *code;
		int status;

		world_move(house.world, 24 * 60 * MINUTE);
		v.session[0] = 0;
		assert_int_equal(ask_for(&v, "ann@example.cn", "sign_in"), 202);
		code = code_received();
		db_fault(house.db, FAULT_STATEMENT, n);
		status = bring(&v, "ann@example.cn", code);
		if (!db_fault_hit(house.db)) {
			db_fault(house.db, FAULT_STATEMENT, 0);
			assert_int_equal(status, 201);
			return;
		}
		assert_int_equal(status / 100, 5);
		assert_int_equal(count("select count(*) from user_account"), 0);
		assert_int_equal(count("select count(*) from code where used_ms is not null"), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_code_makes_an_account_and_opens_it),
		TEST(test_a_code_is_used_once),
		TEST(test_a_code_is_good_for_its_login_and_purpose_alone),
		TEST(test_a_new_code_replaces_the_old),
		TEST(test_five_tries),
		TEST(test_ten_minutes),
		TEST(test_what_else_is_wrong_leaves_the_code),
		TEST(test_of_many_at_once_one_comes_in),
		TEST(test_all_logins_answer_alike),
		TEST(test_a_reset_ends_all_sessions),
		TEST(test_a_reset_ends_the_waiting_of_who_forgot),
		TEST(test_an_account_that_was_nobodys_goes_on_with_who_proves_it),
		TEST(test_in_the_same_browser_nothing_is_lost),
		TEST(test_an_account_with_a_proven_login_loses_only_the_other),
		TEST(test_an_account_that_another_service_vouches_for_is_somebodys),
		TEST(test_a_second_factor_keeps_no_number_from_its_owner),
		TEST(test_a_second_factor_stays_with_who_set_it_up),
		TEST(test_who_may_do_more_is_asked_for_the_password),
		TEST(test_made_by_the_owner_is_proven),
		TEST(test_the_owner_vouches_for_a_login),
		TEST(test_logins_are_shown_masked),
		TEST(test_proves_its_own_login),
		TEST(test_adds_and_changes),
		TEST(test_what_is_somebody_elses_stays_so),
		TEST(test_takes_a_login_that_was_not_proven),
		TEST(test_the_last_login_stays),
		TEST(test_five_logins_are_enough),
		TEST(test_a_stale_session_changes_nothing),
		TEST(test_a_stolen_session_guesses_slowly),
		TEST(test_signs_in_once_more_by_code),
		TEST(test_a_code_of_a_change_is_good_for_who_asked),
		TEST(test_what_is_not_proven_owns_nothing_where_it_could_be_proven),
		TEST(test_a_first_password_needs_a_fresh_session),
		TEST(test_any_failure_leaves_all_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
