-- A refund of an order: who wants how much back and why, what was decided, and what it was taken from. refund_id: the money's
-- way back, in the room of payments. One at a time is under review.
create table purchase_refund (
	id {I64} primary key,
	purchase_id {I64} not null references purchase (id),
	state {TEXT} not null check (state in ('UNDER_REVIEW', 'APPROVED', 'REJECTED', 'SUCCEEDED', 'FAILED')),
	automatic {I64} not null check (automatic in (0, 1)),
	ends_access {I64} not null check (ends_access in (0, 1)),
	asked_by {I64} not null,
	amount {I64} not null check (amount > 0),
	reason {TEXT} not null,
	answer {TEXT},
	decided_by {I64},
	refund_id {I64} unique,
	from_held {I64} not null default 0 check (from_held >= 0),
	from_available {I64} not null default 0 check (from_available >= 0),
	from_clawback {I64} not null default 0 check (from_clawback >= 0),
	from_commission {I64} not null default 0 check (from_commission >= 0),
	created_ms {I64} not null,
	decided_ms {I64},
	ended_ms {I64}
) {STRICT};
create index purchase_refund_of on purchase_refund (purchase_id, id);
create unique index purchase_refund_open on purchase_refund (purchase_id) where state = 'UNDER_REVIEW';
