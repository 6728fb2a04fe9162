/* gfcf_test.c - singular vectors against all of them, by Jacobi's rotations of the whole matrix; the filter against its formula; and, in the long run,
 * MovieLens 1M to what others computed. */
#include "rec/gfcf.h"

#include "rec/evaluate.h"
#include "rec/svd.h"
#include "rec/testing.h"

enum { USERS = 50, ITEMS = 30, FEW = 6 };

static double whole[USERS][ITEMS];

static void made(bool weighs, struct sparse *ret)
{
	CLEANUP(interactions_free) struct interactions m = { 0 };

	recs_made(USERS, ITEMS, 400, 21, &m);
	for (size_t i = 0; i < m.count; i++) {
		m.user[i] += m.user[i] == 3;
		m.item[i] += m.item[i] == 2; /* which nobody had */
	}
	recs_matrix(&m, weighs, ret);
	recs_whole(ret, &whole[0][0]);
}

/* ---- the slow way ---- */

/* Both sides of a symmetric matrix turned until it is diagonal (Jacobi, 1846); columns of v are its vectors, largest first. */
static void slow_eigen(double a[ITEMS][ITEMS], double v[ITEMS][ITEMS], double *values)
{
	for (size_t i = 0; i < ITEMS; i++)
		for (size_t j = 0; j < ITEMS; j++)
			v[i][j] = i == j;
	for (size_t step = 0; step < 30 * ITEMS * ITEMS; step++) {
		size_t p = step / ITEMS % ITEMS, q = step % ITEMS;
		double angle, c, s;

		if (p >= q || a[p][q] == 0)
			continue;
		angle = .5 * atan2(2 * a[p][q], a[q][q] - a[p][p]);
		c = cos(angle);
		s = sin(angle);
		for (size_t k = 0; k < ITEMS; k++) {
			double x = a[k][p], y = a[k][q], vx = v[k][p], vy = v[k][q];

			a[k][p] = c * x - s * y;
			a[k][q] = s * x + c * y;
			v[k][p] = c * vx - s * vy;
			v[k][q] = s * vx + c * vy;
		}
		for (size_t k = 0; k < ITEMS; k++) {
			double x = a[p][k], y = a[q][k];

			a[p][k] = c * x - s * y;
			a[q][k] = s * x + c * y;
		}
	}
	for (size_t i = 0; i < ITEMS; i++) {
		size_t best = i;

		for (size_t j = i; j < ITEMS; j++)
			best = a[j][j] > a[best][best] ? j : best;
		values[i] = a[best][best];
		a[best][best] = a[i][i];
		for (size_t k = 0; k < ITEMS; k++) {
			double held = v[k][i];

			v[k][i] = v[k][best];
			v[k][best] = held;
		}
	}
}

/* r (USERS, ITEMS): its Gram matrix, and the vectors of that */
static void slow_vectors(double r[USERS][ITEMS], double gram[ITEMS][ITEMS], double v[ITEMS][ITEMS], double *values)
{
	double held[ITEMS][ITEMS];

	for (size_t i = 0; i < ITEMS; i++)
		for (size_t j = 0; j < ITEMS; j++) {
			gram[i][j] = 0;
			for (size_t u = 0; u < USERS; u++)
				gram[i][j] += r[u][i] * r[u][j];
		}
	memcpy(held, gram, sizeof held);
	slow_eigen(held, v, values);
}

static double slow_wave(double v[ITEMS][ITEMS], size_t i, size_t j, size_t count)
{
	double sum = 0;

	for (size_t k = 0; k < count; k++)
		sum += v[i][k] * v[j][k];
	return sum;
}

/* ---- tests ---- */

static void singular_vectors_are_all_of_them(void **state)
{
	CLEANUP(threads_free) struct threads *one = threads_start(1), *two = threads_start(2);
	double gram[ITEMS][ITEMS], v[ITEMS][ITEMS], values[ITEMS];

	(void)state;
	for (uint32_t count = FEW; count <= ITEMS; count += ITEMS - FEW) {
		struct svd_options o = { .count = count, .extra = 10, .rounds = 60, .seed = 4 };
		CLEANUP(sparse_free) struct sparse x = { 0 };
		CLEANUP(svd_free) struct svd s = { 0 }, other = { 0 };

		made(true, &x);
		slow_vectors(whole, gram, v, values);
		svd_of(one, &x, &o, &s);
		svd_of(two, &x, &o, &other);
		assert_int_equal(s.count, count == ITEMS ? ITEMS - 1 : count); /* an item that nobody had has no wave */
		assert_int_equal(other.count, s.count);
		assert_memory_equal(s.values, other.values, s.count * sizeof *s.values);
		assert_memory_equal(s.right.at, other.right.at, ITEMS * s.count * sizeof(float));
		for (size_t k = 0; k < s.count; k++)
			assert_true(fabs(s.values[k] * s.values[k] - values[k]) < 1e-9 * values[0]);
		for (size_t i = 0; i < ITEMS; i++)
			for (size_t j = 0; j < ITEMS; j++)
				assert_true(fabs((double)dense_dot(dense_row(&s.right, i), dense_row(&s.right, j), s.count) -
				                 slow_wave(v, i, j, s.count)) < 1e-5);
	}
}

