/* report.c - somebody says that a post should be looked at, and staff looks.
 *
 * Reports of TALK_HELD_FROM independent people hold a post until then: they have access to the work, and neither made it nor wrote the
 * post. Others' reports, the creator's too, come into the queue and hold nothing. Staff keeps, hides by a rule, or restores; what is said
 * about somebody's own work he does not decide, whatever his role. */
#include "talk/report_room.h"

#include "audit/audit.h"

#include <stdlib.h>

#define X_NAME(id, name) name,
const char *const report_reason_names[] = { NULL, REPORT_REASONS(X_NAME) NULL };
#undef X_NAME

const struct problem report_twice = { 409, "report-twice", "You have reported this already." };
const struct problem report_own = { 409, "report-own", "That is your own." };
const struct problem report_settled = { 409, "report-settled", "Somebody else has decided about it." };
const struct problem decides_own = { 409, "decides-own", "It is about a work of your own: somebody else decides." };

/* ---- reporting ---- */

struct report_draft {
	int reason;
	struct text words;
};
static const struct shape report_draft_shape = SHAPE(report_draft,
	FIELD(report_draft, reason, SHAPE_ENUM, .names = report_reason_names),
	FIELD(report_draft, words,  SHAPE_TEXT, .optional = true, .max = REPORT_WORDS_MAX));

/* A review is everybody's to see; the rest is seen by who may read there. *ret_mark: as whom he reports. */
static problem sees(struct tx *tx, const struct person *who, const struct post *post, enum post_mark *ret_mark)
{
	struct talk_place place;
	problem why = talk__place_of(tx, who, post, &place);

	*ret_mark = place.mark;
	return post->kind == POST_REVIEW && why == &lesson_locked ? NULL : why;
}

static problem post_of(struct request *rq, struct post *ret)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	return why ? why : post__by_id(rq->tx, id, ret);
}

static problem may_report(struct tx *tx, const struct person *who, const struct post *post)
{
	enum { DAY_MS = 24 * 3600 * 1000 };

	if (post->user.v == who->id.v)
		return &report_own;
	if (post->state != POST_SHOWN && post->state != POST_HELD)
		return &post_missing;
	if (report__made(tx, post->id, who->id))
		return &report_twice;
	return report__count_since(tx, who->id, tx_now_ms(tx) - DAY_MS) >= REPORTS_A_DAY ? &talk_too_much : tx_problem(tx);
}

static enum notification_kind kind_of(const struct post *post)
{
	switch ((enum post_state)post->state) {
	case POST_SHOWN:
		return NOTIFICATION_POST_SHOWN;
	case POST_HELD:
		return NOTIFICATION_POST_HELD;
	case POST_HIDDEN:
		return NOTIFICATION_POST_HIDDEN;
	case POST_STATE_NONE:
	case POST_DELETED:
	case POST_STATE_COUNT:
		break;
	}
	abort();
}

/* It may be hidden and shown again any number of times; the move itself happens once. */
static problem tell_author(struct tx *tx, const struct post *post, struct user_id by)
{
	struct work_card work;
	problem why = work_by_id(tx, post->work, &work);

	if (!why)
		notification_add(tx, &(struct notification_draft){ .kind = kind_of(post), .subject = post->id, .turn = tx_id(tx), .whom = post->user, .by = by,
		                                                   .title = work.title, .url = arena_format(tx_arena(tx), "/me/post/%lld", (long long)post->id) });
	return why;
}

problem report__hold_if_enough(struct tx *tx, struct post *post)
{
	problem why;

	if (post->state != POST_SHOWN || report__count_independent(tx, post->id) < TALK_HELD_FROM)
		return tx_problem(tx);
	why = post__move(tx, post, POST_HELD, (struct user_id){ 0 });
	return why ? why : tell_author(tx, post, (struct user_id){ 0 });
}

