/* recommend_test.c - what is recommended, why, and to whom; and that whoever said no is not read about. */
#include "recommend/rec_list.h"

#include <unistd.h>

#include "account/account.h"
#include "base/testing.h"
#include "order/order_room.h"
#include "serve/testing.h"

enum { STOCK = 12, TEACHERS = 4, ANN = 41, BEN = 42 };

static struct house house;
static struct arena *arena;
static struct work_id works[STOCK];
static struct visitor ann, ben, nobody;
static int64_t made;

static const struct module *const modules[] = { &account_module, &catalog_module, &search_module,   &payment_module,
	                                        &order_module,   &learning_module, &event_module, &recommend_module, NULL };

/* Three subjects, so that a work has some that are like it and some that are not; each creator has three works. */
static const char *const titles[STOCK] = {
	"嵌入式固件入门", "嵌入式固件进阶", "嵌入式固件调试", "水彩风景写生", "水彩人物写生", "水彩静物写生",
	"钢琴即兴伴奏", "钢琴视奏练习", "嵌入式系统电源设计", "水彩颜料与纸张", "钢琴调律基础", "合唱指挥法",
};

static problem store_one(struct tx *tx, size_t i, struct creator_id creator)
{
	struct lesson_draft lesson = { .key = TEXT("a"), .title = TEXT("开始"), .plain = text_of(titles[i]), .doc = TEXT("{\"type\":\"doc\",\"content\":[]}") };
	struct section_draft section = { .title = TEXT("Part"), .lessons = &lesson, .lesson_count = 1 };
	const struct work_draft draft = { .source = text_of(titles[i]), .creator = creator, .kind = WORK_COURSE, .language = TEXT("zh-CN"),
		                          .title = text_of(titles[i]), .summary = text_of(titles[i]), .price = MONEY(100), .price_given = true,
		                          .sections = &section, .section_count = 1, .popularity = (int64_t)i };
	enum work_change change;

	return work_store(tx, &draft, (struct user_id){ 0 }, &change, &works[i]);
}

static problem stock(struct tx *tx, void *arg)
{
	struct creator creators[TEACHERS];
	problem why = NULL;

	(void)arg;
	for (size_t c = 0; !why && c < TEACHERS; c++)
		why = creator_add(tx, arena_format(tx_arena(tx), "Author %zu", c), TEXT(""), (struct user_id){ 0 }, &creators[c]);
	for (size_t i = 0; !why && i < STOCK; i++)
		why = store_one(tx, i, creators[i * TEACHERS / STOCK].id);
	return why;
}

static int setup(void **state)
{
	(void)state;
	arena = arena_new(64 << 20);
	made = 100;
	house_open(&house, NULL, 0);
	house_start(&house, modules, &testing_sessions);
	assert_done(db_write(house.db, stock, NULL));
	catalog_know_part(house.serve, &recommend_part);
	ann = visitor_of(&house, ANN, 0);
	ben = visitor_of(&house, BEN, 0);
	nobody = visitor_of(&house, 0, 0);
	while (visit(&nobody, GET, "/api/search", NULL) != 200 || json_integer_value(answer_at(&nobody, "total")) < STOCK)
		usleep(2000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	visitor_close(&ann);
	visitor_close(&ben);
	visitor_close(&nobody);
	house_close(&house);
	arena_free(arena);
	return 0;
}

static const char *print(const char *format, ...)
{
	char line[512];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof line, format, list);
	va_end(list);
	return arena_cstr(arena, text_of(line));
}

static void by_hand(const char *sql) { db_testing_run(house.db, sql); }
static int64_t count(const char *sql) { return db_testing_int(house.db, sql); }

static void own(int64_t user, size_t work)
{
	made++;
	by_hand(print("insert into entitlement (id, user_id, work_id, edition_id, source, source_id, from_ms) values (%lld, %lld, %lld, 1, 'order', %lld, 0)",
	              (long long)made, (long long)user, (long long)works[work].v, (long long)made));
}

static void look(int64_t user, size_t work)
{
	made++;
	by_hand(print("insert into event (id, kind, day, who, user_id, work_id, at_ms, dedupe) values (%lld, 'view', 1, 'u', %lld, %lld, 1, 'k%lld')",
	              (long long)made, (long long)user, (long long)works[work].v, (long long)made));
}

static void count_pairs(void)
{
	static const struct job_kind *const tables[] = { rec_jobs };
	struct db_jobs *jobs;

	world_move(house.world, (int64_t)7 * 3600 * 1000);
	assert_done(db_jobs_start(house.db, tables, 1, house.serve, 0, &jobs));
	assert_true(db_jobs_run(jobs) > 0);
	db_jobs_stop(jobs);
}

