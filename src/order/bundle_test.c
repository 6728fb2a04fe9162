/* bundle_test.c - several works by one order: what falls on each, what is opened and when it is not, how much was studied of all, that
 * any pieces give back exactly what came in, and that codes and grants open all of it. */
#include "order/coupon.h"
#include "account/people.h"
#include "order/grant.h"
#include "order/import.h"
#include "order/part.h"
#include "order/redeem.h"
#include "order/testing.h"

enum { DAY_MS = 24 * 3600 * 1000, TOGETHER = 15000, CASES = 20000, MANY = 50 };

/* ---- a shop with two works more (¥50, ¥100), and all three in a bundle ---- */

static struct work_id first, second, third, pack;

static problem add_work(struct tx *tx, const char *name, int kind, int64_t fen, struct work_id *ret)
{
	struct lesson_draft lesson = { .key = TEXT("one"), .title = TEXT("One"), .doc = TEXT("{\"type\":\"doc\"}"), .plain = TEXT("") };
	struct section_draft section = { .title = TEXT("Part"), .lessons = &lesson, .lesson_count = 1 };
	const struct work_draft draft = {
		.source = text_of(name), .creator = shop.creator, .kind = kind, .language = TEXT("zh-CN"), .title = text_of(name), .summary = TEXT("About"),
		.price = MONEY(fen), .price_given = true, .sections = &section, .section_count = kind == WORK_BUNDLE ? 0 : 1,
	};
	enum work_change change;

	return work_store(tx, &draft, (struct user_id){ AUTHOR }, &change, ret);
}

static void put_in(struct tx *tx, struct work_id work, int64_t position)
{
	run(tx, "insert into bundle_item (bundle_id, work_id, position) values ($1, $2, $3)", V(pack.v, work.v, position));
}

static problem pack_it(struct tx *tx, void *arg)
{
	problem why = add_work(tx, "Second", WORK_COURSE, 5000, &second);

	(void)arg;
	if (!why)
		why = add_work(tx, "Third", WORK_EBOOK, PRICE, &third);
	if (!why)
		why = add_work(tx, "All of it", WORK_BUNDLE, TOGETHER, &pack);
	put_in(tx, third, 0);
	put_in(tx, first, 1);
	put_in(tx, second, 2);
	return why ? why : tx_problem(tx);
}

static int set_up(void **state)
{
	setup(state);
	first = shop.work;
	assert_done(db_write(shop.db, pack_it, NULL));
	shop.work = pack; /* what `place` orders */
	fake.refund = REFUND_TAG_PROCESSING;
	fake.refund_asked = REFUND_TAG_PROCESSING;
	return 0;
}

static struct order place_pack(int64_t buyer)
{
	struct order order;

	assert_done(try_place(buyer, TOGETHER, &order));
	return order;
}

static struct order bought;
static struct payment paid;

static void buy(void)
{
	bought = place_pack(BUYER);
	paid = begin(&bought);
	assert_done(tell_paid(&paid));
}

static int64_t live(struct work_id work)
{
	return count(arena_cstr(shop.arena, arena_format(shop.arena, "select count(*) from entitlement where user_id = %d and work_id = %lld and revoked_ms is null",
	                                                 BUYER, (long long)work.v)));
}

static void expect_open(int64_t in_first, int64_t in_second, int64_t in_third)
{
	assert_int_equal(live(first), in_first);
	assert_int_equal(live(second), in_second);
	assert_int_equal(live(third), in_third);
	assert_int_equal(live(pack), 0);
}

static void update_work(const char *set, struct work_id work)
{
	by_hand(arena_cstr(shop.arena, arena_format(shop.arena, "update work set %s where id = %lld", set, (long long)work.v)));
}

/* ---- what falls on each ---- */

static uint64_t seed = 42;

static int64_t below(int64_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (int64_t)(seed >> 33) % n;
}

/* The exact part is never further than a fen away, and what costs more never gets less. */
static void expect_fair(int64_t whole, const struct money *prices, const struct money *got, size_t n)
{
	int64_t sum = 0, given = 0;

	for (size_t i = 0; i < n; i++) {
		sum += prices[i].fen;
		given += got[i].fen;
	}
	assert_int_equal(given, whole);
	for (size_t i = 0; i < n; i++) {
		__int128 exact = sum ? (__int128)whole * prices[i].fen : whole, of = sum ? sum : (__int128)n, off = (__int128)got[i].fen * of - exact;

		assert_true(got[i].fen >= 0 && off < of && -off < of);
		for (size_t k = 0; k < n; k++)
			assert_true(prices[i].fen <= prices[k].fen || got[i].fen >= got[k].fen);
		for (size_t k = 0; k < i; k++)
			assert_true(prices[i].fen != prices[k].fen || got[k].fen >= got[i].fen); /* of equal ones the first */
	}
}

