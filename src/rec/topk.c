/* topk.c - items lie in order of their length, longest first, 64 side by side: four bytes of one, four of the next, so that one
 * instruction adds to sixteen sums and none is summed across. These 64 are scanned at once. A scan ends where even the longest item left
 * is too short. Bytes of items are 0..255 around 128, those of a query -127..127; 128 times the query's sum is taken off. */
#include "rec/topk.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined __x86_64__
#include <immintrin.h>
#endif

const struct problem topk_no_numbers = { 422, "topk-no-numbers", "A factor is no number, or too large a one." };

enum { AT_ONCE = 64, LISTED = 1 << 15, FACTORS_MAX = 1024, PART_ITEMS = 1 << 15, USERS_A_PART = 64 };
static const float factor_max = 1e15f;

struct query {
	const float *x;
	float length, off;          /* |x|, |f|: rounded up */
	float scale;                /* of its bytes */
	int32_t sum;                /* 128 times their sum */
	int8_t bytes[FACTORS_MAX];  /* filled up with 0 */
};

/* The scores of 64 items from place `at` on; bits of those that are `least` or more. */
typedef uint64_t scan(const struct topk *t, const struct query *q, size_t at, float least, float *scores);

struct topk {
	const struct dense *items;
	struct dense kept;     /* the head of items; items points to it */
	size_t groups;         /* of four bytes */
	size_t places;         /* items, filled up to a multiple of 64 */
	uint32_t *item;        /* (places) upwards in place; TOPK_NONE: filled up */
	uint8_t *bytes;        /* (places / 64, groups, 64, 4); NULL: scanned as floats */
	float *scale, *off, *length; /* (places) of bytes; |e|; |y^|, each rounded up */
	float *most_off, *most_length, *reach; /* (places / 64) largest of 64; and of |y| */
	scan *scan;
};

/* ---- scanning ---- */

static uint64_t scan_floats(const struct topk *t, const struct query *q, size_t at, float least, float *scores)
{
	struct dense rows = dense_rows(t->items, at, t->items->rows - at < AT_ONCE ? t->items->rows - at : AT_ONCE);
	uint64_t found = 0;

	dense_gemv(scores, &rows, q->x);
	for (size_t i = 0; i < rows.rows; i++)
		found |= (uint64_t)(scores[i] >= least) << i;
	return found;
}

static uint64_t scan_bytes(const struct topk *t, const struct query *q, size_t at, float least, float *scores)
{
	uint64_t found = 0;

	for (size_t i = 0; i < AT_ONCE; i++) {
		const uint8_t *item = t->bytes + at * t->groups * 4 + i * 4;
		int32_t sum = -q->sum;

		for (size_t g = 0; g < t->groups; g++)
			for (size_t b = 0; b < 4; b++)
				sum += item[g * AT_ONCE * 4 + b] * q->bytes[g * 4 + b];
		scores[i] = (float)sum * (q->scale * t->scale[at + i]);
		found |= (uint64_t)(scores[i] >= least) << i;
	}
	return found;
}

#if defined __x86_64__

#define TARGET __attribute__((target("arch=x86-64-v4,avx512vnni")))

static bool has_bytes(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512vnni");
}

TARGET static uint64_t scan_vnni(const struct topk *t, const struct query *q, size_t at, float least, float *scores)
{
	const uint8_t *bytes = t->bytes + at * t->groups * 4;
	__m512i sums[4];
	uint64_t found = 0;

	for (int s = 0; s < 4; s++)
		sums[s] = _mm512_set1_epi32(-q->sum);
	for (size_t g = 0; g < t->groups; g++) {
		int four;
		__m512i asked;

		memcpy(&four, q->bytes + g * 4, sizeof four);
		asked = _mm512_set1_epi32(four);
#pragma GCC unroll 4
		for (size_t s = 0; s < 4; s++)
			sums[s] = _mm512_dpbusd_epi32(sums[s], _mm512_loadu_si512(bytes + g * AT_ONCE * 4 + s * 64), asked);
	}
#pragma GCC unroll 4
	for (size_t s = 0; s < 4; s++) {
		__m512 by = _mm512_mul_ps(_mm512_set1_ps(q->scale), _mm512_loadu_ps(t->scale + at + s * 16));
		__m512 score = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[s]), by);

		_mm512_storeu_ps(scores + s * 16, score);
		found |= (uint64_t)_mm512_cmp_ps_mask(score, _mm512_set1_ps(least), _CMP_GE_OQ) << s * 16;
	}
	return found;
}