static size_t list_of(struct visitor *v, const char *place, size_t work)
{
	const char *path = strcmp(place, "home") ? print("/api/recommendations?place=%s&work=%lld", place, (long long)works[work].v)
	                                         : "/api/recommendations?place=home";

	assert_int_equal(visit(v, GET, path, NULL), 200);
	return json_array_size(answer_at(v, "items"));
}

static int64_t number_at(const struct visitor *v, const char *path) { return json_integer_value(answer_at(v, path)); }

/* Where the work stands in the last answer, from 1; 0: nowhere. */
static size_t place_of(const struct visitor *v, size_t work)
{
	for (size_t i = 0; i < json_array_size(answer_at(v, "items")); i++) {
		if (number_at(v, print("items.%zu.work.id", i)) == works[work].v)
			return i + 1;
	}
	return 0;
}

static struct text reason_of(const struct visitor *v, size_t work)
{
	return json_text(answer_at(v, print("items.%zu.reason.code", place_of(v, work) - 1)));
}

/* ---- sources ---- */

static void test_what_is_alike_comes_first(void **state)
{
	(void)state;
	assert_int_equal(list_of(&nobody, "work", 0), REC_LIST);
	for (size_t i = 1; i <= 2; i++) {
		assert_in_range(place_of(&nobody, i), 1, 3);
		assert_text(reason_of(&nobody, i), "similar");
	}
	assert_int_equal(place_of(&nobody, 0), 0);
	assert_text(json_text(answer_at(&nobody, "items.0.reason.words.zh-CN")), "内容相近");
	assert_text(json_text(answer_at(&nobody, "items.0.reason.words.en")), "Similar content");
	assert_text(json_text(answer_at(&nobody, "policy")), REC_POLICY);
	assert_true(json_is_false(answer_at(&nobody, "personal")));
}

static void test_bought_together_needs_three_people(void **state)
{
	(void)state;
	for (int64_t user = 1; user <= 2; user++) {
		own(user, 0);
		own(user, 11);
	}
	count_pairs();
	assert_int_equal(count("select count(*) from rec_pair"), 0);
	list_of(&nobody, "work", 0);
	assert_true(!place_of(&nobody, 11) || !text_is(reason_of(&nobody, 11), "bought_together"));
	own(3, 0);
	own(3, 11);
	count_pairs();
	assert_int_equal(count("select buyers from rec_pair"), 3);
	list_of(&nobody, "work", 0);
	assert_int_equal(place_of(&nobody, 11), 1);
	assert_text(reason_of(&nobody, 11), "bought_together");
	by_hand("update entitlement set revoked_ms = 1 where user_id = 3");
	count_pairs();
	assert_int_equal(count("select count(*) from rec_pair"), 0);
}

/* Everybody buys 5; those who buy 0 buy 11 too, and nobody else does: that says more. */
static void test_pairs_are_ordered_by_lift(void **state)
{
	(void)state;
	for (int64_t user = 1; user <= 9; user++) {
		own(user, 5);
		if (user <= 4) {
			own(user, 0);
			own(user, 11);
		}
	}
	count_pairs();
	assert_int_equal(count(print("select lift from rec_pair where work_id = %lld and other_id = %lld", (long long)works[0].v, (long long)works[11].v)), 2250);
	assert_int_equal(count(print("select lift from rec_pair where work_id = %lld and other_id = %lld", (long long)works[0].v, (long long)works[5].v)), 1000);
	list_of(&nobody, "work", 0);
	assert_int_equal(place_of(&nobody, 11), 1);
}

static void test_what_somebody_looked_at_leads_on(void **state)
{
	(void)state;
	look(ANN, 3);
	assert_int_equal(list_of(&ann, "home", 0), REC_LIST);
	assert_true(json_is_true(answer_at(&ann, "personal")));
	assert_in_range(place_of(&ann, 4), 1, 3);
	assert_text(reason_of(&ann, 4), "like_seen");
	assert_text(json_text(answer_at(&ann, print("items.%zu.reason.because", place_of(&ann, 4) - 1))), titles[3]);
	by_hand("delete from event");
	list_of(&ann, "home", 0);
	assert_true(!place_of(&ann, 4) || text_is(reason_of(&ann, 4), "popular"));
}

static void test_where_one_stopped(void **state)
{
	(void)state;
	own(ANN, 2);
	by_hand(print("insert into progress (user_id, work_id, lesson_key, position, done, changed_ms) values (41, %lld, 'a', 0.5, 0, 1)", (long long)works[2].v));
	list_of(&ann, "home", 0);
	assert_int_equal(number_at(&ann, "continue.work"), works[2].v);
	assert_text(json_text(answer_at(&ann, "continue.key")), "a");
	by_hand("update progress set done = 1");
	list_of(&ann, "home", 0);
	assert_null(answer_at(&ann, "continue"));
}

