/* rec_command.c - `zhifang rec`: which of its commands; and `evaluate` and `fit`, which learn from a log. */
#include "rec/rec.h"

#include <math.h>
#include <stdlib.h>

#include "rec/command_parts.h"

int rec_command(int count, const char **words, FILE *out, FILE *err)
{
	static const struct command_kind *const kinds[] = { &evaluate_kind, &recommender_fit_kind, &recommend_kind, &explain_kind, &sequence_fit_kind, &sequence_next_kind, &similar_kind, NULL };
	static const struct command_group group = {
		"rec", "\nRecommenders: popularity, ease, item-knn, rp3beta, user-knn, als. Who is the best for a log, evaluate says.\n", kinds };

	return command_group_run(&group, count, words, out, err);
}

/* ---- what several share ---- */

static void free_log(void *log) { interactions_free(log); }

static struct text word_or(const struct command *c, const char *option, const char *otherwise)
{
	return text_of(command_has(c, option) ? command_text(c, option) : otherwise);
}

int rec_problem(const struct command *c, const char *file, size_t line, problem why, const char *columns)
{
	fprintf(c->err, "zhifang: %s", file);
	if (line)
		fprintf(c->err, ", line %zu", line);
	fprintf(c->err, ": %s%s\n", why->title, why == &interactions_columns ? columns : "");
	return 1;
}

/* Lines of numbers have no columns that an option may name. */
static int check_columns(const struct command *c)
{
	static const char *const columns[] = { "--user", "--item", "--weight", "--time" };

	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
		if (command_has(c, "--adjacency") && command_has(c, columns[i]))
			return command_refuse(c, columns[i], "is a column, and with --adjacency there is none");
	}
	return 0;
}

int rec_load(struct command *c, const char *file, struct interactions *ret)
{
	struct interaction_columns columns = { word_or(c, "--user", "user"), word_or(c, "--item", "item"), word_or(c, "--weight", NULL),
		                               word_or(c, "--time", NULL) };
	struct interactions *m = ARENA_NEW(c->arena, struct interactions);
	struct text bytes;
	size_t line = 0;
	int status = check_columns(c);
	problem why;

	if (!status)
		status = command_bytes(c, file, INTERACTION_BYTES_MAX, &bytes);
	if (status)
		return status;
	if (command_has(c, "--adjacency"))
		why = interactions_read_adjacency(bytes, m, &line);
	else
		why = interactions_read_table(c->arena, bytes, &columns, m, &line);
	if (why)
		return rec_problem(c, file, line, why, " --user, --item, --weight and --time say what they are called.");
	arena_defer(c->arena, free_log, m);
	*ret = *m;
	return 0;
}

void rec_say_log(const struct command *c, const struct interactions *m)
{
	int64_t first = INT64_MAX, last = INT64_MIN;

	for (size_t i = 0; m->time && i < m->count; i++) {
		first = m->time[i] < first ? m->time[i] : first;
		last = m->time[i] > last ? m->time[i] : last;
	}
	if (c->json)
		fprintf(c->out, "\"rows\":%zu,\"users\":%u,\"items\":%u", m->count, m->users, m->items);
	else
		fprintf(c->out, "log: %zu row%s, %u user%s, %u item%s", m->count, command_s(m->count), m->users, command_s(m->users), m->items, command_s(m->items));
	if (m->time)
		fprintf(c->out, c->json ? ",\"since\":%lld,\"until\":%lld" : ", time %lld to %lld", (long long)first, (long long)last);
	fputs(c->json ? "" : m->time ? "\n" : ", no times\n", c->out);
}

