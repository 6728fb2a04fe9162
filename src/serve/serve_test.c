/* serve_test.c - every field of a route, over real sockets and both databases, by a small room of notes. */
#include "serve/inside.h"
#include "serve/testing.h"
#include "serve/traffic.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

/* ---- the room ---- */

struct note {
	int64_t id;
	struct text text;
};
struct note_draft {
	struct text text;
	int64_t stars;
	struct text mail;
};
struct note_query {
	int64_t limit;
	struct text word;
};

static const struct shape note_shape = SHAPE(note, FIELD(note, id, SHAPE_INT), FIELD(note, text, SHAPE_TEXT));
static const struct shape note_draft = SHAPE(note_draft,
	FIELD(note_draft, text, SHAPE_TEXT, .min = 1, .max = 2000),
	FIELD(note_draft, stars, SHAPE_INT, .min = 1, .max = 5, .optional = true),
	FIELD(note_draft, mail, SHAPE_TEXT, .pattern = "mail", .optional = true));
static const struct shape note_query = SHAPE(note_query,
	FIELD(note_query, limit, SHAPE_INT, .min = 1, .max = 10, .optional = true),
	FIELD(note_query, word, SHAPE_TEXT, .optional = true));
static const struct note_query note_query_defaults = { .limit = 3 };

static const struct problem note_gone = { 404, "note-gone", "There is no such note." };
static const struct problem note_sealed = { 409, "note-sealed", "Notes of this text are sealed." };
static const struct problem note_broken = { 502, "note-broken", "The outside is broken." };

/* What the tests turn, and count. */
static struct {
	atomic_int runs, inside;
	atomic_bool hold, broken;
} knob;

static problem get_note(struct request *rq)
{
	struct note note;
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = read_one(rq->tx, &note_gone, &note_shape, &note, "select id, text from test_note where id = $1", V(id));
	return why ? why : reply(rq, 200, &note_shape, &note);
}

static problem insert_note(struct tx *tx, struct text text, struct note *ret)
{
	*ret = (struct note){ tx_id(tx), text };
	run(tx, "insert into test_note (id, text) values ($1, $2)", V(ret->id, ret->text));
	return tx_problem(tx);
}

static problem add_note(struct request *rq)
{
	struct note_draft *draft = rq->body;
	struct note note;
	problem why;

	atomic_fetch_add(&knob.runs, 1);
	why = insert_note(rq->tx, draft->text, &note);
	if (text_is(draft->text, "sealed"))
		return &note_sealed;
	if (text_is(draft->text, "twice"))
		return field_wrong(rq, TEXT("text"), "duplicate");
	if (text_is(draft->text, "broken"))
		return &note_broken;
	draft->text = TEXT("changed by the handler");
	return why ? why : reply(rq, 201, &note_shape, &note);
}

static problem insert_later(struct tx *tx, void *arg)
{
	struct note *note = arg;

	return insert_note(tx, note->text, note);
}

static problem work_note(struct request *rq)
{
	struct note_draft *draft = rq->body;
	struct note note = { .text = draft->text };
	problem why;

	atomic_fetch_add(&knob.runs, 1);
	atomic_fetch_add(&knob.inside, 1);
	while (atomic_load(&knob.hold))
		usleep(1000);
	atomic_fetch_sub(&knob.inside, 1);
	if (atomic_load(&knob.broken))
		return &note_broken;
	why = request_write(rq, insert_later, &note);
	return why ? why : reply(rq, 201, &note_shape, &note);
}

static problem list_notes(struct request *rq)
{
	const struct note_query *query = rq->asked;
	struct note note = { query->limit, query->word.at ? query->word : TEXT("-") };

	return reply(rq, 200, &note_shape, &note);
}

/* Writes its answer into what was asked. */
static problem count_up(struct request *rq)
{
	struct note_query *query = rq->asked;

	query->limit++;
	return reply(rq, 200, &note_shape, &(struct note){ query->limit, query->word });
}

/* As where the database asks for a further run. */
static problem count_again(struct request *rq)
{
	problem why = count_up(rq);

	call_again(call_of(rq));
	return why ? why : count_up(rq);
}

static problem big_note(struct request *rq)
{
	struct buffer b = BUFFER(1 << 20);
	problem why;

	for (int i = 0; i < 1000; i++)
		buffer_add(&b, TEXT("knowledge "));
	why = reply(rq, 200, &note_shape, &(struct note){ 1, buffer_text(&b) });
	buffer_free(&b);
	return why;
}

/* 17 MB of what somebody else wrote. */
static problem huge_note(struct request *rq)
{
	char *bytes = malloc(17 << 20);
	problem why;

	assert_non_null(bytes);
	memset(bytes, 'x', 17 << 20);
	if (text_is(path_text(rq, "as"), "bytes"))
		why = reply_bytes(rq, 200, TEXT("text/plain"), (struct text){ bytes, 17 << 20 });
	else
		why = reply(rq, 200, &note_shape, &(struct note){ 1, { bytes, 17 << 20 } });
	free(bytes);
	return why;
}

static problem who_am_i(struct request *rq)
{
	return reply(rq, 200, &note_shape, &(struct note){ rq->who.id.v, rq->who.name.at ? rq->who.name : TEXT("nobody") });
}

static problem say_yes(struct request *rq)
{
	return reply_none(rq, 204);
}

static problem echo_raw(struct request *rq)
{
	return reply_bytes(rq, 200, TEXT("application/octet-stream"), rq->http->body);
}

static problem note_page(struct request *rq)
{
	struct text path = arena_format(rq->arena, "/note/%.*s", TEXT_ARG(path_text(rq, "slug")));
	struct page page = { .view = "serve/problem", .title = TEXT("<Note>"), .description = TEXT("About \"it\""), .path = path,
	                     .json_ld = TEXT("{\"a\":\"</script>\"}"), .translated = true };
	struct { struct text title, hint, detail, request; int64_t status; } view = { TEXT("T"), { 0 }, { 0 }, TEXT("r"), 1 };
	static const struct field fields[] = {
		{ .name = "title", .at = 0, .kind = SHAPE_TEXT }, { .name = "hint", .at = 16, .kind = SHAPE_TEXT },
		{ .name = "detail", .at = 32, .kind = SHAPE_TEXT }, { .name = "request", .at = 48, .kind = SHAPE_TEXT },
		{ .name = "status", .at = 64, .kind = SHAPE_INT },
	};
	static const struct shape shape = { .name = "note_page", .size = sizeof(view), .fields = fields, .count = 5 };

	if (text_is(path_text(rq, "slug"), "gone"))
		return &problem_not_found;
	return reply_page(rq, 200, &page, &shape, &view);
}

