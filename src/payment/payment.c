/* payment.c - what follows from what a channel says. Every fact, whether a notification brought it or the resolver asked for
 * it, goes through payment__apply, in one transaction with the ledger entry and what the payable does with it.
 * A second payment, or one that came too late to be wanted, is booked as unallocated and sent back by a job of its own. */
#include "payment/payment_room.h"
#include "payment/recon.h"

#include <assert.h>
#include <stdlib.h>

#include "audit/audit.h"
#include "base/log.h"

const struct problem payment_channel_off = { 503, "payment-channel-off", "This way to pay is not set up." };
const struct problem payment_channel_down = { 502, "payment-channel-down", "The payment channel does not answer; nothing was paid." };
const struct problem payment_channel_refused = { 502, "payment-channel-refused", "The payment channel refused the request." };
const struct problem payment_unknown = { 503, "payment-unknown", "The payment channel gave no clear answer yet; do not pay again." };
const struct problem payment_payer_unknown = { 409, "payment-payer-unknown", "To pay inside WeChat, sign in by WeChat first." };
const struct problem payment_over = { 409, "payment-over", "This payment was closed in the meantime." };
const struct problem payment_forged = { 401, "payment-forged", "The message is not from the payment channel." };
const struct problem payment_mismatch = { 400, "payment-mismatch", "The message names another merchant, amount or currency." };

/* from -> to; absent means never */
static const bool may[PAYMENT_STATE_COUNT][PAYMENT_STATE_COUNT] = {
	[PAYMENT_NEW] = { [PAYMENT_READY] = true, [PAYMENT_UNKNOWN] = true, [PAYMENT_PAID] = true, [PAYMENT_DUPLICATE_PAID] = true,
	                  [PAYMENT_CLOSED] = true, [PAYMENT_FAILED] = true },
	[PAYMENT_READY] = { [PAYMENT_PAID] = true, [PAYMENT_DUPLICATE_PAID] = true, [PAYMENT_CLOSED] = true },
	[PAYMENT_UNKNOWN] = { [PAYMENT_READY] = true, [PAYMENT_PAID] = true, [PAYMENT_DUPLICATE_PAID] = true, [PAYMENT_CLOSED] = true,
	                      [PAYMENT_FAILED] = true },
	/* money that comes after the close is still money */
	[PAYMENT_CLOSED] = { [PAYMENT_PAID] = true, [PAYMENT_DUPLICATE_PAID] = true },
	[PAYMENT_FAILED] = { [PAYMENT_PAID] = true, [PAYMENT_DUPLICATE_PAID] = true },
};

static bool may_move(const struct payment *payment, enum payment_state to) { return may[payment->state][to]; }

const struct payable *payment__payable(const struct payments *payments, struct text kind)
{
	for (size_t i = 0; i < payments->payable_count; i++) {
		if (text_is(kind, payments->payables[i]->kind))
			return payments->payables[i];
	}
	return NULL;
}

void payments_know(struct payments *payments, const struct payable *payable)
{
	assert(payments->payable_count < PAYABLES_MAX);
	payments->payables[payments->payable_count++] = payable;
}

problem payment__channel(const struct payments *payments, struct text name, const struct channel **ret, void **ret_self)
{
	struct payments *home = (struct payments *)payments;
	const struct channel *channel;

	pthread_rwlock_rdlock(&home->lock);
	channel = home->wechat;
	*ret_self = home->wechat_self;
	pthread_rwlock_unlock(&home->lock);
	if (!channel || !text_is(name, channel->name))
		return &payment_channel_off;
	*ret = channel;
	return NULL;
}

struct text payment_app(const struct payments *payments, struct text name)
{
	const struct channel *channel = NULL;
	void *self = NULL;

	if (payment__channel(payments, name, &channel, &self) || !channel->app)
		return (struct text){ 0 };
	return channel->app(self);
}

