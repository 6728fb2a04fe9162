/* pool.c - who uses PostgreSQL when: as many connections as db_options.readers says, made when first needed, and as many
 * threads for the calls that do not wait. A transaction that the server could not serialize, or whose connection was lost
 * before the commit was sent, is run again on the same terms, up to DB_RETRIES_MAX times with growing, random pauses. Who lost
 * TURN_AFTER times takes the turn: no other write begins until it is through, so that nobody loses for ever. */
#include "db/postgresql.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

enum { THREADS_MAX = 64, PAUSE_MOST_US = 64000, TURN_AFTER = 4 };

struct pending {
	struct db_call *call;
	enum mode mode;
	struct pending *next;
};

struct pool {
	struct db *db;
	pthread_mutex_t lock;
	pthread_mutex_t turn;            /* taken before a connection, never after */
	pthread_cond_t freed, more;
	struct connection *idle;
	int open, most;
	struct pending *first, **last;
	size_t waiting;
	bool stop;
	pthread_t threads[THREADS_MAX];
	pthread_key_t within;            /* the connection that this thread uses */
};

/* ---- connections ---- */

static problem acquire(struct pool *pool, struct connection **ret)
{
	problem why;

	assert(!pthread_getspecific(pool->within)); /* a transaction within a transaction */
	pthread_mutex_lock(&pool->lock);
	while (!pool->idle && pool->open >= pool->most)
		pthread_cond_wait(&pool->freed, &pool->lock);
	*ret = pool->idle;
	if (*ret)
		pool->idle = (*ret)->next;
	else
		pool->open++;
	pthread_mutex_unlock(&pool->lock);
	why = *ret ? NULL : db__postgresql.connect(pool->db, ret);
	if (!why) {
		pthread_setspecific(pool->within, *ret);
		return NULL;
	}
	pthread_mutex_lock(&pool->lock);
	pool->open--;
	pthread_cond_signal(&pool->freed);
	pthread_mutex_unlock(&pool->lock);
	return why;
}

/* Where one connection was lost, those that slept are rarely better. */
static void close_list(struct connection *c)
{
	while (c) {
		struct connection *next = c->next;

		db__postgresql.disconnect(c);
		c = next;
	}
}

static void release(struct pool *pool, struct connection *c)
{
	struct connection *dead = NULL;

	pthread_setspecific(pool->within, NULL);
	pthread_mutex_lock(&pool->lock);
	c->next = pool->idle;
	pool->idle = c;
	if (c->lost) {
		dead = pool->idle;
		pool->idle = NULL;
		for (c = dead; c; c = c->next)
			pool->open--;
	}
	if (dead)
		pthread_cond_broadcast(&pool->freed);
	else
		pthread_cond_signal(&pool->freed); /* one place, one of those that wait */
	pthread_mutex_unlock(&pool->lock);
	close_list(dead);
}

/* ---- one transaction ---- */

static void pause_before(int try)
{
	int64_t now = db__monotonic_us();
	int64_t most = try < 6 ? INT64_C(1000) << try : PAUSE_MOST_US;
	uint64_t dice = ((uint64_t)now ^ (uintptr_t)&now) * UINT64_C(0x9E3779B97F4A7C15) >> 16;
	struct timespec time = { .tv_nsec = (long)(dice % (uint64_t)most) * 1000 };

	nanosleep(&time, NULL);
}

static problem end(struct tx *tx, problem why)
{
	if (!tx->begun)
		return why;
	if (why) {
		db__postgresql.rollback(tx->c);
		return why;
	}
	why = db__commit(tx->c, tx->wrote);
	return why == &db_unknown && !tx->wrote ? &db__again : why;
}

static problem run_once(struct pool *pool, struct tx *tx, struct db_call *call)
{
	problem why = acquire(pool, &tx->c);

	if (why)
		return why;
	why = end(tx, tx__run(tx, call->fn, call->arg));
	release(pool, tx->c);
	return why;
}

static problem run_again(struct pool *pool, struct tx *tx, struct db_call *call, int from, int to)
{
	problem why = &db__again;

	for (int try = from; why == &db__again && try < to; try++) {
		pause_before(try - from + 1);
		tx__clear(tx);
		if (call->again)
			call->again(call->arg);
		why = run_once(pool, tx, call);
	}
	return why;
}

