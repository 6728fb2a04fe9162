/* stats_command.c - `zhifang stats`: which of its commands; and `dist`: what a distribution answers.
 * The second parameter of the normal distribution must be named: 5 alone is not taken for either of sd and variance. */
#include "stats/stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/command_parts.h"

enum { PARAMETERS_MAX = 2, ASKED_MAX = 16 };

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
static const char *const ask_names[ASKS] = { [CDF] = "cdf", [SURVIVAL] = "survival", [QUANTILE] = "quantile", [DENSITY] = "density" };

struct request {
	const struct form *form;
	struct distribution distribution;
	const char *words[PARAMETERS_MAX + 1]; /* parameters as typed; one too many is kept to be refused */
	double parameters[PARAMETERS_MAX];
	int count, asked;
	struct { enum ask ask; double at; } asks[ASKED_MAX];
	bool json;
};

static const char help[] =
	"usage: zhifang stats dist NAME PARAMETER... [--cdf X] [--survival X] [--quantile P] [--density X] [--json]\n"
	"       zhifang stats fit | chance | regress | test | network ...: of a file; each has its own --help\n\n"
	"  --cdf X        P(X <= x)\n"
	"  --survival X   P(X > x)\n"
	"  --quantile P   the smallest x with P(X <= x) >= P\n"
	"  --density X    density at x; of a count, the probability of x\n"
	"  --json         JSON instead of lines\n"
	"Without a question: mean, variance and five quantiles.\n\nDistributions:\n";
static const char example[] =
	"\nThe names may be left away, but for sd and variance: poisson 10 is poisson mean=10.\nExample:\n"
	"  zhifang stats dist normal mean=10 variance=5 --survival 15\n"
	"  P(X > 15) = 0.012673659338734131\n";

static int print_help(FILE *to, int status)
{
	fputs(help, to);
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		fprintf(to, "  %s %s=", forms[i].name, forms[i].parameters[0]);
		fprintf(to, forms[i].of_two ? ".. %s=..   (%s)\n" : "..%s   (%s)\n", forms[i].of_two ? forms[i].parameters[1] : "", forms[i].wants);
	}
	fputs(example, to);
	return status;
}

/* ---- reading ---- */

static int refuse(FILE *err, const char *word, const char *why)
{
	fprintf(err, "zhifang: %s: %s\n", word, why);
	return 2;
}

static enum ask ask_of(const char *option)
{
	enum ask ask = 0;

	while (ask < ASKS && strcmp(option, ask_names[ask]) != 0)
		ask++;
	return ask;
}

static int read_ask(struct request *r, const char *option, const char *word, FILE *err)
{
	enum ask ask = ask_of(option + 2);
	double at;

	if (ask == ASKS)
		return refuse(err, option, "there is no such option");
	if (!word)
		return refuse(err, option, "needs a number");
	if (!command_number(word, &at))
		return refuse(err, word, "not a number");
	if (ask == QUANTILE && !(at >= 0 && at <= 1))
		return refuse(err, word, probability_unfit.title);
	if (r->asked == ASKED_MAX)
		return refuse(err, option, "too many questions at once");
	r->asks[r->asked].ask = ask;
	r->asks[r->asked++].at = at;
	return 0;
}

static int read_words(struct request *r, int count, const char **words, FILE *err)
{
	int status = 0;

	for (int i = 0; i < count && !status; i++) {
		if (!strcmp(words[i], "--json")) {
			r->json = true;
		} else if (!strncmp(words[i], "--", 2)) {
			status = read_ask(r, words[i], i + 1 < count ? words[i + 1] : NULL, err);
			i++;
		} else if (r->count > PARAMETERS_MAX) {
			status = refuse(err, words[i], "too many parameters");
		} else {
			r->words[r->count++] = words[i];
		}
	}
	return status;
}

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

static int no_form(const char *name, FILE *err)
{
	bool known = false;

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		const struct form *f = &forms[i];

		if (strcmp(f->name, name) != 0)
			continue;
		known = true;
		fprintf(err, "zhifang: %s takes %s=NUMBER", name, f->parameters[0]);
		fprintf(err, f->of_two ? " %s=NUMBER\n" : "\n", f->parameters[1]);
	}
	return known ? 2 : refuse(err, name, "no such distribution; zhifang stats --help names them");
}

static int find_form(struct request *r, const char *name, FILE *err)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms && !r->form; i++) {
		if (is_form(r, name, &forms[i]))
			r->form = &forms[i];
	}
	return r->form ? 0 : no_form(name, err);
}

