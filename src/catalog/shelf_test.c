/* shelf_test.c - works that the owner picks by hand, and the tree of categories: their order, what is not shown, what is refused,
 * and addresses that go on leading somewhere. */
#include "catalog/catalog_room.h"

#include "account/account.h"
#include "base/testing.h"
#include "media/media.h"
#include "serve/testing.h"
#include "site/site.h"

enum { AUTHOR = 43 };

static struct house house;
static struct visitor owner, reader;
static struct arena *arena;
static const struct module *const modules[] = { &site_module, &media_module, &catalog_module, &picks_module, &categories_module, NULL };

static int setup(void **state)
{
	(void)state;
	arena = arena_new(16 << 20);
	house_open(&house, NULL, 0);
	house.options.face = site_face;
	house.options.speaks_english = site_speaks_english;
	db_testing_run(house.db, "insert into user_account (id, name, name_folded, language, password_hash, created_ms) values (1, 'o', 'o', 'zh-CN', '', 0)");
	db_testing_run(house.db, "insert into role_grant (user_id, role, granted_by, at_ms) values (1, 'admin', 1, 0)"); /* the shop has an owner */
	house_start(&house, modules, &testing_sessions);
	owner = visitor_of(&house, 1, ADMIN | CREATOR);
	reader = visitor_of(&house, 0, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	visitor_close(&owner);
	visitor_close(&reader);
	house_close(&house);
	arena_free(arena);
	return 0;
}

/* ---- works to lay out ---- */

struct making {
	struct text title, category;
	struct work_id id;
};

static problem make_work(struct tx *tx, void *arg)
{
	struct making *m = arg;
	struct lesson_draft lesson = { .key = TEXT("one"), .title = TEXT("One"), .doc = TEXT("{\"type\":\"doc\",\"content\":[]}"), .plain = TEXT("Words") };
	struct section_draft section = { .title = TEXT("All"), .lessons = &lesson, .lesson_count = 1 };
	struct work_draft draft = { .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = m->title, .summary = TEXT("About"), .category = m->category,
		                    .price = MONEY(100), .price_given = true, .sections = &section, .section_count = 1 };
	struct creator creator;
	enum work_change change;
	problem why = creator_by_name(tx, TEXT("Author"), &creator);

	if (why == &creator_missing)
		why = creator_add(tx, TEXT("Author"), TEXT(""), (struct user_id){ AUTHOR }, &creator);
	draft.creator = creator.id;
	return why ? why : work_store(tx, &draft, (struct user_id){ AUTHOR }, &change, &m->id);
}

static int64_t work_of(const char *title, const char *category)
{
	struct making m = { .title = text_of(title), .category = text_of(category) };

	assert_done(db_write(house.db, make_work, &m));
	return m.id.v;
}

static const char *print(const char *format, ...)
{
	char line[2048];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof line, format, list);
	va_end(list);
	return arena_cstr(arena, text_of(line));
}

/* Where the words stand on the page; SIZE_MAX: they do not. */
static size_t place(const char *path, const char *words)
{
	assert_int_equal(visit(&reader, GET, path, NULL), 200);
	return text_find(reader.answer.body, text_of(words));
}

static bool stands(const char *path, const char *words) { return place(path, words) != SIZE_MAX; }

/* ---- picks ---- */

static int pick(int64_t version, const char *works)
{
	return visit(&owner, PUT, "/api/settings/picks",
	             print("{\"version\":%lld,\"value\":{\"home\":{\"title\":{\"zh\":\"店主说\"},\"works\":[%s]}}}", (long long)version, works));
}

static const char *field_why(void) { return json_string_value(answer_at(&owner, "errors.0.why")); }

#define HOME_PICKS "<h2 id=\"picks-home\">店主说</h2>"

static void test_the_home_page_shows_the_picks_in_the_owners_order(void **state)
{
	int64_t a = work_of("Apple", NULL), b = work_of("Berry", NULL);
	struct text shelf;

	(void)state;
	assert_false(stands("/", "picks-home"));
	assert_int_equal(pick(0, print("%lld,%lld", (long long)a, (long long)b)), 200);
	assert_true(stands("/", HOME_PICKS));
	shelf = text_from(reader.answer.body, text_find(reader.answer.body, TEXT(HOME_PICKS)));
	assert_true(text_find(shelf, TEXT("Apple")) < text_find(shelf, TEXT("Berry")));
	assert_int_equal(pick(1, print("%lld,%lld", (long long)b, (long long)a)), 200);
	assert_true(stands("/", HOME_PICKS));
	shelf = text_from(reader.answer.body, text_find(reader.answer.body, TEXT(HOME_PICKS)));
	assert_true(text_find(shelf, TEXT("Berry")) < text_find(shelf, TEXT("Apple")));
	assert_int_equal(json_integer_value(answer_at(&owner, "version")), 2);
}

