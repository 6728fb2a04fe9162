/* ease_test.c - the links against the equations that they solve, sums of reasons, what is kept, the file; and published sets to the
 * digits that others computed. */
#include "rec/ease.h"

#include <time.h>

#include "num/testing.h"
#include "num/blocks.h"
#include "rec/evaluate.h"
#include "rec/testing.h"

static void made(uint32_t users, uint32_t items, size_t count, bool weighs, struct sparse *ret)
{
	CLEANUP(interactions_free) struct interactions m = { 0 };

	recs_made(users, items, count, 4, &m);
	recs_matrix(&m, weighs, ret);
}

static double *slow_gram(const struct sparse *x)
{
	size_t n = x->columns;
	double *g = calloc(n * n, sizeof *g), *whole = malloc(x->rows * n * sizeof *whole);

	recs_whole(x, whole);
	for (uint32_t u = 0; u < x->rows; u++) {
		for (size_t i = 0; i < n; i++) {
			for (size_t j = 0; j < n; j++)
				g[i * n + j] += whole[u * n + i] * whole[u * n + j];
		}
	}
	free(whole);
	return g;
}

/* Least squares with the diagonal held at 0: in each column, what is left is orthogonal to every other item. */
static void links_solve_their_equations(void **state)
{
	enum { ITEMS = 37 };
	CLEANUP(threads_free) struct threads *threads = threads_start(2);

	(void)state;
	for (int weighs = 0; weighs < 2; weighs++) {
		CLEANUP(sparse_free) struct sparse x = { 0 };
		CLEANUP(item_model_free) struct item_model m = { 0 };
		struct ease_options options = { .lambda = 3 };
		double *g;

		made(60, ITEMS, 700, weighs, &x);
		assert_done(ease_fit(threads, &x, &options, NULL, &m));
		g = slow_gram(&x);
		for (uint32_t j = 0; j < ITEMS; j++) {
			assert_true(item_model_link(&m, j, j) == 0);
			for (uint32_t i = 0; i < ITEMS; i++) {
				double left = 3 * item_model_link(&m, i, j) - g[i * ITEMS + j];

				for (uint32_t k = 0; k < ITEMS; k++)
					left += g[i * ITEMS + k] * item_model_link(&m, k, j);
				assert_true(i == j || fabs(left) < 1e-5 * (1 + g[i * ITEMS + i]));
			}
		}
		free(g);
	}
}

/* Features count as further users. */
static void features_are_rows(void **state)
{
	CLEANUP(sparse_free) struct sparse all = { 0 }, users = { 0 }, features = { 0 };
	CLEANUP(item_model_free) struct item_model at_once = { 0 }, of_both = { 0 };
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	struct ease_options whole = { .lambda = 5 }, parts = { .lambda = 5, .features = &features };
	struct interactions m;
	uint8_t which[500];

	(void)state;
	recs_made(40, 20, 500, 9, &m);
	for (size_t i = 0; i < 500; i++)
		which[i] = m.user[i] < 30 ? PART_TRAIN : PART_KNOWN;
	sparse_of(&m, NULL, PART_ANY, &all);
	sparse_of(&m, which, PART_TRAIN, &users);
	sparse_of(&m, which, PART_KNOWN, &features);
	interactions_free(&m);
	assert_done(ease_fit(threads, &all, &whole, NULL, &at_once));
	assert_done(ease_fit(threads, &users, &parts, NULL, &of_both));
	for (size_t i = 0; i < 400; i++)
		assert_true(fabs((double)at_once.whole[i] - (double)of_both.whole[i]) < 1e-6);
}

