/* staff_test.c - inviting, accepting, taking away: once, in time, by who may, never the last administrator; which versions of
 * which agreements somebody agreed to; and members of the staff who must have a second factor. */
#include "account/consent.h"
#include "account/invitation.h"
#include "account/totp.h"

#include "base/testing.h"
#include "serve/testing.h"

#include <liboath/oath.h>
#include <pthread.h>

#define SECRET "correct horse battery"

static struct house house;
static struct arena *arena;
static struct visitor boss, ann;
static struct user_id boss_id, ann_id;

static const struct module *const modules[] = { &account_module, &second_factor_module, &staff_module, &consent_module, NULL };

static const char *print(const char *format, ...) __attribute__((format(printf, 1, 2)));
static const char *print(const char *format, ...)
{
	char line[1024];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof line, format, list);
	va_end(list);
	return arena_cstr(arena, text_of(line));
}

static struct user_id join(struct visitor *v, const char *login, const char *name)
{
	visitor_open(v, &house);
	assert_int_equal(visit(v, POST, "/api/users", print("{\"login\":\"%s\",\"password\":\"" SECRET "\",\"name\":\"%s\"}", login, name)), 201);
	return (struct user_id){ json_integer_value(answer_at(v, "id")) };
}

static int enter(struct visitor *v, const char *login)
{
	return visit(v, POST, "/api/sessions", print("{\"login\":\"%s\",\"password\":\"" SECRET "\"}", login));
}

struct change {
	struct user_id user, by;
	enum who role;
};

static problem do_grant(struct tx *tx, void *arg)
{
	const struct change *c = arg;

	return account_grant(tx, c->user, c->role, c->by);
}

static void grant(struct user_id user, enum who role)
{
	assert_done(db_write(house.db, do_grant, &(struct change){ user, { 0 }, role }));
	serve_forget(house.serve, 0, user);
}

static struct text setting(void *self, const char *key)
{
	return strcmp(key, "account.second_factor") == 0 ? text_of(self) : (struct text){ 0 };
}

static int open_house_with(const char *required)
{
	arena = arena_new(64 << 20);
	house_open(&house, NULL, 0);
	house.options.setting = setting;
	house.options.self = (void *)required;
	house_start(&house, modules, &account_sessions);
	boss_id = join(&boss, "boss@example.com", "Boss");
	ann_id = join(&ann, "ann@example.com", "Ann");
	grant(boss_id, ADMIN);
	return 0;
}

static int open_house(void **state)
{
	(void)state;
	return open_house_with("");
}

static int open_strict_house(void **state)
{
	(void)state;
	return open_house_with("staff");
}

static int close_house(void **state)
{
	(void)state;
	visitor_close(&boss);
	visitor_close(&ann);
	house_close(&house);
	arena_free(arena);
	return 0;
}

static struct text invite(const char *role)
{
	struct text link;
	size_t at;

	assert_int_equal(visit(&boss, POST, "/api/staff/invitations", print("{\"grant\":\"%s\"}", role)), 201);
	link = arena_text(arena, json_text(answer_at(&boss, "link")));
	at = text_find(link, TEXT("/invitation#"));
	assert_true(at != SIZE_MAX && text_starts(link, TEXT("http://")));
	return text_from(link, at + strlen("/invitation#"));
}

static int offer(struct visitor *v, const char *what, struct text token)
{
	return visit(v, POST, print("/api/invitations/%s", what), print("{\"token\":\"%.*s\"}", TEXT_ARG(token)));
}

static void later(int64_t seconds) { world_move(house.world, seconds * 1000); }

static int64_t audited(const char *verb)
{
	return db_testing_int(house.db, print("select count(*) from audit_entry where verb = '%s'", verb));
}

static bool has_role(struct visitor *v, const char *role)
{
	assert_int_equal(visit(v, GET, "/api/me", NULL), 200);
	for (size_t i = 0; i < json_array_size(answer_at(v, "roles")); i++) {
		if (text_is(json_text(answer_at(v, print("roles.%zu", i))), role))
			return true;
	}
	return false;
}

/* ---- invitations ---- */

