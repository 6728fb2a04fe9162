/* table.c - reads the text twice: what kind is each column? and then its values, so that nothing is kept which is not wanted. */
#include "num/table.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

const struct problem table_empty = { 422, "table-empty", "The table has no rows." };
const struct problem table_names = { 422, "table-names", "The first line must have a name for each column, each another, none a number." };
const struct problem table_quotes = { 422, "table-quotes", "A quotation mark stands where none may, or does not end." };
const struct problem table_ragged = { 422, "table-ragged", "A line has more or fewer cells than the first." };
const struct problem table_large = { 413, "table-large", "The table is larger than allowed: 512 MB, 256 columns, 64 million cells." };

/* ---- cells ---- */

static bool is_hole(struct text cell)
{
	static const char *const words[] = { "", "NA", "N/A", "NaN", "nan", "null", "NULL", "?" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (text_is(cell, words[i]))
			return true;
	}
	return false;
}

/* Decimal, whole cell, finite; infinities and hexadecimals are words. */
static bool number_of(struct text cell, real *ret)
{
	char word[64], *end;

	if (!cell.length || cell.length >= sizeof word)
		return false;
	memcpy(word, cell.at, cell.length);
	word[cell.length] = 0;
	if (strspn(word, "+-.0123456789eE") != cell.length)
		return false;
	*ret = strtold(word, &end);
	return !*end && isfinite((double)*ret);
}

/* ---- what kind ---- */

static problem read_names(struct csv_reader *reader, struct arena *arena, struct table *t, struct table_place *where)
{
	struct csv_row *row = ARENA_NEW(arena, struct csv_row);
	real number;

	if (!csv_next(reader, arena, row))
		return &table_empty;
	*where = (struct table_place){ reader->line, row->column };
	if (row->fault)
		return row->fault == CSV_TOO_WIDE ? &table_large : &table_quotes;
	t->columns = row->count;
	t->column = ARENA_ARRAY(arena, struct table_column, t->columns);
	for (size_t j = 0; j < t->columns; j++) {
		where->column = j + 1;
		if (!row->cells[j].length || number_of(row->cells[j], &number))
			return &table_names;
		for (size_t k = 0; k < j; k++) {
			if (text_eq(row->cells[j], t->column[k].name))
				return &table_names;
		}
		t->column[j].name = row->cells[j];
	}
	return NULL;
}

static void look_at(struct table_column *c, struct text cell, size_t line)
{
	real number;

	if (is_hole(cell)) {
		c->holes++;
	} else if (c->kind == NUMBERS && !number_of(cell, &number)) {
		c->kind = WORDS;
		c->word = cell;
		c->word_line = line;
	}
}

/* The kinds, and how many rows there are. */
static problem look_through(struct csv_reader reader, struct arena *arena, struct table *t, struct table_place *where)
{
	struct csv_row *row = ARENA_NEW(arena, struct csv_row);

	while (csv_next(&reader, arena, row)) {
		*where = (struct table_place){ reader.line, row->column };
		if (row->fault && row->fault != CSV_TOO_WIDE)
			return &table_quotes;
		where->column = 0;
		if (row->fault || row->count != t->columns)
			return &table_ragged;
		if (++t->rows > TABLE_CELLS_MAX / t->columns)
			return &table_large;
		for (size_t j = 0; j < t->columns; j++)
			look_at(&t->column[j], row->cells[j], reader.line);
	}
	return t->rows ? NULL : &table_empty;
}

/* ---- values ---- */

/* Different words of one column by their hash; a slot has the place of its word, from 1. */
enum { SLOTS = 4 * TABLE_LEVELS_MAX };
struct dictionary {
	unsigned slot[SLOTS];
};

