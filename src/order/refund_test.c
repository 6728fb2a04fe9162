/* refund_test.c - money back: what is quoted is what is paid, who may give how much, that any pieces give back exactly what came
 * in, and what happens when the channel is slow, silent, short of money or fails for good. */
#include "order/testing.h"

#include <pthread.h>

enum { DAY_MS = 24 * 3600 * 1000 };

/* ---- steps ---- */

static int64_t studied_percent;

static problem studied(struct tx *tx, struct user_id user, struct work_id work, int64_t *ret_percent)
{
	assert_int_equal(user.v, BUYER);
	assert_int_equal(work.v, shop.work.v);
	*ret_percent = studied_percent;
	return tx_problem(tx);
}

static struct order bought;
static struct payment paid;

static int set_up(void **state)
{
	setup(state);
	studied_percent = 0;
	fake.refund = REFUND_TAG_PROCESSING;
	fake.refund_asked = REFUND_TAG_PROCESSING;
	return 0;
}

static void buy(void)
{
	bought = place(BUYER);
	paid = begin(&bought);
	assert_done(tell_paid(&paid));
}

struct giving {
	struct refund_wish wish;
	struct refund_decision decision;
	struct order order;
	struct refund_quote quote;
	struct order_refund refund;
};

static problem quote_it(struct tx *tx, void *arg)
{
	struct giving *g = arg;
	problem why;

	tx_use_arena(tx, shop.arena);
	why = order__by_id(tx, bought.id, &g->order);
	return why ? why : order__quote(tx, studied, &g->order, &g->quote);
}

static struct refund_quote quote(void)
{
	struct giving g = { 0 };

	assert_done(db_read(shop.db, quote_it, &g));
	return g.quote;
}

static problem ask_it(struct tx *tx, void *arg)
{
	struct giving *g = arg;
	problem why = order__by_id(tx, bought.id, &g->order);

	return why ? why : order__ask_refund(tx, studied, &g->order, &g->wish, &g->refund);
}

static problem ask_for(int64_t fen, struct text version)
{
	struct giving g = { .wish = { .amount = MONEY(fen), .version = version, .reason = TEXT("Not for me") } };

	return db_write(shop.db, ask_it, &g);
}

static void ask_as_quoted(void)
{
	struct refund_quote q = quote();

	assert_done(ask_for(q.amount.fen, q.version));
}

static problem give_it(struct tx *tx, void *arg)
{
	struct giving *g = arg;
	problem why = order__by_id(tx, bought.id, &g->order);

	if (!why && !g->decision.version.at)
		g->decision.version = order__refund_version(tx, &g->order, order__rest(&g->order, order__standing(tx, bought.id)), false);
	return why ? why : order__give_back(tx, &g->order, &g->decision, (struct user_id){ AUTHOR }, &g->refund);
}

static problem give_ending(int64_t fen, bool ends_access)
{
	struct giving g = { .decision = { .amount = MONEY(fen), .reason = TEXT("Sorry"), .ends_access = ends_access } };

	return db_write(shop.db, give_it, &g);
}

static problem give(int64_t fen) { return give_ending(fen, false); }

/* The channel tells of the refund that was sent last. */
static int tell_refund(const char *refund_state)
{
	struct visitor channel = visitor_of(&shop.house, 0, 0);
	const char *message = arena_cstr(shop.arena, arena_format(shop.arena, "%s %lld %s", fake.refund_no, (long long)fake.refund_fen, refund_state));
	int status;

	channel.foreign = true;
	status = visit(&channel, POST, "/api/notify/wechat", message);
	visitor_close(&channel);
	return status;
}

static void send_and_end(const char *refund_state)
{
	move_and_run(61000);
	assert_int_equal(tell_refund(refund_state), 204);
}

static int64_t balance_of(const char *code)
{
	return count(arena_cstr(shop.arena, arena_format(shop.arena, "select coalesce(sum(p.amount), 0) from posting p join account a on a.id = p.account_id where a.code = '%s'",
	                                                 code)));
}

static void expect_nothing_left(void)
{
	static const char *const codes[] = { "A10", "A30", "L10", "L11", "L20", "L60", "R10", "E10" };

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		if (balance_of(codes[i]))
			print_error("%s: %lld\n", codes[i], (long long)balance_of(codes[i]));
		assert_int_equal(balance_of(codes[i]), 0);
	}
}

