/* coupon.c - what takes something off a price, from its making to its use. It holds an order's quote: whatever becomes of the
 * batch, an order keeps what it was placed with. One that closed gives its coupon back, and if it is paid after all takes it again,
 * or, where it is gone, the money goes back. */
#include "order/coupon.h"

#include <assert.h>

#include "audit/audit.h"

const struct problem coupon_unknown = { 404, "coupon-unknown", "There is no such code." };
const struct problem coupon_over = { 409, "coupon-over", "This code does not hold any more." };
const struct problem coupon_not_yet = { 409, "coupon-not-yet", "This code does not hold yet." };
const struct problem coupon_used_up = { 409, "coupon-used-up", "This code is used up." };
const struct problem coupon_not_here = { 409, "coupon-not-here", "This code is not for this work." };
const struct problem coupon_price_low = { 409, "coupon-price-low", "The price is below what this code asks for." };
const struct problem coupon_each = { 409, "coupon-each", "You have used this code as often as one person may." };
const struct problem coupon_missing = { 404, "coupon-missing", "There is no such coupon." };
static const struct problem coupon_word_taken = { 409, "coupon-word-taken", "This word is another coupon's." };

/* ---- what it does to a price ---- */

static struct money off_of(const struct coupon_batch *b, struct money price)
{
	int64_t off = b->permille_off ? price.fen / 1000 * b->permille_off + price.fen % 1000 * b->permille_off / 1000 : b->amount_off.fen;

	if (b->most_off.fen && off > b->most_off.fen)
		off = b->most_off.fen;
	return MONEY(off < price.fen ? off : price.fen);
}

static problem find(struct tx *tx, struct text typed, struct coupon *ret)
{
	struct text folded = order__fold_code(tx_arena(tx), typed);
	problem why = folded.length ? coupon__by_word(tx, folded, &ret->batch) : &coupon_unknown;

	if (why != &coupon_unknown || !order__code_sound(folded))
		return why;
	ret->code_hash = order__code_hash(tx_arena(tx), folded);
	return coupon__by_code(tx, ret->code_hash, &ret->batch);
}

static bool holds_for(struct tx *tx, const struct coupon_batch *b, const struct work_card *card)
{
	if (b->creator.v && b->creator.v != card->creator.v)
		return false;
	return !b->some_works || coupon__covers(tx, b->id, card->id);
}

static problem why_not(struct tx *tx, const struct coupon_batch *b, const struct work_card *card)
{
	int64_t now_ms = tx_now_ms(tx);

	if (b->stopped_ms || (b->until_ms && now_ms >= b->until_ms))
		return &coupon_over;
	if (now_ms < b->from_ms)
		return &coupon_not_yet;
	if (!holds_for(tx, b, card))
		return &coupon_not_here;
	if (card->price.fen < b->least_price.fen)
		return &coupon_price_low;
	return tx_problem(tx);
}

/* Is one left, and may this person have it? What his open order for the work holds already is his. */
static problem why_gone(struct tx *tx, const struct coupon *c, struct user_id buyer, struct work_id work)
{
	const struct coupon_batch *b = &c->batch;
	struct order open;

	if (!order__open_for(tx, buyer, work, b->id, &open))
		return NULL;
	if (b->each_max && coupon__count_of(tx, b->id, buyer) >= b->each_max)
		return &coupon_each;
	if (b->taken >= b->stock || (c->code_hash.at && !coupon__code_free(tx, c->code_hash)))
		return &coupon_used_up;
	return tx_problem(tx);
}

problem coupon__quote(struct tx *tx, struct text typed, struct user_id buyer, const struct work_card *card, struct coupon *ret)
{
	struct coupon c = { 0 };
	problem why = find(tx, typed, &c);

	if (!why)
		why = why_not(tx, &c.batch, card);
	if (!why)
		why = why_gone(tx, &c, buyer, card->id);
	if (why)
		return why;
	c.off = off_of(&c.batch, card->price);
	if (!c.off.fen)
		return &coupon_not_here; /* nothing is left to take off */
	c.shop = c.batch.bearer == COUPON_SHOP ? c.off : MONEY(0);
	*ret = c;
	return NULL;
}

/* ---- with its order ---- */

problem coupon__reserve(struct tx *tx, const struct coupon *c, const struct order *order)
{
	assert(order->coupon_off.fen == c->off.fen && c->off.fen > 0);
	if (c->batch.each_max && coupon__count_of(tx, c->batch.id, order->buyer) >= c->batch.each_max)
		return tx_problem(tx) ? tx_problem(tx) : &coupon_each;
	if (!coupon__take_one(tx, c->batch.id))
		return tx_problem(tx) ? tx_problem(tx) : &coupon_used_up;
	if (c->code_hash.at && !coupon__take_code(tx, c->code_hash, order->id))
		return tx_problem(tx) ? tx_problem(tx) : &coupon_used_up;
	coupon__insert_use(tx, c, order);
	return tx_problem(tx);
}

