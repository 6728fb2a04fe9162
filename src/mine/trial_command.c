/* trial_command.c - `zhifang mine trial`: what an A/B trial says, of shares or of means, and whether people were parted as planned. */
#include "mine/command_ids.h"
#include "mine/command_parts.h"
#include "mine/product_trial.h"

#include <math.h>
#include <stdlib.h>

enum { NAME_WIDTH = 16 };

static const struct command_option options[] = {
	{ "--variant", OPTION_TEXT, "COLUMN", "which of two each person had", .needed = true },
	{ "--outcome", OPTION_TEXT, "COLUMN", "what came of it: 1 or yes, 0 or no, or a number of each", .needed = true },
	{ "--a", OPTION_TEXT, "NAME", "the variant that the other is compared with; without: the first by name" },
	{ "--b", OPTION_TEXT, "NAME", "the other, where there are more than two" },
	{ "--who", OPTION_TEXT, "COLUMN", "a row is a person: who is there twice is refused" },
	{ "--before", OPTION_TEXT, "COLUMN", "a number of each person from before the trial, which is taken off the outcome (CUPED)" },
	{ "--planned", OPTION_NUMBER, "P", "the share of people that A should have", .001, .999, .5 },
	{ "--looks", OPTION_COUNT, "N", "how often one looks at the trial in all, this time counted", .least = 1, .most = 1000, .otherwise = 1 },
	{ "--wish", OPTION_NUMBER, "D", "how many people are wanted to see a difference of D in 4 of 5 trials", -1e15, 1e15, 0 },
	{ "--level", OPTION_NUMBER, "P", "of the intervals", .5, .9999, .95 },
	{ NULL }
};

struct task {
	struct command *c;
	struct source source;
	struct ids variant, who;
	const struct table_column *outcome, *before;
	const struct table_column *columns[2];
	struct text name[2];
	size_t people, other; /* others: of a third variant */
	bool of_shares;
	struct trial counts;
	struct trial_values values;
	double *value[2], *known[2];
	double level; /* of each look */
	struct trial_verdict shares;
	struct trial_means means;
};

/* ---- rows in ---- */

static uint32_t place_of(const struct task *t, const char *name)
{
	for (uint32_t k = 0; k < t->variant.count; k++) {
		if (text_is(t->variant.name[k], name))
			return k;
	}
	return UINT32_MAX;
}

static int choose_variants(struct task *t, uint32_t which[2])
{
	static const char *const option[2] = { "--a", "--b" };

	for (int g = 0; g < 2; g++) {
		const char *name = command_text(t->c, option[g]);

		which[g] = name ? place_of(t, name) : UINT32_MAX;
		if (name && which[g] == UINT32_MAX)
			return command_refuse(t->c, name, "there is no such variant");
	}
	if (t->variant.count < 2)
		return command_refuse(t->c, command_text(t->c, "--variant"), "has one variant alone");
	if (t->variant.count > 2 && (which[0] == UINT32_MAX || which[1] == UINT32_MAX))
		return command_refuse(t->c, command_text(t->c, "--variant"), "has more than two variants: --a and --b say which");
	for (int g = 0; g < 2; g++)
		which[g] = which[g] != UINT32_MAX ? which[g] : which[!g] == UINT32_MAX ? (uint32_t)g : 1 - which[!g];
	return which[0] != which[1] ? 0 : command_refuse(t->c, "--a, --b", "are the same variant");
}

/* Yes and no throughout: a trial of shares; else numbers, or what is neither is refused. */
static int choose_kind(struct task *t)
{
	bool yes;

	t->of_shares = true;
	for (size_t i = 0; i < t->source.table.rows && t->of_shares; i++)
		t->of_shares = cell_is_hole(t->outcome, i) || cell_yes(t->outcome, i, &yes);
	return t->of_shares ? 0 : command_is_numbers(t->c, &t->source, t->outcome);
}

static int check_person(const struct task *t, size_t row, size_t *first)
{
	size_t *at = t->who.count && t->who.of[row] != UINT32_MAX ? &first[t->who.of[row]] : NULL;
	char why[80];

	if (at && *at) {
		snprintf(why, sizeof why, "stands in line %zu, too, and a row is a person", t->source.table.line[*at - 1]);
		return command_refuse_cell(t->c, &t->source, t->who.column, row, why);
	}
	if (at)
		*at = row + 1;
	return 0;
}

static void take_person(struct task *t, size_t row, int group)
{
	size_t at = t->values.shown[group]++;
	bool yes = false;

	if (t->of_shares)
		(void)cell_yes(t->outcome, row, &yes);
	t->value[group][at] = t->of_shares ? yes : (double)t->outcome->numbers[row];
	t->counts.shown[group]++;
	t->counts.did[group] += yes;
	if (t->before)
		t->known[group][at] = (double)t->before->numbers[row];
	t->people++;
}

