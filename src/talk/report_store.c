/* report_store.c - SQL of reports. */
#include "talk/report_room.h"

static const struct shape report_row = SHAPE(report,
	FIELD(report, id,          SHAPE_INT),
	FIELD(report, post,        SHAPE_INT),
	FIELD(report, user,        SHAPE_ID),
	FIELD(report, reason,      SHAPE_ENUM, .names = report_reason_names),
	FIELD(report, words,       SHAPE_TEXT),
	FIELD(report, independent, SHAPE_BOOL),
	FIELD(report, created_ms,  SHAPE_TIME));

void report__insert(struct tx *tx, const struct report *r)
{
	run(tx, "insert into report (id, post_id, user_id, reason, words, independent, created_ms, settled_ms) values ($1, $2, $3, $4, $5, $6, $7, 0)",
	    V(r->id, r->post, r->user.v, report_reason_names[r->reason], r->words, r->independent, r->created_ms));
}

bool report__made(struct tx *tx, int64_t post, struct user_id user)
{
	return read_int(tx, 0, "select 1 from report where post_id = $1 and user_id = $2", V(post, user.v)) == 1;
}

int64_t report__count_since(struct tx *tx, struct user_id user, int64_t since_ms)
{
	return read_int(tx, 0, "select count(*) from report where user_id = $1 and created_ms > $2", V(user.v, since_ms));
}

int64_t report__count_independent(struct tx *tx, int64_t post)
{
	return read_int(tx, 0, "select count(*) from report where post_id = $1 and settled_ms = 0 and independent = 1", V(post));
}

problem report__of_post(struct tx *tx, int64_t post, int64_t after, struct report **ret, size_t *ret_count)
{
	return read_all(tx, &report_row, REPORTS_SHOWN_MAX, (void **)ret, ret_count,
	                "select id, post_id, user_id, reason, words, independent, created_ms from report where post_id = $1 and settled_ms = 0 and id > $2"
	                " order by id limit $3",
	                V(post, after, REPORTS_SHOWN_MAX));
}

int64_t report__settle(struct tx *tx, int64_t post)
{
	return run_count(tx, "update report set settled_ms = $1 where post_id = $2 and settled_ms = 0", V(tx_now_ms(tx), post));
}

void report__carry(struct tx *tx, const struct post *review)
{
	run(tx,
	    "update report set post_id = $1 where settled_ms = 0 and post_id = (select max(id) from post where user_id = $2 and work_id = $3"
	    " and kind = 'review' and state = 'deleted')",
	    V(review->id, review->user.v, review->work.v));
}

struct queued {
	int64_t post;
};
static const struct shape queued_row = SHAPE(queued, FIELD(queued, post, SHAPE_INT));

static problem ids(struct tx *tx, bool hidden, struct queued **ret, size_t *ret_count)
{
	if (hidden)
		return read_all(tx, &queued_row, QUEUE_MAX, (void **)ret, ret_count, "select id from post where state = 'hidden' order by id desc limit $1", V(QUEUE_MAX));
	return read_all(tx, &queued_row, QUEUE_MAX, (void **)ret, ret_count,
	                "select p.id from post p join report r on r.post_id = p.id where r.settled_ms = 0 and p.state in ('shown', 'held')"
	                " group by p.id, p.state order by case when p.state = 'held' then 0 else 1 end, count(*) desc, min(r.created_ms), p.id limit $1",
	                V(QUEUE_MAX));
}

problem report__queue(struct tx *tx, bool hidden, struct post **ret, size_t *ret_count)
{
	struct queued *rows;
	size_t n;
	problem why = ids(tx, hidden, &rows, &n);

	if (why)
		return why;
	*ret = ARENA_ARRAY(tx_arena(tx), struct post, n);
	for (*ret_count = 0; !why && *ret_count < n; (*ret_count)++)
		why = post__by_id(tx, rows[*ret_count].post, &(*ret)[*ret_count]);
	return why;
}

int64_t report__count_queue(struct tx *tx)
{
	return read_int(tx, 0, "select count(distinct r.post_id) from report r join post p on p.id = r.post_id where r.settled_ms = 0 and p.state in ('shown', 'held')", V0);
}
