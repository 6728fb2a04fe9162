/* index_test.c - the index by itself: characters, lists, words, what is found, counted, marked and suggested; against
 * slow and obvious versions of the same. */
#include "base/testing.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/buffer.h"
#include "search/likeness.h"
#include "search/marks.h"
#include "search/testing.h"
#include "search/view.h"
#include "search/rank.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new((size_t)1 << 30);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static uint64_t seed;
static uint32_t random_below(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

/* ---- characters ---- */

static struct text folded_text(const char *from)
{
	struct folded f = fold(arena, text_of(from), 1000);
	char *bytes = arena_alloc(arena, f.length * 3 + 1);
	size_t length = 0;

	for (size_t i = 0; i < f.length; i++)
		length += text_encode(f.at[i], bytes + length);
	return (struct text){ bytes, length };
}

static void test_folds(void **state)
{
	(void)state;
	assert_text(folded_text("ＡＢＣ　１２３"), "abc 123");
	assert_text(folded_text("機器學習"), "机器学习");
	assert_text(folded_text("  《C++ 與 C# 入門》！！"), "c++ 与 c# 入门");
	assert_text(folded_text("1 + 1 # 2"), "1 1 2");
	assert_text(folded_text("Café Ångström"), "cafe angstrom");
	assert_text(folded_text("知\xE2\x80\x8B识\xEF\xBB\xBF坊"), "知识坊");
	assert_text(folded_text("ｶﾀｶﾅ"), "カタカナ");
	assert_text(folded_text("𝐏𝐲thon"), "python");
	assert_text(folded_text("①第２章"), "1第2章");
	assert_text(folded_text("😀学😀"), "学");
	assert_text(folded_text(""), "");
	assert_text(folded_text("\xFF\xFE学\xE5"), "学");
}

static void test_fold_is_final(void **state)
{
	(void)state;
	for (uint32_t c = 1; c < 0x10000; c++) {
		uint16_t to = fold_table[c];

		if (to == 0 || to == FOLD_GAP)
			continue;
		if (fold_table[to] != to && !(to >= FOLD_PRIVATE))
			fail_msg("U+%04X -> U+%04X -> U+%04X", c, to, fold_table[to]);
		assert_true(glyph_of(to) == GLYPH_HAN || glyph_is_word(glyph_of(to)));
	}
}

static void test_points(void **state)
{
	struct folded f = fold(arena, TEXT("a\xE2\x80\x8B，，𝐏学"), 100);

	(void)state;
	assert_int_equal(f.length, 4);
	assert_int_equal(f.points[0], 0);
	assert_int_equal(f.points[1], 2);
	assert_int_equal(f.points[2], 4);
	assert_int_equal(f.points[3], 5);
}

/* Other people's tables of the same. */
static void test_tables_agree(void **state)
{
	size_t count, same = 0, read = 0, readings = 0;
	struct text *lines = corpus_lines(arena, "search/t2s.tsv", &count);

	(void)state;
	if (!count)
		skip();
	for (size_t i = 0; i < count; i++) {
		unsigned from = 0, to = 0;

		sscanf(arena_cstr(arena, lines[i]), "%x %x", &from, &to);
		same += from < 0x10000 &&
			fold_table[from] == (to < 0x10000 ? to : FOLD_PRIVATE + to % FOLD_PRIVATE_SIZE);
	}
	assert_true(same * 1000 >= count * 995);
	lines = corpus_lines(arena, "search/pinyin.tsv", &count);
	for (size_t i = 0; i < count; i++) {
		char first[16] = "";
		unsigned code = 0;

		sscanf(arena_cstr(arena, lines[i]), "%x %15s", &code, first);
		if (code < READING_FIRST || code > READING_LAST)
			continue;
		readings++;
		for (unsigned n = 0; n < READINGS_MAX; n++)
			read += reading_nth(readings_of((uint16_t)code), n) &&
				!strcmp(syllable_name(reading_nth(readings_of((uint16_t)code), n)), first);
	}
	assert_true(readings > 20000 && read * 1000 >= readings * 995);
}

static struct text cut_text(const char *letters)
{
	struct folded f = fold(arena, text_of(letters), 100);
	uint16_t syllables[32];
	size_t count = syllables_cut(f.at, f.length, 32, syllables);
	struct buffer out = BUFFER(1000);
	struct text ret;

	for (size_t i = 0; i < count; i++)
		buffer_format(&out, "%s%s", i ? " " : "", syllable_name(syllables[i]));
	ret = arena_text(arena, buffer_text(&out));
	buffer_free(&out);
	return ret;
}

static void test_syllables(void **state)
{
	(void)state;
	assert_text(cut_text("jiqixuexi"), "ji qi xue xi");
	assert_text(cut_text("xianggang"), "xiang gang");
	assert_text(cut_text("zhanlue"), "zhan lve");
	assert_text(cut_text("nv"), "nv");
	assert_text(cut_text("python"), "");
	assert_text(cut_text("gzjlr"), "");
	assert_text(cut_text(""), "");
	assert_text(cut_text("abc1"), "");
}

/* ---- lists and words ---- */

static size_t random_list(uint32_t *docs, uint8_t *impacts, size_t most, uint32_t gap)
{
	size_t count = 1 + random_below((uint32_t)most);
	uint32_t doc = random_below(gap);

	for (size_t i = 0; i < count; i++, doc += 1 + random_below(gap)) {
		docs[i] = doc;
		impacts[i] = (uint8_t)(1 + random_below(255));
	}
	return count;
}

static void test_lists(void **state)
{
	enum { MOST = 3000, LISTS = 200 };
	uint32_t *docs = ARENA_ARRAY(arena, uint32_t, MOST * LISTS);
	uint8_t *impacts = ARENA_ARRAY(arena, uint8_t, MOST * LISTS);
	size_t counts[LISTS];
	struct postings_maker maker = { 0 };
	struct cursor cursor;

	(void)state;
	seed = 1;
	for (size_t l = 0; l < LISTS; l++) {
		counts[l] = random_list(docs + l * MOST, impacts + l * MOST, l % 3 ? 5 : MOST, l % 2 ? 3 : 2500);
		postings_add(&maker, l, docs + l * MOST, impacts + l * MOST, counts[l]);
	}
	for (size_t l = 0; l < LISTS; l++) {
		const uint32_t *mine = docs + l * MOST;
		size_t i = 0;

		assert_int_equal(postings_length(maker.lists, &maker.terms[l]), counts[l]);
		for (cursor_open(&cursor, maker.lists, &maker.terms[l]); cursor.doc != CURSOR_END;
		     cursor_next(&cursor), i++) {
			assert_int_equal(cursor.doc, mine[i]);
			assert_int_equal(cursor.impact_now, impacts[l * MOST + i]);
		}
		assert_int_equal(i, counts[l]);
		cursor_open(&cursor, maker.lists, &maker.terms[l]);
		for (uint32_t want = 0; cursor.doc != CURSOR_END; want += 1 + random_below(5000)) {
			for (i = 0; i < counts[l] && mine[i] < want; i++)
				;
			cursor_seek(&cursor, want);
			assert_int_equal(cursor.doc, i < counts[l] ? mine[i] : (uint32_t)CURSOR_END);
		}
	}
	free(maker.terms);
	free(maker.lists);
}

static unsigned slow_slips(const uint16_t *a, size_t n, const uint16_t *b, size_t m)
{
	unsigned best, other;

	if (!n || !m)
		return (unsigned)(n + m);
	best = slow_slips(a + 1, n - 1, b + 1, m - 1) + (a[0] == b[0] ? 0 : 1);
	other = slow_slips(a + 1, n - 1, b, m) + 1;
	best = other < best ? other : best;
	other = slow_slips(a, n, b + 1, m - 1) + 1;
	best = other < best ? other : best;
	if (n > 1 && m > 1 && a[0] == b[1] && a[1] == b[0]) {
		other = slow_slips(a + 2, n - 2, b + 2, m - 2) + 1;
		best = other < best ? other : best;
	}
	return best;
}

static void test_slips(void **state)
{
	(void)state;
	seed = 2;
	for (int i = 0; i < 3000; i++) {
		uint16_t a[6], b[6];
		size_t n = 1 + random_below(6), m = 1 + random_below(6);
		unsigned slow, fast;

		for (size_t k = 0; k < 6; k++)
			a[k] = (uint16_t)('a' + random_below(3)), b[k] = (uint16_t)('a' + random_below(3));
		slow = slow_slips(a, n, b, m);
		fast = word_slips(a, n, b, m, 2);
		assert_int_equal(fast, slow > 2 ? 3 : slow);
	}
}

/* ---- a small index ---- */

static struct index_doc doc_of(int64_t id, const char *title, const char *body)
{
	return (struct index_doc){ .id = id,
				   .title = text_of(title),
				   .body = text_of(body),
				   .summary = text_of(body),
				   .kind = 1,
				   .author = TEXT("林知遥"),
				   .author_slug = TEXT("lin"),
				   .url = arena_format(arena, "/course/%lld", (long long)id) };
}

static struct index_result ask(struct index *index, struct index_query query)
{
	struct index_reader *reader = index_enter(index);
	struct index_result result;

	if (!query.price_most)
		query.price_most = -1;
	if (!query.limit)
		query.limit = 10;
	index_search(reader, arena, &query, &result);
	index_leave(reader);
	return result;
}

static int64_t first(struct index *index, const char *keyword)
{
	struct index_result result = ask(index, (struct index_query){ .keyword = text_of(keyword) });

	return result.hit_count ? result.hits[0].id : 0;
}

static struct index *small_index(void)
{
	static const char *const titles[] = { "机器学习入门",        "深度学习与神经网络",
					      "Python 数据分析实战", "C++ 程序设计",
					      "C 语言程序设计",      "银行业务概论",
					      "重庆旅行指南",        "理财第一课",
					      "唐诗三百首",          "Practical Statistics for Makers",
					      "C# 游戏开发",         "C 与汇编" };
	struct index *index = index_new();

	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
		struct index_doc doc = doc_of((int64_t)i + 1, titles[i], "一门给所有人的课。");

		index_put(index, &doc);
	}
	index_publish(index);
	return index;
}

