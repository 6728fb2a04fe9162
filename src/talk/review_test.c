/* review_test.c - who may review, that stars are counted from what stands, and what the work's page says of them. */
#include "talk/testing.h"
#include "talk/review_room.h"

enum { BUYERS = 5 };

static struct visitor buyers[BUYERS];

static problem add_buyer(struct tx *tx, void *arg)
{
	const int64_t *i = arg;

	add_person(tx, 60 + *i, print("Buyer %lld", (long long)*i));
	let_in(tx, 20 + *i, 60 + *i);
	return tx_problem(tx);
}

static int setup_buyers(void **state)
{
	setup(state);
	catalog_know_part(house.serve, &talk_reviews_part);
	for (int64_t i = 0; i < BUYERS; i++) {
		assert_done(db_write(house.db, add_buyer, &i));
		buyers[i] = visitor_of(&house, 60 + i, 0);
	}
	return 0;
}

static int teardown_buyers(void **state)
{
	for (size_t i = 0; i < BUYERS; i++)
		visitor_close(&buyers[i]);
	return teardown(state);
}

static int study(struct visitor *v, const char *key)
{
	return call(v, PUT, print("{\"key\":\"%s\",\"position\":1,\"done\":true}", key), "/api/learn/%lld/progress", town.work);
}

static int review_it(struct visitor *v, int stars, const char *text)
{
	return call(v, PUT, print("{\"stars\":%d,\"text\":\"%s\"}", stars, text), "/api/works/%lld/review", town.work);
}

static int list_reviews(struct visitor *v) { return call(v, GET, NULL, "/api/works/%lld/reviews", town.work); }

static bool page_says(const char *what)
{
	assert_int_equal(call(&nobody, GET, NULL, "/course/course"), 200);
	return text_find(nobody.answer.body, text_of(what)) != SIZE_MAX;
}

static void expect_sound(bool sound)
{
	struct talk_report report;

	assert_done(talk_verify(house.db, arena, &report));
	if (sound)
		assert_text(report.first_wrong, "");
	assert_int_equal(report.sound, sound);
}

static problem recheck(struct tx *tx, void *arg)
{
	(void)arg;
	return talk_recount(tx, (struct work_id){ town.work });
}

static void test_only_who_studied_enough(void **state)
{
	(void)state;
	assert_int_equal(review_it(&nobody, 5, "x"), 401);
	assert_int_equal(review_it(&stranger, 5, "x"), 402);
	assert_int_equal(review_it(&ann, 5, "Good"), 409);
	assert_true(answer_is_problem(&ann, "review-too-early"));
	assert_int_equal(call(&ann, GET, NULL, "/api/works/%lld/review", town.work), 200);
	assert_true(json_is_false(answer_at(&ann, "may")));
	assert_text(word_at(&ann, "why"), "review-too-early");
	assert_int_equal(number_at(&ann, "threshold"), 20);
	study(&ann, "a"); /* one of five lessons */
	assert_int_equal(review_it(&ann, 6, "Good"), 422);
	assert_int_equal(review_it(&ann, 5, " "), 422);
	assert_int_equal(review_it(&ann, 5, "Good"), 200);
	assert_int_equal(number_at(&ann, "review.edition"), 1);
	assert_int_equal(number_at(&ann, "review.edited_ms"), 0);
	world_move(house.world, 24 * 3600000);
	assert_int_equal(review_it(&ann, 3, "Not so good"), 200);
	assert_true(number_at(&ann, "review.edited_ms") > 0);
	assert_int_equal(list_reviews(&nobody), 200);
	assert_int_equal(json_array_size(answer_at(&nobody, "items")), 1); /* one a person */
	assert_int_equal(number_at(&nobody, "items.0.stars"), 3);
	assert_int_equal(number_at(&nobody, "tenths"), 0); /* one is too few to tell an average */
	assert_int_equal(told("reviewed", AUTHOR), 1);
	expect_sound(true);
}

static void test_nobody_reviews_his_own_work(void **state)
{
	int64_t i = AUTHOR - 60;

	(void)state;
	by_hand("delete from user_account where id = 43");
	assert_done(db_write(house.db, add_buyer, &i));
	study(&author, "a");
	assert_int_equal(review_it(&author, 5, "Great"), 409);
	assert_true(answer_is_problem(&author, "review-own-work"));
}

