/* ranks.c - tests that look at the order of values only. Mann and Whitney (1947), Wilcoxon (1945), Kruskal and Wallis (1952), each as in
 * Hollander and Wolfe, Nonparametric Statistical Methods (2nd ed. 1999); Shapiro and Wilk (1965) by Royston's AS R94 (1995). */
#include "stats/inference_parts.h"

#include <math.h>
#include <stdlib.h>

enum { EXACT_BELOW = 50 };

/* ---- ranks ---- */

struct placed {
	double x;
	size_t at;
};

static int by_value(const void *a, const void *b)
{
	double x = ((const struct placed *)a)->x, y = ((const struct placed *)b)->x;

	return (x > y) - (x < y);
}

real ranks_of(struct arena *arena, struct sample s, double *ranks)
{
	struct placed *sorted = ARENA_ARRAY(arena, struct placed, s.n);
	real ties = 0;

	for (size_t i = 0; i < s.n; i++)
		sorted[i] = (struct placed){ s.x[i], i };
	if (s.n)
		qsort(sorted, s.n, sizeof *sorted, by_value);
	for (size_t i = 0, end; i < s.n; i = end) {
		real equal;

		for (end = i + 1; end < s.n && sorted[end].x == sorted[i].x; end++)
			;
		equal = (real)(end - i);
		ties += equal * equal * equal - equal;
		for (size_t k = i; k < end; k++)
			ranks[sorted[k].at] = ((double)i + (double)end + 1) / 2;
	}
	return ties;
}

/* ---- two samples ---- */

/* P(U = u) of m and n values without ties. The largest of all is one of the m with chance m / (m + n) and then passes n of the others:
 * p(u; m, n) = m / (m + n) p(u - n; m - 1, n) + n / (m + n) p(u; m, n - 1). ret: of all u from 0 to m n. */
static const real *mann_whitney_chances(struct arena *arena, size_t m, size_t n)
{
	size_t width = m * n + 1;
	real *p = ARENA_ARRAY(arena, real, (m + 1) * width);

	for (size_t i = 0; i <= m; i++)
		p[i * width] = 1; /* n = 0: U is 0 */
	for (size_t j = 1; j <= n; j++) {
		for (size_t i = 1; i <= m; i++) {
			for (size_t u = i * j + 1; u-- > 0;) {
				real last = u >= j ? p[(i - 1) * width + u - j] : 0;

				p[i * width + u] = ((real)i * last + (real)j * p[i * width + u]) / (real)(i + j);
			}
		}
	}
	return p + m * width;
}

/* By z, half a step nearer to 0 since counts go by steps; a side by half a step back from it */
static void by_steps(real off, real sd, struct finding *ret)
{
	finding__by_normal((off - (off > 0 ? .5L : off < 0 ? -.5L : 0)) / sd, ret);
	ret->less = finding__lower(num_normal((off + .5L) / sd));
	ret->greater = finding__upper(num_normal((off - .5L) / sd));
}

problem test_mann_whitney(struct arena *arena, struct sample a, struct sample b, struct finding *ret)
{
	size_t n = a.n + b.n;
	double *all = ARENA_ARRAY(arena, double, n), *ranks = ARENA_ARRAY(arena, double, n);
	real m1 = (real)a.n, m2 = (real)b.n, u = -m1 * (m1 + 1) / 2, ties, variance;

	if (!a.n || !b.n || !finding__all_finite(a.x, a.n) || !finding__all_finite(b.x, b.n))
		return &sample_unfit;
	for (size_t i = 0; i < n; i++)
		all[i] = i < a.n ? a.x[i] : b.x[i - a.n];
	ties = ranks_of(arena, (struct sample){ all, n }, ranks);
	for (size_t i = 0; i < a.n; i++)
		u += ranks[i];
	variance = m1 * m2 / 12 * (m1 + m2 + 1 - ties / ((m1 + m2) * (m1 + m2 - 1)));
	if (!(variance > 0))
		return &sample_constant;
	*ret = finding__none();
	if (ties == 0 && a.n < EXACT_BELOW && b.n < EXACT_BELOW)
		finding__by_chances(mann_whitney_chances(arena, a.n, b.n), a.n * b.n, (size_t)u, ret);
	else
		by_steps(u - m1 * m2 / 2, sqrtl(variance), ret);
	ret->verdict.statistic = (double)u;
	ret->estimate = (double)(u / (m1 * m2));
	return NULL;
}