static unsigned place_of(struct dictionary *d, struct table_column *c, struct text word)
{
	size_t at = text_hash(word) % SLOTS;

	for (; d->slot[at]; at = (at + 1) % SLOTS) {
		if (text_eq(c->levels[d->slot[at] - 1], word))
			return d->slot[at] - 1;
	}
	if (c->level_count == TABLE_LEVELS_MAX) {
		c->kind = TOO_MANY_WORDS;
		return NO_WORD;
	}
	c->levels[c->level_count++] = word;
	d->slot[at] = (unsigned)c->level_count;
	return d->slot[at] - 1;
}

static void take(struct table_column *c, struct dictionary *d, size_t row, struct text cell)
{
	if (c->kind == NUMBERS) {
		c->numbers[row] = NAN;
		if (!is_hole(cell) && !number_of(cell, &c->numbers[row]))
			assert(false); /* look_at saw to it */
	} else if (c->kind == WORDS) {
		c->words[row] = is_hole(cell) ? NO_WORD : place_of(d, c, cell);
	}
}

struct level {
	struct text word;
	unsigned was;
};

static int by_bytes(const void *a, const void *b)
{
	return text_compare(((const struct level *)a)->word, ((const struct level *)b)->word);
}

static void sort_levels(struct arena *arena, struct table_column *c, size_t rows)
{
	struct level *levels = ARENA_ARRAY(arena, struct level, c->level_count);
	unsigned *now = ARENA_ARRAY(arena, unsigned, c->level_count);

	for (size_t i = 0; i < c->level_count; i++)
		levels[i] = (struct level){ c->levels[i], (unsigned)i };
	qsort(levels, c->level_count, sizeof *levels, by_bytes);
	for (size_t i = 0; i < c->level_count; i++) {
		c->levels[i] = levels[i].word;
		now[levels[i].was] = (unsigned)i;
	}
	for (size_t i = 0; i < rows; i++) {
		if (c->words[i] != NO_WORD)
			c->words[i] = now[c->words[i]];
	}
}

static void take_all(struct csv_reader reader, struct arena *arena, struct table *t)
{
	struct dictionary **d = ARENA_ARRAY(arena, struct dictionary *, t->columns);
	struct csv_row *row = ARENA_NEW(arena, struct csv_row);

	t->line = ARENA_ARRAY(arena, size_t, t->rows);
	for (size_t j = 0; j < t->columns; j++) {
		struct table_column *c = &t->column[j];

		if (c->kind == NUMBERS) {
			c->numbers = ARENA_ARRAY(arena, real, t->rows);
			continue;
		}
		c->words = ARENA_ARRAY(arena, unsigned, t->rows);
		c->levels = ARENA_ARRAY(arena, struct text, TABLE_LEVELS_MAX);
		d[j] = ARENA_NEW(arena, struct dictionary);
	}
	for (size_t i = 0; csv_next(&reader, arena, row); i++) {
		t->line[i] = reader.line;
		for (size_t j = 0; j < t->columns; j++)
			take(&t->column[j], d[j], i, row->cells[j]);
	}
	for (size_t j = 0; j < t->columns; j++) {
		if (t->column[j].kind == WORDS)
			sort_levels(arena, &t->column[j], t->rows);
	}
}

problem table_read(struct arena *arena, struct text bytes, struct table *ret, struct table_place *where)
{
	struct table t = { 0 };
	struct csv_reader reader;
	struct text utf8;
	problem why = bytes.length > TABLE_BYTES_MAX ? &table_large : csv_decode(arena, bytes, &utf8);

	*where = (struct table_place){ 0, 0 };
	if (why)
		return why;
	reader = csv_open(utf8);
	why = read_names(&reader, arena, &t, where);
	if (!why)
		why = look_through(reader, arena, &t, where);
	if (why)
		return why;
	take_all(reader, arena, &t);
	*ret = t;
	return NULL;
}

struct table_column *table_find(const struct table *t, struct text name)
{
	for (size_t j = 0; j < t->columns; j++) {
		if (text_eq(t->column[j].name, name))
			return &t->column[j];
	}
	return NULL;
}
