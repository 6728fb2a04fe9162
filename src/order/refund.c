/* refund.c - money back for an order. What the buyer is quoted is what is paid: inside the rule that the order was placed under
 * (so many days, so much studied) all that is left of the price, at once and by nobody's leave; outside it whatever the seller
 * decides. Approved, a piece is taken from the accounts that the payment went to, by cumulative targets, so that any pieces
 * together give back exactly what was received; it is in transit until the channel says how it ended. Failed for good, all of
 * it goes back where it came from, access included. */
#include "order/import_room.h"
#include "order/part.h"
#include "order/tell.h"

#include <assert.h>
#include <stdlib.h>

#include "audit/audit.h"

const struct problem refund_quote_changed = { 409, "refund-quote-changed", "What would be refunded has changed; look at it again." };
static const struct problem refund_not_now = { 409, "refund-not-now", "Nothing of this order can be refunded now." };
static const struct problem refund_decided = { 409, "refund-decided", "This request was decided already." };
static const struct problem refund_under_review = { 409, "refund-under-review", "A request for this order waits to be decided." };

enum { DAY_MS = 24 * 3600 * 1000, REJECTIONS_MAX = 3 };
static const int64_t YEAR_MS = INT64_C(365) * DAY_MS;

/* from -> to; absent means never */
static const bool may[ORDER_REFUND_STATE_COUNT][ORDER_REFUND_STATE_COUNT] = {
	[ORDER_REFUND_UNDER_REVIEW] = { [ORDER_REFUND_APPROVED] = true, [ORDER_REFUND_REJECTED] = true },
	[ORDER_REFUND_APPROVED] = { [ORDER_REFUND_SUCCEEDED] = true, [ORDER_REFUND_FAILED] = true },
};

/* what the audit calls it */
static const char *const verbs[ORDER_REFUND_STATE_COUNT] = {
	[ORDER_REFUND_UNDER_REVIEW] = "refund-asked", [ORDER_REFUND_APPROVED] = "refund-approved", [ORDER_REFUND_REJECTED] = "refund-rejected",
	[ORDER_REFUND_SUCCEEDED] = "refund-succeeded", [ORDER_REFUND_FAILED] = "refund-failed",
};

/* ---- how a piece is split ---- */

static int64_t in_proportion(int64_t whole, int64_t part, int64_t of) /* whole * part / of, half up */
{
	return (int64_t)(((__int128)whole * part * 2 + of) / ((__int128)of * 2));
}

static int64_t within(int64_t fen, int64_t least, int64_t most) { return fen < least ? least : fen > most ? most : fen; }

struct money order__refund_share(struct refunded_so_far so_far, struct money piece, struct money total, struct money share)
{
	int64_t target = in_proportion(share.fen, so_far.amount.fen + piece.fen, total.fen);
	int64_t rest = share.fen - so_far.share.fen;                                                /* that can still be taken from the creator */
	int64_t rest_of_site = total.fen - share.fen - (so_far.amount.fen - so_far.share.fen);      /* and from the site */

	assert(piece.fen > 0 && piece.fen <= total.fen - so_far.amount.fen && rest >= 0 && rest_of_site >= 0);
	/* pieces that failed for good leave the sum off its target by a fen: neither side gives more than it has */
	return MONEY(within(target - so_far.share.fen, piece.fen > rest_of_site ? piece.fen - rest_of_site : 0, piece.fen < rest ? piece.fen : rest));
}

struct money order__rest(const struct order *order, struct refunded_so_far standing) { return MONEY(order->total.fen - standing.amount.fen); }

static struct money take(struct money *rest, struct money from)
{
	struct money taken = MONEY(within(from.fen, 0, rest->fen));

	rest->fen -= taken.fen;
	return taken;
}

/* What the shop bore of a coupon comes back to it in proportion: with the last fen, all of it. */
static struct money subsidy_piece(const struct order *order, struct refunded_so_far so_far, struct money piece)
{
	int64_t target = in_proportion(order->coupon_shop.fen, so_far.amount.fen + piece.fen, order->total.fen);

	return MONEY(within(target - so_far.subsidy.fen, 0, order->coupon_shop.fen - so_far.subsidy.fen));
}

