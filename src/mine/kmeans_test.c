/* kmeans_test.c - k-means: Hamerly's bounds against an obvious Lloyd, row by row and round by round; inertia, rounds and sizes of public data
 * as others have them; starts, empty clusters, silhouettes, and what makes no clusters. */
#include "mine/kmeans.h"

#include "mine/product_testing.h"
#include "num/progress_testing.h"
#include "num/random.h"
#include "num/testing.h"

/* ---- the obvious one ---- */

static double square(const double *a, const double *b, size_t columns)
{
	double sum = 0;

	for (size_t j = 0; j < columns; j++)
		sum += (a[j] - b[j]) * (a[j] - b[j]);
	return sum;
}

struct lloyd {
	double *centres, inertia;
	uint32_t *of;
	size_t *sizes, rounds;
};

static bool lloyd_assign(const struct points *p, size_t k, struct lloyd *l)
{
	bool changed = false;

	memset(l->sizes, 0, k * sizeof *l->sizes);
	l->inertia = 0;
	for (size_t i = 0; i < p->rows; i++) {
		uint32_t best = 0;

		for (uint32_t c = 1; c < k; c++) {
			if (square(p->at + i * p->columns, l->centres + c * p->columns, p->columns)
			    < square(p->at + i * p->columns, l->centres + best * p->columns, p->columns))
				best = c;
		}
		changed |= l->of[i] != best;
		l->of[i] = best;
		l->sizes[best]++;
		l->inertia += square(p->at + i * p->columns, l->centres + best * p->columns, p->columns);
	}
	return changed;
}

static struct lloyd lloyd_new(const struct points *p, size_t k, const double *centres)
{
	struct lloyd l = { ARENA_ARRAY(arena, double, k * p->columns), 0, ARENA_ARRAY(arena, uint32_t, p->rows), ARENA_ARRAY(arena, size_t, k), 1 };

	memcpy(l.centres, centres, k * p->columns * sizeof *centres);
	memset(l.of, 0xff, p->rows * sizeof *l.of);
	for (; lloyd_assign(p, k, &l); l.rounds++) {
		long double *sums = ARENA_ARRAY(arena, long double, k * p->columns);

		for (size_t i = 0; i < p->rows; i++) {
			for (size_t j = 0; j < p->columns; j++)
				sums[l.of[i] * p->columns + j] += p->at[i * p->columns + j];
		}
		for (size_t c = 0; c < k; c++) {
			assert_true(l.sizes[c] > 0);
			for (size_t j = 0; j < p->columns; j++)
				l.centres[c * p->columns + j] = (double)(sums[c * p->columns + j] / (long double)l.sizes[c]);
		}
	}
	return l;
}

/* Clouds around a few places */
static struct points clouds(uint64_t seed, size_t rows, size_t columns, size_t places)
{
	double *at = ARENA_ARRAY(arena, double, rows * columns);

	for (size_t i = 0; i < rows; i++) {
		struct random place = random_of(seed, (uint64_t)i * 7919 % places), own = random_of(seed, 1000 + i);

		for (size_t j = 0; j < columns; j++)
			at[i * columns + j] = 6 * random_unit(&place) + random_normal(&own);
	}
	return (struct points){ at, rows, columns };
}

static void bounds_change_nothing(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++) {
		size_t rows = 30 + seed * seed, columns = 1 + seed % 11, k = 1 + seed % 20;
		struct points p = clouds(seed, rows, columns, 1 + seed % 9);
		double *first = ARENA_ARRAY(arena, double, k * columns);
		struct clusters one, three;
		struct lloyd l;

		assert_true(kmeans_first_rows(&p, k, first));
		l = lloyd_new(&p, k, first);
		assert_done(kmeans(arena, &p, &(struct kmeans_options){ .k = k, .centres = first, .threads = 1 }, &one));
		assert_done(kmeans(arena, &p, &(struct kmeans_options){ .k = k, .centres = first, .threads = 3 }, &three));
		assert_memory_equal(one.of, l.of, rows * sizeof *l.of);
		assert_memory_equal(one.sizes, l.sizes, k * sizeof *l.sizes);
		assert_int_equal(one.rounds, l.rounds);
		assert_within(one.inertia, l.inertia, 1e-12);
		assert_true(one.settled && one.distances <= rows * l.rounds);
		assert_memory_equal(one.of, three.of, rows * sizeof *l.of);
		assert_memory_equal(one.centres, three.centres, k * columns * sizeof *first);
		assert_true(one.inertia == three.inertia && one.distances == three.distances);
		arena_reset(arena);
	}
}

