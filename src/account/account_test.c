/* account_test.c - signing up, in and out over real sockets; what the tables do not tell; that a flood of sign-ins holds
 * nobody up. */
#include "account/account_room.h"
#include "serve/testing.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static struct house house;
static struct visitor v;

static problem only_admins(struct request *rq) { return reply_none(rq, 204); }

static const struct route test_routes[] = {
	{ GET, "/api/test/admin", only_admins, READS, .who = ADMIN },
	{ 0 }
};
static const struct module test_module = { .name = "test", .routes = test_routes };
static const struct module *const modules[] = { &account_module, &test_module, NULL };

static int open_house(void **state)
{
	(void)state;
	house_open(&house, NULL, 0);
	house_start(&house, modules, &account_sessions);
	visitor_open(&v, &house);
	return 0;
}

static int close_house(void **state)
{
	(void)state;
	visitor_close(&v);
	house_close(&house);
	return 0;
}

static const char *string_at(const char *path)
{
	const char *s = json_string_value(answer_at(&v, path));

	return s ? s : "";
}

static int join(const char *login, const char *password, const char *name)
{
	char body[512];

	if (name)
		snprintf(body, sizeof body, "{\"login\":\"%s\",\"password\":\"%s\",\"name\":\"%s\"}", login, password, name);
	else
		snprintf(body, sizeof body, "{\"login\":\"%s\",\"password\":\"%s\"}", login, password);
	return visit(&v, POST, "/api/users", body);
}

static int enter(struct visitor *visitor, const char *login, const char *password)
{
	char body[512];

	snprintf(body, sizeof body, "{\"login\":\"%s\",\"password\":\"%s\"}", login, password);
	return visit(visitor, POST, "/api/sessions", body);
}

static void test_joins_and_is_signed_in(void **state)
{
	(void)state;
	assert_int_equal(visit(&v, GET, "/api/me", NULL), 401);
	assert_true(answer_is_problem(&v, "sign-in-required"));
	assert_int_equal(join("Ann@Example.com", "correct horse", "安 Ann"), 201);
	assert_string_equal(string_at("name"), "安 Ann");
	assert_string_equal(string_at("login"), "a***@example.com");
	assert_string_equal(string_at("roles.0"), "learner");
	assert_true(text_find(answer_header(&v, "Set-Cookie"), TEXT("HttpOnly; SameSite=Lax")) != SIZE_MAX);
	assert_int_equal(strlen(v.session), 43);
	assert_int_equal(visit(&v, GET, "/api/me", NULL), 200);
	assert_true(text_is(answer_header(&v, "Cache-Control"), "no-store"));
	assert_int_equal(join("+86 138-0013-8000", "correct horse", NULL), 201);
	assert_string_equal(string_at("login"), "138****8000");
	assert_true(!strncmp(string_at("name"), "学员", strlen("学员")));
}

static void test_what_is_refused(void **state)
{
	static const char *const weak[] = { "short", "password", "12345678", "Qwerty123", "ann@example.com", "" };
	static const char *const logins[] = { "ann", "12345678901", "a b@c.de", "@example.com", "ann@", "1380013800", "ann@@example.com" };
	static const char *const names[] = { "A", " A ", "ab\\u202Ecd", "a\\u200Bb\\u0007", "12345678901234567890123456789012x" };

	(void)state;
	for (size_t i = 0; i < sizeof weak / sizeof *weak; i++) {
		assert_int_equal(join("ann@example.com", weak[i], NULL), 422);
		assert_true(answer_is_problem(&v, *weak[i] ? "password-weak" : "invalid"));
	}
	for (size_t i = 0; i < sizeof logins / sizeof *logins; i++) {
		assert_int_equal(join(logins[i], "correct horse", NULL), 422);
		assert_string_equal(string_at("errors.0.path"), "login");
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		assert_int_equal(join("ann@example.com", "correct horse", names[i]), 422);
		assert_string_equal(string_at("errors.0.path"), "name");
	}
	assert_string_equal(v.session, "");
	assert_int_equal(visit(&v, POST, "/api/users", "{\"login\":\"a@b.cd\",\"password\":\"correct horse\",\"roles\":[\"admin\"]}"), 422);
}

