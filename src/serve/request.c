/* request.c - the way of a request: route, limits, forgery, who is asking, who may, input, execution, answer.
 * Runs on the loop thread that parsed it, up to the executor. A stage that fails makes the answer a problem. */
#include "serve/inside.h"
#include "serve/web.h"

#include <assert.h>
#include <stdlib.h>

static void call_admit(struct call *call);

struct text request_id(const struct serve *serve, const struct http_request *http)
{
	return arena_format(http->arena, "%08llx%08llx", (unsigned long long)(serve->boot & 0xffffffff), (unsigned long long)http->number);
}

static struct call *call_new(struct serve *serve, struct http_request *http)
{
	struct call *call = ARENA_NEW(http->arena, struct call);

	call->rq = (struct request){
		.serve = serve, .http = http, .arena = arena_new(CALL_ARENA_MAX), .who.roles = ANYBODY,
		.id = request_id(serve, http),
	};
	call->reply.body = BUFFER(REPLY_BODY_MAX);
	call->own_origin = serve->options.origin.length ? serve->options.origin
	                 : arena_join(http->arena, (const struct text[]){ http->scheme, TEXT("://"), http->host }, 3);
	call->match.number = (unsigned)router_count(serve->router);
	call->api = text_starts(http->path, TEXT("/api/")) || text_is(http->path, "/api");
	http->mine = call;
	return call;
}

/* /en/courses is the English page of the route /courses; nothing but pages has a language in its address. */
static bool find_route(struct call *call)
{
	struct match match;
	bool found = router_find(call->rq.serve->router, call->rq.http->method, call->path, &match);

	if (call->language_in_path && found && !match.route->page)
		match = (struct match){ 0 };
	if (match.route)
		call->match = match;
	else
		call->match.allowed = match.allowed;
	call->rq.route = match.route;
	if (match.route && match.route->page && match.route->serve != serve_app)
		call->rq.language = call->language_in_path ? TEXT("en") : TEXT("zh-CN");
	return match.route;
}

static struct text allowed_methods(struct arena *arena, unsigned allowed)
{
	static const char *const names[METHODS] = { [GET] = "GET, HEAD", [POST] = "POST", [PUT] = "PUT", [PATCH] = "PATCH", [DELETE] = "DELETE" };
	struct text list = TEXT("OPTIONS");

	for (int method = GET; method < METHODS; method++)
		if ((allowed & (1u << method)) && names[method])
			list = arena_format(arena, "%s, %.*s", names[method], TEXT_ARG(list));
	return list;
}

static void no_route(struct call *call)
{
	bool reads = call->rq.http->method == GET || call->rq.http->method == HEAD;

	if (reads && !call->match.allowed && !call->api && web_reply(call)) {
		call_finish(call);
		return;
	}
	if (!call->match.allowed) {
		call_fail(call, &problem_not_found);
		return;
	}
	if (call->rq.http->method == OPTIONS)
		call->reply.status = 204;
	else
		reply_problem(call, &route_unknown_method);
	reply_header(&call->rq, "Allow", allowed_methods(call->rq.arena, call->match.allowed));
	call_finish(call);
}

/* ---- who is asking ---- */

static problem find_person(struct tx *tx, void *arg)
{
	struct call *call = arg;

	tx_use_arena(tx, call->rq.http->arena);
	return call->rq.serve->options.sessions->find(tx, call->token, tx_now_ms(tx), &call->person);
}

struct touch {
	struct db_call db;
	const struct session_source *sessions;
	int64_t session;
};

static problem touch_session(struct tx *tx, void *arg)
{
	struct touch *touch = arg;

	return touch->sessions->touch(tx, touch->session, tx_now_ms(tx));
}

/* If it fails, the next request tries again. */
static void touched(void *arg, problem why)
{
	(void)why;
	free(arg);
}

