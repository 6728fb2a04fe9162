/* bundle_test.c - several works sold together: whose they may be, in what order, when it may be published, what its page says of the
 * saving, and what a bundle has not: lessons, editions, an access of its own. */
#include "catalog/bundle_room.h"

#include "base/testing.h"
#include "serve/testing.h"

enum { AUTHOR = 52, OTHER = 53, BOSS = 54 };

static struct house house;
static struct visitor author, other, boss, nobody;
static struct creator_id creators[2];
static long long works[4], pack; /* the last one is another's */

static const struct module *const modules[] = { &media_module, &catalog_module, &studio_module, &bundle_module, NULL };

static problem add_work(struct tx *tx, const char *title, struct creator_id creator, int64_t fen, long long *ret)
{
	struct lesson_draft lesson = { .key = TEXT("one"), .title = TEXT("One"), .doc = TEXT("{\"type\":\"doc\"}"), .plain = TEXT("") };
	struct section_draft section = { .title = TEXT("Part"), .lessons = &lesson, .lesson_count = 1 };
	const struct work_draft draft = {
		.source = text_of(title), .creator = creator, .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = text_of(title), .summary = TEXT("About"),
		.price = MONEY(fen), .price_given = true, .sections = &section, .section_count = 1,
	};
	enum work_change change;
	struct work_id id = { 0 };
	problem why = work_store(tx, &draft, (struct user_id){ 0 }, &change, &id);

	*ret = id.v;
	return why;
}

static problem stock(struct tx *tx, void *arg)
{
	static const char *const titles[] = { "Alpha", "Beta", "Gamma" };
	struct creator made;
	problem why = creator_add(tx, TEXT("Author"), TEXT(""), (struct user_id){ AUTHOR }, &made);

	(void)arg;
	creators[0] = made.id;
	if (!why)
		why = creator_add(tx, TEXT("Other"), TEXT(""), (struct user_id){ OTHER }, &made);
	creators[1] = made.id;
	for (int i = 0; !why && i < 3; i++)
		why = add_work(tx, titles[i], creators[0], 1000 * (i + 1), &works[i]);
	return why ? why : add_work(tx, "Delta", creators[1], 1000, &works[3]);
}

static int call(struct visitor *v, enum method method, const char *body, const char *format, ...) __attribute__((format(printf, 4, 5)));
static int call(struct visitor *v, enum method method, const char *body, const char *format, ...)
{
	char path[256];
	va_list list;

	va_start(list, format);
	vsnprintf(path, sizeof path, format, list);
	va_end(list);
	return visit(v, method, path, body);
}

static long long number_at(struct visitor *v, const char *path) { return (long long)json_integer_value(answer_at(v, path)); }
static struct text word_at(struct visitor *v, const char *path) { return json_text(answer_at(v, path)); }

static int put(struct visitor *v, const long long *ids, int n)
{
	char body[2048] = "{\"works\":[";

	for (int i = 0; i < n; i++)
		snprintf(body + strlen(body), sizeof body - strlen(body), "%s%lld", i ? "," : "", ids[i]);
	strcat(body, "]}");
	return call(v, PUT, body, "/api/studio/works/%lld/bundle", pack);
}

static int setup(void **state)
{
	(void)state;
	house_open(&house, NULL, 0);
	house_start(&house, modules, &testing_sessions);
	author = visitor_of(&house, AUTHOR, CREATOR);
	other = visitor_of(&house, OTHER, CREATOR);
	boss = visitor_of(&house, BOSS, ADMIN | CREATOR);
	nobody = visitor_of(&house, 0, 0);
	assert_done(db_write(house.db, stock, NULL));
	assert_int_equal(call(&author, POST, "{\"kind\":\"bundle\",\"title\":\"Box\",\"language\":\"zh-CN\"}", "/api/studio/works"), 201);
	pack = number_at(&author, "id");
	assert_int_equal(call(&author, PATCH, "{\"price\":2500,\"summary\":\"Three letters\"}", "/api/studio/works/%lld", pack), 200);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	visitor_close(&author);
	visitor_close(&other);
	visitor_close(&boss);
	visitor_close(&nobody);
	house_close(&house);
	return 0;
}

