/* means.c - tests of means: Student (Biometrika 6, 1908), Welch (Biometrika 34, 1947; 38, 1951), Fisher's analysis of variance. */
#include "stats/inference_parts.h"

#include <math.h>

/* Mean, and the sum of squares about it, in two passes; what only rounding makes is 0 */
struct spread {
	real n, mean, squares;
};

static bool spread_of(struct sample s, struct spread *ret)
{
	real sum = 0, squares = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (!isfinite(s.x[i]))
			return false;
		sum += s.x[i];
	}
	sum /= (real)s.n;
	for (size_t i = 0; i < s.n; i++)
		squares += (s.x[i] - sum) * (s.x[i] - sum);
	*ret = (struct spread){ (real)s.n, sum, real_is_rounding(squares, (real)s.n * sum * sum) ? 0 : squares };
	return s.n > 0;
}

static real variance(struct spread s) { return s.squares / (s.n - 1); }

/* t = (estimate - expected) / error */
static problem by_student(real estimate, real expected, real error, real freedom, double level, struct finding *ret)
{
	struct distribution t;
	double at = NAN;

	if (!(level > 0 && level < 1))
		return &level_unfit;
	if (!(error > 0) || student_of((double)freedom, &t) || distribution_quantile(&t, UPPER, (1 - level) / 2, &at))
		return &sample_unfit;
	*ret = finding__none();
	ret->verdict.statistic = (double)((estimate - expected) / error);
	ret->verdict.freedom = (double)freedom;
	finding__by_t(&t, ret);
	ret->estimate = (double)estimate;
	ret->within = (struct interval){ (double)(estimate - at * error), (double)(estimate + at * error) };
	return NULL;
}

problem test_mean(struct sample x, double mean, double level, struct finding *ret)
{
	struct spread s;

	if (x.n < 2)
		return &sample_short;
	if (!isfinite(mean) || !spread_of(x, &s))
		return &sample_unfit;
	if (s.squares == 0)
		return &sample_constant;
	return by_student(s.mean, mean, sqrtl(variance(s) / s.n), s.n - 1, level, ret);
}

problem test_pairs(struct arena *arena, struct sample x, const double *y, double level, struct finding *ret)
{
	double *difference = ARENA_ARRAY(arena, double, x.n);

	sample_differences(x, y, difference);
	return test_mean((struct sample){ difference, x.n }, 0, level, ret);
}

/* Unequal: error^2 = v1/n1 + v2/n2, freedom = error^4 / sum of (v/n)^2 / (n - 1). Equal: v from both together. */
problem test_means(struct sample a, struct sample b, enum variances variances, double level, struct finding *ret)
{
	struct spread s, t;
	real u, v, freedom;

	if (a.n < 2 || b.n < 2)
		return &sample_short;
	if (!spread_of(a, &s) || !spread_of(b, &t))
		return &sample_unfit;
	if (s.squares == 0 && t.squares == 0)
		return &sample_groups_constant;
	u = variance(s) / s.n;
	v = variance(t) / t.n;
	freedom = (u + v) * (u + v) / (u * u / (s.n - 1) + v * v / (t.n - 1));
	if (variances == EQUAL) {
		freedom = s.n + t.n - 2;
		u = (s.squares + t.squares) / freedom * (1 / s.n + 1 / t.n);
		v = 0;
	}
	return by_student(s.mean - t.mean, 0, sqrtl(u + v), freedom, level, ret);
}

static problem by_fisher(real f, real above, real below, struct finding *ret)
{
	struct distribution d;
	struct tails p;

	if (!isfinite(f) || fisher_of((double)above, (double)below, &d))
		return &sample_unfit;
	*ret = finding__none();
	p = distribution_tails(&d, fmax((double)f, 0));
	ret->verdict = (struct verdict){ (double)f, (double)above, (double)p.upper, (double)p.log_upper };
	ret->freedom_below = (double)below;
	return NULL;
}

/* F = (between / (k - 1)) / (within / (n - k)) */
static problem anova(const struct sample *groups, size_t k, struct finding *ret)
{
	real n = 0, mean = 0, within = 0, between = 0, number = (real)k;
	struct spread s;
	problem why;

	for (size_t i = 0; i < k; i++) {
		if (!spread_of(groups[i], &s))
			return &sample_unfit;
		n += s.n;
		mean += s.n * s.mean;
		within += s.squares;
	}
	mean /= n;
	for (size_t i = 0; i < k && spread_of(groups[i], &s); i++)
		between += s.n * (s.mean - mean) * (s.mean - mean);
	if (n <= number)
		return &sample_short;
	if (within == 0)
		return &sample_groups_constant;
	why = by_fisher(between / (number - 1) / (within / (n - number)), number - 1, n - number, ret);
	if (!why)
		ret->estimate = (double)(between / (between + within));
	return why;
}

/* Welch 1951: weights w = n / v */
static problem anova_unequal(const struct sample *groups, size_t k, struct finding *ret)
{
	real weights = 0, mean = 0, between = 0, lambda = 0, number = (real)k;
	struct spread s;

	for (size_t i = 0; i < k; i++) {
		if (groups[i].n < 2)
			return &sample_short;
		if (!spread_of(groups[i], &s))
			return &sample_unfit;
		if (s.squares == 0)
			return &sample_group_constant;
		weights += s.n / variance(s);
		mean += s.n / variance(s) * s.mean;
	}
	mean /= weights;
	for (size_t i = 0; i < k && spread_of(groups[i], &s); i++) {
		real w = s.n / variance(s), rest = 1 - w / weights;

		between += w * (s.mean - mean) * (s.mean - mean);
		lambda += rest * rest / (s.n - 1);
	}
	lambda /= number * number - 1;
	return by_fisher(between / (number - 1) / (1 + 2 * (number - 2) * lambda), number - 1, 1 / (3 * lambda), ret);
}

problem test_groups(const struct sample *groups, size_t k, enum variances variances, struct finding *ret)
{
	if (k < 2)
		return &sample_unfit;
	return variances == EQUAL ? anova(groups, k, ret) : anova_unequal(groups, k, ret);
}
