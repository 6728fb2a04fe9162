/* ended.c - whose access to a work was taken back while addresses that he was given before still hold. A thread asks for all of them
 * every second, so whatever the reason was, and in whatever process, it is known here soon after, after a restart too; whoever got his
 * access back is no longer among them. A range request then looks into memory and asks no database. */
#include "media/asset.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"

/* SINCE: longer than an address holds, by what clocks of several machines may differ. */
enum { POLL_S = 1, SINCE_MS = (GRANT_MAX_S + 1800) * 1000, ENDED_ARENA_MAX = 64 << 20 };

struct ended {
	struct serve *serve;
	media_ended_fn ask;
	pthread_t thread;
	pthread_mutex_t lock;            /* guards what follows */
	pthread_cond_t wake;
	bool running, stopping;
	struct arena *arena;             /* NULL: not known yet */
	const struct media_ended *items; /* sorted */
	size_t count;
};

static int compare(const void *a, const void *b)
{
	const struct media_ended *x = a, *y = b;

	if (x->user.v != y->user.v)
		return x->user.v < y->user.v ? -1 : 1;
	return (x->work.v > y->work.v) - (x->work.v < y->work.v);
}

struct asking {
	media_ended_fn ask;
	struct arena *arena;
	struct media_ended *items;
	size_t count;
};

static problem ask(struct tx *tx, void *arg)
{
	struct asking *a = arg;

	tx_use_arena(tx, a->arena);
	return a->ask(tx, tx_now_ms(tx) - SINCE_MS, &a->items, &a->count);
}

/* What could not be asked stays as it was. */
static void refresh(struct ended *ended)
{
	struct asking a = { .ask = ended->ask, .arena = arena_new(ENDED_ARENA_MAX) };
	struct arena *old = a.arena;
	problem why = db_read(serve_db(ended->serve), ask, &a);

	if (why) {
		log_line(LOG_WARN, "media-ended", "problem", text_of(why->type), NULL);
	} else {
		if (a.count)
			qsort(a.items, a.count, sizeof *a.items, compare);
		pthread_mutex_lock(&ended->lock);
		old = ended->arena;
		ended->arena = a.arena;
		ended->items = a.items;
		ended->count = a.count;
		pthread_mutex_unlock(&ended->lock);
	}
	arena_free(old);
}

static bool wait_or_stop(struct ended *ended)
{
	struct timespec until;
	bool stopping;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += POLL_S;
	pthread_mutex_lock(&ended->lock);
	if (!ended->stopping)
		pthread_cond_timedwait(&ended->wake, &ended->lock, &until);
	stopping = ended->stopping;
	pthread_mutex_unlock(&ended->lock);
	return stopping;
}

static void *follow(void *arg)
{
	while (!wait_or_stop(arg))
		refresh(arg);
	return NULL;
}

struct ended *ended_start(struct serve *serve)
{
	struct ended *ended = calloc(1, sizeof *ended);

	assert(ended);
	ended->serve = serve;
	pthread_mutex_init(&ended->lock, NULL);
	pthread_cond_init(&ended->wake, NULL);
	return ended;
}

void ended_know(struct ended *ended, media_ended_fn fn)
{
	assert(!ended->ask && fn);
	ended->ask = fn;
	refresh(ended);
	ended->running = !pthread_create(&ended->thread, NULL, follow, ended);
	if (!ended->running)
		abort();
}

problem ended_check(struct ended *ended, struct media_ended of, problem when_ended)
{
	problem why = NULL;

	pthread_mutex_lock(&ended->lock);
	if (!ended->arena)
		why = &problem_busy;
	else if (ended->count && bsearch(&of, ended->items, ended->count, sizeof of, compare))
		why = when_ended;
	pthread_mutex_unlock(&ended->lock);
	return why;
}

void ended_stop(struct ended *ended)
{
	pthread_mutex_lock(&ended->lock);
	ended->stopping = true;
	pthread_cond_signal(&ended->wake);
	pthread_mutex_unlock(&ended->lock);
	if (ended->running)
		pthread_join(ended->thread, NULL);
	arena_free(ended->arena);
	pthread_cond_destroy(&ended->wake);
	pthread_mutex_destroy(&ended->lock);
	free(ended);
}
