/* backup_store.c - SQL of what became of each backup and drill. */
#include "backup/schedule.h"

#define X_NAME(id, name) [RUN_##id] = name,
const char *const run_kind_names[] = { RUN_KINDS(X_NAME) NULL };
const char *const run_state_names[] = { RUN_STATES(X_NAME) NULL };
#undef X_NAME

static const struct shape row_shape = SHAPE_AS("backup_run_row", backup_run,
	FIELD(backup_run, id,       SHAPE_INT),
	FIELD(backup_run, kind,     SHAPE_ENUM, .names = run_kind_names),
	FIELD(backup_run, state,    SHAPE_ENUM, .names = run_state_names),
	FIELD(backup_run, asked_by, SHAPE_INT),
	FIELD(backup_run, began_ms, SHAPE_TIME),
	FIELD(backup_run, ended_ms, SHAPE_TIME),
	FIELD(backup_run, path,     SHAPE_TEXT),
	FIELD(backup_run, size,     SHAPE_INT),
	FIELD(backup_run, files,    SHAPE_INT),
	FIELD(backup_run, missing,  SHAPE_INT),
	FIELD(backup_run, sealed,   SHAPE_BOOL),
	FIELD(backup_run, removed,  SHAPE_BOOL),
	FIELD(backup_run, why,      SHAPE_TEXT, .nullable = true));

#define COLUMNS "select id, kind, state, asked_by, began_ms, ended_ms, path, size, files, missing, sealed, removed, why from backup_run"

enum { KEPT_MAX = 2000 };

void run__add(struct tx *tx, const struct backup_run *run_)
{
	run(tx, "insert into backup_run (id, kind, state, asked_by, began_ms, ended_ms, path, size, files, missing, sealed, removed)"
	        " values ($1, $2, 'running', $3, $4, 0, $5, 0, 0, 0, 0, 0)",
	    V(run_->id, run_kind_names[run_->kind], run_->asked_by, run_->began_ms, run_->path.at ? run_->path : TEXT("")));
}

void run__end(struct tx *tx, const struct backup_run *r)
{
	run(tx, "update backup_run set state = $1, ended_ms = $2, path = $3, size = $4, files = $5, missing = $6, sealed = $7, why = $8 where id = $9",
	    V(run_state_names[r->state], tx_now_ms(tx), r->path.at ? r->path : TEXT(""), r->size, r->files, r->missing, r->sealed, r->why, r->id));
}

void run__interrupt(struct tx *tx, int kind)
{
	run(tx, "update backup_run set state = 'failed', ended_ms = $1, why = 'interrupted' where kind = $2 and state = 'running'",
	    V(tx_now_ms(tx), run_kind_names[kind]));
}

problem run__list(struct tx *tx, int kind, size_t most, struct backup_run **ret, size_t *ret_count)
{
	void *rows;
	problem why = read_all(tx, &row_shape, most, &rows, ret_count, COLUMNS " where kind = $1 order by began_ms desc, id desc limit $2",
	                       V(run_kind_names[kind], most));

	*ret = rows;
	return why;
}

problem run__newest(struct tx *tx, int kind, int state, struct backup_run *ret)
{
	return read_one(tx, &problem_not_found, &row_shape, ret, COLUMNS " where kind = $1 and ($2 is null or state = $2) order by began_ms desc, id desc limit 1",
	                V(run_kind_names[kind], state ? text_of(run_state_names[state]) : (struct text){ 0 }));
}

problem run__kept(struct tx *tx, struct backup_run **ret, size_t *ret_count)
{
	void *rows;
	problem why = read_all(tx, &row_shape, KEPT_MAX, &rows, ret_count,
	                       COLUMNS " where kind = 'backup' and state = 'done' and removed = 0 order by began_ms desc, id desc limit $1", V(KEPT_MAX));

	*ret = rows;
	return why;
}

void run__removed(struct tx *tx, int64_t id) { run(tx, "update backup_run set removed = 1 where id = $1", V(id)); }