static problem report_post(struct request *rq)
{
	const struct report_draft *draft = rq->body;
	struct report report;
	struct post post;
	enum post_mark mark;
	problem why = post_of(rq, &post);

	if (!why)
		why = sees(rq->tx, &rq->who, &post, &mark);
	if (!why)
		why = may_report(rq->tx, &rq->who, &post);
	if (why)
		return why;
	report = (struct report){ .id = tx_id(rq->tx), .post = post.id, .user = rq->who.id, .reason = draft->reason, .words = TEXT(""), .created_ms = tx_now_ms(rq->tx),
		                  .independent = mark == POST_LEARNER && entitled(rq->tx, rq->who.id, post.work) };
	if (draft->words.length)
		why = talk__clean(rq, "words", draft->words, &report.words);
	if (why)
		return why;
	report__insert(rq->tx, &report);
	audit_add(rq->tx, rq->who.id, "post-reported", post_kind_names[post.kind], post.id,
	          arena_format(rq->arena, "{\"reason\":\"%s\"}", report_reason_names[draft->reason]));
	why = report__hold_if_enough(rq->tx, &post);
	return why ? why : reply_none(rq, 204);
}

/* ---- the post that a report or a message speaks of ---- */

struct seen_post {
	int kind;
	struct post_view post;
	struct text work_title, work_url;
};
static const struct shape seen_post_shape = SHAPE_AS("seen_post", seen_post,
	POST_FIELDS(seen_post, post),
	FIELD(seen_post, kind,       SHAPE_ENUM, .names = post_kind_names),
	FIELD(seen_post, work_title, SHAPE_TEXT),
	FIELD(seen_post, work_url,   SHAPE_TEXT));

static problem serve_post(struct request *rq)
{
	struct seen_post seen;
	struct work_card work;
	struct post post;
	enum post_mark mark;
	problem why = post_of(rq, &post);

	if (!why && post.user.v != rq->who.id.v)
		why = sees(rq->tx, &rq->who, &post, &mark);
	if (!why)
		why = work_by_id(rq->tx, post.work, &work);
	if (why)
		return why;
	seen = (struct seen_post){ .kind = post.kind, .work_title = work.title, .work_url = work.url };
	why = post__view(rq->tx, &rq->who, &post, &seen.post);
	return why ? why : reply(rq, 200, &seen_post_shape, &seen);
}

/* ---- the queue ---- */

struct report_view {
	int reason;
	struct text words;
	bool independent;
	int64_t created_ms;
};
static const struct shape report_view_shape = SHAPE_AS("report", report_view,
	FIELD(report_view, reason,      SHAPE_ENUM, .names = report_reason_names),
	FIELD(report_view, words,       SHAPE_TEXT),
	FIELD(report_view, independent, SHAPE_BOOL),
	FIELD(report_view, created_ms,  SHAPE_TIME));

struct queue_item {
	int64_t id, created_ms, edited_ms;
	int kind, state;
	struct text text, author, rule, work_title, work_url;
	bool own_work;
	struct report_view *reports;
	size_t report_count;
};
static const struct shape queue_item_shape = SHAPE_AS("reported_post", queue_item,
	FIELD(queue_item, id,         SHAPE_INT),
	FIELD(queue_item, kind,       SHAPE_ENUM, .names = post_kind_names),
	FIELD(queue_item, state,      SHAPE_ENUM, .names = post_state_names),
	FIELD(queue_item, text,       SHAPE_TEXT),
	FIELD(queue_item, author,     SHAPE_TEXT),
	FIELD(queue_item, rule,       SHAPE_TEXT, .optional = true),
	FIELD(queue_item, work_title, SHAPE_TEXT),
	FIELD(queue_item, work_url,   SHAPE_TEXT),
	FIELD(queue_item, own_work,   SHAPE_BOOL, .says = "of mine: somebody else decides"),
	FIELD(queue_item, created_ms, SHAPE_TIME),
	FIELD(queue_item, edited_ms,  SHAPE_TIME),
	LIST(queue_item,  reports, report_count, &report_view_shape));