static void test_every_fen_falls_on_a_work(void **state)
{
	struct money prices[MANY], got[MANY], again[MANY];

	(void)state;
	for (int c = 0; c < CASES; c++) {
		size_t n = (size_t)(1 + below(c % 5 ? 6 : MANY));
		int64_t most = (int64_t[]){ 1, 2, 30, 10000, 100000001 }[below(5)], whole = below(3) ? below(100000001) : below(60);

		for (size_t i = 0; i < n; i++)
			prices[i] = MONEY(below(most));
		order__allocate(MONEY(whole), prices, n, got);
		order__allocate(MONEY(whole), prices, n, again);
		assert_memory_equal(got, again, n * sizeof *got);
		expect_fair(whole, prices, got, n);
	}
}

static void test_known_allocations(void **state)
{
	const struct money prices[] = { { 10000 }, { 10000 }, { 5000 } }, none[] = { { 0 }, { 0 }, { 0 } }, one_free[] = { { 0 }, { 700 } };
	struct money got[3];

	(void)state;
	order__allocate(MONEY(15000), prices, 3, got);
	assert_int_equal(got[0].fen, 6000);
	assert_int_equal(got[1].fen, 6000);
	assert_int_equal(got[2].fen, 3000);
	order__allocate(MONEY(1), prices, 3, got);
	assert_int_equal(got[0].fen, 1);
	assert_int_equal(got[1].fen + got[2].fen, 0);
	order__allocate(MONEY(11), none, 3, got);
	assert_int_equal(got[0].fen, 4);
	assert_int_equal(got[1].fen, 4);
	assert_int_equal(got[2].fen, 3);
	order__allocate(MONEY(500), one_free, 2, got);
	assert_int_equal(got[0].fen, 0);
	assert_int_equal(got[1].fen, 500);
}

/* ---- buying ---- */

static void test_one_payment_opens_every_work_once(void **state)
{
	(void)state;
	buy();
	assert_done(tell_paid(&paid)); /* the notification comes twice */
	assert_int_equal(state_of(&bought), ORDER_PAID);
	expect_open(1, 1, 1);
	assert_int_equal(count("select count(*) from entitlement"), 3);
	assert_int_equal(count("select count(*) from purchase"), 1);
	assert_int_equal(count("select sum(amount) from purchase_part"), TOGETHER);
	assert_int_equal(count("select count(*) from news where topic = 'order-paid'"), 1);
	assert_int_equal(count("select count(*) from news where topic = 'order-given'"), 3);
	expect_book(TOGETHER - 90, 12000, 3000, 90); /* one posting, to the one creator */
	expect_sound();
}

static void test_parts_keep_the_bundles_order_and_their_prices(void **state)
{
	struct order order;

	(void)state;
	order = place_pack(BUYER);
	assert_int_equal(order.part_count, 3);
	assert_int_equal(order.parts[0].work.id.v, third.v);
	assert_int_equal(order.parts[1].work.id.v, first.v);
	assert_int_equal(order.parts[2].work.id.v, second.v);
	assert_int_equal(order.parts[0].amount.fen, 6000);
	assert_int_equal(order.parts[2].amount.fen, 3000);
	assert_int_equal(order.parts[2].price.fen, 5000);
}

static void test_what_becomes_of_the_bundle_changes_no_order(void **state)
{
	struct order other;

	(void)state;
	bought = place_pack(BUYER);
	by_hand("delete from bundle_item where position = 2");
	other = place_pack(BUYER); /* looked at again: what is sold now */
	assert_int_not_equal(other.id.v, bought.id.v);
	assert_int_equal(other.part_count, 2);
	paid = begin(&bought);
	assert_done(tell_paid(&paid));
	expect_open(1, 1, 1);
	expect_sound();
}

static void test_the_same_bundle_is_the_same_open_order(void **state)
{
	struct order order;

	(void)state;
	order = place_pack(BUYER);
	assert_int_equal(place_pack(BUYER).id.v, order.id.v);
	update_work("price = price + 1", second); /* what it costs alone is no matter */
	assert_int_equal(place_pack(BUYER).id.v, order.id.v);
	by_hand("delete from bundle_item where position = 2");
	assert_int_not_equal(place_pack(BUYER).id.v, order.id.v);
}

static void test_only_what_is_on_offer_is_sold_and_not_one_alone(void **state)
{
	struct order order;

	(void)state;
	update_work("state = 'archived'", second);
	order = place_pack(BUYER);
	assert_int_equal(order.part_count, 2);
	assert_int_equal(order.parts[0].amount.fen + order.parts[1].amount.fen, TOGETHER);
	update_work("state = 'suspended'", third);
	assert_text(text_of(try_place(OTHER, TOGETHER, &order)->type), "bundle-too-small");
}

