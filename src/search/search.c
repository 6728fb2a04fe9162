/* search.c - one thread, the keeper, reads all works in at the start and then follows the news: what changed is put again,
 * what is no longer public is removed. A commit of this process wakes it at once; those of others are seen within POLL_MS.
 *
 * News come with an overlap, since commits are not in the order of their ids; those that were followed already are known
 * by APPLIED places, so that a large import is not read again and again. Large merges have a thread of their own: the
 * keeper goes on with the news meanwhile. */
#include "search/search_room.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"

enum { POLL_MS = 250, READ_STEP = 200, NEWS_STEP = 500, NEWS_MAX = 12000 /* with the overlap */, APPLIED = 1 << 15 };

const struct problem search_not_ready = { 503, "search-not-ready", "The search index is still being read in; try again in a moment." };

struct search {
	struct db *db;
	struct index *index;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool woken, stop;             /* under the lock */
	_Atomic bool ready;
	_Atomic int64_t seen_ms;      /* when the news were last all read */
	/* the keeper's own */
	int64_t cursor;
	int64_t applied[APPLIED];     /* a news id by its hash; one that pushed another out costs a look too much */
	int64_t read[NEWS_MAX];       /* ids of what one look found */
	size_t read_count, fresh_count;
	bool changed;
	struct index_merge *merge;
	pthread_t merger;
	_Atomic bool merged;
};

/* ---- reading works in ---- */

struct reading {
	struct search *search;
	struct work_id after;
	size_t count;
};

static struct index_doc doc_of(const struct catalog_search_doc *d)
{
	return (struct index_doc){
		.id = d->id.v,
		.title = d->title,
		.author = d->author,
		.author_slug = d->author_slug,
		.category = d->category,
		.category_slug = d->category_slug,
		.url = d->url,
		.summary = d->summary,
		.tags = d->tags,
		.body = d->body,
		.lessons = d->lesson_titles,
		.kind = (unsigned)d->kind,
		.price = d->price.fen,
		.published_ms = d->published_ms,
		.sales = d->sales,
		.popularity = d->popularity,
		.language = d->language,
		.hue = (uint8_t)d->hue,
		.pattern = (uint8_t)d->pattern,
	};
}

static void put(struct search *s, const struct catalog_search_doc *d)
{
	struct index_doc doc = doc_of(d);

	index_put(s->index, &doc);
}

static problem read_step(struct tx *tx, void *arg)
{
	struct reading *r = arg;
	struct catalog_search_doc *docs;
	problem why = catalog_search_docs(tx, r->after, READ_STEP, &docs, &r->count);

	if (why)
		return why;
	for (size_t i = 0; i < r->count; i++)
		put(r->search, &docs[i]);
	if (r->count)
		r->after = docs[r->count - 1].id;
	return NULL;
}

static problem newest_news(struct tx *tx, void *arg)
{
	struct search *s = arg;

	/* no higher than what is committed: a writer that is under way has its id already, and its news must come after */
	s->cursor = news_last(tx);
	return NULL;
}

static bool stopping(struct search *s)
{
	bool stop;

	pthread_mutex_lock(&s->lock);
	stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	return stop;
}

static problem read_all_works(struct search *s)
{
	struct reading r = { .search = s, .count = 1 };
	problem why = db_read(s->db, newest_news, s);

	while (!why && r.count && !stopping(s))
		why = db_read(s->db, read_step, &r);
	index_publish(s->index);
	index_tidy(s->index);
	return why;
}

/* ---- following the news ---- */

static problem put_again(struct tx *tx, struct search *s, struct work_id id)
{
	struct catalog_search_doc doc;
	problem why = catalog_search_doc(tx, id, &doc);

	if (!why)
		put(s, &doc);
	else if (why == &work_missing)
		index_remove(s->index, id.v);
	else
		return why;
	s->changed = true;
	return NULL;
}

static int64_t *applied_place(struct search *s, int64_t news)
{
	return &s->applied[((uint64_t)news * 0x9E3779B97F4A7C15u >> 32) % APPLIED];
}

/* May run again: what it puts is then put again, and only what it read in the end counts as read. */
static problem follow(struct tx *tx, void *arg)
{
	struct search *s = arg;
	struct news *news;
	size_t count;
	problem why = news_after(tx, s->cursor, NEWS_STEP, &news, &count);

	s->read_count = s->fresh_count = 0;
	for (size_t i = 0; !why && i < count; i++) {
		s->fresh_count += news[i].id > s->cursor;
		if (*applied_place(s, news[i].id) == news[i].id)
			continue;
		if (text_is(news[i].topic, CATALOG_NEWS))
			why = put_again(tx, s, (struct work_id){ news[i].subject });
		if (s->read_count < NEWS_MAX)
			s->read[s->read_count++] = news[i].id;
	}
	return why;
}

static void *merge_aside(void *arg)
{
	struct search *s = arg;

	index_merge_run(s->merge);
	s->merged = true;
	return NULL;
}

