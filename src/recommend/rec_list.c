/* rec_list.c - the rules of the README, one function a source. The profile is read in add_profile alone, which is called for whoever
 * lets it be read; everybody else gets what does not depend on who he is, less what he owns. */
#include "recommend/rec_list.h"

#include "catalog/bundle.h"

#include <assert.h>

const char *const rec_place_names[] = { [REC_HOME] = "home", [REC_WORK] = "work", [REC_AFTER_PURCHASE] = "after_purchase", NULL };

enum { OF_EACH = 20, SEEDS = 5 };

/* What a ground weighs for the first of its list; the r-th gets 1/r of it. */
static const double bought_weight = 1.0, similar_weight = 0.9, picked_weight = 0.05, popular_weight = 0.02, seen_weight = 0.6, fade = 0.8;

static double at_place(double weight, size_t place) { return weight / (double)(place + 1); }

/* ---- sources ---- */

static problem add_bought(struct tx *tx, struct rec_candidates *to, int64_t work, struct rec_share like)
{
	struct rec_pair *pairs;
	size_t n;
	problem why = rec__pairs(tx, work, OF_EACH, &pairs, &n);

	for (size_t i = 0; !why && i < n; i++)
		rec__add(to, (struct rec_share){ .work = pairs[i].other, .because = like.because, .reason = like.reason, .weight = at_place(like.weight, i) });
	return why;
}

static problem add_similar(struct request *rq, struct rec_candidates *to, int64_t work, struct rec_share like)
{
	struct search_like likes[OF_EACH];
	size_t n;
	problem why = search_similar(rq->serve, rq->tx, (struct work_id){ work }, OF_EACH, likes, &n);

	for (size_t i = 0; !why && i < n; i++)
		rec__add(to, (struct rec_share){ .work = likes[i].work.v, .because = like.because, .reason = like.reason, .weight = at_place(like.weight, i) });
	return why;
}

static problem add_everybodys(struct tx *tx, struct rec_candidates *to)
{
	struct work_card *popular;
	struct picked picked;
	size_t n = 0;
	problem why = catalog_picks(tx, PICK_HOME, &picked);

	for (size_t i = 0; !why && i < picked.work_count; i++)
		rec__add(to, (struct rec_share){ .work = picked.works[i].id.v, .reason = REC_PICKED, .weight = at_place(picked_weight, i) });
	if (!why)
		why = catalog_popular(tx, OF_EACH, &popular, &n);
	for (size_t i = 0; !why && i < n; i++)
		rec__add(to, (struct rec_share){ .work = popular[i].id.v, .reason = REC_POPULAR, .weight = at_place(popular_weight, i) });
	return why;
}

static problem add_owned(struct request *rq, const struct rec_ask *ask, struct rec_candidates *to)
{
	struct entitlement *owned;
	double weight = 1;
	size_t n;
	problem why = entitlements_of(rq->tx, ask->user, SEEDS, &owned, &n);

	for (size_t i = 0; !why && i < n; i++, weight *= fade) {
		int64_t work = owned[i].work.v;

		why = add_bought(rq->tx, to, work, (struct rec_share){ .because = work, .reason = REC_BOUGHT_LIKE, .weight = weight * bought_weight });
		if (!why)
			why = add_similar(rq, to, work, (struct rec_share){ .because = work, .reason = REC_LIKE_OWNED, .weight = weight * similar_weight });
	}
	return why;
}

static problem add_profile(struct request *rq, const struct rec_ask *ask, struct rec_candidates *to)
{
	int64_t *seen;
	double weight = seen_weight;
	size_t n;
	problem why = add_owned(rq, ask, to);

	if (!why)
		why = event_seen(rq->tx, ask->user, SEEDS, &seen, &n);
	for (size_t i = 0; !why && i < n; i++, weight *= fade) {
		rec__add(to, (struct rec_share){ .work = seen[i], .because = seen[i], .reason = REC_LIKE_SEEN, .weight = weight / 2 });
		why = add_similar(rq, to, seen[i], (struct rec_share){ .because = seen[i], .reason = REC_LIKE_SEEN, .weight = weight });
	}
	return why;
}

