/* coupon_store.c - SQL of coupons. The check of the table keeps `taken` within the stock, whoever comes at once. */
#include "order/coupon.h"

const char *const coupon_bearer_names[] = { NULL, [COUPON_SHOP] = "shop", [COUPON_CREATOR] = "creator", NULL };

static const struct shape batch_row = SHAPE_AS("coupon_batch_row", coupon_batch,
	FIELD(coupon_batch, id,           SHAPE_INT),
	FIELD(coupon_batch, creator,      SHAPE_ID, .nullable = true),
	FIELD(coupon_batch, made_by,      SHAPE_ID),
	FIELD(coupon_batch, name,         SHAPE_TEXT),
	FIELD(coupon_batch, word,         SHAPE_TEXT, .nullable = true),
	FIELD(coupon_batch, bearer,       SHAPE_ENUM, .names = coupon_bearer_names),
	FIELD(coupon_batch, amount_off,   SHAPE_MONEY),
	FIELD(coupon_batch, permille_off, SHAPE_INT),
	FIELD(coupon_batch, most_off,     SHAPE_MONEY),
	FIELD(coupon_batch, least_price,  SHAPE_MONEY),
	FIELD(coupon_batch, from_ms,      SHAPE_TIME),
	FIELD(coupon_batch, until_ms,     SHAPE_TIME),
	FIELD(coupon_batch, stock,        SHAPE_INT),
	FIELD(coupon_batch, taken,        SHAPE_INT),
	FIELD(coupon_batch, each_max,     SHAPE_INT),
	FIELD(coupon_batch, some_works,   SHAPE_BOOL),
	FIELD(coupon_batch, stopped_ms,   SHAPE_TIME, .nullable = true),
	FIELD(coupon_batch, created_ms,   SHAPE_TIME),
	FIELD(coupon_batch, reserved,     SHAPE_INT),
	FIELD(coupon_batch, used,         SHAPE_INT),
	FIELD(coupon_batch, given,        SHAPE_MONEY));

#define BATCH_OF "select b.id, b.creator_id, b.made_by, b.name, b.word, b.bearer, b.amount_off, b.permille_off, b.most_off, b.least_price, b.from_ms," \
	" b.until_ms, b.stock, b.taken, b.each_max, b.some_works, b.stopped_ms, b.created_ms,"
#define BATCH_COLUMNS BATCH_OF " 0, 0, 0 from coupon_batch b"
#define BATCH_AND_NUMBERS BATCH_OF                                                                        \
	" (select count(*) from coupon_use u where u.batch_id = b.id and u.state = 'RESERVED'),"           \
	" (select count(*) from coupon_use u where u.batch_id = b.id and u.state = 'USED'),"               \
	" (select coalesce(sum(u.amount), 0) from coupon_use u where u.batch_id = b.id and u.state = 'USED')" \
	" from coupon_batch b"

problem coupon__by_word(struct tx *tx, struct text word, struct coupon_batch *ret)
{
	return read_one(tx, &coupon_unknown, &batch_row, ret, BATCH_COLUMNS " where b.word = $1", V(word));
}

problem coupon__by_code(struct tx *tx, struct text code_hash, struct coupon_batch *ret)
{
	return read_one(tx, &coupon_unknown, &batch_row, ret, BATCH_COLUMNS " join coupon_code c on c.batch_id = b.id where c.code_hash = $1", V(code_hash));
}

struct covered {
	int64_t work;
};
static const struct shape covered_row = SHAPE(covered, FIELD(covered, work, SHAPE_INT));

static problem add_works(struct tx *tx, struct coupon_batch *batch)
{
	struct covered *rows;
	size_t n;
	problem why = read_all(tx, &covered_row, COUPON_WORKS_MAX, (void **)&rows, &n,
	                       "select work_id from coupon_work where batch_id = $1 order by work_id limit 200", V(batch->id));

	if (why)
		return why;
	batch->works = ARENA_ARRAY(tx_arena(tx), int64_t, n + 1);
	batch->work_count = n;
	for (size_t i = 0; i < n; i++)
		batch->works[i] = rows[i].work;
	return NULL;
}

problem coupon__by_id(struct tx *tx, int64_t id, struct coupon_batch *ret)
{
	problem why = read_one(tx, &coupon_missing, &batch_row, ret, BATCH_AND_NUMBERS " where b.id = $1", V(id));

	return why ? why : add_works(tx, ret);
}

problem coupon__list(struct tx *tx, struct creator_id creator, int64_t before, size_t most, struct coupon_batch **ret, size_t *ret_count)
{
	problem why = read_all(tx, &batch_row, most, (void **)ret, ret_count,
	                       BATCH_AND_NUMBERS " where b.id < $1 and ($2 = 0 or b.creator_id = $2) order by b.id desc limit $3",
	                       V(before ? before : INT64_MAX, creator.v, most));

	for (size_t i = 0; !why && i < *ret_count; i++)
		why = add_works(tx, &(*ret)[i]);
	return why;
}

bool coupon__covers(struct tx *tx, int64_t batch, struct work_id work)
{
	return read_int(tx, 0, "select 1 from coupon_work where batch_id = $1 and work_id = $2", V(batch, work.v)) == 1;
}

