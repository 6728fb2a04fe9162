/* ease.h - EASE (Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019): the item-to-item weights, 0 on the diagonal,
 * that give back who had what with the least squared error and lambda times their squares. In closed form: with P the inverse of
 * X'X + lambda I, link_ij = -P_ij / P_jj. */
#ifndef REC_EASE_H
#define REC_EASE_H

#include "num/progress.h"
#include "num/threads.h"
#include "rec/item_model.h"

enum { EASE_ITEMS_MAX = 30000, EASE_KEEP = 200 };

extern const struct problem ease_large;  /* 413: more items, or a matrix for which there is no memory */
extern const struct problem ease_unfit;  /* 422: lambda is not above 0 */
extern const struct problem ease_broken; /* 422: lambda is so small that links would be what rounding leaves, or a weight is no number */

/* That X'X is inverted in. EASE_BY_SIZE: floats from 5,000 items on; and those only where lambda keeps them harmless, doubles else. */
enum ease_numbers { EASE_BY_SIZE, EASE_DOUBLES, EASE_FLOATS };

struct ease_options {
	double lambda;  /* the more, the more cautious: hundreds for dense sets, tens for sparse ones */
	uint32_t keep;  /* links to each item that are kept: EASE_KEEP; 0: all, for sets of which the matrix may stay */
	/* Things that are known of items count like users who had them: (features, items), weights the strength of each. NULL: none */
	const struct sparse *features;
	enum ease_numbers numbers;
};

/* That fitting the log, or a part of it, wants, about: of floats only where these are taken for all parts of it. */
size_t ease_bytes(const struct interactions *m, const struct ease_options *options);

/* x (users, items) */
MUST problem ease_fit(struct threads *threads, const struct sparse *x, const struct ease_options *options, struct progress *progress,
                      struct item_model *ret);

#endif
