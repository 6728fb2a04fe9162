#include "stats/bayes.h"

#include <math.h>

#include "stats/inference_parts.h"

/* posterior = prior likelihood / sum of prior likelihood */
problem bayes_rule(const double *prior, const double *likelihood, size_t k, double *posterior, double *evidence)
{
	real sum = 0, total = 0;

	for (size_t i = 0; i < k; i++) {
		if (!(prior[i] >= 0 && prior[i] <= 1) || !(likelihood[i] >= 0 && isfinite(likelihood[i])))
			return &probability_unfit;
		total += prior[i];
		sum += (real)prior[i] * likelihood[i];
	}
	if (!(fabsl(total - 1) < 1e-9L) || !(sum > 0))
		return &probability_unfit;
	for (size_t i = 0; i < k; i++)
		posterior[i] = (double)((real)prior[i] * likelihood[i] / sum);
	*evidence = (double)sum;
	return NULL;
}

/* After x of n: Beta(yes + x, no + n - x) */
problem bayes_share(double x, double n, struct prior prior, double level, struct belief *ret)
{
	double yes = prior.yes + x, no = prior.no + n - x, rest = (1 - level) / 2;

	if (!(level > 0 && level < 1))
		return &level_unfit;
	if (!(x >= 0 && x <= n && n <= 1e12) || !(prior.yes >= 1e-3 && prior.no >= 1e-3 && prior.yes <= 1e12 && prior.no <= 1e12))
		return &sample_unfit;
	*ret = (struct belief){ yes / (yes + no), { finding__beta_quantile(LOWER, rest, yes, no), finding__beta_quantile(UPPER, rest, yes, no) } };
	return NULL;
}

void bayes_count(const double *value, const double *happened, size_t rows, struct cell *cells, size_t count)
{
	for (size_t k = 0; k < count; k++) {
		cells[k].n = cells[k].happened = 0;
		for (size_t i = 0; i < rows; i++) {
			bool is_in = value[i] >= cells[k].from && value[i] <= cells[k].to;

			cells[k].n += is_in;
			cells[k].happened += is_in ? happened[i] : 0;
		}
	}
}
