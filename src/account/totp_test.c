/* totp_test.c - codes against RFC 6238 and RFC 4648; a second factor over real sockets: once, in time, not by guessing, not
 * around it. */
#include "account/totp.h"

#include "base/testing.h"
#include "serve/testing.h"

#include <pthread.h>

#define SECRET "correct horse battery"

static struct house house;
static struct arena *arena;
static struct visitor v;

static const struct module *const modules[] = { &account_module, &second_factor_module, NULL };

static int open_house(void **state)
{
	(void)state;
	arena = arena_new(64 << 20);
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
	arena_free(arena);
	return 0;
}

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

static struct text string_at(const struct visitor *visitor, const char *path)
{
	return arena_text(arena, json_text(answer_at(visitor, path)));
}

static int64_t now_step(void) { return world_now_ms(house.world) / 1000 / TOTP_STEP_S; }

static void later(int64_t seconds) { world_move(house.world, seconds * 1000); }

/* ---- codes ---- */

/* RFC 6238, appendix B, the rows of SHA-1. */
static void test_codes_are_those_of_the_rfc(void **state)
{
	static const struct {
		int64_t seconds;
		const char *code;
	} vectors[] = { { 59, "94287082" }, { 1111111109, "07081804" }, { 1111111111, "14050471" }, { 1234567890, "89005924" },
	                { 2000000000, "69279037" }, { 20000000000, "65353130" } };

	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
		assert_text(totp_code(arena, TEXT("12345678901234567890"), vectors[i].seconds / TOTP_STEP_S, 8), vectors[i].code);
	assert_text(totp_code(arena, TEXT("12345678901234567890"), 1, 6), "287082");
}

static void test_the_window_is_one_step_each_way(void **state)
{
	struct text secret = TEXT("12345678901234567890");
	int64_t now_ms = 1111111111000, now = now_ms / 1000 / TOTP_STEP_S;

	(void)state;
	for (int64_t off = -3; off <= 3; off++)
		assert_int_equal(totp_step_of(arena, secret, totp_code(arena, secret, now + off, 6), now_ms), off < -1 || off > 1 ? -1 : now + off);
	assert_int_equal(totp_step_of(arena, secret, TEXT(""), now_ms), -1);
	assert_int_equal(totp_step_of(arena, secret, totp_code(arena, secret, now, 8), now_ms), -1);
}

/* RFC 4648, section 10, without the padding. */
static void test_secrets_are_written_in_base32(void **state)
{
	(void)state;
	assert_text(totp_base32(arena, TEXT("foobar")), "MZXW6YTBOI");
	assert_text(totp_base32(arena, TEXT("foob")), "MZXW6YQ");
	assert_text(totp_uri(arena, TEXT("知 坊"), TEXT("a***@b.cn"), TEXT("foobar")),
	            "otpauth://totp/%E7%9F%A5%20%E5%9D%8A:a%2A%2A%2A%40b.cn?secret=MZXW6YTBOI&issuer=%E7%9F%A5%20%E5%9D%8A");
}

static void test_recovery_codes_are_read_as_people_write_them(void **state)
{
	struct text made = recovery_code_make(arena, house.world), other = recovery_code_make(arena, house.world);

	(void)state;
	assert_text(recovery_code_read(arena, TEXT(" 4g7kq-mOIwL ")), "4G7KQM01W1");
	assert_text(recovery_code_read(arena, TEXT("123 456")), "123456");
	assert_int_equal(made.length, 11);
	assert_true(made.at[5] == '-' && !text_eq(made, other));
}

/* ---- people ---- */

static void join(const char *login)
{
	assert_int_equal(visit(&v, POST, "/api/users", print("{\"login\":\"%s\",\"password\":\"" SECRET "\"}", login)), 201);
}

static int enter(struct visitor *visitor, const char *login)
{
	return visit(visitor, POST, "/api/sessions", print("{\"login\":\"%s\",\"password\":\"" SECRET "\"}", login));
}

static int send_code(struct visitor *visitor, const char *path, struct text code)
{
	return visit(visitor, POST, path, print("{\"code\":\"%.*s\"}", TEXT_ARG(code)));
}

static int pass(struct visitor *visitor, struct text token, struct text code)
{
	return visit(visitor, POST, "/api/auth/second-factor", print("{\"token\":\"%.*s\",\"code\":\"%.*s\"}", TEXT_ARG(token), TEXT_ARG(code)));
}

/* As an application does it: from the Base32 of the answer. */
static struct text read_base32(struct text t)
{
	char *out = arena_alloc(arena, t.length);
	size_t n = 0;
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < t.length; i++) {
		const char *at = strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", t.at[i]);

		assert_non_null(at);
		held = held << 5 | (unsigned)(at - "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
		for (bits += 5; bits >= 8; bits -= 8)
			out[n++] = (char)(held >> (bits - 8));
	}
	return (struct text){ out, n };
}

