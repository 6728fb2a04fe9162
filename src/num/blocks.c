/* blocks.c - the inverse by sweeps (Goodnight, The American Statistician 33, 1979), a block of rows at a time: with D the inverse of the
 * block on the diagonal, W the columns below and beside it,
 *
 *	A_ij - W_i D W_j'   for all others,      W D   for the block's columns,      -D   for the block itself,
 *
 * after which, swept over all blocks, A holds minus its inverse. Each step is one product of fixed depth over half the matrix: nothing to
 * balance, hardly anything that one thread does alone. For positive definite matrices pivots need no search. The block on the
 * diagonal is inverted in the same way, in smaller blocks. */
#include "num/blocks.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "num/dense.h"

struct blocks_kernel {
	void (*take_product)(double *c, size_t stride, const double *a, const double *b, size_t depth);
	size_t rows, columns; /* of a tile */
};

#define PATH(name) plain_##name
#define TARGET
#define LANES 2
#define TILE_ROWS 4
#define TILE_VECTORS 2
#include "num/blocks_kernel.h"

#if defined __x86_64__

#define PATH(name) v3_##name
#define TARGET __attribute__((target("arch=x86-64-v3")))
#define LANES 4
#define TILE_ROWS 4
#define TILE_VECTORS 3
#include "num/blocks_kernel.h"

#define PATH(name) v4_##name
#define TARGET __attribute__((target("arch=x86-64-v4")))
#define LANES 8
#define TILE_ROWS 8
#define TILE_VECTORS 3
#include "num/blocks_kernel.h"

#endif

static const struct blocks_kernel *const kernels[DENSE_PATHS] = {
	[DENSE_PLAIN] = &plain_kernel,
#if defined __x86_64__
	[DENSE_V3] = &v3_kernel,
	[DENSE_V4] = &v4_kernel,
#endif
};

/* STRIP: every size is a multiple. DEPTH of a sweep, and INNER of those within a block on the diagonal. ROWS: of one part of the work. */
enum { STRIP = 24, DEPTH = 384, INNER = 48, ROWS = 192 };

static size_t whole_strips(size_t n) { return (n + STRIP - 1) / STRIP * STRIP; }

bool blocks_new(size_t n, struct blocks *ret)
{
	size_t stride = whole_strips(n);
	double *at;

	assert(n > 0 && n <= BLOCKS_MAX);
	at = calloc(stride * stride, sizeof *at);
	if (!at)
		return false;
	for (size_t i = n; i < stride; i++)
		at[i * stride + i] = 1;
	*ret = (struct blocks){ n, stride, at };
	return true;
}

void blocks_free(struct blocks *m)
{
	free(m->at);
	*m = (struct blocks){ 0 };
}

size_t blocks_bytes(size_t n)
{
	size_t stride = whole_strips(n);

	return (stride * stride + 2 * stride * DEPTH) * sizeof(double);
}

/* ---- one sweep ---- */

struct sweep {
	const struct blocks_kernel *kernel;
	struct threads *threads; /* NULL: the caller alone */
	double *at;
	size_t n, stride;        /* n: a multiple of STRIP */
	size_t from, size;       /* the block: rows from..from + size - 1 */
	double *v;               /* (n, size) W D */
	double *w;               /* W in strips of the kernel's columns */
	double *d;               /* -D in such strips */
	double **strips;         /* (threads) (ROWS, size) in strips of the kernel's rows */
};

/* The rows outside the block, counted through */
static size_t row_of(const struct sweep *s, size_t outside) { return outside < s->from ? outside : outside + s->size; }

/* STRIP rows of W into strips of `width` rows: each step of depth has the values of all rows beside each other. */
static void pack_w(const struct sweep *s, size_t row, size_t width, double *to)
{
	for (size_t begin = 0; begin < STRIP; begin += width, to += width * s->size) {
		for (size_t i = 0; i < width; i++) {
			size_t r = row + begin + i;
			const double *at = r < s->from ? s->at + s->from * s->stride + r : s->at + r * s->stride + s->from;
			size_t step = r < s->from ? s->stride : 1;

			for (size_t p = 0; p < s->size; p++)
				to[p * width + i] = at[p * step];
		}
	}
}

