/* stats_command.c - `zhifang stats`: which of its commands; and `dist`: what a distribution answers.
 * The second parameter of the normal distribution must be named: 5 alone is not taken for either of sd and variance. */
#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/command_parts.h"

enum { PARAMETERS_MAX = 2 };

/* One way to name a distribution. */
struct form {
	const char *name;
	const char *parameters[PARAMETERS_MAX];
	problem (*of_one)(double a, struct distribution *ret);
	problem (*of_two)(double a, double b, struct distribution *ret);
	const char *wants;
	bool named; /* the second parameter is never taken without its name */
};

static const struct form forms[] = {
	{ "bernoulli", { "p" }, .of_one = bernoulli_of, .wants = "p within [0, 1]" },
	{ "binomial", { "n", "p" }, .of_two = binomial_of, .wants = "n a whole number from 0 to 1e12, p within [0, 1]" },
	{ "normal", { "mean", "sd" }, .of_two = normal_of_sd, .wants = "mean a finite number, sd above 0", .named = true },
	{ "normal", { "mean", "variance" }, .of_two = normal_of_variance, .wants = "mean a finite number, variance above 0", .named = true },
	{ "poisson", { "mean" }, .of_one = poisson_of, .wants = "mean above 0, at most 1e12" },
	{ "negative-binomial", { "size", "p" }, .of_two = negative_binomial_of, .wants = "size from 0.001, p within (0, 1], size / p at most 1e12" },
	{ "t", { "freedom" }, .of_one = student_of, .wants = "degrees of freedom from 0.001 to 1e12" },
	{ "chi-square", { "freedom" }, .of_one = chi_square_of, .wants = "degrees of freedom from 0.001 to 1e12" },
	{ "f", { "above", "below" }, .of_two = fisher_of, .wants = "degrees of freedom from 0.001 to 1e12" },
};

enum ask { CDF, SURVIVAL, QUANTILE, DENSITY, ASKS };

/* The options of `dist`, in the order of its questions */
static const struct command_option options[] = {
	[CDF] = { "--cdf", OPTION_NUMBER, "X", "P(X <= x)", -DBL_MAX, DBL_MAX, .many = true },
	[SURVIVAL] = { "--survival", OPTION_NUMBER, "X", "P(X > x)", -DBL_MAX, DBL_MAX, .many = true },
	[QUANTILE] = { "--quantile", OPTION_NUMBER, "P", "the smallest x with P(X <= x) >= P", 0, 1, .unfit = &probability_unfit, .many = true },
	[DENSITY] = { "--density", OPTION_NUMBER, "X", "density at x; of a count, the probability of x", -DBL_MAX, DBL_MAX, .many = true },
	[ASKS] = { NULL }
};

struct request {
	const struct command *c;
	const struct form *form;
	struct distribution distribution;
	const char *const *words; /* parameters as typed */
	double parameters[PARAMETERS_MAX];
	int count;
};

static enum ask ask_of(const struct command_given *g) { return (enum ask)(g->option - options); }

static void list_forms(FILE *to)
{
	fputs("Without a question: mean, variance and five quantiles.\n\nDistributions:\n", to);
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		fprintf(to, "  %s %s=", forms[i].name, forms[i].parameters[0]);
		fprintf(to, forms[i].of_two ? ".. %s=..   (%s)\n" : "..%s   (%s)\n", forms[i].of_two ? forms[i].parameters[1] : "", forms[i].wants);
	}
	fputs("\nThe names may be left away, but for sd and variance: poisson 10 is poisson mean=10.\n", to);
}

/* ---- reading ---- */

/* The value's part of a word that may stand as the i-th parameter of the form; NULL when it may not. */
static const char *value_in(const struct form *form, int i, const char *word)
{
	size_t length = strlen(form->parameters[i]);

	if (!strchr(word, '='))
		return form->named && i ? NULL : word;
	return !strncmp(word, form->parameters[i], length) && word[length] == '=' ? word + length + 1 : NULL;
}

static bool is_form(const struct request *r, const char *name, const struct form *form)
{
	if (strcmp(form->name, name) != 0 || r->count != (form->of_two ? 2 : 1))
		return false;
	for (int i = 0; i < r->count; i++) {
		if (!value_in(form, i, r->words[i]))
			return false;
	}
	return true;
}

static int no_form(const struct command *c, const char *name)
{
	bool known = false;

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		const struct form *f = &forms[i];

		if (strcmp(f->name, name) != 0)
			continue;
		known = true;
		fprintf(c->err, "zhifang: %s takes %s=NUMBER", name, f->parameters[0]);
		fprintf(c->err, f->of_two ? " %s=NUMBER\n" : "\n", f->parameters[1]);
	}
	return known ? 2 : command_refuse(c, name, "no such distribution; zhifang stats dist --help names them");
}

static int find_form(struct request *r, const char *name)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms && !r->form; i++) {
		if (is_form(r, name, &forms[i]))
			r->form = &forms[i];
	}
	return r->form ? 0 : no_form(r->c, name);
}

static int make_distribution(struct request *r)
{
	problem why;

	for (int i = 0; i < r->count; i++) {
		if (!command_read_number(value_in(r->form, i, r->words[i]), &r->parameters[i]))
			return command_refuse(r->c, r->words[i], "not a number");
	}
	why = r->form->of_two ? r->form->of_two(r->parameters[0], r->parameters[1], &r->distribution)
	                      : r->form->of_one(r->parameters[0], &r->distribution);
	if (why)
		fprintf(r->c->err, "zhifang: %s: %s It wants %s.\n", r->form->name, why->title, r->form->wants);
	return why ? 2 : 0;
}

