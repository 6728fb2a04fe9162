-- When the channel itself told of the payment; null where it was only found by asking.
alter table payment add column notified_ms {I64};
