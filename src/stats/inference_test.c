/* inference_test.c - the tests against R's values for 12,330 sessions and 4,424 students (../shared/data/mining), against R 4.2.2 for small
 * samples written out here, and against counting all cases. */
#include "stats/inference.h"

#include "num/testing.h"
#include "stats/testing.h"

#define SAMPLE(x) ((struct sample){ (x), sizeof(x) / sizeof *(x) })

/* ---- sessions ---- */

enum { SESSIONS = 12330 };

static double is_true(const char *word) { return !strcmp(word, "TRUE"); }

static double month(const char *word) { return word[0] * 1e6 + word[1] * 1e3 + word[2]; }

static const double *sessions(int at, double (*number_of)(const char *word))
{
	double *ret = ARENA_ARRAY(arena, double, SESSIONS);

	return mining_column("tabular/online_shoppers_intention.csv.gz", ',', at, number_of, ret) ? ret : NULL;
}

static struct sample where(const double *x, const double *group, double is)
{
	double *ret = ARENA_ARRAY(arena, double, SESSIONS);
	size_t n = 0;

	for (size_t i = 0; i < SESSIONS; i++) {
		if (group[i] == is)
			ret[n++] = x[i];
	}
	return (struct sample){ ret, n };
}

static void means_of_sessions_are_R_s(void **state)
{
	const double *value = sessions(8, NULL), *weekend = value ? sessions(16, is_true) : NULL;
	struct sample a, b;
	struct finding f;

	(void)state;
	if (!value)
		skip();
	a = where(value, weekend, 0);
	b = where(value, weekend, 1);
	assert_done(test_means(a, b, UNEQUAL, .95, &f));
	assert_near(f.verdict.statistic, mining_truth("welch.pagevalues~weekend.t"));
	assert_near(f.verdict.freedom, mining_truth("welch.df"));
	assert_near(f.verdict.p, mining_truth("welch.p"));
	assert_near(f.within.low, mining_truth("welch.ci.lo"));
	assert_near(f.within.high, mining_truth("welch.ci.hi"));
	assert_done(test_means(a, b, EQUAL, .95, &f));
	assert_near(f.verdict.statistic, mining_truth("student.t"));
	assert_near(f.verdict.p, mining_truth("student.p"));
	assert_done(test_mann_whitney(arena, a, b, &f));
	assert_near(f.verdict.statistic, mining_truth("mannwhitney.W"));
	assert_near(f.verdict.p, mining_truth("mannwhitney.p"));
}

static void columns_of_sessions_go_together_as_in_R(void **state)
{
	const double *bounce = sessions(6, NULL), *leave = bounce ? sessions(7, NULL) : NULL;
	struct finding f;

	(void)state;
	if (!bounce)
		skip();
	assert_done(test_pearson((struct sample){ bounce, SESSIONS }, leave, .95, &f));
	assert_near(f.estimate, mining_truth("cor.pearson.bounce.exit"));
	assert_done(test_spearman(arena, (struct sample){ bounce, SESSIONS }, leave, .95, &f));
	assert_near(f.estimate, mining_truth("cor.spearman.bounce.exit"));
}

static void months_and_revenue_depend(void **state)
{
	const double *of_month = sessions(10, month), *revenue = of_month ? sessions(17, is_true) : NULL;
	double seen[12], table[24] = { 0 }, least;
	struct finding f;
	size_t months = 0;

	(void)state;
	if (!of_month)
		skip();
	for (size_t i = 0; i < SESSIONS; i++) {
		size_t m = 0;

		while (m < months && seen[m] != of_month[i])
			m++;
		assert_true(m < 12);
		seen[m] = of_month[i];
		months += m == months;
		table[2 * m + (size_t)revenue[i]]++;
	}
	assert_int_equal(months, 10);
	assert_done(test_independence(table, months, 2, false, &f, &least));
	assert_near(f.verdict.statistic, mining_truth("chisq.month*revenue.X2"));
	assert_near(f.verdict.freedom, mining_truth("chisq.month*revenue.df"));
	assert_near(f.verdict.p, mining_truth("chisq.month*revenue.p"));
}

/* ---- A/B ---- */

static void shares_are_R_s(void **state)
{
	gzFile truth = mining_open("truth/stats_truth.csv");
	struct interval wilson, rate;
	struct finding f;
	double x, n, m;

	(void)state;
	if (!truth)
		skip();
	gzclose(truth);
	x = mining_truth("osi.revenue.x");
	n = mining_truth("osi.revenue.n");
	assert_done(test_proportion(x, n, .15, .95, &f, &wilson));
	assert_near(wilson.low, mining_truth("osi.revenue.wilson95.lo"));
	assert_near(wilson.high, mining_truth("osi.revenue.wilson95.hi"));
	assert_near(f.within.low, mining_truth("osi.revenue.clopper95.lo"));
	assert_near(f.within.high, mining_truth("osi.revenue.clopper95.hi"));
	assert_near(f.verdict.p, mining_truth("osi.revenue.binomtest.p0=.15.p"));
	m = mining_truth("inf.lambda");
	assert_done(interval_of_rate(round(m * SESSIONS), SESSIONS, .95, &rate));
	assert_near(rate.low, mining_truth("inf.lambda.ci95.exact.lo"));
	assert_near(rate.high, mining_truth("inf.lambda.ci95.exact.hi"));
}

