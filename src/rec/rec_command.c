/* rec_command.c - `zhifang rec`: which of its commands; what those that learn from a log share; and `fit`. */
#include "rec/rec.h"

#include <math.h>
#include <stdlib.h>

#include "rec/ease.h"
#include "rec/evaluating.h"
#include "rec/names.h"

int rec_command(int count, const char **words, FILE *out, FILE *err)
{
	static const struct command_kind *const kinds[] = { &evaluate_kind, &recommender_fit_kind, &recommend_kind, &explain_kind, &sequence_fit_kind, &sequence_next_kind, &similar_kind, &context_fit_kind, &context_rerank_kind, &graph_fit_kind, &graph_related_kind, NULL };
	static const struct command_group group = {
		"rec", "\nRecommenders: " REC_NAMES ". Who is the best for a log, evaluate says.\n", kinds };

	return command_group_run(&group, count, words, out, err);
}

/* ---- what several share ---- */

static void free_log(void *log) { interactions_free(log); }

static struct text word_or(const struct command *c, const char *option, const char *otherwise)
{
	return text_of(command_has(c, option) ? command_text(c, option) : otherwise);
}

int rec_problem(const struct command *c, const char *file, const struct interactions_place *where, problem why, const char *columns)
{
	struct text column = text_clip(where->column, 40);

	fprintf(c->err, "zhifang: %s", file);
	if (where->line)
		fprintf(c->err, ", line %zu", where->line);
	if (column.length)
		fprintf(c->err, ", column %.*s", TEXT_ARG(column));
	fprintf(c->err, ": %s%s\n", why->title, why == &interactions_columns ? columns : "");
	return 1;
}

/* Lines of numbers have no columns that an option may name. */
static int check_columns(const struct command *c, bool weighs)
{
	static const char *const columns[] = { "--user", "--item", "--time", "--weight" };

	for (size_t i = 0; i < sizeof columns / sizeof *columns - !weighs; i++) {
		if (command_has(c, "--adjacency") && command_has(c, columns[i]))
			return command_refuse(c, columns[i], "is a column, and with --adjacency there is none");
	}
	return 0;
}

static int load(struct command *c, const char *file, bool weighs, struct interactions *ret)
{
	struct interaction_columns columns = { word_or(c, "--user", "user"), word_or(c, "--item", "item"),
		                               weighs ? word_or(c, "--weight", NULL) : (struct text){ 0 }, word_or(c, "--time", NULL) };
	struct interactions *m = ARENA_NEW(c->arena, struct interactions);
	struct interactions_place where;
	struct text bytes;
	int status = check_columns(c, weighs);
	problem why;

	if (!status)
		status = command_bytes(c, file, INTERACTION_BYTES_MAX, &bytes);
	if (status)
		return status;
	if (command_has(c, "--adjacency"))
		why = interactions_read_adjacency(bytes, m, &where);
	else
		why = interactions_read_table(c->arena, bytes, &columns, m, &where);
	if (why)
		return rec_problem(c, file, &where, why, weighs ? " --user, --item, --weight and --time say what they are called."
		                                                : " --user, --item and --time say what they are called.");
	arena_defer(c->arena, free_log, m);
	*ret = *m;
	return 0;
}

int rec_load(struct command *c, const char *file, struct interactions *ret) { return load(c, file, true, ret); }
int rec_load_sequences(struct command *c, const char *file, struct interactions *ret) { return load(c, file, false, ret); }

int rec_read(struct command *c, const struct rec_table *t, struct interactions *ret)
{
	static const struct problem no_rows = { 422, "no-rows", "There are no rows." };
	struct interactions_place where;
	struct text bytes;
	int status = command_bytes(c, t->file, INTERACTION_BYTES_MAX, &bytes);
	problem why = status ? NULL : interactions_read_table(c->arena, bytes, &t->columns, ret, &where);

	if (why)
		return rec_problem(c, t->file, &where, why == &interactions_none ? &no_rows : why, t->called);
	return status;
}

