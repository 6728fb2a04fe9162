/* delivery_test.c - how messages come in practice: many times, at the same moment, out of order, before our own records are
 * there, while the database cannot write. What was answered with success has its one effect; what was not comes again. */
#include "payment/testing.h"

#include <pthread.h>

/* ---- steps ---- */

static int deliver_by(struct visitor *visitor, const struct message *m)
{
	visitor->more_count = m->count;
	memcpy(visitor->more, m->headers, sizeof m->headers);
	return visit(visitor, POST, "/api/notify/wechat", m->body.at); /* a text of arena_format ends with NUL */
}

struct ask {
	const char *sql;
	int64_t n;
};

static problem ask_int(struct tx *tx, void *arg)
{
	struct ask *ask = arg;

	ask->n = read_int(tx, -1, ask->sql, V0);
	return tx_problem(tx);
}

static int64_t count(const char *sql)
{
	struct ask ask = { .sql = sql };

	assert_done(db_read(house.db, ask_int, &ask));
	return ask.n;
}

static problem run_sql(struct tx *tx, void *arg)
{
	run(tx, arg, V0);
	return tx_problem(tx);
}

static void by_hand(const char *sql) { assert_done(db_write(house.db, run_sql, (void *)sql)); }

/* The first `what` in t, by `with`. */
static struct text replaced(struct text t, const char *what, const char *with)
{
	size_t at = text_find(t, text_of(what));

	assert_int_not_equal(at, SIZE_MAX);
	return arena_format(arena, "%.*s%s%.*s", (int)at, t.at, with, TEXT_ARG(text_from(t, at + strlen(what))));
}

static struct message named_message(const char *id, const char *event, struct text plain)
{
	struct resource r = resource_of(plain);
	struct text body = body_of(&r);

	body = replaced(body, "EV-2026", id);
	return message_of(replaced(body, "TRANSACTION.SUCCESS", event));
}

/* ---- F8 ---- */

enum { SENDERS = 10, EACH = 10 };

static _Atomic int succeeded;
static struct message copied;

static void *send_copies(void *arg)
{
	struct visitor visitor;

	(void)arg;
	visitor_open(&visitor, &house);
	visitor.foreign = true;
	for (int i = 0; i < EACH; i++)
		succeeded += deliver_by(&visitor, &copied) == 204;
	visitor_close(&visitor);
	return NULL;
}

static void test_F8_a_hundred_copies_in_parallel(void **state)
{
	pthread_t senders[SENDERS];

	(void)state;
	succeeded = 0;
	copied = right_message();
	for (int i = 0; i < SENDERS; i++)
		assert_int_equal(pthread_create(&senders[i], NULL, send_copies, NULL), 0);
	for (int i = 0; i < SENDERS; i++)
		pthread_join(senders[i], NULL);
	assert_int_equal(succeeded, SENDERS * EACH);
	expect_effects(1);
	assert_int_equal(count("select count(*) from channel_event"), 1);
}

/* The same fact under other ids, signed at other times: what counts is the fact. */
static void test_F8_the_same_fact_in_other_messages(void **state)
{
	char id[16];

	(void)state;
	for (int i = 0; i < 20; i++) {
		snprintf(id, sizeof id, "EV-%d", i);
		struct message m = named_message(id, "TRANSACTION.SUCCESS", right_plain());

		assert_int_equal(deliver(&m), 204);
		world_move(house.world, 1000);
	}
	assert_int_equal(count("select count(*) from journal"), 1);
	assert_int_equal(count("select count(*) from payment where state = 'PAID'"), 1);
	assert_int_equal(count("select count(*) from channel_event where state = 'APPLIED'"), 20);
}

/* ---- F10 ---- */

static struct text refund_plain(void)
{
	return arena_format(arena,
	                    "{\"mchid\":\"" MERCHANT "\",\"out_trade_no\":\"%.*s\",\"transaction_id\":\"4200001\",\"out_refund_no\":\"ZR1\",\"refund_id\":\"5000001\","
	                    "\"refund_status\":\"SUCCESS\",\"success_time\":\"2026-09-21T22:13:20+08:00\",\"user_received_account\":\"零钱\","
	                    "\"amount\":{\"total\":10000,\"refund\":10000,\"payer_total\":10000,\"payer_refund\":10000}}",
	                    TEXT_ARG(payment.trade_no));
}

/* A refund that is not ours, or of a payment that is not known to be paid: no effect, and the channel tells of it again. */
static void test_F10_a_refund_is_told_before_the_payment(void **state)
{
	static const struct {
		const char *event;
		int status;
	} events[] = { { "REFUND.SUCCESS", 404 }, { "REFUND.ABNORMAL", 404 }, { "REFUND.CLOSED", 404 }, { "MCHTRANSFER.BILL.FINISHED", 204 }, { "SOMETHING.NEW", 204 } };
	struct message paid = right_message();

	(void)state;
	for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
		struct message m = named_message(events[i].event, events[i].event, refund_plain());

		assert_int_equal(deliver(&m), events[i].status);
		expect_effects(0);
	}
	assert_int_equal(count("select count(*) from channel_event where state = 'UNKNOWN_PAYMENT'"), 3);
	assert_int_equal(deliver(&paid), 204);
	expect_effects(1);
}

/* ---- F14: 5xx, and applied by the next try ---- */

static void test_F14_each_statement_fails_once(void **state)
{
	struct message m = right_message();
	int n = 1;

	(void)state;
	for (;; n++) {
		int status;

		db_fault(house.db, FAULT_STATEMENT, n);
		status = deliver(&m);
		if (!db_fault_hit(house.db))
			break;
		if (status < 500)
			fail_msg("statement %d failed, and the answer was %d", n, status);
		expect_effects(0);
	}
	db_fault(house.db, FAULT_STATEMENT, 0);
	assert_true(n > 5);
	expect_effects(1);
}

