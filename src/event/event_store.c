/* event_store.c - SQL of events: how one is kept, and its place in the day's counts. */
#include "event/event_room.h"

#include <assert.h>

#define X_NAME(id, name) [EVENT_##id] = name,
const char *const event_kind_names[] = { EVENT_KINDS(X_NAME)[EVENT_KIND_COUNT] = NULL };

enum { BEIJING_MS = 8 * 3600 * 1000 };

int64_t event_day(int64_t at_ms) { return (at_ms + BEIJING_MS) / EVENT_DAY_MS; }

/* ---- one event, ready to be a row ---- */

struct ready {
	enum event_kind kind;
	int64_t day, user, work, shown, position, at_ms;
	struct text who, place, detail, dedupe; /* who absent: nobody's */
};

static void count_daily(struct tx *tx, const struct ready *e, int64_t work, bool new_person)
{
	run(tx,
	    "insert into event_daily (day, kind, work_id, count, people) values ($1, $2, $3, 1, $4)"
	    " on conflict (day, kind, work_id) do update set count = event_daily.count + 1, people = event_daily.people + excluded.people",
	    V(e->day, event_kind_names[e->kind], work, new_person));
}

static bool was_there(struct tx *tx, const struct ready *e)
{
	return read_int(tx, 0, "select 1 from event where day = $1 and kind = $2 and who = $3 limit 1", V(e->day, event_kind_names[e->kind], e->who));
}

static bool saw_work(struct tx *tx, const struct ready *e)
{
	return read_int(tx, 0, "select 1 from event where day = $1 and kind = $2 and who = $3 and work_id = $4 limit 1",
	                V(e->day, event_kind_names[e->kind], e->who, e->work));
}

static void insert(struct tx *tx, const struct ready *e)
{
	bool new_here = e->who.at && !was_there(tx, e), new_to_work = e->who.at && e->work && (new_here || !saw_work(tx, e));
	int64_t added = run_count(tx,
	    "insert into event (id, kind, day, who, user_id, work_id, place, shown, position, detail, at_ms, dedupe)"
	    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (dedupe) do nothing",
	    V(tx_id(tx), event_kind_names[e->kind], e->day, e->who, e->user ? value_int(e->user) : value_null(), e->work, e->place, e->shown, e->position,
	      e->detail, e->at_ms, e->dedupe));

	if (added != 1)
		return;
	count_daily(tx, e, 0, new_here);
	if (e->work)
		count_daily(tx, e, e->work, new_to_work);
}

/* ---- what a person lets be kept ---- */

static const struct shape setting_row = SHAPE(event_setting,
	FIELD(event_setting, recording, SHAPE_BOOL),
	FIELD(event_setting, forget_ms, SHAPE_TIME));
static const struct problem no_setting = { 404, "no-setting", "Nothing was said about it." };

problem event__setting(struct tx *tx, struct user_id user, struct event_setting *ret)
{
	problem why = read_one(tx, &no_setting, &setting_row, ret, "select recording, forget_ms from event_setting where user_id = $1", V(user.v));

	if (why == &no_setting)
		*ret = (struct event_setting){ .recording = true, .forget_ms = -1 };
	return why == &no_setting ? tx_problem(tx) : why;
}

void event__set_recording(struct tx *tx, struct user_id user, bool recording)
{
	run(tx,
	    "insert into event_setting (user_id, recording, changed_ms) values ($1, $2, $3)"
	    " on conflict (user_id) do update set recording = excluded.recording, changed_ms = excluded.changed_ms",
	    V(user.v, recording, tx_now_ms(tx)));
}

void event__forget(struct tx *tx, struct user_id user)
{
	run(tx,
	    "insert into event_setting (user_id, recording, forget_ms, changed_ms) values ($1, 1, $2, $2)"
	    " on conflict (user_id) do update set forget_ms = excluded.forget_ms, changed_ms = excluded.changed_ms",
	    V(user.v, tx_now_ms(tx)));
	run(tx, "delete from event where user_id = $1", V(user.v));
}

