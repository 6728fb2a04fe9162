/* prior_test.c - weights against the normal equations solved the slow way; items that were left out of fitting, put where they belong by what
 * is known of them. */
#include "rec/prior.h"

#include "rec/testing.h"

enum { ITEMS = 50, FEATURES = 12, FACTORS = 5, ALL = FEATURES + 1 };

static double whole[ITEMS][ALL]; /* F, and the column of ones */
static float factors[ITEMS * FACTORS];

static void made(bool weighs, struct sparse *ret)
{
	CLEANUP(interactions_free) struct interactions m = { 0 };
	struct random r = random_of(3, 0);

	recs_made(ITEMS, FEATURES, 150, 4, &m);
	recs_matrix(&m, weighs, ret);
	memset(whole, 0, sizeof whole);
	for (uint32_t i = 0; i < ITEMS; i++) {
		for (size_t k = ret->start[i]; k < ret->start[i + 1]; k++)
			whole[i][ret->column[k]] = sparse_weight(ret, k);
		whole[i][FEATURES] = 1;
	}
	for (size_t i = 0; i < ITEMS * FACTORS; i++)
		factors[i] = (float)random_normal(&r);
	for (size_t f = 0; f < FACTORS; f++)
		factors[7 * FACTORS + f] = factors[20 * FACTORS + f] = 0; /* which nobody had */
}

/* a (ALL, ALL + 1): by Gauss and Jordan, the largest pivot first; the last column becomes the solution. */
static void slow_solve(double a[ALL][ALL + 1])
{
	for (size_t j = 0; j < ALL; j++) {
		size_t pivot = j;

		for (size_t i = j + 1; i < ALL; i++)
			pivot = fabs(a[i][j]) > fabs(a[pivot][j]) ? i : pivot;
		for (size_t k = 0; k <= ALL; k++) {
			double held = a[j][k];

			a[j][k] = a[pivot][k];
			a[pivot][k] = held;
		}
		for (size_t i = 0; i < ALL; i++) {
			double by = i == j ? 0 : a[i][j] / a[j][j];

			for (size_t k = 0; k <= ALL; k++)
				a[i][k] -= by * a[j][k];
		}
	}
	for (size_t j = 0; j < ALL; j++)
		a[j][ALL] /= a[j][j];
}

static void slow_weights(const float *trust, double lambda, size_t factor, double *ret)
{
	double a[ALL][ALL + 1] = { 0 };

	for (size_t i = 0; i < ITEMS; i++) {
		double by = trust ? trust[i] : i != 7 && i != 20;

		for (size_t j = 0; j < ALL; j++) {
			for (size_t l = 0; l < ALL; l++)
				a[j][l] += by * whole[i][j] * whole[i][l];
			a[j][ALL] += by * whole[i][j] * factors[i * FACTORS + factor];
		}
	}
	for (size_t j = 0; j < FEATURES; j++)
		a[j][j] += lambda;
	slow_solve(a);
	for (size_t j = 0; j < ALL; j++)
		ret[j] = a[j][ALL];
}

static void weights_solve_the_equations(void **state)
{
	CLEANUP(threads_free) struct threads *one = threads_start(1), *two = threads_start(2);
	float trust[ITEMS];

	(void)state;
	for (size_t i = 0; i < ITEMS; i++)
		trust[i] = (float)(i % 5);
	for (size_t t = 0; t < 8; t++) {
		struct prior_options o = { .lambda = t & 1 ? .01 : 5, .trust = t & 2 ? trust : NULL };
		CLEANUP(sparse_free) struct sparse features = { 0 };
		CLEANUP(prior_free) struct prior p = { 0 }, other = { 0 };
		struct dense items;

		made(t & 4, &features);
		items = dense_of(factors, ITEMS, FACTORS);
		assert_done(prior_fit(one, &features, &items, &o, &p));
		assert_done(prior_fit(two, &features, &items, &o, &other));
		assert_memory_equal(p.weights.at, other.weights.at, ALL * FACTORS * sizeof(float));
		for (size_t f = 0; f < FACTORS; f++) {
			double truth[ALL];

			slow_weights(o.trust, o.lambda, f, truth);
			for (size_t j = 0; j < ALL; j++)
				assert_true(fabs((double)dense_row(&p.weights, j)[f] - truth[j]) < 1e-5 * (1 + fabs(truth[j])));
		}
	}
}

