/* recon.c - a day's bill is fetched, read twice (whole first: a bill that is not sound compares with nothing), and each row is looked
 * up in our book by its number.
 *
 * A run is taken in pieces of a transaction each, so that a million rows hold nobody up; until it is DONE it says nothing. One that
 * died is begun anew. What the channel does not have on the day is a difference until a later bill has it: a refund of 23:59:59 here
 * may be one of 00:00:01 there. */
#include "payment/recon.h"

#include "audit/audit.h"
#include "base/log.h"

#include <stdio.h>
#include <time.h>

const struct problem bill_day_wrong = { 422, "bill-day-wrong", "There are bills of the last 90 days that are over." };
const struct problem bill_early = { 409, "bill-early", "The channel has not written this bill yet. It is there from 10 o'clock on." };
const struct problem bill_hash_wrong = { 502, "bill-hash-wrong", "The bill that came is not the one that was announced." };
const struct problem recon_running = { 409, "bill-running", "This bill is being compared right now." };
const struct problem recon_missing = { 404, "bill-missing", "There is no such bill or difference." };

enum { BILL_ARENA_MAX = BILL_BYTES_MAX + (16 << 20) }; /* the channel refuses a longer one; beside it, the small answers that lead to it */
enum { PIECE = 500, DAYS_KEPT = 90, DAYS_BACK = 7, HOUR_MS = 3600 * 1000, STUCK_MS = 10 * 60 * 1000, AGAIN_MS = 15 * 60 * 1000 };
#define DAY_MS     ((int64_t)24 * HOUR_MS)
#define BEIJING_MS ((int64_t)8 * HOUR_MS)

/* ---- days ---- */

struct text recon_day(struct arena *arena, int64_t ms)
{
	time_t s = (time_t)((ms + BEIJING_MS) / 1000);
	struct tm tm;
	char out[16];
	size_t n;

	gmtime_r(&s, &tm);
	n = strftime(out, sizeof out, "%Y-%m-%d", &tm);
	return arena_text(arena, (struct text){ out, n });
}

bool payment_day_read(struct text day, int64_t *ret_from_ms)
{
	struct tm tm = { 0 }, same;
	char copy[16], *end;
	int64_t s;

	if (day.length != 10)
		return false;
	snprintf(copy, sizeof copy, "%.10s", day.at);
	end = strptime(copy, "%Y-%m-%d", &tm);
	same = tm;
	s = (int64_t)timegm(&same);
	if (!end || *end || same.tm_mday != tm.tm_mday || tm.tm_year < 100 || copy[4] != '-' || copy[7] != '-')
		return false;
	*ret_from_ms = s * 1000 - BEIJING_MS;
	return true;
}

int64_t recon__next_ms(int64_t now_ms)
{
	int64_t today = (now_ms + BEIJING_MS) / DAY_MS * DAY_MS - BEIJING_MS, ten = today + 10 * HOUR_MS;

	return ten > now_ms ? ten : ten + DAY_MS;
}

/* ---- one row ---- */

struct taking {
	struct payments *payments;
	struct db *db;
	struct arena *arena, *bill;   /* bill: of what is fetched, gone with the day */
	struct recon_run run, so_far; /* so_far: before the transaction that is under way */
	int64_t from_ms;
	problem why;                  /* that a run FAILED by */
	struct bill_fact facts[PIECE];
	size_t count;
};

static struct recon_diff diff_of(const struct bill_fact *fact, enum diff_kind kind)
{
	return (struct recon_diff){ .kind = (int)kind, .about = fact->back ? TEXT("refund") : TEXT("payment"), .channel_number = fact->channel_number,
		                    .number = fact->back ? fact->refund_no : fact->trade_no, .theirs = fact->amount, .their_state = fact->state,
		                    .at_ms = fact->at_ms };
}

/* Paid there and not here: asked once more, and what is true follows by itself. */
static void ask_again(struct tx *tx, const struct payment *payment)
{
	struct text id = arena_format(tx_arena(tx), "%lld", (long long)payment->id.v);

	job_add(tx, payment->state == PAYMENT_CLOSED ? PAYMENT_JOB_CLOSE : PAYMENT_JOB_QUERY, id, arena_format(tx_arena(tx), "{\"payment\":%.*s}", TEXT_ARG(id)), 0);
}

