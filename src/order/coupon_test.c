/* coupon_test.c - coupons from their making to their use: what they take off, who bears it in the book, that no more are out than
 * there are, and what a closed, late or refunded order does with its own. */
#include <pthread.h>

#include "order/coupon.h"
#include "order/testing.h"

enum { DAY_MS = 24 * 3600 * 1000, HUNDRED = 100, THREADS = 4 };

/* ---- steps ---- */

static const struct person owner = { .id = { 99 }, .roles = ANYBODY | LEARNER | ADMIN }, author = { .id = { AUTHOR }, .roles = ANYBODY | LEARNER | CREATOR };

struct making {
	struct coupon_draft draft;
	const struct person *by;
	struct coupon_batch batch;
	struct text *codes;
};

static problem make_it(struct tx *tx, void *arg)
{
	struct making *m = arg;

	tx_use_arena(tx, shop.arena);
	return coupon__make(tx, &m->draft, m->by, &m->batch, &m->codes);
}

static struct making make(struct coupon_draft draft)
{
	struct making m = { .draft = draft, .by = draft.bearer == COUPON_SHOP ? &owner : &author };

	if (!m.draft.name.at)
		m.draft.name = TEXT("Spring");
	if (!m.draft.stock)
		m.draft.stock = HUNDRED;
	assert_done(db_write(shop.db, make_it, &m));
	return m;
}

static struct coupon_draft ten_yuan(int bearer) { return (struct coupon_draft){ .word = TEXT("SPRING"), .bearer = bearer, .amount_off = MONEY(1000) }; }

static problem try_with(int64_t buyer, struct text code, struct order *ret)
{
	struct placing p = { .buyer = { buyer }, .draft = { .work = shop.work, .price = MONEY(PRICE), .price_given = GIVEN_VALUE, .coupon = code } };
	problem why = db_write(shop.db, place_it, &p);

	*ret = p.order;
	return why;
}

static struct order place_with(int64_t buyer, struct text code)
{
	struct order order;

	assert_done(try_with(buyer, code, &order));
	return order;
}

static void expect_refused(struct text code, problem want)
{
	struct order order;
	int64_t before = count("select count(*) from purchase");

	assert_ptr_equal(try_with(BUYER, code, &order), want);
	assert_int_equal(count("select count(*) from purchase"), before);
	expect_sound();
}

static struct order pay_with(struct text code)
{
	struct order order = place_with(BUYER, code);
	struct payment payment = begin(&order);

	assert_done(tell_paid(&payment));
	return order;
}

static problem look_at_subsidy(struct tx *tx, void *arg)
{
	*(int64_t *)arg = ledger_balance(tx, LEDGER_COUPON_SUBSIDY, 0).fen;
	return tx_problem(tx);
}

static int64_t subsidy(void)
{
	int64_t fen;

	assert_done(db_read(shop.db, look_at_subsidy, &fen));
	return fen;
}

static int64_t taken(void) { return count("select taken from coupon_batch"); }

/* ---- what it takes off, and who bears it ---- */

static void test_what_the_shop_bears_is_the_creators_all_the_same(void **state)
{
	struct order order;

	(void)state;
	make(ten_yuan(COUPON_SHOP));
	order = pay_with(TEXT("spring"));
	assert_int_equal(order.total.fen, 9000);
	assert_int_equal(state_of(&order), ORDER_PAID);
	expect_book(9000 - 54, 8000, 2000, 54);
	assert_int_equal(subsidy(), 1000);
	assert_int_equal(count("select count(*) from coupon_use where state = 'USED'"), 1);
	expect_sound();
}

static void test_what_the_creator_bears_is_off_his_price(void **state)
{
	(void)state;
	make(ten_yuan(COUPON_CREATOR));
	pay_with(TEXT(" Spr-ing "));
	expect_book(9000 - 54, 7200, 1800, 54);
	assert_int_equal(subsidy(), 0);
	expect_sound();
}

static void test_a_share_has_its_limit(void **state)
{
	struct order order;

	(void)state;
	make((struct coupon_draft){ .word = TEXT("FIFTH"), .bearer = COUPON_SHOP, .permille_off = 200 });
	make((struct coupon_draft){ .word = TEXT("CAPPED"), .bearer = COUPON_SHOP, .permille_off = 200, .most_off = MONEY(1500) });
	order = place_with(BUYER, TEXT("FIFTH"));
	assert_int_equal(order.coupon_off.fen, 2000);
	order = place_with(BUYER, TEXT("CAPPED"));
	assert_int_equal(order.coupon_off.fen, 1500);
	assert_int_equal(order.price.fen, PRICE);
	expect_sound();
}

