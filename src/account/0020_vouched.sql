-- who another service vouches for: an openid of WeChat's, sealed as logins are
create table vouched (
	id {I64} primary key,
	user_id {I64} not null references user_account (id),
	provider {TEXT} not null,
	app {TEXT} not null,
	sealed {TEXT} not null,
	blind {TEXT} not null unique,
	union_blind {TEXT}, -- the same person at another account of the same provider
	bound_ms {I64} not null,
	unique (user_id, provider, app)
) {STRICT};
create index vouched_union on vouched (union_blind);
