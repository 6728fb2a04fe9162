create table audit_entry (
	id {I64} primary key,
	at_ms {I64} not null,
	actor {I64} not null,
	verb {TEXT} not null,
	kind {TEXT} not null,
	subject {I64} not null,
	detail {TEXT} not null,
	sequence {I64} unique, -- place in the chain; null until the sealer came
	hash {TEXT},           -- over the row, its place and the hash before
	check ((sequence is null) = (hash is null))
) {STRICT};
create index audit_unsealed on audit_entry (id) where sequence is null;
create index audit_subject on audit_entry (kind, subject, id);
