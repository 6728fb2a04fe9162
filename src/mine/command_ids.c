#include "mine/command_ids.h"

#include <assert.h>

#include "mine/product.h"
#include "stats/stats.h"

int command_ids(struct command *c, const struct source *s, const char *column, struct ids *ret)
{
	int status = 0;
	const struct table_column *found = command_column(c, s, column, &status);

	if (!found)
		return status;
	assert(found->is_name);
	if (found->kind == NUMBERS) {
		fprintf(c->err, "zhifang: %s, column %s: is empty\n", s->file, column);
		return 1;
	}
	assert(NO_WORD == UINT32_MAX);
	*ret = (struct ids){ found, found->words, found->level_count, found->levels };
	return 0;
}

/* ---- cells ---- */

int command_refuse_cell(const struct command *c, const struct source *s, const struct table_column *column, size_t row, const char *why)
{
	fprintf(c->err, "zhifang: %s, line %zu, column %.*s: %s\n", s->file, s->table.line[row], TEXT_ARG(column->name), why);
	return 1;
}

struct text cell_text(const struct table_column *column, size_t row, char held[TABLE_WORD_MAX])
{
	return column->kind == WORDS ? column->levels[column->words[row]] : table_word(column->numbers[row], held);
}

/* 20260105.0 is a day as well: so numbers are written by programs that know no others. */
bool cell_day(const struct table_column *column, size_t row, int32_t *ret)
{
	char held[TABLE_WORD_MAX];
	struct text word = cell_text(column, row, held);
	real number;

	if (table_number(word, &number))
		word = table_word(number, held);
	return product_day(word, ret);
}

void command_csv_cell(struct buffer *out, struct text cell)
{
	bool quoted = false;

	for (size_t i = 0; i < cell.length; i++)
		quoted |= strchr(",;\t\"\r\n", cell.at[i]) != NULL;
	if (!quoted) {
		buffer_add(out, cell);
		return;
	}
	buffer_add_char(out, '"');
	for (size_t i = 0; i < cell.length; i++) {
		if (cell.at[i] == '"')
			buffer_add_char(out, '"');
		buffer_add_char(out, cell.at[i]);
	}
	buffer_add_char(out, '"');
}

bool cell_yes(const struct table_column *column, size_t row, bool *ret)
{
	char held[TABLE_WORD_MAX];

	return bernoulli_word(cell_text(column, row, held), ret);
}
