/* sequence_command.c - `zhifang rec fit-next` and `next`: networks that learn what follows what, and what follows on what somebody had. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/order.h"
#include "rec/command_parts.h"
#include "rec/names.h"
#include "rec/sequence.h"

static const struct { const char *name; enum sequence_kind kind; } kinds[] = { { "gru4rec", GRU4REC }, { "sasrec", SASREC }, { "caser", CASER } };
enum { KINDS = sizeof kinds / sizeof *kinds };

static const char *name_of(enum sequence_kind kind)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].kind == kind)
			return kinds[i].name;
	abort();
}

/* ---- fit-next ---- */

struct fitting {
	struct command *c;
	struct interactions m;
	struct sequence_settings s;
	struct sequence_epoch best;
	uint32_t epochs;
	size_t learned, held; /* rows; the others stand alone, what is held back not counted */
};

static const struct problem held_short = { 422, "sequence-held-short", "Nobody has two items left where each one's last is held back: --all learns from every row." };

static int read_settings(struct fitting *f)
{
	const struct command *c = f->c;
	const char *name = command_text(c, "--by");

	for (size_t i = 0; i < KINDS; i++)
		if (!strcmp(name, kinds[i].name))
			f->s = sequence_defaults(kinds[i].kind, f->m.items);
	if (!f->s.kind)
		return command_refuse(c, name, "is no network of sequences: gru4rec, sasrec, caser");
	if (command_has(c, "--epochs"))
		f->s.epochs = (uint32_t)command_count(c, "--epochs");
	if (command_has(c, "--width"))
		f->s.width = (uint32_t)command_count(c, "--width");
	if (command_has(c, "--length"))
		f->s.length = (uint32_t)command_count(c, "--length");
	if (command_has(c, "--negatives"))
		f->s.negatives = (uint32_t)command_count(c, "--negatives");
	if (command_has(c, "--dropout"))
		f->s.dropout = command_number(c, "--dropout");
	if (command_has(c, "--rate"))
		f->s.rate = command_number(c, "--rate");
	f->s.seed = command_count(c, "--seed");
	return 0;
}

static bool note_epoch(void *self, const struct sequence_epoch *e)
{
	struct fitting *f = self;

	f->epochs = e->epoch;
	if (e->is_best)
		f->best = *e;
	return true;
}

static size_t rows_of_pairs(const struct sparse *sequences)
{
	size_t rows = 0;

	for (uint32_t u = 0; u < sequences->rows; u++)
		rows += sparse_length(sequences, u) > 1 ? sparse_length(sequences, u) : 0;
	return rows;
}

/* The last item of everybody who has at least two is held back, to tell when to stop. */
static int learn(struct fitting *f, struct sequence_model **ret)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(command_count(f->c, "--threads"));
	CLEANUP(sparse_free) struct sparse train = { 0 }, validation = { 0 };
	uint8_t *parts = ARENA_ARRAY(f->c->arena, uint8_t, f->m.count);
	struct command_progress progress;
	struct sequence_watch watch = { note_epoch, f, &progress.hook };
	struct sequence_data data = { &train, NULL };
	const char *name = name_of(f->s.kind);
	struct split split = { 0 };
	bool held = !command_has(f->c, "--all") && !split_leave_last(&f->m, false, parts, &split);
	problem why;

	sparse_sequences(&f->m, held ? parts : NULL, PART_TRAIN, &train);
	sparse_of(&f->m, held ? parts : NULL, PART_TEST, &validation);
	if (held)
		data.validation = &validation;
	f->learned = rows_of_pairs(&train);
	f->held = held ? split.test : 0;
	if (command_memory(f->c, name, sequence_memory(&f->s, f->m.items)))
		return 1;
	command_progress_begin(&progress, f->c, name);
	why = sequence_fit(threads, &data, &f->s, &watch, ret);
	command_progress_end(&progress);
	return why ? command_problem(f->c, name, held && why == &sequence_short ? &held_short : why) : 0;
}