/* ---- answering ---- */

static double answer(const struct distribution *d, enum ask ask, double at)
{
	double x = NAN;

	switch (ask) {
	case CDF: return (double)distribution_tails(d, at).lower;
	case SURVIVAL: return (double)distribution_tails(d, at).upper;
	case DENSITY: return distribution_exact_density(d, at);
	case QUANTILE: return distribution_exact_quantile(d, LOWER, at, &x) ? NAN : x; /* within [0, 1]: the option saw to it */
	case ASKS: break;
	}
	return x;
}

/* ln of the answer: what is smaller than any double has one, too. NaN: a quantile. */
static double log_answer(const struct distribution *d, enum ask ask, double at)
{
	switch (ask) {
	case CDF: return (double)distribution_tails(d, at).log_lower;
	case SURVIVAL: return (double)distribution_tails(d, at).log_upper;
	case DENSITY: return distribution_log_density(d, at);
	case QUANTILE:
	case ASKS: break;
	}
	return NAN;
}

static void print_number(FILE *out, const char *name, double x)
{
	char number[32];

	fprintf(out, "%s = %s\n", name, command_shortest(x, number));
}

static void print_ask(FILE *out, const struct request *r, const struct command_given *g)
{
	static const char *const says[ASKS] = { [CDF] = "P(X <= %s)", [SURVIVAL] = "P(X > %s)", [QUANTILE] = "quantile %s", [DENSITY] = "density at %s" };
	enum ask ask = ask_of(g);
	bool is_mass = ask == DENSITY && distribution_is_discrete(&r->distribution);
	const char *says_it = is_mass ? "P(X = %s)" : says[ask], *place = strstr(says_it, "%s");
	double x = answer(&r->distribution, ask, g->number), log_x = log_answer(&r->distribution, ask, g->number);
	char at[32], value[32];

	command_shortest(g->number, at);
	fprintf(out, "%.*s%s%s = %s\n", (int)(place - says_it), says_it, at, place + 2, command_shortest(x, value));
	if (x < DBL_MIN && isfinite(log_x))
		fprintf(out, "ln %.*s%s%s = %s\n", (int)(place - says_it), says_it, at, place + 2, command_shortest(log_x, value));
}

static void print_summary(FILE *out, const struct distribution *d)
{
	static const double at[] = { .025, .25, .5, .75, .975 };
	char name[40];

	print_number(out, "mean", distribution_mean(d));
	print_number(out, "variance", distribution_variance(d));
	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		snprintf(name, sizeof name, "quantile %g", at[i]);
		print_number(out, name, answer(d, QUANTILE, at[i]));
	}
}

static void print_json(FILE *out, const struct request *r)
{
	fprintf(out, "{\"distribution\":\"%s\",\"parameters\":{", r->form->name);
	for (int i = 0; i < r->count; i++) {
		fputs(i ? "," : "", out);
		command_json_number(out, r->form->parameters[i], r->parameters[i]);
	}
	fputs("},", out);
	command_json_number(out, "mean", distribution_mean(&r->distribution));
	fputs(",", out);
	command_json_number(out, "variance", distribution_variance(&r->distribution));
	fputs(",\"answers\":[", out);
	for (int i = 0; i < r->c->given_count; i++) {
		const struct command_given *g = &r->c->given[i];

		fprintf(out, "%s{\"ask\":\"%s\",", i ? "," : "", g->option->name + 2);
		command_json_number(out, "at", g->number);
		fputs(",", out);
		command_json_number(out, "value", answer(&r->distribution, ask_of(g), g->number));
		if (ask_of(g) != QUANTILE) {
			fputs(",", out);
			command_json_number(out, "log", log_answer(&r->distribution, ask_of(g), g->number));
		}
		fputs("}", out);
	}
	fputs("]}\n", out);
}

static int run(struct command *c)
{
	struct request r = { .c = c, .words = c->words + 1, .count = c->count - 1 };
	int status = r.count > PARAMETERS_MAX + 1 ? command_refuse(c, r.words[PARAMETERS_MAX + 1], "too many parameters") : find_form(&r, c->words[0]);

	if (!status)
		status = make_distribution(&r);
	if (status)
		return status;
	if (c->json)
		print_json(c->out, &r);
	else if (!c->given_count)
		print_summary(c->out, &r.distribution);
	for (int i = 0; i < c->given_count && !c->json; i++)
		print_ask(c->out, &r, &c->given[i]);
	return 0;
}

#define EXAMPLE "zhifang stats dist normal mean=10 variance=5 --survival 15\n  P(X > 15) = 0.012673659338734131"

static const struct command_kind dist_kind = {
	"dist", "stats dist NAME PARAMETER... [--cdf X] [--survival X] [--quantile P] [--density X] [--json]",
	"what a distribution answers", "", options, 1, COMMAND_WORDS_MAX, EXAMPLE, run, list_forms,
};

int stats_command(int count, const char **words, FILE *out, FILE *err)
{
	static const struct command_kind *const kinds[] = { &dist_kind, &fit_kind, &chance_kind, &regress_kind, &test_kind, &network_kind, &structure_kind, NULL };
	static const struct command_group stats = { "stats", "\nExample:\n  " EXAMPLE "\n", kinds };

	return command_group_run(&stats, count, words, out, err);
}
