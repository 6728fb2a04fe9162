/* share_room.h - between the files of this room only. */
#ifndef SHARE_SHARE_ROOM_H
#define SHARE_SHARE_ROOM_H

#include "share/share.h"

enum { SHARE_CODE_LENGTH = 8, SHARE_NAME_MAX = 40, SHARE_SOURCES_MAX = 1000, SHARE_COOKIE_S = 30 * 24 * 3600 };

struct link {
	int64_t id;
	struct text code;
	struct user_id user;       /* who shares, or who made the source; 0: forgotten */
	struct text name;          /* of a source of the shop; absent: a learner's link */
	struct work_id work;       /* 0: home */
	struct creator_id creator; /* of the work; 0: home */
	int64_t created_ms, visits;
};

/* ---- rules ---- */

/* A learner's link to a work, or to the home page: made when it is asked for first. Only what anybody may look at is shared. */
MUST problem share__own(struct tx *tx, struct user_id user, struct work_id work, struct link *ret);
/* A source of the shop, with a name. */
MUST problem share__add(struct tx *tx, const struct link *draft, struct link *ret);
/* Somebody came by it: counted once a browser and day. */
void share__count(struct tx *tx, const struct link *link, struct text visitor);
/* The page that it leads to. */
MUST problem share__target(struct tx *tx, const struct link *link, struct text *ret);

/* The cookie: "CODE.VISITOR". False: it is not one of ours. */
struct share_cookie {
	struct text code, visitor;
};
bool share__read_cookie(struct text cookie, struct share_cookie *ret);

/* ---- store ---- */

MUST problem share__by_code(struct tx *tx, struct text code, struct link *ret); /* share_missing */
MUST problem share__find_own(struct tx *tx, struct user_id user, struct work_id work, struct link *ret);
MUST problem share__insert(struct tx *tx, const struct link *link);
int64_t share__source_count(struct tx *tx, struct user_id user);
bool share__see(struct tx *tx, int64_t day, struct text mark); /* false: seen before */
void share__add_visit(struct tx *tx, int64_t link, int64_t day);
/* Named ones, and those that somebody came by; newest first. creator 0: all. */
struct share_query {
	struct creator_id creator;
	int64_t before; /* 0: from the newest */
};
MUST problem share__list(struct tx *tx, const struct share_query *query, size_t most, struct link **ret, size_t *ret_count);

struct text share__address(struct request *rq, struct text code); /* of a link, as it is sent around */

/* ---- pictures ---- */

extern const struct shape share_poster_asks, share_card_asks;
MUST problem share__work_poster(struct request *rq);
MUST problem share__home_poster(struct request *rq);
MUST problem share__work_card(struct request *rq);
MUST problem share__home_card(struct request *rq);
MUST problem share__serve_code(struct request *rq);

extern const struct route share_routes[];

#endif
