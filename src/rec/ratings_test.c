/* ratings_test.c - ratings that follow from biases and factors are found again, epochs solve their equations, and sets of real ratings are
 * predicted as well as others do. */
#include "rec/ratings.h"

#include "rec/testing.h"

/* Ratings mean + biases + a product of two, of nearly all pairs; some left for the test. */
static void made_set(struct sparse *train, struct sparse *test)
{
	enum { USERS = 120, ITEMS = 80 };
	CLEANUP(interactions_free) struct interactions m = { .users = USERS + 1, .items = ITEMS + 1 };
	uint8_t *parts = malloc(USERS * ITEMS);
	struct random noise = random_of(3, 3);

	m.user = malloc(USERS * ITEMS * sizeof *m.user);
	m.item = malloc(USERS * ITEMS * sizeof *m.item);
	m.weight = malloc(USERS * ITEMS * sizeof *m.weight);
	for (uint32_t u = 0; u < USERS; u++)
		for (uint32_t i = 0; i < ITEMS; i++) {
			struct random a = random_of(1, u), b = random_of(2, i);
			double bias = random_normal(&a) * .4 + random_normal(&b) * .5;

			m.user[m.count] = u;
			m.item[m.count] = i;
			m.weight[m.count] = (float)(3.5 + bias + .6 * random_normal(&a) * random_normal(&b) + .05 * random_normal(&noise));
			parts[m.count++] = random_below(&noise, 5) ? PART_TRAIN : PART_TEST;
		}
	sparse_of(&m, parts, PART_TRAIN, train);
	sparse_of(&m, parts, PART_TEST, test);
	free(parts);
}

static const struct ratings_settings made = { .factors = 3, .epochs = 15, .lambda = .002, .extra = 0, .seed = 4 };

static void what_made_them_is_found(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	CLEANUP(sparse_free) struct sparse train = { 0 }, test = { 0 };
	CLEANUP(ratings_free) struct ratings m = { 0 }, flat = { 0 };
	struct ratings_settings biases = made;

	(void)state;
	made_set(&train, &test);
	assert_done(ratings_fit(threads, &train, &made, NULL, &m));
	biases.factors = 0;
	assert_done(ratings_fit(threads, &train, &biases, NULL, &flat));
	assert_true(ratings_rmse(&m, &test) < .06 && ratings_rmse(&flat, &test) > .4 && ratings_rmse(&flat, &test) < .8);
	/* nobody's: the mean; an item's nobody rated: the user's */
	assert_true(ratings_predict(&m, 120, 80) == m.mean && ratings_predict(&m, 1u << 31, 1u << 31) == m.mean);
	assert_true(fabs(ratings_predict(&m, 5, 80) - fmin(fmax(m.mean + (double)dense_row(&m.users, 5)[3], m.low), m.high)) < 1e-12);
}

/* After an epoch the items' gradient is 0: lambda (n + extra) y = sum of errors times (x, 1). */
static void an_epoch_solves_its_equations(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	CLEANUP(sparse_free) struct sparse train = { 0 }, test = { 0 }, by_item = { 0 };
	CLEANUP(ratings_free) struct ratings m = { 0 };
	struct ratings_settings settings = { .factors = 5, .epochs = 2, .lambda = .1, .extra = 3, .seed = 1 };

	(void)state;
	made_set(&train, &test);
	sparse_transpose(&train, &by_item);
	assert_done(ratings_fit(threads, &train, &settings, NULL, &m));
	for (uint32_t i = 0; i < 80; i++) {
		double gradient[6], scale = .1 * ((double)sparse_length(&by_item, i) + 3);

		for (int f = 0; f < 6; f++)
			gradient[f] = scale * (double)dense_row(&m.items, i)[f];
		for (size_t at = by_item.start[i]; at < by_item.start[i + 1]; at++) {
			const float *x = dense_row(&m.users, by_item.column[at]), *y = dense_row(&m.items, i);
			double off = (double)by_item.weight[at] - m.mean - (double)x[5] - (double)y[5];

			for (int f = 0; f < 5; f++)
				off -= (double)x[f] * (double)y[f];
			for (int f = 0; f < 6; f++)
				gradient[f] -= off * (f < 5 ? (double)x[f] : 1);
		}
		for (int f = 0; f < 6; f++)
			assert_true(fabs(gradient[f]) < 1e-3);
	}
}

