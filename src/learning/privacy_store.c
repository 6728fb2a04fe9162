/* privacy_store.c - what learning keeps about a person; none of it must stay. */
#include "learning/learning_room.h"

#include "account/privacy.h"

struct studied {
	struct work_id work;
	struct text lesson;
	double position;
	bool done;
	int64_t changed_ms;
};
static const struct shape studied_shape = SHAPE_AS("export_progress", studied,
	FIELD(studied, work,       SHAPE_ID),
	FIELD(studied, lesson,     SHAPE_TEXT),
	FIELD(studied, position,   SHAPE_REAL),
	FIELD(studied, done,       SHAPE_BOOL),
	FIELD(studied, changed_ms, SHAPE_TIME));

struct attempted {
	struct work_id work;
	struct text quiz, answers;
	int64_t score, total, at_ms;
};
static const struct shape attempted_shape = SHAPE_AS("export_quiz_attempt", attempted,
	FIELD(attempted, work,    SHAPE_ID),
	FIELD(attempted, quiz,    SHAPE_TEXT),
	FIELD(attempted, answers, SHAPE_JSON),
	FIELD(attempted, score,   SHAPE_INT),
	FIELD(attempted, total,   SHAPE_INT),
	FIELD(attempted, at_ms,   SHAPE_TIME));

struct watched {
	struct work_id work;
	struct asset_id asset;
	int64_t position_ms;
	struct text device;
	int64_t changed_ms;
};
static const struct shape watched_shape = SHAPE_AS("export_media_place", watched,
	FIELD(watched, work,        SHAPE_ID),
	FIELD(watched, asset,       SHAPE_ID),
	FIELD(watched, position_ms, SHAPE_INT),
	FIELD(watched, device,      SHAPE_TEXT),
	FIELD(watched, changed_ms,  SHAPE_TIME));

struct given_out {
	struct work_id work;
	struct text lesson;
	struct asset_id asset;
	int64_t parts, since_ms;
};
static const struct shape given_out_shape = SHAPE_AS("export_served", given_out,
	FIELD(given_out, work,     SHAPE_ID),
	FIELD(given_out, lesson,   SHAPE_TEXT),
	NAMED(given_out, "asset", asset.v, SHAPE_INT, .says = "0: the text"),
	FIELD(given_out, parts,    SHAPE_INT, .says = "bits: which sixtieths of the recording went out"),
	FIELD(given_out, since_ms, SHAPE_TIME));

struct stayed {
	struct work_id work;
	int64_t edition, at_ms;
};
static const struct shape stayed_shape = SHAPE_AS("export_kept_edition", stayed,
	FIELD(stayed, work,    SHAPE_ID),
	FIELD(stayed, edition, SHAPE_INT),
	FIELD(stayed, at_ms,   SHAPE_TIME));

static problem gather(struct tx *tx, struct user_id user, struct privacy_writer *w)
{
	problem why;

	privacy_table(w, "progress", &studied_shape);
	why = read_each(tx, &studied_shape, privacy_row, w,
	                "select work_id, lesson_key, position, done, changed_ms from progress where user_id = $1 order by work_id, lesson_key", V(user.v));
	privacy_table(w, "quiz-attempts", &attempted_shape);
	if (!why)
		why = read_each(tx, &attempted_shape, privacy_row, w,
		                "select work_id, quiz_key, answers, score, total, at_ms from quiz_attempt where user_id = $1 order by id", V(user.v));
	privacy_table(w, "recordings", &watched_shape);
	if (!why)
		why = read_each(tx, &watched_shape, privacy_row, w,
		                "select work_id, asset_id, position_ms, device, changed_ms from media_place where user_id = $1 order by work_id, asset_id", V(user.v));
	privacy_table(w, "served", &given_out_shape);
	if (!why)
		why = read_each(tx, &given_out_shape, privacy_row, w,
		                "select work_id, lesson_key, asset_id, parts, since_ms from lesson_served where user_id = $1 order by work_id, lesson_key, asset_id",
		                V(user.v));
	privacy_table(w, "kept-editions", &stayed_shape);
	if (!why)
		why = read_each(tx, &stayed_shape, privacy_row, w, "select work_id, edition_id, at_ms from kept_edition where user_id = $1 order by work_id",
		                V(user.v));
	return why;
}

static problem erase(struct tx *tx, struct user_id user, bool *ret_kept)
{
	run(tx, "delete from progress where user_id = $1", V(user.v));
	run(tx, "delete from quiz_attempt where user_id = $1", V(user.v));
	run(tx, "delete from lesson_served where user_id = $1", V(user.v));
	run(tx, "delete from media_place where user_id = $1", V(user.v));
	run(tx, "delete from kept_edition where user_id = $1", V(user.v));
	*ret_kept = false;
	return tx_problem(tx);
}

const struct privacy_part learning_privacy = { .name = "learning", .gather = gather, .erase = erase };
