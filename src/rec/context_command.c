/* context_command.c - `zhifang rec fit-context` and `rerank`: what is wanted in which moment, and candidates in the order of that. */
#include <math.h>
#include <stdlib.h>

#include "num/memory.h"
#include "rec/command_parts.h"
#include "rec/fields.h"
#include "rec/fm.h"

enum { HOUR = 3600 };

static const struct problem too_few = { 422, "context-few", "Too few rows to hold some back: --all learns from every one, and judges none." };
static const struct problem no_fields = { 422, "context-fields", "No column is left to learn from." };
static const struct problem no_outcome = { 422, "context-outcome", "What was wanted is to be 0 or 1 in each row." };
static const struct problem no_moment = { 422, "context-moment", "A time is not seconds since 1970, from 1900 to 5000." };

/* ---- a table with columns more ---- */

enum { DERIVED_MAX = COMMAND_GIVEN_MAX + 2 };

static void widen(struct arena *arena, struct table *t)
{
	struct table_column *column = ARENA_ARRAY(arena, struct table_column, t->columns + DERIVED_MAX);

	memcpy(column, t->column, t->columns * sizeof *column);
	t->column = column;
}

static struct table_column *add_numbers(struct arena *arena, struct table *t, const char *name)
{
	struct table_column *c = &t->column[t->columns++];

	*c = (struct table_column){ .name = text_of(name), .kind = NUMBERS, .numbers = ARENA_ARRAY(arena, real, t->rows) };
	return c;
}

/* Columns `hour` and `weekday`, where there are none */
static int add_moments(struct command *c, struct table *t, const real *seconds, int64_t zone, const char *named)
{
	struct table_column *hour = NULL, *weekday = NULL;

	if (!table_find(t, TEXT("hour")))
		hour = add_numbers(c->arena, t, "hour");
	if (!table_find(t, TEXT("weekday")))
		weekday = add_numbers(c->arena, t, "weekday");
	for (size_t i = 0; i < t->rows; i++) {
		struct moment m = { 0, 0 };

		if (!isnan(seconds[i]) && !(seconds[i] >= -2208988800.0L && seconds[i] <= 95617584000.0L))
			return command_problem(c, named, &no_moment);
		if (!isnan(seconds[i]))
			m = moment_of((int64_t)floorl(seconds[i]), zone);
		if (hour)
			hour->numbers[i] = isnan(seconds[i]) ? (real)NAN : (real)m.hour;
		if (weekday)
			weekday->numbers[i] = isnan(seconds[i]) ? (real)NAN : (real)m.weekday;
	}
	return 0;
}

/* ---- fit-context ---- */

enum part_of_rows { ROWS_TRAIN, ROWS_VALIDATION, ROWS_TEST, ROWS_PARTS };

struct fitting {
	struct command *c;
	struct threads *threads;
	struct source s;
	const struct table_column *label, *time;
	bool *wanted, *as_words; /* (columns) */
	enum field_left *left;
	uint32_t *row;           /* those that are learned from and asked, in the order of time */
	size_t count, part[ROWS_PARTS];
	struct fields fields;
	struct sparse x[ROWS_PARTS];
	float *y;                /* (count) */
};

static int64_t zone_of(const struct command *c) { return (int64_t)(command_number(c, "--zone") * HOUR); }

/* Is a column named by one of these options? */
static bool is_named(const struct command *c, const char *option, struct text name)
{
	for (int i = 0; i < c->given_count; i++) {
		if (!strcmp(c->given[i].option->name, option) && text_is(name, c->given[i].word))
			return true;
	}
	return false;
}

static int load(struct fitting *f)
{
	struct command *c = f->c;
	const char *keys[COMMAND_GIVEN_MAX + 1] = { NULL };
	int count = 0, status;

	for (int i = 0; i < c->given_count; i++) {
		if (!strcmp(c->given[i].option->name, "--words"))
			keys[count++] = c->given[i].word;
	}
	keys[count] = NULL;
	status = command_load_keys(c, c->words[0], keys, &f->s);
	for (int i = 0; i < c->given_count && !status; i++) {
		const char *option = c->given[i].option->name;

		if (!strcmp(option, "--words") || !strcmp(option, "--without"))
			(void)command_column(c, &f->s, c->given[i].word, &status);
	}
	if (status)
		return status;
	widen(c->arena, &f->s.table);
	f->label = command_column(c, &f->s, command_text(c, "--of"), &status);
	if (!status)
		status = command_is_numbers(c, &f->s, f->label);
	if (status || !command_has(c, "--time"))
		return status;
	f->time = command_column(c, &f->s, command_text(c, "--time"), &status);
	if (!status)
		status = command_is_numbers(c, &f->s, f->time);
	return status ? status : add_moments(c, &f->s.table, f->time->numbers, zone_of(c), command_text(c, "--time"));
}

