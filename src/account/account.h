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
extern const struct problem session_not_fresh; /* 403: what matters asks for a sign-in of the last 15 minutes: request.who.fresh */

/* ---- agreements: their words are kept by others, who agreed to which version is kept here ---- */

enum agreement { AGREEMENT_NONE, AGREEMENT_TERMS, AGREEMENT_PRIVACY, AGREEMENT_REFUND, AGREEMENT_COUNT };
extern const char *const agreement_names[]; /* NULL, "terms", "privacy", "refund", NULL */
struct agreement_source {
	/* The version that holds now, in the transaction's arena. */
	problem (*version)(struct tx *tx, enum agreement agreement, struct text *ret);
};
extern const struct agreement_source agreements_as_shipped; /* until another one is known */
/* Before or while serving; app/ wires it. */
void account_know_agreements(struct serve *serve, const struct agreement_source *source);
const struct agreement_source *account_agreements(const struct serve *serve);

struct account_draft {
	struct text login;    /* e-mail or phone number; normalised here */
	struct text password; /* 8 to 128 characters, not a common one */
	struct text name;     /* absent: made up, unique */
	struct text language; /* absent: zh-CN */
	bool verified;        /* the owner says that the login is this person's; not from outside */
	const struct agreement_source *agrees; /* whose agreements were shown to him, so that he agreed by joining; NULL: none were */
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
/* By the owner's word: this login is its holder's, as if he had proven it by a code. user_missing. */
MUST problem account_vouch_login(struct tx *tx, struct keyring *keyring, struct text login);
/* With audit rows; what is so already changes nothing. */
MUST problem account_grant(struct tx *tx, struct user_id user, enum who role, struct user_id by);
MUST problem account_revoke(struct tx *tx, struct user_id user, enum who role, struct user_id by);
bool account_any(struct tx *tx, enum who role); /* has anybody this role? */
/* For who lost phone and recovery codes, by the operator's hand; false: there was none. */
bool account_drop_second_factor(struct tx *tx, struct user_id user);
/* "creator" -> CREATOR; false for a word that is no role. */
bool role_from_name(struct text name, enum who *ret);

/* DATA/keyring, made at the first start. */
MUST problem account_keyring_open(struct text data_folder, struct world *world, struct keyring **ret);

/* ---- codes: six digits that prove a login. This room makes and checks them; who sends letters listens to the news. ---- */

#define ACCOUNT_NEWS_CODE "account.code" /* subject: the code; {"code":ID}: a letter is to be sent, now or not at all */

extern const struct problem code_wrong;     /* 422: wrong, old, used, or never asked for: all the same to who tries */
extern const struct problem code_gone;      /* 410 */
extern const struct problem code_too_soon;  /* 429: the one of a moment ago is still good */
extern const struct problem code_wait;      /* 429: the one of a moment ago was for something else */
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

/* Subject: the user. One for each proven login of an account whose logins or password changed, also for one that is gone. */
#define ACCOUNT_NEWS_LOGIN "account.login_changed"
/* The same fact, once for the account, whatever it has proven. Subject: the user; payload: {"what":…,"about":…} as in account_notice. */
#define ACCOUNT_NEWS_SECURITY "account.security"
struct account_notice {
	struct text login, kind;  /* whom to tell, in clear */
	struct text what;         /* "login-added", "login-removed", "password-changed", "vouched-bound", "vouched-unbound", "signed-in" */
	struct text about;        /* the login that came or went, masked; the device that signed in, and when; absent */
	struct text language;
};
MUST problem account_notice(struct keyring *keyring, struct arena *arena, struct text payload, struct account_notice *ret); /* the news' payload */

struct code_sender {
	/* "mail", "phone": can letters be sent there at all, as far as is known now? From any thread, out of memory, quickly. */
	bool (*reaches)(struct serve *serve, const char *kind);
};
/* Before or while serving; app/ wires it. NULL, or never called: codes are off, and people sign in by password. */
void account_know_sender(struct serve *serve, const struct code_sender *sender);
bool account_reaches(struct serve *serve, const char *kind);

/* A stolen session changes nothing of how one comes in: session_not_fresh unless the sign-in was a moment ago. Whoever has no way in
 * left cannot sign in anew, and may. */
MUST problem account_may_change_logins(const struct request *rq, struct tx *tx);

/* ---- invitations of staff ---- */

#define ACCOUNT_NEWS_INVITED "account.invited" /* subject: the invitation; somebody is to be written to */
#define ACCOUNT_NEWS_CREATOR "account.creator" /* subject: a person who was made a creator */

extern const struct problem invitation_over; /* 410 */
struct account_invited {
	struct text login;        /* in clear */
	struct text kind;         /* "mail", "phone" */
	struct text role, from;   /* "analyst"; the name of who invites */
	struct text path;         /* "/invitation#TOKEN", below the site's address */
	int64_t expires_ms;
};
/* For who writes the letter: invitation_over when it is over, or goes to nobody. */
MUST problem account_invitation(struct tx *tx, struct keyring *keyring, int64_t id, struct account_invited *ret);

/* May something be his? A login that nobody has proven owns nothing, as far as codes can be sent to prove it. */
bool account_may_own(struct serve *serve, struct tx *tx, struct user_id user);
extern const struct problem verification_required; /* 403 */

/* ---- who another service vouches for ---- */

extern const struct problem vouched_taken;   /* 409 */
extern const struct problem vouched_missing; /* 404 */

struct vouched {
	const char *provider;        /* "wechat" */
	struct text app;             /* its official account */
	struct text subject, unionid; /* openid; the same person at its sibling accounts, may be absent */
};
struct vouching {
	struct vouched who;
	struct user_id here;         /* who is signed in: it is bound to him; 0: whoever it belongs to, or somebody new */
	bool fresh;                  /* account_may_change_logins of who is signed in: something may be bound to him now */
	struct text language;
	const struct agreement_source *agrees; /* that were shown to him */
};
/* vouched_taken when it is another's than `here`; session_not_fresh when it would be bound to him and must not. Somebody new has no
 * login and no password. What is bound or dropped is told to the proven logins. */
MUST problem account_vouched(struct tx *tx, struct keyring *keyring, const struct vouching *by, struct user_id *ret);
MUST problem account_vouched_name(struct tx *tx, struct keyring *keyring, struct user_id user, const struct vouched *of, struct text *ret);
MUST problem account_vouched_drop(struct tx *tx, struct user_id user, const struct vouched *of); /* 409 when nothing else opens the account */
/* From a worker, once it is known who he is: the session's cookie; or, with a second factor, half a session in *ret_half. No reply yet. */
MUST problem account_enter(struct request *rq, struct user_id user, struct text *ret_half);

extern const struct session_source account_sessions;
extern const struct module account_module;
extern const struct module account_code_module;  /* its routes of codes; goes beside account_module */
extern const struct module account_login_module; /* and those of one's logins */
extern const struct module second_factor_module; /* codes of an application, recovery codes */
extern const struct module staff_module;          /* who works here, invitations */
extern const struct module consent_module;        /* agreements, and what the application is to tell a person */

#endif
