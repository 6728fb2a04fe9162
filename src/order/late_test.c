/* late_test.c - money that is not wanted goes back, deadlines and closing at the same moment as a payment, and every statement
 * and commit failing once. */
#include "order/testing.h"

/* ---- money that is not wanted ---- */

static void expect_sent_back(const struct order *order, const struct payment *payment)
{
	assert_int_equal(payment_state_of(order, payment), PAYMENT_DUPLICATE_PAID);
	assert_int_equal(unallocated_of(payment), 0);
	db_jobs_run(shop.jobs);
	assert_int_equal(fake.refunded, 1);
	assert_int_equal(fake.refund_fen, payment->amount.fen);
	assert_text(payment->trade_no, fake.refund_trade_no);
	assert_int_equal(count("select count(*) from refund where state = 'SUCCESS'"), 1);
	assert_int_equal(count("select coalesce(sum(p.amount), 0) from posting p join account a on a.id = p.account_id where a.code in ('L20', 'L60')"), 0);
	expect_sound();
}

static void test_a_second_attempt_that_was_paid_goes_back(void **state)
{
	struct order order = place(BUYER);
	struct payment first = begin(&order), second = begin_way(&order, PAYMENT_H5);

	(void)state;
	assert_int_not_equal(first.id.v, second.id.v);
	assert_done(tell_paid(&second));
	assert_done(tell_paid(&first));
	assert_done(tell_paid(&first));
	assert_int_equal(payment_state_of(&order, &second), PAYMENT_PAID);
	expect_book(2 * PRICE - 60, 8000, 2000, 60);
	expect_sent_back(&order, &first);
	expect_book(PRICE - 60, 8000, 2000, 60);
	assert_int_equal(count("select count(*) from entitlement"), 1);
	assert_int_equal(count("select count(*) from news where topic = 'order-paid'"), 1);
}

static void test_a_refund_under_way_is_asked_for_by_the_same_number(void **state)
{
	struct order order = place(BUYER);
	struct payment first = begin(&order), second = begin_way(&order, PAYMENT_H5);
	char number[64];

	(void)state;
	fake.refund = REFUND_TAG_PROCESSING;
	assert_done(tell_paid(&first));
	assert_done(tell_paid(&second));
	db_jobs_run(shop.jobs);
	assert_int_equal(fake.refunded, 1);
	assert_int_equal(count("select count(*) from refund where state = 'PROCESSING'"), 1);
	snprintf(number, sizeof number, "%s", fake.refund_no);
	fake.refund_asked = REFUND_TAG_NOT_THERE; /* the channel lost it, or it never arrived */
	move_and_run(2000);
	assert_int_equal(fake.refunded, 2);
	assert_string_equal(fake.refund_no, number);
	fake.refund_asked = REFUND_TAG_SUCCESS;
	move_and_run(4000);
	assert_int_equal(fake.refunded, 2);
	assert_int_equal(fake.refund_queried, 2);
	expect_book(PRICE - 60, 8000, 2000, 60);
	move_and_run(3600 * 1000);
	assert_int_equal(fake.refund_queried, 2);
	expect_sound();
}

static void test_paid_after_the_close_is_granted_late(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	close_order(&order);
	assert_int_equal(payment_state_of(&order, &payment), PAYMENT_CLOSED);
	assert_done(tell_paid(&payment));
	expect_paid_once(&order);
	assert_int_equal(count("select count(*) from audit_entry where verb = 'order-late-paid'"), 1);
}

static void test_paid_after_the_close_goes_back_when_owned(void **state)
{
	struct order order = place(BUYER), again;
	struct payment late = begin(&order), payment;

	(void)state;
	close_order(&order);
	again = place(BUYER);
	assert_int_not_equal(order.id.v, again.id.v);
	payment = begin(&again);
	assert_done(tell_paid(&payment));
	assert_done(tell_paid(&late));
	assert_int_equal(state_of(&order), ORDER_CLOSED);
	expect_sent_back(&order, &late);
	expect_book(PRICE - 60, 8000, 2000, 60);
}