/* ---- the quote ---- */

static void expect_quote(int way, int64_t fen)
{
	struct refund_quote q = quote();

	assert_int_equal(q.way, way);
	assert_int_equal(q.amount.fen, fen);
}

static void test_the_quote_follows_the_rule_that_was_bought(void **state)
{
	(void)state;
	bought = place(BUYER);
	assert_text(quote().why, "unpaid");
	paid = begin(&bought);
	assert_done(tell_paid(&paid));
	by_hand("update work set refund_days = 0, refund_percent = 0"); /* whatever the author says afterwards */
	expect_quote(REFUND_WAY_AUTOMATIC, PRICE);
	assert_int_equal(quote().refund_days, 7);
	studied_percent = 30;
	expect_quote(REFUND_WAY_AUTOMATIC, PRICE);
	studied_percent = 31;
	expect_quote(REFUND_WAY_REVIEW, PRICE);
	studied_percent = 30;
	world_move(shop.house.world, (int64_t)7 * DAY_MS - 1);
	expect_quote(REFUND_WAY_AUTOMATIC, PRICE);
	world_move(shop.house.world, 1);
	expect_quote(REFUND_WAY_REVIEW, PRICE);
	world_move(shop.house.world, (int64_t)358 * DAY_MS);
	assert_text(quote().why, "too-old");
	by_hand("update purchase set total = 0");
	assert_text(quote().why, "free");
}

static void test_no_days_are_no_automatic_refund(void **state)
{
	(void)state;
	by_hand("update work set refund_days = 0");
	buy();
	expect_quote(REFUND_WAY_REVIEW, PRICE);
}

static void test_what_was_quoted_is_paid_or_nothing_is(void **state)
{
	struct refund_quote q;

	(void)state;
	buy();
	q = quote();
	assert_problem(ask_for(PRICE - 1, q.version), refund_quote_changed);
	assert_problem(ask_for(PRICE + 1, q.version), refund_quote_changed);
	assert_problem(ask_for(PRICE, TEXT("other")), refund_quote_changed);
	studied_percent = 31; /* between the look and the click */
	assert_problem(ask_for(PRICE, q.version), refund_quote_changed);
	assert_int_equal(count("select count(*) from purchase_refund"), 0);
	studied_percent = 0;
	assert_done(give(1));
	assert_problem(ask_for(PRICE, q.version), refund_quote_changed);
	expect_quote(REFUND_WAY_AUTOMATIC, PRICE - 1);
	expect_sound();
}

/* ---- inside the rule ---- */

static void test_inside_the_rule_all_of_it_comes_back(void **state)
{
	(void)state;
	buy();
	ask_as_quoted();
	assert_false(buyer_entitled());
	assert_int_equal(state_of(&bought), ORDER_PAID);
	expect_book(PRICE - 60, 0, 0, 60);
	assert_int_equal(balance_of("L20"), -PRICE);
	expect_sound();
	db_jobs_run(shop.jobs);
	assert_int_equal(fake.refunded, 1);
	assert_int_equal(fake.refund_fen, PRICE);
	assert_text(paid.trade_no, fake.refund_trade_no);
	assert_int_equal(tell_refund("SUCCESS"), 204);
	assert_int_equal(tell_refund("SUCCESS"), 204);
	assert_int_equal(state_of(&bought), ORDER_REFUNDED);
	expect_nothing_left();
	expect_sound();
	assert_text(quote().why, "nothing-left");
	assert_int_equal(count("select count(*) from audit_entry where verb = 'refund-approved' and actor = 0"), 1);
	assert_int_equal(count("select count(*) from news where topic = 'order-refund'"), 3);
	move_and_run(3600 * 1000);
	assert_int_equal(fake.refunded, 1);
}

static void test_it_may_be_bought_again(void **state)
{
	struct order again;

	(void)state;
	buy();
	ask_as_quoted();
	again = place(BUYER);
	assert_int_not_equal(again.id.v, bought.id.v);
	send_and_end("SUCCESS");
	bought = again;
	paid = begin(&bought);
	assert_done(tell_paid(&paid));
	assert_true(buyer_entitled());
	expect_sound();
}

/* ---- outside it ---- */

static struct order_refund the_request(void)
{
	struct order_refund r = { .id = count("select max(id) from purchase_refund") };

	return r;
}

