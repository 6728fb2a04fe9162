/* login.c - whose a login is.
 *
 * It is his who proved by a code that he reads what is sent there. Until somebody did, it blocks nobody:
 * - Somebody signed in proves it: it becomes his, and the account that held it unproven loses it.
 * - Nobody is signed in, and the account that holds it has another login that is proven, WeChat vouches for its person, or somebody
 *   set a second factor up: it loses this one, and who proved it gets an account of his own.
 * - Nobody is signed in, and the account was never shown to be anybody's: it goes on with who proves the login now, since nearly
 *   always it is the same person, back with a code instead of the password. If it is not, whoever made the account with a number
 *   that is not his must not come back: password, sessions and other unproven logins end.
 * - The same, but the account may do more than learn: proving a login that nobody ever checked is not enough (password_first). */
#include "account/login.h"
#include "account/totp.h"

#include "audit/audit.h"

#include <assert.h>

const struct problem password_first = { 409, "password-first", "Sign in with the password and verify the login in the settings." };
const struct problem login_last = { 409, "login-last", "You would not come in again without this login." };
const struct problem logins_too_many = { 409, "logins-too-many", "An account has at most five logins." };
const struct problem verification_required = { 403, "verification-required", "Verify your number or mail address first." };
const struct problem login_missing = { 404, "login-missing", "You have no such login." };

problem login_open(struct tx *tx, struct keyring *keyring, const struct identity *identity, struct text *ret)
{
	return field_open(keyring, tx_arena(tx), (struct place){ "identity", identity->id, "sealed" }, identity->sealed, ret);
}

static struct text blind_of(struct tx *tx, const struct code_ask *proof)
{
	return login_blind(proof->keyring, tx_arena(tx), proof->login.value);
}

/* ---- telling ---- */

static const char *const notices[] = { [NOTICE_ADDED] = "login-added", [NOTICE_REMOVED] = "login-removed", [NOTICE_PASSWORD] = "password-changed",
	                               [NOTICE_BOUND] = "vouched-bound", [NOTICE_UNBOUND] = "vouched-unbound", [NOTICE_SIGNED_IN] = "signed-in" };

/* Sealed as in its row, whose id goes along: the row may be gone when the letter is written. */
static void add_notice(struct tx *tx, const struct account *account, const struct identity *to, enum notice what, struct text about)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(4096);

	buffer_format(&out, "{\"what\":\"%s\",\"identity\":%lld,\"kind\":", notices[what], (long long)to->id);
	json_write_text(&out, to->kind);
	buffer_format(&out, ",\"sealed\":");
	json_write_text(&out, to->sealed);
	buffer_format(&out, ",\"language\":");
	json_write_text(&out, account->language);
	buffer_format(&out, ",\"about\":");
	json_write_text(&out, about);
	buffer_add_char(&out, '}');
	assert(!out.why);
	news_add(tx, ACCOUNT_NEWS_LOGIN, account->id.v, arena_text(tx_arena(tx), buffer_text(&out)));
}

static void add_fact(struct tx *tx, struct user_id user, enum notice what, struct text about)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(1024);

	buffer_format(&out, "{\"what\":\"%s\",\"about\":", notices[what]);
	json_write_text(&out, about);
	buffer_add_char(&out, '}');
	assert(!out.why);
	news_add(tx, ACCOUNT_NEWS_SECURITY, user.v, arena_text(tx_arena(tx), buffer_text(&out)));
}

problem login_tell(struct tx *tx, struct user_id user, enum notice what, struct text about)
{
	struct account account;
	struct identity *all;
	size_t n = 0;
	problem why = account_by_id(tx, user, &account);

	if (!why)
		why = login__list(tx, user, &all, &n);
	if (!why)
		add_fact(tx, user, what, about);
	for (size_t i = 0; !why && i < n; i++) {
		if (all[i].verified_ms && (what != NOTICE_SIGNED_IN || text_is(all[i].kind, "mail")))
			add_notice(tx, &account, &all[i], what, about);
	}
	return why ? why : tx_problem(tx);
}

