/* discount_test.c - a price for some days: what is struck out beside it was really asked, it begins and ends by itself, and whoever
 * keeps prices hears of it. */
#include "base/testing.h"
#include "catalog/discount.h"
#include "media/media.h"
#include "serve/testing.h"

static const int64_t DAY_MS = 24 * 3600 * 1000;
enum { AUTHOR = 43, OTHER = 44, PRICE = 10000 };

static struct shop {
	struct house house;
	struct db_jobs *jobs;
	struct arena *arena;
	struct creator_id creator;
	struct work_id work;
} shop;

static problem stock(struct tx *tx, void *arg)
{
	struct lesson_draft lesson = { .key = TEXT("one"), .title = TEXT("One"), .doc = TEXT("{\"type\":\"doc\"}"), .plain = TEXT("") };
	struct section_draft section = { .title = TEXT("Part"), .lessons = &lesson, .lesson_count = 1 };
	struct work_draft draft = { .source = TEXT("test"), .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = TEXT("Course"), .summary = TEXT("About"),
	                            .price = MONEY(*(int64_t *)arg), .price_given = true, .sections = &section, .section_count = 1 };
	struct creator creator;
	enum work_change change;
	problem why = shop.creator.v ? creator_by_id(tx, shop.creator, &creator) : creator_add(tx, TEXT("Author"), TEXT(""), (struct user_id){ AUTHOR }, &creator);

	if (why)
		return why;
	shop.creator = draft.creator = creator.id;
	return work_store(tx, &draft, (struct user_id){ AUTHOR }, &change, &shop.work);
}

static void ask_for(int64_t fen) { assert_done(db_write(shop.house.db, stock, &fen)); }

static int setup(void **state)
{
	static const struct module *const modules[] = { &media_module, &catalog_module, &studio_module, &discount_module, NULL };
	static const struct job_kind *tables[1];

	(void)state;
	tables[0] = discount_module.jobs;
	shop = (struct shop){ .arena = arena_new(16 << 20) };
	house_open(&shop.house, NULL, 0);
	house_start(&shop.house, modules, &testing_sessions);
	assert_done(db_jobs_start(shop.house.db, tables, 1, shop.house.serve, 0, &shop.jobs));
	ask_for(PRICE);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_jobs_stop(shop.jobs);
	house_close(&shop.house);
	arena_free(shop.arena);
	return 0;
}

/* ---- steps ---- */

static int64_t now_ms(void) { return world_now_ms(shop.house.world); }
static int64_t count(const char *sql) { return db_testing_int(shop.house.db, sql); }

static void move(int64_t ms)
{
	world_move(shop.house.world, ms);
	db_jobs_run(shop.jobs);
}

static problem read_card(struct tx *tx, void *arg)
{
	tx_use_arena(tx, shop.arena);
	return work_by_id(tx, shop.work, arg);
}

static struct work_card card(void)
{
	struct work_card card;

	assert_done(db_read(shop.house.db, read_card, &card));
	return card;
}

static problem set_it(struct tx *tx, void *arg)
{
	struct work_card card;
	problem why = work_by_id(tx, shop.work, &card);

	return why ? why : discount__set(tx, &card, arg, (struct user_id){ AUTHOR });
}

static problem set(int64_t fen, int64_t from_ms, int64_t until_ms)
{
	struct discount d = { MONEY(fen), from_ms, until_ms };

	return db_write(shop.house.db, set_it, &d);
}

static void expect_price(int64_t fen, int64_t list, int64_t lowest)
{
	struct work_card now = card();

	assert_int_equal(now.price.fen, fen);
	assert_int_equal(now.list_price.fen, list);
	assert_int_equal(now.lowest_price.fen, lowest);
	assert_int_equal(now.discounted, list > 0);
}

/* ---- tests ---- */

static void test_it_begins_and_ends_by_itself(void **state)
{
	int64_t news = count("select count(*) from news where topic = 'work'");

	(void)state;
	assert_done(set(8000, now_ms() + DAY_MS, now_ms() + 3 * DAY_MS));
	expect_price(PRICE, 0, 0);
	move(DAY_MS - 1);
	expect_price(PRICE, 0, 0);
	move(1);
	expect_price(8000, PRICE, PRICE);
	assert_int_equal(count("select count(*) from news where topic = 'work'"), news + 1);
	move(2 * DAY_MS - 1);
	expect_price(8000, PRICE, PRICE);
	move(1);
	expect_price(PRICE, 0, 0);
	assert_int_equal(count("select count(*) from news where topic = 'work'"), news + 2);
	assert_int_equal(count("select count(*) from price_discount"), 0);
}

static problem settle(struct tx *tx, void *arg)
{
	(void)arg;
	return work_price_settle(tx, shop.work);
}

