-- when it first went to the channel, and the channel's word why it is not taken yet
alter table refund add column sent_ms {I64};
alter table refund add column waits {TEXT};
