/* order_http.c - routes of orders, and what a creator sees of sales and balance. */
#include "order/part.h"

#include "account/account.h"

const struct shape order_work_shape = SHAPE(order_work,
	FIELD(order_work, id,    SHAPE_ID),
	FIELD(order_work, slug,  SHAPE_TEXT),
	FIELD(order_work, title, SHAPE_TEXT),
	FIELD(order_work, url,   SHAPE_TEXT));

const struct shape order_shape = SHAPE(order,
	FIELD(order, id,         SHAPE_ID),
	FIELD(order, state,      SHAPE_ENUM, .names = order_state_names),
	FIELD(order, total,      SHAPE_MONEY),
	FIELD(order, list_price, SHAPE_MONEY, .says = "before a dated discount"),
	FIELD(order, price,      SHAPE_MONEY, .says = "before the coupon"),
	FIELD(order, coupon_off, SHAPE_MONEY),
	FIELD(order, coupon,     SHAPE_TEXT, .optional = true, .says = "its name"),
	FIELD(order, created_ms, SHAPE_TIME),
	FIELD(order, expires_ms, SHAPE_TIME),
	FIELD(order, work,       SHAPE_OBJECT, .of = &order_work_shape),
	FIELD(order, terms,      SHAPE_OBJECT, .of = &work_terms_shape),
	LIST(order, parts, part_count, &order_part_shape, .says = "the works that it opens"),
	FIELD(order, payment,    SHAPE_OBJECT, .of = &payment_shape, .optional = true, .given_at = offsetof(struct order, payment_given)),
	FIELD(order, refunded,   SHAPE_MONEY, .says = "that arrived at the buyer"),
	FIELD(order, refund,     SHAPE_OBJECT, .of = &order_refund_shape, .optional = true, .given_at = offsetof(struct order, refund_given), .says = "the newest"));

static const struct shape order_draft_shape = SHAPE(order_draft,
	FIELD(order_draft, work,  SHAPE_ID),
	FIELD(order_draft, price, SHAPE_MONEY, .optional = true, .given_at = offsetof(struct order_draft, price_given),
	      .says = "what the buyer saw, before a coupon: refused when it has changed"),
	FIELD(order_draft, coupon, SHAPE_TEXT, .optional = true, .max = 64, .says = "as it was typed"));

enum { COMMISSION_PERMILLE = 200 };

static int64_t commission(const struct serve *serve)
{
	int64_t permille;

	if (!text_to_int(serve_setting(serve, "order.commission_permille"), &permille) || permille < 0 || permille > 1000)
		return COMMISSION_PERMILLE;
	return permille;
}

static problem note_source(struct request *rq, struct order_id id)
{
	order_source of = order__source(rq->serve);
	int64_t source = 0;
	problem why = of ? of(rq, &source) : NULL;

	if (!why && source)
		order__set_source(rq->tx, id, source);
	return why ? why : tx_problem(rq->tx);
}

static problem place(struct request *rq)
{
	const struct order_draft *draft = rq->body;
	struct order order = { 0 };
	problem why = draft->coupon.length ? request_take(rq, LIMIT_VOUCHER) : NULL; /* as a quote, which tells no more */

	if (why)
		return why;
	if (!account_may_own(rq->serve, rq->tx, rq->who.id))
		return &verification_required;
	why = order__place(rq->tx, draft, rq->who.id, commission(rq->serve), &order);
	if (!why)
		why = note_source(rq, order.id);
	if (!why)
		order__mark_owned(rq->tx, &order);
	return why ? why : reply(rq, 201, &order_shape, &order);
}

static problem own_order(struct request *rq, struct tx *tx, struct order *ret)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	*ret = (struct order){ 0 };
	return why ? why : order__own(tx, (struct order_id){ id }, rq->who.id, ret);
}

static problem serve_order(struct request *rq)
{
	struct order order;
	problem why = own_order(rq, rq->tx, &order);

	if (!why)
		why = order__add_refund(rq->tx, &order);
	if (!why)
		order__mark_owned(rq->tx, &order);
	return why ? why : reply(rq, 200, &order_shape, &order);
}

struct order_page {
	int64_t after;
	struct order *items;
	size_t item_count;
	struct text next;
};
static const struct shape order_list_asks = SHAPE_AS("order_list_query", order_page,
	FIELD(order_page, after, SHAPE_INT, .optional = true, .min = 1, .max = INT64_MAX));
