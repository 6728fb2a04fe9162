/* order_room.h - between the files of this room only. */
#ifndef ORDER_ORDER_ROOM_H
#define ORDER_ORDER_ROOM_H

#include "order/order.h"

struct order_work {
	struct work_id id;
	struct text slug, title, url;
};
struct order {
	struct order_id id;
	struct user_id buyer;
	int state; /* enum order_state */
	struct money total;
	int64_t commission_permille, created_ms, expires_ms, paid_ms;
	struct payment_id paid_by;
	struct order_work work;
	struct edition_id edition;
	struct creator_id creator;
	struct work_terms terms; /* as they were when it was placed */
	enum given payment_given;
	struct payment payment; /* the attempt to show, if there is one */
};
extern const struct shape order_shape;

struct order_draft {
	struct work_id work;
	struct money price; /* what the buyer saw */
	enum given price_given;
};

struct sale {
	struct order_id id;
	struct work_id work;
	struct text title;
	struct money price, share;
	int64_t commission_permille, paid_ms;
};

/* ---- rules ---- */

MUST problem order__place(struct tx *tx, const struct order_draft *draft, struct user_id buyer, int64_t commission_permille, struct order *ret);
MUST problem order__own(struct tx *tx, struct order_id id, struct user_id buyer, struct order *ret); /* somebody else's is order_missing */
MUST problem order__move(struct tx *tx, struct order *order, enum order_state to, struct user_id by);
/* What a creator gets of a price: rounded down, the rest is the site's. */
struct money order__creator_share(struct money price, int64_t commission_permille);
/* CLOSING, every attempt closed at its channel, then CLOSED; from a worker. order_moved_on when it was paid meanwhile. */
MUST problem order__close(struct serve *serve, struct db *db, struct arena *arena, struct order_id id);

/* ---- store ---- */

MUST problem order__insert(struct tx *tx, const struct order *order);
MUST problem order__by_id(struct tx *tx, struct order_id id, struct order *ret);
MUST problem order__open_for(struct tx *tx, struct user_id buyer, struct work_id work, int64_t now_ms, struct order *ret);
MUST problem order__list(struct tx *tx, struct user_id buyer, int64_t before, size_t most, struct order **ret, size_t *ret_count);
MUST problem order__set_state(struct tx *tx, struct order *order, enum order_state to);
void order__set_paid(struct tx *tx, const struct order *order);
void order__insert_entitlement(struct tx *tx, const struct order *order);
MUST problem order__sales(struct tx *tx, struct creator_id creator, int64_t before, size_t most, struct sale **ret, size_t *ret_count);
MUST problem order__owned(struct tx *tx, struct user_id user, const int64_t *works, size_t n, int64_t **ret, size_t *ret_count);

#define ORDER_JOB_EXPIRE "order-expire"
extern const struct job_kind order_jobs[];
extern const struct route order_routes[];

#endif
