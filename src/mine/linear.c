/* linear.c - Newton's method for the two losses of linear.h. What costs is the matrix of second derivatives, sum of curve_i x_i x_i'. A
 * row has its numbers (and the 1) beside each other, filled up to whole vectors, and a few ones among the levels: so the matrix is
 * three parts, numbers by numbers (eight rows at once, kept in vectors), level by numbers (one row of vectors a word), level by level (one
 * addition a pair). Of the support vector machine only rows within the margin count.
 *
 * Of more columns than such a matrix is good for, conjugate gradients find the step: X' curve X times a vector, again and again.
 *
 * Rows are cut into parts by their number alone; each part sums into memory of its own, and the sums are added in order. */
#include "mine/linear.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct problem linear_value = { 422, "linear-value", "A value is no finite number." };
const struct problem linear_one_class = { 422, "linear-one-class", "All rows are of one class: there is nothing to learn." };
const struct problem linear_cost = { 422, "linear-cost", "The cost and the weights of the classes are finite and above 0." };
const struct problem linear_wide = { 422, "linear-wide", "More than a million columns, words among them." };
const struct problem linear_scale = { 422, "linear-scale", "Numbers are too large to compute with: standardise the columns." };

#if defined __x86_64__ && !defined __clang__
#define WIDE_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define WIDE_CLONES
#endif

/* WIDTH numbers; the second type is for where they lie at any multiple of 8 */
enum { WIDTH = 4, TOGETHER = 8, PART_ROWS = 1024, PARTS_MAX = 32, SEARCH_MAX = 40 };
static const size_t SUMS_MAX = 1 << 24; /* all parts' matrices, or vectors: 128 MB */

/* Beyond so many columns steps are found by conjugate gradients, without the matrix: until what is left of the gradient is so small a
 * share of it, or for so many rounds. */
enum { MATRIX_COLUMNS = 2048, ROUNDS_MAX = 300 };
static const double LEFT = 1e-2;
typedef double vector __attribute__((vector_size(WIDTH * sizeof(double))));
typedef double loose __attribute__((vector_size(WIDTH * sizeof(double)), aligned(sizeof(double)), may_alias));
#define INLINE static inline __attribute__((always_inline))

static void *new_array(size_t count, size_t each)
{
	void *at = calloc(count ? count : 1, each);

	if (!at)
		abort();
	return at;
}

static size_t filled_up(size_t n) { return (n + WIDTH - 1) / WIDTH * WIDTH; }
size_t linear_stride(size_t numbers) { return filled_up(numbers + 1); }

struct linear_rows linear_rows_new(size_t rows, size_t numbers, size_t words, size_t levels)
{
	struct linear_rows r = { rows, numbers, words, levels, linear_stride(numbers), NULL, NULL };

	assert(words <= levels || words == 0);
	assert(rows <= SIZE_MAX / 16 / (r.stride + words));
	r.number = new_array(rows * r.stride, sizeof *r.number);
	r.word = new_array(rows * words, sizeof *r.word);
	for (size_t i = 0; i < rows; i++)
		linear_row(&r, i)[numbers] = 1;
	return r;
}

void linear_rows_free(struct linear_rows *rows)
{
	free(rows->number);
	free(rows->word);
	*rows = (struct linear_rows){ 0 };
}

/* ---- one Newton ---- */

/* A place among all columns: numbers, the 1, what fills up, levels, what fills up. */
struct newton {
	const struct linear_rows *x;
	const uint8_t *y;
	enum linear_loss loss;
	double cost[2];
	size_t columns; /* with what fills up; a row's length in the matrix */
	size_t parts, part_rows;
	double *w, *step;              /* (columns) */
	double *score, *along;         /* (rows) X w; X step */
	double *slope, *curve;         /* (rows) first and second derivative of a row's loss at score + t along */
	double *gradient, *hessian;    /* (parts, columns); (parts, columns, columns): of each part, then their sum in the first */
	double *diagonal;              /* (parts, columns) of the matrix, where there is none (hessian is NULL) */
	const double *vector;          /* (columns) what X is to be multiplied with, into along */
	double t;                      /* how far along the step */
	struct line { double loss, slope, curve; } *line; /* (parts) the losses' sums */
};

static size_t level_place(const struct newton *n, uint32_t level) { return n->x->stride + level; }

