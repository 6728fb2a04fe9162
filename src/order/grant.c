/* grant.c - rules of access that the staff gives. */
#include "order/grant_room.h"
#include "order/part.h"
#include "order/tell.h"

#include "account/account.h"
#include "account/people.h"
#include "audit/audit.h"
#include "catalog/bundle.h"

#include <assert.h>

const struct problem grant_missing = { 404, "grant-missing", "There is no such grant." };
const struct problem grant_held = { 409, "grant-held", "This person has access already; extend what there is." };
const struct problem grant_over = { 409, "grant-over", "This grant was revoked." };
const struct problem grant_no_longer = { 422, "grant-no-longer", "The end must lie ahead, and later than the one there is." };
const struct problem grant_unsold = { 409, "grant-unsold", "This work was never published; there is nothing to read yet." };

const struct shape grant_time_shape = SHAPE(grant_time,
	FIELD(grant_time, access,   SHAPE_ENUM, .names = access_rule_names),
	FIELD(grant_time, days,     SHAPE_INT, .optional = true, .min = 1, .max = GRANT_DAYS_MAX),
	FIELD(grant_time, until_ms, SHAPE_TIME, .optional = true, .min = 1, .max = INT64_C(9007199254740991)));

#define DAY_MS ((int64_t)24 * 3600 * 1000)

/* 0: no end. grant_no_longer: an end that is not ahead of `after_ms`. */
static problem end_of(const struct grant_time *time, int64_t from_ms, int64_t after_ms, int64_t *ret)
{
	int64_t end = 0;

	switch ((enum access_rule)time->access) {
	case ACCESS_FOREVER:
		*ret = 0;
		return NULL;
	case ACCESS_DAYS:
		if (time->days < 1 || time->days > GRANT_DAYS_MAX)
			return &grant_no_longer;
		end = from_ms + time->days * DAY_MS;
		break;
	case ACCESS_UNTIL:
		end = time->until_ms;
		break;
	case ACCESS_NONE:
	case ACCESS_RULE_COUNT:
		assert(false && "the shape takes no other");
	}
	if (end <= after_ms)
		return &grant_no_longer;
	*ret = end;
	return NULL;
}

/* Why, and how long: into the audit, where it stays. */
static void note(struct tx *tx, const char *verb, const struct grant *g, struct text reason, struct user_id by)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(16384);

	buffer_format(&out, "{\"grant\":%lld,\"work\":%lld,\"until_ms\":%lld,\"reason\":", (long long)g->id, (long long)g->work.v, (long long)g->until_ms);
	json_write_text(&out, reason);
	buffer_add_char(&out, '}');
	assert(!out.why);
	audit_add(tx, by, verb, "user", g->user.v, buffer_text(&out));
}

/* Of each work that it opened; before it was given, it opened none. */
static problem end_works(struct tx *tx, const struct grant *g)
{
	struct work_id *works;
	size_t n;
	problem why = order__opened_by(tx, "staff", g->id, &works, &n);

	for (size_t i = 0; !why && i < n; i++) {
		order__move_up(tx, g->user, works[i]);
		order__tell_access(tx, ORDER_NEWS_REVOKED, g->id, works[i], g->user);
	}
	return why;
}

static problem begin(struct tx *tx, const struct grant_draft *draft, struct user_id by, struct grant *ret)
{
	int64_t now_ms = tx_now_ms(tx);

	*ret = (struct grant){ .id = tx_id(tx), .user = draft->user, .work = draft->work, .state = GRANT_GIVEN, .time = draft->time, .reason = draft->reason,
		               .by = by, .created_ms = now_ms, .given_ms = now_ms };
	return end_of(&draft->time, now_ms, now_ms, &ret->until_ms);
}

/* All that the work opens, with the grant as its source. */
static problem open_works(struct tx *tx, const struct grant *g, const struct work_card *card)
{
	struct work_card *works;
	size_t n;
	problem why = work_opens(tx, card, OPENS_HELD, &works, &n);

	for (size_t i = 0; !why && i < n; i++) {
		order__insert_entitlement(tx, &(struct opening){ g->user, "staff", g->id, g->given_ms, g->until_ms }, works[i].id, works[i].edition);
		order__tell_access(tx, ORDER_NEWS_GIVEN, g->id, works[i].id, g->user);
	}
	return why;
}

static problem is_held(struct tx *tx, struct user_id user, const struct work_card *card, bool *ret)
{
	struct work_card *works;
	size_t n;
	problem why = work_opens(tx, card, OPENS_HELD, &works, &n);

	*ret = !why;
	for (size_t i = 0; !why && i < n; i++)
		*ret = *ret && grant__is_held(tx, user, works[i].id);
	return why;
}