static problem sign_out(struct request *rq)
{
	reply_forget_session(rq, rq->who.session);
	reply_cookie(rq, "session", TEXT(""), 0);
	return reply_none(rq, 204);
}

static problem redirect(struct request *rq)
{
	return reply_redirect(rq, 303, TEXT("/note/x"));
}

static const struct route note_routes[] = {
	{ GET, "/api/notes", list_notes, READS, .who = ANYBODY, .asks = &note_query, .defaults = &note_query_defaults, .gives = &note_shape },
	{ GET, "/api/notes/counted", count_again, READS, .who = ANYBODY, .asks = &note_query, .gives = &note_shape },
	{ GET, "/api/notes/big", big_note, READS, .who = ANYBODY, .gives = &note_shape },
	{ GET, "/api/huge/{as}", huge_note, READS, .who = ANYBODY, .gives = &note_shape },
	{ GET, "/api/notes/{id}", get_note, READS, .who = ANYBODY, .gives = &note_shape },
	{ POST, "/api/notes", add_note, WRITES, .who = ANYBODY, .takes = &note_draft, .gives = &note_shape },
	{ POST, "/api/once", add_note, WRITES, .who = ANYBODY, .takes = &note_draft, .gives = &note_shape, .once = BY_KEY },
	{ POST, "/api/work", work_note, WORKS, .who = ANYBODY, .takes = &note_draft, .gives = &note_shape },
	{ POST, "/api/work-once", work_note, WORKS, .who = ANYBODY, .takes = &note_draft, .gives = &note_shape, .once = BY_KEY },
	{ GET, "/api/whoami", who_am_i, READS, .who = ANYBODY, .gives = &note_shape },
	{ GET, "/api/whoami-in-memory", who_am_i, KNOWS, .who = LEARNER, .gives = &note_shape },
	{ GET, "/api/admins", say_yes, READS, .who = ADMIN },
	{ GET, "/api/creators-or-admins", say_yes, READS, .who = CREATOR | ADMIN },
	{ DELETE, "/api/session", sign_out, WRITES, .who = LEARNER },
	{ POST, "/api/signed", echo_raw, WRITES, .who = SIGNED, .raw = true, .body_max = 100 },
	{ POST, "/api/sign-in", say_yes, WRITES, .who = ANYBODY, .limit = LIMIT_SIGN_IN },
	{ GET, "/api/files/{key*}", say_yes, READS, .who = ANYBODY },
	{ GET, "/note/{slug}", note_page, READS, .who = ANYBODY, .page = true },
	{ GET, "/old", redirect, READS, .who = ANYBODY, .page = true },
	{ 0 }
};

static const struct module notes = { .name = "notes", .routes = note_routes };
static const struct module *const modules[] = { &notes, NULL };
static const struct migration note_tables[] = {
	{ "notes", 1, "notes", "create table test_note (id {I64} primary key, text {TEXT} not null) {STRICT};" },
};

/* Tokens of the tests say who they are: "learner-7". */
static atomic_int finds;

static problem find_session(struct tx *tx, struct text token, int64_t now_ms, struct person *ret)
{
	struct text rest = token, role = text_cut(&rest, '-');
	int64_t id;

	(void)tx, (void)now_ms;
	atomic_fetch_add(&finds, 1);
	if (!text_to_int(rest, &id))
		return NULL;
	*ret = (struct person){ .id = { id }, .session = id * 10, .roles = LEARNER, .name = arena_text(tx_arena(tx), token) };
	if (text_is(role, "admin"))
		ret->roles |= ADMIN;
	if (text_is(role, "creator"))
		ret->roles |= CREATOR;
	return NULL;
}

static const struct session_source sessions = { .find = find_session, .cookie = "session" };

/* ---- each test has a house and a visitor ---- */

static struct house house;
static struct visitor v;

static int open_with(struct text (*setting)(void *, const char *), struct text web)
{
	memset(&knob, 0, sizeof(knob));
	house_open(&house, note_tables, 1);
	house.options.setting = setting;
	house.options.web_folder = web;
	house_start(&house, modules, &sessions);
	visitor_open(&v, &house);
	return 0;
}

static int open_house(void **state)
{
	(void)state;
	return open_with(NULL, (struct text){ 0 });
}

static int close_house(void **state)
{
	(void)state;
	visitor_close(&v);
	house_close(&house);
	return 0;
}

static void sign_in(struct visitor *visitor, const char *token)
{
	snprintf(visitor->session, sizeof(visitor->session), "%s", token);
}

static void with(struct visitor *visitor, const char *name, const char *value)
{
	visitor->more[visitor->more_count++] = (struct header){ text_of(name), text_of(value) };
}

static problem count_rows(struct tx *tx, void *arg)
{
	*(int64_t *)arg = read_int(tx, -1, "select count(*) from test_note", V0);
	return NULL;
}

static int64_t note_count(void)
{
	int64_t count = -1;

	assert_null(db_read(house.db, count_rows, &count));
	return count;
}

static int64_t answer_id(const struct visitor *visitor)
{
	return json_integer_value(answer_at(visitor, "id"));
}

/* ---- who may ---- */