static void choose(struct fitting *f)
{
	const struct table *t = &f->s.table;

	f->wanted = ARENA_ARRAY(f->c->arena, bool, t->columns);
	f->as_words = ARENA_ARRAY(f->c->arena, bool, t->columns);
	f->left = ARENA_ARRAY(f->c->arena, enum field_left, t->columns);
	for (size_t j = 0; j < t->columns; j++) {
		struct text name = t->column[j].name;

		f->wanted[j] = &t->column[j] != f->label && &t->column[j] != f->time && !is_named(f->c, "--without", name);
		f->as_words[j] = is_named(f->c, "--words", name) || text_is(name, "hour") || text_is(name, "weekday");
	}
}

struct timed {
	real time;
	uint32_t row;
};

static int by_time(const void *a, const void *b)
{
	const struct timed *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* The last share of the rows is asked; the last tenth of the others says when to stop. */
static int split_rows(struct fitting *f)
{
	const struct table *t = &f->s.table;
	struct timed *timed = array_of(t->rows, sizeof *timed);
	bool all = command_has(f->c, "--all"), fits = true;

	for (size_t i = 0; i < t->rows; i++) {
		if (!isnan(f->label->numbers[i]) && !(f->time && isnan(f->time->numbers[i])))
			timed[f->count++] = (struct timed){ f->time ? f->time->numbers[i] : 0, (uint32_t)i };
	}
	qsort(timed, f->count, sizeof *timed, by_time);
	f->row = ARENA_ARRAY(f->c->arena, uint32_t, f->count + 1);
	f->y = ARENA_ARRAY(f->c->arena, float, f->count + 1);
	for (size_t i = 0; i < f->count; i++) {
		f->row[i] = timed[i].row;
		f->y[i] = (float)f->label->numbers[timed[i].row];
		fits &= f->y[i] == 0 || f->y[i] == 1;
	}
	free(timed);
	if (!fits)
		return command_problem(f->c, command_text(f->c, "--of"), &no_outcome);
	f->part[ROWS_TEST] = all ? 0 : (size_t)((double)f->count * command_number(f->c, "--test"));
	f->part[ROWS_VALIDATION] = all ? 0 : (f->count - f->part[ROWS_TEST]) / 10;
	f->part[ROWS_TRAIN] = f->count - f->part[ROWS_TEST] - f->part[ROWS_VALIDATION];
	return f->part[ROWS_TRAIN] && (all || (f->part[ROWS_TEST] && f->part[ROWS_VALIDATION])) ? 0 : command_problem(f->c, f->s.file, &too_few);
}

static int make_rows(struct fitting *f)
{
	const struct table *t = &f->s.table;
	size_t unknown, from = 0;
	uint32_t which;
	problem why = NULL;

	fields_learn(f->c->arena, t, &(struct field_choice){ f->row, f->part[ROWS_TRAIN], f->wanted, f->as_words }, &f->fields, f->left);
	if (!f->fields.count)
		why = &no_fields;
	for (int p = 0; p < ROWS_PARTS && !why; p++) {
		why = fields_rows(&f->fields, t, f->row + from, f->part[p], &f->x[p], NULL, &unknown, &which);
		from += f->part[p];
	}
	return why ? command_problem(f->c, f->s.file, why) : 0;
}

static int fit_one(struct fitting *f, uint32_t factors, struct fm_report *report, struct fm *ret)
{
	const struct command *c = f->c;
	const struct fm_data train = { &f->x[ROWS_TRAIN], f->y }, validation = { &f->x[ROWS_VALIDATION], f->y + f->part[ROWS_TRAIN] };
	struct fm_settings s = fm_usual;
	struct command_progress progress;
	problem why;

	s.factors = factors;
	s.epochs = (uint32_t)command_count(c, "--epochs");
	s.rate = command_number(c, "--rate");
	s.lambda = command_number(c, "--lambda");
	s.seed = command_count(c, "--seed");
	if (command_memory(c, "fm", fm_bytes(&s, f->fields.features)))
		return 1;
	command_progress_begin(&progress, c, factors ? "pairs" : "linear");
	why = fm_fit(f->threads, &train, f->part[ROWS_VALIDATION] ? &validation : NULL, &s, &progress.hook, report, ret);
	command_progress_end(&progress);
	return why ? command_problem(c, f->s.file, why) : 0;
}

static struct fm_judged judge(struct fitting *f, const struct fm *m)
{
	double *score = array_of(f->part[ROWS_TEST], sizeof *score);
	struct fm_judged ret;

	fm_score(f->threads, m, &f->x[ROWS_TEST], score);
	ret = fm_judge(score, f->y + f->count - f->part[ROWS_TEST], f->part[ROWS_TEST]);
	free(score);
	return ret;
}

/* Who says the same of every row: the share of what was learned from */
static struct fm_judged judge_share(const struct fitting *f)
{
	double wanted = 0, *score = array_of(f->part[ROWS_TEST], sizeof *score);
	struct fm_judged ret;

	for (size_t i = 0; i < f->part[ROWS_TRAIN]; i++)
		wanted += (double)f->y[i];
	for (size_t i = 0; i < f->part[ROWS_TEST]; i++)
		score[i] = log(wanted / ((double)f->part[ROWS_TRAIN] - wanted));
	ret = fm_judge(score, f->y + f->count - f->part[ROWS_TEST], f->part[ROWS_TEST]);
	free(score);
	return ret;
}

static void say_fields(const struct fitting *f)
{
	const struct command *c = f->c;
	const struct table *t = &f->s.table;
	bool first = true;

	fputs(c->json ? ",\"fields\":[" : "fields:", c->out);
	for (uint32_t i = 0; i < f->fields.count; i++) {
		const struct field *field = &f->fields.field[i];

		if (c->json) {
			fputs(i ? ",{\"name\":" : "{\"name\":", c->out);
			command_json_text(c->out, field->name);
			fprintf(c->out, ",\"words\":%u}", field->kind == FIELD_WORDS ? field->count : 0);
		} else if (field->kind == FIELD_WORDS) {
			fprintf(c->out, "%s %.*s (%u words)", i ? "," : "", TEXT_ARG(field->name), field->count);
		} else {
			fprintf(c->out, "%s %.*s (numbers)", i ? "," : "", TEXT_ARG(field->name));
		}
	}
	fputs(c->json ? "],\"left_out\":[" : "", c->out);
	for (size_t j = 0; j < t->columns; j++) {
		const char *why = f->left[j] == FIELD_CONSTANT ? "the same everywhere" : "too many words; --words keeps them";

		if (f->left[j] == FIELD_KEPT)
			continue;
		if (c->json) {
			fputs(first ? "" : ",", c->out);
			command_json_text(c->out, t->column[j].name);
		} else {
			fprintf(c->out, "%s %.*s (%s)", first ? "\nleft out:" : ",", TEXT_ARG(t->column[j].name), why);
		}
		first = false;
	}
	fputs(c->json ? "]" : "\n", c->out);
}

static void say_fit(const struct fitting *f, const struct fm_report *report, size_t bytes)
{
	const struct command *c = f->c;
	size_t left = f->s.table.rows - f->count;

	if (c->json) {
		fprintf(c->out, "{\"rows\":%zu,\"left_out_rows\":%zu,\"train\":%zu,\"validation\":%zu,\"test\":%zu", f->s.table.rows, left, f->part[ROWS_TRAIN],
		        f->part[ROWS_VALIDATION], f->part[ROWS_TEST]);
		say_fields(f);
		fprintf(c->out, ",\"bytes\":%zu,\"epochs\":%u,\"best\":%u", bytes, report->epochs, report->best);
		return;
	}
	fprintf(c->out, "rows: %zu learned from, %zu that say when to stop, %zu asked, %s", f->part[ROWS_TRAIN], f->part[ROWS_VALIDATION], f->part[ROWS_TEST],
	        f->time ? "by time" : "in the order of rows");
	fprintf(c->out, left ? "; left out for holes: %zu\n" : "\n", left);
	say_fields(f);
	fprintf(c->out, "fm, %zu kB as a file; epoch %u of %u\n", (bytes + 1023) / 1024, report->best, report->epochs);
}

static void say_judged(const struct command *c, const struct fm_judged *judged)
{
	static const struct { const char *name, *says; } models[] = { { "share", "the share of 1s" }, { "linear", "each field by itself" }, { "pairs", "pairs of fields too" } };
	struct command_rows rows = { "models", "model", 24, 0 };

	fputs(c->json ? "" : "\non what was asked:\n", c->out);
	for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
		const struct named cells[] = { { "log_loss", "log loss", judged[i].log_loss }, { "auc", "AUC", judged[i].auc } };

		if (i == 0)
			command_rows_begin(c, &rows, cells, 2);
		command_row(c, &rows, text_of(c->json ? models[i].name : models[i].says), cells, 2);
	}
	command_rows_end(c);
}

