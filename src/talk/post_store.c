/* post_store.c - SQL of posts. A question counts as answered when its work's creator or staff has answered it. */
#include "talk/talk_room.h"

static const struct shape post_row = SHAPE(post,
	FIELD(post, id,         SHAPE_INT),
	FIELD(post, kind,       SHAPE_ENUM, .names = post_kind_names),
	FIELD(post, state,      SHAPE_ENUM, .names = post_state_names),
	FIELD(post, question,   SHAPE_INT),
	FIELD(post, work,       SHAPE_ID),
	FIELD(post, creator,    SHAPE_ID),
	FIELD(post, lesson,     SHAPE_TEXT),
	FIELD(post, asset,      SHAPE_ID),
	FIELD(post, at_s,       SHAPE_INT, .given_at = offsetof(struct post, at_given)),
	FIELD(post, user,       SHAPE_ID),
	FIELD(post, mark,       SHAPE_ENUM, .names = post_mark_names),
	FIELD(post, body,       SHAPE_TEXT),
	FIELD(post, created_ms, SHAPE_TIME),
	FIELD(post, edited_ms,  SHAPE_TIME),
	FIELD(post, solved_by,  SHAPE_INT),
	FIELD(post, rule,       SHAPE_TEXT));

#define COLUMNS \
	"select p.id, p.kind, p.state, p.question_id, p.work_id, p.creator_id, p.lesson_key, p.asset_id, p.at_s, p.user_id, p.mark, p.body, p.created_ms," \
	" p.edited_ms, p.solved_by, p.rule from post p"
#define UNANSWERED \
	" not exists (select 1 from post a where a.question_id = p.id and a.state = 'shown' and a.mark in ('creator', 'staff'))"
/* What nobody answered leaves nothing behind when it is taken away. */
#define VISIBLE \
	" (p.state <> 'deleted' or exists (select 1 from post a where a.question_id = p.id and a.state <> 'deleted'))"

problem post__by_id(struct tx *tx, int64_t id, struct post *ret)
{
	return read_one(tx, &post_missing, &post_row, ret, COLUMNS " where p.id = $1", V(id));
}

void post__insert(struct tx *tx, const struct post *p)
{
	run(tx,
	    "insert into post (id, kind, state, question_id, work_id, creator_id, lesson_key, asset_id, at_s, user_id, mark, body, created_ms, edited_ms)"
	    " values ($1, $2, 'shown', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0)",
	    V(p->id, post_kind_names[p->kind], p->question ? value_int(p->question) : value_null(), p->work.v, p->creator.v, p->lesson,
	      p->asset.v ? value_int(p->asset.v) : value_null(), p->at_given == GIVEN_VALUE ? value_int(p->at_s) : value_null(), p->user.v,
	      post_mark_names[p->mark], p->body, p->created_ms));
}

void post__set_body(struct tx *tx, const struct post *p)
{
	run(tx, "update post set body = $1, edited_ms = $2 where id = $3", V(p->body, p->edited_ms, p->id));
}

/* Only from where it was seen: of two who move it one is told. */
void post__set_state(struct tx *tx, const struct post *p, enum post_state from)
{
	problem why = run_one(tx, &post_settled, "update post set state = $1, body = $2, rule = $3 where id = $4 and state = $5",
	                      V(post_state_names[p->state], p->body, p->rule, p->id, post_state_names[from]));

	(void)why; /* sticks */
}

void post__set_solved(struct tx *tx, int64_t question, int64_t answer)
{
	run(tx, "update post set solved_by = $1 where id = $2", V(answer ? value_int(answer) : value_null(), question));
}

int64_t post__count_since(struct tx *tx, struct user_id user, enum post_kind kind, int64_t since_ms)
{
	return read_int(tx, 0, "select count(*) from post where user_id = $1 and kind = $2 and created_ms > $3", V(user.v, post_kind_names[kind], since_ms));
}

static problem nearest(struct tx *tx, const struct question_query *q, struct post **ret, size_t *ret_count)
{
	return read_all(tx, &post_row, LIST_MAX, (void **)ret, ret_count,
	                COLUMNS " where p.work_id = $1 and p.lesson_key = $2 and p.kind = 'question' and p.at_s is not null and" VISIBLE
	                " order by abs(p.at_s - $3), p.id limit $4",
	                V(q->work.v, q->lesson, q->at_s, LIST_MAX));
}

problem post__questions(struct tx *tx, const struct question_query *q, struct post **ret, size_t *ret_count)
{
	int64_t before = q->after ? q->after : INT64_MAX;

	if (q->sort == QUESTIONS_SECOND)
		return nearest(tx, q, ret, ret_count);
	if (q->sort == QUESTIONS_OPEN)
		return read_all(tx, &post_row, LIST_MAX + 1, (void **)ret, ret_count,
		                COLUMNS " where p.work_id = $1 and ($2 is null or p.lesson_key = $2) and p.kind = 'question' and p.id < $3 and p.state = 'shown' and"
		                UNANSWERED " order by p.id desc limit $4",
		                V(q->work.v, q->lesson, before, LIST_MAX + 1));
	return read_all(tx, &post_row, LIST_MAX + 1, (void **)ret, ret_count,
	                COLUMNS " where p.work_id = $1 and ($2 is null or p.lesson_key = $2) and p.kind = 'question' and p.id < $3 and" VISIBLE
	                " order by p.id desc limit $4",
	                V(q->work.v, q->lesson, before, LIST_MAX + 1));
}

/* The creator's stand first. */
problem post__answers(struct tx *tx, int64_t question, struct post **ret, size_t *ret_count)
{
	return read_all(tx, &post_row, ANSWERS_MAX, (void **)ret, ret_count,
	                COLUMNS " where p.question_id = $1 and p.state <> 'deleted' order by case when p.mark = 'creator' then 0 else 1 end, p.id limit $2",
	                V(question, ANSWERS_MAX));
}

int64_t post__count_answers(struct tx *tx, int64_t question)
{
	return read_int(tx, 0, "select count(*) from post where question_id = $1", V(question));
}

int64_t post__count_questions(struct tx *tx, struct work_id work, struct text lesson)
{
	return read_int(tx, 0, "select count(*) from post where work_id = $1 and ($2 is null or lesson_key = $2) and kind = 'question' and state = 'shown'",
	                V(work.v, lesson));
}

problem post__inbox(struct tx *tx, const struct inbox_query *q, struct post **ret, size_t *ret_count)
{
	return read_all(tx, &post_row, LIST_MAX + 1, (void **)ret, ret_count,
	                COLUMNS " where p.creator_id = $1 and p.kind = 'question' and p.state = 'shown' and p.id < $2 and ($3 = 0 or p.work_id = $3)"
	                " and ($4 = 1 or" UNANSWERED ") order by p.id desc limit $5",
	                V(q->creator.v, q->after ? q->after : INT64_MAX, q->work.v, q->all, LIST_MAX + 1));
}

int64_t post__count_open(struct tx *tx, struct creator_id creator)
{
	return read_int(tx, 0, "select count(*) from post p where p.creator_id = $1 and p.kind = 'question' and p.state = 'shown' and" UNANSWERED, V(creator.v));
}
