/* learning_store.c - SQL of progress, quiz attempts and the edition that somebody stays on. */
#include "learning/learning_room.h"

static const struct shape progress_row = SHAPE(progress,
	FIELD(progress, key,        SHAPE_TEXT),
	FIELD(progress, position,   SHAPE_REAL),
	FIELD(progress, done,       SHAPE_BOOL),
	FIELD(progress, changed_ms, SHAPE_TIME));

static bool is_done(struct tx *tx, struct user_id user, struct work_id work, struct text key)
{
	return read_int(tx, 0, "select done from progress where user_id = $1 and work_id = $2 and lesson_key = $3", V(user.v, work.v, key)) == 1;
}

/* What was finished stays finished, whatever an older tab says. */
void learning__save(struct tx *tx, struct user_id user, struct work_id work, const struct progress *p)
{
	if (p->done && !is_done(tx, user, work, p->key))
		learning__tell_done(tx, user, work, p->key);
	run(tx,
	    "insert into progress (user_id, work_id, lesson_key, position, done, changed_ms) values ($1, $2, $3, $4, $5, $6)"
	    " on conflict (user_id, work_id, lesson_key) do update set position = excluded.position, changed_ms = excluded.changed_ms,"
	    " done = case when progress.done = 1 then 1 else excluded.done end",
	    V(user.v, work.v, p->key, p->position, p->done, tx_now_ms(tx)));
}

problem learning__progress(struct tx *tx, struct user_id user, struct work_id work, struct progress **ret, size_t *ret_count)
{
	return read_all(tx, &progress_row, WORK_LESSONS_MAX, (void **)ret, ret_count,
	                "select lesson_key, position, done, changed_ms from progress where user_id = $1 and work_id = $2"
	                " order by changed_ms desc, lesson_key limit 2000",
	                V(user.v, work.v));
}

struct latest {
	struct work_id work;
	int64_t changed_ms;
};
static const struct shape latest_row = SHAPE(latest,
	FIELD(latest, work,       SHAPE_ID),
	FIELD(latest, changed_ms, SHAPE_TIME));

problem learning__latest_works(struct tx *tx, struct user_id user, size_t most, int64_t **ret, size_t *ret_count)
{
	struct latest *rows;
	problem why = read_all(tx, &latest_row, most, (void **)&rows, ret_count,
	                       "select work_id, max(changed_ms) as latest_ms from progress where user_id = $1 group by work_id"
	                       " order by latest_ms desc, work_id limit $2",
	                       V(user.v, most));

	*ret = ARENA_ARRAY(tx_arena(tx), int64_t, why ? 0 : *ret_count);
	for (size_t i = 0; !why && i < *ret_count; i++)
		(*ret)[i] = rows[i].work.v;
	return why;
}

void learning__add_attempt(struct tx *tx, struct user_id user, struct work_id work, struct text quiz, struct text answers, int64_t score, int64_t total)
{
	run(tx, "insert into quiz_attempt (id, user_id, work_id, quiz_key, answers, score, total, at_ms) values ($1, $2, $3, $4, $5, $6, $7, $8)",
	    V(tx_id(tx), user.v, work.v, quiz, answers, score, total, tx_now_ms(tx)));
}

static const struct shape place_row = SHAPE(media_place,
	FIELD(media_place, asset,       SHAPE_ID),
	FIELD(media_place, position_ms, SHAPE_INT),
	FIELD(media_place, device,      SHAPE_TEXT),
	FIELD(media_place, changed_ms,  SHAPE_TIME));

void learning__save_place(struct tx *tx, struct user_id user, struct work_id work, const struct media_place *p)
{
	run(tx,
	    "insert into media_place (user_id, work_id, asset_id, position_ms, device, changed_ms) values ($1, $2, $3, $4, $5, $6)"
	    " on conflict (user_id, work_id, asset_id) do update set position_ms = excluded.position_ms, device = excluded.device,"
	    " changed_ms = excluded.changed_ms",
	    V(user.v, work.v, p->asset.v, p->position_ms, p->device, p->changed_ms));
}

static const struct problem no_place = { 404, "no-place", "It was not begun." };

problem learning__place(struct tx *tx, struct user_id user, struct work_id work, struct asset_id asset, struct media_place *ret)
{
	problem why = read_one(tx, &no_place, &place_row, ret,
	                       "select asset_id, position_ms, device, changed_ms from media_place where user_id = $1 and work_id = $2 and asset_id = $3",
	                       V(user.v, work.v, asset.v));

	if (why == &no_place) {
		*ret = (struct media_place){ .asset = asset };
		return NULL;
	}
	return why;
}

/* ---- the edition that somebody stays on ---- */

struct edition_id learning__kept_edition(struct tx *tx, struct user_id user, struct work_id work)
{
	return (struct edition_id){ read_int(tx, 0, "select edition_id from kept_edition where user_id = $1 and work_id = $2", V(user.v, work.v)) };
}

void learning__keep_edition(struct tx *tx, struct user_id user, struct work_id work, struct edition_id edition)
{
	run(tx,
	    "insert into kept_edition (user_id, work_id, edition_id, at_ms) values ($1, $2, $3, $4)"
	    " on conflict (user_id, work_id) do update set edition_id = excluded.edition_id, at_ms = excluded.at_ms",
	    V(user.v, work.v, edition.v, tx_now_ms(tx)));
}

void learning__follow_newest(struct tx *tx, struct user_id user, struct work_id work)
{
	run(tx, "delete from kept_edition where user_id = $1 and work_id = $2", V(user.v, work.v));
}
