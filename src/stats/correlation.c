/* correlation.c - do two columns go together? Pearson (1895), Spearman (1904), Kendall (Biometrika 30, 1938).
 * Intervals by Fisher's z; their widths for ranks: Bonett and Wright, Psychometrika 65 (2000). */
#include "stats/inference_parts.h"

#include <math.h>
#include <stdlib.h>

enum { EXACT_BELOW = 50, SPEARMAN_EXACT = 12, SPEARMAN_SERIES = 1290 };

/* ---- r ---- */

static bool pearson(struct sample x, const double *y, real *ret)
{
	real mx = 0, my = 0, xx = 0, yy = 0, xy = 0, n = (real)x.n;

	for (size_t i = 0; i < x.n; i++) {
		mx += x.x[i];
		my += y[i];
	}
	mx /= n;
	my /= n;
	for (size_t i = 0; i < x.n; i++) {
		xx += (x.x[i] - mx) * (x.x[i] - mx);
		yy += (y[i] - my) * (y[i] - my);
		xy += (x.x[i] - mx) * (y[i] - my);
	}
	*ret = fmaxl(-1, fminl(1, xy / sqrtl(xx) / sqrtl(yy)));
	return !real_is_rounding(xx, n * mx * mx) && !real_is_rounding(yy, n * my * my);
}

/* tanh(atanh r -+ z times error) */
static struct interval around(real r, real error, double level)
{
	real z = finding__normal(level) * error;

	if (fabsl(r) >= 1 || !isfinite(z))
		return (struct interval){ NAN, NAN };
	return (struct interval){ (double)tanhl(atanhl(r) - z), (double)tanhl(atanhl(r) + z) };
}

/* t = r sqrt((n - 2) / (1 - r^2)) */
static problem by_student(real r, size_t n, struct finding *ret)
{
	struct distribution t;

	if (n < 3 || student_of((double)n - 2, &t))
		return &sample_unfit;
	*ret = finding__none();
	ret->verdict.statistic = (double)(r * sqrtl((real)(n - 2) / ((1 - r) * (1 + r))));
	ret->verdict.freedom = (double)n - 2;
	finding__by_t(&t, ret);
	ret->estimate = (double)r;
	return NULL;
}

problem test_pearson(struct sample x, const double *y, double level, struct finding *ret)
{
	problem why;
	real r;

	if (!(level > 0 && level < 1))
		return &level_unfit;
	if (x.n < 3 || !finding__all_finite(x.x, x.n) || !finding__all_finite(y, x.n))
		return &sample_unfit;
	if (!pearson(x, y, &r))
		return &sample_constant;
	why = by_student(r, x.n, ret);
	if (!why && x.n > 3)
		ret->within = around(r, 1 / sqrtl((real)(x.n - 3)), level);
	return why;
}

/* P(S = 2 s) of the sum S of (i - place of i)^2, which is even, over all orders of n. Orders are counted by who stands at the first
 * places, a set; the place after them goes to any other. A larger set has a larger number than its part. */
static const real *spearman_chances(struct arena *arena, size_t n)
{
	size_t width = n * (n * n - 1) / 3 + 1, sets = (size_t)1 << n;
	double *orders = ARENA_ARRAY(arena, double, sets * width); /* whole numbers below 2^53 */
	real *chances = ARENA_ARRAY(arena, real, width), all = 1;

	orders[0] = 1;
	for (size_t set = 0; set + 1 < sets; set++) {
		size_t place = (size_t)__builtin_popcountll(set);

		for (size_t i = 0; i < n; i++) {
			size_t off = (i - place) * (i - place), to = set | (size_t)1 << i;

			for (size_t s = off; to != set && s < width; s++)
				orders[to * width + s] += orders[set * width + s - off];
		}
	}
	for (size_t i = 2; i <= n; i++)
		all *= (real)i;
	for (size_t s = 0; s < width; s += 2)
		chances[s / 2] = orders[(sets - 1) * width + s] / all;
	return chances;
}

/* Edgeworth's series of S (Best and Roberts, AS 89, Applied Statistics 24, 1975) */
static struct tails spearman_series(real s, size_t rows)
{
	real n = (real)rows, b = 1 / n, x = (6 * s * b / (n * n - 1) - 1) * sqrtl(n - 1), y = x * x, u;
	struct tails p = num_normal(x);

