/* embedding_command.c - `zhifang rec fit-graph` and `related`: vectors of a graph, how good they are at what was held back, and what else is probably so. */
#include <math.h>
#include <stdlib.h>

#include "num/memory.h"
#include "num/order.h"
#include "num/random.h"
#include "rec/command_parts.h"
#include "rec/graph_embedding.h"
#include "rec/names.h"

static const char *const kind_names[] = { NULL, "transe", "distmult" };

static const struct problem too_few = { 422, "graph-few", "Too few triples to hold some back: --all learns from every one, and judges none." };

static void free_triples(void *triples) { triples_free(triples); }

/* names NULL: none are known yet */
static int load_graph(struct command *c, const struct text *names, uint32_t things, struct triples *ret)
{
	return rec_triples_load(c, &(struct rec_triples){ c->words[0], "; --numbers where it has none", command_has(c, "--numbers"), names, things }, ret);
}

/* ---- fit-graph ---- */

enum graph_part { GRAPH_TRAIN, GRAPH_VALIDATION, GRAPH_TEST, GRAPH_PARTS };

struct fitting {
	struct command *c;
	struct threads *threads;
	struct triples t, part[GRAPH_PARTS];
	size_t repeated, nowhere; /* triples that were there before; that would be asked of what stands nowhere in what is learned */
	struct embedding_settings s;
	struct embedding_report report;
	struct graph_embedding m;
};

static int read_settings(struct fitting *f)
{
	const struct command *c = f->c;
	const char *name = command_text(c, "--by");

	f->s = embedding_usual;
	f->s.kind = 0;
	for (enum embedding_kind kind = TRANSE; kind <= DISTMULT; kind++) {
		if (!strcmp(name, kind_names[kind]))
			f->s.kind = kind;
	}
	if (!f->s.kind)
		return command_refuse(c, name, "is no way to learn a graph: transe, distmult");
	f->s.width = (uint32_t)command_count(c, "--width");
	f->s.epochs = (uint32_t)command_count(c, "--epochs");
	f->s.negatives = (uint32_t)command_count(c, "--negatives");
	f->s.rate = command_number(c, "--rate");
	f->s.lambda = command_number(c, "--lambda");
	f->s.seed = command_count(c, "--seed");
	return 0;
}

struct triple {
	uint32_t head, relation, tail;
};

static int by_triple(const void *a, const void *b)
{
	const struct triple *x = a, *y = b;

	return RISING(x->head, y->head) ?: RISING(x->relation, y->relation) ?: RISING(x->tail, y->tail);
}

static void add_triple(struct triples *t, const struct triple *of)
{
	t->head[t->count] = of->head;
	t->relation[t->count] = of->relation;
	t->tail[t->count++] = of->tail;
}

static void open_part(struct fitting *f, enum graph_part p, size_t room)
{
	struct triples *t = &f->part[p];

	*t = (struct triples){ .things = f->t.things, .relations = f->t.relations, .head = array_of(room, sizeof *t->head),
		               .relation = array_of(room, sizeof *t->relation), .tail = array_of(room, sizeof *t->tail) };
	arena_defer(f->c->arena, free_triples, t);
}

/* What is asked about is to stand somewhere in what is learned. */
static void close_parts(struct fitting *f)
{
	bool *thing = array_of(f->t.things, sizeof *thing), *relation = array_of(f->t.relations, sizeof *relation);

	for (size_t i = 0; i < f->part[GRAPH_TRAIN].count; i++)
		thing[f->part[GRAPH_TRAIN].head[i]] = thing[f->part[GRAPH_TRAIN].tail[i]] = relation[f->part[GRAPH_TRAIN].relation[i]] = true;
	for (int p = GRAPH_VALIDATION; p < GRAPH_PARTS; p++) {
		struct triples *t = &f->part[p];
		size_t count = t->count;

		t->count = 0;
		for (size_t i = 0; i < count; i++) {
			if (thing[t->head[i]] && thing[t->tail[i]] && relation[t->relation[i]])
				add_triple(t, &(struct triple){ t->head[i], t->relation[i], t->tail[i] });
			else
				f->nowhere++;
		}
	}
	free(thing);
	free(relation);
}

