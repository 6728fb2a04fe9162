/* first_review_store.c - SQL of works that wait for their first look. */
#include "catalog/first_review.h"

void review__asked(struct tx *tx, struct work_id work)
{
	run(tx,
	    "insert into work_review (work_id, asked_ms, decided_ms, by_id, reason) values ($1, $2, 0, 0, '')"
	    " on conflict (work_id) do update set asked_ms = excluded.asked_ms, decided_ms = 0, by_id = 0, reason = ''",
	    V(work.v, tx_now_ms(tx)));
}

void review__sent_back(struct tx *tx, struct work_id work, struct user_id by, struct text reason)
{
	run(tx,
	    "insert into work_review (work_id, asked_ms, decided_ms, by_id, reason) values ($1, $2, $2, $3, $4)"
	    " on conflict (work_id) do update set decided_ms = excluded.decided_ms, by_id = excluded.by_id, reason = excluded.reason",
	    V(work.v, tx_now_ms(tx), by.v, reason));
}

struct sent_back {
	struct text reason;
};
static const struct shape sent_back_row = SHAPE(sent_back, FIELD(sent_back, reason, SHAPE_TEXT));

struct text review__reason(struct tx *tx, struct work_id work)
{
	struct sent_back row = { 0 };
	problem why = read_one(tx, &work_missing, &sent_back_row, &row, "select reason from work_review where work_id = $1 and reason <> ''", V(work.v));

	return why ? (struct text){ 0 } : row.reason;
}

static const struct shape waiting_row = SHAPE_AS("waiting_row", waiting_work,
	FIELD(waiting_work, id,       SHAPE_ID),
	FIELD(waiting_work, title,    SHAPE_TEXT),
	FIELD(waiting_work, language, SHAPE_TEXT),
	FIELD(waiting_work, author,   SHAPE_TEXT),
	FIELD(waiting_work, kind,     SHAPE_ENUM, .names = work_kind_names),
	FIELD(waiting_work, price,    SHAPE_MONEY),
	FIELD(waiting_work, lessons,  SHAPE_INT),
	FIELD(waiting_work, since_ms, SHAPE_TIME),
	FIELD(waiting_work, user,     SHAPE_ID, .nullable = true));

problem review__waiting(struct tx *tx, struct waiting_work **ret, size_t *ret_count)
{
	return read_all(tx, &waiting_row, WAITING_MAX, (void **)ret, ret_count,
	                "select w.id, w.title, w.language, c.name, w.kind, w.price, (select count(*) from draft_lesson l where l.work_id = w.id),"
	                " coalesce(r.asked_ms, 0) as since_ms, c.user_id from work w join creator c on c.id = w.creator_id"
	                " left join work_review r on r.work_id = w.id where w.state = 'in-review' order by since_ms, w.id limit $1",
	                V(WAITING_MAX));
}
