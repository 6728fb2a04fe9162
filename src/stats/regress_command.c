/* regress_command.c - `zhifang stats regress`: a file's column explained by others, and what is expected of new rows.
 * A column of words becomes a column of 0 and 1 for each of its words but the first, with which they are compared. */
#include "stats/command_parts.h"

#include <math.h>
#include <stdlib.h>

#include "stats/regression.h"

enum { EXPECTED = 5 /* value, mean from and to, one from and to */, TERMS_MAX = 255, POWER_MAX = 12, LEVELS_MAX = 50, WORST_ROWS = 5 };
/* x, its factors and Q beside each other: 2 GB at most */
static const size_t CELLS_MAX = 1 << 25;

struct term {
	const struct table_column *column;
	int power;                 /* of numbers */
	unsigned level, reference; /* of words */
	struct text label;
};

struct regression {
	struct command *c;
	bool logistic;
	struct source in, fresh; /* fresh: --new */
	const struct table_column *y;
	const struct table_column *columns[TERMS_MAX + 1]; /* y and each that is used, once */
	struct term terms[TERMS_MAX];
	size_t column_count, term_count;
	struct design design;
	size_t *at; /* row of the design -> row of the table */
	double (*expected)[EXPECTED]; /* of the rows of --new */
};

/* ---- which columns ---- */

static int add_term(struct regression *r, struct term term)
{
	if (r->term_count == TERMS_MAX)
		return command_refuse(r->c, "--by", "more than 255 columns");
	r->terms[r->term_count++] = term;
	return 0;
}

static void use(struct regression *r, const struct table_column *column)
{
	for (size_t i = 0; i < r->column_count; i++) {
		if (r->columns[i] == column)
			return;
	}
	r->columns[r->column_count++] = column;
}

/* Every word but the first */
static int add_words(struct regression *r, const struct table_column *column)
{
	int status = command_is_words(r->c, &r->in, column);

	if (!status && column->level_count > LEVELS_MAX) {
		fprintf(r->c->err, "zhifang: %s, column %.*s: has %zu different words, more than 50 explain nothing\n", r->in.file,
		        TEXT_ARG(column->name), column->level_count);
		status = 1;
	}
	if (!status && column->level_count < 2)
		status = command_problem(r->c, arena_cstr(r->c->arena, column->name), &regression_constant);
	for (unsigned level = 1; !status && level < column->level_count; level++)
		status = add_term(r, (struct term){ column, 1, level, 0,
		                                    arena_format(r->c->arena, "%.*s=%.*s", TEXT_ARG(column->name), TEXT_ARG(column->levels[level])) });
	return status;
}

/* X^3 where there is no column of that name: 3, and the name without it */
static int power_of(const struct table *t, struct text *name)
{
	size_t hat = text_find_char(*name, '^');
	int64_t power;

	if (table_find(t, *name) || hat == SIZE_MAX || !text_to_int(text_from(*name, hat + 1), &power) || power < 2 || power > POWER_MAX)
		return 1;
	*name = text_head(*name, hat);
	return (int)power;
}

static int add_by(struct regression *r, struct text label)
{
	struct text name = label;
	int status = 0, power = power_of(&r->in.table, &name);
	struct table_column *column = command_column(r->c, &r->in, arena_cstr(r->c->arena, name), &status);

	if (!column)
		return status;
	if (column == r->y)
		return command_refuse(r->c, arena_cstr(r->c->arena, label), "explains itself");
	use(r, column);
	if (column->kind != NUMBERS && power == 1)
		return add_words(r, column);
	status = command_is_numbers(r->c, &r->in, column);
	return status ? status : add_term(r, (struct term){ column, power, 0, 0, label });
}

static int choose_columns(struct regression *r)
{
	struct text rest = text_of(command_text(r->c, "--by"));
	int status = 0;

	r->y = command_column(r->c, &r->in, command_text(r->c, "--of"), &status);
	if (!r->y)
		return status;
	use(r, r->y);
	if (table_find(&r->in.table, rest)) /* a name with a comma in it */
		return add_by(r, rest);
	while (rest.at && !status)
		status = add_by(r, text_trim(text_cut(&rest, ',')));
	return status;
}

