/* svm_test.c - the radial kernel against LIBSVM's own answers, the public sets' anchors, and a border that no line can be. */
#include "mine/linear_testing.h"
#include "mine/svm.h"

#include <libsvm/svm.h>

#include "num/random.h"
#include "num/testing.h"

/* ---- small data ---- */

enum { ROWS = 150, LEVELS = 5 };

/* A disc within a ring, and a word that says nothing. */
static struct linear_rows ring(uint64_t seed, uint8_t y[ROWS])
{
	struct linear_rows x = linear_rows_new(ROWS, 2, 2, LEVELS);
	struct random r = random_of(seed, 0);

	for (size_t i = 0; i < ROWS; i++) {
		double *of = linear_row(&x, i);

		of[0] = random_normal(&r);
		of[1] = random_normal(&r);
		y[i] = of[0] * of[0] + of[1] * of[1] < 1.2;
		linear_words(&x, i)[0] = i % 11 == 0 ? LINEAR_NO_WORD : random_below(&r, 2);
		linear_words(&x, i)[1] = 2 + random_below(&r, 3);
	}
	return x;
}

static void test_a_ring_is_learned(void **state)
{
	struct linear_model line;
	struct rbf_model m;
	uint8_t y[ROWS];
	struct linear_rows x = ring(1, y);
	double score[ROWS];
	size_t right = 0;

	(void)state;
	assert_done(rbf_train(&x, y, &(struct rbf_options){ .gamma = .5, .cost = 10 }, &m, NULL));
	rbf_scores(&m, &x, two, score);
	for (size_t i = 0; i < ROWS; i++)
		right += (score[i] > 0) == y[i];
	assert_true(right > ROWS * 95 / 100);
	assert_done(linear_train(arena, &x, y, &(struct linear_options){ .loss = LINEAR_SVM }, two, &line, NULL));
	linear_scores(&line, &x, score);
	assert_true(auc_of(score, y, ROWS) < .75);
	rbf_free(&m);
	linear_rows_free(&x);
}

/* The same by LIBSVM alone: a kernel matrix that was computed in full, as its precomputed kernel takes it. */
static void test_scores_are_those_of_the_kernel_matrix(void **state)
{
	static struct svm_node cells[ROWS][ROWS + 2];
	struct svm_node *rows[ROWS];
	struct svm_parameter parameter = { .svm_type = C_SVC, .kernel_type = PRECOMPUTED, .cache_size = 10, .eps = 1e-3, .C = 2, .shrinking = 1 };
	double labels[ROWS], score[ROWS], of;
	struct svm_problem problem_of = { ROWS, labels, rows };
	struct svm_model *slow;
	struct rbf_model m;
	uint8_t y[ROWS];
	struct linear_rows x = ring(2, y);

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		rows[i] = cells[i];
		labels[i] = y[i] ? 1 : -1;
		cells[i][0] = (struct svm_node){ 0, (double)i + 1 };
		for (size_t k = 0; k < ROWS; k++) {
			double d = 0;

			for (size_t j = 0; j < 2; j++)
				d += pow(linear_row(&x, i)[j] - linear_row(&x, k)[j], 2);
			for (uint32_t level = 0; level < LEVELS; level++)
				d += (linear_words(&x, i)[0] == level || linear_words(&x, i)[1] == level) != (linear_words(&x, k)[0] == level || linear_words(&x, k)[1] == level);
			cells[i][k + 1] = (struct svm_node){ (int)k + 1, exp(-.3 * d) };
		}
		cells[i][ROWS + 1] = (struct svm_node){ -1, 0 };
	}
	assert_done(rbf_train(&x, y, &(struct rbf_options){ .gamma = .3, .cost = 2 }, &m, NULL)); /* turns the printing off */
	slow = svm_train(&problem_of, &parameter);
	assert_int_equal(m.vectors.rows, slow->l);
	rbf_scores(&m, &x, two, score);
	for (size_t i = 0; i < ROWS; i++) {
		svm_predict_values(slow, rows[i], &of);
		assert_true(fabs(of - score[i]) < 1e-9);
	}
	svm_free_and_destroy_model(&slow);
	rbf_free(&m);
	linear_rows_free(&x);
}

static void test_weights_move_the_border(void **state)
{
	uint8_t y[ROWS];
	struct linear_rows x = ring(3, y);
	size_t said[2] = { 0 };

	(void)state;
	for (int heavy = 0; heavy < 2; heavy++) {
		struct rbf_model m;
		double score[ROWS];

		assert_done(rbf_train(&x, y, &(struct rbf_options){ .cost = .1, .weight = { 1, heavy ? 10 : 1 } }, &m, NULL));
		rbf_scores(&m, &x, two, score);
		for (size_t i = 0; i < ROWS; i++)
			said[heavy] += score[i] > 0;
		rbf_free(&m);
	}
	assert_true(said[1] > said[0]);
	linear_rows_free(&x);
}

