/* fit.c - a distribution from values, and whether it is theirs. Sums are of `real`, moments in two passes. */
#include "stats/stats.h"

#include <assert.h>
#include <math.h>

const struct problem sample_unfit = { 422, "sample-unfit", "There are too few values, or one is not of the kind that is wanted." };

const struct problem level_unfit = { 422, "level-unfit", "A level of confidence lies between 0 and 1." };

/* ---- moments ---- */

double sample_quantile(const double *sorted, size_t n, double p)
{
	real at = (real)(n - 1) * p;
	size_t below = (size_t)at;

	assert(n && p >= 0 && p <= 1);
	if (below + 1 >= n)
		return sorted[n - 1];
	return (double)(sorted[below] + (at - (real)below) * ((real)sorted[below + 1] - sorted[below]));
}

static bool all_finite(const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!isfinite(x[i]))
			return false;
	}
	return true;
}

static bool all_counts(const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!(x[i] >= 0 && isfinite(x[i]) && floor(x[i]) == x[i]))
			return false;
	}
	return true;
}

static real mean_of(const double *x, size_t n)
{
	real sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum / (real)n;
}

problem moments_of(const double *x, size_t n, struct moments *ret)
{
	real mean, second = 0, third = 0, fourth = 0;

	if (!n || !all_finite(x, n))
		return &sample_unfit;
	mean = mean_of(x, n);
	for (size_t i = 0; i < n; i++) {
		real d = x[i] - mean;

		second += d * d / (real)n;
		third += d * d * d / (real)n;
		fourth += d * d * d * d / (real)n;
	}
	if (real_is_rounding(second, mean * mean))
		second = third = fourth = 0;
	*ret = (struct moments){ (double)mean, (double)second, (double)(third / (second * sqrtl(second))), (double)(fourth / (second * second)) };
	return NULL;
}

/* ---- fits ---- */

problem normal_fit(const double *x, size_t n, struct distribution *ret)
{
	struct moments m;
	problem why = moments_of(x, n, &m);

	return why ? why : normal_of_variance(m.mean, m.variance, ret);
}

bool bernoulli_word(struct text word, bool *ret)
{
	static const char *const words[][2] = { { "0", "1" }, { "no", "yes" }, { "false", "true" }, { "No", "Yes" }, { "False", "True" }, { "NO", "YES" }, { "FALSE", "TRUE" } };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		for (int yes = 0; yes < 2; yes++) {
			if (!text_is(word, words[i][yes]))
				continue;
			*ret = yes;
			return true;
		}
	}
	return false;
}

problem bernoulli_fit(const double *x, size_t n, struct distribution *ret)
{
	if (!n || !all_counts(x, n))
		return &sample_unfit;
	for (size_t i = 0; i < n; i++) {
		if (x[i] > 1)
			return &sample_unfit;
	}
	return bernoulli_of((double)mean_of(x, n), ret);
}

problem poisson_fit(const double *x, size_t n, struct distribution *ret)
{
	return n && all_counts(x, n) ? poisson_of((double)mean_of(x, n), ret) : &sample_unfit;
}

/* mean = size (1 - p) / p and variance = mean / p, solved for p and size */
problem negative_binomial_fit(const double *x, size_t n, struct distribution *ret)
{
	struct moments m;
	problem why = all_counts(x, n) ? moments_of(x, n, &m) : &sample_unfit;

	if (why)
		return why;
	if (m.variance <= m.mean)
		return &distribution_unfit;
	return negative_binomial_of(m.mean * m.mean / (m.variance - m.mean), m.mean / m.variance, ret);
}

double distribution_log_likelihood(const struct distribution *d, const double *x, size_t n)
{
	real sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += distribution_log_density(d, x[i]);
	return (double)sum;
}

/* ---- goodness of fit ---- */

static void assert_sorted(const double *x, size_t n)
{
	for (size_t i = 1; i < n; i++)
		assert(x[i - 1] <= x[i]);
}

