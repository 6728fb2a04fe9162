/* app_store.c - SQL of what only the program as a whole keeps. */
#include "app/app_room.h"

bool app__count_once(struct tx *tx, int64_t purchase)
{
	return run_count(tx, "insert into counted_sale (purchase_id) values ($1) on conflict (purchase_id) do nothing", V(purchase)) == 1;
}

const char *app__site_mode(struct tx *tx)
{
	static const char *const modes[] = { NULL, "sandbox", "production" };

	return modes[read_int(tx, 0, "select case mode when 'sandbox' then 1 else 2 end from site where id = 1", V0)];
}

void app__begin_site(struct tx *tx, const char *mode)
{
	run(tx, "insert into site (id, mode, begun_ms) values (1, $1, $2) on conflict (id) do nothing", V(mode, tx_now_ms(tx)));
}
