/* tree_command.c - `zhifang mine tree`, `forest` and `boost`: learn, judge, say which columns the trees lean on; and `mine predict`, which asks
 * a kept model of any kind about the rows of a file. */
#include "mine/boost.h"
#include "mine/classify_command.h"
#include "mine/score.h"
#include "mine/tree.h"
#include "num/memory.h"

#include <math.h>
#include <stdlib.h>

enum { NAME_WIDTH = 30, NODE_TWICE = 2 * TREE_NODE_BYTES /* while trees are joined */, NODES_OF_ROW = 72 /* at most 1.26 nodes */ };

#define TREES_OPTIONS \
	{ "--top", OPTION_COUNT, "N", "so many columns, by what they gain", 0, 256, 20 }, \
	{ "--permute", OPTION_COUNT, "N", "how much AUC falls without a column, from N rounds", 0, 1000, 0 }, \
	{ "--bins", OPTION_FLAG, NULL, "what was said and what was seen, by tenths of the chance" }, \
	ASK_OPTIONS, COMMAND_MODEL, COMMAND_SEED, COMMAND_THREADS, LEARN_OPTIONS

struct growing {
	struct learning l;
	struct threads *threads;
	struct trees t;
	const char *name;
	double *chance, *gain, *loss; /* of the rows to judge by; of the columns */
};

/* ---- files ---- */

static int save(struct command *c, const struct growing *g)
{
	const char *file = command_text(c, "--model");
	CLEANUP(buffer_free) struct buffer b = BUFFER(COMMAND_MODEL_MAX);

	if (!file)
		return 0;
	saved_begin(&b, TREES_KIND, TREES_VERSION);
	encoder_save(&g->l.encoder, &b);
	trees_save(&g->t, &b);
	saved_end(&b);
	return command_save(c, file, &b);
}

struct kept {
	struct encoder encoder;
	struct trees t;
};

static void reasons_of(const struct asking *a, size_t row)
{
	const struct kept *k = a->model;
	double value[CSV_COLUMNS_MAX];

	for (size_t j = 0; j < k->encoder.count; j++)
		value[j] = a->f.ord[j * a->f.rows + row];
	trees_reasons(&k->t, value, a->reason);
}

static const char TREE_NAME[] = "a decision tree", FOREST_NAME[] = "a random forest", BOOST_NAME[] = "gradient boosting";

/* A forest of one tree is a tree. */
static const char *model_name(const struct trees *t)
{
	return t->sum == TREES_LOG_ODDS ? BOOST_NAME : t->count == 1 ? TREE_NAME : FOREST_NAME;
}

static int ask(struct command *c, const char *file, const struct saved *saved)
{
	struct kept k;
	struct asking a;
	struct threads *threads;
	problem why = encoder_load(c->arena, saved, &k.encoder);
	int status;

	if (!why)
		why = trees_load(c->arena, saved, k.encoder.count, &k.t);
	if (why)
		return command_problem(c, file, why);
	status = ask_load(c, &k.encoder, &a);
	if (status)
		return status;
	a.model = &k;
	a.name = model_name(&k.t);
	a.reasons = reasons_of;
	threads = threads_start(command_count(c, "--threads"));
	why = trees_chances(&k.t, &a.f, threads, a.chance);
	threads_stop(threads);
	if (why)
		return command_problem(c, file, why);
	ask_say(&a);
	return 0;
}

static int use(struct command *c)
{
	const char *file = command_text(c, "--use");
	struct saved saved;
	int status;

	if (command_text(c, "--label") || command_text(c, "--model"))
		return command_refuse(c, "--use", "stands without --label and --model");
	status = command_model(c, file, TREES_KIND, TREES_VERSION, &saved);
	return status ? status : ask(c, file, &saved);
}

/* ---- what is said ---- */

/* The column that gains most of those not yet said. */
static size_t next_column(double *gain, size_t columns)
{
	size_t best = 0;

	for (size_t j = 1; j < columns; j++)
		best = gain[j] > gain[best] ? j : best;
	return best;
}

