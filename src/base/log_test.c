#include "base/testing.h"

#include <unistd.h>

#include "base/json.h"
#include "base/log.h"

static int pipe_ends[2];
static char bytes[64 << 10];

/* What was logged since the last call. */
static struct text logged(void)
{
	ssize_t got = read(pipe_ends[0], bytes, sizeof bytes);

	return (struct text){ bytes, got > 0 ? (size_t)got : 0 };
}

static int open_log(void **state)
{
	(void)state;
	if (pipe(pipe_ends))
		return -1;
	log_set(pipe_ends[1], LOG_INFO);
	return 0;
}

static void test_a_line_is_an_object(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	json_t *line;

	(void)state;
	log_line(LOG_WARN, "job-failed", "kind", TEXT("mail"), "why", TEXT("知\n{\"event\":\"forged\"}"), "none",
		 (struct text){ 0 }, NULL);
	assert_done(json_read(arena, logged(), &line));
	assert_text(json_get_text(line, "level"), "warn");
	assert_text(json_get_text(line, "event"), "job-failed");
	assert_text(json_get_text(line, "kind"), "mail");
	assert_text(json_get_text(line, "why"), "知\n{\"event\":\"forged\"}");
	assert_true(json_is_null(json_object_get(line, "none")));
	assert_int_equal(json_get_text(line, "time").length, strlen("2025-01-01T12:00:00.000Z"));
	arena_free(arena);
}

static void test_foreign_bytes_stay_in_one_line(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct text all;
	json_t *line;

	(void)state;
	log_line(LOG_INFO, "x", "agent", TEXT("a\r\n\xff\x1b[31m"), NULL);
	all = logged();
	assert_int_equal(text_find_char(all, '\n'), all.length - 1);
	assert_done(json_read(arena, all, &line));
	assert_text(json_get_text(line, "agent"), "a\r\n\xef\xbf\xbd\x1b[31m");
	arena_free(arena);
}

static void test_what_is_too_long_is_left_out(void **state)
{
	static char much[20000];
	struct arena *arena = arena_new(1 << 20);
	json_t *line;

	(void)state;
	memset(much, 'x', sizeof much);
	log_line(LOG_INFO, "x", "much", (struct text){ much, sizeof much }, "then", TEXT("y"), NULL);
	assert_done(json_read(arena, logged(), &line));
	assert_null(json_object_get(line, "much"));
	assert_text(json_get_text(line, "then"), "y");
	arena_free(arena);
}

static void test_level(void **state)
{
	(void)state;
	log_line(LOG_DEBUG, "hidden", NULL);
	log_line(LOG_ERROR, "shown", NULL);
	assert_true(text_find(logged(), TEXT("hidden")) == SIZE_MAX);
}

static size_t lines_of(struct text all)
{
	size_t lines = 0;

	for (size_t i = 0; i < all.length; i++)
		lines += all.at[i] == '\n';
	return lines;
}

static void test_gathered_lines_come_whole_and_in_order(void **state)
{
	struct text all;

	(void)state;
	log_gather();
	log_gather();
	log_line(LOG_INFO, "first", NULL);
	log_line(LOG_INFO, "second", NULL);
	log_line(LOG_WARN, "third", NULL);
	all = logged(); /* the warning took the others along */
	assert_int_equal(lines_of(all), 3);
	assert_true(text_find(all, TEXT("first")) < text_find(all, TEXT("second")));
	log_line(LOG_INFO, "fourth", NULL);
	log_gather_end();
	assert_int_equal(lines_of(logged()), 1); /* by the thread, soon */
	log_line(LOG_INFO, "fifth", NULL);
	log_gather_end();
	assert_int_equal(lines_of(logged()), 1); /* at the end */
	log_line(LOG_INFO, "sixth", NULL);
	assert_int_equal(lines_of(logged()), 1); /* nobody gathers any more */
}

static void test_the_last_errors_are_kept_without_what_came_from_outside(void **state)
{
	struct log_recent last[LOG_RECENT_MAX];

	(void)state;
	log_line(LOG_ERROR, "request", "path", TEXT("/u/secret"), "route", TEXT("/u/{name}"), "status", TEXT("500"), "peer", TEXT("10.0.0.1"), "why", TEXT("db"), NULL);
	log_line(LOG_WARN, "no-error", "why", TEXT("x"), NULL);
	assert_true(log_recent(last) >= 1);
	assert_string_equal(last[0].event, "request");
	assert_string_equal(last[0].detail, "/u/{name} 500 db");
	assert_true(last[0].at_ms > 0);
	for (int i = 0; i < 3 * LOG_RECENT_MAX; i++)
		log_line(LOG_ERROR, i % 2 ? "odd" : "even", NULL);
	assert_int_equal(log_recent(last), LOG_RECENT_MAX);
	assert_string_equal(last[0].event, "odd");
	assert_string_equal(last[1].event, "even");
	assert_string_equal(last[0].detail, "");
	logged();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line_is_an_object),
		cmocka_unit_test(test_foreign_bytes_stay_in_one_line),
		cmocka_unit_test(test_what_is_too_long_is_left_out),
		cmocka_unit_test(test_level),
		cmocka_unit_test(test_the_last_errors_are_kept_without_what_came_from_outside),
		cmocka_unit_test(test_gathered_lines_come_whole_and_in_order),
	};

	return cmocka_run_group_tests_name("log", tests, open_log, NULL);
}
