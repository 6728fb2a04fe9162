/* fit_command.c - `zhifang stats fit`: what kind of values stand in a column, and which distribution they could be from. */
#include "stats/command_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BINS_MAX = 100000 }; /* counts beyond are one bin */
static const double COUNTS_MEAN_MAX = 1e12; /* of a Poisson; milliseconds since 1970 are beyond */

static const struct problem family_unfit = { 422, "family-unfit", "This family fits no such values: a Poisson has a mean above 0 and at most 1e12, "
	"a normal values that differ, a negative binomial a variance above its mean. --as chooses another." };

struct fitting {
	struct command *c;
	struct source in;
	const struct table_column *column;
	double *x; /* (n) sorted */
	size_t n;
	struct distribution distribution;
	struct moments moments;
};

static const struct family_fit {
	const char *name, *a, *b; /* b: NULL where there is no second parameter */
	problem (*fit)(const double *x, size_t n, struct distribution *ret);
} fits[] = {
	{ "poisson", "mean", NULL, poisson_fit }, { "normal", "mean", "sd", normal_fit },
	{ "negative-binomial", "size", "p", negative_binomial_fit }, { "bernoulli", "trials", "p", bernoulli_fit },
};

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void take_numbers(struct fitting *f)
{
	for (size_t i = 0; i < f->in.table.rows; i++) {
		if (!isnan(f->column->numbers[i]))
			f->x[f->n++] = (double)f->column->numbers[i];
	}
}

/* Yes and no, as numbers or as words */
static int take_answers(struct fitting *f)
{
	const struct table_column *of = f->column;
	bool yes;

	if (of->kind == TOO_MANY_WORDS)
		return command_is_words(f->c, &f->in, of);
	for (size_t i = 0; i < f->in.table.rows; i++) {
		char held[TABLE_WORD_MAX];
		struct text word;

		if (stats_is_hole(of, i))
			continue;
		word = of->kind == WORDS ? of->levels[of->words[i]] : table_word(of->numbers[i], held);
		if (!bernoulli_word(word, &yes)) {
			fprintf(f->c->err, "zhifang: %s, line %zu, column %.*s: \"%.*s\" is neither 1, yes, true nor 0, no, false\n", f->in.file, f->in.table.line[i],
			        TEXT_ARG(text_clip(of->name, 40)), TEXT_ARG(text_clip(word, 40)));
			return 1;
		}
		f->x[f->n++] = yes;
	}
	return 0;
}

/* Sorted, without holes */
static int take(struct fitting *f)
{
	const char *as = command_text(f->c, "--as");
	bool answers = as && !strcmp(as, "bernoulli");
	int status = answers ? command_is_filled(f->c, &f->in, f->column) : command_is_numbers(f->c, &f->in, f->column);

	if (status)
		return status;
	f->x = ARENA_ARRAY(f->c->arena, double, f->in.table.rows);
	if (answers)
		status = take_answers(f);
	else
		take_numbers(f);
	qsort(f->x, f->n, sizeof *f->x, by_size);
	return status;
}

static bool are_counts(const struct fitting *f)
{
	for (size_t i = 0; i < f->n; i++) {
		if (!(f->x[i] >= 0 && floor(f->x[i]) == f->x[i]))
			return false;
	}
	return f->moments.mean <= COUNTS_MEAN_MAX;
}

static const struct family_fit *family_of(const struct fitting *f)
{
	const char *as = command_text(f->c, "--as"), *name = as ? as : are_counts(f) ? "poisson" : "normal";

	for (size_t i = 0; i < sizeof fits / sizeof *fits; i++) {
		if (!strcmp(name, fits[i].name))
			return &fits[i];
	}
	return NULL;
}

static void print_sample(const struct fitting *f)
{
	static const double at[] = { 0, .25, .5, .75, 1 };
	double q[5], n = (double)f->n;

	for (int i = 0; i < 5; i++)
		q[i] = sample_quantile(f->x, f->n, at[i]);
	command_lines(f->c, (struct named[]){
		{ "mean", "mean", f->moments.mean }, { "sd", "standard deviation (by n - 1)", sqrt(f->moments.variance * n / (n - 1)) },
		{ "variance", "variance (by n - 1)", f->moments.variance * n / (n - 1) }, { "skewness", "skewness", f->moments.skewness },
		{ "kurtosis", "kurtosis (3: normal)", f->moments.kurtosis }, { "least", "least", q[0] }, { "quarter", "quantile .25", q[1] },
		{ "median", "median", q[2] }, { "three_quarters", "quantile .75", q[3] }, { "most", "most", q[4] },
	}, 10);
}

