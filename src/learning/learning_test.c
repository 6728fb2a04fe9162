/* learning_test.c - what opens a lesson, how a quiz is marked, and that progress follows the person over editions. */
#include "learning/learning_room.h"

#include "account/account.h"
#include "base/testing.h"
#include "order/part.h"
#include "serve/testing.h"

enum { OWNER = 41, STRANGER = 42 };

static struct house house;
static struct arena *arena;
static struct work_id work;
static struct creator_id creator;
static struct visitor owner, stranger, nobody;

static const struct module *const modules[] = { &account_module, &payment_module, &order_module, &learning_module, NULL };

#define ITEMS                                                                                                                     \
	"{\"items\":[{\"kind\":\"single\",\"question\":\"1\",\"options\":[\"a\",\"b\",\"c\"],\"answer\":[1],\"why\":\"because\"}," \
	"{\"kind\":\"multiple\",\"question\":\"2\",\"options\":[\"a\",\"b\",\"c\"],\"answer\":[0,2]},"                              \
	"{\"kind\":\"number\",\"question\":\"3\",\"answer\":1.5,\"tolerance\":0.1},"                                               \
	"{\"kind\":\"text\",\"question\":\"4\",\"answer\":[\"Tensor\",\"张量\"]}]}"

struct edition_draft {
	const char *const *keys;
	size_t count;
	bool new_edition;
};

static problem store(struct tx *tx, void *arg)
{
	const struct edition_draft *e = arg;
	struct lesson_draft lessons[8] = { 0 };
	struct section_draft section = { .title = TEXT("Part"), .lessons = lessons, .lesson_count = e->count };
	struct quiz_draft quiz = { TEXT("quiz/one"), TEXT("a"), TEXT("Quiz"), TEXT(ITEMS) };
	const struct work_draft draft = {
		.source = TEXT("x"), .creator = creator, .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = TEXT("Course"), .summary = TEXT("About"),
		.price = MONEY(100), .price_given = true, .sections = &section, .section_count = 1, .quizzes = &quiz, .quiz_count = 1,
		.new_edition = e->new_edition,
	};
	enum work_change change;

	for (size_t i = 0; i < e->count; i++)
		lessons[i] = (struct lesson_draft){ .key = text_of(e->keys[i]), .title = text_of(e->keys[i]), .plain = TEXT(""), .free = i == 0,
		                                    .doc = TEXT("{\"type\":\"doc\",\"content\":[]}") };
	return work_store(tx, &draft, (struct user_id){ 0 }, &change, &work);
}

static problem stock(struct tx *tx, void *arg)
{
	struct creator made;
	const struct opening order = { { OWNER }, "order", 7, tx_now_ms(tx), 0 };
	problem why = creator_add(tx, TEXT("Author"), TEXT(""), (struct user_id){ 0 }, &made);

	creator = made.id;
	if (!why)
		why = store(tx, arg);
	order__insert_entitlement(tx, &order, work, (struct edition_id){ 0 });
	return why ? why : tx_problem(tx);
}