static void test_stars_are_counted_from_what_stands(void **state)
{
	static const int stars[BUYERS] = { 5, 5, 4, 1, 2 };

	(void)state;
	assert_true(page_says("id=\"reviews\""));
	for (int i = 0; i < BUYERS; i++) {
		study(&buyers[i], "a");
		assert_int_equal(review_it(&buyers[i], stars[i], "Words"), 200);
		assert_int_equal(page_says("aggregateRating"), i >= 2);
	}
	assert_int_equal(list_reviews(&nobody), 200);
	assert_int_equal(number_at(&nobody, "count"), 5);
	assert_int_equal(number_at(&nobody, "tenths"), 34); /* 17 of 5 */
	assert_int_equal(number_at(&nobody, "stars.4"), 2);
	assert_true(page_says("\"ratingValue\":\"3.4\",\"ratingCount\":5"));
	assert_true(page_says("<strong class=\"price\">3.4</strong>"));
	/* money back: the words stay, the stars are left out */
	by_hand("update entitlement set revoked_ms = 1 where user_id = 63");
	expect_sound(false);
	assert_done(db_write(house.db, recheck, NULL));
	expect_sound(true);
	list_reviews(&nobody);
	assert_int_equal(number_at(&nobody, "count"), 4);
	assert_int_equal(number_at(&nobody, "tenths"), 40);
	assert_int_equal(json_array_size(answer_at(&nobody, "items")), 5);
	assert_true(json_is_false(answer_at(&nobody, "items.1.counted")));
	/* access that ended by itself counts */
	by_hand("update entitlement set until_ms = 1 where user_id = 62");
	assert_done(db_write(house.db, recheck, NULL));
	list_reviews(&nobody);
	assert_int_equal(number_at(&nobody, "count"), 4);
	/* taken away by its writer */
	assert_int_equal(call(&buyers[0], DELETE, NULL, "/api/works/%lld/review", town.work), 204);
	assert_int_equal(call(&buyers[0], DELETE, NULL, "/api/works/%lld/review", town.work), 404);
	list_reviews(&nobody);
	assert_int_equal(number_at(&nobody, "count"), 3);
	expect_sound(true);
	by_hand("update rating set five = five + 1");
	expect_sound(false);
	assert_int_equal(review_it(&buyers[0], 5, "Again"), 200);
	expect_sound(true);
}

static void test_half_a_tenth_is_rounded_up(void **state)
{
	(void)state;
	assert_int_equal(rating_tenths(&(struct rating){ { 1, 0, 0, 0, 1 } }), 0);
	assert_int_equal(rating_tenths(&(struct rating){ { 0, 0, 0, 1, 2 } }), 47); /* 4.667 */
	assert_int_equal(rating_tenths(&(struct rating){ { 1, 0, 0, 0, 3 } }), 40);
	assert_int_equal(rating_tenths(&(struct rating){ { 0, 0, 0, 0, 3 } }), 50);
	assert_int_equal(rating_tenths(&(struct rating){ { 0, 0, 0, 19, 1 } }), 41); /* 4.05 */
	assert_int_equal(rating_tenths(&(struct rating){ { 3, 0, 0, 0, 0 } }), 10);
}

static void test_how_one_came_by_the_work_is_said(void **state)
{
	(void)state;
	by_hand("update entitlement set source = 'redeem' where user_id = 60");
	by_hand("update entitlement set source = 'staff' where user_id = 61");
	for (int i = 0; i < 3; i++) {
		study(&buyers[i], "a");
		assert_int_equal(review_it(&buyers[i], 5, "Words"), 200);
	}
	list_reviews(&nobody);
	assert_text(word_at(&nobody, "items.2.source"), "redeem");
	assert_text(word_at(&nobody, "items.1.source"), "staff");
	assert_text(word_at(&nobody, "items.0.source"), "order");
	assert_int_equal(number_at(&nobody, "count"), 3);
	assert_true(page_says(">兑换码<") && page_says(">店主赠送<"));
}

