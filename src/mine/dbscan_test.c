/* dbscan_test.c - DBSCAN against its definition, which looks at each pair of rows. */
#include "mine/dbscan.h"

#include <math.h>

#include "num/order.h"
#include "num/progress_testing.h"
#include "num/random.h"
#include "num/testing.h"

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
		assert_done(dbscan(arena, &p, &(struct dbscan_options){ radius, least, 1 }, &one));
		assert_done(dbscan(arena, &p, &(struct dbscan_options){ radius, least, 4 }, &four));
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
	assert_done(dbscan(arena, &(struct points){ at, ROWS, 2 }, &(struct dbscan_options){ .1, 5, 0 }, &d));
	assert_int_equal(d.clusters, 2);
	assert_int_equal(d.noise, 0);
	for (size_t i = 0; i < ROWS; i++)
		assert_int_equal(d.of[i], i % 2);
}

/* With the distance of a row as the radius that row is a core row, and with the next smaller one it is not. */
static void distances_are_the_definition(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct points p = cloud(seed, 1 + seed * 5 % 200, 1 + seed % 4, seed % 2);
		size_t least = 1 + seed % 7, count = seed % 3 ? p.rows : 1 + p.rows / 2;
		double *own = ARENA_ARRAY(arena, double, p.rows), *all = ARENA_ARRAY(arena, double, count), *one = ARENA_ARRAY(arena, double, count);
		double *four = ARENA_ARRAY(arena, double, count);

		if (least > p.rows)
			continue;
		for (size_t k = 0; k < count; k++) {
			size_t row = k * p.rows / count;

			for (size_t i = 0; i < p.rows; i++) {
				own[i] = 0;
				for (size_t j = 0; j < p.columns; j++)
					own[i] += pow(p.at[i * p.columns + j] - p.at[row * p.columns + j], 2);
			}
			qsort(own, p.rows, sizeof *own, order_f64);
			all[k] = own[least - 1];
		}
		qsort(all, count, sizeof *all, order_f64);
		assert_done(dbscan_distances(arena, &p, &(struct dbscan_options){ .least = least, .threads = 1 }, count, one));
		assert_done(dbscan_distances(arena, &p, &(struct dbscan_options){ .least = least, .threads = 4 }, count, four));
		assert_memory_equal(one, four, count * sizeof *one);
		for (size_t k = 0; k < count; k++)
			assert_true(one[k] * one[k] >= all[k] && (one[k] == 0 || nextafter(one[k], 0) * nextafter(one[k], 0) < all[k]));
		arena_reset(arena);
	}
}

/* Two clouds and a few rows far off: the bend tells them apart. */
static void the_bend_leaves_noise_out(void **state)
{
	enum { ROWS = 600, FAR = 12 };
	struct points p = cloud(3, ROWS, 2, false);
	double *at = (double *)p.at, *distances = ARENA_ARRAY(arena, double, ROWS), radius;
	struct density d;

	(void)state;
	for (size_t i = 0; i < FAR; i++) {
		at[2 * i] = 100 + 7 * (double)i;
		at[2 * i + 1] = -50;
	}
	assert_done(dbscan_distances(arena, &p, &(struct dbscan_options){ .least = 4, .threads = 0 }, ROWS, distances));
	radius = dbscan_bend(distances, ROWS);
	assert_done(dbscan(arena, &p, &(struct dbscan_options){ radius, 4, 0 }, &d));
	assert_int_equal(d.clusters, 2);
	assert_true(d.noise >= FAR && d.noise < 2 * FAR);
	assert_true(dbscan_bend((const double[]){ 0, 0, 0 }, 3) == 0 && dbscan_bend((const double[]){ 0, 0, 2 }, 3) == 2);
	assert_true(dbscan_bend((const double[]){ 5 }, 1) == 5);
}

/* Ten parts, then each core row in turn; it changes nothing. */
static void how_far_it_is_is_told(void **state)
{
	enum { ROWS = 5000 };
	struct points p = cloud(5, ROWS, 2, false);
	struct watching far = { { watch }, 0, 0 }, dense = far;
	struct dbscan_options watched = { .1, 4, 1, &far.hook }, alone = { .1, 4, 1 };
	double distances[2][ROWS];
	struct density d[2];

	(void)state;
	assert_done(dbscan_distances(arena, &p, &watched, ROWS, distances[0]));
	assert_done(dbscan_distances(arena, &p, &alone, ROWS, distances[1]));
	assert_int_equal(far.told, 10);
	assert_memory_equal(distances[0], distances[1], sizeof distances[0]);
	watched.progress = &dense.hook;
	assert_done(dbscan(arena, &p, &watched, &d[0]));
	assert_done(dbscan(arena, &p, &alone, &d[1]));
	assert_true(d[0].core > ROWS / 2 && dense.told > 10 + ROWS / 2 / 256 && dense.last > .9);
	assert_memory_equal(d[0].of, d[1].of, ROWS * sizeof *d[0].of);
}

static void what_makes_none_is_said(void **state)
{
	const double at[] = { 1, 1, 1, NAN };
	struct density d;
	double far;

	(void)state;
	assert_done(dbscan(arena, &(struct points){ at, 3, 1 }, &(struct dbscan_options){ 1e-300, 3, 1 }, &d)); /* its square is 0: the same place is near */
	assert_true(d.clusters == 1 && d.core == 3);
	assert_problem(dbscan(arena, &(struct points){ at, 4, 1 }, &(struct dbscan_options){ 1, 3, 1 }, &d), points_unfit);
	assert_problem(dbscan(arena, &(struct points){ at, 3, 1 }, &(struct dbscan_options){ 0, 3, 1 }, &d), dbscan_unfit);
	assert_problem(dbscan(arena, &(struct points){ at, 3, 1 }, &(struct dbscan_options){ NAN, 3, 1 }, &d), dbscan_unfit);
	assert_problem(dbscan(arena, &(struct points){ at, 3, 1 }, &(struct dbscan_options){ 1, 0, 1 }, &d), dbscan_unfit);
	assert_problem(dbscan(arena, &(struct points){ at, 0, 1 }, &(struct dbscan_options){ 1, 1, 1 }, &d), points_unfit);
	assert_problem(dbscan_distances(arena, &(struct points){ at, 3, 1 }, &(struct dbscan_options){ .least = 4, .threads = 1 }, 3, &far), dbscan_unfit);
	assert_problem(dbscan_distances(arena, &(struct points){ at, 3, 1 }, &(struct dbscan_options){ .least = 0, .threads = 1 }, 1, &far), dbscan_unfit);
	assert_problem(dbscan_distances(arena, &(struct points){ at, 4, 1 }, &(struct dbscan_options){ .least = 1, .threads = 1 }, 1, &far), points_unfit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_the_definition),
		cmocka_unit_test(rings_are_two),
		cmocka_unit_test(distances_are_the_definition),
		cmocka_unit_test(the_bend_leaves_noise_out),
		cmocka_unit_test(how_far_it_is_is_told),
		cmocka_unit_test(what_makes_none_is_said),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
