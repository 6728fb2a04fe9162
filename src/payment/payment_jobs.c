/* payment_jobs.c - the resolver: asks the channel for every attempt that is not settled, whether a notification comes or not;
 * every 2 s for the first minute, then every 10 s while the attempt is open, then ever more slowly. "Still open" is no
 * failure. At the end of an attempt's life it closes it at the channel and asks once more, since a payment may have slipped
 * in between; and once more a minute later where the channel had not heard of it, since a request to create may still have
 * been on its way. */
#include "payment/payment_room.h"
#include "payment/recon.h"

#include "base/log.h"

enum { CLOSE_GRACE_MS = 5000, MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };

/* no failure, only "ask again later" */
static const struct problem still_open = { 503, "payment-open", "The payment is still open." };

static int64_t within(int64_t ms, int64_t least, int64_t most) { return ms < least ? least : ms > most ? most : ms; }

/* Until the next question about an attempt that is open. */
static int64_t query_wait_ms(const struct payment *payment, int64_t now_ms)
{
	if (now_ms < payment->created_ms + MINUTE_MS)
		return 2000;
	if (now_ms < payment->expires_ms + MINUTE_MS)
		return 10000;
	return within((now_ms - payment->expires_ms) / 2, 10000, 5 * MINUTE_MS);
}

/* After the n-th question that got no answer. */
static int64_t failed_wait_ms(int tries) { return within((int64_t)tries * 1000, 2000, 5 * MINUTE_MS); }

struct query {
	struct payments *payments;
	struct arena *arena;
	struct payment_id id;
	struct payment payment;
	struct channel_fact fact;
};

static problem load_payment(struct tx *tx, void *arg)
{
	struct query *q = arg;

	tx_use_arena(tx, q->arena);
	return payment_by_id(tx, q->id, &q->payment);
}

static problem apply_fact(struct tx *tx, void *arg)
{
	struct query *q = arg;
	problem why = load_payment(tx, q);

	return why ? why : payment__apply(q->payments, tx, &q->payment, &q->fact);
}

static bool settled(const struct payment *p)
{
	return p->state != PAYMENT_NEW && p->state != PAYMENT_READY && p->state != PAYMENT_UNKNOWN;
}

/* A number that the channel does not know was never paid; while the attempt lives it may still be sent. */
static bool leave_open(const struct query *q, int64_t now_ms)
{
	return (q->fact.tag == CHANNEL_NOT_PAID || q->fact.tag == CHANNEL_NOT_THERE) && now_ms < q->payment.expires_ms + CLOSE_GRACE_MS;
}

static problem close_and_ask_again(struct query *q, const struct channel *channel, void *self)
{
	problem why = channel->close(self, q->arena, q->payment.trade_no);

	if (!why)
		why = channel->query(self, q->arena, q->payment.trade_no, &q->fact);
	return why ? why : q->fact.tag == CHANNEL_NOT_PAID ? &still_open : NULL;
}

static problem resolve(struct query *q, struct db *db, bool end_it)
{
	const struct channel *channel = NULL;
	void *self = NULL;
	problem why = db_read(db, load_payment, q);

	if (why || settled(&q->payment))
		return why;
	why = payment__channel(q->payments, q->payment.channel, &channel, &self);
	if (!why)
		why = channel->query(self, q->arena, q->payment.trade_no, &q->fact);
	if (why)
		return why;
	if (!end_it && leave_open(q, world_now_ms(db_world(db))))
		return &still_open;
	if (q->fact.tag == CHANNEL_NOT_PAID)
		why = close_and_ask_again(q, channel, self);
	return why ? why : db_write(db, apply_fact, q);
}

static problem read_query(struct job *job, struct query *ret)
{
	json_t *payload;
	problem why = json_read(job->arena, job->payload, &payload);

	*ret = (struct query){ .payments = payments_of(job->home), .arena = job->arena };
	if (!why)
		ret->id.v = json_get_int(payload, "payment", 0);
	return why;
}

/* Still open is no failure. */
static problem end_query(struct job *job, const struct query *q, problem why)
{
	int64_t now_ms = world_now_ms(db_world(job->db));

	if (why == &payment_mismatch)
		log_line(LOG_ERROR, "payment-mismatch", "trade_no", q->payment.trade_no, NULL);
	if (why != &still_open)
		return why;
	job_again(job, now_ms + query_wait_ms(&q->payment, now_ms));
	return NULL;
}

static problem run_query(struct job *job)
{
	struct query q;
	problem why = read_query(job, &q);

	return why ? why : end_query(job, &q, resolve(&q, job->db, false));
}

/* An attempt that is closed here may be alive at the channel, which heard of it too late. */
static problem close_there_too(struct query *q, struct db *db)
{
	const struct channel *channel = NULL;
	void *self = NULL;
	problem why = db_read(db, load_payment, q);

	if (why || q->payment.state != PAYMENT_CLOSED)
		return why;
	why = payment__channel(q->payments, q->payment.channel, &channel, &self);
	if (!why)
		why = close_and_ask_again(q, channel, self);
	return why ? why : db_write(db, apply_fact, q);
}

