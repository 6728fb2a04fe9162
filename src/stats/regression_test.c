/* regression_test.c - regressions against truth from outside: NIST's StRD sets solved in rational arithmetic (20 digits), R's values of
 * a model of 4,424 students, and what can be seen by hand. */
#include "stats/regression.h"

#include "num/random.h"
#include "num/testing.h"
#include "stats/testing.h"

/* ---- NIST ---- */

enum { NIST_ROWS_MAX = 100, NIST_COLUMNS = 7 }; /* y, x1..x6 */

static size_t nist_rows(const char *set, real ret[NIST_ROWS_MAX][NIST_COLUMNS])
{
	gzFile file = mining_open("truth/nist_data.csv");
	size_t n = 0, length = strlen(set);
	char line[4096];

	while (file && gzgets(file, line, sizeof line)) {
		const char *word = line + length;

		if (strncmp(line, set, length) != 0 || *word != ',')
			continue;
		for (int j = 0; j < NIST_COLUMNS; j++, word = strchr(word, ',') ? strchr(word, ',') : "")
			ret[n][j] = strtold(*word == ',' ? ++word : word, NULL);
		n++;
	}
	if (file)
		gzclose(file);
	return n;
}

static double nist_truth(const char *set, const char *quantity)
{
	gzFile file = mining_open("truth/nist_exact.csv");
	char line[4096], start[64];
	double value = NAN;

	snprintf(start, sizeof start, "%s,%s,", set, quantity);
	while (gzgets(file, line, sizeof line)) {
		if (!strncmp(line, start, strlen(start)))
			value = strtod(line + strlen(start), NULL);
	}
	gzclose(file);
	assert_true(!isnan(value));
	return value;
}

/* Correct digits, 15 at most: -log10 of the relative error (of the absolute one where the truth is 0) */
static double digits(double value, double truth)
{
	double off = truth == 0 ? fabs(value) : fabs(value - truth) / fabs(truth);

	return off == 0 ? 15 : fmin(15, -log10(off));
}

static void assert_digits(const char *set, const char *quantity, int index, double value, double wanted)
{
	char name[32];
	double got;

	snprintf(name, sizeof name, index < 0 ? "%s" : "%s%d", quantity, index);
	got = digits(value, nist_truth(set, name));
	if (!(got >= wanted))
		fail_msg("%s %s: %.17g has %.1f digits, wanted %.1f", set, name, value, got, wanted);
}

static struct design nist_design(real rows[NIST_ROWS_MAX][NIST_COLUMNS], size_t n, int degree, bool intercept)
{
	int columns = degree ? degree : NIST_COLUMNS - 1;
	struct design d = design_new(arena, n, (size_t)(columns + intercept), intercept);

	for (size_t i = 0; i < n; i++) {
		d.y[i] = rows[i][0];
		for (int j = 0; j < columns; j++)
			matrix_column(&d.x, (size_t)(j + intercept))[i] = degree ? powl(rows[i][1], j + 1) : rows[i][j + 1];
	}
	return d;
}

static void nist_sets_keep_their_digits(void **state)
{
	static const struct {
		const char *name;
		int degree; /* 0: columns as they are */
		bool intercept;
		double wanted;
	} sets[] = {
		{ "norris", 1, true, 14 }, { "pontius", 2, true, 14 }, { "noint1", 1, false, 14 }, { "noint2", 1, false, 14 },
		{ "filip", 10, true, 11 }, { "longley", 0, true, 14 }, { "wampler1", 5, true, 14 }, { "wampler2", 5, true, 14 },
		{ "wampler3", 5, true, 14 }, { "wampler4", 5, true, 14 }, { "wampler5", 5, true, 14 },
	};
	real rows[NIST_ROWS_MAX][NIST_COLUMNS];
	struct place where;
	struct linear m;

	(void)state;
	for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
		const char *name = sets[s].name;
		size_t n = nist_rows(name, rows);
		struct design d = n ? nist_design(rows, n, sets[s].degree, sets[s].intercept) : (struct design){ 0 };

		if (!n)
			skip();
		assert_done(linear_fit(arena, &d, .95, &m, &where));
		for (size_t j = 0; j < m.columns; j++) {
			assert_digits(name, "b", (int)(j + !sets[s].intercept), m.of[j].estimate, sets[s].wanted);
			assert_digits(name, "se", (int)(j + !sets[s].intercept), m.of[j].error, sets[s].wanted - 1);
		}
		assert_digits(name, "residual_sd", -1, m.sigma, sets[s].wanted - 1);
		assert_digits(name, "r2", -1, m.r2, 13.5);
		assert_int_equal(m.exact, m.sigma == 0);
		if (!m.exact)
			assert_digits(name, "F", -1, m.f.statistic, sets[s].wanted - 1);
	}
}

