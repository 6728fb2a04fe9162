/* bill_test.c - a day's bill: its form, and how it is compared with our book. The bills here are written as the channel writes them:
 * BOM, CRLF, 27 columns, back-ticks, yuan; the sandbox's own bill is read by tests of the whole program. */
#include "base/testing.h"
#include "payment/recon.h"
#include "serve/testing.h"

#include <stdio.h>

#define HEAD                                                                                                                                         \
	"\xef\xbb\xbf交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,"          \
	"微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n"
#define SUMS "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n"
#define PAID(transaction, trade_no, yuan, fee)                                                                                                      \
	"`2026-11-22 10:11:12,`wx1,`1900000109,`0,`,`" transaction ",`" trade_no ",`oU,`NATIVE,`SUCCESS,`OTHERS,`CNY,`" yuan                         \
	",`0.00,`0,`0,`0.00,`0.00,`,`,`课程,`,`" fee ",`0.60%,`" yuan ",`0.00,`\r\n"
#define BACK(refund_id, trade_no, refund_no, yuan, state, fee)                                                                                      \
	"`2026-11-22 12:00:00,`wx1,`1900000109,`0,`,`T-" trade_no ",`" trade_no ",`oU,`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`" refund_id ",`"     \
	refund_no ",`" yuan ",`0.00,`ORIGINAL,`" state ",`课程,`,`" fee ",`0.60%,`0.00,`" yuan ",`\r\n"

/* ---- form ---- */

struct reading {
	struct bill_fact facts[8];
	size_t count;
};

static problem keep(void *arg, const struct bill_fact *fact)
{
	struct reading *r = arg;

	assert_true(r->count < 8);
	r->facts[r->count++] = *fact;
	return NULL;
}

static void test_rows_are_read(void **state)
{
	static const char bill[] = HEAD PAID("4200001", "ZF1", "100.00", "0.60000") BACK("5030001", "ZF1", "ZR1", "40.50", "SUCCESS", "-0.24300") SUMS
		"`2,`100.00,`40.50,`0.00,`0.35700,`100.00,`40.50\r\n";
	struct reading r = { 0 };
	struct bill_sums sums;

	(void)state;
	assert_done(bill_read(text_of(bill), keep, &r, &sums));
	assert_int_equal(r.count, 2);
	assert_false(r.facts[0].back);
	assert_text(r.facts[0].trade_no, "ZF1");
	assert_text(r.facts[0].channel_number, "4200001");
	assert_int_equal(r.facts[0].amount.fen, 10000);
	assert_int_equal(r.facts[0].fee, 60000);
	assert_int_equal(r.facts[0].at_ms, 1795313472000); /* date -d '2026-11-22 10:11:12 +0800' +%s */
	assert_true(r.facts[1].back);
	assert_text(r.facts[1].refund_no, "ZR1");
	assert_text(r.facts[1].channel_number, "5030001");
	assert_text(r.facts[1].state, "SUCCESS");
	assert_int_equal(r.facts[1].amount.fen, 4050);
	assert_int_equal(sums.gross.fen, 10000);
	assert_int_equal(sums.refunded.fen, 4050);
	assert_int_equal(sums.fee, 35700);
}

static void test_names_may_have_commas_and_lines(void **state)
{
	static const char bill[] = HEAD
		"`2026-11-22 10:11:12,`wx1,`1,`0,`,`42,`ZF1,`oU,`NATIVE,`SUCCESS,`OTHERS,`CNY,`1.00,`0.00,`0,`0,`0.00,`0.00,`,`,`Go, 入门\n下册,`,`0.01000,`0.60%,`1.00,`0.00,`\n"
		SUMS "`1,`1.00,`0.00,`0.00,`0.01000,`1.00,`0.00\n";
	struct reading r = { 0 };
	struct bill_sums sums;

	(void)state;
	assert_done(bill_read(text_of(bill), keep, &r, &sums));
	assert_int_equal(r.count, 1);
	assert_int_equal(r.facts[0].amount.fen, 100);
}

static void test_columns_are_known_by_their_names(void **state)
{
	static const char bill[] = "新列,交易时间,微信订单号,商户订单号,交易状态,微信退款单号,商户退款单号,退款状态,手续费,订单金额,申请退款金额\r\n"
				   "`x,`2026-11-22 10:11:12,`42,`ZF1,`SUCCESS,`0,`0,`,`0.00,`1.00,`0.00\r\n"
				   "总交易单数,订单总金额,申请退款总金额,手续费总金额\r\n`1,`1.00,`0.00,`0.00\r\n";
	struct bill_sums sums;

	(void)state;
	assert_done(bill_read(text_of(bill), NULL, NULL, &sums));
	assert_int_equal(sums.gross.fen, 100);
}

