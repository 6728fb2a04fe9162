/* grant_room.h - grants, between the files of this room only. */
#ifndef ORDER_GRANT_ROOM_H
#define ORDER_GRANT_ROOM_H

#include "order/grant.h"
#include "order/order_room.h"

/* What is waiting becomes this person's, in this transaction. While it opens nothing (each work of a bundle was taken off) it waits on,
 * so that it holds up nobody behind it. */
MUST problem grant__give(struct tx *tx, struct grant *grant, struct user_id user);
MUST problem grant__run_claim(struct job *job);

/* ---- grant_store.c ---- */

MUST problem grant__insert(struct tx *tx, const struct grant *grant);
MUST problem grant__waiting(struct tx *tx, struct text blind, size_t most, struct grant **ret, size_t *ret_count);
MUST problem grant__set_given(struct tx *tx, struct grant *grant);
MUST problem grant__set_until(struct tx *tx, const struct grant *grant);
MUST problem grant__set_revoked(struct tx *tx, const struct grant *grant, struct text reason, struct user_id by);
bool grant__is_held(struct tx *tx, struct user_id user, struct work_id work);
struct text grant__verify(struct tx *tx); /* absent: each grant and its entitlement agree */

#endif
