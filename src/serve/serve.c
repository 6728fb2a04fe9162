/* serve.c - starting and stopping: modules, routes, threads. What is opened first is closed last. */
#include "serve/inside.h"
#include "serve/web.h"

#include "base/log.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

enum { SERVE_ARENA_MAX = 256 << 20, OPENAPI_MAX = 8 << 20 };

static size_t count_modules(const struct module *const *modules)
{
	size_t count = 0;

	while (modules[count])
		count++;
	return count;
}

/* This room's own module first, once. */
static void list_modules(struct serve *serve)
{
	const struct module *const *given = serve->options.modules;
	size_t count = count_modules(given);

	serve->modules = ARENA_ARRAY(serve->arena, const struct module *, count + 2);
	serve->states = ARENA_ARRAY(serve->arena, void *, count + 2);
	serve->modules[serve->module_count++] = &serve_module;
	for (size_t i = 0; i < count; i++)
		if (given[i] != &serve_module)
			serve->modules[serve->module_count++] = given[i];
}

static void add_routes(struct serve *serve)
{
	serve->router = router_new(serve->arena);
	for (size_t i = 0; i < serve->module_count; i++)
		for (const struct route *route = serve->modules[i]->routes; route && route->method; route++)
			router_add(serve->router, route);
	serve->metrics = metrics_new(serve->arena, serve->router);
}

static void read_settings(struct serve *serve)
{
	struct text factor = serve_setting(serve, "limits.factor");

	serve->rate_factor_set = factor.at;
	serve->rate_factor = factor.at ? strtod(arena_cstr(serve->arena, factor), NULL) : 1;
}

static void open_memory(struct serve *serve)
{
	const struct session_source *sessions = serve->options.sessions;
	unsigned char seed[16];

	world_random(serve->options.world, seed, sizeof(seed));
	world_random(serve->options.world, &serve->boot, sizeof(serve->boot));
	serve->rates = rates_new(seed);
	world_random(serve->options.world, seed, sizeof(seed));
	serve->sessions = sessions_new(seed);
	if (sessions) {
		serve->cookie_plain = text_of(sessions->cookie);
		serve->cookie_host = arena_format(serve->arena, "__Host-%s", sessions->cookie);
	}
	serve->openapi = BUFFER(OPENAPI_MAX);
	serve_openapi(serve->options.modules, &serve->openapi);
}

static void start_workers(struct serve *serve)
{
	int cores = (int)sysconf(_SC_NPROCESSORS_ONLN), hashing = cores / 2 > 0 ? cores / 2 : 1;

	serve->workers[WORK_HASHES] = workers_start(hashing, WORKS_QUEUE);
	serve->workers[WORK_STREAMS] = workers_start(STREAMS_AT_ONCE, STREAMS_QUEUE);
	serve->workers[WORK_OTHERS] = workers_start(serve->options.workers > 0 ? serve->options.workers : 4, WORKS_QUEUE);
}

static problem start_modules(struct serve *serve)
{
	problem why = NULL;

	for (; serve->started < serve->module_count && !why; serve->started += !why) {
		const struct module *module = serve->modules[serve->started];

		if (module->start)
			why = module->start(serve, &serve->states[serve->started]);
		if (why)
			log_line(LOG_ERROR, "module-failed", "module", text_of(module->name), "why", text_of(why->type), NULL);
	}
	return why;
}

static void log_request(const struct call *call, int status, size_t bytes, int64_t microseconds)
{
	static const char *const methods[METHODS] = { "", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };
	const struct http_request *http = call->rq.http;
	struct text route = text_of(call->rq.route ? call->rq.route->path : ""), why = text_of(call->outcome ? call->outcome->type : "");
	char code[TEXT_INT_MAX], size[TEXT_INT_MAX], took[TEXT_INT_MAX], user[TEXT_INT_MAX];

	/* the path, never the query: it may hold what somebody searched for */
	log_line(status >= 500 ? LOG_ERROR : LOG_INFO, "request", "id", call->rq.id, "method", text_of(methods[http->method]),
	         "path", http->path, "route", route, "status", text_of_int(status, code), "why", why,
	         "bytes", text_of_int((int64_t)bytes, size), "us", text_of_int(microseconds, took),
	         "peer", http->peer, "user", text_of_int(call->person.id.v, user), NULL);
}

/* One that never became a call: its answer names an id, so the log has it too. */
static void log_refusal(const struct serve *serve, const struct http_request *http, int status)
{
	char code[TEXT_INT_MAX];

	log_line(LOG_INFO, "refused", "id", request_id(serve, http), "path", http->path, "status", text_of_int(status, code),
	         "why", text_of(refusal_of(status)->type), "peer", http->peer, NULL);
}

static void request_done(void *self, const struct http_request *http, int status, size_t bytes, int64_t microseconds)
{
	struct serve *serve = self;
	const struct call *call = http->mine;

	metrics_count(serve->metrics, &(struct answered){ .route = call ? call->match.number : (unsigned)router_count(serve->router), .status = status,
		.bytes = bytes, .microseconds = http->work_us, .now_ms = world_now_ms(serve->options.world) });
	if (serve->options.quiet)
		return;
	if (call)
		log_request(call, status, bytes, microseconds);
	else
		log_refusal(serve, http, status);
}

