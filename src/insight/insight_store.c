/* insight_store.c - the questions. This room alone reads the tables of others, and only reads: a question that spans rooms is asked in
 * one place, by their indexes, and no room has to keep counts for a page that it does not know. */
#include "insight/insight_room.h"

#include <assert.h>

/* purchases that were paid, whatever came back later */
#define PAID "p.state in ('PAID', 'PART_REFUNDED', 'REFUNDED')"
#define DAY_OF(column) "(" column " + 28800000) / 86400000"
#define OWN "($1 = 0 or exists (select 1 from purchase_item i where i.purchase_id = p.id and i.creator_id = $1))"

/* ---- by day ---- */

struct counted_day {
	int64_t day, count, amount;
};
static const struct shape counted_day_row = SHAPE(counted_day,
	FIELD(counted_day, day,    SHAPE_INT),
	FIELD(counted_day, count,  SHAPE_INT),
	FIELD(counted_day, amount, SHAPE_INT));

const struct shape day_numbers_shape = SHAPE(day_numbers,
	FIELD(day_numbers, day,      SHAPE_INT),
	FIELD(day_numbers, at_ms,    SHAPE_TIME),
	FIELD(day_numbers, visits,   SHAPE_INT),
	FIELD(day_numbers, orders,   SHAPE_INT),
	FIELD(day_numbers, paid,     SHAPE_INT),
	FIELD(day_numbers, revenue,  SHAPE_MONEY),
	FIELD(day_numbers, refunded, SHAPE_MONEY));

struct filling {
	struct day_numbers *days;
	int64_t first_day;
	size_t count;
	enum { FILL_VISITS = 1, FILL_ORDERS, FILL_PAID, FILL_REVENUE, FILL_REFUNDED } what;
};

static problem fill_day(void *arg, const void *row)
{
	const struct counted_day *d = row;
	struct filling *f = arg;
	int64_t i = d->day - f->first_day;

	if (i < 0 || i >= (int64_t)f->count)
		return NULL;
	switch (f->what) {
	case FILL_VISITS:
		f->days[i].visits = d->count;
		break;
	case FILL_ORDERS:
		f->days[i].orders = d->count;
		break;
	case FILL_PAID:
		f->days[i].paid = d->count;
		break;
	case FILL_REVENUE:
		f->days[i].revenue.fen = d->amount;
		break;
	case FILL_REFUNDED:
		f->days[i].refunded.fen = d->amount;
		break;
	}
	return NULL;
}

/* What the buyers paid; a creator's: his share, as the book has it. */
static problem fill_revenue(struct tx *tx, const struct scope *s, struct filling *f)
{
	f->what = FILL_REVENUE;
	if (s->creator)
		return read_each(tx, &counted_day_row, fill_day, f,
		                 "select " DAY_OF("j.at_ms") " as day, count(*), -sum(t.amount) from account a join posting t on t.account_id = a.id"
		                 " join journal j on j.id = t.journal_id where a.code = 'L10' and a.owner = $1 and j.kind in ('paid', 'granted')"
		                 " and j.at_ms >= $2 and j.at_ms < $3 group by " DAY_OF("j.at_ms"),
		                 V(s->creator, s->from_ms, s->to_ms));
	return read_each(tx, &counted_day_row, fill_day, f,
	                 "select " DAY_OF("p.paid_ms") " as day, count(*), sum(p.total) from purchase p where " PAID
	                 " and p.paid_ms >= $1 and p.paid_ms < $2 group by " DAY_OF("p.paid_ms"),
	                 V(s->from_ms, s->to_ms));
}

static problem fill_orders(struct tx *tx, const struct scope *s, struct filling *f)
{
	problem why;

	f->what = FILL_ORDERS;
	why = read_each(tx, &counted_day_row, fill_day, f,
	                "select " DAY_OF("p.created_ms") " as day, count(*), sum(p.total) from purchase p where p.created_ms >= $2 and p.created_ms < $3"
	                " and " OWN " group by " DAY_OF("p.created_ms"),
	                V(s->creator, s->from_ms, s->to_ms));
	f->what = FILL_PAID;
	if (!why)
		why = read_each(tx, &counted_day_row, fill_day, f,
		                "select " DAY_OF("p.paid_ms") " as day, count(*), sum(p.total) from purchase p where " PAID " and p.paid_ms >= $2"
		                " and p.paid_ms < $3 and " OWN " group by " DAY_OF("p.paid_ms"),
		                V(s->creator, s->from_ms, s->to_ms));
	f->what = FILL_REFUNDED;
	if (!why)
		why = read_each(tx, &counted_day_row, fill_day, f,
		                "select " DAY_OF("r.decided_ms") " as day, count(*), sum(r.amount) from purchase_refund r join purchase p on p.id = r.purchase_id"
		                " where r.state in ('APPROVED', 'SUCCEEDED') and r.decided_ms >= $2 and r.decided_ms < $3 and " OWN
		                " group by " DAY_OF("r.decided_ms"),
		                V(s->creator, s->from_ms, s->to_ms));
	return why;
}

