/* testing.h - for the tests of codes and logins: a house, a sender that is never heard, and what people do there. */
#ifndef ACCOUNT_TESTING_H
#define ACCOUNT_TESTING_H

#include "account/entry.h"
#include "account/login.h"

#include <pthread.h>

#include "base/testing.h"
#include "serve/testing.h"

#define SECRET "correct horse battery"
#define MINUTE ((int64_t)60 * 1000)

static struct house house;
static struct arena *arena;
static struct visitor v;
static const char *reached; /* "mail", "phone"; NULL: both */

static const struct module *const modules[] = { &account_module, &account_code_module, &account_login_module, NULL };

static inline bool reaches(struct serve *serve, const char *kind)
{
	(void)serve;
	return !reached || !strcmp(reached, kind);
}
static const struct code_sender sender = { reaches };

static inline int setup(void **state)
{
	(void)state;
	reached = NULL;
	arena = arena_new(64 << 20);
	house_open(&house, NULL, 0);
	house_start(&house, modules, &account_sessions);
	account_know_sender(house.serve, &sender);
	visitor_open(&v, &house);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	visitor_close(&v);
	house_close(&house);
	arena_free(arena);
	return 0;
}

static inline struct keyring *keyring(void) { return account_keyring(house.serve); }

static inline int64_t count(const char *sql) { return db_testing_int(house.db, sql); }

static inline int post(struct visitor *who, const char *path, const char *format, ...) __attribute__((format(printf, 3, 4)));
static inline int post(struct visitor *who, const char *path, const char *format, ...)
{
	char body[1024];
	va_list list;

	va_start(list, format);
	vsnprintf(body, sizeof body, format, list);
	va_end(list);
	return visit(who, POST, path, body);
}

static inline int ask_for(struct visitor *who, const char *login, const char *purpose)
{
	return post(who, "/api/auth/codes", "{\"login\":\"%s\",\"purpose\":\"%s\"}", login, purpose);
}

/* ---- the letters, as whoever sends them reads them ---- */

struct reading {
	int64_t code;
	struct account_letter letter;
	problem why;
};

static inline problem read_letter(struct tx *tx, void *arg)
{
	struct reading *r = arg;

	r->why = account_letter(tx, keyring(), arena, r->code, &r->letter);
	return NULL;
}

static inline struct reading newest_letter(void)
{
	struct reading r = { .code = count("select max(id) from code") };

	assert_done(db_read(house.db, read_letter, &r));
	return r;
}

static inline problem send(struct tx *tx, void *arg) { return account_letter_sent(tx, *(int64_t *)arg); }

/* The digits of the newest letter, which is then sent. */
static inline const char *code_received(void)
{
	struct reading r = newest_letter();

	assert_done(r.why);
	assert_done(db_write(house.db, send, &r.code));
	return arena_cstr(arena, r.letter.digits);
}

/* Another six digits. */
static inline const char *wrong(const char *code)
{
	return arena_cstr(arena, arena_format(arena, "%s%d", arena_cstr(arena, text_head(text_of(code), 5)), (code[5] - '0' + 1) % 10));
}

/* ---- what people do ---- */

static inline int bring(struct visitor *who, const char *login, const char *code)
{
	return post(who, "/api/auth/code-session", "{\"login\":\"%s\",\"code\":\"%s\"}", login, code);
}

static inline int64_t enter_by_code(struct visitor *who, const char *login)
{
	assert_int_equal(ask_for(who, login, "sign_in"), 202);
	assert_int_equal(bring(who, login, code_received()), 201);
	return json_integer_value(answer_at(who, "id"));
}

static inline int join(struct visitor *who, const char *login)
{
	return post(who, "/api/users", "{\"login\":\"%s\",\"password\":\"" SECRET "\"}", login);
}

static inline int sign_in(struct visitor *who, const char *login, const char *password)
{
	return post(who, "/api/sessions", "{\"login\":\"%s\",\"password\":\"%s\"}", login, password);
}

static inline int reset(struct visitor *who, const char *login, const char *code, const char *password)
{
	return post(who, "/api/auth/reset", "{\"login\":\"%s\",\"code\":\"%s\",\"password\":\"%s\"}", login, code, password);
}

static inline void set_password(struct visitor *who, const char *password)
{
	assert_int_equal(post(who, "/api/me/password", "{\"new\":\"%s\"}", password), 204);
}

static inline int64_t me_of(struct visitor *who)
{
	assert_int_equal(visit(who, GET, "/api/me", NULL), 200);
	return json_integer_value(answer_at(who, "id"));
}

/* ---- logins ---- */

static inline size_t login_count(struct visitor *who)
{
	assert_int_equal(visit(who, GET, "/api/me/logins", NULL), 200);
	return json_array_size(answer_at(who, "items"));
}

static inline int64_t login_id(struct visitor *who, int n)
{
	assert_true(login_count(who) > (size_t)n);
	return json_integer_value(answer_at(who, arena_cstr(arena, arena_format(arena, "items.%d.id", n))));
}

static inline const char *login_path(struct visitor *who, int n, const char *rest)
{
	return arena_cstr(arena, arena_format(arena, "/api/me/logins/%lld%s", (long long)login_id(who, n), rest));
}

static inline int add_login(struct visitor *who, const char *login, int64_t replaces)
{
	int status = ask_for(who, login, "change");

	if (status != 202)
		return status;
	if (!replaces)
		return post(who, "/api/me/logins", "{\"login\":\"%s\",\"code\":\"%s\"}", login, code_received());
	return post(who, "/api/me/logins", "{\"login\":\"%s\",\"code\":\"%s\",\"replaces\":%lld}", login, code_received(), (long long)replaces);
}

/* ---- what is told ---- */

struct payload_row {
	struct text payload;
};

static const struct shape payload_row_shape = SHAPE(payload_row, FIELD(payload_row, payload, SHAPE_JSON));

static inline problem read_notice(struct tx *tx, void *arg)
{
	struct payload_row row;
	problem why;

	tx_use_arena(tx, arena);
	why = read_one(tx, &problem_not_found, &payload_row_shape, &row,
	               "select payload from news where topic = 'account.login_changed' order by id desc limit 1", V0);
	return why ? why : account_notice(keyring(), arena, row.payload, arg);
}

static inline struct account_notice newest_notice(void)
{
	struct account_notice notice;

	assert_done(db_read(house.db, read_notice, &notice));
	return notice;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
