/* bayes_command.c - `zhifang mine bayes`: naive Bayes on all columns, as the plainest classifier to measure others by; with --by, how
 * often it happens by bands of one column, smoothed, with how many rows say so. */
#include "mine/classify_command.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "stats/bayes.h"

enum { NAME_WIDTH = 24, BANDS_MAX = 64 };

static const struct command_option options[] = {
	{ "--by", OPTION_TEXT, "COLUMN", "chances by bands of counts, or by words, of this column alone" },
	{ "--iss", OPTION_NUMBER, "N", "with --by: rows that are thought of before, spread over all cells", 1e-6, 1e6, 1 },
	{ "--level", OPTION_NUMBER, "P", "with --by: how sure an interval is", DBL_MIN, 1 - DBL_EPSILON / 2, .95 },
	CLASSIFY_OPTIONS, { NULL }
};

/* ---- by one column ---- */

struct banding {
	struct learning l;
	size_t column;
	struct cell cell[BANDS_MAX];
	struct text name[BANDS_MAX];
	struct belief belief[BANDS_MAX];
	size_t count;
};

static void add_counts(struct banding *b)
{
	static const struct { double from, to; const char *name; } bands[] = {
		{ 0, 0, "0" }, { 1, 2, "1-2" }, { 3, 5, "3-5" }, { 6, 10, "6-10" }, { 11, 20, "11-20" }, { 21, INFINITY, "21 and more" },
	};

	for (b->count = 0; b->count < sizeof bands / sizeof *bands; b->count++) {
		b->cell[b->count] = (struct cell){ bands[b->count].from, bands[b->count].to, 0, 0 };
		b->name[b->count] = text_of(bands[b->count].name);
	}
}

static int add_cells(struct banding *b)
{
	const struct feature *f = &b->l.encoder.feature[b->column];
	const double *at = b->l.all.ord + b->column * b->l.all.rows;

	if (f->level_count > BANDS_MAX)
		return command_refuse(b->l.c, "--by", "has more than 64 different words");
	for (size_t i = 0; !f->is_words && i < b->l.all.rows; i++) {
		if (!isnan(at[i]) && !(at[i] >= 0 && floor(at[i]) == at[i])) {
			fprintf(b->l.c->err, "zhifang: %s, line %zu, column %.*s: is no count; zhifang stats chance puts other numbers in bands\n", b->l.source.file,
			        b->l.source.table.line[b->l.all.row[i]], TEXT_ARG(f->name));
			return 1;
		}
	}
	if (!f->is_words)
		add_counts(b);
	for (size_t k = 0; k < f->level_count; k++) {
		b->cell[k] = (struct cell){ (double)k, (double)k, 0, 0 };
		b->name[k] = f->levels[k];
	}
	b->count = f->is_words ? f->level_count : b->count;
	return 0;
}

/* BDeu (Heckerman, Geiger and Chickering, Machine Learning 20, 1995): the rows thought of before are spread over cells times outcomes. */
static int believe(struct banding *b)
{
	struct command *c = b->l.c;
	double each = command_number(c, "--iss") / (double)b->count / 2;
	double *happened = FRAME_ARRAY(c->arena, double, b->l.all.rows);

	for (size_t i = 0; i < b->l.all.rows; i++)
		happened[i] = b->l.all.label[i];
	bayes_count(b->l.all.ord + b->column * b->l.all.rows, happened, b->l.all.rows, b->cell, b->count);
	for (size_t k = 0; k < b->count; k++) {
		problem why = bayes_share(b->cell[k].happened, b->cell[k].n, (struct prior){ each, each }, command_number(c, "--level"), &b->belief[k]);

		if (why)
			return command_problem(c, "--level", why);
	}
	return 0;
}

static void say_bands(const struct banding *b)
{
	static const struct named heads[] = {
		{ "rows", "rows", 0 }, { "happened", "happened", 0 }, { "share", "share", 0 }, { "expected", "expected", 0 }, { "low", "from", 0 }, { "high", "to", 0 },
	};
	struct command *c = b->l.c;
	struct command_rows rows = { "cells", command_text(c, "--by"), NAME_WIDTH, 0 };

	learn_say_head(&b->l, "share by one column");
	fputs(c->json ? "" : "\n", c->out);
	rows.label = c->json ? "value" : rows.label;
	command_rows_begin(c, &rows, heads, 6);
	for (size_t k = 0; k < b->count; k++) {
		const struct cell *cell = &b->cell[k];
		const struct belief *of = &b->belief[k];

		command_row(c, &rows, b->name[k], (struct named[]){
			{ "rows", NULL, cell->n }, { "happened", NULL, cell->happened }, { "share", NULL, cell->n > 0 ? cell->happened / cell->n : NAN },
			{ "expected", NULL, of->mean }, { "low", NULL, of->within.low }, { "high", NULL, of->within.high },
		}, 6);
	}
	command_rows_end(c);
	fputs(c->json ? "}\n" : "", c->out);
}

