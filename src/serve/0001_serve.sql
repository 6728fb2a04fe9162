-- What an Idempotency-Key was used for, and what was answered: the same request again gets the same answer.
create table serve_once (
	owner {TEXT} not null,          -- "u" and the person's id, or "a" and the address
	route {TEXT} not null,
	key {TEXT} not null,
	input {TEXT} not null,          -- SHA-256 of path, query and body
	status {I64} not null,          -- 0: still running
	content_type {TEXT},
	answer {TEXT},
	at_ms {I64} not null,
	primary key (owner, route, key),
	check (status = 0 or (status >= 200 and status < 500))
) {STRICT};
create index serve_once_at on serve_once (at_ms);