static problem fill_visits(struct tx *tx, const struct scope *s, struct filling *f)
{
	f->what = FILL_VISITS;
	if (!s->creator)
		return read_each(tx, &counted_day_row, fill_day, f,
		                 "select day, people, count from event_daily where work_id = 0 and kind = 'view' and day between $1 and $2",
		                 V(s->first_day, s->last_day));
	return read_each(tx, &counted_day_row, fill_day, f,
	                 "select d.day, sum(d.people), sum(d.count) from work w join event_daily d on d.work_id = w.id where w.creator_id = $1"
	                 " and d.kind = 'view' and d.day between $2 and $3 group by d.day",
	                 V(s->creator, s->first_day, s->last_day));
}

problem insight__days(struct tx *tx, const struct scope *s, struct day_numbers **ret, size_t *ret_count)
{
	struct filling f = { .first_day = s->first_day, .count = (size_t)(s->last_day - s->first_day + 1) };
	problem why;

	assert(s->last_day >= s->first_day && f.count <= NUMBERS_DAYS_MAX);
	f.days = ARENA_ARRAY(tx_arena(tx), struct day_numbers, f.count);
	for (size_t i = 0; i < f.count; i++)
		f.days[i] = (struct day_numbers){ .day = s->first_day + (int64_t)i, .at_ms = s->from_ms + (int64_t)i * EVENT_DAY_MS };
	why = fill_visits(tx, s, &f);
	if (!why)
		why = fill_orders(tx, s, &f);
	if (!why)
		why = fill_revenue(tx, s, &f);
	*ret = f.days;
	*ret_count = f.count;
	return why;
}

/* ---- the funnel: of the orders that were placed in these days, how many were paid by now ---- */

const struct shape funnel_shape = SHAPE(funnel,
	FIELD(funnel, visits,    SHAPE_INT,   .says = "people of each day, added up; a creator's: of each work"),
	FIELD(funnel, looked,    SHAPE_INT,   .says = "people who looked at a work, of each day and work"),
	FIELD(funnel, checkouts, SHAPE_INT),
	FIELD(funnel, orders,    SHAPE_INT,   .says = "placed in these days"),
	FIELD(funnel, paid,      SHAPE_INT,   .says = "of these, paid by now"),
	FIELD(funnel, refunds,   SHAPE_INT,   .says = "approved in these days"),
	FIELD(funnel, revenue,   SHAPE_MONEY, .says = "received in these days; a creator's: his share"),
	FIELD(funnel, refunded,  SHAPE_MONEY),
	FIELD(funnel, lost,      SHAPE_INT,   .says = "events that could not be kept"));

static int64_t people(struct tx *tx, const struct scope *s, const char *kind)
{
	if (!s->creator)
		return read_int(tx, 0, "select sum(people) from event_daily where kind = $1 and day between $2 and $3 and work_id <> 0",
		                V(kind, s->first_day, s->last_day));
	return read_int(tx, 0,
	                "select sum(d.people) from event_daily d join work w on w.id = d.work_id where d.kind = $1 and d.day between $2 and $3"
	                " and w.creator_id = $4",
	                V(kind, s->first_day, s->last_day, s->creator));
}

static const struct problem nothing_counted = { 500, "nothing-counted", "A count has no row." };

struct pair_of {
	int64_t first, second;
};
static const struct shape pair_of_row = SHAPE(pair_of, FIELD(pair_of, first, SHAPE_INT), FIELD(pair_of, second, SHAPE_INT));

