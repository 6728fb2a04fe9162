/* served_test.c - what was given out counts when money is asked back, whatever the browser tells of it: texts that were opened, parts of
 * recordings that went out. A look, what a player takes in ahead and what is free to all do not. */
#include "learning/testing.h"

enum { TALK = 910, TALK_BYTES = 600000, PART = TALK_BYTES / MEDIA_PARTS };

/* ---- a work of four lessons: two texts, a recording, and one that is free ---- */

static problem store_course(struct tx *tx, void *arg)
{
	struct text plain = TEXT("{\"type\":\"doc\",\"content\":[]}"), talk = TEXT("{\"type\":\"doc\",\"content\":[{\"type\":\"audio\",\"attrs\":{\"asset\":910}}]}");
	struct lesson_draft lessons[] = {
		{ .key = TEXT("free"), .title = TEXT("Free"), .plain = TEXT(""), .doc = plain, .free = true },
		{ .key = TEXT("one"), .title = TEXT("One"), .plain = TEXT(""), .doc = plain },
		{ .key = TEXT("two"), .title = TEXT("Two"), .plain = TEXT(""), .doc = plain },
		{ .key = TEXT("talk"), .title = TEXT("Talk"), .plain = TEXT(""), .doc = talk },
	};
	struct section_draft section = { .title = TEXT("Part"), .lessons = lessons, .lesson_count = 4 };
	const struct work_draft draft = {
		.source = TEXT("test"), .creator = shop.creator, .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = TEXT("Course"),
		.summary = TEXT("About"), .price = MONEY(PRICE), .price_given = true, .sections = &section, .section_count = 1,
	};
	enum work_change change;

	(void)arg;
	return work_store(tx, &draft, (struct user_id){ AUTHOR }, &change, &shop.work);
}

static int open_course(void **state)
{
	open_shop(state);
	film(TALK, TALK_BYTES);
	assert_done(db_write(shop.db, store_course, NULL));
	buy();
	return 0;
}

/* ---- steps ---- */

static int open_lesson(struct visitor *who, const char *key)
{
	return visit(who, GET, print("/api/works/%lld/lessons/%s", (long long)shop.work.v, key), NULL);
}

static const char *open_talk(struct visitor *who)
{
	assert_int_equal(open_lesson(who, "talk"), 200);
	return arena_cstr(shop.arena, json_text(answer_at(who, "media.0.url")));
}

static problem receive(struct tx *tx, void *arg) { return learning_received(tx, (struct user_id){ BUYER }, shop.work, arg); }

static int64_t received(void)
{
	int64_t percent = -1;

	assert_done(db_read(shop.db, receive, &percent));
	return percent;
}

/* It is written a moment after. */
static void expect_percent(int64_t percent)
{
	while (received() != percent)
		nanosleep(&(struct timespec){ .tv_nsec = 20 * 1000 * 1000 }, NULL);
}

static void expect_rows(int64_t n)
{
	while (count("select count(*) from lesson_served") != n)
		nanosleep(&(struct timespec){ .tv_nsec = 20 * 1000 * 1000 }, NULL);
}

static void finish(const char *key)
{
	assert_int_equal(visit(&buyer, PUT, print("/api/learn/%lld/progress", (long long)shop.work.v), print("{\"key\":\"%s\",\"position\":1,\"done\":true}", key)), 200);
}

/* ---- texts ---- */

static void test_texts_that_were_opened_count_and_a_look_does_not(void **state)
{
	(void)state;
	assert_int_equal(open_lesson(&buyer, "one"), 200);
	expect_rows(1);
	assert_int_equal(received(), 0);
	assert_int_equal(open_lesson(&buyer, "one"), 200);
	assert_int_equal(open_lesson(&buyer, "two"), 200);
	expect_percent(25);
	finish("one"); /* told is told: the other one is the look then */
	assert_int_equal(received(), 25);
	finish("two");
	assert_int_equal(received(), 50);
	assert_int_equal(count("select count(*) from lesson_served"), 2);
}

static void test_what_is_free_to_all_is_not_given_out(void **state)
{
	(void)state;
	assert_int_equal(open_lesson(&buyer, "one"), 200);
	assert_int_equal(open_lesson(&buyer, "free"), 200);
	assert_int_equal(open_lesson(&buyer, "two"), 200);
	expect_rows(2);
	expect_percent(25);
}

static void test_reading_ahead_gets_nothing_and_counts_nothing(void **state)
{
	(void)state;
	assert_int_equal(open_lesson(&buyer, "one"), 200);
	expect_rows(1);
	buyer.more[0] = (struct header){ TEXT("Sec-Purpose"), TEXT("prefetch;prerender") };
	buyer.more_count = 1;
	assert_int_equal(open_lesson(&buyer, "two"), 503);
	assert_true(answer_is_problem(&buyer, "lesson-not-ahead"));
	assert_int_equal(open_lesson(&buyer, "free"), 200);
	buyer.more_count = 0;
	assert_int_equal(open_lesson(&buyer, "talk"), 200);
	expect_rows(3);
	assert_int_equal(received(), 0);
}

