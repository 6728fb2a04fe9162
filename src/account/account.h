/* account.h - users: log-in names (sealed at rest, found by a blind index), passwords, sessions, roles, consent.
 * A session's token leaves the server once; the table holds its hash. */
#ifndef ACCOUNT_ACCOUNT_H
#define ACCOUNT_ACCOUNT_H

#include "crypto/crypto.h"
#include "serve/serve.h"

extern const struct problem login_taken;       /* 409 */
extern const struct problem name_taken;        /* 409 */
extern const struct problem wrong_credentials; /* 401: unknown login and wrong password alike, in the same time */
extern const struct problem password_weak;     /* 422 */
extern const struct problem user_missing;      /* 404 */
extern const struct problem name_wrong;        /* 422: 2 to 32 characters, none that hides or turns the text around */
extern const struct problem sign_in_delayed;   /* 429: too many wrong passwords for this login */

struct account_draft {
	struct text login;    /* e-mail or phone number; normalised here */
	struct text password; /* 8 to 128 characters, not a common one */
	struct text name;     /* absent: made up, unique */
	struct text language; /* absent: zh-CN */
};
struct account {
	struct user_id id;
	struct text name, language;
	unsigned roles;       /* set of enum who */
};

/* From a worker or the command line, outside a transaction, since hashing takes its time. */
MUST problem account_create(struct db *db, struct keyring *keyring, struct arena *arena, const struct account_draft *draft, struct account *ret);
MUST problem account_set_password(struct db *db, struct arena *arena, struct user_id user, struct text password); /* ends all sessions */
MUST problem account_by_login(struct tx *tx, struct keyring *keyring, struct text login, struct account *ret);
MUST problem account_by_id(struct tx *tx, struct user_id id, struct account *ret);
/* With audit rows; what is so already changes nothing. */
MUST problem account_grant(struct tx *tx, struct user_id user, enum who role, struct user_id by);
MUST problem account_revoke(struct tx *tx, struct user_id user, enum who role, struct user_id by);
/* "creator" -> CREATOR; false for a word that is no role. */
bool role_from_name(struct text name, enum who *ret);

/* DATA/keyring, made at the first start. */
MUST problem account_keyring_open(struct text data_folder, struct world *world, struct keyring **ret);

extern const struct session_source account_sessions;
extern const struct module account_module;

#endif
