/* command.c - words in, numbers out. A complaint is one line on err, with the file, the line and the column it is about. */
#include "num/command.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "num/memory.h"

static const size_t MEMORY_MAX = (size_t)64 << 30; /* of the arena: each input has a limit of its own, and no run gets near this */
static const size_t MEMORY_SAID = (size_t)256 << 20;

const struct problem command_memory_short = { 413, "memory", "More memory is needed than the machine or its container has." };

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

bool command_read_number(const char *word, double *ret)
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

/* ---- help ---- */

static void help_option(FILE *to, const struct command_option *o)
{
	char left[40];

	snprintf(left, sizeof left, "%s%s%s", o->name, o->word ? " " : "", o->word ? o->word : "");
	fprintf(to, "  %-16s %s", left, o->says);
	if ((o->kind == OPTION_NUMBER || o->kind == OPTION_COUNT) && o->otherwise != 0)
		fprintf(to, " (%.6g without)", o->otherwise);
	fputs("\n", to);
}

static void help(FILE *to, const struct command_kind *k)
{
	static const struct command_option json = { "--json", OPTION_FLAG, NULL, "JSON instead of lines" };

	fprintf(to, "usage: zhifang %s\n\n", k->usage);
	for (const struct command_option *o = k->options; o->name; o++)
		help_option(to, o);
	help_option(to, &json);
	fprintf(to, "\n%s", k->about);
	if (k->more)
		k->more(to);
	fprintf(to, "%sExample:\n  %s\n", k->more ? "\n" : "", k->example);
}

int command_usage(const struct command *c)
{
	help(c->err, c->kind);
	return 2;
}

static int group_help(FILE *to, const struct command_group *g, int status)
{
	fprintf(to, "usage: zhifang %s COMMAND ...; each has its own --help\n\n", g->name);
	for (const struct command_kind *const *k = g->kinds; *k; k++)
		fprintf(to, "  %-10s %s\n", (*k)->name, (*k)->says);
	fputs(g->about, to);
	return status;
}

/* name: what was asked for; NULL: nothing was */
static int refuse_group(FILE *to, const struct command_group *g, const char *name)
{
	group_help(to, g, 2);
	if (name)
		fprintf(to, "\nzhifang: %s %s: there is no such command\n", g->name, name);
	return 2;
}

/* ---- words ---- */

static const struct command_option *option_of(const struct command_kind *k, const char *name)
{
	const struct command_option *o = k->options;

	while (o->name && strcmp(o->name, name) != 0)
		o++;
	return o->name ? o : NULL;
}

static const struct command_given *given_of(const struct command *c, const struct command_option *o)
{
	for (int i = 0; i < c->given_count; i++) {
		if (c->given[i].option == o)
			return &c->given[i];
	}
	return NULL;
}

static int refuse_number(const struct command *c, const struct command_given *g)
{
	char least[32], most[32];

	if (g->option->unfit)
		return command_refuse(c, g->word, g->option->unfit->title);
	fprintf(c->err, "zhifang: %s %s: is no %snumber from %s to %s\n", g->option->name, g->word, g->option->kind == OPTION_COUNT ? "whole " : "",
	        command_shortest(g->option->least, least), command_shortest(g->option->most, most));
	return 2;
}

static int read_number(const struct command *c, struct command_given *g)
{
	const struct command_option *o = g->option;

	if (!command_read_number(g->word, &g->number))
		return command_refuse(c, g->word, "not a number");
	if (!(g->number >= o->least && g->number <= o->most) || (o->kind == OPTION_COUNT && floor(g->number) != g->number))
		return refuse_number(c, g);
	return 0;
}

