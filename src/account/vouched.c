/* vouched.c - somebody whom another service knows: he proved himself there, and it tells us by which name it knows him. That name
 * is sealed at rest and found by a keyed hash, as a login is. One name is one person's, and he may have one a service. */
#include "account/account_room.h"
#include "account/device.h"
#include "account/entry.h"
#include "account/login.h"

#include "audit/audit.h"

const struct problem vouched_taken = { 409, "vouched-taken", "This WeChat account is bound to another account here." };
const struct problem vouched_missing = { 404, "vouched-missing", "No such account is bound." };

static struct text blind_of(struct tx *tx, struct keyring *keyring, const struct vouched *v)
{
	return blind_index(keyring, tx_arena(tx), "vouched", "sealed", arena_format(tx_arena(tx), "%s|%.*s|%.*s", v->provider, TEXT_ARG(v->app), TEXT_ARG(v->subject)));
}

static struct text union_of(struct tx *tx, struct keyring *keyring, const struct vouched *v)
{
	if (!v->unionid.length)
		return (struct text){ 0 };
	return blind_index(keyring, tx_arena(tx), "vouched", "union", arena_format(tx_arena(tx), "%s|%.*s", v->provider, TEXT_ARG(v->unionid)));
}

static problem bind(struct tx *tx, struct keyring *keyring, const struct vouched *v, struct user_id user)
{
	struct vouched_row row = { .id = tx_id(tx), .user = user, .blind = blind_of(tx, keyring, v), .union_blind = union_of(tx, keyring, v) };

	row.sealed = field_seal(keyring, tx_arena(tx), (struct place){ "vouched", row.id, "sealed" }, v->subject);
	vouched__drop(tx, user, v); /* an openid that he had here before */
	vouched__insert(tx, &row, v);
	audit_add(tx, user, "vouched-bound", "user", user.v, arena_format(tx_arena(tx), "{\"provider\":\"%s\"}", v->provider));
	return login_tell(tx, user, NOTICE_BOUND, (struct text){ 0 });
}

static problem make_account(struct tx *tx, struct keyring *keyring, const struct vouching *by, struct user_id *ret)
{
	const struct account_draft draft = { .language = by->language, .agrees = by->agrees };
	struct creation creation = { .keyring = keyring, .arena = tx_arena(tx), .draft = &draft, .hash = TEXT("") };
	problem why = account__join(tx, &creation);

	if (!why)
		*ret = creation.account.id;
	return why;
}

problem account_vouched(struct tx *tx, struct keyring *keyring, const struct vouching *by, struct user_id *ret)
{
	const struct vouched *v = &by->who;
	struct user_id known = { 0 }, sibling = { 0 };
	problem why = vouched__find(tx, blind_of(tx, keyring, v), &known);

	if (why && why != &vouched_missing)
		return why;
	if (known.v) {
		*ret = known;
		return by->here.v && by->here.v != known.v ? &vouched_taken : NULL;
	}
	if (by->here.v && !by->fresh)
		return &session_not_fresh;
	*ret = by->here;
	if (!ret->v && v->unionid.length && !vouched__find_union(tx, union_of(tx, keyring, v), &sibling))
		*ret = sibling;
	if (!ret->v) {
		why = make_account(tx, keyring, by, ret);
		if (why)
			return why;
	}
	return bind(tx, keyring, v, *ret);
}

problem account_vouched_name(struct tx *tx, struct keyring *keyring, struct user_id user, const struct vouched *of, struct text *ret)
{
	struct vouched_row row;
	problem why = vouched__of(tx, user, of, &row);

	return why ? why : field_open(keyring, tx_arena(tx), (struct place){ "vouched", row.id, "sealed" }, row.sealed, ret);
}

problem account_vouched_drop(struct tx *tx, struct user_id user, const struct vouched *of)
{
	struct identity *logins;
	size_t n = 0;
	problem why = login__list(tx, user, &logins, &n);

	if (!why && !n)
		why = &login_last;
	if (why)
		return why;
	if (!vouched__drop(tx, user, of))
		return &vouched_missing;
	audit_add(tx, user, "vouched-unbound", "user", user.v, arena_format(tx_arena(tx), "{\"provider\":\"%s\"}", of->provider));
	return login_tell(tx, user, NOTICE_UNBOUND, (struct text){ 0 });
}

static problem begin(struct tx *tx, void *arg)
{
	struct entry *e = arg;

	tx_use_arena(tx, e->rq->arena);
	return entry_begin(tx, e);
}

problem account_enter(struct request *rq, struct user_id user, struct text *ret_half)
{
	struct entry e = { .rq = rq, .user = user };
	problem why = request_write(rq, begin, &e);

	if (why)
		return why;
	*ret_half = e.half;
	if (e.half.at)
		return NULL;
	if (rq->who.id.v == user.v)
		reply_forget_session(rq, rq->who.session);
	reply_cookie(rq, account_sessions.cookie, e.token, SESSION_ABSOLUTE_MS / 1000);
	device_reply(rq, e.device);
	return NULL;
}
