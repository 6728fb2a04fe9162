/* refund_http.c - routes of refunds: the buyer's quote and request; the seller's list, decision, and giving back unasked. The
 * seller of an order is the creator of its work; who keeps the shop's money may do it for all. */
#include "account/account.h"
#include "order/part.h"

const struct shape order_refund_shape = SHAPE(order_refund,
	FIELD(order_refund, id,          SHAPE_INT),
	FIELD(order_refund, order,       SHAPE_ID),
	FIELD(order_refund, state,       SHAPE_ENUM, .names = order_refund_state_names),
	FIELD(order_refund, automatic,   SHAPE_BOOL),
	FIELD(order_refund, ends_access, SHAPE_BOOL),
	FIELD(order_refund, amount,      SHAPE_MONEY),
	FIELD(order_refund, reason,      SHAPE_TEXT),
	FIELD(order_refund, answer,      SHAPE_TEXT, .optional = true),
	FIELD(order_refund, channel,     SHAPE_ENUM, .names = refund_state_names, .optional = true, .says = "how far its money is at the channel"),
	FIELD(order_refund, waits,       SHAPE_TEXT, .optional = true, .says = "the channel's word why it does not take it yet"),
	FIELD(order_refund, created_ms,  SHAPE_TIME),
	FIELD(order_refund, ended_ms,    SHAPE_TIME, .says = "0: not yet"));

static const char *const way_names[] = { "none", [REFUND_WAY_AUTOMATIC] = "automatic", [REFUND_WAY_REVIEW] = "review", NULL };

static const struct shape quote_shape = SHAPE(refund_quote,
	FIELD(refund_quote, way,            SHAPE_ENUM, .names = way_names),
	FIELD(refund_quote, why,            SHAPE_TEXT, .optional = true, .says = "none alone: unpaid, free, nothing-left, under-review, rejected, too-many, too-old"),
	FIELD(refund_quote, amount,         SHAPE_MONEY, .says = "automatic: what is paid; review: the most that may be asked for"),
	FIELD(refund_quote, rest,           SHAPE_MONEY),
	FIELD(refund_quote, refund_days,    SHAPE_INT),
	FIELD(refund_quote, refund_percent, SHAPE_INT),
	FIELD(refund_quote, studied,        SHAPE_INT),
	FIELD(refund_quote, until_ms,       SHAPE_TIME, .says = "the end of the days"),
	FIELD(refund_quote, version,        SHAPE_TEXT, .optional = true));

static const struct shape wish_shape = SHAPE(refund_wish,
	FIELD(refund_wish, amount,  SHAPE_MONEY, .min = 1, .max = INT64_C(9007199254740991)),
	FIELD(refund_wish, version, SHAPE_TEXT, .min = 1, .max = 64),
	FIELD(refund_wish, reason,  SHAPE_TEXT, .min = 1, .max = 500));

static const struct shape decision_shape = SHAPE(refund_decision,
	FIELD(refund_decision, amount,      SHAPE_MONEY, .min = 1, .max = INT64_C(9007199254740991)),
	FIELD(refund_decision, version,     SHAPE_TEXT, .min = 1, .max = 64),
	FIELD(refund_decision, reason,      SHAPE_TEXT, .min = 1, .max = 500, .says = "the buyer reads it"),
	FIELD(refund_decision, ends_access, SHAPE_BOOL, .says = "all that is left always does"));

/* ---- the buyer ---- */

static problem own_order(struct request *rq, struct order *ret)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	*ret = (struct order){ 0 };
	return why ? why : order__own(rq->tx, (struct order_id){ id }, rq->who.id, ret);
}

static problem serve_quote(struct request *rq)
{
	struct order order;
	struct refund_quote quote;
	problem why = own_order(rq, &order);

	if (!why)
		why = order__quote(rq->tx, order__studied(rq->serve), &order, &quote);
	return why ? why : reply(rq, 200, &quote_shape, &quote);
}

static problem reply_refund(struct request *rq, int status, int64_t id)
{
	struct order_refund refund;
	problem why = order__refund_by_id(rq->tx, id, &refund);

	return why ? why : reply(rq, status, &order_refund_shape, &refund);
}

static problem ask_refund(struct request *rq)
{
	struct order order;
	struct order_refund refund;
	problem why = own_order(rq, &order);

	if (!why)
		why = order__ask_refund(rq->tx, order__studied(rq->serve), &order, rq->body, &refund);
	return why ? why : reply_refund(rq, 201, refund.id);
}

/* ---- the seller ---- */

