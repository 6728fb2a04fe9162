/* als_test.c - the factorisation against its formula, solved and summed in double the slow way; what a person's score is made of; what
 * a model file may say; and, in the long run, the quality that others measured on MovieLens 1M. */
#include "rec/als.h"

#include <time.h>

#include "rec/testing.h"

/* Users by items with weights, some below 0; user 3 and item 2 have nothing. */
static void small_set(uint32_t users, uint32_t items, size_t count, struct sparse *ret)
{
	CLEANUP(interactions_free) struct interactions m = { 0 };

	recs_made(users, items, count, 5, &m);
	for (size_t i = 0; i < count; i++) {
		m.user[i] += m.user[i] == 3;
		m.item[i] += m.item[i] == 2;
		if ((m.user[i] + m.item[i]) % 7 == 0)
			m.weight[i] *= -.5f;
	}
	sparse_of(&m, NULL, PART_ANY, ret);
}

static const struct als_settings small = { .factors = 6, .epochs = 4, .steps = 3, .w0 = .1, .lambda = .05, .nu = 1, .seed = 9 };

/* ---- the slow way ---- */

static double slow_lambda(const struct als_settings *s, size_t n, size_t others) { return s->lambda * pow((double)n + s->w0 * (double)others, s->nu); }

static double slow_loss(const struct als *m, const struct sparse *seen, const struct sparse *by_item)
{
	const struct als_settings *s = &m->settings;
	double sum = 0;

	for (uint32_t u = 0; u < seen->rows; u++)
		for (uint32_t i = 0; i < seen->columns; i++) {
			double score = 0;

			for (uint32_t f = 0; f < s->factors; f++)
				score += (double)dense_row(&m->users, u)[f] * (double)dense_row(&m->items, i)[f];
			sum += s->w0 * score * score;
			for (size_t at = seen->start[u]; at < seen->start[u + 1]; at++) {
				double w = (double)seen->weight[at], off = (w > 0 ? 1 : 0) - score;

				sum += seen->column[at] == i ? fabs(w) * off * off : 0;
			}
		}
	for (uint32_t f = 0; f < s->factors; f++) {
		for (uint32_t u = 0; u < seen->rows; u++)
			sum += slow_lambda(s, sparse_length(seen, u), seen->columns) * pow((double)dense_row(&m->users, u)[f], 2);
		for (uint32_t i = 0; i < by_item->rows; i++)
			sum += slow_lambda(s, sparse_length(by_item, i), by_item->columns) * pow((double)dense_row(&m->items, i)[f], 2);
	}
	return sum;
}

/* By Gauss and Jordan, the largest pivot first. a (n, n), b (n): becomes the solution. */
static void slow_solve(double *a, double *b, size_t n)
{
	for (size_t j = 0; j < n; j++) {
		size_t best = j;

		for (size_t i = j; i < n; i++)
			best = fabs(a[i * n + j]) > fabs(a[best * n + j]) ? i : best;
		for (size_t c = 0; c < n; c++) {
			double held = a[j * n + c];

			a[j * n + c] = a[best * n + c];
			a[best * n + c] = held;
		}
		double held = b[j];

		b[j] = b[best];
		b[best] = held;
		for (size_t i = 0; i < n; i++) {
			double by = i == j ? 0 : a[i * n + j] / a[j * n + j];

			for (size_t c = 0; c < n; c++)
				a[i * n + c] -= by * a[j * n + c];
			b[i] -= by * b[j];
		}
	}
	for (size_t j = 0; j < n; j++)
		b[j] /= a[j * n + j];
}

/* One row solved for what it has: items with weights, from factors y (all of them, k each). x (k) */
struct slow_row {
	const struct als_settings *settings;
	const double *y;
	size_t others, count;
	const uint32_t *items;
	const float *weights;
};

static void slow_matrix(const struct slow_row *r, double *a, double *b)
{
	size_t k = r->settings->factors;

	memset(a, 0, k * k * sizeof *a);
	memset(b, 0, k * sizeof *b);
	for (size_t f = 0; f < k; f++) {
		for (size_t g = 0; g < k; g++) {
			for (size_t i = 0; i < r->others; i++)
				a[f * k + g] += r->settings->w0 * r->y[i * k + f] * r->y[i * k + g];
			for (size_t e = 0; e < r->count; e++)
				a[f * k + g] += fabs((double)r->weights[e]) * r->y[r->items[e] * k + f] * r->y[r->items[e] * k + g];
		}
		a[f * k + f] += slow_lambda(r->settings, r->count, r->others);
		for (size_t e = 0; e < r->count; e++)
			b[f] += r->weights[e] > 0 ? (double)r->weights[e] * r->y[r->items[e] * k + f] : 0;
	}
}