struct deciding {
	int64_t id;
	struct refund_decision decision; /* no amount: rejected */
	struct order order;
	struct order_refund refund;
};

static problem decide_it(struct tx *tx, void *arg)
{
	struct deciding *d = arg;
	problem why = order__refund_by_id(tx, d->id, &d->refund);

	if (!why)
		why = order__by_id(tx, bought.id, &d->order);
	if (why)
		return why;
	if (!d->decision.amount.fen)
		return order__reject(tx, &d->order, &d->refund, d->decision.reason, (struct user_id){ AUTHOR });
	d->decision.version = order__refund_version(tx, &d->order, order__rest(&d->order, order__standing(tx, bought.id)), false);
	return order__decide(tx, &d->order, &d->refund, &d->decision, (struct user_id){ AUTHOR });
}

static problem decide(int64_t fen)
{
	struct deciding d = { .id = the_request().id, .decision = { .amount = MONEY(fen), .reason = TEXT("As agreed") } };

	return db_write(shop.db, decide_it, &d);
}

static void test_outside_the_rule_the_seller_decides(void **state)
{
	(void)state;
	buy();
	studied_percent = 100;
	ask_as_quoted();
	assert_true(buyer_entitled());
	assert_text(quote().why, "under-review");
	assert_int_equal(count("select count(*) from refund"), 0);
	assert_non_null(give(1)); /* the request is to be decided first */
	expect_sound();
	assert_problem(decide(PRICE + 1), refund_over);
	assert_done(decide(PRICE / 2));
	assert_true(buyer_entitled());
	expect_book(PRICE - 60, 4000, 1000, 60);
	assert_non_null(decide(PRICE / 2));
	assert_non_null(decide(0));
	send_and_end("SUCCESS");
	assert_int_equal(state_of(&bought), ORDER_PART_REFUNDED);
	expect_book(PRICE / 2 - 30, 4000, 1000, 30);
	expect_sound();
	expect_quote(REFUND_WAY_REVIEW, PRICE / 2);
}

static void test_a_refused_request_may_be_made_three_times(void **state)
{
	(void)state;
	buy();
	studied_percent = 100;
	for (int i = 0; i < 3; i++) {
		ask_as_quoted();
		assert_done(decide(0));
		assert_non_null(decide(PRICE));
	}
	assert_text(quote().why, "rejected");
	assert_true(buyer_entitled());
	assert_int_equal(count("select count(*) from journal"), 2);
	assert_done(give(PRICE)); /* the seller may think better of it */
	expect_sound();
}

static void test_a_part_ends_access_when_the_seller_says_so(void **state)
{
	(void)state;
	buy();
	assert_done(give_ending(1, true));
	assert_false(buyer_entitled());
	expect_sound();
	assert_done(give_ending(PRICE - 1, false)); /* all that is left always does */
	assert_false(buyer_entitled());
	send_and_end("CLOSED");
	assert_false(buyer_entitled()); /* the other still ends it */
	expect_sound();
	move_and_run(61000);
	assert_int_equal(tell_refund("CLOSED"), 204);
	assert_true(buyer_entitled());
	expect_sound();
}

static void test_what_somebody_else_ended_stays_ended(void **state)
{
	(void)state;
	buy();
	by_hand("update entitlement set revoked_ms = 1");
	ask_as_quoted();
	send_and_end("CLOSED");
	assert_false(buyer_entitled());
}

/* ---- pieces ---- */

static void test_F35_fifty_pieces_of_one_fen(void **state)
{
	(void)state;
	buy();
	for (int i = 0; i < 50; i++)
		assert_done(give(1));
	assert_problem(give(1), refunds_too_many);
	assert_text(quote().why, "too-many");
	expect_sound();
	for (int i = 0; i < 50; i++)
		send_and_end("SUCCESS");
	assert_int_equal(state_of(&bought), ORDER_PART_REFUNDED);
	assert_int_equal(balance_of("L20"), 0);
	expect_book(PRICE - 60 - 50, 8000 - 40, 2000 - 10, 60); /* 0.3 fen of the fee are none */
	expect_sound();
}

static void test_F35_no_fen_more_than_was_paid(void **state)
{
	(void)state;
	buy();
	assert_problem(give(PRICE + 1), refund_over);
	assert_done(give(PRICE - 3));
	assert_problem(give(4), refund_over);
	assert_done(give(3));
	assert_non_null(give(1));
	assert_int_equal(balance_of("L20"), -PRICE);
	expect_sound();
}

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33;
}