static int save(const struct fitting *f, const struct fm *m, size_t *bytes)
{
	CLEANUP(buffer_free) struct buffer file = BUFFER(COMMAND_MODEL_MAX);
	int64_t zone = zone_of(f->c);

	saved_begin(&file, FIELDS_SAVED, FIELDS_VERSION);
	saved_add(&file, "zone", SAVED_I64, &zone, 1);
	fields_save(&f->fields, &file);
	fm_save(m, &file);
	saved_end(&file);
	*bytes = file.length;
	return command_save(f->c, command_text(f->c, "--model"), &file);
}

static int fit(struct fitting *f)
{
	CLEANUP(fm_free) struct fm linear = { 0 }, pairs = { 0 };
	struct fm_judged judged[3];
	struct fm_report report;
	size_t bytes;
	int status = fit_one(f, (uint32_t)command_count(f->c, "--factors"), &report, &pairs);

	if (!status && f->part[ROWS_TEST])
		status = fit_one(f, 0, NULL, &linear);
	if (!status)
		status = save(f, &pairs, &bytes);
	if (status)
		return status;
	say_fit(f, &report, bytes);
	if (f->part[ROWS_TEST]) {
		judged[0] = judge_share(f);
		judged[1] = judge(f, &linear);
		judged[2] = judge(f, &pairs);
		say_judged(f->c, judged);
	}
	fputs(f->c->json ? "}\n" : "", f->c->out);
	return 0;
}

