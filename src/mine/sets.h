/* sets.h - which items are often bought together: frequent itemsets, the closed ones (no larger set has the same support) and the
 * maximal ones (no larger set is frequent). Exact: every set, none twice. Source: Zaki, IEEE TKDE 12 (2000), sets of baskets met
 * with each other, depth first; closed ones by Uno et al., LCM (FIMI 2004); Borgelt, WIREs Data Mining 2 (2012).
 *
 * A set's support is the number of baskets that have all of it. The empty set is not told. */
#ifndef MINE_SETS_H
#define MINE_SETS_H

#include "mine/baskets.h"

enum { SET_SIZE_MAX = 1024 };
enum { SETS_MEMORY = 1 << 30 };
static const uint64_t SETS_MAX = (uint64_t)1 << 36;

extern const struct problem sets_unfit;  /* 422: a support of 0, or shortest above longest */
extern const struct problem sets_many;   /* 422: more sets than asked for at most */
extern const struct problem sets_long;   /* 422: a set of more than SET_SIZE_MAX items */
extern const struct problem sets_memory; /* 422: more memory than asked for at most */

enum set_kind { FREQUENT_SETS, CLOSED_SETS, MAXIMAL_SETS };

struct sets_options {
	enum set_kind kind;
	uint32_t support;          /* in at least so many baskets, at least 1 */
	size_t shortest, longest;  /* only sets of so many items; 0: of any. What is closed or maximal does not depend on it */
	uint64_t most;             /* sets; 0: SETS_MAX */
	size_t memory;             /* bytes beside the baskets; 0: SETS_MEMORY */
};

struct item_set {
	const uint32_t *items; /* upwards */
	size_t size;
	uint32_t support;
};

/* Called for each set, in an order that follows from the baskets; a problem ends the search and is what it answers. */
typedef problem sets_found(void *self, const struct item_set *set);

struct sets_summary {
	uint64_t count, supports;             /* sets, and the sum of their supports */
	uint64_t by_size[SET_SIZE_MAX + 1];
	size_t longest;
};

/* found NULL: they are only counted, which is quicker. On a problem ret has what was found before. */
problem sets_mine(const struct baskets *baskets, const struct sets_options *options, sets_found *found, void *self, struct sets_summary *ret) MUST;

#endif
