/* quick_test.c - what is answered in doubles against what is answered in `real`, which the truth holds (stats_test.c): random parameters of
 * all sizes, arguments from the middle to the tails, and probabilities right at the steps of a count. */
#include "stats/quick.h"

#include <math.h>

#include "num/random.h"
#include "stats/testing.h"

enum { ROUNDS = 20000 };

/* From `low` to `high`, as many in each power of ten; half of them whole or halves where there are such */
static double any_size(struct random *r, double low, double high)
{
	double x = exp(log(low) + random_unit(r) * log(high / low));

	return x > .5 && random_below(r, 2) ? floor(2 * x) / 2 : x;
}

static struct distribution any_distribution(struct random *r)
{
	struct distribution d = { 0 };
	double n = any_size(r, .001, 1e5), m = any_size(r, .001, 1e5), p = random_below(r, 2) ? random_unit(r) : any_size(r, 1e-9, 1);

	switch (random_below(r, 6)) {
	case 0: assert_done(binomial_of(ceil(n), p, &d)); break;
	case 1: assert_done(normal_of_sd(random_unit(r) * 20 - 10, n, &d)); break;
	case 2: assert_done(poisson_of(n, &d)); break;
	case 3: assert_done(student_of(n, &d)); break;
	case 4: assert_done(chi_square_of(n, &d)); break;
	default: assert_done(fisher_of(n, m, &d)); break;
	}
	return d;
}

/* A place where something lies: of a measure its quantile, of a count about its mean */
static double any_place(struct random *r, const struct distribution *d)
{
	double x = 0;

	if (distribution_is_discrete(d))
		return floor(distribution_mean(d) + (random_unit(r) * 20 - 10) * sqrt(distribution_variance(d)));
	assert_done(distribution_quantile(d, random_below(r, 2) ? LOWER : UPPER, exp(-random_unit(r) * 50), &x));
	return x;
}

static const char *const names[] = { "binomial", "normal", "Poisson", "negative binomial", "Student", "chi-square", "F" };

struct worst {
	double error;
	int asked, said;
};

static void note(struct worst *w, bool said, double got, double wanted)
{
	w->asked++;
	w->said += said;
	if (!said)
		return;
	w->error = fmax(w->error, fabs(got / wanted - 1));
	assert_within(got, wanted, 5e-14);
}

static void doubles_say_what_real_says(void **state)
{
	struct worst tail[7] = { { 0, 0, 0 } }, density[7] = { { 0, 0, 0 } };

	(void)state;
	for (uint64_t i = 0; i < ROUNDS; i++) {
		struct random r = random_of(1, i);
		struct distribution d = any_distribution(&r);
		double x = any_place(&r, &d), got = 0;
		struct tails t = distribution_tails(&d, x);
		bool said = quick_tail(&d, LOWER, x, &got);

		note(&tail[d.family], said, got, (double)t.lower);
		said = quick_tail(&d, UPPER, x, &got);
		note(&tail[d.family], said, got, (double)t.upper);
		said = quick_density(&d, x, &got);
		note(&density[d.family], said, got, distribution_exact_density(&d, x));
	}
	for (int f = 0; f < 7; f++) {
		print_message("%-18s tails: %d of %d, worst %.2g; densities: %d of %d, worst %.2g\n", names[f], tail[f].said, tail[f].asked,
		              tail[f].error, density[f].said, density[f].asked, density[f].error);
		assert_true(f == NEGATIVE_BINOMIAL || tail[f].said > tail[f].asked / 4);
	}
}

/* The first count whose tail has reached it, by the tails in `real` */
static void assert_is_first(const struct distribution *d, enum tail tail, double p, double k)
{
	struct tails at = distribution_tails(d, k), before = distribution_tails(d, k - 1);

	assert_true(tail == LOWER ? at.lower >= p && before.lower < p : at.upper <= p && before.upper > p);
}