problem insight__funnel(struct tx *tx, const struct scope *s, const struct day_numbers *days, struct funnel *ret)
{
	struct pair_of placed = { 0 }, back = { 0 };
	problem why;

	*ret = (struct funnel){ .looked = people(tx, s, "view"), .checkouts = people(tx, s, "checkout") };
	for (int64_t i = 0; i <= s->last_day - s->first_day; i++) {
		ret->visits += days[i].visits;
		ret->revenue.fen += days[i].revenue.fen;
		ret->refunded.fen += days[i].refunded.fen;
	}
	why = read_one(tx, &nothing_counted, &pair_of_row, &placed,
	               "select count(*), coalesce(sum(case when " PAID " then 1 else 0 end), 0) from purchase p where p.created_ms >= $2"
	               " and p.created_ms < $3 and " OWN,
	               V(s->creator, s->from_ms, s->to_ms));
	if (!why)
		why = read_one(tx, &nothing_counted, &pair_of_row, &back,
		               "select count(*), coalesce(sum(r.amount), 0) from purchase_refund r join purchase p on p.id = r.purchase_id where r.state in"
		               " ('APPROVED', 'SUCCEEDED') and r.decided_ms >= $2 and r.decided_ms < $3 and " OWN,
		               V(s->creator, s->from_ms, s->to_ms));
	ret->orders = placed.first;
	ret->paid = placed.second;
	ret->refunds = back.first;
	ret->lost = read_int(tx, 0, "select sum(count) from event_loss where day between $1 and $2", V(s->first_day, s->last_day));
	return why ? why : tx_problem(tx);
}

/* ---- works ---- */

const struct shape work_numbers_shape = SHAPE(work_numbers,
	FIELD(work_numbers, work,     SHAPE_INT),
	FIELD(work_numbers, orders,   SHAPE_INT),
	FIELD(work_numbers, paid,     SHAPE_INT),
	FIELD(work_numbers, revenue,  SHAPE_MONEY),
	FIELD(work_numbers, refunded, SHAPE_MONEY),
	FIELD(work_numbers, visits,   SHAPE_INT),
	FIELD(work_numbers, learners, SHAPE_INT, .says = "who may learn it now"),
	FIELD(work_numbers, finished, SHAPE_INT, .says = "of these, who finished all lessons"),
	FIELD(work_numbers, title,    SHAPE_TEXT),
	FIELD(work_numbers, url,      SHAPE_TEXT));
static const struct shape sold_row = SHAPE_AS("work_sold", work_numbers,
	FIELD(work_numbers, work,    SHAPE_INT),
	FIELD(work_numbers, orders,  SHAPE_INT),
	FIELD(work_numbers, paid,    SHAPE_INT),
	FIELD(work_numbers, revenue, SHAPE_MONEY));

#define LIVE "e.from_ms <= $2 and (e.until_ms is null or e.until_ms > $2) and e.revoked_ms is null"

int64_t insight__learner_count(struct tx *tx, struct work_id work)
{
	return read_int(tx, 0, "select count(distinct e.user_id) from entitlement e where e.work_id = $1 and " LIVE, V(work.v, tx_now_ms(tx)));
}

static int64_t finished_by(struct tx *tx, struct work_id work, int64_t lessons)
{
	return read_int(tx, 0,
	                "select count(*) from (select g.user_id from progress g where g.work_id = $1 and g.done = 1 and exists (select 1 from entitlement e"
	                " where e.user_id = g.user_id and e.work_id = $1 and " LIVE ") group by g.user_id having count(*) >= $3) f",
	                V(work.v, tx_now_ms(tx), lessons));
}

static problem complete_work(struct tx *tx, const struct scope *s, struct work_numbers *w)
{
	struct work_card card;
	problem why = work_by_id(tx, (struct work_id){ w->work }, &card);

	if (why)
		return why;
	w->title = card.title;
	w->url = card.url;
	w->visits = read_int(tx, 0, "select sum(people) from event_daily where work_id = $1 and kind = 'view' and day between $2 and $3",
	                     V(w->work, s->first_day, s->last_day));
	w->refunded.fen = read_int(tx, 0,
	                           "select sum(case when p.total = 0 then 0 else r.amount * i.amount / p.total end) from purchase_part i"
	                           " join purchase p on p.id = i.purchase_id join purchase_refund r on r.purchase_id = i.purchase_id where i.work_id = $1"
	                           " and r.state in ('APPROVED', 'SUCCEEDED') and r.decided_ms >= $2 and r.decided_ms < $3",
	                           V(w->work, s->from_ms, s->to_ms));
	w->learners = insight__learner_count(tx, card.id);
	w->finished = card.lesson_count ? finished_by(tx, card.id, card.lesson_count) : 0;
	return tx_problem(tx);
}

/* As it stands in days: what was paid; a creator's share, of what was paid and of what the shop bore of a coupon. What was paid for a
 * bundle is counted with its works, as the order allocates it; so is what was given back, to the fen below. */