static void say_columns(const struct growing *g)
{
	static const struct named heads[] = { { "gain", "gain", 0 }, { "auc_loss", "AUC falls by", 0 } };
	struct command *c = g->l.c;
	size_t top = command_count(c, "--top"), cells = g->loss ? 2 : 1;
	struct command_rows rows = { "importance", "column", NAME_WIDTH, 0 };

	fputs(c->json ? "" : "\n", c->out);
	command_rows_begin(c, &rows, heads, cells);
	for (size_t n = 0; n < top && n < g->t.columns; n++) {
		size_t j = next_column(g->gain, g->t.columns);

		command_row(c, &rows, g->l.encoder.feature[j].name, (struct named[]){ { "gain", NULL, g->gain[j] }, { "auc_loss", NULL, g->loss ? g->loss[j] : NAN } },
		            cells);
		g->gain[j] = -1;
	}
	command_rows_end(c);
}

static int say_bins(const struct growing *g)
{
	static const struct named heads[] = { { "rows", "rows", 0 }, { "said", "said", 0 }, { "seen", "seen", 0 } };
	struct command *c = g->l.c;
	struct command_rows rows = { "bins", "chance", NAME_WIDTH, 0 };
	struct score s;
	problem why = score_chances(g->chance, g->l.part[1].label, g->l.part[1].rows, &s);

	if (why)
		return command_problem(c, "--bins", why);
	fputs(c->json ? "" : "\n", c->out);
	command_rows_begin(c, &rows, heads, 3);
	for (int k = 0; k < SCORE_BINS; k++) {
		const struct score_bin *b = &s.bin[k];

		if (b->rows)
			command_row(c, &rows, arena_format(c->arena, "%.1f to %.1f", k / 10., (k + 1) / 10.),
			            (struct named[]){ { "rows", NULL, (double)b->rows }, { "said", NULL, b->said }, { "seen", NULL, b->seen } }, 3);
	}
	command_rows_end(c);
	return 0;
}

static void say_size(const struct growing *g)
{
	size_t leaves = (g->t.nodes + g->t.count) / 2;

	if (g->l.c->json)
		fprintf(g->l.c->out, ",\"trees\":%zu,\"leaves\":%zu", g->t.count, leaves);
	else
		fprintf(g->l.c->out, "trees: %zu, leaves: %zu\n", g->t.count, leaves);
}

/* ---- the tree itself ---- */

/* All that a threshold midway between two numbers of a file has, and none of its rounding */
static const char *threshold_word(double x, char out[32])
{
	snprintf(out, 32, "%.15g", x);
	return out;
}

/* What an answer of yes is: "visits <= 3.5" or, of words, the first ones up to one of them. */
static struct text question_of(const struct growing *g, const struct tree_node *n, bool yes)
{
	const struct feature *f = &g->l.encoder.feature[n->feature];
	struct arena *arena = g->l.c->arena;
	const char *holes = (n->holes_left != 0) == yes ? " or a hole" : "";
	char number[32];

	if (isinf(n->threshold))
		return arena_format(arena, yes ? "%.*s is there" : "%.*s is a hole", TEXT_ARG(f->name));
	if (!f->is_words)
		return arena_format(arena, "%.*s %s %s%s", TEXT_ARG(f->name), yes ? "<=" : ">", threshold_word(n->threshold, number),
		                    g->l.report.hole_cells ? holes : "");
	return arena_format(arena, "%.*s %s %.*s", TEXT_ARG(f->name), yes ? "up to" : "after", TEXT_ARG(f->levels[(size_t)n->threshold]));
}

static void say_node(const struct growing *g, uint32_t at, struct text question, int depth)
{
	char share[32];
	struct command *c = g->l.c;

	if (c->json) {
		fprintf(c->out, "%s{\"node\":%u,\"question\":", at ? "," : "", at);
		command_json_text(c->out, question);
		fprintf(c->out, ",\"left\":%u,\"rows\":%.0f,", g->t.node[at].left, (double)g->t.cover[at]);
		command_json_number(c->out, "share", (double)g->t.value[at]);
		fputs("}", c->out);
		return;
	}
	fprintf(c->out, "%*s%.*s: %s of %.0f%s\n", 2 * depth, "", TEXT_ARG(question), command_six((double)g->t.value[at], share), (double)g->t.cover[at],
	        g->t.node[at].left ? "" : ".");
}

