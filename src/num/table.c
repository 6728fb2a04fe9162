/* table.c - reads the text twice: what kind is each column? and then its values, so that nothing is kept which is not wanted. */
#include "num/table.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "num/order.h"

const struct problem table_empty = { 422, "table-empty", "The table has no rows." };
const struct problem table_names = { 422, "table-names", "The first line must have a name for each column, each another, none a number." };
const struct problem table_quotes = { 422, "table-quotes", "A quotation mark stands where none may, or does not end." };
const struct problem table_ragged = { 422, "table-ragged", "A line has more or fewer cells than the first." };
const struct problem table_large = { 413, "table-large", "The table is larger than allowed: 512 MB, 256 columns, 64 million cells." };

/* ---- cells ---- */

enum { DIGITS_KEPT = 19 }; /* of any whole number: 10^19 is below 2^64 */

static bool is_hole(struct text cell)
{
	static const char *const words[] = { "", "NA", "N/A", "NaN", "nan", "NAN", "-nan", "null", "NULL", "?" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (text_is(cell, words[i]))
			return true;
	}
	return false;
}

/* Decimal, whole cell; what no double holds is infinite. Hexadecimals are words. */
static bool is_decimal(struct text cell, real *ret)
{
	char word[64], *end;

	if (!cell.length || cell.length >= sizeof word)
		return false;
	memcpy(word, cell.at, cell.length);
	word[cell.length] = 0;
	if (strspn(word, "+-.0123456789eE") != cell.length)
		return false;
	*ret = strtold(word, &end);
	return !*end;
}

static bool decimal_of(struct text cell, real *ret)
{
	return is_decimal(cell, ret) && isfinite((double)*ret);
}

static bool is_infinite(struct text cell)
{
	static const char *const words[] = { "inf", "Inf", "INF", "infinity", "Infinity", "INFINITY", "\xe2\x88\x9e" };
	real number;

	if (is_decimal(cell, &number))
		return !isfinite((double)number);
	if (cell.length && (*cell.at == '-' || *cell.at == '+'))
		cell = text_from(cell, 1);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (text_is(cell, words[i]))
			return true;
	}
	return false;
}

/* Digits only, too many for the mantissa to have kept them all? */
static bool lost_digits(struct text cell, real x)
{
	char kept[64];
	int length;

	if (cell.length && (*cell.at == '-' || *cell.at == '+'))
		cell = text_from(cell, 1);
	while (cell.length && *cell.at == '0')
		cell = text_from(cell, 1);
	for (size_t i = 0; i < cell.length; i++) {
		if (cell.at[i] < '0' || cell.at[i] > '9')
			return false;
	}
	if (cell.length <= DIGITS_KEPT)
		return false;
	length = snprintf(kept, sizeof kept, "%.0Lf", fabsl(x));
	return !text_eq(cell, (struct text){ kept, (size_t)length });
}

bool table_number(struct text cell, real *ret)
{
	return decimal_of(cell, ret) && (cell.length <= DIGITS_KEPT || !lost_digits(cell, *ret));
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
		if (!row->cells[j].length || decimal_of(row->cells[j], &number))
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
	} else if (c->kind == NUMBERS && (c->is_name || !table_number(cell, &number))) {
		c->kind = WORDS;
		c->word = cell;
		c->word_line = line;
		c->is_infinite = !c->is_name && is_infinite(cell);
	} else if (c->is_infinite) { /* beside words it is one of them */
		c->is_infinite = table_number(cell, &number) || is_infinite(cell);
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
	if (!t->rows) {
		*where = (struct table_place){ 0, 0 };
		return &table_empty;
	}
	return NULL;
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
		if (!is_hole(cell) && !table_number(cell, &c->numbers[row]))
			assert(false); /* look_at saw to it */
	} else if (c->kind == WORDS && !c->is_key) {
		c->words[row] = is_hole(cell) ? NO_WORD : place_of(d, c, cell);
	}
}

struct level {
	struct text word;
	unsigned was; /* its place before it was sorted: among the levels, or the row of a key */
	real number;  /* of a name that looks like one; of other names infinity, of other words 0 */
};

static int by_bytes(const void *a, const void *b)
{
	const struct level *x = a, *y = b;

	return RISING(x->number, y->number) ?: text_compare(x->word, y->word);
}

static real number_of_name(const struct table_column *c, struct text cell)
{
	real number = 0;

	return !c->is_name || table_number(cell, &number) ? number : INFINITY;
}

/* Cells of a key, one for each row that has no hole, become levels without a dictionary. */
static void name_key(struct arena *arena, struct table_column *c, struct level *cells, size_t count)
{
	qsort(cells, count, sizeof *cells, by_bytes);
	for (size_t i = 0; i < count; i++)
		c->level_count += !i || !text_eq(cells[i - 1].word, cells[i].word);
	c->levels = ARENA_ARRAY(arena, struct text, c->level_count);
	for (size_t i = 0, k = 0; i < count; i++) {
		k += i && !text_eq(cells[i - 1].word, cells[i].word);
		c->levels[k] = cells[i].word;
		c->words[cells[i].was] = (unsigned)k;
	}
}

