/* test_command.c - `zhifang stats test`: could it be chance? Columns of a file, or counts as they were told. */
#include "stats/command_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS_MAX = 50, SHARES_MAX = 2 };

/* How a test's values are given. */
enum given { ONE_COLUMN, TWO_COLUMNS, TWO_GROUPS, GROUPS, CROSSED, SHARES, NUMBERS_ONLY };

enum test {
	BY_T, BY_PAIRED_T, BY_WELCH, BY_STUDENT, BY_ANOVA, BY_WELCH_ANOVA, BY_MANN_WHITNEY, BY_WILCOXON, BY_KRUSKAL_WALLIS, BY_SHAPIRO_WILK,
	BY_INDEPENDENCE, BY_FISHER, BY_PROPORTION, BY_PROPORTIONS, BY_PEARSON, BY_SPEARMAN, BY_KENDALL, BY_POWER_PROPORTIONS, BY_POWER_MEANS,
	BY_CORRECTIONS, TESTS
};

static const struct {
	const char *name;
	enum given given;
	const char *statistic, *estimate, *says, *sides; /* sides: what may be less or greater; NULL: nothing */
} tests[TESTS] = {
	[BY_T] = { "t", ONE_COLUMN, "t", "mean", "is the mean of X what --against says (0 without)?", "the mean" },
	[BY_PAIRED_T] = { "paired-t", TWO_COLUMNS, "t", "mean difference", "do X and Y of one row differ?", "the mean difference" },
	[BY_WELCH] = { "welch", TWO_GROUPS, "t", "difference of means", "do the means of two groups differ?", "the first group's mean" },
	[BY_STUDENT] = { "student", TWO_GROUPS, "t", "difference of means", "the same where both vary alike", "the first group's mean" },
	[BY_ANOVA] = { "anova", GROUPS, "F", "eta^2", "do the means of groups differ, where all vary alike?" },
	[BY_WELCH_ANOVA] = { "welch-anova", GROUPS, "F", NULL, "the same where they need not" },
	[BY_MANN_WHITNEY] = { "mann-whitney", TWO_GROUPS, "U", "chance that the first group's is larger", "is one group's value mostly the larger?", "the first group" },
	[BY_WILCOXON] = { "wilcoxon", TWO_COLUMNS, "V", "share of ranks", "is X of a row mostly above its Y?", "X" },
	[BY_KRUSKAL_WALLIS] = { "kruskal-wallis", GROUPS, "H", NULL, "does any group lie above others?" },
	[BY_SHAPIRO_WILK] = { "shapiro-wilk", ONE_COLUMN, "W", NULL, "is X normal? 3 to 5000 rows" },
	[BY_INDEPENDENCE] = { "independence", CROSSED, "chi-square", "Cramer's V", "do X and Y depend on each other? both words or few numbers" },
	[BY_FISHER] = { "fisher", SHARES, NULL, "odds ratio", "do two shares A/N B/M differ, by counting all cases?", "the first share" },
	[BY_PROPORTION] = { "proportion", SHARES, NULL, "share", "is a share A/N what --against says?", "the share" },
	[BY_PROPORTIONS] = { "proportions", SHARES, "chi-square", "difference", "do two shares A/N B/M differ?", "the first share" },
	[BY_PEARSON] = { "pearson", TWO_COLUMNS, "t", "r", "does Y go with X along a line?", "r" },
	[BY_SPEARMAN] = { "spearman", TWO_COLUMNS, "t", "rho", "does Y go with X in order?", "rho" },
	[BY_KENDALL] = { "kendall", TWO_COLUMNS, "z", "tau b", "the same, by pairs", "tau" },
	[BY_POWER_PROPORTIONS] = { "power-proportions", NUMBERS_ONLY, NULL, NULL, "P Q --n N or --power .8: will a difference of shares be seen?" },
	[BY_POWER_MEANS] = { "power-means", NUMBERS_ONLY, NULL, NULL, "DIFFERENCE SD --n N or --power .8: will a difference of means be?" },
	[BY_CORRECTIONS] = { "corrections", NUMBERS_ONLY, NULL, NULL, "P P...: what many p of one question are worth" },
};

