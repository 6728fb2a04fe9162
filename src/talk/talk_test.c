/* talk_test.c - who may ask and answer where, what is shown to whom, how posts are put right and taken away, and what the creator's
 * inbox counts. */
#include "talk/testing.h"

static void test_who_may_ask(void **state)
{
	(void)state;
	assert_int_equal(ask(&nobody, "b/c", "Why?"), 401);
	assert_int_equal(ask(&stranger, "b/c", "Why?"), 402);
	assert_int_equal(ask(&stranger, "a", "Why?"), 201); /* a free lesson */
	assert_int_equal(call(&stranger, POST, "{\"text\":\"Why?\"}", "/api/works/%lld/questions", town.work), 402); /* the work as a whole */
	assert_int_equal(ask(&ann, "b/c", "Why?"), 201);
	assert_int_equal(ask(&ann, "none", "Why?"), 404);
	assert_int_equal(ask(&author, "b/c", "Anything unclear?"), 201);
	assert_text(word_at(&author, "author.mark"), "creator");
	assert_int_equal(ask(&staff, "b/c", "Read the rules."), 201);
	assert_text(word_at(&staff, "author.mark"), "staff");
	assert_int_equal(questions(&stranger, "b/c", ""), 402);
	assert_int_equal(questions(&nobody, "a", ""), 401);
	assert_int_equal(questions(&bob, "b/c", ""), 200);
	assert_int_equal(number_at(&bob, "count"), 3);
	assert_text(word_at(&bob, "items.2.author.name"), "Ann");
	by_hand("update entitlement set revoked_ms = 1");
	assert_int_equal(questions(&bob, "b/c", ""), 402);
	assert_int_equal(ask(&ann, "b/c", "Why?"), 402);
	by_hand("update work set state = 'suspended'");
	assert_int_equal(ask(&stranger, "a", "Why?"), 410);
}

static void test_a_text_is_cleaned_and_limited(void **state)
{
	char longest[3 * 2000 + 16];

	(void)state;
	assert_int_equal(ask(&ann, "b/c", " \\n\\t \\u200b "), 422);
	assert_text(word_at(&ann, "errors.0.why"), "too-short");
	assert_int_equal(ask(&ann, "b/c", "  one\\r\\n\\n\\n\\n\\ntwo\\u0007\\u202e!  "), 201);
	assert_text(word_at(&ann, "text"), "one\n\ntwo!");
	assert_int_equal(ask(&ann, "b/c", "<script>alert(1)</script>"), 201);
	assert_text(word_at(&ann, "text"), "<script>alert(1)</script>"); /* text is text; pages escape it */
	for (size_t i = 0; i < 2000; i++)
		memcpy(longest + 3 * i, "问", 3);
	longest[6000] = 0;
	assert_int_equal(ask(&ann, "b/c", longest), 201);
	memcpy(longest + 6000, "问", 4);
	assert_int_equal(ask(&ann, "b/c", longest), 422);
}

static void test_the_second_stays(void **state)
{
	static const char *const keys[] = { "b/c", "new" };
	struct edition_draft next = { keys, 2, true };

	(void)state;
	for (int at = 0; at < 5; at++)
		assert_int_equal(call(&ann, POST, print("{\"text\":\"%d\",\"lesson\":\"b/c\",\"asset\":77,\"at_s\":%d}", at, at * 60), "/api/works/%lld/questions", town.work), 201);
	world_move(house.world, 3600000);
	assert_int_equal(ask(&ann, "b/c", "no second"), 201);
	assert_int_equal(questions(&bob, "b/c", "&sort=second&at=130"), 200);
	assert_int_equal(json_array_size(answer_at(&bob, "items")), 5);
	assert_text(word_at(&bob, "items.0.text"), "2");
	assert_text(word_at(&bob, "items.1.text"), "3");
	assert_int_equal(number_at(&bob, "items.0.at_s"), 120);
	assert_int_equal(number_at(&bob, "items.0.asset"), 77);
	assert_done(db_write(house.db, store_edition, &next)); /* another recording, another edition: the lesson's key is the same */
	assert_int_equal(questions(&bob, "b/c", ""), 200);
	assert_int_equal(number_at(&bob, "count"), 6);
	assert_text(word_at(&bob, "items.0.text"), "no second");
	assert_null(answer_at(&bob, "items.0.at_s"));
	assert_int_equal(call(&ann, POST, "{\"text\":\"x\",\"lesson\":\"b/c\",\"at_s\":-1}", "/api/works/%lld/questions", town.work), 422);
}

