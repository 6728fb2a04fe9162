/* order_room.h - between the files of this room only. */
#ifndef ORDER_ORDER_ROOM_H
#define ORDER_ORDER_ROOM_H

#include "order/order.h"

struct order_work {
	struct work_id id;
	struct text slug, title, url;
};

/* What a refund was taken from. */
struct refund_sources {
	struct money held, available, clawback, commission;
	struct money subsidy; /* goes back to what the shop had borne of a coupon: the four sum to the amount and this */
};
struct order_refund {
	int64_t id;
	struct order_id order;
	int state; /* enum order_refund_state */
	bool automatic, ends_access;
	struct user_id asked_by, decided_by;
	struct money amount;
	struct text reason, answer;
	int64_t money; /* of the room of payments; 0: not decided, or rejected */
	struct refund_sources from;
	int64_t created_ms, decided_ms, ended_ms;
	int channel; /* enum refund_state, 0: there is no money on its way yet */
	struct text waits;
};
struct order {
	struct order_id id;
	struct user_id buyer;
	int state; /* enum order_state */
	struct money total; /* price less coupon_off */
	int64_t commission_permille, created_ms, expires_ms, paid_ms;
	struct payment_id paid_by;
	/* the quote: before a dated discount, what was asked then, and what a coupon took off, of which the shop bears coupon_shop */
	struct money list_price, price, coupon_off, coupon_shop;
	struct text coupon; /* its name; absent: none */
	struct order_work work;
	struct edition_id edition;
	struct creator_id creator;
	struct work_terms terms; /* as they were when it was placed; of access, what a part says */
	struct order_part *parts; /* part.h: what it opens */
	size_t part_count;
	enum given payment_given;
	struct payment payment; /* the attempt to show, if there is one */
	struct money refunded;  /* that arrived */
	enum given refund_given;
	struct order_refund refund; /* the newest */
};
extern const struct shape order_shape, order_work_shape;

struct order_draft {
	struct work_id work;
	struct money price; /* what the buyer saw */
	enum given price_given;
	struct text coupon; /* as it was typed; absent or empty: none */
};