static problem match_payment(struct tx *tx, struct taking *t, const struct bill_fact *fact)
{
	struct recon_diff diff = diff_of(fact, DIFF_CHANNEL_ONLY);
	struct payment payment;
	problem why = payment__by_trade_no(tx, t->run.channel, fact->trade_no, &payment);

	if (why == &payment_missing) {
		recon__found(tx, &t->run, &diff);
		return tx_problem(tx);
	}
	if (why)
		return why;
	diff.payment = payment.id;
	diff.our_state = text_of(payment_state_names[payment.state]);
	if (payment.state != PAYMENT_PAID && payment.state != PAYMENT_DUPLICATE_PAID) {
		diff.kind = DIFF_STATE;
		recon__found(tx, &t->run, &diff);
		ask_again(tx, &payment);
		return tx_problem(tx);
	}
	recon__matched(tx, &t->run, fact, payment.id.v);
	diff.ours = payment.amount;
	diff.kind = DIFF_AMOUNT;
	t->run.our_gross.fen += payment.amount.fen;
	if (payment.amount.fen != fact->amount.fen)
		recon__found(tx, &t->run, &diff);
	else
		t->run.matched++;
	return tx_problem(tx);
}

/* Whoever is further on says no other thing. */
static bool same_state(struct text theirs, int ours)
{
	if (text_is(theirs, "SUCCESS"))
		return ours == REFUND_SUCCESS;
	if (text_is(theirs, "FAIL"))
		return ours == REFUND_CLOSED;
	if (text_is(theirs, "CHANGE"))
		return ours == REFUND_ABNORMAL || ours == REFUND_SUCCESS;
	return ours != REFUND_APPROVED;
}

static problem match_refund(struct tx *tx, struct taking *t, const struct bill_fact *fact)
{
	struct recon_diff diff = diff_of(fact, DIFF_CHANNEL_ONLY);
	struct refund refund;
	problem why = payment__refund_by_no(tx, fact->refund_no, &refund);

	if (why == &refund_missing) {
		recon__found(tx, &t->run, &diff);
		return tx_problem(tx);
	}
	if (why)
		return why;
	diff.payment = refund.payment;
	diff.our_state = text_of(refund_state_names[refund.state]);
	diff.ours = refund.amount;
	recon__matched(tx, &t->run, fact, refund.id);
	t->run.our_refunded.fen += refund.amount.fen;
	diff.kind = refund.amount.fen != fact->amount.fen ? DIFF_AMOUNT : DIFF_STATE;
	if (diff.kind == DIFF_AMOUNT || !same_state(fact->state, refund.state))
		recon__found(tx, &t->run, &diff);
	else
		t->run.matched++;
	return tx_problem(tx);
}

/* A transaction may run twice: it counts from where the one before it ended. */
static problem match_piece(struct tx *tx, void *arg)
{
	struct taking *t = arg;
	problem why = NULL;

	t->run = t->so_far;
	for (size_t i = 0; !why && i < t->count; i++)
		why = t->facts[i].back ? match_refund(tx, t, &t->facts[i]) : match_payment(tx, t, &t->facts[i]);
	return why;
}

static problem write_piece(struct taking *t)
{
	problem why;

	t->so_far = t->run;
	why = t->count ? db_write(t->db, match_piece, t) : NULL;
	t->count = 0;
	return why;
}

static problem add_fact(void *arg, const struct bill_fact *fact)
{
	struct taking *t = arg;

	t->facts[t->count++] = *fact;
	return t->count == PIECE ? write_piece(t) : NULL;
}

/* ---- a run ---- */

static problem begin(struct tx *tx, void *arg)
{
	struct taking *t = arg;
	struct recon_run there;
	problem why = recon__by_day(tx, t->run.channel, t->run.day, &there);

	if (!why && there.state == RECON_RUNNING && there.started_ms > tx_now_ms(tx) - STUCK_MS)
		return &recon_running;
	if (why && why != &recon_missing)
		return why;
	return recon__begin(tx, &t->run);
}

static problem finish(struct tx *tx, void *arg)
{
	struct taking *t = arg;
	problem why = NULL;

	t->run = t->so_far;
	if (!t->why) {
		recon__drop_stale(tx, &t->run);
		why = recon__ours_only(tx, &t->run, t->from_ms, t->from_ms + DAY_MS);
	}
	t->run.state = t->why ? RECON_FAILED : RECON_DONE;
	t->run.why = t->why ? text_of(t->why->type) : (struct text){ 0 };
	if (!why)
		why = recon__finish(tx, &t->run);
	if (!why)
		audit_add(tx, t->run.by, t->why ? "bill-failed" : "bill-compared", "bill", t->run.id, (struct text){ 0 });
	return why;
}

