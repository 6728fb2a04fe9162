/* audit_store.c - all SQL of the audit. */
#include "audit/audit_store.h"

static const struct shape row_shape = SHAPE(audit_row, FIELD(audit_row, id, SHAPE_INT),
					    FIELD(audit_row, at_ms, SHAPE_INT), FIELD(audit_row, actor, SHAPE_INT),
					    FIELD(audit_row, verb, SHAPE_TEXT), FIELD(audit_row, kind, SHAPE_TEXT),
					    FIELD(audit_row, subject, SHAPE_INT), FIELD(audit_row, detail, SHAPE_TEXT),
					    FIELD(audit_row, sequence, SHAPE_INT), FIELD(audit_row, hash, SHAPE_TEXT));

void audit__insert(struct tx *tx, const struct audit_row *row)
{
	run(tx,
	    "insert into audit_entry (id, at_ms, actor, verb, kind, subject, detail) values ($1, $2, $3, $4, $5, $6, "
	    "$7)",
	    V(row->id, row->at_ms, row->actor, row->verb, row->kind, row->subject, row->detail));
}

problem audit__head(struct tx *tx, struct audit_row *ret)
{
	static const struct problem none = { 404, "audit-empty", "Nothing is sealed." };
	problem why = read_one(tx, &none, &row_shape, ret,
			       "select id, at_ms, actor, verb, kind, subject, detail, sequence, hash from audit_entry"
			       " where sequence is not null order by sequence desc limit 1",
			       V0);

	return why == &none ? NULL : why;
}

problem audit__unsealed(struct tx *tx, size_t most, struct audit_row **ret, size_t *ret_count)
{
	return read_all(tx, &row_shape, most, (void **)ret, ret_count,
			"select id, at_ms, actor, verb, kind, subject, detail, 0, '' from audit_entry"
			" where sequence is null order by id limit $1",
			V((int64_t)most));
}

/* Two sealers at once: the second finds the row sealed, or the place taken. */
problem audit__mark_sealed(struct tx *tx, const struct audit_row *row)
{
	return run_one(tx, &problem_conflict,
		       "update audit_entry set sequence = $2, hash = $3 where id = $1 and sequence is null",
		       V(row->id, row->sequence, row->hash));
}

problem audit__each_sealed(struct tx *tx, problem (*each)(void *arg, const void *row), void *arg)
{
	return read_each(tx, &row_shape, each, arg,
			 "select id, at_ms, actor, verb, kind, subject, detail, sequence, hash from audit_entry"
			 " where sequence is not null order by sequence",
			 V0);
}

int64_t audit__count_unsealed(struct tx *tx)
{
	return read_int(tx, 0, "select count(*) from audit_entry where sequence is null", V0);
}

static const struct shape line_shape = SHAPE(audit_line, FIELD(audit_line, id, SHAPE_INT),
					     FIELD(audit_line, at_ms, SHAPE_INT), FIELD(audit_line, actor, SHAPE_ID),
					     FIELD(audit_line, verb, SHAPE_TEXT), FIELD(audit_line, detail, SHAPE_TEXT));

problem audit_about(struct tx *tx, const char *kind, int64_t subject, size_t most, struct audit_line **ret,
		    size_t *ret_count)
{
	return read_all(tx, &line_shape, most, (void **)ret, ret_count,
			"select id, at_ms, actor, verb, detail from audit_entry where kind = $1 and subject = $2"
			" order by id desc limit $3",
			V(kind, subject, most));
}
