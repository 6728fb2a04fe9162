-- What was looked at, looked for and done. Rows are added and, when their time is over or their person wishes, taken away; never changed.
-- who: a person ('u7') or a visitor by a hash that is another one each day; a search has neither. day: of Beijing, since 1970.
create table event (
	id {I64} primary key,
	kind {TEXT} not null check (kind in ('view', 'search', 'click', 'checkout', 'buy', 'progress')),
	day {I64} not null,
	who {TEXT},
	user_id {I64},
	work_id {I64} not null default 0,
	place {TEXT} not null default '',
	shown {I64} not null default 0,
	position {I64} not null default 0,
	detail {TEXT} not null default '',
	at_ms {I64} not null,
	dedupe {TEXT} not null unique
) {STRICT};
create index event_people on event (day, kind, who, work_id);
create index event_user on event (user_id, id);
create index event_shown on event (shown) where shown <> 0;

-- How many, and of how many people, a day: a count that stays when the rows are gone. work_id 0: of the whole shop.
create table event_daily (
	day {I64} not null,
	kind {TEXT} not null,
	work_id {I64} not null,
	count {I64} not null,
	people {I64} not null,
	primary key (day, kind, work_id)
) {STRICT};
create index event_daily_work on event_daily (work_id, kind, day);

-- What could not be kept, for want of room or of a database.
create table event_loss (
	day {I64} primary key,
	count {I64} not null
) {STRICT};

-- With it a visitor is the same one all day; it is thrown away when the day is over.
create table event_salt (
	day {I64} primary key,
	salt {TEXT} not null
) {STRICT};

-- forget_ms: what happened up to then is not kept, also what was still on its way when it was asked for.
create table event_setting (
	user_id {I64} primary key,
	recording {I64} not null check (recording in (0, 1)),
	forget_ms {I64} not null default 0,
	changed_ms {I64} not null
) {STRICT};
