/* app_test.c - what listens to the news: a sale counts once, however often its news comes or its job runs. */
#include "app/app_room.h"

#include "base/testing.h"
#include "catalog/catalog.h"
#include "order/order_room.h"
#include "serve/testing.h"

enum { BUYER = 41, OTHER = 42, AUTHOR = 43 };

static struct house house;
static struct db_jobs *jobs;
static struct arena *arena;
static struct work_id work;

/* A work that costs nothing: who orders it owns it, and its news is that of every paid order. */
static problem stock(struct tx *tx, void *arg)
{
	struct lesson_draft lesson = { .key = TEXT("one"), .title = TEXT("One"), .doc = TEXT("{\"type\":\"doc\"}"), .plain = TEXT("") };
	struct section_draft section = { .title = TEXT("Part"), .lessons = &lesson, .lesson_count = 1 };
	struct work_draft draft = {
		.source = TEXT("test"), .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = TEXT("Course"), .summary = TEXT("About"),
		.price_given = true, .sections = &section, .section_count = 1,
	};
	struct creator creator;
	enum work_change change;
	problem why = creator_add(tx, TEXT("Author"), TEXT(""), (struct user_id){ AUTHOR }, &creator);

	(void)arg;
	draft.creator = creator.id;
	return why ? why : work_store(tx, &draft, (struct user_id){ AUTHOR }, &change, &work);
}

static int setup(void **state)
{
	static const struct module *const modules[] = { NULL };
	static const struct job_kind *const tables[] = { app_jobs };

	(void)state;
	arena = arena_new(16 << 20);
	house_open(&house, NULL, 0);
	db_news_jobs(house.db, app_news);
	house_start(&house, modules, NULL);
	assert_done(db_jobs_start(house.db, tables, 1, house.serve, 0, &jobs));
	assert_done(db_write(house.db, stock, NULL));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_jobs_stop(jobs);
	house_close(&house);
	arena_free(arena);
	return 0;
}

struct buying {
	struct user_id buyer;
	struct order order;
};

static problem buy_it(struct tx *tx, void *arg)
{
	struct buying *b = arg;

	tx_use_arena(tx, arena);
	return order__place(tx, &(struct order_draft){ .work = work }, b->buyer, 200, &b->order);
}

static struct order buy(int64_t buyer)
{
	struct buying b = { .buyer = { buyer } };

	assert_done(db_write(house.db, buy_it, &b));
	assert_int_equal(b.order.state, ORDER_PAID);
	return b.order;
}

/* There is one work. */
static int64_t sales(void) { return db_testing_int(house.db, "select sales from work"); }
static int64_t jobs_left(void) { return db_testing_int(house.db, "select count(*) from job where kind = 'count-sale'"); }

struct telling {
	int64_t order, work;
};

static problem tell(struct tx *tx, void *arg)
{
	const struct telling *t = arg;

	news_add(tx, ORDER_NEWS_PAID, t->order,
	         arena_format(tx_arena(tx), "{\"order\":%lld,\"work\":%lld,\"buyer\":%d}", (long long)t->order, (long long)t->work, BUYER));
	return tx_problem(tx);
}

static void test_each_sale_is_counted(void **state)
{
	(void)state;
	buy(BUYER);
	assert_int_equal(sales(), 0);
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(sales(), 1);
	buy(OTHER);
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(sales(), 2);
	assert_int_equal(db_jobs_run(jobs), 0);
}

static problem add_second(struct tx *tx, void *arg)
{
	struct creator creator;
	struct work_draft draft = { .source = TEXT("second"), .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = TEXT("Second"), .summary = TEXT("About") };
	enum work_change change;
	problem why = creator_by_user(tx, (struct user_id){ AUTHOR }, &creator);

	draft.creator = creator.id;
	return why ? why : work_store(tx, &draft, (struct user_id){ AUTHOR }, &change, arg);
}

static void test_an_order_of_two_works_is_a_sale_of_each(void **state)
{
	struct work_id second;
	char sql[512];

	(void)state;
	buy(BUYER);
	assert_done(db_write(house.db, add_second, &second));
	snprintf(sql, sizeof sql, "insert into purchase_part (purchase_id, position, work_id, edition_id, title, price, amount, shop, access, access_days,"
	                          " access_until_ms) select purchase_id, 1, %lld, edition_id, title, 0, 0, 0, access, 0, 0 from purchase_part", (long long)second.v);
	db_testing_run(house.db, sql);
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(db_testing_int(house.db, "select count(*) from work where sales = 1"), 2);
}

static void test_news_that_come_twice_count_once(void **state)
{
	struct order order = buy(BUYER);

	(void)state;
	assert_done(db_write(house.db, tell, &(struct telling){ order.id.v, work.v }));
	assert_done(db_write(house.db, tell, &(struct telling){ order.id.v, work.v }));
	assert_int_equal(db_jobs_run(jobs), 3);
	assert_int_equal(sales(), 1);
}

/* The commit of the count is durable, but the job does not hear of it and runs again. */
static void test_a_job_that_runs_twice_counts_once(void **state)
{
	(void)state;
	buy(BUYER);
	db_fault(house.db, FAULT_COMMIT_AFTER, 2); /* the first is the job's claim */
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_true(db_fault_hit(house.db));
	assert_int_equal(sales(), 1);
	assert_int_equal(jobs_left(), 1);
	world_move(house.world, 1000);
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(sales(), 1);
	assert_int_equal(jobs_left(), 0);
}

static void test_a_count_that_fails_is_made_later(void **state)
{
	(void)state;
	buy(BUYER);
	db_fault(house.db, FAULT_COMMIT_BEFORE, 2);
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_true(db_fault_hit(house.db));
	assert_int_equal(sales(), 0);
	world_move(house.world, 1000);
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(sales(), 1);
}

static void test_a_work_that_is_gone_is_no_failure(void **state)
{
	(void)state;
	assert_done(db_write(house.db, tell, &(struct telling){ 7, work.v + 1 }));
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(jobs_left(), 0);
	assert_int_equal(sales(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_sale_is_counted),
		TEST(test_an_order_of_two_works_is_a_sale_of_each),
		TEST(test_news_that_come_twice_count_once),
		TEST(test_a_job_that_runs_twice_counts_once),
		TEST(test_a_count_that_fails_is_made_later),
		TEST(test_a_work_that_is_gone_is_no_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