/* Three kinds of users, so three waves, however many are asked for. */
static void a_matrix_of_few_waves(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	CLEANUP(interactions_free) struct interactions m = { 0 };
	CLEANUP(sparse_free) struct sparse x = { 0 };
	CLEANUP(svd_free) struct svd s = { 0 };

	(void)state;
	recs_made(USERS, ITEMS, USERS * 10, 1, &m);
	for (size_t i = 0; i < m.count; i++) {
		m.user[i] = (uint32_t)(i / 10);
		m.item[i] = (uint32_t)(m.user[i] % 3 * 10 + i % 10);
		m.weight[i] = 1;
	}
	sparse_of(&m, NULL, PART_ANY, &x);
	svd_of(threads, &x, &(struct svd_options){ .count = 12, .extra = 5, .rounds = 3, .seed = 8 }, &s);
	assert_int_equal(s.count, 3);
	assert_true(fabs(s.values[0] - sqrt(170)) < 1e-9 && fabs(s.values[1] - sqrt(170)) < 1e-9 && fabs(s.values[2] - sqrt(160)) < 1e-9);
}

/* Blocks of nearly dependent columns stay orthonormal: values over three powers of ten, each column alone. */
static void a_steep_matrix(void **state)
{
	static size_t start[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	static uint32_t column[] = { 4, 1, 6, 3, 0, 5, 2 };
	static float weight[] = { .03f, 1, .001f, .1f, .3f, .003f, .01f }, sorted[] = { 1, .3f, .1f, .03f, .01f, .003f, .001f };
	const struct sparse x = { 7, 7, start, column, weight, NULL };
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	CLEANUP(svd_free) struct svd s = { 0 };

	(void)state;
	svd_of(threads, &x, &(struct svd_options){ .count = 7, .rounds = 1, .seed = 8 }, &s);
	assert_int_equal(s.count, 7);
	for (size_t k = 0; k < 7; k++)
		assert_true(fabs(s.values[k] - (double)sorted[k]) < 1e-12);
}

static void slow_links(const struct gfcf_options *o, double ret[ITEMS][ITEMS])
{
	double r[USERS][ITEMS] = { 0 }, of_user[USERS] = { 0 }, of_item[ITEMS] = { 0 }, gram[ITEMS][ITEMS], v[ITEMS][ITEMS], values[ITEMS];

	for (size_t u = 0; u < USERS; u++)
		for (size_t i = 0; i < ITEMS; i++) {
			of_user[u] += whole[u][i];
			of_item[i] += whole[u][i];
		}
	for (size_t u = 0; u < USERS; u++)
		for (size_t i = 0; i < ITEMS; i++)
			r[u][i] = whole[u][i] > 0 ? whole[u][i] / sqrt(of_user[u] * of_item[i]) : 0;
	slow_vectors(r, gram, v, values);
	for (size_t i = 0; i < ITEMS; i++)
		for (size_t j = 0; j < ITEMS; j++)
			ret[i][j] = gram[i][j] + (of_item[i] > 0 ? o->alpha * slow_wave(v, i, j, o->factors) * sqrt(of_item[j] / of_item[i]) : 0);
}

static const uint32_t had_items[] = { 0, 2, 5, 19 };
static const float had_weights[] = { 1, 1, 3, -.5f };

/* Of somebody who had four things, and of each item alone */
static void holds(const struct gfcf *m, double truth[ITEMS][ITEMS])
{
	for (uint32_t one = 0; one <= ITEMS; one++) {
		struct gfcf_had had = { 1, &one, NULL };
		float scores[ITEMS], shares[4];

		if (one == ITEMS)
			had = (struct gfcf_had){ 4, had_items, had_weights };
		gfcf_score_one(m, &had, scores);
		for (uint32_t j = 0; j < ITEMS; j++) {
			double score = 0, sum = 0;

			gfcf_reasons(m, &had, j, shares);
			for (size_t i = 0; i < had.count; i++) {
				double part = (had.weights ? had.weights[i] : 1) * truth[had.items[i]][j];

				assert_true(fabs((double)shares[i] - part) < 1e-5);
				score += part;
				sum += (double)shares[i];
			}
			assert_true(fabs((double)scores[j] - score) < 1e-5);
			assert_true(fabs((double)scores[j] - sum) < 1e-5);
		}
	}
}

static void scores_are_the_filter(void **state)
{
	CLEANUP(threads_free) struct threads *one = threads_start(1), *three = threads_start(3);

	(void)state;
	for (int t = 0; t < 4; t++) {
		struct gfcf_options o = { .factors = FEW, .alpha = t & 1 ? .3 : 2, .rounds = 60, .seed = 3 };
		CLEANUP(sparse_free) struct sparse x = { 0 };
		CLEANUP(gfcf_free) struct gfcf m = { 0 }, other = { 0 };
		double truth[ITEMS][ITEMS];

		made(t & 2, &x);
		slow_links(&o, truth);
		assert_done(gfcf_fit(one, &x, &o, NULL, &m));
		assert_done(gfcf_fit(three, &x, &o, NULL, &other));
		assert_memory_equal(m.users.weight, other.users.weight, sparse_count(&m.users) * sizeof(float));
		assert_memory_equal(m.waves.right.at, other.waves.right.at, ITEMS * FEW * sizeof(float));
		holds(&m, truth);
	}
}

static void nothing_gives_nothing(void **state)
{
	static const uint32_t unknown[] = { 2 };
	const struct gfcf_had had[] = { { 0, NULL, NULL }, { 1, unknown, NULL } };
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	CLEANUP(sparse_free) struct sparse x = { 0 };
	CLEANUP(gfcf_free) struct gfcf m = { 0 };
	float scores[ITEMS];

	(void)state;
	made(true, &x);
	assert_done(gfcf_fit(threads, &x, &gfcf_usual, NULL, &m)); /* more waves than there are */
	assert_int_equal(m.waves.count, ITEMS - 1);
	for (size_t h = 0; h < 2; h++) {
		gfcf_score_one(&m, &had[h], scores);
		for (size_t j = 0; j < ITEMS; j++)
			assert_true(scores[j] == 0);
	}
}

static void what_is_unfit_is_refused(void **state)
{
	static const struct gfcf_options unfit[] = {
		{ .factors = 0, .rounds = 1 }, { .factors = 1025, .rounds = 1 }, { .factors = 2, .rounds = 0 }, { .factors = 2, .rounds = 101 },
		{ .factors = 2, .rounds = 1, .alpha = -1 }, { .factors = 2, .rounds = 1, .alpha = NAN }, { .factors = 2, .rounds = 1, .alpha = INFINITY },
	};
	static const float bad[] = { 0, -1, NAN, INFINITY, 2e6f };
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	CLEANUP(sparse_free) struct sparse x = { 0 };
	size_t start[3] = { 0 };
	const struct sparse empty = { .rows = 2, .columns = 3, .start = start };
	struct gfcf m;

	(void)state;
	made(true, &x);
	for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++)
		assert_problem(gfcf_fit(threads, &x, &unfit[i], NULL, &m), gfcf_unfit);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		x.weight[7] = bad[i];
		assert_problem(gfcf_fit(threads, &x, &gfcf_usual, NULL, &m), gfcf_unfit);
	}
	assert_problem(gfcf_fit(threads, &empty, &gfcf_usual, NULL, &m), interactions_none);
}