static void test_each_work_opens_for_as_long_as_it_says(void **state)
{
	(void)state;
	update_work("access = 'days', access_days = 30", second);
	bought = place_pack(BUYER);
	update_work("access = 'days', access_days = 1", third); /* after the order */
	paid = begin(&bought);
	assert_done(tell_paid(&paid));
	assert_int_equal(count("select count(*) from entitlement where until_ms is null"), 2);
	assert_int_equal(count("select until_ms - from_ms from entitlement where until_ms is not null"), (int64_t)30 * DAY_MS);
}

/* ---- some of it owned already ---- */

static void own(struct work_id work, int64_t fen)
{
	struct order order;
	struct payment payment;

	shop.work = work;
	assert_done(try_place(BUYER, fen, &order));
	payment = begin(&order);
	assert_done(tell_paid(&payment));
	shop.work = pack;
}

static void test_an_owned_work_is_told_and_stays_when_the_other_order_goes_back(void **state)
{
	struct visitor buyer = visitor_of(&shop.house, BUYER, 0);
	char body[128];

	(void)state;
	own(second, 5000);
	snprintf(body, sizeof body, "{\"work\":%lld,\"price\":%d}", (long long)pack.v, TOGETHER);
	buyer.key = "once";
	assert_int_equal(visit(&buyer, POST, "/api/orders", body), 201);
	assert_int_equal(json_array_size(answer_at(&buyer, "parts")), 3);
	assert_false(json_is_true(answer_at(&buyer, "parts.0.owned")));
	assert_true(json_is_true(answer_at(&buyer, "parts.2.owned")));
	assert_int_equal(json_integer_value(answer_at(&buyer, "parts.2.amount")), 3000);
	visitor_close(&buyer);
	buy();
	expect_open(1, 2, 1);
	by_hand("update entitlement set revoked_ms = 1 where id = (select min(id) from entitlement)"); /* the other one goes back */
	expect_open(1, 1, 1);
}

static void test_days_begin_when_what_there_is_ends(void **state)
{
	(void)state;
	update_work("access = 'days', access_days = 30", second);
	own(second, 5000);
	world_move(shop.house.world, (int64_t)10 * DAY_MS);
	buy();
	assert_int_equal(count("select max(until_ms) - min(from_ms) from entitlement where until_ms is not null"), (int64_t)60 * DAY_MS);
}

static void test_who_owns_all_of_it_buys_nothing(void **state)
{
	struct visitor buyer = visitor_of(&shop.house, BUYER, 0);
	char path[128];
	struct order order;

	(void)state;
	own(first, PRICE);
	own(second, 5000);
	snprintf(path, sizeof path, "/api/me/owned?works=%lld,%lld", (long long)pack.v, (long long)first.v);
	assert_int_equal(visit(&buyer, GET, path, NULL), 200);
	assert_int_equal(json_array_size(answer_at(&buyer, "works")), 1);
	bought = place_pack(BUYER);
	own(third, PRICE);
	assert_int_equal(visit(&buyer, GET, path, NULL), 200);
	assert_int_equal(json_array_size(answer_at(&buyer, "works")), 2);
	visitor_close(&buyer);
	assert_problem(try_place(BUYER, TOGETHER, &order), already_owned);
	paid = begin(&bought); /* the money of the open order goes back */
	assert_done(tell_paid(&paid));
	expect_open(1, 1, 1);
	assert_int_equal(count("select count(*) from refund"), 1);
	expect_sound();
}

static problem end_grant(struct tx *tx, void *arg)
{
	struct grant grant;
	problem why = order_grant_by_id(tx, *(const int64_t *)arg, &grant);

	return why ? why : order_grant_revoke(tx, &grant, TEXT("A mistake"), (struct user_id){ AUTHOR });
}

/* ---- coupons ---- */

static problem make_it(struct tx *tx, void *arg)
{
	const struct person owner = { .id = { 99 }, .roles = ANYBODY | LEARNER | ADMIN };
	const struct coupon_draft *draft = arg;
	struct coupon_batch batch;
	struct text *codes;

	return coupon__make(tx, draft, &owner, &batch, &codes);
}

static void make_coupon(const char *word, struct work_id work)
{
	struct coupon_draft draft = { .name = TEXT("Spring"), .word = text_of(word), .bearer = COUPON_SHOP, .amount_off = MONEY(1001), .stock = 9, .works = &work.v,
	                              .work_count = work.v != 0 };

	assert_done(db_write(shop.db, make_it, &draft));
}

static problem place_with(const char *word, struct order *ret)
{
	struct placing p = { .buyer = { BUYER }, .draft = { .work = pack, .coupon = text_of(word) } };
	problem why = db_write(shop.db, place_it, &p);

	*ret = p.order;
	return why;
}

