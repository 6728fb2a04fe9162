/* media_store.c - rows of blobs. */
#include "media/media_room.h"

static const struct shape blob_row = SHAPE(blob,
	FIELD(blob, hash,       SHAPE_TEXT),
	FIELD(blob, ext,        SHAPE_TEXT),
	FIELD(blob, size,       SHAPE_INT),
	FIELD(blob, width,      SHAPE_INT),
	FIELD(blob, height,     SHAPE_INT),
	FIELD(blob, created_ms, SHAPE_INT));

struct text blob_name(struct arena *arena, const struct blob *blob)
{
	return arena_format(arena, "%.*s.%.*s", TEXT_ARG(blob->hash), TEXT_ARG(blob->ext));
}

void media_add(struct tx *tx, const struct blob *blob)
{
	run(tx, "insert into blob (hash, ext, size, width, height, created_ms) values ($1, $2, $3, $4, $5, $6) on conflict (hash) do nothing",
	    V(blob->hash, blob->ext, blob->size, blob->width, blob->height, tx_now_ms(tx)));
}

problem media_find(struct tx *tx, struct text name, struct blob *ret)
{
	enum { HASH_LENGTH = 64 };

	if (name.length < HASH_LENGTH + 2 || name.at[HASH_LENGTH] != '.')
		return &blob_missing;
	return read_one(tx, &blob_missing, &blob_row, ret, "select hash, ext, size, width, height, created_ms from blob where hash = $1 and ext = $2",
	                V(text_head(name, HASH_LENGTH), text_from(name, HASH_LENGTH + 1)));
}

problem media__each_blob(struct tx *tx, problem (*each)(void *arg, const void *row), void *arg)
{
	return read_each(tx, &blob_row, each, arg, "select hash, ext, size, width, height, created_ms from blob order by hash", V0);
}

static const struct shape sums_row = SHAPE(media_sums,
	FIELD(media_sums, blobs,       SHAPE_INT),
	FIELD(media_sums, blob_bytes,  SHAPE_INT),
	FIELD(media_sums, assets,      SHAPE_INT),
	FIELD(media_sums, asset_bytes, SHAPE_INT),
	FIELD(media_sums, making,      SHAPE_INT),
	FIELD(media_sums, failed,      SHAPE_INT),
	FIELD(media_sums, since_ms,    SHAPE_TIME));

problem media_sums(struct tx *tx, struct media_sums *ret)
{
	return read_one(tx, &problem_not_found, &sums_row, ret,
	                "select b.n, b.bytes, a.n, a.bytes, a.making, a.failed, a.since_ms from"
	                " (select count(*) as n, coalesce(sum(size), 0) as bytes from blob) b,"
	                " (select count(*) as n, coalesce(sum(size), 0) as bytes, count(*) filter (where state in ('uploaded', 'probing', 'transcoding')) as making,"
	                " count(*) filter (where state = 'failed') as failed,"
	                " coalesce(min(changed_ms) filter (where state in ('uploaded', 'probing', 'transcoding')), 0) as since_ms from asset) a",
	                V0);
}
