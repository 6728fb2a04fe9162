/* insight_test.c - the numbers against what was done: purchases through a channel that does as it is told, the book beside them; who sees
 * whose; days of Beijing; files that a spreadsheet opens. */
#include "insight/insight_room.h"

#include "order/testing.h"

enum { DAY_MS = 24 * 3600 * 1000 };

static struct visitor admin, author, stranger, learner;

static const struct module *const all_modules[] = { &account_module, &catalog_module,   &payment_module, &order_module, &order_refund_module,
	                                            &event_module,   &insight_module, NULL };

/* A moment before midnight in Beijing. */
static void to_the_end_of_a_day(void)
{
	int64_t now_ms = world_now_ms(shop.house.world);

	world_move(shop.house.world, (event_day(now_ms) + 1) * DAY_MS - (int64_t)8 * 3600 * 1000 - now_ms - 1);
}

static problem add_stranger(struct tx *tx, void *arg)
{
	struct creator creator;

	(void)arg;
	return creator_add(tx, TEXT("Stranger"), TEXT(""), (struct user_id){ 77 }, &creator);
}

static int open_shop(void **state)
{
	(void)state;
	shop = (struct shop){ .arena = arena_new(64 << 20) };
	fake = (struct fake){ .query = { .tag = CHANNEL_NOT_PAID }, .refund = REFUND_TAG_SUCCESS };
	house_open(&shop.house, NULL, 0);
	house_start(&shop.house, all_modules, &testing_sessions);
	shop.db = shop.house.db;
	shop.payments = payments_of(shop.house.serve);
	shop.payments->wechat = &fake_channel;
	payments_know(shop.payments, &order_payable);
	assert_done(db_write(shop.db, stock, NULL));
	assert_done(db_write(shop.db, add_stranger, NULL));
	to_the_end_of_a_day();
	admin = visitor_of(&shop.house, 1, ADMIN);
	author = visitor_of(&shop.house, AUTHOR, CREATOR);
	stranger = visitor_of(&shop.house, 77, CREATOR);
	learner = visitor_of(&shop.house, BUYER, 0);
	return 0;
}

static int close_shop(void **state)
{
	(void)state;
	visitor_close(&admin);
	visitor_close(&author);
	visitor_close(&stranger);
	visitor_close(&learner);
	house_close(&shop.house);
	arena_free(shop.arena);
	return 0;
}

static const char *print(const char *format, ...)
{
	char line[1024];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof line, format, list);
	va_end(list);
	return arena_cstr(shop.arena, text_of(line));
}

static int64_t number_at(const struct visitor *v, const char *path) { return json_integer_value(answer_at(v, path)); }

static void buy(int64_t buyer)
{
	struct order order = place(buyer);
	struct payment payment = begin(&order);

	assert_done(tell_paid(&payment));
}

static void ask(struct visitor *v, const char *path) { assert_int_equal(visit(v, GET, path, NULL), 200); }

static int64_t sum_of(const struct visitor *v, const char *what)
{
	int64_t sum = 0;

	for (size_t i = 0; i < json_array_size(answer_at(v, "days")); i++)
		sum += number_at(v, print("days.%zu.%s", i, what));
	return sum;
}

/* ---- money ---- */

static void test_revenue_is_what_the_book_has(void **state)
{
	(void)state;
	buy(BUYER);
	world_move(shop.house.world, 1); /* it is tomorrow */
	buy(OTHER);
	buy(55);
	ask(&admin, "/api/admin/numbers?days=7");
	assert_int_equal(number_at(&admin, "days.5.revenue"), PRICE);
	assert_int_equal(number_at(&admin, "days.6.revenue"), 2 * PRICE);
	assert_int_equal(number_at(&admin, "days.6.paid"), 2);
	assert_int_equal(sum_of(&admin, "revenue"), count("select sum(t.amount) from posting t join account a on a.id = t.account_id join journal j on"
	                                                  " j.id = t.journal_id where a.code = 'A10' and j.kind = 'paid'"));
	assert_int_equal(number_at(&admin, "funnel.revenue"), 3 * PRICE);
	assert_int_equal(number_at(&admin, "works.0.revenue"), 3 * PRICE);
	ask(&author, "/api/studio/numbers?days=7");
	assert_int_equal(sum_of(&author, "revenue"), count("select -sum(t.amount) from posting t join account a on a.id = t.account_id where a.code = 'L10'"));
	assert_true(sum_of(&author, "revenue") > 0 && sum_of(&author, "revenue") < 3 * PRICE);
	ask(&stranger, "/api/studio/numbers?days=7");
	assert_int_equal(sum_of(&stranger, "revenue"), 0);
	assert_int_equal(json_array_size(answer_at(&stranger, "works")), 0);
}

