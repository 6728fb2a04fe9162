/* desk_test.c - what is found by whom, what a page tells, and what may be done; over sockets, as administrators and creators do. */
#include "account/account.h"
#include "account/people.h"
#include "base/testing.h"
#include "desk/desk.h"
#include "learning/learning.h"
#include "order/grant.h"
#include "payment/payment_room.h"
#include "serve/testing.h"

#define SECRET "correct horse battery"

static struct desk_house {
	struct house house;
	struct arena *arena;
	struct visitor admin, author, rival;
	int64_t boss, ann, author_user, rival_user, order, free_order;
	struct work_id paid, free, other;
	struct creator_id creator, rival_creator;
} h;

static const struct module *const modules[] = { &account_module, &account_login_module, &media_module, &catalog_module, &payment_module, &order_module,
	                                         &order_refund_module, &learning_module, &desk_module, &desk_import_module, NULL };

static const char *print(const char *format, ...)
{
	char line[1024];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof line, format, list);
	va_end(list);
	return arena_cstr(h.arena, text_of(line));
}

static int64_t person(const char *login, const char *name, unsigned role)
{
	struct account account;
	const struct account_draft draft = { .login = text_of(login), .password = TEXT(SECRET), .verified = true, .name = text_of(name) };

	assert_done(account_create(h.house.db, account_keyring(h.house.serve), h.arena, &draft, &account));
	if (role)
		db_testing_run(h.house.db, print("insert into role_grant (user_id, role, granted_by, at_ms) values (%lld, '%s', 0, 0)", (long long)account.id.v,
		                                 role == ADMIN ? "admin" : "creator"));
	return account.id.v;
}

static void enter(struct visitor *v, const char *login)
{
	visitor_open(v, &h.house);
	assert_int_equal(visit(v, POST, "/api/sessions", print("{\"login\":\"%s\",\"password\":\"" SECRET "\"}", login)), 201);
}

struct storing {
	struct creator_id creator;
	const char *title;
	int64_t fen;
	struct work_id id;
};

static problem store(struct tx *tx, void *arg)
{
	struct storing *s = arg;
	struct lesson_draft lesson = { .key = TEXT("one"), .title = TEXT("One"), .doc = TEXT("{\"type\":\"doc\"}"), .plain = TEXT("") };
	struct section_draft section = { .title = TEXT("Part"), .lessons = &lesson, .lesson_count = 1 };
	const struct work_draft draft = { .creator = s->creator, .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = text_of(s->title),
		                          .summary = TEXT("About"), .price = MONEY(s->fen), .price_given = true, .sections = &section, .section_count = 1 };
	enum work_change change;

	return work_store(tx, &draft, (struct user_id){ 1 }, &change, &s->id);
}

static struct work_id work(struct creator_id creator, const char *title, int64_t fen)
{
	struct storing s = { creator, title, fen, { 0 } };

	assert_done(db_write(h.house.db, store, &s));
	return s.id;
}

struct teaching {
	int64_t user;
	const char *name;
	struct creator_id id;
};

static problem teach(struct tx *tx, void *arg)
{
	struct teaching *t = arg;
	struct creator creator;
	problem why = creator_add(tx, text_of(t->name), TEXT(""), (struct user_id){ t->user }, &creator);

	t->id = creator.id;
	return why;
}

static struct creator_id creator(int64_t user, const char *name)
{
	struct teaching t = { user, name, { 0 } };

	assert_done(db_write(h.house.db, teach, &t));
	return t.id;
}

static int64_t place(struct visitor *buyer, struct work_id of)
{
	buyer->key = print("key-%lld", (long long)of.v);
	assert_int_equal(visit(buyer, POST, "/api/orders", print("{\"work\":%lld}", (long long)of.v)), 201);
	buyer->key = NULL;
	return json_integer_value(answer_at(buyer, "id"));
}