int rec_options(const struct command *c, const char *name, struct recommender_options *ret)
{
	struct recommender_options o = { .als = als_usual };

	for (int k = 1; k < REC_KINDS; k++) {
		if (!strcmp(name, recommender_names[k]))
			o.kind = (enum recommender_kind)k;
	}
	if (!o.kind)
		return command_refuse(c, name, "is no recommender: popularity, ease, item-knn, rp3beta, user-knn, als");
	o.half_life = command_number(c, "--half-life");
	o.lambda = command_number(c, "--lambda");
	o.keep = (uint32_t)command_count(c, "--keep");
	o.shrink = command_number(c, "--shrink");
	o.alpha = command_number(c, "--alpha");
	o.beta = command_number(c, "--beta");
	o.neighbours = (uint32_t)command_count(c, "--neighbours");
	o.als.factors = (uint32_t)command_count(c, "--factors");
	o.als.epochs = (uint32_t)command_count(c, "--epochs");
	o.als.w0 = command_number(c, "--w0");
	o.als.lambda = command_number(c, "--regularise");
	o.als.seed = command_count(c, "--seed");
	*ret = o;
	return 0;
}

static int fit(struct command *c, struct threads *threads, const struct interactions *m, const uint8_t *parts,
               const struct recommender_options *o, struct recommender *ret)
{
	const char *name = recommender_names[o->kind];
	struct command_progress progress;
	problem why;

	if (command_memory(c, name, recommender_bytes(o, m, threads_count(threads))))
		return 1;
	command_progress_begin(&progress, c, name);
	why = recommender_fit(threads, m, parts, PART_TRAIN, o, &progress.hook, ret);
	command_progress_end(&progress);
	return why ? command_problem(c, name, why) : 0;
}

/* ---- evaluate ---- */

struct evaluating {
	struct command *c;
	struct threads *threads;
	struct interactions m;
	uint8_t *parts;
	struct split split;
	const char *how;
	struct sparse known, test;
	struct rec_graph graph;
	size_t unwanted; /* left out of the test */
	struct trial trial;
};

static int split_log(struct evaluating *e)
{
	const struct command *c = e->c;
	const char *how = command_text(c, "--split");
	double share = command_number(c, "--test");
	problem why;

	e->how = how ? how : e->m.time ? "time" : "users";
	e->parts = ARENA_ARRAY(c->arena, uint8_t, e->m.count);
	if (!strcmp(e->how, "time"))
		why = split_by_time(&e->m, 0, share, e->parts, &e->split);
	else if (!strcmp(e->how, "last"))
		why = split_leave_last(&e->m, false, e->parts, &e->split);
	else if (!strcmp(e->how, "users"))
		why = split_users(&e->m, share, command_count(c, "--seed"), e->parts, &e->split);
	else
		return command_refuse(c, e->how, "is no split: time, last, users");
	return why ? command_problem(c, c->words[0], why) : 0;
}

static int judge(struct evaluating *e, const char *name, struct evaluation *ret)
{
	CLEANUP(recommender_free) struct recommender r = { 0 };
	struct recommender_scorer self = { &r, &e->known, strcmp(e->how, "users") != 0 };
	struct recommender_options o;
	int status = rec_options(e->c, name, &o);

	o.features = e->graph.features;
	if (!status)
		status = fit(e->c, e->threads, &e->m, e->parts, &o, &r);
	if (!status)
		evaluate(e->threads, &e->trial, &(struct scorer){ recommender_scorer_score, &self }, NULL, ret);
	return status;
}

/* What a row of a weight of 0 or below says is that it was not wanted: who shows it has hit nothing. */
static size_t leave_unwanted(struct sparse *test)
{
	size_t from = 0, to = 0;

	for (uint32_t r = 0; test->weight && r < test->rows; r++) {
		size_t end = test->start[r + 1];

		test->start[r] = to;
		for (; from < end; from++) {
			if (!(test->weight[from] > 0))
				continue;
			test->column[to] = test->column[from];
			if (test->time)
				test->time[to] = test->time[from];
			test->weight[to++] = test->weight[from];
		}
	}
	if (test->weight)
		test->start[test->rows] = to;
	return from - to;
}

static void say_split_json(const struct evaluating *e, const struct evaluation *judged)
{
	FILE *out = e->c->out;
	const struct split *s = &e->split;

	fprintf(out, ",\"split\":\"%s\",\"train\":%zu,\"known\":%zu,\"test\":%zu", e->how, s->train, s->known, s->test);
	if (!strcmp(e->how, "time"))
		fprintf(out, ",\"test_since\":%lld", (long long)s->since);
	fputs(",", out);
	command_json_number(out, "tied", s->tied);
	fprintf(out, ",\"unwanted\":%zu,\"judged\":%zu,\"nothing_known\":%zu,\"nothing_new\":%zu,\"few_known\":%zu,\"repeated\":%zu", e->unwanted,
	        judged->users, judged->nothing_known, judged->nothing_new, judged->few_known, judged->repeated);
}