/* word: what stands behind the option, NULL at the end */
static int read_option(struct command *c, const char *name, const char *word)
{
	const struct command_option *o = option_of(c->kind, name);
	struct command_given *g = &c->given[c->given_count];
	bool is_number;

	if (!o)
		return command_refuse(c, name, "there is no such option");
	is_number = o->kind == OPTION_NUMBER || o->kind == OPTION_COUNT;
	if (o->kind != OPTION_FLAG && !word)
		return command_refuse(c, name, is_number ? "needs a number behind it" : "needs a word behind it");
	if (c->given_count == COMMAND_GIVEN_MAX)
		return command_refuse(c, name, "too many options at once");
	if (!o->many && o->kind != OPTION_FLAG && given_of(c, o))
		return command_refuse(c, name, "is there twice");
	*g = (struct command_given){ o, o->kind == OPTION_FLAG ? NULL : word, 0 };
	c->given_count++;
	return is_number ? read_number(c, g) : 0;
}

static int read_words(struct command *c, int count, const char **words)
{
	int status = 0;

	for (int i = 0; i < count && !status; i++) {
		const struct command_option *o = option_of(c->kind, words[i]);

		if (!strcmp(words[i], "--json")) {
			c->json = true;
		} else if (!strncmp(words[i], "--", 2)) {
			status = read_option(c, words[i], i + 1 < count ? words[i + 1] : NULL);
			i += !o || o->kind != OPTION_FLAG;
		} else if (c->count == COMMAND_WORDS_MAX) {
			status = command_refuse(c, words[i], "too many words");
		} else {
			c->words[c->count++] = words[i];
		}
	}
	return status;
}

/* Each option that must be there, and so many words; else the help, and under it what is missing */
static int check_whole(const struct command *c)
{
	if (c->count < c->kind->words_least || c->count > c->kind->words_most) {
		bool more = c->count > c->kind->words_most;

		command_usage(c);
		fprintf(c->err, "\nzhifang: %s: %s\n", more ? c->words[c->kind->words_most] : c->kind->name,
		        more ? "is one word more than the first line has" : "wants a word that the first line has");
		return 2;
	}
	for (const struct command_option *o = c->kind->options; o->name; o++) {
		if (!o->needed || given_of(c, o))
			continue;
		command_usage(c);
		fprintf(c->err, "\nzhifang: %s %s is wanted\n", o->name, o->word);
		return 2;
	}
	return 0;
}

/* An answer that did not get through, to a full disk, is none. */
static int check_written(const struct command *c, int status)
{
	errno = 0;
	if (!fflush(c->out) && !ferror(c->out))
		return status;
	fprintf(c->err, "zhifang: %s: the answer cannot be written%s%s\n", c->kind->name, errno ? ": " : "", errno ? strerror(errno) : "");
	return status ? status : 1;
}

static int run(const struct command_kind *kind, int count, const char **words, FILE *const to[2])
{
	struct command c = { .out = to[0], .err = to[1], .kind = kind, .arena = arena_new(MEMORY_MAX) };
	int status = read_words(&c, count, words);

	if (!status)
		status = check_whole(&c);
	if (!status)
		status = kind->run(&c);
	status = check_written(&c, status);
	arena_free(c.arena);
	return status;
}

static bool asks_help(int count, const char **words)
{
	for (int i = 0; i < count; i++) {
		if (!strcmp(words[i], "--help") || !strcmp(words[i], "-h"))
			return true;
	}
	return false;
}

int command_group_run(const struct command_group *g, int count, const char **words, FILE *out, FILE *err)
{
	const struct command_kind *const *k = g->kinds;
	bool wants_help = asks_help(count, words);

	while (count && *k && strcmp((*k)->name, words[0]) != 0)
		k++;
	if (!count || !*k)
		return wants_help ? group_help(out, g, 0) : refuse_group(err, g, count ? words[0] : NULL);
	if (!wants_help)
		return run(*k, count - 1, words + 1, (FILE *const[]){ out, err });
	help(out, *k);
	return 0;
}

/* ---- asking for options ---- */

static const struct command_given *asked(const struct command *c, const char *name, bool is_number)
{
	const struct command_option *o = option_of(c->kind, name);

	assert(o && is_number == (o->kind == OPTION_NUMBER || o->kind == OPTION_COUNT));
	return given_of(c, o);
}

