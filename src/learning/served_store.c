/* served_store.c - SQL of what was given out. */
#include "learning/learning_room.h"

bool learning__is_served(struct tx *tx, const struct lesson_opened *o, struct asset_id asset)
{
	return read_int(tx, 0, "select 1 from lesson_served where user_id = $1 and work_id = $2 and lesson_key = $3 and asset_id = $4",
	                V(o->user.v, o->work.v, o->key, asset.v)) == 1;
}

void learning__add_served(struct tx *tx, struct user_id user, struct work_id work, const struct served_row *row)
{
	run(tx,
	    "insert into lesson_served (user_id, work_id, lesson_key, asset_id, size, parts, since_ms) values ($1, $2, $3, $4, $5, 0, $6)"
	    " on conflict (user_id, work_id, lesson_key, asset_id) do nothing",
	    V(user.v, work.v, row->key, row->asset.v, row->size, tx_now_ms(tx)));
}

/* A recording that was made anew is another file: what went out of the old one stays counted. */
void learning__add_parts(struct tx *tx, const struct media_served *s)
{
	run(tx, "update lesson_served set parts = parts | $1, size = $2 where user_id = $3 and work_id = $4 and asset_id = $5 and (parts | $1) <> parts",
	    V(s->parts, s->size, s->user.v, s->work.v, s->asset.v));
}

static const struct shape served_row_shape = SHAPE(served_row,
	NAMED(served_row, "lesson_key", key, SHAPE_TEXT),
	NAMED(served_row, "asset_id", asset.v, SHAPE_INT),
	FIELD(served_row, size,  SHAPE_INT),
	FIELD(served_row, parts, SHAPE_INT));

enum { SERVED_MAX = 20000 };

problem learning__served(struct tx *tx, struct user_id user, struct work_id work, struct served_row **ret, size_t *ret_count)
{
	return read_all(tx, &served_row_shape, SERVED_MAX, (void **)ret, ret_count,
	                "select lesson_key, asset_id, size, parts from lesson_served where user_id = $1 and work_id = $2"
	                " order by lesson_key, asset_id limit $3",
	                V(user.v, work.v, SERVED_MAX));
}