static int setup(void **state)
{
	static const char *const keys[] = { "a", "b/c", "d", "e" };
	struct edition_draft first = { keys, 4, false };

	(void)state;
	arena = arena_new(64 << 20);
	house_open(&house, NULL, 0);
	house_start(&house, modules, &testing_sessions);
	assert_done(db_write(house.db, stock, &first));
	owner = visitor_of(&house, OWNER, 0);
	stranger = visitor_of(&house, STRANGER, 0);
	nobody = visitor_of(&house, 0, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	visitor_close(&owner);
	visitor_close(&stranger);
	visitor_close(&nobody);
	house_close(&house);
	arena_free(arena);
	return 0;
}

static const char *path_of(const char *format) { return arena_cstr(arena, arena_format(arena, "%s%lld", format, (long long)work.v)); }
static const char *join(const char *a, const char *b) { return arena_cstr(arena, arena_format(arena, "%s%s", a, b)); }
static int get_lesson(struct visitor *v, const char *key) { return visit(v, GET, join(path_of("/api/works/"), join("/lessons/", key)), NULL); }
static int get_state(struct visitor *v) { return visit(v, GET, path_of("/api/learn/"), NULL); }

static int save(struct visitor *v, const char *key, const char *rest)
{
	const char *body = arena_cstr(arena, arena_format(arena, "{\"key\":\"%s\",%s}", key, rest));

	world_move(house.world, 1000);
	return visit(v, PUT, join(path_of("/api/learn/"), "/progress"), body);
}

static int hand_in(struct visitor *v, const char *answers)
{
	return visit(v, POST, join(path_of("/api/learn/"), "/quizzes/quiz/one"), join(join("{\"answers\":[", answers), "]}"));
}

static int64_t number_at(const struct visitor *v, const char *path) { return json_integer_value(answer_at(v, path)); }
static struct text text_at(const struct visitor *v, const char *path) { return json_text(answer_at(v, path)); }

static void by_hand(const char *sql) { db_testing_run(house.db, sql); }

/* ---- who may read ---- */

static void test_a_lesson_opens_for_its_owner_alone(void **state)
{
	(void)state;
	assert_int_equal(get_lesson(&nobody, "a"), 200);
	assert_true(json_is_false(answer_at(&nobody, "owned")));
	assert_int_equal(get_lesson(&nobody, "b/c"), 402);
	assert_true(answer_is_problem(&nobody, "lesson-locked"));
	assert_int_equal(get_lesson(&stranger, "b/c"), 402);
	assert_int_equal(get_lesson(&owner, "b/c"), 200);
	assert_text(text_at(&owner, "key"), "b/c");
	assert_text(text_at(&owner, "previous.key"), "a");
	assert_text(text_at(&owner, "next.key"), "d");
	assert_text(text_at(&owner, "doc.type"), "doc");
	assert_int_equal(get_lesson(&owner, "nothing"), 404);
	assert_int_equal(get_state(&stranger), 402);
	assert_int_equal(get_state(&nobody), 401);
	assert_int_equal(save(&stranger, "b/c", "\"position\":0.5"), 402);
	assert_int_equal(hand_in(&stranger, ""), 402);
	by_hand("update entitlement set revoked_ms = 1");
	assert_int_equal(get_lesson(&owner, "b/c"), 402);
	assert_int_equal(get_state(&owner), 402);
}

static void test_owners_keep_what_is_withdrawn(void **state)
{
	(void)state;
	by_hand("update work set state = 'withdrawn'");
	assert_int_equal(get_lesson(&nobody, "a"), 410);
	assert_int_equal(get_lesson(&stranger, "b/c"), 410);
	assert_int_equal(get_lesson(&owner, "b/c"), 200);
	assert_int_equal(get_state(&owner), 200);
	by_hand("update work set state = 'draft'");
	assert_int_equal(get_lesson(&nobody, "a"), 404);
}

static void test_no_answers_before_they_are_given(void **state)
{
	(void)state;
	assert_int_equal(get_lesson(&owner, "a"), 200);
	assert_int_equal(json_array_size(answer_at(&owner, "quizzes.0.items")), 4);
	assert_int_equal(json_array_size(answer_at(&owner, "quizzes.0.items.1.options")), 3);
	assert_true(text_find(owner.answer.body, TEXT("\"answer")) == SIZE_MAX);
	assert_true(text_find(owner.answer.body, TEXT("because")) == SIZE_MAX);
	assert_true(text_find(owner.answer.body, TEXT("Tensor")) == SIZE_MAX);
	assert_true(text_find(owner.answer.body, TEXT("tolerance")) == SIZE_MAX);
}

/* ---- quizzes ---- */

static void test_a_quiz_is_marked(void **state)
{
	(void)state;
	assert_int_equal(hand_in(&owner, "{\"choice\":[1]},{\"choice\":[2,0]},{\"number\":1.6},{\"text\":\" tensor \"}"), 200);
	assert_int_equal(number_at(&owner, "score"), 4);
	assert_int_equal(number_at(&owner, "total"), 4);
	assert_text(text_at(&owner, "items.0.why"), "because");
	assert_int_equal(number_at(&owner, "items.1.answer.1"), 2);
	assert_text(text_at(&owner, "items.3.answer.1"), "张量");
	assert_int_equal(hand_in(&owner, "{\"choice\":[0]},{\"choice\":[0]},{\"number\":1.61},{\"text\":\"vector\"}"), 200);
	assert_int_equal(number_at(&owner, "score"), 0);
	assert_int_equal(hand_in(&owner, "{},{},{},{}"), 200);
	assert_int_equal(number_at(&owner, "score"), 0);
	assert_int_equal(hand_in(&owner, ""), 200);
	assert_int_equal(number_at(&owner, "score"), 0);
	assert_int_equal(number_at(&owner, "total"), 4);
	assert_int_equal(visit(&owner, POST, join(path_of("/api/learn/"), "/quizzes/none"), "{\"answers\":[]}"), 404);
}

static void test_answers_that_are_nearly_right(void **state)
{
	static const char *const wrong[] = {
		"{\"choice\":[1,1]}", "{\"choice\":[0,1]}", "{\"choice\":[-1]}", "{\"choice\":[9223372036854775807]}", "{\"number\":1}", "{\"text\":\"1\"}",
		"{},{\"choice\":[0,1,2]}", "{},{\"choice\":[2]}", "{},{\"choice\":[]}", "{},{},{\"number\":1.39}", "{},{},{\"number\":null}",
		"{},{},{\"text\":\"1.5\"}", "{},{},{},{\"text\":\"\"}", "{},{},{},{\"text\":\"tens or\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		int status = hand_in(&owner, wrong[i]);

		if (status == 200)
			assert_int_equal(number_at(&owner, "score"), 0);
		else
			assert_int_equal(status, 422);
	}
	assert_int_equal(hand_in(&owner, "{},{\"choice\":[0,2,0]},{\"number\":1.4},{\"text\":\"张量\"}"), 200);
	assert_int_equal(number_at(&owner, "score"), 3);
}

/* ---- progress ---- */

static void test_progress_is_kept(void **state)
{
	(void)state;
	assert_int_equal(get_state(&owner), 200);
	assert_int_equal(number_at(&owner, "percent"), 0);
	assert_text(text_at(&owner, "resume.key"), "a");
	assert_int_equal(save(&owner, "a", "\"position\":1,\"done\":true"), 200);
	assert_int_equal(number_at(&owner, "percent"), 25);
	assert_int_equal(save(&owner, "b/c", "\"position\":0.25"), 200);
	assert_int_equal(save(&owner, "a", "\"position\":0.1,\"done\":false"), 200); /* an old tab */
	assert_int_equal(number_at(&owner, "done"), 1);
	assert_int_equal(save(&owner, "b/c", "\"position\":0.5"), 200);
	assert_int_equal(get_state(&owner), 200);
	assert_text(text_at(&owner, "resume.key"), "b/c");
	assert_true(json_real_value(answer_at(&owner, "resume.position")) == 0.5);
	assert_true(json_is_true(answer_at(&owner, "sections.0.lessons.0.done")));
	assert_int_equal(save(&owner, "nothing", "\"position\":0.5"), 404);
	assert_int_equal(save(&owner, "a", "\"position\":1.01"), 422);
	assert_int_equal(save(&owner, "a", "\"position\":-0.01"), 422);
	assert_int_equal(visit(&owner, GET, "/api/me/works", NULL), 200);
	assert_int_equal(number_at(&owner, "items.0.percent"), 25);
	assert_text(text_at(&owner, "items.0.resume.key"), "b/c");
	assert_int_equal(visit(&stranger, GET, "/api/me/works", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&stranger, "items")), 0);
}

