/* stream.c - a body that is read from its socket by the thread that handles the request.
 *
 * That thread has a descriptor of its own for the socket, so the loop may close the connection at any time: it shuts the socket,
 * and the reader comes back. The loop reads nothing meanwhile. */
#include "http/loop.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

const struct problem http_body_cut = { 400, "body-cut", "The body ended before its length was reached." };

static int64_t window_us(const struct exchange *x)
{
	return (int64_t)x->loop->server->options.limits.body_ms * 1000;
}

bool stream_open(struct connection *c, struct exchange *x)
{
	assert(x->stream.fd < 0);
	if (c->fd >= 0)
		x->stream.fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 3);
	if (x->stream.fd >= 0 && c->tls) {
		tls_hold(c->tls);
		x->stream.tls = c->tls;
		tls_lend(c->tls, x->stream.fd);
	}
	return x->stream.fd >= 0;
}

void stream_close(struct exchange *x)
{
	if (x->stream.fd >= 0)
		close(x->stream.fd);
	x->stream.fd = -1;
	tls_close(x->stream.tls);
	x->stream.tls = NULL;
}

void stream_cut(struct exchange *x)
{
	if (x && x->stream.fd >= 0)
		shutdown(x->stream.fd, SHUT_RD);
}

/* The first look starts the clock: how long the request waited for its handler is not the client's fault. */
static bool is_too_slow(struct exchange *x, int64_t now_us)
{
	if (!x->stream.due_us)
		x->stream.due_us = now_us + window_us(x);
	if (now_us < x->stream.due_us)
		return false;
	if (x->stream.since < (uint64_t)BODY_RATE * (uint64_t)window_us(x) / 1000000)
		return true;
	x->stream.since = 0;
	x->stream.due_us = now_us + window_us(x);
	return false;
}

/* Bytes, or 0 when no more come. */
static size_t receive(struct exchange *x, void *at, size_t room)
{
	for (;;) {
		ssize_t n = x->stream.tls ? tls_receive(x->stream.tls, at, room) : recv(x->stream.fd, at, room, MSG_DONTWAIT);
		int64_t now_us = loop_now_us();

		if (n > 0)
			x->stream.since += (size_t)n;
		if (is_too_slow(x, now_us))
			return 0;
		if (n > 0)
			return (size_t)n;
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			return 0;
		poll(&(struct pollfd){ .fd = x->stream.fd, .events = POLLIN }, 1, (int)((x->stream.due_us - now_us) / 1000) + 1);
	}
}

static bool say_continue(struct exchange *x)
{
	const struct text go_on = TEXT("HTTP/1.1 100 Continue\r\n\r\n");

	if (!x->stream.continues)
		return true;
	x->stream.continues = false;
	/* nothing else is on its way: the answer before has been sent, so the socket has room */
	if (x->stream.tls)
		return tls_send(x->stream.tls, go_on, (struct text){ 0 });
	return send(x->stream.fd, go_on.at, go_on.length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)go_on.length;
}

problem http_body_read(struct http_request *rq, void *at, size_t room, size_t *ret_n)
{
	struct exchange *x = (struct exchange *)(void *)rq;
	struct text ahead = text_head(text_from(buffer_text(&x->body), x->stream.ahead), room);
	size_t n;

	assert(room > 0);
	if (x->stream.fd < 0 || (!ahead.length && !x->stream.left)) {
		*ret_n = 0;
		return NULL;
	}
	if (ahead.length) {
		memcpy(at, ahead.at, ahead.length);
		x->stream.ahead += ahead.length;
		*ret_n = ahead.length;
		return NULL;
	}
	n = say_continue(x) ? receive(x, at, room < x->stream.left ? room : (size_t)x->stream.left) : 0;
	if (!n)
		return &http_body_cut;
	x->stream.left -= n;
	*ret_n = n;
	return NULL;
}
