/* code.h - between the files of this room: codes that prove a login. */
#ifndef ACCOUNT_CODE_H
#define ACCOUNT_CODE_H

#include "account/account_room.h"

#define CODE_LIFE_MS   ((int64_t)10 * 60 * 1000)
#define CODE_PAUSE_MS  ((int64_t)60 * 1000) /* between two codes for one login */
#define CODE_WINDOW_MS ((int64_t)24 * 3600 * 1000)

#define CODE_JOB_PURGE "code-purge"

enum { CODE_DIGITS = 6, CODES_A_DAY = 10, CODE_TRIES = 5 };

struct code {
	int64_t id;
	int purpose; /* enum code_purpose */
	struct text kind, blind, login, digits, hash, language; /* login and digits: sealed */
	struct user_id user;
	int64_t tries, created_ms, expires_ms;
};

/* What somebody asks a code for, or brings one for. */
struct code_ask {
	struct keyring *keyring;
	enum code_purpose purpose;
	struct login login;
	struct user_id user;  /* CHANGE, VERIFY: who is signed in; else nobody */
	struct text language;
	const struct agreement_source *agrees; /* SIGN_IN: to what whoever is new agrees; may be NULL */
};

/* Writes the code and the news of it. code_too_soon, code_wait or codes_too_many: *ret_wait_ms says for how long. The work done, and so
 * the time, is the same whether somebody has the login or not: nobody looks. */
MUST problem code_make(struct tx *tx, const struct code_ask *ask, int64_t *ret_wait_ms);
/* Takes the code: true once, for the newest of this login and purpose, within its time and CODE_TRIES. The transaction must
 * commit when it is false, or the try would not count. */
bool code_take(struct tx *tx, const struct code_ask *ask, struct text digits);

/* In a WRITES route: makes the code and answers, the same for every login. */
MUST problem code_reply(struct request *rq, const struct code_ask *ask);
extern const struct shape code_asked_shape;
extern const struct route code_routes[];
extern const struct job_kind code_jobs[];

/* ---- store ---- */

struct code_count {
	int64_t count, newest_ms, oldest_ms;
};
MUST problem code__counted(struct tx *tx, struct text blind, struct code_count *ret); /* within CODE_WINDOW_MS of now, either side */
void code__close(struct tx *tx, struct text blind, enum code_purpose purpose);
void code__insert(struct tx *tx, const struct code *code);
MUST problem code__open(struct tx *tx, struct text blind, enum code_purpose purpose, struct code *ret); /* code_gone */
MUST problem code__by_id(struct tx *tx, int64_t id, struct code *ret); /* code_gone: none such that is open */
void code__count_try(struct tx *tx, int64_t id);
bool code__use(struct tx *tx, int64_t id); /* false: somebody was quicker */
void code__forget_digits(struct tx *tx, int64_t id);
void code__purge(struct tx *tx, int64_t before_ms, int64_t after_ms);
int64_t code__oldest_ms(struct tx *tx); /* 0: there is none */

#endif
