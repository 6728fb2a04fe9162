/* review_store.c - SQL of reviews and of the sums that are kept of them. */
#include "talk/review_room.h"

#include <assert.h>

static const struct shape review_row = SHAPE(review,
	NAMED(review, "id",         post.id,         SHAPE_INT),
	NAMED(review, "kind",       post.kind,       SHAPE_ENUM, .names = post_kind_names),
	NAMED(review, "state",      post.state,      SHAPE_ENUM, .names = post_state_names),
	NAMED(review, "work",       post.work,       SHAPE_ID),
	NAMED(review, "creator",    post.creator,    SHAPE_ID),
	NAMED(review, "user",       post.user,       SHAPE_ID),
	NAMED(review, "mark",       post.mark,       SHAPE_ENUM, .names = post_mark_names),
	NAMED(review, "body",       post.body,       SHAPE_TEXT),
	NAMED(review, "created_ms", post.created_ms, SHAPE_TIME),
	NAMED(review, "edited_ms",  post.edited_ms,  SHAPE_TIME),
	NAMED(review, "rule",       post.rule,       SHAPE_TEXT),
	FIELD(review, stars,    SHAPE_INT),
	FIELD(review, edition,  SHAPE_INT),
	FIELD(review, source,   SHAPE_TEXT),
	FIELD(review, counted,  SHAPE_BOOL),
	FIELD(review, reply,    SHAPE_TEXT),
	FIELD(review, reply_ms, SHAPE_TIME));

#define COLUMNS \
	"select p.id, p.kind, p.state, p.work_id, p.creator_id, p.user_id, p.mark, p.body, p.created_ms, p.edited_ms, p.rule, r.stars, r.edition, r.source," \
	" r.counted, r.reply, r.reply_ms from review r join post p on p.id = r.post_id"

problem review__by_id(struct tx *tx, int64_t id, struct review *ret)
{
	return read_one(tx, &review_missing, &review_row, ret, COLUMNS " where r.post_id = $1", V(id));
}

problem review__own(struct tx *tx, struct work_id work, struct user_id user, struct review *ret)
{
	return read_one(tx, &review_missing, &review_row, ret, COLUMNS " where r.work_id = $1 and r.user_id = $2", V(work.v, user.v));
}

void review__insert(struct tx *tx, const struct review *r)
{
	post__insert(tx, &r->post);
	run(tx, "insert into review (post_id, work_id, user_id, stars, edition, source, counted, reply_ms) values ($1, $2, $3, $4, $5, $6, 1, 0)",
	    V(r->post.id, r->post.work.v, r->post.user.v, r->stars, r->edition, r->source));
}

void review__update(struct tx *tx, const struct review *r)
{
	post__set_body(tx, &r->post);
	run(tx, "update review set stars = $1, edition = $2, source = $3 where post_id = $4", V(r->stars, r->edition, r->source, r->post.id));
}

void review__set_reply(struct tx *tx, const struct review *r)
{
	run(tx, "update review set reply = $1, reply_ms = $2 where post_id = $3", V(r->reply, r->reply_ms, r->post.id));
}

/* The post stays as a row without text: reports and the audit chain name it. */
void review__delete(struct tx *tx, const struct review *r)
{
	run(tx, "delete from review where post_id = $1", V(r->post.id));
}

problem review__list(struct tx *tx, struct work_id work, int64_t after, struct review **ret, size_t *ret_count)
{
	return read_all(tx, &review_row, REVIEWS_ON_PAGE + 1, (void **)ret, ret_count,
	                COLUMNS " where r.work_id = $1 and p.state <> 'deleted' and p.id < $2 and p.body <> '' order by p.id desc limit $3",
	                V(work.v, after ? after : INT64_MAX, REVIEWS_ON_PAGE + 1));
}

#define REPLIED "case when r.reply is null then 0 else 1 end"
#define IN_INBOX " where p.creator_id = $1 and p.kind = 'review' and p.state = 'shown' and p.body <> ''"

