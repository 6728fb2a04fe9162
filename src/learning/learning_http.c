/* learning_http.c - routes of the learner: shelf, contents with progress, a lesson, progress, quizzes. */
#include "learning/learning_room.h"

#include <assert.h>

/* ---- who may read ---- */

static problem work_of(struct request *rq, struct tx *tx, const char *name, struct work_card *ret)
{
	int64_t id;
	problem why = path_id(rq, name, &id);

	return why ? why : work_by_id(tx, (struct work_id){ id }, ret);
}

static problem own_work(struct request *rq, const char *name, struct work_card *ret)
{
	problem why = work_of(rq, rq->tx, name, ret);

	if (!why && !entitled(rq->tx, rq->who.id, ret->id))
		why = &lesson_locked;
	return why ? why : learning_edition(rq->tx, rq->who.id, ret);
}

/* In the edition that this person learns from. */
static problem card_of(struct tx *tx, struct user_id user, struct work_id work, struct work_card *ret)
{
	problem why = work_by_id(tx, work, ret);

	return why ? why : learning_edition(tx, user, ret);
}

/* ---- contents with progress ---- */

struct lesson_state {
	struct text key, title;
	bool done, free;
	int64_t quiz_count;
};
struct section_state {
	struct text title;
	struct lesson_state *lessons;
	size_t lesson_count;
};
struct resume {
	struct text key, title;
	double position;
};
struct course_state {
	struct work_card work;
	int64_t edition, percent, done, total;
	struct work_edition *editions;
	size_t edition_count;
	struct section_state *sections;
	size_t section_count;
	struct resume resume;
	enum given resume_given;
};
static const struct shape lesson_state_shape = SHAPE(lesson_state,
	FIELD(lesson_state, key,        SHAPE_TEXT),
	FIELD(lesson_state, title,      SHAPE_TEXT),
	FIELD(lesson_state, done,       SHAPE_BOOL),
	FIELD(lesson_state, free,       SHAPE_BOOL),
	FIELD(lesson_state, quiz_count, SHAPE_INT));
static const struct shape section_state_shape = SHAPE(section_state,
	FIELD(section_state, title, SHAPE_TEXT),
	LIST(section_state, lessons, lesson_count, &lesson_state_shape));
static const struct shape resume_shape = SHAPE(resume,
	FIELD(resume, key,      SHAPE_TEXT),
	FIELD(resume, title,    SHAPE_TEXT),
	FIELD(resume, position, SHAPE_REAL));
static const struct shape course_state_shape = SHAPE(course_state,
	FIELD(course_state, work,     SHAPE_OBJECT, .of = &work_card_shape),
	FIELD(course_state, edition,  SHAPE_INT, .says = "which this is: the newest, unless I stay on an older one"),
	LIST(course_state,  editions, edition_count, &work_edition_shape, .says = "those I may choose from, newest first"),
	FIELD(course_state, percent,  SHAPE_INT),
	FIELD(course_state, done,     SHAPE_INT),
	FIELD(course_state, total,    SHAPE_INT),
	LIST(course_state,  sections, section_count, &section_state_shape),
	FIELD(course_state, resume,   SHAPE_OBJECT, .of = &resume_shape, .optional = true, .given_at = offsetof(struct course_state, resume_given)));

static const struct progress *progress_of(const struct progress *rows, size_t n, struct text key)
{
	for (size_t i = 0; i < n; i++) {
		if (text_eq(rows[i].key, key))
			return &rows[i];
	}
	return NULL;
}

/* *newest: which row stands in state->resume, n while none does. */
static void add_section(struct arena *arena, const struct section *from, const struct progress *rows, size_t n, size_t *newest,
                        struct course_state *state)
{
	struct section_state *to = &state->sections[state->section_count++];

	to->title = from->title;
	to->lessons = ARENA_ARRAY(arena, struct lesson_state, from->lesson_count);
	for (size_t i = 0; i < from->lesson_count; i++) {
		const struct lesson_head *head = &from->lessons[i];
		const struct progress *p = progress_of(rows, n, head->key);

		to->lessons[to->lesson_count++] = (struct lesson_state){
			.key = head->key, .title = head->title, .free = head->free, .done = p && p->done, .quiz_count = head->quiz_count };
		state->total++;
		state->done += p && p->done;
		/* rows come newest first: the first one that this edition still has is where to go on; else the first lesson */
		if ((p && (size_t)(p - rows) < *newest) || !state->resume_given) {
			*newest = p ? (size_t)(p - rows) : n;
			state->resume = (struct resume){ head->key, head->title, p ? p->position : 0 };
			state->resume_given = GIVEN_VALUE;
		}
	}
}

