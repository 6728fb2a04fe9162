/* categories.c - the tree of categories: two levels in the owner's order. A slug stays when a name changes, and goes on leading
 * somewhere when its category is merged into another, so no address that was shared breaks and no import makes it again. */
#include "catalog/shelf.h"

#include "audit/audit.h"

const struct problem category_missing = { 404, "category-missing", "There is no such category." };
const struct problem category_name_taken = { 409, "category-name-taken", "Another category has this name." };
const struct problem category_too_deep = { 409, "category-too-deep", "Categories have two levels." };
const struct problem category_in_use = { 409, "category-in-use", "It has works or categories below it." };
const struct problem categories_full = { 409, "categories-full", "There are as many categories as can be kept in order." };

int64_t catalog__category(struct tx *tx, struct text name)
{
	struct category_id found;

	if (!name.length)
		return 0;
	found = category__find(tx, name);
	return found.v ? found.v : category__add(tx, name, (struct text){ 0 }, (struct category_id){ 0 }).v;
}

/* ---- what visitors are shown ---- */

const struct shape shown_category_shape = SHAPE_AS("category", shown_category,
	FIELD(shown_category, slug,   SHAPE_TEXT),
	FIELD(shown_category, name,   SHAPE_TEXT),
	FIELD(shown_category, parent, SHAPE_TEXT, .optional = true),
	FIELD(shown_category, count,  SHAPE_INT, .says = "published works, with those of its children"));

static const struct category *parent_in(const struct category *all, size_t n, struct category_id id)
{
	for (size_t i = 0; id.v && i < n; i++) {
		if (all[i].id.v == id.v)
			return &all[i];
	}
	return NULL;
}

problem category__shown(struct tx *tx, struct text language, struct shown_category **ret, size_t *ret_count)
{
	struct category *all;
	struct shown_category *top = NULL;
	size_t n;
	problem why = category__all(tx, &all, &n);

	*ret_count = 0;
	if (why)
		return why;
	*ret = ARENA_ARRAY(tx_arena(tx), struct shown_category, n + 1);
	for (size_t i = 0; i < n; i++) { /* children stand right behind their parent */
		const struct category *parent = parent_in(all, n, all[i].parent);
		struct shown_category *shown = &(*ret)[*ret_count];

		if (all[i].hidden || (parent && parent->hidden))
			continue;
		*shown = (struct shown_category){ all[i].slug, text_is(language, "en") && all[i].name_en.length ? all[i].name_en : all[i].name,
			                          parent ? parent->slug : (struct text){ 0 }, all[i].count };
		if (!parent)
			top = shown;
		else if (top)
			top->count += shown->count;
		++*ret_count;
	}
	return NULL;
}

/* ---- the owner's page ---- */

struct category_tree {
	struct category *items;
	size_t item_count;
};
static const struct shape category_row_shape = SHAPE_AS("category_of_tree", category,
	FIELD(category, id,      SHAPE_ID),
	FIELD(category, parent,  SHAPE_ID, .optional = true),
	FIELD(category, slug,    SHAPE_TEXT),
	FIELD(category, name,    SHAPE_TEXT),
	FIELD(category, name_en, SHAPE_TEXT, .optional = true),
	FIELD(category, hidden,  SHAPE_BOOL),
	FIELD(category, works,   SHAPE_INT, .says = "of its own, in any state"),
	FIELD(category, count,   SHAPE_INT, .says = "of its own, published"));
static const struct shape category_tree_shape = SHAPE(category_tree, LIST(category_tree, items, item_count, &category_row_shape));

static problem answer(struct request *rq)
{
	struct category_tree tree = { 0 };
	problem why = category__all(rq->tx, &tree.items, &tree.item_count);

	return why ? why : reply(rq, 200, &category_tree_shape, &tree);
}

static problem done(struct request *rq, const char *verb, struct category_id id)
{
	audit_add(rq->tx, rq->who.id, verb, "category", id.v, (struct text){ 0 });
	return answer(rq);
}

struct category_draft {
	struct text name, name_en;
	struct category_id parent;
};
static const struct shape draft_shape = SHAPE(category_draft,
	FIELD(category_draft, name,    SHAPE_TEXT, .min = 1, .max = CATEGORY_NAME_MAX),
	FIELD(category_draft, name_en, SHAPE_TEXT, .optional = true, .max = CATEGORY_NAME_MAX),
	FIELD(category_draft, parent,  SHAPE_ID, .optional = true));

/* Of the first level, so that something may stand below it. */
static problem check_parent(struct tx *tx, struct category_id parent)
{
	struct category found;
	problem why = parent.v ? category__load(tx, parent, &found) : NULL;

	return why ? why : parent.v && found.parent.v ? &category_too_deep : NULL;
}

/* A name that another one has, whatever it is called by, would be found in its place by the next import. */
static bool is_taken(struct tx *tx, struct text name, struct category_id by)
{
	struct category_id found = name.length ? category__find(tx, name) : (struct category_id){ 0 };

	return found.v && found.v != by.v;
}

static problem add(struct request *rq)
{
	const struct category_draft *draft = rq->body;
	struct text name = text_trim(draft->name);
	struct category *all;
	size_t n;
	problem why;

	if (!name.length)
		return field_wrong(rq, TEXT("name"), "missing");
	why = category__all(rq->tx, &all, &n);
	if (!why && n == CATEGORIES_MAX)
		why = &categories_full;
	if (!why)
		why = check_parent(rq->tx, draft->parent);
	if (!why && is_taken(rq->tx, name, (struct category_id){ 0 }))
		why = &category_name_taken;
	return why ? why : done(rq, "category-add", category__add(rq->tx, name, text_trim(draft->name_en), draft->parent));
}