static bool may_keep(struct tx *tx, struct user_id user, int64_t at_ms)
{
	struct event_setting setting;

	return !event__setting(tx, user, &setting) && setting.recording && at_ms > setting.forget_ms;
}

/* ---- a batch of browsers' ---- */

struct salt {
	struct text salt;
};
static const struct shape salt_row = SHAPE_AS("event_salt", salt, FIELD(salt, salt, SHAPE_TEXT));
static const struct problem no_salt = { 404, "no-salt", "There is no salt." };

/* New each day, and the older ones are thrown away: then nobody can say any more whose hash it was. */
static struct text salt_of(struct tx *tx, int64_t day)
{
	struct salt row = { 0 };
	problem why;

	run(tx, "delete from event_salt where day < $1", V(day));
	run(tx, "insert into event_salt (day, salt) values ($1, $2) on conflict (day) do nothing", V(day, token_make(tx_arena(tx), tx_world(tx), 32)));
	why = read_one(tx, &no_salt, &salt_row, &row, "select salt from event_salt where day = $1", V(day));
	return why ? TEXT("") : row.salt;
}

enum { HASH_BYTES = 16 }; /* of a digest, as hex: enough to tell a day's visitors apart */

static struct text salted(struct tx *tx, struct text salt, struct text of)
{
	struct sha256 hash = hmac_sha256(salt, of);

	return hex_encode(tx_arena(tx), (struct text){ (const char *)hash.at, HASH_BYTES });
}

static struct text digest(const struct sha256 *of) { return (struct text){ (const char *)of->at, SHA256_BYTES }; }

/* A search is kept without whoever made it. */
static struct ready ready_of(struct tx *tx, const struct event *e, struct text salt)
{
	struct text who = e->user.v ? arena_format(tx_arena(tx), "u%lld", (long long)e->user.v) : salted(tx, salt, digest(&e->origin));
	bool search = e->kind == EVENT_SEARCH;

	return (struct ready){
		.kind = e->kind, .day = event_day(e->at_ms), .user = search ? 0 : e->user.v, .who = search ? (struct text){ 0 } : who,
		.work = e->work, .shown = e->shown, .position = e->position, .at_ms = e->at_ms, .place = text_of(e->place), .detail = text_of(e->detail),
		.dedupe = salted(tx, salt, arena_join(tx_arena(tx), (const struct text[]){ who, digest(&e->key) }, 2)),
	};
}

static bool is_to_be_seen(const struct work_card *cards, size_t n, int64_t work)
{
	for (size_t i = 0; i < n; i++) {
		if (cards[i].id.v == work)
			return !work_visible(&cards[i]);
	}
	return false;
}

static problem works_of(struct tx *tx, const struct event_batch *batch, struct work_card **ret, size_t *ret_count)
{
	int64_t ids[EVENT_WRITE];
	size_t n = 0;

	for (size_t i = 0; i < batch->count; i++) {
		if (batch->items[i].work)
			ids[n++] = batch->items[i].work;
	}
	*ret_count = 0;
	return n ? works_by_ids(tx, ids, n, ret, ret_count) : NULL;
}

static void count_loss(struct tx *tx, int64_t lost)
{
	run(tx, "insert into event_loss (day, count) values ($1, $2) on conflict (day) do update set count = event_loss.count + excluded.count",
	    V(event_day(tx_now_ms(tx)), lost));
}

