/* linear_test.c - linear classifiers against the smallest objectives known from outside (LIBLINEAR to 1e-8), against gradient descent
 * that is slow and obvious, and against what no data may do. */
#include "mine/linear_testing.h"

#include "num/random.h"
#include "num/testing.h"

#include <unistd.h>

static problem train(const struct linear_rows *x, const uint8_t *y, struct linear_options options, size_t threads, struct linear_model *ret)
{
	struct threads *t = threads_start(threads);
	problem why = linear_train(arena, x, y, &options, t, ret, NULL);

	threads_stop(t);
	return why;
}

/* ---- the public sets ---- */

static const struct truth {
	int file;
	size_t columns;
	double objective[2], auc[2]; /* of the support vector machine, of logistic regression; 0: not known */
} truths[] = {
	{ SET_OSI, 75, { 3441.882312, 2846.913344 }, { .902165, .888125 } },
	{ SET_ADULT, 108, { 10735.321139, 8235.538182 }, { .907831, .907838 } },
	{ SET_OULAD, 53, { 8053.752714, 6639.879848 }, { .677638, .674699 } },
	{ SET_BANK, 51, { 10135.894107, 8559.929338 }, { .899478, .897757 } },
	{ SET_STUDENTS, 248, { 0 }, { .9078, .9144 } },
};

static void test_objectives_are_the_smallest(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof truths / sizeof *truths; k++) {
		struct anchor_set set;

		if (!anchor_read(arena, truths[k].file, &set))
			skip();
		assert_int_equal(set.columns, truths[k].columns);
		for (int loss = 0; loss < 2; loss++) {
			struct linear_model m;
			double *score = ARENA_ARRAY(arena, double, set.rows[1].rows), auc;

			assert_done(train(&set.rows[0], set.frame[0].label, (struct linear_options){ .loss = loss ? LINEAR_LOGISTIC : LINEAR_SVM }, 0, &m));
			linear_scores(&m, &set.rows[1], score);
			auc = auc_of(score, set.frame[1].label, set.rows[1].rows);
			print_message("%s %s: objective %.6f after %d passes, AUC %.6f\n", mining_sets[truths[k].file].name, loss ? "logistic" : "svm", m.objective,
			              m.passes, auc);
			if (truths[k].objective[loss] > 0)
				assert_within(m.objective, truths[k].objective[loss], 1e-9);
			assert_true(fabs(auc - truths[k].auc[loss]) < (truths[k].objective[loss] > 0 ? 2e-6 : 2e-4));
		}
		anchor_free(&set);
	}
}

/* The same rows with thousands of levels that no row has: too many for the matrix, and they weigh nothing. */
static void widen(struct linear_rows *x) { x->levels += 4000; }

static void test_many_columns_do_without_the_matrix(void **state)
{
	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct anchor_set set;

		if (!anchor_read(arena, truths[k].file, &set))
			skip();
		widen(&set.rows[0]);
		for (int loss = 0; loss < 2; loss++) {
			struct linear_options o = { .loss = loss ? LINEAR_LOGISTIC : LINEAR_SVM };
			struct linear_model m, same;

			assert_done(train(&set.rows[0], set.frame[0].label, o, 2, &m));
			print_message("%s: objective %.6f after %d passes\n", mining_sets[truths[k].file].name, m.objective, m.passes);
			assert_within(m.objective, truths[k].objective[loss], 1e-8);
			for (size_t j = m.numbers + m.levels - 4000; j < m.numbers + m.levels; j++)
				assert_true(m.weight[j] == 0);
			assert_done(train(&set.rows[0], set.frame[0].label, o, 3, &same));
			assert_memory_equal(m.weight, same.weight, (m.numbers + m.levels) * sizeof *m.weight);
		}
		anchor_free(&set);
	}
}

