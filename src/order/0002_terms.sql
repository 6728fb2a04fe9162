-- what the work was sold with, as it stood when the order was placed
alter table purchase_item add column access {TEXT} not null default 'forever' check (access in ('forever', 'days', 'until'));
alter table purchase_item add column access_days {I64} not null default 0;
alter table purchase_item add column access_until_ms {I64} not null default 0;
alter table purchase_item add column refund_days {I64} not null default 7;
alter table purchase_item add column refund_percent {I64} not null default 30;
