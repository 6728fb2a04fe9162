/* topk.c - items lie in order of their length, longest first, 64 side by side: four bytes of one, four of the next, so that one
 * instruction adds to sixteen sums and none is summed across. These 64 are scanned at once, for four queries where there are many. A scan
 * ends where even the longest item left is too short. Bytes of items are 0..255 around 128, those of a query -127..127; 128 times the query's sum is taken off. */
#include "rec/topk.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined __x86_64__
#include <immintrin.h>
#endif

#include "num/order.h"
#include "rec/kernel.h"

const struct problem topk_no_numbers = { 422, "topk-no-numbers", "A factor is no number, or too large a one." };

enum { AT_ONCE = 64, LISTED = 1 << 15, FACTORS_MAX = 1024, PART_ITEMS = 1 << 15, USERS_A_PART = 64, TOGETHER = 4, AHEAD = 2048 };
static const float factor_max = 1e15f;

struct query {
	const float *x;
	float length, off;          /* |x|, |f|: rounded up */
	float scale;                /* of its bytes */
	int32_t sum;                /* 128 times their sum */
	int8_t bytes[FACTORS_MAX];  /* filled up with 0 */
};

/* What a scan of 64 items is to find for one query, and finds: their scores, and bits of those that are `least` or more. Where there are
 * none, the scores may be left as they were. */
struct look {
	const struct query *q;
	float least;
	uint64_t found;
	float scores[AT_ONCE];
};

/* At the items from place `at` on, for `count` queries, at most TOGETHER. */
typedef void scan(const struct topk *t, struct look *looks, size_t count, size_t at);

struct topk {
	const struct dense *items;
	struct dense kept;     /* the head of items; items points to it */
	size_t groups;         /* of four bytes */
	size_t places;         /* items, filled up to a multiple of 64 */
	uint32_t *item;        /* (places) upwards in place; TOPK_NONE: filled up */
	uint32_t *place;       /* (items) where each lies */
	uint8_t *bytes;        /* (places / 64, groups, 64, 4); NULL: scanned as floats */
	float *scale, *off, *length; /* (places) of bytes; |e|; |y^|, each rounded up */
	float *most_off, *most_length, *reach; /* (places / 64) largest of 64; and of |y| */
	scan *scan;
};

/* ---- scanning ---- */

static void scan_floats(const struct topk *t, struct look *looks, size_t count, size_t at)
{
	struct dense rows = dense_rows(t->items, at, t->items->rows - at < AT_ONCE ? t->items->rows - at : AT_ONCE);

	for (struct look *l = looks; l < looks + count; l++) {
		dense_gemv(l->scores, &rows, l->q->x);
		l->found = 0;
		for (size_t i = 0; i < rows.rows; i++)
			l->found |= (uint64_t)(l->scores[i] >= l->least) << i;
	}
}

static float byte_score(const struct topk *t, const struct query *q, size_t place)
{
	const uint8_t *item = t->bytes + place / AT_ONCE * AT_ONCE * t->groups * 4 + place % AT_ONCE * 4;
	int32_t sum = -q->sum;

	for (size_t g = 0; g < t->groups; g++)
		for (size_t b = 0; b < 4; b++)
			sum += item[g * AT_ONCE * 4 + b] * q->bytes[g * 4 + b];
	return (float)sum * (q->scale * t->scale[place]);
}

static void scan_bytes(const struct topk *t, struct look *looks, size_t count, size_t at)
{
	for (struct look *l = looks; l < looks + count; l++) {
		l->found = 0;
		for (size_t i = 0; i < AT_ONCE; i++) {
			l->scores[i] = byte_score(t, l->q, at + i);
			l->found |= (uint64_t)(l->scores[i] >= l->least) << i;
		}
	}
}

#if defined __x86_64__

#define TARGET __attribute__((target("arch=x86-64-v4,avx512vnni")))

static bool has_bytes(void) { return dense_has(DENSE_V4) && __builtin_cpu_supports("avx512vnni"); }

