/* invitation.h - who works here: the list of the staff, their roles, and invitations to join them; within this room.
 *
 * An invitation is good once, for seven days, until it is revoked or who made it is no administrator any more. It gives a role and
 * takes none away. The token stands behind '#' in the link: browsers keep that to themselves, so it comes into no log. */
#ifndef ACCOUNT_INVITATION_H
#define ACCOUNT_INVITATION_H

#include "account/account_room.h"

extern const struct problem invitation_over; /* 410: used, revoked, too old, or never made: all the same to who tries */
extern const struct problem last_admin;      /* 409 */

enum { INVITATIONS_MAX = 200, STAFF_MAX = 500 };
#define INVITATION_MS ((int64_t)7 * 24 * 3600 * 1000)

struct invitation {
	int64_t id, expires_ms;
	struct user_id made_by;
	struct text made_by_name, role, sealed_login, sealed_token, used_by_name;
	int64_t made_ms, used_ms, revoked_ms;
};
struct invitation_draft {
	int role;                 /* index of role_names */
	struct text login;        /* absent: by link alone */
};
enum { ROLE_NAMES = 7 };
extern const char *const role_names[ROLE_NAMES]; /* NULL, "creator", … NULL */

/* In one transaction with its news. The token leaves here once, for the link. */
MUST problem invitation__make(struct tx *tx, struct keyring *keyring, const struct invitation_draft *draft, struct user_id by,
                              struct invitation *ret, struct text *ret_token);
MUST problem invitation__look(struct tx *tx, struct text token, struct invitation *ret); /* invitation_over */
MUST problem invitation__accept(struct tx *tx, struct text token, struct user_id user);
MUST problem invitation__revoke(struct tx *tx, int64_t id, struct user_id by);
MUST problem staff__grant(struct tx *tx, struct user_id user, enum who role, struct user_id by);
MUST problem staff__revoke(struct tx *tx, struct user_id user, enum who role, struct user_id by); /* last_admin */

/* ---- store ---- */

struct staff_row {
	struct user_id user;
	struct text name, role;
	bool second_factor;
};
MUST problem staff__list(struct tx *tx, struct staff_row **ret, size_t *ret_count); /* by name; each with one role */
void invitation__insert(struct tx *tx, const struct invitation *invitation, struct text token_hash);
MUST problem invitation__by_hash(struct tx *tx, struct text token_hash, struct invitation *ret);
MUST problem invitation__by_id(struct tx *tx, int64_t id, struct invitation *ret);
MUST problem invitation__list(struct tx *tx, struct invitation **ret, size_t *ret_count);
bool invitation__use(struct tx *tx, struct text token_hash, struct user_id user);
bool invitation__set_revoked(struct tx *tx, int64_t id);

#endif