/* ---- differences ---- */

/* P(V = v): each of the ranks 1..n counts or not, by a coin */
static const real *signed_rank_chances(struct arena *arena, size_t n)
{
	size_t last = n * (n + 1) / 2;
	real *p = ARENA_ARRAY(arena, real, last + 1);

	p[0] = 1;
	for (size_t rank = 1; rank <= n; rank++) {
		for (size_t v = last + 1; v-- > 0;)
			p[v] = (p[v] + (v >= rank ? p[v - rank] : 0)) / 2;
	}
	return p;
}

problem test_signed_ranks(struct arena *arena, struct sample difference, struct finding *ret)
{
	double *size = ARENA_ARRAY(arena, double, difference.n), *ranks = ARENA_ARRAY(arena, double, difference.n);
	bool *up = ARENA_ARRAY(arena, bool, difference.n);
	real v = 0, ties, variance, m;
	size_t n = 0;

	if (!finding__all_finite(difference.x, difference.n))
		return &sample_unfit;
	for (size_t i = 0; i < difference.n; i++) {
		if (difference.x[i] == 0)
			continue;
		up[n] = difference.x[i] > 0;
		size[n++] = fabs(difference.x[i]);
	}
	if (!n)
		return difference.n ? &sample_constant : &sample_unfit;
	ties = ranks_of(arena, (struct sample){ size, n }, ranks);
	for (size_t i = 0; i < n; i++)
		v += up[i] ? ranks[i] : 0;
	m = (real)n;
	variance = m * (m + 1) * (2 * m + 1) / 24 - ties / 48;
	*ret = finding__none();
	if (ties == 0 && n < EXACT_BELOW && n == difference.n)
		finding__by_chances(signed_rank_chances(arena, n), n * (n + 1) / 2, (size_t)v, ret);
	else
		by_steps(v - m * (m + 1) / 4, sqrtl(variance), ret);
	ret->verdict.statistic = (double)v;
	ret->estimate = (double)(v / (m * (m + 1) / 2));
	return NULL;
}

/* ---- many samples ---- */

/* H = 12 / (n (n + 1)) sum of R^2 / m - 3 (n + 1), by 1 - ties / (n^3 - n) */
problem test_kruskal_wallis(struct arena *arena, const struct sample *groups, size_t k, struct finding *ret)
{
	size_t n = 0, at = 0;
	double *all, *ranks;
	real h = 0, ties, m;

	for (size_t i = 0; i < k; i++) {
		if (!groups[i].n || !finding__all_finite(groups[i].x, groups[i].n))
			return &sample_unfit;
		n += groups[i].n;
	}
	if (k < 2)
		return &sample_unfit;
	all = ARENA_ARRAY(arena, double, n);
	ranks = ARENA_ARRAY(arena, double, n);
	for (size_t i = 0; i < k; i++) {
		for (size_t j = 0; j < groups[i].n; j++)
			all[at++] = groups[i].x[j];
	}
	ties = ranks_of(arena, (struct sample){ all, n }, ranks);
	m = (real)n;
	at = 0;
	for (size_t i = 0; i < k; i++) {
		real sum = 0;

		for (size_t j = 0; j < groups[i].n; j++)
			sum += ranks[at++] - (m + 1) / 2;
		h += sum * sum / (real)groups[i].n;
	}
	if (!(m * m * m - m - ties > 0))
		return &sample_constant;
	return finding__by_chi_square(12 * h / (m * (m + 1)) / (1 - ties / (m * m * m - m)), (double)k - 1, ret);
}

/* ---- normality ---- */

static real polynomial(const real *c, int count, real x)
{
	real sum = 0;

	while (count-- > 0)
		sum = sum * x + c[count];
	return sum;
}

static real normal_quantile(real p)
{
	struct distribution z;
	double x = NAN;

	if (normal_of_sd(0, 1, &z) || distribution_quantile(&z, LOWER, (double)p, &x))
		return NAN;
	return x;
}

