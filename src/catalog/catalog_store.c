/* catalog_store.c - SQL that reads works, lists, lessons, creators, and what search indexes. */
#include "catalog/bundle_room.h"
#include "catalog/shelf.h"

#include <assert.h>
#include <stdlib.h>

/* What a list shows; a card has besides what rules ask for. */
#define LISTED_FIELDS                                                                    \
	FIELD(work_card, id,           SHAPE_ID),                                        \
	FIELD(work_card, slug,         SHAPE_TEXT),                                      \
	FIELD(work_card, kind,         SHAPE_ENUM, .names = work_kind_names),            \
	FIELD(work_card, title,        SHAPE_TEXT),                                      \
	FIELD(work_card, subtitle,     SHAPE_TEXT, .nullable = true),                    \
	FIELD(work_card, summary,      SHAPE_TEXT),                                      \
	FIELD(work_card, language,     SHAPE_TEXT),                                      \
	FIELD(work_card, price,        SHAPE_MONEY),                                     \
	NAMED(work_card, "author_name",   author.name,   SHAPE_TEXT),                    \
	NAMED(work_card, "author_slug",   author.slug,   SHAPE_TEXT),                    \
	NAMED(work_card, "category_name", category.name, SHAPE_TEXT, .nullable = true),  \
	NAMED(work_card, "category_slug", category.slug, SHAPE_TEXT, .nullable = true),  \
	NAMED(work_card, "category_name_en", category.name_en, SHAPE_TEXT, .nullable = true), \
	FIELD(work_card, lesson_count, SHAPE_INT),                                       \
	FIELD(work_card, sales,        SHAPE_INT),                                       \
	FIELD(work_card, hue,          SHAPE_INT),                                       \
	FIELD(work_card, pattern,      SHAPE_INT),                                       \
	FIELD(work_card, published_ms, SHAPE_TIME),                                      \
	FIELD(work_card, popularity,   SHAPE_INT),                                       \
	FIELD(work_card, cover,        SHAPE_TEXT, .nullable = true),                    \
	FIELD(work_card, list_price,   SHAPE_MONEY, .nullable = true),                   \
	FIELD(work_card, lowest_price, SHAPE_MONEY, .nullable = true),                   \
	FIELD(work_card, discount_until_ms, SHAPE_TIME, .nullable = true)
static const struct shape listed_row = SHAPE_AS("work_listed_row", work_card, LISTED_FIELDS);
static const struct shape card_row = SHAPE_AS("work_card_row", work_card, LISTED_FIELDS,
	FIELD(work_card, state,        SHAPE_ENUM, .names = work_state_names),
	FIELD(work_card, creator,      SHAPE_ID),
	FIELD(work_card, edition,      SHAPE_ID));

#define LISTED_COLUMNS                                                                                                       \
	"w.id, w.slug, w.kind, w.title, w.subtitle, w.summary, w.language, w.price, c.name, c.slug, k.name, k.slug, k.name_en,"  \
	" w.lesson_count, w.sales, w.hue, w.pattern, w.published_ms, w.popularity, w.cover,"                       \
	" w.list_price, w.lowest_price, w.discount_until_ms"
#define FROM_WORKS    " from work w join creator c on c.id = w.creator_id"
#define WITH_CATEGORY " left join category k on k.id = w.category_id and k.hidden = 0"
#define CARD_SELECT   "select " LISTED_COLUMNS ", w.state, w.creator_id, w.edition_id" FROM_WORKS WITH_CATEGORY

static problem read_card(struct tx *tx, struct work_card *ret, const char *sql, const struct value *values, size_t n)
{
	problem why = read_one(tx, &work_missing, &card_row, ret, sql, values, n);

	if (!why)
		catalog__finish_card(tx, ret);
	return why;
}

problem work_by_id(struct tx *tx, struct work_id id, struct work_card *ret)
{
	return read_card(tx, ret, CARD_SELECT " where w.id = $1", V(id.v));
}

problem work_by_slug(struct tx *tx, struct text slug, struct work_card *ret)
{
	return read_card(tx, ret, CARD_SELECT " where w.slug = $1", V(slug));
}

problem work_by_title(struct tx *tx, struct text title, struct work_card *ret)
{
	if (read_int(tx, 0, "select count(*) from work where title = $1 and state not in ('draft', 'withdrawn')", V(title)) > 1)
		return &problem_conflict;
	return read_card(tx, ret, CARD_SELECT " where w.title = $1 and w.state not in ('draft', 'withdrawn')", V(title));
}

