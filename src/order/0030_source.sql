-- by which link the buyer came, as it stood when the order was placed; the room of shares knows the links
alter table purchase add column source_id {I64};
create index purchase_source on purchase (source_id, id);
