/* search_http.c - /api/search, /api/suggest and the page /search. The index proposes; each hit is looked up before it is shown,
 * so what is no longer public never is, whatever the index knows, and its price is today's. */
#include "search/search_room.h"

#include <stdlib.h>

#include "serve/page.h"

enum { SEARCH_LIMIT = 20, SUGGEST_LIMIT = 8, FACETS_MAX = 12 };

static const char *const sort_names[] = { "relevance", "new", "price", "price-desc", "sales", NULL };

struct search_query {
	struct text keyword, category, author, after;
	int kind, sort;
	int64_t price_min, price_max, limit;
	bool free;
};
static const struct shape search_query_shape = SHAPE(search_query,
	FIELD(search_query, keyword,   SHAPE_TEXT,  .optional = true, .max = 200),
	FIELD(search_query, kind,      SHAPE_ENUM,  .optional = true, .names = work_kind_names),
	FIELD(search_query, category,  SHAPE_TEXT,  .optional = true, .max = 64),
	FIELD(search_query, author,    SHAPE_TEXT,  .optional = true, .max = 64),
	FIELD(search_query, price_min, SHAPE_INT,   .optional = true, .min = 0, .max = 100000000),
	FIELD(search_query, price_max, SHAPE_INT,   .optional = true, .min = 0, .max = 100000000),
	FIELD(search_query, free,      SHAPE_BOOL,  .optional = true),
	FIELD(search_query, sort,      SHAPE_ENUM,  .optional = true, .names = sort_names),
	FIELD(search_query, limit,     SHAPE_INT,   .optional = true, .min = 1, .max = INDEX_RESULTS_MAX),
	FIELD(search_query, after,     SHAPE_TEXT,  .optional = true, .max = 64));
static const struct search_query search_defaults = { .price_max = -1, .limit = SEARCH_LIMIT };

struct facet {
	struct text value, name;
	int64_t count;
};
struct facets {
	struct facet *kind, *category;
	size_t kind_count, category_count;
	int64_t free;
};
struct api_hit;
struct search_answer {
	struct api_hit *items;
	size_t item_count;
	int64_t total;
	struct facets facets;
	struct text corrected, next;
};

#define HIT_FIELDS(type)                                                                            \
	NAMED(type, "id",       card.id,       SHAPE_ID),                                           \
	NAMED(type, "title",    card.title,    SHAPE_TEXT),                                         \
	NAMED(type, "url",      card.url,      SHAPE_TEXT),                                         \
	NAMED(type, "author",   card.author,   SHAPE_OBJECT, .of = &author_shape),                  \
	NAMED(type, "kind",     card.kind,     SHAPE_ENUM, .names = work_kind_names),               \
	NAMED(type, "category", card.category, SHAPE_OBJECT, .of = &category_shape, .optional = true, \
	      .given_at = offsetof(struct type, card.category_given)),                              \
	NAMED(type, "price",    card.price,    SHAPE_MONEY),                                        \
	NAMED(type, "discounted", card.discounted, SHAPE_BOOL),                                     \
	NAMED(type, "list_price", card.list_price, SHAPE_MONEY),                                    \
	NAMED(type, "summary",  card.summary,  SHAPE_TEXT),                                         \
	NAMED(type, "language", card.language, SHAPE_TEXT),                                         \
	NAMED(type, "hue",      card.hue,      SHAPE_INT),                                          \
	NAMED(type, "pattern",  card.pattern,  SHAPE_INT), \
	NAMED(type, "cover",    card.cover,    SHAPE_TEXT, .optional = true)
static const struct shape author_shape = SHAPE(author_ref, FIELD(author_ref, name, SHAPE_TEXT), FIELD(author_ref, slug, SHAPE_TEXT));
static const struct shape category_shape = SHAPE(category_ref, FIELD(category_ref, name, SHAPE_TEXT), FIELD(category_ref, slug, SHAPE_TEXT));

static const struct shape mark_shape = SHAPE_AS("mark", index_mark,
	FIELD(index_mark, start,  SHAPE_INT, .says = "in code points"),
	FIELD(index_mark, length, SHAPE_INT));
