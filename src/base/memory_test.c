#include "base/testing.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buffer.h"

static void test_arena_gives_zeroed_aligned_pieces_apart(void **state)
{
	struct arena *arena = arena_new(16 << 20);
	unsigned char *pieces[400];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 400; i++) {
			size_t bytes = 1 + i * i % 9000;

			pieces[i] = arena_alloc(arena, bytes);
			assert_int_equal((uintptr_t)pieces[i] % 16, 0);
			for (size_t k = 0; k < bytes; k++)
				assert_int_equal(pieces[i][k], 0);
			memset(pieces[i], (int)(i % 255) + 1, bytes);
		}
		for (size_t i = 0; i < 400; i++)
			for (size_t k = 0; k < 1 + i * i % 9000; k++)
				assert_int_equal(pieces[i][k], i % 255 + 1);
		arena_reset(arena);
		assert_int_equal(arena_used(arena), 0);
	}
	arena_free(arena);
	arena_free(NULL);
}

static void test_arena_large_piece_leaves_the_block_in_use(void **state)
{
	struct arena *arena = arena_new(64 << 20);
	char *before, *large, *after;

	(void)state;
	arena_alloc(arena, 15 << 10);
	before = arena_alloc(arena, 10 << 10); /* a second block */
	large = arena_alloc(arena, 5 << 20);
	after = arena_alloc(arena, 16);
	memset(large, 1, 5 << 20);
	assert_in_range((uintptr_t)after, (uintptr_t)before, (uintptr_t)before + (32 << 10));
	arena_free(arena);
}

static void note(void *what)
{
	char **at = what;

	*(*at)++ = '.';
}

static char order[3];
static size_t order_count;
static void note_letter(void *letter)
{
	order[order_count++] = *(char *)letter;
}

static void test_arena_runs_what_was_deferred_last_first(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	char letters[] = "abc", dots[4] = "", *dot = dots;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		arena_defer(arena, note_letter, letters + i);
	arena_reset(arena);
	assert_memory_equal(order, "cba", 3);
	arena_defer(arena, note, &dot);
	arena_free(arena);
	assert_string_equal(dots, ".");
}

static void test_arena_text(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	char source[] = "知坊x";
	struct text copy = arena_text(arena, text_head(text_of(source), 6));

	(void)state;
	source[0] = 0;
	assert_text(copy, "知坊");
	assert_int_equal(copy.at[copy.length], 0);
	assert_null(arena_text(arena, (struct text){ 0 }).at);
	assert_non_null(arena_text(arena, TEXT("")).at);
	assert_text(arena_format(arena, "%s[%d]", "items", 2), "items[2]");
	assert_text(arena_join(arena, (const struct text[]){ TEXT("/"), TEXT(""), TEXT("知"), { 0 }, TEXT("坊") }, 5), "/知坊");
	assert_text(arena_join(arena, NULL, 0), "");
	for (int width = 250; width < 260; width++) { /* around what is formatted once */
		struct text padded = arena_format(arena, "%*d", width, 7);

		assert_int_equal(padded.length, width);
		assert_int_equal(strlen(padded.at), width);
		assert_int_equal(padded.at[width - 1], '7');
	}
	arena_free(arena);
}