/* No job has run: whoever orders settles it first. */
static void test_who_orders_settles_it(void **state)
{
	(void)state;
	assert_done(set(8000, 0, now_ms() + DAY_MS));
	expect_price(8000, PRICE, PRICE);
	world_move(shop.house.world, DAY_MS);
	assert_done(db_write(shop.house.db, settle, NULL));
	expect_price(PRICE, 0, 0);
	db_jobs_run(shop.jobs);
	expect_price(PRICE, 0, 0);
}

static void test_a_lower_price_of_the_last_thirty_days_is_told(void **state)
{
	(void)state;
	move(10 * DAY_MS);
	ask_for(5000);
	move(DAY_MS);
	ask_for(20000); /* raised, in order to be struck out */
	move(20 * DAY_MS);
	assert_done(set(9000, 0, now_ms() + DAY_MS));
	expect_price(9000, 20000, 5000);
	move(DAY_MS);
	expect_price(20000, 0, 0);
	move(31 * DAY_MS); /* the discount itself is 31 days ago now */
	assert_done(set(9000, 0, now_ms() + DAY_MS));
	expect_price(9000, 20000, 20000);
}

static void test_the_ordinary_price_stands_while_it_holds(void **state)
{
	struct visitor author = visitor_of(&shop.house, AUTHOR, CREATOR);
	const char *path = arena_cstr(shop.arena, arena_format(shop.arena, "/api/studio/works/%lld", (long long)shop.work.v));

	(void)state;
	assert_done(set(8000, 0, now_ms() + DAY_MS));
	assert_int_equal(visit(&author, PATCH, path, "{\"price\":20000}"), 409);
	assert_true(answer_is_problem(&author, "discount-running"));
	assert_int_equal(visit(&author, PATCH, path, "{\"price\":10000,\"summary\":\"More\"}"), 200);
	assert_int_equal(json_integer_value(answer_at(&author, "price")), PRICE);
	ask_for(30000); /* an import */
	expect_price(8000, PRICE, PRICE);
	visitor_close(&author);
}

static void test_what_makes_no_sense_is_refused(void **state)
{
	(void)state;
	assert_int_equal(set(PRICE, 0, now_ms() + DAY_MS)->status, 422);
	assert_int_equal(set(0, 0, now_ms() + DAY_MS)->status, 422);
	assert_int_equal(set(1, 0, now_ms())->status, 422);
	assert_int_equal(set(1, now_ms() + 2 * DAY_MS, now_ms() + DAY_MS)->status, 422);
	assert_int_equal(set(1, 0, now_ms() + 90 * DAY_MS + 1)->status, 422);
	assert_int_equal(count("select count(*) from price_discount"), 0);
}

static void test_over_http(void **state)
{
	struct visitor author = visitor_of(&shop.house, AUTHOR, CREATOR), other = visitor_of(&shop.house, OTHER, CREATOR), nobody = visitor_of(&shop.house, 0, 0);
	const char *path = arena_cstr(shop.arena, arena_format(shop.arena, "/api/studio/works/%lld/discount", (long long)shop.work.v));
	const char *body = arena_cstr(shop.arena, arena_format(shop.arena, "{\"price\":7000,\"until_ms\":%lld}", (long long)(now_ms() + DAY_MS)));

	(void)state;
	assert_int_equal(visit(&other, PUT, path, body), 404);
	assert_int_equal(visit(&author, PUT, path, body), 200);
	assert_true(json_is_true(answer_at(&author, "running")));
	assert_int_equal(visit(&nobody, GET, arena_cstr(shop.arena, arena_format(shop.arena, "/api/works/%lld", (long long)shop.work.v)), NULL), 200);
	assert_int_equal(json_integer_value(answer_at(&nobody, "price")), 7000);
	assert_int_equal(json_integer_value(answer_at(&nobody, "list_price")), PRICE);
	assert_int_equal(visit(&nobody, GET, arena_cstr(shop.arena, card().url), NULL), 200);
	assert_true(text_find(nobody.answer.body, TEXT("<s>¥100</s>")) != SIZE_MAX);
	assert_int_equal(visit(&other, DELETE, path, NULL), 404);
	assert_int_equal(visit(&author, DELETE, path, NULL), 200);
	expect_price(PRICE, 0, 0);
	visitor_close(&author);
	visitor_close(&other);
	visitor_close(&nobody);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_it_begins_and_ends_by_itself), TEST(test_who_orders_settles_it), TEST(test_a_lower_price_of_the_last_thirty_days_is_told),
		TEST(test_the_ordinary_price_stands_while_it_holds), TEST(test_what_makes_no_sense_is_refused), TEST(test_over_http),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