static void test_what_is_no_bill_is_refused(void **state)
{
	static const char *const wrong[] = {
		"", "{\"code\":\"SYSTEM_ERROR\"}", HEAD, HEAD SUMS, HEAD "`a,`b\r\n" SUMS "`1,`0,`0,`0,`0,`0,`0\r\n",
		HEAD PAID("42", "ZF1", "1.001", "0.01") SUMS "`1,`1.00,`0.00,`0.00,`0.01,`1.00,`0.00\r\n",
		HEAD PAID("42", "ZF1", "-1.00", "0.01") SUMS "`1,`1.00,`0.00,`0.00,`0.01,`1.00,`0.00\r\n",
		HEAD PAID("42", "ZF1", "1e2", "0.01") SUMS "`1,`1.00,`0.00,`0.00,`0.01,`1.00,`0.00\r\n",
		HEAD PAID("42", "", "1.00", "0.01") SUMS "`1,`1.00,`0.00,`0.00,`0.01,`1.00,`0.00\r\n",
		HEAD PAID("42", "ZF1", "99999999999999999999.00", "0.01") SUMS "`1,`1.00,`0.00,`0.00,`0.01,`1.00,`0.00\r\n",
		HEAD PAID("42", "ZF1", "1.00", "0.0x") SUMS "`1,`1.00,`0.00,`0.00,`0.01,`1.00,`0.00\r\n",
		"\xef\xbb\xbf\xbd\xbb\xd2\xd7\xca\xb1\xbc\xe4\r\n", /* GBK */
	};
	struct bill_sums sums;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_problem(bill_read(text_of(wrong[i]), NULL, NULL, &sums), bill_unreadable);
}

static void test_rows_must_add_up_to_the_sums(void **state)
{
	static const char *const wrong[] = {
		HEAD PAID("42", "ZF1", "1.00", "0.01") SUMS "`2,`1.00,`0.00,`0.00,`0.01,`1.00,`0.00\r\n",
		HEAD PAID("42", "ZF1", "1.00", "0.01") SUMS "`1,`1.00,`0.00,`0.00,`0.01,`1.01,`0.00\r\n",
		HEAD PAID("42", "ZF1", "1.00", "0.01") SUMS "`1,`1.00,`0.00,`0.00,`0.02,`1.00,`0.00\r\n",
		HEAD PAID("42", "ZF1", "1.00", "0.01") SUMS "`1,`1.00,`0.00,`0.00,`0.01,`1.00,`1.00\r\n",
	};
	struct bill_sums sums;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_problem(bill_read(text_of(wrong[i]), NULL, NULL, &sums), bill_sums_wrong);
}

static void test_days_are_beijing_days(void **state)
{
	struct arena *arena = arena_new(4096);
	int64_t ms;

	(void)state;
	assert_true(payment_day_read(TEXT("2026-11-22"), &ms));
	assert_int_equal(ms, 1795276800000); /* date -d '2026-11-22 00:00:00 +0800' +%s */
	assert_text(recon_day(arena, ms), "2026-11-22");
	assert_text(recon_day(arena, ms - 1), "2026-11-21");
	assert_false(payment_day_read(TEXT("2026-02-30"), &ms));
	assert_false(payment_day_read(TEXT("2026-1-22 "), &ms));
	assert_false(payment_day_read(TEXT("2026/11/22"), &ms));
	assert_int_equal(recon__next_ms(1795276800000), 1795276800000 + 36000000);
	assert_int_equal(recon__next_ms(1795276800000 + 36000000), 1795276800000 + 36000000 + 86400000);
	arena_free(arena);
}

/* ---- against our book ---- */

static struct desk {
	struct house house;
	struct payments *payments;
	struct arena *arena;
	struct db_jobs *jobs;
	const char *bill; /* what the channel gives; NULL: not written yet */
	int asked;
} desk;

static problem fake_bill(void *self, struct arena *arena, struct text day, struct text *ret)
{
	(void)self, (void)day;
	desk.asked++;
	*ret = desk.bill ? arena_text(arena, text_of(desk.bill)) : (struct text){ 0 };
	return desk.bill ? NULL : &bill_early;
}

static void fake_close_state(void *self) { (void)self; }

