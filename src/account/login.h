/* login.h - between the files of this room: whose a login is. */
#ifndef ACCOUNT_LOGIN_H
#define ACCOUNT_LOGIN_H

#include "account/code.h"

enum { LOGINS_MAX = 5 };

extern const struct problem password_first;   /* 409: proving the login is not enough to come into this account */
extern const struct problem login_last;       /* 409: one must be left by which one comes in again */
extern const struct problem logins_too_many;  /* 409 */
extern const struct problem login_missing;    /* 404 */

/* What is told to the proven addresses of an account, for somebody who did not do it himself. */
enum notice { NOTICE_ADDED = 1, NOTICE_REMOVED, NOTICE_PASSWORD, NOTICE_BOUND, NOTICE_UNBOUND, NOTICE_SIGNED_IN /* by mail alone */ };
/* `about` masked, absent for none; a login that goes is told too, so this comes before its row is gone. */
MUST problem login_tell(struct tx *tx, struct user_id user, enum notice what, struct text about);

/* Nobody is signed in (or `here` is), and the login of `proof` was proven: whose account it opens. Makes one where there is none. */
MUST problem login_claim(struct tx *tx, const struct code_ask *proof, struct text name, struct user_id here, struct user_id *ret);
/* The same for a new password: makes none; code_wrong where nobody has the login. */
MUST problem login_reclaim(struct tx *tx, const struct code_ask *proof, struct user_id *ret);
/* proof->user has proven it: it becomes his, in place of his login `replaces` (0: of none). login_taken when it is somebody
 * else's, proven. */
MUST problem login_add(struct tx *tx, const struct code_ask *proof, int64_t replaces);
MUST problem login_verify(struct tx *tx, struct user_id user, int64_t id);
MUST problem login_remove(struct tx *tx, struct keyring *keyring, struct user_id user, int64_t id);
MUST problem login_open(struct tx *tx, struct keyring *keyring, const struct identity *identity, struct text *ret);

extern const struct route login_routes[];

/* ---- store ---- */

struct holder {
	int64_t identity;
	struct user_id user;
	int64_t verified_ms; /* 0: not proven */
};
MUST problem login__holder(struct tx *tx, struct text blind, struct holder *ret); /* login_missing */
MUST problem login__by_id(struct tx *tx, struct user_id user, int64_t id, struct identity *ret); /* login_missing */
MUST problem login__list(struct tx *tx, struct user_id user, struct identity **ret, size_t *ret_count); /* proven ones first */
int64_t login__count(struct tx *tx, struct user_id user);
int64_t login__count_verified(struct tx *tx, struct user_id user);
void login__verify(struct tx *tx, int64_t id);
void login__delete(struct tx *tx, int64_t id);
void login__delete_unverified(struct tx *tx, struct user_id user);

#endif
