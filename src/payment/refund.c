/* refund.c - money on its way back. A refund has a number of its own, durable before the channel hears of it and the same on
 * every try, so that to the channel it is one refund however often it is sent. Once it was sent it is asked for, not sent
 * again, unless the channel has never heard of it.
 * In transit (L20) from the moment it is decided; SUCCESS takes it off the channel's debt, CLOSED (failed for good) gives it
 * back to where it came from: to the unallocated receipts here, to whatever the payable took it from there. */
#include "payment/payment_room.h"

#include "audit/audit.h"
#include "base/log.h"

const struct problem refund_over = { 409, "refund-over", "That is more than is left of this payment." };
const struct problem refunds_too_many = { 409, "refunds-too-many", "The channel takes no more than 50 refunds of one payment." };
const struct problem refund_too_old = { 409, "refund-too-old", "The channel gives nothing back a year after the payment." };

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, HOUR_MS = 60 * MINUTE_MS };
enum { REASON_BYTES = 80 };
static const int64_t YEAR_MS = INT64_C(365) * 24 * HOUR_MS;

/* from -> to; absent means never */
static const bool may[REFUND_STATE_COUNT][REFUND_STATE_COUNT] = {
	[REFUND_APPROVED] = { [REFUND_PROCESSING] = true, [REFUND_SUCCESS] = true, [REFUND_CLOSED] = true, [REFUND_ABNORMAL] = true },
	[REFUND_PROCESSING] = { [REFUND_SUCCESS] = true, [REFUND_CLOSED] = true, [REFUND_ABNORMAL] = true },
	/* the merchant sent it to another account, by hand */
	[REFUND_ABNORMAL] = { [REFUND_PROCESSING] = true, [REFUND_SUCCESS] = true, [REFUND_CLOSED] = true },
};

static const char *const verbs[REFUND_STATE_COUNT] = {
	[REFUND_PROCESSING] = "refund-processing", [REFUND_SUCCESS] = "refund-success", [REFUND_CLOSED] = "refund-closed", [REFUND_ABNORMAL] = "refund-abnormal",
};

/* ---- beginning ---- */

/* At most so many bytes, and no character cut in two. */
static struct text head_of(struct text t, size_t most)
{
	struct text rest = t, head = text_head(t, 0);

	while (rest.length) {
		text_next(&rest);
		if (t.length - rest.length > most)
			break;
		head = text_head(t, t.length - rest.length);
	}
	return head;
}

static problem begin(struct tx *tx, struct payment_id payment, struct money amount, struct text reason, struct refund *ret)
{
	struct refund refund = { .id = tx_id(tx), .payment = payment, .reason = head_of(reason, REASON_BYTES), .amount = amount,
	                         .state = REFUND_APPROVED, .created_ms = tx_now_ms(tx) };
	struct text key = arena_format(tx_arena(tx), "%lld", (long long)refund.id);
	problem why;

	refund.refund_no = arena_format(tx_arena(tx), "ZR%lld", (long long)refund.id);
	why = payment__insert_refund(tx, &refund);
	job_add(tx, PAYMENT_JOB_REFUND, key, arena_format(tx_arena(tx), "{\"refund\":%lld}", (long long)refund.id), tx_now_ms(tx));
	if (!why)
		*ret = refund;
	return why ? why : tx_problem(tx);
}

problem payment_refund(struct tx *tx, const struct refund_draft *draft, struct refund *ret)
{
	struct payment payment;
	problem why = payment_by_id(tx, draft->payment, &payment);

	if (why)
		return why;
	if (payment.state != PAYMENT_PAID || draft->amount.fen < 1 || draft->amount.fen > payment.amount.fen - payment__refunded_fen(tx, payment.id))
		return &refund_over;
	if (payment__refund_count(tx, payment.id) >= REFUNDS_MAX)
		return &refunds_too_many;
	if (tx_now_ms(tx) >= payment.paid_ms + YEAR_MS)
		return &refund_too_old;
	return begin(tx, payment.id, draft->amount, draft->reason, ret);
}

static struct text fact_key(struct tx *tx, const struct payment *payment, const struct channel_fact *fact, const char *kind)
{
	return arena_format(tx_arena(tx), "%.*s|%.*s|%s", TEXT_ARG(payment->channel), TEXT_ARG(fact->transaction), kind);
}