static void test_a_slot_that_says_no_title_has_ours(void **state)
{
	int64_t a = work_of("Apple", NULL);

	(void)state;
	assert_int_equal(visit(&owner, PUT, "/api/settings/picks",
	                       print("{\"version\":0,\"value\":{\"begin\":{\"title\":{},\"works\":[%lld]}}}", (long long)a)), 200);
	assert_true(stands("/", "<h2 id=\"picks-begin\">从这里开始</h2>") && stands("/en", "<h2 id=\"picks-begin\">Start here</h2>"));
	assert_false(stands("/", "picks-home"));
}

/* The owner finds it in the list with its state, where it can be put back or thrown out. */
static void test_what_is_no_longer_on_offer_is_not_shown(void **state)
{
	static const char *const states[] = { "draft", "in-review", "unlisted", "archived", "suspended", "withdrawn" };
	int64_t a = work_of("Apple", NULL);

	(void)state;
	assert_int_equal(pick(0, print("%lld", (long long)a)), 200);
	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		db_testing_run(house.db, print("update work set state = '%s'", states[i]));
		assert_false(stands("/", "picks-home"));
		assert_int_equal(visit(&owner, GET, "/api/settings/picks", NULL), 200);
		assert_string_equal(json_string_value(answer_at(&owner, "works.0.state")), states[i]);
		assert_int_equal(json_array_size(answer_at(&owner, "value.home.works")), 1);
	}
	db_testing_run(house.db, "update work set state = 'published'");
	assert_true(stands("/", HOME_PICKS));
}

static void test_picks_that_are_refused(void **state)
{
	int64_t a = work_of("Apple", NULL);
	const char *thirteen = "1,2,3,4,5,6,7,8,9,10,11,12,13";

	(void)state;
	assert_int_equal(pick(0, print("%lld,%lld", (long long)a, (long long)a)), 422);
	assert_string_equal(field_why(), "duplicate");
	assert_int_equal(pick(0, "77"), 422);
	assert_string_equal(field_why(), "unknown");
	assert_int_equal(pick(0, thirteen), 422);
	assert_string_equal(field_why(), "too-long");
	assert_int_equal(pick(0, "\"x\""), 422);
	assert_int_equal(pick(0, print("%lld", (long long)a)), 200);
	assert_int_equal(pick(0, ""), 409); /* somebody else was quicker */
	assert_int_equal(pick(1, ""), 200);
	assert_false(stands("/", "picks-home"));
	assert_int_equal(visit(&reader, GET, "/api/settings/picks", NULL), 401);
}

struct asking {
	struct picked picked;
};

static problem ask_picks(struct tx *tx, void *arg)
{
	struct asking *a = arg;

	tx_use_arena(tx, arena);
	return catalog_picks(tx, PICK_HOME, &a->picked);
}

static void test_other_rooms_get_what_may_be_shown(void **state)
{
	int64_t a = work_of("Apple", NULL), b = work_of("Berry", NULL);
	struct asking asking;

	(void)state;
	assert_done(db_read(house.db, ask_picks, &asking));
	assert_int_equal(asking.picked.work_count, 0);
	assert_int_equal(pick(0, print("%lld,%lld", (long long)b, (long long)a)), 200);
	db_testing_run(house.db, print("update work set state = 'suspended' where id = %lld", (long long)b));
	assert_done(db_read(house.db, ask_picks, &asking));
	assert_int_equal(asking.picked.work_count, 1);
	assert_int_equal(asking.picked.works[0].id.v, a);
	assert_text(asking.picked.title_zh, "店主说");
}

/* ---- categories ---- */

#define CATEGORIES "/api/settings/categories"

static int64_t id_of(const char *name)
{
	return db_testing_int(house.db, print("select id from category where name = '%s'", name));
}

static int add(const char *name, const char *parent)
{
	return visit(&owner, POST, CATEGORIES, parent ? print("{\"name\":\"%s\",\"parent\":%lld}", name, (long long)id_of(parent)) : print("{\"name\":\"%s\"}", name));
}

static int act(enum method method, const char *name, const char *tail, const char *body)
{
	return visit(&owner, method, print(CATEGORIES "/%lld%s", (long long)id_of(name), tail), body);
}