static const struct channel fake_channel = { .name = "wechat", .bill = fake_bill, .close_state = fake_close_state };
static const struct module *const modules[] = { &payment_module, &payment_bill_module, NULL };
static const struct job_kind *const job_tables[] = { payment_jobs };

#define NOON INT64_C(1795363200000) /* date -d '2026-11-23 00:00:00 +0800': the 22nd is over */

static int setup(void **state)
{
	(void)state;
	desk = (struct desk){ .arena = arena_new(64 << 20) };
	house_open(&desk.house, NULL, 0);
	world_move(desk.house.world, NOON + 12 * 3600000 - world_now_ms(desk.house.world));
	house_start(&desk.house, modules, &testing_sessions);
	desk.payments = payments_of(desk.house.serve);
	desk.payments->wechat = &fake_channel;
	assert_done(db_jobs_start(desk.house.db, job_tables, 1, desk.house.serve, 0, &desk.jobs));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_jobs_stop(desk.jobs);
	house_close(&desk.house);
	arena_free(desk.arena);
	return 0;
}

static const char *print(const char *format, ...)
{
	char line[1024];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof line, format, list);
	va_end(list);
	return arena_cstr(desk.arena, text_of(line));
}

static void pay(int id, int64_t fen, const char *state)
{
	bool paid = !strcmp(state, "PAID");

	db_testing_run(desk.house.db, print("insert into payment (id, payable_kind, payable_id, channel, way, state, amount, trade_no, description, payer_address,"
	                                    " transaction_id, created_ms, expires_ms, paid_ms) values (%d, 'order', %d, 'wechat', 'native', '%s', %lld, 'ZF%d', '', '',"
	                                    " 'T-ZF%d', 1, 2, %s)", id, id + 100, state, (long long)fen, id, id, paid ? print("%lld", (long long)(NOON - 3600000)) : "null"));
}

static void give_back(int id, int payment, int64_t fen, const char *state, int64_t sent_ms)
{
	db_testing_run(desk.house.db, print("insert into refund (id, payment_id, refund_no, amount, reason, state, created_ms, sent_ms) values (%d, %d, 'ZR%d', %lld, '', '%s', 1, %lld)",
	                                    id, payment, id, (long long)fen, state, (long long)sent_ms));
}

static struct recon_run take_day(const char *day, problem expected)
{
	struct recon_run run;
	problem why = recon_take(desk.payments, desk.house.db, desk.arena, text_of(day), (struct user_id){ 7 }, &run);

	if (why != expected)
		fail_msg("%s", why ? why->type : "done");
	return run;
}

static struct recon_run take(void) { return take_day("2026-11-22", NULL); }

static int64_t count(const char *sql) { return db_testing_int(desk.house.db, sql); }

static int64_t diffs(const char *kind) { return count(print("select count(*) from recon_diff where kind = '%s' and resolved_ms is null", kind)); }

static const char good[] = HEAD PAID("T-ZF1", "ZF1", "100.00", "0.60000") PAID("T-ZF2", "ZF2", "20.00", "0.12000")
	BACK("5030002", "ZF2", "ZR2", "5.00", "PROCESSING", "-0.03000") SUMS "`3,`120.00,`5.00,`0.00,`0.69000,`120.00,`5.00\r\n";

static void stand_as_in_the_bill(void)
{
	pay(1, 10000, "PAID");
	pay(2, 2000, "PAID");
	give_back(2, 2, 500, "SUCCESS", NOON - 1000); /* further on than the bill knows */
	desk.bill = good;
}

static void test_what_agrees_has_no_differences(void **state)
{
	struct recon_run run;

	(void)state;
	stand_as_in_the_bill();
	run = take();
	assert_int_equal(run.state, RECON_DONE);
	assert_int_equal(run.rows, 3);
	assert_int_equal(run.matched, 3);
	assert_int_equal(run.open, 0);
	assert_int_equal(run.gross.fen, 12000);
	assert_int_equal(run.our_gross.fen, 12000);
	assert_int_equal(run.refunded.fen, 500);
	assert_int_equal(run.our_refunded.fen, 500);
	assert_int_equal(run.fee, 69000);
	run = take(); /* once more: the same run */
	assert_int_equal(run.matched, 3);
	assert_int_equal(count("select count(*) from recon_run"), 1);
	assert_int_equal(count("select count(*) from recon_diff"), 0);
}