static problem run_call(struct pool *pool, struct tx *tx, struct db_call *call)
{
	problem why;

	if (tx->mode == MODE_WRITE) { /* whose turn it is goes first */
		pthread_mutex_lock(&pool->turn);
		pthread_mutex_unlock(&pool->turn);
	}
	why = run_once(pool, tx, call);
	if (why == &db__again)
		why = run_again(pool, tx, call, 1, TURN_AFTER);
	if (why == &db__again) {
		pthread_mutex_lock(&pool->turn);
		why = run_again(pool, tx, call, TURN_AFTER, DB_RETRIES_MAX);
		pthread_mutex_unlock(&pool->turn);
	}
	return why == &db__again ? &db_busy : why;
}

static void run_and_answer(struct pool *pool, enum mode mode, struct db_call *call)
{
	struct tx tx = { .db = pool->db, .mode = mode };
	problem why = run_call(pool, &tx, call);

	call->done(call->arg, why);
	if (!why)
		db__committed(pool->db, tx.jobs, tx.news);
	tx__done(&tx);
}

/* ---- the queue ---- */

static void *run_queue(void *arg)
{
	struct pool *pool = arg;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		struct pending *pending = pool->first;

		if (!pending && pool->stop)
			break;
		if (!pending) {
			pthread_cond_wait(&pool->more, &pool->lock);
			continue;
		}
		pool->first = pending->next;
		if (!pool->first)
			pool->last = &pool->first;
		pool->waiting--;
		pthread_mutex_unlock(&pool->lock);
		run_and_answer(pool, pending->mode, pending->call);
		free(pending);
		pthread_mutex_lock(&pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static bool put(struct pool *pool, enum mode mode, struct db_call *call)
{
	struct pending *pending = malloc(sizeof *pending);
	bool room;

	if (!pending)
		abort();
	*pending = (struct pending){ .call = call, .mode = mode };
	pthread_mutex_lock(&pool->lock);
	assert(!pool->stop);
	room = pool->waiting < pool->db->options.queue;
	if (room) {
		pool->waiting++;
		*pool->last = pending;
		pool->last = &pending->next;
		pthread_cond_signal(&pool->more);
	}
	pthread_mutex_unlock(&pool->lock);
	if (!room)
		free(pending);
	return room;
}

void pool__later(struct db *db, enum mode mode, struct db_call *call)
{
	if (!put(db->own, mode, call))
		call->done(call->arg, &db_busy);
}

problem pool__run(struct db *db, enum mode mode, tx_fn fn, void *arg)
{
	struct db_call call = { .fn = fn, .arg = arg };
	struct tx tx = { .db = db, .mode = mode };
	problem why = run_call(db->own, &tx, &call);

	if (!why)
		db__committed(db, tx.jobs, tx.news);
	tx__done(&tx);
	return why;
}

problem pool__alone(struct db *db, problem (*fn)(struct connection *c, void *arg), void *arg)
{
	struct connection *c;
	problem why = acquire(db->own, &c);

	if (why)
		return why;
	why = fn(c, arg);
	release(db->own, c);
	return why == &db__again ? &db_busy : why;
}

/* ---- start and stop ---- */

static problem try_connection(struct connection *c, void *arg)
{
	(void)c, (void)arg;
	return NULL;
}

problem pool__start(struct db *db)
{
	struct pool *pool = calloc(1, sizeof *pool);

	if (!pool)
		abort();
	assert(db->options.readers > 0 && db->options.readers <= THREADS_MAX);
	*pool = (struct pool){ .db = db, .most = db->options.readers, .last = &pool->first };
	db->own = pool;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_mutex_init(&pool->turn, NULL);
	pthread_cond_init(&pool->freed, NULL);
	pthread_cond_init(&pool->more, NULL);
	if (pthread_key_create(&pool->within, NULL))
		abort();
	for (int i = 0; i < pool->most; i++)
		if (pthread_create(&pool->threads[i], NULL, run_queue, pool))
			abort();
	return pool__alone(db, try_connection, NULL);
}

void pool__stop(struct db *db)
{
	struct pool *pool = db->own;

	pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	pthread_cond_broadcast(&pool->more);
	pthread_mutex_unlock(&pool->lock);
	for (int i = 0; i < pool->most; i++)
		pthread_join(pool->threads[i], NULL);
	close_list(pool->idle);
	pthread_key_delete(pool->within);
	pthread_cond_destroy(&pool->more);
	pthread_cond_destroy(&pool->freed);
	pthread_mutex_destroy(&pool->turn);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}
