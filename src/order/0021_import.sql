-- Learners brought in from a file: looked at first, then applied as a whole or not at all. A row's id becomes its grant's, and what is
-- sealed stays bound to it. The same file is the same batch.
create table grant_batch (
	id {I64} primary key,
	sha256 {TEXT} not null,
	name {TEXT} not null,
	state {TEXT} not null check (state in ('READING', 'READY', 'APPLIED', 'DISCARDED')),
	reason {TEXT},
	made_by {I64} not null,
	made_ms {I64} not null,
	good {I64} not null default 0,
	known {I64} not null default 0,
	wrong {I64} not null default 0,
	applied_by {I64},
	applied_ms {I64}
) {STRICT};
create unique index grant_batch_file on grant_batch (sha256) where state in ('READY', 'APPLIED');
create table grant_batch_row (
	id {I64} primary key,
	batch_id {I64} not null references grant_batch (id),
	line {I64} not null,
	state {TEXT} not null check (state in ('good', 'known', 'wrong')),
	why {TEXT},
	column_no {I64},
	sealed {TEXT},
	blind {TEXT},
	work_id {I64},
	creator_id {I64},
	access_days {I64} not null default 0
) {STRICT};
create unique index grant_batch_line on grant_batch_row (batch_id, line);
create index grant_batch_blind on grant_batch_row (blind, batch_id);