static void test_nothing_left_to_pay_is_granted(void **state)
{
	struct order order;

	(void)state;
	make((struct coupon_draft){ .word = TEXT("GIFT"), .bearer = COUPON_SHOP, .amount_off = MONEY(20000) });
	order = place_with(BUYER, TEXT("GIFT"));
	assert_int_equal(order.state, ORDER_PAID);
	assert_int_equal(order.total.fen, 0);
	assert_true(buyer_entitled());
	expect_book(0, 8000, 2000, 0);
	assert_int_equal(subsidy(), PRICE);
	assert_int_equal(count("select count(*) from payment"), 0);
	assert_int_equal(count("select count(*) from news where topic = 'order-paid'"), 1);
	expect_sound();
}

static void test_a_gift_of_the_creator_moves_no_money(void **state)
{
	(void)state;
	make((struct coupon_draft){ .word = TEXT("GIFT"), .bearer = COUPON_CREATOR, .permille_off = 1000 });
	assert_int_equal(place_with(BUYER, TEXT("GIFT")).state, ORDER_PAID);
	expect_book(0, 0, 0, 0);
	assert_int_equal(count("select count(*) from journal"), 0);
	expect_sound();
}

/* ---- when it does not hold ---- */

static void test_each_reason_has_its_word(void **state)
{
	int64_t now_ms = world_now_ms(shop.house.world);
	int64_t foreign[] = { shop.work.v };

	(void)state;
	make((struct coupon_draft){ .word = TEXT("LATER"), .bearer = COUPON_SHOP, .amount_off = MONEY(1), .from_ms = now_ms + DAY_MS });
	make((struct coupon_draft){ .word = TEXT("BRIEF"), .bearer = COUPON_SHOP, .amount_off = MONEY(1), .until_ms = now_ms + DAY_MS });
	make((struct coupon_draft){ .word = TEXT("DEAR"), .bearer = COUPON_SHOP, .amount_off = MONEY(1), .least_price = MONEY(PRICE + 1) });
	make((struct coupon_draft){ .word = TEXT("HERE"), .bearer = COUPON_SHOP, .amount_off = MONEY(1), .works = foreign, .work_count = 1 });
	make((struct coupon_draft){ .word = TEXT("ELSE"), .bearer = COUPON_SHOP, .amount_off = MONEY(1) });
	by_hand("update coupon_batch set some_works = 1 where word = 'ELSE'");
	expect_refused(TEXT("NEVER"), &coupon_unknown);
	expect_refused(TEXT(" - "), &coupon_unknown);
	expect_refused(TEXT("LATER"), &coupon_not_yet);
	expect_refused(TEXT("DEAR"), &coupon_price_low);
	expect_refused(TEXT("ELSE"), &coupon_not_here);
	world_move(shop.house.world, DAY_MS - 1);
	assert_int_equal(place_with(OTHER, TEXT("BRIEF")).total.fen, PRICE - 1);
	world_move(shop.house.world, 1);
	expect_refused(TEXT("BRIEF"), &coupon_over);
	by_hand("update coupon_batch set stopped_ms = 1 where word = 'HERE'");
	expect_refused(TEXT("HERE"), &coupon_over);
}

static void test_once_per_person(void **state)
{
	struct coupon_draft draft = ten_yuan(COUPON_SHOP);
	struct order order, again;

	(void)state;
	draft.each_max = 1;
	make(draft);
	order = place_with(BUYER, TEXT("SPRING"));
	again = place_with(BUYER, TEXT("SPRING")); /* the same order, found again */
	assert_int_equal(again.id.v, order.id.v);
	assert_int_equal(taken(), 1);
	close_order(&order);
	assert_int_equal(taken(), 0);
	order = pay_with(TEXT("SPRING"));
	by_hand("update entitlement set revoked_ms = 1");
	assert_problem(try_with(BUYER, TEXT("SPRING"), &again), coupon_each);
	assert_int_equal(place_with(OTHER, TEXT("SPRING")).total.fen, 9000);
	assert_int_equal(taken(), 2);
}

