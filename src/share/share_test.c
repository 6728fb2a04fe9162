/* share_test.c - links over sockets: who gets which, whose visit counts and when, which order keeps its source, and who sees what came
 * of it. */
#include "share/share_room.h"

#include "account/account.h"
#include "base/testing.h"
#include "order/order_room.h"
#include "media/media.h"
#include "serve/testing.h"
#include "site/site.h"

enum { SHARER = 41, BUYER = 42, AUTHOR = 43, OTHER_AUTHOR = 44, OWNER = 45, PRICE = 9900 };

static struct house house;
static struct arena *arena;
static struct creator_id author, other_author;
static struct work_id priced, gratis, others;
static struct visitor sharer, buyer, nobody, teacher, owner;
static char cookie[300]; /* what the browser of `nobody` and `buyer` keeps */

static const struct module *const modules[] = { &account_module, &site_module, &media_module, &catalog_module, &payment_module, &order_module, &order_refund_module,
	                                        &share_module, NULL };

static problem store(struct tx *tx, struct creator_id of, const char *title, int64_t fen, struct work_id *ret)
{
	struct lesson_draft lesson = { .key = TEXT("one"), .title = TEXT("One"), .doc = TEXT("{\"type\":\"doc\"}"), .plain = TEXT("") };
	struct section_draft section = { .title = TEXT("Part"), .lessons = &lesson, .lesson_count = 1 };
	const struct work_draft draft = {
		.source = text_of(title), .creator = of, .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = text_of(title),
		.summary = TEXT("About"), .price = MONEY(fen), .price_given = true, .sections = &section, .section_count = 1,
	};
	enum work_change change;

	return work_store(tx, &draft, (struct user_id){ 0 }, &change, ret);
}

static problem stock(struct tx *tx, void *arg)
{
	struct creator made, other;
	problem why = creator_add(tx, TEXT("Author"), TEXT(""), (struct user_id){ AUTHOR }, &made);

	(void)arg;
	if (!why)
		why = creator_add(tx, TEXT("Other"), TEXT(""), (struct user_id){ OTHER_AUTHOR }, &other);
	author = made.id;
	other_author = other.id;
	if (!why)
		why = store(tx, author, "Priced", PRICE, &priced);
	if (!why)
		why = store(tx, author, "Gratis", 0, &gratis);
	return why ? why : store(tx, other_author, "Others", PRICE, &others);
}

static int setup(void **state)
{
	(void)state;
	cookie[0] = 0;
	arena = arena_new(16 << 20);
	house_open(&house, NULL, 0);
	house.options.sandbox = true;
	house_start(&house, modules, &testing_sessions);
	order_know_source(house.serve, share_source);
	catalog_know_part(house.serve, &share_work_part);
	payments_know(payments_of(house.serve), &order_payable);
	assert_done(db_write(house.db, stock, NULL));
	db_testing_run(house.db, "insert into user_account (id, name, name_folded, language, password_hash, created_ms) values (41, 'Sharer', 'sharer', 'zh-CN', '', 1)");
	sharer = visitor_of(&house, SHARER, 0);
	buyer = visitor_of(&house, BUYER, 0);
	nobody = visitor_of(&house, 0, 0);
	teacher = visitor_of(&house, AUTHOR, CREATOR);
	owner = visitor_of(&house, OWNER, ADMIN);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	visitor_close(&sharer);
	visitor_close(&buyer);
	visitor_close(&nobody);
	visitor_close(&teacher);
	visitor_close(&owner);
	house_close(&house);
	arena_free(arena);
	return 0;
}

/* ---- steps ---- */

static int64_t count(const char *sql) { return db_testing_int(house.db, sql); }

static const char *format(const char *with, ...)
{
	char line[1024];
	va_list list;

	va_start(list, with);
	vsnprintf(line, sizeof line, with, list);
	va_end(list);
	return arena_cstr(arena, text_of(line));
}

static const char *link_of(struct visitor *v, struct work_id work)
{
	assert_int_equal(visit(v, POST, "/api/share/links", work.v ? format("{\"work\":%lld}", (long long)work.v) : "{}"), 200);
	return arena_cstr(arena, json_text(answer_at(v, "code")));
}

