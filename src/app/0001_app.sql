-- sales that the catalogue has counted: a job may run twice, a sale counts once
create table counted_sale (
	purchase_id {I64} primary key
) {STRICT};
