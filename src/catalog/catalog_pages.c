/* catalog_pages.c - public pages: whole HTML from the same structs and shapes as the API, readable without script. */
#include <assert.h>

#include "catalog/bundle_room.h"
#include "catalog/doc.h"
#include "catalog/pages.h"
#include "catalog/shelf.h"
#include "site/shop.h"
#include "site/site.h"

static bool english(const struct request *rq) { return text_is(rq->language, "en"); }
static struct text prefix(const struct request *rq) { return english(rq) ? TEXT("/en") : TEXT(""); }

static struct text say_of(struct request *rq, const char *group, const char *name)
{
	return say(rq, arena_cstr(rq->arena, arena_format(rq->arena, "%s.%s", group, name)));
}

/* ---- JSON-LD ---- */

static void write_member(struct buffer *out, const char *key, struct text value)
{
	buffer_add_char(out, ',');
	json_write_key(out, key);
	json_write_text(out, value);
}

/* more: members of the parts, each behind a comma. */
static struct text work_json_ld(struct request *rq, const struct work_card *card, struct text more)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(64 * 1024);
	char yuan[MONEY_TEXT_MAX];
	const char *type = card->kind == WORK_EBOOK ? "Book" : card->kind == WORK_BUNDLE ? "Collection" : "Course";

	buffer_format(&out, "{\"@context\":\"https://schema.org\",\"@type\":\"%s\"", type);
	write_member(&out, "name", card->title);
	write_member(&out, "description", card->summary);
	write_member(&out, "inLanguage", card->language);
	write_member(&out, "url", arena_format(rq->arena, "%.*s%.*s", TEXT_ARG(request_origin(rq)), TEXT_ARG(card->url)));
	buffer_format(&out, ",\"%s\":{\"@type\":\"Person\"", card->kind == WORK_EBOOK || card->kind == WORK_BUNDLE ? "author" : "provider");
	write_member(&out, "name", card->author.name);
	buffer_add(&out, TEXT("},\"offers\":{\"@type\":\"Offer\",\"priceCurrency\":\"CNY\",\"category\":"));
	buffer_add(&out, card->free ? TEXT("\"Free\"") : TEXT("\"Paid\""));
	write_member(&out, "price", money_to_yuan(card->price, yuan));
	buffer_add_char(&out, '}');
	buffer_add(&out, more);
	buffer_add_char(&out, '}');
	return arena_text(rq->arena, buffer_text(&out));
}

/* ---- home ---- */

struct pick_shelf {
	struct text key, title;
	struct work_card *works;
	size_t work_count;
};
static const struct shape pick_shelf_shape = SHAPE(pick_shelf,
	FIELD(pick_shelf, key,   SHAPE_TEXT),
	FIELD(pick_shelf, title, SHAPE_TEXT),
	LIST(pick_shelf, works, work_count, &work_card_shape));

struct home_page {
	struct pick_shelf *picks;
	size_t pick_count;
	struct work_card *art, *newest, *popular, *free_works;
	size_t art_count, newest_count, popular_count, free_count;
	struct shown_category *categories;
	size_t category_count;
	bool has_categories, has_free;
	int64_t refund_days;       /* as new works begin with; 0: none */
};
static const struct shape home_shape = SHAPE(home_page,
	LIST(home_page, picks,      pick_count,     &pick_shelf_shape),
	LIST(home_page, art,        art_count,      &work_card_shape),
	LIST(home_page, newest,     newest_count,   &work_card_shape),
	LIST(home_page, popular,    popular_count,  &work_card_shape),
	LIST(home_page, free_works, free_count,     &work_card_shape),
	LIST(home_page, categories, category_count, &shown_category_shape),
	FIELD(home_page, has_categories, SHAPE_BOOL),
	FIELD(home_page, has_free,       SHAPE_BOOL),
	FIELD(home_page, refund_days,    SHAPE_INT));