static int take_rows(struct task *t)
{
	size_t rows = t->source.table.rows, *first = ARENA_ARRAY(t->c->arena, size_t, t->who.count + 1);
	uint32_t which[2];
	int status = choose_variants(t, which);

	for (int g = 0; g < 2; g++) {
		t->value[g] = ARENA_ARRAY(t->c->arena, double, rows);
		t->known[g] = t->before ? ARENA_ARRAY(t->c->arena, double, rows) : NULL;
		t->values.value[g] = t->value[g];
		t->values.before[g] = t->known[g];
	}
	for (size_t i = 0; i < rows && !status; i++) {
		uint32_t of = t->variant.of[i];

		if (of == UINT32_MAX || cell_is_hole(t->outcome, i))
			continue;
		status = check_person(t, i, first);
		t->other += of != which[0] && of != which[1];
		if (!status && (of == which[0] || of == which[1]))
			take_person(t, i, of == which[1]);
	}
	for (int g = 0; g < 2 && !status; g++)
		t->name[g] = t->variant.name[which[g]];
	return status;
}

static int load(struct task *t)
{
	struct command *c = t->c;
	const char *variant = command_text(c, "--variant"), *who = command_text(c, "--who"), *before = command_text(c, "--before");
	int status = command_load_names(c, c->words[0], (const char *const[]){ variant, who ? who : variant, NULL }, &t->source);

	if (!status)
		status = command_ids(c, &t->source, variant, &t->variant);
	if (!status && who)
		status = command_ids(c, &t->source, who, &t->who);
	if (!status)
		t->outcome = command_column(c, &t->source, command_text(c, "--outcome"), &status);
	if (!status && before)
		t->before = command_column(c, &t->source, before, &status);
	if (!status && before)
		status = command_is_numbers(c, &t->source, t->before);
	if (!status)
		status = choose_kind(t);
	if (status)
		return status;
	t->columns[0] = t->variant.column;
	t->columns[1] = t->outcome; /* a hole in --before leaves nobody out: `unknown` counts them */
	t->level = 1 - trial_significance(1 - command_number(c, "--level"), command_count(c, "--looks"));
	t->counts.level = t->values.level = t->level;
	t->counts.planned = t->values.planned = command_number(c, "--planned");
	return take_rows(t);
}

/* ---- out ---- */

static void say_section(const struct task *t, const char *name, const char *says)
{
	if (t->c->json)
		fprintf(t->c->out, ",\"%s\":{\"test\":\"%s\"", name, says);
	else
		fprintf(t->c->out, "\n%s\n", says);
}

static void end_section(const struct task *t) { fputs(t->c->json ? "}" : "", t->c->out); }

/* Before all else: if people are missing in one group the rest is worth nothing. */
static void say_parting(const struct task *t, double p, bool mismatch)
{
	command_lines(t->c, (struct named[]){ { "parted_p", "parted as planned, p", p } }, 1);
	if (t->c->json)
		fprintf(t->c->out, ",\"parted_as_planned\":%s", mismatch ? "false" : "true");
	else if (mismatch)
		fputs("Groups are not as they were planned: find out why, and believe nothing below before.\n", t->c->out);
}

static void say_difference(const struct task *t, double difference, struct interval within, double lift, struct interval lift_within)
{
	command_lines(t->c, (struct named[]){
		{ "difference", "difference, B less A", difference }, { "difference_low", "from", within.low }, { "difference_high", "to", within.high },
		{ "lift", "B is more than A by, as a share of A", lift }, { "lift_low", "from", lift_within.low }, { "lift_high", "to", lift_within.high },
	}, 6);
}

/* People for a difference as wished from A's share, or of means; NaN: none was wished, or there is no such number. */
static double share_wanted(const struct task *t, double share)
{
	double wish = command_number(t->c, "--wish"), ret;

	return wish == 0 || rows_for_proportions(.8, (const double[]){ share, share + wish }, 1 - t->level, &ret) ? NAN : ceil(ret);
}

static double mean_wanted(const struct task *t, double sd)
{
	double wish = fabs(command_number(t->c, "--wish")), ret;

	return wish == 0 || rows_for_means(.8, wish, sd, 1 - t->level, &ret) ? NAN : ceil(ret);
}

static void say_chance(const struct task *t, double p, double least_seen, double wanted)
{
	command_lines(t->c, (struct named[]){
		{ "p", "p", p }, { "least_seen", "seen in 4 of 5 such trials from a difference of", least_seen },
		{ "wanted", "people wanted in each group for the wished one", wanted },
	}, 3);
}

