create table purchase (
	id {I64} primary key,
	buyer {I64} not null,
	state {TEXT} not null check (state in ('PENDING', 'PAID', 'CLOSING', 'CLOSED', 'LATE_PAID', 'PART_REFUNDED', 'REFUNDED')),
	total {I64} not null check (total >= 0),
	commission_permille {I64} not null check (commission_permille between 0 and 1000),
	created_ms {I64} not null,
	expires_ms {I64} not null,
	paid_ms {I64},
	payment_id {I64}
) {STRICT};
create index purchase_buyer on purchase (buyer, id);

create table purchase_item (
	purchase_id {I64} not null references purchase (id),
	line {I64} not null,
	work_id {I64} not null,
	edition_id {I64} not null,
	creator_id {I64} not null,
	title {TEXT} not null,
	price {I64} not null check (price >= 0),
	primary key (purchase_id, line)
) {STRICT};
create index purchase_item_work on purchase_item (work_id, purchase_id);
create index purchase_item_creator on purchase_item (creator_id, purchase_id);

create table entitlement (
	id {I64} primary key,
	user_id {I64} not null,
	work_id {I64} not null,
	edition_id {I64} not null,
	source {TEXT} not null check (source in ('order', 'membership', 'gift', 'redeem', 'seat', 'staff')),
	source_id {I64} not null,
	from_ms {I64} not null,
	until_ms {I64},
	revoked_ms {I64},
	unique (source, source_id, work_id)
) {STRICT};
create index entitlement_user on entitlement (user_id, work_id);