/* ---- the design ---- */

static real value_of(const struct term *term, size_t row)
{
	if (term->column->kind != NUMBERS)
		return term->column->words[row] == term->level;
	return powl(term->column->numbers[row], term->power);
}

static size_t find_whole_rows(struct regression *r)
{
	size_t used = 0;

	r->at = ARENA_ARRAY(r->c->arena, size_t, r->in.table.rows);
	for (size_t i = 0; i < r->in.table.rows; i++) {
		bool hole = false;

		for (size_t j = 0; j < r->column_count; j++)
			hole |= stats_is_hole(r->columns[j], i);
		if (!hole)
			r->at[used++] = i;
	}
	return used;
}

static const struct term *term_of(const struct regression *r, const struct table_column *column)
{
	for (size_t k = 0; k < r->term_count; k++) {
		if (r->terms[k].column == column)
			return &r->terms[k];
	}
	return NULL;
}

/* A word that only rows with holes have explains nothing; the others are compared with the first that is there. */
static int choose_levels(struct regression *r, size_t rows)
{
	size_t kept = 0;

	for (size_t k = 0; k < r->term_count; k++) {
		struct term t = r->terms[k];
		bool seen = t.column->kind == NUMBERS;

		t.reference = t.level;
		for (size_t i = 0; t.column->kind != NUMBERS && i < rows; i++) {
			unsigned word = t.column->words[r->at[i]];

			seen |= word == t.level;
			t.reference = word < t.reference ? word : t.reference;
		}
		if (seen && (t.column->kind == NUMBERS || t.reference < t.level))
			r->terms[kept++] = t;
	}
	r->term_count = kept;
	for (size_t j = 1; j < r->column_count; j++) {
		if (term_of(r, r->columns[j]))
			continue;
		fprintf(r->c->err, "zhifang: %s, column %.*s: %s\n", r->in.file, TEXT_ARG(r->columns[j]->name), regression_constant.title);
		return 1;
	}
	return 0;
}

/* The columns and their factors beside each other, and some vectors as long */
static int say_memory(const struct regression *r, size_t rows, size_t columns)
{
	struct text what = arena_format(r->c->arena, "%zu rows and %zu columns", rows, columns);

	return command_memory(r->c, what.at, rows * (2 * columns + 12) * sizeof(real));
}

static int build(struct regression *r)
{
	size_t rows = find_whole_rows(r), intercept = !command_has(r->c, "--no-intercept"), columns;
	int status = rows ? choose_levels(r, rows) : 0;

	if (status)
		return status;
	columns = r->term_count + intercept;
	if (rows * columns > CELLS_MAX)
		return command_refuse(r->c, r->in.file, "rows times columns are more than 33 million, which wants more than 2 GB: take a sample");
	status = say_memory(r, rows, columns);
	if (status)
		return status;
	r->design = design_new(r->c->arena, rows, columns, intercept);
	for (size_t i = 0; i < rows; i++) {
		r->design.y[i] = r->y->kind == NUMBERS ? r->y->numbers[r->at[i]] : r->y->words[r->at[i]];
		for (size_t j = 0; j < r->term_count; j++)
			matrix_column(&r->design.x, j + intercept)[i] = value_of(&r->terms[j], r->at[i]);
	}
	return 0;
}

static struct text label_of(const struct regression *r, size_t column)
{
	if (r->design.intercept && !column)
		return TEXT("(intercept)");
	return column == r->design.x.columns ? r->y->name : r->terms[column - r->design.intercept].label;
}

static int say_problem(const struct regression *r, problem why, struct place where)
{
	struct text label = label_of(r, where.column);

	fprintf(r->c->err, "zhifang: %s", r->in.file);
	if (why == &regression_value || why == &regression_outcome)
		fprintf(r->c->err, ", line %zu", r->in.table.line[r->at[where.row]]);
	if (why == &regression_short)
		fprintf(r->c->err, ": %zu rows and %zu columns: %s\n", r->design.x.rows, r->design.x.columns, why->title);
	else
		fprintf(r->c->err, ", column %.*s: %s\n", TEXT_ARG(label), why->title);
	return 1;
}

/* ---- out ---- */