static void test_finds(void **state)
{
	struct index *index = small_index();

	(void)state;
	assert_int_equal(first(index, "机器学习"), 1);
	assert_int_equal(first(index, "機器學習"), 1);
	assert_int_equal(first(index, "jiqixuexi"), 1);
	assert_int_equal(first(index, "ji qi xue xi"), 1);
	assert_int_equal(first(index, "jqxx"), 1);
	assert_int_equal(first(index, "机气学习"), 1);
	assert_int_equal(first(index, "机器习学"), 1);
	assert_int_equal(first(index, "机学习入门"), 1);
	assert_int_equal(first(index, "神经网络 深度"), 2);
	assert_int_equal(first(index, "PYTHON"), 3);
	assert_int_equal(first(index, "pyhton"), 3);
	assert_int_equal(first(index, "pyth"), 3);
	assert_int_equal(first(index, "pyhton 数据"), 3);
	assert_int_equal(first(index, "python shuju"), 3);
	assert_int_equal(first(index, "c++"), 4);
	assert_int_equal(first(index, "c#"), 11);
	assert_int_equal(ask(index, (struct index_query){ .keyword = TEXT("C#") }).total, 1);
	assert_int_equal(first(index, "c语言"), 5);
	assert_int_equal(first(index, "yinhang"), 6);
	assert_int_equal(first(index, "chongqing"), 7);
	assert_int_equal(first(index, "statistics"), 10);
	assert_int_equal(first(index, "statistisc makers"), 10);
	assert_int_equal(ask(index, (struct index_query){ .keyword = TEXT("林知遥") }).total, 12);
	assert_int_equal(ask(index, (struct index_query){ .keyword = TEXT("linzhiyao") }).total, 12);
	assert_int_equal(first(index, "量子色动力学"), 0);
	assert_int_equal(first(index, "？！"), 0);
	assert_text(ask(index, (struct index_query){ .keyword = TEXT("pyhton") }).corrected, "python");
	assert_null(ask(index, (struct index_query){ .keyword = TEXT("python") }).corrected.at);
	assert_int_equal(ask(index, (struct index_query){ .keyword = TEXT("") }).total, 12);
	index_free(index);
}

