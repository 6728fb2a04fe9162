/* search_fuzz.c - a question to the index, and a work that somebody named. The lines of the input are what is typed, how it
 * is sorted and filtered, and title, author, tags and text of a work.
 *
 * Promised: a page of results is what index.h says (no document twice, counts that add up, marks within the texts); and a
 * work is found by its own title, if that is no longer than a query may be. */
#include <assert.h>

#include "search/index.h"
#include "search/normalise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OWN = 100 };

static struct index *some_works(void)
{
	static const char *const titles[] = { "机器学习入门", "深度神经网络", "Python 数据分析实战", "C++ 与 C# 入门", "C语言程序设计",
		                              "银行从业资格", "重庆旅行", "唐诗三百首", "Statistics for makers", "机器学习进阶" };
	static struct index *index;

	if (index)
		return index;
	index = index_new();
	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
		index_put(index, &(struct index_doc){ .id = (int64_t)i + 1, .title = text_of(titles[i]), .author = TEXT("林知遥"),
		                                      .author_slug = i % 2 ? TEXT("lin") : TEXT("zhi"), .tags = TEXT("编程 math"),
		                                      .category = TEXT("编程"), .category_slug = i % 3 ? TEXT("code") : TEXT("art"),
		                                      .summary = text_of(titles[(i + 3) % 10]), .body = text_of(titles[(i + 7) % 10]),
		                                      .url = TEXT("/course/x"), .kind = 1 + (unsigned)i % 5, .price = (int64_t)i % 4 * 1000,
		                                      .published_ms = (int64_t)i * 86400000, .sales = (int64_t)i * 7 });
	index_publish(index);
	return index;
}

/* ---- what came of it ---- */

static void check_marks(struct index_marks marks, struct text t)
{
	int64_t end = 0, length = (int64_t)text_characters(t);

	for (size_t i = 0; i < marks.count; i++) {
		assert(marks.items[i].start >= end && marks.items[i].length > 0);
		end = marks.items[i].start + marks.items[i].length;
	}
	assert(end <= length);
}

static void check_result(const struct index_query *query, const struct index_result *result)
{
	int64_t kinds = 0;

	assert(result->hit_count <= query->limit && result->skipped + result->hit_count <= result->total);
	for (size_t i = 0; i < result->hit_count; i++) {
		const struct index_hit *hit = &result->hits[i];

		for (size_t k = 0; k < i; k++)
			assert(result->hits[k].id != hit->id);
		assert(!query->kind || hit->kind == query->kind);
		assert(hit->price >= query->price_least && (query->price_most < 0 || hit->price <= query->price_most));
		check_marks(hit->title_marks, hit->title);
		check_marks(hit->summary_marks, hit->summary);
	}
	for (int k = 0; k < INDEX_KINDS; k++)
		kinds += result->kinds[k];
	assert(kinds >= (int64_t)result->total && (query->kind || kinds == (int64_t)result->total));
	assert(text_is_utf8(result->corrected));
}

static bool holds(const struct index_result *result, int64_t id)
{
	for (size_t i = 0; i < result->hit_count; i++)
		if (result->hits[i].id == id)
			return true;
	return false;
}

/* ---- the two halves of an input ---- */

static void try_suggestions(struct index_reader *reader, struct text typed)
{
	struct index_suggestion found[INDEX_SUGGESTIONS_MAX];
	size_t count = index_suggest(reader, typed, 8, found);

	assert(count <= 8);
	for (size_t i = 0; i < count; i++)
		assert(found[i].text.length && found[i].kind >= SUGGEST_WORK && found[i].kind <= SUGGEST_TAG);
}

static void ask(struct index *index, struct arena *arena, const struct index_query *query, int64_t wanted)
{
	struct index_reader *reader = index_enter(index);
	struct index_result result;

	index_search(reader, arena, query, &result);
	check_result(query, &result);
	assert(!wanted || holds(&result, wanted));
	try_suggestions(reader, query->keyword);
	index_leave(reader);
}

/* Up to eight digits: sort, kind, category, author, least and largest price, places to skip, document to go on behind. */
static struct index_query query_of(struct text keyword, struct text how)
{
	static const struct text slugs[] = { { "none", 4 }, { "code", 4 } };
	int digits[8] = { 0 };

	for (size_t i = 0; i < 8 && i < how.length; i++)
		digits[i] = (unsigned char)how.at[i] % 16;
	return (struct index_query){
		.keyword = keyword, .sort = (enum index_sort)(digits[0] % 5), .kind = (unsigned)digits[1] % 6,
		.categories = digits[2] ? &slugs[digits[2] % 2] : NULL, .category_count = digits[2] != 0,
		.author = digits[3] ? digits[3] % 2 ? TEXT("lin") : TEXT("none") : (struct text){ 0 },
		.price_least = digits[4] * 500, .price_most = digits[5] ? digits[5] * 500 : -1,
		.skip = (size_t)digits[6], .after = digits[7], .limit = 10,
	};
}

static void try_work(struct arena *arena, const struct index_doc *doc, struct text keyword)
{
	static struct index *index;
	struct index_query query = { .keyword = doc->title, .price_most = -1, .limit = 10 };
	size_t length = fold(arena, doc->title, 1000).length;

	if (!index)
		index = index_new();
	index_put(index, doc); /* instead of the one before */
	index_publish(index);
	ask(index, arena, &query, length && length <= INDEX_QUERY_CHARACTERS_MAX ? OWN : 0);
	query.keyword = keyword;
	ask(index, arena, &query, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text rest = { (const char *)data, size < 20000 ? size : 20000 };
	struct text keyword = text_cut(&rest, '\n'), how = text_cut(&rest, '\n');
	struct index_doc doc = { .id = OWN, .kind = 1, .title = text_cut(&rest, '\n'), .author = text_cut(&rest, '\n'),
		                 .tags = text_cut(&rest, '\n'), .body = rest, .summary = rest };
	struct index_query query = query_of(keyword, how);
	struct arena *arena = arena_new((size_t)64 << 20);

	ask(some_works(), arena, &query, 0);
	if (doc.title.length && text_is_utf8((struct text){ (const char *)data, size }))
		try_work(arena, &doc, keyword);
	arena_free(arena);
	return 0;
}
