/* app_room.h - between the files of this room only. */
#ifndef APP_APP_ROOM_H
#define APP_APP_ROOM_H

#include "app/app.h"

MUST problem app__open_db(const struct config *config, struct world *world, struct db **ret); /* as app_open_db, but not migrated */

extern const struct job_kind app_jobs[];
extern const struct agreement_source app_agreements; /* of account: from the owner's legal pages */

/* ---- guard ---- */

#define GUARDS(X) \
	X(mode_unknown, "mode-unknown", "The mode is sandbox or production.") \
	X(begun_as_sandbox, "begun-as-sandbox", \
	  "This database was begun as a sandbox and stays one: set mode = sandbox, or begin anew with another data folder and database.") \
	X(begun_as_production, "begun-as-production", \
	  "This database was begun in production and stays there: set mode = production, or begin anew with another data folder and database.") \
	X(notify_not_https, "notify-not-https", \
	  "In production the channel notifies by https: set origin (or payment.notify_base) to the public address, as https://example.com.") \
	X(notify_not_public, "notify-not-public", \
	  "In production the channel notifies a host that the world can look up: set origin (or payment.notify_base) to a public name.") \
	X(gateway_not_real, "gateway-not-real", "In production wechat.base is not set, or https and one of WeChat Pay's own hosts.") \
	X(sandbox_merchant, "sandbox-merchant", "In production the merchant is a real one: wechat.mchid is of the payment sandbox.") \
	X(sandbox_key, "sandbox-key", "In production the keys are real ones: wechat.key_file or wechat.platform_key_file is of the payment sandbox.") \
	X(gateway_elsewhere, "gateway-elsewhere", "A sandbox pays by a gateway on this machine: set wechat.base to it, or mode = production.") \
	X(real_merchant, "real-merchant", \
	  "A sandbox has the merchant and the key that zhifang-sandbox made: use the file it writes (of an old one: remove its folder).") \
	X(notify_elsewhere, "notify-elsewhere", \
	  "A sandbox is notified by plain http on this machine alone: set payment.notify_base to http://127.0.0.1:PORT, or use https.")
#define X_GUARD(name, type, title) extern const struct problem guard_##name;
GUARDS(X_GUARD)
#undef X_GUARD

/* Before serving. The first time it also records the mode; nothing is recorded when anything is refused. */
MUST problem guard_check(const struct config *config, struct db *db, struct arena *arena);

/* ---- payers: who pays inside WeChat ---- */

extern const struct module payers_module;

/* ---- tls ---- */

struct http_redirect;
extern const struct module tls_module;
extern const struct problem redirect_without_tls;
void app__watch(struct serve *serve); /* the certificate, until SIGINT or SIGTERM; these and SIGHUP are blocked */
MUST problem app__redirect(const struct config *config, const struct serve *serve, struct http_redirect **ret); /* NULL: none is wanted */

/* ---- store ---- */

/* True the first time for this purchase; tx_problem is the caller's to look at. */
bool app__count_once(struct tx *tx, int64_t purchase);
const char *app__site_mode(struct tx *tx); /* NULL: not begun */
void app__begin_site(struct tx *tx, const char *mode); /* keeps what is there */

#endif