static void test_progress_follows_into_a_new_edition(void **state)
{
	static const char *const keys[] = { "new", "b/c", "a" };
	struct edition_draft next = { keys, 3, true };

	(void)state;
	assert_int_equal(save(&owner, "a", "\"position\":1,\"done\":true"), 200);
	assert_int_equal(save(&owner, "b/c", "\"position\":0.5"), 200);
	assert_int_equal(save(&owner, "d", "\"position\":0.75,\"done\":true"), 200); /* the next edition lacks it */
	assert_done(db_write(house.db, store, &next));
	assert_int_equal(get_state(&owner), 200);
	assert_int_equal(number_at(&owner, "edition"), 2);
	assert_int_equal(number_at(&owner, "total"), 3);
	assert_int_equal(number_at(&owner, "done"), 1);
	assert_int_equal(number_at(&owner, "percent"), 33);
	assert_true(json_is_true(answer_at(&owner, "sections.0.lessons.2.done")));
	assert_text(text_at(&owner, "resume.key"), "b/c");
	assert_true(json_real_value(answer_at(&owner, "resume.position")) == 0.5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* ---- recordings ---- */

/* The text of a statement is its name, so it must stay. */
static void film(int64_t id)
{
	static const char rest[] = "insert into asset (id, user_id, name, ext, kind, state, size, expires_ms, progress, duration_ms, width, height, pages,"
	                           " poster, peaks, tries, lease_ms, created_ms, changed_ms) values (%lld, 1, 'a.mp4', 'mp4', 'video', 'ready', 1, 0, 0, 0, 0,"
	                           " 0, 0, 0, 0, 0, 0, 0, 0)";

	db_testing_run(house.db, arena_cstr(arena, arena_format(arena, rest, (long long)id)));
	db_testing_run(house.db, arena_cstr(arena, arena_format(arena, "insert into asset_use (asset_id, work_id) values (%lld, %lld)", (long long)id,
	                                                        (long long)work.v)));
}

static const char *film_path(int64_t id)
{
	return arena_cstr(arena, arena_format(arena, "/api/learn/%lld/media/%lld", (long long)work.v, (long long)id));
}

/* The last device that was there says where it goes on. */
static void test_a_recording_goes_on_where_it_stopped(void **state)
{
	(void)state;
	film(900);
	assert_int_equal(visit(&owner, GET, film_path(900), NULL), 200);
	assert_int_equal(json_integer_value(answer_at(&owner, "position_ms")), 0);
	assert_int_equal(visit(&owner, PUT, film_path(900), "{\"position_ms\":61500,\"device\":\"phone\"}"), 200);
	assert_int_equal(visit(&owner, PUT, film_path(900), "{\"position_ms\":90000,\"device\":\"desk\"}"), 200);
	assert_int_equal(visit(&owner, GET, film_path(900), NULL), 200);
	assert_int_equal(json_integer_value(answer_at(&owner, "position_ms")), 90000);
	assert_text(json_text(answer_at(&owner, "device")), "desk");
	assert_int_equal(visit(&owner, PUT, film_path(900), "{\"position_ms\":-1,\"device\":\"desk\"}"), 422);
	assert_int_equal(visit(&owner, PUT, film_path(901), "{\"position_ms\":1,\"device\":\"desk\"}"), 404);
	assert_int_equal(visit(&stranger, PUT, film_path(900), "{\"position_ms\":1,\"device\":\"desk\"}"), 402);
	assert_int_equal(visit(&stranger, GET, film_path(900), NULL), 402);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_recording_goes_on_where_it_stopped),
		TEST(test_a_lesson_opens_for_its_owner_alone),
		TEST(test_owners_keep_what_is_withdrawn),
		TEST(test_no_answers_before_they_are_given),
		TEST(test_a_quiz_is_marked),
		TEST(test_answers_that_are_nearly_right),
		TEST(test_progress_is_kept),
		TEST(test_progress_follows_into_a_new_edition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