struct hit_marks {
	struct index_mark *title, *summary;
	size_t title_count, summary_count;
};
static const struct shape marks_shape = SHAPE_AS("marks", hit_marks,
	LIST(hit_marks, title,   title_count,   &mark_shape),
	LIST(hit_marks, summary, summary_count, &mark_shape));

struct api_hit {
	struct work_card card;
	struct hit_marks marks;
	struct text title_html, summary_html; /* for the page */
};
static const struct shape api_hit_shape = SHAPE_AS("search_hit", api_hit,
	HIT_FIELDS(api_hit),
	FIELD(api_hit, marks, SHAPE_OBJECT, .of = &marks_shape));
static const struct shape facet_shape = SHAPE(facet,
	FIELD(facet, value, SHAPE_TEXT),
	FIELD(facet, name,  SHAPE_TEXT, .optional = true),
	FIELD(facet, count, SHAPE_INT));
static const struct shape facets_shape = SHAPE(facets,
	LIST(facets, kind,     kind_count,     &facet_shape),
	LIST(facets, category, category_count, &facet_shape),
	FIELD(facets, free,    SHAPE_INT));
static const struct shape search_answer_shape = SHAPE(search_answer,
	LIST(search_answer,  items,     item_count, &api_hit_shape),
	FIELD(search_answer, total,     SHAPE_INT),
	FIELD(search_answer, facets,    SHAPE_OBJECT, .of = &facets_shape),
	FIELD(search_answer, corrected, SHAPE_TEXT, .optional = true),
	FIELD(search_answer, next,      SHAPE_TEXT, .optional = true));

/* ---- asking the index ---- */

static bool read_place(struct text after, struct index_query *q)
{
	struct text rest = after;
	int64_t skip;

	if (!text_to_int(text_cut(&rest, '.'), &skip) || !text_to_int(rest, &q->after) || skip < 0 || skip > INDEX_PLACES_MAX)
		return false;
	q->skip = (size_t)skip;
	return true;
}

static problem to_index_query(const struct search_query *in, struct index_query *ret)
{
	*ret = (struct index_query){
		.keyword = text_trim(in->keyword),
		.kind = (unsigned)in->kind,
		.author = in->author,
		.price_least = in->price_min,
		.price_most = in->free ? 0 : in->price_max,
		.sort = (enum index_sort)in->sort,
		.limit = (size_t)in->limit,
	};
	if (in->after.length && !read_place(in->after, ret))
		return &problem_malformed;
	if (ret->skip + ret->limit > INDEX_PLACES_MAX)
		ret->limit = INDEX_PLACES_MAX - ret->skip;
	return NULL;
}

/* ---- the categories of today, where the index knows those of the day a work was read in ---- */

struct names {
	struct category_name *items;
	size_t count;
};

static const struct category_name *name_of(const struct names *names, struct text slug)
{
	for (size_t i = 0; slug.length && i < names->count; i++) {
		if (text_eq(names->items[i].slug, slug))
			return &names->items[i];
	}
	return NULL;
}

/* The chosen one with all that stands below it; of one that there is not, nothing is found. */
static void choose_categories(struct arena *arena, const struct names *names, struct text chosen, struct index_query *query)
{
	const struct category_name *found = name_of(names, chosen);
	struct text *slugs;

	if (!chosen.length)
		return;
	slugs = ARENA_ARRAY(arena, struct text, names->count + 1);
	for (size_t i = 0; found && i < names->count; i++) {
		if (text_eq(names->items[i].own, found->own) || text_eq(names->items[i].top, found->own))
			slugs[query->category_count++] = names->items[i].slug;
	}
	query->categories = slugs;
}

