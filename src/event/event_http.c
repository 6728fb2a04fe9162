/* event_http.c - events come in, from pages and from the application; and what a person may see, switch off and take away of his own. */
#include "event/event_room.h"

/* ---- coming in ---- */

struct event_draft {
	int kind;
	struct text key, place, words;
	int64_t work, shown, position;
};
struct event_drafts {
	struct event_draft *items;
	size_t item_count;
};
struct events_taken {
	int64_t taken, lost;
};
/* What browsers tell; a purchase and a finished lesson are told by the rooms that know. */
static const char *const told_names[] = { [EVENT_VIEW] = "view", [EVENT_SEARCH] = "search", [EVENT_CLICK] = "click", [EVENT_CHECKOUT] = "checkout", NULL };
static const struct shape event_draft_shape = SHAPE(event_draft,
	FIELD(event_draft, kind,     SHAPE_ENUM, .names = told_names),
	FIELD(event_draft, key,      SHAPE_TEXT, .min = 8, .max = EVENT_KEY_MAX, .says = "told twice with the same key, it is one"),
	FIELD(event_draft, work,     SHAPE_INT,  .optional = true, .min = 1, .max = (int64_t)1 << 53),
	FIELD(event_draft, place,    SHAPE_TEXT, .optional = true, .max = EVENT_PLACE_MAX, .pattern = "slug", .says = "where: home, courses, work"),
	FIELD(event_draft, words,    SHAPE_TEXT, .optional = true, .max = EVENT_DETAIL_MAX, .says = "of a search"),
	FIELD(event_draft, shown,    SHAPE_INT,  .optional = true, .min = 1, .max = (int64_t)1 << 53, .says = "what was shown that this answers"),
	FIELD(event_draft, position, SHAPE_INT,  .optional = true, .min = 1, .max = 1000));
static const struct shape event_drafts_shape = SHAPE(event_drafts,
	LIST(event_drafts, items, item_count, &event_draft_shape, .min = 1, .max = EVENT_BATCH));
static const struct shape events_taken_shape = SHAPE(events_taken,
	FIELD(events_taken, taken, SHAPE_INT),
	FIELD(events_taken, lost,  SHAPE_INT, .says = "for want of room"));

static bool is_robot(struct text program)
{
	static const char *const words[] = { "bot", "Bot", "crawl", "Crawl", "spider", "Spider" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (text_find(program, text_of(words[i])) != SIZE_MAX)
			return true;
	}
	return !program.length;
}

/* Whoever asks for it by his browser is left alone; the owner looking at his own shop would only count himself. */
static bool is_left_alone(const struct request *rq)
{
	return text_is(http_header(rq->http, "DNT"), "1") || text_is(http_header(rq->http, "Sec-GPC"), "1") || (rq->who.roles & ADMIN) ||
	       is_robot(http_header(rq->http, "User-Agent"));
}

static void copy(char *to, size_t room, struct text from)
{
	size_t n = from.length < room ? from.length : room - 1;

	if (n)
		memcpy(to, from.at, n);
	to[n] = 0;
}

static struct event event_of(const struct request *rq, const struct event_draft *draft, struct sha256 origin)
{
	struct event e = { .kind = (enum event_kind)draft->kind, .user = rq->who.id, .origin = origin, .key = sha256_of(draft->key), .work = draft->work,
		           .shown = draft->shown, .position = draft->position, .at_ms = world_now_ms(serve_world(rq->serve)) };

	copy(e.place, sizeof e.place, draft->place);
	if (e.kind == EVENT_SEARCH)
		copy(e.detail, sizeof e.detail, draft->words);
	return e;
}

static problem take_events(struct request *rq)
{
	const struct event_drafts *drafts = rq->body;
	struct event_queue *queue = module_state(rq->serve, &event_module);
	struct events_taken answer = { 0 };
	struct sha256 origin;

	if (is_left_alone(rq))
		return reply(rq, 202, &events_taken_shape, &answer);
	origin = sha256_of(arena_join(rq->arena, (const struct text[]){ rq->http->peer, TEXT("\n"), http_header(rq->http, "User-Agent") }, 3));
	for (size_t i = 0; i < drafts->item_count; i++) {
		struct event event = event_of(rq, &drafts->items[i], origin);

		if (event__put(queue, &event))
			answer.taken++;
		else
			answer.lost++;
	}
	return reply(rq, 202, &events_taken_shape, &answer);
}

