/* import_test.c - many people from a table: what is wrong is told by line and column, nothing is given before all of it is, the same
 * file twice changes nothing, and a number in a file owns nothing until somebody proves it. */
#include "order/testing.h"

#include "account/people.h"
#include "base/csv.h"
#include "order/import.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)

static int64_t person(const char *login, bool verified)
{
	struct account account;
	const struct account_draft draft = { .login = text_of(login), .password = TEXT("correct horse battery"), .verified = verified };

	assert_done(account_create(shop.db, account_keyring(shop.house.serve), shop.arena, &draft, &account));
	return account.id.v;
}

static problem try_read(const char *csv, bool with_work, struct import *ret)
{
	const struct import_draft draft = { .name = TEXT("a.csv"), .bytes = text_of(csv), .work = with_work ? shop.work : (struct work_id){ 0 }, .by = { AUTHOR } };

	return order_import(shop.db, account_keyring(shop.house.serve), shop.arena, &draft, ret);
}

static struct import read_csv(const char *csv)
{
	struct import import;

	assert_done(try_read(csv, true, &import));
	return import;
}

struct acting {
	int64_t id, user;
	const char *reason;
	struct import import;
	struct import_query query;
	struct import_row *rows;
	size_t row_count;
	bool entitled;
};

static problem apply_it(struct tx *tx, void *arg)
{
	struct acting *a = arg;

	tx_use_arena(tx, shop.arena);
	return a->reason ? order_import_apply(tx, a->id, text_of(a->reason), (struct user_id){ AUTHOR }, &a->import)
	                 : order_import_discard(tx, a->id, (struct user_id){ AUTHOR });
}

static problem apply(int64_t id)
{
	struct acting a = { .id = id, .reason = "Class of 2026" };

	return db_write(shop.db, apply_it, &a);
}

static problem look_it(struct tx *tx, void *arg)
{
	struct acting *a = arg;
	problem why;

	tx_use_arena(tx, shop.arena);
	a->entitled = entitled(tx, (struct user_id){ a->user }, shop.work);
	why = a->query.id ? order_import_rows(tx, account_keyring(shop.house.serve), &a->query, 100, &a->rows, &a->row_count) : NULL;
	return !why && a->query.id ? order_import_by_id(tx, a->query.id, &a->import) : why;
}

static struct acting look(int64_t id)
{
	struct acting a = { .query.id = id };

	assert_done(db_read(shop.db, look_it, &a));
	return a;
}

static bool has(int64_t user)
{
	struct acting a = { .user = user };

	assert_done(db_read(shop.db, look_it, &a));
	return a.entitled;
}

static void test_a_table_is_looked_at_then_applied(void **state)
{
	int64_t ann = person("13800138000", true);
	struct import import = read_csv("手机号,邮箱,姓名,天数\r\n138-0013-8000,,张三,\r\n,bea@example.cn,\"李, 四\",30\r\n");
	struct acting a = look(import.id);

	(void)state;
	assert_int_equal(import.state, IMPORT_READY);
	assert_int_equal(import.good, 2);
	assert_int_equal(import.wrong + import.known, 0);
	assert_text(a.rows[0].login, "138****8000");
	assert_text(a.rows[0].name, "张三");
	assert_text(a.rows[0].title, "Course");
	assert_text(a.rows[1].name, "李, 四");
	assert_int_equal(a.rows[1].days, 30);
	assert_false(has(ann));
	assert_done(apply(import.id));
	assert_problem(apply(import.id), import_over);
	db_jobs_run(shop.jobs);
	assert_true(has(ann));
	a = look(import.id);
	assert_int_equal(a.import.given, 1);
	assert_int_equal(a.import.waiting, 1);
	assert_text(a.import.reason, "Class of 2026");
	assert_true(a.rows[0].given);
	assert_false(a.rows[1].given);
	expect_sound();
	assert_int_equal(count("select count(*) from grant_batch_row where sealed like '%13800138000%' or blind like '%138%'"), 0); /* in clear nowhere */
}

static problem claim_it(struct tx *tx, void *arg)
{
	int64_t given;
	const int64_t *user = arg;

	return order_grants_claim(tx, (struct user_id){ *user }, &given);
}

static void test_what_waits_is_given_to_who_proves_the_login(void **state)
{
	struct import import = read_csv("email,days\nbea@example.cn,7\n");
	int64_t bea;

	(void)state;
	assert_done(apply(import.id));
	db_jobs_run(shop.jobs);
	assert_int_equal(count("select count(*) from entitlement"), 0);
	bea = person("bea@example.cn", false);
	assert_done(db_write(shop.db, claim_it, &bea));
	assert_false(has(bea));
	by_hand("update identity set verified_ms = 1");
	assert_done(db_write(shop.db, claim_it, &bea));
	assert_true(has(bea));
	world_move(shop.house.world, 7 * DAY_MS);
	assert_false(has(bea));
	expect_sound();
}