static void test_paid_after_the_close_goes_back_when_no_longer_offered(void **state)
{
	struct order order = place(BUYER);
	struct payment late = begin(&order);

	(void)state;
	close_order(&order);
	by_hand("update work set state = 'withdrawn'");
	assert_done(tell_paid(&late));
	assert_int_equal(state_of(&order), ORDER_CLOSED);
	assert_false(buyer_entitled());
	expect_sent_back(&order, &late);
	expect_book(0, 0, 0, 0);
}

/* Two open orders of one work, from before and after a change of price, both paid. */
static void test_two_orders_of_one_work_are_one_entitlement(void **state)
{
	struct order order = place(BUYER), dearer;
	struct payment first = begin(&order), second;

	(void)state;
	assert_done(db_write(shop.db, make_dearer, NULL));
	assert_done(try_place(BUYER, PRICE + 1, &dearer));
	second = begin(&dearer);
	assert_done(tell_paid(&first));
	assert_done(tell_paid(&second));
	expect_sent_back(&dearer, &second);
	assert_int_equal(count("select count(*) from entitlement"), 1);
	expect_book(PRICE - 60, 8000, 2000, 60);
}

/* ---- the deadline ---- */

static void test_the_deadline_closes(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	fake.query_after_close = (struct channel_fact){ .tag = CHANNEL_CLOSED };
	move_and_run(ORDER_LIFE_MS - 1);
	assert_int_equal(state_of(&order), ORDER_PENDING);
	move_and_run(1);
	assert_int_equal(state_of(&order), ORDER_CLOSED);
	assert_int_equal(payment_state_of(&order, &payment), PAYMENT_CLOSED);
	assert_int_equal(fake.closed, 1);
	expect_sound();
}

static void test_paid_at_the_moment_of_the_close(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	fake.query_after_close = paid_fact(&payment).fact;
	move_and_run(ORDER_LIFE_MS);
	expect_paid_once(&order);
	move_and_run(3600 * 1000);
	expect_paid_once(&order);
}

static void test_an_order_waits_for_a_channel_that_is_silent(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	fake.query_why = &payment_unknown;
	move_and_run(ORDER_LIFE_MS);
	assert_int_equal(state_of(&order), ORDER_CLOSING);
	fake.query_why = NULL;
	fake.query = paid_fact(&payment).fact;
	move_and_run(3600 * 1000);
	expect_paid_once(&order);
}

/* ---- a close while the channel is asked to create ---- */

static struct order racing;

/* The channel has not heard of the number yet: the order is closed without it. */
static void close_racing(void)
{
	fake.query = (struct channel_fact){ .tag = CHANNEL_NOT_THERE };
	assert_done(order__close(shop.house.serve, shop.db, shop.arena, racing.id));
	assert_int_equal(fake.closed, 0);
	fake.query = (struct channel_fact){ .tag = CHANNEL_NOT_PAID }; /* then the request arrives */
	fake.query_after_close = (struct channel_fact){ .tag = CHANNEL_CLOSED };
}

static struct payment create_and_close(problem answer, problem expected)
{
	struct payment payment, sent;

	racing = place(BUYER);
	payment = begin_way(&racing, PAYMENT_NATIVE);
	fake.while_creating = close_racing;
	fake.create_why = answer;
	sent = payment;
	assert_ptr_equal(payment_send(shop.payments, shop.db, shop.arena, payment.id, &sent), expected);
	assert_int_equal(payment_state_of(&racing, &payment), PAYMENT_CLOSED);
	assert_int_equal(state_of(&racing), ORDER_CLOSED);
	return payment;
}

static void test_created_after_the_close_is_closed_there_too(void **state)
{
	(void)state;
	create_and_close(NULL, &payment_over);
	db_jobs_run(shop.jobs);
	assert_int_equal(fake.closed, 1);
	assert_true(fake.queried >= 2);
	move_and_run(61000);
	assert_int_equal(count("select count(*) from job where kind = 'payment-close'"), 0);
	expect_sound();
}

