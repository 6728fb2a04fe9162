-- An account is made when it is first posted to.
create table account (
	id {I64} primary key,
	code {TEXT} not null,
	owner {I64} not null,
	unique (code, owner)
) {STRICT};

-- entry_key names the outside fact; hash covers the entry and all its lines
create table journal (
	id {I64} primary key,
	kind {TEXT} not null,
	entry_key {TEXT} not null unique,
	at_ms {I64} not null,
	line_count {I64} not null check (line_count >= 2),
	hash {TEXT} not null
) {STRICT};

create table posting (
	journal_id {I64} not null references journal (id),
	line {I64} not null,
	account_id {I64} not null references account (id),
	amount {I64} not null check (amount <> 0),
	primary key (journal_id, line)
) {STRICT};
create index posting_account on posting (account_id, journal_id);
