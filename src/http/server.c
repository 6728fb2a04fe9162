/* server.c - from options to running loops, and back. */
#include "http/loop.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void complete(struct http_limits *limits)
{
	static const struct http_limits usual = {
		.header_bytes = 16 << 10,
		.headers = 100,
		.target_bytes = 8 << 10,
		.connections = 10000,
		.connections_per_peer = 512,
		.header_ms = 10000,
		.body_ms = 30000,
		.idle_ms = 60000,
		.write_ms = 30000,
	};

	limits->header_bytes = limits->header_bytes ? limits->header_bytes : usual.header_bytes;
	limits->headers = limits->headers ? limits->headers : usual.headers;
	limits->target_bytes = limits->target_bytes ? limits->target_bytes : usual.target_bytes;
	limits->connections = limits->connections ? limits->connections : usual.connections;
	limits->connections_per_peer =
		limits->connections_per_peer ? limits->connections_per_peer : usual.connections_per_peer;
	limits->header_ms = limits->header_ms ? limits->header_ms : usual.header_ms;
	limits->body_ms = limits->body_ms ? limits->body_ms : usual.body_ms;
	limits->idle_ms = limits->idle_ms ? limits->idle_ms : usual.idle_ms;
	limits->write_ms = limits->write_ms ? limits->write_ms : usual.write_ms;
}

static bool read_trusted(struct trusted *ret, const struct http_server_options *options)
{
	ret->blocks = calloc(options->trusted_proxy_count + 1, sizeof *ret->blocks);
	if (!ret->blocks)
		abort();
	for (; ret->count < options->trusted_proxy_count; ret->count++)
		if (!block_read(options->trusted_proxies[ret->count], &ret->blocks[ret->count]))
			return false;
	return true;
}

static int cores(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > 64 ? 64 : (int)n;
}

problem server_new(const struct http_server_options *options, struct http_server **ret)
{
	struct http_server *server = calloc(1, sizeof *server);

	if (!server)
		abort();
	server->options = *options;
	complete(&server->options.limits);
	server->peers = peers_new(server->options.limits.connections_per_peer);
	server->count = options->loops ? options->loops : cores();
	server->loops = calloc((size_t)server->count, sizeof *server->loops);
	if (!server->loops)
		abort();
	atomic_store(&server->references, 1);
	for (int i = 0; i < server->count; i++)
		loop_open(&server->loops[i], server);
	*ret = server;
	if (!read_trusted(&server->trusted, options))
		return &http_address_wrong;
	return tls_server_open(options, &server->tls);
}

void server_release(struct http_server *server, size_t references)
{
	if (atomic_fetch_sub(&server->references, references) != references)
		return;
	for (int i = 0; i < server->count; i++)
		loop_free(&server->loops[i]);
	peers_free(server->peers);
	tls_server_close(server->tls);
	free(server->trusted.blocks);
	free(server->loops);
	free(server);
}

static void *run(void *arg)
{
	struct loop *loop = arg;

	loop->thread = pthread_self();
	event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
	loop_close(loop);
	return NULL;
}

/* Signals are the main thread's; SIGPIPE, which sendfile cannot be asked not to raise, is nobody's. */
static void start_threads(struct http_server *server)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (int i = 0; i < server->count; i++)
		if (pthread_create(&server->loops[i].joined, NULL, run, &server->loops[i]))
			abort();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

problem http_server_start(const struct http_server_options *options, struct http_server **ret)
{
	struct http_server *server;
	problem why = server_new(options, &server);

	assert(options->serve);
	if (!why)
		why = accept_open(server);
	if (why) {
		for (int i = 0; i < server->count; i++)
			loop_close(&server->loops[i]);
		server_release(server, 1);
		return why;
	}
	start_threads(server);
	*ret = server;
	return NULL;
}

int http_server_port(const struct http_server *server)
{
	return server->port;
}

problem http_server_renew(struct http_server *server, bool *ret_changed)
{
	*ret_changed = false;
	return server->tls ? tls_server_renew(server->tls, ret_changed) : NULL;
}

bool http_server_certificate(const struct http_server *server, int64_t *ret_until_ms)
{
	if (server->tls)
		*ret_until_ms = tls_server_until_ms(server->tls);
	return server->tls;
}

size_t http_server_connections(const struct http_server *server)
{
	return atomic_load(&server->connections);
}

void http_server_stop(struct http_server *server, int wait_ms)
{
	if (!server)
		return;
	for (int i = 0; i < server->count; i++)
		assert(!pthread_equal(server->loops[i].joined, pthread_self()));
	atomic_store(&server->stop_by_ms, loop_now_ms() + wait_ms);
	atomic_store(&server->stopping, true);
	for (int i = 0; i < server->count; i++)
		loop_wake(&server->loops[i]);
	for (int i = 0; i < server->count; i++)
		pthread_join(server->loops[i].joined, NULL);
	server_release(server, 1);
}