#define BASE "(i.amount + i.shop)"
#define REST "(1000 - p.commission_permille)"
#define WORK_REVENUE \
	"case when $1 = 0 then i.amount else " BASE " / 1000 * " REST " + " BASE " % 1000 * " REST " / 1000 end"

problem insight__works(struct tx *tx, const struct scope *s, struct work_numbers **ret, size_t *ret_count)
{
	problem why = read_all(tx, &sold_row, NUMBERS_WORKS, (void **)ret, ret_count,
	                       "select i.work_id, count(*), sum(case when " PAID " then 1 else 0 end) as paid,"
	                       " sum(case when " PAID " then " WORK_REVENUE " else 0 end) as revenue from purchase p join purchase_part i on i.purchase_id = p.id"
	                       " where p.created_ms >= $2 and p.created_ms < $3 and " OWN " group by i.work_id"
	                       " order by revenue desc, paid desc, i.work_id limit $4",
	                       V(s->creator, s->from_ms, s->to_ms, (int64_t)NUMBERS_WORKS));

	for (size_t i = 0; !why && i < *ret_count; i++)
		why = complete_work(tx, s, &(*ret)[i]);
	return why;
}

/* ---- bundles ---- */

const struct shape bundle_numbers_shape = SHAPE(bundle_numbers,
	FIELD(bundle_numbers, work,     SHAPE_INT),
	FIELD(bundle_numbers, orders,   SHAPE_INT),
	FIELD(bundle_numbers, paid,     SHAPE_INT),
	FIELD(bundle_numbers, revenue,  SHAPE_MONEY, .says = "in the rows of its works, too"),
	FIELD(bundle_numbers, refunded, SHAPE_MONEY),
	FIELD(bundle_numbers, visits,   SHAPE_INT),
	FIELD(bundle_numbers, title,    SHAPE_TEXT),
	FIELD(bundle_numbers, url,      SHAPE_TEXT));
static const struct shape bundle_sold_row = SHAPE_AS("bundle_sold", bundle_numbers,
	FIELD(bundle_numbers, work,    SHAPE_INT),
	FIELD(bundle_numbers, orders,  SHAPE_INT),
	FIELD(bundle_numbers, paid,    SHAPE_INT),
	FIELD(bundle_numbers, revenue, SHAPE_MONEY));

#define ORDER_BASE "(p.total + i.coupon_shop)"
#define ORDER_REVENUE \
	"case when $1 = 0 then p.total else " ORDER_BASE " / 1000 * " REST " + " ORDER_BASE " % 1000 * " REST " / 1000 end"

static problem complete_bundle(struct tx *tx, const struct scope *s, struct bundle_numbers *b)
{
	struct work_card card;
	problem why = work_by_id(tx, (struct work_id){ b->work }, &card);

	if (why)
		return why;
	b->title = card.title;
	b->url = card.url;
	b->visits = read_int(tx, 0, "select sum(people) from event_daily where work_id = $1 and kind = 'view' and day between $2 and $3",
	                     V(b->work, s->first_day, s->last_day));
	b->refunded.fen = read_int(tx, 0,
	                           "select sum(r.amount) from purchase_item i join purchase_refund r on r.purchase_id = i.purchase_id where i.work_id = $1"
	                           " and r.state in ('APPROVED', 'SUCCEEDED') and r.decided_ms >= $2 and r.decided_ms < $3",
	                           V(b->work, s->from_ms, s->to_ms));
	return tx_problem(tx);
}

problem insight__bundles(struct tx *tx, const struct scope *s, struct bundle_numbers **ret, size_t *ret_count)
{
	problem why = read_all(tx, &bundle_sold_row, NUMBERS_WORKS, (void **)ret, ret_count,
	                       "select i.work_id, count(*), sum(case when " PAID " then 1 else 0 end) as paid,"
	                       " sum(case when " PAID " then " ORDER_REVENUE " else 0 end) as revenue from purchase p join purchase_item i on i.purchase_id = p.id"
	                       " join work w on w.id = i.work_id where w.kind = 'bundle' and p.created_ms >= $2 and p.created_ms < $3 and " OWN " group by i.work_id"
	                       " order by revenue desc, paid desc, i.work_id limit $4",
	                       V(s->creator, s->from_ms, s->to_ms, (int64_t)NUMBERS_WORKS));

	for (size_t i = 0; !why && i < *ret_count; i++)
		why = complete_bundle(tx, s, &(*ret)[i]);
	return why;
}

