/* refund_store.c - SQL of refunds. A state changes only from the state that was read. */
#include "payment/payment_room.h"

#define X_NAME(id, name) [REFUND_##id] = name,
const char *const refund_state_names[] = { REFUND_STATES(X_NAME)[REFUND_STATE_COUNT] = NULL };
#undef X_NAME

const struct problem refund_missing = { 404, "refund-missing", "There is no such refund." };
static const struct problem refund_moved_on = { 409, "refund-moved-on", "The refund has changed in the meantime." };

#define REFUND_FIELDS(type, at)                                                       \
	NAMED(type, "id",         at id,         SHAPE_INT),                          \
	NAMED(type, "payment",    at payment,    SHAPE_ID),                           \
	NAMED(type, "refund_no",  at refund_no,  SHAPE_TEXT),                         \
	NAMED(type, "reason",     at reason,     SHAPE_TEXT),                         \
	NAMED(type, "amount",     at amount,     SHAPE_MONEY),                        \
	NAMED(type, "state",      at state,      SHAPE_ENUM, .names = refund_state_names), \
	NAMED(type, "created_ms", at created_ms, SHAPE_TIME),                         \
	NAMED(type, "sent_ms",    at sent_ms,    SHAPE_TIME, .nullable = true),       \
	NAMED(type, "ended_ms",   at ended_ms,   SHAPE_TIME, .nullable = true),       \
	NAMED(type, "waits",      at waits,      SHAPE_TEXT, .nullable = true)

static const struct shape refund_row = SHAPE_AS("refund_row", refund, REFUND_FIELDS(refund, ));

#define REFUND_COLUMNS "r.id, r.payment_id, r.refund_no, r.reason, r.amount, r.state, r.created_ms, r.sent_ms, r.ended_ms, r.waits"

problem payment__insert_refund(struct tx *tx, const struct refund *r)
{
	run(tx,
	    "insert into refund (id, payment_id, refund_no, amount, reason, state, created_ms) values ($1, $2, $3, $4, $5, $6, $7)",
	    V(r->id, r->payment.v, r->refund_no, r->amount.fen, r->reason, refund_state_names[r->state], r->created_ms));
	return tx_problem(tx);
}

problem payment_refund_by_id(struct tx *tx, int64_t id, struct refund *ret)
{
	return read_one(tx, &refund_missing, &refund_row, ret, "select " REFUND_COLUMNS " from refund r where r.id = $1", V(id));
}

problem payment__refund_by_no(struct tx *tx, struct text refund_no, struct refund *ret)
{
	return read_one(tx, &refund_missing, &refund_row, ret, "select " REFUND_COLUMNS " from refund r where r.refund_no = $1", V(refund_no));
}

problem payment__refund_of(struct tx *tx, struct payment_id payment, struct refund *ret)
{
	return read_one(tx, &refund_missing, &refund_row, ret,
	                "select " REFUND_COLUMNS " from refund r where r.payment_id = $1 order by r.id desc limit 1", V(payment.v));
}

problem payment__move_refund(struct tx *tx, struct refund *r, enum refund_state to)
{
	bool ended = to == REFUND_SUCCESS || to == REFUND_CLOSED;
	problem why = run_one(tx, &refund_moved_on, "update refund set state = $1, ended_ms = $2, waits = null where id = $3 and state = $4",
	                      V(refund_state_names[to], ended ? value_int(tx_now_ms(tx)) : value_null(), r->id, refund_state_names[r->state]));

	if (why)
		return why;
	r->state = (int)to;
	r->ended_ms = ended ? tx_now_ms(tx) : 0;
	r->waits = (struct text){ 0 };
	return NULL;
}

void payment__set_sent(struct tx *tx, struct refund *r)
{
	r->sent_ms = tx_now_ms(tx);
	run(tx, "update refund set sent_ms = $1 where id = $2", V(r->sent_ms, r->id));
}

void payment__set_waits(struct tx *tx, struct refund *r, struct text word)
{
	run(tx, "update refund set waits = $1 where id = $2", V(word, r->id));
	r->waits = word;
}

int64_t payment__refunded_fen(struct tx *tx, struct payment_id payment)
{
	return read_int(tx, 0, "select coalesce(sum(amount), 0) from refund where payment_id = $1 and state <> 'CLOSED'", V(payment.v));
}

int64_t payment__refund_count(struct tx *tx, struct payment_id payment)
{
	return read_int(tx, 0, "select count(*) from refund where payment_id = $1", V(payment.v));
}

int64_t payment__last_sent_ms(struct tx *tx, struct payment_id payment)
{
	return read_int(tx, 0, "select coalesce(max(sent_ms), 0) from refund where payment_id = $1", V(payment.v));
}

static const struct shape stuck_row = SHAPE_AS("stuck_row", stuck_refund, REFUND_FIELDS(stuck_refund, refund.),
	FIELD(stuck_refund, payable_kind, SHAPE_TEXT),
	FIELD(stuck_refund, payable,      SHAPE_INT),
	FIELD(stuck_refund, trade_no,     SHAPE_TEXT));

problem payment__stuck_refunds(struct tx *tx, size_t most, struct stuck_refund **ret, size_t *ret_count)
{
	return read_all(tx, &stuck_row, most, (void **)ret, ret_count,
	                "select " REFUND_COLUMNS ", p.payable_kind, p.payable_id, p.trade_no from refund r join payment p on p.id = r.payment_id"
	                " where r.state = 'ABNORMAL' or (r.state = 'APPROVED' and r.waits is not null)"
	                " or (r.state = 'CLOSED' and p.state = 'DUPLICATE_PAID') order by r.id desc limit $1",
	                V(most));
}

/* ---- verification ---- */

/* In transit while it is on its way, nothing afterwards. */
static void check_transit(struct tx *tx, const struct refund *r, struct text *ret_wrong)
{
	bool open = r->state != REFUND_SUCCESS && r->state != REFUND_CLOSED;
	struct money in_transit = ledger_balance(tx, LEDGER_REFUND_TRANSIT, r->id);

	if (!ret_wrong->at && in_transit.fen != (open ? r->amount.fen : 0))
		*ret_wrong = arena_format(tx_arena(tx), "refund %lld: the book has %lld in transit", (long long)r->id, (long long)in_transit.fen);
}

enum { VERIFY_STEP = 500 };

problem payment_verify_refunds(struct tx *tx, struct text *ret_first_wrong)
{
	struct refund *rows;
	int64_t after = 0;
	size_t n;

	*ret_first_wrong = (struct text){ 0 };
	do {
		problem why = read_all(tx, &refund_row, VERIFY_STEP, (void **)&rows, &n,
		                       "select " REFUND_COLUMNS " from refund r where r.id > $1 order by r.id limit 500", V(after));

		if (why)
			return why;
		for (size_t i = 0; i < n; i++) {
			check_transit(tx, &rows[i], ret_first_wrong);
			after = rows[i].id;
		}
	} while (n == VERIFY_STEP && !ret_first_wrong->at);
	return tx_problem(tx);
}
