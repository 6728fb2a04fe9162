/* reply.c - what a handler answers is collected here, and sent once: validators, compression and headers are added when
 * it is certain that this is the answer. */
#include "serve/inside.h"

#include <assert.h>
#include <unistd.h>

#include "base/log.h"

static const struct problem reply_too_large = { 500, "reply-too-large", "The answer is larger than one may be." };

enum { COMPRESS_MIN = 1024 };

void reply_clear(struct reply *reply)
{
	if (reply->is_file)
		close(reply->file.fd);
	buffer_clear(&reply->body);
	*reply = (struct reply){ .body = reply->body };
}

bool reply_has(const struct reply *reply, const char *header)
{
	for (size_t i = 0; i < reply->header_count; i++)
		if (text_eq_nocase(reply->headers[i].name, text_of(header)))
			return true;
	return false;
}

static void add_header(struct reply *reply, const char *name, struct text value)
{
	assert(reply->header_count < REPLY_HEADERS_MAX);
	reply->headers[reply->header_count++] = (struct header){ text_of(name), value };
}

/* A header of our own that came from outside in part (a location, a file name) must not end its line. */
static bool fits_in_header(struct text value)
{
	for (size_t i = 0; i < value.length; i++)
		if ((unsigned char)value.at[i] < ' ' || value.at[i] == 0x7f)
			return false;
	return true;
}

void reply_header(struct request *rq, const char *name, struct text value)
{
	assert(fits_in_header(value));
	add_header(&call_of(rq)->reply, name, arena_text(rq->arena, value));
}

void reply_cookie(struct request *rq, const char *name, struct text value, int64_t max_age_s)
{
	bool tls = text_is(rq->http->scheme, "https");

	/* over plain http there is no safe cookie: only the sandbox has one */
	if (!tls && !rq->serve->options.sandbox)
		return;
	reply_header(rq, "Set-Cookie", arena_format(rq->arena, "%s%s=%.*s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s",
	                                            tls ? "__Host-" : "", name, TEXT_ARG(value), (long long)max_age_s,
	                                            tls ? "; Secure" : ""));
}

struct text request_cookie(const struct request *rq, const char *name)
{
	bool tls = text_is(rq->http->scheme, "https");

	return http_cookie(rq->http, tls ? arena_cstr(rq->arena, arena_format(rq->arena, "__Host-%s", name)) : name);
}

static struct reply *start_reply(struct request *rq, int status)
{
	struct reply *reply = &call_of(rq)->reply;

	assert(status >= 200 && status < 600);
	assert(!reply->status && "a request is answered once");
	reply->status = status;
	return reply;
}

/* What others wrote may be more than we expected of them. */
static problem check_size(struct request *rq)
{
	const struct reply *reply = &call_of(rq)->reply;

	if (!reply->body.why)
		return NULL;
	log_line(LOG_ERROR, "reply-too-large", "route", text_of(rq->route ? rq->route->path : ""), "id", rq->id, NULL);
	return &reply_too_large;
}

problem reply(struct request *rq, int status, const struct shape *gives, const void *body)
{
	struct reply *reply = start_reply(rq, status);

	reply->type = TEXT("application/json");
	shape_write(gives, &reply->body, body);
	return check_size(rq);
}

problem reply_none(struct request *rq, int status)
{
	start_reply(rq, status);
	return NULL;
}

problem reply_bytes(struct request *rq, int status, struct text content_type, struct text bytes)
{
	struct reply *reply = start_reply(rq, status);

	reply->type = arena_text(rq->arena, content_type);
	buffer_add(&reply->body, bytes);
	return check_size(rq);
}

problem reply_file(struct request *rq, int fd, int64_t size, int64_t modified_s, struct text etag, struct text content_type)
{
	struct reply *reply = start_reply(rq, 200);

	reply->is_file = true;
	reply->type = arena_text(rq->arena, content_type);
	reply->file = (struct http_file){ .fd = fd, .size = size, .modified_s = modified_s, .etag = arena_text(rq->arena, etag) };
	return NULL;
}

void reply_file_tell(struct request *rq, bool (*sent)(void *arg, int64_t at, int64_t length), void *arg)
{
	struct reply *reply = &call_of(rq)->reply;

	assert(reply->is_file);
	reply->file.sent = sent;
	reply->file.arg = arg;
}

problem reply_redirect(struct request *rq, int status, struct text location)
{
	/* "//host" and "/\host" are addresses of somebody else */
	assert(location.length && location.at[0] == '/' && (location.length == 1 || (location.at[1] != '/' && location.at[1] != '\\')));
	start_reply(rq, status);
	reply_header(rq, "Location", location);
	return NULL;
}

