/* sets_test.c - itemsets: counts of nineteen published tasks that three other codes agree on, and each set of small random baskets
 * as an obvious Apriori and the definitions have them. */
#include "mine/sets.h"

#include "num/random.h"
#include "mine/sets_testing.h"
#include "num/testing.h"

/* ---- small baskets, by the definitions: sets are bits of a number ---- */

enum { ITEMS = 10, CASES = 1 << ITEMS };

struct small {
	struct baskets baskets;
	uint32_t bits[64], support[CASES];
	uint32_t least;
};

static struct small small_new(uint64_t seed)
{
	struct random r = random_of(seed, 1);
	struct small s = { .least = 1 + random_below(&r, 5) };
	size_t count = random_below(&r, 65), items = 1 + random_below(&r, ITEMS), rows = 0;
	uint32_t *basket = ARENA_ARRAY(arena, uint32_t, 64 * 2 * ITEMS), *item = ARENA_ARRAY(arena, uint32_t, 64 * 2 * ITEMS);
	double share = random_unit(&r);

	for (size_t b = 0; b < count; b++) {
		for (size_t i = 0; i < items; i++) {
			double chance = i == 0 && seed % 7 == 0 ? 1 : i == 1 && seed % 3 == 0 ? s.bits[b] & 1 : share;

			for (int twice = 0; twice < 2 && random_unit(&r) < (twice ? .1 : chance); twice++) {
				basket[rows] = (uint32_t)b;
				item[rows++] = (uint32_t)i;
				s.bits[b] |= 1u << i;
			}
		}
	}
	const struct basket_rows all = { basket, item, rows, count, ITEMS };
	assert_done(baskets_of(arena, &all, &s.baskets));
	for (uint32_t set = 0; set < CASES; set++) {
		for (size_t b = 0; b < count; b++)
			s.support[set] += (s.bits[b] & set) == set;
	}
	return s;
}

static bool is_wanted(const struct small *s, enum set_kind kind, uint32_t set)
{
	if (!set || s->support[set] < s->least)
		return false;
	for (int i = 0; i < ITEMS; i++) {
		uint32_t larger = set | 1u << i;

		if (larger == set)
			continue;
		if (kind == CLOSED_SETS && s->support[larger] == s->support[set])
			return false;
		if (kind == MAXIMAL_SETS && s->support[larger] >= s->least)
			return false;
	}
	return true;
}

struct seen {
	const struct small *s;
	struct sets_options o;
	bool told[CASES];
	uint64_t count, stop_after;
};

static const struct problem enough = { 422, "enough", "enough" };

static problem see(void *self, const struct item_set *set)
{
	struct seen *seen = self;
	uint32_t bits = 0;

	for (size_t i = 0; i < set->size; i++) {
		assert_true(i == 0 || set->items[i] > set->items[i - 1]);
		bits |= 1u << set->items[i];
	}
	assert_false(seen->told[bits]);
	seen->told[bits] = true;
	assert_int_equal(set->support, seen->s->support[bits]);
	assert_true(is_wanted(seen->s, seen->o.kind, bits));
	return ++seen->count == seen->stop_after ? &enough : NULL;
}

static bool has_size(const struct sets_options *o, uint32_t set)
{
	size_t size = (size_t)__builtin_popcount(set);

	return size >= o->shortest && (!o->longest || size <= o->longest);
}

static void check_small(const struct small *s, struct sets_options o)
{
	struct seen seen = { .s = s, .o = o };
	struct sets_summary told, counted;
	uint64_t count = 0, supports = 0, by_size[ITEMS + 1] = { 0 };

	assert_done(sets_mine(&s->baskets, &o, see, &seen, &told));
	assert_done(sets_mine(&s->baskets, &o, NULL, NULL, &counted));
	for (uint32_t set = 0; set < CASES; set++) {
		bool wanted = is_wanted(s, o.kind, set) && has_size(&o, set);

		assert_int_equal(seen.told[set], wanted);
		count += wanted;
		supports += wanted ? s->support[set] : 0;
		by_size[__builtin_popcount(set)] += wanted;
	}
	assert_int_equal(counted.count, count);
	assert_int_equal(counted.supports, supports);
	assert_memory_equal(counted.by_size, by_size, sizeof by_size);
	assert_memory_equal(&told, &counted, sizeof told);
}

