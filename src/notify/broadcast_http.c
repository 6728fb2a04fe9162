/* broadcast_http.c - announcements: what the shop's owner tells everybody, the creators, or who owns a work. */
#include "notify/broadcast_room.h"

#include "audit/audit.h"
#include "site/shop.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)

static const struct problem announcement_twice = { 409, "announcement-twice", "The same was announced to the same people within a day. Withdraw that one first." };
static const struct problem announcements_many = { 429, "announcements-many", "Ten announcements a day are the most." };
static const struct problem announcement_nobody = { 409, "announcement-nobody", "There is nobody to tell it to." };

static const struct shape announcement_shape = SHAPE_AS("announcement", broadcast,
	FIELD(broadcast, id,       SHAPE_INT),
	FIELD(broadcast, title,    SHAPE_TEXT),
	NAMED(broadcast, "text",   note, SHAPE_TEXT),
	FIELD(broadcast, url,      SHAPE_TEXT, .says = "where it leads"),
	FIELD(broadcast, audience, SHAPE_ENUM, .names = broadcast_audience_names),
	FIELD(broadcast, work_title, SHAPE_TEXT, .says = "what the owners own; else empty"),
	FIELD(broadcast, state,    SHAPE_ENUM, .names = broadcast_state_names),
	FIELD(broadcast, made_ms,  SHAPE_TIME),
	FIELD(broadcast, people,   SHAPE_INT, .says = "how many there were when it was written"),
	FIELD(broadcast, told,     SHAPE_INT, .says = "how many have it by now: not who wants no announcements"));

struct announcements {
	struct broadcast *items;
	size_t item_count;
};
static const struct shape announcements_shape = SHAPE(announcements, LIST(announcements, items, item_count, &announcement_shape));

static problem serve_announcements(struct request *rq)
{
	struct announcements list = { 0 };
	problem why = broadcast__announced(rq->tx, &list.items, &list.item_count);

	return why ? why : reply(rq, 200, &announcements_shape, &list);
}

/* ---- whom it reaches ---- */

struct reach {
	int audience;
	int64_t work;
};
static const struct shape reach_asks = SHAPE_AS("announcement_reach_query", reach,
	FIELD(reach, audience, SHAPE_ENUM, .names = broadcast_audience_names),
	FIELD(reach, work,     SHAPE_INT, .optional = true, .min = 1, .max = INT64_MAX, .says = "whose owners"));

struct reached_people {
	int64_t people;
};
static const struct shape reach_shape = SHAPE_AS("announcement_reach", reached_people, FIELD(reached_people, people, SHAPE_INT));

/* Fills in how many people, and what a work says of itself. */
static problem aim(struct request *rq, struct broadcast *b)
{
	const struct broadcast_owners *owners = notify_home(rq->serve)->owners;
	bool of_work = b->audience == AUDIENCE_OWNERS;
	problem why = NULL;

	b->work_title = b->url = TEXT("");
	if (of_work && (!b->work || !owners))
		return field_wrong(rq, TEXT("work"), "missing");
	if (of_work)
		why = owners->about(rq->tx, b->work, &b->work_title, &b->url);
	else
		b->work = 0;
	return why ? why : broadcast__count(rq->tx, rq->serve, (enum broadcast_audience)b->audience, b->work, &b->people);
}

static problem serve_reach(struct request *rq)
{
	const struct reach *asked = rq->asked;
	struct broadcast b = { .audience = asked->audience, .work = asked->work };
	problem why = aim(rq, &b);

	return why ? why : reply(rq, 200, &reach_shape, &(struct reached_people){ b.people });
}

/* ---- writing one, taking it back ---- */

