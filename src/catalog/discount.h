/* discount.h - between the files of this room only: a price that holds for some days.
 *
 * The price that is struck out beside it is the one that was asked until it began, and cannot be changed while it holds; the lowest
 * of the thirty days before is told where it was lower. It begins and ends by a job, and whoever orders settles it first. */
#ifndef CATALOG_DISCOUNT_H
#define CATALOG_DISCOUNT_H

#include "catalog/catalog_room.h"

struct discount {
	struct money price;
	int64_t from_ms, until_ms;
};
struct discount_view {
	struct money price, ordinary; /* price 0: there is none */
	int64_t from_ms, until_ms;
	bool running;
};
extern const struct problem discount_running; /* 409: the ordinary price stands while it holds */

MUST problem discount__set(struct tx *tx, const struct work_card *card, const struct discount *discount, struct user_id by);
MUST problem discount__end(struct tx *tx, const struct work_card *card, struct user_id by); /* now, or before it began */
MUST problem discount__view(struct tx *tx, const struct work_card *card, struct discount_view *ret);

/* ---- discount_store.c ---- */

bool discount__load(struct tx *tx, struct work_id id, struct discount *ret);
void discount__save(struct tx *tx, struct work_id id, const struct discount *discount);
void discount__remove(struct tx *tx, struct work_id id);
void discount__begin(struct tx *tx, struct work_id id, const struct discount *discount, struct money lowest);
void discount__stop(struct tx *tx, struct work_id id);
struct money discount__lowest_since(struct tx *tx, struct work_id id, int64_t since_ms);

#endif
