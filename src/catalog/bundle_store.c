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
	run(tx, "update work set lesson_count = $1, changed_ms = $2 where id = $3", V(bundle__count_on_sale(tx, bundle), tx_now_ms(tx), bundle.v));
}

struct holding {
	struct work_id bundle;
};
static const struct shape holding_row = SHAPE(holding, FIELD(holding, bundle, SHAPE_ID));

enum { HOLDING_MAX = 500 };

problem bundle__recount(struct tx *tx, struct work_id work)
{
	struct holding *rows;
	size_t n;
	problem why = read_all(tx, &holding_row, HOLDING_MAX, (void **)&rows, &n,
	                       "select bundle_id from bundle_item where work_id = $1 order by bundle_id limit 500", V(work.v));

	for (size_t i = 0; !why && i < n; i++) {
		int64_t on_sale = bundle__count_on_sale(tx, rows[i].bundle);

		if (run_count(tx, "update work set lesson_count = $1 where id = $2 and lesson_count <> $1", V(on_sale, rows[i].bundle.v)) == 1)
			news_add(tx, CATALOG_NEWS, rows[i].bundle.v, TEXT("{}"));
	}
	return why ? why : tx_problem(tx);
}
