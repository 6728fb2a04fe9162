/* order_store.c - SQL of orders and entitlements. */
#include "order/grant_room.h"
#include "order/part.h"
#include "order/redeem.h"

#define X_NAME(id, name) [ORDER_##id] = name,
const char *const order_state_names[] = { ORDER_STATES(X_NAME)[ORDER_STATE_COUNT] = NULL };

static const struct shape order_row = SHAPE_AS("order_row", order,
	FIELD(order, id,                  SHAPE_ID),
	FIELD(order, buyer,               SHAPE_ID),
	FIELD(order, state,               SHAPE_ENUM, .names = order_state_names),
	FIELD(order, total,               SHAPE_MONEY),
	FIELD(order, commission_permille, SHAPE_INT),
	FIELD(order, created_ms,          SHAPE_TIME),
	FIELD(order, expires_ms,          SHAPE_TIME),
	FIELD(order, paid_ms,             SHAPE_TIME, .nullable = true),
	NAMED(order, "payment_id", paid_by,    SHAPE_ID, .nullable = true),
	NAMED(order, "work_id",    work.id,    SHAPE_ID),
	NAMED(order, "work_title", work.title, SHAPE_TEXT),
	FIELD(order, edition,             SHAPE_ID),
	FIELD(order, creator,             SHAPE_ID),
	NAMED(order, "access",          terms.access,          SHAPE_ENUM, .names = access_rule_names),
	NAMED(order, "access_days",     terms.access_days,     SHAPE_INT),
	NAMED(order, "access_until_ms", terms.access_until_ms, SHAPE_INT),
	NAMED(order, "refund_days",     terms.refund_days,     SHAPE_INT),
	NAMED(order, "refund_percent",  terms.refund_percent,  SHAPE_INT),
	FIELD(order, list_price,        SHAPE_MONEY),
	FIELD(order, price,             SHAPE_MONEY),
	FIELD(order, coupon_off,        SHAPE_MONEY),
	FIELD(order, coupon_shop,       SHAPE_MONEY),
	FIELD(order, coupon,            SHAPE_TEXT, .nullable = true));

#define ORDER_SELECT                                                                                              \
	"select p.id, p.buyer, p.state, p.total, p.commission_permille, p.created_ms, p.expires_ms, p.paid_ms, p.payment_id," \
	" i.work_id, i.title, i.edition_id, i.creator_id, i.access, i.access_days, i.access_until_ms, i.refund_days,"                                       \
	" i.refund_percent, i.list_price, i.price, i.coupon_off, i.coupon_shop, i.coupon from purchase p join purchase_item i on i.purchase_id = p.id"

problem order__insert(struct tx *tx, const struct order *o)
{
	run(tx, "insert into purchase (id, buyer, state, total, commission_permille, created_ms, expires_ms) values ($1, $2, $3, $4, $5, $6, $7)",
	    V(o->id.v, o->buyer.v, order_state_names[o->state], o->total.fen, o->commission_permille, o->created_ms, o->expires_ms));
	run(tx,
	    "insert into purchase_item (purchase_id, line, work_id, edition_id, creator_id, title, price, access, access_days, access_until_ms,"
	    " refund_days, refund_percent, list_price, coupon_off, coupon_shop, coupon)"
	    " values ($1, 0, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
	    V(o->id.v, o->work.id.v, o->edition.v, o->creator.v, o->work.title, o->price.fen, access_rule_names[o->terms.access], o->terms.access_days,
	      o->terms.access_until_ms, o->terms.refund_days, o->terms.refund_percent, o->list_price.fen, o->coupon_off.fen, o->coupon_shop.fen, o->coupon));
	order__insert_parts(tx, o);
	return tx_problem(tx);
}

void order__set_source(struct tx *tx, struct order_id id, int64_t source)
{
	run(tx, "update purchase set source_id = $1 where id = $2 and source_id is null", V(source, id.v));
}

