/* ticket_bench.c - what checking a signed address costs: its query is read by the route's own shape, its HMAC taken, the two compared.
 * CPU time of one check in nanoseconds, of each of ROUNDS rounds, as one line of JSON. */
#include "media/asset.h"

#include "crypto/crypto.h"

#include <time.h>

enum { ROUNDS = 5, CHECKS = 100 * 1000, ADDRESSES = 64 };

static const int64_t now_ms = 1760000000000;

struct address {
	int64_t asset;
	struct text query;
};

static int64_t cpu_ns(void)
{
	struct timespec at;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
	return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}

static struct address make_address(struct arena *arena, struct text key, int64_t n)
{
	struct ticket ticket = { .asset = { 8000000000000 + n }, .user = { 7000000000000 + n }, .work = { 6000000000000 + n }, .until_s = now_ms / 1000 + 3600 };

	return (struct address){ ticket.asset.v, arena_format(arena, "e=%lld&u=%lld&s=%.*s&w=%lld", (long long)ticket.until_s, (long long)ticket.user.v,
	                                                      TEXT_ARG(ticket_sign(arena, key, &ticket)), (long long)ticket.work.v) };
}

/* As the route does it, from the raw query on. The members are those of its shape, which is all that is known of it here. */
static bool holds(struct arena *arena, struct text key, const struct address *address)
{
	void *ask = arena_alloc(arena, ticket_ask_shape.size);
	struct field_errors errors = { 0 };
	struct ticket ticket = { .asset = { address->asset } };
	struct text signature;

	memset(ask, 0, ticket_ask_shape.size);
	if (shape_read_query(&ticket_ask_shape, arena, address->query, ask, &errors))
		return false;
	ticket.until_s = *(const int64_t *)((const char *)ask + shape_field(&ticket_ask_shape, TEXT("e"))->at);
	ticket.user.v = *(const int64_t *)((const char *)ask + shape_field(&ticket_ask_shape, TEXT("u"))->at);
	ticket.work.v = *(const int64_t *)((const char *)ask + shape_field(&ticket_ask_shape, TEXT("w"))->at);
	signature = *(const struct text *)((const char *)ask + shape_field(&ticket_ask_shape, TEXT("s"))->at);
	return ticket_holds(key, &ticket, signature, now_ms);
}

static double round_ns(struct arena *arena, struct text key, const struct address addresses[ADDRESSES])
{
	int64_t began = cpu_ns();

	for (int i = 0; i < CHECKS; i++) {
		if (!holds(arena, key, &addresses[i % ADDRESSES]))
			abort();
		arena_reset(arena);
	}
	return (double)(cpu_ns() - began) / CHECKS;
}

int main(void)
{
	static const char key_bytes[TICKET_KEY_BYTES] = "thirty-two bytes for this bench";
	struct text key = { key_bytes, sizeof key_bytes };
	struct arena *kept = arena_new(1 << 20), *arena = arena_new(1 << 20);
	struct address addresses[ADDRESSES], wrong;

	for (int i = 0; i < ADDRESSES; i++)
		addresses[i] = make_address(kept, key, i);
	wrong = addresses[0];
	wrong.asset++;
	if (holds(arena, key, &wrong))
		abort();
	(void)round_ns(arena, key, addresses);
	printf("{\"check_ns\":[");
	for (int i = 0; i < ROUNDS; i++)
		printf("%s%.1f", i ? "," : "", round_ns(arena, key, addresses));
	printf("]}\n");
	arena_free(kept);
	arena_free(arena);
	return 0;
}
