-- who may not come in any more; what he bought stays his
create table account_ban (
	user_id {I64} primary key references user_account (id),
	reason {TEXT} not null,
	banned_by {I64} not null,
	at_ms {I64} not null
) {STRICT};
create index user_account_joined on user_account (created_ms, id);