static problem list_into(struct request *rq, struct work_query query, struct work_card **ret, size_t *ret_count)
{
	struct work_list list = { 0 };
	problem why = catalog__list(rq->tx, &query, &list);

	*ret = list.items;
	*ret_count = list.item_count;
	return why;
}

problem catalog_popular(struct tx *tx, size_t most, struct work_card **ret, size_t *ret_count)
{
	struct work_list list = { 0 };
	problem why = catalog__list(tx, &(struct work_query){ .sort = SORT_POPULAR, .limit = (int64_t)most }, &list);

	*ret = list.items;
	*ret_count = list.item_count;
	return why;
}

/* A slot that holds nothing that may be shown is not there. */
static problem add_picks(struct request *rq, struct home_page *home)
{
	home->picks = ARENA_ARRAY(rq->arena, struct pick_shelf, PICK_SLOT_COUNT);
	for (int slot = 0; slot < PICK_SLOT_COUNT; slot++) {
		struct picked picked;
		struct text title;
		problem why = catalog_picks(rq->tx, (enum pick_slot)slot, &picked);

		if (why)
			return why;
		title = both_in(&(struct both){ picked.title_zh, picked.title_en }, rq->language);
		if (picked.work_count)
			home->picks[home->pick_count++] = (struct pick_shelf){
				text_of(pick_slot_names[slot]), title.length ? title : say_of(rq, "pick", pick_slot_names[slot]), picked.works, picked.work_count };
	}
	return NULL;
}

/* What a link to this page shows when it is sent around. The room of shares draws it; `v` changes with what stands in it, since others
 * keep pictures for good. */
static struct text card_of(struct request *rq, const struct work_card *card)
{
	char yuan[MONEY_TEXT_MAX];
	struct text shown = arena_format(rq->arena, "%.*s|%.*s|%.*s|%.*s", TEXT_ARG(card->title), TEXT_ARG(card->author.name), TEXT_ARG(card->cover),
	                                 TEXT_ARG(money_to_yuan(card->price, yuan)));

	return arena_format(rq->arena, "/share/works/%lld/card.jpg?language=%.*s&v=%016llx", (long long)card->id.v, TEXT_ARG(rq->language),
	                    (unsigned long long)text_hash(shown));
}

/* The first level, as far as there is something in it. */
static problem add_topics(struct request *rq, struct home_page *home)
{
	struct shown_category *all;
	size_t n;
	problem why = category__shown(rq->tx, rq->language, &all, &n);

	if (why)
		return why;
	home->categories = all;
	for (size_t i = 0; i < n; i++) {
		if (all[i].count && !all[i].parent.length)
			home->categories[home->category_count++] = all[i];
	}
	return NULL;
}

problem page_home(struct request *rq)
{
	struct home_page home = { 0 };
	struct legal legal;
	const struct page page = { .view = "catalog/home", .title = say(rq, "site.tagline"), .description = say(rq, "site.lead"), .path = TEXT("/"), .translated = true,
		                     .image = arena_format(rq->arena, "/share/card.jpg?language=%.*s", TEXT_ARG(rq->language)) };
	problem why;

	if (site_is_ownerless(rq->serve))
		return reply_redirect(rq, 303, TEXT("/setup"));
	why = list_into(rq, (struct work_query){ .sort = SORT_NEW, .limit = 8 }, &home.newest, &home.newest_count);
	if (!why)
		why = list_into(rq, (struct work_query){ .sort = SORT_POPULAR, .limit = 5 }, &home.popular, &home.popular_count);
	if (!why)
		why = list_into(rq, (struct work_query){ .sort = SORT_NEW, .free = true, .limit = 4 }, &home.free_works, &home.free_count);
	if (!why)
		why = add_picks(rq, &home);
	if (!why)
		why = add_topics(rq, &home);
	if (!why)
		why = setting_read(rq->tx, &legal_group, &legal, NULL);
	if (why)
		return why;
	home.refund_days = legal.refund_days;
	home.art = home.popular;
	home.art_count = home.popular_count < 3 ? home.popular_count : 3;
	home.has_categories = home.category_count > 0;
	home.has_free = home.free_count > 0;
	return reply_page(rq, 200, &page, &home_shape, &home);
}

