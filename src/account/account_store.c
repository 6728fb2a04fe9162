/* account_store.c - SQL of users, identities, sessions and roles. */
#include "account/account_room.h"
#include "account/people.h"

void account__insert(struct tx *tx, const struct account *a, struct text hash)
{
	run(tx, "insert into user_account (id, name, name_folded, language, password_hash, created_ms) values ($1, $2, $3, $4, $5, $6)",
	    V(a->id.v, a->name, name_folded(tx_arena(tx), a->name), a->language, hash, tx_now_ms(tx)));
}

void account__insert_identity(struct tx *tx, const struct identity *i, struct user_id user, struct text blind)
{
	run(tx, "insert into identity (id, user_id, kind, sealed, blind, created_ms, verified_ms) values ($1, $2, $3, $4, $5, $6, $7)",
	    V(i->id, user.v, i->kind, i->sealed, blind, tx_now_ms(tx), i->verified_ms ? value_int(i->verified_ms) : value_null()));
	if (i->verified_ms)
		news_add(tx, ACCOUNT_NEWS_PROVEN, user.v, TEXT("{}"));
}

void account__insert_consent(struct tx *tx, struct user_id user, const char *agreement, struct text version)
{
	run(tx, "insert into consent (id, user_id, agreement, version, at_ms) values ($1, $2, $3, $4, $5)",
	    V(tx_id(tx), user.v, agreement, version, tx_now_ms(tx)));
}

bool account__name_taken(struct tx *tx, struct text name, struct user_id but)
{
	return read_int(tx, 0, "select 1 from user_account where name_folded = $1 and id <> $2", V(name_folded(tx_arena(tx), name), but.v)) == 1;
}

bool account__login_taken(struct tx *tx, struct text blind)
{
	return read_int(tx, 0, "select 1 from identity where blind = $1", V(blind)) == 1;
}

static const struct shape credentials_row = SHAPE(credentials, FIELD(credentials, id, SHAPE_ID), FIELD(credentials, hash, SHAPE_TEXT));

problem account__credentials(struct tx *tx, struct text blind, struct credentials *ret)
{
	return read_one(tx, &user_missing, &credentials_row, ret,
	                "select u.id, u.password_hash from identity i join user_account u on u.id = i.user_id where i.blind = $1", V(blind));
}

problem account__credentials_of(struct tx *tx, struct user_id id, struct credentials *ret)
{
	return read_one(tx, &user_missing, &credentials_row, ret, "select id, password_hash from user_account where id = $1", V(id.v));
}

static const struct shape identity_row = SHAPE(identity,
	FIELD(identity, id,     SHAPE_INT),
	FIELD(identity, kind,   SHAPE_TEXT),
	FIELD(identity, sealed, SHAPE_TEXT),
	FIELD(identity, verified_ms, SHAPE_TIME));

problem account__identity(struct tx *tx, struct user_id user, struct identity *ret)
{
	return read_one(tx, &user_missing, &identity_row, ret,
	                "select id, kind, sealed, verified_ms from identity where user_id = $1"
	                " order by case when verified_ms is null then 1 else 0 end, id limit 1", V(user.v));
}

static const struct shape account_row = SHAPE(account,
	FIELD(account, id,       SHAPE_ID),
	FIELD(account, name,     SHAPE_TEXT),
	FIELD(account, language, SHAPE_TEXT));

problem account_by_id(struct tx *tx, struct user_id id, struct account *ret)
{
	problem why = read_one(tx, &user_missing, &account_row, ret, "select id, name, language from user_account where id = $1", V(id.v));

	if (!why)
		ret->roles = account__roles(tx, id);
	return why;
}

struct role_row {
	struct text role;
};
static const struct shape role_row_shape = SHAPE(role_row, FIELD(role_row, role, SHAPE_TEXT));

unsigned account__roles(struct tx *tx, struct user_id user)
{
	struct role_row *rows;
	size_t n = 0;
	unsigned roles = ANYBODY | LEARNER;
	enum who role;

	if (read_all(tx, &role_row_shape, 8, (void **)&rows, &n, "select role from role_grant where user_id = $1 limit 8", V(user.v)))
		return ANYBODY;
	for (size_t i = 0; i < n; i++) {
		if (role_from_name(rows[i].role, &role))
			roles |= role;
	}
	return roles;
}

void account__set_hash(struct tx *tx, struct user_id user, struct text hash)
{
	run(tx, "update user_account set password_hash = $1 where id = $2", V(hash, user.v));
}

void account__rename(struct tx *tx, struct user_id user, struct text name)
{
	run(tx, "update user_account set name = $1, name_folded = $2 where id = $3", V(name, name_folded(tx_arena(tx), name), user.v));
}