static void test_answers_are_marked_and_the_asker_says_what_solved_it(void **state)
{
	int64_t question, from_bob, from_author;

	(void)state;
	ask(&ann, "b/c", "Why?");
	question = number_at(&ann, "id");
	assert_int_equal(answer_to(&stranger, question, "I do not know"), 402);
	assert_int_equal(answer_to(&nobody, question, "x"), 401);
	assert_int_equal(answer_to(&bob, question, "Perhaps so"), 201);
	from_bob = number_at(&bob, "answers.0.id");
	assert_int_equal(answer_to(&author, question, "So."), 201);
	from_author = number_at(&author, "answers.0.id"); /* the creator's stands first */
	assert_text(word_at(&author, "answers.0.author.mark"), "creator");
	assert_int_equal(number_at(&author, "answers.1.id"), from_bob);
	assert_int_equal(call(&bob, PUT, print("{\"answer\":%lld}", (long long)from_bob), "/api/questions/%lld/solved", (long long)question), 404);
	assert_int_equal(call(&ann, PUT, print("{\"answer\":%lld}", (long long)question), "/api/questions/%lld/solved", (long long)question), 404);
	assert_int_equal(call(&ann, PUT, print("{\"answer\":%lld}", (long long)from_author), "/api/questions/%lld/solved", (long long)question), 200);
	assert_int_equal(number_at(&ann, "solved_by"), from_author);
	assert_int_equal(call(&author, DELETE, NULL, "/api/posts/%lld", (long long)from_author), 204);
	assert_int_equal(questions(&ann, "b/c", ""), 200);
	assert_int_equal(number_at(&ann, "items.0.solved_by"), 0); /* what solved it is gone */
	assert_int_equal(json_array_size(answer_at(&ann, "items.0.answers")), 1);
	assert_int_equal(call(&ann, PUT, print("{\"answer\":%lld}", (long long)from_author), "/api/questions/%lld/solved", (long long)question), 404);
	assert_int_equal(call(&ann, DELETE, NULL, "/api/questions/%lld/solved", (long long)question), 200);
	assert_int_equal(told("asked", AUTHOR), 1);
	assert_int_equal(told("answered", ANN), 2);
	assert_int_equal(db_testing_int(house.db, print("select count(*) from notification where kind = 'asked' and subject = %lld and params like '%%\"title\":\"Course\"%%'"
	                                                " and url = '/studio/inbox?question=%lld'", (long long)question, (long long)question)), 1);
}