static void slow_side(const struct als_settings *s, const struct sparse *seen, double *x, const double *y)
{
	double *a = malloc(s->factors * s->factors * sizeof *a);

	for (uint32_t row = 0; row < seen->rows; row++) {
		struct slow_row r = { s, y, seen->columns, sparse_length(seen, row), sparse_row(seen, row), seen->weight + seen->start[row] };

		slow_matrix(&r, a, x + row * s->factors);
		slow_solve(a, x + row * s->factors, s->factors);
	}
	free(a);
}

static double *doubles_of(const struct dense *m)
{
	double *d = malloc(m->rows * m->columns * sizeof *d);

	for (size_t i = 0; i < m->rows * m->columns; i++)
		d[i] = (double)m->at[i];
	return d;
}

static void assert_factors(const struct dense *m, const double *truth, double within)
{
	for (size_t i = 0; i < m->rows * m->columns; i++)
		if (!(fabs((double)m->at[i] - truth[i]) <= within))
			fail_msg("factor %zu: got %.9g, wanted %.9g", i, (double)m->at[i], truth[i]);
}

/* ---- fitting ---- */

static void epochs_are_the_formula(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	CLEANUP(sparse_free) struct sparse seen = { 0 }, by_item = { 0 };

	(void)state;
	small_set(40, 25, 300, &seen);
	sparse_transpose(&seen, &by_item);
	for (uint32_t steps = 0; steps <= 40; steps += 40) { /* exactly, and by more steps than there are factors */
		CLEANUP(als_free) struct als m = { 0 };
		struct als_settings settings = small;
		double *x, *y;

		settings.steps = steps;
		settings.nu = steps ? 1 : .5;
		assert_done(als_begin(threads, &seen, &settings, &m));
		x = doubles_of(&m.users);
		y = doubles_of(&m.items);
		for (int epoch = 0; epoch < 4; epoch++) {
			double loss, slow;

			als_epoch(&m, threads, &seen, &by_item);
			slow_side(&settings, &seen, x, y);
			slow_side(&settings, &by_item, y, x);
			assert_factors(&m.users, x, 1e-4);
			assert_factors(&m.items, y, 1e-4);
			loss = als_loss(&m, threads, &seen, &by_item);
			slow = slow_loss(&m, &seen, &by_item);
			assert_true(fabs(loss - slow) <= 1e-5 * slow);
		}
		free(x);
		free(y);
	}
}

static void loss_falls(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	CLEANUP(sparse_free) struct sparse seen = { 0 }, by_item = { 0 };

	(void)state;
	small_set(500, 200, 8000, &seen);
	sparse_transpose(&seen, &by_item);
	for (uint32_t steps = 0; steps <= 3; steps++) {
		CLEANUP(als_free) struct als m = { 0 };
		struct als_settings settings = small;
		double before, loss;

		settings.steps = steps;
		settings.factors = 33;
		assert_done(als_begin(threads, &seen, &settings, &m));
		before = als_loss(&m, threads, &seen, &by_item);
		for (int epoch = 0; epoch < 8; epoch++, before = loss) {
			als_epoch(&m, threads, &seen, &by_item);
			loss = als_loss(&m, threads, &seen, &by_item);
			assert_true(loss < before);
		}
		for (size_t f = 0; f < settings.factors; f++)
			assert_true(dense_row(&m.users, 3)[f] == 0 && dense_row(&m.items, 2)[f] == 0); /* who has nothing */
	}
}

/* More rows that have seen much (512 of 256 factors) than are solved side by side, and their passes in blocks: the same as the exact way,
 * which goes row by row. Others between them have seen less, or nothing. */