static void a_and_b_are_R_s(void **state)
{
	gzFile truth = mining_open("truth/stats_truth.csv");
	double x[2], n[2], rows;
	struct finding f;

	(void)state;
	if (!truth)
		skip();
	gzclose(truth);
	x[0] = mining_truth("ab.x1");
	n[0] = mining_truth("ab.n1");
	x[1] = mining_truth("ab.x2");
	n[1] = mining_truth("ab.n2");
	assert_done(test_two_proportions(x, n, false, .95, &f));
	assert_near(f.verdict.statistic, mining_truth("ab.chi2"));
	assert_near(f.verdict.p, mining_truth("ab.p"));
	assert_near(f.within.low, mining_truth("ab.diff95.lo"));
	assert_near(f.within.high, mining_truth("ab.diff95.hi"));
	assert_done(test_two_proportions(x, n, true, .95, &f));
	assert_near(f.verdict.statistic, mining_truth("ab.yates.chi2"));
	assert_near(f.verdict.p, mining_truth("ab.yates.p"));
	assert_done(test_fisher((double[]){ x[0], n[0] - x[0], x[1], n[1] - x[1] }, .95, &f));
	assert_within(f.verdict.p, mining_truth("ab.fisher.p"), 1e-9);
	assert_within(f.estimate, mining_truth("ab.fisher.oddsratio"), 1e-5); /* R's search stops at 1e-4; its own, told to go on, ends at */
	assert_near(f.estimate, 2.0493283185883189);
	assert_done(test_two_proportions((double[]){ 120, 150 }, (double[]){ 2000, 2000 }, false, .95, &f));
	assert_near(f.verdict.statistic, mining_truth("ab2(120/2000,150/2000).chi2"));
	assert_near(f.verdict.p, mining_truth("ab2.p"));
	assert_done(test_fisher((double[]){ 120, 1880, 150, 1850 }, .95, &f));
	assert_within(f.verdict.p, mining_truth("ab2.fisher.p"), 1e-9);
	assert_done(rows_for_proportions(.8, (double[]){ .06, .075 }, .05, &rows));
	assert_within(rows, mining_truth("power.prop .06 vs .075 power .8 n per arm"), 1e-6);
}

static void grades_by_shapiro_and_quantiles(void **state)
{
	static double grades[4424];
	static const double at[] = { .1, .25, .5, .9, .99 };
	struct finding f;
	char key[32];

	(void)state;
	if (!mining_column("tabular/students_dropout.csv.gz", ';', 12, NULL, grades))
		skip();
	assert_done(test_shapiro_wilk(arena, SAMPLE(grades), &f));
	assert_near(f.verdict.statistic, mining_truth("adm.shapiro.W"));
	assert_near(f.verdict.p, mining_truth("adm.shapiro.p"));
	for (size_t i = 1; i < 4424; i++) { /* by insertion: the obvious sort */
		double x = grades[i];
		size_t j = i;

		for (; j && grades[j - 1] > x; j--)
			grades[j] = grades[j - 1];
		grades[j] = x;
	}
	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		snprintf(key, sizeof key, "adm.quantile7.%g", at[i]);
		assert_near(sample_quantile(grades, 4424, at[i]), mining_truth(key));
	}
}

/* ---- small samples: values of R 4.2.2 ---- */

static const double x[] = { 12.1, 14.3, 9.8, 11.2, 15.6, 13.3, 10.4 }, y[] = { 10.2, 11.9, 9.1, 12.8, 8.7, 10.9, 9.5, 8.1 };
static const double z[] = { 16.4, 12.7, 18.2, 14.9, 17.3 };
static const double whole_x[] = { 12, 14, 10, 11, 16, 13, 10 }, whole_y[] = { 10, 12, 9, 13, 9, 11, 10, 8 }, whole_z[] = { 16, 13, 18, 15, 17 };
static const double all[] = { 12.1, 14.3, 9.8, 11.2, 15.6, 13.3, 10.4, 10.2, 11.9, 9.1, 12.8, 8.7, 10.9, 9.5, 8.1, 16.4, 12.7, 18.2, 14.9, 17.3 };

static void assert_found(struct finding f, double statistic, double freedom, double p)
{
	if (!isnan(statistic))
		assert_near(f.verdict.statistic, statistic);
	if (!isnan(freedom))
		assert_near(f.verdict.freedom, freedom);
	assert_near(f.verdict.p, p);
	assert_near(f.verdict.log_p, log(p));
}

static void assert_interval(struct interval i, double low, double high)
{
	assert_near(i.low, low);
	assert_near(i.high, high);
}

