/* notification_http.c - my messages, how many are new, and what I want to be told by which channel. */
#include "notify/notification_room.h"

#include "account/people.h"

/* ---- messages ---- */

struct notification_view {
	int64_t id;
	int kind, topic;
	struct text text, note, url;
	int64_t made_ms;
	bool read;
};
static const struct shape notification_shape = SHAPE_AS("own_notification", notification_view,
	FIELD(notification_view, id,      SHAPE_INT),
	FIELD(notification_view, kind,    SHAPE_ENUM, .names = notification_kind_names),
	FIELD(notification_view, topic,   SHAPE_ENUM, .names = notification_topic_names),
	FIELD(notification_view, text,    SHAPE_TEXT, .says = "in the request's language"),
	FIELD(notification_view, note,    SHAPE_TEXT, .optional = true, .says = "what somebody wrote with it"),
	FIELD(notification_view, url,     SHAPE_TEXT),
	FIELD(notification_view, made_ms, SHAPE_TIME),
	FIELD(notification_view, read,    SHAPE_BOOL));

struct notification_page {
	struct notification_view *items;
	size_t item_count;
	int64_t unread;
	struct text next;
};
static const struct shape notification_page_shape = SHAPE(notification_page,
	LIST(notification_page,  items, item_count, &notification_shape),
	FIELD(notification_page, unread, SHAPE_INT),
	FIELD(notification_page, next,   SHAPE_TEXT, .optional = true));

struct notifications_asked {
	int64_t after;
};
static const struct shape notifications_asked_shape = SHAPE(notifications_asked,
	FIELD(notifications_asked, after, SHAPE_INT, .optional = true, .min = 1, .max = INT64_MAX));

static problem to_view(struct request *rq, const struct notification *n, struct notification_view *ret)
{
	enum notification_kind kind = (enum notification_kind)n->kind;

	*ret = (struct notification_view){ .id = n->id, .kind = n->kind, .topic = (int)notification__topic(kind), .url = n->url, .made_ms = n->made_ms, .read = n->read_ms > 0 };
	return notification__words(rq->serve, rq->arena, rq->language, n, &ret->text, &ret->note);
}

static problem serve_notifications(struct request *rq)
{
	const struct notifications_asked *asked = rq->asked;
	struct notification_page page = { .unread = notification__unread(rq->tx, rq->who.id) };
	struct notification *rows;
	size_t n = 0;
	problem why = notification__list(rq->tx, rq->who.id, asked->after, &rows, &n);

	if (why)
		return why;
	page.items = ARENA_ARRAY(rq->arena, struct notification_view, n);
	for (; !why && page.item_count < n && page.item_count < PAGE_MAX; page.item_count++)
		why = to_view(rq, &rows[page.item_count], &page.items[page.item_count]);
	if (n > PAGE_MAX)
		page.next = arena_format(rq->arena, "%lld", (long long)rows[PAGE_MAX - 1].id);
	return why ? why : reply(rq, 200, &notification_page_shape, &page);
}

struct unread {
	int64_t unread;
};
static const struct shape unread_shape = SHAPE(unread, FIELD(unread, unread, SHAPE_INT));

static problem reply_unread(struct request *rq)
{
	const struct unread answer = { notification__unread(rq->tx, rq->who.id) };

	return tx_problem(rq->tx) ? tx_problem(rq->tx) : reply(rq, 200, &unread_shape, &answer);
}

static problem read_message(struct request *rq)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = notification__read(rq->tx, rq->who.id, id);
	return why ? why : reply_unread(rq);
}

struct read_upto {
	int64_t upto;
};
static const struct shape read_upto_shape = SHAPE(read_upto,
	FIELD(read_upto, upto, SHAPE_INT, .min = 1, .max = INT64_MAX, .says = "the newest that was seen: what came since stays new"));

static problem read_all_messages(struct request *rq)
{
	const struct read_upto *draft = rq->body;

	notification__read_all(rq->tx, rq->who.id, draft->upto);
	return reply_unread(rq);
}

/* ---- preferences ---- */

static const char *const choice_names[] = { [CHOICE_OFF] = "off", [CHOICE_ON] = "on", [CHOICE_FIXED] = "fixed", [CHOICE_NEVER] = "never", NULL };

struct topic_view {
	int topic, site, mail, sms;
};
static const struct shape topic_shape = SHAPE_AS("notification_topic", topic_view,
	FIELD(topic_view, topic, SHAPE_ENUM, .names = notification_topic_names),
	FIELD(topic_view, site,  SHAPE_ENUM, .names = choice_names, .says = "fixed: always; never: not by this channel"),
	FIELD(topic_view, mail,  SHAPE_ENUM, .names = choice_names),
	FIELD(topic_view, sms,   SHAPE_ENUM, .names = choice_names));