static void long_rows_go_side_by_side(void **state)
{
	enum { K = 256, USERS = 1500, ITEMS = 90 };
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	CLEANUP(sparse_free) struct sparse seen = { 0 }, by_item = { 0 };
	struct als models[2] = { 0 };
	uint32_t much = 0;

	(void)state;
	small_set(USERS, ITEMS, USERS * ITEMS * 80 / 100, &seen);
	sparse_transpose(&seen, &by_item);
	for (uint32_t i = 0; i < ITEMS; i++)
		much += sparse_length(&by_item, i) > 512;
	assert_in_range(much, 65, ITEMS - 2);
	for (int exact = 0; exact < 2; exact++) {
		struct als_settings settings = small;

		settings.factors = K;
		settings.steps = exact ? 0 : 30;
		assert_done(als_begin(threads, &seen, &settings, &models[exact]));
		for (size_t i = 0; i < USERS * K; i++)
			models[exact].users.at[i] *= 30;
		als_epoch(&models[exact], threads, &seen, &by_item);
	}
	for (size_t i = 0; i < ITEMS * K; i++)
		assert_true(fabsf(models[0].items.at[i] - models[1].items.at[i]) < 1e-4f);
	als_free(&models[0]);
	als_free(&models[1]);
}

static void assert_threads_change_no_bit(const struct sparse *seen, uint32_t factors)
{
	struct als models[3] = { 0 };

	for (size_t t = 0; t < 3; t++) {
		CLEANUP(threads_free) struct threads *threads = threads_start(t + 1);
		struct als_settings settings = small;

		settings.factors = factors;
		assert_done(als_fit(threads, seen, &settings, NULL, &models[t]));
		assert_memory_equal(models[t].users.at, models[0].users.at, seen->rows * factors * sizeof(float));
		assert_memory_equal(models[t].items.at, models[0].items.at, seen->columns * factors * sizeof(float));
		assert_memory_equal(models[t].gram.at, models[0].gram.at, factors * factors * sizeof(float));
	}
	for (size_t t = 0; t < 3; t++)
		als_free(&models[t]);
}

static void threads_change_no_bit(void **state)
{
	CLEANUP(sparse_free) struct sparse seen = { 0 };

	(void)state;
	small_set(6000, 300, 50000, &seen);
	assert_threads_change_no_bit(&seen, 20);
	assert_threads_change_no_bit(&seen, 32); /* whole vectors take other ways */
}

static void what_makes_no_model_is_refused(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	CLEANUP(sparse_free) struct sparse seen = { 0 };
	struct als_settings wrong[] = { small, small, small, small, small, small, small };
	static const float bad[] = { NAN, INFINITY, -INFINITY, 2e6f };
	struct als m;

	(void)state;
	small_set(40, 25, 300, &seen);
	wrong[0].factors = 0;
	wrong[1].factors = ALS_FACTORS_MAX + 1;
	wrong[2].w0 = 0;
	wrong[3].lambda = NAN;
	wrong[4].nu = -1;
	wrong[5].steps = ALS_STEPS_MAX + 1;
	wrong[6].lambda = INFINITY;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_problem(als_fit(threads, &seen, &wrong[i], NULL, &m), als_settings_wrong);
	for (size_t i = 0; i < 4; i++) {
		seen.weight[7] = bad[i];
		assert_problem(als_fit(threads, &seen, &small, NULL, &m), als_no_numbers);
	}
}

/* Weights, lambda and w0 at the ends of what is allowed: numbers come out. */
static void extremes_stay_numbers(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	static const double ends[] = { 1e-12, 1, 1e6 };

	(void)state;
	for (int i = 0; i < 27; i++) {
		CLEANUP(sparse_free) struct sparse seen = { 0 };
		CLEANUP(als_free) struct als m = { 0 };
		struct als_settings settings = small;

		small_set(40, 25, 300, &seen);
		settings.w0 = ends[i % 3];
		settings.lambda = ends[i / 3 % 3];
		settings.steps = i / 9 % 2 ? 0 : 3;
		for (size_t j = 0; j < sparse_count(&seen); j++)
			seen.weight[j] *= i < 18 ? 1 : j % 2 ? 1e5f : 1e-20f;
		assert_done(als_fit(threads, &seen, &settings, NULL, &m));
		for (size_t j = 0; j < m.users.rows * m.users.columns; j++)
			assert_true(isfinite(m.users.at[j]));
		for (size_t j = 0; j < m.items.rows * m.items.columns; j++)
			assert_true(isfinite(m.items.at[j]));
	}
}

/* ---- somebody as of now ---- */

static const uint32_t had[] = { 7, 1, 20, 4, 11 };
static const float had_weights[] = { 2, 1, -.5f, 3, .25f };

