/* inference.c - what all tests end with: from a statistic to p. */
#include "stats/inference_parts.h"

#include <math.h>

struct finding finding__none(void)
{
	return (struct finding){ { NAN, NAN, NAN, NAN }, NAN, NAN, { NAN, NAN }, false };
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
	struct tails p = num_normal(fabsl(z));

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