/* Each triple once, by chance into parts */
static int split(struct fitting *f)
{
	struct triple *each = array_of(f->t.count, sizeof *each);
	uint32_t *order, count = 0, test, validation;
	struct random r = random_of(command_count(f->c, "--seed"), 0x67);
	bool all = command_has(f->c, "--all");

	for (size_t i = 0; i < f->t.count; i++)
		each[i] = (struct triple){ f->t.head[i], f->t.relation[i], f->t.tail[i] };
	qsort(each, f->t.count, sizeof *each, by_triple);
	for (size_t i = 0; i < f->t.count; i++) {
		if (i == 0 || by_triple(&each[i], &each[count - 1]) != 0)
			each[count++] = each[i];
	}
	f->repeated = f->t.count - count;
	order = array_of(count, sizeof *order);
	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	random_shuffle(&r, order, count);
	test = all ? 0 : (uint32_t)((double)count * command_number(f->c, "--test"));
	validation = all ? 0 : (count - test) / 20;
	for (int p = 0; p < GRAPH_PARTS; p++)
		open_part(f, (enum graph_part)p, count);
	for (uint32_t i = 0; i < count; i++)
		add_triple(&f->part[i < test ? GRAPH_TEST : i < test + validation ? GRAPH_VALIDATION : GRAPH_TRAIN], &each[order[i]]);
	free(order);
	free(each);
	close_parts(f);
	return all || (f->part[GRAPH_TEST].count && f->part[GRAPH_VALIDATION].count) ? 0 : command_problem(f->c, f->c->words[0], &too_few);
}

static int learn(struct fitting *f)
{
	struct command *c = f->c;
	const char *name = kind_names[f->s.kind];
	const struct triples *validation = &f->part[GRAPH_VALIDATION];
	struct command_progress progress;
	problem why;

	if (command_memory(c, name, graph_embedding_bytes(&f->s, f->t.things)))
		return 1;
	command_progress_begin(&progress, c, name);
	why = graph_embedding_fit(f->threads, &f->part[GRAPH_TRAIN], validation->count ? validation : NULL, &f->s, &progress.hook, &f->report, &f->m);
	command_progress_end(&progress);
	f->m.thing_names = f->t.thing_names;
	f->m.relation_names = f->t.relation_names;
	return why ? command_problem(c, c->words[0], why) : 0;
}

static int save(const struct fitting *f, size_t *bytes)
{
	CLEANUP(buffer_free) struct buffer file = BUFFER(COMMAND_MODEL_MAX);

	saved_begin(&file, GRAPH_EMBEDDING_SAVED, GRAPH_EMBEDDING_VERSION);
	graph_embedding_save(&f->m, &file);
	saved_end(&file);
	*bytes = file.length;
	return command_save(f->c, command_text(f->c, "--model"), &file);
}

static void say_fit(const struct fitting *f, size_t bytes)
{
	const struct command *c = f->c;
	const struct triples *train = &f->part[GRAPH_TRAIN], *validation = &f->part[GRAPH_VALIDATION], *test = &f->part[GRAPH_TEST];

	if (c->json) {
		fprintf(c->out, "{\"triples\":%zu,\"things\":%u,\"relations\":%u,\"repeated\":%zu,\"nowhere\":%zu,\"train\":%zu,\"validation\":%zu,\"test\":%zu", f->t.count,
		        f->t.things, f->t.relations, f->repeated, f->nowhere, train->count, validation->count, test->count);
		fprintf(c->out, ",\"by\":\"%s\",\"bytes\":%zu,\"epochs\":%u,\"best\":%u,", kind_names[f->s.kind], bytes, f->report.epochs, f->report.best);
		command_json_number(c->out, "validation_mrr", f->report.mrr);
		return;
	}
	fprintf(c->out, "graph: %zu triple%s, %u thing%s, %u relation%s", f->t.count, command_s(f->t.count), f->t.things, command_s(f->t.things), f->t.relations,
	        command_s(f->t.relations));
	fprintf(c->out, f->repeated ? "; left out: %zu that were there before\n" : "\n", f->repeated);
	fprintf(c->out, "%zu learned from, %zu that say when to stop, %zu asked, by chance", train->count, validation->count, test->count);
	fprintf(c->out, f->nowhere ? "; left out: %zu of what stands nowhere else\n" : "\n", f->nowhere);
	fprintf(c->out, "%s, %zu kB as a file; epoch %u of %u\n", kind_names[f->s.kind], (bytes + 1023) / 1024, f->report.best, f->report.epochs);
}

static void say_ranks(const struct command *c, struct command_rows *rows, const char *name, const struct graph_ranks *r, bool first)
{
	const struct named cells[] = { { "mrr", "MRR", r->mrr }, { "hits_1", "hits@1", r->hits_1 }, { "hits_3", "hits@3", r->hits_3 },
		                       { "hits_10", "hits@10", r->hits_10 }, { "mean_rank", "mean rank", r->mean_rank } };
	enum { CELLS = sizeof cells / sizeof *cells };

	if (first)
		command_rows_begin(c, rows, cells, CELLS);
	command_row(c, rows, text_of(name), cells, CELLS);
}