static int setup(void **state)
{
	struct visitor ann;

	(void)state;
	h = (struct desk_house){ .arena = arena_new(64 << 20) };
	house_open(&h.house, NULL, 0);
	house_start(&h.house, modules, &account_sessions);
	h.boss = person("boss@example.cn", "老板", ADMIN);
	h.author_user = person("author@example.cn", "作者", CREATOR);
	h.rival_user = person("rival@example.cn", "同行", CREATOR);
	h.ann = person("13800138000", "安安", 0);
	person("bob@example.cn", "小安", 0);
	h.creator = creator(h.author_user, "作者");
	h.rival_creator = creator(h.rival_user, "同行");
	h.paid = work(h.creator, "收费课", 10000);
	h.free = work(h.creator, "免费课", 0);
	h.other = work(h.rival_creator, "别家课", 0);
	enter(&h.admin, "boss@example.cn");
	enter(&h.author, "author@example.cn");
	enter(&h.rival, "rival@example.cn");
	enter(&ann, "13800138000");
	h.order = place(&ann, h.paid);
	h.free_order = place(&ann, h.free);
	visitor_close(&ann);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	visitor_close(&h.admin);
	visitor_close(&h.author);
	visitor_close(&h.rival);
	house_close(&h.house);
	arena_free(h.arena);
	return 0;
}

static int64_t count(const char *sql) { return db_testing_int(h.house.db, sql); }

/* How many people and orders; both are asked for since neither may hide behind the other. */
static void expect_found(struct visitor *v, const char *query, size_t people, size_t orders)
{
	assert_int_equal(visit(v, GET, print("/api/desk?q=%s", query), NULL), 200);
	assert_int_equal(json_array_size(answer_at(v, "people")), people);
	assert_int_equal(json_array_size(answer_at(v, "orders")), orders);
}

static const char *page_of(int64_t id) { return print("/api/desk/people/%lld", (long long)id); }

static struct text said(struct visitor *v, const char *path) { return json_text(answer_at(v, path)); }

static void pay_by_hand(void)
{
	db_testing_run(h.house.db, print("insert into payment (id, payable_kind, payable_id, channel, way, state, amount, trade_no, description, payer_address,"
	                                 " transaction_id, created_ms, expires_ms, paid_ms) values (77, 'order', %lld, 'wechat', 'native', 'PAID', 10000, 'ZF77', '', '',"
	                                 " '4200077', 1, 2, 2)", (long long)h.order));
	db_testing_run(h.house.db, print("update purchase set payment_id = 77, paid_ms = 2, state = 'PAID' where id = %lld", (long long)h.order));
}

/* ---- searching ---- */

static void test_a_person_is_found_by_number_name_and_what_was_bought(void **state)
{
	(void)state;
	pay_by_hand();
	expect_found(&h.admin, "13800138000", 1, 0);
	assert_text(said(&h.admin, "people.0.login"), "138****8000");
	expect_found(&h.admin, "%2B86%20138-0013-8000", 1, 0);
	expect_found(&h.admin, "bob@EXAMPLE.cn", 1, 0);
	expect_found(&h.admin, "%E5%AE%89", 1, 0); /* 安: names that begin so */
	assert_text(said(&h.admin, "people.0.name"), "安安");
	expect_found(&h.admin, print("%lld", (long long)h.order), 1, 1); /* and who bought it */
	assert_text(said(&h.admin, "orders.0.trade_no"), "ZF77");
	expect_found(&h.admin, "ZF77", 1, 1);
	expect_found(&h.admin, "4200077", 1, 1);
	expect_found(&h.admin, "13900139000", 0, 0);
	expect_found(&h.admin, "%27%20or%201%3D1", 0, 0);
	assert_int_equal(count("select count(*) from audit_entry where verb = 'people-searched'"), 9);
	assert_int_equal(count("select count(*) from audit_entry where verb = 'people-searched' and detail like '%138%'"), 0); /* what was typed is nobody's business */
}

static void test_nothing_typed_shows_the_newest(void **state)
{
	(void)state;
	expect_found(&h.admin, "", 5, 0);
	expect_found(&h.author, "", 1, 0); /* his learners alone */
	expect_found(&h.rival, "", 0, 0);
}