static void counts_are_the_right_ones(void **state)
{
	int asked = 0, said = 0;

	(void)state;
	for (uint64_t i = 0; i < ROUNDS; i++) {
		struct random r = random_of(2, i);
		struct distribution d = any_distribution(&r);
		double p = random_below(&r, 2) ? random_unit(&r) : exp(-random_unit(&r) * 45), k;
		enum tail tail = random_below(&r, 2) ? LOWER : UPPER;

		if (!distribution_is_discrete(&d))
			continue;
		asked++;
		if (!quick_quantile(&d, tail, p, &k))
			continue;
		said++;
		assert_is_first(&d, tail, p, k);
	}
	print_message("%d of %d\n", said, asked);
	assert_true(said > asked / 2);
}

/* A probability that is a step's, or the next double to it: said is the right one, or nothing. */
static void steps_are_not_guessed(void **state)
{
	struct distribution d[2];

	(void)state;
	assert_done(binomial_of(31, .5, &d[0]));
	assert_done(poisson_of(10, &d[1]));
	for (int f = 0; f < 2; f++) {
		for (double at = 3; at < 28; at++) {
			double step = (double)distribution_tails(&d[f], at).lower, k;

			for (int side = -1; side <= 1; side++) {
				double p = side < 0 ? nextafter(step, 0) : side > 0 ? nextafter(step, 1) : step;

				assert_true(p > .5 || !quick_quantile(&d[f], LOWER, p, &k));
				if (quick_quantile(&d[f], LOWER, p, &k)) /* 1 - p is rounded more than the tail above it */
					assert_is_first(&d[f], LOWER, p, k);
			}
		}
	}
}

static void normal_quantiles_are_exact_to_the_last_digits(void **state)
{
	struct distribution d;
	double x = 0;

	(void)state;
	assert_done(normal_of_sd(0, 1, &d));
	for (uint64_t i = 0; i < ROUNDS; i++) {
		struct random r = random_of(3, i);
		double p = random_below(&r, 2) ? random_unit(&r) : exp(-random_unit(&r) * 45);
		real slope;

		if (!quick_quantile(&d, LOWER, p, &x))
			continue;
		slope = expl(-(real)x * x / 2) / 2.5066282746310005024L; /* one step of Newton's tells how far off it is */
		assert_true(fabsl((distribution_tails(&d, x).lower - p) / slope) <= 1e-15L * fabsl(x));
	}
}

static void edges_are_not_for_doubles(void **state)
{
	struct distribution d;
	double x = 77;

	(void)state;
	assert_done(normal_of_sd(0, 1, &d));
	assert_false(quick_tail(&d, LOWER, -INFINITY, &x) || quick_tail(&d, UPPER, 20, &x) || quick_quantile(&d, LOWER, 0, &x) || quick_quantile(&d, LOWER, 1, &x));
	assert_false(quick_tail(&d, LOWER, NAN, &x) || quick_density(&d, NAN, &x) || quick_quantile(&d, LOWER, NAN, &x));
	assert_done(normal_of_sd(1000, 1, &d)); /* mean and deviation cancel */
	assert_false(quick_quantile(&d, LOWER, 1e-300, &x));
	assert_done(binomial_of(5, 1, &d));
	assert_false(quick_tail(&d, LOWER, 3, &x) || quick_density(&d, 3, &x) || quick_quantile(&d, LOWER, .5, &x));
	assert_done(binomial_of(5, .5, &d));
	assert_false(quick_tail(&d, LOWER, 5, &x) || quick_tail(&d, LOWER, 0, &x) || quick_density(&d, 2.5, &x));
	assert_done(poisson_of(1e6, &d));
	assert_false(quick_tail(&d, LOWER, 1e6, &x));
	assert_done(student_of(5, &d));
	assert_false(quick_tail(&d, LOWER, 0, &x) || quick_tail(&d, UPPER, 1e300, &x));
	assert_true(x == 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_say_what_real_says),
		cmocka_unit_test(counts_are_the_right_ones),
		cmocka_unit_test(steps_are_not_guessed),
		cmocka_unit_test(normal_quantiles_are_exact_to_the_last_digits),
		cmocka_unit_test(edges_are_not_for_doubles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
