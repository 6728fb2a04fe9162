/* inbox_test.c - having a message done again: harmless when it was done, once when it was not, and a question to the channel where
 * the message itself was refused. */
#include "payment/testing.h"

static const struct job_kind *const tables[] = { payment_jobs };

/* ---- steps ---- */

struct replaying {
	int64_t id;
	enum replay outcome;
};

static problem replay_it(struct tx *tx, void *arg)
{
	struct replaying *r = arg;

	tx_use_arena(tx, arena);
	return inbox_replay(payments, tx, r->id, &r->outcome);
}

static enum replay replay(int64_t id)
{
	struct replaying r = { .id = id };

	assert_done(db_write(house.db, replay_it, &r));
	return r.outcome;
}

static problem refused(int64_t id) { return db_write(house.db, replay_it, &(struct replaying){ .id = id }); }

static int64_t count(const char *sql) { return db_testing_int(house.db, sql); }
static void by_hand(const char *sql) { db_testing_run(house.db, sql); }
static int64_t only_message(void) { return count("select id from channel_event"); }

struct reading {
	struct notification *items;
	size_t count;
	struct inbox_sums sums;
};

static problem read_inbox(struct tx *tx, void *arg)
{
	struct reading *r = arg;
	problem why;

	tx_use_arena(tx, arena);
	why = inbox_list(tx, 0, 10, &r->items, &r->count);
	return why ? why : inbox_sums(payments, tx, &r->sums);
}

static struct reading reading(void)
{
	struct reading r = { 0 };

	assert_done(db_read(house.db, read_inbox, &r));
	return r;
}

/* ---- tests ---- */

static void test_what_was_applied_stays_as_it_is(void **state)
{
	struct message m = right_message();
	struct reading r;

	(void)state;
	assert_int_equal(deliver(&m), 204);
	expect_effects(1);
	world_move(house.world, 5000);
	assert_int_equal(replay(only_message()), REPLAY_KNOWN);
	assert_int_equal(replay(only_message()), REPLAY_KNOWN);
	expect_effects(1);
	assert_int_equal(count("select count(*) from job where kind in ('payment-ask', 'payment-refund')"), 0);
	r = reading();
	assert_int_equal(r.count, 1);
	assert_int_equal(r.items[0].state, INBOX_APPLIED);
	assert_text(r.items[0].number, arena_cstr(arena, payment.trade_no));
	assert_text(r.items[0].payable_kind, "thing");
	assert_int_equal(r.items[0].payable, PAYABLE);
	assert_null(r.items[0].why.at);
	assert_int_equal(r.items[0].replayed_ms, r.items[0].at_ms + 5000);
	assert_int_equal(r.sums.last_ms, r.items[0].at_ms);
}

static void test_what_was_parked_is_applied_once(void **state)
{
	struct message m = right_message();
	struct reading r;
	int64_t at_ms;

	(void)state;
	by_hand("update payment set trade_no = 'ELSEWHERE'");
	assert_int_equal(deliver(&m), 404);
	r = reading();
	at_ms = r.items[0].at_ms;
	assert_int_equal(r.items[0].state, INBOX_UNKNOWN_PAYMENT);
	assert_text(r.items[0].why, "unknown-payment");
	assert_null(r.items[0].payable_kind.at);
	assert_int_equal(r.sums.parked, 1);
	assert_int_equal(replay(only_message()), REPLAY_PARKED);
	expect_effects(0);

	world_move(house.world, 3600 * 1000); /* long after its signature has grown too old to be delivered */
	by_hand(arena_cstr(arena, arena_format(arena, "update payment set trade_no = '%.*s'", TEXT_ARG(payment.trade_no))));
	assert_int_equal(replay(only_message()), REPLAY_APPLIED);
	expect_effects(1);
	assert_int_equal(replay(only_message()), REPLAY_KNOWN);
	expect_effects(1);
	r = reading();
	assert_int_equal(r.items[0].state, INBOX_APPLIED);
	assert_int_equal(r.items[0].at_ms, at_ms); /* when it came, not when it was done */
	assert_int_equal(r.sums.parked, 0);
	assert_int_equal(count("select count(*) from payment where notified_ms is not null"), 1);
}

