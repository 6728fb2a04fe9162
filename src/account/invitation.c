/* invitation.c - see invitation.h. */
#include "account/invitation.h"

#include "audit/audit.h"

const struct problem invitation_over = { 410, "invitation-over", "This invitation was used, withdrawn, or has ended." };
const struct problem last_admin = { 409, "last-admin", "Somebody must remain who administers the site." };

const char *const role_names[ROLE_NAMES] = { NULL, "creator", "moderator", "finance", "analyst", "admin", NULL };

problem staff__grant(struct tx *tx, struct user_id user, enum who role, struct user_id by)
{
	problem why = account_grant(tx, user, role, by);

	if (!why && role == CREATOR)
		news_add(tx, ACCOUNT_NEWS_CREATOR, user.v, TEXT("{}"));
	return why ? why : tx_problem(tx);
}

problem staff__revoke(struct tx *tx, struct user_id user, enum who role, struct user_id by)
{
	if (role == ADMIN && (account__roles(tx, user) & ADMIN) && account__count_role(tx, "admin") < 2)
		return &last_admin;
	return account_revoke(tx, user, role, by);
}

static struct place login_place(int64_t id) { return (struct place){ "invitation", id, "sealed_login" }; }

static struct place token_place(int64_t id) { return (struct place){ "invitation", id, "sealed_token" }; }

problem invitation__make(struct tx *tx, struct keyring *keyring, const struct invitation_draft *draft, struct user_id by,
                         struct invitation *ret, struct text *ret_token)
{
	struct arena *arena = tx_arena(tx);
	struct invitation i = { .id = tx_id(tx), .made_by = by, .role = text_of(role_names[draft->role]), .made_ms = tx_now_ms(tx) };

	i.expires_ms = i.made_ms + INVITATION_MS;
	*ret_token = token_make(arena, tx_world(tx), 24);
	i.sealed_token = field_seal(keyring, arena, token_place(i.id), *ret_token);
	if (draft->login.length)
		i.sealed_login = field_seal(keyring, arena, login_place(i.id), draft->login);
	invitation__insert(tx, &i, sha256_hex(arena, *ret_token));
	audit_add(tx, by, "invited", "invitation", i.id, arena_format(arena, "{\"role\":\"%.*s\"}", TEXT_ARG(i.role)));
	if (draft->login.length)
		news_add(tx, ACCOUNT_NEWS_INVITED, i.id, TEXT("{}"));
	*ret = i;
	return tx_problem(tx);
}

static bool is_open(struct tx *tx, const struct invitation *i)
{
	return !i->used_ms && !i->revoked_ms && i->expires_ms > tx_now_ms(tx) && (account__roles(tx, i->made_by) & ADMIN);
}

problem invitation__look(struct tx *tx, struct text token, struct invitation *ret)
{
	problem why = invitation__by_hash(tx, sha256_hex(tx_arena(tx), token), ret);

	return why ? why : is_open(tx, ret) ? tx_problem(tx) : &invitation_over;
}

problem invitation__accept(struct tx *tx, struct text token, struct user_id user)
{
	struct invitation i;
	enum who role;
	problem why = invitation__look(tx, token, &i);

	if (!why && !invitation__use(tx, sha256_hex(tx_arena(tx), token), user))
		why = &invitation_over;
	if (why)
		return why;
	audit_add(tx, user, "invitation-accepted", "invitation", i.id, arena_format(tx_arena(tx), "{\"role\":\"%.*s\"}", TEXT_ARG(i.role)));
	return role_from_name(i.role, &role) ? staff__grant(tx, user, role, i.made_by) : &invitation_over;
}

problem invitation__revoke(struct tx *tx, int64_t id, struct user_id by)
{
	if (!invitation__set_revoked(tx, id))
		return tx_problem(tx) ? tx_problem(tx) : &invitation_over;
	audit_add(tx, by, "invitation-revoked", "invitation", id, (struct text){ 0 });
	return tx_problem(tx);
}

problem account_invitation(struct tx *tx, struct keyring *keyring, int64_t id, struct account_invited *ret)
{
	struct arena *arena = tx_arena(tx);
	struct invitation i;
	struct login login = { 0 };
	struct text token;
	problem why = invitation__by_id(tx, id, &i);

	if (!why && (!is_open(tx, &i) || !i.sealed_token.length || !i.sealed_login.length))
		why = &invitation_over;
	if (!why)
		why = field_open(keyring, arena, login_place(id), i.sealed_login, &login.value);
	if (!why)
		why = field_open(keyring, arena, token_place(id), i.sealed_token, &token);
	if (!why)
		why = login_read(arena, login.value, &login);
	if (why)
		return why;
	*ret = (struct account_invited){ .login = login.value, .kind = text_of(login.kind), .role = i.role, .from = i.made_by_name,
	                                 .path = arena_format(arena, "/invitation#%.*s", TEXT_ARG(token)), .expires_ms = i.expires_ms };
	return NULL;
}
