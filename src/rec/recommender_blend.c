#include "rec/recommender_blend.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "num/memory.h"

void recommender_blend_of(struct recommender *members, const double *weights, size_t count, struct recommender *ret)
{
	struct recommender r = { .kind = REC_BLEND };
	size_t first = 0;

	assert(count >= 1 && count <= BLEND_MOST);
	while (first + 1 < count && !(weights[first] > 0))
		first++;
	assert(weights[first] > 0);
	r.items = members[first].items;
	r.item_names = members[first].item_names;
	r.members = array_of(count, sizeof *r.members);
	r.weights = array_of(count, sizeof *r.weights);
	r.popularity = array_of(r.items, sizeof *r.popularity);
	memcpy(r.popularity, members[first].popularity, r.items * sizeof *r.popularity);
	for (size_t i = first; i < count; i++) {
		if (!(weights[i] > 0))
			continue;
		assert(members[i].kind != REC_BLEND && members[i].items == r.items);
		r.weights[r.member_count] = weights[i];
		r.members[r.member_count] = members[i];
		r.members[r.member_count++].item_names = NULL;
		members[i] = (struct recommender){ 0 };
	}
	*ret = r;
}

/* ---- asking ---- */

struct member_asked {
	const struct recommender *member;
	const struct history *history;
	uint32_t himself;
};

/* Of the one who asks, whatever his number */
static void score_member(void *member_asked, const uint32_t *users, size_t count, float *scores, size_t thread)
{
	const struct member_asked *a = member_asked;

	(void)users;
	(void)thread;
	assert(count == 1);
	recommender__score_as(a->member, a->himself, a->history, scores);
}

void recommender__blend_score(const struct recommender *r, uint32_t himself, const struct history *h, float *scores)
{
	struct blend b = { .count = r->member_count, .items = r->items };
	struct member_asked asked[BLEND_MOST];

	for (size_t i = 0; i < r->member_count; i++) {
		asked[i] = (struct member_asked){ &r->members[i], h, himself };
		b.weights[i] = r->weights[i];
		b.scorers[i] = (struct scorer){ score_member, &asked[i] };
	}
	blend_score(&b, &himself, 1, scores, 0);
}

/* What a member says of an item, and by which scale that counts */
static float member_score(const struct recommender *member, const struct history *h, uint32_t item, struct blend_scale *scale)
{
	float *scores = array_of(member->items, sizeof *scores), ret;

	recommender__score_as(member, UINT32_MAX, h, scores);
	*scale = blend_scale_of(scores, member->items);
	ret = scores[item];
	free(scores);
	return ret;
}

double recommender_blend_part(const struct recommender *blend, size_t member, const struct history *h, uint32_t item)
{
	struct blend_scale scale;
	float score = member_score(&blend->members[member], h, item, &scale);

	return scale.deviation > 0 ? blend->weights[member] * ((double)score - scale.mean) / scale.deviation : 0;
}

float recommender__blend_of_everybody(const struct recommender *r, const struct history *h, uint32_t item)
{
	double sum = 0;

	for (size_t i = 0; i < r->member_count; i++) {
		const struct recommender *member = &r->members[i];
		struct blend_scale scale;
		float score = member_score(member, h, item, &scale);
		double same = (double)(member->kind == REC_POPULARITY ? score : recommender_of_everybody(member, h, item));

		sum += scale.deviation > 0 ? r->weights[i] * (same - scale.mean) / scale.deviation : 0;
	}
	return (float)sum;
}

void recommender__blend_reasons(const struct recommender *r, const struct history *h, uint32_t item, float *shares)
{
	float *of_member = array_of(h->count, sizeof *of_member);
	double *sums = array_of(h->count, sizeof *sums);

	for (size_t i = 0; i < r->member_count; i++) {
		struct blend_scale scale;

		if (recommender_reasons(&r->members[i], h, item, of_member))
			continue; /* popularity: the same for everybody */
		member_score(&r->members[i], h, item, &scale);
		for (size_t k = 0; k < h->count && scale.deviation > 0; k++)
			sums[k] += r->weights[i] * (double)of_member[k] / scale.deviation;
	}
	for (size_t k = 0; k < h->count; k++)
		shares[k] = (float)sums[k];
	free(of_member);
	free(sums);
}

/* ---- the file: each member a file in it ---- */

enum { MEMBER_NAME_MAX = 32 };

static void member_name(char out[MEMBER_NAME_MAX], size_t member) { snprintf(out, MEMBER_NAME_MAX, "member %zu", member); }

void recommender__blend_save(const struct recommender *r, struct buffer *b)
{
	char name[MEMBER_NAME_MAX];

	saved_add(b, "weights", SAVED_F64, r->weights, r->member_count);
	for (size_t i = 0; i < r->member_count; i++) {
		CLEANUP(buffer_free) struct buffer whole = BUFFER(b->max);

		recommender_save(&r->members[i], &whole);
		member_name(name, i);
		recommender__save_whole(b, name, &whole);
	}
}

static problem load_weights(const struct saved *s, struct recommender *r, size_t *count)
{
	const void *at;
	double sum = 0;
	problem why = saved_array(s, "weights", SAVED_F64, count, &at);

	if (why)
		return why;
	if (*count < 1 || *count > BLEND_MOST)
		return &saved_damaged;
	r->weights = array_of(*count, sizeof *r->weights);
	r->members = array_of(*count, sizeof *r->members);
	memcpy(r->weights, at, *count * sizeof *r->weights);
	for (size_t i = 0; i < *count; i++) {
		if (!(r->weights[i] > 0 && r->weights[i] <= 1 + 1e-6))
			return &saved_damaged;
		sum += r->weights[i];
	}
	return fabs(sum - 1) <= 1e-6 ? NULL : &saved_damaged;
}

static problem load_member(struct threads *threads, const struct saved *s, size_t at, struct recommender *ret)
{
	char name[MEMBER_NAME_MAX];
	const void *bytes;
	size_t length;
	struct saved whole;
	problem why;

	member_name(name, at);
	why = saved_array(s, name, SAVED_U8, &length, &bytes);
	if (!why)
		why = saved_open((struct text){ bytes, length }, RECOMMENDER_SAVED, RECOMMENDER_VERSION, &whole);
	return why ? why : recommender__load(threads, &whole, false, ret);
}

problem recommender__blend_load(struct threads *threads, const struct saved *s, struct recommender *r)
{
	size_t count;
	problem why = load_weights(s, r, &count);

	for (size_t i = 0; i < count && !why; i++) {
		why = load_member(threads, s, i, &r->members[i]);
		if (why)
			break;
		r->member_count++;
		if (r->members[i].items != r->items)
			why = &saved_damaged;
	}
	return why;
}