static void assert_marks(struct index_marks marks, size_t count, const int64_t (*expected)[2])
{
	assert_int_equal(marks.count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(marks.items[i].start, expected[i][0]);
		assert_int_equal(marks.items[i].length, expected[i][1]);
	}
}

static struct index_marks title_marks(struct index *index, const char *keyword)
{
	struct index_result result = ask(index, (struct index_query){ .keyword = text_of(keyword) });

	assert_true(result.hit_count > 0);
	return result.hits[0].title_marks;
}

static void test_marks(void **state)
{
	struct index *index = small_index();

	(void)state;
	assert_marks(title_marks(index, "学习 机器"), 1, (const int64_t[][2]){ { 0, 4 } });
	assert_marks(title_marks(index, "python 实战"), 2, (const int64_t[][2]){ { 0, 6 }, { 11, 2 } });
	assert_marks(title_marks(index, "pyth"), 1, (const int64_t[][2]){ { 0, 6 } });
	assert_marks(title_marks(index, "shujufenxi"), 1, (const int64_t[][2]){ { 7, 4 } });
	assert_marks(title_marks(index, "tssbs"), 1, (const int64_t[][2]){ { 0, 5 } });
	assert_marks(title_marks(index, "唐诗二百首"), 2, (const int64_t[][2]){ { 0, 2 }, { 3, 2 } });
	index_free(index);
}

