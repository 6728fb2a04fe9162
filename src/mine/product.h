/* product.h - what purchases tell of customers: how recently, how often and for how much they bought, which of them come back, how
 * unequal they are; and what must be left out of a shop's lines before anything is said of them. */
#ifndef MINE_PRODUCT_H
#define MINE_PRODUCT_H

#include "base/arena.h"
#include "base/problem.h"

extern const struct problem product_unfit; /* 422: nothing to tell of, or an amount or day that is none */
extern const struct problem product_long;  /* 422: more than RETENTION_PERIODS_MAX periods */

/* Days since 1970-01-01 of 1997-01-31, 19970131 or 1997-01-31T10:00..., from year 1900 to 9999 */
bool product_day(struct text date, int32_t *ret);
int32_t product_month(int32_t day); /* months since January 1970 */
void product_date_of(int32_t day, char ret[16]); /* "1997-01-31" */

/* One row a purchase. */
struct purchases {
	size_t rows, customers;
	const uint32_t *customer; /* below customers */
	const int32_t *day;
	const double *amount;     /* NULL: none is known; finite */
};

/* ---- recency, frequency, monetary value (Hughes, Strategic Database Marketing, 1994) ---- */

struct rfm {
	int32_t recency;      /* days since the last purchase; -1: there is none */
	uint32_t frequency;   /* purchases */
	double monetary;      /* their sum */
	unsigned char r, f, m; /* fifths, 5 the best; 0: no purchase; m is f where no amounts are known */
};

/* as_of: the day of which it is told; later purchases are not seen. Fifths are by rank: a fifth of the customers in each, equal ones in
 * that of their middle. ret: (customers) */
problem rfm_of(struct arena *arena, const struct purchases *p, int32_t as_of, struct rfm *ret) MUST;
/* "champions", "loyal", "new", "promising", "at risk", "cannot lose", "hibernating", "lost", ...: a name for a shop's reader, by R and the
 * mean of F and M */
const char *rfm_segment(const struct rfm *r);

/* Half the mean difference of two, by their mean: 0 all alike, near 1 one has all. Values at least 0, with a sum above 0. */
problem gini(struct arena *arena, const double *x, size_t n, double *ret) MUST;

/* ---- who comes back ---- */

struct retention {
	size_t cohorts, periods; /* both from the first period on */
	int32_t first;           /* the first period, as given */
	const uint32_t *active;  /* (cohorts, periods) customers of a cohort with a purchase in a period; on the diagonal all of it */
};

enum { RETENTION_PERIODS_MAX = 1000 };
/* period: (rows) of each purchase, such as product_month. A customer's cohort is the period of the first. */
problem retention_of(struct arena *arena, const struct purchases *p, const int32_t *period, struct retention *ret) MUST;

/* ---- a shop's lines, cleaned ---- */

/* (rows) each; texts are compared by their bytes, blanks at the ends of a description left out */
struct sale_lines {
	size_t rows;
	const struct text *description, *time, *customer, *country; /* an empty one is missing */
	const double *quantity, *price;
};

struct sale_report {
	size_t rows, no_customer, no_description, no_quantity, no_price; /* the last two: not above 0 */
	size_t repeated;       /* all six fields as in a line before */
	size_t clean, clean_once; /* with all of them; repeated ones left out */
	double revenue, revenue_once;
	size_t customers, items, baskets, in_baskets; /* of clean lines; a basket is a customer at one time, an item is there once */
};

/* kind: (rows) may be NULL; a repeated line is clean but for that */
enum sale_kind { SALE_UNFIT, SALE_CLEAN, SALE_REPEATED };
problem sales_clean(struct arena *arena, const struct sale_lines *lines, enum sale_kind *kind, struct sale_report *ret) MUST;

#endif
