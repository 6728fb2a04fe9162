/* csrf.c - a page of somebody else must not act for a visitor of ours.
 * Browsers say where a request comes from: Sec-Fetch-Site, or else Origin. What says neither is no browser of today; it may
 * act only as itself, that is, without a session. */
#include "serve/inside.h"

const struct problem csrf_refused = { 403, "cross-site", "The request came from another site." };

static bool comes_from_here(const struct call *call)
{
	const struct http_request *http = call->rq.http;
	struct text site = http_header(http, "Sec-Fetch-Site"), origin = http_header(http, "Origin");

	if (site.at)
		return text_is(site, "same-origin") || text_is(site, "none");
	if (origin.at)
		return text_eq_nocase(origin, call->own_origin);
	return !call->token.length;
}

problem csrf_check(const struct call *call)
{
	enum method method = call->rq.http->method;

	if (method == GET || method == HEAD || (call->rq.route->who & SIGNED) || comes_from_here(call))
		return NULL;
	return &csrf_refused;
}
