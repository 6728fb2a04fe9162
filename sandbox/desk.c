/* desk.c - a request from the socket to its answer: route, signature, one transaction, faults, the log, the gateway's
 * own signature. Blocking work is done by a handful of threads, since a fault may make one of them wait for long. */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "sandbox.h"

const struct problem gateway_order_missing = { 404, "ORDER_NOT_EXIST", "订单不存在" };
const struct problem gateway_system_error = { 500, "SYSTEM_ERROR", "系统异常，请用相同参数重新调用" };
static const struct problem no_resource = { 404, "RESOURCE_NOT_EXISTS", "查询的资源不存在" };
static const struct problem too_often = { 429, "FREQUENCY_LIMITED", "频率超限" };
static const struct problem no_header = { 400, "PARAM_ERROR", "Http头缺少Accept、User-Agent或Content-Type" };
static const struct problem foreign_page = { 403, "FORBIDDEN", "Another site's page may not do this." };

enum {
	WORKERS = 16,
	ANSWER_MAX = 16 << 20,
	BODY_MAX = 64 << 10,
	OVERSIZE = 10 << 20,
	TIMEOUT_MS = 15000,
	LOG_BODY_MAX = 2000
};

struct desk {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct call *first, **last;
	bool hurry, stopping;
	pthread_t workers[WORKERS];
};

/* ---- finding the route ---- */

static bool route_fits(const struct gateway_route *route, const struct http_request *rq, struct text *ret_segment)
{
	const char *mark = strstr(route->path, "{x}");
	struct text path = rq->path, head, tail;

	if (route->method != rq->method)
		return false;
	if (!mark)
		return text_is(path, route->path);
	head = (struct text){ route->path, (size_t)(mark - route->path) };
	tail = text_of(mark + 3);
	if (path.length <= head.length + tail.length || !text_starts(path, head) || !text_ends(path, tail))
		return false;
	*ret_segment = text_head(text_from(path, head.length), path.length - head.length - tail.length);
	return text_find_char(*ret_segment, '/') == SIZE_MAX;
}

static const struct gateway_route *route_find(struct call *call)
{
	static const struct gateway_route *const tables[] = { wechat_routes, refund_routes, bill_routes, control_routes,
							      page_routes, people_routes, inbox_routes };

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct gateway_route *route = tables[t]; route->path; route++)
			if (route_fits(route, call->rq, &call->segment))
				return route;
	return NULL;
}

static bool is_api(const struct call *call)
{
	return text_starts(call->rq->path, TEXT("/v3/"));
}

static bool is_page(const struct call *call)
{
	return !is_api(call) && !text_starts(call->rq->path, TEXT("/sandbox/api/"));
}

/* ---- parameters ---- */

static struct text pair_value(struct call *call, struct text pairs, const char *name)
{
	while (pairs.at && pairs.length) {
		struct text pair = text_cut(&pairs, '&'), key = text_cut(&pair, '='), value;

		if (text_is(key, name))
			return http_decode(call->arena, pair.at ? pair : TEXT(""), true, &value) ? value
												 : (struct text){ 0 };
	}
	return (struct text){ 0 };
}

struct text call_query(struct call *call, const char *name)
{
	return pair_value(call, call->rq->query, name);
}

struct text call_form(struct call *call, const char *name)
{
	return pair_value(call, call->rq->body, name);
}

/* ---- waiting that a stop ends ---- */

static void desk_wait(struct desk *desk, int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)(ms / 1000);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&desk->lock);
	while (!desk->hurry && !pthread_cond_timedwait(&desk->changed, &desk->lock, &until))
		;
	pthread_mutex_unlock(&desk->lock);
}

static bool waited_for(struct call *call, enum gateway_fault fault)
{
	int64_t ms;

	if (!faults_take(call->sandbox->faults, fault, &ms))
		return false;
	desk_wait(call->sandbox->desk, ms > 0 ? ms : TIMEOUT_MS);
	return true;
}

/* ---- what stands before a handler ---- */

