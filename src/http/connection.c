/* connection.c - the state machine of one connection; loop.h draws it. */
#include "http/loop.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <event2/buffer.h>

enum {
	AT_ONCE = 32,           /* pipelined requests served before others get their turn */
	READ_AHEAD = 64 << 10,  /* bytes the kernel hands over before anybody wants them */
	LINGER_MS = 5000,       /* since the client last sent something */
	LINGER_MOST_MS = 30000, /* in all */
	BODY_MAX = 64 << 10,    /* where the options do not say */
	SMALL_FILE = 32 << 10,  /* read and sent together with its head */
	PIECE = 64 << 10,       /* of a larger file under TLS, encoded in one go; the next when less than this waits to be sent */
	PIECES_AT_ONCE = 8,
	SENT_AHEAD = 128 << 10, /* what the kernel may hold of an answer that somebody counts, beyond what is on its way */
};

/* ---- waiting ---- */

static void leave_queue(struct connection *c)
{
	struct loop *loop = c->loop;

	*(c->before ? &c->before->after : &loop->waiting[c->wait]) = c->after;
	*(c->after ? &c->after->before : &loop->last[c->wait]) = c->before;
}

static void join_queue(struct connection *c)
{
	struct loop *loop = c->loop;

	c->before = loop->last[c->wait];
	c->after = NULL;
	*(c->before ? &c->before->after : &loop->waiting[c->wait]) = c;
	loop->last[c->wait] = c;
}

/* Of this connection, in bytes as they go over the wire; what is not encoded yet counts as it is. */
static size_t unsent(const struct connection *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->socket)) + (size_t)c->file.length;
}

/* Bytes of requests, decoded. */
static struct evbuffer *input_of(const struct connection *c)
{
	return c->tls ? tls_plain(c->tls) : bufferevent_get_input(c->socket);
}

static size_t progress(const struct connection *c)
{
	return c->wait == WAIT_BODY ? c->exchange->body.length : c->wait == WAIT_WRITE ? unsent(c) : 0;
}

static int duration(const struct connection *c)
{
	const struct http_limits *limits = &c->loop->server->options.limits;

	switch (c->wait) {
	case WAIT_IDLE:
		return limits->idle_ms;
	case WAIT_HEAD:
		return limits->header_ms;
	case WAIT_BODY:
		return limits->body_ms;
	case WAIT_WRITE:
		return limits->write_ms;
	case WAIT_LINGER:
		return c->loop->stopping ? LINGER_MS / 10 : LINGER_MS;
	case WAIT_NONE:
	case WAIT_KINDS:
		break;
	}
	return 0;
}

void connection_wait(struct connection *c, enum wait wait)
{
	leave_queue(c);
	c->wait = wait;
	c->due_ms = loop_now_ms() + duration(c);
	c->mark = progress(c);
	join_queue(c);
}

bool connection_is_idle(const struct connection *c)
{
	return c->stage == STAGE_HEAD && !evbuffer_get_length(input_of(c));
}

static struct exchange *exchange_of(struct connection *c)
{
	if (!c->exchange)
		c->exchange = exchange_new(c);
	return c->exchange;
}

/* An upload lives on while it comes at BODY_RATE, a download while the client reads anything at all. */
static bool has_moved(const struct connection *c)
{
	if (c->wait == WAIT_BODY)
		return progress(c) - c->mark >= (size_t)BODY_RATE * (size_t)duration(c) / 1000;
	return c->wait == WAIT_WRITE && progress(c) < c->mark;
}

void connection_tell(struct connection *c)
{
	struct exchange *x = c->exchange;
	size_t left = unsent(c);

	if (x && !exchange_tell(x, x->bytes > left ? x->bytes - left : 0))
		connection_close(c);
}

void connection_expire(struct connection *c)
{
	if (has_moved(c))
		connection_wait(c, c->wait);
	else if (c->wait == WAIT_BODY || (c->wait == WAIT_HEAD && !connection_is_idle(c)))
		exchange_refuse(exchange_of(c), (struct refusal){ 408, "the request came too slowly" });
	else
		connection_close(c);
}

/* ---- the end ---- */