static problem gather(struct request *rq, const struct rec_ask *ask, struct rec_candidates *to)
{
	problem why = NULL;

	if (ask->work)
		why = add_bought(rq->tx, to, ask->work, (struct rec_share){ .because = ask->work, .reason = REC_BOUGHT, .weight = bought_weight });
	if (!why && ask->work)
		why = add_similar(rq, to, ask->work, (struct rec_share){ .because = ask->work, .reason = REC_SIMILAR, .weight = similar_weight });
	if (!why && ask->personal)
		why = add_profile(rq, ask, to);
	return why ? why : add_everybodys(rq->tx, to);
}

/* ---- choosing ---- */

struct cards {
	struct work_card *items;
	size_t count;
};

static const struct work_card *card_of(const struct cards *cards, int64_t work)
{
	for (size_t i = 0; i < cards->count; i++) {
		if (cards->items[i].id.v == work)
			return &cards->items[i];
	}
	return NULL;
}

static problem load_cards(struct tx *tx, const struct rec_candidates *of, struct cards *ret)
{
	int64_t ids[REC_CANDIDATES];

	static_assert(REC_CANDIDATES <= PAGE_MAX * 4, "works_by_ids takes them at once");
	for (size_t i = 0; i < of->count; i++)
		ids[i] = of->items[i].work;
	return of->count ? works_by_ids(tx, ids, of->count, &ret->items, &ret->count) : NULL;
}

static bool holds(const int64_t *set, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++) {
		if (set[i] == id)
			return true;
	}
	return false;
}

static size_t of_creator(const struct rec_list *list, const struct work_card *card)
{
	size_t n = 0;

	for (size_t i = 0; i < list->item_count; i++)
		n += list->items[i].card.creator.v == card->creator.v;
	return n;
}

static bool is_listed(const struct rec_list *list, int64_t work)
{
	for (size_t i = 0; i < list->item_count; i++) {
		if (list->items[i].card.id.v == work)
			return true;
	}
	return false;
}

struct choice {
	const struct rec_candidates *candidates;
	const struct cards *cards;
	const int64_t *hidden;
	size_t hidden_count;
	const struct work_card *inside; /* of the bundle that the list stands beside: they are shown there already */
	size_t inside_count;
};

static bool is_inside(const struct choice *choice, int64_t work)
{
	for (size_t i = 0; i < choice->inside_count; i++) {
		if (choice->inside[i].id.v == work)
			return true;
	}
	return false;
}

static problem look_inside(struct tx *tx, int64_t work, struct choice *choice)
{
	struct work_card card, *works;
	problem why = work_by_id(tx, (struct work_id){ work }, &card);

	if (why || card.kind != WORK_BUNDLE)
		return why == &work_missing ? NULL : why;
	why = work_opens(tx, &card, OPENS_ON_SALE, &works, &choice->inside_count);
	if (why)
		choice->inside_count = 0;
	choice->inside = why ? NULL : works;
	return why == &bundle_too_small ? NULL : why;
}

/* Only a bundle asks what is inside of it. */
static bool is_owned(struct request *rq, const struct rec_ask *ask, const struct work_card *card)
{
	bool owned = false;

	if (card->kind != WORK_BUNDLE)
		return entitled(rq->tx, ask->user, card->id);
	return order_owns(rq->tx, ask->user, card->id, &owned) || owned;
}

static bool is_possible(struct request *rq, const struct rec_ask *ask, const struct choice *choice, int64_t work)
{
	const struct work_card *card = card_of(choice->cards, work);

	if (!card || card->state != WORK_PUBLISHED || work == ask->work || is_inside(choice, work) || holds(choice->hidden, choice->hidden_count, work))
		return false;
	return !is_owned(rq, ask, card);
}

/* At most so many of one creator while there is anything of others; places that nobody else can take are then filled. */
static void choose(struct request *rq, const struct rec_ask *ask, const struct choice *choice, struct rec_list *to)
{
	for (int limited = 1; limited >= 0; limited--) {
		for (size_t i = 0; i < choice->candidates->count && to->item_count < REC_LIST; i++) {
			const struct rec_candidate *c = &choice->candidates->items[i];
			const struct work_card *card = card_of(choice->cards, c->work);

			if (is_listed(to, c->work) || !is_possible(rq, ask, choice, c->work) || (limited && of_creator(to, card) >= REC_OF_ONE_CREATOR))
				continue;
			to->items[to->item_count++] = (struct rec_item){ .card = *card, .reason = { .code = (int)c->reason, .from = c->because } };
		}
	}
}