static problem headers_check(const struct http_request *rq)
{
	struct text accept = http_header(rq, "accept"), type = http_header(rq, "content-type");
	bool ok = http_header(rq, "user-agent").length && (text_find(accept, TEXT("*/*")) != SIZE_MAX ||
							   text_find(accept, TEXT("application/json")) != SIZE_MAX);

	return ok && (rq->method != POST || text_starts(type, TEXT("application/json"))) ? NULL : &no_header;
}

static problem body_read(struct call *call)
{
	if (call->rq->method != POST || is_page(call))
		return NULL;
	if (json_read(call->arena, call->rq->body, &call->body) || !json_is_object(call->body))
		return wrong_field(call, "body");
	return NULL;
}

/* A page that is open in the same browser must not press buttons here. */
static problem origin_check(const struct http_request *rq)
{
	struct text origin = http_header(rq, "origin");

	if (rq->method != POST || !origin.at)
		return NULL;
	return text_starts(origin, TEXT("http://")) && text_eq(text_from(origin, 7), rq->host) ? NULL : &foreign_page;
}

static problem admit(struct call *call)
{
	struct sandbox *s = call->sandbox;
	problem why;

	if (!is_api(call)) {
		why = origin_check(call->rq);
		return why ? why : body_read(call);
	}
	if (faults_take(s->faults, FAULT_ANSWER_429, NULL))
		return &too_often;
	if (faults_take(s->faults, FAULT_ANSWER_500, NULL))
		return &gateway_system_error;
	why = headers_check(call->rq);
	if (!why)
		why = signer_check(&s->keys, call->rq, world_now_ms(s->world), &call->why);
	return why ? why : body_read(call);
}

static problem run_route(struct tx *tx, void *arg)
{
	struct call *call = arg;

	buffer_clear(&call->answer);
	call->status = 200;
	call->notify = call->unsigned_answer = false;
	tx_use_arena(tx, call->arena);
	return call->route->serve(tx, call);
}

/* ---- problems as answers ---- */

static void api_problem(struct call *call, problem why)
{
	bool ours = why->type[0] >= 'A' &&
		    why->type[0] <= 'Z'; /* the gateway's codes; those of lower rooms are not for the wire */

	if (!ours)
		why = &gateway_system_error;
	call->status = why->status;
	buffer_format(&call->answer, "{\"code\":\"%s\",\"message\":\"%s\"", why->type, why->title);
	if (call->why.at) {
		buffer_add(&call->answer, TEXT(",\"detail\":{\"issue\":"));
		json_write_text(&call->answer, call->why);
		buffer_add_char(&call->answer, '}');
	}
	buffer_add_char(&call->answer, '}');
}

static void answer_problem(struct call *call, problem why)
{
	buffer_clear(&call->answer);
	call->content_type = NULL;
	call->unsigned_answer = false;
	if (!is_page(call)) {
		api_problem(call, why);
		return;
	}
	call->status = why->status;
	call->content_type = "text/plain; charset=utf-8";
	buffer_format(&call->answer, "%d %s\n", why->status, why->title);
}

/* ---- sending ---- */

static unsigned signing_faults(struct faults *faults)
{
	return (faults_take(faults, FAULT_ANSWER_WRONG_KEY, NULL) ? SIGN_STRANGER : 0u) |
	       (faults_take(faults, FAULT_ANSWER_SIGNTEST, NULL) ? SIGN_SIGNTEST : 0u) |
	       (faults_take(faults, FAULT_ANSWER_WRONG_SERIAL, NULL) ? SIGN_WRONG_SERIAL : 0u);
}

/* Before the signature: a body that is right by itself, but too much, or no JSON at all. */
static void spoil_body(struct call *call)
{
	struct faults *faults = call->sandbox->faults;

	if (faults_take(faults, FAULT_ANSWER_NOT_JSON, NULL)) {
		buffer_clear(&call->answer);
		buffer_add(&call->answer, TEXT("<html><body>502 Bad Gateway</body></html>"));
	}
	if (call->answer.length && faults_take(faults, FAULT_ANSWER_OVERSIZED, NULL)) {
		call->answer.length--;
		buffer_add(&call->answer, TEXT(",\"padding\":\""));
		memset(buffer_extend(&call->answer, OVERSIZE), 'x', OVERSIZE);
		buffer_add(&call->answer, TEXT("\"}"));
	}
}

