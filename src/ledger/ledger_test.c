/* ledger_test.c - the book under right and wrong entries, replays, and rows changed behind its back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "db/embedded.h"
#include "db/testing.h"
#include "ledger/ledger.h"

enum { SELLER = 7 };

static int setup(void **state)
{
	struct world *world = world_test(1790000000000, 1);

	*state = db_testing_open(world, migrations_all, migrations_all_count);
	return 0;
}

static int teardown(void **state)
{
	struct world *world = db_world(*state);

	db_testing_close(*state);
	world_close(world);
	return 0;
}

struct entry {
	const char *key;
	int64_t fen;
	problem got;
	int64_t held, commission, receivable;
};

static problem post_sale(struct tx *tx, void *arg)
{
	struct entry *e = arg;
	const struct posting lines[] = {
		{ LEDGER_CHANNEL_RECEIVABLE, 0, MONEY(e->fen) },
		{ LEDGER_CREATOR_HELD, SELLER, MONEY(-e->fen * 8 / 10) },
		{ LEDGER_COMMISSION, 0, MONEY(-(e->fen - e->fen * 8 / 10)) },
	};

	e->got = ledger_post(tx, "paid", text_of(e->key), lines, 3, NULL);
	return e->got == &ledger_posted ? NULL : e->got;
}

static problem read_balances(struct tx *tx, void *arg)
{
	struct entry *e = arg;

	e->held = ledger_balance(tx, LEDGER_CREATOR_HELD, SELLER).fen;
	e->commission = ledger_balance(tx, LEDGER_COMMISSION, 0).fen;
	e->receivable = ledger_balance(tx, LEDGER_CHANNEL_RECEIVABLE, 0).fen;
	return NULL;
}

static void test_balances_are_sums(void **state)
{
	struct entry a = { .key = "wechat|1|paid", .fen = 10000 }, b = { .key = "wechat|2|paid", .fen = 999 };

	assert_null(db_write(*state, post_sale, &a));
	assert_null(db_write(*state, post_sale, &b));
	assert_null(db_read(*state, read_balances, &a));
	assert_int_equal(a.held, 8000 + 799);
	assert_int_equal(a.commission, 2000 + 200);
	assert_int_equal(a.receivable, 10999);
}

static void test_a_fact_is_posted_once(void **state)
{
	struct entry e = { .key = "wechat|1|paid", .fen = 10000 };

	assert_null(db_write(*state, post_sale, &e));
	assert_null(db_write(*state, post_sale, &e));
	assert_ptr_equal(e.got, &ledger_posted);
	assert_null(db_read(*state, read_balances, &e));
	assert_int_equal(e.receivable, 10000);
}

static problem overdraw(struct tx *tx, void *arg)
{
	const struct posting lines[] = {
		{ LEDGER_CREATOR_HELD, SELLER, MONEY(8001) },
		{ LEDGER_CREATOR_AVAILABLE, SELLER, MONEY(-8001) },
	};

	(void)arg;
	return ledger_post(tx, "hold-over", TEXT("order|1|hold-over"), lines, 2, NULL);
}

static void test_what_is_owed_is_never_overdrawn(void **state)
{
	struct entry e = { .key = "wechat|1|paid", .fen = 10000 };

	assert_null(db_write(*state, post_sale, &e));
	assert_ptr_equal(db_write(*state, overdraw, NULL), &ledger_short);
	assert_null(db_read(*state, read_balances, &e));
	assert_int_equal(e.held, 8000);
}

static void expect_wrong(struct db *db, const char *sql, const char *undo, const char *says)
{
	struct arena *arena = arena_new(1 << 20);
	struct ledger_report report;

	db_testing_run(db, sql);
	assert_null(ledger_verify(db, arena, &report));
	assert_false(report.sound);
	assert_true(text_find(report.first_wrong, text_of(says)) != SIZE_MAX);
	db_testing_run(db, undo);
	assert_null(ledger_verify(db, arena, &report));
	assert_true(report.sound);
	arena_free(arena);
}

static void test_verify_names_what_was_changed(void **state)
{
	struct entry a = { .key = "wechat|1|paid", .fen = 10000 }, b = { .key = "wechat|2|paid", .fen = 500 };

	assert_null(db_write(*state, post_sale, &a));
	assert_null(db_write(*state, post_sale, &b));
	expect_wrong(*state, "update posting set amount = amount + 1 where line = 0", "update posting set amount = amount - 1 where line = 0", "differ");
	expect_wrong(*state, "update posting set amount = case line when 0 then amount + 1 when 1 then amount - 1 else amount end",
	             "update posting set amount = case line when 0 then amount - 1 when 1 then amount + 1 else amount end", "changed");
	expect_wrong(*state, "update journal set at_ms = at_ms + 1", "update journal set at_ms = at_ms - 1", "changed");
	expect_wrong(*state, "update journal set kind = 'refund'", "update journal set kind = 'paid'", "changed");
	expect_wrong(*state, "update journal set line_count = 4", "update journal set line_count = 3", "missing");
	expect_wrong(*state, "update account set owner = 8 where owner = 7", "update account set owner = 7 where owner = 8", "changed");
}

static problem read_lines(struct tx *tx, void *arg)
{
	struct ledger_line *lines;
	size_t *n = arg;
	problem why = ledger_lines(tx, LEDGER_CREATOR_HELD, SELLER, 0, 10, &lines, n);

	if (!why && *n == 2)
		assert_int_equal(lines[0].amount.fen, 400);
	return why;
}

static void test_a_statement_reads_newest_first_on_the_normal_side(void **state)
{
	struct entry a = { .key = "wechat|1|paid", .fen = 10000 }, b = { .key = "wechat|2|paid", .fen = 500 };
	size_t n = 0;

	assert_null(db_write(*state, post_sale, &a));
	assert_null(db_write(*state, post_sale, &b));
	assert_null(db_read(*state, read_lines, &n));
	assert_int_equal(n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_balances_are_sums, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_fact_is_posted_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_owed_is_never_overdrawn, setup, teardown),
		cmocka_unit_test_setup_teardown(test_verify_names_what_was_changed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_statement_reads_newest_first_on_the_normal_side, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
