/* account.c - rules of users. Hashing a password is done outside any transaction; what is sealed is bound to its row. */
#include "account/account_room.h"
#include "account/consent.h"
#include "account/people.h"
#include "account/privacy_room.h"

#include "audit/audit.h"

#include <assert.h>
#include <stdlib.h>

const struct problem login_taken = { 409, "login-taken", "This login is registered already." };
const struct problem name_taken = { 409, "name-taken", "Somebody has this name already." };
const struct problem wrong_credentials = { 401, "wrong-credentials", "The login or the password is wrong." };
const struct problem password_weak = { 422, "password-weak", "The password is too short or too common." };
const struct problem user_missing = { 404, "user-missing", "There is no such user." };

const struct problem sign_in_delayed = { 429, "sign-in-delayed", "Too many wrong passwords. Wait a moment." };

static const struct {
	const char *name;
	enum who role;
} roles[] = {
	{ "creator", CREATOR }, { "moderator", MODERATOR }, { "finance", FINANCE }, { "analyst", ANALYST }, { "admin", ADMIN },
};

bool role_from_name(struct text name, enum who *ret)
{
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
		if (text_is(name, roles[i].name)) {
			*ret = roles[i].role;
			return true;
		}
	}
	return false;
}

static const char *role_name(enum who role)
{
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
		if (roles[i].role == role)
			return roles[i].name;
	}
	return NULL;
}

problem account_grant(struct tx *tx, struct user_id user, enum who role, struct user_id by)
{
	if (account__add_role(tx, user, role_name(role), by) == 1)
		audit_add(tx, by, "role-granted", "user", user.v, arena_format(tx_arena(tx), "{\"role\":\"%s\"}", role_name(role)));
	return tx_problem(tx);
}

problem account_revoke(struct tx *tx, struct user_id user, enum who role, struct user_id by)
{
	if (account__drop_role(tx, user, role_name(role)) == 1)
		audit_add(tx, by, "role-revoked", "user", user.v, arena_format(tx_arena(tx), "{\"role\":\"%s\"}", role_name(role)));
	return tx_problem(tx);
}

bool account_any(struct tx *tx, enum who role) { return account__count_role(tx, role_name(role)) > 0; }

/* ---- logins ---- */

static struct text only_digits(struct arena *arena, struct text t)
{
	char *out = arena_alloc(arena, t.length + 1);
	size_t n = 0;

	for (size_t i = 0; i < t.length; i++) {
		if (t.at[i] >= '0' && t.at[i] <= '9')
			out[n++] = t.at[i];
		else if (t.at[i] != ' ' && t.at[i] != '-')
			return (struct text){ 0 };
	}
	return (struct text){ out, n };
}

static problem phone_read(struct arena *arena, struct text typed, struct login *ret)
{
	struct text digits = only_digits(arena, text_starts(typed, TEXT("+86")) ? text_from(typed, 3) : typed);

	if (digits.length != 11 || digits.at[0] != '1' || digits.at[1] < '3')
		return &problem_invalid;
	*ret = (struct login){ digits, "phone" };
	return NULL;
}