void connection_close(struct connection *c)
{
	struct exchange *x = c->exchange;

	if (c->stage == STAGE_CLOSED)
		return;
	leave_queue(c);
	if (c->tls && c->stage != STAGE_SERVE && !unsent(c))
		tls_end(c->tls);
	c->after = c->loop->closed;
	c->loop->closed = c;
	if (x) {
		size_t left = unsent(c);

		x->bytes -= left < x->bytes ? left : x->bytes;
		stream_cut(x);
		x->connection = NULL;
		c->exchange = NULL;
		if (c->stage != STAGE_SERVE)
			exchange_finish(x);
	}
	c->stage = STAGE_CLOSED;
	bufferevent_disable(c->socket, EV_READ | EV_WRITE);
}

void connection_free(struct connection *c)
{
	struct http_server *server = c->loop->server;

	if (c->counted)
		peers_leave(server->peers, c->peer);
	if (c->file.fd >= 0)
		close(c->file.fd);
	tls_close(c->tls);
	bufferevent_free(c->socket);
	c->loop->connections--;
	atomic_fetch_sub(&server->connections, 1);
	free(c);
}

/* The last word of TLS may have to wait for room. */
static void shut_when_sent(struct connection *c)
{
	if (!unsent(c))
		shutdown(c->fd, SHUT_WR);
}

static void linger(struct connection *c)
{
	if (c->ended || c->fd < 0) {
		connection_close(c);
		return;
	}
	c->stage = STAGE_LINGER;
	c->linger_ms = loop_now_ms() + LINGER_MOST_MS;
	if (c->tls)
		tls_end(c->tls);
	shut_when_sent(c);
	connection_wait(c, WAIT_LINGER);
}

/* ---- output ---- */

static void sent(struct connection *c)
{
	struct exchange *x = c->exchange;
	bool close = x->close;

	if (x->stream.fd >= 0)
		bufferevent_enable(c->socket, EV_READ);
	c->exchange = NULL;
	exchange_finish(x);
	if (close) {
		linger(c);
		return;
	}
	c->stage = STAGE_HEAD;
	c->scan = (struct head_scan){ 0 };
	connection_wait(c, connection_is_idle(c) ? WAIT_IDLE : WAIT_HEAD);
}

/* One system call for the usual answer; -1: the connection is broken. */
static ssize_t send_now(struct connection *c, struct text head, struct text body)
{
	struct iovec parts[2] = { { (void *)head.at, head.length }, { (void *)body.at, body.length } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = body.length ? 2 : 1 };
	ssize_t n;

	if (c->fd < 0 || unsent(c))
		return 0;
	do
		n = sendmsg(c->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) ? 0 : n;
}

static void queue(struct connection *c, struct text part)
{
	if (part.length && c->tls)
		tls_send(c->tls, part, (struct text){ 0 }); /* what is broken is found at the next read */
	else if (part.length)
		bufferevent_write(c->socket, part.at, part.length);
}

static void await_writing(struct connection *c)
{
	c->stage = STAGE_WRITE;
	connection_wait(c, WAIT_WRITE);
}

/* The worker that read the body is through with it. */
static void take_back(struct connection *c)
{
	if (c->exchange->stream.tls)
		tls_take_back(c->tls, c->socket);
}

static void break_off(struct connection *c)
{
	c->exchange->bytes = 0;
	c->stage = STAGE_WRITE;
	connection_close(c);
}

static void send_encoded(struct connection *c, struct text head, struct text body)
{
	take_back(c);
	if (!tls_send(c->tls, head, body))
		break_off(c);
	else if (!unsent(c))
		sent(c);
	else
		await_writing(c);
}

void connection_send(struct connection *c, struct text head, struct text body)
{
	size_t all = head.length + body.length, done;
	ssize_t n;

	c->exchange->bytes = all;
	if (c->tls) {
		send_encoded(c, head, body);
		return;
	}
	n = send_now(c, head, body);
	done = n < 0 ? 0 : (size_t)n;
	if (n < 0) {
		break_off(c);
	} else if (done == all) {
		sent(c);
	} else {
		queue(c, text_from(head, done));
		queue(c, done > head.length ? text_from(body, done - head.length) : body);
		await_writing(c);
	}
}

static bool read_whole(struct buffer *out, const struct file_piece *piece)
{
	char *at = buffer_extend(out, (size_t)piece->length);

	return at && pread(piece->fd, at, (size_t)piece->length, piece->at) == (ssize_t)piece->length;
}