static void test_threads_change_nothing(void **state)
{
	struct anchor_set set;

	(void)state;
	if (!anchor_read(arena, SET_OSI, &set))
		skip();
	for (int loss = LINEAR_SVM; loss <= LINEAR_LOGISTIC; loss++) {
		struct linear_model one, more;

		assert_done(train(&set.rows[0], set.frame[0].label, (struct linear_options){ .loss = (enum linear_loss)loss }, 1, &one));
		for (size_t threads = 2; threads <= 5; threads++) {
			assert_done(train(&set.rows[0], set.frame[0].label, (struct linear_options){ .loss = (enum linear_loss)loss }, threads, &more));
			assert_memory_equal(one.weight, more.weight, set.columns * sizeof *one.weight);
			assert_memory_equal(&one.bias, &more.bias, sizeof one.bias);
		}
	}
	anchor_free(&set);
}

/* ---- slow and obvious ---- */

enum { SMALL_ROWS = 61, SMALL_NUMBERS = 3, SMALL_WORDS = 2, SMALL_LEVELS = 5, SMALL_COLUMNS = SMALL_NUMBERS + SMALL_LEVELS + 1 };

struct small {
	struct linear_rows x;
	uint8_t y[SMALL_ROWS];
	double dense[SMALL_ROWS][SMALL_COLUMNS]; /* numbers, levels, 1 */
};

static struct small small_of(uint64_t seed)
{
	struct small s = { linear_rows_new(SMALL_ROWS, SMALL_NUMBERS, SMALL_WORDS, SMALL_LEVELS) };
	struct random r = random_of(seed, 0);

	for (size_t i = 0; i < SMALL_ROWS; i++) {
		double sum = random_normal(&r);

		for (size_t j = 0; j < SMALL_NUMBERS; j++)
			sum += s.dense[i][j] = linear_row(&s.x, i)[j] = random_normal(&r) + (double)j;
		for (size_t a = 0; a < SMALL_WORDS; a++) {
			uint32_t level = a ? 2 + random_below(&r, 3) : random_below(&r, 2);

			linear_words(&s.x, i)[a] = i % 7 == 3 && a ? LINEAR_NO_WORD : level;
			if (linear_words(&s.x, i)[a] == LINEAR_NO_WORD)
				continue;
			s.dense[i][SMALL_NUMBERS + level] = 1;
			sum += level;
		}
		s.dense[i][SMALL_COLUMNS - 1] = 1;
		s.y[i] = sum > 6;
	}
	return s;
}

static double slow_objective(const struct small *s, const struct linear_options *o, const double *w, double *gradient)
{
	double sum = 0;

	for (size_t j = 0; j < SMALL_COLUMNS; j++) {
		gradient[j] = w[j];
		sum += w[j] * w[j] / 2;
	}
	for (size_t i = 0; i < SMALL_ROWS; i++) {
		double y = s->y[i] ? 1 : -1, z = 0, cost = o->cost * o->weight[s->y[i]], slope;

		for (size_t j = 0; j < SMALL_COLUMNS; j++)
			z += y * w[j] * s->dense[i][j];
		sum += cost * (o->loss == LINEAR_SVM ? pow(fmax(0, 1 - z), 2) : log(1 + exp(-z)));
		slope = cost * y * (o->loss == LINEAR_SVM ? -2 * fmax(0, 1 - z) : -1 / (1 + exp(z)));
		for (size_t j = 0; j < SMALL_COLUMNS; j++)
			gradient[j] += slope * s->dense[i][j];
	}
	return sum;
}

/* Downhill by steps that are halved until they help, and grow again. */
static double slow_descent(const struct small *s, const struct linear_options *o, double *w)
{
	double gradient[SMALL_COLUMNS], other[SMALL_COLUMNS], rate = 1e-3, at = slow_objective(s, o, w, gradient);

	for (int round = 0; round < 60000; round++) {
		double next[SMALL_COLUMNS], value;

		for (size_t j = 0; j < SMALL_COLUMNS; j++)
			next[j] = w[j] - rate * gradient[j];
		value = slow_objective(s, o, next, other);
		rate *= value < at ? 1.1 : .5;
		if (!(value < at))
			continue;
		at = value;
		memcpy(w, next, sizeof next);
		memcpy(gradient, other, sizeof other);
	}
	return at;
}

