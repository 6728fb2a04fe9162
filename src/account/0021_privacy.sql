create table privacy_request (
	id {I64} primary key,
	user_id {I64} not null references user_account (id),
	kind {TEXT} not null check (kind in ('export', 'deletion')),
	state {TEXT} not null check (state in ('received', 'running', 'done', 'part_held', 'cancelled', 'refused')),
	received_ms {I64} not null,
	due_ms {I64} not null,
	done_ms {I64},
	expires_ms {I64},
	size {I64},
	reason {TEXT}
) {STRICT};
create index privacy_of_user on privacy_request (user_id, kind, received_ms);
-- one of a kind is under way, also when two ask at the same moment
create unique index privacy_open on privacy_request (user_id, kind) where state in ('received', 'running');