/* The texts of a hit are the index's, which may drop them once its reader has left. */
static struct work_card card_of(struct arena *arena, const struct index_hit *hit, const struct work_offer *offer, const struct category_name *category)
{
	return (struct work_card){
		.id = { hit->id },
		.title = arena_text(arena, hit->title),
		.url = arena_text(arena, hit->url),
		.author = { arena_text(arena, hit->author), arena_text(arena, hit->author_slug) },
		.kind = (int)hit->kind,
		.category_given = category && !category->hidden ? GIVEN_VALUE : GIVEN_NOT,
		.category = { .name = category ? category->name : TEXT(""), .slug = category ? category->own : TEXT("") },
		.price = offer->price,
		.list_price = offer->list_price,
		.discounted = offer->list_price.fen > 0,
		.free = offer->price.fen == 0,
		.summary = arena_text(arena, hit->summary),
		.language = arena_text(arena, hit->language),
		.hue = hit->hue,
		.pattern = hit->pattern,
	};
}

static void add_hit(struct arena *arena, const struct index_hit *hit, const struct work_offer *offer, const struct names *names, struct search_answer *ret)
{
	ret->items[ret->item_count++] = (struct api_hit){
		.card = card_of(arena, hit, offer, name_of(names, hit->category_slug)),
		.marks = { hit->title_marks.items, hit->summary_marks.items, hit->title_marks.count, hit->summary_marks.count },
	};
}

/* Those of the hits that anybody may see now. */
static problem add_hits(struct request *rq, const struct index_result *result, const struct names *names, struct search_answer *ret)
{
	int64_t ids[INDEX_RESULTS_MAX];
	struct work_offer *offers;
	size_t count;
	problem why;

	for (size_t i = 0; i < result->hit_count; i++)
		ids[i] = result->hits[i].id;
	why = works_published(rq->tx, ids, result->hit_count, &offers, &count);
	if (why)
		return why;
	ret->items = ARENA_ARRAY(rq->arena, struct api_hit, result->hit_count + 1);
	for (size_t i = 0; i < result->hit_count; i++)
		for (size_t k = 0; k < count; k++)
			if (offers[k].id.v == ids[i])
				add_hit(rq->arena, &result->hits[i], &offers[k], names, ret);
	return NULL;
}

static struct facet *facet_of(struct facets *facets, struct text slug)
{
	for (size_t i = 0; i < facets->category_count; i++) {
		if (text_eq(facets->category[i].value, slug))
			return &facets->category[i];
	}
	return NULL;
}

static void count_category(struct facets *facets, struct text slug, struct text name, int64_t count)
{
	struct facet *facet = facet_of(facets, slug);

	if (!facet) {
		facet = &facets->category[facets->category_count++];
		*facet = (struct facet){ .value = slug, .name = name };
	}
	facet->count += count;
}

static int facet_compare(const void *a, const void *b)
{
	const struct facet *x = a, *y = b;

	return x->count != y->count ? (x->count > y->count ? -1 : 1) : text_compare(x->value, y->value);
}

/* The first level, largest first; behind it what stands below the one that is chosen. */
static void add_category_facets(struct arena *arena, const struct index_result *result, const struct names *names, struct text chosen, struct facets *ret)
{
	const struct category_name *open = name_of(names, chosen);
	struct facets below = { .category = ARENA_ARRAY(arena, struct facet, result->category_count + 1) };

	ret->category = ARENA_ARRAY(arena, struct facet, 2 * result->category_count + 1);
	for (size_t i = 0; i < result->category_count; i++) {
		const struct category_name *name = name_of(names, result->categories[i].value);

		if (!name || name->hidden)
			continue;
		count_category(ret, name->top, name->top_name, result->categories[i].count);
		if (open && text_eq(name->top, open->top) && !text_eq(name->own, name->top))
			count_category(&below, name->own, name->name, result->categories[i].count);
	}
	qsort(ret->category, ret->category_count, sizeof *ret->category, facet_compare);
	qsort(below.category, below.category_count, sizeof *below.category, facet_compare);
	if (ret->category_count > FACETS_MAX)
		ret->category_count = FACETS_MAX;
	for (size_t i = 0; i < below.category_count && i < FACETS_MAX; i++)
		ret->category[ret->category_count++] = below.category[i];
}