static double slow_score(const struct als *m, size_t without, uint32_t item)
{
	enum { K = 6 };
	double a[K * K], x[K], b[K] = { 0 }, *y = doubles_of(&m->items), score = 0;
	struct slow_row r = { &m->settings, y, m->items.rows, 5, had, had_weights };

	slow_matrix(&r, a, x);
	for (size_t e = 0; e < 5; e++)
		for (size_t f = 0; f < K; f++)
			b[f] += e != without && had_weights[e] > 0 ? (double)had_weights[e] * y[had[e] * K + f] : 0;
	slow_solve(a, b, K);
	for (size_t f = 0; f < K; f++)
		score += b[f] * y[item * K + f];
	free(y);
	return score;
}

static void reasons_are_faithful(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	CLEANUP(sparse_free) struct sparse seen = { 0 };
	CLEANUP(als_free) struct als m = { 0 };
	struct arena *arena = arena_new(1 << 24);
	struct als_events events = { 5, had, had_weights };
	struct als_person p;
	uint32_t all[25];
	float of_all[25 * 5];

	(void)state;
	small_set(40, 25, 300, &seen);
	assert_done(als_fit(threads, &seen, &small, NULL, &m));
	als_fold_in(&m, arena, &events, &p);
	for (uint32_t item = 0; item < 25; item++)
		all[item] = item;
	als_reasons(&m, arena, &p, all, 25, of_all);
	for (uint32_t item = 0; item < 25; item++) {
		float shares[5], sum = 0, score = als_person_score(&m, &p, item);

		als_reasons(&m, arena, &p, &item, 1, shares);
		assert_memory_equal(shares, of_all + item * 5, sizeof shares);
		for (size_t e = 0; e < 5; e++)
			sum += shares[e];
		assert_true(fabsf(sum - score) <= 1e-4f);
		assert_true(shares[2] == 0); /* what was not wanted is no reason */
		assert_true(fabs(slow_score(&m, 5, item) - (double)score) <= 1e-4);
		for (size_t e = 0; e < 5; e++) /* without it, the score falls by just its share */
			assert_true(fabs(slow_score(&m, e, item) - (double)(score - shares[e])) <= 1e-4);
	}
	events.count = 0;
	als_fold_in(&m, arena, &events, &p);
	assert_true(als_person_score(&m, &p, 3) == 0);
	arena_free(arena);
}

/* Who was fitted exactly and is folded in by the same events: the same factors as users solved once more. */
static void folding_in_is_another_half_epoch(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	CLEANUP(sparse_free) struct sparse seen = { 0 };
	CLEANUP(als_free) struct als m = { 0 };
	struct als_settings settings = small;
	double *x, *y;

	(void)state;
	small_set(40, 25, 300, &seen);
	settings.factors = 18;
	assert_done(als_fit(threads, &seen, &settings, NULL, &m));
	x = doubles_of(&m.users);
	y = doubles_of(&m.items);
	slow_side(&settings, &seen, x, y);
	for (uint32_t u = 0; u < seen.rows; u++) {
		struct arena *arena = arena_new(1 << 20);
		struct als_events events = { sparse_length(&seen, u), sparse_row(&seen, u), seen.weight + seen.start[u] };
		struct als_person p;

		als_fold_in(&m, arena, &events, &p);
		for (size_t f = 0; f < 18; f++)
			assert_true(fabs((double)p.factors[f] - x[u * 18 + f]) <= 1e-4);
		arena_free(arena);
	}
	free(x);
	free(y);
}

/* ---- as a file ---- */

static void a_model_comes_back(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);
	CLEANUP(sparse_free) struct sparse seen = { 0 };
	CLEANUP(als_free) struct als m = { 0 }, loaded = { 0 };

	(void)state;
	small_set(40, 25, 300, &seen);
	assert_done(als_fit(threads, &seen, &small, NULL, &m));
	als_save(&m, &b);
	assert_null(b.why);
	assert_done(als_load(threads, buffer_text(&b), &loaded));
	assert_true(loaded.settings.w0 == small.w0 && loaded.settings.seed == small.seed && loaded.settings.epochs == small.epochs);
	assert_memory_equal(loaded.users.at, m.users.at, 40 * 6 * sizeof(float));
	assert_memory_equal(loaded.items.at, m.items.at, 25 * 6 * sizeof(float));
	assert_memory_equal(loaded.gram.at, m.gram.at, 6 * 6 * sizeof(float));
	b.length--;
	assert_problem(als_load(threads, buffer_text(&b), &loaded), saved_damaged);
}

