/* talk.h - what people say about a work: questions at a lesson and second with their answers, notes for oneself, reviews by who studied
 * enough, and what is done about a post that was reported. Access is asked of entitlements (order) and of learning alone. */
#ifndef TALK_TALK_H
#define TALK_TALK_H

#include "learning/learning.h"

enum {
	TALK_REVIEW_STUDIED = 20, /* percent of a work, before it is reviewed */
	TALK_RATED_FROM = 3,      /* reviews, before an average is told */
	TALK_HELD_FROM = 3,       /* independent reports, before a post is held until somebody looks */
};

/* Whose access stands is asked anew, and the sums of a work's stars are made from its reviews. */
MUST problem talk_recount(struct tx *tx, struct work_id work);
/* Listens to news whose payload names a {"work"}: of refunds, of access that was given or taken back. */
#define TALK_JOB_RECOUNT "talk-recount"

/* The kept sums against the reviews, and each review against the access of its writer; names the first that disagrees. */
struct talk_report {
	int64_t reviews;
	bool sound;
	struct text first_wrong;
};
MUST problem talk_verify(struct db *db, struct arena *arena, struct talk_report *ret);

extern const struct work_part talk_reviews_part; /* of a work's page: catalog_know_part */
extern const struct privacy_part talk_privacy;
extern const struct module talk_module, note_module, review_module, report_module; /* questions; notes; reviews; reports and staff */

#endif
