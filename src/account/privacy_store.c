/* privacy_store.c - SQL of requests about one's own data, and this room's part of answering them. */
#include "account/privacy_room.h"

#include <assert.h>

const char *const privacy_kinds[] = { NULL, "export", "deletion", NULL };
#define X_NAME(id, name) [PRIVACY_##id] = name,
const char *const privacy_state_names[] = { NULL, PRIVACY_STATES(X_NAME)[PRIVACY_STATE_COUNT] = NULL };

static const struct shape request_row = SHAPE_AS("privacy_request_row", privacy_request,
	FIELD(privacy_request, id,          SHAPE_INT),
	FIELD(privacy_request, user,        SHAPE_ID),
	FIELD(privacy_request, kind,        SHAPE_ENUM, .names = privacy_kinds),
	FIELD(privacy_request, state,       SHAPE_ENUM, .names = privacy_state_names),
	FIELD(privacy_request, received_ms, SHAPE_TIME),
	FIELD(privacy_request, due_ms,      SHAPE_TIME),
	FIELD(privacy_request, done_ms,     SHAPE_TIME, .nullable = true),
	FIELD(privacy_request, expires_ms,  SHAPE_TIME, .nullable = true),
	FIELD(privacy_request, size,        SHAPE_INT, .nullable = true),
	FIELD(privacy_request, reason,      SHAPE_TEXT, .nullable = true));

#define REQUEST_SELECT "select id, user_id, kind, state, received_ms, due_ms, done_ms, expires_ms, size, reason from privacy_request"

problem privacy__list(struct tx *tx, struct user_id user, struct privacy_request **ret, size_t *ret_count)
{
	return read_all(tx, &request_row, 20, (void **)ret, ret_count, REQUEST_SELECT " where user_id = $1 order by received_ms desc, id desc limit 20", V(user.v));
}

problem privacy__by_id(struct tx *tx, int64_t id, struct privacy_request *ret)
{
	return read_one(tx, &export_missing, &request_row, ret, REQUEST_SELECT " where id = $1", V(id));
}

problem privacy__newest(struct tx *tx, struct user_id user, enum privacy_kind kind, struct privacy_request *ret)
{
	return read_one(tx, &export_missing, &request_row, ret,
	                REQUEST_SELECT " where user_id = $1 and kind = $2 order by received_ms desc, id desc limit 1", V(user.v, privacy_kinds[kind]));
}

void privacy__insert(struct tx *tx, const struct privacy_request *r)
{
	run(tx, "insert into privacy_request (id, user_id, kind, state, received_ms, due_ms) values ($1, $2, $3, $4, $5, $6)",
	    V(r->id, r->user.v, privacy_kinds[r->kind], privacy_state_names[r->state], r->received_ms, r->due_ms));
}

problem privacy__move(struct tx *tx, struct privacy_request *r, enum privacy_state to)
{
	static const bool may[PRIVACY_STATE_COUNT][PRIVACY_STATE_COUNT] = {
		[PRIVACY_RECEIVED] = { [PRIVACY_RUNNING] = true, [PRIVACY_CANCELLED] = true, [PRIVACY_REFUSED] = true },
		[PRIVACY_RUNNING] = { [PRIVACY_DONE] = true, [PRIVACY_PART_HELD] = true, [PRIVACY_REFUSED] = true },
	};
	problem why;

	if (!may[r->state][to])
		return &problem_conflict;
	why = run_one(tx, &problem_conflict, "update privacy_request set state = $1 where id = $2 and state = $3",
	              V(privacy_state_names[to], r->id, privacy_state_names[r->state]));
	if (!why)
		r->state = (int)to;
	return why;
}

void privacy__set_result(struct tx *tx, const struct privacy_request *r)
{
	run(tx, "update privacy_request set done_ms = $1, expires_ms = $2, size = $3, reason = $4 where id = $5",
	    V(tx_now_ms(tx), r->expires_ms ? value_int(r->expires_ms) : value_null(), r->size ? value_int(r->size) : value_null(), r->reason, r->id));
}

/* ---- this room's part of an export ---- */

struct profile {
	struct user_id id;
	struct text name, language;
	int64_t created_ms;
};
static const struct shape profile_shape = SHAPE_AS("export_profile", profile,
	FIELD(profile, id,         SHAPE_ID),
	FIELD(profile, name,       SHAPE_TEXT),
	FIELD(profile, language,   SHAPE_TEXT),
	FIELD(profile, created_ms, SHAPE_TIME));

struct own_login {
	struct text kind, login;
	int64_t created_ms, verified_ms, id;
};
static const struct shape own_login_row = SHAPE_AS("export_login_row", own_login,
	FIELD(own_login, kind,        SHAPE_TEXT),
	FIELD(own_login, login,       SHAPE_TEXT),
	FIELD(own_login, created_ms,  SHAPE_TIME),
	FIELD(own_login, verified_ms, SHAPE_TIME, .nullable = true),
	FIELD(own_login, id,          SHAPE_INT));
static const struct shape own_login_shape = SHAPE_AS("export_login", own_login,
	FIELD(own_login, kind,        SHAPE_TEXT),
	FIELD(own_login, login,       SHAPE_TEXT),
	FIELD(own_login, created_ms,  SHAPE_TIME),
	FIELD(own_login, verified_ms, SHAPE_TIME));

