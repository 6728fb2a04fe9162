/* blend.c - the search changes one weight at a time and shares the rest out among the others as they stood. It is deterministic, and asks
 * the measure that is meant, not a stand-in for it. */
#include "rec/blend.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void blend_standardise(float *scores, size_t items)
{
	double sum = 0, squares = 0, mean, deviation;
	size_t count = 0;

	for (size_t i = 0; i < items; i++)
		if (isfinite(scores[i])) {
			sum += (double)scores[i];
			count++;
		}
	mean = count ? sum / (double)count : 0;
	for (size_t i = 0; i < items; i++)
		if (isfinite(scores[i]))
			squares += ((double)scores[i] - mean) * ((double)scores[i] - mean);
	deviation = count ? sqrt(squares / (double)count) : 0;
	for (size_t i = 0; i < items; i++) {
		if (isfinite(scores[i])) /* below a millionth of what they amount to it is rounding, not difference */
			scores[i] = deviation > 1e-6 * fabs(mean) ? (float)(((double)scores[i] - mean) / deviation) : 0;
		else if (scores[i] != -INFINITY)
			scores[i] = 0;
	}
}

void blend_score(void *blend, const uint32_t *users, size_t count, float *scores, size_t thread)
{
	const struct blend *b = blend;
	float *one = malloc(count * b->items * sizeof *one + 1);

	if (!one)
		abort();
	memset(scores, 0, count * b->items * sizeof *scores);
	for (size_t s = 0; s < b->count; s++) {
		if (!(b->weights[s] > 0))
			continue;
		b->scorers[s].score(b->scorers[s].self, users, count, one, thread);
		for (size_t u = 0; u < count; u++)
			blend_standardise(one + u * b->items, b->items);
		for (size_t i = 0; i < count * b->items; i++)
			scores[i] += (float)b->weights[s] * one[i];
	}
	free(one);
}

static double ndcg_of(struct threads *threads, const struct trial *trial, const struct blend *b)
{
	struct scorer scorer = { blend_score, (void *)b };
	struct evaluation e;

	evaluate(threads, trial, &scorer, NULL, &e);
	return e.users ? e.at[0].ndcg : 0;
}

/* weights[s] = value, the others as they are to each other. */
static void set_weight(struct blend *b, size_t s, double value)
{
	double others = 0;

	for (size_t o = 0; o < b->count; o++)
		others += o == s ? 0 : b->weights[o];
	for (size_t o = 0; o < b->count; o++)
		if (o != s)
			b->weights[o] = others > 0 ? b->weights[o] / others * (1 - value) : (1 - value) / (double)(b->count - 1);
	b->weights[s] = value;
}

static double best_single(struct threads *threads, const struct trial *trial, struct blend *b)
{
	struct blend best = *b;
	double most = -1;

	for (size_t s = 0; s < b->count; s++) {
		double ndcg;

		memset(b->weights, 0, sizeof b->weights);
		b->weights[s] = 1;
		ndcg = ndcg_of(threads, trial, b);
		if (ndcg > most) {
			most = ndcg;
			best = *b;
		}
	}
	*b = best;
	return most;
}

/* One round: each weight is moved by steps as long as that helps. */
static double round_of(struct threads *threads, const struct trial *trial, struct blend *b, double step, double most)
{
	for (size_t s = 0; s < b->count; s++)
		for (int way = -1; way <= 1; way += 2)
			for (;;) {
				struct blend moved = *b;
				double value = b->weights[s] + way * step, ndcg;

				if (value < -1e-9 || value > 1 + 1e-9)
					break;
				set_weight(&moved, s, fmin(fmax(value, 0), 1));
				ndcg = ndcg_of(threads, trial, &moved);
				if (!(ndcg > most))
					break;
				most = ndcg;
				*b = moved;
			}
	return most;
}

double blend_fit(struct threads *threads, const struct trial *validation, struct blend *b)
{
	double most;

	assert(b->count >= 1 && b->count <= BLEND_MOST);
	most = best_single(threads, validation, b);
	for (double step = .1; step > .04 && b->count > 1; step /= 2)
		most = round_of(threads, validation, b, step, most);
	return most;
}
