/* learn_command.c - what the commands that learn a label share: the frame that the options wish, and what is said of it. */
#include "mine/command_parts.h"

#include <math.h>

#include "mine/score.h"

size_t command_list(const struct command *c, const struct table *t, const char *words, struct text **ret)
{
	struct text rest = text_of(words);
	size_t count = 0;

	*ret = ARENA_ARRAY(c->arena, struct text, rest.length / 2 + 1);
	if (words && table_find(t, rest)) {
		(*ret)[count++] = rest;
		return count;
	}
	while (rest.length) {
		struct text name = text_trim(text_cut(&rest, ','));

		if (name.length)
			(*ret)[count++] = name;
	}
	return count;
}

int learn_fault(const struct command *c, const char *file, problem why, const struct frame_fault *fault)
{
	fprintf(c->err, "zhifang: %s", file);
	if (fault->line)
		fprintf(c->err, ", line %zu", fault->line);
	if (fault->column.length)
		fprintf(c->err, ", column %.*s", TEXT_ARG(text_clip(fault->column, 40)));
	fprintf(c->err, ": %s", why->title);
	if (fault->word.length)
		fprintf(c->err, " (%.*s)", TEXT_ARG(text_clip(fault->word, 40)));
	fputs("\n", c->err);
	return 1;
}

/* ---- the frame ---- */

enum { CELL_BYTES = 24 }; /* of the frame, of its two parts, of what the learner makes of them */

static int choose_split(const struct command *c, struct frame_wish *wish)
{
	const char *time = command_text(c, "--time"), *test = command_text(c, "--test"), *group = command_text(c, "--group");
	bool all = command_has(c, "--all");

	if (!!time + !!test + all > 1)
		return command_refuse(c, "--time, --test, --all", "one way to leave rows to judge by is enough");
	if (time && group)
		return command_refuse(c, "--time, --group", "rows are judged by a later time or by other groups, not by both");
	wish->split = time ? SPLIT_TIME : test ? SPLIT_COLUMN : all ? SPLIT_NONE : group ? SPLIT_GROUPS : SPLIT_FIFTHS;
	wish->by = time || test ? text_of(time ? time : test) : TEXT("");
	wish->group = group ? text_of(group) : TEXT("");
	return 0;
}

int learn_load(struct command *c, struct learning *ret)
{
	const char *label = command_text(c, "--label"), *positive = command_text(c, "--positive"), *time = command_text(c, "--time");
	const char *const key[] = { time, NULL }, *const group[] = { command_text(c, "--group"), NULL };
	struct frame_wish wish = { .positive = positive ? text_of(positive) : TEXT(""), .clip = command_number(c, "--clip"), .seed = command_count(c, "--seed"),
		                   .drop_holes = command_has(c, "--drop-holes"), .drop_twice = command_has(c, "--drop-twice") };
	struct frame_fault fault;
	struct text *names, *without;
	problem why;
	int status;

	*ret = (struct learning){ .c = c, .whole = ret->whole };
	if (!label)
		return command_refuse(c, "--label COLUMN", "is wanted: what is foretold");
	wish.label = text_of(label);
	status = choose_split(c, &wish);
	wish.split = ret->whole ? SPLIT_NONE : wish.split;
	if (!status)
		status = time ? command_load_keys(c, c->words[0], key, &ret->source) : command_load_names(c, c->words[0], group, &ret->source);
	if (!status)
		status = command_memory_between(c, "the rows", 0, ret->source.table.rows * ret->source.table.columns * CELL_BYTES);
	if (status)
		return status;
	wish.category_count = command_list(c, &ret->source.table, command_text(c, "--names"), &names);
	wish.categories = names;
	wish.without_count = command_list(c, &ret->source.table, command_text(c, "--without"), &without);
	wish.without = without;
	why = frame_make(c->arena, &ret->source.table, &wish, &ret->encoder, &ret->all, &ret->report, &fault);
	if (why)
		return learn_fault(c, ret->source.file, why, &fault);
	frame_part(c->arena, &ret->all, false, &ret->part[0]);
	frame_part(c->arena, &ret->all, true, &ret->part[1]);
	return 0;
}

