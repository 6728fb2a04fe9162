/* report_test.c - reports: who may, what holds a post, who decides, and that nobody decides about what is said of his own work. */
#include "talk/report_room.h"
#include "talk/testing.h"

static struct visitor more[3];

static problem add_more(struct tx *tx, void *arg)
{
	(void)arg;
	for (int64_t i = 0; i < 3; i++) {
		add_person(tx, 60 + i, print("More %lld", (long long)i));
		let_in(tx, 20 + i, 60 + i);
	}
	return tx_problem(tx);
}

static int setup_more(void **state)
{
	setup(state);
	assert_done(db_write(house.db, add_more, NULL));
	for (int64_t i = 0; i < 3; i++)
		more[i] = visitor_of(&house, 60 + i, 0);
	return 0;
}

static int teardown_more(void **state)
{
	for (size_t i = 0; i < 3; i++)
		visitor_close(&more[i]);
	return teardown(state);
}

static int64_t asked(struct visitor *v, const char *text)
{
	assert_int_equal(ask(v, "b/c", text), 201);
	return number_at(v, "id");
}

static int report_it(struct visitor *v, int64_t post)
{
	return call(v, POST, "{\"reason\":\"spam\",\"words\":\"Look\"}", "/api/posts/%lld/reports", (long long)post);
}

static int decide(struct visitor *v, int64_t post, const char *body) { return call(v, POST, body, "/api/staff/posts/%lld/decision", (long long)post); }
static int queue(const char *query) { return call(&staff, GET, NULL, "/api/staff/reports%s", query); }
static int64_t audit(const char *verb) { return db_testing_int(house.db, print("select count(*) from audit_entry where verb = '%s'", verb)); }

static void test_three_independent_people_hold_a_post(void **state)
{
	int64_t post = asked(&ann, "Buy at my shop");

	(void)state;
	assert_int_equal(report_it(&nobody, post), 401);
	assert_int_equal(report_it(&stranger, post), 402);
	assert_int_equal(report_it(&ann, post), 409);
	assert_int_equal(report_it(&author, post), 204); /* comes into the queue, and holds nothing */
	assert_int_equal(report_it(&staff, post), 204);
	assert_int_equal(report_it(&more[0], post), 204);
	assert_int_equal(report_it(&more[0], post), 409);
	assert_true(answer_is_problem(&more[0], "report-twice"));
	assert_int_equal(report_it(&more[1], post), 204);
	questions(&bob, "b/c", "");
	assert_text(word_at(&bob, "items.0.state"), "shown");
	assert_int_equal(report_it(&more[2], post), 204);
	questions(&bob, "b/c", "");
	assert_text(word_at(&bob, "items.0.state"), "held");
	assert_text(word_at(&bob, "items.0.text"), "");
	assert_int_equal(number_at(&bob, "count"), 0);
	questions(&ann, "b/c", "");
	assert_text(word_at(&ann, "items.0.text"), "Buy at my shop"); /* who wrote it sees it, and that it is held */
	assert_text(word_at(&ann, "items.0.state"), "held");
	assert_int_equal(told("post_held", ANN), 1);
	assert_int_equal(audit("post-reported"), 5);
	assert_int_equal(audit("post-held"), 1);
	assert_int_equal(report_it(&bob, post), 204); /* another one, while it is held */
}

