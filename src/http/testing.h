/* testing.h - a server with a small site on it, and a client that sends raw bytes. For the tests of this room. */
#ifndef HTTP_TESTING_H
#define HTTP_TESTING_H

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/testing.h"
#include "http/http.h"
#include "http/testing_tls.h"

/* A test that is built once more with this defined to 1 runs over TLS. */
#ifndef OVER_TLS
#define OVER_TLS 0
#endif
enum { over_tls = OVER_TLS };

struct site {
	struct http_server *server;
	int port;
	size_t body_limit;
	void (*serve)(struct site *site, struct http_request *rq);
	atomic_int served, done, done_bytes, last_status;
	_Atomic int64_t last_work_us, last_ready_us; /* how long the last answer was in the making; the time when it was ready, or earlier */
	char file[64];
	_Atomic(void *) mine;
};

/* Says back what it understood: "METHOD path query body". */
static inline void site_echo(struct site *site, struct http_request *rq)
{
	static const char *const names[] = { "-", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };
	struct header type = { TEXT("Content-Type"), TEXT("text/plain") };
	struct text body = arena_format(rq->arena, "%s %.*s %.*s %.*s\n", names[rq->method], TEXT_ARG(rq->path),
					TEXT_ARG(rq->query), TEXT_ARG(rq->body));

	(void)site;
	http_reply(rq, &(struct http_reply){ .status = 200, .headers = &type, .header_count = 1, .body = body });
}

static inline void site_serve(void *self, struct http_request *rq)
{
	struct site *site = self;

	atomic_fetch_add(&site->served, 1);
	site->serve(site, rq);
}

static inline size_t site_body_limit(void *self, enum method method, struct text path)
{
	const struct site *site = self;

	(void)method;
	return text_starts(path, TEXT("/none")) ? 0 : site->body_limit;
}

static inline void site_done(void *self, const struct http_request *rq, int status, size_t bytes, int64_t us)
{
	struct site *site = self;

	(void)us;
	atomic_store(&site->last_work_us, rq->work_us);
	atomic_store(&site->last_ready_us, rq->started_us + rq->work_us);
	atomic_store(&site->last_status, status);
	atomic_fetch_add(&site->done_bytes, (int)bytes);
	atomic_fetch_add(&site->done, 1);
}

static char site_chain[64], site_key[64];

static inline void site_forget_certificate(void)
{
	unlink(site_chain);
	unlink(site_key);
}

/* One for all the sites of a test. */
static inline void site_certificate(void)
{
	char folder[] = "/tmp/http_test_XXXXXX";

	if (site_chain[0])
		return;
	close(mkstemp(folder));
	snprintf(site_chain, sizeof site_chain, "%s", folder);
	snprintf(site_key, sizeof site_key, "%s.key", folder);
	test_certificate(&(struct test_certificate){ .chain = site_chain, .key = site_key });
	atexit(site_forget_certificate);
}

static inline void site_open_with(struct site *site, struct http_server_options options)
{
	*site = (struct site){ .body_limit = site->body_limit ? site->body_limit : 1000,
			       .mine = atomic_load(&site->mine),
			       .serve = site->serve ? site->serve : site_echo };
	options.address = options.address.at ? options.address : TEXT("127.0.0.1");
	options.loops = options.loops ? options.loops : 1;
	options.serve = site_serve;
	options.body_limit = site_body_limit;
	options.done = site_done;
	if (over_tls) {
		site_certificate();
		options.certificate_file = text_of(site_chain);
		options.key_file = text_of(site_key);
	}
	options.self = site;
	assert_done(http_server_start(&options, &site->server));
	site->port = http_server_port(site->server);
}

static inline void site_open(struct site *site)
{
	site_open_with(site, (struct http_server_options){ 0 });
}

/* What a test gives up after: nothing that goes well takes that long on however busy a machine. */
enum { HEAR_MS = 60000 };

static inline void site_close(struct site *site)
{
	http_server_stop(site->server, HEAR_MS);
}

/* ---- a client of raw bytes ---- */

/* receive_bytes: what waits for this client in the kernel at most, about; 0: as the kernel likes, which is many megabytes on some. */
static inline int dial_taking(const struct site *site, int receive_bytes)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)site->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	if (receive_bytes)
		assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return over_tls ? relay_through_tls(fd) : fd;
}

static inline int dial(const struct site *site)
{
	return dial_taking(site, 0);
}

static inline void say_bytes(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length) {
		ssize_t n = send(fd, at, length, MSG_NOSIGNAL);

		if (n < 0)
			return; /* the server may have closed already: the answer tells */
		at += n;
		length -= (size_t)n;
	}
}

static inline void say(int fd, const char *bytes)
{
	say_bytes(fd, bytes, strlen(bytes));
}

struct heard {
	char at[256 << 10];
	size_t length;
	bool ended, reset;
};

/* Reads until `until` is there (NULL: until the end), the end, or `ms` have passed. */
static inline void hear(int fd, struct heard *heard, const char *until, int ms)
{
	while (heard->length < sizeof heard->at - 1 && !heard->ended) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
		ssize_t n;

		heard->at[heard->length] = 0;
		if (until && memmem(heard->at, heard->length, until, strlen(until)))
			return;
		if (poll(&poll_fd, 1, ms) <= 0)
			return;
		n = recv(fd, heard->at + heard->length, sizeof heard->at - 1 - heard->length, 0);
		heard->ended = n <= 0;
		heard->reset = n < 0 || (over_tls && atomic_load(&relay_torn[fd]));
		heard->length += n > 0 ? (size_t)n : 0;
	}
	heard->at[heard->length] = 0;
}

static inline size_t times(const struct heard *heard, const char *what)
{
	size_t n = 0;

	for (const char *at = heard->at; (at = strstr(at, what)) != NULL; at += strlen(what))
		n++;
	return n;
}

/* One request on a connection of its own; everything that comes until the server closes or falls silent. */
static inline int ask_bytes(const struct site *site, const void *bytes, size_t length, struct heard *heard)
{
	int fd = dial(site), status = 0;

	*heard = (struct heard){ .length = 0 };
	say_bytes(fd, bytes, length);
	shutdown(fd, SHUT_WR);
	hear(fd, heard, NULL, HEAR_MS);
	close(fd);
	sscanf(heard->at, "HTTP/1.1 %d", &status);
	return status;
}

static inline int ask(const struct site *site, const char *bytes, struct heard *heard)
{
	return ask_bytes(site, bytes, strlen(bytes), heard);
}

static inline void wait_for(atomic_int *what, int value)
{
	for (int i = 0; i < HEAR_MS && atomic_load(what) < value; i++)
		usleep(1000);
	assert_true(atomic_load(what) >= value);
}

#endif
