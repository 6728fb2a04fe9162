/* blocks_sweeps.h - what blocks.h promises, for one type of numbers: included by a file for each, with VALUE, MATRIX and NAMED(function).
 *
 * The inverse by sweeps (Goodnight, The American Statistician 33, 1979), a block of rows at a time: with D the inverse of the
 * block on the diagonal, W the columns below and beside it,
 *
 *	A_ij - W_i D W_j'   for all others,      W D   for the block's columns,      -D   for the block itself,
 *
 * after which, swept over all blocks, A holds minus its inverse. Each step is one product of fixed depth over half the matrix: nothing to
 * balance, hardly anything that one thread does alone. For positive definite matrices pivots need no search. The block on the
 * diagonal is inverted in the same way, in smaller blocks. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "num/dense.h"
#include "num/memory.h"

/* STRIP: every size is a multiple. DEPTH of a sweep, and rows of one part of the work: so many of them, so deep, stay in a core's own
 * cache. INNER: depth within a block on the diagonal. STEPS of depth at once; LINE: values of a line of the caches. */
enum { STRIP = 192 / sizeof(VALUE), DEPTH = 288, INNER = 48, STEPS = 8, LINE = 64 / sizeof(VALUE) };

struct blocks_place {
	VALUE *at; /* rows from here on */
	size_t stride;
};

struct blocks_kernel {
	void (*take_product)(const struct blocks_place *c, const VALUE *a, const VALUE *b, size_t depth, const VALUE *next);
	size_t rows, columns; /* of a tile */
};

#define PATH(name) plain_##name
#define TARGET
#define BYTES 16
#define TILE_ROWS 4
#define TILE_VECTORS 2
#include "num/blocks_kernel.h"

#if defined __x86_64__

#define PATH(name) v3_##name
#define TARGET __attribute__((target("arch=x86-64-v3")))
#define BYTES 32
#define TILE_ROWS 4
#define TILE_VECTORS 3
#include "num/blocks_kernel.h"

#define PATH(name) v4_##name
#define TARGET __attribute__((target("arch=x86-64-v4")))
#define BYTES 64
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

static size_t whole_strips(size_t n) { return (n + STRIP - 1) / STRIP * STRIP; }

/* Walked by columns, a large matrix wants another page at each row: few large ones are found sooner, and come sooner. */
bool NAMED(new)(size_t n, MATRIX *ret)
{
	size_t stride = whole_strips(n), bytes = stride * stride * sizeof(VALUE), align = bytes < MEMORY_LARGE_PAGE ? MEMORY_LINE : MEMORY_LARGE_PAGE;
	char *room;
	VALUE *at;

	assert(n > 0 && n <= BLOCKS_MAX);
	room = calloc(1, bytes + align);
	if (!room)
		return false;
	at = (void *)(room + (align - (uintptr_t)room % align));
	if (align == MEMORY_LARGE_PAGE)
		memory_ask_large_pages(at, bytes);
	for (size_t i = n; i < stride; i++)
		at[i * stride + i] = 1;
	*ret = (MATRIX){ n, stride, at, room };
	return true;
}

void NAMED(free)(MATRIX *m)
{
	free(m->room);
	*m = (MATRIX){ 0 };
}

size_t NAMED(bytes)(size_t n)
{
	size_t stride = whole_strips(n);

	return (stride * stride + stride * DEPTH) * sizeof(VALUE);
}

/* ---- one sweep ---- */

struct sweep {
	const struct blocks_kernel *kernel;
	struct threads *threads; /* NULL: the caller alone */
	VALUE *at;
	size_t n, stride;        /* n: a multiple of STRIP */
	size_t from, size;       /* the block: rows from..from + size - 1 */
	VALUE *w;               /* W in strips of the kernel's columns */
	VALUE *d;               /* -D in such strips */
	struct rooms {
		VALUE *v;       /* (DEPTH, size) W D */
		VALUE *strips;  /* of the same rows of W, then of V, in strips of the kernel's rows */
	} *rooms;                /* (threads) */
};

/* The rows outside the block, counted through */
static size_t row_of(const struct sweep *s, size_t outside) { return outside < s->from ? outside : outside + s->size; }

