/* shelf_test.c - works that the owner picks by hand: their order, what is no longer on offer, and what is refused. */
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
static const struct module *const modules[] = { &site_module, &media_module, &catalog_module, &picks_module, NULL };

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_home_page_shows_the_picks_in_the_owners_order),
		TEST(test_a_slot_that_says_no_title_has_ours),
		TEST(test_what_is_no_longer_on_offer_is_not_shown),
		TEST(test_picks_that_are_refused),
		TEST(test_other_rooms_get_what_may_be_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
