/* oauth_test.c - signing in by WeChat over real sockets, against a WeChat that answers what the test wants: who is let in, whom it
 * is bound to, and that a link of somebody else's signs nobody in. */
#include "oauth/oauth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "account/account.h"
#include "serve/testing.h"
#include "site/site.h"

#include <cmocka.h>

#define APP "wx0000000000000007"

static struct house house;
static struct visitor v;
static struct wechat_there {
	struct http_server *server;
	char base[64], secret_file[300], asked[1024];
	const char *says;
	int status;
} there;

static const struct module *const modules[] = { &account_module, &account_code_module, &second_factor_module, &site_module, &oauth_module, NULL };

/* ---- WeChat ---- */

static void answer(void *self, struct http_request *rq)
{
	struct http_reply reply = { .status = there.status, .body = text_of(there.says) };

	(void)self;
	snprintf(there.asked, sizeof there.asked, "%.*s?%.*s", TEXT_ARG(rq->path), TEXT_ARG(rq->query));
	http_reply(rq, &reply);
}

static size_t body_limit(void *self, enum method method, struct text path)
{
	(void)self, (void)method, (void)path;
	return 4096;
}

static struct text setting(void *self, const char *key)
{
	(void)self;
	if (!strcmp(key, "wechat.oauth_base"))
		return text_of(there.base);
	if (!strcmp(key, "limits.factor"))
		return TEXT("1");
	if (!strcmp(key, "wechat.appid"))
		return TEXT(APP);
	return !strcmp(key, "wechat.app_secret_file") ? text_of(there.secret_file) : (struct text){ 0 };
}

static int open_house(void **state)
{
	(void)state;
	there = (struct wechat_there){ .status = 200, .says = "{\"openid\":\"oHong\",\"unionid\":\"uHong\"}" };
	assert_null(http_server_start(&(struct http_server_options){ .address = TEXT("127.0.0.1"), .loops = 1, .serve = answer, .body_limit = body_limit }, &there.server));
	snprintf(there.base, sizeof there.base, "http://127.0.0.1:%d", http_server_port(there.server));
	house_open(&house, NULL, 0);
	snprintf(there.secret_file, sizeof there.secret_file, "%s/app.secret", house.folder);
	assert_null(secret_file_write(there.secret_file, TEXT("the-app-secret\n"), true));
	house.options.setting = setting;
	house_start(&house, modules, &account_sessions);
	visitor_open(&v, &house);
	return 0;
}

static int close_house(void **state)
{
	(void)state;
	visitor_close(&v);
	house_close(&house);
	http_server_stop(there.server, 1000);
	return 0;
}

/* ---- steps ---- */

static char state_cookie[256], state_given[128];

/* Goes to WeChat; keeps what the browser would: the cookie, and the state of the address. */
static void go_there(const char *to)
{
	char path[300];
	struct text location, cookie, rest, given;

	snprintf(path, sizeof path, "/oauth/wechat?to=%s", to);
	assert_int_equal(visit(&v, GET, path, NULL), 303);
	location = answer_header(&v, "Location");
	assert_true(text_starts(location, text_of(there.base)));
	assert_true(text_find(location, TEXT("appid=" APP)) != SIZE_MAX && text_ends(location, TEXT("#wechat_redirect")));
	rest = text_from(location, text_find(location, TEXT("&state=")) + 7);
	given = text_cut(&rest, '#');
	snprintf(state_given, sizeof state_given, "%.*s", TEXT_ARG(given));
	cookie = answer_header(&v, "Set-Cookie");
	assert_true(text_starts(cookie, TEXT("oauth=")) && text_find(cookie, TEXT("HttpOnly")) != SIZE_MAX);
	given = text_cut(&cookie, ';');
	snprintf(state_cookie, sizeof state_cookie, "%.*s", TEXT_ARG(given));
}

static int come_back(const char *state, const char *cookie)
{
	char path[300], cookies[600], session[sizeof v.session];
	int status;

	snprintf(path, sizeof path, "/oauth/wechat/back?code=C0DE&state=%s", state);
	snprintf(cookies, sizeof cookies, "%s%s%s", cookie, v.session[0] ? "; session=" : "", v.session);
	v.more[0] = (struct header){ TEXT("Cookie"), text_of(cookies) };
	v.more_count = 1;
	memcpy(session, v.session, sizeof session);
	v.session[0] = 0; /* it goes in the header above */
	status = visit(&v, GET, path, NULL);
	v.more_count = 0;
	if (!v.session[0])
		memcpy(v.session, session, sizeof session);
	return status;
}

static int sign_in(const char *to)
{
	go_there(to);
	return come_back(state_given, state_cookie);
}

static int64_t count(const char *sql) { return db_testing_int(house.db, sql); }

static int64_t me(void)
{
	return visit(&v, GET, "/api/me", NULL) == 200 ? json_integer_value(answer_at(&v, "id")) : 0;
}

