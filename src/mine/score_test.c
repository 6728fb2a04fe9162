/* score_test.c - scores against examples of scikit-learn's pages, and against counting all pairs. */
#include "mine/score.h"

#include "num/random.h"
#include "stats/testing.h"

static void examples_of_others(void **state)
{
	static const unsigned char label[] = { 0, 0, 1, 1 }, brier_label[] = { 0, 1, 1, 0 };
	struct score s;

	(void)state;
	assert_done(score_chances((double[]){ .1, .4, .35, .8 }, label, 4, &s));
	assert_near(s.auc, .75);
	assert_near(s.average_precision, .8333333333333333);
	assert_near(s.accuracy, .75);
	assert_near(s.f1, 2. / 3);
	assert_near(s.lift, 2);
	assert_done(score_chances((double[]){ .1, .9, .8, .3 }, brier_label, 4, &s));
	assert_near(s.brier, .0375);
	assert_near(s.log_loss, -(log(.9) + log(.9) + log(.8) + log(.7)) / 4);
	assert_near(s.ece, (.1 + .1 + .2 + .3) / 4);
	assert_int_equal(s.bin[3].rows, 1);
	assert_near(s.bin[3].said, .3);
}

static void auc_and_precision_are_those_of_all_pairs(void **state)
{
	enum { N = 300 };
	struct random r = random_of(7, 0);
	double p[N], pairs = 0, of = 0, precision = 0;
	unsigned char label[N];
	struct score s;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		p[i] = random_below(&r, 20) / 20.;
		label[i] = random_unit(&r) < p[i];
	}
	for (size_t i = 0; i < N; i++) {
		double above = 0, ones = 0;

		for (size_t j = 0; j < N; j++) {
			above += p[j] >= p[i];
			ones += p[j] >= p[i] && label[j];
			if (!label[i] || label[j])
				continue;
			of++;
			pairs += p[i] > p[j] ? 1 : p[i] < p[j] ? 0 : .5;
		}
		precision += label[i] ? ones / above : 0;
	}
	assert_done(score_chances(p, label, N, &s));
	assert_near(s.auc, pairs / of);
	assert_near(s.average_precision, precision / (double)s.positives);
	for (size_t i = 0; i < N; i++)
		p[i] = 3 * p[i] - 1;
	assert_done(score_ranking(p, label, N, &s));
	assert_near(s.auc, pairs / of);
	assert_true(isnan(s.log_loss));
}

/* Twenty rows, two of them in the tenth; three tie for its two places, two of them positive. */
static void ties_share_the_top_tenth(void **state)
{
	double p[20] = { .9, .9, .9 };
	unsigned char label[20] = { 1, 1, 0, 1, 1 };
	struct score s;

	(void)state;
	assert_done(score_chances(p, label, 20, &s));
	assert_near(s.lift, (2. / 3) / (4. / 20));
}

static void what_cannot_be_judged_is_refused_or_said(void **state)
{
	static const unsigned char ones[] = { 1, 1 };
	struct score s;

	(void)state;
	assert_problem(score_chances(NULL, NULL, 0, &s), score_unfit);
	assert_problem(score_chances((double[]){ .5, 1.5 }, ones, 2, &s), score_unfit);
	assert_problem(score_chances((double[]){ .5, NAN }, ones, 2, &s), score_unfit);
	assert_problem(score_ranking((double[]){ .5, NAN }, ones, 2, &s), score_unfit);
	assert_done(score_chances((double[]){ 0, 1 }, ones, 2, &s));
	assert_true(isnan(s.auc) && isnan(s.lift) && isnan(s.average_precision));
	assert_near(s.log_loss, 26 * log(2));
}

static void folds_hold_whole_groups_and_like_numbers(void **state)
{
	enum { N = 1000, GROUPS = 90, FOLDS = 5 };
	unsigned group[N], fold[N], again[N], of[GROUPS];
	struct random r = random_of(3, 0);
	size_t held[FOLDS] = { 0 };

	(void)state;
	memset(of, 255, sizeof of);
	for (size_t i = 0; i < N; i++)
		group[i] = i < GROUPS ? (unsigned)i : random_below(&r, GROUPS);
	score_folds(group, N, GROUPS, FOLDS, 1, fold);
	for (size_t i = 0; i < N; i++) {
		assert_true(fold[i] < FOLDS && (of[group[i]] == ~0u || of[group[i]] == fold[i]));
		of[group[i]] = fold[i];
		held[fold[i]]++;
	}
	for (size_t k = 0; k < FOLDS; k++)
		assert_true(held[k] >= N / FOLDS - 10 && held[k] <= N / FOLDS + 10);
	score_folds(group, N, GROUPS, FOLDS, 1, again);
	assert_memory_equal(fold, again, sizeof fold);
	score_folds(group, N, GROUPS, FOLDS, 2, again);
	assert_memory_not_equal(fold, again, sizeof fold);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_of_others),
		cmocka_unit_test(auc_and_precision_are_those_of_all_pairs),
		cmocka_unit_test(ties_share_the_top_tenth),
		cmocka_unit_test(what_cannot_be_judged_is_refused_or_said),
		cmocka_unit_test(folds_hold_whole_groups_and_like_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