void coupon__give_back(struct tx *tx, struct order_id order)
{
	if (coupon__move_use(tx, order, "RESERVED", "RETURNED"))
		coupon__free(tx, order);
}

bool coupon__take_again(struct tx *tx, struct order_id order)
{
	struct coupon_use use;

	if (coupon__use_of(tx, order, &use) || !coupon__take_one(tx, use.batch))
		return false;
	if (use.code_hash.at && !coupon__take_code(tx, use.code_hash, order)) {
		coupon__free(tx, order);
		return false;
	}
	return coupon__move_use(tx, order, "RETURNED", "RESERVED");
}

void coupon__use(struct tx *tx, struct order_id order)
{
	coupon__move_use(tx, order, "RESERVED", "USED");
}

/* ---- making ---- */

/* Whose it is: a creator bears only what is taken off his own works, and the shop's money is the owner's to give. */
static problem owner_of(struct tx *tx, const struct coupon_draft *draft, const struct person *by, struct creator_id *ret)
{
	struct creator creator;
	problem why;

	*ret = (struct creator_id){ 0 };
	if (draft->bearer == COUPON_SHOP)
		return by->roles & ADMIN ? NULL : &problem_forbidden;
	why = creator_by_user(tx, by->id, &creator);
	if (!why)
		*ret = creator.id;
	return why;
}

static problem check_works(struct tx *tx, const struct coupon_draft *draft, struct creator_id creator)
{
	for (size_t i = 0; i < draft->work_count; i++) {
		struct work_card card;
		problem why = work_by_id(tx, (struct work_id){ draft->works[i] }, &card);

		if (why)
			return why;
		if (creator.v && card.creator.v != creator.v)
			return &work_missing;
	}
	return NULL;
}

static struct text *make_codes(struct tx *tx, int64_t batch, int64_t n)
{
	struct text *codes = ARENA_ARRAY(tx_arena(tx), struct text, (size_t)n + 1);

	for (int64_t i = 0; i < n && !tx_problem(tx); i++) {
		codes[i] = order__new_code(tx);
		coupon__insert_code(tx, batch, order__code_hash(tx_arena(tx), order__fold_code(tx_arena(tx), codes[i])));
	}
	return codes;
}

static struct coupon_batch batch_of(struct tx *tx, const struct coupon_draft *d, struct creator_id creator, const struct person *by)
{
	return (struct coupon_batch){
		.id = tx_id(tx), .creator = creator, .made_by = by->id, .name = text_trim(d->name), .bearer = d->bearer, .amount_off = d->amount_off,
		.permille_off = d->permille_off, .most_off = d->most_off, .least_price = d->least_price, .from_ms = d->from_ms ? d->from_ms : tx_now_ms(tx),
		.until_ms = d->until_ms, .stock = d->codes ? d->codes : d->stock, .each_max = d->each_max, .some_works = d->work_count > 0,
		.created_ms = tx_now_ms(tx), .works = d->works, .work_count = d->work_count,
		.word = d->word.length ? order__fold_code(tx_arena(tx), d->word) : (struct text){ 0 },
	};
}

problem coupon__make(struct tx *tx, const struct coupon_draft *draft, const struct person *by, struct coupon_batch *ret, struct text **ret_codes)
{
	struct creator_id creator;
	struct coupon_batch batch, other;
	problem why = owner_of(tx, draft, by, &creator);

	if (!why)
		why = check_works(tx, draft, creator);
	if (why)
		return why;
	batch = batch_of(tx, draft, creator, by);
	if (batch.word.at && !coupon__by_word(tx, batch.word, &other))
		return &coupon_word_taken;
	why = coupon__insert(tx, &batch);
	if (why)
		return why;
	*ret_codes = make_codes(tx, batch.id, draft->codes);
	audit_add(tx, by->id, "coupon-made", "coupon", batch.id,
	          arena_format(tx_arena(tx), "{\"stock\":%lld,\"bearer\":\"%s\"}", (long long)batch.stock, coupon_bearer_names[batch.bearer]));
	return coupon__by_id(tx, batch.id, ret);
}

problem coupon__stop(struct tx *tx, int64_t id, const struct person *by, struct coupon_batch *ret)
{
	struct creator creator;
	problem why = coupon__by_id(tx, id, ret);

	if (why)
		return why;
	if (!(by->roles & ADMIN) && (creator_by_user(tx, by->id, &creator) || creator.id.v != ret->creator.v))
		return &coupon_missing;
	if (ret->stopped_ms)
		return tx_problem(tx);
	coupon__set_stopped(tx, id);
	audit_add(tx, by->id, "coupon-stopped", "coupon", id, (struct text){ 0 });
	return coupon__by_id(tx, id, ret);
}