struct queue {
	struct queue_item *items;
	size_t item_count;
	int64_t waiting;
};
static const struct shape queue_shape = SHAPE_AS("report_queue", queue,
	LIST(queue,  items, item_count, &queue_item_shape),
	FIELD(queue, waiting, SHAPE_INT));

struct queue_asked {
	bool hidden;
};
static const struct shape queue_asked_shape = SHAPE(queue_asked, FIELD(queue_asked, hidden, SHAPE_BOOL, .optional = true));

static problem add_reports(struct tx *tx, struct queue_item *item)
{
	struct report *rows;
	size_t n;
	problem why = report__of_post(tx, item->id, 0, &rows, &n);

	if (why)
		return why;
	item->reports = ARENA_ARRAY(tx_arena(tx), struct report_view, n);
	for (; item->report_count < n; item->report_count++) {
		const struct report *r = &rows[item->report_count];

		item->reports[item->report_count] = (struct report_view){ r->reason, r->words, r->independent, r->created_ms };
	}
	return NULL;
}

/* About a work of one's own: a review; what a creator answers for himself in his own lessons he may keep in order. */
static problem is_own_review(struct tx *tx, const struct person *who, const struct post *post, bool *ret)
{
	struct creator creator;
	problem why = creator_by_user(tx, who->id, &creator);

	*ret = !why && creator.id.v == post->creator.v && post->kind == POST_REVIEW;
	return why == &creator_missing ? NULL : why;
}

static problem fill_item(struct request *rq, const struct post *post, struct queue_item *ret)
{
	struct work_card work;
	problem why = work_by_id(rq->tx, post->work, &work);

	*ret = (struct queue_item){ .id = post->id, .kind = post->kind, .state = post->state, .text = post->body, .rule = post->rule, .created_ms = post->created_ms,
		                    .edited_ms = post->edited_ms };
	if (why)
		return why;
	ret->work_title = work.title;
	ret->work_url = work.url;
	why = talk__name(rq->tx, post->user, &ret->author);
	if (!why)
		why = is_own_review(rq->tx, &rq->who, post, &ret->own_work);
	return why ? why : add_reports(rq->tx, ret);
}

static problem serve_queue(struct request *rq)
{
	const struct queue_asked *asked = rq->asked;
	struct queue queue = { .waiting = report__count_queue(rq->tx) };
	struct post *posts;
	size_t n;
	problem why = report__queue(rq->tx, asked->hidden, &posts, &n);

	if (why)
		return why;
	queue.items = ARENA_ARRAY(rq->arena, struct queue_item, n);
	for (; !why && queue.item_count < n; queue.item_count++)
		why = fill_item(rq, &posts[queue.item_count], &queue.items[queue.item_count]);
	return why ? why : reply(rq, 200, &queue_shape, &queue);
}

/* ---- deciding ---- */

enum decision { DECISION_NONE, DECISION_KEEP, DECISION_HIDE, DECISION_RESTORE };
static const char *const decision_names[] = { NULL, "keep", "hide", "restore", NULL };
struct decision_draft {
	int act, rule;
};
static const struct shape decision_draft_shape = SHAPE(decision_draft,
	FIELD(decision_draft, act,  SHAPE_ENUM, .names = decision_names),
	FIELD(decision_draft, rule, SHAPE_ENUM, .names = report_reason_names, .optional = true, .says = "by which rule; hide asks for it"));

static problem keep(struct tx *tx, struct post *post, struct user_id by)
{
	if (post->state == POST_HELD)
		return post__move(tx, post, POST_SHOWN, by);
	audit_add(tx, by, "post-kept", post_kind_names[post->kind], post->id, (struct text){ 0 });
	return tx_problem(tx);
}

