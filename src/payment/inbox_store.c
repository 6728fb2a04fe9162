/* inbox_store.c - SQL of the inbox. */
#include "payment/payment_room.h"

#define X_NAME(id, name) [INBOX_##id] = name,
const char *const inbox_state_names[] = { INBOX_STATES(X_NAME)[INBOX_STATE_COUNT] = NULL };
#undef X_NAME

const struct problem notification_missing = { 404, "notification-missing", "There is no such message." };

void inbox__keep(struct tx *tx, const struct delivery *d, enum inbox_state state, struct text why)
{
	run(tx,
	    "insert into channel_event (id, channel, message, sha256, raw, state, at_ms, number, is_refund, why) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
	    " on conflict (channel, message) do update set sha256 = excluded.sha256, raw = excluded.raw, state = excluded.state, at_ms = excluded.at_ms,"
	    " number = excluded.number, is_refund = excluded.is_refund, why = excluded.why where channel_event.state <> 'APPLIED'",
	    V(tx_id(tx), d->channel, d->message, sha256_hex(tx_arena(tx), d->raw), d->raw, inbox_state_names[state], d->at_ms, d->number, d->is_refund, why));
}

static const struct shape notification_row = SHAPE(notification,
	FIELD(notification, id,           SHAPE_INT),
	FIELD(notification, channel,      SHAPE_TEXT),
	FIELD(notification, message,      SHAPE_TEXT),
	FIELD(notification, state,        SHAPE_ENUM, .names = inbox_state_names),
	FIELD(notification, number,       SHAPE_TEXT, .nullable = true),
	FIELD(notification, is_refund,    SHAPE_BOOL),
	FIELD(notification, why,          SHAPE_TEXT, .nullable = true),
	FIELD(notification, at_ms,        SHAPE_TIME),
	FIELD(notification, replayed_ms,  SHAPE_TIME),
	FIELD(notification, payable_kind, SHAPE_TEXT, .nullable = true),
	FIELD(notification, payable,      SHAPE_INT));

problem inbox_list(struct tx *tx, int64_t before, size_t most, struct notification **ret, size_t *ret_count)
{
	return read_all(tx, &notification_row, most, (void **)ret, ret_count,
	                "select e.id, e.channel, e.message, e.state, e.number, coalesce(e.is_refund, 0), e.why, e.at_ms, coalesce(e.replayed_ms, 0),"
	                " coalesce(p.payable_kind, q.payable_kind), coalesce(p.payable_id, q.payable_id, 0) from channel_event e"
	                " left join payment p on p.trade_no = e.number and p.channel = e.channel"
	                " left join refund r on r.refund_no = e.number left join payment q on q.id = r.payment_id"
	                " where $1 = 0 or e.id < $1 order by e.id desc limit $2",
	                V(before, most));
}

static const struct shape kept_row = SHAPE(kept_message,
	FIELD(kept_message, channel,   SHAPE_TEXT),
	FIELD(kept_message, message,   SHAPE_TEXT),
	FIELD(kept_message, sha256,    SHAPE_TEXT),
	FIELD(kept_message, raw,       SHAPE_TEXT),
	FIELD(kept_message, number,    SHAPE_TEXT, .nullable = true),
	FIELD(kept_message, is_refund, SHAPE_BOOL),
	FIELD(kept_message, state,     SHAPE_ENUM, .names = inbox_state_names),
	FIELD(kept_message, at_ms,     SHAPE_TIME));

problem inbox__load(struct tx *tx, int64_t id, struct kept_message *ret)
{
	return read_one(tx, &notification_missing, &kept_row, ret,
	                "select channel, message, sha256, raw, number, coalesce(is_refund, 0), state, at_ms from channel_event where id = $1", V(id));
}

void inbox__set_replayed(struct tx *tx, int64_t id) { run(tx, "update channel_event set replayed_ms = $1 where id = $2", V(tx_now_ms(tx), id)); }

enum { DAY_MS = 86400000, WEEK_MS = 7 * DAY_MS, GRACE_MS = 180000 /* in which the channel's first message may still be on its way */ };

static const struct shape sums_row = SHAPE(inbox_sums,
	FIELD(inbox_sums, last_ms,  SHAPE_TIME),
	FIELD(inbox_sums, paid,     SHAPE_INT),
	FIELD(inbox_sums, told,     SHAPE_INT),
	FIELD(inbox_sums, parked,   SHAPE_INT),
	FIELD(inbox_sums, rejected, SHAPE_INT));

/* A message that disagreed speaks no longer once somebody had the channel asked and what it is of is at its end: a question that was
 * not answered, or an answer that disagrees too, is a job that failed, and is told as such. */
#define DISAGREES                                                                                                                     \
	"e.state = 'REJECTED' and not (e.replayed_ms is not null and (coalesce(p.state, '') in ('PAID', 'DUPLICATE_PAID', 'CLOSED', 'FAILED')" \
	" or coalesce(r.state, '') in ('SUCCESS', 'CLOSED')))"

problem inbox__sums(struct tx *tx, struct inbox_sums *ret)
{
	int64_t now_ms = tx_now_ms(tx);

	return read_one(tx, &problem_not_found, &sums_row, ret,
	                "select (select coalesce(max(at_ms), 0) from channel_event), p.paid, p.told, e.parked, e.rejected from"
	                " (select count(*) as paid, count(notified_ms) as told from payment where paid_ms > $1 and paid_ms <= $2) p,"
	                " (select count(*) filter (where e.state = 'UNKNOWN_PAYMENT') as parked, count(*) filter (where " DISAGREES ") as rejected"
	                " from channel_event e left join payment p on p.trade_no = e.number and p.channel = e.channel"
	                " left join refund r on r.refund_no = e.number where e.at_ms > $3) e",
	                V(now_ms - DAY_MS, now_ms - GRACE_MS, now_ms - WEEK_MS));
}
