#include "mine/command_ids.h"

#include <math.h>
#include <stdlib.h>

static void of_numbers(struct command *c, size_t rows, struct ids *ret)
{
	const real *numbers = ret->column->numbers, *known = table_numbers(c->arena, ret->column, rows, &ret->count);
	char word[TABLE_WORD_MAX];

	ret->name = ARENA_ARRAY(c->arena, struct text, ret->count + 1);
	for (size_t k = 0; k < ret->count; k++)
		ret->name[k] = arena_text(c->arena, table_word(known[k], word));
	for (size_t i = 0; i < rows; i++) {
		const real *at = isnan(numbers[i]) ? NULL : bsearch(&numbers[i], known, ret->count, sizeof *known, table_by_number);

		ret->of[i] = at ? (uint32_t)(at - known) : UINT32_MAX;
	}
}

int command_ids(struct command *c, const struct source *s, const char *column, struct ids *ret)
{
	int status = 0;
	const struct table_column *found = command_column(c, s, column, &status);

	if (!found)
		return status;
	*ret = (struct ids){ .column = found, .of = ARENA_ARRAY(c->arena, uint32_t, s->table.rows) };
	if (found->kind == NUMBERS) {
		of_numbers(c, s->table.rows, ret);
		return 0;
	}
	status = command_is_words(c, s, found);
	if (status)
		return status;
	ret->count = found->level_count;
	ret->name = found->levels;
	for (size_t i = 0; i < s->table.rows; i++)
		ret->of[i] = found->words[i] == NO_WORD ? UINT32_MAX : found->words[i];
	return 0;
}
