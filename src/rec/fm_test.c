/* fm_test.c - scores against the sum over all pairs, gradients against differences of the loss, both in double; what no linear model can learn. */
#include "rec/fm.h"

#include <math.h>

#include "num/random.h"
#include "base/testing.h"

/* ---- rows ---- */

static void rows_new(struct sparse *x, uint32_t rows, uint32_t features, size_t entries)
{
	*x = (struct sparse){ .rows = rows, .columns = features, .start = calloc(rows + 1, sizeof *x->start), .column = calloc(entries, sizeof *x->column),
		              .weight = calloc(entries, sizeof *x->weight) };
}

static void rows_made(struct sparse *x, uint32_t rows, uint32_t features, uint64_t seed)
{
	struct random r = random_of(seed, 0);
	size_t at = 0;

	rows_new(x, rows, features, (size_t)rows * features);
	for (uint32_t i = 0; i < rows; i++) {
		for (uint32_t j = 0; j < features; j++) {
			if (random_below(&r, 3))
				continue;
			x->column[at] = j;
			x->weight[at++] = (float)random_normal(&r);
		}
		x->start[i + 1] = at;
	}
}

static void model_made(struct fm *m, uint32_t features, uint32_t factors, uint64_t seed)
{
	struct random r = random_of(seed, 1);

	*m = (struct fm){ .settings = fm_usual, .bias = -.3 };
	m->settings.factors = factors;
	m->settings.lambda = .02;
	m->theta = dense_of(calloc(features * (factors + 1), sizeof(float)), features, factors + 1);
	for (size_t i = 0; i < features * (factors + 1); i++)
		m->theta.at[i] = (float)(random_normal(&r) * .4);
}

/* ---- the sum over all pairs ---- */

static double theta_of(const double *theta, const struct fm *m, uint32_t feature, size_t f) { return theta[feature * m->theta.columns + f]; }

static double slow_score(const struct fm *m, const double *theta, double bias, const struct sparse *x, uint32_t row)
{
	double s = bias;

	for (size_t a = x->start[row]; a < x->start[row + 1]; a++) {
		s += theta_of(theta, m, x->column[a], 0) * x->weight[a];
		for (size_t b = a + 1; b < x->start[row + 1]; b++) {
			for (size_t f = 1; f <= m->settings.factors; f++)
				s += theta_of(theta, m, x->column[a], f) * theta_of(theta, m, x->column[b], f) * x->weight[a] * x->weight[b];
		}
	}
	return s;
}

static double slow_loss(const struct fm *m, const double *theta, double bias, const struct fm_data *d)
{
	double loss = 0;

	for (uint32_t i = 0; i < d->x->rows; i++) {
		double s = slow_score(m, theta, bias, d->x, i);

		loss += log(1 + exp(s)) - d->y[i] * s;
		for (size_t a = d->x->start[i]; a < d->x->start[i + 1]; a++) {
			for (size_t f = 0; f <= m->settings.factors; f++)
				loss += m->settings.lambda / 2 * theta_of(theta, m, d->x->column[a], f) * theta_of(theta, m, d->x->column[a], f);
		}
	}
	return loss / d->x->rows;
}

static double *doubles_of(const struct fm *m)
{
	double *ret = calloc(m->theta.rows * m->theta.columns, sizeof *ret);

	for (size_t i = 0; i < m->theta.rows * m->theta.columns; i++)
		ret[i] = m->theta.at[i];
	return ret;
}