static int place_it(const char *name, const char *parent, int at)
{
	return act(POST, name, "/place", parent ? print("{\"parent\":%lld,\"at\":%d}", (long long)id_of(parent), at) : print("{\"at\":%d}", at));
}

static int merge(const char *from, const char *into) { return act(POST, from, "/merge", print("{\"into\":%lld}", (long long)id_of(into))); }

/* "A A1 A2 B": names in order, as the last answer has them. */
static const char *order(void)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(4096);
	const json_t *items = answer_at(&owner, "items");

	for (size_t i = 0; i < json_array_size(items); i++)
		buffer_format(&out, "%s%s", i ? " " : "", json_string_value(json_object_get(json_array_get(items, i), "name")));
	return arena_cstr(arena, buffer_text(&out));
}

static void add_tree(void)
{
	static const char *const names[][2] = { { "A", NULL }, { "B", NULL }, { "A1", "A" }, { "A2", "A" }, { "C", NULL } };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_int_equal(add(names[i][0], names[i][1]), 200);
}

static void test_the_tree_is_in_the_owners_order(void **state)
{
	(void)state;
	add_tree();
	assert_string_equal(order(), "A A1 A2 B C");
	assert_int_equal(place_it("C", NULL, 0), 200);
	assert_string_equal(order(), "C A A1 A2 B");
	assert_int_equal(place_it("A2", "A", 0), 200);
	assert_string_equal(order(), "C A A2 A1 B");
	assert_int_equal(place_it("A1", "B", 0), 200);
	assert_string_equal(order(), "C A A2 B A1");
	assert_int_equal(place_it("A2", NULL, 500), 200); /* as far down as there are places */
	assert_string_equal(order(), "C A B A1 A2");
	assert_int_equal(add("D", NULL), 200);
	assert_string_equal(order(), "C A B A1 A2 D");
}

static void test_what_the_tree_refuses(void **state)
{
	(void)state;
	add_tree();
	assert_int_equal(add("A", NULL), 409);
	assert_true(answer_is_problem(&owner, "category-name-taken"));
	assert_int_equal(add("a", NULL), 409); /* the same address */
	assert_int_equal(act(PATCH, "B", "", "{\"name\":\"A\"}"), 409);
	assert_int_equal(add("A11", "A1"), 409);
	assert_true(answer_is_problem(&owner, "category-too-deep"));
	assert_int_equal(place_it("A", "B", 0), 409);
	assert_int_equal(place_it("B", "B", 0), 409);
	assert_int_equal(place_it("B", "A1", 0), 409);
	assert_int_equal(merge("A", "A"), 422);
	assert_int_equal(merge("A", "A1"), 409);
	assert_int_equal(act(DELETE, "A", "", NULL), 409);
	assert_true(answer_is_problem(&owner, "category-in-use"));
	assert_int_equal(visit(&owner, DELETE, CATEGORIES "/77", NULL), 404);
	assert_int_equal(add(" ", NULL), 422);
	assert_int_equal(visit(&reader, GET, CATEGORIES, NULL), 401);
	assert_int_equal(visit(&owner, GET, CATEGORIES, NULL), 200);
	assert_string_equal(order(), "A A1 A2 B C");
}

static size_t found_in(const char *category)
{
	assert_int_equal(visit(&reader, GET, print("/api/works?category=%s", category), NULL), 200);
	return json_array_size(answer_at(&reader, "items"));
}

static void test_a_category_holds_what_its_children_hold(void **state)
{
	(void)state;
	add_tree();
	work_of("Apple", "A");
	work_of("Berry", "A1");
	work_of("Cherry", "A2");
	work_of("Date", "B");
	assert_int_equal(found_in("a"), 3);
	assert_int_equal(found_in("a1"), 1);
	assert_int_equal(found_in("none"), 0);
	assert_true(stands("/", "category=a\">A<small>3</small>") && !stands("/", "category=a1") && !stands("/", "category=c\""));
	assert_true(stands("/courses", "category=a\"") && !stands("/courses", "category=a1"));
	assert_true(stands("/courses?category=a2", "category=a1\">A1<small>1</small>"));
	assert_true(place("/", "category=a\"") < place("/", "category=b\""));
	assert_int_equal(place_it("B", NULL, 0), 200);
	assert_true(place("/", "category=a\"") > place("/", "category=b\""));
}