static void test_a_coupon_holds_where_it_names_the_bundle(void **state)
{
	(void)state;
	make_coupon("OFBOOK", third);
	make_coupon("OFPACK", pack);
	make_coupon("OFALL", (struct work_id){ 0 });
	assert_text(text_of(place_with("OFBOOK", &bought)->type), "coupon-not-here");
	assert_done(place_with("OFALL", &bought));
	assert_done(place_with("OFPACK", &bought));
	assert_int_equal(bought.total.fen, TOGETHER - 1001);
	paid = begin(&bought);
	assert_done(tell_paid(&paid));
	assert_int_equal(count(arena_cstr(shop.arena, arena_format(shop.arena, "select sum(amount) * 100000 + sum(shop) from purchase_part where purchase_id = %lld",
	                                                           (long long)bought.id.v))), (int64_t)(TOGETHER - 1001) * 100000 + 1001);
	expect_sound();
}

static void test_a_change_of_a_work_does_not_break_the_coupon(void **state)
{
	struct order again;

	(void)state;
	make_coupon("OFPACK", pack);
	by_hand("update coupon_batch set stock = 1, each_max = 1");
	assert_done(place_with("OFPACK", &bought));
	update_work("price = price + 1", second);
	assert_done(place_with("OFPACK", &again));
	assert_int_equal(again.id.v, bought.id.v);
	by_hand("delete from bundle_item where position = 2"); /* other works: another order, and the coupon is its own */
	assert_done(place_with("OFPACK", &again));
	assert_int_not_equal(again.id.v, bought.id.v);
	assert_int_equal(state_of(&bought), ORDER_CLOSED);
	assert_int_equal(count("select taken from coupon_batch"), 1);
	expect_sound();
	paid = begin(&again);
	assert_done(tell_paid(&paid));
	assert_int_equal(state_of(&again), ORDER_PAID);
	assert_int_equal(count("select count(*) from coupon_use where state = 'USED'"), 1);
	expect_sound();
}

static void test_a_coupon_per_person_holds_for_a_new_order_too(void **state)
{
	struct order again;

	(void)state;
	make_coupon("OFPACK", pack);
	by_hand("update coupon_batch set each_max = 1");
	assert_done(place_with("OFPACK", &bought));
	paid = begin(&bought); /* its payment may arrive */
	by_hand("delete from bundle_item where position = 2");
	assert_text(text_of(place_with("OFPACK", &again)->type), "coupon-each");
	assert_int_equal(state_of(&bought), ORDER_PENDING);
	assert_int_equal(count("select taken from coupon_batch"), 1);
	expect_sound();
}

/* ---- money back ---- */

static int64_t of_first, of_second, of_third;

static problem studied(struct tx *tx, struct user_id user, struct work_id work, int64_t *ret_percent)
{
	assert_int_equal(user.v, BUYER);
	*ret_percent = work.v == first.v ? of_first : work.v == second.v ? of_second : of_third;
	return tx_problem(tx);
}

struct giving {
	struct order order;
	struct refund_quote quote;
	struct order_refund refund;
	int64_t fen;
};

static problem quote_it(struct tx *tx, void *arg)
{
	struct giving *g = arg;
	problem why;

	tx_use_arena(tx, shop.arena);
	why = order__by_id(tx, bought.id, &g->order);
	return why ? why : order__quote(tx, studied, &g->order, &g->quote);
}

static problem ask_it(struct tx *tx, void *arg)
{
	struct giving *g = arg;
	problem why = quote_it(tx, arg);

	return why ? why : order__ask_refund(tx, studied, &g->order, &(struct refund_wish){ g->quote.amount, g->quote.version, TEXT("No") }, &g->refund);
}

static problem give_it(struct tx *tx, void *arg)
{
	struct giving *g = arg;
	struct refund_decision decision = { .amount = MONEY(g->fen), .reason = TEXT("Sorry") };
	problem why = quote_it(tx, arg);

	if (why)
		return why;
	decision.version = order__refund_version(tx, &g->order, order__rest(&g->order, order__standing(tx, bought.id)), false);
	return order__give_back(tx, &g->order, &decision, (struct user_id){ AUTHOR }, &g->refund);
}

static void send_and_end(const char *refund_state)
{
	struct visitor channel = visitor_of(&shop.house, 0, 0);

	move_and_run(61000);
	channel.foreign = true;
	assert_int_equal(visit(&channel, POST, "/api/notify/wechat",
	                       arena_cstr(shop.arena, arena_format(shop.arena, "%s %lld %s", fake.refund_no, (long long)fake.refund_fen, refund_state))), 204);
	visitor_close(&channel);
}

static void test_what_was_studied_counts_by_what_was_paid(void **state)
{
	struct giving g = { 0 };

	(void)state;
	of_first = 50, of_second = 49, of_third = 0; /* of ¥60, ¥30, ¥60 */
	buy();
	assert_done(db_read(shop.db, quote_it, &g));
	assert_int_equal(g.quote.studied, 29);
	assert_int_equal(g.quote.way, REFUND_WAY_AUTOMATIC);
	of_third = 10;
	assert_done(db_read(shop.db, quote_it, &g));
	assert_int_equal(g.quote.studied, 33);
	assert_int_equal(g.quote.way, REFUND_WAY_REVIEW);
}