/* ---- students ---- */

enum { STUDENTS = 4424, PREDICTORS = 7 };
static const char *const predictors[] = { "(Intercept)", "adm", "age", "sch", "deb", "tui", "g1", "gen" };
static const int predictor_at[] = { 12, 19, 18, 15, 16, 25, 17 };

static bool students(struct design *ret, int outcome, double (*number_of)(const char *word))
{
	static double values[STUDENTS];

	*ret = design_new(arena, STUDENTS, PREDICTORS + 1, true);
	for (int j = 0; j < PREDICTORS; j++) {
		if (!mining_column("tabular/students_dropout.csv.gz", ';', predictor_at[j], NULL, values))
			return false;
		for (size_t i = 0; i < STUDENTS; i++)
			matrix_column(&ret->x, (size_t)j + 1)[i] = values[i];
	}
	mining_column("tabular/students_dropout.csv.gz", ';', outcome, number_of, values);
	for (size_t i = 0; i < STUDENTS; i++)
		ret->y[i] = values[i];
	return true;
}

/* model, predictor, quantity */
static double truth(const char *model, size_t j, const char *quantity)
{
	char key[64];

	snprintf(key, sizeof key, "%s.%s.%s", model, predictors[j], quantity);
	return mining_truth(key);
}

static void students_coefficients_are_R_s(const struct linear *m)
{
	for (size_t j = 0; j < m->columns; j++) {
		const struct coefficient *c = &m->of[j];
		char key[64];

		assert_near(c->estimate, truth("lm", j, "est"));
		assert_near(c->error, truth("lm", j, "se"));
		assert_near(c->statistic, truth("lm", j, "t"));
		assert_near(c->p, truth("lm", j, "p"));
		assert_near(c->within.low, truth("lm", j, "ci95lo"));
		assert_near(c->within.high, truth("lm", j, "ci95hi"));
		snprintf(key, sizeof key, "lm.vif.%s", predictors[j]);
		if (j)
			assert_near(c->inflation, mining_truth(key));
	}
}

static void students_by_least_squares(void **state)
{
	double row[PREDICTORS + 1], cook = 0;
	struct prediction p;
	struct place where;
	struct design d;
	struct linear m;

	(void)state;
	if (!students(&d, 31, NULL))
		skip();
	assert_done(linear_fit(arena, &d, .95, &m, &where));
	students_coefficients_are_R_s(&m);
	assert_near(m.sigma, mining_truth("lm.sigma"));
	assert_near(m.r2, mining_truth("lm.r2"));
	assert_near(m.adjusted, mining_truth("lm.adjr2"));
	assert_near(m.f.statistic, mining_truth("lm.F"));
	assert_near(m.freedom, mining_truth("lm.F.df2"));
	assert_near(m.f.log_p, mining_truth("lm.F.logp"));
	assert_near(m.aic, mining_truth("lm.AIC"));
	assert_near(m.bic, mining_truth("lm.BIC"));
	assert_near(m.log_likelihood, mining_truth("lm.loglik"));
	assert_near(m.leverage[0], mining_truth("lm.row1.leverage"));
	assert_near(m.durbin_watson, mining_truth("lm.durbin_watson"));
	for (size_t i = 0; i < m.rows; i++)
		cook = fmax(cook, m.cook[i]);
	assert_near(cook, mining_truth("lm.max.cooks"));
	for (size_t j = 0; j < m.columns; j++)
		row[j] = (double)matrix_column(&d.x, j)[0];
	assert_done(linear_predict(&m, row, .95, &p));
	assert_near(p.value, mining_truth("lm.row1.fit"));
	assert_near(p.mean.low, mining_truth("lm.row1.conf95lo"));
	assert_near(p.mean.high, mining_truth("lm.row1.conf95hi"));
	assert_near(p.one.low, mining_truth("lm.row1.pred95lo"));
	assert_near(p.one.high, mining_truth("lm.row1.pred95hi"));
}

static double is_dropout(const char *word) { return !strcmp(word, "Dropout"); }