static void test_changes(void **state)
{
	struct index *index = small_index();
	struct index_doc doc = doc_of(1, "量子力学", "");

	(void)state;
	index_put(index, &doc);
	assert_int_equal(first(index, "机器学习"), 1); /* not published yet */
	index_publish(index);
	assert_int_equal(first(index, "量子力学"), 1);
	assert_int_not_equal(first(index, "机器学习入门"), 1);
	doc = doc_of(1, "弦论", "");
	index_put(index, &doc);
	doc = doc_of(1, "广义相对论", "");
	index_put(index, &doc);
	index_publish(index);
	assert_int_equal(first(index, "弦论"), 0);
	assert_int_equal(first(index, "广义相对论"), 1);
	index_remove(index, 1);
	index_remove(index, 4711);
	index_publish(index);
	assert_int_equal(first(index, "广义相对论"), 0);
	assert_int_equal(index_size(index).documents, 11);
	index_free(index);
}

/* ---- against a slow version ---- */

enum { WORLD = 400, VOICES = 24 };

/* Few characters, so that documents share much. */
static const char *random_title(size_t length)
{
	static const char *const voices[VOICES] = { "学", "习", "数", "据", "分",  "析",    "机", "器",
						    "网", "络", "编", "程", "语",  "言",    "设", "计",
						    "基", "础", "实", "战", "Go ", " C++ ", "，", "7" };
	struct buffer out = BUFFER(1000);
	const char *ret;

	for (size_t i = 0; i < length; i++)
		buffer_add(&out, text_of(voices[random_below(VOICES)]));
	ret = arena_cstr(arena, buffer_text(&out));
	buffer_free(&out);
	return ret;
}

static struct index_doc random_doc(int64_t id)
{
	static const char *const categories[] = { "math", "code", "art", NULL };
	struct index_doc doc = doc_of(id, random_title(2 + random_below(8)), random_title(random_below(20)));
	const char *category = categories[random_below(4)];

	doc.author_slug = arena_format(arena, "author-%u", random_below(7));
	doc.category = doc.category_slug = text_of(category);
	doc.kind = 1 + random_below(5);
	doc.price = random_below(4) * 1000;
	doc.published_ms = random_below(50);
	doc.sales = random_below(5);
	doc.popularity = random_below(1000);
	return doc;
}

static bool has_term(const struct doc_terms *terms, uint64_t key, uint8_t *impact)
{
	for (size_t i = 0; i < terms->count; i++)
		if (terms->items[i].key == key) {
			*impact = terms->items[i].impact;
			return true;
		}
	return false;
}

static size_t slow_holders(const struct doc_terms *terms, uint64_t key)
{
	size_t count = 0;
	uint8_t impact;

	for (size_t d = 0; d < WORLD; d++)
		count += has_term(&terms[d], key, &impact);
	return count;
}

static float slow_cover(const struct plan *plan, const struct doc_terms *terms, const float *rarity)
{
	float cover = 0, all = 0;
	uint8_t impact;

	for (size_t s = 0; s < plan->slot_count; s++) {
		const struct slot *slot = &plan->slots[s];

		all += slot->refines ? 0 : rarity[slot->first];
		for (size_t p = slot->first; p < (size_t)slot->first + slot->count; p++) {
			if (!has_term(terms, plan->probes[p].key, &impact))
				continue;
			cover += plan->probes[p].credit * rarity[slot->first];
			break;
		}
	}
	return cover / all;
}