problem order__sources(struct tx *tx, const struct order *order, struct money piece, struct refund_sources *ret)
{
	struct refunded_so_far so_far = order__standing(tx, order->id);
	struct money subsidy = subsidy_piece(order, so_far, piece), taken = MONEY(piece.fen + subsidy.fen), share, rest;
	struct refund_sources from = { .subsidy = subsidy };

	so_far.amount.fen += so_far.subsidy.fen;
	rest = share = order__refund_share(so_far, taken, order__base(order), order__share(order));
	from.commission = MONEY(taken.fen - share.fen);
	from.held = take(&rest, ledger_balance(tx, LEDGER_CREATOR_HELD, order->creator.v));
	from.available = take(&rest, ledger_balance(tx, LEDGER_CREATOR_AVAILABLE, order->creator.v));
	from.clawback = rest;
	*ret = from;
	return tx_problem(tx);
}

/* ---- the book ---- */

static void add_line(struct posting *lines, size_t *n, enum ledger_code code, int64_t owner, int64_t fen)
{
	if (fen)
		lines[(*n)++] = (struct posting){ code, owner, MONEY(fen) };
}

/* sign 1: it is taken; -1: all of it goes back. */
static problem post(struct tx *tx, const struct order *order, const struct order_refund *refund, struct text refund_no, int sign)
{
	const struct refund_sources *from = &refund->from;
	struct text key = arena_format(tx_arena(tx), "refund|%.*s|%s", TEXT_ARG(refund_no), sign > 0 ? "approved" : "failed");
	struct posting lines[6];
	size_t n = 0;

	add_line(lines, &n, LEDGER_CREATOR_HELD, order->creator.v, sign * from->held.fen);
	add_line(lines, &n, LEDGER_CREATOR_AVAILABLE, order->creator.v, sign * from->available.fen);
	add_line(lines, &n, LEDGER_CREATOR_CLAWBACK, order->creator.v, sign * from->clawback.fen);
	add_line(lines, &n, LEDGER_COMMISSION, 0, sign * from->commission.fen);
	add_line(lines, &n, LEDGER_COUPON_SUBSIDY, 0, -sign * from->subsidy.fen);
	add_line(lines, &n, LEDGER_REFUND_TRANSIT, refund->money, -sign * refund->amount.fen);
	return ledger_post(tx, sign > 0 ? "refund-approved" : "refund-failed", key, lines, n, NULL);
}

/* The channel gives its fee back in proportion to what arrived. */
static problem post_fee_back(struct tx *tx, const struct order *order, struct money before, const struct refund *money)
{
	int64_t fee = order__fee(order->total).fen;
	int64_t back = in_proportion(fee, before.fen + money->amount.fen, order->total.fen) - in_proportion(fee, before.fen, order->total.fen);
	const struct posting lines[] = { { LEDGER_CHANNEL_RECEIVABLE, 0, MONEY(back) }, { LEDGER_CHANNEL_FEE, 0, MONEY(-back) } };

	if (!back)
		return NULL;
	return ledger_post(tx, "fee-back", arena_format(tx_arena(tx), "refund|%.*s|fee", TEXT_ARG(money->refund_no)), lines, 2, NULL);
}

/* ---- states ---- */

static void tell(struct tx *tx, const struct order *order, const struct order_refund *refund, const char *state)
{
	news_add(tx, ORDER_NEWS_REFUND, refund->id,
	         arena_format(tx_arena(tx), "{\"refund\":%lld,\"order\":%lld,\"work\":%lld,\"buyer\":%lld,\"state\":\"%s\"}", (long long)refund->id,
	                      (long long)order->id.v, (long long)order->work.id.v, (long long)order->buyer.v, state));
}

static problem note(struct tx *tx, const struct order *order, const struct order_refund *refund, struct user_id by)
{
	audit_add(tx, by, verbs[refund->state], "order-refund", refund->id,
	          arena_format(tx_arena(tx), "{\"order\":%lld,\"amount\":%lld}", (long long)order->id.v, (long long)refund->amount.fen));
	tell(tx, order, refund, order_refund_state_names[refund->state]);
	return order__tell_refund(tx, order, refund);
}

static problem move(struct tx *tx, const struct order *order, struct order_refund *refund, enum order_refund_state to, struct user_id by)
{
	problem why;

	if (!may[refund->state][to])
		return &refund_decided;
	why = order__save_refund(tx, refund, to);
	return why ? why : note(tx, order, refund, by);
}