static size_t part_end(const struct newton *n, size_t part)
{
	size_t end = (part + 1) * n->part_rows;

	return end < n->x->rows ? end : n->x->rows;
}

/* ---- times a vector ---- */

/* Four lanes, then their sum: the order does not depend on the machine. */
INLINE double dot_row(const double *a, const double *b, size_t filled)
{
	vector sum = { 0 };

	for (size_t j = 0; j < filled; j += WIDTH)
		sum += *(const loose *)(a + j) * *(const loose *)(b + j);
	return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

INLINE double row_times(const struct linear_rows *x, size_t i, const double *w)
{
	double sum = dot_row(linear_row(x, i), w, x->stride);
	const uint32_t *word = linear_words(x, i);

	for (size_t j = 0; j < x->words; j++)
		if (word[j] != LINEAR_NO_WORD)
			sum += w[x->stride + word[j]];
	return sum;
}

WIDE_CLONES static void times(const struct linear_rows *x, size_t from, size_t to, const double *w, double *ret)
{
	for (size_t i = from; i < to; i++)
		ret[i] = row_times(x, i, w);
}

static void times_part(void *self, size_t part, size_t thread)
{
	struct newton *n = self;

	(void)thread;
	times(n->x, part * n->part_rows, part_end(n, part), n->vector, n->along);
}

/* ---- the losses along the step ---- */

static struct line hinge_row(struct newton *n, size_t i, double z, double y)
{
	double short_of = 1 - y * z, cost = n->cost[n->y[i]];

	if (!(short_of > 0)) {
		n->slope[i] = n->curve[i] = 0;
		return (struct line){ isnan(z) ? NAN : 0, 0, 0 };
	}
	n->slope[i] = -2 * cost * y * short_of;
	n->curve[i] = 2 * cost;
	return (struct line){ cost * short_of * short_of, n->slope[i] * n->along[i], n->curve[i] * n->along[i] * n->along[i] };
}

static struct line logistic_row(struct newton *n, size_t i, double z, double y)
{
	double away = exp(-fabs(z)), less = away / (1 + away), cost = n->cost[n->y[i]]; /* less: the smaller of p and 1 - p */
	bool right = y * z > 0;

	n->slope[i] = -cost * y * (right ? less : 1 - less);
	n->curve[i] = cost * less * (1 - less);
	return (struct line){ cost * (log1p(away) + (right ? 0 : fabs(z))), n->slope[i] * n->along[i], n->curve[i] * n->along[i] * n->along[i] };
}

static void line_part(void *self, size_t part, size_t thread)
{
	struct newton *n = self;
	struct line sum = { 0 };

	(void)thread;
	for (size_t i = part * n->part_rows; i < part_end(n, part); i++) {
		double z = n->score[i] + n->t * n->along[i], y = n->y[i] ? 1 : -1;
		struct line of = n->loss == LINEAR_SVM ? hinge_row(n, i, z, y) : logistic_row(n, i, z, y);

		sum.loss += of.loss;
		sum.slope += of.slope;
		sum.curve += of.curve;
	}
	n->line[part] = sum;
}

static double dot(const double *a, const double *b, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

/* The objective at w + t step, and its two derivatives by t. */
static struct line line_at(struct newton *n, struct threads *threads, double t)
{
	double ww = dot(n->w, n->w, n->columns), ws = dot(n->w, n->step, n->columns), ss = dot(n->step, n->step, n->columns);
	struct line sum = { .5 * (ww + t * (2 * ws + t * ss)), ws + t * ss, ss };

	n->t = t;
	threads_each(threads, n->parts, line_part, n);
	for (size_t part = 0; part < n->parts; part++) {
		sum.loss += n->line[part].loss;
		sum.slope += n->line[part].slope;
		sum.curve += n->line[part].curve;
	}
	return sum;
}

/* ---- derivatives: one part of the rows ---- */

/* Rows that count, to be taken TOGETHER at once. */
struct handful {
	const double *row[TOGETHER];
	double curve[TOGETHER];
	size_t count;
};

/* Below the diagonal, and what stands beside it within its vector */
INLINE void add_numbers(const struct handful *h, size_t numbers, double *hessian, size_t columns)
{
	for (size_t j = 0; j < numbers; j++) {
		double by[TOGETHER];

		for (size_t r = 0; r < TOGETHER; r++)
			by[r] = h->curve[r] * h->row[r][j];
		for (size_t k = 0; k <= j; k += WIDTH) {
			vector sum = *(loose *)(hessian + j * columns + k);

			for (size_t r = 0; r < TOGETHER; r++)
				sum += by[r] * *(const loose *)(h->row[r] + k);
			*(loose *)(hessian + j * columns + k) = sum;
		}
	}
}

INLINE void add_scaled(double *to, const double *from, double by, size_t filled)
{
	for (size_t k = 0; k < filled; k += WIDTH)
		*(loose *)(to + k) += by * *(const loose *)(from + k);
}

/* The rows of the levels that the row has: by its numbers, and by the levels before it. */
INLINE void add_words(const struct linear_rows *x, size_t i, double curve, double *hessian, size_t columns)
{
	const uint32_t *word = linear_words(x, i);

	for (size_t a = 0; a < x->words; a++) {
		double *of;

		if (word[a] == LINEAR_NO_WORD)
			continue;
		of = hessian + (x->stride + word[a]) * columns;
		add_scaled(of, linear_row(x, i), curve, x->stride);
		for (size_t b = 0; b < x->words; b++)
			if (word[b] <= word[a])
				of[x->stride + word[b]] += curve;
	}
}

INLINE void add_gradient(const struct linear_rows *x, size_t i, double slope, double *gradient)
{
	const uint32_t *word = linear_words(x, i);

	add_scaled(gradient, linear_row(x, i), slope, x->stride);
	for (size_t a = 0; a < x->words; a++)
		if (word[a] != LINEAR_NO_WORD)
			gradient[x->stride + word[a]] += slope;
}

INLINE void add_squares(const struct linear_rows *x, size_t i, double curve, double *diagonal)
{
	const double *row = linear_row(x, i);
	const uint32_t *word = linear_words(x, i);

	for (size_t k = 0; k < x->stride; k += WIDTH)
		*(loose *)(diagonal + k) += curve * *(const loose *)(row + k) * *(const loose *)(row + k);
	for (size_t a = 0; a < x->words; a++)
		if (word[a] != LINEAR_NO_WORD)
			diagonal[x->stride + word[a]] += curve;
}

/* Without the matrix: the gradient and the matrix's diagonal; or, with a vector, X' curve X vector into the gradient. */
WIDE_CLONES static void vectors(struct newton *n, size_t part, size_t to)
{
	double *gradient = n->gradient + part * n->columns, *diagonal = n->diagonal + part * n->columns;

	memset(gradient, 0, n->columns * sizeof *gradient);
	if (!n->vector)
		memset(diagonal, 0, n->columns * sizeof *diagonal);
	for (size_t i = part * n->part_rows; i < to; i++) {
		double by = n->vector ? n->curve[i] * n->along[i] : n->slope[i];

		if (by != 0)
			add_gradient(n->x, i, by, gradient);
		if (!n->vector && n->curve[i] != 0)
			add_squares(n->x, i, n->curve[i], diagonal);
	}
}

WIDE_CLONES static void derivatives(struct newton *n, size_t part, size_t to)
{
	double *gradient = n->gradient + part * n->columns, *hessian = n->hessian + part * n->columns * n->columns;
	size_t numbers = n->x->numbers + 1;
	struct handful h = { .count = 0 };

	memset(gradient, 0, n->columns * sizeof *gradient);
	memset(hessian, 0, n->columns * n->columns * sizeof *hessian);
	for (size_t i = part * n->part_rows; i < to; i++) {
		if (n->slope[i] != 0)
			add_gradient(n->x, i, n->slope[i], gradient);
		if (n->curve[i] == 0)
			continue;
		add_words(n->x, i, n->curve[i], hessian, n->columns);
		h.row[h.count] = linear_row(n->x, i);
		h.curve[h.count++] = n->curve[i];
		if (h.count < TOGETHER)
			continue;
		add_numbers(&h, numbers, hessian, n->columns);
		h.count = 0;
	}
	for (size_t r = h.count; h.count && r < TOGETHER; r++) {
		h.row[r] = h.row[0];
		h.curve[r] = 0;
	}
	if (h.count)
		add_numbers(&h, numbers, hessian, n->columns);
}

static void derivatives_part(void *self, size_t part, size_t thread)
{
	struct newton *n = self;

	(void)thread;
	if (n->hessian)
		derivatives(n, part, part_end(n, part));
	else
		vectors(n, part, part_end(n, part));
}

/* Row j of the matrix: the sum over parts, in their order; and 1 on the diagonal, the second derivative of 1/2 |w|^2 */
static void sum_row(void *self, size_t j, size_t thread)
{
	struct newton *n = self;
	double *to = n->hessian + j * n->columns;

	(void)thread;
	for (size_t part = 1; part < n->parts; part++) {
		const double *from = to + part * n->columns * n->columns;

		for (size_t k = 0; k <= j; k++)
			to[k] += from[k];
		n->gradient[j] += n->gradient[part * n->columns + j];
	}
	to[j] += 1;
	n->gradient[j] += n->w[j];
}

/* ---- the step: H step = -gradient ---- */

INLINE double dot_any(const double *a, const double *b, size_t n)
{
	size_t whole = n / WIDTH * WIDTH;
	double sum = dot_row(a, b, whole);

	for (size_t k = whole; k < n; k++)
		sum += a[k] * b[k];
	return sum;
}

/* L L' = H in place below the diagonal; false where it has no pivot above 0, which rounding of large numbers does. */
WIDE_CLONES static bool decompose(double *h, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double *row = h + i * n;

		for (size_t j = 0; j < i; j++)
			row[j] = (row[j] - dot_any(row, h + j * n, j)) / h[j * n + j];
		row[i] -= dot_any(row, row, i);
		if (!(row[i] > 0) || !isfinite(row[i]))
			return false;
		row[i] = sqrt(row[i]);
	}
	return true;
}

static void solve(const double *l, size_t n, const double *gradient, double *step)
{
	for (size_t i = 0; i < n; i++)
		step[i] = (-gradient[i] - dot(l + i * n, step, i)) / l[i * n + i];
	for (size_t i = n; i-- > 0;) {
		step[i] /= l[i * n + i];
		for (size_t j = 0; j < i; j++)
			step[j] -= l[i * n + j] * step[i];
	}
}

static void multiply(struct newton *n, struct threads *threads, const double *by)
{
	n->vector = by;
	threads_each(threads, n->parts, times_part, n);
}

static bool step_by_matrix(struct newton *n, struct threads *threads)
{
	threads_each(threads, n->parts, derivatives_part, n);
	threads_each(threads, n->columns, sum_row, n);
	if (!decompose(n->hessian, n->columns))
		return false;
	solve(n->hessian, n->columns, n->gradient, n->step);
	return true;
}

/* ---- the step without the matrix: conjugate gradients, scaled by the diagonal (Golub and Van Loan, Matrix Computations, 11.5) ---- */

/* The sum over parts in the first one's place, in their order. */
static void sum_parts(const struct newton *n, double *of)
{
	for (size_t part = 1; part < n->parts; part++)
		for (size_t j = 0; j < n->columns; j++)
			of[j] += of[part * n->columns + j];
}

/* H p, for which p is along's vector; lies in the gradient's place afterwards. */
static const double *curve_times(struct newton *n, struct threads *threads, const double *p)
{
	multiply(n, threads, p);
	threads_each(threads, n->parts, derivatives_part, n);
	sum_parts(n, n->gradient);
	for (size_t j = 0; j < n->columns; j++)
		n->gradient[j] += p[j];
	return n->gradient;
}

struct conjugate {
	double *gradient, *left, *p; /* (columns) what is still to be solved; the direction */
	double left_scaled;          /* left' left / diagonal */
};

static void turn(const struct newton *n, struct conjugate *c)
{
	double before = c->left_scaled, by;

	c->left_scaled = 0;
	for (size_t j = 0; j < n->columns; j++)
		c->left_scaled += c->left[j] * c->left[j] / n->diagonal[j];
	by = before > 0 ? c->left_scaled / before : 0;
	for (size_t j = 0; j < n->columns; j++)
		c->p[j] = c->left[j] / n->diagonal[j] + by * c->p[j];
}

static bool conjugate_gradients(struct newton *n, struct threads *threads, struct conjugate *c)
{
	double until = LEFT * LEFT * dot(c->left, c->left, n->columns);

	for (int round = 0; round < ROUNDS_MAX && dot(c->left, c->left, n->columns) > until; round++) {
		const double *image;
		double far;

		turn(n, c);
		image = curve_times(n, threads, c->p);
		far = c->left_scaled / dot(c->p, image, n->columns);
		if (!(far > 0) || !isfinite(far))
			return false;
		for (size_t j = 0; j < n->columns; j++) {
			n->step[j] += far * c->p[j];
			c->left[j] -= far * image[j];
		}
	}
	return true;
}

static bool step_by_vectors(struct newton *n, struct threads *threads)
{
	struct conjugate c = { new_array(n->columns, sizeof(double)), new_array(n->columns, sizeof(double)), new_array(n->columns, sizeof(double)), 0 };
	bool found;

	n->vector = NULL;
	threads_each(threads, n->parts, derivatives_part, n);
	sum_parts(n, n->gradient);
	sum_parts(n, n->diagonal);
	for (size_t j = 0; j < n->columns; j++) {
		n->diagonal[j]++;
		c.gradient[j] = n->gradient[j] + n->w[j];
		c.left[j] = -c.gradient[j];
		n->step[j] = 0;
	}
	found = conjugate_gradients(n, threads, &c);
	memcpy(n->gradient, c.gradient, n->columns * sizeof *c.gradient);
	free(c.gradient);
	free(c.left);
	free(c.p);
	return found;
}

/* What the objective may still lose, to second order; negative: none can be computed. */
static double find_step(struct newton *n, struct threads *threads)
{
	if (!(n->hessian ? step_by_matrix : step_by_vectors)(n, threads))
		return -1;
	multiply(n, threads, n->step);
	return -.5 * dot(n->gradient, n->step, n->columns);
}

/* How far: where the slope is a tenth of what it was at the start, or less, and the objective below it. One-dimensional and convex, so
 * Newton again, kept between what is too near and what is too far. at: the objective there. */
static double search(struct newton *n, struct threads *threads, struct line start, struct line *at)
{
	double low = 0, high = INFINITY, t = 1;

	for (int round = 0; round < SEARCH_MAX; round++) {
		double next;

		*at = line_at(n, threads, t);
		if (fabs(at->slope) <= .1 * fabs(start.slope) && at->loss <= start.loss)
			break;
		if (at->slope > 0 || !isfinite(at->loss))
			high = t;
		else
			low = t;
		next = t - at->slope / at->curve;
		if (!(next > low && next < high))
			next = isinf(high) ? 2 * t : low + (high - low) / 2;
		if (next == t)
			break;
		t = next;
	}
	return t;
}

static void go(struct newton *n)
{
	for (size_t j = 0; j < n->columns; j++)
		n->w[j] += n->t * n->step[j];
	for (size_t i = 0; i < n->x->rows; i++)
		n->score[i] += n->t * n->along[i];
}

/* What is lost to rounding, as a share of the objective, at most. */
static const double ROUNDING = 1e-8;

/* Ends with the pass whose step can gain no more than the tolerance: the step is still taken, and gains it. */
static problem descend(struct newton *n, struct threads *threads, double tolerance, struct linear_model *m)
{
	struct line at = line_at(n, threads, 0); /* w is 0 */

	for (m->passes = 1; m->passes <= LINEAR_PASSES_MAX; m->passes++) {
		double gain = find_step(n, threads), before = at.loss;

		if (!(gain >= 0))
			return &linear_scale;
		search(n, threads, (struct line){ before, -2 * gain, 0 }, &at);
		if (!isfinite(at.loss))
			return &linear_scale;
		m->objective = at.loss < before ? at.loss : before;
		if (!(at.loss <= before)) /* rounding alone is left */
			return gain <= ROUNDING * before ? NULL : &linear_scale;
		go(n);
		if (gain <= tolerance * at.loss)
			return NULL;
	}
	return &linear_scale;
}

/* ---- from outside ---- */

static problem check_rows(const struct linear_rows *x, const uint8_t *y, size_t *row)
{
	size_t ones = 0;

	for (size_t i = 0; i < x->rows; i++) {
		const double *of = linear_row(x, i);

		assert(y[i] <= 1);
		ones += y[i];
		for (size_t j = 0; j < x->numbers; j++) {
			if (row)
				*row = i;
			if (!isfinite(of[j]))
				return &linear_value;
		}
		for (size_t a = 0; a < x->words; a++)
			assert(linear_words(x, i)[a] < x->levels || linear_words(x, i)[a] == LINEAR_NO_WORD);
	}
	return ones == 0 || ones == x->rows ? &linear_one_class : NULL;
}

static bool above_0(double x) { return x > 0 && isfinite(x); }

static double *doubles(struct arena *arena, size_t count)
{
	double *at = new_array(count, sizeof *at);

	arena_defer(arena, free, at);
	return at;
}

static struct newton newton_new(struct arena *arena, const struct linear_rows *x, const uint8_t *y)
{
	struct newton n = { .x = x, .y = y, .columns = x->stride + filled_up(x->levels) };
	bool has_matrix = x->numbers + x->levels <= MATRIX_COLUMNS;
	size_t most = SUMS_MAX / (has_matrix ? n.columns * n.columns : n.columns);

	static_assert((MATRIX_COLUMNS + 3 * WIDTH) * (MATRIX_COLUMNS + 3 * WIDTH) <= 1 << 24, "one part has room");
	static_assert(LINEAR_COLUMNS_MAX + 3 * WIDTH <= 1 << 24, "and so has a vector");
	most = most < PARTS_MAX ? most : PARTS_MAX;
	n.parts = (x->rows + PART_ROWS - 1) / PART_ROWS;
	n.parts = n.parts < most ? n.parts : most;
	n.part_rows = (x->rows + n.parts - 1) / n.parts;
	n.parts = (x->rows + n.part_rows - 1) / n.part_rows;
	n.w = doubles(arena, n.columns);
	n.step = doubles(arena, n.columns);
	n.score = doubles(arena, x->rows);
	n.along = doubles(arena, x->rows);
	n.slope = doubles(arena, x->rows);
	n.curve = doubles(arena, x->rows);
	n.gradient = doubles(arena, n.parts * n.columns);
	n.hessian = has_matrix ? doubles(arena, n.parts * n.columns * n.columns) : NULL;
	n.diagonal = has_matrix ? NULL : doubles(arena, n.parts * n.columns);
	n.line = ARENA_ARRAY(arena, struct line, n.parts);
	return n;
}

static void take_weights(struct arena *arena, const struct newton *n, struct linear_model *m)
{
	m->numbers = n->x->numbers;
	m->levels = n->x->levels;
	m->weight = ARENA_ARRAY(arena, double, m->numbers + m->levels);
	memcpy(m->weight, n->w, m->numbers * sizeof *m->weight);
	m->bias = n->w[m->numbers];
	for (size_t k = 0; k < m->levels; k++)
		m->weight[m->numbers + k] = n->w[level_place(n, (uint32_t)k)];
}

static void arena_drop(struct arena **arena) { arena_free(*arena); }

problem linear_train(struct arena *arena, const struct linear_rows *x, const uint8_t *y, const struct linear_options *options,
                     struct threads *threads, struct linear_model *ret, size_t *row)
{
	const double cost = options->cost == 0 ? 1 : options->cost, tolerance = options->tolerance == 0 ? 1e-9 : options->tolerance;
	const double weight[] = { options->weight[0] == 0 ? 1 : options->weight[0], options->weight[1] == 0 ? 1 : options->weight[1] };
	struct linear_model m = { .loss = options->loss };
	problem why = NULL;

	if (x->numbers + x->levels > LINEAR_COLUMNS_MAX)
		why = &linear_wide;
	if (!why && !(above_0(cost * weight[0]) && above_0(cost * weight[1]) && above_0(tolerance)))
		why = &linear_cost;
	if (!why)
		why = check_rows(x, y, row);
	if (!why) {
		CLEANUP(arena_drop) struct arena *own = arena_new(1 << 20);
		struct newton n = newton_new(own, x, y);

		n.loss = options->loss;
		n.cost[0] = cost * weight[0];
		n.cost[1] = cost * weight[1];
		why = descend(&n, threads, tolerance, &m);
		if (!why)
			take_weights(arena, &n, &m);
	}
	if (!why)
		*ret = m;
	return why;
}

/* ---- what a model says ---- */

static double *as_columns(const struct linear_model *m, const struct linear_rows *x)
{
	double *w = new_array(x->stride + m->levels, sizeof *w);

	assert(m->numbers == x->numbers && m->levels == x->levels);
	memcpy(w, m->weight, m->numbers * sizeof *w);
	w[m->numbers] = m->bias;
	memcpy(w + x->stride, m->weight + m->numbers, m->levels * sizeof *w);
	return w;
}

void linear_scores(const struct linear_model *m, const struct linear_rows *x, double *ret)
{
	double *w = as_columns(m, x);

	times(x, 0, x->rows, w, ret);
	free(w);
}

double linear_probability(double score)
{
	double away = exp(-fabs(score));

	return score > 0 ? 1 / (1 + away) : away / (1 + away);
}

void linear_means(const struct linear_rows *x, double *ret)
{
	memset(ret, 0, (x->numbers + x->levels) * sizeof *ret);
	for (size_t i = 0; i < x->rows; i++) {
		for (size_t j = 0; j < x->numbers; j++)
			ret[j] += linear_row(x, i)[j];
		for (size_t a = 0; a < x->words; a++)
			if (linear_words(x, i)[a] != LINEAR_NO_WORD)
				ret[x->numbers + linear_words(x, i)[a]]++;
	}
	for (size_t j = 0; j < x->numbers + x->levels; j++)
		ret[j] /= (double)x->rows;
}

void linear_reasons(const struct linear_model *m, const struct linear_rows *x, size_t row, const double *mean, double *ret)
{
	assert(row < x->rows && m->numbers == x->numbers && m->levels == x->levels);
	for (size_t j = 0; j < m->numbers; j++)
		ret[j] = m->weight[j] * (linear_row(x, row)[j] - mean[j]);
	for (size_t j = m->numbers; j < m->numbers + m->levels; j++)
		ret[j] = -m->weight[j] * mean[j];
	for (size_t a = 0; a < x->words; a++)
		if (linear_words(x, row)[a] != LINEAR_NO_WORD)
			ret[m->numbers + linear_words(x, row)[a]] += m->weight[m->numbers + linear_words(x, row)[a]];
}

void linear_in_units(const struct linear_model *m, const double *mean, const double *sd, double *weight, double *bias)
{
	*bias = m->bias;
	for (size_t j = 0; j < m->numbers; j++) {
		weight[j] = sd[j] > 0 ? m->weight[j] / sd[j] : 0;
		*bias -= weight[j] * mean[j];
	}
}

/* ---- as a file ---- */

void linear_save(const struct linear_model *m, struct buffer *b)
{
	const int64_t shape[] = { m->loss, (int64_t)m->numbers, (int64_t)m->levels, m->passes };
	const double numbers[] = { m->bias, m->objective };

	saved_add(b, "linear.shape", SAVED_I64, shape, 4);
	saved_add(b, "linear.numbers", SAVED_F64, numbers, 2);
	saved_add(b, "linear.weight", SAVED_F64, m->weight, m->numbers + m->levels);
}

/* Far from where sums end; no training gets near it. */
static const double WEIGHT_MAX = 1e100;

static bool all_bearable(const double *at, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!(fabs(at[i]) <= WEIGHT_MAX))
			return false;
	return true;
}