static void test_staff_keeps_hides_and_restores(void **state)
{
	int64_t post = asked(&ann, "Buy at my shop"), other = asked(&bob, "Why?");

	(void)state;
	assert_int_equal(call(&ann, GET, NULL, "/api/staff/reports"), 403);
	assert_int_equal(decide(&author, post, "{\"act\":\"hide\",\"rule\":\"spam\"}"), 403);
	report_it(&bob, post);
	report_it(&ann, other);
	for (int i = 0; i < 3; i++)
		report_it(&more[i], post);
	assert_int_equal(queue(""), 200);
	assert_int_equal(number_at(&staff, "waiting"), 2);
	assert_int_equal(number_at(&staff, "items.0.id"), post); /* what is held stands first */
	assert_text(word_at(&staff, "items.0.text"), "Buy at my shop");
	assert_text(word_at(&staff, "items.0.author"), "Ann");
	assert_text(word_at(&staff, "items.0.reports.0.reason"), "spam");
	assert_int_equal(decide(&staff, post, "{\"act\":\"hide\"}"), 422);
	assert_int_equal(decide(&staff, post, "{\"act\":\"hide\",\"rule\":\"spam\"}"), 200);
	assert_int_equal(decide(&staff, post, "{\"act\":\"keep\"}"), 409); /* it was decided */
	questions(&bob, "b/c", "");
	assert_text(word_at(&bob, "items.1.state"), "hidden");
	assert_text(word_at(&bob, "items.1.rule"), "spam"); /* the tombstone says the rule */
	assert_text(word_at(&bob, "items.1.text"), "");
	assert_int_equal(report_it(&ann, post), 409);
	assert_int_equal(call(&ann, PATCH, "{\"text\":\"x\"}", "/api/posts/%lld", (long long)post), 409);
	assert_int_equal(queue("?hidden=true"), 200);
	assert_int_equal(number_at(&staff, "items.0.id"), post);
	assert_int_equal(decide(&staff, post, "{\"act\":\"restore\"}"), 200);
	assert_int_equal(decide(&staff, post, "{\"act\":\"restore\"}"), 409);
	questions(&bob, "b/c", "");
	assert_text(word_at(&bob, "items.1.text"), "Buy at my shop");
	assert_null(answer_at(&bob, "items.1.rule"));
	assert_int_equal(decide(&staff, other, "{\"act\":\"keep\"}"), 200);
	assert_int_equal(queue(""), 200);
	assert_int_equal(number_at(&staff, "waiting"), 0);
	assert_int_equal(audit("post-hidden") + audit("post-restored") + audit("post-kept"), 3);
	assert_int_equal(told("post_held", ANN) + told("post_hidden", ANN) + told("post_shown", ANN), 3); /* who was kept was never told otherwise */
	assert_int_equal(told("report_kept", ANN), 1);
	assert_int_equal(db_testing_int(house.db, "select count(distinct user_id) from notification where kind = 'report_hidden' and user_id in (42, 60, 61, 62)"), 4);
	assert_int_equal(db_testing_int(house.db, "select count(*) from notification where kind = 'report_hidden'"), 4);
}

static void test_what_was_looked_at_needs_new_reports(void **state)
{
	int64_t post = asked(&ann, "Hm");

	(void)state;
	for (int i = 0; i < 3; i++)
		report_it(&more[i], post);
	assert_int_equal(decide(&staff, post, "{\"act\":\"keep\"}"), 200);
	assert_int_equal(report_it(&bob, post), 204);
	questions(&ann, "b/c", "");
	assert_text(word_at(&ann, "items.0.state"), "shown");
}

static void test_nobody_decides_about_his_own_work(void **state)
{
	int64_t id;
	struct visitor boss = visitor_of(&house, AUTHOR, CREATOR | ADMIN);

	(void)state;
	call(&more[0], PUT, "{\"key\":\"a\",\"position\":1,\"done\":true}", "/api/learn/%lld/progress", town.work);
	assert_int_equal(call(&more[0], PUT, "{\"stars\":1,\"text\":\"Bad\"}", "/api/works/%lld/review", town.work), 200);
	id = number_at(&more[0], "review.id");
	assert_int_equal(report_it(&boss, id), 204);
	assert_int_equal(decide(&boss, id, "{\"act\":\"hide\",\"rule\":\"abuse\"}"), 409);
	assert_true(answer_is_problem(&boss, "decides-own"));
	assert_int_equal(report_it(&stranger, id), 204); /* a review is everybody's to see */
	assert_int_equal(decide(&staff, id, "{\"act\":\"hide\",\"rule\":\"abuse\"}"), 200);
	assert_int_equal(call(&nobody, GET, NULL, "/api/works/%lld/reviews", town.work), 200);
	assert_int_equal(number_at(&nobody, "count"), 0); /* what is hidden does not count */
	assert_text(word_at(&nobody, "items.0.state"), "hidden");
	assert_text(word_at(&nobody, "items.0.text"), "");
	assert_int_equal(decide(&staff, id, "{\"act\":\"restore\"}"), 200);
	call(&nobody, GET, NULL, "/api/works/%lld/reviews", town.work);
	assert_int_equal(number_at(&nobody, "count"), 1);
	visitor_close(&boss);
}

static int64_t reviewed(struct visitor *v, const char *text)
{
	world_move(house.world, 11 * 60 * 1000);
	assert_int_equal(call(v, PUT, print("{\"stars\":1,\"text\":\"%s\"}", text), "/api/works/%lld/review", town.work), 200);
	return number_at(v, "review.id");
}

static void take_away(struct visitor *v) { assert_int_equal(call(v, DELETE, NULL, "/api/works/%lld/review", town.work), 204); }

