/* account_http.c - signing up, in and out; who I am; my devices. */
#include "account/device.h"
#include "account/entry.h"
#include "account/login.h"
#include "account/totp.h"

#include "audit/audit.h"

static struct account_home *home_of(const struct request *rq) { return module_state(rq->serve, &account_module); }

static struct keyring *keyring_of(const struct request *rq) { return home_of(rq)->keyring; }

/* ---- me ---- */

const struct shape me_shape = SHAPE(me,
	FIELD(me, id,       SHAPE_ID),
	FIELD(me, name,     SHAPE_TEXT),
	FIELD(me, login,    SHAPE_TEXT, .optional = true, .says = "masked"),
	LIST_OF(me, roles,  role_count, SHAPE_TEXT),
	FIELD(me, language, SHAPE_TEXT),
	FIELD(me, verified, SHAPE_BOOL, .says = "false: a login is to be proven before anything is bought"));

static void add_roles(struct arena *arena, unsigned set, struct me *me)
{
	static const struct {
		enum who role;
		const char *name;
	} names[] = { { LEARNER, "learner" }, { CREATOR, "creator" }, { MODERATOR, "moderator" }, { FINANCE, "finance" }, { ANALYST, "analyst" }, { ADMIN, "admin" } };
	size_t n = sizeof names / sizeof *names;

	me->roles = ARENA_ARRAY(arena, struct text, n);
	for (size_t i = 0; i < n; i++) {
		if (set & names[i].role)
			me->roles[me->role_count++] = text_of(names[i].name);
	}
}

/* Absent when somebody else has proven it to be his. */
problem account__login(struct request *rq, struct tx *tx, struct user_id user, struct text *ret)
{
	struct identity identity;
	problem why = account__identity(tx, user, &identity);

	if (why)
		return why == &user_missing ? NULL : why;
	return field_open(keyring_of(rq), rq->arena, (struct place){ "identity", identity.id, "sealed" }, identity.sealed, ret);
}

static problem load_me(struct request *rq, struct tx *tx, struct user_id id, struct me *ret)
{
	struct account account;
	struct text login = { 0 };
	problem why = account_by_id(tx, id, &account);

	if (!why)
		why = account__login(rq, tx, id, &login);
	if (why)
		return why;
	*ret = (struct me){ .id = id, .name = account.name, .language = account.language, .login = login_masked(rq->arena, login),
		            .verified = account_may_own(rq->serve, tx, id) };
	add_roles(rq->arena, account.roles, ret);
	return NULL;
}

static problem serve_me(struct request *rq)
{
	struct me me;
	problem why = load_me(rq, rq->tx, rq->who.id, &me);

	return why ? why : reply(rq, 200, &me_shape, &me);
}

/* ---- signing up and in: hashing on a worker, then one transaction ---- */

static const struct shape account_draft_shape = SHAPE(account_draft,
	FIELD(account_draft, login,    SHAPE_TEXT, .min = 3, .max = 254),
	FIELD(account_draft, password, SHAPE_TEXT, .min = 1, .max = 128),
	FIELD(account_draft, name,     SHAPE_TEXT, .optional = true, .min = 1, .max = 32),
	FIELD(account_draft, language, SHAPE_TEXT, .optional = true, .pattern = "language"));

/* In place of the session that this browser had, once the second factor is passed where there is one. */
problem entry_begin(struct tx *tx, struct entry *e)
{
	const struct person *here = &e->rq->who;
	problem why = e->passed ? NULL : account__second_factor(tx, e->user, &e->half);

	if (why || e->half.at)
		return why;
	if (here->id.v == e->user.v)
		session__end(tx, here->id, here->session);
	why = session_begin(tx, e->user, http_header(e->rq->http, "User-Agent"), &e->token, &e->session);
	if (why)
		return why;
	second_factor__hold(tx, e->rq->serve, e->user, e->session);
	why = device_met(e->rq, tx, e->user, e->session, &e->device);
	return why ? why : load_me(e->rq, tx, e->user, &e->me);
}

