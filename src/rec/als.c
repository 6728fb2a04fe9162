/* als.c - a half epoch: the Gram matrix of the side that stays, in parts that are added in order; then each row of the other side on its
 * own, by Cholesky or by conjugate gradients from where it stood. Reading factors is what takes the time: so rows that have seen little go a
 * few at a time, and what they read stays in the cache from one pass to the next; rows that have seen more than fits into it go many at a
 * time through the same block of factors while it is there. */
#include "rec/als.h"

#include "num/memory.h"
#include "num/random.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct problem als_settings_wrong = { 422, "als-settings-wrong", "The settings of the factorisation are out of their bounds." };
const struct problem als_no_numbers = { 422, "als-no-numbers", "A weight or a factor is no number, or beyond a million." };

enum { GRAM_ROWS = 2048, ROWS_A_PART = 64, NEAR_VALUES = 1 << 17, NEAR_EVENTS = 64, LINE = 16, TOGETHER = 8, LONG_TOGETHER = 64, VERSION = 1 };
static const double weight_max = 1e6;

/* On large pages: each row that is read lies on another page. */
static float *floats(size_t count) { return memory_large(count * sizeof(float)); }

void als_free(struct als *m)
{
	free(m->users.at);
	free(m->items.at);
	free(m->gram.at);
	*m = (struct als){ 0 };
}

size_t als_bytes(const struct als_settings *settings, uint32_t users, uint32_t items)
{
	size_t k = settings->factors, parts = ((size_t)(users > items ? users : items) + GRAM_ROWS - 1) / GRAM_ROWS;

	return (((size_t)users + items) * k + (parts + 1) * k * k) * sizeof(float);
}

/* ---- Gram matrix ---- */

struct grams {
	const struct dense *of;
	float *parts;
};

static void gram_part(void *self, size_t part, size_t thread)
{
	struct grams *g = self;
	size_t k = g->of->columns, from = part * GRAM_ROWS, left = g->of->rows - from;
	struct dense rows = dense_rows(g->of, from, left < GRAM_ROWS ? left : GRAM_ROWS), to = dense_of(g->parts + part * k * k, k, k);

	(void)thread;
	memset(to.at, 0, k * k * sizeof(float));
	dense_gram(&to, &rows, NULL);
}

/* to (k, k) = by times the Gram matrix of rows */
static void gram_of(const struct dense *to, const struct dense *rows, float by, struct threads *threads)
{
	size_t cells = to->rows * to->columns, parts = (rows->rows + GRAM_ROWS - 1) / GRAM_ROWS;
	struct grams g = { rows, floats(parts * cells) };

	threads_each(threads, parts, gram_part, &g);
	memset(to->at, 0, cells * sizeof(float));
	for (size_t part = 0; part < parts; part++)
		dense_axpy(to->at, by, g.parts + part * cells, cells);
	dense_mirror(to);
	free(g.parts);
}

/* ---- rows ---- */

struct side {
	const struct als_settings *settings;
	const struct sparse *seen; /* rows of x by rows of y */
	const struct dense *x, *y, *gram;
	uint32_t *order;           /* rows of x that have seen something: first those that have seen much */
	size_t long_count, count;
	float *scratch;
	size_t scratch_each;
};

/* What a thread computes with. The last three: for each of the rows that are solved together. */
struct bench {
	struct dense root, near; /* (k, k) and (NEAR_EVENTS, k), for Cholesky */
	struct dense residual, direction, turned;
};

static size_t bench_floats(size_t k) { return ((3 * LONG_TOGETHER + k + NEAR_EVENTS) * k + LINE - 1) / LINE * LINE; }

static struct bench bench_of(const struct side *side, size_t thread)
{
	size_t k = side->y->columns;
	float *at = side->scratch + thread * side->scratch_each;
	struct bench b = { .residual = dense_of(at, LONG_TOGETHER, k) };

	b.direction = dense_of(at += LONG_TOGETHER * k, LONG_TOGETHER, k);
	b.turned = dense_of(at += LONG_TOGETHER * k, LONG_TOGETHER, k);
	b.root = dense_of(at += LONG_TOGETHER * k, k, k);
	b.near = dense_of(at + k * k, NEAR_EVENTS, k);
	return b;
}

