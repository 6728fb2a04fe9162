/* tx.c - a transaction, whatever runs it: it begins at its first statement, keeps its first problem, and owns an arena
 * only if somebody asks for one. */
#include "db/internal.h"

#include <assert.h>

const struct problem db__again = { 503, "database-again", "The transaction has to be run again." };

problem tx__run(struct tx *tx, tx_fn fn, void *arg)
{
	problem why = fn(tx, arg);

	if (tx->why == &db__again)
		return &db__again;
	return why ? why : tx->why;
}

void tx__clear(struct tx *tx)
{
	if (tx->own)
		arena_reset(tx->own);
	*tx = (struct tx){ .db = tx->db, .c = tx->c, .mode = tx->mode, .begin = tx->begin, .own = tx->own };
}

void tx__done(struct tx *tx)
{
	db__arena_back(tx->db, tx->own);
	tx->own = NULL;
}

problem tx_problem(const struct tx *tx)
{
	return tx->why;
}

void tx__stick(struct tx *tx, problem why)
{
	assert(why);
	if (!tx->why)
		tx->why = why;
}

problem tx_fail(struct tx *tx, problem why)
{
	tx__stick(tx, why);
	return tx->why;
}

struct arena *tx_arena(struct tx *tx)
{
	if (tx->results)
		return tx->results;
	if (!tx->own)
		tx->own = db__arena(tx->db);
	return tx->own;
}

void tx_use_arena(struct tx *tx, struct arena *arena)
{
	tx->results = arena;
}

struct world *tx_world(struct tx *tx)
{
	return tx->db->world;
}

int64_t tx_now_ms(struct tx *tx)
{
	if (!tx->now_ms)
		tx->now_ms = world_now_ms(tx->db->world);
	return tx->now_ms;
}

int64_t tx_id(struct tx *tx)
{
	return world_id(tx->db->world);
}

/* ---- statements ---- */

static problem begin(struct tx *tx)
{
	if (tx->begun)
		return NULL;
	tx->begun = true;
	return tx->begin ? tx->begin(tx) : tx->db->driver->begin(tx->c, tx->mode);
}

problem tx__query(struct tx *tx, const char *sql, const struct value *values, size_t n, struct rows *ret)
{
	int64_t began_ns;
	problem why;

	assert(n <= DB_VALUES_MAX);
	if (tx->why)
		return tx->why;
	if (fault_now(tx->db, FAULT_STATEMENT))
		return tx_fail(tx, &db_failed);
	why = begin(tx);
	if (why)
		return tx_fail(tx, why);
	began_ns = slow__now_ns();
	why = tx->db->driver->query(tx->c, sql, values, n, ret);
	ret->began_ns = began_ns;
	return why ? tx_fail(tx, why) : NULL;
}

problem tx__finish(struct tx *tx, struct rows *rows)
{
	const char *sql = rows->statement->sql;
	problem why = tx->db->driver->finish(rows);

	slow__add(tx->db->slow, sql, slow__now_ns() - rows->began_ns);
	tx->wrote |= rows->wrote;
	return why ? tx_fail(tx, why) : NULL;
}

int64_t run_count(struct tx *tx, const char *sql, const struct value *values, size_t n)
{
	struct rows rows;

	if (tx__query(tx, sql, values, n, &rows) || tx__finish(tx, &rows))
		return 0;
	return rows.changes;
}

void run(struct tx *tx, const char *sql, const struct value *values, size_t n)
{
	(void)run_count(tx, sql, values, n);
}

problem run_one(struct tx *tx, problem none, const char *sql, const struct value *values, size_t n)
{
	int64_t changed = run_count(tx, sql, values, n);

	if (tx->why)
		return tx->why;
	return changed == 1 ? NULL : tx_fail(tx, none);
}