static void buy_with_coupon(const char *bearer, const char *word)
{
	struct placing p = { .buyer = { BUYER }, .draft = { .work = shop.work, .price = MONEY(PRICE), .price_given = GIVEN_VALUE, .coupon = text_of(word) } };
	struct payment payment;

	by_hand(print("insert into coupon_batch (id, made_by, name, word, bearer, amount_off, permille_off, most_off, least_price, from_ms, until_ms, stock,"
	              " each_max, some_works, created_ms) values (%lld, 1, 'Spring', '%s', '%s', 1001, 0, 0, 0, 0, 9000000000000, 9, 0, 0, 1)",
	              (long long)count("select count(*) + 1 from coupon_batch"), word, bearer));
	assert_done(db_write(shop.db, place_it, &p));
	assert_int_equal(p.order.total.fen, PRICE - 1001);
	payment = begin(&p.order);
	assert_done(tell_paid(&payment));
	by_hand("update purchase set state = 'REFUNDED'"); /* so that he may buy it again; revenue is before refunds */
	by_hand("update entitlement set revoked_ms = 1");
}

static void test_works_bring_what_was_paid(void **state)
{
	(void)state;
	buy_with_coupon("shop", "SPRING");
	buy_with_coupon("creator", "SUMMER");
	ask(&admin, "/api/admin/numbers?days=1");
	assert_int_equal(number_at(&admin, "funnel.revenue"), 2 * (PRICE - 1001));
	assert_int_equal(number_at(&admin, "works.0.revenue"), number_at(&admin, "funnel.revenue"));
	ask(&author, "/api/studio/numbers?days=1");
	assert_int_equal(number_at(&author, "works.0.revenue"), sum_of(&author, "revenue"));
	assert_int_equal(number_at(&author, "works.0.revenue"), count("select -sum(t.amount) from posting t join account a on a.id = t.account_id where a.code = 'L10'"));
}

static void test_a_day_begins_in_beijing(void **state)
{
	(void)state;
	buy(BUYER);
	ask(&admin, "/api/admin/numbers?days=1");
	assert_int_equal(json_array_size(answer_at(&admin, "days")), 1);
	assert_int_equal(sum_of(&admin, "revenue"), PRICE);
	world_move(shop.house.world, 1);
	ask(&admin, "/api/admin/numbers?days=1");
	assert_int_equal(sum_of(&admin, "revenue"), 0);
	ask(&admin, "/api/admin/numbers?days=365");
	assert_int_equal(json_array_size(answer_at(&admin, "days")), 365);
	assert_int_equal(number_at(&admin, "days.363.revenue"), PRICE);
	assert_int_equal(visit(&admin, GET, "/api/admin/numbers?days=366", NULL), 422);
	assert_int_equal(visit(&admin, GET, "/api/admin/numbers?days=0", NULL), 422);
	ask(&admin, "/api/admin/numbers");
	assert_int_equal(json_array_size(answer_at(&admin, "days")), 30);
}