static void compare_with_slow(const struct view *view, struct scratch **scratch, const struct plan *plan,
			      const struct index_doc *docs, const struct doc_terms *terms, const struct filter *filter)
{
	struct matches fast = { .most = WORLD, .sort = SORT_RELEVANCE };
	float rarity[PROBES_MAX];
	size_t total = 0;
	int64_t kinds[INDEX_KINDS] = { 0 }, categories[8] = { 0 }, free_count = 0;

	fast.best = ARENA_ARRAY(arena, struct candidate, WORLD);
	fast.categories = ARENA_ARRAY(arena, int64_t, view->category_count);
	rank_run(view, scratch, plan, filter, &fast);
	for (size_t p = 0; p < plan->probe_count; p++) {
		double h = (double)slow_holders(terms, plan->probes[p].key);

		rarity[p] = (float)log(1 + (WORLD - h + 0.5) / (h + 0.5));
	}
	for (size_t d = 0; d < WORLD; d++) {
		bool kind = !filter->kind || docs[d].kind == filter->kind,
		     price = docs[d].price >= filter->price_least && docs[d].price <= filter->price_most;
		size_t number = 0;
		bool category;
		uint8_t impact;

		for (size_t n = 1; n < view->category_count; n++)
			if (text_eq(view->categories[n].slug, docs[d].category_slug))
				number = n;
		category = !filter->categories || filter->categories[0] >> number & 1;
		if (fabsf(slow_cover(plan, &terms[d], rarity) - plan->need) < 1e-5f)
			return; /* on the edge: rounding decides */
		if (slow_cover(plan, &terms[d], rarity) < plan->need ||
		    (filter->author && !has_term(&terms[d], filter->author, &impact)))
			continue;
		kinds[docs[d].kind] += category && price;
		categories[number] += kind && price;
		free_count += kind && category && docs[d].price == 0;
		total += kind && category && price;
	}
	assert_int_equal(fast.total, total);
	assert_int_equal(fast.free, free_count);
	assert_memory_equal(fast.kinds, kinds, sizeof kinds);
	assert_memory_equal(fast.categories, categories, view->category_count * sizeof *categories);
}

static void test_slow_version_agrees(void **state)
{
	struct index_doc *docs = ARENA_ARRAY(arena, struct index_doc, WORLD);
	struct doc_terms *terms = ARENA_ARRAY(arena, struct doc_terms, WORLD);
	struct terms_maker *maker = terms_maker_new();
	struct index *index = index_new();
	struct index_reader *reader;
	struct plan *plan = ARENA_NEW(arena, struct plan);

	(void)state;
	seed = 3;
	for (size_t d = 0; d < WORLD; d++) {
		docs[d] = random_doc((int64_t)d + 1);
		terms[d] = terms_of(maker, &docs[d]);
		terms[d].items = memcpy(ARENA_ARRAY(arena, struct term_weight, terms[d].count), terms[d].items,
					terms[d].count * sizeof *terms[d].items);
		index_put(index, &docs[d]);
		if (random_below(40) == 0)
			index_publish(index);
	}
	index_publish(index);
	reader = index_enter(index);
	assert_true(reader_view(reader)->part_count > 1);
	for (int i = 0; i < 600; i++) {
		uint64_t some_categories = random_below(16);
		struct filter filter = { .kind = random_below(3) ? 0 : 1 + random_below(5),
					 .categories = random_below(3) ? NULL : &some_categories,
					 .price_most = random_below(3) ? UINT32_MAX : 1000 };

		if (random_below(4) == 0)
			filter.author = term_author(arena_format(arena, "author-%u", random_below(8)));
		plan_text(plan, arena, text_of(random_title(1 + random_below(8))));
		if (i % 3 == 0)
			plan_exact(plan);
		else if (i % 3 == 1)
			plan_loose(plan, reader_view(reader), arena, READ_WORDS);
		else
			plan_question(plan);
		if (plan->slot_count)
			compare_with_slow(reader_view(reader), reader_scratch(reader), plan, docs, terms, &filter);
	}
	index_leave(reader);
	index_free(index);
	terms_maker_free(maker);
}

/* A word of letters for a document's version. */
static struct text word_of(uint32_t id, int version)
{
	char *letters = arena_alloc(arena, 32);
	int length = snprintf(letters, 32, "%ux%d", id, version);

	for (int i = 0; i < length; i++)
		letters[i] = letters[i] == 'x' ? 'x' : (char)(letters[i] - '0' + 'a');
	return (struct text){ letters, (size_t)length };
}

/* Whatever was put, removed, published and merged: found is what is there, each by its own word. */
static void test_any_history(void **state)
{
	enum { IDS = 60, STEPS = 3000 };
	int version[IDS] = { 0 }, shown[IDS] = { 0 };
	struct index *index = index_new();
	struct index_merge *merge = NULL;

	(void)state;
	seed = 4;
	for (int step = 1; step <= STEPS; step++) {
		uint32_t id = random_below(IDS);

		switch (random_below(8)) {
		case 0:
			version[id] = 0;
			index_remove(index, id + 1);
			break;
		case 1:
			index_publish(index);
			memcpy(shown, version, sizeof shown);
			break;
		case 2:
			if (merge) {
				index_merge_run(merge);
				index_merge_end(index, merge);
				merge = NULL;
			} else {
				merge = index_merge_begin(index);
			}
			break;
		default: {
			struct index_doc doc =
				doc_of(id + 1, arena_format(arena, "%.*s 学习", TEXT_ARG(word_of(id, step))).at, "");

			version[id] = step;
			index_put(index, &doc);
		}
		}
		if (step % 10)
			continue;
		for (uint32_t i = 0; i < IDS; i++) {
			struct index_result result =
				ask(index, (struct index_query){ .keyword = word_of(i, shown[i]) });

			if (shown[i])
				assert_int_equal(result.hits[0].id, i + 1);
		}
		{
			size_t alive = 0;

			for (uint32_t i = 0; i < IDS; i++)
				alive += shown[i] > 0;
			assert_int_equal(ask(index, (struct index_query){ .keyword = TEXT("学习") }).total, alive);
			assert_int_equal(ask(index, (struct index_query){ .limit = 1 }).total, alive);
		}
		arena_reset(arena);
	}
	if (merge) {
		index_merge_run(merge);
		index_merge_end(index, merge);
	}
	index_free(index);
}

