/* account_room.h - between the files of this room only. */
#ifndef ACCOUNT_ACCOUNT_ROOM_H
#define ACCOUNT_ACCOUNT_ROOM_H

#include <stdatomic.h>

#include "account/account.h"

#define SESSION_ABSOLUTE_MS ((int64_t)30 * 24 * 3600 * 1000)
#define SESSION_IDLE_MS     ((int64_t)14 * 24 * 3600 * 1000)
#define STAFF_ABSOLUTE_MS   ((int64_t)7 * 24 * 3600 * 1000)
#define STAFF_IDLE_MS       ((int64_t)24 * 3600 * 1000)
#define SESSION_TOUCH_MS    ((int64_t)5 * 60 * 1000)
#define SESSION_FRESH_MS    ((int64_t)15 * 60 * 1000)

/* who can do harm to others: their sessions are shorter */
enum { STAFF = MODERATOR | FINANCE | ANALYST | ADMIN, NAME_MIN = 2, NAME_MAX = 32 };

struct privacy_part;

struct login {
	struct text value; /* normalised */
	const char *kind;  /* "mail", "phone" */
};
/* "  Ann@X.cn " -> ann@x.cn; "+86 138-0013-8000" -> 13800138000; problem_invalid for what is neither. */
MUST problem login_read(struct arena *arena, struct text typed, struct login *ret);
struct text login_masked(struct arena *arena, struct text login);
struct text login_blind(struct keyring *keyring, struct arena *arena, struct text login); /* by which its row is found */
/* Composed and trimmed; name_wrong unless 2 to 32 characters that can be seen. */
MUST problem name_read(struct arena *arena, struct text typed, struct text *ret);
struct text name_folded(struct arena *arena, struct text name); /* what two names that look alike have in common */
MUST problem password_check(struct text password, struct text login); /* password_weak */

/* A new session; *ret_token is what the cookie holds and is kept nowhere. */
MUST problem session_begin(struct tx *tx, struct user_id user, struct text agent, struct text *ret_token, int64_t *ret_id);

/* Asked before a session is made for who gave the password, or a code: *ret_token absent: go on; else there is a second factor,
 * and all there is so far is half a session of five minutes, good for POST /api/auth/second-factor alone. */
MUST problem account__second_factor(struct tx *tx, struct user_id user, struct text *ret_token);
/* The session of who has passed it, with the cookie; replies. */
MUST problem account__enter_passed(struct request *rq, struct user_id user);
MUST problem account__login(struct request *rq, struct tx *tx, struct user_id user, struct text *ret); /* the first one, opened */
/* Who signs in stays: deletion_missing when none was under way. */
MUST problem account__call_deletion_off(struct tx *tx, struct user_id user);
extern const struct shape entered_shape; /* a signed-in person, or half a session */
/* Somebody new, in a transaction: what is filled in before, and what comes of it. */
struct creation {
	struct keyring *keyring;
	struct arena *arena;
	const struct account_draft *draft;
	struct login login;     /* .value absent: none, somebody else vouches */
	struct text name, hash; /* name absent: to be made up; hash empty: no password */
	struct account account;
};
MUST problem account__join(struct tx *tx, void *creation);

/* ---- store ---- */

struct credentials {
	struct user_id id;
	struct text hash; /* empty: there is no password */
};
struct identity {
	int64_t id;
	struct text kind, sealed;
	int64_t verified_ms; /* 0: nobody has proven it */
};
struct session {
	int64_t id;
	struct text agent;
	int64_t created_ms, seen_ms;
	bool current;
};

void account__insert(struct tx *tx, const struct account *account, struct text hash);
void account__insert_identity(struct tx *tx, const struct identity *identity, struct user_id user, struct text blind);
void account__insert_consent(struct tx *tx, struct user_id user, const char *agreement, struct text version);
bool account__name_taken(struct tx *tx, struct text name, struct user_id but);
bool account__login_taken(struct tx *tx, struct text blind);
MUST problem account__credentials(struct tx *tx, struct text blind, struct credentials *ret); /* user_missing */
MUST problem account__credentials_of(struct tx *tx, struct user_id id, struct credentials *ret);
MUST problem account__identity(struct tx *tx, struct user_id user, struct identity *ret);
unsigned account__roles(struct tx *tx, struct user_id user);
void account__set_hash(struct tx *tx, struct user_id user, struct text hash);
void account__rename(struct tx *tx, struct user_id user, struct text name);
void account__set_language(struct tx *tx, struct user_id user, struct text language);
int64_t account__add_role(struct tx *tx, struct user_id user, const char *role, struct user_id by);
int64_t account__count_role(struct tx *tx, const char *role); /* who can come in */
int64_t account__drop_role(struct tx *tx, struct user_id user, const char *role);
void session__insert(struct tx *tx, int64_t id, struct user_id user, struct text token_hash, struct text agent);
MUST problem session__list(struct tx *tx, struct user_id user, struct session **ret, size_t *ret_count);
int64_t session__end(struct tx *tx, struct user_id user, int64_t id);
void session__end_others(struct tx *tx, struct user_id user, int64_t keep); /* 0: all */

struct person_card;
MUST problem person__card(struct tx *tx, struct user_id id, struct person_card *ret);
MUST problem person__by_name(struct tx *tx, struct text folded, size_t most, struct user_id **ret, size_t *ret_count);
void person__ban(struct tx *tx, struct user_id user, struct text reason, struct user_id by);
bool person__unban(struct tx *tx, struct user_id user);

struct vouched_row {
	int64_t id;
	struct user_id user;
	struct text sealed, blind, union_blind;
};
MUST problem vouched__of(struct tx *tx, struct user_id user, const struct vouched *of, struct vouched_row *ret); /* vouched_missing */
MUST problem vouched__find(struct tx *tx, struct text blind, struct user_id *ret);                               /* vouched_missing */
MUST problem vouched__find_union(struct tx *tx, struct text blind, struct user_id *ret);                         /* vouched_missing */
void vouched__insert(struct tx *tx, const struct vouched_row *row, const struct vouched *v);
bool vouched__drop(struct tx *tx, struct user_id user, const struct vouched *of); /* was there one? */
bool vouched__any(struct tx *tx, struct user_id user);

/* ---- delay.c: wrong passwords make the next try wait, whether the login exists or not ---- */

struct delays;
struct delays *delays_new(void);
void delays_free(struct delays *delays);
bool delays_may_try(struct delays *delays, struct text blind, int64_t now_ms, int64_t *ret_wait_ms);
void delays_failed(struct delays *delays, struct text blind, int64_t now_ms);
void delays_passed(struct delays *delays, struct text blind);

/* What the room keeps in memory. */
struct account_home {
	struct keyring *keyring;
	struct delays *delays;
	_Atomic(const struct agreement_source *) agreements; /* NULL: as shipped */
	_Atomic(const struct privacy_part *const *) parts;   /* NULL: only this room's */
	_Atomic(const struct code_sender *) sender; /* NULL: codes are off */
	_Atomic int64_t codes_hour, codes_in_hour, codes_made;
};

extern const struct route account_routes[];

#endif
