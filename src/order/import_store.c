/* import_store.c - SQL of files of learners. */
#include "order/import_room.h"

const char *const import_state_names[] = { NULL, [IMPORT_READING] = "READING", [IMPORT_READY] = "READY", [IMPORT_APPLIED] = "APPLIED",
	                                   [IMPORT_DISCARDED] = "DISCARDED", NULL };
const char *const import_row_state_names[] = { NULL, [IMPORT_GOOD] = "good", [IMPORT_KNOWN] = "known", [IMPORT_WRONG] = "wrong", NULL };

enum { LAPSED_MAX = 1000 };

static const struct shape import_row_of = SHAPE_AS("import_record", import,
	FIELD(import, id,         SHAPE_INT),
	FIELD(import, sha256,     SHAPE_TEXT),
	FIELD(import, name,       SHAPE_TEXT),
	FIELD(import, state,      SHAPE_ENUM, .names = import_state_names),
	FIELD(import, reason,     SHAPE_TEXT, .nullable = true),
	FIELD(import, by,         SHAPE_ID),
	FIELD(import, made_ms,    SHAPE_TIME),
	FIELD(import, good,       SHAPE_INT),
	FIELD(import, known,      SHAPE_INT),
	FIELD(import, wrong,      SHAPE_INT),
	FIELD(import, applied_ms, SHAPE_TIME, .nullable = true),
	FIELD(import, given,      SHAPE_INT),
	FIELD(import, waiting,    SHAPE_INT));

#define IMPORT_SELECT                                                                                                          \
	"select b.id, b.sha256, b.name, b.state, b.reason, b.made_by, b.made_ms, b.good, b.known, b.wrong, b.applied_ms,"       \
	" (select count(*) from access_grant g where g.batch_id = b.id and g.state = 'GIVEN'),"                                 \
	" (select count(*) from access_grant g where g.batch_id = b.id and g.state = 'WAITING') from grant_batch b"

problem import__insert(struct tx *tx, const struct import *i)
{
	run(tx, "insert into grant_batch (id, sha256, name, state, made_by, made_ms) values ($1, $2, $3, 'READING', $4, $5)",
	    V(i->id, i->sha256, i->name, i->by.v, i->made_ms));
	return tx_problem(tx);
}

problem order_import_by_id(struct tx *tx, int64_t id, struct import *ret)
{
	return read_one(tx, &import_missing, &import_row_of, ret, IMPORT_SELECT " where b.id = $1 and b.state <> 'READING'", V(id));
}

problem import__same(struct tx *tx, struct text sha256, struct import *ret)
{
	return read_one(tx, &import_missing, &import_row_of, ret, IMPORT_SELECT " where b.sha256 = $1 and b.state in ('READY', 'APPLIED')", V(sha256));
}

problem order_imports(struct tx *tx, size_t most, struct import **ret, size_t *ret_count)
{
	return read_all(tx, &import_row_of, most, (void **)ret, ret_count, IMPORT_SELECT " where b.state in ('READY', 'APPLIED') order by b.id desc limit $1", V(most));
}

void import__purge(struct tx *tx, int64_t before_ms)
{
	run(tx,
	    "delete from grant_batch_row where batch_id in (select id from grant_batch where state = 'DISCARDED'"
	    " or (state in ('READING', 'READY') and made_ms < $1))",
	    V(before_ms));
	run(tx, "delete from grant_batch where state = 'DISCARDED' or (state in ('READING', 'READY') and made_ms < $1)", V(before_ms));
}

void import__drop_rows(struct tx *tx, int64_t batch) { run(tx, "delete from grant_batch_row where batch_id = $1", V(batch)); }

void import__blank(struct tx *tx, int64_t row)
{
	if (row)
		run(tx, "update grant_batch_row set sealed = null, blind = null where id = $1", V(row));
	else
		run(tx,
		    "update grant_batch_row set sealed = null, blind = null where (sealed is not null or blind is not null)"
		    " and batch_id in (select id from grant_batch where state = 'APPLIED')"
		    " and not exists (select 1 from access_grant g where g.id = grant_batch_row.id and g.state = 'WAITING')",
		    V0);
}

static const struct shape lapsed_row = SHAPE(lapsed, FIELD(lapsed, batch, SHAPE_INT), FIELD(lapsed, count, SHAPE_INT));

problem import__lapse(struct tx *tx, int64_t before_ms, struct lapsed **ret, size_t *ret_count)
{
	problem why = read_all(tx, &lapsed_row, LAPSED_MAX, (void **)ret, ret_count,
	                       "select batch_id, count(*) from access_grant where state = 'WAITING' and batch_id is not null and created_ms < $1"
	                       " group by batch_id order by batch_id limit $2",
	                       V(before_ms, (int64_t)LAPSED_MAX));

	for (size_t i = 0; !why && i < *ret_count; i++)
		run(tx, "delete from access_grant where state = 'WAITING' and batch_id = $1 and created_ms < $2", V((*ret)[i].batch, before_ms));
	return why ? why : tx_problem(tx);
}

