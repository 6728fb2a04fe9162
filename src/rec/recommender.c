#include "rec/recommender.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "num/memory.h"
#include "rec/ease.h"
#include "rec/names.h"
#include "rec/prior.h"
#include "rec/recommender_blend.h"
#include "rec/sparse_saved.h"

const struct problem recommender_no_reasons = { 422, "recommender-no-reasons", "Popularity is the same for everybody: nothing that somebody had is a reason." };

const char *const recommender_names[REC_KINDS] = {
	[REC_POPULARITY] = "popularity", [REC_EASE] = "ease", [REC_ITEM_KNN] = "item-knn", [REC_RP3BETA] = "rp3beta",
	[REC_USER_KNN] = "user-knn", [REC_ALS] = "als", [REC_GFCF] = "gfcf", [REC_RATINGS] = "ratings",
};

void recommender_free(struct recommender *r)
{
	free(r->popularity);
	item_model_free(&r->links);
	user_neighbours_free(&r->near);
	sparse_free(&r->users);
	sparse_free(&r->turned);
	als_free(&r->als);
	gfcf_free(&r->gfcf);
	ratings_free(&r->ratings);
	for (size_t i = 0; i < r->member_count; i++)
		recommender_free(&r->members[i]);
	free(r->members);
	free(r->weights);
	*r = (struct recommender){ 0 };
}

/* A row links its item to no more than the others of its user. */
static size_t links_most(const struct interactions *m, uint32_t keep)
{
	size_t *rows = array_of(m->users, sizeof *rows), sum = 0, items = m->items < m->count ? m->items : m->count;

	for (size_t i = 0; i < m->count; i++)
		sum += rows[m->user[i]]++;
	free(rows);
	return 2 * sum < items * keep ? 2 * sum : items * keep;
}

size_t recommender_bytes(const struct recommender_options *o, const struct interactions *m, size_t threads)
{
	size_t users = m->users, items = m->items, matrices = m->count * 24 + (users + items) * 24 + items * sizeof(float);

	switch (o->kind) {
	case REC_EASE:
		return matrices + ease_bytes(m, &(struct ease_options){ o->lambda, o->keep, o->features });
	case REC_ITEM_KNN:
	case REC_RP3BETA:
		return matrices + links_most(m, o->keep) * 16 + items * (40 + 16 * threads) + users * 8;
	case REC_ALS:
		return matrices + als_bytes(&o->als, m->users, m->items) + (o->terms ? prior_bytes(o->terms->columns, o->als.factors) : 0);
	case REC_USER_KNN:
		return matrices + users * (4 + 16 * threads);
	case REC_GFCF:
		return matrices + gfcf_bytes(&o->gfcf, m);
	case REC_RATINGS:
		return matrices + ratings_bytes(&o->ratings, m);
	case REC_POPULARITY:
	case REC_KINDS:
	case REC_BLEND:
		break;
	}
	return items * 12;
}

/* ---- fitting ---- */

static int64_t latest(const struct interactions *m, const uint8_t *parts, unsigned wanted)
{
	int64_t ret = INT64_MIN;

	for (size_t i = 0; m->time && i < m->count; i++) {
		if ((!parts || parts[i] & wanted) && m->time[i] > ret)
			ret = m->time[i];
	}
	return ret;
}

static void near_users(struct recommender *r, const struct recommender_options *o)
{
	sparse_transpose(&r->users, &r->turned);
	user_neighbours_of(&r->users, &r->turned, o->neighbours, o->shrink, &r->near);
}

static problem fit_als(struct threads *threads, const struct sparse *x, const struct recommender_options *o, struct progress *progress,
                       struct recommender *r)
{
	CLEANUP(prior_free) struct prior prior = { 0 };
	problem why = als_fit(threads, x, &o->als, progress, &r->als);

	if (!why && o->terms)
		why = prior_fit(threads, o->terms, &r->als.items, &(struct prior_options){ .lambda = o->prior }, &prior);
	if (!why && o->terms)
		why = prior_fill(&prior, threads, o->terms, &r->als, &r->from_terms);
	return why;
}