static void small_baskets_have_what_the_definitions_say(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 600; seed++) {
		struct small s = small_new(seed);

		for (int kind = FREQUENT_SETS; kind <= MAXIMAL_SETS; kind++) {
			check_small(&s, (struct sets_options){ .kind = (enum set_kind)kind, .support = s.least });
			check_small(&s, (struct sets_options){ .kind = (enum set_kind)kind, .support = s.least, .shortest = 2, .longest = 3 });
			check_small(&s, (struct sets_options){ .kind = (enum set_kind)kind, .support = s.least, .longest = 1 });
		}
		arena_reset(arena);
	}
}

static void what_is_told_can_be_ended(void **state)
{
	struct small s = small_new(5);
	struct seen seen = { .s = &s, .o = { .support = 1 }, .stop_after = 7 };
	struct sets_summary sum;

	(void)state;
	s.least = 1;
	assert_ptr_equal(sets_mine(&s.baskets, &seen.o, see, &seen, &sum), &enough);
	assert_int_equal(sum.count, 7);
	seen.o.most = 7;
	assert_ptr_equal(sets_mine(&s.baskets, &seen.o, NULL, NULL, &sum), &sets_many);
	assert_int_equal(sum.count <= 7, true);
}

/* ---- limits and bad input ---- */

static problem read_text(const char *text, struct baskets *ret, const uint32_t **numbers, size_t *line)
{
	return baskets_read(arena, text_of(text), ret, numbers, line);
}

static void lines_are_read(void **state)
{
	struct baskets b;
	const uint32_t *numbers;
	size_t line = 0;
	const uint32_t wanted[] = { 0, 1, 2, 1 };

	(void)state;
	assert_done(read_text("7 3  9 3\r\n\n\t7\n", &b, &numbers, &line));
	assert_int_equal(b.count, 3);
	assert_int_equal(b.items, 3);
	assert_int_equal(b.repeated, 1);
	assert_memory_equal(b.item, wanted, sizeof wanted);
	assert_int_equal(b.start[1], 3);
	assert_int_equal(b.start[2], 3);
	assert_int_equal(numbers[0], 3);
	assert_int_equal(numbers[2], 9);
	assert_done(read_text("", &b, &numbers, &line));
	assert_int_equal(b.count, 0);
	assert_done(read_text("\xef\xbb\xbf" "5 6\n", &b, &numbers, &line));
	assert_true(b.count == 1 && b.items == 2 && numbers[0] == 5);
	assert_done(read_text("4294967294", &b, &numbers, &line));
	assert_int_equal(numbers[0], 4294967294u);
	assert_ptr_equal(read_text("1 2\n3 x\n", &b, &numbers, &line), &baskets_word);
	assert_int_equal(line, 2);
	assert_ptr_equal(read_text("1\n-3\n", &b, &numbers, &line), &baskets_word);
	assert_ptr_equal(read_text("4294967295", &b, &numbers, &line), &baskets_word);
	assert_ptr_equal(read_text("99999999999999999999999", &b, &numbers, &line), &baskets_word);
}

/* Two equal baskets of n items: 2^n - 1 frequent sets, one closed. */
static struct baskets twins(size_t n)
{
	uint32_t *basket = ARENA_ARRAY(arena, uint32_t, 2 * n), *item = ARENA_ARRAY(arena, uint32_t, 2 * n);
	struct baskets b;

	for (size_t i = 0; i < 2 * n; i++) {
		basket[i] = (uint32_t)(i / n);
		item[i] = (uint32_t)(i % n);
	}
	const struct basket_rows all = { basket, item, 2 * n, 3, n }; /* and one empty basket */
	assert_done(baskets_of(arena, &all, &b));
	return b;
}

