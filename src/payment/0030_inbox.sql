-- what a message spoke of (our number of the payment or refund), why it was not taken, when somebody last had it done again
alter table channel_event add column number {TEXT};
alter table channel_event add column is_refund {I64} check (is_refund in (0, 1));
alter table channel_event add column why {TEXT};
alter table channel_event add column replayed_ms {I64};
create index channel_event_at on channel_event (at_ms);