bool command_has(const struct command *c, const char *option)
{
	const struct command_option *o = option_of(c->kind, option);

	assert(o);
	return given_of(c, o);
}

const char *command_text(const struct command *c, const char *option)
{
	const struct command_given *g = asked(c, option, false);

	return g ? g->word : NULL;
}

double command_number(const struct command *c, const char *option)
{
	const struct command_given *g = asked(c, option, true);

	return g ? g->number : option_of(c->kind, option)->otherwise;
}

size_t command_count(const struct command *c, const char *option)
{
	assert(option_of(c->kind, option)->kind == OPTION_COUNT);
	return (size_t)command_number(c, option);
}

/* ---- files ---- */

static void free_bytes(void *at) { free(at); }

/* What was read is kept where it is, and goes with the arena. */
static int read_bytes(const struct command *c, const char *file, FILE *from, struct buffer *bytes)
{
	char piece[1 << 14];
	size_t n;

	while (!bytes->why && (n = fread(piece, 1, sizeof piece, from)) > 0)
		buffer_add(bytes, (struct text){ piece, n });
	if (bytes->why) {
		fprintf(c->err, "zhifang: %s: has more than %zu MB\n", file, bytes->max >> 20);
		return 1;
	}
	return ferror(from) ? command_refuse(c, file, "cannot be read") : 0;
}