static void students_by_logistic_regression(void **state)
{
	struct place where;
	struct logistic m;
	struct chance p;
	struct design d;
	double row[PREDICTORS + 1];

	(void)state;
	if (!students(&d, 36, is_dropout))
		skip();
	assert_done(logistic_fit(arena, &d, .95, &m, &where));
	for (size_t j = 0; j < m.columns; j++) {
		assert_near(m.of[j].estimate, truth("glm", j, "est"));
		assert_near(m.of[j].error, truth("glm", j, "se"));
		/* R's errors are those of its last round but one, off by 1e-11, which a p of 1e-59 multiplies by 2 ln p; started where it ended, R
		 * says ours */
		assert_within(m.of[j].p, truth("glm", j, "p"), 1e-8);
		assert_near(m.of[j].log_p, log(truth("glm", j, "p")));
		row[j] = (double)matrix_column(&d.x, j)[0];
	}
	assert_near(m.deviance, mining_truth("glm.deviance"));
	assert_near(m.null_deviance, mining_truth("glm.null"));
	assert_done(logistic_predict(&m, row, .95, &p));
	assert_within(p.value, m.probability[0], 1e-14);
	assert_true(p.within.low < p.value && p.value < p.within.high);
}

/* ---- by hand ---- */

static struct design design_by_hand(const double *x1, const double *x2, const double *y, size_t n)
{
	struct design d = design_new(arena, n, x2 ? 3 : 2, true);

	for (size_t i = 0; i < n; i++) {
		matrix_column(&d.x, 1)[i] = x1[i];
		if (x2)
			matrix_column(&d.x, 2)[i] = x2[i];
		d.y[i] = y[i];
	}
	return d;
}

/* x 1..5, y 2 4 5 4 5: slope 6/10, intercept 2.2, residuals -.8 .6 1 -.6 -.2, their squares 2.4, s^2 = .8, se = sqrt(.8 / 10) */
static void a_line_by_hand(void **state)
{
	const double x[] = { 1, 2, 3, 4, 5 }, y[] = { 2, 4, 5, 4, 5 };
	struct design d = design_by_hand(x, NULL, y, 5);
	struct place where;
	struct linear m;

	(void)state;
	assert_done(linear_fit(arena, &d, .95, &m, &where));
	assert_within(m.of[0].estimate, 2.2, 1e-15);
	assert_within(m.of[1].estimate, .6, 1e-15);
	assert_within(m.of[1].error, sqrt(.08), 1e-15);
	assert_within(m.r2, .6, 1e-15);
	assert_within(m.f.statistic, 4.5, 1e-15);
	assert_within(m.of[1].statistic, sqrt(4.5), 1e-15);
	assert_within(m.of[1].p, m.f.p, 1e-14); /* of one column they are one question */
	assert_within(m.durbin_watson, (1.4 * 1.4 + .4 * .4 + 1.6 * 1.6 + .4 * .4) / 2.4, 1e-15);
	assert_within(m.leverage[0], .2 + 4 / 10., 1e-15);
	assert_within(m.cook[0], .64 * .6 / (2 * .8 * .16), 1e-14);
	assert_within(m.of[1].inflation, 1, 1e-15);
}

