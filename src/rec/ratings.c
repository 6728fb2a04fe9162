/* ratings.c - a row's bias is a factor more, by which the other side stands with 1: so both are solved as one small system. */
#include "rec/ratings.h"

#include "num/memory.h"
#include "num/random.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct problem ratings_settings_wrong = { 422, "ratings-settings-wrong", "The settings of the factorisation of ratings are out of their bounds." };
const struct problem ratings_no_numbers = { 422, "ratings-no-numbers", "A rating is no number, or beyond a million." };
const struct problem ratings_none = { 422, "ratings-none", "Nobody rated anything." };

enum { ROWS_A_PART = 64, PIECE = 256, VERSION = 1 };
static const double rating_max = 1e6;

static float *floats(size_t count) { return array_of(count, sizeof(float)); }

void ratings_free(struct ratings *m)
{
	free(m->users.at);
	free(m->items.at);
	*m = (struct ratings){ 0 };
}

/* ---- one side ---- */

struct side {
	const struct ratings *m;
	const struct sparse *rated; /* rows of x by rows of y */
	const struct dense *x, *y;
	float *scratch; /* for each thread: a piece (PIECE, k + 1), its targets (PIECE), the system (k + 1, k + 1), its right side (k + 1) */
	size_t each;
};

/* What one row rated, or who rated it */
struct rater {
	const struct ratings *m;
	const struct dense *y;
	struct ratings_given given;
};

static float star(const struct rater *r, size_t i) { return r->given.stars ? r->given.stars[i] : 1; }

static size_t scratch_of(size_t n) { return PIECE * (n + 1) + n * n + n; }

/* A = sum (y, 1)(y, 1)' + lambda (n + extra), into its root, U'U; right: sum (y, 1) (what is left of the rating). false: no root */
static bool system_of(const struct rater *r, float *scratch, struct dense *system, float **right)
{
	const struct ratings_settings *s = &r->m->settings;
	size_t n = r->y->columns;
	struct dense piece = dense_of(scratch, PIECE, n);
	float *target = scratch + PIECE * n;

	*system = dense_of(scratch + PIECE * (n + 1), n, n);
	*right = system->at + n * n;
	memset(system->at, 0, (n * n + n) * sizeof(float));
	for (size_t at = 0; at < r->given.count; at += piece.rows) {
		piece.rows = r->given.count - at < PIECE ? r->given.count - at : PIECE;
		for (size_t j = 0; j < piece.rows; j++) {
			const float *y = dense_row(r->y, r->given.items[at + j]);

			memcpy(dense_row(&piece, j), y, n * sizeof(float));
			dense_row(&piece, j)[n - 1] = 1;
			target[j] = (float)((double)star(r, at + j) - r->m->mean - (double)y[n - 1]);
		}
		dense_gram(system, &piece, NULL);
		dense_gemv_t(*right, &piece, target);
	}
	for (size_t j = 0; j < n; j++)
		dense_row(system, j)[j] += (float)(s->lambda * ((double)r->given.count + s->extra));
	return r->given.count > 0 && dense_cholesky(system);
}

static void solve_row(const struct rater *r, float *scratch, float *ret)
{
	size_t n = r->y->columns;
	struct dense system;
	float *right;

	if (system_of(r, scratch, &system, &right))
		dense_solve(&system, right);
	else
		memset(right, 0, n * sizeof(float));
	memcpy(ret, right, n * sizeof(float));
}

static void side_part(void *self, size_t part, size_t thread)
{
	const struct side *side = self;
	uint32_t first = (uint32_t)(part * ROWS_A_PART), left = side->rated->rows - first;

	for (uint32_t row = first; row < first + (left < ROWS_A_PART ? left : ROWS_A_PART); row++) {
		const struct sparse *rated = side->rated;
		struct rater r = { side->m, side->y, { sparse_length(rated, row), sparse_row(rated, row), rated->weight + rated->start[row] } };

		solve_row(&r, side->scratch + thread * side->each, dense_row(side->x, row));
	}
}

static void solve_side(struct threads *threads, struct side side)
{
	side.each = scratch_of(side.y->columns);
	side.scratch = floats(side.each * threads_count(threads));
	threads_each(threads, (side.rated->rows + ROWS_A_PART - 1) / ROWS_A_PART, side_part, &side);
	free(side.scratch);
}

size_t ratings_bytes(const struct ratings_settings *s, const struct interactions *m)
{
	return m->count * 32 + ((size_t)m->users + m->items) * (s->factors + 3) * sizeof(float);
}

/* ---- the whole ---- */

static problem settings_check(const struct ratings_settings *s)
{
	bool fine = s->factors <= RATINGS_FACTORS_MAX && s->lambda > 0 && s->lambda <= 1e6 && s->extra >= 0 && s->extra <= 1e6;

	return fine ? NULL : &ratings_settings_wrong;
}

