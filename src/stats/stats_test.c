/* stats_test.c - the distributions against truth from outside: 6,073 values of 20 digits, computed with 60 (mpmath), in
 * ../shared/data/mining/truth beside the source tree, and identities where that has no rows. */
#include "base/testing.h"

#include <float.h>
#include <math.h>
#include <zlib.h>

#include "stats/stats.h"

/* ---- the file of truth ---- */

enum { FUNCTION, A1, A2, A3, LOWER_TAIL, LOG, TRUTH, FIELDS };

static double a_number(struct text field)
{
	char word[64];

	snprintf(word, sizeof word, "%.*s", TEXT_ARG(field));
	return strtod(word, NULL);
}

static struct distribution distribution_in(const struct text *row)
{
	struct text family = text_from(row[FUNCTION], 1);
	double a = a_number(row[A2]), b = a_number(row[A3]);
	struct distribution d = { 0 };

	if (text_is(family, "norm"))
		assert_done(normal_of_sd(a, b, &d));
	else if (text_is(family, "binom"))
		assert_done(binomial_of(a, b, &d));
	else if (text_is(family, "pois"))
		assert_done(poisson_of(a, &d));
	else if (text_is(family, "t"))
		assert_done(student_of(a, &d));
	else if (text_is(family, "chisq"))
		assert_done(chi_square_of(a, &d));
	else if (text_is(family, "f"))
		assert_done(fisher_of(a, b, &d));
	else
		fail_msg("no family for %.*s", TEXT_ARG(row[FUNCTION]));
	return d;
}

static double tail_of(struct tails t, bool lower, bool log)
{
	return (double)(log ? lower ? t.log_lower : t.log_upper : lower ? t.lower : t.upper);
}

static double quantile_of(const struct distribution *d, enum tail tail, bool log, double p)
{
	double x = 0;

	assert_done(log ? distribution_log_quantile(d, tail, p, &x) : distribution_quantile(d, tail, p, &x));
	return x;
}

static double distribution_value(const struct text *row)
{
	struct distribution d = distribution_in(row);
	double x = a_number(row[A1]);
	bool lower = text_is(row[LOWER_TAIL], "1"), log = text_is(row[LOG], "1");

	switch (row[FUNCTION].at[0]) {
	case 'd': return log ? distribution_log_density(&d, x) : distribution_density(&d, x);
	case 'p': return tail_of(distribution_tails(&d, x), lower, log);
	case 'q': return quantile_of(&d, lower ? LOWER : UPPER, log, x);
	default: break;
	}
	fail_msg("no function %.*s", TEXT_ARG(row[FUNCTION]));
	return NAN;
}

static double value_of(const struct text *row)
{
	double x = a_number(row[A1]);

	if (text_is(row[FUNCTION], "lgamma"))
		return (double)num_log_gamma(x);
	if (text_is(row[FUNCTION], "erf"))
		return (double)num_erf(x);
	if (text_is(row[FUNCTION], "erfc"))
		return (double)(2 * num_normal(x * sqrtl(2)).upper);
	if (text_is(row[FUNCTION], "pkolmogorov_limit"))
		return tail_of(num_kolmogorov(x), text_is(row[LOWER_TAIL], "1"), text_is(row[LOG], "1"));
	return distribution_value(row);
}

static bool is_quantile(const struct text *row) { return row[FUNCTION].at[0] == 'q'; }
static bool is_count(const struct text *row) { return text_ends(row[FUNCTION], TEXT("binom")) || text_ends(row[FUNCTION], TEXT("pois")); }

/* The relative error that design/mining.md section 10 allows. */
static double allowed(const struct text *row)
{
	if (is_count(row))
		return is_quantile(row) ? 0 : a_number(row[A2]) > 1e6 ? 1e-10 : 1e-12;
	return 1e-13;
}

static double error_of(const struct text *row, double value)
{
	char word[64];
	real truth, off;

	snprintf(word, sizeof word, "%.*s", TEXT_ARG(row[TRUTH]));
	truth = strtold(word, NULL);
	if ((real)value == truth)
		return 0;
	off = fabsl((real)value - truth);
	if (off < 1e-60L && text_is(row[LOG], "1"))
		return 0; /* ln(1 - tiny): the truth's own 60 digits end there, and it says 0 in the end */
	if (is_quantile(row) && fabsl(truth) < 1e-3L)
		return off <= 1e-15L ? 0 : INFINITY;
	if (fabsl(truth) < DBL_MIN)
		return off <= 0x1p-1074L ? 0 : INFINITY; /* one unit of the last place of the smallest numbers */
	return (double)(off / fabsl(truth));
}

struct worst {
	struct text names[32];
	double errors[32];
	int rows[32], count, all;
};

static void note(struct worst *w, struct text name, double error)
{
	int i = 0;

	while (i < w->count && !text_eq(w->names[i], name))
		i++;
	assert_true(i < 32);
	if (i == w->count)
		w->names[w->count++] = (struct text){ strndup(name.at, name.length), name.length };
	w->errors[i] = fmax(w->errors[i], error);
	w->rows[i]++;
	w->all++;
}

