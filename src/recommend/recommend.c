/* recommend.c - the score is a plain sum of shares, one for each ground that speaks for a work; the reason that is named is the
 * greatest of them, so it is never an excuse. Pairs that were bought together are counted by a job; lists that were shown are noted in
 * the background. */
#include "recommend/recommend_room.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#define X_NAME(id, name) [REC_##id] = name,
const char *const rec_reason_names[] = { REC_REASONS(X_NAME)[REC_REASON_COUNT] = NULL };

/* ---- sums ---- */

void rec__add(struct rec_candidates *to, struct rec_share share)
{
	struct rec_candidate *c = NULL;

	assert(share.work && share.weight > 0);
	for (size_t i = 0; i < to->count && !c; i++)
		c = to->items[i].work == share.work ? &to->items[i] : NULL;
	if (!c && to->count == REC_CANDIDATES)
		return;
	if (!c) {
		c = &to->items[to->count++];
		*c = (struct rec_candidate){ .work = share.work };
	}
	c->score += share.weight;
	if (share.weight > c->greatest) {
		c->greatest = share.weight;
		c->reason = share.reason;
		c->because = share.because;
	}
}

/* Of equals the newer work first, so that the order is one. */
static int compare(const void *a, const void *b)
{
	const struct rec_candidate *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return (x->work < y->work) - (x->work > y->work);
}

void rec__sort(struct rec_candidates *of) { qsort(of->items, of->count, sizeof *of->items, compare); }

/* ---- who bought this also bought ---- */

enum { PAIRS_STEP = 500, HOUR_MS = 3600 * 1000, RUN_EACH_HOURS = 6 };

struct pairs {
	struct rec_pair *items;
	size_t count, room, first; /* first: of the work that is being read */
	int64_t all;               /* everybody who bought anything */
	int64_t made_ms;
	size_t from;               /* of the step that is being stored */
	int64_t dropped;
};

static int by_lift(const void *a, const void *b)
{
	const struct rec_pair *x = a, *y = b;

	if (x->lift != y->lift)
		return x->lift > y->lift ? -1 : 1;
	return (x->other > y->other) - (x->other < y->other);
}

/* The best of the work whose pairs have all come. */
static void close_work(struct pairs *p)
{
	if (p->count > p->first)
		qsort(p->items + p->first, p->count - p->first, sizeof *p->items, by_lift);
	if (p->count - p->first > REC_PAIRS_KEPT)
		p->count = p->first + REC_PAIRS_KEPT;
	p->first = p->count;
}

static problem add_pair(void *arg, const void *row)
{
	const struct bought_pair *pair = row;
	struct pairs *p = arg;

	if (p->count > p->first && p->items[p->count - 1].work != pair->work.v)
		close_work(p);
	if (p->count == p->room) {
		p->room = p->room ? p->room * 2 : 1024;
		p->items = reallocarray(p->items, p->room, sizeof *p->items);
		if (!p->items)
			abort();
	}
	p->items[p->count++] = (struct rec_pair){ pair->work.v, pair->other.v, pair->buyers,
		                                  pair->buyers * p->all * 1000 / (pair->work_buyers * pair->other_buyers) };
	return NULL;
}

static problem read_pairs(struct tx *tx, void *arg)
{
	struct pairs *p = arg;
	problem why;

	p->count = p->first = 0;
	p->all = order_buyers(tx);
	why = order_bought_together(tx, REC_BUYERS_LEAST, add_pair, p);
	close_work(p);
	return why;
}

static problem store_step(struct tx *tx, void *arg)
{
	const struct pairs *p = arg;

	for (size_t i = p->from; i < p->count && i < p->from + PAIRS_STEP; i++)
		rec__store_pair(tx, &p->items[i], p->made_ms);
	return tx_problem(tx);
}

static problem drop_step(struct tx *tx, void *arg)
{
	struct pairs *p = arg;

	p->dropped = rec__drop_pairs_before(tx, p->made_ms) + rec__drop_impressions_before(tx, p->made_ms - (int64_t)396 * EVENT_DAY_MS);
	return tx_problem(tx);
}

static problem plan_pairs(struct tx *tx, void *arg)
{
	int64_t each_ms = (int64_t)RUN_EACH_HOURS * HOUR_MS, next = tx_now_ms(tx) / each_ms + 1;

	(void)arg;
	job_add(tx, REC_JOB_PAIRS, arena_format(tx_arena(tx), "%lld", (long long)next), TEXT("{}"), next * each_ms);
	return tx_problem(tx);
}