static void fill_and_publish(void)
{
	assert_int_equal(put(&author, (long long[]){ works[2], works[0] }, 2), 200);
	assert_int_equal(call(&boss, POST, "{}", "/api/studio/works/%lld/publish", pack), 200);
}

static void test_nothing_said_of_it_has_no_heading(void **state)
{
	(void)state;
	fill_and_publish();
	assert_int_equal(call(&nobody, GET, NULL, "%s", "/bundle/box"), 200);
	assert_true(text_find(nobody.answer.body, TEXT("<h2>内容介绍</h2>")) != SIZE_MAX);
	assert_int_equal(call(&author, PATCH, "{\"summary\":\"\"}", "/api/studio/works/%lld", pack), 200);
	assert_int_equal(call(&nobody, GET, NULL, "%s", "/bundle/box"), 200);
	assert_int_equal(text_find(nobody.answer.body, TEXT("<h2>内容介绍</h2>")), SIZE_MAX);
	assert_true(text_find(nobody.answer.body, TEXT("<h2>包含的作品</h2>")) != SIZE_MAX);
}

static void test_works_are_put_in_an_order_and_taken_out(void **state)
{
	(void)state;
	assert_int_equal(call(&author, GET, NULL, "/api/studio/works/%lld/bundle", pack), 200);
	assert_int_equal(json_array_size(answer_at(&author, "items")), 0);
	assert_int_equal(json_array_size(answer_at(&author, "choices")), 3);
	assert_int_equal(put(&author, (long long[]){ works[2], works[0], works[1] }, 3), 200);
	assert_int_equal(number_at(&author, "items.0.id"), works[2]);
	assert_int_equal(number_at(&author, "items.2.id"), works[1]);
	assert_int_equal(number_at(&author, "single"), 6000);
	assert_int_equal(number_at(&author, "saved"), 3500);
	assert_int_equal(json_array_size(answer_at(&author, "choices")), 0);
	assert_int_equal(put(&author, (long long[]){ works[1], works[2] }, 2), 200);
	assert_int_equal(number_at(&author, "items.0.id"), works[1]);
	assert_int_equal(number_at(&author, "choices.0.id"), works[0]);
	assert_int_equal(db_testing_int(house.db, "select count(*) from audit_entry where verb = 'bundle-changed'"), 2);
}

static void test_only_published_works_of_ones_own(void **state)
{
	const long long before = pack;

	(void)state;
	assert_int_equal(put(&author, (long long[]){ works[0], works[3] }, 2), 409);
	assert_true(answer_is_problem(&author, "bundle-not-yours"));
	assert_int_equal(put(&author, (long long[]){ works[0], 12345 }, 2), 409);
	assert_int_equal(put(&author, (long long[]){ works[0], works[0] }, 2), 422);
	assert_int_equal(put(&other, (long long[]){ works[3] }, 1), 404);
	assert_int_equal(call(&author, POST, "{\"kind\":\"bundle\",\"title\":\"Outer\",\"language\":\"zh-CN\"}", "/api/studio/works"), 201);
	pack = number_at(&author, "id");
	assert_int_equal(put(&author, (long long[]){ works[0], before }, 2), 409);
	assert_int_equal(call(&author, POST, "{\"kind\":\"course\",\"title\":\"Draft\",\"language\":\"zh-CN\"}", "/api/studio/works"), 201);
	assert_int_equal(put(&author, (long long[]){ works[0], number_at(&author, "id") }, 2), 409);
	pack = works[0];
	assert_int_equal(put(&author, (long long[]){ works[1] }, 1), 409);
	assert_true(answer_is_problem(&author, "bundle-only"));
	assert_int_equal(db_testing_int(house.db, "select count(*) from bundle_item"), 0);
}