/* ---- sources, words ---- */

const struct shape source_numbers_shape = SHAPE(source_numbers,
	FIELD(source_numbers, source,  SHAPE_INT, .says = "0: none is known"),
	FIELD(source_numbers, name,    SHAPE_TEXT, .optional = true, .says = "absent: a learner's link"),
	FIELD(source_numbers, orders,  SHAPE_INT),
	FIELD(source_numbers, paid,    SHAPE_INT),
	FIELD(source_numbers, revenue, SHAPE_MONEY));

problem insight__sources(struct tx *tx, const struct scope *s, struct source_numbers **ret, size_t *ret_count)
{
	return read_all(tx, &source_numbers_shape, NUMBERS_WORKS, (void **)ret, ret_count,
	                "select coalesce(p.source_id, 0) as source, max(l.name), count(*), sum(case when " PAID " then 1 else 0 end),"
	                " sum(case when " PAID " then p.total else 0 end) as revenue from purchase p left join share_link l on l.id = p.source_id"
	                " where p.created_ms >= $2 and p.created_ms < $3 and " OWN " group by coalesce(p.source_id, 0)"
	                " order by revenue desc, source limit $4",
	                V(s->creator, s->from_ms, s->to_ms, (int64_t)NUMBERS_WORKS));
}

const struct shape word_numbers_shape = SHAPE(word_numbers,
	FIELD(word_numbers, words, SHAPE_TEXT),
	FIELD(word_numbers, count, SHAPE_INT));

problem insight__words(struct tx *tx, const struct scope *s, struct word_numbers **ret, size_t *ret_count)
{
	return read_all(tx, &word_numbers_shape, NUMBERS_WORDS, (void **)ret, ret_count,
	                "select detail, count(*) as n from event where kind = 'search' and day between $1 and $2 group by detail having count(*) >= $3"
	                " order by n desc, detail limit $4",
	                V(s->first_day, s->last_day, (int64_t)WORDS_LEAST, (int64_t)NUMBERS_WORDS));
}

/* ---- a work's lessons and learners ---- */

const struct shape lesson_numbers_shape = SHAPE(lesson_numbers,
	FIELD(lesson_numbers, key,      SHAPE_TEXT),
	FIELD(lesson_numbers, begun,    SHAPE_INT),
	FIELD(lesson_numbers, finished, SHAPE_INT),
	FIELD(lesson_numbers, title,    SHAPE_TEXT));
static const struct shape lesson_row = SHAPE_AS("lesson_counted", lesson_numbers,
	FIELD(lesson_numbers, key,      SHAPE_TEXT),
	FIELD(lesson_numbers, begun,    SHAPE_INT),
	FIELD(lesson_numbers, finished, SHAPE_INT));

problem insight__lessons(struct tx *tx, struct work_id work, struct lesson_numbers **ret, size_t *ret_count)
{
	return read_all(tx, &lesson_row, WORK_LESSONS_MAX, (void **)ret, ret_count,
	                "select g.lesson_key, count(*), sum(g.done) from progress g where g.work_id = $1 and exists (select 1 from entitlement e where"
	                " e.user_id = g.user_id and e.work_id = $1 and " LIVE ") group by g.lesson_key order by g.lesson_key limit 2000",
	                V(work.v, tx_now_ms(tx)));
}

const struct shape learner_numbers_shape = SHAPE(learner_numbers,
	FIELD(learner_numbers, name,      SHAPE_TEXT),
	FIELD(learner_numbers, begun,     SHAPE_INT),
	FIELD(learner_numbers, finished,  SHAPE_INT),
	FIELD(learner_numbers, latest_ms, SHAPE_TIME));

problem insight__learners(struct tx *tx, struct work_id work, struct learner_numbers **ret, size_t *ret_count)
{
	return read_all(tx, &learner_numbers_shape, NUMBERS_LEARNERS, (void **)ret, ret_count,
	                "select u.name, count(g.lesson_key), coalesce(sum(g.done), 0), coalesce(max(g.changed_ms), 0) as latest from"
	                " (select distinct e.user_id from entitlement e where e.work_id = $1 and " LIVE ") o join user_account u on u.id = o.user_id"
	                " left join progress g on g.user_id = o.user_id and g.work_id = $1 group by u.id, u.name order by latest desc, u.id limit $3",
	                V(work.v, tx_now_ms(tx), (int64_t)NUMBERS_LEARNERS));
}