static void test_what_came_back_stands_beside_it(void **state)
{
	(void)state;
	buy(BUYER);
	by_hand(print("insert into purchase_refund (id, purchase_id, state, automatic, ends_access, asked_by, amount, reason, created_ms, decided_ms)"
	              " select 1, id, 'SUCCEEDED', 1, 0, 41, 300, '', 1, %lld from purchase", (long long)world_now_ms(shop.house.world)));
	by_hand("insert into purchase_refund (id, purchase_id, state, automatic, ends_access, asked_by, amount, reason, created_ms)"
	        " select 2, id, 'UNDER_REVIEW', 0, 0, 41, 500, '', 1 from purchase");
	by_hand("update purchase set state = 'PART_REFUNDED'");
	ask(&admin, "/api/admin/numbers?days=1");
	assert_int_equal(number_at(&admin, "funnel.revenue"), PRICE);
	assert_int_equal(number_at(&admin, "funnel.refunded"), 300);
	assert_int_equal(number_at(&admin, "funnel.refunds"), 1);
	assert_int_equal(number_at(&admin, "days.0.refunded"), 300);
	assert_int_equal(number_at(&admin, "works.0.refunded"), 300);
}

static problem add_second(struct tx *tx, void *arg)
{
	const struct work_draft draft = { .source = TEXT("second"), .creator = shop.creator, .kind = WORK_COURSE, .language = TEXT("zh-CN"),
		                          .title = TEXT("Second"), .summary = TEXT("About"), .price = MONEY(PRICE), .price_given = true };
	enum work_change change;

	return work_store(tx, &draft, (struct user_id){ AUTHOR }, &change, arg);
}

/* As an order of two works keeps them. */
static void test_an_order_of_two_works_counts_with_each(void **state)
{
	struct work_id second;

	(void)state;
	buy(BUYER);
	assert_done(db_write(shop.db, add_second, &second));
	by_hand("update purchase_part set amount = 6000");
	by_hand(print("insert into purchase_part (purchase_id, position, work_id, edition_id, title, price, amount, shop, access, access_days, access_until_ms)"
	              " select purchase_id, 1, %lld, edition_id, 'Second', price, 4000, 0, access, 0, 0 from purchase_part",
	              (long long)second.v));
	by_hand(print("insert into purchase_refund (id, purchase_id, state, automatic, ends_access, asked_by, amount, reason, created_ms, decided_ms)"
	              " select 1, id, 'SUCCEEDED', 1, 0, 41, 3000, '', 1, %lld from purchase", (long long)world_now_ms(shop.house.world)));
	by_hand("update purchase set state = 'PART_REFUNDED'");
	ask(&admin, "/api/admin/numbers?days=1");
	assert_int_equal(number_at(&admin, "funnel.paid"), 1);
	assert_int_equal(number_at(&admin, "works.0.revenue"), 6000);
	assert_int_equal(number_at(&admin, "works.0.refunded"), 1800);
	assert_int_equal(number_at(&admin, "works.1.revenue"), 4000);
	assert_int_equal(number_at(&admin, "works.1.refunded"), 1200);
}

static problem add_bundle(struct tx *tx, void *arg)
{
	const struct work_draft draft = { .source = TEXT("box"), .creator = shop.creator, .kind = WORK_BUNDLE, .language = TEXT("zh-CN"), .title = TEXT("Box"),
		                          .summary = TEXT("About"), .price = MONEY(PRICE), .price_given = true };
	enum work_change change;

	return work_store(tx, &draft, (struct user_id){ AUTHOR }, &change, arg);
}

/* A bundle stands for itself beside its works: whole, and with the creator's share of the whole. */
static void test_a_bundle_has_a_row_of_its_own(void **state)
{
	struct work_id box;

	(void)state;
	buy(BUYER);
	ask(&admin, "/api/admin/numbers?days=1");
	assert_int_equal(json_array_size(answer_at(&admin, "bundles")), 0);
	assert_done(db_write(shop.db, add_bundle, &box));
	by_hand(print("update purchase_item set work_id = %lld", (long long)box.v));
	by_hand(print("insert into purchase_refund (id, purchase_id, state, automatic, ends_access, asked_by, amount, reason, created_ms, decided_ms)"
	              " select 1, id, 'SUCCEEDED', 1, 0, 41, 300, '', 1, %lld from purchase", (long long)world_now_ms(shop.house.world)));
	ask(&admin, "/api/admin/numbers?days=1");
	assert_int_equal(json_array_size(answer_at(&admin, "bundles")), 1);
	assert_int_equal(number_at(&admin, "bundles.0.work"), box.v);
	assert_int_equal(number_at(&admin, "bundles.0.orders"), 1);
	assert_int_equal(number_at(&admin, "bundles.0.paid"), 1);
	assert_int_equal(number_at(&admin, "bundles.0.revenue"), PRICE);
	assert_int_equal(number_at(&admin, "bundles.0.refunded"), 300);
	assert_int_equal(number_at(&admin, "works.0.revenue"), PRICE); /* of the work, as the order allocated it */
	ask(&author, "/api/studio/numbers?days=1");
	assert_int_equal(number_at(&author, "bundles.0.revenue"), count("select -sum(t.amount) from posting t join account a on a.id = t.account_id where a.code = 'L10'"));
}

