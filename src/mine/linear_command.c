/* linear_command.c - `zhifang mine logit` and `svm`: what each column weighs, for one standard deviation and for one unit of its own. */
#include "mine/classify_command.h"

#include <math.h>
#include <stdlib.h>

enum { NAME_WIDTH = 30 };

#define LINEAR_OPTIONS \
	{ "--cost", OPTION_NUMBER, "C", "of errors against large weights: less smooths more", 1e-9, 1e6, 1 }, \
	{ "--weight", OPTION_NUMBER, "W", "a row of the positive class counts W times", 1e-6, 1e6, 1 }, \
	{ "--top", OPTION_COUNT, "N", "so many weights, the largest first", 0, 100000, 20 }

/* ---- weights ---- */

/* One column of the model: a number, or a level of a column of words. */
struct weight {
	struct text name;
	double standardised, unit; /* unit: NaN of a level */
};

static int by_size(const void *a, const void *b)
{
	const struct weight *x = a, *y = b;

	if (fabs(x->standardised) != fabs(y->standardised))
		return fabs(x->standardised) < fabs(y->standardised) ? 1 : -1;
	return text_compare(x->name, y->name);
}

/* Weights of one unit (numbers), and the bias that goes with them. */
static double *in_units(const struct classifying *c, const struct classifier *m, double *bias)
{
	double *mean = ARENA_ARRAY(c->l.c->arena, double, m->linear.numbers), *sd = ARENA_ARRAY(c->l.c->arena, double, m->linear.numbers),
	       *unit = ARENA_ARRAY(c->l.c->arena, double, m->linear.numbers);
	size_t number = 0;

	for (size_t j = 0; j < m->encoder.count; j++) {
		if (m->encoder.feature[j].is_words)
			continue;
		mean[number] = m->encoder.feature[j].mean;
		sd[number++] = m->encoder.feature[j].deviation;
	}
	linear_in_units(&m->linear, mean, sd, unit, bias);
	return unit;
}

static struct weight *weights_of(const struct classifying *c, const struct classifier *m, double *bias)
{
	struct arena *arena = c->l.c->arena;
	struct weight *of = ARENA_ARRAY(arena, struct weight, m->encoder.wide);
	double *unit = in_units(c, m, bias);
	size_t number = 0, level = m->linear.numbers, n = 0;

	for (size_t j = 0; j < m->encoder.count; j++) {
		const struct feature *f = &m->encoder.feature[j];

		if (!f->is_words) {
			of[n++] = (struct weight){ f->name, m->linear.weight[number], unit[number] };
			number++;
		}
		for (size_t k = 0; k < f->level_count; k++)
			of[n++] = (struct weight){ arena_format(arena, "%.*s=%.*s", TEXT_ARG(f->name), TEXT_ARG(f->levels[k])), m->linear.weight[level++], NAN };
	}
	qsort(of, n, sizeof *of, by_size);
	return of;
}

static void say_weights(const struct classifying *of, const struct classifier *m)
{
	struct command *c = of->l.c;
	double bias;
	const struct weight *w = weights_of(of, m, &bias);
	struct command_rows rows = { "weights", "column", NAME_WIDTH, 0 };
	size_t count = command_count(c, "--top"), cells = m->kind == CLASSIFY_LOGISTIC ? 3 : 2;
	const struct named heads[] = { { "weight", "weight", 0 }, { "unit", "for one unit", 0 }, { "odds_ratio", "odds ratio", 0 } };

	if (!c->json)
		fprintf(c->out, "\n%s\n", count < m->encoder.wide ? "largest weights" : "weights");
	command_lines(c, (struct named[]){ { "objective", "what they make smallest", m->linear.objective }, { "passes", "passes of Newton's method", m->linear.passes } }, 2);
	command_rows_begin(c, &rows, heads, cells);
	for (size_t i = 0; i < m->encoder.wide && i < count; i++) {
		double unit = isnan(w[i].unit) ? w[i].standardised : w[i].unit;

		command_row(c, &rows, w[i].name, (struct named[]){ { "weight", NULL, w[i].standardised }, { "unit", NULL, w[i].unit }, { "odds_ratio", NULL, exp(unit) } }, cells);
	}
	command_rows_end(c);
	command_lines(c, (struct named[]){ { "bias", "bias beside weights", m->linear.bias }, { "bias_of_units", "bias beside those for one unit", bias } }, 2);
}