/* Lemma 3.1: the form that costs features times k is the sum over all pairs; and so are the parts. */
static void scores_are_the_sum_over_all_pairs(void **state)
{
	static const uint32_t factors[] = { 0, 1, 7, 16, 33 };

	(void)state;
	for (size_t t = 0; t < sizeof factors / sizeof *factors; t++) {
		CLEANUP(threads_free) struct threads *threads = threads_start(2);
		CLEANUP(sparse_free) struct sparse x = { 0 };
		CLEANUP(fm_free) struct fm m = { 0 };
		double ret[150], *theta;

		rows_made(&x, 150, 20, t);
		model_made(&m, 20, factors[t], t);
		theta = doubles_of(&m);
		fm_score(threads, &m, &x, ret);
		for (uint32_t i = 0; i < x.rows; i++) {
			double slow = slow_score(&m, theta, m.bias, &x, i), sum = m.bias;
			struct fm_part parts[210];
			size_t count = fm_parts(&m, &x, i, parts), n = sparse_length(&x, i);

			assert_true(fabs(ret[i] - slow) <= 1e-5 * (1 + fabs(slow)));
			assert_int_equal(count, n * (n + 1) / 2);
			for (size_t k = 0; k < count; k++) {
				sum += parts[k].part;
				assert_true(k == 0 || parts[k].part <= parts[k - 1].part);
			}
			assert_true(fabs(sum - slow) <= 1e-9 * (1 + fabs(slow)));
		}
		free(theta);
	}
}

static void gradients_are_differences(void **state)
{
	static const uint32_t factors[] = { 0, 5, 16 };
	const double step = 1e-5;

	(void)state;
	for (size_t t = 0; t < sizeof factors / sizeof *factors; t++) {
		CLEANUP(threads_free) struct threads *threads = threads_start(2);
		CLEANUP(sparse_free) struct sparse x = { 0 };
		CLEANUP(fm_free) struct fm m = { 0 };
		CLEANUP(fm_gradient_free) struct fm_gradient g = { 0 };
		uint32_t row[90];
		float y[90];
		struct fm_data d = { &x, y };
		double *theta, difference;

		rows_made(&x, 90, 12, 40 + t);
		model_made(&m, 12, factors[t], t);
		for (uint32_t i = 0; i < 90; i++) {
			row[i] = (i * 37 + 5) % 90;
			y[i] = (float)(i % 3 == 0);
		}
		theta = doubles_of(&m);
		fm_gradient_of(threads, &m, &d, row, 90, &g);
		assert_true(fabs(g.loss - slow_loss(&m, theta, m.bias, &d)) < 1e-5);
		difference = (slow_loss(&m, theta, m.bias + step, &d) - slow_loss(&m, theta, m.bias - step, &d)) / (2 * step);
		assert_true(fabs(g.bias - difference) < 1e-6);
		assert_int_equal(g.count, 12);
		for (uint32_t i = 0; i < g.count; i++) {
			for (size_t f = 0; f < m.theta.columns; f++) {
				double *at = &theta[g.touched[i] * m.theta.columns + f], held = *at, up;

				*at = held + step;
				up = slow_loss(&m, theta, m.bias, &d);
				*at = held - step;
				difference = (up - slow_loss(&m, theta, m.bias, &d)) / (2 * step);
				*at = held;
				assert_true(fabs(g.by[i * m.theta.columns + f] - difference) <= 1e-4 * (.01 + fabs(difference)));
			}
		}
		free(theta);
	}
}

/* ---- what no linear model can learn ---- */

enum { ITEMS = 40, HOURS = 24, DEVICES = 2, FEATURES = ITEMS + HOURS + DEVICES, PLANTED = 12000 };

/* Long works are wanted in the evening, on the desktop; short ones by day, on the phone: alone no field says anything. Some pairs of item and hour are
 * never seen in training (those of `held`). */
static bool is_held(uint32_t item, uint32_t hour) { return (item * 7 + hour * 5) % 9 == 0; }

static double planted_chance(uint32_t item, uint32_t hour, uint32_t device)
{
	double is_long = item % 2 ? 1 : -1, is_evening = hour >= 12 ? 1 : -1, is_desktop = device ? 1 : -1;

	return 1 / (1 + exp(-1.5 * is_long * is_evening - 1.0 * is_long * is_desktop));
}

static void plant(struct sparse *x, float *y, double *truth, uint32_t rows, bool held, uint64_t seed)
{
	struct random r = random_of(seed, 2);

	rows_new(x, rows, FEATURES, (size_t)rows * 3);
	for (uint32_t i = 0; i < rows; i++) {
		uint32_t item, hour, device = random_below(&r, DEVICES);

		do {
			item = random_below(&r, ITEMS);
			hour = random_below(&r, HOURS);
		} while (is_held(item, hour) != held);
		x->column[3 * i] = item;
		x->column[3 * i + 1] = ITEMS + hour;
		x->column[3 * i + 2] = ITEMS + HOURS + device;
		for (uint32_t j = 0; j < 3; j++)
			x->weight[3 * i + j] = 1;
		x->start[i + 1] = 3 * (size_t)(i + 1);
		y[i] = random_unit(&r) < planted_chance(item, hour, device);
		truth[i] = planted_chance(item, hour, device);
		truth[i] = log(truth[i] / (1 - truth[i]));
	}
}

