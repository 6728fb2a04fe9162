#include "rec/context_ranking.h"

#include <math.h>
#include <stdlib.h>

#include "num/memory.h"
#include "num/order.h"

static const struct problem no_moment = { 422, "context-moment", "Seconds since 1970 are wanted, from 1900 to 5000." };

void ranking_close(struct ranking *r)
{
	fm_free(&r->m);
	sparse_free(&r->x);
	free(r->field);
}

/* ---- a table with columns more ---- */

void ranking_widen(struct arena *arena, struct table *t)
{
	struct table_column *column = ARENA_ARRAY(arena, struct table_column, t->columns + RANKING_DERIVED_MAX);

	for (size_t j = 0; j < t->columns; j++)
		column[j] = t->column[j];
	t->column = column;
}

struct table_column *ranking_add_numbers(struct arena *arena, struct table *t, const char *name)
{
	struct table_column *c = &t->column[t->columns++];

	*c = (struct table_column){ .name = text_of(name), .kind = NUMBERS, .numbers = ARENA_ARRAY(arena, real, t->rows) };
	return c;
}

/* A moment that is an option stands in no line. */
static int moment_problem(const struct command *c, const struct table *t, const struct ranking_moments *m, size_t row)
{
	if (!t->line)
		return command_problem(c, m->named, &no_moment);
	fprintf(c->err, "zhifang: %s, line %zu, column %s: %s\n", c->words[0], t->line[row], m->named, no_moment.title);
	return 1;
}

/* Columns `hour` and `weekday`, where there are none */
int ranking_add_moments(struct command *c, struct table *t, const struct ranking_moments *m)
{
	struct table_column *hour = NULL, *weekday = NULL;

	if (!table_find(t, TEXT("hour")))
		hour = ranking_add_numbers(c->arena, t, "hour");
	if (!table_find(t, TEXT("weekday")))
		weekday = ranking_add_numbers(c->arena, t, "weekday");
	for (size_t i = 0; i < t->rows; i++) {
		struct moment at = { 0, 0 };

		if (!isnan(m->seconds[i]) && !(m->seconds[i] >= -2208988800.0L && m->seconds[i] <= 95617584000.0L))
			return moment_problem(c, t, m, i);
		if (!isnan(m->seconds[i]))
			at = moment_of((int64_t)floorl(m->seconds[i]), m->zone);
		if (hour)
			hour->numbers[i] = isnan(m->seconds[i]) ? (real)NAN : (real)at.hour;
		if (weekday)
			weekday->numbers[i] = isnan(m->seconds[i]) ? (real)NAN : (real)at.weekday;
	}
	return 0;
}

struct table_column *ranking_add_words(struct arena *arena, struct table *t, const char *name, struct levels levels)
{
	struct table_column *c = &t->column[t->columns++];

	*c = (struct table_column){ .name = text_of(name), .kind = WORDS, .words = ARENA_ARRAY(arena, unsigned, t->rows), .levels = levels.at,
		                    .level_count = levels.count };
	return c;
}

/* ---- the model, and what is told ---- */

int ranking_open(struct ranking *r, const char *file)
{
	const void *at;
	struct saved saved;
	int status = command_model(r->c, file, FIELDS_SAVED, FIELDS_VERSION, &saved);
	problem why;

	if (status)
		return status;
	why = saved_array_of(&saved, "zone", SAVED_I64, 1, &at);
	if (!why)
		why = fields_load(r->c->arena, &saved, &r->fields);
	if (!why)
		why = fm_load(&saved, &r->m);
	if (why)
		return command_problem(r->c, file, why);
	r->zone = *(const int64_t *)at;
	if (r->m.theta.rows != r->fields.features || r->zone < -14 * RANKING_HOUR || r->zone > 14 * RANKING_HOUR)
		return command_problem(r->c, file, &saved_damaged);
	return 0;
}

const struct field *ranking_field(const struct ranking *r, struct text name)
{
	for (uint32_t i = 0; i < r->fields.count; i++) {
		if (text_eq(r->fields.field[i].name, name))
			return &r->fields.field[i];
	}
	return NULL;
}

static struct text *copy_of(struct arena *arena, struct text t)
{
	struct text *ret = ARENA_NEW(arena, struct text);

	*ret = t;
	return ret;
}

/* NAME=VALUE: a column of that alone */
static int add_given(struct ranking *r, const char *word)
{
	struct command *c = r->c;
	struct table *t = &r->s.table;
	const char *end = strchr(word, '=');
	struct text name = { word, end ? (size_t)(end - word) : 0 };
	const struct field *field = ranking_field(r, name);
	double number = 0;

	if (!end)
		return command_refuse(c, word, "wants a name, =, and a value");
	if (!field)
		return command_refuse(c, word, "is of no field that the model knows");
	if (table_find(t, name))
		return command_refuse(c, word, "is a column of FILE, or given twice");
	if (field->kind == FIELD_NUMBERS && !command_read_number(end + 1, &number))
		return command_refuse(c, word, "is no number, and the model learned from numbers");
	if (field->kind == FIELD_NUMBERS) {
		struct table_column *column = ranking_add_numbers(c->arena, t, arena_cstr(c->arena, name));

		for (size_t i = 0; i < t->rows; i++)
			column->numbers[i] = number;
	} else {
		ranking_add_words(c->arena, t, arena_cstr(c->arena, name), (struct levels){ copy_of(c->arena, text_of(end + 1)), 1 });
	}
	return 0;
}