static void list_tests(FILE *to)
{
	static const char *const given[] = { "FILE --of X", "FILE --of X --with Y", "FILE --of X --by GROUP", "FILE --of X --by GROUP", "FILE --of X --by Y", "", "" };

	fputs("\nTests:\n", to);
	for (int i = 0; i < TESTS; i++)
		fprintf(to, "  %-18s %-22s %s\n", tests[i].name, given[tests[i].given], tests[i].says);
}

/* ---- columns as samples ---- */

struct testing {
	struct command *c;
	struct source in;
	enum test test;
	const struct table_column *columns[2];
	size_t column_count, used; /* rows without a hole in them */
	struct sample x, y;
	struct sample groups[GROUPS_MAX];
	struct text names[GROUPS_MAX];
	size_t group_count;
	double shares[SHARES_MAX], of[SHARES_MAX]; /* A and N */
	double against, level;
	enum side_asked { BOTH, LESS, GREATER } side;
	struct finding found;
	double least; /* smallest count expected; NaN */
	struct interval wilson;
};

static int find_columns(struct testing *t)
{
	enum given given = tests[t->test].given;
	const char *second = given == TWO_COLUMNS ? command_text(t->c, "--with") : command_text(t->c, "--by");
	int status = 0;

	if (!command_text(t->c, "--of") || (given != ONE_COLUMN && !second))
		return command_refuse(t->c, tests[t->test].name, given == ONE_COLUMN ? "wants --of X" : given == TWO_COLUMNS ? "wants --of X --with Y" :
		                                                                                        "wants --of X --by GROUP");
	t->columns[0] = command_column(t->c, &t->in, command_text(t->c, "--of"), &status);
	t->column_count = 1;
	if (!status && given != ONE_COLUMN) {
		t->columns[1] = command_column(t->c, &t->in, second, &status);
		t->column_count = 2;
	}
	if (status)
		return status;
	status = given == CROSSED ? stats_as_words(t->c, &t->in, &t->columns[0]) : command_is_numbers(t->c, &t->in, t->columns[0]);
	if (!status && given == TWO_COLUMNS)
		status = command_is_numbers(t->c, &t->in, t->columns[1]);
	if (!status && (given == TWO_GROUPS || given == GROUPS || given == CROSSED))
		status = stats_as_words(t->c, &t->in, &t->columns[1]);
	return status;
}

static bool is_whole(const struct testing *t, size_t row)
{
	for (size_t j = 0; j < t->column_count; j++) {
		if (stats_is_hole(t->columns[j], row))
			return false;
	}
	return true;
}

static void take_columns(struct testing *t)
{
	size_t rows = t->in.table.rows;
	double *x = ARENA_ARRAY(t->c->arena, double, rows), *y = ARENA_ARRAY(t->c->arena, double, rows);

	for (size_t i = 0; i < rows; i++) {
		if (!is_whole(t, i))
			continue;
		x[t->used] = (double)t->columns[0]->numbers[i];
		y[t->used++] = t->column_count > 1 ? (double)t->columns[1]->numbers[i] : 0;
	}
	t->x = (struct sample){ x, t->used };
	t->y = (struct sample){ y, t->used };
}

/* Groups without a row are none. */
static int take_groups(struct testing *t)
{
	const struct table_column *by = t->columns[1];
	size_t rows = t->in.table.rows, *counts = ARENA_ARRAY(t->c->arena, size_t, by->level_count + 1);
	double **x = ARENA_ARRAY(t->c->arena, double *, by->level_count + 1);

	for (size_t i = 0; i < rows; i++)
		counts[is_whole(t, i) ? by->words[i] : by->level_count]++;
	for (unsigned k = 0; k < by->level_count; k++) {
		if (!counts[k])
			continue;
		if (t->group_count == GROUPS_MAX)
			return command_refuse(t->c, command_text(t->c, "--by"), "makes more than 50 groups");
		x[k] = ARENA_ARRAY(t->c->arena, double, counts[k]);
		t->names[t->group_count] = by->levels[k];
		t->groups[t->group_count++] = (struct sample){ x[k], counts[k] };
		t->used += counts[k];
	}
	for (size_t i = 0; i < rows; i++) {
		if (is_whole(t, i))
			*x[by->words[i]]++ = (double)t->columns[0]->numbers[i];
	}
	if (tests[t->test].given == TWO_GROUPS && t->group_count != 2)
		return command_refuse(t->c, command_text(t->c, "--by"), "does not make two groups; for more there are anova, welch-anova and kruskal-wallis");
	return 0;
}