/* To the depth that is wished, left before right: at most so many levels of recursion. */
static void say_below(const struct growing *g, uint32_t at, int depth)
{
	const struct tree_node *n = &g->t.node[at];

	if (!n->left || depth >= (int)command_count(g->l.c, "--show"))
		return;
	say_node(g, n->left, question_of(g, n, true), depth + 1);
	say_below(g, n->left, depth + 1);
	say_node(g, n->left + 1, question_of(g, n, false), depth + 1);
	say_below(g, n->left + 1, depth + 1);
}

static void say_tree(const struct growing *g)
{
	struct command *c = g->l.c;

	fputs(c->json ? ",\"tree\":[" : "\n", c->out);
	say_node(g, 0, TEXT("all"), 0);
	say_below(g, 0, 0);
	fputs(c->json ? "]" : "", c->out);
}

/* ---- learning ---- */

static problem judge(struct growing *g)
{
	struct command *c = g->l.c;
	const struct frame *test = &g->l.part[1];
	size_t rounds = command_count(c, "--permute");
	problem why;

	g->chance = FRAME_ARRAY(c->arena, double, test->rows);
	g->gain = FRAME_ARRAY(c->arena, double, g->t.columns);
	trees_gains(&g->t, g->gain);
	why = trees_chances(&g->t, test, g->threads, g->chance);
	if (why || !rounds || !test->rows)
		return why;
	g->loss = FRAME_ARRAY(c->arena, double, g->t.columns);
	return trees_permuted(&g->t, test, (unsigned)rounds, command_count(c, "--seed"), g->threads, g->loss);
}

static int answer(struct growing *g, bool whole)
{
	struct command *c = g->l.c;
	int status;

	learn_say_head(&g->l, g->name);
	say_size(g);
	status = learn_say_score(&g->l, g->chance, NULL);
	if (!status && command_has(c, "--bins") && g->l.part[1].rows)
		status = say_bins(g);
	if (!status)
		say_columns(g);
	if (!status && whole)
		say_tree(g);
	fputs(c->json ? "}\n" : "", c->out);
	return status;
}

struct need {
	size_t least, most; /* bytes */
};

struct growth {
	const char *name;
	bool whole; /* the tree is printed */
	struct need (*memory)(const struct command *c, const struct frame *f); /* NULL: few */
	problem (*grow)(struct command *c, const struct frame *f, struct threads *threads, struct trees *ret);
};

static int learn(struct command *c, const struct growth *how)
{
	struct growing g = { .name = how->name };
	struct need need = { 0 };
	problem why;
	int status;

	if (command_has(c, "--use"))
		return use(c);
	status = learn_load(c, &g.l);
	if (!status && how->memory)
		need = how->memory(c, &g.l.part[0]);
	if (!status)
		status = command_memory_between(c, "the trees", need.least, need.most);
	if (status)
		return status;
	g.threads = threads_start(command_count(c, "--threads"));
	why = how->grow(c, &g.l.part[0], g.threads, &g.t);
	if (!why)
		why = judge(&g);
	threads_stop(g.threads);
	status = why ? command_problem(c, g.l.source.file, why) : save(c, &g);
	return status ? status : answer(&g, how->whole);
}

/* ---- tree ---- */

static const struct command_option tree_options[] = {
	{ "--leaf", OPTION_COUNT, "N", "fewest rows on a side", 1, 1e9, 20 },
	{ "--depth", OPTION_COUNT, "N", "most questions in a row; 0: no bound", 0, 1e6, 0 },
	{ "--binned", OPTION_FLAG, NULL, "thresholds between at most 255 bins of each column; so above 50000 rows" },
	{ "--show", OPTION_COUNT, "N", "so many questions deep", 0, 100, 3 },
	TREES_OPTIONS, { NULL }
};