struct planted {
	struct sparse train, validation, test;
	float train_y[PLANTED], validation_y[PLANTED / 4], test_y[PLANTED / 4];
	double truth[PLANTED];
};

static struct fm_judged judge_planted(struct planted *p, struct threads *threads, uint32_t factors, struct fm *m)
{
	struct fm_settings s = fm_usual;
	struct fm_report report;
	double score[PLANTED / 4];
	struct fm_judged ret;

	s.factors = factors;
	assert_done(fm_fit(threads, &(struct fm_data){ &p->train, p->train_y }, &(struct fm_data){ &p->validation, p->validation_y }, &s, NULL, &report, m));
	fm_score(threads, m, &p->test, score);
	ret = fm_judge(score, p->test_y, p->test.rows);
	print_message("k = %u: log loss %.4f, AUC %.4f; epoch %u of %u, %.4f\n", factors, ret.log_loss, ret.auc, report.best, report.epochs, report.loss);
	return ret;
}

static void pairs_that_were_never_seen_are_learned(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(0);
	CLEANUP(fm_free) struct fm linear = { 0 }, pairs = { 0 };
	struct planted *p = calloc(1, sizeof *p);
	struct fm_judged of_linear, of_pairs, best;

	(void)state;
	plant(&p->train, p->train_y, p->truth, PLANTED, false, 1);
	plant(&p->validation, p->validation_y, p->truth, PLANTED / 4, false, 2);
	plant(&p->test, p->test_y, p->truth, PLANTED / 4, true, 3);
	best = fm_judge(p->truth, p->test_y, p->test.rows);
	print_message("truth: log loss %.4f, AUC %.4f\n", best.log_loss, best.auc);
	of_linear = judge_planted(p, threads, 0, &linear);
	of_pairs = judge_planted(p, threads, 4, &pairs);
	assert_true(best.auc > .8 && of_linear.auc < .56 && of_linear.log_loss > .68);
	assert_true(of_pairs.auc > best.auc - .02 && of_pairs.log_loss < best.log_loss + .03);
	sparse_free(&p->train);
	sparse_free(&p->validation);
	sparse_free(&p->test);
	free(p);
}

/* ---- the same for any number of threads, and as a file ---- */

static void saved(const struct fm *m, struct buffer *b)
{
	saved_begin(b, "fm", 1);
	fm_save(m, b);
	saved_end(b);
	assert_null(b->why);
}

static void threads_and_files_change_nothing(void **state)
{
	CLEANUP(sparse_free) struct sparse x = { 0 };
	CLEANUP(buffer_free) struct buffer first = BUFFER(1 << 20), other = BUFFER(1 << 20), again = BUFFER(1 << 20);
	struct buffer *files[] = { &first, &other };
	struct fm_settings s = fm_usual;
	CLEANUP(fm_free) struct fm loaded = { 0 };
	float y[700];
	struct saved file;

	(void)state;
	rows_made(&x, 700, 90, 9);
	for (uint32_t i = 0; i < 700; i++)
		y[i] = (float)(i % 5 == 0);
	s.epochs = 3;
	for (size_t t = 0; t < 2; t++) {
		CLEANUP(threads_free) struct threads *threads = threads_start(t + 1);
		CLEANUP(fm_free) struct fm m = { 0 };

		assert_done(fm_fit(threads, &(struct fm_data){ &x, y }, NULL, &s, NULL, NULL, &m));
		saved(&m, files[t]);
	}
	assert_true(text_eq(buffer_text(&first), buffer_text(&other)));
	assert_done(saved_open(buffer_text(&first), "fm", 1, &file));
	assert_done(fm_load(&file, &loaded));
	saved(&loaded, &again);
	assert_true(text_eq(buffer_text(&first), buffer_text(&again)));
}