static problem load_state(struct tx *tx, struct user_id user, const struct work_card *card, struct course_state *ret)
{
	struct work work;
	struct progress *rows;
	size_t n, newest;
	problem why = work_load(tx, card, &work);

	if (!why)
		why = learning__progress(tx, user, card->id, &rows, &n);
	if (why)
		return why;
	*ret = (struct course_state){ .work = *card, .edition = work.edition_number };
	ret->sections = ARENA_ARRAY(tx_arena(tx), struct section_state, work.section_count);
	newest = n;
	for (size_t i = 0; i < work.section_count; i++)
		add_section(tx_arena(tx), &work.sections[i], rows, n, &newest, ret);
	ret->percent = ret->total ? ret->done * 100 / ret->total : 0;
	return NULL;
}

problem learning_studied(struct tx *tx, struct user_id user, struct work_id work, int64_t *ret_percent)
{
	struct work_card card;
	struct course_state state;
	problem why = card_of(tx, user, work, &card);

	if (!why)
		why = load_state(tx, user, &card, &state);
	if (!why)
		*ret_percent = state.percent;
	return why;
}

problem learning__lessons(struct tx *tx, const struct lessons_of *of, struct lesson_done **ret, size_t *ret_count)
{
	struct work_card card;
	struct course_state state;
	problem why = work_by_id(tx, of->work, &card);

	card.edition = of->edition;
	if (!why)
		why = load_state(tx, of->user, &card, &state);
	if (why)
		return why;
	*ret = ARENA_ARRAY(tx_arena(tx), struct lesson_done, (size_t)state.total);
	*ret_count = 0;
	for (size_t i = 0; i < state.section_count; i++) {
		for (size_t k = 0; k < state.sections[i].lesson_count; k++) {
			const struct lesson_state *lesson = &state.sections[i].lessons[k];

			(*ret)[(*ret_count)++] = (struct lesson_done){ lesson->key, lesson->done };
		}
	}
	assert(*ret_count == (size_t)state.total);
	return NULL;
}

enum { CONTINUE_LOOKS = 5 };

problem learning_continue(struct tx *tx, struct user_id user, struct learning_place *ret)
{
	int64_t *works;
	size_t n;
	problem why = learning__latest_works(tx, user, CONTINUE_LOOKS, &works, &n);

	for (size_t i = 0; !why && i < n; i++) {
		struct course_state state;

		if (!entitled(tx, user, (struct work_id){ works[i] }))
			continue;
		why = card_of(tx, user, (struct work_id){ works[i] }, &ret->work);
		if (!why)
			why = load_state(tx, user, &ret->work, &state);
		if (why || state.percent == 100 || !state.resume_given)
			continue;
		ret->key = state.resume.key;
		ret->title = state.resume.title;
		ret->percent = state.percent;
		return NULL;
	}
	return why ? why : &lesson_missing;
}

static problem serve_state(struct request *rq)
{
	struct work_card card;
	struct course_state state;
	problem why = own_work(rq, "work", &card);

	if (!why)
		why = load_state(rq->tx, rq->who.id, &card, &state);
	if (!why)
		why = learning__editions(rq->tx, rq->who.id, card.id, &state.editions, &state.edition_count);
	return why ? why : reply(rq, 200, &course_state_shape, &state);
}

struct edition_choice {
	int64_t number;
};
static const struct shape edition_choice_shape = SHAPE(edition_choice, FIELD(edition_choice, number, SHAPE_INT, .min = 1, .max = INT32_MAX));

static problem choose_edition(struct request *rq)
{
	const struct edition_choice *choice = rq->body;
	struct work_card card;
	problem why = own_work(rq, "work", &card);

	if (!why)
		why = learning__choose_edition(rq->tx, rq->who.id, card.id, choice->number);
	return why ? why : serve_state(rq);
}

/* ---- the shelf ---- */

enum { SHELF_MAX = 200 };

