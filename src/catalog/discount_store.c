/* discount_store.c - SQL of prices for some days, and of what was asked before. */
#include "catalog/discount.h"

static const struct shape discount_row = SHAPE_AS("discount_row", discount,
	FIELD(discount, price,    SHAPE_MONEY),
	FIELD(discount, from_ms,  SHAPE_TIME),
	FIELD(discount, until_ms, SHAPE_TIME));

bool discount__load(struct tx *tx, struct work_id id, struct discount *ret)
{
	return !read_one(tx, &work_missing, &discount_row, ret, "select price, from_ms, until_ms from price_discount where work_id = $1", V(id.v));
}

void discount__save(struct tx *tx, struct work_id id, const struct discount *d)
{
	run(tx, "insert into price_discount (work_id, price, from_ms, until_ms) values ($1, $2, $3, $4)", V(id.v, d->price.fen, d->from_ms, d->until_ms));
}

void discount__remove(struct tx *tx, struct work_id id) { run(tx, "delete from price_discount where work_id = $1", V(id.v)); }

void discount__begin(struct tx *tx, struct work_id id, const struct discount *d, struct money lowest)
{
	run(tx, "update work set list_price = price, lowest_price = $1, discount_until_ms = $2, price = $3 where id = $4 and list_price is null",
	    V(lowest.fen, d->until_ms, d->price.fen, id.v));
	catalog__note_price(tx, id);
}

void discount__stop(struct tx *tx, struct work_id id)
{
	run(tx, "update work set price = list_price, list_price = null, lowest_price = null, discount_until_ms = null where id = $1 and list_price is not null",
	    V(id.v));
	catalog__note_price(tx, id);
}

void catalog__note_price(struct tx *tx, struct work_id id)
{
	run(tx,
	    "insert into price_history (work_id, from_ms, price) select id, $1, price from work where id = $2"
	    " on conflict (work_id, from_ms) do update set price = excluded.price",
	    V(tx_now_ms(tx), id.v));
}

/* What was asked at that moment already, and all since. */
struct money discount__lowest_since(struct tx *tx, struct work_id id, int64_t since_ms)
{
	return MONEY(read_int(tx, 0,
	                      "select min(price) from price_history where work_id = $1 and from_ms >= coalesce((select max(from_ms) from price_history"
	                      " where work_id = $1 and from_ms <= $2), 0)",
	                      V(id.v, since_ms)));
}
