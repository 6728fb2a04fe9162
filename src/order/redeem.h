/* redeem.h - between the files of this room only: codes that open a work, each one once; sold or given away elsewhere. */
#ifndef ORDER_REDEEM_H
#define ORDER_REDEEM_H

#include "order/coupon.h"

struct redeem_batch {
	int64_t id;
	struct work_id work;
	struct creator_id creator; /* the work's */
	struct user_id made_by;
	struct text name, title;   /* title: the work's */
	int64_t access_days;       /* from the day it is redeemed; 0: for ever */
	int64_t until_ms;          /* to be redeemed by then; 0: no end */
	int64_t stopped_ms, created_ms, count, used;
};
struct redeem_draft {
	struct text name;
	struct work_id work;
	int64_t count, access_days, until_ms;
};
struct redeem_code {
	int64_t id, batch;
	struct text tail;
	struct user_id used_by; /* 0: nobody yet */
	int64_t used_ms;
};
struct redeemed {
	struct order_work work;
	int64_t until_ms; /* 0: for ever */
};

extern const struct problem redeem_missing; /* 404 */

/* For who teaches the work, and ADMIN. *ret_codes: shown this once. */
MUST problem redeem__make(struct tx *tx, const struct redeem_draft *draft, const struct person *by, struct redeem_batch *ret, struct text **ret_codes);
/* One's own batch, or anybody's for ADMIN; redeem_missing otherwise. */
MUST problem redeem__own(struct tx *tx, int64_t id, const struct person *by, struct redeem_batch *ret);
MUST problem redeem__stop(struct tx *tx, int64_t id, const struct person *by, struct redeem_batch *ret);
/* A code is used up by it; one that opens nothing new is left as it is. */
MUST problem redeem__use(struct tx *tx, struct text typed, struct user_id user, struct redeemed *ret);

/* ---- redeem_store.c ---- */

MUST problem redeem__insert(struct tx *tx, const struct redeem_batch *batch);
void redeem__insert_code(struct tx *tx, int64_t batch, struct text code_hash, struct text tail);
MUST problem redeem__by_id(struct tx *tx, int64_t id, struct redeem_batch *ret);
MUST problem redeem__list(struct tx *tx, struct creator_id creator, int64_t before, size_t most, struct redeem_batch **ret, size_t *ret_count);
MUST problem redeem__code(struct tx *tx, struct text code_hash, struct redeem_code *ret);
MUST problem redeem__codes(struct tx *tx, int64_t batch, struct redeem_code **ret, size_t *ret_count);
bool redeem__take(struct tx *tx, int64_t code, struct user_id user); /* false: somebody was first */
void redeem__set_stopped(struct tx *tx, int64_t id);
struct text redeem__verify(struct tx *tx); /* absent: each used code and its entitlement agree */

#endif
