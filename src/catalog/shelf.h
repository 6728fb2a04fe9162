/* shelf.h - how the owner lays the works out: picks, which are works by hand in named slots of the home page. Between the files of
 * this room only; what other rooms may ask stands in catalog.h. */
#ifndef CATALOG_SHELF_H
#define CATALOG_SHELF_H

#include "catalog/catalog_room.h"
#include "site/shop.h"

enum { PICKS_MAX = 12 };

struct pick_slot_value {
	struct both title;         /* empty: the page's own word for the slot */
	struct work_id *works;     /* in the owner's order, whatever became of them */
	size_t work_count;
};
struct picks {
	struct pick_slot_value slots[PICK_SLOT_COUNT];
};
extern const struct setting_group picks_group;

/* Those of the ids that are published, in the order of the ids; at most PICKS_MAX are asked for. */
MUST problem shelf__published(struct tx *tx, const struct work_id *ids, size_t n, struct work_card **ret, size_t *ret_count);
/* Those that there are, in any state, in no order. */
MUST problem shelf__known(struct tx *tx, const struct work_id *ids, size_t n, struct work_card **ret, size_t *ret_count);

extern const struct route picks_routes[];

#endif
