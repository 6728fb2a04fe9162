/* site_store.c - SQL of settings, secrets and the first visit. */
#include "site/site_room.h"

static const struct shape setting_row_shape = SHAPE(setting_row,
	FIELD(setting_row, version,    SHAPE_INT),
	FIELD(setting_row, changed_ms, SHAPE_TIME),
	FIELD(setting_row, value,      SHAPE_TEXT));

problem site__newest(struct tx *tx, const char *name, struct setting_row *ret)
{
	return read_one(tx, &problem_not_found, &setting_row_shape, ret,
	                "select version, changed_ms, value from setting where name = $1 order by version desc limit 1", V(name));
}

problem site__add_version(struct tx *tx, const char *name, int64_t version, struct text value, struct user_id by)
{
	int64_t newest = read_int(tx, 0, "select coalesce(max(version), 0) from setting where name = $1", V(name));

	if (newest != version)
		return tx_fail(tx, &setting_changed);
	run(tx, "insert into setting (name, version, value, changed_by, changed_ms) values ($1, $2, $3, $4, $5)",
	    V(name, version + 1, value, by.v, tx_now_ms(tx)));
	return tx_problem(tx);
}

static const struct shape secret_row_shape = SHAPE(secret_row,
	FIELD(secret_row, id,         SHAPE_INT),
	FIELD(secret_row, version,    SHAPE_INT),
	FIELD(secret_row, name,       SHAPE_TEXT),
	FIELD(secret_row, sealed,     SHAPE_TEXT),
	FIELD(secret_row, hint,       SHAPE_TEXT),
	FIELD(secret_row, expires_ms, SHAPE_TIME),
	FIELD(secret_row, changed_ms, SHAPE_TIME));

problem site__secret(struct tx *tx, struct text name, struct secret_row *ret)
{
	return read_one(tx, &secret_missing, &secret_row_shape, ret,
	                "select id, version, name, sealed, hint, expires_ms, changed_ms from secret where name = $1", V(name));
}

/* A secret that was taken away stays as an empty row: its version tells other processes. */
void site__put_secret(struct tx *tx, const struct secret_row *row, struct user_id by)
{
	run(tx, "insert into secret (id, name, version, sealed, hint, expires_ms, changed_by, changed_ms) values ($1, $2, 1, $3, $4, $5, $6, $7)"
	        " on conflict (name) do update set version = secret.version + 1, sealed = excluded.sealed, hint = excluded.hint, expires_ms = excluded.expires_ms,"
	        " changed_by = excluded.changed_by, changed_ms = excluded.changed_ms",
	    V(row->id, row->name, row->sealed, row->hint, row->expires_ms, by.v, tx_now_ms(tx)));
}

static const struct shape known_name_shape = SHAPE(known_name,
	FIELD(known_name, name,    SHAPE_TEXT),
	FIELD(known_name, version, SHAPE_INT));

enum { NAMES_MAX = 500 };

problem site__known(struct tx *tx, struct known_name **ret, size_t *ret_count)
{
	void *rows;
	problem why = read_all(tx, &known_name_shape, NAMES_MAX, &rows, ret_count,
	                       "select name, max(version) from setting group by name union all select name, version from secret order by 1", V0);

	*ret = rows;
	return why;
}

void site__set_token(struct tx *tx, struct text hash)
{
	run(tx, "insert into setup (id, token_hash, made_ms) values (1, $1, $2) on conflict (id) do update set token_hash = excluded.token_hash, made_ms = excluded.made_ms",
	    V(hash, tx_now_ms(tx)));
}

struct token_row {
	struct text hash;
};
static const struct shape token_row_shape = SHAPE(token_row, FIELD(token_row, hash, SHAPE_TEXT));

struct text site__token(struct tx *tx)
{
	struct token_row row = { 0 };

	return read_one(tx, &problem_not_found, &token_row_shape, &row, "select token_hash from setup where id = 1", V0) ? (struct text){ 0 } : row.hash;
}

void site__drop_token(struct tx *tx) { run(tx, "delete from setup where id = 1", V0); }
