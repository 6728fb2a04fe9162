/* inbox.h - what a channel told us and what became of it; having it done again. Only messages whose signature was right are kept,
 * so only such are done again; what was forged is counted and gone. */
#ifndef PAYMENT_INBOX_H
#define PAYMENT_INBOX_H

#include "payment/payment.h"

#define INBOX_STATES(X) \
	X(APPLIED, "APPLIED") X(DUPLICATE, "DUPLICATE") X(REJECTED, "REJECTED") X(UNKNOWN_PAYMENT, "UNKNOWN_PAYMENT")
#define X_INBOX_STATE(id, name) INBOX_##id,
enum inbox_state { INBOX_STATE_NONE, INBOX_STATES(X_INBOX_STATE) INBOX_STATE_COUNT };
#undef X_INBOX_STATE
extern const char *const inbox_state_names[];

struct notification {
	int64_t id;
	struct text channel, message; /* message: the channel's id of it */
	int state;
	struct text number;           /* our number of the payment or refund; absent: it came before that was noted */
	bool is_refund;
	struct text why;              /* "amount", "merchant", "unknown-payment", "unknown-refund"; absent: it was taken */
	int64_t at_ms, replayed_ms;   /* when it came last; when somebody had it done again, 0: nobody did */
	struct text payable_kind;     /* "order"; absent: no payment of ours has that number */
	int64_t payable;
};
/* Newest first; `before`: the id of the last of the page before, 0: the first page. */
MUST problem inbox_list(struct tx *tx, int64_t before, size_t most, struct notification **ret, size_t *ret_count);

struct inbox_sums {
	int64_t last_ms;              /* when the last message that was genuine came; 0: none ever did */
	int64_t paid, told;           /* payments of the last day, those of the last minutes left out; of them the channel told of by itself */
	int64_t parked, rejected;     /* messages of the last week that are of nothing we know, or disagree with what we know and were not cleared up by asking */
	int64_t forged, forged_ms;    /* since the start: messages whose signature was wrong, and when the last one came */
};
/* payments NULL: nothing serves here, so nothing came. */
MUST problem inbox_sums(const struct payments *payments, struct tx *tx, struct inbox_sums *ret);

extern const struct problem notification_missing; /* 404 */
extern const struct problem replay_impossible;    /* 409: it cannot be read any more, and says nothing that could be asked */

/* known: it had been done already, nothing changed. parked: still nothing that we know. asked: it was refused, or cannot be read any more,
 * so the channel is asked how that payment or refund stands, and its answer counts. */
enum replay { REPLAY_NONE, REPLAY_APPLIED, REPLAY_KNOWN, REPLAY_PARKED, REPLAY_ASKED };
extern const char *const replay_names[]; /* "applied", "known", "parked", "asked" */
/* By the very rules of a message that has just come, but for its signature, which was right when it was kept. */
MUST problem inbox_replay(struct payments *payments, struct tx *tx, int64_t id, enum replay *ret);

#endif