static problem fit_matrix(struct threads *threads, struct sparse *x, const struct recommender_options *o, struct progress *progress,
                          struct recommender *r)
{
	switch (o->kind) {
	case REC_EASE:
		return ease_fit(threads, x, &(struct ease_options){ o->lambda, o->keep, o->features }, progress, &r->links);
	case REC_ITEM_KNN:
		return neighbours_fit(threads, x, &(struct neighbours_options){ NEIGHBOURS_COSINE, o->keep, o->shrink, 0, 0 }, &r->links);
	case REC_RP3BETA:
		return neighbours_fit(threads, x, &(struct neighbours_options){ NEIGHBOURS_RP3BETA, o->keep, 0, o->alpha, o->beta }, &r->links);
	case REC_USER_KNN:
		r->users = *x;
		*x = (struct sparse){ 0 };
		near_users(r, o);
		return NULL;
	case REC_ALS:
		return fit_als(threads, x, o, progress, r);
	case REC_GFCF:
		return gfcf_fit(threads, x, &o->gfcf, progress, &r->gfcf);
	case REC_RATINGS:
		return ratings_fit(threads, x, &o->ratings, progress, &r->ratings);
	case REC_POPULARITY:
	case REC_KINDS:
	case REC_BLEND:
		break;
	}
	abort();
}

problem recommender_fit(struct threads *threads, const struct interactions *m, const uint8_t *parts, unsigned wanted,
                        const struct recommender_options *o, struct progress *progress, struct recommender *ret)
{
	struct recommender r = { .kind = o->kind, .items = m->items, .item_names = m->item_names, .popularity = array_of(m->items, sizeof(float)) };
	CLEANUP(sparse_free) struct sparse x = { 0 };
	problem why = popularity_of(m, parts, wanted, o->half_life, latest(m, parts, wanted), r.popularity);

	if (!why && o->kind != REC_POPULARITY) {
		(o->kind == REC_RATINGS ? sparse_latest : sparse_of)(m, parts, wanted, &x);
		why = fit_matrix(threads, &x, o, progress, &r);
	}
	if (why)
		recommender_free(&r);
	else
		*ret = r;
	return why;
}

/* ---- asking ---- */

/* It points at matrices that lie in the recommender, which may have been moved since. */
static struct user_neighbours near_in(const struct recommender *r)
{
	struct user_neighbours near = r->near;

	near.by_user = &r->users;
	near.by_item = &r->turned;
	return near;
}

static void score_als(const struct recommender *r, const struct history *h, float *scores)
{
	struct arena *arena = arena_new((size_t)1 << 30);
	struct als_person person;

	als_fold_in(&r->als, arena, &(struct als_events){ h->count, h->items, h->weights }, &person);
	dense_gemv(scores, &r->als.items, person.factors);
	arena_free(arena);
}

static void score_ratings(const struct recommender *r, const float *user, float *scores)
{
	for (uint32_t i = 0; i < r->items; i++)
		scores[i] = ratings_expect(&r->ratings, user, i);
}

static const float *stars_of(const struct history *h) { return h->stars ? h->stars : h->weights; }

static void score_folded_in(const struct recommender *r, const struct history *h, float *scores)
{
	float *user = array_of(r->ratings.items.columns, sizeof *user);

	ratings_fold_in(&r->ratings, &(struct ratings_given){ h->count, h->items, stars_of(h) }, user);
	score_ratings(r, user, scores);
	free(user);
}

void recommender__score_as(const struct recommender *r, uint32_t himself, const struct history *h, float *scores)
{
	struct asking_user who = { himself, h->items, h->weights, h->count };
	struct user_neighbours near = near_in(r);

	switch (h->count ? r->kind : REC_POPULARITY) {
	case REC_POPULARITY:
		memcpy(scores, r->popularity, r->items * sizeof *scores);
		break;
	case REC_EASE:
	case REC_ITEM_KNN:
	case REC_RP3BETA:
		item_model_score_one(&r->links, h->items, h->weights, h->count, scores);
		break;
	case REC_USER_KNN:
		user_neighbours_score_one(&near, &who, scores);
		break;
	case REC_ALS:
		score_als(r, h, scores);
		break;
	case REC_GFCF:
		gfcf_score_one(&r->gfcf, &(struct gfcf_had){ h->count, h->items, h->weights }, scores);
		break;
	case REC_RATINGS:
		score_folded_in(r, h, scores);
		break;
	case REC_BLEND:
		recommender__blend_score(r, himself, h, scores);
		break;
	case REC_KINDS:
		abort();
	}
}

void recommender_score(const struct recommender *r, const struct history *h, float *scores)
{
	recommender__score_as(r, UINT32_MAX, h, scores);
}

static bool keeps_users(const struct recommender *r) { return r->kind == REC_ALS || r->kind == REC_RATINGS; }