static const struct shape order_list_shape = SHAPE_AS("order_list", order_page,
	LIST(order_page, items, item_count, &order_shape),
	FIELD(order_page, next, SHAPE_TEXT, .optional = true));

static problem serve_orders(struct request *rq)
{
	struct order_page *page = rq->asked;
	problem why = order__list(rq->tx, rq->who.id, page->after, PAGE_MAX, &page->items, &page->item_count);

	for (size_t i = 0; !why && i < page->item_count; i++)
		why = order__add_refund(rq->tx, &page->items[i]);
	if (!why && page->item_count == PAGE_MAX)
		page->next = arena_format(rq->arena, "%lld", (long long)page->items[PAGE_MAX - 1].id.v);
	return why ? why : reply(rq, 200, &order_list_shape, page);
}

/* ---- paying ---- */

struct pay_draft {
	struct text channel;
	int way;
};
static const struct shape pay_draft_shape = SHAPE(pay_draft,
	FIELD(pay_draft, channel, SHAPE_TEXT, .min = 1, .max = 16),
	FIELD(pay_draft, way,     SHAPE_ENUM, .names = payment_way_names));

struct paying {
	struct request *rq;
	struct payment payment;
};

static problem begin_payment(struct tx *tx, void *arg)
{
	struct paying *p = arg;
	const struct pay_draft *draft = p->rq->body;
	struct order order;
	struct text payer = { 0 };
	problem why;

	tx_use_arena(tx, p->rq->arena);
	why = own_order(p->rq, tx, &order);
	if (!why && draft->way == PAYMENT_JSAPI)
		why = payment_payer(payments_of(p->rq->serve), tx, p->rq->who.id, &payer);
	if (!why && (order.state != ORDER_PENDING || order.expires_ms <= tx_now_ms(tx)))
		why = &order_moved_on;
	if (why)
		return why;
	return payment_begin(tx,
	                     &(struct payment_draft){
	                             .payable_kind = "order",
	                             .payable = order.id.v,
	                             .channel = arena_cstr(p->rq->arena, draft->channel),
	                             .way = draft->way,
	                             .amount = order.total,
	                             .description = order.work.title,
	                             .payer_address = p->rq->http->peer,
	                             .payer = payer,
	                             .app = payment_app(payments_of(p->rq->serve), draft->channel),
	                             .expires_ms = order.expires_ms,
	                     },
	                     &p->payment);
}

static problem pay(struct request *rq)
{
	struct paying paying = { .rq = rq };
	problem why = request_write(rq, begin_payment, &paying);

	if (!why)
		why = payment_send(payments_of(rq->serve), serve_db(rq->serve), rq->arena, paying.payment.id, &paying.payment);
	return why ? why : reply(rq, 201, &payment_shape, &paying.payment);
}

static problem check_own(struct tx *tx, void *arg)
{
	struct paying *p = arg;
	struct order order;

	return own_order(p->rq, tx, &order);
}

static problem close_order(struct request *rq)
{
	struct paying own = { .rq = rq };
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = request_read(rq, check_own, &own);
	if (!why)
		why = order__close(rq->serve, serve_db(rq->serve), rq->arena, (struct order_id){ id });
	return why ? why : reply_none(rq, 204);
}

static problem serve_qr(struct request *rq)
{
	struct order order;
	struct payment payment;
	int64_t id;
	problem why = own_order(rq, rq->tx, &order);

	if (!why)
		why = path_id(rq, "payment", &id);
	if (!why)
		why = payment_by_id(rq->tx, (struct payment_id){ id }, &payment);
	if (why)
		return why;
	if (!text_is(payment.payable_kind, "order") || payment.payable != order.id.v || !payment.code_url.length)
		return &payment_missing;
	return reply_qr(rq, payment.code_url);
}

/* ---- what one owns ---- */

struct owned {
	struct text works;
	int64_t *ids;
	size_t id_count;
};
static const struct shape owned_asks = SHAPE_AS("owned_query", owned,
	FIELD(owned, works, SHAPE_TEXT, .min = 1, .max = 800, .says = "ids with commas between, at most 50"));
static const struct shape owned_shape = SHAPE_AS("owned", owned,
	{ .name = "works", .at = offsetof(struct owned, ids), .kind = SHAPE_LIST, .count_at = offsetof(struct owned, id_count), .each = SHAPE_INT });

