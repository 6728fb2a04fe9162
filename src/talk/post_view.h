/* post_view.h - a post as it goes out; between the files of this room only. */
#ifndef TALK_POST_VIEW_H
#define TALK_POST_VIEW_H

#include "talk/talk_room.h"

struct post_author {
	struct text name;
	int mark;
};
extern const struct shape post_author_shape;

struct post_view {
	int64_t id;
	int state;
	struct text body, rule;
	struct post_author author;
	bool mine;
	int64_t editable_until_ms, created_ms, edited_ms;
};
/* The fields of a view that stands in a struct as `post`. */
#define POST_FIELDS(type, post) \
	NAMED(type, "id",         post.id,          SHAPE_INT),                                   \
	NAMED(type, "state",      post.state,       SHAPE_ENUM, .names = post_state_names),       \
	NAMED(type, "text",       post.body,        SHAPE_TEXT),                                  \
	NAMED(type, "rule",       post.rule,        SHAPE_TEXT, .optional = true),                \
	NAMED(type, "author",     post.author,      SHAPE_OBJECT, .of = &post_author_shape),      \
	NAMED(type, "mine",       post.mine,        SHAPE_BOOL),                                  \
	NAMED(type, "editable_until_ms", post.editable_until_ms, SHAPE_TIME, .says = "0: not any more, or not mine"), \
	NAMED(type, "created_ms", post.created_ms,  SHAPE_TIME),                                  \
	NAMED(type, "edited_ms",  post.edited_ms,   SHAPE_TIME, .says = "0: never")
MUST problem post__view(struct tx *tx, const struct person *who, const struct post *post, struct post_view *ret);

struct question_view {
	struct post_view post;
	struct work_id work;
	struct text lesson;
	struct asset_id asset;
	int64_t at_s;
	enum given at_given;
	int64_t solved_by;
	struct post_view *answers;
	size_t answer_count;
};
extern const struct shape question_shape;
MUST problem question__view(struct tx *tx, const struct person *who, const struct post *post, struct question_view *ret);

#endif
