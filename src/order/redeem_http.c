/* redeem_http.c - routes of codes that open a work. */
#include <time.h>

#include "account/account.h"
#include "order/redeem.h"

/* ---- who has one ---- */

struct redeeming {
	struct text code;
};
static const struct shape redeeming_shape = SHAPE(redeeming, FIELD(redeeming, code, SHAPE_TEXT, .min = 1, .max = 64, .says = "as it was typed"));
static const struct shape redeemed_shape = SHAPE(redeemed,
	FIELD(redeemed, work,     SHAPE_OBJECT, .of = &order_work_shape),
	FIELD(redeemed, until_ms, SHAPE_TIME, .says = "0: for ever"));

static problem redeem(struct request *rq)
{
	const struct redeeming *asked = rq->body;
	struct redeemed redeemed;
	problem why;

	if (!account_may_own(rq->serve, rq->tx, rq->who.id))
		return &verification_required;
	why = redeem__use(rq->tx, asked->code, rq->who.id, &redeemed);
	return why ? why : reply(rq, 201, &redeemed_shape, &redeemed);
}

/* ---- who gives them out ---- */

static const struct shape batch_shape = SHAPE(redeem_batch,
	FIELD(redeem_batch, id,          SHAPE_INT),
	FIELD(redeem_batch, name,        SHAPE_TEXT),
	FIELD(redeem_batch, work,        SHAPE_ID),
	FIELD(redeem_batch, title,       SHAPE_TEXT),
	FIELD(redeem_batch, access_days, SHAPE_INT, .says = "from the day it is redeemed; 0: for ever"),
	FIELD(redeem_batch, until_ms,    SHAPE_TIME, .says = "to be redeemed by then; 0: no end"),
	FIELD(redeem_batch, count,       SHAPE_INT),
	FIELD(redeem_batch, used,        SHAPE_INT),
	FIELD(redeem_batch, stopped_ms,  SHAPE_TIME, .says = "0: it holds"),
	FIELD(redeem_batch, created_ms,  SHAPE_TIME));

static const struct shape draft_shape = SHAPE(redeem_draft,
	FIELD(redeem_draft, name,        SHAPE_TEXT, .min = 1, .max = 60),
	FIELD(redeem_draft, work,        SHAPE_ID),
	FIELD(redeem_draft, count,       SHAPE_INT, .min = 1, .max = CODES_MAX),
	FIELD(redeem_draft, access_days, SHAPE_INT, .optional = true, .min = 0, .max = 36500),
	FIELD(redeem_draft, until_ms,    SHAPE_TIME, .optional = true));

struct redeem_made {
	struct redeem_batch batch;
	struct text *codes;
	size_t code_count;
};
static const struct shape made_shape = SHAPE(redeem_made,
	FIELD(redeem_made, batch, SHAPE_OBJECT, .of = &batch_shape),
	LIST_OF(redeem_made, codes, code_count, SHAPE_TEXT, .says = "shown this once"));

static problem make(struct request *rq)
{
	const struct redeem_draft *draft = rq->body;
	struct redeem_made made = { .code_count = (size_t)draft->count };
	problem why;

	if (draft->until_ms && draft->until_ms <= tx_now_ms(rq->tx))
		return field_wrong(rq, TEXT("until_ms"), "too-small");
	if (!text_trim(draft->name).length)
		return field_wrong(rq, TEXT("name"), "too-short");
	why = redeem__make(rq->tx, draft, &rq->who, &made.batch, &made.codes);
	return why ? why : reply(rq, 201, &made_shape, &made);
}

static problem stop(struct request *rq)
{
	struct redeem_batch batch;
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = redeem__stop(rq->tx, id, &rq->who, &batch);
	return why ? why : reply(rq, 200, &batch_shape, &batch);
}

struct redeem_page {
	int64_t after;
	struct redeem_batch *items;
	size_t item_count;
	struct text next;
};
static const struct shape page_asks = SHAPE_AS("redeem_query", redeem_page,
	FIELD(redeem_page, after, SHAPE_INT, .optional = true, .min = 1, .max = INT64_MAX));