static double lambda_of(const struct als_settings *s, size_t count, size_t others)
{
	return s->lambda * pow((double)count + s->w0 * (double)others, s->nu);
}

/* One row that is solved. */
struct row {
	size_t start, end; /* of its interactions */
	size_t at;         /* the first that a pass has not read yet */
	float lambda;
	float *x, *residual, *direction, *turned;
	float squares;     /* residual'residual */
};

static bool is_near(const struct side *side, size_t interactions) { return interactions * side->y->columns <= NEAR_VALUES; }
static bool is_solved(const struct row *r) { return r->squares <= 1e-20f; }

/* Where the interactions from `at` on with rows of y below `below` end. Whole groups as the product takes them, and what is left with the
 * last of y: so sums are the same wherever they are interrupted. */
static size_t end_below(const struct side *side, const struct row *r, size_t below)
{
	size_t end = r->at;

	if (below >= side->y->rows)
		return r->end;
	while (end + DENSE_AT_ONCE <= r->end && side->seen->column[end + DENSE_AT_ONCE - 1] < below)
		end += DENSE_AT_ONCE;
	return end;
}

/* What a pass adds up, from where it stands to the last interaction with a row of y below `below`. */
static void add_below(const struct side *side, struct row *r, size_t below, bool first, bool far)
{
	const struct sparse *seen = side->seen;
	size_t end = end_below(side, r, below), left = sparse_count(seen) - end, soon = left < DENSE_AT_ONCE ? left : DENSE_AT_ONCE;
	struct dense_some some = { side->y, seen->column + r->at, end - r->at, far ? soon : 0 };
	struct dense_weights weights = { seen->weight ? seen->weight + r->at : NULL, first };

	dense_gram_times(first ? r->residual : r->turned, &some, &weights, r->direction);
	r->at = end;
}

/* A pass over what rows have seen. The first one: residual += sum c y (t + y' direction), then turned += sum c y y' direction. Where that
 * is much, a block of y at a time for all of the rows: it comes from afar once. */
static void pass(const struct side *side, struct row *rows, size_t count, bool first)
{
	bool is_long = !is_near(side, rows->end - rows->start);
	size_t all = side->y->rows, block = is_long ? NEAR_VALUES / side->y->columns : all;

	for (size_t i = 0; i < count; i++)
		rows[i].at = rows[i].start;
	for (size_t from = 0; from < all; from += block)
		for (size_t i = 0; i < count; i++)
			if (first || !is_solved(&rows[i]))
				add_below(side, &rows[i], from + block, first, first || is_long);
}

/* to = (w0 Y'Y + lambda) direction of each row; Y'Y is read once for a few of them. */
static void turn_all(const struct side *side, const struct row *rows, size_t count, const struct dense *to, const struct dense *direction)
{
	for (size_t i = 0; i < count; i += TOGETHER) {
		size_t here = count - i < TOGETHER ? count - i : TOGETHER;
		struct dense some = dense_rows(to, i, here), by = dense_rows(direction, i, here);

		dense_ab(&some, &by, side->gram, DENSE_SET);
	}
	for (size_t i = 0; i < count; i++)
		dense_axpy(dense_row(to, i), rows[i].lambda, rows[i].direction, direction->columns);
}

/* One step along the direction, which A has turned. */
static void step(struct row *r, size_t k)
{
	float along = dense_dot(r->direction, r->turned, k), by, before = r->squares;

	if (!(along > 0)) {
		r->squares = 0;
		return;
	}
	by = before / along;
	dense_axpy(r->x, by, r->direction, k);
	dense_axpy(r->residual, -by, r->turned, k);
	r->squares = dense_dot(r->residual, r->residual, k);
	for (size_t j = 0; j < k; j++)
		r->direction[j] = r->residual[j] + r->squares / before * r->direction[j];
}