/* ---- the catalogue: every filter is a link that keeps the others ---- */

struct chip {
	struct text url, label;
	bool current;
	int64_t count;
};
static const struct shape chip_shape = SHAPE(chip,
	FIELD(chip, url,     SHAPE_TEXT),
	FIELD(chip, label,   SHAPE_TEXT),
	FIELD(chip, current, SHAPE_BOOL),
	FIELD(chip, count,   SHAPE_INT));

struct list_page {
	struct text title;
	struct chip *kinds, *categories, *children, *sorts;
	size_t kind_count, category_count, child_count, sort_count;
	struct text free_url, first_url, next_url;
	bool only_free, has_items;
	struct work_card *items;
	size_t item_count;
};
static const struct shape list_shape = SHAPE(list_page,
	FIELD(list_page, title,      SHAPE_TEXT),
	LIST(list_page,  kinds,      kind_count,     &chip_shape),
	LIST(list_page,  categories, category_count, &chip_shape),
	LIST(list_page,  children,   child_count,    &chip_shape),
	LIST(list_page,  sorts,      sort_count,     &chip_shape),
	FIELD(list_page, free_url,   SHAPE_TEXT),
	FIELD(list_page, first_url,  SHAPE_TEXT, .optional = true),
	FIELD(list_page, next_url,   SHAPE_TEXT, .optional = true),
	FIELD(list_page, only_free,  SHAPE_BOOL),
	FIELD(list_page, has_items,  SHAPE_BOOL),
	LIST(list_page,  items,      item_count,     &work_card_shape));

static struct text list_url(struct request *rq, const struct work_query *q)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(4096);
	const struct {
		const char *key;
		struct text value;
	} parts[] = {
		{ "kind", text_of(q->kind ? work_kind_names[q->kind] : NULL) },
		{ "category", q->category },
		{ "author", q->author },
		{ "free", q->free ? TEXT("1") : (struct text){ 0 } },
		{ "sort", text_of(q->sort ? work_sort_names[q->sort] : NULL) },
		{ "after", q->after },
	};
	char join = '?';

	buffer_add(&out, prefix(rq));
	buffer_add(&out, TEXT("/courses"));
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (!parts[i].value.length)
			continue;
		buffer_format(&out, "%c%s=", join, parts[i].key);
		http_encode(&out, parts[i].value);
		join = '&';
	}
	return arena_text(rq->arena, buffer_text(&out));
}

static void add_kinds(struct request *rq, const struct work_query *q, struct list_page *page)
{
	page->kinds = ARENA_ARRAY(rq->arena, struct chip, WORK_KIND_COUNT);
	for (int kind = 0; kind < WORK_KIND_COUNT; kind++) {
		struct work_query other = *q;

		other.kind = kind;
		page->kinds[page->kind_count++] = (struct chip){
			.url = list_url(rq, &other), .label = say_of(rq, "kind", kind ? work_kind_names[kind] : "all"), .current = q->kind == kind };
	}
}

static void add_sorts(struct request *rq, const struct work_query *q, struct list_page *page)
{
	page->sorts = ARENA_ARRAY(rq->arena, struct chip, SORT_PRICE_DESC);
	for (int sort = SORT_NEW; sort <= SORT_PRICE_DESC; sort++) {
		struct work_query other = *q;

		other.sort = sort;
		page->sorts[page->sort_count++] = (struct chip){
			.url = list_url(rq, &other), .label = say_of(rq, "sort", work_sort_names[sort]), .current = q->sort ? q->sort == sort : sort == SORT_NEW };
	}
}

static struct chip category_chip(struct request *rq, const struct work_query *q, const struct shown_category *category, struct text open)
{
	struct work_query other = *q;

