/* order_test.c - an order from its placing to what follows from its payment, through a channel that says what the test wants;
 * with facts told twice and to the wrong sum, over HTTP, and what verify sees. */
#include <pthread.h>
#include <unistd.h>

#include "base/log.h"
#include "order/testing.h"

/* ---- paid ---- */

static void test_paid_and_all_that_follows(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	assert_false(buyer_entitled());
	expect_book(0, 0, 0, 0);
	assert_done(tell_paid(&payment));
	expect_paid_once(&order);
	assert_int_equal(payment_state_of(&order, &payment), PAYMENT_PAID);
	assert_int_equal(count("select subject from news where topic = 'order-paid'"), order.id.v);
	assert_int_equal(count("select payment_id from purchase"), payment.id.v);
}

static void test_a_hundred_tellings_are_one_effect(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_done(tell_paid(&payment));
	expect_paid_once(&order);
}

static void *tell_many(void *arg)
{
	struct telling *t = arg;
	intptr_t failed = 0;

	for (int i = 0; i < 25; i++)
		failed += db_write(shop.db, tell_it, t) != NULL;
	return (void *)failed;
}

static void test_tellings_at_the_same_moment_are_one_effect(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);
	struct telling t = paid_fact(&payment);
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, tell_many, &t), 0);
	for (int i = 0; i < 4; i++) {
		void *failed;

		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	expect_paid_once(&order);
}

static void test_a_lost_notification_is_found_by_asking(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	move_and_run(2000);
	assert_int_equal(fake.queried, 1);
	assert_int_equal(state_of(&order), ORDER_PENDING);
	fake.query = paid_fact(&payment).fact;
	move_and_run(2000);
	expect_paid_once(&order);
}

/* What the log says at warning level and above while an attempt is open for `seconds`. */
static struct text log_while_open(int seconds)
{
	FILE *file = tmpfile();
	char *bytes = arena_alloc(shop.arena, 4096);
	struct text said;

	assert_non_null(file);
	log_set(fileno(file), LOG_WARN);
	for (int i = 0; i < seconds; i++)
		move_and_run(1000);
	log_set(STDERR_FILENO, LOG_INFO);
	rewind(file);
	said = (struct text){ bytes, fread(bytes, 1, 4096, file) };
	fclose(file);
	return said;
}

static void test_asking_about_an_open_payment_is_no_failure(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	assert_text(log_while_open(60), "");
	assert_int_equal(fake.queried, 30);
	assert_text(log_while_open(100), "");
	assert_int_equal(fake.queried, 40);
	assert_int_equal(payment_state_of(&order, &payment), PAYMENT_READY);
}

static void test_an_unclear_answer_is_unknown_and_then_found(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin_way(&order, PAYMENT_H5), sent;

	(void)state;
	fake.create_why = &payment_unknown;
	assert_problem(payment_send(shop.payments, shop.db, shop.arena, payment.id, &sent), payment_unknown);
	assert_int_equal(payment_state_of(&order, &payment), PAYMENT_UNKNOWN);
	fake.query = paid_fact(&payment).fact;
	move_and_run(2000);
	expect_paid_once(&order);
}

static void test_a_channel_that_is_down_leaves_the_attempt_new(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin_way(&order, PAYMENT_NATIVE), again;

	(void)state;
	fake.create_why = &payment_channel_down;
	assert_problem(payment_send(shop.payments, shop.db, shop.arena, payment.id, &again), payment_channel_down);
	assert_int_equal(payment_state_of(&order, &payment), PAYMENT_NEW);
	fake.create_why = NULL;
	again = begin(&order);
	assert_text(again.trade_no, arena_cstr(shop.arena, payment.trade_no));
	assert_int_equal(fake.created, 2);
}

static void test_a_fact_about_something_else_has_no_effect(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);
	struct telling less = paid_fact(&payment), more = less, foreign = less, unknown = less;

	(void)state;
	less.fact.total.fen--;
	more.fact.total.fen++;
	foreign.fact.merchant = TEXT("M2");
	unknown.trade_no = TEXT("ZF1");
	assert_problem(db_write(shop.db, tell_it, &less), payment_mismatch);
	assert_problem(db_write(shop.db, tell_it, &more), payment_mismatch);
	assert_problem(db_write(shop.db, tell_it, &foreign), payment_mismatch);
	assert_problem(db_write(shop.db, tell_it, &unknown), payment_missing);
	assert_int_equal(state_of(&order), ORDER_PENDING);
	assert_int_equal(count("select count(*) from journal"), 0);
	assert_false(buyer_entitled());
	expect_sound();
}

