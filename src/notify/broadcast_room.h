/* broadcast_room.h - between the files of this room only. */
#ifndef NOTIFY_BROADCAST_ROOM_H
#define NOTIFY_BROADCAST_ROOM_H

#include "notify/broadcast.h"
#include "notify/notification_room.h"

extern const struct problem announcement_missing;   /* 404 */
extern const struct problem announcement_withdrawn; /* 409 */

enum { ANNOUNCEMENTS_SHOWN = 50, ANNOUNCEMENTS_A_DAY = 10, ANNOUNCEMENT_TITLE_MAX = 60, ANNOUNCEMENT_TEXT_MAX = 2000 /* characters */ };

#define BROADCAST_STATES(X) X(SENDING, "sending") X(SENT, "sent") X(WITHDRAWN, "withdrawn")
#define X_STATE(id, name) BROADCAST_##id,
enum broadcast_state { BROADCAST_STATE_NONE, BROADCAST_STATES(X_STATE) BROADCAST_STATE_COUNT };
#undef X_STATE
extern const char *const broadcast_state_names[];

struct broadcast {
	int64_t id, origin;
	int kind, audience, state;  /* enums */
	int64_t work;
	struct text work_title, title, note, url;
	struct user_id by;
	int64_t made_ms, reached, people, told;
};

MUST problem broadcast__count(struct tx *tx, const struct serve *serve, enum broadcast_audience audience, int64_t work, int64_t *ret);
/* Written and given to the job. */
void broadcast__begin(struct tx *tx, struct broadcast *b);

#define NOTIFY_JOB_BROADCAST "notify-broadcast"
problem broadcast__run(struct job *job);

/* ---- store ---- */

/* False: it is there already. */
bool broadcast__insert(struct tx *tx, const struct broadcast *b);
MUST problem broadcast__by_id(struct tx *tx, int64_t id, struct broadcast *ret);
MUST problem broadcast__announced(struct tx *tx, struct broadcast **ret, size_t *ret_count); /* the newest */
int64_t broadcast__announced_since(struct tx *tx, int64_t since_ms);
/* The same words to the same people since then, not withdrawn. */
bool broadcast__is_twice(struct tx *tx, const struct broadcast *b, int64_t since_ms);
/* From where it stood; false: somebody else has moved it on, or it was withdrawn. */
bool broadcast__move(struct tx *tx, const struct broadcast *b, int64_t reached, int64_t told);
void broadcast__end(struct tx *tx, int64_t id);
bool broadcast__withdraw(struct tx *tx, int64_t id);

#endif
