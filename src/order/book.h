/* book.h - what was sold, as the desk looks through it: by buyer, by work, by day; row by row for files. */
#ifndef ORDER_BOOK_H
#define ORDER_BOOK_H

#include "order/order.h"

struct sold {
	struct order_id id;
	struct user_id buyer;
	int state;               /* enum order_state */
	struct money total, refunded; /* refunded: that arrived */
	struct work_id work;
	struct creator_id creator;
	struct text title;
	int64_t created_ms, paid_ms; /* paid_ms 0: not */
	struct payment_id paid_by;
};
struct sold_query {
	struct user_id buyer;    /* 0 and NULL: any */
	struct creator_id creator;
	struct work_id work;
	int state;
	int64_t from_ms, to_ms;  /* placed in this time; to_ms 0: no end */
	int64_t before;          /* id */
};
MUST problem order_sold(struct tx *tx, const struct sold_query *query, size_t most, struct sold **ret, size_t *ret_count); /* newest first */
MUST problem order_sold_by_id(struct tx *tx, struct order_id id, struct sold *ret); /* order_missing */

/* What he paid and did not get back. */
struct money order_spent(struct tx *tx, struct user_id buyer);

struct sold_refund {
	int64_t id;
	struct order_id order;
	struct creator_id creator;
	int state;               /* enum order_refund_state */
	struct money amount;
	struct text reason;
	int64_t created_ms, ended_ms;
};
MUST problem order_sold_refunds(struct tx *tx, struct user_id buyer, size_t most, struct sold_refund **ret, size_t *ret_count);

/* All that ever let this person in, newest first, also what is over. */
struct held {
	int64_t id;
	struct work_id work;
	struct text source;      /* "order", "staff", ... */
	int64_t source_id, from_ms, until_ms, revoked_ms; /* 0: no end, not revoked */
	struct text reason;      /* of a grant */
};
MUST problem order_held(struct tx *tx, struct user_id user, size_t most, struct held **ret, size_t *ret_count);
/* Whom this creator's works were sold or given to, newest first. `before` 0: from the newest. */
MUST problem order_learners_of(struct tx *tx, struct creator_id creator, int64_t before, size_t most, struct user_id **ret, size_t *ret_count);
bool order_is_learner_of(struct tx *tx, struct user_id user, struct creator_id creator);

#endif