/* ---- the tests ---- */

static problem of_columns(struct testing *t, double level)
{
	struct arena *arena = t->c->arena;
	double *difference = ARENA_ARRAY(arena, double, t->used);

	switch (t->test) {
	case BY_T: return test_mean(t->x, t->against, level, &t->found);
	case BY_SHAPIRO_WILK: return test_shapiro_wilk(arena, t->x, &t->found);
	case BY_PAIRED_T: return test_pairs(arena, t->x, t->y.x, level, &t->found);
	case BY_PEARSON: return test_pearson(t->x, t->y.x, level, &t->found);
	case BY_SPEARMAN: return test_spearman(arena, t->x, t->y.x, level, &t->found);
	case BY_KENDALL: return test_kendall(arena, t->x, t->y.x, level, &t->found);
	default: break;
	}
	sample_differences(t->x, t->y.x, difference);
	return test_signed_ranks(arena, (struct sample){ difference, t->used }, &t->found);
}

static problem of_groups(struct testing *t, double level)
{
	switch (t->test) {
	case BY_WELCH: return test_means(t->groups[0], t->groups[1], UNEQUAL, level, &t->found);
	case BY_STUDENT: return test_means(t->groups[0], t->groups[1], EQUAL, level, &t->found);
	case BY_MANN_WHITNEY: return test_mann_whitney(t->c->arena, t->groups[0], t->groups[1], &t->found);
	case BY_ANOVA: return test_groups(t->groups, t->group_count, EQUAL, &t->found);
	case BY_WELCH_ANOVA: return test_groups(t->groups, t->group_count, UNEQUAL, &t->found);
	default: return test_kruskal_wallis(t->c->arena, t->groups, t->group_count, &t->found);
	}
}

static const struct problem crossed_large = { 422, "crossed-large", "A column has more than 50 different values." };

/* The words of a column that whole rows have, numbered from 0: place (level_count). How many they are is returned. */
static size_t number_levels(const struct testing *t, const struct table_column *of, size_t *place)
{
	size_t count = 0;

	for (size_t i = 0; i < t->in.table.rows; i++) {
		if (is_whole(t, i))
			place[of->words[i]] = 1;
	}
	for (size_t k = 0; k < of->level_count; k++)
		place[k] = place[k] ? count++ : 0;
	return count;
}

static problem of_crossed(struct testing *t)
{
	const struct table_column *a = t->columns[0], *b = t->columns[1];
	size_t *row = ARENA_ARRAY(t->c->arena, size_t, a->level_count + 1), *column = ARENA_ARRAY(t->c->arena, size_t, b->level_count + 1);
	size_t rows = number_levels(t, a, row), columns = number_levels(t, b, column);
	double *table;

	if (rows > GROUPS_MAX || columns > GROUPS_MAX)
		return &crossed_large;
	table = ARENA_ARRAY(t->c->arena, double, rows * columns + 1);
	for (size_t i = 0; i < t->in.table.rows; i++) {
		if (!is_whole(t, i))
			continue;
		table[row[a->words[i]] * columns + column[b->words[i]]]++;
		t->used++;
	}
	return test_independence(table, rows, columns, false, &t->found, &t->least);
}

