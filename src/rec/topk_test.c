/* topk_test.c - the best by bytes and bounds against all items scored in floats and sorted: the same items and the same bits, for each way
 * of scanning, with ties, with items left out, with factors of all sizes. */
#include "rec/topk.h"

#include "num/order.h"
#include "rec/testing.h"

static int better_first(const void *a, const void *b)
{
	const struct topk_found *x = a, *y = b;

	return FALLING(x->score, y->score) ?: RISING(x->item, y->item);
}

static bool left_out(const struct topk_without *w, uint32_t item)
{
	bool out = w->bits && w->bits[item / 64] >> item % 64 & 1;

	for (size_t i = 0; i < w->count; i++)
		out = out || w->list[i] == item;
	return out;
}

static size_t slow_find(const struct dense *items, const float *x, const struct topk_without *w, struct topk_found *ret)
{
	size_t count = 0;

	for (uint32_t i = 0; i < items->rows; i++)
		if (!left_out(w, i))
			ret[count++] = (struct topk_found){ i, dense_dot(dense_row(items, i), x, items->columns) };
	qsort(ret, count, sizeof *ret, better_first);
	return count;
}

static const char *const ways[] = { "best", "floats", "bytes", "bytes, plain" };

struct case_ {
	struct dense items;
	const float *x;
	struct topk_without without;
	struct threads *threads;
};

static void check(const struct case_ *c)
{
	static const size_t wanted[] = { 1, 3, 20, 100, 5000 };
	struct topk_found *truth = malloc((c->items.rows + 1) * sizeof *truth), ret[5000];
	size_t all = slow_find(&c->items, c->x, &c->without, truth);

	for (enum topk_way way = TOPK_BEST; way <= TOPK_BYTES_PLAIN; way++) {
		CLEANUP(topk_free) struct topk *t = NULL;

		assert_done(topk_open(&c->items, way, &t));
		for (size_t w = 0; w < 5; w++) {
			size_t least = all < wanted[w] ? all : wanted[w], count = topk_find(t, c->threads, c->x, &c->without, wanted[w], ret);

			assert_int_equal(count, least);
			for (size_t i = 0; i < count; i++)
				if (ret[i].item != truth[i].item || ret[i].score != truth[i].score)
					fail_msg("%s, rank %zu of %zu: got %u (%.9g), wanted %u (%.9g)", ways[way], i, wanted[w], ret[i].item,
					         (double)ret[i].score, truth[i].item, (double)truth[i].score);
		}
	}
	free(truth);
}

/* kinds of factors */
static float plain(struct random *r) { return (float)random_normal(r); }
static float small_whole(struct random *r) { return (float)random_below(r, 5) - 2; } /* many ties */
static float heavy(struct random *r) { return (float)exp(4 * random_normal(r)) * (random_below(r, 2) ? 1 : -1); }
static float tiny(struct random *r) { return (float)random_normal(r) * 1e-25f; }
static float huge_(struct random *r) { return (float)(random_unit(r) - .5) * 1.9e15f; }
static float often_zero(struct random *r) { return random_below(r, 10) ? 0 : (float)random_normal(r); }
static float positive(struct random *r) { return 1 + (float)random_unit(r) * 1e-3f; } /* nearly all alike */

static float (*const kinds[])(struct random *) = { plain, small_whole, heavy, tiny, huge_, often_zero, positive };

static void fill(struct random *r, float (*kind)(struct random *), float *at, size_t count)
{
	for (size_t i = 0; i < count; i++)
		at[i] = kind(r);
}

static void check_kind(size_t kind, size_t items, size_t k)
{
	struct random r = random_of(kind, items * 2000 + k);
	uint64_t *bits = calloc(items / 64 + 1, sizeof *bits);
	uint32_t *list = calloc(items + 1, sizeof *list);
	float *x = malloc(k * sizeof *x);
	struct case_ c = { .items = dense_of(malloc((items * k + 1) * sizeof(float)), items, k), .x = x };

	fill(&r, kinds[kind], c.items.at, items * k);
	for (int query = 0; query < 4; query++) {
		fill(&r, kinds[(kind + (size_t)query / 2) % 7], x, k);
		c.without = (struct topk_without){ 0 };
		if (query % 2) { /* the best halves, where it hurts */
			for (uint32_t i = 0; i < items; i++) {
				float score = dense_dot(dense_row(&c.items, i), x, k);

				if (score > 0 && i % 3 == 0)
					bits[i / 64] |= (uint64_t)1 << i % 64;
				if (score > 0 && i % 3 == 1)
					list[c.without.count++] = i;
			}
			c.without.bits = bits;
			c.without.list = list;
		}
		check(&c);
	}
	free(c.items.at);
	free(x);
	free(bits);
	free(list);
}

static void the_best_are_found(void **state)
{
	static const size_t items[] = { 0, 1, 63, 64, 65, 700, 2000 }, factors[] = { 1, 3, 4, 17, 64, 130 };

	(void)state;
	for (size_t kind = 0; kind < 7; kind++)
		for (size_t i = 0; i < 7; i++)
			for (size_t k = 0; k < 6; k++)
				check_kind(kind, items[i], factors[k]);
	check_kind(0, 3000, 1024);
	check_kind(1, 300, 1024);
}

