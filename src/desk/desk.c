/* desk.c - people and orders side by side, as far as who asks may see them. */
#include "desk/desk_room.h"

#include "learning/learning.h"
#include "payment/payment.h"

const struct problem desk_nobody = { 404, "person-missing", "There is no such person." };

problem desk__view(struct request *rq, struct tx *tx, struct desk_view *ret)
{
	struct creator creator;
	problem why;

	*ret = (struct desk_view){ .all = (rq->who.roles & ADMIN) != 0 };
	if (ret->all)
		return NULL;
	why = creator_by_user(tx, rq->who.id, &creator);
	if (why)
		return why == &creator_missing ? &desk_nobody : why;
	ret->creator = creator.id;
	return NULL;
}

problem desk__may_see(struct tx *tx, const struct desk_view *view, struct user_id person)
{
	if (view->all || order_is_learner_of(tx, person, view->creator))
		return tx_problem(tx);
	return &desk_nobody;
}

/* ---- one person, one order ---- */

static struct keyring *keyring_of(const struct request *rq) { return account_keyring(rq->serve); }

/* Is this work one of those that are seen? */
static bool sees_work(struct tx *tx, const struct desk_view *view, struct work_id work, struct work_card *ret)
{
	return !work_by_id(tx, work, ret) && (view->all || ret->creator.v == view->creator.v);
}

static problem count_held(struct tx *tx, const struct desk_view *view, struct user_id person, int64_t *ret)
{
	struct entitlement *owned;
	struct work_card card;
	size_t n = 0;
	problem why = entitlements_of(tx, person, DESK_HELD_MAX, &owned, &n);

	*ret = 0;
	for (size_t i = 0; !why && i < n; i++)
		*ret += view->all || sees_work(tx, view, owned[i].work, &card);
	return why;
}

problem desk__person(const struct request *rq, struct tx *tx, const struct desk_view *view, struct user_id id, struct desk_person *ret)
{
	struct person_card card;
	problem why = account_person(tx, keyring_of(rq), id, &card);

	if (why)
		return why == &user_missing ? &desk_nobody : why;
	*ret = (struct desk_person){ .id = id, .name = card.name, .joined_ms = card.joined_ms, .banned_ms = card.banned_ms };
	if (view->all) {
		ret->login = card.login;
		ret->verified = card.verified;
	}
	return count_held(tx, view, id, &ret->holds);
}

/* A person who is no more has no name. */
static problem name_of(struct tx *tx, struct user_id user, struct text *ret)
{
	struct account account;
	problem why = user.v ? account_by_id(tx, user, &account) : &user_missing;

	*ret = why ? TEXT("") : account.name;
	return why == &user_missing ? NULL : why;
}

problem desk__order(struct tx *tx, const struct sold *sold, struct desk_order *ret)
{
	struct payment payment;
	problem why;

	*ret = (struct desk_order){ .id = sold->id, .buyer = sold->buyer, .title = sold->title, .state = sold->state, .total = sold->total,
		                    .refunded = sold->refunded, .created_ms = sold->created_ms, .paid_ms = sold->paid_ms };
	why = name_of(tx, sold->buyer, &ret->buyer_name);
	if (why || !sold->paid_by.v)
		return why;
	why = payment_by_id(tx, sold->paid_by, &payment);
	if (!why) {
		ret->trade_no = payment.trade_no;
		ret->transaction = payment.transaction;
	}
	return why;
}

static problem add_orders(struct request *rq, const struct sold *sold, size_t n, struct desk_order **ret, size_t *ret_count)
{
	problem why = NULL;

	*ret = ARENA_ARRAY(rq->arena, struct desk_order, n);
	for (size_t i = 0; !why && i < n; i++)
		why = desk__order(rq->tx, &sold[i], &(*ret)[i]);
	*ret_count = why ? 0 : n;
	return why;
}

/* ---- searching ---- */

/* "order 123" of a payment's number, ours or the channel's, or of a refund's; 0: of none. */
static problem order_by_number(struct tx *tx, struct text typed, struct order_id *ret)
{
	struct payment payment;
	problem why;

	ret->v = 0;
	if (text_to_int(typed, &ret->v) && ret->v > 0)
		return NULL;
	why = payment_by_number(tx, typed, &payment);
	ret->v = !why && text_is(payment.payable_kind, "order") ? payment.payable : 0;
	return why == &payment_missing ? NULL : why;
}