struct foreign {
	uint32_t sizes[5];
	double settings[3];
	float users[6], items[4];
	size_t user_count;
};

static problem load_foreign(const struct foreign *f)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);
	CLEANUP(als_free) struct als m = { 0 };
	int64_t seed = 1;

	saved_begin(&b, "ials", 1);
	saved_add(&b, "sizes", SAVED_U32, f->sizes, 5);
	saved_add(&b, "settings", SAVED_F64, f->settings, 3);
	saved_add(&b, "seed", SAVED_I64, &seed, 1);
	saved_add(&b, "users", SAVED_F32, f->users, f->user_count);
	saved_add(&b, "items", SAVED_F32, f->items, 4);
	saved_end(&b);
	return als_load(threads, buffer_text(&b), &m);
}

static void a_foreign_file_is_checked(void **state)
{
	static const struct foreign fine = { { 3, 2, 2, 8, 3 }, { .1, .1, 1 }, { 1, 2, 3, 4, 5, 6 }, { 1, 2, 3, 4 }, 6 };
	struct foreign f = fine;

	(void)state;
	assert_done(load_foreign(&f));
	f.items[3] = NAN;
	assert_problem(load_foreign(&f), als_no_numbers);
	f = fine, f.users[0] = 1e30f;
	assert_problem(load_foreign(&f), als_no_numbers);
	f = fine, f.user_count = 5;
	assert_problem(load_foreign(&f), saved_lacks);
	f = fine, f.sizes[0] = UINT32_MAX;
	assert_problem(load_foreign(&f), als_settings_wrong);
	f = fine, f.sizes[1] = 1 << 24;
	assert_problem(load_foreign(&f), saved_lacks);
	f = fine, f.sizes[2] = 0;
	assert_problem(load_foreign(&f), als_settings_wrong);
	f = fine, f.settings[0] = NAN;
	assert_problem(load_foreign(&f), als_settings_wrong);
	f = fine, f.sizes[4] = 1000;
	assert_problem(load_foreign(&f), als_settings_wrong);
}

/* ---- MovieLens 1M ---- */

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static struct measures judge(struct threads *threads, const struct als *m, const struct sparse *known, const struct sparse *test)
{
	struct scorer scorer = { als_score, (void *)m };
	struct trial trial = { known, test, { 20 }, 0 };
	struct evaluation e;

	evaluate(threads, &trial, &scorer, NULL, &e);
	return e.at[0];
}

/* One in ten interactions of each user, by the seed, are cut off train to choose on. */
static void cut_validation(const struct sparse *train, struct sparse *rest, struct sparse *validation)
{
	size_t count = sparse_count(train), at = 0;
	struct interactions m = { .users = train->rows, .items = train->columns, .count = count };
	uint8_t *parts = malloc(count);

	m.user = malloc(count * sizeof *m.user);
	m.item = malloc(count * sizeof *m.item);
	for (uint32_t u = 0; u < train->rows; u++) {
		struct random r = random_of(17, u);

		for (size_t j = 0; j < sparse_length(train, u); j++, at++) {
			m.user[at] = u;
			m.item[at] = sparse_row(train, u)[j];
			parts[at] = random_below(&r, 10) == 0 ? PART_VALIDATION : PART_TRAIN;
		}
	}
	sparse_of(&m, parts, PART_TRAIN, rest);
	sparse_of(&m, parts, PART_VALIDATION, validation);
	interactions_free(&m);
	free(parts);
}

static const struct {
	double w0, lambda;
} grid[] = { { .1, .006 }, { .2, .006 }, { .2, .01 }, { .3, .006 }, { .3, .008 }, { .5, .006 }, { .5, .01 }, { .3, .004 } };

static struct als_settings chosen_on_validation(struct threads *threads, const struct sparse *train)
{
	CLEANUP(sparse_free) struct sparse rest = { 0 }, validation = { 0 };
	struct als_settings best = als_usual;
	double best_ndcg = 0;