static int make_distribution(struct request *r, FILE *err)
{
	problem why;

	for (int i = 0; i < r->count; i++) {
		if (!command_number(value_in(r->form, i, r->words[i]), &r->parameters[i]))
			return refuse(err, r->words[i], "not a number");
	}
	why = r->form->of_two ? r->form->of_two(r->parameters[0], r->parameters[1], &r->distribution)
	                      : r->form->of_one(r->parameters[0], &r->distribution);
	if (why)
		fprintf(err, "zhifang: %s: %s It wants %s.\n", r->form->name, why->title, r->form->wants);
	return why ? 2 : 0;
}

/* ---- answering ---- */

static double answer(const struct distribution *d, enum ask ask, double at)
{
	double x = NAN;

	switch (ask) {
	case CDF: return (double)distribution_tails(d, at).lower;
	case SURVIVAL: return (double)distribution_tails(d, at).upper;
	case DENSITY: return distribution_density(d, at);
	case QUANTILE: return distribution_quantile(d, LOWER, at, &x) ? NAN : x; /* within [0, 1]: read_ask saw to it */
	case ASKS: break;
	}
	return x;
}

static void print_number(FILE *out, const char *name, double x)
{
	char number[32];

	fprintf(out, "%s = %s\n", name, command_shortest(x, number));
}

static void print_ask(FILE *out, const struct request *r, int i)
{
	static const char *const says[ASKS] = { [CDF] = "P(X <= %s)", [SURVIVAL] = "P(X > %s)", [QUANTILE] = "quantile %s", [DENSITY] = "density at %s" };
	enum ask ask = r->asks[i].ask;
	bool is_mass = ask == DENSITY && distribution_is_discrete(&r->distribution);
	const char *says_it = is_mass ? "P(X = %s)" : says[ask], *place = strstr(says_it, "%s");
	char at[32], value[32];

	fprintf(out, "%.*s%s%s = %s\n", (int)(place - says_it), says_it, command_shortest(r->asks[i].at, at), place + 2,
	        command_shortest(answer(&r->distribution, ask, r->asks[i].at), value));
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
	for (int i = 0; i < r->asked; i++) {
		fprintf(out, "%s{\"ask\":\"%s\",", i ? "," : "", ask_names[r->asks[i].ask]);
		command_json_number(out, "at", r->asks[i].at);
		fputs(",", out);
		command_json_number(out, "value", answer(&r->distribution, r->asks[i].ask, r->asks[i].at));
		fputs("}", out);
	}
	fputs("]}\n", out);
}

static int dist(int count, const char **words, FILE *out, FILE *err)
{
	struct request r = { 0 };
	int status = read_words(&r, count - 1, words + 1, err);

	if (!status)
		status = find_form(&r, words[0], err);
	if (!status)
		status = make_distribution(&r, err);
	if (status)
		return status;
	if (r.json)
		print_json(out, &r);
	else if (!r.asked)
		print_summary(out, &r.distribution);
	for (int i = 0; i < r.asked && !r.json; i++)
		print_ask(out, &r, i);
	return 0;
}

/* ---- those that read a file ---- */

/* Within the limits of a table and of a regression no run gets near it. */
static const size_t MEMORY_MAX = (size_t)16 << 30;

static int run(int (*command)(struct command *c), int count, const char **words, FILE *out, FILE *err)
{
	struct command c = { .out = out, .err = err, .arena = arena_new(MEMORY_MAX) };
	int status = command_read(&c, count, words);

	if (!status)
		status = command(&c);
	arena_free(c.arena);
	return status;
}

static const struct {
	const char *name, *help;
	int (*run)(struct command *c);
} commands[] = {
	{ "chance", chance_help, chance_command },
	{ "fit", fit_help, fit_command },
	{ "network", network_help, network_command },
	{ "regress", regress_help, regress_command },
	{ "test", NULL, test_command },
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static size_t find(const char *name)
{
	size_t i = 0;

	while (i < COMMANDS && strcmp(name, commands[i].name) != 0)
		i++;
	return i;
}

/* The text of one command, or of `dist` and what else there is. */
static int print_help_of(size_t command, FILE *to)
{
	if (command == COMMANDS)
		return print_help(to, 0);
	if (commands[command].help)
		fputs(commands[command].help, to);
	else
		test_help(to);
	return 0;
}

int stats_command(int count, const char **words, FILE *out, FILE *err)
{
	size_t command = count ? find(words[0]) : COMMANDS;

	for (int i = 0; i < count; i++) {
		if (!strcmp(words[i], "--help") || !strcmp(words[i], "-h"))
			return print_help_of(command, out);
	}
	if (command < COMMANDS)
		return run(commands[command].run, count - 1, words + 1, out, err);
	if (count < 2 || strcmp(words[0], "dist") != 0)
		return print_help(err, 2);
	return dist(count - 1, words + 1, out, err);
}
