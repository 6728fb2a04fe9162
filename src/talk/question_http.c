/* question_http.c - routes of questions and answers: under a lesson, and in the creator's inbox. */
#include "talk/post_view.h"

enum { QUESTIONS_IN_TEN_MINUTES = 5, ANSWERS_IN_TEN_MINUTES = 20, OWN_ANSWERS_IN_TEN_MINUTES = 100, SECOND_MAX = 7 * 24 * 3600 };

/* A page ends early once so much text stands on it: the most that one question may add keeps it far below what a reply may hold. */
enum { PAGE_BYTES = 512 << 10 };

/* ---- a lesson's questions ---- */

struct questions_asked {
	struct text lesson;
	int sort;
	int64_t at, after;
};
static const struct shape questions_asked_shape = SHAPE(questions_asked,
	FIELD(questions_asked, lesson, SHAPE_TEXT, .optional = true, .min = 1, .max = 500),
	FIELD(questions_asked, sort,   SHAPE_ENUM, .names = question_sort_names, .optional = true),
	FIELD(questions_asked, at,     SHAPE_INT, .optional = true, .min = 0, .max = SECOND_MAX, .says = "sort=second: the second to begin at"),
	FIELD(questions_asked, after,  SHAPE_INT, .optional = true, .min = 1, .max = INT64_MAX));

struct question_list {
	struct question_view *items;
	size_t item_count;
	int64_t count;
	int mark;
	struct text next;
};
static const struct shape question_list_shape = SHAPE(question_list,
	LIST(question_list,  items, item_count, &question_shape),
	FIELD(question_list, count, SHAPE_INT, .says = "of all that are shown"),
	FIELD(question_list, mark,  SHAPE_ENUM, .names = post_mark_names, .says = "as whom I speak here"),
	FIELD(question_list, next,  SHAPE_TEXT, .optional = true));

/* One more was read than a page holds: there is a next one. */
static struct text next_of(struct tx *tx, const struct post *posts, size_t *n)
{
	if (*n <= LIST_MAX)
		return (struct text){ 0 };
	*n = LIST_MAX;
	return arena_format(tx_arena(tx), "%lld", (long long)posts[LIST_MAX - 1].id);
}

static size_t bytes_of(const struct question_view *q)
{
	size_t sum = q->post.body.length;

	for (size_t i = 0; i < q->answer_count; i++)
		sum += q->answers[i].body.length;
	return sum;
}

/* Where a page goes on that ended before the posts that were read for it. */
static struct text next_behind(struct tx *tx, const struct post *last) { return arena_format(tx_arena(tx), "%lld", (long long)last->id); }

static problem view_all(struct request *rq, const struct post *posts, size_t n, struct question_list *ret)
{
	problem why = NULL;
	size_t bytes = 0;

	ret->items = ARENA_ARRAY(rq->arena, struct question_view, n);
	for (; !why && ret->item_count < n && bytes < PAGE_BYTES; ret->item_count++) {
		why = question__view(rq->tx, &rq->who, &posts[ret->item_count], &ret->items[ret->item_count]);
		bytes += why ? 0 : bytes_of(&ret->items[ret->item_count]);
	}
	return why;
}

static problem serve_questions(struct request *rq)
{
	const struct questions_asked *asked = rq->asked;
	struct question_list list = { 0 };
	struct talk_place place;
	struct post *posts;
	int64_t id;
	size_t n;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = talk__place(rq->tx, &rq->who, (struct work_id){ id }, asked->lesson, &place);
	if (!why)
		why = post__questions(rq->tx, &(struct question_query){ .work = { id }, .lesson = asked->lesson, .sort = asked->sort, .at_s = asked->at, .after = asked->after },
		                      &posts, &n);
	if (why)
		return why;
	list.next = next_of(rq->tx, posts, &n);
	list.count = post__count_questions(rq->tx, (struct work_id){ id }, asked->lesson);
	list.mark = (int)place.mark;
	why = view_all(rq, posts, n, &list);
	if (!why && list.item_count < n && asked->sort != QUESTIONS_SECOND)
		list.next = next_behind(rq->tx, &posts[list.item_count - 1]);
	return why ? why : reply(rq, 200, &question_list_shape, &list);
}

/* ---- asking ---- */

