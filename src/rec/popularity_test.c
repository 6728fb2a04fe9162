/* popularity_test.c - sums and decay by hand, and a set of courses on which others counted. */
#include "rec/popularity.h"

#include "rec/evaluate.h"
#include "rec/testing.h"

static void what_is_long_ago_counts_less(void **state)
{
	static uint32_t users[] = { 0, 1, 2, 0, 1 }, items[] = { 0, 0, 1, 2, 1 };
	static float weights[] = { 1, 2, 1, -3, 1 };
	static int64_t times[] = { 100, 90, 80, 110, 100 };
	struct interactions m = { .users = 3, .items = 4, .count = 5, .user = users, .item = items, .time = times };
	const uint8_t parts[] = { 1, 1, 1, 8, 8 };
	float p[4];

	(void)state;
	assert_done(popularity_of(&m, NULL, PART_ANY, 0, 0, p));
	assert_true(p[0] == 2 && p[1] == 2 && p[2] == 1 && p[3] == 0);
	m.weight = weights;
	assert_done(popularity_of(&m, NULL, PART_ANY, 10, 100, p));
	assert_true(p[0] == 2 && p[1] == 1.25f && p[2] == -3 && p[3] == 0);
	assert_done(popularity_of(&m, parts, PART_TRAIN, 10, 100, p));
	assert_true(p[0] == 2 && p[1] == .25f && p[2] == 0);
	assert_problem(popularity_of(&m, NULL, PART_ANY, -1, 100, p), popularity_unfit);
	assert_problem(popularity_of(&m, NULL, PART_ANY, NAN, 100, p), popularity_unfit);
	m.time = NULL;
	assert_problem(popularity_of(&m, NULL, PART_ANY, 10, 100, p), popularity_unfit);
}

static void coco_is_what_others_found(void **state)
{
	CLEANUP(interactions_free) struct interactions m = { 0 };
	CLEANUP(recs_close) struct recs_set set = { 0 };
	CLEANUP(threads_free) struct threads *threads = threads_start(0);
	struct arena *arena = arena_new((size_t)1 << 30);
	struct evaluation e;
	uint8_t *parts;
	float *p;
	size_t second = 0;

	(void)state;
	if (!recs_coco(arena, &m, &second))
		skip();
	assert_true(m.users == 24036 && second == 92403 && m.count - second == 67261);
	parts = malloc(m.count);
	for (size_t i = 0; i < m.count; i++)
		parts[i] = i < second ? PART_TRAIN : PART_TEST;
	sparse_of(&m, parts, PART_TRAIN, &set.train);
	sparse_of(&m, parts, PART_TEST, &set.test);
	p = calloc(m.items, sizeof *p);
	assert_done(popularity_of(&m, parts, PART_TRAIN, 0, 0, p));
	evaluate(threads, &(struct trial){ &set.train, &set.test, { 10 }, 0 },
	         &(struct scorer){ popularity_score, &(struct popularity_scorer){ p, m.items } }, NULL, &e);
	print_message("popularity, COCO: recall@10 %.5f, NDCG@10 %.5f\n", e.at[0].recall, e.at[0].ndcg);
	assert_true(fabs(e.at[0].recall - .0405) < 5e-5 && fabs(e.at[0].ndcg - .0257) < 5e-5);
	free(p);
	free(parts);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_long_ago_counts_less),
		cmocka_unit_test(coco_is_what_others_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
