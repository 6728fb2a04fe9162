/* code_http.c - asking for codes, and what a code opens. */
#include "account/code.h"

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

static problem must_wait(struct request *rq, problem why, int64_t wait_ms)
{
	struct text seconds = arena_format(rq->arena, "%lld", (long long)(wait_ms + 999) / 1000);

	rq->detail = arena_format(rq->arena, "Try again in %.*s s.", TEXT_ARG(seconds));
	reply_header(rq, "Retry-After", seconds);
	return why;
}

struct asked {
	int64_t again_s;
	int64_t expires_ms;
};
static const struct shape asked_shape = SHAPE_AS("code_asked", asked,
	FIELD(asked, again_s,    SHAPE_INT, .says = "seconds until another may be asked for"),
	FIELD(asked, expires_ms, SHAPE_TIME));

/* The answer is the same for every login. */
static problem ask(struct request *rq, const struct code_ask *ask)
{
	struct account_home *home = module_state(rq->serve, &account_module);
	int64_t wait_ms = 0, now_ms = tx_now_ms(rq->tx);
	problem why;

	if (!account_reaches(rq->serve, ask->login.kind))
		return &codes_off;
	if (is_paused(home, now_ms))
		return &codes_paused;
	why = code_make(rq->tx, ask, &wait_ms);
	if (why == &code_too_soon || why == &codes_too_many)
		return must_wait(rq, why, wait_ms);
	if (why)
		return why;
	count_code(home);
	return reply(rq, 202, &asked_shape, &(struct asked){ .again_s = CODE_PAUSE_MS / 1000, .expires_ms = now_ms + CODE_LIFE_MS });
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

	if (a.purpose == CODE_CHANGE && !rq->who.id.v)
		return &sign_in_required;
	if (a.purpose == CODE_CHANGE)
		a.user = rq->who.id;
	if (login_read(rq->arena, draft->login, &a.login))
		return field_wrong(rq, TEXT("login"), "pattern");
	return ask(rq, &a);
}

const struct route code_routes[] = {
	{ GET, "/api/auth/ways", serve_ways, KNOWS, .who = ANYBODY, .gives = &ways_shape, .says = "By which ways one can sign in here" },
	{ POST, "/api/auth/codes", ask_code, WRITES, .who = ANYBODY, .takes = &ask_draft_shape, .gives = &asked_shape, .limit = LIMIT_CODE,
	  .says = "Ask for a code by mail or SMS" },
	{ 0 }
};

const struct module account_code_module = { .name = "account_code", .routes = code_routes, .jobs = code_jobs };
