/* inbox.c - what becomes of a message of a channel, whether it has just come or somebody has it done again: one transaction with the
 * row that says so. A message is known by its id: what was applied once changes nothing later. */
#include "payment/payment_room.h"

const char *const replay_names[] = { NULL, [REPLAY_APPLIED] = "applied", [REPLAY_KNOWN] = "known", [REPLAY_PARKED] = "parked", [REPLAY_ASKED] = "asked", NULL };
const struct problem replay_impossible = { 409, "replay-impossible", "This message cannot be read any more, and does not say what could be asked." };

static problem end(struct tx *tx, const struct delivery *d, enum inbox_state state, struct text why)
{
	inbox__keep(tx, d, state, why);
	return tx_problem(tx);
}

static problem take_payment(struct payments *payments, struct tx *tx, const struct delivery *d, enum inbox_state *ret)
{
	const struct channel_fact *fact = d->fact;
	struct payment payment;
	problem why = payment__by_trade_no(tx, d->channel, fact->trade_no, &payment);

	*ret = INBOX_UNKNOWN_PAYMENT;
	if (why == &payment_missing)
		return end(tx, d, *ret, TEXT("unknown-payment"));
	if (!why)
		why = payment__apply(payments, tx, &payment, fact);
	if (!why)
		payment__set_notified(tx, payment.id);
	*ret = why == &payment_mismatch ? INBOX_REJECTED : INBOX_APPLIED;
	if (*ret == INBOX_REJECTED)
		return end(tx, d, *ret, fact->total.fen != payment.amount.fen ? TEXT("amount") : TEXT("merchant"));
	return why ? why : end(tx, d, *ret, (struct text){ 0 });
}

static problem take_refund(struct payments *payments, struct tx *tx, const struct delivery *d, enum inbox_state *ret)
{
	const struct refund_fact *fact = &d->fact->refund;
	struct refund refund;
	problem why = payment__refund_by_no(tx, fact->refund_no, &refund);

	*ret = INBOX_UNKNOWN_PAYMENT;
	if (why == &refund_missing) /* made by hand at the channel, or by what a restored backup has forgotten */
		return end(tx, d, *ret, TEXT("unknown-refund"));
	if (!why)
		why = payment__apply_refund(payments, tx, &refund, fact);
	*ret = why == &payment_mismatch ? INBOX_REJECTED : INBOX_APPLIED;
	if (*ret == INBOX_REJECTED)
		return end(tx, d, *ret, fact->amount.fen != refund.amount.fen ? TEXT("amount") : TEXT("merchant"));
	return why ? why : end(tx, d, *ret, (struct text){ 0 });
}

problem inbox__take(struct payments *payments, struct tx *tx, struct delivery d, enum inbox_state *ret)
{
	problem why;

	d.is_refund = d.fact->tag == CHANNEL_REFUND;
	d.number = d.is_refund ? d.fact->refund.refund_no : d.fact->trade_no;
	why = d.is_refund ? take_refund(payments, tx, &d, ret) : take_payment(payments, tx, &d, ret);
	if (!why && *ret == INBOX_REJECTED)
		payments->mismatched++;
	else if (!why && *ret == INBOX_APPLIED)
		payments->applied++;
	return why;
}

/* ---- again ---- */

/* The bytes that were kept, if they still are those, opened by the key of now, and still the same message. */
static problem reread(const struct payments *payments, struct tx *tx, const struct kept_message *kept, struct channel_fact *ret)
{
	const struct channel *channel = NULL;
	void *self = NULL;
	struct text message;
	problem why = payment__channel(payments, kept->channel, &channel, &self);

	if (why)
		return why;
	if (!channel->reread || !text_eq(sha256_hex(tx_arena(tx), kept->raw), kept->sha256))
		return &payment_forged;
	why = channel->reread(self, tx_arena(tx), kept->raw, &message, ret);
	return why ? why : text_eq(message, kept->message) && ret->tag != CHANNEL_NOT_PAID ? NULL : &payment_forged;
}

/* The answer comes by a job and counts as any answer of the channel does. A job of its own, at once: the one that carries a refund waits
 * for its time, up to an hour, and asks nothing once the refund is at its end. */
static problem ask(struct tx *tx, const struct kept_message *kept)
{
	struct payment payment = { 0 };
	struct refund refund = { 0 };
	problem why = kept->is_refund ? payment__refund_by_no(tx, kept->number, &refund) : payment__by_trade_no(tx, kept->channel, kept->number, &payment);
	int64_t id = kept->is_refund ? refund.id : payment.id.v;

	if (why)
		return why == &payment_missing || why == &refund_missing ? &replay_impossible : why;
	job_add(tx, PAYMENT_JOB_ASK, arena_format(tx_arena(tx), "%s%lld", kept->is_refund ? "refund " : "", (long long)id),
	        arena_format(tx_arena(tx), "{\"%s\":%lld}", kept->is_refund ? "refund" : "payment", (long long)id), 0);
	return tx_problem(tx);
}

static problem take_again(struct payments *payments, struct tx *tx, const struct kept_message *kept, enum replay *ret)
{
	const bool done = kept->state == INBOX_APPLIED || kept->state == INBOX_DUPLICATE;
	struct channel_fact fact;
	enum inbox_state state = INBOX_REJECTED;
	problem why = kept->state == INBOX_REJECTED ? NULL : reread(payments, tx, kept, &fact);

	if (!why && kept->state != INBOX_REJECTED)
		why = inbox__take(payments, tx, (struct delivery){ .channel = kept->channel, .message = kept->message, .raw = kept->raw, .at_ms = kept->at_ms, .fact = &fact }, &state);
	if (why && why != &payment_forged)
		return why;
	*ret = state == INBOX_UNKNOWN_PAYMENT ? REPLAY_PARKED : state == INBOX_REJECTED ? REPLAY_ASKED : done ? REPLAY_KNOWN : REPLAY_APPLIED;
	return *ret == REPLAY_ASKED ? ask(tx, kept) : NULL;
}

problem inbox_replay(struct payments *payments, struct tx *tx, int64_t id, enum replay *ret)
{
	struct kept_message kept;
	problem why = inbox__load(tx, id, &kept);

	if (!why)
		why = take_again(payments, tx, &kept, ret);
	if (!why)
		inbox__set_replayed(tx, id);
	return why ? why : tx_problem(tx);
}

problem inbox_sums(const struct payments *payments, struct tx *tx, struct inbox_sums *ret)
{
	problem why = inbox__sums(tx, ret);

	ret->forged = payments ? payments->forged : 0;
	ret->forged_ms = payments ? payments->forged_ms : 0;
	return why;
}
