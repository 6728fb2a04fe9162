#include "num/tall.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "num/widths.h"

/* A block of all columns stays in the nearest memory; its rows are a multiple of what one instruction takes. */
enum { BLOCK = 128 };

typedef double wide __attribute__((vector_size(64)));

static inline __attribute__((always_inline)) double dot(const wide *a, const wide *b)
{
	wide even = { 0 }, odd = { 0 };

	for (size_t i = 0; i < BLOCK / 8; i += 2) {
		even += a[i] * b[i];
		odd += a[i + 1] * b[i + 1];
	}
	even += odd;
	return ((even[0] + even[1]) + (even[2] + even[3])) + ((even[4] + even[5]) + (even[6] + even[7]));
}

static inline __attribute__((always_inline)) void add_times(wide *y, double s, const wide *x)
{
	for (size_t i = 0; i < BLOCK / 8; i++)
		y[i] += s * x[i];
}

static wide *column_of(wide *block, size_t j) { return block + j * (BLOCK / 8); }

/* Rows from `first` on, scaled; behind the last row are zeros. */
static void load(const struct qr *q, const struct matrix *x, size_t first, wide *block)
{
	size_t rows = x->rows - first < BLOCK ? x->rows - first : BLOCK;

	memset(block, 0, x->columns * BLOCK * sizeof(double));
	for (size_t j = 0; j < x->columns; j++) {
		const real *from = matrix_column(x, j) + first;
		double *to = (double *)column_of(block, j), scale = (double)(1 / q->scale[j]);

		for (size_t i = 0; i < rows; i++)
			to[i] = (double)from[i] * scale;
	}
}

/* R above, the block below: a reflection for each column turns the block to zero (as qr.c's reflect, with zeros between the two). */
EACH_WIDTH static void fold(double *r, wide *block, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		wide *v = column_of(block, k);
		double head = r[k * n + k], below = dot(v, v), length;

		if (below == 0)
			continue;
		length = sqrt(head * head + below);
		r[k * n + k] = head < 0 ? length : -length;
		head -= r[k * n + k];
		for (size_t j = k + 1; j < n; j++) {
			wide *y = column_of(block, j);
			double s = -(head * r[k * n + j] + dot(v, y)) / (fabs(head) * length);

			r[k * n + j] += s * head;
			add_times(y, s, v);
		}
	}
}

static real largest(const real *x, size_t n)
{
	real most = 0;

	for (size_t i = 0; i < n; i++)
		most = fabsl(x[i]) > most ? fabsl(x[i]) : most;
	return most;
}

/* Columns were divided by their largest; a column of R is as long as that of X. */
static void scale_to_length(struct qr *q, const double *r)
{
	size_t n = q->a.columns;

	for (size_t j = 0; j < n; j++) {
		real length = 0;

		for (size_t k = 0; k <= j; k++)
			length += (real)r[k * n + j] * r[k * n + j];
		length = sqrtl(length);
		for (size_t k = 0; k <= j; k++)
			q->r[k * n + j] = r[k * n + j] / length;
		q->scale[j] *= length;
	}
}

static wide *block_new(struct arena *arena, size_t columns)
{
	char *at = arena_alloc(arena, columns * BLOCK * sizeof(double) + sizeof(wide));

	return (wide *)(at + (sizeof(wide) - (uintptr_t)at % sizeof(wide)) % sizeof(wide));
}

bool tall_of(struct arena *arena, const struct matrix *x, struct qr *ret)
{
	size_t n = x->columns;
	struct qr q = { .a = { x->rows, n, NULL }, .scale = ARENA_ARRAY(arena, real, n), .order = ARENA_ARRAY(arena, size_t, n),
		        .r = ARENA_ARRAY(arena, real, n * n), .rank = n };
	double *r = ARENA_ARRAY(arena, double, n * n);
	wide *block = block_new(arena, n);

	assert(n && x->rows >= n);
	for (size_t j = 0; j < n; j++) {
		q.order[j] = j;
		q.scale[j] = largest(matrix_column(x, j), x->rows);
		if (q.scale[j] == 0)
			return false;
	}
	for (size_t first = 0; first < x->rows; first += BLOCK) {
		load(&q, x, first, block);
		fold(r, block, n);
	}
	scale_to_length(&q, r);
	for (size_t k = 0; k < n; k++) {
		if (fabsl(q.r[k * n + k]) * TALL_CONDITION < 1)
			return false;
	}
	*ret = q;
	return qr_condition(arena, &q) <= TALL_CONDITION;
}

/* ---- refining ---- */

struct refining {
	const struct matrix *x;
	const real *y, *b;
	real *residual, *g;
};

