/* recommend_room.h - between the files of this room only. */
#ifndef RECOMMEND_RECOMMEND_ROOM_H
#define RECOMMEND_RECOMMEND_ROOM_H

#include "account/privacy.h"
#include "crypto/crypto.h"
#include "event/event.h"
#include "learning/learning.h"
#include "order/order.h"
#include "recommend/recommend.h"
#include "search/search.h"

/* Another number whenever what follows from the same facts may be another list. */
#define REC_POLICY "2026-11-rules-1"

enum { REC_LIST = 6, REC_OF_ONE_CREATOR = 2, REC_CANDIDATES = 200, REC_BUYERS_LEAST = 3, REC_PAIRS_KEPT = 20 };

#define REC_REASONS(X) \
	X(BOUGHT, "bought_together") X(SIMILAR, "similar") X(PICKED, "picked") X(POPULAR, "popular") \
	X(LIKE_OWNED, "like_owned") X(LIKE_SEEN, "like_seen") X(BOUGHT_LIKE, "bought_like_you")
#define X_REC_REASON(id, name) REC_##id,
enum rec_reason { REC_REASON_NONE, REC_REASONS(X_REC_REASON) REC_REASON_COUNT };
#undef X_REC_REASON
extern const char *const rec_reason_names[];

/* ---- the pure part: candidates in, a list out ---- */

struct rec_share {                /* one ground for one work */
	int64_t work, because;    /* because: the work that it follows from; 0: none */
	enum rec_reason reason;
	double weight;
};
struct rec_candidate {
	int64_t work, because;
	enum rec_reason reason;   /* of its greatest share, so that the reason named is the one that counts most */
	double score, greatest;   /* score: the sum of all its shares */
};
struct rec_candidates {
	struct rec_candidate items[REC_CANDIDATES];
	size_t count;
};
void rec__add(struct rec_candidates *to, struct rec_share share); /* beyond REC_CANDIDATES works: not */
void rec__sort(struct rec_candidates *of);                         /* the greatest score first */

/* ---- stored ---- */

struct rec_pair {
	int64_t work, other, buyers, lift;
};
MUST problem rec__pairs(struct tx *tx, int64_t work, size_t most, struct rec_pair **ret, size_t *ret_count); /* by lift */
void rec__store_pair(struct tx *tx, const struct rec_pair *pair, int64_t made_ms);
int64_t rec__drop_pairs_before(struct tx *tx, int64_t made_ms); /* some; how many */
MUST problem rec__is_personal(struct tx *tx, struct user_id user, bool *ret);
void rec__set_personal(struct tx *tx, struct user_id user, bool personal);
MUST problem rec__hidden(struct tx *tx, struct user_id user, int64_t **ret, size_t *ret_count); /* the newest 500 */
void rec__hide(struct tx *tx, struct user_id user, int64_t work);
void rec__show_again(struct tx *tx, struct user_id user, int64_t work);

struct rec_impression {
	int64_t id, work, at_ms;
	const char *place;
	bool personal;
	char items[600];
};
void rec__insert_impression(struct tx *tx, const struct rec_impression *impression);
int64_t rec__drop_impressions_before(struct tx *tx, int64_t at_ms);

/* Notes in the background that the list was shown; the same list of a day once. */
void rec__log(struct serve *serve, const struct rec_impression *impression);

#define REC_JOB_PAIRS "recommend.pairs"
extern const struct job_kind rec_jobs[];
extern const struct route rec_routes[];

#endif
