#include "rec/interactions.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/csv.h"
#include "num/memory.h"
#include "num/order.h"
#include "rec/names.h"

const struct problem interactions_malformed = { 422, "interactions-malformed", "A line must be numbers: a user and what they had." };
const struct problem interactions_large = { 413, "interactions-large", "More users, items or bytes than allowed." };
const struct problem interactions_columns = { 422, "interactions-columns", "The table has no such column." };
const struct problem interactions_twice = { 422, "interactions-twice", "A column that is wanted is there twice under its name." };
const struct problem interactions_empty = { 422, "interactions-empty", "It is empty." };
const struct problem interactions_weight = { 422, "interactions-weight", "A weight is to be a number, and at most a billion." };
const struct problem interactions_time = { 422, "interactions-time", "A time is to be a number (of seconds, of days), no date, and below 4e18." };
const struct problem interactions_none = { 422, "interactions-none", "Nobody did anything." };
const struct problem interactions_quotes = { 422, "interactions-quotes", "A quotation mark or the number of cells is wrong." };

static void *or_abort(void *p)
{
	if (!p)
		abort();
	return p;
}

void interactions_free(struct interactions *m)
{
	free(m->user);
	free(m->item);
	free(m->weight);
	free(m->time);
	*m = (struct interactions){ 0 };
}

/* ---- the log grows ---- */

struct growing {
	struct interactions m;
	size_t room;
	bool weighs, timed;
};

static void grow(struct growing *g)
{
	g->room = g->room ? 2 * g->room : 1024;
	g->m.user = or_abort(reallocarray(g->m.user, g->room, sizeof *g->m.user));
	g->m.item = or_abort(reallocarray(g->m.item, g->room, sizeof *g->m.item));
	if (g->weighs)
		g->m.weight = or_abort(reallocarray(g->m.weight, g->room, sizeof *g->m.weight));
	if (g->timed)
		g->m.time = or_abort(reallocarray(g->m.time, g->room, sizeof *g->m.time));
}

static void add(struct growing *g, uint32_t user, uint32_t item)
{
	if (g->m.count == g->room)
		grow(g);
	g->m.user[g->m.count] = user;
	g->m.item[g->m.count++] = item;
}

/* ---- lines of numbers ---- */