/* One request of a browser that keeps the cookie; where it is led to. */
static const char *step(struct visitor *v, enum method method, const char *path)
{
	struct text given, first;

	v->more[0] = (struct header){ TEXT("Cookie"), text_of(format("%s%s%s", cookie, v->session[0] ? "; session=" : "", v->session)) };
	v->more_count = 1;
	assert_int_equal(visit(v, method, path, NULL), 302);
	v->more_count = 0;
	given = answer_header(v, "Set-Cookie");
	first = text_cut(&given, ';');
	if (text_starts(first, TEXT("source=")))
		snprintf(cookie, sizeof cookie, "%.*s", TEXT_ARG(first));
	return arena_cstr(arena, answer_header(v, "Location"));
}

/* As a browser follows: to the page. */
static const char *walk(struct visitor *v, const char *code)
{
	const char *to = step(v, GET, format("/s/%s", code));

	return strncmp(to, "/s/", 3) ? to : step(v, GET, to);
}

static void another_browser(void) { cookie[0] = 0; }

static int order_of(struct visitor *v, struct work_id work)
{
	int status;
	static int key;

	v->key = format("key-%d", ++key);
	v->more[0] = (struct header){ TEXT("Cookie"), text_of(format("%s; session=%s", cookie, v->session)) };
	v->more_count = 1;
	status = visit(v, POST, "/api/orders", format("{\"work\":%lld}", (long long)work.v));
	v->more_count = 0;
	v->key = NULL;
	return status;
}

static int64_t visits(void) { return count("select coalesce(sum(visits), 0) from share_day"); }
static int64_t source_of_order(void) { return count("select coalesce(max(source_id), 0) from purchase"); }
static int64_t id_of(const char *code) { return count(format("select id from share_link where code = '%s'", code)); }

static int64_t number_at(const struct visitor *v, const char *path) { return json_integer_value(answer_at(v, path)); }

/* ---- links ---- */

static void test_a_link_is_one_and_says_nothing_about_anybody(void **state)
{
	const char *first = link_of(&sharer, priced), *home;

	(void)state;
	assert_int_equal(strlen(first), SHARE_CODE_LENGTH);
	assert_true(text_ends(json_text(answer_at(&sharer, "url")), text_of(format("/s/%s", first))));
	assert_string_equal(link_of(&sharer, priced), first);
	home = link_of(&sharer, (struct work_id){ 0 });
	assert_string_not_equal(home, first);
	assert_string_not_equal(link_of(&buyer, priced), first);
	assert_int_equal(count("select count(*) from share_link"), 3);
	assert_string_equal(walk(&nobody, home), "/");
}

static void test_what_has_no_page_is_not_shared(void **state)
{
	(void)state;
	assert_int_equal(visit(&nobody, POST, "/api/share/links", "{}"), 401);
	assert_int_equal(visit(&sharer, POST, "/api/share/links", "{\"work\":7}"), 404);
	db_testing_run(house.db, "update work set state = 'draft'");
	assert_int_equal(visit(&sharer, POST, "/api/share/links", format("{\"work\":%lld}", (long long)priced.v)), 404);
	assert_int_equal(visit(&nobody, GET, "/s/22222222", NULL), 404);
	assert_int_equal(visit(&nobody, GET, "/s/'--", NULL), 404);
	assert_int_equal(count("select count(*) from share_link"), 0);
}

/* ---- visits ---- */

static void test_a_browser_counts_once_a_day(void **state)
{
	const char *code = link_of(&sharer, priced), *to = walk(&nobody, code);

	(void)state;
	assert_true(text_starts(text_of(to), TEXT("/course/")));
	assert_int_equal(visits(), 1);
	walk(&nobody, code);
	assert_int_equal(visits(), 1);
	another_browser();
	walk(&nobody, code);
	assert_int_equal(visits(), 2);
	world_move(house.world, INT64_C(24) * 3600 * 1000);
	walk(&nobody, code);
	assert_int_equal(visits(), 3);
	assert_int_equal(count("select count(*) from share_seen"), 1); /* those of yesterday went */
}