static void pad(FILE *out, struct text label, size_t width)
{
	fprintf(out, "%.*s%*s", TEXT_ARG(label), (int)(width - text_characters(label)), "");
}

static void print_six(FILE *out, double x)
{
	char number[32];

	fprintf(out, " %12s", command_six(x, number));
}

static void print_coefficients(const struct regression *r, const struct coefficient *of, const char *statistic)
{
	static const char *const heads[] = { "estimate", "std. error", NULL, "p", "from", "to", "inflation" };
	size_t width = 11;

	for (size_t j = 0; j < r->design.x.columns; j++) {
		size_t own = text_characters(label_of(r, j));

		width = own > width ? own : width;
	}
	pad(r->c->out, TEXT(""), width);
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		fprintf(r->c->out, " %12s", heads[i] ? heads[i] : statistic);
	if (r->logistic)
		fprintf(r->c->out, " %12s", "odds ratio");
	fputs("\n", r->c->out);
	for (size_t j = 0; j < r->design.x.columns; j++) {
		const double cells[] = { of[j].estimate, of[j].error, of[j].statistic, of[j].p, of[j].within.low, of[j].within.high, of[j].inflation };

		pad(r->c->out, label_of(r, j), width);
		for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
			print_six(r->c->out, cells[i]);
		if (r->logistic)
			print_six(r->c->out, exp(of[j].estimate));
		fputs("\n", r->c->out);
	}
}

static void json_coefficients(const struct regression *r, const struct coefficient *of, const char *statistic)
{
	fputs(",\"coefficients\":[", r->c->out);
	for (size_t j = 0; j < r->design.x.columns; j++) {
		const struct { const char *name; double value; } members[] = {
			{ "estimate", of[j].estimate }, { "error", of[j].error }, { statistic, of[j].statistic }, { "p", of[j].p },
			{ "low", of[j].within.low }, { "high", of[j].within.high }, { "inflation", of[j].inflation },
		};

		fputs(j ? ",{\"name\":" : "{\"name\":", r->c->out);
		command_json_text(r->c->out, label_of(r, j));
		for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
			fputs(",", r->c->out);
			command_json_number(r->c->out, members[i].name, members[i].value);
		}
		fputs("}", r->c->out);
	}
	fputs("]", r->c->out);
}

/* What happens, and what words are compared with: a sign says nothing without */
static void json_words(const struct regression *r)
{
	bool first = true;

	if (r->logistic && r->y->kind != NUMBERS) {
		fputs(",\"happens\":", r->c->out);
		command_json_text(r->c->out, r->y->levels[1]);
	}
	fputs(",\"compared_with\":{", r->c->out);
	for (size_t j = 1; j < r->column_count; j++) {
		if (r->columns[j]->kind == NUMBERS)
			continue;
		fputs(first ? "" : ",", r->c->out);
		command_json_text(r->c->out, r->columns[j]->name);
		fputs(":", r->c->out);
		command_json_text(r->c->out, r->columns[j]->levels[term_of(r, r->columns[j])->reference]);
		first = false;
	}
	fputs("}", r->c->out);
}

static void print_head(const struct regression *r, const char *kind)
{
	if (r->c->json) {
		fprintf(r->c->out, "{\"model\":\"%s\",\"of\":", kind);
		command_json_text(r->c->out, r->y->name);
		fputs(",", r->c->out);
		command_say_rows(r->c, &r->in, r->columns, r->column_count, r->design.x.rows);
		json_words(r);
		return;
	}
	fprintf(r->c->out, "%.*s, %s regression\n", TEXT_ARG(r->y->name), kind);
	command_say_rows(r->c, &r->in, r->columns, r->column_count, r->design.x.rows);
	for (size_t j = 1; j < r->column_count; j++) {
		if (r->columns[j]->kind != NUMBERS)
			fprintf(r->c->out, "%.*s is compared with %.*s\n", TEXT_ARG(r->columns[j]->name),
			        TEXT_ARG(r->columns[j]->levels[term_of(r, r->columns[j])->reference]));
	}
	if (r->logistic && r->y->kind != NUMBERS)
		fprintf(r->c->out, "what happens: %.*s\n", TEXT_ARG(r->y->levels[1]));
	fputs("\n", r->c->out);
}

