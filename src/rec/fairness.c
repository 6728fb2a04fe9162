/* fairness.c - shares are sums over what was shown; nothing here is estimated. */
#include "rec/fairness.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/memory.h"
#include "num/order.h"

/* exposure (items): becomes sorted */
static double gini_of(double *exposure, size_t items)
{
	double sum = 0, weighed = 0;

	qsort(exposure, items, sizeof *exposure, order_f64);
	for (size_t i = 0; i < items; i++) {
		sum += exposure[i];
		weighed += ((double)(2 * i + 1) - (double)items) * exposure[i];
	}
	return sum > 0 ? weighed / ((double)items * sum) : 0;
}

struct taken {
	size_t count;
	uint32_t item;
};

static int most_first(const void *a, const void *b)
{
	const struct taken *x = a, *y = b;

	return FALLING(x->count, y->count) ?: RISING(x->item, y->item);
}

/* What those that are not among the most taken up fifth have of all. */
static double tail_of(const struct items_grouped *g, const double *exposure, double all)
{
	struct taken *order = array_of(g->items, sizeof *order);
	double tail = 0;

	for (uint32_t i = 0; i < g->items; i++)
		order[i] = (struct taken){ g->taken_up[i], i };
	qsort(order, g->items, sizeof *order, most_first);
	for (uint32_t i = (g->items + 4) / 5; i < g->items; i++)
		tail += exposure[order[i].item];
	free(order);
	return all > 0 ? tail / all : 0;
}

/* Sums of each group, and of all, into shares. */
static void to_shares(struct group_shares *groups, size_t count, const struct group_shares *all)
{
	for (size_t g = 0; g < count; g++) {
		struct group_shares *s = &groups[g];

		s->catalogue = all->catalogue > 0 ? s->catalogue / all->catalogue : 0;
		s->taken_up = all->taken_up > 0 ? s->taken_up / all->taken_up : 0;
		s->visibility = all->visibility > 0 ? s->visibility / all->visibility : 0;
		s->exposure = all->exposure > 0 ? s->exposure / all->exposure : 0;
		s->over = s->exposure - s->taken_up;
	}
}

void fairness_items(const struct lists *lists, const struct items_grouped *items, struct group_shares *groups, struct exposure *ret)
{
	double *exposure = array_of(items->items, sizeof *exposure), *shown = array_of(items->items, sizeof *shown);
	struct group_shares all = { 0 };

	*ret = (struct exposure){ 0 };
	memset(groups, 0, items->groups * sizeof *groups);
	for (size_t at = 0; at < lists->users * lists->slots; at++) {
		uint32_t item = lists->at[at].item;

		if (item == TOPK_NONE)
			continue;
		assert(item < items->items);
		shown[item]++;
		exposure[item] += 1 / log2((double)(at % lists->slots) + 2);
	}
	for (uint32_t i = 0; i < items->items; i++) {
		struct group_shares *g = &groups[items->group[i]];

		assert(items->group[i] < items->groups);
		g->catalogue++;
		g->taken_up += (double)items->taken_up[i];
		g->visibility += shown[i];
		g->exposure += exposure[i];
		all.taken_up += (double)items->taken_up[i];
		all.visibility += shown[i];
		all.exposure += exposure[i];
		ret->coverage += shown[i] > 0;
	}
	all.catalogue = items->items;
	to_shares(groups, items->groups, &all);
	for (size_t g = 0; g < items->groups; g++)
		ret->largest = fmax(ret->largest, fabs(groups[g].over));
	ret->slots = (size_t)all.visibility;
	ret->coverage = items->items ? ret->coverage / items->items : 0;
	ret->tail = tail_of(items, exposure, all.exposure);
	ret->gini = gini_of(exposure, items->items);
	free(exposure);
	free(shown);
}

double fairness_users(const struct users_grouped *u, double *mean)
{
	size_t *count = array_of(u->groups, sizeof *count);
	double least = INFINITY, most = -INFINITY;

	memset(mean, 0, u->groups * sizeof *mean);
	for (size_t i = 0; i < u->users; i++) {
		assert(u->group[i] < u->groups);
		if (isnan(u->served[i]))
			continue;
		mean[u->group[i]] += (double)u->served[i];
		count[u->group[i]]++;
	}
	for (size_t g = 0; g < u->groups; g++) {
		mean[g] = count[g] ? mean[g] / (double)count[g] : NAN;
		least = count[g] ? fmin(least, mean[g]) : least;
		most = count[g] ? fmax(most, mean[g]) : most;
	}
	free(count);
	return most > least ? most - least : 0;
}
