/* event.c - from the request to the table. A request puts its events into a ring and is answered; one thread takes them out, some at a
 * time, and writes. A full ring loses the newest; what could not be written after some tries is lost too; both are counted, in the
 * metrics at once and in the table with the next batch that goes through. */
#include "event/event_room.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"

enum { GATHER_MS = 200, TRIES = 5, RETRY_MS = 1000 };

struct event_queue {
	struct db *db;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* under the lock */
	struct event ring[EVENT_QUEUE];
	size_t first, count;
	int64_t lost, lost_total, kept_total;
	bool stop;
	/* the thread's own */
	struct event taken[EVENT_WRITE];
};

bool event__put(struct event_queue *q, const struct event *event)
{
	bool room;

	assert(event->kind > EVENT_KIND_NONE && event->kind < EVENT_KIND_COUNT);
	pthread_mutex_lock(&q->lock);
	room = q->count < EVENT_QUEUE && !q->stop;
	if (room)
		q->ring[(q->first + q->count++) % EVENT_QUEUE] = *event;
	q->lost += !room;
	q->lost_total += !room;
	pthread_cond_signal(&q->wake);
	pthread_mutex_unlock(&q->lock);
	return room;
}

static void wait_ms(struct event_queue *q, int ms)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&q->wake, &q->lock, &until);
}

/* Some time for others to come along, so that one commit serves many. False: it is over. */
static bool take(struct event_queue *q, struct event_batch *ret)
{
	pthread_mutex_lock(&q->lock);
	while (!q->count && !q->stop)
		pthread_cond_wait(&q->wake, &q->lock);
	if (q->count < EVENT_WRITE && !q->stop)
		wait_ms(q, GATHER_MS);
	*ret = (struct event_batch){ .items = q->taken, .lost = q->lost };
	while (q->count && ret->count < EVENT_WRITE) {
		q->taken[ret->count++] = q->ring[q->first];
		q->first = (q->first + 1) % EVENT_QUEUE;
		q->count--;
	}
	pthread_mutex_unlock(&q->lock);
	return ret->count;
}

static void settle(struct event_queue *q, const struct event_batch *batch, problem why)
{
	pthread_mutex_lock(&q->lock);
	if (why) {
		q->lost += (int64_t)batch->count;
		q->lost_total += (int64_t)batch->count;
	} else {
		q->lost -= batch->lost;
		q->kept_total += (int64_t)batch->count;
	}
	pthread_mutex_unlock(&q->lock);
	if (why)
		log_line(LOG_ERROR, "events-lost", "why", text_of(why->type), NULL);
}

static bool wait_to_retry(struct event_queue *q)
{
	bool stop;

	pthread_mutex_lock(&q->lock);
	if (!q->stop)
		wait_ms(q, RETRY_MS);
	stop = q->stop;
	pthread_mutex_unlock(&q->lock);
	return !stop;
}

/* A commit whose end is unknown is tried again too: what is there already is passed over. */
static void *write_all(void *arg)
{
	struct event_queue *q = arg;
	struct event_batch batch;

	while (take(q, &batch)) {
		problem why = db_write(q->db, event__write, &batch);

		for (int tries = 1; why && tries < TRIES && wait_to_retry(q); tries++)
			why = db_write(q->db, event__write, &batch);
		settle(q, &batch, why);
	}
	return NULL;
}

/* ---- retention ---- */

#define JOB_PURGE "event.purge"

static problem plan_purge(struct tx *tx, void *arg)
{
	int64_t day = event_day(tx_now_ms(tx)) + 1;

	(void)arg;
	job_add(tx, JOB_PURGE, arena_format(tx_arena(tx), "%lld", (long long)day), TEXT("{}"), day * EVENT_DAY_MS);
	return tx_problem(tx);
}

