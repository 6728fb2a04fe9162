/* report_room.h - posts that were reported, and who decides; between the files of this room only. */
#ifndef TALK_REPORT_ROOM_H
#define TALK_REPORT_ROOM_H

#include "talk/review_room.h"

#define REPORT_REASONS(X) X(SPAM, "spam") X(ABUSE, "abuse") X(ILLEGAL, "illegal") X(OFF_TOPIC, "off_topic") X(OTHER, "other")
#define X_REPORT_REASON(id, name) REPORT_##id,
enum report_reason { REPORT_REASON_NONE, REPORT_REASONS(X_REPORT_REASON) REPORT_REASON_COUNT };
#undef X_REPORT_REASON
extern const char *const report_reason_names[];

enum { REPORT_WORDS_MAX = 500, REPORTS_A_DAY = 20, REPORTS_SHOWN_MAX = 50, QUEUE_MAX = 50 };

struct report {
	int64_t id, post;
	struct user_id user;
	int reason;               /* enum report_reason */
	struct text words;
	bool independent;
	int64_t created_ms;
};

extern const struct problem report_twice;    /* 409 */
extern const struct problem report_own;      /* 409 */
extern const struct problem report_settled;  /* 409: somebody else has decided */
extern const struct problem decides_own;     /* 409: not about what was said of one's own work */

void report__insert(struct tx *tx, const struct report *report);
bool report__made(struct tx *tx, int64_t post, struct user_id user);
int64_t report__count_since(struct tx *tx, struct user_id user, int64_t since_ms);
int64_t report__count_independent(struct tx *tx, int64_t post); /* of those that wait */
/* That wait, oldest first, behind `after`: REPORTS_SHOWN_MAX at most. */
MUST problem report__of_post(struct tx *tx, int64_t post, int64_t after, struct report **ret, size_t *ret_count);
int64_t report__settle(struct tx *tx, int64_t post); /* how many waited */
/* What waited about the review that this person took away is about the new one that he writes in its place. */
void report__carry(struct tx *tx, const struct post *review);
/* By enough people: it is held until somebody has looked, and who wrote it is told. */
MUST problem report__hold_if_enough(struct tx *tx, struct post *post);
/* Posts with reports that wait, those that are held first, then by how many; or (hidden) those that were hidden, newest first. */
MUST problem report__queue(struct tx *tx, bool hidden, struct post **ret, size_t *ret_count);
int64_t report__count_queue(struct tx *tx);

extern const struct route report_routes[];

#endif