static bool encode_piece(struct connection *c)
{
	char bytes[PIECE];
	size_t length = c->file.length < PIECE ? (size_t)c->file.length : PIECE;

	if (pread(c->file.fd, bytes, length, c->file.at) != (ssize_t)length)
		return false;
	c->file.at += (int64_t)length;
	c->file.length -= (int64_t)length;
	return tls_send(c->tls, (struct text){ bytes, length }, (struct text){ 0 });
}

/* Encodes on while the client keeps up, and lets others have their turn. */
static void feed(struct connection *c)
{
	struct evbuffer *output = bufferevent_get_output(c->socket);

	for (int i = 0; i < PIECES_AT_ONCE && c->file.length && evbuffer_get_length(output) < PIECE; i++) {
		if (!encode_piece(c)) {
			connection_close(c);
			return;
		}
	}
	if (c->file.length && evbuffer_get_length(output) < PIECE)
		bufferevent_trigger(c->socket, EV_WRITE, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

static void go_on_writing(struct connection *c)
{
	if (c->file.length)
		feed(c);
	if (c->stage != STAGE_WRITE || unsent(c))
		return;
	if (c->file.fd >= 0)
		close(c->file.fd);
	c->file.fd = -1;
	sent(c);
}

static void send_file_encoded(struct connection *c, struct text head, const struct file_piece *piece)
{
	take_back(c);
	c->file = *piece;
	if (!tls_send(c->tls, head, (struct text){ 0 })) {
		break_off(c);
		return;
	}
	await_writing(c);
	go_on_writing(c);
}

/* Megabytes in the kernel would pass for what the client has. */
static void send_little_ahead(const struct connection *c)
{
	int most = SENT_AHEAD;

	if (c->fd >= 0)
		(void)!setsockopt(c->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof most);
}

/* Takes piece->fd over. A file that is shorter than was said breaks the connection: the length has been promised. */
void connection_send_file(struct connection *c, struct text head, const struct file_piece *piece)
{
	struct buffer *scratch = &c->loop->scratch;
	struct evbuffer_file_segment *segment = NULL;
	size_t start = scratch->length;
	bool whole = false;

	if (piece->sent)
		send_little_ahead(c);
	if (piece->length <= SMALL_FILE) {
		whole = read_whole(scratch, piece);
		/* the buffer may have moved, and the head stands at its start */
		head = text_head(buffer_text(scratch), start);
	}
	if (whole) {
		close(piece->fd);
		connection_send(c, head, text_from(buffer_text(scratch), start));
		return;
	}
	c->exchange->bytes = head.length + (size_t)piece->length;
	if (c->tls) {
		send_file_encoded(c, head, piece);
		return;
	}
	segment = evbuffer_file_segment_new(piece->fd, piece->at, piece->length, EVBUF_FS_CLOSE_ON_FREE);
	if (!segment)
		close(piece->fd);
	queue(c, head);
	if (!segment || evbuffer_add_file_segment(bufferevent_get_output(c->socket), segment, 0, piece->length)) {
		c->stage = STAGE_WRITE;
		connection_close(c);
	} else {
		await_writing(c);
	}
	if (segment)
		evbuffer_file_segment_free(segment);
}

/* ---- input ---- */

static void refuse(struct connection *c, int status, const char *why)
{
	exchange_refuse(exchange_of(c), (struct refusal){ status, why });
}

static size_t body_limit(const struct connection *c, const struct http_request *rq)
{
	const struct http_server_options *options = &c->loop->server->options;

	return options->body_limit ? options->body_limit(options->self, rq->method, rq->path) : BODY_MAX;
}

static bool is_streamed(const struct connection *c, const struct http_request *rq)
{
	const struct http_server_options *options = &c->loop->server->options;

	return options->streams && options->streams(options->self, rq->method, rq->path);
}

/* What came with the head is taken along; the rest stays in the socket until somebody asks for it. */
static void start_stream(struct connection *c, struct exchange *x)
{
	size_t here = evbuffer_get_length(input_of(c));
	char *at;

	if (x->head.chunked) {
		refuse(c, 411, "this body needs a Content-Length");
		return;
	}
	if (c->loop->stopping || !stream_open(c, x)) {
		refuse(c, 503, "the server is stopping");
		return;
	}
	if (here > x->head.length)
		here = (size_t)x->head.length;
	bufferevent_disable(c->socket, EV_READ);
	x->body.max = here + 1;
	at = buffer_extend(&x->body, here);
	assert(at);
	evbuffer_remove(input_of(c), at, here);
	x->rq.body_length = (int64_t)x->head.length;
	x->stream.left = x->head.length - here;
	x->stream.continues = x->head.expects_continue && !here;
	exchange_serve(x);
}

static void start_body(struct connection *c, struct exchange *x)
{
	size_t limit = body_limit(c, &x->rq);

	if (x->head.length > limit) {
		refuse(c, 413, "the body is larger than is allowed here");
		return;
	}
	if (!x->head.chunked && !x->head.length) {
		exchange_serve(x);
		return;
	}
	if (is_streamed(c, &x->rq)) {
		start_stream(c, x);
		return;
	}
	x->body.max = x->head.chunked ? limit : (size_t)x->head.length;
	c->chunked = (struct chunked){ 0 };
	c->stage = STAGE_BODY;
	connection_wait(c, WAIT_BODY);
	if (x->head.expects_continue && !evbuffer_get_length(input_of(c)))
		queue(c, TEXT("HTTP/1.1 100 Continue\r\n\r\n"));
}

static void start(struct connection *c, struct text bytes)
{
	struct exchange *x = exchange_of(c);
	struct refusal refusal;

	bytes = arena_text(x->rq.arena, text_from(text_head(bytes, c->scan.at), c->scan.start));
	evbuffer_drain(input_of(c), c->scan.at);
	if (!head_read(bytes, c->scan.headers, &x->rq, &x->head, &refusal)) {
		exchange_identify(x);
		exchange_refuse(x, refusal);
		return;
	}
	exchange_identify(x);
	x->close = !x->head.keep_alive;
	if (c->misdirected)
		refuse(c, 400, "this port speaks https: write https:// before the address");
	else
		start_body(c, x);
}

/* The steps answer whether there may be more to do. */

static bool read_head(struct connection *c)
{
	const struct http_limits *limits = &c->loop->server->options.limits;
	size_t length = evbuffer_get_length(input_of(c));
	struct text bytes = { .length = length <= limits->header_bytes ? length : limits->header_bytes + 1 };
	struct refusal refusal;

	if (!length)
		return false;
	bytes.at = (const char *)evbuffer_pullup(input_of(c), (ev_ssize_t)bytes.length);
	switch (head_scan(&c->scan, bytes, limits, &refusal)) {
	case HEAD_MORE:
		if (c->wait == WAIT_IDLE)
			connection_wait(c, WAIT_HEAD);
		return false;
	case HEAD_WHOLE:
		start(c, bytes);
		return true;
	case HEAD_REFUSED:
		exchange_refuse(exchange_of(c), refusal);
		return true;
	}
	return false;
}

static enum chunked_found read_chunks(struct connection *c, struct buffer *body)
{
	enum chunked_found found = CHUNKED_MORE;
	size_t piece;

	while (found == CHUNKED_MORE && (piece = evbuffer_get_contiguous_space(input_of(c))) > 0) {
		struct text in = { (const char *)evbuffer_pullup(input_of(c), (ev_ssize_t)piece), piece };

		found = chunked_read(&c->chunked, &in, body);
		evbuffer_drain(input_of(c), piece - in.length);
	}
	return found;
}

static enum chunked_found read_counted(struct connection *c, struct exchange *x)
{
	size_t here = evbuffer_get_length(input_of(c)), left = (size_t)x->head.length - x->body.length;
	size_t n = here < left ? here : left;
	char *at = buffer_extend(&x->body, n);

	assert(at);
	evbuffer_remove(input_of(c), at, n);
	return n == left ? CHUNKED_END : CHUNKED_MORE;
}

static bool read_body(struct connection *c)
{
	struct exchange *x = c->exchange;

	switch (x->head.chunked ? read_chunks(c, &x->body) : read_counted(c, x)) {
	case CHUNKED_MORE:
		return false;
	case CHUNKED_END:
		x->rq.body = buffer_text(&x->body);
		exchange_serve(x);
		return true;
	case CHUNKED_BAD:
		refuse(c, 400, "the chunked body is malformed");
		return true;
	case CHUNKED_LARGE:
		refuse(c, 413, "the body is larger than is allowed here");
		return true;
	}
	return false;
}

/* Decodes what came; true: there is more than is wanted at once. */
static bool fill(struct connection *c)
{
	if (!c->tls)
		return false;
	switch (tls_fill(c->tls, READ_AHEAD + c->loop->server->options.limits.header_bytes)) {
	case TLS_FULL:
		return true;
	case TLS_ENDED:
		c->ended = true;
		break;
	case TLS_BROKEN:
		if (c->stage == STAGE_HEAD && !c->exchange && !c->ended)
			linger(c); /* so that the peer can read why */
		else
			connection_close(c);
		break;
	case TLS_FOREIGN:
		tls_close(c->tls);
		c->tls = NULL;
		c->misdirected = true;
		break;
	case TLS_MORE:
		break;
	}
	return false;
}

static bool read_on(struct connection *c)
{
	bool more = fill(c);

	if (c->stage == STAGE_HEAD)
		return read_head(c) || more;
	return c->stage == STAGE_BODY && (read_body(c) || more);
}

static void drain(struct evbuffer *bytes)
{
	evbuffer_drain(bytes, evbuffer_get_length(bytes));
}

static bool step(struct connection *c)
{
	switch (c->stage) {
	case STAGE_HEAD:
	case STAGE_BODY:
		return read_on(c);
	case STAGE_LINGER:
		drain(bufferevent_get_input(c->socket));
		return false;
	case STAGE_SERVE:
	case STAGE_WRITE:
	case STAGE_CLOSED:
		return false;
	}
	return false;
}

void connection_advance(struct connection *c)
{
	int steps = 0;

	if (c->advancing)
		return;
	c->advancing = true;
	while (step(c) && ++steps < AT_ONCE)
		;
	c->advancing = false;
	if (steps == AT_ONCE)
		bufferevent_trigger(c->socket, EV_READ, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
	else if (c->ended && c->stage != STAGE_SERVE && c->stage != STAGE_WRITE)
		connection_close(c);
}

/* ---- events ---- */

static void on_read(struct bufferevent *socket, void *arg)
{
	struct connection *c = arg;

	(void)socket;
	if (c->stage == STAGE_LINGER && loop_now_ms() < c->linger_ms)
		connection_wait(c, WAIT_LINGER);
	connection_advance(c);
	loop_rest(c->loop);
}

static void on_written(struct bufferevent *socket, void *arg)
{
	struct connection *c = arg;

	(void)socket;
	if (c->stage == STAGE_WRITE) {
		go_on_writing(c);
		connection_advance(c);
	} else if (c->stage == STAGE_LINGER) {
		shut_when_sent(c);
	}
	loop_rest(c->loop);
}

static void on_event(struct bufferevent *socket, short what, void *arg)
{
	struct connection *c = arg;

	(void)socket;
	if (what & BEV_EVENT_EOF && what & BEV_EVENT_READING) {
		c->ended = true;
		connection_advance(c);
	} else {
		connection_close(c);
	}
	loop_rest(c->loop);
}

void connection_open(struct loop *loop, struct bufferevent *socket, struct address peer, bool counted)
{
	struct http_server *server = loop->server;
	struct connection *c = calloc(1, sizeof *c);

	if (!c)
		abort();
	*c = (struct connection){ .loop = loop,
				  .socket = socket,
				  .fd = bufferevent_getfd(socket),
				  .peer = peer,
				  .counted = counted,
				  .file.fd = -1,
				  .tls = server->tls ? tls_open(server->tls, socket) : NULL,
				  .trusted = trusted_has(&server->trusted, peer) };
	address_write(peer, c->peer_text);
	join_queue(c);
	connection_wait(c, WAIT_HEAD);
	loop->connections++;
	atomic_fetch_add(&server->connections, 1);
	bufferevent_setcb(socket, on_read, on_written, on_event, c);
	bufferevent_setwatermark(socket, EV_WRITE, PIECE - 1, 0);
	bufferevent_setwatermark(socket, EV_READ, 0, READ_AHEAD + server->options.limits.header_bytes);
	bufferevent_enable(socket, EV_READ | EV_WRITE);
}
