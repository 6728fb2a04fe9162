/* app_store.c - SQL of what only the program as a whole keeps. */
#include "app/app_room.h"

bool app__count_once(struct tx *tx, int64_t purchase)
{
	return run_count(tx, "insert into counted_sale (purchase_id) values ($1) on conflict (purchase_id) do nothing", V(purchase)) == 1;
}