static void conjugate(const struct side *side, struct bench *b, struct row *rows, size_t count)
{
	size_t k = side->y->columns;

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < k; j++)
			rows[i].direction[j] = -rows[i].x[j];
	turn_all(side, rows, count, &b->residual, &b->direction);
	pass(side, rows, count, true);
	for (size_t i = 0; i < count; i++) {
		memcpy(rows[i].direction, rows[i].residual, k * sizeof(float));
		rows[i].squares = dense_dot(rows[i].residual, rows[i].residual, k);
	}
	for (uint32_t steps = 0; steps < side->settings->steps; steps++) {
		turn_all(side, rows, count, &b->turned, &b->direction);
		pass(side, rows, count, false);
		for (size_t i = 0; i < count; i++)
			if (!is_solved(&rows[i]))
				step(&rows[i], k);
	}
}

/* Pieces of start..end - 1, of `most` each. */
#define EACH_PIECE(at, count, start, end, most) \
	for (size_t at = (start), count; at < (end) && (count = (end) - at < (most) ? (end) - at : (most)); at += count)

/* root += sum c y y', to += sum c t y, of rows of y that stay in the nearest cache. weights: NULL: 1 each. wanted (rows) gets c t. */
static void add_near(const struct dense *root, float *to, const struct dense *near, const float *weights, float *wanted)
{
	float strength[NEAR_EVENTS];

	for (size_t e = 0; e < near->rows; e++) {
		float weight = weights ? weights[e] : 1;

		strength[e] = fabsf(weight);
		wanted[e] = weight > 0 ? weight : 0;
	}
	dense_gram(root, near, weights ? strength : NULL);
	dense_gemv_t(to, near, wanted);
}

/* Rows of y, by their numbers, copied side by side. */
static void gather(const struct dense *near, const struct dense *y, const uint32_t *rows)
{
	for (size_t e = 0; e < near->rows; e++) {
		assert(rows[e] < y->rows);
		memcpy(dense_row(near, e), dense_row(y, rows[e]), y->columns * sizeof(float));
	}
}

static void exactly(const struct side *side, struct bench *b, const struct row *r)
{
	const struct sparse *seen = side->seen;
	size_t k = side->y->columns;
	float wanted[NEAR_EVENTS];

	memcpy(b->root.at, side->gram->at, k * k * sizeof(float));
	memset(r->residual, 0, k * sizeof(float));
	for (size_t j = 0; j < k; j++)
		dense_row(&b->root, j)[j] += r->lambda;
	EACH_PIECE(at, count, r->start, r->end, NEAR_EVENTS) {
		struct dense near = dense_rows(&b->near, 0, count);

		gather(&near, side->y, seen->column + at);
		add_near(&b->root, r->residual, &near, seen->weight ? seen->weight + at : NULL, wanted);
	}
	if (!dense_cholesky(&b->root))
		return; /* weights that lie further apart than floats tell: the row stays as it was */
	dense_solve(&b->root, r->residual);
	memcpy(r->x, r->residual, k * sizeof(float));
}

static struct row row_of(const struct side *side, const struct bench *b, uint32_t row, size_t i)
{
	struct row r = { .start = side->seen->start[row], .end = side->seen->start[row + 1], .x = dense_row(side->x, row),
		.residual = dense_row(&b->residual, i), .direction = dense_row(&b->direction, i), .turned = dense_row(&b->turned, i) };

	r.lambda = (float)lambda_of(side->settings, r.end - r.start, side->y->rows);
	return r;
}

static void solve(const struct side *side, struct bench *b, struct row *rows, size_t count)
{
	if (count > 0 && side->settings->steps)
		conjugate(side, b, rows, count);
	else
		for (size_t i = 0; i < count; i++)
			exactly(side, b, &rows[i]);
}

static size_t long_parts(const struct side *side) { return (side->long_count + LONG_TOGETHER - 1) / LONG_TOGETHER; }

/* Every so many-th of the long rows: the longest often follow each other, and are shared out so. */
static void long_part(const struct side *side, size_t part, struct bench *b)
{
	struct row rows[LONG_TOGETHER];
	size_t count = 0;

	for (size_t at = part; at < side->long_count; at += long_parts(side), count++)
		rows[count] = row_of(side, b, side->order[at], count);
	solve(side, b, rows, count);
}