void account__set_language(struct tx *tx, struct user_id user, struct text language)
{
	run(tx, "update user_account set language = $1 where id = $2", V(language, user.v));
}

int64_t account__add_role(struct tx *tx, struct user_id user, const char *role, struct user_id by)
{
	return run_count(tx,
	                 "insert into role_grant (user_id, role, granted_by, at_ms) values ($1, $2, $3, $4) on conflict (user_id, role) do nothing",
	                 V(user.v, role, by.v, tx_now_ms(tx)));
}

int64_t account__count_role(struct tx *tx, const char *role)
{
	return read_int(tx, 0, "select count(*) from role_grant r where role = $1 and not exists (select 1 from account_ban b where b.user_id = r.user_id)",
	                V(role));
}

int64_t account__drop_role(struct tx *tx, struct user_id user, const char *role)
{
	return run_count(tx, "delete from role_grant where user_id = $1 and role = $2", V(user.v, role));
}

/* ---- sessions ---- */

void session__insert(struct tx *tx, int64_t id, struct user_id user, struct text token_hash, struct text agent)
{
	int64_t now_ms = tx_now_ms(tx);

	run(tx, "insert into session (id, user_id, token_hash, agent, created_ms, seen_ms, expires_ms) values ($1, $2, $3, $4, $5, $5, $6)",
	    V(id, user.v, token_hash, agent, now_ms, now_ms + SESSION_ABSOLUTE_MS));
}

struct found_session {
	int64_t id, created_ms, seen_ms;
	struct user_id user;
	struct text name;
	bool held;
};
static const struct shape found_session_row = SHAPE(found_session,
	FIELD(found_session, id,         SHAPE_INT),
	FIELD(found_session, user,       SHAPE_ID),
	FIELD(found_session, name,       SHAPE_TEXT),
	FIELD(found_session, created_ms, SHAPE_TIME),
	FIELD(found_session, seen_ms,    SHAPE_TIME),
	FIELD(found_session, held,       SHAPE_BOOL));

static problem find_session(struct tx *tx, struct text token, int64_t now_ms, struct person *ret)
{
	struct found_session s;
	problem why = read_one(tx, &user_missing, &found_session_row, &s,
	                       "select s.id, s.user_id, u.name, s.created_ms, s.seen_ms, s.held from session s join user_account u on u.id = s.user_id"
	                       " where s.token_hash = $1 and s.expires_ms > $2 and s.seen_ms > $3",
	                       V(sha256_hex(tx_arena(tx), token), now_ms, now_ms - SESSION_IDLE_MS));
	unsigned found;

	if (why)
		return why == &user_missing ? NULL : why;
	found = account__roles(tx, s.user);
	if ((found & STAFF) && (now_ms - s.seen_ms > STAFF_IDLE_MS || now_ms - s.created_ms > STAFF_ABSOLUTE_MS))
		return tx_problem(tx);
	*ret = (struct person){
		.id = s.user,
		.roles = s.held ? found & ~(unsigned)STAFF : found,
		.name = s.name,
		.session = s.id,
		.fresh = now_ms - s.created_ms < SESSION_FRESH_MS,
		.stale = now_ms - s.seen_ms > SESSION_TOUCH_MS,
	};
	return tx_problem(tx);
}

static problem touch_session(struct tx *tx, int64_t session, int64_t now_ms)
{
	run(tx, "update session set seen_ms = $1 where id = $2 and seen_ms < $1", V(now_ms, session));
	return tx_problem(tx);
}

const struct session_source account_sessions = { .find = find_session, .touch = touch_session, .cookie = "session" };

static const struct shape session_row = SHAPE(session,
	FIELD(session, id,         SHAPE_INT),
	FIELD(session, agent,      SHAPE_TEXT),
	FIELD(session, created_ms, SHAPE_TIME),
	FIELD(session, seen_ms,    SHAPE_TIME));

problem session__list(struct tx *tx, struct user_id user, struct session **ret, size_t *ret_count)
{
	return read_all(tx, &session_row, 50, (void **)ret, ret_count,
	                "select id, agent, created_ms, seen_ms from session where user_id = $1 and expires_ms > $2"
	                " and seen_ms > $3 order by seen_ms desc, id desc limit 50",
	                V(user.v, tx_now_ms(tx), tx_now_ms(tx) - SESSION_IDLE_MS));
}

int64_t session__end(struct tx *tx, struct user_id user, int64_t id)
{
	return run_count(tx, "delete from session where id = $1 and user_id = $2", V(id, user.v));
}

void session__end_others(struct tx *tx, struct user_id user, int64_t keep)
{
	run(tx, "delete from session where user_id = $1 and id <> $2", V(user.v, keep));
}