/* The tail asked for alone, and the exact density, which are another way */
static double value_otherwise(const struct text *row)
{
	struct distribution d = distribution_in(row);

	if (row[FUNCTION].at[0] == 'd')
		return distribution_exact_density(&d, a_number(row[A1]));
	return distribution_tail(&d, text_is(row[LOWER_TAIL], "1") ? LOWER : UPPER, a_number(row[A1]));
}

static bool has_another_way(const struct text *row)
{
	return (row[FUNCTION].at[0] == 'p' || row[FUNCTION].at[0] == 'd') && !text_is(row[FUNCTION], "pkolmogorov_limit") && !text_is(row[LOG], "1");
}

static int hold(struct text line, struct worst *worst)
{
	struct text row[FIELDS], rest = line;
	double value, error;

	for (int i = 0; i < FIELDS; i++)
		row[i] = text_cut(&rest, ',');
	value = value_of(row);
	error = error_of(row, value);
	if (error <= allowed(row) && has_another_way(row)) {
		value = value_otherwise(row);
		error = fmax(error, error_of(row, value));
	}
	note(worst, row[FUNCTION], error);
	if (error <= allowed(row))
		return 0;
	print_error("%.*s: got %.17g, off by %.2g\n", TEXT_ARG(line), value, error);
	return 1;
}

static gzFile truth_open(void)
{
	const char *source = getenv("ZHIFANG_SOURCE");
	char path[4096];

	snprintf(path, sizeof path, "%s/../shared/data/mining/truth/dist_truth.csv.gz", source ? source : ".");
	return gzopen(path, "rb");
}

static void every_row_of_the_truth_is_held(void **state)
{
	gzFile file = truth_open();
	struct worst worst = { 0 };
	char line[512];
	int wrong = 0;

	(void)state;
	if (!file) {
		print_message("[ SKIPPED ] ../shared/data/mining/truth/dist_truth.csv.gz is not beside the source\n");
		skip();
	}
	assert_non_null(gzgets(file, line, sizeof line));
	while (gzgets(file, line, sizeof line))
		wrong += hold(text_trim(text_of(line)), &worst);
	gzclose(file);
	for (int i = 0; i < worst.count; i++) {
		print_message("%-18.*s %4d rows, worst error %.2g\n", TEXT_ARG(worst.names[i]), worst.rows[i], worst.errors[i]);
		free((char *)worst.names[i].at);
	}
	assert_int_equal(worst.all, 6073);
	assert_int_equal(wrong, 0);
}

/* ---- without the file ---- */

#define assert_near(value, truth, relative) \
	do { \
		real value_ = (value), truth_ = (truth); \
		if (!(fabsl(value_ - truth_) <= (relative) * fabsl(truth_))) { \
			print_error("got %.17Lg, wanted %.17Lg\n", value_, truth_); \
			_fail(__FILE__, __LINE__); \
		} \
	} while (0)

static void variance_is_not_deviation(void **state)
{
	struct distribution d;

	(void)state;
	assert_done(normal_of_variance(10, 5, &d));
	assert_near(distribution_tails(&d, 15).upper, 0.01267365933873413L, 1e-15L);
	assert_done(normal_of_sd(10, 5, &d));
	assert_near(distribution_tails(&d, 15).upper, 0.158655253931457L, 1e-14L);
	assert_done(poisson_of(10, &d));
	assert_near(distribution_tails(&d, 15).upper, 0.0487404033L, 1e-8L);
}

/* The mass of a count is the step of its distribution: two formulas that share little. */
static void masses_are_steps(void **state)
{
	struct distribution d[4];

	(void)state;
	assert_done(bernoulli_of(.3, &d[0]));
	assert_done(binomial_of(40, .125, &d[1]));
	assert_done(poisson_of(7.25, &d[2]));
	assert_done(negative_binomial_of(2.5, .25, &d[3]));
	for (int i = 0; i < 4; i++) {
		real sum = 0;

		for (int k = 0; k <= (i ? 40 : 1); k++) {
			sum += distribution_density(&d[i], k);
			assert_near(distribution_tails(&d[i], k).lower, sum, 1e-15L);
			assert_near(distribution_log_density(&d[i], k), logl(distribution_density(&d[i], k)), 1e-13L);
		}
		assert_true(distribution_density(&d[i], .5) == 0 && distribution_density(&d[i], -1) == 0);
	}
}

/* P(x - h < X <= x + h), from the tail that is small there */
static real between(const struct distribution *d, double x, double h)
{
	struct tails below = distribution_tails(d, x - h), above = distribution_tails(d, x + h);

	return below.lower < .5L ? above.lower - below.lower : below.upper - above.upper;
}

/* Density against the slope of the distribution (five points, so the step's error is of its fourth power). */
static void densities_are_slopes(void **state)
{
	struct distribution d[6];
	const real h = 0x1p-12L;

	(void)state;
	assert_done(normal_of_variance(1, 3, &d[0]));
	assert_done(student_of(.5, &d[1]));
	assert_done(student_of(1e6, &d[2]));
	assert_done(chi_square_of(1, &d[3]));
	assert_done(chi_square_of(6, &d[4]));
	assert_done(fisher_of(3, 8, &d[5]));
	for (int i = 0; i < 6; i++) {
		for (double x = .5; x < 6; x += .5) {
			real near = between(&d[i], x, (double)h), wide = between(&d[i], x, 2 * (double)h);

			assert_near(distribution_density(&d[i], x), (8 * near - wide) / (12 * h), 1e-11L);
		}
	}
}

