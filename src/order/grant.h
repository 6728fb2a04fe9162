/* grant.h - access that nobody paid for: the staff gives it, for ever, for days or until a day, and says why.
 *
 * A grant is the live source of its entitlement (source 'staff'): both begin and end in one transaction. It is given to a person, or
 * to a login that nobody has proven yet; then it waits, and is given to whoever proves it. What was bought is ended by a refund
 * alone. */
#ifndef ORDER_GRANT_H
#define ORDER_GRANT_H

#include "crypto/crypto.h"
#include "order/order.h"

#define GRANT_STATES(X) X(WAITING, "WAITING") X(GIVEN, "GIVEN") X(REVOKED, "REVOKED")
#define X_GRANT_STATE(id, name) GRANT_##id,
enum grant_state { GRANT_STATE_NONE, GRANT_STATES(X_GRANT_STATE) GRANT_STATE_COUNT };
#undef X_GRANT_STATE
extern const char *const grant_state_names[];

extern const struct problem grant_missing;  /* 404 */
extern const struct problem grant_held;     /* 409: he has access without an end, or a grant that can be extended */
extern const struct problem grant_over;     /* 409: revoked */
extern const struct problem grant_no_longer; /* 422: an end that is past, or no later than the one there is */
extern const struct problem grant_unsold;   /* 409: the work has no edition yet */

enum { GRANT_DAYS_MAX = 3650, GRANT_REASON_MAX = 500 };

struct grant_time {
	int access;          /* enum access_rule */
	int64_t days, until_ms;
};
extern const struct shape grant_time_shape; /* access, days?, until_ms? */
struct grant_draft {
	struct user_id user;
	struct work_id work;
	struct grant_time time;
	struct text reason;
};
struct grant {
	int64_t id;
	struct user_id user;
	struct work_id work;
	struct creator_id creator;
	int state;           /* enum grant_state */
	struct grant_time time;
	struct text reason;
	struct user_id by;
	int64_t created_ms, given_ms, until_ms; /* until_ms 0: no end; of one that waits it is not known */
	int64_t batch;       /* 0: given by hand */
	struct text sealed_login, blind;
};
MUST problem order_grant(struct tx *tx, const struct grant_draft *draft, struct user_id by, struct grant *ret);
MUST problem order_grant_by_id(struct tx *tx, int64_t id, struct grant *ret);
/* Days are added to the end there is, or to now when that is past. */
MUST problem order_grant_extend(struct tx *tx, struct grant *grant, const struct grant_time *time, struct text reason, struct user_id by);
MUST problem order_grant_revoke(struct tx *tx, struct grant *grant, struct text reason, struct user_id by);
/* What waits for the logins that this person has proven becomes his. *ret_given: how much did. */
MUST problem order_grants_claim(struct tx *tx, struct user_id user, int64_t *ret_given);

/* The job that listens to ACCOUNT_NEWS_PROVEN. */
#define ORDER_JOB_CLAIM "order-grants-claim"

#endif