static void test_an_invitation_gives_its_role_once(void **state)
{
	struct text token = invite("analyst");
	struct visitor bob;

	(void)state;
	assert_int_equal(offer(&ann, "look", token), 200);
	assert_text(json_text(answer_at(&ann, "role")), "analyst");
	assert_text(json_text(answer_at(&ann, "by")), "Boss");
	assert_int_equal(offer(&ann, "accept", token), 204);
	assert_true(has_role(&ann, "analyst"));
	join(&bob, "bob@example.com", "Bob");
	assert_int_equal(offer(&bob, "look", token), 410);
	assert_int_equal(offer(&bob, "accept", token), 410);
	assert_true(answer_is_problem(&bob, "invitation-over"));
	assert_false(has_role(&bob, "analyst"));
	assert_int_equal(audited("invited"), 1);
	assert_int_equal(audited("invitation-accepted"), 1);
	assert_int_equal(db_testing_int(house.db, print("select granted_by from role_grant where user_id = %lld", (long long)ann_id.v)), boss_id.v);
	visitor_close(&bob);
}

static void test_it_takes_nothing_away(void **state)
{
	(void)state;
	grant(ann_id, FINANCE);
	assert_int_equal(offer(&ann, "accept", invite("creator")), 204);
	assert_true(has_role(&ann, "finance") && has_role(&ann, "creator"));
	/* what he holds already is no harm either */
	assert_int_equal(offer(&ann, "accept", invite("creator")), 204);
	assert_true(has_role(&ann, "finance") && has_role(&ann, "creator"));
	assert_int_equal(db_testing_int(house.db, "select count(*) from news where topic = 'account.creator'"), 2);
}

static void test_it_ends(void **state)
{
	struct text old = invite("analyst"), withdrawn = invite("analyst"), orphan;
	struct visitor second;
	struct user_id second_id;

	(void)state;
	assert_int_equal(visit(&boss, GET, "/api/staff/invitations", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&boss, "items")), 2);
	assert_null(answer_at(&boss, "items.0.link"));
	assert_int_equal(visit(&boss, DELETE, print("/api/staff/invitations/%lld", (long long)json_integer_value(answer_at(&boss, "items.0.id"))), NULL), 204);
	assert_int_equal(offer(&ann, "accept", withdrawn), 410);
	/* of somebody who administers no more */
	second_id = join(&second, "second@example.com", "Second");
	grant(second_id, ADMIN);
	assert_int_equal(visit(&second, POST, "/api/staff/invitations", "{\"grant\":\"admin\"}"), 201);
	orphan = arena_text(arena, json_text(answer_at(&second, "link")));
	orphan = text_from(orphan, text_find_char(orphan, '#') + 1);
	assert_int_equal(visit(&boss, DELETE, print("/api/staff/%lld/roles/admin", (long long)second_id.v), NULL), 204);
	assert_int_equal(offer(&ann, "accept", orphan), 410);
	visitor_close(&second);
	later(7 * 86400 - 1);
	assert_int_equal(enter(&ann, "ann@example.com"), 201);
	assert_int_equal(offer(&ann, "look", old), 200);
	later(1);
	assert_int_equal(offer(&ann, "accept", old), 410);
	assert_int_equal(offer(&ann, "accept", TEXT("nothing")), 410);
	assert_int_equal(enter(&boss, "boss@example.com"), 201);
	assert_int_equal(visit(&boss, GET, "/api/staff/invitations", NULL), 200);
	assert_text(json_text(answer_at(&boss, "items.1.state")), "revoked");
	assert_text(json_text(answer_at(&boss, "items.2.state")), "ended");
}

static void test_power_asks_for_a_fresh_sign_in(void **state)
{
	(void)state;
	later(15 * 60);
	serve_forget(house.serve, 0, boss_id);
	assert_int_equal(visit(&boss, POST, "/api/staff/invitations", "{\"grant\":\"analyst\"}"), 403);
	assert_true(answer_is_problem(&boss, "session-not-fresh"));
	assert_int_equal(visit(&boss, POST, print("/api/staff/%lld/roles", (long long)ann_id.v), "{\"grant\":\"admin\"}"), 403);
	assert_int_equal(visit(&boss, DELETE, print("/api/staff/%lld/roles/analyst", (long long)ann_id.v), NULL), 204);
}

