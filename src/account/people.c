/* people.c - the desk's view of people, and bans. The last administrator who can come in is not banned. */
#include "account/people.h"

#include "account/account_room.h"
#include "account/invitation.h"
#include "account/login.h"
#include "audit/audit.h"

const struct problem account_banned = { 403, "account-banned", "This account was closed by the shop. Write to the shop if you think this is wrong." };
const struct problem ban_own = { 409, "ban-own", "Nobody bans himself." };

static problem open_one(struct tx *tx, struct keyring *keyring, const struct identity *identity, bool in_clear, struct person_login *ret)
{
	problem why = login_open(tx, keyring, identity, &ret->login);

	if (why)
		return why;
	if (!in_clear)
		ret->login = login_masked(tx_arena(tx), ret->login);
	ret->kind = identity->kind;
	ret->verified = identity->verified_ms != 0;
	return NULL;
}

problem account_person_logins(struct tx *tx, struct keyring *keyring, struct user_id id, bool in_clear, struct person_login **ret, size_t *ret_count)
{
	struct identity *all;
	size_t n;
	problem why = login__list(tx, id, &all, &n);

	if (why)
		return why;
	*ret = ARENA_ARRAY(tx_arena(tx), struct person_login, n);
	for (size_t i = 0; !why && i < n; i++)
		why = open_one(tx, keyring, &all[i], in_clear, &(*ret)[i]);
	*ret_count = n;
	return why;
}

problem account_person(struct tx *tx, struct keyring *keyring, struct user_id id, struct person_card *ret)
{
	struct person_login *logins;
	size_t n;
	problem why = person__card(tx, id, ret);

	if (!why)
		why = account_person_logins(tx, keyring, id, false, &logins, &n);
	if (why || !n)
		return why;
	ret->login = logins[0].login;
	ret->verified = logins[0].verified;
	return NULL;
}

problem account_people_find(struct tx *tx, struct keyring *keyring, struct text typed, size_t most, struct user_id **ret, size_t *ret_count)
{
	struct login_key key;
	struct credentials found;
	problem why;

	if (account_login_key(keyring, tx_arena(tx), typed, &key))
		return person__by_name(tx, name_folded(tx_arena(tx), text_trim(typed)), most, ret, ret_count);
	why = account__credentials(tx, key.blind, &found);
	*ret = ARENA_ARRAY(tx_arena(tx), struct user_id, 1);
	*ret_count = why ? 0 : 1;
	if (!why)
		(*ret)[0] = found.id;
	return why == &user_missing ? NULL : why;
}

problem account_login_key(struct keyring *keyring, struct arena *arena, struct text typed, struct login_key *ret)
{
	struct login login;
	problem why = login_read(arena, typed, &login);

	if (why)
		return why;
	*ret = (struct login_key){ .value = login.value, .blind = login_blind(keyring, arena, login.value), .kind = login.kind,
		                   .masked = login_masked(arena, login.value) };
	return NULL;
}

/* ---- bans ---- */

static struct text because(struct tx *tx, struct text reason)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(16384);

	buffer_add(&out, TEXT("{\"reason\":"));
	json_write_text(&out, reason);
	buffer_add_char(&out, '}');
	return arena_text(tx_arena(tx), buffer_text(&out));
}

problem account_ban(struct tx *tx, struct user_id user, struct text reason, struct user_id by)
{
	struct account account;
	problem why = account_by_id(tx, user, &account);

	if (why)
		return why;
	if (user.v == by.v)
		return &ban_own;
	if ((account.roles & ADMIN) && !account_is_banned(tx, user) && account__count_role(tx, "admin") < 2)
		return &last_admin;
	person__ban(tx, user, reason, by);
	session__end_others(tx, user, 0);
	audit_add(tx, by, "user-banned", "user", user.v, because(tx, reason));
	return tx_problem(tx);
}

problem account_unban(struct tx *tx, struct user_id user, struct text reason, struct user_id by)
{
	struct account account;
	problem why = account_by_id(tx, user, &account);

	if (!why && person__unban(tx, user))
		audit_add(tx, by, "user-unbanned", "user", user.v, because(tx, reason));
	return why ? why : tx_problem(tx);
}