problem payment__send_back(struct tx *tx, const struct payment *payment, const struct channel_fact *fact)
{
	const struct posting receipt[] = {
		{ LEDGER_CHANNEL_RECEIVABLE, 0, payment->amount },
		{ LEDGER_UNALLOCATED, payment->id.v, MONEY(-payment->amount.fen) },
	};
	struct refund refund = { 0 };
	problem why = ledger_post(tx, "unallocated", fact_key(tx, payment, fact, "paid"), receipt, 2, NULL);

	if (!why)
		why = begin(tx, payment->id, payment->amount, TEXT("duplicate or late payment"), &refund);
	if (why)
		return why;
	const struct posting back[] = {
		{ LEDGER_UNALLOCATED, payment->id.v, payment->amount },
		{ LEDGER_REFUND_TRANSIT, refund.id, MONEY(-payment->amount.fen) },
	};
	return ledger_post(tx, "send-back", fact_key(tx, payment, fact, "send-back"), back, 2, NULL);
}

/* ---- what the channel says ---- */

static enum refund_state state_of(enum refund_tag tag)
{
	switch (tag) {
	case REFUND_TAG_PROCESSING:
		return REFUND_PROCESSING;
	case REFUND_TAG_SUCCESS:
		return REFUND_SUCCESS;
	case REFUND_TAG_CLOSED:
		return REFUND_CLOSED;
	case REFUND_TAG_ABNORMAL:
		return REFUND_ABNORMAL;
	case REFUND_TAG_NOT_THERE:
	case REFUND_TAG_WAITS:
		break;
	}
	return REFUND_STATE_NONE;
}

static problem post_end(struct tx *tx, const struct refund *refund, const struct payment *payment)
{
	bool done = refund->state == REFUND_SUCCESS;
	const struct posting lines[] = {
		{ LEDGER_REFUND_TRANSIT, refund->id, refund->amount },
		{ done ? LEDGER_CHANNEL_RECEIVABLE : LEDGER_UNALLOCATED, done ? 0 : payment->id.v, MONEY(-refund->amount.fen) },
	};
	struct text key = arena_format(tx_arena(tx), "refund|%.*s|%s", TEXT_ARG(refund->refund_no), done ? "success" : "closed");

	return ledger_post(tx, done ? "refund" : "refund-closed", key, lines, 2, NULL);
}

static problem move(struct payments *payments, struct tx *tx, struct refund *refund, const struct payment *payment, enum refund_state to)
{
	const struct payable *payable = payment__payable(payments, payment->payable_kind);
	bool kept = payment->state == PAYMENT_PAID;
	problem why = payment__move_refund(tx, refund, to);

	if (!why && (to == REFUND_SUCCESS || (to == REFUND_CLOSED && !kept)))
		why = post_end(tx, refund, payment);
	if (!why && kept && to != REFUND_PROCESSING && payable && payable->refunded)
		why = payable->refunded(tx, payment->payable, refund);
	if (to == REFUND_ABNORMAL || to == REFUND_CLOSED)
		log_line(LOG_ERROR, verbs[to], "refund_no", refund->refund_no, NULL);
	audit_add(tx, (struct user_id){ 0 }, verbs[to], "refund", refund->id, (struct text){ 0 });
	return why;
}

static problem wait(struct tx *tx, struct refund *refund, struct text word)
{
	if (!text_eq(word, refund->waits))
		log_line(LOG_ERROR, "refund-waits", "refund_no", refund->refund_no, "why", word, NULL);
	payment__set_waits(tx, refund, word);
	return tx_problem(tx);
}

problem payment__apply_refund(struct payments *payments, struct tx *tx, struct refund *refund, const struct refund_fact *fact)
{
	const struct channel *channel = NULL;
	void *self = NULL;
	struct payment payment;
	enum refund_state to = state_of(fact->tag);
	problem why = payment_by_id(tx, refund->payment, &payment);

	if (!why)
		why = payment__channel(payments, payment.channel, &channel, &self);
	if (why)
		return why;
	if (to == REFUND_STATE_NONE)
		return fact->tag == REFUND_TAG_WAITS && refund->state == REFUND_APPROVED ? wait(tx, refund, fact->word) : NULL;
	if (!channel->matches_refund(self, fact, refund, &payment))
		return &payment_mismatch;
	if (may[refund->state][to])
		return move(payments, tx, refund, &payment, to);
	if (to != (enum refund_state)refund->state && to != REFUND_PROCESSING) /* two ends of one refund: a person must look */
		log_line(LOG_ERROR, "refund-contradiction", "refund_no", refund->refund_no, "told", text_of(refund_state_names[to]), NULL);
	return NULL;
}