int command_bytes(struct command *c, const char *file, size_t most, struct text *ret)
{
	FILE *from = strcmp(file, "-") ? fopen(file, "rb") : stdin;
	struct buffer bytes = BUFFER(most);
	int status;

	if (!from)
		return command_refuse(c, file, "cannot be opened");
	status = read_bytes(c, file, from, &bytes);
	if (from != stdin)
		fclose(from);
	arena_defer(c->arena, free_bytes, bytes.at);
	if (!status)
		*ret = buffer_text(&bytes);
	return status;
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

/* A cell of two bytes becomes a number of sixteen: counted only where that may be much. */
static size_t memory_of_cells(struct text bytes)
{
	size_t cells = 0;

	if (bytes.length < MEMORY_SAID / 8)
		return 0;
	for (size_t i = 0; i < bytes.length; i++)
		cells += bytes.at[i] == ',' || bytes.at[i] == ';' || bytes.at[i] == '\t' || bytes.at[i] == '\n';
	return cells * sizeof(real);
}

typedef problem reader(struct arena *arena, struct text bytes, const char *const *columns, struct table *ret, struct table_place *where);

static int load(struct command *c, const char *file, reader *read, const char *const *columns, struct source *ret)
{
	struct table_place where;
	struct text bytes;
	problem why;
	int status = command_bytes(c, file, TABLE_BYTES_MAX, &bytes);

	ret->file = file;
	if (!status)
		status = command_memory_between(c, file, 0, memory_of_cells(bytes));
	if (status)
		return status;
	why = read(c->arena, bytes, columns, &ret->table, &where);
	return why ? say_place(c, file, where, why) : 0;
}

int command_load_keys(struct command *c, const char *file, const char *const *keys, struct source *ret)
{
	return load(c, file, table_read_keys, keys, ret);
}

int command_load_names(struct command *c, const char *file, const char *const *names, struct source *ret)
{
	return load(c, file, table_read_names, names, ret);
}

int command_load(struct command *c, const char *file, struct source *ret)
{
	return command_load_keys(c, file, (const char *const[]){ NULL }, ret);
}

int command_model(struct command *c, const char *file, const char *kind, uint32_t version, struct saved *ret)
{
	struct text bytes;
	int status = command_bytes(c, file, COMMAND_MODEL_MAX, &bytes);
	problem why = status ? NULL : saved_open(bytes, kind, version, ret);

	return why ? command_problem(c, file, why) : status;
}

int command_save(const struct command *c, const char *file, const struct buffer *model)
{
	problem why = saved_write(model, file);

	if (why != &problem_busy)
		return why ? command_problem(c, file, why) : 0;
	fprintf(c->err, "zhifang: %s: cannot be written: %s\n", file, strerror(errno));
	return 1;
}

/* ---- columns ---- */

struct table_column *command_column(const struct command *c, const struct source *s, const char *name, int *status)
{
	struct table_column *found = table_find(&s->table, text_of(name));

	if (found) {
		*status = command_is_finite(c, s, found);
		return *status ? NULL : found;
	}
	fprintf(c->err, "zhifang: %s: there is no column %s; there are", s->file, name);
	for (size_t j = 0; j < s->table.columns && j < 40; j++) {
		struct text other = text_clip(s->table.column[j].name, 40);

		fprintf(c->err, "%s %.*s", j ? "," : "", TEXT_ARG(other));
	}
	fputs("\n", c->err);
	*status = 2;
	return NULL;
}

/* Digits only, which the reader took for a name. */
static bool is_long(struct text word)
{
	for (size_t i = 0; i < word.length; i++) {
		if (word.at[i] < '0' || word.at[i] > '9')
			return false;
	}
	return true;
}

int command_is_numbers(const struct command *c, const struct source *s, const struct table_column *column)
{
	struct text word = text_clip(column->word, 40), name = text_clip(column->name, 40);
	real number;

	if (column->kind == NUMBERS)
		return command_is_filled(c, s, column);
	fprintf(c->err, "zhifang: %s, line %zu, column %.*s: \"%.*s\" is %s\n", s->file, column->word_line, TEXT_ARG(name), TEXT_ARG(word),
	        table_number(column->word, &number) ? "a name here, and numbers are wanted"
	        : is_long(column->word)             ? "no finite number of a length that can be kept"
	                                            : "no finite number");
	return 1;
}

int command_is_filled(const struct command *c, const struct source *s, const struct table_column *column)
{
	struct text name = text_clip(column->name, 40);

	if (column->holes < s->table.rows)
		return 0;
	fprintf(c->err, "zhifang: %s, column %.*s: is empty\n", s->file, TEXT_ARG(name));
	return 1;
}

int command_is_finite(const struct command *c, const struct source *s, const struct table_column *column)
{
	return column->is_infinite ? command_is_numbers(c, s, column) : 0;
}

int command_is_words(const struct command *c, const struct source *s, const struct table_column *column)
{
	if (column->kind == WORDS)
		return 0;
	fprintf(c->err, "zhifang: %s, column %.*s: %s\n", s->file, TEXT_ARG(column->name),
	        column->kind == NUMBERS ? "has numbers, and names of groups are wanted" : "has more than 4096 different words");
	return 1;
}

/* ---- long work ---- */

int command_memory_between(const struct command *c, const char *what, size_t least, size_t most)
{
	size_t there = memory_there("");

	if (there && least > there) {
		fprintf(c->err, "zhifang: %s: %s (%zu MB; it has %zu MB)\n", what, command_memory_short.title, least >> 20, there >> 20);
		return 1;
	}
	if (there && most > there)
		fprintf(c->err, "zhifang: %s: up to %zu MB of memory may be needed, and there are %zu MB\n", what, most >> 20, there >> 20);
	else if (most >= MEMORY_SAID)
		fprintf(c->err, "zhifang: %s: %zu MB of memory may be needed\n", what, most >> 20);
	return 0;
}

int command_memory(const struct command *c, const char *what, size_t bytes) { return command_memory_between(c, what, bytes, bytes); }

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Nothing in the first half second: what is done by then needs no word. Then four times a second. */
static void say_share(struct progress *self, double share)
{
	struct command_progress *p = (struct command_progress *)self;
	double now;

	if (!p->to)
		return;
	now = seconds();
	if (now - p->begun < .5 || now - p->said < .25)
		return;
	p->said = now;
	fprintf(p->to, "\r%s: %3.0f%%", p->what, 100 * share);
	if (share > 0)
		fprintf(p->to, ", %.0f s left", (now - p->begun) * (1 - share) / share);
	fputs("\033[K", p->to);
	fflush(p->to);
}

void command_progress_begin(struct command_progress *p, const struct command *c, const char *what)
{
	bool is_seen = fileno(c->err) >= 0 && isatty(fileno(c->err)); /* a stream in memory has no number */

	*p = (struct command_progress){ { say_share }, is_seen ? c->err : NULL, what, seconds(), 0 };
}

void command_progress_end(struct command_progress *p)
{
	if (p->to && p->said > 0)
		fputs("\r\033[K", p->to);
}

/* ---- out ---- */

const char *command_shortest(double x, char out[32])
{
	x += 0; /* -0 is 0 */
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(out, 32, "%.*g", digits, x);
		if (strtod(out, NULL) == x)
			break;
	}
	return out;
}