static void test_gradient_descent_ends_in_the_same_place(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct small s = small_of(seed);
		struct linear_options o = { .loss = seed % 2 ? LINEAR_SVM : LINEAR_LOGISTIC, .cost = seed > 3 ? 3 : .2, .weight = { 1, seed > 4 ? 4 : 1 } };
		double w[SMALL_COLUMNS] = { 0 }, slow = slow_descent(&s, &o, w);
		struct linear_model m;

		assert_done(train(&s.x, s.y, o, 2, &m));
		assert_within(m.objective, slow, 1e-9);
		for (size_t j = 0; j + 1 < SMALL_COLUMNS; j++)
			assert_true(fabs(m.weight[j] - w[j]) < 1e-4);
		assert_true(fabs(m.bias - w[SMALL_COLUMNS - 1]) < 1e-4);
		linear_rows_free(&s.x);
	}
}

static void test_columns_of_words_are_columns_of_0_and_1(void **state)
{
	struct small s = small_of(9);
	struct linear_rows dense = linear_rows_new(SMALL_ROWS, SMALL_NUMBERS + SMALL_LEVELS, 0, 0);
	struct linear_model words, numbers;

	(void)state;
	for (size_t i = 0; i < SMALL_ROWS; i++)
		memcpy(linear_row(&dense, i), s.dense[i], (SMALL_COLUMNS - 1) * sizeof(double));
	assert_done(train(&s.x, s.y, (struct linear_options){ .loss = LINEAR_LOGISTIC }, 1, &words));
	assert_done(train(&dense, s.y, (struct linear_options){ .loss = LINEAR_LOGISTIC }, 1, &numbers));
	for (size_t j = 0; j + 1 < SMALL_COLUMNS; j++)
		assert_true(fabs(words.weight[j] - numbers.weight[j]) < 1e-9);
	linear_rows_free(&s.x);
	linear_rows_free(&dense);
}

/* ---- what no data may do ---- */

static struct linear_rows line_of(const double *value, size_t n)
{
	struct linear_rows x = linear_rows_new(n, 1, 0, 0);

	for (size_t i = 0; i < n; i++)
		linear_row(&x, i)[0] = value[i];
	return x;
}

static void test_what_cannot_be_learned_is_a_problem(void **state)
{
	const double values[] = { 1, NAN, 3, 4 }, large[] = { 1e200, -1e200, 1e200, 1 }, fine[] = { 1, 2, 3, 4 };
	const uint8_t y[] = { 0, 1, 0, 1 }, ones[] = { 1, 1, 1, 1 };
	struct linear_rows broken = line_of(values, 4), huge = line_of(large, 4), whole = line_of(fine, 4), none = line_of(fine, 0),
	                   wide = linear_rows_new(4, LINEAR_COLUMNS_MAX + 1, 0, 0);
	struct threads *t = threads_start(1);
	struct linear_options svm = { .loss = LINEAR_SVM };
	struct linear_model m = { .passes = -1 };
	size_t row = 99;

	(void)state;
	assert_problem(linear_train(arena, &broken, y, &svm, t, &m, &row), linear_value);
	assert_int_equal(row, 1);
	linear_row(&broken, 1)[0] = -INFINITY;
	assert_problem(linear_train(arena, &broken, y, &svm, t, &m, &row), linear_value);
	assert_problem(linear_train(arena, &huge, y, &svm, t, &m, NULL), linear_scale);
	assert_problem(linear_train(arena, &huge, y, &(struct linear_options){ .loss = LINEAR_LOGISTIC }, t, &m, NULL), linear_scale);
	assert_problem(linear_train(arena, &whole, ones, &svm, t, &m, NULL), linear_one_class);
	assert_problem(linear_train(arena, &none, y, &svm, t, &m, NULL), linear_one_class);
	assert_problem(linear_train(arena, &wide, y, &svm, t, &m, NULL), linear_wide);
	assert_problem(linear_train(arena, &whole, y, &(struct linear_options){ .loss = LINEAR_SVM, .cost = -1 }, t, &m, NULL), linear_cost);
	assert_problem(linear_train(arena, &whole, y, &(struct linear_options){ .loss = LINEAR_SVM, .cost = NAN }, t, &m, NULL), linear_cost);
	assert_problem(linear_train(arena, &whole, y, &(struct linear_options){ .loss = LINEAR_SVM, .weight = { 1, INFINITY } }, t, &m, NULL), linear_cost);
	assert_int_equal(m.passes, -1);
	threads_stop(t);
	linear_rows_free(&broken);
	linear_rows_free(&huge);
	linear_rows_free(&whole);
	linear_rows_free(&none);
	linear_rows_free(&wide);
}