/* Page after page over a category with children: each work once, newest first. */
static void test_pages_over_children(void **state)
{
	int64_t last = INT64_MAX;
	const char *path = "/api/works?category=a&limit=3";
	size_t seen = 0;

	(void)state;
	add_tree();
	for (int i = 0; i < 10; i++) {
		work_of(print("Work %d", i), i % 3 == 0 ? "A" : i % 3 == 1 ? "A1" : "A2");
		db_testing_run(house.db, print("update work set published_ms = %d where title = 'Work %d'", 100 + i / 2, i));
	}
	while (path) {
		const char *next;

		assert_int_equal(visit(&reader, GET, path, NULL), 200);
		for (size_t i = 0; i < json_array_size(answer_at(&reader, "items")); i++, seen++) {
			const json_t *item = json_array_get(answer_at(&reader, "items"), i);
			int64_t at = json_integer_value(json_object_get(item, "published_ms"));

			assert_true(at <= last);
			last = at;
		}
		next = json_string_value(answer_at(&reader, "next"));
		path = next ? print("/api/works?category=a&limit=3&after=%s", next) : NULL;
		assert_true(seen <= 10);
	}
	assert_int_equal(seen, 10);
}

static void test_a_name_changes_and_the_address_stays(void **state)
{
	(void)state;
	work_of("Apple", "Maths");
	assert_int_equal(act(PATCH, "Maths", "", "{\"name\":\"数学\",\"name_en\":\"Mathematics\"}"), 200);
	assert_true(stands("/", "category=maths\">数学") && stands("/en", "category=maths\">Mathematics"));
	assert_int_equal(found_in("maths"), 1);
	work_of("Berry", "Maths");       /* an import that knows it by its old name */
	work_of("Cherry", "数学");
	work_of("Date", "Mathematics");
	assert_int_equal(found_in("maths"), 4);
	assert_int_equal(db_testing_int(house.db, "select count(*) from category"), 1);
}

static void test_a_merged_category_leads_to_the_other(void **state)
{
	(void)state;
	add_tree();
	work_of("Apple", "A");
	work_of("Berry", "B");
	assert_int_equal(merge("A", "B"), 200);
	assert_string_equal(order(), "B A1 A2 C");
	assert_int_equal(found_in("b"), 2);
	assert_int_equal(found_in("a"), 2);
	work_of("Cherry", "A");
	assert_int_equal(found_in("b"), 3);
	assert_int_equal(merge("B", "C"), 200);
	assert_int_equal(found_in("a"), 3);
	assert_int_equal(add("A", NULL), 409); /* its address is taken */
	assert_int_equal(db_testing_int(house.db, "select count(*) from audit_entry where verb = 'category-merge'"), 2);
}

static void test_a_hidden_one_is_not_shown_and_its_works_are(void **state)
{
	(void)state;
	add_tree();
	work_of("Apple", "A");
	work_of("Berry", "A1");
	assert_int_equal(act(PATCH, "A", "", "{\"hidden\":true}"), 200);
	assert_false(stands("/", "category=a"));
	assert_false(stands("/courses", "category=a"));
	assert_true(stands("/", "Apple") && stands("/", "Berry"));
	assert_int_equal(found_in("a"), 2);
	assert_int_equal(act(PATCH, "A", "", "{\"hidden\":false}"), 200);
	assert_true(stands("/", "category=a"));
}

static void test_an_empty_one_is_removed(void **state)
{
	int64_t id = work_of("Apple", "A");

	(void)state;
	db_testing_run(house.db, "update work set state = 'draft'");
	assert_int_equal(act(DELETE, "A", "", NULL), 409); /* a draft counts too */
	db_testing_run(house.db, print("update work set category_id = null where id = %lld", (long long)id));
	assert_int_equal(act(DELETE, "A", "", NULL), 200);
	assert_string_equal(order(), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_home_page_shows_the_picks_in_the_owners_order),
		TEST(test_a_slot_that_says_no_title_has_ours),
		TEST(test_what_is_no_longer_on_offer_is_not_shown),
		TEST(test_picks_that_are_refused),
		TEST(test_other_rooms_get_what_may_be_shown),
		TEST(test_the_tree_is_in_the_owners_order),
		TEST(test_what_the_tree_refuses),
		TEST(test_a_category_holds_what_its_children_hold),
		TEST(test_pages_over_children),
		TEST(test_a_name_changes_and_the_address_stays),
		TEST(test_a_merged_category_leads_to_the_other),
		TEST(test_a_hidden_one_is_not_shown_and_its_works_are),
		TEST(test_an_empty_one_is_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
