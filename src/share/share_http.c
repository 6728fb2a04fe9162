/* share_http.c - routes: a link to share, the way through it, what came by which source. */
#include "share/share_room.h"

#include "account/account.h"
#include "crypto/crypto.h"

/* ---- a link to share ---- */

struct share_draft {
	struct work_id work;
	struct text name;
};
static const struct shape share_draft_shape = SHAPE(share_draft,
	FIELD(share_draft, work, SHAPE_ID, .optional = true, .says = "without it: the home page"));
static const struct shape source_draft_shape = SHAPE_AS("source_draft", share_draft,
	FIELD(share_draft, name, SHAPE_TEXT, .min = 1, .max = SHARE_NAME_MAX),
	FIELD(share_draft, work, SHAPE_ID, .optional = true, .says = "without it: the home page, the owner's alone"));

struct share_link {
	struct text code, url;
};
static const struct shape share_link_shape = SHAPE(share_link,
	FIELD(share_link, code, SHAPE_TEXT),
	FIELD(share_link, url,  SHAPE_TEXT));

struct text share__address(struct request *rq, struct text code)
{
	return arena_format(rq->arena, "%.*s/s/%.*s", TEXT_ARG(request_origin(rq)), TEXT_ARG(code));
}

static problem share(struct request *rq)
{
	const struct share_draft *draft = rq->body;
	struct link link;
	problem why = share__own(rq->tx, rq->who.id, draft->work, &link);

	return why ? why : reply(rq, 200, &share_link_shape, &(struct share_link){ link.code, share__address(rq, link.code) });
}

/* ---- the way through ---- */

struct going {
	bool again;
};
static const struct shape going_asks = SHAPE_AS("share_going", going,
	FIELD(going, again, SHAPE_BOOL, .optional = true, .says = "the cookie was given a moment ago: is it here?"));

static void give_cookie(struct request *rq, struct text code, struct text visitor)
{
	reply_cookie(rq, "source", arena_format(rq->arena, "%.*s.%.*s", TEXT_ARG(code), TEXT_ARG(visitor)), SHARE_COOKIE_S);
}

/* A browser without our cookie is given one and comes again with it; who does not bring it goes on, and is not counted. */
static problem follow(struct request *rq)
{
	const struct going *going = rq->asked;
	struct share_cookie cookie = { 0 };
	struct link link;
	struct text to;
	bool keeps = share__read_cookie(request_cookie(rq, "source"), &cookie), counts;
	problem why = share__by_code(rq->tx, path_text(rq, "code"), &link);

	if (!why)
		why = share__target(rq->tx, &link, &to);
	if (why)
		return why;
	counts = rq->http->method != HEAD && (!link.user.v || link.user.v != rq->who.id.v || link.name.at);
	if (counts && keeps) {
		share__count(rq->tx, &link, cookie.visitor);
		give_cookie(rq, link.code, cookie.visitor);
	} else if (counts && !going->again) {
		give_cookie(rq, link.code, token_make(rq->arena, tx_world(rq->tx), 16));
		to = arena_format(rq->arena, "/s/%.*s?again=true", TEXT_ARG(link.code));
	}
	why = tx_problem(rq->tx);
	return why ? why : reply_redirect(rq, 302, to);
}

/* ---- what came by which source ---- */

struct source_row {
	int64_t id;
	struct text code, url, name, sharer, title, work_url;
	struct work_id work;
	int64_t created_ms, visits, orders, paid;
	struct money received, refunded;
};
static const struct shape source_shape = SHAPE_AS("source", source_row,
	FIELD(source_row, id,         SHAPE_INT),
	FIELD(source_row, code,       SHAPE_TEXT),
	FIELD(source_row, url,        SHAPE_TEXT),
	FIELD(source_row, name,       SHAPE_TEXT, .optional = true, .says = "of a source of the shop"),
	FIELD(source_row, sharer,     SHAPE_TEXT, .optional = true, .says = "who shares; absent: a source of the shop, or somebody who is gone"),
	FIELD(source_row, work,       SHAPE_ID, .optional = true),
	FIELD(source_row, title,      SHAPE_TEXT, .optional = true, .says = "of the work; absent: the home page"),
	FIELD(source_row, work_url,   SHAPE_TEXT),
	FIELD(source_row, created_ms, SHAPE_TIME),
	FIELD(source_row, visits,     SHAPE_INT),
	FIELD(source_row, orders,     SHAPE_INT),
	FIELD(source_row, paid,       SHAPE_INT),
	FIELD(source_row, received,   SHAPE_MONEY),
	FIELD(source_row, refunded,   SHAPE_MONEY));

struct source_list {
	int64_t after;
	struct source_row *items;
	size_t item_count;
	struct text next;
};
static const struct shape source_list_asks = SHAPE_AS("source_list_query", source_list,
	FIELD(source_list, after, SHAPE_INT, .optional = true, .min = 1, .max = INT64_MAX));
