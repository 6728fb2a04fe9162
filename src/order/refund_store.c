/* refund_store.c - SQL of refunds of orders, and of the access they end. */
#include "order/order_room.h"

#define X_NAME(id, name) [ORDER_REFUND_##id] = name,
const char *const order_refund_state_names[] = { ORDER_REFUND_STATES(X_NAME)[ORDER_REFUND_STATE_COUNT] = NULL };

static const struct problem refund_moved_on = { 409, "refund-moved-on", "The refund has changed in the meantime." };

#define REFUND_FIELDS(type, at)                                                                          \
	NAMED(type, "id",              at id,              SHAPE_INT),                                   \
	NAMED(type, "purchase_id",     at order,           SHAPE_ID),                                    \
	NAMED(type, "state",           at state,           SHAPE_ENUM, .names = order_refund_state_names), \
	NAMED(type, "automatic",       at automatic,       SHAPE_BOOL),                                  \
	NAMED(type, "ends_access",     at ends_access,     SHAPE_BOOL),                                  \
	NAMED(type, "asked_by",        at asked_by,        SHAPE_ID, .min = 0),                          \
	NAMED(type, "decided_by",      at decided_by,      SHAPE_ID, .nullable = true),                  \
	NAMED(type, "amount",          at amount,          SHAPE_MONEY),                                 \
	NAMED(type, "reason",          at reason,          SHAPE_TEXT),                                  \
	NAMED(type, "answer",          at answer,          SHAPE_TEXT, .nullable = true),                \
	NAMED(type, "refund_id",       at money,           SHAPE_INT, .nullable = true),                 \
	NAMED(type, "from_held",       at from.held,       SHAPE_MONEY),                                 \
	NAMED(type, "from_available",  at from.available,  SHAPE_MONEY),                                 \
	NAMED(type, "from_clawback",   at from.clawback,   SHAPE_MONEY),                                 \
	NAMED(type, "from_commission", at from.commission, SHAPE_MONEY),                                 \
	NAMED(type, "to_subsidy",      at from.subsidy,    SHAPE_MONEY),                                 \
	NAMED(type, "created_ms",      at created_ms,      SHAPE_TIME),                                  \
	NAMED(type, "decided_ms",      at decided_ms,      SHAPE_TIME, .nullable = true),                \
	NAMED(type, "ended_ms",        at ended_ms,        SHAPE_TIME, .nullable = true)

static const struct shape refund_row = SHAPE_AS("order_refund_row", order_refund, REFUND_FIELDS(order_refund, ));

#define REFUND_COLUMNS                                                                                                   \
	"r.id, r.purchase_id, r.state, r.automatic, r.ends_access, r.asked_by, r.decided_by, r.amount, r.reason, r.answer," \
	" r.refund_id, r.from_held, r.from_available, r.from_clawback, r.from_commission, r.to_subsidy, r.created_ms, r.decided_ms, r.ended_ms"

problem order__insert_refund(struct tx *tx, const struct order_refund *r)
{
	run(tx,
	    "insert into purchase_refund (id, purchase_id, state, automatic, ends_access, asked_by, amount, reason, created_ms)"
	    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
	    V(r->id, r->order.v, order_refund_state_names[r->state], r->automatic, r->ends_access, r->asked_by.v, r->amount.fen, r->reason, r->created_ms));
	return tx_problem(tx);
}

/* What became of the money is the room of payments' to know. */
static problem add_money(struct tx *tx, struct order_refund *refund)
{
	struct refund money;
	problem why;

	refund->channel = 0;
	refund->waits = (struct text){ 0 };
	if (!refund->money)
		return NULL;
	why = payment_refund_by_id(tx, refund->money, &money);
	if (why)
		return why;
	refund->channel = money.state;
	refund->waits = money.waits;
	return NULL;
}

problem order__refund_by_id(struct tx *tx, int64_t id, struct order_refund *ret)
{
	problem why = read_one(tx, &refund_missing, &refund_row, ret, "select " REFUND_COLUMNS " from purchase_refund r where r.id = $1", V(id));

	return why ? why : add_money(tx, ret);
}