static void test_another_link_is_counted_for_itself(void **state)
{
	const char *one = link_of(&sharer, priced), *two = link_of(&buyer, priced);

	(void)state;
	walk(&nobody, one);
	walk(&nobody, two);
	assert_int_equal(visits(), 2);
	assert_int_equal(count(format("select visits from share_day where link_id = %lld", (long long)id_of(two))), 1);
	assert_int_equal(count("select count(distinct mark) from share_seen"), 2);
}

static void test_robots_and_looks_do_not_count(void **state)
{
	const char *code = link_of(&sharer, priced), *path = format("/s/%s", code), *again;

	(void)state;
	assert_true(text_starts(text_of(step(&nobody, HEAD, path)), TEXT("/course/")));
	assert_null(cookie[0] ? cookie : NULL);
	again = step(&nobody, GET, path);
	another_browser(); /* it keeps no cookie */
	assert_true(text_starts(text_of(step(&nobody, GET, again)), TEXT("/course/")));
	snprintf(cookie, sizeof cookie, "source=%s.%s", code, "short");
	assert_true(text_starts(text_of(step(&nobody, GET, path)), TEXT("/s/")));
	assert_int_equal(visits(), 0);
}

static void test_the_sharer_himself_does_not_count(void **state)
{
	const char *code = link_of(&sharer, priced);

	(void)state;
	assert_true(text_starts(text_of(walk(&sharer, code)), TEXT("/course/")));
	assert_int_equal(visits(), 0);
	assert_null(cookie[0] ? cookie : NULL);
}

static void test_the_cookie_is_kept_from_scripts_for_thirty_days(void **state)
{
	const char *code = link_of(&sharer, priced);
	struct text given;

	(void)state;
	assert_int_equal(visit(&nobody, GET, format("/s/%s?from=singlemessage", code), NULL), 302);
	given = answer_header(&nobody, "Set-Cookie");
	assert_true(text_starts(given, text_of(format("source=%s.", code))));
	assert_true(text_find(given, TEXT("Max-Age=2592000")) != SIZE_MAX && text_find(given, TEXT("HttpOnly")) != SIZE_MAX);
	assert_true(text_find(given, TEXT("SameSite=Lax")) != SIZE_MAX);
}

/* ---- orders ---- */

static void test_an_order_keeps_its_source(void **state)
{
	const char *code = link_of(&sharer, priced);

	(void)state;
	walk(&buyer, code);
	assert_int_equal(order_of(&buyer, priced), 201);
	assert_int_equal(source_of_order(), id_of(code));
	walk(&buyer, link_of(&teacher, priced)); /* the open order is given again, and stays what it is */
	assert_int_equal(order_of(&buyer, priced), 201);
	assert_int_equal(source_of_order(), id_of(code));
	assert_int_equal(count("select count(*) from purchase"), 1);
}

static void test_buying_by_ones_own_link_has_no_source(void **state)
{
	const char *code = link_of(&buyer, priced);

	(void)state;
	walk(&nobody, code); /* signed out, on the same browser */
	assert_int_equal(order_of(&buyer, priced), 201);
	assert_int_equal(source_of_order(), 0);
}

static void test_a_made_up_cookie_is_no_source(void **state)
{
	(void)state;
	snprintf(cookie, sizeof cookie, "source=22222222.%s", "AAAAAAAAAAAAAAAAAAAAAA");
	assert_int_equal(order_of(&buyer, priced), 201);
	assert_int_equal(source_of_order(), 0);
}

/* ---- what came of it ---- */