/* Who is folded in from what they rated is who an epoch more would make of them; their reasons sum up to what they are expected to give. */
static void somebody_now_is_who_they_were(void **state)
{
	enum { K = 5, USERS = 120, ITEMS = 80 };
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	CLEANUP(sparse_free) struct sparse train = { 0 }, test = { 0 };
	CLEANUP(ratings_free) struct ratings m = { 0 };
	struct ratings_settings settings = { .factors = K, .epochs = 40, .lambda = .1, .extra = 3, .seed = 1 };
	float user[K + 1], shares[ITEMS];

	(void)state;
	made_set(&train, &test);
	assert_done(ratings_fit(threads, &train, &settings, NULL, &m));
	for (uint32_t u = 0; u < USERS; u++) {
		struct ratings_given given = { sparse_length(&train, u), sparse_row(&train, u), train.weight + train.start[u] };

		ratings_fold_in(&m, &given, user);
		for (uint32_t i = 0; i < ITEMS; i += 7) {
			double sum = ratings_expect_anybody(&m, i);

			assert_true(fabs(fmin(fmax(ratings_expect(&m, user, i), m.low), m.high) - ratings_predict(&m, u, i)) < .01);
			ratings_reasons(&m, &given, i, shares);
			for (size_t j = 0; j < given.count; j++)
				sum += shares[j];
			assert_true(fabs(sum - ratings_expect(&m, user, i)) < 1e-4);
		}
	}
	ratings_fold_in(&m, &(struct ratings_given){ 0 }, user);
	assert_true(ratings_expect(&m, user, 3) == ratings_expect_anybody(&m, 3));
}

static void threads_change_no_bit_and_files_come_back(void **state)
{
	CLEANUP(sparse_free) struct sparse train = { 0 }, test = { 0 };
	CLEANUP(ratings_free) struct ratings one = { 0 }, other = { 0 }, loaded = { 0 };
	CLEANUP(threads_free) struct threads *first = threads_start(1), *second = threads_start(3);
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);

	(void)state;
	made_set(&train, &test);
	assert_done(ratings_fit(first, &train, &made, NULL, &one));
	assert_done(ratings_fit(second, &train, &made, NULL, &other));
	assert_memory_equal(one.users.at, other.users.at, 121 * 4 * sizeof(float));
	assert_memory_equal(one.items.at, other.items.at, 81 * 4 * sizeof(float));
	ratings_save(&one, &b);
	assert_done(ratings_load(buffer_text(&b), &loaded));
	assert_true(ratings_rmse(&loaded, &test) == ratings_rmse(&one, &test) && loaded.settings.lambda == made.lambda);
	buffer_clear(&b);
	one.items.at[7] = NAN;
	ratings_save(&one, &b);
	assert_problem(ratings_load(buffer_text(&b), &other), ratings_no_numbers);
	buffer_clear(&b);
	one.items.at[7] = 1;
	one.high = -INFINITY;
	ratings_save(&one, &b);
	assert_problem(ratings_load(buffer_text(&b), &other), ratings_no_numbers);
}

static void what_makes_no_model_is_refused(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	CLEANUP(sparse_free) struct sparse train = { 0 }, test = { 0 };
	struct ratings_settings wrong[] = { made, made, made };
	static const float bad[] = { NAN, INFINITY, 1e7f };
	struct interactions nobody = { .users = 3, .items = 3 };
	struct sparse none = { 0 };
	struct ratings m;

	(void)state;
	made_set(&train, &test);
	wrong[0].factors = RATINGS_FACTORS_MAX + 1;
	wrong[1].lambda = 0;
	wrong[2].extra = NAN;
	for (int i = 0; i < 3; i++) {
		float held = train.weight[3];

		assert_problem(ratings_fit(threads, &train, &wrong[i], NULL, &m), ratings_settings_wrong);
		train.weight[3] = bad[i];
		assert_problem(ratings_fit(threads, &train, &made, NULL, &m), ratings_no_numbers);
		train.weight[3] = held;
	}
	sparse_of(&nobody, NULL, PART_ANY, &none);
	assert_problem(ratings_fit(threads, &none, &made, NULL, &m), ratings_none);
	sparse_free(&none);
}

