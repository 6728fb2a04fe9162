/* chance_command.c - `zhifang stats chance`: how often does it happen where X is so much? With how many rows say so, and what the share
 * may be. Columns of many different numbers are put in bands: one value alone has few rows. */
#include "stats/command_parts.h"

#include <math.h>
#include <stdlib.h>

#include "stats/bayes.h"

enum { NAME_WIDTH = 24, EACH_MAX = 12, CELLS_MAX = 64 };

struct chances {
	struct command *c;
	struct source in;
	const struct table_column *columns[2]; /* of, by */
	double *value, *happened; /* (n) whole rows */
	size_t n, ones;
	struct cell cells[CELLS_MAX];
	struct text names[CELLS_MAX];
	size_t count;
};

/* ---- values ---- */

static double cell_value(const struct table_column *column, size_t row)
{
	if (column->kind == NUMBERS)
		return (double)column->numbers[row] + 0; /* -0 is 0 */
	return column->words[row] == NO_WORD ? (double)NAN : column->words[row];
}

static int take(struct chances *t)
{
	size_t rows = t->in.table.rows;

	t->value = ARENA_ARRAY(t->c->arena, double, rows);
	t->happened = ARENA_ARRAY(t->c->arena, double, rows);
	for (size_t i = 0; i < rows; i++) {
		double happened = cell_value(t->columns[0], i), value = cell_value(t->columns[1], i);

		if (isnan(happened) || isnan(value))
			continue;
		if (happened != 0 && happened != 1) {
			fprintf(t->c->err, "zhifang: %s, line %zu, column %.*s: is neither 0 nor 1\n", t->in.file, t->in.table.line[i],
			        TEXT_ARG(t->columns[0]->name));
			return 1;
		}
		t->value[t->n] = value;
		t->happened[t->n++] = happened;
		t->ones += happened == 1;
	}
	return t->n ? 0 : command_refuse(t->c, command_text(t->c, "--of"), "no row has both");
}

/* ---- cells ---- */

static void add_cell(struct chances *t, double from, double to, struct text name)
{
	t->cells[t->count] = (struct cell){ from, to, 0, 0 };
	t->names[t->count++] = name;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static bool are_counts(const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!(x[i] >= 0 && floor(x[i]) == x[i]))
			return false;
	}
	return true;
}

/* Each value where there are few; false where there are more, and then no cell. */
static bool add_each(struct chances *t, const double *sorted)
{
	char number[32];

	for (size_t i = 0; i < t->n; i++) {
		if (i && sorted[i] == sorted[i - 1])
			continue;
		if (t->count == EACH_MAX) {
			t->count = 0;
			return false;
		}
		add_cell(t, sorted[i], sorted[i], arena_text(t->c->arena, text_of(command_shortest(sorted[i], number))));
	}
	return true;
}

static void add_counts(struct chances *t)
{
	static const struct { double from, to; const char *name; } bands[] = {
		{ 0, 0, "0" }, { 1, 2, "1-2" }, { 3, 5, "3-5" }, { 6, 10, "6-10" }, { 11, 20, "11-20" }, { 21, INFINITY, "21 and more" },
	};

	for (size_t i = 0; i < sizeof bands / sizeof *bands; i++)
		add_cell(t, bands[i].from, bands[i].to, text_of(bands[i].name));
}

/* Fifths of the rows, from one value that is there to another */
static void add_fifths(struct chances *t, const double *sorted)
{
	size_t first = 0;

	for (int i = 1; i <= 5 && first < t->n; i++) {
		double last = sorted[(t->n - 1) * (size_t)i / 5];

		if (last < sorted[first])
			continue;
		add_cell(t, sorted[first], last, arena_format(t->c->arena, "%.6g to %.6g", sorted[first], last));
		while (first < t->n && sorted[first] <= last)
			first++;
	}
}

static void add_bands(struct chances *t)
{
	double *sorted = ARENA_ARRAY(t->c->arena, double, t->n);

	memcpy(sorted, t->value, t->n * sizeof *sorted);
	qsort(sorted, t->n, sizeof *sorted, by_size);
	if (add_each(t, sorted))
		return;
	if (are_counts(sorted, t->n))
		add_counts(t);
	else
		add_fifths(t, sorted);
}

static int add_words(struct chances *t)
{
	const struct table_column *by = t->columns[1];

	if (by->level_count > CELLS_MAX)
		return command_refuse(t->c, command_text(t->c, "--by"), "has more than 64 different words");
	for (unsigned k = 0; k < by->level_count; k++)
		add_cell(t, k, k, by->levels[k]);
	return 0;
}

/* The one value that was asked: a word as it stands, or a number */
static int add_asked(struct chances *t, const char *asked)
{
	const struct table_column *by = t->columns[1];
	double value;

	for (unsigned k = 0; by->kind == WORDS && k < by->level_count; k++) {
		if (text_is(by->levels[k], asked))
			add_cell(t, k, k, by->levels[k]);
	}
	if (by->kind == NUMBERS && command_read_number(asked, &value))
		add_cell(t, value, value, text_of(asked));
	return t->count ? 0 : command_refuse(t->c, asked, "is no value of the column");
}

static int make_cells(struct chances *t)
{
	int status = 0;

	if (command_text(t->c, "--at"))
		status = add_asked(t, command_text(t->c, "--at"));
	else if (t->columns[1]->kind == WORDS)
		status = add_words(t);
	else
		add_bands(t);
	if (!status)
		bayes_count(t->value, t->happened, t->n, t->cells, t->count);
	return status;
}

/* ---- out ---- */