static void test_what_is_popular_fills_the_list(void **state)
{
	(void)state;
	list_of(&nobody, "home", 0);
	assert_text(reason_of(&nobody, 11), "popular");
	assert_int_equal(place_of(&nobody, 11), 1);
}

/* ---- what is left out ---- */

static void test_what_one_owns_is_not_recommended(void **state)
{
	(void)state;
	list_of(&ann, "work", 0);
	assert_true(place_of(&ann, 1));
	own(ANN, 1);
	list_of(&ann, "work", 0);
	assert_false(place_of(&ann, 1));
	list_of(&ben, "work", 0);
	assert_true(place_of(&ben, 1));
	list_of(&ann, "after_purchase", 0);
	assert_false(place_of(&ann, 1));
}

static void test_not_this_one(void **state)
{
	const char *path = print("/api/me/recommendations/hidden/%lld", (long long)works[11].v);

	(void)state;
	list_of(&ann, "home", 0);
	assert_true(place_of(&ann, 11));
	assert_int_equal(visit(&ann, PUT, path, NULL), 204);
	assert_int_equal(visit(&ann, PUT, path, NULL), 204);
	list_of(&ann, "home", 0);
	assert_false(place_of(&ann, 11));
	list_of(&ben, "home", 0);
	assert_true(place_of(&ben, 11));
	assert_int_equal(visit(&ann, GET, "/api/me/recommendations", NULL), 200);
	assert_int_equal(number_at(&ann, "hidden.0.id"), works[11].v);
	assert_int_equal(visit(&ann, DELETE, path, NULL), 204);
	list_of(&ann, "home", 0);
	assert_true(place_of(&ann, 11));
	assert_int_equal(visit(&ann, PUT, "/api/me/recommendations/hidden/77", NULL), 404);
}

static void test_what_is_not_published_is_not_recommended(void **state)
{
	(void)state;
	by_hand(print("update work set state = 'unlisted' where id = %lld", (long long)works[1].v));
	list_of(&nobody, "work", 0);
	assert_false(place_of(&nobody, 1));
}

static size_t of_creator(const struct visitor *v, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(answer_at(v, "items")); i++)
		n += text_is(json_text(answer_at(v, print("items.%zu.work.author.name", i))), name);
	return n;
}

static void test_a_creator_has_two_of_six_while_there_are_others(void **state)
{
	(void)state;
	list_of(&nobody, "home", 0);
	for (size_t c = 0; c < TEACHERS; c++)
		assert_in_range(of_creator(&nobody, print("Author %zu", c)), 0, REC_OF_ONE_CREATOR);
	by_hand("update work set creator_id = (select min(id) from creator)");
	assert_int_equal(list_of(&nobody, "home", 0), REC_LIST);
	assert_int_equal(of_creator(&nobody, "Author 0"), REC_LIST);
}

/* ---- no is no ---- */

static void make_profiles(void)
{
	look(ANN, 3);
	look(BEN, 6);
	own(7, 0);
	by_hand(print("insert into rec_hidden (user_id, work_id, at_ms) values (41, %lld, 1)", (long long)works[10].v));
}

static void test_off_is_everybodys_list(void **state)
{
	json_t *off;

	(void)state;
	make_profiles();
	assert_int_equal(visit(&ann, PUT, "/api/me/recommendations", "{\"personal\":false}"), 204);
	list_of(&ann, "home", 0);
	assert_true(json_is_false(answer_at(&ann, "personal")));
	off = json_deep_copy(answer_at(&ann, "items"));
	list_of(&nobody, "home", 0);
	assert_true(json_equal(off, answer_at(&nobody, "items")));
	assert_int_equal(visit(&ben, PUT, "/api/me/recommendations", "{\"personal\":false}"), 204);
	list_of(&ben, "home", 0);
	assert_true(json_equal(off, answer_at(&ben, "items")));
	json_decref(off);
	assert_int_equal(visit(&ben, PUT, "/api/me/recommendations", "{\"personal\":true}"), 204);
	list_of(&ben, "home", 0);
	assert_true(json_is_true(answer_at(&ben, "personal")));
}

/* The tables of the profile are gone: whoever reads one of them fails. */
static void test_off_reads_no_profile(void **state)
{
	(void)state;
	make_profiles();
	assert_int_equal(visit(&ann, PUT, "/api/me/recommendations", "{\"personal\":false}"), 204);
	by_hand("drop table event");
	by_hand("drop table progress");
	by_hand("drop table rec_hidden");
	list_of(&ann, "home", 0);
	list_of(&ann, "work", 0);
	list_of(&ann, "after_purchase", 0);
	list_of(&nobody, "home", 0);
	list_of(&ben, "work", 0);
	assert_int_equal(visit(&ben, GET, "/api/recommendations?place=home", NULL), 500);
}

/* ---- what was shown ---- */