static int run_fit(struct command *c)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(command_count(c, "--threads"));
	struct fitting f = { .c = c, .threads = threads };
	int status = load(&f);

	if (!status) {
		choose(&f);
		status = split_rows(&f);
	}
	if (!status)
		status = make_rows(&f);
	if (!status)
		status = fit(&f);
	for (int p = 0; p < ROWS_PARTS; p++)
		sparse_free(&f.x[p]);
	return status;
}

static const struct command_option fit_options[] = {
	{ "--of", OPTION_TEXT, "C", "the column that is 1 where it was wanted, else 0", .needed = true },
	{ "--model", OPTION_TEXT, "FILE", "the model, as a file", .needed = true },
	{ "--words", OPTION_TEXT, "C", "a column of names: its numbers are words (those of hour and weekday are), and all are kept", .many = true },
	{ "--without", OPTION_TEXT, "C", "a column that is not learned from", .many = true },
	{ "--time", OPTION_TEXT, "C", "column of seconds since 1970: the order of rows, and fields hour and weekday" },
	{ "--zone", OPTION_NUMBER, "H", "hours ahead of UTC, for these", -12, 14, 8 },
	{ "--test", OPTION_NUMBER, "P", "share of rows, the last, that are asked", .001, .9, .2 },
	{ "--all", OPTION_FLAG, NULL, "hold nothing back: learn --epochs long from every row" },
	{ "--factors", OPTION_COUNT, "K", "length of a feature's vector", 1, FM_FACTORS_MAX, 16 },
	{ "--epochs", OPTION_COUNT, "N", "at most", 1, 10000, 40 }, { "--rate", OPTION_NUMBER, "R", "of learning", 1e-6, 10, .05 },
	{ "--lambda", OPTION_NUMBER, "L", "the more, the more cautious", 0, 1e6, 1e-4 }, COMMAND_SEED, COMMAND_THREADS, { NULL }
};

