/* changed_test.c - a work that was bought is changed: who owns it is told once for each publication that says what changed, and nobody
 * else; and whom an announcement to owners reaches. */
#include "account/account.h"
#include "base/testing.h"
#include "catalog/catalog.h"
#include "media/media.h"
#include "notify/broadcast.h"
#include "notify/notify.h"
#include "order/order.h"
#include "payment/payment.h"
#include "serve/testing.h"
#include "site/site.h"

enum { OWNER = 41, ANN = 42, BOB = 43, LEFT = 44, LATE = 45, WAITS = 46 };

static struct house house;
static struct visitor owner, ann, bob;
static struct db_jobs *jobs;
static long long work, lesson, version;
static const struct module *const modules[] = { &account_module, &site_module, &notify_module, &notification_module, &announcement_module, &media_module,
	                                        &catalog_module, &studio_module, &payment_module, &order_module, NULL };
static const struct news_job listeners[] = { { CATALOG_NEWS_CHANGED, ORDER_JOB_CHANGED }, { 0 } };

static int call(struct visitor *v, enum method method, const char *body, const char *format, ...) __attribute__((format(printf, 4, 5)));
static int call(struct visitor *v, enum method method, const char *body, const char *format, ...)
{
	char path[256];
	va_list list;

	va_start(list, format);
	vsnprintf(path, sizeof path, format, list);
	va_end(list);
	return visit(v, method, path, body);
}
static long long number_at(struct visitor *v, const char *path) { return (long long)json_integer_value(answer_at(v, path)); }
static struct text word_at(struct visitor *v, const char *path) { return json_text(answer_at(v, path)); }
static int64_t count(const char *sql) { return db_testing_int(house.db, sql); }

static void write_lesson(const char *text)
{
	char body[512];

	snprintf(body, sizeof body, "{\"version\":%lld,\"doc\":{\"type\":\"doc\",\"content\":[{\"type\":\"paragraph\",\"content\":[{\"type\":\"text\",\"text\":\"%s\"}]}]},\"quizzes\":[]}",
	         version, text);
	assert_int_equal(call(&owner, PUT, body, "/api/studio/lessons/%lld/draft", lesson), 200);
	version = number_at(&owner, "version");
}

static void write_work(void)
{
	long long section;

	assert_int_equal(call(&owner, POST, "{\"kind\":\"course\",\"title\":\"Rust\",\"language\":\"zh-CN\"}", "/api/studio/works"), 201);
	work = number_at(&owner, "id");
	assert_int_equal(call(&owner, POST, "{\"title\":\"One\"}", "/api/studio/works/%lld/sections", work), 201);
	section = number_at(&owner, "added");
	assert_int_equal(call(&owner, POST, "{\"title\":\"Start\"}", "/api/studio/sections/%lld/lessons", section), 201);
	lesson = number_at(&owner, "added");
	version = 1;
	write_lesson("first");
	assert_int_equal(call(&owner, PATCH, "{\"price\":100,\"summary\":\"About\"}", "/api/studio/works/%lld", work), 200);
}

static int64_t publish(const char *how) { return call(&owner, POST, how, "/api/studio/works/%lld/publish", work); }

static problem give(struct tx *tx, void *arg)
{
	static const struct {
		int64_t id, user, from, until, revoked;
	} rows[] = { { 1, ANN, 1, 0, 0 }, { 2, ANN, 1, 0, 0 }, { 3, OWNER, 1, 0, 0 }, { 4, LEFT, 1, 0, 5 }, { 5, LATE, 1, 9, 0 }, { 6, WAITS, INT64_C(9000000000000), 0, 0 } };

	(void)arg;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		run(tx, "insert into entitlement (id, user_id, work_id, edition_id, source, source_id, from_ms, until_ms, revoked_ms) values ($1, $2, $3, 1, 'staff', $1, $4, $5, $6)",
		    V(rows[i].id, rows[i].user, work, rows[i].from, rows[i].until ? value_int(rows[i].until) : value_null(), rows[i].revoked ? value_int(rows[i].revoked) : value_null()));
	return tx_problem(tx);
}

