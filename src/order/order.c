/* order.c - a promise with a deadline. What was paid is a fact in the ledger; the state says what was done about it, and
 * order_verify compares the two. An order that was paid after it had been closed is granted if the work is still for sale and
 * not owned yet; otherwise the money goes back. */
#include "order/coupon.h"
#include "order/import_room.h"
#include "order/part.h"
#include "order/tell.h"

#include "audit/audit.h"

const struct problem order_missing = { 404, "order-missing", "There is no such order." };
const struct problem order_moved_on = { 409, "order-moved-on", "The order has changed in the meantime." };
const struct problem already_owned = { 409, "already-owned", "You own this work already." };
static const struct problem price_changed = { 409, "price-changed", "The price has changed; look at it again." };

/* from -> to; absent means never */
static const bool may[ORDER_STATE_COUNT][ORDER_STATE_COUNT] = {
	[ORDER_PENDING] = { [ORDER_PAID] = true, [ORDER_CLOSING] = true },
	[ORDER_CLOSING] = { [ORDER_PAID] = true, [ORDER_CLOSED] = true },
	[ORDER_CLOSED] = { [ORDER_LATE_PAID] = true },
	[ORDER_LATE_PAID] = { [ORDER_PAID] = true },
	[ORDER_PAID] = { [ORDER_PART_REFUNDED] = true, [ORDER_REFUNDED] = true },
	[ORDER_PART_REFUNDED] = { [ORDER_REFUNDED] = true },
};

/* what the audit calls it */
static const char *const verbs[ORDER_STATE_COUNT] = {
	[ORDER_PENDING] = "order-placed",  [ORDER_PAID] = "order-paid",           [ORDER_CLOSING] = "order-closing",
	[ORDER_CLOSED] = "order-closed",   [ORDER_LATE_PAID] = "order-late-paid", [ORDER_PART_REFUNDED] = "order-part-refunded",
	[ORDER_REFUNDED] = "order-refunded",
};

problem order__move(struct tx *tx, struct order *order, enum order_state to, struct user_id by)
{
	problem why;

	if (!may[order->state][to])
		return &order_moved_on;
	why = order__set_state(tx, order, to);
	if (!why)
		audit_add(tx, by, verbs[to], "order", order->id.v, (struct text){ 0 });
	return why;
}

struct money order__creator_share(struct money price, int64_t commission_permille)
{
	return MONEY(price.fen / 1000 * (1000 - commission_permille) + price.fen % 1000 * (1000 - commission_permille) / 1000);
}

struct money order__base(const struct order *order) { return MONEY(order->total.fen + order->coupon_shop.fen); }
struct money order__share(const struct order *order) { return order__creator_share(order__base(order), order->commission_permille); }

/* ---- placing ---- */

static void add_expiry(struct tx *tx, const struct order *order)
{
	struct text key = arena_format(tx_arena(tx), "%lld", (long long)order->id.v);

	job_add(tx, ORDER_JOB_EXPIRE, key, arena_format(tx_arena(tx), "{\"order\":%lld}", (long long)order->id.v), order->expires_ms);
}

/* What follows from a paid order, whichever way it was paid: the state, the entitlement, the news, in one transaction. */
static problem fulfil(struct tx *tx, struct order *order, struct user_id by)
{
	problem why = order__move(tx, order, ORDER_PAID, by);

	if (why)
		return why;
	order__set_paid(tx, order);
	coupon__use(tx, order->id);
	order__open(tx, order);
	news_add(tx, ORDER_NEWS_PAID, order->id.v,
	         arena_format(tx_arena(tx), "{\"order\":%lld,\"work\":%lld,\"buyer\":%lld}", (long long)order->id.v,
	                      (long long)order->work.id.v, (long long)order->buyer.v));
	return order__tell_paid(tx, order);
}

static struct order fresh_order(struct tx *tx, const struct work_card *card, struct user_id buyer, const struct coupon *coupon)
{
	int64_t now_ms = tx_now_ms(tx);

	return (struct order){
		.id = { tx_id(tx) },
		.buyer = buyer,
		.state = ORDER_PENDING,
		.total = MONEY(card->price.fen - coupon->off.fen),
		.list_price = card->discounted ? card->list_price : card->price,
		.price = card->price,
		.coupon_off = coupon->off,
		.coupon_shop = coupon->shop,
		.coupon = coupon->batch.name,
		.created_ms = now_ms,
		.expires_ms = now_ms + ORDER_LIFE_MS,
		.work = { .id = card->id, .slug = card->slug, .title = card->title, .url = card->url },
		.edition = card->edition,
		.creator = card->creator,
	};
}