/* Beside what says only how often each thing stands there */
static void judge(struct fitting *f)
{
	CLEANUP(graph_frequency_free) struct graph_frequency frequency = { 0 };
	struct command_rows rows = { "models", "model", 14, 0 };
	struct graph_scorer frequent, learned = graph_embedding_scorer(&f->m);
	struct graph_ranks ranks[2];

	graph_frequency_of(&f->part[GRAPH_TRAIN], f->t.things, &frequency);
	frequent = graph_frequency_scorer(&frequency);
	graph_rank(f->threads, &frequent, &f->part[GRAPH_TEST], &f->t, &ranks[0]);
	graph_rank(f->threads, &learned, &f->part[GRAPH_TEST], &f->t, &ranks[1]);
	fputs(f->c->json ? "" : "\nwhere what was asked stands among all things, heads and tails:\n", f->c->out);
	say_ranks(f->c, &rows, "frequency", &ranks[0], true);
	say_ranks(f->c, &rows, kind_names[f->s.kind], &ranks[1], false);
	command_rows_end(f->c);
}

static int run_fit(struct command *c)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(command_count(c, "--threads"));
	struct fitting *f = ARENA_NEW(c->arena, struct fitting);
	size_t bytes;
	int status;

	*f = (struct fitting){ .c = c, .threads = threads };
	status = read_settings(f);
	if (!status)
		status = load_graph(c, NULL, 0, &f->t);
	if (!status)
		status = split(f);
	if (!status)
		status = learn(f);
	if (!status)
		status = save(f, &bytes);
	if (!status) {
		say_fit(f, bytes);
		if (f->part[GRAPH_TEST].count)
			judge(f);
		fputs(c->json ? "}\n" : "", c->out);
	}
	graph_embedding_free(&f->m);
	return status;
}

#define GRAPH_FILE "FILE is CSV or TSV with columns item, relation and thing, any words; with --numbers it has lines of three numbers.\n"
#define GRAPH_NUMBERS { "--numbers", OPTION_FLAG, NULL, "FILE has lines of three numbers" }

static const struct command_option fit_options[] = {
	{ "--by", OPTION_TEXT, "NAME", "transe or distmult", .needed = true }, { "--model", OPTION_TEXT, "FILE", "the model, as a file", .needed = true }, GRAPH_NUMBERS,
	{ "--test", OPTION_NUMBER, "P", "share of triples that are asked", .001, .9, .1 },
	{ "--all", OPTION_FLAG, NULL, "hold nothing back: learn --epochs long from every triple" },
	{ "--width", OPTION_COUNT, "D", "of a vector", 1, EMBEDDING_WIDTH_MAX, 64 }, { "--epochs", OPTION_COUNT, "N", "at most", 1, 10000, 60 },
	{ "--negatives", OPTION_COUNT, "S", "things drawn for each batch, to tell from", 1, EMBEDDING_NEGATIVES_MAX, 512 },
	{ "--rate", OPTION_NUMBER, "R", "of learning", 1e-6, 10, .1 }, { "--lambda", OPTION_NUMBER, "L", "the more, the more cautious", 0, 1e6, 1e-3 }, COMMAND_SEED,
	COMMAND_THREADS, { NULL }
};

const struct command_kind graph_fit_kind = {
	"fit-graph", "rec fit-graph FILE --by NAME --model FILE [--json]", "learn what goes with what in a graph",
	GRAPH_FILE "Some triples are held back, and asked: where does the thing that is there stand among all, others that are true left out?\n", fit_options, 1, 1,
	"printf 'item,relation,thing\\nC,by,Wang\\nGo,by,Wang\\nC,on,systems\\nGo,on,systems\\n' | zhifang rec fit-graph - --by transe --all --model graph.model", run_fit,
};

/* ---- related ---- */

struct asking {
	struct command *c;
	struct graph_embedding m;
	uint32_t thing, relation; /* relation: m.relation.rows: none is given */
	bool back, *left_out;     /* (things) */
	float *scores;
};

static int read_question(struct asking *a)
{
	struct command *c = a->c;
	const char *relation = command_text(c, "--relation"), *thing = command_text(c, "--thing");

	a->thing = names_number(a->m.thing_names, a->m.thing.rows, text_of(thing));
	if (a->thing == a->m.thing.rows)
		return command_refuse(c, thing, "is no thing of the graph");
	a->relation = relation ? names_number(a->m.relation_names, a->m.relation.rows, text_of(relation)) : (uint32_t)a->m.relation.rows;
	if (relation && a->relation == a->m.relation.rows)
		return command_refuse(c, relation, "is no relation of the graph");
	a->back = command_has(c, "--back");
	if (!relation && (a->back || c->count))
		return command_refuse(c, a->back ? "--back" : c->words[0], "wants a --relation");
	return 0;
}

