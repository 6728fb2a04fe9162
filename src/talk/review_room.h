/* review_room.h - reviews; between the files of this room only. */
#ifndef TALK_REVIEW_ROOM_H
#define TALK_REVIEW_ROOM_H

#include "talk/post_view.h"

enum { REVIEW_MAX = 2000, REPLY_MAX = 2000, REVIEWS_ON_PAGE = 20 };

struct review {
	struct post post;
	int64_t stars, edition;
	struct text source;       /* how he came by the work */
	bool counted;
	struct text reply;        /* the creator's; absent: none */
	int64_t reply_ms;
};

/* Where a page of a creator's reviews begins: behind this one. Those without a reply stand first, then newest first. */
struct review_place {
	int64_t replied;          /* 0 or 1 */
	int64_t id;
};

/* How many reviews that count gave so many stars: [0] is one star. */
struct rating {
	int64_t of[5];
};
int64_t rating_count(const struct rating *rating);
/* Tenths of stars, rounded half up; 0 while there are fewer than TALK_RATED_FROM. */
int64_t rating_tenths(const struct rating *rating);

extern const struct problem review_missing;   /* 404 */
extern const struct problem review_too_early; /* 409: not enough was studied */
extern const struct problem review_own_work;  /* 409 */

MUST problem review__by_id(struct tx *tx, int64_t id, struct review *ret);
MUST problem review__own(struct tx *tx, struct work_id work, struct user_id user, struct review *ret);
void review__insert(struct tx *tx, const struct review *review);
void review__update(struct tx *tx, const struct review *review);
void review__set_reply(struct tx *tx, const struct review *review);
void review__delete(struct tx *tx, const struct review *review);
/* Those that are shown, and the tombstones of those that are not; newest first. */
MUST problem review__list(struct tx *tx, struct work_id work, int64_t after, struct review **ret, size_t *ret_count);
/* Those that are shown, of all works of a creator. */
MUST problem review__inbox(struct tx *tx, struct creator_id creator, struct review_place after, struct review **ret, size_t *ret_count);
int64_t review__count_open(struct tx *tx, struct creator_id creator); /* of those, without a reply */
MUST problem review__rating(struct tx *tx, struct work_id work, struct rating *ret); /* as it is kept */
MUST problem review__count(struct tx *tx, struct work_id work, struct rating *ret);  /* from the rows */
/* By which rule the last review of this person was hidden, if he took it away so; else absent. */
struct text review__hidden_by(struct tx *tx, struct work_id work, struct user_id user);
/* Once: also where it is seen only later, since it was held when it was written. */
MUST problem review__tell_creator(struct tx *tx, const struct post *review, const struct work_card *work);
MUST problem review__sum(struct tx *tx, struct work_id work); /* keeps the sums of the rows */
/* Whether each counts, or that of one person, is asked of order again; then the sums. */
MUST problem review__recount(struct tx *tx, struct work_id work);
MUST problem review__recount_of(struct tx *tx, struct work_id work, struct user_id user);

/* What people wrote, as HTML: paragraphs, line ends, links with http or https that search engines do not follow. */
struct text talk__html(struct arena *arena, struct text said);

extern const struct route review_routes[];

#endif
