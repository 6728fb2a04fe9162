-- Who bought work_id also bought other_id: made anew by a job, never by hand. lift: how much more often than by chance, in thousandths.
create table rec_pair (
	work_id {I64} not null,
	other_id {I64} not null,
	buyers {I64} not null,
	lift {I64} not null,
	made_ms {I64} not null,
	primary key (work_id, other_id)
) {STRICT};
create index rec_pair_best on rec_pair (work_id, lift desc, other_id);
create index rec_pair_made on rec_pair (made_ms);

-- What a person wishes: recommendations of his own or everybody's; works that he does not want to be shown.
create table rec_setting (
	user_id {I64} primary key,
	personal {I64} not null check (personal in (0, 1)),
	changed_ms {I64} not null
) {STRICT};
create table rec_hidden (
	user_id {I64} not null,
	work_id {I64} not null,
	at_ms {I64} not null,
	primary key (user_id, work_id)
) {STRICT};

-- A list that was shown: where, by which rules, what in which order and why. It says to nobody's name; clicks name it (event.shown).
create table rec_impression (
	id {I64} primary key,
	place {TEXT} not null,
	work_id {I64} not null,
	policy {TEXT} not null,
	personal {I64} not null check (personal in (0, 1)),
	items {TEXT} not null,
	at_ms {I64} not null
) {STRICT};
create index rec_impression_at on rec_impression (at_ms);
