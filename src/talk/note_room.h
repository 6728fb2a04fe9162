/* note_room.h - notes for oneself; between the files of this room only. */
#ifndef TALK_NOTE_ROOM_H
#define TALK_NOTE_ROOM_H

#include "talk/talk_room.h"

/* All notes of a person fit an answer. */
enum { NOTE_MAX = 10000 /* characters */, NOTES_MAX = 5000 /* a person's */, NOTES_SIZE_MAX = 2000000 /* characters of all */,
       NOTES_AT_LESSON_MAX = 500, NOTES_PAGE = 50 };

struct note {
	int64_t id;
	struct text key;
	struct work_id work;
	struct text lesson;
	struct asset_id asset;
	int64_t at_s;
	enum given at_given;
	double place;             /* in the lesson, 0 to 1 */
	struct text body;
	int64_t revision, created_ms, changed_ms;
};

extern const struct problem note_missing;    /* 404 */
extern const struct problem note_moved_on;   /* 409: it was changed elsewhere since */
extern const struct problem notes_full;      /* 409 */

MUST problem note__by_key(struct tx *tx, struct user_id user, struct text key, struct note *ret);
void note__insert(struct tx *tx, struct user_id user, const struct note *note);
void note__update(struct tx *tx, const struct note *note);
MUST problem note__delete(struct tx *tx, struct user_id user, struct text key);
int64_t note__count(struct tx *tx, struct user_id user);
int64_t note__size(struct tx *tx, struct user_id user); /* characters of all */
/* Along the lesson: by second, then by place. */
MUST problem note__at_lesson(struct tx *tx, struct user_id user, struct work_id work, struct text lesson, struct note **ret, size_t *ret_count);
/* Newest first, or along works and lessons; the row is valid during the call. */
MUST problem note__each(struct tx *tx, struct user_id user, int64_t before, problem (*each)(void *arg, const void *row), void *arg);
MUST problem note__each_in_order(struct tx *tx, struct user_id user, problem (*each)(void *arg, const void *row), void *arg);

extern const struct route note_routes[];

#endif