static void expect_ties(int64_t run, bool ties)
{
	struct visitor boss = visitor_of(&desk.house, 7, FINANCE);

	assert_int_equal(visit(&boss, GET, print("/api/bills/%lld", (long long)run), NULL), 200);
	assert_int_equal(json_is_true(answer_at(&boss, "ties")), ties);
	visitor_close(&boss);
}

static void test_each_kind_of_difference_is_found_and_explains_the_totals(void **state)
{
	struct recon_run run;

	(void)state;
	pay(1, 10001, "PAID");      /* the bill says one fen less */
	pay(2, 2000, "UNKNOWN");    /* the bill says paid */
	pay(3, 700, "PAID");        /* the bill does not have it */
	give_back(3, 3, 300, "PROCESSING", NOON - 2000);
	desk.bill = good;           /* and its refund ZR2 is unknown here */
	run = take();
	assert_int_equal(run.matched, 0);
	assert_int_equal(diffs("AMOUNT"), 1);
	assert_int_equal(diffs("STATE"), 1);
	assert_int_equal(diffs("OURS_ONLY"), 2);
	assert_int_equal(diffs("CHANNEL_ONLY"), 1);
	assert_int_equal(run.open, 5);
	assert_int_equal(run.gross.fen - run.our_gross.fen, 12000 - 10001 - 700);
	expect_ties(run.id, true);
	assert_int_equal(count("select count(*) from job where kind = 'payment-query'"), 1); /* the channel is asked again */
	db_testing_run(desk.house.db, "delete from recon_diff where kind = 'AMOUNT'");
	expect_ties(run.id, false);
}

static void test_what_a_later_bill_has_is_settled_by_it(void **state)
{
	static const char next[] = HEAD BACK("5030002", "ZF2", "ZR2", "5.00", "SUCCESS", "0.00") SUMS "`1,`0.00,`5.00,`0.00,`0.00,`0.00,`5.00\r\n";
	static const char first[] = HEAD PAID("T-ZF2", "ZF2", "20.00", "0.12000") SUMS "`1,`20.00,`0.00,`0.00,`0.12000,`20.00,`0.00\r\n";

	(void)state;
	pay(2, 2000, "PAID");
	give_back(2, 2, 500, "SUCCESS", NOON - 1); /* the last millisecond of the day */
	desk.bill = first;
	take();
	assert_int_equal(diffs("OURS_ONLY"), 1);
	world_move(desk.house.world, 86400000);
	desk.bill = next;
	take_day("2026-11-23", NULL);
	assert_int_equal(diffs("OURS_ONLY"), 0);
	assert_int_equal(count("select count(*) from recon_diff where note = '2026-11-23' and resolved_by = 0"), 1);
	assert_int_equal(count("select count(*) from recon_diff where resolved_ms is null"), 0);
}

static void test_a_difference_that_is_gone_is_dropped_unless_something_was_said(void **state)
{
	struct visitor boss = visitor_of(&desk.house, 7, FINANCE);

	(void)state;
	pay(1, 10000, "PAID");
	give_back(2, 1, 500, "SUCCESS", NOON - 1000);
	desk.bill = good;
	take();
	assert_int_equal(diffs("CHANNEL_ONLY"), 1);
	assert_int_equal(visit(&boss, POST, print("/api/bills/differences/%lld/resolution", (long long)count("select min(id) from recon_diff")), "{\"note\":\" \"}"), 422);
	assert_int_equal(visit(&boss, POST, print("/api/bills/differences/%lld/resolution", (long long)count("select min(id) from recon_diff")),
	                       "{\"note\":\"另一家店\"}"), 200);
	take();
	assert_int_equal(count("select count(*) from recon_diff where note = '另一家店'"), 1);
	db_testing_run(desk.house.db, "update recon_diff set resolved_ms = null, note = null");
	pay(2, 2000, "PAID");
	take();
	assert_int_equal(count("select count(*) from recon_diff"), 0);
	visitor_close(&boss);
}

static void test_a_bill_that_is_not_sound_compares_with_nothing(void **state)
{
	struct recon_run run;

	(void)state;
	pay(1, 10000, "PAID");
	desk.bill = HEAD PAID("T-ZF1", "ZF1", "1.00", "0.01") SUMS "`2,`1.00,`0.00,`0.00,`0.01,`1.00,`0.00\r\n";
	run = take_day("2026-11-22", &bill_sums_wrong);
	assert_int_equal(run.state, RECON_FAILED);
	assert_text(run.why, "bill-sums-wrong");
	assert_int_equal(count("select count(*) from recon_diff"), 0);
	desk.bill = NULL;
	run = take_day("2026-11-22", &bill_early);
	assert_text(run.why, "bill-early");
	desk.bill = ""; /* a day on which nothing happened, says the channel */
	run = take();
	assert_int_equal(run.state, RECON_DONE);
	assert_int_equal(diffs("OURS_ONLY"), 1);
}

