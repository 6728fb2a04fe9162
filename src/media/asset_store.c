/* asset_store.c - SQL of assets, of uploads that they begin as, and of where they are shown. */
#include "media/asset.h"

static const struct shape asset_row = SHAPE(asset,
	FIELD(asset, id,          SHAPE_ID),
	FIELD(asset, user,        SHAPE_ID),
	FIELD(asset, name,        SHAPE_TEXT),
	FIELD(asset, ext,         SHAPE_TEXT),
	FIELD(asset, kind,        SHAPE_ENUM, .names = asset_kind_names),
	FIELD(asset, state,       SHAPE_ENUM, .names = asset_state_names),
	FIELD(asset, size,        SHAPE_INT),
	FIELD(asset, hold_from,   SHAPE_INT, .nullable = true, .given_at = offsetof(struct asset, hold_given)),
	FIELD(asset, expires_ms,  SHAPE_INT),
	FIELD(asset, sha256,      SHAPE_TEXT, .nullable = true),
	FIELD(asset, progress,    SHAPE_INT),
	FIELD(asset, duration_ms, SHAPE_INT),
	FIELD(asset, width,       SHAPE_INT),
	FIELD(asset, height,      SHAPE_INT),
	FIELD(asset, pages,       SHAPE_INT),
	FIELD(asset, served,      SHAPE_TEXT, .nullable = true),
	FIELD(asset, poster,      SHAPE_BOOL),
	FIELD(asset, peaks,       SHAPE_BOOL),
	FIELD(asset, blob,        SHAPE_TEXT, .nullable = true),
	FIELD(asset, language,    SHAPE_TEXT, .nullable = true),
	FIELD(asset, captions_of, SHAPE_ID, .nullable = true),
	FIELD(asset, why,         SHAPE_TEXT, .nullable = true),
	FIELD(asset, tries,       SHAPE_INT),
	FIELD(asset, lease_ms,    SHAPE_INT),
	FIELD(asset, created_ms,  SHAPE_INT));

#define COLUMNS \
	"select id, user_id, name, ext, kind, state, size, hold_from, expires_ms, sha256, progress, duration_ms, width, height, pages, served," \
	" poster, peaks, blob, language, captions_of, why, tries, lease_ms, created_ms from asset"

void asset__insert(struct tx *tx, const struct asset *a)
{
	run(tx,
	    "insert into asset (id, user_id, name, ext, kind, state, size, expires_ms, progress, duration_ms, width, height, pages, poster, peaks,"
	    " tries, lease_ms, created_ms, changed_ms) values ($1, $2, $3, $4, $5, 'uploading', $6, $7, 0, 0, 0, 0, 0, 0, 0, 0, 0, $8, $8)",
	    V(a->id.v, a->user.v, a->name, a->ext, asset_kind_names[a->kind], a->size, a->expires_ms, tx_now_ms(tx)));
}

problem asset__load(struct tx *tx, struct asset_id id, struct asset *ret)
{
	return read_one(tx, &asset_missing, &asset_row, ret, COLUMNS " where id = $1", V(id.v));
}

problem asset__load_own(struct tx *tx, struct asset_id id, struct user_id user, struct asset *ret)
{
	return read_one(tx, &asset_missing, &asset_row, ret, COLUMNS " where id = $1 and user_id = $2", V(id.v, user.v));
}

int64_t asset__uploads_of(struct tx *tx, struct user_id user)
{
	return read_int(tx, 0, "select count(*) from asset where user_id = $1 and state = 'uploading'", V(user.v));
}

problem asset__hold(struct tx *tx, struct asset_id id, int64_t from)
{
	return run_one(tx, &asset_missing, "update asset set hold_from = $1 where id = $2 and state = 'uploading'",
	               V(from < 0 ? value_null() : value_int(from), id.v));
}

problem asset__prolong(struct tx *tx, struct asset_id id, int64_t expires_ms)
{
	return run_one(tx, &asset_missing, "update asset set expires_ms = $1 where id = $2 and state = 'uploading'", V(expires_ms, id.v));
}

problem asset__uploaded(struct tx *tx, struct asset_id id)
{
	return run_one(tx, &asset_missing, "update asset set state = 'uploaded', hold_from = null, changed_ms = $1 where id = $2 and state = 'uploading'",
	               V(tx_now_ms(tx), id.v));
}

problem asset__delete(struct tx *tx, struct asset_id id)
{
	if (asset__is_used(tx, id))
		return &asset_used;
	run(tx, "delete from asset where captions_of = $1", V(id.v));
	return run_one(tx, &asset_missing, "delete from asset where id = $1", V(id.v));
}

problem asset__captions(struct tx *tx, struct asset_id of, struct asset **ret, size_t *ret_count)
{
	return read_all(tx, &asset_row, MEDIA_CAPTIONS_MAX, (void **)ret, ret_count,
	                COLUMNS " where captions_of = $1 and state = 'ready' order by language, id limit 16", V(of.v));
}

problem asset__label(struct tx *tx, struct asset_id id, struct asset_id of, struct text language)
{
	return run_one(tx, &asset_missing, "update asset set captions_of = $1, language = $2, changed_ms = $3 where id = $4 and kind = 'captions'",
	               V(of.v ? value_int(of.v) : value_null(), language, tx_now_ms(tx), id.v));
}

