/* owners_store.c - SQL of who owns a work. */
#include "order/tell.h"

static const struct shape reached_row = SHAPE(reached,
	FIELD(reached, at,   SHAPE_INT),
	FIELD(reached, user, SHAPE_ID));

/* Both walk along an index, from the cursor on. */
#define HELD   " from entitlement where work_id = $1 and id > $2 and revoked_ms is null and from_ms <= $3 and (until_ms is null or until_ms > $3)"
#define BUNDLE " from purchase_item i join purchase p on p.id = i.purchase_id where i.work_id = $1 and i.purchase_id > $2 and p.state in ('PAID', 'PART_REFUNDED')"

static bool is_bundle(struct tx *tx, int64_t work)
{
	struct work_card card;

	return !work_by_id(tx, (struct work_id){ work }, &card) && card.kind == WORK_BUNDLE;
}

problem owners__some(struct tx *tx, int64_t work, int64_t after, size_t most, struct reached **ret, size_t *ret_count)
{
	if (is_bundle(tx, work))
		return read_all(tx, &reached_row, most, (void **)ret, ret_count, "select i.purchase_id, p.buyer" BUNDLE " order by i.purchase_id limit $3", V(work, after, most));
	return read_all(tx, &reached_row, most, (void **)ret, ret_count, "select id, user_id" HELD " order by id limit $4", V(work, after, tx_now_ms(tx), most));
}

int64_t owners__count(struct tx *tx, int64_t work)
{
	if (is_bundle(tx, work))
		return read_int(tx, 0, "select count(distinct p.buyer)" BUNDLE, V(work, 0));
	return read_int(tx, 0, "select count(distinct user_id)" HELD, V(work, 0, tx_now_ms(tx)));
}