static void means_of_small_samples(void **state)
{
	const struct sample groups[] = { SAMPLE(x), SAMPLE(y), SAMPLE(z) };
	struct finding f;

	(void)state;
	assert_done(test_mean(SAMPLE(x), 10, .95, &f));
	assert_found(f, 2.978346365651811212, 6, 0.024689387994598699);
	assert_interval(f.within, 10.425689546320828782, 14.345739025107743458);
	assert_done(test_pairs(arena, SAMPLE(x), y, .95, &f));
	assert_found(f, 1.986442456731879025, 6, 0.094179232066103985);
	assert_interval(f.within, -0.450366054637407032, 4.336080340351693430);
	assert_done(test_groups(groups, 3, EQUAL, &f));
	assert_found(f, 13.475976223340311, 2, 3.1153107092986873e-04);
	assert_near(f.estimate, 101.73342857142862 / (101.73342857142862 + 64.168571428571454));
	assert_true(f.freedom_below == 17);
	assert_done(test_groups(groups, 3, UNEQUAL, &f));
	assert_found(f, 12.4731887743352309883, 2, 0.0022463745749138511);
	assert_near(f.freedom_below, 9.4289783906962068016);
}

static void ranks_of_small_samples(void **state)
{
	const struct sample whole[] = { SAMPLE(whole_x), SAMPLE(whole_y), SAMPLE(whole_z) };
	double off[15];
	struct finding f;

	(void)state;
	assert_done(test_mann_whitney(arena, SAMPLE(x), SAMPLE(y), &f));
	assert_found(f, 46, NAN, 0.040093240093240091);
	assert_true(f.exact && f.estimate == 46 / 56.);
	assert_done(test_mann_whitney(arena, SAMPLE(whole_x), SAMPLE(whole_y), &f));
	assert_found(f, 43.5, NAN, 0.078742895632242252);
	assert_false(f.exact);
	for (int i = 0; i < 7; i++)
		off[i] = x[i] - 11;
	assert_done(test_signed_ranks(arena, (struct sample){ off, 7 }, &f));
	assert_found(f, 22, NAN, 0.21875);
	for (int i = 0; i < 15; i++)
		off[i] = (i < 7 ? whole_x[i] : whole_y[i - 7]) - 11;
	assert_done(test_signed_ranks(arena, SAMPLE(off), &f));
	assert_found(f, 48.5, NAN, 0.85933534995916361);
	assert_done(test_kruskal_wallis(arena, whole, 3, &f));
	assert_found(f, 10.7598050958188107273, 2, 0.0046082709937536629);
}

static void normality_of_small_samples(void **state)
{
	static const struct { size_t n; double w, p; } rows[] = {
		{ 3, 0.99983541803818299, 0.97549783790369238 }, { 4, 0.98345240809588430, 0.92195496677316857 },
		{ 5, 0.96575880241873735, 0.84739849852903415 }, { 6, 0.99068996980413970, 0.99078962399991188 },
		{ 7, 0.96220889284155842, 0.83744744507204560 }, { 11, 0.96989275626971072, 0.88544335707162924 },
		{ 12, 0.96874919945459947, 0.89726792721951409 }, { 20, 0.95524158674852588, 0.45367296504043747 },
	};
	struct finding f;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_done(test_shapiro_wilk(arena, (struct sample){ all, rows[i].n }, &f));
		assert_found(f, rows[i].w, NAN, rows[i].p);
	}
}

static void correlations_of_small_samples(void **state)
{
	double whole[20], back[20];
	struct finding f;

	(void)state;
	for (size_t i = 0; i < 20; i++) {
		whole[i] = rint(all[i]);
		back[i] = all[19 - i];
	}
	assert_done(test_pearson(SAMPLE(x), y, .95, &f));
	assert_found(f, 0.026124662442071227, 5, 0.980168513651276774);
	assert_near(f.estimate, 0.011682506920401830);
	assert_interval(f.within, -0.747955823515949025, 0.758071402333789668);
	assert_done(test_spearman(arena, SAMPLE(whole), back, .95, &f));
	assert_found(f, NAN, NAN, 0.87411691037860373);
	assert_near(f.estimate, 0.03785099202996757);
	assert_done(test_kendall(arena, SAMPLE(x), y, .95, &f));
	assert_found(f, NAN, NAN, 0.77261904761904754);
	assert_near(f.estimate, 0.14285714285714285);
	assert_true(f.exact);
	for (size_t i = 0; i < 20; i++)
		back[i] = rint(back[i]);
	assert_done(test_kendall(arena, SAMPLE(whole), back, .95, &f));
	assert_found(f, -0.066001301627978015, NAN, 0.947376789166829214);
	assert_near(f.estimate, -0.011299435028248588);
}

/* Every pair looked at */
static double slow_tau(const double *a, const double *b, size_t n)
{
	double score = 0, in_a = 0, in_b = 0;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++) {
			int s = (a[i] > a[j]) - (a[i] < a[j]), t = (b[i] > b[j]) - (b[i] < b[j]);

			score += s * t;
			in_a += s != 0;
			in_b += t != 0;
		}
	}
	return score / sqrt(in_a * in_b);
}

static void the_fast_tau_is_the_slow_one(void **state)
{
	double a[200], b[200];
	struct finding f;

	(void)state;
	for (size_t n = 3; n <= 200; n += 7) {
		for (size_t i = 0; i < n; i++) {
			a[i] = (double)(i * 7919 % 31);
			b[i] = (double)((i * i + 3 * n) % 17);
		}
		assert_done(test_kendall(arena, (struct sample){ a, n }, b, .95, &f));
		assert_true(fabs(f.estimate - slow_tau(a, b, n)) < 1e-13);
	}
}

