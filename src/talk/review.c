/* review.c - reviews: who may write one, what it says of how its writer came by the work, the creator's reply; the list for everybody, and
 * the part of the work's page.
 *
 * Stars are counted from the rows: of reviews that are shown, and whose writer's access was not taken back. An average is told from
 * TALK_RATED_FROM reviews on, with how many there are and how they spread. */
#include "talk/report_room.h"

#include <assert.h>

enum { REVIEWS_IN_TEN_MINUTES = 5, REVIEW_CHANGE_MS = 5000 };

const struct problem review_missing = { 404, "review-missing", "There is no such review." };
const struct problem review_too_early = { 409, "review-too-early", "Study a fifth of the work first." };
const struct problem review_own_work = { 409, "review-own-work", "A work is not reviewed by who made it." };

int64_t rating_count(const struct rating *r) { return r->of[0] + r->of[1] + r->of[2] + r->of[3] + r->of[4]; }

int64_t rating_tenths(const struct rating *r)
{
	int64_t n = rating_count(r), sum = r->of[0] + 2 * r->of[1] + 3 * r->of[2] + 4 * r->of[3] + 5 * r->of[4];

	return n < TALK_RATED_FROM ? 0 : (sum * 20 / n + 1) / 2;
}

/* ---- a review as everybody sees it ---- */

struct review_view {
	int64_t stars, edition;
	struct post_view post;
	struct text source, reply;
	int64_t reply_ms;
	bool counted;
};
static const struct shape review_shape = SHAPE_AS("review", review_view,
	POST_FIELDS(review_view, post),
	FIELD(review_view, stars,    SHAPE_INT),
	FIELD(review_view, edition,  SHAPE_INT),
	FIELD(review_view, source,   SHAPE_TEXT, .says = "order: bought; redeem, gift, staff …: how the writer came by the work"),
	FIELD(review_view, counted,  SHAPE_BOOL, .says = "false: refunded or revoked, so the stars are left out"),
	FIELD(review_view, reply,    SHAPE_TEXT, .optional = true, .says = "the creator's"),
	FIELD(review_view, reply_ms, SHAPE_TIME));

static problem to_view(struct tx *tx, const struct person *who, const struct review *r, struct review_view *ret)
{
	*ret = (struct review_view){ .stars = r->stars, .edition = r->edition, .source = r->source, .counted = r->counted };
	if (r->post.state == POST_SHOWN) {
		ret->reply = r->reply;
		ret->reply_ms = r->reply_ms;
	}
	return post__view(tx, who, &r->post, &ret->post);
}

struct review_list {
	int64_t count, tenths;
	struct rating rating;
	int64_t *stars;
	size_t star_count;
	struct review_view *items;
	size_t item_count;
	struct text next;
};
static const struct shape review_list_shape = SHAPE(review_list,
	FIELD(review_list, count,  SHAPE_INT, .says = "reviews that count"),
	FIELD(review_list, tenths, SHAPE_INT, .says = "average in tenths of a star; 0: too few to say"),
	LIST_OF(review_list, stars, star_count, SHAPE_INT, .says = "how many of one star, two … five"),
	LIST(review_list, items, item_count, &review_shape),
	FIELD(review_list, next, SHAPE_TEXT, .optional = true));

static problem list_reviews(struct request *rq, struct work_id work, int64_t after, struct review_list *ret)
{
	struct review *rows;
	size_t n;
	problem why = review__rating(rq->tx, work, &ret->rating);

	if (!why)
		why = review__list(rq->tx, work, after, &rows, &n);
	if (why)
		return why;
	ret->count = rating_count(&ret->rating);
	ret->tenths = rating_tenths(&ret->rating);
	ret->stars = ret->rating.of;
	ret->star_count = 5;
	if (n > REVIEWS_ON_PAGE) {
		n = REVIEWS_ON_PAGE;
		ret->next = arena_format(rq->arena, "%lld", (long long)rows[n - 1].post.id);
	}
	ret->items = ARENA_ARRAY(rq->arena, struct review_view, n);
	for (; !why && ret->item_count < n; ret->item_count++)
		why = to_view(rq->tx, &rq->who, &rows[ret->item_count], &ret->items[ret->item_count]);
	return why;
}