const struct command_kind context_fit_kind = {
	"fit-context", "rec fit-context FILE --of C --model FILE [--time C] [--words C ...] [--json]", "learn what is wanted when, on which device, by whom",
	"FILE is CSV or TSV, a row for each thing that was shown, its columns who, what, when, on what, how high a recommender had it: words or\n"
	"numbers. A factorisation machine learns them and each pair of them. What is best is judged by the last rows.\n", fit_options, 1, 1,
	"printf 'kind,device,wanted\\ntext,phone,0\\ntext,desk,1\\naudio,phone,1\\naudio,desk,0\\n' | zhifang rec fit-context - --of wanted --all --model now.model",
	run_fit,
};

/* ---- rerank ---- */

struct ranking {
	struct command *c;
	struct threads *threads;
	struct arena *arena;
	struct source s;
	size_t own;       /* columns that FILE has; those behind are the same for every row */
	const struct table_column *label;
	struct fields fields;
	struct fm m;
	struct sparse x;
	uint32_t *field;  /* of each entry of x */
	size_t unknown;
	double *score;
	uint32_t *order;
};

static int open_model(struct ranking *r, int64_t *zone)
{
	const char *file = command_text(r->c, "--model");
	const void *at;
	struct saved saved;
	int status = command_model(r->c, file, FIELDS_SAVED, FIELDS_VERSION, &saved);
	problem why;

	if (status)
		return status;
	why = saved_array_of(&saved, "zone", SAVED_I64, 1, &at);
	if (!why)
		why = fields_load(r->c->arena, &saved, &r->fields);
	if (!why)
		why = fm_load(&saved, &r->m);
	if (why)
		return command_problem(r->c, file, why);
	*zone = *(const int64_t *)at;
	if (r->m.theta.rows != r->fields.features || *zone < -14 * HOUR || *zone > 14 * HOUR)
		return command_problem(r->c, file, &saved_damaged);
	return 0;
}

static const struct field *field_of(const struct ranking *r, struct text name)
{
	for (uint32_t i = 0; i < r->fields.count; i++) {
		if (text_eq(r->fields.field[i].name, name))
			return &r->fields.field[i];
	}
	return NULL;
}

/* NAME=VALUE: a column of that alone */
static int add_given(struct ranking *r, const char *word)
{
	struct command *c = r->c;
	struct table *t = &r->s.table;
	const char *end = strchr(word, '=');
	struct text name = { word, end ? (size_t)(end - word) : 0 };
	const struct field *field = field_of(r, name);
	struct table_column *column;
	double number = 0;

	if (!end)
		return command_refuse(c, word, "wants a name, =, and a value");
	if (!field)
		return command_refuse(c, word, "is of no field that the model knows");
	if (table_find(t, name))
		return command_refuse(c, word, "is a column of FILE, or given twice");
	if (field->kind == FIELD_NUMBERS && !command_read_number(end + 1, &number))
		return command_refuse(c, word, "is no number, and the model learned from numbers");
	column = add_numbers(c->arena, t, arena_cstr(c->arena, name));
	for (size_t i = 0; i < t->rows; i++)
		column->numbers[i] = number;
	if (field->kind == FIELD_NUMBERS)
		return 0;
	column->kind = WORDS;
	column->words = ARENA_ARRAY(c->arena, unsigned, t->rows);
	column->levels = ARENA_NEW(c->arena, struct text);
	*column->levels = text_of(end + 1);
	column->level_count = 1;
	return 0;
}