/* A work's address is the catalogue's to know, and may have changed since. */
static problem add_address(struct tx *tx, struct order_work *work)
{
	struct work_card card;
	problem why = work_by_id(tx, work->id, &card);

	if (why)
		return why;
	work->slug = card.slug;
	work->url = card.url;
	return NULL;
}

static problem complete(struct tx *tx, struct order *order)
{
	problem why = add_address(tx, &order->work);

	if (!why)
		why = order__read_parts(tx, order);
	for (size_t i = 0; !why && i < order->part_count; i++) {
		if (order->parts[i].work.id.v != order->work.id.v)
			why = add_address(tx, &order->parts[i].work);
		else
			order->parts[i].work = order->work;
	}
	return why;
}

problem order__by_id(struct tx *tx, struct order_id id, struct order *ret)
{
	problem why = read_one(tx, &order_missing, &order_row, ret, ORDER_SELECT " where p.id = $1 and i.line = 0", V(id.v));

	return why ? why : complete(tx, ret);
}

problem order__open_for(struct tx *tx, struct user_id buyer, struct work_id work, int64_t coupon_batch, struct order *ret)
{
	problem why = read_one(tx, &order_missing, &order_row, ret,
	                       ORDER_SELECT " where p.buyer = $1 and i.work_id = $2 and p.state = 'PENDING' and p.expires_ms > $3"
	                                    " and coalesce((select u.batch_id from coupon_use u where u.purchase_id = p.id), 0) = $4"
	                                    " order by p.id desc limit 1",
	                       V(buyer.v, work.v, tx_now_ms(tx), coupon_batch));

	return why ? why : complete(tx, ret);
}

problem order__list(struct tx *tx, struct user_id buyer, int64_t before, size_t most, struct order **ret, size_t *ret_count)
{
	problem why = read_all(tx, &order_row, most, (void **)ret, ret_count,
	                       ORDER_SELECT " where p.buyer = $1 and p.id < $2 and i.line = 0 order by p.id desc limit $3",
	                       V(buyer.v, before ? before : INT64_MAX, most));

	for (size_t i = 0; !why && i < *ret_count; i++)
		why = complete(tx, &(*ret)[i]);
	return why;
}

problem order__set_state(struct tx *tx, struct order *order, enum order_state to)
{
	problem why = run_one(tx, &order_moved_on, "update purchase set state = $1 where id = $2 and state = $3",
	                      V(order_state_names[to], order->id.v, order_state_names[order->state]));

	if (!why)
		order->state = (int)to;
	return why;
}

void order__set_paid(struct tx *tx, const struct order *o)
{
	run(tx, "update purchase set paid_ms = $1, payment_id = $2 where id = $3",
	    V(o->paid_ms ? o->paid_ms : tx_now_ms(tx), o->paid_by.v ? value_int(o->paid_by.v) : value_null(), o->id.v));
}

/* ---- entitlements ---- */

bool entitled(struct tx *tx, struct user_id user, struct work_id work)
{
	if (!user.v)
		return false;
	return read_int(tx, 0,
	                "select 1 from entitlement where user_id = $1 and work_id = $2 and from_ms <= $3"
	                " and (until_ms is null or until_ms > $3) and revoked_ms is null limit 1",
	                V(user.v, work.v, tx_now_ms(tx))) == 1;
}

int64_t entitled_until(struct tx *tx, struct user_id user, struct work_id work)
{
	return !user.v ? 0 : read_int(tx, 0,
	                              "select coalesce(max(coalesce(until_ms, $4)), 0) from entitlement where user_id = $1 and work_id = $2 and from_ms <= $3"
	                              " and (until_ms is null or until_ms > $3) and revoked_ms is null",
	                              V(user.v, work.v, tx_now_ms(tx), ORDER_FOR_EVER));
}

struct edition_id entitled_edition(struct tx *tx, struct user_id user, struct work_id work)
{
	return (struct edition_id){ read_int(tx, 0,
	                                     "select edition_id from entitlement where user_id = $1 and work_id = $2 and edition_id > 0"
	                                     " and revoked_ms is null order by from_ms, id limit 1",
	                                     V(user.v, work.v)) };
}

