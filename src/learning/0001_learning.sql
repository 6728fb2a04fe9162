-- where a person is in a lesson; the key stays the same over editions
create table progress (
	user_id {I64} not null,
	work_id {I64} not null,
	lesson_key {TEXT} not null,
	position {REAL} not null check (position >= 0 and position <= 1),
	done {I64} not null check (done in (0, 1)),
	changed_ms {I64} not null,
	primary key (user_id, work_id, lesson_key)
) {STRICT};
create index progress_recent on progress (user_id, work_id, changed_ms);

create table quiz_attempt (
	id {I64} primary key,
	user_id {I64} not null,
	work_id {I64} not null,
	quiz_key {TEXT} not null,
	answers {TEXT} not null,
	score {I64} not null,
	total {I64} not null,
	at_ms {I64} not null
) {STRICT};
create index quiz_attempt_user on quiz_attempt (user_id, work_id, quiz_key, id);
