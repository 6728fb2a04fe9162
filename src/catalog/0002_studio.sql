-- what a work is sold with; orders keep a copy of it
alter table work add column access {TEXT} not null default 'forever' check (access in ('forever', 'days', 'until'));
alter table work add column access_days {I64} not null default 0;
alter table work add column access_until_ms {I64} not null default 0;
alter table work add column refund_days {I64} not null default 7;
alter table work add column refund_percent {I64} not null default 30;
-- 0: nobody has said yet what it costs
alter table work add column priced {I64} not null default 1;
alter table work add column cover {TEXT};
alter table work add column description {TEXT};

-- what changed, in the author's words
create table edition_note (
	work_id {I64} not null references work (id),
	number {I64} not null,
	revision {I64} not null,
	changes {TEXT} not null,
	at_ms {I64} not null,
	primary key (work_id, number, revision)
) {STRICT};

-- what the author writes on, beside the editions; made from the newest one when it is first opened
create table draft (
	work_id {I64} primary key references work (id),
	base_hash {TEXT} not null,
	changed_ms {I64} not null,
	plan_ms {I64},
	plan_edition {I64} not null,
	plan_changes {TEXT} not null,
	plan_by {I64} not null
) {STRICT};

create table draft_section (
	id {I64} primary key,
	work_id {I64} not null references draft (work_id),
	position {I64} not null,
	title {TEXT} not null
) {STRICT};
create index draft_section_work on draft_section (work_id, position);

create table draft_lesson (
	id {I64} primary key,
	work_id {I64} not null references draft (work_id),
	section_id {I64} not null references draft_section (id),
	position {I64} not null,
	lesson_key {TEXT} not null,
	title {TEXT} not null,
	free {I64} not null check (free in (0, 1)),
	version {I64} not null,
	saved_ms {I64} not null,
	doc {TEXT} not null,
	plain {TEXT} not null,
	minutes {I64} not null,
	empty {I64} not null check (empty in (0, 1)),
	quizzes {TEXT} not null,
	unique (work_id, lesson_key)
) {STRICT};
create index draft_lesson_section on draft_lesson (section_id, position);
