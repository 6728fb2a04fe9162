/* world.c - an id is a tick, which only ever grows, with the node put in: ms << 12 | node << 6 | sequence.
 * A tick is ms << 6 | sequence; the next one is the larger of "now" and "last + 1". So a clock that steps back, and a
 * millisecond that is used up, both borrow from what is to come. A restart forgets how far was borrowed: it is safe as
 * long as starting takes longer than the borrowed time, or the database's primary keys refuse the twin. */
#include "base/world.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define EPOCH_MS INT64_C(1704067200000) /* 2024-01-01T00:00:00Z */

enum { NODES = 64, SEQUENCE_BITS = 6, NODE_BITS = 6, TICK_BITS = 41 + SEQUENCE_BITS };

struct world {
	bool is_test;
	int64_t node;
	_Atomic int64_t last_tick;
	_Atomic int64_t now_ms; /* test worlds */
	_Atomic uint64_t seed;  /* test worlds */
};

static struct world *world_new(void)
{
	struct world *world = calloc(1, sizeof *world);

	if (!world)
		abort();
	return world;
}

struct world *world_real(int node)
{
	struct world *world = world_new();

	assert(node >= 0 && node < NODES);
	world->node = node;
	return world;
}

struct world *world_test(int64_t now_ms, uint64_t seed)
{
	struct world *world = world_new();

	world->is_test = true;
	world->now_ms = now_ms;
	world->seed = seed;
	return world;
}

void world_close(struct world *world)
{
	free(world);
}

int64_t world_now_ms(struct world *world)
{
	struct timespec now;

	if (world->is_test)
		return world->now_ms;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void world_move(struct world *world, int64_t by_ms)
{
	assert(world->is_test);
	world->now_ms += by_ms;
}

static void random_system(char *to, size_t count)
{
	while (count) {
		ssize_t got = getrandom(to, count, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort(); /* no secret is better than a guessable one */
		to += got;
		count -= (size_t)got;
	}
}

/* splitmix64: a counter and a mixer, so threads need no lock */
static uint64_t random_seeded(struct world *world)
{
	uint64_t z = atomic_fetch_add(&world->seed, 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void world_random(struct world *world, void *bytes, size_t count)
{
	if (!world->is_test) {
		random_system(bytes, count);
		return;
	}
	for (size_t i = 0; i < count; i += 8) {
		uint64_t eight = random_seeded(world);

		memcpy((char *)bytes + i, &eight, count - i < 8 ? count - i : 8);
	}
}

int64_t world_id(struct world *world)
{
	int64_t now = world_now_ms(world) - EPOCH_MS;
	int64_t floor = now > 0 ? now << SEQUENCE_BITS : 0;
	int64_t last = world->last_tick, tick;

	do
		tick = floor > last ? floor : last + 1;
	while (!atomic_compare_exchange_weak(&world->last_tick, &last, tick));
	assert(tick < INT64_C(1) << TICK_BITS);
	return (tick >> SEQUENCE_BITS) << (NODE_BITS + SEQUENCE_BITS) | world->node << SEQUENCE_BITS |
	       (tick & ((1 << SEQUENCE_BITS) - 1));
}