/* More items than a part: over threads, and by the caller alone. */
static void many_items_are_shared_out(void **state)
{
	enum { ITEMS = 70000, K = 16 };
	CLEANUP(threads_free) struct threads *threads = threads_start(3);
	struct random r = random_of(4, 4);
	float x[K];
	struct case_ c = { .items = dense_of(malloc((size_t)ITEMS * K * sizeof(float)), ITEMS, K), .x = x };

	(void)state;
	for (size_t kind = 0; kind < 3; kind++) {
		fill(&r, kinds[kind], c.items.at, (size_t)ITEMS * K);
		fill(&r, kinds[kind], x, K);
		c.threads = kind < 2 ? threads : NULL;
		check(&c);
	}
	free(c.items.at);
}

/* Everybody's lists by one thread and by more, bit for bit, and as each would get alone; who is no number gets none. */
static void everybody_gets_a_list(void **state)
{
	enum { USERS = 150, ITEMS = 390, K = 10, MOST = 85 };
	CLEANUP(threads_free) struct threads *threads = threads_start(2), *alone = threads_start(1);
	CLEANUP(interactions_free) struct interactions m = { 0 };
	CLEANUP(sparse_free) struct sparse had = { 0 };
	struct random r = random_of(6, 6);
	static float factors[(USERS + ITEMS) * K];
	struct dense users = dense_of(factors, USERS, K), items = dense_of(factors + USERS * K, ITEMS, K);
	static struct topk_found all[USERS * MOST], again[USERS * MOST], one[MOST];

	(void)state;
	recs_made(USERS, ITEMS, 30000, 3, &m);
	sparse_of(&m, NULL, PART_ANY, &had);
	fill(&r, plain, factors, (USERS + ITEMS) * K);
	dense_row(&users, 70)[3] = NAN;
	for (uint32_t i = 0; i < 50; i++) /* lists end at different lengths */
		dense_row(&items, i)[0] *= 100;
	for (enum topk_way way = TOPK_BEST; way <= TOPK_BYTES_PLAIN; way++) {
		CLEANUP(topk_free) struct topk *t = NULL;

		assert_done(topk_open(&items, way, &t));
		topk_all(t, threads, &users, &had, MOST, all);
		topk_all(t, alone, &users, &had, MOST, again);
		assert_memory_equal(all, again, sizeof all);
		for (uint32_t u = 0; u < USERS; u++) {
			struct topk_without without = { .list = sparse_row(&had, u), .count = sparse_length(&had, u) };
			size_t count = topk_find(t, NULL, dense_row(&users, u), &without, MOST, one);

			assert_true(u != 70 ? count > 0 : count == 0);
			assert_memory_equal(all + u * MOST, one, count * sizeof *one);
			for (size_t i = 0; i < count; i++)
				assert_false(sparse_has(&had, u, one[i].item));
			for (size_t i = count; i < MOST; i++)
				assert_true(all[u * MOST + i].item == TOPK_NONE);
		}
	}
}

/* Each path of dense.h rounds in its own way: scores agree within 1e-5 of the factors' lengths, and so do the lists: where they differ, items
 * are as good as equal. */
static void paths_agree(void **state)
{
	enum { USERS = 40, ITEMS = 700, K = 128, MOST = 20 };
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	enum dense_path widest = dense_path();
	struct random r = random_of(8, 8);
	static float factors[(USERS + ITEMS) * K];
	struct dense users = dense_of(factors, USERS, K), items = dense_of(factors + USERS * K, ITEMS, K);
	static struct topk_found truth[USERS * MOST], found[USERS * MOST];

	(void)state;
	fill(&r, plain, factors, (USERS + ITEMS) * K);
	for (size_t i = 0; i < (USERS + ITEMS) * K; i++)
		factors[i] *= .088f; /* rows about 1 long */
	for (enum dense_path path = DENSE_PLAIN; path < DENSE_PATHS; path++) {
		if (!dense_use(path))
			continue;
		for (enum topk_way way = TOPK_BEST; way <= TOPK_BYTES_PLAIN; way++) {
			CLEANUP(topk_free) struct topk *t = NULL;

			assert_done(topk_open(&items, way, &t));
			topk_all(t, threads, &users, NULL, MOST, found);
			if (path == DENSE_PLAIN && way == TOPK_BEST)
				memcpy(truth, found, sizeof truth);
			for (size_t i = 0; i < USERS * MOST; i++) {
				const float *x = dense_row(&users, i / MOST);

				assert_true(fabsf(found[i].score - truth[i].score) <= 1e-5f);
				assert_true(fabsf(dense_dot(dense_row(&items, truth[i].item), x, K) - found[i].score) <= 1e-5f);
			}
		}
	}
	assert_true(dense_use(widest));
}

static void what_is_no_number_is_refused(void **state)
{
	static const float bad[] = { NAN, INFINITY, -INFINITY, 2e15f };
	float factors[6] = { 1, 2, 3, 4, 5, 6 }, x[2] = { 1, 1 };
	struct dense items = dense_of(factors, 3, 2);
	struct topk_found ret[3];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct topk *t = NULL;

		assert_done(topk_open(&items, TOPK_BEST, &t));
		x[1] = bad[i];
		assert_int_equal(topk_find(t, NULL, x, NULL, 3, ret), 0);
		x[1] = 1;
		assert_int_equal(topk_find(t, NULL, x, NULL, 3, ret), 3);
		topk_close(t);
		factors[3] = bad[i];
		assert_problem(topk_open(&items, TOPK_BEST, &t), topk_no_numbers);
		factors[3] = 4;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_are_found),
		cmocka_unit_test(many_items_are_shared_out),
		cmocka_unit_test(everybody_gets_a_list),
		cmocka_unit_test(paths_agree),
		cmocka_unit_test(what_is_no_number_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