static void wait_for_impressions(int64_t n)
{
	while (count("select count(*) from rec_impression") < n)
		usleep(1000);
}

static void test_what_was_shown_is_noted_with_place_and_policy(void **state)
{
	int64_t shown;

	(void)state;
	list_of(&nobody, "work", 0);
	shown = number_at(&nobody, "shown");
	wait_for_impressions(1);
	assert_int_equal(count(print("select count(*) from rec_impression where id = %lld and place = 'work' and policy = '" REC_POLICY "' and work_id = %lld"
	                             " and personal = 0 and items like '[{\"work\":%lld,\"reason\":\"similar\"},%%'",
	                             (long long)shown, (long long)works[0].v, (long long)number_at(&nobody, "items.0.work.id"))), 1);
	list_of(&ben, "work", 0);
	assert_int_equal(number_at(&ben, "shown"), shown);
	look(ANN, 3);
	list_of(&ann, "home", 0);
	wait_for_impressions(2);
	assert_int_equal(count("select count(*) from rec_impression where place = 'home' and personal = 1"), 1);
	assert_int_equal(count("select count(*) from rec_impression"), 2);
	world_move(house.world, (int64_t)24 * 3600 * 1000);
	list_of(&nobody, "work", 0);
	assert_int_not_equal(number_at(&nobody, "shown"), shown);
	wait_for_impressions(3);
}

static void test_a_work_s_page_says_what_else_and_why(void **state)
{
	struct work_card card;

	(void)state;
	assert_int_equal(visit(&nobody, GET, print("/api/works/%lld", (long long)works[0].v), NULL), 200);
	card.url = arena_text(arena, json_text(answer_at(&nobody, "url")));
	assert_int_equal(visit(&nobody, GET, arena_cstr(arena, card.url), NULL), 200);
	assert_true(text_find(nobody.answer.body, TEXT("<section id=\"also\">")) != SIZE_MAX);
	assert_true(text_find(nobody.answer.body, TEXT("data-shown=\"")) != SIZE_MAX);
	assert_true(text_find(nobody.answer.body, TEXT("data-position=\"1\"")) != SIZE_MAX);
	assert_true(text_find(nobody.answer.body, TEXT("内容相近")) != SIZE_MAX);
}

/* ---- questions that are none, and the sum ---- */

static void test_a_place_says_what_it_is_about(void **state)
{
	static const char *const wrong[] = { "", "?place=home&work=1", "?place=work", "?place=after_purchase", "?place=x", "?place=work&work=-1" };

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(visit(&nobody, GET, print("/api/recommendations%s", wrong[i]), NULL), 422);
	assert_int_equal(visit(&nobody, GET, "/api/recommendations?place=work&work=77", NULL), 200);
	assert_int_equal(visit(&nobody, PUT, "/api/me/recommendations", "{\"personal\":false}"), 401);
}

static void test_the_reason_is_the_greatest_share(void **state)
{
	struct rec_candidates *c = ARENA_NEW(arena, struct rec_candidates);

	(void)state;
	rec__add(c, (struct rec_share){ 7, 1, REC_SIMILAR, 0.3 });
	rec__add(c, (struct rec_share){ 7, 2, REC_BOUGHT, 0.5 });
	rec__add(c, (struct rec_share){ 7, 3, REC_SIMILAR, 0.4 });
	rec__add(c, (struct rec_share){ 8, 0, REC_POPULAR, 1.3 });
	rec__sort(c);
	assert_int_equal(c->items[0].work, 8);
	assert_int_equal(c->items[1].reason, REC_BOUGHT);
	assert_int_equal(c->items[1].because, 2);
	assert_true(c->items[1].score > 1.19 && c->items[1].score < 1.21);
	for (int64_t i = 0; i < 2 * REC_CANDIDATES; i++)
		rec__add(c, (struct rec_share){ 100 + i, 0, REC_POPULAR, 1 });
	assert_int_equal(c->count, REC_CANDIDATES);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_what_is_alike_comes_first),
		TEST(test_bought_together_needs_three_people),
		TEST(test_pairs_are_ordered_by_lift),
		TEST(test_what_somebody_looked_at_leads_on),
		TEST(test_where_one_stopped),
		TEST(test_what_is_popular_fills_the_list),
		TEST(test_what_one_owns_is_not_recommended),
		TEST(test_not_this_one),
		TEST(test_what_is_not_published_is_not_recommended),
		TEST(test_a_creator_has_two_of_six_while_there_are_others),
		TEST(test_off_is_everybodys_list),
		TEST(test_off_reads_no_profile),
		TEST(test_what_was_shown_is_noted_with_place_and_policy),
		TEST(test_a_work_s_page_says_what_else_and_why),
		TEST(test_a_place_says_what_it_is_about),
		TEST(test_the_reason_is_the_greatest_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