static int by_column(struct command *c)
{
	struct banding *b = ARENA_NEW(c->arena, struct banding);
	int status;

	b->l.whole = true;
	status = learn_load(c, &b->l);
	if (status)
		return status;
	while (b->column < b->l.encoder.count && !text_is(b->l.encoder.feature[b->column].name, command_text(c, "--by")))
		b->column++;
	if (b->column == b->l.encoder.count)
		return command_refuse(c, command_text(c, "--by"), "is no column that is used");
	status = add_cells(b);
	if (!status)
		status = believe(b);
	if (!status)
		say_bands(b);
	return status;
}

/* ---- all columns ---- */

static bool has_columns(const struct classifier *m, bool words)
{
	for (size_t j = 0; j < m->naive.columns; j++)
		if ((m->naive.column[j].levels > 0) == words)
			return true;
	return false;
}

static void say_number(const struct command *c, struct command_rows *rows, const struct classifier *m, size_t column)
{
	const struct naive_column *n = &m->naive.column[column];

	if (!n->levels)
		command_row(c, rows, m->encoder.feature[column].name, (struct named[]){ { "mean_other", NULL, n->mean[0] }, { "sd_other", NULL, sqrt(n->variance[0]) },
			{ "mean", NULL, n->mean[1] }, { "sd", NULL, sqrt(n->variance[1]) } }, 4);
}

static void say_words(const struct command *c, struct command_rows *rows, const struct classifier *m, size_t column)
{
	const struct feature *f = &m->encoder.feature[column];

	for (size_t k = 0; k < m->naive.column[column].levels; k++)
		command_row(c, rows, arena_format(c->arena, "%.*s=%.*s", TEXT_ARG(f->name), TEXT_ARG(f->levels[k])),
		            (struct named[]){ { "weight", NULL, m->naive.column[column].weight[k] } }, 1);
}

static void say_columns(const struct classifying *of, const struct classifier *m)
{
	static const struct named heads[] = { { "mean_other", "mean, other", 0 }, { "sd_other", "sd, other", 0 }, { "mean", "mean", 0 }, { "sd", "sd", 0 } };
	static const struct named weight[] = { { "weight", "ln of ratio", 0 } };
	struct command *c = of->l.c;
	struct command_rows numbers = { "numbers", "column", NAME_WIDTH, 0 }, words = { "words", "column", NAME_WIDTH, 0 };

	if (has_columns(m, false) || c->json) {
		fputs(c->json ? "" : "\n", c->out);
		command_rows_begin(c, &numbers, heads, 4);
		for (size_t j = 0; j < m->naive.columns; j++)
			say_number(c, &numbers, m, j);
		command_rows_end(c);
	}
	if (has_columns(m, true) || c->json) {
		fputs(c->json ? "" : "\n", c->out);
		command_rows_begin(c, &words, weight, 1);
		for (size_t j = 0; j < m->naive.columns; j++)
			say_words(c, &words, m, j);
		command_rows_end(c);
	}
}

static int bayes(struct command *c)
{
	struct classifying of = { .options = { .kind = CLASSIFY_NAIVE }, .say = say_columns };

	if (command_has(c, "--use"))
		return classify_use(c);
	return command_has(c, "--by") ? by_column(c) : classify_learn(c, &of);
}

const struct command_kind bayes_kind = {
	"bayes", "mine bayes FILE --label COLUMN [--by COLUMN] [--model OUT]\n       zhifang mine bayes FILE --use MODEL [--reasons N]",
	"the plainest classifier; and shares by bands of one column",
	"Naive Bayes, docs/numbers/naive-bayes.md. With --by all rows are counted, and none is left to judge by.\n" LEARN_FILE,
	options, .words_least = 1, .words_most = 1,
	"printf 'pages,bought\\n9,0\\n10,0\\n10,1\\n10,0\\n11,1\\n' | zhifang mine bayes - --label bought --by pages", bayes,
};