/* ---- placing ---- */

static problem make_free(struct tx *tx, void *arg)
{
	(void)arg;
	return store_work(tx, 0);
}

static void test_what_is_free_is_owned_at_once(void **state)
{
	struct order order;

	(void)state;
	assert_done(db_write(shop.db, make_free, NULL));
	assert_done(try_place(BUYER, 0, &order));
	assert_int_equal(order.state, ORDER_PAID);
	assert_true(buyer_entitled());
	assert_int_equal(count("select count(*) from journal"), 0);
	assert_int_equal(count("select count(*) from news where topic = 'order-paid'"), 1);
	assert_int_equal(count("select count(*) from payment"), 0);
	expect_sound();
	assert_problem(try_place(BUYER, 0, &order), already_owned);
}

/* What was bought is what stood there when it was ordered, whatever the author says afterwards. */
static void test_access_ends_as_it_was_sold(void **state)
{
	enum { DAY_MS = 24 * 3600 * 1000 };
	struct order order, again;
	struct payment payment;

	(void)state;
	by_hand("update work set access = 'days', access_days = 30, refund_days = 3, refund_percent = 10");
	order = place(BUYER);
	by_hand("update work set access = 'days', access_days = 1, refund_days = 0");
	payment = begin(&order);
	assert_done(tell_paid(&payment));
	assert_int_equal(count("select refund_days * 100 + refund_percent from purchase_item"), 310);
	assert_int_equal(count("select until_ms - from_ms from entitlement"), (int64_t)30 * DAY_MS);
	world_move(shop.house.world, (int64_t)30 * DAY_MS - 1);
	assert_true(buyer_entitled());
	world_move(shop.house.world, 1);
	assert_false(buyer_entitled());
	expect_sound();
	assert_done(try_place(BUYER, PRICE, &again));
	by_hand("update work set access = 'until', access_until_ms = 1");
	assert_problem(try_place(OTHER, PRICE, &again), work_gone);
}

static void test_what_is_owned_is_not_sold_again(void **state)
{
	struct order order = place(BUYER), again;
	struct payment payment = begin(&order);

	(void)state;
	assert_done(tell_paid(&payment));
	assert_problem(try_place(BUYER, PRICE, &again), already_owned);
	assert_done(try_place(OTHER, PRICE, &again));
	assert_int_equal(count("select count(*) from purchase"), 2);
}

static void test_an_open_order_is_given_again_until_the_price_changes(void **state)
{
	struct order order = place(BUYER), again = place(BUYER), dearer;
	problem why;

	(void)state;
	assert_int_equal(order.id.v, again.id.v);
	assert_done(db_write(shop.db, make_dearer, NULL));
	why = try_place(BUYER, PRICE, &dearer);
	assert_non_null(why);
	assert_string_equal(why->type, "price-changed");
	assert_done(try_place(BUYER, PRICE + 1, &dearer));
	assert_int_not_equal(order.id.v, dearer.id.v);
	assert_int_equal(dearer.total.fen, PRICE + 1);
	assert_int_equal(state_of(&order), ORDER_PENDING); /* its promise holds until its deadline */
}

static void test_the_share_is_exact_for_every_price(void **state)
{
	(void)state;
	assert_int_equal(order__creator_share(MONEY(10000), 200).fen, 8000);
	assert_int_equal(order__creator_share(MONEY(1), 200).fen, 0);
	assert_int_equal(order__creator_share(MONEY(9), 0).fen, 9);
	assert_int_equal(order__creator_share(MONEY(9), 1000).fen, 0);
	assert_int_equal(order__creator_share(MONEY(9007199254740991), 1).fen, 9007199254740991 / 1000 * 999 + 991 * 999 / 1000);
	for (int64_t fen = 0; fen < 3000; fen++)
		assert_int_equal(order__creator_share(MONEY(fen), 333).fen, fen * 667 / 1000);
}

/* ---- access, and what verify sees ---- */

static void test_access_follows_from_entitlements_alone(void **state)
{
	struct order order = place(BUYER);

	(void)state;
	by_hand("update purchase set state = 'PAID'");
	assert_int_equal(state_of(&order), ORDER_PAID);
	assert_false(buyer_entitled());
	expect_wrong("no entitlement");
}

