-- which migrations were applied, and of which text
create table migration (
	room {TEXT} not null,
	number {I64} not null,
	name {TEXT} not null,
	hash {I64} not null,
	applied_ms {I64} not null,
	primary key (room, number)
) {STRICT};

-- work to do after a commit; done jobs are deleted
create table job (
	id {I64} primary key,
	kind {TEXT} not null,
	job_key {TEXT},
	payload {TEXT} not null,
	state {TEXT} not null check (state in ('waiting', 'running', 'parked')),
	run_at_ms {I64} not null, -- running: the end of the lease
	tries {I64} not null,
	lease {I64} not null,     -- of this run; 0: none
	lease_by {TEXT},          -- which process
	added_ms {I64} not null,
	why {TEXT}                -- of the last failure
) {STRICT};
create unique index job_key on job (kind, job_key) where state = 'waiting';
create index job_due on job (run_at_ms, id) where state <> 'parked';

-- facts for whoever listens above; written with the fact
create table news (
	id {I64} primary key,
	topic {TEXT} not null,
	subject {I64} not null,
	payload {TEXT} not null,
	at_ms {I64} not null
) {STRICT};