problem event__write(struct tx *tx, void *arg)
{
	const struct event_batch *batch = arg;
	struct work_card *cards = NULL;
	struct text salt;
	size_t n;
	problem why = works_of(tx, batch, &cards, &n);

	assert(batch->count <= EVENT_WRITE);
	if (why)
		return why;
	salt = salt_of(tx, event_day(tx_now_ms(tx)));
	for (size_t i = 0; i < batch->count && !tx_problem(tx); i++) {
		const struct event *e = &batch->items[i];
		struct ready ready;

		if (e->work && !is_to_be_seen(cards, n, e->work))
			continue;
		if (e->user.v && !may_keep(tx, e->user, e->at_ms))
			continue;
		ready = ready_of(tx, e, salt);
		insert(tx, &ready);
	}
	if (batch->lost)
		count_loss(tx, batch->lost);
	return tx_problem(tx);
}

/* ---- facts of our own rooms ---- */

problem event__keep(struct tx *tx, const struct event_fact *fact)
{
	struct ready ready = {
		.kind = fact->kind, .day = event_day(fact->at_ms), .user = fact->user.v, .work = fact->work, .place = TEXT(""), .detail = fact->detail,
		.at_ms = fact->at_ms, .dedupe = fact->name, .who = arena_format(tx_arena(tx), "u%lld", (long long)fact->user.v),
	};

	if (may_keep(tx, fact->user, fact->at_ms))
		insert(tx, &ready);
	return tx_problem(tx);
}

/* ---- what a person is shown, and what goes ---- */

const struct shape event_row_shape = SHAPE(event_row,
	FIELD(event_row, kind,   SHAPE_ENUM, .names = event_kind_names),
	FIELD(event_row, work,   SHAPE_INT),
	FIELD(event_row, at_ms,  SHAPE_TIME),
	FIELD(event_row, place,  SHAPE_TEXT),
	FIELD(event_row, detail, SHAPE_TEXT));

int64_t event__count(struct tx *tx, struct user_id user) { return read_int(tx, 0, "select count(*) from event where user_id = $1", V(user.v)); }

problem event__newest(struct tx *tx, struct user_id user, size_t most, struct event_row **ret, size_t *ret_count)
{
	return read_all(tx, &event_row_shape, most, (void **)ret, ret_count,
	                "select kind, work_id, at_ms, place, detail from event where user_id = $1 order by id desc limit $2", V(user.v, most));
}

enum { SEEN_ROWS = 200 };

problem event_seen(struct tx *tx, struct user_id user, size_t most, int64_t **ret, size_t *ret_count)
{
	struct event_row *rows;
	size_t n, count = 0;
	problem why = event__newest(tx, user, SEEN_ROWS, &rows, &n);

	if (why)
		return why;
	*ret = ARENA_ARRAY(tx_arena(tx), int64_t, most);
	for (size_t i = 0; i < n && count < most; i++) {
		bool known = !rows[i].work;

		for (size_t k = 0; k < count; k++)
			known = known || (*ret)[k] == rows[i].work;
		if (!known)
			(*ret)[count++] = rows[i].work;
	}
	*ret_count = count;
	return NULL;
}

enum { PURGE_STEP = 2000 };

int64_t event__purge(struct tx *tx, int64_t before_day, int64_t today)
{
	run(tx, "delete from event_salt where day < $1", V(today));
	return run_count(tx, "delete from event where id in (select id from event where day < $1 order by day limit $2)", V(before_day, (int64_t)PURGE_STEP));
}

/* ---- the part of the export ---- */

static problem gather(struct tx *tx, struct user_id user, struct privacy_writer *w)
{
	privacy_table(w, "events", &event_row_shape);
	return read_each(tx, &event_row_shape, privacy_row, w,
	                 "select kind, work_id, at_ms, place, detail from event where user_id = $1 order by id", V(user.v));
}

static problem erase(struct tx *tx, struct user_id user, bool *ret_kept)
{
	run(tx, "delete from event where user_id = $1", V(user.v));
	run(tx, "delete from event_setting where user_id = $1", V(user.v));
	*ret_kept = false;
	return tx_problem(tx);
}

const struct privacy_part event_privacy = { .name = "event", .gather = gather, .erase = erase };
