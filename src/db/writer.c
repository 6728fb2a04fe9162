/* writer.c - who uses SQLite when. Reads run on the caller's thread, each thread on a connection and a snapshot of its
 * own. Writes queue for one thread, which runs all that wait inside one transaction, a savepoint each, so that a crowd
 * shares one fsync and a lone write waits for one only; nobody is answered before the commit.
 *
 * What a batch survives: a call that fails takes back its own savepoint. An error that makes SQLite drop the whole
 * transaction, or a commit that surely wrote nothing, makes everybody of the batch run again, one by one. A commit that
 * may have been written answers db_unknown and runs nobody again.
 *
 * A thread moves the WAL into the database every 200 ms. It never waits, so under steady writes it never finishes: when
 * the WAL has passed WAL_PAGES_MAX, the writer stops between two batches and lets it begin anew. */
#include "db/sqlite.h"

#include <assert.h>
#include <stdlib.h>

enum { CHECKPOINT_MS = 200, WAL_PAGES_MAX = 16384, WAL_PAGES_STEP = 1024, RESTART_MS = 250, REFUSED_MAX = 6 };

struct turn {
	struct db_call *call;
	struct tx tx;
	problem why;
};

struct writer {
	struct db *db;
	pthread_t thread, checkpointer;
	bool threads;

	pthread_mutex_t lock;            /* of the queue */
	pthread_cond_t more, tick;
	struct db_call *first, **last;
	size_t waiting;
	bool stop;

	pthread_mutex_t connection_lock; /* of what follows */
	struct connection *c, *checkpoints;
	struct turn turns[DB_BATCH_MAX];
	size_t n;
	int restart_at;                  /* pages */
	int refused;                     /* restarts in a row */
	_Atomic int wal_pages;
	_Atomic bool wal_moved;

	pthread_mutex_t readers_lock;
	pthread_key_t reader;
	struct connection *readers, *idle_readers;
};

/* ---- readers ---- */

/* The thread ends; its connection serves the next one. */
static void reader_back(void *connection)
{
	struct connection *c = connection;
	struct writer *w = c->db->own;

	pthread_mutex_lock(&w->readers_lock);
	c->next = w->idle_readers;
	w->idle_readers = c;
	pthread_mutex_unlock(&w->readers_lock);
}

static problem reader_new(struct writer *w, struct connection **ret)
{
	problem why = db__sqlite.connect(w->db, ret);

	if (why)
		return why;
	why = sqlite__script(*ret, "pragma query_only = on");
	if (why) {
		db__sqlite.disconnect(*ret);
		return why;
	}
	pthread_mutex_lock(&w->readers_lock);
	(*ret)->sibling = w->readers;
	w->readers = *ret;
	pthread_mutex_unlock(&w->readers_lock);
	return NULL;
}

static problem reader_of_thread(struct writer *w, struct connection **ret)
{
	problem why = NULL;

	*ret = pthread_getspecific(w->reader);
	if (*ret)
		return NULL;
	pthread_mutex_lock(&w->readers_lock);
	*ret = w->idle_readers;
	if (*ret)
		w->idle_readers = (*ret)->next;
	pthread_mutex_unlock(&w->readers_lock);
	if (!*ret)
		why = reader_new(w, ret);
	if (!why && pthread_setspecific(w->reader, *ret))
		abort();
	return why;
}

static problem read_here(struct writer *w, tx_fn fn, void *arg, struct tx *tx)
{
	problem why = reader_of_thread(w, &tx->c);

	if (why)
		return why;
	assert(!tx->c->in_use); /* a transaction within a transaction */
	tx->c->in_use = true;
	why = tx__run(tx, fn, arg);
	if (tx->begun)
		db__sqlite.rollback(tx->c);
	tx->c->in_use = false;
	return why;
}

/* ---- the queue ---- */

static bool put(struct writer *w, struct db_call *call)
{
	bool room;

	call->next = NULL;
	pthread_mutex_lock(&w->lock);
	assert(!w->stop);
	room = w->waiting < w->db->options.queue;
	if (room) {
		w->waiting++;
		*w->last = call;
		w->last = &call->next;
		pthread_cond_signal(&w->more);
	}
	pthread_mutex_unlock(&w->lock);
	return room;
}

static struct db_call *take(struct writer *w, bool wait)
{
	struct db_call *call;

	pthread_mutex_lock(&w->lock);
	while (wait && !w->first && !w->stop)
		pthread_cond_wait(&w->more, &w->lock);
	call = w->first;
	if (call) {
		w->first = call->next;
		w->waiting--;
	}
	if (!w->first)
		w->last = &w->first;
	pthread_mutex_unlock(&w->lock);
	return call;
}

/* ---- a batch ---- */

static bool lost(const struct writer *w)
{
	return sqlite3_get_autocommit(w->c->handle);
}

static problem begin_savepoint(struct tx *tx)
{
	return sqlite__do(tx->c, "savepoint call");
}

static problem begin_nothing(struct tx *tx)
{
	(void)tx;
	return NULL;
}

static struct turn *turn_new(struct writer *w, struct db_call *call)
{
	struct turn *turn = &w->turns[w->n++];