static void test_an_entitlement_ends(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	assert_done(tell_paid(&payment));
	by_hand("update entitlement set until_ms = from_ms + 1000");
	assert_true(buyer_entitled());
	world_move(shop.house.world, 1000);
	assert_false(buyer_entitled());
	by_hand("update entitlement set until_ms = null, revoked_ms = 1");
	assert_false(buyer_entitled());
	by_hand("update entitlement set revoked_ms = null, user_id = 0");
	assert_false(buyer_entitled());
}

static void test_verify_names_what_disagrees(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	assert_done(tell_paid(&payment));
	expect_sound();
	by_hand("update purchase set state = 'PENDING'");
	expect_wrong("not paid");
	by_hand("update purchase set state = 'PAID', payment_id = null");
	expect_wrong("by no payment");
	by_hand("update purchase set payment_id = (select id from payment)");
	expect_sound();
	by_hand("update payment set amount = amount + 1");
	expect_wrong("another amount");
	by_hand("update payment set amount = amount - 1, state = 'CLOSED'");
	expect_wrong("that was paid");
	by_hand("update payment set state = 'PAID', payable_id = payable_id + 1");
	expect_wrong("of this order");
	by_hand("update payment set payable_id = payable_id - 1");
	by_hand("update journal set entry_key = 'elsewhere' where kind = 'paid'");
	expect_wrong("not in the ledger");
	by_hand("update purchase set payment_id = 1");
	expect_wrong("payment is not there");
	by_hand("update purchase set payment_id = (select id from payment)");
	by_hand("delete from entitlement");
	expect_wrong("no entitlement");
}

/* ---- over HTTP ---- */

static int post(struct visitor *v, const char *path, const char *body)
{
	static int keys;
	static char key[32];

	snprintf(key, sizeof key, "key-%d", ++keys);
	v->key = key;
	return visit(v, POST, path, body);
}

static const char *path_of(const struct order *order, const char *rest)
{
	return arena_cstr(shop.arena, arena_format(shop.arena, "/api/orders/%lld%s", (long long)order->id.v, rest));
}

static void test_an_order_over_http(void **state)
{
	struct visitor buyer = visitor_of(&shop.house, BUYER, 0), channel = visitor_of(&shop.house, 0, 0);
	const char *draft = arena_cstr(shop.arena, arena_format(shop.arena, "{\"work\":%lld,\"price\":%d}", (long long)shop.work.v, PRICE));
	struct order order = { 0 };
	const char *message;

	(void)state;
	assert_int_equal(post(&buyer, "/api/orders", draft), 201);
	order.id.v = json_integer_value(answer_at(&buyer, "id"));
	assert_int_equal(post(&buyer, path_of(&order, "/payments"), "{\"channel\":\"wechat\",\"way\":\"native\"}"), 201);
	message = arena_cstr(shop.arena, arena_format(shop.arena, "ZF%lld %d", (long long)json_integer_value(answer_at(&buyer, "id")), PRICE));
	assert_true(text_starts(json_text(answer_at(&buyer, "code_url")), TEXT("weixin://")));
	assert_int_equal(count("select count(*) from payment where app = 'wx-of-now'"), 1);
	channel.foreign = true;
	assert_int_equal(visit(&channel, POST, "/api/notify/wechat", "nonsense"), 401);
	assert_int_equal(visit(&channel, POST, "/api/notify/wechat", "ZF1 10000"), 404);
	assert_int_equal(visit(&channel, POST, "/api/notify/wechat", message), 204);
	assert_int_equal(visit(&channel, POST, "/api/notify/wechat", message), 204);
	assert_int_equal(visit(&buyer, GET, path_of(&order, ""), NULL), 200);
	assert_text(json_text(answer_at(&buyer, "state")), "PAID");
	assert_text(json_text(answer_at(&buyer, "payment.state")), "PAID");
	expect_paid_once(&order);
	assert_int_equal(count("select count(*) from channel_event where state = 'APPLIED'"), 1);
	assert_int_equal(post(&buyer, "/api/orders", draft), 409);
	assert_true(answer_is_problem(&buyer, "already-owned"));
	assert_int_equal(post(&buyer, path_of(&order, "/payments"), "{\"channel\":\"wechat\",\"way\":\"native\"}"), 409);
	visitor_close(&buyer);
	visitor_close(&channel);
}