static int load_candidates(struct ranking *r, int64_t zone)
{
	struct command *c = r->c;
	const char **keys = ARENA_ARRAY(c->arena, const char *, FIELDS_MAX + 2);
	const char *item = command_text(c, "--item");
	int status, count = 0;

	keys[count++] = item ? item : "item";
	for (uint32_t i = 0; i < r->fields.count; i++) {
		if (r->fields.field[i].kind == FIELD_WORDS)
			keys[count++] = arena_cstr(c->arena, r->fields.field[i].name);
	}
	status = command_load_keys(c, c->words[0], keys, &r->s);
	if (status)
		return status;
	r->own = r->s.table.columns;
	widen(c->arena, &r->s.table);
	r->label = command_column(c, &r->s, keys[0], &status);
	for (int i = 0; i < c->given_count && !status; i++) {
		if (!strcmp(c->given[i].option->name, "--given"))
			status = add_given(r, c->given[i].word);
	}
	if (!status && command_has(c, "--time")) {
		real *seconds = ARENA_ARRAY(c->arena, real, r->s.table.rows);

		for (size_t i = 0; i < r->s.table.rows; i++)
			seconds[i] = command_number(c, "--time");
		status = add_moments(c, &r->s.table, seconds, zone, "--time");
	}
	return status;
}

struct by_score {
	double score;
	uint32_t row;
};

static int best_first(const void *a, const void *b)
{
	const struct by_score *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static int rank(struct ranking *r)
{
	size_t rows = r->s.table.rows;
	struct by_score *sorted = ARENA_ARRAY(r->c->arena, struct by_score, rows);
	uint32_t which;
	problem why;

	r->order = ARENA_ARRAY(r->c->arena, uint32_t, rows);
	r->score = ARENA_ARRAY(r->c->arena, double, rows);
	for (size_t i = 0; i < rows; i++)
		r->order[i] = (uint32_t)i;
	why = fields_rows(&r->fields, &r->s.table, r->order, rows, &r->x, &r->field, &r->unknown, &which);
	if (why)
		return command_problem(r->c, arena_cstr(r->c->arena, r->fields.field[which].name), why);
	fm_score(r->threads, &r->m, &r->x, r->score);
	for (size_t i = 0; i < rows; i++)
		sorted[i] = (struct by_score){ r->score[i], (uint32_t)i };
	qsort(sorted, rows, sizeof *sorted, best_first);
	for (size_t i = 0; i < rows; i++)
		r->order[i] = sorted[i].row;
	return 0;
}

/* The column of an entry is FILE's own: what it says tells candidates apart. */
static bool is_own(const struct ranking *r, size_t at)
{
	return table_find(&r->s.table, r->fields.field[r->field[at]].name) < r->s.table.column + r->own;
}

/* The largest part that is above 0 and tells candidates apart; false: there is none */
static bool main_part(const struct ranking *r, uint32_t row, struct fm_part *ret)
{
	size_t n = sparse_length(&r->x, row), from = r->x.start[row], count, i = 0;
	struct fm_part *parts = array_of(n * (n + 1) / 2, sizeof *parts);
	bool found;

	count = fm_parts(&r->m, &r->x, row, parts);
	while (i < count && parts[i].part > 0 && !is_own(r, from + parts[i].a) && !is_own(r, from + parts[i].b))
		i++;
	found = i < count && parts[i].part > 0;
	if (found)
		*ret = parts[i];
	free(parts);
	return found;
}

static struct text feature_name(const struct ranking *r, size_t at)
{
	const struct field *f = &r->fields.field[r->field[at]];
	char six[32];

	if (f->kind == FIELD_WORDS) {
		struct text word = f->words[r->x.column[at] - f->first];

		return arena_format(r->c->arena, "%.*s=%.*s", TEXT_ARG(f->name), TEXT_ARG(word));
	}
	return arena_format(r->c->arena, "%.*s=%s", TEXT_ARG(f->name), command_six((double)r->x.weight[at] * f->deviation + f->mean, six));
}

static void say_row(const struct ranking *r, uint32_t row, bool first)
{
	FILE *out = r->c->out;
	char word[TABLE_WORD_MAX], six[32];
	struct text item = r->label->kind == NUMBERS ? table_word(r->label->numbers[row], word) : r->label->words[row] == NO_WORD ? TEXT("-") : r->label->levels[r->label->words[row]];
	double chance = 1 / (1 + exp(-r->score[row]));
	size_t from = r->x.start[row];
	struct fm_part part;
	bool is_because = main_part(r, row, &part);

	if (!r->c->json) {
		fprintf(out, "%-24.*s %12s", TEXT_ARG(item), command_six(chance, six));
		if (is_because)
			fprintf(out, "   because of %.*s", TEXT_ARG(feature_name(r, from + part.a)));
		if (is_because && part.a != part.b)
			fprintf(out, " with %.*s", TEXT_ARG(feature_name(r, from + part.b)));
		fprintf(out, is_because ? ": %s\n" : "\n", is_because ? command_six(part.part, six) : "");
		return;
	}
	fputs(first ? "{\"item\":" : ",{\"item\":", out);
	command_json_text(out, item);
	fputs(",", out);
	command_json_number(out, "chance", chance);
	if (is_because) {
		fputs(",\"because\":[", out);
		command_json_text(out, feature_name(r, from + part.a));
		fputs(part.a != part.b ? "," : "", out);
		if (part.a != part.b)
			command_json_text(out, feature_name(r, from + part.b));
		fputs("],", out);
		command_json_number(out, "part", part.part);
	}
	fputs("}", out);
}

/* Fields of the model of which nothing is told */
static void say_missing(const struct ranking *r)
{
	FILE *out = r->c->out;
	bool first = true;

	for (uint32_t i = 0; i < r->fields.count; i++) {
		if (table_find(&r->s.table, r->fields.field[i].name))
			continue;
		fputs(r->c->json ? first ? "" : "," : first ? "; not told: " : ", ", out);
		if (r->c->json)
			command_json_text(out, r->fields.field[i].name);
		else
			fprintf(out, "%.*s", TEXT_ARG(r->fields.field[i].name));
		first = false;
	}
}

static void say_ranking(const struct ranking *r)
{
	FILE *out = r->c->out;
	size_t rows = r->s.table.rows, most = command_count(r->c, "--at");

	if (r->c->json)
		fprintf(out, "{\"rows\":%zu,\"unknown\":%zu,\"not_told\":[", rows, r->unknown);
	else
		fprintf(out, "%zu candidate%s", rows, command_s(rows));
	say_missing(r);
	fputs(r->c->json ? "],\"items\":[" : "", out);
	if (!r->c->json && r->unknown)
		fprintf(out, "; %zu word%s that the model does not know", r->unknown, command_s(r->unknown));
	fputs(r->c->json ? "" : "\n", out);
	for (size_t i = 0; i < rows && i < most; i++)
		say_row(r, r->order[i], i == 0);
	fputs(r->c->json ? "]}\n" : "", out);
}

static int run_rerank(struct command *c)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(command_count(c, "--threads"));
	struct ranking r = { .c = c, .threads = threads };
	int64_t zone = 0;
	int status = open_model(&r, &zone);

	if (!status)
		status = load_candidates(&r, zone);
	if (!status)
		status = rank(&r);
	if (!status)
		say_ranking(&r);
	fm_free(&r.m);
	sparse_free(&r.x);
	free(r.field);
	return status;
}

