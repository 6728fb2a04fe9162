-- who has the address may look at the draft until then; the address itself is not kept
create table draft_view (
	token_hash {TEXT} primary key,
	work_id {I64} not null references work (id),
	until_ms {I64} not null
) {STRICT};
create index draft_view_work on draft_view (work_id);