/* Somebody else's reading, of the same work, is his own. */
static void test_another_counts_for_himself(void **state)
{
	(void)state;
	assert_int_equal(open_lesson(&other, "one"), 200);
	assert_int_equal(open_lesson(&other, "two"), 200);
	assert_int_equal(play_range(&other, open_talk(&other), 0, TALK_BYTES - 1), 206);
	expect_rows(4);
	assert_int_equal(received(), 0);
}

/* ---- recordings ---- */

static void test_parts_that_went_out(void **state)
{
	(void)state;
	assert_int_equal(media_served_permille(0, TALK_BYTES), 0);
	assert_int_equal(media_served_permille((INT64_C(1) << MEDIA_PARTS) - 1, TALK_BYTES), 1000);
	assert_int_equal(media_served_permille((INT64_C(1) << 30) - 1, TALK_BYTES), 0);   /* half of what is small */
	assert_int_equal(media_served_permille((INT64_C(1) << 45) - 1, TALK_BYTES), 500);
	assert_int_equal(media_served_permille((INT64_C(1) << 15) - 1, 16 << 20), 0);     /* four megabytes of what is not */
	assert_int_equal(media_served_permille((INT64_C(1) << 42) - 1, 16 << 20), 600);
	assert_int_equal(media_served_permille((INT64_C(1) << 42) - 1, 0), 700);
}

static void test_a_recording_counts_by_what_went_out(void **state)
{
	const char *address;

	(void)state;
	address = open_talk(&buyer);
	expect_rows(2);
	for (int i = 0; i < 3; i++)
		assert_int_equal(play_range(&buyer, address, 0, 30 * PART - 1), 206); /* what a player takes in ahead, thrice */
	assert_int_equal(visit(&buyer, HEAD, address, NULL), 200);
	assert_int_equal(play_range(&buyer, address, TALK_BYTES, TALK_BYTES), 416);
	for (int i = 59; i >= 45; i--) { /* in pieces and in any order */
		assert_int_equal(play_range(&buyer, address, i * PART + PART / 2, (i + 1) * PART - 1), 206);
		assert_int_equal(play_range(&buyer, address, i * PART, i * PART + PART / 2 - 1), 206);
	}
	expect_percent(12); /* half of a lesson in four */
	assert_int_equal(play_range(&buyer, address, 30 * PART, 45 * PART - 1), 206);
	expect_percent(25);
	assert_int_equal(visit(&buyer, GET, address, NULL), 200);
	finish("talk");
	assert_int_equal(received(), 25);
}

/* The same half of each part again and again is that half. */
static void test_what_went_out_twice_counts_once(void **state)
{
	const char *address;

	(void)state;
	address = open_talk(&buyer);
	expect_rows(2);
	for (int again = 0; again < 3; again++)
		assert_int_equal(play_range(&buyer, address, 0, 32 * PART - 1), 206);
	for (int i = 32; i < 60; i++) {
		for (int again = 0; again < 2; again++)
			assert_int_equal(play_range(&buyer, address, i * PART, i * PART + PART / 2 - 1), 206);
	}
	stop(); /* tells all */
	assert_int_equal(received(), 13); /* 46 of 60, the first 30 for nothing: of a lesson in four */
	start();
}

/* A byte that is left out of each part, or a quarter, leaves no more than that. */
static void test_parts_that_miss_a_byte_count(void **state)
{
	const char *address;

	(void)state;
	address = open_talk(&buyer);
	expect_rows(2);
	for (int i = 0; i < 60; i++)
		assert_int_equal(play_range(&buyer, address, i * PART + 1, i * PART + PART * 3 / 4 - 1), 206);
	expect_percent(12); /* 45 of 60 */
	for (int i = 0; i < 60; i++)
		assert_int_equal(play_range(&buyer, address, i * PART + PART * 3 / 4, (i + 1) * PART - 2), 206);
	expect_percent(25);
}

/* A proxy that reads on while nobody plays would make the whole of it counted. */
static void test_a_proxy_is_told_to_hold_nothing(void **state)
{
	(void)state;
	assert_int_equal(play_range(&buyer, open_talk(&buyer), 0, 9), 206);
	assert_text(http_answer_header(&buyer.answer, "X-Accel-Buffering"), "no");
}

static void test_a_restart_forgets_nothing_that_was_told(void **state)
{
	const char *address;

	(void)state;
	address = open_talk(&buyer);
	expect_rows(2);
	assert_int_equal(visit(&buyer, GET, address, NULL), 200);
	stop(); /* tells the last */
	assert_int_equal(received(), 25);
	start();
	assert_int_equal(play_range(&buyer, address, 0, PART - 1), 206);
	assert_int_equal(received(), 25);
}

/* ---- documents and files ---- */

enum { BOOK = 911, BOOK_PAGES = 50, BUNDLE = 912, BUNDLE_BYTES = 100000 };