/* Sums of 64 items; by name, and added to by the instruction itself: with an array, or _mm512_dpbusd_epi32, GCC moves all of them to and
 * fro in each round. */
struct sums {
	__m512i a, b, c, d;
};

#define INLINED TARGET static inline __attribute__((always_inline))

INLINED void sums_begin(struct sums *s, const struct query *q) { s->a = s->b = s->c = s->d = _mm512_set1_epi32(-q->sum); }

INLINED void sums_add(struct sums *s, const struct sums *items, const struct query *q, size_t group)
{
	int four;
	__m512i asked;

	memcpy(&four, q->bytes + group * 4, sizeof four);
	asked = _mm512_set1_epi32(four);
	asm("vpdpbusd %2, %1, %0" : "+v"(s->a) : "v"(items->a), "v"(asked));
	asm("vpdpbusd %2, %1, %0" : "+v"(s->b) : "v"(items->b), "v"(asked));
	asm("vpdpbusd %2, %1, %0" : "+v"(s->c) : "v"(items->c), "v"(asked));
	asm("vpdpbusd %2, %1, %0" : "+v"(s->d) : "v"(items->d), "v"(asked));
}

INLINED uint64_t sixteen(struct look *l, const float *scale, size_t at, __m512i sums)
{
	__m512 score = _mm512_mul_ps(_mm512_cvtepi32_ps(sums), _mm512_mul_ps(_mm512_set1_ps(l->q->scale), _mm512_loadu_ps(scale + at)));

	_mm512_storeu_ps(l->scores + at, score);
	return (uint64_t)_mm512_cmp_ps_mask(score, _mm512_set1_ps(l->least), _CMP_GE_OQ) << at;
}

INLINED void sums_end(struct look *l, const float *scale, const struct sums *s)
{
	l->found = sixteen(l, scale, 0, s->a) | sixteen(l, scale, 16, s->b) | sixteen(l, scale, 32, s->c) | sixteen(l, scale, 48, s->d);
}

/* One query alone waits for memory more than it computes. */
INLINED void ask_ahead(const uint8_t *bytes)
{
	for (size_t line = 0; line < AT_ONCE * 4; line += 64)
		_mm_prefetch(bytes + AHEAD + line, _MM_HINT_T0);
}

/* Each of the items' bytes is read once for all; the compiler knows the count. */
INLINED void scan_together(const struct topk *t, struct look *looks, size_t count, size_t at)
{
	const uint8_t *bytes = t->bytes + at * t->groups * 4;
	struct sums first, second, third, fourth;

	sums_begin(&first, looks[0].q);
	if (count > 1)
		sums_begin(&second, looks[1].q);
	if (count > 2)
		sums_begin(&third, looks[2].q);
	if (count > 3)
		sums_begin(&fourth, looks[3].q);
	for (size_t g = 0; g < t->groups; g++, bytes += AT_ONCE * 4) {
		struct sums items = { _mm512_loadu_si512(bytes), _mm512_loadu_si512(bytes + 64), _mm512_loadu_si512(bytes + 128), _mm512_loadu_si512(bytes + 192) };

		if (count == 1)
			ask_ahead(bytes);
		sums_add(&first, &items, looks[0].q, g);
		if (count > 1)
			sums_add(&second, &items, looks[1].q, g);
		if (count > 2)
			sums_add(&third, &items, looks[2].q, g);
		if (count > 3)
			sums_add(&fourth, &items, looks[3].q, g);
	}
	sums_end(&looks[0], t->scale + at, &first);
	if (count > 1)
		sums_end(&looks[1], t->scale + at, &second);
	if (count > 2)
		sums_end(&looks[2], t->scale + at, &third);
	if (count > 3)
		sums_end(&looks[3], t->scale + at, &fourth);
}