static void test_a_single_code_is_used_once(void **state)
{
	struct making m;
	struct order order, other;
	struct text typed;

	(void)state;
	m = make((struct coupon_draft){ .codes = 3, .bearer = COUPON_SHOP, .amount_off = MONEY(1000), .each_max = 1 });
	assert_int_equal(m.batch.stock, 3);
	assert_int_equal(count("select count(distinct code_hash) from coupon_code"), 3);
	typed = arena_format(shop.arena, "  %.*s ", TEXT_ARG(m.codes[1]));
	order = place_with(BUYER, typed);
	assert_int_equal(order.total.fen, 9000);
	assert_problem(try_with(OTHER, m.codes[1], &other), coupon_used_up);
	close_order(&order);
	assert_int_equal(place_with(OTHER, m.codes[1]).total.fen, 9000);
	assert_problem(try_with(BUYER, m.codes[1], &other), coupon_used_up);
	assert_int_equal(place_with(BUYER, m.codes[0]).total.fen, 9000);
	expect_sound();
}

/* ---- with its order ---- */

static void test_a_closed_order_gives_it_back(void **state)
{
	struct coupon_draft draft = ten_yuan(COUPON_SHOP);
	struct order order;

	(void)state;
	draft.stock = 1;
	make(draft);
	order = place_with(BUYER, TEXT("SPRING"));
	expect_refused(TEXT("NEVER"), &coupon_unknown);
	assert_problem(try_with(OTHER, TEXT("SPRING"), &order), coupon_used_up);
	fake.query = (struct channel_fact){ .tag = CHANNEL_CLOSED };
	move_and_run(ORDER_LIFE_MS);
	assert_int_equal(taken(), 0);
	expect_sound();
	assert_int_equal(place_with(OTHER, TEXT("SPRING")).total.fen, 9000);
}

static void test_paid_late_it_keeps_what_it_was_quoted(void **state)
{
	struct order order;
	struct payment payment;

	(void)state;
	make(ten_yuan(COUPON_SHOP));
	order = place_with(BUYER, TEXT("SPRING"));
	payment = begin(&order);
	close_order(&order);
	by_hand("update coupon_batch set stopped_ms = 1");
	assert_done(tell_paid(&payment));
	assert_int_equal(state_of(&order), ORDER_PAID);
	assert_int_equal(taken(), 1);
	expect_book(9000 - 54, 8000, 2000, 54);
	expect_sound();
}

static void test_paid_late_when_it_is_gone_the_money_goes_back(void **state)
{
	struct coupon_draft draft = ten_yuan(COUPON_SHOP);
	struct order order;
	struct payment payment;

	(void)state;
	draft.stock = 1;
	make(draft);
	order = place_with(BUYER, TEXT("SPRING"));
	payment = begin(&order);
	close_order(&order);
	place_with(OTHER, TEXT("SPRING"));
	assert_done(tell_paid(&payment));
	assert_int_equal(state_of(&order), ORDER_CLOSED);
	assert_int_equal(count("select count(*) from refund"), 1);
	assert_int_equal(taken(), 1);
	assert_int_equal(subsidy(), 0);
	expect_sound();
}

/* ---- refunds ---- */

struct giving {
	struct order_id id;
	int64_t fen;
};

static problem give_it(struct tx *tx, void *arg)
{
	struct giving *g = arg;
	struct refund_decision decision = { .amount = MONEY(g->fen), .reason = TEXT("Sorry") };
	struct order_refund refund;
	struct order order;
	problem why = order__by_id(tx, g->id, &order);

	if (why)
		return why;
	decision.version = order__refund_version(tx, &order, order__rest(&order, order__standing(tx, g->id)), false);
	return order__give_back(tx, &order, &decision, (struct user_id){ AUTHOR }, &refund);
}

static void give(const struct order *order, int64_t fen, enum refund_tag end)
{
	struct giving g = { order->id, fen };

	fake.refund = end;
	assert_done(db_write(shop.db, give_it, &g));
	move_and_run(61000); /* the channel wants a minute between two */
	expect_sound();
}

static void test_half_of_it_as_the_design_has_it(void **state)
{
	struct order order;

	(void)state;
	make(ten_yuan(COUPON_SHOP));
	order = pay_with(TEXT("SPRING"));
	give(&order, 4500, REFUND_TAG_SUCCESS);
	expect_book(4500 - 27, 4000, 1000, 27);
	assert_int_equal(subsidy(), 500);
}