struct entered {
	struct me me;
	bool second_factor;
	enum given second_factor_given;
	struct text token;
};
const struct shape entered_shape = SHAPE(entered,
	NAMED(entered, "id",       me.id,       SHAPE_ID, .optional = true),
	NAMED(entered, "name",     me.name,     SHAPE_TEXT, .optional = true),
	NAMED(entered, "login",    me.login,    SHAPE_TEXT, .optional = true, .says = "masked"),
	{ .name = "roles", .at = offsetof(struct entered, me.roles), .kind = SHAPE_LIST, .count_at = offsetof(struct entered, me.role_count),
	  .each = SHAPE_TEXT, .optional = true },
	NAMED(entered, "language", me.language, SHAPE_TEXT, .optional = true),
	NAMED(entered, "verified", me.verified, SHAPE_BOOL, .optional = true),
	FIELD(entered, second_factor, SHAPE_BOOL, .optional = true, .given_at = offsetof(struct entered, second_factor_given),
	      .says = "nobody is signed in yet: a code is asked for, together with the token"),
	FIELD(entered, token, SHAPE_TEXT, .optional = true, .says = "half a session: good for POST /api/auth/second-factor, for five minutes"));

problem entry_reply(struct request *rq, const struct entry *e)
{
	if (e->half.at)
		return reply(rq, 202, &entered_shape, &(struct entered){ .second_factor = true, .second_factor_given = GIVEN_VALUE, .token = e->half });
	if (rq->who.id.v == e->user.v)
		reply_forget_session(rq, rq->who.session);
	reply_cookie(rq, account_sessions.cookie, e->token, SESSION_ABSOLUTE_MS / 1000);
	device_reply(rq, e->device);
	return reply(rq, 201, &me_shape, &e->me);
}

static problem begin_session(struct tx *tx, void *arg)
{
	struct entry *e = arg;

	tx_use_arena(tx, e->rq->arena);
	if (e->rehashed.at)
		account__set_hash(tx, e->user, e->rehashed);
	return entry_begin(tx, e);
}

static problem enter(struct request *rq, struct entry *e)
{
	problem why = request_write(rq, begin_session, e);

	return why ? why : entry_reply(rq, e);
}

problem account__enter_passed(struct request *rq, struct user_id user)
{
	return enter(rq, &(struct entry){ .rq = rq, .user = user, .passed = true });
}

static problem join(struct request *rq)
{
	struct account account;
	struct entry e = { .rq = rq };
	struct account_draft draft = *(const struct account_draft *)rq->body;
	problem why;

	draft.agrees = account_agreements(rq->serve);
	why = account_create(serve_db(rq->serve), keyring_of(rq), rq->arena, &draft, &account);

	if (why == &problem_invalid)
		return field_wrong(rq, TEXT("login"), "pattern");
	if (why == &name_wrong)
		return field_wrong(rq, TEXT("name"), "pattern");
	if (why)
		return why;
	e.user = account.id;
	return enter(rq, &e);
}

struct credentials_draft {
	struct text login, password;
};
static const struct shape credentials_draft_shape = SHAPE(credentials_draft,
	FIELD(credentials_draft, login,    SHAPE_TEXT, .min = 1, .max = 254),
	FIELD(credentials_draft, password, SHAPE_TEXT, .min = 1, .max = 128));

static problem find_credentials(struct tx *tx, void *arg)
{
	struct entry *e = arg;
	problem why;

	tx_use_arena(tx, e->rq->arena);
	why = account__credentials(tx, e->blind, &e->credentials);
	return why == &user_missing ? NULL : why;
}

problem wait_first(struct request *rq, problem why, int64_t wait_ms)
{
	struct text seconds = arena_format(rq->arena, "%lld", (long long)(wait_ms + 999) / 1000);

	rq->detail = arena_format(rq->arena, "Try again in %.*s s.", TEXT_ARG(seconds));
	reply_header(rq, "Retry-After", seconds);
	return why;
}

problem own_password_is(struct request *rq, struct text hash, struct text password)
{
	struct delays *delays = home_of(rq)->delays;
	struct text key = arena_format(rq->arena, "user:%lld", (long long)rq->who.id.v);
	int64_t now_ms = world_now_ms(serve_world(rq->serve)), wait_ms;

	if (!delays_may_try(delays, key, now_ms, &wait_ms))
		return wait_first(rq, &sign_in_delayed, wait_ms);
	if (!password_is(hash, password)) {
		delays_failed(delays, key, now_ms);
		return &wrong_credentials;
	}
	delays_passed(delays, key);
	return NULL;
}