static bool is_between(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/* The next number of the line, below most; false with a NULL why: there is none. */
static bool next_number(struct text *line, uint32_t most, uint32_t *ret, problem *why)
{
	uint64_t n = 0;
	size_t digits = 0;

	while (line->length && is_between(*line->at))
		*line = text_from(*line, 1);
	if (!line->length)
		return false;
	for (; digits < line->length && !is_between(line->at[digits]); digits++) {
		char c = line->at[digits];

		if (c < '0' || c > '9') {
			*why = &interactions_malformed;
			return false;
		}
		n = n > most ? n : n * 10 + (uint64_t)(c - '0');
	}
	if (n >= most) {
		*why = &interactions_large;
		return false;
	}
	*line = text_from(*line, digits);
	*ret = (uint32_t)n;
	return true;
}

static problem read_line(struct growing *g, struct text line)
{
	uint32_t user, item;
	problem why = NULL;

	if (!next_number(&line, USERS_MAX, &user, &why))
		return why;
	if (user >= g->m.users)
		g->m.users = user + 1;
	while (next_number(&line, ITEMS_MAX, &item, &why)) {
		if (item >= g->m.items)
			g->m.items = item + 1;
		add(g, user, item);
	}
	return why;
}

problem interactions_read_adjacency(struct text bytes, struct interactions *ret, struct interactions_place *where)
{
	struct growing g = { 0 };
	struct text rest = text_without_mark(bytes);
	problem why = bytes.length > INTERACTION_BYTES_MAX ? &interactions_large : NULL;

	*where = (struct interactions_place){ 0 };
	while (!why && rest.at && rest.length) {
		where->line++;
		why = read_line(&g, text_cut(&rest, '\n'));
	}
	if (!why && !g.m.count) {
		where->line = 0;
		why = &interactions_none;
	}
	if (why)
		interactions_free(&g.m);
	else
		*ret = g.m;
	return why;
}

/* ---- tables ---- */

static bool real_of(struct text cell, double *ret)
{
	char word[64], *end;

	if (!cell.length || cell.length >= sizeof word)
		return false;
	memcpy(word, cell.at, cell.length);
	word[cell.length] = 0;
	if (strspn(word, "+-.0123456789eE") != cell.length)
		return false;
	*ret = strtod(word, &end);
	return !*end && isfinite(*ret);
}

/* A time is a whole number, or one with a fraction that is cut. */
static bool time_of(struct text cell, int64_t *ret)
{
	double n;

	if (text_to_int(cell, ret))
		return true;
	if (!real_of(cell, &n) || fabs(n) >= 0x1p62)
		return false;
	*ret = (int64_t)floor(n);
	return true;
}

enum { NO_COLUMN = CSV_COLUMNS_MAX };
struct table_reading {
	struct growing g;
	struct names users, items;
	const struct interaction_columns *called;
	size_t user, item, weight, time; /* columns */
	struct text at;                  /* that is looked at, so that a problem is told of it */
};

static problem find_column(struct table_reading *t, const struct csv_row *names, struct text wanted, size_t *ret)
{
	*ret = NO_COLUMN;
	if (!wanted.at)
		return NULL;
	t->at = wanted;
	for (size_t j = 0; j < names->count; j++) {
		if (!text_eq(names->cells[j], wanted))
			continue;
		if (*ret != NO_COLUMN)
			return &interactions_twice;
		*ret = j;
	}
	return *ret == NO_COLUMN ? &interactions_columns : NULL;
}

static problem find_columns(struct table_reading *t, const struct csv_row *names)
{
	problem why = find_column(t, names, t->called->user, &t->user);

	if (!why)
		why = find_column(t, names, t->called->item, &t->item);
	if (!why)
		why = find_column(t, names, t->called->weight, &t->weight);
	if (!why)
		why = find_column(t, names, t->called->time, &t->time);
	t->g.weighs = t->weight != NO_COLUMN;
	t->g.timed = t->time != NO_COLUMN;
	return why;
}

static problem take_name(struct table_reading *t, struct names *names, struct text column, struct text cell, uint32_t *ret)
{
	t->at = column;
	return names_add(names, cell, ret);
}

static problem take_weight(struct table_reading *t, struct text cell, float *ret)
{
	double weight;

	t->at = t->called->weight;
	if (!real_of(cell, &weight) || fabs(weight) > 1e9)
		return &interactions_weight;
	*ret = (float)weight;
	return NULL;
}

static problem take_row(struct table_reading *t, const struct csv_row *row)
{
	uint32_t user, item;
	float weight = 1;
	int64_t time = 0;
	problem why = take_name(t, &t->users, t->called->user, row->cells[t->user], &user);

	if (!why)
		why = take_name(t, &t->items, t->called->item, row->cells[t->item], &item);
	if (!why && t->g.weighs)
		why = take_weight(t, row->cells[t->weight], &weight);
	if (why)
		return why;
	t->at = t->called->time;
	if (t->g.timed && !time_of(row->cells[t->time], &time))
		return &interactions_time;
	add(&t->g, user, item);
	if (t->g.weighs)
		t->g.m.weight[t->g.m.count - 1] = weight;
	if (t->g.timed)
		t->g.m.time[t->g.m.count - 1] = time;
	return NULL;
}

static problem read_rows(struct table_reading *t, struct arena *arena, struct csv_reader *reader)
{
	struct csv_row *row = ARENA_NEW(arena, struct csv_row);
	size_t cells;
	problem why;

	if (!csv_next(reader, arena, row))
		return &interactions_none;
	if (row->fault)
		return &interactions_quotes;
	cells = row->count;
	why = find_columns(t, row);
	t->at = why ? t->at : (struct text){ 0 };
	while (!why && csv_next(reader, arena, row)) {
		bool is_sound = !row->fault && row->count == cells;

		t->at = (struct text){ 0 };
		why = is_sound ? take_row(t, row) : &interactions_quotes;
	}
	return why || t->g.m.count ? why : &interactions_none;
}

problem interactions_read_table(struct arena *arena, struct text bytes, const struct interaction_columns *columns,
                                struct interactions *ret, struct interactions_place *where)
{
	struct table_reading t = { .users = { .most = USERS_MAX }, .items = { .most = ITEMS_MAX }, .called = columns };
	struct csv_reader reader;
	struct text utf8;
	problem why = bytes.length > INTERACTION_BYTES_MAX ? &interactions_large : csv_decode(arena, bytes, &utf8);

	assert(columns->user.at && columns->item.at);
	*where = (struct interactions_place){ 0 };
	if (why)
		return why;
	reader = csv_open(utf8);
	why = read_rows(&t, arena, &reader);
	*where = (struct interactions_place){ reader.line, why ? t.at : (struct text){ 0 } };
	if (why) {
		interactions_free(&t.g.m);
	} else {
		*ret = t.g.m;
		ret->users = (uint32_t)t.users.count;
		ret->items = (uint32_t)t.items.count;
		ret->user_names = names_keep(arena, &t.users);
		ret->item_names = names_keep(arena, &t.items);
	}
	names_free(&t.users);
	names_free(&t.items);
	return why;
}

/* ---- compressed rows ---- */

void sparse_free(struct sparse *m)
{
	free(m->start);
	free(m->column);
	free(m->weight);
	free(m->time);
	*m = (struct sparse){ 0 };
}

static struct sparse sparse_new(uint32_t rows, uint32_t columns, size_t count, bool weighs, bool timed)
{
	struct sparse m = { .rows = rows, .columns = columns };

	m.start = array_of((size_t)rows + 1, sizeof *m.start);
	m.column = array_of(count, sizeof *m.column);
	m.weight = weighs ? array_of(count, sizeof *m.weight) : NULL;
	m.time = timed ? array_of(count, sizeof *m.time) : NULL;
	return m;
}

/* start[r] holds how many row r has; afterwards where it begins. */
static void counts_to_starts(struct sparse *m)
{
	size_t sum = 0;

	for (size_t r = 0; r <= m->rows; r++) {
		size_t here = m->start[r];

		m->start[r] = sum;
		sum += here;
	}
}

/* Filling moves each start to the next row's: this moves them back. */
static void starts_back(struct sparse *m)
{
	memmove(m->start + 1, m->start, m->rows * sizeof *m->start);
	m->start[0] = 0;
}

static void put(struct sparse *m, uint32_t row, uint32_t column, float weight, int64_t time)
{
	size_t at = m->start[row]++;

	m->column[at] = column;
	if (m->weight)
		m->weight[at] = weight;
	if (m->time)
		m->time[at] = time;
}

static bool is_wanted(const uint8_t *parts, unsigned wanted, size_t i) { return !parts || parts[i] & wanted; }

/* Wanted rows, in an order that goes user by user, or (NULL) in that of the log */
static void gather(const struct interactions *m, const uint8_t *parts, unsigned wanted, const size_t *order, struct sparse *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < m->count; i++)
		count += is_wanted(parts, wanted, i);
	*ret = sparse_new(m->users, m->items, count, m->weight, m->time);
	for (size_t i = 0; i < m->count; i++) {
		assert(m->user[i] < m->users && m->item[i] < m->items);
		if (is_wanted(parts, wanted, i))
			ret->start[m->user[i]]++;
	}
	counts_to_starts(ret);
	for (size_t k = 0; k < m->count; k++) {
		size_t i = order ? order[k] : k;

		if (is_wanted(parts, wanted, i))
			put(ret, m->user[i], m->item[i], m->weight ? m->weight[i] : 1, m->time ? m->time[i] : 0);
	}
	starts_back(ret);
}