static problem says_paid(void *self, struct arena *to, struct text trade_no, struct channel_fact *ret)
{
	(void)self;
	*ret = (struct channel_fact){ .tag = CHANNEL_PAID, .trade_no = arena_text(to, trade_no), .transaction = TEXT("4200001"), .merchant = TEXT(MERCHANT),
		                      .app = TEXT(APP), .currency = TEXT("CNY"), .total = MONEY(FEN), .paid_ms = START };
	return NULL;
}

/* Its amount is another: so the message is never believed, and the channel is asked. */
static void test_where_the_message_was_refused_the_channel_is_asked(void **state)
{
	struct resource resource = resource_of(plain_of("1", "CNY", MERCHANT, APP));
	struct message m = message_of(body_of(&resource));
	const struct channel *real = payments->wechat;
	struct channel asked = *real;
	struct db_jobs *jobs;
	struct reading r;

	(void)state;
	assert_int_equal(deliver(&m), 400);
	r = reading();
	assert_int_equal(r.items[0].state, INBOX_REJECTED);
	assert_text(r.items[0].why, "amount");
	assert_int_equal(r.sums.rejected, 1);
	assert_int_equal(replay(only_message()), REPLAY_ASKED);
	assert_int_equal(replay(only_message()), REPLAY_ASKED); /* twice is one question */
	expect_effects(0);
	assert_int_equal(count("select count(*) from job where kind = 'payment-ask'"), 1);

	by_hand("update payment set state = 'CLOSED'");
	by_hand("delete from job where kind <> 'payment-ask'");
	asked.query = says_paid;
	payments->wechat = &asked;
	assert_done(db_jobs_start(house.db, tables, 1, house.serve, 0, &jobs));
	assert_int_equal(db_jobs_run(jobs), 1);
	db_jobs_stop(jobs);
	payments->wechat = real;
	assert_int_equal(count("select count(*) from payment where state = 'PAID'"), 1);
	assert_int_equal(count("select count(*) from journal"), 1);
	assert_int_equal(count("select count(*) from job where kind = 'payment-ask'"), 0);
	assert_int_equal(reading().sums.rejected, 0); /* it was cleared up */
	assert_int_equal(reading().items[0].state, INBOX_REJECTED);
}

static int refunds_asked;
static int64_t refund_says;

static problem says_refunded(void *self, struct arena *to, struct text refund_no, struct refund_fact *ret)
{
	(void)self;
	refunds_asked++;
	*ret = (struct refund_fact){ .tag = REFUND_TAG_SUCCESS, .refund_no = arena_text(to, refund_no), .trade_no = payment.trade_no,
		                     .merchant = TEXT(MERCHANT), .amount = MONEY(refund_says), .total = MONEY(FEN) };
	return NULL;
}

static problem send_back(struct tx *tx, void *arg)
{
	struct refund *refund = arg;
	problem why = payment_refund(tx, &(struct refund_draft){ .payment = payment.id, .amount = MONEY(100), .reason = TEXT("test") }, refund);
	const struct posting lines[] = { { LEDGER_COMMISSION, 0, refund->amount }, { LEDGER_REFUND_TRANSIT, refund->id, MONEY(-refund->amount.fen) } };

	return why ? why : ledger_post(tx, "send-back", TEXT("by hand"), lines, 2, NULL);
}