struct shelf_item {
	struct work_card work;
	int64_t percent, done, total, until_ms;
	struct text given;
	struct resume resume;
	enum given resume_given;
};
struct shelf {
	struct shelf_item *items;
	size_t item_count;
};
static const struct shape shelf_item_shape = SHAPE(shelf_item,
	FIELD(shelf_item, work,    SHAPE_OBJECT, .of = &work_card_shape),
	FIELD(shelf_item, percent, SHAPE_INT),
	FIELD(shelf_item, done,    SHAPE_INT),
	FIELD(shelf_item, total,   SHAPE_INT),
	FIELD(shelf_item, until_ms, SHAPE_TIME, .says = "when access ends; 0: never"),
	FIELD(shelf_item, given,   SHAPE_TEXT, .optional = true, .says = "why the shop gave it"),
	FIELD(shelf_item, resume,  SHAPE_OBJECT, .of = &resume_shape, .optional = true, .given_at = offsetof(struct shelf_item, resume_given)));
static const struct shape shelf_shape = SHAPE(shelf, LIST(shelf, items, item_count, &shelf_item_shape));

/* Two sources of one work are one place on the shelf: access ends with the later one. */
static bool is_there(struct shelf *shelf, const struct entitlement *own)
{
	for (size_t i = 0; i < shelf->item_count; i++) {
		struct shelf_item *item = &shelf->items[i];

		if (item->work.id.v != own->work.v)
			continue;
		if (item->until_ms && (!own->until_ms || own->until_ms > item->until_ms))
			item->until_ms = own->until_ms;
		return true;
	}
	return false;
}

static problem add_item(struct request *rq, const struct entitlement *own, struct shelf *shelf)
{
	struct work_card card;
	struct course_state state;
	problem why = card_of(rq->tx, rq->who.id, own->work, &card);

	if (!why)
		why = load_state(rq->tx, rq->who.id, &card, &state);
	if (why)
		return why;
	shelf->items[shelf->item_count++] = (struct shelf_item){
		.until_ms = own->until_ms, .given = own->given, .work = card, .percent = state.percent, .done = state.done, .total = state.total, .resume = state.resume, .resume_given = state.resume_given };
	return NULL;
}

static problem serve_shelf(struct request *rq)
{
	struct entitlement *owned;
	struct shelf shelf = { 0 };
	size_t n;
	problem why = entitlements_of(rq->tx, rq->who.id, SHELF_MAX, &owned, &n);

	if (why)
		return why;
	shelf.items = ARENA_ARRAY(rq->arena, struct shelf_item, n);
	for (size_t i = 0; !why && i < n; i++) {
		if (!is_there(&shelf, &owned[i]))
			why = add_item(rq, &owned[i], &shelf);
	}
	return why ? why : reply(rq, 200, &shelf_shape, &shelf);
}

/* ---- a lesson ---- */

struct question {
	int kind;
	struct text question;
	struct text *options;
	size_t option_count;
};
struct quiz_paper {
	struct text key, title;
	struct question *items;
	size_t item_count;
};
struct neighbour {
	struct text key, title;
};
struct lesson_answer {
	struct work_card work;
	struct text key, title, section, doc;
	bool free, owned;
	struct quiz_paper *quizzes;
	size_t quiz_count;
	struct media_item *media;
	size_t media_count;
	struct media_place *places;
	size_t place_count;
	struct neighbour previous, next;
	enum given previous_given, next_given;
};
static const struct shape question_shape = SHAPE(question,
	FIELD(question, kind,     SHAPE_ENUM, .names = quiz_kind_names),
	FIELD(question, question, SHAPE_TEXT),
	LIST_OF(question, options, option_count, SHAPE_TEXT));
static const struct shape quiz_paper_shape = SHAPE(quiz_paper,
	FIELD(quiz_paper, key,   SHAPE_TEXT),
	FIELD(quiz_paper, title, SHAPE_TEXT),
	LIST(quiz_paper, items, item_count, &question_shape));
static const struct shape neighbour_shape = SHAPE_AS("lesson_neighbour", neighbour,
	FIELD(neighbour, key,   SHAPE_TEXT),
	FIELD(neighbour, title, SHAPE_TEXT));
