/* news.c - facts that a room tells those above it, written in the same transaction as the fact.
 *
 * An id must not appear below a cursor that has passed it. On SQLite it never does: transactions follow one another, and
 * each takes an id above the last one. On PostgreSQL a slow transaction commits ids that are older than what was seen
 * meanwhile; so there the last OVERLAP_MS are told again. */
#include "db/internal.h"

#include <assert.h>

enum { OVERLAP_MS = 10000, OVERLAP_MAX = 10000, PAYLOAD_MAX = 1 << 20 };
static const int64_t ids_start_ms = INT64_C(1704067200000); /* of world_id: 2024-01-01, 12 bits below the millisecond */

const struct shape news_shape = SHAPE(news,
	FIELD(news, id, SHAPE_INT),
	FIELD(news, subject, SHAPE_INT),
	FIELD(news, at_ms, SHAPE_TIME),
	FIELD(news, topic, SHAPE_TEXT),
	FIELD(news, payload, SHAPE_JSON));

static void write_news(struct buffer *out, const struct news *news)
{
	buffer_format(out, "{\"id\":%lld,\"subject\":%lld,\"at_ms\":%lld,\"topic\":", (long long)news->id,
		      (long long)news->subject, (long long)news->at_ms);
	json_write_text(out, news->topic);
	buffer_add(out, TEXT(",\"payload\":"));
	buffer_add(out, news->payload);
	buffer_add_char(out, '}');
}

static void add_jobs(struct tx *tx, const struct news *news)
{
	CLEANUP(buffer_free) struct buffer payload = BUFFER(PAYLOAD_MAX + 4096);

	for (const struct news_job *job = tx->db->news_jobs; job && job->topic; job++) {
		if (!text_is(news->topic, job->topic))
			continue;
		buffer_clear(&payload);
		write_news(&payload, news);
		assert(!payload.why);
		job_add(tx, job->kind, (struct text){ 0 }, buffer_text(&payload), 0);
	}
}

static int64_t next_id(struct tx *tx)
{
	int64_t id = tx_id(tx), last;

	if (tx->db->driver->postgresql)
		return id;
	last = read_int(tx, 0, "select max(id) from news", V0);
	return last >= id ? last + 1 : id;
}

void news_add(struct tx *tx, const char *topic, int64_t subject, struct text payload)
{
	struct news news = { .subject = subject, .at_ms = tx_now_ms(tx), .topic = text_of(topic),
			     .payload = payload.at ? payload : TEXT("null") };

	assert(payload.length <= PAYLOAD_MAX);
	news.id = next_id(tx);
	run(tx, "insert into news (id, topic, subject, payload, at_ms) values ($1, $2, $3, $4, $5)",
	    V(news.id, news.topic, news.subject, news.payload, news.at_ms));
	tx->news = true;
	add_jobs(tx, &news);
}

/* Where the overlap of a cursor starts: nowhere for a cursor further back, since everything there is committed. */
static int64_t overlap_start(struct tx *tx, int64_t cursor)
{
	int64_t start = (tx_now_ms(tx) - OVERLAP_MS - ids_start_ms) << 12;

	return tx->db->driver->postgresql && start < cursor ? start : cursor;
}

problem news_after(struct tx *tx, int64_t cursor, size_t most, struct news **ret, size_t *ret_count)
{
	struct news *again = NULL, *fresh = NULL, *all;
	size_t again_count = 0, fresh_count = 0;
	int64_t start = overlap_start(tx, cursor);
	problem why = NULL;

	if (start < cursor)
		why = read_all(tx, &news_shape, OVERLAP_MAX, (void **)&again, &again_count,
			       "select id, subject, at_ms, topic, payload from news where id > $1 and id <= $2"
			       " order by id limit 10000", V(start, cursor));
	if (!why)
		why = read_all(tx, &news_shape, most, (void **)&fresh, &fresh_count,
			       "select id, subject, at_ms, topic, payload from news where id > $1 order by id limit $2",
			       V(cursor, most));
	if (why)
		return why;
	all = ARENA_ARRAY(tx_arena(tx), struct news, again_count + fresh_count + 1);
	if (again_count)
		memcpy(all, again, again_count * sizeof *all);
	if (fresh_count)
		memcpy(all + again_count, fresh, fresh_count * sizeof *all);
	*ret = all;
	*ret_count = again_count + fresh_count;
	return NULL;
}

int64_t news_last(struct tx *tx)
{
	return read_int(tx, 0, "select max(id) from news", V0);
}

/* Tails start from a cursor of their own at every start of a process, so what is older than a week helps nobody. */
void news__prune(struct tx *tx, int64_t before_ms)
{
	run(tx, "delete from news where id < $1", V((before_ms - ids_start_ms) << 12));
}

void db_news_jobs(struct db *db, const struct news_job *table)
{
	db->news_jobs = table;
}

void db_on_news(struct db *db, void (*hint)(void *arg), void *arg)
{
	pthread_mutex_lock(&db->hint_lock);
	db->hint = hint;
	db->hint_arg = arg;
	pthread_mutex_unlock(&db->hint_lock);
}