	other.category = category->slug;
	return (struct chip){ .url = list_url(rq, &other), .label = category->name, .count = category->count,
		              .current = text_eq(q->category, category->slug) || text_eq(open, category->slug) };
}

/* The slug of the first level that is chosen, by itself or by one below it; absent: none is. */
static struct text open_category(const struct shown_category *all, size_t n, struct text chosen)
{
	for (size_t i = 0; chosen.length && i < n; i++) {
		if (text_eq(all[i].slug, chosen))
			return all[i].parent.length ? all[i].parent : all[i].slug;
	}
	return (struct text){ 0 };
}

/* The first level, and what stands below the one that is chosen. */
static problem add_categories(struct request *rq, const struct work_query *q, struct list_page *page)
{
	struct shown_category *all;
	struct work_query other = *q;
	struct text open;
	size_t n;
	problem why = category__shown(rq->tx, rq->language, &all, &n);

	if (why)
		return why;
	open = open_category(all, n, q->category);
	page->categories = ARENA_ARRAY(rq->arena, struct chip, n + 1);
	page->children = ARENA_ARRAY(rq->arena, struct chip, n + 1);
	other.category = (struct text){ 0 };
	page->categories[page->category_count++] = (struct chip){ .url = list_url(rq, &other), .label = say(rq, "kind.all"), .current = !q->category.length };
	for (size_t i = 0; i < n; i++) {
		if (!all[i].count)
			continue;
		if (!all[i].parent.length)
			page->categories[page->category_count++] = category_chip(rq, q, &all[i], open);
		else if (text_eq(all[i].parent, open))
			page->children[page->child_count++] = category_chip(rq, q, &all[i], TEXT(""));
	}
	return NULL;
}

problem page_list(struct request *rq)
{
	struct work_query q = *(const struct work_query *)rq->asked, other;
	struct work_list list = { 0 };
	struct list_page shown = { .title = say(rq, "list.title"), .only_free = q.free };
	const struct page page = { .view = "catalog/list", .title = shown.title, .description = say(rq, "list.about"), .path = TEXT("/courses"),
		                     .translated = true, .no_index = q.after.length > 0 };
	problem why;

	q.limit = 24;
	why = catalog__list(rq->tx, &q, &list);
	if (why)
		return why;
	other = q;
	other.after = list.next;
	if (list.next.at)
		shown.next_url = list_url(rq, &other);
	other.after = (struct text){ 0 };
	if (q.after.length)
		shown.first_url = list_url(rq, &other);
	q.after = (struct text){ 0 };
	add_kinds(rq, &q, &shown);
	add_sorts(rq, &q, &shown);
	why = add_categories(rq, &q, &shown);
	other = q;
	other.free = !q.free;
	shown.free_url = list_url(rq, &other);
	shown.items = list.items;
	shown.item_count = list.item_count;
	shown.has_items = list.item_count > 0;
	return why ? why : reply_page(rq, 200, &page, &list_shape, &shown);
}

/* ---- a work ---- */

struct tag_link {
	struct text name, url;
};
static const struct shape tag_link_shape = SHAPE(tag_link, FIELD(tag_link, name, SHAPE_TEXT), FIELD(tag_link, url, SHAPE_TEXT));

struct work_page {
	struct work work;
	bool show_sales, has_about, has_for_whom, has_tags, has_history;
	int64_t discount_last_ms;  /* within the last day of it */
	struct text html;          /* of the long description */
	struct text parts;         /* of rooms above */
	struct edition_note *history;
	size_t history_count;
	struct tag_link *tag_links;
	size_t tag_link_count;
	struct text preview_url;
	struct work_card *bundles; /* that this work is in */
	size_t bundle_count;
	bool in_bundles, for_sale;
};
static struct shape work_page_shape;
static struct field work_page_fields[64];

