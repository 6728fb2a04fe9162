/* notification.h - messages: what the site tells one person, in the site, by mail, by SMS, as that person chose.
 *
 * A message is written in the transaction of the fact that it tells of, and once: kind, subject and turn name the fact, and a handler
 * that runs again tells nobody twice. Letters go out of a job afterwards, to a login that was proven, where a channel is set up. */
#ifndef NOTIFY_NOTIFICATION_H
#define NOTIFY_NOTIFICATION_H

#include "base/money.h"
#include "serve/serve.h"

/* What people choose by: a line of the preferences. */
#define NOTIFICATION_TOPICS(X) \
	X(ANSWERS, "answers") X(QUESTIONS, "questions") X(DECISIONS, "decisions") X(ORDERS, "orders") X(SALES, "sales") \
	X(CHANGES, "changes") X(NEWS, "news") \
	X(SECURITY, "security")
#define X_TOPIC(id, name) TOPIC_##id,
enum notification_topic { TOPIC_NONE, NOTIFICATION_TOPICS(X_TOPIC) TOPIC_COUNT };
#undef X_TOPIC
extern const char *const notification_topic_names[];

/* Each has its words: notify.message.NAME of web/src/locales. */
#define NOTIFICATION_KINDS(X) \
	X(ANSWERED, "answered", ANSWERS) X(REPLIED, "replied", ANSWERS) \
	X(ASKED, "asked", QUESTIONS) X(REVIEWED, "reviewed", QUESTIONS) \
	X(POST_HELD, "post_held", DECISIONS) X(POST_HIDDEN, "post_hidden", DECISIONS) X(POST_SHOWN, "post_shown", DECISIONS) \
	X(REPORT_KEPT, "report_kept", DECISIONS) X(REPORT_HIDDEN, "report_hidden", DECISIONS) \
	X(PAID, "paid", ORDERS) X(GIVEN, "given", ORDERS) X(EXTENDED, "extended", ORDERS) X(REVOKED, "revoked", ORDERS) \
	X(REFUND_APPROVED, "refund_approved", ORDERS) X(REFUND_REJECTED, "refund_rejected", ORDERS) \
	X(REFUND_ARRIVED, "refund_arrived", ORDERS) X(REFUND_FAILED, "refund_failed", ORDERS) \
	X(SOLD, "sold", SALES) X(REFUND_ASKED, "refund_asked", SALES) \
	X(CHANGED, "changed", CHANGES) X(ANNOUNCED, "announced", NEWS) \
	X(SIGNED_IN, "signed_in", SECURITY) \
	X(LOGIN_ADDED, "login_added", SECURITY) X(LOGIN_REMOVED, "login_removed", SECURITY) X(PASSWORD_CHANGED, "password_changed", SECURITY) \
	X(VOUCHED_BOUND, "vouched_bound", SECURITY) X(VOUCHED_UNBOUND, "vouched_unbound", SECURITY)
#define X_KIND(id, name, topic) NOTIFICATION_##id,
enum notification_kind { NOTIFICATION_NONE, NOTIFICATION_KINDS(X_KIND) NOTIFICATION_KIND_COUNT };
#undef X_KIND
extern const char *const notification_kind_names[];

enum { NOTIFICATIONS_KEPT = 500 /* of a person, the newest */, NOTIFICATION_DAYS = 366 };

struct notification_draft {
	enum notification_kind kind;
	struct user_id whom, by;    /* nobody (id 0) and who was erased are told nothing, nor is anybody of what he did himself */
	int64_t subject, turn;      /* of which thing; and which time, where the same may come to be again: else 0 */
	struct text title;          /* {title} of the words: a work's */
	struct money amount;        /* {amount} */
	struct text note;           /* what somebody wrote with it: a reason; stands below the words; may be absent */
	struct text url;            /* where it leads: a path of ours */
};
/* In the transaction of the fact; what goes wrong sticks to it. */
void notification_add(struct tx *tx, const struct notification_draft *draft);

extern const struct privacy_part notify_privacy;
extern const struct module notification_module; /* routes, and the jobs of letters and of what gets old; beside notify_module */

#endif
