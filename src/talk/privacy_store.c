/* privacy_store.c - what this room keeps about a person. Notes go. Questions and answers lose their text, as if their writer had taken
 * them away: what others answered keeps its place. Of a review the stars go on counting, since buyers rely on the sum, without name and
 * without a word. Reports lose who made them. */
#include "talk/review_room.h"

#include "account/privacy.h"

struct said {
	int64_t id;
	struct text kind, state;
	struct work_id work;
	struct text lesson, text;
	int64_t created_ms, edited_ms;
};
static const struct shape said_shape = SHAPE_AS("export_post", said,
	FIELD(said, id,         SHAPE_INT),
	FIELD(said, kind,       SHAPE_TEXT),
	FIELD(said, state,      SHAPE_TEXT),
	FIELD(said, work,       SHAPE_ID),
	FIELD(said, lesson,     SHAPE_TEXT, .nullable = true),
	FIELD(said, text,       SHAPE_TEXT),
	FIELD(said, created_ms, SHAPE_TIME),
	FIELD(said, edited_ms,  SHAPE_TIME));

struct starred {
	int64_t post, stars, edition;
	struct text reply;
};
static const struct shape starred_shape = SHAPE_AS("export_review", starred,
	FIELD(starred, post,    SHAPE_INT),
	FIELD(starred, stars,   SHAPE_INT),
	FIELD(starred, edition, SHAPE_INT),
	FIELD(starred, reply,   SHAPE_TEXT, .nullable = true));

struct noted {
	struct work_id work;
	struct text lesson;
	int64_t at_s;
	struct text text;
	int64_t created_ms, changed_ms;
};
static const struct shape noted_shape = SHAPE_AS("export_note", noted,
	FIELD(noted, work,       SHAPE_ID),
	FIELD(noted, lesson,     SHAPE_TEXT),
	FIELD(noted, at_s,       SHAPE_INT),
	FIELD(noted, text,       SHAPE_TEXT),
	FIELD(noted, created_ms, SHAPE_TIME),
	FIELD(noted, changed_ms, SHAPE_TIME));

struct reported {
	int64_t post;
	struct text reason, words;
	int64_t created_ms;
};
static const struct shape reported_shape = SHAPE_AS("export_report", reported,
	FIELD(reported, post,       SHAPE_INT),
	FIELD(reported, reason,     SHAPE_TEXT),
	FIELD(reported, words,      SHAPE_TEXT),
	FIELD(reported, created_ms, SHAPE_TIME));

static problem gather(struct tx *tx, struct user_id user, struct privacy_writer *w)
{
	problem why;

	privacy_table(w, "posts", &said_shape);
	why = read_each(tx, &said_shape, privacy_row, w,
	                "select id, kind, state, work_id, lesson_key, body, created_ms, edited_ms from post where user_id = $1 order by id", V(user.v));
	privacy_table(w, "reviews", &starred_shape);
	if (!why)
		why = read_each(tx, &starred_shape, privacy_row, w, "select post_id, stars, edition, reply from review where user_id = $1 order by post_id", V(user.v));
	privacy_table(w, "notes", &noted_shape);
	if (!why)
		why = read_each(tx, &noted_shape, privacy_row, w,
		                "select work_id, lesson_key, coalesce(at_s, 0), body, created_ms, changed_ms from note where user_id = $1 order by id", V(user.v));
	privacy_table(w, "reports", &reported_shape);
	if (!why)
		why = read_each(tx, &reported_shape, privacy_row, w, "select post_id, reason, words, created_ms from report where user_id = $1 order by id", V(user.v));
	return why;
}

/* Before catalog forgets whose works they are. */
static problem erase_replies(struct tx *tx, struct user_id user)
{
	struct creator creator;
	problem why = creator_by_user(tx, user, &creator);

	if (why)
		return why == &creator_missing ? NULL : why;
	run(tx, "update review set reply = null, reply_ms = 0 where post_id in (select id from post where creator_id = $1 and kind = 'review')", V(creator.id.v));
	return NULL;
}

static problem erase(struct tx *tx, struct user_id user, bool *ret_kept)
{
	problem why = erase_replies(tx, user);

	if (why)
		return why;
	run(tx, "delete from note where user_id = $1", V(user.v));
	run(tx, "update post set state = 'deleted' where user_id = $1 and kind in ('question', 'answer')", V(user.v));
	run(tx, "update post set body = '', rule = null, user_id = 0 where user_id = $1", V(user.v));
	run(tx, "update review set user_id = null, reply = null, reply_ms = 0 where user_id = $1", V(user.v));
	run(tx, "update report set user_id = 0, words = '' where user_id = $1", V(user.v));
	*ret_kept = false;
	return tx_problem(tx);
}

const struct privacy_part talk_privacy = { .name = "talk", .gather = gather, .erase = erase };
