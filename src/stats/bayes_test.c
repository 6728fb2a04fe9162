/* bayes_test.c - Bayes' rule by hand, shares against R 4.2.2's qbeta, and the sessions' P(purchase | 10 product pages). */
#include "stats/bayes.h"

#include "stats/testing.h"

/* A test that finds 99 of 100 ill and 5 of 100 healthy, of whom 1 in 100 is ill: .0099 / (.0099 + .0495) = 1/6 */
static void the_rule_by_hand(void **state)
{
	double posterior[2], evidence;

	(void)state;
	assert_done(bayes_rule((double[]){ .01, .99 }, (double[]){ .99, .05 }, 2, posterior, &evidence));
	assert_within(posterior[0], 1 / 6., 1e-15);
	assert_within(posterior[1], 5 / 6., 1e-15);
	assert_within(evidence, .0594, 1e-15);
	assert_problem(bayes_rule((double[]){ .5, .6 }, (double[]){ .1, .1 }, 2, posterior, &evidence), probability_unfit);
	assert_problem(bayes_rule((double[]){ .5, .5 }, (double[]){ 0, 0 }, 2, posterior, &evidence), probability_unfit);
	assert_problem(bayes_rule((double[]){ .5, .5 }, (double[]){ .1, NAN }, 2, posterior, &evidence), probability_unfit);
}

static void shares_are_beta(void **state)
{
	struct belief b;

	(void)state;
	assert_done(bayes_share(50, 330, PRIOR_JEFFREYS, .95, &b));
	assert_within(b.mean, 50.5 / 331, 1e-15);
	assert_near(b.within.low, 0.11593982177512334);
	assert_near(b.within.high, 0.19317022388867700);
	assert_done(bayes_share(0, 0, PRIOR_JEFFREYS, .95, &b)); /* the arc sine: sin^2 of .025 and .975 of a right angle */
	assert_within(b.within.low, pow(sin(.025 * acos(0)), 2), 1e-12);
	assert_within(b.within.high, pow(sin(.975 * acos(0)), 2), 1e-12);
	assert_problem(bayes_share(3, 2, PRIOR_JEFFREYS, .95, &b), sample_unfit);
	assert_problem(bayes_share(1, 2, (struct prior){ 0, 1 }, .95, &b), sample_unfit);
	assert_problem(bayes_share(1, 2, PRIOR_JEFFREYS, 1, &b), level_unfit);
}

static double is_true(const char *word) { return !strcmp(word, "TRUE"); }

static void purchases_after_ten_pages(void **state)
{
	static double pages[12330], bought[12330];
	struct cell cells[] = { { 10, 10 }, { 6, 10 } };
	size_t n = mining_column("tabular/online_shoppers_intention.csv.gz", ',', 4, NULL, pages);

	(void)state;
	if (!n)
		skip();
	mining_column("tabular/online_shoppers_intention.csv.gz", ',', 17, is_true, bought);
	bayes_count(pages, bought, n, cells, 2);
	assert_true(cells[0].happened == 50 && cells[0].n == 330);
	assert_true(cells[1].happened == 185 && cells[1].n == 1804);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rule_by_hand),
		cmocka_unit_test(shares_are_beta),
		cmocka_unit_test(purchases_after_ten_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