static void add_facets(struct arena *arena, const struct index_result *result, struct facets *ret)
{
	ret->kind = ARENA_ARRAY(arena, struct facet, INDEX_KINDS);
	for (int kind = 1; kind < WORK_KIND_COUNT; kind++) {
		if (result->kinds[kind])
			ret->kind[ret->kind_count++] = (struct facet){ .value = text_of(work_kind_names[kind]), .count = result->kinds[kind] };
	}
	ret->free = result->free;
}

static problem look(struct request *rq, const struct search_query *asked, struct search_answer *ret)
{
	struct index *index = search__index(rq->serve);
	struct index_query query;
	struct index_result result;
	struct index_reader *reader;
	struct names names;
	problem why = to_index_query(asked, &query);

	if (!why && !index)
		why = &search_not_ready;
	if (!why)
		why = catalog_category_names(rq->tx, rq->language, &names.items, &names.count);
	if (why)
		return why;
	choose_categories(rq->arena, &names, asked->category, &query);
	reader = index_enter(index);
	index_search(reader, rq->arena, &query, &result);
	why = add_hits(rq, &result, &names, ret);
	add_facets(rq->arena, &result, &ret->facets);
	add_category_facets(rq->arena, &result, &names, asked->category, &ret->facets);
	ret->total = (int64_t)result.total;
	ret->corrected = result.corrected.at ? arena_text(rq->arena, result.corrected) : (struct text){ 0 };
	if (result.hit_count && result.skipped + result.hit_count < result.total && result.skipped + result.hit_count < INDEX_PLACES_MAX)
		ret->next = arena_format(rq->arena, "%zu.%lld", result.skipped + result.hit_count, (long long)result.hits[result.hit_count - 1].id);
	index_leave(reader);
	return why;
}

static problem serve_search(struct request *rq)
{
	struct search_answer answer = { 0 };
	problem why = look(rq, rq->asked, &answer);

	return why ? why : reply(rq, 200, &search_answer_shape, &answer);
}

/* ---- suggestions ---- */

struct suggestion {
	struct text text, url;
	int kind;
};
struct suggestions {
	struct text q;
	struct suggestion *items;
	size_t item_count;
};
static const char *const suggestion_kinds[] = { NULL, [SUGGEST_WORK] = "work", [SUGGEST_AUTHOR] = "author", [SUGGEST_TAG] = "tag", NULL };
static const struct shape suggestion_shape = SHAPE(suggestion,
	FIELD(suggestion, text, SHAPE_TEXT),
	FIELD(suggestion, kind, SHAPE_ENUM, .names = suggestion_kinds),
	FIELD(suggestion, url,  SHAPE_TEXT, .optional = true));
static const struct shape suggest_query_shape = SHAPE_AS("suggest_query", suggestions, FIELD(suggestions, q, SHAPE_TEXT, .min = 1, .max = 100));
static const struct shape suggestions_shape = SHAPE(suggestions, LIST(suggestions, items, item_count, &suggestion_shape));

static bool is_offered(int64_t id, const struct work_offer *offers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (offers[i].id.v == id)
			return true;
	return false;
}

static struct suggestion suggestion_of(struct arena *arena, const struct index_suggestion *found)
{
	struct suggestion ret = { .text = arena_text(arena, found->text), .kind = (int)found->kind };

	if (found->kind == SUGGEST_WORK)
		ret.url = arena_text(arena, found->url);
	if (found->kind == SUGGEST_AUTHOR)
		ret.url = arena_format(arena, "/author/%.*s", TEXT_ARG(found->slug));
	return ret;
}

static problem add_suggestions(struct request *rq, const struct index_suggestion *found, size_t n, struct suggestions *ret)
{
	int64_t ids[SUGGEST_LIMIT];
	struct work_offer *offers;
	size_t works = 0, count;
	problem why;

	for (size_t i = 0; i < n; i++)
		if (found[i].kind == SUGGEST_WORK)
			ids[works++] = found[i].id;
	why = works_published(rq->tx, ids, works, &offers, &count);
	ret->items = ARENA_ARRAY(rq->arena, struct suggestion, SUGGEST_LIMIT);
	for (size_t i = 0; !why && i < n; i++)
		if (found[i].kind != SUGGEST_WORK || is_offered(found[i].id, offers, count))
			ret->items[ret->item_count++] = suggestion_of(rq->arena, &found[i]);
	return why;
}