problem works_by_ids(struct tx *tx, const int64_t *ids, size_t n, struct work_card **ret, size_t *ret_count)
{
	*ret = ARENA_ARRAY(tx_arena(tx), struct work_card, n);
	*ret_count = 0;
	for (size_t i = 0; i < n; i++) {
		problem why = work_by_id(tx, (struct work_id){ ids[i] }, &(*ret)[*ret_count]);

		if (!why)
			++*ret_count;
		else if (why != &work_missing)
			return why;
	}
	return NULL;
}

static const struct shape offer_row = SHAPE(work_offer, FIELD(work_offer, id, SHAPE_ID), FIELD(work_offer, price, SHAPE_MONEY),
	FIELD(work_offer, list_price, SHAPE_MONEY, .nullable = true));

enum { OFFERS_STEP = 10 };

problem works_published(struct tx *tx, const int64_t *ids, size_t n, struct work_offer **ret, size_t *ret_count)
{
	problem why = NULL;

	*ret = ARENA_ARRAY(tx_arena(tx), struct work_offer, n + 1);
	*ret_count = 0;
	for (size_t at = 0; !why && at < n; at += OFFERS_STEP) {
		struct value some[OFFERS_STEP];
		struct work_offer *found;
		size_t count;

		for (size_t i = 0; i < OFFERS_STEP; i++)
			some[i] = value_int(ids[at + i < n ? at + i : at]);
		why = read_all(tx, &offer_row, OFFERS_STEP, (void **)&found, &count,
		               "select id, price, list_price from work where id in ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
		               " and state || '' = 'published'",
		               some, OFFERS_STEP);
		if (why || !count)
			continue;
		memcpy(*ret + *ret_count, found, count * sizeof *found);
		*ret_count += count;
	}
	return why;
}

static void finish_cards(struct tx *tx, struct work_card *cards, size_t n)
{
	for (size_t i = 0; i < n; i++)
		catalog__finish_card(tx, &cards[i]);
}

/* ---- picks ---- */

struct cards_read {
	struct work_card *cards;
	size_t count;
};

/* As many values as the statement has places: an id that is no work's fills what is left. */
static problem read_some(struct tx *tx, const char *sql, const struct work_id *ids, size_t n, struct cards_read *ret)
{
	struct value some[PICKS_MAX];
	problem why;

	assert(n <= PICKS_MAX);
	*ret = (struct cards_read){ 0 };
	if (!n)
		return NULL;
	for (size_t i = 0; i < PICKS_MAX; i++)
		some[i] = value_int(i < n ? ids[i].v : 0);
	why = read_all(tx, &card_row, PICKS_MAX, (void **)&ret->cards, &ret->count, sql, some, PICKS_MAX);
	if (!why)
		finish_cards(tx, ret->cards, ret->count);
	return why;
}

#define SOME_IDS " where w.id in ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"

problem shelf__known(struct tx *tx, const struct work_id *ids, size_t n, struct work_card **ret, size_t *ret_count)
{
	struct cards_read read;
	problem why = read_some(tx, CARD_SELECT SOME_IDS, ids, n, &read);

	*ret = read.cards;
	*ret_count = read.count;
	return why;
}

problem shelf__published(struct tx *tx, const struct work_id *ids, size_t n, struct work_card **ret, size_t *ret_count)
{
	struct cards_read read;
	problem why = read_some(tx, CARD_SELECT SOME_IDS " and w.state || '' = 'published'", ids, n, &read);

	*ret_count = 0;
	if (why)
		return why;
	*ret = ARENA_ARRAY(tx_arena(tx), struct work_card, n + 1);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < read.count; k++) {
			if (read.cards[k].id.v == ids[i].v)
				(*ret)[(*ret_count)++] = read.cards[k];
		}
	}
	return NULL;
}

/* ---- bundles ---- */

static problem read_cards(struct tx *tx, size_t most, struct cards_read *ret, const char *sql, const struct value *values, size_t n)
{
	problem why = read_all(tx, &card_row, most, (void **)&ret->cards, &ret->count, sql, values, n);

	if (!why)
		finish_cards(tx, ret->cards, ret->count);
	return why;
}

