/* code.c - six digits, sent to a phone or a mail address, that prove once that somebody reads what is sent there.
 *
 * Nothing here looks whether anybody has the login: asking costs and answers the same for all. What is asked for goes to the
 * table with its digits sealed, and as news to whoever sends letters; once sent, only a keyed hash is left of them.
 * A login is held to one code a minute and ten a day, a code to five tries and ten minutes: 50 guesses a day at a million. */
#include "account/code.h"

#include <assert.h>
#include <stdatomic.h>

const struct problem code_wrong = { 422, "code-wrong", "The code is wrong, or its time is over." };
const struct problem code_gone = { 410, "code-gone", "This code is over: sent, used, replaced, or too old." };
const struct problem code_too_soon = { 429, "code-too-soon", "A code was sent a moment ago." };
const struct problem code_wait = { 429, "code-wait", "A code for something else was sent a moment ago. Wait a little." };
const struct problem codes_too_many = { 429, "codes-too-many", "That were enough codes for one day." };
const struct problem codes_off = { 503, "codes-off", "This site cannot send codes there." };

const char *const code_purpose_names[] = { NULL, "sign_in", "reset", "change", "verify", NULL };
static_assert(sizeof code_purpose_names / sizeof *code_purpose_names == CODE_PURPOSE_COUNT + 1, "each purpose has its name");

/* Keyed, and good for this row alone. */
static struct text code_hash(struct keyring *keyring, struct arena *arena, int64_t id, struct text digits)
{
	return blind_index(keyring, arena, "code", "hash", arena_format(arena, "%lld:%.*s", (long long)id, TEXT_ARG(digits)));
}

static struct text new_digits(struct tx *tx)
{
	enum { MILLION = 1000000 };
	uint32_t random;

	do
		world_random(tx_world(tx), &random, sizeof random);
	while (random >= UINT32_MAX / MILLION * MILLION); /* else some codes were likelier than others */
	return arena_format(tx_arena(tx), "%06u", random % MILLION);
}

static int64_t distance(int64_t a, int64_t b) { return a > b ? a - b : b - a; }

/* Also not one from the future: the clock was set back, and nobody knows how long ago it was made. */
static bool is_in_time(const struct code *code, int64_t now_ms)
{
	return now_ms < code->expires_ms && now_ms > code->created_ms - CODE_PAUSE_MS;
}

/* Is the code that was sent a moment ago the one that is asked for? */
static bool has_one(struct tx *tx, const struct code_ask *ask, struct text blind)
{
	struct code code;

	return !code__open(tx, blind, ask->purpose, &code) && code.user.v == ask->user.v && is_in_time(&code, tx_now_ms(tx));
}

/* A minute of the clock's, whichever way it was set meanwhile. */
static problem may_ask(struct tx *tx, const struct code_ask *ask, struct text blind, int64_t *ret_wait_ms)
{
	int64_t now_ms = tx_now_ms(tx);
	struct code_count asked;
	problem why = code__counted(tx, blind, &asked);

	if (why)
		return why;
	if (asked.count >= CODES_A_DAY) {
		*ret_wait_ms = CODE_WINDOW_MS - distance(now_ms, asked.oldest_ms);
		return &codes_too_many;
	}
	if (asked.count && distance(now_ms, asked.newest_ms) < CODE_PAUSE_MS) {
		*ret_wait_ms = CODE_PAUSE_MS - distance(now_ms, asked.newest_ms);
		return has_one(tx, ask, blind) ? &code_too_soon : &code_wait;
	}
	return NULL;
}