const double *learn_times(const struct learning *l)
{
	const char *name = command_text(l->c, "--time");
	const struct table_column *of = name && !l->whole ? table_find(&l->source.table, text_of(name)) : NULL;
	const struct frame *f = &l->part[0];
	double *time;

	if (!of)
		return NULL;
	time = FRAME_ARRAY(l->c->arena, double, f->rows);
	for (size_t i = 0; i < f->rows; i++)
		time[i] = of->kind == WORDS ? of->words[f->row[i]] : (double)of->numbers[f->row[i]];
	return time;
}

/* ---- what is said ---- */

static void say_left_out(const struct learning *l)
{
	const struct frame_report *r = &l->report;

	if (r->without_label)
		fprintf(l->c->out, "left out: %zu row%s without a label\n", r->without_label, command_s(r->without_label));
	if (r->with_holes)
		fprintf(l->c->out, "left out: %zu row%s with holes\n", r->with_holes, command_s(r->with_holes));
	if (r->twice)
		fprintf(l->c->out, "left out: %zu %s there before\n", r->twice, r->twice == 1 ? "row that was" : "rows that were");
	for (size_t i = 0; i < r->too_many_words_count; i++)
		fprintf(l->c->out, "left out: column %.*s, more than 4096 different words\n", TEXT_ARG(r->too_many_words[i]));
	for (size_t i = 0; i < r->empty_count; i++)
		fprintf(l->c->out, "left out: column %.*s, which is empty\n", TEXT_ARG(r->empty[i]));
	if (r->hole_cells)
		fprintf(l->c->out, "holes: %zu\n", r->hole_cells);
	if (r->clipped)
		fprintf(l->c->out, "numbers beyond the bounds: %zu\n", r->clipped);
}

static struct text key_text(const struct table_column *c, size_t row, char held[TABLE_WORD_MAX])
{
	return c->kind == WORDS ? c->levels[c->words[row]] : table_word(c->numbers[row], held);
}

/* The first and the last time of a frame's rows, by the order they were parted by. */
static void time_ends(const struct table_column *c, const struct frame *f, size_t ends[2])
{
	ends[0] = ends[1] = f->row[0];
	for (size_t i = 1; i < f->rows; i++) {
		size_t row = f->row[i];

		if (c->kind == WORDS ? c->words[row] < c->words[ends[0]] : c->numbers[row] < c->numbers[ends[0]])
			ends[0] = row;
		if (c->kind == WORDS ? c->words[row] > c->words[ends[1]] : c->numbers[row] > c->numbers[ends[1]])
			ends[1] = row;
	}
}

static void say_times(const struct learning *l)
{
	static const char *const names[2][2] = { { "learned_from_first", "learned_from_last" }, { "judged_by_first", "judged_by_last" } };
	const char *name = command_text(l->c, "--time");
	const struct table_column *c = name && !l->whole ? table_find(&l->source.table, text_of(name)) : NULL;
	char held[TABLE_WORD_MAX];
	FILE *out = l->c->out;
	size_t ends[2];

	if (!c)
		return;
	fputs(l->c->json ? ",\"time\":{" : "time: ", out);
	for (int part = 0; part < 2; part++) {
		time_ends(c, &l->part[part], ends);
		for (int end = 0; end < 2; end++) {
			struct text at = key_text(c, ends[end], held);

			if (l->c->json) {
				fprintf(out, "%s\"%s\":", part || end ? "," : "", names[part][end]);
				command_json_text(out, at);
			} else {
				fprintf(out, "%s%.*s", end ? " to " : "", TEXT_ARG(at));
			}
		}
		if (!l->c->json)
			fputs(part ? " to judge by\n" : " to learn from, ", out);
	}
	fputs(l->c->json ? "}" : "", out);
}