static void test_any_pieces_come_back_to_nothing(void **state)
{
	static const int64_t pieces[] = { 1, 1, 37, 2500, 1, 4999, 1461 };
	struct order order;

	(void)state;
	make(ten_yuan(COUPON_SHOP));
	order = pay_with(TEXT("SPRING"));
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		give(&order, pieces[i], REFUND_TAG_CLOSED);
		give(&order, pieces[i], REFUND_TAG_SUCCESS);
	}
	assert_int_equal(state_of(&order), ORDER_REFUNDED);
	expect_book(0, 0, 0, 0);
	assert_int_equal(subsidy(), 0);
}

/* A fen was paid, the shop bore the rest. */
static void test_the_last_fen_takes_all_of_the_rest(void **state)
{
	struct order order;

	(void)state;
	make((struct coupon_draft){ .word = TEXT("ALMOST"), .bearer = COUPON_SHOP, .amount_off = MONEY(PRICE - 2) });
	order = pay_with(TEXT("ALMOST"));
	expect_book(2, 8000, 2000, 0);
	give(&order, 1, REFUND_TAG_SUCCESS);
	expect_book(1, 4000, 1000, 0);
	give(&order, 1, REFUND_TAG_SUCCESS);
	expect_book(0, 0, 0, 0);
	assert_int_equal(subsidy(), 0);
}

/* ---- many at once ---- */

struct crowd {
	int64_t first;
	int got, gone;
};

static void *buy_each(void *arg)
{
	struct crowd *c = arg;

	for (int64_t i = 0; i < HUNDRED / THREADS; i++) {
		struct placing p = { .buyer = { c->first + i }, .draft = { .work = shop.work, .coupon = TEXT("SPRING") } };
		problem why;

		do
			why = db_write(shop.db, place_it, &p);
		while (why == &db_busy);
		c->got += !why;
		c->gone += why == &coupon_used_up;
	}
	return NULL;
}

