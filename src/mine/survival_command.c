/* survival_command.c - `zhifang mine survival`: how many are still there after a time, where some were only watched so long; and do groups differ. */
#include "mine/command_ids.h"
#include "mine/command_parts.h"
#include "mine/product.h"
#include "mine/product_survival.h"

#include <math.h>
#include <stdlib.h>

enum { NAME_WIDTH = 12, GROUPS_MAX = 100, TIMES_MAX = 256, STEPS_SAID = 24 };

static const struct command_option options[] = {
	{ "--time", OPTION_TEXT, "COLUMN", "how long each was watched" },
	{ "--left", OPTION_TEXT, "COLUMN", "with --time: 1 or yes where they left then, 0 or no where they were still there; without: all left" },
	{ "--from", OPTION_TEXT, "COLUMN", "instead of --time: the day on which they came, as 2026-01-31 or 20260131" },
	{ "--to", OPTION_TEXT, "COLUMN", "with --from: the day on which they left; empty: they are still there" },
	{ "--as-of", OPTION_TEXT, "DAY", "with --from: until when they were watched; without: the last day in the file" },
	{ "--group", OPTION_TEXT, "COLUMN", "a curve for each group, and whether they differ by more than chance" },
	{ "--at", OPTION_TEXT, "T[,T...]", "who is still there at these times; without: at each at which somebody left" },
	{ "--level", OPTION_NUMBER, "P", "of the intervals", .001, .999, .95 },
	{ NULL }
};

struct task {
	struct command *c;
	struct source source;
	const struct table_column *time, *left, *from, *to;
	struct ids group; /* count 0: there are none */
	const struct table_column *columns[3];
	size_t column_count;
	int32_t as_of, came, first, last; /* days: watched until; the row at hand came; the first and the last who count */
	size_t later; /* came only afterwards */
	size_t people;
	double *at;
	bool *has_left;
	uint32_t *of;
	double times[TIMES_MAX];
	size_t time_count;
};

/* ---- rows in ---- */

static int read_times(struct task *t)
{
	const char *words = command_text(t->c, "--at");
	struct text rest = text_of(words);

	while (rest.length) {
		const char *word = arena_cstr(t->c->arena, text_trim(text_cut(&rest, ',')));
		double *at = &t->times[t->time_count];

		if (t->time_count == TIMES_MAX)
			return command_refuse(t->c, "--at", "at most 256 times at once");
		if (!command_read_number(word, at) || *at < 0 || (t->time_count && *at <= at[-1]))
			return command_refuse(t->c, word, "times are numbers of 0 and above, upwards");
		t->time_count++;
	}
	return words && !t->time_count ? command_refuse(t->c, "--at", "needs a time") : 0;
}

static int check_words(const struct task *t)
{
	bool time = command_has(t->c, "--time"), from = command_has(t->c, "--from");

	if (time == from)
		return command_refuse(t->c, "--time, --from", "one of them is wanted");
	if (time && (command_has(t->c, "--to") || command_has(t->c, "--as-of")))
		return command_refuse(t->c, "--to, --as-of", "stand with --from");
	if (from && command_has(t->c, "--left"))
		return command_refuse(t->c, "--left", "stands with --time");
	return from && !command_has(t->c, "--to") ? command_refuse(t->c, "--to COLUMN", "is wanted with --from") : 0;
}

static const struct table_column *take_column(struct task *t, const char *option, int *status)
{
	const char *name = command_text(t->c, option);
	const struct table_column *found = name && !*status ? command_column(t->c, &t->source, name, status) : NULL;

	if (found && strcmp(option, "--to") != 0) /* whose holes leave nobody out */
		t->columns[t->column_count++] = found;
	return found;
}

static int refuse(const struct task *t, const struct table_column *column, size_t row, const char *why)
{
	return command_refuse_cell(t->c, &t->source, column, row, why);
}

/* One row with a time; *is_whole: no hole in it */
static int take_time(struct task *t, size_t row, bool *is_whole)
{
	*is_whole = !cell_is_hole(t->time, row) && (!t->left || !cell_is_hole(t->left, row));
	if (!*is_whole)
		return 0;
	t->at[t->people] = (double)t->time->numbers[row];
	t->has_left[t->people] = true;
	if (t->at[t->people] < 0)
		return refuse(t, t->time, row, "times are 0 and above");
	return !t->left || cell_yes(t->left, row, &t->has_left[t->people]) ? 0 : refuse(t, t->left, row, "is neither 1, yes or true nor 0, no or false");
}

static int read_day(const struct task *t, const struct table_column *column, size_t row, int32_t *ret)
{
	*ret = INT32_MAX; /* a hole */
	return cell_is_hole(column, row) || cell_day(column, row, ret) ? 0 : refuse(t, column, row, "is no day, such as 2026-01-31");
}