static void test_logins_and_names_are_unique(void **state)
{
	(void)state;
	assert_int_equal(join("ann@example.com", "correct horse", "Ann Lee"), 201);
	assert_int_equal(join(" ANN@example.COM ", "another horse", NULL), 409);
	assert_true(answer_is_problem(&v, "login-taken"));
	assert_int_equal(join("bob@example.com", "correct horse", "ann lee"), 409);
	assert_true(answer_is_problem(&v, "name-taken"));
	assert_int_equal(join("bob@example.com", "correct horse", "Ａｎｎ Lee"), 409);
	assert_int_equal(join("bob@example.com", "correct horse", "Bob"), 201);
	assert_int_equal(visit(&v, PATCH, "/api/me", "{\"name\":\"ANN LEE\"}"), 409);
	assert_int_equal(visit(&v, PATCH, "/api/me", "{\"name\":\"BOB\",\"language\":\"en\"}"), 200);
	assert_int_equal(visit(&v, GET, "/api/me", NULL), 200);
	assert_string_equal(string_at("name"), "BOB");
	assert_string_equal(string_at("language"), "en");
	assert_int_equal(visit(&v, PATCH, "/api/me", "{\"id\":1}"), 422);
}

static void test_signs_in_and_out(void **state)
{
	struct visitor other;
	char first[256];

	(void)state;
	visitor_open(&other, &house);
	assert_int_equal(join("ann@example.com", "correct horse", "Ann"), 201);
	assert_int_equal(enter(&other, "ann@example.com", "correct horse"), 201);
	snprintf(first, sizeof first, "%s", v.session);
	assert_int_equal(enter(&v, "ann@example.com", "correct horsf"), 401);
	assert_true(answer_is_problem(&v, "wrong-credentials"));
	assert_int_equal(enter(&v, "nobody@example.com", "correct horse"), 401);
	assert_true(answer_is_problem(&v, "wrong-credentials"));
	assert_int_equal(enter(&v, "no login at all", "correct horse"), 401);
	assert_int_equal(enter(&v, "Ann@example.com", "correct horse"), 201);
	assert_string_not_equal(v.session, first);
	assert_int_equal(visit(&v, DELETE, "/api/sessions/current", NULL), 204);
	assert_string_equal(v.session, "");
	assert_int_equal(visit(&v, GET, "/api/me", NULL), 401);
	/* the session before gave way to the one that was ended; another browser's goes on */
	snprintf(v.session, sizeof v.session, "%s", first);
	assert_int_equal(visit(&v, GET, "/api/me", NULL), 401);
	assert_int_equal(visit(&other, GET, "/api/me", NULL), 200);
	visitor_close(&other);
}

static void test_devices(void **state)
{
	struct visitor other;
	char path[64];
	long long id;

	(void)state;
	assert_int_equal(join("ann@example.com", "correct horse", "Ann"), 201);
	visitor_open(&other, &house);
	assert_int_equal(enter(&other, "ann@example.com", "correct horse"), 201);
	assert_int_equal(visit(&other, GET, "/api/me", NULL), 200);
	assert_int_equal(visit(&v, GET, "/api/me/sessions", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&v, "items")), 2);
	id = json_integer_value(answer_at(&v, json_is_true(answer_at(&v, "items.0.current")) ? "items.1.id" : "items.0.id"));
	snprintf(path, sizeof path, "/api/me/sessions/%lld", id);
	assert_int_equal(visit(&v, DELETE, path, NULL), 204);
	assert_int_equal(visit(&other, GET, "/api/me", NULL), 401);
	assert_int_equal(visit(&v, DELETE, path, NULL), 404);
	/* somebody else's device is not there */
	assert_int_equal(enter(&other, "ann@example.com", "correct horse"), 201);
	assert_int_equal(visit(&v, GET, "/api/me/sessions", NULL), 200);
	id = json_integer_value(answer_at(&v, "items.0.id"));
	snprintf(path, sizeof path, "/api/me/sessions/%lld", id);
	v.session[0] = 0;
	assert_int_equal(join("bob@example.com", "correct horse", "Bob"), 201);
	assert_int_equal(visit(&v, DELETE, path, NULL), 404);
	assert_int_equal(visit(&v, DELETE, "/api/me/sessions", NULL), 204);
	assert_int_equal(visit(&other, GET, "/api/me", NULL), 200);
	visitor_close(&other);
}

static void test_signs_all_other_devices_out(void **state)
{
	struct visitor other, third;

	(void)state;
	visitor_open(&other, &house);
	visitor_open(&third, &house);
	assert_int_equal(join("ann@example.com", "correct horse", "Ann"), 201);
	assert_int_equal(enter(&other, "ann@example.com", "correct horse"), 201);
	assert_int_equal(enter(&third, "ann@example.com", "correct horse"), 201);
	assert_int_equal(visit(&other, GET, "/api/me", NULL), 200);
	assert_int_equal(visit(&v, DELETE, "/api/me/sessions", NULL), 204);
	assert_int_equal(visit(&other, GET, "/api/me", NULL), 401);
	assert_int_equal(visit(&third, GET, "/api/me", NULL), 401);
	assert_int_equal(visit(&v, GET, "/api/me/sessions", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&v, "items")), 1);
	visitor_close(&other);
	visitor_close(&third);
}

