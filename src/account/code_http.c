/* code_http.c - asking for codes; coming in by one, and a new password by one. A wrong code is counted in a transaction that
 * commits, so its problem is returned only after it. */
#include "account/entry.h"
#include "account/login.h"

#include "audit/audit.h"
#include "base/log.h"

/* ---- which ways in there are ---- */

struct ways {
	bool mail, phone, password;
};
static const struct shape ways_shape = SHAPE_AS("sign_in_ways", ways,
	FIELD(ways, mail,     SHAPE_BOOL, .says = "codes reach mail addresses"),
	FIELD(ways, phone,    SHAPE_BOOL, .says = "codes reach phones"),
	FIELD(ways, password, SHAPE_BOOL));

static problem serve_ways(struct request *rq)
{
	return reply(rq, 200, &ways_shape,
	             &(struct ways){ .mail = account_reaches(rq->serve, "mail"), .phone = account_reaches(rq->serve, "phone"), .password = true });
}

/* ---- asking ---- */

/* Many more than a busy day's: somebody may be spending the owner's messages. The alarm rings once an hour; far beyond it no more
 * are made until the hour is over, and people sign in by password. */
enum { CODES_ALARM = 500, CODES_STOP = 5000, HOUR_MS = 3600 * 1000 };

static const struct problem codes_paused = { 503, "codes-paused", "Too many codes are asked for just now." };

static bool is_paused(struct account_home *home, int64_t now_ms)
{
	if (atomic_exchange(&home->codes_hour, now_ms / HOUR_MS) != now_ms / HOUR_MS)
		atomic_store(&home->codes_in_hour, 0);
	return atomic_load(&home->codes_in_hour) >= CODES_STOP;
}

static void count_code(struct account_home *home)
{
	atomic_fetch_add(&home->codes_made, 1);
	if (atomic_fetch_add(&home->codes_in_hour, 1) + 1 == CODES_ALARM)
		log_line(LOG_ERROR, "many-codes", "within", text_of("an hour"), NULL);
}

struct asked {
	int64_t again_s;
	int64_t expires_ms;
};
const struct shape code_asked_shape = SHAPE_AS("code_asked", asked,
	FIELD(asked, again_s,    SHAPE_INT, .says = "seconds until another may be asked for"),
	FIELD(asked, expires_ms, SHAPE_TIME));

problem code_reply(struct request *rq, const struct code_ask *ask)
{
	struct account_home *home = module_state(rq->serve, &account_module);
	int64_t wait_ms = 0, now_ms = tx_now_ms(rq->tx);
	problem why;

	if (!account_reaches(rq->serve, ask->login.kind))
		return &codes_off;
	if (is_paused(home, now_ms))
		return &codes_paused;
	why = code_make(rq->tx, ask, &wait_ms);
	if (why == &code_too_soon || why == &code_wait || why == &codes_too_many)
		return wait_first(rq, why, wait_ms);
	if (why)
		return why;
	count_code(home);
	return reply(rq, 202, &code_asked_shape, &(struct asked){ .again_s = CODE_PAUSE_MS / 1000, .expires_ms = now_ms + CODE_LIFE_MS });
}

struct ask_draft {
	struct text login;
	int purpose;
};
static const char *const ask_names[] = { NULL, "sign_in", "reset", "change", NULL };
static const struct shape ask_draft_shape = SHAPE_AS("code_draft", ask_draft,
	FIELD(ask_draft, login,   SHAPE_TEXT, .min = 3, .max = 254),
	FIELD(ask_draft, purpose, SHAPE_ENUM, .names = ask_names));

static problem ask_code(struct request *rq)
{
	const struct ask_draft *draft = rq->body;
	struct code_ask a = { .keyring = account_keyring(rq->serve), .purpose = (enum code_purpose)draft->purpose, .language = rq->language };
	problem why = a.purpose == CODE_CHANGE ? account_may_change_logins(rq, rq->tx) : NULL;

	if (why)
		return why;
	if (a.purpose == CODE_CHANGE)
		a.user = rq->who.id;
	if (login_read(rq->arena, draft->login, &a.login))
		return field_wrong(rq, TEXT("login"), "pattern");
	return code_reply(rq, &a);
}

/* ---- in, or up ---- */

struct proof_draft {
	struct text login, code, name, language, password;
};
static const struct shape code_entry_shape = SHAPE_AS("code_entry", proof_draft,
	FIELD(proof_draft, login,    SHAPE_TEXT, .min = 3, .max = 254),
	FIELD(proof_draft, code,     SHAPE_TEXT, .min = CODE_DIGITS, .max = CODE_DIGITS),
	FIELD(proof_draft, name,     SHAPE_TEXT, .optional = true, .min = 1, .max = 32, .says = "of whoever is new; made up when absent"),
	FIELD(proof_draft, language, SHAPE_TEXT, .optional = true, .pattern = "language"));