problem bundle__items(struct tx *tx, struct work_id bundle, int which, struct work_card **ret, size_t *ret_count)
{
	struct cards_read read = { 0 };
	problem why = read_cards(tx, BUNDLE_MOST, &read,
	                         CARD_SELECT " join bundle_item b on b.work_id = w.id join work o on o.id = b.bundle_id where b.bundle_id = $1"
	                                     " and ($2 < 1 or w.state not in ('draft', 'in-review', 'suspended', 'withdrawn'))"
	                                     " and ($2 < 2 or (w.state in ('published', 'unlisted') and (w.access <> 'until' or w.access_until_ms > $3)"
	                                     " and w.creator_id = o.creator_id))"
	                                     " order by b.position, b.work_id limit 50",
	                         V(bundle.v, which, tx_now_ms(tx)));

	*ret = read.cards;
	*ret_count = read.count;
	return why;
}

enum { BUNDLES_SHOWN = 5 };

problem bundle__with(struct tx *tx, struct work_id work, struct work_card **ret, size_t *ret_count)
{
	struct cards_read read = { 0 };
	problem why = read_cards(tx, BUNDLES_SHOWN, &read,
	                         CARD_SELECT " join bundle_item b on b.bundle_id = w.id join work o on o.id = b.work_id where b.work_id = $1"
	                                     " and w.state = 'published' and w.creator_id = o.creator_id and w.lesson_count >= 2"
	                                     " order by w.price, w.id limit 5",
	                         V(work.v));

	*ret = read.cards;
	*ret_count = read.count;
	return why;
}

/* ---- lists: each a walk along one index, from where the page before ended ---- */

struct cursor {
	int64_t value, id;
};

static bool read_cursor(struct text after, struct cursor *ret)
{
	struct text rest = after, value = text_cut(&rest, '.');

	return text_to_int(value, &ret->value) && rest.at && text_to_int(rest, &ret->id);
}

static int64_t sort_value(const struct work_card *card, enum work_sort sort)
{
	switch (sort) {
	case SORT_POPULAR:
		return card->popularity;
	case SORT_PRICE:
	case SORT_PRICE_DESC:
		return card->price.fen;
	case SORT_NONE:
	case SORT_NEW:
		return card->published_ms;
	}
	return 0;
}

#define LIST_WHERE                                                                                                      \
	" where w.state = 'published' and ($1 = '' or w.kind = $1) and ($2 = 0 or w.price = 0)"                         \
	" and ($3 = '' or c.slug = $3) and ($4 = '' or w.language = $4)"
#define LIST_BY(column, compare, direction)                                                                             \
	" and (w." column ", w.id) " compare " ($5, $6) order by w." column " " direction ", w.id " direction " limit $7"

#define LIST_ALL "select " LISTED_COLUMNS FROM_WORKS WITH_CATEGORY LIST_WHERE
#define LIST_OF_CATEGORY LIST_ALL " and w.category_id = $8"

static const char *const list_sql[][2] = {
	[SORT_NEW] = { LIST_ALL LIST_BY("published_ms", "<", "desc"), LIST_OF_CATEGORY LIST_BY("published_ms", "<", "desc") },
	[SORT_POPULAR] = { LIST_ALL LIST_BY("popularity", "<", "desc"), LIST_OF_CATEGORY LIST_BY("popularity", "<", "desc") },
	[SORT_PRICE] = { LIST_ALL LIST_BY("price", ">", "asc"), LIST_OF_CATEGORY LIST_BY("price", ">", "asc") },
	[SORT_PRICE_DESC] = { LIST_ALL LIST_BY("price", "<", "desc"), LIST_OF_CATEGORY LIST_BY("price", "<", "desc") },
};

static struct text or_any(struct text t) { return t.at ? t : TEXT(""); }

static bool stands_before(const struct work_card *a, const struct work_card *b, enum work_sort sort)
{
	int64_t x = sort_value(a, sort), y = sort_value(b, sort);

	if (sort == SORT_PRICE)
		return x != y ? x < y : a->id.v < b->id.v;
	return x != y ? x > y : a->id.v > b->id.v;
}

