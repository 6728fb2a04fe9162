#include "http/tls.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <openssl/err.h>

enum { RECORD = 16 << 10, HANDSHAKE = 0x16 };

struct tls {
	SSL *ssl;
	struct bufferevent *wire; /* NULL: lent to a worker */
	int fd;                   /* of the wire, or the worker's own */
	struct evbuffer *plain;
	struct evbuffer *ahead;   /* read by the loop before it lent the wire; NULL until it first does */
	atomic_int holders;
	bool began;               /* the first byte was that of a handshake */
	bool broken;
	bool at_end;              /* a worker found the end of the wire */
};

/* ---- the wire, as OpenSSL sees it ---- */

static int read_wire(BIO *bio, char *at, int room)
{
	struct tls *tls = BIO_get_data(bio);
	ssize_t n = tls->ahead ? evbuffer_remove(tls->ahead, at, (size_t)room) : 0;

	BIO_clear_retry_flags(bio);
	if (n > 0)
		return (int)n;
	if (tls->wire) {
		n = evbuffer_remove(bufferevent_get_input(tls->wire), at, (size_t)room);
		if (n > 0)
			return (int)n;
		BIO_set_retry_read(bio); /* an end is told to the connection */
		return -1;
	}
	n = recv(tls->fd, at, (size_t)room, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_read(bio);
	tls->at_end = n == 0;
	return (int)n;
}

/* What the kernel does not take now waits in the loop's output. A worker has nowhere to keep it, and needs not: all it ever sends
 * is a line or two, into a socket whose last answer has been sent. */
static int write_wire(BIO *bio, const char *at, int length)
{
	struct tls *tls = BIO_get_data(bio);
	struct evbuffer *output = tls->wire ? bufferevent_get_output(tls->wire) : NULL;
	ssize_t n = 0;

	BIO_clear_retry_flags(bio);
	if (!output || !evbuffer_get_length(output)) {
		do
			n = send(tls->fd, at, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT);
		while (n < 0 && errno == EINTR);
		if (n < 0 && errno != EAGAIN && errno != ENOBUFS)
			return -1;
		n = n < 0 ? 0 : n;
	}
	if (n == length)
		return length;
	if (!output || evbuffer_add(output, at + n, (size_t)(length - n)))
		return -1;
	return length;
}

static long control_wire(BIO *bio, int command, long number, void *arg)
{
	const struct tls *tls = BIO_get_data(bio);

	(void)number, (void)arg;
	return command == BIO_CTRL_FLUSH || (command == BIO_CTRL_EOF && tls->at_end);
}

static BIO_METHOD *wire_method;

static void make_wire_method(void)
{
	wire_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
	if (!wire_method || !BIO_meth_set_read(wire_method, read_wire) || !BIO_meth_set_write(wire_method, write_wire) ||
	    !BIO_meth_set_ctrl(wire_method, control_wire))
		abort();
}

struct tls *tls_open(struct tls_server *server, struct bufferevent *wire)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct tls *tls = calloc(1, sizeof *tls);
	BIO *bio;

	pthread_once(&once, make_wire_method);
	bio = BIO_new(wire_method);
	if (!tls || !bio)
		abort();
	*tls = (struct tls){ .ssl = tls_server_accept(server), .wire = wire, .fd = bufferevent_getfd(wire), .plain = evbuffer_new(), .holders = 1 };
	if (!tls->plain)
		abort();
	BIO_set_data(bio, tls);
	BIO_set_init(bio, 1);
	SSL_set_bio(tls->ssl, bio, bio);
	SSL_set_accept_state(tls->ssl);
	return tls;
}

void tls_hold(struct tls *tls)
{
	atomic_fetch_add(&tls->holders, 1);
}

void tls_close(struct tls *tls)
{
	if (!tls || atomic_fetch_sub(&tls->holders, 1) > 1)
		return;
	SSL_free(tls->ssl);
	evbuffer_free(tls->plain);
	if (tls->ahead)
		evbuffer_free(tls->ahead);
	free(tls);
}

