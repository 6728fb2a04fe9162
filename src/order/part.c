/* part.c - what an order opens, work by work: what falls on each of the money, and the entitlements. */
#include "order/part.h"

#include "catalog/bundle.h"

#include <assert.h>

const struct shape order_part_shape = SHAPE(order_part,
	NAMED(order_part, "id",    work.id,    SHAPE_ID),
	NAMED(order_part, "title", work.title, SHAPE_TEXT),
	NAMED(order_part, "url",   work.url,   SHAPE_TEXT),
	FIELD(order_part, price,   SHAPE_MONEY, .says = "of the work alone"),
	FIELD(order_part, amount,  SHAPE_MONEY, .says = "what falls on it of the order's total"),
	FIELD(order_part, owned,   SHAPE_BOOL,  .says = "the buyer has it already; told while the order is not paid"));

/* ---- the money ---- */

static bool is_before(const int64_t *rest, size_t a, size_t b) { return rest[a] != rest[b] ? rest[a] > rest[b] : a < b; }

/* A fen for each of the `left` largest remainders. */
static void give_rest(const int64_t *rest, size_t n, int64_t left, struct money *ret)
{
	for (size_t i = 0; i < n; i++) {
		int64_t ahead = 0;

		for (size_t k = 0; k < n; k++)
			ahead += is_before(rest, k, i);
		ret[i].fen += ahead < left;
	}
}

void order__allocate(struct money whole, const struct money *prices, size_t n, struct money *ret)
{
	int64_t rest[BUNDLE_MOST], sum = 0, left = whole.fen;
	bool equal;

	assert(n >= 1 && n <= BUNDLE_MOST && whole.fen >= 0);
	for (size_t i = 0; i < n; i++)
		sum += prices[i].fen;
	equal = sum == 0;
	for (size_t i = 0; i < n; i++) {
		__int128 product = (__int128)whole.fen * (equal ? 1 : prices[i].fen), of = equal ? (__int128)n : sum;

		ret[i] = MONEY((int64_t)(product / of));
		rest[i] = (int64_t)(product % of);
		left -= ret[i].fen;
	}
	give_rest(rest, n, left, ret);
}

static void allocate(struct order *order)
{
	struct money prices[BUNDLE_MOST], amounts[BUNDLE_MOST], shop[BUNDLE_MOST];

	for (size_t i = 0; i < order->part_count; i++)
		prices[i] = order->parts[i].price;
	order__allocate(order->total, prices, order->part_count, amounts);
	order__allocate(order->coupon_shop, prices, order->part_count, shop);
	for (size_t i = 0; i < order->part_count; i++) {
		order->parts[i].amount = amounts[i];
		order->parts[i].shop = shop[i];
	}
}

/* ---- drawing up ---- */

problem order__draw_up(struct tx *tx, const struct work_card *card, struct order *order)
{
	struct work_card *works;
	problem why = work_opens(tx, card, OPENS_ON_SALE, &works, &order->part_count);

	if (why)
		return why;
	order->parts = ARENA_ARRAY(tx_arena(tx), struct order_part, order->part_count);
	for (size_t i = 0; !why && i < order->part_count; i++) {
		order->parts[i] = (struct order_part){ .work = { works[i].id, works[i].slug, works[i].title, works[i].url }, .edition = works[i].edition,
			                               .price = works[i].price };
		why = work_terms_load(tx, works[i].id, &order->parts[i].terms);
	}
	if (!why)
		allocate(order);
	return why;
}

bool order__same_parts(const struct order *a, const struct order *b)
{
	if (a->part_count != b->part_count)
		return false;
	for (size_t i = 0; i < a->part_count; i++) {
		if (a->parts[i].work.id.v != b->parts[i].work.id.v)
			return false;
	}
	return true;
}

/* ---- what is owned already ---- */

bool order__owns_parts(struct tx *tx, struct user_id user, const struct order_part *parts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!entitled(tx, user, parts[i].work.id))
			return false;
	}
	return true;
}

bool order__owns_any(struct tx *tx, struct user_id user, const struct order_part *parts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (entitled(tx, user, parts[i].work.id))
			return true;
	}
	return false;
}

bool order__owns_all(struct tx *tx, struct user_id user, const struct work_card *works, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!entitled(tx, user, works[i].id))
			return false;
	}
	return true;
}

problem order_owns(struct tx *tx, struct user_id user, struct work_id work, bool *ret)
{
	struct work_card card, *works;
	size_t n = 0;
	problem why;

	*ret = entitled(tx, user, work);
	if (*ret || !user.v)
		return NULL;
	why = work_by_id(tx, work, &card);
	if (why || card.kind != WORK_BUNDLE)
		return why == &work_missing ? NULL : why;
	why = work_opens(tx, &card, OPENS_ON_SALE, &works, &n);
	if (why)
		return why == &bundle_too_small ? NULL : why;
	*ret = order__owns_all(tx, user, works, n);
	return NULL;
}

void order__mark_owned(struct tx *tx, struct order *order)
{
	if (order->state != ORDER_PENDING)
		return;
	for (size_t i = 0; i < order->part_count; i++)
		order->parts[i].owned = entitled(tx, order->buyer, order->parts[i].work.id);
}

