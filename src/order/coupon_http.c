/* coupon_http.c - routes of coupons: what one does to a price, and those that a creator or the shop gives out. */
#include "order/coupon.h"

/* ---- the buyer ---- */

struct price_quote {
	struct work_id work;
	struct text code;
	struct money list_price, price, off, total;
	struct text coupon;
};
static const struct shape quote_takes = SHAPE_AS("price_question", price_quote,
	FIELD(price_quote, work, SHAPE_ID),
	FIELD(price_quote, code, SHAPE_TEXT, .min = 1, .max = 64, .says = "as it was typed"));
static const struct shape quote_gives = SHAPE(price_quote,
	FIELD(price_quote, list_price, SHAPE_MONEY, .says = "before a dated discount"),
	FIELD(price_quote, price,      SHAPE_MONEY, .says = "before the coupon"),
	FIELD(price_quote, off,        SHAPE_MONEY),
	FIELD(price_quote, total,      SHAPE_MONEY, .says = "what is to be paid"),
	FIELD(price_quote, coupon,     SHAPE_TEXT, .says = "its name"));

static problem serve_quote(struct request *rq)
{
	struct price_quote *quote = rq->body;
	struct work_card card;
	struct coupon coupon = { 0 };
	problem why = work_for_sale(rq->tx, quote->work, &card);

	if (!why)
		why = coupon__quote(rq->tx, quote->code, rq->who.id, &card, &coupon);
	if (why)
		return why;
	quote->list_price = card.discounted ? card.list_price : card.price;
	quote->price = card.price;
	quote->off = coupon.off;
	quote->total = MONEY(card.price.fen - coupon.off.fen);
	quote->coupon = coupon.batch.name;
	return reply(rq, 200, &quote_gives, quote);
}

/* ---- who gives them out ---- */

const struct shape coupon_batch_shape = SHAPE(coupon_batch,
	FIELD(coupon_batch, id,           SHAPE_INT),
	FIELD(coupon_batch, name,         SHAPE_TEXT),
	FIELD(coupon_batch, word,         SHAPE_TEXT, .optional = true, .says = "what people type; absent: single codes"),
	FIELD(coupon_batch, bearer,       SHAPE_ENUM, .names = coupon_bearer_names),
	FIELD(coupon_batch, amount_off,   SHAPE_MONEY),
	FIELD(coupon_batch, permille_off, SHAPE_INT),
	FIELD(coupon_batch, most_off,     SHAPE_MONEY, .says = "of a share; 0: no limit"),
	FIELD(coupon_batch, least_price,  SHAPE_MONEY),
	FIELD(coupon_batch, from_ms,      SHAPE_TIME),
	FIELD(coupon_batch, until_ms,     SHAPE_TIME, .says = "0: for ever"),
	FIELD(coupon_batch, stock,        SHAPE_INT),
	FIELD(coupon_batch, each_max,     SHAPE_INT, .says = "per person; 0: no limit"),
	LIST_OF(coupon_batch, works, work_count, SHAPE_INT, .says = "none: all"),
	FIELD(coupon_batch, reserved,     SHAPE_INT, .says = "by orders that wait to be paid"),
	FIELD(coupon_batch, used,         SHAPE_INT),
	FIELD(coupon_batch, given,        SHAPE_MONEY, .says = "by those that were used"),
	FIELD(coupon_batch, stopped_ms,   SHAPE_TIME, .says = "0: it holds"),
	FIELD(coupon_batch, created_ms,   SHAPE_TIME));

enum { PRICE_MAX = 100000000, STOCK_MAX = 1000000 };

static const struct shape draft_shape = SHAPE(coupon_draft,
	FIELD(coupon_draft, name,         SHAPE_TEXT, .min = 1, .max = 60),
	FIELD(coupon_draft, word,         SHAPE_TEXT, .optional = true, .max = 32, .says = "what people type; else .codes"),
	FIELD(coupon_draft, codes,        SHAPE_INT, .optional = true, .min = 0, .max = CODES_MAX, .says = "so many single codes"),
	FIELD(coupon_draft, bearer,       SHAPE_ENUM, .names = coupon_bearer_names),
	FIELD(coupon_draft, amount_off,   SHAPE_MONEY, .optional = true, .min = 0, .max = PRICE_MAX),
	FIELD(coupon_draft, permille_off, SHAPE_INT, .optional = true, .min = 0, .max = 1000),
	FIELD(coupon_draft, most_off,     SHAPE_MONEY, .optional = true, .min = 0, .max = PRICE_MAX),
	FIELD(coupon_draft, least_price,  SHAPE_MONEY, .optional = true, .min = 0, .max = PRICE_MAX),
	FIELD(coupon_draft, from_ms,      SHAPE_TIME, .optional = true, .says = "absent: now"),
	FIELD(coupon_draft, until_ms,     SHAPE_TIME, .optional = true, .says = "absent: for ever"),
	FIELD(coupon_draft, stock,        SHAPE_INT, .optional = true, .min = 0, .max = STOCK_MAX, .says = "of a word"),
	FIELD(coupon_draft, each_max,     SHAPE_INT, .min = 0, .max = 1000),
	LIST_OF(coupon_draft, works, work_count, SHAPE_INT, .optional = true, .max = COUPON_WORKS_MAX));