/* STRIP rows into strips of `width` rows: each step of depth has the values of all rows beside each other. */
static void pack(const struct blocks_place *rows, size_t depth, size_t width, VALUE *to)
{
	for (size_t begin = 0; begin < STRIP; begin += width, to += width * depth) {
		for (size_t i = 0; i < width; i++) {
			const VALUE *row = rows->at + (begin + i) * rows->stride;

			for (size_t p = 0; p < depth; p++)
				to[p * width + i] = row[p];
		}
	}
}

/* Likewise STRIP columns, of `stride` each: rows that are written in the other half */
static void pack_columns(const struct blocks_place *columns, size_t depth, size_t width, VALUE *to)
{
	for (size_t begin = 0; begin < STRIP; begin += width) {
		const VALUE *at = columns->at + begin;

		for (size_t p = 0; p < depth; p++, at += columns->stride, to += width)
			memcpy(to, at, width * sizeof *to);
	}
}

static void pack_w(void *self, size_t part, size_t thread)
{
	const struct sweep *s = self;
	size_t outside = s->n - s->size;

	(void)thread;
	for (size_t o = part * DEPTH; o < outside && o < (part + 1) * DEPTH; o += STRIP) {
		size_t row = row_of(s, o);
		VALUE *to = s->w + row * s->size;

		if (row < s->from)
			pack_columns(&(struct blocks_place){ s->at + s->from * s->stride + row, s->stride }, s->size, s->kernel->columns, to);
		else
			pack(&(struct blocks_place){ s->at + row * s->stride + s->from, s->stride }, s->size, s->kernel->columns, to);
	}
}

/* Strips of W as the kernel's columns for those as its rows, of which a whole number are as wide */
static void narrow_w(const struct sweep *s, size_t row, VALUE *to)
{
	size_t wide = s->kernel->columns;

	for (size_t r = row; r < row + STRIP; r += wide) {
		struct blocks_place w = { s->w + r * s->size, wide };

		for (size_t begin = 0; begin < wide; begin += s->kernel->rows) {
			for (size_t p = 0; p < s->size; p++, to += s->kernel->rows)
				memcpy(to, w.at + p * wide + begin, s->kernel->rows * sizeof *to);
		}
	}
}

/* c (STRIP, the kernel's columns) -= strips of A by a strip of B; the strip is the `share`th of those that bring near what follows on B. */
static void take_strip(const struct sweep *s, struct blocks_place c, const VALUE *a, const VALUE *b, size_t share)
{
	const struct blocks_kernel *k = s->kernel;
	const VALUE *next = b + (s->size + share * STRIP) * k->columns;

	for (size_t i = 0; i < STRIP; i += k->rows, c.at += k->rows * c.stride, a += k->rows * s->size, next += k->rows * k->columns)
		k->take_product(&c, a, b, s->size, next);
}

/* V takes the place of W. */
static void put_v(const struct sweep *s, size_t row, const VALUE *v)
{
	if (row > s->from) {
		for (size_t i = 0; i < STRIP; i++)
			memcpy(s->at + (row + i) * s->stride + s->from, v + i * s->size, s->size * sizeof *v);
		return;
	}
	for (size_t p = 0; p < s->size; p++) {
		VALUE *to = s->at + (s->from + p) * s->stride + row;

		for (size_t i = 0; i < STRIP; i++)
			to[i] = v[i * s->size + p];
	}
}

/* V of `count` rows, as it is and in strips */
static void make_v(const struct sweep *s, size_t first, size_t count, const struct rooms *to)
{
	for (size_t o = 0; o < count; o += STRIP)
		narrow_w(s, row_of(s, first + o), to->strips + o * s->size);
	memset(to->v, 0, count * s->size * sizeof *to->v);
	for (size_t j = 0; j < s->size; j += s->kernel->columns) {
		for (size_t o = 0; o < count; o += STRIP)
			take_strip(s, (struct blocks_place){ to->v + o * s->size + j, s->size }, to->strips + o * s->size, s->d + j * s->size, o / STRIP);
	}
	for (size_t o = 0; o < count; o += STRIP)
		pack(&(struct blocks_place){ to->v + o * s->size, s->size }, s->size, s->kernel->rows, to->strips + o * s->size);
}