/* As many or more in the first row is fewer in the second: the two chances and that of what was seen sum to 1. */
static void one_sided_fisher_is_a_sum_of_masses(void **state)
{
	double more, fewer, next;

	(void)state;
	assert_done(test_fisher_more((double[]){ 3, 1, 1, 3 }, &more));
	assert_near(more, log(17 / 70.));
	assert_done(test_fisher_more((double[]){ 0, 4, 4, 0 }, &more));
	assert_near(more, 0);
	for (double seen = 1; seen <= 30; seen++) {
		assert_done(test_fisher_more((double[]){ seen, 40 - seen, 30 - seen, 70 + seen }, &more));
		assert_done(test_fisher_more((double[]){ 31 - seen, 69 + seen, seen - 1, 41 - seen }, &fewer));
		assert_near(exp(more) + exp(fewer), 1);
	}
	assert_done(test_fisher_more((double[]){ 100000, 0, 0, 100000 }, &more)); /* 1 of 200000 over 100000 */
	assert_near(more, 2 * lgamma(100001) - lgamma(200001));
	assert_done(test_fisher_more((double[]){ 500, 500, 500, 1e8 }, &more));
	assert_done(test_fisher_more((double[]){ 501, 499, 499, 1e8 + 1 }, &next));
	assert_true(isfinite(more) && next < more);
	assert_problem(test_fisher_more((double[]){ 0, 0, 2, 3 }, &more), share_empty);
}

static void counts_of_small_tables(void **state)
{
	struct interval wilson;
	struct finding f;
	double least, w;

	(void)state;
	assert_done(test_fisher((double[]){ 3, 1, 1, 3 }, .95, &f)); /* the lady tasting tea: 2 (16 + 1) / 70 */
	assert_found(f, NAN, NAN, 34 / 70.);
	assert_within(f.estimate, 6.40830886700578795, 1e-4); /* R's search for it stops there */
	assert_within(f.within.low, 0.21173291530550292, 1e-4);
	w = f.within.high; /* where three or fewer of four have a chance of .025; R says 622, where it is .02517 */
	assert_near((1 + 16 * w + 36 * w * w + 16 * w * w * w) / (1 + 16 * w + 36 * w * w + 16 * w * w * w + w * w * w * w), .025);
	assert_done(test_fisher((double[]){ 10, 2, 3, 15 }, .95, &f));
	assert_found(f, NAN, NAN, 5.3672411914343593e-04);
	assert_within(f.estimate, 2.1305331275016730e+01, 1e-4);
	assert_done(test_proportion(7, 20, .3, .95, &f, &wilson));
	assert_found(f, NAN, NAN, 0.62949796667667735);
	assert_interval(f.within, 0.15390920478454115, 0.59218853453282816);
	assert_done(test_proportion(2, 20, .3, .95, &f, &wilson));
	assert_found(f, NAN, NAN, 0.052627948729727092);
	assert_done(test_proportion(11, 20, .3, .95, &f, &wilson));
	assert_found(f, NAN, NAN, 0.024782076205458421);
	assert_done(test_proportion(0, 5, .5, .95, &f, &wilson));
	assert_found(f, NAN, NAN, .0625);
	assert_interval(f.within, 0, 0.52182375010498139);
	assert_done(test_independence((double[]){ 12, 9, 11, 5, 8, 14 }, 2, 3, false, &f, &least));
	assert_found(f, 2.89826252723311439, 2, 0.23477415637861596);
	assert_done(test_proportions_given((double[]){ 18, 22, 39, 21 }, (double[]){ .2, .2, .4, .2 }, 4, &f, &least));
	assert_found(f, .475, 3, 0.92434845536380250);
	assert_near(least, 20);
	assert_done(test_two_proportions((double[]){ 15, 25 }, (double[]){ 50, 50 }, true, .95, &f));
	assert_found(f, 3.375, 1, 0.0661925797221933898);
	assert_interval(f.within, -0.4079931412322958528, 0.0079931412322958306);
}

/* Sums of all masses not above the one seen, one by one */
static double slow_binomial(double seen, double n, double p)
{
	struct distribution d;
	double sum = 0;

	assert_done(binomial_of(n, p, &d));
	for (double k = 0; k <= n; k++) {
		if (distribution_log_density(&d, k) <= distribution_log_density(&d, seen) + 1e-7)
			sum += distribution_density(&d, k);
	}
	return fmin(1, sum);
}

static void the_fast_binomial_is_the_slow_one(void **state)
{
	static const double ps[] = { .001, .1, .3, .5, .77, .999 };
	struct interval wilson;
	struct finding f;

	(void)state;
	for (double n = 1; n <= 40; n++) {
		for (size_t i = 0; i < sizeof ps / sizeof *ps; i++) {
			for (double seen = 0; seen <= n; seen++) {
				assert_done(test_proportion(seen, n, ps[i], .95, &f, &wilson));
				assert_within(f.verdict.p, slow_binomial(seen, n, ps[i]), 1e-12);
			}
		}
	}
}