static void swap_channel(struct payments *payments, const struct channel *channel, void *self)
{
	struct retired_channel *old = NULL;

	pthread_rwlock_wrlock(&payments->lock);
	if (payments->wechat) {
		old = calloc(1, sizeof *old);
		if (!old)
			abort();
		*old = (struct retired_channel){ payments->wechat, payments->wechat_self, payments->retired };
		payments->retired = old;
	}
	payments->wechat = channel;
	payments->wechat_self = self;
	pthread_rwlock_unlock(&payments->lock);
}

/* ---- beginning ---- */

static void add_query_job(struct tx *tx, struct payment_id id, int64_t at_ms)
{
	struct text key = arena_format(tx_arena(tx), "%lld", (long long)id.v);

	job_add(tx, PAYMENT_JOB_QUERY, key, arena_format(tx_arena(tx), "{\"payment\":%lld}", (long long)id.v), at_ms);
}

/* A request to create may reach the channel after we closed the attempt here: it is closed there again, and what was paid
 * meanwhile is found. `which` keeps the two occasions apart, since one waiting job of a key is all there is. */
static void add_close_job(struct tx *tx, struct payment_id id, const char *which, int64_t at_ms)
{
	struct text key = arena_format(tx_arena(tx), "%s-%lld", which, (long long)id.v);

	job_add(tx, PAYMENT_JOB_CLOSE, key, arena_format(tx_arena(tx), "{\"payment\":%lld}", (long long)id.v), at_ms);
}

problem payment_begin(struct tx *tx, const struct payment_draft *draft, struct payment *ret)
{
	int64_t now_ms = tx_now_ms(tx);
	struct payment payment;
	problem why = payment__open_attempt(tx, draft, now_ms, ret);

	if (why != &payment_missing)
		return why;
	payment = (struct payment){
		.id = { tx_id(tx) },
		.payable_kind = text_of(draft->payable_kind),
		.payable = draft->payable,
		.channel = text_of(draft->channel),
		.way = draft->way,
		.state = PAYMENT_NEW,
		.amount = draft->amount,
		.description = draft->description,
		.payer_address = draft->payer_address,
		.payer = draft->payer,
		.app = draft->app,
		.created_ms = now_ms,
		.expires_ms = draft->expires_ms,
	};
	payment.trade_no = arena_format(tx_arena(tx), "ZF%lld", (long long)payment.id.v);
	add_query_job(tx, payment.id, now_ms + 2000);
	why = payment__insert(tx, &payment);
	if (!why)
		*ret = payment;
	return why;
}

/* ---- sending ---- */

struct sending {
	struct payment_id id;
	struct payment payment;
	struct arena *arena;
	struct text url;
	problem why; /* what the channel's answer came to */
};

static problem load_for_sending(struct tx *tx, void *arg)
{
	struct sending *s = arg;

	tx_use_arena(tx, s->arena);
	return payment_by_id(tx, s->id, &s->payment);
}

static problem record_sending(struct tx *tx, void *arg)
{
	struct sending *s = arg;
	problem why;

	tx_use_arena(tx, s->arena);
	why = payment_by_id(tx, s->id, &s->payment);
	if (why)
		return why;
	if (s->payment.state == PAYMENT_CLOSED && (!s->why || s->why == &payment_unknown)) {
		add_close_job(tx, s->id, "answered", tx_now_ms(tx));
		return tx_problem(tx);
	}
	if (!s->why)
		return may_move(&s->payment, PAYMENT_READY) ? payment__set_ready(tx, &s->payment, s->url) : NULL;
	if (s->why == &payment_unknown)
		return may_move(&s->payment, PAYMENT_UNKNOWN) ? payment__set_state(tx, &s->payment, PAYMENT_UNKNOWN) : NULL;
	if (s->why == &payment_channel_refused)
		return may_move(&s->payment, PAYMENT_FAILED) ? payment__set_state(tx, &s->payment, PAYMENT_FAILED) : NULL;
	return NULL; /* it did not reach anybody: NEW stays NEW, and the same number may be sent again */
}

