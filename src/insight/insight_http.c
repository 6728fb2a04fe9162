/* insight_http.c - the numbers as JSON and as files that a spreadsheet opens. A creator sees his own works alone, and learners by the
 * first character of their names. */
#include "insight/insight_room.h"

#include <time.h>

/* ---- whose, and when ---- */

struct days_query {
	int64_t days;
};
static const struct shape days_query_shape = SHAPE_AS("numbers_query", days_query,
	FIELD(days_query, days, SHAPE_INT, .optional = true, .min = 1, .max = NUMBERS_DAYS_MAX, .says = "the last so many Beijing days, today included"));
static const struct days_query days_default = { 30 };

static problem scope_of(struct request *rq, bool own, struct scope *ret)
{
	const struct days_query *query = rq->asked;
	struct creator creator = { 0 };
	problem why = own ? creator_by_user(rq->tx, rq->who.id, &creator) : NULL;

	if (!why)
		*ret = insight__scope(creator.id.v, query->days, tx_now_ms(rq->tx));
	return why;
}

/* ---- the page's numbers ---- */

struct numbers {
	int64_t from_ms, to_ms, now_ms, days_asked;
	struct funnel funnel;
	struct day_numbers *days;
	struct work_numbers *works;
	struct bundle_numbers *bundles;
	struct source_numbers *sources;
	struct word_numbers *words;
	size_t day_count, work_count, bundle_count, source_count, word_count;
};
static const struct shape numbers_shape = SHAPE(numbers,
	FIELD(numbers, from_ms, SHAPE_TIME),
	FIELD(numbers, to_ms,   SHAPE_TIME),
	FIELD(numbers, now_ms,  SHAPE_TIME),
	FIELD(numbers, funnel,  SHAPE_OBJECT, .of = &funnel_shape),
	LIST(numbers,  days,    day_count,    &day_numbers_shape),
	LIST(numbers,  works,   work_count,   &work_numbers_shape),
	LIST(numbers,  bundles, bundle_count, &bundle_numbers_shape),
	LIST(numbers,  sources, source_count, &source_numbers_shape),
	LIST(numbers,  words,   word_count,   &word_numbers_shape, .says = "searched at least three times; the whole shop's alone"));

static problem tell(struct request *rq, bool own)
{
	struct numbers n = { 0 };
	struct scope s;
	problem why = scope_of(rq, own, &s);

	if (why)
		return why;
	n.from_ms = s.from_ms;
	n.to_ms = s.to_ms;
	n.now_ms = tx_now_ms(rq->tx);
	why = insight__days(rq->tx, &s, &n.days, &n.day_count);
	if (!why)
		why = insight__funnel(rq->tx, &s, n.days, &n.funnel);
	if (!why)
		why = insight__works(rq->tx, &s, &n.works, &n.work_count);
	if (!why)
		why = insight__bundles(rq->tx, &s, &n.bundles, &n.bundle_count);
	if (!why)
		why = insight__sources(rq->tx, &s, &n.sources, &n.source_count);
	if (!why && !own)
		why = insight__words(rq->tx, &s, &n.words, &n.word_count);
	return why ? why : reply(rq, 200, &numbers_shape, &n);
}

static problem tell_shop(struct request *rq) { return tell(rq, false); }
static problem tell_own(struct request *rq) { return tell(rq, true); }

/* ---- files ---- */

/* A cell that a spreadsheet would run gets an apostrophe. */
static void cell(struct buffer *out, struct text t)
{
	bool runs = t.length && strchr("=+-@\t\r", t.at[0]);

	buffer_add(out, TEXT("\""));
	if (runs)
		buffer_add_char(out, '\'');
	for (size_t i = 0; i < t.length; i++) {
		if (t.at[i] == '"')
			buffer_add_char(out, '"');
		buffer_add_char(out, t.at[i] == '\n' || t.at[i] == '\r' ? ' ' : t.at[i]);
	}
	buffer_add(out, TEXT("\""));
}

static void money_cell(struct buffer *out, struct money money)
{
	char yuan[MONEY_TEXT_MAX];

	buffer_add_char(out, ',');
	buffer_add(out, money_to_yuan(money, yuan));
}

static void day_cell(struct buffer *out, int64_t at_ms)
{
	time_t seconds = (time_t)(at_ms / 1000 + 8 * 3600);
	struct tm day;
	char text[16];

	gmtime_r(&seconds, &day);
	strftime(text, sizeof text, "%Y-%m-%d", &day);
	buffer_add(out, text_of(text));
}

