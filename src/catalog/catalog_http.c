/* catalog_http.c - routes of the catalogue: the API, the creator's own list; the public pages stand in catalog_pages.c. */
#include "catalog/catalog_room.h"

#include "catalog/pages.h"

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
	struct category *items;
	size_t item_count;
};
static const struct shape category_list_shape = SHAPE(category_list, LIST(category_list, items, item_count, &category_shape));

static problem serve_categories(struct request *rq)
{
	struct category_list list = { 0 };
	problem why = catalog__categories(rq->tx, &list.items, &list.item_count);

	return why ? why : reply(rq, 200, &category_list_shape, &list);
}

static problem serve_creator(struct request *rq)
{
	struct creator creator;
	problem why = creator_by_slug(rq->tx, path_text(rq, "slug"), &creator);

	return why ? why : reply(rq, 200, &creator_shape, &creator);
}

/* ---- the creator's own works, in any state ---- */

struct own_works {
	struct work_card *items;
	size_t item_count;
};
static const struct shape own_work_shape = SHAPE_AS("own_work", work_card,
	FIELD(work_card, id,           SHAPE_ID),
	FIELD(work_card, title,        SHAPE_TEXT),
	FIELD(work_card, kind,         SHAPE_ENUM, .names = work_kind_names),
	FIELD(work_card, state,        SHAPE_ENUM, .names = work_state_names),
	FIELD(work_card, price,        SHAPE_MONEY),
	FIELD(work_card, sales,        SHAPE_INT),
	FIELD(work_card, lesson_count, SHAPE_INT),
	FIELD(work_card, url,          SHAPE_TEXT));
static const struct shape own_works_shape = SHAPE(own_works, LIST(own_works, items, item_count, &own_work_shape));

static problem serve_own_works(struct request *rq)
{
	struct creator creator;
	struct own_works own = { 0 };
	problem why = creator_by_user(rq->tx, rq->who.id, &creator);

	if (!why)
		why = catalog__own(rq->tx, creator.id, &own.items, &own.item_count);
	return why ? why : reply(rq, 200, &own_works_shape, &own);
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
	{ GET, "/api/categories", serve_categories, READS, .who = ANYBODY, .gives = &category_list_shape, .says = "Categories with works on offer" },
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
	PAGE("/author/{slug}", page_author, NULL, "A creator's page"),
	PAGE("/help", page_help, NULL, "Help"),
	PAGE("/terms", page_terms, NULL, "Terms of service"),
	PAGE("/privacy", page_privacy, NULL, "Privacy policy"),
	PAGE("/refund-policy", page_refund_policy, NULL, "Refund policy"),
	{ GET, "/sitemap.xml", serve_sitemap, READS, .who = ANYBODY, .says = "Addresses of all public works" },
	{ GET, "/robots.txt", serve_robots, READS, .who = ANYBODY, .says = "For search engines" },
	{ 0 },
};
