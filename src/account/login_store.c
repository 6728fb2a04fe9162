/* login_store.c - SQL of logins, as far as they are proven, added and removed. */
#include "account/login.h"
#include "account/people.h"

static const struct shape holder_row = SHAPE(holder,
	FIELD(holder, identity,    SHAPE_INT),
	FIELD(holder, user,        SHAPE_ID),
	FIELD(holder, verified_ms, SHAPE_TIME));

problem login__holder(struct tx *tx, struct text blind, struct holder *ret)
{
	return read_one(tx, &login_missing, &holder_row, ret, "select id, user_id, verified_ms from identity where blind = $1", V(blind));
}

static const struct shape identity_row = SHAPE(identity,
	FIELD(identity, id,          SHAPE_INT),
	FIELD(identity, kind,        SHAPE_TEXT),
	FIELD(identity, sealed,      SHAPE_TEXT),
	FIELD(identity, verified_ms, SHAPE_TIME));

problem login__by_id(struct tx *tx, struct user_id user, int64_t id, struct identity *ret)
{
	return read_one(tx, &login_missing, &identity_row, ret, "select id, kind, sealed, verified_ms from identity where id = $1 and user_id = $2",
	                V(id, user.v));
}

problem login__list(struct tx *tx, struct user_id user, struct identity **ret, size_t *ret_count)
{
	return read_all(tx, &identity_row, LOGINS_MAX, (void **)ret, ret_count,
	                "select id, kind, sealed, verified_ms from identity where user_id = $1"
	                " order by case when verified_ms is null then 1 else 0 end, id limit 5", V(user.v));
}

int64_t login__count(struct tx *tx, struct user_id user)
{
	return read_int(tx, 0, "select count(*) from identity where user_id = $1", V(user.v));
}

int64_t login__count_verified(struct tx *tx, struct user_id user)
{
	return read_int(tx, 0, "select count(*) from identity where user_id = $1 and verified_ms is not null", V(user.v));
}

void login__verify(struct tx *tx, int64_t id)
{
	if (run_count(tx, "update identity set verified_ms = $1 where id = $2 and verified_ms is null", V(tx_now_ms(tx), id)) == 1)
		news_add(tx, ACCOUNT_NEWS_PROVEN, read_int(tx, 0, "select user_id from identity where id = $1", V(id)), TEXT("{}"));
}

void login__delete(struct tx *tx, int64_t id) { run(tx, "delete from identity where id = $1", V(id)); }

void login__delete_unverified(struct tx *tx, struct user_id user)
{
	run(tx, "delete from identity where user_id = $1 and verified_ms is null", V(user.v));
}
