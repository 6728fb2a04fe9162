/* keeper.c - two threads that make assets ready: the quick one looks at every file and makes what takes seconds, the slow one
 * runs ffmpeg, one recording at a time. What is to be done stands in the rows, with a lease, so a killed program loses nothing:
 * another pass, here or in another process, finds it when the lease has ended. */
#include "media/make.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"

enum { FIRST_LOOK_S = 5, LOOK_S = 30, SWEEP_MS = 10 * 60 * 1000, MAKING_ARENA_MAX = 64 << 20, LANES = 2, QUICK = 0, SLOW = 1 };

struct lane {
	struct keeper *keeper;
	bool slow, awake, working;
	pthread_t thread;
};

struct keeper {
	struct serve *serve;
	pthread_mutex_t lock;
	pthread_cond_t wake, rest;
	atomic_bool stopping;
	int64_t swept_ms;
	struct lane lanes[LANES];
};

struct claiming {
	const struct lane *lane;
	struct asset *asset;
	struct arena *arena;
	int64_t now_ms;
};

static int64_t now_of(const struct keeper *keeper) { return world_now_ms(serve_world(keeper->serve)); }

static problem claim(struct tx *tx, void *arg)
{
	struct claiming *c = arg;

	tx_use_arena(tx, c->arena);
	return asset__claim(tx, c->lane->slow, c->now_ms, c->asset);
}

static problem look(struct tx *tx, void *arg)
{
	const struct claiming *c = arg;

	return asset__waits(tx, c->lane->slow, c->now_ms) ? NULL : &asset_missing;
}

static problem renew(struct tx *tx, void *arg)
{
	const struct making *m = arg;

	asset__renew(tx, m->asset.id, m->asset.progress, world_now_ms(serve_world(m->serve)));
	return tx_problem(tx);
}

static void tick(struct making *m) { (void)!db_write(serve_db(m->serve), renew, m); }

static problem leave(struct tx *tx, void *arg)
{
	const struct making *m = arg;

	asset__leave(tx, m->asset.id);
	return tx_problem(tx);
}

static problem made(struct tx *tx, void *arg)
{
	const struct making *m = arg;

	return asset__made(tx, &m->asset);
}

static void wake_lane(struct lane *lane)
{
	pthread_mutex_lock(&lane->keeper->lock);
	lane->awake = true;
	pthread_cond_broadcast(&lane->keeper->wake);
	pthread_mutex_unlock(&lane->keeper->lock);
}

/* A full disk, or a machine that is short of something, may be better the next time; a broken file never is. */
static bool is_passing(problem why) { return why->status >= 500 && why != &tool_missing; }

static void settle(struct making *m, problem why)
{
	if (why == &make_stopped) {
		(void)!db_write(serve_db(m->serve), leave, m);
		return;
	}
	if (why && is_passing(why) && m->asset.tries < ASSET_TRIES_MAX)
		return; /* again when the lease has ended */
	if (why) {
		log_line(LOG_ERROR, "asset-failed", "kind", text_of(asset_kind_names[m->asset.kind]), "why", text_of(why->type), NULL);
		m->asset.state = ASSET_FAILED;
		m->asset.why = text_of(why->type);
	} else {
		m->asset.tries = 0;
	}
	(void)!db_write(serve_db(m->serve), made, m);
}

static void make_one(struct lane *lane, struct arena *arena, const struct asset *asset)
{
	struct making m = { .serve = lane->keeper->serve, .arena = arena, .asset = *asset, .stopping = &lane->keeper->stopping, .tick = tick };
	problem why = asset->tries > ASSET_TRIES_MAX ? &tool_slow : lane->slow ? make_slowly(&m) : make_probe(&m);

	settle(&m, why);
	if (!lane->slow && m.asset.state == ASSET_TRANSCODING)
		wake_lane(&lane->keeper->lanes[SLOW]);
}

