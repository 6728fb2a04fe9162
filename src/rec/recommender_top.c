/* recommender_top.c - the best of a recommender for somebody, and for everybody. Scores that are products of factors are not all made: topk.h
 * passes over what is too small. */
#include "rec/recommender.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "num/memory.h"

static size_t top_of_scores(const float *scores, uint32_t items, const struct history *h, struct top *ret)
{
	uint32_t best[CUTOFF_MAX];
	size_t count = evaluate_top(scores, items, (struct had){ h->items, h->count }, best, ret->most);

	for (size_t i = 0; i < count; i++)
		ret->found[i] = (struct topk_found){ best[i], scores[best[i]] };
	return count;
}

static size_t top_of_all(const struct recommender *r, const struct history *h, struct top *ret)
{
	float *scores = array_of(r->items, sizeof *scores);
	size_t count;

	recommender_score(r, h, scores);
	count = top_of_scores(scores, r->items, h, ret);
	free(scores);
	return count;
}

/* Only of als: those of ratings have more than a product, and equal once that is added they stand in the order of their numbers. */
static size_t top_of_factors(const struct recommender *r, const struct topk *items, const struct history *h, struct top *ret)
{
	struct topk_without without = { .list = h->items, .count = h->count };
	struct arena *arena = arena_new((size_t)1 << 30);
	struct als_person person;
	size_t count;

	als_fold_in(&r->als, arena, &(struct als_events){ h->count, h->items, h->weights }, &person);
	count = topk_find(items, NULL, person.factors, &without, ret->most, ret->found);
	arena_free(arena);
	return count;
}

/* NULL: its scores are no products of factors. */
static struct topk *open_factors(const struct recommender *r)
{
	struct topk *ret;

	return r->kind != REC_ALS || topk_open(&r->als.items, TOPK_BEST, &ret) ? NULL : ret;
}

void recommender_top(const struct recommender *r, const struct history *h, struct top *ret)
{
	CLEANUP(topk_free) struct topk *items = h->count ? open_factors(r) : NULL;

	assert(ret->most > 0 && ret->most <= CUTOFF_MAX);
	ret->count = items ? top_of_factors(r, items, h, ret) : top_of_all(r, h, ret);
}

/* ---- everybody ---- */

struct everybody {
	const struct listed *listed;
	struct topk_found *ret;
	float *scores; /* (threads, items) */
	bool known;    /* also of who had something */
	atomic_size_t done; /* users */
};

static void list_of(const struct everybody *e, size_t user, size_t thread)
{
	const struct listed *l = e->listed;
	uint32_t u = (uint32_t)user;
	struct history h = { sparse_row(l->known, u), NULL, sparse_length(l->known, u) };
	struct top top = { l->slots, 0, e->ret + user * l->slots };
	float *scores = e->scores + thread * l->known->columns;
	bool is_served = !l->served || !isnan(l->served[u]);

	if (is_served && h.count && !e->known)
		return;
	if (is_served) {
		l->scorer.score(l->scorer.self, &u, 1, scores, thread);
		top.count = top_of_scores(scores, l->known->columns, &h, &top);
	}
	for (size_t i = top.count; i < l->slots; i++)
		top.found[i] = (struct topk_found){ TOPK_NONE, -INFINITY };
}

static void list_next(void *self, size_t user, size_t thread)
{
	struct everybody *e = self;

	list_of(e, user, thread);
	atomic_fetch_add(&e->done, 1);
	if (thread == 0)
		progress_at(e->listed->progress, atomic_load(&e->done), e->listed->known->rows);
}

static void list_all(struct threads *threads, struct everybody e)
{
	e.scores = array_of(threads_count(threads) * e.listed->known->columns, sizeof *e.scores);
	threads_each(threads, e.listed->known->rows, list_next, &e);
	free(e.scores);
}

void scorer_lists(struct threads *threads, const struct listed *l, struct topk_found *ret)
{
	assert(l->slots > 0 && l->slots <= CUTOFF_MAX);
	list_all(threads, (struct everybody){ .listed = l, .ret = ret, .known = true });
}

void recommender_lists(struct threads *threads, const struct recommender_scorer *s, const struct listed *l, struct topk_found *ret)
{
	struct listed own = { { recommender_scorer_score, (void *)s }, s->known, l->slots, l->served, l->progress };
	CLEANUP(topk_free) struct topk *items = s->same ? open_factors(s->recommender) : NULL;

	assert(l->slots > 0 && l->slots <= CUTOFF_MAX);
	if (items)
		topk_all(items, threads, &s->recommender->als.users, s->known, l->slots, ret);
	list_all(threads, (struct everybody){ .listed = &own, .ret = ret, .known = !items });
}
