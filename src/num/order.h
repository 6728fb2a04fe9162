/* order.h - what qsort and bsearch are told: numbers upwards, and two things by several numbers, one after the other:
 *
 *	return FALLING(x->score, y->score) ?: RISING(x->item, y->item);
 *
 * Numbers are not NaN. */
#ifndef NUM_ORDER_H
#define NUM_ORDER_H

#include <stdint.h>

#define RISING(a, b)  ((a) < (b) ? -1 : (a) > (b))
#define FALLING(a, b) RISING(b, a)

static inline int order_u32(const void *a, const void *b) { return RISING(*(const uint32_t *)a, *(const uint32_t *)b); }
static inline int order_i64(const void *a, const void *b) { return RISING(*(const int64_t *)a, *(const int64_t *)b); }
static inline int order_f64(const void *a, const void *b) { return RISING(*(const double *)a, *(const double *)b); }

#endif