problem order__refund_of_money(struct tx *tx, int64_t money, struct order_refund *ret)
{
	return read_one(tx, &refund_missing, &refund_row, ret, "select " REFUND_COLUMNS " from purchase_refund r where r.refund_id = $1", V(money));
}

enum { LIST_MAX = 200 };

problem order__refunds(struct tx *tx, struct order_id order, struct order_refund **ret, size_t *ret_count)
{
	problem why = read_all(tx, &refund_row, LIST_MAX, (void **)ret, ret_count,
	                       "select " REFUND_COLUMNS " from purchase_refund r where r.purchase_id = $1 order by r.id desc limit 200", V(order.v));

	for (size_t i = 0; !why && i < *ret_count; i++)
		why = add_money(tx, &(*ret)[i]);
	return why;
}

static struct value when(int64_t ms) { return ms ? value_int(ms) : value_null(); }

problem order__save_refund(struct tx *tx, struct order_refund *r, enum order_refund_state to)
{
	bool decided = r->state == ORDER_REFUND_UNDER_REVIEW, ended = to != ORDER_REFUND_APPROVED;
	problem why;

	r->decided_ms = decided ? tx_now_ms(tx) : r->decided_ms;
	r->ended_ms = ended ? tx_now_ms(tx) : 0;
	why = run_one(tx, &refund_moved_on,
	              "update purchase_refund set state = $1, ends_access = $2, amount = $3, answer = $4, decided_by = $5, refund_id = $6, from_held = $7,"
	              " from_available = $8, from_clawback = $9, from_commission = $10, to_subsidy = $11, decided_ms = $12, ended_ms = $13 where id = $14 and state = $15",
	              V(order_refund_state_names[to], r->ends_access, r->amount.fen, r->answer, r->decided_by.v ? value_int(r->decided_by.v) : value_null(),
	                r->money ? value_int(r->money) : value_null(), r->from.held.fen, r->from.available.fen, r->from.clawback.fen, r->from.commission.fen, r->from.subsidy.fen,
	                when(r->decided_ms), when(r->ended_ms), r->id, order_refund_state_names[r->state]));
	if (!why)
		r->state = (int)to;
	return why;
}

static const struct shape so_far_row = SHAPE(refunded_so_far,
	FIELD(refunded_so_far, amount, SHAPE_MONEY),
	FIELD(refunded_so_far, share,  SHAPE_MONEY),
	FIELD(refunded_so_far, subsidy, SHAPE_MONEY));

struct refunded_so_far order__standing(struct tx *tx, struct order_id order)
{
	struct refunded_so_far so_far = { 0 };

	if (read_one(tx, &refund_missing, &so_far_row, &so_far,
	             "select coalesce(sum(amount), 0), coalesce(sum(from_held + from_available + from_clawback), 0),"
	             " coalesce(sum(to_subsidy), 0) from purchase_refund where purchase_id = $1 and state in ('APPROVED', 'SUCCEEDED')",
	             V(order.v)))
		return (struct refunded_so_far){ 0 }; /* it sticks to the transaction */
	return so_far;
}

struct money order__arrived(struct tx *tx, struct order_id order)
{
	return MONEY(read_int(tx, 0, "select coalesce(sum(amount), 0) from purchase_refund where purchase_id = $1 and state = 'SUCCEEDED'", V(order.v)));
}

int64_t order__refund_count(struct tx *tx, struct order_id order)
{
	return read_int(tx, 0, "select count(*) from purchase_refund where purchase_id = $1 and refund_id is not null", V(order.v));
}

int64_t order__rejected_count(struct tx *tx, struct order_id order)
{
	return read_int(tx, 0, "select count(*) from purchase_refund where purchase_id = $1 and state = 'REJECTED'", V(order.v));
}

problem order__add_refund(struct tx *tx, struct order *order)
{
	problem why = read_one(tx, &refund_missing, &refund_row, &order->refund,
	                       "select " REFUND_COLUMNS " from purchase_refund r where r.purchase_id = $1 order by r.id desc limit 1", V(order->id.v));

	if (why)
		return why == &refund_missing ? NULL : why;
	order->refund_given = GIVEN_VALUE;
	order->refunded = order__arrived(tx, order->id);
	return add_money(tx, &order->refund);
}

