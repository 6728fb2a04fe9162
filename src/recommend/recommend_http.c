/* recommend_http.c - the lists over HTTP and on a work's page, and what a person wishes about them. */
#include "recommend/rec_list.h"

/* ---- lists ---- */

struct list_query {
	int place;
	int64_t work;
};
static const struct shape list_query_shape = SHAPE_AS("recommendation_query", list_query,
	FIELD(list_query, place, SHAPE_ENUM, .names = rec_place_names),
	FIELD(list_query, work,  SHAPE_INT,  .optional = true, .min = 1, .max = (int64_t)1 << 53));

static const struct shape words_shape = SHAPE(rec_words,
	NAMED(rec_words, "zh-CN", zh, SHAPE_TEXT),
	NAMED(rec_words, "en",    en, SHAPE_TEXT));
static const struct shape reason_shape = SHAPE_AS("recommendation_reason", rec_reason_told,
	FIELD(rec_reason_told, code,    SHAPE_ENUM, .names = rec_reason_names),
	FIELD(rec_reason_told, because, SHAPE_TEXT, .optional = true, .says = "title of the work that it follows from"),
	FIELD(rec_reason_told, words,   SHAPE_OBJECT, .of = &words_shape));
static const struct shape item_shape = SHAPE_AS("recommendation", rec_item,
	NAMED(rec_item, "work",  card,   SHAPE_OBJECT, .of = &work_card_shape),
	FIELD(rec_item, position, SHAPE_INT),
	FIELD(rec_item, reason,   SHAPE_OBJECT, .of = &reason_shape));

struct going_on {
	struct text title, lesson, key;
	int64_t work, percent;
};
static const struct shape going_on_shape = SHAPE_AS("recommendation_continue", going_on,
	FIELD(going_on, work,    SHAPE_INT),
	FIELD(going_on, title,   SHAPE_TEXT),
	FIELD(going_on, lesson,  SHAPE_TEXT),
	FIELD(going_on, key,     SHAPE_TEXT),
	FIELD(going_on, percent, SHAPE_INT));
struct list_answer {
	struct text policy;
	bool personal;
	int64_t shown;
	struct going_on going_on;
	enum given going_on_given;
	struct rec_item *items;
	size_t item_count;
};
static const struct shape list_answer_shape = SHAPE_AS("recommendations", list_answer,
	FIELD(list_answer, policy,   SHAPE_TEXT, .says = "by which rules; another name whenever they change"),
	FIELD(list_answer, personal, SHAPE_BOOL, .says = "whether my profile was read for it"),
	FIELD(list_answer, shown,    SHAPE_INT,  .says = "number of this list; a click on it is told with it"),
	NAMED(list_answer, "continue", going_on, SHAPE_OBJECT, .of = &going_on_shape, .optional = true,
	      .given_at = offsetof(struct list_answer, going_on_given)),
	LIST(list_answer,  items,    item_count, &item_shape));

static problem add_going_on(struct request *rq, struct list_answer *answer)
{
	struct learning_place place;
	problem why = learning_continue(rq->tx, rq->who.id, &place);

	if (why)
		return why == &lesson_missing ? tx_problem(rq->tx) : why;
	answer->going_on = (struct going_on){ .work = place.work.id.v, .title = place.work.title, .lesson = place.title, .key = place.key, .percent = place.percent };
	answer->going_on_given = GIVEN_VALUE;
	return NULL;
}

static problem tell_list(struct request *rq)
{
	const struct list_query *query = rq->asked;
	struct rec_ask ask = { .place = (enum rec_place)query->place, .work = query->work, .user = rq->who.id };
	struct list_answer answer = { .policy = TEXT(REC_POLICY) };
	struct rec_list list;
	bool personal;
	problem why;

	if ((ask.place == REC_HOME) == (ask.work > 0))
		return field_wrong(rq, TEXT("work"), ask.work ? "unknown" : "missing");
	why = rec__is_personal(rq->tx, rq->who.id, &personal);
	if (why)
		return why;
	ask.personal = personal && ask.place == REC_HOME;
	why = rec__list(rq, &ask, &list);
	if (!why && ask.personal)
		why = add_going_on(rq, &answer);
	if (why)
		return why;
	answer.personal = list.personal;
	answer.shown = list.shown;
	answer.items = list.items;
	answer.item_count = list.item_count;
	return reply(rq, 200, &list_answer_shape, &answer);
}

