/* learning.h - reading what one owns: lessons, progress that follows the person, quizzes that are marked. Access is asked of
 * entitlements alone; a lesson that is free may be read by anybody. */
#ifndef LEARNING_LEARNING_H
#define LEARNING_LEARNING_H

#include "media/media.h"
#include "order/order.h"
#include "serve/serve.h"

struct quiz_answer {
	int64_t *choice;
	size_t choice_count;
	struct text text;
	double number;
	enum given number_given;
};
/* Is it the right answer? Choices as sets; numbers within the tolerance; words without regard to ASCII case and blanks around. */
bool quiz_is_right(const struct quiz_item *item, const struct quiz_answer *answer);

extern const struct privacy_part learning_privacy;

/* Puts the edition that this person stays on, if they do, in the place of the newest, which the card names. */
MUST problem learning_edition(struct tx *tx, struct user_id user, struct work_card *card);

/* The share of the work's lessons that this person has finished, as he sees it himself: 0 to 100, rounded down. */
MUST problem learning_studied(struct tx *tx, struct user_id user, struct work_id work, int64_t *ret_percent);

/* What counts as studied when money is asked back, 0 to 100: of each lesson the larger of what the browser told and what was given out
 * (served.c has the rule); of the editions that this person may learn from, the one of which it is most. */
MUST problem learning_received(struct tx *tx, struct user_id user, struct work_id work, int64_t *ret_percent);
/* For media_know_served. */
MUST problem learning_served(struct tx *tx, const struct media_served *items, size_t n);

/* For media_know_ended: orders know it. */
MUST problem learning_ended(struct tx *tx, int64_t since_ms, struct media_ended **ret, size_t *ret_count);

/* Where this person stopped last, in a work that he owns and has not finished; lesson_missing: nowhere. */
struct learning_place {
	struct work_card work;
	struct text key, title; /* of the lesson */
	int64_t percent;
};
MUST problem learning_continue(struct tx *tx, struct user_id user, struct learning_place *ret);

/* A lesson was finished for the first time: subject = work, payload = {"work":…,"user":…,"lesson":"KEY"}. */
#define LEARNING_NEWS_DONE "lesson-done"

extern const struct module learning_module;

#endif