static const struct shape lesson_answer_shape = SHAPE_AS("lesson", lesson_answer,
	FIELD(lesson_answer, work,     SHAPE_OBJECT, .of = &work_card_shape),
	FIELD(lesson_answer, key,      SHAPE_TEXT),
	FIELD(lesson_answer, title,    SHAPE_TEXT),
	FIELD(lesson_answer, section,  SHAPE_TEXT),
	FIELD(lesson_answer, free,     SHAPE_BOOL),
	FIELD(lesson_answer, owned,    SHAPE_BOOL),
	FIELD(lesson_answer, doc,      SHAPE_JSON),
	LIST(lesson_answer,  quizzes,  quiz_count, &quiz_paper_shape),
	LIST(lesson_answer,  media,    media_count, &media_item_shape, .says = "what the document's video, audio, attachment and pdf nodes name"),
	LIST(lesson_answer,  places,   place_count, &media_place_shape, .says = "where I am in its recordings, if the work is mine"),
	FIELD(lesson_answer, previous, SHAPE_OBJECT, .of = &neighbour_shape, .optional = true, .given_at = offsetof(struct lesson_answer, previous_given)),
	FIELD(lesson_answer, next,     SHAPE_OBJECT, .of = &neighbour_shape, .optional = true, .given_at = offsetof(struct lesson_answer, next_given)));

static problem read_quiz(struct request *rq, struct text json, struct quiz_items *ret)
{
	struct field_errors errors = { 0 };

	*ret = (struct quiz_items){ 0 };
	return shape_read(&quiz_items_shape, rq->arena, json, ret, &errors);
}

/* The questions without their answers. */
static problem add_paper(struct request *rq, const struct quiz *quiz, struct quiz_paper *ret)
{
	struct quiz_items items;
	problem why = read_quiz(rq, quiz->items, &items);

	if (why)
		return why;
	*ret = (struct quiz_paper){ .key = quiz->key, .title = quiz->title, .item_count = items.item_count };
	ret->items = ARENA_ARRAY(rq->arena, struct question, items.item_count);
	for (size_t i = 0; i < items.item_count; i++) {
		const struct quiz_item *item = &items.items[i];
		bool choice = item->kind == QUIZ_SINGLE || item->kind == QUIZ_MULTIPLE;

		ret->items[i] = (struct question){ .kind = item->kind, .question = item->question, .options = choice ? item->choice.options : NULL,
			                           .option_count = choice ? item->choice.option_count : 0 };
	}
	return NULL;
}

static problem add_papers(struct request *rq, struct lesson_answer *answer)
{
	struct quiz *quizzes;
	size_t n;
	problem why = quizzes_of_lesson(rq->tx, answer->work.edition, answer->key, &quizzes, &n);

	if (why)
		return why;
	answer->quizzes = ARENA_ARRAY(rq->arena, struct quiz_paper, n);
	for (size_t i = 0; !why && i < n; i++)
		why = add_paper(rq, &quizzes[i], &answer->quizzes[answer->quiz_count++]);
	return why;
}

static problem add_places(struct request *rq, struct lesson_answer *answer)
{
	problem why = NULL;

	answer->places = ARENA_ARRAY(rq->arena, struct media_place, answer->media_count);
	for (; answer->owned && !why && answer->place_count < answer->media_count; answer->place_count += !why)
		why = learning__place(rq->tx, rq->who.id, answer->work.id, answer->media[answer->place_count].id, &answer->places[answer->place_count]);
	return why;
}

static bool is_free(const struct lesson_answer *answer) { return answer->free || answer->work.free; }

/* Addresses that a person has by access end with it; those of a free lesson do not hang on it. */
static problem add_media(struct request *rq, int64_t access_until_ms, struct lesson_answer *answer)
{
	struct media_shown shown = { .doc = answer->doc, .work = answer->work.id, .user = rq->who.id,
		                     .access_until_ms = is_free(answer) ? 0 : access_until_ms };

	return media_grant_doc(rq->serve, rq->tx, &shown, &answer->media, &answer->media_count);
}

static const struct problem lesson_not_ahead = { 503, "lesson-not-ahead", "A lesson is given out when it is opened, not ahead of that." };

/* Opening a lesson counts when money is asked back, so a browser that reads ahead of its person gets none. */
static bool is_ahead(const struct request *rq)
{
	static const char *const headers[] = { "sec-purpose", "purpose", "x-purpose", "x-moz" };

	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		struct text said = http_header(rq->http, headers[i]);

		if (text_starts(said, TEXT("prefetch")) || text_is(said, "preview"))
			return true;
	}
	return false;
}