struct text payment__notify_url(const struct payments *payments, struct arena *arena, struct text channel)
{
	struct text base = serve_setting(payments->serve, "payment.notify_base");

	if (!base.length)
		base = serve_origin(payments->serve);
	if (!base.length && serve_sandbox(payments->serve)) /* the gateway is on this machine too */
		base = arena_format(arena, "http://127.0.0.1:%d", serve_port(payments->serve));
	return arena_format(arena, "%.*s/api/notify/%.*s", TEXT_ARG(base), TEXT_ARG(channel));
}

/* Signed anew each time: what it names ends with the channel's own two hours. */
static problem invoke(const struct payments *payments, struct arena *arena, struct payment *payment)
{
	const struct channel *channel = NULL;
	void *self = NULL;
	problem why = payment__channel(payments, payment->channel, &channel, &self);

	if (!why && !channel->invoke)
		why = &payment_channel_off;
	return why ? why : channel->invoke(self, arena, payment, &payment->call);
}

problem payment_payer(struct payments *payments, struct tx *tx, struct user_id user, struct text *ret)
{
	return payments->payers ? payments->payers->openid(tx, payments->serve, user, ret) : &payment_payer_unknown;
}

void payments_know_payers(struct payments *payments, const struct payer_source *source) { payments->payers = source; }

problem payment_send(struct payments *payments, struct db *db, struct arena *arena, struct payment_id id, struct payment *ret)
{
	struct sending s = { .id = id, .arena = arena };
	const struct channel *channel = NULL;
	void *self = NULL;
	problem why = db_read(db, load_for_sending, &s);

	if (!why && (s.payment.state == PAYMENT_NEW || s.payment.state == PAYMENT_UNKNOWN)) {
		why = payment__channel(payments, s.payment.channel, &channel, &self);
		if (why)
			return why;
		s.why = channel->create(self, arena, &s.payment, payment__notify_url(payments, arena, s.payment.channel), &s.url);
		why = db_write(db, record_sending, &s);
		if (!why && s.payment.state != PAYMENT_PAID)
			why = s.why;
	}
	if (s.payment.state == PAYMENT_CLOSED && (!why || why == &payment_unknown))
		why = &payment_over;
	if (!why && s.payment.state == PAYMENT_READY && s.payment.way == PAYMENT_JSAPI)
		why = invoke(payments, arena, &s.payment);
	if (!why)
		*ret = s.payment;
	return why;
}

/* ---- facts ---- */

static problem apply_paid(struct payments *payments, struct tx *tx, struct payment *payment, const struct channel_fact *fact)
{
	const struct payable *payable = payment__payable(payments, payment->payable_kind);
	bool taken = false;
	problem why;

	assert(payable);
	if (payment->state == PAYMENT_PAID || payment->state == PAYMENT_DUPLICATE_PAID)
		return NULL;
	payment->transaction = fact->transaction;
	payment->paid_ms = fact->paid_ms;
	why = payable->paid(tx, payment->payable, payment, &taken);
	if (!why)
		why = payment__set_paid(tx, payment, taken ? PAYMENT_PAID : PAYMENT_DUPLICATE_PAID, fact);
	if (!why && !taken)
		why = payment__send_back(tx, payment, fact);
	audit_add(tx, (struct user_id){ 0 }, taken ? "payment-paid" : "payment-sent-back", "payment", payment->id.v, (struct text){ 0 });
	return why;
}

/* Longer than any call lasts: one that was sent before the close has arrived by then, or never will. */
enum { LATE_CREATE_MS = 60000 };

static problem apply_closed(struct payments *payments, struct tx *tx, struct payment *payment, enum channel_tag tag)
{
	const struct payable *payable = payment__payable(payments, payment->payable_kind);
	problem why;

	if (!may_move(payment, PAYMENT_CLOSED))
		return NULL;
	if (tag == CHANNEL_NOT_THERE)
		add_close_job(tx, payment->id, "unseen", tx_now_ms(tx) + LATE_CREATE_MS);
	why = payment__set_state(tx, payment, PAYMENT_CLOSED);
	return !why && payable && payable->ended ? payable->ended(tx, payment->payable, payment) : why;
}