/* Users from whom it was fitted, by what it keeps of them */
static void score_kept(const struct recommender *r, const uint32_t *users, size_t count, float *scores, size_t thread)
{
	if (r->kind == REC_ALS)
		als_score((void *)&r->als, users, count, scores, thread);
	for (size_t i = 0; i < count && r->kind == REC_RATINGS; i++)
		score_ratings(r, dense_row(&r->ratings.users, users[i]), scores + i * r->items);
}

void recommender_scorer_score(void *recommender_scorer, const uint32_t *users, size_t count, float *scores, size_t thread)
{
	const struct recommender_scorer *s = recommender_scorer;
	const struct recommender *r = s->recommender;
	bool kept = s->same && keeps_users(r);

	if (kept)
		score_kept(r, users, count, scores, thread);
	for (size_t i = 0; i < count; i++) {
		struct history h = { sparse_row(s->known, users[i]), s->known->weight ? s->known->weight + s->known->start[users[i]] : NULL,
			             sparse_length(s->known, users[i]) };

		if (!kept || !h.count)
			recommender__score_as(r, s->same ? users[i] : UINT32_MAX, &h, scores + i * r->items);
	}
}

static void reasons_als(const struct recommender *r, const struct history *h, uint32_t item, float *shares)
{
	struct arena *arena = arena_new((size_t)1 << 30);
	struct als_person person;

	als_fold_in(&r->als, arena, &(struct als_events){ h->count, h->items, h->weights }, &person);
	als_reasons(&r->als, arena, &person, &item, 1, shares);
	arena_free(arena);
}

bool recommender_is_of_stars(const struct recommender *r)
{
	bool ret = r->kind == REC_RATINGS;

	for (size_t i = 0; i < r->member_count; i++)
		ret |= r->members[i].kind == REC_RATINGS;
	return ret;
}

float recommender_of_everybody(const struct recommender *r, const struct history *h, uint32_t item)
{
	if (r->kind == REC_BLEND)
		return recommender__blend_of_everybody(r, h, item);
	return r->kind == REC_RATINGS ? ratings_expect_anybody(&r->ratings, item) : 0;
}

problem recommender_reasons(const struct recommender *r, const struct history *h, uint32_t item, float *shares)
{
	struct asking_user who = { UINT32_MAX, h->items, h->weights, h->count };
	struct user_neighbours near = near_in(r);

	switch (h->count ? r->kind : REC_POPULARITY) {
	case REC_POPULARITY:
		return &recommender_no_reasons;
	case REC_EASE:
	case REC_ITEM_KNN:
	case REC_RP3BETA:
		item_model_reasons(&r->links, item, h->items, h->weights, h->count, shares);
		return NULL;
	case REC_USER_KNN:
		user_neighbours_reasons(&near, &who, item, shares);
		return NULL;
	case REC_ALS:
		reasons_als(r, h, item, shares);
		return NULL;
	case REC_GFCF:
		gfcf_reasons(&r->gfcf, &(struct gfcf_had){ h->count, h->items, h->weights }, item, shares);
		return NULL;
	case REC_RATINGS:
		ratings_reasons(&r->ratings, &(struct ratings_given){ h->count, h->items, stars_of(h) }, item, shares);
		return NULL;
	case REC_BLEND:
		recommender__blend_reasons(r, h, item, shares);
		return NULL;
	case REC_KINDS:
		break;
	}
	abort();
}

/* ---- the file ---- */

static struct names_saved items_saved(const struct recommender *r) { return (struct names_saved){ "name_ends", "names", r->items }; }

void recommender__save_whole(struct buffer *b, const char *name, struct buffer *whole)
{
	saved_add(b, name, SAVED_U8, buffer_text(whole).at, whole->length);
	if (whole->why)
		b->why = whole->why;
}

static void save_kind(const struct recommender *r, struct buffer *b)
{
	double near[2] = { r->near.neighbours, r->near.shrink };
	CLEANUP(buffer_free) struct buffer whole = BUFFER(b->max);

	switch (r->kind) {
	case REC_POPULARITY:
		break;
	case REC_EASE:
	case REC_ITEM_KNN:
	case REC_RP3BETA:
		item_model_save(&r->links, b);
		break;
	case REC_USER_KNN:
		sparse_save(b, "users", &r->users);
		saved_add(b, "near", SAVED_F64, near, 2);
		break;
	case REC_ALS:
		als_save(&r->als, &whole);
		recommender__save_whole(b, "als", &whole);
		break;
	case REC_GFCF:
		gfcf_save(&r->gfcf, b);
		break;
	case REC_RATINGS:
		ratings_save(&r->ratings, &whole);
		recommender__save_whole(b, "ratings", &whole);
		break;
	case REC_BLEND:
		recommender__blend_save(r, b);
		break;
	case REC_KINDS:
		abort();
	}
}

