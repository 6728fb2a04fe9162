/* blocks_test.c - inverses against one that is known in closed form, against the product that must be the identity, on every path and
 * for any number of threads. */
#include "num/blocks.h"

#include <math.h>

#include "base/buffer.h"
#include "base/testing.h"
#include "num/dense.h"
#include "num/random.h"

/* Sizes around strips, inner blocks and depths */
static const size_t sizes[] = { 1, 2, 23, 24, 25, 47, 48, 49, 97, 191, 287, 288, 289, 335, 409, 577, 800 };
enum { SIZES = sizeof sizes / sizeof *sizes };

static struct blocks made(size_t n, double (*value)(size_t n, size_t i, size_t j))
{
	struct blocks m;

	assert_true(blocks_new(n, &m));
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j <= i; j++)
			m.at[i * m.stride + j] = value(n, i, j);
	}
	return m;
}

static struct blocks_single made_single(const struct blocks *of)
{
	struct blocks_single m;

	assert_true(blocks_single_new(of->n, &m));
	for (size_t i = 0; i < of->n; i++) {
		for (size_t j = 0; j <= i; j++)
			m.at[i * m.stride + j] = (float)of->at[i * of->stride + j];
	}
	return m;
}

/* 2 on the diagonal, -1 beside it: the inverse is (j + 1)(n - i) / (n + 1) for j <= i; condition grows as n squared. */
static double second_difference(size_t n, size_t i, size_t j)
{
	(void)n;
	return i == j ? 2 : i == j + 1 ? -1 : 0;
}

/* Random, and as heavy on the diagonal as to be positive definite */
static double heavy(size_t n, size_t i, size_t j)
{
	struct random r = random_of(i, j);

	return (i == j ? (double)n : 0) + random_unit(&r);
}

static void the_inverse_is_the_known_one(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(2);

	(void)state;
	for (size_t s = 0; s < SIZES; s++) {
		size_t n = sizes[s];
		CLEANUP(blocks_free) struct blocks m = made(n, second_difference);

		assert_true(blocks_invert(threads, &m, NULL));
		blocks_mirror(threads, &m);
		for (size_t i = 0; i < n; i++) {
			for (size_t j = 0; j <= i; j++) {
				double truth = (double)(j + 1) * (double)(n - i) / (double)(n + 1);

				assert_true(fabs(m.at[i * m.stride + j] - truth) <= 1e-13 * (double)n * truth);
				assert_true(m.at[j * m.stride + i] == m.at[i * m.stride + j]);
			}
		}
	}
}

static void check_product(const struct blocks *inverse, size_t n)
{
	struct blocks a = made(n, heavy);

	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j += 1 + n / 20) {
			double sum = 0;

			for (size_t k = 0; k < n; k++)
				sum += inverse->at[i * inverse->stride + k] * (k >= j ? a.at[k * a.stride + j] : a.at[j * a.stride + k]);
			assert_true(fabs(sum - (i == j)) < 1e-12);
		}
	}
	blocks_free(&a);
}

static void on_every_path(void (*check)(struct threads *one, struct threads *three, size_t n))
{
	CLEANUP(threads_free) struct threads *one = threads_start(1), *three = threads_start(3);
	enum dense_path widest = dense_path();

	for (int path = 0; path < DENSE_PATHS; path++) {
		for (size_t s = 0; s < SIZES && dense_use((enum dense_path)path); s++)
			check(one, three, sizes[s]);
	}
	assert_true(dense_use(widest));
}

static void check_threads(struct threads *one, struct threads *three, size_t n)
{
	CLEANUP(blocks_free) struct blocks m = made(n, heavy), other = made(n, heavy);

	assert_true(blocks_invert(one, &m, NULL) && blocks_invert(three, &other, NULL));
	blocks_mirror(one, &m);
	blocks_mirror(three, &other);
	assert_memory_equal(m.at, other.at, m.stride * m.stride * sizeof *m.at);
	check_product(&m, n);
}

static void it_is_on_every_path_and_for_any_threads(void **state)
{
	(void)state;
	on_every_path(check_threads);
}

static void check_single(struct threads *one, struct threads *three, size_t n)
{
	CLEANUP(blocks_free) struct blocks truth = made(n, heavy);
	CLEANUP(blocks_single_free) struct blocks_single m = made_single(&truth), other = made_single(&truth);

	assert_true(blocks_single_invert(one, &m, NULL) && blocks_single_invert(three, &other, NULL) && blocks_invert(three, &truth, NULL));
	blocks_single_mirror(one, &m);
	blocks_single_mirror(three, &other);
	blocks_mirror(three, &truth);
	assert_memory_equal(m.at, other.at, m.stride * m.stride * sizeof *m.at);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++)
			assert_true(fabs(m.at[i * m.stride + j] - truth.at[i * truth.stride + j]) <= 2e-6 / (double)n);
	}
}

/* Floats, against doubles */
static void singles_are_near(void **state)
{
	(void)state;
	on_every_path(check_single);
}

static void what_is_not_positive_definite_is_refused(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	const double wrong[] = { 0, -1, NAN, INFINITY };

	(void)state;
	for (size_t s = 0; s < SIZES; s++) {
		for (size_t w = 0; w < 4; w++) {
			CLEANUP(blocks_free) struct blocks m = made(sizes[s], heavy);
			CLEANUP(blocks_single_free) struct blocks_single single = { 0 };

			m.at[(sizes[s] / 2) * (m.stride + 1)] = wrong[w];
			single = made_single(&m);
			assert_false(blocks_invert(threads, &m, NULL));
			assert_false(blocks_single_invert(threads, &single, NULL));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_inverse_is_the_known_one),
		cmocka_unit_test(it_is_on_every_path_and_for_any_threads),
		cmocka_unit_test(singles_are_near),
		cmocka_unit_test(what_is_not_positive_definite_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