int ranking_moment(struct ranking *r, const char *time)
{
	struct command *c = r->c;
	int status = 0;
	real *seconds;

	for (int i = 0; i < c->given_count && !status; i++) {
		if (!strcmp(c->given[i].option->name, "--given"))
			status = add_given(r, c->given[i].word);
	}
	if (status || !command_has(c, time))
		return status;
	seconds = ARENA_ARRAY(c->arena, real, r->s.table.rows);
	for (size_t i = 0; i < r->s.table.rows; i++)
		seconds[i] = command_number(c, time);
	return ranking_add_moments(c, &r->s.table, &(struct ranking_moments){ seconds, r->zone, time });
}

const char **ranking_keys(const struct ranking *r, const char *item)
{
	const char **keys = ARENA_ARRAY(r->c->arena, const char *, FIELDS_MAX + 2);
	int count = 0;

	keys[count++] = item;
	for (uint32_t i = 0; i < r->fields.count; i++) {
		if (r->fields.field[i].kind == FIELD_WORDS)
			keys[count++] = arena_cstr(r->c->arena, r->fields.field[i].name);
	}
	return keys;
}

/* ---- the order ---- */

struct by_score {
	double score;
	uint32_t row;
};

static int best_first(const void *a, const void *b)
{
	const struct by_score *x = a, *y = b;

	return FALLING(x->score, y->score) ?: RISING(x->row, y->row);
}

int ranking_score(struct ranking *r)
{
	size_t rows = r->s.table.rows;
	struct by_score *sorted = ARENA_ARRAY(r->c->arena, struct by_score, rows);
	uint32_t which;
	problem why;

	r->order = ARENA_ARRAY(r->c->arena, uint32_t, rows);
	r->score = ARENA_ARRAY(r->c->arena, double, rows);
	for (size_t i = 0; i < rows; i++)
		r->order[i] = (uint32_t)i;
	why = fields_rows(&r->fields, &r->s.table, r->order, rows, &r->x, &r->field, &r->unknown, &which);
	if (why)
		return command_problem(r->c, arena_cstr(r->c->arena, r->fields.field[which].name), why);
	fm_score(r->threads, &r->m, &r->x, r->score);
	for (size_t i = 0; i < rows; i++)
		sorted[i] = (struct by_score){ r->score[i], (uint32_t)i };
	qsort(sorted, rows, sizeof *sorted, best_first);
	for (size_t i = 0; i < rows; i++)
		r->order[i] = sorted[i].row;
	return 0;
}

/* The column of an entry is FILE's own: what it says tells candidates apart. */
static bool is_own(const struct ranking *r, size_t at)
{
	return table_find(&r->s.table, r->fields.field[r->field[at]].name) < r->s.table.column + r->own;
}

/* The largest part that is above 0 and tells candidates apart; false: there is none */
bool ranking_part(const struct ranking *r, uint32_t row, struct fm_part *ret)
{
	size_t n = sparse_length(&r->x, row), from = r->x.start[row], count, i = 0;
	struct fm_part *parts = array_of(n * (n + 1) / 2, sizeof *parts);
	bool found;

	count = fm_parts(&r->m, &r->x, row, parts);
	while (i < count && parts[i].part > 0 && !is_own(r, from + parts[i].a) && !is_own(r, from + parts[i].b))
		i++;
	found = i < count && parts[i].part > 0;
	if (found)
		*ret = parts[i];
	free(parts);
	return found;
}

struct text ranking_feature(const struct ranking *r, uint32_t row, size_t at)
{
	const struct field *f = &r->fields.field[r->field[at]];
	char six[32];

	if (f->kind == FIELD_WORDS) {
		struct text word = f->words[r->x.column[at] - f->first];

		return arena_format(r->c->arena, "%.*s=%.*s", TEXT_ARG(f->name), TEXT_ARG(word));
	}
	return arena_format(r->c->arena, "%.*s=%s", TEXT_ARG(f->name), command_six((double)table_find(&r->s.table, f->name)->numbers[row], six));
}

/* Fields of the model of which nothing is told */
void ranking_say_missing(const struct ranking *r)
{
	FILE *out = r->c->out;
	bool first = true;

	for (uint32_t i = 0; i < r->fields.count; i++) {
		if (table_find(&r->s.table, r->fields.field[i].name))
			continue;
		fputs(r->c->json ? first ? "" : "," : first ? "; not told: " : ", ", out);
		if (r->c->json)
			command_json_text(out, r->fields.field[i].name);
		else
			fprintf(out, "%.*s", TEXT_ARG(r->fields.field[i].name));
		first = false;
	}
}
