/* dense.c - products of matrices are made of tiles, as Goto and van de Geijn do (ACM TOMS 34, 2008): a block of A and one of B are
 * copied into strips that lie as the innermost loop reads them, whichever of both is transposed. Each value of a product is summed
 * over the depth upwards, DEPTH at a time, so that it does not hang on the size of tiles. */
#include "num/dense.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/memory.h"

typedef float quad __attribute__((vector_size(16)));

/* A square of a Gram matrix, rows `stride` apart, of a matrix whose rows are `step` apart. */
struct square {
	float *at;
	size_t stride, step;
};

struct kernels {
	float (*dot)(const float *a, const float *b, size_t n);
	void (*axpy)(float *y, float by, const float *x, size_t n);
	void (*gemv)(float *y, const struct dense *a, const float *x);
	void (*gemv_t)(float *y, const struct dense *a, const float *x);
	void (*gram_times)(float *y, const struct dense_some *a, const struct dense_weights *w, const float *x);
	void (*tile)(float *c, size_t stride, const float *a, const float *b, size_t depth, bool add);
	void (*few_rows)(const struct dense *c, const struct dense *a, const struct dense *b);
	void (*square)(const struct square *s, const float *a, const float *b, const float *by, size_t depth);
	void (*wide)(const struct square *s, const float *a, const float *b, const float *by, size_t depth);
	bool (*cholesky)(const struct dense *a);
	void (*solve)(const struct dense *u, float *x);
	void (*solve_columns)(const struct dense *u, const struct dense *x);
	size_t tile_rows, tile_columns, lanes;
};

static inline float weighed(const struct dense_weights *w, size_t row, float product)
{
	float weight = w->weight ? w->weight[row] : 1;

	return (w->aimed && weight > 0 ? weight : 0) + fabsf(weight) * product;
}

enum { FEW_ROWS = 8 };

/* Rows that lie a stride apart */
#define ROWS4(at, stride) { (at), (at) + (stride), (at) + 2 * (stride), (at) + 3 * (stride) }
#define ROWS8(at, stride) \
	{ (at), (at) + (stride), (at) + 2 * (stride), (at) + 3 * (stride), (at) + 4 * (stride), (at) + 5 * (stride), (at) + 6 * (stride), (at) + 7 * (stride) }

#define PATH(name) plain_##name
#define TARGET
#define LANES 4
#define EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7)
#define TILE_ROWS 6
#include "num/dense_kernels.h"

#if defined __x86_64__

#define PATH(name) v3_##name
#define TARGET __attribute__((target("arch=x86-64-v3")))
#define LANES 8
#define EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 8, 10, 4, 6, 12, 14)
#define ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 9, 11, 5, 7, 13, 15)
#define TILE_ROWS 6
#include "num/dense_kernels.h"

#define PATH(name) v4_##name
#define TARGET __attribute__((target("arch=x86-64-v4")))
#define LANES 16
#define EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 16, 18, 4, 6, 20, 22, 8, 10, 24, 26, 12, 14, 28, 30)
#define ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 17, 19, 5, 7, 21, 23, 9, 11, 25, 27, 13, 15, 29, 31)
#define TILE_ROWS 12
#include "num/dense_kernels.h"

#endif

static const struct kernels *const kernels[DENSE_PATHS] = {
	[DENSE_PLAIN] = &plain_kernels,
#if defined __x86_64__
	[DENSE_V3] = &v3_kernels,
	[DENSE_V4] = &v4_kernels,
#endif
};

static enum dense_path used = DENSE_PLAIN;

bool dense_has(enum dense_path path)
{
#if defined __x86_64__
	bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");

	if (path == DENSE_V3)
		return v3;
	if (path == DENSE_V4)
		return v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
		       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#endif
	return path == DENSE_PLAIN;
}

bool dense_use(enum dense_path path)
{
	if (!dense_has(path))
		return false;
	used = path;
	return true;
}

__attribute__((constructor)) static void choose(void)
{
	used = dense_has(DENSE_V4) ? DENSE_V4 : dense_has(DENSE_V3) ? DENSE_V3 : DENSE_PLAIN;
}

enum dense_path dense_path(void) { return used; }

