#include "rec/optimiser.h"

#include <assert.h>
#include <math.h>

#include "rec/kernel.h"

EACH_WIDTH void adagrad_step(double rate, float *restrict w, float *restrict sum, const float *restrict g, size_t n)
{
	float by = (float)rate;

	for (size_t i = 0; i < n; i++) {
		sum[i] += g[i] * g[i];
		w[i] -= by * g[i] * root_under_1(sum[i] + 1e-12f);
	}
}

struct adam adam_at(double rate, uint64_t step)
{
	assert(step > 0);
	return (struct adam){ (float)(rate / (1 - pow(.9, (double)step))), (float)(1 / sqrt(1 - pow(.999, (double)step))) };
}

EACH_WIDTH void adam_step(struct adam a, float *restrict w, float *restrict first, float *restrict second, const float *restrict g, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		first[i] = .9f * first[i] + .1f * g[i];
		second[i] = .999f * second[i] + .001f * g[i] * g[i];
		w[i] -= a.rate * first[i] / (a.root * second[i] * root_under_1(second[i] + 1e-30f) + 1e-8f);
	}
}
