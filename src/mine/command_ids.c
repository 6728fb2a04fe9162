#include "mine/command_ids.h"

#include <math.h>
#include <stdlib.h>

static int by_number(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void of_numbers(struct command *c, size_t rows, struct ids *ret)
{
	double *sorted = ARENA_ARRAY(c->arena, double, rows);
	const real *numbers = ret->column->numbers;
	char word[32];
	size_t known = 0;

	for (size_t i = 0; i < rows; i++) {
		if (!isnan(numbers[i]))
			sorted[known++] = (double)numbers[i];
	}
	qsort(sorted, known, sizeof *sorted, by_number);
	for (size_t i = 0; i < known; i++) {
		if (!ret->count || sorted[ret->count - 1] != sorted[i])
			sorted[ret->count++] = sorted[i];
	}
	ret->name = ARENA_ARRAY(c->arena, struct text, ret->count + 1);
	for (size_t k = 0; k < ret->count; k++)
		ret->name[k] = arena_text(c->arena, text_of(command_shortest(sorted[k], word)));
	for (size_t i = 0; i < rows; i++) {
		double x = (double)numbers[i];
		const double *at = isnan(x) ? NULL : bsearch(&x, sorted, ret->count, sizeof *sorted, by_number);

		ret->of[i] = at ? (uint32_t)(at - sorted) : UINT32_MAX;
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