static void say_split(const struct evaluating *e, const struct evaluation *judged)
{
	const struct command *c = e->c;
	const struct split *s = &e->split;

	fprintf(c->out, "split by %s: %zu row%s learned from", e->how, s->train, command_s(s->train));
	if (s->known)
		fprintf(c->out, ", %zu told of others", s->known);
	fprintf(c->out, ", %zu asked", s->test);
	if (!strcmp(e->how, "time"))
		fprintf(c->out, ", from time %lld on", (long long)s->since);
	if (s->tied > 0)
		fprintf(c->out, "; the order of rows decided for %.3g %% of the users", 100 * s->tied);
	if (e->unwanted)
		fprintf(c->out, "\nnot wanted: %zu of what is asked has a weight of 0 or below, and is no hit", e->unwanted);
	fprintf(c->out, "\njudged: %zu users; left out: %zu without anything new, %zu with too little before; %zu repeats\n", judged->users,
	        judged->nothing_new, judged->few_known, judged->repeated);
	if (judged->nothing_known)
		fprintf(c->out, "of %zu of them nothing is known: each recommender shows them what is popular (--least-known 1 leaves them out)\n",
		        judged->nothing_known);
	fputs("\n", c->out);
}

static void say_measures(const struct evaluating *e, const char *const *names, const struct evaluation *judged, size_t count)
{
	struct command_rows rows = { "recommenders", "recommender", 14, 0 };

	for (size_t i = 0; i < count; i++) {
		const struct measures *m = &judged[i].at[0];
		const struct named cells[] = { { "recall", "recall", m->recall }, { "ndcg", "NDCG", m->ndcg }, { "hit_rate", "hit rate", m->hit_rate },
			                       { "mrr", "MRR", m->mrr }, { "coverage", "coverage", m->coverage }, { "novelty", "novelty", m->novelty },
			                       { "gini", "Gini", m->gini } };
		enum { CELLS = sizeof cells / sizeof *cells };

		if (i == 0)
			command_rows_begin(e->c, &rows, cells, CELLS);
		command_row(e->c, &rows, text_of(names[i]), cells, CELLS);
	}
	command_rows_end(e->c);
}

static int evaluate_all(struct evaluating *e)
{
	const char *names[COMMAND_GIVEN_MAX + 1] = { "popularity" };
	struct evaluation judged[COMMAND_GIVEN_MAX + 1];
	const struct command *c = e->c;
	size_t count = 1;
	int status = 0;

	for (int i = 0; i < c->given_count; i++) {
		if (!strcmp(c->given[i].option->name, "--by") && strcmp(c->given[i].word, names[0]) != 0)
			names[count++] = c->given[i].word;
	}
	for (size_t i = 0; i < count && !status; i++)
		status = judge(e, names[i], &judged[i]);
	if (status)
		return status;
	fputs(c->json ? "{" : "", c->out);
	rec_say_log(c, &e->m);
	rec_say_graph(c, &e->graph);
	(c->json ? say_split_json : say_split)(e, &judged[0]);
	fprintf(c->out, c->json ? ",\"at\":%zu" : "the first %zu, of all that each had not had:\n", e->trial.cutoffs[0]);
	say_measures(e, names, judged, count);
	fputs(c->json ? "}\n" : "", c->out);
	return 0;
}

static int run_evaluate(struct command *c)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(command_count(c, "--threads"));
	struct evaluating e = { .c = c, .threads = threads };
	int status = rec_load(c, c->words[0], &e.m);

	if (!status)
		status = rec_graph_load(c, &e.m, &e.graph);
	if (!status)
		status = split_log(&e);
	if (status)
		return status;
	sparse_of(&e.m, e.parts, PART_TRAIN | PART_KNOWN, &e.known);
	sparse_of(&e.m, e.parts, PART_TEST, &e.test);
	e.unwanted = leave_unwanted(&e.test);
	e.trial = (struct trial){ &e.known, &e.test, { command_count(c, "--at") }, command_count(c, "--least-known") };
	status = evaluate_all(&e);
	sparse_free(&e.known);
	sparse_free(&e.test);
	return status;
}