/* The API's fields with what only the page needs beside them; put together once, before anything is served. */
__attribute__((constructor)) static void join_work_page_shape(void)
{
	static const struct field more[] = {
		FIELD(work_page, show_sales,   SHAPE_BOOL),
		FIELD(work_page, has_about,    SHAPE_BOOL),
		FIELD(work_page, discount_last_ms, SHAPE_TIME),
		FIELD(work_page, has_for_whom, SHAPE_BOOL),
		FIELD(work_page, has_tags,     SHAPE_BOOL),
		LIST(work_page, tag_links, tag_link_count, &tag_link_shape),
		FIELD(work_page, preview_url,  SHAPE_TEXT, .optional = true),
		FIELD(work_page, html,         SHAPE_HTML),
		FIELD(work_page, parts,        SHAPE_HTML),
		FIELD(work_page, has_history,  SHAPE_BOOL),
		LIST(work_page, history, history_count, &edition_note_shape),
		FIELD(work_page, in_bundles,   SHAPE_BOOL),
		FIELD(work_page, for_sale,     SHAPE_BOOL),
		LIST(work_page, bundles, bundle_count, &work_card_shape),
	};
	size_t n = work_shape.count;

	assert(n + sizeof more / sizeof *more <= sizeof work_page_fields / sizeof *work_page_fields);
	memcpy(work_page_fields, work_shape.fields, n * sizeof *more);
	memcpy(work_page_fields + n, more, sizeof more);
	work_page_shape = (struct shape){ .name = "work_page", .size = sizeof(struct work_page), .fields = work_page_fields,
		                          .count = n + sizeof more / sizeof *more };
}

static problem find_work(struct request *rq, struct work_card *ret)
{
	problem why = work_by_slug(rq->tx, path_text(rq, "slug"), ret);

	return why ? why : work_visible(ret);
}

/* Where a tag leads: a search for it, whatever it is written with (C++, a&b). */
static struct text tag_url(struct request *rq, struct text tag)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(4096);

	buffer_add(&out, prefix(rq));
	buffer_add(&out, TEXT("/search?keyword="));
	http_encode(&out, tag);
	return arena_text(rq->arena, buffer_text(&out));
}

static void add_tag_links(struct request *rq, struct work_page *page)
{
	page->tag_links = ARENA_ARRAY(rq->arena, struct tag_link, page->work.tag_count + 1);
	for (size_t i = 0; i < page->work.tag_count; i++)
		page->tag_links[page->tag_link_count++] = (struct tag_link){ page->work.tags[i], tag_url(rq, page->work.tags[i]) };
}

/* What the author says of it at length, and what changed. */
static problem add_words(struct request *rq, struct work_page *page)
{
	const struct doc_view view = { .rq = rq, .work_url = page->work.card.url };
	problem why = page->work.description.length ? doc_to_html(&view, page->work.description, &page->html) : NULL;

	if (!why)
		why = studio__read_history(rq->tx, page->work.card.id, &page->history, &page->history_count);
	page->has_history = page->history_count > 0;
	page->has_about = page->work.card.summary.length || page->html.length;
	return why;
}

/* A work has one address; any other that finds it leads there. */
static bool at_home(const struct request *rq, struct text url) { return text_eq(rq->http->path, url); }