problem code_make(struct tx *tx, const struct code_ask *ask, int64_t *ret_wait_ms)
{
	struct arena *arena = tx_arena(tx);
	int64_t id = tx_id(tx), now_ms = tx_now_ms(tx);
	struct text digits = new_digits(tx), blind = login_blind(ask->keyring, arena, ask->login.value);
	struct code code = {
		.id = id, .purpose = ask->purpose, .kind = text_of(ask->login.kind), .blind = blind, .user = ask->user,
		.language = ask->language, .created_ms = now_ms, .expires_ms = now_ms + CODE_LIFE_MS,
		.login = field_seal(ask->keyring, arena, (struct place){ "code", id, "login" }, ask->login.value),
		.digits = field_seal(ask->keyring, arena, (struct place){ "code", id, "digits" }, digits),
		.hash = code_hash(ask->keyring, arena, id, digits),
	};
	problem why = may_ask(tx, ask, blind, ret_wait_ms);

	if (why)
		return why;
	code__close(tx, blind, ask->purpose);
	code__insert(tx, &code);
	news_add(tx, ACCOUNT_NEWS_CODE, id, arena_format(arena, "{\"code\":%lld}", (long long)id));
	job_add(tx, CODE_JOB_PURGE, TEXT("all"), TEXT("{}"), now_ms + CODE_WINDOW_MS);
	return tx_problem(tx);
}

bool code_take(struct tx *tx, const struct code_ask *ask, struct text digits)
{
	struct arena *arena = tx_arena(tx);
	struct code code;

	if (code__open(tx, login_blind(ask->keyring, arena, ask->login.value), ask->purpose, &code))
		return false;
	if (!is_in_time(&code, tx_now_ms(tx)) || code.user.v != ask->user.v)
		return false;
	if (secret_eq(code_hash(ask->keyring, arena, code.id, digits), code.hash))
		return code__use(tx, code.id);
	code__count_try(tx, code.id);
	return false;
}

/* ---- letters ---- */

/* To reset a password there must be one to reset; whoever asked hears the same either way. */
static problem is_wanted(struct tx *tx, const struct code *code)
{
	if (code->purpose == CODE_RESET && !account__login_taken(tx, code->blind))
		return &code_gone;
	return tx_problem(tx);
}

problem account_letter(struct tx *tx, struct keyring *keyring, struct arena *arena, int64_t id, struct account_letter *ret)
{
	struct account_letter letter;
	struct code code;
	problem why = code__by_id(tx, id, &code);

	if (!why && (!code.digits.at || !is_in_time(&code, tx_now_ms(tx))))
		why = &code_gone;
	if (!why)
		why = is_wanted(tx, &code);
	if (why)
		return why;
	letter = (struct account_letter){ .kind = arena_text(arena, code.kind), .purpose = (enum code_purpose)code.purpose,
		                          .language = arena_text(arena, code.language), .expires_ms = code.expires_ms };
	why = field_open(keyring, arena, (struct place){ "code", id, "login" }, code.login, &letter.login);
	if (!why)
		why = field_open(keyring, arena, (struct place){ "code", id, "digits" }, code.digits, &letter.digits);
	if (!why)
		*ret = letter;
	return why;
}

problem account_letter_sent(struct tx *tx, int64_t id)
{
	code__forget_digits(tx, id);
	return tx_problem(tx);
}

/* ---- who sends ---- */

void account_know_sender(struct serve *serve, const struct code_sender *sender)
{
	struct account_home *home = module_state(serve, &account_module);

	atomic_store(&home->sender, sender);
}

bool account_reaches(struct serve *serve, const char *kind)
{
	struct account_home *home = module_state(serve, &account_module);
	const struct code_sender *sender = atomic_load(&home->sender);

	return sender && sender->reaches(serve, kind);
}

/* ---- what is over ---- */

static problem purge(struct tx *tx, void *arg)
{
	int64_t *oldest_ms = arg;

	code__purge(tx, tx_now_ms(tx) - CODE_WINDOW_MS, tx_now_ms(tx) + CODE_WINDOW_MS);
	*oldest_ms = code__oldest_ms(tx);
	return tx_problem(tx);
}

/* As long as there is one left. */
static problem run_purge(struct job *job)
{
	int64_t oldest_ms = 0;
	problem why = db_write(job->db, purge, &oldest_ms);

	if (!why && oldest_ms)
		job_again(job, oldest_ms + CODE_WINDOW_MS + 1);
	return why;
}

const struct job_kind code_jobs[] = { { .kind = CODE_JOB_PURGE, .run = run_purge }, { 0 } };