/* Both are in order; so is what becomes of them, as far as a page and one more. */
static void merge_lists(struct tx *tx, enum work_sort sort, const struct work_list *more, struct work_list *ret)
{
	struct work_card *merged = ARENA_ARRAY(tx_arena(tx), struct work_card, PAGE_MAX + 1);
	size_t a = 0, b = 0, n = 0;

	while (n <= PAGE_MAX && (a < ret->item_count || b < more->item_count)) {
		bool first = b == more->item_count || (a < ret->item_count && stands_before(&ret->items[a], &more->items[b], sort));

		merged[n++] = first ? ret->items[a++] : more->items[b++];
	}
	ret->items = merged;
	ret->item_count = n;
}

/* Eight values; the last is a category's id, of which lists over all categories know nothing. */
enum { LIST_VALUES = 8, LIST_CATEGORY = 7 };

/* A walk for each category, the best of all kept: what an in (...) would sort whole. */
static problem list_categories(struct tx *tx, const struct work_query *q, enum work_sort sort, struct value *values, struct work_list *ret)
{
	struct category_id *scope;
	size_t n;
	problem why = category__scope(tx, q->category, &scope, &n);

	for (size_t i = 0; !why && i < n; i++) {
		struct work_list own = { 0 };

		values[LIST_CATEGORY] = value_int(scope[i].v);
		why = read_all(tx, &listed_row, PAGE_MAX + 1, (void **)&own.items, &own.item_count, list_sql[sort][1], values, LIST_VALUES);
		if (!why)
			merge_lists(tx, sort, &own, ret);
	}
	return why;
}

problem catalog__list(struct tx *tx, const struct work_query *q, struct work_list *ret)
{
	enum work_sort sort = q->sort ? (enum work_sort)q->sort : SORT_NEW;
	int64_t limit = q->limit ? q->limit : 20, edge = sort == SORT_PRICE ? -1 : INT64_MAX;
	struct cursor from = { edge, edge };
	problem why;

	if (q->after.length && !read_cursor(q->after, &from))
		return &problem_malformed;
	struct value values[LIST_VALUES] = {
		value_cstr(q->kind ? work_kind_names[q->kind] : ""), value_int(q->free), value_text(or_any(q->author)),
		value_text(or_any(q->language)), value_int(from.value), value_int(from.id), value_int(limit + 1),
	};
	*ret = (struct work_list){ .items = ARENA_ARRAY(tx_arena(tx), struct work_card, 1) };
	if (q->category.length)
		why = list_categories(tx, q, sort, values, ret);
	else
		why = read_all(tx, &listed_row, PAGE_MAX + 1, (void **)&ret->items, &ret->item_count, list_sql[sort][0], values, LIST_CATEGORY);
	if (why)
		return why;
	if ((int64_t)ret->item_count > limit) {
		const struct work_card *last = &ret->items[limit - 1];

		ret->item_count = (size_t)limit;
		ret->next = arena_format(tx_arena(tx), "%lld.%lld", (long long)sort_value(last, sort), (long long)last->id.v);
	}
	finish_cards(tx, ret->items, ret->item_count);
	return NULL;
}

problem catalog__own(struct tx *tx, struct creator_id creator, struct work_card **ret, size_t *ret_count)
{
	problem why = read_all(tx, &card_row, 500, (void **)ret, ret_count,
	                       CARD_SELECT " where w.creator_id = $1 order by w.published_ms desc, w.id desc limit 500", V(creator.v));

	if (!why)
		finish_cards(tx, *ret, *ret_count);
	return why;
}

problem catalog__addresses(struct tx *tx, int64_t after, size_t most, struct work_card **ret, size_t *ret_count)
{
	problem why = read_all(tx, &card_row, most, (void **)ret, ret_count,
	                       CARD_SELECT " where w.state = 'published' and w.id > $1 order by w.id limit $2", V(after, most));

	if (!why)
		finish_cards(tx, *ret, *ret_count);
	return why;
}

/* ---- a work whole ---- */

struct work_more {
	struct text for_whom, tags, about, description;
	int64_t changed_ms, number, revision;
};
static const struct shape work_more_row = SHAPE(work_more,
	FIELD(work_more, for_whom,   SHAPE_TEXT),
	FIELD(work_more, tags,       SHAPE_TEXT),
	FIELD(work_more, about,      SHAPE_TEXT),
	FIELD(work_more, description, SHAPE_JSON, .nullable = true),
	FIELD(work_more, changed_ms, SHAPE_TIME),
	FIELD(work_more, number,     SHAPE_INT),
	FIELD(work_more, revision,   SHAPE_INT));