/* Whoever is not there costs as much time as who is, and hears the same. */
static problem check_credentials(struct request *rq, struct entry *e, struct text password)
{
	struct delays *delays = home_of(rq)->delays;
	int64_t now_ms = world_now_ms(serve_world(rq->serve)), wait_ms;
	problem why;
	bool has_one, right;

	if (!delays_may_try(delays, e->blind, now_ms, &wait_ms))
		return wait_first(rq, &sign_in_delayed, wait_ms);
	why = request_read(rq, find_credentials, e);
	if (why)
		return why;
	has_one = e->credentials.id.v && e->credentials.hash.length;
	right = password_is(has_one ? e->credentials.hash : password_decoy(), password);
	if (!has_one || !right) {
		delays_failed(delays, e->blind, now_ms);
		return &wrong_credentials;
	}
	delays_passed(delays, e->blind);
	return NULL;
}

static problem sign_in(struct request *rq)
{
	const struct credentials_draft *draft = rq->body;
	struct entry e = { .rq = rq };
	struct login login;
	problem why;

	if (login_read(rq->arena, draft->login, &login))
		login.value = draft->login; /* nobody has it */
	e.blind = login_blind(keyring_of(rq), rq->arena, login.value);
	why = check_credentials(rq, &e, draft->password);
	if (why)
		return why;
	if (password_outdated(e.credentials.hash) && password_hash(rq->arena, draft->password, &e.rehashed))
		e.rehashed = (struct text){ 0 };
	e.user = e.credentials.id;
	return enter(rq, &e);
}

static problem sign_out(struct request *rq)
{
	session__end(rq->tx, rq->who.id, rq->who.session);
	reply_forget_session(rq, rq->who.session);
	reply_cookie(rq, account_sessions.cookie, TEXT(""), 0);
	return tx_problem(rq->tx) ? tx_problem(rq->tx) : reply_none(rq, 204);
}

/* ---- changing ---- */

struct me_patch {
	struct text name, language;
};
static const struct shape me_patch_shape = SHAPE(me_patch,
	FIELD(me_patch, name,     SHAPE_TEXT, .optional = true, .min = 1, .max = 32),
	FIELD(me_patch, language, SHAPE_TEXT, .optional = true, .pattern = "language"));

static problem change_me(struct request *rq)
{
	const struct me_patch *patch = rq->body;
	struct me me;
	struct text name;
	problem why;

	if (patch->name.at) {
		if (name_read(rq->arena, patch->name, &name))
			return field_wrong(rq, TEXT("name"), "pattern");
		if (account__name_taken(rq->tx, name, rq->who.id))
			return &name_taken;
		account__rename(rq->tx, rq->who.id, name);
	}
	if (patch->language.at)
		account__set_language(rq->tx, rq->who.id, patch->language);
	reply_forget_person(rq, rq->who.id);
	why = load_me(rq, rq->tx, rq->who.id, &me);
	return why ? why : reply(rq, 200, &me_shape, &me);
}

struct password_draft {
	struct text old, new;
};
static const struct shape password_draft_shape = SHAPE(password_draft,
	FIELD(password_draft, old, SHAPE_TEXT, .optional = true, .min = 1, .max = 128, .says = "needed unless there is none"),
	FIELD(password_draft, new, SHAPE_TEXT, .min = 1, .max = 128));

static problem find_own_credentials(struct tx *tx, void *arg)
{
	struct entry *e = arg;
	struct request *rq = e->rq;
	problem why;

	tx_use_arena(tx, rq->arena);
	why = account__credentials_of(tx, rq->who.id, &e->credentials);
	return why ? why : account__login(rq, tx, rq->who.id, &e->login);
}

static problem store_new_hash(struct tx *tx, void *arg)
{
	struct entry *e = arg;
	struct user_id me = e->rq->who.id;

	account__set_hash(tx, me, e->rehashed);
	session__end_others(tx, me, e->rq->who.session);
	audit_add(tx, me, "password-changed", "user", me.v, (struct text){ 0 });
	/* a first one, set by who has just signed in, changes nothing that anybody relied on */
	return e->credentials.hash.length ? login_tell(tx, me, NOTICE_PASSWORD, (struct text){ 0 }) : tx_problem(tx);
}