static void test_F14_the_commit_fails(void **state)
{
	struct message m = right_message();

	(void)state;
	db_fault(house.db, FAULT_COMMIT_BEFORE, 1);
	assert_true(deliver(&m) >= 500);
	assert_true(db_fault_hit(house.db));
	expect_effects(0);
	assert_int_equal(deliver(&m), 204);
	expect_effects(1);
}

/* F5: it was durable, and nobody was told. */
static void test_F5_the_commit_has_no_answer(void **state)
{
	struct message m = right_message();

	(void)state;
	db_fault(house.db, FAULT_COMMIT_AFTER, 1);
	assert_true(deliver(&m) >= 500);
	assert_true(db_fault_hit(house.db));
	expect_effects(1);
	assert_int_equal(deliver(&m), 204);
	expect_effects(1);
}

static pthread_barrier_t holding;

static problem hold(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "update payment set payer_address = payer_address", V0);
	pthread_barrier_wait(&holding);
	pthread_barrier_wait(&holding);
	return tx_problem(tx);
}

static void *hold_on_thread(void *other)
{
	assert_done(db_write(other, hold, NULL));
	return NULL;
}

static void test_F14_somebody_else_has_locked_the_database(void **state)
{
	struct message m = right_message();
	struct db *other;
	pthread_t thread;

	(void)state;
	assert_done(db_open(db_testing_url(), &(struct db_options){ .world = house.world }, &other));
	pthread_barrier_init(&holding, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, hold_on_thread, other), 0);
	pthread_barrier_wait(&holding);
	assert_true(deliver(&m) >= 500);
	expect_effects(0);
	pthread_barrier_wait(&holding);
	pthread_join(thread, NULL);
	assert_int_equal(deliver(&m), 204);
	expect_effects(1);
	pthread_barrier_destroy(&holding);
	db_close(other);
}

static problem limit_pages(struct tx *tx, void *arg)
{
	(void)read_int(tx, 0, arg, V0);
	return tx_problem(tx);
}

static void test_F14_the_disk_is_full(void **state)
{
	struct message m;
	char *long_words = arena_alloc(arena, 50001);
	struct resource r = resource_of(right_plain());

	(void)state;
	if (db_is_postgresql(house.db))
		return; /* that is its server's disk; db_write_test has the answer to it */
	memset(long_words, 'x', 50000);
	long_words[50000] = '\0';
	m = message_of(replaced(body_of(&r), "支付成功", long_words));
	assert_done(db_write(house.db, limit_pages, (void *)"pragma max_page_count = 1")); /* as many as there are */
	assert_true(deliver(&m) >= 500);
	expect_effects(0);
	assert_done(db_write(house.db, limit_pages, (void *)"pragma max_page_count = 1000000"));
	assert_int_equal(deliver(&m), 204);
	expect_effects(1);
}

/* ---- F17, F18 ---- */

static void test_F17_a_number_that_nobody_knows(void **state)
{
	struct message m = right_message();

	(void)state;
	by_hand("update payment set trade_no = 'ELSEWHERE'");
	for (int i = 0; i < 3; i++)
		assert_int_equal(deliver(&m), 404);
	expect_effects(0);
	assert_int_equal(count("select count(*) from channel_event where state = 'UNKNOWN_PAYMENT'"), 1);
	by_hand(arena_cstr(arena, arena_format(arena, "update payment set trade_no = '%.*s'", TEXT_ARG(payment.trade_no))));
	assert_int_equal(deliver(&m), 204); /* the channel's next try */
	expect_effects(1);
	assert_int_equal(count("select count(*) from channel_event"), 1);
}

/* The attempt is NEW: nobody has recorded yet that the channel was asked for it. */
static void test_F18_told_before_the_answer_to_create_was_stored(void **state)
{
	static const char *const states[] = { "NEW", "READY", "UNKNOWN", "CLOSED", "FAILED" };

	(void)state;
	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		struct message m = right_message();

		by_hand("delete from channel_event");
		by_hand("delete from posting");
		by_hand("delete from journal");
		by_hand(arena_cstr(arena, arena_format(arena, "update payment set state = '%s', transaction_id = null", states[i])));
		assert_int_equal(deliver(&m), 204);
		expect_effects(1);
		assert_int_equal(count("select count(*) from payment where state = 'PAID'"), 1);
	}
}

/* ---- F23 ---- */

static void test_F23_an_old_message_is_sent_again(void **state)
{
	struct message m = right_message();

	(void)state;
	assert_int_equal(deliver(&m), 204);
	world_move(house.world, 299000);
	assert_int_equal(deliver(&m), 204); /* inside the window: known */
	world_move(house.world, 1000);
	assert_int_equal(deliver(&m), 401); /* outside: not even looked at */
	world_move(house.world, INT64_C(86400000) * 400);
	assert_int_equal(deliver(&m), 401);
	expect_effects(1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_F8_a_hundred_copies_in_parallel),
		TEST(test_F8_the_same_fact_in_other_messages),
		TEST(test_F10_a_refund_is_told_before_the_payment),
		TEST(test_F14_each_statement_fails_once),
		TEST(test_F14_the_commit_fails),
		TEST(test_F5_the_commit_has_no_answer),
		TEST(test_F14_somebody_else_has_locked_the_database),
		TEST(test_F14_the_disk_is_full),
		TEST(test_F17_a_number_that_nobody_knows),
		TEST(test_F18_told_before_the_answer_to_create_was_stored),
		TEST(test_F23_an_old_message_is_sent_again),
	};

	log_set(STDERR_FILENO, LOG_ERROR); /* each forgery is a warning */
	return cmocka_run_group_tests(tests, setup_keys, teardown_keys);
}
