/* num_test.c - random numbers by place, loops over threads, models as files. The distributions hold num.c, regression holds qr.c. */
#include "base/testing.h"

#include "num/random.h"
#include "num/saved.h"
#include "num/threads.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- random ---- */

/* SplitMix64 as its authors publish it, from the state 1234567. */
static void test_random_is_splitmix(void **state)
{
	static const uint64_t published[] = { 6457827717110365317u, 3203168211198807973u, 9817491932198370423u, 4593380528125082431u, 16408922859458223821u };

	(void)state;
	for (uint64_t i = 0, at = 1234567; i < 5; i++) {
		uint64_t z = at += 0x9E3779B97F4A7C15u;
		uint64_t inverse = 0xF1DE83E19937733Du; /* of the step, modulo 2^64 */

		assert_int_equal(random_bits(z * inverse - 1), published[i]);
	}
}

static void test_random_shares(void **state)
{
	struct random r = random_of(7, 3), same = random_of(7, 3);
	uint32_t at[100], counts[6] = { 0 };
	double sum = 0, squares = 0;

	(void)state;
	assert_int_equal(random_next(&r), random_next(&same));
	for (int i = 0; i < 60000; i++)
		counts[random_below(&r, 6)]++;
	for (int i = 0; i < 6; i++)
		assert_in_range(counts[i], 9600, 10400); /* four and a half standard deviations */
	for (int i = 0; i < 100000; i++) {
		double x = random_normal(&r);

		sum += x;
		squares += x * x;
	}
	assert_true(fabs(sum / 100000) < .015 && fabs(squares / 100000 - 1) < .02);
	for (uint32_t i = 0; i < 100; i++)
		at[i] = i;
	random_shuffle(&r, at, 100);
	sum = 0;
	for (uint32_t i = 0; i < 100; i++)
		sum += at[i];
	assert_true(sum == 4950 && (at[0] != 0 || at[1] != 1 || at[2] != 2));
}

/* ---- threads ---- */

enum { PARTS = 1000 };

struct squares {
	size_t threads;
	uint64_t of[PARTS];
};

static void square(void *self, size_t part, size_t thread)
{
	struct squares *s = self;

	assert_true(thread < s->threads);
	s->of[part] += part * part;
}

static void test_each_part_once(void **state)
{
	(void)state;
	for (size_t count = 0; count <= 5; count++) {
		struct threads *t = threads_start(count);
		static struct squares s;

		s = (struct squares){ .threads = threads_count(t) };
		for (int round = 1; round <= 50; round++) {
			threads_each(t, PARTS, square, &s);
			for (size_t i = 0; i < PARTS; i++)
				assert_int_equal(s.of[i], (uint64_t)round * i * i);
		}
		threads_each(t, 0, square, &s);
		threads_stop(t);
	}
}

/* ---- models as files ---- */

static const float floats[3] = { 1.5f, -2, 1e-30f };
static const uint8_t bytes[65] = { 1, 2, 3, [64] = 9 };

static void write_model(struct buffer *b)
{
	saved_begin(b, "test", 3);
	saved_add(b, "floats", SAVED_F32, floats, 3);
	saved_add(b, "nothing", SAVED_I64, NULL, 0);
	saved_add(b, "bytes", SAVED_U8, bytes, 65);
	saved_end(b);
	assert_null(b->why);
}

static void test_a_model_comes_back(void **state)
{
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);
	struct saved s;
	const void *at;
	size_t count;

	(void)state;
	write_model(&b);
	assert_done(saved_open(buffer_text(&b), "test", 3, &s));
	assert_done(saved_array(&s, "floats", SAVED_F32, &count, &at));
	assert_int_equal(count, 3);
	assert_memory_equal(at, floats, sizeof floats);
	assert_done(saved_array_of(&s, "bytes", SAVED_U8, 65, &at));
	assert_memory_equal(at, bytes, sizeof bytes);
	assert_done(saved_array_of(&s, "nothing", SAVED_I64, 0, &at));
	assert_problem(saved_array_of(&s, "bytes", SAVED_U8, 64, &at), saved_lacks);
	assert_problem(saved_array_of(&s, "bytes", SAVED_F32, 65, &at), saved_lacks);
	assert_problem(saved_array_of(&s, "byte", SAVED_U8, 65, &at), saved_lacks);
	assert_problem(saved_open(buffer_text(&b), "tes", 3, &s), saved_kind);
	assert_problem(saved_open(buffer_text(&b), "test", 4, &s), saved_version);
}

/* Each bit turned, each length cut: refused, and nothing is read outside (under the sanitizers). */
static void test_damage_is_seen(void **state)
{
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);
	struct saved s;

	(void)state;
	write_model(&b);
	for (size_t i = 0; i < b.length * 8; i++) {
		b.at[i / 8] = (char)(b.at[i / 8] ^ (1 << i % 8));
		assert_non_null(saved_open(buffer_text(&b), "test", 3, &s));
		b.at[i / 8] = (char)(b.at[i / 8] ^ (1 << i % 8));
	}
	for (size_t length = 0; length < b.length; length++) {
		char *cut = malloc(length + 1);

		memcpy(cut, b.at, length);
		assert_non_null(saved_open((struct text){ cut, length }, "test", 3, &s));
		free(cut);
	}
	assert_done(saved_open(buffer_text(&b), "test", 3, &s));
}

static void test_a_model_is_written_whole(void **state)
{
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);
	char folder[] = "/tmp/num-XXXXXX", path[64];
	FILE *file;

	(void)state;
	write_model(&b);
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/model", folder);
	assert_done(saved_write(&b, path));
	file = fopen(path, "rb");
	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	assert_int_equal(ftell(file), b.length);
	fclose(file);
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
	assert_problem(saved_write(&b, path), problem_busy);
	b.why = &problem_too_large;
	assert_problem(saved_write(&b, path), problem_too_large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_is_splitmix), cmocka_unit_test(test_random_shares), cmocka_unit_test(test_each_part_once),
		cmocka_unit_test(test_a_model_comes_back), cmocka_unit_test(test_damage_is_seen), cmocka_unit_test(test_a_model_is_written_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