/* ---- rows ---- */

static void print_row(const struct regression *r, const struct linear *m, size_t i, bool first)
{
	const struct named cells[] = {
		{ "fitted", NULL, m->fitted[i] }, { "residual", NULL, m->residual[i] }, { "leverage", NULL, m->leverage[i] }, { "cook", NULL, m->cook[i] },
	};

	fprintf(r->c->out, r->c->json ? "%s{\"line\":%zu" : "%s%12zu", r->c->json && !first ? "," : "", r->in.table.line[r->at[i]]);
	for (size_t k = 0; k < sizeof cells / sizeof *cells; k++) {
		if (r->c->json) {
			fputs(",", r->c->out);
			command_json_number(r->c->out, cells[k].name, cells[k].value);
		} else {
			print_six(r->c->out, cells[k].value);
		}
	}
	fputs(r->c->json ? "}" : "\n", r->c->out);
}

/* The next in order of Cook's distance after the one given; the first with SIZE_MAX */
static size_t next_worst(const struct linear *m, size_t after)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < m->rows; i++) {
		bool comes = after == SIZE_MAX || m->cook[i] < m->cook[after] || (m->cook[i] == m->cook[after] && i > after);

		if (comes && m->cook[i] >= 0 && (best == SIZE_MAX || m->cook[i] > m->cook[best]))
			best = i;
	}
	return best;
}

static void print_rows(const struct regression *r, const struct linear *m)
{
	bool all = command_has(r->c, "--rows");
	size_t row = all ? 0 : next_worst(m, SIZE_MAX);

	if (r->c->json)
		fprintf(r->c->out, ",\"%s\":[", all ? "each" : "most_influential");
	else
		fprintf(r->c->out, "\n%s\n%12s %12s %12s %12s %12s\n", all ? "rows" : "rows that move the coefficients most", "line", "fitted",
		        "residual", "leverage", "Cook");
	for (size_t n = 0; row != SIZE_MAX && row < m->rows && (all || n < WORST_ROWS); n++) {
		print_row(r, m, row, n == 0);
		row = all ? row + 1 : next_worst(m, row);
	}
	fputs(r->c->json ? "]" : "", r->c->out);
}

/* ---- new rows ---- */

/* The same term in another file; -1: a hole, and NaN: was said. */
static int fresh_value(const struct regression *r, const struct term *term, size_t row, double *ret)
{
	const struct source *fresh = &r->fresh;
	const struct table_column *column = table_find(&fresh->table, term->column->name);
	struct text word;

	if (stats_is_hole(column, row)) {
		*ret = NAN;
		return 0;
	}
	if (term->column->kind == NUMBERS) {
		*ret = (double)powl(column->numbers[row], term->power);
		return 0;
	}
	word = column->levels[column->words[row]];
	*ret = text_eq(word, term->column->levels[term->level]);
	if (text_eq(word, term->column->levels[term->reference]))
		return 0;
	for (size_t k = 0; k < r->term_count; k++) {
		if (r->terms[k].column == term->column && text_eq(word, term->column->levels[r->terms[k].level]))
			return 0;
	}
	fprintf(r->c->err, "zhifang: %s, line %zu, column %.*s: the model does not know \"%.*s\"\n", fresh->file, fresh->table.line[row],
	        TEXT_ARG(column->name), TEXT_ARG(word));
	return 1;
}

/* What is words in the model is words here, also where all that stand here look like numbers. */
static int load_fresh(struct regression *r)
{
	const char **words = ARENA_ARRAY(r->c->arena, const char *, r->term_count + 1);
	size_t count = 0;
	int status;

	for (size_t j = 0; j < r->term_count; j++) {
		if (r->terms[j].column->kind != NUMBERS)
			words[count++] = arena_cstr(r->c->arena, r->terms[j].column->name);
	}
	status = command_load_names(r->c, command_text(r->c, "--new"), words, &r->fresh);
	for (size_t j = 0; j < r->term_count && !status; j++) {
		const struct table_column *column = command_column(r->c, &r->fresh, arena_cstr(r->c->arena, r->terms[j].column->name), &status);

		if (column && r->terms[j].column->kind == NUMBERS)
			status = command_is_numbers(r->c, &r->fresh, column);
	}
	return status;
}