/* STRIP rows of V likewise */
static void pack_v(const struct sweep *s, size_t row, double *to)
{
	size_t width = s->kernel->rows;

	for (size_t begin = 0; begin < STRIP; begin += width, to += width * s->size) {
		for (size_t i = 0; i < width; i++) {
			const double *v = s->v + (row + begin + i) * s->size;

			for (size_t p = 0; p < s->size; p++)
				to[p * width + i] = v[p];
		}
	}
}

/* c (STRIP, the kernel's columns) -= strips of A by a strip of B */
static void take_strip(const struct sweep *s, double *c, size_t stride, const double *a, const double *b)
{
	for (size_t i = 0; i < STRIP; i += s->kernel->rows)
		s->kernel->take_product(c + i * stride, stride, a + i * s->size, b, s->size);
}

/* Packs the part's rows of W, and has V = W D of them. */
static void make_v(void *self, size_t part, size_t thread)
{
	struct sweep *s = self;
	size_t outside = s->n - s->size;

	for (size_t o = part * ROWS; o < outside && o < (part + 1) * ROWS; o += STRIP) {
		size_t row = row_of(s, o);
		double *v = s->v + row * s->size;

		pack_w(s, row, s->kernel->columns, s->w + row * s->size);
		pack_w(s, row, s->kernel->rows, s->strips[thread]);
		memset(v, 0, STRIP * s->size * sizeof *v);
		for (size_t j = 0; j < s->size; j += s->kernel->columns)
			take_strip(s, v + j, s->size, s->strips[thread], s->d + j * s->size);
	}
}

/* V takes the place of W. */
static void put_v(const struct sweep *s, size_t row)
{
	for (size_t i = row; i < row + STRIP; i++) {
		const double *v = s->v + i * s->size;

		if (i > s->from) {
			memcpy(s->at + i * s->stride + s->from, v, s->size * sizeof *v);
			continue;
		}
		for (size_t p = 0; p < s->size; p++)
			s->at[(s->from + p) * s->stride + i] = v[p];
	}
}

/* Last rows first, as they are the longest. */
static void update(void *self, size_t part, size_t thread)
{
	struct sweep *s = self;
	size_t outside = s->n - s->size, parts = (outside + ROWS - 1) / ROWS, first = (parts - 1 - part) * ROWS;
	size_t end = first + ROWS < outside ? first + ROWS : outside;
	double *strips = s->strips[thread];

	for (size_t o = first; o < end; o += STRIP)
		pack_v(s, row_of(s, o), strips + (o - first) * s->size);
	for (size_t j = 0; j < end; j += s->kernel->columns) {
		size_t column = row_of(s, j);

		for (size_t o = j < first ? first : j / STRIP * STRIP; o < end; o += STRIP)
			take_strip(s, s->at + row_of(s, o) * s->stride + column, s->stride, strips + (o - first) * s->size, s->w + column * s->size);
	}
	for (size_t o = first; o < end; o += STRIP)
		put_v(s, row_of(s, o));
}

static void each(struct sweep *s, size_t parts, void (*part)(void *self, size_t part, size_t thread))
{
	if (s->threads) {
		threads_each(s->threads, parts, part, s);
		return;
	}
	for (size_t i = 0; i < parts; i++)
		part(s, i, 0);
}

/* ---- the block on the diagonal ---- */

/* Sweeps row by row; a (n, n) whole, both halves. */
static bool sweep_rows(double *a, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		double pivot = a[k * n + k], *row = a + k * n;

		if (!(pivot > 0) || pivot > DBL_MAX)
			return false;
		for (size_t i = 0; i < n; i++) {
			double by = a[i * n + k] / pivot;

			if (i == k)
				continue;
			for (size_t j = 0; j < n; j++)
				a[i * n + j] -= by * row[j];
			a[i * n + k] = by;
		}
		for (size_t j = 0; j < n; j++)
			row[j] /= pivot;
		row[k] = -1 / pivot;
	}
	return true;
}