/* Rows follow each other until what they have seen no longer stays near, or there are enough. */
static void short_part(const struct side *side, size_t from, struct bench *b)
{
	struct row rows[TOGETHER];
	size_t count = 0, seen = 0;

	for (size_t at = from; at < side->count && at < from + ROWS_A_PART; at++) {
		size_t length = sparse_length(side->seen, side->order[at]);

		if (count == TOGETHER || !is_near(side, seen + length)) {
			solve(side, b, rows, count);
			count = seen = 0;
		}
		rows[count] = row_of(side, b, side->order[at], count);
		count++;
		seen += length;
	}
	solve(side, b, rows, count);
}

static void side_part(void *self, size_t part, size_t thread)
{
	const struct side *side = self;
	struct bench b = bench_of(side, thread);
	size_t before = long_parts(side);

	if (part < before)
		long_part(side, part, &b);
	else
		short_part(side, side->long_count + (part - before) * ROWS_A_PART, &b);
}

/* Rows that have seen much, and the others; who has seen nothing is 0. */
static void put_in_order(struct side *side)
{
	const struct sparse *seen = side->seen;

	side->order = array_of(seen->rows, sizeof *side->order);
	for (uint32_t row = 0; row < seen->rows; row++)
		if (!is_near(side, sparse_length(seen, row)))
			side->order[side->count++] = row;
	side->long_count = side->count;
	for (uint32_t row = 0; row < seen->rows; row++)
		if (sparse_length(seen, row) == 0)
			memset(dense_row(side->x, row), 0, side->x->columns * sizeof(float));
		else if (is_near(side, sparse_length(seen, row)))
			side->order[side->count++] = row;
}

static void solve_side(const struct als *m, struct threads *threads, const struct sparse *seen, const struct dense *x, const struct dense *y)
{
	struct side side = { .settings = &m->settings, .seen = seen, .x = x, .y = y, .gram = &m->gram, .scratch_each = bench_floats(y->columns) };

	put_in_order(&side);
	side.scratch = floats(side.scratch_each * threads_count(threads));
	threads_each(threads, long_parts(&side) + (side.count - side.long_count + ROWS_A_PART - 1) / ROWS_A_PART, side_part, &side);
	free(side.scratch);
	free(side.order);
}

/* ---- the whole ---- */

static problem settings_check(const struct als_settings *s)
{
	bool fine = s->factors >= 1 && s->factors <= ALS_FACTORS_MAX && s->steps <= ALS_STEPS_MAX && s->w0 > 0 && s->w0 <= 1e6 && s->lambda > 0 &&
		    s->lambda <= 1e6 && s->nu >= 0 && s->nu <= 2;

	return fine ? NULL : &als_settings_wrong;
}

static problem weights_check(const struct sparse *seen)
{
	for (size_t i = 0; seen->weight && i < sparse_count(seen); i++)
		if (!(fabs((double)seen->weight[i]) <= weight_max))
			return &als_no_numbers;
	return NULL;
}

static void start_factors(const struct dense *m, uint64_t seed, uint64_t first)
{
	double deviation = .1 / sqrt((double)m->columns);

	for (size_t i = 0; i < m->rows; i++) {
		struct random r = random_of(seed, first + i);

		for (size_t j = 0; j < m->columns; j++)
			dense_row(m, i)[j] = (float)(random_normal(&r) * deviation);
	}
}

static void make_room(struct als *m, size_t users, size_t items)
{
	size_t k = m->settings.factors;

	m->users = dense_of(floats(users * k), users, k);
	m->items = dense_of(floats(items * k), items, k);
	m->gram = dense_of(floats(k * k), k, k);
}

static void gram_of_items(struct als *m, struct threads *threads) { gram_of(&m->gram, &m->items, (float)m->settings.w0, threads); }

void als_set_items(struct als *m, struct threads *threads, const struct dense *items)
{
	size_t k = m->items.columns;
	float *at = floats(items->rows * k);

	assert(items->columns == k && items->rows >= m->items.rows);
	for (size_t i = 0; i < items->rows; i++)
		memcpy(at + i * k, dense_row(items, i), k * sizeof *at);
	free(m->items.at);
	m->items = dense_of(at, items->rows, k);
	gram_of_items(m, threads);
}