static problem work_of(struct request *rq, struct work_card *ret)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	return why ? why : work_by_id(rq->tx, (struct work_id){ id }, ret);
}

struct reviews_asked {
	int64_t after;
};
static const struct shape reviews_asked_shape = SHAPE(reviews_asked, FIELD(reviews_asked, after, SHAPE_INT, .optional = true, .min = 1, .max = INT64_MAX));

static problem serve_reviews(struct request *rq)
{
	const struct reviews_asked *asked = rq->asked;
	struct review_list list = { 0 };
	struct work_card work;
	problem why = work_of(rq, &work);

	if (!why)
		why = work_visible(&work);
	if (!why)
		why = list_reviews(rq, work.id, asked->after, &list);
	return why ? why : reply(rq, 200, &review_list_shape, &list);
}

/* ---- one's own ---- */

struct own_review {
	struct work_card work;
	bool may;
	struct text why;
	int64_t studied, threshold;
	struct review_view review;
	enum given review_given;
};
static const struct shape own_review_shape = SHAPE(own_review,
	FIELD(own_review, work,      SHAPE_OBJECT, .of = &work_card_shape),
	FIELD(own_review, may,       SHAPE_BOOL),
	FIELD(own_review, why,       SHAPE_TEXT, .optional = true, .says = "why not: the type of a problem"),
	FIELD(own_review, studied,   SHAPE_INT, .says = "percent"),
	FIELD(own_review, threshold, SHAPE_INT),
	FIELD(own_review, review,    SHAPE_OBJECT, .of = &review_shape, .optional = true, .given_at = offsetof(struct own_review, review_given)));

/* *ret_source: how he came by the work. NULL: he may. */
static problem may_review(struct tx *tx, struct user_id user, const struct work_card *work, struct text *ret_source)
{
	struct creator creator;
	int64_t studied;
	problem why;

	if (!entitled(tx, user, work->id))
		return &lesson_locked;
	why = creator_by_user(tx, user, &creator);
	if (!why && creator.id.v == work->creator.v)
		return &review_own_work;
	if (why && why != &creator_missing)
		return why;
	why = learning_studied(tx, user, work->id, &studied);
	if (!why && studied < TALK_REVIEW_STUDIED)
		return &review_too_early;
	return why ? why : entitlement_source(tx, user, work->id, ret_source);
}

static problem serve_own(struct request *rq)
{
	struct own_review own = { .threshold = TALK_REVIEW_STUDIED };
	struct review review;
	struct text source;
	problem why = work_of(rq, &own.work), refused;

	if (!why)
		why = learning_studied(rq->tx, rq->who.id, own.work.id, &own.studied);
	if (why)
		return why;
	refused = may_review(rq->tx, rq->who.id, &own.work, &source);
	if (tx_problem(rq->tx))
		return tx_problem(rq->tx);
	own.may = !refused;
	own.why = refused ? text_of(refused->type) : (struct text){ 0 };
	why = review__own(rq->tx, own.work.id, rq->who.id, &review);
	own.review_given = why ? GIVEN_NOT : GIVEN_VALUE;
	if (!why)
		why = to_view(rq->tx, &rq->who, &review, &own.review);
	return why && why != &review_missing ? why : reply(rq, 200, &own_review_shape, &own);
}

struct review_draft {
	int64_t stars;
	struct text text;
};
static const struct shape review_draft_shape = SHAPE(review_draft,
	FIELD(review_draft, stars, SHAPE_INT, .min = 1, .max = 5),
	FIELD(review_draft, text,  SHAPE_TEXT, .min = 1, .max = REVIEW_MAX));

problem review__tell_creator(struct tx *tx, const struct post *review, const struct work_card *work)
{
	struct creator creator;
	problem why = creator_by_id(tx, work->creator, &creator);

	if (!why)
		notification_add(tx, &(struct notification_draft){ .kind = NOTIFICATION_REVIEWED, .subject = review->id, .whom = creator.user, .by = review->user,
		                                                   .title = work->title, .url = TEXT("/studio/inbox/reviews") });
	return why;
}

/* Taking a review away and writing another does not undo what was decided or asked about it: hidden stays hidden, held is held again. */
static problem go_on_from_last(struct tx *tx, struct review *r)
{
	r->post.rule = review__hidden_by(tx, r->post.work, r->post.user);
	if (r->post.rule.at)
		return post__move(tx, &r->post, POST_HIDDEN, (struct user_id){ 0 });
	report__carry(tx, &r->post);
	return report__hold_if_enough(tx, &r->post);
}