TARGET static void scan_vnni(const struct topk *t, struct look *looks, size_t count, size_t at)
{
	static_assert(TOGETHER == 4, "a case for each");
	switch (count) {
	case 1: scan_together(t, looks, 1, at); break;
	case 2: scan_together(t, looks, 2, at); break;
	case 3: scan_together(t, looks, 3, at); break;
	default: scan_together(t, looks, 4, at);
	}
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
	free(t->place);
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
EACH_WIDTH static float largest(const float *v, size_t n)
{
	uint32_t most = 0; /* the bits of positive floats are in their order, NaN above all */
	float ret;

	for (size_t i = 0; i < n; i++) {
		uint32_t bits;

		memcpy(&bits, &v[i], sizeof bits);
		bits &= 0x7fffffff;
		most = bits > most ? bits : most;
	}
	memcpy(&ret, &most, sizeof ret);
	return ret <= factor_max ? ret : INFINITY;
}

/* v as bytes times a scale; the lengths of v, of what bytes miss, and of the bytes. */
struct cast {
	float scale;
	double length, off, bytes_length;
};

/* ret, and into squares what of v, of what bytes miss and of bytes adds up in each of eight lanes. */
EACH_WIDTH static void round_to_bytes(const float *restrict v, size_t n, float scale, int8_t *restrict ret, double squares[restrict 3][8])
{
	double by = scale > 0 ? 1 / (double)scale : 0;

	for (size_t i = 0; i + 8 <= n; i += 8)
		for (size_t lane = 0; lane < 8; lane++) {
			double x = (double)v[i + lane], at_most = fmin(fmax(x * by, -127), 127), near;
			int byte = (int)(at_most + copysign(.5, x));

			near = byte * (double)scale;
			ret[i + lane] = (int8_t)byte;
			squares[0][lane] += x * x;
			squares[1][lane] += (x - near) * (x - near);
			squares[2][lane] += near * near;
		}
}

static struct cast cast(const float *v, size_t n, float most, int8_t *ret)
{
	struct cast c = { .scale = most / 127 };
	double squares[3][8] = { 0 }, sums[3] = { 0 };
	float last[8] = { 0 };
	int8_t last_bytes[8];
	size_t whole = n / 8 * 8;

	round_to_bytes(v, whole, c.scale, ret, squares);
	memcpy(last, v + whole, (n - whole) * sizeof *last);
	round_to_bytes(last, 8, c.scale, last_bytes, squares);
	memcpy(ret + whole, last_bytes, n - whole);
	for (size_t lane = 0; lane < 8; lane++)
		for (size_t s = 0; s < 3; s++)
			sums[s] += squares[s][lane];
	c.length = sqrt(sums[0]);
	c.off = sqrt(sums[1]);
	c.bytes_length = sqrt(sums[2]);
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

	return FALLING(x->length, y->length) ?: RISING(x->item, y->item);
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
	t->place[item] = (uint32_t)place;
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
	t->place = room(items->rows * sizeof *t->place);
	for (size_t i = 0; i < t->places; i++)
		t->item[i] = i < items->rows ? (uint32_t)i : TOPK_NONE;
	memcpy(t->place, t->item, items->rows * sizeof *t->place);
	if (way == TOPK_BEST)
		way = has_bytes() ? TOPK_BYTES : TOPK_FLOATS;
	if (way != TOPK_FLOATS)
		fill_bytes(t);
	t->scan = way == TOPK_FLOATS ? scan_floats : way == TOPK_BYTES && has_bytes() ? scan_vnni : scan_bytes;
	*ret = t;
	return NULL;
}

/* ---- what can be among the best ---- */

enum { FEW = 128 };

/* lower: the largest `most` lower bounds so far, the smallest of them first; what is below it is out. They begin with -INFINITY. Few are kept in
 * order, with INFINITY behind them; many are a heap. A candidate's score is its upper bound until it is scored in floats. */
struct best {
	float *lower;
	size_t most;
	struct topk_found *candidates;
	size_t count, room;
};

static void best_begin(struct best *b, size_t most)
{
	*b = (struct best){ .most = most, .room = 4 * most + 1024 };
	b->lower = room((most + 1) * sizeof *b->lower);
	b->candidates = room(b->room * sizeof *b->candidates);
}

static void best_clear(struct best *b)
{
	b->count = 0;
	for (size_t i = 0; i < b->most; i++)
		b->lower[i] = -INFINITY;
	b->lower[b->most] = INFINITY;
}

static void best_end(struct best *b)
{
	free(b->lower);
	free(b->candidates);
}

static float threshold(const struct best *b) { return b->lower[0]; }

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

/* value in its place, the first is dropped: without a branch that could be guessed wrong. */
EACH_WIDTH static void insert(float *sorted, size_t count, float value)
{
	for (size_t i = 0; i < count; i++) {
		float at_least = sorted[i] > value ? sorted[i] : value;

		sorted[i] = sorted[i + 1] < at_least ? sorted[i + 1] : at_least;
	}
}

static void push_lower(struct best *b, float value)
{
	if (!(value > b->lower[0]))
		return;
	if (b->most <= FEW)
		insert(b->lower, b->most, value);
	else
		sift_down(b->lower, b->most, value);
}

static void drop_out(struct best *b)
{
	float least = threshold(b);
	size_t kept = 0;

	for (size_t i = 0; i < b->count; i++)
		if (b->candidates[i].score >= least)
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

static void add_candidate(struct best *b, struct topk_found candidate)
{
	if (b->count == b->room)
		make_room(b);
	b->candidates[b->count++] = candidate;
}

/* ---- what is left out ---- */

/* Of what is left out by a list, place % LISTED: with few items that says it all, with more it spares most searches. */
struct listed {
	struct topk_without without;
	bool exact;
	uint64_t bits[LISTED / 64];
};

static void listed_of(const struct topk *t, const struct topk_without *without, struct listed *ret)
{
	size_t words = t->places / AT_ONCE;

	ret->without = without ? *without : (struct topk_without){ 0 };
	ret->exact = t->places <= LISTED;
	memset(ret->bits, 0, (words < LISTED / 64 ? words : LISTED / 64) * sizeof *ret->bits);
	for (size_t i = 0; i < ret->without.count; i++) {
		uint32_t place = t->place[without->list[i]];

		ret->bits[place % LISTED / 64] |= (uint64_t)1 << place % 64;
	}
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

static bool is_out(const struct listed *l, uint32_t item, bool is_suspect)
{
	const struct topk_without *w = &l->without;

	return (w->bits && w->bits[item / 64] >> item % 64 & 1) || (is_suspect && (l->exact || in_list(w, item)));
}

/* ---- one search, or several side by side ---- */

struct search {
	struct query query;
	struct listed listed;
	struct best best;
};

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

/* false: x is not finite, or too large. */
static bool search_begin(const struct topk *t, const float *x, const struct topk_without *without, struct search *s)
{
	if (!query_of(t, x, &s->query))
		return false;
	listed_of(t, without, &s->listed);
	best_clear(&s->best);
	return true;
}

/* What products of very small numbers may lose. */
static const float smallest = 1e-36f;

/* What bytes may be off by, where items are off by that and so long. */
static float bound(const struct query *q, float off, float length) { return (q->length * off + q->off * length) * (1 + 1e-5f) + smallest; }

static void consider(const struct topk *t, struct search *s, size_t place, float score)
{
	float off = t->bytes ? bound(&s->query, t->off[place], t->length[place]) : 0;

	if (score + off < threshold(&s->best))
		return;
	add_candidate(&s->best, (struct topk_found){ t->item[place], score + off });
	push_lower(&s->best, score - off);
}

/* The last items are filled up with what is none. */
static uint64_t are_items(const struct topk *t, size_t at)
{
	return t->items->rows - at < AT_ONCE ? ((uint64_t)1 << (t->items->rows - at)) - 1 : ~(uint64_t)0;
}

static void consider_found(const struct topk *t, struct search *s, const struct look *l, size_t at)
{
	uint64_t suspects = s->listed.bits[at % LISTED / 64], found = l->found & are_items(t, at);

	if (s->listed.exact)
		found &= ~suspects;
	for (; found; found &= found - 1) {
		size_t i = (size_t)__builtin_ctzll(found);

		if (!is_out(&s->listed, t->item[at + i], suspects >> i & 1))
			consider(t, s, at + i, l->scores[i]);
	}
}

/* The least score by bytes that is looked at there; infinite: no item from there on is among the best. */
static float least_at(const struct topk *t, const struct search *s, size_t at)
{
	const struct query *q = &s->query;
	size_t block = at / AT_ONCE;
	float least = threshold(&s->best);

	if (!t->bytes)
		return least;
	if (bound(q, t->reach[block], 0) < least)
		return INFINITY;
	return least - bound(q, t->most_off[block], t->most_length[block]) - fabsf(least) * 1e-6f;
}

/* What each of the searches finds at place `at`; those that are at their end are dropped. Returns how many are left. */
static size_t scan_place(const struct topk *t, struct search **s, size_t count, size_t at)
{
	struct look looks[TOGETHER];
	size_t left = 0;

	for (size_t i = 0, begun = 0; i < count; i++) {
		float least = least_at(t, s[i], at);

		if (least < INFINITY) {
			looks[left - begun].q = &s[i]->query;
			looks[left - begun].least = least;
			s[left++] = s[i];
		}
		if (left - begun == TOGETHER || (i == count - 1 && left > begun)) {
			t->scan(t, looks, left - begun, at);
			for (struct look *l = looks; begun < left; l++, begun++)
				consider_found(t, s[begun], l, at);
		}
	}
	return left;
}

/* Changes the order of s. */
static void scan_places(const struct topk *t, struct search **s, size_t count, size_t from, size_t to)
{
	for (size_t at = from; at < to && count; at += AT_ONCE)
		count = scan_place(t, s, count, at);
}

/* ---- the answer ---- */

static int better_first(const void *a, const void *b)
{
	const struct topk_found *x = a, *y = b;

	return FALLING(x->score, y->score) ?: RISING(x->item, y->item);
}

/* A number that is the larger the better a candidate is. No two are alike. */
static uint64_t worth(struct topk_found f)
{
	float score = f.score + 0.0f; /* no -0 */
	uint32_t bits;

	memcpy(&bits, &score, sizeof bits);
	bits = bits >> 31 ? ~bits : bits | (uint32_t)1 << 31;
	return (uint64_t)bits << 32 | (uint32_t)~f.item;
}

/* How many of the first `count` are better than each, which is its place. */
EACH_WIDTH static void places_of(const uint64_t *restrict worths, size_t count, uint64_t *restrict ret)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t better = 0;

		for (size_t j = 0; j < count; j++)
			better += worths[j] > worths[i];
		ret[i] = better;
	}
}

/* The best `most` of a few, by counting: without a branch that could be guessed wrong. */
static void sort_few(const struct topk_found *from, size_t count, size_t most, struct topk_found *ret)
{
	uint64_t worths[FEW] = { 0 }, places[FEW];

	for (size_t i = 0; i < count; i++)
		worths[i] = worth(from[i]);
	places_of(worths, count, places);
	for (size_t i = 0; i < count; i++)
		if (places[i] < most)
			ret[places[i]] = from[i];
}

/* Candidates scored in floats; the best of them. */
static size_t answer(const struct topk *t, struct search *s, struct topk_found *ret)
{
	struct best *b = &s->best;
	size_t count;

	drop_out(b);
	count = b->count < b->most ? b->count : b->most;
	for (struct topk_found *c = b->candidates; c < b->candidates + b->count; c++)
		c->score = dense_dot(dense_row(t->items, c->item), s->query.x, t->items->columns);
	if (b->count <= FEW) {
		sort_few(b->candidates, b->count, count, ret);
		return count;
	}
	qsort(b->candidates, b->count, sizeof *b->candidates, better_first);
	memcpy(ret, b->candidates, count * sizeof *ret);
	return count;
}

struct finding {
	const struct topk *t;
	struct search *parts;
};

static void find_part(void *self, size_t part, size_t thread)
{
	struct finding *f = self;
	struct search *s = &f->parts[part];
	size_t from = part * PART_ITEMS, to = from + PART_ITEMS;

	(void)thread;
	scan_places(f->t, &s, 1, from, to < f->t->places ? to : f->t->places);
}

/* Each part finds its own candidates; their bounds together say which can be among the best. */
static void find_in_parts(const struct topk *t, struct threads *threads, struct search *all)
{
	size_t count = (t->places + PART_ITEMS - 1) / PART_ITEMS;
	struct search *parts = room(count * sizeof *parts);

	for (size_t part = 0; part < count; part++) {
		parts[part] = *all;
		best_begin(&parts[part].best, all->best.most);
		best_clear(&parts[part].best);
	}
	threads_each(threads, count, find_part, &(struct finding){ t, parts });
	for (size_t part = 0; part < count; part++) {
		struct best *b = &parts[part].best;

		for (size_t i = 0; i < b->most; i++)
			push_lower(&all->best, b->lower[i]);
		for (size_t i = 0; i < b->count; i++)
			add_candidate(&all->best, b->candidates[i]);
		best_end(b);
	}
	free(parts);
}

size_t topk_find(const struct topk *t, struct threads *threads, const float *x, const struct topk_without *without, size_t most, struct topk_found *ret)
{
	struct search s, *all = &s;
	size_t count = 0;

	assert(most <= TOPK_MOST);
	if (most == 0)
		return 0;
	best_begin(&s.best, most);
	if (search_begin(t, x, without, &s)) {
		if (threads && threads_count(threads) > 1 && t->places > PART_ITEMS)
			find_in_parts(t, threads, &s);
		else
			scan_places(t, &all, 1, 0, t->places);
		count = answer(t, &s, ret);
	}
	best_end(&s.best);
	return count;
}

/* ---- for everybody ---- */

struct everybody {
	const struct topk *t;
	const struct dense *x;
	const struct sparse *had;
	size_t most;
	struct topk_found *ret;
	struct search *searches; /* (threads, USERS_A_PART) */
};

static bool begin_for(const struct everybody *e, uint32_t user, struct search *s)
{
	struct topk_without without = { 0 };

	if (e->had)
		without = (struct topk_without){ .list = sparse_row(e->had, user), .count = sparse_length(e->had, user) };
	return search_begin(e->t, dense_row(e->x, user), &without, s);
}

/* Items pass by once for all users of a part. */
static void users_part(void *self, size_t part, size_t thread)
{
	const struct everybody *e = self;
	struct search *all = e->searches + thread * USERS_A_PART, *searching[USERS_A_PART];
	size_t from = part * USERS_A_PART, left = e->x->rows - from, users = left < USERS_A_PART ? left : USERS_A_PART, count = 0;
	bool begun[USERS_A_PART];

	for (size_t u = 0; u < users; u++)
		if ((begun[u] = begin_for(e, (uint32_t)(from + u), &all[u])))
			searching[count++] = &all[u];
	scan_places(e->t, searching, count, 0, e->t->places);
	for (size_t u = 0; u < users; u++) {
		struct topk_found *ret = e->ret + (from + u) * e->most;

		for (size_t i = begun[u] ? answer(e->t, &all[u], ret) : 0; i < e->most; i++)
			ret[i] = (struct topk_found){ TOPK_NONE, -INFINITY };
	}
}

void topk_all(const struct topk *t, struct threads *threads, const struct dense *x, const struct sparse *had, size_t most, struct topk_found *ret)
{
	size_t searches = threads_count(threads) * USERS_A_PART;
	struct everybody e = { t, x, had, most, ret, NULL };

	assert(!had || (had->rows == x->rows && had->columns <= t->items->rows));
	assert(most <= TOPK_MOST);
	if (most == 0)
		return;
	e.searches = room(searches * sizeof *e.searches);
	for (size_t i = 0; i < searches; i++)
		best_begin(&e.searches[i].best, most);
	threads_each(threads, (x->rows + USERS_A_PART - 1) / USERS_A_PART, users_part, &e);
	for (size_t i = 0; i < searches; i++)
		best_end(&e.searches[i].best);
	free(e.searches);
}
