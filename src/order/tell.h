/* tell.h - messages of this room; between its files only. */
#ifndef ORDER_TELL_H
#define ORDER_TELL_H

#include "notify/broadcast.h"
#include "order/grant.h"
#include "order/order_room.h"

MUST problem order__tell_paid(struct tx *tx, const struct order *order);                                  /* the buyer, and the creator of a sale */
MUST problem order__tell_refund(struct tx *tx, const struct order *order, const struct order_refund *refund); /* of the state that it is in now */
MUST problem grant__tell(struct tx *tx, enum notification_kind kind, const struct grant *g, struct text reason);

/* The job that hears that a work was changed (CATALOG_NEWS_CHANGED): who owns it is told. */
problem order__run_changed(struct job *job);

/* ---- owners_store.c: by entitlements that hold now; of a bundle, by orders of it that stand ---- */

MUST problem owners__some(struct tx *tx, int64_t work, int64_t after, size_t most, struct reached **ret, size_t *ret_count);
int64_t owners__count(struct tx *tx, int64_t work);

#endif