int rec_twice(const struct command *c, const char *file, const struct interactions *m)
{
	size_t k = 0;

	while (m->user[k] == k)
		k++; /* users get numbers as they come */
	fprintf(c->err, "zhifang: %s: %.*s: stands there twice\n", file, TEXT_ARG(text_clip(m->user_names[m->user[k]], 40)));
	return 1;
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

static uint32_t count_or(const struct command *c, const char *option, uint32_t otherwise)
{
	return command_has(c, option) ? (uint32_t)command_count(c, option) : otherwise;
}

static double number_or(const struct command *c, const char *option, double otherwise)
{
	return command_has(c, option) ? command_number(c, option) : otherwise;
}

static void factor_options(const struct command *c, struct recommender_options *o)
{
	o->als.factors = count_or(c, "--factors", 64);
	o->als.epochs = count_or(c, "--epochs", o->als.epochs);
	o->als.w0 = command_number(c, "--w0");
	o->als.lambda = number_or(c, "--regularise", o->als.lambda);
	o->prior = command_number(c, "--prior");
	o->als.seed = o->gfcf.seed = o->ratings.seed = command_count(c, "--seed");
	o->gfcf.factors = (uint32_t)command_count(c, "--waves");
	o->gfcf.alpha = command_number(c, "--smooth");
	o->ratings.factors = count_or(c, "--factors", o->ratings.factors);
	o->ratings.epochs = count_or(c, "--epochs", o->ratings.epochs);
	o->ratings.lambda = number_or(c, "--regularise", o->ratings.lambda);
}

int rec_options(const struct command *c, const char *name, struct recommender_options *ret)
{
	struct recommender_options o = { .als = als_usual, .gfcf = gfcf_usual, .ratings = ratings_usual };

	for (int k = 1; k < REC_KINDS; k++) {
		if (!strcmp(name, recommender_names[k]))
			o.kind = (enum recommender_kind)k;
	}
	if (!o.kind)
		return command_refuse(c, name, "is no recommender: " REC_NAMES);
	if (o.kind == REC_RATINGS && !command_has(c, "--weight"))
		return command_refuse(c, name, "wants --weight: the column of stars");
	o.half_life = command_number(c, "--half-life");
	o.lambda = command_number(c, "--lambda");
	o.keep = (uint32_t)command_count(c, "--keep");
	o.shrink = command_number(c, "--shrink");
	o.alpha = command_number(c, "--alpha");
	o.beta = command_number(c, "--beta");
	o.neighbours = (uint32_t)command_count(c, "--neighbours");
	factor_options(c, &o);
	*ret = o;
	return 0;
}

/* Alone, or in a blend */
static bool has_name(struct text by, const char *name)
{
	while (by.at) {
		if (text_eq(text_cut(&by, '+'), text_of(name)))
			return true;
	}
	return false;
}

bool rec_is_by(const struct command *c, enum recommender_kind kind)
{
	for (int i = 0; i < c->given_count; i++) {
		if (!strcmp(c->given[i].option->name, "--by") && has_name(text_of(c->given[i].word), recommender_names[kind]))
			return true;
	}
	return false;
}

/* The weight of a pair, and whose it is */
static void say_pair(const struct command *c, const struct interactions *m, const struct sparse *x, size_t k)
{
	char user[TEXT_INT_MAX], item[TEXT_INT_MAX], six[32];
	uint32_t u = 0;

	while (x->start[u + 1] <= k)
		u++;
	fprintf(c->err, "%s (%.*s, %.*s)", command_six((double)x->weight[k], six), TEXT_ARG(text_clip(names_word(m->user_names, u, user), 40)),
	        TEXT_ARG(text_clip(names_word(m->item_names, x->column[k], item), 40)));
}

int rec_weights_problem(const struct command *c, const char *what, problem why, const struct interactions *m, const struct sparse *x)
{
	size_t least = 0, most = 0;

	if (!x->weight || !sparse_count(x))
		return command_problem(c, what, why);
	for (size_t k = 1; k < sparse_count(x); k++) {
		least = x->weight[k] < x->weight[least] ? k : least;
		most = x->weight[k] > x->weight[most] ? k : most;
	}
	fprintf(c->err, "zhifang: %s: %s Weights of --weight %s go from ", what, why->title, command_text(c, "--weight"));
	say_pair(c, m, x, least);
	fputs(" to ", c->err);
	say_pair(c, m, x, most);
	fputs(".\n", c->err);
	return 1;
}

static bool is_of_weights(problem why)
{
	return why == &neighbours_unfit || why == &gfcf_unfit || why == &als_no_numbers || why == &ratings_no_numbers || why == &ease_broken;
}

static int fit_problem(const struct rec_learning *l, const struct recommender_options *o, problem why)
{
	CLEANUP(sparse_free) struct sparse x = { 0 };

	if (!is_of_weights(why))
		return command_problem(l->c, recommender_names[o->kind], why);
	(o->kind == REC_RATINGS ? sparse_latest : sparse_of)(l->m, l->parts, PART_TRAIN, &x);
	return rec_weights_problem(l->c, recommender_names[o->kind], why, l->m, &x);
}

int rec_fit(const struct rec_learning *l, const struct recommender_options *o, struct recommender *ret)
{
	const char *name = recommender_names[o->kind];
	struct command_progress progress;
	problem why;

	if (command_memory(l->c, name, recommender_bytes(o, l->m, threads_count(l->threads))))
		return 1;
	command_progress_begin(&progress, l->c, name);
	why = recommender_fit(l->threads, l->m, l->parts, PART_TRAIN, o, &progress.hook, ret);
	command_progress_end(&progress);
	return why ? fit_problem(l, o, why) : 0;
}

/* ---- fit ---- */

static const struct problem file_large = { 413, "file-large", "The model would be a file of more than 2 GB: fewer factors, or ids without gaps." };

/* Factors are so many before anything is learned, and learning them may take long: said first. What other models keep is said when it is known. */
static int check_file(const struct command *c, const struct recommender_options *o, const struct interactions *m)
{
	size_t each = o->kind == REC_ALS ? o->als.factors : o->kind == REC_RATINGS ? o->ratings.factors + 1 : 0, factors = ((size_t)m->users + m->items) * each;

	return factors > COMMAND_MODEL_MAX / sizeof(float) ? command_problem(c, recommender_names[o->kind], &file_large) : 0;
}

/* What is to be kept: `by` as it was typed, one alone where blend.count is 0 */
struct keeping {
	const char *by;
	struct evaluating e;
	struct recommender_options o;
	struct blended blend;
};

static int check_by(const struct command *c, struct keeping *k)
{
	static const char *const held_back[] = { "--split", "--test", "--at", "--liked", "--least-known" };

	if (rec_is_blend(k->by)) {
		if (command_has(c, "--liked") && !command_has(c, "--weight"))
			return command_refuse(c, "--liked", "wants --weight");
		return rec_blend_names(c, k->by, &k->blend);
	}
	for (size_t i = 0; i < sizeof held_back / sizeof *held_back; i++) {
		if (command_has(c, held_back[i]))
			return command_refuse(c, held_back[i], "says what weights are fitted on, and one alone has none");
	}
	return rec_options(c, k->by, &k->o);
}

static int check_files(const struct command *c, const struct keeping *k)
{
	struct recommender_options o;
	int status = k->blend.count ? 0 : check_file(c, &k->o, &k->e.m);

	for (size_t i = 0; i < k->blend.count && !status; i++) {
		status = rec_options(c, k->blend.names[i], &o);
		if (!status)
			status = check_file(c, &o, &k->e.m);
	}
	return status;
}

static int load_all(struct command *c, struct keeping *k)
{
	int status = check_by(c, k);

	if (!status)
		status = rec_load(c, c->words[0], &k->e.m);
	if (!status)
		status = rec_content_load(c, &k->e.m, &k->e.content);
	if (!status)
		status = check_files(c, k);
	return status ? status : rec_graph_load(c, &k->e.m, &k->e.graph);
}

static int fit(struct keeping *k, struct recommender *ret)
{
	int status;

	if (k->blend.count)
		return rec_blend_keep(&k->e, &k->blend, ret);
	k->o.features = k->e.graph.features;
	k->o.terms = k->e.content.terms;
	status = rec_fit(&(struct rec_learning){ k->e.c, k->e.threads, &k->e.m, NULL }, &k->o, ret);
	k->e.from_terms = ret->from_terms;
	return status;
}

static void say_kept(const struct keeping *k, size_t bytes)
{
	const struct command *c = k->e.c;

	fputs(c->json ? "{" : "", c->out);
	rec_say_log(c, &k->e.m);
	rec_say_graph(c, &k->e.graph);
	rec_say_content(c, &k->e.content, k->e.from_terms);
	if (c->json)
		fprintf(c->out, ",\"recommender\":\"%s\",\"bytes\":%zu", k->by, bytes);
	else
		fprintf(c->out, "%s, %zu kB as a file\n", k->by, (bytes + 1023) / 1024);
	fputs(c->json && k->blend.count ? ",\"blend\":" : "", c->out);
	if (k->blend.count)
		rec_say_blend(c, k->by, &k->blend);
	fputs(c->json ? "}\n" : "", c->out);
}

static int run_fit(struct command *c)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(command_count(c, "--threads"));
	CLEANUP(recommender_free) struct recommender r = { 0 };
	CLEANUP(buffer_free) struct buffer model = BUFFER(COMMAND_MODEL_MAX);
	struct keeping *k = ARENA_NEW(c->arena, struct keeping);
	int status;

	*k = (struct keeping){ .by = command_text(c, "--by"), .e = { .c = c, .threads = threads } };
	status = load_all(c, k);
	if (!status)
		status = fit(k, &r);
	if (status)
		return status;
	recommender_save(&r, &model);
	status = command_save(c, command_text(c, "--model"), &model);
	if (!status)
		say_kept(k, model.length);
	return status;
}

static const struct command_option fit_options[] = {
	{ "--by", OPTION_TEXT, "NAME", "which recommender, or several as one, als+ease", .needed = true },
	{ "--model", OPTION_TEXT, "FILE", "the model, as a file", .needed = true }, REC_HELD_BACK, REC_LOG, REC_GRAPH, REC_CONTENT, REC_OPTIONS, { NULL }
};

const struct command_kind recommender_fit_kind = {
	"fit", "rec fit FILE --by NAME --model FILE [--json]", "learn from a log, and keep what was learned",
	REC_FILE REC_GRAPH_SAID REC_CONTENT_SAID
	"Several as one: weights are fitted on a part of FILE that is held back, as --split, --test, --at, --liked and --least-known say; then all learn from\n"
	"the whole of it. What has a weight of 0 is not kept.\n", fit_options, 1, 1,
	"printf 'user,item\\na,x\\na,y\\nb,x\\nb,y\\nc,x\\nc,y\\nd,x\\nd,y\\n' | zhifang rec fit - --by item-knn+popularity --split users --test .5 --model shop.model && zhifang rec recommend --model shop.model --had x", run_fit,
};