/* Pieces that stand, as the book would have them; some fail for good and are taken out again. */
static void split_and_check(uint64_t seed)
{
	int64_t total = 1 + (int64_t)next_random(&seed) % (next_random(&seed) % 4 ? 30 : 3000000), share = (int64_t)next_random(&seed) % (total + 1);
	struct refunded_so_far so_far = { 0 };
	int64_t pieces[64], shares[64], commission = 0;
	size_t n = 0;

	while (so_far.amount.fen < total) {
		int64_t rest = total - so_far.amount.fen, piece = n == 63 ? rest : 1 + (int64_t)next_random(&seed) % rest;
		int64_t part = order__refund_share(so_far, MONEY(piece), MONEY(total), MONEY(share)).fen;

		assert_true(part >= 0 && part <= piece);
		so_far.amount.fen += piece;
		so_far.share.fen += part;
		assert_true(so_far.share.fen <= share && so_far.amount.fen - so_far.share.fen <= total - share);
		pieces[n] = piece;
		shares[n++] = part;
		if (so_far.amount.fen < total && next_random(&seed) % 3 == 0) {
			size_t k = next_random(&seed) % n--;

			so_far.amount.fen -= pieces[k];
			so_far.share.fen -= shares[k];
			pieces[k] = pieces[n];
			shares[k] = shares[n];
		}
	}
	for (size_t i = 0; i < n; i++)
		commission += pieces[i] - shares[i];
	assert_int_equal(so_far.share.fen, share);
	assert_int_equal(commission, total - share);
}

static void test_any_pieces_give_back_exactly_what_came_in(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20000; seed++)
		split_and_check(seed);
	/* without a failure each piece is what the whole so far rounds to */
	assert_int_equal(order__refund_share((struct refunded_so_far){ MONEY(1), MONEY(1) }, MONEY(1), MONEY(2), MONEY(1)).fen, 0);
	assert_int_equal(order__refund_share((struct refunded_so_far){ MONEY(1), MONEY(0) }, MONEY(1), MONEY(3), MONEY(1)).fen, 1);
	assert_int_equal(order__refund_share((struct refunded_so_far){ 0 }, MONEY(4500), MONEY(9000), MONEY(7520)).fen, 3760);
	assert_int_equal(order__refund_share((struct refunded_so_far){ 0 }, MONEY(INT64_C(9007199254740991)), MONEY(INT64_C(9007199254740991)),
	                                     MONEY(INT64_C(7205759403792793))).fen, INT64_C(7205759403792793));
}

static void refund_in_pieces(int64_t price, uint64_t seed)
{
	int64_t rest = price;

	by_hand("update entitlement set revoked_ms = 1");
	by_hand(arena_cstr(shop.arena, arena_format(shop.arena, "update work set price = %lld", (long long)price)));
	assert_done(try_place(BUYER, price, &bought));
	paid = begin(&bought);
	assert_done(tell_paid(&paid));
	while (rest) {
		int64_t piece = 1 + (int64_t)next_random(&seed) % rest;

		assert_done(give(piece));
		send_and_end(next_random(&seed) % 4 ? "SUCCESS" : "CLOSED");
		rest -= count("select amount from refund order by id desc limit 1") * count("select case when state = 'SUCCESS' then 1 else 0 end from refund order by id desc limit 1");
	}
	expect_sound();
	assert_int_equal(state_of(&bought), ORDER_REFUNDED);
	expect_nothing_left();
}

static void test_the_book_is_back_at_nothing_for_every_price(void **state)
{
	static const int64_t prices[] = { 1, 2, 3, 99, 833, 99999 };

	(void)state;
	for (size_t i = 0; i < sizeof prices / sizeof *prices; i++)
		refund_in_pieces(prices[i], (uint64_t)prices[i]);
}

struct moving {
	int64_t fen;
	enum ledger_code to;
	const char *key;
};

static problem move_earnings(struct tx *tx, void *arg)
{
	const struct moving *m = arg;
	const struct posting lines[] = { { LEDGER_CREATOR_HELD, shop.creator.v, MONEY(m->fen) }, { m->to, m->to == LEDGER_BANK ? 0 : shop.creator.v, MONEY(-m->fen) } };

	return ledger_post(tx, "test", text_of(m->key), lines, 2, NULL);
}