	u = x * b *
	    (.2274L + b * (.2531L + .1745L * b) +
	     y * (-.0758L + b * (.1033L + .3932L * b) -
	          y * b * (.0879L + .0151L * b - y * (.0072L - .0831L * b + y * b * (.0131L - 4.6e-4L * y)))));
	u *= expl(-y / 2);
	p.upper = fminl(1, fmaxl(0, p.upper + u));
	p.lower = fminl(1, fmaxl(0, p.lower - u));
	p.log_upper = logl(p.upper);
	p.log_lower = logl(p.lower);
	return p;
}

/* One order of n! has rho = 1: no side is less likely. */
static struct side at_least_one_order(struct side side, size_t n)
{
	double one = (double)-num_log_gamma((real)n + 1);

	return one > side.log_p ? (struct side){ exp(one), one } : side;
}

static void set_sides(struct side less, struct side greater, struct finding *ret)
{
	struct side smaller = greater.p < less.p ? greater : less;

	ret->less = less;
	ret->greater = greater;
	ret->verdict.p = fmin(1, 2 * smaller.p);
	ret->verdict.log_p = fmin(0, smaller.log_p + log(2));
}

/* rho is small where S is large. The series is right to some percent as long as it is not far from Student's t, which ret has, and which
 * is too small by then; beyond, it goes up and down through 0. */
static void spearman_p(struct arena *arena, real s, size_t n, struct finding *ret)
{
	struct side greater, less, of_t, of_series;

	if (n <= SPEARMAN_EXACT) {
		finding__by_chances(spearman_chances(arena, n), n * (n * n - 1) / 6, (size_t)roundl(s / 2), ret);
		set_sides(ret->greater, ret->less, ret);
		return;
	}
	greater = finding__lower(spearman_series(s + 1, n));
	less = finding__upper(spearman_series(s - 1, n));
	of_t = ret->greater.p < ret->less.p ? ret->greater : ret->less;
	of_series = ret->greater.p < ret->less.p ? greater : less;
	if (of_t.p >= 1e-3 || (of_series.p > 0 && of_series.p >= of_t.p && of_series.p <= 2 * of_t.p))
		set_sides(less, greater, ret);
	else
		set_sides(at_least_one_order(ret->less, n), at_least_one_order(ret->greater, n), ret);
}

/* Pearson's r of the ranks */
problem test_spearman(struct arena *arena, struct sample x, const double *y, double level, struct finding *ret)
{
	double *of_x = ARENA_ARRAY(arena, double, x.n), *of_y = ARENA_ARRAY(arena, double, x.n);
	problem why;
	real rho, ties, n = (real)x.n;

	if (!(level > 0 && level < 1))
		return &level_unfit;
	if (x.n < 3 || !finding__all_finite(x.x, x.n) || !finding__all_finite(y, x.n))
		return &sample_unfit;
	ties = ranks_of(arena, x, of_x) + ranks_of(arena, (struct sample){ y, x.n }, of_y);
	if (!pearson((struct sample){ of_x, x.n }, of_y, &rho))
		return &sample_constant;
	why = by_student(rho, x.n, ret);
	if (!why && ties == 0 && x.n <= SPEARMAN_SERIES)
		spearman_p(arena, roundl((n * n * n - n) / 6 * (1 - rho)), x.n, ret);
	if (!why && x.n > 3)
		ret->within = around(rho, sqrtl((1 + rho * rho / 2) / (real)(x.n - 3)), level);
	return why;
}

/* ---- tau ---- */

struct pair {
	double x, y;
};

static int by_both(const void *a, const void *b)
{
	const struct pair *p = a, *q = b;

	if (p->x != q->x)
		return p->x < q->x ? -1 : 1;
	return (p->y > q->y) - (p->y < q->y);
}

/* Pairs of y out of order, by sorting it through merges (Knight, JASA 61, 1966) */
static real inversions(double *y, double *spare, size_t n)
{
	size_t half = n / 2, i = 0, j = half, k = 0;
	real sum;

	if (n < 2)
		return 0;
	sum = inversions(y, spare, half) + inversions(y + half, spare, n - half);
	while (i < half || j < n) {
		if (j == n || (i < half && y[i] <= y[j])) {
			spare[k++] = y[i++];
		} else {
			sum += (real)(half - i);
			spare[k++] = y[j++];
		}
	}
	for (k = 0; k < n; k++)
		y[k] = spare[k];
	return sum;
}