static void end_merge(struct search *s)
{
	pthread_join(s->merger, NULL);
	index_merge_end(s->index, s->merge);
	s->merge = NULL;
	s->merged = false;
}

static void merge(struct search *s)
{
	if (s->merged) {
		end_merge(s);
		index_publish(s->index);
	}
	if (s->merge)
		return;
	s->merge = index_merge_begin(s->index);
	if (s->merge && pthread_create(&s->merger, NULL, merge_aside, s))
		abort();
}

static void catch_up(struct search *s)
{
	problem why = NULL;

	s->changed = false;
	s->fresh_count = NEWS_STEP;
	while (!why && s->fresh_count == NEWS_STEP && !stopping(s)) {
		why = db_read(s->db, follow, s);
		for (size_t i = 0; !why && i < s->read_count; i++) {
			*applied_place(s, s->read[i]) = s->read[i];
			if (s->read[i] > s->cursor)
				s->cursor = s->read[i];
		}
	}
	if (s->changed)
		index_publish(s->index);
	merge(s);
	if (why)
		log_line(LOG_ERROR, "search-news", "why", text_of(why->type), NULL);
	else
		s->seen_ms = world_now_ms(db_world(s->db));
}

/* False when it is to stop. */
static bool wait_for_news(struct search *s)
{
	struct timespec until;
	bool stop;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)POLL_MS * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&s->lock);
	while (!s->stop && !s->woken && !pthread_cond_timedwait(&s->wake, &s->lock, &until))
		continue;
	s->woken = false;
	stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	return !stop;
}

static void *keep_fresh(void *arg)
{
	struct search *s = arg;
	problem why = read_all_works(s);

	while (why && wait_for_news(s)) {
		log_line(LOG_ERROR, "search-read", "why", text_of(why->type), NULL);
		why = read_all_works(s);
	}
	s->seen_ms = world_now_ms(db_world(s->db));
	s->ready = !why;
	while (wait_for_news(s))
		catch_up(s);
	if (s->merge)
		end_merge(s);
	return NULL;
}

static void wake(void *arg)
{
	struct search *s = arg;

	pthread_mutex_lock(&s->lock);
	s->woken = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
}

/* ---- the room's state ---- */

static problem start(struct serve *serve, void **ret_state)
{
	struct search *s = calloc(1, sizeof *s);

	if (!s)
		abort();
	s->db = serve_db(serve);
	s->index = index_new();
	s->seen_ms = world_now_ms(db_world(s->db));
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	if (pthread_create(&s->thread, NULL, keep_fresh, s))
		abort();
	db_on_news(s->db, wake, s);
	*ret_state = s;
	return NULL;
}

static void stop(void *state)
{
	struct search *s = state;

	db_on_news(s->db, NULL, NULL);
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	index_free(s->index);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static bool ready(void *state)
{
	const struct search *s = state;

	return s->ready;
}

static void metrics(void *state, struct buffer *out)
{
	struct search *s = state;
	struct index_size size = index_size(s->index);

	buffer_format(out, "# TYPE search_documents gauge\nsearch_documents %zu\n# TYPE search_bytes gauge\nsearch_bytes %zu\n", size.documents, size.bytes);
	buffer_format(out, "# TYPE search_lag_seconds gauge\nsearch_lag_seconds %lld\n", (long long)((world_now_ms(db_world(s->db)) - s->seen_ms) / 1000));
}

int64_t search_lag_ms(const struct serve *serve)
{
	struct search *s = module_state(serve, &search_module);

	return s->ready ? world_now_ms(db_world(s->db)) - s->seen_ms : -1;
}

struct index *search__index(const struct serve *serve)
{
	struct search *s = module_state(serve, &search_module);

	return s->ready ? s->index : NULL;
}

/* ---- what is like a work ---- */

enum { LIKE_MOST = 50 };
static const double like_least = 0.06; /* below it two works share little more than common words */

problem search_similar(const struct serve *serve, struct tx *tx, struct work_id work, size_t most, struct search_like *ret, size_t *ret_count)
{
	struct index *index = search__index(serve);
	struct index_like likes[LIKE_MOST];
	struct catalog_search_doc found;
	struct index_reader *reader;
	struct index_doc doc;
	size_t n;
	problem why = catalog_search_doc(tx, work, &found);

	*ret_count = 0;
	if (why || !index)
		return why == &work_missing ? tx_problem(tx) : why;
	doc = doc_of(&found);
	reader = index_enter(index);
	n = index_similar(reader, &doc, most < LIKE_MOST ? most : LIKE_MOST, likes);
	index_leave(reader);
	for (size_t i = 0; i < n && likes[i].share >= like_least; i++)
		ret[(*ret_count)++] = (struct search_like){ { likes[i].id }, likes[i].share };
	return NULL;
}

const struct module search_module = {
	.name = "search", .routes = search_routes, .start = start, .stop = stop, .ready = ready, .metrics = metrics,
};