static problem mail_read(struct arena *arena, struct text typed, struct login *ret)
{
	char *out = arena_alloc(arena, typed.length + 1);
	size_t at = text_find_char(typed, '@');
	struct text domain = text_from(typed, at + 1);

	if (at == 0 || typed.length > 254 || text_find_char(domain, '@') != SIZE_MAX || text_find_char(domain, '.') == SIZE_MAX || domain.length < 4)
		return &problem_invalid;
	for (size_t i = 0; i < typed.length; i++) {
		unsigned char c = (unsigned char)typed.at[i];

		if (c <= ' ' || c == 0x7f)
			return &problem_invalid;
		out[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : (char)c;
	}
	*ret = (struct login){ { out, typed.length }, "mail" };
	return NULL;
}

problem login_read(struct arena *arena, struct text typed, struct login *ret)
{
	typed = text_trim(typed);
	return text_find_char(typed, '@') == SIZE_MAX ? phone_read(arena, typed, ret) : mail_read(arena, typed, ret);
}

struct text login_masked(struct arena *arena, struct text login)
{
	size_t at = text_find_char(login, '@');
	struct text rest = login;

	if (!login.length)
		return login;
	if (at == SIZE_MAX)
		return arena_format(arena, "%.*s****%.*s", 3, login.at, 4, login.at + 7);
	text_next(&rest);
	return arena_format(arena, "%.*s***%.*s", TEXT_ARG(text_head(login, login.length - rest.length)), TEXT_ARG(text_from(login, at)));
}

struct text login_blind(struct keyring *keyring, struct arena *arena, struct text login)
{
	return blind_index(keyring, arena, "identity", "sealed", login);
}

problem account_by_login(struct tx *tx, struct keyring *keyring, struct text typed, struct account *ret)
{
	struct login login;
	struct credentials found;
	problem why = login_read(tx_arena(tx), typed, &login);

	if (!why)
		why = account__credentials(tx, login_blind(keyring, tx_arena(tx), login.value), &found);
	return why ? why : account_by_id(tx, found.id, ret);
}

/* ---- signing up ---- */

static struct text made_up_name(struct tx *tx)
{
	struct text name;

	do {
		uint32_t random;

		world_random(tx_world(tx), &random, sizeof random);
		name = arena_format(tx_arena(tx), "学员%06u", random % 1000000);
	} while (account__name_taken(tx, name, (struct user_id){ 0 }));
	return name;
}

problem account__join(struct tx *tx, void *arg)
{
	struct creation *c = arg;
	struct identity identity = { .id = tx_id(tx), .kind = text_of(c->login.kind), .verified_ms = c->draft->verified ? tx_now_ms(tx) : 0 };
	struct text index = c->login.value.at ? login_blind(c->keyring, c->arena, c->login.value) : (struct text){ 0 };

	tx_use_arena(tx, c->arena);
	if (index.at && account__login_taken(tx, index))
		return &login_taken;
	if (c->name.at && account__name_taken(tx, c->name, (struct user_id){ 0 }))
		return &name_taken;
	c->account = (struct account){
		.id = { tx_id(tx) },
		.name = c->name.at ? c->name : made_up_name(tx),
		.language = c->draft->language.length ? c->draft->language : TEXT("zh-CN"),
		.roles = ANYBODY | LEARNER,
	};
	account__insert(tx, &c->account, c->hash);
	if (index.at) {
		identity.sealed = field_seal(c->keyring, c->arena, (struct place){ "identity", identity.id, "sealed" }, c->login.value);
		account__insert_identity(tx, &identity, c->account.id, index);
	}
	audit_add(tx, c->account.id, "user-joined", "user", c->account.id.v, (struct text){ 0 });
	return c->draft->agrees ? consent__join(tx, c->draft->agrees, c->account.id) : tx_problem(tx);
}

problem account_create(struct db *db, struct keyring *keyring, struct arena *arena, const struct account_draft *draft, struct account *ret)
{
	struct creation c = { .keyring = keyring, .arena = arena, .draft = draft };
	problem why = login_read(arena, draft->login, &c.login);

	if (!why && draft->name.length)
		why = name_read(arena, draft->name, &c.name);
	if (!why)
		why = password_check(draft->password, c.login.value);
	if (!why)
		why = password_hash(arena, draft->password, &c.hash);
	if (!why)
		why = db_write(db, account__join, &c);
	if (!why)
		*ret = c.account;
	return why == &db_unique ? &login_taken : why; /* two at the same moment */
}

struct new_password {
	struct user_id user;
	struct text hash;
};

static problem store_password(struct tx *tx, void *arg)
{
	const struct new_password *n = arg;

	account__set_hash(tx, n->user, n->hash);
	session__end_others(tx, n->user, 0);
	audit_add(tx, n->user, "password-changed", "user", n->user.v, (struct text){ 0 });
	return tx_problem(tx);
}

problem account_set_password(struct db *db, struct arena *arena, struct user_id user, struct text password)
{
	struct new_password n = { .user = user };
	problem why = password_check(password, TEXT(""));

	if (!why)
		why = password_hash(arena, password, &n.hash);
	return why ? why : db_write(db, store_password, &n);
}

/* What a browser says of itself, as far as it is text. */
static struct text clipped(struct text t, size_t most) { return t.at && text_is_utf8(t) ? text_clip(t, most) : TEXT(""); }

problem session_begin(struct tx *tx, struct user_id user, struct text agent, struct text *ret_token, int64_t *ret_id)
{
	enum { AGENT_MAX = 200, TOKEN_BYTES = 32 };
	problem why;

	if (account_is_banned(tx, user))
		return &account_banned;
	*ret_id = tx_id(tx);
	*ret_token = token_make(tx_arena(tx), tx_world(tx), TOKEN_BYTES);
	session__insert(tx, *ret_id, user, sha256_hex(tx_arena(tx), *ret_token), clipped(agent, AGENT_MAX));
	audit_add(tx, user, "signed-in", "user", user.v, (struct text){ 0 });
	why = account__call_deletion_off(tx, user);
	return why == &deletion_missing ? tx_problem(tx) : why;
}

/* ---- the room's state ---- */

problem account_keyring_open(struct text data_folder, struct world *world, struct keyring **ret)
{
	struct arena *arena = arena_new(8192);
	problem why = keyring_open(arena_cstr(arena, arena_format(arena, "%.*s/keyring", TEXT_ARG(data_folder))), world, ret);

	arena_free(arena);
	return why;
}

static problem start(struct serve *serve, void **ret_state)
{
	struct account_home *home = calloc(1, sizeof *home);
	problem why;

	assert(home);
	why = account_keyring_open(serve_data_folder(serve), serve_world(serve), &home->keyring);
	home->delays = delays_new();
	*ret_state = home;
	return why;
}

struct keyring *account_keyring(const struct serve *serve)
{
	const struct account_home *home = module_state(serve, &account_module);

	return home->keyring;
}

void account_know_agreements(struct serve *serve, const struct agreement_source *source)
{
	struct account_home *home = module_state(serve, &account_module);

	atomic_store(&home->agreements, source);
}

const struct agreement_source *account_agreements(const struct serve *serve)
{
	struct account_home *home = module_state(serve, &account_module);
	const struct agreement_source *source = atomic_load(&home->agreements);

	return source ? source : &agreements_as_shipped;
}

static void stop(void *state)
{
	struct account_home *home = state;

	keyring_close(home->keyring);
	delays_free(home->delays);
	free(home);
}

static void metrics(void *state, struct buffer *out)
{
	struct account_home *home = state;

	buffer_format(out, "# TYPE account_codes_total counter\naccount_codes_total %lld\n", (long long)atomic_load(&home->codes_made));
}

const struct module account_module = { .name = "account", .routes = account_routes, .start = start, .stop = stop, .metrics = metrics };