float dense_dot(const float *a, const float *b, size_t n) { return kernels[used]->dot(a, b, n); }
void dense_axpy(float *y, float a, const float *x, size_t n) { kernels[used]->axpy(y, a, x, n); }
void dense_gemv(float *y, const struct dense *a, const float *x) { kernels[used]->gemv(y, a, x); }
void dense_gemv_t(float *y, const struct dense *a, const float *x) { kernels[used]->gemv_t(y, a, x); }

void dense_gram_times(float *y, const struct dense_some *a, const struct dense_weights *w, const float *x)
{
	kernels[used]->gram_times(y, a, w, x);
}

/* ---- products ---- */

enum { DEPTH = 256, A_ROWS = 96 /* whole tiles on every path */, B_VALUES = 1 << 17, TILE_MAX = 12 * 32, NEAR_VALUES = 1 << 13, NARROW = 256 };

/* A factor as the product reads it: value (i, p) is at[i * along + p * deep], times by[p] where there is one. */
struct factor {
	const float *at, *by;
	size_t along, deep;
};

typedef float four __attribute__((vector_size(16)));
typedef float loose_four __attribute__((vector_size(16), aligned(4), may_alias));

/* Four rows, depth a multiple of 4, turned: to gets those of p = 0 side by side, `width` on those of p = 1. */
static void turn4(float *to, size_t width, const float *from, size_t along, size_t depth)
{
	for (size_t p = 0; p < depth; p += 4) {
		four a = *(const loose_four *)(from + p), b = *(const loose_four *)(from + along + p);
		four c = *(const loose_four *)(from + 2 * along + p), d = *(const loose_four *)(from + 3 * along + p);
		four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
		four ab2 = __builtin_shufflevector(a, b, 2, 6, 3, 7), cd2 = __builtin_shufflevector(c, d, 2, 6, 3, 7);

		*(loose_four *)(to + p * width) = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
		*(loose_four *)(to + (p + 1) * width) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
		*(loose_four *)(to + (p + 2) * width) = __builtin_shufflevector(ab2, cd2, 0, 1, 4, 5);
		*(loose_four *)(to + (p + 3) * width) = __builtin_shufflevector(ab2, cd2, 2, 3, 6, 7);
	}
}

/* One strip of `here` rows, from p = `from_p` on. */
static void pack_strip(float *to, size_t width, const struct factor *f, size_t here, size_t from_p, size_t depth)
{
	for (size_t p = from_p; p < depth; p++) {
		const float *from = f->at + p * f->deep;
		float by = f->by ? f->by[p] : 1, *strip = to + p * width;

		for (size_t k = 0; k < here; k++)
			strip[k] = from[k * f->along] * by;
		for (size_t k = here; k < width; k++)
			strip[k] = 0;
	}
}

/* Strips of `width` rows i, for each p one behind the other; rows that are missing from the last strip are 0. What lies as it is
 * wanted, or in rows, is moved by fours. */
static void pack(float *to, size_t width, const struct factor *f, size_t count, size_t depth)
{
	for (size_t i = 0; i < count; i += width, to += width * depth) {
		size_t here = count - i < width ? count - i : width, fours = depth / 4 * 4, done = 0;
		struct factor strip = { f->at + i * f->along, f->by, f->along, f->deep };

		if (here == width && width % 4 == 0 && f->deep == 1 && !f->by) {
			for (size_t k = 0; k < width; k += 4)
				turn4(to + k, width, strip.at + k * f->along, f->along, fours);
			done = fours;
		}
		for (; done < depth && here == width && f->along == 1 && !f->by; done++)
			memcpy(to + done * width, strip.at + done * f->deep, width * sizeof *to);
		pack_strip(to, width, &strip, here, done, depth);
	}
}

struct product {
	const struct dense *c;
	struct factor a, b;
	size_t depth;
	bool add, upper; /* upper: tiles below the diagonal are left out */
	float *a_strips, *b_strips;
};