static void the_largest_links_are_kept(void **state)
{
	enum { ITEMS = 90, KEEP = 11 };
	CLEANUP(sparse_free) struct sparse x = { 0 };
	CLEANUP(item_model_free) struct item_model whole = { 0 }, kept = { 0 };
	CLEANUP(threads_free) struct threads *threads = threads_start(2);

	(void)state;
	made(200, ITEMS, 2500, false, &x);
	assert_done(ease_fit(threads, &x, &(struct ease_options){ .lambda = 20 }, NULL, &whole));
	assert_done(ease_fit(threads, &x, &(struct ease_options){ .lambda = 20, .keep = KEEP }, NULL, &kept));
	for (uint32_t j = 0; j < ITEMS; j++) {
		size_t count = 0;

		for (uint32_t i = 0; i < ITEMS; i++) {
			float link = item_model_link(&whole, i, j);
			size_t larger = 0;

			for (uint32_t k = 0; k < ITEMS; k++)
				larger += fabsf(item_model_link(&whole, k, j)) > fabsf(link);
			assert_true(item_model_link(&kept, i, j) == (larger < KEEP ? link : 0));
			count += item_model_link(&kept, i, j) != 0;
		}
		assert_int_equal(count, KEEP);
	}
}

static void reasons_are_the_score(void **state)
{
	enum { ITEMS = 50 };
	CLEANUP(sparse_free) struct sparse x = { 0 };
	CLEANUP(threads_free) struct threads *threads = threads_start(2);

	(void)state;
	made(90, ITEMS, 1200, true, &x);
	for (uint32_t keep = 0; keep <= 7; keep += 7) {
		CLEANUP(item_model_free) struct item_model m = { 0 };
		float scores[ITEMS], less[ITEMS], shares[ITEMS];

		assert_done(ease_fit(threads, &x, &(struct ease_options){ .lambda = 9, .keep = keep }, NULL, &m));
		for (uint32_t u = 0; u < 90; u++) {
			const uint32_t *had = sparse_row(&x, u);
			size_t count = sparse_length(&x, u);
			const float *weights = x.weight + x.start[u];
			double sum = 0;

			if (count < 2)
				continue;
			item_model_score_one(&m, had, weights, count, scores);
			item_model_score_one(&m, had + 1, weights + 1, count - 1, less);
			item_model_reasons(&m, u % ITEMS, had, weights, count, shares);
			for (size_t i = 0; i < count; i++)
				sum += shares[i];
			assert_true(fabs(sum - scores[u % ITEMS]) < 1e-4);
			assert_true(fabs((double)scores[u % ITEMS] - less[u % ITEMS] - shares[0]) < 1e-4);
		}
	}
}

static void a_file_is_the_model(void **state)
{
	CLEANUP(sparse_free) struct sparse x = { 0 };
	CLEANUP(item_model_free) struct item_model m = { 0 }, again = { 0 };
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 24);
	struct saved saved;

	(void)state;
	made(60, 30, 500, true, &x);
	assert_done(ease_fit(threads, &x, &(struct ease_options){ .lambda = 9, .keep = 5 }, NULL, &m));
	saved_begin(&b, "ease", ITEM_MODEL_VERSION);
	item_model_save(&m, &b);
	saved_end(&b);
	assert_done(saved_open(buffer_text(&b), "ease", ITEM_MODEL_VERSION, &saved));
	assert_done(item_model_load(&saved, &again));
	assert_memory_equal(m.links.start, again.links.start, 31 * sizeof *m.links.start);
	assert_memory_equal(m.links.column, again.links.column, sparse_count(&m.links) * sizeof *m.links.column);
	assert_memory_equal(m.links.weight, again.links.weight, sparse_count(&m.links) * sizeof *m.links.weight);
}