problem als_begin(struct threads *threads, const struct sparse *seen, const struct als_settings *settings, struct als *ret)
{
	problem why = settings_check(settings);

	if (!why)
		why = weights_check(seen);
	if (why)
		return why;
	*ret = (struct als){ .settings = *settings };
	make_room(ret, seen->rows, seen->columns);
	start_factors(&ret->users, settings->seed, 0);
	start_factors(&ret->items, settings->seed, (uint64_t)1 << 32);
	gram_of_items(ret, threads);
	return NULL;
}

void als_epoch(struct als *m, struct threads *threads, const struct sparse *seen, const struct sparse *by_item)
{
	assert(seen->rows == m->users.rows && seen->columns == m->items.rows);
	assert(by_item->rows == m->items.rows && by_item->columns == m->users.rows);
	solve_side(m, threads, seen, &m->users, &m->items);
	gram_of(&m->gram, &m->users, (float)m->settings.w0, threads);
	solve_side(m, threads, by_item, &m->items, &m->users);
	gram_of_items(m, threads);
}

problem als_fit(struct threads *threads, const struct sparse *seen, const struct als_settings *settings, struct progress *progress, struct als *ret)
{
	CLEANUP(sparse_free) struct sparse by_item = { 0 };
	problem why = als_begin(threads, seen, settings, ret);

	if (why)
		return why;
	sparse_transpose(seen, &by_item);
	for (uint32_t epoch = 0; epoch < settings->epochs; epoch++) {
		als_epoch(ret, threads, seen, &by_item);
		progress_at(progress, epoch + 1, settings->epochs);
	}
	return NULL;
}

/* ---- loss ---- */

static double loss_of_rows(const struct als *m, const struct dense *x, const struct sparse *seen)
{
	double sum = 0;

	for (uint32_t row = 0; row < seen->rows; row++) {
		double squares = 0;

		for (size_t j = 0; j < x->columns; j++)
			squares += (double)dense_row(x, row)[j] * (double)dense_row(x, row)[j];
		sum += lambda_of(&m->settings, sparse_length(seen, row), seen->columns) * squares;
	}
	return sum;
}

double als_loss(const struct als *m, struct threads *threads, const struct sparse *seen, const struct sparse *by_item)
{
	size_t k = m->gram.columns;
	struct dense gram = dense_of(floats(k * k), k, k);
	double sum = loss_of_rows(m, &m->users, seen) + loss_of_rows(m, &m->items, by_item);

	for (uint32_t u = 0; u < seen->rows; u++)
		for (size_t at = seen->start[u]; at < seen->start[u + 1]; at++) {
			double weight = seen->weight ? (double)seen->weight[at] : 1;
			double off = (weight > 0) - (double)dense_dot(dense_row(&m->users, u), dense_row(&m->items, seen->column[at]), k);

			sum += fabs(weight) * off * off;
		}
	/* the sum over all pairs of (x'y)^2 is that over the cells of X'X by those of Y'Y */
	gram_of(&gram, &m->users, 1, threads);
	for (size_t cell = 0; cell < k * k; cell++)
		sum += (double)gram.at[cell] * (double)m->gram.at[cell];
	free(gram.at);
	return sum;
}

void als_score(void *model, const uint32_t *users, size_t count, float *scores, size_t thread)
{
	const struct als *m = model;
	size_t k = m->users.columns;
	struct dense x = dense_of(floats(count * k), count, k), to = dense_of(scores, count, m->items.rows);

	(void)thread;
	for (size_t i = 0; i < count; i++)
		memcpy(dense_row(&x, i), dense_row(&m->users, users[i]), k * sizeof(float));
	dense_abt(&to, &x, &m->items, DENSE_SET);
	free(x.at);
}

/* ---- somebody as of now ---- */

static bool all_finite(const float *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(v[i]))
			return false;
	return true;
}

/* Weights or factors that lie further apart than floats tell. A root of ones, and nothing wanted: reasons are 0 too. */
static void know_nothing(struct als_person *p)
{
	size_t k = p->root.columns;

	memset(p->root.at, 0, k * k * sizeof(float));
	for (size_t j = 0; j < k; j++)
		dense_row(&p->root, j)[j] = 1;
	memset(p->factors, 0, k * sizeof(float));
	memset(p->wanted, 0, p->count * sizeof(float));
}

