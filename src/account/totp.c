/* totp.c - see totp.h. The codes are liboath's; what is used up, counted and kept is ours. */
#include "account/totp.h"

#include "audit/audit.h"

#include <assert.h>
#include <liboath/oath.h>
#include <pthread.h>
#include <stdlib.h>

const struct problem second_factor_wrong = { 401, "second-factor-wrong", "The code is wrong, of another time, or was used already." };
const struct problem second_factor_over = { 401, "second-factor-over", "This sign-in has ended. Begin again with the password." };
const struct problem second_factor_delayed = { 429, "second-factor-delayed", "Too many wrong codes. Use a recovery code, or wait." };
const struct problem second_factor_is_on = { 409, "second-factor-is-on", "A second factor is set up already." };
const struct problem second_factor_is_off = { 409, "second-factor-is-off", "No second factor is set up." };
const struct problem session_not_fresh = { 403, "session-not-fresh", "Sign in once more: this asks for a sign-in of the last 15 minutes." };

/* ---- codes ---- */

static void init_library(void)
{
	int status = oath_init();

	assert(status == OATH_OK);
	(void)status;
}

static void need_library(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, init_library);
}

struct text totp_code(struct arena *arena, struct text secret, int64_t step, unsigned digits)
{
	char code[16];
	int status;

	assert(step >= 0 && digits >= 6 && digits <= 8);
	need_library();
	status = oath_totp_generate2(secret.at, secret.length, (time_t)(step * TOTP_STEP_S), TOTP_STEP_S, 0, digits, 0, code);
	assert(status == OATH_OK);
	(void)status;
	return arena_text(arena, text_of(code));
}

int64_t totp_step_of(struct arena *arena, struct text secret, struct text code, int64_t now_ms)
{
	int64_t now = now_ms / 1000 / TOTP_STEP_S, found = -1;

	for (int64_t step = now > 0 ? now - 1 : 0; step <= now + 1; step++) {
		if (secret_eq(totp_code(arena, secret, step, TOTP_DIGITS), code))
			found = step;
	}
	return found;
}

struct text totp_base32(struct arena *arena, struct text bytes)
{
	char *out = NULL;
	size_t length = 0;
	struct text ret;
	int status;

	need_library();
	status = oath_base32_encode(bytes.at, bytes.length, &out, &length);
	assert(status == OATH_OK);
	(void)status;
	while (length && out[length - 1] == '=')
		length--;
	ret = arena_text(arena, (struct text){ out, length });
	free(out);
	return ret;
}

static void add_escaped(struct buffer *out, struct text t)
{
	for (size_t i = 0; i < t.length; i++) {
		unsigned char c = (unsigned char)t.at[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_')
			buffer_add_char(out, (char)c);
		else
			buffer_format(out, "%%%02X", c);
	}
}

struct text totp_uri(struct arena *arena, struct text issuer, struct text login, struct text secret)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(4096);

	buffer_add(&out, TEXT("otpauth://totp/"));
	add_escaped(&out, issuer);
	buffer_add_char(&out, ':');
	add_escaped(&out, login);
	buffer_format(&out, "?secret=%.*s&issuer=", TEXT_ARG(totp_base32(arena, secret)));
	add_escaped(&out, issuer);
	assert(!out.why && "a name and a login are short");
	return arena_text(arena, buffer_text(&out));
}

/* ---- recovery codes ---- */

enum { CODE_CHARACTERS = 10 };

struct text recovery_code_make(struct arena *arena, struct world *world)
{
	static const char signs[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* none that looks like another */
	unsigned char random[CODE_CHARACTERS];
	char out[CODE_CHARACTERS + 1];
	size_t n = 0;

	static_assert(sizeof signs == 33, "five bits a sign");
	world_random(world, random, sizeof random);
	for (size_t i = 0; i < CODE_CHARACTERS; i++) {
		if (i == CODE_CHARACTERS / 2)
			out[n++] = '-';
		out[n++] = signs[random[i] & 31];
	}
	return arena_text(arena, (struct text){ out, n });
}

static char as_it_looks(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 32);
	return c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
}

struct text recovery_code_read(struct arena *arena, struct text typed)
{
	char *out = arena_alloc(arena, typed.length + 1);
	size_t n = 0;

	for (size_t i = 0; i < typed.length; i++) {
		if (typed.at[i] != ' ' && typed.at[i] != '-')
			out[n++] = as_it_looks(typed.at[i]);
	}
	return (struct text){ out, n };
}

