/* exchange.c - a request, its handler and its answer. */
#include "http/loop.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	SPARES_MAX = 64,
	BODY_KEPT = 64 << 10, /* room of a body that is kept for the next request */
	REFUSAL_MAX = 64 << 10,
	ARENA_MAX = 512 << 20, /* every input is bounded far below */
};

static struct exchange *exchange_of(struct http_request *rq)
{
	return (struct exchange *)(void *)rq;
}

struct exchange *exchange_new(struct connection *c)
{
	struct loop *loop = c->loop;
	struct exchange *x = loop->spare;

	if (x) {
		loop->spare = x->next;
		loop->spares--;
	} else {
		x = calloc(1, sizeof *x);
		if (!x)
			abort();
		x->rq.arena = arena_new(ARENA_MAX);
	}
	x->loop = loop;
	x->connection = c;
	x->stream.fd = -1;
	x->rq.number = atomic_fetch_add(&loop->server->number, 1) + 1;
	x->rq.started_us = loop_now_us();
	x->rq.work_us = -1;
	x->rq.scheme = TEXT("http");
	x->rq.peer = text_of(c->peer_text);
	return x;
}

void exchange_destroy(struct exchange *x)
{
	stream_close(x);
	arena_free(x->rq.arena);
	buffer_free(&x->body);
	free(x);
}

void exchange_free(struct exchange *x)
{
	struct loop *loop = x->loop;
	struct exchange empty = { .rq.arena = x->rq.arena, .body = x->body, .stream.fd = -1 };

	if (loop->spares >= SPARES_MAX) {
		exchange_destroy(x);
		return;
	}
	stream_close(x);
	arena_reset(x->rq.arena);
	if (x->body.room > BODY_KEPT)
		buffer_free(&empty.body);
	buffer_clear(&empty.body);
	*x = empty;
	x->next = loop->spare;
	loop->spare = x;
	loop->spares++;
}

static void take_proxy_word(struct exchange *x)
{
	const struct http_server *server = x->loop->server;
	struct text scheme = { 0 };

	x->rq.peer = address_write(trusted_peer(&server->trusted, &x->rq, x->connection->peer), x->peer);
	for (size_t i = 0; i < x->rq.header_count; i++)
		if (text_eq_nocase(x->rq.headers[i].name, TEXT("x-forwarded-proto")))
			scheme = x->rq.headers[i].value;
	if (scheme.at)
		x->rq.scheme = text_eq_nocase(scheme, TEXT("https")) ? TEXT("https") : TEXT("http");
}

void exchange_identify(struct exchange *x)
{
	memcpy(x->peer, x->connection->peer_text, sizeof x->peer);
	x->rq.peer = text_of(x->peer);
	x->rq.scheme = x->connection->tls ? TEXT("https") : TEXT("http");
	if (x->connection->trusted)
		take_proxy_word(x);
}

void exchange_serve(struct exchange *x)
{
	const struct http_server_options *options = &x->loop->server->options;

	if (!x->rq.body.at)
		x->rq.body = TEXT("");
	x->connection->stage = STAGE_SERVE;
	x->served_us = loop_now_us();
	x->loop->running++;
	x->serving = true;
	options->serve(options->self, &x->rq);
	x->serving = false;
	if (x->finished)
		exchange_free(x);
	else if (x->connection && x->connection->stage == STAGE_SERVE)
		connection_wait(x->connection, WAIT_NONE);
}

bool exchange_tell(struct exchange *x, size_t out)
{
	int64_t all = out > x->sent.head ? (int64_t)(out - x->sent.head) : 0, more = all > x->sent.told ? all - x->sent.told : 0;
	int64_t at = x->sent.at;

	if (!x->sent.fn)
		return true;
	x->sent.at += more;
	x->sent.told += more;
	return x->sent.fn(x->sent.arg, at, more);
}

void exchange_finish(struct exchange *x)
{
	const struct http_server_options *options = &x->loop->server->options;

	exchange_tell(x, x->bytes);
	if (x->status && options->done)
		options->done(options->self, &x->rq, x->status, x->bytes, loop_now_us() - x->rq.started_us);
	if (x->serving)
		x->finished = true;
	else
		exchange_free(x);
}

/* ---- answering, on the loop's thread ---- */

static struct text compose(struct exchange *x, int status, struct text lines, uint64_t length)
{
	struct loop *loop = x->loop;

	x->close = x->close || loop->stopping || x->stream.left;
	buffer_clear(&loop->scratch);
	answer_head(&loop->scratch, &(struct answer_head){ .status = status,
							   .lines = lines,
							   .length = length,
							   .date = loop_date(loop),
							   .close = x->close,
							   .old = x->head.old });
	assert(!loop->scratch.why);
	return buffer_text(&loop->scratch);
}

static bool is_sent_with_body(const struct exchange *x)
{
	return x->rq.method != HEAD && answer_has_body(x->status);
}

/* What follows takes as long as the client's line does. */
static void note_ready(struct exchange *x, int status)
{
	x->status = status;
	if (x->served_us && !x->rq.body_length)
		x->rq.work_us = loop_now_us() - x->served_us;
}

static void answer(struct exchange *x, int status, struct text lines, struct text body)
{
	struct text head;

	note_ready(x, status);
	if (!x->connection) {
		exchange_finish(x);
		return;
	}
	head = compose(x, status, lines, body.length);
	connection_send(x->connection, head, is_sent_with_body(x) ? body : (struct text){ 0 });
}