/* ---- filters, sorts, pages ---- */

static struct index *random_index(size_t count)
{
	struct index *index = index_new();

	for (size_t d = 0; d < count; d++) {
		struct index_doc doc = random_doc((int64_t)d + 1);

		index_put(index, &doc);
	}
	index_publish(index);
	return index;
}

static void test_filters(void **state)
{
	struct index *index;
	struct index_result all, some;

	(void)state;
	seed = 5;
	index = random_index(300);
	all = ask(index, (struct index_query){ .keyword = TEXT("数") });
	assert_true(all.total > 3);
	some = ask(index, (struct index_query){ .keyword = TEXT("数"), .kind = 2, .limit = 50 });
	assert_int_equal(some.total, all.kinds[2]);
	assert_memory_equal(some.kinds, all.kinds, sizeof all.kinds); /* the choice of another kind stays in sight */
	for (size_t i = 0; i < some.hit_count; i++)
		assert_int_equal(some.hits[i].kind, 2);
	some = ask(index,
		   (struct index_query){ .keyword = TEXT("数"), .categories = &all.categories[0].value, .category_count = 1, .limit = 50 });
	assert_int_equal(some.total, all.categories[0].count);
	for (size_t i = 0; i < some.hit_count; i++)
		assert_true(text_eq(some.hits[i].category_slug, all.categories[0].value));
	some = ask(index, (struct index_query){ .keyword = TEXT("数"), .categories = &(struct text){ "no", 2 }, .category_count = 1 });
	assert_int_equal(some.total, 0);
	some = ask(index, (struct index_query){ .keyword = TEXT("数"), .categories = (struct text[]){ all.categories[0].value, all.categories[1].value },
						.category_count = 2 });
	assert_int_equal(some.total, all.categories[0].count + all.categories[1].count);
	some = ask(index, (struct index_query){ .keyword = TEXT("数"),
						.author = TEXT("author-3"),
						.price_least = 1000,
						.price_most = 2000,
						.limit = 50 });
	assert_true(some.total > 0 && some.total < all.total);
	for (size_t i = 0; i < some.hit_count; i++) {
		assert_text(some.hits[i].author_slug, "author-3");
		assert_in_range(some.hits[i].price, 1000, 2000);
	}
	index_free(index);
}

static void test_sorts(void **state)
{
	struct index *index;
	struct index_result down, up;

	(void)state;
	seed = 6;
	index = random_index(300);
	up = ask(index, (struct index_query){ .sort = SORT_PRICE, .limit = 50 });
	down = ask(index, (struct index_query){ .sort = SORT_PRICE_DOWN, .limit = 50 });
	assert_int_equal(up.hit_count, 50);
	for (size_t i = 1; i < 50; i++) {
		assert_true(up.hits[i - 1].price <= up.hits[i].price);
		assert_true(down.hits[i - 1].price >= down.hits[i].price);
	}
	up = ask(index, (struct index_query){ .sort = SORT_NEW, .limit = 50 });
	for (size_t i = 1; i < 50; i++)
		assert_true(up.hits[i - 1].score >= up.hits[i].score);
	index_free(index);
}

static size_t read_pages(struct index *index, struct index_query query, int64_t *ids,
			 void (*between)(struct index *, size_t))
{
	size_t count = 0;

	for (;;) {
		struct index_result page = ask(index, query);

		for (size_t i = 0; i < page.hit_count; i++)
			ids[count++] = page.hits[i].id;
		if (page.hit_count < query.limit)
			return count;
		query.skip = page.skipped + page.hit_count;
		query.after = ids[count - 1];
		between(index, count);
	}
}

static void nothing(struct index *index, size_t count)
{
	(void)index;
	(void)count;
}

