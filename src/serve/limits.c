/* limits.c - how many requests an address may make, by kind of route; visitors with a session have buckets of their own. */
#include "serve/inside.h"

enum { SESSION_CLASS = 8 };

static const struct rate rates[] = {
	[LIMIT_NORMAL] = { .per_second = 20, .burst = 240 },
	[LIMIT_SIGN_IN] = { .per_second = 10 / 60.0, .burst = 10 },
	[LIMIT_SEARCH] = { .per_second = 10, .burst = 120 },
	[LIMIT_CODE] = { .per_second = 6 / 60.0, .burst = 20 },
	[LIMIT_EVENT] = { .per_second = 1, .burst = 60 },
	[LIMIT_VOUCHER] = { .per_second = 10 / 60.0, .burst = 20 },
	[LIMIT_PICTURE] = { .per_second = 1, .burst = 40 },
};

_Static_assert(sizeof rates / sizeof *rates <= SESSION_CLASS, "kinds and those with a session are told apart");

enum { SANDBOX_LOOPBACK_FACTOR = 100 };

static bool is_loopback(struct text peer)
{
	return text_starts(peer, TEXT("127.")) || text_is(peer, "::1");
}

static double factor_for(const struct serve *serve, struct text peer)
{
	if (!serve->rate_factor_set && serve->options.sandbox && is_loopback(peer))
		return SANDBOX_LOOPBACK_FACTOR;
	return serve->rate_factor;
}

static problem take(struct call *call, enum limit limit)
{
	const struct serve *serve = call->rq.serve;
	double factor = factor_for(serve, call->rq.http->peer);
	struct rate rate;
	char address[64];
	int64_t wait_s;

	if (limit == LIMIT_NONE || factor <= 0)
		return NULL;
	rate = (struct rate){ rates[limit].per_second * factor, rates[limit].burst * factor };
	if (rate.burst < 1)
		rate.burst = 1;
	if (rates_take(serve->rates, rate_address(call->rq.http->peer, address),
	               (unsigned)limit + (call->token.length ? SESSION_CLASS : 0), rate, call->rq.http->started_us, &wait_s))
		return NULL;
	call->rq.detail = arena_format(call->rq.http->arena, "Try again in %lld s.", (long long)wait_s);
	reply_header(&call->rq, "Retry-After", arena_format(call->rq.arena, "%lld", (long long)wait_s));
	return &too_many_requests;
}

problem limits_check(struct call *call)
{
	return take(call, call->rq.route->limit);
}

problem request_take(struct request *rq, enum limit limit)
{
	return take(call_of(rq), limit);
}
