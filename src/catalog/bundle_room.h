/* bundle_room.h - bundles, between the files of this room only. */
#ifndef CATALOG_BUNDLE_ROOM_H
#define CATALOG_BUNDLE_ROOM_H

#include "catalog/bundle.h"
#include "catalog/studio.h"

extern const struct problem bundle_no_lessons;  /* 409 */
extern const struct problem bundle_no_editions; /* 409 */
extern const struct problem bundle_no_access;   /* 409: of its own */

/* What the single works cost together now, and what is saved by buying them in one: 0 if nothing is. */
struct bundle_sum {
	struct money single, saved;
};
struct bundle_sum bundle__sum(const struct work_card *works, size_t n, struct money price);

/* ---- bundle_store.c ---- */

/* 0: all that stand in it, in whatever state. */
MUST problem bundle__items(struct tx *tx, struct work_id bundle, int which, struct work_card **ret, size_t *ret_count);
/* The published ones that this work is sold with, the cheapest first; a few. */
MUST problem bundle__with(struct tx *tx, struct work_id work, struct work_card **ret, size_t *ret_count);
int64_t bundle__count_on_sale(struct tx *tx, struct work_id bundle);
void bundle__write(struct tx *tx, struct work_id bundle, const int64_t *works, size_t n);
/* Something of a work has changed: the bundles that it is in say how many works they sell, and those where that is another number are news. */
MUST problem bundle__recount(struct tx *tx, struct work_id work);

#endif