static const struct shape source_list_shape = SHAPE(source_list,
	LIST(source_list, items, item_count, &source_shape),
	FIELD(source_list, next, SHAPE_TEXT, .optional = true));

/* Of whom one may see sources: the owner of all, a creator of what is his. creator_missing: he has not begun. */
static problem seen_by(struct request *rq, struct tx *tx, struct creator_id *ret)
{
	struct creator creator;
	problem why;

	*ret = (struct creator_id){ 0 };
	if (rq->who.roles & ADMIN)
		return NULL;
	why = creator_by_user(tx, rq->who.id, &creator);
	if (!why)
		*ret = creator.id;
	return why;
}

static problem name_work(struct tx *tx, const struct link *link, struct source_row *row)
{
	struct work_card card;
	problem why = link->work.v ? work_by_id(tx, link->work, &card) : NULL;

	row->work_url = TEXT("/");
	if (why || !link->work.v)
		return why;
	row->title = card.title;
	row->work_url = card.url;
	return NULL;
}

static problem name_sharer(struct tx *tx, const struct link *link, struct source_row *row)
{
	struct account account;
	problem why = link->user.v && !link->name.at ? account_by_id(tx, link->user, &account) : &user_missing;

	if (!why)
		row->sharer = account.name;
	return why == &user_missing ? NULL : why;
}

static problem fill_row(struct request *rq, struct tx *tx, struct creator_id creator, const struct link *link, struct source_row *row)
{
	struct order_source_sum sum;
	problem why = order_source_sum(tx, link->id, creator, &sum);

	if (why)
		return why;
	*row = (struct source_row){ .id = link->id, .code = link->code, .url = share__address(rq, link->code), .name = link->name, .work = link->work,
		                    .created_ms = link->created_ms, .visits = link->visits, .orders = sum.orders, .paid = sum.paid,
		                    .received = sum.received, .refunded = sum.refunded };
	why = name_work(tx, link, row);
	return why ? why : name_sharer(tx, link, row);
}

/* `after` is what was asked; list->after becomes where the next page begins. */
static problem list_sources(struct request *rq, struct tx *tx, int64_t after, struct source_list *list)
{
	struct share_query query = { .before = after };
	struct link *links;
	problem why = seen_by(rq, tx, &query.creator);

	if (!why)
		why = share__list(tx, &query, PAGE_MAX, &links, &list->item_count);
	if (why)
		return why;
	list->items = ARENA_ARRAY(tx_arena(tx), struct source_row, list->item_count + 1);
	for (size_t i = 0; !why && i < list->item_count; i++)
		why = fill_row(rq, tx, query.creator, &links[i], &list->items[i]);
	list->after = list->item_count == PAGE_MAX ? links[PAGE_MAX - 1].id : 0;
	return why;
}

static problem serve_sources(struct request *rq)
{
	struct source_list *list = rq->asked;
	problem why = list_sources(rq, rq->tx, list->after, list);

	if (why && why != &creator_missing)
		return why;
	if (!why && list->after)
		list->next = arena_format(rq->arena, "%lld", (long long)list->after);
	return reply(rq, 200, &source_list_shape, list);
}

/* The home page is the owner's to speak for; a work, its creator's too. */
static problem may_name(struct request *rq, struct work_id work)
{
	struct creator_id creator;
	struct work_card card;
	problem why = seen_by(rq, rq->tx, &creator);

	if (why || !creator.v)
		return why;
	if (!work.v)
		return &problem_forbidden;
	why = work_by_id(rq->tx, work, &card);
	return why ? why : card.creator.v == creator.v ? NULL : &work_missing;
}

static problem add_source(struct request *rq)
{
	const struct share_draft *draft = rq->body;
	struct link made = { .user = rq->who.id, .name = text_trim(draft->name), .work = draft->work };
	struct source_row row;
	problem why = made.name.length ? may_name(rq, draft->work) : field_wrong(rq, TEXT("name"), "too-short");

	if (!why)
		why = share__add(rq->tx, &made, &made);
	if (!why)
		why = fill_row(rq, rq->tx, made.creator, &made, &row);
	return why ? why : reply(rq, 201, &source_shape, &row);
}

/* ---- as a table for Excel ---- */

enum { SHEET_BYTES_MAX = 8 << 20, SHEET_PAGE_MAX = 64 << 20, SHEET_ROWS_MAX = 20000 };

struct sheet {
	struct request *rq;
	struct arena *arena; /* of the page's rows; emptied after each */
	struct buffer out;
	int64_t after;
	struct source_list page;
	size_t rows;
};

/* A cell that begins like a formula is made a text: names come from people. */
static void add_cell(struct buffer *out, struct text t, bool last)
{
	buffer_add_char(out, '"');
	if (t.length && strchr("=+-@\t\r", t.at[0]))
		buffer_add_char(out, '\'');
	for (size_t i = 0; i < t.length; i++) {
		if (t.at[i] == '"')
			buffer_add_char(out, '"');
		buffer_add_char(out, t.at[i]);
	}
	buffer_add(out, last ? TEXT("\"\r\n") : TEXT("\","));
}