/* F36: what the creator was paid out already is asked of him later. */
static void test_F36_a_shortfall_is_asked_of_the_creator(void **state)
{
	const struct moving over = { 3000, LEDGER_CREATOR_AVAILABLE, "over" }, out = { 4500, LEDGER_BANK, "out" };

	(void)state;
	buy();
	assert_done(db_write(shop.db, move_earnings, (void *)&over));
	assert_done(db_write(shop.db, move_earnings, (void *)&out));
	assert_done(give(PRICE));
	assert_int_equal(balance_of("L10"), 0);
	assert_int_equal(balance_of("L11"), 0);
	assert_int_equal(balance_of("A30"), 4500);
	assert_int_equal(balance_of("R10"), 0);
	expect_sound();
	send_and_end("CLOSED");
	assert_int_equal(balance_of("L10"), -500);
	assert_int_equal(balance_of("L11"), -3000);
	assert_int_equal(balance_of("A30"), 0);
	assert_int_equal(balance_of("R10"), -2000);
	expect_sound();
}

/* ---- the channel ---- */

static void test_failed_for_good_all_of_it_comes_back(void **state)
{
	(void)state;
	buy();
	ask_as_quoted();
	assert_false(buyer_entitled());
	send_and_end("CLOSED");
	assert_true(buyer_entitled());
	assert_int_equal(state_of(&bought), ORDER_PAID);
	expect_book(PRICE - 60, 8000, 2000, 60);
	assert_int_equal(balance_of("L20"), 0);
	expect_sound();
	expect_quote(REFUND_WAY_AUTOMATIC, PRICE);
	ask_as_quoted(); /* another number, another try */
	send_and_end("SUCCESS");
	expect_nothing_left();
	expect_sound();
}

static void test_a_message_about_another_sum_changes_nothing(void **state)
{
	(void)state;
	buy();
	ask_as_quoted();
	db_jobs_run(shop.jobs);
	fake.refund_fen--;
	assert_int_equal(tell_refund("SUCCESS"), 400);
	fake.refund_fen++;
	snprintf(fake.refund_no, sizeof fake.refund_no, "ZR1");
	assert_int_equal(tell_refund("SUCCESS"), 404);
	assert_int_equal(balance_of("L20"), -PRICE);
	assert_int_equal(count("select count(*) from channel_event where state in ('REJECTED', 'UNKNOWN_PAYMENT')"), 2);
	expect_sound();
}

static void test_a_lost_answer_is_asked_for_by_the_same_number(void **state)
{
	char number[64];

	(void)state;
	buy();
	ask_as_quoted();
	fake.refund_why = &payment_unknown;
	db_jobs_run(shop.jobs);
	assert_int_equal(fake.refunded, 1);
	snprintf(number, sizeof number, "%s", fake.refund_no);
	fake.refund_why = NULL;
	fake.refund_asked = REFUND_TAG_NOT_THERE; /* it never arrived */
	move_and_run(3000);
	assert_int_equal(fake.refunded, 2);
	assert_string_equal(fake.refund_no, number);
	fake.refund_asked = REFUND_TAG_SUCCESS;
	move_and_run(10000);
	assert_int_equal(fake.refunded, 2);
	assert_int_equal(state_of(&bought), ORDER_REFUNDED);
	expect_nothing_left();
}

static void test_two_refunds_of_one_order_are_a_minute_apart(void **state)
{
	(void)state;
	buy();
	assert_done(give(1));
	assert_done(give(2));
	db_jobs_run(shop.jobs);
	assert_int_equal(fake.refunded, 1);
	assert_int_equal(tell_refund("SUCCESS"), 204);
	move_and_run(59000);
	assert_int_equal(fake.refunded, 1);
	move_and_run(1000);
	assert_int_equal(fake.refunded, 2);
	expect_sound();
}

static void test_what_the_channel_has_no_money_for_waits(void **state)
{
	(void)state;
	buy();
	ask_as_quoted();
	fake.refund = REFUND_TAG_WAITS;
	fake.refund_asked = REFUND_TAG_NOT_THERE;
	db_jobs_run(shop.jobs);
	assert_int_equal(count("select count(*) from refund where state = 'APPROVED' and waits = 'NOT_ENOUGH'"), 1);
	move_and_run(59000);
	assert_int_equal(fake.refunded, 1);
	move_and_run(2000);
	assert_int_equal(fake.refunded, 2);
	expect_sound();
	fake.refund = REFUND_TAG_PROCESSING;
	move_and_run(3600 * 1000);
	assert_int_equal(count("select count(*) from refund where state = 'PROCESSING' and waits is null"), 1);
	assert_int_equal(tell_refund("SUCCESS"), 204);
	expect_nothing_left();
}