static const struct shape access_end_row = SHAPE(access_end, FIELD(access_end, user, SHAPE_ID), FIELD(access_end, work, SHAPE_ID));

/* Of hours: a shop that takes back more than that has other cares. */
enum { ENDED_MAX = 200000 };

problem order_ended(struct tx *tx, int64_t since_ms, struct access_end **ret, size_t *ret_count)
{
	return read_all(tx, &access_end_row, ENDED_MAX, (void **)ret, ret_count,
	                "select g.user_id, g.work_id from entitlement g where g.revoked_ms > $1 and not exists (select 1 from entitlement e"
	                " where e.user_id = g.user_id and e.work_id = g.work_id and e.revoked_ms is null and e.from_ms <= $2"
	                " and (e.until_ms is null or e.until_ms > $2)) group by g.user_id, g.work_id order by max(g.revoked_ms) desc limit $3",
	                V(since_ms, tx_now_ms(tx), ENDED_MAX));
}

static const struct shape entitlement_row = SHAPE(entitlement,
	FIELD(entitlement, id,      SHAPE_INT),
	FIELD(entitlement, work,    SHAPE_ID),
	FIELD(entitlement, edition, SHAPE_ID),
	FIELD(entitlement, from_ms, SHAPE_TIME),
	FIELD(entitlement, until_ms, SHAPE_TIME, .nullable = true),
	FIELD(entitlement, given,   SHAPE_TEXT, .nullable = true));

problem entitlements_of(struct tx *tx, struct user_id user, size_t most, struct entitlement **ret, size_t *ret_count)
{
	return read_all(tx, &entitlement_row, most, (void **)ret, ret_count,
	                "select e.id, e.work_id, e.edition_id, e.from_ms, e.until_ms, g.reason from entitlement e"
	                " left join access_grant g on e.source = 'staff' and g.id = e.source_id where e.user_id = $1 and e.from_ms <= $2"
	                " and (e.until_ms is null or e.until_ms > $2) and e.revoked_ms is null order by e.id desc limit $3",
	                V(user.v, tx_now_ms(tx), most));
}

struct entitlement_origin {
	struct text source;
};
static const struct shape origin_row = SHAPE(entitlement_origin, FIELD(entitlement_origin, source, SHAPE_TEXT));
static const struct problem no_entitlement = { 404, "no-entitlement", "He has none." };

problem entitlement_source(struct tx *tx, struct user_id user, struct work_id work, struct text *ret)
{
	struct entitlement_origin origin = { 0 };
	problem why = read_one(tx, &no_entitlement, &origin_row, &origin,
	                       "select source from entitlement where user_id = $1 and work_id = $2 and revoked_ms is null"
	                       " order by case when source = 'order' then 0 else 1 end, id desc limit 1",
	                       V(user.v, work.v));

	*ret = origin.source;
	return why == &no_entitlement ? NULL : why;
}

/* ---- what is bought together ---- */

static const struct shape pair_row = SHAPE(bought_pair,
	FIELD(bought_pair, work,         SHAPE_ID),
	FIELD(bought_pair, other,        SHAPE_ID),
	FIELD(bought_pair, buyers,       SHAPE_INT),
	FIELD(bought_pair, work_buyers,  SHAPE_INT),
	FIELD(bought_pair, other_buyers, SHAPE_INT));

problem order_bought_together(struct tx *tx, int64_t least, problem (*each)(void *arg, const void *pair), void *arg)
{
	return read_each(tx, &pair_row, each, arg,
	                 "with own as (select distinct user_id, work_id, source_id from entitlement where source = 'order' and revoked_ms is null),"
	                 " sold as (select work_id, count(distinct user_id) as buyers from own group by work_id having count(distinct user_id) >= $1)"
	                 " select a.work_id, b.work_id, count(distinct a.user_id), max(x.buyers), max(y.buyers) from sold x join own a on a.work_id = x.work_id"
	                 " join own b on b.user_id = a.user_id and b.work_id <> a.work_id and b.source_id <> a.source_id join sold y on y.work_id = b.work_id"
	                 " group by a.work_id, b.work_id having count(distinct a.user_id) >= $1 order by a.work_id, b.work_id",
	                 V(least));
}

