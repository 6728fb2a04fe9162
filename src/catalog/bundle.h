/* bundle.h - several works of one creator that are sold together, in his order and at one price. What is in a bundle stands in the work
 * itself and holds at once, as its price does; it has no lessons and no editions of its own. An order keeps what it opens. */
#ifndef CATALOG_BUNDLE_H
#define CATALOG_BUNDLE_H

#include "catalog/catalog.h"

enum { BUNDLE_LEAST = 2, BUNDLE_MOST = 50 };

extern const struct problem bundle_too_small; /* 409: fewer than BUNDLE_LEAST works of it are on offer */

/* What whoever gets this work can then open, in order: the work itself, or the works of a bundle, never none. ON_SALE: those that
 * anybody may buy now and that are still its own creator's, who gets the money; else all that were ever published and not taken off by a moderator. */
enum opens { OPENS_HELD = 1, OPENS_ON_SALE };
MUST problem work_opens(struct tx *tx, const struct work_card *card, enum opens which, struct work_card **ret, size_t *ret_count);

#endif