bool coupon__code_free(struct tx *tx, struct text code_hash)
{
	return read_int(tx, 0, "select 1 from coupon_code where code_hash = $1 and taken_by is null", V(code_hash)) == 1;
}

int64_t coupon__count_of(struct tx *tx, int64_t batch, struct user_id user)
{
	return read_int(tx, 0, "select count(*) from coupon_use where batch_id = $1 and user_id = $2 and state in ('RESERVED', 'USED')", V(batch, user.v));
}

problem coupon__insert(struct tx *tx, const struct coupon_batch *b)
{
	run(tx,
	    "insert into coupon_batch (id, creator_id, made_by, name, word, bearer, amount_off, permille_off, most_off, least_price, from_ms, until_ms,"
	    " stock, each_max, some_works, created_ms) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
	    V(b->id, b->creator.v ? value_int(b->creator.v) : value_null(), b->made_by.v, b->name, b->word, coupon_bearer_names[b->bearer], b->amount_off.fen,
	      b->permille_off, b->most_off.fen, b->least_price.fen, b->from_ms, b->until_ms, b->stock, b->each_max, b->some_works, b->created_ms));
	for (size_t i = 0; i < b->work_count; i++)
		run(tx, "insert into coupon_work (batch_id, work_id) values ($1, $2) on conflict do nothing", V(b->id, b->works[i]));
	return tx_problem(tx);
}

void coupon__insert_code(struct tx *tx, int64_t batch, struct text code_hash)
{
	run(tx, "insert into coupon_code (code_hash, batch_id) values ($1, $2)", V(code_hash, batch));
}

bool coupon__take_one(struct tx *tx, int64_t batch)
{
	return run_count(tx, "update coupon_batch set taken = taken + 1 where id = $1 and taken < stock", V(batch)) == 1;
}

bool coupon__take_code(struct tx *tx, struct text code_hash, struct order_id order)
{
	return run_count(tx, "update coupon_code set taken_by = $1 where code_hash = $2 and taken_by is null", V(order.v, code_hash)) == 1;
}

void coupon__insert_use(struct tx *tx, const struct coupon *c, const struct order *order)
{
	run(tx, "insert into coupon_use (purchase_id, batch_id, user_id, code_hash, state, amount, at_ms) values ($1, $2, $3, $4, 'RESERVED', $5, $6)",
	    V(order->id.v, c->batch.id, order->buyer.v, c->code_hash, c->off.fen, tx_now_ms(tx)));
}

bool coupon__move_use(struct tx *tx, struct order_id order, const char *from, const char *to)
{
	return run_count(tx, "update coupon_use set state = $1 where purchase_id = $2 and state = $3", V(to, order.v, from)) == 1;
}

void coupon__free(struct tx *tx, struct order_id order)
{
	run(tx, "update coupon_batch set taken = taken - 1 where id = (select batch_id from coupon_use where purchase_id = $1)", V(order.v));
	run(tx, "update coupon_code set taken_by = null where taken_by = $1"
	        " and batch_id = (select batch_id from coupon_use where purchase_id = $1)", V(order.v));
}

static const struct shape use_row = SHAPE(coupon_use,
	FIELD(coupon_use, batch,     SHAPE_INT),
	FIELD(coupon_use, code_hash, SHAPE_TEXT, .nullable = true));

problem coupon__use_of(struct tx *tx, struct order_id order, struct coupon_use *ret)
{
	return read_one(tx, &coupon_missing, &use_row, ret, "select batch_id, code_hash from coupon_use where purchase_id = $1", V(order.v));
}

void coupon__set_stopped(struct tx *tx, int64_t id)
{
	run(tx, "update coupon_batch set stopped_ms = $1 where id = $2 and stopped_ms is null", V(tx_now_ms(tx), id));
}

/* ---- verification ---- */

struct coupon_check coupon__verify(struct tx *tx)
{
	static const struct {
		const char *sql, *says;
	} checks[] = {
		{ "select p.id from purchase p join purchase_item i on i.purchase_id = p.id and i.line = 0"
		  " where p.total <> i.price - i.coupon_off or i.coupon_shop > i.coupon_off order by p.id limit 1",
		  "its total is not the price less the coupon" },
		{ "select p.id from purchase p join purchase_item i on i.purchase_id = p.id and i.line = 0 left join coupon_use u on u.purchase_id = p.id"
		  " where coalesce(u.amount, 0) <> i.coupon_off order by p.id limit 1",
		  "its coupon is of another amount" },
		{ "select p.id from purchase p join coupon_use u on u.purchase_id = p.id where u.state <> case when p.state in ('PENDING', 'CLOSING')"
		  " then 'RESERVED' when p.state = 'CLOSED' then 'RETURNED' else 'USED' end order by p.id limit 1",
		  "its coupon stands otherwise than the order" },
		{ "select b.id from coupon_batch b where b.taken <> (select count(*) from coupon_use u where u.batch_id = b.id"
		  " and u.state in ('RESERVED', 'USED')) order by b.id limit 1",
		  "as a batch of coupons, another number is taken than orders have" },
	};

	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
		int64_t id = read_int(tx, 0, checks[i].sql, V0);

		if (id)
			return (struct coupon_check){ id, checks[i].says };
	}
	return (struct coupon_check){ 0 };
}