static void say_rows(const struct fitting *f)
{
	const struct command *c = f->c;
	size_t left = f->m.count - f->learned - f->held;

	if (c->json) {
		fprintf(c->out, ",\"learned_from\":%zu,\"held_back\":%zu,\"left_out\":%zu", f->learned, f->held, left);
		return;
	}
	fprintf(c->out, "%zu row%s learned from, %zu that say when to stop", f->learned, command_s(f->learned), f->held);
	if (left)
		fprintf(c->out, "; left out: %zu, with nothing before or after", left);
	fputs("\n", c->out);
}

static void say_fit(const struct fitting *f, size_t bytes)
{
	const struct command *c = f->c;

	fputs(c->json ? "{" : "", c->out);
	rec_say_log(c, &f->m);
	say_rows(f);
	if (c->json)
		fprintf(c->out, ",\"network\":\"%s\",\"bytes\":%zu,\"epochs\":%u,\"best\":%u", name_of(f->s.kind), bytes, f->epochs, f->best.epoch);
	else
		fprintf(c->out, "%s, %zu kB as a file; epoch %u of %u was the best\n", name_of(f->s.kind), (bytes + 1023) / 1024, f->best.epoch, f->epochs);
	command_lines(c, (struct named[]){ { "loss", "loss", f->best.loss }, { "ndcg", "NDCG@10 of each one's last", f->best.ndcg },
	                                   { "hit_rate", "hit rate@10", f->best.hit_rate } }, 3);
	fputs(c->json ? "}\n" : "", c->out);
}

static int run_fit(struct command *c)
{
	CLEANUP(sequence_free) struct sequence_model *model = NULL;
	CLEANUP(buffer_free) struct buffer file = BUFFER(COMMAND_MODEL_MAX);
	struct fitting f = { .c = c };
	int status = rec_load_sequences(c, c->words[0], &f.m);

	if (!status)
		status = read_settings(&f);
	if (!status)
		status = learn(&f, &model);
	if (status)
		return status;
	sequence_save(model, f.m.item_names, &file);
	status = command_save(c, command_text(c, "--model"), &file);
	if (!status)
		say_fit(&f, file.length);
	return status;
}

static const struct command_option fit_options[] = {
	{ "--by", OPTION_TEXT, "NAME", "gru4rec, sasrec or caser", .needed = true },
	{ "--model", OPTION_TEXT, "FILE", "the model, as a file", .needed = true },
	{ "--all", OPTION_FLAG, NULL, "hold nothing back: learn --epochs long from every row" },
	{ "--epochs", OPTION_COUNT, "N", "at most (gru4rec without 50, sasrec 100, caser 60)", 1, 10000 },
	{ "--width", OPTION_COUNT, "D", "of an item's vector (128, 64, 50)", 1, 1024 },
	{ "--length", OPTION_COUNT, "L", "last items that are read (50, 50, 5)", 1, 512 },
	{ "--negatives", OPTION_COUNT, "S", "items sampled for each batch; 0: all (gru4rec 2048, others all up to 8192 items)", 0, 1 << 20 },
	{ "--dropout", OPTION_NUMBER, "P", "share left out while learning", 0, .9 },
	{ "--rate", OPTION_NUMBER, "R", "of learning", 1e-6, 1 }, REC_SEQUENCES, COMMAND_SEED, COMMAND_THREADS, { NULL }
};

const struct command_kind sequence_fit_kind = {
	"fit-next", "rec fit-next FILE --by NAME --model FILE [--json]", "learn what follows what, by a network",
	"The last item of everybody is held back: when it is no longer found better, learning ends, and the best is kept. What somebody had counts alike,\n"
	"and its order is all: there are no weights.\n" REC_FILE, fit_options, 1, 1,
	"printf 'user,item\\na,x\\na,y\\na,z\\nb,x\\nb,y\\nb,z\\n' | zhifang rec fit-next - --by gru4rec --epochs 2 --model next.model", run_fit,
};

/* ---- next ---- */

