/* payment_room.h - between the files of this room only. */
#ifndef PAYMENT_PAYMENT_ROOM_H
#define PAYMENT_PAYMENT_ROOM_H

#include "payment/inbox.h"

#include <pthread.h>

enum { PAYABLES_MAX = 8 };

/* A channel whose keys were replaced: a call may still be going on with it, so it is closed with the room. */
struct retired_channel {
	const struct channel *channel;
	void *self;
	struct retired_channel *next;
};

struct payments {
	struct serve *serve;
	pthread_rwlock_t lock;        /* of the channels */
	const struct channel *wechat; /* NULL: off */
	void *wechat_self;
	struct retired_channel *retired;
	bool by_settings;             /* the channel is the owner's, not the configuration's */
	const struct payer_source *payers;
	const struct payable *payables[PAYABLES_MAX];
	size_t payable_count;
	_Atomic int64_t forged, mismatched, applied; /* for /metrics */
	_Atomic int64_t forged_ms;    /* when the last one came */
};

/* NULL without keys in the settings and in the configuration. */
MUST problem wechat_open(struct serve *serve, const struct channel **ret, void **ret_self);
MUST problem wechat_is_set(struct serve *serve, bool *ret); /* by the owner, in the settings */

/* ---- rules ---- */

const struct payable *payment__payable(const struct payments *payments, struct text kind);
MUST problem payment__channel(const struct payments *payments, struct text name, const struct channel **ret, void **ret_self);
extern const struct problem payment_mismatch; /* the fact names another merchant, amount or currency than our row */
/* Records what a channel said of an attempt and all that follows, in this transaction. A fact that is known changes nothing. */
MUST problem payment__apply(struct payments *payments, struct tx *tx, struct payment *payment, const struct channel_fact *fact);
/* ---- refund.c ---- */

/* Money that must not be kept: unallocated first, then on its way back. */
MUST problem payment__send_back(struct tx *tx, const struct payment *payment, const struct channel_fact *fact);
/* The same for a refund; REFUND_TAG_NOT_THERE changes nothing. */
MUST problem payment__apply_refund(struct payments *payments, struct tx *tx, struct refund *refund, const struct refund_fact *fact);
MUST problem payment__run_refund(struct job *job);
MUST problem payment__ask_refund(struct job *job, int64_t id); /* how it stands at the channel, whatever is thought of it here */

struct text payment__notify_url(const struct payments *payments, struct arena *arena, struct text channel);

/* ---- store ---- */

MUST problem payment__insert(struct tx *tx, const struct payment *payment);
MUST problem payment__open_attempt(struct tx *tx, const struct payment_draft *draft, int64_t now_ms, struct payment *ret);
MUST problem payment__open_attempts(struct tx *tx, const char *kind, int64_t payable, struct payment **ret, size_t *ret_count);
MUST problem payment__by_trade_no(struct tx *tx, struct text channel, struct text trade_no, struct payment *ret);
MUST problem payment__set_state(struct tx *tx, struct payment *payment, enum payment_state to);
MUST problem payment__set_ready(struct tx *tx, struct payment *payment, struct text url);
MUST problem payment__set_paid(struct tx *tx, struct payment *payment, enum payment_state to, const struct channel_fact *fact);
void payment__set_notified(struct tx *tx, struct payment_id id);
int64_t payment__notified_ms(struct tx *tx, struct payment_id id); /* 0: the channel told nothing, or not yet */
/* Has the channel payments that only the merchant of now can ask after or give back? */
bool payment__has_merchant(struct tx *tx, struct text channel);
int64_t payment__last_trial_ms(struct tx *tx); /* when the last trial that was given back was paid; 0: never */
MUST problem payment__refund_of(struct tx *tx, struct payment_id payment, struct refund *ret); /* the newest; refund_missing */
MUST problem payment__refund_by_no(struct tx *tx, struct text refund_no, struct refund *ret);
MUST problem payment__insert_refund(struct tx *tx, const struct refund *refund);
MUST problem payment__move_refund(struct tx *tx, struct refund *refund, enum refund_state to);
void payment__set_sent(struct tx *tx, struct refund *refund);
void payment__set_waits(struct tx *tx, struct refund *refund, struct text word);
int64_t payment__refunded_fen(struct tx *tx, struct payment_id payment); /* on its way or back; what failed for good left out */
int64_t payment__refund_count(struct tx *tx, struct payment_id payment);
int64_t payment__last_sent_ms(struct tx *tx, struct payment_id payment); /* of its refunds; 0: none was sent */
struct stuck_refund {
	struct refund refund;
	struct text payable_kind, trade_no;
	int64_t payable;
};
/* What the channel does not do by itself, newest first: waiting, abnormal, or closed where nobody asked for the money back. */
MUST problem payment__stuck_refunds(struct tx *tx, size_t most, struct stuck_refund **ret, size_t *ret_count);

struct stored_key {
	struct text serial, pem;
	int64_t from_ms, until_ms;
};
MUST problem payment__keys(struct tx *tx, struct text channel, int64_t now_ms, struct stored_key **ret, size_t *ret_count); /* not expired */
void payment__keep_key(struct tx *tx, struct text channel, const struct stored_key *key);
void payment__drop_keys(struct tx *tx, struct text channel, int64_t expired_ms);

/* ---- inbox.c, inbox_store.c ---- */

struct delivery {
	struct text channel, message, raw;
	int64_t at_ms;                   /* when it came */
	const struct channel_fact *fact; /* what it says, checked; never CHANNEL_NOT_PAID */
	struct text number;              /* inbox__take fills these */
	bool is_refund;
};
struct kept_message {
	struct text channel, message, sha256, raw, number;
	bool is_refund;
	int state;
	int64_t at_ms;
};
/* Does what it says and keeps it, in this transaction. *ret: APPLIED, REJECTED, UNKNOWN_PAYMENT. */
MUST problem inbox__take(struct payments *payments, struct tx *tx, struct delivery delivery, enum inbox_state *ret);
/* A message that comes again overwrites what became of it, until it was applied. */
void inbox__keep(struct tx *tx, const struct delivery *d, enum inbox_state state, struct text why);
MUST problem inbox__load(struct tx *tx, int64_t id, struct kept_message *ret);
void inbox__set_replayed(struct tx *tx, int64_t id);
MUST problem inbox__sums(struct tx *tx, struct inbox_sums *ret); /* but for what was forged */

/* ---- trial.c: one fen, paid by the owner and given back, to see that all of it works ---- */

#define PAYMENT_TRIAL "trial"
extern const struct payable trial_payable;
MUST problem trial_begin(struct request *rq);
MUST problem trial_show(struct request *rq);
MUST problem trial_qr(struct request *rq);
extern const struct shape trial_shape;

/* ---- settings ---- */

MUST problem payment__reopen(void *payments); /* by the settings of now; when it cannot, the channel stays as it is */

/* ---- jobs ---- */

#define PAYMENT_JOB_QUERY  "payment-query"
#define PAYMENT_JOB_CLOSE  "payment-close"
#define PAYMENT_JOB_ASK    "payment-ask"      /* once, whatever state the payment or refund is in */
#define PAYMENT_JOB_REFUND "payment-refund"
#define PAYMENT_JOB_KEYS   "payment-keys"     /* every day, of each channel that has some */
#define PAYMENT_JOB_KEY    "payment-key-new"  /* soon: a message named one that is not known */
#define PAYMENT_JOB_BILL   "payment-bill"     /* every day at ten, of the day before */
void payment__want_keys(struct tx *tx, const char *kind, struct text channel);
extern const struct job_kind payment_jobs[];
extern const struct route payment_routes[];

#endif