/* A new one, or other words and stars in place of the old ones; then it says that it was edited, and of which edition it speaks. */
static problem write_review(struct request *rq, const struct work_card *work, struct review *r, bool is_new)
{
	struct work_card mine = *work;
	struct work whole;
	problem why = learning_edition(rq->tx, rq->who.id, &mine);

	if (!why)
		why = work_load(rq->tx, &mine, &whole);
	if (why)
		return why;
	r->edition = whole.edition_number;
	if (is_new) {
		r->post = (struct post){ .id = tx_id(rq->tx), .kind = POST_REVIEW, .state = POST_SHOWN, .work = work->id, .creator = work->creator, .user = rq->who.id,
			                 .mark = POST_LEARNER, .body = r->post.body, .created_ms = tx_now_ms(rq->tx) };
		review__insert(rq->tx, r);
		why = go_on_from_last(rq->tx, r);
		if (!why && r->post.state == POST_SHOWN)
			why = review__tell_creator(rq->tx, &r->post, work);
	} else {
		r->post.edited_ms = tx_now_ms(rq->tx);
		review__update(rq->tx, r);
	}
	return why ? why : review__recount_of(rq->tx, work->id, rq->who.id);
}

static problem not_too_often(struct tx *tx, const struct review *r, bool is_new)
{
	if (is_new)
		return talk__not_too_much(tx, r->post.user, POST_REVIEW, REVIEWS_IN_TEN_MINUTES);
	return r->post.edited_ms && tx_now_ms(tx) < r->post.edited_ms + REVIEW_CHANGE_MS ? &talk_too_much : NULL;
}

static problem put_review(struct request *rq)
{
	const struct review_draft *draft = rq->body;
	struct work_card work;
	struct review review = { 0 };
	struct text source = { 0 };
	bool is_new;
	problem why = work_of(rq, &work);

	if (!why)
		why = may_review(rq->tx, rq->who.id, &work, &source);
	if (why)
		return why;
	why = review__own(rq->tx, work.id, rq->who.id, &review);
	is_new = why == &review_missing;
	if (is_new)
		review.post.user = rq->who.id;
	if (!why || is_new)
		why = not_too_often(rq->tx, &review, is_new);
	if (!why)
		why = talk__clean(rq, "text", draft->text, &review.post.body);
	if (why)
		return why;
	review.stars = draft->stars;
	review.source = source;
	why = write_review(rq, &work, &review, is_new);
	return why ? why : serve_own(rq);
}

static problem drop_review(struct request *rq)
{
	struct work_card work;
	struct review review;
	problem why = work_of(rq, &work);

	if (!why)
		why = review__own(rq->tx, work.id, rq->who.id, &review);
	if (!why)
		why = post__move(rq->tx, &review.post, POST_DELETED, rq->who.id);
	if (why)
		return why;
	review__delete(rq->tx, &review);
	why = review__sum(rq->tx, work.id);
	return why ? why : reply_none(rq, 204);
}

/* ---- the creator's reply ---- */

struct reply_draft {
	struct text text;
};
static const struct shape reply_draft_shape = SHAPE(reply_draft, FIELD(reply_draft, text, SHAPE_TEXT, .min = 1, .max = REPLY_MAX));

/* Of a work of his; anybody else's is not there. */
static problem reviewed_work(struct request *rq, struct review *ret)
{
	struct creator creator;
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = creator_by_user(rq->tx, rq->who.id, &creator);
	if (why)
		return why == &creator_missing ? &review_missing : why;
	why = review__by_id(rq->tx, id, ret);
	return !why && ret->post.creator.v != creator.id.v ? &review_missing : why;
}

static problem reply_view(struct request *rq, const struct review *review)
{
	struct review_view view;
	problem why = to_view(rq->tx, &rq->who, review, &view);

	return why ? why : reply(rq, 200, &review_shape, &view);
}