struct lesson_row {
	struct text key, title;
	int64_t section, minutes, quizzes;
	bool free;
};
static const struct shape lesson_head_row = SHAPE(lesson_row,
	FIELD(lesson_row, key,     SHAPE_TEXT),
	FIELD(lesson_row, title,   SHAPE_TEXT),
	FIELD(lesson_row, section, SHAPE_INT),
	FIELD(lesson_row, free,    SHAPE_BOOL),
	FIELD(lesson_row, minutes, SHAPE_INT),
	FIELD(lesson_row, quizzes, SHAPE_INT));
static const struct shape section_row = SHAPE_AS("section_row", section, FIELD(section, title, SHAPE_TEXT));

problem catalog__read_texts(struct arena *arena, struct text json, struct text **ret, size_t *ret_count)
{
	json_t *tree;
	problem why = json_read(arena, json, &tree);

	if (why)
		return why;
	*ret_count = json_array_size(tree);
	*ret = ARENA_ARRAY(arena, struct text, *ret_count);
	for (size_t i = 0; i < *ret_count; i++)
		(*ret)[i] = json_text(json_array_get(tree, i));
	return NULL;
}

/* Lessons come in order, so each section's are neighbours. */
static void fill_sections(struct tx *tx, struct work *work, const struct lesson_row *rows, size_t n)
{
	struct lesson_head *heads = ARENA_ARRAY(tx_arena(tx), struct lesson_head, n);

	work->previews = ARENA_ARRAY(tx_arena(tx), struct lesson_head, n);
	for (size_t i = 0; i < n; i++) {
		struct section *section = &work->sections[(size_t)rows[i].section];

		heads[i] = (struct lesson_head){ .key = rows[i].key, .title = rows[i].title, .free = rows[i].free || work->card.free,
		                                 .quiz_count = rows[i].quizzes, .minutes = rows[i].minutes };
		if (heads[i].free) {
			heads[i].url = arena_format(tx_arena(tx), "%.*s/%.*s", TEXT_ARG(work->card.url), TEXT_ARG(rows[i].key));
			work->previews[work->preview_count++] = heads[i];
		}
		if (!section->lesson_count)
			section->lessons = &heads[i];
		section->lesson_count++;
	}
}

static problem load_tree(struct tx *tx, struct work *ret)
{
	struct lesson_row *rows;
	size_t n;
	int64_t edition = ret->card.edition.v;
	problem why = read_all(tx, &section_row, WORK_SECTIONS_MAX, (void **)&ret->sections, &ret->section_count,
	                       "select title from section where edition_id = $1 order by position limit 200", V(edition));

	if (!why)
		why = read_all(tx, &lesson_head_row, WORK_LESSONS_MAX, (void **)&rows, &n,
		               "select l.lesson_key, l.title, l.section, l.free, l.minutes, (select count(*) from quiz q where"
		               " q.edition_id = l.edition_id and q.lesson_key = l.lesson_key) from lesson l where l.edition_id = $1"
		               " order by l.position limit 2000",
		               V(edition));
	if (!why)
		fill_sections(tx, ret, rows, n);
	return why;
}

static const struct shape terms_row = SHAPE_AS("work_terms_row", work_terms,
	FIELD(work_terms, access,          SHAPE_ENUM, .names = access_rule_names),
	FIELD(work_terms, access_days,     SHAPE_INT),
	FIELD(work_terms, access_until_ms, SHAPE_INT),
	FIELD(work_terms, refund_days,     SHAPE_INT),
	FIELD(work_terms, refund_percent,  SHAPE_INT));

problem work_terms_load(struct tx *tx, struct work_id id, struct work_terms *ret)
{
	return read_one(tx, &work_missing, &terms_row, ret,
	                "select access, access_days, access_until_ms, refund_days, refund_percent from work where id = $1", V(id.v));
}

static problem load_bundle(struct tx *tx, struct work *ret)
{
	problem why = bundle__items(tx, ret->card.id, OPENS_ON_SALE, &ret->works, &ret->work_count);
	struct bundle_sum sum;

	if (why)
		return why;
	ret->card.lesson_count = (int64_t)ret->work_count;
	sum = bundle__sum(ret->works, ret->work_count, ret->card.price);
	ret->single = sum.single;
	ret->saved = sum.saved;
	ret->saves = sum.saved.fen > 0;
	return NULL;
}

