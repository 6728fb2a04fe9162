-- what was given out of a work to whom has access to it: texts of lessons, and parts of their recordings
create table lesson_served (
	user_id {I64} not null,
	work_id {I64} not null,
	lesson_key {TEXT} not null,
	-- 0: the text
	asset_id {I64} not null,
	-- of the recording's file; 0: nothing of it went out
	size {I64} not null check (size >= 0),
	-- bit i: the i-th sixtieth of it went out
	parts {I64} not null check (parts >= 0),
	since_ms {I64} not null,
	primary key (user_id, work_id, lesson_key, asset_id)
) {STRICT};
create index lesson_served_asset on lesson_served (user_id, work_id, asset_id);