static void test_a_creator_finds_his_own_learners_and_no_numbers(void **state)
{
	(void)state;
	expect_found(&h.author, "13800138000", 0, 0);
	expect_found(&h.author, "%E5%AE%89", 1, 0);
	assert_null(answer_at(&h.author, "people.0.login"));
	expect_found(&h.author, print("%lld", (long long)h.order), 1, 1);
	expect_found(&h.rival, print("%lld", (long long)h.order), 0, 0);
	expect_found(&h.rival, "%E5%AE%89", 0, 0);
}

/* ---- the page ---- */

static void test_the_page_says_all_to_the_owner_and_his_part_to_a_creator(void **state)
{
	(void)state;
	db_testing_run(h.house.db, print("insert into entitlement (id, user_id, work_id, edition_id, source, source_id, from_ms) values (5, %lld, %lld, 1, 'gift', 1, 1)",
	                                 (long long)h.ann, (long long)h.other.v));
	assert_int_equal(visit(&h.admin, GET, page_of(h.ann), NULL), 200);
	assert_true(json_is_true(answer_at(&h.admin, "all")));
	assert_int_equal(json_array_size(answer_at(&h.admin, "held")), 2);
	assert_int_equal(json_array_size(answer_at(&h.admin, "orders")), 2);
	assert_int_equal(json_array_size(answer_at(&h.admin, "devices")), 1);
	assert_text(said(&h.admin, "logins.0.login"), "138****8000");
	assert_true(json_array_size(answer_at(&h.admin, "audit")) > 0);
	assert_int_equal(visit(&h.author, GET, page_of(h.ann), NULL), 200);
	assert_true(json_is_false(answer_at(&h.author, "all")));
	assert_int_equal(json_array_size(answer_at(&h.author, "held")), 1);
	assert_int_equal(json_array_size(answer_at(&h.author, "devices")), 0);
	assert_int_equal(json_array_size(answer_at(&h.author, "logins")), 0);
	assert_int_equal(json_array_size(answer_at(&h.author, "audit")), 0);
	assert_int_equal(visit(&h.rival, GET, page_of(h.ann), NULL), 404);
	assert_int_equal(count("select count(*) from audit_entry where verb = 'person-read'"), 2);
}

static void test_a_number_in_clear_is_asked_for_and_written_down(void **state)
{
	(void)state;
	assert_int_equal(visit(&h.admin, POST, print("%s/contact", page_of(h.ann)), NULL), 200);
	assert_text(said(&h.admin, "items.0.login"), "13800138000");
	assert_int_equal(count("select count(*) from audit_entry where verb = 'person-contact-read'"), 1);
	assert_int_equal(visit(&h.author, POST, print("%s/contact", page_of(h.ann)), NULL), 403);
}

/* ---- acting ---- */

static int give(struct visitor *v, struct work_id of, const char *time, const char *reason)
{
	static int made;

	v->key = print("give-%d", made++);
	return visit(v, POST, print("%s/grants", page_of(h.ann)),
	             print("{\"work\":%lld,\"time\":%s,\"reason\":\"%s\"}", (long long)of.v, time, reason));
}

static void test_access_is_given_extended_and_taken(void **state)
{
	int64_t grant;

	(void)state;
	assert_int_equal(give(&h.admin, h.paid, "{\"access\":\"days\",\"days\":7}", " 评委 "), 201);
	assert_text(said(&h.admin, "held.0.reason"), "评委");
	assert_text(said(&h.admin, "held.0.source"), "staff");
	grant = json_integer_value(answer_at(&h.admin, "held.0.grant"));
	assert_int_equal(give(&h.admin, h.paid, "{\"access\":\"forever\"}", "again"), 409);
	h.author.key = "more";
	assert_int_equal(visit(&h.author, POST, print("/api/desk/grants/%lld/extension", (long long)grant),
	                       "{\"time\":{\"access\":\"forever\"},\"reason\":\"好\"}"), 200);
	assert_int_equal(visit(&h.rival, POST, print("/api/desk/grants/%lld/revocation", (long long)grant), "{\"reason\":\"x\"}"), 404);
	assert_int_equal(visit(&h.author, POST, print("/api/desk/grants/%lld/revocation", (long long)grant), "{\"reason\":\" \"}"), 422);
	assert_int_equal(visit(&h.author, POST, print("/api/desk/grants/%lld/revocation", (long long)grant), "{\"reason\":\"错了\"}"), 204);
	assert_int_equal(count("select count(*) from entitlement where source = 'staff' and revoked_ms is null"), 0);
	assert_int_equal(count("select count(*) from entitlement where source = 'order' and revoked_ms is null"), 1); /* the free one, bought */
}