/* ---- on a work's page ---- */

static const struct shape also_item_shape = SHAPE_AS("also_item", rec_item,
	FIELD(rec_item, card,     SHAPE_OBJECT, .of = &work_card_shape),
	FIELD(rec_item, position, SHAPE_INT),
	FIELD(rec_item, why,      SHAPE_TEXT));
static const struct shape also_shape = SHAPE_AS("also", rec_list,
	FIELD(rec_list, shown, SHAPE_INT),
	LIST(rec_list,  items, item_count, &also_item_shape));

static problem show_also(struct request *rq, const struct work_card *card, struct work_part_view *ret)
{
	const struct rec_ask ask = { .place = REC_WORK, .work = card->id.v, .user = rq->who.id };
	struct rec_list list;
	problem why = rec__list(rq, &ask, &list);

	if (why || !list.item_count)
		return why;
	return render_text(rq, rq->language, "recommend/also", (struct view_body){ &also_shape, &list }, &ret->html);
}

const struct work_part recommend_part = { .name = "also", .show = show_also };

/* ---- wishes ---- */

struct wishes {
	bool personal;
	struct work_card *hidden;
	size_t hidden_count;
};
static const struct shape wishes_shape = SHAPE_AS("recommendation_wishes", wishes,
	FIELD(wishes, personal, SHAPE_BOOL),
	LIST(wishes,  hidden,   hidden_count, &work_card_shape));

enum { HIDDEN_SHOWN = 100 };

static problem tell_wishes(struct request *rq)
{
	struct wishes answer = { 0 };
	int64_t *hidden;
	size_t n;
	problem why = rec__is_personal(rq->tx, rq->who.id, &answer.personal);

	if (!why)
		why = rec__hidden(rq->tx, rq->who.id, &hidden, &n);
	if (!why && n)
		why = works_by_ids(rq->tx, hidden, n < HIDDEN_SHOWN ? n : HIDDEN_SHOWN, &answer.hidden, &answer.hidden_count);
	return why ? why : reply(rq, 200, &wishes_shape, &answer);
}

struct personal_draft {
	bool personal;
};
static const struct shape personal_draft_shape = SHAPE_AS("recommendation_setting", personal_draft, FIELD(personal_draft, personal, SHAPE_BOOL));

static problem set_personal(struct request *rq)
{
	const struct personal_draft *draft = rq->body;

	rec__set_personal(rq->tx, rq->who.id, draft->personal);
	return tx_problem(rq->tx) ? tx_problem(rq->tx) : reply_none(rq, 204);
}

static problem hidden_work(struct request *rq, struct work_card *ret)
{
	int64_t id;
	problem why = path_id(rq, "work", &id);

	return why ? why : work_by_id(rq->tx, (struct work_id){ id }, ret);
}

static problem hide(struct request *rq)
{
	struct work_card card;
	problem why = hidden_work(rq, &card);

	if (why)
		return why;
	rec__hide(rq->tx, rq->who.id, card.id.v);
	return tx_problem(rq->tx) ? tx_problem(rq->tx) : reply_none(rq, 204);
}

static problem show_again(struct request *rq)
{
	struct work_card card;
	problem why = hidden_work(rq, &card);

	if (why)
		return why;
	rec__show_again(rq->tx, rq->who.id, card.id.v);
	return tx_problem(rq->tx) ? tx_problem(rq->tx) : reply_none(rq, 204);
}

const struct route rec_routes[] = {
	{ GET, "/api/recommendations", tell_list, READS, .who = ANYBODY, .asks = &list_query_shape, .gives = &list_answer_shape,
	  .says = "Works that may be wanted next, each with its reason" },
	{ GET, "/api/me/recommendations", tell_wishes, READS, .who = LEARNER, .gives = &wishes_shape, .says = "What I wish about recommendations" },
	{ PUT, "/api/me/recommendations", set_personal, WRITES, .who = LEARNER, .takes = &personal_draft_shape,
	  .says = "Recommendations of my own, or everybody's: then my profile is not read" },
	{ PUT, "/api/me/recommendations/hidden/{work}", hide, WRITES, .who = LEARNER, .says = "Not this one" },
	{ DELETE, "/api/me/recommendations/hidden/{work}", show_again, WRITES, .who = LEARNER, .says = "This one again" },
	{ 0 },
};
