/* desk_http.c - routes of the desk. Looking writes: each look leaves a row in the audit. */
#include "desk/desk_room.h"

/* ---- shapes ---- */

static const struct shape person_shape = SHAPE(desk_person,
	FIELD(desk_person, id,        SHAPE_ID),
	FIELD(desk_person, name,      SHAPE_TEXT),
	FIELD(desk_person, login,     SHAPE_TEXT, .optional = true, .says = "masked; for administrators alone"),
	FIELD(desk_person, verified,  SHAPE_BOOL),
	FIELD(desk_person, joined_ms, SHAPE_TIME),
	FIELD(desk_person, banned_ms, SHAPE_TIME, .says = "0: may come in"),
	FIELD(desk_person, holds,     SHAPE_INT, .says = "works that are open to him now"));
static const struct shape order_line_shape = SHAPE(desk_order,
	FIELD(desk_order, id,          SHAPE_ID),
	FIELD(desk_order, buyer,       SHAPE_ID),
	FIELD(desk_order, buyer_name,  SHAPE_TEXT),
	FIELD(desk_order, title,       SHAPE_TEXT),
	FIELD(desk_order, state,       SHAPE_ENUM, .names = order_state_names),
	FIELD(desk_order, total,       SHAPE_MONEY),
	FIELD(desk_order, refunded,    SHAPE_MONEY, .says = "that arrived at the buyer"),
	FIELD(desk_order, created_ms,  SHAPE_TIME),
	FIELD(desk_order, paid_ms,     SHAPE_TIME, .says = "0: not"),
	FIELD(desk_order, trade_no,    SHAPE_TEXT, .optional = true, .says = "our number at the channel"),
	FIELD(desk_order, transaction, SHAPE_TEXT, .optional = true, .says = "the channel's own number"));
static const struct shape found_asks = SHAPE_AS("desk_query", desk_found,
	FIELD(desk_found, q, SHAPE_TEXT, .optional = true, .max = 254, .says = "phone, mail, name, number of an order, payment or refund"));
static const struct shape found_shape = SHAPE(desk_found,
	LIST(desk_found, people, person_count, &person_shape),
	LIST(desk_found, orders, order_count, &order_line_shape));

static const struct shape login_shape = SHAPE_AS("desk_login", person_login,
	FIELD(person_login, kind,     SHAPE_TEXT),
	FIELD(person_login, login,    SHAPE_TEXT),
	FIELD(person_login, verified, SHAPE_BOOL));
static const struct shape device_shape = SHAPE_AS("desk_device", person_device,
	FIELD(person_device, agent,      SHAPE_TEXT),
	FIELD(person_device, created_ms, SHAPE_TIME),
	FIELD(person_device, seen_ms,    SHAPE_TIME));
static const struct shape held_shape = SHAPE(desk_held,
	FIELD(desk_held, id,         SHAPE_INT),
	FIELD(desk_held, grant,      SHAPE_INT, .says = "of the staff's, to extend or revoke; 0: it is none"),
	FIELD(desk_held, work,       SHAPE_ID),
	FIELD(desk_held, title,      SHAPE_TEXT),
	FIELD(desk_held, url,        SHAPE_TEXT),
	FIELD(desk_held, source,     SHAPE_TEXT),
	FIELD(desk_held, reason,     SHAPE_TEXT, .optional = true),
	FIELD(desk_held, from_ms,    SHAPE_TIME),
	FIELD(desk_held, until_ms,   SHAPE_TIME, .says = "0: no end"),
	FIELD(desk_held, revoked_ms, SHAPE_TIME, .says = "0: not"),
	FIELD(desk_held, studied,    SHAPE_INT, .says = "per cent of the lessons"),
	FIELD(desk_held, live,       SHAPE_BOOL));
static const struct shape refund_shape = SHAPE(desk_refund,
	FIELD(desk_refund, id,         SHAPE_INT),
	FIELD(desk_refund, order,      SHAPE_ID),
	FIELD(desk_refund, state,      SHAPE_ENUM, .names = order_refund_state_names),
	FIELD(desk_refund, amount,     SHAPE_MONEY),
	FIELD(desk_refund, reason,     SHAPE_TEXT),
	FIELD(desk_refund, created_ms, SHAPE_TIME),
	FIELD(desk_refund, ended_ms,   SHAPE_TIME, .says = "0: not yet"));
static const struct shape line_shape = SHAPE(desk_line,
	FIELD(desk_line, at_ms,  SHAPE_TIME),
	FIELD(desk_line, verb,   SHAPE_TEXT),
	FIELD(desk_line, by,     SHAPE_TEXT, .says = "empty: nobody, the shop itself"),
	FIELD(desk_line, detail, SHAPE_TEXT, .optional = true));