static problem serve_suggest(struct request *rq)
{
	struct index *index = search__index(rq->serve);
	struct suggestions *s = rq->asked;
	struct index_suggestion found[SUGGEST_LIMIT];
	struct index_reader *reader;
	problem why;

	if (!index)
		return &search_not_ready;
	reader = index_enter(index);
	why = add_suggestions(rq, found, index_suggest(reader, s->q, SUGGEST_LIMIT, found), s);
	index_leave(reader);
	return why ? why : reply(rq, 200, &suggestions_shape, s);
}

/* ---- the page ---- */

struct chip {
	struct text url, label;
	bool current;
	int64_t count;
};
struct kept {
	struct text name, value;
};
struct search_page {
	struct text keyword, corrected, price_from, price_to, free_url, next_url;
	int64_t total;
	bool only_free;
	struct chip *kinds, *categories, *sorts;
	size_t kind_count, category_count, sort_count;
	struct kept *kept, *kept_price;
	size_t kept_count, kept_price_count;
	struct api_hit *items;
	size_t item_count;
};
static const struct shape chip_shape = SHAPE(chip,
	FIELD(chip, url,     SHAPE_TEXT),
	FIELD(chip, label,   SHAPE_TEXT),
	FIELD(chip, current, SHAPE_BOOL),
	FIELD(chip, count,   SHAPE_INT));
static const struct shape kept_shape = SHAPE(kept, FIELD(kept, name, SHAPE_TEXT), FIELD(kept, value, SHAPE_TEXT));
static const struct shape page_hit_shape = SHAPE_AS("page_hit", api_hit,
	HIT_FIELDS(api_hit),
	FIELD(api_hit, title_html,   SHAPE_HTML),
	FIELD(api_hit, summary_html, SHAPE_HTML));
static const struct shape search_page_shape = SHAPE(search_page,
	FIELD(search_page, keyword,    SHAPE_TEXT),
	FIELD(search_page, corrected,  SHAPE_TEXT, .optional = true),
	FIELD(search_page, price_from, SHAPE_TEXT),
	FIELD(search_page, price_to,   SHAPE_TEXT),
	FIELD(search_page, free_url,   SHAPE_TEXT),
	FIELD(search_page, next_url,   SHAPE_TEXT, .optional = true),
	FIELD(search_page, total,      SHAPE_INT),
	FIELD(search_page, only_free,  SHAPE_BOOL),
	LIST(search_page, kinds,      kind_count,       &chip_shape),
	LIST(search_page, categories, category_count,   &chip_shape),
	LIST(search_page, sorts,      sort_count,       &chip_shape),
	LIST(search_page, kept,       kept_count,       &kept_shape),
	LIST(search_page, kept_price, kept_price_count, &kept_shape),
	LIST(search_page, items,      item_count,       &page_hit_shape));

/* Below 0: no price was asked for. */
static struct text yuan(struct arena *arena, int64_t fen)
{
	return fen >= 0 ? arena_format(arena, "%lld", (long long)(fen / 100)) : TEXT("");
}

/* The page's address, which speaks yuan. */
static size_t query_parts(struct arena *arena, const struct search_query *q, struct kept *ret)
{
	const struct kept parts[] = {
		{ TEXT("keyword"), q->keyword },
		{ TEXT("kind"), text_of(q->kind ? work_kind_names[q->kind] : "") },
		{ TEXT("category"), q->category },
		{ TEXT("author"), q->author },
		{ TEXT("sort"), text_of(q->sort ? sort_names[q->sort] : "") },
		{ TEXT("free"), q->free ? TEXT("1") : TEXT("") },
		{ TEXT("price_from"), q->price_min > 0 ? yuan(arena, q->price_min) : TEXT("") },
		{ TEXT("price_to"), yuan(arena, q->price_max) },
		{ TEXT("after"), q->after },
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (parts[i].value.length)
			ret[n++] = parts[i];
	}
	return n;
}