struct proving {
	struct code_ask ask;
	struct text digits, name, hash;
	struct entry entry;
	bool right;
};

static problem claim_and_enter(struct tx *tx, void *arg)
{
	struct proving *p = arg;
	problem why;

	p->right = code_take(tx, &p->ask, p->digits);
	if (!p->right)
		return tx_problem(tx);
	why = login_claim(tx, &p->ask, p->name, p->entry.rq->who.id, &p->entry.user);
	return why ? why : entry_begin(tx, &p->entry);
}

static problem enter_by_code(struct request *rq)
{
	const struct proof_draft *draft = rq->body;
	struct proving p = { .ask = { .keyring = account_keyring(rq->serve), .purpose = CODE_SIGN_IN, .language = draft->language,
		                      .agrees = account_agreements(rq->serve) },
		             .digits = draft->code, .entry = { .rq = rq } };
	problem why;

	if (login_read(rq->arena, draft->login, &p.ask.login))
		return field_wrong(rq, TEXT("login"), "pattern");
	if (draft->name.length && name_read(rq->arena, draft->name, &p.name))
		return field_wrong(rq, TEXT("name"), "pattern");
	why = request_write(rq, claim_and_enter, &p);
	if (why == &db_unique)
		return &login_taken; /* somebody joined with it at the same moment */
	if (why)
		return why;
	if (!p.right)
		return &code_wrong;
	reply_forget_person(rq, p.entry.user);
	return entry_reply(rq, &p.entry);
}

/* ---- a new password: whoever has a second factor is asked for it when he signs in with it ---- */

static const struct shape reset_shape = SHAPE_AS("password_reset", proof_draft,
	FIELD(proof_draft, login,    SHAPE_TEXT, .min = 3, .max = 254),
	FIELD(proof_draft, code,     SHAPE_TEXT, .min = CODE_DIGITS, .max = CODE_DIGITS),
	FIELD(proof_draft, password, SHAPE_TEXT, .min = 1, .max = 128));

static problem reset(struct tx *tx, void *arg)
{
	struct proving *p = arg;
	struct credentials before;
	problem why;

	p->right = code_take(tx, &p->ask, p->digits);
	if (!p->right)
		return tx_problem(tx);
	why = login_reclaim(tx, &p->ask, &p->entry.user);
	if (!why)
		why = account__credentials_of(tx, p->entry.user, &before);
	if (why)
		return why;
	account__set_hash(tx, p->entry.user, p->hash);
	session__end_others(tx, p->entry.user, 0);
	audit_add(tx, p->entry.user, "password-reset", "user", p->entry.user.v, (struct text){ 0 });
	return before.hash.length ? login_tell(tx, p->entry.user, NOTICE_PASSWORD, (struct text){ 0 }) : tx_problem(tx);
}

static problem reset_by_code(struct request *rq)
{
	const struct proof_draft *draft = rq->body;
	struct proving p = { .ask = { .keyring = account_keyring(rq->serve), .purpose = CODE_RESET }, .digits = draft->code };
	problem why;

	if (login_read(rq->arena, draft->login, &p.ask.login))
		return field_wrong(rq, TEXT("login"), "pattern");
	why = password_check(draft->password, p.ask.login.value);
	if (!why)
		why = password_hash(rq->arena, draft->password, &p.hash);
	if (!why)
		why = request_write(rq, reset, &p);
	if (why)
		return why;
	if (!p.right)
		return &code_wrong;
	delays_passed(((struct account_home *)module_state(rq->serve, &account_module))->delays,
	              login_blind(p.ask.keyring, rq->arena, p.ask.login.value));
	reply_forget_person(rq, p.entry.user);
	return reply_none(rq, 204);
}

const struct route code_routes[] = {
	{ GET, "/api/auth/ways", serve_ways, KNOWS, .who = ANYBODY, .gives = &ways_shape, .says = "By which ways one can sign in here" },
	{ POST, "/api/auth/codes", ask_code, WRITES, .who = ANYBODY, .takes = &ask_draft_shape, .gives = &code_asked_shape, .limit = LIMIT_CODE,
	  .says = "Ask for a code by mail or SMS" },
	{ POST, "/api/auth/code-session", enter_by_code, WORKS, .who = ANYBODY, .takes = &code_entry_shape, .gives = &entered_shape, .limit = LIMIT_CODE,
	  .says = "Sign in by code, or up" },
	{ POST, "/api/auth/reset", reset_by_code, WORKS, .who = ANYBODY, .takes = &reset_shape, .limit = LIMIT_SIGN_IN,
	  .says = "A new password by code" },
	{ 0 }
};

const struct module account_code_module = { .name = "account_code", .routes = code_routes, .jobs = code_jobs };
const struct module account_login_module = { .name = "account_login", .routes = login_routes };