problem account_notice(struct keyring *keyring, struct arena *arena, struct text payload, struct account_notice *ret)
{
	struct account_notice notice;
	json_t *json;
	problem why = json_read(arena, payload, &json);

	if (why)
		return why;
	notice = (struct account_notice){ .kind = json_get_text(json, "kind"), .what = json_get_text(json, "what"),
		                          .language = json_get_text(json, "language"), .about = json_get_text(json, "about") };
	why = field_open(keyring, arena, (struct place){ "identity", json_get_int(json, "identity", 0), "sealed" }, json_get_text(json, "sealed"),
	                 &notice.login);
	if (!why)
		*ret = notice;
	return why;
}

/* ---- coming in by a login ---- */

static problem make_account(struct tx *tx, const struct code_ask *proof, struct text name, struct user_id *ret)
{
	struct account_draft draft = { .language = proof->language, .verified = true, .agrees = proof->agrees };
	struct creation creation = { .keyring = proof->keyring, .arena = tx_arena(tx), .draft = &draft, .login = proof->login, .name = name,
		                     .hash = TEXT("") };
	problem why = account__join(tx, &creation);

	if (!why)
		*ret = creation.account.id;
	return why;
}

/* `holder` lost a login to somebody else, who proved it. */
static problem lose(struct tx *tx, const struct code_ask *proof, const struct holder *holder)
{
	login__delete(tx, holder->identity);
	audit_add(tx, (struct user_id){ 0 }, "login-lost", "user", holder->user.v, (struct text){ 0 });
	return login_tell(tx, holder->user, NOTICE_REMOVED, login_masked(tx_arena(tx), proof->login.value));
}

static bool may_more(struct tx *tx, struct user_id user) { return account__roles(tx, user) & ~(unsigned)(ANYBODY | LEARNER); }

/* Is it known whose the account is, by another login or by another service? A second factor says so too: it is nobody's to take over,
 * and must not keep a number from its owner. Powers stay with the password all the same. */
static bool is_somebodys(struct tx *tx, struct user_id user)
{
	return login__count_verified(tx, user) || vouched__any(tx, user) || (totp__is_on(tx, user) && !may_more(tx, user));
}

/* Nobody ever proved whose this account is; now somebody did. */
static problem take_over(struct tx *tx, const struct holder *holder)
{
	if (may_more(tx, holder->user))
		return &password_first;
	login__verify(tx, holder->identity);
	login__delete_unverified(tx, holder->user);
	account__set_hash(tx, holder->user, TEXT(""));
	session__end_others(tx, holder->user, 0);
	audit_add(tx, holder->user, "account-claimed", "user", holder->user.v, (struct text){ 0 });
	return tx_problem(tx);
}

problem login_claim(struct tx *tx, const struct code_ask *proof, struct text name, struct user_id here, struct user_id *ret)
{
	struct holder holder;
	problem why = login__holder(tx, blind_of(tx, proof), &holder);

	if (why)
		return why == &login_missing ? make_account(tx, proof, name, ret) : why;
	*ret = holder.user;
	if (holder.verified_ms)
		return NULL;
	if (holder.user.v == here.v)
		return login_verify(tx, here, holder.identity);
	if (!is_somebodys(tx, holder.user))
		return take_over(tx, &holder);
	why = lose(tx, proof, &holder);
	return why ? why : make_account(tx, proof, name, ret);
}

problem login_reclaim(struct tx *tx, const struct code_ask *proof, struct user_id *ret)
{
	struct holder holder;
	problem why = login__holder(tx, blind_of(tx, proof), &holder);

	if (why)
		return why == &login_missing ? &code_wrong : why;
	*ret = holder.user;
	if (holder.verified_ms)
		return NULL;
	return is_somebodys(tx, holder.user) ? &password_first : take_over(tx, &holder);
}

