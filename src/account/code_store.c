/* code_store.c - SQL of codes. */
#include "account/code.h"

static const struct shape count_row = SHAPE(code_count,
	FIELD(code_count, count,     SHAPE_INT),
	FIELD(code_count, newest_ms, SHAPE_INT),
	FIELD(code_count, oldest_ms, SHAPE_INT));

/* A clock that stood wrong leaves rows of another time behind: those that are far ahead count as little as those of last week. */
problem code__counted(struct tx *tx, struct text blind, struct code_count *ret)
{
	return read_one(tx, &code_gone, &count_row, ret,
	                "select count(*), coalesce(max(created_ms), 0), coalesce(min(created_ms), 0) from code"
	                " where blind = $1 and created_ms > $2 and created_ms < $3",
	                V(blind, tx_now_ms(tx) - CODE_WINDOW_MS, tx_now_ms(tx) + CODE_WINDOW_MS));
}

void code__close(struct tx *tx, struct text blind, enum code_purpose purpose)
{
	run(tx, "update code set is_open = 0, digits = null where blind = $1 and purpose = $2 and is_open = 1",
	    V(blind, code_purpose_names[purpose]));
}

void code__insert(struct tx *tx, const struct code *c)
{
	run(tx,
	    "insert into code (id, purpose, kind, blind, login, digits, hash, user_id, language, is_open, tries, created_ms, expires_ms)"
	    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, 0, $10, $11)",
	    V(c->id, code_purpose_names[c->purpose], c->kind, c->blind, c->login, c->digits, c->hash,
	      c->user.v ? value_int(c->user.v) : value_null(), c->language, c->created_ms, c->expires_ms));
}

static const struct shape code_row = SHAPE(code,
	FIELD(code, id,         SHAPE_INT),
	FIELD(code, purpose,    SHAPE_ENUM, .names = code_purpose_names),
	FIELD(code, kind,       SHAPE_TEXT),
	FIELD(code, blind,      SHAPE_TEXT),
	FIELD(code, login,      SHAPE_TEXT),
	FIELD(code, digits,     SHAPE_TEXT),
	FIELD(code, hash,       SHAPE_TEXT),
	FIELD(code, language,   SHAPE_TEXT),
	FIELD(code, user,       SHAPE_ID),
	FIELD(code, tries,      SHAPE_INT),
	FIELD(code, created_ms, SHAPE_TIME),
	FIELD(code, expires_ms, SHAPE_TIME));

problem code__open(struct tx *tx, struct text blind, enum code_purpose purpose, struct code *ret)
{
	return read_one(tx, &code_gone, &code_row, ret,
	                "select id, purpose, kind, blind, login, digits, hash, language, user_id, tries, created_ms, expires_ms from code"
	                " where blind = $1 and purpose = $2 and is_open = 1",
	                V(blind, code_purpose_names[purpose]));
}

problem code__by_id(struct tx *tx, int64_t id, struct code *ret)
{
	return read_one(tx, &code_gone, &code_row, ret,
	                "select id, purpose, kind, blind, login, digits, hash, language, user_id, tries, created_ms, expires_ms from code"
	                " where id = $1 and is_open = 1",
	                V(id));
}

void code__count_try(struct tx *tx, int64_t id)
{
	run(tx, "update code set tries = tries + 1, is_open = case when tries + 1 < $1 then 1 else 0 end where id = $2 and is_open = 1",
	    V(CODE_TRIES, id));
}

bool code__use(struct tx *tx, int64_t id)
{
	return run_count(tx, "update code set is_open = 0, digits = null, used_ms = $1 where id = $2 and is_open = 1", V(tx_now_ms(tx), id)) == 1;
}

void code__forget_digits(struct tx *tx, int64_t id)
{
	run(tx, "update code set digits = null where id = $1", V(id));
}

void code__purge(struct tx *tx, int64_t before_ms, int64_t after_ms)
{
	run(tx, "delete from code where created_ms < $1 or created_ms > $2", V(before_ms, after_ms));
}

int64_t code__oldest_ms(struct tx *tx) { return read_int(tx, 0, "select coalesce(min(created_ms), 0) from code", V0); }
