/* payment.h - money in through a channel: attempts, notifications, resolver, refunds of what must not be kept.
 *
 * It knows a payable (what is paid for: kind and id), not an order; the room above says what a payable is by a struct of
 * functions. Each attempt has a merchant number of its own that is durable before the channel hears of it and is used on
 * every retry. A notification, a return address or a 200 proves nothing by itself: signature, fields and state must agree,
 * and what follows is one transaction. Unknown is a state of its own; the resolver asks until it is known. */
#ifndef PAYMENT_PAYMENT_H
#define PAYMENT_PAYMENT_H

#include "crypto/crypto.h"
#include "ledger/ledger.h"
#include "serve/serve.h"

#define PAYMENT_STATES(X) \
	X(NEW, "NEW") X(READY, "READY") X(UNKNOWN, "UNKNOWN") X(PAID, "PAID") X(DUPLICATE_PAID, "DUPLICATE_PAID") \
	X(CLOSED, "CLOSED") X(FAILED, "FAILED")
#define X_PAYMENT_STATE(id, name) PAYMENT_##id,
enum payment_state { PAYMENT_STATE_NONE, PAYMENT_STATES(X_PAYMENT_STATE) PAYMENT_STATE_COUNT };
#undef X_PAYMENT_STATE
extern const char *const payment_state_names[];

enum payment_way { PAYMENT_WAY_NONE, PAYMENT_NATIVE, PAYMENT_H5, PAYMENT_JSAPI };
extern const char *const payment_way_names[]; /* "native", "h5", "jsapi" */

/* What WeChat's own browser is called with to pay: getBrandWCPayRequest, signed by the merchant. */
struct payment_call {
	struct text app, time_stamp, nonce, package, sign_type, pay_sign;
};

struct payment {
	struct payment_id id;
	struct text payable_kind;
	int64_t payable;
	struct text channel;
	int way, state;
	struct money amount;
	struct text trade_no;        /* ours: out_trade_no */
	struct text description, payer_address;
	struct text payer;           /* jsapi: the openid of who pays */
	struct text app;             /* the appid it is created with; absent: the configured one */
	struct text code_url, h5_url, prepay, transaction; /* absent until known */
	struct payment_call call;    /* jsapi, from payment_send alone */
	int64_t created_ms, expires_ms, paid_ms;
};

#define REFUND_STATES(X) \
	X(APPROVED, "APPROVED") X(PROCESSING, "PROCESSING") X(SUCCESS, "SUCCESS") X(CLOSED, "CLOSED") X(ABNORMAL, "ABNORMAL")
#define X_REFUND_STATE(id, name) REFUND_##id,
enum refund_state { REFUND_STATE_NONE, REFUND_STATES(X_REFUND_STATE) REFUND_STATE_COUNT };
#undef X_REFUND_STATE
extern const char *const refund_state_names[];

/* Money of one payment on its way back. */
struct refund {
	int64_t id;
	struct payment_id payment;
	struct text refund_no; /* ours: out_refund_no */
	struct text reason;    /* as the payer reads it */
	struct money amount;
	int state;
	int64_t created_ms, sent_ms, ended_ms; /* sent_ms, ended_ms: 0 until then */
	struct text waits;     /* the channel's word why it does not take it yet ("NOT_ENOUGH"); absent: nothing is in the way */
};
extern const struct shape payment_shape; /* id, state, way, channel, code_url?, h5_url?, call?, expires_ms */

extern const struct problem payment_missing;          /* 404 */
extern const struct problem payment_channel_off;      /* 503: no keys for this channel, or it was stopped */
extern const struct problem payment_channel_down;     /* 502: it did not answer; try again, nothing was paid */
extern const struct problem payment_channel_refused;  /* 502 */
extern const struct problem payment_unknown;          /* 503: asked, no clear answer yet; do not pay again */
extern const struct problem payment_over;             /* 409: closed while the channel was asked for it; begin another */