static void expect_wrong_row(const struct acting *a, size_t i, int64_t line, const char *why, int64_t column)
{
	assert_int_equal(a->rows[i].line, line);
	assert_int_equal(a->rows[i].state, IMPORT_WRONG);
	assert_text(a->rows[i].why, why);
	assert_int_equal(a->rows[i].column, column);
}

static void test_each_wrong_row_is_told_with_its_place(void **state)
{
	struct import import = read_csv("phone,name,work,days\n"
	                                "12345,a,,\n"
	                                ",b,,\n"
	                                "13800138001,c,No such course,\n"
	                                "13800138002,d,,0\n"
	                                "13800138003,e,,1e3\n"
	                                "13800138004,\"f\"x,,\n"
	                                "13800138005,g,course,\n"
	                                "13800138006,h,Course,\n"
	                                "13800138006,again,,\n");
	struct acting a = look(import.id);

	(void)state;
	assert_int_equal(import.wrong, 7);
	assert_int_equal(import.good, 2);
	expect_wrong_row(&a, 0, 2, "login-wrong", 1);
	expect_wrong_row(&a, 1, 3, "login-missing", 1);
	expect_wrong_row(&a, 2, 4, "work-unknown", 3);
	expect_wrong_row(&a, 3, 5, "days-wrong", 4);
	expect_wrong_row(&a, 4, 6, "days-wrong", 4);
	expect_wrong_row(&a, 5, 7, "quote", 2);
	assert_int_equal(a.rows[6].state, IMPORT_GOOD); /* by its address */
	assert_int_equal(a.rows[7].state, IMPORT_GOOD); /* by its title */
	expect_wrong_row(&a, 8, 10, "twice", 0);
	assert_problem(apply(import.id), import_unsound);
	assert_int_equal(count("select count(*) from access_grant"), 0);
}

static void test_files_that_are_no_table(void **state)
{
	struct import import;

	(void)state;
	assert_problem(try_read("", true, &import), import_empty);
	assert_problem(try_read("phone\n", true, &import), import_empty);
	assert_problem(try_read("tel,name\n1,2\n", true, &import), import_columns);
	assert_problem(try_read("phone\n13800138000\n", false, &import), import_columns);
	assert_problem(try_read("phone\n\xff\xff\n", true, &import), csv_encoding);
	assert_int_equal(count("select count(*) from grant_batch where state <> 'READING'"), 0);
}

static void test_gbk_is_read(void **state)
{
	/* 手机号,姓名 / 13800138000,张三, by iconv -t GBK */
	struct import import = read_csv("\xca\xd6\xbb\xfa\xba\xc5,\xd0\xd5\xc3\xfb\n13800138000,\xd5\xc5\xc8\xfd\n");
	struct acting a = look(import.id);

	(void)state;
	assert_int_equal(import.good, 1);
	assert_text(a.rows[0].name, "张三");
}

static void test_the_same_file_twice_changes_nothing(void **state)
{
	static const char csv[] = "phone\n13800138000\n13800138001\n";
	struct import import = read_csv(csv), again = read_csv(csv), more;

	(void)state;
	assert_int_equal(again.id, import.id);
	assert_done(apply(import.id));
	again = read_csv(csv);
	assert_int_equal(again.id, import.id);
	assert_int_equal(again.state, IMPORT_APPLIED);
	more = read_csv("phone\n13800138000\n13800138001\n13800138002\n"); /* the list of next week */
	assert_int_equal(more.known, 2);
	assert_int_equal(more.good, 1);
	assert_done(apply(more.id));
	assert_int_equal(count("select count(*) from access_grant"), 3);
	assert_problem(apply(read_csv("phone\n13800138000\n").id), import_unsound); /* nothing to give */
	expect_sound();
}

static void test_two_files_looked_at_at_once_give_once(void **state)
{
	struct import one = read_csv("phone\n13800138000\n"), other = read_csv("phone\n13800138000\n13800138001\n");

	(void)state;
	assert_int_equal(other.good, 2);
	assert_done(apply(one.id));
	assert_done(apply(other.id));
	assert_int_equal(count("select count(*) from access_grant"), 2);
}

static void test_whoever_bought_it_is_known(void **state)
{
	int64_t ann = person("13800138000", true);

	(void)state;
	by_hand(arena_cstr(shop.arena, arena_format(shop.arena, "insert into entitlement (id, user_id, work_id, edition_id, source, source_id, from_ms)"
	                                                        " values (1, %lld, %lld, 1, 'gift', 1, 1)", (long long)ann, (long long)shop.work.v)));
	assert_int_equal(read_csv("phone\n13800138000\n").known, 1);
}

static void test_what_is_given_up_gives_nothing(void **state)
{
	struct import import = read_csv("phone\n13800138000\n");
	struct acting a = { .id = import.id };

	(void)state;
	assert_done(db_write(shop.db, apply_it, &a));
	assert_problem(apply(import.id), import_over);
	assert_int_equal(count("select count(*) from access_grant"), 0);
	assert_true(read_csv("phone\n13800138000\n").id != import.id);
	assert_int_equal(count("select count(*) from grant_batch"), 1); /* what was given up is gone with the next one */
}