/* A file whose check is right and whose numbers are not */
static void a_file_that_is_no_model_is_refused(void **state)
{
	static const struct { uint32_t shape[2], column[2]; int64_t start[3]; float weight[2]; bool fits; } files[] = {
		{ { 2, 2 }, { 1, 0 }, { 0, 1, 2 }, { 1, 1 }, true },
		{ { 2, 2 }, { 2, 0 }, { 0, 1, 2 }, { 1, 1 }, false },
		{ { 2, 2 }, { 1, 0 }, { 0, 3, 2 }, { 1, 1 }, false },
		{ { 2, 2 }, { 1, 0 }, { 0, -1, 2 }, { 1, 1 }, false },
		{ { 2, 2 }, { 1, 0 }, { 0, 2, 2 }, { 1, 1 }, false },
		{ { 2, 2 }, { 1, 0 }, { 1, 1, 2 }, { 1, 1 }, false },
		{ { 2, 2 }, { 1, 0 }, { 0, 1, 1 }, { 1, 1 }, false },
		{ { 2, 2 }, { 1, 0 }, { 0, 1, 2 }, { NAN, 1 }, false },
		{ { 2, 3 }, { 1, 0 }, { 0, 1, 2 }, { 1, 1 }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 16);
		CLEANUP(item_model_free) struct item_model m = { 0 };
		struct saved saved;
		problem why;

		saved_begin(&b, "ease", 1);
		saved_add(&b, "links.shape", SAVED_U32, files[i].shape, 2);
		saved_add(&b, "links.start", SAVED_I64, files[i].start, 3);
		saved_add(&b, "links.column", SAVED_U32, files[i].column, 2);
		saved_add(&b, "links.weight", SAVED_F32, files[i].weight, 2);
		saved_end(&b);
		assert_done(saved_open(buffer_text(&b), "ease", 1, &saved));
		why = item_model_load(&saved, &m);
		assert_true(files[i].fits ? !why : why == &saved_damaged);
	}
}

static void what_makes_no_model_is_refused(void **state)
{
	CLEANUP(sparse_free) struct sparse x = { 0 };
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	const double unfit[] = { 0, -1, NAN, INFINITY };
	struct item_model m;

	(void)state;
	made(10, 8, 40, true, &x);
	for (size_t i = 0; i < 4; i++)
		assert_problem(ease_fit(threads, &x, &(struct ease_options){ .lambda = unfit[i] }, NULL, &m), ease_unfit);
	x.weight[0] = NAN;
	assert_problem(ease_fit(threads, &x, &(struct ease_options){ .lambda = 1 }, NULL, &m), ease_broken);
	x.columns = EASE_ITEMS_MAX + 1;
	assert_problem(ease_fit(threads, &x, &(struct ease_options){ .lambda = 1 }, NULL, &m), ease_large);
}

/* Two items that n users had, always both: each link is n / (n + lambda). With a third that some of them had, too. */
static void what_rounding_leaves_is_no_link(void **state)
{
	enum { USERS = 7 };
	const double told[] = { 1e6, 1, 1e-3, 1e-9 }, too_small[] = { 1e-13, 1e-15, 1e-16, 1e-300 };
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	uint32_t column[3 * USERS];
	size_t start[USERS + 1] = { 0 };
	struct sparse x = { .rows = USERS, .columns = 3, .start = start, .column = column };

	(void)state;
	for (size_t u = 0; u < USERS; u++) {
		start[u + 1] = start[u] + (u % 2 ? 2 : 3);
		for (size_t k = start[u]; k < start[u + 1]; k++)
			column[k] = (uint32_t)(k - start[u]);
	}
	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
		CLEANUP(item_model_free) struct item_model m = { 0 };
		double lambda = told[i], third = 4 * lambda / (4 + lambda) + 3; /* what is left of USERS, once the third tells its share */

		assert_done(ease_fit(threads, &x, &(struct ease_options){ .lambda = lambda }, NULL, &m));
		assert_true(fabs(item_model_link(&m, 0, 1) - third / (third + lambda)) < 1e-6);
		assert_true(fabs(item_model_link(&m, 1, 0) - third / (third + lambda)) < 1e-6);
	}
	for (size_t i = 0; i < sizeof too_small / sizeof *too_small; i++) {
		struct item_model m;

		assert_problem(ease_fit(threads, &x, &(struct ease_options){ .lambda = too_small[i] }, NULL, &m), ease_broken);
	}
}

static float farthest(const struct item_model *a, const struct item_model *b)
{
	float farthest = 0;

	for (size_t i = 0; i < (size_t)a->items * a->items; i++)
		farthest = fmaxf(farthest, fabsf(a->whole[i] - b->whole[i]));
	return farthest;
}