struct announcement_draft {
	struct text title, text, url;
	int audience;
	int64_t work;
};
static const struct shape announcement_draft_shape = SHAPE(announcement_draft,
	FIELD(announcement_draft, title,    SHAPE_TEXT, .min = 1, .max = ANNOUNCEMENT_TITLE_MAX),
	FIELD(announcement_draft, text,     SHAPE_TEXT, .min = 1, .max = ANNOUNCEMENT_TEXT_MAX),
	FIELD(announcement_draft, url,      SHAPE_TEXT, .optional = true, .max = 500, .says = "where it leads: a path of this site; absent: the work, or the messages"),
	FIELD(announcement_draft, audience, SHAPE_ENUM, .names = broadcast_audience_names),
	FIELD(announcement_draft, work,     SHAPE_INT, .optional = true, .min = 1, .max = INT64_MAX, .says = "whose owners"));

static problem read_draft(struct request *rq, struct broadcast *b)
{
	const struct announcement_draft *draft = rq->body;
	problem why;

	*b = (struct broadcast){ .kind = NOTIFICATION_ANNOUNCED, .audience = draft->audience, .work = draft->work, .title = text_trim(draft->title),
		                 .note = text_trim(draft->text), .by = rq->who.id };
	if (!b->title.length)
		return field_wrong(rq, TEXT("title"), "too-short");
	if (!b->note.length)
		return field_wrong(rq, TEXT("text"), "too-short");
	if (draft->url.length && (draft->url.at[0] != '/' || !address_is_safe(draft->url)))
		return field_wrong(rq, TEXT("url"), "pattern");
	why = aim(rq, b);
	if (draft->url.length)
		b->url = draft->url;
	else if (!b->url.length)
		b->url = TEXT("/me/messages");
	return why;
}

static problem announce(struct request *rq)
{
	int64_t day_ago_ms = tx_now_ms(rq->tx) - DAY_MS;
	struct broadcast b;
	problem why = read_draft(rq, &b);

	if (why)
		return why;
	if (!b.people)
		return &announcement_nobody;
	if (broadcast__is_twice(rq->tx, &b, day_ago_ms))
		return &announcement_twice;
	if (broadcast__announced_since(rq->tx, day_ago_ms) >= ANNOUNCEMENTS_A_DAY)
		return &announcements_many;
	broadcast__begin(rq->tx, &b);
	audit_add(rq->tx, rq->who.id, "announcement-sent", "announcement", b.id,
	          arena_format(rq->arena, "{\"audience\":\"%s\",\"work\":%lld,\"people\":%lld}", broadcast_audience_names[b.audience], (long long)b.work, (long long)b.people));
	why = broadcast__by_id(rq->tx, b.id, &b);
	return why ? why : reply(rq, 201, &announcement_shape, &b);
}

static problem withdraw(struct request *rq)
{
	struct broadcast b;
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = broadcast__by_id(rq->tx, id, &b);
	if (!why && b.kind != NOTIFICATION_ANNOUNCED)
		why = &announcement_missing;
	if (!why && !broadcast__withdraw(rq->tx, id))
		why = &announcement_withdrawn;
	if (why)
		return why;
	audit_add(rq->tx, rq->who.id, "announcement-withdrawn", "announcement", id, (struct text){ 0 });
	b.state = BROADCAST_WITHDRAWN;
	return reply(rq, 200, &announcement_shape, &b);
}

static const struct route announcement_routes[] = {
	{ GET, "/api/announcements", serve_announcements, READS, .who = ADMIN, .gives = &announcements_shape, .says = "What was announced, newest first" },
	{ GET, "/api/announcements/reach", serve_reach, READS, .who = ADMIN, .asks = &reach_asks, .gives = &reach_shape, .says = "How many people an announcement would reach" },
	{ POST, "/api/announcements", announce, WRITES, .who = ADMIN, .takes = &announcement_draft_shape, .gives = &announcement_shape,
	  .says = "Tell something to everybody, to the creators, or to who owns a work" },
	{ POST, "/api/announcements/{id}/withdrawal", withdraw, WRITES, .who = ADMIN, .gives = &announcement_shape, .says = "Take an announcement back" },
	{ 0 },
};
const struct module announcement_module = { .name = "announcement", .routes = announcement_routes };