/* ---- carrying it to the channel ---- */

enum step { DONE, LATER, SEND, ASK };

struct refunding {
	struct payments *payments;
	struct arena *arena;
	int64_t id, later_ms;
	enum step step;
	struct refund refund;
	struct payment payment;
	struct refund_fact fact;
};

static problem load(struct tx *tx, void *arg)
{
	struct refunding *r = arg;
	problem why;

	tx_use_arena(tx, r->arena);
	why = payment_refund_by_id(tx, r->id, &r->refund);
	return why ? why : payment_by_id(tx, r->refund.payment, &r->payment);
}

/* That it was sent is durable before it is: whoever comes after a crash asks first. Two refunds of one payment are a minute apart. */
static problem take_step(struct tx *tx, void *arg)
{
	struct refunding *r = arg;
	problem why = load(tx, r);

	if (why)
		return why;
	r->step = DONE;
	if (r->refund.state == REFUND_SUCCESS || r->refund.state == REFUND_CLOSED)
		return NULL;
	r->step = ASK;
	if (r->refund.sent_ms)
		return NULL;
	r->later_ms = payment__last_sent_ms(tx, r->payment.id) + MINUTE_MS;
	r->step = r->later_ms > tx_now_ms(tx) ? LATER : SEND;
	if (r->step == SEND)
		payment__set_sent(tx, &r->refund);
	return tx_problem(tx);
}

static problem record(struct tx *tx, void *arg)
{
	struct refunding *r = arg;
	problem why;

	tx_use_arena(tx, r->arena);
	why = payment_refund_by_id(tx, r->id, &r->refund);
	return why ? why : payment__apply_refund(r->payments, tx, &r->refund, &r->fact);
}

static problem ask_channel(struct refunding *r)
{
	const struct channel *channel = NULL;
	void *self = NULL;
	problem why = payment__channel(r->payments, r->payment.channel, &channel, &self);
	const struct channel_refund call = {
		.refund_no = r->refund.refund_no,
		.trade_no = r->payment.trade_no,
		.reason = r->refund.reason,
		.notify_url = payment__notify_url(r->payments, r->arena, r->payment.channel),
		.amount = r->refund.amount,
		.total = r->payment.amount,
	};

	if (!why && r->step == ASK)
		why = channel->query_refund(self, r->arena, call.refund_no, &r->fact);
	if (!why && (r->step == SEND || r->fact.tag == REFUND_TAG_NOT_THERE))
		why = channel->refund(self, r->arena, &call, &r->fact);
	return why;
}

/* Asks and sends nothing; "never heard of it" changes nothing. */
problem payment__ask_refund(struct job *job, int64_t id)
{
	const struct channel *channel = NULL;
	void *self = NULL;
	struct refunding r = { .payments = payments_of(job->home), .arena = job->arena, .id = id };
	problem why = db_read(job->db, load, &r);

	if (!why)
		why = payment__channel(r.payments, r.payment.channel, &channel, &self);
	if (!why)
		why = channel->query_refund(self, r.arena, r.refund.refund_no, &r.fact);
	return why ? why : db_write(job->db, record, &r);
}

/* After as long again as it has taken so far; what waits or needs a person, not before a minute. */
static int64_t next_ms(const struct refunding *r, int64_t now_ms)
{
	int64_t least = r->fact.tag == REFUND_TAG_PROCESSING ? 2 * SECOND_MS : MINUTE_MS, ms = now_ms - r->refund.created_ms;

	return now_ms + (ms < least ? least : ms > HOUR_MS ? HOUR_MS : ms);
}

problem payment__run_refund(struct job *job)
{
	json_t *payload;
	problem why = json_read(job->arena, job->payload, &payload);
	struct refunding r = { .payments = payments_of(job->home), .arena = job->arena };

	if (why)
		return why;
	r.id = json_get_int(payload, "refund", 0);
	why = db_write(job->db, take_step, &r);
	if (!why && r.step == LATER)
		job_again(job, r.later_ms);
	if (why || r.step == DONE || r.step == LATER)
		return why;
	why = ask_channel(&r);
	if (!why)
		why = db_write(job->db, record, &r);
	if (!why && r.refund.state != REFUND_SUCCESS && r.refund.state != REFUND_CLOSED)
		job_again(job, next_ms(&r, world_now_ms(db_world(job->db))));
	return why;
}
