/* dbscan_test.c - DBSCAN against its definition, which looks at each pair of rows. */
#include "mine/dbscan.h"

#include <math.h>

#include "base/testing.h"
#include "num/random.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new((size_t)1 << 30);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static bool is_near(const struct points *p, size_t a, size_t b, double radius)
{
	double sum = 0;

	for (size_t j = 0; j < p->columns; j++)
		sum += (p->at[a * p->columns + j] - p->at[b * p->columns + j]) * (p->at[a * p->columns + j] - p->at[b * p->columns + j]);
	return sum <= radius * radius;
}

/* Each core row has the smallest row of its cluster, spread until nothing changes. */
static size_t by_definition(const struct points *p, double radius, size_t least, uint32_t *of, bool *is_core)
{
	uint32_t *first = ARENA_ARRAY(arena, uint32_t, p->rows), *number = ARENA_ARRAY(arena, uint32_t, p->rows);
	size_t clusters = 0;

	for (uint32_t i = 0; i < p->rows; i++) {
		size_t near = 0;

		for (size_t j = 0; j < p->rows; j++)
			near += is_near(p, i, j, radius);
		is_core[i] = near >= least;
		first[i] = i;
	}
	for (bool changed = true; changed;) {
		changed = false;
		for (size_t i = 0; i < p->rows; i++) {
			for (size_t j = 0; j < p->rows; j++) {
				if (is_core[i] && is_core[j] && first[j] < first[i] && is_near(p, i, j, radius)) {
					first[i] = first[j];
					changed = true;
				}
			}
		}
	}
	for (uint32_t i = 0; i < p->rows; i++) {
		if (is_core[i] && first[i] == i)
			number[i] = (uint32_t)clusters++;
	}
	for (size_t i = 0; i < p->rows; i++) {
		of[i] = is_core[i] ? number[first[i]] : NOISE;
		for (size_t j = 0; j < p->rows && !is_core[i]; j++) {
			if (is_core[j] && is_near(p, i, j, radius) && number[first[j]] < of[i])
				of[i] = number[first[j]];
		}
	}
	return clusters;
}

static struct points cloud(uint64_t seed, size_t rows, size_t columns, bool whole)
{
	double *at = ARENA_ARRAY(arena, double, rows * columns);
	struct random r = random_of(seed, 3);

	for (size_t i = 0; i < rows * columns; i++) {
		double x = 4 * random_unit(&r) + (i / columns % 3 == 0 ? 6 : 0);

		at[i] = whole ? floor(x) : x; /* many at one place, and at the radius itself */
	}
	return (struct points){ at, rows, columns };
}

static void it_is_the_definition(void **state)
{
	size_t seen = 0, noisy = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 150; seed++) {
		struct points p = cloud(seed, 1 + seed * 3 % 300, 1 + seed % 4, seed % 2);
		double radius = seed % 2 ? 1 : .1 + .15 * (double)(seed % 7);
		size_t least = 1 + seed % 6, clusters;
		uint32_t *of = ARENA_ARRAY(arena, uint32_t, p.rows);
		bool *is_core = ARENA_ARRAY(arena, bool, p.rows);
		struct density one, four;

		clusters = by_definition(&p, radius, least, of, is_core);
		assert_done(dbscan(arena, &p, radius, least, 1, &one));
		assert_done(dbscan(arena, &p, radius, least, 4, &four));
		assert_int_equal(one.clusters, clusters);
		assert_memory_equal(one.of, of, p.rows * sizeof *of);
		assert_memory_equal(one.is_core, is_core, p.rows);
		assert_memory_equal(four.of, of, p.rows * sizeof *of);
		seen += clusters > 1;
		noisy += one.noise > 0 && one.core > 0;
		arena_reset(arena);
	}
	assert_true(seen > 20 && noisy > 20);
}

/* Two rings, one in the other: no means tell them apart. */
static void rings_are_two(void **state)
{
	enum { ROWS = 4000 };
	double *at = ARENA_ARRAY(arena, double, 2 * ROWS);
	struct density d;

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		double turn = 2 * M_PI * (double)i / ROWS, far = i % 2 ? 1 : 3;

		at[2 * i] = far * cos(turn);
		at[2 * i + 1] = far * sin(turn);
	}
	assert_done(dbscan(arena, &(struct points){ at, ROWS, 2 }, .1, 5, 0, &d));
	assert_int_equal(d.clusters, 2);
	assert_int_equal(d.noise, 0);
	for (size_t i = 0; i < ROWS; i++)
		assert_int_equal(d.of[i], i % 2);
}

static void what_makes_none_is_said(void **state)
{
	const double at[] = { 1, 1, 1, NAN };
	struct density d;

	(void)state;
	assert_done(dbscan(arena, &(struct points){ at, 3, 1 }, 1e-300, 3, 1, &d)); /* its square is 0: the same place is near */
	assert_true(d.clusters == 1 && d.core == 3);
	assert_problem(dbscan(arena, &(struct points){ at, 4, 1 }, 1, 3, 1, &d), points_unfit);
	assert_problem(dbscan(arena, &(struct points){ at, 3, 1 }, 0, 3, 1, &d), dbscan_unfit);
	assert_problem(dbscan(arena, &(struct points){ at, 3, 1 }, NAN, 3, 1, &d), dbscan_unfit);
	assert_problem(dbscan(arena, &(struct points){ at, 3, 1 }, 1, 0, 1, &d), dbscan_unfit);
	assert_problem(dbscan(arena, &(struct points){ at, 0, 1 }, 1, 1, 1, &d), points_unfit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_the_definition),
		cmocka_unit_test(rings_are_two),
		cmocka_unit_test(what_makes_none_is_said),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