/* What FILE says already */
static int leave_out(struct asking *a)
{
	struct triples *t = ARENA_NEW(a->c->arena, struct triples);
	int status;

	a->left_out[a->thing] = true;
	if (!a->c->count)
		return 0;
	if (command_has(a->c, "--numbers") != !a->m.thing_names)
		return command_refuse(a->c, "--numbers", a->m.thing_names ? "was not there when the graph was learned" : "was there when the graph was learned");
	status = load_graph(a->c, a->m.thing_names, (uint32_t)a->m.thing.rows, t);
	for (size_t i = 0; !status && i < t->count; i++) {
		uint32_t given = a->back ? t->tail[i] : t->head[i], other = a->back ? t->head[i] : t->tail[i];
		char number[TEXT_INT_MAX];

		if (given == a->thing && other < a->m.thing.rows
		    && names_number(a->m.relation_names, a->m.relation.rows, names_word(t->relation_names, t->relation[i], number)) == a->relation)
			a->left_out[other] = true;
	}
	return status;
}

/* How near are vectors: their cosine */
static void score_nearness(struct asking *a)
{
	const struct dense *m = &a->m.thing;
	const float *own = dense_row(m, a->thing);

	for (uint32_t i = 0; i < m->rows; i++) {
		const float *e = dense_row(m, i);
		double length = sqrt((double)dense_dot(own, own, m->columns)) * sqrt((double)dense_dot(e, e, m->columns));

		a->scores[i] = length > 0 ? (float)((double)dense_dot(own, e, m->columns) / length) : 0;
	}
}

static void say_related(struct asking *a)
{
	struct command *c = a->c;
	size_t most = command_count(c, "--at"), things = a->m.thing.rows, left = 0;
	uint32_t *had = ARENA_ARRAY(c->arena, uint32_t, things), best[CUTOFF_MAX];
	struct command_rows rows = { "things", "thing", 24, 0 };
	const struct named head[] = { { "score", a->relation < a->m.relation.rows ? "score" : "cosine", NAN } };
	size_t count;

	for (uint32_t i = 0; i < things; i++) {
		if (a->left_out[i])
			had[left++] = i;
	}
	count = evaluate_top(a->scores, (uint32_t)things, (struct had){ had, left }, best, most);
	if (c->json)
		fprintf(c->out, "{\"by\":\"%s\",\"left_out\":%zu", kind_names[a->m.settings.kind], left);
	else
		fprintf(c->out, "%s, of %zu things; left out: %zu\n", kind_names[a->m.settings.kind], things, left);
	command_rows_begin(c, &rows, head, 1);
	for (size_t i = 0; i < count; i++) {
		const struct named cells[] = { { "score", "score", a->scores[best[i]] } };
		char number[TEXT_INT_MAX];

		command_row(c, &rows, names_word(a->m.thing_names, best[i], number), cells, 1);
	}
	command_rows_end(c);
	fputs(c->json ? "}\n" : "", c->out);
}

static int run_related(struct command *c)
{
	const char *file = command_text(c, "--model");
	struct asking a = { .c = c };
	struct saved saved;
	int status = command_model(c, file, GRAPH_EMBEDDING_SAVED, GRAPH_EMBEDDING_VERSION, &saved);
	problem why;

	if (status)
		return status;
	why = graph_embedding_load(c->arena, &saved, &a.m);
	if (why)
		return command_problem(c, file, why);
	status = read_question(&a);
	if (!status) {
		a.left_out = ARENA_ARRAY(c->arena, bool, a.m.thing.rows);
		a.scores = ARENA_ARRAY(c->arena, float, a.m.thing.rows);
		status = leave_out(&a);
	}
	if (!status) {
		if (a.relation < a.m.relation.rows)
			graph_embedding_score(&a.m, (struct graph_query){ a.thing, a.relation, a.back }, a.scores);
		else
			score_nearness(&a);
		say_related(&a);
	}
	graph_embedding_free(&a.m);
	return status;
}

static const struct command_option related_options[] = {
	{ "--model", OPTION_TEXT, "FILE", "the model, of rec fit-graph", .needed = true }, { "--thing", OPTION_TEXT, "T", "of what", .needed = true },
	{ "--relation", OPTION_TEXT, "R", "what has it by this relation; without, what is near to it in all" },
	{ "--back", OPTION_FLAG, NULL, "the other way: which have T by the relation" }, GRAPH_NUMBERS, { "--at", OPTION_COUNT, "K", "how many", 1, CUTOFF_MAX, 10 }, { NULL }
};

const struct command_kind graph_related_kind = {
	"related", "rec related [FILE] --model FILE --thing T [--relation R [--back]] [--at K] [--json]", "what is near to a thing, or probably has it by a relation",
	"What the graph FILE says already is left out. Scores tell what is above what; their size means nothing.\n" GRAPH_FILE, related_options, 0, 1,
	"printf 'item,relation,thing\\nC,by,Wang\\nGo,by,Wang\\nC,on,systems\\nGo,on,systems\\n' | zhifang rec fit-graph - --by transe --all --model graph.model && "
	"zhifang rec related --model graph.model --thing Wang --relation by --back", run_related,
};