/* Zeros where vectors of them do not lie across the lines of the cache. */
static float *lined_up(struct arena *arena, size_t count)
{
	float *at = ARENA_ARRAY(arena, float, count + LINE);

	return at + (LINE - (uintptr_t)at / sizeof *at % LINE) % LINE;
}

/* What stands above the diagonal of A = w0 Y'Y + lambda, to which events add. */
static struct dense root_without_events(const struct als *m, struct arena *arena, float lambda)
{
	size_t k = m->items.columns;
	struct dense root = dense_of(lined_up(arena, k * k), k, k);

	for (size_t j = 0; j < k; j++) {
		memcpy(dense_row(&root, j) + j, dense_row(&m->gram, j) + j, (k - j) * sizeof(float));
		dense_row(&root, j)[j] += lambda;
	}
	return root;
}

void als_fold_in(const struct als *m, struct arena *arena, const struct als_events *events, struct als_person *ret)
{
	size_t k = m->items.columns, most = events->count < NEAR_EVENTS ? events->count : NEAR_EVENTS;
	struct als_person p = { .factors = lined_up(arena, k), .count = events->count, .wanted = ARENA_ARRAY(arena, float, events->count + 1) };
	struct dense near = dense_of(lined_up(arena, most * k), most, k);

	p.items = ARENA_ARRAY(arena, uint32_t, events->count + 1);
	memcpy(p.items, events->items, events->count * sizeof *p.items);
	p.root = root_without_events(m, arena, (float)lambda_of(&m->settings, events->count, m->items.rows));
	EACH_PIECE(at, count, 0, events->count, NEAR_EVENTS) {
		struct dense some = dense_rows(&near, 0, count);

		gather(&some, &m->items, p.items + at);
		add_near(&p.root, p.factors, &some, events->weights ? events->weights + at : NULL, p.wanted + at);
	}
	if (dense_cholesky(&p.root))
		dense_solve(&p.root, p.factors);
	else
		p.factors[0] = NAN;
	if (!all_finite(p.factors, k))
		know_nothing(&p);
	*ret = p;
}

/* A^-1 y of each item, side by side as columns; behind them, zeros. */
static struct dense solved_columns(const struct als *m, struct arena *arena, const struct als_person *p, const uint32_t *items, size_t count)
{
	size_t k = m->items.columns, width = (count + DENSE_COLUMNS - 1) / DENSE_COLUMNS * DENSE_COLUMNS;
	struct dense solved = dense_of(lined_up(arena, k * width), k, width);

	for (size_t i = 0; i < count; i++) {
		const float *row = dense_row(&m->items, items[i]);

		assert(items[i] < m->items.rows);
		for (size_t j = 0; j < k; j++)
			dense_row(&solved, j)[i] = row[j];
	}
	dense_solve_columns(&p->root, &solved);
	return solved;
}

void als_reasons(const struct als *m, struct arena *arena, const struct als_person *p, const uint32_t *items, size_t count, float *shares)
{
	enum { SOME = 16 };
	size_t k = m->items.columns;
	struct dense solved = solved_columns(m, arena, p, items, count), near = dense_of(lined_up(arena, SOME * k), SOME, k);
	struct dense products = dense_of(lined_up(arena, SOME * solved.columns), SOME, solved.columns);

	EACH_PIECE(at, here, 0, p->count, SOME) {
		struct dense rows = dense_rows(&near, 0, here), to = dense_rows(&products, 0, here);

		gather(&rows, &m->items, p->items + at);
		dense_ab(&to, &rows, &solved, DENSE_SET);
		for (size_t i = 0; i < count; i++)
			for (size_t e = 0; e < here; e++)
				shares[i * p->count + at + e] = p->wanted[at + e] * dense_row(&to, e)[i];
	}
	for (size_t i = 0; i < count; i++)
		if (!all_finite(shares + i * p->count, p->count))
			memset(shares + i * p->count, 0, p->count * sizeof *shares);
}

