-- where a person is in a recording of a work: one place, whatever device it was played on
create table media_place (
	user_id {I64} not null,
	work_id {I64} not null,
	asset_id {I64} not null,
	position_ms {I64} not null check (position_ms >= 0),
	device {TEXT} not null,
	changed_ms {I64} not null,
	primary key (user_id, work_id, asset_id)
) {STRICT};