static void test_it_is_published_with_two_works_or_not_at_all(void **state)
{
	(void)state;
	assert_int_equal(put(&author, (long long[]){ works[0] }, 1), 200);
	assert_int_equal(call(&boss, POST, "{}", "/api/studio/works/%lld/publish", pack), 422);
	assert_text(word_at(&boss, "errors.0.path"), "works");
	fill_and_publish();
	assert_text(word_at(&boss, "state"), "published");
	assert_int_equal(put(&author, (long long[]){ works[0] }, 1), 409);
	assert_true(answer_is_problem(&author, "bundle-too-small"));
	assert_int_equal(db_testing_int(house.db, "select count(*) from bundle_item"), 2); /* nothing half done */
	assert_int_equal(put(&author, (long long[]){ works[0], works[1] }, 2), 200);
}

static void test_it_has_no_lessons_editions_or_access_of_its_own(void **state)
{
	(void)state;
	assert_int_equal(call(&author, POST, "{\"title\":\"Part\"}", "/api/studio/works/%lld/sections", pack), 409);
	assert_true(answer_is_problem(&author, "bundle-no-lessons"));
	assert_int_equal(call(&author, PATCH, "{\"terms\":{\"access\":\"days\",\"access_days\":3,\"refund_days\":7,\"refund_percent\":30}}", "/api/studio/works/%lld", pack), 409);
	assert_true(answer_is_problem(&author, "bundle-no-access"));
	fill_and_publish();
	assert_int_equal(call(&boss, POST, "{\"edition\":true}", "/api/studio/works/%lld/publish", pack), 409);
	assert_true(answer_is_problem(&boss, "bundle-no-editions"));
}

static bool page_has(const char *what) { return text_find(nobody.answer.body, text_of(what)) != SIZE_MAX; }

static void test_its_page_says_what_is_in_it_and_what_is_saved(void **state)
{
	(void)state;
	fill_and_publish();
	assert_int_equal(call(&nobody, GET, NULL, "/api/works/%lld", pack), 200);
	assert_text(word_at(&nobody, "kind"), "bundle");
	assert_int_equal(json_array_size(answer_at(&nobody, "works")), 2);
	assert_int_equal(number_at(&nobody, "lesson_count"), 2);
	assert_int_equal(number_at(&nobody, "single"), 4000);
	assert_int_equal(number_at(&nobody, "saved"), 1500);
	assert_int_equal(call(&nobody, GET, NULL, "/api/works?kind=bundle"), 200);
	assert_int_equal(json_array_size(answer_at(&nobody, "items")), 1);
	assert_int_equal(call(&nobody, GET, NULL, "%s", "/bundle/box"), 200);
	assert_true(page_has("Alpha") && page_has("Gamma") && !page_has("Beta"));
	assert_true(page_has("¥40") && page_has("¥25") && page_has("¥15"));
	assert_int_equal(call(&nobody, GET, NULL, "/course/alpha"), 200);
	assert_true(page_has("/bundle/box"));
	assert_int_equal(call(&nobody, GET, NULL, "/course/beta"), 200);
	assert_false(page_has("/bundle/box"));
}

static void test_nothing_is_said_to_be_saved_that_is_not(void **state)
{
	(void)state;
	assert_int_equal(call(&author, PATCH, "{\"price\":4000}", "/api/studio/works/%lld", pack), 200);
	fill_and_publish();
	assert_int_equal(call(&nobody, GET, NULL, "/api/works/%lld", pack), 200);
	assert_int_equal(number_at(&nobody, "saved"), 0);
	assert_false(json_is_true(answer_at(&nobody, "saves")));
	db_testing_run(house.db, "update work set state = 'archived' where title = 'Alpha'");
	assert_int_equal(call(&nobody, GET, NULL, "/api/works/%lld", pack), 200);
	assert_int_equal(json_array_size(answer_at(&nobody, "works")), 1);
	assert_int_equal(number_at(&nobody, "single"), 3000);
	assert_int_equal(put(&author, (long long[]){ works[2], works[0], works[1] }, 3), 200); /* what has gone may stay in it */
	assert_false(json_is_true(answer_at(&author, "items.1.on_offer")));
}