static void head(struct request *rq, struct buffer *out, const char *const *keys)
{
	buffer_add(out, TEXT("\xEF\xBB\xBF"));
	for (size_t i = 0; keys[i]; i++) {
		if (i)
			buffer_add_char(out, ',');
		cell(out, say(rq, arena_cstr(rq->arena, arena_format(rq->arena, "figures.%s", keys[i]))));
	}
	buffer_add(out, TEXT("\r\n"));
}

static problem reply_csv(struct request *rq, const char *name, const struct buffer *out)
{
	if (out->why)
		return out->why;
	reply_header(rq, "Content-Disposition", arena_format(rq->arena, "attachment; filename=\"%s.csv\"", name));
	return reply_bytes(rq, 200, TEXT("text/csv; charset=utf-8"), arena_text(rq->arena, buffer_text(out)));
}

static problem days_file(struct request *rq, bool own)
{
	static const char *const keys[] = { "day", "visits", "orders", "paid", "revenue", "refunded", NULL };
	CLEANUP(buffer_free) struct buffer out = BUFFER(1 << 20);
	struct day_numbers *days;
	struct scope s;
	size_t n;
	problem why = scope_of(rq, own, &s);

	if (!why)
		why = insight__days(rq->tx, &s, &days, &n);
	if (why)
		return why;
	head(rq, &out, keys);
	for (size_t i = 0; i < n; i++) {
		day_cell(&out, days[i].at_ms);
		buffer_format(&out, ",%lld,%lld,%lld", (long long)days[i].visits, (long long)days[i].orders, (long long)days[i].paid);
		money_cell(&out, days[i].revenue);
		money_cell(&out, days[i].refunded);
		buffer_add(&out, TEXT("\r\n"));
	}
	return reply_csv(rq, "days", &out);
}

static problem works_file(struct request *rq, bool own)
{
	static const char *const keys[] = { "work", "visits", "orders", "paid", "revenue", "refunded", "learners", "finished", NULL };
	CLEANUP(buffer_free) struct buffer out = BUFFER(1 << 20);
	struct work_numbers *works;
	struct scope s;
	size_t n;
	problem why = scope_of(rq, own, &s);

	if (!why)
		why = insight__works(rq->tx, &s, &works, &n);
	if (why)
		return why;
	head(rq, &out, keys);
	for (size_t i = 0; i < n; i++) {
		cell(&out, works[i].title);
		buffer_format(&out, ",%lld,%lld,%lld", (long long)works[i].visits, (long long)works[i].orders, (long long)works[i].paid);
		money_cell(&out, works[i].revenue);
		money_cell(&out, works[i].refunded);
		buffer_format(&out, ",%lld,%lld\r\n", (long long)works[i].learners, (long long)works[i].finished);
	}
	return reply_csv(rq, "works", &out);
}

static problem shop_days_file(struct request *rq) { return days_file(rq, false); }
static problem own_days_file(struct request *rq) { return days_file(rq, true); }
static problem shop_works_file(struct request *rq) { return works_file(rq, false); }
static problem own_works_file(struct request *rq) { return works_file(rq, true); }

/* ---- one work: where its learners are ---- */

struct work_detail {
	int64_t work, learner_count, lesson_count, now_ms;
	struct text title, url;
	struct lesson_numbers *lessons;
	size_t lessons_count;
	struct learner_numbers *learners;
	size_t learners_count;
};
static const struct shape work_detail_shape = SHAPE_AS("work_detail_numbers", work_detail,
	FIELD(work_detail, work,          SHAPE_INT),
	FIELD(work_detail, title,         SHAPE_TEXT),
	FIELD(work_detail, url,           SHAPE_TEXT),
	FIELD(work_detail, now_ms,        SHAPE_TIME),
	FIELD(work_detail, learner_count, SHAPE_INT, .says = "who may learn it now"),
	FIELD(work_detail, lesson_count,  SHAPE_INT),
	LIST(work_detail,  lessons,  lessons_count,  &lesson_numbers_shape, .says = "in the order of the newest edition"),
	LIST(work_detail,  learners, learners_count, &learner_numbers_shape, .says = "the latest 200"));

