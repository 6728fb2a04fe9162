/* consent.h - who agreed to which version of what, and when; what the application is to tell a person; within this room. */
#ifndef ACCOUNT_CONSENT_H
#define ACCOUNT_CONSENT_H

#include "account/account_room.h"

extern const struct problem agreement_changed; /* 409: it is not this version that holds now */

enum { CONSENTS_MAX = 500 };

struct consent {
	int agreement;            /* enum agreement */
	struct text version;
	int64_t at_ms;
};
/* Those that are asked for when somebody joins, in the versions that hold now. */
MUST problem consent__join(struct tx *tx, const struct agreement_source *source, struct user_id user);
/* Those that hold now and that this person has not agreed to; room for AGREEMENT_COUNT. */
MUST problem consent__due(struct tx *tx, const struct agreement_source *source, struct user_id user, struct consent *ret, size_t *ret_count);
/* agreement_changed unless each is the version that holds; what was agreed to already is no second row. */
MUST problem consent__give(struct tx *tx, const struct agreement_source *source, struct user_id user, const struct consent *given, size_t n);

MUST problem consent__list(struct tx *tx, struct user_id user, struct consent **ret, size_t *ret_count); /* newest first */
bool consent__has(struct tx *tx, struct user_id user, const char *agreement, struct text version);

#endif
