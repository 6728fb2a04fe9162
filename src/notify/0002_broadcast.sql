-- one thing told to many: told in pieces, so that it holds nobody up; where it stands is kept, so that nobody is left out or told twice
create table broadcast (
	id {I64} primary key,
	kind {TEXT} not null check (kind in ('announced', 'changed')),
	-- the fact that it tells of; an announcement is its own
	origin {I64} not null,
	audience {TEXT} not null check (audience in ('everybody', 'creators', 'owners')),
	-- what the owners own; else 0
	work_id {I64} not null,
	work_title {TEXT} not null,
	title {TEXT} not null,
	-- not copied into the messages: these find it here
	note {TEXT} not null,
	url {TEXT} not null,
	by_user {I64} not null,
	made_ms {I64} not null,
	state {TEXT} not null check (state in ('sending', 'sent', 'withdrawn')),
	-- those up to here were told; of people or of what makes them owners
	reached {I64} not null,
	-- how many there were when it was written, and how many were told
	people {I64} not null,
	told {I64} not null,
	unique (kind, origin)
) {STRICT};
create index broadcast_made on broadcast (kind, made_ms);