static void starts_are_seeded_and_the_best_is_kept(void **state)
{
	struct points p = clouds(3, 4000, 4, 12);
	struct clusters a, b, more;

	(void)state;
	assert_done(kmeans(arena, &p, &(struct kmeans_options){ .k = 12, .seed = 5, .starts = 1, .threads = 1 }, &a));
	assert_done(kmeans(arena, &p, &(struct kmeans_options){ .k = 12, .seed = 5, .starts = 1, .threads = 4 }, &b));
	assert_memory_equal(a.of, b.of, p.rows * sizeof *a.of);
	assert_done(kmeans(arena, &p, &(struct kmeans_options){ .k = 12, .seed = 5, .starts = 6 }, &more));
	assert_true(more.inertia <= a.inertia);
	for (size_t i = 0; i < p.rows; i++) { /* settled: nobody is nearer to another */
		for (size_t c = 0; c < 12; c++)
			assert_true(square(p.at + i * 4, more.centres + more.of[i] * 4, 4) <= square(p.at + i * 4, more.centres + c * 4, 4));
	}
}

static void empty_clusters_get_the_farthest_row(void **state)
{
	const double at[] = { 0, 1, 2, 10, 11, 12, 100 }, twins[] = { 5, 5, 1000 }, same[] = { 1, 1, 2, 2, 2 };
	struct clusters c;

	(void)state;
	assert_done(kmeans(arena, &(struct points){ at, 7, 1 }, &(struct kmeans_options){ .k = 3, .centres = twins }, &c));
	assert_int_equal(c.sizes[0] + c.sizes[1] + c.sizes[2], 7);
	assert_true(c.sizes[0] && c.sizes[1] && c.sizes[2] && c.settled);
	assert_near(c.inertia, 4);
	assert_done(kmeans(arena, &(struct points){ same, 5, 1 }, &(struct kmeans_options){ .k = 2, .starts = 20 }, &c));
	assert_true(c.inertia == 0);
	assert_problem(kmeans(arena, &(struct points){ same, 5, 1 }, &(struct kmeans_options){ .k = 3 }, &c), clusters_few);
	assert_problem(kmeans(arena, &(struct points){ same, 5, 1 }, &(struct kmeans_options){ .k = 3, .centres = twins }, &c), clusters_few);
	assert_done(kmeans(arena, &(struct points){ at, 7, 1 }, &(struct kmeans_options){ .k = 7 }, &c));
	assert_true(c.inertia == 0);
	assert_done(kmeans(arena, &(struct points){ at, 7, 1 }, &(struct kmeans_options){ .k = 3, .centres = twins, .rounds = 1 }, &c));
	assert_true(!c.settled && c.sizes[0] && c.sizes[1] && c.sizes[2]);
}

static void what_makes_no_clusters_is_said(void **state)
{
	const double at[] = { 0, 1, NAN, INFINITY, 1e200 };
	double first[2];
	struct clusters c;

	(void)state;
	assert_problem(kmeans(arena, &(struct points){ at, 2, 1 }, &(struct kmeans_options){ .k = 0 }, &c), clusters_unfit);
	assert_problem(kmeans(arena, &(struct points){ at, 2, 1 }, &(struct kmeans_options){ .k = 3 }, &c), clusters_unfit);
	assert_problem(kmeans(arena, &(struct points){ at, 0, 1 }, &(struct kmeans_options){ .k = 1 }, &c), points_unfit);
	for (size_t i = 2; i < 5; i++)
		assert_problem(kmeans(arena, &(struct points){ at + i, 1, 1 }, &(struct kmeans_options){ .k = 1 }, &c), points_unfit);
	assert_problem(kmeans(arena, &(struct points){ at, 2, 1 }, &(struct kmeans_options){ .k = 1, .centres = at + 2 }, &c), points_unfit);
	assert_false(kmeans_first_rows(&(struct points){ (const double[]){ 4, 4, 4 }, 3, 1 }, 2, first));
}

/* ---- silhouettes and how many ---- */

static double slow_silhouette(const struct points *p, const struct clusters *c)
{
	double sum = 0;

	for (size_t i = 0; i < p->rows; i++) {
		double own = 0, other = INFINITY;

		for (size_t k = 0; k < c->k; k++) {
			double far = 0;

			for (size_t j = 0; j < p->rows; j++)
				far += c->of[j] == k ? sqrt(square(p->at + i * p->columns, p->at + j * p->columns, p->columns)) : 0;
			if (k == c->of[i])
				own = far / (double)(c->sizes[k] - 1);
			else
				other = fmin(other, far / (double)c->sizes[k]);
		}
		sum += c->sizes[c->of[i]] > 1 ? (other - own) / fmax(own, other) : 0;
	}
	return sum / (double)p->rows;
}