problem reply_redirect_out(struct request *rq, int status, struct text location)
{
	assert(text_starts(location, TEXT("https://")) || (rq->serve->options.sandbox && text_starts(location, TEXT("http://127."))));
	start_reply(rq, status);
	reply_header(rq, "Location", location);
	return NULL;
}

/* ---- sending ---- */

static struct text cache_control(const struct call *call)
{
	bool somebody = call->person.id.v;

	if (call->reply.cache.length)
		return call->reply.cache;
	if (call->reply.status >= 400 || (call->rq.route && !(call->rq.route->who & ANYBODY)))
		return TEXT("no-store");
	return somebody ? TEXT("private, no-cache") : TEXT("no-cache");
}

static bool is_read(const struct call *call)
{
	return call->rq.http->method == GET || call->rq.http->method == HEAD;
}

/* Weak, since the bytes differ by encoding; every process says the same. */
static struct text etag_of(struct arena *arena, struct text body)
{
	return arena_format(arena, "W/\"%016llx\"", (unsigned long long)text_digest(body));
}

static struct text without_weak(struct text etag)
{
	return text_starts(etag, TEXT("W/")) ? text_from(etag, 2) : etag;
}

static bool names_etag(struct text if_none_match, struct text etag)
{
	struct text rest = if_none_match;

	while (rest.at) {
		struct text one = text_trim(text_cut(&rest, ','));

		if (text_is(one, "*") || text_eq(without_weak(one), without_weak(etag)))
			return true;
	}
	return false;
}

static void add_validator(struct call *call, struct text cache)
{
	struct reply *reply = &call->reply;
	struct text etag;

	if (reply->status != 200 || !is_read(call) || !reply->body.length || text_is(cache, "no-store"))
		return;
	etag = etag_of(call->rq.http->arena, buffer_text(&reply->body));
	add_header(reply, "ETag", etag);
	if (!names_etag(http_header(call->rq.http, "If-None-Match"), etag))
		return;
	reply->status = 304;
	reply->type = (struct text){ 0 };
	buffer_clear(&reply->body);
}

static bool is_compressible(struct text type)
{
	return text_starts(type, TEXT("application/json")) || text_starts(type, TEXT("application/problem+json")) ||
	       text_starts(type, TEXT("text/")) || text_starts(type, TEXT("image/svg+xml")) ||
	       text_starts(type, TEXT("application/xml"));
}

static void compress_body(struct call *call)
{
	struct reply *reply = &call->reply;
	struct text accepted = http_header(call->rq.http, "Accept-Encoding"), body = buffer_text(&reply->body);
	struct buffer small = BUFFER(REPLY_BODY_MAX);
	const char *coding = NULL;

	if (body.length < COMPRESS_MIN || !is_compressible(reply->type) || text_starts(reply->type, TEXT("text/event-stream")) ||
	    reply_has(reply, "Content-Encoding"))
		return;
	if (http_accepts(accepted, "br") && compress_brotli(body, &small))
		coding = "br";
	else if (http_accepts(accepted, "gzip") && compress_gzip(body, &small))
		coding = "gzip";
	if (!coding) {
		buffer_free(&small);
		return;
	}
	buffer_free(&reply->body);
	reply->body = small;
	add_header(reply, "Content-Encoding", text_of(coding));
}

static void finish_headers(struct call *call)
{
	struct reply *reply = &call->reply;
	struct text cache = cache_control(call);

	if (!reply->is_file)
		add_validator(call, cache);
	if (reply->type.length)
		add_header(reply, "Content-Type", reply->type);
	if (!reply_has(reply, "Cache-Control"))
		add_header(reply, "Cache-Control", cache);
	add_header(reply, "Vary", TEXT("Accept-Encoding, Accept-Language, Cookie"));
	add_header(reply, "X-Request-Id", call->rq.id);
	security_headers(call);
	if (!reply->is_file)
		compress_body(call);
}

/* The request may be gone as soon as the reply was handed over, so what must be freed is taken out of it before. */
void reply_send(struct call *call)
{
	struct reply *reply = &call->reply;
	struct http_request *http = call->rq.http;
	struct arena *arena = call->rq.arena;
	struct buffer body;

	finish_headers(call);
	body = reply->body;
	if (reply->is_file) {
		reply->file.headers = reply->headers;
		reply->file.header_count = reply->header_count;
		http_reply_file(http, &reply->file);
	} else {
		http_reply(http, &(struct http_reply){ .status = reply->status, .headers = reply->headers,
		                                       .header_count = reply->header_count, .body = buffer_text(&body) });
	}
	buffer_free(&body);
	arena_free(arena);
}
