/* event_test.c - events over sockets and from news: kept once, without names, not against anybody's will, and lost with a count. */
#include "event/event_room.h"

#include <unistd.h>

#include "account/account.h"
#include "base/testing.h"
#include "serve/testing.h"

enum { ANN = 41, BEN = 42 };

static struct house house;
static struct arena *arena;
static struct work_id work;
static struct visitor ann, ben, nobody, other, admin;

static const struct module *const modules[] = { &account_module, &catalog_module, &event_module, NULL };

static const struct header browser = { TEXT_INIT("User-Agent"), TEXT_INIT("Mozilla/5.0") };

static problem stock(struct tx *tx, void *arg)
{
	struct lesson_draft lesson = { .key = TEXT("a"), .title = TEXT("A"), .plain = TEXT(""), .doc = TEXT("{\"type\":\"doc\",\"content\":[]}") };
	struct section_draft section = { .title = TEXT("Part"), .lessons = &lesson, .lesson_count = 1 };
	struct work_draft draft = { .source = TEXT("x"), .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = TEXT("Course"), .summary = TEXT("About"),
		                    .price = MONEY(100), .price_given = true, .sections = &section, .section_count = 1 };
	struct creator creator;
	enum work_change change;
	problem why = creator_add(tx, TEXT("Author"), TEXT(""), (struct user_id){ 0 }, &creator);

	(void)arg;
	draft.creator = creator.id;
	return why ? why : work_store(tx, &draft, (struct user_id){ 0 }, &change, &work);
}

static struct visitor enter(int64_t person, unsigned roles)
{
	struct visitor v = visitor_of(&house, person, roles);

	v.more[v.more_count++] = browser;
	return v;
}

static int setup(void **state)
{
	(void)state;
	arena = arena_new(64 << 20);
	house_open(&house, NULL, 0);
	house_start(&house, modules, &testing_sessions);
	assert_done(db_write(house.db, stock, NULL));
	ann = enter(ANN, 0);
	ben = enter(BEN, 0);
	nobody = enter(0, 0);
	other = visitor_of(&house, 0, 0);
	other.more[other.more_count++] = (struct header){ TEXT("User-Agent"), TEXT("Another/1.0") };
	admin = enter(43, ADMIN);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	visitor_close(&ann);
	visitor_close(&ben);
	visitor_close(&nobody);
	visitor_close(&other);
	visitor_close(&admin);
	house_close(&house);
	arena_free(arena);
	return 0;
}

static int64_t count(const char *sql) { return db_testing_int(house.db, sql); }

static int64_t counted(const char *name)
{
	char line[64];
	size_t at;
	int64_t n = -1;
	struct text rest;

	assert_int_equal(visit(&nobody, GET, "/metrics", NULL), 200);
	snprintf(line, sizeof line, "\n%s ", name);
	at = text_find(nobody.answer.body, text_of(line));
	assert_true(at != SIZE_MAX);
	rest = text_from(nobody.answer.body, at + strlen(line));
	assert_true(text_to_int(text_cut(&rest, '\n'), &n));
	return n;
}

/* The counter moves behind the commit. */
static void wait_for(int64_t written)
{
	while (counted("events_written_total") < written)
		usleep(1000);
}

static int tell(struct visitor *v, const char *items)
{
	const char *body = arena_cstr(arena, arena_format(arena, "{\"items\":[%s]}", items));

	return visit(v, POST, "/api/events", body);
}

static const char *view_of(const char *key)
{
	return arena_cstr(arena, arena_format(arena, "{\"kind\":\"view\",\"key\":\"%s\",\"work\":%lld,\"place\":\"work\"}", key, (long long)work.v));
}

/* ---- kept ---- */

static void test_a_view_is_kept_once_with_its_counts(void **state)
{
	(void)state;
	assert_int_equal(tell(&ann, view_of("aaaaaaaa")), 202);
	assert_int_equal(json_integer_value(answer_at(&ann, "taken")), 1);
	assert_int_equal(tell(&ann, view_of("aaaaaaaa")), 202);
	assert_int_equal(tell(&ann, view_of("bbbbbbbb")), 202);
	assert_int_equal(tell(&ben, view_of("aaaaaaaa")), 202);
	wait_for(4);
	assert_int_equal(count("select count(*) from event"), 3);
	assert_int_equal(count("select count(*) from event where user_id = 41 and who = 'u41' and place = 'work'"), 2);
	assert_int_equal(count("select count from event_daily where kind = 'view' and work_id <> 0"), 3);
	assert_int_equal(count("select people from event_daily where kind = 'view' and work_id <> 0"), 2);
	assert_int_equal(count("select people from event_daily where kind = 'view' and work_id = 0"), 2);
}

