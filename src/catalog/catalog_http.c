/* catalog_http.c - routes of the catalogue: the API, the creator's own list; the public pages stand in catalog_pages.c. */
#include "catalog/catalog_room.h"

#include "catalog/pages.h"
#include "catalog/shelf.h"
#include "catalog/studio.h"

static problem serve_works(struct request *rq)
{
	struct work_list list = { 0 };
	problem why = catalog__list(rq->tx, rq->asked, &list);

	return why ? why : reply(rq, 200, &work_list_shape, &list);
}

static problem serve_work(struct request *rq)
{
	struct work_card card;
	struct work work;
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = work_by_id(rq->tx, (struct work_id){ id }, &card);
	if (!why)
		why = work_visible(&card);
	if (!why)
		why = work_load(rq->tx, &card, &work);
	return why ? why : reply(rq, 200, &work_shape, &work);
}

struct category_list {
	struct shown_category *items;
	size_t item_count;
};
static const struct shape category_list_shape = SHAPE(category_list, LIST(category_list, items, item_count, &shown_category_shape));

static problem serve_categories(struct request *rq)
{
	struct category_list list = { 0 };
	problem why = category__shown(rq->tx, rq->language, &list.items, &list.item_count);

	return why ? why : reply(rq, 200, &category_list_shape, &list);
}

static problem serve_creator(struct request *rq)
{
	struct creator creator;
	problem why = creator_by_slug(rq->tx, path_text(rq, "slug"), &creator);

	return why ? why : reply(rq, 200, &creator_shape, &creator);
}

/* ---- the creator's own works, in any state ---- */

struct own_work {
	struct work_card card;
	bool changed;              /* the draft differs from what is published */
	int64_t plan_ms;           /* to be published then; 0: no plan */
};
struct own_works {
	struct own_work *items;
	size_t item_count;
};
static const struct shape own_work_shape = SHAPE(own_work,
	NAMED(own_work, "id",           card.id,           SHAPE_ID),
	NAMED(own_work, "title",        card.title,        SHAPE_TEXT),
	NAMED(own_work, "language",     card.language,     SHAPE_TEXT),
	NAMED(own_work, "kind",         card.kind,         SHAPE_ENUM, .names = work_kind_names),
	NAMED(own_work, "state",        card.state,        SHAPE_ENUM, .names = work_state_names),
	NAMED(own_work, "price",        card.price,        SHAPE_MONEY),
	NAMED(own_work, "sales",        card.sales,        SHAPE_INT),
	NAMED(own_work, "lesson_count", card.lesson_count, SHAPE_INT),
	NAMED(own_work, "hue",          card.hue,          SHAPE_INT),
	NAMED(own_work, "pattern",      card.pattern,      SHAPE_INT),
	NAMED(own_work, "cover",        card.cover,        SHAPE_TEXT, .optional = true),
	NAMED(own_work, "url",          card.url,          SHAPE_TEXT),
	FIELD(own_work, changed,        SHAPE_BOOL),
	FIELD(own_work, plan_ms,        SHAPE_INT));
static const struct shape own_works_shape = SHAPE(own_works, LIST(own_works, items, item_count, &own_work_shape));

static void add_head(struct own_work *own, const struct draft_head *heads, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (heads[i].work.v != own->card.id.v)
			continue;
		own->changed = heads[i].changed;
		own->plan_ms = heads[i].plan_ms;
		if (!own->card.edition.v && own->card.kind != WORK_BUNDLE)
			own->card.lesson_count = heads[i].lessons;
	}
}

