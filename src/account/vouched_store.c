/* vouched_store.c - SQL of those whom another service vouches for. */
#include "account/account_room.h"

static const struct shape vouched_row_shape = SHAPE(vouched_row,
	FIELD(vouched_row, id,     SHAPE_INT),
	FIELD(vouched_row, sealed, SHAPE_TEXT));

problem vouched__of(struct tx *tx, struct user_id user, const struct vouched *of, struct vouched_row *ret)
{
	return read_one(tx, &vouched_missing, &vouched_row_shape, ret,
	                "select id, sealed from vouched where user_id = $1 and provider = $2 and app = $3", V(user.v, of->provider, of->app));
}

static problem found(int64_t user, struct user_id *ret)
{
	ret->v = user;
	return user ? NULL : &vouched_missing;
}

problem vouched__find(struct tx *tx, struct text blind, struct user_id *ret)
{
	return found(read_int(tx, 0, "select user_id from vouched where blind = $1", V(blind)), ret);
}

problem vouched__find_union(struct tx *tx, struct text blind, struct user_id *ret)
{
	return found(read_int(tx, 0, "select user_id from vouched where union_blind = $1 order by id limit 1", V(blind)), ret);
}

void vouched__insert(struct tx *tx, const struct vouched_row *row, const struct vouched *v)
{
	run(tx, "insert into vouched (id, user_id, provider, app, sealed, blind, union_blind, bound_ms) values ($1, $2, $3, $4, $5, $6, $7, $8)",
	    V(row->id, row->user.v, v->provider, v->app, row->sealed, row->blind, row->union_blind, tx_now_ms(tx)));
}

bool vouched__drop(struct tx *tx, struct user_id user, const struct vouched *of)
{
	return run_count(tx, "delete from vouched where user_id = $1 and provider = $2 and app = $3", V(user.v, of->provider, of->app)) > 0;
}

bool vouched__any(struct tx *tx, struct user_id user) { return read_int(tx, 0, "select 1 from vouched where user_id = $1 limit 1", V(user.v)) == 1; }