/* ---- from a visit to a payment ---- */

static void add_views(void)
{
	int64_t today = event_day(world_now_ms(shop.house.world));

	by_hand(print("insert into event_daily (day, kind, work_id, count, people) values (%lld, 'view', 0, 50, 20), (%lld, 'view', %lld, 12, 9),"
	              " (%lld, 'checkout', %lld, 4, 3), (%lld, 'view', 0, 5, 4)",
	              (long long)today, (long long)today, (long long)shop.work.v, (long long)today, (long long)shop.work.v, (long long)today - 40));
	by_hand(print("insert into event_loss (day, count) values (%lld, 6)", (long long)today));
}

static void test_from_a_visit_to_a_payment(void **state)
{
	(void)state;
	add_views();
	place(OTHER);
	buy(BUYER);
	ask(&admin, "/api/admin/numbers?days=30");
	assert_int_equal(number_at(&admin, "funnel.visits"), 20);
	assert_int_equal(number_at(&admin, "funnel.looked"), 9);
	assert_int_equal(number_at(&admin, "funnel.checkouts"), 3);
	assert_int_equal(number_at(&admin, "funnel.orders"), 2);
	assert_int_equal(number_at(&admin, "funnel.paid"), 1);
	assert_int_equal(number_at(&admin, "funnel.lost"), 6);
	assert_int_equal(number_at(&admin, "works.0.visits"), 9);
	assert_int_equal(number_at(&admin, "works.0.orders"), 2);
	assert_int_equal(number_at(&admin, "works.0.learners"), 1);
	ask(&author, "/api/studio/numbers?days=30");
	assert_int_equal(number_at(&author, "funnel.visits"), 9);
	assert_int_equal(number_at(&author, "funnel.orders"), 2);
	ask(&stranger, "/api/studio/numbers?days=30");
	assert_int_equal(number_at(&stranger, "funnel.visits"), 0);
	assert_int_equal(number_at(&stranger, "funnel.orders"), 0);
	ask(&admin, "/api/admin/numbers?days=90");
	assert_int_equal(number_at(&admin, "funnel.visits"), 24);
}

static void test_where_orders_come_from(void **state)
{
	(void)state;
	buy(BUYER);
	buy(OTHER);
	by_hand("insert into share_link (id, code, user_id, name, work_id, creator_id, created_ms) values (5, 'abc', 1, 'Paper', 0, 1, 1)");
	by_hand("update purchase set source_id = 5 where buyer = 41");
	ask(&admin, "/api/admin/numbers?days=1");
	assert_int_equal(json_array_size(answer_at(&admin, "sources")), 2);
	assert_int_equal(number_at(&admin, "sources.0.source"), 0);
	assert_text(json_text(answer_at(&admin, "sources.1.name")), "Paper");
	assert_int_equal(number_at(&admin, "sources.1.revenue"), PRICE);
}

static void test_words_are_shown_from_three_times_on(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		by_hand(print("insert into event (id, kind, day, detail, at_ms, dedupe) values (%d, 'search', %lld, '%s', 1, 'd%d')", i + 1,
		              (long long)event_day(world_now_ms(shop.house.world)), i < 3 ? "often" : "seldom", i));
	ask(&admin, "/api/admin/numbers?days=1");
	assert_int_equal(json_array_size(answer_at(&admin, "words")), 1);
	assert_text(json_text(answer_at(&admin, "words.0.words")), "often");
	ask(&author, "/api/studio/numbers?days=1");
	assert_int_equal(json_array_size(answer_at(&author, "words")), 0);
}

