/* device_store.c - SQL of the browsers that an account knows. */
#include "account/device.h"

bool device__touch(struct tx *tx, struct user_id user, struct text mark)
{
	return run_count(tx, "update known_device set seen_ms = $3 where user_id = $1 and mark = $2", V(user.v, mark, tx_now_ms(tx))) == 1;
}

bool device__any(struct tx *tx, struct user_id user)
{
	return read_int(tx, 0, "select 1 from known_device where user_id = $1 limit 1", V(user.v)) == 1;
}

void device__add(struct tx *tx, struct user_id user, struct text mark)
{
	run(tx, "delete from known_device where user_id = $1 and (seen_ms < $2 or mark in (select mark from known_device where user_id = $1"
	        " order by seen_ms desc, mark limit 1000 offset $3))",
	    V(user.v, tx_now_ms(tx) - DEVICE_MS, DEVICES_KEPT - 1));
	run(tx, "insert into known_device (user_id, mark, seen_ms) values ($1, $2, $3) on conflict (user_id, mark) do nothing", V(user.v, mark, tx_now_ms(tx)));
}

void device__set(struct tx *tx, int64_t session, struct text mark)
{
	run(tx, "update session set device = $1 where id = $2", V(mark, session));
}

void device__forget(struct tx *tx, struct user_id user, int64_t session)
{
	run(tx, "delete from known_device where user_id = $1 and mark in (select device from session where id = $2 and user_id = $1 and device is not null)",
	    V(user.v, session));
}

void device__forget_others(struct tx *tx, struct user_id user, int64_t session)
{
	run(tx, "delete from known_device where user_id = $1 and mark <> coalesce((select device from session where id = $2 and user_id = $1), '')", V(user.v, session));
}