	*turn = (struct turn){ .call = call, .tx = { .db = w->db, .c = w->c, .mode = MODE_WRITE } };
	return turn;
}

static void in_savepoint(struct writer *w, struct turn *turn)
{
	problem why = NULL;

	turn->tx.begin = begin_savepoint;
	turn->why = tx__run(&turn->tx, turn->call->fn, turn->call->arg);
	if (!turn->tx.begun || lost(w))
		return;
	if (turn->why)
		why = sqlite__do(w->c, "rollback to call");
	if (!why)
		why = sqlite__do(w->c, "release call");
	if (why)
		db__sqlite.rollback(w->c);
}

static problem alone(struct writer *w, struct turn *turn)
{
	problem why = db__sqlite.begin(w->c, MODE_WRITE);

	if (why)
		return why;
	tx__clear(&turn->tx);
	turn->tx.begin = begin_nothing;
	if (turn->call->again)
		turn->call->again(turn->call->arg);
	why = tx__run(&turn->tx, turn->call->fn, turn->call->arg);
	if (!why && !lost(w))
		return db__commit(w->c, turn->tx.wrote);
	db__sqlite.rollback(w->c);
	return why ? why : &db_failed;
}

static void one_by_one(struct writer *w)
{
	for (size_t i = 0; i < w->n; i++)
		w->turns[i].why = alone(w, &w->turns[i]);
}

/* Who had failed by itself is told nothing of it: it may have seen what a neighbour did and lost. */
static void fail_all(struct writer *w, problem why)
{
	for (size_t i = 0; i < w->n; i++)
		w->turns[i].why = why != &db_unknown || w->turns[i].tx.wrote ? why : &db_failed;
}

static void commit_all(struct writer *w)
{
	bool wrote = false;
	problem why;

	for (size_t i = 0; i < w->n; i++)
		wrote |= !w->turns[i].why && w->turns[i].tx.wrote;
	why = db__commit(w->c, wrote);
	if (!why)
		return;
	if (why == &db_failed || why == &db_unknown || w->n == 1)
		fail_all(w, why);
	else
		one_by_one(w);
}

static void answer_all(struct writer *w)
{
	bool jobs = false, news = false;

	for (size_t i = 0; i < w->n; i++) {
		struct turn *turn = &w->turns[i];

		jobs |= !turn->why && turn->tx.jobs;
		news |= !turn->why && turn->tx.news;
		turn->call->done(turn->call->arg, turn->why);
		tx__done(&turn->tx);
	}
	db__committed(w->db, jobs, news);
}

static void run_batch(struct writer *w, struct db_call *call)
{
	int64_t end = db__monotonic_us() + DB_BATCH_US;
	problem why = db__sqlite.begin(w->c, MODE_WRITE);

	if (why) {
		turn_new(w, call)->why = why;
		while (w->n < DB_BATCH_MAX && (call = take(w, false)))
			turn_new(w, call)->why = why;
		return;
	}
	do
		in_savepoint(w, turn_new(w, call));
	while (!lost(w) && w->n < DB_BATCH_MAX && db__monotonic_us() < end && (call = take(w, false)));
	if (lost(w))
		one_by_one(w);
	else
		commit_all(w);
}

/* A reader that stays (a backup, of this process or another) is not waited for again and again: ever more pages come between. */
static void restart_wal(struct writer *w)
{
	int pages = w->wal_pages;

	if (pages < w->restart_at || w->db->snapshots)
		return;
	sqlite3_busy_timeout(w->c->handle, RESTART_MS);
	if (sqlite3_wal_checkpoint_v2(w->c->handle, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL) == SQLITE_OK)
		w->refused = 0, w->restart_at = WAL_PAGES_MAX;
	else
		w->restart_at = pages + (WAL_PAGES_STEP << (w->refused < REFUSED_MAX ? w->refused++ : REFUSED_MAX));
	sqlite3_busy_timeout(w->c->handle, w->db->options.busy_ms);
}

static void *write_all(void *arg)
{
	struct writer *w = arg;
	struct db_call *call;

	while ((call = take(w, true))) {
		pthread_mutex_lock(&w->connection_lock);
		w->n = 0;
		run_batch(w, call);
		answer_all(w);
		restart_wal(w);
		pthread_mutex_unlock(&w->connection_lock);
	}
	return NULL;
}

/* ---- checkpoints ---- */

static int count_pages(void *arg, sqlite3 *handle, const char *name, int pages)
{
	struct writer *w = arg;

	(void)handle, (void)name;
	w->wal_pages = pages;
	w->wal_moved = true;
	return SQLITE_OK;
}

static void checkpoint(struct writer *w)
{
	int pages = 0, done = 0;

	if (!atomic_exchange(&w->wal_moved, false))
		return;
	if (sqlite3_wal_checkpoint_v2(w->checkpoints->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &done) != SQLITE_OK ||
	    done < pages)
		w->wal_moved = true; /* a reader, or the disk, is in the way: next time */
}