static const struct shape page_shape = SHAPE_AS("redeem_list", redeem_page,
	LIST(redeem_page, items, item_count, &batch_shape),
	FIELD(redeem_page, next, SHAPE_TEXT, .optional = true));

static problem serve_list(struct request *rq)
{
	struct redeem_page *page = rq->asked;
	struct creator creator = { 0 };
	problem why = rq->who.roles & ADMIN ? NULL : creator_by_user(rq->tx, rq->who.id, &creator);

	if (why == &creator_missing)
		return reply(rq, 200, &page_shape, page); /* has the role, but has not begun yet */
	if (!why)
		why = redeem__list(rq->tx, creator.id, page->after, PAGE_MAX, &page->items, &page->item_count);
	if (!why && page->item_count == PAGE_MAX)
		page->next = arena_format(rq->arena, "%lld", (long long)page->items[PAGE_MAX - 1].id);
	return why ? why : reply(rq, 200, &page_shape, page);
}

/* ---- which were used: by their last letters, since nothing more of them is kept ---- */

enum { CSV_MAX = 1 << 20, BEIJING_MS = 8 * 3600 * 1000 };

static void write_time(struct buffer *out, int64_t ms)
{
	const time_t at = (time_t)((ms + BEIJING_MS) / 1000);
	struct tm tm;
	char text[32];

	if (ms && gmtime_r(&at, &tm) && strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm))
		buffer_add(out, text_of(text));
}

static problem serve_codes(struct request *rq)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(CSV_MAX);
	struct redeem_batch batch;
	struct redeem_code *codes;
	size_t n;
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = redeem__own(rq->tx, id, &rq->who, &batch);
	if (!why)
		why = redeem__codes(rq->tx, id, &codes, &n);
	if (why)
		return why;
	buffer_add(&out, TEXT("\xef\xbb\xbf" "ends_with,state,account,used_at\r\n"));
	for (size_t i = 0; i < n; i++) {
		buffer_format(&out, "%.*s,%s,", TEXT_ARG(codes[i].tail), codes[i].used_by.v ? "used" : "unused");
		if (codes[i].used_by.v)
			buffer_format(&out, "%lld", (long long)codes[i].used_by.v);
		buffer_add_char(&out, ',');
		write_time(&out, codes[i].used_ms);
		buffer_add(&out, TEXT("\r\n"));
	}
	if (out.why)
		return out.why;
	reply_header(rq, "Content-Disposition", arena_format(rq->arena, "attachment; filename=\"codes-%lld.csv\"", (long long)id));
	return reply_bytes(rq, 200, TEXT("text/csv; charset=utf-8"), arena_text(rq->arena, buffer_text(&out)));
}

static const struct route redeem_routes[] = {
	{ POST, "/api/me/redeem", redeem, WRITES, .who = LEARNER, .takes = &redeeming_shape, .gives = &redeemed_shape, .limit = LIMIT_VOUCHER,
	  .says = "Open a work by a code" },
	{ GET, "/api/studio/redeem-batches", serve_list, READS, .who = CREATOR | ADMIN, .asks = &page_asks, .gives = &page_shape, .says = "Batches of codes, newest first" },
	{ POST, "/api/studio/redeem-batches", make, WRITES, .who = CREATOR | ADMIN, .takes = &draft_shape, .gives = &made_shape,
	  .says = "Make codes; they are shown this once" },
	{ POST, "/api/studio/redeem-batches/{id}/stop", stop, WRITES, .who = CREATOR | ADMIN, .gives = &batch_shape, .says = "Its unused codes hold no more" },
	{ GET, "/api/studio/redeem-batches/{id}/codes.csv", serve_codes, READS, .who = CREATOR | ADMIN, .says = "Which were used, by their last letters" },
	{ 0 },
};

const struct module redeem_module = { .name = "redeem", .routes = redeem_routes };
