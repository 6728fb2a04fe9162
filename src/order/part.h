/* part.h - between the files of this room only: what an order opens, work by work. A plain work is one part; a bundle has one for each
 * of its works. They are drawn up when the order is placed, and nothing that becomes of the bundle later changes them. */
#ifndef ORDER_PART_H
#define ORDER_PART_H

#include "order/order_room.h"

struct order_part {
	struct order_work work;
	struct edition_id edition;
	struct money price;        /* of the work alone */
	struct money amount, shop; /* of the order's total, and of what the shop bears of its coupon */
	struct work_terms terms;   /* access alone */
	bool owned;                /* the buyer has it otherwise: what order__mark_owned says */
	bool held;                 /* he had it already when he paid: what he studies of it is no use of this order */
};
extern const struct shape order_part_shape;

/* `whole` over parts in proportion to their prices, to the fen: the largest remainders get what rounding left, of equal ones the first;
 * where no part has a price, in equal parts. */
void order__allocate(struct money whole, const struct money *prices, size_t n, struct money *ret);

/* What is sold now with this work, and what falls on each part of order->total and ->coupon_shop. */
MUST problem order__draw_up(struct tx *tx, const struct work_card *card, struct order *order);
bool order__same_parts(const struct order *a, const struct order *b); /* the same works, in this order */

/* What is owned already: see order_owns, too. */
bool order__owns_all(struct tx *tx, struct user_id user, const struct work_card *works, size_t n);
bool order__owns_parts(struct tx *tx, struct user_id user, const struct order_part *parts, size_t n);
bool order__owns_any(struct tx *tx, struct user_id user, const struct order_part *parts, size_t n);
void order__mark_owned(struct tx *tx, struct order *order);

/* The order is paid: an entitlement for each part. Days begin when what the buyer has of the work already ends; a work that he has for
 * ever is opened again beside it, so that it stays his when the other order goes back. */
void order__open(struct tx *tx, const struct order *order);

/* A refund ends access; what waited behind it moves up. It failed: what was unused begins behind what there is by now, and no day is
 * lost or won. */
void order__close_parts(struct tx *tx, const struct order *order);
void order__open_again(struct tx *tx, const struct order *order);

/* Something of a person's access to a work was taken back: days that wait begin where what is left before them ends. */
void order__move_up(struct tx *tx, struct user_id user, struct work_id work);

/* Of all parts, by what falls on each; of one that was held already, nothing. 0 to 100, rounded down. */
MUST problem order__studied_share(struct tx *tx, order_studied studied, const struct order *order, int64_t *ret_percent);

/* News that this person's access to a work has changed. */
void order__tell_access(struct tx *tx, const char *topic, int64_t subject, struct work_id work, struct user_id user);

/* ---- part_store.c ---- */

void order__insert_parts(struct tx *tx, const struct order *order);
void order__set_held(struct tx *tx, struct order_id order, struct work_id work);
MUST problem order__read_parts(struct tx *tx, struct order *order);
/* Access by this source. */
struct opening {
	struct user_id user;
	const char *source;
	int64_t source_id, from_ms, until_ms; /* until_ms 0: for ever */
	int64_t begins_ms;                    /* of days: when they begin to count; 0: at from_ms */
};
void order__insert_entitlement(struct tx *tx, const struct opening *opening, struct work_id work, struct edition_id edition);

/* The time that one entitlement gives. */
struct stretch {
	int64_t id;
	struct work_id work;
	int64_t begins_ms, until_ms, revoked_ms; /* until_ms 0: no end */
};
/* Live ones with an end that is ahead, as they begin. */
MUST problem order__stretches(struct tx *tx, struct user_id user, struct work_id work, struct stretch **ret, size_t *ret_count);
/* What a refund took that did not come about; none while another one stands that took it. What somebody else ended stays ended. */
MUST problem order__taken(struct tx *tx, struct order_id order, struct stretch **ret, size_t *ret_count);
void order__put_stretch(struct tx *tx, const struct stretch *stretch); /* live, from when to when it says */

/* The works that this source opened, revoked or not. */
MUST problem order__opened_by(struct tx *tx, const char *source, int64_t source_id, struct work_id **ret, size_t *ret_count);

#endif