enum { PARTS_MAX = 9 };

static struct text search_url(struct request *rq, const struct search_query *q)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(8192);
	struct kept parts[PARTS_MAX];
	size_t n = query_parts(rq->arena, q, parts);

	buffer_add(&out, text_is(rq->language, "en") ? TEXT("/en/search") : TEXT("/search"));
	for (size_t i = 0; i < n; i++) {
		buffer_format(&out, "%c%.*s=", i ? '&' : '?', TEXT_ARG(parts[i].name));
		http_encode(&out, parts[i].value);
	}
	return arena_text(rq->arena, buffer_text(&out));
}

static struct text say_of(struct request *rq, const char *group, struct text name)
{
	return say(rq, arena_cstr(rq->arena, arena_format(rq->arena, "%s.%.*s", group, TEXT_ARG(name))));
}

static struct text marked(struct arena *arena, struct text t, const struct index_mark *marks, size_t n)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(256 * 1024);
	struct text rest = t;
	int64_t at = 0;
	size_t k = 0;

	while (rest.length) {
		struct text one = rest;

		if (k < n && at == marks[k].start)
			buffer_add(&out, TEXT("<mark>"));
		text_next(&rest);
		one.length -= rest.length;
		escape_html(&out, one);
		at++;
		if (k < n && at == marks[k].start + marks[k].length) {
			buffer_add(&out, TEXT("</mark>"));
			k++;
		}
	}
	if (k < n && at > marks[k].start)
		buffer_add(&out, TEXT("</mark>"));
	return arena_text(arena, buffer_text(&out));
}

static void fill_chips(struct request *rq, const struct search_query *q, const struct facets *facets, struct search_page *page)
{
	struct search_query other = *q;

	page->kinds = ARENA_ARRAY(rq->arena, struct chip, INDEX_KINDS + 1);
	page->categories = ARENA_ARRAY(rq->arena, struct chip, 2 * FACETS_MAX);
	page->sorts = ARENA_ARRAY(rq->arena, struct chip, SORT_SALES + 1);
	other.kind = 0;
	page->kinds[page->kind_count++] = (struct chip){ .url = search_url(rq, &other), .label = say(rq, "kind.all"), .current = !q->kind };
	for (size_t i = 0; i < facets->kind_count; i++) {
		for (other.kind = 1; !text_is(facets->kind[i].value, work_kind_names[other.kind]); other.kind++)
			continue;
		page->kinds[page->kind_count++] = (struct chip){ .url = search_url(rq, &other), .label = say_of(rq, "kind", facets->kind[i].value),
			                                           .current = q->kind == other.kind, .count = facets->kind[i].count };
	}
	other = *q;
	for (size_t i = 0; i < facets->category_count; i++) {
		bool current = text_eq(q->category, facets->category[i].value);

		other.category = current ? (struct text){ 0 } : facets->category[i].value;
		page->categories[page->category_count++] = (struct chip){ .url = search_url(rq, &other), .label = facets->category[i].name, .current = current,
			                                                    .count = facets->category[i].count };
	}
	other = *q;
	for (other.sort = 0; other.sort <= SORT_SALES; other.sort++)
		page->sorts[page->sort_count++] = (struct chip){ .url = search_url(rq, &other), .label = say_of(rq, "sort", text_of(sort_names[other.sort])), .current = q->sort == other.sort };
	other = *q;
	other.free = !q->free;
	page->free_url = search_url(rq, &other);
}

static void fill_forms(struct request *rq, struct search_query q, struct search_page *page)
{
	struct search_query without = q;

	page->price_from = q.price_min > 0 ? yuan(rq->arena, q.price_min) : TEXT("");
	page->price_to = yuan(rq->arena, q.price_max);
	page->only_free = q.free;
	page->kept = ARENA_ARRAY(rq->arena, struct kept, PARTS_MAX);
	page->kept_price = ARENA_ARRAY(rq->arena, struct kept, PARTS_MAX);
	without.keyword = (struct text){ 0 };
	page->kept_count = query_parts(rq->arena, &without, page->kept);
	without = q;
	without.price_min = 0;
	without.price_max = -1;
	page->kept_price_count = query_parts(rq->arena, &without, page->kept_price);
}

