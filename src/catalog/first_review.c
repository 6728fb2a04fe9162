/* first_review.c - the staff looks at a creator's work before its first publication: publishes it, or sends it back and says why. Nobody
 * but the owner decides about a work of his own. */
#include "catalog/first_review.h"

static const struct problem reviews_own = { 409, "review-own-work", "Somebody else looks at a work of yours." };

static const struct shape waiting_shape = SHAPE(waiting_work,
	FIELD(waiting_work, id,       SHAPE_ID),
	FIELD(waiting_work, title,    SHAPE_TEXT),
	FIELD(waiting_work, language, SHAPE_TEXT),
	FIELD(waiting_work, author,   SHAPE_TEXT),
	FIELD(waiting_work, kind,     SHAPE_ENUM, .names = work_kind_names),
	FIELD(waiting_work, price,    SHAPE_MONEY),
	FIELD(waiting_work, lessons,  SHAPE_INT),
	FIELD(waiting_work, since_ms, SHAPE_TIME, .says = "0: nobody knows"),
	FIELD(waiting_work, own,      SHAPE_BOOL, .says = "mine: somebody else decides"));
struct waiting_list {
	struct waiting_work *items;
	size_t item_count;
};
static const struct shape waiting_list_shape = SHAPE(waiting_list, LIST(waiting_list, items, item_count, &waiting_shape));

static bool is_own(const struct person *who, struct user_id creator) { return creator.v == who->id.v && !(who->roles & ADMIN); }

static problem serve_waiting(struct request *rq)
{
	struct waiting_list list = { 0 };
	problem why = review__waiting(rq->tx, &list.items, &list.item_count);

	for (size_t i = 0; !why && i < list.item_count; i++)
		list.items[i].own = is_own(&rq->who, list.items[i].user);
	return why ? why : reply(rq, 200, &waiting_list_shape, &list);
}

/* A work that waits; another one is none of theirs. */
static problem waiting_work(struct request *rq, struct work_card *ret)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = work_by_id(rq->tx, (struct work_id){ id }, ret);
	return !why && ret->state != WORK_IN_REVIEW ? &work_moved_on : why;
}

static problem look(struct request *rq)
{
	struct preview preview;
	struct work_card card;
	problem why = waiting_work(rq, &card);

	if (!why)
		why = studio__add_view(rq->tx, &card, &preview);
	return why ? why : reply(rq, 201, &preview_shape, &preview);
}

enum review_act { REVIEW_NONE, REVIEW_PUBLISH, REVIEW_SEND_BACK };
static const char *const act_names[] = { NULL, "publish", "send_back", NULL };

struct work_decision {
	int act;                  /* enum review_act */
	struct text reason;
};
static const struct shape work_decision_shape = SHAPE(work_decision,
	FIELD(work_decision, act,    SHAPE_ENUM, .names = act_names),
	FIELD(work_decision, reason, SHAPE_TEXT, .optional = true, .max = REVIEW_REASON_MAX, .says = "why it is sent back; the creator reads it"));

static problem decide(struct request *rq)
{
	const struct work_decision *decision = rq->body;
	struct text reason = text_trim(decision->reason);
	struct creator creator;
	struct work_card card;
	problem why = waiting_work(rq, &card);

	if (!why)
		why = creator_by_id(rq->tx, card.creator, &creator);
	if (!why && is_own(&rq->who, creator.user))
		why = &reviews_own;
	if (!why && decision->act == REVIEW_SEND_BACK && !reason.length)
		why = field_wrong(rq, TEXT("reason"), "too-short");
	if (!why)
		why = work_move(rq->tx, card.id, decision->act == REVIEW_PUBLISH ? WORK_PUBLISHED : WORK_DRAFT, &rq->who);
	if (why)
		return why;
	if (decision->act == REVIEW_SEND_BACK)
		review__sent_back(rq->tx, card.id, rq->who.id, reason);
	return reply_none(rq, 204);
}

static const struct route first_review_routes[] = {
	{ GET, "/api/staff/works", serve_waiting, READS, .who = MODERATOR | ADMIN, .gives = &waiting_list_shape, .says = "Works that wait for their first look" },
	{ POST, "/api/staff/works/{id}/preview", look, WRITES, .who = MODERATOR | ADMIN, .gives = &preview_shape,
	  .says = "An address where a work that waits can be looked at for two hours" },
	{ POST, "/api/staff/works/{id}/decision", decide, WRITES, .who = MODERATOR | ADMIN, .takes = &work_decision_shape,
	  .says = "Publish a work that waits, or send it back and say why" },
	{ 0 },
};

const struct module first_review_module = { .name = "first-review", .routes = first_review_routes };
