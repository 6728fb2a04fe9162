/* bundle_store.c - SQL that writes what is sold together. */
#include "catalog/bundle_room.h"

int64_t bundle__count_on_sale(struct tx *tx, struct work_id bundle)
{
	return read_int(tx, 0,
	                "select count(*) from bundle_item b join work w on w.id = b.work_id join work o on o.id = b.bundle_id where b.bundle_id = $1"
	                " and w.state in ('published', 'unlisted') and (w.access <> 'until' or w.access_until_ms > $2)"
	                " and w.creator_id = o.creator_id",
	                V(bundle.v, tx_now_ms(tx)));
}

void bundle__write(struct tx *tx, struct work_id bundle, const int64_t *works, size_t n)
{
	run(tx, "delete from bundle_item where bundle_id = $1", V(bundle.v));
	for (size_t i = 0; i < n; i++)
		run(tx, "insert into bundle_item (bundle_id, work_id, position) values ($1, $2, $3)", V(bundle.v, works[i], i));
	run(tx, "update work set lesson_count = $1, changed_ms = $2 where id = $3", V(n, tx_now_ms(tx), bundle.v));
}