static void test_changes_the_password(void **state)
{
	struct visitor other;

	(void)state;
	assert_int_equal(join("ann@example.com", "correct horse", "Ann"), 201);
	visitor_open(&other, &house);
	assert_int_equal(enter(&other, "ann@example.com", "correct horse"), 201);
	assert_int_equal(visit(&v, POST, "/api/me/password", "{\"old\":\"wrong horse\",\"new\":\"battery staple\"}"), 401);
	assert_int_equal(visit(&v, POST, "/api/me/password", "{\"old\":\"correct horse\",\"new\":\"password1\"}"), 422);
	assert_int_equal(visit(&v, POST, "/api/me/password", "{\"old\":\"correct horse\",\"new\":\"battery staple\"}"), 204);
	assert_int_equal(visit(&v, GET, "/api/me", NULL), 200);
	assert_int_equal(visit(&other, GET, "/api/me", NULL), 401);
	assert_int_equal(enter(&other, "ann@example.com", "correct horse"), 401);
	assert_int_equal(enter(&other, "ann@example.com", "battery staple"), 201);
	visitor_close(&other);
}

/* The row decides, not what is remembered of it; and the row was told by then that the session is in use. */
static void days_later(struct user_id user, int days, int status)
{
	world_move(house.world, (int64_t)days * 86400000);
	serve_forget(house.serve, 0, user);
	assert_int_equal(visit(&v, GET, "/api/me", NULL), status);
	for (int i = 0; status == 200 && i < 10000 && db_testing_int(house.db, "select max(seen_ms) from session") < world_now_ms(house.world); i++)
		usleep(2000);
}

static void test_an_idle_session_ends(void **state)
{
	struct user_id ann;

	(void)state;
	assert_int_equal(join("ann@example.com", "correct horse", "Ann"), 201);
	ann.v = json_integer_value(answer_at(&v, "id"));
	days_later(ann, 13, 200);
	days_later(ann, 13, 200);
	assert_int_equal(enter(&v, "ann@example.com", "correct horse"), 201);
	days_later(ann, 15, 401);
}

static void test_a_busy_session_ends_too(void **state)
{
	struct user_id ann;

	(void)state;
	assert_int_equal(join("ann@example.com", "correct horse", "Ann"), 201);
	ann.v = json_integer_value(answer_at(&v, "id"));
	for (int i = 0; i < 3; i++)
		days_later(ann, 9, 200);
	days_later(ann, 4, 401);
}

/* ---- roles ---- */

struct grant {
	struct user_id user;
	bool revoke;
};

static problem change_role(struct tx *tx, void *arg)
{
	const struct grant *g = arg;

	return g->revoke ? account_revoke(tx, g->user, ADMIN, (struct user_id){ 0 }) : account_grant(tx, g->user, ADMIN, (struct user_id){ 0 });
}

static problem count_audit(struct tx *tx, void *arg)
{
	*(int64_t *)arg = read_int(tx, -1, "select count(*) from audit_entry where verb in ('role-granted', 'role-revoked')", V0);
	return NULL;
}

static void test_roles(void **state)
{
	struct grant grant = { 0 };
	int64_t rows = 0;

	(void)state;
	assert_int_equal(join("ann@example.com", "correct horse", "Ann"), 201);
	grant.user.v = json_integer_value(answer_at(&v, "id"));
	assert_int_equal(visit(&v, GET, "/api/test/admin", NULL), 403);
	assert_null(db_write(house.db, change_role, &grant));
	assert_null(db_write(house.db, change_role, &grant));
	serve_forget(house.serve, 0, grant.user);
	assert_int_equal(visit(&v, GET, "/api/test/admin", NULL), 204);
	assert_int_equal(visit(&v, GET, "/api/me", NULL), 200);
	assert_string_equal(string_at("roles.1"), "admin");
	/* an administrator's session does not live through an idle day */
	world_move(house.world, 25 * 3600000);
	serve_forget(house.serve, 0, grant.user);
	assert_int_equal(visit(&v, GET, "/api/me", NULL), 401);
	assert_int_equal(enter(&v, "ann@example.com", "correct horse"), 201);
	grant.revoke = true;
	assert_null(db_write(house.db, change_role, &grant));
	serve_forget(house.serve, 0, grant.user);
	assert_int_equal(visit(&v, GET, "/api/test/admin", NULL), 403);
	assert_null(db_read(house.db, count_audit, &rows));
	assert_int_equal(rows, 2);
}

