/* inference.c - what all tests end with: from a statistic to p. */
#include "stats/inference_parts.h"

#include <math.h>

const struct problem sample_constant = { 422, "sample-constant", "All values are equal: there is no spread to judge by." };
const struct problem sample_groups_constant = { 422, "sample-groups-constant", "All values of each group are equal: there is no spread to judge a difference by." };
const struct problem sample_group_constant = { 422, "sample-group-constant", "All values of a group are equal, and the test needs a spread in each." };
const struct problem sample_short = { 422, "sample-short", "There are too few values: the test needs two, of groups two of each." };
const struct problem sample_rows = { 422, "sample-rows", "The test is made for 3 to 5000 values." };
const struct problem count_many = { 422, "count-many", "There are more than ten million cases to count." };
const struct problem count_unfit = { 422, "count-unfit", "A count is a whole number from 0 to a billion." };
const struct problem count_margin = { 422, "count-margin", "A row or a column of the table has no count above 0." };
const struct problem share_beyond = { 422, "share-beyond", "Of a share A/N, A is at most N." };
const struct problem share_empty = { 422, "share-empty", "Of a share A/N, N is above 0." };
const struct problem shares_none = { 422, "shares-none", "Both shares are 0: there is no spread to judge a difference by." };
const struct problem shares_all = { 422, "shares-all", "Both shares are 1: there is no spread to judge a difference by." };

/* In units of the digit, of which a power of ten up to 10^27 is exact: equal counts of them make equal doubles. Whole numbers are no
 * rounded decimals: times in microseconds have sixteen digits. */
static double difference(real x, real y)
{
	real larger = fmaxl(fabsl(x), fabsl(y)), digits;

	if (!(larger > 0) || (x == rintl(x) && y == rintl(y)))
		return (double)(x - y);
	digits = 14 - floorl(log10l(larger));
	if (digits < 0)
		return (double)(rintl((x - y) / powl(10, -digits)) * powl(10, -digits));
	return (double)(rintl((x - y) * powl(10, digits)) / powl(10, digits));
}

void sample_differences(struct sample x, const double *y, double *ret)
{
	for (size_t i = 0; i < x.n; i++)
		ret[i] = difference(x.x[i], y[i]);
}

struct finding finding__none(void)
{
	return (struct finding){ { NAN, NAN, NAN, NAN }, NAN, NAN, { NAN, NAN }, { NAN, NAN }, { NAN, NAN }, false };
}

struct side finding__lower(struct tails p) { return (struct side){ (double)p.lower, (double)p.log_lower }; }
struct side finding__upper(struct tails p) { return (struct side){ (double)p.upper, (double)p.log_upper }; }

/* P(|T| >= |t|), and of each side */
void finding__by_t(const struct distribution *t, struct finding *ret)
{
	struct tails p = distribution_tails(t, ret->verdict.statistic), far = distribution_tails(t, fabs(ret->verdict.statistic));

	ret->less = finding__lower(p);
	ret->greater = finding__upper(p);
	ret->verdict.p = (double)(2 * far.upper);
	ret->verdict.log_p = (double)fminl(far.log_upper + logl(2), 0);
}

void finding__by_chances(const real *chances, size_t last, size_t at, struct finding *ret)
{
	real below = 0, above = 0;

	for (size_t u = 0; u <= last; u++) {
		below += u <= at ? chances[u] : 0;
		above += u >= at ? chances[u] : 0;
	}
	ret->exact = true;
	ret->less = (struct side){ (double)fminl(1, below), (double)fminl(0, logl(below)) };
	ret->greater = (struct side){ (double)fminl(1, above), (double)fminl(0, logl(above)) };
	ret->verdict.p = (double)fminl(1, 2 * fminl(below, above));
	ret->verdict.log_p = log(ret->verdict.p);
}

double finding__normal(double level)
{
	struct distribution z;
	double x = NAN;

	if (!(level > 0 && level < 1) || normal_of_sd(0, 1, &z) || distribution_quantile(&z, UPPER, (1 - level) / 2, &x))
		return NAN;
	return x;
}

bool finding__all_finite(const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!isfinite(x[i]))
			return false;
	}
	return true;
}

void finding__by_normal(real z, struct finding *ret)
{
	struct tails p = num_normal(fabsl(z)), sides = num_normal(z);

	ret->less = finding__lower(sides);
	ret->greater = finding__upper(sides);
	ret->verdict = (struct verdict){ (double)z, NAN, (double)fminl(1, 2 * p.upper), (double)fminl(0, p.log_upper + logl(2)) };
}

problem finding__by_chi_square(real statistic, double freedom, struct finding *ret)
{
	struct distribution d;
	struct tails p;

	if (!isfinite(statistic) || chi_square_of(freedom, &d))
		return &sample_unfit;
	p = distribution_tails(&d, fmax((double)statistic, 0));
	*ret = finding__none();
	ret->verdict = (struct verdict){ (double)statistic, freedom, (double)p.upper, (double)p.log_upper };
	return NULL;
}

/* The quantile of the beta distribution by that of F: x / (1 - x) = a F / b with 2 a and 2 b degrees */
double finding__beta_quantile(enum tail tail, double p, double a, double b)
{
	struct distribution f;
	double at = NAN;

	if (fisher_of(2 * a, 2 * b, &f) || distribution_quantile(&f, tail, p, &at))
		return NAN;
	return (double)((real)a * at / (b + (real)a * at));
}
