/* context_command.c - `zhifang rec fit-context` and `rerank`: what is wanted in which moment, and candidates in the order of that. */
#include <math.h>
#include <stdlib.h>

#include "num/memory.h"
#include "num/order.h"
#include "rec/context_ranking.h"

static const struct problem too_few = { 422, "context-few", "Too few rows to hold some back: --all learns from every one, and judges none." };
static const struct problem no_fields = { 422, "context-fields", "No column is left to learn from." };

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

static int64_t zone_of(const struct command *c) { return (int64_t)(command_number(c, "--zone") * RANKING_HOUR); }

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
	ranking_widen(c->arena, &f->s.table);
	f->label = command_column(c, &f->s, command_text(c, "--of"), &status);
	if (!status)
		status = command_is_numbers(c, &f->s, f->label);
	if (status || !command_has(c, "--time"))
		return status;
	f->time = command_column(c, &f->s, command_text(c, "--time"), &status);
	if (!status)
		status = command_is_numbers(c, &f->s, f->time);
	return status ? status : ranking_add_moments(c, &f->s.table, &(struct ranking_moments){ f->time->numbers, zone_of(c), command_text(c, "--time") });
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

static int check_outcome(const struct fitting *f)
{
	char word[TABLE_WORD_MAX];

	for (size_t i = 0; i < f->s.table.rows; i++) {
		real y = f->label->numbers[i];

		if (isnan(y) || y == 0 || y == 1)
			continue;
		fprintf(f->c->err, "zhifang: %s, line %zu, column %s: %.*s, and what was wanted is to be 1, what was not 0\n", f->s.file, f->s.table.line[i],
		        command_text(f->c, "--of"), TEXT_ARG(table_word(y, word)));
		return 1;
	}
	return 0;
}

struct timed {
	real time;
	uint32_t row;
};

static int by_time(const void *a, const void *b)
{
	const struct timed *x = a, *y = b;

	return RISING(x->time, y->time) ?: RISING(x->row, y->row);
}

/* The last share of the rows is asked; the last tenth of the others says when to stop. */
static int split_rows(struct fitting *f)
{
	const struct table *t = &f->s.table;
	struct timed *timed = array_of(t->rows, sizeof *timed);
	bool all = command_has(f->c, "--all");

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
	}
	free(timed);
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
		status = check_outcome(&f);
	}
	if (!status)
		status = split_rows(&f);
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

static int load_candidates(struct ranking *r)
{
	struct command *c = r->c;
	const char *item = command_text(c, "--item");
	const char **keys = ranking_keys(r, item ? item : "item");
	int status = command_load_keys(c, c->words[0], keys, &r->s);

	if (status)
		return status;
	r->own = r->s.table.columns;
	ranking_widen(c->arena, &r->s.table);
	r->label = command_column(c, &r->s, keys[0], &status);
	return status ? status : ranking_moment(r, "--time");
}

static void say_row(const struct ranking *r, uint32_t row, bool first)
{
	FILE *out = r->c->out;
	char word[TABLE_WORD_MAX], six[32];
	struct text item = r->label->kind == NUMBERS ? table_word(r->label->numbers[row], word) : r->label->words[row] == NO_WORD ? TEXT("-") : r->label->levels[r->label->words[row]];
	double chance = 1 / (1 + exp(-r->score[row]));
	size_t from = r->x.start[row];
	struct fm_part part;
	bool is_because = ranking_part(r, row, &part);

	if (!r->c->json) {
		fprintf(out, "%-24.*s %12s", TEXT_ARG(item), command_six(chance, six));
		if (is_because)
			fprintf(out, "   because of %.*s", TEXT_ARG(ranking_feature(r, row, from + part.a)));
		if (is_because && part.a != part.b)
			fprintf(out, " with %.*s", TEXT_ARG(ranking_feature(r, row, from + part.b)));
		fprintf(out, is_because ? ": %s\n" : "\n", is_because ? command_six(part.part, six) : "");
		return;
	}
	fputs(first ? "{\"item\":" : ",{\"item\":", out);
	command_json_text(out, item);
	fputs(",", out);
	command_json_number(out, "chance", chance);
	if (is_because) {
		fputs(",\"because\":[", out);
		command_json_text(out, ranking_feature(r, row, from + part.a));
		fputs(part.a != part.b ? "," : "", out);
		if (part.a != part.b)
			command_json_text(out, ranking_feature(r, row, from + part.b));
		fputs("],", out);
		command_json_number(out, "part", part.part);
	}
	fputs("}", out);
}

static void say_ranking(const struct ranking *r)
{
	FILE *out = r->c->out;
	size_t rows = r->s.table.rows, most = command_count(r->c, "--at");

	if (r->c->json)
		fprintf(out, "{\"rows\":%zu,\"unknown\":%zu,\"not_told\":[", rows, r->unknown);
	else
		fprintf(out, "%zu candidate%s", rows, command_s(rows));
	ranking_say_missing(r);
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
	CLEANUP(ranking_close) struct ranking r = { .c = c, .threads = threads };
	int status = ranking_open(&r, command_text(c, "--model"));

	if (!status)
		status = load_candidates(&r);
	if (!status)
		status = ranking_score(&r);
	if (!status)
		say_ranking(&r);
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