/* In steps, so that no order waits for it. A run that was cut leaves pairs of two runs, each of them true when it was made. */
static problem run_pairs(struct job *job)
{
	struct pairs p = { .made_ms = world_now_ms(db_world(job->db)), .dropped = 1 };
	problem why = db_read(job->db, read_pairs, &p);

	for (; !why && p.from < p.count; p.from += PAIRS_STEP)
		why = db_write(job->db, store_step, &p);
	while (!why && p.dropped)
		why = db_write(job->db, drop_step, &p);
	free(p.items);
	return why ? why : db_write(job->db, plan_pairs, NULL);
}

const struct job_kind rec_jobs[] = { { .kind = REC_JOB_PAIRS, .run = run_pairs }, { 0 } };

/* ---- what was shown ---- */

enum { NOTED = 4096 };

struct rec_home {
	struct serve *serve;
	pthread_mutex_t lock;
	pthread_cond_t quiet;
	int64_t pending;      /* being written */
	int64_t noted[NOTED]; /* under the lock: by their number; one that pushed another out is written again, to no effect */
	int64_t lost;
};

struct noting {
	struct db_call call;
	struct rec_home *home;
	struct rec_impression impression;
};

static problem write_impression(struct tx *tx, void *arg)
{
	rec__insert_impression(tx, &((struct noting *)arg)->impression);
	return tx_problem(tx);
}

static int64_t *place_of(struct rec_home *home, int64_t id) { return &home->noted[(uint64_t)id % NOTED]; }

static void written(void *arg, problem why)
{
	struct noting *noting = arg;
	struct rec_home *home = noting->home;

	pthread_mutex_lock(&home->lock);
	if (why) { /* the next one who is shown it brings it along again */
		*place_of(home, noting->impression.id) = 0;
		home->lost++;
	}
	if (!--home->pending)
		pthread_cond_signal(&home->quiet);
	pthread_mutex_unlock(&home->lock);
	free(noting);
}

/* False: it is to be written now. */
static bool is_noted(struct rec_home *home, int64_t id)
{
	int64_t *place = place_of(home, id);
	bool noted;

	pthread_mutex_lock(&home->lock);
	noted = *place == id;
	*place = id;
	home->pending += !noted;
	pthread_mutex_unlock(&home->lock);
	return noted;
}

void rec__log(struct serve *serve, const struct rec_impression *impression)
{
	struct rec_home *home = module_state(serve, &recommend_module);
	struct noting *noting;

	assert(impression->id > 0);
	if (is_noted(home, impression->id))
		return;
	noting = calloc(1, sizeof *noting);
	if (!noting)
		abort();
	*noting = (struct noting){ .call = { .fn = write_impression, .done = written, .arg = noting }, .home = home, .impression = *impression };
	db_write_later(serve_db(serve), &noting->call);
}

static problem start(struct serve *serve, void **ret_state)
{
	struct rec_home *home = calloc(1, sizeof *home);

	if (!home)
		abort();
	home->serve = serve;
	pthread_mutex_init(&home->lock, NULL);
	pthread_cond_init(&home->quiet, NULL);
	*ret_state = home;
	return db_write(serve_db(serve), plan_pairs, NULL);
}

/* What is still being written uses the state. */
static void stop(void *state)
{
	struct rec_home *home = state;

	pthread_mutex_lock(&home->lock);
	while (home->pending)
		pthread_cond_wait(&home->quiet, &home->lock);
	pthread_mutex_unlock(&home->lock);
	pthread_cond_destroy(&home->quiet);
	pthread_mutex_destroy(&home->lock);
	free(home);
}

static void metrics(void *state, struct buffer *out)
{
	struct rec_home *home = state;
	int64_t lost;

	pthread_mutex_lock(&home->lock);
	lost = home->lost;
	pthread_mutex_unlock(&home->lock);
	buffer_format(out, "# TYPE recommend_impressions_lost_total counter\nrecommend_impressions_lost_total %lld\n", (long long)lost);
}

const struct module recommend_module = {
	.name = "recommend", .routes = rec_routes, .jobs = rec_jobs, .start = start, .stop = stop, .metrics = metrics,
};