#else

static bool has_bytes(void) { return false; }
#define scan_vnni scan_bytes

#endif

/* ---- items ---- */

static void *room(size_t bytes)
{
	void *at = calloc(1, bytes + 64);

	if (!at)
		abort();
	return at;
}

void topk_close(struct topk *t)
{
	if (!t)
		return;
	free(t->item);
	free(t->bytes);
	free(t->scale);
	free(t->off);
	free(t->length);
	free(t->most_off);
	free(t->most_length);
	free(t->reach);
	free(t);
}

void topk_free(struct topk **t) { topk_close(*t); }

/* Largest absolute value; infinite where one is no number or too large. */
static float largest(const float *v, size_t n)
{
	float most = 0;

	for (size_t i = 0; i < n; i++) {
		if (!(fabsf(v[i]) <= factor_max))
			return INFINITY;
		most = fabsf(v[i]) > most ? fabsf(v[i]) : most;
	}
	return most;
}

/* v as bytes times a scale; the lengths of v, of what bytes miss, and of the bytes. */
struct cast {
	float scale;
	double length, off, bytes_length;
};

static struct cast cast(const float *v, size_t n, float most, int8_t *ret)
{
	struct cast c = { .scale = most / 127 };
	double squares[3] = { 0 }, by = c.scale > 0 ? 1 / (double)c.scale : 0;

	for (size_t i = 0; i < n; i++) {
		double x = (double)v[i], near;
		int byte = (int)(x * by + (x < 0 ? -.5 : .5));

		byte = byte > 127 ? 127 : byte < -127 ? -127 : byte;
		near = byte * (double)c.scale;
		ret[i] = (int8_t)byte;
		squares[0] += x * x;
		squares[1] += (x - near) * (x - near);
		squares[2] += near * near;
	}
	c.length = sqrt(squares[0]);
	c.off = sqrt(squares[1]);
	c.bytes_length = sqrt(squares[2]);
	return c;
}

static float upwards(double x) { return (float)(x * (1 + 1e-5)); }

/* What sums of n products of floats, and three roundings more, may be off by, in terms of the factors' lengths. */
static double rounding(size_t n) { return (double)(n + 16) * 1.2e-7; }

struct by_length {
	float length;
	uint32_t item;
};

static int longest_first(const void *a, const void *b)
{
	const struct by_length *x = a, *y = b;

	if (x->length != y->length)
		return x->length > y->length ? -1 : 1;
	return x->item < y->item ? -1 : x->item > y->item;
}

static void put_bytes(struct topk *t, size_t place, const int8_t *bytes)
{
	uint8_t *to = t->bytes + place / AT_ONCE * AT_ONCE * t->groups * 4 + place % AT_ONCE * 4;

	for (size_t j = 0; j < t->groups * 4; j++)
		to[j / 4 * AT_ONCE * 4 + j % 4] = (uint8_t)(bytes[j] + 128);
}

static void put_item(struct topk *t, size_t place, uint32_t item)
{
	size_t n = t->items->columns;
	const float *y = dense_row(t->items, item);
	int8_t bytes[FACTORS_MAX] = { 0 };
	struct cast c = cast(y, n, largest(y, n), bytes);

	put_bytes(t, place, bytes);
	t->item[place] = item;
	t->scale[place] = c.scale;
	t->off[place] = upwards(c.off + rounding(n) * (c.length + c.off));
	t->length[place] = upwards(c.bytes_length * (1 + rounding(n)));
	t->most_off[place / AT_ONCE] = fmaxf(t->most_off[place / AT_ONCE], t->off[place]);
	t->most_length[place / AT_ONCE] = fmaxf(t->most_length[place / AT_ONCE], t->length[place]);
	t->reach[place / AT_ONCE] = fmaxf(t->reach[place / AT_ONCE], upwards(c.length * (1 + rounding(n))));
}

