-- What an order opens, work by work, as it stood when it was placed: the work that was bought, or those of a bundle. `amount` is the
-- part of what is paid, `shop` that of what the shop bears of a coupon: in proportion to the works' own prices, to the fen.
create table purchase_part (
	purchase_id {I64} not null references purchase (id),
	position {I64} not null,
	work_id {I64} not null,
	edition_id {I64} not null,
	title {TEXT} not null,
	price {I64} not null check (price >= 0),
	amount {I64} not null check (amount >= 0),
	shop {I64} not null check (shop >= 0),
	access {TEXT} not null check (access in ('forever', 'days', 'until')),
	access_days {I64} not null,
	access_until_ms {I64} not null,
	primary key (purchase_id, position),
	unique (purchase_id, work_id)
) {STRICT};
create index purchase_part_work on purchase_part (work_id, purchase_id);

insert into purchase_part (purchase_id, position, work_id, edition_id, title, price, amount, shop, access, access_days, access_until_ms)
	select purchase_id, 0, work_id, edition_id, title, price, price - coupon_off, coupon_shop, access, access_days, access_until_ms
	from purchase_item where line = 0;