/* The last day there is, of those that were not to come yet */
static int find_as_of(struct task *t)
{
	const char *as_of = command_text(t->c, "--as-of");
	int32_t day;
	int status = 0;

	if (as_of)
		return product_day(text_of(as_of), &t->as_of) ? 0 : command_refuse(t->c, as_of, "is no day, such as 2026-01-31");
	t->as_of = INT32_MIN;
	for (size_t i = 0; i < 2 * t->source.table.rows && !status; i++) {
		status = read_day(t, i % 2 ? t->to : t->from, i / 2, &day);
		t->as_of = day != INT32_MAX && day > t->as_of ? day : t->as_of;
	}
	return status;
}

static int take_days(struct task *t, size_t row, bool *is_whole)
{
	int32_t from, to;
	int status = read_day(t, t->from, row, &from);

	if (!status)
		status = read_day(t, t->to, row, &to);
	*is_whole = !status && from != INT32_MAX && from <= t->as_of;
	if (status || from == INT32_MAX)
		return status;
	if (to < from)
		return refuse(t, t->to, row, "they left before they came");
	t->came = from;
	t->later += from > t->as_of;
	t->has_left[t->people] = to <= t->as_of;
	t->at[t->people] = (to <= t->as_of ? to : t->as_of) - from;
	return 0;
}

static int take_rows(struct task *t)
{
	size_t rows = t->source.table.rows;

	t->at = ARENA_ARRAY(t->c->arena, double, rows);
	t->has_left = ARENA_ARRAY(t->c->arena, bool, rows);
	t->of = ARENA_ARRAY(t->c->arena, uint32_t, rows);
	for (size_t i = 0; i < rows; i++) {
		bool is_whole;
		int status = t->time ? take_time(t, i, &is_whole) : take_days(t, i, &is_whole);

		if (status)
			return status;
		if (!is_whole || (t->group.count && t->group.of[i] == UINT32_MAX))
			continue;
		t->of[t->people++] = t->group.count ? t->group.of[i] : 0;
		t->first = t->came < t->first ? t->came : t->first;
		t->last = t->came > t->last ? t->came : t->last;
	}
	return t->people ? 0 : command_refuse(t->c, t->source.file, "has nobody whose time is known");
}

static int load(struct task *t)
{
	struct command *c = t->c;
	const char *group = command_text(c, "--group");
	int status = check_words(t);

	if (!status)
		status = read_times(t);
	if (!status)
		status = command_load_names(c, c->words[0], (const char *const[]){ group, NULL }, &t->source);
	t->time = take_column(t, "--time", &status);
	if (t->time && !status)
		status = command_is_numbers(c, &t->source, t->time);
	t->left = take_column(t, "--left", &status);
	t->from = take_column(t, "--from", &status);
	t->to = take_column(t, "--to", &status);
	if (!status && group)
		status = command_ids(c, &t->source, group, &t->group);
	if (!status && t->group.count > GROUPS_MAX)
		return command_refuse(c, group, "has more than 100 groups");
	if (!status && group)
		t->columns[t->column_count++] = t->group.column;
	if (!status && t->from)
		status = find_as_of(t);
	return status ? status : take_rows(t);
}

/* ---- curves out ---- */

struct curve {
	struct watched w;
	struct survival s; /* no steps where nobody left */
	double longest;
};

static problem curve_of(const struct task *t, uint32_t group, struct curve *ret)
{
	size_t count = 0;
	double *at;
	bool *left, any = false;

	for (size_t i = 0; i < t->people; i++)
		count += t->of[i] == group;
	at = ARENA_ARRAY(t->c->arena, double, count + 1);
	left = ARENA_ARRAY(t->c->arena, bool, count + 1);
	*ret = (struct curve){ { 0, at, left }, { .median = NAN }, 0 };
	for (size_t i = 0; i < t->people; i++) {
		if (t->of[i] != group)
			continue;
		at[ret->w.count] = t->at[i];
		left[ret->w.count++] = t->has_left[i];
		ret->longest = fmax(ret->longest, t->at[i]);
		any |= t->has_left[i];
	}
	return any ? survival_of(t->c->arena, &ret->w, command_number(t->c, "--level"), &ret->s) : NULL;
}

static void say_step(const struct task *t, struct command_rows *rows, double at, const struct survival_step *s, size_t left)
{
	char word[32];

	command_row(t->c, rows, text_of(command_shortest(at, word)), (struct named[]){
		{ "there", NULL, (double)s->there }, { "left", NULL, (double)left }, { "share", NULL, s->survival }, { "error", NULL, s->error },
		{ "low", NULL, s->within.low }, { "high", NULL, s->within.high },
	}, 6);
}

/* At a time that was asked for: there: just before it, left: since the one before. Nobody was watched so long: nothing is known. */
static void say_at(const struct task *t, struct command_rows *rows, const struct curve *c, double since, double at)
{
	struct survival_step s = survival_at(&c->s, at);
	size_t left = 0;

	s.there = 0;
	for (size_t i = 0; i < c->w.count; i++) {
		s.there += c->w.at[i] >= at;
		left += c->w.left[i] && c->w.at[i] > since && c->w.at[i] <= at;
	}
	if (at > c->longest && s.survival > 0)
		s.survival = s.error = s.within.low = s.within.high = NAN;
	say_step(t, rows, at, &s, left);
}

