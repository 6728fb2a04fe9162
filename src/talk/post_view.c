/* post_view.c - what is shown of a post, and to whom: of one that is held, hidden or deleted others see that it was there, and by which
 * rule it went; who wrote it sees his text. */
#include "talk/post_view.h"

#include <assert.h>

const struct shape post_author_shape = SHAPE_AS("post_author", post_author,
	FIELD(post_author, name, SHAPE_TEXT, .says = "empty: somebody who is no more"),
	FIELD(post_author, mark, SHAPE_ENUM, .names = post_mark_names));

struct answer_row {
	struct post_view post;
};
static const struct shape answer_shape = SHAPE_AS("talk_answer", answer_row, POST_FIELDS(answer_row, post));
static_assert(sizeof(struct answer_row) == sizeof(struct post_view), "a list of views is a list of answers");

const struct shape question_shape = SHAPE_AS("talk_question", question_view,
	POST_FIELDS(question_view, post),
	FIELD(question_view, work,      SHAPE_ID),
	FIELD(question_view, lesson,    SHAPE_TEXT, .optional = true),
	FIELD(question_view, asset,     SHAPE_ID, .optional = true),
	FIELD(question_view, at_s,      SHAPE_INT, .optional = true, .given_at = offsetof(struct question_view, at_given)),
	FIELD(question_view, solved_by, SHAPE_INT, .says = "the answer; 0: none"),
	LIST(question_view,  answers, answer_count, &answer_shape));

problem post__view(struct tx *tx, const struct person *who, const struct post *post, struct post_view *ret)
{
	bool mine = post->user.v && post->user.v == who->id.v, told = post->state == POST_SHOWN || mine;
	bool open = mine && post->state == POST_SHOWN && tx_now_ms(tx) < post->created_ms + EDIT_MS;

	*ret = (struct post_view){
		.id = post->id, .state = post->state, .body = told ? post->body : TEXT(""), .rule = post->state == POST_HIDDEN ? post->rule : (struct text){ 0 }, .mine = mine,
		.created_ms = post->created_ms, .edited_ms = post->edited_ms, .editable_until_ms = open ? post->created_ms + EDIT_MS : 0,
		.author = { .name = TEXT(""), .mark = post->mark },
	};
	return told ? talk__name(tx, post->user, &ret->author.name) : NULL;
}

problem question__view(struct tx *tx, const struct person *who, const struct post *post, struct question_view *ret)
{
	struct post *answers;
	size_t n;
	problem why = post__answers(tx, post->id, &answers, &n);

	*ret = (struct question_view){ .work = post->work, .lesson = post->lesson, .asset = post->asset, .at_s = post->at_s, .solved_by = post->solved_by,
		                       .at_given = post->at_given == GIVEN_NULL ? GIVEN_NOT : GIVEN_VALUE };
	if (!why)
		why = post__view(tx, who, post, &ret->post);
	if (why)
		return why;
	ret->answers = ARENA_ARRAY(tx_arena(tx), struct post_view, n);
	for (; !why && ret->answer_count < n; ret->answer_count++)
		why = post__view(tx, who, &answers[ret->answer_count], &ret->answers[ret->answer_count]);
	return why;
}
