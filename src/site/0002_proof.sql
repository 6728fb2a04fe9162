-- Small text files that another service wants to find at our root, to see that the domain is ours.
create table domain_proof (
	name {TEXT} primary key,
	content {TEXT} not null,
	changed_by {I64} not null,
	changed_ms {I64} not null
) {STRICT};