static problem open_login(void *writer, const void *row)
{
	struct own_login own = *(const struct own_login *)row;
	problem why = field_open(privacy_keyring(writer), privacy_arena(writer), (struct place){ "identity", own.id, "sealed" }, own.login, &own.login);

	return why ? why : privacy_row(writer, &own);
}

struct device {
	struct text agent;
	int64_t created_ms, seen_ms;
};
static const struct shape device_shape = SHAPE_AS("export_device", device,
	FIELD(device, agent,      SHAPE_TEXT),
	FIELD(device, created_ms, SHAPE_TIME),
	FIELD(device, seen_ms,    SHAPE_TIME));

static const struct shape known_device_shape = SHAPE_AS("export_known_device", device, FIELD(device, seen_ms, SHAPE_TIME));

struct dated {
	struct text what, detail;
	int64_t at_ms;
};
static const struct shape own_consent_shape = SHAPE_AS("export_consent", dated,
	NAMED(dated, "agreement", what,   SHAPE_TEXT),
	NAMED(dated, "version",   detail, SHAPE_TEXT),
	FIELD(dated, at_ms, SHAPE_TIME));
static const struct shape bound_shape = SHAPE_AS("export_bound", dated,
	NAMED(dated, "provider", what,   SHAPE_TEXT),
	NAMED(dated, "app",      detail, SHAPE_TEXT),
	FIELD(dated, at_ms, SHAPE_TIME));
static const struct shape own_role_shape = SHAPE_AS("export_role", dated,
	NAMED(dated, "role", what, SHAPE_TEXT),
	FIELD(dated, at_ms, SHAPE_TIME));

static const struct shape own_ban_shape = SHAPE_AS("export_ban", dated,
	NAMED(dated, "reason", what, SHAPE_TEXT),
	FIELD(dated, at_ms, SHAPE_TIME));

problem account__gather(struct tx *tx, struct user_id user, struct privacy_writer *w)
{
	problem why;

	privacy_table(w, "profile", &profile_shape);
	why = read_each(tx, &profile_shape, privacy_row, w, "select id, name, language, created_ms from user_account where id = $1", V(user.v));
	privacy_table(w, "logins", &own_login_shape);
	if (!why)
		why = read_each(tx, &own_login_row, open_login, w,
		                "select kind, sealed, created_ms, verified_ms, id from identity where user_id = $1 order by id", V(user.v));
	privacy_table(w, "bound-accounts", &bound_shape);
	if (!why)
		why = read_each(tx, &bound_shape, privacy_row, w, "select provider, app, bound_ms from vouched where user_id = $1 order by id", V(user.v));
	privacy_table(w, "devices", &device_shape);
	if (!why)
		why = read_each(tx, &device_shape, privacy_row, w, "select agent, created_ms, seen_ms from session where user_id = $1 order by id", V(user.v));
	privacy_table(w, "known-devices", &known_device_shape);
	if (!why)
		why = read_each(tx, &known_device_shape, privacy_row, w, "select seen_ms from known_device where user_id = $1 order by seen_ms", V(user.v));
	privacy_table(w, "consents", &own_consent_shape);
	if (!why)
		why = read_each(tx, &own_consent_shape, privacy_row, w, "select agreement, version, at_ms from consent where user_id = $1 order by id", V(user.v));
	privacy_table(w, "roles", &own_role_shape);
	if (!why)
		why = read_each(tx, &own_role_shape, privacy_row, w, "select role, at_ms from role_grant where user_id = $1 order by role", V(user.v));
	privacy_table(w, "bans", &own_ban_shape);
	if (!why)
		why = read_each(tx, &own_ban_shape, privacy_row, w, "select reason, at_ms from account_ban where user_id = $1", V(user.v));
	return why;
}

/* ---- this room's part of forgetting: the row itself stays, since others refer to its number ---- */

problem account__erase(struct tx *tx, struct user_id user, bool *ret_kept)
{
	struct text name = arena_format(tx_arena(tx), "已注销-%lld", (long long)user.v);

	assert(user.v > 0);
	run(tx, "update user_account set name = $1, name_folded = $2, language = 'zh-CN', password_hash = '' where id = $3",
	    V(name, name_folded(tx_arena(tx), name), user.v));
	run(tx, "delete from code where user_id = $1 or blind in (select blind from identity where user_id = $1)", V(user.v));
	run(tx, "delete from identity where user_id = $1", V(user.v));
	run(tx, "delete from vouched where user_id = $1", V(user.v));
	run(tx, "delete from session where user_id = $1", V(user.v));
	run(tx, "delete from known_device where user_id = $1", V(user.v));
	run(tx, "delete from role_grant where user_id = $1", V(user.v));
	run(tx, "delete from recovery_code where user_id = $1", V(user.v));
	run(tx, "delete from half_session where user_id = $1", V(user.v));
	run(tx, "delete from totp where user_id = $1", V(user.v));
	run(tx, "delete from account_ban where user_id = $1", V(user.v));
	run(tx, "update invitation set sealed_login = null, sealed_token = null where used_by = $1 or made_by = $1", V(user.v));
	*ret_kept = false;
	return tx_problem(tx);
}
