-- what this database was begun as, at the first start; never changed
create table site (
	id {I64} primary key check (id = 1),
	mode {TEXT} not null check (mode in ('sandbox', 'production')),
	begun_ms {I64} not null
) {STRICT};