int64_t order_buyers(struct tx *tx)
{
	return read_int(tx, 0, "select count(distinct user_id) from entitlement where source = 'order' and revoked_ms is null", V0);
}

/* ---- a creator's sales ---- */

static const struct shape sale_row = SHAPE_AS("sale_row", sale,
	FIELD(sale, id,                  SHAPE_ID),
	FIELD(sale, work,                SHAPE_ID),
	FIELD(sale, title,               SHAPE_TEXT),
	FIELD(sale, price,               SHAPE_MONEY),
	FIELD(sale, base,                SHAPE_MONEY),
	NAMED(sale, "taken",             share,    SHAPE_MONEY),
	FIELD(sale, refunded,            SHAPE_MONEY),
	FIELD(sale, commission_permille, SHAPE_INT),
	FIELD(sale, paid_ms,             SHAPE_TIME));

problem order__sales(struct tx *tx, struct creator_id creator, int64_t before, size_t most, struct sale **ret, size_t *ret_count)
{
	problem why = read_all(tx, &sale_row, most, (void **)ret, ret_count,
	                       "select p.id, i.work_id, i.title, i.price - i.coupon_off, i.price - i.coupon_off + i.coupon_shop,"
	                       " (select coalesce(sum(r.from_held + r.from_available + r.from_clawback), 0) from purchase_refund r"
	                       "  where r.purchase_id = p.id and r.state in ('APPROVED', 'SUCCEEDED')),"
	                       " (select coalesce(sum(r.amount), 0) from purchase_refund r"
	                       "  where r.purchase_id = p.id and r.state in ('APPROVED', 'SUCCEEDED')),"
	                       " p.commission_permille, p.paid_ms from purchase_item i join purchase p on p.id = i.purchase_id where i.creator_id = $1 and p.id < $2"
	                       " and p.state in ('PAID', 'PART_REFUNDED', 'REFUNDED') order by p.id desc limit $3",
	                       V(creator.v, before ? before : INT64_MAX, most));

	for (size_t i = 0; !why && i < *ret_count; i++)
		(*ret)[i].share = MONEY(order__creator_share((*ret)[i].base, (*ret)[i].commission_permille).fen - (*ret)[i].share.fen);
	return why;
}

/* ---- what came by a source ---- */

static const struct shape source_sum_row = SHAPE(order_source_sum,
	FIELD(order_source_sum, orders,   SHAPE_INT),
	FIELD(order_source_sum, paid,     SHAPE_INT),
	FIELD(order_source_sum, received, SHAPE_MONEY),
	FIELD(order_source_sum, refunded, SHAPE_MONEY));

problem order_source_sum(struct tx *tx, int64_t source, struct creator_id creator, struct order_source_sum *ret)
{
	return read_one(tx, &order_missing, &source_sum_row, ret,
	                "select count(*), coalesce(sum(case when p.state in ('PAID', 'PART_REFUNDED', 'REFUNDED') then 1 else 0 end), 0),"
	                " coalesce(sum(case when p.state in ('PAID', 'PART_REFUNDED', 'REFUNDED') then p.total else 0 end), 0),"
	                " coalesce(sum((select coalesce(sum(r.amount), 0) from purchase_refund r where r.purchase_id = p.id and r.state = 'SUCCEEDED')), 0)"
	                " from purchase p where p.source_id = $1 and ($2 = 0 or exists"
	                " (select 1 from purchase_item i where i.purchase_id = p.id and i.creator_id = $2))",
	                V(source, creator.v));
}

/* ---- verification: the first order that disagrees with what follows from it ---- */

enum { VERIFY_STEP = 500 };

struct order_check {
	struct arena *arena;
	struct order_report *report;
	int64_t after;
	bool done;
};

static void disagree(struct order_check *c, int64_t id, const char *says)
{
	c->report->sound = false;
	c->report->first_wrong = arena_format(c->arena, "order %lld: %s", (long long)id, says);
}