static struct text code_now(struct text secret) { return totp_code(arena, secret, now_step(), TOTP_DIGITS); }

struct enrolled {
	struct text secret, codes[RECOVERY_CODES];
};

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

static struct enrolled enrol(void)
{
	struct enrolled e;

	assert_int_equal(visit(&v, POST, "/api/me/second-factor", NULL), 201);
	assert_int_equal(strspn(arena_cstr(arena, string_at(&v, "secret")), alphabet), 32);
	e.secret = read_base32(string_at(&v, "secret"));
	assert_int_equal(e.secret.length, TOTP_SECRET_BYTES);
	assert_int_equal(send_code(&v, "/api/me/second-factor/confirm", code_now(e.secret)), 200);
	assert_int_equal(json_array_size(answer_at(&v, "items")), RECOVERY_CODES);
	for (size_t i = 0; i < RECOVERY_CODES; i++)
		e.codes[i] = string_at(&v, print("items.%zu", i));
	return e;
}

static int64_t audited(const char *verb)
{
	return db_testing_int(house.db, print("select count(*) from audit_entry where verb = '%s'", verb));
}

static void test_counts_only_when_confirmed(void **state)
{
	struct text secret;

	(void)state;
	join("ann@example.com");
	assert_int_equal(visit(&v, GET, "/api/me/second-factor/qr.svg", NULL), 409);
	assert_int_equal(visit(&v, POST, "/api/me/second-factor", NULL), 201);
	assert_true(text_starts(string_at(&v, "uri"), TEXT("otpauth://totp/Workshop:a%2A%2A%2A%40example.com?secret=")));
	assert_int_equal(visit(&v, GET, "/api/me/second-factor/qr.svg", NULL), 200);
	assert_true(text_starts(v.answer.body, TEXT("<svg ")));
	assert_int_equal(enter(&v, "ann@example.com"), 201);
	assert_int_equal(visit(&v, POST, "/api/me/second-factor", NULL), 201);
	secret = read_base32(string_at(&v, "secret"));
	assert_int_equal(send_code(&v, "/api/me/second-factor/confirm", TEXT("000000")), 401);
	assert_true(answer_is_problem(&v, "second-factor-wrong"));
	assert_int_equal(enter(&v, "ann@example.com"), 201);
	assert_int_equal(send_code(&v, "/api/me/second-factor/confirm", code_now(secret)), 200);
	assert_int_equal(enter(&v, "ann@example.com"), 202);
	assert_int_equal(visit(&v, GET, "/api/me/second-factor", NULL), 200);
	assert_true(json_is_true(answer_at(&v, "on")));
	assert_int_equal(json_integer_value(answer_at(&v, "codes_left")), RECOVERY_CODES);
	assert_int_equal(visit(&v, GET, "/api/me/second-factor/qr.svg", NULL), 409);
	assert_int_equal(visit(&v, POST, "/api/me/second-factor", NULL), 409);
	assert_true(answer_is_problem(&v, "second-factor-is-on"));
	assert_int_equal(audited("second-factor-on"), 1);
}

static void test_half_a_session_opens_nothing(void **state)
{
	struct enrolled e;
	struct visitor other;
	struct text token;

	(void)state;
	join("ann@example.com");
	e = enrol();
	later(30);
	visitor_open(&other, &house);
	assert_int_equal(enter(&other, "ann@example.com"), 202);
	assert_true(json_is_true(answer_at(&other, "second_factor")));
	assert_null(answer_at(&other, "name"));
	assert_string_equal(other.session, "");
	token = string_at(&other, "token");
	snprintf(other.session, sizeof other.session, "%.*s", TEXT_ARG(token));
	assert_int_equal(visit(&other, GET, "/api/me", NULL), 401);
	other.session[0] = 0;
	assert_int_equal(pass(&other, token, code_now(e.secret)), 201);
	assert_true(text_is(string_at(&other, "login"), "a***@example.com"));
	assert_int_equal(visit(&other, GET, "/api/me", NULL), 200);
	/* and it is used up */
	later(60);
	assert_int_equal(pass(&other, token, code_now(e.secret)), 401);
	assert_true(answer_is_problem(&other, "second-factor-over"));
	visitor_close(&other);
}

static struct text half_of(const char *login)
{
	assert_int_equal(enter(&v, login), 202);
	return string_at(&v, "token");
}