static bool aborts(void (*act)(struct arena *))
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child) {
		signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		act(arena_new(1000));
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void stay_below(struct arena *arena)
{
	arena_alloc(arena, 1000);
}

static void pass_ceiling(struct arena *arena)
{
	arena_alloc(arena, 600);
	arena_alloc(arena, 401);
}

static void overflow_array(struct arena *arena)
{
	(void)ARENA_ARRAY(arena, int64_t, SIZE_MAX / 4);
}

static void test_arena_aborts_beyond_its_ceiling(void **state)
{
	(void)state;
	assert_false(aborts(stay_below));
	assert_true(aborts(pass_ceiling));
	assert_true(aborts(overflow_array));
}

static void test_buffer_error_sticks(void **state)
{
	CLEANUP(buffer_free) struct buffer b = BUFFER(10);

	(void)state;
	assert_text(buffer_text(&b), "");
	buffer_add(&b, TEXT("12345"));
	buffer_add(&b, TEXT("678901"));
	assert_problem(b.why, problem_too_large);
	buffer_add_char(&b, '6'); /* would fit, but the text would have a hole */
	assert_text(buffer_text(&b), "12345");
	assert_null(buffer_extend(&b, 1));
	buffer_clear(&b);
	buffer_add(&b, TEXT("1234567890"));
	assert_done(b.why);
	assert_text(buffer_text(&b), "1234567890");
	buffer_free(&b);
	buffer_add(&b, TEXT("again"));
	assert_text(buffer_text(&b), "again");
}

static void test_buffer_fills_its_ceiling(void **state)
{
	CLEANUP(buffer_free) struct buffer none = BUFFER(0), few = BUFFER(3);

	(void)state;
	assert_non_null(buffer_extend(&none, 0));
	buffer_add(&none, TEXT(""));
	assert_done(none.why);
	buffer_add_char(&none, 'x');
	assert_problem(none.why, problem_too_large);
	assert_text(buffer_text(&none), "");
	buffer_add_char(&few, 'a');
	buffer_add(&few, TEXT("bc"));
	assert_non_null(buffer_extend(&few, 0));
	assert_done(few.why);
	assert_null(buffer_extend(&few, SIZE_MAX));
	assert_problem(few.why, problem_too_large);
	assert_text(buffer_text(&few), "abc");
}

static void test_buffer_integers(void **state)
{
	CLEANUP(buffer_free) struct buffer b = BUFFER(100);
	char expected[48];

	(void)state;
	for (int64_t n = 0; n < 10000; n++) {
		buffer_clear(&b);
		buffer_add_int(&b, n);
		snprintf(expected, sizeof expected, "%jd", (intmax_t)n);
		assert_text(buffer_text(&b), expected);
	}
	for (int64_t n = 1; n < INT64_MAX / 11; n = n * 10 + n % 7) {
		for (int64_t near = n - 1; near <= n + 1; near++) {
			buffer_clear(&b);
			buffer_add_int(&b, near);
			buffer_add_int(&b, -near - 1);
			snprintf(expected, sizeof expected, "%jd%jd", (intmax_t)near, (intmax_t)(-near - 1));
			assert_text(buffer_text(&b), expected);
		}
	}
}

static void test_buffer_writers(void **state)
{
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);

	(void)state;
	buffer_add_int(&b, INT64_MIN);
	buffer_add_char(&b, ' ');
	buffer_add_int(&b, 0);
	buffer_add_char(&b, ' ');
	buffer_add_int(&b, INT64_MAX);
	assert_text(buffer_text(&b), "-9223372036854775808 0 9223372036854775807");
	buffer_clear(&b);
	for (int i = 0; i < 10000; i++)
		buffer_format(&b, "%05d,", i);
	assert_int_equal(b.length, 60000);
	assert_text(text_from(buffer_text(&b), 59988), "09998,09999,");
}

static void test_buffer_format_at_the_ceiling(void **state)
{
	CLEANUP(buffer_free) struct buffer b = BUFFER(6);

	(void)state;
	buffer_format(&b, "%s", "12345");
	assert_done(b.why);
	buffer_format(&b, "%s", "67");
	assert_problem(b.why, problem_too_large);
	assert_text(buffer_text(&b), "12345");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arena_gives_zeroed_aligned_pieces_apart),
		cmocka_unit_test(test_arena_large_piece_leaves_the_block_in_use),
		cmocka_unit_test(test_arena_runs_what_was_deferred_last_first),
		cmocka_unit_test(test_arena_text),
		cmocka_unit_test(test_arena_aborts_beyond_its_ceiling),
		cmocka_unit_test(test_buffer_error_sticks),
		cmocka_unit_test(test_buffer_fills_its_ceiling),
		cmocka_unit_test(test_buffer_integers),
		cmocka_unit_test(test_buffer_writers),
		cmocka_unit_test(test_buffer_format_at_the_ceiling),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