static void test_nobody_gives_what_is_not_his(void **state)
{
	(void)state;
	assert_int_equal(give(&h.author, h.other, "{\"access\":\"forever\"}", "mine?"), 404);
	assert_int_equal(give(&h.rival, h.other, "{\"access\":\"forever\"}", "whose?"), 404); /* not his learner */
	assert_int_equal(give(&h.admin, h.other, "{\"access\":\"days\"}", "no days"), 422);
	assert_int_equal(give(&h.admin, h.other, "{\"access\":\"days\",\"days\":0}", "no days"), 422);
	assert_int_equal(give(&h.admin, (struct work_id){ 99 }, "{\"access\":\"forever\"}", "which?"), 404);
	assert_int_equal(count("select count(*) from access_grant"), 0);
}

static void test_a_ban_signs_out_and_is_lifted(void **state)
{
	(void)state;
	assert_int_equal(visit(&h.admin, POST, print("%s/ban", page_of(h.ann)), "{\"reason\":\"卖账号\"}"), 200);
	assert_text(said(&h.admin, "ban_reason"), "卖账号");
	assert_int_equal(json_array_size(answer_at(&h.admin, "devices")), 0);
	assert_int_equal(json_array_size(answer_at(&h.admin, "held")), 1);
	assert_int_equal(visit(&h.author, POST, print("%s/ban", page_of(h.ann)), "{\"reason\":\"x\"}"), 403);
	assert_int_equal(visit(&h.admin, POST, print("%s/unban", page_of(h.ann)), "{\"reason\":\"误会\"}"), 200);
	assert_int_equal(json_integer_value(answer_at(&h.admin, "person.banned_ms")), 0);
	world_move(h.house.world, 16 * 60 * 1000);
	serve_forget(h.house.serve, 0, (struct user_id){ h.boss });
	assert_int_equal(visit(&h.admin, POST, print("%s/ban", page_of(h.ann)), "{\"reason\":\"x\"}"), 403); /* signed in too long ago */
	assert_true(answer_is_problem(&h.admin, "session-not-fresh"));
}

/* ---- files ---- */

static struct text lines_of(struct visitor *v, const char *path)
{
	assert_int_equal(visit(v, GET, path, NULL), 200);
	assert_text(answer_header(v, "Content-Type"), "text/csv; charset=utf-8");
	assert_text(answer_header(v, "Cache-Control"), "no-store");
	assert_true(text_starts(v->answer.body, TEXT("\xef\xbb\xbf\"")));
	return v->answer.body;
}

static size_t rows_of(struct visitor *v, const char *path)
{
	struct text rest = lines_of(v, path);
	size_t n = 0;

	while (rest.at)
		n += text_cut(&rest, '\n').length > 0;
	return n - 1; /* without the first line */
}

static void test_orders_go_out_as_a_spreadsheet_reads_them(void **state)
{
	struct text csv;

	(void)state;
	pay_by_hand();
	db_testing_run(h.house.db, "update purchase_item set title = '=HYPERLINK(\"x\")' where price > 0");
	db_testing_run(h.house.db, print("update purchase set created_ms = 1795313472000, paid_ms = 1795313479000 where id = %lld", (long long)h.order));
	csv = lines_of(&h.admin, "/api/desk/orders.csv");
	assert_true(text_starts(csv, TEXT("\xef\xbb\xbf\"订单号\",\"商户单号\",\"微信支付单号\",\"学员编号\",\"昵称\",\"课程\",\"状态\",\"金额（元）\",\"已退（元）\",\"下单时间\",\"付款时间\"\r\n")));
	assert_true(text_find(csv, text_of(print("\"'%lld\",\"ZF77\",\"'4200077\",\"'%lld\",\"安安\",\"'=HYPERLINK(\"\"x\"\")\",\"已付款\",100.00,0.00,"
	                                         "2026-11-22 10:11:12,2026-11-22 10:11:19\r\n", (long long)h.order, (long long)h.ann))) != SIZE_MAX);
	assert_int_equal(rows_of(&h.admin, "/api/desk/orders.csv"), 2);
	assert_int_equal(rows_of(&h.admin, "/api/desk/orders.csv?from=2026-11-22&to=2026-11-22"), 1);
	assert_int_equal(rows_of(&h.admin, "/api/desk/orders.csv?from=2026-11-23&to=2026-11-23"), 0);
	assert_int_equal(rows_of(&h.admin, print("/api/desk/orders.csv?work=%lld&state=PAID", (long long)h.paid.v)), 1);
	assert_int_equal(visit(&h.admin, GET, "/api/desk/orders.csv?from=2026-02-30", NULL), 422);
	assert_int_equal(visit(&h.author, GET, "/api/desk/orders.csv", NULL), 403);
	assert_int_equal(count("select count(*) from audit_entry where verb = 'list-taken' and detail like '%orders%'"), 5);
}