/* The column's cells are read once more, by themselves: few columns are keys. */
static void take_key(struct csv_reader reader, struct arena *arena, struct table *t, size_t column)
{
	struct table_column *c = &t->column[column];
	struct level *cells = calloc(t->rows - c->holes + 1, sizeof *cells);
	struct csv_row *row = ARENA_NEW(arena, struct csv_row);
	size_t count = 0;

	if (!cells)
		abort();
	c->words = ARENA_ARRAY(arena, unsigned, t->rows);
	for (unsigned i = 0; csv_next(&reader, arena, row); i++) {
		if (is_hole(row->cells[column]))
			c->words[i] = NO_WORD;
		else
			cells[count++] = (struct level){ row->cells[column], i, number_of_name(c, row->cells[column]) };
	}
	assert(count == t->rows - c->holes);
	name_key(arena, c, cells, count);
	free(cells);
}

/* Levels in the order of their bytes; until now in that of the rows. */
static void sort_levels(struct arena *arena, struct table_column *c, size_t rows)
{
	struct level *levels = ARENA_ARRAY(arena, struct level, c->level_count);
	unsigned *now = ARENA_ARRAY(arena, unsigned, c->level_count);

	for (size_t i = 0; i < c->level_count; i++)
		levels[i] = (struct level){ c->levels[i], (unsigned)i, 0 };
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
		if (c->is_key) {
			take_key(reader, arena, t, j);
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
		if (t->column[j].kind == WORDS && !t->column[j].is_key)
			sort_levels(arena, &t->column[j], t->rows);
	}
}

static void mark_keys(struct table *t, const char *const *keys, bool are_names)
{
	for (; *keys; keys++) {
		struct table_column *c = table_find(t, text_of(*keys));

		if (!c)
			continue;
		c->is_key = true;
		c->is_name = are_names;
	}
}

static problem read_all(struct arena *arena, struct text bytes, const char *const *keys, bool are_names, struct table *ret, struct table_place *where)
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
	mark_keys(&t, keys, are_names);
	if (!why)
		why = look_through(reader, arena, &t, where);
	if (why)
		return why;
	take_all(reader, arena, &t);
	*ret = t;
	return NULL;
}

problem table_read_keys(struct arena *arena, struct text bytes, const char *const *keys, struct table *ret, struct table_place *where)
{
	return read_all(arena, bytes, keys, false, ret, where);
}

problem table_read_names(struct arena *arena, struct text bytes, const char *const *names, struct table *ret, struct table_place *where)
{
	return read_all(arena, bytes, names, true, ret, where);
}

problem table_read(struct arena *arena, struct text bytes, struct table *ret, struct table_place *where)
{
	return table_read_keys(arena, bytes, (const char *const[]){ NULL }, ret, where);
}

struct table_column *table_find(const struct table *t, struct text name)
{
	for (size_t j = 0; j < t->columns; j++) {
		if (text_eq(t->column[j].name, name))
			return &t->column[j];
	}
	return NULL;
}

/* ---- numbers that are names ---- */

int table_by_number(const void *a, const void *b)
{
	real x = *(const real *)a, y = *(const real *)b;

	return (x > y) - (x < y);
}

real *table_numbers(struct arena *arena, const struct table_column *c, size_t rows, size_t *count)
{
	real *sorted = malloc((rows + 1) * sizeof *sorted), *ret;
	size_t known = 0, kept = 0;

	assert(c->kind == NUMBERS);
	if (!sorted)
		abort();
	for (size_t i = 0; i < rows; i++) {
		if (!isnan(c->numbers[i]))
			sorted[known++] = c->numbers[i] + 0; /* -0 and 0 are one */
	}
	qsort(sorted, known, sizeof *sorted, table_by_number);
	for (size_t i = 0; i < known; i++) {
		if (!kept || sorted[kept - 1] < sorted[i])
			sorted[kept++] = sorted[i];
	}
	ret = realloc(sorted, (kept + 1) * sizeof *sorted);
	if (!ret)
		abort();
	arena_defer(arena, free, ret);
	*count = kept;
	return ret;
}

struct text table_word(real x, char out[TABLE_WORD_MAX])
{
	int length = 0;

	x += 0;
	if (x == rintl(x) && fabsl(x) < 0x1p64L)
		return (struct text){ out, (size_t)snprintf(out, TABLE_WORD_MAX, "%.0Lf", x) };
	for (int digits = 18; digits <= 21; digits++) {
		length = snprintf(out, TABLE_WORD_MAX, "%.*Lg", digits, x);
		if (strtold(out, NULL) == x)
			break;
	}
	return (struct text){ out, (size_t)length };
}