static problem serve_owned(struct request *rq)
{
	struct owned *owned = rq->asked;
	struct text rest = owned->works;
	int64_t asked[PAGE_MAX];
	size_t n = 0;
	problem why = NULL;

	while (rest.at && n < PAGE_MAX) {
		if (!text_to_int(text_cut(&rest, ','), &asked[n++]))
			return field_wrong(rq, TEXT("works"), "pattern");
	}
	owned->ids = ARENA_ARRAY(rq->arena, int64_t, n);
	for (size_t i = 0; !why && i < n; i++) {
		bool own;

		why = order_owns(rq->tx, rq->who.id, (struct work_id){ asked[i] }, &own);
		if (!why && own)
			owned->ids[owned->id_count++] = asked[i];
	}
	return why ? why : reply(rq, 200, &owned_shape, owned);
}

/* ---- the creator's side ---- */

struct earnings {
	int64_t after;
	struct money held, available;
	struct sale *items;
	size_t item_count;
	struct text next;
};
static const struct shape sale_shape = SHAPE(sale,
	FIELD(sale, id,      SHAPE_ID),
	FIELD(sale, work,    SHAPE_ID),
	FIELD(sale, title,   SHAPE_TEXT),
	FIELD(sale, price,   SHAPE_MONEY),
	FIELD(sale, share,   SHAPE_MONEY, .says = "what is left of it"),
	FIELD(sale, refunded, SHAPE_MONEY),
	FIELD(sale, paid_ms, SHAPE_TIME));
static const struct shape earnings_asks = SHAPE_AS("earnings_query", earnings,
	FIELD(earnings, after, SHAPE_INT, .optional = true, .min = 1, .max = INT64_MAX));
static const struct shape earnings_shape = SHAPE(earnings,
	FIELD(earnings, held,      SHAPE_MONEY),
	FIELD(earnings, available, SHAPE_MONEY),
	LIST(earnings, items, item_count, &sale_shape),
	FIELD(earnings, next,      SHAPE_TEXT, .optional = true));

static problem serve_earnings(struct request *rq)
{
	struct earnings *e = rq->asked;
	struct creator creator;
	problem why = creator_by_user(rq->tx, rq->who.id, &creator);

	if (why == &creator_missing)
		return reply(rq, 200, &earnings_shape, e); /* has the role, but has not begun yet */
	if (!why)
		why = order__sales(rq->tx, creator.id, e->after, PAGE_MAX, &e->items, &e->item_count);
	if (why)
		return why;
	e->held = ledger_balance(rq->tx, LEDGER_CREATOR_HELD, creator.id.v);
	e->available = ledger_balance(rq->tx, LEDGER_CREATOR_AVAILABLE, creator.id.v);
	if (e->item_count == PAGE_MAX)
		e->next = arena_format(rq->arena, "%lld", (long long)e->items[PAGE_MAX - 1].id.v);
	return reply(rq, 200, &earnings_shape, e);
}

const struct route order_routes[] = {
	{ POST, "/api/orders", place, WRITES, .who = LEARNER, .takes = &order_draft_shape, .gives = &order_shape, .once = BY_KEY,
	  .says = "Order a work; a free one is yours at once" },
	{ GET, "/api/orders", serve_orders, READS, .who = LEARNER, .asks = &order_list_asks, .gives = &order_list_shape, .says = "My orders, newest first" },
	{ GET, "/api/orders/{id}", serve_order, READS, .who = LEARNER, .gives = &order_shape, .says = "One of my orders" },
	{ POST, "/api/orders/{id}/payments", pay, WORKS, .who = LEARNER, .takes = &pay_draft_shape, .gives = &payment_shape,
	  .says = "Begin to pay; an open attempt is given again" },
	{ GET, "/api/orders/{id}/payments/{payment}/qr.svg", serve_qr, READS, .who = LEARNER, .says = "The QR code of an attempt" },
	{ POST, "/api/orders/{id}/close", close_order, WORKS, .who = LEARNER, .says = "Give an unpaid order up" },
	{ GET, "/api/me/owned", serve_owned, READS, .who = LEARNER, .asks = &owned_asks, .gives = &owned_shape, .says = "Which of these works are mine" },
	{ GET, "/api/studio/balance", serve_earnings, READS, .who = CREATOR, .asks = &earnings_asks, .gives = &earnings_shape,
	  .says = "What I earned, as the ledger has it, and my sales" },
	{ 0 },
};