static void test_putting_right_and_taking_away(void **state)
{
	int64_t question, answer;

	(void)state;
	ask(&ann, "b/c", "Wy?");
	question = number_at(&ann, "id");
	world_move(house.world, 14 * 60000);
	assert_int_equal(call(&bob, PATCH, "{\"text\":\"Mine\"}", "/api/posts/%lld", (long long)question), 404);
	assert_int_equal(call(&ann, PATCH, "{\"text\":\"Why?\"}", "/api/posts/%lld", (long long)question), 200);
	assert_text(word_at(&ann, "text"), "Why?");
	assert_true(number_at(&ann, "edited_ms") > 0);
	assert_true(number_at(&ann, "editable_until_ms") > 0);
	world_move(house.world, 60000);
	assert_int_equal(call(&ann, PATCH, "{\"text\":\"Late\"}", "/api/posts/%lld", (long long)question), 409);
	assert_int_equal(answer_to(&bob, question, "So."), 201);
	answer = number_at(&bob, "answers.0.id");
	assert_int_equal(call(&bob, DELETE, NULL, "/api/posts/%lld", (long long)question), 404);
	assert_int_equal(call(&staff, DELETE, NULL, "/api/posts/%lld", (long long)question), 404);
	assert_int_equal(call(&ann, DELETE, NULL, "/api/posts/%lld", (long long)question), 204);
	assert_int_equal(call(&ann, DELETE, NULL, "/api/posts/%lld", (long long)question), 404);
	assert_int_equal(questions(&bob, "b/c", ""), 200);
	assert_text(word_at(&bob, "items.0.state"), "deleted"); /* its answer stays, so its place does */
	assert_text(word_at(&bob, "items.0.text"), "");
	assert_text(word_at(&bob, "items.0.author.name"), "");
	assert_int_equal(number_at(&bob, "count"), 0);
	assert_int_equal(answer_to(&bob, question, "More"), 409);
	assert_int_equal(db_testing_int(house.db, "select count(*) from post where body like '%Why%'"), 0);
	assert_int_equal(db_testing_int(house.db, "select count(*) from audit_entry where verb = 'post-deleted'"), 1);
	assert_int_equal(call(&bob, DELETE, NULL, "/api/posts/%lld", (long long)answer), 204);
	questions(&bob, "b/c", "");
	assert_int_equal(json_array_size(answer_at(&bob, "items")), 0);
}

static void test_who_lost_access_reads_no_answers(void **state)
{
	int64_t question;

	(void)state;
	ask(&ann, "b/c", "Why?");
	question = number_at(&ann, "id");
	assert_int_equal(answer_to(&bob, question, "Secret"), 201);
	by_hand("update entitlement set revoked_ms = 1 where user_id = 41");
	assert_int_equal(call(&ann, DELETE, NULL, "/api/questions/%lld/solved", (long long)question), 402);
	assert_int_equal(call(&ann, PUT, "{\"answer\":1}", "/api/questions/%lld/solved", (long long)question), 402);
	assert_int_equal(call(&ann, PATCH, "{\"text\":\"x\"}", "/api/posts/%lld", (long long)question), 402);
	assert_int_equal(call(&ann, DELETE, NULL, "/api/posts/%lld", (long long)question), 204);
}

/* 20 questions with 25 answers of 16,000 bytes each are eight times what the visitor's client takes. */
static void test_a_page_ends_before_a_reply_is_full(void **state)
{
	const char *after = "";
	char *body = arena_alloc(arena, 16001);
	size_t seen = 0, pages = 0;

	(void)state;
	memset(body, 'x', 16000);
	body[16000] = 0;
	for (int q = 1; q <= 20; q++)
		by_hand(print("insert into post (id, kind, state, work_id, creator_id, lesson_key, user_id, mark, body, created_ms, edited_ms)"
		              " values (%d, 'question', 'shown', %lld, %lld, 'b/c', 0, 'learner', 'x', 1, 0)", q, town.work, (long long)town.creator.v));
	for (int i = 1; i <= 25; i++)
		by_hand(arena_cstr(arena, arena_format(arena,
		              "insert into post (id, kind, state, question_id, work_id, creator_id, lesson_key, user_id, mark, body, created_ms, edited_ms)"
		              " select p.id * 1000 + %d, 'answer', 'shown', p.id, p.work_id, p.creator_id, 'b/c', 0, 'learner', '%s', 1, 0 from post p where p.kind = 'question'",
		              i, body)));
	for (; after; pages++) {
		assert_int_equal(questions(&ann, "b/c", after), 200);
		assert_true(ann.answer.body.length < 1 << 20);
		seen += json_array_size(answer_at(&ann, "items"));
		after = answer_at(&ann, "next") ? print("&after=%.*s", TEXT_ARG(word_at(&ann, "next"))) : NULL;
	}
	assert_int_equal(seen, 20);
	assert_true(pages > 1);
	assert_int_equal(call(&author, GET, NULL, "/api/studio/questions"), 200);
	assert_true(answer_at(&author, "next") != NULL);
}