problem page_work(struct request *rq)
{
	struct work_page shown = { 0 };
	struct work_part_view parts;
	struct work_card card;
	struct page page;
	char yuan[MONEY_TEXT_MAX];
	problem why = find_work(rq, &card);

	if (why)
		return why;
	if (!at_home(rq, card.url))
		return reply_redirect(rq, 308, card.url);
	why = work_load(rq->tx, &card, &shown.work);
	if (why)
		return why;
	why = add_words(rq, &shown);
	if (!why)
		why = bundle__with(rq->tx, card.id, &shown.bundles, &shown.bundle_count);
	if (!why)
		why = catalog__show_parts(rq, &card, &parts);
	if (why)
		return why;
	shown.parts = parts.html;
	if (english(rq) && shown.work.card.category.name_en.length)
		shown.work.card.category.name = shown.work.card.category.name_en;
	shown.in_bundles = shown.bundle_count > 0;
	shown.for_sale = card.kind != WORK_BUNDLE || shown.work.work_count >= BUNDLE_LEAST;
	shown.show_sales = card.sales > 0;
	shown.discount_last_ms = card.discount_until_ms - 1;
	shown.has_for_whom = shown.work.for_whom_count > 0;
	shown.has_tags = shown.work.tag_count > 0;
	add_tag_links(rq, &shown);
	if (shown.work.preview_count)
		shown.preview_url = shown.work.previews[0].url;
	page = (struct page){
		.view = "catalog/work",
		.title = card.title,
		.description = card.summary,
		.path = text_from(card.url, prefix(rq).length),
		.json_ld = work_json_ld(rq, &card, parts.json_ld),
		.type = "product",
		.image = card_of(rq, &card),
		.price = arena_text(rq->arena, money_to_yuan(card.price, yuan)),
		.no_index = card.state != WORK_PUBLISHED,
	};
	return reply_page(rq, 200, &page, &work_page_shape, &shown);
}

/* ---- a free lesson ---- */

struct lesson_page {
	struct work_card work;
	struct text title, html, previous_url, next_url, talk_url;
	bool has_quizzes;
	int64_t lesson_count; /* for messages */
};
static const struct shape lesson_page_shape = SHAPE(lesson_page,
	FIELD(lesson_page, work,         SHAPE_OBJECT, .of = &work_card_shape),
	FIELD(lesson_page, title,        SHAPE_TEXT),
	FIELD(lesson_page, html,         SHAPE_HTML),
	FIELD(lesson_page, previous_url, SHAPE_TEXT, .optional = true),
	FIELD(lesson_page, next_url,     SHAPE_TEXT, .optional = true),
	FIELD(lesson_page, talk_url,     SHAPE_TEXT),
	FIELD(lesson_page, has_quizzes,  SHAPE_BOOL),
	FIELD(lesson_page, lesson_count, SHAPE_INT));

/* Only where the next one may be read too: a link that ends at a wall helps nobody. */
static problem free_lesson_url(struct request *rq, const struct work_card *card, struct text key, struct text *ret)
{
	struct lesson lesson;
	problem why;

	if (!key.at)
		return NULL;
	why = lesson_load(rq->tx, card->edition, key, &lesson);
	if (!why && (lesson.free || card->free))
		*ret = arena_format(rq->arena, "%.*s/%.*s", TEXT_ARG(card->url), TEXT_ARG(key));
	return why;
}

static problem fill_lesson_page(struct request *rq, const struct lesson *lesson, struct lesson_page *shown)
{
	struct doc_view view = { .rq = rq, .work_url = shown->work.url };
	struct media_item *media;
	struct quiz *quizzes;
	size_t n;
	problem why = media_grant_doc(rq->serve, rq->tx, &(struct media_shown){ .doc = lesson->doc, .work = shown->work.id }, &media, &view.media_count);

	view.media = media;
	if (!why)
		why = doc_to_html(&view, lesson->doc, &shown->html);

	if (!why)
		why = free_lesson_url(rq, &shown->work, lesson->previous_key, &shown->previous_url);
	if (!why)
		why = free_lesson_url(rq, &shown->work, lesson->next_key, &shown->next_url);
	if (!why)
		why = quizzes_of_lesson(rq->tx, shown->work.edition, lesson->key, &quizzes, &n);
	if (why)
		return why;
	shown->title = lesson->title;
	shown->talk_url = arena_format(rq->arena, "/me/talk/%lld/%.*s", (long long)shown->work.id.v, TEXT_ARG(lesson->key));
	shown->has_quizzes = n > 0;
	shown->lesson_count = shown->work.lesson_count;
	return NULL;
}