static struct factor factor_from(const struct factor *f, size_t i, size_t p)
{
	return (struct factor){ f->at + i * f->along + p * f->deep, f->by ? f->by + p : NULL, f->along, f->deep };
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* A tile at the edge of c: by way of one that is whole. */
static void edge(const struct dense *c, const float *whole, size_t width, bool add)
{
	for (size_t i = 0; i < c->rows; i++) {
		float *row = dense_row(c, i);

		for (size_t j = 0; j < c->columns; j++)
			row[j] = (add ? row[j] : 0) + whole[i * width + j];
	}
}

/* The block of c at (top, left) += what is packed; add: false sets it. */
static void block(const struct product *t, const struct dense *c, size_t top_less_left, size_t depth, bool add)
{
	const struct kernels *k = kernels[used];

	for (size_t j = 0; j < c->columns; j += k->tile_columns) {
		size_t width = least(k->tile_columns, c->columns - j);

		for (size_t i = 0; i < c->rows; i += k->tile_rows) {
			struct dense part = { least(k->tile_rows, c->rows - i), width, c->stride, dense_row(c, i) + j };
			const float *a = t->a_strips + i * depth, *b = t->b_strips + j * depth;
			float whole[TILE_MAX];

			/* top + i >= left + j + width, in numbers that do not go below 0 */
			if (t->upper && top_less_left + i >= j + width + t->c->columns)
				continue;
			if (part.rows == k->tile_rows && width == k->tile_columns) {
				k->tile(part.at, part.stride, a, b, depth, add);
				continue;
			}
			k->tile(whole, k->tile_columns, a, b, depth, false);
			edge(&part, whole, k->tile_columns, add);
		}
	}
}

static void multiply_strips(const struct product *t, size_t p, size_t depth)
{
	const struct kernels *k = kernels[used];
	size_t wide = B_VALUES / depth / k->tile_columns * k->tile_columns;

	for (size_t left = 0; left < t->c->columns; left += wide) {
		struct factor b = factor_from(&t->b, left, p);
		size_t columns = least(wide, t->c->columns - left);

		pack(t->b_strips, k->tile_columns, &b, columns, depth);
		for (size_t top = 0; top < t->c->rows; top += A_ROWS) {
			struct factor a = factor_from(&t->a, top, p);
			struct dense c = { least(A_ROWS, t->c->rows - top), columns, t->c->stride, dense_row(t->c, top) + left };

			if (t->upper && top >= left + columns)
				break;
			pack(t->a_strips, k->tile_rows, &a, c.rows, depth);
			block(t, &c, top + t->c->columns - left, depth, t->add || p > 0);
		}
	}
}

static void multiply(struct product *t)
{
	size_t deepest = least(t->depth, DEPTH), wide = least(t->c->columns + 32, B_VALUES / (deepest ? deepest : 1));
	float *strips;

	if (t->c->rows == 0 || t->c->columns == 0)
		return;
	if (t->depth == 0) {
		for (size_t i = 0; i < t->c->rows && !t->add; i++)
			memset(dense_row(t->c, i), 0, t->c->columns * sizeof(float));
		return;
	}
	strips = malloc((A_ROWS + wide) * deepest * sizeof *strips);
	if (!strips)
		abort();
	t->a_strips = strips;
	t->b_strips = strips + A_ROWS * deepest;
	for (size_t p = 0; p < t->depth; p += DEPTH)
		multiply_strips(t, p, least(DEPTH, t->depth - p));
	free(strips);
}

/* Few rows by a narrow matrix: packing it would take longer than the product. */
static bool is_small(const struct dense *a, const struct dense *b)
{
	return a->rows <= 2 * FEW_ROWS && b->rows <= NARROW && b->columns <= NARROW && b->columns % (2 * kernels[used]->lanes) == 0;
}

void dense_ab(const struct dense *c, const struct dense *a, const struct dense *b, enum dense_into into)
{
	assert(c->rows == a->rows && c->columns == b->columns && a->columns == b->rows);
	if (into == DENSE_SET && is_small(a, b)) {
		kernels[used]->few_rows(c, a, b);
		return;
	}
	multiply(&(struct product){ .c = c, .a = { a->at, NULL, a->stride, 1 }, .b = { b->at, NULL, 1, b->stride }, .depth = b->rows, .add = into == DENSE_ADD });
}

void dense_abt(const struct dense *c, const struct dense *a, const struct dense *b, enum dense_into into)
{
	assert(c->rows == a->rows && c->columns == b->rows && a->columns == b->columns);
	multiply(&(struct product){ .c = c, .a = { a->at, NULL, a->stride, 1 }, .b = { b->at, NULL, b->stride, 1 }, .depth = b->columns, .add = into == DENSE_ADD });
}

void dense_atb(const struct dense *c, const struct dense *a, const struct dense *b, enum dense_into into)
{
	assert(c->rows == a->columns && c->columns == b->columns && a->rows == b->rows);
	multiply(&(struct product){ .c = c, .a = { a->at, NULL, 1, a->stride }, .b = { b->at, NULL, 1, b->stride }, .depth = b->rows, .add = into == DENSE_ADD });
}

/* Squares from that on the diagonal in row and column i on: it, another one where their number is even, and the others two by two. */
static void gram_strip(const struct dense *c, const struct dense *a, const float *w, size_t i)
{
	const struct kernels *k = kernels[used];
	size_t end = i + ((a->columns - i) / k->lanes % 2 ? k->lanes : 2 * k->lanes);
	struct square s = { .stride = c->stride, .step = a->stride };

	for (size_t j = i; j < end; j += k->lanes) {
		s.at = dense_row(c, i) + j;
		k->square(&s, a->at + i, a->at + j, w, a->rows);
	}
	for (size_t j = end; j < a->columns; j += 2 * k->lanes)
		for (size_t top = i; top < i + k->lanes; top += k->lanes / 2) {
			s.at = dense_row(c, top) + j;
			k->wide(&s, a->at + top, a->at + j, w, a->rows);
		}
}

/* Narrow matrices are read where they lie, as many rows at a time as stay near; A's columns, whole squares of them. */
static void gram_squares(const struct dense *c, const struct dense *a, const float *w)
{
	size_t most = NEAR_VALUES / a->columns;

	for (size_t from = 0; from < a->rows; from += most) {
		struct dense rows = dense_rows(a, from, least(most, a->rows - from));

		for (size_t i = 0; i < a->columns; i += kernels[used]->lanes)
			gram_strip(c, &rows, w ? w + from : NULL, i);
	}
}

static void gram_product(const struct dense *c, const struct dense *a, const float *w)
{
	multiply(&(struct product){ .c = c, .a = { a->at, w, 1, a->stride }, .b = { a->at, NULL, 1, a->stride }, .depth = a->rows, .add = true, .upper = true });
}

void dense_gram(const struct dense *c, const struct dense *a, const float *w)
{
	assert(c->rows == a->columns && c->columns == a->columns);
	if (a->columns <= NARROW && a->columns % kernels[used]->lanes == 0)
		gram_squares(c, a, w);
	else
		gram_product(c, a, w);
}

void dense_mirror(const struct dense *c)
{
	assert(c->rows == c->columns);
	for (size_t i = 0; i < c->rows; i++)
		for (size_t j = 0; j < i; j++)
			dense_row(c, i)[j] = dense_row(c, j)[i];
}

/* ---- solving ---- */

/* A matrix of any size as one of whole squares, with ones on what is added of the diagonal. */
static bool cholesky_of_copy(const struct dense *a, size_t lanes)
{
	size_t n = (a->rows + lanes - 1) / lanes * lanes;
	float *at = array_of(n * (n + lanes), sizeof *at);
	struct dense whole = { n, n, n + lanes, at };
	bool done;

	for (size_t i = 0; i < a->rows; i++)
		memcpy(dense_row(&whole, i) + i, dense_row(a, i) + i, (a->columns - i) * sizeof *at);
	for (size_t i = a->rows; i < n; i++)
		dense_row(&whole, i)[i] = 1;
	done = kernels[used]->cholesky(&whole);
	for (size_t i = 0; i < a->rows; i++)
		memcpy(dense_row(a, i) + i, dense_row(&whole, i) + i, (a->columns - i) * sizeof *at);
	free(at);
	return done;
}

/* Rows that lie a power of two apart fall onto the same few places of a cache when there are many. */
bool dense_cholesky(const struct dense *a)
{
	size_t lanes = kernels[used]->lanes;

	assert(a->rows == a->columns);
	return a->rows % lanes == 0 && a->rows <= NARROW ? kernels[used]->cholesky(a) : cholesky_of_copy(a, lanes);
}

void dense_solve(const struct dense *u, float *x)
{
	assert(u->rows == u->columns);
	kernels[used]->solve(u, x);
}

void dense_solve_columns(const struct dense *u, const struct dense *x)
{
	assert(u->rows == u->columns && x->rows == u->rows && x->columns % DENSE_COLUMNS == 0);
	kernels[used]->solve_columns(u, x);
}
