/* share.h - links that say by whom somebody was sent here, and what came of them: visits, orders, money. */
#ifndef SHARE_SHARE_H
#define SHARE_SHARE_H

#include "order/order.h"

extern const struct problem share_missing; /* 404 */

/* By which link the buyer came, for order_know_source: the last one that he followed in thirty days; his own does not count. */
MUST problem share_source(struct request *rq, int64_t *ret_source);

extern const struct work_part share_work_part; /* of a work's page: the button, and what opens behind it */
extern const struct privacy_part share_privacy;
extern const struct module share_module;

#endif
