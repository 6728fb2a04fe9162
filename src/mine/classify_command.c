/* classify_command.c - learning: frame, model, scores, the line that costs least; and asking a kept model about other rows, with reasons. */
#include "mine/classify_command.h"

#include <math.h>
#include <stdlib.h>

#include "num/random.h"

enum { ISOTONIC_LEAST = 1000 /* rows */ };

/* ---- options ---- */

static int choose_chances(struct classifying *of)
{
	const struct command *c = of->l.c;
	const char *how = command_text(c, "--chances");
	bool has_own = (of->options.kind == CLASSIFY_LOGISTIC && (of->options.weight == 0 || of->options.weight == 1)) || of->options.kind == CLASSIFY_NAIVE;
	size_t held = of->options.time ? of->l.part[0].rows / 2 : of->l.part[0].rows;
	enum classifier_chances learned = held >= ISOTONIC_LEAST ? CHANCES_ISOTONIC : CHANCES_PLATT;

	if (!how)
		of->options.chances = of->options.kind == CLASSIFY_LOGISTIC && has_own ? CHANCES_OWN : learned;
	else if (!strcmp(how, "own") && has_own)
		of->options.chances = CHANCES_OWN;
	else if (!strcmp(how, "platt"))
		of->options.chances = CHANCES_PLATT;
	else if (!strcmp(how, "isotonic"))
		of->options.chances = CHANCES_ISOTONIC;
	else
		return command_refuse(c, how, strcmp(how, "own") ? "chances are own, platt or isotonic" : "the model has no chances of its own");
	return 0;
}

/* At most so many rows to learn from, drawn by the seed, in their order. */
static void draw_sample(struct classifying *of, size_t most)
{
	struct command *c = of->l.c;
	struct frame *f = &of->l.part[0];
	struct random r = random_of(of->options.seed, f->rows);
	uint32_t *order = FRAME_ARRAY(c->arena, uint32_t, f->rows);

	for (size_t i = 0; i < f->rows; i++)
		order[i] = (uint32_t)i;
	random_shuffle(&r, order, (uint32_t)f->rows);
	f->test = FRAME_ARRAY(c->arena, unsigned char, f->rows);
	for (size_t i = most; i < f->rows; i++)
		f->test[order[i]] = 1;
	frame_part(c->arena, f, false, f);
	f->test = NULL;
}

/* ---- the line ---- */

static bool draws_line(const struct command *c) { return command_has(c, "--false-alarm") || command_has(c, "--missed"); }

/* By the chances of rows that had no part in them; then what it would have cost on the rows to judge by. */
static int say_threshold(const struct classifying *of, const struct classifier *m, const double *held, const double *chance)
{
	struct command *c = of->l.c;
	const struct frame *learned = &of->l.part[0], *judged = &of->l.part[1];
	struct costs costs = { command_number(c, "--false-alarm"), command_number(c, "--missed") };
	double *held_chance = FRAME_ARRAY(c->arena, double, learned->rows);
	unsigned char *label = FRAME_ARRAY(c->arena, unsigned char, learned->rows);
	size_t rows = classify_held(learned, held, held_chance, label);
	struct threshold line, seen;
	problem why;

	for (size_t i = 0; i < rows; i++)
		held_chance[i] = m->chances == CHANCES_OWN ? linear_probability(held_chance[i]) : calibrated(&m->calibration, held_chance[i]);
	why = threshold_best(held_chance, label, rows, costs, &line);
	if (why)
		return command_problem(c, "--false-alarm, --missed", why);
	seen = threshold_at(chance, judged->label, judged->rows, costs, line.at);
	if (!c->json)
		fputs("\nwhere acting pays\n", c->out);
	command_lines(c, (struct named[]){
		{ "act_from_if_true", "if chances come true, from", threshold_of_costs(costs) },
		{ "act_from", "from what was seen, from", fmin(fmax(line.at, 0), 1) },
		{ "caught", "of the rows to judge by, caught", (double)seen.caught }, { "false_alarms", "false alarms", (double)seen.false_alarms },
		{ "missed", "missed", (double)seen.missed }, { "left_alone", "rightly left alone", (double)seen.left_alone },
		{ "cost", "what the mistakes cost", seen.cost },
		{ "cost_of_none", "what not acting would have cost", (double)(seen.caught + seen.missed) * costs.missed },
	}, judged->rows ? 8 : 2);
	return 0;
}

/* ---- learning ---- */

static int save(struct command *c, const struct classifier *m)
{
	const char *file = command_text(c, "--model");
	CLEANUP(buffer_free) struct buffer b = BUFFER(COMMAND_MODEL_MAX);

	if (!file)
		return 0;
	classifier_save(m, &b);
	return command_save(c, file, &b);
}