static void many_tests_and_their_power(void **state)
{
	static const double p[] = { .01, .02, .03, .04, .05, .001, .5 };
	static const double truth[][7] = {
		[BONFERRONI] = { .07, .14, .21, .28, .35, .007, 1 },
		[HOLM] = { .06, .1, .12, .12, .12, .007, .5 },
		[BENJAMINI_HOCHBERG] = { .035, 0.0466666666666666688, .0525, .056, 0.0583333333333333412, .007, .5 },
		[BENJAMINI_YEKUTIELI] = { .09075, .121, .136125, .1452, .15125, .01815, 1 },
	};
	double got[7], power;

	(void)state;
	for (enum correction how = BONFERRONI; how <= BENJAMINI_YEKUTIELI; how++) {
		assert_done(correct_p(arena, SAMPLE(p), how, got));
		for (int i = 0; i < 7; i++)
			assert_within(got[i], truth[how][i], 1e-14);
	}
	assert_done(power_of_means(20, 1, 1.5, .05, &power));
	assert_near(power, 0.53775732421493827);
	assert_done(power_of_means(3, 1, .5, .05, &power));
	assert_near(power, .46260812864823009);
	assert_done(rows_for_means(.9, 1, 1.5, .05, &power));
	assert_within(power, 48.264312044874337, 1e-6);
	assert_done(power_of_proportions(100, (double[]){ .1, .2 }, .05, &power));
	assert_near(power, 0.50819106818773618);
}

/* Of .1 four times, .2, .3 and -.3: R of the numbers themselves */
static void equal_differences_of_decimals_are_ties(void **state)
{
	const double before[] = { 10.1, .3, 7.7, 1.2, 5.6, 3.3, 2.2 }, after[] = { 10, .2, 7.6, 1.1, 5.4, 3, 2.5 };
	double off[7];
	struct finding f;

	(void)state;
	sample_differences(SAMPLE(before), after, off);
	for (int i = 0; i < 7; i++)
		assert_true(off[i] == ((const double[]){ .1, .1, .1, .1, .2, .3, -.3 })[i]);
	assert_done(test_signed_ranks(arena, SAMPLE(off), &f));
	assert_found(f, 21.5, NAN, 0.22736833004414259);
	sample_differences((struct sample){ (double[]){ 1e-320, 0, -1e308, NAN, 3 }, 5 }, (double[]){ 0, 0, 1e308, 1, INFINITY }, off);
	assert_true(off[0] == 1e-320 && off[1] == 0 && off[2] == -INFINITY && isnan(off[3]) && !isfinite(off[4]));
	sample_differences((struct sample){ (double[]){ 1764489600123457, 7.5 }, 2 }, (double[]){ 1764489600123456, 7 }, off);
	assert_true(off[0] == 1 && off[1] == .5);
}

/* 1 / (20000 over 10000), and 2^-20000: ln 2 is .6931, and no number of 64 bits of mantissa is so small. */
static void what_is_smaller_than_any_number_has_a_logarithm(void **state)
{
	real one_of = 2 * num_log_gamma(10001) - num_log_gamma(20001);
	struct interval wilson;
	struct finding f;

	(void)state;
	assert_done(test_fisher((double[]){ 0, 10000, 10000, 0 }, .95, &f));
	assert_true(f.verdict.p == 0 && f.less.p == 0 && f.greater.p == 1);
	assert_near(f.less.log_p, (double)one_of);
	assert_near(f.verdict.log_p, (double)(one_of + logl(2)));
	assert_done(test_fisher((double[]){ 10000, 0, 0, 10000 }, .95, &f));
	assert_near(f.greater.log_p, (double)one_of);
	assert_done(test_proportion(20000, 20000, .5, .95, &f, &wilson));
	assert_near(f.verdict.log_p, -19999 * log(2));
	assert_near(f.greater.log_p, -20000 * log(2));
	assert_done(test_proportion(3, 10, 0, .95, &f, &wilson));
	assert_true(f.verdict.p == 0 && f.verdict.log_p == -INFINITY);
}

/* ---- what no test is made for ---- */

/* Equal tenths have a mean that is off by rounding: they vary no more for that. */
static void what_only_rounding_makes_is_constant(void **state)
{
	const double tenths[] = { .1, .1, .1, .1, .1, .1, .1 }, before[] = { .3, .2, .4, .7, .9, 1.1, .8 };
	double after[7];
	struct distribution d;
	struct moments m;
	struct finding f;

	(void)state;
	for (int i = 0; i < 7; i++)
		after[i] = before[i] - .1;
	assert_problem(test_mean(SAMPLE(tenths), 1, .95, &f), sample_constant);
	assert_problem(test_pairs(arena, SAMPLE(before), after, .95, &f), sample_constant);
	for (int i = 0; i < 7; i++)
		after[i] = 1000 * (i + 1) + .1;
	assert_problem(test_pairs(arena, SAMPLE(after), (double[]){ 1e3, 2e3, 3e3, 4e3, 5e3, 6e3, 7e3 }, .95, &f), sample_constant);
	assert_problem(test_means(SAMPLE(tenths), SAMPLE(tenths), UNEQUAL, .95, &f), sample_groups_constant);
	assert_problem(test_pearson(SAMPLE(tenths), x, .95, &f), sample_constant);
	assert_problem(test_pearson(SAMPLE(x), tenths, .95, &f), sample_constant);
	assert_problem(test_shapiro_wilk(arena, SAMPLE(tenths), &f), sample_constant);
	assert_done(moments_of(tenths, 7, &m));
	assert_true(m.variance == 0 && isnan(m.skewness));
	assert_problem(normal_fit(tenths, 7, &d), distribution_unfit);
}

