-- categories get an order in two levels, an English name, and may be hidden; a slug that was merged away still leads somewhere
alter table category add column parent_id {I64} references category (id);
alter table category add column name_en {TEXT};
alter table category add column hidden {I64} not null default 0 check (hidden in (0, 1));
create index category_parent on category (parent_id, position);

create table category_alias (
	slug {TEXT} primary key,
	category_id {I64} not null references category (id)
) {STRICT};
create index category_alias_of on category_alias (category_id);
