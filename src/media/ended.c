/* ended.c - whose access to a work was taken back while addresses that he was given before still hold. All of them are asked for
 * every second, so whatever the reason was, and in whatever process, it is known here soon after, after a restart too; whoever got his
 * access back is no longer among them. A range request then looks into memory and asks no database. */
#include "media/asset.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"

/* SINCE: longer than an address holds, by what clocks of several machines may differ. */
enum { SINCE_MS = (GRANT_MAX_S + 1800) * 1000, ENDED_ARENA_MAX = 64 << 20 };

struct ended {
	struct db *db;
	pthread_mutex_t lock;            /* guards what follows */
	media_ended_fn ask;              /* NULL: nobody to ask yet */
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

static media_ended_fn asked(struct ended *ended)
{
	media_ended_fn fn;

	pthread_mutex_lock(&ended->lock);
	fn = ended->ask;
	pthread_mutex_unlock(&ended->lock);
	return fn;
}

/* What could not be asked stays as it was. */
void ended_refresh(struct ended *ended)
{
	struct asking a = { .ask = asked(ended) };
	struct arena *old;
	problem why;

	if (!a.ask)
		return;
	old = a.arena = arena_new(ENDED_ARENA_MAX);
	why = db_read(ended->db, ask, &a);
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

struct ended *ended_start(struct db *db)
{
	struct ended *ended = calloc(1, sizeof *ended);

	assert(ended);
	ended->db = db;
	pthread_mutex_init(&ended->lock, NULL);
	return ended;
}

void ended_know(struct ended *ended, media_ended_fn fn)
{
	pthread_mutex_lock(&ended->lock);
	assert(!ended->ask && fn);
	ended->ask = fn;
	pthread_mutex_unlock(&ended->lock);
	ended_refresh(ended);
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
	arena_free(ended->arena);
	pthread_mutex_destroy(&ended->lock);
	free(ended);
}