static void test_an_abnormal_one_waits_for_a_person(void **state)
{
	struct visitor finance = visitor_of(&shop.house, OTHER, FINANCE);

	(void)state;
	buy();
	ask_as_quoted();
	send_and_end("ABNORMAL");
	assert_int_equal(balance_of("L20"), -PRICE);
	assert_false(buyer_entitled());
	expect_sound();
	assert_int_equal(visit(&finance, GET, "/api/payments/refunds/stuck", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&finance, "items")), 1);
	assert_text(json_text(answer_at(&finance, "items.0.state")), "ABNORMAL");
	fake.refund_asked = REFUND_TAG_SUCCESS; /* sent on by hand at the channel */
	move_and_run(3600 * 1000);
	assert_int_equal(state_of(&bought), ORDER_REFUNDED);
	expect_nothing_left();
	expect_sound();
	assert_int_equal(visit(&finance, GET, "/api/payments/refunds/stuck", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&finance, "items")), 0);
	visitor_close(&finance);
}

static void test_an_end_is_an_end(void **state)
{
	(void)state;
	buy();
	ask_as_quoted();
	send_and_end("SUCCESS");
	assert_int_equal(tell_refund("CLOSED"), 204);
	assert_int_equal(tell_refund("ABNORMAL"), 204);
	assert_int_equal(state_of(&bought), ORDER_REFUNDED);
	assert_false(buyer_entitled());
	expect_nothing_left();
	expect_sound();
}

static void test_unwanted_money_that_fails_for_good_is_unallocated_again(void **state)
{
	struct payment second;

	(void)state;
	bought = place(BUYER);
	paid = begin(&bought);
	second = begin_way(&bought, PAYMENT_H5);
	assert_done(tell_paid(&paid));
	assert_done(tell_paid(&second));
	send_and_end("CLOSED");
	assert_int_equal(unallocated_of(&second), PRICE);
	assert_int_equal(balance_of("L20"), 0);
	assert_true(buyer_entitled());
	expect_sound();
}

/* ---- two at once ---- */

static void *ask_once(void *arg)
{
	struct refund_quote *q = arg;

	return (void *)ask_for(q->amount.fen, q->version);
}

static void *give_once(void *arg)
{
	struct giving g = { .decision = { .amount = MONEY(PRICE), .reason = TEXT("Sorry"), .version = TEXT("review-10000-0") } };

	(void)arg;
	return (void *)db_write(shop.db, give_it, &g);
}

/* F31, F33: the buyer asks, twice, while the seller gives. */
static void test_F31_F33_many_at_once_are_one_refund(void **state)
{
	enum { THREADS = 6 };
	pthread_t threads[THREADS];
	struct refund_quote q;
	int done = 0;

	(void)state;
	buy();
	q = quote();
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, i % 2 ? ask_once : give_once, &q), 0);
	for (int i = 0; i < THREADS; i++) {
		void *why;

		pthread_join(threads[i], &why);
		done += !why;
	}
	assert_int_equal(done, 1);
	assert_int_equal(count("select count(*) from purchase_refund"), 1);
	assert_int_equal(count("select count(*) from refund"), 1);
	assert_int_equal(balance_of("L20"), -PRICE);
	expect_sound();
}

/* ---- what verify sees ---- */

static void expect_verify(const char *break_it, const char *says, const char *mend_it)
{
	by_hand(break_it);
	expect_wrong(says);
	by_hand(mend_it);
	expect_sound();
}

