/* setting.h - what the owner sets while the site runs: groups of values, each with a shape, a version and its past; and secrets,
 * sealed at rest and never shown again.
 *
 * A room that has settings says a group (its shape, its defaults) and reads it where it needs it. Whoever keeps something in
 * memory that a group decides watches it: he is called in every process, at once where it was changed, within two seconds
 * elsewhere. The configuration file and the environment stay below: a room takes from there what the group leaves empty. */
#ifndef SITE_SETTING_H
#define SITE_SETTING_H

#include "crypto/crypto.h"
#include "serve/serve.h"

extern const struct problem setting_changed; /* 409: somebody else changed it since it was read */
extern const struct problem secret_missing;  /* 404 */

struct setting_group {
	const char *name;           /* "site", "mail" */
	const struct shape *shape;
	const void *defaults;       /* a struct of the shape; NULL: zeroes */
};

/* The newest version into *ret (of the shape's size), the defaults where nothing was set; *ret_version 0 then (may be NULL).
 * Texts live in the transaction's arena. */
MUST problem setting_read(struct tx *tx, const struct setting_group *group, void *ret, int64_t *ret_version);
/* A new version, with an audit row. `version` is the one that was read: setting_changed when there is a newer one. */
MUST problem setting_write(struct tx *tx, const struct setting_group *group, const void *value, int64_t version, struct user_id by);

/* The two routes of a group, for a struct {int64_t version; VALUE} with this shape: what GET answers and PUT takes. */
struct setting_form {
	const struct setting_group *group;
	const struct shape *shape;  /* begins with the version */
	size_t value_at;
};
MUST problem setting_show(struct request *rq, const struct setting_form *form); /* READS */
MUST problem setting_take(struct request *rq, const struct setting_form *form); /* WORKS: rq->body is written; answers with the new version */

/* ---- secrets ---- */

struct secret {
	struct text name, hint;     /* "payment.wechat.key"; what may be shown of it */
	int64_t expires_ms, changed_ms; /* 0: never; 0: it is not there */
};
extern const struct shape secret_shape;
/* `bytes` absent: it is taken away. Writes an audit row that tells the hint. */
MUST problem secret_set(struct tx *tx, struct keyring *keyring, const struct secret *secret, struct text bytes, struct user_id by);
MUST problem secret_get(struct tx *tx, struct keyring *keyring, const char *name, struct text *ret); /* secret_missing */
MUST problem secret_about(struct tx *tx, const char *name, struct secret *ret); /* .changed_ms 0: none; no problem then */

/* ---- being told ---- */

/* Before serving (from a module's start). Called without a transaction, on a thread that may use the database, one at a time;
 * not for the values that hold at the start. "payment" is told of the group "payment" and of secrets "payment.…".
 * Whoever answers with a problem goes on with what he has, and is called again within two seconds, until there is none. */
void setting_watch(const struct serve *serve, const char *name, problem (*changed)(void *arg), void *arg);
/* After a request_write that changed settings or secrets, in the same handler (which is a WORKS one): from now on this process
 * goes by them. */
void setting_refresh(const struct serve *serve);

#endif
