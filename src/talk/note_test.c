/* note_test.c - notes are their writer's alone, the same note however often it is sent, and all of them can be found and taken away. */
#include "talk/testing.h"

static int keep(struct visitor *v, const char *key, int revision, const char *text)
{
	return call(v, PUT, print("{\"work\":%lld,\"lesson\":\"b/c\",\"asset\":77,\"at_s\":187,\"place\":0.5,\"text\":\"%s\",\"revision\":%d}", town.work, text, revision),
	            "/api/me/notes/%s", key);
}

static int notes(struct visitor *v, const char *query) { return call(v, GET, NULL, "/api/me/notes%s", query); }

static void test_a_note_is_its_writers_alone(void **state)
{
	(void)state;
	assert_int_equal(keep(&nobody, "k", 1, "x"), 401);
	assert_int_equal(keep(&stranger, "k", 1, "x"), 402);
	assert_int_equal(keep(&ann, "k", 1, "Remember"), 200);
	assert_int_equal(number_at(&ann, "at_s"), 187);
	assert_int_equal(keep(&bob, "k", 1, "Mine"), 200); /* a key is one's own */
	assert_int_equal(call(&bob, GET, NULL, "/api/works/%lld/notes?lesson=b/c", town.work), 200);
	assert_int_equal(json_array_size(answer_at(&bob, "items")), 1);
	assert_text(word_at(&bob, "items.0.text"), "Mine");
	assert_int_equal(notes(&author, ""), 200);
	assert_int_equal(json_array_size(answer_at(&author, "items")), 0);
	assert_int_equal(call(&author, DELETE, NULL, "/api/me/notes/k"), 404);
	assert_int_equal(call(&bob, DELETE, NULL, "/api/me/notes/k"), 204);
	assert_int_equal(notes(&ann, ""), 200);
	assert_text(word_at(&ann, "items.0.text"), "Remember");
}

static void test_it_is_the_same_note_however_often_it_comes(void **state)
{
	(void)state;
	assert_int_equal(keep(&ann, "k", 1, "One"), 200);
	assert_int_equal(keep(&ann, "k", 1, "One"), 200); /* the answer was lost */
	assert_int_equal(keep(&ann, "k", 3, "Three"), 200);
	assert_int_equal(keep(&ann, "k", 2, "Two"), 409); /* overtaken on the way */
	assert_int_equal(keep(&ann, "k", 3, "Another tab"), 409);
	assert_true(answer_is_problem(&ann, "note-moved-on"));
	assert_int_equal(notes(&ann, ""), 200);
	assert_int_equal(json_array_size(answer_at(&ann, "items")), 1);
	assert_text(word_at(&ann, "items.0.text"), "Three");
	assert_int_equal(keep(&ann, "k", 4, "  "), 422);
	assert_int_equal(keep(&ann, "k%20", 1, "x"), 404);
	assert_int_equal(keep(&ann, "0123456789012345678901234567890123456789012345678901234567890123456789", 1, "x"), 404);
}

static void test_notes_outlive_the_access(void **state)
{
	(void)state;
	assert_int_equal(keep(&ann, "k", 1, "One"), 200);
	by_hand("update entitlement set revoked_ms = 1");
	assert_int_equal(keep(&ann, "k", 2, "Two"), 200);
	assert_int_equal(keep(&ann, "new", 1, "x"), 402);
	assert_int_equal(notes(&ann, ""), 200);
	assert_text(word_at(&ann, "items.0.text"), "Two");
	by_hand("update work set state = 'withdrawn'");
	assert_int_equal(call(&ann, GET, NULL, "/api/me/notes.md"), 200);
}

static void test_they_are_found_and_taken_away(void **state)
{
	(void)state;
	keep(&ann, "one", 1, "Gradient descent\\nneeds a step");
	assert_int_equal(call(&ann, PUT, print("{\"work\":%lld,\"lesson\":\"a\",\"text\":\"梯度 <script>\",\"revision\":1}", town.work), "/api/me/notes/two"), 200);
	assert_int_equal(notes(&ann, "?q=GRADIENT"), 200);
	assert_int_equal(json_array_size(answer_at(&ann, "items")), 1);
	assert_text(word_at(&ann, "items.0.work_title"), "Course");
	assert_int_equal(notes(&ann, "?q=%E6%A2%AF%E5%BA%A6"), 200);
	assert_int_equal(json_array_size(answer_at(&ann, "items")), 1);
	assert_text(word_at(&ann, "items.0.lesson_title"), "a");
	assert_null(answer_at(&ann, "items.0.at_s"));
	assert_int_equal(notes(&ann, "?q=%25"), 200); /* no wildcard */
	assert_int_equal(json_array_size(answer_at(&ann, "items")), 0);
	assert_int_equal(call(&ann, GET, NULL, "/api/me/notes.md"), 200);
	assert_text(ann.answer.body, "# Course\n\n## a\n\n- 梯度 <script>\n\n## b/c\n\n- **3:07** Gradient descent\n  needs a step\n");
	assert_text(answer_header(&ann, "Content-Disposition"), "attachment; filename=\"notes.md\"");
	assert_int_equal(call(&bob, GET, NULL, "/api/me/notes.md"), 200);
	assert_text(bob.answer.body, "");
}

static void test_pages(void **state)
{
	(void)state;
	for (int i = 0; i < 53; i++)
		assert_int_equal(keep(&ann, print("k%d", i), 1, print("%d", i)), 200);
	assert_int_equal(notes(&ann, ""), 200);
	assert_int_equal(json_array_size(answer_at(&ann, "items")), 50);
	assert_int_equal(notes(&ann, print("?after=%s", json_string_value(answer_at(&ann, "next")))), 200);
	assert_int_equal(json_array_size(answer_at(&ann, "items")), 3);
	assert_text(word_at(&ann, "items.2.text"), "0");
	assert_null(answer_at(&ann, "next"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_note_is_its_writers_alone),
		TEST(test_it_is_the_same_note_however_often_it_comes),
		TEST(test_notes_outlive_the_access),
		TEST(test_they_are_found_and_taken_away),
		TEST(test_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