static void touch_later(struct serve *serve, int64_t session)
{
	struct touch *touch = calloc(1, sizeof(*touch));

	assert(touch);
	*touch = (struct touch){ .db = { .fn = touch_session, .done = touched, .arg = touch },
	                         .sessions = serve->options.sessions, .session = session };
	db_write_later(serve->options.db, &touch->db);
}

static void person_found(void *arg, problem why)
{
	struct call *call = arg;
	struct serve *serve = call->rq.serve;
	bool stale = call->person.stale;

	if (why) {
		call_fail(call, why);
		return;
	}
	call->person.roles |= ANYBODY;
	call->person.stale = false;
	if (call->person.id.v) {
		sessions_keep(serve->sessions, call->token_hash, call->rq.http->started_us, call->sessions_since, &call->person);
		if (stale && serve->options.sessions->touch)
			touch_later(serve, call->person.session);
	}
	call_admit(call);
}

static void find_who(struct call *call)
{
	struct serve *serve = call->rq.serve;

	call->person = (struct person){ .roles = ANYBODY };
	if (!call->token.length || (call->rq.route->who & SIGNED)) {
		call_admit(call);
		return;
	}
	session_hash(serve->sessions, call->token, call->token_hash);
	if (sessions_find(serve->sessions, call->token_hash, call->rq.http->started_us, call->rq.http->arena, &call->person)) {
		call_admit(call);
		return;
	}
	call->sessions_since = sessions_version(serve->sessions);
	call->db = (struct db_call){ .fn = find_person, .done = person_found, .arg = call };
	db_read_later(serve->options.db, &call->db);
}

static struct text session_token(const struct call *call)
{
	const struct serve *serve = call->rq.serve;
	bool tls = text_is(call->rq.http->scheme, "https");
	struct text name = tls ? serve->cookie_host : serve->cookie_plain;

	if (!serve->options.sessions || (!tls && !serve->options.sandbox))
		return (struct text){ 0 };
	return http_cookie(call->rq.http, name.at);
}

static problem who_may(const struct call *call)
{
	const struct route *route = call->rq.route;

	if ((route->who & SIGNED) || (route->who & call->person.roles))
		return NULL;
	return call->person.id.v ? &problem_forbidden : &sign_in_required;
}

/* ---- what it brings ---- */

static problem decode_query(struct call *call)
{
	const struct shape *asks = call->rq.route->asks;
	struct arena *arena = call->rq.http->arena;
	struct text query = call->rq.http->query;
	problem why;

	if (!asks)
		return NULL;
	call->rq.asked = arena_alloc(arena, asks->size);
	if (call->rq.route->defaults)
		memcpy(call->rq.asked, call->rq.route->defaults, asks->size);
	if (!query.at)
		query = TEXT("");
	if (call->rq.route->page)
		why = shape_read_page_query(asks, arena, query, call->rq.asked, &call->rq.errors);
	else
		why = shape_read_query(asks, arena, query, call->rq.asked, &call->rq.errors);
	if (!why) {
		call->asked_kept = arena_alloc(arena, asks->size);
		memcpy(call->asked_kept, call->rq.asked, asks->size);
	}
	return why;
}

static bool is_json(struct text content_type)
{
	struct text rest = content_type;

	return text_eq_nocase(text_trim(text_cut(&rest, ';')), TEXT("application/json"));
}

static problem decode_body(struct call *call)
{
	const struct route *route = call->rq.route;
	struct arena *arena = call->rq.http->arena;
	problem why;

	if (route->raw || !route->takes)
		return NULL;
	if (!is_json(http_header(call->rq.http, "Content-Type")))
		return &content_type_wrong;
	call->rq.body = arena_alloc(arena, route->takes->size);
	why = shape_read(route->takes, arena, call->rq.http->body, call->rq.body, &call->rq.errors);
	if (!why) {
		call->body_kept = arena_alloc(arena, route->takes->size);
		memcpy(call->body_kept, call->rq.body, route->takes->size);
	}
	return why;
}

