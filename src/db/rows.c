/* rows.c - rows by shape: column k fills field k of a flat shape. A column that is not what its field says is a mistake
 * of ours, told in the log and as db_failed: half a row is never handed out. */
#include "db/internal.h"

#include <assert.h>
#include <stdio.h>

enum { ROWS_FIRST = 16 };

static int kind_of(enum shape_kind kind)
{
	static const uint8_t kinds[] = {
		[SHAPE_BOOL] = VALUE_INT,  [SHAPE_INT] = VALUE_INT,   [SHAPE_ID] = VALUE_INT,    [SHAPE_MONEY] = VALUE_INT,
		[SHAPE_TIME] = VALUE_INT,  [SHAPE_REAL] = VALUE_REAL, [SHAPE_TEXT] = VALUE_TEXT, [SHAPE_ENUM] = VALUE_TEXT,
		[SHAPE_JSON] = VALUE_TEXT, [SHAPE_HTML] = VALUE_TEXT, [SHAPE_WORD] = VALUE_TEXT,
	};

	assert(kind < sizeof kinds && kinds[kind] && "a row is flat");
	return kinds[kind];
}

static bool put_name(const struct field *field, struct text name, int *to)
{
	*to = 0;
	if (!name.at)
		return true;
	for (int i = 0; !i || field->names[i]; i++) {
		if (!field->names[i] || !text_is(name, field->names[i]))
			continue;
		*to = i;
		return true;
	}
	return false;
}

/* null: numbers become 0, texts absent */
static bool put_value(const struct field *field, const struct value *v, char *row, struct arena *arena)
{
	void *to = row + field->at;
	bool null = v->kind == VALUE_NULL;
	struct text t = null ? (struct text){ 0 } : v->t;

	if (field->given_at)
		*(enum given *)(void *)(row + field->given_at) = null ? GIVEN_NULL : GIVEN_VALUE;
	switch (kind_of(field->kind)) {
	case VALUE_INT:
		if (field->kind == SHAPE_BOOL)
			*(bool *)to = !null && v->i;
		else
			*(int64_t *)to = null ? 0 : v->i;
		return true;
	case VALUE_REAL:
		*(double *)to = null ? 0 : v->x;
		return true;
	}
	if (field->kind == SHAPE_ENUM)
		return put_name(field, t, to);
	assert(arena || field->kind != SHAPE_WORD); /* nothing promises a NUL where the driver has it */
	t = arena ? arena_text(arena, t) : t;
	if (field->kind == SHAPE_WORD)
		*(const char **)to = t.at;
	else
		*(struct text *)to = t;
	return true;
}

static problem fail(struct tx *tx, const struct rows *rows, const struct shape *shape, size_t k)
{
	char place[128];

	snprintf(place, sizeof place, "column %zu does not fit %s.%s", k + 1, shape->name, shape->fields[k].name);
	db__log_failure(tx->db->driver->name, "row", place, rows->statement->sql);
	return tx_fail(tx, &db_failed);
}

/* `arena` NULL: texts stay where the driver has them, until the next row. */
static problem fill(struct tx *tx, struct rows *rows, const struct shape *shape, void *row, struct arena *arena)
{
	const struct db_driver *driver = tx->db->driver;
	struct arena *scratch = tx_arena(tx);

	assert((size_t)rows->columns == shape->count);
	for (size_t k = 0; k < shape->count; k++) {
		const struct field *field = &shape->fields[k];
		struct value v;

		if (!driver->column(rows, (int)k, kind_of(field->kind), scratch, &v) || !put_value(field, &v, row, arena))
			return fail(tx, rows, shape, k);
	}
	return NULL;
}

/* The next row's problem sticks too. */
static bool next(struct tx *tx, struct rows *rows)
{
	bool more = false;
	problem why = tx->db->driver->next(rows, &more);

	if (why)
		tx__stick(tx, why);
	return !why && more;
}

problem read_one(struct tx *tx, problem none, const struct shape *row, void *ret, const char *sql, const struct value *values, size_t n)
{
	struct rows rows;
	bool found;
	problem why;

	if (tx__query(tx, sql, values, n, &rows))
		return tx->why;
	found = next(tx, &rows);
	if (found)
		(void)fill(tx, &rows, row, ret, tx_arena(tx));
	why = tx__finish(tx, &rows);
	if (why || tx->why)
		return tx->why;
	return found ? NULL : none;
}

int64_t read_int(struct tx *tx, int64_t otherwise, const char *sql, const struct value *values, size_t n)
{
	struct rows rows;
	struct value v = value_null();

	if (tx__query(tx, sql, values, n, &rows))
		return otherwise;
	if (next(tx, &rows) && !tx->db->driver->column(&rows, 0, VALUE_INT, tx_arena(tx), &v)) {
		db__log_failure(tx->db->driver->name, "row", "the first column is no integer", sql);
		tx__stick(tx, &db_failed);
	}
	if (tx__finish(tx, &rows) || tx->why || v.kind == VALUE_NULL)
		return otherwise;
	return v.i;
}

struct list {
	char *at;
	size_t count, room;
};

static void *list_add(struct list *list, const struct shape *row, struct arena *arena)
{
	if (list->count == list->room) {
		size_t room = list->room ? list->room * 2 : ROWS_FIRST;
		char *at = arena_array_of(arena, row->size, room);

		if (list->count)
			memcpy(at, list->at, list->count * row->size);
		list->at = at;
		list->room = room;
	}
	return list->at + list->count++ * row->size;
}

problem read_all(struct tx *tx, const struct shape *row, size_t most, void **ret, size_t *ret_count, const char *sql,
		 const struct value *values, size_t n)
{
	struct list list = { 0 };
	struct rows rows;
	bool more;

	if (tx__query(tx, sql, values, n, &rows))
		return tx->why;
	while ((more = next(tx, &rows)) && list.count < most)
		if (fill(tx, &rows, row, list_add(&list, row, tx_arena(tx)), tx_arena(tx)))
			break;
	assert(!more || tx->why || strstr(sql, "limit")); /* more rows than anybody reckoned with */
	if (tx__finish(tx, &rows) || tx->why)
		return tx->why;
	*ret = list.at;
	*ret_count = list.count;
	return NULL;
}

problem read_each(struct tx *tx, const struct shape *row, problem (*each)(void *arg, const void *row), void *arg, const char *sql,
		  const struct value *values, size_t n)
{
	void *one = arena_alloc(tx_arena(tx), row->size);
	struct rows rows;
	problem why = NULL;

	if (tx__query(tx, sql, values, n, &rows))
		return tx->why;
	while (!why && next(tx, &rows)) {
		why = fill(tx, &rows, row, one, NULL);
		if (!why)
			why = each(arg, one);
	}
	if (tx__finish(tx, &rows) || tx->why)
		return tx->why;
	return why;
}