/* Of an item without features nothing is known but what all are like. */
static void without_features_it_is_the_mean(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	size_t start[ITEMS + 1] = { 0 };
	const struct sparse none = { .rows = ITEMS, .columns = 0, .start = start };
	CLEANUP(sparse_free) struct sparse features = { 0 };
	CLEANUP(prior_free) struct prior p = { 0 };
	struct dense items = dense_of(factors, ITEMS, FACTORS);
	float of[FACTORS];

	(void)state;
	made(true, &features);
	assert_done(prior_fit(threads, &none, &items, &(struct prior_options){ .lambda = 1 }, &p));
	prior_factors(&p, &(struct prior_item){ 0 }, of);
	for (size_t f = 0; f < FACTORS; f++) {
		double sum = 0;

		for (size_t i = 0; i < ITEMS; i++)
			sum += (double)factors[i * FACTORS + f];
		assert_true(fabs((double)of[f] - sum / (ITEMS - 2)) < 1e-6);
	}
}

static void what_is_unfit_is_refused(void **state)
{
	static const double lambdas[] = { 0, -1, NAN, INFINITY };
	static const float values[] = { NAN, INFINITY, -2e6f };
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	CLEANUP(sparse_free) struct sparse features = { 0 };
	struct dense items = dense_of(factors, ITEMS, FACTORS);
	float trust[ITEMS] = { 0 };
	size_t start[ITEMS + 1] = { 0 };
	const struct sparse many = { .rows = ITEMS, .columns = PRIOR_FEATURES_MAX + 1, .start = start };
	struct prior p;

	(void)state;
	made(true, &features);
	for (size_t i = 0; i < sizeof lambdas / sizeof *lambdas; i++)
		assert_problem(prior_fit(threads, &features, &items, &(struct prior_options){ .lambda = lambdas[i] }, &p), prior_unfit);
	assert_problem(prior_fit(threads, &many, &items, &(struct prior_options){ .lambda = 1 }, &p), prior_large);
	assert_problem(prior_fit(threads, &features, &items, &(struct prior_options){ 1, trust }, &p), prior_none);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		float held = features.weight[9];

		features.weight[9] = values[i];
		assert_problem(prior_fit(threads, &features, &items, &(struct prior_options){ .lambda = 1 }, &p), prior_unfit);
		features.weight[9] = held;
		trust[4] = values[i];
		assert_problem(prior_fit(threads, &features, &items, &(struct prior_options){ 1, trust }, &p), prior_unfit);
		trust[4] = 0;
		factors[11] = values[i];
		assert_problem(prior_fit(threads, &features, &items, &(struct prior_options){ .lambda = 1 }, &p), prior_unfit);
	}
	memset(factors, 0, sizeof factors);
	assert_problem(prior_fit(threads, &features, &items, &(struct prior_options){ .lambda = 1 }, &p), prior_none);
}

/* ---- items that nobody had, in a model of what was had ---- */

enum { PEOPLE = 400, WORKS = 240, TAGS = 24, TASTES = 4, OLD = 200, HAD = 40 };

/* Works have three tags of a taste each; who has a taste had works by the sum of what he thinks of their tags, the best 40 of all. */
static void planted(struct sparse *tags, struct sparse *train, struct sparse *test)
{
	CLEANUP(interactions_free) struct interactions tagged = { 0 }, had = { 0 };
	static double taste[PEOPLE][TASTES], tag[TAGS][TASTES], score[WORKS];
	static uint8_t parts[PEOPLE * HAD];
	struct random r = random_of(77, 0);

	recs_made(WORKS, TAGS, WORKS * 3, 1, &tagged);
	recs_made(PEOPLE, WORKS, PEOPLE * HAD, 2, &had);
	for (size_t i = 0; i < PEOPLE * TASTES; i++)
		taste[i / TASTES][i % TASTES] = random_normal(&r);
	for (size_t i = 0; i < TAGS * TASTES; i++)
		tag[i / TASTES][i % TASTES] = random_normal(&r);
	for (size_t i = 0; i < tagged.count; i++) {
		tagged.user[i] = (uint32_t)(i / 3);
		tagged.item[i] = random_below(&r, TAGS);
		tagged.weight[i] = 1;
	}
	sparse_of(&tagged, NULL, PART_ANY, tags);
	for (uint32_t u = 0; u < PEOPLE; u++) {
		for (uint32_t i = 0; i < WORKS; i++) {
			score[i] = .3 * random_normal(&r);
			for (size_t k = 3 * i; k < 3 * i + 3; k++)
				for (size_t t = 0; t < TASTES; t++)
					score[i] += taste[u][t] * tag[tagged.item[k]][t];
		}
		for (size_t n = u * HAD; n < (u + 1) * HAD; n++) {
			uint32_t best = 0;

			for (uint32_t i = 1; i < WORKS; i++)
				best = score[i] > score[best] ? i : best;
			score[best] = -INFINITY;
			had.user[n] = u;
			had.item[n] = best;
			had.weight[n] = 1;
			parts[n] = best < OLD ? PART_TRAIN : PART_TEST;
		}
	}
	sparse_of(&had, parts, PART_TRAIN, train);
	sparse_of(&had, parts, PART_TEST, test);
}