static void test_what_was_held_before_does_not_count_as_studied(void **state)
{
	struct giving g = { 0 };

	(void)state;
	of_first = 100, of_second = 49, of_third = 0; /* of ¥60, ¥30, ¥60 */
	own(first, PRICE);
	buy();
	assert_done(db_read(shop.db, quote_it, &g));
	assert_int_equal(g.quote.studied, 9);
	assert_int_equal(g.quote.way, REFUND_WAY_AUTOMATIC);
	assert_int_equal(count("select sum(held) from purchase_part"), 1);
	expect_sound();
}

static void test_all_of_it_goes_back_and_comes_again_if_it_fails(void **state)
{
	struct giving g = { 0 };

	(void)state;
	of_first = of_second = of_third = 0;
	buy();
	assert_done(db_write(shop.db, ask_it, &g));
	expect_open(0, 0, 0);
	assert_int_equal(count("select count(*) from news where topic = 'order-revoked'"), 3);
	expect_sound();
	send_and_end("CLOSED");
	expect_open(1, 1, 1);
	expect_sound();
	assert_done(db_write(shop.db, ask_it, &g));
	send_and_end("SUCCESS");
	assert_int_equal(state_of(&bought), ORDER_REFUNDED);
	expect_open(0, 0, 0);
	expect_sound();
	expect_book(0, 0, 0, 0);
}

/* ---- days, one behind another ---- */

enum { BOXES = 4, DAYS = 30, STEPS = 60, ORDERS_MAX = STEPS };

/* What is paid for and not used yet, in the order in which it is used; a box holds the second work and one that no other box holds. */
static struct {
	struct work_id boxes[BOXES];
	struct order orders[ORDERS_MAX];
	int64_t left_ms[ORDERS_MAX], at_ms;
	size_t box_of[ORDERS_MAX], count;
} days;

static problem add_boxes(struct tx *tx, void *arg)
{
	problem why = NULL;

	(void)arg;
	for (size_t i = 0; !why && i < BOXES; i++) {
		struct work_id own_work;

		why = add_work(tx, arena_cstr(tx_arena(tx), arena_format(tx_arena(tx), "Own %zu", i)), WORK_COURSE, 5000, &own_work);
		if (!why)
			why = add_work(tx, arena_cstr(tx_arena(tx), arena_format(tx_arena(tx), "Box %zu", i)), WORK_BUNDLE, TOGETHER, &days.boxes[i]);
		pack = days.boxes[i];
		put_in(tx, second, 0);
		put_in(tx, own_work, 1);
	}
	return why ? why : tx_problem(tx);
}

static void use_days(void)
{
	int64_t now_ms = world_now_ms(shop.house.world), passed_ms = now_ms - days.at_ms;

	days.at_ms = now_ms;
	for (size_t i = 0; i < days.count; i++) {
		int64_t used_ms = passed_ms < days.left_ms[i] ? passed_ms : days.left_ms[i];

		days.left_ms[i] -= used_ms;
		passed_ms -= used_ms;
	}
}

static void add_days(const struct order *order, size_t box, int64_t left_ms)
{
	assert_true(days.count < ORDERS_MAX);
	days.orders[days.count] = *order;
	days.box_of[days.count] = box;
	days.left_ms[days.count++] = left_ms;
}

static void drop_days(size_t at)
{
	days.count--;
	for (size_t i = at; i < days.count; i++) {
		days.orders[i] = days.orders[i + 1];
		days.box_of[i] = days.box_of[i + 1];
		days.left_ms[i] = days.left_ms[i + 1];
	}
}

static int64_t days_left(void)
{
	int64_t sum = 0;

	for (size_t i = 0; i < days.count; i++)
		sum += days.left_ms[i];
	return sum;
}

static void buy_box(size_t box)
{
	for (size_t i = 0; i < days.count; i++) {
		if (days.box_of[i] == box && days_left())
			return; /* all of it is his */
	}
	shop.work = days.boxes[box];
	buy();
	add_days(&bought, box, (int64_t)DAYS * DAY_MS);
}

static void return_box(size_t at, const char *refund_state)
{
	struct giving g = { .fen = TOGETHER };
	int64_t left_ms = days.left_ms[at];
	size_t box = days.box_of[at];

	bought = days.orders[at];
	assert_done(db_write(shop.db, give_it, &g));
	drop_days(at);
	send_and_end(refund_state);
	use_days();
	if (strcmp(refund_state, "SUCCESS") != 0)
		add_days(&bought, box, left_ms);
}

struct ending {
	int64_t until_ms;
};

static problem look_at_end(struct tx *tx, void *arg)
{
	struct ending *e = arg;

	e->until_ms = entitled_until(tx, (struct user_id){ BUYER }, second);
	return tx_problem(tx);
}