/* A failure's count with size 1 is the geometric one: P(X > k) = (1 - p)^(k + 1). */
static void geometric_is_a_negative_binomial(void **state)
{
	struct distribution d;
	double x;

	(void)state;
	assert_done(negative_binomial_of(1, .25, &d));
	for (int k = 0; k < 200; k++) {
		assert_near(distribution_tails(&d, k).log_upper, (k + 1) * logl(.75L), 1e-17L);
		assert_near(distribution_density(&d, k), .25L * powl(.75L, k), 1e-15L);
	}
	assert_done(distribution_quantile(&d, LOWER, .9, &x));
	assert_true(x == 8); /* .75^9 = .075, .75^8 = .1001 */
	assert_near(distribution_mean(&d), 3, 1e-16L);
	assert_near(distribution_variance(&d), 12, 1e-16L);
}

static void edges_have_answers(void **state)
{
	struct distribution d;
	double x;

	(void)state;
	assert_done(binomial_of(5, 0, &d));
	assert_true(distribution_density(&d, 0) == 1 && distribution_tails(&d, 0).upper == 0);
	assert_done(binomial_of(0, .5, &d));
	assert_true(distribution_density(&d, 0) == 1 && distribution_tails(&d, -1).lower == 0);
	assert_done(binomial_of(5, 1, &d));
	assert_true(distribution_density(&d, 5) == 1 && distribution_tails(&d, 4).lower == 0);
	assert_done(distribution_quantile(&d, LOWER, .5, &x));
	assert_true(x == 5);
	assert_done(chi_square_of(2, &d));
	assert_near(distribution_density(&d, 0), .5L, 1e-16L);
	assert_true(distribution_tails(&d, INFINITY).upper == 0 && distribution_tails(&d, -3).lower == 0);
	assert_done(distribution_quantile(&d, LOWER, 1, &x));
	assert_true(isinf(x));
	assert_done(student_of(4.5, &d));
	assert_done(distribution_quantile(&d, LOWER, .5, &x));
	assert_true(x == 0);
	assert_done(student_of(1e12, &d));
	assert_near(distribution_tails(&d, 2).upper, num_normal(2).upper, 1e-10L);
	assert_done(negative_binomial_of(.0089, 2e-14, &d)); /* counts beyond 2^53, where doubles are no longer one apart */
	assert_done(distribution_quantile(&d, UPPER, 1e-134, &x));
	assert_true(x > 0x1p53 && distribution_tails(&d, x).upper <= 1e-134L && distribution_tails(&d, x - 4).upper > 1e-134L);
	assert_done(normal_of_sd(0, 1, &d));
	assert_true(distribution_tails(&d, 1e300).upper == 0 && isfinite(distribution_tails(&d, 1e100).log_upper));
}

static void what_makes_none_is_refused(void **state)
{
	struct distribution d = { .a = 77 };
	double x = 77;

	(void)state;
	assert_problem(normal_of_sd(0, -1, &d), distribution_unfit);
	assert_problem(normal_of_sd(0, 0, &d), distribution_unfit);
	assert_problem(normal_of_variance(NAN, 1, &d), distribution_unfit);
	assert_problem(normal_of_sd(0, INFINITY, &d), distribution_unfit);
	assert_problem(bernoulli_of(1.1, &d), distribution_unfit);
	assert_problem(binomial_of(2.5, .5, &d), distribution_unfit);
	assert_problem(binomial_of(10, NAN, &d), distribution_unfit);
	assert_problem(poisson_of(0, &d), distribution_unfit);
	assert_problem(poisson_of(1e13, &d), distribution_unfit);
	assert_problem(negative_binomial_of(1, 0, &d), distribution_unfit);
	assert_problem(student_of(NAN, &d), distribution_unfit);
	assert_problem(chi_square_of(1e-4, &d), distribution_unfit);
	assert_problem(chi_square_of(-1, &d), distribution_unfit);
	assert_problem(fisher_of(1, 0, &d), distribution_unfit);
	assert_true(d.a == 77);
	assert_done(normal_of_sd(0, 1, &d));
	assert_problem(distribution_quantile(&d, LOWER, 1.5, &x), probability_unfit);
	assert_problem(distribution_quantile(&d, LOWER, NAN, &x), probability_unfit);
	assert_problem(distribution_log_quantile(&d, UPPER, .1, &x), probability_unfit);
	assert_true(x == 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_of_the_truth_is_held),
		cmocka_unit_test(variance_is_not_deviation),
		cmocka_unit_test(masses_are_steps),
		cmocka_unit_test(densities_are_slopes),
		cmocka_unit_test(geometric_is_a_negative_binomial),
		cmocka_unit_test(edges_have_answers),
		cmocka_unit_test(what_makes_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