static bool sweep_all(struct sweep *s, size_t depth, struct progress *progress);

/* block (size, size), its lower half: swept, both halves */
static bool sweep_diagonal(const struct sweep *s, double *block)
{
	size_t n = s->size;
	bool done = true;

	if (n > INNER) {
		struct sweep inner = { .kernel = s->kernel, .at = block, .n = n, .stride = n };

		done = sweep_all(&inner, INNER, NULL);
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t j = i + 1; j < n; j++)
			block[i * n + j] = block[j * n + i];
	}
	return n > INNER ? done : sweep_rows(block, n);
}

static void *room_of(size_t doubles)
{
	void *p = aligned_alloc(64, (doubles * sizeof(double) + 63) / 64 * 64);

	if (!p)
		abort();
	return p;
}

/* -D takes the place of the block, and lies in strips. */
static bool invert_diagonal(struct sweep *s, double *block)
{
	size_t width = s->kernel->columns;
	double *to = s->d;

	for (size_t i = 0; i < s->size; i++)
		memcpy(block + i * s->size, s->at + (s->from + i) * s->stride + s->from, s->size * sizeof *block);
	if (!sweep_diagonal(s, block))
		return false;
	for (size_t j = 0; j < s->size; j += width) {
		for (size_t p = 0; p < s->size; p++, to += width)
			memcpy(to, block + p * s->size + j, width * sizeof *to);
	}
	for (size_t i = 0; i < s->size; i++)
		memcpy(s->at + (s->from + i) * s->stride + s->from, block + i * s->size, s->size * sizeof *block);
	return true;
}

static bool sweep_all(struct sweep *s, size_t depth, struct progress *progress)
{
	size_t threads = s->threads ? threads_count(s->threads) : 1;
	double *strips[THREADS_MAX], *block = room_of(depth * depth);
	bool done = true;

	s->v = room_of(s->n * depth);
	s->w = room_of(s->n * depth);
	s->d = room_of(depth * depth);
	s->strips = strips;
	for (size_t t = 0; t < threads; t++)
		strips[t] = room_of(ROWS * depth);
	for (s->from = 0; done && s->from < s->n; s->from += depth) {
		size_t parts;

		s->size = s->n - s->from < depth ? s->n - s->from : depth;
		parts = (s->n - s->size + ROWS - 1) / ROWS;
		done = invert_diagonal(s, block);
		if (!done)
			break;
		each(s, parts, make_v);
		each(s, parts, update);
		progress_at(progress, s->from + s->size, s->n);
	}
	for (size_t t = 0; t < threads; t++)
		free(strips[t]);
	free(block);
	free(s->v);
	free(s->w);
	free(s->d);
	return done;
}

/* ---- all of it ---- */

static void change_sign(void *self, size_t part, size_t thread)
{
	struct blocks *m = self;

	(void)thread;
	for (size_t i = part * STRIP; i < (part + 1) * STRIP; i++) {
		for (size_t j = 0; j <= i; j++)
			m->at[i * m->stride + j] = -m->at[i * m->stride + j];
	}
}

/* STRIP rows of the upper half, block by block, since columns are far from each other */
static void mirror_rows(void *self, size_t part, size_t thread)
{
	struct blocks *m = self;
	size_t n = m->stride, from = part * STRIP;
	double *at = m->at;

	(void)thread;
	for (size_t block = from; block < n; block += STRIP) {
		for (size_t i = from; i < from + STRIP; i++) {
			for (size_t j = block > i ? block : i + 1; j < block + STRIP; j++)
				at[i * n + j] = at[j * n + i];
		}
	}
}

bool blocks_invert(struct threads *threads, struct blocks *m, struct progress *progress)
{
	struct sweep s = { .kernel = kernels[dense_path()], .threads = threads, .at = m->at, .n = m->stride, .stride = m->stride };

	if (!sweep_all(&s, DEPTH, progress))
		return false;
	threads_each(threads, m->stride / STRIP, change_sign, m);
	return true;
}

void blocks_mirror(struct threads *threads, struct blocks *m)
{
	threads_each(threads, m->stride / STRIP, mirror_rows, m);
}
