/* payment_http.c - where a channel tells us. Signature only: no session, no CSRF. "Done" is answered after the commit alone;
 * whatever fails in between is answered with a failure, and the channel tells us again. */
#include "payment/payment_room.h"

#include "base/log.h"
#include "crypto/crypto.h"

enum { NOTIFY_BYTES_MAX = 64 * 1024 };

static problem refuse(struct request *rq, int status, const char *why)
{
	log_line(LOG_WARN, "payment-message", "verdict", text_of(why), "peer", rq->http->peer, "request", rq->id, NULL);
	return reply_bytes(rq, status, TEXT("application/json"), arena_format(rq->arena, "{\"code\":\"FAIL\",\"message\":\"%s\"}", why));
}

static problem take(struct request *rq, struct payments *payments, const struct delivery *d)
{
	enum inbox_state state;
	problem why = inbox__take(payments, rq->tx, *d, &state);

	if (why)
		return why;
	switch (state) {
	case INBOX_UNKNOWN_PAYMENT:
		return refuse(rq, 404, d->fact->tag == CHANNEL_REFUND ? "unknown-refund" : "unknown-payment");
	case INBOX_REJECTED:
		return refuse(rq, 400, "mismatch");
	default:
		return reply_none(rq, 204);
	}
}

/* Another process may have stored the key; else the channel is asked, and its next try of this message finds it. */
static problem judge(struct request *rq, const struct channel *channel, void *self, struct text *ret_message, struct channel_fact *ret)
{
	int64_t now_ms = tx_now_ms(rq->tx);
	problem why = channel->notified(self, rq->arena, rq->http, now_ms, ret_message, ret);

	if (why != &payment_key_unknown)
		return why;
	why = channel->read_keys(self, rq->tx);
	if (why)
		return why;
	why = channel->notified(self, rq->arena, rq->http, now_ms, ret_message, ret);
	if (why == &payment_key_unknown)
		payment__want_keys(rq->tx, PAYMENT_JOB_KEY, text_of(channel->name));
	return why;
}

static problem serve_wechat(struct request *rq)
{
	struct payments *payments = payments_of(rq->serve);
	const struct channel *channel = NULL;
	void *self = NULL;
	struct channel_fact fact;
	struct text message;
	problem why = payment__channel(payments, TEXT("wechat"), &channel, &self);

	if (why)
		return why;
	why = judge(rq, channel, self, &message, &fact);
	if (why == &payment_forged || why == &payment_key_unknown) {
		payments->forged++;
		payments->forged_ms = tx_now_ms(rq->tx);
		return refuse(rq, 401, why == &payment_forged ? "forged" : "unknown-key");
	}
	if (why)
		return why;
	if (fact.tag == CHANNEL_NOT_PAID)
		return reply_none(rq, 204);
	return take(rq, payments, &(struct delivery){ .channel = text_of(channel->name), .message = message, .raw = rq->http->body, .at_ms = tx_now_ms(rq->tx), .fact = &fact });
}

/* ---- what the channel does not give back by itself ---- */

enum { STUCK_MAX = 50 };

struct stuck_page {
	struct stuck_refund *items;
	size_t item_count;
};
static const struct shape stuck_shape = SHAPE(stuck_refund,
	NAMED(stuck_refund, "id",         refund.id,         SHAPE_INT),
	NAMED(stuck_refund, "refund_no",  refund.refund_no,  SHAPE_TEXT),
	NAMED(stuck_refund, "amount",     refund.amount,     SHAPE_MONEY),
	NAMED(stuck_refund, "state",      refund.state,      SHAPE_ENUM, .names = refund_state_names),
	NAMED(stuck_refund, "waits",      refund.waits,      SHAPE_TEXT, .optional = true, .says = "the channel's word why it does not take it yet"),
	NAMED(stuck_refund, "created_ms", refund.created_ms, SHAPE_TIME),
	FIELD(stuck_refund, payable_kind, SHAPE_TEXT),
	FIELD(stuck_refund, payable,      SHAPE_INT),
	FIELD(stuck_refund, trade_no,     SHAPE_TEXT));
static const struct shape stuck_page_shape = SHAPE_AS("stuck_refund_list", stuck_page, LIST(stuck_page, items, item_count, &stuck_shape));

static problem serve_stuck(struct request *rq)
{
	struct stuck_page page = { 0 };
	problem why = payment__stuck_refunds(rq->tx, STUCK_MAX, &page.items, &page.item_count);

	return why ? why : reply(rq, 200, &stuck_page_shape, &page);
}

const struct route payment_routes[] = {
	{ POST, "/api/notify/wechat", serve_wechat, WRITES, .who = SIGNED, .raw = true, .limit = LIMIT_NONE, .body_max = NOTIFY_BYTES_MAX,
	  .says = "WeChat Pay tells of a payment or a refund" },
	{ GET, "/api/payments/refunds/stuck", serve_stuck, READS, .who = FINANCE | ADMIN, .gives = &stuck_page_shape,
	  .says = "Money that the channel does not give back by itself: somebody must look" },
	{ 0 },
};