static int64_t kept(void) { return count("select count(*) from grant_batch_row where sealed is not null or blind is not null"); }

static void pass_days(int64_t days)
{
	world_move(shop.house.world, days * DAY_MS);
	db_jobs_run(shop.jobs);
}

static void test_logins_of_a_table_do_not_stay(void **state)
{
	struct acting a = { .id = read_csv("phone\n13800138000\n").id };

	(void)state;
	assert_int_equal(kept(), 1);
	assert_done(db_write(shop.db, apply_it, &a)); /* given up */
	assert_int_equal(count("select count(*) from grant_batch_row"), 0);
	read_csv("phone\n13800138001\n");
	pass_days(IMPORT_LOOKED_DAYS - 1);
	assert_int_equal(kept(), 1);
	pass_days(2);
	assert_int_equal(count("select count(*) from grant_batch_row"), 0);
	assert_int_equal(count("select count(*) from grant_batch"), 0);
}

static void test_logins_go_when_it_is_given_or_nobody_comes(void **state)
{
	struct import import;
	int64_t ann = person("13800138000", true);

	(void)state;
	import = read_csv("phone\n13800138000\n13800138001\n");
	assert_done(apply(import.id));
	db_jobs_run(shop.jobs);
	assert_true(has(ann));
	assert_int_equal(kept(), 1); /* the one that waits */
	assert_int_equal(count("select count(*) from access_grant where state = 'GIVEN' and sealed_login is not null"), 0);
	pass_days(IMPORT_WAITS_DAYS - 1);
	assert_int_equal(look(import.id).import.waiting, 1);
	pass_days(2);
	assert_int_equal(look(import.id).import.waiting, 0);
	assert_int_equal(look(import.id).import.given, 1);
	assert_int_equal(kept(), 0);
	assert_int_equal(count("select count(*) from audit_entry where verb = 'import-lapsed'"), 1);
	assert_true(has(ann));
	expect_sound();
}

/* A statement fails somewhere in the application: nothing of it stays. */
static void test_applied_whole_or_not_at_all(void **state)
{
	struct import import = read_csv("phone\n13800138000\n13800138001\n13800138002\n");

	(void)state;
	for (int n = 1;; n++) {
		problem why;

		db_fault(shop.db, FAULT_STATEMENT, n);
		why = apply(import.id);
		if (!db_fault_hit(shop.db))
			break;
		assert_non_null(why);
		assert_int_equal(count("select count(*) from access_grant"), 0);
		assert_int_equal(count("select count(*) from grant_batch where state = 'READY'"), 1);
	}
	db_fault(shop.db, FAULT_STATEMENT, 0);
	assert_int_equal(count("select count(*) from access_grant"), 3);
}

static void test_a_long_table(void **state)
{
	CLEANUP(buffer_free) struct buffer csv = BUFFER(1 << 20);
	struct import import;

	(void)state;
	buffer_add(&csv, TEXT("phone,name\n"));
	for (int i = 0; i < 1234; i++)
		buffer_format(&csv, "1390013%04d,Somebody\n", i);
	import = read_csv(arena_cstr(shop.arena, buffer_text(&csv)));
	assert_int_equal(import.good, 1234);
	assert_done(apply(import.id));
	person("13900130007", true);
	db_jobs_run(shop.jobs);
	assert_int_equal(count("select count(*) from access_grant where state = 'GIVEN'"), 1);
	expect_sound();
}

static void test_too_long_a_table(void **state)
{
	CLEANUP(buffer_free) struct buffer csv = BUFFER(1 << 20);
	struct import import;

	(void)state;
	buffer_add(&csv, TEXT("phone\n"));
	for (int i = 0; i <= IMPORT_ROWS_MAX; i++)
		buffer_add(&csv, TEXT("\"x\n"));
	assert_problem(try_read(arena_cstr(shop.arena, buffer_text(&csv)), true, &import), import_too_long);
	assert_int_equal(count("select count(*) from grant_batch where state <> 'READING'"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_table_is_looked_at_then_applied),
		TEST(test_what_waits_is_given_to_who_proves_the_login),
		TEST(test_each_wrong_row_is_told_with_its_place),
		TEST(test_files_that_are_no_table),
		TEST(test_gbk_is_read),
		TEST(test_the_same_file_twice_changes_nothing),
		TEST(test_two_files_looked_at_at_once_give_once),
		TEST(test_whoever_bought_it_is_known),
		TEST(test_what_is_given_up_gives_nothing),
		TEST(test_logins_of_a_table_do_not_stay),
		TEST(test_logins_go_when_it_is_given_or_nobody_comes),
		TEST(test_applied_whole_or_not_at_all),
		TEST(test_a_long_table),
		TEST(test_too_long_a_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
