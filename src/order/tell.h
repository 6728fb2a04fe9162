/* tell.h - messages of this room; between its files only. */
#ifndef ORDER_TELL_H
#define ORDER_TELL_H

#include "notify/notification.h"
#include "order/grant.h"
#include "order/order_room.h"

MUST problem order__tell_paid(struct tx *tx, const struct order *order);                                  /* the buyer, and the creator of a sale */
MUST problem order__tell_refund(struct tx *tx, const struct order *order, const struct order_refund *refund); /* of the state that it is in now */
MUST problem grant__tell(struct tx *tx, enum notification_kind kind, const struct grant *g, struct text reason);

#endif