struct next {
	struct sequence_model *model;
	struct text *names; /* (items) NULL: they are numbers */
	uint32_t *had, count;
};

static int read_had(struct command *c, struct next *n, struct sequence_live *live)
{
	n->had = ARENA_ARRAY(c->arena, uint32_t, COMMAND_GIVEN_MAX);
	for (int i = 0; i < c->given_count; i++) {
		uint32_t item;

		if (strcmp(c->given[i].option->name, "--had") != 0)
			continue;
		item = names_number(n->names, sequence_items(n->model), text_of(c->given[i].word));
		if (item == sequence_items(n->model))
			return command_refuse(c, c->given[i].word, "is no item that the model knows");
		sequence_live_add(live, item);
		n->had[n->count++] = item;
	}
	return 0;
}

static void say_next(struct command *c, struct next *n, const float *scores)
{
	struct command_rows rows = { "items", "item", 24, 0 };
	uint32_t best[CUTOFF_MAX], once = 0;
	size_t count;

	qsort(n->had, n->count, sizeof *n->had, order_u32);
	for (uint32_t i = 0; i < n->count; i++)
		if (i == 0 || n->had[i] != n->had[once - 1])
			n->had[once++] = n->had[i];
	count = evaluate_top(scores, sequence_items(n->model), (struct had){ n->had, once }, best, command_count(c, "--at"));
	if (c->json)
		fprintf(c->out, "{\"network\":\"%s\",\"had\":%u", name_of(sequence_settings_of(n->model)->kind), once);
	for (size_t i = 0; i < count; i++) {
		const struct named cells[] = { { "score", "score", scores[best[i]] } };
		char number[TEXT_INT_MAX];

		if (i == 0)
			command_rows_begin(c, &rows, cells, 1);
		command_row(c, &rows, names_word(n->names, best[i], number), cells, 1);
	}
	if (count)
		command_rows_end(c);
	fputs(c->json ? count ? "}\n" : ",\"items\":[]}\n" : "", c->out);
}

static void free_model(void *model) { sequence_free(&(struct sequence_model *){ model }); }
static void free_live(void *live) { sequence_live_free(&(struct sequence_live *){ live }); }

static int run_next(struct command *c)
{
	const char *file = command_text(c, "--model");
	struct next n = { 0 };
	struct sequence_live *live;
	struct saved saved;
	float *scores;
	int status = command_model(c, file, SEQUENCE_SAVED, SEQUENCE_VERSION, &saved);
	problem why;

	if (status)
		return status;
	why = sequence_load(&saved, &n.model);
	if (why)
		return command_problem(c, file, why);
	arena_defer(c->arena, free_model, n.model);
	why = sequence_load_names(c->arena, &saved, &n.names);
	if (why)
		return command_problem(c, file, why);
	live = sequence_live_new(n.model);
	arena_defer(c->arena, free_live, live);
	status = read_had(c, &n, live);
	if (status)
		return status;
	scores = ARENA_ARRAY(c->arena, float, sequence_items(n.model));
	sequence_live_score(live, scores);
	say_next(c, &n, scores);
	return 0;
}

static const struct command_option next_options[] = {
	{ "--model", OPTION_TEXT, "FILE", "the model, of rec fit-next", .needed = true },
	{ "--had", OPTION_TEXT, "ITEM", "what was had, the newest last", .needed = true, .many = true },
	{ "--at", OPTION_COUNT, "K", "how many", 1, CUTOFF_MAX, 10 }, { NULL }
};

const struct command_kind sequence_next_kind = {
	"next", "rec next --model FILE --had ITEM [--had ITEM ...] [--at K] [--json]", "what follows on what somebody had, in that order",
	"Scores are logits: differences between them mean something, their size does not. What was had is left out.\n", next_options, 0, 0,
	"printf 'user,item\\na,x\\na,y\\na,z\\nb,x\\nb,y\\nb,z\\n' | zhifang rec fit-next - --by gru4rec --epochs 2 --model next.model && zhifang rec next --model next.model --had x",
	run_next,
};
