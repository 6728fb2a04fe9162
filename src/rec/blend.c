/* blend.c - the search changes one weight at a time and shares the rest out among the others as they stood. It is deterministic, and asks
 * the measure that is meant, not a stand-in for it. */
#include "rec/blend.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/memory.h"

struct blend_scale blend_scale_of(const float *scores, size_t items)
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
	/* below a millionth of what they amount to it is rounding, not difference */
	return (struct blend_scale){ mean, deviation > 1e-6 * fabs(mean) ? deviation : 0 };
}

void blend_standardise(float *scores, size_t items)
{
	struct blend_scale scale = blend_scale_of(scores, items);

	for (size_t i = 0; i < items; i++) {
		if (isfinite(scores[i]))
			scores[i] = scale.deviation > 0 ? (float)(((double)scores[i] - scale.mean) / scale.deviation) : 0;
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
		for (size_t u = 0; u < count && !b->standardised; u++)
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

static double search(struct threads *threads, const struct trial *validation, struct blend *b)
{
	double most = best_single(threads, validation, b);

	for (double step = .1; step > .04 && b->count > 1; step /= 2)
		most = round_of(threads, validation, b, step, most);
	return most;
}

/* ---- what all said, kept while weights are looked for ---- */

struct kept {
	const struct blend *asked;
	const struct trial *trial;
	uint32_t *row; /* (users) UINT32_MAX: never asked */
	size_t rows;
	float *scores; /* (scorers, rows, items) standardised */
};

struct kept_scorer {
	const struct kept *kept;
	size_t scorer;
};

static float *kept_row(const struct kept *k, size_t scorer, uint32_t user)
{
	assert(k->row[user] != UINT32_MAX);
	return k->scores + (scorer * k->rows + k->row[user]) * k->asked->items;
}

static void keep_user(void *self, size_t at, size_t thread)
{
	const struct kept *k = self;
	const struct blend *b = k->asked;
	uint32_t user = (uint32_t)at;

	for (size_t s = 0; s < b->count && k->row[at] != UINT32_MAX; s++) {
		b->scorers[s].score(b->scorers[s].self, &user, 1, kept_row(k, s, user), thread);
		blend_standardise(kept_row(k, s, user), b->items);
	}
}

static void kept_score(void *kept_scorer, const uint32_t *users, size_t count, float *scores, size_t thread)
{
	const struct kept_scorer *s = kept_scorer;
	size_t items = s->kept->asked->items;

	(void)thread;
	for (size_t u = 0; u < count; u++)
		memcpy(scores + u * items, kept_row(s->kept, s->scorer, users[u]), items * sizeof *scores);
}

/* Who has a test item may be judged, and nobody else is asked about. */
static void number_rows(struct kept *k)
{
	const struct sparse *test = k->trial->test;

	k->row = array_of(test->rows, sizeof *k->row);
	for (uint32_t u = 0; u < test->rows; u++)
		k->row[u] = sparse_length(test, u) ? (uint32_t)k->rows++ : UINT32_MAX;
}

static double search_kept(struct threads *threads, struct kept *k, struct blend *b)
{
	struct kept_scorer self[BLEND_MOST];
	struct blend of_kept = { .count = b->count, .items = b->items, .standardised = true };
	double ndcg;

	k->scores = array_of(b->count * k->rows * b->items, sizeof *k->scores);
	threads_each(threads, k->trial->test->rows, keep_user, k);
	for (size_t s = 0; s < b->count; s++) {
		self[s] = (struct kept_scorer){ k, s };
		of_kept.scorers[s] = (struct scorer){ kept_score, &self[s] };
	}
	ndcg = search(threads, k->trial, &of_kept);
	memcpy(b->weights, of_kept.weights, sizeof b->weights);
	free(k->scores);
	return ndcg;
}

double blend_fit(struct threads *threads, const struct trial *validation, size_t room, struct blend *b)
{
	struct kept k = { .asked = b, .trial = validation };
	double ndcg;

	assert(b->count >= 1 && b->count <= BLEND_MOST);
	number_rows(&k);
	if (b->count > 1 && !b->standardised && k.rows * b->items <= room / sizeof(float) / b->count)
		ndcg = search_kept(threads, &k, b);
	else
		ndcg = search(threads, validation, b);
	free(k.row);
	return ndcg;
}