static void test_a_bundle_says_how_many_works_it_sells(void **state)
{
	int64_t news;

	(void)state;
	assert_int_equal(put(&author, (long long[]){ works[2], works[0], works[1] }, 3), 200);
	assert_int_equal(call(&boss, POST, "{}", "/api/studio/works/%lld/publish", pack), 200);
	assert_int_equal(call(&nobody, GET, NULL, "/api/works?kind=bundle"), 200);
	assert_int_equal(number_at(&nobody, "items.0.lesson_count"), 3);
	news = db_testing_int(house.db, "select count(*) from news where topic = 'work'");
	assert_int_equal(call(&author, POST, "{\"to\":\"archived\"}", "/api/works/%lld/state", works[0]), 204);
	assert_int_equal(db_testing_int(house.db, "select count(*) from news where topic = 'work'"), news + 2);
	assert_int_equal(call(&nobody, GET, NULL, "/api/works?kind=bundle"), 200);
	assert_int_equal(number_at(&nobody, "items.0.lesson_count"), 2);
	assert_int_equal(call(&nobody, GET, NULL, "%s", "/bundle/box"), 200);
	assert_true(page_has("/checkout/"));
	assert_int_equal(call(&nobody, GET, NULL, "/course/beta"), 200);
	assert_true(page_has("/bundle/box"));
	assert_int_equal(call(&author, POST, "{\"to\":\"archived\"}", "/api/works/%lld/state", works[2]), 204);
	assert_int_equal(call(&nobody, GET, NULL, "%s", "/bundle/box"), 200);
	assert_true(page_has("Beta"));
	assert_false(page_has("/checkout/")); /* one alone is not sold */
	assert_int_equal(call(&nobody, GET, NULL, "/course/beta"), 200);
	assert_false(page_has("/bundle/box"));
}

static void test_a_work_that_was_handed_over_is_not_sold_with_it(void **state)
{
	(void)state;
	fill_and_publish();
	db_testing_run(house.db, "update work set creator_id = (select id from creator where name = 'Other') where title = 'Alpha'");
	assert_int_equal(call(&nobody, GET, NULL, "/api/works/%lld", pack), 200);
	assert_int_equal(json_array_size(answer_at(&nobody, "works")), 1);
	assert_int_equal(number_at(&nobody, "single"), 3000);
	assert_int_equal(put(&author, (long long[]){ works[2], works[0] }, 2), 409);
	assert_true(answer_is_problem(&author, "bundle-too-small"));
	assert_int_equal(put(&author, (long long[]){ works[2], works[0], works[1] }, 3), 200); /* it may stay in the list */
	assert_false(json_is_true(answer_at(&author, "items.1.on_offer")));
	assert_true(json_is_true(answer_at(&author, "items.2.on_offer")));
}

struct found {
	struct catalog_search_doc doc;
	struct arena *arena;
};

static problem find(struct tx *tx, void *arg)
{
	struct found *f = arg;

	tx_use_arena(tx, f->arena);
	return catalog_search_doc(tx, (struct work_id){ pack }, &f->doc);
}

static void test_search_knows_it_by_its_works(void **state)
{
	struct found f = { .arena = arena_new(1 << 20) };

	(void)state;
	fill_and_publish();
	assert_done(db_read(house.db, find, &f));
	assert_int_equal(f.doc.kind, WORK_BUNDLE);
	assert_text(f.doc.lesson_titles, "Gamma\nAlpha\n");
	assert_text(f.doc.url, "/bundle/box");
	arena_free(f.arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_said_of_it_has_no_heading), TEST(test_works_are_put_in_an_order_and_taken_out), TEST(test_only_published_works_of_ones_own),
		TEST(test_it_is_published_with_two_works_or_not_at_all), TEST(test_it_has_no_lessons_editions_or_access_of_its_own),
		TEST(test_its_page_says_what_is_in_it_and_what_is_saved), TEST(test_nothing_is_said_to_be_saved_that_is_not),
		TEST(test_search_knows_it_by_its_works), TEST(test_a_bundle_says_how_many_works_it_sells), TEST(test_a_work_that_was_handed_over_is_not_sold_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
