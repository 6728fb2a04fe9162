/* book_store.c - SQL of what was sold and what people hold. */
#include "order/book.h"

static const struct shape sold_row = SHAPE_AS("sold_row", sold,
	FIELD(sold, id,         SHAPE_ID),
	FIELD(sold, buyer,      SHAPE_ID),
	FIELD(sold, state,      SHAPE_ENUM, .names = order_state_names),
	FIELD(sold, total,      SHAPE_MONEY),
	FIELD(sold, refunded,   SHAPE_MONEY),
	FIELD(sold, work,       SHAPE_ID),
	FIELD(sold, creator,    SHAPE_ID),
	FIELD(sold, title,      SHAPE_TEXT),
	FIELD(sold, created_ms, SHAPE_TIME),
	FIELD(sold, paid_ms,    SHAPE_TIME, .nullable = true),
	FIELD(sold, paid_by,    SHAPE_ID, .nullable = true));

#define SOLD_SELECT                                                                                                          \
	"select p.id, p.buyer, p.state, p.total, (select coalesce(sum(r.amount), 0) from purchase_refund r where r.purchase_id = p.id" \
	" and r.state = 'SUCCEEDED'), i.work_id, i.creator_id, i.title, p.created_ms, p.paid_ms, p.payment_id"                   \
	" from purchase p join purchase_item i on i.purchase_id = p.id and i.line = 0"

problem order_sold(struct tx *tx, const struct sold_query *q, size_t most, struct sold **ret, size_t *ret_count)
{
	return read_all(tx, &sold_row, most, (void **)ret, ret_count,
	                SOLD_SELECT " where ($1 = 0 or p.buyer = $1) and ($2 = 0 or i.creator_id = $2) and ($3 = 0 or i.work_id = $3)"
	                            " and ($4 = '' or p.state = $4) and p.created_ms >= $5 and p.created_ms < $6 and p.id < $7 order by p.id desc limit $8",
	                V(q->buyer.v, q->creator.v, q->work.v, q->state ? order_state_names[q->state] : "", q->from_ms, q->to_ms ? q->to_ms : INT64_MAX,
	                  q->before ? q->before : INT64_MAX, most));
}

problem order_sold_by_id(struct tx *tx, struct order_id id, struct sold *ret)
{
	return read_one(tx, &order_missing, &sold_row, ret, SOLD_SELECT " where p.id = $1", V(id.v));
}

struct money order_spent(struct tx *tx, struct user_id buyer)
{
	return MONEY(read_int(tx, 0,
	                      "select coalesce(sum(p.total), 0) - (select coalesce(sum(r.amount), 0) from purchase_refund r join purchase b on b.id = r.purchase_id"
	                      " where b.buyer = $1 and r.state = 'SUCCEEDED') from purchase p where p.buyer = $1 and p.state in ('PAID', 'PART_REFUNDED', 'REFUNDED')",
	                      V(buyer.v)));
}

static const struct shape refund_row = SHAPE_AS("sold_refund_row", sold_refund,
	FIELD(sold_refund, id,         SHAPE_INT),
	FIELD(sold_refund, order,      SHAPE_ID),
	FIELD(sold_refund, creator,    SHAPE_ID),
	FIELD(sold_refund, state,      SHAPE_ENUM, .names = order_refund_state_names),
	FIELD(sold_refund, amount,     SHAPE_MONEY),
	FIELD(sold_refund, reason,     SHAPE_TEXT),
	FIELD(sold_refund, created_ms, SHAPE_TIME),
	FIELD(sold_refund, ended_ms,   SHAPE_TIME, .nullable = true));

problem order_sold_refunds(struct tx *tx, struct user_id buyer, size_t most, struct sold_refund **ret, size_t *ret_count)
{
	return read_all(tx, &refund_row, most, (void **)ret, ret_count,
	                "select r.id, r.purchase_id, i.creator_id, r.state, r.amount, r.reason, r.created_ms, r.ended_ms from purchase p"
	                " join purchase_refund r on r.purchase_id = p.id join purchase_item i on i.purchase_id = p.id and i.line = 0"
	                " where p.buyer = $1 order by r.id desc limit $2",
	                V(buyer.v, most));
}

static const struct shape held_row = SHAPE_AS("held_row", held,
	FIELD(held, id,         SHAPE_INT),
	FIELD(held, work,       SHAPE_ID),
	FIELD(held, source,     SHAPE_TEXT),
	FIELD(held, source_id,  SHAPE_INT),
	FIELD(held, from_ms,    SHAPE_TIME),
	FIELD(held, until_ms,   SHAPE_TIME, .nullable = true),
	FIELD(held, revoked_ms, SHAPE_TIME, .nullable = true),
	FIELD(held, reason,     SHAPE_TEXT, .nullable = true));

problem order_held(struct tx *tx, struct user_id user, size_t most, struct held **ret, size_t *ret_count)
{
	return read_all(tx, &held_row, most, (void **)ret, ret_count,
	                "select e.id, e.work_id, e.source, e.source_id, e.from_ms, e.until_ms, e.revoked_ms, coalesce(g.end_reason, g.reason) from entitlement e"
	                " left join access_grant g on e.source = 'staff' and g.id = e.source_id where e.user_id = $1 order by e.id desc limit $2",
	                V(user.v, most));
}

struct learner_row {
	struct user_id id;
};
static const struct shape learner_row_shape = SHAPE(learner_row, FIELD(learner_row, id, SHAPE_ID));

problem order_learners_of(struct tx *tx, struct creator_id creator, int64_t before, size_t most, struct user_id **ret, size_t *ret_count)
{
	return read_all(tx, &learner_row_shape, most, (void **)ret, ret_count,
	                "select buyer from (select p.buyer as buyer from purchase_item i join purchase p on p.id = i.purchase_id where i.creator_id = $1"
	                " and p.state in ('PAID', 'PART_REFUNDED', 'REFUNDED') union select g.user_id from access_grant g where g.creator_id = $1"
	                " and g.user_id is not null) l where buyer < $2 order by buyer desc limit $3",
	                V(creator.v, before ? before : INT64_MAX, most));
}

bool order_is_learner_of(struct tx *tx, struct user_id user, struct creator_id creator)
{
	return read_int(tx, 0,
	                "select 1 from purchase p join purchase_item i on i.purchase_id = p.id where p.buyer = $1 and i.creator_id = $2"
	                " and p.state in ('PAID', 'PART_REFUNDED', 'REFUNDED') union select 1 from access_grant where user_id = $1 and creator_id = $2 limit 1",
	                V(user.v, creator.v)) == 1;
}
