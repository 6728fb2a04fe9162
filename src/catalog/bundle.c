/* bundle.c - rules of what is sold together: whose works, how many, and what is said of the saving. */
#include "catalog/bundle_room.h"

#include "audit/audit.h"

const struct problem bundle_too_small = { 409, "bundle-too-small", "A bundle needs at least two works that are on offer." };
const struct problem bundle_no_lessons = { 409, "bundle-no-lessons", "A bundle has no lessons of its own; its works have." };
const struct problem bundle_no_editions = { 409, "bundle-no-editions", "A bundle has no editions: what is in it and what it costs hold at once." };
const struct problem bundle_no_access = { 409, "bundle-no-access", "Each work of a bundle is opened for as long as that work says." };
static const struct problem bundle_only = { 409, "bundle-only", "This work is no bundle." };
static const struct problem bundle_not_yours = { 409, "bundle-not-yours", "A bundle holds published works of its own author, and no other bundle." };

/* ---- what is opened ---- */

problem work_opens(struct tx *tx, const struct work_card *card, enum opens which, struct work_card **ret, size_t *ret_count)
{
	problem why;

	if (card->kind != WORK_BUNDLE) {
		*ret = ARENA_ARRAY(tx_arena(tx), struct work_card, 1);
		(*ret)[0] = *card;
		*ret_count = 1;
		return NULL;
	}
	why = bundle__items(tx, card->id, (int)which, ret, ret_count);
	return why ? why : *ret_count < (which == OPENS_ON_SALE ? BUNDLE_LEAST : 1) ? &bundle_too_small : NULL;
}

struct bundle_sum bundle__sum(const struct work_card *works, size_t n, struct money price)
{
	struct bundle_sum sum = { 0 };

	for (size_t i = 0; i < n; i++)
		sum.single.fen += works[i].price.fen;
	if (sum.single.fen > price.fen)
		sum.saved.fen = sum.single.fen - price.fen;
	return sum;
}

/* ---- what is in it ---- */

static bool is_in(const struct work_card *works, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++) {
		if (works[i].id.v == id)
			return true;
	}
	return false;
}

static bool is_on_offer(const struct work_card *card) { return card->state == WORK_PUBLISHED || card->state == WORK_UNLISTED; }

/* What stands in it already may stay, whatever became of it. */
static problem may_hold(struct tx *tx, const struct work_card *bundle, int64_t work, const struct work_card *before, size_t n)
{
	struct work_card card;
	problem why;

	if (is_in(before, n, work))
		return NULL;
	why = work_by_id(tx, (struct work_id){ work }, &card);
	if (why)
		return why == &work_missing ? &bundle_not_yours : why;
	return card.creator.v == bundle->creator.v && card.kind != WORK_BUNDLE && is_on_offer(&card) ? NULL : &bundle_not_yours;
}

static bool comes_twice(const int64_t *works, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++) {
			if (works[i] == works[k])
				return true;
		}
	}
	return false;
}

static problem set(struct tx *tx, const struct work_card *bundle, const int64_t *works, size_t n, struct user_id by)
{
	struct work_card *before;
	size_t before_count;
	problem why;

	if (bundle->kind != WORK_BUNDLE)
		return &bundle_only;
	why = bundle__items(tx, bundle->id, 0, &before, &before_count);
	for (size_t i = 0; !why && i < n; i++)
		why = may_hold(tx, bundle, works[i], before, before_count);
	if (why)
		return why;
	bundle__write(tx, bundle->id, works, n);
	if (is_on_offer(bundle) && bundle__count_on_sale(tx, bundle->id) < BUNDLE_LEAST)
		return &bundle_too_small;
	return catalog__tell(tx, bundle->id, by, "bundle-changed");
}

/* ---- routes ---- */

struct bundle_work {
	struct work_card card;
	bool on_offer;
};
struct bundle_view {
	struct bundle_work *items, *choices;
	size_t item_count, choice_count;
	struct bundle_sum sum;
};
struct bundle_draft {
	int64_t *works;
	size_t work_count;
};
static const struct shape bundle_work_shape = SHAPE(bundle_work,
	NAMED(bundle_work, "id",           card.id,           SHAPE_ID),
	NAMED(bundle_work, "title",        card.title,        SHAPE_TEXT),
	NAMED(bundle_work, "language",     card.language,     SHAPE_TEXT),
	NAMED(bundle_work, "kind",         card.kind,         SHAPE_ENUM, .names = work_kind_names),
	NAMED(bundle_work, "price",        card.price,        SHAPE_MONEY),
	NAMED(bundle_work, "hue",          card.hue,          SHAPE_INT),
	NAMED(bundle_work, "pattern",      card.pattern,      SHAPE_INT),
	NAMED(bundle_work, "cover",        card.cover,        SHAPE_TEXT, .optional = true),
	NAMED(bundle_work, "url",          card.url,          SHAPE_TEXT),
	FIELD(bundle_work, on_offer,       SHAPE_BOOL, .says = "false: it stays in the list, but is not sold with it"));