static int setup(void **state)
{
	static const struct job_kind *tables[2];

	(void)state;
	tables[0] = order_module.jobs;
	tables[1] = notification_module.jobs;
	house_open(&house, NULL, 0);
	house_start(&house, modules, &testing_sessions);
	db_news_jobs(house.db, listeners);
	broadcast_know_owners(house.serve, &order_owners);
	owner = visitor_of(&house, OWNER, CREATOR | ADMIN);
	ann = visitor_of(&house, ANN, 0);
	bob = visitor_of(&house, BOB, 0);
	assert_done(db_jobs_start(house.db, tables, 2, house.serve, 0, &jobs));
	write_work();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_jobs_stop(jobs);
	visitor_close(&owner);
	visitor_close(&ann);
	visitor_close(&bob);
	house_close(&house);
	return 0;
}

static void test_owners_are_told_what_changed(void **state)
{
	(void)state;
	assert_int_equal(publish("{\"changes\":\"Out now\"}"), 200); /* nobody owns what was not out */
	assert_done(db_write(house.db, give, NULL));
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from broadcast"), 0);
	write_lesson("second");
	assert_int_equal(publish("{\"changes\":\" A typo \"}"), 200);
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from notification"), 1); /* two rows of hers, and none of who wrote it, or owns it no more or not yet */
	assert_int_equal(call(&ann, GET, NULL, "/api/me/notifications"), 200);
	assert_text(word_at(&ann, "items.0.text"), "《Rust》有更新");
	assert_text(word_at(&ann, "items.0.note"), "A typo");
	assert_text(word_at(&ann, "items.0.topic"), "changes");
	assert_true(text_starts(word_at(&ann, "items.0.url"), TEXT("/course/")) && text_ends(word_at(&ann, "items.0.url"), TEXT("#changes")));
	write_lesson("third");
	assert_int_equal(publish("{}"), 200); /* silently */
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from notification"), 1);
	write_lesson("fourth");
	assert_int_equal(publish("{\"edition\":true,\"changes\":\"A chapter more\"}"), 200);
	assert_int_equal(publish("{\"edition\":true,\"changes\":\"A chapter more\"}"), 409); /* twice */
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from notification where user_id = 42"), 2);
	assert_int_equal(call(&ann, PUT, "{\"topic\":\"changes\",\"channel\":\"site\",\"wanted\":false}", "/api/me/notification-preferences"), 200);
	write_lesson("fifth");
	assert_int_equal(publish("{\"changes\":\"Another typo\"}"), 200);
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from notification where user_id = 42"), 2);
	assert_int_equal(call(&bob, GET, NULL, "/api/me/notifications"), 200);
	assert_int_equal(json_array_size(answer_at(&bob, "items")), 0);
}

static void test_announcements_to_owners(void **state)
{
	char path[128], body[200];

	(void)state;
	assert_int_equal(publish("{}"), 200);
	assert_done(db_write(house.db, give, NULL));
	snprintf(path, sizeof path, "/api/announcements/reach?audience=owners&work=%lld", work);
	assert_int_equal(call(&owner, GET, NULL, "%s", path), 200);
	assert_int_equal(number_at(&owner, "people"), 2);
	assert_int_equal(call(&owner, GET, NULL, "/api/announcements/reach?audience=owners&work=99"), 404);
	snprintf(body, sizeof body, "{\"title\":\"Live on Friday\",\"text\":\"Come.\",\"audience\":\"owners\",\"work\":%lld}", work);
	assert_int_equal(call(&owner, POST, body, "/api/announcements"), 201);
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from notification where kind = 'announced' and user_id = 42"), 1);
	assert_int_equal(count("select count(*) from notification"), 1);
	snprintf(path, sizeof path, "/learn/%lld", work);
	call(&ann, GET, NULL, "/api/me/notifications");
	assert_text(word_at(&ann, "items.0.url"), path);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_owners_are_told_what_changed), TEST(test_announcements_to_owners) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