static void expect_days(void)
{
	struct ending e = { 0 };

	assert_done(db_read(shop.db, look_at_end, &e));
	assert_int_equal(e.until_ms, days_left() ? days.at_ms + days_left() : 0);
}

static void test_nobody_has_more_days_than_he_paid_for_nor_fewer(void **state)
{
	(void)state;
	of_first = of_second = of_third = 0;
	days.count = 0;
	days.at_ms = world_now_ms(shop.house.world);
	update_work("access = 'days', access_days = 30", second);
	assert_done(db_write(shop.db, add_boxes, NULL));
	for (int step = 0; step < STEPS; step++) {
		int64_t what = below(6);

		if (what < 3)
			buy_box((size_t)below(BOXES));
		else if (what == 3)
			world_move(shop.house.world, below((int64_t)20 * DAY_MS));
		else if (days.count)
			return_box((size_t)below((int64_t)days.count), what == 4 ? "SUCCESS" : "CLOSED");
		use_days();
		expect_days();
	}
	expect_sound();
}

static void test_days_move_up_when_a_grant_before_them_ends(void **state)
{
	struct ending e = { 0 };

	(void)state;
	update_work("access = 'days', access_days = 30", second);
	own(second, 5000);
	by_hand("update entitlement set source = 'staff', source_id = 77");
	by_hand("insert into access_grant (id, user_id, work_id, creator_id, access, access_days, access_until_ms, reason, state, granted_by, created_ms, given_ms)"
	        " select 77, user_id, work_id, 1, 'days', 30, 0, 'For the jury', 'GIVEN', 43, 1, 1 from entitlement");
	buy();
	world_move(shop.house.world, (int64_t)10 * DAY_MS);
	assert_done(db_write(shop.db, end_grant, &(int64_t){ 77 }));
	assert_done(db_read(shop.db, look_at_end, &e));
	assert_int_equal(e.until_ms, world_now_ms(shop.house.world) + (int64_t)30 * DAY_MS);
}

static void test_any_pieces_give_back_exactly_what_came_in(void **state)
{
	(void)state;
	of_first = of_second = of_third = 0;
	for (int round = 0; round < 3; round++) {
		int64_t rest = TOGETHER;

		buy();
		while (rest) {
			struct giving g = { .fen = rest < 2000 ? rest : 1 + below(rest) };

			assert_done(db_write(shop.db, give_it, &g));
			rest -= g.fen;
			expect_open(rest > 0, rest > 0, rest > 0);
			send_and_end("SUCCESS");
		}
		assert_int_equal(state_of(&bought), ORDER_REFUNDED);
		expect_book(0, 0, 0, 0);
		expect_sound();
	}
}

static void test_verify_names_a_work_that_was_not_opened(void **state)
{
	(void)state;
	buy();
	by_hand("delete from entitlement where id = (select max(id) from entitlement)");
	expect_wrong("paid, but no entitlement");
}

static void test_verify_names_parts_that_do_not_sum(void **state)
{
	(void)state;
	buy();
	by_hand("update purchase_part set amount = amount + 1 where position = 1");
	expect_wrong("its parts are not what it comes to");
}

static void test_the_seller_is_told_whether_the_buyer_may_read_of_it(void **state)
{
	struct visitor author = visitor_of(&shop.house, AUTHOR, CREATOR);
	char path[64];

	(void)state;
	buy();
	snprintf(path, sizeof path, "/api/sales/%lld", (long long)bought.id.v);
	by_hand("update entitlement set revoked_ms = 1 where id > (select min(id) from entitlement)");
	assert_int_equal(visit(&author, GET, path, NULL), 200);
	assert_true(json_is_true(answer_at(&author, "owned")));
	by_hand("update entitlement set revoked_ms = 1");
	assert_int_equal(visit(&author, GET, path, NULL), 200);
	assert_false(json_is_true(answer_at(&author, "owned")));
	visitor_close(&author);
}

/* ---- without a purchase ---- */

struct coding {
	struct text *codes;
	struct redeemed got;
};

static problem make_code(struct tx *tx, void *arg)
{
	const struct person author = { .id = { AUTHOR }, .roles = ANYBODY | LEARNER | CREATOR };
	const struct redeem_draft draft = { .name = TEXT("Cards"), .work = pack, .count = 1 };
	struct coding *c = arg;
	struct redeem_batch batch;

	tx_use_arena(tx, shop.arena);
	return redeem__make(tx, &draft, &author, &batch, &c->codes);
}

static problem use_code(struct tx *tx, void *arg)
{
	struct coding *c = arg;

	tx_use_arena(tx, shop.arena);
	return redeem__use(tx, c->codes[0], (struct user_id){ BUYER }, &c->got);
}

static void test_a_code_opens_all_of_it(void **state)
{
	struct coding c = { 0 }, another = { 0 };

	(void)state;
	assert_done(db_write(shop.db, make_code, &c));
	assert_done(db_write(shop.db, make_code, &another));
	assert_done(db_write(shop.db, use_code, &c));
	expect_open(1, 1, 1);
	assert_int_equal(c.got.work.id.v, pack.v);
	assert_problem(db_write(shop.db, use_code, &another), already_owned);
	expect_sound();
}

