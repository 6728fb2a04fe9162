/* order.h - an order is a promise with a deadline; what follows from a paid one is an entitlement, from which alone access
 * follows. Table `purchase`, since `order` is a word of SQL. */
#ifndef ORDER_ORDER_H
#define ORDER_ORDER_H

#include "catalog/catalog.h"
#include "payment/payment.h"
#include "serve/serve.h"

#define ORDER_STATES(X) \
	X(PENDING, "PENDING") X(PAID, "PAID") X(CLOSING, "CLOSING") X(CLOSED, "CLOSED") X(LATE_PAID, "LATE_PAID") \
	X(PART_REFUNDED, "PART_REFUNDED") X(REFUNDED, "REFUNDED")
#define X_ORDER_STATE(id, name) ORDER_##id,
enum order_state { ORDER_STATE_NONE, ORDER_STATES(X_ORDER_STATE) ORDER_STATE_COUNT };
#undef X_ORDER_STATE
extern const char *const order_state_names[];

enum { ORDER_LIFE_MS = 15 * 60 * 1000 };

extern const struct problem order_missing;       /* 404 */
extern const struct problem order_moved_on;      /* 409 */
extern const struct problem already_owned;       /* 409 */

/* Does this person hold a live entitlement? The one question that access asks. Nobody (id 0) holds none. */
bool entitled(struct tx *tx, struct user_id user, struct work_id work);
/* Has this person all that he would get with this work? Of a bundle nobody holds an entitlement, but of its works. */
MUST problem order_owns(struct tx *tx, struct user_id user, struct work_id work, bool *ret);
/* When his access ends, if it is not taken back before: ORDER_FOR_EVER; 0: he has none. */
#define ORDER_FOR_EVER INT64_C(9007199254740991)
int64_t entitled_until(struct tx *tx, struct user_id user, struct work_id work);
/* Whose access was taken back since then, and who has no other to that work now: newest first, each once. */
struct access_end {
	struct user_id user;
	struct work_id work;
};
MUST problem order_ended(struct tx *tx, int64_t since_ms, struct access_end **ret, size_t *ret_count);
/* The edition with which this person's access began, also where that is over by itself; 0: not known. */
struct edition_id entitled_edition(struct tx *tx, struct user_id user, struct work_id work);
/* Works of a person, newest first. */
struct entitlement {
	int64_t id;
	struct work_id work;
	struct edition_id edition; /* at purchase */
	int64_t from_ms, until_ms;  /* until_ms 0: no end */
	struct text given;          /* why the staff gave it; absent: it did not */
};
MUST problem entitlements_of(struct tx *tx, struct user_id user, size_t most, struct entitlement **ret, size_t *ret_count);

/* What an order opens, in its order: the work that was bought, or those of a bundle. */
MUST problem order_opens(struct tx *tx, struct order_id id, struct work_id **ret, size_t *ret_count);

/* Pairs of works that at least so many people bought both of and kept, each pair both ways, in the order of `work`. What came in one
 * bundle is no pair: the seller put it together, not they. */
struct bought_pair {
	struct work_id work, other;
	int64_t buyers, work_buyers, other_buyers; /* of both; of each */
};
MUST problem order_bought_together(struct tx *tx, int64_t least, problem (*each)(void *arg, const void *pair), void *arg);
int64_t order_buyers(struct tx *tx); /* how many people bought anything and kept it */
/* How a person has, or had until it ended by itself, a work: "order", "redeem", "staff" …; of several the one that was paid. Absent: in no
 * way, or it was taken back. */
MUST problem entitlement_source(struct tx *tx, struct user_id user, struct work_id work, struct text *ret);

/* Access to a work was given otherwise than by buying that very work, or taken back; once for each work. Subject = the grant, the code, or
 * the order of a bundle; payload = {"work":…,"buyer":…}. */
#define ORDER_NEWS_GIVEN "order-given"
#define ORDER_NEWS_REVOKED "order-revoked"

/* ORDER_NEWS_PAID: subject = order, payload = {"work":…,"buyer":…}. */
#define ORDER_NEWS_PAID "order-paid"

/* ---- refunds ---- */

#define ORDER_REFUND_STATES(X) \
	X(UNDER_REVIEW, "UNDER_REVIEW") X(APPROVED, "APPROVED") X(REJECTED, "REJECTED") X(SUCCEEDED, "SUCCEEDED") X(FAILED, "FAILED")
#define X_ORDER_REFUND_STATE(id, name) ORDER_REFUND_##id,
enum order_refund_state { ORDER_REFUND_STATE_NONE, ORDER_REFUND_STATES(X_ORDER_REFUND_STATE) ORDER_REFUND_STATE_COUNT };
#undef X_ORDER_REFUND_STATE
extern const char *const order_refund_state_names[];

/* ORDER_NEWS_REFUND: subject = refund of the order, payload = {"refund":…,"order":…,"work":…,"buyer":…,"state":"APPROVED"}; at each
 * state it comes to, and with "state":"ABNORMAL" when the channel needs a person. */
#define ORDER_NEWS_REFUND "order-refund"

/* What share of a work a person has studied, 0 to 100. Learning stands above this room; app/ wires it, before serving. */
typedef problem (*order_studied)(struct tx *tx, struct user_id user, struct work_id work, int64_t *ret_percent);
void order_know_studied(struct serve *serve, order_studied studied);

/* ---- sources: by which link a buyer came ---- */

/* The source of an order that is being placed, as the request tells it; 0: none. The room that keeps sources stands above; app/
 * wires it, before serving. Without one no order has a source. */
typedef problem (*order_source)(struct request *rq, int64_t *ret_source);
void order_know_source(struct serve *serve, order_source source);

/* What came by a source: of one creator's works, or of all (id 0). */
struct order_source_sum {
	int64_t orders, paid;
	struct money received, refunded; /* refunded: what arrived at the buyers */
};
MUST problem order_source_sum(struct tx *tx, int64_t source, struct creator_id creator, struct order_source_sum *ret);

/* Each order against payments, ledger and entitlements; names the first that disagrees. */
struct order_report {
	int64_t orders;
	bool sound;
	struct text first_wrong;
};
MUST problem order_verify(struct db *db, struct arena *arena, struct order_report *ret);

extern const struct payable order_payable;
extern const struct privacy_part order_privacy;
extern const struct module order_module, order_refund_module, coupon_module, redeem_module; /* the others have routes only */

/* The job that listens to CATALOG_NEWS_CHANGED; and who owns a work, for what is told to all of them (notify/broadcast.h). */
#define ORDER_JOB_CHANGED "order-work-changed"
extern const struct broadcast_owners order_owners;

#endif