static problem grow_tree(struct command *c, const struct frame *f, struct threads *threads, struct trees *ret)
{
	const struct tree_options o = { .leaf = (unsigned)command_count(c, "--leaf"), .depth = (unsigned)command_count(c, "--depth"), .binned = command_has(c, "--binned") };

	return tree_fit(c->arena, f, &o, threads, ret);
}

static int tree(struct command *c)
{
	static const struct growth how = { TREE_NAME, true, NULL, grow_tree };

	return learn(c, &how);
}

const struct command_kind tree_kind = {
	"tree", "mine tree FILE --label COLUMN [--leaf N] [--model OUT]\n       zhifang mine tree FILE --use MODEL [--reasons N]",
	"one tree of questions, which can be read", "A decision tree, docs/numbers/trees.md.\n" LEARN_FILE, tree_options, .words_least = 1, .words_most = 1,
	"printf 'pages,bought\\n1,0\\n2,0\\n3,0\\n4,1\\n5,1\\n6,1\\n' | zhifang mine tree - --label bought --leaf 1 --all", tree,
};

/* ---- forest ---- */

static const struct command_option forest_options[] = {
	{ "--trees", OPTION_COUNT, "N", "how many", 1, TREES_MAX, 100 },
	{ "--columns", OPTION_COUNT, "N", "asked at each node; 0: the root of all", 0, CSV_COLUMNS_MAX, 0 },
	{ "--leaf", OPTION_COUNT, "N", "fewest rows on a side", 1, 1e9, 1 },
	{ "--depth", OPTION_COUNT, "N", "most questions in a row; 0: no bound", 0, 1e6, 0 },
	TREES_OPTIONS, { NULL }
};

/* At least: the bins, what one thread grows in, and a root of each tree. At most: a leaf of its own for each row of each sample, which labels
 * that follow from nothing come near to. */
static struct need forest_memory(const struct command *c, const struct frame *f)
{
	size_t depth = command_count(c, "--depth"), tree = (f->rows / command_count(c, "--leaf") + 1) * NODES_OF_ROW;
	size_t bound = depth && depth < 30 ? ((size_t)2 << depth) * NODE_TWICE : tree;

	return (struct need){ f->rows * (f->columns + 2 * sizeof(uint64_t)) + command_count(c, "--trees") * TREE_NODE_BYTES,
		              f->rows * (f->columns + 2 * sizeof(uint64_t)) + command_count(c, "--trees") * (bound < tree ? bound : tree) };
}

static problem grow_forest(struct command *c, const struct frame *f, struct threads *threads, struct trees *ret)
{
	struct command_progress p;
	struct forest_options o = { .trees = (unsigned)command_count(c, "--trees"), .columns = (unsigned)command_count(c, "--columns"),
		                    .leaf = (unsigned)command_count(c, "--leaf"), .depth = (unsigned)command_count(c, "--depth"), .seed = command_count(c, "--seed"), .memory = memory_there("") };
	problem why;

	command_progress_begin(&p, c, "trees");
	o.progress = &p.hook;
	why = forest_fit(c->arena, f, &o, threads, ret);
	command_progress_end(&p);
	return why;
}

static int forest(struct command *c)
{
	static const struct growth how = { FOREST_NAME, false, forest_memory, grow_forest };

	return learn(c, &how);
}

const struct command_kind forest_kind = {
	"forest", "mine forest FILE --label COLUMN [--trees N] [--model OUT]\n       zhifang mine forest FILE --use MODEL [--reasons N]",
	"many trees, each of other rows and columns", "A random forest, docs/numbers/forest.md.\n" LEARN_FILE, forest_options, .words_least = 1,
	.words_most = 1, "printf 'pages,bought\\n1,0\\n2,0\\n3,0\\n4,1\\n5,1\\n6,1\\n' | zhifang mine forest - --label bought --all", forest,
};

/* ---- boost ---- */

