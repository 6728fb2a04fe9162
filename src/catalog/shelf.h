/* shelf.h - how the owner lays the works out: picks, which are works by hand in named slots of the home page, and the tree of
 * categories. Between the files of this room only; what other rooms may ask stands in catalog.h. */
#ifndef CATALOG_SHELF_H
#define CATALOG_SHELF_H

#include "catalog/catalog_room.h"
#include "site/shop.h"

enum { PICKS_MAX = 12, CATEGORIES_MAX = 500, CATEGORY_NAMES_MAX = 1000, CATEGORY_NAME_MAX = 60 };

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

/* ---- categories: two levels, each in the owner's order ---- */

extern const struct problem category_missing;    /* 404 */
extern const struct problem category_name_taken; /* 409 */
extern const struct problem category_too_deep;   /* 409: what has children of its own cannot be a child */
extern const struct problem category_in_use;     /* 409: it has works or children */
extern const struct problem categories_full;     /* 409 */

struct category {
	struct category_id id, parent; /* parent 0: of the first level */
	struct text slug, name, name_en;
	bool hidden;
	int64_t works, count;      /* of its own: in any state; published */
};
/* All of them, parents before their children, both in order. */
MUST problem category__all(struct tx *tx, struct category **ret, size_t *ret_count);
MUST problem category__load(struct tx *tx, struct category_id id, struct category *ret);
/* Itself and its children; by its slug or one that was merged into it. None: there is no such category. */
MUST problem category__scope(struct tx *tx, struct text slug, struct category_id **ret, size_t *ret_count);
/* By any of its names, its slug, or a slug that was merged into it; 0: none. */
struct category_id category__find(struct tx *tx, struct text name);
struct category_id category__add(struct tx *tx, struct text name, struct text name_en, struct category_id parent); /* at the end */
int64_t category__children(struct tx *tx, struct category_id parent, struct category_id **ret); /* in order */
void category__name(struct tx *tx, struct category_id id, struct text name, struct text name_en);
void category__hide(struct tx *tx, struct category_id id, bool hidden);
void category__put(struct tx *tx, struct category_id id, struct category_id parent, int64_t position);
/* Works, children and slugs of the one go over to the other; the one is gone. */
void category__merge(struct tx *tx, const struct category *from, struct category_id into);
void category__drop(struct tx *tx, struct category_id id);

/* What visitors are shown: no hidden ones, names in the language; an empty English name falls back to the other. */
struct shown_category {
	struct text slug, name, parent; /* parent: a slug; absent: of the first level */
	int64_t count;             /* published works, with those of its children */
};
extern const struct shape shown_category_shape;
MUST problem category__shown(struct tx *tx, struct text language, struct shown_category **ret, size_t *ret_count);

extern const struct route category_routes[];

#endif