/* Whose sales he sees: 0 is everybody's. order_missing: nobody's. */
static problem seller_of(struct request *rq, struct creator_id *ret)
{
	struct creator creator;
	problem why;

	*ret = (struct creator_id){ 0 };
	if (rq->who.roles & (FINANCE | ADMIN))
		return NULL;
	why = creator_by_user(rq->tx, rq->who.id, &creator);
	if (why)
		return why == &creator_missing ? &order_missing : why;
	*ret = creator.id;
	return NULL;
}

static problem sold_order(struct request *rq, struct order_id id, struct order *ret)
{
	struct creator_id seller;
	problem why = seller_of(rq, &seller);

	*ret = (struct order){ 0 };
	if (!why)
		why = order__by_id(rq->tx, id, ret);
	return !why && seller.v && seller.v != ret->creator.v ? &order_missing : why;
}

static problem sold_order_of_path(struct request *rq, struct order *ret)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	return why ? why : sold_order(rq, (struct order_id){ id }, ret);
}

static const struct shape refund_item_shape = SHAPE(refund_item,
	FIELD(refund_item, refund,     SHAPE_OBJECT, .of = &order_refund_shape),
	FIELD(refund_item, total,      SHAPE_MONEY),
	FIELD(refund_item, title,      SHAPE_TEXT),
	FIELD(refund_item, buyer_name, SHAPE_TEXT));

struct refund_page {
	struct refund_query query;
	struct refund_item *items;
	size_t item_count;
	struct text next;
};
static const struct shape page_asks = SHAPE_AS("refund_query", refund_page,
	NAMED(refund_page, "state", query.state, SHAPE_ENUM, .names = order_refund_state_names, .optional = true),
	NAMED(refund_page, "after", query.after, SHAPE_INT, .optional = true, .min = 1, .max = INT64_MAX));
static const struct shape page_shape = SHAPE_AS("refund_list", refund_page,
	LIST(refund_page, items, item_count, &refund_item_shape),
	FIELD(refund_page, next, SHAPE_TEXT, .optional = true));

/* A person who is no more has no name. */
static problem name_of(struct tx *tx, struct user_id user, struct text *ret)
{
	struct account account;
	problem why = account_by_id(tx, user, &account);

	*ret = why ? TEXT("") : account.name;
	return why == &user_missing ? NULL : why;
}

static problem serve_refunds(struct request *rq)
{
	struct refund_page *page = rq->asked;
	problem why = seller_of(rq, &page->query.creator);

	if (why == &order_missing)
		return reply(rq, 200, &page_shape, page); /* has the role, but has not begun yet */
	if (!why)
		why = order__refund_list(rq->tx, &page->query, PAGE_MAX, &page->items, &page->item_count);
	for (size_t i = 0; !why && i < page->item_count; i++)
		why = name_of(rq->tx, page->items[i].buyer, &page->items[i].buyer_name);
	if (!why && page->item_count == PAGE_MAX)
		page->next = arena_format(rq->arena, "%lld", (long long)page->items[PAGE_MAX - 1].refund.id);
	return why ? why : reply(rq, 200, &page_shape, page);
}

struct sale_view {
	struct order order;
	struct text buyer_name, version;
	struct money amount, rest, creator, site;
	bool owned;
	struct order_refund *refunds;
	size_t refund_count;
};
static const struct shape sale_asks = SHAPE_AS("sale_query", sale_view,
	FIELD(sale_view, amount, SHAPE_MONEY, .optional = true, .min = 1, .max = INT64_C(9007199254740991), .says = "whose effect is shown; else of the rest"));
static const struct shape sale_shape = SHAPE_AS("sold_order", sale_view,
	NAMED(sale_view, "id",         order.id,         SHAPE_ID),
	NAMED(sale_view, "state",      order.state,      SHAPE_ENUM, .names = order_state_names),
	NAMED(sale_view, "total",      order.total,      SHAPE_MONEY),
	NAMED(sale_view, "paid_ms",    order.paid_ms,    SHAPE_TIME),
	NAMED(sale_view, "title",      order.work.title, SHAPE_TEXT),
	FIELD(sale_view, buyer_name,   SHAPE_TEXT),
	FIELD(sale_view, owned,        SHAPE_BOOL, .says = "the buyer may read it now; of a bundle, any of its works"),
	FIELD(sale_view, rest,         SHAPE_MONEY, .says = "of what was paid: the most that can be given back"),
	FIELD(sale_view, creator,      SHAPE_MONEY, .says = "what the creator gives of the amount"),
	FIELD(sale_view, site,         SHAPE_MONEY, .says = "what the site gives of it; below nothing where more of a coupon comes back to it"),
	FIELD(sale_view, version,      SHAPE_TEXT),
	LIST(sale_view,  refunds, refund_count, &order_refund_shape));