void import__add_row(struct tx *tx, int64_t batch, const struct import_entry *e)
{
	const struct import_row *r = &e->row;

	run(tx,
	    "insert into grant_batch_row (id, batch_id, line, state, why, column_no, sealed, blind, work_id, creator_id, access_days)"
	    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
	    V(r->id, batch, r->line, import_row_state_names[r->state], r->why, r->column ? value_int(r->column) : value_null(), r->sealed, e->blind,
	      r->work.v ? value_int(r->work.v) : value_null(), e->creator.v ? value_int(e->creator.v) : value_null(), r->days));
}

bool import__is_twice(struct tx *tx, int64_t batch, const struct import_entry *e)
{
	return read_int(tx, 0, "select 1 from grant_batch_row where blind = $1 and batch_id = $2 and work_id = $3 limit 1", V(e->blind, batch, e->row.work.v)) == 1;
}

/* By hand or by a file, as long as it is not over. */
bool import__is_granted(struct tx *tx, struct text blind, struct work_id work)
{
	return read_int(tx, 0,
	                "select 1 from access_grant where blind = $1 and work_id = $2 and (state = 'WAITING'"
	                " or (state = 'GIVEN' and (until_ms is null or until_ms > $3))) limit 1",
	                V(blind, work.v, tx_now_ms(tx))) == 1;
}

problem import__set_ready(struct tx *tx, int64_t id)
{
	return run_one(tx, &import_missing,
	               "update grant_batch set state = 'READY', good = (select count(*) from grant_batch_row r where r.batch_id = $1 and r.state = 'good'),"
	               " known = (select count(*) from grant_batch_row r where r.batch_id = $1 and r.state = 'known'),"
	               " wrong = (select count(*) from grant_batch_row r where r.batch_id = $1 and r.state = 'wrong') where id = $1 and state = 'READING'",
	               V(id));
}

problem import__set_state(struct tx *tx, int64_t id, enum import_state to)
{
	return run_one(tx, &import_over, "update grant_batch set state = $1 where id = $2 and state = 'READY'", V(import_state_names[to], id));
}

problem import__set_applied(struct tx *tx, const struct import *i)
{
	return run_one(tx, &import_over, "update grant_batch set state = 'APPLIED', reason = $1, applied_by = $2, applied_ms = $3 where id = $4 and state = 'READY'",
	               V(i->reason, i->by.v, i->applied_ms, i->id));
}

/* What another file or a hand has given since it was looked at is passed over. */
void import__make_grants(struct tx *tx, const struct import *i)
{
	run(tx,
	    "insert into access_grant (id, work_id, creator_id, access, access_days, access_until_ms, reason, state, granted_by, created_ms, batch_id,"
	    " sealed_login, blind) select r.id, r.work_id, r.creator_id, case when r.access_days = 0 then 'forever' else 'days' end, r.access_days, 0, $1,"
	    " 'WAITING', $2, $3, r.batch_id, r.sealed, r.blind from grant_batch_row r where r.batch_id = $4 and r.state = 'good'"
	    " and not exists (select 1 from access_grant g where g.blind = r.blind and g.work_id = r.work_id"
	    " and (g.state = 'WAITING' or (g.state = 'GIVEN' and (g.until_ms is null or g.until_ms > $3))))",
	    V(i->reason, i->by.v, i->applied_ms, i->id));
}

static const struct shape row_of = SHAPE_AS("import_row_record", import_row,
	FIELD(import_row, id,     SHAPE_INT),
	FIELD(import_row, line,   SHAPE_INT),
	FIELD(import_row, state,  SHAPE_ENUM, .names = import_row_state_names),
	FIELD(import_row, why,    SHAPE_TEXT, .nullable = true),
	FIELD(import_row, column, SHAPE_INT, .nullable = true),
	FIELD(import_row, sealed, SHAPE_TEXT, .nullable = true),
	FIELD(import_row, work,   SHAPE_ID, .nullable = true),
	FIELD(import_row, days,   SHAPE_INT),
	FIELD(import_row, given,  SHAPE_BOOL));

problem import__rows(struct tx *tx, const struct import_query *q, size_t most, struct import_row **ret, size_t *ret_count)
{
	return read_all(tx, &row_of, most, (void **)ret, ret_count,
	                "select r.id, r.line, r.state, r.why, r.column_no, r.sealed, r.work_id, r.access_days,"
	                " case when g.state = 'GIVEN' then 1 else 0 end from grant_batch_row r left join access_grant g on g.id = r.id"
	                " where r.batch_id = $1 and r.line > $2 and ($3 = '' or r.state = $3) order by r.line limit $4",
	                V(q->id, q->after, q->state ? import_row_state_names[q->state] : "", most));
}

void import__forget(struct tx *tx, struct text blind)
{
	run(tx, "delete from access_grant where blind = $1 and state = 'WAITING'", V(blind));
	run(tx, "update grant_batch_row set sealed = null, blind = null where blind = $1", V(blind));
}
