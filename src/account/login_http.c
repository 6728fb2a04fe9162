/* login_http.c - one's own logins: shown masked, proven, added, changed, removed; and the sign-in that is asked for again before. */
#include "account/entry.h"
#include "account/login.h"
#include "account/totp.h"

problem account_may_change_logins(const struct request *rq, struct tx *tx)
{
	if (!rq->who.id.v)
		return &sign_in_required;
	return rq->who.fresh || (!login__count(tx, rq->who.id) && !vouched__any(tx, rq->who.id)) ? NULL : &session_not_fresh;
}

/* ---- which ---- */

struct shown_login {
	int64_t id;
	struct text kind, login;
	bool verified, reached;
};
static const struct shape shown_login_shape = SHAPE_AS("login", shown_login,
	FIELD(shown_login, id,       SHAPE_INT),
	FIELD(shown_login, kind,     SHAPE_TEXT, .says = "mail or phone"),
	FIELD(shown_login, login,    SHAPE_TEXT, .says = "masked"),
	FIELD(shown_login, verified, SHAPE_BOOL),
	FIELD(shown_login, reached,  SHAPE_BOOL, .says = "codes can be sent there"));

struct login_list {
	struct shown_login *items;
	size_t item_count;
	bool password, fresh;
};
static const struct shape login_list_shape = SHAPE(login_list,
	LIST(login_list, items, item_count, &shown_login_shape),
	FIELD(login_list, password, SHAPE_BOOL, .says = "there is a password"),
	FIELD(login_list, fresh,    SHAPE_BOOL, .says = "logins may be changed now"));

static problem show(struct request *rq, const struct identity *identity, struct shown_login *ret)
{
	struct text login;
	problem why = login_open(rq->tx, account_keyring(rq->serve), identity, &login);

	if (!why)
		*ret = (struct shown_login){ .id = identity->id, .kind = identity->kind, .login = login_masked(rq->arena, login),
			                     .verified = identity->verified_ms != 0,
			                     .reached = account_reaches(rq->serve, arena_cstr(rq->arena, identity->kind)) };
	return why;
}

static problem serve_logins(struct request *rq)
{
	struct login_list list = { .fresh = !account_may_change_logins(rq, rq->tx) };
	struct credentials credentials;
	struct identity *all;
	problem why = login__list(rq->tx, rq->who.id, &all, &list.item_count);

	if (!why)
		why = account__credentials_of(rq->tx, rq->who.id, &credentials);
	if (why)
		return why;
	list.password = credentials.hash.length > 0;
	list.items = ARENA_ARRAY(rq->arena, struct shown_login, list.item_count);
	for (size_t i = 0; !why && i < list.item_count; i++)
		why = show(rq, &all[i], &list.items[i]);
	return why ? why : reply(rq, 200, &login_list_shape, &list);
}

/* ---- a code to one's own login ---- */

struct own_proof {
	struct request *rq;
	struct code_ask ask;
	struct identity identity;
	struct text digits;
	int64_t id, replaces;
	bool right;
};

static problem load_own(struct request *rq, struct tx *tx, struct own_proof *p)
{
	problem why = login__by_id(tx, rq->who.id, p->id, &p->identity);

	p->ask = (struct code_ask){ .keyring = account_keyring(rq->serve), .purpose = CODE_VERIFY, .user = rq->who.id, .language = rq->language };
	if (!why)
		why = login_open(tx, p->ask.keyring, &p->identity, &p->ask.login.value);
	p->ask.login.kind = text_is(p->identity.kind, "mail") ? "mail" : "phone";
	return why;
}

static problem ask_own(struct request *rq)
{
	struct own_proof p = { .rq = rq };
	problem why = path_id(rq, "id", &p.id);

	if (!why)
		why = load_own(rq, rq->tx, &p);
	return why ? why : code_reply(rq, &p.ask);
}

struct code_draft {
	struct text code;
};
static const struct shape code_draft_shape = SHAPE_AS("login_proof", code_draft,
	FIELD(code_draft, code, SHAPE_TEXT, .min = CODE_DIGITS, .max = CODE_DIGITS));

static problem prove(struct tx *tx, void *arg)
{
	struct own_proof *p = arg;
	problem why = load_own(p->rq, tx, p);

	if (why)
		return why;
	p->right = code_take(tx, &p->ask, p->digits);
	return p->right ? login_verify(tx, p->rq->who.id, p->id) : tx_problem(tx);
}

static problem prove_own(struct request *rq)
{
	struct own_proof p = { .rq = rq, .digits = ((const struct code_draft *)rq->body)->code };
	problem why = path_id(rq, "id", &p.id);

	if (!why)
		why = request_write(rq, prove, &p);
	if (!why && !p.right)
		why = &code_wrong;
	return why ? why : reply_none(rq, 204);
}

/* ---- another login ---- */