/* Floats are near doubles where lambda makes them so, and are not taken where it does not. */
static void floats_are_near_or_not_taken(void **state)
{
	static const double lambdas[] = { 1e-9, .01, 30, 600, 1e6, 1e30 };
	CLEANUP(threads_free) struct threads *threads = threads_start(2);

	(void)state;
	for (int weighs = 0; weighs < 2; weighs++) {
		CLEANUP(sparse_free) struct sparse x = { 0 };

		made(900, 430, 20000, weighs, &x);
		for (size_t l = 0; l < sizeof lambdas / sizeof *lambdas; l++) {
			CLEANUP(item_model_free) struct item_model single = { 0 }, exact = { 0 };

			assert_done(ease_fit(threads, &x, &(struct ease_options){ .lambda = lambdas[l], .numbers = EASE_FLOATS }, NULL, &single));
			assert_done(ease_fit(threads, &x, &(struct ease_options){ .lambda = lambdas[l] }, NULL, &exact));
			if (lambdas[l] < 1)
				assert_true(farthest(&single, &exact) == 0);
			else
				assert_true(farthest(&single, &exact) < 2e-6F);
			if (lambdas[l] == 30)
				assert_true(farthest(&single, &exact) > 0);
		}
	}
}

/* Of floats where ease_fit takes them: what it finds then is not that of doubles. */
static void memory_is_that_of_the_numbers_taken(void **state)
{
	static const double lambdas[] = { 1e-9, .01, 30, 600 };
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	CLEANUP(interactions_free) struct interactions m = { 0 };
	CLEANUP(sparse_free) struct sparse x = { 0 };
	struct ease_options options = { .lambda = 400, .keep = 200 };
	uint32_t zeros[3] = { 0 };
	struct interactions few = { .users = 1, .items = 4999, .count = 3, .user = zeros, .item = zeros };

	(void)state;
	recs_made(900, 430, 20000, 4, &m);
	sparse_of(&m, NULL, PART_ANY, &x);
	for (size_t l = 0; l < sizeof lambdas / sizeof *lambdas; l++) {
		CLEANUP(item_model_free) struct item_model single = { 0 }, exact = { 0 };
		struct ease_options asked = { .lambda = lambdas[l], .numbers = EASE_FLOATS };
		size_t whole = (size_t)430 * 430 * sizeof(float);

		assert_done(ease_fit(threads, &x, &asked, NULL, &single));
		assert_done(ease_fit(threads, &x, &(struct ease_options){ .lambda = lambdas[l] }, NULL, &exact));
		assert_int_equal(ease_bytes(&m, &asked), whole + (farthest(&single, &exact) > 0 ? blocks_single_bytes(430) : blocks_bytes(430)));
	}
	assert_int_equal(ease_bytes(&few, &options), blocks_bytes(4999) + 4999 * 200 * 16);
	few.items = 5000;
	assert_int_equal(ease_bytes(&few, &options), blocks_single_bytes(5000) + 5000 * 200 * 16);
	options.lambda = 1e-4; /* who did the same three times counts 3 * 3 */
	assert_int_equal(ease_bytes(&few, &options), blocks_bytes(5000) + 5000 * 200 * 16);
}

static void threads_change_no_bit(void **state)
{
	static const enum ease_numbers numbers[] = { EASE_DOUBLES, EASE_FLOATS };
	CLEANUP(sparse_free) struct sparse x = { 0 };
	CLEANUP(threads_free) struct threads *one = threads_start(1), *three = threads_start(3);

	(void)state;
	made(900, 430, 20000, true, &x);
	for (size_t n = 0; n < 2; n++) {
		CLEANUP(item_model_free) struct item_model a = { 0 }, b = { 0 };
		struct ease_options options = { .lambda = 30, .keep = 40, .numbers = numbers[n] };

		assert_done(ease_fit(one, &x, &options, NULL, &a));
		assert_done(ease_fit(three, &x, &options, NULL, &b));
		assert_int_equal(sparse_count(&a.links), sparse_count(&b.links));
		assert_memory_equal(a.links.column, b.links.column, sparse_count(&a.links) * sizeof *a.links.column);
		assert_memory_equal(a.links.weight, b.links.weight, sparse_count(&a.links) * sizeof *a.links.weight);
	}
}

