/* quality_test.c - search finds what people mean, measured: the floor below which no change may fall. Known items among
 * 100,000 works (one query in seven; bench/search_bench.c asks all), questions on passages (one in fifteen). */
#include "base/testing.h"

#include "search/testing.h"

static double mean(struct index *index, struct arena *arena, const char *file, size_t step)
{
	struct arena *each = arena_new((size_t)1 << 28);
	struct corpus_queries queries = corpus_queries(arena, file);
	double sum = 0;
	size_t count = 0;

	assert_true(queries.count > 500);
	for (size_t i = 0; i < queries.count; i += step, count++) {
		sum += corpus_reciprocal(index, each, &queries.items[i]);
		arena_reset(each);
	}
	arena_free(each);
	return sum / (double)count;
}

static struct index *filled(struct arena *arena, const char *file)
{
	struct corpus_docs docs = corpus_read(arena, file);
	struct index *index = index_new();

	corpus_fill(index, &docs);
	assert_int_equal(index_size(index).documents, docs.count);
	return index;
}

static void test_known_items(void **state)
{
	static const struct {
		const char *file;
		double floor;
	} sets[] = {
		{ "ki_full", 0.99 },  { "ki_frag", 0.95 }, { "ki_ex4", 0.92 },  { "ki_typo", 0.97 },
		{ "ki_typo4", 0.90 }, { "ki_del", 0.97 },  { "ki_swap", 0.97 }, { "ki_trad", 0.97 },
		{ "ki_py", 0.93 },    { "ki_pyi", 0.95 },
	};
	struct arena *arena = arena_new((size_t)1 << 32);
	struct index *index;
	bool fell = false;

	(void)state;
	if (!corpus_is_there(arena)) {
		print_message("skipped: the catalogue of ../shared/data is not there\n");
		arena_free(arena);
		skip();
	}
	index = filled(arena, "catalogue/docs-100k.tsv.gz");
	assert_true(index_size(index).bytes <= index_size(index).documents * 1300);
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		double found = mean(index, arena, arena_format(arena, "catalogue/queries/%s", sets[i].file).at, 7);

		print_message("%s %.4f (floor %.2f)\n", sets[i].file, found, sets[i].floor);
		fell |= found < sets[i].floor;
	}
	assert_false(fell);
	index_free(index);
	arena_free(arena);
}

static void test_questions(void **state)
{
	struct arena *arena = arena_new((size_t)1 << 32);
	struct index *index;
	double found;

	(void)state;
	if (!corpus_is_there(arena)) {
		print_message("skipped: the passages of ../shared/data are not there\n");
		arena_free(arena);
		skip();
	}
	index = filled(arena, "search/qa/passages.tsv");
	found = mean(index, arena, "search/qa/queries.tsv", 15);
	print_message("questions %.4f (floor 0.95)\n", found);
	assert_true(found >= 0.95);
	index_free(index);
	arena_free(arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_known_items),
						   cmocka_unit_test(test_questions) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
