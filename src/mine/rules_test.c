/* rules_test.c - association rules: their number in nineteen public tasks, and in small random baskets each as the definitions have it, with
 * Fisher's p by counting. */
#include "mine/rules.h"

#include "mine/sets_testing.h"
#include "num/progress_testing.h"
#include "num/random.h"
#include "num/testing.h"

/* ---- small baskets: sets are bits of a number ---- */

enum { ITEMS = 6, CASES = 1 << ITEMS };

struct small {
	struct baskets baskets;
	double n, support[CASES];
};

static struct small small_new(uint64_t seed)
{
	struct random r = random_of(seed, 2);
	size_t count = 1 + random_below(&r, 40), rows = 0;
	uint32_t *basket = ARENA_ARRAY(arena, uint32_t, 40 * ITEMS), *item = ARENA_ARRAY(arena, uint32_t, 40 * ITEMS), bits[40] = { 0 };
	struct small s = { .n = (double)count };

	for (size_t b = 0; b < count; b++) {
		for (uint32_t i = 0; i < ITEMS; i++) {
			if (random_unit(&r) < (i == 1 && bits[b] & 1 ? .9 : i == 5 && seed % 5 == 0 ? 1 : .4)) {
				basket[rows] = (uint32_t)b;
				item[rows++] = i;
				bits[b] |= 1u << i;
			}
		}
	}
	const struct basket_rows all = { basket, item, rows, count, ITEMS };
	assert_done(baskets_of(arena, &all, &s.baskets));
	for (uint32_t set = 0; set < CASES; set++) {
		for (size_t b = 0; b < count; b++)
			s.support[set] += (bits[b] & set) == set;
	}
	return s;
}

static uint32_t bits_of(const uint32_t *items, size_t size)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < size; i++) {
		assert_true(i == 0 || items[i] > items[i - 1]);
		bits |= 1u << items[i];
	}
	assert_true(size > 0);
	return bits;
}

static bool is_explained(const struct small *s, uint32_t body, uint32_t head, double improvement)
{
	for (uint32_t less = 0; less < body; less++) {
		if ((less & body) != less || less == body)
			continue;
		if (s->support[body | head] / s->support[body] - s->support[less | head] / s->support[less] <= improvement + 1e-12)
			return true;
	}
	return false;
}

static double choose(double n, double k) { return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)); }

static double by_counting(const struct small *s, uint32_t body, uint32_t head)
{
	double sum = 0;

	for (double x = s->support[body | head]; x <= fmin(s->support[body], s->support[head]); x++) {
		if (s->support[head] - x <= s->n - s->support[body])
			sum += choose(s->support[body], x) * choose(s->n - s->support[body], s->support[head] - x) / choose(s->n, s->support[head]);
	}
	return sum;
}

static void check_rule(const struct small *s, const struct rule *r, double looked_at)
{
	uint32_t body = bits_of(r->body, r->body_size), head = bits_of(r->head, r->head_size);
	double all = s->support[body | head], p = by_counting(s, body, head);

	assert_int_equal(body & head, 0);
	assert_true(r->support == all && r->body_support == s->support[body] && r->head_support == s->support[head]);
	assert_near(r->share, all / s->n);
	assert_near(r->confidence, all / s->support[body]);
	assert_near(r->lift, all / s->support[body] / (s->support[head] / s->n));
	assert_true(fabs(r->leverage - (all / s->n - s->support[body] / s->n * (s->support[head] / s->n))) < 1e-14);
	if (all < s->support[body])
		assert_true(fabs(r->conviction - (1 - s->support[head] / s->n) / (1 - r->confidence)) < 1e-10);
	else
		assert_true(isinf(r->conviction));
	assert_within(exp(r->log_p), p, 1e-9);
	assert_within(r->p_corrected, fmin(1, p * looked_at), 1e-9);
}

static void check_small(const struct small *s, const struct rules_options *o)
{
	struct rules found;
	double looked_at = 0;
	size_t wanted = 0;

	assert_done(rules_mine(arena, &s->baskets, o, &found));
	for (uint32_t set = 1; set < CASES; set++) {
		for (uint32_t head = 1; head < set; head++) {
			if ((head & set) != head || (size_t)__builtin_popcount(head) > (o->head_longest ? o->head_longest : 1) || s->support[set] < o->support)
				continue;
			looked_at++;
			wanted += s->support[set] >= o->confidence * s->support[set ^ head] * (1 - 1e-12)
				&& s->support[set] * s->n / s->support[set ^ head] / s->support[head] >= o->lift - 1e-12
				&& !(o->drop_explained && is_explained(s, set ^ head, head, o->improvement));
		}
	}
	assert_int_equal(found.count, wanted);
	assert_int_equal(found.looked_at, looked_at);
	for (size_t i = 0; i < found.count; i++) {
		check_rule(s, &found.at[i], looked_at);
		assert_true(i == 0 || found.at[i].lift <= found.at[i - 1].lift);
	}
}

