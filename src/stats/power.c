/* power.c - many tests at once: p that still means what it says; and before a test: how many rows it wants.
 * Holm (1979), Benjamini and Hochberg (1995), Benjamini and Yekutieli (2001); Cohen, Statistical Power Analysis (2nd ed. 1988). */
#include "stats/inference_parts.h"

#include <math.h>
#include <stdlib.h>

/* ---- many at once ---- */

struct ranked {
	double p;
	size_t at;
};

static int by_p(const void *a, const void *b)
{
	double x = ((const struct ranked *)a)->p, y = ((const struct ranked *)b)->p;

	return (x > y) - (x < y);
}

/* Holm goes up: the i-th smallest times n - i, never below the one before. */
static void holm(const struct ranked *sorted, size_t n, double *ret)
{
	double least = 0;

	for (size_t i = 0; i < n; i++) {
		least = fmax(least, fmin(1, sorted[i].p * (double)(n - i)));
		ret[sorted[i].at] = least;
	}
}

/* The false discovery rate goes down: the i-th smallest times n / i, never above the one behind it. */
static void discovery(const struct ranked *sorted, size_t n, double harmonic, double *ret)
{
	double most = 1;

	for (size_t i = n; i-- > 0;) {
		most = fmin(most, sorted[i].p * (double)n / (double)(i + 1) * harmonic);
		ret[sorted[i].at] = most;
	}
}

problem correct_p(struct arena *arena, struct sample p, enum correction how, double *ret)
{
	struct ranked *sorted = ARENA_ARRAY(arena, struct ranked, p.n);
	double harmonic = 0;

	for (size_t i = 0; i < p.n; i++) {
		if (!(p.x[i] >= 0 && p.x[i] <= 1))
			return &probability_unfit;
		sorted[i] = (struct ranked){ p.x[i], i };
		harmonic += 1 / (double)(i + 1);
	}
	if (p.n)
		qsort(sorted, p.n, sizeof *sorted, by_p);
	switch (how) {
	case BONFERRONI:
		for (size_t i = 0; i < p.n; i++)
			ret[i] = fmin(1, p.x[i] * (double)p.n);
		break;
	case HOLM: holm(sorted, p.n, ret); break;
	case BENJAMINI_HOCHBERG: discovery(sorted, p.n, 1, ret); break;
	case BENJAMINI_YEKUTIELI: discovery(sorted, p.n, harmonic, ret); break;
	}
	return NULL;
}

/* ---- power ---- */

const struct problem power_unfit = {
	422, "power-unfit", "Shares lie between 0 and 1 and differ, means differ and vary; rows are 1 or more, of means 2; power lies between the level and 1."
};

static bool is_chance(double p) { return p > 0 && p < 1; }

/* P(Z > (z sqrt(2 p q) - |p1 - p2| sqrt n) / sqrt(p1 q1 + p2 q2)), the side that is not meant left out */
problem power_of_proportions(double n, const double p[2], double significance, double *ret)
{
	real both = (real)p[0] + p[1], off = fabsl((real)p[0] - p[1]);

	if (!(n >= 1 && isfinite(n)) || !is_chance(p[0]) || !is_chance(p[1]) || p[0] == p[1])
		return &power_unfit;
	if (!is_chance(significance))
		return &level_unfit;
	*ret = (double)num_normal((sqrtl(n) * off - finding__normal(1 - significance) * sqrtl(both * (1 - both / 2))) /
	                          sqrtl(p[0] * (1 - (real)p[0]) + p[1] * (1 - (real)p[1])))
	               .lower;
	return NULL;
}

/* P(T > t) of t with an effect: the mean of P(Z > t s - effect) over s, s^2 f chi-square with f, by Simpson's rule where s has its mass. */
static real student_with_effect(real t, real freedom, real effect)
{
	struct distribution chi_square;
	real width = 12 / sqrtl(2 * freedom), from = fmaxl(1e-9L, 1 - width), to = 1 + width + 3 / freedom, sum = 0, step;
	enum { STEPS = 4000 };

	if (chi_square_of((double)freedom, &chi_square))
		return NAN;
	step = (to - from) / STEPS;
	for (int i = 0; i <= STEPS; i++) {
		real s = from + step * i, weight = i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2;
		real density = 2 * freedom * s * expl(distribution_log_density(&chi_square, (double)(freedom * s * s)));

		sum += weight * density * num_normal(t * s - effect).upper;
	}
	return sum * step / 3;
}

/* The test of two means with one variance: effect = difference / sd sqrt(n / 2), freedom 2 (n - 1) */
problem power_of_means(double n, double difference, double sd, double significance, double *ret)
{
	struct distribution t;
	double at = NAN;

	if (!(n >= 2 && n <= 1e9) || !(sd > 0) || !isfinite(sd) || !isfinite(difference) || difference == 0)
		return &power_unfit;
	if (!is_chance(significance))
		return &level_unfit;
	if (student_of(2 * (n - 1), &t) || distribution_quantile(&t, UPPER, significance / 2, &at))
		return &power_unfit;
	*ret = (double)student_with_effect(at, 2 * ((real)n - 1), sqrtl((real)n / 2) * fabsl((real)difference / sd));
	return NULL;
}

/* ---- rows ---- */

struct wanted {
	const double *p;
	double difference, sd, significance;
};

static problem power_at(const struct wanted *w, double n, double *ret)
{
	return w->p ? power_of_proportions(n, w->p, w->significance, ret) : power_of_means(n, w->difference, w->sd, w->significance, ret);
}

/* Power grows with n: by halving between 2 and 1e9, in the logarithm. */
static problem rows_for(const struct wanted *w, double power, double *ret)
{
	double low = 2, high = 1e9, now;
	problem why = power_at(w, high, &now);

	if (why)
		return why;
	if (!is_chance(power) || now < power)
		return &power_unfit;
	for (int i = 0; i < 60; i++) {
		double middle = sqrt(low * high);

		why = power_at(w, middle, &now);
		if (why)
			return why;
		if (now < power)
			low = middle;
		else
			high = middle;
	}
	*ret = high;
	return NULL;
}

problem rows_for_proportions(double power, const double p[2], double significance, double *ret)
{
	return rows_for(&(struct wanted){ .p = p, .significance = significance }, power, ret);
}

problem rows_for_means(double power, double difference, double sd, double significance, double *ret)
{
	return rows_for(&(struct wanted){ NULL, difference, sd, significance }, power, ret);
}