/* ---- telling ---- */

static struct text fill(struct arena *arena, struct text message, struct text title)
{
	const struct text name = TEXT("{title}");
	size_t at = text_find(message, name);

	if (at == SIZE_MAX)
		return message;
	return arena_join(arena, (const struct text[]){ { message.at, at }, title, text_from(message, at + name.length) }, 3);
}

static problem title_of(struct tx *tx, int64_t work, const struct cards *cards, struct text *ret)
{
	const struct work_card *known = card_of(cards, work);
	struct work_card card;
	problem why = known || !work ? NULL : work_by_id(tx, (struct work_id){ work }, &card);

	*ret = known ? known->title : work && !why ? card.title : (struct text){ 0 };
	return why == &work_missing ? tx_problem(tx) : why;
}

static problem tell_reason(struct request *rq, const struct cards *cards, struct rec_item *item)
{
	const char *key = arena_cstr(rq->arena, arena_format(rq->arena, "also.reason.%s", rec_reason_names[item->reason.code]));
	bool english = text_is(rq->language, "en");
	problem why = title_of(rq->tx, item->reason.from, cards, &item->reason.because);

	item->reason.words = (struct rec_words){
		fill(rq->arena, serve_message(rq->serve, TEXT("zh-CN"), key), item->reason.because),
		fill(rq->arena, serve_message(rq->serve, TEXT("en"), key), item->reason.because),
	};
	item->why = english ? item->reason.words.en : item->reason.words.zh;
	return why;
}

/* The same list of a day, at the same place, has one number: so a page stays the same page. */
static int64_t number_of(struct arena *arena, const struct rec_impression *i, const struct rec_ask *ask)
{
	struct sha256 hash = sha256_of(arena_format(arena, "%s|%lld|%s|%lld|%lld|%s", i->place, (long long)i->work, REC_POLICY,
	                                            (long long)(i->personal ? ask->user.v : 0), (long long)event_day(i->at_ms), i->items));
	int64_t n = 0;

	for (int k = 0; k < 6; k++)
		n = n << 8 | hash.at[k];
	return n | 1;
}

static void note(struct request *rq, const struct rec_ask *ask, struct rec_list *list)
{
	struct rec_impression i = { .place = rec_place_names[ask->place], .work = ask->work, .personal = ask->personal,
		                    .at_ms = world_now_ms(serve_world(rq->serve)) };
	CLEANUP(buffer_free) struct buffer out = BUFFER(sizeof i.items - 1);

	for (size_t k = 0; k < list->item_count; k++)
		buffer_format(&out, "%s{\"work\":%lld,\"reason\":\"%s\"}", k ? "," : "[", (long long)list->items[k].card.id.v,
		              rec_reason_names[list->items[k].reason.code]);
	buffer_add(&out, list->item_count ? TEXT("]") : TEXT("[]"));
	assert(!out.why);
	memcpy(i.items, out.at, buffer_text(&out).length);
	i.id = list->shown = number_of(rq->arena, &i, ask);
	rec__log(rq->serve, &i);
}

problem rec__list(struct request *rq, const struct rec_ask *ask, struct rec_list *ret)
{
	struct rec_candidates *candidates = ARENA_NEW(rq->arena, struct rec_candidates);
	struct cards cards = { 0 };
	struct choice choice = { .candidates = candidates, .cards = &cards };
	int64_t *hidden = NULL;
	problem why = gather(rq, ask, candidates);

	*ret = (struct rec_list){ .personal = ask->personal, .items = ARENA_ARRAY(rq->arena, struct rec_item, REC_LIST) };
	rec__sort(candidates);
	if (!why)
		why = load_cards(rq->tx, candidates, &cards);
	if (!why && ask->personal)
		why = rec__hidden(rq->tx, ask->user, &hidden, &choice.hidden_count);
	if (!why && ask->work)
		why = look_inside(rq->tx, ask->work, &choice);
	if (why)
		return why;
	choice.hidden = hidden;
	choose(rq, ask, &choice, ret);
	for (size_t i = 0; !why && i < ret->item_count; i++) {
		why = tell_reason(rq, &cards, &ret->items[i]);
		ret->items[i].position = (int64_t)i + 1;
	}
	if (!why && ret->item_count)
		note(rq, ask, ret);
	return why;
}