struct racer {
	pthread_t thread;
	struct visitor visitor;
	enum method method;
	const char *path, *body;
	int status;
};

static void *race(void *arg)
{
	struct racer *r = arg;

	r->status = visit(&r->visitor, r->method, r->path, r->body);
	return NULL;
}

static int race_all(struct racer *all, size_t n, int status)
{
	int with = 0;

	for (size_t i = 0; i < n; i++)
		pthread_create(&all[i].thread, NULL, race, &all[i]);
	for (size_t i = 0; i < n; i++) {
		pthread_join(all[i].thread, NULL);
		with += all[i].status == status;
		visitor_close(&all[i].visitor);
	}
	return with;
}

static void test_two_at_once_with_one_link(void **state)
{
	struct text token = invite("moderator");
	struct racer all[4] = { 0 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		join(&all[i].visitor, print("p%zu@example.com", i), print("P%zu", i));
		all[i].method = POST;
		all[i].path = "/api/invitations/accept";
		all[i].body = print("{\"token\":\"%.*s\"}", TEXT_ARG(token));
	}
	assert_int_equal(race_all(all, 4, 204), 1);
	assert_int_equal(db_testing_int(house.db, "select count(*) from role_grant where role = 'moderator'"), 1);
}

/* ---- the staff ---- */

static void test_the_last_administrator_stays(void **state)
{
	(void)state;
	assert_int_equal(visit(&boss, DELETE, print("/api/staff/%lld/roles/admin", (long long)boss_id.v), NULL), 409);
	assert_true(answer_is_problem(&boss, "last-admin"));
	assert_int_equal(visit(&boss, POST, print("/api/staff/%lld/roles", (long long)ann_id.v), "{\"grant\":\"admin\"}"), 204);
	assert_int_equal(visit(&ann, GET, "/api/staff", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&ann, "items")), 2);
	assert_text(json_text(answer_at(&ann, "items.0.name")), "Ann");
	assert_text(json_text(answer_at(&ann, "items.0.login")), "a***@example.com");
	assert_true(json_is_true(answer_at(&ann, "items.0.me")) && json_is_false(answer_at(&ann, "items.0.second_factor")));
	assert_int_equal(visit(&ann, DELETE, print("/api/staff/%lld/roles/admin", (long long)boss_id.v), NULL), 204);
	/* at once, not when a cache forgets */
	assert_int_equal(visit(&boss, GET, "/api/staff", NULL), 403);
	assert_int_equal(visit(&ann, DELETE, print("/api/staff/%lld/roles/admin", (long long)ann_id.v), NULL), 409);
	assert_int_equal(visit(&ann, DELETE, "/api/staff/1/roles/admin", NULL), 404);
	assert_int_equal(visit(&ann, DELETE, print("/api/staff/%lld/roles/owner", (long long)ann_id.v), NULL), 404);
}

/* Each takes the other's: one of them stays. */
static void test_two_administrators_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		struct racer all[2] = { { .method = DELETE, .path = print("/api/staff/%lld/roles/admin", (long long)ann_id.v) },
		                        { .method = DELETE, .path = print("/api/staff/%lld/roles/admin", (long long)boss_id.v) } };

		grant(boss_id, ADMIN);
		grant(ann_id, ADMIN);
		visitor_open(&all[0].visitor, &house);
		visitor_open(&all[1].visitor, &house);
		snprintf(all[0].visitor.session, sizeof all[0].visitor.session, "%s", boss.session);
		snprintf(all[1].visitor.session, sizeof all[1].visitor.session, "%s", ann.session);
		assert_true(race_all(all, 2, 204) >= 1);
		assert_int_equal(db_testing_int(house.db, "select count(*) from role_grant where role = 'admin'"), 1);
	}
}

static problem read_invited(struct tx *tx, void *arg)
{
	int64_t id = read_int(tx, 0, "select subject from news where topic = 'account.invited'", V0);

	tx_use_arena(tx, arena);
	return account_invitation(tx, account_keyring(house.serve), id, arg);
}