static void test_a_message_with_another_sum_is_kept_and_refused(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);
	struct visitor channel = visitor_of(&shop.house, 0, 0);
	const char *message = arena_cstr(shop.arena, arena_format(shop.arena, "%.*s %d", TEXT_ARG(payment.trade_no), PRICE - 1));

	(void)state;
	channel.foreign = true;
	assert_int_equal(visit(&channel, POST, "/api/notify/wechat", message), 400);
	assert_int_equal(count("select count(*) from channel_event where state = 'REJECTED'"), 1);
	assert_int_equal(state_of(&order), ORDER_PENDING);
	assert_int_equal(count("select count(*) from journal"), 0);
	visitor_close(&channel);
}

static void test_an_order_is_its_buyers_alone(void **state)
{
	struct order order = place(BUYER);
	struct visitor other = visitor_of(&shop.house, OTHER, 0), nobody = visitor_of(&shop.house, 0, 0);

	(void)state;
	assert_int_equal(visit(&other, GET, path_of(&order, ""), NULL), 404);
	assert_int_equal(post(&other, path_of(&order, "/payments"), "{\"channel\":\"wechat\",\"way\":\"native\"}"), 404);
	assert_int_equal(post(&other, path_of(&order, "/close"), "{}"), 404);
	assert_int_equal(visit(&other, GET, "/api/orders", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&other, "items")), 0);
	assert_int_equal(visit(&other, GET, "/api/studio/balance", NULL), 403);
	assert_int_equal(visit(&nobody, GET, path_of(&order, ""), NULL), 401);
	assert_int_equal(post(&nobody, "/api/orders", "{\"work\":1}"), 401);
	assert_int_equal(state_of(&order), ORDER_PENDING);
	visitor_close(&other);
	visitor_close(&nobody);
}

static bool reaches_all(struct serve *serve, const char *kind)
{
	(void)serve, (void)kind;
	return true;
}

/* The account's own tests say whose login is proven; here it is nobody's. */
static void test_who_has_proven_no_login_buys_nothing_where_he_could(void **state)
{
	static const struct code_sender sender = { reaches_all };
	struct visitor buyer = visitor_of(&shop.house, BUYER, 0);
	const char *draft = arena_cstr(shop.arena, arena_format(shop.arena, "{\"work\":%lld}", (long long)shop.work.v));

	(void)state;
	account_know_sender(shop.house.serve, &sender);
	assert_int_equal(post(&buyer, "/api/orders", draft), 403);
	assert_true(answer_is_problem(&buyer, "verification-required"));
	assert_int_equal(count("select count(*) from purchase"), 0);
	account_know_sender(shop.house.serve, NULL);
	assert_int_equal(post(&buyer, "/api/orders", draft), 201);
	visitor_close(&buyer);
}

static void test_a_creator_sees_what_the_book_has(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);
	struct visitor author = visitor_of(&shop.house, AUTHOR, CREATOR);

	(void)state;
	assert_done(tell_paid(&payment));
	assert_int_equal(visit(&author, GET, "/api/studio/balance", NULL), 200);
	assert_int_equal(json_integer_value(answer_at(&author, "held")), 8000);
	assert_int_equal(json_integer_value(answer_at(&author, "available")), 0);
	assert_int_equal(json_integer_value(answer_at(&author, "items.0.share")), 8000);
	visitor_close(&author);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_paid_and_all_that_follows),
		TEST(test_a_hundred_tellings_are_one_effect),
		TEST(test_tellings_at_the_same_moment_are_one_effect),
		TEST(test_a_lost_notification_is_found_by_asking),
		TEST(test_asking_about_an_open_payment_is_no_failure),
		TEST(test_an_unclear_answer_is_unknown_and_then_found),
		TEST(test_a_channel_that_is_down_leaves_the_attempt_new),
		TEST(test_a_fact_about_something_else_has_no_effect),
		TEST(test_what_is_free_is_owned_at_once),
		TEST(test_access_ends_as_it_was_sold),
		TEST(test_what_is_owned_is_not_sold_again),
		TEST(test_an_open_order_is_given_again_until_the_price_changes),
		TEST(test_the_share_is_exact_for_every_price),
		TEST(test_access_follows_from_entitlements_alone),
		TEST(test_an_entitlement_ends),
		TEST(test_verify_names_what_disagrees),
		TEST(test_an_order_over_http),
		TEST(test_a_message_with_another_sum_is_kept_and_refused),
		TEST(test_an_order_is_its_buyers_alone),
		TEST(test_who_has_proven_no_login_buys_nothing_where_he_could),
		TEST(test_a_creator_sees_what_the_book_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
