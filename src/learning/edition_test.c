/* edition_test.c - who stays on the edition that they bought reads it whole, may come back, and gains nothing by it when money is asked
 * back. */
#include "learning/learning_room.h"

#include "account/account.h"
#include "base/testing.h"
#include "order/part.h"
#include "serve/testing.h"

enum { EARLY = 41, LATE = 42, STRANGER = 43 };

static struct house house;
static struct arena *arena;
static struct work_id work;
static struct creator_id creator;
static struct visitor early, late, stranger;

static const struct module *const modules[] = { &account_module, &payment_module, &order_module, &learning_module, NULL };

#define ITEMS(answer) "{\"items\":[{\"kind\":\"single\",\"question\":\"1\",\"options\":[\"a\",\"b\"],\"answer\":[" answer "]}]}"

/* Of each edition: "old" is in the first alone, "both" everywhere, "new" from the second on. */
static const char *const keys[3][3] = { { "both", "old", "older" }, { "both", "new", NULL }, { "both", "new", "newer" } };

static problem store(struct tx *tx, void *arg)
{
	size_t at = *(const size_t *)arg;
	struct lesson_draft lessons[3] = { 0 };
	struct section_draft section = { .title = TEXT("Part"), .lessons = lessons };
	struct quiz_draft quiz = { TEXT("quiz"), TEXT("both"), TEXT("Quiz"), at ? TEXT(ITEMS("1")) : TEXT(ITEMS("0")) };
	const struct work_draft draft = {
		.source = TEXT("x"), .creator = creator, .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = TEXT("Course"), .summary = TEXT("About"),
		.price = MONEY(100), .price_given = true, .sections = &section, .section_count = 1, .quizzes = &quiz, .quiz_count = 1, .new_edition = at > 0,
	};
	enum work_change change;

	for (size_t i = 0; i < 3 && keys[at][i]; i++)
		lessons[section.lesson_count++] = (struct lesson_draft){
			.key = text_of(keys[at][i]), .title = arena_format(tx_arena(tx), "%s %zu", keys[at][i], at + 1), .plain = TEXT(""),
			.doc = arena_format(tx_arena(tx), "{\"type\":\"doc\",\"content\":[],\"attrs\":{\"edition\":%zu}}", at + 1) };
	return work_store(tx, &draft, (struct user_id){ 0 }, &change, &work);
}

static void publish(size_t at) { assert_done(db_write(house.db, store, &at)); }

static problem found(struct tx *tx, void *arg)
{
	struct creator made;
	problem why = creator_add(tx, TEXT("Author"), TEXT(""), (struct user_id){ 0 }, &made);

	(void)arg;
	creator = made.id;
	return why;
}

static problem open_to(struct tx *tx, void *arg)
{
	struct user_id user = { *(const int64_t *)arg };
	const struct opening order = { user, "order", user.v, tx_now_ms(tx), 0 };
	struct work_card card;
	problem why = work_by_id(tx, work, &card);

	order__insert_entitlement(tx, &order, work, card.edition);
	return why ? why : tx_problem(tx);
}

static void buy(int64_t user) { assert_done(db_write(house.db, open_to, &user)); }

static int setup(void **state)
{
	(void)state;
	arena = arena_new(64 << 20);
	house_open(&house, NULL, 0);
	house_start(&house, modules, &testing_sessions);
	assert_done(db_write(house.db, found, NULL));
	publish(0);
	buy(EARLY);
	publish(1);
	buy(LATE);
	publish(2);
	early = visitor_of(&house, EARLY, 0);
	late = visitor_of(&house, LATE, 0);
	stranger = visitor_of(&house, STRANGER, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	visitor_close(&early);
	visitor_close(&late);
	visitor_close(&stranger);
	house_close(&house);
	arena_free(arena);
	return 0;
}

static const char *path(const char *before, const char *after)
{
	return arena_cstr(arena, arena_format(arena, "%s/%lld%s", before, (long long)work.v, after));
}

static int64_t number_at(const struct visitor *v, const char *at) { return json_integer_value(answer_at(v, at)); }
static struct text text_at(const struct visitor *v, const char *at) { return json_text(answer_at(v, at)); }

static int choose(struct visitor *who, int number)
{
	return visit(who, PUT, path("/api/learn", "/edition"), arena_cstr(arena, arena_format(arena, "{\"number\":%d}", number)));
}

static int state_of(struct visitor *who) { return visit(who, GET, path("/api/learn", ""), NULL); }

static problem note_changes(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "insert into edition_note (work_id, number, revision, changes, at_ms) values ($1, 3, 0, 'One more', 0)", V(work.v));
	run(tx, "insert into edition_note (work_id, number, revision, changes, at_ms) values ($1, 3, 1, 'A typo', 0)", V(work.v));
	return tx_problem(tx);
}

static void test_the_newest_unless_chosen(void **state)
{
	(void)state;
	assert_done(db_write(house.db, note_changes, NULL));
	assert_int_equal(state_of(&early), 200);
	assert_int_equal(number_at(&early, "edition"), 3);
	assert_int_equal(json_array_size(answer_at(&early, "editions")), 3);
	assert_int_equal(number_at(&early, "editions.0.number"), 3);
	assert_text(text_at(&early, "editions.0.changes"), "One more");
	assert_int_equal(number_at(&early, "editions.2.number"), 1);
	assert_text(text_at(&early, "editions.2.changes"), "");
	assert_int_equal(state_of(&late), 200);
	assert_int_equal(json_array_size(answer_at(&late, "editions")), 2); /* the first was never theirs */
}

