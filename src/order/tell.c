/* tell.c - whom an order, a refund or an access is told to; in the transaction of the fact. */
#include "order/tell.h"

#include "account/people.h"

enum { KEEPERS_MAX = 20 };

/* 0: the creator has no account, is no more, or may not come in. */
static problem creator_of(struct tx *tx, struct creator_id id, struct user_id *ret)
{
	struct creator creator = { 0 };
	problem why = id.v ? creator_by_id(tx, id, &creator) : &creator_missing;

	*ret = account_is_banned(tx, creator.user) ? (struct user_id){ 0 } : creator.user;
	return why == &creator_missing ? tx_problem(tx) : why;
}

/* Where one begins: of a bundle's works on the shelf. */
static struct text learn_url(struct tx *tx, struct work_id work, bool bundle)
{
	return bundle ? TEXT("/me") : arena_format(tx_arena(tx), "/learn/%lld", (long long)work.v);
}

problem order__tell_paid(struct tx *tx, const struct order *order)
{
	struct notification_draft told = { .kind = NOTIFICATION_PAID, .whom = order->buyer, .subject = order->id.v, .title = order->work.title, .amount = order->total,
		                           .url = learn_url(tx, order->work.id, order->part_count > 1) };
	problem why;

	notification_add(tx, &told);
	if (!order->total.fen)
		return tx_problem(tx);
	told.kind = NOTIFICATION_SOLD;
	told.by = order->buyer;
	told.url = TEXT("/studio/numbers");
	why = creator_of(tx, order->creator, &told.whom);
	if (!why)
		notification_add(tx, &told);
	return why ? why : tx_problem(tx);
}

/* Who decides: the work's creator, or who keeps the shop's money. */
static problem tell_sellers(struct tx *tx, const struct order *order, struct notification_draft *told)
{
	struct user_id *keepers;
	size_t n = 0;
	problem why = creator_of(tx, order->creator, &told->whom);

	told->by = order->buyer;
	told->url = TEXT("/studio/refunds");
	if (!why)
		notification_add(tx, told);
	if (!why)
		why = account_with_role(tx, "finance", KEEPERS_MAX, &keepers, &n);
	for (size_t i = 0; !why && i < n; i++) {
		told->whom = keepers[i];
		notification_add(tx, told);
	}
	return why ? why : tx_problem(tx);
}

problem order__tell_refund(struct tx *tx, const struct order *order, const struct order_refund *refund)
{
	struct notification_draft told = { .whom = order->buyer, .subject = refund->id, .title = order->work.title, .amount = refund->amount, .url = TEXT("/me/orders") };

	switch ((enum order_refund_state)refund->state) {
	case ORDER_REFUND_UNDER_REVIEW:
		told.kind = NOTIFICATION_REFUND_ASKED;
		return refund->automatic ? NULL : tell_sellers(tx, order, &told);
	case ORDER_REFUND_APPROVED:
		told.kind = NOTIFICATION_REFUND_APPROVED;
		told.note = refund->answer;
		break;
	case ORDER_REFUND_REJECTED:
		told.kind = NOTIFICATION_REFUND_REJECTED;
		told.note = refund->answer;
		break;
	case ORDER_REFUND_SUCCEEDED:
		told.kind = NOTIFICATION_REFUND_ARRIVED;
		break;
	case ORDER_REFUND_FAILED:
		told.kind = NOTIFICATION_REFUND_FAILED;
		break;
	case ORDER_REFUND_STATE_NONE:
	case ORDER_REFUND_STATE_COUNT:
		return NULL;
	}
	notification_add(tx, &told);
	return tx_problem(tx);
}

problem grant__tell(struct tx *tx, enum notification_kind kind, const struct grant *g, struct text reason)
{
	struct work_card card;
	problem why = work_by_id(tx, g->work, &card);

	if (!why)
		notification_add(tx, &(struct notification_draft){ .kind = kind, .whom = g->user, .subject = g->id, .turn = kind == NOTIFICATION_EXTENDED ? tx_id(tx) : 0,
		                                                   .title = card.title, .note = reason,
		                                                   .url = learn_url(tx, g->work, kind == NOTIFICATION_REVOKED || card.kind == WORK_BUNDLE) });
	return why ? why : tx_problem(tx);
}

/* ---- to all who own a work ---- */

struct change {
	int64_t news;
	struct work_id work;
	struct user_id by;
	struct text changes;
};

static problem tell_changed(struct tx *tx, void *arg)
{
	const struct change *c = arg;
	struct work_card card;
	problem why = work_by_id(tx, c->work, &card);

	if (why)
		return why == &work_missing ? tx_problem(tx) : why;
	broadcast_add(tx, &(struct broadcast_draft){ .kind = NOTIFICATION_CHANGED, .origin = c->news, .audience = AUDIENCE_OWNERS, .work = c->work.v, .by = c->by,
	                                             .title = card.title, .note = c->changes, .url = arena_format(tx_arena(tx), "%.*s#changes", TEXT_ARG(card.url)) });
	return tx_problem(tx);
}

problem order__run_changed(struct job *job)
{
	struct change c;
	json_t *news, *payload;
	problem why = json_read(job->arena, job->payload, &news);

	if (why)
		return why;
	payload = json_object_get(news, "payload");
	c = (struct change){ .news = json_get_int(news, "id", 0), .work = { json_get_int(news, "subject", 0) }, .by = { json_get_int(payload, "by", 0) },
		             .changes = json_get_text(payload, "changes") };
	return db_write(job->db, tell_changed, &c);
}

static problem about(struct tx *tx, int64_t work, struct text *ret_title, struct text *ret_url)
{
	struct work_card card;
	problem why = work_by_id(tx, (struct work_id){ work }, &card);

	if (why)
		return why;
	*ret_title = card.title;
	*ret_url = learn_url(tx, card.id, card.kind == WORK_BUNDLE);
	return NULL;
}

const struct broadcast_owners order_owners = { .some = owners__some, .count = owners__count, .about = about };