/* R 4.2.2: p-value = 1, 95 percent confidence interval 0 to Inf; its odds ratio, 0, is a matter of order. */
static void a_table_with_an_empty_column_tells_nothing(void **state)
{
	static const double tables[][4] = { { 0, 10, 0, 20 }, { 3, 0, 2, 0 } };
	struct finding f;
	double more;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_done(test_fisher(tables[i], .95, &f));
		assert_true(f.verdict.p == 1 && f.verdict.log_p == 0 && f.less.p == 1 && f.greater.p == 1);
		assert_true(isnan(f.estimate) && f.within.low == 0 && isinf(f.within.high));
		assert_done(test_fisher_more(tables[i], &more));
		assert_true(more == 0);
	}
}

static void what_cannot_be_tested_is_refused(void **state)
{
	const double same[] = { 2, 2, 2 }, hole[] = { 1, NAN, 3 }, one[] = { 1 };
	const struct sample constant[] = { SAMPLE(same), SAMPLE(same) };
	struct finding f = { .estimate = 77 };
	struct interval wilson;
	double least, ret[2];

	(void)state;
	assert_problem(test_mean(SAMPLE(same), 1, .95, &f), sample_constant);
	assert_problem(test_mean(SAMPLE(one), 1, .95, &f), sample_short);
	assert_problem(test_mean(SAMPLE(hole), 1, .95, &f), sample_unfit);
	assert_problem(test_mean(SAMPLE(x), 1, 1.5, &f), level_unfit);
	assert_problem(test_means(SAMPLE(x), SAMPLE(hole), UNEQUAL, .95, &f), sample_unfit);
	assert_problem(test_means(constant[0], constant[1], UNEQUAL, .95, &f), sample_groups_constant);
	assert_problem(test_means(constant[0], constant[1], EQUAL, .95, &f), sample_groups_constant);
	assert_problem(test_means(SAMPLE(x), SAMPLE(one), EQUAL, .95, &f), sample_short);
	assert_problem(test_groups(constant, 2, EQUAL, &f), sample_groups_constant);
	assert_problem(test_groups(constant, 2, UNEQUAL, &f), sample_group_constant);
	assert_problem(test_mann_whitney(arena, SAMPLE(same), SAMPLE(same), &f), sample_constant);
	assert_problem(test_signed_ranks(arena, (struct sample){ same, 0 }, &f), sample_unfit);
	assert_problem(test_kruskal_wallis(arena, constant, 2, &f), sample_constant);
	assert_problem(test_shapiro_wilk(arena, SAMPLE(same), &f), sample_constant);
	assert_problem(test_shapiro_wilk(arena, SAMPLE(one), &f), sample_rows);
	assert_problem(test_pearson(SAMPLE(same), x, .95, &f), sample_constant);
	assert_problem(test_kendall(arena, SAMPLE(same), x, .95, &f), sample_constant);
	assert_problem(test_spearman(arena, SAMPLE(hole), x, .95, &f), sample_unfit);
	assert_problem(test_independence((double[]){ 1, 0, 2, 0 }, 2, 2, false, &f, &least), count_margin);
	assert_problem(test_independence((double[]){ 1, .5, 2, 3 }, 2, 2, false, &f, &least), count_unfit);
	assert_problem(test_fisher((double[]){ 0, 0, 2, 3 }, .95, &f), share_empty);
	assert_problem(test_fisher((double[]){ 2e7, 2e7, 2e7, 2e7 }, .95, &f), count_many);
	assert_problem(test_proportion(5, 4, .5, .95, &f, &wilson), share_beyond);
	assert_problem(test_proportion(1, 4, 5, .95, &f, &wilson), probability_unfit);
	assert_problem(test_two_proportions((double[]){ 5, 1 }, (double[]){ 4, 4 }, false, .95, &f), share_beyond);
	assert_problem(test_two_proportions((double[]){ 1, .5 }, (double[]){ 4, 4 }, false, .95, &f), count_unfit);
	assert_problem(test_two_proportions((double[]){ 1, 0 }, (double[]){ 4, 0 }, false, .95, &f), share_empty);
	assert_problem(test_two_proportions((double[]){ 0, 0 }, (double[]){ 10, 20 }, false, .95, &f), shares_none);
	assert_problem(test_two_proportions((double[]){ 10, 20 }, (double[]){ 10, 20 }, true, .95, &f), shares_all);
	assert_problem(test_proportions_given((double[]){ 5, 1 }, (double[]){ .5, .4 }, 2, &f, &least), probability_unfit);
	assert_problem(correct_p(arena, SAMPLE(hole), HOLM, ret), probability_unfit);
	assert_true(f.estimate == 77);
}

