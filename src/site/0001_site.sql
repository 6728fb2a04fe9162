-- Each version of each group is kept: what held when is part of the books.
create table setting (
	name {TEXT} not null,
	version {I64} not null,
	value {TEXT} not null, -- JSON by the group's shape
	changed_by {I64} not null,
	changed_ms {I64} not null,
	primary key (name, version)
) {STRICT};

-- Keys and passwords of other services: sealed, bound to their row, never given out again.
create table secret (
	id {I64} primary key,
	name {TEXT} not null unique,
	version {I64} not null,
	sealed {TEXT} not null,
	hint {TEXT} not null, -- what tells one from another: a serial number, the last characters
	expires_ms {I64} not null, -- 0: never
	changed_by {I64} not null,
	changed_ms {I64} not null
) {STRICT};

-- The token that lets the first visitor become the owner; gone once there is one.
create table setup (
	id {I64} primary key check (id = 1),
	token_hash {TEXT} not null,
	made_ms {I64} not null
) {STRICT};