/* R 4.2.2 with lmtest: bptest, and the singular values of the scaled columns */
static void size_of_residuals_and_condition(void **state)
{
	const double y[] = { 2.1, 3.9, 6.2, 7.8, 10.4, 11.7, 14.9, 15.2, 19.1, 18.7 }, x1[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
	const double x2[] = { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3 };
	struct design d = design_by_hand(x1, x2, y, 10);
	struct place where;
	struct linear m;

	(void)state;
	assert_done(linear_fit(arena, &d, .95, &m, &where));
	assert_near(m.breusch_pagan.statistic, 8.053866289697486636);
	assert_near(m.breusch_pagan.p, 0.017828924923678949);
	assert_true(m.breusch_pagan.freedom == 2);
	assert_near(m.condition, 4.9393972166303275);
}

/* All residuals 1 or -1: their size depends on nothing, and there is nothing to divide by. */
static void residuals_of_one_size(void **state)
{
	const double minutes[] = { 10, 10, 20, 20, 10, 10, 20, 20 }, bought[] = { 0, 0, 0, 0, 1, 1, 1, 1 }, views[] = { 3, 5, 6, 8, 6, 8, 11, 9 };
	struct design d = design_by_hand(minutes, bought, views, 8);
	struct place where;
	struct linear m;

	(void)state;
	assert_done(linear_fit(arena, &d, .95, &m, &where));
	assert_within(m.of[1].estimate, .3, 1e-15);
	assert_within(m.of[2].error, sqrt(.8), 1e-15);
	assert_true(isnan(m.breusch_pagan.statistic) && isnan(m.breusch_pagan.p));
}

/* ---- what makes no model ---- */

static void assert_refused(const double *x1, const double *x2, const double *y, size_t n, const struct problem *wanted, struct place at)
{
	struct design d = design_by_hand(x1, x2, y, n);
	struct linear m = { .sigma = 77 };
	struct place where = { 99, 99 };

	assert_problem(linear_fit(arena, &d, .95, &m, &where), *wanted);
	assert_true(m.sigma == 77);
	if (wanted == &regression_value)
		assert_int_equal(where.row, at.row);
	if (wanted != &regression_short)
		assert_int_equal(where.column, at.column);
}

static void what_makes_no_model_is_named(void **state)
{
	const double x[] = { 1, 2, 3, 4, 5 }, y[] = { 2, 4, 5, 4, 5 }, same[] = { 7, 7, 7, 7, 7 }, hole[] = { 1, 2, NAN, 4, 5 };
	const double endless[] = { 1, 2, 3, INFINITY, 5 }, a[] = { .1, .7, .3, .9, .2 }, b[] = { .2, .1, .5, .4, .3 };
	double sum[5];
	struct design d = design_by_hand(x, NULL, y, 5);
	struct place where;
	struct linear m;

	(void)state;
	for (int i = 0; i < 5; i++)
		sum[i] = a[i] * 3 + .1; /* rounded: not one digit beyond a double is left to see it */
	assert_refused(x, hole, y, 5, &regression_value, (struct place){ 2, 2 });
	assert_refused(x, NULL, endless, 5, &regression_value, (struct place){ 3, 2 });
	assert_refused(x, same, y, 5, &regression_constant, (struct place){ 0, 2 });
	assert_refused(x, b, same, 5, &regression_constant, (struct place){ 0, 3 });
	assert_refused(x, b, y, 3, &regression_short, (struct place){ 0, 0 });
	assert_refused(x, b, y, 0, &regression_short, (struct place){ 0, 0 });
	assert_refused(a, sum, y, 5, &regression_collinear, (struct place){ 0, 2 });
	assert_problem(linear_fit(arena, &d, 1, &m, &where), level_unfit);
	assert_problem(linear_fit(arena, &d, NAN, &m, &where), level_unfit);
}

/* One column of 0 and 1 is a table of four: of 10 without 2 have bought, of 20 with 15. The odds are 2/8 and 15/5, their ratio is 12, and
 * the variance of its logarithm 1/2 + 1/8 + 1/15 + 1/5 (Woolf 1955). */
static void a_table_of_four_by_hand(void **state)
{
	struct design d = design_new(arena, 30, 2, true);
	struct place where;
	struct logistic m;

	(void)state;
	for (size_t i = 0; i < 30; i++) {
		matrix_column(&d.x, 1)[i] = i >= 10;
		d.y[i] = i < 2 || i >= 15;
	}
	assert_done(logistic_fit(arena, &d, .95, &m, &where));
	assert_within(m.of[0].estimate, log(2 / 8.), 1e-14);
	assert_within(m.of[1].estimate, log(12), 1e-14);
	assert_within(m.of[1].error, sqrt(1 / 2. + 1 / 8. + 1 / 15. + 1 / 5.), 1e-13);
	assert_within(m.log_likelihood, 2 * log(.2) + 8 * log(.8) + 15 * log(.75) + 5 * log(.25), 1e-14);
	assert_within(m.probability[29], .75, 1e-14);
}

/* x and x^2 beside 100,000 have a condition of 1e11: as with x and x^2 about 0, where c (x + d)^2 = c x^2 + 2 c d x + c d^2. */
static void odds_of_columns_near_to_each_other(void **state)
{
	enum { ROWS = 40 };
	struct design far = design_new(arena, ROWS, 3, true), near = design_new(arena, ROWS, 3, true);
	struct logistic m, wanted;
	struct place where;

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		real x = (real)(i * 7 % ROWS) / 8 - 2;

		matrix_column(&near.x, 1)[i] = x;
		matrix_column(&near.x, 2)[i] = x * x;
		matrix_column(&far.x, 1)[i] = x + 100000;
		matrix_column(&far.x, 2)[i] = (x + 100000) * (x + 100000);
		near.y[i] = far.y[i] = i % 3 == 0 || i % 5 == 0;
	}
	assert_done(logistic_fit(arena, &near, .95, &wanted, &where));
	assert_done(logistic_fit(arena, &far, .95, &m, &where));
	assert_within(m.of[2].estimate, wanted.of[2].estimate, 1e-7);
	assert_within(m.of[2].error, wanted.of[2].error, 1e-7);
	assert_within(m.of[1].estimate, wanted.of[1].estimate - 2e5 * wanted.of[2].estimate, 1e-7);
	assert_within(m.log_likelihood, wanted.log_likelihood, 1e-12);
	assert_true(m.rounds == wanted.rounds);
}

