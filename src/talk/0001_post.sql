-- what people say to each other about a work: a question at a lesson, an answer to one, a review. The lesson's key stays the same over
-- editions, and so does the second of a recording as far as it exists.
create table post (
	id {I64} primary key,
	kind {TEXT} not null check (kind in ('question', 'answer', 'review')),
	state {TEXT} not null check (state in ('shown', 'held', 'hidden', 'deleted')),
	-- an answer's question
	question_id {I64} references post (id),
	work_id {I64} not null,
	creator_id {I64} not null,
	lesson_key {TEXT},
	asset_id {I64},
	at_s {I64} check (at_s >= 0),
	-- 0: somebody who was forgotten
	user_id {I64} not null,
	-- as whom it was said
	mark {TEXT} not null check (mark in ('learner', 'creator', 'staff')),
	body {TEXT} not null,
	created_ms {I64} not null,
	edited_ms {I64} not null,
	-- questions: the answer that solved it, as the asker says
	solved_by {I64},
	-- the rule by which it was hidden
	rule {TEXT},
	check ((kind = 'answer') = (question_id is not null))
) {STRICT};
create index post_lesson on post (work_id, lesson_key, kind, id);
create index post_creator on post (creator_id, kind, id);
create index post_question on post (question_id, id);
create index post_user on post (user_id, kind, id);