/* ---- published sets ---- */

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct evaluation judge(const char *name, const struct recs_set *set, const struct ease_options *options, size_t cutoff)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(0);
	CLEANUP(item_model_free) struct item_model m = { 0 };
	struct item_scorer self = { &m, &set->train };
	struct scorer scorer = { item_model_score, &self };
	struct trial trial = { &set->train, &set->test, { cutoff }, 0 };
	struct evaluation e;
	double begun = seconds(), fitted;

	assert_done(ease_fit(threads, &set->train, options, NULL, &m));
	fitted = seconds();
	evaluate(threads, &trial, &scorer, NULL, &e);
	print_message("EASE, %s, lambda %g, keep %u: recall@%zu %.7f, NDCG %.7f (fit %.2f s, judged %.2f s)\n", name, options->lambda,
	              options->keep, cutoff, e.at[0].recall, e.at[0].ndcg, fitted - begun, seconds() - fitted);
	return e;
}

#define assert_digits(value, truth) assert_true(fabs((value) - (truth)) <= 5.1e-6)

static void movielens_is_what_others_found(void **state)
{
	CLEANUP(recs_close) struct recs_set set = { 0 };
	struct evaluation e;

	(void)state;
	if (!recs_ml1m(&set))
		skip();
	e = judge("ML-1M", &set, &(struct ease_options){ .lambda = 600 }, 20);
	assert_digits(e.at[0].recall, .27659);
	assert_digits(e.at[0].ndcg, .26702);
	e = judge("ML-1M", &set, &(struct ease_options){ .lambda = 600, .numbers = EASE_FLOATS }, 20);
	assert_digits(e.at[0].recall, .27659);
	assert_digits(e.at[0].ndcg, .26702);
	if (!recs_full())
		return;
	e = judge("ML-1M", &set, &(struct ease_options){ .lambda = 300 }, 20);
	assert_digits(e.at[0].recall, .27414);
	assert_true(fabs(e.at[0].ndcg - .26310) <= 1e-5); /* summed and sorted in doubles throughout it is .2630933 */
	e = judge("ML-1M", &set, &(struct ease_options){ .lambda = 600, .keep = EASE_KEEP }, 20);
	assert_true(e.at[0].ndcg > .26);
}

static void canvas_network_is_what_others_found(void **state)
{
	CLEANUP(recs_close) struct recs_set set = { 0 };
	struct evaluation e;

	(void)state;
	if (!recs_cnpc(&set))
		skip();
	e = judge("CNPC", &set, &(struct ease_options){ .lambda = 10 }, 10);
	assert_digits(e.at[0].recall, .27955);
	assert_digits(e.at[0].ndcg, .15398);
}

static void mooccubex_is_what_others_found(void **state)
{
	CLEANUP(recs_close) struct recs_set set = { 0 };
	struct evaluation e;

	(void)state;
	if (!recs_full() || !recs_open("mooccubex-kg/train.txt.gz", "mooccubex-kg/test.txt.gz", &set))
		skip();
	e = judge("MOOCCubeX", &set, &(struct ease_options){ .lambda = 100 }, 10);
	assert_digits(e.at[0].recall, .26050);
	assert_digits(e.at[0].ndcg, .15121);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_solve_their_equations),
		cmocka_unit_test(features_are_rows),
		cmocka_unit_test(the_largest_links_are_kept),
		cmocka_unit_test(reasons_are_the_score),
		cmocka_unit_test(a_file_is_the_model),
		cmocka_unit_test(a_file_that_is_no_model_is_refused),
		cmocka_unit_test(what_makes_no_model_is_refused),
		cmocka_unit_test(what_rounding_leaves_is_no_link),
		cmocka_unit_test(floats_are_near_or_not_taken),
		cmocka_unit_test(memory_is_that_of_the_numbers_taken),
		cmocka_unit_test(threads_change_no_bit),
		cmocka_unit_test(movielens_is_what_others_found),
		cmocka_unit_test(canvas_network_is_what_others_found),
		cmocka_unit_test(mooccubex_is_what_others_found),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