static problem find_order(struct request *rq, const struct desk_view *view, struct desk_found *found)
{
	struct order_id ids[2] = { 0 };
	struct payment payment;
	struct sold sold;
	problem why = order_by_number(rq->tx, found->q, &ids[0]);

	if (!why && ids[0].v && !payment_by_number(rq->tx, found->q, &payment) && text_is(payment.payable_kind, "order"))
		ids[1].v = payment.payable;
	found->orders = ARENA_ARRAY(rq->arena, struct desk_order, 2);
	for (size_t i = 0; !why && i < 2; i++) {
		if (!ids[i].v || (i && ids[1].v == ids[0].v) || order_sold_by_id(rq->tx, ids[i], &sold))
			continue;
		if (view->all || sold.creator.v == view->creator.v)
			why = desk__order(rq->tx, &sold, &found->orders[found->order_count++]);
	}
	return why ? why : tx_problem(rq->tx);
}

static problem add_people(struct request *rq, const struct desk_view *view, const struct user_id *ids, size_t n, struct desk_found *found)
{
	problem why = NULL;

	found->people = ARENA_ARRAY(rq->arena, struct desk_person, n + 2);
	for (size_t i = 0; !why && i < n; i++) {
		if (!desk__may_see(rq->tx, view, ids[i]))
			why = desk__person(rq, rq->tx, view, ids[i], &found->people[found->person_count++]);
	}
	return why ? why : tx_problem(rq->tx);
}

static bool is_found(const struct desk_found *found, struct user_id id)
{
	for (size_t i = 0; i < found->person_count; i++) {
		if (found->people[i].id.v == id.v)
			return true;
	}
	return false;
}

/* Whoever bought what was found stands beside it. */
static problem add_buyers(struct request *rq, const struct desk_view *view, struct desk_found *found)
{
	problem why = NULL;

	for (size_t i = 0; !why && i < found->order_count; i++) {
		if (!is_found(found, found->orders[i].buyer))
			why = desk__person(rq, rq->tx, view, found->orders[i].buyer, &found->people[found->person_count++]);
	}
	return why == &desk_nobody ? NULL : why;
}

/* A creator who types nothing sees his newest learners; a number or an address finds nobody for him. */
static problem find_people(struct request *rq, const struct desk_view *view, struct text typed, struct user_id **ret, size_t *ret_count)
{
	struct login_key key;

	*ret_count = 0;
	if (view->all)
		return account_people_find(rq->tx, keyring_of(rq), typed, DESK_FOUND_MAX, ret, ret_count);
	if (!typed.length)
		return order_learners_of(rq->tx, view->creator, 0, DESK_FOUND_MAX, ret, ret_count);
	if (!account_login_key(keyring_of(rq), rq->arena, typed, &key))
		return NULL;
	return account_people_find(rq->tx, keyring_of(rq), typed, DESK_FOUND_MAX, ret, ret_count);
}

problem desk__search(struct request *rq, const struct desk_view *view, struct desk_found *found)
{
	struct user_id *ids = NULL;
	size_t n;
	problem why;

	found->person_count = found->order_count = 0;
	found->q = text_trim(found->q);
	why = find_people(rq, view, found->q, &ids, &n);
	if (!why)
		why = add_people(rq, view, ids, n, found);
	if (!why && found->q.length)
		why = find_order(rq, view, found);
	if (!why)
		why = add_buyers(rq, view, found);
	if (!why)
		audit_add(rq->tx, rq->who.id, "people-searched", "desk", 0,
		          arena_format(rq->arena, "{\"people\":%zu,\"orders\":%zu}", found->person_count, found->order_count));
	return why ? why : tx_problem(rq->tx);
}

/* ---- a learner's page ---- */