/* Last rows first, as they are the longest. */
static void update(void *self, size_t part, size_t thread)
{
	struct sweep *s = self;
	size_t outside = s->n - s->size, parts = (outside + DEPTH - 1) / DEPTH, first = (parts - 1 - part) * DEPTH;
	size_t end = first + DEPTH < outside ? first + DEPTH : outside;
	const struct rooms *own = &s->rooms[thread];

	make_v(s, first, end - first, own);
	for (size_t j = 0; j < end; j += s->kernel->columns) {
		size_t column = row_of(s, j);

		for (size_t o = j < first ? first : j / STRIP * STRIP; o < end; o += STRIP)
			take_strip(s, (struct blocks_place){ s->at + row_of(s, o) * s->stride + column, s->stride },
			           own->strips + (o - first) * s->size, s->w + column * s->size, (o - first) / STRIP);
	}
	for (size_t o = first; o < end; o += STRIP)
		put_v(s, row_of(s, o), own->v + (o - first) * s->size);
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
static bool sweep_rows(VALUE *a, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		VALUE pivot = a[k * n + k], *row = a + k * n;

		if (!(pivot > 0) || isinf(pivot))
			return false;
		for (size_t i = 0; i < n; i++) {
			VALUE by = a[i * n + k] / pivot;

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
static bool sweep_diagonal(const struct sweep *s, VALUE *block)
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

static void *room_of(size_t count) { return memory_large(count * sizeof(VALUE)); }

/* -D takes the place of the block, and lies in strips. */
static bool invert_diagonal(struct sweep *s, VALUE *block)
{
	size_t width = s->kernel->columns;
	VALUE *to = s->d;

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
	VALUE *block = room_of(depth * depth);
	struct rooms rooms[THREADS_MAX];
	bool done = true;

	s->w = room_of(s->n * depth);
	s->d = room_of(depth * depth);
	s->rooms = rooms;
	for (size_t t = 0; t < threads; t++)
		rooms[t] = (struct rooms){ room_of(DEPTH * depth), room_of(DEPTH * depth) };
	for (s->from = 0; done && s->from < s->n; s->from += depth) {
		size_t parts;

		s->size = s->n - s->from < depth ? s->n - s->from : depth;
		parts = (s->n - s->size + DEPTH - 1) / DEPTH;
		done = invert_diagonal(s, block);
		if (!done)
			break;
		each(s, parts, pack_w);
		each(s, parts, update);
		progress_at(progress, s->from + s->size, s->n);
	}
	for (size_t t = 0; t < threads; t++) {
		free(rooms[t].v);
		free(rooms[t].strips);
	}
	free(block);
	free(s->w);
	free(s->d);
	return done;
}

/* ---- all of it ---- */

static void change_sign(void *self, size_t part, size_t thread)
{
	MATRIX *m = self;

	(void)thread;
	for (size_t i = part * STRIP; i < (part + 1) * STRIP; i++) {
		for (size_t j = 0; j <= i; j++)
			m->at[i * m->stride + j] = -m->at[i * m->stride + j];
	}
}

/* STRIP rows of the upper half, block by block, since columns are far from each other */
static void mirror_rows(void *self, size_t part, size_t thread)
{
	MATRIX *m = self;
	size_t n = m->stride, from = part * STRIP;
	VALUE *at = m->at;

	(void)thread;
	for (size_t block = from; block < n; block += STRIP) {
		for (size_t i = from; i < from + STRIP; i++) {
			for (size_t j = block > i ? block : i + 1; j < block + STRIP; j++)
				at[i * n + j] = at[j * n + i];
		}
	}
}

bool NAMED(invert)(struct threads *threads, MATRIX *m, struct progress *progress)
{
	struct sweep s = { .kernel = kernels[dense_path()], .threads = threads, .at = m->at, .n = m->stride, .stride = m->stride };

	if (!sweep_all(&s, DEPTH, progress))
		return false;
	threads_each(threads, m->stride / STRIP, change_sign, m);
	return true;
}

void NAMED(mirror)(struct threads *threads, MATRIX *m)
{
	threads_each(threads, m->stride / STRIP, mirror_rows, m);
}