/* Names are mostly short; a longer one moves its own line. */
static int padding(struct text name)
{
	size_t width = text_characters(name);

	return width < NAME_WIDTH ? (int)(NAME_WIDTH - width) : 0;
}

static void print_cell(const struct chances *t, size_t k, const struct belief *b)
{
	const struct cell *cell = &t->cells[k];
	const struct named members[] = {
		{ "rows", NULL, cell->n }, { "happened", NULL, cell->happened }, { "share", NULL, cell->n > 0 ? cell->happened / cell->n : NAN },
		{ "expected", NULL, b->mean }, { "low", NULL, b->within.low }, { "high", NULL, b->within.high },
	};
	char number[32];

	if (t->c->json) {
		fputs(k ? ",{\"value\":" : "{\"value\":", t->c->out);
		command_json_text(t->c->out, t->names[k]);
		command_lines(t->c, members, 6);
		fputs("}", t->c->out);
		return;
	}
	fprintf(t->c->out, "%.*s%*s", TEXT_ARG(t->names[k]), padding(t->names[k]), "");
	for (size_t i = 0; i < 6; i++)
		fprintf(t->c->out, " %12s", command_six(members[i].value, number));
	fputs("\n", t->c->out);
}

/* P(happened | X) = P(X | happened) P(happened) / P(X) */
static void print_rule(const struct chances *t)
{
	double ones = (double)t->ones, n = (double)t->n, in = t->cells[0].n, both = t->cells[0].happened, posterior[2], evidence;
	const double prior[] = { ones / n, 1 - ones / n }, likelihood[] = { ones > 0 ? both / ones : 0, n > ones ? (in - both) / (n - ones) : 0 };

	if (bayes_rule(prior, likelihood, 2, posterior, &evidence))
		return; /* no row has the value: then there is nothing to learn */
	command_lines(t->c, (struct named[]){
		{ "prior", "before: it happens in a share of", prior[0] }, { "likelihood", "of those where it happens, this value have", likelihood[0] },
		{ "likelihood_not", "of those where not", likelihood[1] }, { "evidence", "of all", evidence },
		{ "posterior", "after: likelihood x before / of all", posterior[0] },
	}, 5);
}

static void print_what_happens(const struct chances *t)
{
	struct text word;

	if (t->columns[0]->kind != WORDS)
		return;
	word = t->columns[0]->levels[1];
	if (!t->c->json) {
		fprintf(t->c->out, "what happens: %.*s\n", TEXT_ARG(word));
		return;
	}
	fputs(",\"happens\":", t->c->out);
	command_json_text(t->c->out, word);
}

static int print(const struct chances *t)
{
	struct belief *beliefs = ARENA_ARRAY(t->c->arena, struct belief, t->count);

	for (size_t k = 0; k < t->count; k++) {
		problem why = bayes_share(t->cells[k].happened, t->cells[k].n, PRIOR_JEFFREYS, command_number(t->c, "--level"), &beliefs[k]);

		if (why)
			return command_problem(t->c, t->in.file, why);
	}
	fputs(t->c->json ? "{" : "", t->c->out);
	command_say_rows(t->c, &t->in, t->columns, 2, t->n);
	print_what_happens(t);
	if (t->c->json)
		fputs(",\"cells\":[", t->c->out);
	else
		fprintf(t->c->out, "\n%.*s%*s %12s %12s %12s %12s %12s %12s\n", TEXT_ARG(t->columns[1]->name),
		        padding(t->columns[1]->name), "", "rows", "happened", "share", "expected", "from", "to");
	for (size_t k = 0; k < t->count; k++)
		print_cell(t, k, &beliefs[k]);
	fputs(t->c->json ? "]" : "", t->c->out);
	if (command_text(t->c, "--at")) {
		fputs(t->c->json ? "" : "\n", t->c->out);
		print_rule(t);
	}
	fputs(t->c->json ? "}\n" : "", t->c->out);
	return 0;
}

static int check(const struct chances *t)
{
	const struct table_column *of = t->columns[0], *by = t->columns[1];

	if (by->kind == TOO_MANY_WORDS)
		return command_is_words(t->c, &t->in, by);
	if (of->kind == NUMBERS || (of->kind == WORDS && of->level_count == 2))
		return 0;
	return command_refuse(t->c, command_text(t->c, "--of"), "has not two different words, as what happens or not must have");
}

static int run(struct command *c)
{
	struct chances *t = ARENA_NEW(c->arena, struct chances);
	int status;

	t->c = c;
	status = command_load(c, c->words[0], &t->in);
	if (!status)
		t->columns[0] = command_column(c, &t->in, command_text(c, "--of"), &status);
	if (!status)
		t->columns[1] = command_column(c, &t->in, command_text(c, "--by"), &status);
	if (!status)
		status = check(t);
	if (!status)
		status = take(t);
	if (!status)
		status = make_cells(t);
	return status ? status : print(t);
}

static const struct command_option options[] = {
	{ "--of", OPTION_TEXT, "Y", "what happens: 0 and 1, or two words (the second)", .needed = true },
	{ "--by", OPTION_TEXT, "X", "a column of words, or of numbers, which are put in bands where there are more than 12", .needed = true },
	{ "--at", OPTION_TEXT, "VALUE", "one value alone, and Bayes' rule with its parts" },
	STATS_LEVEL, { NULL }
};

const struct command_kind chance_kind = {
	"chance", "stats chance FILE --of Y --by X [--at VALUE] [--level .95] [--json]", "how often does Y happen where X is so much?", STATS_FILE,
	options, 1, 1, "printf 'pages,bought\\n9,0\\n10,0\\n10,1\\n10,0\\n11,1\\n' | zhifang stats chance - --of bought --by pages --at 10", run,
};