struct granting {
	struct grant_draft draft;
	struct grant grant;
};

static problem grant_it(struct tx *tx, void *arg)
{
	struct granting *g = arg;

	tx_use_arena(tx, shop.arena);
	return order_grant(tx, &g->draft, (struct user_id){ AUTHOR }, &g->grant);
}

static problem extend_it(struct tx *tx, void *arg)
{
	struct granting *g = arg;

	return order_grant_extend(tx, &g->grant, &g->draft.time, TEXT("Ill for a week"), (struct user_id){ AUTHOR });
}

static problem revoke_it(struct tx *tx, void *arg)
{
	struct granting *g = arg;

	return order_grant_revoke(tx, &g->grant, TEXT("A mistake"), (struct user_id){ AUTHOR });
}

static void test_a_grant_opens_all_of_it_and_ends_it(void **state)
{
	struct granting g = { 0 };
	struct account account;

	(void)state;
	assert_done(account_create(shop.db, account_keyring(shop.house.serve), shop.arena,
	                           &(struct account_draft){ .login = TEXT("somebody@example.com"), .password = TEXT("correct horse battery"), .verified = true }, &account));
	g.draft = (struct grant_draft){ .user = account.id, .work = pack, .time = { .access = ACCESS_FOREVER }, .reason = TEXT("For the jury") };
	assert_done(db_write(shop.db, grant_it, &g));
	assert_int_equal(count("select count(*) from entitlement where source = 'staff' and revoked_ms is null"), 3);
	assert_problem(db_write(shop.db, grant_it, &(struct granting){ .draft = g.draft }), grant_held);
	expect_sound();
	assert_done(db_write(shop.db, revoke_it, &g));
	assert_int_equal(count("select count(*) from entitlement where source = 'staff' and revoked_ms is null"), 0);
	assert_int_equal(count("select count(*) from news where topic = 'order-revoked'"), 3);
	expect_sound();
}

static void test_a_grant_of_all_of_it_is_extended(void **state)
{
	struct granting g = { 0 };
	struct account account;

	(void)state;
	assert_done(account_create(shop.db, account_keyring(shop.house.serve), shop.arena,
	                           &(struct account_draft){ .login = TEXT("somebody@example.com"), .password = TEXT("correct horse battery"), .verified = true }, &account));
	g.draft = (struct grant_draft){ .user = account.id, .work = pack, .time = { .access = ACCESS_DAYS, .days = 7 }, .reason = TEXT("For the jury") };
	assert_done(db_write(shop.db, grant_it, &g));
	assert_done(db_write(shop.db, extend_it, &g));
	assert_int_equal(count("select count(*) from entitlement where source = 'staff'"), 3);
	assert_int_equal(count("select min(until_ms - from_ms) from entitlement"), (int64_t)14 * DAY_MS);
	assert_int_equal(count("select max(until_ms - from_ms) from entitlement"), (int64_t)14 * DAY_MS);
	expect_sound();
	by_hand("update entitlement set revoked_ms = 1");
	assert_problem(db_write(shop.db, extend_it, &g), grant_over);
}

static struct work_id waits_for;

static problem add_waiting(struct tx *tx, void *arg)
{
	struct login_key key;
	problem why = account_login_key(account_keyring(shop.house.serve), tx_arena(tx), text_of(arg), &key);

	run(tx,
	    "insert into access_grant (id, work_id, creator_id, access, access_days, access_until_ms, reason, state, granted_by, created_ms, blind)"
	    " values ($1, $2, $3, 'forever', 0, 0, 'Class of 2026', 'WAITING', 43, 1, $4)",
	    V(tx_id(tx), waits_for.v, shop.creator.v, key.blind));
	return why ? why : tx_problem(tx);
}

static problem add_fourth(struct tx *tx, void *arg) { return add_work(tx, "Fourth", WORK_COURSE, 5000, arg); }

struct claiming {
	struct user_id user;
	int64_t given;
};

static problem claim_it(struct tx *tx, void *arg)
{
	struct claiming *c = arg;

	return order_grants_claim(tx, c->user, &c->given);
}

static struct account bea(void)
{
	struct account account;

	assert_done(account_create(shop.db, account_keyring(shop.house.serve), shop.arena,
	                           &(struct account_draft){ .login = TEXT("bea@example.cn"), .password = TEXT("correct horse battery"), .verified = true }, &account));
	return account;
}