static problem run_close(struct job *job)
{
	struct query q;
	problem why = read_query(job, &q);

	return why ? why : end_query(job, &q, close_there_too(&q, job->db));
}

/* Somebody wants to know: the channel's answer counts, whatever was thought of this attempt. */
static problem ask_payment(struct job *job)
{
	const struct channel *channel = NULL;
	void *self = NULL;
	struct query q;
	problem why = read_query(job, &q);

	if (!why)
		why = db_read(job->db, load_payment, &q);
	if (!why)
		why = payment__channel(q.payments, q.payment.channel, &channel, &self);
	if (!why)
		why = channel->query(self, q.arena, q.payment.trade_no, &q.fact);
	if (why || leave_open(&q, world_now_ms(db_world(job->db))))
		return why;
	return db_write(job->db, apply_fact, &q);
}

static problem run_ask(struct job *job)
{
	json_t *payload;
	problem why = json_read(job->arena, job->payload, &payload);
	int64_t refund = why ? 0 : json_get_int(payload, "refund", 0);

	if (why)
		return why;
	return refund ? payment__ask_refund(job, refund) : ask_payment(job);
}

struct open_attempts {
	const char *kind;
	int64_t payable;
	struct arena *arena;
	struct payment *items;
	size_t count;
};

static problem load_open(struct tx *tx, void *arg)
{
	struct open_attempts *open = arg;

	tx_use_arena(tx, open->arena);
	return payment__open_attempts(tx, open->kind, open->payable, &open->items, &open->count);
}

problem payment_close_all(struct payments *payments, struct db *db, struct arena *arena, const char *kind, int64_t payable, bool *ret_all_closed)
{
	struct open_attempts open = { .kind = kind, .payable = payable, .arena = arena };
	problem why = db_read(db, load_open, &open);

	*ret_all_closed = !why;
	for (size_t i = 0; !why && i < open.count; i++) {
		struct query q = { .payments = payments, .arena = arena, .id = open.items[i].id };
		problem one = resolve(&q, db, true);

		if (one || !settled(&q.payment))
			*ret_all_closed = false;
	}
	return why;
}

/* ---- keys ---- */

enum { DAY_MS = 24 * HOUR_MS };

void payment__want_keys(struct tx *tx, const char *kind, struct text channel)
{
	job_add(tx, kind, channel, arena_format(tx_arena(tx), "{\"channel\":\"%.*s\"}", TEXT_ARG(channel)), 0);
}

/* A channel that is off, or whose keys do not change, needs none. */
static problem fetch_keys(struct job *job)
{
	const struct channel *channel = NULL;
	void *self = NULL;
	json_t *payload;
	problem why = json_read(job->arena, job->payload, &payload);

	if (!why && payment__channel(payments_of(job->home), json_get_text(payload, "channel"), &channel, &self))
		return NULL;
	return why || !channel->fetch_keys ? why : channel->fetch_keys(self, job->db, job->arena);
}

static problem run_keys(struct job *job)
{
	problem why = fetch_keys(job);

	if (!why || why == &payment_keys_fresh)
		job_again(job, world_now_ms(db_world(job->db)) + DAY_MS);
	return why == &payment_keys_fresh ? NULL : why;
}

static problem run_key(struct job *job)
{
	problem why = fetch_keys(job);

	if (why == &payment_keys_fresh)
		job_again(job, world_now_ms(db_world(job->db)) + MINUTE_MS);
	return why == &payment_keys_fresh ? NULL : why;
}

/* Not before the channel may be asked again. */
static int64_t keys_wait_ms(int tries) { return within((int64_t)tries * MINUTE_MS, MINUTE_MS, HOUR_MS); }

const struct job_kind payment_jobs[] = {
	{ .kind = PAYMENT_JOB_QUERY, .run = run_query, .tries_max = 500, .wait_ms = failed_wait_ms },
	{ .kind = PAYMENT_JOB_CLOSE, .run = run_close, .tries_max = 500, .wait_ms = failed_wait_ms },
	{ .kind = PAYMENT_JOB_ASK, .run = run_ask, .tries_max = 5, .first_wait_ms = 2000 },
	{ .kind = PAYMENT_JOB_REFUND, .run = payment__run_refund, .tries_max = 10000, .first_wait_ms = 2000 },
	{ .kind = PAYMENT_JOB_BILL, .run = recon__run_daily, .tries_max = 10, .first_wait_ms = MINUTE_MS },
	{ .kind = PAYMENT_JOB_KEYS, .run = run_keys, .wait_ms = keys_wait_ms },
	{ .kind = PAYMENT_JOB_KEY, .run = run_key, .tries_max = 5, .wait_ms = keys_wait_ms },
	{ 0 },
};