/* ---- judging ---- */

static void judged_by_every_pair(void **state)
{
	enum { ROWS = 200 };
	double score[ROWS], above = 0, pairs = 0, loss = 0;
	float y[ROWS];
	struct random r = random_of(3, 3);
	struct fm_judged judged;

	(void)state;
	for (int i = 0; i < ROWS; i++) {
		score[i] = (double)random_below(&r, 30) / 5 - 3;
		y[i] = (float)(random_below(&r, 4) == 0);
		loss -= log(y[i] > 0 ? 1 / (1 + exp(-score[i])) : 1 - 1 / (1 + exp(-score[i]))) / ROWS;
	}
	for (int i = 0; i < ROWS; i++) {
		for (int j = 0; j < ROWS; j++) {
			if (y[i] > 0 && !(y[j] > 0)) {
				above += score[i] > score[j] ? 1 : score[i] < score[j] ? 0 : .5;
				pairs++;
			}
		}
	}
	judged = fm_judge(score, y, ROWS);
	assert_true(fabs(judged.auc - above / pairs) < 1e-12 && fabs(judged.log_loss - loss) < 1e-12);
	assert_true(isnan(fm_judge(score, (float[]){ 1, 1 }, 2).auc));
	assert_true(isfinite(fm_judge((double[]){ 1e9, -1e9 }, (float[]){ 0, 1 }, 2).log_loss));
}

/* ---- what is refused ---- */

static void what_makes_no_model_is_refused(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	CLEANUP(sparse_free) struct sparse x = { 0 };
	struct fm_settings s = fm_usual;
	struct fm none;
	float y[30] = { 0 };
	struct fm_data d = { &x, y };

	(void)state;
	rows_made(&x, 30, 6, 1);
	assert_problem(fm_fit(threads, &d, NULL, &s, NULL, NULL, &none), fm_one_kind);
	y[3] = .5f;
	assert_problem(fm_fit(threads, &d, NULL, &s, NULL, NULL, &none), fm_no_numbers);
	y[3] = NAN;
	assert_problem(fm_fit(threads, &d, NULL, &s, NULL, NULL, &none), fm_no_numbers);
	y[3] = 1;
	s.rate = NAN;
	assert_problem(fm_fit(threads, &d, NULL, &s, NULL, NULL, &none), fm_settings_wrong);
	s.rate = .1;
	s.factors = FM_FACTORS_MAX + 1;
	assert_problem(fm_fit(threads, &d, NULL, &s, NULL, NULL, &none), fm_settings_wrong);
	s.factors = 2;
	x.weight[2] = INFINITY;
	assert_problem(fm_fit(threads, &d, NULL, &s, NULL, NULL, &none), fm_no_numbers);
	x.weight[2] = 1;
	assert_done(fm_fit(threads, &d, NULL, &s, NULL, NULL, &none));
	fm_free(&none);
}

static void broken_models_are_refused(void **state)
{
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);
	CLEANUP(fm_free) struct fm m = { 0 };
	struct fm loaded;
	struct saved file;

	(void)state;
	model_made(&m, 5, 3, 1);
	m.theta.at[7] = NAN;
	saved(&m, &b);
	assert_done(saved_open(buffer_text(&b), "fm", 1, &file));
	assert_problem(fm_load(&file, &loaded), fm_no_numbers);
	buffer_clear(&b);
	m.theta.at[7] = 1;
	m.settings.factors = 4; /* more than there are */
	saved_begin(&b, "fm", 1);
	fm_save(&m, &b);
	saved_end(&b);
	assert_done(saved_open(buffer_text(&b), "fm", 1, &file));
	assert_problem(fm_load(&file, &loaded), saved_lacks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores_are_the_sum_over_all_pairs),
		cmocka_unit_test(gradients_are_differences),
		cmocka_unit_test(pairs_that_were_never_seen_are_learned),
		cmocka_unit_test(threads_and_files_change_nothing),
		cmocka_unit_test(judged_by_every_pair),
		cmocka_unit_test(what_makes_no_model_is_refused),
		cmocka_unit_test(broken_models_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