/* Who writes the letter learns where to, and the link; the tables tell neither. */
static void test_the_letter(void **state)
{
	struct account_invited letter;
	struct text token;

	(void)state;
	assert_int_equal(visit(&boss, POST, "/api/staff/invitations", "{\"grant\":\"finance\",\"login\":\"no login\"}"), 422);
	assert_int_equal(visit(&boss, POST, "/api/staff/invitations", "{\"grant\":\"finance\",\"login\":\" Bob@Example.com\"}"), 201);
	assert_text(json_text(answer_at(&boss, "to")), "b***@example.com");
	token = arena_text(arena, json_text(answer_at(&boss, "link")));
	token = text_from(token, text_find_char(token, '#') + 1);
	assert_done(db_read(house.db, read_invited, &letter));
	assert_text(letter.login, "bob@example.com");
	assert_text(letter.kind, "mail");
	assert_text(letter.from, "Boss");
	assert_true(text_eq(text_from(letter.path, strlen("/invitation#")), token));
	assert_int_equal(db_testing_int(house.db, print("select count(*) from invitation where sealed_login like '%%bob%%' or token_hash = '%.*s' or sealed_token = '%.*s'",
	                                                TEXT_ARG(token), TEXT_ARG(token))), 0);
	assert_int_equal(offer(&ann, "accept", token), 204);
	assert_problem(db_read(house.db, read_invited, &letter), invitation_over);
}

/* ---- a second factor for the staff ---- */

static const char *factor_notice(struct visitor *v)
{
	assert_int_equal(visit(v, GET, "/api/me/notices", NULL), 200);
	return json_string_value(answer_at(v, "second_factor"));
}

static void test_the_staff_is_told(void **state)
{
	(void)state;
	assert_string_equal(factor_notice(&boss), "wanted");
	assert_string_equal(factor_notice(&ann), "fine");
	grant(ann_id, CREATOR);
	assert_string_equal(factor_notice(&ann), "fine");
	assert_int_equal(visit(&boss, GET, "/api/staff", NULL), 200);
}

/* Who joins the staff while he is signed in has no powers by the session he has, until there is a second factor. */
static void test_the_staff_must_also_in_a_running_session(void **state)
{
	(void)state;
	assert_int_equal(offer(&ann, "accept", invite("analyst")), 204);
	assert_string_equal(factor_notice(&ann), "required");
	assert_int_equal(db_testing_int(house.db, "select count(*) from session where held = 1"), 1);
	db_testing_run(house.db, "update session set held = 0");
	assert_int_equal(visit(&boss, POST, print("/api/staff/%lld/roles", (long long)ann_id.v), "{\"grant\":\"admin\"}"), 204);
	assert_int_equal(visit(&ann, GET, "/api/staff", NULL), 403);
	assert_int_equal(visit(&boss, GET, "/api/staff", NULL), 200); /* his own was not touched */
}

/* Where it is required, who has none is signed in without the staff's powers, until there is one. */
static void test_the_staff_must(void **state)
{
	struct text code, rest, secret;
	char *bytes;
	size_t length;

	(void)state;
	assert_int_equal(enter(&boss, "boss@example.com"), 201);
	assert_string_equal(factor_notice(&boss), "required");
	assert_int_equal(visit(&boss, GET, "/api/staff", NULL), 403);
	assert_int_equal(visit(&boss, POST, "/api/me/second-factor", NULL), 201);
	rest = json_text(answer_at(&boss, "secret"));
	assert_int_equal(oath_base32_decode(rest.at, rest.length, &bytes, &length), OATH_OK);
	secret = arena_text(arena, (struct text){ bytes, length });
	free(bytes);
	code = totp_code(arena, secret, world_now_ms(house.world) / 1000 / TOTP_STEP_S, TOTP_DIGITS);
	assert_int_equal(visit(&boss, POST, "/api/me/second-factor/confirm", print("{\"code\":\"%.*s\"}", TEXT_ARG(code))), 200);
	assert_int_equal(visit(&boss, GET, "/api/staff", NULL), 200);
	assert_true(json_is_true(answer_at(&boss, "items.0.second_factor")));
	assert_string_equal(factor_notice(&boss), "fine");
	assert_int_equal(enter(&ann, "ann@example.com"), 201);
	assert_string_equal(factor_notice(&ann), "fine");
	/* given up, it takes the powers along */
	world_move(house.world, TOTP_STEP_S * 1000);
	code = totp_code(arena, secret, world_now_ms(house.world) / 1000 / TOTP_STEP_S, TOTP_DIGITS);
	assert_int_equal(visit(&boss, POST, "/api/me/second-factor/off", print("{\"code\":\"%.*s\"}", TEXT_ARG(code))), 204);
	assert_int_equal(visit(&boss, GET, "/api/staff", NULL), 403);
}