problem review__inbox(struct tx *tx, struct creator_id creator, struct review_place after, struct review **ret, size_t *ret_count)
{
	return read_all(tx, &review_row, REVIEWS_ON_PAGE + 1, (void **)ret, ret_count,
	                COLUMNS IN_INBOX " and (" REPLIED " > $2 or (" REPLIED " = $2 and p.id < $3)) order by " REPLIED ", p.id desc limit $4",
	                V(creator.v, after.replied, after.id, REVIEWS_ON_PAGE + 1));
}

int64_t review__count_open(struct tx *tx, struct creator_id creator)
{
	return read_int(tx, 0, "select count(*) from review r join post p on p.id = r.post_id" IN_INBOX " and r.reply is null", V(creator.v));
}

static const struct shape rating_row = SHAPE(rating,
	NAMED(rating, "one",   of[0], SHAPE_INT),
	NAMED(rating, "two",   of[1], SHAPE_INT),
	NAMED(rating, "three", of[2], SHAPE_INT),
	NAMED(rating, "four",  of[3], SHAPE_INT),
	NAMED(rating, "five",  of[4], SHAPE_INT));

problem review__rating(struct tx *tx, struct work_id work, struct rating *ret)
{
	problem why = read_one(tx, &review_missing, &rating_row, ret, "select one, two, three, four, five from rating where work_id = $1", V(work.v));

	if (why != &review_missing)
		return why;
	*ret = (struct rating){ 0 };
	return NULL;
}

problem review__count(struct tx *tx, struct work_id work, struct rating *ret)
{
	return read_one(tx, &review_missing, &rating_row, ret,
	                "select count(*) filter (where r.stars = 1), count(*) filter (where r.stars = 2), count(*) filter (where r.stars = 3),"
	                " count(*) filter (where r.stars = 4), count(*) filter (where r.stars = 5) from review r join post p on p.id = r.post_id"
	                " where r.work_id = $1 and r.counted = 1 and p.state = 'shown'",
	                V(work.v));
}

struct taken_away {
	struct text rule;
};
static const struct shape taken_away_row = SHAPE(taken_away, FIELD(taken_away, rule, SHAPE_TEXT));

struct text review__hidden_by(struct tx *tx, struct work_id work, struct user_id user)
{
	struct taken_away last = { 0 };
	problem why = read_one(tx, &review_missing, &taken_away_row, &last,
	                       "select rule from post where user_id = $1 and kind = 'review' and work_id = $2 and state = 'deleted' order by id desc limit 1",
	                       V(user.v, work.v));

	return why ? (struct text){ 0 } : last.rule;
}

/* ---- what is kept beside the rows ---- */

struct checked {
	int64_t post;
	struct user_id user;
	bool counted;
};
static const struct shape checked_row = SHAPE(checked,
	FIELD(checked, post,    SHAPE_INT),
	FIELD(checked, user,    SHAPE_ID),
	FIELD(checked, counted, SHAPE_BOOL));

enum { REVIEWS_OF_WORK_MAX = 1000000 };

/* Stars of somebody who was forgotten go on counting: nobody can take his access back any more. */
static problem counts(struct tx *tx, struct work_id work, const struct checked *c, bool *ret)
{
	struct text source;
	problem why = c->user.v ? entitlement_source(tx, c->user, work, &source) : NULL;

	*ret = c->user.v ? source.at != NULL : c->counted;
	return why;
}

static problem reviews_of(struct tx *tx, struct work_id work, struct checked **ret, size_t *ret_count)
{
	return read_all(tx, &checked_row, REVIEWS_OF_WORK_MAX, (void **)ret, ret_count,
	                "select post_id, user_id, counted from review where work_id = $1 order by post_id limit $2", V(work.v, REVIEWS_OF_WORK_MAX));
}

