/* learning_room.h - between the files of this room only. */
#ifndef LEARNING_LEARNING_ROOM_H
#define LEARNING_LEARNING_ROOM_H

#include "learning/learning.h"

struct progress {
	struct text key;
	double position;
	bool done;
	int64_t changed_ms;
};

void learning__tell_done(struct tx *tx, struct user_id user, struct work_id work, struct text key); /* as news */
void learning__save(struct tx *tx, struct user_id user, struct work_id work, const struct progress *progress);
MUST problem learning__progress(struct tx *tx, struct user_id user, struct work_id work, struct progress **ret, size_t *ret_count); /* newest first */
MUST problem learning__latest_works(struct tx *tx, struct user_id user, size_t most, int64_t **ret, size_t *ret_count);
void learning__add_attempt(struct tx *tx, struct user_id user, struct work_id work, struct text quiz, struct text answers, int64_t score, int64_t total);

struct media_place {
	struct asset_id asset;
	int64_t position_ms;
	struct text device;
	int64_t changed_ms;
};
extern const struct shape media_place_shape, media_place_draft_shape;
void learning__save_place(struct tx *tx, struct user_id user, struct work_id work, const struct media_place *place);
/* At the start where there is none. */
MUST problem learning__place(struct tx *tx, struct user_id user, struct work_id work, struct asset_id asset, struct media_place *ret);
problem learning__tell_place(struct request *rq);
problem learning__keep_place(struct request *rq);

/* ---- served.c, served_store.c: what was given out, whatever the browser says of it ---- */

struct served_row {
	struct text key;
	struct asset_id asset;    /* 0: the text */
	int64_t size, parts;      /* as media tells them; size 0: a text, or a recording of which nothing went out */
};
/* A text that a person has by access goes out, with addresses of these recordings and files. Written later, once. */
struct lesson_opened {
	struct user_id user;
	struct work_id work;
	struct text key;
	const struct media_item *media;
	size_t media_count;
};
void learning__note_opened(struct request *rq, const struct lesson_opened *opened);
bool learning__is_served(struct tx *tx, const struct lesson_opened *opened, struct asset_id asset);
void learning__add_served(struct tx *tx, struct user_id user, struct work_id work, const struct served_row *row);
void learning__add_parts(struct tx *tx, const struct media_served *served);
MUST problem learning__served(struct tx *tx, struct user_id user, struct work_id work, struct served_row **ret, size_t *ret_count); /* by key, asset */

/* What is a lesson of that edition: whether it was finished, as the browser told. */
struct lesson_done {
	struct text key;
	bool done;
};
struct lessons_of {
	struct user_id user;
	struct work_id work;
	struct edition_id edition;
};
MUST problem learning__lessons(struct tx *tx, const struct lessons_of *of, struct lesson_done **ret, size_t *ret_count);

/* ---- edition.c, learning_store.c: the edition that a person learns from ---- */

extern const struct problem edition_not_mine; /* 404 */
/* That this person may learn from, newest first; at least the newest. */
MUST problem learning__editions(struct tx *tx, struct user_id user, struct work_id work, struct work_edition **ret, size_t *ret_count);
MUST problem learning__choose_edition(struct tx *tx, struct user_id user, struct work_id work, int64_t number);
struct edition_id learning__kept_edition(struct tx *tx, struct user_id user, struct work_id work); /* 0: they follow the newest */
void learning__keep_edition(struct tx *tx, struct user_id user, struct work_id work, struct edition_id edition);
void learning__follow_newest(struct tx *tx, struct user_id user, struct work_id work);

extern const struct route learning_routes[];

#endif
