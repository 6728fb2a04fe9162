-- A price for some days. While it holds, price is the lower one, list_price the one that was asked before, lowest_price the lowest
-- of the thirty days before it began.
alter table work add column list_price {I64};
alter table work add column lowest_price {I64};
alter table work add column discount_until_ms {I64};

create table price_discount (
	work_id {I64} primary key references work (id),
	price {I64} not null check (price > 0),
	from_ms {I64} not null,
	until_ms {I64} not null,
	check (until_ms > from_ms)
) {STRICT};

-- what was asked, since when
create table price_history (
	work_id {I64} not null references work (id),
	from_ms {I64} not null,
	price {I64} not null,
	primary key (work_id, from_ms)
) {STRICT};
insert into price_history (work_id, from_ms, price) select id, published_ms, price from work where priced = 1;