/* ---- one's own ---- */

enum { OWN_SHOWN = 50 };

struct own_event {
	int kind;
	struct text title, url, place;
	int64_t at_ms;
};
struct own_events {
	bool recording;
	int64_t count, keep_days;
	struct own_event *items;
	size_t item_count;
};
static const struct shape own_event_shape = SHAPE(own_event,
	FIELD(own_event, kind,  SHAPE_ENUM, .names = event_kind_names),
	FIELD(own_event, title, SHAPE_TEXT, .optional = true),
	FIELD(own_event, url,   SHAPE_TEXT, .optional = true),
	FIELD(own_event, place, SHAPE_TEXT),
	FIELD(own_event, at_ms, SHAPE_TIME));
static const struct shape own_events_shape = SHAPE(own_events,
	FIELD(own_events, recording, SHAPE_BOOL),
	FIELD(own_events, count,     SHAPE_INT),
	FIELD(own_events, keep_days, SHAPE_INT),
	LIST(own_events,  items,     item_count, &own_event_shape, .says = "the newest"));

static problem name_works(struct tx *tx, const struct event_row *rows, struct own_events *answer)
{
	int64_t ids[OWN_SHOWN];
	struct work_card *cards;
	size_t n = 0, count = 0;
	problem why;

	for (size_t i = 0; i < answer->item_count; i++) {
		if (rows[i].work)
			ids[n++] = rows[i].work;
	}
	why = n ? works_by_ids(tx, ids, n, &cards, &count) : NULL;
	for (size_t i = 0; !why && i < answer->item_count; i++) {
		for (size_t k = 0; k < count; k++) {
			if (cards[k].id.v != rows[i].work)
				continue;
			answer->items[i].title = cards[k].title;
			answer->items[i].url = cards[k].url;
		}
	}
	return why;
}

static problem tell_own(struct request *rq)
{
	struct own_events answer = { .keep_days = EVENT_KEEP_DAYS };
	struct event_setting setting;
	struct event_row *rows;
	problem why = event__setting(rq->tx, rq->who.id, &setting);

	if (!why)
		why = event__newest(rq->tx, rq->who.id, OWN_SHOWN, &rows, &answer.item_count);
	if (why)
		return why;
	answer.recording = setting.recording;
	answer.count = event__count(rq->tx, rq->who.id);
	answer.items = ARENA_ARRAY(rq->arena, struct own_event, answer.item_count);
	for (size_t i = 0; i < answer.item_count; i++)
		answer.items[i] = (struct own_event){ .kind = rows[i].kind, .place = rows[i].place, .at_ms = rows[i].at_ms };
	why = name_works(rq->tx, rows, &answer);
	return why ? why : reply(rq, 200, &own_events_shape, &answer);
}

struct recording_draft {
	bool recording;
};
static const struct shape recording_draft_shape = SHAPE(recording_draft, FIELD(recording_draft, recording, SHAPE_BOOL));

static problem set_recording(struct request *rq)
{
	const struct recording_draft *draft = rq->body;

	event__set_recording(rq->tx, rq->who.id, draft->recording);
	return tx_problem(rq->tx) ? tx_problem(rq->tx) : reply_none(rq, 204);
}

static problem forget(struct request *rq)
{
	event__forget(rq->tx, rq->who.id);
	return tx_problem(rq->tx) ? tx_problem(rq->tx) : reply_none(rq, 204);
}

const struct route event_routes[] = {
	{ POST, "/api/events", take_events, KNOWS, .who = ANYBODY, .takes = &event_drafts_shape, .gives = &events_taken_shape, .limit = LIMIT_EVENT,
	  .body_max = EVENT_BODY_MAX, .says = "What happened on a page; nothing is kept where the browser or the person asks for it" },
	{ GET, "/api/me/events", tell_own, READS, .who = LEARNER, .gives = &own_events_shape, .says = "What is kept of what I did" },
	{ PUT, "/api/me/events", set_recording, WRITES, .who = LEARNER, .takes = &recording_draft_shape, .says = "Whether it is to be kept" },
	{ DELETE, "/api/me/events", forget, WRITES, .who = LEARNER, .says = "Take away what was kept" },
	{ 0 },
};