/* Mean and bounds. */
static problem look_at(const struct sparse *rated, struct ratings *m)
{
	size_t count = sparse_count(rated);
	double sum = 0;

	if (count == 0 || !rated->weight)
		return &ratings_none;
	m->low = INFINITY;
	m->high = -INFINITY;
	for (size_t i = 0; i < count; i++) {
		double rating = (double)rated->weight[i];

		if (!(fabs(rating) <= rating_max))
			return &ratings_no_numbers;
		sum += rating;
		m->low = fmin(m->low, rating);
		m->high = fmax(m->high, rating);
	}
	m->mean = sum / (double)count;
	return NULL;
}

static void make_room(struct ratings *m, size_t users, size_t items)
{
	size_t n = m->settings.factors + 1;

	m->users = dense_of(floats(users * n), users, n);
	m->items = dense_of(floats(items * n), items, n);
}

/* Items begin near 0, their biases at 0; users follow from them. */
static void start_items(struct ratings *m)
{
	double deviation = .1 / sqrt((double)m->items.columns);

	for (size_t i = 0; i < m->items.rows; i++) {
		struct random r = random_of(m->settings.seed, i);

		for (size_t j = 0; j + 1 < m->items.columns; j++)
			dense_row(&m->items, i)[j] = (float)(random_normal(&r) * deviation);
	}
}

problem ratings_fit(struct threads *threads, const struct sparse *rated, const struct ratings_settings *settings, struct progress *progress,
                    struct ratings *ret)
{
	CLEANUP(sparse_free) struct sparse by_item = { 0 };
	struct ratings m = { .settings = *settings };
	problem why = settings_check(settings);

	if (!why)
		why = look_at(rated, &m);
	if (why)
		return why;
	make_room(&m, rated->rows, rated->columns);
	start_items(&m);
	sparse_transpose(rated, &by_item);
	for (uint32_t epoch = 0; epoch < settings->epochs; epoch++) {
		solve_side(threads, (struct side){ &m, rated, &m.users, &m.items, NULL, 0 });
		solve_side(threads, (struct side){ &m, &by_item, &m.items, &m.users, NULL, 0 });
		progress_at(progress, epoch + 1, settings->epochs);
	}
	*ret = m;
	return NULL;
}

static double within(const struct ratings *m, double rating) { return fmin(fmax(rating, m->low), m->high); }

double ratings_predict(const struct ratings *m, uint32_t user, uint32_t item)
{
	const float *x = user < m->users.rows ? dense_row(&m->users, user) : NULL, *y = item < m->items.rows ? dense_row(&m->items, item) : NULL;
	size_t k = m->settings.factors;
	double rating = m->mean + (x ? (double)x[k] : 0) + (y ? (double)y[k] : 0) + (x && y ? (double)dense_dot(x, y, k) : 0);

	return within(m, rating);
}

double ratings_rmse(const struct ratings *m, const struct sparse *rated)
{
	double sum = 0;

	for (uint32_t u = 0; u < rated->rows; u++)
		for (size_t at = rated->start[u]; at < rated->start[u + 1]; at++) {
			double off = (double)rated->weight[at] - ratings_predict(m, u, rated->column[at]);

			sum += off * off;
		}
	return sqrt(sum / (double)sparse_count(rated));
}

/* ---- somebody as of now ---- */

void ratings_fold_in(const struct ratings *m, const struct ratings_given *given, float *user)
{
	float *scratch = floats(scratch_of(m->items.columns));

	solve_row(&(struct rater){ m, &m->items, *given }, scratch, user);
	free(scratch);
}

float ratings_expect_anybody(const struct ratings *m, uint32_t item)
{
	return (float)(m->mean + (double)dense_row(&m->items, item)[m->settings.factors]);
}

float ratings_expect(const struct ratings *m, const float *user, uint32_t item)
{
	size_t k = m->settings.factors;

	return ratings_expect_anybody(m, item) + user[k] + dense_dot(dense_row(&m->items, item), user, k);
}

/* With what is left of each rating, the user is A^-1 sum (y_j, 1) left_j: what j brings to item i is (y_i, 1)'A^-1 (y_j, 1) left_j. */
void ratings_reasons(const struct ratings *m, const struct ratings_given *given, uint32_t item, float *shares)
{
	struct rater r = { m, &m->items, *given };
	size_t k = m->settings.factors;
	float *scratch = floats(scratch_of(k + 1)), *asked;
	struct dense system;
	bool solved = system_of(&r, scratch, &system, &asked);

	memcpy(asked, dense_row(&m->items, item), k * sizeof *asked);
	asked[k] = 1;
	if (solved)
		dense_solve(&system, asked);
	for (size_t j = 0; j < given->count; j++) {
		const float *y = dense_row(&m->items, given->items[j]);
		double left = (double)star(&r, j) - m->mean - (double)y[k];

		shares[j] = solved ? (float)(left * (double)(dense_dot(asked, y, k) + asked[k])) : 0;
	}
	free(scratch);
}

/* ---- how far off ---- */