static problem of_shares(struct testing *t, double level)
{
	const double table[] = { t->shares[0], t->of[0] - t->shares[0], t->shares[1], t->of[1] - t->shares[1] };

	if (t->test == BY_FISHER)
		return test_fisher(table, level, &t->found);
	if (t->test == BY_PROPORTIONS)
		return test_two_proportions(t->shares, t->of, false, level, &t->found);
	return test_proportion(t->shares[0], t->of[0], t->against, level, &t->found, &t->wilson);
}

/* ---- one side ---- */

/* An interval with one end has its end where the two-sided one of 2 level - 1 has it. */
static int read_side(struct testing *t)
{
	const char *word = command_text(t->c, "--alternative");

	if (!word || !strcmp(word, "two-sided"))
		return 0;
	t->side = !strcmp(word, "less") ? LESS : GREATER;
	if (t->side == GREATER && strcmp(word, "greater") != 0)
		return command_refuse(t->c, word, "is none of two-sided, less, greater");
	if (!tests[t->test].sides)
		return command_refuse(t->c, tests[t->test].name, "has no direction that --alternative could ask for");
	t->level = 2 * t->level - 1;
	return t->level > 0 ? 0 : command_refuse(t->c, "--level", "of one side must be above .5");
}

static void take_side(struct testing *t)
{
	struct side side = t->side == LESS ? t->found.less : t->found.greater;

	if (t->side == BOTH)
		return;
	t->found.verdict.p = side.p;
	t->found.verdict.log_p = side.log_p;
	*(t->side == LESS ? &t->found.within.low : &t->found.within.high) = NAN;
	*(t->side == LESS ? &t->wilson.low : &t->wilson.high) = NAN;
}

/* ---- out ---- */

static void print_groups(const struct testing *t)
{
	char mean[32];

	if (!t->group_count)
		return;
	fputs(t->c->json ? ",\"groups\":[" : "", t->c->out);
	for (size_t k = 0; k < t->group_count; k++) {
		real sum = 0;

		for (size_t i = 0; i < t->groups[k].n; i++)
			sum += t->groups[k].x[i];
		sum /= (real)t->groups[k].n;
		if (!t->c->json) {
			fprintf(t->c->out, "%.*s: %zu row%s, mean %s\n", TEXT_ARG(t->names[k]), t->groups[k].n, command_s(t->groups[k].n), command_six((double)sum, mean));
			continue;
		}
		fputs(k ? ",{\"name\":" : "{\"name\":", t->c->out);
		command_json_text(t->c->out, t->names[k]);
		fprintf(t->c->out, ",\"rows\":%zu,", t->groups[k].n);
		command_json_number(t->c->out, "mean", (double)sum);
		fputs("}", t->c->out);
	}
	fputs(t->c->json ? "]" : "", t->c->out);
}

static void print_finding(const struct testing *t)
{
	const struct finding *f = &t->found;
	const char *estimate = tests[t->test].estimate ? tests[t->test].estimate : "effect", *statistic = tests[t->test].statistic;

	command_lines(t->c, (struct named[]){
		{ "statistic", statistic ? statistic : "statistic", statistic ? f->verdict.statistic : NAN },
		{ "freedom", "degrees of freedom", f->verdict.freedom }, { "freedom_below", "below", f->freedom_below },
		{ "p", f->exact ? "p (all cases counted)" : "p", f->verdict.p }, { "log_p", "ln p", t->c->json || f->verdict.p < 1e-300 ? f->verdict.log_p : NAN },
		{ "estimate", estimate, f->estimate }, { "low", "from", f->within.low }, { "high", "to", f->within.high },
		{ "wilson_low", "Wilson's interval from", t->wilson.low }, { "wilson_high", "to", t->wilson.high },
		{ "least_expected", "smallest count expected (below 5 p is not to be trusted)", t->least },
	}, 11);
}

