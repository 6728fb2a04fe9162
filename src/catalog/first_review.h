/* first_review.h - a creator's work is looked at before it is published for the first time; between the files of this room only. */
#ifndef CATALOG_FIRST_REVIEW_H
#define CATALOG_FIRST_REVIEW_H

#include "catalog/studio.h"

enum { REVIEW_REASON_MAX = 1000, WAITING_MAX = 200 };

struct waiting_work {
	struct work_id id;
	struct text title, language, author;
	int kind;                 /* enum work_kind */
	struct money price;
	int64_t lessons, since_ms;
	bool own;                 /* of who asks */
	struct user_id user;      /* the creator's account */
};

void review__asked(struct tx *tx, struct work_id work); /* its creator sent it in */
void review__sent_back(struct tx *tx, struct work_id work, struct user_id by, struct text reason);
struct text review__reason(struct tx *tx, struct work_id work); /* why it was sent back; absent: it was not, or was sent in again */
MUST problem review__waiting(struct tx *tx, struct waiting_work **ret, size_t *ret_count); /* the longest first */

#endif
