/* notification_room.h - messages; between the files of this room only. */
#ifndef NOTIFY_NOTIFICATION_ROOM_H
#define NOTIFY_NOTIFICATION_ROOM_H

#include "notify/notification.h"
#include "notify/notify_room.h"

extern const struct problem notification_not_mine; /* 404 */

enum { PAGE_MAX = 30, TITLE_MAX = 400 /* bytes */, NOTE_MAX = 6000, LETTERS_KEPT_DAYS = 7 /* those that were given up */ };

enum channel { CHANNEL_SITE, CHANNEL_MAIL, CHANNEL_SMS, CHANNEL_COUNT };
extern const char *const channel_names[]; /* "site", "mail", "sms" */

/* fixed: it is as it is; never: this channel is nothing for it */
enum choice { CHOICE_OFF, CHOICE_ON, CHOICE_FIXED, CHOICE_NEVER };
enum choice notification__default(enum notification_topic topic, enum channel channel);
enum notification_topic notification__topic(enum notification_kind kind);
bool notification__wants(struct tx *tx, struct user_id user, enum notification_topic topic, enum channel channel);

struct notification {
	int64_t id;
	struct user_id user;
	int kind;                   /* enum notification_kind */
	int64_t subject, turn;
	struct text params, url;
	int64_t made_ms, read_ms;
	bool shown;
	struct text said;           /* of what was told to many: the text with it; absent: none */
	bool withdrawn;             /* that was withdrawn */
};

/* What the words are filled with, as it is kept. */
struct notification_params {
	struct text title, amount, note;
};
extern const struct shape notification_params_shape;

/* Was he told? Not who wants it by no channel, is no more, did it himself, or knows. */
bool notification__tell(struct tx *tx, const struct notification_draft *draft);

/* One sentence, in this language; never without a word. */
MUST problem notification__words(const struct serve *serve, struct arena *arena, struct text language, const struct notification *n,
                                 struct text *ret, struct text *ret_note);

/* Gives a letter to the job that sends it. */
#define NOTIFY_JOB_MESSAGE "notify-message"
#define NOTIFY_JOB_PURGE   "notify-purge"
problem notification__run_letter(struct job *job);
problem notification__run_purge(struct job *job);
problem notification__run_security(struct job *job);

/* ---- store ---- */

/* False: this person was told. */
bool notification__insert(struct tx *tx, const struct notification *n);
MUST problem notification__by_id(struct tx *tx, int64_t id, struct notification *ret);
/* Of a person, newest first, those before `before` (0: all). */
MUST problem notification__list(struct tx *tx, struct user_id user, int64_t before, struct notification **ret, size_t *ret_count);
int64_t notification__unread(struct tx *tx, struct user_id user);
MUST problem notification__read(struct tx *tx, struct user_id user, int64_t id);
void notification__read_all(struct tx *tx, struct user_id user, int64_t upto);
int notification__preference(struct tx *tx, struct user_id user, enum notification_topic topic, enum channel channel, int otherwise);
void notification__set_preference(struct tx *tx, struct user_id user, enum notification_topic topic, enum channel channel, bool wanted);
bool notification__is_open(struct tx *tx, enum channel channel);
void notification__set_open(struct tx *tx, enum channel channel, bool open);
/* So many at most of those that are too old. */
int64_t notification__drop_old(struct tx *tx, int64_t before_ms, int64_t most);
struct crowded {
	struct user_id user;
};
/* People with more than are kept, by id, those behind `after`: it looks at every row, so it is for a read. */
MUST problem notification__crowded(struct tx *tx, struct user_id after, size_t most, struct crowded **ret, size_t *ret_count);
/* So many at most, the oldest first. */
int64_t notification__drop_beyond(struct tx *tx, struct user_id user, int64_t most);

extern const struct route notification_routes[];

#endif