static void *checkpoint_all(void *arg)
{
	struct writer *w = arg;

	pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		struct timespec next = db__monotonic_after(CHECKPOINT_MS);

		pthread_cond_timedwait(&w->tick, &w->lock, &next);
		pthread_mutex_unlock(&w->lock);
		checkpoint(w);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* ---- the driver's part ---- */

struct waiter {
	struct db_call call;
	tx_fn fn;
	void *arg;
	pthread_mutex_t lock;
	pthread_cond_t over;
	bool done;
	problem why;
};

static problem run_for_waiter(struct tx *tx, void *arg)
{
	struct waiter *waiter = arg;

	return waiter->fn(tx, waiter->arg);
}

static void wake(void *arg, problem why)
{
	struct waiter *waiter = arg;

	pthread_mutex_lock(&waiter->lock);
	waiter->why = why;
	waiter->done = true;
	pthread_cond_signal(&waiter->over);
	pthread_mutex_unlock(&waiter->lock);
}

static problem write_waiting(struct writer *w, tx_fn fn, void *arg)
{
	struct connection *reader = pthread_getspecific(w->reader);
	struct waiter waiter = { .call = { .fn = run_for_waiter, .done = wake, .arg = &waiter }, .fn = fn, .arg = arg };

	assert(!pthread_equal(pthread_self(), w->thread)); /* it would wait for itself */
	assert(!reader || !reader->in_use);
	pthread_mutex_init(&waiter.lock, NULL);
	pthread_cond_init(&waiter.over, NULL);
	if (put(w, &waiter.call)) {
		pthread_mutex_lock(&waiter.lock);
		while (!waiter.done)
			pthread_cond_wait(&waiter.over, &waiter.lock);
		pthread_mutex_unlock(&waiter.lock);
	} else {
		waiter.why = &db_busy;
	}
	pthread_cond_destroy(&waiter.over);
	pthread_mutex_destroy(&waiter.lock);
	return waiter.why;
}

problem writer__run(struct db *db, enum mode mode, tx_fn fn, void *arg)
{
	struct tx tx = { .db = db, .mode = MODE_READ };
	problem why;

	if (mode != MODE_READ)
		return write_waiting(db->own, fn, arg);
	why = read_here(db->own, fn, arg, &tx);
	tx__done(&tx);
	return why;
}

void writer__later(struct db *db, enum mode mode, struct db_call *call)
{
	struct tx tx = { .db = db, .mode = MODE_READ };

	if (mode == MODE_READ) {
		call->done(call->arg, read_here(db->own, call->fn, call->arg, &tx));
		tx__done(&tx);
	} else if (!put(db->own, call)) {
		call->done(call->arg, &db_busy);
	}
}

problem writer__alone(struct db *db, problem (*fn)(struct connection *c, void *arg), void *arg)
{
	struct writer *w = db->own;
	problem why;

	pthread_mutex_lock(&w->connection_lock);
	why = fn(w->c, arg);
	pthread_mutex_unlock(&w->connection_lock);
	return why;
}

/* Nobody asks how much memory SQLite holds, and counting it takes one lock of the whole process for every piece. */
static void set_up_sqlite(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* refused, and no harm done, where SQLite runs already */
}

problem writer__start(struct db *db)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct writer *w = calloc(1, sizeof *w);
	problem why;

	if (!w)
		abort();
	pthread_once(&once, set_up_sqlite);
	*w = (struct writer){ .db = db, .last = &w->first, .restart_at = WAL_PAGES_MAX };
	db->own = w;
	pthread_mutex_init(&w->lock, NULL);
	pthread_mutex_init(&w->connection_lock, NULL);
	pthread_mutex_init(&w->readers_lock, NULL);
	pthread_cond_init(&w->more, NULL);
	db__cond_init(&w->tick);
	if (pthread_key_create(&w->reader, reader_back))
		abort();
	why = db__sqlite.connect(db, &w->c);
	if (!why)
		why = db__sqlite.connect(db, &w->checkpoints);
	if (why)
		return why;
	sqlite3_wal_hook(w->c->handle, count_pages, w);
	if (pthread_create(&w->thread, NULL, write_all, w) || pthread_create(&w->checkpointer, NULL, checkpoint_all, w))
		abort();
	w->threads = true;
	return NULL;
}

static void join_threads(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->more);
	pthread_cond_broadcast(&w->tick);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_join(w->checkpointer, NULL);
}

void writer__stop(struct db *db)
{
	struct writer *w = db->own;

	if (w->threads)
		join_threads(w);
	pthread_key_delete(w->reader);
	for (struct connection *c = w->readers, *next; c; c = next) {
		next = c->sibling;
		assert(!c->in_use);
		db__sqlite.disconnect(c);
	}
	if (w->checkpoints)
		db__sqlite.disconnect(w->checkpoints);
	if (w->c)
		db__sqlite.disconnect(w->c);
	pthread_cond_destroy(&w->tick);
	pthread_cond_destroy(&w->more);
	pthread_mutex_destroy(&w->readers_lock);
	pthread_mutex_destroy(&w->connection_lock);
	pthread_mutex_destroy(&w->lock);
	free(w);
}
