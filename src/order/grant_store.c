/* grant_store.c - SQL of grants, and of the entitlements that come from them. */
#include "order/import_room.h"

#define X_NAME(id, name) [GRANT_##id] = name,
const char *const grant_state_names[] = { GRANT_STATES(X_NAME)[GRANT_STATE_COUNT] = NULL };

static const struct shape grant_row = SHAPE_AS("grant_row", grant,
	FIELD(grant, id,           SHAPE_INT),
	FIELD(grant, user,         SHAPE_ID, .nullable = true),
	FIELD(grant, work,         SHAPE_ID),
	FIELD(grant, creator,      SHAPE_ID),
	FIELD(grant, state,        SHAPE_ENUM, .names = grant_state_names),
	NAMED(grant, "access",          time.access,   SHAPE_ENUM, .names = access_rule_names),
	NAMED(grant, "access_days",     time.days,     SHAPE_INT),
	NAMED(grant, "access_until_ms", time.until_ms, SHAPE_INT),
	FIELD(grant, reason,       SHAPE_TEXT),
	FIELD(grant, by,           SHAPE_ID),
	FIELD(grant, created_ms,   SHAPE_TIME),
	FIELD(grant, given_ms,     SHAPE_TIME, .nullable = true),
	FIELD(grant, until_ms,     SHAPE_TIME, .nullable = true),
	FIELD(grant, batch,        SHAPE_INT, .nullable = true),
	FIELD(grant, sealed_login, SHAPE_TEXT, .nullable = true),
	FIELD(grant, blind,        SHAPE_TEXT, .nullable = true));

#define GRANT_SELECT                                                                                                         \
	"select id, user_id, work_id, creator_id, state, access, access_days, access_until_ms, reason, granted_by, created_ms," \
	" given_ms, until_ms, batch_id, sealed_login, blind from access_grant"

static struct value or_null(int64_t n) { return n ? value_int(n) : value_null(); }

problem grant__insert(struct tx *tx, const struct grant *g)
{
	run(tx,
	    "insert into access_grant (id, user_id, work_id, creator_id, access, access_days, access_until_ms, reason, state, granted_by, created_ms,"
	    " given_ms, until_ms) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
	    V(g->id, g->user.v, g->work.v, g->creator.v, access_rule_names[g->time.access], g->time.days, g->time.until_ms, g->reason,
	      grant_state_names[g->state], g->by.v, g->created_ms, g->given_ms, or_null(g->until_ms)));
	return tx_problem(tx);
}

problem order_grant_by_id(struct tx *tx, int64_t id, struct grant *ret)
{
	return read_one(tx, &grant_missing, &grant_row, ret, GRANT_SELECT " where id = $1", V(id));
}

problem grant__waiting(struct tx *tx, struct text blind, size_t most, struct grant **ret, size_t *ret_count)
{
	return read_all(tx, &grant_row, most, (void **)ret, ret_count, GRANT_SELECT " where blind = $1 and state = 'WAITING' order by id limit $2",
	                V(blind, most));
}

problem grant__set_given(struct tx *tx, struct grant *g)
{
	import__blank(tx, g->id); /* a row's id is its grant's */
	return run_one(tx, &grant_over,
	               "update access_grant set state = 'GIVEN', user_id = $1, given_ms = $2, until_ms = $3, sealed_login = null where id = $4 and state = 'WAITING'",
	               V(g->user.v, g->given_ms, or_null(g->until_ms), g->id));
}

problem grant__set_until(struct tx *tx, const struct grant *g)
{
	problem why = run_one(tx, &grant_over, "update access_grant set until_ms = $1, reason = $2 where id = $3 and state = 'GIVEN'",
	                      V(or_null(g->until_ms), g->reason, g->id));

	if (!why && run_count(tx, "update entitlement set until_ms = $1 where source = 'staff' and source_id = $2 and revoked_ms is null",
	                      V(or_null(g->until_ms), g->id)) < 1)
		why = tx_problem(tx) ? tx_problem(tx) : &grant_over;
	return why;
}

problem grant__set_revoked(struct tx *tx, const struct grant *g, struct text reason, struct user_id by)
{
	problem why = run_one(tx, &grant_over,
	                      "update access_grant set state = 'REVOKED', ended_by = $1, ended_ms = $2, end_reason = $3 where id = $4 and state <> 'REVOKED'",
	                      V(by.v, tx_now_ms(tx), reason, g->id));

	if (!why)
		run(tx, "update entitlement set revoked_ms = $1 where source = 'staff' and source_id = $2 and revoked_ms is null", V(tx_now_ms(tx), g->id));
	return why ? why : tx_problem(tx);
}

/* Access without an end, from whatever source; or a grant that still runs. */
bool grant__is_held(struct tx *tx, struct user_id user, struct work_id work)
{
	return read_int(tx, 0,
	                "select 1 from entitlement where user_id = $1 and work_id = $2 and revoked_ms is null"
	                " and (until_ms is null or (source = 'staff' and until_ms > $3)) limit 1",
	                V(user.v, work.v, tx_now_ms(tx))) == 1;
}

/* ---- verification ---- */

struct text grant__verify(struct tx *tx)
{
	int64_t id = read_int(tx, 0,
	                      "select g.id from access_grant g left join entitlement e on e.source = 'staff' and e.source_id = g.id"
	                      " and e.user_id = g.user_id and e.revoked_ms is null where g.state = 'GIVEN' and (e.id is null"
	                      " or coalesce(e.until_ms, 0) <> coalesce(g.until_ms, 0)) order by g.id limit 1",
	                      V0);

	if (id)
		return arena_format(tx_arena(tx), "grant %lld: given, but its entitlement is not there or ends at another time", (long long)id);
	id = read_int(tx, 0,
	              "select e.id from entitlement e left join access_grant g on g.id = e.source_id where e.source = 'staff' and e.revoked_ms is null"
	              " and (g.id is null or g.state <> 'GIVEN') order by e.id limit 1",
	              V0);
	return id ? arena_format(tx_arena(tx), "entitlement %lld: live, but no grant gives it", (long long)id) : (struct text){ 0 };
}

problem import__waiting(struct tx *tx, int64_t batch, int64_t after, size_t most, struct grant **ret, size_t *ret_count)
{
	return read_all(tx, &grant_row, most, (void **)ret, ret_count,
	                GRANT_SELECT " where batch_id = $1 and id > $2 and state = 'WAITING' and blind is not null order by id limit $3", V(batch, after, most));
}