static void fill_bytes(struct topk *t)
{
	struct by_length *order = room(t->items->rows * sizeof *order);
	size_t blocks = t->places / AT_ONCE, n = t->items->columns;

	t->bytes = room(t->places * t->groups * 4);
	t->scale = room(t->places * sizeof(float));
	t->off = room(t->places * sizeof(float));
	t->length = room(t->places * sizeof(float));
	t->most_off = room(blocks * sizeof(float));
	t->most_length = room(blocks * sizeof(float));
	t->reach = room(blocks * sizeof(float));
	for (uint32_t i = 0; i < t->items->rows; i++)
		order[i] = (struct by_length){ dense_dot(dense_row(t->items, i), dense_row(t->items, i), n), i };
	qsort(order, t->items->rows, sizeof *order, longest_first);
	for (size_t place = 0; place < t->items->rows; place++)
		put_item(t, place, order[place].item);
	for (size_t block = blocks; block-- > 1;) /* lengths in floats may be out of order by a rounding */
		t->reach[block - 1] = fmaxf(t->reach[block - 1], t->reach[block]);
	free(order);
}

problem topk_open(const struct dense *items, enum topk_way way, struct topk **ret)
{
	struct topk *t;

	assert(items->columns >= 1 && items->columns <= FACTORS_MAX && items->rows < TOPK_NONE);
	for (size_t i = 0; i < items->rows; i++)
		if (largest(dense_row(items, i), items->columns) > factor_max)
			return &topk_no_numbers;
	t = room(sizeof *t);
	t->kept = *items;
	t->items = &t->kept;
	t->groups = (items->columns + 3) / 4;
	t->places = (items->rows + AT_ONCE - 1) / AT_ONCE * AT_ONCE;
	t->item = room(t->places * sizeof *t->item);
	for (size_t i = 0; i < t->places; i++)
		t->item[i] = i < items->rows ? (uint32_t)i : TOPK_NONE;
	if (way == TOPK_BEST)
		way = has_bytes() ? TOPK_BYTES : TOPK_FLOATS;
	if (way != TOPK_FLOATS)
		fill_bytes(t);
	t->scan = way == TOPK_FLOATS ? scan_floats : way == TOPK_BYTES && has_bytes() ? scan_vnni : scan_bytes;
	*ret = t;
	return NULL;
}

/* ---- what can be among the best ---- */

struct candidate {
	uint32_t item;
	float upper;
};

/* lower: the largest `most` lower bounds so far, the smallest of them on top (a heap); what is below it is out. */
struct best {
	float *lower;
	size_t lower_count, most;
	struct candidate *candidates;
	size_t count, room;
};

static void best_begin(struct best *b, size_t most)
{
	*b = (struct best){ .most = most, .room = 4 * most + 1024 };
	b->lower = room(most * sizeof *b->lower);
	b->candidates = room(b->room * sizeof *b->candidates);
}

static void best_end(struct best *b)
{
	free(b->lower);
	free(b->candidates);
}

static float threshold(const struct best *b) { return b->lower_count < b->most ? -INFINITY : b->lower[0]; }

static void sift_down(float *heap, size_t count, float value)
{
	size_t at = 0;

	for (size_t child; (child = 2 * at + 1) < count; at = child) {
		child += child + 1 < count && heap[child + 1] < heap[child];
		if (!(heap[child] < value))
			break;
		heap[at] = heap[child];
	}
	heap[at] = value;
}

static void push_lower(struct best *b, float value)
{
	size_t at;

	if (b->lower_count == b->most) {
		if (value > b->lower[0])
			sift_down(b->lower, b->most, value);
		return;
	}
	for (at = b->lower_count++; at > 0 && value < b->lower[(at - 1) / 2]; at = (at - 1) / 2)
		b->lower[at] = b->lower[(at - 1) / 2];
	b->lower[at] = value;
}