void ratings_judge(const struct ratings *m, const struct sparse *known, const struct sparse *rated, struct stars *ret)
{
	struct stars s = { .rows = sparse_count(rated) };
	float *folded = floats(m->items.columns);

	for (uint32_t u = 0; u < rated->rows; u++) {
		const float *user = dense_row(&m->users, u);

		if (known && sparse_length(rated, u)) {
			ratings_fold_in(m, &(struct ratings_given){ sparse_length(known, u), sparse_row(known, u), known->weight + known->start[u] }, folded);
			user = folded;
		}
		for (size_t at = rated->start[u]; at < rated->start[u + 1]; at++) {
			double stars = (double)rated->weight[at], off = stars - within(m, (double)ratings_expect(m, user, rated->column[at]));

			s.rmse += off * off;
			s.mae += fabs(off);
			s.flat_rmse += (stars - m->mean) * (stars - m->mean);
			s.flat_mae += fabs(stars - m->mean);
		}
	}
	free(folded);
	s.rmse = sqrt(s.rmse / (double)s.rows);
	s.mae /= (double)s.rows;
	s.flat_rmse = sqrt(s.flat_rmse / (double)s.rows);
	s.flat_mae /= (double)s.rows;
	*ret = s;
}

/* ---- as a file ---- */

static const char kind[] = "ratings";
enum { SIZE_USERS, SIZE_ITEMS, SIZE_FACTORS, SIZE_EPOCHS, SIZES };
enum { NUMBER_LAMBDA, NUMBER_EXTRA, NUMBER_MEAN, NUMBER_LOW, NUMBER_HIGH, NUMBERS };

void ratings_save(const struct ratings *m, struct buffer *b)
{
	const struct ratings_settings *s = &m->settings;
	uint32_t sizes[SIZES] = { (uint32_t)m->users.rows, (uint32_t)m->items.rows, s->factors, s->epochs };
	double numbers[NUMBERS] = { s->lambda, s->extra, m->mean, m->low, m->high };
	int64_t seed = (int64_t)s->seed;

	saved_begin(b, kind, VERSION);
	saved_add(b, "sizes", SAVED_U32, sizes, SIZES);
	saved_add(b, "numbers", SAVED_F64, numbers, NUMBERS);
	saved_add(b, "seed", SAVED_I64, &seed, 1);
	saved_add(b, "users", SAVED_F32, m->users.at, m->users.rows * m->users.columns);
	saved_add(b, "items", SAVED_F32, m->items.at, m->items.rows * m->items.columns);
	saved_end(b);
}

static problem load_head(const struct saved *s, struct ratings *m, const uint32_t **sizes)
{
	const void *at_sizes, *at_numbers, *at_seed;
	const double *numbers;
	problem why = saved_array_of(s, "sizes", SAVED_U32, SIZES, &at_sizes);

	if (!why)
		why = saved_array_of(s, "numbers", SAVED_F64, NUMBERS, &at_numbers);
	if (!why)
		why = saved_array_of(s, "seed", SAVED_I64, 1, &at_seed);
	if (why)
		return why;
	*sizes = at_sizes;
	numbers = at_numbers;
	m->settings = (struct ratings_settings){ (*sizes)[SIZE_FACTORS], (*sizes)[SIZE_EPOCHS], numbers[NUMBER_LAMBDA], numbers[NUMBER_EXTRA],
		(uint64_t)*(const int64_t *)at_seed };
	m->mean = numbers[NUMBER_MEAN];
	m->low = numbers[NUMBER_LOW];
	m->high = numbers[NUMBER_HIGH];
	if (!(-rating_max <= m->low && m->low <= m->mean && m->mean <= m->high && m->high <= rating_max))
		return &ratings_no_numbers;
	if ((*sizes)[SIZE_USERS] > USERS_MAX || (*sizes)[SIZE_ITEMS] > ITEMS_MAX)
		return &ratings_settings_wrong;
	return settings_check(&m->settings);
}

static problem numbers_check(const float *at, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!(fabsf(at[i]) <= 1e9f))
			return &ratings_no_numbers;
	return NULL;
}

problem ratings_load(struct text bytes, struct ratings *ret)
{
	struct ratings m = { 0 };
	struct saved s;
	const uint32_t *sizes;
	const void *users, *items;
	size_t user_count, item_count;
	problem why = saved_open(bytes, kind, VERSION, &s);

	if (!why)
		why = load_head(&s, &m, &sizes);
	if (why)
		return why;
	user_count = (size_t)sizes[SIZE_USERS] * (m.settings.factors + 1);
	item_count = (size_t)sizes[SIZE_ITEMS] * (m.settings.factors + 1);
	why = saved_array_of(&s, "users", SAVED_F32, user_count, &users);
	if (!why)
		why = saved_array_of(&s, "items", SAVED_F32, item_count, &items);
	if (!why)
		why = numbers_check(users, user_count);
	if (!why)
		why = numbers_check(items, item_count);
	if (why)
		return why;
	make_room(&m, sizes[SIZE_USERS], sizes[SIZE_ITEMS]);
	memcpy(m.users.at, users, user_count * sizeof(float));
	memcpy(m.items.at, items, item_count * sizeof(float));
	*ret = m;
	return NULL;
}
