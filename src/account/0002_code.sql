-- null: nobody has proven yet that he reads what is sent there
alter table identity add column verified_ms {I64};

-- six digits that prove a login; user_account.password_hash '' since then: no password, in by codes only
create table code (
	id {I64} primary key,
	purpose {TEXT} not null check (purpose in ('sign_in', 'reset', 'change', 'verify')),
	kind {TEXT} not null check (kind in ('mail', 'phone')),
	blind {TEXT} not null,
	login {TEXT} not null, -- sealed
	digits {TEXT},         -- sealed; null: sent, or over
	hash {TEXT} not null,  -- keyed
	user_id {I64} references user_account (id), -- who is signed in: the code is good for him alone
	language {TEXT} not null,
	is_open {I64} not null check (is_open in (0, 1)), -- 0: used, replaced, or guessed at too often
	tries {I64} not null,
	created_ms {I64} not null,
	expires_ms {I64} not null,
	used_ms {I64}
) {STRICT};
create unique index code_open on code (blind, purpose) where is_open = 1;
create index code_asked on code (blind, created_ms);
create index code_age on code (created_ms);
