/* bins.h - the train rows of a frame with each value as one of at most 255 bins of its column: a bin for each value where they are few,
 * bins of like numbers of rows otherwise. A hole is BIN_HOLE. For this room only. */
#ifndef MINE_BINS_H
#define MINE_BINS_H

#include "mine/frame.h"
#include "num/threads.h"

enum { BINS_MAX = 255, BIN_HOLE = 255, BINS_SAMPLE = 200000 /* rows that edges are taken from */ };

struct bin_column {
	unsigned count;
	bool holes;
	double edge[BINS_MAX];                  /* bin k has the values above edge[k - 1] up to edge[k] */
	double least[BINS_MAX], most[BINS_MAX]; /* values of the train rows in it */
};

struct bins {
	size_t rows, columns;
	uint8_t *code;  /* column by column */
	uint8_t *label; /* (rows) */
	struct bin_column *column;
};

/* In the arena, large arrays beside its ceiling. tree_value: infinite; frame_few, frame_one_class. */
problem bins_make(struct arena *arena, const struct frame *f, struct threads *threads, struct bins *ret) MUST;

/* Between a and b, a < b: at least a, below b. */
static inline double bins_between(double a, double b)
{
	double middle = a / 2 + b / 2;

	return middle >= a && middle < b ? middle : a;
}

/* Are the rows to learn from fit for trees? *rows: how many. */
problem bins_check(const struct frame *f, size_t *rows) MUST;

/* Upwards, by their bits: eight passes, those left out in which all have the same byte. No NaN. */
void bins_sort(double *at, size_t count);

#endif
