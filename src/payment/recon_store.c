/* recon_store.c - SQL of bills that were compared, and of their differences. */
#include "payment/recon.h"

const char *const recon_state_names[] = { NULL, [RECON_RUNNING] = "RUNNING", [RECON_DONE] = "DONE", [RECON_FAILED] = "FAILED", NULL };
const char *const diff_kind_names[] = { NULL, [DIFF_CHANNEL_ONLY] = "CHANNEL_ONLY", [DIFF_OURS_ONLY] = "OURS_ONLY", [DIFF_AMOUNT] = "AMOUNT",
	                                [DIFF_STATE] = "STATE", NULL };

static const struct shape run_row = SHAPE_AS("recon_run_row", recon_run,
	FIELD(recon_run, id,           SHAPE_INT),
	FIELD(recon_run, channel,      SHAPE_TEXT),
	FIELD(recon_run, day,          SHAPE_TEXT),
	FIELD(recon_run, state,        SHAPE_ENUM, .names = recon_state_names),
	FIELD(recon_run, why,          SHAPE_TEXT, .nullable = true),
	FIELD(recon_run, started_ms,   SHAPE_TIME),
	FIELD(recon_run, ended_ms,     SHAPE_TIME, .nullable = true),
	FIELD(recon_run, by,           SHAPE_ID),
	FIELD(recon_run, sha1,         SHAPE_TEXT, .nullable = true),
	FIELD(recon_run, rows,         SHAPE_INT),
	FIELD(recon_run, matched,      SHAPE_INT),
	FIELD(recon_run, gross,        SHAPE_MONEY),
	FIELD(recon_run, refunded,     SHAPE_MONEY),
	FIELD(recon_run, fee,          SHAPE_INT),
	FIELD(recon_run, our_gross,    SHAPE_MONEY),
	FIELD(recon_run, our_refunded, SHAPE_MONEY),
	FIELD(recon_run, open,         SHAPE_INT),
	FIELD(recon_run, resolved,     SHAPE_INT));

#define RUN_SELECT                                                                                                             \
	"select r.id, r.channel, r.day, r.state, r.why, r.started_ms, r.ended_ms, r.asked_by, r.sha1, r.bill_rows, r.matched, r.bill_gross," \
	" r.bill_refunded, r.bill_fee, r.our_gross, r.our_refunded,"                                                            \
	" (select count(*) from recon_diff d where d.run_id = r.id and d.resolved_ms is null),"                                 \
	" (select count(*) from recon_diff d where d.run_id = r.id and d.resolved_ms is not null) from recon_run r"

problem recon__by_id(struct tx *tx, int64_t id, struct recon_run *ret)
{
	return read_one(tx, &recon_missing, &run_row, ret, RUN_SELECT " where r.id = $1", V(id));
}

problem recon__by_day(struct tx *tx, struct text channel, struct text day, struct recon_run *ret)
{
	return read_one(tx, &recon_missing, &run_row, ret, RUN_SELECT " where r.channel = $1 and r.day = $2", V(channel, day));
}

problem recon__list(struct tx *tx, int64_t before, size_t most, struct recon_run **ret, size_t *ret_count)
{
	struct text day = before ? recon_day(tx_arena(tx), before) : TEXT("9999-12-31");

	return read_all(tx, &run_row, most, (void **)ret, ret_count, RUN_SELECT " where r.day < $1 order by r.day desc, r.id desc limit $2", V(day, most));
}

/* Taken anew it begins from nothing: what the bill had before, it may not have now. */
problem recon__begin(struct tx *tx, struct recon_run *r)
{
	r->started_ms = tx_now_ms(tx);
	r->state = RECON_RUNNING;
	run(tx,
	    "insert into recon_run (id, channel, day, state, started_ms, asked_by) values ($1, $2, $3, 'RUNNING', $4, $5)"
	    " on conflict (channel, day) do update set state = 'RUNNING', asked_by = excluded.asked_by, why = null,"
	    " ended_ms = null, started_ms = case when excluded.started_ms > recon_run.started_ms then excluded.started_ms else recon_run.started_ms + 1 end",
	    V(tx_id(tx), r->channel, r->day, r->started_ms, r->by.v));
	r->id = read_int(tx, 0, "select id from recon_run where channel = $1 and day = $2", V(r->channel, r->day));
	r->started_ms = read_int(tx, 0, "select started_ms from recon_run where id = $1", V(r->id)); /* tells this run from the one before */
	run(tx, "update payment set billed_day = null where billed_day = $1", V(r->day));
	run(tx, "update refund set billed_day = null where billed_day = $1", V(r->day));
	return tx_problem(tx);
}