static void test_what_is_no_event_is_refused(void **state)
{
	static const char *const wrong[] = {
		"{\"kind\":\"buy\",\"key\":\"12345678\"}", "{\"kind\":\"x\",\"key\":\"12345678\"}", "{\"kind\":\"view\",\"key\":\"1\"}", "{\"kind\":\"view\"}",
		"{\"kind\":\"view\",\"key\":\"12345678\",\"place\":\"<b>\"}", "{\"kind\":\"view\",\"key\":\"12345678\",\"user\":1}",
		"{\"kind\":\"view\",\"key\":\"12345678\",\"work\":-1}", "",
	};
	CLEANUP(buffer_free) struct buffer many = BUFFER(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(tell(&ann, wrong[i]), 422);
	for (int i = 0; i < 51; i++)
		buffer_format(&many, "%s{\"kind\":\"view\",\"key\":\"key-%05d\"}", i ? "," : "", i);
	buffer_add_char(&many, 0);
	assert_int_equal(tell(&ann, many.at), 422);
	buffer_clear(&many);
	for (int i = 0; i < 17 * 1024; i++)
		buffer_add_char(&many, ' ');
	buffer_add_char(&many, 0);
	assert_int_equal(tell(&ann, many.at), 413);
	ann.foreign = true;
	ann.more[ann.more_count++] = (struct header){ TEXT("Origin"), TEXT("https://elsewhere.example") };
	assert_int_equal(tell(&ann, view_of("aaaaaaaa")), 403);
	assert_int_equal(counted("events_written_total"), 0);
}

static void test_a_work_that_is_not_to_be_seen_has_no_views(void **state)
{
	(void)state;
	assert_int_equal(tell(&ann, "{\"kind\":\"view\",\"key\":\"12345678\",\"work\":99}"), 202);
	db_testing_run(house.db, "update work set state = 'draft'");
	assert_int_equal(tell(&ann, view_of("aaaaaaaa")), 202);
	wait_for(2);
	assert_int_equal(count("select count(*) from event"), 0);
}

/* ---- who ---- */

static void test_a_visitor_is_somebody_for_a_day(void **state)
{
	(void)state;
	assert_int_equal(tell(&nobody, view_of("aaaaaaaa")), 202);
	assert_int_equal(tell(&nobody, view_of("bbbbbbbb")), 202);
	assert_int_equal(tell(&other, view_of("cccccccc")), 202);
	wait_for(3);
	assert_int_equal(count("select count(distinct who) from event"), 2);
	assert_int_equal(count("select count(*) from event where user_id is not null"), 0);
	assert_int_equal(count("select people from event_daily where work_id = 0"), 2);
	world_move(house.world, EVENT_DAY_MS);
	assert_int_equal(tell(&nobody, view_of("dddddddd")), 202);
	wait_for(4);
	assert_int_equal(count("select count(distinct who) from event"), 3);
	assert_int_equal(count("select count(*) from event_salt"), 1);
}

static void test_a_search_belongs_to_nobody(void **state)
{
	(void)state;
	assert_int_equal(tell(&ann, "{\"kind\":\"search\",\"key\":\"12345678\",\"words\":\"机器学习\",\"place\":\"search\"}"), 202);
	wait_for(1);
	assert_int_equal(count("select count(*) from event where kind = 'search' and user_id is null and who is null and detail = '机器学习'"), 1);
}

/* ---- no is no ---- */

static void test_a_browser_that_asks_is_left_alone(void **state)
{
	(void)state;
	ann.more[ann.more_count++] = (struct header){ TEXT("DNT"), TEXT("1") };
	nobody.more[nobody.more_count++] = (struct header){ TEXT("Sec-GPC"), TEXT("1") };
	other.more[0].value = TEXT("Mozilla/5.0 (compatible; Examplebot/2.1)");
	assert_int_equal(tell(&ann, view_of("aaaaaaaa")), 202);
	assert_int_equal(json_integer_value(answer_at(&ann, "taken")), 0);
	assert_int_equal(tell(&nobody, view_of("bbbbbbbb")), 202);
	assert_int_equal(tell(&other, view_of("cccccccc")), 202);
	assert_int_equal(tell(&admin, view_of("dddddddd")), 202);
	assert_int_equal(counted("events_written_total"), 0);
	assert_int_equal(counted("events_waiting"), 0);
}

static void test_whoever_says_no_is_not_recorded(void **state)
{
	(void)state;
	assert_int_equal(visit(&ann, PUT, "/api/me/events", "{\"recording\":false}"), 204);
	assert_int_equal(tell(&ann, view_of("aaaaaaaa")), 202);
	assert_int_equal(tell(&ben, view_of("aaaaaaaa")), 202);
	wait_for(2);
	assert_int_equal(count("select count(*) from event"), 1);
	assert_int_equal(count("select count(*) from event where user_id = 41"), 0);
	assert_int_equal(visit(&ann, GET, "/api/me/events", NULL), 200);
	assert_true(json_is_false(answer_at(&ann, "recording")));
	assert_int_equal(visit(&ann, PUT, "/api/me/events", "{\"recording\":true}"), 204);
	assert_int_equal(tell(&ann, view_of("bbbbbbbb")), 202);
	wait_for(3);
	assert_int_equal(count("select count(*) from event where user_id = 41"), 1);
}

static void test_what_was_kept_is_taken_away(void **state)
{
	(void)state;
	assert_int_equal(tell(&ann, view_of("aaaaaaaa")), 202);
	assert_int_equal(tell(&ben, view_of("aaaaaaaa")), 202);
	wait_for(2);
	assert_int_equal(visit(&ann, GET, "/api/me/events", NULL), 200);
	assert_int_equal(json_integer_value(answer_at(&ann, "count")), 1);
	assert_text(json_text(answer_at(&ann, "items.0.title")), "Course");
	assert_int_equal(visit(&ann, DELETE, "/api/me/events", NULL), 204);
	assert_int_equal(count("select count(*) from event where user_id = 41"), 0);
	assert_int_equal(count("select count(*) from event where user_id = 42"), 1);
	assert_int_equal(count("select people from event_daily where work_id = 0"), 2);
	assert_int_equal(visit(&nobody, GET, "/api/me/events", NULL), 401);
}

struct writing {
	struct event_batch batch;
};

static problem write_batch(struct tx *tx, void *arg) { return event__write(tx, &((struct writing *)arg)->batch); }

/* It waited in the ring when the person wished it gone. */
static void test_what_was_on_its_way_is_not_written_after_all(void **state)
{
	struct event waiting = { .kind = EVENT_VIEW, .user = { ANN }, .work = work.v, .at_ms = world_now_ms(house.world) };
	struct writing writing = { { &waiting, 1, 0 } };

	(void)state;
	assert_int_equal(visit(&ann, DELETE, "/api/me/events", NULL), 204);
	assert_done(db_write(house.db, write_batch, &writing));
	assert_int_equal(count("select count(*) from event"), 0);
	waiting.at_ms++;
	assert_done(db_write(house.db, write_batch, &writing));
	assert_int_equal(count("select count(*) from event"), 1);
}

/* ---- loss, facts, time ---- */

static void test_a_loss_is_counted(void **state)
{
	struct event one = { .kind = EVENT_VIEW, .user = { ANN }, .at_ms = 1 };
	struct writing writing = { { &one, 0, 7 } };

	(void)state;
	assert_done(db_write(house.db, write_batch, &writing));
	assert_done(db_write(house.db, write_batch, &writing));
	assert_int_equal(count("select count from event_loss"), 14);
}

static void test_more_than_the_ring_holds_is_lost_and_said(void **state)
{
	struct event_queue *queue = module_state(house.serve, &event_module);
	struct event one = { .kind = EVENT_VIEW, .at_ms = world_now_ms(house.world) };
	int64_t lost = 0;

	(void)state;
	for (int64_t i = 0; i < 6 * EVENT_QUEUE; i++) {
		one.key.at[0] = (unsigned char)i;
		one.key.at[1] = (unsigned char)(i >> 8);
		lost += !event__put(queue, &one);
	}
	assert_true(lost > 0);
	assert_int_equal(counted("events_lost_total"), lost);
	wait_for(6 * EVENT_QUEUE - lost);
	assert_int_equal(count("select count(*) from event"), 6 * EVENT_QUEUE - lost);
}

static void test_a_write_that_fails_is_tried_again(void **state)
{
	(void)state;
	db_fault(house.db, FAULT_COMMIT_AFTER, 1);
	assert_int_equal(tell(&ann, view_of("aaaaaaaa")), 202);
	wait_for(1);
	db_fault(house.db, FAULT_COMMIT_AFTER, 0);
	assert_int_equal(count("select count(*) from event"), 1);
	assert_int_equal(count("select count from event_daily where work_id = 0"), 1);
	assert_int_equal(counted("events_lost_total"), 0);
}

static const struct news_job listeners[] = { { "order-paid", EVENT_JOB_BUY }, { "lesson-done", EVENT_JOB_PROGRESS }, { 0 } };

static problem tell_news(struct tx *tx, void *arg)
{
	const char *payload = arena_cstr(tx_arena(tx), arena_format(tx_arena(tx), "{\"order\":5,\"work\":%lld,\"buyer\":41}", (long long)work.v));

	(void)arg;
	news_add(tx, "order-paid", 5, text_of(payload));
	news_add(tx, "lesson-done", work.v, arena_format(tx_arena(tx), "{\"work\":%lld,\"user\":41,\"lesson\":\"a/b\"}", (long long)work.v));
	return tx_problem(tx);
}

static void test_facts_of_other_rooms_are_kept_once(void **state)
{
	const struct job_kind *tables[] = { event_module.jobs };
	struct db_jobs *jobs;

	(void)state;
	db_news_jobs(house.db, listeners);
	assert_done(db_jobs_start(house.db, tables, 1, house.serve, 0, &jobs));
	assert_done(db_write(house.db, tell_news, NULL));
	db_jobs_run(jobs);
	assert_done(db_write(house.db, tell_news, NULL));
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from event"), 2);
	assert_int_equal(count("select count(*) from event where kind = 'buy' and user_id = 41 and dedupe = 'buy:5'"), 1);
	assert_int_equal(count("select count(*) from event where kind = 'progress' and detail = 'a/b'"), 1);
	assert_int_equal(visit(&ann, PUT, "/api/me/events", "{\"recording\":false}"), 204);
	db_testing_run(house.db, "delete from event");
	assert_done(db_write(house.db, tell_news, NULL));
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from event"), 0);
	db_jobs_stop(jobs);
}

static void test_after_thirteen_months_it_goes(void **state)
{
	const struct job_kind *tables[] = { event_module.jobs };
	struct db_jobs *jobs;

	(void)state;
	assert_int_equal(tell(&ann, view_of("aaaaaaaa")), 202);
	wait_for(1);
	assert_done(db_jobs_start(house.db, tables, 1, house.serve, 0, &jobs));
	world_move(house.world, (int64_t)EVENT_KEEP_DAYS * EVENT_DAY_MS);
	assert_true(db_jobs_run(jobs) > 0);
	assert_int_equal(count("select count(*) from event"), 1);
	world_move(house.world, EVENT_DAY_MS);
	assert_true(db_jobs_run(jobs) > 0);
	assert_int_equal(count("select count(*) from event"), 0);
	assert_int_equal(count("select count(*) from event_salt"), 0);
	assert_int_equal(count("select count from event_daily where work_id = 0"), 1);
	db_jobs_stop(jobs);
}

static problem see(struct tx *tx, void *arg)
{
	int64_t *ids;
	size_t n;
	problem why = event_seen(tx, (struct user_id){ ANN }, 5, &ids, &n);

	assert_null(why);
	*(int64_t *)arg = n == 1 ? ids[0] : -(int64_t)n;
	return NULL;
}

static void test_works_seen_are_each_named_once(void **state)
{
	int64_t seen = 0;

	(void)state;
	assert_int_equal(tell(&ann, view_of("aaaaaaaa")), 202);
	assert_int_equal(tell(&ann, view_of("bbbbbbbb")), 202);
	assert_int_equal(tell(&ann, "{\"kind\":\"view\",\"key\":\"cccccccc\"}"), 202);
	wait_for(3);
	assert_done(db_read(house.db, see, &seen));
	assert_int_equal(seen, work.v);
}

static void test_a_day_is_beijing_s(void **state)
{
	(void)state;
	assert_int_equal(event_day(0), 0);
	assert_int_equal(event_day((int64_t)16 * 3600 * 1000 - 1), 0);
	assert_int_equal(event_day((int64_t)16 * 3600 * 1000), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_a_view_is_kept_once_with_its_counts),
		TEST(test_what_is_no_event_is_refused),
		TEST(test_a_work_that_is_not_to_be_seen_has_no_views),
		TEST(test_a_visitor_is_somebody_for_a_day),
		TEST(test_a_search_belongs_to_nobody),
		TEST(test_a_browser_that_asks_is_left_alone),
		TEST(test_whoever_says_no_is_not_recorded),
		TEST(test_what_was_kept_is_taken_away),
		TEST(test_what_was_on_its_way_is_not_written_after_all),
		TEST(test_a_loss_is_counted),
		TEST(test_more_than_the_ring_holds_is_lost_and_said),
		TEST(test_a_write_that_fails_is_tried_again),
		TEST(test_facts_of_other_rooms_are_kept_once),
		TEST(test_after_thirteen_months_it_goes),
		TEST(test_works_seen_are_each_named_once),
		TEST(test_a_day_is_beijing_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