/* ---- opening ---- */

void order__tell_access(struct tx *tx, const char *topic, int64_t subject, struct work_id work, struct user_id user)
{
	news_add(tx, topic, subject, arena_format(tx_arena(tx), "{\"work\":%lld,\"buyer\":%lld}", (long long)work.v, (long long)user.v));
}

/* Of the order's own work its own news tell. */
static void tell_parts(struct tx *tx, const struct order *order, const char *topic)
{
	for (size_t i = 0; i < order->part_count; i++) {
		if (order->parts[i].work.id.v != order->work.id.v)
			order__tell_access(tx, topic, order->id.v, order->parts[i].work.id, order->buyer);
	}
}

/* When days of the work begin that he gets now. */
static int64_t days_begin(struct tx *tx, struct user_id user, struct work_id work)
{
	int64_t held_ms = entitled_until(tx, user, work);

	return held_ms && held_ms != ORDER_FOR_EVER ? held_ms : tx_now_ms(tx);
}

static void open_part(struct tx *tx, const struct order *order, const struct order_part *part)
{
	int64_t now_ms = tx_now_ms(tx), begins_ms = part->terms.access == ACCESS_DAYS ? days_begin(tx, order->buyer, part->work.id) : now_ms;
	const struct opening opening = { order->buyer, "order", order->id.v, now_ms, work_terms_end(&part->terms, begins_ms), begins_ms };

	if (entitled(tx, order->buyer, part->work.id))
		order__set_held(tx, order->id, part->work.id);
	order__insert_entitlement(tx, &opening, part->work.id, part->edition);
}

void order__open(struct tx *tx, const struct order *order)
{
	for (size_t i = 0; i < order->part_count; i++)
		open_part(tx, order, &order->parts[i]);
	tell_parts(tx, order, ORDER_NEWS_GIVEN);
}

void order__move_up(struct tx *tx, struct user_id user, struct work_id work)
{
	struct stretch *stretches;
	size_t n;
	int64_t end_ms = tx_now_ms(tx);

	if (order__stretches(tx, user, work, &stretches, &n))
		return; /* it sticks to the transaction */
	for (size_t i = 0; i < n; i++) {
		struct stretch *s = &stretches[i];

		if (s->begins_ms > end_ms) {
			s->until_ms -= s->begins_ms - end_ms;
			s->begins_ms = end_ms;
			order__put_stretch(tx, s);
		}
		if (s->until_ms > end_ms)
			end_ms = s->until_ms;
	}
}

void order__close_parts(struct tx *tx, const struct order *order)
{
	order__end_access(tx, order->id);
	for (size_t i = 0; i < order->part_count; i++)
		order__move_up(tx, order->buyer, order->parts[i].work.id);
	tell_parts(tx, order, ORDER_NEWS_REVOKED);
}

static bool counts_days(const struct order *order, struct work_id work)
{
	for (size_t i = 0; i < order->part_count; i++) {
		if (order->parts[i].work.id.v == work.v)
			return order->parts[i].terms.access == ACCESS_DAYS;
	}
	return false;
}

static void give_back(struct tx *tx, const struct order *order, struct stretch *s)
{
	int64_t unused_ms = s->until_ms - (s->begins_ms > s->revoked_ms ? s->begins_ms : s->revoked_ms);

	if (counts_days(order, s->work) && unused_ms > 0) {
		s->begins_ms = days_begin(tx, order->buyer, s->work);
		s->until_ms = s->begins_ms + unused_ms;
	}
	order__put_stretch(tx, s);
}

void order__open_again(struct tx *tx, const struct order *order)
{
	struct stretch *taken;
	size_t n;

	if (order__taken(tx, order->id, &taken, &n))
		return; /* it sticks to the transaction */
	for (size_t i = 0; i < n; i++)
		give_back(tx, order, &taken[i]);
	tell_parts(tx, order, ORDER_NEWS_GIVEN);
}

problem order__studied_share(struct tx *tx, order_studied studied, const struct order *order, int64_t *ret_percent)
{
	int64_t sum = 0;
	problem why = NULL;

	assert(order->total.fen > 0);
	for (size_t i = 0; !why && i < order->part_count; i++) {
		int64_t percent = 0;

		if (order->parts[i].held)
			continue;
		why = studied(tx, order->buyer, order->parts[i].work.id, &percent);
		sum += percent * order->parts[i].amount.fen;
	}
	if (!why)
		*ret_percent = sum / order->total.fen;
	return why;
}

problem order_opens(struct tx *tx, struct order_id id, struct work_id **ret, size_t *ret_count)
{
	struct order order = { .id = id };
	problem why = order__read_parts(tx, &order);

	if (why)
		return why;
	*ret = ARENA_ARRAY(tx_arena(tx), struct work_id, order.part_count);
	*ret_count = order.part_count;
	for (size_t i = 0; i < order.part_count; i++)
		(*ret)[i] = order.parts[i].work.id;
	return NULL;
}