problem recon__finish(struct tx *tx, const struct recon_run *r)
{
	return run_one(tx, &recon_missing,
	               "update recon_run set state = $1, why = $2, ended_ms = $3, sha1 = $4, bill_rows = $5, matched = $6, bill_gross = $7, bill_refunded = $8,"
	               " bill_fee = $9, our_gross = $10, our_refunded = $11 where id = $12",
	               V(recon_state_names[r->state], r->why, tx_now_ms(tx), r->sha1, r->rows, r->matched, r->gross.fen, r->refunded.fen, r->fee,
	                 r->our_gross.fen, r->our_refunded.fen, r->id));
}

/* Found again: as it is now; what was noted about it stays. */
void recon__found(struct tx *tx, const struct recon_run *r, const struct recon_diff *d)
{
	run(tx,
	    "insert into recon_diff (id, run_id, kind, about, number, channel_number, payment_id, ours, theirs, our_state, their_state, at_ms, seen_ms)"
	    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict (run_id, about, number, channel_number) do update set"
	    " kind = excluded.kind, payment_id = excluded.payment_id, ours = excluded.ours, theirs = excluded.theirs, our_state = excluded.our_state,"
	    " their_state = excluded.their_state, at_ms = excluded.at_ms, seen_ms = excluded.seen_ms",
	    V(tx_id(tx), r->id, diff_kind_names[d->kind], d->about, d->number.at ? d->number : TEXT(""), d->channel_number.at ? d->channel_number : TEXT(""),
	      d->payment.v ? value_int(d->payment.v) : value_null(), d->ours.fen, d->theirs.fen, d->our_state.at ? d->our_state : TEXT(""),
	      d->their_state.at ? d->their_state : TEXT(""), d->at_ms, r->started_ms));
}

/* A bill had it: also what an earlier day's bill was found to lack. */
void recon__matched(struct tx *tx, const struct recon_run *r, const struct bill_fact *fact, int64_t id)
{
	struct text number = fact->back ? fact->refund_no : fact->trade_no;

	if (fact->back)
		run(tx, "update refund set billed_day = $1 where id = $2", V(r->day, id));
	else
		run(tx, "update payment set billed_day = $1 where id = $2", V(r->day, id));
	run(tx,
	    "update recon_diff set resolved_ms = $1, resolved_by = 0, note = $2 where about = $3 and number = $4 and kind = 'OURS_ONLY' and resolved_ms is null"
	    " and run_id <> $5",
	    V(tx_now_ms(tx), r->day, fact->back ? "refund" : "payment", number, r->id));
}

/* What this run did not find any more, unless somebody has said something about it. */
void recon__drop_stale(struct tx *tx, const struct recon_run *r)
{
	run(tx, "delete from recon_diff where run_id = $1 and seen_ms < $2 and resolved_ms is null", V(r->id, r->started_ms));
}

struct ours {
	struct payment_id payment;
	struct text number, channel_number, state;
	struct money amount;
	int64_t at_ms;
};
static const struct shape ours_row = SHAPE(ours,
	FIELD(ours, payment,        SHAPE_ID),
	FIELD(ours, number,         SHAPE_TEXT),
	FIELD(ours, channel_number, SHAPE_TEXT, .nullable = true),
	FIELD(ours, state,          SHAPE_TEXT),
	FIELD(ours, amount,         SHAPE_MONEY),
	FIELD(ours, at_ms,          SHAPE_TIME));

struct adding {
	struct tx *tx;
	struct recon_run *run;
	const char *about;
};

static problem add_ours(void *arg, const void *row)
{
	struct adding *a = arg;
	const struct ours *o = row;

	recon__found(a->tx, a->run, &(struct recon_diff){ .kind = DIFF_OURS_ONLY, .about = text_of(a->about), .number = o->number, .channel_number = o->channel_number,
		                                          .payment = o->payment, .ours = o->amount, .our_state = o->state, .at_ms = o->at_ms });
	if (!strcmp(a->about, "refund"))
		a->run->our_refunded.fen += o->amount.fen;
	else
		a->run->our_gross.fen += o->amount.fen;
	return tx_problem(a->tx);
}

enum { OURS_MAX = 10000 };

static problem add_list(struct adding *a, const struct ours *list, size_t n)
{
	problem why = NULL;

	for (size_t i = 0; !why && i < n; i++)
		why = add_ours(a, &list[i]);
	return why;
}

