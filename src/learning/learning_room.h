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

void learning__save(struct tx *tx, struct user_id user, struct work_id work, const struct progress *progress);
MUST problem learning__progress(struct tx *tx, struct user_id user, struct work_id work, struct progress **ret, size_t *ret_count); /* newest first */
void learning__add_attempt(struct tx *tx, struct user_id user, struct work_id work, struct text quiz, struct text answers, int64_t score, int64_t total);

extern const struct route learning_routes[];

#endif