static problem put_reply(struct request *rq)
{
	const struct reply_draft *draft = rq->body;
	struct work_card work;
	struct review review;
	bool first;
	problem why = reviewed_work(rq, &review);

	if (!why)
		why = work_by_id(rq->tx, review.post.work, &work);
	if (why)
		return why;
	first = !review.reply.at;
	why = talk__clean(rq, "text", draft->text, &review.reply);
	if (why)
		return why;
	review.reply_ms = tx_now_ms(rq->tx);
	review__set_reply(rq->tx, &review);
	if (first)
		notification_add(rq->tx, &(struct notification_draft){ .kind = NOTIFICATION_REPLIED, .subject = review.post.id, .whom = review.post.user, .by = rq->who.id,
		                                                       .title = work.title, .url = arena_format(rq->arena, "%.*s#reviews", TEXT_ARG(work.url)) });
	return reply_view(rq, &review);
}

static problem drop_reply(struct request *rq)
{
	struct review review;
	problem why = reviewed_work(rq, &review);

	if (why)
		return why;
	review.reply = (struct text){ 0 };
	review.reply_ms = 0;
	review__set_reply(rq->tx, &review);
	return reply_view(rq, &review);
}

/* ---- all reviews of a creator's works, to reply to ---- */

struct review_inbox_asked {
	struct text after;
};
static const struct shape review_inbox_asked_shape = SHAPE(review_inbox_asked, FIELD(review_inbox_asked, after, SHAPE_TEXT, .optional = true, .max = 40));

struct review_inbox_item {
	struct review_view review;
	struct text work_title, work_url, work_language;
};
struct review_inbox {
	struct review_inbox_item *items;
	size_t item_count;
	int64_t open;
	struct text next;
};
static const struct shape review_inbox_item_shape = SHAPE(review_inbox_item,
	FIELD(review_inbox_item, review,        SHAPE_OBJECT, .of = &review_shape),
	FIELD(review_inbox_item, work_title,    SHAPE_TEXT),
	FIELD(review_inbox_item, work_url,      SHAPE_TEXT),
	FIELD(review_inbox_item, work_language, SHAPE_TEXT));
static const struct shape review_inbox_shape = SHAPE(review_inbox,
	LIST(review_inbox,  items, item_count, &review_inbox_item_shape),
	FIELD(review_inbox, open, SHAPE_INT, .says = "reviews without a reply, over all works"),
	FIELD(review_inbox, next, SHAPE_TEXT, .optional = true));

/* "REPLIED.ID", as a page before has told it. */
static bool read_place(struct text after, struct review_place *ret)
{
	struct text rest = after, replied = text_cut(&rest, '.');

	*ret = (struct review_place){ .id = INT64_MAX };
	if (!after.length)
		return true;
	return text_to_int(replied, &ret->replied) && (ret->replied == 0 || ret->replied == 1) && rest.at && text_to_int(rest, &ret->id);
}

static problem add_to_inbox(struct request *rq, const struct review *review, struct review_inbox_item *ret)
{
	struct work_card work;
	problem why = to_view(rq->tx, &rq->who, review, &ret->review);

	if (!why)
		why = work_by_id(rq->tx, review->post.work, &work);
	if (why)
		return why;
	ret->work_title = work.title;
	ret->work_url = work.url;
	ret->work_language = work.language;
	return NULL;
}

static problem list_inbox(struct request *rq, struct creator_id creator, struct review_place after, struct review_inbox *ret)
{
	struct review *rows;
	size_t n;
	problem why = review__inbox(rq->tx, creator, after, &rows, &n);

	if (why)
		return why;
	if (n > REVIEWS_ON_PAGE) {
		n = REVIEWS_ON_PAGE;
		ret->next = arena_format(rq->arena, "%d.%lld", rows[n - 1].reply.at ? 1 : 0, (long long)rows[n - 1].post.id);
	}
	ret->open = review__count_open(rq->tx, creator);
	ret->items = ARENA_ARRAY(rq->arena, struct review_inbox_item, n);
	for (; !why && ret->item_count < n; ret->item_count++)
		why = add_to_inbox(rq, &rows[ret->item_count], &ret->items[ret->item_count]);
	return why;
}

static problem serve_review_inbox(struct request *rq)
{
	const struct review_inbox_asked *asked = rq->asked;
	struct review_inbox inbox = { 0 };
	struct review_place after;
	struct creator creator;
	problem why = read_place(asked->after, &after) ? creator_by_user(rq->tx, rq->who.id, &creator) : &problem_malformed;

	if (!why)
		why = list_inbox(rq, creator.id, after, &inbox);
	return why && why != &creator_missing ? why : reply(rq, 200, &review_inbox_shape, &inbox);
}