static void test_only_days_that_are_over(void **state)
{
	(void)state;
	desk.bill = "";
	take_day("2026-11-23", &bill_day_wrong);
	take_day("2026-08-01", &bill_day_wrong);
	take_day("2026-11-31", &bill_day_wrong);
	assert_int_equal(desk.asked, 0);
	db_testing_run(desk.house.db, print("insert into recon_run (id, channel, day, state, started_ms, asked_by) values (5, 'wechat', '2026-11-22', 'RUNNING', %lld, 0)",
	                                    (long long)world_now_ms(desk.house.world)));
	take_day("2026-11-22", &recon_running);
	world_move(desk.house.world, 10 * 60 * 1000); /* whoever began it is gone */
	take();
	assert_int_equal(count("select count(*) from recon_run"), 1);
}

static problem begin_daily(struct tx *tx, void *arg)
{
	(void)arg;
	job_add(tx, PAYMENT_JOB_BILL, TEXT("wechat"), TEXT("{}"), 0);
	return tx_problem(tx);
}

static void test_the_job_takes_the_days_that_are_missing(void **state)
{
	(void)state;
	pay(1, 10000, "PAID");
	assert_done(db_write(desk.house.db, begin_daily, NULL));
	desk.bill = "";
	db_jobs_run(desk.jobs);
	assert_int_equal(count("select count(*) from recon_run where state = 'DONE'"), 7); /* a week */
	assert_int_equal(count("select count(*) from recon_run where day = '2026-11-22'"), 1);
	assert_int_equal(desk.asked, 7);
	world_move(desk.house.world, 22 * 3600000); /* ten o'clock */
	db_jobs_run(desk.jobs);
	assert_int_equal(desk.asked, 8);
	desk.bill = NULL;
	world_move(desk.house.world, 86400000);
	db_jobs_run(desk.jobs);
	assert_int_equal(desk.asked, 9);
	desk.bill = "";
	world_move(desk.house.world, 15 * 60000); /* it was not there yet */
	db_jobs_run(desk.jobs);
	assert_int_equal(desk.asked, 10);
	assert_int_equal(count("select count(*) from recon_run where state <> 'DONE'"), 0);
}

/* Longer than what a request has; the bill stands in memory of its own. */
static void test_a_long_bill_is_no_end_of_the_program(void **state)
{
	enum { LONG = 80 << 20 };
	struct visitor boss = visitor_of(&desk.house, 7, FINANCE);
	char *bill = malloc(LONG + 1);
	struct recon_run run;

	(void)state;
	assert_non_null(bill);
	memset(bill, 'x', LONG);
	bill[LONG] = '\0';
	pay(1, 10000, "PAID");
	desk.bill = bill;
	assert_int_equal(visit(&boss, POST, "/api/bills", "{\"day\":\"2026-11-22\"}"), 502);
	assert_true(answer_is_problem(&boss, "bill-unreadable"));
	run = take_day("2026-11-22", &bill_unreadable);
	assert_text(run.why, "bill-unreadable");
	assert_done(db_write(desk.house.db, begin_daily, NULL));
	db_jobs_run(desk.jobs); /* seven of them have more than a job has */
	assert_int_equal(count("select count(*) from recon_run where state = 'FAILED'"), 7);
	desk.bill = NULL;
	free(bill);
	visitor_close(&boss);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_read),
		cmocka_unit_test(test_names_may_have_commas_and_lines),
		cmocka_unit_test(test_columns_are_known_by_their_names),
		cmocka_unit_test(test_what_is_no_bill_is_refused),
		cmocka_unit_test(test_rows_must_add_up_to_the_sums),
		cmocka_unit_test(test_days_are_beijing_days),
		TEST(test_what_agrees_has_no_differences),
		TEST(test_each_kind_of_difference_is_found_and_explains_the_totals),
		TEST(test_what_a_later_bill_has_is_settled_by_it),
		TEST(test_a_difference_that_is_gone_is_dropped_unless_something_was_said),
		TEST(test_a_bill_that_is_not_sound_compares_with_nothing),
		TEST(test_only_days_that_are_over),
		TEST(test_the_job_takes_the_days_that_are_missing),
		TEST(test_a_long_bill_is_no_end_of_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