bool order__under_review(struct tx *tx, struct order_id order)
{
	return read_int(tx, 0, "select 1 from purchase_refund where purchase_id = $1 and state = 'UNDER_REVIEW'", V(order.v)) == 1;
}

/* ---- access ---- */

void order__end_access(struct tx *tx, struct order_id order)
{
	run(tx, "update entitlement set revoked_ms = $1 where source = 'order' and source_id = $2 and revoked_ms is null", V(tx_now_ms(tx), order.v));
}

/* ---- the seller's list ---- */

static const struct shape item_row = SHAPE_AS("refund_item_row", refund_item, REFUND_FIELDS(refund_item, refund.),
	FIELD(refund_item, total, SHAPE_MONEY),
	FIELD(refund_item, title, SHAPE_TEXT),
	FIELD(refund_item, buyer, SHAPE_ID));

problem order__refund_list(struct tx *tx, const struct refund_query *q, size_t most, struct refund_item **ret, size_t *ret_count)
{
	problem why = read_all(tx, &item_row, most, (void **)ret, ret_count,
	                       "select " REFUND_COLUMNS ", p.total, i.title, p.buyer from purchase_refund r join purchase p on p.id = r.purchase_id"
	                       " join purchase_item i on i.purchase_id = p.id and i.line = 0"
	                       " where r.id < $1 and ($2 = 0 or i.creator_id = $2) and ($3 = '' or r.state = $3) order by r.id desc limit $4",
	                       V(q->after ? q->after : INT64_MAX, q->creator.v, q->state ? order_refund_state_names[q->state] : "", most));

	for (size_t i = 0; !why && i < *ret_count; i++)
		why = add_money(tx, &(*ret)[i].refund);
	return why;
}

/* ---- verification ---- */

static bool states_agree(const struct order_refund *r, const struct refund *money)
{
	switch ((enum refund_state)money->state) {
	case REFUND_SUCCESS:
		return r->state == ORDER_REFUND_SUCCEEDED;
	case REFUND_CLOSED:
		return r->state == ORDER_REFUND_FAILED;
	default:
		return r->state == ORDER_REFUND_APPROVED;
	}
}

static bool booked(struct tx *tx, const struct refund *money, const char *what)
{
	return ledger_has(tx, arena_format(tx_arena(tx), "refund|%.*s|%s", TEXT_ARG(money->refund_no), what));
}

static const char *disagreement(struct tx *tx, const struct order_refund *r)
{
	const struct refund_sources *from = &r->from;
	struct refund money;

	if (r->state == ORDER_REFUND_UNDER_REVIEW || r->state == ORDER_REFUND_REJECTED)
		return r->money ? "a refund that nobody approved" : NULL;
	if (!r->money || payment_refund_by_id(tx, r->money, &money))
		return "a refund whose money is nowhere";
	if (money.amount.fen != r->amount.fen || from->held.fen + from->available.fen + from->clawback.fen + from->commission.fen != r->amount.fen + from->subsidy.fen)
		return "a refund of another amount than was taken";
	if (!states_agree(r, &money))
		return "a refund that ended otherwise at the channel";
	if (!booked(tx, &money, "approved") || booked(tx, &money, "success") != (r->state == ORDER_REFUND_SUCCEEDED) ||
	    booked(tx, &money, "failed") != (r->state == ORDER_REFUND_FAILED))
		return "a refund that is not in the ledger as it stands";
	return NULL;
}

problem order__verify_refunds(struct tx *tx, int64_t after, size_t most, int64_t *ret_last, struct text *ret_wrong)
{
	struct order_refund *rows;
	size_t n;
	problem why = read_all(tx, &refund_row, most, (void **)&rows, &n, "select " REFUND_COLUMNS " from purchase_refund r where r.id > $1 order by r.id limit $2",
	                       V(after, most));

	*ret_last = !why && n == most ? rows[n - 1].id : 0;
	*ret_wrong = (struct text){ 0 };
	for (size_t i = 0; !why && !ret_wrong->at && i < n; i++) {
		const char *says = disagreement(tx, &rows[i]);

		if (says)
			*ret_wrong = arena_format(tx_arena(tx), "order %lld: %s", (long long)rows[i].order.v, says);
	}
	return why ? why : tx_problem(tx);
}