/* ---- the part of the work's page ---- */

struct star_bar {
	int64_t stars, count, percent;
};
static const struct shape star_bar_shape = SHAPE(star_bar,
	FIELD(star_bar, stars,   SHAPE_INT),
	FIELD(star_bar, count,   SHAPE_INT),
	FIELD(star_bar, percent, SHAPE_INT));

struct shown_review {
	struct text name, drawn, source, html, reply_html, report_url;
	int64_t stars, edition, created_ms;
	bool gone, edited, given, redeemed, uncounted, nameless;
};
static const struct shape shown_review_shape = SHAPE(shown_review,
	FIELD(shown_review, name,       SHAPE_TEXT),
	FIELD(shown_review, drawn,      SHAPE_TEXT),
	FIELD(shown_review, stars,      SHAPE_INT),
	FIELD(shown_review, edition,    SHAPE_INT),
	FIELD(shown_review, created_ms, SHAPE_TIME),
	FIELD(shown_review, html,       SHAPE_HTML),
	FIELD(shown_review, reply_html, SHAPE_HTML, .optional = true),
	FIELD(shown_review, report_url, SHAPE_TEXT),
	FIELD(shown_review, gone,       SHAPE_BOOL),
	FIELD(shown_review, edited,     SHAPE_BOOL),
	FIELD(shown_review, given,      SHAPE_BOOL),
	FIELD(shown_review, redeemed,   SHAPE_BOOL),
	FIELD(shown_review, uncounted,  SHAPE_BOOL),
	FIELD(shown_review, nameless,   SHAPE_BOOL));

struct reviews_part {
	int64_t count, threshold, from;
	struct text average, write_url, author;
	struct star_bar bars[5], *bar_list;
	size_t bar_count;
	struct shown_review *items;
	size_t item_count;
	bool rated, some, more;
};
static const struct shape reviews_part_shape = SHAPE(reviews_part,
	FIELD(reviews_part, count,     SHAPE_INT),
	FIELD(reviews_part, threshold, SHAPE_INT),
	FIELD(reviews_part, from,      SHAPE_INT),
	FIELD(reviews_part, average,   SHAPE_TEXT),
	FIELD(reviews_part, write_url, SHAPE_TEXT),
	FIELD(reviews_part, author,    SHAPE_TEXT),
	NAMED(reviews_part, "bars", bar_list, SHAPE_LIST, .count_at = offsetof(struct reviews_part, bar_count), .of = &star_bar_shape),
	LIST(reviews_part,  items, item_count, &shown_review_shape),
	FIELD(reviews_part, rated,     SHAPE_BOOL),
	FIELD(reviews_part, some,      SHAPE_BOOL),
	FIELD(reviews_part, more,      SHAPE_BOOL));

/* Filled and hollow stars; what reads aloud is told the number. */
static struct text draw(int64_t stars)
{
	static const char all[] = "★★★★★☆☆☆☆☆";

	assert(stars >= 1 && stars <= 5);
	return (struct text){ all + 3 * (5 - stars), 15 };
}

static void show_review(struct request *rq, const struct review_view *v, struct shown_review *ret)
{
	*ret = (struct shown_review){
		.name = v->post.author.name, .nameless = !v->post.author.name.length, .drawn = draw(v->stars), .stars = v->stars, .edition = v->edition,
		.created_ms = v->post.created_ms, .gone = v->post.state != POST_SHOWN, .edited = v->post.edited_ms > 0,
		.redeemed = text_is(v->source, "redeem"), .given = !text_is(v->source, "order") && !text_is(v->source, "redeem"), .uncounted = !v->counted, .html = talk__html(rq->arena, v->post.body),
		.report_url = arena_format(rq->arena, "/me/report/%lld", (long long)v->post.id),
	};
	if (v->reply.at)
		ret->reply_html = talk__html(rq->arena, v->reply);
}