/* residual = y - X b of the block's rows; without b: y */
static void residual_of(const struct refining *f, size_t first, size_t rows)
{
	real *restrict r = f->residual + first;
	size_t n = f->x->columns, j = 0;

	memcpy(r, f->y + first, rows * sizeof *r);
	for (; j + 3 < n; j += 4) {
		const real *a = matrix_column(f->x, j) + first, *b = a + f->x->rows, *c = b + f->x->rows, *d = c + f->x->rows;

		for (size_t i = 0; i < rows; i++)
			r[i] -= (f->b[j] * a[i] + f->b[j + 1] * b[i]) + (f->b[j + 2] * c[i] + f->b[j + 3] * d[i]);
	}
	for (; j < n; j++) {
		const real *a = matrix_column(f->x, j) + first;

		for (size_t i = 0; i < rows; i++)
			r[i] -= f->b[j] * a[i];
	}
}

/* g += X' residual, of the block's rows */
static void add_gradient(const struct refining *f, size_t first, size_t rows)
{
	const real *r = f->residual + first;

	for (size_t j = 0; j < f->x->columns; j++) {
		const real *x = matrix_column(f->x, j) + first;
		real even = 0, odd = 0;

		for (size_t i = 0; i + 1 < rows; i += 2) {
			even += x[i] * r[i];
			odd += x[i + 1] * r[i + 1];
		}
		f->g[j] += rows % 2 ? even + odd + x[rows - 1] * r[rows - 1] : even + odd;
	}
}

static void what_is_left(const struct refining *f, bool gradient)
{
	size_t n = f->x->columns;

	memset(f->g, 0, n * sizeof *f->g);
	for (size_t first = 0; first < f->x->rows; first += BLOCK) {
		size_t rows = f->x->rows - first < BLOCK ? f->x->rows - first : BLOCK;

		residual_of(f, first, rows);
		if (gradient)
			add_gradient(f, first, rows);
	}
}

/* R'R d = g of the scaled columns; d stands where g was */
static void solve(const struct qr *q, real *g)
{
	size_t n = q->a.columns;

	for (size_t k = 0; k < n; k++) {
		g[k] /= q->scale[k];
		for (size_t j = 0; j < k; j++)
			g[k] -= q->r[j * n + k] * g[j];
		g[k] /= q->r[k * n + k];
	}
	for (size_t k = n; k-- > 0;) {
		for (size_t j = k + 1; j < n; j++)
			g[k] -= q->r[k * n + j] * g[j];
		g[k] /= q->r[k * n + k];
	}
	for (size_t k = 0; k < n; k++)
		g[k] /= q->scale[k];
}

void tall_solve(struct arena *arena, const struct qr *q, const struct matrix *x, const real *y, real *b, real *residual)
{
	size_t n = x->columns;
	struct refining f = { x, y, b, residual, ARENA_ARRAY(arena, real, n) };
	real change = 1;

	assert(q->rank == n);
	memset(b, 0, n * sizeof *b);
	/* what the next step would change is 1e-8 of what this one did */
	for (int round = 0; change > 1e-11L && round < 6; round++) {
		what_is_left(&f, true);
		solve(q, f.g);
		change = 0;
		for (size_t j = 0; j < n; j++) {
			b[j] += f.g[j];
			change = fmaxl(change, f.g[j] == 0 ? 0 : fabsl(f.g[j] / b[j]));
		}
	}
	what_is_left(&f, false);
}

/* ---- rows of Q ---- */

/* The block's rows of X become those of Q. */
EACH_WIDTH static void solve_block(const double *r, wide *block, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		wide *x = column_of(block, k);

		for (size_t j = 0; j < k; j++)
			add_times(x, -r[j * n + k], column_of(block, j));
		for (size_t i = 0; i < BLOCK / 8; i++)
			x[i] /= r[k * n + k];
	}
}

/* sums (columns) of the block by w, and each row's squared length */
EACH_WIDTH static void sum_block(const wide *block, size_t n, const wide *w, double *sums, wide *length)
{
	memset(length, 0, BLOCK * sizeof(double));
	for (size_t k = 0; k < n; k++) {
		const wide *x = block + k * (BLOCK / 8);

		sums[k] = dot(x, w);
		for (size_t i = 0; i < BLOCK / 8; i++)
			length[i] += x[i] * x[i];
	}
}

void tall_rows(struct arena *arena, const struct qr *q, const struct matrix *x, const real *w, real *length, real *part)
{
	size_t n = x->columns;
	double *r = ARENA_ARRAY(arena, double, n * n), *sums = ARENA_ARRAY(arena, double, n);
	wide *block = block_new(arena, n + 2), *of_w = column_of(block, n), *of_length = column_of(block, n + 1);

	for (size_t i = 0; i < n * n; i++)
		r[i] = (double)q->r[i];
	memset(part, 0, n * sizeof *part);
	for (size_t first = 0; first < x->rows; first += BLOCK) {
		size_t rows = x->rows - first < BLOCK ? x->rows - first : BLOCK;

		load(q, x, first, block);
		for (size_t i = 0; i < BLOCK; i++)
			((double *)of_w)[i] = i < rows ? (double)w[first + i] : 0;
		solve_block(r, block, n);
		sum_block(block, n, of_w, sums, of_length);
		for (size_t i = 0; i < rows; i++)
			length[first + i] = ((double *)of_length)[i];
		for (size_t k = 0; k < n; k++)
			part[k] += sums[k];
	}
}
