/* calibrate_test.c - Platt's numbers where their derivatives vanish, isotonic chances by the formula of maxima and minima, thresholds
 * by trying all of them, and what calibration repairs on public data. */
#include "mine/calibrate.h"
#include "mine/linear_testing.h"

#include "num/random.h"
#include "num/testing.h"

enum { ROWS = 60 };

struct sample {
	double score[ROWS];
	uint8_t y[ROWS];
};

/* Scores of few different values where `coarse`; both classes are there. */
static struct sample sample_of(uint64_t seed, bool coarse)
{
	struct random r = random_of(seed, 1);
	struct sample s;

	for (size_t i = 0; i < ROWS; i++) {
		s.score[i] = coarse ? (double)random_below(&r, 7) - 3 : random_normal(&r);
		s.y[i] = s.score[i] + 2 * random_normal(&r) > .3;
	}
	s.y[0] = 0;
	s.y[1] = 1;
	return s;
}

/* ---- Platt ---- */

/* Convex, so where both derivatives of the loss vanish it is smallest: sum of p - t, and of score (p - t). */
static void test_platt_is_where_derivatives_vanish(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct sample s = sample_of(seed, seed % 2);
		double ones = 0, by_b = 0, by_a = 0;
		struct calibration c;

		assert_done(calibrate_platt(s.score, s.y, ROWS, &c));
		for (size_t i = 0; i < ROWS; i++)
			ones += s.y[i];
		for (size_t i = 0; i < ROWS; i++) {
			double t = s.y[i] ? (ones + 1) / (ones + 2) : 1 / (ROWS - ones + 2), p = 1 / (1 + exp(c.a * s.score[i] + c.b));

			assert_within(calibrated(&c, s.score[i]), p, 1e-13);
			by_b += p - t;
			by_a += s.score[i] * (p - t);
		}
		assert_true(fabs(by_a) < 1e-5 && fabs(by_b) < 1e-5);
		assert_true(c.a < 0); /* rising */
	}
}

/* The flat line's chance is the mean of the targets. */
static void test_platt_does_not_fall(void **state)
{
	struct calibration c;

	(void)state;
	assert_done(calibrate_platt((double[]){ -2, -1, 0, 1, 2 }, (uint8_t[]){ 1, 1, 0, 1, 0 }, 5, &c));
	assert_true(c.a == 0);
	assert_within(calibrated(&c, -7), (3 * .8 + 2 * .25) / 5, 1e-12);
	assert_true(calibrated(&c, -7) == calibrated(&c, 7));
}

/* Two rows, at -1 and 1: targets 1/3 and 2/3 are reached, at 1 / (1 + e^(a + b)): b = 0, a = -ln 2. Also in other units. */
static void test_platt_by_hand(void **state)
{
	struct calibration c;

	(void)state;
	assert_done(calibrate_platt((double[]){ -1, 1 }, (uint8_t[]){ 0, 1 }, 2, &c));
	assert_within(c.a, -log(2), 1e-6);
	assert_true(fabs(c.b) < 1e-6);
	assert_within(calibrated(&c, 1), 2. / 3, 1e-6);
	assert_done(calibrate_platt((double[]){ 1e9 - 1e6, 1e9 + 1e6 }, (uint8_t[]){ 0, 1 }, 2, &c));
	assert_within(calibrated(&c, 1e9 + 1e6), 2. / 3, 1e-6);
	assert_done(calibrate_platt((double[]){ 5, 5, 5, 5 }, (uint8_t[]){ 0, 1, 0, 0 }, 4, &c));
	assert_within(calibrated(&c, 5), (2. / 3 + 3 * .2) / 4, 1e-6); /* the mean of the targets */
	assert_within(calibrated(&c, INFINITY), calibrated(&c, 5), 1e-12);
	assert_true(isnan(calibrated(&c, NAN)));
}

/* ---- isotonic ---- */

/* At row i the largest over a <= i of the smallest over b >= i of the mean of a..b (Robertson, Wright and Dykstra 1988, 1.4) */
static double max_of_min(const struct sample *s, double at)
{
	double best = -1;

	for (size_t a = 0; a < ROWS; a++) {
		double least = 2;

		for (size_t b = 0; b < ROWS && s->score[a] <= at; b++) {
			double n = 0, ones = 0;

			if (s->score[b] < at)
				continue;
			for (size_t i = 0; i < ROWS; i++) {
				bool within = s->score[i] >= s->score[a] && s->score[i] <= s->score[b];

				n += within;
				ones += within && s->y[i];
			}
			least = fmin(least, ones / n);
		}
		if (s->score[a] <= at)
			best = fmax(best, least);
	}
	return best;
}