static void test_who_may(void **state)
{
	(void)state;
	assert_int_equal(visit(&v, GET, "/api/admins", NULL), 401);
	assert_true(answer_is_problem(&v, "sign-in-required"));
	sign_in(&v, "learner-7");
	assert_int_equal(visit(&v, GET, "/api/admins", NULL), 403);
	assert_true(answer_is_problem(&v, "forbidden"));
	assert_int_equal(visit(&v, GET, "/api/creators-or-admins", NULL), 403);
	assert_int_equal(visit(&v, GET, "/api/whoami", NULL), 200);
	assert_int_equal(answer_id(&v), 7);
	assert_string_equal(json_string_value(answer_at(&v, "text")), "learner-7");
	sign_in(&v, "creator-8");
	assert_int_equal(visit(&v, GET, "/api/creators-or-admins", NULL), 204);
	sign_in(&v, "admin-9");
	assert_int_equal(visit(&v, GET, "/api/admins", NULL), 204);
	sign_in(&v, "nonsense");
	assert_int_equal(visit(&v, GET, "/api/whoami", NULL), 200);
	assert_int_equal(answer_id(&v), 0);
}

static void test_sessions_are_remembered_and_forgotten(void **state)
{
	int before = atomic_load(&finds);

	(void)state;
	sign_in(&v, "learner-7");
	for (int i = 0; i < 5; i++)
		assert_int_equal(visit(&v, GET, "/api/whoami-in-memory", NULL), 200);
	assert_int_equal(atomic_load(&finds), before + 1);
	serve_forget(house.serve, 0, (struct user_id){ 8 });
	assert_int_equal(visit(&v, GET, "/api/whoami", NULL), 200);
	assert_int_equal(atomic_load(&finds), before + 1);
	serve_forget(house.serve, 0, (struct user_id){ 7 });
	assert_int_equal(visit(&v, GET, "/api/whoami", NULL), 200);
	assert_int_equal(atomic_load(&finds), before + 2);
	assert_int_equal(visit(&v, DELETE, "/api/session", NULL), 204);
	assert_string_equal(v.session, "");
	sign_in(&v, "learner-7");
	assert_int_equal(visit(&v, GET, "/api/whoami", NULL), 200);
	assert_int_equal(atomic_load(&finds), before + 3);
}

/* ---- cookies ---- */

static problem sign_in_here(struct request *rq)
{
	reply_cookie(rq, "session", TEXT("learner-7"), 60);
	return reply_none(rq, 204);
}

static const struct route cookie_routes[] = {
	{ POST, "/api/cookie", sign_in_here, WRITES, .who = ANYBODY },
	{ GET, "/api/whoami", who_am_i, READS, .who = ANYBODY, .gives = &note_shape },
	{ 0 }
};
static const struct module cookies = { .name = "cookies", .routes = cookie_routes };
static const struct module *const cookie_modules[] = { &cookies, NULL };
static const struct text local_proxy = TEXT_INIT("127.0.0.1");

static int open_behind_proxy(void **state)
{
	(void)state;
	house_open(&house, NULL, 0);
	house.options.sandbox = false;
	house.options.trusted_proxies = &local_proxy;
	house.options.trusted_proxy_count = 1;
	house_start(&house, cookie_modules, &sessions);
	visitor_open(&v, &house);
	return 0;
}

/* Outside of the sandbox there is no session over plain http; under TLS its cookie is bound to this host. */
static void test_cookies_under_tls(void **state)
{
	(void)state;
	assert_int_equal(visit(&v, POST, "/api/cookie", NULL), 204);
	assert_null(answer_header(&v, "Set-Cookie").at);
	assert_null(answer_header(&v, "Strict-Transport-Security").at);
	with(&v, "Cookie", "session=learner-7; __Host-session=learner-8");
	assert_int_equal(visit(&v, GET, "/api/whoami", NULL), 200);
	assert_int_equal(json_integer_value(answer_at(&v, "id")), 0);
	with(&v, "X-Forwarded-Proto", "https");
	assert_int_equal(visit(&v, GET, "/api/whoami", NULL), 200);
	assert_int_equal(json_integer_value(answer_at(&v, "id")), 8);
	assert_true(text_is(answer_header(&v, "Strict-Transport-Security"), "max-age=31536000; includeSubDomains"));
	assert_int_equal(visit(&v, POST, "/api/cookie", NULL), 204);
	assert_true(text_is(answer_header(&v, "Set-Cookie"), "__Host-session=learner-7; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"));
}

static void test_metrics_are_for_this_machine(void **state)
{
	(void)state;
	assert_int_equal(visit(&v, GET, "/metrics", NULL), 200);
	with(&v, "X-Forwarded-For", "203.0.113.9");
	assert_int_equal(visit(&v, GET, "/metrics", NULL), 404);
}

/* ---- forgery ---- */