static void test_a_code_counts_once(void **state)
{
	struct enrolled e;
	struct text code;

	(void)state;
	join("ann@example.com");
	e = enrol();
	/* the one that confirmed is used up */
	assert_int_equal(pass(&v, half_of("ann@example.com"), code_now(e.secret)), 401);
	assert_true(answer_is_problem(&v, "second-factor-wrong"));
	later(30);
	code = code_now(e.secret);
	assert_int_equal(pass(&v, half_of("ann@example.com"), code), 201);
	assert_int_equal(pass(&v, half_of("ann@example.com"), code), 401);
	/* the code before it does not come back to life by being in the window */
	assert_int_equal(pass(&v, half_of("ann@example.com"), totp_code(arena, e.secret, now_step() - 1, 6)), 401);
	assert_int_equal(pass(&v, half_of("ann@example.com"), totp_code(arena, e.secret, now_step() + 1, 6)), 201);
}

struct racer {
	pthread_t thread;
	struct visitor visitor;
	struct text token, code;
	int status;
};

static void *race(void *arg)
{
	struct racer *r = arg;
	char body[256];

	snprintf(body, sizeof body, "{\"token\":\"%.*s\",\"code\":\"%.*s\"}", TEXT_ARG(r->token), TEXT_ARG(r->code));
	r->status = visit(&r->visitor, POST, "/api/auth/second-factor", body);
	return NULL;
}

static void race_with(struct text code, int rivals)
{
	struct racer all[4] = { 0 };
	int passed = 0;

	for (int i = 0; i < rivals; i++) {
		all[i] = (struct racer){ .token = half_of("ann@example.com"), .code = code };
		visitor_open(&all[i].visitor, &house);
	}
	for (int i = 0; i < rivals; i++)
		pthread_create(&all[i].thread, NULL, race, &all[i]);
	for (int i = 0; i < rivals; i++) {
		pthread_join(all[i].thread, NULL);
		passed += all[i].status == 201;
		assert_true(all[i].status == 201 || all[i].status == 401);
		visitor_close(&all[i].visitor);
	}
	assert_int_equal(passed, 1);
}

static void test_two_at_once_with_one_code(void **state)
{
	struct enrolled e;

	(void)state;
	join("ann@example.com");
	e = enrol();
	for (int i = 0; i < 3; i++) {
		later(60);
		race_with(code_now(e.secret), 4);
		race_with(e.codes[i], 4);
	}
	assert_int_equal(audited("recovery-code-used"), 3);
}

static void test_guessing_ends(void **state)
{
	struct enrolled e;
	struct text token;

	(void)state;
	join("ann@example.com");
	e = enrol();
	later(30);
	token = half_of("ann@example.com");
	for (int i = 0; i < HALF_SESSION_TRIES; i++) {
		assert_int_equal(pass(&v, token, TEXT("000000")), 401);
		assert_true(answer_is_problem(&v, "second-factor-wrong"));
	}
	assert_int_equal(pass(&v, token, code_now(e.secret)), 401);
	assert_true(answer_is_problem(&v, "second-factor-over"));
	token = half_of("ann@example.com");
	for (int i = HALF_SESSION_TRIES; i < TOTP_TRIES; i++)
		assert_int_equal(pass(&v, token, TEXT("000000")), 401);
	token = half_of("ann@example.com");
	assert_int_equal(pass(&v, token, code_now(e.secret)), 429);
	assert_true(answer_is_problem(&v, "second-factor-delayed"));
	/* who owns it has another way in, and the hour ends */
	assert_int_equal(pass(&v, token, e.codes[0]), 201);
	later(3600);
	assert_int_equal(pass(&v, half_of("ann@example.com"), code_now(e.secret)), 201);
}

static void test_half_a_session_ends(void **state)
{
	struct enrolled e;
	struct text token;

	(void)state;
	join("ann@example.com");
	e = enrol();
	token = half_of("ann@example.com");
	later(HALF_SESSION_MS / 1000);
	assert_int_equal(pass(&v, token, code_now(e.secret)), 401);
	assert_true(answer_is_problem(&v, "second-factor-over"));
	assert_int_equal(pass(&v, TEXT("nothing"), code_now(e.secret)), 401);
}