static void test_isotonic_is_max_of_min(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct sample s = sample_of(seed, seed % 2);
		struct calibration c;
		double before = 0;

		assert_done(calibrate_isotonic(arena, s.score, s.y, ROWS, &c));
		for (size_t i = 0; i < ROWS; i++)
			assert_within(calibrated(&c, s.score[i]), max_of_min(&s, s.score[i]), 1e-14);
		for (double x = -5; x < 5; x += .01) {
			double p = calibrated(&c, x);

			assert_true(p >= before && p <= 1);
			before = p;
		}
	}
}

static void test_isotonic_by_hand(void **state)
{
	const double score[] = { 1, 2, 3, 4, 5, 6 };
	struct calibration c;

	(void)state;
	assert_done(calibrate_isotonic(arena, score, (uint8_t[]){ 0, 1, 0, 0, 1, 1 }, 6, &c));
	assert_true(calibrated(&c, 0) == 0 && calibrated(&c, 1) == 0 && calibrated(&c, 9) == 1);
	assert_within(calibrated(&c, 2), 1. / 3, 1e-15);
	assert_within(calibrated(&c, 3.5), 1. / 3, 1e-15);
	assert_within(calibrated(&c, 4.5), 2. / 3, 1e-15); /* half the way from 1/3 to 1 */
	assert_within(calibrated(&c, 1.5), 1. / 6, 1e-15);
	assert_done(calibrate_isotonic(arena, (double[]){ -1e308, 1e308 }, (uint8_t[]){ 0, 1 }, 2, &c));
	assert_within(calibrated(&c, 0), .5, 1e-15);
}

/* ---- thresholds ---- */

static void test_no_threshold_costs_less(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct sample s = sample_of(seed, seed % 2);
		struct costs costs = { (double)(seed % 5), 5 - (double)(seed % 3) };
		struct threshold best, same;
		double least = threshold_at(s.score, s.y, ROWS, costs, INFINITY).cost;

		assert_done(threshold_best(s.score, s.y, ROWS, costs, &best));
		for (size_t i = 0; i < ROWS; i++)
			least = fmin(least, threshold_at(s.score, s.y, ROWS, costs, s.score[i]).cost);
		assert_true(best.cost == least);
		same = threshold_at(s.score, s.y, ROWS, costs, best.at);
		assert_true(same.cost == best.cost && same.caught == best.caught && same.false_alarms == best.false_alarms && same.missed == best.missed &&
		            same.left_alone == best.left_alone);
	}
	assert_within(threshold_of_costs((struct costs){ 1, 4 }), .2, 1e-15);
}

static void test_thresholds_at_the_ends(void **state)
{
	const double score[] = { 1, 2, 3 };
	const uint8_t y[] = { 1, 0, 0 };
	struct threshold t;

	(void)state;
	assert_done(threshold_best(score, y, 3, (struct costs){ 1, 0 }, &t));
	assert_true(isinf(t.at) && t.at > 0 && t.missed == 1 && t.left_alone == 2);
	assert_done(threshold_best(score, y, 3, (struct costs){ 1, 100 }, &t));
	assert_true(isinf(t.at) && t.at < 0 && t.caught == 1 && t.false_alarms == 2 && t.cost == 2);
	assert_done(threshold_best(score, (uint8_t[]){ 0, 1, 0 }, 3, (struct costs){ 1, 1 }, &t)); /* nowhere costs 1, and so does from 2 on */
	assert_true(isinf(t.at) && t.at > 0 && t.cost == 1);
	assert_problem(threshold_best(score, y, 3, (struct costs){ 0, 0 }, &t), calibrate_costs);
	assert_problem(threshold_best(score, y, 3, (struct costs){ -1, 2 }, &t), calibrate_costs);
	assert_problem(threshold_best(score, y, 3, (struct costs){ NAN, 2 }, &t), calibrate_costs);
}

/* ---- what cannot be ---- */

static void test_what_cannot_be_calibrated_is_a_problem(void **state)
{
	const double score[] = { 1, NAN, 3 }, fine[] = { 1, 2, 3 }, far[] = { -1.7e308, 1.7e308, 1.7e308 };
	const uint8_t y[] = { 0, 1, 1 }, zeros[3] = { 0 };
	struct calibration c;
	struct threshold t;

	(void)state;
	assert_problem(calibrate_platt(score, y, 3, &c), calibrate_value);
	assert_problem(calibrate_platt(far, y, 3, &c), calibrate_value);
	assert_problem(calibrate_isotonic(arena, score, y, 3, &c), calibrate_value);
	assert_problem(calibrate_platt(fine, zeros, 3, &c), calibrate_one_class);
	assert_problem(calibrate_platt(fine, y, 0, &c), calibrate_one_class);
	assert_problem(calibrate_isotonic(arena, fine, y, 0, &c), calibrate_one_class);
	assert_problem(threshold_best(fine, zeros, 3, (struct costs){ 1, 1 }, &t), calibrate_one_class);
}

/* ---- as a file ---- */