static problem check_draft(struct request *rq, const struct coupon_draft *d)
{
	struct text word = order__fold_code(rq->arena, d->word);

	if ((d->amount_off.fen > 0) == (d->permille_off > 0))
		return field_wrong(rq, TEXT("amount_off"), d->amount_off.fen ? "too-large" : "missing");
	if ((word.length > 0) == (d->codes > 0))
		return field_wrong(rq, TEXT("word"), word.length ? "too-long" : "missing");
	if (word.length && text_characters(word) < 3)
		return field_wrong(rq, TEXT("word"), "too-short");
	if (word.length && d->stock < 1)
		return field_wrong(rq, TEXT("stock"), "too-small");
	if (d->until_ms && (d->until_ms <= d->from_ms || d->until_ms <= tx_now_ms(rq->tx)))
		return field_wrong(rq, TEXT("until_ms"), "too-small");
	return text_trim(d->name).length ? NULL : field_wrong(rq, TEXT("name"), "too-short");
}

struct coupon_made {
	struct coupon_batch coupon;
	struct text *codes;
	size_t code_count;
};
static const struct shape made_shape = SHAPE(coupon_made,
	FIELD(coupon_made, coupon, SHAPE_OBJECT, .of = &coupon_batch_shape),
	LIST_OF(coupon_made, codes, code_count, SHAPE_TEXT, .says = "shown this once"));

static problem make(struct request *rq)
{
	const struct coupon_draft *draft = rq->body;
	struct coupon_made made = { .code_count = (size_t)draft->codes };
	problem why = check_draft(rq, draft);

	if (!why)
		why = coupon__make(rq->tx, draft, &rq->who, &made.coupon, &made.codes);
	return why ? why : reply(rq, 201, &made_shape, &made);
}

static problem stop(struct request *rq)
{
	struct coupon_batch batch;
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = coupon__stop(rq->tx, id, &rq->who, &batch);
	return why ? why : reply(rq, 200, &coupon_batch_shape, &batch);
}

struct coupon_page {
	int64_t after;
	struct coupon_batch *items;
	size_t item_count;
	struct text next;
};
static const struct shape page_asks = SHAPE_AS("coupon_query", coupon_page,
	FIELD(coupon_page, after, SHAPE_INT, .optional = true, .min = 1, .max = INT64_MAX));
static const struct shape page_shape = SHAPE_AS("coupon_list", coupon_page,
	LIST(coupon_page, items, item_count, &coupon_batch_shape),
	FIELD(coupon_page, next, SHAPE_TEXT, .optional = true));

static problem serve_list(struct request *rq)
{
	struct coupon_page *page = rq->asked;
	struct creator creator = { 0 };
	problem why = rq->who.roles & ADMIN ? NULL : creator_by_user(rq->tx, rq->who.id, &creator);

	if (why == &creator_missing)
		return reply(rq, 200, &page_shape, page); /* has the role, but has not begun yet */
	if (!why)
		why = coupon__list(rq->tx, creator.id, page->after, PAGE_MAX, &page->items, &page->item_count);
	if (!why && page->item_count == PAGE_MAX)
		page->next = arena_format(rq->arena, "%lld", (long long)page->items[PAGE_MAX - 1].id);
	return why ? why : reply(rq, 200, &page_shape, page);
}

const struct route coupon_routes[] = {
	{ POST, "/api/orders/quote", serve_quote, READS, .who = LEARNER, .takes = &quote_takes, .gives = &quote_gives, .limit = LIMIT_VOUCHER,
	  .says = "What a code takes off a price" },
	{ GET, "/api/studio/coupons", serve_list, READS, .who = CREATOR | ADMIN, .asks = &page_asks, .gives = &page_shape, .says = "Coupons, newest first" },
	{ POST, "/api/studio/coupons", make, WRITES, .who = CREATOR | ADMIN, .takes = &draft_shape, .gives = &made_shape,
	  .says = "Make a coupon; single codes are shown this once" },
	{ POST, "/api/studio/coupons/{id}/stop", stop, WRITES, .who = CREATOR | ADMIN, .gives = &coupon_batch_shape, .says = "It holds no more; orders keep theirs" },
	{ 0 },
};

const struct module coupon_module = { .name = "coupon", .routes = coupon_routes };
