/* ask_command.c - a kept model asked about the rows of a file: chances, line by line, and what speaks most for or against. */
#include "mine/command_parts.h"

#include <math.h>

/* What had words when the model was made has them still, though all that is left of them may look like numbers. */
static const char *const *columns_of_words(struct arena *arena, const struct encoder *e)
{
	const char **names = ARENA_ARRAY(arena, const char *, e->count + 1);
	size_t count = 0;

	for (size_t j = 0; j < e->count; j++) {
		if (e->feature[j].is_words)
			names[count++] = arena_cstr(arena, e->feature[j].name);
	}
	return names;
}

int ask_load(struct command *c, const struct encoder *encoder, struct asking *ret)
{
	struct frame_fault fault;
	problem why;
	int status;

	*ret = (struct asking){ .c = c, .encoder = encoder };
	status = command_load_names(c, c->words[0], columns_of_words(c->arena, encoder), &ret->source);
	if (status)
		return status;
	why = frame_apply(c->arena, &ret->source.table, encoder, &ret->f, &ret->report, &fault);
	if (why)
		return learn_fault(c, c->words[0], why, &fault);
	ret->chance = FRAME_ARRAY(c->arena, double, ret->f.rows);
	ret->reason = FRAME_ARRAY(c->arena, double, encoder->count);
	return 0;
}

/* The column that speaks loudest of those not yet named; encoder->count: none is left that says anything. */
static size_t next_reason(const struct asking *a)
{
	size_t best = a->encoder->count;

	for (size_t j = 0; j < a->encoder->count; j++)
		if (a->reason[j] != 0 && (best == a->encoder->count || fabs(a->reason[j]) > fabs(a->reason[best])))
			best = j;
	return best;
}

static struct text value_text(const struct asking *a, size_t row, size_t column, char number[32])
{
	const struct feature *f = &a->encoder->feature[column];
	double value = a->f.ord[column * a->f.rows + row];

	if (isnan(value))
		return TEXT("?");
	return f->is_words ? f->levels[(size_t)value] : text_of(command_shortest(value, number));
}

static void say_reason(const struct asking *a, size_t row, size_t column, bool first)
{
	struct text name = a->encoder->feature[column].name, value;
	char number[32], adds[32];
	FILE *out = a->c->out;

	value = value_text(a, row, column, number);
	if (!a->c->json) {
		fprintf(out, "%s%.*s=%.*s %s%s", first ? "" : ", ", TEXT_ARG(name), TEXT_ARG(value), a->reason[column] > 0 ? "+" : "",
		        command_six(a->reason[column], adds));
		return;
	}
	fputs(first ? "{\"column\":" : ",{\"column\":", out);
	command_json_text(out, name);
	fputs(",\"value\":", out);
	command_json_text(out, value);
	fputs(",", out);
	command_json_number(out, "adds", a->reason[column]);
	fputs("}", out);
}

static void say_reasons(const struct asking *a, size_t row)
{
	size_t count = command_count(a->c, "--reasons");

	a->reasons(a, row);
	fputs(a->c->json ? ",\"reasons\":[" : "  ", a->c->out);
	for (size_t n = 0; n < count; n++) {
		size_t j = next_reason(a);

		if (j == a->encoder->count)
			break;
		say_reason(a, row, j, n == 0);
		a->reason[j] = 0;
	}
	fputs(a->c->json ? "]" : "", a->c->out);
}

static void say_head(const struct asking *a)
{
	FILE *out = a->c->out;

	if (a->c->json) {
		fputs("{\"model\":", out);
		command_json_text(out, text_of(a->name));
		fputs(",\"label\":", out);
		command_json_text(out, a->encoder->label);
		fputs(",\"positive\":", out);
		command_json_text(out, a->encoder->classes[1]);
		fprintf(out, ",\"holes\":%zu,\"unknown_words\":%zu,\"rows\":[", a->report.hole_cells, a->report.unknown);
		return;
	}
	fprintf(out, "chance of %.*s: %.*s, %s\n", TEXT_ARG(a->encoder->label), TEXT_ARG(a->encoder->classes[1]), a->name);
	fprintf(out, "rows: %zu\n", a->f.rows);
	if (a->report.hole_cells)
		fprintf(out, "holes: %zu\n", a->report.hole_cells);
	if (a->report.unknown)
		fprintf(out, "words that the model does not know: %zu\n", a->report.unknown);
	fprintf(out, "%8s %12s%s\n", "line", "chance", command_count(a->c, "--reasons") ? "  what speaks most for it (+) or against" : "");
}

void ask_say(const struct asking *a)
{
	FILE *out = a->c->out;
	char number[32];

	say_head(a);
	for (size_t i = 0; i < a->f.rows; i++) {
		size_t line = a->source.table.line[a->f.row[i]];

		if (a->c->json) {
			fprintf(out, "%s{\"line\":%zu,", i ? "," : "", line);
			command_json_number(out, "chance", a->chance[i]);
		} else {
			fprintf(out, "%8zu %12s", line, command_six(a->chance[i], number));
		}
		if (command_count(a->c, "--reasons"))
			say_reasons(a, i);
		fputs(a->c->json ? "}" : "\n", out);
	}
	fputs(a->c->json ? "]}\n" : "", out);
}