static void test_people_go_out_with_a_fresh_sign_in_alone(void **state)
{
	struct text csv;

	(void)state;
	csv = lines_of(&h.admin, "/api/desk/learners.csv");
	assert_true(text_find(csv, text_of(print("\"'%lld\",\"安安\",\"13800138000\",\"是\",", (long long)h.ann))) != SIZE_MAX);
	assert_int_equal(rows_of(&h.admin, "/api/desk/learners.csv"), 5);
	world_move(h.house.world, 16 * 60 * 1000);
	serve_forget(h.house.serve, 0, (struct user_id){ h.boss });
	assert_int_equal(visit(&h.admin, GET, "/api/desk/learners.csv", NULL), 403);
}

static void test_a_file_is_read_looked_at_and_applied(void **state)
{
	int64_t id;

	(void)state;
	assert_int_equal(visit(&h.admin, POST, print("/api/desk/imports?name=a.csv&work=%lld", (long long)h.paid.v), "phone\n13800138000\n13900139000\n123\n"), 201);
	id = json_integer_value(answer_at(&h.admin, "id"));
	assert_int_equal(json_integer_value(answer_at(&h.admin, "wrong")), 1);
	assert_int_equal(visit(&h.admin, GET, print("/api/desk/imports/%lld?state=wrong", (long long)id), NULL), 200);
	assert_text(said(&h.admin, "rows.0.why"), "login-wrong");
	assert_int_equal(json_integer_value(answer_at(&h.admin, "rows.0.line")), 4);
	assert_int_equal(visit(&h.admin, POST, print("/api/desk/imports/%lld/application", (long long)id), "{\"reason\":\"x\"}"), 409);
	assert_int_equal(visit(&h.admin, DELETE, print("/api/desk/imports/%lld", (long long)id), NULL), 204);
	assert_int_equal(visit(&h.admin, POST, print("/api/desk/imports?work=%lld", (long long)h.paid.v), "phone\n13800138000\n13900139000\n"), 201);
	id = json_integer_value(answer_at(&h.admin, "id"));
	assert_int_equal(visit(&h.admin, POST, print("/api/desk/imports/%lld/application", (long long)id), "{\"reason\":\"开班\"}"), 200);
	assert_int_equal(json_integer_value(answer_at(&h.admin, "waiting")), 2);
	assert_int_equal(visit(&h.admin, GET, "/api/desk/imports", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&h.admin, "items")), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_person_is_found_by_number_name_and_what_was_bought),
		TEST(test_nothing_typed_shows_the_newest),
		TEST(test_a_creator_finds_his_own_learners_and_no_numbers),
		TEST(test_the_page_says_all_to_the_owner_and_his_part_to_a_creator),
		TEST(test_a_number_in_clear_is_asked_for_and_written_down),
		TEST(test_access_is_given_extended_and_taken),
		TEST(test_nobody_gives_what_is_not_his),
		TEST(test_a_ban_signs_out_and_is_lifted),
		TEST(test_orders_go_out_as_a_spreadsheet_reads_them),
		TEST(test_people_go_out_with_a_fresh_sign_in_alone),
		TEST(test_a_file_is_read_looked_at_and_applied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