static void say_shares(const struct task *t)
{
	static const struct named heads[] = { { "people", "people", 0 }, { "did", "did it", 0 }, { "share", "share", 0 }, { "low", "from", 0 }, { "high", "to", 0 } };
	struct command_rows rows = { "variants", "variant", NAME_WIDTH, 0 };
	const struct trial_verdict v = t->shares;

	say_parting(t, v.mismatch_p, v.mismatch);
	fputs(t->c->json ? "" : "\n", t->c->out);
	command_rows_begin(t->c, &rows, heads, 5);
	for (int g = 0; g < 2; g++) {
		command_row(t->c, &rows, t->name[g], (struct named[]){
			{ "people", NULL, t->counts.shown[g] }, { "did", NULL, t->counts.did[g] }, { "share", NULL, v.share[g] },
			{ "low", NULL, v.within[g].low }, { "high", NULL, v.within[g].high },
		}, 5);
	}
	command_rows_end(t->c);
	say_section(t, "shares", v.exact ? "shares, by Fisher's test" : "shares, by chi-square");
	say_difference(t, v.difference, v.difference_within, v.lift, v.lift_within);
	say_chance(t, v.p, v.least_seen, share_wanted(t, v.share[0]));
	end_section(t);
}

static void say_groups(const struct task *t)
{
	const struct trial_means *m = &t->means;
	static const struct named heads[] = { { "people", "people", 0 }, { "mean", "mean", 0 }, { "sd", "sd", 0 }, { "low", "from", 0 }, { "high", "to", 0 } };
	struct command_rows rows = { "variants", "variant", NAME_WIDTH, 0 };

	fputs(t->c->json ? "" : "\n", t->c->out);
	command_rows_begin(t->c, &rows, heads, 5);
	for (int g = 0; g < 2; g++) {
		command_row(t->c, &rows, t->name[g], (struct named[]){
			{ "people", NULL, (double)t->values.shown[g] }, { "mean", NULL, m->plain.mean[g] }, { "sd", NULL, m->sd[g] },
			{ "low", NULL, m->plain.within[g].low }, { "high", NULL, m->plain.within[g].high },
		}, 5);
	}
	command_rows_end(t->c);
}

static void say_means(const struct task *t, const char *name, const char *says, const struct trial_difference *d, double sd)
{
	say_section(t, name, says);
	say_difference(t, d->difference, d->difference_within, d->lift, d->lift_within);
	say_chance(t, d->p, d->least_seen, mean_wanted(t, sd));
}

static void say_adjusted(const struct task *t, double sd)
{
	const struct trial_means *m = &t->means;

	say_means(t, "adjusted", "what was before taken off, by Welch's test", &m->adjusted, sd * sqrt(1 - m->variance_off));
	command_lines(t->c, (struct named[]){
		{ "slope", "slope on what was before", m->slope }, { "variance_off", "share of the variance that it takes off", m->variance_off },
		{ "unknown", "people of whom nothing is known before", m->unknown ? (double)m->unknown : NAN }, { "before_p", "did groups differ before, p", m->before_p },
	}, 4);
	end_section(t);
}

/* With --before a trial of shares is told as one of means of 0 and 1 as well. */
static void say_values(const struct task *t)
{
	const struct trial_means *m = &t->means;
	double sd = sqrt((m->sd[0] * m->sd[0] + m->sd[1] * m->sd[1]) / 2);

	if (!t->of_shares) {
		say_parting(t, m->mismatch_p, m->mismatch);
		say_groups(t);
		say_means(t, "means", "means, by Welch's test", &m->plain, sd);
		end_section(t);
	}
	if (t->before)
		say_adjusted(t, sd);
}

static void say_head(const struct task *t)
{
	fputs(t->c->json ? "{" : "", t->c->out);
	command_say_rows(t->c, &t->source, t->columns, 2, t->people);
	if (t->other)
		command_lines(t->c, (struct named[]){ { "other", "left out: of other variants", (double)t->other } }, 1);
	if (!t->c->json)
		fprintf(t->c->out, "A: %.*s, B: %.*s\n", TEXT_ARG(t->name[0]), TEXT_ARG(t->name[1]));
	command_lines(t->c, (struct named[]){ { "level", "level of the intervals", t->level } }, 1);
}

static int trial(struct command *c)
{
	struct task t = { .c = c };
	int status = load(&t);
	problem why = NULL;

	if (status)
		return status;
	if (t.of_shares)
		why = trial_evaluate(&t.counts, &t.shares);
	if (!why && (!t.of_shares || t.before))
		why = trial_means(c->arena, &t.values, &t.means);
	if (why)
		return command_problem(c, t.source.file, why);
	say_head(&t);
	if (t.of_shares)
		say_shares(&t);
	if (!t.of_shares || t.before)
		say_values(&t);
	fputs(c->json ? "}\n" : "", c->out);
	return 0;
}

const struct command_kind trial_kind = {
	"trial", "mine trial FILE --variant COLUMN --outcome COLUMN [--a NAME] [--before COLUMN] [--planned P] [--wish D]", "which of two variants was better, and is that more than chance",
	"An A/B trial of shares or means: docs/numbers/trials.md.\n"
	"FILE is CSV or TSV, its first line has the names, a row is a person; - is what is piped in.\n",
	options, .words_least = 1, .words_most = 1,
	"printf 'page,bought\\nold,0\\nold,1\\nold,0\\nnew,1\\nnew,1\\nnew,0\\n' | zhifang mine trial - --variant page --outcome bought --a old", trial,
};
