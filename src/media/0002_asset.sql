-- a recording or another file that somebody uploads: its row is there from the first byte on
create table asset (
	id {I64} primary key,
	user_id {I64} not null,
	name {TEXT} not null,
	ext {TEXT} not null,
	kind {TEXT} not null check (kind in ('video', 'audio', 'image', 'pdf', 'captions', 'file')),
	state {TEXT} not null check (state in ('uploading', 'uploaded', 'probing', 'transcoding', 'ready', 'failed')),
	size {I64} not null check (size > 0),
	-- bytes from here on wait for their checksum; null: all that came is good
	hold_from {I64} check (hold_from >= 0),
	expires_ms {I64} not null,
	sha256 {TEXT},
	progress {I64} not null check (progress >= 0 and progress <= 100),
	duration_ms {I64} not null,
	width {I64} not null,
	height {I64} not null,
	pages {I64} not null,
	served {TEXT},
	poster {I64} not null check (poster in (0, 1)),
	peaks {I64} not null check (peaks in (0, 1)),
	blob {TEXT},
	language {TEXT},
	captions_of {I64},
	why {TEXT},
	tries {I64} not null,
	lease_ms {I64} not null,
	created_ms {I64} not null,
	changed_ms {I64} not null
) {STRICT};
create index asset_user on asset (user_id, id);
create index asset_waiting on asset (state, lease_ms);
create index asset_captions on asset (captions_of);

-- a lesson of this work shows it: it stays, and whoever may read the lesson may see it
create table asset_use (
	asset_id {I64} not null references asset (id),
	work_id {I64} not null,
	primary key (asset_id, work_id)
) {STRICT};