static const char *model_name(const struct classifier *m)
{
	switch (m->kind) {
	case CLASSIFY_LOGISTIC: return "logistic regression";
	case CLASSIFY_SVM: return "linear support vector machine";
	case CLASSIFY_RADIAL: return "support vector machine, radial kernel";
	case CLASSIFY_NAIVE: return "naive Bayes";
	}
	abort();
}

static const char *chances_name(const struct classifier *m)
{
	switch (m->chances) {
	case CHANCES_OWN: return "the model's own";
	case CHANCES_PLATT: return "Platt's sigmoid of held-out scores";
	case CHANCES_ISOTONIC: return "isotonic steps of held-out scores";
	}
	abort();
}

/* What the scores were held out by, in words that go behind the name. */
static const char *held_name(const struct classifying *of)
{
	return of->options.time ? ", of models of earlier rows" : of->l.part[0].group ? ", whole groups at a time" : "";
}

static void say_chances_name(const struct classifying *of, const struct classifier *m)
{
	struct command *c = of->l.c;
	size_t learned = of->l.part[0].rows;
	struct text name = arena_format(c->arena, "%s%s", chances_name(m), m->chances == CHANCES_OWN ? "" : held_name(of));

	if (c->json) {
		fprintf(c->out, ",\"sample\":%zu,\"chances\":", learned);
		command_json_text(c->out, name);
		return;
	}
	if (learned < of->l.report.train)
		fprintf(c->out, "learned from a sample of %zu row%s\n", learned, command_s(learned));
	fprintf(c->out, "chances: %.*s\n", TEXT_ARG(name));
}

/* Of the rows held out, and of those to judge by. */
struct told {
	double *held, *score, *chance;
};

static int answer(const struct classifying *of, const struct classifier *m, const struct told *told)
{
	struct command *c = of->l.c;
	int status;

	learn_say_head(&of->l, model_name(m));
	say_chances_name(of, m);
	status = learn_say_score(&of->l, told->chance, told->score);
	if (!status && draws_line(c))
		status = say_threshold(of, m, told->held, told->chance);
	if (!status && of->say)
		of->say(of, m);
	fputs(c->json ? "}\n" : "", c->out);
	return status;
}

int classify_learn(struct command *c, struct classifying *of)
{
	struct threads *threads;
	struct classifier m;
	struct told told;
	struct command_progress progress;
	problem why;
	int status = learn_load(c, &of->l);

	of->options.seed = command_count(c, "--seed");
	if (!status && of->options.kind == CLASSIFY_RADIAL && of->l.part[0].rows > RBF_ROWS_MAX)
		draw_sample(of, RBF_ROWS_MAX);
	if (!status) {
		of->options.time = learn_times(&of->l);
		status = choose_chances(of);
	}
	if (status)
		return status;
	told = (struct told){ FRAME_ARRAY(c->arena, double, of->l.part[0].rows), FRAME_ARRAY(c->arena, double, of->l.part[1].rows),
		              FRAME_ARRAY(c->arena, double, of->l.part[1].rows) };
	threads = threads_start(command_count(c, "--threads"));
	command_progress_begin(&progress, c, "learning");
	of->options.progress = &progress.hook;
	why = classify_train(c->arena, &of->l.encoder, &of->l.part[0], &of->options, threads, &m,
	                     of->options.chances != CHANCES_OWN || draws_line(c) ? told.held : NULL);
	if (!why)
		classify(&m, &of->l.part[1], threads, told.score, told.chance);
	command_progress_end(&progress);
	threads_stop(threads);
	status = why ? command_problem(c, of->l.source.file, why) : save(c, &m);
	return status ? status : answer(of, &m, &told);
}

/* ---- asking ---- */

static void reasons_of(const struct asking *a, size_t row) { classify_reasons(a->model, &a->f, row, a->reason); }

int classify_ask(struct command *c, const char *file, const struct saved *saved)
{
	struct classifier m;
	struct threads *threads;
	struct asking a;
	problem why = classifier_load(c->arena, saved, &m);
	int status;

	if (why)
		return command_problem(c, file, why);
	if (m.kind == CLASSIFY_RADIAL && command_count(c, "--reasons"))
		return command_refuse(c, "--reasons", "a radial model has none that can be told");
	status = ask_load(c, &m.encoder, &a);
	if (status)
		return status;
	a.model = &m;
	a.name = model_name(&m);
	a.reasons = reasons_of;
	threads = threads_start(command_count(c, "--threads"));
	classify(&m, &a.f, threads, NULL, a.chance);
	threads_stop(threads);
	ask_say(&a);
	return 0;
}

int classify_use(struct command *c)
{
	const char *file = command_text(c, "--use");
	struct saved saved;
	int status;

	if (command_text(c, "--label") || command_text(c, "--model"))
		return command_refuse(c, "--use", "stands without --label and --model");
	status = command_model(c, file, CLASSIFIER_KIND, CLASSIFIER_VERSION, &saved);
	return status ? status : classify_ask(c, file, &saved);
}
