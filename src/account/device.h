/* device.h - between the files of this room: has this browser signed in to this account before?
 *
 * A browser keeps a cookie of its own for a year; here stands a hash over it and the account, so that two accounts of one browser do not
 * tell that they are. A sign-in from one that is not known is told to the account and its proven mail address, unless none is known yet:
 * whoever has just signed up is not warned of himself. Whom a person signs out elsewhere is unknown again. */
#ifndef ACCOUNT_DEVICE_H
#define ACCOUNT_DEVICE_H

#include "account/account_room.h"

enum { DEVICES_KEPT = 50 /* of a person, those seen last */ };
#define DEVICE_COOKIE "device"
#define DEVICE_MS     ((int64_t)365 * 24 * 3600 * 1000)

/* In the transaction that began this session; *ret_token is what the cookie holds. */
MUST problem device_met(struct request *rq, struct tx *tx, struct user_id user, int64_t session, struct text *ret_token);
void device_reply(struct request *rq, struct text token); /* the cookie */
/* "Chrome · Windows", as far as it says; never absent. */
struct text device_name(struct arena *arena, struct text agent);

/* ---- device_store.c ---- */

bool device__touch(struct tx *tx, struct user_id user, struct text mark); /* false: it is not known */
bool device__any(struct tx *tx, struct user_id user);
void device__add(struct tx *tx, struct user_id user, struct text mark);
void device__set(struct tx *tx, int64_t session, struct text mark);
void device__forget(struct tx *tx, struct user_id user, int64_t session);        /* the one of this session */
void device__forget_others(struct tx *tx, struct user_id user, int64_t session); /* all but that */

#endif