static int print(struct testing *t)
{
	static const char *const asked[] = { [LESS] = "less", [GREATER] = "greater" };

	take_side(t);
	if (t->c->json) {
		fprintf(t->c->out, "{\"test\":\"%s\"", tests[t->test].name);
		if (t->side != BOTH)
			fprintf(t->c->out, ",\"alternative\":\"%s\"", asked[t->side]);
		fputs(t->column_count ? "," : "", t->c->out);
	} else {
		fprintf(t->c->out, "%s: %s\n", tests[t->test].name, tests[t->test].says);
		if (t->side != BOTH)
			fprintf(t->c->out, "asked is whether %s is %s\n", tests[t->test].sides, asked[t->side]);
	}
	if (t->column_count)
		command_say_rows(t->c, &t->in, t->columns, t->column_count, t->used);
	print_groups(t);
	print_finding(t);
	fputs(t->c->json ? "}\n" : "", t->c->out);
	return 0;
}

/* ---- words ---- */

/* A/N */
static bool read_share(const char *word, double *share, double *of)
{
	const char *slash = strchr(word, '/');
	char above[32];

	if (!slash || slash - word >= (ptrdiff_t)sizeof above)
		return false;
	memcpy(above, word, (size_t)(slash - word));
	above[slash - word] = 0;
	return command_read_number(above, share) && command_read_number(slash + 1, of);
}

static int run_shares(struct testing *t)
{
	int wanted = t->test == BY_PROPORTION ? 1 : 2;
	problem why;

	if (t->c->count != wanted + 1)
		return command_refuse(t->c, tests[t->test].name, wanted == 1 ? "wants one share, as 120/2000" : "wants two shares, as 120/2000 150/2000");
	if (t->test == BY_PROPORTION && !command_has(t->c, "--against"))
		return command_refuse(t->c, tests[t->test].name, "wants --against, the share it may be");
	for (int i = 0; i < wanted; i++) {
		if (!read_share(t->c->words[i + 1], &t->shares[i], &t->of[i]))
			return command_refuse(t->c, t->c->words[i + 1], "is no share, as 120/2000");
		why = share_check(t->shares[i], t->of[i]);
		if (why)
			return command_problem(t->c, t->c->words[i + 1], why);
	}
	why = of_shares(t, t->level);
	return why ? command_problem(t->c, tests[t->test].name, why) : print(t);
}

static int run_file(struct testing *t)
{
	enum given given = tests[t->test].given;
	int status = t->c->count == 2 ? command_load(t->c, t->c->words[1], &t->in) : command_refuse(t->c, tests[t->test].name, "wants one FILE");
	problem why;

	if (!status)
		status = find_columns(t);
	if (!status && (given == TWO_GROUPS || given == GROUPS))
		status = take_groups(t);
	if (status)
		return status;
	if (given == ONE_COLUMN || given == TWO_COLUMNS)
		take_columns(t);
	why = given == CROSSED ? of_crossed(t) : given == ONE_COLUMN || given == TWO_COLUMNS ? of_columns(t, t->level) : of_groups(t, t->level);
	return why ? command_problem(t->c, t->in.file, why) : print(t);
}

static int run_corrections(struct testing *t)
{
	static const char *const names[] = { "bonferroni", "holm", "benjamini_hochberg", "benjamini_yekutieli" };
	double p[COMMAND_WORDS_MAX], ret[COMMAND_WORDS_MAX];
	size_t n = (size_t)t->c->count - 1;

	if (!n)
		return command_refuse(t->c, "corrections", "wants the p of each test");
	for (size_t i = 0; i < n; i++) {
		if (!command_read_number(t->c->words[i + 1], &p[i]))
			return command_refuse(t->c, t->c->words[i + 1], "not a number");
	}
	fputs(t->c->json ? "{\"test\":\"corrections\"" : "", t->c->out);
	for (enum correction how = BONFERRONI; how <= BENJAMINI_YEKUTIELI; how++) {
		char number[32];

		if (correct_p(t->c->arena, (struct sample){ p, n }, how, ret))
			return command_refuse(t->c, "p", probability_unfit.title);
		fprintf(t->c->out, t->c->json ? ",\"%s\":[" : "%s:", names[how]);
		for (size_t i = 0; i < n; i++) {
			fputs(!t->c->json ? " " : i ? "," : "", t->c->out);
			fputs(t->c->json ? command_shortest(ret[i], number) : command_six(ret[i], number), t->c->out);
		}
		fputs(t->c->json ? "]" : "\n", t->c->out);
	}
	fputs(t->c->json ? "}\n" : "", t->c->out);
	return 0;
}