/* Two points at -1 and 1: by symmetry the bias is 0, and w makes w^2 / 2 + 2 (1 - w)^2 smallest, w = 4/5. Separable, and no matter. */
static void test_two_points_by_hand(void **state)
{
	struct linear_rows x = line_of((double[]){ -1, 1 }, 2);
	struct linear_model m;
	double score[2];

	(void)state;
	assert_done(train(&x, (uint8_t[]){ 0, 1 }, (struct linear_options){ .loss = LINEAR_SVM }, 1, &m));
	assert_within(m.weight[0], .8, 1e-14);
	assert_true(fabs(m.bias) < 1e-15);
	assert_within(m.objective, .4, 1e-14);
	linear_scores(&m, &x, score);
	assert_true(score[0] < 0 && score[1] > 0);
	linear_rows_free(&x);
}

/* Separable with a cost of 1e6: weights are large, and there is an answer. A constant column shares the bias. */
static void test_separable_and_constant(void **state)
{
	struct linear_rows x = linear_rows_new(40, 3, 0, 0);
	uint8_t y[40];

	(void)state;
	for (size_t i = 0; i < 40; i++) {
		linear_row(&x, i)[0] = (double)i / 20 - 1 + (i < 20 ? -.5 : .5);
		linear_row(&x, i)[1] = 1;
		linear_row(&x, i)[2] = 0;
		y[i] = i >= 20;
	}
	for (int loss = LINEAR_SVM; loss <= LINEAR_LOGISTIC; loss++) {
		struct linear_model m;
		double score[40];

		assert_done(train(&x, y, (struct linear_options){ .loss = (enum linear_loss)loss, .cost = 1e6 }, 1, &m));
		linear_scores(&m, &x, score);
		for (size_t i = 0; i < 40; i++)
			assert_true((score[i] > 0) == y[i]);
		assert_true(fabs(m.weight[1] - m.bias) < 1e-6 * fabs(m.weight[0]));
		assert_true(m.weight[2] == 0);
	}
	linear_rows_free(&x);
}

static void test_weights_of_classes_are_rows_again(void **state)
{
	struct small s = small_of(4);
	struct linear_rows twice = linear_rows_new(2 * SMALL_ROWS, SMALL_NUMBERS, SMALL_WORDS, SMALL_LEVELS);
	uint8_t y[2 * SMALL_ROWS];
	struct linear_model weighted, copied;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < SMALL_ROWS; i++) {
		for (int copy = 0; copy <= s.y[i]; copy++, n++) {
			memcpy(linear_row(&twice, n), linear_row(&s.x, i), s.x.stride * sizeof(double));
			memcpy(linear_words(&twice, n), linear_words(&s.x, i), SMALL_WORDS * sizeof(uint32_t));
			y[n] = s.y[i];
		}
	}
	twice.rows = n;
	assert_done(train(&s.x, s.y, (struct linear_options){ .loss = LINEAR_LOGISTIC, .weight = { 1, 2 } }, 1, &weighted));
	assert_done(train(&twice, y, (struct linear_options){ .loss = LINEAR_LOGISTIC }, 1, &copied));
	assert_within(weighted.objective, copied.objective, 1e-9);
	linear_rows_free(&s.x);
	linear_rows_free(&twice);
}

/* ---- reasons and units ---- */

