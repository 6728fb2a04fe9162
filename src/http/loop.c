/* loop.c - one thread, one event base, and the list through which other threads reach it. */
#include "http/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TELL_EVERY_MS = 1000 };

static int64_t nanoseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t loop_now_ms(void)
{
	return nanoseconds(CLOCK_MONOTONIC_COARSE) / 1000000;
}

int64_t loop_now_us(void)
{
	return nanoseconds(CLOCK_MONOTONIC) / 1000;
}

bool loop_is_here(const struct loop *loop)
{
	return pthread_equal(loop->thread, pthread_self()) && !atomic_load_explicit(&loop->dead, memory_order_relaxed);
}

struct text loop_date(struct loop *loop)
{
	int64_t now = nanoseconds(CLOCK_REALTIME_COARSE) / 1000000000;

	if (now != loop->date_s) {
		loop->date_s = now;
		date_write(loop->date, now);
	}
	return text_of(loop->date);
}

/* ---- notes ---- */

void loop_wake(struct loop *loop)
{
	uint64_t one = 1;
	ssize_t n;

	do
		n = write(loop->wake_fd, &one, sizeof one);
	while (n < 0 && errno == EINTR);
}

/* In the order in which they were brought. */
static struct note *take_notes(struct loop *loop)
{
	struct note *last_first = atomic_exchange(&loop->notes, NULL), *notes = NULL;

	while (last_first) {
		struct note *note = last_first;

		last_first = note->next;
		note->next = notes;
		notes = note;
	}
	return notes;
}

static void for_notes(struct loop *loop, void (*fn)(struct note *note))
{
	struct note *notes = take_notes(loop);

	while (notes) {
		struct note *note = notes;

		notes = note->next;
		fn(note);
	}
}

void loop_post(struct loop *loop, struct note *note)
{
	struct http_server *server = loop->server;
	struct note *first;

	/* whoever takes the note may end the server before we are through here */
	atomic_fetch_add(&server->references, 1);
	first = atomic_load(&loop->notes);
	do
		note->next = first;
	while (!atomic_compare_exchange_weak(&loop->notes, &first, note));
	if (!first)
		loop_wake(loop);
	if (atomic_load(&loop->dead))
		for_notes(loop, exchange_drop_note);
	server_release(server, 1);
}

/* ---- stopping ---- */

/* What came while we slept shall still be answered. */
static bool has_unread(const struct connection *c)
{
	char byte;

	return !connection_is_idle(c) || recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static void close_idle(struct loop *loop, enum wait wait)
{
	struct connection *next;

	for (struct connection *c = loop->waiting[wait]; c; c = next) {
		next = c->after;
		if (!has_unread(c))
			connection_close(c);
	}
}

static void begin_stopping(struct loop *loop)
{
	loop->stopping = true;
	close_idle(loop, WAIT_IDLE);
	close_idle(loop, WAIT_HEAD);
	for (struct connection *c = loop->waiting[WAIT_NONE]; c; c = c->after)
		stream_cut(c->exchange);
	while (loop->waiting[WAIT_LINGER])
		connection_close(loop->waiting[WAIT_LINGER]);
	accept_stop(loop);
}

static bool may_end(const struct loop *loop)
{
	if (!loop->stopping)
		return false;
	return (!loop->connections && !loop->running) || loop_now_ms() >= atomic_load(&loop->server->stop_by_ms);
}

/* ---- callbacks ---- */

void loop_rest(struct loop *loop)
{
	while (loop->closed) {
		struct connection *c = loop->closed;

		loop->closed = c->after;
		connection_free(c);
	}
	if (loop->base && may_end(loop))
		event_base_loopbreak(loop->base);
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof count) < 0 && errno != EAGAIN)
		abort();
	for_notes(loop, exchange_note);
	if (!loop->stopping && atomic_load(&loop->server->stopping))
		begin_stopping(loop);
	loop_rest(loop);
}

/* An answer that is read slowly for hours is told while it goes, not when it is over. */
static void tell_sent(struct loop *loop, int64_t now)
{
	struct connection *next;

	if (now < loop->tell_ms)
		return;
	loop->tell_ms = now + TELL_EVERY_MS;
	for (struct connection *c = loop->waiting[WAIT_WRITE]; c; c = next) {
		next = c->after;
		connection_tell(c);
	}
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	int64_t now = loop_now_ms();

	(void)fd, (void)what;
	tell_sent(loop, now);
	for (int wait = WAIT_IDLE; wait < WAIT_KINDS; wait++)
		while (loop->waiting[wait] && loop->waiting[wait]->due_ms <= now)
			connection_expire(loop->waiting[wait]);
	if (loop->full && !loop->stopping)
		accept_start(loop);
	loop_rest(loop);
}

/* Fine enough for the shortest limit, coarse enough to cost nothing. */
static int tick_ms(const struct http_limits *limits)
{
	int shortest = limits->header_ms;

	shortest = limits->body_ms < shortest ? limits->body_ms : shortest;
	shortest = limits->idle_ms < shortest ? limits->idle_ms : shortest;
	shortest = limits->write_ms < shortest ? limits->write_ms : shortest;
	return shortest / 8 < 5 ? 5 : shortest / 8 > 250 ? 250 : shortest / 8;
}

static struct event_base *base_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	/* one thread only, and only epoll knows sockets by the thousand */
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	base = event_base_new_with_config(config);
	event_config_free(config);
	if (!base)
		abort();
	return base;
}

void loop_open(struct loop *loop, struct http_server *server)
{
	int every = tick_ms(&server->options.limits);

	*loop = (struct loop){ .server = server,
			       .base = base_new(),
			       .listener = -1,
			       .thread = pthread_self(),
			       .scratch = BUFFER(ANSWER_HEAD_MAX * 2),
			       .lines = BUFFER(ANSWER_HEAD_MAX) };
	loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	loop->wake = event_new(loop->base, loop->wake_fd, EV_READ | EV_PERSIST, on_wake, loop);
	loop->tick = event_new(loop->base, -1, EV_PERSIST, on_tick, loop);
	if (loop->wake_fd < 0 || !loop->wake || !loop->tick)
		abort();
	event_add(loop->wake, NULL);
	event_add(loop->tick, &(struct timeval){ .tv_sec = every / 1000, .tv_usec = every % 1000 * 1000 });
}

void loop_close(struct loop *loop)
{
	accept_stop(loop);
	for (int wait = WAIT_NONE; wait < WAIT_KINDS; wait++)
		while (loop->waiting[wait])
			connection_close(loop->waiting[wait]);
	for_notes(loop, exchange_note);
	loop_rest(loop);
	assert(!loop->connections);
	atomic_fetch_add(&loop->server->references, loop->running);
	event_free(loop->wake);
	event_free(loop->tick);
	event_base_free(loop->base);
	loop->base = NULL;
	atomic_store(&loop->dead, true);
	for_notes(loop, exchange_drop_note);
}

void loop_free(struct loop *loop)
{
	while (loop->spare) {
		struct exchange *x = loop->spare;

		loop->spare = x->next;
		exchange_destroy(x);
	}
	buffer_free(&loop->scratch);
	buffer_free(&loop->lines);
	close(loop->wake_fd);
}