/* Royston's weights of the n / 2 smallest, each the negative of its partner's among the largest; a[0] of the smallest */
static void shapiro_weights(real *a, size_t n)
{
	static const real of_first[] = { 0, .221157L, -.147981L, -2.07119L, 4.434685L, -2.706056L };
	static const real of_second[] = { 0, .042981L, -.293762L, -1.752461L, 5.682633L, -3.582633L };
	size_t half = n / 2, begin = n > 5 ? 2 : 1;
	real squares = 0, left, scale, root = 1 / sqrtl((real)n), first, second;

	if (n == 3) {
		a[0] = sqrtl(.5L);
		return;
	}
	for (size_t i = 0; i < half; i++) {
		a[i] = normal_quantile(((real)i + 1 - .375L) / ((real)n + .25L));
		squares += 2 * a[i] * a[i];
	}
	first = polynomial(of_first, 6, root) - a[0] / sqrtl(squares);
	second = polynomial(of_second, 6, root) - a[1] / sqrtl(squares);
	left = squares - 2 * a[0] * a[0] - (begin == 2 ? 2 * a[1] * a[1] : 0);
	scale = sqrtl(left / (1 - 2 * first * first - (begin == 2 ? 2 * second * second : 0)));
	a[0] = first;
	if (begin == 2)
		a[1] = second;
	for (size_t i = begin; i < half; i++)
		a[i] /= -scale;
}

/* Royston: ln(1 - W) is nearly normal, with mean and sd by polynomials in n, or ln n. */
static void shapiro_p(real w, real rest, size_t n, struct finding *ret)
{
	static const real mean_few[] = { .544L, -.39978L, .025054L, -6.714e-4L }, sd_few[] = { 1.3822L, -.77857L, .062767L, -.0020322L };
	static const real mean[] = { -1.5861L, -.31082L, -.083751L, .0038915L }, sd[] = { -.4803L, -.082676L, .0030302L };
	real y = logl(rest), log_n = logl((real)n), m = (real)n;
	struct tails p;

	if (n == 3) {
		ret->verdict.p = (double)fmaxl(0, 6 / acosl(-1) * (asinl(sqrtl(w)) - asinl(sqrtl(.75L))));
		ret->verdict.log_p = log(ret->verdict.p);
		return;
	}
	if (n <= 11) {
		real limit = .459L * m - 2.273L;

		y = y >= limit ? INFINITY : -logl(limit - y);
		p = num_normal((y - polynomial(mean_few, 4, m)) / expl(polynomial(sd_few, 4, m)));
	} else {
		p = num_normal((y - polynomial(mean, 4, log_n)) / expl(polynomial(sd, 3, log_n)));
	}
	ret->verdict.p = (double)p.upper;
	ret->verdict.log_p = (double)p.log_upper;
}

/* W = (sum of a x)^2 / (sum of a^2 times sum of (x - mean)^2) */
problem test_shapiro_wilk(struct arena *arena, struct sample s, struct finding *ret)
{
	struct placed *sorted = ARENA_ARRAY(arena, struct placed, s.n);
	real *a = ARENA_ARRAY(arena, real, s.n / 2 + 1), mean = 0, squares = 0, weights = 0, sum = 0, w;

	if (s.n < 3 || s.n > 5000)
		return &sample_rows;
	if (!finding__all_finite(s.x, s.n))
		return &sample_unfit;
	for (size_t i = 0; i < s.n; i++) {
		sorted[i].x = s.x[i];
		mean += s.x[i];
	}
	mean /= (real)s.n;
	qsort(sorted, s.n, sizeof *sorted, by_value);
	for (size_t i = 0; i < s.n; i++)
		squares += (s.x[i] - mean) * (s.x[i] - mean);
	shapiro_weights(a, s.n);
	for (size_t i = 0; i < s.n / 2; i++) {
		sum += a[i] * ((real)sorted[s.n - 1 - i].x - sorted[i].x);
		weights += 2 * a[i] * a[i];
	}
	if (real_is_rounding(squares, (real)s.n * mean * mean))
		return &sample_constant;
	w = fminl(sum * sum / (weights * squares), 1);
	*ret = finding__none();
	ret->verdict.statistic = (double)w;
	shapiro_p(w, 1 - w, s.n, ret);
	return NULL;
}