/* Sums over groups of t equal values: of t (t - 1), t (t - 1) (t - 2) and t (t - 1) (2 t + 5) */
struct ties {
	real pairs, triples, spread;
};

static void add_ties(struct ties *t, size_t equal)
{
	real n = (real)equal;

	t->pairs += n * (n - 1);
	t->triples += n * (n - 1) * (n - 2);
	t->spread += n * (n - 1) * (2 * n + 5);
}

static struct ties ties_of(const double *sorted, size_t n)
{
	struct ties t = { 0 };

	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && sorted[end] == sorted[i]; end++)
			;
		add_ties(&t, end - i);
	}
	return t;
}

static real pairs_equal_in_both(const struct pair *sorted, size_t n)
{
	struct ties t = { 0 };

	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && !by_both(&sorted[end], &sorted[i]); end++)
			;
		add_ties(&t, end - i);
	}
	return t.pairs / 2;
}

/* P(inversions = k) of n values in random order: the last adds 0 to n - 1 with equal chance */
static const real *inversion_chances(struct arena *arena, size_t n)
{
	size_t last = n * (n - 1) / 2;
	real *p = ARENA_ARRAY(arena, real, last + 1), *next = ARENA_ARRAY(arena, real, last + 1);

	p[0] = 1;
	for (size_t m = 2; m <= n; m++) {
		real *was = p;

		for (size_t k = 0; k <= m * (m - 1) / 2; k++) {
			next[k] = 0;
			for (size_t added = 0; added < m && added <= k; added++)
				next[k] += p[k - added] / (real)m;
		}
		p = next;
		next = was;
	}
	return p;
}

/* Variance of concordant - discordant with ties in both (Kendall, Rank Correlation Methods, 4th ed. 1970, 4.9) */
static real kendall_variance(real n, struct ties x, struct ties y)
{
	return (n * (n - 1) * (2 * n + 5) - x.spread - y.spread) / 18 + x.triples * y.triples / (9 * n * (n - 1) * (n - 2)) +
	       x.pairs * y.pairs / (2 * n * (n - 1));
}

/* tau b = (concordant - discordant) / sqrt((pairs not equal in x) (pairs not equal in y)) */
problem test_kendall(struct arena *arena, struct sample s, const double *y, double level, struct finding *ret)
{
	struct pair *sorted = ARENA_ARRAY(arena, struct pair, s.n);
	double *x = ARENA_ARRAY(arena, double, s.n), *order = ARENA_ARRAY(arena, double, s.n), *spare = ARENA_ARRAY(arena, double, s.n);
	real n = (real)s.n, all = n * (n - 1) / 2, both, discordant, score, tau;
	struct ties tx, ty;

	if (!(level > 0 && level < 1))
		return &level_unfit;
	if (s.n < 3 || !finding__all_finite(s.x, s.n) || !finding__all_finite(y, s.n))
		return &sample_unfit;
	for (size_t i = 0; i < s.n; i++)
		sorted[i] = (struct pair){ s.x[i], y[i] };
	qsort(sorted, s.n, sizeof *sorted, by_both);
	for (size_t i = 0; i < s.n; i++) {
		x[i] = sorted[i].x;
		order[i] = sorted[i].y;
	}
	both = pairs_equal_in_both(sorted, s.n);
	discordant = inversions(order, spare, s.n);
	tx = ties_of(x, s.n);
	ty = ties_of(order, s.n);
	if (tx.pairs / 2 >= all || ty.pairs / 2 >= all)
		return &sample_constant;
	score = all - tx.pairs / 2 - ty.pairs / 2 + both - 2 * discordant;
	tau = score / sqrtl(all - tx.pairs / 2) / sqrtl(all - ty.pairs / 2);
	*ret = finding__none();
	finding__by_normal(score / sqrtl(kendall_variance(n, tx, ty)), ret);
	if (s.n < EXACT_BELOW && tx.pairs == 0 && ty.pairs == 0) /* by concordant pairs, which are as often */
		finding__by_chances(inversion_chances(arena, s.n), s.n * (s.n - 1) / 2, (size_t)(all - discordant), ret);
	ret->estimate = (double)tau;
	if (s.n > 4)
		ret->within = around(tau, sqrtl(.437L / (n - 4)), level);
	return NULL;
}
