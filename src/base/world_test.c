#include "base/testing.h"

#include <pthread.h>
#include <time.h>

#include "base/world.h"

#define NOON INT64_C(1735732800000) /* 2025-01-01T12:00:00Z */

static int64_t ms_of(int64_t id)
{
	return (id >> 12) + INT64_C(1704067200000);
}

static void test_ids_follow_the_clock(void **state)
{
	struct world *world = world_test(NOON, 1);
	int64_t first = world_id(world), second = world_id(world), last = second;

	(void)state;
	assert_int_equal(ms_of(first), NOON);
	assert_true(second > first);
	world_move(world, 5);
	assert_int_equal(ms_of(world_id(world)), NOON + 5);
	world_move(world, -60000); /* stepped back: still later, still unique */
	for (int i = 0; i < 1000; i++) {
		int64_t id = world_id(world);

		assert_true(id > last);
		last = id;
	}
	assert_in_range(ms_of(last), NOON + 5, NOON + 5 + 1000 / 64 + 1);
	world_close(world);
}

static void test_ids_fit_a_json_number(void **state)
{
	/* the last millisecond of 41 bits: some day in 2093 */
	struct world *world = world_test(INT64_C(1704067200000) + (INT64_C(1) << 41) - 1, 1);

	(void)state;
	assert_true(world_id(world) < INT64_C(1) << 53);
	world_close(world);
	world = world_test(0, 1);
	assert_true(world_id(world) > 0);
	world_close(world);
}

static void test_nodes_differ(void **state)
{
	struct world *a = world_real(0), *b = world_real(63);
	int64_t of_a = world_id(a), of_b = world_id(b);

	(void)state;
	assert_int_equal(of_a >> 6 & 63, 0);
	assert_int_equal(of_b >> 6 & 63, 63);
	assert_in_range(ms_of(of_a), (time(NULL) - 2) * 1000, (time(NULL) + 2) * 1000);
	world_close(a);
	world_close(b);
}

enum { THREADS = 4, EACH = 20000 };
static struct world *shared;
static int64_t ids[THREADS][EACH];

static void *take_ids(void *to)
{
	for (size_t i = 0; i < EACH; i++)
		((int64_t *)to)[i] = world_id(shared);
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void test_threads_get_different_ids(void **state)
{
	pthread_t threads[THREADS];
	int64_t *all = ids[0];

	(void)state;
	shared = world_test(NOON, 1);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_ids, ids[i]), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	qsort(all, (size_t)THREADS * EACH, sizeof *all, by_value);
	for (size_t i = 1; i < (size_t)THREADS * EACH; i++)
		assert_true(all[i] > all[i - 1]);
	world_close(shared);
}

static void test_random_replays_from_a_seed(void **state)
{
	struct world *a = world_test(NOON, 7), *b = world_test(NOON, 7), *c = world_test(NOON, 8);
	char of_a[13], of_b[13], of_c[13];

	(void)state;
	world_random(a, of_a, sizeof of_a);
	world_random(b, of_b, sizeof of_b);
	world_random(c, of_c, sizeof of_c);
	assert_memory_equal(of_a, of_b, sizeof of_a);
	assert_memory_not_equal(of_a, of_c, sizeof of_a);
	world_random(a, of_a, sizeof of_a);
	assert_memory_not_equal(of_a, of_b, sizeof of_a);
	world_close(a);
	world_close(b);
	world_close(c);
}

static void test_real_random_fills_all(void **state)
{
	struct world *world = world_real(0);
	unsigned char bytes[1000] = { 0 };
	size_t zeroes = 0;

	(void)state;
	world_random(world, bytes, sizeof bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		zeroes += !bytes[i];
	assert_true(zeroes < 40);
	world_close(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids_follow_the_clock),
		cmocka_unit_test(test_ids_fit_a_json_number),
		cmocka_unit_test(test_nodes_differ),
		cmocka_unit_test(test_threads_get_different_ids),
		cmocka_unit_test(test_random_replays_from_a_seed),
		cmocka_unit_test(test_real_random_fills_all),
	};

	return cmocka_run_group_tests_name("world", tests, NULL, NULL);
}
