/* totp_http.c - setting a second factor up and off, and signing in with it. Whatever checks a code runs on a worker and commits
 * also when the code was wrong: a try that is rolled back would not count. */
#include "account/totp.h"

#include "audit/audit.h"

/* ---- signing in ---- */

struct half {
	struct text token, code;
};
static const struct shape half_shape = SHAPE_AS("second_factor_draft", half,
	FIELD(half, token, SHAPE_TEXT, .min = 1, .max = 64),
	FIELD(half, code,  SHAPE_TEXT, .min = 6, .max = 16, .says = "of the application, or a recovery code"));

static problem try_half(struct tx *tx, void *arg)
{
	struct factor_try *t = arg;
	const struct half *half = t->rq->body;
	struct text hash = sha256_hex(t->rq->arena, half->token);
	problem why;

	tx_use_arena(tx, t->rq->arena);
	why = half_session__try(tx, hash, &t->user);
	if (why)
		return why;
	second_factor__check(tx, t);
	if (!t->why && !half_session__end(tx, hash))
		t->why = &second_factor_over;
	return tx_problem(tx);
}

static problem pass(struct request *rq)
{
	const struct half *half = rq->body;
	struct factor_try t = { .rq = rq, .code = half->code };
	problem why = request_write(rq, try_half, &t);

	if (!why)
		why = t.why;
	return why ? why : account__enter_passed(rq, t.user);
}

/* ---- how it stands ---- */

struct standing {
	bool on;
	int64_t since_ms, codes_left;
};
static const struct shape standing_shape = SHAPE_AS("second_factor", standing,
	FIELD(standing, on,         SHAPE_BOOL),
	FIELD(standing, since_ms,   SHAPE_TIME, .says = "0 while it is off"),
	FIELD(standing, codes_left, SHAPE_INT, .says = "recovery codes that were not used"));

static problem serve_standing(struct request *rq)
{
	struct totp totp = { 0 };
	struct standing standing = { 0 };

	if (!totp__load(rq->tx, rq->who.id, &totp) && totp.confirmed_ms)
		standing = (struct standing){ true, totp.confirmed_ms, recovery__left(rq->tx, rq->who.id) };
	return tx_problem(rq->tx) ? tx_problem(rq->tx) : reply(rq, 200, &standing_shape, &standing);
}

/* ---- setting it up ---- */

struct enrolment {
	struct text secret, uri;
};
static const struct shape enrolment_shape = SHAPE(enrolment,
	FIELD(enrolment, secret, SHAPE_TEXT, .says = "Base32, to be typed where no picture can be taken"),
	FIELD(enrolment, uri,    SHAPE_TEXT, .says = "otpauth://, for an application on the same phone"));

static problem uri_of(struct request *rq, struct text secret, struct text *ret)
{
	struct text login;
	problem why = account__login(rq, rq->tx, rq->who.id, &login);

	if (!why)
		*ret = totp_uri(rq->arena, request_site_name(rq), login_masked(rq->arena, login), secret);
	return why;
}

static problem begin(struct request *rq)
{
	unsigned char bytes[TOTP_SECRET_BYTES];
	struct text secret = { (const char *)bytes, sizeof bytes };
	struct enrolment enrolment;
	problem why;

	if (!rq->who.fresh)
		return &session_not_fresh;
	if (totp__is_on(rq->tx, rq->who.id))
		return &second_factor_is_on;
	world_random(serve_world(rq->serve), bytes, sizeof bytes);
	totp__begin(rq->tx, rq->who.id, second_factor__seal(rq, secret));
	enrolment.secret = totp_base32(rq->arena, secret);
	why = uri_of(rq, secret, &enrolment.uri);
	if (!why)
		why = tx_problem(rq->tx);
	return why ? why : reply(rq, 201, &enrolment_shape, &enrolment);
}

/* Only until it is confirmed: afterwards the secret leaves the server no more. */
static problem serve_qr(struct request *rq)
{
	struct totp totp;
	struct text secret, uri;
	problem why = rq->who.fresh ? totp__load(rq->tx, rq->who.id, &totp) : &session_not_fresh;

	if (!why && totp.confirmed_ms)
		why = &second_factor_is_on;
	if (!why)
		why = second_factor__open(rq, rq->who.id, &totp, &secret);
	if (!why)
		why = uri_of(rq, secret, &uri);
	return why ? why : reply_qr(rq, uri);
}

struct code_draft {
	struct text code;
};
static const struct shape code_draft_shape = SHAPE_AS("second_factor_code", code_draft, FIELD(code_draft, code, SHAPE_TEXT, .min = 6, .max = 16));

struct recovery_codes {
	struct text *items;
	size_t item_count;
};
static const struct shape recovery_codes_shape = SHAPE(recovery_codes, LIST_OF(recovery_codes, items, item_count, SHAPE_TEXT, .says = "shown this once"));

struct change {
	struct factor_try try;
	struct text codes[RECOVERY_CODES];
};