static void test_somebody_new_comes_in_and_again(void **state)
{
	int64_t first;

	(void)state;
	assert_int_equal(sign_in("%2Fcourse%2Fx"), 303);
	assert_true(text_is(answer_header(&v, "Location"), "/course/x"));
	assert_string_equal(there.asked, "/sns/oauth2/access_token?appid=" APP "&secret=the-app-secret&code=C0DE&grant_type=authorization_code");
	first = me();
	assert_true(first);
	assert_int_equal(count("select count(*) from vouched where sealed like '%oHong%' or blind like '%oHong%'"), 0);
	v.session[0] = 0;
	assert_int_equal(sign_in("/me"), 303);
	assert_int_equal(me(), first);
	assert_int_equal(count("select count(*) from user_account"), 1);
	assert_int_equal(count("select count(*) from consent"), 2);
}

static void test_it_is_bound_to_who_is_signed_in(void **state)
{
	int64_t ann;

	(void)state;
	assert_int_equal(visit(&v, POST, "/api/users", "{\"login\":\"ann@example.cn\",\"password\":\"correct horse\"}"), 201);
	ann = me();
	visit(&v, GET, "/api/oauth/wechat", NULL);
	assert_true(json_is_false(answer_at(&v, "bound")) && json_is_true(answer_at(&v, "on")));
	assert_int_equal(sign_in("/me"), 303);
	assert_int_equal(me(), ann);
	visit(&v, GET, "/api/oauth/wechat", NULL);
	assert_true(json_is_true(answer_at(&v, "bound")));
	v.session[0] = 0;
	assert_int_equal(sign_in("/me"), 303);
	assert_int_equal(me(), ann);
	assert_int_equal(visit(&v, DELETE, "/api/me/wechat", NULL), 204);
	assert_int_equal(visit(&v, DELETE, "/api/me/wechat", NULL), 404);
}

static void test_anothers_is_not_taken(void **state)
{
	(void)state;
	assert_int_equal(sign_in("/me"), 303);
	v.session[0] = 0;
	assert_int_equal(visit(&v, POST, "/api/users", "{\"login\":\"ann@example.cn\",\"password\":\"correct horse\"}"), 201);
	assert_int_equal(sign_in("/me"), 409);
	assert_int_equal(count("select count(*) from vouched"), 1);
}

static void test_the_last_way_in_stays(void **state)
{
	(void)state;
	assert_int_equal(sign_in("/me"), 303);
	assert_int_equal(visit(&v, DELETE, "/api/me/wechat", NULL), 409);
	assert_true(answer_is_problem(&v, "login-last"));
}

static void test_a_link_signs_nobody_in(void **state)
{
	(void)state;
	go_there("/me");
	assert_int_equal(come_back(state_given, ""), 403);              /* another browser */
	assert_int_equal(come_back("guess", state_cookie), 403);
	assert_int_equal(come_back("", state_cookie), 403);
	assert_int_equal(come_back(state_given, "oauth=x.Ly9ldmls"), 403);
	assert_string_equal(there.asked, ""); /* WeChat was not even asked */
	assert_int_equal(count("select count(*) from user_account"), 0);
}

static void test_the_way_on_is_one_of_ours(void **state)
{
	static const char *const bad[] = { "%2F%2Fevil.example", "https%3A%2F%2Fevil.example", "%2F%5Cevil.example", "%2Fa%0D%0Ab", "" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		v.session[0] = 0;
		assert_int_equal(sign_in(bad[i]), 303);
		assert_true(text_is(answer_header(&v, "Location"), "/me"));
	}
}

