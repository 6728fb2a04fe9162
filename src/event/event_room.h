/* event_room.h - between the files of this room only. */
#ifndef EVENT_EVENT_ROOM_H
#define EVENT_EVENT_ROOM_H

#include "crypto/crypto.h"
#include "event/event.h"

enum {
	EVENT_PLACE_MAX = 24, EVENT_DETAIL_MAX = 60 /* characters */, EVENT_KEY_MAX = 40, EVENT_BATCH = 50 /* of a request */,
	EVENT_BODY_MAX = 16 * 1024, EVENT_QUEUE = 4096, EVENT_WRITE = 128 /* of a transaction */, EVENT_KEEP_DAYS = 396 /* 13 months */
};

/* One event on its way to the table: it holds all of itself, since the request that brought it is gone by then. */
struct event {
	enum event_kind kind;
	struct user_id user;           /* 0: a visitor */
	struct sha256 origin;          /* of a visitor: of address and program; it is salted before it is kept */
	struct sha256 key;             /* of what the browser calls it */
	int64_t work, shown, position, at_ms;
	char place[EVENT_PLACE_MAX + 1], detail[EVENT_DETAIL_MAX * 4 + 1];
};

struct event_batch {
	const struct event *items;
	size_t count;
	int64_t lost;                  /* to be counted along with them */
};
/* A tx_fn. Those of people who said no, of works that are not to be seen, and those that are there already are passed over. */
problem event__write(struct tx *tx, void *batch);

/* A fact that our own rooms tell: kept once under its name, if the person lets it be. */
struct event_fact {
	enum event_kind kind;
	struct user_id user;
	int64_t work;
	struct text detail, name;      /* name: "buy:17" */
	int64_t at_ms;
};
MUST problem event__keep(struct tx *tx, const struct event_fact *fact);

struct event_setting {
	bool recording;
	int64_t forget_ms;
};
MUST problem event__setting(struct tx *tx, struct user_id user, struct event_setting *ret);
void event__set_recording(struct tx *tx, struct user_id user, bool recording);
void event__forget(struct tx *tx, struct user_id user);
int64_t event__purge(struct tx *tx, int64_t before_day, int64_t today); /* how many went; 0: all are gone */

struct event_row {
	int kind;
	int64_t work, at_ms;
	struct text place, detail;
};
extern const struct shape event_row_shape;
int64_t event__count(struct tx *tx, struct user_id user);
MUST problem event__newest(struct tx *tx, struct user_id user, size_t most, struct event_row **ret, size_t *ret_count);

/* The queue: false when there is no room; then it is lost, and counted. */
struct event_queue;
bool event__put(struct event_queue *queue, const struct event *event);

extern const struct route event_routes[];

#endif