/* What stands behind a payable kind. All run inside the transaction that records the fact. */
struct payable {
	const char *kind; /* "order" */
	/* Paid in full by this attempt. Sets *ret_taken: false means "not wanted" (paid already, or not sellable any more): then
	 * the money goes to L60 and back to the payer. If taken, it posts the entry for the receipt itself. */
	problem (*paid)(struct tx *tx, int64_t id, const struct payment *payment, bool *ret_taken);
	/* The last open attempt was closed by the channel or failed. May be NULL. */
	problem (*ended)(struct tx *tx, int64_t id, const struct payment *payment);
	/* A refund that was begun by payment_refund is now SUCCESS, ABNORMAL or, failed for good, CLOSED: then what was debited against
	 * its L20 is given back by the payable. NULL where payment_refund is never called. */
	problem (*refunded)(struct tx *tx, int64_t id, const struct refund *refund);
};

/* ---- channels ---- */

enum refund_tag { REFUND_TAG_PROCESSING = 1, REFUND_TAG_SUCCESS, REFUND_TAG_CLOSED, REFUND_TAG_ABNORMAL, REFUND_TAG_NOT_THERE, REFUND_TAG_WAITS };
/* What a channel says of a refund. WAITS: it was not taken, `word` says why; the same one may be sent again. */
struct refund_fact {
	enum refund_tag tag;
	struct text refund_no, trade_no, merchant, word; /* merchant absent where the channel does not name it */
	struct money amount, total;
};
/* CHANNEL_REFUND: it told of a refund, and `refund` alone is set. */
enum channel_tag { CHANNEL_NOT_PAID = 1, CHANNEL_PAID, CHANNEL_CLOSED, CHANNEL_NOT_THERE, CHANNEL_REFUND };
struct channel_fact {
	enum channel_tag tag;
	struct text trade_no, transaction, merchant, app, currency; /* as the channel says */
	struct money total;
	int64_t paid_ms;
	struct refund_fact refund;
};
struct channel_refund {
	struct text refund_no, trade_no, reason, notify_url;
	struct money amount, total;
};

/* A channel is a struct of functions over its own state; calls leave the machine, so they run on workers only. Problems:
 * payment_channel_down (surely not done), payment_unknown (may be done), payment_channel_refused. */
struct channel {
	const char *name; /* "wechat" */
	problem (*create)(void *self, struct arena *arena, const struct payment *payment, struct text notify_url, struct text *ret_url);
	problem (*query)(void *self, struct arena *arena, struct text trade_no, struct channel_fact *ret);
	problem (*close)(void *self, struct arena *arena, struct text trade_no);
	problem (*refund)(void *self, struct arena *arena, const struct channel_refund *refund, struct refund_fact *ret);
	problem (*query_refund)(void *self, struct arena *arena, struct text refund_no, struct refund_fact *ret);
	/* Checks signature and decrypts; payment_forged when anything is wrong, payment_key_unknown when its key may be new. *ret_message: the id for the inbox. */
	problem (*notified)(void *self, struct arena *arena, const struct http_request *rq, int64_t now_ms, struct text *ret_message, struct channel_fact *ret);
	/* What a message says that was kept after `notified` had found it genuine; payment_forged when the key of now does not open it. NULL
	 * where messages cannot be read twice. */
	problem (*reread)(void *self, struct arena *arena, struct text raw, struct text *ret_message, struct channel_fact *ret);
	/* The keys that the channel signs with and changes by itself; both NULL where it does not. read: those that are stored, maybe
	 * by another process. fetch: asks the channel and stores; payment_keys_fresh when it was asked too short a time ago. */
	problem (*read_keys)(void *self, struct tx *tx);
	problem (*fetch_keys)(void *self, struct db *db, struct arena *arena);
	/* The appid that attempts are created with; NULL where there is none. */
	struct text (*app)(void *self);
	/* Is the fact about this merchant and this attempt? */
	bool (*matches)(void *self, const struct channel_fact *fact, const struct payment *payment);
	/* How the payer's browser is told to pay what is READY; NULL where there is no such way. */
	problem (*invoke)(void *self, struct arena *arena, const struct payment *payment, struct payment_call *ret);
	/* The bill of a day of the channel's clock ("2026-11-22"), as it wrote it; empty: nothing happened on it. bill_early, bill_hash_wrong.
	 * NULL where there is none. */
	problem (*bill)(void *self, struct arena *arena, struct text day, struct text *ret);
	bool (*matches_refund)(void *self, const struct refund_fact *fact, const struct refund *refund, const struct payment *payment);
	void (*close_state)(void *self);
};
extern const struct problem payment_forged;      /* 401 */
extern const struct problem payment_key_unknown; /* 401: signed by a key that may be new: read and fetch, then judge again */
extern const struct problem payment_keys_fresh;  /* 503 */

