/* clock.c - the gateway's business time: real time until it is moved or made to run faster. Safe from any thread. */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "sandbox.h"

enum { BEIJING_S = 8 * 3600 };

struct clock {
	struct world *world;
	pthread_mutex_t lock;
	int64_t real_ms, virtual_ms; /* the same moment on both clocks */
	int64_t speed;
};

struct clock *clock_new(struct world *world)
{
	struct clock *clock = calloc(1, sizeof(*clock));

	if (!clock || pthread_mutex_init(&clock->lock, NULL))
		abort();
	clock->world = world;
	clock->real_ms = clock->virtual_ms = world_now_ms(world);
	clock->speed = 1;
	return clock;
}

void clock_free(struct clock *clock)
{
	if (!clock)
		return;
	pthread_mutex_destroy(&clock->lock);
	free(clock);
}

int64_t clock_now_ms(struct clock *clock)
{
	int64_t now;

	pthread_mutex_lock(&clock->lock);
	now = clock->virtual_ms + (world_now_ms(clock->world) - clock->real_ms) * clock->speed;
	pthread_mutex_unlock(&clock->lock);
	return now;
}

void clock_set(struct clock *clock, int64_t now_ms, int64_t speed)
{
	assert(speed >= 0);
	pthread_mutex_lock(&clock->lock);
	clock->real_ms = world_now_ms(clock->world);
	clock->virtual_ms = now_ms;
	clock->speed = speed;
	pthread_mutex_unlock(&clock->lock);
}

int64_t clock_speed(struct clock *clock)
{
	int64_t speed;

	pthread_mutex_lock(&clock->lock);
	speed = clock->speed;
	pthread_mutex_unlock(&clock->lock);
	return speed;
}

struct text clock_rfc3339(struct arena *arena, int64_t ms)
{
	time_t s = (time_t)(ms / 1000) + BEIJING_S;
	struct tm tm;
	char out[32];

	gmtime_r(&s, &tm);
	strftime(out, sizeof(out), "%Y-%m-%dT%H:%M:%S+08:00", &tm);
	return arena_text(arena, text_of(out));
}

/* "2026-01-01T08:00:06+08:00", with a fraction of at most nine digits that is dropped, or with "Z". */
bool clock_from_rfc3339(struct text t, int64_t *ret_ms)
{
	struct tm tm = { 0 };
	char copy[40], *rest;
	int hours = 0, minutes = 0, end = 0;
	size_t fraction;

	if (t.length < 20 || t.length >= sizeof(copy) || memchr(t.at, 0, t.length) || t.at[4] != '-' || t.at[19] == ' ')
		return false;
	memcpy(copy, t.at, t.length);
	copy[t.length] = 0;
	rest = strptime(copy, "%Y-%m-%dT%H:%M:%S", &tm);
	if (rest != copy + 19)
		return false;
	if (*rest == '.') {
		fraction = strspn(rest + 1, "0123456789");
		if (!fraction || fraction > 9)
			return false;
		rest += fraction + 1;
	}
	if (strcmp(rest, "Z") &&
	    (sscanf(rest, "%*1[+-]%2d:%2d%n", &hours, &minutes, &end) != 2 || rest[end] || end != 6))
		return false;
	if (hours > 14 || minutes > 59)
		return false;
	*ret_ms = ((int64_t)timegm(&tm) - (*rest == '-' ? -1 : 1) * (hours * 3600 + minutes * 60)) * 1000;
	return true;
}