static void test_forgery(void **state)
{
	static const struct { const char *name, *value; int status; } cases[] = {
		{ "Sec-Fetch-Site", "same-origin", 201 }, { "Sec-Fetch-Site", "none", 201 }, { "Sec-Fetch-Site", "cross-site", 403 },
		{ "Sec-Fetch-Site", "same-site", 403 }, { "Origin", "https://evil.example", 403 }, { "Origin", "null", 403 },
	};
	char origin[64];

	(void)state;
	v.foreign = true;
	assert_int_equal(visit(&v, POST, "/api/notes", "{\"text\":\"no session, no browser\"}"), 201);
	sign_in(&v, "learner-7");
	assert_int_equal(visit(&v, POST, "/api/notes", "{\"text\":\"a\"}"), 403);
	assert_true(answer_is_problem(&v, "cross-site"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		v.more_count = 0;
		with(&v, cases[i].name, cases[i].value);
		assert_int_equal(visit(&v, POST, "/api/notes", "{\"text\":\"a\"}"), cases[i].status);
	}
	v.more_count = 0;
	snprintf(origin, sizeof(origin), "http://127.0.0.1:%d", serve_port(house.serve));
	with(&v, "Origin", origin);
	assert_int_equal(visit(&v, POST, "/api/notes", "{\"text\":\"a\"}"), 201);
	v.more_count = 0;
	with(&v, "Origin", "https://evil.example");
	assert_int_equal(visit(&v, POST, "/api/signed", "x"), 200);
	assert_int_equal(visit(&v, GET, "/api/whoami", NULL), 200);
}

/* ---- input ---- */

static void test_body(void **state)
{
	(void)state;
	assert_int_equal(visit(&v, POST, "/api/notes", "{\"text\":\"\",\"stars\":9,\"mail\":\"x\",\"admin\":true}"), 422);
	assert_true(answer_is_problem(&v, "invalid"));
	assert_int_equal(json_array_size(answer_at(&v, "errors")), 4);
	assert_string_equal(json_string_value(answer_at(&v, "errors.0.path")), "text");
	assert_string_equal(json_string_value(answer_at(&v, "errors.0.why")), "too-short");
	assert_string_equal(json_string_value(answer_at(&v, "errors.1.why")), "too-large");
	assert_string_equal(json_string_value(answer_at(&v, "errors.2.why")), "pattern");
	assert_string_equal(json_string_value(answer_at(&v, "errors.3.why")), "unknown");
	assert_true(text_eq(json_text(answer_at(&v, "request")), answer_header(&v, "X-Request-Id")));
	assert_int_equal(visit(&v, POST, "/api/notes", "{\"text\":"), 400);
	assert_true(answer_is_problem(&v, "malformed"));
	assert_int_equal(visit(&v, POST, "/api/notes", "{\"text\":\"twice\"}"), 422);
	assert_string_equal(json_string_value(answer_at(&v, "errors.0.why")), "duplicate");
	assert_int_equal(visit(&v, POST, "/api/notes", NULL), 415);
	assert_int_equal(note_count(), 0);
}

static void test_body_size(void **state)
{
	char *large = malloc(70000);

	(void)state;
	memset(large, 'x', 69999);
	large[69999] = 0;
	assert_int_equal(visit(&v, POST, "/api/notes", large), 413);
	assert_true(answer_is_problem(&v, "too-large"));
	assert_int_equal(json_text(answer_at(&v, "request")).length, 16);
	large[9000] = 0;
	large[0] = '/';
	assert_int_equal(visit(&v, GET, large, NULL), 414);
	assert_true(answer_is_problem(&v, "address-too-long"));
	assert_int_equal(json_text(answer_at(&v, "request")).length, 16);
	large[0] = 'x';
	large[101] = 0;
	assert_int_equal(visit(&v, POST, "/api/signed", large), 413);
	large[100] = 0;
	assert_int_equal(visit(&v, POST, "/api/signed", large), 200);
	assert_int_equal(v.answer.body.length, 100);
	free(large);
}

static void test_query(void **state)
{
	(void)state;
	assert_int_equal(visit(&v, GET, "/api/notes", NULL), 200);
	assert_int_equal(answer_id(&v), 3);
	assert_int_equal(visit(&v, GET, "/api/notes?limit=9&word=%E7%9F%A5", NULL), 200);
	assert_int_equal(answer_id(&v), 9);
	assert_string_equal(json_string_value(answer_at(&v, "text")), "知");
	assert_int_equal(visit(&v, GET, "/api/notes?limit=11&x=1", NULL), 422);
	assert_string_equal(json_string_value(answer_at(&v, "errors.0.path")), "limit");
	assert_string_equal(json_string_value(answer_at(&v, "errors.1.why")), "unknown");
}

static void test_path(void **state)
{
	static const char *const wrong[] = { "0", "-1", "01", "+1", "x", "9223372036854775808", "1%2F2" };
	char path[64];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(path, sizeof(path), "/api/notes/%s", wrong[i]);
		assert_int_equal(visit(&v, GET, path, NULL), 404);
	}
	assert_int_equal(visit(&v, GET, "/api/notes/12", NULL), 404);
	assert_true(answer_is_problem(&v, "note-gone"));
	assert_int_equal(visit(&v, GET, "/api/files/a/b/c", NULL), 204);
	assert_int_equal(visit(&v, GET, "/api/files/", NULL), 404);
}

/* ---- what is not there ---- */

static void test_unknown(void **state)
{
	(void)state;
	assert_int_equal(visit(&v, GET, "/api/nothing", NULL), 404);
	assert_true(answer_is_problem(&v, "not-found"));
	assert_int_equal(visit(&v, POST, "/api/nothing", "{}"), 404);
	assert_true(answer_is_problem(&v, "not-found"));
	assert_int_equal(visit(&v, GET, "/nothing", NULL), 404);
	assert_true(text_starts(answer_header(&v, "Content-Type"), TEXT("text/html")));
	assert_int_equal(visit(&v, DELETE, "/api/notes", NULL), 405);
	assert_true(answer_is_problem(&v, "method-not-allowed"));
	assert_true(text_is(answer_header(&v, "Allow"), "POST, GET, HEAD, OPTIONS"));
	assert_int_equal(visit(&v, OPTIONS, "/api/notes", NULL), 204);
	assert_true(text_is(answer_header(&v, "Allow"), "POST, GET, HEAD, OPTIONS"));
	assert_int_equal(visit(&v, GET, "/en/api/notes", NULL), 404);
}

/* ---- pages ---- */

static bool body_has(const char *what)
{
	return text_find(v.answer.body, text_of(what)) != SIZE_MAX;
}

static void test_pages(void **state)
{
	(void)state;
	assert_int_equal(visit(&v, GET, "/note/x?utm_source=a", NULL), 200);
	assert_true(body_has("<html lang=\"zh-CN\">") && body_has("<title>&lt;Note&gt; · Workshop</title>"));
	assert_true(body_has("content=\"About &quot;it&quot;\"") && body_has("\\u003c/script\\u003e"));
	assert_true(body_has("hreflang=\"en\" href=\"http://127.0.0.1:") && body_has("/en/note/x\">"));
	assert_true(text_find(answer_header(&v, "Content-Security-Policy"), TEXT("script-src 'self' 'sha256-")) != SIZE_MAX);
	assert_true(text_find(answer_header(&v, "Content-Security-Policy"), TEXT("unsafe")) == SIZE_MAX);
	assert_true(text_is(answer_header(&v, "X-Content-Type-Options"), "nosniff"));
	assert_true(text_is(answer_header(&v, "Cache-Control"), "no-cache"));
	assert_null(answer_header(&v, "Strict-Transport-Security").at);
	assert_int_equal(visit(&v, GET, "/en/note/x", NULL), 200);
	assert_true(body_has("<html lang=\"en\">") && body_has("href=\"/en/\""));
	sign_in(&v, "learner-7");
	assert_int_equal(visit(&v, GET, "/note/x", NULL), 200);
	assert_true(body_has(" data-me=\"7\"") && text_is(answer_header(&v, "Cache-Control"), "private, no-cache"));
	assert_int_equal(visit(&v, GET, "/note/gone", NULL), 404);
	assert_true(text_starts(answer_header(&v, "Content-Type"), TEXT("text/html")) && body_has("name=\"robots\" content=\"noindex\""));
	assert_int_equal(visit(&v, GET, "/old", NULL), 303);
	assert_true(text_is(answer_header(&v, "Location"), "/note/x"));
}