static void the_number_of_clouds_is_found(void **state)
{
	double at[1800];
	struct points p = { at, 600, 3 };
	struct k_score scores[7];
	struct clusters c;
	double profile[12], mean;
	size_t best, elbow;

	(void)state;
	for (size_t i = 0; i < 600; i++) { /* about the origin, and far along each axis */
		struct random r = random_of(11, i);

		for (size_t j = 0; j < 3; j++)
			at[i * 3 + j] = (i % 4 == j + 1 ? 10 : 0) + random_normal(&r);
	}
	assert_done(kmeans(arena, &p, &(struct kmeans_options){ .k = 4 }, &c));
	assert_within(silhouette(arena, &p, &c, 5000, 1), slow_silhouette(&p, &c), 1e-12);
	assert_true(fabs(silhouette(arena, &p, &c, 200, 1) - slow_silhouette(&p, &c)) < .05);
	assert_done(kmeans_choose(arena, &p, &(struct kmeans_options){ .starts = 5 }, (struct k_range){ 2, 8, 600 }, scores, &best, &elbow));
	assert_int_equal(best, 4);
	assert_int_equal(elbow, 4);
	for (size_t i = 1; i < 7; i++)
		assert_true(scores[i].k == i + 2 && scores[i].inertia < scores[i - 1].inertia);
	clusters_profile(arena, &p, &c, profile);
	for (size_t j = 0; j < 3; j++) { /* weighted by size they cancel out */
		mean = 0;
		for (size_t k = 0; k < 4; k++)
			mean += profile[k * 3 + j] * (double)c.sizes[k];
		assert_true(fabs(mean) < 1e-9);
	}
	assert_string_equal(profile_word(2), "far above");
	assert_string_equal(profile_word(-.5), "below");
	assert_problem(kmeans_choose(arena, &p, &(struct kmeans_options){ 0 }, (struct k_range){ 1, 3, 10 }, scores, &best, &elbow), clusters_unfit);
}

/* Over all starts of all k it rises from 0 to below 1, and changes nothing. */
static void how_far_it_is_is_told(void **state)
{
	double at[200];
	struct watching w = { { watch }, 0, 0 };
	struct k_score watched[4], alone[4];
	size_t best[2], elbow[2];
	struct points p = { at, 100, 2 };

	(void)state;
	for (size_t i = 0; i < 200; i++)
		at[i] = random_unit_of(random_bits(i));
	assert_done(kmeans_choose(arena, &p, &(struct kmeans_options){ .starts = 3, .progress = &w.hook }, (struct k_range){ 2, 5, 100 }, watched, &best[0], &elbow[0]));
	assert_done(kmeans_choose(arena, &p, &(struct kmeans_options){ .starts = 3 }, (struct k_range){ 2, 5, 100 }, alone, &best[1], &elbow[1]));
	assert_int_equal(w.told, 12);
	assert_within(w.last, (2 + 3 + 4 + 5 * 2. / 3) / 14, 1e-12);
	assert_true(best[0] == best[1] && !memcmp(watched, alone, sizeof alone));
}

/* ---- public data, begun with the first k different rows ---- */

static void check_task(const struct points *p, size_t k, double inertia, size_t rounds, struct clusters *c)
{
	double *first = ARENA_ARRAY(arena, double, k * p->columns);

	assert_true(kmeans_first_rows(p, k, first));
	assert_done(kmeans(arena, p, &(struct kmeans_options){ .k = k, .centres = first }, c));
	print_message("inertia %.9g, rounds %zu, %.1f %% of distances\n", c->inertia, c->rounds, 100. * (double)c->distances / (double)(p->rows * c->rounds));
	assert_within(c->inertia, inertia, 5e-9);
	assert_int_equal(c->rounds, rounds);
}