static const struct shape page_shape = SHAPE(desk_page,
	FIELD(desk_page, person,     SHAPE_OBJECT, .of = &person_shape),
	FIELD(desk_page, all,        SHAPE_BOOL, .says = "contact, devices and audit are there too"),
	FIELD(desk_page, ban_reason, SHAPE_TEXT, .optional = true),
	LIST(desk_page, logins,  login_count,  &login_shape),
	LIST(desk_page, devices, device_count, &device_shape),
	LIST(desk_page, held,    held_count,   &held_shape),
	LIST(desk_page, orders,  order_count,  &order_line_shape),
	LIST(desk_page, refunds, refund_count, &refund_shape),
	LIST(desk_page, audit,   audit_count,  &line_shape));

/* ---- looking ---- */

static problem search_desk(struct request *rq)
{
	struct desk_found *found = rq->asked;
	struct desk_view view;
	problem why = desk__view(rq, rq->tx, &view);

	if (why == &desk_nobody)
		return reply(rq, 200, &found_shape, found); /* teaches nothing yet */
	if (!why)
		why = desk__search(rq, &view, found);
	return why ? why : reply(rq, 200, &found_shape, found);
}

static problem person_of_path(struct request *rq, struct desk_view *view, struct user_id *ret)
{
	problem why = path_id(rq, "id", &ret->v);

	if (!why)
		why = desk__view(rq, rq->tx, view);
	return why ? why : desk__may_see(rq->tx, view, *ret);
}

static problem reply_person(struct request *rq, int status, const struct desk_view *view, struct user_id person)
{
	struct desk_page page;
	problem why = desk__page(rq, view, person, &page);

	return why ? why : reply(rq, status, &page_shape, &page);
}

static problem serve_person(struct request *rq)
{
	struct desk_view view;
	struct user_id person;
	problem why = person_of_path(rq, &view, &person);

	return why ? why : reply_person(rq, 200, &view, person);
}

struct contact {
	struct person_login *items;
	size_t item_count;
};
static const struct shape contact_shape = SHAPE_AS("desk_contact", contact, LIST(contact, items, item_count, &login_shape));

static problem show_contact(struct request *rq)
{
	struct contact contact;
	struct desk_view view;
	struct user_id person;
	problem why = person_of_path(rq, &view, &person);

	if (!why)
		why = account_person_logins(rq->tx, account_keyring(rq->serve), person, true, &contact.items, &contact.item_count);
	if (!why)
		audit_add(rq->tx, rq->who.id, "person-contact-read", "user", person.v, (struct text){ 0 });
	return why ? why : reply(rq, 200, &contact_shape, &contact);
}

/* ---- access ---- */

struct giving {
	struct work_id work;
	struct grant_time time;
	struct text reason;
};
static const struct shape giving_shape = SHAPE_AS("grant_draft", giving,
	FIELD(giving, work,   SHAPE_ID),
	FIELD(giving, time,   SHAPE_OBJECT, .of = &grant_time_shape),
	FIELD(giving, reason, SHAPE_TEXT, .min = 1, .max = GRANT_REASON_MAX, .says = "the learner reads it"));
static const struct shape extension_shape = SHAPE_AS("grant_extension", giving,
	FIELD(giving, time,   SHAPE_OBJECT, .of = &grant_time_shape),
	FIELD(giving, reason, SHAPE_TEXT, .min = 1, .max = GRANT_REASON_MAX, .says = "the learner reads it"));
static const struct shape reason_shape = SHAPE_AS("desk_reason", giving, FIELD(giving, reason, SHAPE_TEXT, .min = 1, .max = GRANT_REASON_MAX));

/* Blanks are no reason. */
static problem read_reason(struct request *rq, struct giving *body)
{
	body->reason = text_trim(body->reason);
	return body->reason.length ? NULL : field_wrong(rq, TEXT("reason"), "too-short");
}

static problem may_give(struct request *rq, const struct desk_view *view, struct work_id work)
{
	struct work_card card;
	problem why = work_by_id(rq->tx, work, &card);

	return !why && !view->all && card.creator.v != view->creator.v ? &work_missing : why;
}

static problem give(struct request *rq)
{
	struct giving *body = rq->body;
	struct grant_draft draft;
	struct grant grant;
	struct desk_view view;
	struct user_id person;
	problem why = person_of_path(rq, &view, &person);

	if (!why)
		why = read_reason(rq, body);
	if (!why)
		why = may_give(rq, &view, body->work);
	draft = (struct grant_draft){ .user = person, .work = body->work, .time = body->time, .reason = body->reason };
	if (!why)
		why = order_grant(rq->tx, &draft, rq->who.id, &grant);
	if (why)
		return why == &user_missing ? &desk_nobody : why;
	return reply_person(rq, 201, &view, person);
}