static void page_file(const char *name, int64_t asset, int64_t size)
{
	FILE *file = fopen(asset_path(shop.arena, text_of(shop.house.folder), (struct asset_id){ asset }, name), "w");

	assert_non_null(file);
	assert_int_equal(ftruncate(fileno(file), size), 0);
	assert_int_equal(fclose(file), 0);
}

/* A work of one lesson, a PDF and an attachment. */
static problem store_book(struct tx *tx, void *arg)
{
	struct lesson_draft lesson = { .key = TEXT("one"), .title = TEXT("One"), .plain = TEXT(""),
		.doc = TEXT("{\"type\":\"doc\",\"content\":[{\"type\":\"pdf\",\"attrs\":{\"asset\":911}},{\"type\":\"attachment\",\"attrs\":{\"asset\":912}}]}") };
	struct section_draft section = { .title = TEXT("Part"), .lessons = &lesson, .lesson_count = 1 };
	const struct work_draft draft = {
		.source = TEXT("test"), .creator = shop.creator, .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = TEXT("Book"),
		.summary = TEXT("About"), .price = MONEY(PRICE), .price_given = true, .sections = &section, .section_count = 1,
	};
	enum work_change change;

	(void)arg;
	return work_store(tx, &draft, (struct user_id){ AUTHOR }, &change, &shop.work);
}

static int open_book(void **state)
{
	open_shop(state);
	film(BOOK, 5);
	film(BUNDLE, 5);
	by_hand("update asset set kind = 'pdf', ext = 'pdf', pages = 50, served = '' where id = 911");
	by_hand("update asset set kind = 'file', ext = 'zip', name = 'a.zip', served = '' where id = 912");
	for (int i = 1; i <= BOOK_PAGES; i++)
		page_file(print("page-%d.jpg", i), BOOK, 1000);
	page_file("original", BUNDLE, BUNDLE_BYTES);
	assert_done(db_write(shop.db, store_book, NULL));
	buy();
	assert_int_equal(open_lesson(&buyer, "one"), 200);
	expect_rows(3);
	return 0;
}

static void see_page(const char *address, int n)
{
	size_t at = text_find(text_of(address), TEXT("{n}"));

	assert_true(at != SIZE_MAX);
	assert_int_equal(visit(&buyer, GET, print("%.*s%d%s", (int)at, address, n, address + at + 3), NULL), 200);
}

static void test_a_book_counts_by_its_pages(void **state)
{
	const char *address = arena_cstr(shop.arena, json_text(answer_at(&buyer, "media.0.page_url")));

	(void)state;
	assert_int_equal(received(), 0); /* looked in */
	for (int again = 0; again < 2; again++) {
		for (int i = 1; i <= 10; i++)
			see_page(address, i);
	}
	expect_percent(20);
	for (int i = BOOK_PAGES; i > 10; i--)
		see_page(address, i);
	expect_percent(100);
}

static void test_a_file_counts_by_what_was_fetched(void **state)
{
	const char *address = arena_cstr(shop.arena, json_text(answer_at(&buyer, "media.1.url")));

	(void)state;
	assert_int_equal(play_range(&buyer, address, 0, BUNDLE_BYTES / 4 - 1), 206);
	expect_percent(25);
	assert_int_equal(visit(&buyer, GET, address, NULL), 200);
	expect_percent(100);
}

/* ---- the quote ---- */

/* He took all of it, and his browser told nothing. */
static void test_the_quote_knows_what_was_taken(void **state)
{
	const char *quote = print("/api/orders/%lld/refund-quote", (long long)bought.id.v);

	(void)state;
	assert_int_equal(visit(&buyer, GET, quote, NULL), 200);
	assert_text(json_text(answer_at(&buyer, "way")), "automatic");
	assert_int_equal(open_lesson(&buyer, "one"), 200);
	assert_int_equal(open_lesson(&buyer, "two"), 200);
	assert_int_equal(visit(&buyer, GET, open_talk(&buyer), NULL), 200);
	expect_percent(50);
	assert_int_equal(visit(&buyer, GET, quote, NULL), 200);
	assert_text(json_text(answer_at(&buyer, "way")), "review");
	assert_int_equal(json_integer_value(answer_at(&buyer, "studied")), 50);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_course, close_shop)
#define BOOK_TEST(name) cmocka_unit_test_setup_teardown(name, open_book, close_shop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_texts_that_were_opened_count_and_a_look_does_not), TEST(test_what_is_free_to_all_is_not_given_out),
		TEST(test_reading_ahead_gets_nothing_and_counts_nothing), TEST(test_another_counts_for_himself),
		TEST(test_parts_that_went_out), TEST(test_a_recording_counts_by_what_went_out), TEST(test_a_proxy_is_told_to_hold_nothing),
		TEST(test_what_went_out_twice_counts_once), TEST(test_parts_that_miss_a_byte_count),
		TEST(test_a_restart_forgets_nothing_that_was_told),
		TEST(test_the_quote_knows_what_was_taken), BOOK_TEST(test_a_book_counts_by_its_pages), BOOK_TEST(test_a_file_counts_by_what_was_fetched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