static void test_application(void **state)
{
	static const char *const paths[] = { "/login", "/join", "/checkout/7", "/pay/7", "/learn/7/a/b", "/me", "/me/orders", "/studio" };

	(void)state;
	sign_in(&v, "learner-7");
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_int_equal(visit(&v, GET, paths[i], NULL), 200);
		assert_true(body_has("<div id=\"app\">") && body_has("{\"me\":{\"id\":7,\"name\":\"learner-7\"}"));
	}
	with(&v, "Accept-Language", "fr, en;q=0.8, zh;q=0.5");
	assert_int_equal(visit(&v, GET, "/login", NULL), 200);
	assert_true(body_has("<html lang=\"en\">"));
	v.more_count = 0;
	with(&v, "Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8");
	assert_int_equal(visit(&v, GET, "/login", NULL), 200);
	assert_true(body_has("<html lang=\"zh-CN\">"));
}

/* Whoever comes from an English page stays in English, whatever the browser prefers. */
static void test_application_from_english_page(void **state)
{
	(void)state;
	with(&v, "Accept-Language", "zh-CN");
	assert_int_equal(visit(&v, GET, "/en/learn/7/a%2Fb?x=%E7%9F%A5", NULL), 303);
	assert_true(text_is(answer_header(&v, "Location"), "/learn/7/a%2Fb?x=%E7%9F%A5"));
	assert_true(text_starts(answer_header(&v, "Set-Cookie"), TEXT("language=en; Path=/;")));
	assert_int_equal(visit(&v, GET, "/%65n/login", NULL), 200);
	assert_int_equal(visit(&v, GET, "/en//login", NULL), 404);
	assert_int_equal(visit(&v, GET, "/en//learn/7", NULL), 404);
	with(&v, "Cookie", "language=en");
	assert_int_equal(visit(&v, GET, "/login", NULL), 200);
	assert_true(body_has("<html lang=\"en\">"));
}

/* ---- validators and compression ---- */

static void test_etag(void **state)
{
	char etag[64];

	(void)state;
	assert_int_equal(visit(&v, GET, "/api/notes", NULL), 200);
	snprintf(etag, sizeof(etag), "%.*s", TEXT_ARG(answer_header(&v, "ETag")));
	assert_true(!strncmp(etag, "W/\"", 3));
	with(&v, "If-None-Match", etag);
	assert_int_equal(visit(&v, GET, "/api/notes", NULL), 304);
	assert_int_equal(v.answer.body.length, 0);
	assert_false(answer_header(&v, "Content-Security-Policy").at); /* else it would replace the kept page's */
	assert_int_equal(visit(&v, GET, "/api/notes?limit=4", NULL), 200);
	v.more[0].value = TEXT("\"x\", *");
	assert_int_equal(visit(&v, GET, "/api/notes", NULL), 304);
	sign_in(&v, "learner-7");
	assert_int_equal(visit(&v, GET, "/api/whoami-in-memory", NULL), 200);
	assert_true(text_is(answer_header(&v, "Cache-Control"), "no-store"));
	assert_null(answer_header(&v, "ETag").at);
	v.more_count = 0;
	assert_int_equal(visit(&v, HEAD, "/api/notes", NULL), 200);
	assert_int_equal(v.answer.body.length, 0);
	assert_true(answer_header(&v, "ETag").length);
}

static void test_compression(void **state)
{
	unsigned char plain[20000];
	z_stream stream = { .next_out = plain, .avail_out = sizeof(plain) };

	(void)state;
	assert_int_equal(visit(&v, GET, "/api/notes/big", NULL), 200);
	assert_null(answer_header(&v, "Content-Encoding").at);
	assert_true(v.answer.body.length > 10000);
	with(&v, "Accept-Encoding", "gzip, deflate, br");
	assert_int_equal(visit(&v, GET, "/api/notes/big", NULL), 200);
	assert_true(text_is(answer_header(&v, "Content-Encoding"), "br") && v.answer.body.length < 500);
	assert_true(text_find(answer_header(&v, "Vary"), TEXT("Accept-Encoding")) != SIZE_MAX);
	v.more[0].value = TEXT("gzip;q=1, br;q=0");
	assert_int_equal(visit(&v, GET, "/api/notes/big", NULL), 200);
	assert_true(text_is(answer_header(&v, "Content-Encoding"), "gzip"));
	stream.next_in = (unsigned char *)(uintptr_t)v.answer.body.at;
	stream.avail_in = (unsigned)v.answer.body.length;
	assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_memory_equal(plain, "{\"id\":1,\"text\":\"knowledge ", 26);
	assert_int_equal(inflateEnd(&stream), Z_OK);
	assert_int_equal(visit(&v, GET, "/api/notes", NULL), 200);
	assert_null(answer_header(&v, "Content-Encoding").at);
}

/* ---- once ---- */

static int once(const char *path, const char *key, const char *body)
{
	v.key = key;
	return visit(&v, POST, path, body);
}