static problem grant_of_path(struct request *rq, struct desk_view *view, struct grant *ret)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = desk__view(rq, rq->tx, view);
	if (!why)
		why = order_grant_by_id(rq->tx, id, ret);
	if (why)
		return why == &desk_nobody ? &grant_missing : why;
	return view->all || ret->creator.v == view->creator.v ? NULL : &grant_missing;
}

static problem grant_and_reason(struct request *rq, struct desk_view *view, struct grant *ret)
{
	problem why = grant_of_path(rq, view, ret);

	return why ? why : read_reason(rq, rq->body);
}

static problem extend(struct request *rq)
{
	const struct giving *body = rq->body;
	struct grant grant;
	struct desk_view view;
	problem why = grant_and_reason(rq, &view, &grant);

	if (!why)
		why = order_grant_extend(rq->tx, &grant, &body->time, body->reason, rq->who.id);
	return why ? why : reply_person(rq, 200, &view, grant.user);
}

/* One that still waits has no person whose page could be shown. */
static problem revoke(struct request *rq)
{
	const struct giving *body = rq->body;
	struct grant grant;
	struct desk_view view;
	problem why = grant_and_reason(rq, &view, &grant);

	if (!why)
		why = order_grant_revoke(rq->tx, &grant, body->reason, rq->who.id);
	return why ? why : reply_none(rq, 204);
}

/* ---- bans ---- */

static problem ban_or_not(struct request *rq, problem (*act)(struct tx *, struct user_id, struct text, struct user_id))
{
	struct giving *body = rq->body;
	struct desk_view view;
	struct user_id person;
	problem why = person_of_path(rq, &view, &person);

	if (!why)
		why = read_reason(rq, body);
	if (!why)
		why = act(rq->tx, person, body->reason, rq->who.id);
	if (why)
		return why == &user_missing ? &desk_nobody : why;
	reply_forget_person(rq, person);
	return reply_person(rq, 200, &view, person);
}

static problem ban(struct request *rq) { return rq->who.fresh ? ban_or_not(rq, account_ban) : &session_not_fresh; }
static problem unban(struct request *rq) { return ban_or_not(rq, account_unban); }

static const struct route desk_routes[] = {
	{ GET, "/api/desk", search_desk, WRITES, .who = CREATOR | ADMIN, .asks = &found_asks, .gives = &found_shape, .limit = LIMIT_SEARCH,
	  .says = "Find people and orders; nothing typed: the newest" },
	{ GET, "/api/desk/people/{id}", serve_person, WRITES, .who = CREATOR | ADMIN, .gives = &page_shape, .says = "A person, as far as you may know" },
	{ GET, "/api/desk/orders.csv", desk__take_orders, WORKS, .who = FINANCE | ADMIN, .asks = &desk__list_asks, .says = "Orders as a file for a spreadsheet" },
	{ GET, "/api/desk/learners.csv", desk__take_people, WORKS, .who = ADMIN, .says = "People with their logins, as a file for a spreadsheet" },
	{ POST, "/api/desk/people/{id}/contact", show_contact, WRITES, .who = ADMIN, .gives = &contact_shape, .says = "Numbers and addresses in clear" },
	{ POST, "/api/desk/people/{id}/grants", give, WRITES, .who = CREATOR | ADMIN, .takes = &giving_shape, .gives = &page_shape, .once = BY_KEY,
	  .says = "Give access, with the reason" },
	{ POST, "/api/desk/grants/{id}/extension", extend, WRITES, .who = CREATOR | ADMIN, .takes = &extension_shape, .gives = &page_shape, .once = BY_KEY,
	  .says = "Let a grant end later" },
	{ POST, "/api/desk/grants/{id}/revocation", revoke, WRITES, .who = CREATOR | ADMIN, .takes = &reason_shape, .says = "Take a grant back" },
	{ POST, "/api/desk/people/{id}/ban", ban, WRITES, .who = ADMIN, .takes = &reason_shape, .gives = &page_shape,
	  .says = "Let somebody in no more; what he bought stays his" },
	{ POST, "/api/desk/people/{id}/unban", unban, WRITES, .who = ADMIN, .takes = &reason_shape, .gives = &page_shape, .says = "Let him in again" },
	{ 0 },
};

const struct module desk_module = { .name = "desk", .routes = desk_routes };