/* Of very many steps so few that they can be read, the last among them; left: since the one said before */
static void say_steps(const struct task *t, struct command_rows *rows, const struct curve *c)
{
	size_t each = t->c->json ? 1 : (c->s.count + STEPS_SAID - 1) / STEPS_SAID, left = 0;

	for (size_t i = 0; i < c->s.count; i++) {
		left += c->s.steps[i].left;
		if ((c->s.count - 1 - i) % each)
			continue;
		say_step(t, rows, c->s.steps[i].at, &c->s.steps[i], left);
		left = 0;
	}
}

static void say_curve(const struct task *t, const struct curve *c)
{
	static const struct named heads[] = {
		{ "there", "there", 0 }, { "left", "left", 0 }, { "share", "share", 0 }, { "error", "error", 0 }, { "low", "from", 0 }, { "high", "to", 0 },
	};
	struct command_rows rows = { "steps", "time", NAME_WIDTH, 0 };

	command_lines(t->c, (struct named[]){ { "people", "people", (double)c->w.count }, { "left", "left", (double)c->s.events },
	                                      { "median", "half are there until", c->s.median } }, 3);
	if (!c->s.events && !t->c->json)
		return;
	command_rows_begin(t->c, &rows, heads, 6);
	for (size_t i = 0; i < t->time_count; i++)
		say_at(t, &rows, c, i ? t->times[i - 1] : -1, t->times[i]);
	if (!t->time_count)
		say_steps(t, &rows, c);
	command_rows_end(t->c);
}

static void say_groups(const struct task *t, const struct curve *curves)
{
	size_t said = 0;

	fputs(t->c->json ? ",\"groups\":[" : "", t->c->out);
	for (size_t k = 0; k < (t->group.count ? t->group.count : 1); k++) {
		if (!curves[k].w.count)
			continue;
		fputs(!t->c->json ? "\n" : said++ ? ",{\"group\":" : "{\"group\":", t->c->out);
		if (!t->group.count)
			fputs(t->c->json ? "null" : "", t->c->out);
		else if (t->c->json)
			command_json_text(t->c->out, t->group.name[k]);
		else
			fprintf(t->c->out, "%.*s = %.*s\n", TEXT_ARG(t->group.column->name), TEXT_ARG(t->group.name[k]));
		say_curve(t, &curves[k]);
		fputs(t->c->json ? "}" : "", t->c->out);
	}
	fputs(t->c->json ? "]" : "", t->c->out);
}

static void say_head(const struct task *t)
{
	struct command *c = t->c;
	char date[16], first[16], last[16];

	fputs(c->json ? "{" : "", c->out);
	command_say_rows(c, &t->source, t->columns, t->column_count, t->people);
	if (!t->from)
		return;
	product_date_of(t->as_of, date);
	product_date_of(t->first, first);
	product_date_of(t->last, last);
	fprintf(c->out, c->json ? ",\"as_of\":\"%s\",\"came_first\":\"%s\",\"came_last\":\"%s\"" : "as of: %s; came from %s to %s\n", date, first, last);
	if (t->later)
		command_lines(c, (struct named[]){ { "later", "left out: came later", (double)t->later } }, 1);
}

static int survival(struct command *c)
{
	struct task t = { .c = c, .first = INT32_MAX, .last = INT32_MIN };
	struct verdict v = { 0 };
	struct curve *curves;
	problem why = NULL;
	int status = load(&t);

	if (status)
		return status;
	curves = ARENA_ARRAY(c->arena, struct curve, t.group.count + 1);
	for (uint32_t k = 0; k < (t.group.count ? t.group.count : 1) && !why; k++)
		why = curve_of(&t, k, &curves[k]);
	if (!why && t.group.count)
		why = survival_compare(c->arena, &(struct watched){ t.people, t.at, t.has_left }, t.of, t.group.count, &v);
	else if (!why && !curves[0].s.events)
		why = &survival_unfit;
	if (why)
		return command_problem(c, t.source.file, why);
	say_head(&t);
	say_groups(&t, curves);
	if (t.group.count) {
		fputs(c->json ? "" : "\ndo they differ (log-rank)\n", c->out);
		command_lines(c, (struct named[]){ { "log_rank", "chi-square", v.statistic }, { "freedom", "degrees of freedom", v.freedom }, { "p", "p", v.p } }, 3);
	}
	fputs(c->json ? "}\n" : "", c->out);
	return 0;
}

const struct command_kind survival_kind = {
	"survival", "mine survival FILE --time COLUMN [--left COLUMN] [--group COLUMN] [--at T,T]\n       zhifang mine survival FILE --from COLUMN --to COLUMN [--as-of DAY] ...",
	"how many are still there after a time",
	"Kaplan and Meier's curve, and the log-rank test of groups: docs/numbers/survival.md.\n"
	"FILE is CSV or TSV, its first line has the names, a row is a person; - is what is piped in.\n",
	options, .words_least = 1, .words_most = 1, "printf 'weeks,left\\n2,1\\n3,0\\n5,1\\n5,1\\n8,0\\n' | zhifang mine survival - --time weeks --left left", survival,
};