static void test_once(void **state)
{
	int64_t id;

	(void)state;
	assert_int_equal(once("/api/once", NULL, "{\"text\":\"a\"}"), 400);
	assert_true(answer_is_problem(&v, "idempotency-key"));
	assert_int_equal(once("/api/once", "a b", "{\"text\":\"a\"}"), 400);
	assert_int_equal(once("/api/once", "k1", "{\"text\":\"a\"}"), 201);
	id = answer_id(&v);
	assert_int_equal(once("/api/once", "k1", "{\"text\":\"a\"}"), 201);
	assert_int_equal(answer_id(&v), id);
	assert_true(text_is(answer_header(&v, "Idempotency-Replayed"), "true"));
	assert_true(text_is(answer_header(&v, "Content-Type"), "application/json"));
	assert_int_equal(note_count(), 1);
	assert_int_equal(once("/api/once", "k1", "{\"text\":\"b\"}"), 422);
	assert_true(answer_is_problem(&v, "idempotency-mismatch"));
	assert_int_equal(once("/api/once", "k2", "{\"text\":\"a\"}"), 201);
	sign_in(&v, "learner-7");
	assert_int_equal(once("/api/once", "k1", "{\"text\":\"a\"}"), 201);
	assert_true(answer_id(&v) != id);
	assert_int_equal(note_count(), 3);
	world_move(house.world, (int64_t)3 * 86400000);
	assert_int_equal(once("/api/once", "k1", "{\"text\":\"other input, long after\"}"), 201);
	assert_int_equal(note_count(), 4);
}

static void test_a_reply_that_is_too_large(void **state)
{
	(void)state;
	assert_int_equal(visit(&v, GET, "/api/huge/json", NULL), 500);
	assert_true(answer_is_problem(&v, "reply-too-large"));
	assert_int_equal(visit(&v, GET, "/api/huge/bytes", NULL), 500);
	assert_true(answer_is_problem(&v, "reply-too-large"));
	assert_int_equal(visit(&v, GET, "/api/notes", NULL), 200);
}

static void test_once_keeps_problems_below_500(void **state)
{
	(void)state;
	assert_int_equal(once("/api/once", "k1", "{\"text\":\"sealed\"}"), 409);
	assert_int_equal(once("/api/once", "k1", "{\"text\":\"sealed\"}"), 409);
	assert_true(answer_is_problem(&v, "note-sealed"));
	assert_int_equal(atomic_load(&knob.runs), 1);
	assert_int_equal(once("/api/once", "k2", "{\"text\":\"broken\"}"), 502);
	assert_int_equal(once("/api/once", "k2", "{\"text\":\"broken\"}"), 502);
	assert_int_equal(atomic_load(&knob.runs), 3);
	assert_int_equal(note_count(), 0);
}

struct errand {
	pthread_t thread;
	struct visitor visitor;
	enum method method;
	const char *path, *body, *key;
	int status;
};

static void *do_errand(void *arg)
{
	struct errand *e = arg;

	e->visitor.key = e->key;
	e->status = visit(&e->visitor, e->method, e->path, e->body);
	return NULL;
}

static void send_errand(struct errand *e, const char *path, const char *key)
{
	*e = (struct errand){ .method = POST, .path = path, .body = "{\"text\":\"w\"}", .key = key };
	visitor_open(&e->visitor, &house);
	assert_int_equal(pthread_create(&e->thread, NULL, do_errand, e), 0);
}

static int await_errand(struct errand *e)
{
	pthread_join(e->thread, NULL);
	visitor_close(&e->visitor);
	return e->status;
}

static void wait_inside(int n)
{
	for (int i = 0; i < 5000 && atomic_load(&knob.inside) < n; i++)
		usleep(1000);
	assert_int_equal(atomic_load(&knob.inside), n);
}

static void test_once_on_workers(void **state)
{
	struct errand first;

	(void)state;
	atomic_store(&knob.hold, true);
	send_errand(&first, "/api/work-once", "k");
	wait_inside(1);
	assert_int_equal(once("/api/work-once", "k", "{\"text\":\"w\"}"), 409);
	assert_true(answer_is_problem(&v, "idempotency-running"));
	atomic_store(&knob.hold, false);
	assert_int_equal(await_errand(&first), 201);
	assert_int_equal(once("/api/work-once", "k", "{\"text\":\"w\"}"), 201);
	assert_int_equal(note_count(), 1);
	atomic_store(&knob.broken, true);
	assert_int_equal(once("/api/work-once", "k2", "{\"text\":\"w\"}"), 502);
	atomic_store(&knob.broken, false);
	assert_int_equal(once("/api/work-once", "k2", "{\"text\":\"w\"}"), 201);
	assert_int_equal(note_count(), 2);
}

static void test_same_key_at_once(void **state)
{
	struct errand all[12];
	int64_t done = 0;

	(void)state;
	for (int i = 0; i < 12; i++)
		send_errand(&all[i], "/api/once", "same");
	for (int i = 0; i < 12; i++)
		done += await_errand(&all[i]) == 201;
	assert_int_equal(done, 12);
	assert_int_equal(note_count(), 1);
}

/* ---- limits ---- */

static struct text normal_factor(void *self, const char *key)
{
	(void)self;
	return !strcmp(key, "limits.factor") ? TEXT("1") : (struct text){ 0 };
}

static int open_limited(void **state)
{
	(void)state;
	return open_with(normal_factor, (struct text){ 0 });
}

static void test_limits(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(visit(&v, POST, "/api/sign-in", NULL), 204);
	assert_int_equal(visit(&v, POST, "/api/sign-in", NULL), 429);
	assert_true(answer_is_problem(&v, "too-many-requests"));
	assert_true(text_is(answer_header(&v, "Retry-After"), "6"));
	assert_int_equal(visit(&v, GET, "/api/notes", NULL), 200);
	sign_in(&v, "learner-7");
	assert_int_equal(visit(&v, POST, "/api/sign-in", NULL), 204);
}

/* ---- workers ---- */

