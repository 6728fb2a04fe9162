/* privacy_store.c - what links keep about a person: that they are his. Forgotten, they lead on and are nobody's. */
#include "share/share_room.h"

#include "account/privacy.h"

struct shared {
	struct text code, name;
	struct work_id work;
	int64_t created_ms, visits;
};
static const struct shape shared_shape = SHAPE_AS("export_share_link", shared,
	FIELD(shared, code,       SHAPE_TEXT),
	FIELD(shared, name,       SHAPE_TEXT, .nullable = true),
	FIELD(shared, work,       SHAPE_ID, .nullable = true),
	FIELD(shared, created_ms, SHAPE_TIME),
	FIELD(shared, visits,     SHAPE_INT));

static problem gather(struct tx *tx, struct user_id user, struct privacy_writer *w)
{
	privacy_table(w, "share_links", &shared_shape);
	return read_each(tx, &shared_shape, privacy_row, w,
	                 "select l.code, l.name, nullif(l.work_id, 0), l.created_ms,"
	                 " (select coalesce(sum(d.visits), 0) from share_day d where d.link_id = l.id) from share_link l where l.user_id = $1 order by l.id",
	                 V(user.v));
}

static problem erase(struct tx *tx, struct user_id user, bool *ret_kept)
{
	run(tx, "update share_link set user_id = null where user_id = $1", V(user.v));
	*ret_kept = false;
	return tx_problem(tx);
}

const struct privacy_part share_privacy = { "share", gather, NULL, erase };