/* The page's address and form speak yuan, the API fen. */
struct page_query {
	struct search_query q;
	int64_t price_from, price_to;
};
#define PAGE_FIELD(member, ...) NAMED(page_query, #member, q.member, __VA_ARGS__)
static const struct shape page_query_shape = SHAPE(page_query,
	PAGE_FIELD(keyword,   SHAPE_TEXT, .optional = true, .max = 200),
	PAGE_FIELD(kind,      SHAPE_ENUM, .optional = true, .names = work_kind_names),
	PAGE_FIELD(category,  SHAPE_TEXT, .optional = true, .max = 64),
	PAGE_FIELD(author,    SHAPE_TEXT, .optional = true, .max = 64),
	PAGE_FIELD(free,      SHAPE_BOOL, .optional = true),
	PAGE_FIELD(sort,      SHAPE_ENUM, .optional = true, .names = sort_names),
	PAGE_FIELD(after,     SHAPE_TEXT, .optional = true, .max = 64),
	FIELD(page_query, price_from, SHAPE_INT, .optional = true, .min = 0, .max = 1000000),
	FIELD(page_query, price_to,   SHAPE_INT, .optional = true, .min = 0, .max = 1000000));
static const struct page_query page_defaults = { .q = { .price_max = -1, .limit = SEARCH_LIMIT }, .price_from = -1, .price_to = -1 };

static problem page_search(struct request *rq)
{
	const struct page_query *asked = rq->asked;
	struct search_query q = asked->q;
	struct search_answer answer = { 0 };
	struct search_page shown = { 0 };
	struct page page = { .view = "search/search", .path = TEXT("/search"), .translated = true, .no_index = true };
	problem why;

	if (asked->price_from >= 0)
		q.price_min = asked->price_from * 100;
	if (asked->price_to >= 0)
		q.price_max = asked->price_to * 100;
	why = look(rq, &q, &answer);
	if (why)
		return why;
	page.title = q.keyword.length ? q.keyword : say(rq, "search.title");
	shown.keyword = q.keyword.at ? q.keyword : TEXT("");
	shown.corrected = answer.corrected;
	shown.total = answer.total;
	shown.items = answer.items;
	shown.item_count = answer.item_count;
	for (size_t i = 0; i < shown.item_count; i++) {
		struct api_hit *hit = &shown.items[i];

		hit->title_html = marked(rq->arena, hit->card.title, hit->marks.title, hit->marks.title_count);
		hit->summary_html = marked(rq->arena, hit->card.summary, hit->marks.summary, hit->marks.summary_count);
	}
	q.after = answer.next;
	if (answer.next.at)
		shown.next_url = search_url(rq, &q);
	q.after = (struct text){ 0 };
	fill_chips(rq, &q, &answer.facets, &shown);
	fill_forms(rq, q, &shown);
	return reply_page(rq, 200, &page, &search_page_shape, &shown);
}

const struct route search_routes[] = {
	{ GET, "/api/search", serve_search, READS, .who = ANYBODY, .asks = &search_query_shape, .defaults = &search_defaults, .gives = &search_answer_shape,
	  .limit = LIMIT_SEARCH, .says = "Find works" },
	{ GET, "/api/suggest", serve_suggest, READS, .who = ANYBODY, .asks = &suggest_query_shape, .gives = &suggestions_shape, .limit = LIMIT_SEARCH,
	  .says = "What one may be typing" },
	{ GET, "/search", page_search, READS, .who = ANYBODY, .asks = &page_query_shape, .defaults = &page_defaults, .page = true, .limit = LIMIT_SEARCH, .says = "Search" },
	{ GET, "/en/search", page_search, READS, .who = ANYBODY, .asks = &page_query_shape, .defaults = &page_defaults, .page = true, .limit = LIMIT_SEARCH,
	  .says = "Search (English)" },
	{ 0 },
};
