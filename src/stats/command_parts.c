/* command_parts.c - words in, numbers out. A complaint is one line on err, with the file, the line and the column it is about. */
#include "stats/command_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int command_refuse(const struct command *c, const char *word, const char *why)
{
	fprintf(c->err, "zhifang: %s: %s\n", word, why);
	return 2;
}

int command_problem(const struct command *c, const char *what, problem why)
{
	fprintf(c->err, "zhifang: %s: %s\n", what, why->title);
	return 1;
}

bool command_number(const char *word, double *ret)
{
	char *end;
	double x;

	if (!*word || strspn(word, "+-.0123456789eE") != strlen(word))
		return false;
	x = strtod(word, &end);
	if (*end || !isfinite(x))
		return false;
	*ret = x;
	return true;
}

/* ---- words ---- */

/* Where an option's word goes; NULL: there is no such option. */
static const char **slot_of(struct command *c, const char *option)
{
	const struct { const char *name; const char **slot; } slots[] = {
		{ "--of", &c->of }, { "--by", &c->by }, { "--with", &c->with }, { "--against", &c->against }, { "--new", &c->fresh },
		{ "--as", &c->as }, { "--at", &c->at }, { "--given", &c->given }, { "--n", &c->rows_in_each }, { "--power", &c->power },
	};

	for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
		if (!strcmp(option, slots[i].name))
			return slots[i].slot;
	}
	return NULL;
}

static bool *flag_of(struct command *c, const char *option)
{
	const struct { const char *name; bool *flag; } flags[] = {
		{ "--json", &c->json }, { "--logistic", &c->logistic }, { "--no-intercept", &c->no_intercept }, { "--rows", &c->rows },
		{ "--equal", &c->equal },
	};

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		if (!strcmp(option, flags[i].name))
			return flags[i].flag;
	}
	return NULL;
}

static int read_option(struct command *c, const char *option, const char *word)
{
	const char **slot = slot_of(c, option);

	if (!slot && strcmp(option, "--level") != 0)
		return command_refuse(c, option, "there is no such option");
	if (!word)
		return command_refuse(c, option, "needs a word behind it");
	if (slot && *slot)
		return command_refuse(c, option, "is there twice");
	if (slot)
		*slot = word;
	else if (!command_number(word, &c->level) || !(c->level > 0 && c->level < 1))
		return command_refuse(c, word, level_unfit.title);
	return 0;
}

int command_read(struct command *c, int count, const char **words)
{
	int status = 0;

	c->level = .95;
	for (int i = 0; i < count && !status; i++) {
		bool *flag = flag_of(c, words[i]);

		if (flag)
			*flag = true;
		else if (!strncmp(words[i], "--", 2)) {
			status = read_option(c, words[i], i + 1 < count ? words[i + 1] : NULL);
			i++;
		} else if (c->count == COMMAND_WORDS_MAX)
			status = command_refuse(c, words[i], "too many words");
		else
			c->words[c->count++] = words[i];
	}
	return status;
}

/* ---- files ---- */

static int read_bytes(const struct command *c, const char *file, FILE *from, struct text *ret)
{
	struct buffer bytes = BUFFER(TABLE_BYTES_MAX);
	char piece[1 << 14];
	size_t n;

	while (!bytes.why && (n = fread(piece, 1, sizeof piece, from)) > 0)
		buffer_add(&bytes, (struct text){ piece, n });
	if (!bytes.why && !ferror(from))
		*ret = arena_text(c->arena, buffer_text(&bytes));
	n = bytes.why ? 1 : 0;
	buffer_free(&bytes);
	return n ? command_problem(c, file, &table_large) : ferror(from) ? command_refuse(c, file, "cannot be read") : 0;
}

static int say_place(const struct command *c, const char *file, struct table_place where, problem why)
{
	fprintf(c->err, "zhifang: %s", file);
	if (where.line)
		fprintf(c->err, ", line %zu", where.line);
	if (where.column)
		fprintf(c->err, ", column %zu", where.column);
	fprintf(c->err, ": %s\n", why->title);
	return 1;
}

int command_bytes(struct command *c, const char *file, struct text *ret)
{
	FILE *from = strcmp(file, "-") ? fopen(file, "rb") : stdin;
	int status;

	if (!from)
		return command_refuse(c, file, "cannot be opened");
	status = read_bytes(c, file, from, ret);
	if (from != stdin)
		fclose(from);
	c->file = file;
	return status;
}

