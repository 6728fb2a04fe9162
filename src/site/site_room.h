/* site_room.h - between the files of this room only. */
#ifndef SITE_SITE_ROOM_H
#define SITE_SITE_ROOM_H

#include "site/site.h"

#include <pthread.h>
#include <stdatomic.h>

enum { WATCHERS_MAX = 16, CHECKERS_MAX = 16, CHECKS_MAX = 64 };

struct watcher {
	const char *name;
	problem (*changed)(void *arg);
	void *arg;
	bool behind; /* it could not go by the settings of now; guarded by refreshing */
};

struct known_name {
	struct text name;
	int64_t version;
};

/* What the room keeps in memory. */
struct site_home {
	struct serve *serve;
	struct watcher watchers[WATCHERS_MAX];
	size_t watcher_count;
	problem (*checkers[CHECKERS_MAX])(struct tx *tx, const struct serve *serve, struct checks *checks);
	size_t checker_count;

	pthread_mutex_t refreshing;          /* one refresh at a time; guards what follows */
	struct arena *known_arena;
	struct known_name *known;            /* versions that this process goes by */
	size_t known_count;

	pthread_rwlock_t lock;               /* guards what follows */
	struct arena *arena;                 /* of the face; replaced as a whole */
	const struct site_kept *kept;

	pthread_t follower;
	pthread_mutex_t stop_lock;
	pthread_cond_t stop_wake;
	bool stopping, following;
};

static inline struct site_home *site_home(const struct serve *serve) { return module_state(serve, &site_module); }

/* ---- site.c ---- */

MUST problem site__reload(struct site_home *home); /* the face, from the settings */
void site__look_for_owner(struct site_home *home); /* one that the command line made is no setting */

/* ---- setting.c ---- */

MUST problem setting__follow(struct site_home *home); /* begins to look for what other processes changed */
void setting__stop(struct site_home *home);

/* ---- store ---- */

struct setting_row {
	int64_t version, changed_ms;
	struct text value;
};
MUST problem site__newest(struct tx *tx, const char *name, struct setting_row *ret); /* problem_not_found */
/* setting_changed unless `version` is the newest. */
MUST problem site__add_version(struct tx *tx, const char *name, int64_t version, struct text value, struct user_id by);
struct secret_row {
	int64_t id, version, expires_ms, changed_ms;
	struct text name, sealed, hint;
};
MUST problem site__secret(struct tx *tx, struct text name, struct secret_row *ret); /* secret_missing */
void site__put_secret(struct tx *tx, const struct secret_row *row, struct user_id by);
MUST problem site__known(struct tx *tx, struct known_name **ret, size_t *ret_count); /* of all groups and secrets, by name */
void site__set_token(struct tx *tx, struct text hash);
struct text site__token(struct tx *tx); /* hash; absent: none */
void site__drop_token(struct tx *tx);

extern const struct route site_routes[];

#endif
