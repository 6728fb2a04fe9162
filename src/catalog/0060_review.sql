-- the look at a creator's work before its first publication: since when it waits, and why it was sent back last
create table work_review (
	work_id {I64} primary key references work (id),
	asked_ms {I64} not null,
	-- 0: nobody has decided yet
	decided_ms {I64} not null,
	by_id {I64} not null,
	-- for the creator; '': it was not sent back
	reason {TEXT} not null
) {STRICT};