static problem check(struct tx *tx, struct work_id work, const struct checked *c)
{
	bool yes;
	problem why = counts(tx, work, c, &yes);

	if (!why && yes != c->counted)
		run(tx, "update review set counted = $1 where post_id = $2", V(yes, c->post));
	return why;
}

problem review__recount(struct tx *tx, struct work_id work)
{
	struct checked *rows;
	size_t n;
	problem why = reviews_of(tx, work, &rows, &n);

	for (size_t i = 0; !why && i < n; i++)
		why = check(tx, work, &rows[i]);
	return why ? why : review__sum(tx, work);
}

problem review__recount_of(struct tx *tx, struct work_id work, struct user_id user)
{
	struct checked row;
	problem why = read_one(tx, &review_missing, &checked_row, &row, "select post_id, user_id, counted from review where work_id = $1 and user_id = $2",
	                       V(work.v, user.v));

	if (!why)
		why = check(tx, work, &row);
	else if (why == &review_missing)
		return NULL;
	return why ? why : review__sum(tx, work);
}

problem review__sum(struct tx *tx, struct work_id work)
{
	struct rating now;
	problem why = review__count(tx, work, &now);

	if (why)
		return why;
	run(tx,
	    "insert into rating (work_id, one, two, three, four, five) values ($1, $2, $3, $4, $5, $6) on conflict (work_id) do update set"
	    " one = excluded.one, two = excluded.two, three = excluded.three, four = excluded.four, five = excluded.five",
	    V(work.v, now.of[0], now.of[1], now.of[2], now.of[3], now.of[4]));
	return tx_problem(tx);
}

/* ---- is it as it should be? ---- */

struct rated {
	struct work_id work;
};
static const struct shape rated_row = SHAPE(rated, FIELD(rated, work, SHAPE_ID));

struct verifying {
	struct arena *arena;
	struct talk_report *report;
};

static void wrong(struct verifying *v, const char *what, struct work_id work)
{
	if (v->report->sound)
		v->report->first_wrong = arena_format(v->arena, "work %lld: %s", (long long)work.v, what);
	v->report->sound = false;
}

/* A change of access is told by news: until its job is done, a review may differ. */
static bool is_due(struct tx *tx, struct work_id work)
{
	return job_waits(tx, TALK_JOB_RECOUNT, arena_format(tx_arena(tx), "\"work\":%lld,", (long long)work.v)) ||
	       job_waits(tx, TALK_JOB_RECOUNT, arena_format(tx_arena(tx), "\"work\":%lld}", (long long)work.v));
}

static problem verify_work(struct tx *tx, struct verifying *v, struct work_id work)
{
	struct rating kept, now;
	struct checked *rows;
	bool yes;
	size_t n;
	problem why = review__rating(tx, work, &kept);

	if (!why)
		why = review__count(tx, work, &now);
	if (!why && memcmp(&kept, &now, sizeof now) != 0)
		wrong(v, "the rating is not that of its reviews", work);
	if (!why)
		why = reviews_of(tx, work, &rows, &n);
	for (size_t i = 0; !why && i < n; i++) {
		why = counts(tx, work, &rows[i], &yes);
		if (!why && yes != rows[i].counted && !is_due(tx, work))
			wrong(v, yes ? "a review is left out whose access stands" : "a review counts whose access was taken back", work);
		v->report->reviews++;
	}
	return why;
}

static problem verify(struct tx *tx, void *arg)
{
	enum { WORKS_MAX = 1000000 };
	struct verifying *v = arg;
	struct rated *works;
	size_t n;
	problem why = read_all(tx, &rated_row, WORKS_MAX, (void **)&works, &n,
	                       "select work_id from review union select work_id from rating order by 1 limit 1000000", V0);

	*v->report = (struct talk_report){ .sound = true };
	for (size_t i = 0; !why && i < n; i++)
		why = verify_work(tx, v, works[i].work);
	return why;
}

problem talk_verify(struct db *db, struct arena *arena, struct talk_report *ret)
{
	struct verifying v = { arena, ret };

	return db_read(db, verify, &v);
}