/* ---- as a file ---- */

static const char kind[] = "ials";
enum { SIZE_USERS, SIZE_ITEMS, SIZE_FACTORS, SIZE_EPOCHS, SIZE_STEPS, SIZES };
enum { SETTING_W0, SETTING_LAMBDA, SETTING_NU, SETTINGS };

void als_save(const struct als *m, struct buffer *b)
{
	const struct als_settings *s = &m->settings;
	uint32_t sizes[SIZES] = { (uint32_t)m->users.rows, (uint32_t)m->items.rows, s->factors, s->epochs, s->steps };
	double settings[SETTINGS] = { s->w0, s->lambda, s->nu };
	int64_t seed = (int64_t)s->seed;

	saved_begin(b, kind, VERSION);
	saved_add(b, "sizes", SAVED_U32, sizes, SIZES);
	saved_add(b, "settings", SAVED_F64, settings, SETTINGS);
	saved_add(b, "seed", SAVED_I64, &seed, 1);
	saved_add(b, "users", SAVED_F32, m->users.at, m->users.rows * m->users.columns);
	saved_add(b, "items", SAVED_F32, m->items.at, m->items.rows * m->items.columns);
	saved_end(b);
}

static problem load_settings(const struct saved *s, struct als_settings *ret, const uint32_t **sizes)
{
	const void *at_sizes, *at_settings, *at_seed;
	const double *settings;
	problem why = saved_array_of(s, "sizes", SAVED_U32, SIZES, &at_sizes);

	if (!why)
		why = saved_array_of(s, "settings", SAVED_F64, SETTINGS, &at_settings);
	if (!why)
		why = saved_array_of(s, "seed", SAVED_I64, 1, &at_seed);
	if (why)
		return why;
	*sizes = at_sizes;
	settings = at_settings;
	*ret = (struct als_settings){ .factors = (*sizes)[SIZE_FACTORS], .epochs = (*sizes)[SIZE_EPOCHS], .steps = (*sizes)[SIZE_STEPS],
		.w0 = settings[SETTING_W0], .lambda = settings[SETTING_LAMBDA], .nu = settings[SETTING_NU], .seed = (uint64_t)*(const int64_t *)at_seed };
	if ((*sizes)[SIZE_USERS] > USERS_MAX || (*sizes)[SIZE_ITEMS] > ITEMS_MAX)
		return &als_settings_wrong;
	return settings_check(ret);
}

/* Factors beyond a million are no model's: their products would soon be infinite. */
static problem load_factors(const struct saved *s, const char *name, const struct dense *to)
{
	const void *at;
	size_t count = to->rows * to->columns;
	problem why = saved_array_of(s, name, SAVED_F32, count, &at);

	for (size_t i = 0; !why && i < count; i++) {
		to->at[i] = ((const float *)at)[i];
		if (!(fabsf(to->at[i]) <= 1e6f))
			why = &als_no_numbers;
	}
	return why;
}

/* Before room is made for them. */
static problem lengths_check(const struct saved *s, const uint32_t *sizes)
{
	const void *at;
	problem why = saved_array_of(s, "users", SAVED_F32, (size_t)sizes[SIZE_USERS] * sizes[SIZE_FACTORS], &at);

	return why ? why : saved_array_of(s, "items", SAVED_F32, (size_t)sizes[SIZE_ITEMS] * sizes[SIZE_FACTORS], &at);
}

problem als_load(struct threads *threads, struct text bytes, struct als *ret)
{
	struct als m = { 0 };
	struct saved s;
	const uint32_t *sizes;
	problem why = saved_open(bytes, kind, VERSION, &s);

	if (!why)
		why = load_settings(&s, &m.settings, &sizes);
	if (!why)
		why = lengths_check(&s, sizes);
	if (why)
		return why;
	make_room(&m, sizes[SIZE_USERS], sizes[SIZE_ITEMS]);
	why = load_factors(&s, "users", &m.users);
	if (!why)
		why = load_factors(&s, "items", &m.items);
	if (why) {
		als_free(&m);
		return why;
	}
	gram_of_items(&m, threads);
	*ret = m;
	return NULL;
}
