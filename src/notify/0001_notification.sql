-- what a person is told in the site; a fact (kind, subject, turn) tells a person once
create table notification (
	id {I64} primary key,
	user_id {I64} not null,
	kind {TEXT} not null,
	subject {I64} not null,
	-- which time it came to be, where it may come to be again; else 0
	turn {I64} not null,
	-- what the words are filled with: a JSON object
	params {TEXT} not null,
	url {TEXT} not null,
	made_ms {I64} not null,
	-- 0: not yet
	read_ms {I64} not null,
	-- 0: this person wants it by other channels only
	shown {I64} not null check (shown in (0, 1)),
	unique (user_id, kind, subject, turn)
) {STRICT};
create index notification_of on notification (user_id, id);
create index notification_unread on notification (user_id) where read_ms = 0 and shown = 1;
create index notification_age on notification (made_ms);

-- what a person chose; without a row the default holds
create table notification_preference (
	user_id {I64} not null,
	topic {TEXT} not null,
	channel {TEXT} not null check (channel in ('site', 'mail', 'sms')),
	wanted {I64} not null check (wanted in (0, 1)),
	primary key (user_id, topic, channel)
) {STRICT};

-- which ways out of the house are set up, as the program that serves has seen it last
create table notification_channel (
	channel {TEXT} primary key check (channel in ('mail', 'sms')),
	is_open {I64} not null check (is_open in (0, 1))
) {STRICT};
