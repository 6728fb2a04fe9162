/* share_store.c - SQL of links and visits. */
#include "share/share_room.h"

static const struct shape link_row = SHAPE_AS("share_link_row", link,
	FIELD(link, id,         SHAPE_INT),
	FIELD(link, code,       SHAPE_TEXT),
	FIELD(link, user,       SHAPE_ID, .nullable = true),
	FIELD(link, name,       SHAPE_TEXT, .nullable = true),
	FIELD(link, work,       SHAPE_ID),
	FIELD(link, creator,    SHAPE_ID),
	FIELD(link, created_ms, SHAPE_TIME),
	FIELD(link, visits,     SHAPE_INT));

#define LINK_SELECT                                                                                  \
	"select l.id, l.code, l.user_id, l.name, l.work_id, l.creator_id, l.created_ms,"               \
	" (select coalesce(sum(d.visits), 0) from share_day d where d.link_id = l.id) from share_link l"

problem share__by_code(struct tx *tx, struct text code, struct link *ret)
{
	return read_one(tx, &share_missing, &link_row, ret, LINK_SELECT " where l.code = $1", V(code));
}

problem share__find_own(struct tx *tx, struct user_id user, struct work_id work, struct link *ret)
{
	return read_one(tx, &share_missing, &link_row, ret, LINK_SELECT " where l.user_id = $1 and l.work_id = $2 and l.name is null", V(user.v, work.v));
}

problem share__insert(struct tx *tx, const struct link *link)
{
	run(tx, "insert into share_link (id, code, user_id, name, work_id, creator_id, created_ms) values ($1, $2, $3, $4, $5, $6, $7)",
	    V(link->id, link->code, link->user.v, link->name, link->work.v, link->creator.v, link->created_ms));
	return tx_problem(tx);
}

int64_t share__source_count(struct tx *tx, struct user_id user)
{
	return read_int(tx, 0, "select count(*) from share_link where user_id = $1 and name is not null", V(user.v));
}

/* Those of the days before are no use to anybody any more. */
bool share__see(struct tx *tx, int64_t day, struct text mark)
{
	run(tx, "delete from share_seen where day < $1", V(day));
	return run_count(tx, "insert into share_seen (day, mark) values ($1, $2) on conflict (day, mark) do nothing", V(day, mark)) == 1;
}

void share__add_visit(struct tx *tx, int64_t link, int64_t day)
{
	run(tx,
	    "insert into share_day (link_id, day, visits) values ($1, $2, 1)"
	    " on conflict (link_id, day) do update set visits = share_day.visits + 1",
	    V(link, day));
}

problem share__list(struct tx *tx, const struct share_query *query, size_t most, struct link **ret, size_t *ret_count)
{
	return read_all(tx, &link_row, most, (void **)ret, ret_count,
	                LINK_SELECT " where l.id < $1 and ($2 = 0 or l.creator_id = $2)"
	                            " and (l.name is not null or exists (select 1 from share_day d where d.link_id = l.id)) order by l.id desc limit $3",
	                V(query->before ? query->before : INT64_MAX, query->creator.v, most));
}