/* D = max |F_n - F|, on both sides of each step of F_n; sqrt(n) D has Kolmogorov's distribution in the limit. */
problem fit_kolmogorov(const struct distribution *d, const double *sorted, size_t n, struct verdict *ret)
{
	real distance = 0;
	struct tails p;

	if (!n || !all_finite(sorted, n) || distribution_is_discrete(d))
		return &sample_unfit;
	assert_sorted(sorted, n);
	for (size_t i = 0; i < n; i++) {
		real below = distribution_tail(d, LOWER, sorted[i]);

		distance = fmaxl(distance, fmaxl(below - (real)i / (real)n, (real)(i + 1) / (real)n - below));
	}
	p = num_kolmogorov(sqrtl((real)n) * distance);
	*ret = (struct verdict){ (double)distance, 0, (double)p.upper, (double)p.log_upper };
	return NULL;
}

/* A^2 = -n - sum of (2 i - 1) (ln F(x_i) + ln(1 - F(x_(n + 1 - i)))) / n, i from 1 */
problem fit_anderson_darling(const struct distribution *d, const double *sorted, size_t n, double *ret)
{
	real sum = 0;

	if (!n || !all_finite(sorted, n) || distribution_is_discrete(d))
		return &sample_unfit;
	assert_sorted(sorted, n);
	for (size_t i = 0; i < n; i++) {
		struct tails t = distribution_tails(d, sorted[i]);

		sum += (real)(2 * i + 1) * t.log_lower + (real)(2 * (n - i) - 1) * t.log_upper;
	}
	*ret = (double)(-(real)n - sum / (real)n);
	return NULL;
}

static problem chi_square_verdict(double statistic, double freedom, struct verdict *ret)
{
	struct distribution chi_square;
	struct tails p;

	if (chi_square_of(freedom, &chi_square))
		return &sample_unfit;
	p = distribution_tails(&chi_square, statistic);
	*ret = (struct verdict){ statistic, freedom, (double)p.upper, (double)p.log_upper };
	return NULL;
}

/* n / 6 (skewness^2 + (kurtosis - 3)^2 / 4) */
problem fit_jarque_bera(const double *x, size_t n, struct verdict *ret)
{
	struct moments m;
	problem why = moments_of(x, n, &m);

	if (why)
		return why;
	if (!(m.variance > 0))
		return &sample_unfit;
	return chi_square_verdict((double)n / 6 * (m.skewness * m.skewness + (m.kurtosis - 3) * (m.kurtosis - 3) / 4), 2, ret);
}

/* P(X >= k) */
static real from(const struct distribution *d, size_t k) { return distribution_tail(d, UPPER, (double)k - 1); }

struct bin {
	real seen, expected;
};

static real misfit(struct bin b) { return (b.seen - b.expected) * (b.seen - b.expected) / b.expected; }

static const real EXPECTED_LEAST = 5;

/* sum of (seen - expected)^2 / expected over bins of neighbours. One is closed when enough are expected; what is left at the end is the
 * last one's. */
problem fit_chi_square(const struct distribution *d, const double *observed, size_t bins, int fitted, struct verdict *ret)
{
	struct bin open = { 0 }, last = { 0 };
	real n = 0, sum = 0;
	int count = 0;

	if (!distribution_is_discrete(d) || !all_counts(observed, bins))
		return &sample_unfit;
	for (size_t k = 0; k < bins; k++)
		n += observed[k];
	for (size_t k = 0; k < bins; k++) {
		bool is_last = k + 1 == bins;

		open.seen += observed[k];
		open.expected += n * (is_last ? from(d, k) : (real)distribution_density(d, (double)k));
		if (observed[k] > 0 && isinf(distribution_log_density(d, (double)k)))
			sum = INFINITY; /* what cannot be was seen */
		if (open.expected < EXPECTED_LEAST && !is_last)
			continue;
		if (open.expected < EXPECTED_LEAST && count) {
			last.seen += open.seen;
			last.expected += open.expected;
			continue;
		}
		sum += count++ ? misfit(last) : 0;
		last = open;
		open = (struct bin){ 0 };
	}
	sum += count ? misfit(last) : 0;
	return chi_square_verdict((double)sum, (double)count - 1 - fitted, ret);
}