static const struct shape bundle_shape = SHAPE_AS("bundle", bundle_view,
	LIST(bundle_view, items,   item_count,   &bundle_work_shape),
	LIST(bundle_view, choices, choice_count, &bundle_work_shape, .says = "what else could be put in"),
	NAMED(bundle_view, "single", sum.single, SHAPE_MONEY, .says = "what those on offer cost one by one"),
	NAMED(bundle_view, "saved",  sum.saved,  SHAPE_MONEY, .says = "how much less the bundle costs; 0: not less"));
static const struct shape bundle_draft_shape = SHAPE(bundle_draft,
	LIST_OF(bundle_draft, works, work_count, SHAPE_INT, .max = BUNDLE_MOST, .says = "all of them, in order"));

static problem add_choices(struct request *rq, const struct work_card *bundle, const struct work_card *items, struct bundle_view *view)
{
	struct work_card *own;
	size_t n, held = view->item_count;
	problem why = catalog__own(rq->tx, bundle->creator, &own, &n);

	if (why)
		return why;
	view->choices = ARENA_ARRAY(rq->arena, struct bundle_work, n + 1);
	for (size_t i = 0; i < n; i++) {
		if (own[i].kind != WORK_BUNDLE && is_on_offer(&own[i]) && !is_in(items, held, own[i].id.v))
			view->choices[view->choice_count++] = (struct bundle_work){ own[i], true };
	}
	return NULL;
}

static problem reply_bundle(struct request *rq, const struct work_card *bundle)
{
	struct bundle_view view = { 0 };
	struct work_card *items, *sold;
	size_t sold_count;
	problem why = bundle__items(rq->tx, bundle->id, 0, &items, &view.item_count);

	if (!why)
		why = bundle__items(rq->tx, bundle->id, OPENS_ON_SALE, &sold, &sold_count);
	if (!why)
		why = add_choices(rq, bundle, items, &view);
	if (why)
		return why;
	view.items = ARENA_ARRAY(rq->arena, struct bundle_work, view.item_count + 1);
	for (size_t i = 0; i < view.item_count; i++)
		view.items[i] = (struct bundle_work){ items[i], is_in(sold, sold_count, items[i].id.v) };
	view.sum = bundle__sum(sold, sold_count, bundle->price);
	return reply(rq, 200, &bundle_shape, &view);
}

static problem own_bundle(struct request *rq, struct work_card *ret)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = studio__own(rq->tx, (struct work_id){ id }, &rq->who, ret);
	return why ? why : ret->kind == WORK_BUNDLE ? NULL : &bundle_only;
}

static problem serve_bundle(struct request *rq)
{
	struct work_card card;
	problem why = own_bundle(rq, &card);

	return why ? why : reply_bundle(rq, &card);
}

static problem set_bundle(struct request *rq)
{
	const struct bundle_draft *draft = rq->body;
	struct work_card card;
	problem why = own_bundle(rq, &card);

	if (!why && comes_twice(draft->works, draft->work_count))
		return field_wrong(rq, TEXT("works"), "not-one-of");
	if (!why)
		why = set(rq->tx, &card, draft->works, draft->work_count, rq->who.id);
	return why ? why : reply_bundle(rq, &card);
}

static const struct route routes[] = {
	{ GET, "/api/studio/works/{id}/bundle", serve_bundle, READS, .who = CREATOR | ADMIN, .gives = &bundle_shape, .says = "What is in my bundle" },
	{ PUT, "/api/studio/works/{id}/bundle", set_bundle, WRITES, .who = CREATOR | ADMIN, .takes = &bundle_draft_shape, .gives = &bundle_shape,
	  .says = "Put my works into a bundle, in this order; it holds at once" },
	{ 0 },
};

const struct module bundle_module = { .name = "bundle", .routes = routes };
