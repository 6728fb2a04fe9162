/* coupon.h - between the files of this room only: what takes something off a price, and the codes that are typed for it.
 *
 * A coupon is reserved when an order is placed, used when it is paid, and given back when it closes; so many as its stock are
 * ever out at once. Who bears it: the creator whose work it is, or the shop, which then pays him what the buyer did not. */
#ifndef ORDER_COUPON_H
#define ORDER_COUPON_H

#include "order/order_room.h"

enum { CODE_LENGTH = 16, CODES_MAX = 10000, COUPON_WORKS_MAX = 200 };
enum coupon_bearer { COUPON_BEARER_NONE, COUPON_SHOP, COUPON_CREATOR };
extern const char *const coupon_bearer_names[];

struct coupon_batch {
	int64_t id;
	struct creator_id creator; /* whose it is; 0: the shop's */
	struct user_id made_by;
	struct text name, word;    /* word: as it is folded; absent: single codes */
	int bearer;                /* enum coupon_bearer */
	struct money amount_off;   /* or */
	int64_t permille_off;      /* of the price, */
	struct money most_off;     /* but no more than this; 0: no limit */
	struct money least_price;
	int64_t from_ms, until_ms; /* until_ms 0: for ever */
	int64_t stock, taken, each_max; /* each_max: per person; 0: no limit */
	bool some_works;           /* only those in .works, else all */
	int64_t stopped_ms, created_ms;
	int64_t reserved, used;
	struct money given;        /* by those that were used */
	int64_t *works;
	size_t work_count;
};
extern const struct shape coupon_batch_shape;

struct coupon_draft {
	struct text name, word;
	int bearer;
	struct money amount_off, most_off, least_price;
	int64_t permille_off, from_ms, until_ms, stock, each_max, codes;
	int64_t *works;
	size_t work_count;
};
/* What a coupon does to one price. */
struct coupon {
	struct coupon_batch batch;
	struct text code_hash; /* absent: by the word */
	struct money off, shop; /* shop: of .off, what the shop bears */
};

/* ---- codes.c: 16 characters without look-alikes, the last one a check ---- */

struct text order__new_code(struct tx *tx);                      /* "ABCD-EFGH-…" */
struct text order__fold_code(struct arena *arena, struct text typed); /* upper case, without blanks and strokes; of any word */
bool order__code_sound(struct text folded);
struct text order__code_hash(struct arena *arena, struct text folded);

/* ---- coupon.c ---- */

/* By what was typed; the problem says why it does not hold for this person, work and price. */
MUST problem coupon__quote(struct tx *tx, struct text typed, struct user_id buyer, const struct work_card *card, struct coupon *ret);
/* For an order that was just written with this coupon's amounts. */
MUST problem coupon__reserve(struct tx *tx, const struct coupon *coupon, const struct order *order);
void coupon__give_back(struct tx *tx, struct order_id order); /* it closes */
void coupon__use(struct tx *tx, struct order_id order);       /* it is paid */
bool coupon__take_again(struct tx *tx, struct order_id order); /* it had closed, and was paid late; false: it is gone */
/* Who may: the shop's for ADMIN, a creator's own for him. *ret_codes: shown this once. */
MUST problem coupon__make(struct tx *tx, const struct coupon_draft *draft, const struct person *by, struct coupon_batch *ret, struct text **ret_codes);
MUST problem coupon__stop(struct tx *tx, int64_t id, const struct person *by, struct coupon_batch *ret);

/* ---- coupon_store.c ---- */

MUST problem coupon__by_word(struct tx *tx, struct text word, struct coupon_batch *ret);
MUST problem coupon__by_code(struct tx *tx, struct text code_hash, struct coupon_batch *ret);
MUST problem coupon__by_id(struct tx *tx, int64_t id, struct coupon_batch *ret); /* with works */
/* Newest first; of this creator, or everybody's for 0. */
MUST problem coupon__list(struct tx *tx, struct creator_id creator, int64_t before, size_t most, struct coupon_batch **ret, size_t *ret_count);
bool coupon__covers(struct tx *tx, int64_t batch, struct work_id work);
bool coupon__code_free(struct tx *tx, struct text code_hash);
int64_t coupon__count_of(struct tx *tx, int64_t batch, struct user_id user); /* held or used */
MUST problem coupon__insert(struct tx *tx, const struct coupon_batch *batch);
void coupon__insert_code(struct tx *tx, int64_t batch, struct text code_hash);
bool coupon__take_one(struct tx *tx, int64_t batch); /* false: none is left */
bool coupon__take_code(struct tx *tx, struct text code_hash, struct order_id order);
void coupon__insert_use(struct tx *tx, const struct coupon *coupon, const struct order *order);
bool coupon__move_use(struct tx *tx, struct order_id order, const char *from, const char *to);
void coupon__free(struct tx *tx, struct order_id order); /* stock and code */
struct coupon_use {
	int64_t batch;
	struct text code_hash;
};
MUST problem coupon__use_of(struct tx *tx, struct order_id order, struct coupon_use *ret);
void coupon__set_stopped(struct tx *tx, int64_t id);
/* The first order, or batch, that disagrees; 0: none. */
struct coupon_check {
	int64_t id;
	const char *says;
};
struct coupon_check coupon__verify(struct tx *tx);

extern const struct problem coupon_unknown; /* 404 */
extern const struct problem coupon_over, coupon_not_yet, coupon_used_up, coupon_not_here, coupon_price_low, coupon_each; /* 409 */
extern const struct problem coupon_missing; /* 404: no such batch of one's own */
extern const struct route coupon_routes[];

#endif