static void call_admit(struct call *call)
{
	problem why = who_may(call);

	call->rq.who = call->person;
	if (!why)
		why = decode_query(call);
	if (!why)
		why = decode_body(call);
	if (!why && call->rq.route->once == BY_KEY)
		why = once_open(call);
	if (why)
		call_fail(call, why);
	else
		execute(call);
}

/* A shop without English pages has none under old links either. Not for ever: its owner may change his mind. */
static void lead_to_chinese(struct call *call)
{
	struct text target = call->rq.http->target, rest = text_starts(target, TEXT("/en")) ? text_from(target, 3) : TEXT("/");
	struct text path = text_starts(rest, TEXT("/")) ? rest : arena_format(call->rq.arena, "/%.*s", TEXT_ARG(rest));
	bool own = path.length < 2 || (path.at[1] != '/' && path.at[1] != '\\');
	problem why = reply_redirect(&call->rq, 302, own ? path : TEXT("/"));

	if (why)
		call_fail(call, why);
	else
		call_finish(call);
}

void call_take(void *self, struct http_request *http)
{
	struct call *call = call_new(self, http);
	problem why;

	language_choose(call);
	if (!find_route(call)) {
		no_route(call);
		return;
	}
	if (call->language_in_path && !language_is_offered(call)) {
		lead_to_chinese(call);
		return;
	}
	call->token = session_token(call);
	why = limits_check(call);
	if (!why)
		why = csrf_check(call);
	if (why)
		call_fail(call, why);
	else
		find_who(call);
}

size_t call_body_limit(void *self, enum method method, struct text path)
{
	const struct serve *serve = self;
	struct match match;

	if (!router_find(serve->router, method, path, &match))
		return BODY_MAX;
	if (match.route->runs == STREAMS)
		return SIZE_MAX;
	return match.route->body_max ? match.route->body_max : BODY_MAX;
}

bool call_streams(void *self, enum method method, struct text path)
{
	const struct serve *serve = self;
	struct match match;

	return router_find(serve->router, method, path, &match) && match.route->runs == STREAMS;
}

/* ---- its end ---- */

void call_fail(struct call *call, problem why)
{
	reply_problem(call, why);
	call_finish(call);
}

void call_finish(struct call *call)
{
	struct serve *serve = call->rq.serve;

	for (size_t i = 0; i < call->forget_count; i++)
		sessions_forget(serve->sessions, call->forget[i].session, call->forget[i].person);
	reply_send(call);
}

void reply_forget_session(struct request *rq, int64_t session)
{
	struct call *call = call_of(rq);

	assert(call->forget_count < sizeof(call->forget) / sizeof(call->forget[0]));
	call->forget[call->forget_count++].session = session;
}

void reply_forget_person(struct request *rq, struct user_id person)
{
	struct call *call = call_of(rq);

	assert(call->forget_count < sizeof(call->forget) / sizeof(call->forget[0]));
	call->forget[call->forget_count++].person = person;
}

/* ---- what a handler asks about it ---- */

struct text path_text(const struct request *rq, const char *name)
{
	return match_value(&((const struct call *)rq)->match, name);
}

problem path_id(const struct request *rq, const char *name, int64_t *ret)
{
	struct text value = path_text(rq, name);
	int64_t id;

	/* one spelling per id: no sign, no leading zero */
	if (!text_to_int(value, &id) || id <= 0 || value.at[0] == '0')
		return &problem_not_found;
	*ret = id;
	return NULL;
}

problem field_wrong(struct request *rq, struct text path, const char *why)
{
	struct field_errors *errors = &rq->errors;

	if (!errors->count)
		errors->items = ARENA_ARRAY(rq->arena, struct field_error, FIELD_ERRORS_MAX);
	if (errors->count < FIELD_ERRORS_MAX)
		errors->items[errors->count++] = (struct field_error){ arena_text(rq->arena, path), why };
	return &problem_invalid;
}

struct text request_origin(const struct request *rq)
{
	return ((const struct call *)rq)->own_origin;
}

struct text request_session_token(const struct request *rq)
{
	return ((const struct call *)rq)->token;
}