/* ---- one side: R 4.2.2's t.test, wilcox.test, fisher.test, binom.test, prop.test, cor.test with alternative less and greater ---- */

#define assert_sides(f, less_, greater_) \
	do { \
		assert_near((f).less.p, less_); \
		assert_near((f).greater.p, greater_); \
		assert_near(exp((f).less.log_p), less_); \
		assert_near(exp((f).greater.log_p), greater_); \
	} while (0)

static const double first[] = { 1.83, .5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3 }, second[] = { .878, .647, .598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29 };
static const double ten[] = { .8, .83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, .73, 1.46 }, five[] = { 1.15, .88, .9, .74, 1.21 };

static void tenths(const double *from, size_t n, double *ret)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = rint(10 * from[i]);
}

/* An interval of one side ends where the two-sided one of 2 level - 1 does: .9 for .95. */
static void sides_of_means_are_R_s(void **state)
{
	struct finding f;

	(void)state;
	assert_done(test_mean(SAMPLE(ten), 1.2, .9, &f));
	assert_sides(f, 0.7805570951165635, 0.2194429048834365);
	assert_interval(f.within, 1.057237860050198, 1.568762139949802);
	assert_done(test_pairs(arena, SAMPLE(first), second, .9, &f));
	assert_sides(f, 0.9919116862825459, 0.008088313717454047);
	assert_interval(f.within, 0.1673027913589646, 0.6964749864188132);
	assert_done(test_means(SAMPLE(ten), SAMPLE(five), UNEQUAL, .9, &f));
	assert_sides(f, 0.9689493281094608, 0.03105067189053923);
	assert_interval(f.within, 0.04459616932716697, 0.6294038306728329);
	assert_done(test_means(SAMPLE(ten), SAMPLE(five), EQUAL, .9, &f));
	assert_sides(f, 0.9338747446610869, 0.06612525533891317);
	assert_interval(f.within, -0.03457769273868168, 0.7085776927386817);
}

static void sides_of_ranks_are_R_s(void **state)
{
	double whole[10], other[10], difference[9];
	struct finding f;

	(void)state;
	assert_done(test_mann_whitney(arena, SAMPLE(ten), SAMPLE(five), &f));
	assert_sides(f, 0.8967698967698967, 0.1272061272061272);
	tenths(ten, 10, whole);
	tenths(five, 5, other);
	assert_done(test_mann_whitney(arena, (struct sample){ whole, 10 }, (struct sample){ other, 5 }, &f));
	assert_sides(f, 0.9122107659441672, 0.1090942741329688);
	for (size_t i = 0; i < 9; i++)
		difference[i] = first[i] - second[i];
	assert_done(test_signed_ranks(arena, SAMPLE(difference), &f));
	assert_sides(f, 0.986328125, 0.01953125);
	tenths(first, 9, whole);
	tenths(second, 9, other);
	for (size_t i = 0; i < 9; i++)
		difference[i] = whole[i] - other[i];
	assert_done(test_signed_ranks(arena, SAMPLE(difference), &f));
	assert_sides(f, 0.9889925327781636, 0.01698311654356437);
}

static void sides_of_counts_are_R_s(void **state)
{
	struct interval wilson;
	struct finding f;

	(void)state;
	assert_done(test_fisher((const double[]){ 12, 8, 15, 5 }, .9, &f));
	assert_sides(f, 0.2503017080325196, 0.9120021817463418);
	assert_true(fabs(f.within.low - 0.1286003266702557) < 1e-4 && fabs(f.within.high - 1.887039376573078) < 1e-4); /* where R's search stops */
	assert_done(test_proportion(13, 40, .25, .9, &f, &wilson));
	assert_sides(f, 0.8967682759402059, 0.1791342423460416);
	assert_interval(f.within, 0.2041340957960026, 0.4662950987054032);
	assert_done(test_proportion(0, 40, .25, .9, &f, &wilson));
	assert_sides(f, pow(.75, 40), 1);
	assert_done(test_two_proportions((const double[]){ 120, 150 }, (const double[]){ 2000, 2000 }, false, .9, &f));
	assert_sides(f, 0.0293344317681008, 0.9706655682318992);
	assert_interval(f.within, -0.02804395890707361, -0.001956041092926384);
}

static void sides_of_correlations_are_R_s(void **state)
{
	double sines[20], cosines[20];
	struct finding f;

	(void)state;
	for (size_t i = 0; i < 20; i++) {
		sines[i] = sin((double)((i + 1) * (i + 1)));
		cosines[i] = cos((double)(i + 1));
	}
	assert_done(test_pearson(SAMPLE(first), second, .9, &f));
	assert_sides(f, 0.9980584348119397, 0.00194156518806025);
	assert_interval(f.within, 0.5205116253325083, 0.9579221351780242);
	assert_done(test_kendall(arena, (struct sample){ ten, 8 }, first, .9, &f));
	assert_sides(f, 0.3597718253968254, 0.7257936507936508);
	assert_done(test_spearman(arena, (struct sample){ ten, 8 }, first, .9, &f));
	assert_sides(f, 0.3965029761904762, 0.623983134920635);
	assert_near(f.verdict.p, 0.7930059523809524);
	assert_true(f.exact);
	assert_done(test_spearman(arena, SAMPLE(sines), cosines, .9, &f)); /* R takes another step for `less`: is - 1 of q - 1 */
	assert_near(f.greater.p, 0.4733890668176485);
	assert_near(f.verdict.p, 0.9467781336352969);
	assert_false(f.exact);
}