problem linear_load(struct arena *arena, const struct saved *s, struct linear_model *ret)
{
	struct linear_model m;
	const void *shape, *numbers, *weight;
	int64_t of[4];
	problem why = saved_array_of(s, "linear.shape", SAVED_I64, 4, &shape);

	if (!why)
		why = saved_array_of(s, "linear.numbers", SAVED_F64, 2, &numbers);
	if (why)
		return why;
	memcpy(of, shape, sizeof of);
	if ((of[0] != LINEAR_SVM && of[0] != LINEAR_LOGISTIC) || of[1] < 0 || of[1] > LINEAR_COLUMNS_MAX || of[2] < 0 || of[2] > LINEAR_COLUMNS_MAX ||
	    of[3] < 0 || of[3] > LINEAR_PASSES_MAX)
		return &saved_damaged;
	m = (struct linear_model){ .loss = (enum linear_loss)of[0], .numbers = (size_t)of[1], .levels = (size_t)of[2], .passes = (int)of[3] };
	why = saved_array_of(s, "linear.weight", SAVED_F64, m.numbers + m.levels, &weight);
	if (!why && !(all_bearable(weight, m.numbers + m.levels) && all_bearable(numbers, 2)))
		why = &saved_damaged;
	if (why)
		return why;
	m.weight = ARENA_ARRAY(arena, double, m.numbers + m.levels);
	memcpy(m.weight, weight, (m.numbers + m.levels) * sizeof *m.weight);
	m.bias = ((const double *)numbers)[0];
	m.objective = ((const double *)numbers)[1];
	*ret = m;
	return NULL;
}
