/* discount.c - a price that holds for some days: planned, begun, ended. Search and lists read the price of the work; the news that
 * goes out with each change refreshes whoever keeps it. */
#include "catalog/discount.h"

#include <assert.h>

#include "audit/audit.h"
#include "catalog/studio.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)
enum { LOWEST_DAYS = 30, DISCOUNT_DAYS_MAX = 90 };

const struct problem discount_running = { 409, "discount-running", "The ordinary price stands while a discount holds; end it first." };
static const struct problem discount_not_lower = { 422, "discount-not-lower", "The price must be above nothing and below the ordinary one." };
static const struct problem discount_days = { 422, "discount-days", "It must end ahead of now, after it begins, and hold for 90 days at most." };

static void add_job(struct tx *tx, struct work_id id, int64_t at_ms)
{
	job_add(tx, "price-settle", arena_format(tx_arena(tx), "%lld-%lld", (long long)id.v, (long long)at_ms),
	        arena_format(tx_arena(tx), "{\"work\":%lld}", (long long)id.v), at_ms);
}

static problem begin(struct tx *tx, struct work_id id, const struct discount *d)
{
	discount__begin(tx, id, d, discount__lowest_since(tx, id, tx_now_ms(tx) - LOWEST_DAYS * DAY_MS));
	return catalog__tell(tx, id, (struct user_id){ 0 }, "discount-begun");
}

static problem stop(struct tx *tx, const struct work_card *card, struct user_id by)
{
	discount__remove(tx, card->id);
	if (!card->discounted)
		return tx_problem(tx);
	discount__stop(tx, card->id);
	return catalog__tell(tx, card->id, by, "discount-ended");
}

problem work_price_settle(struct tx *tx, struct work_id id)
{
	struct discount d;
	struct work_card card;
	problem why;

	if (!discount__load(tx, id, &d))
		return tx_problem(tx);
	why = work_by_id(tx, id, &card);
	if (why)
		return why;
	if (tx_now_ms(tx) >= d.until_ms)
		return stop(tx, &card, (struct user_id){ 0 });
	if (card.discounted || tx_now_ms(tx) < d.from_ms)
		return NULL;
	return d.price.fen < card.price.fen ? begin(tx, id, &d) : stop(tx, &card, (struct user_id){ 0 }); /* the ordinary price has fallen below it */
}

problem discount__set(struct tx *tx, const struct work_card *card, const struct discount *wanted, struct user_id by)
{
	struct money ordinary = card->discounted ? card->list_price : card->price;
	struct discount d = *wanted;
	problem why;

	d.from_ms = d.from_ms > tx_now_ms(tx) ? d.from_ms : tx_now_ms(tx);
	if (d.price.fen < 1 || d.price.fen >= ordinary.fen)
		return &discount_not_lower;
	if (d.until_ms <= d.from_ms || d.until_ms - d.from_ms > DISCOUNT_DAYS_MAX * DAY_MS)
		return &discount_days;
	why = stop(tx, card, by);
	if (why)
		return why;
	discount__save(tx, card->id, &d);
	add_job(tx, card->id, d.from_ms);
	add_job(tx, card->id, d.until_ms);
	audit_add(tx, by, "discount-set", "work", card->id.v, arena_format(tx_arena(tx), "{\"price\":%lld}", (long long)d.price.fen));
	return work_price_settle(tx, card->id);
}

problem discount__end(struct tx *tx, const struct work_card *card, struct user_id by) { return stop(tx, card, by); }

problem discount__view(struct tx *tx, const struct work_card *card, struct discount_view *ret)
{
	struct discount d = { .from_ms = 0 };

	if (!discount__load(tx, card->id, &d))
		d = (struct discount){ 0 };
	*ret = (struct discount_view){ .price = d.price, .ordinary = card->discounted ? card->list_price : card->price, .from_ms = d.from_ms,
	                               .until_ms = d.until_ms, .running = card->discounted };
	return tx_problem(tx);
}

/* ---- the job ---- */

static problem settle_now(struct tx *tx, void *arg)
{
	const struct work_id *id = arg;

	return work_price_settle(tx, *id);
}

static problem run_settle(struct job *job)
{
	struct work_id id;
	json_t *payload;
	problem why = json_read(job->arena, job->payload, &payload);

	if (why)
		return why;
	id.v = json_get_int(payload, "work", 0);
	return db_write(job->db, settle_now, &id);
}

static const struct job_kind jobs[] = { { .kind = "price-settle", .run = run_settle }, { 0 } };

/* ---- routes ---- */

static const struct shape discount_shape = SHAPE(discount,
	FIELD(discount, price,    SHAPE_MONEY, .min = 1, .max = 100000000),
	FIELD(discount, from_ms,  SHAPE_TIME, .optional = true, .says = "absent: now"),
	FIELD(discount, until_ms, SHAPE_TIME));
static const struct shape view_shape = SHAPE(discount_view,
	FIELD(discount_view, price,    SHAPE_MONEY, .says = "0: there is none"),
	FIELD(discount_view, ordinary, SHAPE_MONEY),
	FIELD(discount_view, from_ms,  SHAPE_TIME),
	FIELD(discount_view, until_ms, SHAPE_TIME),
	FIELD(discount_view, running,  SHAPE_BOOL));

static problem own_work(struct request *rq, struct work_card *ret)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	return why ? why : studio__own(rq->tx, (struct work_id){ id }, &rq->who, ret);
}

static problem reply_view(struct request *rq, struct work_id id)
{
	struct discount_view view;
	struct work_card card;
	problem why = work_by_id(rq->tx, id, &card);

	if (!why)
		why = discount__view(rq->tx, &card, &view);
	return why ? why : reply(rq, 200, &view_shape, &view);
}

static problem serve_discount(struct request *rq)
{
	struct work_card card;
	problem why = own_work(rq, &card);

	return why ? why : reply_view(rq, card.id);
}

static problem set_discount(struct request *rq)
{
	struct work_card card;
	problem why = own_work(rq, &card);

	if (!why)
		why = discount__set(rq->tx, &card, rq->body, rq->who.id);
	return why ? why : reply_view(rq, card.id);
}

static problem end_discount(struct request *rq)
{
	struct work_card card;
	problem why = own_work(rq, &card);

	if (!why)
		why = discount__end(rq->tx, &card, rq->who.id);
	return why ? why : reply_view(rq, card.id);
}

static const struct route routes[] = {
	{ GET, "/api/studio/works/{id}/discount", serve_discount, READS, .who = CREATOR | ADMIN, .gives = &view_shape, .says = "A price for some days" },
	{ PUT, "/api/studio/works/{id}/discount", set_discount, WRITES, .who = CREATOR | ADMIN, .takes = &discount_shape, .gives = &view_shape,
	  .says = "Ask for less for some days; it begins and ends by itself" },
	{ DELETE, "/api/studio/works/{id}/discount", end_discount, WRITES, .who = CREATOR | ADMIN, .gives = &view_shape, .says = "End it, or do not begin it" },
	{ 0 },
};

const struct module discount_module = { .name = "discount", .routes = routes, .jobs = jobs };