/* ---- in the loop ---- */

struct evbuffer *tls_plain(const struct tls *tls)
{
	return tls->plain;
}

static enum tls_found begin(struct tls *tls)
{
	unsigned char first;

	if (evbuffer_copyout(bufferevent_get_input(tls->wire), &first, 1) < 1)
		return TLS_MORE;
	tls->began = first == HANDSHAKE;
	return tls->began ? TLS_MORE : TLS_FOREIGN;
}

/* Bytes; 0: none now; TLS_ENDED and TLS_BROKEN by *ret. */
static int decode(struct tls *tls, void *at, size_t room, enum tls_found *ret)
{
	int n;

	ERR_clear_error();
	n = SSL_read(tls->ssl, at, room > RECORD ? RECORD : (int)room);
	if (n > 0)
		return n;
	switch (SSL_get_error(tls->ssl, n)) {
	case SSL_ERROR_WANT_READ:
		*ret = TLS_MORE;
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		*ret = TLS_ENDED;
		return 0;
	default:
		tls->broken = true;
		*ret = TLS_BROKEN;
		return 0;
	}
}

enum tls_found tls_fill(struct tls *tls, size_t most)
{
	enum tls_found found = tls->began ? TLS_MORE : begin(tls);
	char record[RECORD];
	int n;

	assert(tls->wire);
	if (tls->broken)
		return TLS_BROKEN;
	if (!tls->began)
		return found;
	while (evbuffer_get_length(tls->plain) < most) {
		n = decode(tls, record, sizeof record, &found);
		if (!n)
			return found;
		if (evbuffer_add(tls->plain, record, (size_t)n))
			abort();
	}
	return TLS_FULL;
}

static void encode(struct tls *tls, struct text bytes)
{
	ERR_clear_error();
	while (bytes.length && !tls->broken) {
		int n = SSL_write(tls->ssl, bytes.at, bytes.length > 1 << 20 ? 1 << 20 : (int)bytes.length);

		tls->broken = n <= 0;
		bytes = text_from(bytes, n > 0 ? (size_t)n : 0);
	}
}

/* The usual answer is one record. */
bool tls_send(struct tls *tls, struct text head, struct text body)
{
	char record[RECORD];
	struct text first;

	if (head.length && head.length < RECORD && body.length) {
		first = text_head(body, RECORD - head.length);
		memcpy(record, head.at, head.length);
		memcpy(record + head.length, first.at, first.length);
		body = text_from(body, first.length);
		head = (struct text){ record, head.length + first.length };
	}
	encode(tls, head);
	encode(tls, body);
	return !tls->broken;
}

void tls_end(struct tls *tls)
{
	if (tls->broken || !tls->wire || !SSL_is_init_finished(tls->ssl) || SSL_get_shutdown(tls->ssl) & SSL_SENT_SHUTDOWN)
		return;
	ERR_clear_error();
	SSL_shutdown(tls->ssl);
}

/* ---- lent to a worker ---- */

void tls_lend(struct tls *tls, int fd)
{
	assert(tls->wire);
	if (!tls->ahead)
		tls->ahead = evbuffer_new();
	if (!tls->ahead || evbuffer_add_buffer(tls->ahead, bufferevent_get_input(tls->wire)))
		abort();
	tls->wire = NULL;
	tls->fd = fd;
}

void tls_take_back(struct tls *tls, struct bufferevent *wire)
{
	tls->wire = wire;
	tls->fd = bufferevent_getfd(wire);
}

ssize_t tls_receive(struct tls *tls, void *at, size_t room)
{
	enum tls_found found = TLS_ENDED;
	int n = tls->broken ? 0 : decode(tls, at, room, &found);

	if (n > 0)
		return n;
	if (found != TLS_MORE)
		return 0;
	errno = EAGAIN;
	return -1;
}