static void comes_and_goes(struct index *index, size_t count)
{
	struct index_doc doc = doc_of(10000 + (int64_t)count, "数据 数据", "");

	doc.published_ms = 1000 + (int64_t)count;
	index_put(index, &doc);
	index_publish(index);
}

static void test_pages(void **state)
{
	static const enum index_sort sorts[] = { SORT_RELEVANCE, SORT_NEW, SORT_PRICE, SORT_SALES };
	struct index *index;

	(void)state;
	seed = 7;
	index = random_index(400);
	for (size_t s = 0; s < 4; s++) {
		struct index_query query = { .keyword = TEXT("数"), .sort = sorts[s], .limit = 50 };
		int64_t whole[1000], parts[1000], moving[1000];
		size_t count = read_pages(index, query, whole, nothing), moved;

		assert_true(count > 20);
		query.limit = 7;
		assert_int_equal(read_pages(index, query, parts, nothing), count);
		assert_memory_equal(whole, parts, count * sizeof *whole);
		moved = read_pages(index, query, moving, comes_and_goes);
		for (size_t i = 0; i < moved; i++)
			for (size_t j = 0; j < i; j++)
				assert_int_not_equal(moving[i], moving[j]);
		for (int64_t id = 10000; id < 11000; id++)
			index_remove(index, id);
		index_publish(index);
	}
	index_free(index);
}

/* ---- suggestions ---- */

static struct text suggested(struct index *index, const char *typed, size_t nth)
{
	struct index_reader *reader = index_enter(index);
	struct index_suggestion items[10];
	size_t count = index_suggest(reader, text_of(typed), 10, items);
	struct text ret = nth < count ? arena_text(arena, items[nth].text) : TEXT("");

	index_leave(reader);
	return ret;
}

static void test_suggestions(void **state)
{
	struct index *index = small_index();
	struct index_doc doc = doc_of(50, "机器人设计", "");

	(void)state;
	doc.popularity = 1000;
	doc.tags = TEXT("机械 电子");
	index_put(index, &doc);
	index_publish(index);
	assert_text(suggested(index, "机器", 0), "机器人设计");
	assert_text(suggested(index, "机器", 1), "机器学习入门");
	assert_text(suggested(index, "機器學", 0), "机器学习入门");
	assert_text(suggested(index, "jiqix", 0), "机器学习入门");
	assert_text(suggested(index, "jqx", 0), "机器学习入门");
	assert_text(suggested(index, "机器xue", 0), "机器学习入门");
	assert_text(suggested(index, "机七xue", 0), "");
	assert_text(suggested(index, "PYTHON数", 0), "Python 数据分析实战");
	assert_text(suggested(index, "linzhi", 0), "林知遥");
	assert_text(suggested(index, "林", 0), "林知遥");
	assert_text(suggested(index, "林", 1), "");
	assert_text(suggested(index, "机", 2), "机器学习入门");
	assert_text(suggested(index, "dianzi", 0), "电子");
	assert_text(suggested(index, "", 0), "");
	assert_text(suggested(index, "！", 0), "");
	index_remove(index, 50);
	index_publish(index);
	assert_text(suggested(index, "机器", 0), "机器学习入门");
	assert_text(suggested(index, "dianzi", 0), "");
	index_free(index);
}

static struct text key_text(const char *title, enum suggestion_key kind)
{
	uint16_t at[64];
	size_t length = fold_into(text_of(title), 64, at, NULL), n = 0;
	char *bytes = arena_alloc(arena, 1024);

	for (size_t i = 0; i < length; i++) {
		const char *name = syllable_name(reading_nth(readings_of(at[i]), 0));

		if (at[i] == FOLD_GAP)
			continue;
		if (kind == KEY_TEXT || !*name)
			n += text_encode(at[i], bytes + n);
		else
			n += (size_t)snprintf(bytes + n, 8, "%.*s", kind == KEY_SOUND ? 7 : 1, name);
	}
	return (struct text){ bytes, n };
}

/* The best known title that begins so, by looking at all of them. */
static int64_t slow_suggestion(const struct index_doc *docs, const struct text (*keys)[3], size_t count,
			       struct text typed)
{
	const struct index_doc *best = NULL;

	for (size_t d = 0; d < count; d++)
		for (enum suggestion_key kind = KEY_TEXT; kind <= KEY_INITIALS; kind++)
			if (text_starts(keys[d][kind], typed) && (!best || docs[d].popularity > best->popularity))
				best = &docs[d];
	return best ? best->popularity : -1;
}

