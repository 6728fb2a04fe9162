/* idempotency_store.c - the SQL of serve_once. */
#include "serve/idempotency.h"

const struct problem once_absent = { 404, "once-absent", "The key was not used yet." };

static const struct shape once_row = SHAPE(once_row,
	FIELD(once_row, input, SHAPE_TEXT),
	FIELD(once_row, status, SHAPE_INT),
	FIELD(once_row, content_type, SHAPE_TEXT, .optional = true),
	FIELD(once_row, answer, SHAPE_TEXT, .optional = true),
	FIELD(once_row, at_ms, SHAPE_TIME));

bool once_insert(struct tx *tx, const struct once_key *key)
{
	return run_count(tx, "insert into serve_once (owner, route, key, input, status, at_ms) values ($1, $2, $3, $4, 0, $5)"
	                     " on conflict (owner, route, key) do nothing",
	                 V(key->owner, key->route, key->key, key->input, tx_now_ms(tx))) == 1;
}

problem once_load(struct tx *tx, const struct once_key *key, struct once_row *ret)
{
	return read_one(tx, &once_absent, &once_row, ret,
	                "select input, status, content_type, answer, at_ms from serve_once"
	                " where owner = $1 and route = $2 and key = $3", V(key->owner, key->route, key->key));
}

void once_take_over(struct tx *tx, const struct once_key *key)
{
	run(tx, "update serve_once set input = $4, status = 0, content_type = null, answer = null, at_ms = $5"
	        " where owner = $1 and route = $2 and key = $3",
	    V(key->owner, key->route, key->key, key->input, tx_now_ms(tx)));
}

void once_save(struct tx *tx, const struct once_key *key, const struct once_row *row)
{
	run(tx, "insert into serve_once (owner, route, key, input, status, content_type, answer, at_ms)"
	        " values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (owner, route, key) do update set status = excluded.status,"
	        " content_type = excluded.content_type, answer = excluded.answer where serve_once.status = 0",
	    V(key->owner, key->route, key->key, key->input, row->status, row->content_type, row->answer, tx_now_ms(tx)));
}

void once_delete(struct tx *tx, const struct once_key *key)
{
	run(tx, "delete from serve_once where owner = $1 and route = $2 and key = $3 and status = 0",
	    V(key->owner, key->route, key->key));
}

void once_delete_before(struct tx *tx, int64_t at_ms)
{
	run(tx, "delete from serve_once where at_ms < $1", V(at_ms));
}