static void test_what_cannot_be_learned_is_a_problem(void **state)
{
	uint8_t y[ROWS], ones[ROWS];
	struct linear_rows x = ring(4, y), many = linear_rows_new(RBF_ROWS_MAX + 1, 1, 0, 0), none = linear_rows_new(0, 1, 0, 0);
	struct rbf_model m = { .gamma = -1 };
	size_t row = 0;

	(void)state;
	memset(ones, 1, sizeof ones);
	assert_problem(rbf_train(&many, y, &(struct rbf_options){ 0 }, &m, NULL), rbf_rows);
	assert_problem(rbf_train(&none, y, &(struct rbf_options){ 0 }, &m, NULL), linear_one_class);
	assert_problem(rbf_train(&x, ones, &(struct rbf_options){ 0 }, &m, NULL), linear_one_class);
	assert_problem(rbf_train(&x, y, &(struct rbf_options){ .cost = -1 }, &m, NULL), linear_cost);
	assert_problem(rbf_train(&x, y, &(struct rbf_options){ .cost = NAN }, &m, NULL), linear_cost);
	assert_problem(rbf_train(&x, y, &(struct rbf_options){ .gamma = INFINITY }, &m, NULL), linear_cost);
	linear_row(&x, 7)[1] = 1e60;
	assert_problem(rbf_train(&x, y, &(struct rbf_options){ 0 }, &m, &row), linear_scale);
	linear_row(&x, 7)[1] = NAN;
	assert_problem(rbf_train(&x, y, &(struct rbf_options){ 0 }, &m, &row), linear_value);
	assert_int_equal(row, 7);
	assert_true(m.gamma == -1);
	linear_rows_free(&x);
	linear_rows_free(&many);
	linear_rows_free(&none);
}

/* ---- as a file ---- */

static problem through_a_file(const struct rbf_model *m, struct rbf_model *ret)
{
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);
	struct saved s;

	saved_begin(&b, "test", 1);
	rbf_save(m, &b);
	saved_end(&b);
	assert_done(saved_open(buffer_text(&b), "test", 1, &s));
	return rbf_load(&s, ret);
}

static void test_a_model_comes_back(void **state)
{
	struct rbf_model m, back;
	double score[ROWS], again[ROWS], held;
	uint8_t y[ROWS];
	struct linear_rows x = ring(5, y);

	(void)state;
	assert_done(rbf_train(&x, y, &(struct rbf_options){ 0 }, &m, NULL));
	rbf_scores(&m, &x, two, score);
	assert_done(through_a_file(&m, &back));
	rbf_scores(&back, &x, two, again);
	assert_memory_equal(score, again, sizeof score);
	rbf_free(&back);
	linear_words(&m.vectors, 1)[0] = LEVELS;
	assert_problem(through_a_file(&m, &back), saved_damaged);
	linear_words(&m.vectors, 1)[0] = LINEAR_NO_WORD;
	held = m.coefficient[2];
	m.coefficient[2] = NAN;
	assert_problem(through_a_file(&m, &back), saved_damaged);
	m.coefficient[2] = held;
	linear_row(&m.vectors, 0)[0] = INFINITY;
	assert_problem(through_a_file(&m, &back), saved_damaged);
	linear_row(&m.vectors, 0)[0] = 0;
	m.gamma = 0;
	assert_problem(through_a_file(&m, &back), saved_damaged);
	rbf_free(&m);
	linear_rows_free(&x);
}

/* ---- the public sets ---- */

static void anchor(int set_of, double auc, size_t vectors)
{
	struct anchor_set set;
	struct rbf_model m;
	double *score, found;

	if (!anchor_read(arena, set_of, &set))
		skip();
	score = ARENA_ARRAY(arena, double, set.rows[1].rows);
	assert_done(rbf_train(&set.rows[0], set.frame[0].label, &(struct rbf_options){ 0 }, &m, NULL));
	rbf_scores(&m, &set.rows[1], two, score);
	found = auc_of(score, set.frame[1].label, set.rows[1].rows);
	print_message("%s: %zu vectors, rho %.9f, AUC %.6f\n", mining_sets[set_of].name, m.vectors.rows, m.rho, found);
	assert_true(fabs(found - auc) < 1e-4);
	if (vectors)
		assert_in_range(m.vectors.rows, vectors - 1, vectors + 1);
	rbf_free(&m);
	anchor_free(&set);
}

static void test_students(void **state)
{
	(void)state;
	anchor(SET_STUDENTS, .9159, 0);
}

static void test_shoppers(void **state)
{
	(void)state;
	anchor(SET_OSI, .890409, 2536);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_ring_is_learned),
		cmocka_unit_test(test_scores_are_those_of_the_kernel_matrix),
		cmocka_unit_test(test_weights_move_the_border),
		cmocka_unit_test(test_what_cannot_be_learned_is_a_problem),
		cmocka_unit_test(test_a_model_comes_back),
		cmocka_unit_test(test_students),
		cmocka_unit_test(test_shoppers),
	};

	return cmocka_run_group_tests(tests, setup_threads, teardown_threads);
}
