-- each backup and each drill: what became of it
create table backup_run (
	id {I64} primary key,
	kind {TEXT} not null check (kind in ('backup', 'drill')),
	state {TEXT} not null check (state in ('running', 'done', 'failed')),
	asked_by {I64} not null,      -- 0: the clock
	began_ms {I64} not null,
	ended_ms {I64} not null,      -- 0: not yet
	path {TEXT} not null,         -- drill: of the backup that was tried; empty: none was made
	size {I64} not null,
	files {I64} not null,
	missing {I64} not null,       -- files that rows name and that were not there
	sealed {I64} not null check (sealed in (0, 1)),
	removed {I64} not null check (removed in (0, 1)), -- to make room for newer ones
	why {TEXT}                    -- failed: the problem; drill: what was done, or what did not agree
) {STRICT};
create index backup_run_newest on backup_run (kind, began_ms);