static problem through_a_file(const struct calibration *c, struct calibration *ret)
{
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);
	struct saved s;

	saved_begin(&b, "test", 1);
	calibration_save(c, &b);
	saved_end(&b);
	assert_done(saved_open(buffer_text(&b), "test", 1, &s));
	return calibration_load(arena, &s, ret);
}

static void test_a_calibration_comes_back(void **state)
{
	struct sample s = sample_of(3, false);
	struct calibration platt, steps, back;

	(void)state;
	assert_done(calibrate_platt(s.score, s.y, ROWS, &platt));
	assert_done(calibrate_isotonic(arena, s.score, s.y, ROWS, &steps));
	assert_done(through_a_file(&platt, &back));
	for (size_t i = 0; i < ROWS; i++)
		assert_true(calibrated(&back, s.score[i]) == calibrated(&platt, s.score[i]));
	assert_done(through_a_file(&steps, &back));
	for (size_t i = 0; i < ROWS; i++)
		assert_true(calibrated(&back, s.score[i]) == calibrated(&steps, s.score[i]));
	steps.chance[1] = 2;
	assert_problem(through_a_file(&steps, &back), saved_damaged);
	steps.chance[1] = steps.chance[0];
	steps.score[1] = steps.score[0];
	assert_problem(through_a_file(&steps, &back), saved_damaged);
	steps.points = 0;
	assert_problem(through_a_file(&steps, &back), saved_damaged);
	platt.a = .1;
	assert_problem(through_a_file(&platt, &back), saved_damaged);
	platt.a = INFINITY;
	assert_problem(through_a_file(&platt, &back), saved_damaged);
	platt.kind = (enum calibration_kind)3;
	assert_problem(through_a_file(&platt, &back), saved_damaged);
}

/* ---- public data ---- */

static double log_loss(const double *p, const uint8_t *y, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum -= log(y[i] ? p[i] : 1 - p[i]) / (double)n;
	return sum;
}

/* Buyers weighted five times: twice as many are announced as come. Calibrated on every second test row (the file is in order of time,
 * and shares of buyers drift), the others agree again. */
static void test_weights_are_repaired(void **state)
{
	struct linear_options options = { .loss = LINEAR_LOGISTIC, .weight = { 1, 5 } };
	struct threads *threads = threads_start(1);
	struct calibration platt, steps;
	double *all, *score, *p, loss[3], mean = 0, seen = 0;
	uint8_t *y;
	struct linear_model m;
	struct anchor_set set;
	size_t half;

	(void)state;
	if (!anchor_read(arena, SET_OSI, &set)) {
		threads_stop(threads);
		skip();
	}
	half = set.rows[1].rows / 2;
	all = ARENA_ARRAY(arena, double, set.rows[1].rows);
	score = ARENA_ARRAY(arena, double, 2 * half);
	y = ARENA_ARRAY(arena, uint8_t, 2 * half);
	p = ARENA_ARRAY(arena, double, half);
	assert_done(linear_train(arena, &set.rows[0], set.frame[0].label, &options, threads, &m, NULL));
	threads_stop(threads);
	linear_scores(&m, &set.rows[1], all);
	for (size_t i = 0; i < 2 * half; i++) {
		score[i % 2 * half + i / 2] = all[i];
		y[i % 2 * half + i / 2] = set.frame[1].label[i];
	}
	assert_done(calibrate_platt(score, y, half, &platt));
	assert_done(calibrate_isotonic(arena, score, y, half, &steps));
	for (int how = 0; how < 3; how++) {
		mean = seen = 0;
		for (size_t i = 0; i < half; i++) {
			double s = score[half + i];

			p[i] = how == 0 ? linear_probability(s) : how == 1 ? calibrated(&platt, s) : fmin(fmax(calibrated(&steps, s), 1e-3), 1 - 1e-3);
			mean += p[i] / (double)half;
			seen += y[half + i] / (double)half;
		}
		loss[how] = log_loss(p, y + half, half);
		print_message("said %.4f, seen %.4f, log loss %.4f\n", mean, seen, loss[how]);
		assert_true(how == 0 ? mean > 1.5 * seen : fabs(mean - seen) < .03);
	}
	assert_true(loss[1] < loss[0] && loss[2] < loss[0]);
	anchor_free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_platt_is_where_derivatives_vanish),
		cmocka_unit_test(test_platt_does_not_fall),
		cmocka_unit_test(test_platt_by_hand),
		cmocka_unit_test(test_isotonic_is_max_of_min),
		cmocka_unit_test(test_isotonic_by_hand),
		cmocka_unit_test(test_no_threshold_costs_less),
		cmocka_unit_test(test_thresholds_at_the_ends),
		cmocka_unit_test(test_what_cannot_be_calibrated_is_a_problem),
		cmocka_unit_test(test_a_calibration_comes_back),
		cmocka_unit_test(test_weights_are_repaired),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