void sparse_transpose(const struct sparse *m, struct sparse *ret)
{
	*ret = sparse_new(m->columns, m->rows, sparse_count(m), m->weight, m->time);
	for (size_t i = 0; i < sparse_count(m); i++)
		ret->start[m->column[i]]++;
	counts_to_starts(ret);
	for (uint32_t r = 0; r < m->rows; r++) {
		for (size_t i = m->start[r]; i < m->start[r + 1]; i++)
			put(ret, m->column[i], r, sparse_weight(m, i), m->time ? m->time[i] : 0);
	}
	starts_back(ret);
}

/* Equal neighbours of a row become one; its weight is their sum, or that of the last. */
static void merge(struct sparse *m, bool latest)
{
	size_t to = 0, from = 0;

	for (uint32_t r = 0; r < m->rows; r++) {
		size_t end = m->start[r + 1], begin = to;

		m->start[r] = begin;
		for (; from < end; from++) {
			if (to > begin && m->column[to - 1] == m->column[from]) {
				if (m->weight)
					m->weight[to - 1] = latest ? m->weight[from] : m->weight[to - 1] + m->weight[from];
				if (m->time && m->time[from] > m->time[to - 1])
					m->time[to - 1] = m->time[from];
				continue;
			}
			m->column[to] = m->column[from];
			if (m->weight)
				m->weight[to] = m->weight[from];
			if (m->time)
				m->time[to] = m->time[from];
			to++;
		}
	}
	m->start[m->rows] = to;
}