static void check(struct tx *tx, struct order_check *c, const char *sql, const char *says)
{
	int64_t id = c->report->sound ? read_int(tx, 0, sql, V0) : 0;

	if (id)
		disagree(c, id, says);
}

/* What the shop bears of coupons is a sum over orders and refunds, and a balance. */
static bool subsidy_agrees(struct tx *tx)
{
	int64_t borne = read_int(tx, 0,
	                         "select coalesce(sum(i.coupon_shop), 0) from purchase_item i join purchase p on p.id = i.purchase_id"
	                         " where p.state in ('PAID', 'PART_REFUNDED', 'REFUNDED')",
	                         V0);
	int64_t back = read_int(tx, 0, "select coalesce(sum(to_subsidy), 0) from purchase_refund where state in ('APPROVED', 'SUCCEEDED')", V0);

	return ledger_balance(tx, LEDGER_COUPON_SUBSIDY, 0).fen == borne - back;
}

static void check_coupons(struct tx *tx, struct order_check *c)
{
	struct coupon_check found = c->report->sound ? coupon__verify(tx) : (struct coupon_check){ 0 };

	if (found.id)
		disagree(c, found.id, found.says);
	if (c->report->sound && !subsidy_agrees(tx))
		disagree(c, 0, "what the shop bears of coupons is not what the ledger has");
}

/* What an order opens sums to what it comes to, and nothing else is opened by it. */
static void check_parts(struct tx *tx, struct order_check *c)
{
	check(tx, c,
	      "select p.id from purchase p join purchase_item i on i.purchase_id = p.id and i.line = 0 left join purchase_part t on t.purchase_id = p.id"
	      " group by p.id, p.total, i.coupon_shop having coalesce(sum(t.amount), -1) <> p.total or sum(t.shop) <> i.coupon_shop order by p.id limit 1",
	      "its parts are not what it comes to");
	check(tx, c,
	      "select e.source_id from entitlement e left join purchase_part t on t.purchase_id = e.source_id and t.work_id = e.work_id"
	      " where e.source = 'order' and t.work_id is null order by e.source_id limit 1",
	      "an entitlement to what it does not open");
}

static problem verify(struct tx *tx, void *arg)
{
	struct order_check *c = arg;

	c->report->orders = read_int(tx, 0, "select count(*) from purchase", V0);
	check(tx, c,
	      "select p.id from purchase p join purchase_part t on t.purchase_id = p.id"
	      " left join entitlement e on e.source = 'order' and e.source_id = p.id and e.work_id = t.work_id and e.revoked_ms is null"
	      " where p.state in ('PAID', 'PART_REFUNDED') and e.id is null and not exists (select 1 from purchase_refund r"
	      " where r.purchase_id = p.id and r.ends_access = 1 and r.state in ('APPROVED', 'SUCCEEDED')) order by p.id limit 1",
	      "paid, but no entitlement");
	check(tx, c,
	      "select r.purchase_id from purchase_refund r join entitlement e on e.source = 'order' and e.source_id = r.purchase_id and e.revoked_ms is null"
	      " where r.ends_access = 1 and r.state in ('APPROVED', 'SUCCEEDED') order by r.purchase_id limit 1",
	      "an entitlement, but a refund ended it");
	check(tx, c,
	      "select p.id from entitlement e join purchase p on p.id = e.source_id where e.source = 'order' and e.revoked_ms is null"
	      " and p.state not in ('PAID', 'PART_REFUNDED') order by p.id limit 1",
	      "an entitlement, but not paid");
	check(tx, c,
	      "select p.id from purchase p where p.total > 0 and p.state in ('PAID', 'PART_REFUNDED', 'REFUNDED') and p.payment_id is null"
	      " order by p.id limit 1",
	      "paid, but by no payment");
	check(tx, c,
	      "select p.id from purchase p join purchase_refund r on r.purchase_id = p.id where r.state in ('APPROVED', 'SUCCEEDED')"
	      " group by p.id, p.total having sum(r.amount) > p.total order by p.id limit 1",
	      "more is refunded than was paid");
	check(tx, c,
	      "select p.id from purchase p left join purchase_refund r on r.purchase_id = p.id and r.state = 'SUCCEEDED' where p.total > 0"
	      " group by p.id, p.total, p.state having (p.state = 'REFUNDED') <> (coalesce(sum(r.amount), 0) = p.total)"
	      " or (p.state = 'PART_REFUNDED') <> (coalesce(sum(r.amount), 0) > 0 and coalesce(sum(r.amount), 0) < p.total) order by p.id limit 1",
	      "its state is not what was refunded");
	check_coupons(tx, c);
	check_parts(tx, c);
	if (c->report->sound) {
		struct text wrong = grant__verify(tx);

		c->report->sound = !wrong.at;
		c->report->first_wrong = wrong.at ? arena_text(c->arena, wrong) : wrong;
	}
	if (c->report->sound) {
		struct text wrong = redeem__verify(tx);

		c->report->sound = !wrong.at;
		c->report->first_wrong = wrong.at ? arena_text(c->arena, wrong) : wrong;
	}
	return tx_problem(tx);
}