/* After it: what was signed is not what arrives. */
static void spoil_signed(struct call *call)
{
	struct faults *faults = call->sandbox->faults;

	if (call->answer.length && faults_take(faults, FAULT_ANSWER_TRUNCATED, NULL))
		call->answer.length /= 2;
	if (call->answer.length && faults_take(faults, FAULT_ANSWER_TAMPERED, NULL))
		call->answer.at[call->answer.length / 2] ^= 1;
}

static const char *wire_fault(struct call *call, bool cut)
{
	if (cut || faults_take(call->sandbox->faults, FAULT_ANSWER_CUT, NULL))
		return "cut";
	return faults_take(call->sandbox->faults, FAULT_ANSWER_SLOW, NULL) ? "slow" : NULL;
}

struct outgoing {
	struct header headers[16];
	size_t count;
};

static void header_add(struct outgoing *out, const char *name, struct text value)
{
	assert(out->count < sizeof(out->headers) / sizeof(out->headers[0]));
	out->headers[out->count++] = (struct header){ text_of(name), value };
}

/* The answer of /v3: signed, a 204 too, and with whatever faults are due. */
static void sign_answer(struct call *call, struct outgoing *out, bool cut)
{
	struct sandbox *s = call->sandbox;
	struct signed_headers headers;
	int64_t now = world_now_ms(s->world);
	const char *wire;

	spoil_body(call);
	if (faults_take(s->faults, FAULT_ANSWER_STALE, NULL))
		now -= 2 * SIGNER_SKEW_S * INT64_C(1000);
	signer_sign(&s->keys, s->world, call->arena, now, signing_faults(s->faults), buffer_text(&call->answer),
		    &headers);
	spoil_signed(call);
	if (call->unsigned_answer || faults_take(s->faults, FAULT_ANSWER_UNSIGNED, NULL))
		headers.count = 0;
	for (size_t i = 0; i < headers.count; i++)
		out->headers[out->count++] = headers.at[i];
	header_add(out, "Request-ID", arena_format(call->arena, "08%016llX", (unsigned long long)call->rq->number));
	wire = wire_fault(call, cut);
	if (wire)
		header_add(out, "X-Sandbox-Wire", text_of(wire));
}

static void send_answer(struct call *call, bool cut)
{
	const char *type = call->content_type ? call->content_type : "application/json; charset=utf-8";
	struct outgoing out = { .count = 0 };

	assert(!call->answer.why);
	if (call->status != 204)
		header_add(&out, "Content-Type", text_of(type));
	header_add(&out, "Cache-Control", TEXT("no-store"));
	header_add(&out, "X-Content-Type-Options", TEXT("nosniff"));
	if (is_page(call)) {
		header_add(&out, "Content-Security-Policy",
			   TEXT("default-src 'none'; style-src 'self'; form-action 'self'; "
				"base-uri 'none'; frame-ancestors 'none'"));
		/* not "no-referrer": a browser would then send its own forms as from nowhere */
		header_add(&out, "Referrer-Policy", TEXT("same-origin"));
	}
	if (call->location.at)
		header_add(&out, "Location", call->location);
	if (is_api(call))
		sign_answer(call, &out, cut);
	http_reply(call->rq, &(struct http_reply){ .status = call->status,
						   .headers = out.headers,
						   .header_count = out.count,
						   .body = buffer_text(&call->answer) });
}

/* ---- the log ---- */

struct log_call {
	struct call *call;
	problem why;
};

static const char *method_word(enum method method)
{
	return method == POST ? "POST" : method == GET ? "GET" : method == DELETE ? "DELETE" : "?";
}

static problem write_log(struct tx *tx, void *arg)
{
	struct log_call *log = arg;
	struct call *call = log->call;
	struct text verdict = TEXT("ok"), body = text_head(call->rq->body, LOG_BODY_MAX);

	if (log->why)
		verdict = arena_format(call->arena, "%s%s%.*s", log->why->type, call->why.at ? ": " : "",
				       TEXT_ARG(call->why));
	book_log(tx, &(struct log_row){ .at_ms = world_now_ms(call->sandbox->world),
					.direction = TEXT("in"),
					.method = text_of(method_word(call->rq->method)),
					.target = call->rq->target,
					.verdict = verdict,
					.status = call->status,
					.body = text_is_utf8(body) ? body : TEXT("") });
	return NULL;
}

