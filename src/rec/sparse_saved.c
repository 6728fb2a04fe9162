#include "rec/sparse_saved.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *name_of(char out[SAVED_NAME_MAX + 1], const char *prefix, const char *what)
{
	snprintf(out, SAVED_NAME_MAX + 1, "%s.%s", prefix, what);
	return out;
}

void sparse_save(struct buffer *b, const char *prefix, const struct sparse *m)
{
	char name[SAVED_NAME_MAX + 1];
	uint32_t shape[2] = { m->rows, m->columns };
	size_t count = sparse_count(m);

	static_assert(sizeof *m->start == sizeof(int64_t), "starts are saved as they lie");
	saved_add(b, name_of(name, prefix, "shape"), SAVED_U32, shape, 2);
	saved_add(b, name_of(name, prefix, "start"), SAVED_I64, m->start, (size_t)m->rows + 1);
	saved_add(b, name_of(name, prefix, "column"), SAVED_U32, m->column, count);
	if (m->weight)
		saved_add(b, name_of(name, prefix, "weight"), SAVED_F32, m->weight, count);
	if (m->time)
		saved_add(b, name_of(name, prefix, "time"), SAVED_I64, m->time, count);
}

static bool is_sound(const struct sparse *m, size_t count)
{
	if (m->start[0] != 0 || m->start[m->rows] != count)
		return false;
	for (uint32_t r = 0; r < m->rows; r++) {
		if (m->start[r] > m->start[r + 1] || m->start[r + 1] > count)
			return false;
		for (size_t i = m->start[r]; i < m->start[r + 1]; i++) {
			if (m->column[i] >= m->columns || (i > m->start[r] && m->column[i] <= m->column[i - 1]))
				return false;
			if (m->weight && !isfinite(m->weight[i]))
				return false;
		}
	}
	return true;
}

static void *copy_of(const void *at, size_t bytes)
{
	void *ret = malloc(bytes ? bytes : 1);

	if (!ret)
		abort();
	return memcpy(ret, at, bytes);
}

problem sparse_load(const struct saved *s, const char *prefix, struct sparse *ret)
{
	char name[SAVED_NAME_MAX + 1];
	const void *shape, *start, *column = NULL, *weight = NULL, *time = NULL;
	struct sparse m = { 0 };
	size_t count;
	problem why = saved_array_of(s, name_of(name, prefix, "shape"), SAVED_U32, 2, &shape);

	if (why)
		return why;
	m.rows = ((const uint32_t *)shape)[0];
	m.columns = ((const uint32_t *)shape)[1];
	why = saved_array_of(s, name_of(name, prefix, "start"), SAVED_I64, (size_t)m.rows + 1, &start);
	if (!why)
		why = saved_array(s, name_of(name, prefix, "column"), SAVED_U32, &count, &column);
	if (why)
		return why;
	if (saved_array_of(s, name_of(name, prefix, "weight"), SAVED_F32, count, &weight))
		weight = NULL;
	if (saved_array_of(s, name_of(name, prefix, "time"), SAVED_I64, count, &time))
		time = NULL;
	m.start = copy_of(start, ((size_t)m.rows + 1) * sizeof *m.start);
	m.column = copy_of(column, count * sizeof *m.column);
	m.weight = weight ? copy_of(weight, count * sizeof *m.weight) : NULL;
	m.time = time ? copy_of(time, count * sizeof *m.time) : NULL;
	if (!is_sound(&m, count)) {
		sparse_free(&m);
		return &saved_damaged;
	}
	*ret = m;
	return NULL;
}