static problem start_http(struct serve *serve)
{
	const struct serve_options *o = &serve->options;

	return http_server_start(&(struct http_server_options){
		.address = o->address, .port = o->port, .loops = o->loops, .trusted_proxies = o->trusted_proxies,
		.trusted_proxy_count = o->trusted_proxy_count, .certificate_file = o->certificate_file, .key_file = o->key_file, .body_limit = call_body_limit, .streams = call_streams, .serve = call_take, .refuse = refuse_body,
		.done = request_done, .self = serve }, &serve->http);
}

static problem start_all(struct serve *serve)
{
	problem why;

	list_modules(serve);
	add_routes(serve);
	read_settings(serve);
	open_memory(serve);
	start_workers(serve);
	why = web_open(serve, &serve->web);
	if (!why)
		why = site_open(serve, &serve->site);
	if (why)
		return why;
	serve->policy = site_policy(serve->arena, serve->site);
	why = start_modules(serve);
	return why ? why : start_http(serve);
}

problem serve_start(const struct serve_options *options, struct serve **ret)
{
	struct serve *serve = calloc(1, sizeof(*serve));
	problem why;

	assert(serve && options->db && options->world && options->modules);
	if (sodium_init() < 0)
		abort();
	log_gather();
	serve->options = *options;
	serve->arena = arena_new(SERVE_ARENA_MAX);
	why = start_all(serve);
	if (why)
		serve_stop(serve);
	else
		*ret = serve;
	return why;
}

void serve_stop(struct serve *serve)
{
	if (!serve)
		return;
	atomic_store(&serve->stopping, true);
	if (serve->http)
		http_server_stop(serve->http, STOP_MS);
	log_gather_end();
	for (int kind = 0; kind < WORK_KINDS; kind++)
		workers_stop(serve->workers[kind]);
	while (serve->started--)
		if (serve->modules[serve->started]->stop)
			serve->modules[serve->started]->stop(serve->states[serve->started]);
	web_close(serve->web);
	sessions_free(serve->sessions);
	rates_free(serve->rates);
	buffer_free(&serve->openapi);
	arena_free(serve->arena);
	free(serve);
}

/* ---- what rooms ask ---- */

bool serve_is_ready(struct serve *serve)
{
	for (size_t i = 0; i < serve->module_count; i++)
		if (serve->modules[i]->ready && !serve->modules[i]->ready(serve->states[i]))
			return false;
	return !atomic_load(&serve->stopping);
}

void serve_metrics(struct serve *serve, struct buffer *out)
{
	metrics_write(serve->metrics, out);
	buffer_format(out, "# TYPE zhifang_connections gauge\nzhifang_connections %zu\n", http_server_connections(serve->http));
	buffer_format(out, "# TYPE zhifang_work_waiting gauge\nzhifang_work_waiting{kind=\"hashes\"} %zu\nzhifang_work_waiting{kind=\"others\"} %zu\n",
	              workers_waiting(serve->workers[WORK_HASHES]), workers_waiting(serve->workers[WORK_OTHERS]));
	for (size_t i = 0; i < serve->module_count; i++)
		if (serve->modules[i]->metrics)
			serve->modules[i]->metrics(serve->states[i], out);
}

void serve_traffic(const struct serve *serve, struct traffic *ret)
{
	metrics_traffic(serve->metrics, world_now_ms(serve->options.world), ret);
}

bool serve_has(const struct serve *serve, const struct module *module)
{
	for (size_t i = 0; i < serve->module_count; i++) {
		if (serve->modules[i] == module)
			return true;
	}
	return false;
}

void *module_state(const struct serve *serve, const struct module *module)
{
	for (size_t i = 0; i < serve->module_count; i++)
		if (serve->modules[i] == module)
			return serve->states[i];
	assert(!"the module was not given to serve_start");
	return NULL;
}

int serve_port(const struct serve *serve)
{
	return http_server_port(serve->http);
}

bool serve_certificate(const struct serve *serve, int64_t *ret_until_ms)
{
	return serve->http && http_server_certificate(serve->http, ret_until_ms);
}

problem serve_renew_certificate(struct serve *serve, bool *ret_changed)
{
	return http_server_renew(serve->http, ret_changed);
}

struct db *serve_db(const struct serve *serve)
{
	return serve->options.db;
}

struct world *serve_world(const struct serve *serve)
{
	return serve->options.world;
}

struct text serve_data_folder(const struct serve *serve)
{
	return serve->options.data_folder;
}

struct text serve_setting(const struct serve *serve, const char *key)
{
	return serve->options.setting ? serve->options.setting(serve->options.self, key) : (struct text){ 0 };
}

struct text serve_origin(const struct serve *serve)
{
	return serve->options.origin;
}

struct text serve_site_name(const struct serve *serve)
{
	return serve->options.site_name;
}

bool serve_sandbox(const struct serve *serve)
{
	return serve->options.sandbox;
}

void serve_forget(struct serve *serve, int64_t session, struct user_id person)
{
	sessions_forget(serve->sessions, session, person);
}