static void test_perhaps_created_after_the_close_is_closed_there_too(void **state)
{
	(void)state;
	create_and_close(&payment_unknown, &payment_over);
	db_jobs_run(shop.jobs);
	assert_int_equal(fake.closed, 1);
	expect_sound();
}

/* It was open there for a moment, and somebody was quick. */
static void test_paid_there_between_the_close_and_the_answer(void **state)
{
	struct payment payment;
	struct order again;

	(void)state;
	payment = create_and_close(NULL, &payment_over);
	again = place(BUYER);
	fake.while_creating = NULL;
	fake.query = fake.query_after_close = (struct channel_fact){ .tag = CHANNEL_NOT_PAID };
	struct payment second = begin(&again);
	assert_done(tell_paid(&second));
	fake.query_after_close = paid_fact(&payment).fact;
	db_jobs_run(shop.jobs);
	assert_int_equal(state_of(&racing), ORDER_CLOSED);
	expect_sent_back(&racing, &payment);
	expect_book(PRICE - 60, 8000, 2000, 60);
}

/* Our process dies before the answer: nobody records it, and what was durable before must do. */
static void test_a_create_that_nobody_waits_for_is_closed_there_too(void **state)
{
	struct payment payment;

	(void)state;
	racing = place(BUYER);
	payment = begin_way(&racing, PAYMENT_NATIVE);
	close_racing();
	assert_int_equal(payment_state_of(&racing, &payment), PAYMENT_CLOSED);
	move_and_run(59999);
	assert_int_equal(fake.closed, 0);
	move_and_run(1);
	assert_int_equal(fake.closed, 1);
	assert_int_equal(count("select count(*) from job where kind = 'payment-close'"), 0);
	expect_sound();
}

static void test_a_channel_that_will_not_close_is_asked_until_it_does(void **state)
{
	(void)state;
	create_and_close(NULL, &payment_over);
	fake.query_after_close = (struct channel_fact){ .tag = CHANNEL_NOT_PAID };
	db_jobs_run(shop.jobs);
	assert_int_equal(fake.closed, 1);
	fake.query_after_close = (struct channel_fact){ .tag = CHANNEL_CLOSED };
	move_and_run(2000);
	assert_int_equal(fake.closed, 2);
	move_and_run(70000);
	assert_int_equal(count("select count(*) from job where kind = 'payment-close'"), 0);
}

/* F18: the payer was quicker than the channel's answer to us. */
static struct payment told_early;

static void tell_early(void) { assert_done(tell_paid(&told_early)); }

static void test_paid_before_the_answer_to_create(void **state)
{
	const struct problem *answers[] = { NULL, &payment_unknown, &payment_channel_refused, &payment_channel_down };

	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct order order;
		struct payment sent;

		by_hand("delete from entitlement");
		by_hand("update purchase set state = 'REFUNDED'");
		order = place(BUYER);
		told_early = begin_way(&order, PAYMENT_NATIVE);
		fake.while_creating = tell_early;
		fake.create_why = answers[i];
		assert_done(payment_send(shop.payments, shop.db, shop.arena, told_early.id, &sent));
		assert_int_equal(sent.state, PAYMENT_PAID);
		assert_int_equal(state_of(&order), ORDER_PAID);
		assert_true(buyer_entitled());
	}
	assert_int_equal(count("select count(*) from job where kind = 'payment-close'"), 0);
}

static void test_what_is_closed_is_not_sent_any_more(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin_way(&order, PAYMENT_NATIVE), sent;

	(void)state;
	close_order(&order);
	assert_problem(payment_send(shop.payments, shop.db, shop.arena, payment.id, &sent), payment_over);
	assert_int_equal(fake.created, 0);
}

/* ---- failing steps ---- */

struct traces {
	int64_t journals, postings, entitlements, news, refunds, jobs, audits, paid;
};

