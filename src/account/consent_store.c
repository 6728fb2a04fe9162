/* consent_store.c - SQL of consents. */
#include "account/consent.h"

static const struct shape consent_row = SHAPE_AS("consent_row", consent,
	FIELD(consent, agreement, SHAPE_ENUM, .names = agreement_names),
	FIELD(consent, version,   SHAPE_TEXT),
	FIELD(consent, at_ms,     SHAPE_TIME));

problem consent__list(struct tx *tx, struct user_id user, struct consent **ret, size_t *ret_count)
{
	return read_all(tx, &consent_row, CONSENTS_MAX, (void **)ret, ret_count,
	                "select agreement, version, at_ms from consent where user_id = $1 order by at_ms desc, id desc limit 500", V(user.v));
}

bool consent__has(struct tx *tx, struct user_id user, const char *agreement, struct text version)
{
	return read_int(tx, 0, "select 1 from consent where user_id = $1 and agreement = $2 and version = $3 limit 1", V(user.v, agreement, version)) == 1;
}
