/* baskets.h - what was bought together, as arrays: baskets of items, each item once. */
#ifndef MINE_BASKETS_H
#define MINE_BASKETS_H

#include "base/arena.h"
#include "base/problem.h"

enum { BASKETS_MAX = 1 << 27 };

extern const struct problem baskets_word;  /* 422: place.line: a word that is no item number */
extern const struct problem baskets_large; /* 413 */

struct baskets {
	size_t count, items;    /* baskets, empty ones too; different items */
	const size_t *start;    /* (count + 1) where each begins in item */
	const uint32_t *item;   /* places below items, upwards within a basket */
	size_t repeated;        /* how often an item was in a basket that had it already; left out */
};

/* A basket a line, of item numbers with blanks between; an empty line is an empty basket; the mark of UTF-8 may stand before all. numbers:
 * (items) what the file calls each, upwards. The arena holds some 48 bytes for each number. */
problem baskets_read(struct arena *arena, struct text bytes, struct baskets *ret, const uint32_t **numbers, size_t *line) MUST;

/* Row by row, which item is in which basket: basket[i] < count, item[i] < items. */
struct basket_rows {
	const uint32_t *basket, *item;
	size_t rows, count, items;
};
problem baskets_of(struct arena *arena, const struct basket_rows *rows, struct baskets *ret) MUST;

#endif