static problem serve_lesson(struct request *rq)
{
	struct lesson_answer answer = { 0 };
	struct lesson lesson;
	int64_t until_ms;
	problem why = work_of(rq, rq->tx, "id", &answer.work);

	if (why)
		return why;
	until_ms = entitled_until(rq->tx, rq->who.id, answer.work.id);
	answer.owned = until_ms > 0;
	why = answer.owned ? learning_edition(rq->tx, rq->who.id, &answer.work) : work_visible(&answer.work);
	if (!why)
		why = lesson_load(rq->tx, answer.work.edition, path_text(rq, "key"), &lesson);
	if (!why && !answer.owned && !lesson.free && !answer.work.free)
		why = &lesson_locked;
	if (!why && !lesson.free && !answer.work.free && is_ahead(rq))
		why = &lesson_not_ahead;
	if (why)
		return why;
	answer.key = lesson.key;
	answer.title = lesson.title;
	answer.section = lesson.section;
	answer.doc = lesson.doc;
	answer.free = lesson.free;
	answer.previous = (struct neighbour){ lesson.previous_key, lesson.previous_title };
	answer.previous_given = lesson.previous_key.at ? GIVEN_VALUE : GIVEN_NOT;
	answer.next = (struct neighbour){ lesson.next_key, lesson.next_title };
	answer.next_given = lesson.next_key.at ? GIVEN_VALUE : GIVEN_NOT;
	why = add_papers(rq, &answer);
	if (!why)
		why = add_media(rq, until_ms, &answer);
	if (!why)
		why = add_places(rq, &answer);
	if (!why && !is_free(&answer) && rq->http->method == GET)
		learning__note_opened(rq, &(struct lesson_opened){ rq->who.id, answer.work.id, answer.key, answer.media, answer.media_count });
	return why ? why : reply(rq, 200, &lesson_answer_shape, &answer);
}

/* ---- progress ---- */

struct progress_draft {
	struct text key;
	double position;
	bool done;
};
static const struct shape progress_draft_shape = SHAPE(progress_draft,
	FIELD(progress_draft, key,      SHAPE_TEXT, .min = 1, .max = 500),
	FIELD(progress_draft, position, SHAPE_REAL, .min = 0, .max = 1),
	FIELD(progress_draft, done,     SHAPE_BOOL, .optional = true));

struct progress_answer {
	int64_t percent, done, total;
};
static const struct shape progress_answer_shape = SHAPE(progress_answer,
	FIELD(progress_answer, percent, SHAPE_INT),
	FIELD(progress_answer, done,    SHAPE_INT),
	FIELD(progress_answer, total,   SHAPE_INT));

static problem save_progress(struct request *rq)
{
	const struct progress_draft *draft = rq->body;
	struct work_card card;
	struct lesson lesson;
	struct course_state state;
	problem why = own_work(rq, "work", &card);

	if (!why)
		why = lesson_load(rq->tx, card.edition, draft->key, &lesson);
	if (why)
		return why;
	learning__save(rq->tx, rq->who.id, card.id, &(struct progress){ .key = draft->key, .position = draft->position, .done = draft->done });
	why = load_state(rq->tx, rq->who.id, &card, &state);
	return why ? why : reply(rq, 200, &progress_answer_shape, &(struct progress_answer){ state.percent, state.done, state.total });
}

/* ---- quizzes ---- */

struct quiz_hand_in {
	struct quiz_answer *answers;
	size_t answer_count;
};
static const struct shape quiz_answer_shape = SHAPE(quiz_answer,
	LIST_OF(quiz_answer, choice, choice_count, SHAPE_INT, .optional = true, .max = 20),
	FIELD(quiz_answer, text,   SHAPE_TEXT, .optional = true, .max = 500),
	FIELD(quiz_answer, number, SHAPE_REAL, .optional = true, .given_at = offsetof(struct quiz_answer, number_given)));
static const struct shape quiz_hand_in_shape = SHAPE(quiz_hand_in, LIST(quiz_hand_in, answers, answer_count, &quiz_answer_shape, .max = 100));

struct quiz_verdict {
	bool right;
	struct text why, answer;
};
struct quiz_result {
	int64_t score, total;
	struct quiz_verdict *items;
	size_t item_count;
};
static const struct shape quiz_verdict_shape = SHAPE(quiz_verdict,
	FIELD(quiz_verdict, right,  SHAPE_BOOL),
	FIELD(quiz_verdict, why,    SHAPE_TEXT, .optional = true),
	FIELD(quiz_verdict, answer, SHAPE_JSON, .says = "indexes of the right options, a number, or the accepted words"));
