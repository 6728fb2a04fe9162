-- the second factor: at most one secret a person, sealed; it counts once a code of it was entered
create table totp (
	user_id {I64} primary key references user_account (id),
	sealed {TEXT} not null,
	created_ms {I64} not null,
	confirmed_ms {I64},
	last_step {I64} not null, -- this step and those before it are used up
	fails {I64} not null,
	fails_from_ms {I64} not null
) {STRICT};

create table recovery_code (
	user_id {I64} not null references user_account (id),
	code_hash {TEXT} not null,
	used_ms {I64},
	primary key (user_id, code_hash)
) {STRICT};

-- the password was right and the second factor is awaited: good for nothing else
create table half_session (
	token_hash {TEXT} primary key,
	user_id {I64} not null references user_account (id),
	tries {I64} not null,
	expires_ms {I64} not null
) {STRICT};
create index half_session_user on half_session (user_id);
create index half_session_expires on half_session (expires_ms);
