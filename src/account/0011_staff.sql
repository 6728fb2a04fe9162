-- one time, one role; who may open it is whoever was given the link
create table invitation (
	id {I64} primary key,
	role {TEXT} not null check (role in ('creator', 'moderator', 'finance', 'analyst', 'admin')),
	token_hash {TEXT} not null unique,
	sealed_token {TEXT}, -- for the letter; gone once it is over
	sealed_login {TEXT}, -- to whom it is sent; null: by link alone
	made_by {I64} not null references user_account (id),
	made_ms {I64} not null,
	expires_ms {I64} not null,
	used_ms {I64},
	used_by {I64} references user_account (id),
	revoked_ms {I64}
) {STRICT};
create index invitation_made on invitation (made_ms);