static void test_slow_suggestions_agree(void **state)
{
	enum { DOCS = 3000 };
	struct index_doc *docs = ARENA_ARRAY(arena, struct index_doc, DOCS);
	struct text(*keys)[3] = arena_array_of(arena, sizeof *keys, DOCS);
	struct index *index = index_new();
	struct index_suggestion items[5];
	struct index_reader *reader;

	(void)state;
	seed = 9;
	for (size_t d = 0; d < DOCS; d++) {
		docs[d] = doc_of((int64_t)d + 1, random_title(2 + random_below(8)), "");
		docs[d].author = (struct text){ 0 };
		for (enum suggestion_key kind = KEY_TEXT; kind <= KEY_INITIALS; kind++)
			keys[d][kind] = key_text(docs[d].title.at, kind);
		docs[d].popularity = (int64_t)random_below(60000) * 100;
		index_put(index, &docs[d]);
	}
	index_publish(index);
	reader = index_enter(index);
	for (int i = 0; i < 400; i++) {
		struct text key = key_text(random_title(1 + random_below(5)), (enum suggestion_key)random_below(3));
		struct text typed = text_head(key, i % 3 ? key.length : key.length / 3 * 3);
		size_t count;

		if (i % 5 == 0 && typed.length > 2 && (unsigned char)typed.at[0] < 0x80)
			typed.length--;
		if (!typed.length || !text_is_utf8(typed))
			continue;
		count = index_suggest(reader, typed, 5, items);
		if (!count)
			assert_int_equal(slow_suggestion(docs, keys, DOCS, typed), -1);
		else /* weights are logarithms, in thousandths */
			assert_float_equal(log10(1 + (double)docs[items[0].id - 1].popularity),
					   log10(1 + (double)slow_suggestion(docs, keys, DOCS, typed)), 0.002);
	}
	index_leave(reader);
	index_free(index);
}

/* ---- many threads ---- */

enum { PAIRS = 40, CHANGES = 1500, READERS = 3 };

struct race {
	struct index *index;
	atomic_bool over;
	atomic_long asked;
};

/* Documents come and go in pairs: half a pair is never seen, nor more pairs than there are. */
static void *race_reader(void *arg)
{
	struct race *race = arg;
	struct arena *mine = arena_new(1 << 28);

	while (!atomic_load(&race->over)) {
		struct index_query query = { .keyword = TEXT("数据"), .price_most = -1, .limit = 50 };
		struct index_reader *reader = index_enter(race->index);
		struct index_result result;
		struct index_suggestion items[5];
		int64_t sum = 0;

		index_search(reader, mine, &query, &result);
		for (size_t i = 0; i < result.hit_count; i++)
			sum += result.hits[i].id > 0 ? 0 : 1;
		index_suggest(reader, TEXT("shu"), 5, items);
		index_leave(reader);
		arena_reset(mine);
		if (result.total % 2 || result.total > 2 * PAIRS || sum)
			abort();
		atomic_fetch_add(&race->asked, 1);
	}
	arena_free(mine);
	return NULL;
}

static void *race_merge(void *arg)
{
	index_merge_run(arg);
	return NULL;
}

static void race_change(struct index *index)
{
	int64_t pair = random_below(PAIRS);

	for (int64_t id = 2 * pair + 1; id <= 2 * pair + 2; id++) {
		struct index_doc doc = doc_of(id, "数据", random_title(5));

		if (pair % 3 == 0)
			index_remove(index, id);
		else
			index_put(index, &doc);
	}
	arena_reset(arena);
}

static void test_threads(void **state)
{
	struct race race = { .index = index_new() };
	struct index_merge *merge = NULL;
	pthread_t readers[READERS], merger;

	(void)state;
	seed = 8;
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, race_reader, &race), 0);
	for (int i = 0; i < CHANGES || atomic_load(&race.asked) < 200; i++) {
		race_change(race.index);
		if (i % 20 == 0 && merge) {
			pthread_join(merger, NULL);
			index_merge_end(race.index, merge);
			merge = NULL;
		} else if (i % 20 == 10 && !merge) {
			merge = index_merge_begin(race.index);
			if (merge)
				assert_int_equal(pthread_create(&merger, NULL, race_merge, merge), 0);
		}
		index_publish(race.index);
	}
	if (merge) {
		pthread_join(merger, NULL);
		index_merge_end(race.index, merge);
	}
	atomic_store(&race.over, true);
	for (int i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	index_free(race.index);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_folds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_fold_is_final, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_points, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_tables_agree, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_syllables, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lists, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_slips, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_finds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_marks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_changes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_slow_version_agrees, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_any_history, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_filters, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sorts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_pages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_suggestions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_slow_suggestions_agree, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_threads, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