/* Nothing is left to pay: it is granted at once. What the shop bears of it is the creator's all the same. */
static problem grant(struct tx *tx, struct order *order)
{
	struct money share = order__share(order), base = order__base(order);
	struct posting lines[3] = { { LEDGER_COUPON_SUBSIDY, 0, base } };
	size_t n = 1;
	problem why = NULL;

	if (share.fen)
		lines[n++] = (struct posting){ LEDGER_CREATOR_HELD, order->creator.v, MONEY(-share.fen) };
	if (base.fen != share.fen)
		lines[n++] = (struct posting){ LEDGER_COMMISSION, 0, MONEY(share.fen - base.fen) };
	if (base.fen)
		why = ledger_post(tx, "granted", arena_format(tx_arena(tx), "order|%lld|granted", (long long)order->id.v), lines, n, NULL);
	return why ? why : fulfil(tx, order, order->buyer);
}

static problem insert(struct tx *tx, struct order *order, const struct coupon *coupon)
{
	problem why = order__insert(tx, order);
	if (!why && coupon->off.fen)
		why = coupon__reserve(tx, coupon, order);
	if (why)
		return why;
	audit_add(tx, order->buyer, verbs[ORDER_PENDING], "order", order->id.v, (struct text){ 0 });
	if (order->total.fen == 0)
		return grant(tx, order);
	add_expiry(tx, order);
	return tx_problem(tx);
}

/* What is for sale to this person, as it would be ordered now. */
static problem draw_up(struct tx *tx, const struct order_draft *draft, const struct work_card *card, struct user_id buyer, struct coupon *coupon,
                       struct order *ret)
{
	bool owned;
	problem why;

	if (draft->price_given == GIVEN_VALUE && draft->price.fen != card->price.fen)
		return &price_changed;
	why = order_owns(tx, buyer, card->id, &owned);
	if (!why && owned)
		why = &already_owned;
	if (!why && draft->coupon.length)
		why = coupon__quote(tx, draft->coupon, buyer, card, coupon);
	if (why)
		return why;
	*ret = fresh_order(tx, card, buyer, coupon);
	why = work_terms_load(tx, card->id, &ret->terms);
	if (!why)
		why = order__draw_up(tx, card, ret);
	return why;
}

/* His open order of another price or other works holds a coupon that the new one may need: it is closed at once. While a payment of it
 * may be under way it stays and keeps its coupon until it expires; the new order gets one only if there is one more for him. */
static problem let_go(struct tx *tx, struct order *order)
{
	struct payment payment;
	problem why = order->coupon_off.fen ? payment_of(tx, "order", order->id.v, &payment) : NULL;

	if (why != &payment_missing)
		return why;
	why = order__move(tx, order, ORDER_CLOSING, order->buyer);
	if (!why)
		coupon__give_back(tx, order->id);
	return why ? why : order__move(tx, order, ORDER_CLOSED, order->buyer);
}

problem order__place(struct tx *tx, const struct order_draft *draft, struct user_id buyer, int64_t commission_permille, struct order *ret)
{
	struct work_card card;
	struct coupon coupon = { 0 };
	struct order fresh;
	problem why = work_price_settle(tx, draft->work);

	if (!why)
		why = work_for_sale(tx, draft->work, &card);
	if (!why)
		why = draw_up(tx, draft, &card, buyer, &coupon, &fresh);
	if (why)
		return why;
	why = order__open_for(tx, buyer, draft->work, coupon.batch.id, ret);
	if (!why && ret->price.fen == card.price.fen && order__same_parts(ret, &fresh))
		return NULL;
	if (!why)
		why = let_go(tx, ret);
	if (why && why != &order_missing)
		return why;
	*ret = fresh;
	ret->commission_permille = commission_permille;
	return insert(tx, ret, &coupon);
}

problem order__own(struct tx *tx, struct order_id id, struct user_id buyer, struct order *ret)
{
	problem why = order__by_id(tx, id, ret);

	if (why)
		return why;
	if (ret->buyer.v != buyer.v)
		return &order_missing;
	why = payment_of(tx, "order", id.v, &ret->payment);
	ret->payment_given = why ? GIVEN_NOT : GIVEN_VALUE;
	return why == &payment_missing ? NULL : why;
}

/* ---- paid ---- */

enum { FEE_PER_TEN_THOUSAND = 60 };

struct money order__fee(struct money paid) { return MONEY((paid.fen * FEE_PER_TEN_THOUSAND + 5000) / 10000); }

static problem post_receipt(struct tx *tx, const struct order *order, const struct payment *payment)
{
	struct money share = order__share(order), base = order__base(order), fee = order__fee(payment->amount);
	struct text fact = arena_format(tx_arena(tx), "%.*s|%.*s", TEXT_ARG(payment->channel), TEXT_ARG(payment->transaction));
	struct posting lines[4] = { { LEDGER_CHANNEL_RECEIVABLE, 0, payment->amount } };
	const struct posting fee_lines[] = { { LEDGER_CHANNEL_FEE, 0, fee }, { LEDGER_CHANNEL_RECEIVABLE, 0, MONEY(-fee.fen) } };
	size_t n = 1;
	problem why;

	if (order->coupon_shop.fen)
		lines[n++] = (struct posting){ LEDGER_COUPON_SUBSIDY, 0, order->coupon_shop };
	if (share.fen)
		lines[n++] = (struct posting){ LEDGER_CREATOR_HELD, order->creator.v, MONEY(-share.fen) };
	if (base.fen != share.fen)
		lines[n++] = (struct posting){ LEDGER_COMMISSION, 0, MONEY(share.fen - base.fen) };
	why = ledger_post(tx, "paid", arena_format(tx_arena(tx), "%.*s|paid", TEXT_ARG(fact)), lines, n, NULL);
	if (!why && fee.fen)
		why = ledger_post(tx, "fee-estimate", arena_format(tx_arena(tx), "%.*s|fee", TEXT_ARG(fact)), fee_lines, 2, NULL);
	return why;
}