static problem add_held(struct request *rq, const struct desk_view *view, const struct held *from, struct desk_page *page)
{
	struct desk_held *to = &page->held[page->held_count];
	struct work_card card;
	int64_t now_ms = tx_now_ms(rq->tx);

	if (!sees_work(rq->tx, view, from->work, &card))
		return tx_problem(rq->tx);
	*to = (struct desk_held){ .id = from->id, .work = from->work, .title = card.title, .url = card.url, .source = from->source, .reason = from->reason,
		                  .from_ms = from->from_ms, .until_ms = from->until_ms, .revoked_ms = from->revoked_ms };
	to->grant = text_is(from->source, "staff") ? from->source_id : 0;
	to->live = !from->revoked_ms && (!from->until_ms || from->until_ms > now_ms);
	page->held_count++;
	return learning_studied(rq->tx, page->person.id, from->work, &to->studied);
}

static problem add_all_held(struct request *rq, const struct desk_view *view, struct desk_page *page)
{
	struct held *held;
	size_t n = 0;
	problem why = order_held(rq->tx, page->person.id, DESK_HELD_MAX, &held, &n);

	page->held = ARENA_ARRAY(rq->arena, struct desk_held, n);
	for (size_t i = 0; !why && i < n; i++)
		why = add_held(rq, view, &held[i], page);
	return why;
}

static problem add_refunds(struct request *rq, const struct desk_view *view, struct desk_page *page)
{
	struct sold_refund *refunds;
	size_t n = 0;
	problem why = order_sold_refunds(rq->tx, page->person.id, DESK_ORDERS_MAX, &refunds, &n);

	page->refunds = ARENA_ARRAY(rq->arena, struct desk_refund, n);
	for (size_t i = 0; !why && i < n; i++) {
		const struct sold_refund *r = &refunds[i];

		if (view->all || r->creator.v == view->creator.v)
			page->refunds[page->refund_count++] = (struct desk_refund){ .id = r->id, .order = r->order, .state = r->state, .amount = r->amount,
				                                                    .reason = r->reason, .created_ms = r->created_ms, .ended_ms = r->ended_ms };
	}
	return why;
}

static problem add_audit(struct request *rq, struct desk_page *page)
{
	struct audit_line *lines;
	size_t n = 0;
	problem why = audit_about(rq->tx, "user", page->person.id.v, DESK_AUDIT_MAX, &lines, &n);

	page->audit = ARENA_ARRAY(rq->arena, struct desk_line, n);
	for (size_t i = 0; !why && i < n; i++) {
		struct desk_line *line = &page->audit[page->audit_count++];

		*line = (struct desk_line){ .at_ms = lines[i].at_ms, .verb = lines[i].verb, .detail = lines[i].detail };
		why = name_of(rq->tx, lines[i].actor, &line->by);
	}
	return why;
}

/* What no creator is told. */
static problem add_private(struct request *rq, struct desk_page *page)
{
	struct person_card card;
	problem why = account_person(rq->tx, keyring_of(rq), page->person.id, &card);

	page->all = true;
	if (!why)
		why = account_person_logins(rq->tx, keyring_of(rq), page->person.id, false, &page->logins, &page->login_count);
	if (!why)
		why = account_person_devices(rq->tx, page->person.id, &page->devices, &page->device_count);
	if (!why)
		why = add_audit(rq, page);
	page->ban_reason = card.ban_reason;
	return why;
}

problem desk__page(struct request *rq, const struct desk_view *view, struct user_id person, struct desk_page *ret)
{
	const struct sold_query query = { .buyer = person, .creator = view->creator };
	struct sold *sold;
	size_t n = 0;
	problem why = desk__may_see(rq->tx, view, person);

	*ret = (struct desk_page){ 0 };
	if (!why)
		why = desk__person(rq, rq->tx, view, person, &ret->person);
	if (!why)
		why = add_all_held(rq, view, ret);
	if (!why)
		why = order_sold(rq->tx, &query, DESK_ORDERS_MAX, &sold, &n);
	if (!why)
		why = add_orders(rq, sold, n, &ret->orders, &ret->order_count);
	if (!why)
		why = add_refunds(rq, view, ret);
	if (!why && view->all)
		why = add_private(rq, ret);
	if (!why)
		audit_add(rq->tx, rq->who.id, "person-read", "user", person.v, (struct text){ 0 });
	return why ? why : tx_problem(rq->tx);
}