problem work_load(struct tx *tx, const struct work_card *card, struct work *ret)
{
	struct work_more more;
	problem why;

	*ret = (struct work){ .card = *card };
	why = read_one(tx, &work_missing, &work_more_row, &more,
	               "select w.for_whom, w.tags, c.about, w.description, w.changed_ms, e.number, e.revision from work w"
	               " join creator c on c.id = w.creator_id join edition e on e.work_id = w.id and e.id = $2 where w.id = $1",
	               V(card->id.v, card->edition.v));
	if (!why)
		why = catalog__read_texts(tx_arena(tx), more.for_whom, &ret->for_whom, &ret->for_whom_count);
	if (!why)
		why = catalog__read_texts(tx_arena(tx), more.tags, &ret->tags, &ret->tag_count);
	if (!why)
		why = work_terms_load(tx, card->id, &ret->terms);
	if (why)
		return why;
	ret->refund_days = card->free ? 0 : ret->terms.refund_days;
	ret->description = more.description;
	ret->edition_number = more.number;
	ret->revision = more.revision;
	ret->changed_ms = more.changed_ms;
	ret->author_about = more.about.length ? more.about : (struct text){ 0 };
	return card->kind == WORK_BUNDLE ? load_bundle(tx, ret) : load_tree(tx, ret);
}

const struct shape work_edition_shape = SHAPE(work_edition,
	FIELD(work_edition, number,  SHAPE_INT),
	FIELD(work_edition, at_ms,   SHAPE_TIME),
	FIELD(work_edition, changes, SHAPE_TEXT, .says = "in the author's words"));
static const struct shape edition_row = SHAPE_AS("work_edition_row", work_edition,
	FIELD(work_edition, id,      SHAPE_ID),
	FIELD(work_edition, number,  SHAPE_INT),
	FIELD(work_edition, at_ms,   SHAPE_TIME),
	FIELD(work_edition, changes, SHAPE_TEXT));

problem work_editions(struct tx *tx, struct work_id id, struct work_edition **ret, size_t *ret_count)
{
	return read_all(tx, &edition_row, WORK_EDITIONS_MAX, (void **)ret, ret_count,
	                "select e.id, e.number, e.created_ms, coalesce(n.changes, '') from edition e left join edition_note n"
	                " on n.work_id = e.work_id and n.number = e.number and n.revision = 0 where e.work_id = $1"
	                " order by e.number desc limit $2",
	                V(id.v, WORK_EDITIONS_MAX));
}

/* ---- lessons and quizzes ---- */

struct lesson_full {
	struct lesson lesson;
	int64_t position;
};
static const struct shape lesson_full_row = SHAPE(lesson_full,
	NAMED(lesson_full, "key",     lesson.key,     SHAPE_TEXT),
	NAMED(lesson_full, "title",   lesson.title,   SHAPE_TEXT),
	NAMED(lesson_full, "doc",     lesson.doc,     SHAPE_JSON),
	NAMED(lesson_full, "free",    lesson.free,    SHAPE_BOOL),
	NAMED(lesson_full, "section", lesson.section, SHAPE_TEXT),
	FIELD(lesson_full, position,  SHAPE_INT));

struct neighbour {
	struct text key, title;
};
static const struct shape neighbour_row = SHAPE(neighbour, FIELD(neighbour, key, SHAPE_TEXT), FIELD(neighbour, title, SHAPE_TEXT));

static problem read_neighbour(struct tx *tx, struct edition_id edition, int64_t position, struct neighbour *ret)
{
	problem why = read_one(tx, &lesson_missing, &neighbour_row, ret,
	                       "select lesson_key, title from lesson where edition_id = $1 and position = $2", V(edition.v, position));

	return why == &lesson_missing ? NULL : why;
}

problem lesson_load(struct tx *tx, struct edition_id edition, struct text key, struct lesson *ret)
{
	struct lesson_full full;
	struct neighbour previous = { 0 }, next = { 0 };
	problem why = read_one(tx, &lesson_missing, &lesson_full_row, &full,
	                       "select l.lesson_key, l.title, t.doc, l.free, s.title, l.position from lesson l"
	                       " join lesson_content t on t.hash = l.content_hash"
	                       " join section s on s.edition_id = l.edition_id and s.position = l.section"
	                       " where l.edition_id = $1 and l.lesson_key = $2",
	                       V(edition.v, key));

	if (!why)
		why = read_neighbour(tx, edition, full.position - 1, &previous);
	if (!why)
		why = read_neighbour(tx, edition, full.position + 1, &next);
	if (why)
		return why;
	*ret = full.lesson;
	ret->previous_key = previous.key;
	ret->previous_title = previous.title;
	ret->next_key = next.key;
	ret->next_title = next.title;
	return NULL;
}

