-- Access that the staff gives, to a person, or to a login (sealed, found by its keyed hash) whose owner has not come yet: then it
-- waits until somebody proves that login. A live entitlement of source 'staff' is one of these that is GIVEN.
create table access_grant (
	id {I64} primary key,
	user_id {I64},
	work_id {I64} not null,
	creator_id {I64} not null,
	access {TEXT} not null check (access in ('forever', 'days', 'until')),
	access_days {I64} not null,
	access_until_ms {I64} not null,
	reason {TEXT} not null,
	state {TEXT} not null check (state in ('WAITING', 'GIVEN', 'REVOKED')),
	granted_by {I64} not null,
	created_ms {I64} not null,
	given_ms {I64},
	until_ms {I64},
	ended_by {I64},
	ended_ms {I64},
	end_reason {TEXT},
	batch_id {I64},
	sealed_login {TEXT},
	blind {TEXT},
	check ((state = 'WAITING') <= (user_id is null)),
	check ((state = 'GIVEN') <= (user_id is not null))
) {STRICT};
create index access_grant_user on access_grant (user_id, id);
create index access_grant_blind on access_grant (blind, work_id);
create index access_grant_batch on access_grant (batch_id, id);
create index access_grant_creator on access_grant (creator_id, id);
create index entitlement_work on entitlement (work_id, id);