const char *command_six(double x, char out[32])
{
	bool is_whole = fabs(x) < 1e12 && x == rint(x);

	snprintf(out, 32, isnan(x) ? "-" : is_whole ? "%.0f" : "%.6g", x + 0);
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

static void json_rows(FILE *out, const struct source *s, const struct table_column *const *columns, size_t count, size_t used)
{
	fprintf(out, "\"rows\":%zu,\"rows_used\":%zu,\"rows_left_out\":%zu,\"columns\":[", s->table.rows, used, s->table.rows - used);
	for (size_t i = 0; i < count; i++) {
		fputs(i ? ",{\"name\":" : "{\"name\":", out);
		command_json_text(out, columns[i]->name);
		fprintf(out, ",\"kind\":\"%s\",\"holes\":%zu}", kind_name(columns[i]), columns[i]->holes);
	}
	fputs("]", out);
}

void command_say_rows(const struct command *c, const struct source *s, const struct table_column *const *columns, size_t count, size_t used)
{
	bool first = true;

	if (c->json) {
		json_rows(c->out, s, columns, count, used);
		return;
	}
	fprintf(c->out, "rows: %zu of %zu", used, s->table.rows);
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

static void json_members(FILE *out, const struct named *of, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		fputs(",", out);
		command_json_number(out, of[i].name, of[i].value);
	}
}

void command_lines(const struct command *c, const struct named *lines, size_t count)
{
	char number[32];

	if (c->json) {
		json_members(c->out, lines, count);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (!isnan(lines[i].value))
			fprintf(c->out, "%s: %s\n", lines[i].says, command_six(lines[i].value, number));
	}
}

static void pad(FILE *out, struct text label, size_t width)
{
	size_t own = text_characters(label);

	fprintf(out, "%.*s%*s", TEXT_ARG(label), own < width ? (int)(width - own) : 0, "");
}

void command_rows_begin(const struct command *c, struct command_rows *r, const struct named *cells, size_t count)
{
	r->count = 0;
	if (c->json) {
		fprintf(c->out, ",\"%s\":[", r->name);
		return;
	}
	pad(c->out, text_of(r->label), r->width);
	for (size_t i = 0; i < count; i++)
		fprintf(c->out, " %12s", cells[i].says);
	fputs("\n", c->out);
}

void command_row(const struct command *c, struct command_rows *r, struct text label, const struct named *cells, size_t count)
{
	char number[32];

	if (c->json) {
		fprintf(c->out, "%s{\"%s\":", r->count++ ? "," : "", r->label);
		command_json_text(c->out, label);
		json_members(c->out, cells, count);
		fputs("}", c->out);
		return;
	}
	pad(c->out, label, r->width);
	for (size_t i = 0; i < count; i++)
		fprintf(c->out, " %12s", command_six(cells[i].value, number));
	fputs("\n", c->out);
}

void command_rows_end(const struct command *c)
{
	fputs(c->json ? "]" : "", c->out);
}
