/* visitor_fuzz.c - what a visitor may write into Accept-Language, If-None-Match and Idempotency-Key, and any path to the
 * router. The three lines of the input are the headers, the fourth is the path. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "serve/idempotency.c"
#include "serve/language.c"
#include "serve/reply.c"
#include "serve/router.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

static problem nothing(struct request *rq)
{
	(void)rq;
	return NULL;
}

static const struct route routes[] = {
	{ GET, "/", nothing, READS, ANYBODY },
	{ GET, "/a/{x}", nothing, READS, ANYBODY },
	{ GET, "/a/{x}/{y*}", nothing, READS, ANYBODY },
	{ POST, "/a/b/{x}/c/{y}", nothing, WRITES, ANYBODY },
	{ 0 }
};

static struct router *some_routes(void)
{
	static struct router *router;

	if (router)
		return router;
	router = router_new(arena_new(1 << 20));
	for (const struct route *route = routes; route->method; route++)
		router_add(router, route);
	return router;
}

static void try_path(struct text path)
{
	struct match match;
	bool english;

	for (enum method method = GET; method <= OPTIONS; method++)
		if (router_find(some_routes(), method, path_without_language(path, &english), &match) && match.route != &routes[0])
			assert(match_value(&match, "x").length);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	struct text rest = { (const char *)bytes, count };
	struct text accept = text_cut(&rest, '\n'), etag = text_cut(&rest, '\n'), key = text_cut(&rest, '\n'), path = text_cut(&rest, '\n');

	(void)prefers_english(accept);
	(void)names_etag(etag, TEXT("W/\"0123\""));
	if (is_key(key))
		assert(key.length <= ONCE_KEY_MAX && fits_in_header(key));
	try_path(path);
	return 0;
}
