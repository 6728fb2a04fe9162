#include "base/testing.h"

#include "base/money.h"

static void test_from_yuan(void **state)
{
	static const struct {
		const char *yuan;
		int64_t fen;
	} right[] = {
		{ "0", 0 },        { "0.00", 0 },  { "0.01", 1 },  { "0.1", 10 },
		{ "12.30", 1230 }, { "99", 9900 }, { "007", 700 }, { "92233720368547758.07", INT64_MAX },
	};
	static const char *const wrong[] = {
		"",
		".",
		"1.",
		".5",
		"1..2",
		"1.2.3",
		"-1",
		"+1",
		" 1",
		"1 ",
		"1,000",
		"0.1+0.2",
		"1e2",
		"1E2",
		"0x10",
		"１００",
		"1.234",
		"1.2 ",
		"1.-2",
		"NaN",
		"inf",
		"￥1",
		"92233720368547758.08",
		"92233720368547759",
		"9223372036854775808",
		"100000000000000000000000000000000",
	};
	struct money m = MONEY(-7);

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (money_from_yuan(text_of(wrong[i]), &m))
			fail_msg("\"%s\" was taken", wrong[i]);
	assert_false(money_from_yuan((struct text){ 0 }, &m));
	assert_false(money_from_yuan((struct text){ "1\0", 2 }, &m));
	assert_int_equal(m.fen, -7);
	for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
		assert_true(money_from_yuan(text_of(right[i].yuan), &m));
		assert_int_equal(m.fen, right[i].fen);
	}
}

static void test_to_yuan(void **state)
{
	char out[MONEY_TEXT_MAX];

	(void)state;
	assert_text(money_to_yuan(MONEY(0), out), "0.00");
	assert_text(money_to_yuan(MONEY(5), out), "0.05");
	assert_text(money_to_yuan(MONEY(-5), out), "-0.05");
	assert_text(money_to_yuan(MONEY(1230), out), "12.30");
	assert_text(money_to_yuan(MONEY(INT64_MAX), out), "92233720368547758.07");
	assert_text(money_to_yuan(MONEY(INT64_MIN), out), "-92233720368547758.08");
}

static void test_split_by_hand(void **state)
{
	struct money ret[4];

	(void)state;
	money_split(MONEY(100), (int64_t[]){ 1, 1, 1 }, 3, ret);
	assert_true(ret[0].fen == 34 && ret[1].fen == 33 && ret[2].fen == 33);
	money_split(MONEY(-100), (int64_t[]){ 1, 1, 1 }, 3, ret);
	assert_true(ret[0].fen == -34 && ret[1].fen == -33 && ret[2].fen == -33);
	money_split(MONEY(1), (int64_t[]){ 1, 3, 3 }, 3, ret);
	assert_true(ret[0].fen == 0 && ret[1].fen == 1 && ret[2].fen == 0);
	money_split(MONEY(7), (int64_t[]){ 0, 5, 0 }, 3, ret);
	assert_true(ret[0].fen == 0 && ret[1].fen == 7 && ret[2].fen == 0);
	money_split(MONEY(INT64_MIN), (int64_t[]){ INT64_MAX, INT64_MAX }, 2, ret);
	assert_true(ret[0].fen == INT64_MIN / 2 && ret[1].fen == INT64_MIN / 2);
}

static uint64_t seed = 20240101;
static uint64_t random_below(uint64_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 16) % n;
}

/* Whatever the weights: nothing is lost, no share is off by a whole fen, equal weights differ by the order only, and of
 * two equal ones the earlier gets more. */
static void check_split(struct money total, const int64_t *weights, size_t n)
{
	struct money ret[8];
	__int128 sum = 0, weight_sum = 0;

	money_split(total, weights, n, ret);
	for (size_t i = 0; i < n; i++) {
		sum += ret[i].fen;
		weight_sum += weights[i];
	}
	assert_true(sum == total.fen);
	for (size_t i = 0; i < n; i++) {
		__int128 off = (__int128)ret[i].fen * weight_sum - (__int128)total.fen * weights[i];

		assert_true(off < weight_sum && off > -weight_sum);
		for (size_t k = i + 1; k < n; k++)
			if (weights[k] == weights[i])
				assert_in_range(total.fen < 0 ? ret[k].fen - ret[i].fen : ret[i].fen - ret[k].fen, 0,
						1);
	}
}

static void test_split_property(void **state)
{
	static const uint64_t sizes[] = { 3, 100, 1000003, INT64_MAX };

	(void)state;
	for (int round = 0; round < 100000; round++) {
		size_t n = 1 + random_below(8);
		int64_t weights[8], total = (int64_t)random_below(sizes[random_below(4)]);

		for (size_t i = 0; i < n; i++)
			weights[i] = (int64_t)random_below(sizes[random_below(3)]);
		weights[random_below(n)]++;
		check_split(MONEY(random_below(2) ? total : -total), weights, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_yuan),
		cmocka_unit_test(test_to_yuan),
		cmocka_unit_test(test_split_by_hand),
		cmocka_unit_test(test_split_property),
	};

	return cmocka_run_group_tests_name("money", tests, NULL, NULL);
}
