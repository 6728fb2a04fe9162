/* totp.h - the second factor, between the files of this room: codes of RFC 6238 from an application on the phone, and ten
 * recovery codes for the day on which the phone is gone.
 *
 * A code counts once: its step is used up with it, also when two come at the same moment. Ten wrong codes within an hour close
 * this way until the hour is over; recovery codes still open, since nobody guesses 50 bits. */
#ifndef ACCOUNT_TOTP_H
#define ACCOUNT_TOTP_H

#include "account/account_room.h"

extern const struct problem second_factor_wrong; /* 401: wrong, used already, or of another time */
extern const struct problem second_factor_over;  /* 401: the half session has ended: five wrong codes, or five minutes */
extern const struct problem second_factor_delayed; /* 429 */
extern const struct problem second_factor_is_on;   /* 409 */
extern const struct problem second_factor_is_off;  /* 409 */

enum {
	TOTP_STEP_S = 30, TOTP_DIGITS = 6, TOTP_SECRET_BYTES = 20, TOTP_TRIES = 10, TOTP_WINDOW_MS = 3600 * 1000,
	RECOVERY_CODES = 10, HALF_SESSION_MS = 5 * 60 * 1000, HALF_SESSION_TRIES = 5,
};

/* ---- codes: no database ---- */

/* The code of a step, by SHA-1, 6 to 8 digits. */
struct text totp_code(struct arena *arena, struct text secret, int64_t step, unsigned digits);
/* The step of this moment, the one before or the one behind whose code it is; -1: of none. */
int64_t totp_step_of(struct arena *arena, struct text secret, struct text code, int64_t now_ms);
struct text totp_base32(struct arena *arena, struct text bytes); /* without padding, as applications take it */
struct text totp_uri(struct arena *arena, struct text issuer, struct text login, struct text secret);
/* As typed: blanks and hyphens go, small letters become large, O and I and L what they look like. */
struct text recovery_code_read(struct arena *arena, struct text typed);
struct text recovery_code_make(struct arena *arena, struct world *world); /* "4G7KQ-M2XWB" */

/* ---- in a transaction ---- */

struct totp {
	struct text sealed;
	int64_t confirmed_ms, last_step, fails, fails_from_ms;
};

struct factor_try {
	struct request *rq;
	struct user_id user;
	struct text code;           /* as typed: of the application, or a recovery code */
	bool recovery;              /* result: it was one of those */
	problem why;                /* result; the transaction is to commit also when it is wrong, so that the try counts */
};
void second_factor__check(struct tx *tx, struct factor_try *t);

/* Must who has these roles have one? By the setting account.second_factor: "staff", or nothing. */
bool second_factor__is_required(const struct serve *serve, unsigned roles);
/* A session just begun by somebody who must have one and has none is without the staff's powers until there is one. */
void second_factor__hold(struct tx *tx, const struct serve *serve, struct user_id user, int64_t session);
/* The same for all that run: he became one of the staff, or gave his second factor up. Then reply_forget_person. */
void second_factor__hold_all(struct tx *tx, const struct serve *serve, struct user_id user);
bool second_factor__may_try(const struct totp *totp, int64_t now_ms);
struct text second_factor__seal(struct request *rq, struct text secret); /* of who asks */
MUST problem second_factor__open(struct request *rq, struct user_id user, const struct totp *totp, struct text *ret);
/* Ten new ones; the old ones are no more. They are shown once. */
void second_factor__renew_codes(struct tx *tx, const struct factor_try *t, struct text ret[RECOVERY_CODES]);

/* ---- store ---- */

MUST problem totp__load(struct tx *tx, struct user_id user, struct totp *ret); /* second_factor_is_off */
bool totp__is_on(struct tx *tx, struct user_id user);
void totp__begin(struct tx *tx, struct user_id user, struct text sealed); /* replaces one that was not confirmed */
bool totp__confirm(struct tx *tx, struct user_id user, int64_t step);
bool totp__use_step(struct tx *tx, struct user_id user, int64_t step); /* false: used up */
void totp__count_fail(struct tx *tx, struct user_id user);
void totp__remove(struct tx *tx, struct user_id user); /* with recovery codes and half sessions */
void recovery__replace(struct tx *tx, struct user_id user, const struct text *hashes, size_t n);
bool recovery__use(struct tx *tx, struct user_id user, struct text hash);
int64_t recovery__left(struct tx *tx, struct user_id user);
void totp__hold(struct tx *tx, int64_t session);
void totp__hold_all(struct tx *tx, struct user_id user);
void totp__release(struct tx *tx, struct user_id user);
void half_session__insert(struct tx *tx, struct user_id user, struct text token_hash);
/* One try of it: whose it is; second_factor_over without one, and when it has had its tries. */
MUST problem half_session__try(struct tx *tx, struct text token_hash, struct user_id *ret);
bool half_session__end(struct tx *tx, struct text token_hash);

#endif
