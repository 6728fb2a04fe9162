/* event.h - what was looked at, looked for and done: append only, kept without names, a thing told twice is one.
 *
 * A visitor who is not signed in is known by a hash that nobody can make again tomorrow; whoever is signed in may say no, and then
 * nothing is kept. A browser that asks not to be tracked is not. Keeping costs a request nothing: a bounded queue in memory, a
 * thread that writes, and a count of what was lost. */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include "account/privacy.h"
#include "catalog/catalog.h"
#include "serve/serve.h"

#define EVENT_KINDS(X) \
	X(VIEW, "view") X(SEARCH, "search") X(CLICK, "click") X(CHECKOUT, "checkout") X(BUY, "buy") X(PROGRESS, "progress")
#define X_EVENT_KIND(id, name) EVENT_##id,
enum event_kind { EVENT_KIND_NONE, EVENT_KINDS(X_EVENT_KIND) EVENT_KIND_COUNT };
#undef X_EVENT_KIND
extern const char *const event_kind_names[];

enum { EVENT_DAY_MS = 24 * 3600 * 1000 };
int64_t event_day(int64_t at_ms); /* of Beijing, since 1970 */

/* Works that this person looked at, chose or went to pay for, each once, the latest first. This is reading a profile: whoever
 * switched personal recommendations off must not be asked about. */
MUST problem event_seen(struct tx *tx, struct user_id user, size_t most, int64_t **ret, size_t *ret_count);

/* Jobs, for the table of news: an order was paid; a lesson was finished. */
#define EVENT_JOB_BUY      "event-buy"
#define EVENT_JOB_PROGRESS "event-progress"

extern const struct privacy_part event_privacy;
extern const struct module event_module;

#endif