static void test_the_table_tells_visits_orders_and_money(void **state)
{
	const char *code = link_of(&sharer, gratis);

	(void)state;
	walk(&buyer, code);
	assert_int_equal(order_of(&buyer, gratis), 201);
	assert_int_equal(order_of(&buyer, priced), 201);
	assert_int_equal(order_of(&buyer, others), 201);
	db_testing_run(house.db, "update purchase set state = 'PART_REFUNDED' where total > 0");
	db_testing_run(house.db, "insert into purchase_refund (id, purchase_id, state, automatic, ends_access, asked_by, amount, reason, created_ms)"
	                         " select id, id, 'SUCCEEDED', 1, 0, 42, 100, '', 1 from purchase where total > 0");
	assert_int_equal(visit(&teacher, GET, "/api/studio/sources", NULL), 200);
	assert_text(json_text(answer_at(&teacher, "items.0.code")), code);
	assert_text(json_text(answer_at(&teacher, "items.0.sharer")), "Sharer");
	assert_text(json_text(answer_at(&teacher, "items.0.title")), "Gratis");
	assert_int_equal(number_at(&teacher, "items.0.visits"), 1);
	assert_int_equal(number_at(&teacher, "items.0.orders"), 2); /* the third is another author's business */
	assert_int_equal(number_at(&teacher, "items.0.paid"), 2);
	assert_int_equal(number_at(&teacher, "items.0.received"), PRICE);
	assert_int_equal(number_at(&teacher, "items.0.refunded"), 100);
	assert_int_equal(visit(&owner, GET, "/api/studio/sources", NULL), 200);
	assert_int_equal(number_at(&owner, "items.0.orders"), 3);
	assert_int_equal(number_at(&owner, "items.0.received"), 2 * PRICE);
}

static void test_a_creator_sees_his_own(void **state)
{
	struct visitor other = visitor_of(&house, OTHER_AUTHOR, CREATOR), idle = visitor_of(&house, 46, CREATOR);

	(void)state;
	walk(&nobody, link_of(&sharer, priced));
	walk(&nobody, link_of(&sharer, (struct work_id){ 0 }));
	link_of(&buyer, priced); /* nobody came by it: no line */
	assert_int_equal(visit(&other, GET, "/api/studio/sources", NULL), 200);
	assert_null(answer_at(&other, "items.0"));
	assert_int_equal(visit(&idle, GET, "/api/studio/sources", NULL), 200);
	assert_null(answer_at(&idle, "items.0"));
	assert_int_equal(visit(&teacher, GET, "/api/studio/sources", NULL), 200);
	assert_non_null(answer_at(&teacher, "items.0"));
	assert_null(answer_at(&teacher, "items.1"));
	assert_int_equal(visit(&owner, GET, "/api/studio/sources", NULL), 200);
	assert_non_null(answer_at(&owner, "items.1"));
	assert_null(answer_at(&owner, "items.2"));
	assert_int_equal(visit(&sharer, GET, "/api/studio/sources", NULL), 403);
	visitor_close(&other);
	visitor_close(&idle);
}

static void test_a_source_with_a_name(void **state)
{
	const char *code;

	(void)state;
	assert_int_equal(visit(&teacher, POST, "/api/studio/sources", format("{\"name\":\" 公众号 7 月 \",\"work\":%lld}", (long long)priced.v)), 201);
	assert_text(json_text(answer_at(&teacher, "name")), "公众号 7 月");
	code = arena_cstr(arena, json_text(answer_at(&teacher, "code")));
	assert_int_equal(visit(&teacher, POST, "/api/studio/sources", format("{\"name\":\"x\",\"work\":%lld}", (long long)others.v)), 404);
	assert_int_equal(visit(&teacher, POST, "/api/studio/sources", "{\"name\":\"x\"}"), 403);
	assert_int_equal(visit(&teacher, POST, "/api/studio/sources", "{\"name\":\"  \"}"), 422);
	assert_int_equal(visit(&owner, POST, "/api/studio/sources", "{\"name\":\"Wall\"}"), 201);
	assert_int_equal(count("select count(*) from audit_entry where verb = 'share-source-added'"), 2);
	walk(&nobody, code);
	assert_int_equal(visits(), 1);
	assert_int_equal(visit(&teacher, GET, "/api/studio/sources", NULL), 200);
	assert_null(answer_at(&teacher, "items.0.sharer"));
}