problem account_vouch_login(struct tx *tx, struct keyring *keyring, struct text typed)
{
	struct login login;
	struct holder holder;
	problem why = login_read(tx_arena(tx), typed, &login);

	if (!why)
		why = login__holder(tx, login_blind(keyring, tx_arena(tx), login.value), &holder);
	if (why)
		return why == &login_missing ? &user_missing : why;
	return holder.verified_ms ? tx_problem(tx) : login_verify(tx, holder.user, holder.identity);
}

/* ---- one's own logins ---- */

problem login_verify(struct tx *tx, struct user_id user, int64_t id)
{
	login__verify(tx, id);
	audit_add(tx, user, "login-verified", "user", user.v, (struct text){ 0 });
	return tx_problem(tx);
}

static problem insert_login(struct tx *tx, const struct code_ask *proof)
{
	struct arena *arena = tx_arena(tx);
	struct identity identity = { .id = tx_id(tx), .kind = text_of(proof->login.kind), .verified_ms = tx_now_ms(tx) };
	problem why;

	if (login__count(tx, proof->user) >= LOGINS_MAX)
		return &logins_too_many;
	why = login_tell(tx, proof->user, NOTICE_ADDED, login_masked(arena, proof->login.value));
	if (why)
		return why;
	identity.sealed = field_seal(proof->keyring, arena, (struct place){ "identity", identity.id, "sealed" }, proof->login.value);
	account__insert_identity(tx, &identity, proof->user, blind_of(tx, proof));
	audit_add(tx, proof->user, "login-added", "user", proof->user.v, (struct text){ 0 });
	return tx_problem(tx);
}

static problem drop_login(struct tx *tx, struct keyring *keyring, struct user_id user, int64_t id)
{
	struct identity identity;
	struct text login;
	problem why = login__by_id(tx, user, id, &identity);

	if (!why)
		why = login_open(tx, keyring, &identity, &login);
	if (!why)
		why = login_tell(tx, user, NOTICE_REMOVED, login_masked(tx_arena(tx), login));
	if (why)
		return why;
	login__delete(tx, id);
	audit_add(tx, user, "login-removed", "user", user.v, (struct text){ 0 });
	return tx_problem(tx);
}

problem login_add(struct tx *tx, const struct code_ask *proof, int64_t replaces)
{
	struct holder holder;
	problem why = login__holder(tx, blind_of(tx, proof), &holder);

	if (why && why != &login_missing)
		return why;
	if (!why && holder.user.v == proof->user.v)
		return replaces == holder.identity || !replaces ? login_verify(tx, proof->user, holder.identity) : &login_taken;
	if (!why && holder.verified_ms)
		return &login_taken;
	why = why ? NULL : lose(tx, proof, &holder);
	if (!why && replaces)
		why = drop_login(tx, proof->keyring, proof->user, replaces);
	return why ? why : insert_login(tx, proof);
}

problem login_remove(struct tx *tx, struct keyring *keyring, struct user_id user, int64_t id)
{
	struct identity identity;
	problem why = login__by_id(tx, user, id, &identity);

	if (why)
		return why;
	if (!vouched__any(tx, user) && (login__count(tx, user) == 1 || (identity.verified_ms && login__count_verified(tx, user) == 1)))
		return &login_last;
	return drop_login(tx, keyring, user, id);
}

/* ---- who may buy ---- */

bool account_may_own(struct serve *serve, struct tx *tx, struct user_id user)
{
	struct identity *all;
	size_t n = 0;

	if (!account_reaches(serve, "mail") && !account_reaches(serve, "phone"))
		return true;
	if (login__list(tx, user, &all, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (all[i].verified_ms)
			return true;
	}
	if (vouched__any(tx, user))
		return true;
	for (size_t i = 0; i < n; i++) {
		if (account_reaches(serve, arena_cstr(tx_arena(tx), all[i].kind)))
			return false;
	}
	return n > 0;
}
