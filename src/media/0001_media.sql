create table blob (
	hash {TEXT} primary key,
	ext {TEXT} not null,
	size {I64} not null check (size > 0),
	width {I64} not null,
	height {I64} not null,
	created_ms {I64} not null
) {STRICT};
