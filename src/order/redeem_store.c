/* redeem_store.c - SQL of codes that open a work. */
#include "order/redeem.h"

static const struct shape batch_row = SHAPE_AS("redeem_batch_row", redeem_batch,
	FIELD(redeem_batch, id,          SHAPE_INT),
	FIELD(redeem_batch, work,        SHAPE_ID),
	FIELD(redeem_batch, creator,     SHAPE_ID),
	FIELD(redeem_batch, made_by,     SHAPE_ID),
	FIELD(redeem_batch, name,        SHAPE_TEXT),
	FIELD(redeem_batch, access_days, SHAPE_INT),
	FIELD(redeem_batch, until_ms,    SHAPE_TIME),
	FIELD(redeem_batch, stopped_ms,  SHAPE_TIME, .nullable = true),
	FIELD(redeem_batch, created_ms,  SHAPE_TIME),
	FIELD(redeem_batch, count,       SHAPE_INT),
	FIELD(redeem_batch, used,        SHAPE_INT));

#define BATCH_SELECT                                                                                               \
	"select b.id, b.work_id, b.creator_id, b.made_by, b.name, b.access_days, b.until_ms, b.stopped_ms, b.created_ms," \
	" (select count(*) from redeem_code c where c.batch_id = b.id),"                                           \
	" (select count(*) from redeem_code c where c.batch_id = b.id and c.used_by is not null) from redeem_batch b"

static const struct shape code_row = SHAPE(redeem_code,
	FIELD(redeem_code, id,      SHAPE_INT),
	FIELD(redeem_code, batch,   SHAPE_INT),
	FIELD(redeem_code, tail,    SHAPE_TEXT),
	FIELD(redeem_code, used_by, SHAPE_ID, .nullable = true),
	FIELD(redeem_code, used_ms, SHAPE_TIME, .nullable = true));

problem redeem__insert(struct tx *tx, const struct redeem_batch *b)
{
	run(tx,
	    "insert into redeem_batch (id, work_id, creator_id, made_by, name, access_days, until_ms, created_ms) values ($1, $2, $3, $4, $5, $6, $7, $8)",
	    V(b->id, b->work.v, b->creator.v, b->made_by.v, b->name, b->access_days, b->until_ms, b->created_ms));
	return tx_problem(tx);
}

void redeem__insert_code(struct tx *tx, int64_t batch, struct text code_hash, struct text tail)
{
	run(tx, "insert into redeem_code (id, batch_id, code_hash, tail) values ($1, $2, $3, $4)", V(tx_id(tx), batch, code_hash, tail));
}

static problem add_title(struct tx *tx, struct redeem_batch *batch)
{
	struct work_card card;
	problem why = work_by_id(tx, batch->work, &card);

	if (!why)
		batch->title = card.title;
	return why;
}

problem redeem__by_id(struct tx *tx, int64_t id, struct redeem_batch *ret)
{
	problem why = read_one(tx, &redeem_missing, &batch_row, ret, BATCH_SELECT " where b.id = $1", V(id));

	return why ? why : add_title(tx, ret);
}

problem redeem__list(struct tx *tx, struct creator_id creator, int64_t before, size_t most, struct redeem_batch **ret, size_t *ret_count)
{
	problem why = read_all(tx, &batch_row, most, (void **)ret, ret_count,
	                       BATCH_SELECT " where b.id < $1 and ($2 = 0 or b.creator_id = $2) order by b.id desc limit $3",
	                       V(before ? before : INT64_MAX, creator.v, most));

	for (size_t i = 0; !why && i < *ret_count; i++)
		why = add_title(tx, &(*ret)[i]);
	return why;
}

problem redeem__code(struct tx *tx, struct text code_hash, struct redeem_code *ret)
{
	return read_one(tx, &redeem_missing, &code_row, ret, "select id, batch_id, tail, used_by, used_ms from redeem_code where code_hash = $1",
	                V(code_hash));
}

problem redeem__codes(struct tx *tx, int64_t batch, struct redeem_code **ret, size_t *ret_count)
{
	return read_all(tx, &code_row, CODES_MAX, (void **)ret, ret_count,
	                "select id, batch_id, tail, used_by, used_ms from redeem_code where batch_id = $1 order by id limit 10000", V(batch));
}

bool redeem__take(struct tx *tx, int64_t code, struct user_id user)
{
	return run_count(tx, "update redeem_code set used_by = $1, used_ms = $2 where id = $3 and used_by is null", V(user.v, tx_now_ms(tx), code)) == 1;
}

void redeem__set_stopped(struct tx *tx, int64_t id)
{
	run(tx, "update redeem_batch set stopped_ms = $1 where id = $2 and stopped_ms is null", V(tx_now_ms(tx), id));
}

struct text redeem__verify(struct tx *tx)
{
	int64_t id = read_int(tx, 0,
	                      "select c.id from redeem_code c left join entitlement e on e.source = 'redeem' and e.source_id = c.id"
	                      " where (c.used_by is null) <> (e.id is null) or c.used_by <> e.user_id order by c.id limit 1",
	                      V0);

	if (id)
		return arena_format(tx_arena(tx), "code %lld: used by somebody who has no entitlement by it", (long long)id);
	id = read_int(tx, 0,
	              "select e.id from entitlement e left join redeem_code c on c.id = e.source_id where e.source = 'redeem' and c.id is null"
	              " order by e.id limit 1",
	              V0);
	return id ? arena_format(tx_arena(tx), "entitlement %lld: by a code that is not there", (long long)id) : (struct text){ 0 };
}