int command_load(struct command *c, const char *file)
{
	struct table_place where;
	struct text bytes;
	problem why;
	int status = command_bytes(c, file, &bytes);

	if (status)
		return status;
	why = table_read(c->arena, bytes, &c->table, &where);
	return why ? say_place(c, file, where, why) : 0;
}

/* ---- columns ---- */

struct table_column *command_column(const struct command *c, const char *name, int *status)
{
	struct table_column *found = table_find(&c->table, text_of(name));

	if (found)
		return found;
	fprintf(c->err, "zhifang: %s: there is no column %s; there are", c->file, name);
	for (size_t j = 0; j < c->table.columns && j < 40; j++)
		fprintf(c->err, "%s %.*s", j ? "," : "", TEXT_ARG(c->table.column[j].name));
	fputs("\n", c->err);
	*status = 2;
	return NULL;
}

int command_is_numbers(const struct command *c, const struct table_column *column)
{
	struct text word = text_clip(column->word, 40);

	if (column->kind == NUMBERS)
		return 0;
	fprintf(c->err, "zhifang: %s, line %zu, column %.*s: \"%.*s\" is no finite number\n", c->file, column->word_line, TEXT_ARG(column->name),
	        TEXT_ARG(word));
	return 1;
}

int command_is_words(const struct command *c, const struct table_column *column)
{
	if (column->kind == WORDS)
		return 0;
	fprintf(c->err, "zhifang: %s, column %.*s: %s\n", c->file, TEXT_ARG(column->name),
	        column->kind == NUMBERS ? "has numbers, and names of groups are wanted" : "has more than 4096 different words");
	return 1;
}

/* ---- out ---- */

const char *command_shortest(double x, char out[32])
{
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(out, 32, "%.*g", digits, x);
		if (strtod(out, NULL) == x)
			break;
	}
	return out;
}

const char *command_six(double x, char out[32])
{
	snprintf(out, 32, isnan(x) ? "-" : "%.6g", x);
	return out;
}

void command_json_text(FILE *out, struct text t)
{
	fputc('"', out);
	for (size_t i = 0; i < t.length; i++) {
		unsigned char byte = (unsigned char)t.at[i];

		if (byte == '"' || byte == '\\')
			fprintf(out, "\\%c", byte);
		else if (byte < ' ')
			fprintf(out, "\\u%04x", byte);
		else
			fputc(byte, out);
	}
	fputc('"', out);
}

void command_json_number(FILE *out, const char *name, double x)
{
	char number[32];

	fprintf(out, "\"%s\":%s", name, isfinite(x) ? command_shortest(x, number) : "null");
}

static const char *kind_name(const struct table_column *c)
{
	return c->kind == NUMBERS ? "numbers" : "words";
}

static void json_rows(const struct command *c, const struct table_column *const *columns, size_t count, size_t used)
{
	fprintf(c->out, "\"rows\":%zu,\"rows_used\":%zu,\"rows_left_out\":%zu,\"columns\":[", c->table.rows, used, c->table.rows - used);
	for (size_t i = 0; i < count; i++) {
		fputs(i ? ",{\"name\":" : "{\"name\":", c->out);
		command_json_text(c->out, columns[i]->name);
		fprintf(c->out, ",\"kind\":\"%s\",\"holes\":%zu}", kind_name(columns[i]), columns[i]->holes);
	}
	fputs("]", c->out);
}

void command_say_rows(const struct command *c, const struct table_column *const *columns, size_t count, size_t used)
{
	bool first = true;

	if (c->json) {
		json_rows(c, columns, count, used);
		return;
	}
	fprintf(c->out, "rows: %zu of %zu", used, c->table.rows);
	for (size_t i = 0; i < count; i++) {
		if (!columns[i]->holes)
			continue;
		fprintf(c->out, "%s %zu in %.*s", first ? "; left out for holes:" : ",", columns[i]->holes, TEXT_ARG(columns[i]->name));
		first = false;
	}
	fputs("\ncolumns:", c->out);
	for (size_t i = 0; i < count; i++)
		fprintf(c->out, "%s %.*s (%s)", i ? "," : "", TEXT_ARG(columns[i]->name), kind_name(columns[i]));
	fputs("\n", c->out);
}

void command_lines(const struct command *c, const struct named *lines, size_t count)
{
	char number[32];

	for (size_t i = 0; i < count; i++) {
		if (c->json) {
			fputs(",", c->out);
			command_json_number(c->out, lines[i].name, lines[i].value);
		} else if (!isnan(lines[i].value)) {
			fprintf(c->out, "%s: %s\n", lines[i].says, command_six(lines[i].value, number));
		}
	}
}