static const struct command_option evaluate_options[] = {
	{ "--by", OPTION_TEXT, "NAME", "a recommender; popularity is always there", .many = true },
	{ "--split", OPTION_TEXT, "HOW", "time: one moment for all; last: each user's last; users: whole users (time without, where there are times)" },
	{ "--test", OPTION_NUMBER, "P", "share of rows, or of users, that are asked", .001, .9, .2 },
	{ "--at", OPTION_COUNT, "K", "how many are shown", 1, CUTOFF_MAX, 20 },
	{ "--least-known", OPTION_COUNT, "N", "users who had less before are not judged", 0, 1000 }, REC_LOG, REC_GRAPH, REC_OPTIONS, { NULL }
};

const struct command_kind evaluate_kind = {
	"evaluate", "rec evaluate FILE [--by NAME ...] [--split HOW] [--at K] [--json]", "how good is a recommender on what came later",
	REC_FILE REC_GRAPH_SAID "Every item that a user has not had is ranked, none is sampled.\n", evaluate_options, 1, 1,
	"printf 'user,item\\na,x\\na,y\\nb,x\\nb,y\\nc,x\\nc,y\\n' | zhifang rec evaluate - --split last --by item-knn --at 1", run_evaluate,
};

/* ---- fit ---- */

static const struct problem file_large = { 413, "file-large", "The model would be a file of more than 2 GB: fewer factors, or ids without gaps." };

/* Factors are so many before anything is learned, and learning them may take long: said first. What other models keep is said when it is known. */
static int check_file(const struct command *c, const struct recommender_options *o, const struct interactions *m)
{
	size_t factors = ((size_t)m->users + m->items) * o->als.factors;

	return o->kind == REC_ALS && factors > COMMAND_MODEL_MAX / sizeof(float) ? command_problem(c, recommender_names[o->kind], &file_large) : 0;
}

static int run_fit(struct command *c)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(command_count(c, "--threads"));
	CLEANUP(recommender_free) struct recommender r = { 0 };
	CLEANUP(buffer_free) struct buffer model = BUFFER(COMMAND_MODEL_MAX);
	struct recommender_options o;
	struct interactions m;
	struct rec_graph graph;
	int status = rec_options(c, command_text(c, "--by"), &o);

	if (!status)
		status = rec_load(c, c->words[0], &m);
	if (!status)
		status = check_file(c, &o, &m);
	if (!status)
		status = rec_graph_load(c, &m, &graph);
	if (status)
		return status;
	o.features = graph.features;
	status = fit(c, threads, &m, NULL, &o, &r);
	if (status)
		return status;
	recommender_save(&r, &model);
	status = command_save(c, command_text(c, "--model"), &model);
	if (status)
		return status;
	fputs(c->json ? "{" : "", c->out);
	rec_say_log(c, &m);
	rec_say_graph(c, &graph);
	if (c->json)
		fprintf(c->out, ",\"recommender\":\"%s\",\"bytes\":%zu}\n", recommender_names[o.kind], model.length);
	else
		fprintf(c->out, "%s, %zu kB as a file\n", recommender_names[o.kind], (model.length + 1023) / 1024);
	return 0;
}

static const struct command_option fit_options[] = {
	{ "--by", OPTION_TEXT, "NAME", "which recommender", .needed = true },
	{ "--model", OPTION_TEXT, "FILE", "the model, as a file", .needed = true }, REC_LOG, REC_GRAPH, REC_OPTIONS, { NULL }
};

const struct command_kind recommender_fit_kind = {
	"fit", "rec fit FILE --by NAME --model FILE [--json]", "learn from a log, and keep what was learned", REC_FILE REC_GRAPH_SAID, fit_options, 1, 1,
	"printf 'user,item\\na,x\\na,y\\nb,x\\nb,y\\n' | zhifang rec fit - --by ease --lambda 1 --model shop.model", run_fit,
};
