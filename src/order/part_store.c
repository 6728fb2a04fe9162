/* part_store.c - SQL of what orders open, and of entitlements as they begin. */
#include "order/part.h"

#include "catalog/bundle.h"

#include <assert.h>

static const struct shape part_row = SHAPE_AS("order_part_row", order_part,
	NAMED(order_part, "work_id",         work.id,               SHAPE_ID),
	NAMED(order_part, "title",           work.title,            SHAPE_TEXT),
	NAMED(order_part, "edition_id",      edition,               SHAPE_ID),
	FIELD(order_part, price,             SHAPE_MONEY),
	FIELD(order_part, amount,            SHAPE_MONEY),
	FIELD(order_part, shop,              SHAPE_MONEY),
	NAMED(order_part, "access",          terms.access,          SHAPE_ENUM, .names = access_rule_names),
	NAMED(order_part, "access_days",     terms.access_days,     SHAPE_INT),
	NAMED(order_part, "access_until_ms", terms.access_until_ms, SHAPE_INT),
	FIELD(order_part, held,              SHAPE_BOOL));

void order__insert_parts(struct tx *tx, const struct order *o)
{
	for (size_t i = 0; i < o->part_count; i++) {
		const struct order_part *p = &o->parts[i];

		run(tx,
		    "insert into purchase_part (purchase_id, position, work_id, edition_id, title, price, amount, shop, access, access_days, access_until_ms)"
		    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		    V(o->id.v, i, p->work.id.v, p->edition.v, p->work.title, p->price.fen, p->amount.fen, p->shop.fen, access_rule_names[p->terms.access],
		      p->terms.access_days, p->terms.access_until_ms));
	}
}

problem order__read_parts(struct tx *tx, struct order *order)
{
	return read_all(tx, &part_row, BUNDLE_MOST, (void **)&order->parts, &order->part_count,
	                "select work_id, title, edition_id, price, amount, shop, access, access_days, access_until_ms, held from purchase_part"
	                " where purchase_id = $1 order by position limit 50",
	                V(order->id.v));
}

void order__set_held(struct tx *tx, struct order_id order, struct work_id work)
{
	run(tx, "update purchase_part set held = 1 where purchase_id = $1 and work_id = $2", V(order.v, work.v));
}

void order__insert_entitlement(struct tx *tx, const struct opening *o, struct work_id work, struct edition_id edition)
{
	run(tx,
	    "insert into entitlement (id, user_id, work_id, edition_id, source, source_id, from_ms, until_ms, begins_ms)"
	    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
	    V(tx_id(tx), o->user.v, work.v, edition.v, o->source, o->source_id, o->from_ms, o->until_ms ? value_int(o->until_ms) : value_null(),
	      o->begins_ms ? o->begins_ms : o->from_ms));
}

/* ---- how long ---- */

static const struct shape stretch_row = SHAPE(stretch,
	FIELD(stretch, id,         SHAPE_INT),
	FIELD(stretch, work,       SHAPE_ID),
	FIELD(stretch, begins_ms,  SHAPE_TIME),
	FIELD(stretch, until_ms,   SHAPE_TIME, .nullable = true),
	FIELD(stretch, revoked_ms, SHAPE_TIME, .nullable = true));

enum { STRETCHES_MAX = 1000 };

problem order__stretches(struct tx *tx, struct user_id user, struct work_id work, struct stretch **ret, size_t *ret_count)
{
	return read_all(tx, &stretch_row, STRETCHES_MAX, (void **)ret, ret_count,
	                "select id, work_id, begins_ms, until_ms, revoked_ms from entitlement where user_id = $1 and work_id = $2"
	                " and revoked_ms is null and until_ms > $3 order by begins_ms, id limit 1000",
	                V(user.v, work.v, tx_now_ms(tx)));
}

/* What somebody else ended bears another time than the refund's decision. */
problem order__taken(struct tx *tx, struct order_id order, struct stretch **ret, size_t *ret_count)
{
	return read_all(tx, &stretch_row, BUNDLE_MOST, (void **)ret, ret_count,
	                "select id, work_id, begins_ms, until_ms, revoked_ms from entitlement where source = 'order' and source_id = $1"
	                " and revoked_ms in (select decided_ms from purchase_refund where purchase_id = $1 and ends_access = 1)"
	                " and not exists (select 1 from purchase_refund where purchase_id = $1 and ends_access = 1 and state in ('APPROVED', 'SUCCEEDED'))"
	                " order by id limit 50",
	                V(order.v));
}

void order__put_stretch(struct tx *tx, const struct stretch *s)
{
	run(tx, "update entitlement set begins_ms = $1, until_ms = $2, revoked_ms = null where id = $3",
	    V(s->begins_ms, s->until_ms ? value_int(s->until_ms) : value_null(), s->id));
}

struct opened {
	struct work_id work;
};
static const struct shape opened_row = SHAPE(opened, FIELD(opened, work, SHAPE_ID));

problem order__opened_by(struct tx *tx, const char *source, int64_t source_id, struct work_id **ret, size_t *ret_count)
{
	static_assert(sizeof(struct opened) == sizeof(struct work_id), "rows of works are an array of works");
	return read_all(tx, &opened_row, BUNDLE_MOST, (void **)ret, ret_count,
	                "select work_id from entitlement where source = $1 and source_id = $2 order by id limit 50", V(source, source_id));
}