/* Keyed: 50 bits are too few for a plain hash, once somebody holds the table. */
static struct text recovery_hash(const struct factor_try *t, struct text code)
{
	struct arena *arena = t->rq->arena;

	return blind_index(account_keyring(t->rq->serve), arena, "recovery_code", "code_hash",
	                   arena_format(arena, "%lld:%.*s", (long long)t->user.v, TEXT_ARG(code)));
}

void second_factor__renew_codes(struct tx *tx, const struct factor_try *t, struct text ret[RECOVERY_CODES])
{
	struct text hashes[RECOVERY_CODES];

	for (size_t i = 0; i < RECOVERY_CODES; i++) {
		ret[i] = recovery_code_make(t->rq->arena, tx_world(tx));
		hashes[i] = recovery_hash(t, recovery_code_read(t->rq->arena, ret[i]));
	}
	recovery__replace(tx, t->user, hashes, RECOVERY_CODES);
}

/* ---- checking ---- */

static struct place secret_place(struct user_id user) { return (struct place){ "totp", user.v, "sealed" }; }

struct text second_factor__seal(struct request *rq, struct text secret)
{
	return field_seal(account_keyring(rq->serve), rq->arena, secret_place(rq->who.id), secret);
}

problem second_factor__open(struct request *rq, struct user_id user, const struct totp *totp, struct text *ret)
{
	return field_open(account_keyring(rq->serve), rq->arena, secret_place(user), totp->sealed, ret);
}

static problem check_recovery(struct tx *tx, struct factor_try *t, struct text code)
{
	if (!recovery__use(tx, t->user, recovery_hash(t, code)))
		return &second_factor_wrong;
	t->recovery = true;
	audit_add(tx, t->user, "recovery-code-used", "user", t->user.v, (struct text){ 0 });
	return NULL;
}

bool second_factor__may_try(const struct totp *totp, int64_t now_ms)
{
	return totp->fails < TOTP_TRIES || totp->fails_from_ms <= now_ms - TOTP_WINDOW_MS;
}

static problem check_code(struct tx *tx, struct factor_try *t, const struct totp *totp, struct text code)
{
	struct text secret;
	int64_t step;
	problem why = second_factor__open(t->rq, t->user, totp, &secret);

	if (why)
		return why;
	if (!second_factor__may_try(totp, tx_now_ms(tx)))
		return &second_factor_delayed;
	step = totp_step_of(t->rq->arena, secret, code, tx_now_ms(tx));
	if (step >= 0 && totp__use_step(tx, t->user, step))
		return NULL;
	totp__count_fail(tx, t->user);
	return &second_factor_wrong;
}

void second_factor__check(struct tx *tx, struct factor_try *t)
{
	struct text code = recovery_code_read(t->rq->arena, t->code);
	struct totp totp;

	t->recovery = false;
	t->why = totp__load(tx, t->user, &totp);
	if (!t->why && !totp.confirmed_ms)
		t->why = &second_factor_is_off;
	if (!t->why)
		t->why = code.length == CODE_CHARACTERS ? check_recovery(tx, t, code) : check_code(tx, t, &totp, code);
}

problem account__second_factor(struct tx *tx, struct user_id user, struct text *ret_token)
{
	*ret_token = (struct text){ 0 };
	if (!totp__is_on(tx, user))
		return tx_problem(tx);
	*ret_token = token_make(tx_arena(tx), tx_world(tx), 32);
	half_session__insert(tx, user, sha256_hex(tx_arena(tx), *ret_token));
	return tx_problem(tx);
}

bool second_factor__is_required(const struct serve *serve, unsigned roles)
{
	return (roles & STAFF) && text_is(serve_setting(serve, "account.second_factor"), "staff");
}

static bool is_missing(struct tx *tx, const struct serve *serve, struct user_id user)
{
	return second_factor__is_required(serve, account__roles(tx, user)) && !totp__is_on(tx, user);
}

void second_factor__hold(struct tx *tx, const struct serve *serve, struct user_id user, int64_t session)
{
	if (is_missing(tx, serve, user))
		totp__hold(tx, session);
}

void second_factor__hold_all(struct tx *tx, const struct serve *serve, struct user_id user)
{
	if (is_missing(tx, serve, user))
		totp__hold_all(tx, user);
}

bool account_drop_second_factor(struct tx *tx, struct user_id user)
{
	bool on = totp__is_on(tx, user);

	totp__remove(tx, user);
	if (on)
		audit_add(tx, (struct user_id){ 0 }, "second-factor-off", "user", user.v, TEXT("{\"by\":\"operator\"}"));
	return on;
}