static const struct shape quiz_row = SHAPE(quiz,
	FIELD(quiz, key,        SHAPE_TEXT),
	FIELD(quiz, lesson_key, SHAPE_TEXT),
	FIELD(quiz, title,      SHAPE_TEXT),
	FIELD(quiz, items,      SHAPE_JSON));

problem quiz_load(struct tx *tx, struct edition_id edition, struct text key, struct quiz *ret)
{
	return read_one(tx, &quiz_missing, &quiz_row, ret,
	                "select quiz_key, lesson_key, title, items from quiz where edition_id = $1 and quiz_key = $2", V(edition.v, key));
}

problem quizzes_of_lesson(struct tx *tx, struct edition_id edition, struct text lesson_key, struct quiz **ret, size_t *ret_count)
{
	return read_all(tx, &quiz_row, 20, (void **)ret, ret_count,
	                "select quiz_key, lesson_key, title, items from quiz where edition_id = $1 and lesson_key = $2 order by position limit 20",
	                V(edition.v, lesson_key));
}

/* ---- creators ---- */

static const struct shape creator_row = SHAPE_AS("creator_row", creator,
	FIELD(creator, id,         SHAPE_ID),
	FIELD(creator, user,       SHAPE_ID, .nullable = true),
	FIELD(creator, name,       SHAPE_TEXT),
	FIELD(creator, slug,       SHAPE_TEXT),
	FIELD(creator, about,      SHAPE_TEXT),
	FIELD(creator, created_ms, SHAPE_TIME));
#define CREATOR_SELECT "select id, user_id, name, slug, about, created_ms from creator"

problem creator_by_id(struct tx *tx, struct creator_id id, struct creator *ret)
{
	*ret = (struct creator){ 0 };
	return read_one(tx, &creator_missing, &creator_row, ret, CREATOR_SELECT " where id = $1", V(id.v));
}

problem creator_by_name(struct tx *tx, struct text name, struct creator *ret)
{
	*ret = (struct creator){ 0 };
	return read_one(tx, &creator_missing, &creator_row, ret, CREATOR_SELECT " where name = $1", V(name));
}

problem creator_by_slug(struct tx *tx, struct text slug, struct creator *ret)
{
	*ret = (struct creator){ 0 };
	return read_one(tx, &creator_missing, &creator_row, ret, CREATOR_SELECT " where slug = $1", V(slug));
}

problem creator_by_user(struct tx *tx, struct user_id user, struct creator *ret)
{
	*ret = (struct creator){ 0 };
	return read_one(tx, &creator_missing, &creator_row, ret, CREATOR_SELECT " where user_id = $1", V(user.v));
}

/* ---- what search indexes ---- */

static const struct shape search_row = SHAPE(catalog_search_doc,
	FIELD(catalog_search_doc, id,            SHAPE_ID),
	FIELD(catalog_search_doc, kind,          SHAPE_ENUM, .names = work_kind_names),
	FIELD(catalog_search_doc, title,         SHAPE_TEXT),
	FIELD(catalog_search_doc, author,        SHAPE_TEXT),
	FIELD(catalog_search_doc, author_slug,   SHAPE_TEXT),
	FIELD(catalog_search_doc, category,      SHAPE_TEXT, .nullable = true),
	FIELD(catalog_search_doc, category_slug, SHAPE_TEXT, .nullable = true),
	FIELD(catalog_search_doc, language,      SHAPE_TEXT),
	FIELD(catalog_search_doc, tags,          SHAPE_TEXT),
	FIELD(catalog_search_doc, slug,          SHAPE_TEXT),
	FIELD(catalog_search_doc, summary,       SHAPE_TEXT),
	FIELD(catalog_search_doc, price,         SHAPE_MONEY),
	FIELD(catalog_search_doc, published_ms,  SHAPE_TIME),
	FIELD(catalog_search_doc, sales,         SHAPE_INT),
	FIELD(catalog_search_doc, popularity,    SHAPE_INT),
	FIELD(catalog_search_doc, hue,           SHAPE_INT),
	FIELD(catalog_search_doc, pattern,       SHAPE_INT));
