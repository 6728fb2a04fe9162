-- one more kind: a table's check cannot be changed everywhere, a column can be put in another's place
alter table work rename column kind to kind_before;
alter table work add column kind {TEXT} not null default 'course' check (kind in ('course', 'column', 'ebook', 'audio', 'video', 'bundle'));
update work set kind = kind_before;
alter table work drop column kind_before;

-- what is sold together, in the order of whoever sells it
create table bundle_item (
	bundle_id {I64} not null references work (id),
	work_id {I64} not null references work (id),
	position {I64} not null,
	primary key (bundle_id, work_id),
	check (bundle_id <> work_id)
) {STRICT};
create index bundle_item_work on bundle_item (work_id, bundle_id);
