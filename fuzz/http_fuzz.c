/* http_fuzz.c - a connection from its first byte to its end, without sockets. The first byte chooses how the rest is
 * cut into pieces and when the handler answers; the rest is what a client sends.
 *
 * Promised: whatever comes, the connection ends; what reaches the handler is what http.h says (a decoded path, a body
 * within its limit, ...); and the pieces make no difference to what is served and answered. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <event2/buffer.h>

#include "http/loop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY_LIMIT = 300, TURNS_MAX = 100000 };

struct play {
	struct buffer said; /* what was served and answered, in order */
	bool later;         /* the handler answers by a note, not at once */
};

static void check_text(struct text t)
{
	for (size_t i = 0; i < t.length; i++)
		assert(t.at[i] != '\r' && t.at[i] != '\n' && t.at[i]);
}

static void check(const struct http_request *rq)
{
	char path[9000];

	assert(rq->method >= GET && rq->method <= OPTIONS);
	assert(text_is_utf8(rq->path) && (rq->path.at[0] == '/' || text_is(rq->path, "*")));
	assert(snprintf(path, sizeof path, "%.*s/", TEXT_ARG(rq->path)) == (int)rq->path.length + 1);
	assert(!strstr(path, "/../") && !strstr(path, "/./") && !strpbrk(path, "\r\n\x7f"));
	assert(rq->target.length <= 8 << 10 && rq->header_count <= 100);
	assert(rq->body.at && rq->body.length <= BODY_LIMIT);
	assert(text_is(rq->peer, "192.0.2.1") && text_is(rq->scheme, "http"));
	check_text(rq->target);
	check_text(rq->query);
	check_text(rq->host);
	for (size_t i = 0; i < rq->header_count; i++) {
		check_text(rq->headers[i].name);
		check_text(rq->headers[i].value);
		assert(rq->headers[i].name.length);
	}
}

static void answer(void *arg)
{
	struct http_request *rq = arg;
	const struct header type = { TEXT_INIT("Content-Type"), TEXT_INIT("text/plain") };

	http_reply(rq, &(struct http_reply){ .status = 200, .headers = &type, .header_count = 1, .body = rq->path });
}

static void serve(void *self, struct http_request *rq)
{
	struct play *play = *(struct play **)self;

	check(rq);
	buffer_format(&play->said, "%d %zu ", (int)rq->method, rq->header_count);
	buffer_add(&play->said, rq->host);
	buffer_add(&play->said, rq->path);
	buffer_add_char(&play->said, '?');
	buffer_add(&play->said, rq->query);
	buffer_add_char(&play->said, ' ');
	buffer_add(&play->said, rq->body);
	buffer_add_char(&play->said, '\n');
	if (play->later)
		http_on_loop(rq, answer, rq);
	else
		answer(rq);
}

static void done(void *self, const struct http_request *rq, int status, size_t bytes, int64_t us)
{
	struct play *play = *(struct play **)self;

	(void)rq, (void)bytes;
	assert(us >= 0);
	buffer_format(&play->said, "%d\n", status);
}

static size_t body_limit(void *self, enum method method, struct text path)
{
	(void)self, (void)method;
	return text_starts(path, TEXT("/none")) ? 0 : BODY_LIMIT;
}

static struct http_server *server_for(struct play **self)
{
	const struct http_server_options options = {
		.loops = 1, .serve = serve, .done = done, .body_limit = body_limit, .self = self
	};
	static struct http_server *server;

	if (!server && server_new(&options, &server))
		abort();
	return server;
}

static void turn(struct loop *loop, int times)
{
	for (int i = 0; i < times; i++)
		event_base_loop(loop->base, EVLOOP_NONBLOCK);
}

static void run(struct play *play, const uint8_t *data, size_t size, unsigned cut)
{
	static struct play *playing;
	struct http_server *server = server_for(&playing);
	struct loop *loop = &server->loops[0];
	struct bufferevent *pair[2];
	struct address peer;
	int turns = 0;

	playing = play;
	if (bufferevent_pair_new(loop->base, BEV_OPT_DEFER_CALLBACKS, pair) || !address_read(TEXT("192.0.2.1"), &peer))
		abort();
	bufferevent_enable(pair[1], EV_READ | EV_WRITE);
	connection_open(loop, pair[0], peer, false);
	while (size && loop->connections) {
		size_t piece = cut ? 1 + cut % 13 * (cut % 7) : size;

		piece = piece < size ? piece : size;
		bufferevent_write(pair[1], data, piece);
		data += piece;
		size -= piece;
		cut = cut ? (cut * 1103515245 + 12345) >> 3 | 1 : 0;
		turn(loop, 2);
	}
	if (loop->connections)
		bufferevent_flush(pair[1], EV_WRITE, BEV_FINISHED);
	while (loop->connections && ++turns < TURNS_MAX)
		turn(loop, 1);
	assert(!loop->connections && !loop->running);
	bufferevent_free(pair[1]);
	turn(loop, 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct play whole = { .said = BUFFER(8 << 20) }, pieces = { .said = BUFFER(8 << 20) };

	if (!size || size > 100000)
		return 0;
	whole.later = pieces.later = data[0] & 1;
	run(&whole, data + 1, size - 1, 0);
	run(&pieces, data + 1, size - 1, data[0] | 1);
	if (!text_eq(buffer_text(&whole.said), buffer_text(&pieces.said))) {
		fprintf(stderr, "in one piece:\n%.*s\nin pieces:\n%.*s\n", TEXT_ARG(buffer_text(&whole.said)),
			TEXT_ARG(buffer_text(&pieces.said)));
		abort();
	}
	buffer_free(&whole.said);
	buffer_free(&pieces.said);
	return 0;
}