static problem purge(struct tx *tx, void *arg)
{
	int64_t *gone = arg, today = event_day(tx_now_ms(tx));

	*gone = event__purge(tx, today - EVENT_KEEP_DAYS, today);
	return tx_problem(tx);
}

static problem run_purge(struct job *job)
{
	int64_t gone = 1;
	problem why = NULL;

	while (!why && gone)
		why = db_write(job->db, purge, &gone);
	return why ? why : db_write(job->db, plan_purge, NULL);
}

/* ---- news ---- */

static problem keep(struct tx *tx, void *arg) { return event__keep(tx, arg); }

/* The news' own payload is JSON within the job's. */
static problem news_of(struct job *job, json_t **ret, int64_t *ret_at_ms)
{
	json_t *news;
	problem why = json_read(job->arena, job->payload, &news);

	if (why)
		return why;
	*ret = json_object_get(news, "payload");
	*ret_at_ms = json_get_int(news, "at_ms", 0);
	return NULL;
}

static problem run_buy(struct job *job)
{
	struct event_fact fact = { .kind = EVENT_BUY, .detail = TEXT("") };
	json_t *payload;
	problem why = news_of(job, &payload, &fact.at_ms);

	if (why)
		return why;
	fact.user.v = json_get_int(payload, "buyer", 0);
	fact.work = json_get_int(payload, "work", 0);
	fact.name = arena_format(job->arena, "buy:%lld", (long long)json_get_int(payload, "order", 0));
	return db_write(job->db, keep, &fact);
}

static problem run_progress(struct job *job)
{
	struct event_fact fact = { .kind = EVENT_PROGRESS };
	json_t *payload;
	problem why = news_of(job, &payload, &fact.at_ms);

	if (why)
		return why;
	fact.user.v = json_get_int(payload, "user", 0);
	fact.work = json_get_int(payload, "work", 0);
	fact.detail = json_text(json_object_get(payload, "lesson"));
	fact.name = arena_format(job->arena, "done:%lld:%lld:%.*s", (long long)fact.user.v, (long long)fact.work, TEXT_ARG(fact.detail));
	return db_write(job->db, keep, &fact);
}

static const struct job_kind event_jobs[] = {
	{ .kind = JOB_PURGE, .run = run_purge }, { .kind = EVENT_JOB_BUY, .run = run_buy }, { .kind = EVENT_JOB_PROGRESS, .run = run_progress }, { 0 }
};

/* ---- the room's state ---- */

static problem start(struct serve *serve, void **ret_state)
{
	struct event_queue *q = calloc(1, sizeof *q);

	if (!q)
		abort();
	q->db = serve_db(serve);
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->wake, NULL);
	if (pthread_create(&q->thread, NULL, write_all, q))
		abort();
	*ret_state = q;
	return db_write(q->db, plan_purge, NULL);
}

/* What is in the ring is written before it ends. */
static void stop(void *state)
{
	struct event_queue *q = state;

	pthread_mutex_lock(&q->lock);
	q->stop = true;
	pthread_cond_signal(&q->wake);
	pthread_mutex_unlock(&q->lock);
	pthread_join(q->thread, NULL);
	pthread_cond_destroy(&q->wake);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

static void metrics(void *state, struct buffer *out)
{
	struct event_queue *q = state;
	int64_t lost, kept;
	size_t waiting;

	pthread_mutex_lock(&q->lock);
	lost = q->lost_total;
	kept = q->kept_total;
	waiting = q->count;
	pthread_mutex_unlock(&q->lock);
	buffer_format(out, "# TYPE events_written_total counter\nevents_written_total %lld\n# TYPE events_lost_total counter\nevents_lost_total %lld\n",
	              (long long)kept, (long long)lost);
	buffer_format(out, "# TYPE events_waiting gauge\nevents_waiting %zu\n", waiting);
}

const struct module event_module = {
	.name = "event", .routes = event_routes, .jobs = event_jobs, .start = start, .stop = stop, .metrics = metrics,
};
