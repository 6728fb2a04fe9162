/* redeem.c - codes that open a work: made in batches by who teaches it, shown once, used once each. */
#include "order/part.h"
#include "order/redeem.h"

#include "audit/audit.h"
#include "catalog/bundle.h"

enum { TAIL = 4 };
static const int64_t DAY_MS = 24 * 3600 * 1000;

const struct problem redeem_missing = { 404, "redeem-missing", "There is no such code." };
static const struct problem redeem_used = { 409, "redeem-used", "This code was used already." };
static const struct problem redeem_over = { 409, "redeem-over", "This code does not hold any more." };
static const struct problem redeem_unpublished = { 409, "redeem-unpublished", "This work was never published; there is nothing to open yet." };

/* ---- making ---- */

static problem may_open(struct tx *tx, struct work_id work, const struct person *by, struct work_card *ret)
{
	struct creator creator;
	problem why = work_by_id(tx, work, ret);

	if (why)
		return why;
	if (!(by->roles & ADMIN) && (creator_by_user(tx, by->id, &creator) || creator.id.v != ret->creator.v))
		return &work_missing;
	return ret->edition.v ? NULL : &redeem_unpublished;
}

static struct text *make_codes(struct tx *tx, int64_t batch, int64_t n)
{
	struct text *codes = ARENA_ARRAY(tx_arena(tx), struct text, (size_t)n + 1);

	for (int64_t i = 0; i < n && !tx_problem(tx); i++) {
		struct text folded;

		codes[i] = order__new_code(tx);
		folded = order__fold_code(tx_arena(tx), codes[i]);
		redeem__insert_code(tx, batch, order__code_hash(tx_arena(tx), folded), text_from(folded, folded.length - TAIL));
	}
	return codes;
}

problem redeem__make(struct tx *tx, const struct redeem_draft *draft, const struct person *by, struct redeem_batch *ret, struct text **ret_codes)
{
	struct work_card card;
	struct redeem_batch batch;
	problem why = may_open(tx, draft->work, by, &card);

	if (why)
		return why;
	batch = (struct redeem_batch){ .id = tx_id(tx), .work = card.id, .creator = card.creator, .made_by = by->id, .name = text_trim(draft->name),
	                               .access_days = draft->access_days, .until_ms = draft->until_ms, .created_ms = tx_now_ms(tx) };
	why = redeem__insert(tx, &batch);
	if (why)
		return why;
	*ret_codes = make_codes(tx, batch.id, draft->count);
	audit_add(tx, by->id, "codes-made", "redeem-batch", batch.id,
	          arena_format(tx_arena(tx), "{\"work\":%lld,\"count\":%lld}", (long long)card.id.v, (long long)draft->count));
	return redeem__by_id(tx, batch.id, ret);
}

problem redeem__own(struct tx *tx, int64_t id, const struct person *by, struct redeem_batch *ret)
{
	struct creator creator;
	problem why = redeem__by_id(tx, id, ret);

	if (why || by->roles & ADMIN)
		return why;
	return creator_by_user(tx, by->id, &creator) || creator.id.v != ret->creator.v ? &redeem_missing : NULL;
}

problem redeem__stop(struct tx *tx, int64_t id, const struct person *by, struct redeem_batch *ret)
{
	problem why = redeem__own(tx, id, by, ret);

	if (why || ret->stopped_ms)
		return why;
	redeem__set_stopped(tx, id);
	audit_add(tx, by->id, "codes-stopped", "redeem-batch", id, (struct text){ 0 });
	return redeem__by_id(tx, id, ret);
}

/* ---- using ---- */

static problem find(struct tx *tx, struct text typed, struct redeem_code *ret, struct redeem_batch *ret_batch)
{
	struct text folded = order__fold_code(tx_arena(tx), typed);
	problem why;

	if (!order__code_sound(folded))
		return &redeem_missing;
	why = redeem__code(tx, order__code_hash(tx_arena(tx), folded), ret);
	if (!why)
		why = redeem__by_id(tx, ret->batch, ret_batch);
	if (why)
		return why;
	if (ret->used_by.v)
		return &redeem_used;
	return ret_batch->stopped_ms || (ret_batch->until_ms && tx_now_ms(tx) >= ret_batch->until_ms) ? &redeem_over : NULL;
}

problem redeem__use(struct tx *tx, struct text typed, struct user_id user, struct redeemed *ret)
{
	struct redeem_code code;
	struct redeem_batch batch;
	struct work_card card, *works;
	size_t n;
	int64_t until_ms;
	problem why = find(tx, typed, &code, &batch);

	if (!why)
		why = work_by_id(tx, batch.work, &card);
	if (!why && (card.state == WORK_SUSPENDED || card.state == WORK_WITHDRAWN))
		why = &work_gone;
	if (!why)
		why = work_opens(tx, &card, OPENS_HELD, &works, &n);
	if (why)
		return why;
	if (order__owns_all(tx, user, works, n))
		return &already_owned;
	if (!redeem__take(tx, code.id, user))
		return tx_problem(tx) ? tx_problem(tx) : &redeem_used;
	until_ms = batch.access_days ? tx_now_ms(tx) + batch.access_days * DAY_MS : 0;
	for (size_t i = 0; i < n; i++) {
		order__insert_entitlement(tx, &(struct opening){ user, "redeem", code.id, tx_now_ms(tx), until_ms }, works[i].id, works[i].edition);
		order__tell_access(tx, ORDER_NEWS_GIVEN, code.id, works[i].id, user);
	}
	audit_add(tx, user, "code-redeemed", "redeem-batch", batch.id, arena_format(tx_arena(tx), "{\"work\":%lld}", (long long)card.id.v));
	*ret = (struct redeemed){ .work = { .id = card.id, .slug = card.slug, .title = card.title, .url = card.url }, .until_ms = until_ms };
	return tx_problem(tx);
}
