/* account.h - users: log-in names (sealed at rest, found by a blind index), passwords, codes, sessions, roles, consent.
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
	bool verified;        /* the owner says that the login is this person's; not from outside */
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
bool account_any(struct tx *tx, enum who role); /* has anybody this role? */
/* "creator" -> CREATOR; false for a word that is no role. */
bool role_from_name(struct text name, enum who *ret);

/* DATA/keyring, made at the first start. */
MUST problem account_keyring_open(struct text data_folder, struct world *world, struct keyring **ret);

/* ---- codes: six digits that prove a login. This room makes and checks them; who sends letters listens to the news. ---- */

#define ACCOUNT_NEWS_CODE "account.code" /* subject: the code; {"code":ID}: a letter is to be sent, now or not at all */

extern const struct problem code_wrong;     /* 422: wrong, old, used, or never asked for: all the same to who tries */
extern const struct problem code_gone;      /* 410 */
extern const struct problem code_too_soon;  /* 429 */
extern const struct problem codes_too_many; /* 429 */
extern const struct problem codes_off;      /* 503: nothing can be sent to a login of this kind */

enum code_purpose {
	CODE_SIGN_IN = 1, /* in, or up */
	CODE_RESET,       /* a new password */
	CODE_CHANGE,      /* a login more, or in place of another */
	CODE_VERIFY,      /* that one's own login is one's own */
	CODE_PURPOSE_COUNT
};
extern const char *const code_purpose_names[]; /* "sign_in", "reset", "change", "verify" */

struct account_letter {
	struct text login;        /* in clear: 13800138000, ann@x.cn */
	struct text kind;         /* "phone", "mail" */
	struct text digits;       /* "012345" */
	struct text language;     /* "zh-CN", "en" */
	enum code_purpose purpose;
	int64_t expires_ms;
};
/* code_gone when there is nothing to send: it was sent, used, replaced or is too old, or nobody is there to write to. */
MUST problem account_letter(struct tx *tx, struct keyring *keyring, struct arena *arena, int64_t code, struct account_letter *ret);
MUST problem account_letter_sent(struct tx *tx, int64_t code); /* the digits are erased; their keyed hash stays */
struct keyring *account_keyring(const struct serve *serve);

struct code_sender {
	/* "mail", "phone": can letters be sent there at all, as far as is known now? From any thread, out of memory, quickly. */
	bool (*reaches)(struct serve *serve, const char *kind);
};
/* Before or while serving; app/ wires it. NULL, or never called: codes are off, and people sign in by password. */
void account_know_sender(struct serve *serve, const struct code_sender *sender);
bool account_reaches(struct serve *serve, const char *kind);

extern const struct session_source account_sessions;
extern const struct module account_module;
extern const struct module account_code_module; /* its routes of codes and logins; goes beside account_module */
extern const struct module second_factor_module; /* codes of an application, recovery codes */

#endif