/* ---- agreements ---- */

static const char *holds = "2026-01";

static problem version_now(struct tx *tx, enum agreement agreement, struct text *ret)
{
	(void)tx;
	*ret = agreement == AGREEMENT_TERMS ? text_of(holds) : TEXT("1");
	return NULL;
}
static const struct agreement_source source = { version_now };

static size_t due(struct visitor *v)
{
	assert_int_equal(visit(v, GET, "/api/me/notices", NULL), 200);
	return json_array_size(answer_at(v, "agreements"));
}

static int agree(struct visitor *v, const char *agreement, const char *version)
{
	return visit(v, POST, "/api/me/consents", print("{\"items\":[{\"agreement\":\"%s\",\"version\":\"%s\"}]}", agreement, version));
}

static void test_a_newer_agreement_is_asked_about_once(void **state)
{
	struct visitor bob;

	(void)state;
	assert_int_equal(due(&ann), 0);
	holds = "2026-07";
	account_know_agreements(house.serve, &source);
	assert_int_equal(due(&ann), 2);
	assert_text(json_text(answer_at(&ann, "agreements.0.agreement")), "terms");
	assert_text(json_text(answer_at(&ann, "agreements.0.version")), "2026-07");
	assert_int_equal(due(&boss), 0); /* they are his own */
	assert_int_equal(agree(&ann, "terms", "2026-01"), 409);
	assert_true(answer_is_problem(&ann, "agreement-changed"));
	assert_int_equal(agree(&ann, "terms", "2026-07"), 204);
	assert_int_equal(agree(&ann, "terms", "2026-07"), 204);
	assert_int_equal(agree(&ann, "privacy", "1"), 204);
	assert_int_equal(agree(&ann, "nothing", "1"), 422);
	assert_int_equal(due(&ann), 0);
	assert_int_equal(visit(&ann, GET, "/api/me/consents", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&ann, "items")), 4);
	assert_text(json_text(answer_at(&ann, "items.1.version")), "2026-07");
	assert_text(json_text(answer_at(&ann, "items.3.version")), "2026-01");
	/* who joins now agrees to what holds now */
	join(&bob, "bob@example.com", "Bob");
	assert_int_equal(due(&bob), 0);
	assert_int_equal(visit(&bob, GET, "/api/me/consents", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&bob, "items")), 2);
	visitor_close(&bob);
}

/* Whoever was made by the command line was shown nothing. */
static void test_who_was_shown_nothing_is_asked(void **state)
{
	struct account made;
	struct visitor v;

	(void)state;
	assert_done(account_create(house.db, account_keyring(house.serve), arena, &(struct account_draft){ .login = TEXT("cli@example.com"), .password = TEXT(SECRET) }, &made));
	visitor_open(&v, &house);
	assert_int_equal(enter(&v, "cli@example.com"), 201);
	assert_int_equal(due(&v), 2);
	visitor_close(&v);
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, open_house, close_house)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(test_an_invitation_gives_its_role_once), IN_HOUSE(test_it_takes_nothing_away), IN_HOUSE(test_it_ends),
		IN_HOUSE(test_power_asks_for_a_fresh_sign_in), IN_HOUSE(test_two_at_once_with_one_link), IN_HOUSE(test_the_last_administrator_stays),
		IN_HOUSE(test_two_administrators_at_once), IN_HOUSE(test_the_letter), IN_HOUSE(test_the_staff_is_told),
		cmocka_unit_test_setup_teardown(test_the_staff_must, open_strict_house, close_house),
		cmocka_unit_test_setup_teardown(test_the_staff_must_also_in_a_running_session, open_strict_house, close_house),
		IN_HOUSE(test_a_newer_agreement_is_asked_about_once), IN_HOUSE(test_who_was_shown_nothing_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