problem order__approve(struct tx *tx, struct order *order, struct order_refund *refund, const struct refund_decision *decision, struct user_id by)
{
	struct money rest = order__rest(order, order__standing(tx, order->id));
	struct refund money;
	problem why;

	if (!may[refund->state][ORDER_REFUND_APPROVED])
		return &refund_decided;
	if (decision->amount.fen < 1 || decision->amount.fen > rest.fen)
		return &refund_over;
	why = payment_refund(tx, &(struct refund_draft){ order->paid_by, decision->amount, order->work.title }, &money);
	if (!why)
		why = order__sources(tx, order, decision->amount, &refund->from);
	if (why)
		return why;
	refund->amount = decision->amount;
	refund->answer = decision->reason;
	refund->ends_access = decision->ends_access || decision->amount.fen == rest.fen;
	refund->decided_by = by;
	refund->money = money.id;
	why = post(tx, order, refund, money.refund_no, 1);
	if (!why)
		why = move(tx, order, refund, ORDER_REFUND_APPROVED, by);
	if (!why && refund->ends_access)
		order__close_parts(tx, order);
	return why ? why : tx_problem(tx);
}

struct text order__refund_version(struct tx *tx, const struct order *order, struct money rest, bool automatic)
{
	struct order_refund *refunds;
	size_t n = 0;

	if (order__refunds(tx, order->id, &refunds, &n))
		n = 0; /* it sticks to the transaction */
	return arena_format(tx_arena(tx), "%s-%lld-%zu", automatic ? "rule" : "review", (long long)rest.fen, n);
}

static problem check_seller(struct tx *tx, const struct order *order, const struct refund_decision *decision)
{
	struct money rest = order__rest(order, order__standing(tx, order->id));

	if ((order->state != ORDER_PAID && order->state != ORDER_PART_REFUNDED) || !rest.fen)
		return &refund_not_now;
	return text_eq(decision->version, order__refund_version(tx, order, rest, false)) ? NULL : &refund_quote_changed;
}

problem order__decide(struct tx *tx, struct order *order, struct order_refund *refund, const struct refund_decision *decision, struct user_id by)
{
	problem why = may[refund->state][ORDER_REFUND_APPROVED] ? check_seller(tx, order, decision) : &refund_decided;

	return why ? why : order__approve(tx, order, refund, decision, by);
}

problem order__reject(struct tx *tx, const struct order *order, struct order_refund *refund, struct text answer, struct user_id by)
{
	refund->answer = answer;
	refund->decided_by = by;
	return move(tx, order, refund, ORDER_REFUND_REJECTED, by);
}

static problem arrived(struct tx *tx, struct order *order, struct order_refund *refund, const struct refund *money)
{
	const struct user_id nobody = { 0 };
	struct money before = order__arrived(tx, order->id);
	enum order_state to = before.fen + refund->amount.fen == order->total.fen ? ORDER_REFUNDED : ORDER_PART_REFUNDED;
	problem why = move(tx, order, refund, ORDER_REFUND_SUCCEEDED, nobody);

	if (!why)
		why = post_fee_back(tx, order, before, money);
	return why || order->state == (int)to ? why : order__move(tx, order, to, nobody);
}

static problem failed(struct tx *tx, const struct order *order, struct order_refund *refund, const struct refund *money)
{
	problem why = post(tx, order, refund, money->refund_no, -1);

	if (!why)
		why = move(tx, order, refund, ORDER_REFUND_FAILED, (struct user_id){ 0 });
	if (!why)
		order__open_again(tx, order);
	return why ? why : tx_problem(tx);
}

problem order__refunded(struct tx *tx, int64_t id, const struct refund *money)
{
	struct order order;
	struct order_refund refund;
	problem why = order__by_id(tx, (struct order_id){ id }, &order);

	if (!why)
		why = order__refund_of_money(tx, money->id, &refund);
	if (why)
		return why;
	switch ((enum refund_state)money->state) {
	case REFUND_SUCCESS:
		return arrived(tx, &order, &refund, money);
	case REFUND_CLOSED:
		return failed(tx, &order, &refund, money);
	case REFUND_ABNORMAL:
		tell(tx, &order, &refund, "ABNORMAL");
		return tx_problem(tx);
	default:
		return NULL;
	}
}

/* ---- the quote ---- */

static const char *why_not(struct tx *tx, const struct order *order, struct money rest)
{
	if (!order->total.fen)
		return "free";
	if (order->state == ORDER_REFUNDED || !rest.fen)
		return "nothing-left";
	if (order->state != ORDER_PAID && order->state != ORDER_PART_REFUNDED)
		return "unpaid";
	if (order__under_review(tx, order->id))
		return "under-review";
	if (order__rejected_count(tx, order->id) >= REJECTIONS_MAX)
		return "rejected";
	if (order__refund_count(tx, order->id) >= REFUNDS_MAX)
		return "too-many";
	return tx_now_ms(tx) >= order->paid_ms + YEAR_MS ? "too-old" : NULL;
}

