/* privacy_room.h - requests for one's data and for being forgotten; between the files of this room only. */
#ifndef ACCOUNT_PRIVACY_ROOM_H
#define ACCOUNT_PRIVACY_ROOM_H

#include "account/account_room.h"
#include "account/privacy.h"

extern const struct problem export_too_soon;  /* 429: one a day */
extern const struct problem export_missing;   /* 404 */
extern const struct problem export_gone;      /* 410: a day has passed */
extern const struct problem deletion_asked;   /* 409: it is under way already */
extern const struct problem deletion_missing; /* 404 */

#define DAY_MS             ((int64_t)24 * 3600 * 1000)
#define EXPORT_LIFE_MS     DAY_MS
#define EXPORT_TRIES_MAX   20
#define DELETION_WAIT_MS   (7 * DAY_MS)
#define JOB_EXPORT         "account.export"
#define JOB_EXPORT_EXPIRES "account.export-expires"
#define JOB_DELETE         "account.delete"

enum privacy_kind { PRIVACY_KIND_NONE, PRIVACY_EXPORT, PRIVACY_DELETION };
extern const char *const privacy_kinds[];

#define PRIVACY_STATES(X) \
	X(RECEIVED, "received") X(RUNNING, "running") X(DONE, "done") X(PART_HELD, "part_held") X(CANCELLED, "cancelled") X(REFUSED, "refused")
#define X_PRIVACY_STATE(id, name) PRIVACY_##id,
enum privacy_state { PRIVACY_STATE_NONE, PRIVACY_STATES(X_PRIVACY_STATE) PRIVACY_STATE_COUNT };
#undef X_PRIVACY_STATE
extern const char *const privacy_state_names[];

struct privacy_request {
	int64_t id;
	struct user_id user;
	int kind, state;
	int64_t received_ms, due_ms, done_ms, expires_ms, size;
	struct text reason;       /* the type of the problem that was in the way */
};

extern const struct privacy_part account_privacy;
const struct privacy_part *const *privacy_parts(const struct serve *serve);

/* ---- export ---- */

MUST problem export__ask(struct tx *tx, struct user_id user, struct privacy_request *ret);
MUST problem export__run(struct job *job);
MUST problem export__expire(struct job *job);
const char *export__path(struct arena *arena, struct text data_folder, int64_t id);
struct privacy_writer *writer_new(struct arena *arena, struct keyring *keyring);
void writer_free(struct privacy_writer *writer);
/* All tables as one ZIP at that path: all of it or none. */
MUST problem writer_save(struct privacy_writer *writer, const char *path, int64_t now_ms, int64_t *ret_size);

/* ---- deletion ---- */

problem deletion__refused(struct tx *tx, const struct serve *serve, struct user_id user); /* NULL: nothing is in the way */
MUST problem deletion__ask(struct tx *tx, const struct serve *serve, struct user_id user, int64_t session, struct privacy_request *ret);
MUST problem deletion__run(struct job *job);

/* ---- store ---- */

MUST problem privacy__list(struct tx *tx, struct user_id user, struct privacy_request **ret, size_t *ret_count); /* newest first, at most 20 */
MUST problem privacy__by_id(struct tx *tx, int64_t id, struct privacy_request *ret); /* export_missing */
MUST problem privacy__newest(struct tx *tx, struct user_id user, enum privacy_kind kind, struct privacy_request *ret); /* export_missing */
void privacy__insert(struct tx *tx, const struct privacy_request *request);
/* The one way to move: from -> to by the table, and only if it still stands there. */
MUST problem privacy__move(struct tx *tx, struct privacy_request *request, enum privacy_state to);
void privacy__set_result(struct tx *tx, const struct privacy_request *request);
MUST problem account__gather(struct tx *tx, struct user_id user, struct privacy_writer *writer);
MUST problem account__erase(struct tx *tx, struct user_id user, bool *ret_kept);

#endif