static void test_verify_names_what_disagrees(void **state)
{
	(void)state;
	buy();
	assert_done(give(4000));
	expect_verify("update purchase_refund set amount = 4001", "another amount than was taken", "update purchase_refund set amount = 4000");
	expect_verify("update purchase_refund set refund_id = 1", "money is nowhere", "update purchase_refund set refund_id = (select id from refund)");
	expect_verify("update purchase_refund set ends_access = 1", "a refund ended it", "update purchase_refund set ends_access = 0");
	expect_verify("update purchase_refund set amount = 10001, from_held = from_held + 6001", "more is refunded",
	              "update purchase_refund set amount = 4000, from_held = from_held - 6001");
	expect_verify("update refund set state = 'CLOSED'", "otherwise at the channel", "update refund set state = 'APPROVED'");
	expect_verify("update purchase set state = 'PART_REFUNDED'", "state is not what", "update purchase set state = 'PAID'");
	send_and_end("SUCCESS");
	expect_sound();
	expect_verify("update purchase set state = 'PAID'", "state is not what", "update purchase set state = 'PART_REFUNDED'");
	expect_verify("update purchase_refund set state = 'APPROVED'", "state is not what", "update purchase_refund set state = 'SUCCEEDED'");
	by_hand("update journal set entry_key = 'elsewhere' where kind = 'refund'");
	expect_wrong("not in the ledger");
}

static void test_verify_names_money_that_is_not_in_transit(void **state)
{
	struct payment second;

	(void)state;
	bought = place(BUYER);
	paid = begin(&bought);
	second = begin_way(&bought, PAYMENT_H5);
	assert_done(tell_paid(&paid));
	assert_done(tell_paid(&second));
	expect_verify("update refund set state = 'SUCCESS'", "in transit", "update refund set state = 'APPROVED'");
}

/* ---- over HTTP ---- */

static const char *path_of(const char *before, int64_t id, const char *after)
{
	return arena_cstr(shop.arena, arena_format(shop.arena, "%s%lld%s", before, (long long)id, after));
}

static int post(struct visitor *v, const char *key, const char *path, const char *body)
{
	v->key = key;
	return visit(v, POST, path, body);
}

static void test_the_buyer_over_http(void **state)
{
	struct visitor buyer = visitor_of(&shop.house, BUYER, 0), other = visitor_of(&shop.house, OTHER, 0);
	const char *wish = "{\"amount\":10000,\"version\":\"rule-10000-0\",\"reason\":\"Not for me\"}";

	(void)state;
	buy();
	order_know_studied(shop.house.serve, studied);
	assert_int_equal(visit(&other, GET, path_of("/api/orders/", bought.id.v, "/refund-quote"), NULL), 404);
	assert_int_equal(visit(&buyer, GET, path_of("/api/orders/", bought.id.v, "/refund-quote"), NULL), 200);
	assert_text(json_text(answer_at(&buyer, "way")), "automatic");
	assert_text(json_text(answer_at(&buyer, "version")), "rule-10000-0");
	assert_int_equal(post(&other, "a", path_of("/api/orders/", bought.id.v, "/refunds"), wish), 404);
	assert_int_equal(post(&buyer, NULL, path_of("/api/orders/", bought.id.v, "/refunds"), wish), 400);
	assert_int_equal(post(&buyer, "b", path_of("/api/orders/", bought.id.v, "/refunds"), "{\"amount\":9999,\"version\":\"rule-10000-0\",\"reason\":\"x\"}"), 409);
	assert_true(answer_is_problem(&buyer, "refund-quote-changed"));
	assert_int_equal(post(&buyer, "c", path_of("/api/orders/", bought.id.v, "/refunds"), "{\"amount\":10000,\"version\":\"rule-10000-0\",\"reason\":\"\"}"), 422);
	/* F32: a double click */
	assert_int_equal(post(&buyer, "d", path_of("/api/orders/", bought.id.v, "/refunds"), wish), 201);
	assert_text(json_text(answer_at(&buyer, "state")), "APPROVED");
	assert_int_equal(post(&buyer, "d", path_of("/api/orders/", bought.id.v, "/refunds"), wish), 201);
	assert_int_equal(post(&buyer, "e", path_of("/api/orders/", bought.id.v, "/refunds"), wish), 409);
	assert_int_equal(count("select count(*) from refund"), 1);
	assert_int_equal(visit(&buyer, GET, "/api/orders", NULL), 200);
	assert_text(json_text(answer_at(&buyer, "items.0.refund.state")), "APPROVED");
	assert_text(json_text(answer_at(&buyer, "items.0.refund.channel")), "APPROVED");
	visitor_close(&buyer);
	visitor_close(&other);
}