problem payment__apply(struct payments *payments, struct tx *tx, struct payment *payment, const struct channel_fact *fact)
{
	const struct channel *channel = NULL;
	void *self = NULL;
	problem why = payment__channel(payments, payment->channel, &channel, &self);

	if (why)
		return why;
	switch (fact->tag) {
	case CHANNEL_NOT_PAID:
		return NULL;
	case CHANNEL_PAID:
		return channel->matches(self, fact, payment) ? apply_paid(payments, tx, payment, fact) : &payment_mismatch;
	case CHANNEL_CLOSED:
	case CHANNEL_NOT_THERE:
		return apply_closed(payments, tx, payment, fact->tag);
	case CHANNEL_REFUND:
		break;
	}
	assert(!"a tag that is none");
	return NULL;
}

/* ---- the room's state ---- */

struct payments *payments_of(const struct serve *serve) { return module_state(serve, &payment_module); }

static problem begin_jobs(struct tx *tx, void *arg)
{
	const struct channel *channel = arg;

	payment__want_keys(tx, PAYMENT_JOB_KEYS, text_of(channel->name));
	job_add(tx, PAYMENT_JOB_BILL, text_of(channel->name), TEXT("{}"), recon__next_ms(tx_now_ms(tx)));
	return tx_problem(tx);
}

/* The channel of the configuration is not touched by settings that are off. */
problem payment__reopen(void *arg)
{
	struct payments *payments = arg;
	const struct channel *channel = NULL;
	void *self = NULL;
	bool by_settings = false;
	problem why = wechat_is_set(payments->serve, &by_settings);

	if (!why && !payments->by_settings && !by_settings)
		return NULL;
	if (!why)
		why = wechat_open(payments->serve, &channel, &self);
	if (!why && channel)
		why = db_write(serve_db(payments->serve), begin_jobs, (void *)channel);
	if (why) {
		log_line(LOG_ERROR, "payment-reopen", "problem", text_of(why->type), NULL);
		if (channel)
			channel->close_state(self);
		return why;
	}
	payments->by_settings = by_settings;
	swap_channel(payments, channel, self);
	return NULL;
}

static problem start(struct serve *serve, void **ret_state)
{
	struct payments *payments = calloc(1, sizeof *payments);
	problem why;

	if (!payments)
		abort();
	payments->serve = serve;
	pthread_rwlock_init(&payments->lock, NULL);
	payments_know(payments, &trial_payable);
	why = wechat_is_set(serve, &payments->by_settings);
	if (!why)
		why = wechat_open(serve, &payments->wechat, &payments->wechat_self);
	if (!why && payments->wechat)
		why = db_write(serve_db(serve), begin_jobs, (void *)payments->wechat);
	if (why) {
		free(payments);
		return why;
	}
	*ret_state = payments;
	return NULL;
}

static void stop(void *state)
{
	struct payments *payments = state;

	swap_channel(payments, NULL, NULL);
	while (payments->retired) {
		struct retired_channel *one = payments->retired;

		payments->retired = one->next;
		one->channel->close_state(one->self);
		free(one);
	}
	pthread_rwlock_destroy(&payments->lock);
	free(payments);
}

static void metrics(void *state, struct buffer *out)
{
	const struct payments *payments = state;

	buffer_format(out, "# TYPE payment_messages_total counter\n");
	buffer_format(out, "payment_messages_total{verdict=\"applied\"} %lld\n", (long long)payments->applied);
	buffer_format(out, "payment_messages_total{verdict=\"forged\"} %lld\n", (long long)payments->forged);
	buffer_format(out, "payment_messages_total{verdict=\"mismatched\"} %lld\n", (long long)payments->mismatched);
}

const struct module payment_module = {
	.name = "payment",
	.routes = payment_routes,
	.jobs = payment_jobs,
	.start = start,
	.stop = stop,
	.metrics = metrics,
};