static void test_recovery_codes(void **state)
{
	struct enrolled e;
	struct visitor ann;

	(void)state;
	join("ann@example.com");
	e = enrol();
	assert_int_equal(pass(&v, half_of("ann@example.com"), e.codes[3]), 201);
	assert_int_equal(pass(&v, half_of("ann@example.com"), e.codes[3]), 401);
	assert_int_equal(visit(&v, GET, "/api/me/second-factor", NULL), 200);
	assert_int_equal(json_integer_value(answer_at(&v, "codes_left")), RECOVERY_CODES - 1);
	/* nobody else's */
	ann = v;
	visitor_open(&v, &house);
	join("bob@example.com");
	enrol();
	assert_int_equal(pass(&v, half_of("bob@example.com"), e.codes[4]), 401);
	visitor_close(&v);
	v = ann;
	/* new ones end the old ones */
	later(30);
	assert_int_equal(send_code(&v, "/api/me/second-factor/codes", code_now(e.secret)), 200);
	assert_false(text_eq(string_at(&v, "items.0"), e.codes[0]));
	assert_int_equal(pass(&v, half_of("ann@example.com"), e.codes[5]), 401);
	assert_int_equal(audited("recovery-code-used"), 1);
	assert_int_equal(audited("recovery-codes-renewed"), 1);
}

static void test_turning_it_off(void **state)
{
	struct enrolled e;

	(void)state;
	join("ann@example.com");
	e = enrol();
	assert_int_equal(send_code(&v, "/api/me/second-factor/off", TEXT("000000")), 401);
	later(15 * 60);
	serve_forget(house.serve, 0, (struct user_id){ db_testing_int(house.db, "select id from user_account") });
	assert_int_equal(send_code(&v, "/api/me/second-factor/off", code_now(e.secret)), 403);
	assert_true(answer_is_problem(&v, "session-not-fresh"));
	assert_int_equal(visit(&v, POST, "/api/me/second-factor", NULL), 403);
	assert_int_equal(pass(&v, half_of("ann@example.com"), code_now(e.secret)), 201);
	later(30);
	assert_int_equal(send_code(&v, "/api/me/second-factor/off", code_now(e.secret)), 204);
	assert_int_equal(enter(&v, "ann@example.com"), 201);
	assert_int_equal(send_code(&v, "/api/me/second-factor/off", code_now(e.secret)), 409);
	assert_int_equal(db_testing_int(house.db, "select count(*) from recovery_code"), 0);
	assert_int_equal(audited("second-factor-off"), 1);
}

static problem lose(struct tx *tx, void *arg)
{
	struct user_id ann = { read_int(tx, 0, "select id from user_account", V0) };

	*(bool *)arg = account_drop_second_factor(tx, ann);
	return tx_problem(tx);
}

static void test_the_operator_helps_who_lost_it(void **state)
{
	bool on;

	(void)state;
	join("ann@example.com");
	enrol();
	assert_done(db_write(house.db, lose, &on));
	assert_true(on);
	assert_int_equal(enter(&v, "ann@example.com"), 201);
	assert_done(db_write(house.db, lose, &on));
	assert_false(on);
	assert_int_equal(audited("second-factor-off"), 1);
}

/* A new password, or the old one known, is half the way only. */
static void test_a_new_password_is_no_way_around(void **state)
{
	(void)state;
	join("ann@example.com");
	enrol();
	assert_done(account_set_password(house.db, arena, (struct user_id){ db_testing_int(house.db, "select id from user_account") }, TEXT(SECRET)));
	assert_int_equal(enter(&v, "ann@example.com"), 202);
}

static void test_tables_do_not_tell(void **state)
{
	struct enrolled e;

	(void)state;
	join("ann@example.com");
	e = enrol();
	half_of("ann@example.com");
	assert_int_equal(db_testing_int(house.db, print("select count(*) from totp where sealed like '%%%.*s%%'", TEXT_ARG(totp_base32(arena, e.secret)))), 0);
	assert_int_equal(db_testing_int(house.db, print("select count(*) from recovery_code where code_hash like '%%%.5s%%'", e.codes[0].at)), 0);
	assert_int_equal(db_testing_int(house.db, print("select count(*) from half_session where token_hash = '%.*s'", TEXT_ARG(string_at(&v, "token")))), 0);
	assert_int_equal(db_testing_int(house.db, "select count(*) from half_session"), 1);
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, open_house, close_house)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(test_codes_are_those_of_the_rfc), IN_HOUSE(test_the_window_is_one_step_each_way), IN_HOUSE(test_secrets_are_written_in_base32),
		IN_HOUSE(test_recovery_codes_are_read_as_people_write_them), IN_HOUSE(test_counts_only_when_confirmed),
		IN_HOUSE(test_half_a_session_opens_nothing), IN_HOUSE(test_a_code_counts_once), IN_HOUSE(test_two_at_once_with_one_code),
		IN_HOUSE(test_guessing_ends), IN_HOUSE(test_half_a_session_ends), IN_HOUSE(test_recovery_codes), IN_HOUSE(test_turning_it_off), IN_HOUSE(test_the_operator_helps_who_lost_it),
		IN_HOUSE(test_a_new_password_is_no_way_around), IN_HOUSE(test_tables_do_not_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