struct question_draft {
	struct text text, lesson;
	struct asset_id asset;
	int64_t at_s;
	enum given at_given;
};
static const struct shape question_draft_shape = SHAPE(question_draft,
	FIELD(question_draft, text,   SHAPE_TEXT, .min = 1, .max = QUESTION_MAX),
	FIELD(question_draft, lesson, SHAPE_TEXT, .optional = true, .min = 1, .max = 500, .says = "absent: about the work as a whole"),
	FIELD(question_draft, asset,  SHAPE_ID, .optional = true, .says = "the recording"),
	FIELD(question_draft, at_s,   SHAPE_INT, .optional = true, .min = 0, .max = SECOND_MAX, .given_at = offsetof(struct question_draft, at_given)));

static problem reply_question(struct request *rq, int status, int64_t id)
{
	struct question_view view;
	struct post post;
	problem why = post__by_id(rq->tx, id, &post);

	if (!why)
		why = question__view(rq->tx, &rq->who, &post, &view);
	return why ? why : reply(rq, status, &question_shape, &view);
}

static problem tell_creator(struct tx *tx, const struct post *question, struct text title)
{
	struct creator creator;
	problem why = creator_by_id(tx, question->creator, &creator);

	if (!why)
		notification_add(tx, &(struct notification_draft){ .kind = NOTIFICATION_ASKED, .subject = question->id, .whom = creator.user, .by = question->user, .title = title,
		                                                   .url = arena_format(tx_arena(tx), "/studio/inbox?question=%lld", (long long)question->id) });
	return why ? why : tx_problem(tx);
}

static problem ask(struct request *rq)
{
	const struct question_draft *draft = rq->body;
	struct talk_place place;
	struct post post;
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = talk__place(rq->tx, &rq->who, (struct work_id){ id }, draft->lesson, &place);
	if (!why)
		why = talk__not_too_much(rq->tx, rq->who.id, POST_QUESTION, QUESTIONS_IN_TEN_MINUTES);
	if (why)
		return why;
	post = (struct post){
		.id = tx_id(rq->tx), .kind = POST_QUESTION, .state = POST_SHOWN, .work = place.work.id, .creator = place.work.creator, .lesson = draft->lesson,
		.asset = draft->asset, .at_s = draft->at_s, .at_given = draft->lesson.at ? draft->at_given : GIVEN_NOT, .user = rq->who.id, .mark = (int)place.mark,
		.created_ms = tx_now_ms(rq->tx),
	};
	why = talk__clean(rq, "text", draft->text, &post.body);
	if (why)
		return why;
	post__insert(rq->tx, &post);
	why = tell_creator(rq->tx, &post, place.work.title);
	return why ? why : reply_question(rq, 201, post.id);
}

/* ---- one's own post ---- */

struct body_draft {
	struct text text;
};
static const struct shape body_draft_shape = SHAPE_AS("post_draft", body_draft, FIELD(body_draft, text, SHAPE_TEXT, .min = 1, .max = ANSWER_MAX));

/* What goes out with one's own post are others' answers: only to whoever may still read there. */
static problem still_reads(struct request *rq, const struct post *post)
{
	struct talk_place place;

	return talk__place_of(rq->tx, &rq->who, post, &place);
}

/* Somebody else's is not there; a review has ways of its own. */
static problem own_post(struct request *rq, struct post *ret)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = post__by_id(rq->tx, id, ret);
	if (why)
		return why;
	return ret->user.v != rq->who.id.v || ret->kind == POST_REVIEW || ret->state == POST_DELETED ? &post_missing : NULL;
}

static int64_t question_of(const struct post *post) { return post->kind == POST_QUESTION ? post->id : post->question; }

static problem put_right(struct request *rq)
{
	const struct body_draft *draft = rq->body;
	struct post post;
	problem why = own_post(rq, &post);

	if (!why)
		why = still_reads(rq, &post);
	if (why)
		return why;
	if (post.state != POST_SHOWN || tx_now_ms(rq->tx) >= post.created_ms + EDIT_MS)
		return &post_settled;
	why = talk__clean(rq, "text", draft->text, &post.body);
	if (!why && post.kind == POST_QUESTION && text_characters(post.body) > QUESTION_MAX)
		why = field_wrong(rq, TEXT("text"), "too-long");
	if (why)
		return why;
	post.edited_ms = tx_now_ms(rq->tx);
	post__set_body(rq->tx, &post);
	return reply_question(rq, 200, question_of(&post));
}

