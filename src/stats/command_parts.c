/* command_parts.c - columns as what a command wants of them. */
#include "stats/command_parts.h"

#include <stdlib.h>

int stats_as_words(const struct command *c, const struct source *s, const struct table_column **column)
{
	const struct table_column *of = *column;
	struct table_column *words = ARENA_NEW(c->arena, struct table_column);
	real values[STATS_LEVELS_MAX];
	char word[TABLE_WORD_MAX];
	size_t n = 0;

	if (of->kind != NUMBERS)
		return command_is_finite(c, s, of) ? 1 : command_is_words(c, s, of);
	if (command_is_filled(c, s, of))
		return 1;
	for (size_t i = 0; i < s->table.rows; i++) {
		size_t k = 0;

		while (k < n && values[k] != of->numbers[i])
			k++;
		if (k < n || isnan(of->numbers[i]))
			continue;
		if (n == STATS_LEVELS_MAX)
			return command_refuse(c, arena_cstr(c->arena, of->name), "has more than 50 different numbers, and groups are wanted");
		values[n++] = of->numbers[i];
	}
	qsort(values, n, sizeof *values, table_by_number);
	*words = (struct table_column){ of->name, WORDS, .words = ARENA_ARRAY(c->arena, unsigned, s->table.rows),
		                        .levels = ARENA_ARRAY(c->arena, struct text, n), .level_count = n, .holes = of->holes };
	for (size_t k = 0; k < n; k++)
		words->levels[k] = arena_text(c->arena, table_word(values[k], word));
	for (size_t i = 0; i < s->table.rows; i++) {
		words->words[i] = NO_WORD;
		for (unsigned k = 0; k < n; k++)
			words->words[i] = values[k] == of->numbers[i] ? k : words->words[i];
	}
	*column = words;
	return 0;
}