static void say_vectors(const struct classifying *of, const struct classifier *m)
{
	if (!of->l.c->json)
		fputs("\n", of->l.c->out);
	command_lines(of->l.c, (struct named[]){ { "vectors", "rows that bear the border", (double)m->radial.vectors.rows }, { "gamma", "gamma", m->radial.gamma } }, 2);
}

/* ---- the commands ---- */

static int logit(struct command *c)
{
	struct classifying of = { .options = { .kind = CLASSIFY_LOGISTIC }, .say = say_weights };

	if (command_has(c, "--use"))
		return classify_use(c);
	of.options.cost = command_number(c, "--cost");
	of.options.weight = command_number(c, "--weight");
	return classify_learn(c, &of);
}

static int svm(struct command *c)
{
	const char *kernel = command_text(c, "--kernel");
	bool radial = kernel && !strcmp(kernel, "radial");
	struct classifying of = { .options = { .kind = radial ? CLASSIFY_RADIAL : CLASSIFY_SVM }, .say = radial ? say_vectors : say_weights };

	if (command_has(c, "--use"))
		return classify_use(c);
	if (kernel && !radial && strcmp(kernel, "linear") != 0)
		return command_refuse(c, kernel, "kernels are linear and radial");
	if (!radial && command_has(c, "--gamma"))
		return command_refuse(c, "--gamma", "is the radial kernel's");
	of.options.cost = command_number(c, "--cost");
	of.options.weight = command_number(c, "--weight");
	of.options.gamma = command_number(c, "--gamma");
	return classify_learn(c, &of);
}

static const struct command_option logit_options[] = { LINEAR_OPTIONS, CLASSIFY_OPTIONS, { NULL } };
static const struct command_option svm_options[] = {
	{ "--kernel", OPTION_TEXT, "K", "linear, or radial: a border of any shape, at most 10,000 rows" },
	{ "--gamma", OPTION_NUMBER, "G", "of the radial kernel e^(-G distance^2); else 1 / columns", 1e-12, 1e12, 0 },
	LINEAR_OPTIONS, CLASSIFY_OPTIONS, { NULL }
};

#define EXAMPLE_ROWS "printf 'visits,city,bought\\n1,a,0\\n2,b,0\\n3,a,0\\n4,b,1\\n5,a,0\\n6,b,1\\n7,a,1\\n8,b,1\\n9,a,1\\n2,a,0\\n8,a,1\\n3,b,0\\n7,b,1\\n' | "

const struct command_kind logit_kind = {
	"logit", "mine logit FILE --label COLUMN [--cost C] [--weight W] [--model OUT]\n       zhifang mine logit FILE --use MODEL [--reasons N]",
	"how likely is it, by a weighted sum of the columns",
	"Logistic regression with small weights preferred: docs/numbers/logistic.md for what coefficients mean, svm.md for this command.\n" LEARN_FILE,
	logit_options, .words_least = 1, .words_most = 1, EXAMPLE_ROWS "zhifang mine logit - --label bought", logit,
};

const struct command_kind svm_kind = {
	"svm", "mine svm FILE --label COLUMN [--kernel radial] [--cost C] [--weight W] [--model OUT]\n       zhifang mine svm FILE --use MODEL [--reasons N]",
	"on which side of a border, with the widest margin",
	"Support vector machines, docs/numbers/svm.md; their scores become chances by docs/numbers/calibration.md.\n" LEARN_FILE,
	svm_options, .words_least = 1, .words_most = 1, EXAMPLE_ROWS "zhifang mine svm - --label bought --all", svm,
};