struct login_draft {
	struct text login, code;
	int64_t replaces;
};
static const struct shape login_draft_shape = SHAPE(login_draft,
	FIELD(login_draft, login,    SHAPE_TEXT, .min = 3, .max = 254),
	FIELD(login_draft, code,     SHAPE_TEXT, .min = CODE_DIGITS, .max = CODE_DIGITS),
	FIELD(login_draft, replaces, SHAPE_INT, .optional = true, .min = 1, .max = INT64_MAX, .says = "the login of mine that goes"));

static problem add(struct tx *tx, void *arg)
{
	struct own_proof *p = arg;
	problem why = account_may_change_logins(p->rq, tx);

	if (why)
		return why;
	p->right = code_take(tx, &p->ask, p->digits);
	return p->right ? login_add(tx, &p->ask, p->replaces) : tx_problem(tx);
}

static problem add_login(struct request *rq)
{
	const struct login_draft *draft = rq->body;
	struct own_proof p = { .rq = rq, .digits = draft->code, .replaces = draft->replaces,
		               .ask = { .keyring = account_keyring(rq->serve), .purpose = CODE_CHANGE, .user = rq->who.id } };
	problem why;

	if (login_read(rq->arena, draft->login, &p.ask.login))
		return field_wrong(rq, TEXT("login"), "pattern");
	why = request_write(rq, add, &p);
	if (why == &db_unique)
		return &login_taken;
	if (!why && !p.right)
		why = &code_wrong;
	return why ? why : reply_none(rq, 204);
}

static problem remove_login(struct request *rq)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = account_may_change_logins(rq, rq->tx);
	if (!why)
		why = login_remove(rq->tx, account_keyring(rq->serve), rq->who.id, id);
	return why ? why : reply_none(rq, 204);
}

/* ---- signed in already, and asked once more ---- */

struct again_draft {
	struct text password, code;
	int64_t login;
};
static const struct shape again_shape = SHAPE_AS("sign_in_again", again_draft,
	FIELD(again_draft, password, SHAPE_TEXT, .optional = true, .min = 1, .max = 128),
	FIELD(again_draft, login,    SHAPE_INT, .optional = true, .min = 1, .max = INT64_MAX, .says = "the login of mine that the code was sent to"),
	FIELD(again_draft, code,     SHAPE_TEXT, .optional = true, .min = CODE_DIGITS, .max = CODE_DIGITS));

static problem read_own_credentials(struct tx *tx, void *arg)
{
	struct entry *e = arg;

	return account__credentials_of(tx, e->rq->who.id, &e->credentials);
}

static problem begin_again(struct tx *tx, void *arg) { return entry_begin(tx, arg); }

static problem again_by_password(struct request *rq, struct entry *e, struct text password)
{
	problem why = request_read(rq, read_own_credentials, e);

	if (!why)
		why = own_password_is(rq, e->credentials.hash, password);
	return why ? why : request_write(rq, begin_again, e);
}

struct again {
	struct own_proof proof;
	struct entry *entry;
};

static problem prove_again(struct tx *tx, void *arg)
{
	struct again *a = arg;
	problem why = prove(tx, &a->proof);

	return why || !a->proof.right ? why : entry_begin(tx, a->entry);
}

static problem again_by_code(struct request *rq, struct entry *e, const struct again_draft *draft)
{
	struct again a = { .proof = { .rq = rq, .id = draft->login, .digits = draft->code }, .entry = e };
	problem why = request_write(rq, prove_again, &a);

	return why || a.proof.right ? why : &code_wrong;
}

static problem sign_in_again(struct request *rq)
{
	const struct again_draft *draft = rq->body;
	struct entry e = { .rq = rq, .user = rq->who.id };
	problem why;

	if (draft->password.at)
		why = again_by_password(rq, &e, draft->password);
	else if (draft->login && draft->code.at)
		why = again_by_code(rq, &e, draft);
	else
		why = field_wrong(rq, TEXT("password"), "missing");
	return why ? why : entry_reply(rq, &e);
}

const struct route login_routes[] = {
	{ GET, "/api/me/logins", serve_logins, READS, .who = LEARNER, .gives = &login_list_shape, .says = "By what I sign in" },
	{ POST, "/api/me/logins", add_login, WORKS, .who = LEARNER, .takes = &login_draft_shape, .limit = LIMIT_CODE,
	  .says = "A login more, or in place of one, by the code sent there" },
	{ DELETE, "/api/me/logins/{id}", remove_login, WRITES, .who = LEARNER, .says = "Remove a login of mine" },
	{ POST, "/api/me/logins/{id}/codes", ask_own, WRITES, .who = LEARNER, .gives = &code_asked_shape, .limit = LIMIT_CODE,
	  .says = "A code to a login of mine" },
	{ POST, "/api/me/logins/{id}/proof", prove_own, WORKS, .who = LEARNER, .takes = &code_draft_shape, .limit = LIMIT_CODE,
	  .says = "Verify a login of mine by the code sent there" },
	{ POST, "/api/me/session", sign_in_again, WORKS, .who = LEARNER, .takes = &again_shape, .gives = &entered_shape, .limit = LIMIT_SIGN_IN,
	  .says = "Sign in once more as who I am: a fresh session in place of this one" },
	{ 0 },
};