static void test_reasons_make_the_score(void **state)
{
	struct small s = small_of(5);
	double mean[SMALL_COLUMNS - 1], reason[SMALL_COLUMNS - 1], score[SMALL_ROWS], at_mean;
	struct linear_model m;

	(void)state;
	assert_done(train(&s.x, s.y, (struct linear_options){ .loss = LINEAR_LOGISTIC }, 1, &m));
	linear_means(&s.x, mean);
	linear_scores(&m, &s.x, score);
	at_mean = m.bias;
	for (size_t j = 0; j < SMALL_COLUMNS - 1; j++)
		at_mean += m.weight[j] * mean[j];
	for (size_t i = 0; i < SMALL_ROWS; i++) {
		double sum = at_mean;

		linear_reasons(&m, &s.x, i, mean, reason);
		for (size_t j = 0; j < SMALL_COLUMNS - 1; j++) {
			sum += reason[j];
			assert_true(fabs(reason[j] - m.weight[j] * (s.dense[i][j] - mean[j])) < 1e-12);
		}
		assert_true(fabs(sum - score[i]) < 1e-12);
	}
	linear_rows_free(&s.x);
}

static void test_weights_in_units(void **state)
{
	const struct linear_model m = { LINEAR_LOGISTIC, 2, 0, (double[]){ 3, 1 }, .5, 0, 1 };
	double weight[2], bias;

	(void)state;
	linear_in_units(&m, (double[]){ 10, 7 }, (double[]){ 2, 0 }, weight, &bias);
	assert_true(weight[0] == 1.5 && weight[1] == 0 && bias == .5 - 15);
	assert_within(linear_probability(0), .5, 1e-15);
	assert_within(linear_probability(log(3)), .75, 1e-15);
	assert_within(linear_probability(-700), exp(-700), 1e-14);
	assert_true(linear_probability(INFINITY) == 1 && linear_probability(-INFINITY) == 0);
}

/* ---- as a file ---- */

static void write_model(struct buffer *b, const struct linear_model *m)
{
	saved_begin(b, "test", 1);
	linear_save(m, b);
	saved_end(b);
	assert_null(b->why);
}

static void test_a_model_comes_back(void **state)
{
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20), other = BUFFER(1 << 20), lacking = BUFFER(1 << 20);
	struct linear_model m = { LINEAR_SVM, 2, 3, (double[]){ 1, 2, 3, 4, 5 }, .5, 7, 3 }, back;
	struct saved s;

	(void)state;
	write_model(&b, &m);
	assert_done(saved_open(buffer_text(&b), "test", 1, &s));
	assert_done(linear_load(arena, &s, &back));
	assert_memory_equal(back.weight, m.weight, 5 * sizeof(double));
	assert_true(back.bias == m.bias && back.numbers == 2 && back.levels == 3 && back.loss == LINEAR_SVM && back.objective == 7 && back.passes == 3);
	m.weight[3] = NAN;
	write_model(&other, &m);
	assert_done(saved_open(buffer_text(&other), "test", 1, &s));
	assert_problem(linear_load(arena, &s, &back), saved_damaged);
	buffer_clear(&other);
	m.weight[3] = 4;
	m.loss = 7;
	write_model(&other, &m);
	assert_done(saved_open(buffer_text(&other), "test", 1, &s));
	assert_problem(linear_load(arena, &s, &back), saved_damaged);
	saved_begin(&lacking, "test", 1);
	saved_end(&lacking);
	assert_done(saved_open(buffer_text(&lacking), "test", 1, &s));
	assert_problem(linear_load(arena, &s, &back), saved_lacks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objectives_are_the_smallest),
		cmocka_unit_test(test_many_columns_do_without_the_matrix),
		cmocka_unit_test(test_threads_change_nothing),
		cmocka_unit_test(test_gradient_descent_ends_in_the_same_place),
		cmocka_unit_test(test_columns_of_words_are_columns_of_0_and_1),
		cmocka_unit_test(test_what_cannot_be_learned_is_a_problem),
		cmocka_unit_test(test_two_points_by_hand),
		cmocka_unit_test(test_separable_and_constant),
		cmocka_unit_test(test_weights_of_classes_are_rows_again),
		cmocka_unit_test(test_reasons_make_the_score),
		cmocka_unit_test(test_weights_in_units),
		cmocka_unit_test(test_a_model_comes_back),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
