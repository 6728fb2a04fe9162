/* table_fuzz.c - a table as anybody may send it: it is refused with a place within it, or each cell is a finite number, a word that is
 * there, or a hole, and holes are as many as were counted. As a key the first column has the same cells, and all its words; as a name it has words alone, each of its own bytes. */
#include <assert.h>
#include <math.h>

#include "num/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_column(const struct table *t, const struct table_column *c)
{
	size_t holes = 0;

	assert(c->name.length && (c->kind == NUMBERS) == (c->word_line == 0));
	for (size_t i = 0; i < t->rows && c->kind != TOO_MANY_WORDS; i++) {
		bool is_hole = c->kind == NUMBERS ? isnan(c->numbers[i]) : c->words[i] == NO_WORD;

		holes += is_hole;
		assert(is_hole || (c->kind == NUMBERS ? isfinite(c->numbers[i]) : c->words[i] < c->level_count));
	}
	assert(c->kind == TOO_MANY_WORDS || holes == c->holes);
	for (size_t k = 1; k < c->level_count && c->kind == WORDS && !c->is_name; k++)
		assert(text_compare(c->levels[k - 1], c->levels[k]) < 0);
}

static void check_key(struct arena *arena, struct text bytes, const struct table *t)
{
	struct table_place where;
	struct table k;
	const struct table_column *was = &t->column[0], *is;
	problem why = table_read_keys(arena, bytes, (const char *const[]){ arena_cstr(arena, was->name), NULL }, &k, &where);

	assert(!why && k.rows == t->rows);
	is = &k.column[0];
	check_column(&k, is);
	assert(was->kind == TOO_MANY_WORDS ? is->kind == WORDS && is->level_count > TABLE_LEVELS_MAX : is->kind == was->kind);
	for (size_t i = 0; i < t->rows && was->kind == WORDS; i++)
		assert(is->words[i] == was->words[i]);
}

static void check_name(struct arena *arena, struct text bytes, const struct table *t)
{
	struct table_place where;
	struct table n;
	const struct table_column *was = &t->column[0], *is;
	problem why = table_read_names(arena, bytes, (const char *const[]){ arena_cstr(arena, was->name), NULL }, &n, &where);

	assert(!why && n.rows == t->rows);
	is = &n.column[0];
	check_column(&n, is);
	assert(is->holes == was->holes && is->kind == (was->holes == t->rows ? NUMBERS : WORDS));
	for (size_t i = 0; i < t->rows && was->kind == WORDS; i++)
		assert(was->words[i] == NO_WORD ? is->words[i] == NO_WORD : text_eq(was->levels[was->words[i]], is->levels[is->words[i]]));
	for (size_t i = 0; i < t->rows && was->kind == NUMBERS && is->kind == WORDS; i++) {
		real number;

		if (is->words[i] == NO_WORD)
			assert(isnan(was->numbers[i]));
		else
			assert(table_number(is->levels[is->words[i]], &number) && number == was->numbers[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(256 << 20);
	struct table t;
	struct table_place where;
	problem why = table_read(arena, (struct text){ (const char *)data, size }, &t, &where);

	assert(!why || where.line <= size + 1);
	for (size_t j = 0; !why && j < t.columns; j++)
		check_column(&t, &t.column[j]);
	if (!why && !memchr(t.column[0].name.at, 0, t.column[0].name.length)) /* a name on a command line */
		check_key(arena, (struct text){ (const char *)data, size }, &t), check_name(arena, (struct text){ (const char *)data, size }, &t);
	for (size_t i = 1; !why && i < t.rows; i++)
		assert(t.line[i] > t.line[i - 1]);
	arena_free(arena);
	return 0;
}