/* The job that carries the refund waits for an hour, and is of no use once the refund is at its end. */
static void test_of_a_refund_the_channel_is_asked_too(void **state)
{
	struct message m = right_message();
	const struct channel *real = payments->wechat;
	struct channel asked = *real;
	struct refund refund = { 0 };
	struct db_jobs *all;

	(void)state;
	assert_int_equal(deliver(&m), 204);
	assert_done(db_write(house.db, send_back, &refund));
	by_hand("update refund set state = 'PROCESSING', sent_ms = 1");
	by_hand("delete from job where kind <> 'payment-refund'");
	by_hand("update job set run_at_ms = run_at_ms + 3600000");
	by_hand("update channel_event set state = 'REJECTED', why = 'amount', is_refund = 1, number = (select refund_no from refund)");
	assert_int_equal(reading().sums.rejected, 1);
	asked.query_refund = says_refunded;
	payments->wechat = &asked;
	refunds_asked = 0;
	assert_done(db_jobs_start(house.db, tables, 1, house.serve, 0, &all));

	refund_says = 99; /* another amount: not believed, and still told */
	assert_int_equal(replay(only_message()), REPLAY_ASKED);
	assert_int_equal(db_jobs_run(all), 1);
	assert_int_equal(refunds_asked, 1);
	assert_int_equal(count("select count(*) from job where kind = 'payment-ask' and why is not null"), 1);
	assert_int_equal(reading().sums.rejected, 1);
	by_hand("delete from job where kind = 'payment-ask'");

	refund_says = 100;
	assert_int_equal(replay(only_message()), REPLAY_ASKED);
	assert_int_equal(db_jobs_run(all), 1);
	assert_int_equal(refunds_asked, 2);
	assert_int_equal(count("select count(*) from refund where state = 'SUCCESS'"), 1);
	assert_int_equal(reading().sums.rejected, 0);

	assert_int_equal(replay(only_message()), REPLAY_ASKED);
	assert_int_equal(db_jobs_run(all), 1);
	assert_int_equal(refunds_asked, 3); /* "asked" is true of what is at its end, too */
	assert_int_equal(count("select count(*) from job where kind = 'payment-ask'"), 0);
	db_jobs_stop(all);
	payments->wechat = real;
}

static void test_what_somebody_changed_is_not_believed(void **state)
{
	struct message m = right_message();
	struct resource other;

	(void)state;
	by_hand("update payment set trade_no = 'ELSEWHERE'");
	assert_int_equal(deliver(&m), 404);
	by_hand(arena_cstr(arena, arena_format(arena, "update payment set trade_no = '%.*s'", TEXT_ARG(payment.trade_no))));
	other = resource_of(right_plain());
	other.key = TEXT("00000000000000000000000000000000"); /* not the channel's */
	by_hand(arena_cstr(arena, arena_format(arena, "update channel_event set raw = '%.*s'", TEXT_ARG(body_of(&other)))));
	assert_int_equal(replay(only_message()), REPLAY_ASKED);
	by_hand(arena_cstr(arena, arena_format(arena, "update channel_event set sha256 = '%.*s'", TEXT_ARG(sha256_hex(arena, body_of(&other))))));
	assert_int_equal(replay(only_message()), REPLAY_ASKED);
	expect_effects(0);
	by_hand("update channel_event set number = null");
	assert_problem(refused(only_message()), replay_impossible);
	assert_problem(refused(12345), notification_missing);
	expect_effects(0);
}

static void test_payments_that_the_channel_did_not_tell_of(void **state)
{
	struct reading r;

	(void)state;
	by_hand(arena_cstr(arena, arena_format(arena, "update payment set state = 'PAID', paid_ms = %lld", (long long)(world_now_ms(house.world)))));
	assert_int_equal(reading().sums.paid, 0); /* the message may still come */
	world_move(house.world, 600 * 1000);
	r = reading();
	assert_int_equal(r.sums.paid, 1);
	assert_int_equal(r.sums.told, 0);
	assert_int_equal(r.sums.last_ms, 0);
	by_hand("update payment set notified_ms = paid_ms");
	assert_int_equal(reading().sums.told, 1);
	world_move(house.world, DAY);
	assert_int_equal(reading().sums.paid, 0);
}

static void test_forged_messages_are_counted_and_not_kept(void **state)
{
	struct message m = right_message();
	struct reading r;

	(void)state;
	m.headers[NONCE].value = TEXT("another");
	assert_int_equal(deliver(&m), 401);
	r = reading();
	assert_int_equal(r.count, 0);
	assert_int_equal(r.sums.forged, 1);
	assert_int_equal(r.sums.forged_ms, world_now_ms(house.world));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_was_applied_stays_as_it_is, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_was_parked_is_applied_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_where_the_message_was_refused_the_channel_is_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_of_a_refund_the_channel_is_asked_too, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_somebody_changed_is_not_believed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_payments_that_the_channel_did_not_tell_of, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forged_messages_are_counted_and_not_kept, setup, teardown),
	};

	log_set(-1, LOG_ERROR);
	return cmocka_run_group_tests_name("inbox", tests, setup_keys, teardown_keys);
}
