/* people.h - what the desk asks about people: who it is, how he signs in, where from; and who may not come in any more.
 *
 * A login is opened only where it is asked for in clear: whoever does that writes the audit row. Somebody who is banned holds no
 * session and begins none; orders, entitlements and the book are not touched by it. */
#ifndef ACCOUNT_PEOPLE_H
#define ACCOUNT_PEOPLE_H

#include "crypto/crypto.h"
#include "serve/serve.h"

extern const struct problem account_banned; /* 403 */
extern const struct problem ban_own;        /* 409 */

struct person_card {
	struct user_id id;
	struct text name, language;
	struct text login;          /* masked, the first proven one; absent: none */
	bool verified;              /* that login was proven */
	int64_t joined_ms, banned_ms; /* banned_ms 0: may come in */
	struct text ban_reason;     /* absent: not banned */
};
MUST problem account_person(struct tx *tx, struct keyring *keyring, struct user_id id, struct person_card *ret); /* user_missing */

struct person_login {
	struct text kind, login; /* "phone", "mail" */
	bool verified;
};
struct person_device {
	struct text agent;
	int64_t created_ms, seen_ms;
};
enum { PERSON_DEVICES_MAX = 50 };
MUST problem account_person_logins(struct tx *tx, struct keyring *keyring, struct user_id id, bool in_clear, struct person_login **ret, size_t *ret_count);
MUST problem account_person_devices(struct tx *tx, struct user_id id, struct person_device **ret, size_t *ret_count);

/* A phone number or mail address finds its one holder, anything else the names that begin with it; newest first. Nothing typed: the newest. */
MUST problem account_people_find(struct tx *tx, struct keyring *keyring, struct text typed, size_t most, struct user_id **ret, size_t *ret_count);
/* The next ones by id, at most `most`; none at the end. */
MUST problem account_people_after(struct tx *tx, struct user_id after, size_t most, struct user_id **ret, size_t *ret_count);

/* last_admin, ban_own, user_missing; banned already: the reason is the newer one. All sessions end; tell serve (reply_forget_person). */
MUST problem account_ban(struct tx *tx, struct user_id user, struct text reason, struct user_id by);
MUST problem account_unban(struct tx *tx, struct user_id user, struct text reason, struct user_id by);
bool account_is_banned(struct tx *tx, struct user_id user);
/* Was forgotten, or is in this transaction: nothing of him is written down any more. */
bool account_is_erased(struct tx *tx, struct user_id user);

/* Who holds this role ("finance") and may come in. */
MUST problem account_with_role(struct tx *tx, const char *role, size_t most, struct user_id **ret, size_t *ret_count);

/* Who may be told something: not who was banned or forgotten. Of this role, or everybody (""); the next ones by id. */
MUST problem account_audience(struct tx *tx, const char *role, struct user_id after, size_t most, struct user_id **ret, size_t *ret_count);
int64_t account_audience_count(struct tx *tx, const char *role);

/* ---- logins of people who may have no account yet ---- */

struct login_key {
	struct text value, blind; /* normalised, and the keyed hash by which it is found */
	struct text masked;
	const char *kind;
};
MUST problem account_login_key(struct keyring *keyring, struct arena *arena, struct text typed, struct login_key *ret); /* problem_invalid */
/* Who has proven this login; user_missing: nobody has. */
MUST problem account_proven_holder(struct tx *tx, struct text blind, struct user_id *ret);
/* Has he proven a login of this kind: "mail", "phone"? */
bool account_has_proven(struct tx *tx, struct user_id user, const char *kind);
/* The keyed hashes of what this person has proven. */
MUST problem account_proven_keys(struct tx *tx, struct user_id user, struct text **ret, size_t *ret_count);

/* Subject: the person, who has just proven a login. */
#define ACCOUNT_NEWS_PROVEN "account.proven"

#endif
