/* insight_room.h - between the files of this room only. Days are Beijing days since 1970; money is fen. */
#ifndef INSIGHT_INSIGHT_ROOM_H
#define INSIGHT_INSIGHT_ROOM_H

#include "catalog/catalog.h"
#include "event/event.h"
#include "insight/insight.h"
#include "order/order.h"

enum { NUMBERS_DAYS_MAX = 365, NUMBERS_WORKS = 20, NUMBERS_LEARNERS = 200, NUMBERS_WORDS = 20, WORDS_LEAST = 3 };

/* Whose numbers, and of which days. creator 0: the whole shop's. */
struct scope {
	int64_t creator, first_day, last_day, from_ms, to_ms; /* from_ms up to, not including, to_ms */
};
struct scope insight__scope(int64_t creator, int64_t days, int64_t now_ms); /* the last so many days, today included */

struct day_numbers {
	int64_t day, at_ms, visits, orders, paid;
	struct money revenue, refunded;
};
extern const struct shape day_numbers_shape;
/* One row a day, from the first; those without anything too. */
MUST problem insight__days(struct tx *tx, const struct scope *scope, struct day_numbers **ret, size_t *ret_count);

struct work_numbers {
	int64_t work;
	struct text title, url;
	int64_t visits, orders, paid, learners, finished; /* learners: who may learn it now; finished: of these, who finished all lessons */
	struct money revenue, refunded;
};
extern const struct shape work_numbers_shape;
MUST problem insight__works(struct tx *tx, const struct scope *scope, struct work_numbers **ret, size_t *ret_count); /* the best sold */

/* Bundles by themselves, the best sold: what they brought is in the rows of their works too. Nobody learns a bundle. */
struct bundle_numbers {
	int64_t work;
	struct text title, url;
	int64_t visits, orders, paid;
	struct money revenue, refunded;
};
extern const struct shape bundle_numbers_shape;
MUST problem insight__bundles(struct tx *tx, const struct scope *scope, struct bundle_numbers **ret, size_t *ret_count);

struct source_numbers {
	int64_t source;    /* 0: none */
	struct text name;  /* absent: a learner's link, or none */
	int64_t orders, paid;
	struct money revenue;
};
extern const struct shape source_numbers_shape;
MUST problem insight__sources(struct tx *tx, const struct scope *scope, struct source_numbers **ret, size_t *ret_count);

struct word_numbers {
	struct text words;
	int64_t count;
};
extern const struct shape word_numbers_shape;
MUST problem insight__words(struct tx *tx, const struct scope *scope, struct word_numbers **ret, size_t *ret_count);

struct funnel {
	int64_t visits, looked, checkouts, orders, paid, refunds, lost; /* lost: events that could not be kept */
	struct money revenue, refunded;
};
extern const struct shape funnel_shape;
MUST problem insight__funnel(struct tx *tx, const struct scope *scope, const struct day_numbers *days, struct funnel *ret); /* days: of the same scope */

struct lesson_numbers {
	struct text key, title;
	int64_t begun, finished;
};
extern const struct shape lesson_numbers_shape;
MUST problem insight__lessons(struct tx *tx, struct work_id work, struct lesson_numbers **ret, size_t *ret_count);
struct learner_numbers {
	struct text name;
	int64_t begun, finished, latest_ms; /* lessons; latest_ms 0: not begun */
};
extern const struct shape learner_numbers_shape;
MUST problem insight__learners(struct tx *tx, struct work_id work, struct learner_numbers **ret, size_t *ret_count);
int64_t insight__learner_count(struct tx *tx, struct work_id work);

extern const struct route insight_routes[];

#endif
