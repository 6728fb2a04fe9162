/* baskets.c - rows are sorted by basket by counting, so that a file in any order takes linear time. */
#include "mine/baskets.h"

#include <assert.h>
#include <stdlib.h>

const struct problem baskets_word = { 422, "baskets-word", "A line has something that is no item number from 0 to 4294967294." };
const struct problem baskets_large = { 413, "baskets-large", "There are more baskets, items or lines than allowed: 134 million." };

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* ---- from rows ---- */

/* Sorts [from, from + n) and leaves each once; how many are left. */
static size_t sort_once(uint32_t *from, size_t n)
{
	size_t kept = 0, sorted = 1;

	while (sorted < n && from[sorted - 1] <= from[sorted])
		sorted++;
	if (sorted < n) /* files mostly have them in order */
		qsort(from, n, sizeof *from, by_number);
	for (size_t i = 0; i < n; i++) {
		if (!kept || from[kept - 1] != from[i])
			from[kept++] = from[i];
	}
	return kept;
}

problem baskets_of(struct arena *arena, const struct basket_rows *rows, struct baskets *ret)
{
	size_t *start, *next, kept = 0;
	uint32_t *item;

	if (rows->rows > BASKETS_MAX || rows->count > BASKETS_MAX || rows->items > BASKETS_MAX)
		return &baskets_large;
	start = ARENA_ARRAY(arena, size_t, rows->count + 1);
	next = ARENA_ARRAY(arena, size_t, rows->count + 1);
	item = ARENA_ARRAY(arena, uint32_t, rows->rows + 1);
	for (size_t i = 0; i < rows->rows; i++) {
		assert(rows->basket[i] < rows->count && rows->item[i] < rows->items);
		next[rows->basket[i] + 1]++;
	}
	for (size_t b = 0; b < rows->count; b++)
		next[b + 1] += next[b];
	for (size_t i = 0; i < rows->rows; i++)
		item[next[rows->basket[i]]++] = rows->item[i];
	for (size_t b = 0, from = 0; b < rows->count; b++) { /* next[b] is the end of b now */
		size_t n = sort_once(item + from, next[b] - from);

		memmove(item + kept, item + from, n * sizeof *item);
		from = next[b];
		kept += n;
		start[b + 1] = kept;
	}
	*ret = (struct baskets){ rows->count, rows->items, start, item, rows->rows - kept };
	return NULL;
}

/* ---- from lines of numbers ---- */

/* The next number of the line into *ret; false at its end or, with *bad, at a word that is none. */
static bool next_number(struct text *line, uint32_t *ret, bool *bad)
{
	uint64_t n = 0;
	size_t i = 0, digits = 0;

	while (i < line->length && (line->at[i] == ' ' || line->at[i] == '\t' || line->at[i] == '\r'))
		i++;
	for (; i < line->length && line->at[i] >= '0' && line->at[i] <= '9' && digits < 12; i++, digits++)
		n = n * 10 + (uint64_t)(line->at[i] - '0');
	*bad = (i < line->length && line->at[i] != ' ' && line->at[i] != '\t' && line->at[i] != '\r') || n >= UINT32_MAX;
	*ret = (uint32_t)n;
	*line = text_from(*line, i);
	return digits > 0 && !*bad;
}

static size_t count_words(struct text bytes)
{
	size_t words = 0;
	bool within = false;

	for (size_t i = 0; i < bytes.length; i++) {
		bool is_digit = bytes.at[i] >= '0' && bytes.at[i] <= '9';

		words += is_digit && !within;
		within = is_digit;
	}
	return words;
}

/* Different numbers in the order they came, found by hashing; the table grows with them, since they are few. */
struct numbering {
	uint32_t *number; /* (count) */
	uint32_t *slot;   /* (slots) place of a number, from 1; 0: none */
	size_t slots, count;
};

static size_t slot_of(const struct numbering *n, uint32_t wanted)
{
	size_t at = (wanted * 0x9E3779B97F4A7C15u >> 32) & (n->slots - 1);

	while (n->slot[at] && n->number[n->slot[at] - 1] != wanted)
		at = (at + 1) & (n->slots - 1);
	return at;
}

static void grow(struct arena *arena, struct numbering *n)
{
	n->slots *= 2;
	n->slot = ARENA_ARRAY(arena, uint32_t, n->slots);
	for (size_t i = 0; i < n->count; i++)
		n->slot[slot_of(n, n->number[i])] = (uint32_t)i + 1;
}

static uint32_t place_of(struct arena *arena, struct numbering *n, uint32_t number)
{
	size_t at = slot_of(n, number);

	if (n->slot[at])
		return n->slot[at] - 1;
	n->number[n->count++] = number;
	n->slot[at] = (uint32_t)n->count;
	if (2 * n->count > n->slots)
		grow(arena, n);
	return (uint32_t)n->count - 1;
}

/* Numbers as places among the different ones, upwards */
static size_t places_of(struct arena *arena, uint32_t *item, size_t rows, const uint32_t **numbers)
{
	struct numbering n = { ARENA_ARRAY(arena, uint32_t, rows + 1), NULL, 512, 0 };
	uint32_t *sorted, *place;

	grow(arena, &n);
	for (size_t i = 0; i < rows; i++)
		item[i] = place_of(arena, &n, item[i]);
	sorted = ARENA_ARRAY(arena, uint32_t, n.count + 1);
	place = ARENA_ARRAY(arena, uint32_t, n.count + 1);
	for (size_t i = 0; i < n.count; i++)
		sorted[i] = n.number[i];
	qsort(sorted, n.count, sizeof *sorted, by_number);
	for (size_t k = 0; k < n.count; k++)
		place[n.slot[slot_of(&n, sorted[k])] - 1] = (uint32_t)k;
	for (size_t i = 0; i < rows; i++)
		item[i] = place[item[i]];
	*numbers = sorted;
	return n.count;
}

problem baskets_read(struct arena *arena, struct text bytes, struct baskets *ret, const uint32_t **numbers, size_t *line)
{
	size_t most = count_words(bytes), rows = 0, lines = 0;
	uint32_t *basket, *item;

	bytes = text_without_mark(bytes);
	if (most > BASKETS_MAX || bytes.length > (size_t)8 * BASKETS_MAX)
		return &baskets_large;
	basket = ARENA_ARRAY(arena, uint32_t, most + 1);
	item = ARENA_ARRAY(arena, uint32_t, most + 1);
	while (bytes.at && bytes.length) {
		struct text one = text_cut(&bytes, '\n');
		bool bad;

		if (lines == BASKETS_MAX)
			return &baskets_large;
		for (uint32_t number; next_number(&one, &number, &bad);) {
			basket[rows] = (uint32_t)lines;
			item[rows++] = number;
		}
		*line = ++lines;
		if (bad)
			return &baskets_word;
	}
	const struct basket_rows all = { basket, item, rows, lines, places_of(arena, item, rows, numbers) };
	return baskets_of(arena, &all, ret);
}