static const struct command_option boost_options[] = {
	{ "--trees", OPTION_COUNT, "N", "how many, one after the other", 1, TREES_MAX, 100 },
	{ "--leaves", OPTION_COUNT, "N", "most of a tree", 2, BOOST_LEAVES_MAX, 31 },
	{ "--rate", OPTION_NUMBER, "P", "how much of its step each tree takes", 1e-6, 1, .1 },
	{ "--shrink", OPTION_NUMBER, "N", "added to H of a leaf: more is more careful", 1e-9, 1e9, 1 },
	{ "--weight", OPTION_NUMBER, "N", "least H on a side: about four rows where all is open", 1e-9, 1e9, 1 },
	TREES_OPTIONS, { NULL }
};

static struct boost_options boost_of(const struct command *c)
{
	return (struct boost_options){ .trees = (unsigned)command_count(c, "--trees"), .leaves = (unsigned)command_count(c, "--leaves"),
		                       .rate = command_number(c, "--rate"), .shrink = command_number(c, "--shrink"), .weight = command_number(c, "--weight") };
}

static struct need boosted_memory(const struct command *c, const struct frame *f)
{
	struct boost_options o = boost_of(c), two = o;

	two.leaves = 2;
	return (struct need){ boost_memory(f, &two), boost_memory(f, &o) };
}

static problem grow_boosted(struct command *c, const struct frame *f, struct threads *threads, struct trees *ret)
{
	struct command_progress p;
	struct boost_options o = boost_of(c);
	problem why;

	command_progress_begin(&p, c, "trees");
	o.progress = &p.hook;
	why = boost_fit(c->arena, f, &o, threads, ret);
	command_progress_end(&p);
	return why;
}

static int boost(struct command *c)
{
	static const struct growth how = { BOOST_NAME, false, boosted_memory, grow_boosted };

	return learn(c, &how);
}

const struct command_kind boost_kind = {
	"boost", "mine boost FILE --label COLUMN [--trees N] [--model OUT]\n       zhifang mine boost FILE --use MODEL [--reasons N]",
	"trees that mend each other's mistakes: mostly the best", "Gradient boosting, docs/numbers/boosting.md. Reasons are in log-odds.\n" LEARN_FILE, boost_options,
	.words_least = 1, .words_most = 1,
	"printf 'pages,bought\\n1,0\\n2,0\\n3,0\\n4,1\\n5,1\\n6,1\\n' | zhifang mine boost - --label bought --all --weight .1", boost,
};

/* ---- predict ---- */

static const struct command_option predict_options[] = {
	{ "--model", OPTION_TEXT, "FILE", "what tree, forest, boost, logit, svm or bayes kept", .needed = true },
	{ "--reasons", OPTION_COUNT, "N", "so many columns that speak most for or against, a row", 0, 100, 0 }, COMMAND_THREADS, { NULL }
};

static int predict(struct command *c)
{
	const char *file = command_text(c, "--model");
	struct saved saved;
	struct text bytes;
	problem why;
	int status = command_bytes(c, file, COMMAND_MODEL_MAX, &bytes);

	if (status)
		return status;
	why = saved_open(bytes, TREES_KIND, TREES_VERSION, &saved);
	if (!why)
		return ask(c, file, &saved);
	if (why == &saved_kind)
		why = saved_open(bytes, CLASSIFIER_KIND, CLASSIFIER_VERSION, &saved);
	return why ? command_problem(c, file, why) : classify_ask(c, file, &saved);
}

const struct command_kind predict_kind = {
	"predict", "mine predict FILE --model FILE [--reasons N]", "a kept model, asked about the rows of a file",
	"The file needs the columns the model was made of, by name, in any order.\n" LEARN_FILE, predict_options, .words_least = 1, .words_most = 1,
	"printf 'a,y\\n1,0\\n2,0\\n3,1\\n4,1\\n' >t.csv; zhifang mine tree t.csv --label y --leaf 1 --all --model t.model >t.txt; zhifang mine predict t.csv --model t.model", predict,
};
