/* security.c - what a browser is told not to do with our answers. */
#include "serve/inside.h"

static void add(struct reply *reply, const char *name, struct text value)
{
	if (reply->header_count < REPLY_HEADERS_MAX)
		reply->headers[reply->header_count++] = (struct header){ text_of(name), value };
}

void security_headers(struct call *call)
{
	struct reply *reply = &call->reply;
	bool page = text_starts(reply->type, TEXT("text/html"));

	add(reply, "X-Content-Type-Options", TEXT("nosniff"));
	if (text_is(call->rq.http->scheme, "https"))
		add(reply, "Strict-Transport-Security", TEXT("max-age=31536000; includeSubDomains"));
	/* A browser puts the headers of a 304 over those that it kept: what the page said stays as it was. */
	if (reply->status == 304)
		return;
	if (!page) {
		/* data, not documents: opened by themselves they may do nothing */
		if (!reply_has(reply, "Content-Security-Policy"))
			add(reply, "Content-Security-Policy", TEXT("default-src 'none'; frame-ancestors 'none'; sandbox"));
		return;
	}
	add(reply, "Content-Security-Policy", call->rq.serve->policy);
	add(reply, "Referrer-Policy", TEXT("strict-origin-when-cross-origin"));
	add(reply, "Cross-Origin-Opener-Policy", TEXT("same-origin"));
	add(reply, "Permissions-Policy", TEXT("camera=(), microphone=(), geolocation=(), browsing-topics=()"));
}