/* "; numbers: a, b" or a member of JSON: the columns of that kind */
static void say_kind(const struct learning *l, bool words)
{
	FILE *out = l->c->out;
	size_t said = 0;

	fprintf(out, l->c->json ? ",\"%s\":[" : "", words ? "words" : "numbers");
	for (size_t j = 0; j < l->encoder.count; j++) {
		struct text name = l->encoder.feature[j].name;

		if (l->encoder.feature[j].is_words != words)
			continue;
		if (l->c->json) {
			fputs(said++ ? "," : "", out);
			command_json_text(out, name);
		} else {
			fprintf(out, "%s %.*s", said++ ? "," : words ? "; words:" : "; numbers:", TEXT_ARG(name));
		}
	}
	fputs(l->c->json ? "]" : "", out);
}

static void json_left_out(FILE *out, const char *name, const struct text *columns, size_t count)
{
	fprintf(out, ",\"%s\":[", name);
	for (size_t i = 0; i < count; i++) {
		fputs(i ? "," : "", out);
		command_json_text(out, columns[i]);
	}
	fputs("]", out);
}

static void json_head(const struct learning *l, const char *model)
{
	const struct frame_report *r = &l->report;
	FILE *out = l->c->out;

	fputs("{\"model\":", out);
	command_json_text(out, text_of(model));
	fputs(",\"label\":", out);
	command_json_text(out, l->encoder.label);
	fputs(",\"positive\":", out);
	command_json_text(out, l->encoder.classes[1]);
	fprintf(out, ",\"rows\":%zu,\"rows_used\":%zu,\"learned_from\":%zu,\"learned_positive\":%zu,\"judged_by\":%zu,\"judged_positive\":%zu", r->read, r->rows,
	        r->train, r->train_positive, r->test, r->test_positive);
	fprintf(out, ",\"without_label\":%zu,\"with_holes\":%zu,\"twice\":%zu,\"holes\":%zu,\"clipped\":%zu,\"columns\":%zu", r->without_label, r->with_holes, r->twice, r->hole_cells, r->clipped, l->encoder.count);
	say_kind(l, false);
	say_kind(l, true);
	json_left_out(out, "columns_empty", r->empty, r->empty_count);
	json_left_out(out, "columns_too_many_words", r->too_many_words, r->too_many_words_count);
	say_times(l);
}

void learn_say_head(const struct learning *l, const char *model)
{
	const struct frame_report *r = &l->report;
	struct text other = l->encoder.classes[0].length ? l->encoder.classes[0] : TEXT("any other");

	if (l->c->json) {
		json_head(l, model);
		return;
	}
	fprintf(l->c->out, "%.*s: %.*s against %.*s, %s\n", TEXT_ARG(l->encoder.label), TEXT_ARG(l->encoder.classes[1]), TEXT_ARG(other), model);
	fprintf(l->c->out, "rows: %zu of %zu; %zu to learn from, of them %.*s: %zu", r->rows, r->read, r->train, TEXT_ARG(l->encoder.classes[1]), r->train_positive);
	if (r->test)
		fprintf(l->c->out, "; %zu to judge by, of them %.*s: %zu", r->test, TEXT_ARG(l->encoder.classes[1]), r->test_positive);
	fputs("\n", l->c->out);
	say_times(l);
	fprintf(l->c->out, "columns: %zu", l->encoder.count);
	say_kind(l, false);
	say_kind(l, true);
	fputs("\n", l->c->out);
	say_left_out(l);
}

int learn_say_score(const struct learning *l, const double *chance, const double *score)
{
	struct score s, ranked;
	problem why;

	if (!l->part[1].rows)
		return 0;
	why = score_chances(chance, l->part[1].label, l->part[1].rows, &s);
	if (!why)
		why = score_ranking(score ? score : chance, l->part[1].label, l->part[1].rows, &ranked);
	if (why)
		return command_problem(l->c, l->source.file, why);
	if (!l->c->json)
		fputs("\non rows that were not learned from\n", l->c->out);
	command_lines(l->c, (struct named[]){
		{ "auc", "AUC", ranked.auc }, { "average_precision", "average precision", ranked.average_precision }, { "lift", "lift of the first tenth", ranked.lift },
		{ "log_loss", "log loss", s.log_loss }, { "brier", "Brier score", s.brier }, { "accuracy", "accuracy", s.accuracy }, { "f1", "F1", s.f1 },
		{ "calibration_error", "calibration error", s.ece },
	}, 8);
	return 0;
}