/* ---- what the tables do not tell ---- */

static problem count_told(struct tx *tx, void *arg)
{
	int64_t *counts = arg;

	counts[0] = read_int(tx, -1, "select count(*) from identity where sealed like '%ann%' or blind like '%ann%'", V0);
	counts[1] = read_int(tx, -1, "select count(*) from session where token_hash = $1", V(text_of(v.session)));
	counts[2] = read_int(tx, -1, "select count(*) from user_account where password_hash like '$argon2id$%'", V0);
	counts[3] = read_int(tx, -1, "select count(*) from consent", V0);
	return NULL;
}

static void test_tables_do_not_tell(void **state)
{
	int64_t counts[4] = { 0 };

	(void)state;
	assert_int_equal(join("ann@example.com", "correct horse", "Zoe"), 201);
	assert_null(db_read(house.db, count_told, counts));
	assert_int_equal(counts[0], 0);
	assert_int_equal(counts[1], 0);
	assert_int_equal(counts[2], 1);
	assert_int_equal(counts[3], 2);
}

/* ---- guessing, and floods ---- */

static void test_guessing_waits(void **state)
{
	static const char *const logins[] = { "ann@example.com", "nobody@example.com" };

	(void)state;
	assert_int_equal(join("ann@example.com", "correct horse", "Ann"), 201);
	for (int i = 0; i < 2; i++) {
		for (int try = 0; try < 5; try++)
			assert_int_equal(enter(&v, logins[i], "wrong horse"), 401);
		assert_int_equal(enter(&v, logins[i], "correct horse"), 429);
		assert_true(answer_is_problem(&v, "sign-in-delayed"));
		assert_true(text_is(answer_header(&v, "Retry-After"), "1"));
	}
	world_move(house.world, 1000);
	assert_int_equal(enter(&v, "ann@example.com", "correct horse"), 201);
	assert_int_equal(enter(&v, "ann@example.com", "wrong horse"), 401);
	assert_int_equal(enter(&v, "ann@example.com", "correct horse"), 201);
}

static _Atomic int hashed; /* passwords that were looked at since the flood began */

struct flood {
	pthread_t thread;
	int served, busy, other;
};

static void *flood(void *arg)
{
	struct flood *f = arg;
	struct visitor visitor;
	char login[64];

	visitor_open(&visitor, &house);
	for (int i = 0; i < 3; i++) {
		int status;

		snprintf(login, sizeof login, "x%p-%d@example.com", (void *)f, i);
		status = enter(&visitor, login, "some password");
		f->served += status == 401;
		hashed += status == 401;
		f->busy += status == 503;
		f->other += status != 401 && status != 503;
	}
	visitor_close(&visitor);
	return NULL;
}

static void test_a_flood_of_sign_ins_holds_nobody_up(void **state)
{
	struct flood all[60] = { 0 };
	int served = 0, busy = 0, before, waited_for = 0;

	(void)state;
	for (size_t i = 0; i < 60; i++)
		pthread_create(&all[i].thread, NULL, flood, &all[i]);
	for (int i = 0; i < 50; i++) {
		before = hashed;
		assert_int_equal(visit(&v, GET, "/healthz", NULL), 200);
		assert_int_equal(visit(&v, GET, "/api/me", NULL), 401);
		if (hashed - before > waited_for)
			waited_for = hashed - before;
	}
	for (size_t i = 0; i < 60; i++) {
		pthread_join(all[i].thread, NULL);
		served += all[i].served;
		busy += all[i].busy;
		assert_int_equal(all[i].other, 0);
	}
	assert_true(served > 0 && busy > 0);
	assert_in_range(waited_for, 0, 24); /* not the 32 that wait in line */
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, open_house, close_house)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(test_joins_and_is_signed_in), IN_HOUSE(test_what_is_refused), IN_HOUSE(test_logins_and_names_are_unique),
		IN_HOUSE(test_signs_in_and_out), IN_HOUSE(test_devices), IN_HOUSE(test_signs_all_other_devices_out),
		IN_HOUSE(test_changes_the_password), IN_HOUSE(test_an_idle_session_ends),
		IN_HOUSE(test_a_busy_session_ends_too), IN_HOUSE(test_roles), IN_HOUSE(test_tables_do_not_tell), IN_HOUSE(test_guessing_waits),
		IN_HOUSE(test_a_flood_of_sign_ins_holds_nobody_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