/* ---- lessons and learners ---- */

static void test_where_learners_are(void **state)
{
	const char *path = print("/api/studio/numbers/%lld", (long long)shop.work.v);

	(void)state;
	buy(BUYER);
	buy(OTHER);
	by_hand("insert into user_account (id, name, name_folded, language, password_hash, created_ms) values (41, '张小明', 'a', 'zh-CN', '', 1),"
	        " (42, 'Li', 'b', 'zh-CN', '', 1)");
	by_hand(print("insert into progress (user_id, work_id, lesson_key, position, done, changed_ms) values (41, %lld, 'one', 1, 1, 5),"
	              " (99, %lld, 'one', 1, 1, 5)", (long long)shop.work.v, (long long)shop.work.v));
	ask(&author, path);
	assert_int_equal(number_at(&author, "learner_count"), 2);
	assert_int_equal(number_at(&author, "lessons.0.begun"), 1);
	assert_int_equal(number_at(&author, "lessons.0.finished"), 1);
	assert_text(json_text(answer_at(&author, "learners.0.name")), "张**");
	assert_text(json_text(answer_at(&author, "learners.1.name")), "L**");
	assert_int_equal(number_at(&author, "learners.0.finished"), 1);
	assert_int_equal(number_at(&author, "learners.1.latest_ms"), 0);
	ask(&admin, path);
	assert_text(json_text(answer_at(&admin, "learners.0.name")), "张小明");
	assert_int_equal(visit(&stranger, GET, path, NULL), 404);
	assert_int_equal(visit(&learner, GET, path, NULL), 403);
	assert_int_equal(visit(&author, GET, "/api/studio/numbers/99", NULL), 404);
	ask(&admin, "/api/admin/numbers?days=1");
	assert_int_equal(number_at(&admin, "works.0.finished"), 1);
	by_hand("update entitlement set revoked_ms = 1 where user_id = 41");
	ask(&author, path);
	assert_int_equal(number_at(&author, "learner_count"), 1);
	assert_int_equal(number_at(&author, "lessons.0.begun"), 0);
}

/* ---- files, and who may ---- */

static void test_files_open_in_a_spreadsheet(void **state)
{
	(void)state;
	buy(BUYER);
	by_hand("update work set title = '=cmd|\"x\"!A1'");
	ask(&admin, "/api/admin/numbers/works.csv?days=1");
	assert_true(text_starts(admin.answer.body, TEXT("\xEF\xBB\xBF\"作品\",")));
	assert_true(text_find(admin.answer.body, TEXT("\"'=cmd|\"\"x\"\"!A1\",0,1,1,100.00,0.00,1,0\r\n")) != SIZE_MAX);
	ask(&admin, "/api/admin/numbers/days.csv?days=2");
	assert_true(text_find(admin.answer.body, TEXT(",0,1,1,100.00,0.00\r\n")) != SIZE_MAX);
	assert_true(text_starts(answer_header(&admin, "Content-Type"), TEXT("text/csv")));
	ask(&author, "/api/studio/numbers/days.csv");
	ask(&author, "/api/studio/numbers/works.csv");
}

static void test_a_learner_sees_none_of_it(void **state)
{
	static const char *const paths[] = { "/api/admin/numbers", "/api/admin/numbers/days.csv", "/api/studio/numbers", "/api/studio/numbers/works.csv" };

	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		assert_int_equal(visit(&learner, GET, paths[i], NULL), 403);
	assert_int_equal(visit(&author, GET, "/api/admin/numbers", NULL), 403);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_shop, close_shop)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_revenue_is_what_the_book_has),
		TEST(test_works_bring_what_was_paid),
		TEST(test_a_day_begins_in_beijing),
		TEST(test_what_came_back_stands_beside_it),
		TEST(test_an_order_of_two_works_counts_with_each), TEST(test_a_bundle_has_a_row_of_its_own),
		TEST(test_from_a_visit_to_a_payment),
		TEST(test_where_orders_come_from),
		TEST(test_words_are_shown_from_three_times_on),
		TEST(test_where_learners_are),
		TEST(test_files_open_in_a_spreadsheet),
		TEST(test_a_learner_sees_none_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