/* Every order of seven: how many have a sum of squares as large, as small */
static void spearman_counts_each_order(void **state)
{
	static const double ordered[] = { 1, 2, 3, 4, 5, 6, 7 }, mixed[] = { 2, 1, 4, 3, 7, 5, 6 };
	double seen = 0, larger = 0, smaller = 0, orders = 0, order[7];
	struct finding f;

	(void)state;
	for (size_t i = 0; i < 7; i++)
		seen += (ordered[i] - mixed[i]) * (ordered[i] - mixed[i]);
	for (size_t code = 0; code < 5040; code++) {
		double sum = 0;

		memcpy(order, ordered, sizeof order);
		for (size_t i = 0, rest = code; i < 7; rest /= 7 - i, i++) { /* the i-th is one of those left */
			size_t at = i + rest % (7 - i);
			double held = order[at];

			order[at] = order[i];
			order[i] = held;
			sum += (held - ordered[i]) * (held - ordered[i]);
		}
		larger += sum >= seen;
		smaller += sum <= seen;
		orders++;
	}
	assert_done(test_spearman(arena, SAMPLE(ordered), mixed, .95, &f));
	assert_sides(f, larger / orders, smaller / orders);
	assert_near(f.verdict.p, 2 * smaller / orders);
}

/* Of 13 rows, all 6,227,020,800 orders counted: as many have squares of at most 50, 24, 0. The series has -9e-5 at 24, -6e-5 at 0. */
static void spearman_of_far_tails_is_no_zero(void **state)
{
	static const struct { double y[13], exact, least, most; } orders[] = {
		{ { 1, 2, 3, 4, 5, 6, 12, 8, 9, 10, 11, 7, 13 }, 0.00015160090680924014, .4, 1 },
		{ { 3, 2, 1, 4, 5, 8, 7, 6, 9, 10, 13, 12, 11 }, 6.0722456555789887e-06, .2, 1 },
		{ { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 }, 1.6059043836821613e-10, 1, 1 },
	};
	double rows[60], turned_rows[60], before = 0;
	struct finding f;

	(void)state;
	for (size_t i = 0; i < 60; i++)
		rows[i] = (double)i;
	for (size_t k = 0; k < 3; k++) {
		assert_done(test_spearman(arena, (struct sample){ rows, 13 }, orders[k].y, .95, &f));
		assert_true(f.greater.p >= orders[k].exact * orders[k].least * (1 - 1e-12) && f.greater.p <= orders[k].exact * orders[k].most * (1 + 1e-12));
		assert_near(f.verdict.p, 2 * f.greater.p);
	}
	for (size_t turned = 0; turned <= 60; turned++) { /* ever less in order */
		for (size_t i = 0; i < 60; i++)
			turned_rows[i] = i < turned ? (double)(turned - 1 - i) : (double)i;
		assert_done(test_spearman(arena, (struct sample){ rows, 60 }, turned_rows, .95, &f));
		assert_true(f.greater.p > 0 && f.greater.p >= before);
		before = f.greater.p;
	}
	assert_true(before == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(means_of_sessions_are_R_s),
		cmocka_unit_test(columns_of_sessions_go_together_as_in_R),
		cmocka_unit_test(months_and_revenue_depend),
		cmocka_unit_test(shares_are_R_s),
		cmocka_unit_test(a_and_b_are_R_s),
		cmocka_unit_test(grades_by_shapiro_and_quantiles),
		cmocka_unit_test(means_of_small_samples),
		cmocka_unit_test(ranks_of_small_samples),
		cmocka_unit_test(normality_of_small_samples),
		cmocka_unit_test(correlations_of_small_samples),
		cmocka_unit_test(the_fast_tau_is_the_slow_one),
		cmocka_unit_test(one_sided_fisher_is_a_sum_of_masses),
		cmocka_unit_test(counts_of_small_tables),
		cmocka_unit_test(the_fast_binomial_is_the_slow_one),
		cmocka_unit_test(many_tests_and_their_power),
		cmocka_unit_test(equal_differences_of_decimals_are_ties),
		cmocka_unit_test(what_is_smaller_than_any_number_has_a_logarithm),
		cmocka_unit_test(what_only_rounding_makes_is_constant),
		cmocka_unit_test(a_table_with_an_empty_column_tells_nothing),
		cmocka_unit_test(what_cannot_be_tested_is_refused),
		cmocka_unit_test(sides_of_means_are_R_s),
		cmocka_unit_test(sides_of_ranks_are_R_s),
		cmocka_unit_test(sides_of_counts_are_R_s),
		cmocka_unit_test(sides_of_correlations_are_R_s),
		cmocka_unit_test(spearman_counts_each_order),
		cmocka_unit_test(spearman_of_far_tails_is_no_zero),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
