/* slow.c - which statements take long: a table of fixed size, measured around each.
 *
 * SETS sets of WAYS places, each set under a lock of its own that is held for some twenty instructions; the address of a
 * statement says its set. A set that is full forgets the statement that took least in all, so what matters stays. */
#include "db/internal.h"
#include "db/watch.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

enum { SETS = 64, WAYS = SLOW_MAX / SETS, STEPS = 32 };

struct place {
	int64_t count, total_ns, worst_ns;
	uint32_t steps[STEPS];     /* how many took less than 2^k microseconds */
};

struct slow {
	struct slow_set {
		pthread_mutex_t lock;
		const char *texts[WAYS]; /* NULL: free; beside each other, since all are looked through */
		struct place places[WAYS];
	} sets[SETS];
};

struct slow *slow__new(void)
{
	struct slow *slow = calloc(1, sizeof *slow);

	if (!slow)
		abort();
	for (size_t i = 0; i < SETS; i++)
		pthread_mutex_init(&slow->sets[i].lock, NULL);
	return slow;
}

void slow__free(struct slow *slow)
{
	for (size_t i = 0; slow && i < SETS; i++)
		pthread_mutex_destroy(&slow->sets[i].lock);
	free(slow);
}

int64_t slow__now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static size_t least_of(const struct slow_set *set)
{
	size_t least = 0;

	for (size_t i = 0; i < WAYS; i++) {
		if (!set->texts[i])
			return i;
		if (set->places[i].total_ns < set->places[least].total_ns)
			least = i;
	}
	return least;
}

static struct place *place_of(struct slow_set *set, const char *sql)
{
	size_t at;

	for (size_t i = 0; i < WAYS; i++)
		if (set->texts[i] == sql)
			return &set->places[i];
	at = least_of(set);
	set->texts[at] = sql;
	set->places[at] = (struct place){ 0 };
	return &set->places[at];
}

static int step_of(int64_t ns)
{
	uint64_t us = (uint64_t)ns / 1000;
	int step = us ? 64 - __builtin_clzll(us) : 0;

	return step < STEPS ? step : STEPS - 1;
}

void slow__add(struct slow *slow, const char *sql, int64_t ns)
{
	struct slow_set *set = &slow->sets[((uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15) >> 40) % SETS];
	struct place *place;

	ns = ns > 0 ? ns : 0;
	pthread_mutex_lock(&set->lock);
	place = place_of(set, sql);
	place->count++;
	place->total_ns += ns;
	if (ns > place->worst_ns)
		place->worst_ns = ns;
	place->steps[step_of(ns)]++;
	pthread_mutex_unlock(&set->lock);
}

/* ---- looking ---- */

static int64_t p99_us(const struct place *place)
{
	int64_t worst_us = (place->worst_ns + 999) / 1000, seen = 0;
	int k = 0;

	for (; k < STEPS - 1; k++) {
		seen += place->steps[k];
		if (seen * 100 >= place->count * 99)
			break;
	}
	return INT64_C(1) << k < worst_us ? INT64_C(1) << k : worst_us;
}

static int most_first(const void *a, const void *b)
{
	const struct slow_statement *one = a, *other = b;

	return one->total_us < other->total_us ? 1 : one->total_us > other->total_us ? -1 : 0;
}

static size_t read_set(struct slow_set *set, struct slow_statement *ret)
{
	size_t n = 0;

	pthread_mutex_lock(&set->lock);
	for (size_t i = 0; i < WAYS; i++) {
		const struct place *place = &set->places[i];

		if (set->texts[i])
			ret[n++] = (struct slow_statement){ .sql = text_of(set->texts[i]), .count = place->count, .total_us = place->total_ns / 1000,
				                            .worst_us = (place->worst_ns + 999) / 1000, .p99_us = p99_us(place) };
	}
	pthread_mutex_unlock(&set->lock);
	return n;
}

size_t db_slow(struct db *db, struct arena *arena, size_t most, struct slow_statement **ret)
{
	struct slow_statement *all = ARENA_ARRAY(arena, struct slow_statement, SLOW_MAX);
	size_t n = 0;

	for (size_t i = 0; i < SETS; i++)
		n += read_set(&db->slow->sets[i], all + n);
	qsort(all, n, sizeof *all, most_first);
	*ret = all;
	return n < most ? n : most;
}
