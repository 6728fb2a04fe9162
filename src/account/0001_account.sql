create table user_account (
	id {I64} primary key,
	name {TEXT} not null,
	name_folded {TEXT} not null unique, -- names that look alike are the same name
	language {TEXT} not null,
	password_hash {TEXT} not null,
	created_ms {I64} not null
) {STRICT};

-- how a person signs in: sealed at rest, found by a keyed hash
create table identity (
	id {I64} primary key,
	user_id {I64} not null references user_account (id),
	kind {TEXT} not null check (kind in ('mail', 'phone')),
	sealed {TEXT} not null,
	blind {TEXT} not null unique,
	created_ms {I64} not null
) {STRICT};
create index identity_user on identity (user_id);

create table session (
	id {I64} primary key,
	user_id {I64} not null references user_account (id),
	token_hash {TEXT} not null unique,
	agent {TEXT} not null,
	created_ms {I64} not null,
	seen_ms {I64} not null,
	expires_ms {I64} not null
) {STRICT};
create index session_of_user on session (user_id);

create table role_grant (
	user_id {I64} not null references user_account (id),
	role {TEXT} not null check (role in ('creator', 'moderator', 'finance', 'analyst', 'admin')),
	granted_by {I64} not null,
	at_ms {I64} not null,
	primary key (user_id, role)
) {STRICT};

create table consent (
	id {I64} primary key,
	user_id {I64} not null references user_account (id),
	agreement {TEXT} not null,
	version {TEXT} not null,
	at_ms {I64} not null
) {STRICT};