bool asset__is_used(struct tx *tx, struct asset_id id)
{
	return read_int(tx, 0, "select 1 from asset_use where asset_id = $1 limit 1", V(id.v)) == 1;
}

bool asset__is_used_by(struct tx *tx, struct asset_id id, struct work_id work)
{
	return read_int(tx, 0, "select 1 from asset_use where asset_id = $1 and work_id = $2", V(id.v, work.v)) == 1;
}

void asset__use(struct tx *tx, struct asset_id id, struct work_id work, struct user_id one, struct user_id other)
{
	run(tx,
	    "insert into asset_use (asset_id, work_id) select id, $2 from asset where id = $1 and user_id in ($3, $4) and state <> 'uploading'"
	    " on conflict (asset_id, work_id) do nothing",
	    V(id.v, work.v, one.v, other.v));
}

problem asset__list(struct tx *tx, const struct asset_list *list, struct asset **ret, size_t *ret_count)
{
	return read_all(tx, &asset_row, (size_t)list->most, (void **)ret, ret_count,
	                COLUMNS " where user_id = $1 and ($2 is null or kind = $2) and ($3 is null or state = $3) and ($4 = 0 or id < $4)"
	                        " and ($5 is null or name like $5 escape '\\') order by id desc limit $6",
	                V(list->user.v, list->kind ? text_of(asset_kind_names[list->kind]) : (struct text){ 0 },
	                  list->state ? text_of(asset_state_names[list->state]) : (struct text){ 0 }, list->before, list->like, list->most));
}

problem asset__expired(struct tx *tx, int64_t now_ms, struct asset **ret, size_t *ret_count)
{
	return read_all(tx, &asset_row, 100, (void **)ret, ret_count, COLUMNS " where state = 'uploading' and expires_ms <= $1 order by id limit 100",
	                V(now_ms));
}

problem asset__open(struct tx *tx, int64_t now_ms, problem (*each)(void *arg, const void *row), void *arg)
{
	return read_each(tx, &asset_row, each, arg, COLUMNS " where state = 'uploading' and expires_ms > $1", V(now_ms));
}

problem asset__retry(struct tx *tx, struct asset_id id)
{
	return run_one(tx, &asset_missing,
	               "update asset set state = 'uploaded', why = null, tries = 0, lease_ms = 0, progress = 0, changed_ms = $1"
	               " where id = $2 and state = 'failed'",
	               V(tx_now_ms(tx), id.v));
}

/* ---- what is to be made ---- */

static problem find_quick(struct tx *tx, int64_t now_ms, struct asset *ret)
{
	return read_one(tx, &asset_missing, &asset_row, ret,
	                COLUMNS " where state in ('uploaded', 'probing') and lease_ms <= $1 order by id limit 1", V(now_ms));
}

static problem find_slow(struct tx *tx, int64_t now_ms, struct asset *ret)
{
	return read_one(tx, &asset_missing, &asset_row, ret, COLUMNS " where state = 'transcoding' and lease_ms <= $1 order by id limit 1", V(now_ms));
}

problem asset__claim(struct tx *tx, bool slow, int64_t now_ms, struct asset *ret)
{
	problem why = slow ? find_slow(tx, now_ms, ret) : find_quick(tx, now_ms, ret);

	if (why)
		return why;
	ret->state = slow ? ASSET_TRANSCODING : ASSET_PROBING;
	ret->tries++;
	return run_one(tx, &asset_missing, "update asset set state = $1, tries = $2, lease_ms = $3, changed_ms = $4 where id = $5 and lease_ms = $6",
	               V(asset_state_names[ret->state], ret->tries, now_ms + ASSET_LEASE_MS, now_ms, ret->id.v, ret->lease_ms));
}

bool asset__waits(struct tx *tx, bool slow, int64_t now_ms)
{
	struct asset asset;

	return !(slow ? find_slow(tx, now_ms, &asset) : find_quick(tx, now_ms, &asset));
}

void asset__renew(struct tx *tx, struct asset_id id, int64_t progress, int64_t now_ms)
{
	run(tx, "update asset set progress = $1, lease_ms = $2 where id = $3 and state in ('probing', 'transcoding')",
	    V(progress, now_ms + ASSET_LEASE_MS, id.v));
}

void asset__leave(struct tx *tx, struct asset_id id)
{
	run(tx, "update asset set lease_ms = 0, tries = tries - 1 where id = $1 and state in ('probing', 'transcoding')", V(id.v));
}

problem asset__made(struct tx *tx, const struct asset *a)
{
	return run_one(tx, &asset_missing,
	               "update asset set state = $1, sha256 = $2, progress = $3, duration_ms = $4, width = $5, height = $6, pages = $7, served = $8,"
	               " poster = $9, peaks = $10, blob = $11, why = $12, tries = $13, lease_ms = 0, changed_ms = $14"
	               " where id = $15 and state in ('probing', 'transcoding')",
	               V(asset_state_names[a->state], a->sha256, a->progress, a->duration_ms, a->width, a->height, a->pages, a->served, a->poster,
	                 a->peaks, a->blob, a->why, a->tries, tx_now_ms(tx), a->id.v));
}

problem asset__each_whole(struct tx *tx, problem (*each)(void *arg, const void *row), void *arg)
{
	return read_each(tx, &asset_row, each, arg, COLUMNS " where state <> 'uploading' order by id", V0);
}