static void add_head(struct sheet *s)
{
	static const char *const keys[] = { "poster.csv_source", "poster.csv_work", "poster.csv_url", "poster.csv_visits", "poster.csv_orders",
		                            "poster.csv_paid", "poster.csv_received", "poster.csv_refunded" };
	size_t n = sizeof keys / sizeof *keys;

	buffer_add(&s->out, TEXT("\xEF\xBB\xBF"));
	for (size_t i = 0; i < n; i++)
		add_cell(&s->out, say(s->rq, keys[i]), i + 1 == n);
}

static void add_line(struct sheet *s, const struct source_row *row)
{
	char received[MONEY_TEXT_MAX], refunded[MONEY_TEXT_MAX];

	add_cell(&s->out, row->name.at ? row->name : row->sharer, false);
	add_cell(&s->out, row->title.at ? row->title : say(s->rq, "nav.home"), false);
	add_cell(&s->out, row->url, false);
	buffer_format(&s->out, "%lld,%lld,%lld,", (long long)row->visits, (long long)row->orders, (long long)row->paid);
	buffer_add(&s->out, money_to_yuan(row->received, received));
	buffer_add_char(&s->out, ',');
	buffer_add(&s->out, money_to_yuan(row->refunded, refunded));
	buffer_add(&s->out, TEXT("\r\n"));
}

static problem read_page(struct tx *tx, void *arg)
{
	struct sheet *s = arg;

	arena_reset(s->arena); /* it may run again */
	tx_use_arena(tx, s->arena);
	return list_sources(s->rq, tx, s->after, &s->page);
}

static problem write_sheet(struct sheet *s)
{
	problem why = NULL;

	add_head(s);
	do {
		why = request_read(s->rq, read_page, s);
		for (size_t i = 0; !why && i < s->page.item_count; i++)
			add_line(s, &s->page.items[i]);
		s->rows += s->page.item_count;
		s->after = s->page.after;
	} while (!why && s->after && s->rows < SHEET_ROWS_MAX);
	why = why == &creator_missing ? NULL : why;
	return why ? why : s->out.why;
}

static problem serve_sheet(struct request *rq)
{
	struct sheet s = { .rq = rq, .arena = arena_new(SHEET_PAGE_MAX), .out = BUFFER(SHEET_BYTES_MAX) };
	problem why = write_sheet(&s);

	arena_free(s.arena);

	if (!why) {
		reply_header(rq, "Content-Disposition", TEXT("attachment; filename=\"sources.csv\""));
		why = reply_bytes(rq, 200, TEXT("text/csv; charset=utf-8"), arena_text(rq->arena, buffer_text(&s.out)));
	}
	buffer_free(&s.out);
	return why;
}

const struct route share_routes[] = {
	{ GET, "/s/{code}", follow, WRITES, .who = ANYBODY, .asks = &going_asks, .page = true, .says = "Through a link that somebody shared" },
	{ POST, "/api/share/links", share, WRITES, .who = LEARNER, .takes = &share_draft_shape, .gives = &share_link_shape,
	  .says = "My link to a work, or to the home page: the same each time" },
	{ GET, "/api/studio/sources", serve_sources, READS, .who = CREATOR | ADMIN, .asks = &source_list_asks, .gives = &source_list_shape,
	  .says = "Links, and what came by them: of one's own works, for the owner of all" },
	{ POST, "/api/studio/sources", add_source, WRITES, .who = CREATOR | ADMIN, .takes = &source_draft_shape, .gives = &source_shape,
	  .says = "A link with a name, for a poster on a wall or an article" },
	{ GET, "/api/studio/sources.csv", serve_sheet, WORKS, .who = CREATOR | ADMIN, .says = "The same as a table" },
	{ GET, "/s/{code}/qr.svg", share__serve_code, READS, .who = ANYBODY, .says = "A link as a QR code" },
	/* slow, and not to hold up payments: beside the uploads */
	{ GET, "/share/works/{id}/poster.jpg", share__work_poster, STREAMS, .who = ANYBODY, .asks = &share_poster_asks, .limit = LIMIT_PICTURE,
	  .says = "A poster of a work, 750 x 1334" },
	{ GET, "/share/poster.jpg", share__home_poster, STREAMS, .who = ANYBODY, .asks = &share_poster_asks, .limit = LIMIT_PICTURE,
	  .says = "A poster of the shop" },
	{ GET, "/share/works/{id}/card.jpg", share__work_card, STREAMS, .who = ANYBODY, .asks = &share_card_asks, .limit = LIMIT_PICTURE,
	  .says = "What a link to a work shows, 1200 x 630" },
	{ GET, "/share/card.jpg", share__home_card, STREAMS, .who = ANYBODY, .asks = &share_card_asks, .limit = LIMIT_PICTURE,
	  .says = "What a link to the shop shows" },
	{ 0 },
};
