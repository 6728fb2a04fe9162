-- what somebody noted for himself, at a lesson and a second or a place in it; the key is his browser's, so that saving again is the same note
create table note (
	id {I64} primary key,
	user_id {I64} not null,
	note_key {TEXT} not null,
	work_id {I64} not null,
	lesson_key {TEXT} not null,
	asset_id {I64},
	at_s {I64} check (at_s >= 0),
	place {REAL} not null check (place >= 0 and place <= 1),
	body {TEXT} not null,
	-- counted by who writes: an older tab's text does not overwrite a newer one
	revision {I64} not null,
	created_ms {I64} not null,
	changed_ms {I64} not null,
	unique (user_id, note_key)
) {STRICT};
create index note_lesson on note (user_id, work_id, lesson_key);
