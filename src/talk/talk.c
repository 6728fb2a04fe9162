/* talk.c - who may speak where, how a post moves, what a text may be.
 *
 * A post is never taken out of the table while somebody may be looking at it: it is held, hidden or deleted, and what was deleted has
 * lost its text. */
#include "talk/review_room.h"

#include "account/account.h"
#include "audit/audit.h"

#include <assert.h>

#define X_NAME(id, name) name,
const char *const post_kind_names[] = { NULL, POST_KINDS(X_NAME) NULL };
const char *const post_state_names[] = { NULL, POST_STATES(X_NAME) NULL };
const char *const question_sort_names[] = { NULL, QUESTION_SORTS(X_NAME) NULL };
#undef X_NAME
const char *const post_mark_names[] = { NULL, "learner", "creator", "staff", NULL };

const struct problem post_missing = { 404, "post-missing", "There is no such post." };
const struct problem post_settled = { 409, "post-settled", "It cannot be changed any more." };
const struct problem talk_too_much = { 429, "talk-too-much", "You have written a great deal. Please wait a little." };
const struct problem questions_closed = { 409, "question-closed", "The question has as many answers as it can take." };

/* ---- the life cycle ---- */

static const bool may[POST_STATE_COUNT][POST_STATE_COUNT] = {
	[POST_SHOWN] = { [POST_HELD] = true, [POST_HIDDEN] = true, [POST_DELETED] = true },
	[POST_HELD] = { [POST_SHOWN] = true, [POST_HIDDEN] = true, [POST_DELETED] = true },
	[POST_HIDDEN] = { [POST_SHOWN] = true, [POST_DELETED] = true },
};

problem post__move(struct tx *tx, struct post *post, enum post_state to, struct user_id by)
{
	static const char *const verbs[] = { [POST_SHOWN] = "post-restored", [POST_HELD] = "post-held", [POST_HIDDEN] = "post-hidden", [POST_DELETED] = "post-deleted" };
	enum post_state from = (enum post_state)post->state;

	assert(to > POST_STATE_NONE && to < POST_STATE_COUNT);
	if (!may[from][to])
		return &post_settled;
	post->state = to;
	if (to == POST_DELETED)
		post->body = TEXT("");
	if (to != POST_HIDDEN && !(to == POST_DELETED && post->kind == POST_REVIEW)) /* the next review of who takes a hidden one away is hidden by it */
		post->rule = (struct text){ 0 };
	post__set_state(tx, post, from);
	audit_add(tx, by, verbs[to], post_kind_names[post->kind], post->id,
	          post->rule.at ? arena_format(tx_arena(tx), "{\"rule\":\"%.*s\"}", TEXT_ARG(post->rule)) : (struct text){ 0 });
	return post->kind == POST_REVIEW ? review__sum(tx, post->work) : tx_problem(tx);
}

/* ---- who may ---- */

bool talk__is_staff(const struct person *who) { return (who->roles & (MODERATOR | ADMIN)) != 0; }

static problem mark_of(struct tx *tx, const struct person *who, const struct work_card *work, enum post_mark *ret)
{
	struct creator creator;
	problem why = creator_by_user(tx, who->id, &creator);

	*ret = !why && creator.id.v == work->creator.v ? POST_CREATOR : talk__is_staff(who) ? POST_STAFF : POST_LEARNER;
	return why == &creator_missing ? NULL : why;
}

static problem lesson_open(struct tx *tx, const struct work_card *work, struct text key)
{
	struct lesson lesson;
	problem why = work_visible(work);

	if (!why && !key.at)
		return work->free ? NULL : &lesson_locked;
	if (!why)
		why = lesson_load(tx, work->edition, key, &lesson);
	return why ? why : lesson.free || work->free ? NULL : &lesson_locked;
}

problem talk__place(struct tx *tx, const struct person *who, struct work_id id, struct text key, struct talk_place *ret)
{
	struct lesson lesson;
	problem why = work_by_id(tx, id, &ret->work);

	ret->lesson = key;
	if (!why)
		why = mark_of(tx, who, &ret->work, &ret->mark);
	if (why)
		return why;
	if (ret->mark == POST_LEARNER && !entitled(tx, who->id, id))
		return lesson_open(tx, &ret->work, key);
	if (ret->mark == POST_LEARNER)
		why = learning_edition(tx, who->id, &ret->work);
	if (why || !key.at)
		return why;
	return lesson_load(tx, ret->work.edition, key, &lesson);
}

problem talk__place_of(struct tx *tx, const struct person *who, const struct post *post, struct talk_place *ret)
{
	problem why = talk__place(tx, who, post->work, post->lesson, ret);

	return why == &lesson_missing && (ret->mark != POST_LEARNER || entitled(tx, who->id, post->work)) ? NULL : why;
}

problem talk__not_too_much(struct tx *tx, struct user_id user, enum post_kind kind, int64_t most)
{
	enum { TEN_MINUTES_MS = 10 * 60 * 1000, DAY_MS = 24 * 3600 * 1000, DAY_FACTOR = 10 };
	int64_t now_ms = tx_now_ms(tx);
	bool too_much = post__count_since(tx, user, kind, now_ms - TEN_MINUTES_MS) >= most ||
	                post__count_since(tx, user, kind, now_ms - DAY_MS) >= most * DAY_FACTOR;

	return tx_problem(tx) ? tx_problem(tx) : too_much ? &talk_too_much : NULL;
}

/* ---- texts ---- */

/* Marks that turn the text around, and others that show nothing. */
static bool is_hidden(uint32_t c)
{
	return (c < ' ' && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
	       c == 0x200b || c == 0x200e || c == 0x200f || c == 0x2028 || c == 0x2029 || c == 0xfeff;
}

problem talk__clean(struct request *rq, const char *field, struct text written, struct text *ret)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(written.length + 2);
	struct text rest = written;
	size_t newlines = 0;

	while (rest.length) {
		struct text before = rest;
		uint32_t c = text_next(&rest);

		if (is_hidden(c))
			continue;
		newlines = c == '\n' ? newlines + 1 : c == ' ' || c == '\t' ? newlines : 0;
		if (newlines <= 2)
			buffer_add(&out, text_head(before, before.length - rest.length));
	}
	if (out.why)
		return out.why;
	*ret = arena_text(rq->arena, text_trim(buffer_text(&out)));
	return ret->length ? NULL : field_wrong(rq, text_of(field), "too-short");
}

problem talk__name(struct tx *tx, struct user_id user, struct text *ret)
{
	struct account account;
	problem why = user.v ? account_by_id(tx, user, &account) : &user_missing;

	*ret = why ? TEXT("") : account.name;
	return why == &user_missing ? NULL : why;
}

const struct module talk_module = { .name = "talk", .routes = talk_routes };
