/* recommend_store.c - SQL of pairs, wishes, and lists that were shown. */
#include "recommend/recommend_room.h"

/* ---- pairs ---- */

static const struct shape pair_row = SHAPE(rec_pair,
	FIELD(rec_pair, work,   SHAPE_INT),
	FIELD(rec_pair, other,  SHAPE_INT),
	FIELD(rec_pair, buyers, SHAPE_INT),
	FIELD(rec_pair, lift,   SHAPE_INT));

problem rec__pairs(struct tx *tx, int64_t work, size_t most, struct rec_pair **ret, size_t *ret_count)
{
	return read_all(tx, &pair_row, most, (void **)ret, ret_count,
	                "select work_id, other_id, buyers, lift from rec_pair where work_id = $1 and buyers >= $2 order by lift desc, other_id limit $3",
	                V(work, (int64_t)REC_BUYERS_LEAST, most));
}

void rec__store_pair(struct tx *tx, const struct rec_pair *pair, int64_t made_ms)
{
	run(tx,
	    "insert into rec_pair (work_id, other_id, buyers, lift, made_ms) values ($1, $2, $3, $4, $5)"
	    " on conflict (work_id, other_id) do update set buyers = excluded.buyers, lift = excluded.lift, made_ms = excluded.made_ms",
	    V(pair->work, pair->other, pair->buyers, pair->lift, made_ms));
}

enum { DROP_STEP = 2000 };

int64_t rec__drop_pairs_before(struct tx *tx, int64_t made_ms)
{
	return run_count(tx, "delete from rec_pair where (work_id, other_id) in (select work_id, other_id from rec_pair where made_ms < $1 limit $2)",
	                 V(made_ms, (int64_t)DROP_STEP));
}

/* ---- wishes ---- */

problem rec__is_personal(struct tx *tx, struct user_id user, bool *ret)
{
	*ret = user.v && read_int(tx, 1, "select personal from rec_setting where user_id = $1", V(user.v)) == 1;
	return tx_problem(tx);
}

void rec__set_personal(struct tx *tx, struct user_id user, bool personal)
{
	run(tx,
	    "insert into rec_setting (user_id, personal, changed_ms) values ($1, $2, $3)"
	    " on conflict (user_id) do update set personal = excluded.personal, changed_ms = excluded.changed_ms",
	    V(user.v, personal, tx_now_ms(tx)));
}

enum { HIDDEN_MOST = 500 };
struct hidden {
	struct work_id work;
	int64_t at_ms;
};
static const struct shape hidden_shape = SHAPE_AS("export_hidden_recommendation", hidden,
	FIELD(hidden, work,  SHAPE_ID),
	FIELD(hidden, at_ms, SHAPE_TIME));

problem rec__hidden(struct tx *tx, struct user_id user, int64_t **ret, size_t *ret_count)
{
	struct hidden *rows;
	problem why = read_all(tx, &hidden_shape, HIDDEN_MOST, (void **)&rows, ret_count,
	                       "select work_id, at_ms from rec_hidden where user_id = $1 order by at_ms desc, work_id limit $2", V(user.v, (int64_t)HIDDEN_MOST));

	*ret = ARENA_ARRAY(tx_arena(tx), int64_t, why ? 0 : *ret_count);
	for (size_t i = 0; !why && i < *ret_count; i++)
		(*ret)[i] = rows[i].work.v;
	return why;
}

void rec__hide(struct tx *tx, struct user_id user, int64_t work)
{
	run(tx, "insert into rec_hidden (user_id, work_id, at_ms) values ($1, $2, $3) on conflict (user_id, work_id) do nothing",
	    V(user.v, work, tx_now_ms(tx)));
}

void rec__show_again(struct tx *tx, struct user_id user, int64_t work)
{
	run(tx, "delete from rec_hidden where user_id = $1 and work_id = $2", V(user.v, work));
}

/* ---- what was shown ---- */

void rec__insert_impression(struct tx *tx, const struct rec_impression *i)
{
	run(tx,
	    "insert into rec_impression (id, place, work_id, policy, personal, items, at_ms) values ($1, $2, $3, $4, $5, $6, $7)"
	    " on conflict (id) do nothing",
	    V(i->id, i->place, i->work, REC_POLICY, i->personal, text_of(i->items), i->at_ms));
}

int64_t rec__drop_impressions_before(struct tx *tx, int64_t at_ms)
{
	return run_count(tx, "delete from rec_impression where id in (select id from rec_impression where at_ms < $1 limit $2)",
	                 V(at_ms, (int64_t)DROP_STEP));
}

/* ---- the part of the export ---- */

struct wish {
	bool personal;
	int64_t changed_ms;
};
static const struct shape wish_shape = SHAPE_AS("export_recommendation_setting", wish,
	FIELD(wish, personal,   SHAPE_BOOL),
	FIELD(wish, changed_ms, SHAPE_TIME));

static problem gather(struct tx *tx, struct user_id user, struct privacy_writer *w)
{
	problem why;

	privacy_table(w, "recommendation-setting", &wish_shape);
	why = read_each(tx, &wish_shape, privacy_row, w, "select personal, changed_ms from rec_setting where user_id = $1", V(user.v));
	privacy_table(w, "recommendations-not-wanted", &hidden_shape);
	if (!why)
		why = read_each(tx, &hidden_shape, privacy_row, w, "select work_id, at_ms from rec_hidden where user_id = $1 order by work_id", V(user.v));
	return why;
}

static problem erase(struct tx *tx, struct user_id user, bool *ret_kept)
{
	run(tx, "delete from rec_setting where user_id = $1", V(user.v));
	run(tx, "delete from rec_hidden where user_id = $1", V(user.v));
	*ret_kept = false;
	return tx_problem(tx);
}

const struct privacy_part recommend_privacy = { .name = "recommend", .gather = gather, .erase = erase };