/* A first password needs a sign-in of a moment ago, a further one the one before. */
static problem may_set_password(struct request *rq, struct text hash, struct text old)
{
	if (!hash.length)
		return rq->who.fresh ? NULL : &session_not_fresh;
	return own_password_is(rq, hash, old);
}

static problem change_password(struct request *rq)
{
	const struct password_draft *draft = rq->body;
	struct entry e = { .rq = rq };
	problem why = request_read(rq, find_own_credentials, &e);

	if (!why)
		why = may_set_password(rq, e.credentials.hash, draft->old);
	if (!why)
		why = password_check(draft->new, e.login);
	if (!why)
		why = password_hash(rq->arena, draft->new, &e.rehashed);
	if (!why)
		why = request_write(rq, store_new_hash, &e);
	if (why)
		return why;
	reply_forget_person(rq, rq->who.id);
	return reply_none(rq, 204);
}

/* ---- devices ---- */

struct session_list {
	struct session *items;
	size_t item_count;
};
static const struct shape session_shape = SHAPE_AS("device", session,
	FIELD(session, id,         SHAPE_INT),
	FIELD(session, agent,      SHAPE_TEXT),
	FIELD(session, created_ms, SHAPE_TIME),
	FIELD(session, seen_ms,    SHAPE_TIME),
	FIELD(session, current,    SHAPE_BOOL));
static const struct shape session_list_shape = SHAPE_AS("device_list", session_list, LIST(session_list, items, item_count, &session_shape));

static problem serve_sessions(struct request *rq)
{
	struct session_list list = { 0 };
	problem why = session__list(rq->tx, rq->who.id, &list.items, &list.item_count);

	for (size_t i = 0; !why && i < list.item_count; i++)
		list.items[i].current = list.items[i].id == rq->who.session;
	return why ? why : reply(rq, 200, &session_list_shape, &list);
}

static problem end_session(struct request *rq)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (why)
		return why;
	device__forget(rq->tx, rq->who.id, id);
	if (session__end(rq->tx, rq->who.id, id) != 1)
		return tx_problem(rq->tx) ? tx_problem(rq->tx) : &problem_not_found;
	reply_forget_session(rq, id);
	return reply_none(rq, 204);
}

static problem end_others(struct request *rq)
{
	device__forget_others(rq->tx, rq->who.id, rq->who.session);
	session__end_others(rq->tx, rq->who.id, rq->who.session);
	audit_add(rq->tx, rq->who.id, "signed-out-elsewhere", "user", rq->who.id.v, (struct text){ 0 });
	reply_forget_person(rq, rq->who.id);
	return reply_none(rq, 204);
}

const struct route account_routes[] = {
	{ POST, "/api/users", join, WORKS, .who = ANYBODY, .takes = &account_draft_shape, .gives = &me_shape, .limit = LIMIT_SIGN_IN, .says = "Sign up" },
	{ POST, "/api/sessions", sign_in, WORKS, .who = ANYBODY, .takes = &credentials_draft_shape, .gives = &entered_shape, .limit = LIMIT_SIGN_IN, .says = "Sign in" },
	{ DELETE, "/api/sessions/current", sign_out, WRITES, .who = LEARNER, .says = "Sign out" },
	{ GET, "/api/me", serve_me, READS, .who = LEARNER, .gives = &me_shape, .says = "Who I am" },
	{ PATCH, "/api/me", change_me, WRITES, .who = LEARNER, .takes = &me_patch_shape, .gives = &me_shape, .says = "Change my name or language" },
	{ POST, "/api/me/password", change_password, WORKS, .who = LEARNER, .takes = &password_draft_shape, .limit = LIMIT_SIGN_IN, .says = "Change my password" },
	{ GET, "/api/me/sessions", serve_sessions, READS, .who = LEARNER, .gives = &session_list_shape, .says = "Where I am signed in" },
	{ DELETE, "/api/me/sessions", end_others, WRITES, .who = LEARNER, .says = "Sign all my other devices out" },
	{ DELETE, "/api/me/sessions/{id}", end_session, WRITES, .who = LEARNER, .says = "Sign a device out" },
	{ 0 },
};
