/* notification_store.c - SQL of messages and of what people chose. */
#include "notify/notification_room.h"

#include "account/privacy.h"

static const struct shape notification_row = SHAPE(notification,
	FIELD(notification, id,      SHAPE_INT),
	FIELD(notification, user,    SHAPE_ID),
	FIELD(notification, kind,    SHAPE_ENUM, .names = notification_kind_names),
	FIELD(notification, subject, SHAPE_INT),
	FIELD(notification, turn,    SHAPE_INT),
	FIELD(notification, params,  SHAPE_TEXT),
	FIELD(notification, url,     SHAPE_TEXT),
	FIELD(notification, made_ms, SHAPE_TIME),
	FIELD(notification, read_ms, SHAPE_TIME),
	FIELD(notification, shown,   SHAPE_BOOL),
	FIELD(notification, said,    SHAPE_TEXT, .nullable = true),
	FIELD(notification, withdrawn, SHAPE_BOOL));

#define COLUMNS                                                                                                                   \
	"select n.id, n.user_id, n.kind, n.subject, n.turn, n.params, n.url, n.made_ms, n.read_ms, n.shown, b.note,"              \
	" case when b.state = 'withdrawn' then 1 else 0 end from notification n left join broadcast b on b.id = n.subject and b.kind = n.kind"

bool notification__insert(struct tx *tx, const struct notification *n)
{
	return run_count(tx,
	                 "insert into notification (id, user_id, kind, subject, turn, params, url, made_ms, read_ms, shown)"
	                 " values ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9) on conflict (user_id, kind, subject, turn) do nothing",
	                 V(n->id, n->user.v, notification_kind_names[n->kind], n->subject, n->turn, n->params, n->url, n->made_ms, n->shown)) == 1;
}

problem notification__by_id(struct tx *tx, int64_t id, struct notification *ret)
{
	return read_one(tx, &notification_not_mine, &notification_row, ret, COLUMNS " where n.id = $1", V(id));
}

problem notification__list(struct tx *tx, struct user_id user, int64_t before, struct notification **ret, size_t *ret_count)
{
	return read_all(tx, &notification_row, PAGE_MAX + 1, (void **)ret, ret_count,
	                COLUMNS " where n.user_id = $1 and n.shown = 1 and n.id < $2 order by n.id desc limit $3", V(user.v, before ? before : INT64_MAX, PAGE_MAX + 1));
}

int64_t notification__unread(struct tx *tx, struct user_id user)
{
	return read_int(tx, 0, "select count(*) from notification where user_id = $1 and read_ms = 0 and shown = 1", V(user.v));
}

problem notification__read(struct tx *tx, struct user_id user, int64_t id)
{
	return run_one(tx, &notification_not_mine,
	               "update notification set read_ms = case when read_ms = 0 then $3 else read_ms end where id = $2 and user_id = $1 and shown = 1",
	               V(user.v, id, tx_now_ms(tx)));
}

void notification__read_all(struct tx *tx, struct user_id user, int64_t upto)
{
	run(tx, "update notification set read_ms = $3 where user_id = $1 and id <= $2 and read_ms = 0 and shown = 1", V(user.v, upto, tx_now_ms(tx)));
}

/* ---- what people chose ---- */

int notification__preference(struct tx *tx, struct user_id user, enum notification_topic topic, enum channel channel, int otherwise)
{
	return (int)read_int(tx, otherwise, "select wanted from notification_preference where user_id = $1 and topic = $2 and channel = $3",
	                     V(user.v, notification_topic_names[topic], channel_names[channel]));
}

void notification__set_preference(struct tx *tx, struct user_id user, enum notification_topic topic, enum channel channel, bool wanted)
{
	run(tx, "insert into notification_preference (user_id, topic, channel, wanted) values ($1, $2, $3, $4)"
	        " on conflict (user_id, topic, channel) do update set wanted = excluded.wanted",
	    V(user.v, notification_topic_names[topic], channel_names[channel], wanted));
}

/* ---- ways out of the house ---- */

bool notification__is_open(struct tx *tx, enum channel channel)
{
	return read_int(tx, 0, "select is_open from notification_channel where channel = $1", V(channel_names[channel])) == 1;
}

void notification__set_open(struct tx *tx, enum channel channel, bool open)
{
	run(tx, "insert into notification_channel (channel, is_open) values ($1, $2) on conflict (channel) do update set is_open = excluded.is_open",
	    V(channel_names[channel], open));
}

/* ---- what gets old ---- */

int64_t notification__drop_old(struct tx *tx, int64_t before_ms, int64_t most)
{
	return run_count(tx, "delete from notification where id in (select id from notification where made_ms < $1 order by made_ms limit $2)", V(before_ms, most));
}

static const struct shape crowded_row = SHAPE(crowded, FIELD(crowded, user, SHAPE_ID));

problem notification__crowded(struct tx *tx, struct user_id after, size_t most, struct crowded **ret, size_t *ret_count)
{
	return read_all(tx, &crowded_row, most, (void **)ret, ret_count,
	                "select user_id from notification where user_id > $1 group by user_id having count(*) > $2 order by user_id limit $3",
	                V(after.v, NOTIFICATIONS_KEPT, most));
}

int64_t notification__drop_beyond(struct tx *tx, struct user_id user, int64_t most)
{
	return run_count(tx,
	                 "delete from notification where id in (select id from notification where user_id = $1"
	                 " and id <= (select id from notification where user_id = $1 order by id desc limit 1 offset $2) order by id limit $3)",
	                 V(user.v, NOTIFICATIONS_KEPT, most));
}

/* ---- privacy ---- */

static const struct shape told_shape = SHAPE_AS("export_notification", notification,
	FIELD(notification, id,      SHAPE_INT),
	FIELD(notification, kind,    SHAPE_ENUM, .names = notification_kind_names),
	FIELD(notification, params,  SHAPE_TEXT),
	FIELD(notification, url,     SHAPE_TEXT),
	FIELD(notification, made_ms, SHAPE_TIME),
	FIELD(notification, read_ms, SHAPE_TIME));

struct chosen {
	struct text topic, channel;
	bool wanted;
};
static const struct shape chosen_shape = SHAPE_AS("export_notification_preference", chosen,
	FIELD(chosen, topic,   SHAPE_TEXT),
	FIELD(chosen, channel, SHAPE_TEXT),
	FIELD(chosen, wanted,  SHAPE_BOOL));

static problem gather(struct tx *tx, struct user_id user, struct privacy_writer *w)
{
	problem why;

	privacy_table(w, "notifications", &told_shape);
	why = read_each(tx, &told_shape, privacy_row, w, "select id, kind, params, url, made_ms, read_ms from notification where user_id = $1 order by id", V(user.v));
	privacy_table(w, "notification_preferences", &chosen_shape);
	if (!why)
		why = read_each(tx, &chosen_shape, privacy_row, w,
		                "select topic, channel, wanted from notification_preference where user_id = $1 order by topic, channel", V(user.v));
	return why;
}

static problem erase(struct tx *tx, struct user_id user, bool *ret_kept)
{
	run(tx, "delete from notification where user_id = $1", V(user.v));
	run(tx, "delete from notification_preference where user_id = $1", V(user.v));
	*ret_kept = false;
	return tx_problem(tx);
}

const struct privacy_part notify_privacy = { .name = "notify", .gather = gather, .erase = erase };