static void test_a_hundred_at_once_never_take_more_than_there_are(void **state)
{
	struct coupon_draft draft = ten_yuan(COUPON_SHOP);
	struct crowd crowds[THREADS];
	pthread_t threads[THREADS];
	int got = 0, gone = 0;

	(void)state;
	draft.stock = 10;
	make(draft);
	for (int i = 0; i < THREADS; i++) {
		crowds[i] = (struct crowd){ .first = 1000 + i * HUNDRED };
		assert_int_equal(pthread_create(&threads[i], NULL, buy_each, &crowds[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		got += crowds[i].got;
		gone += crowds[i].gone;
	}
	assert_int_equal(got, 10);
	assert_int_equal(gone, HUNDRED - 10);
	assert_int_equal(taken(), 10);
	assert_int_equal(count("select count(*) from purchase"), 10);
	expect_sound();
}

/* ---- codes ---- */

static problem draw_code(struct tx *tx, void *arg)
{
	tx_use_arena(tx, shop.arena);
	*(struct text *)arg = order__fold_code(shop.arena, order__new_code(tx));
	return NULL;
}

static void expect_slips_found(char *code)
{
	const struct text all = { code, CODE_LENGTH };

	for (int i = 0; i < CODE_LENGTH; i++) {
		char was = code[i];

		for (const char *c = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"; *c; c++) {
			code[i] = *c;
			assert_int_equal(order__code_sound(all), *c == was);
		}
		code[i] = was;
		if (i && code[i - 1] != was) {
			code[i] = code[i - 1];
			code[i - 1] = was;
			assert_false(order__code_sound(all));
			code[i - 1] = code[i];
			code[i] = was;
		}
	}
	assert_true(order__code_sound(all));
}

static void test_each_slip_of_the_finger_is_found(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		struct text code;
		char at[CODE_LENGTH];

		assert_done(db_write(shop.db, draw_code, &code));
		assert_int_equal(code.length, CODE_LENGTH);
		assert_int_equal(strcspn(arena_cstr(shop.arena, code), "01ILO"), CODE_LENGTH);
		memcpy(at, code.at, CODE_LENGTH);
		expect_slips_found(at);
	}
}

/* ---- over HTTP ---- */

#define DRAFT "{\"name\":\"Spring\",\"word\":\"spring\",\"stock\":5,\"each_max\":1,\"amount_off\":1000,\"bearer\":"

static void test_who_may_give_what_away(void **state)
{
	struct visitor admin = visitor_of(&shop.house, 99, ADMIN), creator = visitor_of(&shop.house, AUTHOR, CREATOR),
	               other = visitor_of(&shop.house, OTHER, CREATOR), buyer = visitor_of(&shop.house, BUYER, 0);
	const char *stop;

	(void)state;
	assert_int_equal(visit(&creator, POST, "/api/studio/coupons", DRAFT "\"shop\"}"), 403);
	assert_int_equal(visit(&other, POST, "/api/studio/coupons", DRAFT "\"creator\"}"), 404);
	assert_int_equal(visit(&admin, POST, "/api/studio/coupons", DRAFT "\"creator\"}"), 404);
	assert_int_equal(visit(&creator, POST, "/api/studio/coupons", DRAFT "\"creator\"}"), 201);
	stop = arena_cstr(shop.arena, arena_format(shop.arena, "/api/studio/coupons/%lld/stop", (long long)json_integer_value(answer_at(&creator, "coupon.id"))));
	assert_int_equal(visit(&admin, POST, "/api/studio/coupons", DRAFT "\"shop\"}"), 409);
	assert_true(answer_is_problem(&admin, "coupon-word-taken"));
	assert_int_equal(visit(&buyer, POST, "/api/orders/quote", arena_cstr(shop.arena, arena_format(shop.arena, "{\"work\":%lld,\"code\":\"spring\"}", (long long)shop.work.v))), 200);
	assert_int_equal(json_integer_value(answer_at(&buyer, "total")), 9000);
	assert_int_equal(visit(&other, POST, stop, NULL), 404);
	place_with(BUYER, TEXT("SPRING"));
	assert_int_equal(visit(&creator, GET, "/api/studio/coupons", NULL), 200);
	assert_int_equal(json_integer_value(answer_at(&creator, "items.0.reserved")), 1);
	assert_int_equal(visit(&other, GET, "/api/studio/coupons", NULL), 200);
	assert_null(answer_at(&other, "items.0"));
	assert_int_equal(visit(&creator, POST, stop, NULL), 200);
	assert_int_equal(visit(&admin, POST, stop, NULL), 200);
	assert_int_equal(count("select count(*) from audit_entry where verb = 'coupon-stopped'"), 1);
	visitor_close(&admin);
	visitor_close(&creator);
	visitor_close(&other);
	visitor_close(&buyer);
}

static void expect_draft_refused(struct visitor *v, const char *rest)
{
	const char *body = arena_cstr(shop.arena, arena_format(shop.arena, "{\"name\":\"Spring\",\"each_max\":1,\"bearer\":\"shop\",%s}", rest));

	assert_int_equal(visit(v, POST, "/api/studio/coupons", body), 422);
	assert_int_equal(count("select count(*) from coupon_batch"), 0);
}

static void test_what_makes_no_sense_is_refused(void **state)
{
	struct visitor admin = visitor_of(&shop.house, 99, ADMIN);

	(void)state;
	expect_draft_refused(&admin, "\"word\":\"spring\",\"stock\":1");
	expect_draft_refused(&admin, "\"word\":\"spring\",\"stock\":1,\"amount_off\":1,\"permille_off\":1");
	expect_draft_refused(&admin, "\"word\":\"spring\",\"stock\":1,\"permille_off\":1001");
	expect_draft_refused(&admin, "\"word\":\"spring\",\"amount_off\":1");
	expect_draft_refused(&admin, "\"word\":\"- -\",\"stock\":1,\"amount_off\":1");
	expect_draft_refused(&admin, "\"word\":\"ab\",\"stock\":1,\"amount_off\":1");
	expect_draft_refused(&admin, "\"word\":\"spring\",\"codes\":1,\"stock\":1,\"amount_off\":1");
	expect_draft_refused(&admin, "\"codes\":10001,\"amount_off\":1");
	expect_draft_refused(&admin, "\"codes\":1,\"amount_off\":1,\"until_ms\":1");
	visitor_close(&admin);
}

static struct text normal_limits(void *self, const char *key)
{
	(void)self;
	return strcmp(key, "limits.factor") == 0 ? TEXT("1") : (struct text){ 0 };
}

static int setup_limited(void **state)
{
	shop_setting = normal_limits;
	setup(state);
	shop_setting = NULL;
	return 0;
}

static int order_with(struct visitor *v, const char *key, const char *more)
{
	v->key = key;
	return visit(v, POST, "/api/orders", arena_cstr(shop.arena, arena_format(shop.arena, "{\"work\":%lld%s}", (long long)shop.work.v, more)));
}

/* Words are as easily tried with an order as with a quote. */
static void test_guessing_by_orders_is_slowed(void **state)
{
	struct visitor buyer = visitor_of(&shop.house, BUYER, 0);

	(void)state;
	for (int i = 0; i < 20; i++)
		assert_int_equal(order_with(&buyer, arena_cstr(shop.arena, arena_format(shop.arena, "k%d", i)), ",\"coupon\":\"guess\"") / 100, 4);
	assert_false(text_is(json_text(answer_at(&buyer, "type")), "too-many-requests"));
	assert_int_equal(order_with(&buyer, "late", ",\"coupon\":\"guess\""), 429);
	assert_true(answer_header(&buyer, "Retry-After").length);
	assert_int_equal(count("select count(*) from serve_once where status = 429"), 0);
	assert_int_equal(order_with(&buyer, "plain", ""), 201);
	visitor_close(&buyer);
}

static void test_codes_are_shown_once(void **state)
{
	struct visitor admin = visitor_of(&shop.house, 99, ADMIN);

	(void)state;
	assert_int_equal(visit(&admin, POST, "/api/studio/coupons", "{\"name\":\"Cards\",\"codes\":10000,\"each_max\":0,\"amount_off\":1,\"bearer\":\"shop\"}"), 201);
	assert_int_equal(json_array_size(answer_at(&admin, "codes")), 10000);
	assert_int_equal(count("select count(*) from coupon_code"), 10000);
	assert_int_equal(visit(&admin, GET, "/api/studio/coupons", NULL), 200);
	assert_null(answer_at(&admin, "items.0.codes"));
	visitor_close(&admin);
}

/* ---- what verify sees ---- */

static void expect_named(const char *sql, const char *undo, const char *says)
{
	by_hand(sql);
	expect_wrong(says);
	by_hand(undo);
	expect_sound();
}

static void test_verify_names_what_was_changed(void **state)
{
	(void)state;
	make(ten_yuan(COUPON_SHOP));
	pay_with(TEXT("SPRING"));
	expect_sound();
	expect_named("update coupon_batch set taken = 0", "update coupon_batch set taken = 1", "another number is taken");
	expect_named("update coupon_use set state = 'RETURNED'", "update coupon_use set state = 'USED'", "stands otherwise");
	expect_named("update coupon_use set amount = 999", "update coupon_use set amount = 1000", "of another amount");
	expect_named("update purchase_item set price = price + 1", "update purchase_item set price = price - 1", "not the price less");
	expect_named("update purchase_item set coupon_shop = 999", "update purchase_item set coupon_shop = 1000", "what the shop bears");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_the_shop_bears_is_the_creators_all_the_same), TEST(test_what_the_creator_bears_is_off_his_price),
		TEST(test_a_share_has_its_limit), TEST(test_nothing_left_to_pay_is_granted), TEST(test_a_gift_of_the_creator_moves_no_money),
		TEST(test_each_reason_has_its_word), TEST(test_once_per_person), TEST(test_a_single_code_is_used_once),
		TEST(test_a_closed_order_gives_it_back), TEST(test_paid_late_it_keeps_what_it_was_quoted),
		TEST(test_paid_late_when_it_is_gone_the_money_goes_back), TEST(test_half_of_it_as_the_design_has_it),
		TEST(test_any_pieces_come_back_to_nothing), TEST(test_the_last_fen_takes_all_of_the_rest),
		TEST(test_a_hundred_at_once_never_take_more_than_there_are), TEST(test_each_slip_of_the_finger_is_found),
		TEST(test_who_may_give_what_away), TEST(test_what_makes_no_sense_is_refused), TEST(test_codes_are_shown_once),
		cmocka_unit_test_setup_teardown(test_guessing_by_orders_is_slowed, setup_limited, teardown),
		TEST(test_verify_names_what_was_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