/* Who was given the role but has not begun yet is no creator so far: his list is empty. */
static problem serve_own_works(struct request *rq)
{
	struct own_works own = { 0 };
	struct draft_head *heads;
	struct work_card *cards;
	struct creator creator;
	size_t head_count;
	problem why = creator_by_user(rq->tx, rq->who.id, &creator);

	if (why == &creator_missing)
		return reply(rq, 200, &own_works_shape, &own);
	if (!why)
		why = catalog__own(rq->tx, creator.id, &cards, &own.item_count);
	if (!why)
		why = studio__heads(rq->tx, creator.id, &heads, &head_count);
	if (why)
		return why;
	own.items = ARENA_ARRAY(rq->arena, struct own_work, own.item_count);
	for (size_t i = 0; i < own.item_count; i++) {
		own.items[i].card = cards[i];
		add_head(&own.items[i], heads, head_count);
	}
	return reply(rq, 200, &own_works_shape, &own);
}

struct work_move_draft {
	int to;
};
static const struct shape work_move_shape = SHAPE(work_move_draft, FIELD(work_move_draft, to, SHAPE_ENUM, .names = work_state_names));

static problem move(struct request *rq)
{
	const struct work_move_draft *draft = rq->body;
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = work_move(rq->tx, (struct work_id){ id }, (enum work_state)draft->to, &rq->who);
	return why ? why : reply_none(rq, 204);
}

#define PAGE(path_, serve_, asks_, says_) \
	{ GET, path_, serve_, READS, .who = ANYBODY, .asks = asks_, .page = true, .says = says_ }, \
	{ GET, "/en" path_, serve_, READS, .who = ANYBODY, .asks = asks_, .page = true, .says = says_ " (English)" }
#define WORK_PAGES(kind)                                                        \
	PAGE("/" kind "/{slug}", page_work, NULL, "A work's page"),             \
	PAGE("/" kind "/{slug}/{key*}", page_lesson, NULL, "A free lesson")

const struct route catalog_routes[] = {
	{ GET, "/api/works", serve_works, READS, .who = ANYBODY, .asks = &work_query_shape, .gives = &work_list_shape, .says = "Works on offer" },
	{ GET, "/api/works/{id}", serve_work, READS, .who = ANYBODY, .gives = &work_shape, .says = "A work and its contents" },
	{ GET, "/api/categories", serve_categories, READS, .who = ANYBODY, .gives = &category_list_shape, .says = "Categories, parents before their children, in the order of the shop" },
	{ GET, "/api/creators/{slug}", serve_creator, READS, .who = ANYBODY, .gives = &creator_shape, .says = "A creator" },
	{ GET, "/api/studio/works", serve_own_works, READS, .who = CREATOR, .gives = &own_works_shape, .says = "My works, in any state" },
	{ POST, "/api/works/{id}/state", move, WRITES, .who = CREATOR | MODERATOR | ADMIN, .takes = &work_move_shape,
	  .says = "Move a work along its life cycle" },
	{ GET, "/", page_home, READS, .who = ANYBODY, .page = true, .says = "Home" },
	{ GET, "/en", page_home, READS, .who = ANYBODY, .page = true, .says = "Home (English)" },
	PAGE("/courses", page_list, &work_query_shape, "The catalogue"),
	WORK_PAGES("course"),
	WORK_PAGES("column"),
	WORK_PAGES("book"),
	WORK_PAGES("audio"),
	WORK_PAGES("video"),
	PAGE("/bundle/{slug}", page_work, NULL, "A bundle's page"),
	PAGE("/author/{slug}", page_author, NULL, "A creator's page"),
	PAGE("/help", page_help, NULL, "Help"),
	PAGE("/terms", page_terms, NULL, "Terms of service"),
	PAGE("/privacy", page_privacy, NULL, "Privacy policy"),
	PAGE("/refund-policy", page_refund_policy, NULL, "Refund policy"),
	{ GET, "/api/settings/legal/templates", serve_legal_templates, READS, .who = ADMIN, .gives = &legal_templates_shape,
	  .says = "Our own legal pages as Markdown, to begin with" },
	{ GET, "/sitemap.xml", serve_sitemap, READS, .who = ANYBODY, .says = "Addresses of all public works" },
	{ GET, "/robots.txt", serve_robots, READS, .who = ANYBODY, .says = "For search engines" },
	{ 0 },
};
