-- A link that says by whom, or by which source of the shop, somebody came. user_id: the learner who shares, or who made the source;
-- null once he was forgotten. name: of a source of the shop; null for a learner's link, of which there is one a work. work_id 0: home.
create table share_link (
	id {I64} primary key,
	code {TEXT} not null unique,
	user_id {I64},
	name {TEXT},
	work_id {I64} not null,
	creator_id {I64} not null,
	created_ms {I64} not null
) {STRICT};
create unique index share_link_own on share_link (user_id, work_id) where name is null;
create index share_link_creator on share_link (creator_id, id);

-- Visits of a day (of Beijing).
create table share_day (
	link_id {I64} not null references share_link (id),
	day {I64} not null,
	visits {I64} not null check (visits > 0),
	primary key (link_id, day)
) {STRICT};

-- Who was counted today: a hash of browser, day and link, so that no two rows tell that they are of the same person.
create table share_seen (
	day {I64} not null,
	mark {TEXT} not null,
	primary key (day, mark)
) {STRICT};