void recommender_save(const struct recommender *r, struct buffer *b)
{
	uint32_t head[2] = { r->kind, r->items };

	saved_begin(b, RECOMMENDER_SAVED, RECOMMENDER_VERSION);
	saved_add(b, "head", SAVED_U32, head, 2);
	saved_add(b, "popularity", SAVED_F32, r->popularity, r->items);
	save_kind(r, b);
	if (r->item_names)
		names_save(r->item_names, (struct names_saved[]){ items_saved(r) }, b);
	saved_end(b);
}

static problem load_popularity(const struct saved *s, struct recommender *r)
{
	const void *at;
	problem why = saved_array_of(s, "popularity", SAVED_F32, r->items, &at);

	if (why)
		return why;
	r->popularity = array_of(r->items, sizeof(float));
	memcpy(r->popularity, at, r->items * sizeof *r->popularity);
	for (uint32_t i = 0; i < r->items; i++) {
		if (!isfinite(r->popularity[i]))
			return &saved_damaged;
	}
	return NULL;
}

static problem load_near(const struct saved *s, struct recommender *r)
{
	const void *at = NULL;
	const double *near;
	problem why = saved_array_of(s, "near", SAVED_F64, 2, &at);

	if (!why)
		why = sparse_load(s, "users", &r->users);
	if (why)
		return why;
	near = at;
	if (!(near[0] >= 1 && near[0] <= UINT32_MAX) || !(near[1] >= 0) || !isfinite(near[1]) || r->users.columns != r->items)
		return &saved_damaged;
	near_users(r, &(struct recommender_options){ .neighbours = (uint32_t)near[0], .shrink = near[1] });
	return NULL;
}

static problem load_als(struct threads *threads, const struct saved *s, struct recommender *r)
{
	const void *at;
	size_t length;
	problem why = saved_array(s, "als", SAVED_U8, &length, &at);

	if (!why)
		why = als_load(threads, (struct text){ at, length }, &r->als);
	return why || r->als.items.rows == r->items ? why : &saved_damaged;
}

static problem load_ratings(const struct saved *s, struct recommender *r)
{
	const void *at;
	size_t length;
	problem why = saved_array(s, "ratings", SAVED_U8, &length, &at);

	if (!why)
		why = ratings_load((struct text){ at, length }, &r->ratings);
	return why || r->ratings.items.rows == r->items ? why : &saved_damaged;
}

static problem load_kind(struct threads *threads, const struct saved *s, struct recommender *r)
{
	problem why;

	switch (r->kind) {
	case REC_POPULARITY:
		return NULL;
	case REC_EASE:
	case REC_ITEM_KNN:
	case REC_RP3BETA:
		why = item_model_load(s, &r->links);
		return why || r->links.items == r->items ? why : &saved_damaged;
	case REC_USER_KNN:
		return load_near(s, r);
	case REC_ALS:
		return load_als(threads, s, r);
	case REC_GFCF:
		why = gfcf_load(s, &r->gfcf);
		return why || r->gfcf.items.rows == r->items ? why : &saved_damaged;
	case REC_RATINGS:
		return load_ratings(s, r);
	case REC_BLEND:
		return recommender__blend_load(threads, s, r);
	case REC_KINDS:
		break;
	}
	return &saved_damaged;
}

problem recommender__load(struct threads *threads, const struct saved *s, bool may_blend, struct recommender *ret)
{
	struct recommender r = { 0 };
	const void *head;
	bool is_known;
	problem why = saved_array_of(s, "head", SAVED_U32, 2, &head);

	if (why)
		return why;
	r.kind = ((const uint32_t *)head)[0];
	r.items = ((const uint32_t *)head)[1];
	is_known = (r.kind >= REC_POPULARITY && r.kind < REC_KINDS) || (may_blend && r.kind == REC_BLEND);
	if (!is_known || r.items > ITEMS_MAX)
		return &saved_damaged;
	why = load_popularity(s, &r);
	if (!why)
		why = load_kind(threads, s, &r);
	if (why)
		recommender_free(&r);
	else
		*ret = r;
	return why;
}

problem recommender_load(struct arena *arena, struct threads *threads, const struct saved *s, struct recommender *ret)
{
	struct recommender r;
	problem why = recommender__load(threads, s, true, &r);

	if (why)
		return why;
	why = names_load(arena, s, (struct names_saved[]){ items_saved(&r) }, &r.item_names);
	if (why)
		recommender_free(&r);
	else
		*ret = r;
	return why;
}
