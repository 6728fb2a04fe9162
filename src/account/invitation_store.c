/* invitation_store.c - SQL of the staff and of invitations. */
#include "account/invitation.h"

static const struct shape staff_row_shape = SHAPE(staff_row,
	FIELD(staff_row, user,          SHAPE_ID),
	FIELD(staff_row, name,          SHAPE_TEXT),
	FIELD(staff_row, role,          SHAPE_TEXT),
	FIELD(staff_row, second_factor, SHAPE_BOOL));

problem staff__list(struct tx *tx, struct staff_row **ret, size_t *ret_count)
{
	return read_all(tx, &staff_row_shape, STAFF_MAX, (void **)ret, ret_count,
	                "select u.id, u.name, r.role, case when t.confirmed_ms is null then 0 else 1 end from role_grant r"
	                " join user_account u on u.id = r.user_id left join totp t on t.user_id = u.id"
	                " order by u.name, u.id, r.role limit 500",
	                V0);
}

static const struct shape invitation_row = SHAPE(invitation,
	FIELD(invitation, id,           SHAPE_INT),
	FIELD(invitation, role,         SHAPE_TEXT),
	FIELD(invitation, sealed_token, SHAPE_TEXT, .nullable = true),
	FIELD(invitation, sealed_login, SHAPE_TEXT, .nullable = true),
	FIELD(invitation, made_by,      SHAPE_ID),
	FIELD(invitation, made_by_name, SHAPE_TEXT),
	FIELD(invitation, made_ms,      SHAPE_TIME),
	FIELD(invitation, expires_ms,   SHAPE_TIME),
	FIELD(invitation, used_ms,      SHAPE_TIME, .nullable = true),
	FIELD(invitation, used_by_name, SHAPE_TEXT, .nullable = true),
	FIELD(invitation, revoked_ms,   SHAPE_TIME, .nullable = true));

#define INVITATION_SELECT                                                                                         \
	"select i.id, i.role, i.sealed_token, i.sealed_login, i.made_by, m.name, i.made_ms, i.expires_ms, i.used_ms, u.name, i.revoked_ms" \
	" from invitation i join user_account m on m.id = i.made_by left join user_account u on u.id = i.used_by"

void invitation__insert(struct tx *tx, const struct invitation *i, struct text token_hash)
{
	run(tx,
	    "insert into invitation (id, role, token_hash, sealed_token, sealed_login, made_by, made_ms, expires_ms)"
	    " values ($1, $2, $3, $4, $5, $6, $7, $8)",
	    V(i->id, i->role, token_hash, i->sealed_token, i->sealed_login, i->made_by.v, i->made_ms, i->expires_ms));
}

problem invitation__by_hash(struct tx *tx, struct text token_hash, struct invitation *ret)
{
	return read_one(tx, &invitation_over, &invitation_row, ret, INVITATION_SELECT " where i.token_hash = $1", V(token_hash));
}

problem invitation__by_id(struct tx *tx, int64_t id, struct invitation *ret)
{
	return read_one(tx, &invitation_over, &invitation_row, ret, INVITATION_SELECT " where i.id = $1", V(id));
}

problem invitation__list(struct tx *tx, struct invitation **ret, size_t *ret_count)
{
	return read_all(tx, &invitation_row, INVITATIONS_MAX, (void **)ret, ret_count, INVITATION_SELECT " order by i.made_ms desc, i.id desc limit 200", V0);
}

bool invitation__use(struct tx *tx, struct text token_hash, struct user_id user)
{
	return run_count(tx,
	                 "update invitation set used_ms = $1, used_by = $2, sealed_token = null where token_hash = $3 and used_ms is null"
	                 " and revoked_ms is null and expires_ms > $1",
	                 V(tx_now_ms(tx), user.v, token_hash)) == 1;
}

bool invitation__set_revoked(struct tx *tx, int64_t id)
{
	return run_count(tx, "update invitation set revoked_ms = $1, sealed_token = null where id = $2 and used_ms is null and revoked_ms is null",
	                 V(tx_now_ms(tx), id)) == 1;
}