static void test_the_creator_replies_and_cannot_do_more(void **state)
{
	int64_t id;

	(void)state;
	study(&buyers[0], "a");
	review_it(&buyers[0], 1, "Bad <b>x</b> https://a.cn/?a=1&b=2.");
	id = number_at(&buyers[0], "review.id");
	assert_int_equal(call(&other_author, PUT, "{\"text\":\"No\"}", "/api/reviews/%lld/reply", (long long)id), 404);
	assert_int_equal(call(&ann, PUT, "{\"text\":\"No\"}", "/api/reviews/%lld/reply", (long long)id), 403);
	assert_int_equal(call(&author, PUT, "{\"text\":\"Sorry\"}", "/api/reviews/%lld/reply", (long long)id), 200);
	assert_int_equal(call(&author, PUT, "{\"text\":\"So sorry\"}", "/api/reviews/%lld/reply", (long long)id), 200);
	assert_int_equal(told("replied", 60), 1);
	assert_true(page_says("<p>Bad &lt;b&gt;x&lt;/b&gt; <a class=\"link\" rel=\"nofollow ugc noopener noreferrer\" href=\"https://a.cn/?a=1&amp;b=2\">https://a.cn/?a=1&amp;b=2</a>.</p>"));
	assert_true(page_says("<p>So sorry</p>"));
	assert_int_equal(call(&author, DELETE, NULL, "/api/posts/%lld", (long long)id), 404);
	assert_int_equal(call(&buyers[0], PATCH, "{\"text\":\"x\"}", "/api/posts/%lld", (long long)id), 404); /* it has a way of its own */
	assert_int_equal(call(&author, DELETE, NULL, "/api/reviews/%lld/reply", (long long)id), 200);
	assert_false(page_says("So sorry"));
}

static int inbox(struct visitor *v, const char *after) { return call(v, GET, NULL, "/api/studio/reviews%s", after); }

static void test_the_creator_sees_what_waits_first(void **state)
{
	int64_t ids[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		study(&buyers[i], "a");
		assert_int_equal(review_it(&buyers[i], 4, print("Words %d", i)), 200);
		ids[i] = number_at(&buyers[i], "review.id");
	}
	assert_int_equal(inbox(&nobody, ""), 401);
	assert_int_equal(inbox(&ann, ""), 403);
	assert_int_equal(inbox(&other_author, ""), 200);
	assert_int_equal(json_array_size(answer_at(&other_author, "items")), 0);
	assert_int_equal(number_at(&other_author, "open"), 0);
	assert_int_equal(call(&author, PUT, "{\"text\":\"Thanks\"}", "/api/reviews/%lld/reply", (long long)ids[2]), 200);
	assert_int_equal(inbox(&author, ""), 200);
	assert_int_equal(number_at(&author, "open"), 2);
	assert_int_equal(number_at(&author, "items.0.review.id"), ids[1]); /* the newest has its reply */
	assert_int_equal(number_at(&author, "items.1.review.id"), ids[0]);
	assert_int_equal(number_at(&author, "items.2.review.id"), ids[2]);
	assert_text(word_at(&author, "items.2.review.reply"), "Thanks");
	assert_text(word_at(&author, "items.0.work_title"), "Course");
	by_hand(print("update post set state = 'hidden' where id = %lld", (long long)ids[1]));
	assert_int_equal(inbox(&author, ""), 200);
	assert_int_equal(number_at(&author, "open"), 1);
	assert_int_equal(json_array_size(answer_at(&author, "items")), 2);
}

/* 45 reviews of other people, every second with a reply. */
static void test_pages_of_reviews_have_each_once(void **state)
{
	static const char *const wrong[] = { "x", "1", ".", "0.", ".1", "2.7", "-1.7", "0.7.1" };
	const char *after = "";
	int64_t last = INT64_MAX, replied = 0, seen = 0;

	(void)state;
	for (int i = 1; i <= 45; i++) {
		by_hand(print("insert into post (id, kind, state, work_id, creator_id, user_id, mark, body, created_ms, edited_ms)"
		              " values (%d, 'review', 'shown', %lld, %lld, 0, 'learner', 'x', 1, 0)", i, town.work, (long long)town.creator.v));
		by_hand(print("insert into review (post_id, work_id, user_id, stars, edition, source, counted, reply, reply_ms)"
		              " values (%d, %lld, %d, 5, 1, 'order', 1, %s, 0)", i, town.work, 1000 + i, i % 2 ? "null" : "'y'"));
	}
	for (int page = 0; page < 3; page++) {
		assert_int_equal(inbox(&author, after), 200);
		for (size_t i = 0; i < json_array_size(answer_at(&author, "items")); i++, seen++) {
			int64_t id = number_at(&author, print("items.%zu.review.id", i));

			if (replied != !(id % 2))
				last = INT64_MAX;
			assert_true(id < last && replied <= !(id % 2));
			replied = !(id % 2);
			last = id;
		}
		assert_int_equal(answer_at(&author, "next") != NULL, page < 2);
		if (page < 2)
			after = print("?after=%.*s", TEXT_ARG(word_at(&author, "next")));
	}
	assert_int_equal(seen, 45);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(inbox(&author, print("?after=%s", wrong[i])), 400);
}

