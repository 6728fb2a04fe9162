#include "rec/popularity.h"

#include <math.h>
#include <stdlib.h>

#include "num/memory.h"

const struct problem popularity_unfit = { 422, "popularity-unfit", "A half-life must be above 0, and wants a log with times." };

problem popularity_of(const struct interactions *m, const uint8_t *parts, unsigned wanted, double half_life, int64_t now, float *ret)
{
	double *sum;

	if (half_life != 0 && (!(half_life > 0) || !m->time))
		return &popularity_unfit;
	sum = array_of(m->items, sizeof *sum);
	for (size_t i = 0; i < m->count; i++) {
		double age = half_life != 0 ? (double)now - (double)m->time[i] : 0;

		if (!parts || parts[i] & wanted)
			sum[m->item[i]] += (m->weight ? m->weight[i] : 1) * (age > 0 ? exp2(-age / half_life) : 1);
	}
	for (uint32_t i = 0; i < m->items; i++)
		ret[i] = (float)sum[i];
	free(sum);
	return NULL;
}

void popularity_score(void *popularity_scorer, const uint32_t *users, size_t count, float *scores, size_t thread)
{
	const struct popularity_scorer *s = popularity_scorer;

	(void)users;
	(void)thread;
	for (size_t i = 0; i < count; i++)
		memcpy(scores + i * s->items, s->popularity, s->items * sizeof *scores);
}