static void test_full_workers(void **state)
{
	struct errand all[4 + WORKS_QUEUE];

	(void)state;
	atomic_store(&knob.hold, true);
	for (int i = 0; i < 4; i++)
		send_errand(&all[i], "/api/work", NULL);
	wait_inside(4);
	for (int i = 4; i < 4 + WORKS_QUEUE; i++)
		send_errand(&all[i], "/api/work", NULL);
	for (int i = 0; i < 5000 && workers_waiting(house.serve->workers[WORK_OTHERS]) < WORKS_QUEUE; i++)
		usleep(1000);
	assert_int_equal(visit(&v, POST, "/api/work", "{\"text\":\"one too many\"}"), 503);
	assert_true(answer_is_problem(&v, "busy"));
	assert_true(answer_header(&v, "Retry-After").length);
	assert_int_equal(visit(&v, GET, "/api/notes", NULL), 200);
	assert_int_equal(visit(&v, POST, "/api/notes", "{\"text\":\"a\"}"), 201);
	atomic_store(&knob.hold, false);
	for (int i = 0; i < 4 + WORKS_QUEUE; i++)
		assert_int_equal(await_errand(&all[i]), 201);
	assert_int_equal(note_count(), 4 + WORKS_QUEUE + 1);
}

static void *stop_house(void *arg)
{
	(void)arg;
	serve_stop(house.serve);
	return NULL;
}

static void test_stops_gracefully(void **state)
{
	struct errand slow;
	pthread_t stopper;

	(void)state;
	atomic_store(&knob.hold, true);
	send_errand(&slow, "/api/work", NULL);
	wait_inside(1);
	assert_int_equal(pthread_create(&stopper, NULL, stop_house, NULL), 0);
	usleep(100000);
	atomic_store(&knob.hold, false);
	assert_int_equal(await_errand(&slow), 201);
	pthread_join(stopper, NULL);
	assert_int_equal(note_count(), 1);
	house.serve = NULL;
}

/* ---- faults ---- */

static void test_statement_fails(void **state)
{
	(void)state;
	db_fault(house.db, FAULT_STATEMENT, 1);
	assert_int_equal(visit(&v, POST, "/api/notes", "{\"text\":\"a\"}"), 500);
	assert_true(answer_is_problem(&v, "database-failed"));
	db_fault(house.db, FAULT_STATEMENT, 0);
	assert_int_equal(note_count(), 0);
	assert_int_equal(visit(&v, POST, "/api/notes", "{\"text\":\"a\"}"), 201);
}

/* The commit became durable, and then its answer was lost: a reply that had left before would say that all is well. */
static void test_no_reply_before_the_commit(void **state)
{
	(void)state;
	db_fault(house.db, FAULT_COMMIT_AFTER, 1);
	assert_int_equal(visit(&v, POST, "/api/notes", "{\"text\":\"a\"}"), 500);
	assert_true(answer_is_problem(&v, db_unknown.type));
	assert_true(db_fault_hit(house.db));
	db_fault(house.db, FAULT_COMMIT_AFTER, 0);
	assert_int_equal(note_count(), 1);
}

/* The batch was rolled back and runs again: the handler sees its input as it came, and replies once. */
static void test_runs_again_as_if_for_the_first_time(void **state)
{
	(void)state;
	db_fault(house.db, FAULT_COMMIT_BEFORE, 1);
	(void)visit(&v, POST, "/api/notes", "{\"text\":\"as it came\"}");
	db_fault(house.db, FAULT_COMMIT_BEFORE, 0);
	if (v.answer.status == 201)
		assert_string_equal(json_string_value(answer_at(&v, "text")), "as it came");
	assert_int_equal(note_count(), v.answer.status == 201);
}

static void test_runs_again_with_the_query_as_it_came(void **state)
{
	(void)state;
	assert_int_equal(visit(&v, GET, "/api/notes/counted?limit=4&word=asked", NULL), 200);
	assert_int_equal(json_integer_value(answer_at(&v, "id")), 5);
	assert_string_equal(json_string_value(answer_at(&v, "text")), "asked");
}

/* Whatever step fails: what was acknowledged is stored once, what was refused is not stored. */
static void test_every_fault_of_a_write(void **state)
{
	static const enum fault kinds[] = { FAULT_STATEMENT, FAULT_COMMIT_BEFORE, FAULT_COMMIT_AFTER };
	int64_t stored = 0;
	char key[32];
	int tried = 0;

	(void)state;
	for (size_t kind = 0; kind < 3; kind++)
		for (int n = 1; n < 20; n++) {
			int status;

			snprintf(key, sizeof(key), "f%zu-%d", kind, n);
			db_fault(house.db, kinds[kind], n);
			status = once("/api/once", key, "{\"text\":\"a\"}");
			if (!db_fault_hit(house.db)) {
				db_fault(house.db, kinds[kind], 0);
				assert_int_equal(status, 201);
				stored++;
				break;
			}
			db_fault(house.db, kinds[kind], 0);
			assert_true(status == 201 || status == 500);
			assert_int_equal(once("/api/once", key, "{\"text\":\"a\"}"), 201);
			stored++;
			tried++;
			assert_int_equal(note_count(), stored);
		}
	assert_true(tried >= 5);
	assert_int_equal(note_count(), stored);
}

/* ---- machines ---- */

static void test_traffic_is_of_the_last_hour_and_day(void **state)
{
	struct traffic t;

	(void)state;
	assert_int_equal(visit(&v, GET, "/api/huge/json", NULL), 500);
	for (int i = 0; i < 99; i++)
		assert_int_equal(visit(&v, GET, "/healthz", NULL), 200);
	do /* the last answer is counted after it was sent */
		serve_traffic(house.serve, &t);
	while (t.hour < 100);
	assert_int_equal(t.hour, 100);
	assert_int_equal(t.hour_failed, 1);
	assert_int_equal(t.minutes, 100);
	assert_true(t.p50_us > 0 && t.p50_us <= t.p99_us);
	world_move(house.world, 61 * 60000);
	serve_traffic(house.serve, &t);
	assert_int_equal(t.hour + t.minutes, 0);
	assert_int_equal(t.p50_us + t.p99_us, 0);
	assert_int_equal(t.day, 100);
	assert_int_equal(t.day_failed, 1);
	world_move(house.world, 24 * 60 * 60000);
	assert_int_equal(visit(&v, GET, "/healthz", NULL), 200);
	do
		serve_traffic(house.serve, &t);
	while (!t.day);
	assert_int_equal(t.day, 1);
}