static void answer_file(struct exchange *x, int status, struct text lines, const struct file_piece *piece)
{
	struct text head;

	note_ready(x, status);
	if (!x->connection || !piece->length || !is_sent_with_body(x)) {
		close(piece->fd);
		if (!x->connection)
			exchange_finish(x);
		else
			connection_send(x->connection, compose(x, status, lines, (uint64_t)piece->length),
					(struct text){ 0 });
		return;
	}
	head = compose(x, status, lines, (uint64_t)piece->length);
	x->sent.fn = piece->sent;
	x->sent.arg = piece->arg;
	x->sent.head = head.length;
	x->sent.at = piece->at;
	connection_send_file(x->connection, head, piece);
}

void exchange_refuse(struct exchange *x, struct refusal refusal)
{
	const struct http_server_options *options = &x->loop->server->options;
	struct buffer body = BUFFER(REFUSAL_MAX), lines = BUFFER(ANSWER_HEAD_MAX);
	struct text type = TEXT("text/plain; charset=utf-8");

	if (options->refuse)
		type = options->refuse(options->self, &x->rq, refusal.status, refusal.why, &body);
	else
		buffer_format(&body, "%d: %s\n", refusal.status, refusal.why);
	x->close = true;
	answer_line(&lines, "Content-Type", type);
	answer(x, refusal.status, buffer_text(&lines), buffer_text(&body));
	buffer_free(&lines);
	buffer_free(&body);
}

void exchange_note(struct note *note)
{
	struct exchange *x = note->exchange;
	struct connection *c = x ? x->connection : NULL;
	struct text lines = { note->bytes, note->lines }, body = { note->bytes + note->lines, note->body };

	switch (note->kind) {
	case NOTE_ANSWER:
		x->loop->running--;
		answer(x, note->status, lines, body);
		break;
	case NOTE_FILE:
		x->loop->running--;
		answer_file(x, note->status, lines, &note->piece);
		break;
	case NOTE_CALL:
		note->fn(note->arg);
		break;
	}
	free(note);
	if (c)
		connection_advance(c);
}

void exchange_drop_note(struct note *note)
{
	struct http_server *server = note->loop->server;

	if (note->kind == NOTE_CALL)
		note->fn(note->arg);
	else
		exchange_destroy(note->exchange);
	if (note->kind == NOTE_FILE)
		close(note->piece.fd);
	if (note->kind != NOTE_CALL)
		server_release(server, 1);
	free(note);
}

/* ---- answering, from anywhere ---- */

static struct note *note_new(struct exchange *x, enum note_kind kind, struct text lines, struct text body)
{
	struct note *note = malloc(sizeof *note + lines.length + body.length);

	if (!note)
		abort();
	*note = (struct note){
		.kind = kind, .loop = x->loop, .exchange = x, .lines = lines.length, .body = body.length
	};
	memcpy(note->bytes, lines.at, lines.length);
	if (body.length)
		memcpy(note->bytes + lines.length, body.at, body.length);
	return note;
}

static void claim(struct exchange *x)
{
	bool answered = atomic_exchange(&x->answered, true);

	assert(!answered);
}

void http_reply(struct http_request *rq, const struct http_reply *reply)
{
	struct exchange *x = exchange_of(rq);
	struct loop *loop = x->loop;
	struct connection *c;

	claim(x);
	if (loop_is_here(loop)) {
		c = x->connection;
		buffer_clear(&loop->lines);
		answer_lines(&loop->lines, reply->headers, reply->header_count);
		assert(!loop->lines.why);
		loop->running--;
		answer(x, reply->status, buffer_text(&loop->lines), reply->body);
		if (c)
			connection_advance(c);
	} else {
		CLEANUP(buffer_free) struct buffer lines = BUFFER(ANSWER_HEAD_MAX);
		struct note *note;

		answer_lines(&lines, reply->headers, reply->header_count);
		assert(!lines.why);
		note = note_new(x, NOTE_ANSWER, buffer_text(&lines), reply->body);
		note->status = reply->status;
		loop_post(loop, note);
	}
}

void http_reply_file(struct http_request *rq, const struct http_file *file)
{
	CLEANUP(buffer_free) struct buffer lines = BUFFER(ANSWER_HEAD_MAX);
	struct exchange *x = exchange_of(rq);
	struct file_part part = file_part(rq, file);
	struct file_piece piece = { .fd = file->fd, .at = part.at, .length = part.length, .sent = file->sent, .arg = file->arg };
	struct loop *loop = x->loop;

	claim(x);
	file_lines(&lines, rq, file, part);
	assert(!lines.why);
	if (loop_is_here(loop)) {
		struct connection *c = x->connection;

		loop->running--;
		answer_file(x, part.status, buffer_text(&lines), &piece);
		if (c)
			connection_advance(c);
	} else {
		struct note *note = note_new(x, NOTE_FILE, buffer_text(&lines), (struct text){ 0 });

		note->status = part.status;
		note->piece = piece;
		loop_post(loop, note);
	}
}

void http_on_loop(struct http_request *rq, void (*fn)(void *arg), void *arg)
{
	struct exchange *x = exchange_of(rq);
	struct note *note = note_new(x, NOTE_CALL, TEXT(""), TEXT(""));

	note->exchange = NULL; /* it may be answered before the call comes */
	note->fn = fn;
	note->arg = arg;
	loop_post(x->loop, note);
}
