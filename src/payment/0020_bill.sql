-- The channel's bill of a day (Beijing time) against our book: one run a day, taken anew when it is asked for again.
create table recon_run (
	id {I64} primary key,
	channel {TEXT} not null,
	day {TEXT} not null,
	state {TEXT} not null check (state in ('RUNNING', 'DONE', 'FAILED')),
	why {TEXT},                  -- FAILED: what was in the way
	started_ms {I64} not null,
	ended_ms {I64},
	asked_by {I64} not null,     -- 0: the daily job
	sha1 {TEXT},
	bill_rows {I64} not null default 0,
	matched {I64} not null default 0,
	bill_gross {I64} not null default 0,
	bill_refunded {I64} not null default 0,
	bill_fee {I64} not null default 0, -- in thousandths of a fen, as the bill has it
	our_gross {I64} not null default 0,
	our_refunded {I64} not null default 0,
	unique (channel, day)
) {STRICT};
create table recon_diff (
	id {I64} primary key,
	run_id {I64} not null references recon_run (id),
	kind {TEXT} not null check (kind in ('CHANNEL_ONLY', 'OURS_ONLY', 'AMOUNT', 'STATE')),
	about {TEXT} not null check (about in ('payment', 'refund')),
	number {TEXT} not null,      -- ours: of the attempt, or of the refund
	channel_number {TEXT} not null,
	payment_id {I64},            -- null: we know of none
	ours {I64} not null,
	theirs {I64} not null,
	our_state {TEXT} not null,
	their_state {TEXT} not null,
	at_ms {I64} not null,
	seen_ms {I64} not null,      -- when a run found it last
	resolved_ms {I64},
	resolved_by {I64},
	note {TEXT},
	unique (run_id, about, number, channel_number)
) {STRICT};
create index recon_diff_open on recon_diff (about, number) where resolved_ms is null;
-- the day whose bill had it; null: none yet
alter table payment add column billed_day {TEXT};
alter table refund add column billed_day {TEXT};
create index payment_billed on payment (billed_day);
create index refund_billed on refund (billed_day);
create index payment_paid on payment (paid_ms);
create index payment_transaction on payment (transaction_id);
create index refund_sent on refund (sent_ms);