static problem compare(struct taking *t, struct text bytes)
{
	struct bill_sums sums = { 0 };
	problem why = bytes.length ? bill_read(bytes, NULL, NULL, &sums) : NULL;

	if (why)
		return why;
	t->run.sha1 = sha1_hex(t->bill, bytes);
	t->run.rows = sums.rows;
	t->run.gross = sums.gross;
	t->run.refunded = sums.refunded;
	t->run.fee = sums.fee;
	if (bytes.length)
		why = bill_read(bytes, add_fact, t, &sums);
	return why ? why : write_piece(t);
}

static problem fetch(struct taking *t, struct text *ret)
{
	const struct channel *channel = NULL;
	void *self = NULL;
	problem why = payment__channel(t->payments, t->run.channel, &channel, &self);

	if (!why && !channel->bill)
		why = &payment_channel_off;
	return why ? why : channel->bill(self, t->bill, t->run.day, ret);
}

static problem reload(struct tx *tx, void *arg)
{
	struct taking *t = arg;

	tx_use_arena(tx, t->arena);
	return recon__by_id(tx, t->run.id, &t->run);
}

static problem take_bill(struct taking *t)
{
	struct text bytes = { 0 };
	problem why;

	t->bill = arena_new(BILL_ARENA_MAX);
	t->why = fetch(t, &bytes);
	if (!t->why)
		t->why = compare(t, bytes);
	t->so_far = t->run;
	why = db_write(t->db, finish, t);
	arena_free(t->bill);
	t->bill = NULL;
	t->run.sha1 = (struct text){ 0 };
	return why;
}

problem recon_take(struct payments *payments, struct db *db, struct arena *arena, struct text day, struct user_id by, struct recon_run *ret)
{
	struct taking *t = ARENA_NEW(arena, struct taking);
	int64_t now_ms = world_now_ms(db_world(db));
	problem why;

	*t = (struct taking){ .payments = payments, .db = db, .arena = arena };
	t->run = (struct recon_run){ .channel = TEXT("wechat"), .day = day, .by = by };
	if (!payment_day_read(day, &t->from_ms) || t->from_ms + DAY_MS > now_ms || t->from_ms < now_ms - DAYS_KEPT * DAY_MS)
		return &bill_day_wrong;
	why = db_write(db, begin, t);
	if (why)
		return why;
	why = take_bill(t);
	if (!why)
		why = db_read(db, reload, t);
	*ret = t->run;
	return why ? why : t->why;
}

problem recon_resolve(struct tx *tx, int64_t id, struct text note, struct user_id by, struct recon_diff *ret)
{
	problem why = recon__set_resolved(tx, id, note, by);

	if (!why)
		audit_add(tx, by, "bill-difference-resolved", "bill-difference", id, (struct text){ 0 });
	return why ? why : recon__diff(tx, id, ret);
}

/* ---- every day ---- */

struct due {
	struct arena *arena;
	int64_t now_ms;
	struct text days[DAYS_BACK];
	size_t count;
};

/* The days of the last week that are not done: the server may have been down. */
static problem find_due(struct tx *tx, void *arg)
{
	struct due *due = arg;
	struct recon_run run;

	tx_use_arena(tx, due->arena);
	due->count = 0;
	if (!recon__any_payment(tx))
		return tx_problem(tx);
	for (int64_t back = DAYS_BACK; back >= 1; back--) {
		struct text day = recon_day(due->arena, due->now_ms - back * DAY_MS);

		if (recon__by_day(tx, TEXT("wechat"), day, &run) || run.state != RECON_DONE)
			due->days[due->count++] = day;
	}
	return tx_problem(tx);
}

/* What cannot be had now is tried again in a while; a day that stays without a bill is given up after a week. */
problem recon__run_daily(struct job *job)
{
	struct due due = { .arena = job->arena, .now_ms = world_now_ms(db_world(job->db)) };
	problem why = db_read(job->db, find_due, &due), one = NULL;

	for (size_t i = 0; !why && i < due.count; i++) {
		struct recon_run run;
		problem now = recon_take(payments_of(job->home), job->db, job->arena, due.days[i], (struct user_id){ 0 }, &run);

		one = now ? now : one;
		if (now)
			log_line(LOG_WARN, "bill", "day", due.days[i], "why", text_of(now->type), NULL);
		else if (run.open)
			log_line(LOG_WARN, "bill-differences", "day", due.days[i], NULL);
	}
	if (why)
		return why;
	job_again(job, one && one != &payment_channel_off ? due.now_ms + AGAIN_MS : recon__next_ms(due.now_ms));
	return NULL;
}
