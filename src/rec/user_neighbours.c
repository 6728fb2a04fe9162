#include "rec/neighbours.h"

#include "num/memory.h"
#include "num/order.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

void user_neighbours_of(const struct sparse *by_user, const struct sparse *by_item, uint32_t neighbours, double shrink,
                        struct user_neighbours *ret)
{
	assert(neighbours > 0 && shrink >= 0 && by_item->rows == by_user->columns && by_item->columns == by_user->rows);
	*ret = (struct user_neighbours){ by_user, by_item, neighbours, shrink, array_of(by_user->rows, sizeof *ret->length) };
	for (uint32_t u = 0; u < by_user->rows; u++) {
		double sum = 0;

		for (size_t k = by_user->start[u]; k < by_user->start[u + 1]; k++)
			sum += (double)sparse_weight(by_user, k) * sparse_weight(by_user, k);
		ret->length[u] = (float)sqrt(sum);
	}
}

void user_neighbours_free(struct user_neighbours *n)
{
	free(n->length);
	*n = (struct user_neighbours){ 0 };
}

/* ---- who is near ---- */

struct near {
	uint32_t user;
	float cosine;
};

static int nearest_first(const void *a, const void *b)
{
	const struct near *x = a, *y = b;

	return FALLING(x->cosine, y->cosine) ?: RISING(x->user, y->user);
}

static double length_of(const struct asking_user *who)
{
	double sum = 0;

	for (size_t i = 0; i < who->count; i++)
		sum += who->weights ? (double)who->weights[i] * who->weights[i] : 1;
	return sqrt(sum);
}

/* Those above 0, nearest first; near has room for all users. sums (users) is zero before and after. */
static size_t find_near(const struct user_neighbours *n, const struct asking_user *who, double *sums, struct near *near)
{
	double length = length_of(who);
	size_t count = 0;

	for (size_t i = 0; i < who->count; i++) {
		double weight = who->weights ? who->weights[i] : 1;

		for (size_t k = n->by_item->start[who->items[i]]; k < n->by_item->start[who->items[i] + 1]; k++)
			sums[n->by_item->column[k]] += weight * sparse_weight(n->by_item, k);
	}
	for (uint32_t v = 0; v < n->by_user->rows; v++) {
		if (sums[v] > 0 && v != who->himself)
			near[count++] = (struct near){ v, (float)(sums[v] / (length * n->length[v] + n->shrink)) };
		sums[v] = 0;
	}
	qsort(near, count, sizeof *near, nearest_first);
	return count < n->neighbours ? count : n->neighbours;
}

struct scratch {
	double *sums;
	struct near *near;
};

static struct scratch scratch_new(const struct user_neighbours *n)
{
	return (struct scratch){ array_of(n->by_user->rows, sizeof(double)), array_of(n->by_user->rows, sizeof(struct near)) };
}

static void scratch_free(struct scratch *s)
{
	free(s->sums);
	free(s->near);
}

static void score_with(const struct user_neighbours *n, const struct asking_user *who, const struct scratch *s, float *scores)
{
	size_t count = find_near(n, who, s->sums, s->near);

	memset(scores, 0, n->by_user->columns * sizeof *scores);
	for (size_t v = 0; v < count; v++) {
		for (size_t k = n->by_user->start[s->near[v].user]; k < n->by_user->start[s->near[v].user + 1]; k++)
			scores[n->by_user->column[k]] += s->near[v].cosine * sparse_weight(n->by_user, k);
	}
}

void user_neighbours_score_one(const struct user_neighbours *n, const struct asking_user *who, float *scores)
{
	CLEANUP(scratch_free) struct scratch s = scratch_new(n);

	score_with(n, who, &s, scores);
}

void user_neighbours_score(void *user_neighbours_scorer, const uint32_t *users, size_t count, float *scores, size_t thread)
{
	const struct user_neighbours_scorer *scorer = user_neighbours_scorer;
	const struct sparse *known = scorer->known;
	CLEANUP(scratch_free) struct scratch s = scratch_new(scorer->model);

	(void)thread;
	for (size_t i = 0; i < count; i++) {
		struct asking_user who = { scorer->same ? users[i] : UINT32_MAX, sparse_row(known, users[i]),
			                   known->weight ? known->weight + known->start[users[i]] : NULL, sparse_length(known, users[i]) };

		score_with(scorer->model, &who, &s, scores + i * known->columns);
	}
}

/* ---- reasons ---- */

void user_neighbours_reasons(const struct user_neighbours *n, const struct asking_user *who, uint32_t item, float *shares)
{
	CLEANUP(scratch_free) struct scratch s = scratch_new(n);
	size_t count = find_near(n, who, s.sums, s.near);
	double length = length_of(who);

	memset(shares, 0, who->count * sizeof *shares);
	for (size_t v = 0; v < count; v++) {
		uint32_t user = s.near[v].user;
		double had = sparse_value(n->by_user, user, item) / (length * n->length[user] + n->shrink);

		for (size_t i = 0; i < who->count && had != 0; i++)
			shares[i] += (float)(had * (who->weights ? who->weights[i] : 1) * sparse_value(n->by_user, user, who->items[i]));
	}
}
