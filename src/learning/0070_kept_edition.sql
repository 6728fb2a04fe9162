-- who stays on an edition that is no longer the newest; whoever has no row follows the newest
create table kept_edition (
	user_id {I64} not null,
	work_id {I64} not null,
	edition_id {I64} not null,
	at_ms {I64} not null,
	primary key (user_id, work_id)
) {STRICT};