static void test_the_table_opens_in_excel_and_runs_nothing(void **state)
{
	struct text sheet;

	(void)state;
	assert_int_equal(visit(&owner, POST, "/api/studio/sources", "{\"name\":\"=1+\\\"2\\\"\"}"), 201);
	assert_int_equal(visit(&owner, GET, "/api/studio/sources.csv", NULL), 200);
	assert_true(text_starts(answer_header(&owner, "Content-Type"), TEXT("text/csv")));
	sheet = owner.answer.body;
	assert_true(text_starts(sheet, TEXT("\xEF\xBB\xBF\"来源\",")));
	assert_true(text_find(sheet, TEXT("\r\n\"'=1+\"\"2\"\"\",\"首页\",\"http")) != SIZE_MAX);
	assert_true(text_ends(sheet, TEXT(",0,0,0,0.00,0.00\r\n")));
}

static const char *wide_summary(void)
{
	enum { WIDE = 80000 };
	char *wide = arena_alloc(arena, WIDE + 1);

	memset(wide, 'x', WIDE);
	wide[WIDE] = 0;
	return arena_cstr(arena, arena_format(arena, "update work set summary = '%s'", wide));
}

/* What all its pages read together is more than a request may hold. */
static void test_a_long_table_holds_a_page_at_a_time(void **state)
{
	(void)state;
	db_testing_run(house.db, format("insert into share_link (id, code, user_id, name, work_id, creator_id, created_ms) "
	                                "with recursive n (i) as (select 1 union all select i + 1 from n where i < 1200) "
	                                "select i, 'c' || i, 41, 'n' || i, %lld, %lld, 1 from n", (long long)priced.v, (long long)author.v));
	db_testing_run(house.db, wide_summary());
	assert_int_equal(visit(&owner, GET, "/api/studio/sources.csv", NULL), 200);
	assert_true(text_find(owner.answer.body, TEXT("\"n1200\"")) != SIZE_MAX && text_find(owner.answer.body, TEXT("\"n1\"")) != SIZE_MAX);
}

static void test_a_works_page_has_the_sheet(void **state)
{
	const char *url = walk(&nobody, link_of(&sharer, priced));

	(void)state;
	assert_int_equal(visit(&nobody, GET, url, NULL), 200);
	assert_true(text_find(nobody.answer.body, text_of(format("<template id=\"share-sheet\" data-work=\"%lld\" data-url=\"http", (long long)priced.v))) != SIZE_MAX);
	assert_true(text_find(nobody.answer.body, TEXT("data-language=\"zh-CN\"")) != SIZE_MAX);
	assert_true(text_find(nobody.answer.body, TEXT("<meta property=\"product:price:amount\" content=\"99.00\">")) != SIZE_MAX);
}

static void test_forgotten_the_link_leads_on_and_is_nobodys(void **state)
{
	const char *code = link_of(&sharer, priced);

	(void)state;
	walk(&nobody, code);
	db_testing_run(house.db, "update share_link set user_id = null");
	assert_true(text_starts(text_of(walk(&nobody, code)), TEXT("/course/")));
	assert_int_equal(visit(&owner, GET, "/api/studio/sources", NULL), 200);
	assert_null(answer_at(&owner, "items.0.sharer"));
	assert_int_equal(number_at(&owner, "items.0.visits"), 1);
	assert_string_not_equal(link_of(&sharer, priced), code);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_a_link_is_one_and_says_nothing_about_anybody),
		EACH(test_what_has_no_page_is_not_shared),
		EACH(test_a_browser_counts_once_a_day),
		EACH(test_another_link_is_counted_for_itself),
		EACH(test_robots_and_looks_do_not_count),
		EACH(test_the_sharer_himself_does_not_count),
		EACH(test_the_cookie_is_kept_from_scripts_for_thirty_days),
		EACH(test_an_order_keeps_its_source),
		EACH(test_buying_by_ones_own_link_has_no_source),
		EACH(test_a_made_up_cookie_is_no_source),
		EACH(test_the_table_tells_visits_orders_and_money),
		EACH(test_a_creator_sees_his_own),
		EACH(test_a_source_with_a_name),
		EACH(test_the_table_opens_in_excel_and_runs_nothing),
		EACH(test_a_long_table_holds_a_page_at_a_time),
		EACH(test_a_works_page_has_the_sheet),
		EACH(test_forgotten_the_link_leads_on_and_is_nobodys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
