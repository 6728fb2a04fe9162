/* rank.h - which documents fit a plan, how well, and in what order. */
#ifndef SEARCH_RANK_H
#define SEARCH_RANK_H

#include "search/query.h"

/* Filters, as numbers of this view. */
struct filter {
	unsigned kind;     /* 0: any */
	const uint64_t *categories; /* a bit for each number; NULL: any */
	uint64_t author;   /* term, 0: any */
	uint32_t price_least, price_most;
};

struct candidate {
	double major, minor; /* larger first; then the larger id */
	float score;
	int64_t id;
	uint32_t doc;
	uint16_t part;
};

struct matches {
	struct candidate *best; /* a heap while it is filled, then in order */
	size_t count, most;
	enum index_sort sort;
	float cover; /* the best of all that reach the least, filters aside; 0: none does */
	size_t total;
	int64_t kinds[INDEX_KINDS], free;
	int64_t *categories; /* by number */
};

/* Fills *ret, whose best, most, sort and categories (zeroed) are given. A plan without slots is matched by all. */
void rank_run(const struct view *view, struct scratch **scratch, const struct plan *plan, const struct filter *filter,
	      struct matches *ret);
/* Puts the best in order. By relevance, the titles of the first RERANK_MAX are compared with the query, as far as that
 * can change who stands on the first `places`. */
enum { RERANK_MAX = 100 };
void rank_order(const struct view *view, const struct plan *plan, size_t places, struct matches *matches);

#endif
