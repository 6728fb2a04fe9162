/* talk_room.h - between the files of this room only. */
#ifndef TALK_TALK_ROOM_H
#define TALK_TALK_ROOM_H

#include "notify/notification.h"
#include "talk/talk.h"

/* ---- posts ---- */

#define POST_KINDS(X) X(QUESTION, "question") X(ANSWER, "answer") X(REVIEW, "review")
#define X_POST_KIND(id, name) POST_##id,
enum post_kind { POST_KIND_NONE, POST_KINDS(X_POST_KIND) POST_KIND_COUNT };
#undef X_POST_KIND
extern const char *const post_kind_names[];

/* held: reported by enough people, until somebody looks; deleted: by who wrote it, the text is gone */
#define POST_STATES(X) X(SHOWN, "shown") X(HELD, "held") X(HIDDEN, "hidden") X(DELETED, "deleted")
#define X_POST_STATE(id, name) POST_##id,
enum post_state { POST_STATE_NONE, POST_STATES(X_POST_STATE) POST_STATE_COUNT };
#undef X_POST_STATE
extern const char *const post_state_names[];

enum post_mark { POST_MARK_NONE, POST_LEARNER, POST_CREATOR, POST_STAFF };
extern const char *const post_mark_names[];

enum {
	QUESTION_MAX = 2000, ANSWER_MAX = 4000,     /* characters */
	EDIT_MS = 15 * 60 * 1000,                   /* how long a post may be put right */
	LIST_MAX = 20, ANSWERS_MAX = 100,
};

struct post {
	int64_t id;
	int kind, state;          /* enum post_kind, post_state */
	int64_t question;
	struct work_id work;
	struct creator_id creator; /* of the work */
	struct text lesson;       /* its key; absent: about the work as a whole */
	struct asset_id asset;
	int64_t at_s;             /* second of the recording */
	enum given at_given;
	struct user_id user;
	int mark;                 /* enum post_mark */
	struct text body;
	int64_t created_ms, edited_ms, solved_by;
	struct text rule;
};

extern const struct problem post_missing;     /* 404 */
extern const struct problem post_settled;     /* 409: the time to put it right is over, or it is not shown */
extern const struct problem talk_too_much;    /* 429 */
extern const struct problem questions_closed; /* 409: enough answers */

/* The life cycle's one way to move; writes the audit row with it. */
MUST problem post__move(struct tx *tx, struct post *post, enum post_state to, struct user_id by);

/* ---- who may ---- */

struct talk_place {
	struct work_card work;
	struct text lesson;       /* absent: the work as a whole */
	enum post_mark mark;      /* as whom he speaks there */
};
/* Whoever may read the lesson: by his entitlement, or since it is free; the work's creator; staff. lesson_locked, work_missing … */
MUST problem talk__place(struct tx *tx, const struct person *who, struct work_id work, struct text lesson, struct talk_place *ret);
/* The same for what was said at a lesson that a later edition may lack. */
MUST problem talk__place_of(struct tx *tx, const struct person *who, const struct post *post, struct talk_place *ret);
bool talk__is_staff(const struct person *who);
/* At most `most` posts of this kind by this person within the last ten minutes, ten times as many in a day. */
MUST problem talk__not_too_much(struct tx *tx, struct user_id user, enum post_kind kind, int64_t most);

/* ---- texts ---- */

/* As people meant it: line ends of one sort, no control characters, none that turns the text around, no blank lines in a row.
 * problem_invalid for `field` when nothing is left. */
MUST problem talk__clean(struct request *rq, const char *field, struct text written, struct text *ret);
/* A name to show; empty for somebody who is no more. */
MUST problem talk__name(struct tx *tx, struct user_id user, struct text *ret);
/* ---- store ---- */

MUST problem post__by_id(struct tx *tx, int64_t id, struct post *ret);
void post__insert(struct tx *tx, const struct post *post);
void post__set_body(struct tx *tx, const struct post *post);
void post__set_state(struct tx *tx, const struct post *post, enum post_state from);
void post__set_solved(struct tx *tx, int64_t question, int64_t answer);
int64_t post__count_since(struct tx *tx, struct user_id user, enum post_kind kind, int64_t since_ms);

#define QUESTION_SORTS(X) X(NEW, "new") X(SECOND, "second") X(OPEN, "open")
#define X_QUESTION_SORT(id, name) QUESTIONS_##id,
enum question_sort { QUESTIONS_SORT_NONE, QUESTION_SORTS(X_QUESTION_SORT) QUESTION_SORT_COUNT };
#undef X_QUESTION_SORT
extern const char *const question_sort_names[];
struct question_query {
	struct work_id work;
	struct text lesson;
	int sort;                 /* enum question_sort; 0: newest */
	int64_t at_s, after;      /* second: the nearest to it, one page */
};
MUST problem post__questions(struct tx *tx, const struct question_query *q, struct post **ret, size_t *ret_count);
MUST problem post__answers(struct tx *tx, int64_t question, struct post **ret, size_t *ret_count);
int64_t post__count_answers(struct tx *tx, int64_t question);
int64_t post__count_questions(struct tx *tx, struct work_id work, struct text lesson);

/* A creator's questions over all works: those that neither he nor staff has answered, or all; newest first. */
struct inbox_query {
	struct creator_id creator;
	bool all;
	struct work_id work;      /* 0: any */
	int64_t after;
};
MUST problem post__inbox(struct tx *tx, const struct inbox_query *q, struct post **ret, size_t *ret_count);
int64_t post__count_open(struct tx *tx, struct creator_id creator);

extern const struct route talk_routes[];

#endif