problem order_grant(struct tx *tx, const struct grant_draft *draft, struct user_id by, struct grant *ret)
{
	struct account account;
	struct work_card card;
	bool held = false;
	problem why = account_by_id(tx, draft->user, &account);

	assert(draft->reason.length);
	if (!why)
		why = work_by_id(tx, draft->work, &card);
	if (!why && !card.edition.v)
		why = &grant_unsold;
	if (!why)
		why = is_held(tx, draft->user, &card, &held);
	if (!why && held)
		why = &grant_held;
	if (!why)
		why = begin(tx, draft, by, ret);
	if (why)
		return why;
	ret->creator = card.creator;
	why = grant__insert(tx, ret);
	if (!why)
		why = open_works(tx, ret, &card);
	note(tx, "access-granted", ret, draft->reason, by);
	return why ? why : grant__tell(tx, NOTIFICATION_GIVEN, ret, draft->reason);
}

problem order_grant_extend(struct tx *tx, struct grant *g, const struct grant_time *time, struct text reason, struct user_id by)
{
	int64_t now_ms = tx_now_ms(tx), from_ms = g->until_ms > now_ms ? g->until_ms : now_ms;
	problem why;

	if (g->state != GRANT_GIVEN)
		return &grant_over;
	if (!g->until_ms)
		return &grant_no_longer;
	why = end_of(time, from_ms, from_ms, &g->until_ms);
	g->reason = reason;
	if (!why)
		why = grant__set_until(tx, g);
	if (!why)
		note(tx, "access-extended", g, reason, by);
	return why ? why : grant__tell(tx, NOTIFICATION_EXTENDED, g, reason);
}

problem order_grant_revoke(struct tx *tx, struct grant *g, struct text reason, struct user_id by)
{
	problem why = grant__set_revoked(tx, g, reason, by);

	if (!why)
		note(tx, "access-revoked", g, reason, by);
	if (!why)
		why = end_works(tx, g);
	g->state = GRANT_REVOKED;
	return why ? why : grant__tell(tx, NOTIFICATION_REVOKED, g, reason);
}

/* ---- what waits for a login ---- */

static problem give(struct tx *tx, struct grant *g, const struct work_card *card, struct user_id user)
{
	int64_t now_ms = tx_now_ms(tx);
	problem why = end_of(&g->time, now_ms, 0, &g->until_ms);

	if (why)
		return why;
	g->user = user;
	g->given_ms = now_ms;
	g->state = GRANT_GIVEN;
	why = grant__set_given(tx, g);
	if (!why)
		why = open_works(tx, g, card);
	note(tx, "access-granted", g, g->reason, g->by);
	return why ? why : grant__tell(tx, NOTIFICATION_GIVEN, g, g->reason);
}

problem grant__give(struct tx *tx, struct grant *g, struct user_id user)
{
	struct work_card card, *works;
	size_t n;
	problem why = work_by_id(tx, g->work, &card);

	assert(g->state == GRANT_WAITING);
	if (!why)
		why = work_opens(tx, &card, OPENS_HELD, &works, &n);
	if (why == &bundle_too_small)
		return tx_problem(tx);
	return why ? why : give(tx, g, &card, user);
}

enum { CLAIM_MAX = 500 };

problem order_grants_claim(struct tx *tx, struct user_id user, int64_t *ret_given)
{
	struct text *keys;
	size_t n = 0;
	problem why = account_proven_keys(tx, user, &keys, &n);

	*ret_given = 0;
	for (size_t i = 0; !why && i < n; i++) {
		struct grant *waiting;
		size_t count = 0;

		why = grant__waiting(tx, keys[i], CLAIM_MAX, &waiting, &count);
		for (size_t k = 0; !why && k < count; k++) {
			why = grant__give(tx, &waiting[k], user);
			*ret_given += waiting[k].state == GRANT_GIVEN;
		}
	}
	return why;
}

struct claiming {
	struct user_id user;
	int64_t given;
};

static problem claim(struct tx *tx, void *arg)
{
	struct claiming *c = arg;

	return order_grants_claim(tx, c->user, &c->given);
}

problem grant__run_claim(struct job *job)
{
	struct claiming c = { 0 };
	json_t *news;
	problem why = json_read(job->arena, job->payload, &news);

	if (!why)
		c.user.v = json_get_int(news, "subject", 0);
	return why ? why : db_write(job->db, claim, &c);
}
