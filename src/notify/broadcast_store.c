/* broadcast_store.c - SQL of what is told to many. */
#include "notify/broadcast_room.h"

static const struct shape broadcast_row = SHAPE_AS("broadcast_row", broadcast,
	FIELD(broadcast, id,         SHAPE_INT),
	FIELD(broadcast, origin,     SHAPE_INT),
	FIELD(broadcast, kind,       SHAPE_ENUM, .names = notification_kind_names),
	FIELD(broadcast, audience,   SHAPE_ENUM, .names = broadcast_audience_names),
	FIELD(broadcast, state,      SHAPE_ENUM, .names = broadcast_state_names),
	FIELD(broadcast, work,       SHAPE_INT),
	FIELD(broadcast, work_title, SHAPE_TEXT),
	FIELD(broadcast, title,      SHAPE_TEXT),
	FIELD(broadcast, note,       SHAPE_TEXT),
	FIELD(broadcast, url,        SHAPE_TEXT),
	FIELD(broadcast, by,         SHAPE_ID),
	FIELD(broadcast, made_ms,    SHAPE_TIME),
	FIELD(broadcast, reached,    SHAPE_INT),
	FIELD(broadcast, people,     SHAPE_INT),
	FIELD(broadcast, told,       SHAPE_INT));

#define COLUMNS "id, origin, kind, audience, state, work_id, work_title, title, note, url, by_user, made_ms, reached, people, told"

bool broadcast__insert(struct tx *tx, const struct broadcast *b)
{
	return run_count(tx,
	                 "insert into broadcast (" COLUMNS ") values ($1, $2, $3, $4, 'sending', $5, $6, $7, $8, $9, $10, $11, 0, $12, 0)"
	                 " on conflict (kind, origin) do nothing",
	                 V(b->id, b->origin, notification_kind_names[b->kind], broadcast_audience_names[b->audience], b->work, b->work_title, b->title, b->note, b->url,
	                   b->by.v, tx_now_ms(tx), b->people)) == 1;
}

problem broadcast__by_id(struct tx *tx, int64_t id, struct broadcast *ret)
{
	return read_one(tx, &announcement_missing, &broadcast_row, ret, "select " COLUMNS " from broadcast where id = $1", V(id));
}

problem broadcast__announced(struct tx *tx, struct broadcast **ret, size_t *ret_count)
{
	return read_all(tx, &broadcast_row, ANNOUNCEMENTS_SHOWN, (void **)ret, ret_count,
	                "select " COLUMNS " from broadcast where kind = 'announced' order by made_ms desc, id desc limit $1", V(ANNOUNCEMENTS_SHOWN));
}

int64_t broadcast__announced_since(struct tx *tx, int64_t since_ms)
{
	return read_int(tx, 0, "select count(*) from broadcast where kind = 'announced' and made_ms > $1", V(since_ms));
}

bool broadcast__is_twice(struct tx *tx, const struct broadcast *b, int64_t since_ms)
{
	return read_int(tx, 0,
	                "select 1 from broadcast where kind = 'announced' and made_ms > $1 and audience = $2 and work_id = $3 and title = $4 and note = $5"
	                " and state <> 'withdrawn' limit 1",
	                V(since_ms, broadcast_audience_names[b->audience], b->work, b->title, b->note)) == 1;
}

bool broadcast__move(struct tx *tx, const struct broadcast *b, int64_t reached, int64_t told)
{
	return run_count(tx, "update broadcast set reached = $1, told = told + $2 where id = $3 and reached = $4 and state = 'sending'",
	                 V(reached, told, b->id, b->reached)) == 1;
}

void broadcast__end(struct tx *tx, int64_t id)
{
	run(tx, "update broadcast set state = 'sent' where id = $1 and state = 'sending'", V(id));
}

bool broadcast__withdraw(struct tx *tx, int64_t id)
{
	return run_count(tx, "update broadcast set state = 'withdrawn' where id = $1 and state <> 'withdrawn'", V(id)) == 1;
}