/* All that are new, and of the old ones those that nobody liked. */
static size_t not_had(const struct sparse *train)
{
	CLEANUP(sparse_free) struct sparse by_item = { 0 };
	size_t count = 0;

	sparse_transpose(train, &by_item);
	for (uint32_t i = 0; i < by_item.rows; i++)
		count += sparse_length(&by_item, i) == 0;
	return count;
}

static double recall_of_new(struct threads *threads, const struct sparse *train, const struct sparse *test, struct als *m)
{
	struct trial trial = { .known = train, .test = test, .cutoffs = { 20 } };
	struct evaluation e;

	evaluate(threads, &trial, &(struct scorer){ als_score, m }, NULL, &e);
	return e.at[0].recall_capped;
}

static void new_items_are_found_at_once(void **state)
{
	static const struct als_settings settings = { .factors = 8, .epochs = 8, .steps = 3, .w0 = .1, .lambda = .01, .nu = 1, .seed = 5 };
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	CLEANUP(sparse_free) struct sparse tags = { 0 }, train = { 0 }, test = { 0 };
	CLEANUP(als_free) struct als m = { 0 }, again = { 0 };
	CLEANUP(prior_free) struct prior p = { 0 };
	CLEANUP(buffer_free) struct buffer file = BUFFER(1 << 20);
	double before, after;
	size_t filled;

	(void)state;
	planted(&tags, &train, &test);
	assert_done(als_fit(threads, &train, &settings, NULL, &m));
	before = recall_of_new(threads, &train, &test, &m);
	assert_done(prior_fit(threads, &tags, &m.items, &(struct prior_options){ .lambda = 1 }, &p));
	tags.weight[sparse_count(&tags) - 1] = 3e38f;
	assert_problem(prior_fill(&p, threads, &tags, &m, &filled), prior_unfit);
	tags.weight[sparse_count(&tags) - 1] = 1;
	assert_done(prior_fill(&p, threads, &tags, &m, &filled));
	assert_int_equal(filled, not_had(&train));
	assert_done(prior_fill(&p, threads, &tags, &m, &filled));
	assert_int_equal(filled, 0);
	after = recall_of_new(threads, &train, &test, &m);
	print_message("recall@20 of items that nobody had: %.3f without, %.3f with the prior (by chance about .1)\n", before, after);
	assert_true(after > .4 && after > 3 * before);
	als_save(&m, &file);
	assert_done(als_load(threads, buffer_text(&file), &again));
	assert_memory_equal(again.gram.at, m.gram.at, 64 * sizeof(float));
}

/* Items that came after the fit make it larger. */
static void a_model_grows(void **state)
{
	static const struct als_settings settings = { .factors = 8, .epochs = 2, .steps = 3, .w0 = .1, .lambda = .01, .nu = 1, .seed = 5 };
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	CLEANUP(sparse_free) struct sparse tags = { 0 }, train = { 0 }, test = { 0 };
	CLEANUP(als_free) struct als m = { 0 };
	CLEANUP(prior_free) struct prior p = { 0 };
	struct sparse old;
	size_t filled;
	float of[8];

	(void)state;
	planted(&tags, &train, &test);
	train.columns = OLD;
	old = tags;
	old.rows = OLD;
	assert_done(als_fit(threads, &train, &settings, NULL, &m));
	assert_done(prior_fit(threads, &old, &m.items, &(struct prior_options){ .lambda = 1 }, &p));
	assert_done(prior_fill(&p, threads, &tags, &m, &filled));
	assert_int_equal(filled, WORKS - OLD + not_had(&train));
	assert_int_equal(m.items.rows, WORKS);
	prior_factors(&p, &(struct prior_item){ sparse_length(&tags, OLD + 3), sparse_row(&tags, OLD + 3), tags.weight + tags.start[OLD + 3] }, of);
	assert_memory_equal(dense_row(&m.items, OLD + 3), of, sizeof of);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weights_solve_the_equations), cmocka_unit_test(without_features_it_is_the_mean), cmocka_unit_test(what_is_unfit_is_refused),
		cmocka_unit_test(new_items_are_found_at_once), cmocka_unit_test(a_model_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
