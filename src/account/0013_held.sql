-- 1: a member of the staff who must have a second factor and has none: signed in, without the staff's powers
alter table session add column held {I64} not null default 0 check (held in (0, 1));