struct preferences {
	struct topic_view *items;
	size_t item_count;
	bool mail, sms;
};
static const struct shape preferences_shape = SHAPE_AS("notification_preferences", preferences,
	LIST(preferences,  items, item_count, &topic_shape),
	FIELD(preferences, mail, SHAPE_BOOL, .says = "mails can be sent, and I have proven an address"),
	FIELD(preferences, sms,  SHAPE_BOOL, .says = "messages can be sent, and I have proven a number"));

static int choice_of(struct request *rq, enum notification_topic topic, enum channel channel)
{
	enum choice otherwise = notification__default(topic, channel);

	if (otherwise == CHOICE_FIXED || otherwise == CHOICE_NEVER)
		return (int)otherwise;
	return notification__wants(rq->tx, rq->who.id, topic, channel) ? CHOICE_ON : CHOICE_OFF;
}

/* Learners are told neither of questions at works of theirs nor of sales. */
static bool concerns(const struct request *rq, enum notification_topic topic)
{
	switch (topic) {
	case TOPIC_QUESTIONS:
		return rq->who.roles & CREATOR;
	case TOPIC_SALES:
		return rq->who.roles & (CREATOR | FINANCE | ADMIN);
	default:
		return true;
	}
}

static problem serve_preferences(struct request *rq)
{
	struct topic_view items[TOPIC_COUNT];
	struct preferences answer = { .items = items };

	for (enum notification_topic t = TOPIC_NONE + 1; t < TOPIC_COUNT; t++) {
		if (concerns(rq, t))
			items[answer.item_count++] = (struct topic_view){ (int)t, choice_of(rq, t, CHANNEL_SITE), choice_of(rq, t, CHANNEL_MAIL), choice_of(rq, t, CHANNEL_SMS) };
	}
	answer.mail = notification__is_open(rq->tx, CHANNEL_MAIL) && account_has_proven(rq->tx, rq->who.id, "mail");
	answer.sms = notification__is_open(rq->tx, CHANNEL_SMS) && account_has_proven(rq->tx, rq->who.id, "phone");
	return tx_problem(rq->tx) ? tx_problem(rq->tx) : reply(rq, 200, &preferences_shape, &answer);
}

struct preference_draft {
	int topic, channel;
	bool wanted;
};
static const struct shape preference_draft_shape = SHAPE_AS("notification_preference", preference_draft,
	FIELD(preference_draft, topic,   SHAPE_ENUM, .names = notification_topic_names),
	FIELD(preference_draft, channel, SHAPE_ENUM, .names = channel_names),
	FIELD(preference_draft, wanted,  SHAPE_BOOL));

static const struct problem preference_fixed = { 409, "notification-preference-fixed", "This is not to be chosen." };

static problem keep_preference(struct request *rq)
{
	const struct preference_draft *draft = rq->body;
	enum notification_topic topic = (enum notification_topic)draft->topic;
	enum channel channel = (enum channel)draft->channel;
	enum choice otherwise = notification__default(topic, channel);

	if (otherwise == CHOICE_FIXED || otherwise == CHOICE_NEVER)
		return &preference_fixed;
	notification__set_preference(rq->tx, rq->who.id, topic, channel, draft->wanted);
	return serve_preferences(rq);
}

const struct route notification_routes[] = {
	{ GET, "/api/me/notifications", serve_notifications, READS, .who = LEARNER, .asks = &notifications_asked_shape, .gives = &notification_page_shape,
	  .says = "My messages, newest first" },
	{ GET, "/api/me/notifications/unread", reply_unread, READS, .who = LEARNER, .gives = &unread_shape, .says = "How many messages of mine are new" },
	{ POST, "/api/me/notifications/{id}/read", read_message, WRITES, .who = LEARNER, .gives = &unread_shape, .says = "I have seen this message" },
	{ POST, "/api/me/notifications/read", read_all_messages, WRITES, .who = LEARNER, .takes = &read_upto_shape, .gives = &unread_shape,
	  .says = "I have seen my messages, up to this one" },
	{ GET, "/api/me/notification-preferences", serve_preferences, READS, .who = LEARNER, .gives = &preferences_shape, .says = "What I am told by which channel" },
	{ PUT, "/api/me/notification-preferences", keep_preference, WRITES, .who = LEARNER, .takes = &preference_draft_shape, .gives = &preferences_shape,
	  .says = "Be told of this by that channel, or not" },
	{ 0 },
};
const struct module notification_module = { .name = "notification", .routes = notification_routes, .jobs = notification_jobs };