static void log_add(struct call *call, problem why)
{
	struct log_call log = { call, why };

	if (is_api(call) && db_write(call->sandbox->db, write_log, &log))
		log_line(LOG_ERROR, "log-failed", "target", call->rq->target, NULL);
}

/* ---- one call ---- */

static problem serve(struct call *call)
{
	problem why;

	if (text_is(call->rq->path, SMS_PATH))
		waited_for(call, FAULT_SMS_HANG);
	call->route = route_find(call);
	if (!call->route)
		return &no_resource;
	why = admit(call);
	return why ? why : db_write(call->sandbox->db, run_route, call);
}

static void handle(struct call *call)
{
	bool cut = is_api(call) && waited_for(call, FAULT_TIMEOUT_BEFORE);
	problem why = cut ? &gateway_system_error : serve(call);

	if (!why && is_api(call) && faults_take(call->sandbox->faults, FAULT_ANSWER_500_AFTER, NULL))
		why = &gateway_system_error;
	if (why)
		answer_problem(call, why);
	if (call->notify)
		courier_wake(call->sandbox->courier);
	log_add(call, why);
	if (!why && is_api(call))
		cut = waited_for(call, FAULT_TIMEOUT_AFTER);
	send_answer(call, cut);
}

static struct call *next_call(struct desk *desk)
{
	struct call *call;

	pthread_mutex_lock(&desk->lock);
	while (!desk->first && !desk->stopping)
		pthread_cond_wait(&desk->changed, &desk->lock);
	call = desk->first;
	if (call)
		desk->first = call->next;
	if (!desk->first)
		desk->last = &desk->first;
	pthread_mutex_unlock(&desk->lock);
	return call;
}

static void *work(void *arg)
{
	struct desk *desk = arg;
	struct call *call;

	while ((call = next_call(desk))) {
		handle(call);
		buffer_free(&call->answer);
		free(call); /* not of the request's arena: that is gone once it is answered */
	}
	return NULL;
}

void desk_serve(void *arg, struct http_request *rq)
{
	struct sandbox *sandbox = arg;
	struct desk *desk = sandbox->desk;
	struct call *call = malloc(sizeof(*call));

	if (!call)
		abort();
	*call = (struct call){ .sandbox = sandbox, .rq = rq, .arena = rq->arena, .answer = BUFFER(ANSWER_MAX) };
	pthread_mutex_lock(&desk->lock);
	*desk->last = call;
	desk->last = &call->next;
	pthread_cond_broadcast(&desk->changed);
	pthread_mutex_unlock(&desk->lock);
}

size_t desk_body_limit(void *sandbox, enum method method, struct text path)
{
	(void)sandbox, (void)method, (void)path;
	return BODY_MAX;
}

struct desk *desk_open(void)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	if (!desk || pthread_mutex_init(&desk->lock, NULL) || pthread_cond_init(&desk->changed, NULL))
		abort();
	desk->last = &desk->first;
	for (int i = 0; i < WORKERS; i++)
		if (pthread_create(&desk->workers[i], NULL, work, desk))
			abort();
	return desk;
}

void desk_hurry(struct desk *desk)
{
	pthread_mutex_lock(&desk->lock);
	desk->hurry = true;
	pthread_cond_broadcast(&desk->changed);
	pthread_mutex_unlock(&desk->lock);
}

/* What is queued is still answered. */
void desk_close(struct desk *desk)
{
	if (!desk)
		return;
	pthread_mutex_lock(&desk->lock);
	desk->stopping = true;
	pthread_cond_broadcast(&desk->changed);
	pthread_mutex_unlock(&desk->lock);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(desk->workers[i], NULL);
	pthread_cond_destroy(&desk->changed);
	pthread_mutex_destroy(&desk->lock);
	free(desk);
}