static struct traces traces(void)
{
	return (struct traces){
		.journals = count("select count(*) from journal"),
		.postings = count("select count(*) from posting"),
		.entitlements = count("select count(*) from entitlement"),
		.news = count("select count(*) from news where topic = 'order-paid'"),
		.refunds = count("select count(*) from refund"),
		.jobs = count("select count(*) from job"),
		.audits = count("select count(*) from audit_entry"),
		.paid = count("select count(*) from payment where state in ('PAID', 'DUPLICATE_PAID')"),
	};
}

/* Each statement and both sides of the commit fail once; returns how many statements there were. */
static int tell_with_faults(const struct payment *payment)
{
	struct traces before = traces(), after;
	int n = 1;

	for (;; n++) {
		problem why;

		db_fault(shop.db, FAULT_STATEMENT, n);
		why = tell_paid(payment);
		if (!db_fault_hit(shop.db))
			break;
		assert_problem(why, db_failed);
		after = traces();
		assert_memory_equal(&before, &after, sizeof before);
		expect_sound();
		assert_true(n < 500);
	}
	db_fault(shop.db, FAULT_STATEMENT, 0);
	return n - 1;
}

static void test_no_failing_statement_leaves_half_a_payment(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);
	int statements;

	(void)state;
	statements = tell_with_faults(&payment);
	assert_true(statements >= 12);
	expect_paid_once(&order);
}

static void test_no_failing_statement_leaves_half_a_return(void **state)
{
	struct order order = place(BUYER);
	struct payment first = begin(&order), second = begin_way(&order, PAYMENT_H5);

	(void)state;
	assert_done(tell_paid(&first));
	assert_true(tell_with_faults(&second) >= 12);
	expect_sent_back(&order, &second);
	expect_book(PRICE - 60, 8000, 2000, 60);
}

static void test_a_commit_that_fails_writes_nothing(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);
	struct traces before = traces(), after;

	(void)state;
	db_fault(shop.db, FAULT_COMMIT_BEFORE, 1);
	assert_problem(tell_paid(&payment), db_failed);
	assert_true(db_fault_hit(shop.db));
	after = traces();
	assert_memory_equal(&before, &after, sizeof before);
	expect_sound();
	assert_done(tell_paid(&payment));
	expect_paid_once(&order);
}

static void test_a_commit_without_an_answer_is_told_again_without_harm(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	db_fault(shop.db, FAULT_COMMIT_AFTER, 1);
	assert_problem(tell_paid(&payment), db_unknown);
	assert_true(db_fault_hit(shop.db));
	expect_paid_once(&order);
	assert_done(tell_paid(&payment));
	expect_paid_once(&order);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_second_attempt_that_was_paid_goes_back),
		TEST(test_a_refund_under_way_is_asked_for_by_the_same_number),
		TEST(test_paid_after_the_close_is_granted_late),
		TEST(test_paid_after_the_close_goes_back_when_owned),
		TEST(test_paid_after_the_close_goes_back_when_no_longer_offered),
		TEST(test_two_orders_of_one_work_are_one_entitlement),
		TEST(test_the_deadline_closes),
		TEST(test_paid_at_the_moment_of_the_close),
		TEST(test_an_order_waits_for_a_channel_that_is_silent),
		TEST(test_created_after_the_close_is_closed_there_too),
		TEST(test_perhaps_created_after_the_close_is_closed_there_too),
		TEST(test_paid_there_between_the_close_and_the_answer),
		TEST(test_a_create_that_nobody_waits_for_is_closed_there_too),
		TEST(test_a_channel_that_will_not_close_is_asked_until_it_does),
		TEST(test_paid_before_the_answer_to_create),
		TEST(test_what_is_closed_is_not_sent_any_more),
		TEST(test_no_failing_statement_leaves_half_a_payment),
		TEST(test_no_failing_statement_leaves_half_a_return),
		TEST(test_a_commit_that_fails_writes_nothing),
		TEST(test_a_commit_without_an_answer_is_told_again_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
