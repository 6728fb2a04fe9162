/* privacy_store.c - what orders keep about a person. The law wants orders and the book for years: they stay, under a number that is
 * nobody's once the person was forgotten; where he paid from goes. */
#include "order/import_room.h"
#include "order/order_room.h"

#include "account/people.h"
#include "account/privacy.h"

struct bought {
	struct order_id id;
	struct work_id work;
	struct text title;
	int state;
	struct money total;
	int64_t created_ms, paid_ms;
};
static const struct shape bought_shape = SHAPE_AS("export_order", bought,
	FIELD(bought, id,         SHAPE_ID),
	FIELD(bought, state,      SHAPE_ENUM, .names = order_state_names),
	FIELD(bought, work,       SHAPE_ID),
	FIELD(bought, title,      SHAPE_TEXT),
	FIELD(bought, total,      SHAPE_MONEY),
	FIELD(bought, created_ms, SHAPE_TIME),
	FIELD(bought, paid_ms,    SHAPE_TIME, .nullable = true));

struct held_right {
	struct work_id work;
	struct text source;
	int64_t from_ms, until_ms, revoked_ms;
	struct text reason;
};
static const struct shape held_right_shape = SHAPE_AS("export_entitlement", held_right,
	FIELD(held_right, work,       SHAPE_ID),
	FIELD(held_right, source,     SHAPE_TEXT),
	FIELD(held_right, from_ms,    SHAPE_TIME),
	FIELD(held_right, until_ms,   SHAPE_TIME, .nullable = true),
	FIELD(held_right, revoked_ms, SHAPE_TIME, .nullable = true),
	FIELD(held_right, reason,     SHAPE_TEXT, .nullable = true));

struct money_back {
	int64_t id;
	struct order_id order;
	int state;
	struct money amount;
	struct text reason, answer;
	int64_t created_ms, ended_ms;
};
static const struct shape money_back_shape = SHAPE_AS("export_refund", money_back,
	FIELD(money_back, id,         SHAPE_INT),
	FIELD(money_back, order,      SHAPE_ID),
	FIELD(money_back, state,      SHAPE_ENUM, .names = order_refund_state_names),
	FIELD(money_back, amount,     SHAPE_MONEY),
	FIELD(money_back, reason,     SHAPE_TEXT),
	FIELD(money_back, answer,     SHAPE_TEXT, .nullable = true),
	FIELD(money_back, created_ms, SHAPE_TIME),
	FIELD(money_back, ended_ms,   SHAPE_TIME, .nullable = true));

struct code_used {
	struct order_id order;
	struct text name, state;
	struct money amount;
	int64_t at_ms;
};
static const struct shape code_used_shape = SHAPE_AS("export_coupon", code_used,
	FIELD(code_used, order,  SHAPE_ID),
	FIELD(code_used, name,   SHAPE_TEXT),
	FIELD(code_used, state,  SHAPE_TEXT),
	FIELD(code_used, amount, SHAPE_MONEY),
	FIELD(code_used, at_ms,  SHAPE_TIME));

struct code_redeemed {
	struct work_id work;
	struct text name, ends_with;
	int64_t at_ms;
};
static const struct shape code_redeemed_shape = SHAPE_AS("export_code", code_redeemed,
	FIELD(code_redeemed, work,      SHAPE_ID),
	FIELD(code_redeemed, name,      SHAPE_TEXT),
	FIELD(code_redeemed, ends_with, SHAPE_TEXT),
	FIELD(code_redeemed, at_ms,     SHAPE_TIME));

static problem gather(struct tx *tx, struct user_id user, struct privacy_writer *w)
{
	problem why;

	privacy_table(w, "orders", &bought_shape);
	why = read_each(tx, &bought_shape, privacy_row, w,
	                "select p.id, p.state, i.work_id, i.title, i.price - i.coupon_off, p.created_ms, p.paid_ms from purchase p"
	                " join purchase_item i on i.purchase_id = p.id where p.buyer = $1 order by p.id, i.line",
	                V(user.v));
	privacy_table(w, "refunds", &money_back_shape);
	if (!why)
		why = read_each(tx, &money_back_shape, privacy_row, w,
		                "select r.id, r.purchase_id, r.state, r.amount, r.reason, r.answer, r.created_ms, r.ended_ms from purchase_refund r"
		                " join purchase p on p.id = r.purchase_id where p.buyer = $1 order by r.id",
		                V(user.v));
	privacy_table(w, "coupons", &code_used_shape);
	if (!why)
		why = read_each(tx, &code_used_shape, privacy_row, w,
		                "select u.purchase_id, b.name, u.state, u.amount, u.at_ms from coupon_use u join coupon_batch b on b.id = u.batch_id"
		                " where u.user_id = $1 order by u.purchase_id",
		                V(user.v));
	privacy_table(w, "codes", &code_redeemed_shape);
	if (!why)
		why = read_each(tx, &code_redeemed_shape, privacy_row, w,
		                "select b.work_id, b.name, c.tail, c.used_ms from redeem_code c join redeem_batch b on b.id = c.batch_id where c.used_by = $1 order by c.id",
		                V(user.v));
	privacy_table(w, "entitlements", &held_right_shape);
	if (!why)
		why = read_each(tx, &held_right_shape, privacy_row, w,
		                "select e.work_id, e.source, e.from_ms, e.until_ms, e.revoked_ms, coalesce(g.end_reason, g.reason) from entitlement e"
		                " left join access_grant g on e.source = 'staff' and g.id = e.source_id where e.user_id = $1 order by e.id", V(user.v));
	return why;
}

static const struct problem balance_open = { 409, "balance-open", "There is money of yours that was not settled yet." };

/* A creator is owed, or owes, until it was paid out. */
static problem refuses(struct tx *tx, struct user_id user)
{
	static const enum ledger_code codes[] = { LEDGER_CREATOR_HELD, LEDGER_CREATOR_AVAILABLE, LEDGER_PAYOUT_TRANSIT, LEDGER_CREATOR_CLAWBACK };
	struct creator creator;

	if (creator_by_user(tx, user, &creator))
		return NULL;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		if (ledger_balance(tx, codes[i], creator.id.v).fen)
			return &balance_open;
	}
	return NULL;
}

struct numbered {
	int64_t id;
};
static const struct shape numbered_row = SHAPE(numbered, FIELD(numbered, id, SHAPE_INT));

static problem forget_payer(void *tx, const void *row)
{
	return payment_forget_payer(tx, "order", ((const struct numbered *)row)->id);
}

static problem erase(struct tx *tx, struct user_id user, bool *ret_kept)
{
	struct text *keys;
	size_t n = 0;
	problem why;

	run(tx, "update purchase_refund set reason = '' where asked_by = $1", V(user.v)); /* his own words */
	why = account_proven_keys(tx, user, &keys, &n);
	for (size_t i = 0; !why && i < n; i++)
		import__forget(tx, keys[i]);
	run(tx, "update access_grant set reason = '', end_reason = null, sealed_login = null, blind = null where user_id = $1", V(user.v));
	*ret_kept = read_int(tx, 0, "select 1 from purchase where buyer = $1 limit 1", V(user.v)) == 1;
	if (why)
		return why;
	return read_each(tx, &numbered_row, forget_payer, tx, "select id from purchase where buyer = $1", V(user.v));
}

const struct privacy_part order_privacy = { "order", gather, refuses, erase };