static void test_health(void **state)
{
	(void)state;
	assert_int_equal(visit(&v, GET, "/healthz", NULL), 200);
	assert_int_equal(visit(&v, GET, "/readyz", NULL), 200);
	assert_int_equal(visit(&v, GET, "/metrics", NULL), 200);
	assert_true(body_has("zhifang_requests_total{method=\"GET\",route=\"/healthz\",status=\"2xx\"} 1\n"));
	assert_true(body_has("zhifang_request_seconds_bucket{le=\"+Inf\"}"));
}

/* Every reference of the description points to something. */
static void check_references(const json_t *root, const json_t *tree)
{
	const char *key, *ref = json_string_value(json_object_get(tree, "$ref"));
	json_t *value;
	size_t i;

	if (ref)
		assert_non_null(json_object_get(json_object_get(json_object_get(root, "components"), "schemas"), strrchr(ref, '/') + 1));
	json_object_foreach((json_t *)(uintptr_t)tree, key, value)
		check_references(root, value);
	json_array_foreach(tree, i, value)
		check_references(root, value);
}

static void test_openapi(void **state)
{
	const json_t *root, *post, *get;

	(void)state;
	assert_int_equal(visit(&v, GET, "/api/openapi.json", NULL), 200);
	root = answer_at(&v, "");
	assert_string_equal(json_string_value(json_object_get(root, "openapi")), "3.1.0");
	check_references(root, root);
	post = json_object_get(json_object_get(json_object_get(root, "paths"), "/api/once"), "post");
	assert_string_equal(json_string_value(json_object_get(post, "operationId")), "postOnce");
	assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(post, "parameters"), 0), "name")), "Idempotency-Key");
	get = json_object_get(json_object_get(json_object_get(root, "paths"), "/api/files/{key}"), "get");
	assert_string_equal(json_string_value(json_object_get(get, "operationId")), "getFilesByKey");
	assert_null(json_object_get(json_object_get(root, "paths"), "/note/{slug}"));
}

/* ---- files ---- */

static char web[64];

static void put_file(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", web, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int open_web(void **state)
{
	char path[128];

	(void)state;
	strcpy(web, "/tmp/zhifang-web-XXXXXX");
	assert_non_null(mkdtemp(web));
	snprintf(path, sizeof(path), "%s/assets", web);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/locales", web);
	mkdir(path, 0700);
	put_file("assets/a-1.js", "plain script");
	put_file("assets/a-1.js.br", "brotli");
	put_file("assets.json", "{\"css\":\"/assets/public-9.css\"}");
	put_file(".secret.js", "secret");
	put_file("locales/en.json", "{\"problem\":{\"not-found\":\"Not here\"},\"nav\":{\"skip\":\"To the text\"}}");
	return open_with(NULL, text_of(web));
}

static int close_web(void **state)
{
	static const char *const files[] = { "assets/a-1.js", "assets/a-1.js.br", "assets.json", ".secret.js", "locales/en.json", "assets", "locales", "" };
	char path[256];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", web, files[i]);
		remove(path);
	}
	return close_house(state);
}

static void test_files(void **state)
{
	(void)state;
	assert_int_equal(visit(&v, GET, "/assets/a-1.js", NULL), 200);
	assert_true(body_has("plain script"));
	assert_true(text_find(answer_header(&v, "Cache-Control"), TEXT("immutable")) != SIZE_MAX);
	assert_true(text_starts(answer_header(&v, "Content-Type"), TEXT("text/javascript")));
	with(&v, "Accept-Encoding", "br");
	assert_int_equal(visit(&v, GET, "/assets/a-1.js", NULL), 200);
	assert_true(body_has("brotli") && text_is(answer_header(&v, "Content-Encoding"), "br"));
	v.more_count = 0;
	assert_int_equal(visit(&v, GET, "/.secret.js", NULL), 404);
	assert_int_equal(visit(&v, GET, "/assets/../.secret.js", NULL), 404);
	assert_int_equal(visit(&v, GET, "/assets/b.js", NULL), 404);
	assert_int_equal(visit(&v, GET, "/assets", NULL), 404);
	with(&v, "Cookie", "language=en");
	assert_int_equal(visit(&v, GET, "/nothing", NULL), 404);
	assert_true(body_has("<h1>Not here</h1>") && body_has("To the text") && body_has("href=\"/assets/public-9.css\""));
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, open_house, close_house)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(test_who_may), IN_HOUSE(test_sessions_are_remembered_and_forgotten), IN_HOUSE(test_forgery),
		cmocka_unit_test_setup_teardown(test_cookies_under_tls, open_behind_proxy, close_house),
		cmocka_unit_test_setup_teardown(test_metrics_are_for_this_machine, open_behind_proxy, close_house), IN_HOUSE(test_traffic_is_of_the_last_hour_and_day),
		IN_HOUSE(test_body),
		IN_HOUSE(test_body_size), IN_HOUSE(test_query), IN_HOUSE(test_path), IN_HOUSE(test_unknown), IN_HOUSE(test_pages),
		IN_HOUSE(test_application), IN_HOUSE(test_application_from_english_page), IN_HOUSE(test_etag), IN_HOUSE(test_compression), IN_HOUSE(test_a_reply_that_is_too_large),
		IN_HOUSE(test_once),
		IN_HOUSE(test_once_keeps_problems_below_500), IN_HOUSE(test_once_on_workers), IN_HOUSE(test_same_key_at_once),
		cmocka_unit_test_setup_teardown(test_limits, open_limited, close_house), IN_HOUSE(test_full_workers),
		IN_HOUSE(test_stops_gracefully), IN_HOUSE(test_statement_fails),
		IN_HOUSE(test_no_reply_before_the_commit), IN_HOUSE(test_runs_again_as_if_for_the_first_time), IN_HOUSE(test_runs_again_with_the_query_as_it_came),
		IN_HOUSE(test_every_fault_of_a_write), IN_HOUSE(test_health),
		IN_HOUSE(test_openapi), cmocka_unit_test_setup_teardown(test_files, open_web, close_web),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