static void test_not_too_many(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(ask(&ann, "b/c", "Why?"), 201);
	assert_int_equal(ask(&ann, "b/c", "Why?"), 429);
	assert_int_equal(ask(&bob, "b/c", "Why?"), 201);
	world_move(house.world, 10 * 60000 + 1);
	assert_int_equal(ask(&ann, "b/c", "Why?"), 201);
}

static void test_the_inbox(void **state)
{
	int64_t first;

	(void)state;
	ask(&ann, "b/c", "One?");
	first = number_at(&ann, "id");
	ask(&bob, "a", "Two?");
	assert_int_equal(call(&ann, GET, NULL, "/api/studio/questions"), 403);
	assert_int_equal(call(&other_author, GET, NULL, "/api/studio/questions"), 200);
	assert_int_equal(number_at(&other_author, "open"), 0);
	assert_int_equal(json_array_size(answer_at(&other_author, "items")), 0);
	assert_int_equal(call(&author, GET, NULL, "/api/studio/questions"), 200);
	assert_int_equal(number_at(&author, "open"), 2);
	assert_text(word_at(&author, "items.0.question.text"), "Two?");
	assert_text(word_at(&author, "items.0.work_title"), "Course");
	assert_text(word_at(&author, "items.1.lesson_title"), "b/c");
	assert_int_equal(answer_to(&bob, first, "I think so"), 201); /* a learner's answer leaves it open */
	assert_int_equal(call(&author, GET, NULL, "/api/studio/questions"), 200);
	assert_int_equal(number_at(&author, "open"), 2);
	assert_int_equal(answer_to(&author, first, "So."), 201);
	assert_int_equal(call(&author, GET, NULL, "/api/studio/questions"), 200);
	assert_int_equal(number_at(&author, "open"), 1);
	assert_int_equal(json_array_size(answer_at(&author, "items")), 1);
	assert_int_equal(call(&author, GET, NULL, "/api/studio/questions?all=true"), 200);
	assert_int_equal(json_array_size(answer_at(&author, "items")), 2);
	assert_int_equal(questions(&ann, "b/c", "&sort=open"), 200);
	assert_int_equal(json_array_size(answer_at(&ann, "items")), 0);
}

static void test_pages_go_on_where_the_last_one_ended(void **state)
{
	int64_t last;

	(void)state;
	for (int i = 0; i < 23; i++) {
		world_move(house.world, 5 * 60000);
		assert_int_equal(ask(&author, "b/c", print("%d", i)), 201);
	}
	assert_int_equal(questions(&ann, "b/c", ""), 200);
	assert_int_equal(json_array_size(answer_at(&ann, "items")), 20);
	last = strtoll(json_string_value(answer_at(&ann, "next")), NULL, 10);
	assert_int_equal(questions(&ann, "b/c", print("&after=%lld", (long long)last)), 200);
	assert_int_equal(json_array_size(answer_at(&ann, "items")), 3);
	assert_text(word_at(&ann, "items.2.text"), "0");
	assert_null(answer_at(&ann, "next"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_who_may_ask),
		TEST(test_a_text_is_cleaned_and_limited),
		TEST(test_the_second_stays),
		TEST(test_answers_are_marked_and_the_asker_says_what_solved_it),
		TEST(test_putting_right_and_taking_away),
		TEST(test_who_lost_access_reads_no_answers),
		TEST(test_a_page_ends_before_a_reply_is_full),
		TEST(test_not_too_many),
		TEST(test_the_inbox),
		TEST(test_pages_go_on_where_the_last_one_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