/* What does not exist and what is somebody else's answer alike. */
static problem work_of(struct request *rq, struct work_card *ret)
{
	struct creator creator;
	int64_t id;
	problem why = path_id(rq, "work", &id);

	if (!why)
		why = work_by_id(rq->tx, (struct work_id){ id }, ret);
	if (why || (rq->who.roles & ADMIN))
		return why;
	why = creator_by_user(rq->tx, rq->who.id, &creator);
	if (why == &creator_missing || (!why && creator.id.v != ret->creator.v))
		return &work_missing;
	return why;
}

static const struct lesson_numbers *counted(const struct lesson_numbers *rows, size_t n, struct text key)
{
	for (size_t i = 0; i < n; i++) {
		if (text_eq(rows[i].key, key))
			return &rows[i];
	}
	return NULL;
}

static problem add_lessons(struct request *rq, const struct work_card *card, struct work_detail *to)
{
	struct lesson_numbers *rows;
	struct work work;
	size_t n;
	problem why = work_load(rq->tx, card, &work);

	if (!why)
		why = insight__lessons(rq->tx, card->id, &rows, &n);
	if (why)
		return why;
	to->lessons = ARENA_ARRAY(rq->arena, struct lesson_numbers, (size_t)to->lesson_count + 1);
	for (size_t s = 0; s < work.section_count; s++) {
		for (size_t i = 0; i < work.sections[s].lesson_count && to->lessons_count < (size_t)to->lesson_count; i++) {
			const struct lesson_head *lesson = &work.sections[s].lessons[i];
			const struct lesson_numbers *row = counted(rows, n, lesson->key);

			to->lessons[to->lessons_count++] = (struct lesson_numbers){ .key = lesson->key, .title = lesson->title, .begun = row ? row->begun : 0,
				                                                    .finished = row ? row->finished : 0 };
		}
	}
	return NULL;
}

/* "张**": the first character, whatever the length. */
static struct text masked(struct arena *arena, struct text name)
{
	struct text first = { name.at, 0 };

	for (size_t most = 1; !first.length && most <= 4 && most <= name.length; most++)
		first = text_clip(name, most);
	return arena_format(arena, "%.*s**", TEXT_ARG(first));
}

static problem tell_work(struct request *rq)
{
	struct work_detail answer = { .now_ms = tx_now_ms(rq->tx) };
	struct work_card card;
	problem why = work_of(rq, &card);

	if (why)
		return why;
	answer.work = card.id.v;
	answer.title = card.title;
	answer.url = card.url;
	answer.lesson_count = card.lesson_count;
	answer.learner_count = insight__learner_count(rq->tx, card.id);
	why = add_lessons(rq, &card, &answer);
	if (!why)
		why = insight__learners(rq->tx, card.id, &answer.learners, &answer.learners_count);
	for (size_t i = 0; !why && !(rq->who.roles & ADMIN) && i < answer.learners_count; i++)
		answer.learners[i].name = masked(rq->arena, answer.learners[i].name);
	return why ? why : reply(rq, 200, &work_detail_shape, &answer);
}

enum { SEES_SHOP = ADMIN | FINANCE | ANALYST };

#define ASKS .asks = &days_query_shape, .defaults = &days_default
const struct route insight_routes[] = {
	{ GET, "/api/admin/numbers", tell_shop, READS, .who = SEES_SHOP, ASKS, .gives = &numbers_shape, .says = "How the shop does" },
	{ GET, "/api/admin/numbers/days.csv", shop_days_file, READS, .who = SEES_SHOP, ASKS, .says = "The same by day, for a spreadsheet" },
	{ GET, "/api/admin/numbers/works.csv", shop_works_file, READS, .who = SEES_SHOP, ASKS, .says = "The same by work, for a spreadsheet" },
	{ GET, "/api/studio/numbers", tell_own, READS, .who = CREATOR, ASKS, .gives = &numbers_shape, .says = "How my works do" },
	{ GET, "/api/studio/numbers/days.csv", own_days_file, READS, .who = CREATOR, ASKS, .says = "The same by day, for a spreadsheet" },
	{ GET, "/api/studio/numbers/works.csv", own_works_file, READS, .who = CREATOR, ASKS, .says = "The same by work, for a spreadsheet" },
	{ GET, "/api/studio/numbers/{work}", tell_work, READS, .who = CREATOR | ADMIN, .gives = &work_detail_shape,
	  .says = "Where the learners of a work are, lesson by lesson" },
	{ 0 },
};