/* What he decides about must be as he saw it: of two who decide the second is told. */
static problem apply(struct request *rq, const struct decision_draft *draft, struct post *post)
{
	bool waiting = report__settle(rq->tx, post->id) > 0, visible = post->state == POST_SHOWN || post->state == POST_HELD;

	switch ((enum decision)draft->act) {
	case DECISION_KEEP:
		return waiting && visible ? keep(rq->tx, post, rq->who.id) : &report_settled;
	case DECISION_HIDE:
		if (!draft->rule)
			return field_wrong(rq, TEXT("rule"), "missing");
		post->rule = text_of(report_reason_names[draft->rule]);
		return visible ? post__move(rq->tx, post, POST_HIDDEN, rq->who.id) : &report_settled;
	case DECISION_RESTORE:
		return post->state == POST_HIDDEN ? post__move(rq->tx, post, POST_SHOWN, rq->who.id) : &report_settled;
	case DECISION_NONE:
		break;
	}
	return &problem_invalid;
}

/* Who reported is told what comes of it: once, also where the post stays as it was. Before the reports are settled, since those that wait
 * are read page by page; a decision that fails takes it back. */
static problem tell_reporters(struct request *rq, const struct post *post, enum notification_kind kind)
{
	struct report *reports;
	size_t n = REPORTS_SHOWN_MAX;
	int64_t last = 0;
	struct work_card work;
	problem why = work_by_id(rq->tx, post->work, &work);

	while (!why && n == REPORTS_SHOWN_MAX) {
		why = report__of_post(rq->tx, post->id, last, &reports, &n);
		for (size_t i = 0; !why && i < n; i++) {
			last = reports[i].id;
			notification_add(rq->tx, &(struct notification_draft){ .kind = kind, .subject = last, .whom = reports[i].user, .by = rq->who.id,
			                                                       .title = work.title, .url = work.url });
		}
	}
	return why;
}

/* Who wrote it, and of a review that nobody could see so far the work's creator. */
static problem tell_of_move(struct request *rq, const struct post *post)
{
	struct work_card work;
	problem why = tell_author(rq->tx, post, rq->who.id);

	if (why || post->kind != POST_REVIEW || post->state != POST_SHOWN)
		return why;
	why = work_by_id(rq->tx, post->work, &work);
	return why ? why : review__tell_creator(rq->tx, post, &work);
}

static problem decide(struct request *rq)
{
	const struct decision_draft *draft = rq->body;
	struct queue_item item;
	struct post post;
	int before;
	bool own;
	problem why = post_of(rq, &post);

	if (!why)
		why = is_own_review(rq->tx, &rq->who, &post, &own);
	if (!why && own)
		why = &decides_own;
	if (why)
		return why;
	before = post.state;
	why = tell_reporters(rq, &post, draft->act == DECISION_HIDE ? NOTIFICATION_REPORT_HIDDEN : NOTIFICATION_REPORT_KEPT);
	if (!why)
		why = apply(rq, draft, &post);
	if (!why && post.state != before)
		why = tell_of_move(rq, &post);
	if (!why)
		why = fill_item(rq, &post, &item);
	return why ? why : reply(rq, 200, &queue_item_shape, &item);
}

const struct route report_routes[] = {
	{ GET, "/api/posts/{id}", serve_post, READS, .who = LEARNER, .gives = &seen_post_shape, .says = "A post that I may see" },
	{ POST, "/api/posts/{id}/reports", report_post, WRITES, .who = LEARNER, .takes = &report_draft_shape, .says = "Somebody should look at this post" },
	{ GET, "/api/staff/reports", serve_queue, READS, .who = MODERATOR | ADMIN, .asks = &queue_asked_shape, .gives = &queue_shape,
	  .says = "Posts that were reported and wait for a decision, or those that are hidden" },
	{ POST, "/api/staff/posts/{id}/decision", decide, WRITES, .who = MODERATOR | ADMIN, .takes = &decision_draft_shape, .gives = &queue_item_shape,
	  .says = "Keep, hide or restore a post" },
	{ 0 },
};
const struct module report_module = { .name = "report", .routes = report_routes };
