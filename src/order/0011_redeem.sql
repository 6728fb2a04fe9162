-- Codes that open a work, each one once. A code is stored as its hash; `tail` is what its owner knows it by.
create table redeem_batch (
	id {I64} primary key,
	work_id {I64} not null,
	creator_id {I64} not null,
	made_by {I64} not null,
	name {TEXT} not null,
	access_days {I64} not null check (access_days >= 0),
	until_ms {I64} not null,
	stopped_ms {I64},
	created_ms {I64} not null
) {STRICT};
create index redeem_batch_creator on redeem_batch (creator_id, id);

create table redeem_code (
	id {I64} primary key,
	batch_id {I64} not null references redeem_batch (id),
	code_hash {TEXT} not null unique,
	tail {TEXT} not null,
	used_by {I64},
	used_ms {I64},
	check ((used_by is null) = (used_ms is null))
) {STRICT};
create index redeem_code_batch on redeem_code (batch_id, id);
create index redeem_code_person on redeem_code (used_by);
