/* trial.c - the owner pays one fen and gets it back: the whole way of money is tried with the keys that are set. Nothing is sold
 * for it, so it is money that must not be kept, and goes back by the same job as any other that must not.
 * It also tells whether the channel reached this site: a payment that was only found by asking means that it did not. */
#include "payment/payment_room.h"

enum { TRIAL_FEN = 1, TRIAL_MS = 10 * 60 * 1000 };

#define TRIAL_STATES(X) \
	X(WAITING, "waiting") X(CLOSED, "closed") X(REFUSED, "refused") X(REFUNDING, "refunding") X(REFUNDED, "refunded") X(STUCK, "stuck")
#define X_TRIAL_STATE(id, name) TRIAL_##id,
enum trial_state { TRIAL_STATE_NONE, TRIAL_STATES(X_TRIAL_STATE) TRIAL_STATE_COUNT };
#undef X_TRIAL_STATE
#define X_NAME(id, name) [TRIAL_##id] = name,
static const char *const trial_state_names[] = { TRIAL_STATES(X_NAME)[TRIAL_STATE_COUNT] = NULL };
#undef X_NAME

struct trial {
	struct payment_id id;
	int state;
	struct money amount;
	int64_t paid_ms, notified_ms, expires_ms;
};
const struct shape trial_shape = SHAPE(trial,
	FIELD(trial, id,          SHAPE_ID),
	FIELD(trial, state,       SHAPE_ENUM, .names = trial_state_names, .says = "stuck: paid, and the channel does not give it back by itself"),
	FIELD(trial, amount,      SHAPE_MONEY),
	FIELD(trial, paid_ms,     SHAPE_TIME, .says = "0: not paid"),
	FIELD(trial, notified_ms, SHAPE_TIME, .says = "when the channel itself told us; 0: it did not, or not yet"),
	FIELD(trial, expires_ms,  SHAPE_TIME));

static problem trial_paid(struct tx *tx, int64_t id, const struct payment *payment, bool *ret_taken)
{
	(void)tx, (void)id, (void)payment;
	*ret_taken = false;
	return NULL;
}
const struct payable trial_payable = { .kind = PAYMENT_TRIAL, .paid = trial_paid };

static enum trial_state state_of(const struct payment *payment, const struct refund *refund)
{
	switch ((enum payment_state)payment->state) {
	case PAYMENT_CLOSED:
		return TRIAL_CLOSED;
	case PAYMENT_FAILED:
		return TRIAL_REFUSED;
	case PAYMENT_PAID:
	case PAYMENT_DUPLICATE_PAID:
		break;
	default:
		return TRIAL_WAITING;
	}
	if (refund->state == REFUND_SUCCESS)
		return TRIAL_REFUNDED;
	return refund->state == REFUND_CLOSED || refund->state == REFUND_ABNORMAL ? TRIAL_STUCK : TRIAL_REFUNDING;
}

static problem load_trial(struct request *rq, struct tx *tx, struct payment *ret_payment, struct trial *ret)
{
	struct refund refund = { 0 };
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = payment_by_id(tx, (struct payment_id){ id }, ret_payment);
	if (!why && !text_is(ret_payment->payable_kind, PAYMENT_TRIAL))
		why = &payment_missing;
	if (why)
		return why;
	why = payment__refund_of(tx, ret_payment->id, &refund);
	if (why && why != &refund_missing)
		return why;
	*ret = (struct trial){ .id = ret_payment->id, .state = (int)state_of(ret_payment, &refund), .amount = ret_payment->amount,
	                       .paid_ms = ret_payment->paid_ms, .notified_ms = payment__notified_ms(tx, ret_payment->id),
	                       .expires_ms = ret_payment->expires_ms };
	return tx_problem(tx);
}

problem trial_show(struct request *rq)
{
	struct payment payment;
	struct trial trial;
	problem why = load_trial(rq, rq->tx, &payment, &trial);

	return why ? why : reply(rq, 200, &trial_shape, &trial);
}

problem trial_qr(struct request *rq)
{
	struct payment payment;
	struct trial trial;
	problem why = load_trial(rq, rq->tx, &payment, &trial);

	if (!why && !payment.code_url.length)
		why = &payment_missing;
	return why ? why : reply_qr(rq, payment.code_url);
}

struct beginning {
	struct request *rq;
	struct payment payment;
};

static problem begin(struct tx *tx, void *arg)
{
	struct beginning *b = arg;
	const struct payment_draft draft = {
		.app = payment_app(payments_of(b->rq->serve), TEXT("wechat")),
		.payable_kind = PAYMENT_TRIAL, .payable = b->rq->who.id.v, .channel = "wechat", .way = PAYMENT_NATIVE, .amount = MONEY(TRIAL_FEN),
		.description = say(b->rq, "payment.trial"), .payer_address = b->rq->http->peer, .expires_ms = tx_now_ms(tx) + TRIAL_MS,
	};

	tx_use_arena(tx, b->rq->arena);
	return payment_begin(tx, &draft, &b->payment);
}

problem trial_begin(struct request *rq)
{
	struct beginning b = { .rq = rq };
	struct trial trial;
	problem why = request_write(rq, begin, &b);

	if (!why)
		why = payment_send(payments_of(rq->serve), serve_db(rq->serve), rq->arena, b.payment.id, &b.payment);
	if (why)
		return why;
	trial = (struct trial){ .id = b.payment.id, .state = TRIAL_WAITING, .amount = b.payment.amount, .expires_ms = b.payment.expires_ms };
	return reply(rq, 201, &trial_shape, &trial);
}