static void movielens_is_what_others_computed(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	CLEANUP(recs_close) struct recs_set set = { 0 };
	CLEANUP(gfcf_free) struct gfcf m = { 0 };
	struct trial trial = { .known = &set.train, .test = &set.test, .cutoffs = { 20 } };
	struct gfcf_options o = gfcf_usual;
	struct evaluation e;

	(void)state;
	if (!recs_full() || !recs_ml1m(&set))
		skip();
	o.rounds = 40; /* the 256th value and the next differ by a twentieth of a percent */
	assert_done(gfcf_fit(threads, &set.train, &o, NULL, &m));
	evaluate(threads, &trial, &(struct scorer){ gfcf_score, &(struct gfcf_scorer){ &m, &set.train } }, NULL, &e);
	print_message("GF-CF: recall@20 %.5f NDCG@20 %.5f\n", e.at[0].recall, e.at[0].ndcg);
	/* all eigenvectors of R'R by LAPACK, the whole filter in NumPy: .26671, .25490 */
	assert_true(fabs(e.at[0].recall - .26671) < 1e-4 && fabs(e.at[0].ndcg - .25490) < 1e-4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(singular_vectors_are_all_of_them), cmocka_unit_test(a_matrix_of_few_waves), cmocka_unit_test(a_steep_matrix),
		cmocka_unit_test(scores_are_the_filter),
		cmocka_unit_test(nothing_gives_nothing), cmocka_unit_test(what_is_unfit_is_refused), cmocka_unit_test(movielens_is_what_others_computed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
