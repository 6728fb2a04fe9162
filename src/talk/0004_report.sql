-- who said that a post should be looked at; once a person and post
create table report (
	id {I64} primary key,
	post_id {I64} not null references post (id),
	user_id {I64} not null,
	reason {TEXT} not null check (reason in ('spam', 'abuse', 'illegal', 'off_topic', 'other')),
	words {TEXT} not null,
	-- 1: of somebody with access to the work who did not make it; so many of these hide a post until it is looked at
	independent {I64} not null check (independent in (0, 1)),
	created_ms {I64} not null,
	-- 0: nobody has looked yet
	settled_ms {I64} not null
) {STRICT};
create unique index report_once on report (post_id, user_id) where user_id <> 0;
create index report_open on report (settled_ms, post_id);
create index report_user on report (user_id, created_ms);