static void limits_are_told(void **state)
{
	struct baskets b = twins(30), wide = twins(2000);
	struct sets_summary sum;

	(void)state;
	assert_done(sets_mine(&b, &(struct sets_options){ .support = 2 }, NULL, NULL, &sum));
	assert_int_equal(sum.count, (1 << 30) - 1);
	assert_int_equal(sum.longest, 30);
	assert_done(sets_mine(&b, &(struct sets_options){ .support = 3 }, NULL, NULL, &sum));
	assert_int_equal(sum.count, 0);
	assert_done(sets_mine(&b, &(struct sets_options){ .support = 4 }, NULL, NULL, &sum));
	assert_int_equal(sum.count, 0);
	assert_done(sets_mine(&b, &(struct sets_options){ .kind = CLOSED_SETS, .support = 1 }, NULL, NULL, &sum));
	assert_int_equal(sum.count, 1);
	assert_ptr_equal(sets_mine(&b, &(struct sets_options){ .support = 2, .most = 1000 }, NULL, NULL, &sum), &sets_many);
	assert_ptr_equal(sets_mine(&wide, &(struct sets_options){ .support = 2 }, NULL, NULL, &sum), &sets_long);
	assert_done(sets_mine(&b, &(struct sets_options){ .support = 2, .longest = 2 }, NULL, NULL, &sum));
	assert_int_equal(sum.count, 30 + 435);
	assert_ptr_equal(sets_mine(&wide, &(struct sets_options){ .support = 2, .memory = 4096 }, NULL, NULL, &sum), &sets_memory);
	assert_ptr_equal(sets_mine(&b, &(struct sets_options){ .support = 0 }, NULL, NULL, &sum), &sets_unfit);
	assert_ptr_equal(sets_mine(&b, &(struct sets_options){ .support = 1, .shortest = 3, .longest = 2 }, NULL, NULL, &sum), &sets_unfit);
}

/* ---- published tasks ---- */

static uint64_t count_kind(const struct baskets *b, enum set_kind kind, uint32_t support, struct sets_summary *sum)
{
	assert_done(sets_mine(b, &(struct sets_options){ .kind = kind, .support = support }, NULL, NULL, sum));
	return sum->count;
}

/* dataset,minsup_abs,n_frequent,n_closed,n_maximal,rules,sum_of_supports,spectrum */
static void check_task(const struct baskets *b, char *line)
{
	unsigned long long field[6];
	struct sets_summary sum;
	char *at = strchr(line, ',') + 1;

	for (int i = 0; i < 6; i++)
		field[i] = strtoull(at, &at, 10), at++;
	print_message("%s", line);
	assert_int_equal(count_kind(b, CLOSED_SETS, (uint32_t)field[0], &sum), field[2]);
	assert_int_equal(count_kind(b, MAXIMAL_SETS, (uint32_t)field[0], &sum), field[3]);
	assert_int_equal(count_kind(b, FREQUENT_SETS, (uint32_t)field[0], &sum), field[1]);
	assert_int_equal(sum.supports, field[5]);
	for (size_t size = 1; size <= sum.longest; size++)
		assert_int_equal(sum.by_size[size], strtoull(at, &at, 10));
	assert_int_equal(*at, '\n');
}

/* Twelve times as slow under the sanitizers */
static bool is_slow(const char *line)
{
	return !getenv("ZHIFANG_TEST_FULL") && (!strncmp(line, "retail,9,", 9) || !strncmp(line, "t10i4d100k,10,", 14) || !strncmp(line, "retail,18,", 10));
}

static void published_tasks_have_their_counts(void **state)
{
	gzFile truth = mining_open("truth/fim_counts.csv");
	char line[1024], name[64] = "";
	struct baskets b = { 0 };

	(void)state;
	if (!truth)
		skip();
	assert_non_null(gzgets(truth, line, sizeof line));
	while (gzgets(truth, line, sizeof line)) {
		size_t length = strcspn(line, ",");

		if (is_slow(line))
			continue;

		if (strncmp(name, line, length + 1)) {
			arena_reset(arena);
			snprintf(name, sizeof name, "%.*s", (int)length, line);
			assert_true(task_read(arena, name, &b));
			snprintf(name, sizeof name, "%.*s,", (int)length, line);
		}
		check_task(&b, line);
	}
	gzclose(truth);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_baskets_have_what_the_definitions_say),
		cmocka_unit_test(what_is_told_can_be_ended),
		cmocka_unit_test(lines_are_read),
		cmocka_unit_test(limits_are_told),
		cmocka_unit_test(published_tasks_have_their_counts),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