static problem add_effect(struct request *rq, struct sale_view *view)
{
	struct refund_sources from;
	problem why;

	if (!view->rest.fen)
		return NULL;
	if (!view->amount.fen || view->amount.fen > view->rest.fen)
		view->amount = view->rest;
	why = order__sources(rq->tx, &view->order, view->amount, &from);
	if (why)
		return why;
	view->site = MONEY(from.commission.fen - from.subsidy.fen);
	view->creator = MONEY(view->amount.fen - view->site.fen);
	return NULL;
}

static problem serve_sale(struct request *rq)
{
	struct sale_view *view = rq->asked;
	struct order *order = &view->order;
	bool paid;
	problem why = sold_order_of_path(rq, order);

	if (!why)
		why = name_of(rq->tx, order->buyer, &view->buyer_name);
	if (!why)
		why = order__refunds(rq->tx, order->id, &view->refunds, &view->refund_count);
	if (why)
		return why;
	paid = order->state == ORDER_PAID || order->state == ORDER_PART_REFUNDED;
	view->rest = paid ? order__rest(order, order__standing(rq->tx, order->id)) : MONEY(0);
	view->owned = order__owns_any(rq->tx, order->buyer, order->parts, order->part_count);
	view->version = order__refund_version(rq->tx, order, view->rest, false);
	why = add_effect(rq, view);
	return why ? why : reply(rq, 200, &sale_shape, view);
}

static problem give_back(struct request *rq)
{
	struct order order;
	struct order_refund refund;
	problem why = sold_order_of_path(rq, &order);

	if (!why)
		why = order__give_back(rq->tx, &order, rq->body, rq->who.id, &refund);
	return why ? why : reply_refund(rq, 201, refund.id);
}

static problem sold_refund(struct request *rq, struct order *ret_order, struct order_refund *ret)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = order__refund_by_id(rq->tx, id, ret);
	if (!why)
		why = sold_order(rq, ret->order, ret_order);
	return why == &order_missing ? &refund_missing : why;
}

static problem approve(struct request *rq)
{
	struct order order;
	struct order_refund refund;
	problem why = sold_refund(rq, &order, &refund);

	if (!why)
		why = order__decide(rq->tx, &order, &refund, rq->body, rq->who.id);
	return why ? why : reply_refund(rq, 200, refund.id);
}

struct rejection {
	struct text reason;
};
static const struct shape rejection_shape = SHAPE_AS("refund_rejection", rejection, FIELD(rejection, reason, SHAPE_TEXT, .min = 1, .max = 500));

static problem reject(struct request *rq)
{
	const struct rejection *rejection = rq->body;
	struct order order;
	struct order_refund refund;
	problem why = sold_refund(rq, &order, &refund);

	if (!why)
		why = order__reject(rq->tx, &order, &refund, rejection->reason, rq->who.id);
	return why ? why : reply_refund(rq, 200, refund.id);
}

const struct route order_refund_routes[] = {
	{ GET, "/api/orders/{id}/refund-quote", serve_quote, READS, .who = LEARNER, .gives = &quote_shape, .says = "What a refund of my order would be now" },
	{ POST, "/api/orders/{id}/refunds", ask_refund, WRITES, .who = LEARNER, .takes = &wish_shape, .gives = &order_refund_shape, .once = BY_KEY,
	  .says = "Ask for a refund as it was quoted; inside the rule it is approved at once" },
	{ GET, "/api/refunds", serve_refunds, READS, .who = CREATOR | FINANCE | ADMIN, .asks = &page_asks, .gives = &page_shape,
	  .says = "Refunds of what I sold, newest first" },
	{ POST, "/api/refunds/{id}/approval", approve, WRITES, .who = CREATOR | FINANCE | ADMIN, .takes = &decision_shape, .gives = &order_refund_shape,
	  .once = BY_KEY, .says = "Give back what was asked for, or a part" },
	{ POST, "/api/refunds/{id}/rejection", reject, WRITES, .who = CREATOR | FINANCE | ADMIN, .takes = &rejection_shape, .gives = &order_refund_shape,
	  .once = BY_KEY, .says = "Refuse a request, with the reason" },
	{ GET, "/api/sales/{id}", serve_sale, READS, .who = CREATOR | FINANCE | ADMIN, .asks = &sale_asks, .gives = &sale_shape,
	  .says = "An order as its seller sees it, and what a refund would take" },
	{ POST, "/api/sales/{id}/refunds", give_back, WRITES, .who = CREATOR | FINANCE | ADMIN, .takes = &decision_shape, .gives = &order_refund_shape,
	  .once = BY_KEY, .says = "Give back any part unasked" },
	{ 0 },
};

const struct module order_refund_module = { .name = "order-refund", .routes = order_refund_routes };