static void show_rating(struct request *rq, const struct review_list *list, struct reviews_part *part)
{
	part->count = list->count;
	part->rated = list->tenths > 0;
	part->average = arena_format(rq->arena, "%lld.%lld", (long long)list->tenths / 10, (long long)list->tenths % 10);
	part->bar_list = part->bars;
	part->bar_count = 5;
	for (int64_t i = 0; i < 5; i++) {
		int64_t n = list->rating.of[4 - i];

		part->bars[i] = (struct star_bar){ 5 - i, n, list->count ? n * 100 / list->count : 0 };
	}
}

static problem show_part(struct request *rq, const struct work_card *card, struct work_part_view *ret)
{
	struct review_list list = { 0 };
	struct reviews_part part = { .threshold = TALK_REVIEW_STUDIED, .from = TALK_RATED_FROM, .author = card->author.name };
	problem why;

	if (card->kind == WORK_BUNDLE)
		return NULL; /* each of its works has its own */
	why = list_reviews(rq, card->id, 0, &list);
	if (why)
		return why;
	show_rating(rq, &list, &part);
	part.write_url = arena_format(rq->arena, "/me/review/%lld", (long long)card->id.v);
	part.some = list.item_count > 0;
	part.more = list.next.at != NULL;
	part.items = ARENA_ARRAY(rq->arena, struct shown_review, list.item_count);
	for (; part.item_count < list.item_count; part.item_count++)
		show_review(rq, &list.items[part.item_count], &part.items[part.item_count]);
	if (part.rated)
		ret->json_ld = arena_format(rq->arena, "\"aggregateRating\":{\"@type\":\"AggregateRating\",\"ratingValue\":\"%.*s\",\"ratingCount\":%lld,"
		                                       "\"bestRating\":\"5\",\"worstRating\":\"1\"}", TEXT_ARG(part.average), (long long)list.count);
	return render_text(rq, rq->language, "talk/reviews", (struct view_body){ &reviews_part_shape, &part }, &ret->html);
}

/* ---- when somebody's access changes ---- */

problem talk_recount(struct tx *tx, struct work_id work) { return review__recount(tx, work); }

struct access_news {
	struct work_id work;
	struct user_id buyer;
};

static problem recount(struct tx *tx, void *arg)
{
	const struct access_news *a = arg;

	return a->buyer.v ? review__recount_of(tx, a->work, a->buyer) : talk_recount(tx, a->work);
}

static problem run_recount(struct job *job)
{
	json_t *news, *payload;
	struct access_news access;
	problem why = json_read(job->arena, job->payload, &news);

	if (why)
		return why;
	payload = json_object_get(news, "payload");
	access = (struct access_news){ { json_get_int(payload, "work", 0) }, { json_get_int(payload, "buyer", 0) } };
	return access.work.v ? db_write(job->db, recount, &access) : NULL;
}

static const struct job_kind review_jobs[] = { { .kind = TALK_JOB_RECOUNT, .run = run_recount }, { 0 } };

const struct work_part talk_reviews_part = { "reviews", show_part };

const struct route review_routes[] = {
	{ GET, "/api/works/{id}/reviews", serve_reviews, READS, .who = ANYBODY, .asks = &reviews_asked_shape, .gives = &review_list_shape,
	  .says = "What buyers who studied enough say of a work" },
	{ GET, "/api/works/{id}/review", serve_own, READS, .who = LEARNER, .gives = &own_review_shape, .says = "My review, and whether I may write one" },
	{ PUT, "/api/works/{id}/review", put_review, WRITES, .who = LEARNER, .takes = &review_draft_shape, .gives = &own_review_shape,
	  .says = "Review a work, or change my review" },
	{ DELETE, "/api/works/{id}/review", drop_review, WRITES, .who = LEARNER, .says = "Take my review away" },
	{ GET, "/api/studio/reviews", serve_review_inbox, READS, .who = CREATOR, .asks = &review_inbox_asked_shape, .gives = &review_inbox_shape,
	  .says = "Reviews of my works, those without a reply first" },
	{ PUT, "/api/reviews/{id}/reply", put_reply, WRITES, .who = CREATOR | ADMIN, .takes = &reply_draft_shape, .gives = &review_shape,
	  .says = "Reply to a review of a work of mine" },
	{ DELETE, "/api/reviews/{id}/reply", drop_reply, WRITES, .who = CREATOR | ADMIN, .gives = &review_shape, .says = "Take my reply away" },
	{ 0 },
};
const struct module review_module = { .name = "review", .routes = review_routes, .jobs = review_jobs };