static bool owns_all(struct tx *tx, const struct order *order) { return order__owns_parts(tx, order->buyer, order->parts, order->part_count); }

/* A closed order is granted late only what could be bought this minute; it keeps its price, if its coupon is still there. */
static bool wanted_late(struct tx *tx, const struct order *order)
{
	struct work_card card;

	if (owns_all(tx, order) || work_for_sale(tx, order->work.id, &card))
		return false;
	for (size_t i = 0; i < order->part_count; i++) {
		if (work_for_sale(tx, order->parts[i].work.id, &card))
			return false;
	}
	return !order->coupon_off.fen || coupon__take_again(tx, order->id);
}

/* Is the money for this order wanted now? */
static bool wanted(struct tx *tx, const struct order *order)
{
	switch ((enum order_state)order->state) {
	case ORDER_PENDING:
	case ORDER_CLOSING:
		return !owns_all(tx, order);
	case ORDER_CLOSED:
		return wanted_late(tx, order);
	case ORDER_STATE_NONE:
	case ORDER_PAID:
	case ORDER_LATE_PAID:
	case ORDER_PART_REFUNDED:
	case ORDER_REFUNDED:
	case ORDER_STATE_COUNT:
		return false;
	}
	return false;
}

static problem payable_paid(struct tx *tx, int64_t id, const struct payment *payment, bool *ret_taken)
{
	const struct user_id nobody = { 0 };
	struct order order;
	problem why = order__by_id(tx, (struct order_id){ id }, &order);

	if (why)
		return why;
	*ret_taken = payment->amount.fen == order.total.fen && wanted(tx, &order);
	if (!*ret_taken)
		return tx_problem(tx);
	order.paid_ms = payment->paid_ms;
	order.paid_by = payment->id;
	if (order.state == ORDER_CLOSED)
		why = order__move(tx, &order, ORDER_LATE_PAID, nobody);
	if (!why)
		why = post_receipt(tx, &order, payment);
	return why ? why : fulfil(tx, &order, nobody);
}

const struct payable order_payable = { .kind = "order", .paid = payable_paid, .refunded = order__refunded };

/* ---- closing ---- */

struct closing {
	struct order_id id;
	enum order_state to;
	struct order order;
};

static problem move_to(struct tx *tx, void *arg)
{
	struct closing *c = arg;
	problem why = order__by_id(tx, c->id, &c->order);

	if (why || c->order.state == (int)c->to)
		return why;
	if (c->to == ORDER_CLOSED)
		coupon__give_back(tx, c->id);
	return order__move(tx, &c->order, c->to, (struct user_id){ 0 });
}

static const struct problem attempt_open = { 503, "order-closing", "A payment of this order is not settled yet." };

problem order__close(struct serve *serve, struct db *db, struct arena *arena, struct order_id id)
{
	struct closing closing = { .id = id, .to = ORDER_CLOSING };
	bool all_closed = false;
	problem why = db_write(db, move_to, &closing);

	if (!why)
		why = payment_close_all(payments_of(serve), db, arena, "order", id.v, &all_closed);
	if (why)
		return why;
	if (!all_closed)
		return &attempt_open;
	closing.to = ORDER_CLOSED;
	return db_write(db, move_to, &closing);
}

/* The channel has not said yet how an attempt ended: asking again is no failure. */
enum { CLOSING_WAIT_MS = 10000 };

static problem run_expire(struct job *job)
{
	json_t *payload;
	problem why = json_read(job->arena, job->payload, &payload);

	if (!why)
		why = order__close(job->home, job->db, job->arena, (struct order_id){ json_get_int(payload, "order", 0) });
	if (why == &attempt_open) {
		job_again(job, world_now_ms(db_world(job->db)) + CLOSING_WAIT_MS);
		return NULL;
	}
	return why == &order_moved_on || why == &order_missing ? NULL : why; /* paid in time: nothing to do */
}

const struct job_kind order_jobs[] = {
	{ .kind = ORDER_JOB_EXPIRE, .run = run_expire, .tries_max = 200, .first_wait_ms = 2000 },
	{ .kind = ORDER_JOB_CHANGED, .run = order__run_changed },
	{ .kind = ORDER_JOB_CLAIM, .run = grant__run_claim },
	{ .kind = ORDER_JOB_IMPORT, .run = import__run_give },
	{ .kind = ORDER_JOB_PURGE, .run = import__run_purge, .tries_max = 1000000 },
	{ 0 },
};