/* Looking costs no write, so an idle site writes nothing. */
static bool make_next(struct lane *lane)
{
	struct arena *arena = arena_new(MAKING_ARENA_MAX);
	struct db *db = serve_db(lane->keeper->serve);
	struct asset asset;
	struct claiming c = { lane, &asset, arena, now_of(lane->keeper) };
	bool found = !db_read(db, look, &c) && !db_write(db, claim, &c);

	if (found)
		make_one(lane, arena, &asset);
	arena_free(arena);
	return found;
}

/* ---- uploads that nobody finished ---- */

static problem sweep(struct tx *tx, void *arg)
{
	const struct keeper *keeper = arg;
	struct asset *all;
	size_t n;
	problem why = asset__expired(tx, now_of(keeper), &all, &n);

	for (size_t i = 0; !why && i < n; i++) {
		why = asset_drop(tx, &all[i], (struct user_id){ 0 });
		if (why == &asset_used)
			why = NULL; /* it stays; the others need not */
	}
	return why;
}

static void sweep_now_and_then(struct keeper *keeper)
{
	int64_t now_ms = now_of(keeper);

	if (now_ms - keeper->swept_ms < SWEEP_MS)
		return;
	keeper->swept_ms = now_ms;
	(void)!db_write(serve_db(keeper->serve), sweep, keeper);
}

/* ---- threads ---- */

static void sleep_awhile(struct keeper *keeper, int seconds)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += seconds;
	pthread_cond_timedwait(&keeper->wake, &keeper->lock, &until);
}

static void pass(struct lane *lane)
{
	while (!atomic_load(&lane->keeper->stopping) && make_next(lane))
		;
	if (!lane->slow && !atomic_load(&lane->keeper->stopping))
		sweep_now_and_then(lane->keeper);
}

static void *keep(void *arg)
{
	struct lane *lane = arg;
	struct keeper *keeper = lane->keeper;
	int pause_s = FIRST_LOOK_S;

	pthread_mutex_lock(&keeper->lock);
	while (!atomic_load(&keeper->stopping)) {
		if (!lane->awake)
			sleep_awhile(keeper, pause_s);
		pause_s = LOOK_S;
		lane->awake = false;
		lane->working = true;
		pthread_mutex_unlock(&keeper->lock);
		pass(lane);
		pthread_mutex_lock(&keeper->lock);
		lane->working = false;
		pthread_cond_broadcast(&keeper->rest);
	}
	pthread_mutex_unlock(&keeper->lock);
	return NULL;
}

struct keeper *keeper_start(struct serve *serve)
{
	struct keeper *keeper = calloc(1, sizeof *keeper);

	assert(keeper);
	keeper->serve = serve;
	pthread_mutex_init(&keeper->lock, NULL);
	pthread_cond_init(&keeper->wake, NULL);
	pthread_cond_init(&keeper->rest, NULL);
	for (int i = 0; i < LANES; i++) {
		keeper->lanes[i] = (struct lane){ .keeper = keeper, .slow = i == SLOW };
		if (pthread_create(&keeper->lanes[i].thread, NULL, keep, &keeper->lanes[i]))
			abort();
	}
	return keeper;
}

void keeper_stop(struct keeper *keeper)
{
	if (!keeper)
		return;
	pthread_mutex_lock(&keeper->lock);
	atomic_store(&keeper->stopping, true);
	pthread_cond_broadcast(&keeper->wake);
	pthread_mutex_unlock(&keeper->lock);
	for (int i = 0; i < LANES; i++)
		pthread_join(keeper->lanes[i].thread, NULL);
	pthread_cond_destroy(&keeper->wake);
	pthread_cond_destroy(&keeper->rest);
	pthread_mutex_destroy(&keeper->lock);
	free(keeper);
}

void keeper_wake(struct keeper *keeper) { wake_lane(&keeper->lanes[QUICK]); }

void keeper_wait(struct keeper *keeper)
{
	const struct lane *quick = &keeper->lanes[QUICK], *slow = &keeper->lanes[SLOW];

	pthread_mutex_lock(&keeper->lock);
	while (quick->awake || quick->working || slow->awake || slow->working)
		pthread_cond_wait(&keeper->rest, &keeper->lock);
	pthread_mutex_unlock(&keeper->lock);
}