static problem confirm_code(struct tx *tx, struct change *c)
{
	struct factor_try *t = &c->try;
	struct text secret;
	struct totp totp;
	int64_t step;
	problem why = totp__load(tx, t->user, &totp);

	if (!why && totp.confirmed_ms)
		why = &second_factor_is_on;
	if (!why)
		why = second_factor__open(t->rq, t->user, &totp, &secret);
	if (!why && !second_factor__may_try(&totp, tx_now_ms(tx)))
		why = &second_factor_delayed;
	if (why)
		return why;
	step = totp_step_of(t->rq->arena, secret, recovery_code_read(t->rq->arena, t->code), tx_now_ms(tx));
	if (step >= 0 && totp__confirm(tx, t->user, step))
		return NULL;
	totp__count_fail(tx, t->user);
	return &second_factor_wrong;
}

static problem try_confirm(struct tx *tx, void *arg)
{
	struct change *c = arg;

	tx_use_arena(tx, c->try.rq->arena);
	c->try.why = confirm_code(tx, c);
	if (!c->try.why) {
		second_factor__renew_codes(tx, &c->try, c->codes);
		totp__release(tx, c->try.user);
		audit_add(tx, c->try.user, "second-factor-on", "user", c->try.user.v, (struct text){ 0 });
	}
	return tx_problem(tx);
}

static problem try_renew(struct tx *tx, void *arg)
{
	struct change *c = arg;

	tx_use_arena(tx, c->try.rq->arena);
	second_factor__check(tx, &c->try);
	if (!c->try.why) {
		second_factor__renew_codes(tx, &c->try, c->codes);
		audit_add(tx, c->try.user, "recovery-codes-renewed", "user", c->try.user.v, (struct text){ 0 });
	}
	return tx_problem(tx);
}

static problem try_off(struct tx *tx, void *arg)
{
	struct change *c = arg;

	tx_use_arena(tx, c->try.rq->arena);
	second_factor__check(tx, &c->try);
	if (!c->try.why) {
		totp__remove(tx, c->try.user);
		second_factor__hold_all(tx, c->try.rq->serve, c->try.user);
		audit_add(tx, c->try.user, "second-factor-off", "user", c->try.user.v, (struct text){ 0 });
	}
	return tx_problem(tx);
}

static problem run_change(struct request *rq, tx_fn fn, struct change *c)
{
	const struct code_draft *draft = rq->body;
	problem why = rq->who.fresh ? NULL : &session_not_fresh;

	c->try = (struct factor_try){ .rq = rq, .user = rq->who.id, .code = draft->code };
	if (!why)
		why = request_write(rq, fn, c);
	reply_forget_person(rq, rq->who.id);
	return why ? why : c->try.why;
}

static problem reply_codes(struct request *rq, tx_fn fn)
{
	struct change c;
	problem why = run_change(rq, fn, &c);

	return why ? why : reply(rq, 200, &recovery_codes_shape, &(struct recovery_codes){ c.codes, RECOVERY_CODES });
}

static problem confirm(struct request *rq) { return reply_codes(rq, try_confirm); }

static problem renew(struct request *rq) { return reply_codes(rq, try_renew); }

static problem turn_off(struct request *rq)
{
	struct change c;
	problem why = run_change(rq, try_off, &c);

	return why ? why : reply_none(rq, 204);
}

static const struct route routes[] = {
	{ POST, "/api/auth/second-factor", pass, WORKS, .who = ANYBODY, .takes = &half_shape, .gives = &entered_shape, .limit = LIMIT_SIGN_IN,
	  .says = "The second half of signing in" },
	{ GET, "/api/me/second-factor", serve_standing, READS, .who = LEARNER, .gives = &standing_shape, .says = "Whether I have a second factor" },
	{ POST, "/api/me/second-factor", begin, WRITES, .who = LEARNER, .gives = &enrolment_shape, .says = "Begin to set a second factor up" },
	{ GET, "/api/me/second-factor/qr.svg", serve_qr, READS, .who = LEARNER, .says = "The code to scan, until it is confirmed" },
	{ POST, "/api/me/second-factor/confirm", confirm, WORKS, .who = LEARNER, .takes = &code_draft_shape, .gives = &recovery_codes_shape,
	  .limit = LIMIT_SIGN_IN, .says = "A first code: from now on it is asked for" },
	{ POST, "/api/me/second-factor/codes", renew, WORKS, .who = LEARNER, .takes = &code_draft_shape, .gives = &recovery_codes_shape,
	  .limit = LIMIT_SIGN_IN, .says = "Ten new recovery codes in place of the old ones" },
	{ POST, "/api/me/second-factor/off", turn_off, WORKS, .who = LEARNER, .takes = &code_draft_shape, .limit = LIMIT_SIGN_IN,
	  .says = "Do without a second factor" },
	{ 0 },
};

const struct module second_factor_module = { .name = "second-factor", .routes = routes };