static problem expect(const void *model, bool logistic, const double *row, double level, double ret[EXPECTED])
{
	struct prediction p;
	struct chance chance;
	problem why = logistic ? logistic_predict(model, row, level, &chance) : linear_predict(model, row, level, &p);

	for (int i = 0; i < EXPECTED; i++)
		ret[i] = NAN;
	if (why)
		return why;
	if (logistic)
		memcpy(ret, (double[]){ chance.value, chance.within.low, chance.within.high }, 3 * sizeof *ret);
	else
		memcpy(ret, (double[]){ p.value, p.mean.low, p.mean.high, p.one.low, p.one.high }, EXPECTED * sizeof *ret);
	return NULL;
}

static void print_expected_row(const struct regression *r, size_t line, const double of[EXPECTED], bool first)
{
	static const char *const names[] = { "value", "mean_low", "mean_high", "one_low", "one_high" };
	int count = r->logistic ? 3 : EXPECTED;

	fprintf(r->c->out, r->c->json ? "%s{\"line\":%zu" : "%s%12zu", r->c->json && !first ? "," : "", line);
	for (int i = 0; i < count; i++) {
		if (r->c->json) {
			fputs(",", r->c->out);
			command_json_number(r->c->out, names[i], of[i]);
		} else {
			print_six(r->c->out, of[i]);
		}
	}
	fputs(r->c->json ? "}" : "\n", r->c->out);
}

/* All of them before anything is printed: what cannot be read is no half of an answer. */
static int expect_all(struct regression *r, const void *model)
{
	double *row = ARENA_ARRAY(r->c->arena, double, r->design.x.columns);
	int status = command_text(r->c, "--new") ? load_fresh(r) : 0;

	if (status || !command_text(r->c, "--new"))
		return status;
	r->expected = arena_array_of(r->c->arena, sizeof *r->expected, r->fresh.table.rows);
	for (size_t i = 0; i < r->fresh.table.rows && !status; i++) {
		row[0] = 1;
		for (size_t j = 0; j < r->term_count && !status; j++)
			status = fresh_value(r, &r->terms[j], i, &row[j + r->design.intercept]);
		if (!status && expect(model, r->logistic, row, command_number(r->c, "--level"), r->expected[i]) == &level_unfit)
			status = command_problem(r->c, "--level", &level_unfit);
	}
	return status;
}

static void print_expected(const struct regression *r)
{
	if (!command_text(r->c, "--new"))
		return;
	if (r->c->json)
		fputs(",\"new\":[", r->c->out);
	else
		fprintf(r->c->out, "\nexpected of %s\n%12s %12s %12s %12s%s\n", command_text(r->c, "--new"), "line", "value", "mean from", "to",
		        r->logistic ? "" : "     one from           to");
	for (size_t i = 0; i < r->fresh.table.rows; i++)
		print_expected_row(r, r->fresh.table.line[i], r->expected[i], i == 0);
	fputs(r->c->json ? "]" : "", r->c->out);
}

/* ---- the two models ---- */

static int linear(struct regression *r)
{
	struct linear m;
	struct place where;
	problem why = linear_fit(r->c->arena, &r->design, command_number(r->c, "--level"), &m, &where);

	if (why)
		return say_problem(r, why, where);
	if (expect_all(r, &m))
		return 1;
	print_head(r, "linear");
	if (r->c->json)
		json_coefficients(r, m.of, "t");
	else
		print_coefficients(r, m.of, "t");
	if (m.exact && !r->c->json)
		fputs("\nThe columns give it without error: there is nothing to test.\n", r->c->out);
	fputs(r->c->json ? "" : "\n", r->c->out);
	command_lines(r->c, (struct named[]){
		{ "r2", "R^2", m.r2 }, { "adjusted_r2", "adjusted R^2", m.adjusted }, { "sigma", "residual standard error", m.sigma },
		{ "freedom", "degrees of freedom", m.freedom }, { "f", "F of all columns at once", m.f.statistic }, { "f_p", "its p", m.f.p },
		{ "f_log_p", "its ln p", r->c->json || m.f.p < 1e-300 ? m.f.log_p : NAN },
		{ "log_likelihood", "log-likelihood", m.log_likelihood }, { "aic", "AIC", m.aic }, { "bic", "BIC", m.bic },
		{ "condition", "condition (above 30: columns are near to each other)", m.condition },
		{ "durbin_watson", "Durbin-Watson (2: neighbouring rows have nothing in common)", m.durbin_watson },
		{ "breusch_pagan", "Breusch-Pagan (residuals of one size?)", m.breusch_pagan.statistic }, { "breusch_pagan_p", "its p", m.breusch_pagan.p },
	}, 14);
	print_rows(r, &m);
	print_expected(r);
	return 0;
}

