/* note_store.c - SQL of notes. */
#include "talk/note_room.h"

static const struct shape note_row = SHAPE(note,
	FIELD(note, id,         SHAPE_INT),
	FIELD(note, key,        SHAPE_TEXT),
	FIELD(note, work,       SHAPE_ID),
	FIELD(note, lesson,     SHAPE_TEXT),
	FIELD(note, asset,      SHAPE_ID),
	FIELD(note, at_s,       SHAPE_INT, .given_at = offsetof(struct note, at_given)),
	FIELD(note, place,      SHAPE_REAL),
	FIELD(note, body,       SHAPE_TEXT),
	FIELD(note, revision,   SHAPE_INT),
	FIELD(note, created_ms, SHAPE_TIME),
	FIELD(note, changed_ms, SHAPE_TIME));

#define COLUMNS "select id, note_key, work_id, lesson_key, asset_id, at_s, place, body, revision, created_ms, changed_ms from note"

problem note__by_key(struct tx *tx, struct user_id user, struct text key, struct note *ret)
{
	return read_one(tx, &note_missing, &note_row, ret, COLUMNS " where user_id = $1 and note_key = $2", V(user.v, key));
}

void note__insert(struct tx *tx, struct user_id user, const struct note *n)
{
	run(tx,
	    "insert into note (id, user_id, note_key, work_id, lesson_key, asset_id, at_s, place, body, revision, created_ms, changed_ms)"
	    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
	    V(n->id, user.v, n->key, n->work.v, n->lesson, n->asset.v ? value_int(n->asset.v) : value_null(),
	      n->at_given == GIVEN_VALUE ? value_int(n->at_s) : value_null(), n->place, n->body, n->revision, n->created_ms));
}

void note__update(struct tx *tx, const struct note *n)
{
	run(tx, "update note set body = $1, revision = $2, changed_ms = $3 where id = $4", V(n->body, n->revision, n->changed_ms, n->id));
}

problem note__delete(struct tx *tx, struct user_id user, struct text key)
{
	return run_one(tx, &note_missing, "delete from note where user_id = $1 and note_key = $2", V(user.v, key));
}

int64_t note__count(struct tx *tx, struct user_id user) { return read_int(tx, 0, "select count(*) from note where user_id = $1", V(user.v)); }

int64_t note__size(struct tx *tx, struct user_id user)
{
	return read_int(tx, 0, "select coalesce(sum(length(body)), 0) from note where user_id = $1", V(user.v));
}

problem note__at_lesson(struct tx *tx, struct user_id user, struct work_id work, struct text lesson, struct note **ret, size_t *ret_count)
{
	return read_all(tx, &note_row, NOTES_AT_LESSON_MAX, (void **)ret, ret_count,
	                COLUMNS " where user_id = $1 and work_id = $2 and lesson_key = $3 order by coalesce(at_s, 0), place, id limit $4",
	                V(user.v, work.v, lesson, NOTES_AT_LESSON_MAX));
}

problem note__each(struct tx *tx, struct user_id user, int64_t before, problem (*each)(void *arg, const void *row), void *arg)
{
	return read_each(tx, &note_row, each, arg, COLUMNS " where user_id = $1 and id < $2 order by id desc", V(user.v, before ? before : INT64_MAX));
}

problem note__each_in_order(struct tx *tx, struct user_id user, problem (*each)(void *arg, const void *row), void *arg)
{
	return read_each(tx, &note_row, each, arg, COLUMNS " where user_id = $1 order by work_id, lesson_key, coalesce(at_s, 0), place, id", V(user.v));
}