/* The state as an expression: a walk along the ids, 200 at a time, must not become a sort of all that is published. */
#define SEARCH_SELECT                                                                                                     \
	"select w.id, w.kind, w.title, c.name, c.slug, k.name, k.slug, w.language, w.tags, w.slug, w.summary, w.price,"    \
	" w.published_ms, w.sales, w.popularity, w.hue, w.pattern from work w join creator c on c.id = w.creator_id"                        \
	" left join category k on k.id = w.category_id where w.state || '' = 'published'"

struct lesson_words {
	struct text title, plain;
};
static const struct shape lesson_words_row = SHAPE(lesson_words,
	FIELD(lesson_words, title, SHAPE_TEXT),
	FIELD(lesson_words, plain, SHAPE_TEXT));

static problem add_lessons(struct tx *tx, struct catalog_search_doc *doc)
{
	CLEANUP(buffer_free) struct buffer titles = BUFFER(1 << 20), body = BUFFER(4 << 20);
	struct lesson_words *lessons;
	size_t n;
	problem why = read_all(tx, &lesson_words_row, WORK_LESSONS_MAX, (void **)&lessons, &n,
	                       "select l.title, substr(t.plain, 1, 300) from work w join lesson l on l.edition_id = w.edition_id"
	                       " join lesson_content t on t.hash = l.content_hash where w.id = $1 order by l.position limit 2000",
	                       V(doc->id.v));

	if (why)
		return why;
	buffer_add(&body, doc->summary);
	for (size_t i = 0; i < n; i++) {
		buffer_add(&titles, lessons[i].title);
		buffer_add_char(&titles, '\n');
		buffer_add_char(&body, '\n');
		buffer_add(&body, lessons[i].plain);
	}
	doc->lesson_titles = arena_text(tx_arena(tx), buffer_text(&titles));
	doc->body = arena_text(tx_arena(tx), buffer_text(&body));
	return NULL;
}

/* A bundle is found by what is in it. */
static problem add_works(struct tx *tx, struct catalog_search_doc *doc)
{
	CLEANUP(buffer_free) struct buffer titles = BUFFER(64 * 1024);
	struct work_card *works;
	size_t n;
	problem why = bundle__items(tx, doc->id, OPENS_ON_SALE, &works, &n);

	for (size_t i = 0; !why && i < n; i++) {
		buffer_add(&titles, works[i].title);
		buffer_add_char(&titles, '\n');
	}
	doc->lesson_titles = arena_text(tx_arena(tx), buffer_text(&titles));
	doc->body = doc->summary;
	return why;
}

static problem finish_doc(struct tx *tx, struct catalog_search_doc *doc)
{
	struct work_card card = { .slug = doc->slug, .kind = doc->kind, .language = doc->language };
	CLEANUP(buffer_free) struct buffer tags = BUFFER(64 * 1024);
	struct text *words;
	size_t n;
	problem why = catalog__read_texts(tx_arena(tx), doc->tags, &words, &n);

	if (why)
		return why;
	for (size_t i = 0; i < n; i++) {
		if (i)
			buffer_add_char(&tags, ' ');
		buffer_add(&tags, words[i]);
	}
	doc->tags = arena_text(tx_arena(tx), buffer_text(&tags));
	catalog__finish_card(tx, &card);
	doc->url = card.url;
	return doc->kind == WORK_BUNDLE ? add_works(tx, doc) : add_lessons(tx, doc);
}

problem catalog_search_doc(struct tx *tx, struct work_id id, struct catalog_search_doc *ret)
{
	problem why = read_one(tx, &work_missing, &search_row, ret, SEARCH_SELECT " and w.id = $1", V(id.v));

	return why ? why : finish_doc(tx, ret);
}

problem catalog_search_docs(struct tx *tx, struct work_id after, size_t most, struct catalog_search_doc **ret, size_t *ret_count)
{
	problem why = read_all(tx, &search_row, most, (void **)ret, ret_count, SEARCH_SELECT " and w.id > $1 order by w.id limit $2", V(after.v, most));

	for (size_t i = 0; !why && i < *ret_count; i++)
		why = finish_doc(tx, &(*ret)[i]);
	return why;
}