problem order__quote(struct tx *tx, order_studied studied, const struct order *order, struct refund_quote *ret)
{
	struct money rest = order__rest(order, order__standing(tx, order->id));
	const char *not = why_not(tx, order, rest);
	struct refund_quote quote = { .refund_days = order->terms.refund_days, .refund_percent = order->terms.refund_percent, .rest = rest };
	problem why;

	*ret = quote;
	ret->why = text_of(not);
	if (not)
		return tx_problem(tx);
	why = order__studied_share(tx, studied, order, &quote.studied);
	if (why)
		return why;
	quote.until_ms = order->paid_ms + quote.refund_days * DAY_MS;
	quote.way = quote.refund_days && tx_now_ms(tx) < quote.until_ms && quote.studied <= quote.refund_percent ? REFUND_WAY_AUTOMATIC : REFUND_WAY_REVIEW;
	quote.amount = rest;
	quote.version = order__refund_version(tx, order, rest, quote.way == REFUND_WAY_AUTOMATIC);
	*ret = quote;
	return tx_problem(tx);
}

/* ---- asking and giving ---- */

static struct order_refund fresh(struct tx *tx, const struct order *order, struct money amount, struct text reason, struct user_id by)
{
	return (struct order_refund){ .id = tx_id(tx), .order = order->id, .state = ORDER_REFUND_UNDER_REVIEW, .asked_by = by, .amount = amount,
	                              .reason = reason, .created_ms = tx_now_ms(tx) };
}

problem order__ask_refund(struct tx *tx, order_studied studied, struct order *order, const struct refund_wish *wish, struct order_refund *ret)
{
	struct refund_quote quote;
	problem why = order__quote(tx, studied, order, &quote);

	if (why)
		return why;
	if (quote.way == REFUND_WAY_NOT)
		return &refund_not_now;
	if (!text_eq(wish->version, quote.version) || wish->amount.fen > quote.amount.fen ||
	    (quote.way == REFUND_WAY_AUTOMATIC && wish->amount.fen != quote.amount.fen))
		return &refund_quote_changed;
	*ret = fresh(tx, order, wish->amount, wish->reason, order->buyer);
	ret->automatic = quote.way == REFUND_WAY_AUTOMATIC;
	ret->ends_access = wish->amount.fen == quote.rest.fen;
	why = order__insert_refund(tx, ret);
	if (!why)
		why = note(tx, order, ret, order->buyer);
	if (why || !ret->automatic)
		return why;
	return order__approve(tx, order, ret, &(struct refund_decision){ .amount = wish->amount, .ends_access = true }, (struct user_id){ 0 });
}

problem order__give_back(struct tx *tx, struct order *order, const struct refund_decision *decision, struct user_id by, struct order_refund *ret)
{
	problem why = order__under_review(tx, order->id) ? &refund_under_review : check_seller(tx, order, decision);

	if (why)
		return why;
	*ret = fresh(tx, order, decision->amount, decision->reason, by);
	why = order__insert_refund(tx, ret);
	return why ? why : order__approve(tx, order, ret, decision, by);
}

/* ---- what rooms above know: how much was studied, by which link somebody came ---- */

struct orders {
	order_studied studied;
	order_source source;
};

static problem start(struct serve *serve, void **ret_state)
{
	struct orders *orders = calloc(1, sizeof *orders);

	if (!orders)
		abort();
	*ret_state = orders;
	return import__plan(serve_db(serve));
}

void order_know_studied(struct serve *serve, order_studied studied)
{
	struct orders *orders = module_state(serve, &order_module);

	orders->studied = studied;
}

order_studied order__studied(const struct serve *serve)
{
	const struct orders *orders = module_state(serve, &order_module);

	assert(orders->studied);
	return orders->studied;
}

void order_know_source(struct serve *serve, order_source source)
{
	struct orders *orders = module_state(serve, &order_module);

	orders->source = source;
}

order_source order__source(const struct serve *serve)
{
	const struct orders *orders = module_state(serve, &order_module);

	return orders->source;
}

const struct module order_module = { .name = "order", .routes = order_routes, .jobs = order_jobs, .start = start, .stop = free };
