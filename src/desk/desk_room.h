/* desk_room.h - between the files of this room only. */
#ifndef DESK_DESK_ROOM_H
#define DESK_DESK_ROOM_H

#include "account/account.h"
#include "account/people.h"
#include "audit/audit.h"
#include "desk/desk.h"
#include "order/book.h"
#include "order/grant.h"

extern const struct problem desk_nobody; /* 404: no such person, or none of whom you may know */

/* Whose things are seen: creator 0: all. */
struct desk_view {
	bool all;
	struct creator_id creator;
};
/* Of who asks; who teaches nothing yet sees nobody (desk_nobody). */
MUST problem desk__view(struct request *rq, struct tx *tx, struct desk_view *ret);
MUST problem desk__may_see(struct tx *tx, const struct desk_view *view, struct user_id person); /* desk_nobody */

enum { DESK_FOUND_MAX = 50, DESK_HELD_MAX = 200, DESK_ORDERS_MAX = 200, DESK_AUDIT_MAX = 100 };

struct desk_person {
	struct user_id id;
	struct text name, login;
	bool verified;
	int64_t joined_ms, banned_ms, holds; /* holds: how many works are open to him, as far as they are seen */
};
struct desk_order {
	struct order_id id;
	struct user_id buyer;
	struct text buyer_name, title;
	int state;
	struct money total, refunded;
	int64_t created_ms, paid_ms;
	struct text trade_no, transaction; /* absent: not paid by a channel */
};
struct desk_found {
	struct text q; /* what was typed */
	struct desk_person *people;
	struct desk_order *orders;
	size_t person_count, order_count;
};
/* A number may be an order's, a payment's, a refund's or a phone's; all that fit are found. */
MUST problem desk__search(struct request *rq, const struct desk_view *view, struct desk_found *found);

struct desk_held {
	int64_t id, grant; /* grant 0: it is none, so it cannot be taken away by hand */
	struct work_id work;
	struct text title, url, source, reason;
	int64_t from_ms, until_ms, revoked_ms, studied;
	bool live;
};
struct desk_refund {
	int64_t id;
	struct order_id order;
	int state;
	struct money amount;
	struct text reason;
	int64_t created_ms, ended_ms;
};
struct desk_line {
	int64_t at_ms;
	struct text verb, by, detail;
};
struct desk_page {
	struct desk_person person;
	struct text ban_reason;
	bool all; /* contact, devices and audit are there too */
	struct person_login *logins;
	struct person_device *devices;
	struct desk_held *held;
	struct desk_order *orders;
	struct desk_refund *refunds;
	struct desk_line *audit;
	size_t login_count, device_count, held_count, order_count, refund_count, audit_count;
};
/* As they stand in a list. */
MUST problem desk__order(struct tx *tx, const struct sold *sold, struct desk_order *ret);
MUST problem desk__person(const struct request *rq, struct tx *tx, const struct desk_view *view, struct user_id id, struct desk_person *ret);

/* ---- list.c: routes ---- */

MUST problem desk__take_orders(struct request *rq);
MUST problem desk__take_people(struct request *rq);
extern const struct shape desk__list_asks;

MUST problem desk__page(struct request *rq, const struct desk_view *view, struct user_id person, struct desk_page *ret);

#endif