static problem power_or_rows(const struct testing *t, const double a[2], double n, double *ret)
{
	double significance = 1 - command_number(t->c, "--level");
	bool wants_rows = command_has(t->c, "--power");

	if (t->test == BY_POWER_PROPORTIONS)
		return wants_rows ? rows_for_proportions(n, a, significance, ret) : power_of_proportions(n, a, significance, ret);
	return wants_rows ? rows_for_means(n, a[0], a[1], significance, ret) : power_of_means(n, a[0], a[1], significance, ret);
}

static int run_power(struct testing *t)
{
	bool wants_rows = command_has(t->c, "--power");
	double a[2], found;
	problem why;

	if (t->c->count != 3 || wants_rows == command_has(t->c, "--n"))
		return command_refuse(t->c, tests[t->test].name, tests[t->test].says);
	if (!command_read_number(t->c->words[1], &a[0]) || !command_read_number(t->c->words[2], &a[1]))
		return command_refuse(t->c, tests[t->test].name, "wants numbers");
	why = power_or_rows(t, a, command_number(t->c, wants_rows ? "--power" : "--n"), &found);
	if (why)
		return command_problem(t->c, tests[t->test].name, why);
	fprintf(t->c->out, t->c->json ? "{\"test\":\"%s\"" : "%s\n", tests[t->test].name);
	command_lines(t->c, (struct named[]){ { wants_rows ? "rows_in_each" : "power", wants_rows ? "rows in each group" : "power", found } }, 1);
	fputs(t->c->json ? "}\n" : "", t->c->out);
	return 0;
}

static int run(struct command *c)
{
	struct testing *t = ARENA_NEW(c->arena, struct testing);
	int status;

	*t = (struct testing){ .c = c, .least = NAN, .wilson = { NAN, NAN } };
	while (t->test < TESTS && strcmp(c->words[0], tests[t->test].name) != 0)
		t->test++;
	if (t->test == TESTS)
		return command_refuse(c, c->words[0], "no such test; zhifang stats test --help names them");
	t->against = command_number(c, "--against");
	t->level = command_number(c, "--level");
	status = read_side(t);
	if (status)
		return status;
	if (tests[t->test].given == SHARES)
		return run_shares(t);
	if (tests[t->test].given != NUMBERS_ONLY)
		return run_file(t);
	return t->test == BY_CORRECTIONS ? run_corrections(t) : run_power(t);
}

static const struct command_option options[] = {
	{ "--of", OPTION_TEXT, "X", "the column" },
	{ "--with", OPTION_TEXT, "Y", "the other column of the same rows" },
	{ "--by", OPTION_TEXT, "GROUP", "the column that says which group a row belongs to" },
	{ "--against", OPTION_NUMBER, "NUMBER", "the mean or the share it may be", -DBL_MAX, DBL_MAX },
	{ "--alternative", OPTION_TEXT, "SIDE", "two-sided, or less or greater: what is asked; then the interval has one end" },
	{ "--n", OPTION_NUMBER, "N", "rows in each group: how likely is it that the difference is seen?", -DBL_MAX, DBL_MAX },
	{ "--power", OPTION_NUMBER, "P", "how many rows must there be in each group?", -DBL_MAX, DBL_MAX }, STATS_LEVEL, { NULL }
};

const struct command_kind test_kind = {
	"test", "stats test NAME FILE --of X [--with Y | --by GROUP] [--against NUMBER] [--level .95] [--json]\n"
	"       zhifang stats test NAME A/N [B/M] [--against NUMBER] [--level .95] [--json]", "could it be chance? twenty tests, and how many rows are needed",
	"Tests are two-sided unless --alternative says which side. " STATS_FILE, options, 1, COMMAND_WORDS_MAX, "zhifang stats test proportions 120/2000 150/2000", run, list_tests,
};