static void no_odds_where_outcomes_are_separated(void **state)
{
	const double x[] = { 1, 2, 3, 4, 5, 6 }, b[] = { 3, 1, 4, 1, 5, 9 }, all[] = { 0, 0, 0, 1, 1, 1 }, quasi[] = { 1, 2, 3, 3, 5, 6 };
	const double mixed[] = { 0, 1, 0, 1, 0, 1 }, third[] = { 0, 1, 2, 1, 0, 1 }, ones[] = { 1, 1, 1, 1, 1, 1 };
	const struct { const double *x1, *x2, *y; const struct problem *wanted; size_t column; } cases[] = {
		{ x, b, all, &regression_separated, 1 }, { b, x, all, &regression_separated, 2 },
		{ quasi, b, all, &regression_separated, 1 }, { x, NULL, mixed, NULL, 0 },
		{ x, b, third, &regression_outcome, 3 }, { x, b, ones, &regression_constant, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct design d = design_by_hand(cases[i].x1, cases[i].x2, cases[i].y, 6);
		struct place where = { 99, 99 };
		struct logistic m;
		problem why = logistic_fit(arena, &d, .95, &m, &where);

		assert_problem_at(why, cases[i].wanted, __FILE__, (int)(1000 + i));
		if (why)
			assert_int_equal(where.column, cases[i].column);
	}
}

static void a_line_without_error_is_exact(void **state)
{
	const double x[] = { 1, 2, 3, 4, 5 }, y[] = { 1.1, 2.1, 3.1, 4.1, 5.1 };
	struct design d = design_by_hand(x, NULL, y, 5);
	struct place where;
	struct linear m;

	(void)state;
	assert_done(linear_fit(arena, &d, .95, &m, &where));
	assert_true(m.exact && m.sigma == 0 && m.r2 == 1);
	assert_within(m.of[0].estimate, .1, 1e-14);
	assert_true(isnan(m.of[1].p) && isnan(m.durbin_watson) && isnan(m.aic));
}

/* What rounding leaves of a coefficient is 0; what is small beside the others is not. */
static void only_rounding_is_zero(void **state)
{
	static const struct { double x[5], y[5], intercept, slope; } lines[] = {
		{ { 1, 2, 3, 4, 5 }, { 1, 2, 3, 4, 5 }, 0, 1 }, { { 1, 2, 3, 4, 5 }, { .3, .6, .9, 1.2, 1.5 }, 0, .3 },
		{ { 1, 2, 3, 4, 5 }, { 1e12 + 1, 2e12 + 1, 3e12 + 1, 4e12 + 1, 5e12 + 1 }, 1, 1e12 },
		{ { 1, 2, 3, 4, 5 }, { 1e12 + 1, 1e12 + 2, 1e12 + 3, 1e12 + 4, 1e12 + 5 }, 1e12, 1 },
		{ { 1001, 1002, 1003, 1004, 1005 }, { 1001, 1002, 1003, 1004, 1005 }, 0, 1 },
	};
	struct place where;
	struct linear m;

	(void)state;
	for (size_t k = 0; k < sizeof lines / sizeof *lines; k++) {
		struct design d = design_by_hand(lines[k].x, NULL, lines[k].y, 5);

		for (size_t i = 0; i < 5; i++)
			d.y[i] = k == 1 ? (real)(i + 1) * 3 / 10 : d.y[i]; /* as decimals are read */
		assert_done(linear_fit(arena, &d, .95, &m, &where));
		assert_true(m.exact);
		assert_within(m.of[1].estimate, lines[k].slope, 1e-6);
		if (lines[k].intercept == 0)
			assert_true(m.of[0].estimate == 0 && m.b[0] == 0 && m.of[0].within.high == 0);
		else
			assert_within(m.of[0].estimate, lines[k].intercept, 1e-6);
		for (size_t i = 0; i < 5; i++)
			assert_true(m.residual[i] == 0);
	}
}

/* ---- many rows ---- */

static struct design many_rows(double apart)
{
	struct design d = design_new(arena, LINEAR_TALL, 3, true);

	for (size_t i = 0; i < LINEAR_TALL; i++) {
		struct random r = random_of(8, i);
		real a = random_normal(&r), b = random_normal(&r);

		matrix_column(&d.x, 1)[i] = 1e6L * (a + 3);
		matrix_column(&d.x, 2)[i] = apart == 1 ? b : matrix_column(&d.x, 1)[i] + apart * b;
		d.y[i] = 7 + a - b + random_normal(&r) * (1 + a * a);
	}
	return d;
}

/* Leverage, Cook's distance, and n R^2 of e^2 by the same columns, from qr.h */
static void check_rows(const struct design *d, const struct linear *m, struct qr *q, const real *residual)
{
	struct design of_squares = *d;
	real *b = ARENA_ARRAY(arena, real, 3), *left = ARENA_ARRAY(arena, real, m->rows), mean = 0, around = 0, rest = 0;

	of_squares.y = ARENA_ARRAY(arena, real, m->rows);
	for (size_t i = 0; i < m->rows; i++) {
		of_squares.y[i] = residual[i] * residual[i];
		mean += of_squares.y[i] / (real)m->rows;
	}
	qr_solve(arena, q, &d->x, of_squares.y, b, left);
	for (size_t i = 0; i < m->rows; i++) {
		around += (of_squares.y[i] - mean) * (of_squares.y[i] - mean);
		rest += left[i] * left[i];
	}
	assert_within(m->breusch_pagan.statistic, (double)((real)m->rows * (1 - rest / around)), 1e-9);
	qr_expand(arena, q);
	for (size_t i = 0; i < m->rows; i += 997) {
		real h = 0;

		for (size_t j = 0; j < 3; j++)
			h += matrix_column(&q->a, j)[i] * matrix_column(&q->a, j)[i];
		assert_within(m->leverage[i], (double)h, 1e-11);
		assert_within(m->cook[i], m->residual[i] * m->residual[i] * m->leverage[i] / (3 * m->sigma * m->sigma * pow(1 - m->leverage[i], 2)), 1e-12);
	}
}

/* As qr.h has it in `real` throughout, whichever way is taken: by R in double, or where columns are near to each other not. */
static void many_rows_keep_their_digits(void **state)
{
	static const double aparts[] = { 1, 1e4, 1e-1 }, within[] = { 1e-13, 1e-12, 1e-13 }; /* conditions of 10, 400 and 4e7 */
	struct place where;

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		struct design d;
		struct linear m;
		struct qr q;
		real *b, *residual, *inverse, squares = 0;

		arena_reset(arena);
		d = many_rows(aparts[k]);
		b = ARENA_ARRAY(arena, real, 3);
		inverse = ARENA_ARRAY(arena, real, 9);
		residual = ARENA_ARRAY(arena, real, LINEAR_TALL);
		qr_of(arena, &d.x, &q);
		qr_solve(arena, &q, &d.x, d.y, b, residual);
		qr_inverse(arena, &q, inverse);
		for (size_t i = 0; i < LINEAR_TALL; i++)
			squares += residual[i] * residual[i];
		assert_done(linear_fit(arena, &d, .95, &m, &where));
		assert_within(m.sigma, sqrt((double)(squares / m.freedom)), 1e-14);
		for (size_t j = 0; j < 3; j++) {
			assert_within(m.of[j].estimate, (double)b[j], 1e-14);
			assert_within(m.of[j].error, m.sigma * (double)sqrtl(inverse[j * 3 + j]), within[k]);
		}
		check_rows(&d, &m, &q, residual);
	}
	arena_reset(arena);
	{
		struct design d = many_rows(0);
		struct linear m;

		assert_problem(linear_fit(arena, &d, .95, &m, &where), regression_collinear);
		assert_int_equal(where.column, 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nist_sets_keep_their_digits),
		cmocka_unit_test(students_by_least_squares),
		cmocka_unit_test(students_by_logistic_regression),
		cmocka_unit_test(a_line_by_hand),
		cmocka_unit_test(size_of_residuals_and_condition),
		cmocka_unit_test(residuals_of_one_size),
		cmocka_unit_test(a_table_of_four_by_hand),
		cmocka_unit_test(odds_of_columns_near_to_each_other),
		cmocka_unit_test(no_odds_where_outcomes_are_separated),
		cmocka_unit_test(what_makes_no_model_is_named),
		cmocka_unit_test(a_line_without_error_is_exact),
		cmocka_unit_test(only_rounding_is_zero),
		cmocka_unit_test(many_rows_keep_their_digits),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