static void buyers_of_cdnow(void **state)
{
	struct cdnow d = { 0 };
	struct points p = { .columns = 3 };
	struct clusters c;
	double *at, mean[3], sd[3];
	size_t sizes[5] = { 0 }, wanted[5] = { 1526, 1618, 4142, 7409, 8875 };

	(void)state;
	if (!cdnow_read(arena, "cdnow/CDNOW_master.txt.gz", &d))
		skip();
	p.rows = d.customers;
	p.at = at = ARENA_ARRAY(arena, double, d.customers * 3);
	for (size_t i = 0; i < d.customers * 3; i += 3)
		at[i] = INFINITY;
	for (size_t i = 0; i < d.rows; i++) {
		double *of = at + d.customer[i] * 3;

		of[0] = fmin(of[0], cdnow_day(19980630) - d.day[i]);
		of[1]++;
		of[2] += d.amount[i];
	}
	for (size_t i = 0; i < d.customers * 3; i++)
		at[i] = log1p(at[i]);
	points_standardise(&p, mean, sd, at);
	check_task(&p, 5, 13324.7953, 32, &c);
	for (size_t k = 0; k < 5; k++) {
		for (size_t w = 0; w < 5; w++)
			sizes[w] += c.sizes[k] == wanted[w];
	}
	for (size_t w = 0; w < 5; w++)
		assert_int_equal(sizes[w], 1);
}

static void sessions_of_a_shop(void **state)
{
	double *at = ARENA_ARRAY(arena, double, 12330 * 10), *column = ARENA_ARRAY(arena, double, 12330), mean[10], sd[10];
	struct points p = { at, 12330, 10 };
	struct clusters c;

	(void)state;
	for (int j = 0; j < 10; j++) {
		size_t rows = mining_column("tabular/online_shoppers_intention.csv.gz", ',', j, NULL, column);

		if (!rows)
			skip();
		assert_int_equal(rows, 12330);
		for (size_t i = 0; i < rows; i++)
			at[i * 10 + (size_t)j] = column[i];
	}
	points_standardise(&p, mean, sd, at);
	check_task(&p, 8, 50979.1804, 100, &c);
}

static double u(uint64_t k) { return random_unit_of(random_bits(k)); }

/* A million rows around sixteen places, made as the design says */
static void a_million_rows(void **state)
{
	const size_t rows = 1000000;
	double *at = ARENA_ARRAY(arena, double, rows * 8), sum = 0;
	struct points p = { at, rows, 8 };
	struct clusters c;

	(void)state;
	if (!getenv("ZHIFANG_TEST_FULL"))
		skip();
	for (size_t i = 0; i < rows; i++) {
		uint64_t base = 33 * i, place = random_bits(base) % 16;

		for (size_t j = 0; j < 8; j++) {
			uint64_t k = base + 1 + 4 * j;

			at[i * 8 + j] = 10 * u(((uint64_t)1 << 40) + 8 * place + j) + (u(k) + u(k + 1) + u(k + 2) + u(k + 3) - 2);
			sum += at[i * 8 + j];
		}
	}
	assert_true(fabs(sum - 41584669.6147) < 1e-4);
	check_task(&p, 16, 5882066.91, 213, &c);
	assert_done(kmeans(arena, &p, &(struct kmeans_options){ .k = 16, .starts = 3 }, &c));
	print_message("k-means++: %.9g\n", c.inertia);
	assert_true(c.inertia < 3918977);
}

static void rows_without_structure(void **state)
{
	const size_t rows = 200000;
	double *at = ARENA_ARRAY(arena, double, rows * 20), *first = ARENA_ARRAY(arena, double, 16 * 20);
	struct points p = { at, rows, 20 };
	struct clusters c;

	(void)state;
	if (!getenv("ZHIFANG_TEST_FULL"))
		skip();
	for (size_t i = 0; i < rows; i++) {
		for (size_t j = 0; j < 20; j++)
			at[i * 20 + j] = u(21 * i + j);
	}
	assert_true(kmeans_first_rows(&p, 16, first));
	assert_done(kmeans(arena, &p, &(struct kmeans_options){ .k = 16, .centres = first }, &c));
	print_message("inertia %.9g, rounds %zu\n", c.inertia, c.rounds);
	assert_within(c.inertia, 275377.13, 1e-6);
	assert_int_equal(c.rounds, 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_change_nothing),
		cmocka_unit_test(starts_are_seeded_and_the_best_is_kept),
		cmocka_unit_test(empty_clusters_get_the_farthest_row),
		cmocka_unit_test(what_makes_no_clusters_is_said),
		cmocka_unit_test(the_number_of_clouds_is_found),
		cmocka_unit_test(how_far_it_is_is_told),
		cmocka_unit_test(buyers_of_cdnow),
		cmocka_unit_test(sessions_of_a_shop),
		cmocka_unit_test(a_million_rows),
		cmocka_unit_test(rows_without_structure),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