static problem take_away(struct request *rq)
{
	struct post post, question;
	problem why = own_post(rq, &post);

	if (!why)
		why = post__move(rq->tx, &post, POST_DELETED, rq->who.id);
	if (!why && post.kind == POST_ANSWER)
		why = post__by_id(rq->tx, post.question, &question);
	if (why)
		return why;
	if (post.kind == POST_ANSWER && question.solved_by == post.id)
		post__set_solved(rq->tx, question.id, 0);
	return reply_none(rq, 204);
}

/* ---- answers ---- */

static problem question_at(struct request *rq, struct post *ret)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = post__by_id(rq->tx, id, ret);
	return why ? why : ret->kind == POST_QUESTION ? NULL : &post_missing;
}

static struct text lesson_link(struct tx *tx, const struct post *question)
{
	return arena_format(tx_arena(tx), "/learn/%lld/%.*s?question=%lld", (long long)question->work.v, TEXT_ARG(question->lesson), (long long)question->id);
}

static problem answer(struct request *rq)
{
	const struct body_draft *draft = rq->body;
	struct post question, post;
	struct talk_place place;
	problem why = question_at(rq, &question);

	if (!why)
		why = talk__place_of(rq->tx, &rq->who, &question, &place);
	if (!why && question.state != POST_SHOWN)
		why = &post_settled;
	if (!why && post__count_answers(rq->tx, question.id) >= ANSWERS_MAX)
		why = &questions_closed;
	if (!why)
		why = talk__not_too_much(rq->tx, rq->who.id, POST_ANSWER, place.mark == POST_LEARNER ? ANSWERS_IN_TEN_MINUTES : OWN_ANSWERS_IN_TEN_MINUTES);
	if (why)
		return why;
	post = (struct post){ .id = tx_id(rq->tx), .kind = POST_ANSWER, .state = POST_SHOWN, .question = question.id, .work = question.work,
		              .creator = question.creator, .lesson = question.lesson, .user = rq->who.id, .mark = (int)place.mark, .created_ms = tx_now_ms(rq->tx) };
	why = talk__clean(rq, "text", draft->text, &post.body);
	if (why)
		return why;
	post__insert(rq->tx, &post);
	notification_add(rq->tx, &(struct notification_draft){ .kind = NOTIFICATION_ANSWERED, .subject = post.id, .whom = question.user, .by = rq->who.id,
	                                                       .title = place.work.title, .url = lesson_link(rq->tx, &question) });
	return reply_question(rq, 201, question.id);
}

/* ---- solved, as the asker says ---- */

struct solution {
	int64_t answer;
};
static const struct shape solution_shape = SHAPE(solution, FIELD(solution, answer, SHAPE_INT, .min = 1, .max = INT64_MAX));

static problem own_question(struct request *rq, struct post *ret)
{
	problem why = question_at(rq, ret);

	if (!why && (ret->user.v != rq->who.id.v || ret->state != POST_SHOWN))
		why = &post_missing;
	return why ? why : still_reads(rq, ret);
}

static problem solve(struct request *rq)
{
	const struct solution *solution = rq->body;
	struct post question, answered;
	problem why = own_question(rq, &question);

	if (!why)
		why = post__by_id(rq->tx, solution->answer, &answered);
	if (!why && (answered.question != question.id || answered.state != POST_SHOWN))
		why = &post_missing;
	if (why)
		return why;
	post__set_solved(rq->tx, question.id, answered.id);
	return reply_question(rq, 200, question.id);
}

static problem unsolve(struct request *rq)
{
	struct post question;
	problem why = own_question(rq, &question);

	if (why)
		return why;
	post__set_solved(rq->tx, question.id, 0);
	return reply_question(rq, 200, question.id);
}

/* ---- the creator's inbox ---- */

struct inbox_asked {
	bool all;
	struct work_id work;
	int64_t after;
};
static const struct shape inbox_asked_shape = SHAPE(inbox_asked,
	FIELD(inbox_asked, all,   SHAPE_BOOL, .optional = true),
	FIELD(inbox_asked, work,  SHAPE_ID, .optional = true),
	FIELD(inbox_asked, after, SHAPE_INT, .optional = true, .min = 1, .max = INT64_MAX));