static const struct command_option rerank_options[] = {
	{ "--model", OPTION_TEXT, "FILE", "the model, of rec fit-context", .needed = true },
	{ "--given", OPTION_TEXT, "NAME=VALUE", "a field that is the same for all candidates: device=phone", .many = true },
	{ "--time", OPTION_COUNT, "T", "the moment, seconds since 1970: fields hour and weekday", .most = 95617584000.0 },
	{ "--item", OPTION_TEXT, "C", "column of what (item without)" }, { "--at", OPTION_COUNT, "K", "how many", 1, 1e9, 10 }, COMMAND_THREADS, { NULL }
};

const struct command_kind context_rerank_kind = {
	"rerank", "rec rerank FILE --model FILE [--given NAME=VALUE ...] [--time T] [--at K] [--json]", "which of these candidates, now and here",
	"FILE is CSV or TSV, a row for each candidate, with the columns that the model learned from; what is the same for all is given.\n", rerank_options, 1, 1,
	"printf 'kind,device,wanted\\ntext,phone,0\\ntext,desk,1\\naudio,phone,1\\naudio,desk,0\\n' | zhifang rec fit-context - --of wanted --all --model now.model && "
	"printf 'item,kind\\nBook,text\\nPodcast,audio\\n' | zhifang rec rerank - --model now.model --given device=phone", run_rerank,
};
