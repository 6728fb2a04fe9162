/* recon_http.c - routes of bills: the list of days, a day with its differences, a day asked for, a difference settled with a note. */
#include "payment/recon.h"

static const struct shape run_shape = SHAPE(recon_run,
	FIELD(recon_run, id,           SHAPE_INT),
	FIELD(recon_run, day,          SHAPE_TEXT),
	FIELD(recon_run, state,        SHAPE_ENUM, .names = recon_state_names),
	FIELD(recon_run, why,          SHAPE_TEXT, .optional = true, .says = "FAILED: what was in the way"),
	FIELD(recon_run, started_ms,   SHAPE_TIME),
	FIELD(recon_run, ended_ms,     SHAPE_TIME, .says = "0: not yet"),
	FIELD(recon_run, rows,         SHAPE_INT),
	FIELD(recon_run, matched,      SHAPE_INT),
	FIELD(recon_run, gross,        SHAPE_MONEY, .says = "by the bill: what came in"),
	FIELD(recon_run, refunded,     SHAPE_MONEY, .says = "by the bill: what went back"),
	FIELD(recon_run, fee,          SHAPE_INT, .says = "by the bill, in thousandths of a fen"),
	FIELD(recon_run, our_gross,    SHAPE_MONEY),
	FIELD(recon_run, our_refunded, SHAPE_MONEY),
	FIELD(recon_run, open,         SHAPE_INT, .says = "differences that nobody has settled"),
	FIELD(recon_run, resolved,     SHAPE_INT));
static const struct shape diff_shape = SHAPE(recon_diff,
	FIELD(recon_diff, id,             SHAPE_INT),
	FIELD(recon_diff, kind,           SHAPE_ENUM, .names = diff_kind_names),
	FIELD(recon_diff, about,          SHAPE_TEXT, .says = "payment, refund"),
	FIELD(recon_diff, number,         SHAPE_TEXT),
	FIELD(recon_diff, channel_number, SHAPE_TEXT),
	FIELD(recon_diff, payable_kind,   SHAPE_TEXT, .optional = true),
	FIELD(recon_diff, payable,        SHAPE_INT, .says = "the order, where the kind says so"),
	FIELD(recon_diff, ours,           SHAPE_MONEY),
	FIELD(recon_diff, theirs,         SHAPE_MONEY),
	FIELD(recon_diff, our_state,      SHAPE_TEXT),
	FIELD(recon_diff, their_state,    SHAPE_TEXT),
	FIELD(recon_diff, at_ms,          SHAPE_TIME),
	FIELD(recon_diff, resolved_ms,    SHAPE_TIME, .says = "0: not"),
	FIELD(recon_diff, resolved_by,    SHAPE_ID, .optional = true, .says = "absent: a later bill had it"),
	FIELD(recon_diff, note,           SHAPE_TEXT, .optional = true));

enum { RUNS_MAX = 31, DIFFS_MAX = 500, NOTE_MAX = 500 };

struct run_page {
	struct text before;
	struct recon_run *items;
	size_t item_count;
};
static const struct shape run_page_asks = SHAPE_AS("bill_query", run_page, FIELD(run_page, before, SHAPE_TEXT, .optional = true, .max = 10, .says = "a day: the ones before it"));
static const struct shape run_page_shape = SHAPE_AS("bill_list", run_page, LIST(run_page, items, item_count, &run_shape));

static problem serve_runs(struct request *rq)
{
	struct run_page *page = rq->asked;
	int64_t before_ms = 0;
	problem why;

	if (page->before.at && !payment_day_read(page->before, &before_ms))
		return field_wrong(rq, TEXT("before"), "pattern");
	why = recon__list(rq->tx, before_ms, RUNS_MAX, &page->items, &page->item_count);
	return why ? why : reply(rq, 200, &run_page_shape, page);
}

struct run_view {
	struct recon_run run;
	bool ties;
	struct recon_diff *diffs;
	size_t diff_count;
};
static const struct shape run_view_shape = SHAPE_AS("bill_day", run_view,
	FIELD(run_view, run,  SHAPE_OBJECT, .of = &run_shape),
	FIELD(run_view, ties, SHAPE_BOOL, .says = "the differences are all that the two totals differ by"),
	LIST(run_view, diffs, diff_count, &diff_shape));

static problem show_run(struct request *rq, struct tx *tx, int64_t id, struct run_view *view)
{
	struct money gross, refunded;
	problem why = recon__by_id(tx, id, &view->run);

	(void)rq;
	if (!why)
		why = recon__diffs(tx, id, DIFFS_MAX, &view->diffs, &view->diff_count);
	if (why)
		return why;
	recon__explained(tx, id, &gross, &refunded);
	view->ties = view->run.gross.fen - view->run.our_gross.fen == gross.fen && view->run.refunded.fen - view->run.our_refunded.fen == refunded.fen;
	return tx_problem(tx);
}

static problem serve_run(struct request *rq)
{
	struct run_view view = { 0 };
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = show_run(rq, rq->tx, id, &view);
	return why ? why : reply(rq, 200, &run_view_shape, &view);
}

struct day_draft {
	struct text day;
};
static const struct shape day_draft_shape = SHAPE_AS("bill_draft", day_draft, FIELD(day_draft, day, SHAPE_TEXT, .min = 10, .max = 10, .says = "2026-11-22, of Beijing"));

static problem take_run(struct request *rq)
{
	const struct day_draft *draft = rq->body;
	struct recon_run run;
	problem why = recon_take(payments_of(rq->serve), serve_db(rq->serve), rq->arena, draft->day, rq->who.id, &run);

	return why ? why : reply(rq, 200, &run_shape, &run);
}

struct note_draft {
	struct text note;
};
static const struct shape note_shape = SHAPE_AS("bill_note", note_draft, FIELD(note_draft, note, SHAPE_TEXT, .min = 1, .max = NOTE_MAX));

static problem resolve_diff(struct request *rq)
{
	const struct note_draft *draft = rq->body;
	struct recon_diff diff;
	struct text note = text_trim(draft->note);
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why && !note.length)
		why = field_wrong(rq, TEXT("note"), "too-short");
	if (!why)
		why = recon_resolve(rq->tx, id, note, rq->who.id, &diff);
	return why ? why : reply(rq, 200, &diff_shape, &diff);
}

const struct route recon_routes[] = {
	{ GET, "/api/bills", serve_runs, READS, .who = FINANCE | ADMIN, .asks = &run_page_asks, .gives = &run_page_shape,
	  .says = "The channel's bills that were compared, newest day first" },
	{ GET, "/api/bills/{id}", serve_run, READS, .who = FINANCE | ADMIN, .gives = &run_view_shape, .says = "A day, and how bill and book differ" },
	{ POST, "/api/bills", take_run, WORKS, .who = FINANCE | ADMIN, .takes = &day_draft_shape, .gives = &run_shape, .says = "Fetch a day's bill and compare" },
	{ POST, "/api/bills/differences/{id}/resolution", resolve_diff, WRITES, .who = FINANCE | ADMIN, .takes = &note_shape, .gives = &diff_shape,
	  .says = "Settle a difference with a note" },
	{ 0 },
};

const struct module payment_bill_module = { .name = "payment-bill", .routes = recon_routes };
