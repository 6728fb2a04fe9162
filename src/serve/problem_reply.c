/* problem_reply.c - a problem becomes an answer here and nowhere else: problem details (RFC 9457), or a page for a visitor
 * who asked for one. */
#include "serve/inside.h"

#include <assert.h>

const struct problem route_unknown_method = { 405, "method-not-allowed", "This address does not know the method." };
const struct problem too_many_requests = { 429, "too-many-requests", "Too many requests from this address." };
const struct problem content_type_wrong = { 415, "content-type", "The body must be application/json." };
const struct problem stopping_now = { 503, "stopping", "The server is stopping." };
const struct problem sign_in_required = { 401, "sign-in-required", "Sign in first." };

static void write_member(struct buffer *out, const char *name, struct text value)
{
	if (!value.at)
		return;
	buffer_add_char(out, ',');
	json_write_key(out, name);
	json_write_text(out, value);
}

static void write_errors(struct buffer *out, const struct field_errors *errors)
{
	buffer_add(out, TEXT(",\"errors\":["));
	for (size_t i = 0; i < errors->count; i++) {
		buffer_add(out, i ? TEXT(",{\"path\":") : TEXT("{\"path\":"));
		json_write_text(out, errors->items[i].path);
		write_member(out, "why", text_of(errors->items[i].why));
		buffer_add_char(out, '}');
	}
	buffer_add_char(out, ']');
}

static void write_problem(struct buffer *out, problem why, struct text detail, struct text request, const struct field_errors *errors)
{
	buffer_format(out, "{\"status\":%d", why->status);
	write_member(out, "type", text_of(why->type));
	write_member(out, "title", text_of(why->title));
	write_member(out, "detail", detail);
	write_member(out, "request", request);
	if (errors && errors->count)
		write_errors(out, errors);
	buffer_add_char(out, '}');
}

static bool wants_page(const struct call *call)
{
	const struct route *route = call->rq.route;
	enum method method = call->rq.http->method;

	return route ? route->page : !call->api && (method == GET || method == HEAD);
}

/* Headers that say more about the problem (Retry-After, Allow) outlive the reply that it replaces. */
static void keep_wait(struct call *call, struct text wait)
{
	if (wait.at)
		reply_header(&call->rq, "Retry-After", wait);
	else if (call->reply.status == 503)
		reply_header(&call->rq, "Retry-After", arena_format(call->rq.arena, "%d", RETRY_AFTER_S));
}

static struct text wait_of(const struct reply *reply)
{
	for (size_t i = 0; i < reply->header_count; i++)
		if (text_is(reply->headers[i].name, "Retry-After"))
			return reply->headers[i].value;
	return (struct text){ 0 };
}

void reply_problem(struct call *call, problem why)
{
	struct text wait = wait_of(&call->reply);

	call->outcome = why;
	reply_clear(&call->reply);
	if (wants_page(call) && !problem_page(call, why)) {
		keep_wait(call, wait);
		return;
	}
	reply_clear(&call->reply);
	call->reply.status = why->status;
	call->reply.type = TEXT("application/problem+json");
	write_problem(&call->reply.body, why, call->rq.detail, call->rq.id, &call->rq.errors);
	keep_wait(call, wait);
}

/* ---- what the server refused before there was a call ---- */

static const struct problem refusals[] = {
	{ 408, "too-slow", "The request came too slowly." },
	{ 414, "address-too-long", "The address is too long." },
	{ 417, "expectation-failed", "This expectation cannot be met." },
	{ 431, "headers-too-large", "The headers are larger than allowed." },
	{ 501, "not-implemented", "This is not known here." },
	{ 505, "http-version", "Only HTTP/1.1 is spoken here." },
};

problem refusal_of(int status)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].status == status)
			return &refusals[i];
	return status == 413 ? &problem_too_large : &problem_malformed;
}

struct text refuse_body(void *self, const struct http_request *http, int status, const char *why, struct buffer *body)
{
	problem refused = refusal_of(status);

	assert(status == refused->status);
	write_problem(body, refused, text_of(why), request_id(self, http), NULL);
	return TEXT("application/problem+json");
}