problem recon__ours_only(struct tx *tx, struct recon_run *r, int64_t from_ms, int64_t to_ms)
{
	struct adding payments = { tx, r, "payment" }, refunds = { tx, r, "refund" };
	struct ours *list;
	size_t n;
	problem why = read_all(tx, &ours_row, OURS_MAX, (void **)&list, &n,
	                       "select id, trade_no, transaction_id, state, amount, paid_ms from payment where channel = $1 and paid_ms >= $2 and paid_ms < $3"
	                       " and state in ('PAID', 'DUPLICATE_PAID') and billed_day is null order by id limit 10000",
	                       V(r->channel, from_ms, to_ms));

	if (!why)
		why = add_list(&payments, list, n);
	if (!why)
		why = read_all(tx, &ours_row, OURS_MAX, (void **)&list, &n,
		               "select r.payment_id, r.refund_no, '', r.state, r.amount, r.sent_ms from refund r join payment p on p.id = r.payment_id"
		               " where p.channel = $1 and r.sent_ms >= $2 and r.sent_ms < $3 and r.state in ('PROCESSING', 'SUCCESS', 'ABNORMAL')"
		               " and r.billed_day is null order by r.id limit 10000",
		               V(r->channel, from_ms, to_ms));
	return why ? why : add_list(&refunds, list, n);
}

static const struct shape diff_row = SHAPE_AS("recon_diff_row", recon_diff,
	FIELD(recon_diff, id,             SHAPE_INT),
	FIELD(recon_diff, run,            SHAPE_INT),
	FIELD(recon_diff, day,            SHAPE_TEXT),
	FIELD(recon_diff, kind,           SHAPE_ENUM, .names = diff_kind_names),
	FIELD(recon_diff, about,          SHAPE_TEXT),
	FIELD(recon_diff, number,         SHAPE_TEXT),
	FIELD(recon_diff, channel_number, SHAPE_TEXT),
	FIELD(recon_diff, payment,        SHAPE_ID, .nullable = true),
	FIELD(recon_diff, payable_kind,   SHAPE_TEXT, .nullable = true),
	FIELD(recon_diff, payable,        SHAPE_INT, .nullable = true),
	FIELD(recon_diff, ours,           SHAPE_MONEY),
	FIELD(recon_diff, theirs,         SHAPE_MONEY),
	FIELD(recon_diff, our_state,      SHAPE_TEXT),
	FIELD(recon_diff, their_state,    SHAPE_TEXT),
	FIELD(recon_diff, at_ms,          SHAPE_TIME),
	FIELD(recon_diff, resolved_ms,    SHAPE_TIME, .nullable = true),
	FIELD(recon_diff, resolved_by,    SHAPE_ID, .nullable = true),
	FIELD(recon_diff, note,           SHAPE_TEXT, .nullable = true));

#define DIFF_SELECT                                                                                                            \
	"select d.id, d.run_id, r.day, d.kind, d.about, d.number, d.channel_number, d.payment_id, p.payable_kind, p.payable_id, d.ours, d.theirs," \
	" d.our_state, d.their_state, d.at_ms, d.resolved_ms, d.resolved_by, d.note from recon_diff d join recon_run r on r.id = d.run_id" \
	" left join payment p on p.id = d.payment_id"

problem recon__diffs(struct tx *tx, int64_t run, size_t most, struct recon_diff **ret, size_t *ret_count)
{
	return read_all(tx, &diff_row, most, (void **)ret, ret_count,
	                DIFF_SELECT " where d.run_id = $1 order by case when d.resolved_ms is null then 0 else 1 end, d.id limit $2", V(run, most));
}

problem recon__diff(struct tx *tx, int64_t id, struct recon_diff *ret)
{
	return read_one(tx, &recon_missing, &diff_row, ret, DIFF_SELECT " where d.id = $1", V(id));
}

problem recon__set_resolved(struct tx *tx, int64_t diff, struct text note, struct user_id by)
{
	return run_one(tx, &recon_missing, "update recon_diff set resolved_ms = $1, resolved_by = $2, note = $3 where id = $4",
	               V(tx_now_ms(tx), by.v, note, diff));
}

void recon__explained(struct tx *tx, int64_t run, struct money *ret_gross, struct money *ret_refunded)
{
	ret_gross->fen = read_int(tx, 0, "select coalesce(sum(theirs - ours), 0) from recon_diff where run_id = $1 and about = 'payment'", V(run));
	ret_refunded->fen = read_int(tx, 0, "select coalesce(sum(theirs - ours), 0) from recon_diff where run_id = $1 and about = 'refund'", V(run));
}

bool recon__any_payment(struct tx *tx) { return read_int(tx, 0, "select 1 from payment where paid_ms is not null limit 1", V0) == 1; }