static problem verify_refunds(struct tx *tx, void *arg)
{
	struct order_check *c = arg;
	struct text wrong = { 0 };
	int64_t after = 0;
	problem why;

	tx_use_arena(tx, c->arena);
	do
		why = order__verify_refunds(tx, after, VERIFY_STEP, &after, &wrong);
	while (!why && after && !wrong.at);
	if (!why && !wrong.at)
		why = payment_verify_refunds(tx, &wrong);
	if (!why && wrong.at && c->report->sound) {
		c->report->sound = false;
		c->report->first_wrong = wrong;
	}
	return why;
}

/* ---- each paid order against its payment and the book ---- */

struct paid_order {
	int64_t id, payment, total;
};
static const struct shape paid_order_row = SHAPE(paid_order,
	FIELD(paid_order, id,      SHAPE_INT),
	FIELD(paid_order, payment, SHAPE_INT),
	FIELD(paid_order, total,   SHAPE_INT));

static const char *disagreement(struct tx *tx, const struct paid_order *order)
{
	struct payment payment;
	struct text key;

	if (payment_by_id(tx, (struct payment_id){ order->payment }, &payment))
		return "its payment is not there";
	if (payment.state != PAYMENT_PAID || payment.payable != order->id)
		return "its payment is not one of this order that was paid";
	if (payment.amount.fen != order->total)
		return "its payment is of another amount";
	key = arena_format(tx_arena(tx), "%.*s|%.*s|paid", TEXT_ARG(payment.channel), TEXT_ARG(payment.transaction));
	return ledger_has(tx, key) ? NULL : "its payment is not in the ledger";
}

static problem verify_paid(struct tx *tx, void *arg)
{
	struct order_check *c = arg;
	struct paid_order *orders;
	size_t n;
	problem why = read_all(tx, &paid_order_row, VERIFY_STEP, (void **)&orders, &n,
	                       "select id, payment_id, total from purchase where id > $1 and total > 0 and payment_id is not null"
	                       " and state in ('PAID', 'PART_REFUNDED', 'REFUNDED') order by id limit 500",
	                       V(c->after));

	for (size_t i = 0; !why && c->report->sound && i < n; i++) {
		const char *says = disagreement(tx, &orders[i]);

		if (says)
			disagree(c, orders[i].id, says);
	}
	c->done = why || n < VERIFY_STEP || !c->report->sound;
	if (!c->done)
		c->after = orders[n - 1].id;
	return why ? why : tx_problem(tx);
}

problem order_verify(struct db *db, struct arena *arena, struct order_report *ret)
{
	struct order_check c = { .arena = arena, .report = ret };
	problem why;

	*ret = (struct order_report){ .sound = true };
	why = db_read(db, verify, &c);
	while (!why && !c.done)
		why = db_read(db, verify_paid, &c);
	return why ? why : db_read(db, verify_refunds, &c);
}