/* Taking a reported review away and writing it anew does not shake the reports off. */
static void test_a_held_review_that_is_written_anew_is_held_again(void **state)
{
	int64_t first, second, third;

	(void)state;
	call(&more[0], PUT, "{\"key\":\"a\",\"position\":1,\"done\":true}", "/api/learn/%lld/progress", town.work);
	first = reviewed(&more[0], "Buy at my shop");
	assert_int_equal(report_it(&more[1], first), 204);
	assert_int_equal(report_it(&more[2], first), 204);
	take_away(&more[0]); /* two are not enough yet */
	second = reviewed(&more[0], "Buy at my shop, really");
	assert_text(word_at(&more[0], "review.state"), "shown");
	assert_int_equal(report_it(&bob, second), 204);
	call(&more[0], GET, NULL, "/api/works/%lld/review", town.work);
	assert_text(word_at(&more[0], "review.state"), "held");
	take_away(&more[0]);
	third = reviewed(&more[0], "My shop");
	assert_text(word_at(&more[0], "review.state"), "held");
	assert_int_equal(call(&nobody, GET, NULL, "/api/works/%lld/reviews", town.work), 200);
	assert_int_equal(number_at(&nobody, "count"), 0);
	assert_text(word_at(&nobody, "items.0.text"), "");
	assert_int_equal(queue(""), 200);
	assert_int_equal(number_at(&staff, "waiting"), 1);
	assert_int_equal(number_at(&staff, "items.0.id"), third);
	assert_int_equal(decide(&staff, third, "{\"act\":\"keep\"}"), 200);
	take_away(&more[0]);
	reviewed(&more[0], "A fair word"); /* what was looked at is over */
	assert_text(word_at(&more[0], "review.state"), "shown");
}

/* However many there were. */
static void test_every_reporter_is_told(void **state)
{
	int64_t post = asked(&ann, "Buy at my shop");

	(void)state;
	by_hand("with recursive k (i) as (select 1 union all select i + 1 from k where i < 120) insert into report"
	        " (id, post_id, user_id, reason, words, independent, created_ms, settled_ms) select i, (select max(id) from post), 1000 + i, 'spam', '', 0, 1, 0 from k");
	assert_int_equal(decide(&staff, post, "{\"act\":\"hide\",\"rule\":\"spam\"}"), 200);
	assert_int_equal(db_testing_int(house.db, "select count(distinct user_id) from notification where kind = 'report_hidden'"), 120);
	assert_int_equal(db_testing_int(house.db, "select count(*) from report where settled_ms = 0"), 0);
}

/* One that was held when it was written is told when it can be seen; nobody is told twice. */
static void test_a_creator_hears_of_a_held_review_once_it_is_shown(void **state)
{
	int64_t first, second;

	(void)state;
	call(&more[0], PUT, "{\"key\":\"a\",\"position\":1,\"done\":true}", "/api/learn/%lld/progress", town.work);
	first = reviewed(&more[0], "Buy at my shop");
	assert_int_equal(told("reviewed", AUTHOR), 1);
	assert_int_equal(report_it(&more[1], first) + report_it(&more[2], first) + report_it(&bob, first), 3 * 204);
	take_away(&more[0]);
	second = reviewed(&more[0], "My shop");
	assert_text(word_at(&more[0], "review.state"), "held");
	assert_int_equal(told("reviewed", AUTHOR), 1);
	assert_int_equal(decide(&staff, second, "{\"act\":\"keep\"}"), 200);
	assert_int_equal(told("reviewed", AUTHOR), 2);
	assert_int_equal(decide(&staff, second, "{\"act\":\"hide\",\"rule\":\"spam\"}"), 200);
	assert_int_equal(decide(&staff, second, "{\"act\":\"restore\"}"), 200);
	assert_int_equal(told("reviewed", AUTHOR), 2);
}

#define MORE_TEST(name) cmocka_unit_test_setup_teardown(name, setup_more, teardown_more)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MORE_TEST(test_three_independent_people_hold_a_post),
		MORE_TEST(test_staff_keeps_hides_and_restores),
		MORE_TEST(test_what_was_looked_at_needs_new_reports),
		MORE_TEST(test_nobody_decides_about_his_own_work),
		MORE_TEST(test_a_held_review_that_is_written_anew_is_held_again),
		MORE_TEST(test_every_reporter_is_told),
		MORE_TEST(test_a_creator_hears_of_a_held_review_once_it_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