static void test_what_was_hidden_stays_hidden(void **state)
{
	int64_t id;

	(void)state;
	study(&buyers[0], "a");
	assert_int_equal(review_it(&buyers[0], 1, "Spam"), 200);
	id = number_at(&buyers[0], "review.id");
	assert_int_equal(call(&staff, POST, "{\"act\":\"hide\",\"rule\":\"spam\"}", "/api/staff/posts/%lld/decision", (long long)id), 200);
	assert_int_equal(call(&buyers[0], DELETE, NULL, "/api/works/%lld/review", town.work), 204);
	assert_int_equal(review_it(&buyers[0], 1, "Spam again"), 200);
	id = number_at(&buyers[0], "review.id");
	assert_text(word_at(&buyers[0], "review.state"), "hidden");
	assert_text(word_at(&buyers[0], "review.rule"), "spam");
	list_reviews(&nobody);
	assert_int_equal(number_at(&nobody, "count"), 0);
	assert_int_equal(call(&staff, POST, "{\"act\":\"restore\"}", "/api/staff/posts/%lld/decision", (long long)id), 200);
	assert_int_equal(call(&buyers[0], DELETE, NULL, "/api/works/%lld/review", town.work), 204);
	assert_int_equal(review_it(&buyers[0], 4, "Better"), 200);
	assert_text(word_at(&buyers[0], "review.state"), "shown");
	expect_sound(true);
}

static void test_not_too_many_reviews(void **state)
{
	(void)state;
	study(&buyers[0], "a");
	for (int i = 0; i < 5; i++) {
		assert_int_equal(review_it(&buyers[0], 4, "Words"), 200);
		assert_int_equal(review_it(&buyers[0], 4, "Words"), 200);
		assert_int_equal(review_it(&buyers[0], 4, "Words"), 429);
		assert_int_equal(call(&buyers[0], DELETE, NULL, "/api/works/%lld/review", town.work), 204);
	}
	assert_int_equal(review_it(&buyers[0], 4, "Words"), 429);
}

/* Writing looks at one's own review alone; a change of access is put right by its job, and is no damage until then. */
static void test_access_that_changed_is_put_right_by_its_job(void **state)
{
	const struct job_kind *const tables[] = { review_module.jobs };
	struct db_jobs *jobs;

	(void)state;
	for (int i = 0; i < 2; i++) {
		study(&buyers[i], "a");
		assert_int_equal(review_it(&buyers[i], 5, "Words"), 200);
	}
	by_hand("update review set counted = 0 where user_id = 60");
	world_move(house.world, 3600000);
	assert_int_equal(review_it(&buyers[1], 5, "More words"), 200);
	assert_int_equal(db_testing_int(house.db, "select counted from review where user_id = 60"), 0);
	expect_sound(false);
	by_hand(print("insert into job (id, kind, payload, state, run_at_ms, tries, lease, added_ms)"
	              " values (1, 'talk-recount', '{\"payload\":{\"work\":%lld,\"buyer\":60}}', 'waiting', 1, 0, 0, 1)", town.work));
	expect_sound(true);
	assert_done(db_jobs_start(house.db, tables, 1, NULL, 0, &jobs));
	assert_int_equal(db_jobs_run(jobs), 1);
	db_jobs_stop(jobs);
	expect_sound(true);
	assert_int_equal(db_testing_int(house.db, "select counted from review where user_id = 60"), 1);
	assert_int_equal(db_testing_int(house.db, "select five from rating"), 2);
}

#define BUYERS_TEST(name) cmocka_unit_test_setup_teardown(name, setup_buyers, teardown_buyers)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUYERS_TEST(test_only_who_studied_enough),
		BUYERS_TEST(test_nobody_reviews_his_own_work),
		BUYERS_TEST(test_stars_are_counted_from_what_stands),
		cmocka_unit_test(test_half_a_tenth_is_rounded_up),
		BUYERS_TEST(test_how_one_came_by_the_work_is_said),
		BUYERS_TEST(test_the_creator_replies_and_cannot_do_more),
		BUYERS_TEST(test_the_creator_sees_what_waits_first),
		BUYERS_TEST(test_pages_of_reviews_have_each_once),
		BUYERS_TEST(test_what_was_hidden_stays_hidden),
		BUYERS_TEST(test_not_too_many_reviews),
		BUYERS_TEST(test_access_that_changed_is_put_right_by_its_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
