-- browsers that signed in to an account before, by a hash over a cookie of theirs and whose account it is
create table known_device (
	user_id {I64} not null references user_account (id),
	mark {TEXT} not null,
	seen_ms {I64} not null,
	primary key (user_id, mark)
) {STRICT};

-- what this browser is among them; without one: of before there were any
alter table session add column device {TEXT};