static void small_baskets_have_the_rules_of_the_definitions(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 300; seed++) {
		struct small s = small_new(seed);

		check_small(&s, &(struct rules_options){ .support = 1 });
		check_small(&s, &(struct rules_options){ .support = 3, .confidence = .5, .head_longest = 3 });
		check_small(&s, &(struct rules_options){ .support = 2, .confidence = .3, .lift = 1.1, .head_longest = 2, .drop_explained = true });
		check_small(&s, &(struct rules_options){ .support = 2, .drop_explained = true, .improvement = .05 });
		check_small(&s, &(struct rules_options){ .support = 1, .head_longest = 5, .drop_explained = true });
		arena_reset(arena);
	}
}

static void limits_are_told(void **state)
{
	struct small s = small_new(4);
	struct rules found, few;
	size_t significant = 0;

	(void)state;
	assert_done(rules_mine(arena, &s.baskets, &(struct rules_options){ .support = 1 }, &found));
	assert_problem(rules_mine(arena, &s.baskets, &(struct rules_options){ .support = 1, .most = found.count - 1 }, &few), rules_many);
	assert_done(rules_mine(arena, &s.baskets, &(struct rules_options){ .support = 1, .most = found.count }, &few));
	assert_done(rules_mine(arena, &s.baskets, &(struct rules_options){ .support = 1, .significance = .5 }, &few));
	for (size_t i = 0; i < found.count; i++)
		significant += found.at[i].p_corrected <= .5;
	assert_int_equal(few.count, significant);
	assert_true(significant > 0 && significant < found.count);
	assert_done(rules_mine(arena, &s.baskets, &(struct rules_options){ .support = 1, .significance = .5, .most = significant }, &few));
	assert_problem(rules_mine(arena, &s.baskets, &(struct rules_options){ .support = 1, .memory = 64 }, &few), sets_memory);
	assert_problem(rules_mine(arena, &s.baskets, &(struct rules_options){ .support = 0 }, &few), sets_unfit);
	assert_problem(rules_mine(arena, &s.baskets, &(struct rules_options){ .support = 1, .confidence = NAN }, &few), rules_unfit);
	assert_problem(rules_mine(arena, &s.baskets, &(struct rules_options){ .support = 1, .confidence = 1.1 }, &few), rules_unfit);
	assert_problem(rules_mine(arena, &s.baskets, &(struct rules_options){ .support = 1, .lift = -1 }, &few), rules_unfit);
	assert_done(rules_mine(arena, &s.baskets, &(struct rules_options){ .support = 1000 }, &few));
	assert_int_equal(few.count, 0);
}

/* 16 items that are in all baskets are 65,535 sets; it rises over these and over rules, of which there are eight times as many. */
static void how_far_it_is_is_told(void **state)
{
	enum { MANY = 16 };
	uint32_t basket[2 * MANY], item[2 * MANY];
	struct watching w = { { watch }, 0, 0 };
	struct baskets b;
	uint64_t count;

	(void)state;
	for (uint32_t i = 0; i < 2 * MANY; i++) {
		basket[i] = i / MANY;
		item[i] = i % MANY;
	}
	assert_done(baskets_of(arena, &(struct basket_rows){ basket, item, 2 * MANY, 2, MANY }, &b));
	assert_done(rules_count(arena, &b, &(struct rules_options){ .support = 1, .progress = &w.hook }, &count));
	assert_int_equal(count, (MANY << (MANY - 1)) - MANY);
	assert_true(w.told >= 30 && w.last > .8);
}

/* ---- published tasks ---- */

static void published_tasks_have_as_many_rules(void **state)
{
	gzFile truth = mining_open("truth/fim_counts.csv");
	char line[1024];

	(void)state;
	if (!truth)
		skip();
	assert_non_null(gzgets(truth, line, sizeof line));
	while (gzgets(truth, line, sizeof line)) {
		char *name = strtok(line, ","), *support = strtok(NULL, ","), *frequent = strtok(NULL, ",");
		struct baskets b;
		uint64_t count;

		strtok(NULL, ",");
		strtok(NULL, ",");
		if (strtoull(frequent, NULL, 10) > 100000 && !getenv("ZHIFANG_TEST_FULL"))
			continue;
		assert_true(task_read(arena, name, &b));
		print_message("%s %s\n", name, support);
		assert_done(rules_count(arena, &b, &(struct rules_options){ .support = (uint32_t)strtoul(support, NULL, 10), .confidence = .5 }, &count));
		assert_int_equal(count, strtoull(strtok(NULL, ","), NULL, 10));
		arena_reset(arena);
	}
	gzclose(truth);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_baskets_have_the_rules_of_the_definitions),
		cmocka_unit_test(limits_are_told),
		cmocka_unit_test(how_far_it_is_is_told),
		cmocka_unit_test(published_tasks_have_as_many_rules),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