static const struct shape quiz_result_shape = SHAPE(quiz_result,
	FIELD(quiz_result, score, SHAPE_INT),
	FIELD(quiz_result, total, SHAPE_INT),
	LIST(quiz_result,  items, item_count, &quiz_verdict_shape));

static struct text right_answer(struct arena *arena, const struct quiz_item *item)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(64 * 1024);
	bool choice = item->kind == QUIZ_SINGLE || item->kind == QUIZ_MULTIPLE;
	size_t n = choice ? item->choice.answer_count : item->words.answer_count;

	if (item->kind == QUIZ_NUMBER) {
		json_write_real(&out, item->number.answer);
		return arena_text(arena, buffer_text(&out));
	}
	buffer_add_char(&out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buffer_add_char(&out, ',');
		if (choice)
			json_write_int(&out, item->choice.answer[i]);
		else
			json_write_text(&out, item->words.answer[i]);
	}
	buffer_add_char(&out, ']');
	return arena_text(arena, buffer_text(&out));
}

static void mark(struct arena *arena, const struct quiz_items *items, const struct quiz_hand_in *in, struct quiz_result *ret)
{
	static const struct quiz_answer nothing;

	*ret = (struct quiz_result){ .total = (int64_t)items->item_count, .item_count = items->item_count };
	ret->items = ARENA_ARRAY(arena, struct quiz_verdict, items->item_count);
	for (size_t i = 0; i < items->item_count; i++) {
		const struct quiz_item *item = &items->items[i];
		bool right = quiz_is_right(item, i < in->answer_count ? &in->answers[i] : &nothing);

		ret->items[i] = (struct quiz_verdict){ .right = right, .why = item->why, .answer = right_answer(arena, item) };
		ret->score += right;
	}
}

static problem hand_in(struct request *rq)
{
	struct work_card card;
	struct quiz quiz;
	struct quiz_items items;
	struct quiz_result result;
	problem why = own_work(rq, "work", &card);

	if (!why)
		why = quiz_load(rq->tx, card.edition, path_text(rq, "quiz"), &quiz);
	if (!why)
		why = read_quiz(rq, quiz.items, &items);
	if (why)
		return why;
	mark(rq->arena, &items, rq->body, &result);
	learning__add_attempt(rq->tx, rq->who.id, card.id, quiz.key, rq->http->body, result.score, result.total);
	return reply(rq, 200, &quiz_result_shape, &result);
}

const struct route learning_routes[] = {
	{ GET, "/api/me/works", serve_shelf, READS, .who = LEARNER, .gives = &shelf_shape, .says = "What I own, with progress" },
	{ GET, "/api/learn/{work}", serve_state, READS, .who = LEARNER, .gives = &course_state_shape, .says = "Contents of a work of mine, with progress" },
	{ PUT, "/api/learn/{work}/edition", choose_edition, WRITES, .who = LEARNER, .takes = &edition_choice_shape, .gives = &course_state_shape,
	  .says = "Stay on an edition of a work of mine, or follow the newest" },
	{ GET, "/api/works/{id}/lessons/{key*}", serve_lesson, READS, .who = ANYBODY, .gives = &lesson_answer_shape,
	  .says = "A lesson that is free or mine" },
	{ PUT, "/api/learn/{work}/progress", save_progress, WRITES, .who = LEARNER, .takes = &progress_draft_shape, .gives = &progress_answer_shape,
	  .says = "Where I am in a lesson" },
	{ GET, "/api/learn/{work}/media/{asset}", learning__tell_place, READS, .who = LEARNER, .gives = &media_place_shape,
	  .says = "Where I am in a recording of a work of mine" },
	{ PUT, "/api/learn/{work}/media/{asset}", learning__keep_place, WRITES, .who = LEARNER, .takes = &media_place_draft_shape,
	  .gives = &media_place_shape, .says = "Keep where I am in a recording" },
	{ POST, "/api/learn/{work}/quizzes/{quiz*}", hand_in, WRITES, .who = LEARNER, .takes = &quiz_hand_in_shape, .gives = &quiz_result_shape,
	  .says = "Hand a quiz in and have it marked" },
	{ 0 },
};