/* Kolmogorov's and Anderson and Darling's distance, and Jarque and Bera's and Shapiro and Wilk's answers */
static void test_normal(const struct fitting *f)
{
	struct verdict kolmogorov = { NAN, NAN, NAN, NAN }, jarque_bera = kolmogorov;
	struct finding shapiro = { .verdict = kolmogorov };
	double anderson = NAN;

	if (fit_kolmogorov(&f->distribution, f->x, f->n, &kolmogorov) || fit_anderson_darling(&f->distribution, f->x, f->n, &anderson) ||
	    fit_jarque_bera(f->x, f->n, &jarque_bera))
		return;
	if (test_shapiro_wilk(f->c->arena, (struct sample){ f->x, f->n }, &shapiro))
		shapiro.verdict = (struct verdict){ NAN, NAN, NAN, NAN };
	command_lines(f->c, (struct named[]){
		{ "kolmogorov", "Kolmogorov's distance", kolmogorov.statistic }, { "anderson_darling", "Anderson-Darling's A^2", anderson },
		{ "jarque_bera", "Jarque-Bera", jarque_bera.statistic }, { "jarque_bera_p", "its p", jarque_bera.p },
		{ "shapiro_wilk", "Shapiro-Wilk's W", shapiro.verdict.statistic }, { "shapiro_wilk_p", "its p", shapiro.verdict.p },
	}, 6);
}

static void test_counts(const struct fitting *f, int fitted)
{
	size_t bins = (size_t)fmin(f->x[f->n - 1] + 1, BINS_MAX);
	double *observed = ARENA_ARRAY(f->c->arena, double, bins);
	struct verdict v;

	for (size_t i = 0; i < f->n; i++)
		observed[(size_t)fmin(f->x[i], (double)bins - 1)]++;
	if (fit_chi_square(&f->distribution, observed, bins, fitted, &v))
		return;
	command_lines(f->c, (struct named[]){
		{ "chi_square", "chi-square of the counts", v.statistic }, { "chi_square_freedom", "degrees of freedom", v.freedom }, { "chi_square_p", "its p", v.p },
	}, 3);
}

static void print_fit(const struct fitting *f, const struct family_fit *family)
{
	int fitted = family->b ? 2 : 1;
	struct named parameters[] = {
		{ family->a, family->a, (double)f->distribution.a }, { family->b ? family->b : "", family->b ? family->b : "", (double)f->distribution.b },
	};

	if (f->c->json)
		fprintf(f->c->out, ",\"as\":\"%s\",\"parameters\":{\"family\":\"%s\"", family->name, family->name);
	else
		fprintf(f->c->out, "\nas %s\n", family->name);
	command_lines(f->c, parameters, (size_t)fitted);
	fputs(f->c->json ? "}" : "", f->c->out);
	command_lines(f->c, &(struct named){ "log_likelihood", "log-likelihood", distribution_log_likelihood(&f->distribution, f->x, f->n) }, 1);
	if (f->distribution.family == NORMAL)
		test_normal(f);
	else if (f->distribution.family != BINOMIAL)
		test_counts(f, fitted);
	if (f->distribution.family == POISSON && f->moments.variance > 1.5 * f->moments.mean && !f->c->json)
		fputs("The variance is well above the mean: negative-binomial fits better than Poisson.\n", f->c->out);
}

static int run(struct command *c)
{
	struct fitting f = { .c = c };
	const struct family_fit *family;
	int status = 0;
	problem why;

	status = command_load(c, c->words[0], &f.in);
	if (!status)
		f.column = command_column(c, &f.in, command_text(c, "--of"), &status);
	if (!status)
		status = take(&f);
	if (status)
		return status;
	why = f.n < 2 ? &sample_unfit : moments_of(f.x, f.n, &f.moments);
	family = family_of(&f);
	if (!family)
		return command_refuse(c, command_text(c, "--as"), "is no family that can be fitted: normal, poisson, negative-binomial, bernoulli");
	if (!why)
		why = family->fit(f.x, f.n, &f.distribution);
	if (why)
		return command_problem(c, command_text(c, "--of"), why == &distribution_unfit ? &family_unfit : why);
	fputs(c->json ? "{" : "", c->out);
	command_say_rows(c, &f.in, &f.column, 1, f.n);
	print_sample(&f);
	print_fit(&f, family);
	fputs(c->json ? "}\n" : "", c->out);
	return 0;
}

static const struct command_option options[] = {
	{ "--of", OPTION_TEXT, "X", "a column of numbers; for bernoulli also of yes and no, or true and false", .needed = true },
	{ "--as", OPTION_TEXT, "FAMILY", "normal, poisson, negative-binomial or bernoulli; without it Poisson for counts, else normal" }, { NULL }
};

const struct command_kind fit_kind = {
	"fit", "stats fit FILE --of X [--as normal|poisson|negative-binomial|bernoulli] [--json]",
	"mean, spread and quantiles of a column, and which distribution it could be from", STATS_FILE, options, 1, 1,
	"printf 'sales\\n2\\n0\\n1\\n3\\n1\\n2\\n0\\n1\\n' | zhifang stats fit - --of sales", run,
};