struct inbox_item {
	struct question_view question;
	struct text work_title, lesson_title;
};
struct inbox {
	struct inbox_item *items;
	size_t item_count;
	int64_t open;
	struct text next;
};
static const struct shape inbox_item_shape = SHAPE(inbox_item,
	FIELD(inbox_item, question,     SHAPE_OBJECT, .of = &question_shape),
	FIELD(inbox_item, work_title,   SHAPE_TEXT),
	FIELD(inbox_item, lesson_title, SHAPE_TEXT, .optional = true, .says = "absent: no lesson, or the newest edition lacks it"));
static const struct shape inbox_shape = SHAPE(inbox,
	LIST(inbox,  items, item_count, &inbox_item_shape),
	FIELD(inbox, open, SHAPE_INT, .says = "questions that wait for an answer, over all works"),
	FIELD(inbox, next, SHAPE_TEXT, .optional = true));

static problem add_inbox_item(struct request *rq, const struct post *post, struct inbox_item *ret)
{
	struct work_card work;
	struct lesson lesson = { 0 };
	problem why = question__view(rq->tx, &rq->who, post, &ret->question);

	if (!why)
		why = work_by_id(rq->tx, post->work, &work);
	if (!why && post->lesson.at)
		why = lesson_load(rq->tx, work.edition, post->lesson, &lesson);
	if (why && why != &lesson_missing)
		return why;
	ret->work_title = work.title;
	ret->lesson_title = lesson.title;
	return NULL;
}

static problem serve_inbox(struct request *rq)
{
	const struct inbox_asked *asked = rq->asked;
	struct inbox inbox = { 0 };
	struct creator creator;
	struct post *posts;
	size_t n, bytes = 0;
	problem why = creator_by_user(rq->tx, rq->who.id, &creator);

	if (why == &creator_missing)
		return reply(rq, 200, &inbox_shape, &inbox);
	if (!why)
		why = post__inbox(rq->tx, &(struct inbox_query){ creator.id, asked->all, asked->work, asked->after }, &posts, &n);
	if (why)
		return why;
	inbox.next = next_of(rq->tx, posts, &n);
	inbox.open = post__count_open(rq->tx, creator.id);
	inbox.items = ARENA_ARRAY(rq->arena, struct inbox_item, n);
	for (; !why && inbox.item_count < n && bytes < PAGE_BYTES; inbox.item_count++) {
		why = add_inbox_item(rq, &posts[inbox.item_count], &inbox.items[inbox.item_count]);
		bytes += why ? 0 : bytes_of(&inbox.items[inbox.item_count].question);
	}
	if (!why && inbox.item_count < n)
		inbox.next = next_behind(rq->tx, &posts[inbox.item_count - 1]);
	return why ? why : reply(rq, 200, &inbox_shape, &inbox);
}

const struct route talk_routes[] = {
	{ GET, "/api/works/{id}/questions", serve_questions, READS, .who = LEARNER, .asks = &questions_asked_shape, .gives = &question_list_shape,
	  .says = "Questions at a lesson that I may read" },
	{ POST, "/api/works/{id}/questions", ask, WRITES, .who = LEARNER, .takes = &question_draft_shape, .gives = &question_shape, .once = BY_KEY,
	  .says = "Ask at a lesson, and at a second of its recording" },
	{ PATCH, "/api/posts/{id}", put_right, WRITES, .who = LEARNER, .takes = &body_draft_shape, .gives = &question_shape,
	  .says = "Put a question or answer of mine right, soon after it was written" },
	{ DELETE, "/api/posts/{id}", take_away, WRITES, .who = LEARNER, .says = "Take a question or answer of mine away" },
	{ POST, "/api/questions/{id}/answers", answer, WRITES, .who = LEARNER, .takes = &body_draft_shape, .gives = &question_shape, .once = BY_KEY,
	  .says = "Answer a question" },
	{ PUT, "/api/questions/{id}/solved", solve, WRITES, .who = LEARNER, .takes = &solution_shape, .gives = &question_shape,
	  .says = "This answer solved my question" },
	{ DELETE, "/api/questions/{id}/solved", unsolve, WRITES, .who = LEARNER, .gives = &question_shape, .says = "My question is open again" },
	{ GET, "/api/studio/questions", serve_inbox, READS, .who = CREATOR, .asks = &inbox_asked_shape, .gives = &inbox_shape,
	  .says = "Questions at my works, those without an answer of mine first asked for" },
	{ 0 },
};