problem page_lesson(struct request *rq)
{
	struct lesson_page shown = { 0 };
	struct lesson lesson;
	struct text url;
	struct page page;
	problem why = find_work(rq, &shown.work);

	if (!why)
		why = lesson_load(rq->tx, shown.work.edition, path_text(rq, "key"), &lesson);
	if (!why && !lesson.free && !shown.work.free)
		why = &lesson_locked;
	if (why)
		return why;
	url = arena_format(rq->arena, "%.*s/%.*s", TEXT_ARG(shown.work.url), TEXT_ARG(lesson.key));
	if (!at_home(rq, url))
		return reply_redirect(rq, 308, url);
	why = fill_lesson_page(rq, &lesson, &shown);
	page = (struct page){ .view = "catalog/lesson", .title = lesson.title, .description = shown.work.summary, .path = text_from(url, prefix(rq).length),
		              .type = "article", .image = card_of(rq, &shown.work) };
	return why ? why : reply_page(rq, 200, &page, &lesson_page_shape, &shown);
}

/* ---- a creator ---- */

struct author_page {
	struct text name, about, next_url;
	struct work_card *items;
	size_t item_count;
	bool has_items;
};
static const struct shape author_page_shape = SHAPE(author_page,
	FIELD(author_page, name,     SHAPE_TEXT),
	FIELD(author_page, about,    SHAPE_TEXT),
	FIELD(author_page, next_url, SHAPE_TEXT, .optional = true),
	LIST(author_page,  items,    item_count, &work_card_shape),
	FIELD(author_page, has_items, SHAPE_BOOL));

problem page_author(struct request *rq)
{
	struct creator creator;
	struct work_list list = { 0 };
	struct author_page shown;
	struct page page;
	problem why = creator_by_slug(rq->tx, path_text(rq, "slug"), &creator);

	if (!why)
		why = catalog__list(rq->tx, &(struct work_query){ .author = creator.slug, .limit = PAGE_MAX }, &list);
	if (why)
		return why;
	shown = (struct author_page){ .name = creator.name, .about = creator.about, .items = list.items, .item_count = list.item_count,
		                      .has_items = list.item_count > 0 };
	if (list.next.at)
		shown.next_url = list_url(rq, &(struct work_query){ .author = creator.slug, .after = list.next });
	page = (struct page){ .view = "catalog/author", .title = creator.name, .description = creator.about,
		              .path = arena_format(rq->arena, "/author/%.*s", TEXT_ARG(creator.slug)), .translated = true };
	return reply_page(rq, 200, &page, &author_page_shape, &shown);
}

/* ---- for search engines ---- */

problem serve_sitemap(struct request *rq)
{
	enum { SITEMAP_MAX = 40000, STEP = 1000 };
	CLEANUP(buffer_free) struct buffer out = BUFFER(16 << 20);
	struct work_card *cards;
	size_t n = STEP, total = 0;
	int64_t after = 0;
	struct text origin = request_origin(rq);

	buffer_format(&out,
	              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n<url><loc>%.*s/</loc></url>\n",
	              TEXT_ARG(origin));
	while (n == STEP && total < SITEMAP_MAX) {
		problem why = catalog__addresses(rq->tx, after, STEP, &cards, &n);

		if (why)
			return why;
		for (size_t i = 0; i < n; i++)
			buffer_format(&out, "<url><loc>%.*s%.*s</loc></url>\n", TEXT_ARG(origin), TEXT_ARG(cards[i].url));
		if (n)
			after = cards[n - 1].id.v;
		total += n;
	}
	buffer_add(&out, TEXT("</urlset>\n"));
	return out.why ? out.why : reply_bytes(rq, 200, TEXT("application/xml"), buffer_text(&out));
}

problem serve_robots(struct request *rq)
{
	struct text origin = request_origin(rq);

	return reply_bytes(rq, 200, TEXT("text/plain; charset=utf-8"),
	                   arena_format(rq->arena, "User-agent: *\nDisallow: /api/\nDisallow: /me\nDisallow: /checkout/\nSitemap: %.*s/sitemap.xml\n", TEXT_ARG(origin)));
}
