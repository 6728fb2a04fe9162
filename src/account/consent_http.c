/* consent_http.c - what I agreed to; and what the application tells me when I come: a newer agreement, a second factor that
 * somebody of the staff should have, a deletion that is under way. */
#include "account/consent.h"

#include "account/privacy_room.h"
#include "account/totp.h"

static const struct shape consent_shape = SHAPE(consent,
	FIELD(consent, agreement, SHAPE_ENUM, .names = agreement_names),
	FIELD(consent, version,   SHAPE_TEXT),
	FIELD(consent, at_ms,     SHAPE_TIME));

struct consents {
	struct consent *items;
	size_t item_count;
};
static const struct shape consents_shape = SHAPE_AS("consent_list", consents, LIST(consents, items, item_count, &consent_shape));

static problem serve_consents(struct request *rq)
{
	struct consents list = { 0 };
	problem why = consent__list(rq->tx, rq->who.id, &list.items, &list.item_count);

	return why ? why : reply(rq, 200, &consents_shape, &list);
}

static const struct shape agreed_shape = SHAPE_AS("agreement", consent,
	FIELD(consent, agreement, SHAPE_ENUM, .names = agreement_names),
	FIELD(consent, version,   SHAPE_TEXT, .min = 1, .max = 64));
static const struct shape agreed_list_shape = SHAPE_AS("agreement_list", consents, LIST(consents, items, item_count, &agreed_shape, .min = 1, .max = 8));

static problem agree(struct request *rq)
{
	const struct consents *given = rq->body;
	problem why = consent__give(rq->tx, account_agreements(rq->serve), rq->who.id, given->items, given->item_count);

	return why ? why : reply_none(rq, 204);
}

/* ---- notices ---- */

enum factor_notice { FACTOR_NONE, FACTOR_FINE, FACTOR_WANTED, FACTOR_REQUIRED };
static const char *const factor_notices[] = { NULL, "fine", "wanted", "required", NULL };

struct notices {
	int second_factor;
	struct consent *agreements;
	size_t agreement_count;
	int64_t deletion_ms;
};
static const struct shape notices_shape = SHAPE(notices,
	FIELD(notices, second_factor, SHAPE_ENUM, .names = factor_notices, .says = "required: without one there are no powers of the staff"),
	LIST(notices, agreements, agreement_count, &agreed_shape, .says = "newer than what was agreed to"),
	FIELD(notices, deletion_ms, SHAPE_TIME, .says = "0: no deletion is under way"));

/* By the roles that are granted: a session that is held has none of them. */
static int factor_notice(struct request *rq)
{
	unsigned roles = account__roles(rq->tx, rq->who.id);

	if (!(roles & STAFF) || totp__is_on(rq->tx, rq->who.id))
		return FACTOR_FINE;
	return second_factor__is_required(rq->serve, roles) ? FACTOR_REQUIRED : FACTOR_WANTED;
}

static problem serve_notices(struct request *rq)
{
	struct consent due[AGREEMENT_COUNT];
	struct notices notices = { .second_factor = factor_notice(rq), .agreements = due };
	struct privacy_request last;
	problem why = NULL;

	if (!privacy__newest(rq->tx, rq->who.id, PRIVACY_DELETION, &last) && last.state == PRIVACY_RECEIVED)
		notices.deletion_ms = last.due_ms;
	/* who administers the site offers the agreements */
	if (!(rq->who.roles & ADMIN))
		why = consent__due(rq->tx, account_agreements(rq->serve), rq->who.id, due, &notices.agreement_count);
	return why ? why : reply(rq, 200, &notices_shape, &notices);
}

static const struct route routes[] = {
	{ GET, "/api/me/consents", serve_consents, READS, .who = LEARNER, .gives = &consents_shape, .says = "What I agreed to, newest first" },
	{ POST, "/api/me/consents", agree, WRITES, .who = LEARNER, .takes = &agreed_list_shape, .says = "Agree to the versions that hold now" },
	{ GET, "/api/me/notices", serve_notices, READS, .who = LEARNER, .gives = &notices_shape, .says = "What the application is to tell me" },
	{ 0 },
};

const struct module consent_module = { .name = "consent", .routes = routes };