/* ---- what order uses ---- */

struct payments; /* the room's state */
struct payments *payments_of(const struct serve *serve);
void payments_know(struct payments *payments, const struct payable *payable); /* before serving; app/ wires it */

struct payment_draft {
	const char *payable_kind, *channel;
	int64_t payable;
	int way;
	struct money amount;
	struct text description, payer_address;
	struct text payer; /* jsapi: payment_payer gives it */
	struct text app;   /* payment_app gives it */
	int64_t expires_ms;
};
/* As whom the channel knows this person, for PAYMENT_JSAPI; payment_payer_unknown until he has shown it (by signing in there). */
extern const struct problem payment_payer_unknown; /* 409 */
MUST problem payment_payer(struct payments *payments, struct tx *tx, struct user_id user, struct text *ret);
struct payer_source {
	/* payment_payer_unknown when he is not known there; what is in the way otherwise. */
	problem (*openid)(struct tx *tx, const struct serve *serve, struct user_id user, struct text *ret);
};
void payments_know_payers(struct payments *payments, const struct payer_source *source); /* before serving; app/ wires it */
/* The appid of this channel now, as long as the room lives; absent: it is off. */
struct text payment_app(const struct payments *payments, struct text channel);
/* An open attempt of the same payable, channel and way (inside WeChat: and payer) is given again; else a NEW row, durable with the transaction, and the
 * resolver's job with it. */
MUST problem payment_begin(struct tx *tx, const struct payment_draft *draft, struct payment *ret);
/* From a worker: calls the channel for a NEW or UNKNOWN attempt and records what it said; READY attempts are given back as they are. */
MUST problem payment_send(struct payments *payments, struct db *db, struct arena *arena, struct payment_id id, struct payment *ret);
/* From a worker: closes all open attempts of a payable at the channel; afterwards each is CLOSED, PAID or still UNKNOWN. */
MUST problem payment_close_all(struct payments *payments, struct db *db, struct arena *arena, const char *kind, int64_t payable, bool *ret_all_closed);
/* From where the attempts for this thing were paid: forgotten, when the payer is. */
MUST problem payment_forget_payer(struct tx *tx, const char *payable_kind, int64_t payable);
MUST problem payment_by_id(struct tx *tx, struct payment_id id, struct payment *ret);
/* By a number that somebody reads off a bill or a phone: ours, the channel's, or that of a refund. payment_missing. */
MUST problem payment_by_number(struct tx *tx, struct text number, struct payment *ret);
/* The attempt to show: the paid one, else the newest open one; payment_missing when there is none. */
MUST problem payment_of(struct tx *tx, const char *kind, int64_t payable, struct payment *ret);

/* ---- giving back what was kept ---- */

enum { REFUNDS_MAX = 50 /* of one payment */ };
extern const struct problem refund_missing;   /* 404 */
extern const struct problem refund_over;      /* 409: more than is left of the payment */
extern const struct problem refunds_too_many; /* 409 */
extern const struct problem refund_too_old;   /* 409: the channel gives nothing back a year after the payment */
struct refund_draft {
	struct payment_id payment;
	struct money amount;
	struct text reason;
};
/* Durable with the transaction, number and job with it. The caller posts, in the same transaction, what the money is taken from
 * against LEDGER_REFUND_TRANSIT of (*ret).id. */
MUST problem payment_refund(struct tx *tx, const struct refund_draft *draft, struct refund *ret);
MUST problem payment_refund_by_id(struct tx *tx, int64_t id, struct refund *ret);
/* Each refund against what the book has in transit for it; names the first that disagrees, absent: none does. */
MUST problem payment_verify_refunds(struct tx *tx, struct text *ret_first_wrong);

/* "2026-11-22" of Beijing, as bills have it: its first millisecond; false for what is no day. */
bool payment_day_read(struct text day, int64_t *ret_from_ms);

/* Is it of zhifang-sandbox? Its merchants begin with 0, its keys have an exponent of their own. */
bool payment_sandbox_merchant(struct text merchant);
bool payment_sandbox_key(const struct rsa_key *key);

/* The second has the owner's settings and the trial payment: it needs the room `site`. */
extern const struct module payment_module, payment_setting_module, payment_bill_module;

#endif