struct sale {
	struct order_id id;
	struct work_id work;
	struct text title;
	struct money price, base, share, refunded; /* paid; what the share is of; what is left of it; what was given back */
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

/* Of what the creator and the site have their shares: what was paid, and what the shop bears. */
struct money order__base(const struct order *order);
/* What the receipt gave the creator, and the channel's fee as it was estimated: a refund takes both back in proportion. */
struct money order__share(const struct order *order);
struct money order__fee(struct money paid);

/* ---- refund.c ---- */

enum refund_way { REFUND_WAY_NOT, REFUND_WAY_AUTOMATIC, REFUND_WAY_REVIEW };
struct refund_quote {
	int way;             /* enum refund_way */
	struct text why;     /* NOT alone: unpaid, free, nothing-left, under-review, rejected, too-many, too-old */
	struct money amount; /* automatic: what is paid; review: the most that may be asked for */
	struct money rest;   /* of what was paid: not given back and not on its way */
	int64_t refund_days, refund_percent, studied, until_ms;
	struct text version; /* another one: the quote has changed */
};
struct refund_wish {
	struct money amount;
	struct text version, reason;
};
struct refund_decision {
	struct money amount;
	struct text version, reason;
	bool ends_access;
};
extern const struct problem refund_quote_changed; /* 409 */

MUST problem order__quote(struct tx *tx, order_studied studied, const struct order *order, struct refund_quote *ret);
/* The buyer asks: inside the rule it is approved at once, else it comes under review. */
MUST problem order__ask_refund(struct tx *tx, order_studied studied, struct order *order, const struct refund_wish *wish, struct order_refund *ret);
/* The seller gives back unasked; not while a request is under review. */
MUST problem order__give_back(struct tx *tx, struct order *order, const struct refund_decision *decision, struct user_id by, struct order_refund *ret);
MUST problem order__approve(struct tx *tx, struct order *order, struct order_refund *refund, const struct refund_decision *decision, struct user_id by);
/* A request that is under review: order__approve, unless things have changed since it was looked at. */
MUST problem order__decide(struct tx *tx, struct order *order, struct order_refund *refund, const struct refund_decision *decision, struct user_id by);
MUST problem order__reject(struct tx *tx, const struct order *order, struct order_refund *refund, struct text answer, struct user_id by);
/* How much of a piece is the creator's, so that all pieces together give back exactly `share` of `total`. */
struct refunded_so_far {
	struct money amount, share, subsidy;
};
struct money order__refund_share(struct refunded_so_far so_far, struct money piece, struct money total, struct money share);
/* What stands: approved or succeeded. */
struct money order__rest(const struct order *order, struct refunded_so_far standing);
/* What a piece would take from the creator and from the site now. */
MUST problem order__sources(struct tx *tx, const struct order *order, struct money piece, struct refund_sources *ret);
struct text order__refund_version(struct tx *tx, const struct order *order, struct money rest, bool automatic);
MUST problem order__refunded(struct tx *tx, int64_t id, const struct refund *money); /* struct payable */
order_studied order__studied(const struct serve *serve);
order_source order__source(const struct serve *serve); /* NULL: nobody knows of sources */

/* ---- refund_store.c ---- */

MUST problem order__insert_refund(struct tx *tx, const struct order_refund *refund);
MUST problem order__refund_by_id(struct tx *tx, int64_t id, struct order_refund *ret);
MUST problem order__refund_of_money(struct tx *tx, int64_t money, struct order_refund *ret);
MUST problem order__refunds(struct tx *tx, struct order_id order, struct order_refund **ret, size_t *ret_count); /* newest first */
/* State, decision and sources as they stand in *refund, from the state that was read. */
MUST problem order__save_refund(struct tx *tx, struct order_refund *refund, enum order_refund_state to);
struct refunded_so_far order__standing(struct tx *tx, struct order_id order);
struct money order__arrived(struct tx *tx, struct order_id order);
int64_t order__refund_count(struct tx *tx, struct order_id order); /* those that went, or go, to the channel */
int64_t order__rejected_count(struct tx *tx, struct order_id order);
MUST problem order__add_refund(struct tx *tx, struct order *order); /* refunded, refund */
bool order__under_review(struct tx *tx, struct order_id order);
void order__end_access(struct tx *tx, struct order_id order);

struct refund_item {
	struct order_refund refund;
	struct money total;
	struct text title;
	struct user_id buyer;
	struct text buyer_name;
};
struct refund_query {
	int state; /* 0: any */
	int64_t after;
	struct creator_id creator; /* 0: of all */
};
MUST problem order__refund_list(struct tx *tx, const struct refund_query *query, size_t most, struct refund_item **ret, size_t *ret_count);
MUST problem order__verify_refunds(struct tx *tx, int64_t after, size_t most, int64_t *ret_last, struct text *ret_wrong);

/* ---- store ---- */

MUST problem order__insert(struct tx *tx, const struct order *order);
void order__set_source(struct tx *tx, struct order_id id, int64_t source); /* the first one stays */
MUST problem order__by_id(struct tx *tx, struct order_id id, struct order *ret);
/* The newest that waits to be paid, with a coupon of this batch; 0: without one. */
MUST problem order__open_for(struct tx *tx, struct user_id buyer, struct work_id work, int64_t coupon_batch, struct order *ret);
MUST problem order__list(struct tx *tx, struct user_id buyer, int64_t before, size_t most, struct order **ret, size_t *ret_count);
MUST problem order__set_state(struct tx *tx, struct order *order, enum order_state to);
void order__set_paid(struct tx *tx, const struct order *order);
MUST problem order__sales(struct tx *tx, struct creator_id creator, int64_t before, size_t most, struct sale **ret, size_t *ret_count);

#define ORDER_JOB_EXPIRE "order-expire"
extern const struct job_kind order_jobs[];
extern const struct route order_routes[];
extern const struct route order_refund_routes[];
extern const struct shape order_refund_shape;

#endif