/* Turned twice, each row is sorted. */
static void matrix_of(const struct sparse *log, bool latest, struct sparse *ret)
{
	CLEANUP(sparse_free) struct sparse turned = { 0 };

	sparse_transpose(log, &turned);
	sparse_transpose(&turned, ret);
	merge(ret, latest);
}

void sparse_of(const struct interactions *m, const uint8_t *parts, unsigned wanted, struct sparse *ret)
{
	CLEANUP(sparse_free) struct sparse log = { 0 };

	gather(m, parts, wanted, NULL, &log);
	matrix_of(&log, false, ret);
}

struct moment {
	int64_t time;
	size_t at;
};

static int by_time(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	return RISING(x->time, y->time) ?: RISING(x->at, y->at);
}

void interactions_order(const struct interactions *m, size_t *start, size_t *row)
{
	struct moment *moments = array_of(m->count, sizeof *moments);

	memset(start, 0, ((size_t)m->users + 1) * sizeof *start);
	for (size_t i = 0; i < m->count; i++)
		start[m->user[i] + 1]++;
	for (size_t u = 0; u < m->users; u++)
		start[u + 1] += start[u];
	for (size_t i = 0; i < m->count; i++)
		moments[start[m->user[i]]++] = (struct moment){ m->time ? m->time[i] : 0, i };
	memmove(start + 1, start, m->users * sizeof *start);
	start[0] = 0;
	for (size_t u = 0; u < m->users && m->time; u++)
		qsort(moments + start[u], start[u + 1] - start[u], sizeof *moments, by_time);
	for (size_t i = 0; i < m->count; i++)
		row[i] = moments[i].at;
	free(moments);
}

void sparse_sequences(const struct interactions *m, const uint8_t *parts, unsigned wanted, struct sparse *ret)
{
	size_t *start = array_of((size_t)m->users + 1, sizeof *start), *order = array_of(m->count, sizeof *order);

	interactions_order(m, start, order);
	gather(m, parts, wanted, order, ret);
	free(start);
	free(order);
}

void sparse_latest(const struct interactions *m, const uint8_t *parts, unsigned wanted, struct sparse *ret)
{
	CLEANUP(sparse_free) struct sparse log = { 0 };

	sparse_sequences(m, parts, wanted, &log);
	matrix_of(&log, true, ret);
}

/* Where the pair lies; where its row ends: nowhere */
static size_t place_of(const struct sparse *m, uint32_t row, uint32_t column)
{
	size_t low = m->start[row], high = m->start[row + 1];

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->column[middle] < column)
			low = middle + 1;
		else
			high = middle;
	}
	return low < m->start[row + 1] && m->column[low] == column ? low : m->start[row + 1];
}

bool sparse_has(const struct sparse *m, uint32_t row, uint32_t column) { return place_of(m, row, column) < m->start[row + 1]; }

float sparse_value(const struct sparse *m, uint32_t row, uint32_t column)
{
	size_t place = place_of(m, row, column);

	return place < m->start[row + 1] ? sparse_weight(m, place) : 0;
}
