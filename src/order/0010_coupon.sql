-- What takes something off a price. creator_id is null where it is the shop's; a word that people type, or single codes.
-- taken counts what open orders hold and what was used.
create table coupon_batch (
	id {I64} primary key,
	creator_id {I64},
	made_by {I64} not null,
	name {TEXT} not null,
	word {TEXT} unique,
	bearer {TEXT} not null check (bearer in ('shop', 'creator')),
	amount_off {I64} not null check (amount_off >= 0),
	permille_off {I64} not null check (permille_off between 0 and 1000),
	most_off {I64} not null check (most_off >= 0),
	least_price {I64} not null check (least_price >= 0),
	from_ms {I64} not null,
	until_ms {I64} not null,
	stock {I64} not null check (stock > 0),
	taken {I64} not null default 0,
	each_max {I64} not null check (each_max >= 0),
	some_works {I64} not null check (some_works in (0, 1)),
	stopped_ms {I64},
	created_ms {I64} not null,
	check ((amount_off > 0) <> (permille_off > 0)),
	check (taken between 0 and stock)
) {STRICT};
create index coupon_batch_creator on coupon_batch (creator_id, id);

create table coupon_work (
	batch_id {I64} not null references coupon_batch (id),
	work_id {I64} not null,
	primary key (batch_id, work_id)
) {STRICT};

-- taken_by: the order that holds it
create table coupon_code (
	code_hash {TEXT} primary key,
	batch_id {I64} not null references coupon_batch (id),
	taken_by {I64}
) {STRICT};
create index coupon_code_batch on coupon_code (batch_id);

create table coupon_use (
	purchase_id {I64} primary key references purchase (id),
	batch_id {I64} not null references coupon_batch (id),
	user_id {I64} not null,
	code_hash {TEXT},
	state {TEXT} not null check (state in ('RESERVED', 'USED', 'RETURNED')),
	amount {I64} not null check (amount > 0),
	at_ms {I64} not null
) {STRICT};
create index coupon_use_person on coupon_use (batch_id, user_id);

-- the quote that an order keeps: the price before a dated discount, what a coupon took off it, and how much of that the shop bears
alter table purchase_item add column list_price {I64} not null default 0;
alter table purchase_item add column coupon_off {I64} not null default 0;
alter table purchase_item add column coupon_shop {I64} not null default 0;
alter table purchase_item add column coupon {TEXT};
update purchase_item set list_price = price;

-- what of a piece goes back to what the shop had borne
alter table purchase_refund add column to_subsidy {I64} not null default 0;