struct category_patch {
	struct text name, name_en;
	enum given name_en_given, hidden_given;
	bool hidden;
};
static const struct shape patch_shape = SHAPE(category_patch,
	FIELD(category_patch, name,    SHAPE_TEXT, .optional = true, .min = 1, .max = CATEGORY_NAME_MAX),
	FIELD(category_patch, name_en, SHAPE_TEXT, .optional = true, .max = CATEGORY_NAME_MAX, .given_at = offsetof(struct category_patch, name_en_given)),
	FIELD(category_patch, hidden,  SHAPE_BOOL, .optional = true, .given_at = offsetof(struct category_patch, hidden_given)));

static problem find(struct request *rq, struct category *ret)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	return why ? why : category__load(rq->tx, (struct category_id){ id }, ret);
}

static problem patch(struct request *rq)
{
	const struct category_patch *p = rq->body;
	struct text name = text_trim(p->name);
	struct category old;
	problem why = find(rq, &old);

	if (why)
		return why;
	if (p->name.at && !name.length)
		return field_wrong(rq, TEXT("name"), "missing");
	if (is_taken(rq->tx, name, old.id))
		return &category_name_taken;
	category__name(rq->tx, old.id, name.length ? name : old.name, p->name_en_given == GIVEN_VALUE ? text_trim(p->name_en) : old.name_en);
	if (p->hidden_given == GIVEN_VALUE)
		category__hide(rq->tx, old.id, p->hidden);
	return done(rq, "category-change", old.id);
}

struct category_place {
	struct category_id parent;
	int64_t at;
};
static const struct shape place_shape = SHAPE(category_place,
	FIELD(category_place, parent, SHAPE_ID, .optional = true, .says = "absent: of the first level"),
	FIELD(category_place, at,     SHAPE_INT, .min = 0, .max = CATEGORIES_MAX, .says = "among those there, itself left out"));

/* Positions of a row are written anew, so that they are never equal. */
static void put_in_row(struct tx *tx, struct category_id id, const struct category_place *place)
{
	struct category_id *row;
	int64_t n = category__children(tx, place->parent, &row), position = 1;
	bool put = false;

	for (int64_t i = 0; i < n; i++) {
		if (row[i].v == id.v)
			continue;
		if (position == place->at + 1) {
			category__put(tx, id, place->parent, position++);
			put = true;
		}
		category__put(tx, row[i], place->parent, position++);
	}
	if (!put)
		category__put(tx, id, place->parent, position);
}

static bool has_children(struct tx *tx, struct category_id id)
{
	struct category_id *children;

	return category__children(tx, id, &children) > 0;
}

static problem place(struct request *rq)
{
	const struct category_place *to = rq->body;
	struct category moved;
	problem why = find(rq, &moved);

	if (!why)
		why = check_parent(rq->tx, to->parent);
	if (!why && to->parent.v && (to->parent.v == moved.id.v || has_children(rq->tx, moved.id)))
		why = &category_too_deep;
	if (why)
		return why;
	put_in_row(rq->tx, moved.id, to);
	return done(rq, "category-move", moved.id);
}

struct category_merge {
	struct category_id into;
};
static const struct shape merge_shape = SHAPE(category_merge, FIELD(category_merge, into, SHAPE_ID));

static problem merge(struct request *rq)
{
	const struct category_merge *m = rq->body;
	struct category from, into;
	problem why = find(rq, &from);

	if (!why)
		why = category__load(rq->tx, m->into, &into);
	if (!why && from.id.v == into.id.v)
		return field_wrong(rq, TEXT("into"), "duplicate");
	if (!why && into.parent.v && has_children(rq->tx, from.id))
		why = &category_too_deep;
	if (why)
		return why;
	category__merge(rq->tx, &from, into.id);
	audit_add(rq->tx, rq->who.id, "category-merge", "category", from.id.v, arena_format(rq->arena, "{\"into\":%lld}", (long long)into.id.v));
	return answer(rq);
}

static problem drop(struct request *rq)
{
	struct category old;
	problem why = find(rq, &old);

	if (!why && (old.works || has_children(rq->tx, old.id)))
		why = &category_in_use;
	if (why)
		return why;
	category__drop(rq->tx, old.id);
	return done(rq, "category-drop", old.id);
}

#define ROUTE(method, path, serve, ...) { method, "/api/settings/categories" path, serve, .who = ADMIN, .gives = &category_tree_shape, __VA_ARGS__ }
const struct route category_routes[] = {
	ROUTE(GET, "", answer, .runs = READS, .says = "The tree of categories"),
	ROUTE(POST, "", add, .runs = WRITES, .takes = &draft_shape, .says = "Add one at the end"),
	ROUTE(PATCH, "/{id}", patch, .runs = WRITES, .takes = &patch_shape, .says = "Rename or hide one; its address stays"),
	ROUTE(POST, "/{id}/place", place, .runs = WRITES, .takes = &place_shape, .says = "Move one"),
	ROUTE(POST, "/{id}/merge", merge, .runs = WRITES, .takes = &merge_shape, .says = "Its works, children and address go over to another"),
	ROUTE(DELETE, "/{id}", drop, .runs = WRITES, .says = "Remove an empty one"),
	{ 0 },
};
const struct module categories_module = { .name = "categories", .routes = category_routes };
