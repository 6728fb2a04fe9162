/* broadcast.h - one thing told to many: an announcement of the shop's owner, or that a work was changed; between the files of this room
 * and of those who tell (order/).
 *
 * It is a row of the fact's own transaction. A job gives it out in pieces of BROADCAST_PIECE people, each a short transaction that moves
 * the row's cursor on: whoever takes over after a crash goes on behind it, and a message is told a person once in any case. Nobody waits
 * for tens of thousands of rows to be written. Withdrawn, it is given out no more, and who has the message sees that it was withdrawn. */
#ifndef NOTIFY_BROADCAST_H
#define NOTIFY_BROADCAST_H

#include "notify/notification.h"

enum { BROADCAST_PIECE = 100 };

#define BROADCAST_AUDIENCES(X) X(EVERYBODY, "everybody") X(CREATORS, "creators") X(OWNERS, "owners")
#define X_AUDIENCE(id, name) AUDIENCE_##id,
enum broadcast_audience { AUDIENCE_NONE, BROADCAST_AUDIENCES(X_AUDIENCE) AUDIENCE_COUNT };
#undef X_AUDIENCE
extern const char *const broadcast_audience_names[];

struct broadcast_draft {
	enum notification_kind kind;
	int64_t origin;             /* of which fact: it is told once */
	enum broadcast_audience audience;
	int64_t work;               /* of AUDIENCE_OWNERS; else 0 */
	struct user_id by;          /* is not told */
	struct text title, note, url;
};
/* In the transaction of the fact, or of who heard of it. A fact that was told is told no more. */
void broadcast_add(struct tx *tx, const struct broadcast_draft *draft);

/* Who owns a work is known above. */
struct reached {
	int64_t at;                 /* the cursor, up to and with this one */
	struct user_id user;        /* may come more than once */
};
struct broadcast_owners {
	problem (*some)(struct tx *tx, int64_t work, int64_t after, size_t most, struct reached **ret, size_t *ret_count); /* by .at; none: that is all */
	int64_t (*count)(struct tx *tx, int64_t work);
	problem (*about)(struct tx *tx, int64_t work, struct text *ret_title, struct text *ret_url); /* a problem: there is no such work */
};
void broadcast_know_owners(struct serve *serve, const struct broadcast_owners *owners);

extern const struct module announcement_module;

#endif
