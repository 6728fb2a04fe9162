/* fit_test.c - fits and tests of fit against R's values for two data sets of ../shared/data/mining (admission grades of 4,424
 * students; information pages of 12,330 sessions), ten digits, and by hand where there is no file. */
#include "stats/stats.h"
#include "num/order.h"
#include "stats/testing.h"

static double values[20000];

static void admission_grades_are_not_normal(void **state)
{
	size_t n = mining_column("tabular/students_dropout.csv.gz", ';', 12, NULL, values);
	struct distribution d;
	struct moments m;
	struct verdict v;
	double a2;

	(void)state;
	if (!n)
		skip();
	assert_int_equal(n, 4424);
	assert_done(moments_of(values, n, &m));
	assert_near(m.mean, 126.97811934900542);
	assert_near(sqrt(m.variance), 14.480363972184861);
	assert_near(m.skewness, 0.53041993910622098);
	assert_near(m.kurtosis, 3.6606198935925112);
	assert_done(normal_fit(values, n, &d));
	assert_near(distribution_log_likelihood(&d, values, n), -18101.822615951689);
	assert_done(fit_jarque_bera(values, n, &v));
	assert_near(v.statistic, 287.89177991061035);
	qsort(values, n, sizeof *values, order_f64);
	assert_done(normal_of_variance(m.mean, m.variance * (double)n / (double)(n - 1), &d));
	assert_done(fit_kolmogorov(&d, values, n, &v));
	assert_near(v.statistic, 0.065863182805238146);
	assert_true(v.p < 1e-15);
	assert_done(fit_anderson_darling(&d, values, n, &a2));
	assert_near(a2, 20.390571458201521);
}

static void page_counts_are_not_poisson(void **state)
{
	size_t n = mining_column("tabular/online_shoppers_intention.csv.gz", ',', 2, NULL, values);
	double observed[5] = { 0 };
	struct distribution d;
	struct moments m;
	struct verdict v;

	(void)state;
	if (!n)
		skip();
	assert_int_equal(n, 12330);
	assert_done(poisson_fit(values, n, &d));
	assert_near(distribution_mean(&d), 0.5035685320356853);
	assert_near(distribution_log_likelihood(&d, values, n), -14375.703299963096);
	for (size_t i = 0; i < n; i++)
		observed[(size_t)fmin(values[i], 4)]++;
	assert_done(fit_chi_square(&d, observed, 5, 1, &v));
	assert_near(v.statistic, 12538.605752314939);
	assert_true(v.freedom == 3 && v.p == 0);
	assert_near(v.log_p, -6264.8103039539792);
	assert_done(moments_of(values, n, &m));
	assert_near(m.variance * (double)n / (double)(n - 1) / m.mean, 3.2037294704359631);
	assert_done(negative_binomial_fit(values, n, &d));
	assert_near(distribution_mean(&d), m.mean);
	assert_near(distribution_variance(&d), m.variance);
	assert_true(distribution_log_likelihood(&d, values, n) > -14375);
}

static void small_samples_by_hand(void **state)
{
	const double x[] = { 1, 0, 0, 1, 1, 0, 0, 0 }, observed[] = { 30, 40, 20, 9, 1, 0 };
	struct distribution d;
	struct verdict v;

	(void)state;
	assert_done(bernoulli_fit(x, 8, &d));
	assert_near(distribution_mean(&d), .375);
	assert_near(distribution_log_likelihood(&d, x, 8), 3 * log(.375) + 5 * log(.625));
	for (size_t i = 0; i < 6; i++) {
		bool yes = i < 3;

		assert_true(bernoulli_word(text_of(((const char *const[]){ "0", "no", "FALSE", "1", "Yes", "true" })[i]), &yes) && yes == (i >= 3));
	}
	assert_false(bernoulli_word(TEXT("y"), &(bool){ false }) || bernoulli_word(TEXT(""), &(bool){ false }) || bernoulli_word(TEXT("1.0"), &(bool){ false }));
	/* mean 1: 36.79, 36.79, 18.39, 8.03 expected; 3 and above are put together, for 4 and above only 1.9 are expected;
	 * 1.252 + 0.280 + 0.140 + 0.483 */
	assert_done(poisson_of(1, &d));
	assert_done(fit_chi_square(&d, observed, 6, 0, &v));
	assert_true(v.freedom == 3);
	assert_true(fabs(v.statistic - 2.156) < .001);
}

/* 20 each of 90, 95, 100, 105, 110 and nothing between: no Poisson's. R: the same bins by dpois and ppois. */
static void counts_far_from_zero_have_few_bins(void **state)
{
	double observed[111] = { 0 };
	const double beyond[] = { 1, 1, 98 };
	struct distribution d;
	struct verdict v;

	(void)state;
	for (int k = 90; k <= 110; k += 5)
		observed[k] = 20;
	assert_done(poisson_of(100, &d));
	assert_done(fit_chi_square(&d, observed, 111, 1, &v));
	assert_true(v.freedom == 11);
	assert_near(v.statistic, 140.8268559870136);
	assert_near(v.p, 1.105797403387112e-24);
	assert_done(binomial_of(1, .5, &d));
	assert_done(fit_chi_square(&d, beyond, 3, 0, &v)); /* a 2 cannot be */
	assert_true(isinf(v.statistic) && v.p == 0);
}

static void what_cannot_be_fitted_is_refused(void **state)
{
	const double constant[] = { 2, 2, 2 }, broken[] = { 1, NAN, 2 }, negative[] = { 1, -1, 2 }, one[] = { 3 };
	struct distribution d = { .a = 77 };
	struct verdict v;

	(void)state;
	assert_problem(normal_fit(constant, 3, &d), distribution_unfit);
	assert_problem(normal_fit(broken, 3, &d), sample_unfit);
	assert_problem(normal_fit(broken, 0, &d), sample_unfit);
	assert_problem(poisson_fit(negative, 3, &d), sample_unfit);
	assert_problem(bernoulli_fit(constant, 3, &d), sample_unfit);
	assert_problem(negative_binomial_fit(constant, 3, &d), distribution_unfit);
	assert_true(d.a == 77);
	assert_problem(fit_jarque_bera(constant, 3, &v), sample_unfit);
	assert_done(poisson_of(1, &d));
	assert_problem(fit_chi_square(&d, one, 1, 0, &v), sample_unfit);
	assert_problem(fit_chi_square(&d, negative, 3, 0, &v), sample_unfit);
	assert_problem(fit_kolmogorov(&d, one, 1, &v), sample_unfit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(admission_grades_are_not_normal),
		cmocka_unit_test(page_counts_are_not_poisson),
		cmocka_unit_test(small_samples_by_hand),
		cmocka_unit_test(counts_far_from_zero_have_few_bins),
		cmocka_unit_test(what_cannot_be_fitted_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