static void test_all_of_learning_is_of_the_edition_kept(void **state)
{
	(void)state;
	assert_int_equal(choose(&early, 1), 200);
	assert_int_equal(number_at(&early, "edition"), 1);
	assert_int_equal(number_at(&early, "total"), 3);
	assert_text(text_at(&early, "sections.0.lessons.1.key"), "old");
	assert_int_equal(visit(&early, GET, path("/api/works", "/lessons/both"), NULL), 200);
	assert_text(text_at(&early, "title"), "both 1");
	assert_int_equal(number_at(&early, "doc.attrs.edition"), 1);
	assert_text(text_at(&early, "next.key"), "old");
	assert_int_equal(visit(&early, GET, path("/api/works", "/lessons/new"), NULL), 404);
	assert_int_equal(visit(&early, POST, path("/api/learn", "/quizzes/quiz"), "{\"answers\":[{\"choice\":[0]}]}"), 200);
	assert_int_equal(number_at(&early, "score"), 1);
	assert_int_equal(visit(&early, PUT, path("/api/learn", "/progress"), "{\"key\":\"old\",\"position\":1,\"done\":true}"), 200);
	assert_int_equal(number_at(&early, "percent"), 33);
	assert_int_equal(visit(&early, GET, "/api/me/works", NULL), 200);
	assert_int_equal(number_at(&early, "items.0.percent"), 33);
	assert_int_equal(number_at(&early, "items.0.total"), 3);
	/* and of nobody else */
	assert_int_equal(visit(&late, GET, path("/api/works", "/lessons/both"), NULL), 200);
	assert_text(text_at(&late, "title"), "both 3");
	assert_int_equal(visit(&late, GET, path("/api/works", "/lessons/old"), NULL), 404);
}

static void test_back_to_the_newest(void **state)
{
	(void)state;
	assert_int_equal(choose(&early, 1), 200);
	assert_int_equal(choose(&early, 2), 200);
	assert_int_equal(state_of(&early), 200);
	assert_int_equal(number_at(&early, "edition"), 2);
	assert_int_equal(choose(&early, 3), 200);
	assert_int_equal(state_of(&early), 200);
	assert_int_equal(number_at(&early, "edition"), 3);
	assert_int_equal(db_testing_int(house.db, "select count(*) from kept_edition"), 0);
}

static void test_only_what_is_theirs(void **state)
{
	(void)state;
	assert_int_equal(choose(&late, 1), 404);
	assert_text(text_at(&late, "type"), "edition-not-mine");
	assert_int_equal(choose(&late, 4), 404);
	assert_int_equal(choose(&late, 0), 422);
	assert_int_equal(choose(&late, -1), 422);
	assert_int_equal(choose(&stranger, 3), 402);
	assert_int_equal(db_testing_int(house.db, "select count(*) from kept_edition"), 0);
	assert_int_equal(choose(&late, 2), 200);
}

static problem read_shares(struct tx *tx, void *arg)
{
	int64_t *shares = arg;
	problem why = learning_studied(tx, (struct user_id){ EARLY }, work, &shares[0]);

	return why ? why : learning_received(tx, (struct user_id){ EARLY }, work, &shares[1]);
}

/* All of the first edition was read: to go on to one that has none of it gives no money back. */
static void test_a_refund_counts_the_edition_of_which_most_was_read(void **state)
{
	static const char *const read[] = { "both", "old", "older" };
	int64_t shares[2];

	(void)state;
	assert_int_equal(choose(&early, 1), 200);
	for (int i = 0; i < 3; i++)
		assert_int_equal(visit(&early, PUT, path("/api/learn", "/progress"),
		                       arena_cstr(arena, arena_format(arena, "{\"key\":\"%s\",\"position\":1,\"done\":true}", read[i]))), 200);
	assert_int_equal(choose(&early, 3), 200);
	assert_done(db_read(house.db, read_shares, shares));
	assert_int_equal(shares[0], 33);
	assert_int_equal(shares[1], 100);
}

static problem end(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "update entitlement set until_ms = 1, from_ms = 0 where user_id = $1", V((int64_t)EARLY));
	return tx_problem(tx);
}

static problem renew(struct tx *tx, void *arg)
{
	const struct opening order = { { EARLY }, "order", 99, tx_now_ms(tx), 0 };
	struct work_card card;
	problem why = work_by_id(tx, work, &card);

	(void)arg;
	order__insert_entitlement(tx, &order, work, card.edition);
	return why ? why : tx_problem(tx);
}

/* Who renews after an end goes on where they were, and may still choose what was theirs. */
static void test_an_end_takes_no_edition_away(void **state)
{
	(void)state;
	assert_int_equal(choose(&early, 1), 200);
	assert_done(db_write(house.db, end, NULL));
	assert_int_equal(state_of(&early), 402);
	assert_int_equal(choose(&early, 2), 402);
	assert_done(db_write(house.db, renew, NULL));
	assert_int_equal(state_of(&early), 200);
	assert_int_equal(number_at(&early, "edition"), 1);
	assert_int_equal(json_array_size(answer_at(&early, "editions")), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_newest_unless_chosen),
		TEST(test_all_of_learning_is_of_the_edition_kept),
		TEST(test_back_to_the_newest),
		TEST(test_only_what_is_theirs),
		TEST(test_a_refund_counts_the_edition_of_which_most_was_read),
		TEST(test_an_end_takes_no_edition_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