static void test_a_grant_that_opens_nothing_holds_nobody_up(void **state)
{
	struct work_id fourth;
	struct claiming c = { 0 };

	(void)state;
	assert_done(db_write(shop.db, add_fourth, &fourth));
	waits_for = pack;
	assert_done(db_write(shop.db, add_waiting, (char []){ "bea@example.cn" }));
	waits_for = fourth;
	assert_done(db_write(shop.db, add_waiting, (char []){ "bea@example.cn" }));
	update_work("state = 'suspended'", first);
	update_work("state = 'suspended'", second);
	update_work("state = 'withdrawn'", third);
	c.user = bea().id;
	assert_done(db_write(shop.db, claim_it, &c));
	assert_int_equal(c.given, 1);
	assert_int_equal(count("select count(*) from entitlement"), 1);
	assert_int_equal(count("select count(*) from access_grant where state = 'WAITING'"), 1);
	update_work("state = 'published'", first);
	assert_done(db_write(shop.db, claim_it, &c));
	assert_int_equal(c.given, 1);
	assert_int_equal(count("select count(*) from entitlement"), 2);
	expect_sound();
}

static void test_a_table_knows_who_has_all_of_it(void **state)
{
	struct import_draft draft = { .name = TEXT("a.csv"), .bytes = TEXT("email\nbea@example.cn\n"), .work = pack, .by = { AUTHOR } };
	struct granting g = { .draft = { .user = bea().id, .work = pack, .time = { .access = ACCESS_FOREVER }, .reason = TEXT("For the jury") } };
	struct import import;

	(void)state;
	assert_done(db_write(shop.db, grant_it, &g));
	assert_done(order_import(shop.db, account_keyring(shop.house.serve), shop.arena, &draft, &import));
	assert_int_equal(import.known, 1);
	assert_int_equal(import.good + import.wrong, 0);
	by_hand("update entitlement set revoked_ms = 1 where id = (select min(id) from entitlement)"); /* of one of them no more */
	draft.bytes = TEXT("email\nbea@example.cn\n\n");
	assert_done(order_import(shop.db, account_keyring(shop.house.serve), shop.arena, &draft, &import));
	assert_int_equal(import.good, 1);
}

/* ---- what is bought together ---- */

static int64_t pairs;

static problem count_pair(void *arg, const void *pair)
{
	(void)arg, (void)pair;
	pairs++;
	return NULL;
}

static problem look_for_pairs(struct tx *tx, void *arg)
{
	(void)arg;
	return order_bought_together(tx, 1, count_pair, NULL);
}

static void test_what_the_seller_put_together_is_no_pair(void **state)
{
	(void)state;
	pairs = 0;
	buy();
	assert_done(db_read(shop.db, look_for_pairs, NULL));
	assert_int_equal(pairs, 0);
	by_hand("delete from entitlement where work_id = (select max(work_id) from entitlement)"); /* and one of them on its own, by somebody who chose it */
	by_hand("insert into entitlement (id, user_id, work_id, edition_id, source, source_id, from_ms) select 5, user_id, 99, 1, 'order', 7, from_ms"
	        " from entitlement where id = (select min(id) from entitlement)");
	assert_done(db_read(shop.db, look_for_pairs, NULL));
	assert_int_equal(pairs, 4); /* with each of the two that are left, both ways */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_fen_falls_on_a_work), cmocka_unit_test(test_known_allocations), TEST(test_one_payment_opens_every_work_once),
		TEST(test_parts_keep_the_bundles_order_and_their_prices), TEST(test_what_becomes_of_the_bundle_changes_no_order),
		TEST(test_the_same_bundle_is_the_same_open_order), TEST(test_only_what_is_on_offer_is_sold_and_not_one_alone),
		TEST(test_each_work_opens_for_as_long_as_it_says), TEST(test_an_owned_work_is_told_and_stays_when_the_other_order_goes_back),
		TEST(test_days_begin_when_what_there_is_ends), TEST(test_who_owns_all_of_it_buys_nothing), TEST(test_a_coupon_holds_where_it_names_the_bundle),
		TEST(test_what_was_studied_counts_by_what_was_paid), TEST(test_all_of_it_goes_back_and_comes_again_if_it_fails),
		TEST(test_any_pieces_give_back_exactly_what_came_in), TEST(test_verify_names_a_work_that_was_not_opened),
		TEST(test_verify_names_parts_that_do_not_sum), TEST(test_a_code_opens_all_of_it), TEST(test_a_grant_opens_all_of_it_and_ends_it),
		TEST(test_what_the_seller_put_together_is_no_pair), TEST(test_a_grant_of_all_of_it_is_extended),
		TEST(test_a_change_of_a_work_does_not_break_the_coupon), TEST(test_a_coupon_per_person_holds_for_a_new_order_too),
		TEST(test_a_grant_that_opens_nothing_holds_nobody_up), TEST(test_a_table_knows_who_has_all_of_it), TEST(test_what_was_held_before_does_not_count_as_studied),
		TEST(test_nobody_has_more_days_than_he_paid_for_nor_fewer), TEST(test_days_move_up_when_a_grant_before_them_ends),
		TEST(test_the_seller_is_told_whether_the_buyer_may_read_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