static int logistic(struct regression *r)
{
	struct logistic m;
	struct place where;
	problem why = logistic_fit(r->c->arena, &r->design, command_number(r->c, "--level"), &m, &where);

	if (why)
		return say_problem(r, why, where);
	if (expect_all(r, &m))
		return 1;
	print_head(r, "logistic");
	if (r->c->json)
		json_coefficients(r, m.of, "z");
	else
		print_coefficients(r, m.of, "z");
	fputs(r->c->json ? "" : "\n", r->c->out);
	command_lines(r->c, (struct named[]){
		{ "deviance", "deviance", m.deviance }, { "null_deviance", "deviance with the intercept alone", m.null_deviance },
		{ "chi_square", "chi-square of all columns at once", m.whole.statistic }, { "chi_square_freedom", "degrees of freedom", m.whole.freedom },
		{ "chi_square_p", "its p", m.whole.p }, { "mcfadden", "McFadden's R^2", m.mcfadden }, { "nagelkerke", "Nagelkerke's R^2", m.nagelkerke },
		{ "log_likelihood", "log-likelihood", m.log_likelihood }, { "aic", "AIC", m.aic }, { "bic", "BIC", m.bic },
		{ "rounds", "rounds of Newton's method", m.rounds },
	}, 11);
	print_expected(r);
	return 0;
}

static int check_outcome(const struct regression *r)
{
	if (!r->logistic || r->y->kind == NUMBERS)
		return command_is_numbers(r->c, &r->in, r->y);
	if (r->y->kind == WORDS && r->y->level_count == 2)
		return 0;
	return command_refuse(r->c, command_text(r->c, "--of"), "has not two different words, as what happens or not must have");
}

static int run(struct command *c)
{
	struct regression r = { .c = c, .logistic = command_has(c, "--logistic") };
	int status = command_load(c, c->words[0], &r.in);

	if (!status)
		status = choose_columns(&r);
	if (!status)
		status = check_outcome(&r);
	if (!status)
		status = build(&r);
	if (!status)
		status = r.logistic ? logistic(&r) : linear(&r);
	if (!status && c->json)
		fputs("}\n", c->out);
	return status;
}

static const struct command_option options[] = {
	{ "--of", OPTION_TEXT, "Y", "the column that is explained: numbers; with --logistic 0 and 1, or two words (the second is what happens)", .needed = true },
	{ "--by", OPTION_TEXT, "X[,X...]", "by which: numbers, X^2 to X^12 for powers, or words (each is compared with the first in order)", .needed = true },
	{ "--logistic", OPTION_FLAG, NULL, "how likely is it? instead of how much" },
	{ "--no-intercept", OPTION_FLAG, NULL, "nothing where all columns are 0" },
	{ "--new", OPTION_TEXT, "FILE", "what is expected of the rows of this file, with intervals" },
	{ "--rows", OPTION_FLAG, NULL, "fitted value, residual, leverage and Cook's distance of each row" }, STATS_LEVEL, { NULL }
};

const struct command_kind regress_kind = {
	"regress", "stats regress FILE --of Y --by X[,X...] [--logistic] [--no-intercept] [--level .95] [--new FILE] [--rows] [--json]",
	"a column explained by others, and what is expected of new rows", STATS_FILE, options, 1, 1,
	"printf 'minutes,bought,views\\n1,0,2\\n2,1,4\\n3,0,5\\n4,1,4\\n5,1,7\\n6,0,6\\n' | zhifang stats regress - --of views --by minutes,bought", run,
};