static void drop_out(struct best *b)
{
	float least = threshold(b);
	size_t kept = 0;

	for (size_t i = 0; i < b->count; i++)
		if (b->candidates[i].upper >= least)
			b->candidates[kept++] = b->candidates[i];
	b->count = kept;
}

/* By dropping what is out; where that is less than half, there must be room for more. */
static void make_room(struct best *b)
{
	drop_out(b);
	if (b->count < b->room / 2)
		return;
	b->room *= 2;
	b->candidates = reallocarray(b->candidates, b->room, sizeof *b->candidates);
	if (!b->candidates)
		abort();
}

/* Of what is left out by a list, item % LISTED: with few items that says it all, with more it spares most searches. */
struct listed {
	const struct topk_without *without;
	bool exact;
	uint64_t bits[LISTED / 64];
};

static void listed_of(const struct topk *t, const struct topk_without *without, struct listed *ret)
{
	size_t words = (t->items->rows + 63) / 64;

	ret->without = without;
	ret->exact = t->items->rows <= LISTED;
	memset(ret->bits, 0, (words < LISTED / 64 ? words : LISTED / 64) * sizeof *ret->bits);
	for (size_t i = 0; without && i < without->count; i++)
		ret->bits[without->list[i] % LISTED / 64] |= (uint64_t)1 << without->list[i] % 64;
}