static void test_what_wechat_says_wrong(void **state)
{
	static const struct {
		const char *says;
		int status, wanted;
	} cases[] = {
		{ "{\"errcode\":40029,\"errmsg\":\"invalid code\"}", 200, 403 }, { "{\"errcode\":40125,\"errmsg\":\"invalid appsecret\"}", 200, 502 },
		{ "<html>busy</html>", 200, 502 }, { "{}", 200, 502 }, { "{\"openid\":\"\"}", 200, 502 }, { "{\"openid\":7}", 200, 502 }, { "{}", 500, 502 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		there.says = cases[i].says;
		there.status = cases[i].status;
		assert_int_equal(sign_in("/me"), cases[i].wanted);
		assert_int_equal(me(), 0);
	}
	assert_int_equal(count("select count(*) from user_account"), 0);
}

/* Two official accounts of one shop: the same person, by his unionid. */
static void test_a_sibling_account_finds_the_same_person(void **state)
{
	int64_t first;

	(void)state;
	assert_int_equal(sign_in("/me"), 303);
	first = me();
	v.session[0] = 0;
	db_testing_run(house.db, "update vouched set app = 'wx-older', blind = 'older'");
	there.says = "{\"openid\":\"oHongHere\",\"unionid\":\"uHong\"}";
	assert_int_equal(sign_in("/me"), 303);
	assert_int_equal(me(), first);
	assert_int_equal(count("select count(*) from vouched"), 2);
}

/* ---- a session that was left open ---- */

static void join(void)
{
	assert_int_equal(visit(&v, POST, "/api/users", "{\"login\":\"ann@example.cn\",\"password\":\"correct horse\"}"), 201);
}

static void leave_open(void)
{
	world_move(house.world, (int64_t)16 * 60 * 1000);
	serve_forget(house.serve, 0, (struct user_id){ me() });
}

static void test_the_settings_ask_for_a_fresh_sign_in(void **state)
{
	static const char draft[] = "{\"version\":0,\"value\":{\"on\":false,\"appid\":\"\"}}";

	(void)state;
	join();
	db_testing_run(house.db, "insert into role_grant (user_id, role, granted_by, at_ms) select id, 'admin', 0, 0 from user_account");
	leave_open();
	assert_int_equal(visit(&v, PUT, "/api/settings/wechat", draft), 403);
	assert_true(answer_is_problem(&v, "session-not-fresh"));
	assert_int_equal(visit(&v, POST, "/api/sessions", "{\"login\":\"ann@example.cn\",\"password\":\"correct horse\"}"), 201);
	assert_int_equal(visit(&v, PUT, "/api/settings/wechat", draft), 200);
}

#define TOLD(what) count("select count(*) from news where topic = 'account.login_changed' and payload like '%\"" what "\"%'")

static void test_a_session_left_open_binds_nothing(void **state)
{
	(void)state;
	join();
	leave_open();
	assert_int_equal(sign_in("/me"), 403);
	assert_true(text_find(v.answer.body, TEXT("这一步需要重新登录确认是你本人")) != SIZE_MAX);
	assert_int_equal(count("select count(*) from vouched"), 0);
	assert_int_equal(visit(&v, POST, "/api/sessions", "{\"login\":\"ann@example.cn\",\"password\":\"correct horse\"}"), 201);
	assert_int_equal(sign_in("/me"), 303);
	/* nor is another put in its place, or that one dropped; what is bound opens as ever */
	leave_open();
	assert_int_equal(sign_in("/course/x"), 303);
	assert_int_equal(visit(&v, DELETE, "/api/me/wechat", NULL), 403);
	assert_true(answer_is_problem(&v, "session-not-fresh"));
	there.says = "{\"openid\":\"oThief\"}";
	assert_int_equal(sign_in("/me"), 403);
	assert_int_equal(count("select count(*) from vouched"), 1);
}

/* By whatever was proven: somebody else may have done it. */
static void test_binding_is_told(void **state)
{
	(void)state;
	join();
	db_testing_run(house.db, "update identity set verified_ms = 1");
	assert_int_equal(sign_in("/me"), 303);
	assert_int_equal(TOLD("vouched-bound"), 1);
	assert_int_equal(sign_in("/me"), 303);
	assert_int_equal(TOLD("vouched-bound"), 1);
	assert_int_equal(visit(&v, DELETE, "/api/me/wechat", NULL), 204);
	assert_int_equal(TOLD("vouched-unbound"), 1);
}

/* ---- states ---- */

static void test_a_state_is_made_here_and_ends(void **state)
{
	char cookie[sizeof state_cookie];

	(void)state;
	assert_int_equal(come_back("x", "oauth=x.L21l"), 403);
	go_there("/me");
	assert_true(strlen(state_given) <= 128);
	memcpy(cookie, state_cookie, sizeof cookie);
	cookie[strlen("oauth=")] = state_given[0] = state_given[0] == '0' ? '1' : '0'; /* the same in both, but not ours */
	assert_int_equal(come_back(state_given, cookie), 403);
	go_there("/me");
	world_move(house.world, (int64_t)10 * 60 * 1000);
	assert_int_equal(come_back(state_given, state_cookie), 403);
	assert_string_equal(there.asked, "");
}

static void test_coming_back_is_limited(void **state)
{
	int refused = 0;

	(void)state;
	for (int i = 0; i < 25; i++)
		refused += come_back("x", "oauth=x.L21l") == 429;
	assert_true(refused);
}

#define TEST_CASE(fn) cmocka_unit_test_setup_teardown(fn, open_house, close_house)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_CASE(test_somebody_new_comes_in_and_again), TEST_CASE(test_it_is_bound_to_who_is_signed_in), TEST_CASE(test_anothers_is_not_taken),
		TEST_CASE(test_the_last_way_in_stays), TEST_CASE(test_a_link_signs_nobody_in), TEST_CASE(test_the_way_on_is_one_of_ours),
		TEST_CASE(test_what_wechat_says_wrong), TEST_CASE(test_a_sibling_account_finds_the_same_person),
		TEST_CASE(test_the_settings_ask_for_a_fresh_sign_in), TEST_CASE(test_a_session_left_open_binds_nothing),
		TEST_CASE(test_binding_is_told), TEST_CASE(test_a_state_is_made_here_and_ends), TEST_CASE(test_coming_back_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