	cut_validation(train, &rest, &validation);
	for (size_t i = 0; i < sizeof grid / sizeof *grid; i++) {
		CLEANUP(als_free) struct als m = { 0 };
		struct als_settings settings = als_usual;
		struct measures at;

		settings.w0 = grid[i].w0;
		settings.lambda = grid[i].lambda;
		settings.epochs = 8;
		assert_done(als_fit(threads, &rest, &settings, NULL, &m));
		at = judge(threads, &m, &rest, &validation);
		print_message("validation: w0 %g, lambda %g: recall@20 %.4f, NDCG@20 %.4f\n", settings.w0, settings.lambda, at.recall, at.ndcg);
		if (at.ndcg > best_ndcg) {
			best_ndcg = at.ndcg;
			best = settings;
		}
	}
	return best;
}

static void movielens_is_ranked_as_well_as_is_known(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	CLEANUP(recs_close) struct recs_set set = { 0 };
	CLEANUP(als_free) struct als m = { 0 };
	struct als_settings settings;
	struct measures at;
	double start;

	(void)state;
	if (!recs_full() || !recs_ml1m(&set))
		skip();
	settings = chosen_on_validation(threads, &set.train);
	start = seconds_now();
	assert_done(als_fit(threads, &set.train, &settings, NULL, &m));
	print_message("trained in %.2f s\n", seconds_now() - start);
	at = judge(threads, &m, &set.train, &set.test);
	print_message("ML-1M, k = %u, w0 %g, lambda %g: recall@20 %.4f, NDCG@20 %.4f\n", settings.factors, settings.w0, settings.lambda, at.recall, at.ndcg);
	assert_true(at.ndcg >= .267 && at.recall >= .28);
}

struct folding {
	const struct als *m;
	const struct sparse *known;
};

static void folded_score(void *self, const uint32_t *users, size_t count, float *scores, size_t thread)
{
	const struct folding *f = self;
	struct arena *arena = arena_new(1 << 26);

	(void)thread;
	for (size_t u = 0; u < count; u++) {
		struct als_events events = { sparse_length(f->known, users[u]), sparse_row(f->known, users[u]), NULL };
		struct als_person p;

		als_fold_in(f->m, arena, &events, &p);
		dense_gemv(scores + u * f->m->items.rows, &f->m->items, p.factors);
		arena_reset(arena);
	}
	arena_free(arena);
}

/* Strong generalisation: a fifth of the users is held out whole; of these 80 % are told and folded in, the rest is asked. No figures
 * of others are known for this set and protocol. */
static void who_was_never_seen_is_served_too(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	CLEANUP(interactions_free) struct interactions m = { 0 };
	CLEANUP(sparse_free) struct sparse train = { 0 }, known = { 0 }, test = { 0 };
	CLEANUP(als_free) struct als model = { 0 };
	struct als_settings settings = als_usual;
	struct folding folding = { &model, &known };
	struct trial trial = { &known, &test, { 20 }, 0 };
	struct evaluation e;
	struct split split;
	uint8_t *parts;

	(void)state;
	if (!recs_full() || !recs_adjacency("ml-1m-ultragcn/train.txt.gz", &m))
		skip();
	parts = malloc(m.count);
	assert_done(split_users(&m, .2, 1, parts, &split));
	sparse_of(&m, parts, PART_TRAIN, &train);
	sparse_of(&m, parts, PART_KNOWN, &known);
	sparse_of(&m, parts, PART_TEST, &test);
	free(parts);
	settings.w0 = .3;
	settings.lambda = .008;
	settings.epochs = 8;
	assert_done(als_fit(threads, &train, &settings, NULL, &model));
	evaluate(threads, &trial, &(struct scorer){ folded_score, &folding }, NULL, &e);
	print_message("ML-1M, %zu users never seen: recall@20 %.4f, NDCG@20 %.4f\n", e.users, e.at[0].recall, e.at[0].ndcg);
	assert_true(e.at[0].ndcg > .275 && e.at[0].recall > .228);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(epochs_are_the_formula),
		cmocka_unit_test(loss_falls),
		cmocka_unit_test(long_rows_go_side_by_side),
		cmocka_unit_test(threads_change_no_bit),
		cmocka_unit_test(what_makes_no_model_is_refused),
		cmocka_unit_test(extremes_stay_numbers),
		cmocka_unit_test(reasons_are_faithful),
		cmocka_unit_test(folding_in_is_another_half_epoch),
		cmocka_unit_test(a_model_comes_back),
		cmocka_unit_test(a_foreign_file_is_checked),
		cmocka_unit_test(movielens_is_ranked_as_well_as_is_known),
		cmocka_unit_test(who_was_never_seen_is_served_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