static void test_the_seller_over_http(void **state)
{
	struct visitor author = visitor_of(&shop.house, AUTHOR, CREATOR), other = visitor_of(&shop.house, OTHER, CREATOR), buyer = visitor_of(&shop.house, BUYER, 0);
	const char *half = "{\"amount\":5000,\"version\":\"review-10000-0\",\"reason\":\"Sorry\",\"ends_access\":false}";
	int64_t id;

	(void)state;
	buy();
	assert_int_equal(visit(&other, GET, path_of("/api/sales/", bought.id.v, ""), NULL), 404);
	assert_int_equal(visit(&buyer, GET, path_of("/api/sales/", bought.id.v, ""), NULL), 403);
	assert_int_equal(visit(&author, GET, path_of("/api/sales/", bought.id.v, "?amount=5000"), NULL), 200);
	assert_int_equal(json_integer_value(answer_at(&author, "creator")), 4000);
	assert_int_equal(json_integer_value(answer_at(&author, "site")), 1000);
	assert_int_equal(json_integer_value(answer_at(&author, "rest")), PRICE);
	assert_text(json_text(answer_at(&author, "version")), "review-10000-0");
	assert_int_equal(post(&other, "a", path_of("/api/sales/", bought.id.v, "/refunds"), half), 404);
	assert_int_equal(post(&author, "a", path_of("/api/sales/", bought.id.v, "/refunds"), half), 201);
	assert_int_equal(post(&author, "a", path_of("/api/sales/", bought.id.v, "/refunds"), half), 201);
	assert_int_equal(post(&author, "b", path_of("/api/sales/", bought.id.v, "/refunds"), half), 409); /* another tab */
	assert_true(answer_is_problem(&author, "refund-quote-changed"));
	assert_int_equal(visit(&other, GET, "/api/refunds", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&other, "items")), 0);
	assert_int_equal(visit(&author, GET, "/api/refunds?state=APPROVED", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&author, "items")), 1);
	id = json_integer_value(answer_at(&author, "items.0.refund.id"));
	assert_int_equal(post(&other, "c", path_of("/api/refunds/", id, "/rejection"), "{\"reason\":\"No\"}"), 404);
	assert_int_equal(post(&author, "c", path_of("/api/refunds/", id, "/rejection"), "{\"reason\":\"No\"}"), 409);
	assert_int_equal(visit(&author, GET, "/api/refunds?state=UNDER_REVIEW", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&author, "items")), 0);
	assert_int_equal(visit(&author, GET, "/api/studio/balance", NULL), 200);
	assert_int_equal(json_integer_value(answer_at(&author, "items.0.share")), 4000);
	assert_int_equal(json_integer_value(answer_at(&author, "items.0.refunded")), 5000);
	visitor_close(&author);
	visitor_close(&other);
	visitor_close(&buyer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_quote_follows_the_rule_that_was_bought), TEST(test_no_days_are_no_automatic_refund),
		TEST(test_what_was_quoted_is_paid_or_nothing_is), TEST(test_inside_the_rule_all_of_it_comes_back), TEST(test_it_may_be_bought_again),
		TEST(test_outside_the_rule_the_seller_decides), TEST(test_a_refused_request_may_be_made_three_times),
		TEST(test_a_part_ends_access_when_the_seller_says_so), TEST(test_what_somebody_else_ended_stays_ended),
		TEST(test_F35_fifty_pieces_of_one_fen), TEST(test_F35_no_fen_more_than_was_paid), TEST(test_any_pieces_give_back_exactly_what_came_in),
		TEST(test_the_book_is_back_at_nothing_for_every_price), TEST(test_F36_a_shortfall_is_asked_of_the_creator),
		TEST(test_failed_for_good_all_of_it_comes_back), TEST(test_a_message_about_another_sum_changes_nothing),
		TEST(test_a_lost_answer_is_asked_for_by_the_same_number), TEST(test_two_refunds_of_one_order_are_a_minute_apart),
		TEST(test_what_the_channel_has_no_money_for_waits), TEST(test_an_abnormal_one_waits_for_a_person), TEST(test_an_end_is_an_end),
		TEST(test_unwanted_money_that_fails_for_good_is_unallocated_again), TEST(test_F31_F33_many_at_once_are_one_refund),
		TEST(test_verify_names_what_disagrees), TEST(test_verify_names_money_that_is_not_in_transit), TEST(test_the_buyer_over_http),
		TEST(test_the_seller_over_http),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