static bool in_list(const struct topk_without *w, uint32_t item)
{
	size_t low = 0, high = w->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (w->list[middle] == item)
			return true;
		if (w->list[middle] < item)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static bool is_out(const struct listed *l, uint32_t item)
{
	const struct topk_without *w = l->without;

	if (w && w->bits && w->bits[item / 64] >> item % 64 & 1)
		return true;
	return (l->bits[item % LISTED / 64] >> item % 64 & 1) && (l->exact || in_list(w, item));
}

/* What products of very small numbers may lose. */
static const float smallest = 1e-36f;

static void consider(const struct topk *t, const struct query *q, const struct listed *listed, size_t place, float score, struct best *b)
{
	uint32_t item = t->item[place];
	float off = t->bytes ? upwards((double)q->length * (double)t->off[place] + (double)q->off * (double)t->length[place]) + smallest : 0;

	if (item == TOPK_NONE || score + off < threshold(b) || is_out(listed, item))
		return;
	if (b->count == b->room)
		make_room(b);
	b->candidates[b->count++] = (struct candidate){ item, score + off };
	push_lower(b, score - off);
}

static void scan_places(const struct topk *t, const struct query *q, const struct listed *listed, size_t from, size_t to, struct best *b)
{
	float scores[AT_ONCE];

	for (size_t at = from; at < to; at += AT_ONCE) {
		size_t block = at / AT_ONCE;
		float off = 0, least = threshold(b);
		uint64_t found;

		if (t->bytes) {
			off = upwards((double)q->length * (double)t->most_off[block] + (double)q->off * (double)t->most_length[block]) + smallest;
			if (upwards((double)q->length * (double)t->reach[block]) + smallest < least)
				return;
			least -= off + fabsf(least) * 1e-6f;
		}
		for (found = t->scan(t, q, at, least, scores); found; found &= found - 1) {
			size_t i = (size_t)__builtin_ctzll(found);

			consider(t, q, listed, at + i, scores[i], b);
		}
	}
}

/* ---- the answer ---- */

static bool query_of(const struct topk *t, const float *x, struct query *q)
{
	size_t n = t->items->columns;
	float most = largest(x, n);
	struct cast c;
	int32_t sum = 0;

	if (most > factor_max)
		return false;
	q->x = x;
	if (!t->bytes)
		return true;
	memset(q->bytes, 0, t->groups * 4);
	c = cast(x, n, most, q->bytes);
	for (size_t j = 0; j < n; j++)
		sum += q->bytes[j];
	q->sum = 128 * sum;
	q->scale = c.scale;
	q->length = upwards(c.length);
	q->off = upwards(c.off);
	return true;
}

static int better_first(const void *a, const void *b)
{
	const struct topk_found *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return x->item < y->item ? -1 : x->item > y->item;
}

/* Candidates scored in floats; the best of them. */
static size_t answer(const struct topk *t, const float *x, struct best *b, struct topk_found *ret)
{
	struct topk_found *found;
	size_t count;

	drop_out(b);
	count = b->count < b->most ? b->count : b->most;
	found = room(b->count * sizeof *found);
	for (size_t i = 0; i < b->count; i++) {
		uint32_t item = b->candidates[i].item;

		found[i] = (struct topk_found){ item, dense_dot(dense_row(t->items, item), x, t->items->columns) };
	}
	qsort(found, b->count, sizeof *found, better_first);
	memcpy(ret, found, count * sizeof *found);
	free(found);
	return count;
}

struct finding {
	const struct topk *t;
	const struct query *q;
	const struct listed *listed;
	struct best *best; /* one for each part */
};

static void find_part(void *self, size_t part, size_t thread)
{
	struct finding *f = self;
	size_t from = part * PART_ITEMS, to = from + PART_ITEMS;

	(void)thread;
	scan_places(f->t, f->q, f->listed, from, to < f->t->places ? to : f->t->places, &f->best[part]);
}

/* Each part finds its own candidates; their bounds together say which can be among the best. */
static void find_in_parts(struct finding *f, struct threads *threads, size_t most)
{
	size_t parts = (f->t->places + PART_ITEMS - 1) / PART_ITEMS;
	struct best *all = f->best;

	f->best = room(parts * sizeof *f->best);
	for (size_t part = 0; part < parts; part++)
		best_begin(&f->best[part], most);
	threads_each(threads, parts, find_part, f);
	for (size_t part = 0; part < parts; part++) {
		struct best *b = &f->best[part];

		for (size_t i = 0; i < b->lower_count; i++)
			push_lower(all, b->lower[i]);
		for (size_t i = 0; i < b->count; i++) {
			if (all->count == all->room)
				make_room(all);
			all->candidates[all->count++] = b->candidates[i];
		}
		best_end(b);
	}
	free(f->best);
	f->best = all;
}

size_t topk_find(const struct topk *t, struct threads *threads, const float *x, const struct topk_without *without, size_t most, struct topk_found *ret)
{
	struct query q;
	struct listed listed;
	struct best best;
	size_t count;

	assert(most <= TOPK_MOST);
	if (most == 0 || !query_of(t, x, &q))
		return 0;
	listed_of(t, without, &listed);
	best_begin(&best, most);
	if (threads && threads_count(threads) > 1 && t->places > PART_ITEMS)
		find_in_parts(&(struct finding){ t, &q, &listed, &best }, threads, most);
	else
		scan_places(t, &q, &listed, 0, t->places, &best);
	count = answer(t, x, &best, ret);
	best_end(&best);
	return count;
}

/* ---- for everybody ---- */

struct everybody {
	const struct topk *t;
	const struct dense *x;
	const struct sparse *had;
	size_t most;
	struct topk_found *ret;
};

static void users_part(void *self, size_t part, size_t thread)
{
	const struct everybody *e = self;
	size_t from = part * USERS_A_PART, left = e->x->rows - from;

	(void)thread;
	for (size_t u = from; u < from + (left < USERS_A_PART ? left : USERS_A_PART); u++) {
		struct topk_without without = { 0 };
		struct topk_found *ret = e->ret + u * e->most;

		if (e->had)
			without = (struct topk_without){ .list = sparse_row(e->had, (uint32_t)u), .count = sparse_length(e->had, (uint32_t)u) };
		for (size_t i = topk_find(e->t, NULL, dense_row(e->x, u), &without, e->most, ret); i < e->most; i++)
			ret[i] = (struct topk_found){ TOPK_NONE, -INFINITY };
	}
}

void topk_all(const struct topk *t, struct threads *threads, const struct dense *x, const struct sparse *had, size_t most, struct topk_found *ret)
{
	assert(!had || (had->rows == x->rows && had->columns <= t->items->rows));
	threads_each(threads, (x->rows + USERS_A_PART - 1) / USERS_A_PART, users_part, &(struct everybody){ t, x, had, most, ret });
}
