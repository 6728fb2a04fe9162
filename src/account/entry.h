/* entry.h - between the files of this room: how a session comes about, whatever proved who comes in. */
#ifndef ACCOUNT_ENTRY_H
#define ACCOUNT_ENTRY_H

#include "account/account_room.h"

struct me {
	struct user_id id;
	struct text name, login, language, *roles;
	size_t role_count;
	bool verified;
};
extern const struct shape me_shape;

struct entry {
	struct request *rq;
	struct user_id user;
	struct text blind, token, rehashed, login;
	struct text half; /* there is a second factor, and this is all there is so far */
	bool passed;      /* the second factor */
	struct credentials credentials;
	int64_t session;
	struct text device; /* what the cookie of this browser holds */
	struct me me;
};

/* In the transaction that proved who it is: a new session in place of the one that this browser may have had; or half a one. */
MUST problem entry_begin(struct tx *tx, struct entry *entry);
/* After it: the cookie, and who one is, by entered_shape. */
MUST problem entry_reply(struct request *rq, const struct entry *entry);
/* Is it the password of who is signed in? A stolen session guesses as slowly as a stranger. */
MUST problem own_password_is(struct request *rq, struct text hash, struct text password);
MUST problem wait_first(struct request *rq, problem why, int64_t wait_ms); /* `why`, and for how long */

#endif