/* ---- real ratings ---- */

/* Every line "user SEP item SEP rating ...", users and items from 1; header: a first line of names. */
static bool read_ratings(const char *name, const char *separator, bool header, struct interactions *ret)
{
	CLEANUP(buffer_free) struct buffer all = BUFFER(1 << 30);
	char *at;
	size_t room = 1 << 19;

	if (!recs_read(name, &all))
		return false;
	buffer_add_char(&all, 0);
	*ret = (struct interactions){ .user = malloc(room * 4), .item = malloc(room * 4), .weight = malloc(room * 4) };
	at = header ? strchr(all.at, '\n') + 1 : all.at;
	while (*at) {
		uint32_t user = (uint32_t)strtoul(at, &at, 10), item = (uint32_t)strtoul(at + strlen(separator), &at, 10);

		assert_true(ret->count < room);
		ret->user[ret->count] = user;
		ret->item[ret->count] = item;
		ret->weight[ret->count++] = strtof(at + strlen(separator), &at);
		ret->users = user >= ret->users ? user + 1 : ret->users;
		ret->items = item >= ret->items ? item + 1 : ret->items;
		at = strchr(at, '\n') + 1;
	}
	return true;
}

/* One in ten ratings, by the seed, is predicted; mean of the folds of three seeds. */
static double rmse_of(const struct interactions *m, const struct ratings_settings *settings)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	uint8_t *parts = malloc(m->count);
	double sum = 0;

	for (uint64_t seed = 1; seed <= 3; seed++) {
		CLEANUP(sparse_free) struct sparse train = { 0 }, test = { 0 };
		CLEANUP(ratings_free) struct ratings model = { 0 };

		for (size_t i = 0; i < m->count; i++)
			parts[i] = random_bits(random_bits(seed) + i) % 10 ? PART_TRAIN : PART_TEST;
		sparse_of(m, parts, PART_TRAIN, &train);
		sparse_of(m, parts, PART_TEST, &test);
		assert_done(ratings_fit(threads, &train, settings, NULL, &model));
		sum += ratings_rmse(&model, &test);
	}
	free(parts);
	return sum / 3;
}

static void movielens_100k_is_predicted(void **state)
{
	CLEANUP(interactions_free) struct interactions m = { 0 };
	struct ratings_settings settings = ratings_usual, biases = ratings_usual;
	double rmse, flat;

	(void)state;
	if (!read_ratings("ml-100k/ml-100k.inter.gz", "\t", true, &m))
		skip();
	assert_int_equal(m.count, 100000);
	biases.factors = 0;
	rmse = rmse_of(&m, &settings);
	flat = rmse_of(&m, &biases);
	print_message("ML-100k, k = %u: RMSE %.4f; biases only %.4f\n", settings.factors, rmse, flat);
	assert_true(rmse < .915 && flat > .93 && flat < .95);
}

/* LIBMF, 64 factors by stochastic gradient descent, was measured at .8467 on a tenth of its own choice, which is not known. */
static void movielens_1m_half_is_predicted(void **state)
{
	CLEANUP(interactions_free) struct interactions m = { 0 };
	struct ratings_settings settings = ratings_usual;
	double rmse;

	(void)state;
	if (!recs_full() || !read_ratings("ml-1m-half-timestamps/ratings-first-487650.dat.gz", "::", false, &m))
		skip();
	rmse = rmse_of(&m, &settings);
	print_message("ML-1M, first half, k = %u: RMSE %.4f\n", settings.factors, rmse);
	assert_true(rmse < .87);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_made_them_is_found),
		cmocka_unit_test(an_epoch_solves_its_equations),
		cmocka_unit_test(somebody_now_is_who_they_were),
		cmocka_unit_test(threads_change_no_bit_and_files_come_back),
		cmocka_unit_test(what_makes_no_model_is_refused),
		cmocka_unit_test(movielens_100k_is_predicted),
		cmocka_unit_test(movielens_1m_half_is_predicted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
